# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The SSH half of the hunt on one node: permissions, owners, processes and ports, which NITRO does not show. Off by default.

The scripts are constants that only read: find on regular files of one file system at a time, so that no named pipe and no other mount holds them up, and
names end with a NUL, since an attacker chooses them. What they print is framed, bounded in size and time, and matched here.
The appliance itself notes them in bash.log.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from ...appliance.nitro.directory_tree import path_matches
from ...appliance.ssh.account import SshAccount
from ...appliance.ssh.framed_script import RunCommand, run_script
from ...appliance.ssh.openssh import run_command
from ...catalogue.entry import Level
from ...foundation.counted import counted
from ...foundation.errors import TourniquetError
from ...foundation.foreign_text import one_line
from ..findings.finding import Finding, NotSeen
from ..findings.ourselves import NOBODY, Ourselves
from ..trace_rules.compiled_indicators import Clue
from ..trace_rules.general_rules import CONNECTION, FOREIGN, LISTENER, OUTWARD
from .fix_date import FixDate
from .node_hunt import NEXT_STEPS, cannot_mean

SSH = "ssh"
KINDS = ("permissions", "processes", "ports")
"""The kinds of indicators that only a shell on the node shows."""
SHOWN = 5
_DISKS = "/ /var /flash"
SETUID = f"set -f; find -x {_DISKS} -type f -perm -4000 -print0"
OF_NOBODY = f"set -f; find -x {_DISKS} -type f -user nobody -group wheel -print0"
READABLE = "set -f; find -x /netscaler/portal/templates /netscaler/portal/scripts -type f -perm 0644 -print0"
PHP = "set -f; find -x /var/netscaler /netscaler -type f -name *.php ! -perm 0444 -print0"
BIN_SH = "ls -lL /bin/sh"
PROCESSES = "ps auxww"
PORTS = "sockstat -46"

FREEBSD_SETUID = frozenset(
    f"{directory}/{name}"
    for directory, names in {
        "/bin": "rcp",
        "/sbin": "ping ping6 poweroff shutdown mksnap_ffs",
        "/usr/bin": "at atq atrm batch chfn chpass chsh crontab lock login lpq lpr lprm opieinfo opiepasswd passwd quota rlogin rsh su "
        "ypchfn ypchpass ypchsh yppasswd",
        "/usr/libexec": "ssh-keysign ulog-helper dma-mbox-create",
        "/usr/sbin": "authpf authpf-noip ppp pppd sliplogin timedc traceroute traceroute6 lpc",
    }.items()
    for name in names.split()
)
"""The setuid programs of FreeBSD 8.4 to 11 (hier(7), the Makefiles of its programs). No source lists those of a build of NetScaler."""
_NO_END = b"*:*"
_HTTPD, _COMMAND, _STATE = b"/bin/httpd", 10, 7
"""The program of the web server; the columns of ps with a command and with a state."""
_WITHOUT_ARGUMENTS = b"[httpd]"
"""ps prints the name alone in brackets where a process has no arguments to show: it is swapped out (W), or about to exit (E) (ps(1))."""
_COLUMNS = 7
"""The columns of sockstat, where the name of the program has no blank: user, program, number, descriptor, protocol, both ends."""
_LOOPBACK = (b"127.0.0.1", b"::1")
_WRITABLE = ("/var/", "/tmp/", "/nsconfig/", "/flash/")  # noqa: S108 -- the appliance's
_MODE = re.compile(rb"^[-a-z]([-rwxsStT]{9})")
_SCRIPT_NAMES = re.compile(r".*\.(php|pl|py|sh|cgi|html?|xhtml|js|zip|tgz|gz|tar|elf)|[^.]*", re.DOTALL)


@dataclass(frozen=True)
class _Check:
    """How an indicator of permissions is looked for.

    :ivar suspicious: whether a path that the script prints is one
    :ivar certain: whether it has the level of the indicator; otherwise it is for review
    """

    script: str
    suspicious: Callable[[str], bool] = lambda _path: True
    certain: Callable[[str], bool] = lambda _path: True


PERMISSIONS: dict[str, _Check] = {
    "mode 0644": _Check(READABLE),
    "the setuid bit (mode 6555)": _Check(BIN_SH),
    "the setuid bit": _Check(SETUID),
    "the setuid bit of root": _Check(SETUID),
    "the setuid bit of root outside the list of the build": _Check(
        SETUID, lambda path: path not in FREEBSD_SETUID, lambda path: path.startswith(_WRITABLE)
    ),
    "owner nobody, group 0, and a script, HTML, an executable or an archive": _Check(
        OF_NOBODY, lambda path: _SCRIPT_NAMES.fullmatch(path.rpartition("/")[2].lower()) is not None
    ),
    "PHP files with another mode than 0444": _Check(PHP),
}
"""By the words of an indicator, how it is looked for; one with other words is reported as not looked at."""


