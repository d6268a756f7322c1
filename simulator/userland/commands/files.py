# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Commands that change files, and that name or digest them."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Callable
from datetime import UTC, datetime

from simulator.node.disk import DIRECTORY, LINK, REGULAR, File
from simulator.node.file_tree import FileProblem
from simulator.userland.commands.listing import IDS
from simulator.userland.interpreter import Call, Command, encoded
from simulator.userland.options import UsageError


def _each(work: Callable[[Call, str], None]) -> Callable[[Call], int]:
    """Return a command that does its work with each operand, and complains about those where it fails."""

    def run(call: Call) -> int:
        if not call.options.operands:
            raise UsageError(f"{TABLE[call.name].usage}\n")
        status = 0
        for operand in call.options.operands:
            try:
                work(call, operand)
            except FileProblem as problem:
                call.complain(f"{operand}: {problem}")
                status = 1
        return status

    return run


def _make_directory(call: Call, operand: str) -> None:
    mode = call.options.value("m", "755")
    if not re.fullmatch(r"[0-7]{3,4}", mode):
        raise UsageError(f"mkdir: invalid file mode: {mode}\n")
    path = call.path(operand)
    if "p" in call.options:
        parts = [part for part in path.split("/") if part]
        for place in range(1, len(parts)):
            above = "/" + "/".join(parts[:place])
            if call.tree.find(above) is None:
                call.tree.make_directory(above)
        if call.tree.is_directory(path):
            return
    call.tree.make_directory(path, int(mode, 8))


def _remove_directory(call: Call, operand: str) -> None:
    if call.tree.names(call.path(operand)):
        raise FileProblem("Directory not empty")
    call.tree.remove(call.path(operand))


def _remove(call: Call) -> int:
    forced, status = "f" in call.options, 0
    if not call.options.operands and not forced:
        raise UsageError(f"{TABLE['rm'].usage}\n")
    for operand in call.options.operands:
        path = call.path(operand)
        try:
            _remove_one(call, path)
        except FileProblem as problem:
            if not (forced and str(problem) == "No such file or directory"):
                call.complain(f"{operand}: {problem}")
                status = 1
    return status


def _remove_one(call: Call, path: str) -> None:
    if call.tree.need(path, follow=False).kind == DIRECTORY and not call.options.last("rR"):
        raise FileProblem("is a directory")
    call.tree.remove(path)


def _touch(call: Call, operand: str) -> None:
    path, given = call.path(operand), call.options.value("t")
    moment = _stamp(given) if given else call.node.clock()
    if "r" in call.options:
        moment = call.tree.need(call.path(call.options.value("r"))).modified
    if call.tree.find(path) is None:
        if "c" in call.options:
            return
        call.tree.write(path, b"")
    call.tree.require_owner(path)
    file = call.tree.own(call.tree.resolve(path))
    if "a" not in call.options:
        file.modified, file.changed = moment, call.node.clock()
    if "m" not in call.options:
        file.accessed = moment


def _stamp(text: str) -> float:
    match = re.fullmatch(r"(\d\d)?(\d\d)(\d{8})(?:\.(\d\d))?", text)
    if match is None:
        raise UsageError("touch: out of range or illegal time specification: [[CC]YY]MMDDhhmm[.SS]\n")
    try:
        moment = datetime.strptime(f"{match[1] or '20'}{match[2]}{match[3]}{match[4] or '00'}+0000", "%Y%m%d%H%M%S%z")
    except ValueError:
        raise UsageError("touch: out of range or illegal time specification: [[CC]YY]MMDDhhmm[.SS]\n") from None
    return moment.astimezone(UTC).timestamp()


# Copies


def _copy(call: Call) -> int:
    return _to_target(call, _copied)


def _move(call: Call) -> int:
    return _to_target(call, _moved)


def _link(call: Call) -> int:
    if "s" not in call.options:
        raise UsageError("ln: only symbolic links (-s) are simulated\n")
    operands = (
        [*call.options.operands, posixpath.basename(call.options.operands[0])][:2] if call.options.operands else []
    )
    if len(operands) != 2:
        raise UsageError(f"{TABLE['ln'].usage}\n")
    try:
        path = call.path(operands[1])
        if "f" in call.options and call.tree.find(path, follow=False) is not None:
            call.tree.remove(path)
        call.tree.make_link(operands[0], path)
    except FileProblem as problem:
        call.complain(f"{operands[1]}: {problem}")
        return 1
    return 0


def _to_target(call: Call, work: Callable[[Call, str, str], None]) -> int:
    """Copy or move each operand to the last one."""
    operands = call.options.operands
    if len(operands) < 2:
        raise UsageError(f"{TABLE[call.name].usage}\n")
    target, status = call.path(operands[-1]), 0
    into = call.tree.is_directory(target)
    if len(operands) > 2 and not into:
        call.complain(f"{operands[-1]} is not a directory")
        return 1
    for operand in operands[:-1]:
        source = call.path(operand)
        try:
            work(call, source, posixpath.join(target, posixpath.basename(operand.rstrip("/"))) if into else target)
        except FileProblem as problem:
            call.complain(f"{operand}: {problem}")
            status = 1
    return status


