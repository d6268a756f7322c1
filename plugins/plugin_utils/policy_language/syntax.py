# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tokens and syntax tree of an expression."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

try:
    import lark
except ImportError:  # ansible-test imports every file without the requirements
    HAS_LARK = False
else:
    HAS_LARK = True

from .classic import hint, is_classic
from .errors import ExpressionError, UnsupportedExpression
from .grammar import GRAMMAR
from .syntax_errors import syntax_error

MAX_LENGTH = 8191  # NSPEPI README, 12.1 and later
MOST_DIGITS = 20
"""The most digits of a number: those of 64 bits. The rules of others may have any."""
MAX_DEPTH = 100  # our limit, below Python's own


@dataclass(frozen=True)
class Node:
    """A node of the syntax tree; `column` is its 1-based position in the text."""

    column: int


@dataclass(frozen=True)
class Name(Node):
    name: str


@dataclass(frozen=True)
class Text(Node):
    value: str


@dataclass(frozen=True)
class Character(Node):
    value: str


@dataclass(frozen=True)
class Number(Node):
    value: int | float


@dataclass(frozen=True)
class Literal(Node):
    """An unquoted literal; `kind` is address, mac, date, regex or xpath."""

    kind: str
    value: str


@dataclass(frozen=True)
class Variable(Node):
    name: str
    key: Node | None = None


@dataclass(frozen=True)
class Element(Node):
    """`target.name` or, with `arguments`, `target.name(...)`."""

    target: Node
    name: str
    arguments: tuple[Node, ...] | None = None


@dataclass(frozen=True)
class Group(Node):
    inner: Node


@dataclass(frozen=True)
class Unary(Node):
    operator: str
    operand: Node


@dataclass(frozen=True)
class Binary(Node):
    operator: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Token:
    """A token of an expression: `start` and `end` are 0-based offsets."""

    type: str
    text: str
    start: int
    end: int


@lru_cache(maxsize=4096)
def parse(text: str) -> Node:
    """Return the syntax tree of an expression. Raises ExpressionError."""
    _check_length(text)
    if is_classic(text):
        raise ExpressionError(hint(text), 1, text)
    parser = _parser()
    try:
        tree = parser.parse(text)
    except ExpressionError as error:
        raise ExpressionError(error.message, error.column, text) from None
    except lark.exceptions.UnexpectedInput as error:
        raise syntax_error(error, text) from None
    if not isinstance(tree, Node):
        raise TypeError(f"not a syntax tree: {tree!r}")
    _check_depth(tree, text)
    return tree


def walk(tree: Node) -> Iterator[tuple[Node, int]]:
    """Yield all nodes with their depth; a row of the same `&&` or `||` is one level."""
    todo = [(tree, 1)]
    while todo:
        node, depth = todo.pop()
        yield node, depth
        todo += [(child, depth if _in_one_row(node, child) else depth + 1) for child in _children(node)]


def tokens(text: str) -> tuple[Token, ...]:
    """Return the tokens of an expression. Raises ExpressionError."""
    _check_length(text)
    lexer = _lexer()
    try:
        found = list(lexer.lex(text))
    except lark.exceptions.UnexpectedInput as error:
        raise syntax_error(error, text) from None
    return tuple(Token(token.type, str(token), token.start_pos or 0, token.end_pos or 0) for token in found)


def unescape(body: str, column: int) -> str:
    r"""Return the bytes between quotes, one per character.

    Escapes are \\ \' \" \t \r \n, \xHH up to 7f and octal up to 177 (the vendor's own lexer, NSPEPI). `\?` is printed in
    the 9.2 guide p. 72 and taken as `?`. Characters beyond ASCII are the bytes of their UTF-8 form.
    """

    def replace(match: re.Match[str]) -> str:
        escape = match[1]
        if escape[0] in _SIMPLE_ESCAPES:
            return _SIMPLE_ESCAPES[escape[0]]
        if escape[0] == "x" and len(escape) > 1:
            code = int(escape[1:], 16)
        elif escape[0] in "01234567":
            code = int(escape, 8)
        else:
            raise ExpressionError(f"unknown escape \\{escape}", column + match.start() + 1)
        if code > 0x7F:
            raise ExpressionError(f"escape \\{escape} is beyond 7f", column + match.start() + 1)
        return chr(code)

    return utf8_bytes(_ESCAPE.sub(replace, body))