@dataclass
class ShellHalf:
    """The SSH half on one node.

    :ivar run: how a command is sent; tests replace it
    :ivar ours: what on the appliance is of a control node of ours
    """

    appliance: str
    node: str
    host: str
    account: SshAccount
    fixed: FixDate
    run: RunCommand = run_command
    ours: Ourselves = NOBODY
    not_seen: list[NotSeen] = field(default_factory=list)
    _printed: dict[str, bytes | None] = field(default_factory=dict)

    def findings(self, clues: Sequence[Clue]) -> list[Finding]:
        """Return what the clues find; what could not be looked at is in :attr:`not_seen`."""
        by_kind = {"permissions": self._permissions, "processes": self._processes, "ports": self._ports}
        asked = [clue for clue in clues if clue.kind in by_kind and SSH in clue.indicator.seen_by]
        return [finding for clue in asked for finding in by_kind[clue.kind](clue)]

    def _output(self, script: str) -> bytes | None:
        """Return what a script printed, each sent once; None where it is not known, which is noted."""
        if script not in self._printed:
            try:
                printed = run_script(
                    self.account, self.host, f"{script}; status=$?; echo; echo status=$status", run=self.run
                )
                self._printed[script] = self._checked(script, printed)
            except TourniquetError as error:
                self._printed[script] = None
                self.not_seen.append(NotSeen(f"the shell ({script})", str(error), self.node))
        return self._printed[script]

    def _checked(self, script: str, printed: bytes) -> bytes:
        """Return what a script printed. A program that is missing, or that met an error, prints less or nothing: that is no clean result."""
        output, _line, status = printed.rpartition(b"\nstatus=")
        if status.strip() != b"0":
            self.not_seen.append(NotSeen(f"all of {script}", "the program did not end well", self.node))
        return output

    def _table(self, script: str) -> list[bytes]:
        """Return the lines of a table that a script printed. It is never empty: it has a heading, and what has printed it or takes the log-on."""
        printed = self._output(script)
        lines = [line for line in (printed or b"").split(b"\n") if line.strip()]
        if printed is not None and len(lines) < 2:
            self._printed[script] = None
            self.not_seen.append(NotSeen(f"the shell ({script})", "it printed no line besides a heading", self.node))
        return lines

    def _permissions(self, clue: Clue) -> Iterator[Finding]:
        (words,) = clue.indicator.values
        check = PERMISSIONS.get(words)
        if check is None:
            self.not_seen.append(NotSeen(words, "this version cannot look for it", self.node))
            return
        if check.script == BIN_SH:
            yield from self._bin_sh(clue)
            return
        printed = self._output(check.script)
        paths = [path.decode("latin-1") for path in (printed or b"").split(b"\0") if path.strip()]
        found = [path for path in paths if _is_at(path, clue.indicator.places) and check.suspicious(path)]
        for level, some in (
            (clue.level, [path for path in found if check.certain(path)]),
            (Level.REVIEW, [path for path in found if not check.certain(path)]),
        ):
            if some:
                yield self._finding(clue, level, some, words, "")

    def _bin_sh(self, clue: Clue) -> Iterator[Finding]:
        printed = self._output(BIN_SH)
        if printed is None:
            return
        mode = _MODE.match(printed)
        if mode is None:
            self.not_seen.append(NotSeen("/bin/sh", f"ls prints no mode: {one_line(printed, 60)}", self.node))
        elif b"s" in mode[1].lower():
            yield self._finding(clue, clue.level, ["/bin/sh"], "the setuid bit", one_line(printed, 80))

    def _processes(self, clue: Clue) -> Iterator[Finding]:
        is_one: Callable[[bytes], object] = _is_foreign if clue.indicator.values == (FOREIGN,) else clue.match
        found = [line for line in self._table(PROCESSES) if is_one(line)]
        if found:
            evidence = [one_line(line, 120) for line in found[:SHOWN]]
            doubts = dict.fromkeys(answer.why for answer in map(self.ours.process, found) if answer.is_unknown)
            yield self._finding(
                clue,
                clue.level,
                ["processes"],
                f"{counted(len(found), 'such process')}",
                "; ".join((*evidence, *doubts)),
            )

    def _ports(self, clue: Clue) -> Iterator[Finding]:
        lines = self._table(PORTS)
        sockets = Sockets.of(lines)
        found = [line for line in lines if any(sockets.is_one(line, value) for value in clue.indicator.values)]
        if clue.indicator.values == (LISTENER,) and any(map(_may_be_of_the_resolver, found)):
            found = self._still_there(found)
        if found:
            evidence = "; ".join(one_line(line, 120) for line in found[:SHOWN])
            where = "connections" if clue.indicator.values[0] in (CONNECTION, OUTWARD) else "listening ports"
            yield self._finding(clue, clue.level, [where], f"{counted(len(found), 'such socket')}", evidence)

    def _still_there(self, found: Sequence[bytes]) -> list[bytes]:
        """Look once more, and return the sockets without those of the resolver that are gone; all of them where that look fails."""
        first = self._printed.pop(PORTS)  # the other clues look at what was there first
        there = {tuple(line.split()) for line in self._table(PORTS)}
        has_failed, self._printed[PORTS] = self._printed[PORTS] is None, first
        if has_failed:
            return list(found)
        return [line for line in found if not _may_be_of_the_resolver(line) or tuple(line.split()) in there]

    def _finding(self, clue: Clue, level: Level, places: Sequence[str], what: str, evidence: str) -> Finding:
        more = f" and {len(places) - SHOWN} more" if len(places) > SHOWN else ""
        return Finding(
            appliance=self.appliance,
            node=self.node,
            level=level,
            what=what,
            where=", ".join(one_line(path, 80) for path in places[:SHOWN]) + more,
            why=clue.why,
            evidence=evidence,
            before_or_after_fix=self.fixed.of(clue.entries, None),
            seen_by=SSH,
            cannot_mean=cannot_mean(clue.kind, level),
            next_step=NEXT_STEPS[level],
            entries=tuple(entry.id for entry in clue.entries),
        )