def _copied(call: Call, source: str, target: str) -> None:
    file = call.tree.need(source, follow=not call.options.last("Ra"))  # -R copies links as they are (cp(1) of FreeBSD)
    if file.kind == DIRECTORY:
        if not call.options.last("rRa"):
            raise FileProblem("is a directory (not copied)")
        base = call.tree.resolve(source)
        for path, below in list(call.tree.walk(base)):
            call.shell.budget.step()
            _copy_one(call, path, below, posixpath.normpath(posixpath.join(target, posixpath.relpath(path, base))))
        return
    _copy_one(call, source, file, target)


def _copy_one(call: Call, source: str, file: File, target: str) -> None:
    tree = call.tree
    if file.kind == DIRECTORY:
        if not tree.is_directory(target):
            tree.make_directory(target)
    elif file.kind == LINK:
        tree.make_link(file.link, target)
    elif file.kind == REGULAR:
        new = tree.find(target) is None
        call.shell.budget.spend(2 * len(file.content))
        tree.write(target, tree.read(source))
        copy = tree.own(tree.resolve(target))
        if new:
            copy.mode = file.mode & 0o777
        if call.options.last("pa"):
            copy.mode, copy.owner, copy.group, copy.modified = file.mode, file.owner, file.group, file.modified
            copy.changed = call.node.clock()


def _moved(call: Call, source: str, target: str) -> None:
    tree = call.tree
    begin, end = tree.resolve(source, follow=False), tree.resolve(target, follow=False)
    if end == begin or end.startswith(f"{begin}/"):
        raise FileProblem("Invalid argument")
    tree.need(begin, follow=False)
    waiting = [(path, tree.own(path).copy()) for path, _ in list(tree.walk(begin))]
    tree.remove(begin)
    for path, file in waiting:
        call.shell.budget.step()
        call.shell.budget.spend(len(file.content))
        file.changed = call.node.clock()
        tree.put(end + path[len(begin) :], file)


# Modes and owners

_SYMBOLIC = re.compile(r"([ugoa]*)([-+=])([rwxXst]*)")
_LETTERS = {"r": 0o444, "w": 0o222, "x": 0o111, "X": 0o111}
_WHO = {"u": 0o4700, "g": 0o2070, "o": 0o1007}


def _changed_mode(file: File, text: str) -> int:
    """Return the mode of a file after a change. Raises UsageError."""
    if re.fullmatch(r"[0-7]{1,4}", text):
        return int(text, 8)
    mode = file.mode
    for part in text.split(","):
        match = _SYMBOLIC.fullmatch(part)
        if match is None:
            raise UsageError(f"chmod: invalid file mode: {text}\n")
        who = match[1].replace("a", "ugo") or "ugo"
        mask = sum({_WHO[letter] for letter in who})
        bits = 0
        for letter in match[3]:
            bits |= _LETTERS.get(letter, 0) & mask & 0o777
            bits |= ((0o4000 if "u" in who else 0) | (0o2000 if "g" in who else 0)) if letter == "s" else 0
            bits |= 0o1000 if letter == "t" else 0
        kept = mode & ~mask if match[2] == "=" else mode
        mode = kept & ~bits if match[2] == "-" else kept | bits
    return mode


def _change(call: Call, change: Callable[[File], None]) -> int:
    """Carry out a change of each operand but the first, with -R of everything below it too."""
    operands, status = call.options.operands[1:], 0
    if not operands:
        raise UsageError(f"{TABLE[call.name].usage}\n")
    for operand in operands:
        try:
            place = call.tree.resolve(call.path(operand), follow="h" not in call.options)
            below = call.tree.walk(place) if "R" in call.options else [(place, call.tree.need(place, follow=False))]
            for path, _ in list(below):
                call.shell.budget.step()
                call.tree.require_owner(path)
                file = call.tree.own(path)
                change(file)
                file.changed = call.node.clock()
        except FileProblem as problem:
            call.complain(f"{operand}: {problem}")
            status = 1
    return status


def _chmod(call: Call) -> int:
    arguments = call.arguments
    recursive = bool(arguments) and arguments[0] == "-R"
    words = arguments[1:] if recursive else arguments
    if len(words) < 2 or (words[0].startswith("-") and not _SYMBOLIC.fullmatch(words[0])):
        raise UsageError(f"{TABLE['chmod'].usage}\n")
    call.options = type(call.options)((("R", ""),) if recursive else (), tuple(words))

    def change(file: File) -> None:
        file.mode = _changed_mode(file, words[0])

    return _change(call, change)


