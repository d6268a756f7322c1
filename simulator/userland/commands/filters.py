# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Commands that read text and write it changed."""

from __future__ import annotations

import re
import zlib
from typing import TypeVar

from simulator.node.file_tree import FileProblem
from simulator.userland.interpreter import Call, Command
from simulator.userland.limits import MOST_OUTPUT, Budget, LimitReached
from simulator.userland.options import UsageError, read

GZIP = b"\x1f\x8b"
_LONGEST_SET = 1000  # characters of tr
_Units = TypeVar("_Units", bytes, list[bytes])


def unzipped(data: bytes, budget: Budget) -> bytes | None:
    """Return the content of gzip data, None if it is not such data. Raises LimitReached."""
    made = b""
    while data[:2] == GZIP:
        budget.spend(len(data))
        engine = zlib.decompressobj(31)
        try:
            made += engine.decompress(data, MOST_OUTPUT - len(made) + 1)
        except zlib.error:
            return None
        if len(made) > MOST_OUTPUT:
            raise LimitReached
        if not engine.eof:
            return None
        data = engine.unused_data
        if not data.lstrip(b"\0"):
            return made
    return None


def lines_of(data: bytes) -> list[bytes]:
    """Return the lines of a text without their ends."""
    lines = data.split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    return lines


def _with_ends(data: bytes) -> list[bytes]:
    """Return the lines of a text with their ends; only a line feed ends a line."""
    return re.findall(rb"[^\n]*\n|[^\n]+", data)


def _operands(call: Call) -> list[str]:
    return list(call.options.operands) or ["-"]


def _input(call: Call) -> bytes | None:
    """Return the contents of all operands, None if one of them could not be read."""
    parts = [call.content(operand) for operand in _operands(call)]
    return None if None in parts else b"".join(part for part in parts if part is not None)


def _cat(call: Call) -> int:
    status, number = 0, 0
    for operand in _operands(call):
        data = call.content(operand)
        if data is None:
            status = 1
            continue
        if "n" in call.options:
            kept = []
            for line in _with_ends(data):
                number += 1
                kept.append(b"%6d\t%s" % (number, line))
            data = b"".join(kept)
        call.streams.out.write(data)
    return status


def _part(call: Call) -> int:
    """head, tail: the beginning or the end of each operand."""
    arguments = [f"-n{word[1:]}" if re.fullmatch(r"-\d+", word) else word for word in call.arguments]
    usage = f"usage: {call.name} [-n lines | -c bytes] [file ...]"
    call.options = read(call.name, arguments, "n:c:q" if call.name == "head" else "n:c:qr", usage)
    count = call.options.value("c") or call.options.value("n", "10")
    if not re.fullmatch(r"[-+]?\d{1,9}", count) or (call.name == "head" and count[0] in "-+"):
        raise UsageError(f"{call.name}: illegal {'byte' if 'c' in call.options else 'line'} count -- {count}\n")
    operands, status = _operands(call), 0
    for place, operand in enumerate(operands):
        data = call.content(operand)
        if data is None:
            status = 1
            continue
        if len(operands) > 1 and "q" not in call.options:
            call.print(f"{chr(10) * bool(place)}==> {operand} <==\n")
        if "c" in call.options:
            call.streams.out.write(data[: int(count)] if call.name == "head" else _end(data, count))
            continue
        lines = _with_ends(data)
        chosen = lines[: int(count)] if call.name == "head" else _end(lines, count)
        call.streams.out.write(b"".join(reversed(chosen) if "r" in call.options else chosen))
    return status


def _end(units: _Units, count: str) -> _Units:
    number = int(count.lstrip("-+"))
    if count.startswith("+"):
        return units[max(number - 1, 0) :]
    return units[len(units) - min(number, len(units)) :]


