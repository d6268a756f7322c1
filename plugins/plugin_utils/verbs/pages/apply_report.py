# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The report of a plan, an apply or a status: a preview for people, and JSON values for programs. Pure.

Text from appliances is data: control characters are shown as escapes, and never sent to a terminal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...appliance.nitro.connection import Connection
from ...appliance.nitro.session import SWITCH
from ...appliance.objects.nsconf_writer import abridged, signed
from ...appliance.objects.ownership import Owner
from ...appliance.objects.steps import Step
from ...catalogue.closing_steps import OWN_MEASURES
from ...catalogue.measure import Measure
from ...change.execution.read_back import first_states, last_states
from ...change.planning.plan_file import clock_notes
from ...change.planning.request_batches import batches, gather_members
from ...change.records.appliance_lock import ApplianceLock
from ...change.records.change_record import ChangeRecord
from ...change.records.heartbeats import ID as HEARTBEAT
from ...change.records.heartbeats import LastHeartbeat
from ...foundation.counted import counted
from ...foundation.foreign_text import escaped, printable
from ...judgement.inspection.rule_assessment import RuleFacts
from ...judgement.proof.probe_hits import counter_text
from ...judgement.proof.verdict_table import Verdict, VerdictWord
from ...judgement.verdicts.debt import Debt
from ...judgement.verdicts.foresight import Foreseen
from ...policies.conflicts import Conflict
from ...policies.hand_made import HandMade
from ..deployment.deployment import Result
from .provenance_report import provenance_lines, provenance_values

PROTECTION = "TAKES PROTECTION AWAY from "
"""How the line of a plan begins that names the services which are protected before it and not after it."""
TAKEN_AWAY = "a rule of ours blocks there, and only counts or is gone afterwards"
SHOWN_SEAL = 8
SHOWN_DRIFT = 12
MANY_REQUESTS = 20
MOST_RUNS = 20  # that a result has of earlier runs
REFUSED = "refused"
"""The key of a failed result that says that nothing was begun: the operator's mistake, or a plan that may not be carried out."""
DETAILS = "details"
"""The key of the diff of a failed result under which its other values are."""
KEPT_OF_A_FAILURE = (
    *("measure", "version", "appliance", "verdict", "verdict_today", "as_of", "catalogue", "conflicts"),
    *("record", "requests", "partitions", "lock", "notes", "not_agreed", "closures", "takes_away"),
)
VERDICTS_OF_A_RESULT = ("verdict", "verdict_today")
# The requests of a session for itself. The switch changes the partition of the session, and nothing on the appliance.
SESSION_PATHS = ("config/login", "config/logout", f"config/{SWITCH}")


def text_of(lines: Sequence[str]) -> str:
    """Return lines as one text; a line end that came from an appliance stays an escape."""
    return "".join(printable(line) + "\n" for line in lines)


def result_values(result: Result, connection: Connection) -> dict[str, Any]:
    """Return the result of plan, apply and status as JSON values."""
    plan, state, rules = result.plan, result.state, result.facts.rules
    parameters, observation = result.facts.parameters, result.facts.configuration.observation
    return {
        "changed": result.changed,
        "measure": parameters.owner.measure,
        "version": parameters.owner.version,
        "deployed_version": state.version,
        "verdict": verdict_values(result.verdict),
        "verdict_today": verdict_values(result.verdict_today),
        "acknowledged": acknowledgement_values(result.verdict),
        "as_of": parameters.as_of.isoformat(),
        "catalogue": catalogue_values(parameters.measure),
        "appliance": appliance_values(connection),
        "seal": plan.seal,
        **step_values(plan.steps),
        "provenance": provenance_values(plan.steps, result.facts.configuration.sources),
        "skipped_because": plan.skipped,
        "parts": placement_values(result),
        "remarks": [printable(note) for note in rules.notes],
        "foreseen": foreseen_values(result.foreseen),
        "conflicts": conflict_values(plan.conflicts),
        "neighbours": [printable(neighbour) for neighbour in plan.neighbours],
        "takes_away": [printable(service) for service in plan.takes_away],
        "hand_made": [hand_made_values(one) for one in result.facts.rules.hand_made],
        "debt": [debt_values(debt) for debt in result.debts],
        "hits": _own_counters({**observation.hits, **result.counters}, parameters.owner),
        "probe_hits": _own_counters(result.probe_hits, parameters.owner),
        "undefined_hits": _own_counters(observation.undef_hits, parameters.owner),
        "proof": _proof_values(result),
        "drift": [printable(text) for text in result.drift],
        "corrected": [printable(text) for text in result.corrected],
        "saved": state.saved,
        "saved_now": result.saved_now,
        "record": result.record,
        "runs": [run_values(record) for record in result.facts.records.known[-MOST_RUNS:]],
        "requests": request_values(connection, result.probes_sent),
        "diff": {"prepared": preview(result, connection)},
    }


