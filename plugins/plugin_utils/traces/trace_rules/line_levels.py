# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The level of one line of a log, whoever reads it: that of the indicator that it has, or a lower one where ordinary appliances have such a line. Pure.

Each exception has its ordinary line: an administrator at a terminal, a scanner that finds itself, a name with an accent, a crash. It holds where the
program that writes such lines has written it, by its head: a client can put any words into a request or a name of his.
"""

from __future__ import annotations

import re

from ...catalogue.entry import Level
from .integrity_messages import MARK, integrity_messages

SHELL_SYNTAX = (b"`", b"$(", b"${", b";", b"|", b"&&")
"""What makes text of a log a command where a job gives it to a shell."""
REJECTED = b"Authentication is rejected for "
_HEAD = rb"(?:[A-Z][a-z]{2} [ \d]\d [\d:]{8} {1,2})?(?:<[\w.]{1,32}> {0,2})?(?:\w[\w.:/-]{0,254} {1,2}){0,5}"
"""What stands before the program in a line of syslog: its time, level and host. No text of a client does."""
_COMMAND = re.compile(_HEAD + rb'[\w./-]{1,60}\[\d{1,10}\]: \S{1,64} on (\S{1,64}) shell_command="?')
_TERMINAL = re.compile(rb"/dev/(?:pts/|tty|console)")
_BEFORE_REJECTED = re.compile(_HEAD + rb'(?:: )?(?:default )?AAA Message \d{1,20} \d{1,20} : {1,2}"?')
_OF_NOBODY = re.compile(rb"\[\d{1,10}\]: nobody on ")
_SEARCHES = re.compile(
    rb"\s*(?:xargs(?:\s+-[0rt]{1,3}|\s+-[nP]\s*\d{1,6}){0,4}\s+)?(?:(?:/usr(?:/local)?)?/bin/)?(?:z?[ef]?grep|bzgrep|rg|find|compgen|ls|awk|strings)(?:\s|\Z)"
)
_PASSES_ON = re.compile(
    rb"\s*(?:sort|uniq|wc|head|tail|cut|tr|cat|less|more)(?:\s+-[a-np-zA-Z0-9]{1,20}|\s+\d{1,9}){0,9}\s*"
)
_MORE_COMMANDS = re.compile(rb"[;&`]|\$\(|>|-exec|-delete|\s-ok|-fprint|-fls|--pre|system\(")
_QUOTED = re.compile(rb"'[^']*'|\"[^\"]*\"")
_HIDES_QUOTES = re.compile(rb"\\['\"]")
_WRITER = re.compile(
    rb"[A-Z][a-z]{2} [ \d]\d [\d:]{8} (?:<[\w.]{1,32}> )?(?:[^\s:\[]{1,255} )?([\w./-]{1,60})(?:\[\d{1,10}\])?: "
)
_CRASHED = re.compile(rb"(?i)unexpectedly died|missed too many heartbeats")


def level_of_line(level: Level, line: bytes) -> Level:
    """Return the level of a line.

    :param level: of the indicator that the line has
    """
    if MARK in line:
        return _of_integrity(level, line)
    if is_harmless_command(line) or is_crash_told_by_its_watchdog(line) or is_rejected_name(line):
        return Level.REVIEW
    return level


def is_harmless_command(line: bytes) -> bool:
    """Return True for a command of a shell that was typed at a terminal, or that only searches.

    The user nobody runs the web server: no person types as him. Administrators and scanners (which find themselves, see ioc-scanner-CVE-2019-19781
    issues 10, 12 and 24) leave such lines; attackers can too.
    """
    found = _COMMAND.match(line)
    if found is None or is_of_nobody(line):
        return False
    return _TERMINAL.match(found[1]) is not None or only_searches(line)


def is_of_nobody(line: bytes) -> bool:
    """Return True for a command of the user nobody: he runs the web server, and no person logs on as him."""
    return _OF_NOBODY.search(line) is not None


def only_searches(line: bytes) -> bool:
    """Return True for a command of a shell that only searches: the published scanners found themselves in the logs of the shell."""
    found = _COMMAND.match(line)
    if found is None or is_of_nobody(line):
        return False
    command = line[found.end() :].rstrip()
    return _MORE_COMMANDS.search(command) is None and _is_search(command.removesuffix(b'"'))


def _is_search(command: bytes) -> bool:
    """Return True if a command begins with a search, and gives what it found to searches and pagers alone. A pipe in quotes is text, but to awk."""
    unquoted = _QUOTED.sub(b"", command)
    if _HIDES_QUOTES.search(command) or (b"awk" in command and unquoted.count(b"|") != command.count(b"|")):
        return False
    first, *others = unquoted.split(b"|")
    return _SEARCHES.match(first) is not None and all(
        _SEARCHES.match(one) or _PASSES_ON.fullmatch(one) for one in others
    )


def is_crash_told_by_its_watchdog(line: bytes) -> bool:
    """Return True where pitboss itself writes that a process died. With shell syntax it is text for the job that CVE-2026-88771 misuses."""
    if _CRASHED.search(line) is None:
        return False
    writer = _WRITER.match(line)
    by_it = writer is not None and writer[1].rpartition(b"/")[2] == b"pitboss"
    return by_it and not any(sign in line for sign in SHELL_SYNTAX)


def is_rejected_name(line: bytes) -> bool:
    """Return True where the packet engine rejects a name that is text."""
    head, found, name = line.partition(REJECTED)
    return bool(found) and _BEFORE_REJECTED.fullmatch(head) is not None and is_text(name)


def is_text(name: bytes) -> bool:
    """Return True for the bytes of a name: names have accents. Leaked memory (CVE-2025-5777) is no text."""
    try:
        name.decode()
    except UnicodeDecodeError:
        return False
    return True


def _of_integrity(level: Level, line: bytes) -> Level:
    """Return the level of a line with the words of the kernel about executables. Whoever else writes them imitates it, and lowers nothing."""
    messages = [*integrity_messages(line)]
    if any(message.is_changed for message in messages):
        return Level.COMPROMISE
    if messages:
        return Level.REVIEW
    return level if level is Level.COMPROMISE else Level.ATTEMPT
