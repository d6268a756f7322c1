# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the operating system of a node does at a boot: links to files in /nsconfig, and the scripts of the administrator.

nsbefore.sh runs before the packet engine starts, nsafter.sh after that, rc.netscaler when ns.conf is loaded (CTX122271; vendor blog of 2012).
"""

from __future__ import annotations

from typing import Protocol

from simulator.node import logs
from simulator.node.disk import LINK, LINK_MODE, Disk, File

BEFORE, AFTER, LAST = "/nsconfig/nsbefore.sh", "/nsconfig/nsafter.sh", "/nsconfig/rc.netscaler"
# Files of the administrator in /nsconfig that are linked to /etc at boot (CTX327915; public collectors of evidence).
_LINKED = (
    "crontab",
    "httpd.conf",
    "inetd.conf",
    "newsyslog.conf",
    "resolv.conf",
    "snmpd.conf",
    "sshd_config",
    "syslog.conf",
)
_MOST_LINES, _LONGEST_LINE = 50, 500


class Booting(logs.Logged, Protocol):
    """A node that boots."""

    disk: Disk

    def run_script(self, script: str, user: str, /) -> tuple[int, bytes, float]: ...


def link_configuration(disk: Disk, now: float) -> None:
    """Replace files of /etc by links to those of the administrator in /nsconfig."""
    for name in _LINKED:
        if f"/nsconfig/{name}" in disk:
            link = File(bytearray(), now, now, mode=LINK_MODE, kind=LINK, link=f"/nsconfig/{name}")
            disk.put(f"/etc/{name}", link)


def run(node: Booting, path: str) -> None:
    """Carry out a script of the administrator, whatever its mode. What it prints is in /var/log/messages."""
    file = node.disk.get(path)
    if file is None:
        return
    text = bytes(file.content).decode("utf-8", "surrogateescape")
    if all(not line.strip() or line.lstrip().startswith("#") for line in text.splitlines()):
        return
    _, printed, _ = node.run_script(text, "root")
    for line in printed.decode("utf-8", "replace").splitlines()[:_MOST_LINES]:
        logs.message(node, "user", "notice", f"{path}: {line[:_LONGEST_LINE]}")