def utf8_bytes(text: str) -> str:
    """Return a text as NetScaler stores it: its UTF-8 bytes, one character per byte."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("latin-1")


_SIMPLE_ESCAPES = {"\\": "\\", "'": "'", '"': '"', "t": "\t", "r": "\r", "n": "\n", "?": "?"}
_ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{2}|[0-7]{1,3}|.)", re.DOTALL)


def _check_length(text: str) -> None:
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"longer than {MAX_LENGTH} characters")


def _check_depth(tree: Node, text: str) -> None:
    for node, depth in walk(tree):
        if depth > MAX_DEPTH:
            raise UnsupportedExpression(f"nested more than {MAX_DEPTH} levels deep", node.column, text)


def _children(node: Node) -> tuple[Node, ...]:
    match node:
        case Binary(left=left, right=right):
            return left, right
        case Unary(operand=inner) | Group(inner=inner):
            return (inner,)
        case Element(target=target, arguments=arguments):
            return target, *(arguments or ())
        case Variable(key=Node() as key):
            return (key,)
        case _:
            return ()


def _in_one_row(node: Node, child: Node) -> bool:
    return (
        isinstance(node, Binary)
        and isinstance(child, Binary)
        and child is node.left
        and node.operator == child.operator
        and node.operator in {"&&", "||"}
    )


@lru_cache(maxsize=1)
def _lexer() -> lark.Lark:
    return lark.Lark(_parser().grammar, parser=None, lexer="basic")


@lru_cache(maxsize=1)
def _parser() -> lark.Lark:
    if not HAS_LARK:
        raise ImportError("NetScaler expressions need the Python package `lark` on the control node")
    return lark.Lark(GRAMMAR, parser="lalr", transformer=_TreeBuilder(), maybe_placeholders=True)


# Reserved words, which cannot name an entity (NSPEPI). With a closing mark they would be one token.
_UNFINISHED = {"re": "the regular expression that begins here", "xp": "the XPath that begins here"}


class _TreeBuilder:
    """Has one method for each rule of the grammar. Lark finds them by name, so no base class is needed."""

    @staticmethod
    def binary(parts: list[Any]) -> Node:
        left, operator, right = parts
        return Binary(_column(operator), str(operator).upper(), left, right)

    @staticmethod
    def unary(parts: list[Any]) -> Node:
        operator, operand = parts
        return Unary(_column(operator), str(operator), operand)

    @staticmethod
    def element(parts: list[Any]) -> Node:
        target, name = parts
        return Element(_column(name), target, str(name))

    @staticmethod
    def call(parts: list[Any]) -> Node:
        target, name, arguments = parts
        return Element(_column(name), target, str(name), arguments or ())

    @staticmethod
    def arguments(parts: list[Any]) -> tuple[Node, ...]:
        return tuple(parts)

    @staticmethod
    def name(parts: list[Any]) -> Node:
        if parts[0].lower() in _UNFINISHED:
            raise ExpressionError(f"{_UNFINISHED[parts[0].lower()]} has no closing mark", _column(parts[0]))
        return Name(_column(parts[0]), str(parts[0]))

    @staticmethod
    def text(parts: list[Any]) -> Node:
        return Text(_column(parts[0]), unescape(parts[0][1:-1], _column(parts[0]) + 1))

    @staticmethod
    def character(parts: list[Any]) -> Node:
        value = unescape(parts[0][1:-1], _column(parts[0]) + 1)
        if len(value) != 1:
            raise ExpressionError("a character literal holds one byte", _column(parts[0]))
        return Character(_column(parts[0]), value)

    @staticmethod
    def integer(parts: list[Any]) -> Node:
        if len(parts[0]) > MOST_DIGITS:
            raise ExpressionError(f"a number of more than {MOST_DIGITS} digits", _column(parts[0]))
        return Number(_column(parts[0]), int(parts[0]))

    @staticmethod
    def decimal(parts: list[Any]) -> Node:
        return Number(_column(parts[0]), float(parts[0]))

    @staticmethod
    def address(parts: list[Any]) -> Node:
        return Literal(_column(parts[0]), "address", str(parts[0]))

    @staticmethod
    def mac(parts: list[Any]) -> Node:
        return Literal(_column(parts[0]), "mac", str(parts[0]))

    @staticmethod
    def date(parts: list[Any]) -> Node:
        return Literal(_column(parts[0]), "date", str(parts[0]))

    @staticmethod
    def regex(parts: list[Any]) -> Node:
        return Literal(_column(parts[0]), "regex", utf8_bytes(parts[0][3:-1]))

    @staticmethod
    def xpath(parts: list[Any]) -> Node:
        return Literal(_column(parts[0]), "xpath", utf8_bytes(parts[0][3:-1]))

    @staticmethod
    def variable(parts: list[Any]) -> Node:
        return Variable(_column(parts[0]), str(parts[0]))

    @staticmethod
    def map_element(parts: list[Any]) -> Node:
        return Variable(_column(parts[0]), str(parts[0]), parts[1])

    @staticmethod
    def group(parts: list[Any]) -> Node:
        return Group(parts[0].column, parts[0])


def _column(token: lark.Token) -> int:
    return (token.start_pos or 0) + 1
