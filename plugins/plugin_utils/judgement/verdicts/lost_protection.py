# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the runs left protected and the appliance does not show so any more, and nobody of ours decided. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ...change.records.change_record import ChangeRecord
from ...change.records.record_states import RecordKind
from ...policies.let_past import LetPast
from ..course.loss import Loss, LossCause
from ..course.run import left_by
from ..course.sourced_date import Confidence, Dated
from ..course.state import State, meaning_of
from ..inspection.facts import ApplianceFacts
from ..proof.verdict_table import CRITICAL, Verdict
from .foresight import unacknowledged

_CAUSES = {
    State.DRIFTED: LossCause.CHANGED,
    State.EXPOSED: LossCause.CHANGED,
    State.OBSERVING: LossCause.CHANGED,
    State.INEFFECTIVE: LossCause.INEFFECTIVE,
    State.PARTLY: LossCause.PARTLY,
}


def lost_protection(facts: ApplianceFacts, verdict: Verdict, let_past: Iterable[LetPast]) -> tuple[str, ...]:
    """Return the measure with its loss, in words, where the last run that says something left it protected, and the verdict of now is worse.

    :param let_past: the policies of others in front of ours: without one, `partly` is of a node or a server that was not covered
    """
    if verdict.exit_code != CRITICAL:
        return ()
    cause, last = _CAUSES.get(meaning_of(verdict.word).state), _last(facts.records.known)
    is_by_others = cause is not LossCause.PARTLY or unacknowledged(facts, let_past)
    if cause is None or last is None or not is_by_others or not left_by(last.content).protects:
        return ()
    at = datetime.fromisoformat(last.finished or last.started)
    since = Dated(at, f"record {last.name.removesuffix('.json')}", Confidence.RECORDED)
    loss = Loss(since, None, Dated(), cause, verdict.reason)
    return (loss.change(facts.parameters.owner.measure).clause,)


def _last(records: Iterable[ChangeRecord]) -> ChangeRecord | None:
    """Return the last run that changed something, or proved what is there."""
    told = (one for one in records if one.kind is not RecordKind.VERIFY or left_by(one.content).protects)
    return [None, *told][-1]
