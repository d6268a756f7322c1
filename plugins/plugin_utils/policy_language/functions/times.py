# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""SYS.TIME and its comparisons (guide 9.2 p. 110-115)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from ..call import Call
from ..conversion import rendered
from ..dates import DateLiteral, parse_date
from ..registry import function, prefix
from ..request import Request
from ..results import unknown
from ..typesystem import Boolean, Number, Term, Time


@prefix("SYS.TIME")
def sys_time(call: Call) -> Term:
    call.expect(0)
    return call.result(Time(), _now, partial=True)


def _now(request: Request) -> datetime:
    now = request.now
    if now is None:
        unknown()
    return now.replace(tzinfo=UTC) if now.tzinfo is None else now


def _date(call: Call, index: int) -> DateLiteral:
    return parse_date(call.literal(index, "date"), call.arguments[index].column)


def _comparison(test: Callable[[list[int], list[int]], bool]) -> Callable[[Call], Term]:
    def handler(call: Call) -> Term:
        call.expect(1)
        run, date = call.target.run, _date(call, 0)
        return call.result(Boolean(), lambda request: test(*date.beside(run(request))))

    return handler


function(Time, "EQ")(_comparison(lambda now, date: now == date))
function(Time, "NE")(_comparison(lambda now, date: now != date))
function(Time, "GT")(_comparison(lambda now, date: now > date))
function(Time, "GE")(_comparison(lambda now, date: now >= date))
function(Time, "LT")(_comparison(lambda now, date: now < date))
function(Time, "LE")(_comparison(lambda now, date: now <= date))


@function(Time, "BETWEEN")
def between(call: Call) -> Term:
    """TRUE if later than one date and earlier than the other."""
    call.expect(2)
    run, first, last = call.target.run, _date(call, 0), _date(call, 1)

    def test(request: Any) -> bool:
        (now, start), (_unused, end) = first.beside(run(request)), last.beside(run(request))
        return now > start and last.beside(run(request))[0] < end

    return call.result(Boolean(), test)


@function(Time, "WITHIN")
def within(call: Call) -> Term:
    """Compare element by element, not as one instant: a missing element is the lowest or the highest one."""
    call.expect(2)
    run, first, last = call.target.run, _date(call, 0), _date(call, 1)

    def test(request: Any) -> bool:
        moment = run(request)
        after_start = all(now >= element for now, element in zip(*first.beside(moment), strict=True))
        return after_start and all(now <= element for now, element in zip(*last.beside(moment), strict=True))

    return call.result(Boolean(), test)


_PARTS: dict[str, Callable[[datetime], int]] = {
    "YEAR": lambda moment: moment.year,
    "MONTH": lambda moment: moment.month,
    "DAY": lambda moment: moment.day,
    "HOURS": lambda moment: moment.hour,
    "MINUTES": lambda moment: moment.minute,
    "SECONDS": lambda moment: moment.second,
    "WEEKDAY": lambda moment: moment.isoweekday() % 7,  # 0 is Sunday
}


@function(Time, *_PARTS)
def part(call: Call) -> Term:
    call.expect(0)
    run, pick = call.target.run, _PARTS[call.name]
    return call.result(Number(), lambda request: pick(run(request).astimezone(UTC)))


@function(Time, "TYPECAST_TEXT_T")
def time_text(call: Call) -> Term:
    call.expect(0)
    return rendered(call.target, call.chooser, call.column)
