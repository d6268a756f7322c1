# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The parts that the results of several verbs have, as JSON values. Pure.

Text from appliances is data: control characters are shown as escapes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from ...appliance.nitro.connection import Connection
from ...appliance.nitro.session import SWITCH
from ...appliance.objects.steps import Step
from ...catalogue.measure import Measure
from ...change.records.appliance_lock import ApplianceLock
from ...change.records.change_record import ChangeRecord
from ...change.records.heartbeat_line import ID as HEARTBEAT
from ...foundation.foreign_text import escaped, printable
from ...judgement.proof.verdict_table import Verdict
from ...judgement.verdicts.debt import Debt
from ...judgement.verdicts.foresight import Foreseen
from ...measures.heartbeat.last_heartbeat import LastHeartbeat
from ...policies.conflicts import Conflict
from ...policies.hand_made import HandMade

# The requests of a session for itself. The switch changes the partition of the session, and nothing on the appliance.
SESSION_PATHS = ("config/login", "config/logout", f"config/{SWITCH}")


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
