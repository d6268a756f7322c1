# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""stat of FreeBSD, with -f and the formats that name a file, its mode, owner, size and times. Builds from 14.1-73.30 do not have it."""

from __future__ import annotations

import re
from collections.abc import Callable

from simulator.node.disk import BLOCK_DEVICE, CHARACTER_DEVICE, DIRECTORY, LINK, REGULAR, File
from simulator.node.file_tree import FileProblem
from simulator.userland.commands.listing import blocks, formatted, full_mode, inode, mode_text, number_of, size
from simulator.userland.interpreter import Call, Command
from simulator.userland.options import UsageError

_USAGE = "usage: stat [-FLnq] [-f format | -l | -r | -s | -x] [-t timefmt] [file ...]"
_DEFAULT = '%d %i %Sp %l %Su %Sg %r %z "%Sa" "%Sm" "%Sc" "%SB" %k %b 0 %N'
_KINDS = {
    REGULAR: "Regular File",
    DIRECTORY: "Directory",
    LINK: "Symbolic Link",
    CHARACTER_DEVICE: "Character Device",
    BLOCK_DEVICE: "Block Device",
}
_TIMES: dict[str, Callable[[File], float]] = {
    "a": lambda file: file.accessed,
    "m": lambda file: file.modified,
    "c": lambda file: file.changed_at,
    "B": lambda file: min(file.modified, file.changed_at),
}
_NUMBERS: dict[str, Callable[[File, str], int]] = {
    "d": lambda file, path: 90,
    "i": lambda file, path: inode(path),
    "l": lambda file, path: 2 if file.kind == DIRECTORY else 1,
    "u": lambda file, path: number_of(file.owner),
    "g": lambda file, path: number_of(file.group),
    "r": lambda file, path: 0,
    "z": lambda file, path: size(file),
    "b": lambda file, path: blocks(file),
    "k": lambda file, path: 4096,
}
_PLACE = re.compile(r"%([OX]?)([HLS]?)([a-zA-Z])|%([%nt])")


def _stat(call: Call) -> int:
    if not call.options.operands:
        raise UsageError(f"{_USAGE}\n")
    form, status = call.options.value("f", _DEFAULT), 0
    for operand in call.options.operands:
        path = call.path(operand)
        try:
            file = call.tree.need(path, follow="L" in call.options)
            call.print(_shown(call, form, operand, path, file) + ("" if "n" in call.options else "\n"))
        except FileProblem as problem:
            if "q" not in call.options:
                call.complain(f"{operand}: stat: {problem}")
            status = 1
    return status


def _shown(call: Call, form: str, operand: str, path: str, file: File) -> str:
    def value(match: re.Match[str]) -> str:
        if match[4]:
            return {"%": "%", "n": "\n", "t": "\t"}[match[4]]
        base, part, letter = match[1], match[2], match[3]
        if letter in _TIMES:
            moment = _TIMES[letter](file)
            return formatted(call.options.value("t", "%b %e %H:%M:%S %Y"), moment) if part == "S" else str(int(moment))
        if letter == "p":
            return _mode(base, part, file)
        if letter in "ug" and part == "S":
            return file.owner if letter == "u" else file.group
        if letter in _NUMBERS:
            return str(_NUMBERS[letter](file, path))
        if letter in "NTY":
            names = {"N": operand, "T": _KINDS[file.kind] if part == "H" else "", "Y": file.link}
            return names[letter]
        raise UsageError(f"stat: {match[0]}: bad format\n")

    def counted(match: re.Match[str]) -> str:
        text = value(match)
        call.shell.budget.spend(100 + len(text))
        return text

    return _PLACE.sub(counted, form)


def _mode(base: str, part: str, file: File) -> str:
    if part == "S":
        return mode_text(file)
    number = file.mode & 0o777 if part == "L" else full_mode(file)
    return f"{number:o}" if base == "O" or not base else f"{number:x}"


TABLE = {"stat": Command(_stat, "f:t:Lnq", _USAGE, missing_since=(14, 1, 73, 30))}
