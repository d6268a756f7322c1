# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""sed with the functions d, p, q and s, addresses, and -i. There are no back references."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from simulator.node.file_tree import FileProblem
from simulator.userland.commands.filters import lines_of
from simulator.userland.interpreter import Call, Command, encoded
from simulator.userland.options import UsageError
from simulator.userland.patterns import Pattern, PatternError

_USAGE = "usage: sed script [-En] [-i extension] [file ...]\n       sed [-En] [-i extension] [-e script] ... [file ...]"
_ADDRESS = r"(?:\d{1,9}|\$|/(?:[^/\\\n]|\\.)*/)"
_FUNCTION = re.compile(
    rf"\s*(?P<first>{_ADDRESS})?(?:,(?P<last>{_ADDRESS}))?\s*(?P<not>!)?\s*(?:(?P<letter>[dpq])|s(?P<mark>[^\\\n\s\w])"
    r"(?P<pattern>(?:(?!(?P=mark))[^\\\n]|\\.)*)(?P=mark)(?P<made>(?:(?!(?P=mark))[^\\\n]|\\.|\\\n)*)(?P=mark)(?P<flags>[gpI]*))"
    r"\s*(?:;|\n|$)\s*"
)


@dataclass
class _Function:
    """One function with its addresses."""

    letter: str
    first: int | str | Pattern | None
    last: int | str | Pattern | None
    negated: bool
    pattern: Pattern | None = None
    made: bytes = b""
    flags: str = ""
    inside: bool = field(default=False)

    def applies(self, number: int, line: bytes, last: bool) -> bool:
        return self._selected(number, line, last) is not self.negated

    def _selected(self, number: int, line: bytes, last: bool) -> bool:
        if self.last is None:
            return self.first is None or _at(self.first, number, line, last)
        if self.inside:
            self.inside = not (
                _at(self.last, number, line, last) or (isinstance(self.last, int) and number >= self.last)
            )
            return True
        if self.first is not None and _at(self.first, number, line, last):
            self.inside = not (isinstance(self.last, int) and number >= self.last)
            return True
        return False


def _at(address: int | str | Pattern, number: int, line: bytes, last: bool) -> bool:
    if isinstance(address, Pattern):
        return address.matches(line)
    return last if address == "$" else address == number


def _sed(call: Call) -> int:
    operands = list(call.options.operands)
    scripts = [value for letter, value in call.options.given if letter == "e"]
    if not scripts:
        if not operands:
            raise UsageError(f"{_USAGE}\n")
        scripts = [operands.pop(0)]
    text = "\n".join(scripts)
    extended = call.options.last("Er") != ""
    functions = _functions(call, text, extended)
    if "i" not in call.options:
        parts = [call.content(operand) for operand in operands or ["-"]]
        call.streams.out.write(_edited(call, functions, b"".join(part for part in parts if part is not None)))
        return int(None in parts)
    if not operands:
        raise UsageError("sed: -i may not be used with stdin\n")
    return _in_place(call, text, extended, operands)


def _in_place(call: Call, text: str, extended: bool, operands: list[str]) -> int:
    status = 0
    for operand in operands:
        data = call.content(operand)
        if data is None:
            status = 1
            continue
        path = call.path(operand)
        try:
            if call.options.value("i"):
                call.tree.write(path + call.options.value("i"), data)
            call.tree.write(path, _edited(call, _functions(call, text, extended), data))
        except FileProblem as problem:
            call.complain(f"{operand}: {problem}")
            status = 1
    return status


def _functions(call: Call, text: str, extended: bool) -> list[_Function]:
    """Return the functions of a script. Raises UsageError."""
    functions, place = [], 0
    text = text.strip()
    while place < len(text):
        match = _FUNCTION.match(text, place)
        if match is None or match.end() == place:
            raise UsageError(f'sed: 1: "{text}": invalid command code {text[place]}\n')
        place = match.end()
        try:
            functions.append(_function(call, match, extended))
        except PatternError as problem:
            raise UsageError(f'sed: 1: "{text}": RE error: {problem}\n') from None
    return functions


def _function(call: Call, match: re.Match[str], extended: bool) -> _Function:
    spend = call.shell.budget.spend
    first, last = (_address(match[name], extended, spend) for name in ("first", "last"))
    if match["letter"]:
        return _Function(match["letter"], first, last, bool(match["not"]))
    if re.search(r"\\[1-9]", match["made"]):
        raise UsageError("sed: back references are not simulated\n")
    mark = match["mark"]
    pattern = match["pattern"].replace(f"\\{mark}", mark)
    compiled = Pattern(encoded(pattern), extended=extended, ignore_case="I" in match["flags"], spend=spend)
    return _Function("s", first, last, bool(match["not"]), compiled, encoded(match["made"]), match["flags"])


def _address(text: str | None, extended: bool, spend: Callable[[int], None]) -> int | str | Pattern | None:
    if text is None or text == "$":
        return text
    if text[0] != "/":
        return int(text)
    return Pattern(encoded(text[1:-1].replace("\\/", "/")), extended=extended, spend=spend)


def _edited(call: Call, functions: list[_Function], data: bytes) -> bytes:
    spend = call.shell.budget.spend
    spend(len(data) * (1 + len(functions)))
    lines, made = lines_of(data), []
    for number, original in enumerate(lines, 1):
        line, deleted, ends = original, False, False
        for function in functions:
            if not function.applies(number, line, number == len(lines)):
                continue
            deleted, ends = function.letter == "d", function.letter == "q"
            if deleted or ends:
                break
            changed = line if function.letter == "p" else _substituted(function, line, spend)
            spend(len(changed))
            if function.letter == "p" or (changed != line and "p" in function.flags):
                made.append(changed)
            line = changed
        if not deleted and "n" not in call.options:
            made.append(line)
        if ends:
            break
    ended = data.endswith(b"\n") or not data
    return b"\n".join(made) + (b"\n" if made and ended else b"")


def _substituted(function: _Function, line: bytes, spend: Callable[[int], None]) -> bytes:
    assert function.pattern is not None
    made, place = bytearray(), 0
    while place <= len(line) and (match := function.pattern.find(line, place)) is not None:
        start, end = match
        spend(len(function.made) + function.made.count(b"&") * (end - start))
        made += line[place:start] + _replacement(function.made, line[start:end])
        if end == start:
            made += line[start : start + 1]
        place = end if end > start else end + 1
        if "g" not in function.flags:
            break
    return bytes(made + line[place:])


def _replacement(made: bytes, matched: bytes) -> bytes:
    return re.sub(rb"\\(.)|&", lambda match: match[1] or matched, made, flags=re.DOTALL)


TABLE = {"sed": Command(_sed, "Erne:i:", _USAGE)}