def _wc(call: Call) -> int:
    totals, status, operands = [0, 0, 0], 0, _operands(call)
    shown = [place for place, letter in enumerate("lwc") if letter in call.options] or [0, 1, 2]
    for operand in operands:
        data = call.content(operand)
        if data is None:
            status = 1
            continue
        counts = [data.count(b"\n"), len(data.split()), len(data)]
        totals = [before + more for before, more in zip(totals, counts, strict=True)]
        call.print("".join(f"{counts[place]:8d}" for place in shown) + ("" if operand == "-" else f" {operand}") + "\n")
    if len(operands) > 1:
        call.print("".join(f"{totals[place]:8d}" for place in shown) + " total\n")
    return status


def _sort(call: Call) -> int:
    data = _input(call)
    if data is None:
        return 2
    keys = [_sort_field(call, value) for letter, value in call.options.given if letter == "k"]
    separator = call.options.value("t").encode("utf-8", "surrogateescape") or None

    def key(line: bytes) -> tuple[object, ...]:
        parts = [b" ".join(line.split(separator)[first:last]) for first, last in keys] or [line]
        if "f" in call.options:
            parts = [part.lower() for part in parts]
        return (*(_number(part) for part in parts), line) if "n" in call.options else (*parts, line)

    lines = lines_of(data)
    call.shell.budget.spend(len(keys) * len(data) + 20 * (1 + len(keys)) * len(lines))
    lines.sort(key=key, reverse="r" in call.options)
    if "u" in call.options:
        lines = list(dict.fromkeys(lines))
    call.streams.out.write(b"".join(line + b"\n" for line in lines))
    return 0


def _sort_field(call: Call, value: str) -> tuple[int, int | None]:
    first, comma, last = value.partition(",")
    if not re.fullmatch(r"[1-9]\d{0,3}", first) or (comma and not re.fullmatch(r"[1-9]\d{0,3}", last)):
        raise UsageError(f"sort: invalid field specification {value}\n")
    return int(first) - 1, int(last) if comma else None


def _number(text: bytes) -> float:
    match = re.match(rb"\s*(-?\d{1,18}(\.\d{1,18})?)", text)
    return float(match[1]) if match else 0.0


def _uniq(call: Call) -> int:
    data = _input(call)
    if data is None:
        return 1
    groups: list[tuple[bytes, int]] = []
    for line in lines_of(data):
        if groups and (groups[-1][0].lower() == line.lower() if "i" in call.options else groups[-1][0] == line):
            groups[-1] = groups[-1][0], groups[-1][1] + 1
        else:
            groups.append((line, 1))
    for line, count in groups:
        if ("d" in call.options and count == 1) or ("u" in call.options and count > 1):
            continue
        call.streams.out.write((b"%4d " % count if "c" in call.options else b"") + line + b"\n")
    return 0


def _cut(call: Call) -> int:
    places = call.options.value("f") or call.options.value("c") or call.options.value("b")
    if not places:
        raise UsageError(f"{call.name}: no list\n{_CUT}\n")
    merged = _merged([_range(part) for part in places.split(",")])
    delimiter = (call.options.value("d") or "\t").encode("utf-8", "surrogateescape")
    data = _input(call)
    if data is None:
        return 1
    for line in lines_of(data):
        call.shell.budget.spend(4 * len(merged))
        if "f" not in call.options:
            kept = b"".join(line[low - 1 : high] for low, high in merged)
        elif delimiter not in line:
            if "s" in call.options:
                continue
            kept = line
        else:
            fields = line.split(delimiter)
            kept = delimiter.join(part for low, high in merged for part in fields[low - 1 : high])
        call.streams.out.write(kept + b"\n")
    return 0


def _range(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,6})?(-)?(\d{1,6})?", text)
    if match is None or not (match[1] or match[3]):
        raise UsageError("cut: [-bcf] list: illegal list value\n")
    low = int(match[1] or 1)
    return low, int(match[3]) if match[3] else 10**9 if match[2] else low


