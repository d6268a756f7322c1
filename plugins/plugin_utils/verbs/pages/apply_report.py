# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The report of a plan, an apply or a status: a preview for people, and JSON values for programs. Pure.

Text from appliances is data: control characters are shown as escapes, and never sent to a terminal.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...appliance.nitro.connection import Connection
from ...appliance.objects.ownership import Owner
from ...change.planning.plan_file import clock_notes
from ...foundation.json_values import json_values
from ...foundation.protection_change import Phase
from ...judgement.inspection.rule_assessment import RuleFacts
from ...judgement.proof.verdict_table import Verdict
from ...measures.closing_measures import closing_only
from ..deployment.deployment import Result
from .change_result import ChangeResult
from .counter_text import IN_DOUBT, counter_text
from .preview_parts import headline, step_lines, taken_away_lines
from .provenance_report import provenance_lines
from .result_parts import requests_of

SHOWN_DRIFT = 12


def partition_result(result: Result, connection: Connection) -> ChangeResult:
    """Return the result of plan, apply and status in one admin partition."""
    observation, owner = result.facts.configuration.observation, result.facts.parameters.owner
    in_doubt = _own_counters(result.hits_in_doubt, owner)
    own = {
        "parts": placement_values(result),
        "hits": _own_counters({**observation.hits, **result.counters}, owner),
        "probe_hits": _own_counters(result.probe_hits, owner),
        "undefined_hits": _own_counters(observation.undef_hits, owner),
        **({IN_DOUBT: in_doubt} if in_doubt else {}),
    }
    return ChangeResult(
        connection=connection,
        changed=result.changed,
        steps=result.plan.steps,
        sources=result.facts.configuration.sources,
        own={**json_values(result), **own},
        record=result.record,
        requests=requests_of(connection, result.probes_sent),
        preview=preview(result, connection),
    )


def _own_counters(counters: Mapping[str, int], owner: Owner) -> dict[str, int]:
    return {policy: count for policy, count in counters.items() if owner.owns_name(policy)}


def placement_values(result: Result) -> list[dict[str, Any]]:
    """Return for each placement of a measure the wanted mode, the mode in force, its hits, and all of that as a text."""
    observation = result.facts.configuration.observation
    counters = {**observation.hits, **result.counters}
    values = []
    for placement, mode in result.state.modes.items():
        hits = {name: counters[own] for name, own in placement.policies.items() if own in counters}
        undefined = sum(observation.undef_hits.get(policy, 0) for policy in placement.policies.values())
        text = f"{placement.name} at {placement.place}: {mode or 'not bound'}"
        text += "" if mode == placement.mode else f", {placement.mode} is wanted"
        policies, ours = placement.policies, result.probe_hits
        probes = {name: ours[own] for name, own in policies.items() if name in hits and own in ours}
        text += "".join(f", {counter_text(count, probes.get(name, 0))} ({name})" for name, count in hits.items())
        text += f", {undefined} UNDEF" if undefined else ""
        values.append(
            {
                "name": placement.name,
                "place": placement.place,
                "mode": placement.mode,
                "in_force": mode or "",
                "hits": hits,
                "probe_hits": probes,
                "undefined_hits": undefined,
                "text": text,
            }
        )
    return values


def verdict_text(verdict: Verdict) -> str:
    word = verdict.word.upper() if verdict.exit_code >= 2 else verdict.word
    return f"{word} ({verdict.reason})"


def preview(result: Result, connection: Connection) -> list[str]:
    """Return the whole preview of one appliance: short if all is well, prominent if not."""
    lines = [headline(connection), f"  {verdict_text(result.verdict)}", *partition_lines(result)]
    lines += [f"  not covered: {text}" for text in result.verdict.missing]
    return lines + [f"  note: {text}" for text in clock_notes(connection.clock_skew)]


def partition_lines(result: Result) -> list[str]:
    """Return the preview of one partition: its steps, their proof, and what forbids them."""
    plan, owner = result.plan, result.facts.parameters.owner
    lines = []
    if plan.skipped:
        lines.append(f"  nothing to do: {plan.skipped}. Next action: {result.verdict.next_action}")
    else:
        lines += [f"  + {missing.line()}" for missing in plan.missing_files]
        lines += step_lines(f"{owner.measure} v{owner.version}", plan.steps, plan.seal)
        lines += provenance_lines(plan.steps, result.facts.configuration.sources)
        lines += _proof_lines(result)
    lines += taken_away_lines(plan.takes_away)
    lines += [f"  foreseen: {one}" for one in result.foreseen]
    lines += [f"  {values['text']}" for values in placement_values(result)]
    lines += [f"  {Phase.LOST}  {text}" for text in result.lost]
    lines += [f"  found: {made}" for made in result.facts.rules.hand_made]
    lines += [f"  debt: {debt}" for debt in result.debts]
    lines += [f"  note: {note}" for note in result.facts.rules.notes]
    lines += [f"  drift: {text}" for text in result.drift[:SHOWN_DRIFT]]
    if len(result.drift) > SHOWN_DRIFT:
        lines.append(f"  drift: and {len(result.drift) - SHOWN_DRIFT} more")
    return lines + [f"  CONFLICT ({conflict.kind}): {conflict}" for conflict in plan.conflicts]


def _rule_proof_lines(rules: RuleFacts, stopped: tuple[str, str]) -> list[str]:
    proof = rules.rule_proof
    lines = []
    if proof.variants_summary():
        lines.append(f"  variants: {proof.variants_summary(stopped)}")
    lines += [f"  variant not stopped: {text}" for text in proof.missed()]
    if proof.diff.summary():
        lines.append(f"  differential: {proof.diff.summary()}")
    lines += [f"  treated differently: {text}" for text in proof.diff.shown()]
    lines += [f"  order: {text}" for text in (*proof.order.certain, *proof.order.possible)]
    return lines + [f"  {text}" for text in rules.disagreements]


def _proof_lines(result: Result) -> list[str]:
    rules, saved = result.facts.rules, result.facts.saved
    is_closing = result.facts.parameters.owner.measure in closing_only()
    stopped = ("request to be stopped", "requests to be stopped") if is_closing else ("attack", "attacks")
    lines = []
    if rules.corpus:
        text = f"  proof before binding: {rules.corpus.summary(stopped)} (offline"
        evaluation = rules.evaluation
        if evaluation.findings:
            cost = f", {evaluation.nanoseconds} ns each" if evaluation.nanoseconds is not None else ""
            text += f"; {evaluation.checked} of {len(evaluation.findings)} also on the appliance{cost}"
        lines.append(text + ")")
    lines += [f"  proof from outside: {proof.counts}" for proof in result.proof.after]
    lines += _rule_proof_lines(rules, stopped)
    lines += [f"  neighbour: {neighbour}" for neighbour in result.plan.neighbours]
    of_others = [line for line in saved.foreign_lines if line not in saved.own_lines]
    for whose, unsaved in (("others", of_others), ("another measure of ours", saved.own_lines)):
        if unsaved:
            lines.append(f"  unsaved changes of {whose}: " + "; ".join(unsaved[:5]))
    return lines
