# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""ls: one name a line, also at a terminal."""

from __future__ import annotations

import posixpath

from simulator.node.disk import DIRECTORY, LINK, File
from simulator.node.file_tree import FileProblem
from simulator.userland.commands.listing import blocks, formatted, inode, mode_text, number_of, short_time, size
from simulator.userland.interpreter import Call, Command

_USAGE = "usage: ls [-ABCFGHILPRSTUWZabcdfghiklmnopqrstuwx1] [-D format] [file ...]"
_Entry = tuple[str, str, File]  # the shown name, the path, the file


def _ls(call: Call) -> int:
    operands = list(call.options.operands) or ["."]
    follows = "L" in call.options or ("l" not in call.options and "n" not in call.options and "d" not in call.options)
    files: list[_Entry] = []
    directories: list[str] = []
    status = 0
    for operand in sorted(operands):
        try:
            path = call.path(operand)
            file = call.tree.find(path, follow=follows or operand.endswith("/")) or call.tree.need(path, follow=False)
        except FileProblem as problem:
            call.complain(f"{operand}: {problem}")
            status = 1
            continue
        if file.kind == DIRECTORY and "d" not in call.options:
            directories.append(operand)
        else:
            files.append((operand, path, file))
    if files:
        _write(call, files)
    for number, operand in enumerate(directories):
        titled = len(operands) > 1 or "R" in call.options
        if not _directory(call, operand, titled=titled, first=not files and number == 0):
            status = 1
    return status


def _directory(call: Call, operand: str, *, titled: bool, first: bool) -> bool:
    """List a directory, with -R also those below. Return whether that was possible."""
    if titled:
        call.print(("" if first else "\n") + (f"{operand}:\n" if len(call.options.operands) > 1 or not first else ""))
    call.shell.budget.spend(3000)
    try:
        names = call.tree.names(call.path(operand))
    except FileProblem as problem:
        call.complain(f"{operand}: {problem}")
        return False
    base = call.tree.resolve(call.path(operand))
    whole = "a" in call.options or "f" in call.options  # -f turns on -a (ls(1) of FreeBSD)
    hidden = whole or "A" in call.options
    shown = [name for name in names if hidden or not name.startswith(".")]
    entries: list[_Entry] = []
    for name in ([".", ".."] if whole else []) + shown:
        path = posixpath.join(base, name)
        file = call.tree.find(path, follow="L" in call.options) or call.tree.find(path, follow=False)
        if file is not None:
            entries.append((name, path, file))
    if "l" in call.options or "n" in call.options:
        call.print(f"total {sum(blocks(file) for _, _, file in entries)}\n")
    _write(call, entries)
    fine = True
    if "R" in call.options:
        for name, _, file in entries:
            if file.kind == DIRECTORY and name not in (".", ".."):
                call.shell.budget.step()
                fine = _directory(call, posixpath.join(operand, name), titled=True, first=False) and fine
    return fine


def _time(call: Call, file: File) -> float:
    which = call.options.last("cu")
    return file.changed_at if which == "c" else file.accessed if which == "u" else file.modified


def _ordered(call: Call, entries: list[_Entry]) -> list[_Entry]:
    """Return entries in the order of -t, -S or the names, with -r the other way round."""
    options = call.options
    if "t" in options:
        entries = sorted(entries, key=lambda entry: (-_time(call, entry[2]), entry[0]))
    elif "S" in options:
        entries = sorted(entries, key=lambda entry: (-size(entry[2]), entry[0]))
    else:
        entries = sorted(entries, key=lambda entry: entry[0])
    if "r" in options:
        entries = entries[::-1]
    return entries


def _write(call: Call, entries: list[_Entry]) -> None:
    options = call.options
    call.shell.budget.spend(200 * len(entries))
    if "f" not in options:
        entries = _ordered(call, entries)
    long = _long(call, entries) if "l" in options or "n" in options else [""] * len(entries)
    for line, (name, path, file) in zip(long, entries, strict=True):
        number = f"{inode(path)} " if "i" in options else ""
        call.print(f"{number}{line}{_name(call, name)}{_mark(call, file)}{_target(file) if line else ''}\n")


def _long(call: Call, entries: list[_Entry]) -> list[str]:
    rows = []
    for _, _, file in entries:
        owner, group = (str(number_of(name)) if "n" in call.options else name for name in (file.owner, file.group))
        links = 2 if file.kind == DIRECTORY else 1
        moment = _time(call, file)
        shown = formatted("%b %e %H:%M:%S %Y", moment) if "T" in call.options else short_time(moment, call.node.clock())
        rows.append((mode_text(file), str(links), owner, group, str(size(file)), shown))
    widths = [max((len(row[place]) for row in rows), default=0) for place in range(6)]
    return [
        f"{mode}  {links:>{widths[1]}} {owner:<{widths[2]}}  {group:<{widths[3]}}  {length:>{widths[4]}} {shown} "
        for mode, links, owner, group, length, shown in rows
    ]


def _name(call: Call, name: str) -> str:
    """Return a name; at a terminal, characters that cannot be printed are question marks."""
    if not call.shell.terminal or name.isprintable():
        return name
    return "".join(character if character.isprintable() else "?" for character in name)


def _mark(call: Call, file: File) -> str:
    kinds = {DIRECTORY: "/"} if "p" in call.options else {DIRECTORY: "/", LINK: "@"} if "F" in call.options else {}
    return kinds.get(file.kind, "*" if "F" in call.options and file.mode & 0o111 else "")


def _target(file: File) -> str:
    return f" -> {file.link}" if file.kind == LINK else ""


TABLE = {"ls": Command(_ls, "1AFLRSTacdfilnprtu", _USAGE)}
