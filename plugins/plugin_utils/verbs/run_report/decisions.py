# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The decisions that somebody has to take, of the report of a run: what is overdue first. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from ...customers.consent import ConsentState
from ...foundation.counted import counted
from ...foundation.folded_names import folded
from ...foundation.moments import CLOCK_WRONG, moment
from ...judgement.exposure.reopen_answer import ReopenAnswer
from ...judgement.proof.verdict_table import VerdictWord
from ..pages.closed_report import HALF_CLOSED, is_in_doubt
from .content import Report, word_of
from .debt import register
from .open_addresses import are_not_known, open_addresses

OF_OTHERS = "closed_of_others"
"""The key in the view of one customer that says that what is closed is of other customers alone."""
_MOST_NAMES = 4
_LAST = "9999-12-31"


def open_decisions(report: Report) -> list[dict[str, Any]]:
    """Return the open decisions as rows with overdue, due, customer, host and what.

    What is overdue comes first; then closings, whose decision is due within days; then by the day when it is due.
    """
    rows = [
        *_closings(report),
        *_fixes(report),
        *_consents(report),
        *_answers(report),
        *_addresses(report),
        *_acknowledged(report),
    ]
    return sorted(
        rows,
        key=lambda row: (not row["overdue"], not row["closing"], row["due"] or _LAST, row["customer"], row["host"]),
    )


def _row(
    customer: str, host: str, what: str, *, due: str = "", overdue: bool = False, closing: bool = False
) -> dict[str, Any]:
    return {"customer": customer, "host": host, "what": what, "due": due, "overdue": overdue, "closing": closing}


def _closings(report: Report) -> Iterator[dict[str, Any]]:
    """Yield a row for each customer and step that is closed, by the records, and one for what of it is open; by the verdict where they tell nothing of it."""
    for one in report["appliances"]:
        result = one["result"]
        rows = [row for row in result.get("closures") or () if not row["until"]]
        groups: dict[tuple[str, str, str, str], list[Mapping[str, Any]]] = {}
        for row in rows:
            groups.setdefault((row["customer"], row["step"], _verb(row), _standing(row)), []).append(row)
        for (customer, step, verb, standing), own in groups.items():
            names = folded(dict.fromkeys(row["vserver"] for row in own if row["vserver"]), _MOST_NAMES)
            ahead = any(row.get("clock_wrong") for row in own)
            since = CLOCK_WRONG if ahead else f"since {moment(min(row['since'] for row in own))}"
            what = f"{verb} ({step}) {since}" + (f": {names}" if names else "")
            what += standing
            due = "" if ahead else min((row["expires"] for row in own if row["expires"]), default="")
            overdue = any(row["overdue"] for row in own)
            yield _row(customer, one["host"], what, due=moment(due) if due else "", overdue=overdue, closing=True)
        if word_of(one) in (VerdictWord.CLOSED, VerdictWord.CLOSED_OVERDUE) and not rows and not result.get(OF_OTHERS):
            overdue = word_of(one) == VerdictWord.CLOSED_OVERDUE
            yield _row(
                one["customer"], one["host"], f"closed: {one['verdict']['reason']}", overdue=overdue, closing=True
            )


def _verb(row: Mapping[str, Any]) -> str:
    """Return what was done: of what is open, or may be, and whose run did not come to its end, nobody knows whether it was closed."""
    return "closing begun" if row.get(HALF_CLOSED) and (row.get("is_open") or is_in_doubt(row)) else "closed"


def _standing(row: Mapping[str, Any]) -> str:
    """Return how what the records call closed stands on the appliance, as the end of a sentence; "" where nothing is against it."""
    if row.get("is_open"):
        by = row.get("closed_by")
        return f"; NOT IN FORCE, {by} closes it" if by else "; OPEN on the appliance"
    return "; NOT KNOWN whether it still is" if is_in_doubt(row) else ""


def _fixes(report: Report) -> Iterator[dict[str, Any]]:
    for debt in register(report)["debts"]:
        if not debt["needed"]:
            yield _row(
                debt["customer"], debt["host"], f"the fix runs, and {debt['measure']} is still there: retire.yml"
            )
            continue
        what = f"the fix that replaces {debt['measure']}" + ("" if debt["planned_fix"] else " has no planned day")
        yield _row(
            debt["customer"], debt["host"], what, due=debt["planned_fix"] or "", overdue=bool(debt["overdue_days"])
        )


def _consents(report: Report) -> Iterator[dict[str, Any]]:
    for one in report["crisis"]["consents"]:
        # After a reopening nothing is to be decided until the next closing.
        if one["must_agree"] and not one["agreed"] and one["state"] != ConsentState.REOPENED:
            yield _row(one["customer"], "", f"must agree before a closing: {one['state'] or 'nothing is on record'}")


def _answers(report: Report) -> Iterator[dict[str, Any]]:
    hosts: dict[str, list[str]] = {}
    for one in report["crisis"]["answers"]:
        if one["answer"] == ReopenAnswer.ASSUME_COMPROMISED:
            hosts.setdefault(one["customer"], []).append(one["host"])
    for customer, found in hosts.items():
        yield _row(customer, folded(found, _MOST_NAMES), "a recovery plan: assume compromised, by the exposure ledger")


def _addresses(report: Report) -> Iterator[dict[str, Any]]:
    """Yield a row for each customer with management addresses that are not covered, and one with those of which that is not known."""
    hosts: dict[tuple[str, str], list[str]] = {}
    number: Counter[tuple[str, str]] = Counter()
    for one in report["appliances"]:
        if found := open_addresses(one):
            key = one["customer"], "not known to be covered" if are_not_known(one) else "not covered"
            hosts.setdefault(key, []).append(one["host"])
            number[key] += len(found)
    for key, names in hosts.items():
        customer, said = key
        what = f"{said}: {counted(number[key], 'management address')}: apply.yml -e node_local=true, or nobody but administrators reaches it"
        yield _row(customer, folded(names, _MOST_NAMES), what)


def _acknowledged(report: Report) -> Iterator[dict[str, Any]]:
    for one in report["appliances"]:
        until = (one["acknowledged"] or {}).get("until")
        if until:
            what = f"acknowledged by {one['acknowledged'].get('who', '')}: {word_of(one)}"
            yield _row(one["customer"], one["host"], what, due=str(until))