def _is_at(path: str, places: Sequence[str]) -> bool:
    return any(path == place or path_matches(path, f"{place.rstrip('/')}/**/*") for place in places)


def _is_foreign(line: bytes) -> bool:
    """Return True if a line of ps is a program of nobody whose first word is another than that of the web server; one that has ended has none."""
    words = line.split(None, _COMMAND)
    if len(words) <= _COMMAND or words[0] != b"nobody":
        return False
    program, state = words[_COMMAND].split()[0], words[_STATE]
    has_no_arguments = program == _WITHOUT_ARGUMENTS and (b"W" in state or b"E" in state)
    return program != _HTTPD and not has_no_arguments and state[:1] != b"Z"


@dataclass(frozen=True)
class Sockets:
    """What the sockets of a node say of those of its web server.

    :ivar of_root: the ports at which programs of root listen
    :ivar addresses: of the node
    """

    of_root: frozenset[bytes]
    addresses: frozenset[bytes]

    @classmethod
    def of(cls, lines: Sequence[bytes]) -> Sockets:
        """Return them of the lines of sockstat."""
        rows = [words for line in lines if len(words := line.split()) >= _COLUMNS]
        listening = [words[-2] for words in rows if words[0] == b"root" and words[-1] == _NO_END]
        ends = [words[-2].rpartition(b":")[0] for words in rows]
        return cls(frozenset(one.rpartition(b":")[2] for one in listening), frozenset({*ends} - {b"*"}))

    def is_one(self, line: bytes, value: str) -> bool:
        """Return True for a socket that a value of an indicator names: a rule in words, or else a port."""
        if value in (OUTWARD, LISTENER):
            return self.is_outward(line) if value == OUTWARD else self.is_listener(line)
        return _is_connected(line) if value == CONNECTION else _listens(line, value)

    def is_listener(self, line: bytes) -> bool:
        """Return True for a socket of nobody without another end, at a port at which no program of root listens: httpd has the ports that root opens."""
        words = line.split()
        is_one = len(words) >= _COLUMNS and words[0] == b"nobody" and words[-1] == _NO_END
        return is_one and _is_bound(words) and words[-2].rpartition(b":")[2] not in self.of_root

    def is_outward(self, line: bytes) -> bool:
        """Return True for a connection of httpd from another port than those at which it listens, to an address that the node does not have itself."""
        words = line.split()
        if not _is_of_httpd(words) or words[-1] == _NO_END:
            return False
        end, port = words[-1].rpartition(b":")[0], words[-2].rpartition(b":")[2]
        return port not in self.of_root and end not in self.addresses and end not in _LOOPBACK


def _is_of_httpd(words: Sequence[bytes]) -> bool:
    """Return True for a socket of a program of nobody with the name httpd, and nothing behind it."""
    return len(words) == _COLUMNS and list(words[:2]) == [b"nobody", b"httpd"]


def _is_bound(words: Sequence[bytes]) -> bool:
    """Return False for a socket without a port: a program that listens for IPv6 and IPv4 at one socket keeps such a one beside it."""
    return words[-2] != _NO_END


def _may_be_of_the_resolver(line: bytes) -> bool:
    """Return True for a UDP socket of httpd: a program that asks for a name has one without another end for a moment."""
    words = line.split()
    return _is_of_httpd(words) and words[-3].startswith(b"udp")


def _is_connected(line: bytes) -> bool:
    """Return True if a line of sockstat is a socket with another end of a program of nobody; httpd, which runs as nobody, has those of its clients."""
    words = line.split()
    return len(words) > 2 and words[0] == b"nobody" and not _is_of_httpd(words) and words[-1] != _NO_END


def _listens(line: bytes, port: str) -> bool:
    """Return True if a line of sockstat is a socket without another end at a port, or in a range of them.

    Its words are user, command, pid, descriptor, protocol, local address and the other end.
    """
    words = line.split()
    if not words or words[-1] != _NO_END:
        return False
    protocol, _slash, numbers = port.partition("/")
    first, _dash, last = numbers.partition("-")
    for position, word in enumerate(words[:-1]):
        if re.fullmatch(rb"%s[46]*" % protocol.encode(), word):
            number = words[position + 1].rpartition(b":")[2]
            if re.fullmatch(rb"[0-9]{1,5}", number) and int(first) <= int(number) <= int(last or first):
                return True
    return False
