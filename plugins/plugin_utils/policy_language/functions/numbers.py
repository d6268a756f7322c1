# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Numbers and conditions (guide 9.2 p. 64-68)."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from ..call import Call
from ..conversion import rendered
from ..logic import logic
from ..registry import function
from ..results import undef, undetermined
from ..typesystem import Boolean, Double, Number, Term

Arithmetic = Callable[[Any, Any], Any]


def bounded(calculate: Arithmetic) -> Arithmetic:
    """Return a number of num_at, which has 32 bits (extension language, simple types). No source states the result beyond them."""

    def run(left: Any, right: Any) -> Any:
        result = calculate(left, right)
        return result if isinstance(result, float) or -(1 << 31) <= result < 1 << 31 else undetermined()

    return run


add, subtract, multiply = bounded(operator.add), bounded(operator.sub), bounded(operator.mul)


def divide(left: Any, right: Any) -> Any:
    """Divide; whole numbers towards zero, as in C; UNDEF by zero."""
    if right == 0:
        undef()
    if isinstance(left, float) or isinstance(right, float):
        return left / right
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


def remainder(left: int, right: int) -> int:
    return left - right * divide(left, right)  # type: ignore[no-any-return]


def shift_left(left: int, right: int) -> int:
    """Shift by the count modulo 32; the result has 32 bits."""
    shifted = left << right % 32 & 0xFFFFFFFF
    return shifted - (1 << 32) if shifted & 0x80000000 else shifted


def shift_right(left: int, right: int) -> int:
    return left >> right % 32


def _numeric(call: Call, index: int) -> Term:
    term = call.term(index)
    if isinstance(call.target.type, Number) and not isinstance(term.type, Number):
        raise call.error(f"takes a number, not {term.type.name}")
    if not isinstance(term.type, Number | Double):
        raise call.error(f"takes a number, not {term.type.name}")
    return term


def _comparison(test: Arithmetic) -> Callable[[Call], Term]:
    def handler(call: Call) -> Term:
        call.expect(1)
        run, argument = call.target.run, _numeric(call, 0)
        if argument.constant is not None:
            constant = argument.constant
            return call.result(Boolean(), lambda request: test(run(request), constant))
        other = argument.run
        return call.result(Boolean(), lambda request: test(run(request), other(request)))

    return handler


def _calculation(calculate: Arithmetic, *, partial: bool = False) -> Callable[[Call], Term]:
    def handler(call: Call) -> Term:
        call.expect(1)
        run, other = call.target.run, _numeric(call, 0).run
        type_ = call.target.type
        return call.result(type_, lambda request: calculate(run(request), other(request)), partial=partial)

    return handler


for _name, _test in {
    "EQ": operator.eq,
    "NE": operator.ne,
    "GT": operator.gt,
    "GE": operator.ge,
    "LT": operator.lt,
    "LE": operator.le,
}.items():
    function(Number, _name)(_comparison(_test))
    function(Double, _name)(_comparison(_test))

for _name, _calculate in {"ADD": add, "SUB": subtract, "MUL": multiply}.items():
    function(Number, _name)(_calculation(_calculate, partial=True))
    function(Double, _name)(_calculation(_calculate))

function(Number, "DIV")(_calculation(divide, partial=True))
function(Double, "DIV")(_calculation(divide, partial=True))

for _name, _combine in {
    "BITAND": operator.and_,
    "BITOR": operator.or_,
    "BITXOR": operator.xor,
    "LSHIFT": shift_left,
    "RSHIFT": shift_right,
}.items():
    function(Number, _name)(_calculation(_combine))


@function(Number, "BETWEEN")
def between(call: Call) -> Term:
    """TRUE between two numbers, including both."""
    call.expect(2)
    run, low, high = call.target.run, call.number(0), call.number(1)
    return call.result(Boolean(), lambda request: low(request) <= run(request) <= high(request))


@function(Number, "NEG")
def negative(call: Call) -> Term:
    call.expect(0)
    run = call.target.run
    return call.result(Number(), lambda request: -run(request))


@function(Number, "TYPECAST_TEXT_T")
def number_text(call: Call) -> Term:
    call.expect(0)
    return rendered(call.target, call.chooser, call.column)


# Conditions


@function(Boolean, "NOT")
def negation(call: Call) -> Term:
    call.expect(0)
    run = call.target.run
    return call.result(Boolean(), lambda request: not run(request))


@function(Boolean, "AND")
def conjunction(call: Call) -> Term:
    call.expect(1)
    return logic("&&", (call.target, call.boolean(0)), call.chooser)


@function(Boolean, "OR")
def disjunction(call: Call) -> Term:
    call.expect(1)
    return logic("||", (call.target, call.boolean(0)), call.chooser)
