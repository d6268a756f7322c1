# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""grep and the commands like it: lines that match, with POSIX regular expressions."""

from __future__ import annotations

import fnmatch
import posixpath
from collections.abc import Iterator
from dataclasses import dataclass

from simulator.node.disk import DIRECTORY, LINK, REGULAR
from simulator.node.file_tree import FileProblem
from simulator.userland.commands.filters import lines_of, unzipped
from simulator.userland.interpreter import Call, Command, decoded, encoded
from simulator.userland.options import UsageError, read
from simulator.userland.patterns import Pattern, PatternError

_LETTERS = "EFGPace:f:hHiIlLnoqrRsvwxm:"
_USAGE = "usage: grep [-abcDEFGHhIiLlmnoPqRrsVvwx] [-e pattern] [-f file] [-m num] [pattern] [file ...]"
_WORD = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")


@dataclass
class _Search:
    """One run of grep."""

    call: Call
    patterns: list[Pattern]
    names: bool
    found: bool = False
    failed: bool = False

    def selected(self, line: bytes) -> bool:
        options = self.call.options
        if "x" in options:
            hit = any(pattern.find(line) == (0, len(line)) for pattern in self.patterns)
        elif "w" in options:
            hit = any(next(_words(pattern, line), None) is not None for pattern in self.patterns)
        else:
            hit = any(pattern.matches(line) for pattern in self.patterns)
        return hit is not ("v" in options)


def _words(pattern: Pattern, line: bytes) -> Iterator[tuple[int, int]]:
    """Yield the matches that are whole words."""
    place = 0
    while place <= len(line) and (match := pattern.find(line, place)) is not None:
        start, end = match
        if not (start and line[start - 1] in _WORD) and not (end < len(line) and line[end] in _WORD) and end > start:
            yield match
        place = max(start + 1, place + 1)


def _matches(search: _Search, line: bytes) -> Iterator[tuple[int, int]]:
    for pattern in search.patterns:
        if "w" in search.call.options:
            yield from _words(pattern, line)
            continue
        place = 0
        while place <= len(line) and (match := pattern.find(line, place)) is not None:
            if match[1] > match[0]:
                yield match
            place = max(match[1], match[0] + 1)


def _grep(call: Call) -> int:
    name = posixpath.basename(call.name)
    includes, arguments = _includes(call.arguments)
    call.options = read(name, arguments, _LETTERS, _USAGE)
    if "P" in call.options:
        call.complain("The -P option is not supported")  # GNU grep without PCRE, as in FreeBSD
        return 2
    operands = list(call.options.operands)
    texts = [value for letter, value in call.options.given if letter == "e"]
    for letter, value in call.options.given:
        if letter == "f":
            data = call.content(value)
            if data is None:
                return 2
            texts += [decoded(line) for line in lines_of(data)]
    if not texts and "f" not in call.options:
        if not operands:
            raise UsageError(f"{_USAGE}\n")
        texts = [operands.pop(0)]
    kind = {"egrep": "E", "zegrep": "E", "fgrep": "F", "zfgrep": "F"}.get(name) or call.options.last("EFG", "G")
    knows_blank = call.node.appliance.switches["grep_knows_blank"]
    try:
        patterns = [
            Pattern(
                encoded(part),
                extended=kind == "E",
                fixed=kind == "F",
                ignore_case="i" in call.options,
                knows_blank=knows_blank,
                spend=call.shell.budget.spend,
            )
            for text in texts
            for part in text.split("\n")
        ]
    except PatternError as problem:
        call.complain(str(problem))
        return 2
    return _searched(call, patterns, operands, includes)


def _includes(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Return the patterns of --include=, and the other arguments."""
    marked = [word for word in arguments if word.startswith("--include=")]
    return [word.partition("=")[2] for word in marked], [word for word in arguments if word not in marked]


def _searched(call: Call, patterns: list[Pattern], operands: list[str], includes: list[str]) -> int:
    recursive = call.options.last("rR") != ""
    places = list(_files(call, operands or ["."], includes)) if recursive and operands else operands or ["-"]
    names = ("H" in call.options or recursive or len(operands) > 1) and "h" not in call.options
    search = _Search(call, patterns, names)
    for place in places:
        data = _content(search, place)
        if data is not None:
            _search_file(search, "(standard input)" if place == "-" else place, data)
        if search.found and "q" in call.options:
            return 0
    return 2 if search.failed else 0 if search.found else 1


def _files(call: Call, operands: list[str], includes: list[str]) -> Iterator[str]:
    for operand in operands:
        file = call.tree.find(call.path(operand))
        if file is None or file.kind != DIRECTORY:
            yield operand
            continue
        base = call.tree.resolve(call.path(operand))
        for path, below in call.tree.walk(base):
            call.shell.budget.spend(len(path))
            wanted = not includes or any(fnmatch.fnmatchcase(posixpath.basename(path), form) for form in includes)
            if below.kind in (REGULAR, LINK) and wanted and call.tree.find(path) is not None:
                yield posixpath.join(operand, posixpath.relpath(path, base))


def _content(search: _Search, place: str) -> bytes | None:
    call = search.call
    if place == "-":
        data: bytes | None = call.streams.input.read()
    else:
        try:
            data = call.tree.read(call.path(place))
        except FileProblem as problem:
            if "s" not in call.options:
                call.complain(f"{place}: {problem}")
            search.failed = True
            return None
    if data is not None and posixpath.basename(call.name).startswith("z"):
        data = unzipped(data, call.shell.budget) or data
    if data is not None:
        call.shell.budget.spend((len(data) // 16 + data.count(b"\n")) * (1 + len(search.patterns)))
    return data


def _search_file(search: _Search, place: str, data: bytes) -> None:
    call, options = search.call, search.call.options
    binary = b"\0" in data and "a" not in options
    if binary and "I" in options:
        return
    count, most = 0, int(value) if (value := options.value("m")).isdecimal() else 10**9
    quiet = any(letter in options for letter in "qlLc") or binary
    for number, line in enumerate(lines_of(data), 1):
        if count >= most or not search.selected(line):
            continue
        count += 1
        if not quiet:
            _write_line(search, place, number, line)
        elif any(letter in options for letter in "qlL") or (binary and "c" not in options):
            break
    search.found = search.found or bool(count)
    shown = f"{place}:" if search.names else ""
    if "q" in options:
        return
    if "c" in options:
        call.print(f"{shown}{count}\n")
    if ("l" in options and count) or ("L" in options and not count):
        call.print(f"{place}\n")
    elif binary and count and not any(letter in options for letter in "cL"):
        call.print(f"Binary file {place} matches\n")


def _write_line(search: _Search, place: str, number: int, line: bytes) -> None:
    prefix = (f"{place}:" if search.names else "") + (f"{number}:" if "n" in search.call.options else "")
    if "o" not in search.call.options:
        search.call.streams.out.write(encoded(prefix) + line + b"\n")
        return
    if "v" in search.call.options:
        return
    for start, end in _matches(search, line):
        search.call.streams.out.write(encoded(prefix) + line[start:end] + b"\n")


TABLE = {name: Command(_grep, usage_status=2) for name in ("grep", "egrep", "fgrep", "zgrep", "zegrep", "zfgrep")}
