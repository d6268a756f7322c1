# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The word of the last hunt beside the verdict of an appliance, and the next action after it. Pure.

A hunt that ended before a weakness of the appliance was known to be exploited says nothing of that exposure, so it does not count; what it found does.
No word for "clean" exists: nothing found is said with the time until which, and with how far back the logs reach.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from ...catalogue.trains import BuildState
from ...foundation.foreign_text import one_line
from ...foundation.json_values import written_whole
from ...foundation.next_action import Command, NextAction
from ..course.hunt_result import HuntOutcome, HuntResult
from ..course.sourced_date import Dated
from ..proof.catalogue_verdict import ApplianceVerdict, EntryVerdict
from ..proof.verdict_table import BY_CONFIGURATION, CRITICAL

HUNT_COMMAND = Command("hunt")
HUNT = str(HUNT_COMMAND)
NEXT_ACTIONS = {
    HuntOutcome.COMPROMISE: NextAction(
        "take evidence (",
        Command("evidence"),
        ") before anything is changed, then decide whether to isolate the appliance",
        check=HUNT_COMMAND,
    ),
    HuntOutcome.INCOMPLETE: NextAction(f"mend what {HUNT} could not look at, then ", HUNT_COMMAND),
    HuntOutcome.ATTEMPT: NextAction(f"look at the findings of {HUNT}", check=HUNT_COMMAND),
    HuntOutcome.NONE: NextAction(HUNT_COMMAND),
    HuntOutcome.NOTHING_FOUND: NextAction(""),
}


@written_whole()
@dataclass(frozen=True)
class HuntWord:
    """What the last hunt means today.

    :ivar text: for people
    :ivar next_action: "" where nothing follows
    """

    outcome: HuntOutcome
    text: str
    next_action: NextAction
    ended: Dated
    logs_from: Dated


def hunt_word(hunted: HuntResult, entries: Iterable[EntryVerdict], as_of: date) -> HuntWord:
    """Return the word of a hunt.

    :param entries: the verdicts on the entries, which say what the appliance is or was exposed to
    :param as_of: what was not known on that day does not count
    """
    exposures = [(Dated.of_day(day, id_), id_) for day, id_ in sorted(_exposures(entries, as_of))]
    outcome, text = _outcome(hunted, exposures[-1] if exposures else None)
    return HuntWord(
        outcome, text + _logs(hunted, outcome, exposures), NEXT_ACTIONS[outcome], hunted.ended, hunted.logs_from
    )


def with_hunt(found: ApplianceVerdict, word: HuntWord) -> ApplianceVerdict:
    """Return the verdict with the next action after a hunt. Where it found a compromise that comes first, whatever the builds have."""
    verdict = found.verdict
    if word.outcome is HuntOutcome.COMPROMISE:
        verdict = replace(
            verdict,
            reason=f"{word.text}; {verdict.reason}",
            next_action=word.next_action,
            exit_code=max(verdict.exit_code, CRITICAL),
            acknowledged=None,
        )
    elif word.next_action:
        first = (verdict.next_action, ", then ") if verdict.next_action.is_needed else ()
        verdict = replace(verdict, next_action=NextAction(*first, word.next_action, check=word.next_action.check))
    return replace(found, verdict=verdict)


def _exposures(entries: Iterable[EntryVerdict], as_of: date) -> Iterable[tuple[date, str]]:
    """Yield since when each weakness that the builds have or had was known to be exploited, with its entry."""
    for one in entries:
        day = one.entry.exploit.earliest()
        excluded = one.verdict.reason.startswith(BY_CONFIGURATION)
        if day is not None and day <= as_of and one.state is not BuildState.NOT_AFFECTED and not excluded:
            yield day, one.entry.id


def _outcome(hunted: HuntResult, newest: tuple[Dated, str] | None) -> tuple[HuntOutcome, str]:
    examined, when = hunted.examined, hunted.ended.text or "a time that is not known"
    if examined is None:
        return HuntOutcome.NONE, f"not hunted: {hunted.ended.source}"
    outcome = hunted.of_the_appliance
    if outcome is HuntOutcome.COMPROMISE:
        return outcome, f"{HUNT} found a compromise on {when}"
    if newest is not None and hunted.ended.is_before(newest[0]):
        since = f"{newest[1]}, known to be exploited since {newest[0].text}"
        return HuntOutcome.NONE, f"not hunted since {since}; {HUNT} ended on {when}, which does not count"
    if outcome is HuntOutcome.INCOMPLETE:
        gap = next((str(one) for one in examined.not_seen if one.is_gap), "nothing was looked at")
        return outcome, f"the hunt of {when} is incomplete: {one_line(gap)}"
    if outcome is HuntOutcome.ATTEMPT:
        return outcome, f"{HUNT} found attempts, or something to review, on {when}"
    return outcome, f"nothing found until {when} in what was looked at"


def _logs(hunted: HuntResult, outcome: HuntOutcome, exposures: list[tuple[Dated, str]]) -> str:
    """Return how far back the logs reach, where that matters."""
    if outcome not in (HuntOutcome.NOTHING_FOUND, HuntOutcome.ATTEMPT):
        return ""
    logs = hunted.logs_from
    if not logs.is_known:
        return f"; how far back its logs reach is not known ({logs.source})"
    text = f"; its logs reach back to {logs.text}"
    if exposures and exposures[0][0].is_before(logs):
        text += f", {exposures[0][1]} was known to be exploited on {exposures[0][0].text}"
    return text
