# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The words of a script: their quotes, parameters and command substitutions, and the patterns of file names."""

from __future__ import annotations

import fnmatch
import posixpath
import re
from dataclasses import dataclass
from functools import lru_cache

from simulator.node.file_tree import FileProblem, FileTree
from simulator.userland.limits import Budget
from simulator.userland.syntax import ShellSyntaxError

TEXT, PARAMETER, COMMAND = "text", "parameter", "command"
_REMEMBERED = 256  # the longest word whose pieces are kept
_LOOK = 200  # work of looking a path up


@dataclass(frozen=True)
class Piece:
    """A part of a word. content: a text, the name of a parameter, or a script whose output it is."""

    kind: str
    content: str
    quoted: bool = False


_NESTED = r"""(?:[^()'"]|'[^']*+'|"(?:[^"\\]|\\.)*+"|\((?:[^()]|\([^()]*+\))*+\))*+"""
_PIECE = re.compile(
    rf"""'(?P<single>[^']*)'|"(?P<double>(?:[^"\\$`]|\\(?:.|\n)|\$\({_NESTED}\)|`[^`]*+`|\$\{{[^}}]{{0,1000}}+\}}|\$)*+)"
    |\\(?P<escaped>.|\n)|\$\((?P<substituted>{_NESTED})\)|`(?P<backquoted>[^`]*)`
    |\$\{{(?P<braced>[^}}]{{0,1000}}+)\}}|\$(?P<name>[A-Za-z_][A-Za-z0-9_]*|[0-9?#$@*!-])|(?P<plain>[^'"\\$`]+|\$)""",
    re.VERBOSE | re.DOTALL,
)
_IN_DOUBLE = re.compile(
    rf"""\\(?P<escaped>[$`"\\\n])|\$\((?P<substituted>{_NESTED})\)|`(?P<backquoted>[^`]*)`
    |\$\{{(?P<braced>[^}}]{{0,1000}}+)\}}|\$(?P<name>[A-Za-z_][A-Za-z0-9_]*|[0-9?#$@*!-])|(?P<plain>[^\\$`]+|\$|\\)""",
    re.VERBOSE | re.DOTALL,
)


def pieces(word: str) -> tuple[Piece, ...]:
    """Return the pieces of a word. Raises ShellSyntaxError."""
    return _known_pieces(word) if len(word) <= _REMEMBERED else _pieces(word)


def _pieces(word: str) -> tuple[Piece, ...]:
    found: list[Piece] = []
    for match in _PIECE.finditer(word):
        if match["single"] is not None:
            found.append(Piece(TEXT, match["single"], quoted=True))
        elif match["double"] is not None:
            found.append(Piece(TEXT, "", quoted=True))  # a word of quotes only is an empty word
            found += [_piece(inner, quoted=True) for inner in _IN_DOUBLE.finditer(match["double"])]
        else:
            found.append(_piece(match, quoted=False))
    return tuple(found)


_known_pieces = lru_cache(maxsize=1024)(_pieces)


def _piece(match: re.Match[str], *, quoted: bool) -> Piece:
    if match["escaped"] is not None:
        return Piece(TEXT, "" if match["escaped"] == "\n" else match["escaped"], quoted=True)
    if match["substituted"] is not None:
        if match["substituted"].startswith("("):
            raise ShellSyntaxError('Syntax error: "((" unexpected')  # arithmetic
        return Piece(COMMAND, match["substituted"], quoted)
    if match["backquoted"] is not None:
        return Piece(COMMAND, re.sub(r"\\([$`\\])", r"\1", match["backquoted"]), quoted)
    if match["braced"] is not None:
        if not re.fullmatch(r"#?(?:[A-Za-z_]\w*|[0-9?#$@*])|[A-Za-z_]\w*:?-[^$`'\"]*", match["braced"]):
            raise ShellSyntaxError("Syntax error: Bad substitution")
        return Piece(PARAMETER, match["braced"], quoted)
    if match["name"] is not None:
        return Piece(PARAMETER, match["name"], quoted)
    return Piece(TEXT, match["plain"], quoted)


@dataclass(frozen=True)
class Fragment:
    """A part of a word after its expansion; a quoted one is no pattern."""

    text: str
    quoted: bool


def split(parts: list[tuple[Piece, str]]) -> list[list[Fragment]]:
    """Return the words that the pieces of one word with their values become: unquoted values are split at blanks."""
    made: list[list[Fragment]] = []
    current: list[Fragment] = []
    for piece, value in parts:
        if piece.quoted or piece.kind == TEXT:
            current.append(Fragment(value, piece.quoted))
            continue
        for place, field in enumerate(re.split(r"[ \t\n]+", value)):
            if place and current:
                made.append(current)
                current = []
            if field:
                current.append(Fragment(field, quoted=False))
    if current:
        made.append(current)
    return made


def joined(fragments: list[Fragment]) -> str:
    return "".join(fragment.text for fragment in fragments)


def expanded(fragments: list[Fragment], tree: FileTree, directory: str, budget: Budget) -> list[str]:
    """Return the paths that a word matches, or the word itself."""
    if not any(not fragment.quoted and re.search(r"[*?[]", fragment.text) for fragment in fragments):
        return [joined(fragments)]
    pattern = "".join(
        re.sub(r"([*?[])", r"[\1]", fragment.text) if fragment.quoted else fragment.text for fragment in fragments
    )
    found = ["/"] if pattern.startswith("/") else [""]
    parts = [part for part in pattern.split("/") if part]
    for number, part in enumerate(parts):
        found = _matched(found, part, tree, directory, budget, must_be_directory=number < len(parts) - 1)
    return sorted(found) or [joined(fragments)]


def _matched(
    places: list[str], part: str, tree: FileTree, directory: str, budget: Budget, *, must_be_directory: bool
) -> list[str]:
    matched = []
    for place in places:
        budget.spend(_LOOK + len(place))
        where = posixpath.join(directory, place)
        if not re.search(r"[*?[]", part):
            names = [part] if tree.find(posixpath.join(where, part), follow=False) is not None else []
        else:
            try:
                names = tree.names(where)
            except FileProblem:
                names = []
            budget.spend(sum(map(len, names)))
            names = [name for name in names if fnmatch.fnmatchcase(name, part) and (part[0] == "." or name[0] != ".")]
        matched += [posixpath.join(place, name) for name in names]
    return [path for path in matched if not must_be_directory or tree.is_directory(posixpath.join(directory, path))]
