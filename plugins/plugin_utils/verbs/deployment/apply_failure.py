# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Has an apply brought what it was to bring? Otherwise it is a failure, which keeps the next wave from beginning. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ...catalogue.measure import Mode
from ...catalogue.run_parameters import Save, Unsaved
from ...judgement.inspection.facts import ApplianceFacts
from ...judgement.inspection.plan import Plan
from ...judgement.proof.verdict_table import Verdict, VerdictWord
from ...judgement.proof.wave_words import Told, WaveRule
from ...measures.closing_measures import closing_only


def not_brought(facts: ApplianceFacts, plan: Plan, verdict: Verdict) -> str:
    """Return why the word of an apply is none that the run was to bring, or "".

    Where it does nothing, it was to bring nothing. A closing goes on whatever another appliance does.
    """
    parameters = facts.parameters
    if plan.skipped or parameters.owner.measure in closing_only() or WaveRule(tuple(_told(facts))).goes_on(verdict):
        return ""
    return (
        f"{parameters.appliance.name}: the verdict is {verdict.word}, which is not what the run was to bring: {verdict.reason}. What it "
        f"has brought in stays. Next action: {verdict.next_action}"
    )


def proof_is_lost(facts: ApplianceFacts, verdict: Verdict) -> bool:
    """Return True if this run has proven it before, by its own records, and nothing proves it any more: after the wait of a wave that stops the next one."""
    run = facts.parameters.run
    words = [record.proof.verdict for record in facts.records.known if record.run == run and record.proof is not None]
    return verdict.word is VerdictWord.UNPROVEN and bool(words) and words[-1] != VerdictWord.UNPROVEN


def _told(facts: ApplianceFacts) -> Iterator[Told]:
    parameters = facts.parameters
    if parameters.mode is Mode.OBSERVE and parameters.measure.traits.course.depends_on_build:
        yield Told.OBSERVE
    if not parameters.measure.traits.proving.by_probes:
        yield Told.NO_PROBE_PROVES
    if parameters.save == Save.ALWAYS:
        yield Told.WITHOUT_PROOF
    without_save = parameters.unsaved == Unsaved.APPLY_WITHOUT_SAVE and bool(facts.saved.foreign_lines)
    if parameters.save == Save.NEVER or without_save:
        yield Told.WITHOUT_SAVE
    if parameters.force:
        yield Told.FORCE
    if parameters.stop_gap:
        yield Told.STOP_GAP
