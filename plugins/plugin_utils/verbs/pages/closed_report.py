# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is closed and for how long, by customer: the lines of a fleet. Pure.

The minutes of a customer are those in which something of the customer was closed to everybody, each minute once, on all appliances together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from ...catalogue.closing_steps import STOPS_EVERYBODY, LadderStep
from ...foundation.counted import counted
from ...foundation.moments import CLOCK_WRONG, moment
from ...foundation.next_action import COMMANDS

CLOSING_COMMANDS = "closing_commands"
"""The key of a result with the commands of what is not closed that was to be, and of decisions that are overdue."""
OF_THE_MEASURE = "verdict_of_the_measure"
"""The key of a result with the verdict on the measure, where one on what is closed is in its place."""
HALF_CLOSED = "half_closed_by"
"""The key of a row with the record of the run that was to close it and did not come to its end, where nobody knows whether it closed it."""
AT_THE_LATEST = "at_the_latest"
"""The key of a row that ended at the latest then: a later run found it open."""
NOT_LOOKED = "not_looked"
"""The key of a row of an appliance that a run has left alone: somebody may have opened it since."""
Values = Mapping[str, Any]
IN_DOUBT = ("unread", "elsewhere")
"""The keys of a row with the reason why it is not known whether that is closed."""
_LOUD = {
    "unread": "NOT READ of",
    "elsewhere": "NOT KNOWN TO BE CLOSED:",
    "failover": "NOT CLOSED EVERYWHERE",
    "shut_there": "STEP NOT IN FORCE EVERYWHERE",
    "accepted": "LET IN as acknowledged at",
    "not_compared": "NOT COMPARED at",
}
"""The keys of a row with what is against it, and how a line of the page begins with it."""


def closed_text(results: Mapping[str, Values]) -> list[str]:
    """Return the minutes in all, and a line for each customer: what is closed now, and for how many minutes something was closed.

    :param results: by appliance, with the rows of :func:`closed_values` as ``closures``
    """
    rows = [{**row, "host": host} for host, result in sorted(results.items()) for row in result.get("closures", ())]
    customers = sorted({row["customer"] for row in rows}, key=lambda name: (not name, name))
    lines = (
        [f"minutes closed in all: {_at_most(rows)}{minutes_of(rows):,}, in which something was closed to everybody"]
        if len(customers) > 1
        else []
    )
    for customer in customers:
        own = [row for row in rows if row["customer"] == customer]
        now = [f"{_closed_now(own, step)}" for step in LadderStep if _open_ended(own, step)]
        minutes = minutes_of(own)
        if now:
            so_far = f"; {_at_most(own)}{counted(minutes, 'minute')} closed" if minutes else ""
            lines.append(f"closed {_at(customer)}: {'; '.join(now)}{so_far}")
        elif minutes:
            lines.append(f"minutes closed {_at(customer)}: {_at_most(own)}{minutes:,}")
    return lines


def open_all_the_same(results: Mapping[str, Values]) -> list[str]:
    """Return a line for each customer and step of what our records call closed, and is not on the appliance."""
    rows = [{**row, "host": host} for host, result in sorted(results.items()) for row in result.get("closures", ())]
    found: dict[tuple[str, str, str, str], list[Values]] = {}
    for row in rows:
        if row.get("is_open"):
            key = row["customer"], row["step"], row.get("closed_by", ""), row.get(HALF_CLOSED, "")
            found.setdefault(key, []).append(row)
    return [_open_line(own, *key) for key, own in sorted(found.items())]


def _open_line(rows: Sequence[Values], customer: str, step: str, closed_by: str, begun_by: str) -> str:
    """:param closed_by: the step that closes it to everybody all the same; "" where none does
    :param begun_by: the record of the run that was to close it and did not come to its end; "" where one has closed it
    """
    loud, stands = ("STEP NOT IN FORCE", "not in force") if closed_by else ("NOT CLOSED", "OPEN")
    stays = f". It stays closed to everybody ({closed_by})" if closed_by else ""
    told = f"closed ({step}) by our records since {moment(min(row['since'] for row in rows))}"
    by = f", {_by_whom(rows)}"
    if begun_by:
        told, by = f"record {begun_by} was to close it ({step}) and did not come to its end", ""
    return (
        f"{loud} {_at(customer)}: {_vservers(rows)}: {told}, and {'it is ' if begun_by else ''}{stands} on the "
        f"appliance{by}: {_why_open(rows)}{stays}. close.yml -e step={step} closes it, reopen.yml -e step={step} notes it"
    )


def _by_whom(rows: Sequence[Values]) -> str:
    """Return by whom it was opened: runs of two control nodes may have gone past each other, and a run that died may have opened it."""
    own = [row for row in rows if row.get("may_be_ours")]
    ours = ", ".join(dict.fromkeys(str(row["may_be_ours"]) for row in own))
    why = "; ".join(dict.fromkeys(str(row["why_ours"]) for row in own))
    return f"by record {ours} or by no run of ours: {why}" if ours else "by no run of ours"


