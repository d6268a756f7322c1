# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a person and a machine get to see of a run: one preview text, and plain JSON values. Pure.

Text from appliances is data: control characters are shown as escapes, never sent to a terminal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.foreign_text import printable
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.execution.step_executor import (
    first_states,
    last_states,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.inspection.inspect import Inspection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.nsconf_writer import abridged
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.steps import Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.session import SWITCH
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.operations.apply import Result
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.operations.rollback import RollbackPlan
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.planning.plan_file import clock_notes
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.planning.request_batches import (
    batches,
    gather_members,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.proof.verdict import Verdict
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.appliance_lock import ApplianceLock

SHOWN_SEAL = 8
SHOWN_DRIFT = 12
MANY_REQUESTS = 20
# What a session does for itself; the switch changes the partition of the session, and nothing on the appliance.
SESSION_PATHS = ("config/login", "config/logout", f"config/{SWITCH}")


def text_of(lines: Sequence[str]) -> str:
    """Lines of ours as one text; a line end that came from an appliance stays an escape."""
    return "".join(printable(line) + "\n" for line in lines)


def result_values(result: Result, connection: Connection) -> dict[str, Any]:
    """The result of plan, apply and status as JSON values."""
    inspection = result.inspection
    parameters = inspection.parameters
    return {
        "changed": result.changed,
        "measure": parameters.owner.measure,
        "version": parameters.owner.version,
        "deployed_version": inspection.version,
        "verdict": verdict_values(result.verdict),
        "verdict_today": verdict_values(result.verdict_today),
        "as_of": parameters.as_of.isoformat(),
        "appliance": appliance_values(connection),
        "seal": inspection.seal,
        **step_values(inspection.steps),
        "skipped_because": inspection.skipped,
        "parts": part_values(inspection),
        "remarks": [printable(note) for note in inspection.notes],
        "conflicts": conflict_values(inspection),
        "neighbours": [printable(neighbour) for neighbour in inspection.neighbours],
        "hits": {
            printable(policy): count
            for policy, count in inspection.observation.hits.items()
            if parameters.owner.owns_name(policy)
        },
        "undefined_hits": {
            printable(policy): count
            for policy, count in inspection.observation.undef_hits.items()
            if parameters.owner.owns_name(policy)
        },
        "proof": {
            "offline": inspection.corpus.summary() if inspection.corpus else "",
            "appliance_checked": inspection.evaluation.checked,
            "appliance_asked": len(inspection.evaluation.findings),
            "nanoseconds": inspection.evaluation.nanoseconds,
            **_rule_proof_values(inspection),
            "probes_before": [proof.outline() for proof in result.proofs_before],
            "probes": [proof.outline() for proof in result.proofs],
            "hits_rose_by": result.hits,
            "proven_before": inspection.proven_before,
        },
        "drift": [printable(text) for text in result.drift],
        "corrected": [printable(text) for text in result.corrected],
        "saved": inspection.saved,
        "saved_now": result.saved_now,
        "record": result.record,
        "requests": request_values(connection, result.probes_sent),
        "diff": {"prepared": preview(result, connection)},
    }


def part_values(inspection: Inspection) -> list[dict[str, Any]]:
    """The parts of a measure: the mode that is wanted, the one that is in force, the hits of each, and all that as a text."""
    observation = inspection.observation
    values = []
    for part, mode in inspection.modes.items():
        hits = {name: observation.hits[own] for name, own in part.policies.items() if own in observation.hits}
        undefined = sum(observation.undef_hits.get(policy, 0) for policy in part.policies.values())
        text = f"{part.name} at {part.place}: {mode or 'not bound'}"
        text += "" if mode == part.mode else f", {part.mode} is wanted"
        text += "".join(f", {count} hits ({name})" for name, count in hits.items())
        text += f", {undefined} UNDEF" if undefined else ""
        values.append(
            {
                "name": printable(part.name),
                "place": printable(part.place),
                "mode": part.mode,
                "in_force": mode,
                "hits": hits,
                "undefined_hits": undefined,
                "text": printable(text),
            }
        )
    return values


def conflict_values(inspection: Inspection) -> list[dict[str, str]]:
    return [{"kind": c.kind, "message": printable(c.message), "fix": printable(c.fix)} for c in inspection.conflicts]


def lock_values(locks: Sequence[ApplianceLock], connection: Connection) -> dict[str, Any]:
    """What became of the locks of a run, and what a person should know of it besides its outcome."""
    facts: dict[str, list[str]] = {"nodes": []}
    for lock in locks:
        for name, texts in lock.facts().items():
            facts[name] = list(dict.fromkeys([*facts.get(name, ()), *map(printable, texts)]))
    notes = [printable(note) for lock in locks for note in lock.notes] + [*map(printable, connection.lock_notes)]
    return {"lock": facts, "notes": list(dict.fromkeys(notes))}


def failure_values(values: dict[str, Any], problem: str) -> dict[str, Any]:
    """What is shown of a run that failed: Ansible prints all of it, and a tired person reads it."""
    shown = (
        "measure",
        "version",
        "appliance",
        "verdict",
        "verdict_today",
        "conflicts",
        "record",
        "requests",
        "partitions",
        "lock",
        "notes",
    )
    return {
        **{name: values[name] for name in shown if name in values},
        "preview": values["diff"]["prepared"].splitlines(),
        "changed": False,
        "failed": True,
        "msg": problem,
    }


def rollback_values(rollback: RollbackPlan, connection: Connection, measure: str) -> dict[str, Any]:
    """The result of a rollback as JSON values."""
    lines = [headline(connection), *rollback_lines(rollback, measure)]
    lines += [f"  note: {note}" for note in clock_notes(connection.clock_skew)]
    return {
        "changed": rollback.changed,
        "measure": measure,
        "appliance": appliance_values(connection),
        "seal": rollback.seal,
        **step_values(rollback.steps),
        "undoes": [record.path.name for record in rollback.undoes],
        "remarks": [printable(remark) for remark in rollback.remarks],
        "saved": rollback.saved,
        "record": rollback.record,
        "requests": request_values(connection, rollback.probes_sent),
        "diff": {"prepared": text_of(lines)},
    }


def step_values(steps: Sequence[Step]) -> dict[str, Any]:
    """The steps and their inverse, each with its lines of ns.conf."""
    return {
        "steps": [
            {"type": step.type, "key": list(step.key), "lines": [printable(line) for line in step.lines()]}
            for step in steps
        ],
        "inverse": [printable(line) for step in reversed(steps) for line in step.inverse.lines()],
    }


def verdict_values(verdict: Verdict) -> dict[str, Any]:
    return {
        "word": verdict.word,
        "reason": printable(verdict.reason),
        "next_action": printable(verdict.next_action),
        "exit_code": verdict.exit_code,
        "rests_on": [printable(text) for text in verdict.rests_on],
        "missing": [printable(text) for text in verdict.missing],
    }


def appliance_values(connection: Connection) -> dict[str, Any]:
    appliance = connection.appliance
    return {
        "build": str(connection.build),
        "customer": appliance.customer,
        "site": appliance.site,
        "nodes": [
            {
                "address": str(node.address),
                "role": node.role,
                "build": str(node.build) if node.build else None,
                "start_up_file": None
                if node.start_up_file is None
                else [printable(line) for line in node.start_up_file.splitlines()],
                "problem": printable(node.problem),
            }
            for node in connection.nodes
        ],
    }


def request_values(connection: Connection, probes: int) -> dict[str, Any]:
    """How many requests a task made, by kind, and over how many TLS connections; proof is counted apart."""
    kinds = Counter[str]()
    for exchange in connection.exchanges:
        path = exchange.path.removeprefix("/nitro/v1/")
        if path.startswith(("config/policyevaluation", "stat/")):
            kinds["proof"] += 1
        elif path in SESSION_PATHS:
            kinds["session"] += 1
        else:
            kinds["read" if exchange.method == "GET" else "write"] += 1
    total = sum(kinds.values())
    return {
        "total": total,
        "without_proof": total - kinds["proof"],
        **kinds,
        "probes": probes,
        "connections": connection.connections,
    }


# -- text -------------------------------------------------------------------------------------------------------------


def headline(connection: Connection) -> str:
    """Name, customer, build and nodes of an appliance in one line."""
    appliance = connection.appliance
    if len(connection.nodes) == 1:
        nodes = connection.nodes[0].role
        nodes = "standalone" if nodes == "standalone" else f"{nodes}, its peer is not in the inventory"
    else:
        nodes = "HA: " + ", ".join(f"{node.address.host} {node.role}" for node in connection.nodes)
    customer = f"   customer {appliance.customer}" if appliance.customer else ""
    site = f"   site {appliance.site}" if appliance.site else ""
    return f"{appliance.name}{customer}{site}   NS{connection.build}   {nodes}"


def verdict_text(verdict: Verdict) -> str:
    word = verdict.word.upper() if verdict.exit_code >= 2 else verdict.word
    return f"{word} ({verdict.reason})"


def preview(result: Result, connection: Connection) -> str:
    """The whole preview of one appliance: short where all is well, loud where it isn't."""
    lines = [headline(connection), f"  {verdict_text(result.verdict)}", *part_lines(result)]
    lines += [f"  not covered: {text}" for text in result.verdict.missing]
    lines += [f"  note: {text}" for text in clock_notes(connection.clock_skew)]
    return text_of(lines)


def part_lines(result: Result) -> list[str]:
    """The preview of one partition: its steps, what they were tested against, and what is in the way."""
    inspection = result.inspection
    lines = []
    if inspection.skipped:
        lines.append(f"  nothing to do: {inspection.skipped}. Next action: {result.verdict.next_action}")
    else:
        measure = f"{inspection.parameters.owner.measure} v{inspection.parameters.owner.version}"
        lines += [f"  + {one.line()}" for one in inspection.missing_files]
        lines += step_lines(measure, inspection.steps, inspection.seal)
        lines += _proof_lines(inspection)
    lines += [f"  {values['text']}" for values in part_values(inspection)]
    lines += [f"  note: {note}" for note in inspection.notes]
    lines += [f"  drift: {text}" for text in result.drift[:SHOWN_DRIFT]]
    if len(result.drift) > SHOWN_DRIFT:
        lines.append(f"  drift: and {len(result.drift) - SHOWN_DRIFT} more")
    return lines + [f"  CONFLICT ({conflict.kind}): {conflict}" for conflict in inspection.conflicts]


def rollback_lines(rollback: RollbackPlan, measure: str) -> list[str]:
    """The preview of a rollback in one partition."""
    return [
        *step_lines(measure, rollback.steps, rollback.seal),
        *(f"  note: {remark}" for remark in rollback.remarks),
    ]


def _net_inverse(steps: Sequence[Step]) -> list[Step]:
    """What a rollback plays: each object from what it is in the end to what it was in the beginning."""
    first, last = first_states(steps, range(len(steps))), last_states(steps)
    objects = dict.fromkeys(step.object_id for step in reversed(steps))
    return [Step(*id_, last[id_], first[id_]) for id_ in objects if last[id_] != first[id_]]


def cost_line(steps: Sequence[Step], what: str) -> list[str]:
    """How many requests some steps take, where they are many: in bulk, and where an appliance removes nothing in bulk."""
    sent = [request for batch in batches(gather_members(steps)) for request in batch.requests()]
    singly = sum(len(request.otherwise) or 1 for request in sent)
    if singly < MANY_REQUESTS:
        return []
    either = "" if singly == len(sent) else f", or {singly:,} where this appliance removes nothing in bulk"
    return [f"    {what}: {len(sent):,} requests{either}"]


def step_lines(measure: str, steps: Sequence[Step], seal: str) -> list[str]:
    """The steps as they would be typed, and what undoes them."""
    if not steps:
        return [f"  {measure}: no changes"]
    number = "1 change" if len(steps) == 1 else f"{len(steps)} changes"
    lines = [f"  {measure}: {number}, seal {seal[:SHOWN_SEAL]}"]
    signs = {"rm": "-", "unbind": "-", "disable": "-", "set": "~", "unset": "~"}
    lines += [
        f"  {signs.get(line.split(' ', 1)[0], '+')} {line}"
        for line in abridged(line for step in steps for line in step.lines())
    ]
    lines.append("    undo:")
    lines += [f"      {line}" for line in abridged(line for step in reversed(steps) for line in step.inverse.lines())]
    lines += cost_line(steps, "this takes")
    lines += cost_line(_net_inverse(steps), "taking it off takes")
    return lines


def _rule_proof_values(inspection: Inspection) -> dict[str, Any]:
    """The proof of the rule before it is bound, besides its traffic."""
    proof = inspection.rule_proof
    return {
        "variants": proof.variants_summary(),
        "missed_variants": [printable(text) for text in proof.missed()],
        "differential": {
            "asked": proof.differential.asked,
            "different": len(proof.differential.differences),
            "open": proof.differential.open,
            "requests": [printable(str(difference)) for difference in proof.differential.differences],
        },
        "order": {
            "certain": [printable(text) for text in proof.order.certain],
            "possible": [printable(text) for text in proof.order.possible],
            "free_priority": proof.order.free_priority,
        },
        "disagreements": [printable(text) for text in inspection.disagreements],
    }


def _rule_proof_lines(inspection: Inspection) -> list[str]:
    proof = inspection.rule_proof
    lines = []
    if proof.variants_summary():
        lines.append(f"  variants: {proof.variants_summary()}")
    lines += [f"  variant not stopped: {text}" for text in proof.missed()]
    if proof.differential.summary():
        lines.append(f"  differential: {proof.differential.summary()}")
    lines += [f"  treated differently: {text}" for text in proof.differential.shown()]
    lines += [f"  order: {text}" for text in (*proof.order.certain, *proof.order.possible)]
    return lines + [f"  {text}" for text in inspection.disagreements]


def _proof_lines(inspection: Inspection) -> list[str]:
    lines = []
    if inspection.corpus:
        text = f"  proof before binding: {inspection.corpus.summary()} (offline"
        evaluation = inspection.evaluation
        if evaluation.findings:
            cost = f", {evaluation.nanoseconds} ns each" if evaluation.nanoseconds is not None else ""
            text += f"; {evaluation.checked} of {len(evaluation.findings)} also on the appliance{cost}"
        lines.append(text + ")")
    lines += _rule_proof_lines(inspection)
    lines += [f"  neighbour: {neighbour}" for neighbour in inspection.neighbours]
    if inspection.foreign_lines:
        lines.append("  unsaved changes of others: " + "; ".join(inspection.foreign_lines[:5]))
    return lines
