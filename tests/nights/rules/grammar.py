# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The grammar: an expression is an operation, or a chain of elements with arguments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from tests.nights.rules.values import NotRead

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:\\.|[^"\\])*")
    |(?P<pattern>(?i:re)(?P<mark>[^\w\s."'(),])(?P<regex>.*?)(?P=mark))
    |(?P<net>\d+\.\d+\.\d+\.\d+(?:/\d+)?|[0-9a-fA-F]*:[0-9a-fA-F:.]+(?:/\d+)?)
    |(?P<number>\d+)
    |(?P<name>(?!(?i:ALT)\b)[A-Za-z_]\w*)
    |(?P<operator>&&|\|\||==|!=|<=|>=|(?i:ALT)\b|[!+*.,()<>-]))""",
    re.VERBOSE | re.DOTALL,
)
_LOOSEST_FIRST = (("ALT",), ("||",), ("&&",), ("==", "!="), ("<", "<=", ">", ">="), ("+", "-"), ("*",))
_ESCAPES = {"t": "\t", "r": "\r", "n": "\n"}
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|[0-7]{1,3}|.)", re.DOTALL)


@dataclass(frozen=True)
class Literal:
    """A constant.

    :ivar kind: text, pattern, net or number
    """

    kind: str
    text: str


@dataclass(frozen=True)
class Element:
    """An element of a chain; its name is in upper case.

    :ivar arguments: None where it has no parentheses
    """

    name: str
    written: str
    arguments: tuple[Node, ...] | None = None


@dataclass(frozen=True)
class Chain:
    """Elements behind a value; without one, the first of them is a root or the name of an expression."""

    value: Node | None
    elements: tuple[Element, ...]


@dataclass(frozen=True)
class Operation:
    operator: str
    sides: tuple[Node, ...]


Node = Literal | Chain | Operation


@lru_cache(maxsize=1000)
def parsed(text: str) -> Node:
    """Return the tree of an expression."""
    reading = _Reading([*_tokens(text)])
    tree = reading.operation(0)
    if reading.tokens:
        raise NotRead(f"{text}: what is {reading.tokens[0][1]!r}?")
    return tree


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    place, whole = 0, text.rstrip()
    while place < len(whole):
        found = _TOKEN.match(whole, place)
        if found is None:
            raise NotRead(whole[place:])
        kind = "pattern" if found["pattern"] is not None else str(found.lastgroup)
        text = found["regex"] if kind == "pattern" else found[kind]
        yield kind, text.upper() if kind == "operator" else text
        place = found.end()


class _Reading:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.tokens = tokens

    def _is(self, *texts: str) -> bool:
        return bool(self.tokens) and self.tokens[0][0] == "operator" and self.tokens[0][1] in texts

    def _take(self, text: str) -> None:
        if not self._is(text):
            raise NotRead(f"{text} is missing before {self.tokens[:1]}")
        self.tokens.pop(0)

    def operation(self, level: int) -> Node:
        """Read an operation of a level of precedence, and what binds tighter."""
        if level == len(_LOOSEST_FIRST):
            return self._negated()
        found = self.operation(level + 1)
        while self._is(*_LOOSEST_FIRST[level]):
            operator = self.tokens.pop(0)[1]
            found = Operation(operator, (found, self.operation(level + 1)))
        return found

    def _negated(self) -> Node:
        if self._is("!"):
            self.tokens.pop(0)
            return Operation("!", (self._negated(),))
        return self._chain()

    def _chain(self) -> Node:
        value = self._value()
        elements = [] if value is not None else [self._element()]
        while self._is("."):
            self.tokens.pop(0)
            elements.append(self._element())
        return value if value is not None and not elements else Chain(value, tuple(elements))

    def _value(self) -> Node | None:
        if self._is("("):
            self.tokens.pop(0)
            found = self.operation(0)
            self._take(")")
            return found
        if not self.tokens:
            raise NotRead("an expression ends too early")
        kind, text = self.tokens[0]
        if kind == "name":
            return None
        self.tokens.pop(0)
        return Literal(kind, _ESCAPE.sub(_unescaped, text[1:-1]) if kind == "text" else text)

    def _element(self) -> Element:
        kind, text = self.tokens.pop(0) if self.tokens else ("", "")
        if kind != "name":
            raise NotRead(f"{text!r} is no element")
        return Element(text.upper(), text, self._arguments() if self._is("(") else None)

    def _arguments(self) -> tuple[Node, ...]:
        self._take("(")
        found: list[Node] = []
        while not self._is(")"):
            found.append(self.operation(0))
            if self._is(","):
                self._take(",")
        self._take(")")
        return tuple(found)


def _unescaped(found: re.Match[str]) -> str:
    code = found[1]
    if code[0] == "x" and len(code) > 1:
        return chr(int(code[1:], 16))
    return chr(int(code, 8)) if code[0] in "01234567" else _ESCAPES.get(code, code)
