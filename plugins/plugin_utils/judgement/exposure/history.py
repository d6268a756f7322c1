# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The rows of the ledger: what a person reads of the courses of an appliance, for each customer and entry. Pure; it decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from ...appliance.nitro.appliance import Appliance
from ...catalogue.closing_steps import LadderStep
from ...catalogue.entry import Entry, Surface
from ...catalogue.measure import Weakness
from ...change.records.change_record import ChangeRecord
from ..course.build_track import bulletin_day, is_never_affected
from ..course.closing_track import OffClosing, off_closing
from ..course.course import ApplianceCourse, Course, courses_of
from ..course.hunt_result import HuntResult
from ..course.record_events import History
from ..course.sourced_date import Dated
from ..course.today import Today
from .ledger_row import LedgerRow


def ledger_rows(
    appliance: Appliance,
    entries: Iterable[Entry],
    records: Sequence[ChangeRecord],
    today: Today,
    hunt: HuntResult,
    as_of: date,
    url_weakness: Weakness | None = None,
) -> tuple[LedgerRow, ...]:
    """Return a row for each customer of an appliance and each entry that was published by a day.

    :param records: of the appliance, in the order of their chain
    :param url_weakness: what the catalogue knows of rules that look at a URL; None where it has no such entry
    """
    return rows_of(appliance, entries, History.of(records, today.at), today, hunt, as_of, url_weakness)


def rows_of(
    appliance: Appliance,
    entries: Iterable[Entry],
    history: History,
    today: Today,
    hunt: HuntResult,
    as_of: date,
    url_weakness: Weakness | None = None,
) -> tuple[LedgerRow, ...]:
    """Return the same rows, of a history that may be used several times.

    :param history: of the records of the appliance, up to the reading of today
    :param url_weakness: what the catalogue knows of rules that look at a URL; None where it has no such entry
    """
    published = [entry for entry in entries if is_published(entry, as_of)]
    found = courses_of(appliance, published, history, today, as_of, url_weakness, hunt)
    customers = appliance.customers if appliance.customer else (*appliance.customers, "")
    events, on_again = found.history.closing_events, found.on_again
    off = {customer: off_closing(events, appliance, customer, on_again.get(customer)) for customer in customers}
    of_customer = {customer: _of_customer(found, customer, one) for customer, one in off.items()}
    return tuple(
        replace(row, customer=customer, **of_customer[customer])
        for row in (_row(found, course, as_of) for course in found.courses)
        for customer in customers
    )


def is_published(entry: Entry, as_of: date) -> bool:
    """Return True if the weakness was known on a day: by its bulletin, or because it was exploited before that."""
    earliest = min(day for day in (bulletin_day(entry), entry.exploit.earliest() or date.max))
    return earliest <= as_of


def _of_customer(found: ApplianceCourse, customer: str, off: OffClosing) -> dict[str, Any]:
    """Return the values of the closings of a customer, which all rows of the customer share."""
    own = [one for owner, one in found.closings if owner == customer]
    return {
        "closed": off.closed,
        "reopened": off.reopened,
        "whole_closed": off.is_whole,
        "switched_off": tuple(one for one in own if one.step is LadderStep.OFF),
        "closings": tuple(one for one in own if one.step is not LadderStep.OFF),
    }


def _row(found: ApplianceCourse, course: Course, as_of: date) -> LedgerRow:
    """Return the row of an entry without a customer."""
    entry, builds, measure, hunt = course.entry, course.builds, course.measure, found.hunt
    return LedgerRow(
        appliance=course.appliance,
        customer="",
        entry=entry.id,
        exposed_from=course.exposed_from,
        exploit_public=_exploit(entry, as_of),
        first_sign=entry.first_sign(),
        mitigated=measure.mitigated,
        proven=measure.proven,
        disproved=measure.disproved,
        measure=measure.state,
        fixed=builds.fixed,
        is_fixed=builds.is_fixed,
        is_read=builds.is_fixed is not None or found.today.is_read,
        is_affected_before=builds.affected is not None,
        is_never_affected=is_never_affected(entry, builds, found.today),
        hunt=hunt.ended,
        logs_from=hunt.logs_from,
        hunt_outcome=hunt.outcome(entry.id),
        conflicts=course.conflicts,
        course=course.line,
        hunts=found.hunts(course),
        nodes=found.management(course),
        management=found.management_line(course) if course.exposed_from.is_known else (),
        without_fix=found.without_fix(course),
        shown_as_off=found.is_shown_as_off,
        known=course.known,
        losses=course.losses if course.exposed_from.is_known or entry.surface is Surface.BACK_ENDS else (),
        stages=course.stages,
        proofs=course.proofs,
    )


def _exploit(entry: Entry, as_of: date) -> Dated:
    day = entry.exploit.earliest()
    if day is None or day > as_of:
        return Dated(source="no exploit is known to be public")
    return Dated.of_day(day, f"the catalogue, {entry.id}{entry.said_by(day)}")