def not_read(results: Mapping[str, Values]) -> list[str]:
    """Return a line for each reason why it is not known whether what our records call closed still is, or stays so."""
    rows = [{**row, "host": host} for host, result in sorted(results.items()) for row in result.get("closures", ())]
    found: dict[tuple[str, str], list[Values]] = {}
    for row in rows:
        for key, loud in _LOUD.items():
            if row.get(key):
                found.setdefault((loud, row[key]), []).append(row)
    return [f"{loud} {_vservers(own)}: {why}" for (loud, why), own in sorted(found.items())]


def _why_open(rows: Sequence[Values]) -> str:
    return "; ".join(dict.fromkeys(str(row.get("open_because") or "it is switched on") for row in rows))


def commands_of_closings(results: Mapping[str, Values]) -> dict[str, list[Values]]:
    """Return by appliance the commands of the lines of :func:`open_all_the_same` and :func:`overdue_decisions`, where its verdict has others."""
    found = {host: result.get(CLOSING_COMMANDS) or () for host, result in sorted(results.items())}
    said = {host: (result.get("verdict") or {}).get(COMMANDS, ()) for host, result in results.items()}
    return {host: [one for one in own if one not in said[host]] for host, own in found.items() if own}


def overdue_decisions(results: Mapping[str, Values]) -> list[str]:
    """Return a line for each customer and step whose next decision is overdue."""
    rows = [{**row, "host": host} for host, result in sorted(results.items()) for row in result.get("closures", ())]
    found: dict[tuple[str, str], list[Values]] = {}
    for row in rows:
        if row["overdue"]:
            found.setdefault((row["customer"], row["step"]), []).append(row)
    return [
        f"DECISION OVERDUE {_at(customer)}: {_vservers(own)} ({step}), {_due(own)}. Nothing opens by itself"
        for (customer, step), own in sorted(found.items())
    ]


def _at_most(rows: Sequence[Values]) -> str:
    """Return what to say before the minutes: nobody knows since when something is open that a later run or a reading found open, or that is in doubt."""
    return "" if minutes_of(rows, sure=True) == minutes_of(rows) else "at most "


def minutes_of(rows: Iterable[Values], *, sure: bool = False) -> int:
    """Return for how many minutes something was closed to everybody, each minute once.

    :param sure: leave out what was closed for some part of its time only, nobody knows for which
    """
    spans = sorted(
        (start := datetime.fromisoformat(row["since"]), start + timedelta(minutes=row["minutes"]))
        for row in rows
        if row["step"] in STOPS_EVERYBODY
        and not (sure and (row.get(AT_THE_LATEST) or row.get("is_open") or is_in_doubt(row)))
    )
    total, last = timedelta(), None
    for start, end in spans:
        begin = start if last is None else max(start, last)
        total += max(end - begin, timedelta())
        last = end if last is None else max(end, last)
    return int(total.total_seconds() // 60)


def is_in_doubt(row: Values) -> bool:
    """Return True if it is not known whether what our records call closed still is."""
    return any(row.get(key) for key in IN_DOUBT)


def _open_ended(rows: Sequence[Values], step: LadderStep) -> list[Values]:
    return [row for row in rows if row["step"] == step and not row["until"] and not row.get("is_open")]


def _closed_now(rows: Sequence[Values], step: LadderStep) -> str:
    own = _open_ended(rows, step)
    if any(row.get("clock_wrong") for row in own):
        return f"{_vservers(own)} ({step}) {CLOCK_WRONG}, decision due now"
    doubt = ""
    if any(is_in_doubt(row) and row.get(HALF_CLOSED) for row in own):
        doubt = ", by a run of ours that did not come to its end: it is not known whether it is"
    elif any(map(is_in_doubt, own)):
        doubt = ", by our records: it is not known whether it still is"
    elif any(row.get(NOT_LOOKED) for row in own):
        doubt = ", by our records: this run has not looked whether it still is"
    return f"{_vservers(own)} ({step}) since {moment(min(row['since'] for row in own))}{doubt}, decision {_due(own)}"


def _due(rows: Sequence[Values]) -> str:
    if any(row.get("clock_wrong") for row in rows):
        return CLOCK_WRONG
    return f"due at {moment(min(row['expires'] for row in rows))}"


def _vservers(rows: Sequence[Values]) -> str:
    hosts = len({row["host"] for row in rows})
    names = list(dict.fromkeys(row["vserver"] for row in rows))
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return f"{shown} on {hosts} appliance{'' if hosts == 1 else 's'}"


def _at(customer: str) -> str:
    return f"at {customer}" if customer else "where the inventory names no customer"