def _chown(call: Call) -> int:
    if not call.options.operands:
        raise UsageError(f"{TABLE[call.name].usage}\n")
    owner, _, group = call.options.operands[0].partition(":")
    if call.name == "chgrp":
        owner, group = "", owner
    for name, kind in ((owner, "user"), (group, "group")):
        if name and name not in IDS and not name.isdecimal():
            raise UsageError(f"{call.name}: {name}: illegal {kind} name\n")
    if call.shell.user != "root":
        raise UsageError(f"{call.name}: {call.options.operands[-1]}: Operation not permitted\n")

    def change(file: File) -> None:
        file.owner, file.group = owner or file.owner, group or file.group

    return _change(call, change)


# Names and digests


def _basename(call: Call) -> int:
    if not call.arguments:
        raise UsageError(f"usage: {call.name} string\n")
    text = call.arguments[0].rstrip("/") or "/"
    suffix = call.arguments[1] if len(call.arguments) > 1 else ""
    name = posixpath.basename(text) or "/"
    call.print(
        (name.removesuffix(suffix) if name != suffix else name) + "\n"
        if call.name == "basename"
        else f"{posixpath.dirname(text) or '.'}\n"
    )
    return 0


def _pwd(call: Call) -> int:
    call.print(f"{call.shell.directory}\n")
    return 0


def _read_link(call: Call) -> int:
    status = 0
    for operand in call.options.operands:
        path = call.path(operand)
        file = call.tree.find(path, follow=False)
        if "f" in call.options and file is not None:
            call.print(f"{call.tree.resolve(path)}\n")
        elif file is not None and file.kind == LINK:
            call.print(f"{file.link}\n")
        else:
            status = 1
    return status


def _digest(call: Call) -> int:
    """md5, sha1, sha256, sha512 of FreeBSD: `SHA256 (name) = ...`, -q without the name, -r the other way round."""
    name = posixpath.basename(call.name)

    def digest(data: bytes) -> str:
        return hashlib.new(name, data, usedforsecurity=False).hexdigest()

    text = call.options.value("s")
    if "s" in call.options:
        call.print(
            digest(encoded(text)) + "\n"
            if "q" in call.options
            else f'{name.upper()} ("{text}") = {digest(encoded(text))}\n'
        )
        return 0
    if not call.options.operands:
        call.print(f"{digest(call.streams.input.read())}\n")
        return 0
    status = 0
    for operand in call.options.operands:
        data = call.content(operand)
        if data is None:
            status = 1
        elif "q" in call.options:
            call.print(f"{digest(data)}\n")
        else:
            call.print(
                f"{digest(data)} {operand}\n"
                if "r" in call.options
                else f"{name.upper()} ({operand}) = {digest(data)}\n"
            )
    return status


def _file_kind(call: Call, operand: str) -> None:
    file = call.tree.need(call.path(operand), follow=False)
    kinds = {DIRECTORY: "directory", LINK: f"symbolic link to {file.link}"}
    content = bytes(file.content[:512])
    known = (
        (b"\x7fELF", "ELF 64-bit LSB executable, x86-64, version 1 (FreeBSD)"),
        (b"\x1f\x8b", "gzip compressed data"),
        (b"#!/bin/sh", "POSIX shell script, ASCII text executable"),
        (b"<?php", "PHP script, ASCII text"),
    )
    shown = next((text for magic, text in known if content.startswith(magic)), None)
    shown = shown or ("empty" if not content else "data" if b"\0" in content else "ASCII text")
    call.print(f"{operand}: {kinds.get(file.kind, shown)}\n")


_DIGEST = "usage: {0} [-qr] [-s string] [files ...]"
TABLE = {
    "mkdir": Command(_each(_make_directory), "pm:", "usage: mkdir [-p] [-m mode] directory_name ..."),
    "rmdir": Command(_each(_remove_directory), "", "usage: rmdir directory ..."),
    "rm": Command(_remove, "frR", "usage: rm [-f] [-Rr] file ..."),
    "touch": Command(_each(_touch), "acmt:r:", "usage: touch [-acm] [-r file] [-t [[CC]YY]MMDDhhmm[.SS]] file ..."),
    "cp": Command(_copy, "rRapf", "usage: cp [-R] [-afp] source_file target_file", usage_status=64),
    "mv": Command(_move, "f", "usage: mv [-f] source target", usage_status=64),
    "ln": Command(_link, "sfh", "usage: ln -s [-fh] source_file [target_file]"),
    "chmod": Command(_chmod, usage="usage: chmod [-R] mode file ..."),
    "chown": Command(_chown, "Rh", "usage: chown [-Rh] owner[:group] file ..."),
    "chgrp": Command(_chown, "Rh", "usage: chgrp [-Rh] group file ..."),
    "basename": Command(_basename),
    "dirname": Command(_basename),
    "pwd": Command(_pwd),
    "readlink": Command(_read_link, "f", "usage: readlink [-f] [file ...]"),
    "file": Command(_each(_file_kind), "", "usage: file file ..."),
    **{name: Command(_digest, "qrs:", _DIGEST.format(name)) for name in ("md5", "sha1", "sha256", "sha512")},
}