def _own_counters(counters: Mapping[str, int], owner: Owner) -> dict[str, int]:
    return {printable(policy): count for policy, count in counters.items() if owner.owns_name(policy)}


def _proof_values(result: Result) -> dict[str, Any]:
    """Return the proof before binding, the probes, and the hits as JSON values."""
    rules = result.facts.rules
    return {
        "offline": rules.corpus.summary() if rules.corpus else "",
        "appliance_checked": rules.evaluation.checked,
        "appliance_asked": len(rules.evaluation.findings),
        "nanoseconds": rules.evaluation.nanoseconds,
        **_rule_proof_values(rules),
        "probes_before": [proof.outline() for proof in result.proof.before],
        "probes": [proof.outline() for proof in result.proof.after],
        "hits_rose_by": result.proof.hits,
        "proven_before": result.plan.proven_before,
    }


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
                "name": printable(placement.name),
                "place": printable(placement.place),
                "mode": str(placement.mode),
                "in_force": str(mode or ""),
                "hits": {str(name): count for name, count in hits.items()},
                "probe_hits": {str(name): count for name, count in probes.items()},
                "undefined_hits": undefined,
                "text": printable(text),
            }
        )
    return values


def foreseen_values(foreseen: Iterable[Foreseen]) -> list[dict[str, Any]]:
    """Return as JSON values what a plan foresees."""
    return [
        {
            "effect": str(one.effect),
            "reason": printable(one.reason),
            "setting": printable(one.setting),
            "holds": one.holds,
            "text": printable(str(one)),
        }
        for one in foreseen
    ]


def conflict_values(conflicts: Iterable[Conflict]) -> list[dict[str, str]]:
    """Return conflicts as JSON values."""
    return [{"kind": str(c.kind), "message": printable(c.message), "fix": printable(c.whole_fix)} for c in conflicts]


def hand_made_values(made: HandMade) -> dict[str, Any]:
    """Return as JSON values a policy of others that is, or is named like, the mitigation, with its judgement."""
    values: dict[str, Any] = escaped(
        {
            "policy": made.policy,
            "action": made.action,
            "blocks": made.blocks,
            "complete": made.is_complete,
            "effective": made.is_effective,
            "attacks_matched": made.matched,
            "attacks": made.attacks,
            "legitimate_matched": made.legitimate,
            "version": made.version,
            "missed": list(made.missed),
            "bound": list(made.bound),
            "problem": made.problem,
            "text": str(made),
        }
    )
    return values


def heartbeat_values(last: LastHeartbeat) -> dict[str, Any]:
    """Return the last heartbeat of an appliance as JSON values; nothing where it never had one."""
    if last.at is None:
        return {}
    return {HEARTBEAT: {"at": last.at.isoformat(), "late": last.is_late, "text": str(last)}}


def debt_values(debt: Debt) -> dict[str, Any]:
    """Return as JSON values what is still there of a mitigation."""
    values: dict[str, Any] = escaped(
        {
            "measure": debt.measure,
            "what": debt.what,
            "why": debt.why,
            "needed": debt.needed,
            "since": debt.since,
            "who": debt.who,
            "ticket": debt.ticket,
            "reason": debt.reason,
            "planned_fix": debt.planned_fix.isoformat() if debt.planned_fix else None,
            "overdue_days": debt.overdue,
            "text": str(debt),
        }
    )
    return values


def lock_values(locks: Sequence[ApplianceLock], connection: Connection) -> dict[str, Any]:
    """Return the nodes and the replaced locks of a run, and its notes for the operator."""
    facts: dict[str, list[str]] = {"nodes": []}
    for lock in locks:
        for name, texts in lock.facts().items():
            facts[name] = list(dict.fromkeys([*facts.get(name, ()), *map(printable, texts)]))
    notes = [printable(note) for lock in locks for note in lock.notes] + [
        *map(printable, (*connection.lock_notes, *connection.copies_left_alone))
    ]
    return {"lock": facts, "notes": list(dict.fromkeys(notes))}


def failure_values(values: dict[str, Any], problem: str, *, changed: bool, refused: bool = False) -> dict[str, Any]:
    """Return the result of a run that failed. What was planned and did not happen is in its preview only.

    :param changed: the run has written to the appliance what is there now
    :param refused: nothing was begun
    """
    kept = {name: values[name] for name in (*KEPT_OF_A_FAILURE, "diff") if name in values}
    return {**short_failure(kept, problem, refused=refused), "changed": changed}


