# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""find of FreeBSD with the primaries that published checks use."""

from __future__ import annotations

import fnmatch
import math
import posixpath
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from simulator.node.disk import BLOCK_DEVICE, CHARACTER_DEVICE, DIRECTORY, LINK, REGULAR, File
from simulator.node.file_tree import FileProblem
from simulator.userland.commands.listing import blocks, inode, mode_text, short_time, size
from simulator.userland.interpreter import Call, Command
from simulator.userland.options import UsageError

_KINDS = {"f": REGULAR, "d": DIRECTORY, "l": LINK, "c": CHARACTER_DEVICE, "b": BLOCK_DEVICE}
_UNITS = {"c": 1, "k": 1024, "M": 1024**2, "G": 1024**3}
_USAGE = "usage: find [-H | -L | -P] [-EXdsx] [-f path] path ... [expression]\n       find [-H | -L | -P] [-EXdsx] -f path [path ...] [expression]"
_SHOWN = ("-print", "-print0", "-ls", "-exec", "-delete", "-quit")
_MOST_PRIMARIES = 200


@dataclass
class _Found:
    """A path that find came to."""

    path: str
    place: str  # the physical path
    file: File


_Test = Callable[[_Found], Awaitable[bool]]


class _Stop(Exception):
    """-quit ends the walk."""


