# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operators between two terms, except `&&`, `||` and the comparison of text.

Both sides must have one type (operators page, NetScaler 11); `+` with text on one side gives text.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from .conversion import rendered
from .errors import ExpressionError, UnsupportedExpression
from .functions.numbers import add, divide, multiply, remainder, shift_left, shift_right, subtract
from .open_semantics import ReadingChooser
from .request import Request
from .results import UNDEF, Halt
from .syntax import Binary, Unary
from .typesystem import Address, Boolean, Double, Number, Term, Text, Time

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_CALCULATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "+": add,
    "-": subtract,
    "*": multiply,
    "/": divide,
    "%": remainder,
    "<<": shift_left,
    ">>": shift_right,
    "&": operator.and_,
    "|": operator.or_,
    "^": operator.xor,
}


def unary(node: Unary, operand: Term) -> Term:
    run = operand.run
    if node.operator == "!":
        if not isinstance(operand.type, Boolean):
            raise ExpressionError(f"! takes a condition, not {operand.type.name}", node.column)
        return Term(Boolean(), lambda request: not run(request), operand.partial)
    if not isinstance(operand.type, Number | Double):
        raise ExpressionError(f"- takes a number, not {operand.type.name}", node.column)
    return Term(operand.type, lambda request: -run(request), operand.partial)


def binary(node: Binary, left: Term, right: Term, chooser: ReadingChooser) -> Term:
    """Return the term of an operator between two terms. Raises ExpressionError when the types do not fit."""
    if node.operator == "+" and (isinstance(left.type, Text) or isinstance(right.type, Text)):
        return _concatenation(node, left, right, chooser)
    left, right = _plain(left, chooser), _plain(right, chooser)
    if type(left.type) is not type(right.type):
        raise ExpressionError(f"{left.type.name} {node.operator} {right.type.name}: two types", node.column)
    if node.operator == "ALT":
        return _alternative(left, right)
    return _comparison(node, left, right) if node.operator in COMPARISONS else _calculation(node, left, right)


def _plain(term: Term, chooser: ReadingChooser) -> Term:
    return rendered(term, chooser) if isinstance(term.type, Text) else term


def _alternative(left: Term, right: Term) -> Term:
    """Return the term of `a ALT b`: a, or b when a is UNDEF."""
    first, second = left.run, right.run

    def run(request: Request) -> Any:
        try:
            return first(request)
        except Halt as halt:
            if halt.result is UNDEF:
                return second(request)
            raise

    return Term(left.type, run, left.partial or right.partial)


def _concatenation(node: Binary, left: Term, right: Term, chooser: ReadingChooser) -> Term:
    one, other = (rendered(term, chooser, node.column) for term in (left, right))
    first, second = one.run, other.run
    if one.constant is not None and other.constant is not None:
        joined = one.constant + other.constant
        return Term(Text(), lambda _unused: joined, constant=joined)
    return Term(Text(), lambda request: first(request) + second(request), one.partial or other.partial)


def _comparison(node: Binary, left: Term, right: Term) -> Term:
    if isinstance(left.type, Time):
        raise UnsupportedExpression("comparing two times isn't supported", node.column)
    if node.operator not in {"==", "!="} and isinstance(left.type, Boolean | Address):
        raise ExpressionError(f"{node.operator} doesn't compare {left.type.name}", node.column)
    compare, first, second = COMPARISONS[node.operator], left.run, right.run
    return Term(Boolean(), lambda request: compare(first(request), second(request)), left.partial or right.partial)


def _calculation(node: Binary, left: Term, right: Term) -> Term:
    if not isinstance(left.type, Number | Double):
        raise ExpressionError(f"{node.operator} takes numbers, not {left.type.name}", node.column)
    if isinstance(left.type, Double) and node.operator not in {"+", "-", "*", "/"}:
        raise ExpressionError(f"{node.operator} takes whole numbers", node.column)
    calculate, first, second = _CALCULATIONS[node.operator], left.run, right.run
    may_fail = node.operator in ("/", "%") or (isinstance(left.type, Number) and node.operator in ("+", "-", "*"))
    partial = left.partial or right.partial or may_fail
    return Term(left.type, lambda request: calculate(first(request), second(request)), partial)