def _merged(chosen: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the ranges in their order, without overlaps."""
    merged: list[tuple[int, int]] = []
    for low, high in sorted(chosen):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = merged[-1][0], max(high, merged[-1][1])
        else:
            merged.append((low, high))
    return merged


def _tr(call: Call) -> int:
    words = call.options.operands
    deletes = "d" in call.options
    if len(words) != (1 if deletes else 2):
        raise UsageError("usage: tr -d string1\n       tr string1 string2\n")
    first, second = (_characters(word) for word in (*words, "")[:2])
    data = call.streams.input.read()
    call.shell.budget.spend(len(data))
    if deletes:
        call.streams.out.write(data.translate(None, first))
    else:
        call.streams.out.write(
            data.translate(bytes.maketrans(first, (second + second[-1:] * len(first))[: len(first)] or first))
        )
    return 0


def _characters(word: str) -> bytes:
    if len(word) > _LONGEST_SET:
        raise UsageError("tr: string too long\n")
    text = re.sub(r"\\([ntr\\0])", lambda match: {"n": "\n", "t": "\t", "r": "\r", "0": "\0"}.get(match[1], "\\"), word)
    wide = re.sub(
        r"([0-9A-Za-z])-([0-9A-Za-z])",
        lambda match: "".join(map(chr, range(ord(match[1]), ord(match[2]) + 1))),
        text,
    )
    return bytes(dict.fromkeys(wide.encode("utf-8", "surrogateescape")))


def _tee(call: Call) -> int:
    data, status = call.streams.input.read(), 0
    call.streams.out.write(data)
    for operand in call.options.operands:
        call.shell.budget.spend(len(data))
        try:
            call.tree.write(call.path(operand), data, append="a" in call.options)
        except FileProblem as problem:
            call.complain(f"{operand}: {problem}")
            status = 1
    return status


def _zcat(call: Call) -> int:
    """zcat, gzcat, gzip -dc: the content of compressed files."""
    if call.name == "gzip" and not ("d" in call.options and "c" in call.options):
        raise UsageError("gzip: only -dc is simulated\n")
    status = 0
    for operand in _operands(call):
        data = call.content(operand)
        content = None if data is None else unzipped(data, call.shell.budget)
        if content is None:
            if data is not None:
                call.complain(f"{operand}: not in gzip format")
            status = 1
        else:
            call.streams.out.write(content)
    return status


def _strings(call: Call) -> int:
    data = _input(call)
    if data is None:
        return 1
    for match in re.finditer(rb"[\t\x20-\x7e]{4,}", data):
        call.streams.out.write(match[0] + b"\n")
    return 0


_CUT = "usage: cut -b list [file ...]\n       cut -c list [file ...]\n       cut -f list [-s] [-d delim] [file ...]"
TABLE = {
    "cat": Command(_cat, "nu", "usage: cat [-nu] [file ...]"),
    "head": Command(_part),
    "tail": Command(_part),
    "wc": Command(_wc, "lwc", "usage: wc [-clw] [file ...]"),
    "sort": Command(_sort, "nrufk:t:", "usage: sort [-fnru] [-k field] [-t char] [file ...]", usage_status=2),
    "uniq": Command(_uniq, "cdui", "usage: uniq [-c | -d | -u] [-i] [input]"),
    "cut": Command(_cut, "b:c:f:d:s", _CUT),
    "tr": Command(_tr, "d", "usage: tr -d string1\n       tr string1 string2"),
    "tee": Command(_tee, "ai", "usage: tee [-ai] [file ...]"),
    "zcat": Command(_zcat, "f", "usage: zcat [-f] [file ...]"),
    "gzcat": Command(_zcat, "f", "usage: gzcat [-f] [file ...]"),
    "gzip": Command(_zcat, "dcf", "usage: gzip -dc [-f] [file ...]"),
    "strings": Command(_strings, "a", "usage: strings [-a] [file ...]"),
}