class _Expression:
    """Makes one test of the primaries: -o binds less than -a, which binds less than !."""

    def __init__(self, call: Call, words: list[str]) -> None:
        self.call, self.waiting = call, words[::-1]
        self.least, self.most = 0, 1000
        self.depth_first = "-delete" in words or "-depth" in words
        self.batches: list[tuple[list[str], list[str]]] = []
        self.pruned: set[str] = set()
        self.number = 0
        self.test = self._or() if words else _always
        if self.waiting:
            raise UsageError(f"find: {self.waiting[-1]}: unknown primary or operator\n")
        if not any(word in words for word in _SHOWN):
            self.test = _both(self.test, self._print("\n"))

    def _or(self) -> _Test:
        test = self._and()
        while self.waiting and self.waiting[-1] in ("-o", "-or"):
            self.waiting.pop()
            test = _either(test, self._and())
        return test

    def _and(self) -> _Test:
        test = self._not()
        while self.waiting and self.waiting[-1] not in ("-o", "-or", ")"):
            if self.waiting[-1] in ("-a", "-and"):
                self.waiting.pop()
            test = _both(test, self._not())
        return test

    def _not(self) -> _Test:
        self.number += 1
        if self.number > _MOST_PRIMARIES:
            raise UsageError("find: expression too long\n")
        word = self._next("find")
        if word in ("!", "-not"):
            return _negated(self._not())
        if word == "(":
            test = self._or()
            if self._next("(") != ")":
                raise UsageError('find: (: missing closing ")"\n')
            return test
        make = _PRIMARIES.get(word)
        if make is None:
            raise UsageError(f"find: {word}: unknown primary or operator\n")
        return make(self, word)

    def _next(self, word: str) -> str:
        if not self.waiting:
            raise UsageError(f"find: {word}: requires additional arguments\n")
        return self.waiting.pop()

    # Primaries

    def name(self, word: str) -> _Test:
        pattern, whole, ignores = self._next(word), "path" in word, word.startswith("-i")

        def test(found: _Found) -> bool:
            text = found.path if whole else posixpath.basename(found.path.rstrip("/")) or "/"
            self.call.shell.budget.spend(len(text) + len(pattern))
            return fnmatch.fnmatchcase(text.lower(), pattern.lower()) if ignores else fnmatch.fnmatchcase(text, pattern)

        return _plain(test)

    def kind(self, word: str) -> _Test:
        letter = self._next(word)
        if letter not in _KINDS:
            raise UsageError(f"find: -type: {letter}: unknown type\n")
        return _plain(lambda found: found.file.kind == _KINDS[letter])

    def owner(self, word: str) -> _Test:
        name = self._next(word)
        return _plain(lambda found: name == (found.file.owner if word == "-user" else found.file.group))

    def permissions(self, word: str) -> _Test:
        text = self._next(word)
        match = re.fullmatch(r"([-+/]?)([0-7]{1,4})", text)
        if match is None:
            raise UsageError(f"find: -perm: {text}: illegal mode string\n")
        bits, how = int(match[2], 8), match[1]
        if how == "-":
            return _plain(lambda found: found.file.mode & bits == bits)
        return _plain(lambda found: bool(found.file.mode & bits) if how else found.file.mode == bits)

    def size(self, word: str) -> _Test:
        text = self._next(word)
        match = re.fullmatch(r"([-+]?)(\d{1,12})([ckMG]?)", text)
        if match is None:
            raise UsageError(f"find: -size: {text}: illegal trailing character\n")
        unit = _UNITS.get(match[3], 512)
        return _plain(lambda found: _compared(match[1], math.ceil(size(found.file) / unit), int(match[2])))

    def age(self, word: str) -> _Test:
        text = self._next(word)
        match = re.fullmatch(r"([-+]?)(\d{1,9})", text)
        if match is None:
            raise UsageError(f"find: {word}: {text}: illegal time value\n")
        unit, now = 60 if word.endswith("min") else 86400, self.call.node.clock()
        return _plain(
            lambda found: _compared(match[1], math.ceil((now - _moment(found, word[1])) / unit), int(match[2]))
        )

    def newer(self, word: str) -> _Test:
        operand = self._next(word)
        which, reference = (word[6], word[7]) if len(word) == 8 else ("m", "m")
        if reference == "t":
            limit = _date(operand)
        else:
            try:
                limit = _times(self.call.tree.need(self.call.path(operand)))[reference]
            except FileProblem as problem:
                raise UsageError(f"find: {operand}: {problem}\n") from None
        return _plain(lambda found: _moment(found, which) > limit)

    def depth(self, word: str) -> _Test:
        text = self._next(word)
        if not re.fullmatch(r"\d{1,4}", text):
            raise UsageError(f"find: {word}: {text}: value must be positive\n")
        if word == "-mindepth":
            self.least = int(text)
        else:
            self.most = int(text)
        return _always

    def empty(self, word: str) -> _Test:
        tree = self.call.tree

        def is_empty(found: _Found) -> bool:
            if found.file.kind == DIRECTORY:
                return not tree.names(found.place)
            return found.file.kind == REGULAR and not found.file.content

        return _plain(is_empty)

    def constant(self, word: str) -> _Test:
        return _plain(lambda found: word == "-true") if word in ("-true", "-false") else _always

    def prune(self, word: str) -> _Test:
        async def test(found: _Found) -> bool:
            self.pruned.add(found.path)
            return True

        return test

    def quit(self, word: str) -> _Test:
        async def test(found: _Found) -> bool:
            raise _Stop

        return test

    def show(self, word: str) -> _Test:
        return self._print("\0" if word == "-print0" else "\n")

    def _print(self, end: str) -> _Test:
        async def test(found: _Found) -> bool:
            self.call.print(found.path + end)
            return True

        return test

    def long(self, word: str) -> _Test:
        async def test(found: _Found) -> bool:
            file, now = found.file, self.call.node.clock()
            links, target = 2 if file.kind == DIRECTORY else 1, f" -> {file.link}" if file.kind == LINK else ""
            self.call.print(
                f"{inode(found.place):6d} {blocks(file):8d} {mode_text(file)} {links:3d} {file.owner:<32} {file.group:<32} "
                f"{size(file):8d} {short_time(file.modified, now)} {found.path}{target}\n"
            )
            return True

        return test

    def execute(self, word: str) -> _Test:
        words: list[str] = []
        while (part := self._next(word)) not in (";", "+"):
            words.append(part)
        if not words:
            raise UsageError("find: -exec: requires additional arguments\n")
        if part == "+":
            paths: list[str] = []
            self.batches.append((words, paths))

            async def collect(found: _Found) -> bool:
                paths.append(found.path)
                return True

            return collect

        async def test(found: _Found) -> bool:
            command = [other.replace("{}", found.path) for other in words]
            return await self.call.shell.execute(command, self.call.streams) == 0

        return test

    def delete(self, word: str) -> _Test:
        async def test(found: _Found) -> bool:
            try:
                _delete(self.call, found)
            except FileProblem as problem:
                self.call.complain(f"-delete: {found.path}: {problem}")
                return False
            return True

        return test


def _delete(call: Call, found: _Found) -> None:
    if found.file.kind == DIRECTORY and call.tree.names(found.place):
        raise FileProblem("Directory not empty")
    call.tree.remove(found.place)


def _times(file: File) -> dict[str, float]:
    return {"a": file.accessed, "c": file.changed_at, "m": file.modified, "B": min(file.modified, file.changed_at)}