def without_unproven(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values of a run that was refused because somebody has changed the appliance since its plan.

    This run has sent no probe, so what another run has put there meanwhile, and proves itself, is not called "applied, unproven".
    """
    word = (values.get("verdict") or {}).get("word")
    hidden = VERDICTS_OF_A_RESULT if word == VerdictWord.UNPROVEN else ()
    return {name: value for name, value in values.items() if name not in hidden}


def short_failure(values: dict[str, Any], problem: str, *, refused: bool = False) -> dict[str, Any]:
    """Return a failed result of which Ansible prints the message only: it prints all of a failed result but its diff.

    :param refused: nothing was begun
    """
    preview = values["diff"]["prepared"]
    details = {name: value for name, value in values.items() if name not in ("changed", "failed", "msg", "diff")}
    return {
        "changed": False,
        "failed": True,
        **({REFUSED: True} if refused else {}),
        "msg": problem,
        "diff": {"prepared": preview, DETAILS: {**details, "preview": preview.splitlines()}},
    }


def failed_report(values: dict[str, Any], problem: str) -> dict[str, Any]:
    """Return the failed result of a report, in its short form; the lines of the report are its preview."""
    return short_failure({**values, "diff": {"prepared": "".join(f"{line}\n" for line in values["report"])}}, problem)


def unreachable_report(values: dict[str, Any], problem: str) -> dict[str, Any]:
    """Return the report of an appliance that could not be reached, of which something is known all the same."""
    result = failed_report(values, problem)
    del result["failed"]
    return {**result, "unreachable": True}


def whole_result(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return a result with the values that :func:`short_failure` put into its diff."""
    diff = result.get("diff")
    details = diff.get(DETAILS) if isinstance(diff, Mapping) else None
    if not isinstance(diff, Mapping) or not isinstance(details, Mapping):
        return dict(result)
    return {**details, **result, "diff": {name: value for name, value in diff.items() if name != DETAILS}}


def verdict_suffix(result: Mapping[str, Any]) -> str:
    """Return the end of the message of a failed result that names its verdict; "" where there is none, or the message begins with it."""
    word = (whole_result(result).get("verdict") or {}).get("word", "")
    return "" if not word or str(result.get("msg", "")).startswith(f"{word}: ") else f" (verdict: {word})"


def step_values(steps: Sequence[Step]) -> dict[str, Any]:
    """Return the steps and their inverse, each with its lines of ns.conf."""
    return {
        "steps": [
            {
                "type": step.type,
                "key": list(step.key),
                "lines": [printable(line) for line in step.lines()],
                "inverse": [printable(line) for line in step.inverse.lines()],
            }
            for step in steps
        ],
        "inverse": [printable(line) for step in reversed(steps) for line in step.inverse.lines()],
    }


def catalogue_values(measure: Measure) -> dict[str, str | None]:
    """Return the date of the newest fact that is known of a measure."""
    newest = measure.newest_fact()
    return {"newest_fact": newest.isoformat() if newest else None}


def run_values(record: ChangeRecord) -> dict[str, Any]:
    """Return an earlier run of the measure, from its record, with the names that the audit uses."""
    values: dict[str, Any] = escaped(
        {
            "record": record.name,
            "kind": str(record.kind),
            "measure": record.measure,
            "version": record.content.values.get("version"),
            "run": record.run,
            "started": record.started,
            "finished": record.finished,
            "outcome": str(record.outcome),
            "saved": record.saved,
            "reason": record.reason,
            "ticket": record.ticket,
            "user": record.operator.user,
            "control_node": record.operator.control_node,
            "undone_by": record.undone_by,
        }
    )
    return values


def acknowledgement_values(verdict: Verdict) -> dict[str, str] | None:
    """Return who acknowledged a verdict, why and until when, as JSON values; None where nobody did."""
    given = verdict.acknowledged
    if given is None:
        return None
    return {"who": printable(given.who), "why": printable(given.why), "until": given.until.isoformat()}


def verdict_values(verdict: Verdict) -> dict[str, Any]:
    return {
        "word": str(verdict.word),
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
        "marker": appliance.marker,
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
    """Return the number of requests of a task by kind, and of its TLS connections; requests for proof are counted apart."""
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
    """Return name, customer, build and nodes of an appliance in one line."""
    appliance = connection.appliance
    if len(connection.nodes) == 1:
        nodes = connection.nodes[0].role
        nodes = (
            "standalone" if nodes == "standalone" else f"{nodes}, the other node of the pair is not in the inventory"
        )
    else:
        nodes = "HA: " + ", ".join(f"{node.address.host} {node.role}" for node in connection.nodes)
    names = appliance.customers
    customer = f"   customer{'s' if len(names) > 1 else ''} {', '.join(names)}" if names else ""
    site = f"   site {appliance.site}" if appliance.site else ""
    return f"{appliance.name}{customer}{site}   NS{connection.build}   {nodes}"


def verdict_text(verdict: Verdict) -> str:
    word = verdict.word.upper() if verdict.exit_code >= 2 else verdict.word
    return f"{word} ({verdict.reason})"


def preview(result: Result, connection: Connection) -> str:
    """Return the whole preview of one appliance: short if all is well, prominent if not."""
    lines = [headline(connection), f"  {verdict_text(result.verdict)}", *partition_lines(result)]
    lines += [f"  not covered: {text}" for text in result.verdict.missing]
    lines += [f"  note: {text}" for text in clock_notes(connection.clock_skew)]
    return text_of(lines)


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
    lines += [f"  found: {made}" for made in result.facts.rules.hand_made]
    lines += [f"  debt: {debt}" for debt in result.debts]
    lines += [f"  note: {note}" for note in result.facts.rules.notes]
    lines += [f"  drift: {text}" for text in result.drift[:SHOWN_DRIFT]]
    if len(result.drift) > SHOWN_DRIFT:
        lines.append(f"  drift: and {len(result.drift) - SHOWN_DRIFT} more")
    return lines + [f"  CONFLICT ({conflict.kind}): {conflict}" for conflict in plan.conflicts]


def taken_away_lines(services: Sequence[str]) -> list[str]:
    """Return the line of a preview that names the services that lose their protection."""
    return [f"  {PROTECTION}{', '.join(services)}: {TAKEN_AWAY}"] if services else []


def taken_away_text(services: Sequence[str], who: str, reason: str, *, planned: bool) -> str:
    """Return from which services protection is taken away, by whose decision and why, as the end of a sentence; "" where from none."""
    if not services:
        return ""
    verb, by = "would be" if planned else "was", decided_text(who, reason) or "by nobody's decision yet"
    return f"; PROTECTION {verb} taken away from {', '.join(services)}, {by}"


def decided_text(who: str, reason: str) -> str:
    """Return by whose decision something is done and why; "" where nobody is named."""
    name, why = " ".join(who.split()), " ".join(reason.split())
    return f"decided by {printable(name)}{f' ({printable(why)})' if why else ''}" if name else ""


def cost_line(steps: Sequence[Step], what: str) -> list[str]:
    """Return the number of requests of some steps if they are many: in bulk, and if the appliance removes nothing in bulk."""
    sent = [request for batch in batches(gather_members(steps)) for request in batch.requests()]
    singly = sum(len(request.otherwise) or 1 for request in sent)
    if singly < MANY_REQUESTS:
        return []
    either = "" if singly == len(sent) else f", or {singly:,} where this appliance removes nothing in bulk"
    return [f"    {what}: {counted(len(sent), 'request')}{either}"]


def step_lines(measure: str, steps: Sequence[Step], seal: str) -> list[str]:
    """Return the steps as ns.conf commands, and the commands that undo them."""
    if not steps:
        return [f"  {measure}: no changes"]
    number = "1 change" if len(steps) == 1 else f"{len(steps)} changes"
    lines = [f"  {measure}: {number}, seal {seal[:SHOWN_SEAL]}"]
    lines += [f"  {signed(line)}" for line in abridged(line for step in steps for line in step.lines())]
    lines.append("    undo:")
    lines += [f"      {line}" for line in abridged(line for step in reversed(steps) for line in step.inverse.lines())]
    lines += cost_line(steps, "this takes")
    lines += cost_line(_net_inverse(steps), "removing it takes")
    return lines


def _rule_proof_values(rules: RuleFacts) -> dict[str, Any]:
    """Return as JSON values what is proven of the rules before they are bound, besides their traffic."""
    proof = rules.rule_proof
    return {
        "variants": proof.variants_summary(),
        "missed_variants": [printable(text) for text in proof.missed()],
        "differential": {
            "asked": proof.diff.compared,
            "different": len(proof.diff.differences),
            "open": proof.diff.open,
            "requests": [printable(str(difference)) for difference in proof.diff.differences],
        },
        "order": {
            "certain": [printable(text) for text in proof.order.certain],
            "possible": [printable(text) for text in proof.order.possible],
            "free_priority": proof.order.free_priority,
        },
        "disagreements": [printable(text) for text in rules.disagreements],
    }


def _rule_proof_lines(rules: RuleFacts, stopped: str) -> list[str]:
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
    stopped = "requests to be stopped" if result.facts.parameters.owner.measure in OWN_MEASURES else "attacks"
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


def _net_inverse(steps: Sequence[Step]) -> list[Step]:
    """Return the steps of a rollback: each object from its last state to its first."""
    first, last = first_states(steps, range(len(steps))), last_states(steps)
    objects = dict.fromkeys(step.object_id for step in reversed(steps))
    return [Step(*id_, last[id_], first[id_]) for id_ in objects if last[id_] != first[id_]]
