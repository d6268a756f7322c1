# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the appliance shows otherwise than the runs left it. Pure.

Of a weakness it is the observation of today, of which the course of time makes what it means. A measure of no weakness has no course: there the last run
decides whether it was protected.
"""

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
from ..course.today import as_found
from ..inspection.facts import ApplianceFacts
from ..proof.verdict_table import CRITICAL, Verdict
from .foresight import unacknowledged

_CAUSES = {State.DRIFTED: LossCause.CHANGED, State.PARTLY: LossCause.PARTLY}
Observed = tuple[State, str]


def observed(facts: ApplianceFacts, verdict: Verdict, let_past: Iterable[LetPast]) -> Observed | None:
    """Return the state of the measure where that is not what the runs left, with the reason; None where it is, or where that is not known.

    :param let_past: the policies of others in front of ours: without one, `partly` is of a node or a server that was not covered
    """
    found = as_found(meaning_of(verdict.word).state, verdict.reason)
    if found is None or verdict.exit_code != CRITICAL:
        return None
    return found if found[0] is not State.PARTLY or unacknowledged(facts.parameters, let_past) else None


def lost_protection(facts: ApplianceFacts, found: Observed | None) -> tuple[str, ...]:
    """Return a measure of no weakness with its loss, in words, where the last run that says something left it protected.

    :param found: see :func:`observed`
    """
    last = _last(facts.records.known)
    no_weakness = not facts.parameters.measure.traits.course.depends_on_build
    if found is None or last is None or not no_weakness or not left_by(last.content).protects:
        return ()
    at = datetime.fromisoformat(last.finished or last.started)
    since = Dated(at, f"record {last.name.removesuffix('.json')}", Confidence.RECORDED)
    loss = Loss(since, None, Dated(), _CAUSES[found[0]], found[1])
    return (loss.change(facts.parameters.owner.measure).clause,)


def _last(records: Iterable[ChangeRecord]) -> ChangeRecord | None:
    """Return the last run that changed something, or proved what is there."""
    told = (one for one in records if one.kind is not RecordKind.VERIFY or left_by(one.content).protects)
    return [None, *told][-1]
