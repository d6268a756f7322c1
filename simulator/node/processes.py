# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The processes and the listening sockets of a node, as its shell shows them.

The names are those that public forensic notes and scanners expect (github.com/mandiant/ioc-scanner-CVE-2019-19781: processes of nobody are
/bin/httpd; vendor pages on processes: nsppe, pitboss, nsaaad). Numbers and sizes are made up and constant.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Process:
    """A process. seconds: processor time. started: None is the boot of the node."""

    user: str
    pid: int
    command: str
    ppid: int = 1
    terminal: str = "-"
    state: str = "Ss"
    cpu: float = 0.0
    memory: float = 0.1
    seconds: int = 1
    started: float | None = None


@dataclass(frozen=True)
class Socket:
    """A socket with its process: protocol such as tcp4 or udp4, addresses such as `*:22`."""

    user: str
    command: str
    pid: int
    descriptor: int
    protocol: str
    local: str
    foreign: str = "*:*"


@dataclass(frozen=True)
class ShellSession:
    """A log-on to the shell over SSH."""

    user: str
    client: str
    terminal: str
    since: float


PROCESSES = (
    Process("root", 1, "/sbin/init --", ppid=0, state="ILs"),
    Process("root", 1070, "/netscaler/pitboss", state="SLs"),
    Process("root", 1210, "nsppe-00", ppid=1070, state="RL", cpu=100.0, memory=35.2, seconds=86400),
    Process("root", 1295, "/netscaler/nsaaad", ppid=1070),
    Process("root", 1310, "/netscaler/nsnetsvc", ppid=1070),
    Process("root", 1344, "/netscaler/nsconfigd", ppid=1070),
    Process("root", 1402, "/usr/sbin/syslogd -b 127.0.0.1 -n -v -v"),
    Process("root", 1431, "/usr/sbin/cron -s"),
    Process("root", 1455, "/usr/sbin/sshd"),
    Process("root", 4000, "/bin/httpd -f /etc/httpd.conf"),
    Process("nobody", 4011, "/bin/httpd -f /etc/httpd.conf", ppid=4000, state="S"),
    Process("nobody", 4012, "/bin/httpd -f /etc/httpd.conf", ppid=4000, state="S"),
)
SOCKETS = (
    Socket("root", "sshd", 1455, 3, "tcp4", "*:22"),
    Socket("root", "httpd", 4000, 4, "tcp4", "*:80"),
    Socket("root", "httpd", 4000, 5, "tcp4", "*:443"),
    Socket("root", "nsconfigd", 1344, 6, "tcp4", "127.0.0.1:3010"),
    Socket("root", "syslogd", 1402, 7, "udp4", "127.0.0.1:514"),
)
