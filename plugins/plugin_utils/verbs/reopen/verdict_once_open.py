# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The verdict on an appliance once it is open, by the whole catalogue: by the mitigations that were judged, and by the exposure ledger for the others. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from ...foundation.counted import counted
from ...foundation.next_action import NextAction
from ...judgement.course.build_track import WITHOUT_SETTING
from ...judgement.course.state import Extent, State, meaning_of
from ...judgement.exposure.ledger_row import LedgerRow
from ...judgement.exposure.reopen_answer import CustomerAnswer
from ...judgement.proof.next_action import STATUS_OF_ALL
from ...judgement.proof.verdict_table import PRECEDENCE, Verdict, VerdictWord, worst_verdict
from ..status.exposure import Exposure

SHOWN = 3
"""The largest number of entries that the reason names."""
NEXT_ACTION = NextAction(STATUS_OF_ALL, ", which judges the appliance by the whole catalogue", check=STATUS_OF_ALL)


def verdict_once_open(found: Exposure, answers: Iterable[CustomerAnswer]) -> Verdict:
    """Return the worst verdict; its reason names the entries that it is about.

    :param found: the verdicts on the mitigations
    :param answers: of the exposure ledger, with the rows of every entry of the catalogue
    """
    rows = {one.row.entry: one.row for answer in answers for one in (*answer.rows, *answer.rest)}
    judged = {what.partition(" ")[0] for what in found.verdicts}
    others = {entry: _of_row(row) for entry, row in rows.items() if entry not in judged}
    verdicts = {**found.verdicts, **others}
    word = min((one.word for one in verdicts.values()), key=PRECEDENCE.__getitem__)
    alike = {what: one for what, one in verdicts.items() if one.word == word}
    what, first = next(iter(alike.items()))
    return replace(first, reason=_reason(alike), next_action=first.next_action.of_measure(what.partition(" ")[0]))


def next_once_open(found: Exposure, answers: Iterable[CustomerAnswer]) -> str:
    """Return the next action of that verdict; "" where nothing is judged, such as where all that is opened stays closed by another step."""
    given = tuple(answers)
    is_judged = bool(found.verdicts) or any(one.rows or one.rest for one in given)
    return verdict_once_open(found, given).next_action if is_judged else ""


def extent_once_open(found: Exposure, answers: Iterable[CustomerAnswer]) -> Extent:
    """Return how much protection the least protected weakness has then, of those that a client reaches through a virtual server.

    What others have put there is in no record of ours: the course of time takes it for none.
    """
    rows = {one.row.entry: one.row for answer in answers for one in answer.rows}
    judged = {what.partition(" ")[0] for what in found.verdicts}
    others = (_of_row(row) for entry, row in rows.items() if entry not in judged)
    states = [meaning_of(one.word).state for one in (*found.verdicts.values(), *others)]
    extents = [Extent.NONE if one is State.BY_OTHERS else one.extent for one in states if one is not State.NONE]
    return min(extents, key=[*Extent].index, default=Extent.WHOLE)


def _reason(alike: Mapping[str, Verdict]) -> str:
    what, first = next(iter(alike.items()))
    if len(alike) == 1:
        return f"{what}: {first.reason}" if what else first.reason
    more = f" and {counted(len(alike) - SHOWN, 'more entry')} of the catalogue" if len(alike) > SHOWN else ""
    return f"{', '.join(filter(None, [*alike][:SHOWN]))}{more}"


def _of_row(row: LedgerRow) -> Verdict:
    """Return the verdict on an entry that no mitigation was judged for."""
    return replace(worst_verdict([_candidate(row)], (), ()), next_action=NEXT_ACTION)


def _candidate(row: LedgerRow) -> tuple[VerdictWord, str]:
    if not row.exposed_from.is_known:
        return VerdictWord.NOT_AFFECTED, row.exposed_from.source or "no evidence shows an exposure"
    if row.is_fixed is None:
        return VerdictWord.UNKNOWN, f"it is not known whether every node has the fix ({row.fixed.source})"
    if row.is_fixed:
        return VerdictWord.FIXED, f"fixed {row.fixed.text_as_found}"
    word = row.measure.word.word
    if word is VerdictWord.UNPROVEN and not row.mitigated.is_known:
        word = VerdictWord.EXPOSED  # a rule that mitigates nothing, such as a stop-gap, and is not proven either
    if word is VerdictWord.EXPOSED:
        lacks_setting = row.fixed.source.startswith(WITHOUT_SETTING)
        return (
            word,
            row.fixed.source if lacks_setting else "the build is affected, and nothing is known to stop the attack",
        )
    is_there = word in (VerdictWord.MITIGATED, VerdictWord.UNPROVEN)
    return word, f"mitigated {row.mitigated.text}" if is_there else row.measure.reason