def _moment(found: _Found, which: str) -> float:
    return _times(found.file)[which]


def _compared(how: str, value: int, wanted: int) -> bool:
    return value > wanted if how == "+" else value < wanted if how == "-" else value == wanted


def _date(text: str) -> float:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()
    except ValueError:
        raise UsageError(f"find: Can't parse date/time: {text}\n") from None


def _plain(test: Callable[[_Found], bool]) -> _Test:
    async def made(found: _Found) -> bool:
        return test(found)

    return made


async def _always(found: _Found) -> bool:
    return True


def _both(first: _Test, second: _Test) -> _Test:
    async def test(found: _Found) -> bool:
        return await first(found) and await second(found)

    return test


def _either(first: _Test, second: _Test) -> _Test:
    async def test(found: _Found) -> bool:
        return await first(found) or await second(found)

    return test


def _negated(inner: _Test) -> _Test:
    async def test(found: _Found) -> bool:
        return not await inner(found)

    return test


_PRIMARIES: dict[str, Callable[[_Expression, str], _Test]] = {
    **dict.fromkeys(("-name", "-iname", "-path", "-ipath", "-wholename"), _Expression.name),
    **dict.fromkeys(("-user", "-group"), _Expression.owner),
    **dict.fromkeys(("-mtime", "-ctime", "-atime", "-mmin", "-cmin", "-amin"), _Expression.age),
    **dict.fromkeys(("-newer", *(f"-newer{a}{b}" for a in "acmB" for b in "acmBt")), _Expression.newer),
    **dict.fromkeys(("-maxdepth", "-mindepth"), _Expression.depth),
    **dict.fromkeys(("-true", "-false", "-depth"), _Expression.constant),
    **dict.fromkeys(("-print", "-print0"), _Expression.show),
    "-type": _Expression.kind,
    "-perm": _Expression.permissions,
    "-size": _Expression.size,
    "-empty": _Expression.empty,
    "-prune": _Expression.prune,
    "-quit": _Expression.quit,
    "-ls": _Expression.long,
    "-exec": _Expression.execute,
    "-delete": _Expression.delete,
}


async def _find(call: Call) -> int:
    words, follows, at_start = list(call.arguments), False, False
    while words and re.fullmatch(r"-[HLPEXdsx]+", words[0]):
        letters = words.pop(0)[1:]
        if set(letters) & set("EXd"):
            raise UsageError(f"find: illegal option -- {letters}\n{_USAGE}\n")
        follows, at_start = follows or "L" in letters, at_start or "H" in letters
    paths = []
    while words and words[0] not in ("!", "(") and not words[0].startswith("-"):
        paths.append(words.pop(0))
    if not paths:
        raise UsageError(f"{_USAGE}\n")
    expression, status = _Expression(call, words), 0
    try:
        for path in paths:
            file = call.tree.find(call.path(path), follow=follows or at_start or path.endswith("/"))
            if file is None:
                file = call.tree.find(call.path(path), follow=False)
            if file is None:
                call.complain(f"{path}: No such file or directory")
                status = 1
            else:
                await _walk(call, expression, path, file, 0, follows)
    except _Stop:
        pass
    for command, found in expression.batches:
        if found:
            at = command.index("{}") if "{}" in command else len(command)
            status = await call.shell.execute([*command[:at], *found, *command[at + 1 :]], call.streams) or status
    return int(status != 0)


async def _walk(call: Call, expression: _Expression, path: str, file: File, depth: int, follows: bool) -> None:
    call.shell.budget.spend(400 + len(path))
    place = call.tree.resolve(call.path(path), follow=file.kind != LINK)
    found = _Found(path, place, file)
    if expression.least <= depth and not expression.depth_first:
        await expression.test(found)
    if file.kind == DIRECTORY and depth < min(expression.most, 64) and path not in expression.pruned:
        try:
            names = call.tree.names(place)
        except FileProblem as problem:
            call.complain(f"{path}: {problem}")
            names = []
        for name in names:
            below = f"{path.removesuffix('/')}/{name}"
            inner = call.tree.find(posixpath.join(place, name), follow=follows)
            inner = inner or call.tree.find(posixpath.join(place, name), follow=False)
            if inner is not None:
                await _walk(call, expression, below, inner, depth + 1, follows)
    if expression.least <= depth and expression.depth_first:
        await expression.test(found)


TABLE = {"find": Command(_find)}
