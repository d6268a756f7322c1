# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The course of time of each appliance as tables for people: from when to when it was in which state, by what, and how sure that is. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import zip_longest
from typing import Any, NamedTuple

from ...foundation.counted import counted
from ...foundation.foreign_text import defanged, printable
from ...judgement.course.measure_stage import Doing
from ...judgement.course.sourced_date import Confidence
from ...judgement.course.state import State

Values = Mapping[str, Any]
HEAD = ("from", "until", "state", "how sure", "by what")
WIDEST = 96
"""Characters of a line of the last column; a longer text goes on below."""
FINE = (State.FIXED, State.NOT_AFFECTED)
GOES_ON = "goes on"
_WITHDRAWN = {Doing.OBSERVES: "only counted", Doing.OFF: "off", Doing.UNKNOWN: "not known"}


class CourseRow(NamedTuple):
    """A row of a table: the time, what held, how sure the time is, and what it rests on."""

    since: str
    until: str
    state: str
    sure: str
    what: str


def course_text(appliances: Mapping[str, Values]) -> str:
    """Return the tables of all appliances, one for each weakness that they had or that is not known; what was always fine is counted.

    :param appliances: by :func:`ledger_page`
    """
    return "\n".join(line for name, one in appliances.items() for line in _appliance(name, one["answers"]))


def course_rows(line: Sequence[Values]) -> Iterator[CourseRow]:
    """Yield the rows of a course of the ledger, the earliest first."""
    for one in line:
        rests_on = [text for text in one["rests_on"] if text not in one["reason"]]
        what = "; ".join(filter(None, [one["reason"], *rests_on, one["by"] and f"decided by {one['by']}"]))
        until = _time(one["until"]) if one["until"] else GOES_ON
        yield CourseRow(_time(one["since"]), until, one["state"], _sure(one["since"]), what or "not known")


def _appliance(name: str, answers: Sequence[Values]) -> Iterator[str]:
    by_entry: dict[str, list[Values]] = {}
    for row in (row for answer in answers for row in answer["rows"]):
        by_entry.setdefault(row["entry"], []).append(row)
    told = {entry: rows for entry, rows in by_entry.items() if not _is_always_fine(rows[0]["course"])}
    for entry, rows in told.items():
        yield from _entry(name, entry, rows)
    if len(told) < len(by_entry):
        fine = counted(len(by_entry) - len(told), "weakness")
        yield f"{_shown(name)}: fixed or not affected all the time: {fine}\n"


def _is_always_fine(course: Sequence[Values]) -> bool:
    return bool(course) and all(one["state"] in FINE for one in course)


def _entry(name: str, entry: str, rows: Sequence[Values]) -> Iterator[str]:
    """Yield the table of a weakness, which all customers share; below it the hunt, the closings, and the management addresses."""
    customers = ", ".join(row["customer"] for row in rows if row["customer"])
    yield _shown(f"{name}, {entry}{f' ({customers})' if customers else ''}")
    yield from table_lines([*course_rows(rows[0]["course"])])
    yield from (f"  {_shown(text)}" for text in _stage_texts(rows[0]["stages"]))
    yield from (f"  {_shown(_hunt_text(one))}" for one in rows[0]["hunts"])
    closings = [one["text"] for row in rows for one in (*row["switched_off"], *row["closings"])]
    yield from (f"  {_shown(text)}" for text in (*closings, *rows[0]["conflicts"]))
    for node in rows[0]["without_fix"]:
        yield _shown(f"  {node} has the weakness today, and the other node the fix: it serves after a failover")
    for one in rows[0]["nodes"]:
        yield _shown(f"{name}, {entry}, management address of {one['node']}")
        yield from table_lines([*course_rows(one["management"])])
    yield ""


def _stage_texts(stages: Sequence[Values]) -> Iterator[str]:
    """Yield what our runs did with our measure, the earliest first."""
    is_first = True
    for one in stages:
        doing, since = Doing(one["doing"]), _time(one["since"])
        until = _until(one["until"]) if one["until"] else ""
        where = f" in partition {one['partition']}, before all had it," if one["partition"] else ""
        by = f", decided by {one['by']}" if one["by"] else ""
        if doing is not Doing.BLOCKS:
            yield f"our measure: {_WITHDRAWN[doing]}{where} from {since}{until}{by} ({one['since']['source']})"
        else:
            did = "found in place" if not one["is_put"] else "put in place" if is_first and not where else "put back"
            yield f"our measure: {did}{where} {since} ({one['since']['source']})"
            is_first = is_first and bool(where)


def _sure(dated: Values) -> str:
    """Return how sure a time is; what a run found may have been so before it."""
    return f"{dated['confidence']}{', or earlier' if dated.get('at_the_latest') else ''}"


def _until(end: Values) -> str:
    """Return the end of a stage; where nobody knows it, or it was found, that it is the latest possible one."""
    is_latest = end["confidence"] in (Confidence.ASSUMED, Confidence.READ) or end.get("at_the_latest")
    return f" until {_time(end)}{' at the latest' if is_latest else ''}"


def _hunt_text(one: Values) -> str:
    """Return what a hunt says of a time, as one line."""
    until = f" until {_time(one['until'])}" if one["until"] else ""
    return f"traces from {_time(one['since'])}{until}: {one['outcome']}: {one['says']} ({one['reason']})"


def table_lines(rows: Sequence[CourseRow]) -> Iterator[str]:
    """Yield the lines of a table, with its head. Each column is as wide as its longest cell."""
    cells = [HEAD, *(tuple(map(_shown, row)) for row in rows)]
    widths = [max(map(len, column)) for column in [*zip(*cells, strict=True)][:-1]]
    for *short, what in cells:
        for number, part in enumerate(textwrap.wrap(what, WIDEST) or [""]):
            left = zip_longest(widths, [] if number else short, fillvalue="")
            yield "  ".join(["", *(str(cell).ljust(int(width)) for width, cell in left), part]).rstrip()


def _time(dated: Values) -> str:
    """Return a time of the ledger as people read it; a day stays a day."""
    text = str(dated["time"])
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M} UTC" if "T" in text else text or "not known"


def _shown(text: str) -> str:
    return defanged(printable(text))
