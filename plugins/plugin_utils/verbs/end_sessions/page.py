# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The report of the sessions that are ended after a fix: a preview for people, JSON values for programs, and the plan file. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from ...appliance.nitro.connection import Connection
from ...appliance.objects.user_sessions import SESSION_KINDS, SessionCount
from ...change.planning.plan_file import PlanFile
from ...change.records.appliance_lock import may_have_left_lock
from ...change.records.record_states import RecordKind
from ...foundation.foreign_text import printable
from ..pages.change_result import ChangeResult
from ..pages.plan_report import whose
from ..pages.preview_parts import SHOWN_SEAL, headline
from ..pages.result_parts import requests_of
from .session_plan import EndSessionsParameters, SessionPlan, SessionResult, count_text


def session_result(result: SessionResult, connection: Connection) -> ChangeResult:
    """Return the result of a run."""
    plan = result.plan
    return ChangeResult(
        connection=connection,
        changed=result.changed,
        measure=str(RecordKind.END_SESSIONS),
        seal=plan.seal,
        own={
            "entries": plan.entries,
            "done": plan.done,
            "waiting": plan.waiting,
            "sessions": [
                {
                    "type": type_,
                    "line": SESSION_KINDS[type_].line,
                    "before": _number(result.counts or plan.counts, type_),
                    "ended": type_ in result.ended,
                    "after": _number(result.after, type_),
                }
                for type_ in (end.kind.type for end in plan.ends)
            ],
            "elsewhere": [
                {
                    "partition": name,
                    "type": type_,
                    "before": count.number,
                    "after": _number(result.after_elsewhere.get(name, {}), type_),
                }
                for name, counts in plan.elsewhere.items()
                for type_, count in counts.items()
            ],
            "exposure": plan.exposure,
            "remarks": [*plan.remarks, *plan.not_covered],
        },
        record=result.record,
        requests=requests_of(connection, 0),
        preview=preview(plan, connection),
    )


def _number(counts: Mapping[str, SessionCount], type_: str) -> int | None:
    return counts[type_].number if type_ in counts else None


def preview(plan: SessionPlan, connection: Connection) -> list[str]:
    """Return the lines of one appliance."""
    lines = [headline(connection)]
    lines += [f"  done: {entry}: {text}" for entry, text in plan.done.items()]
    lines += [f"  not yet: {entry}: {text}" for entry, text in plan.waiting.items()]
    lines += [f"  ACCEPTED EXPOSURE: {text}" for text in plan.exposure]
    if plan.entries:
        lines.append(f"  after the fix of {', '.join(plan.entries)}, seal {plan.seal[:SHOWN_SEAL]}")
        lines.append(f"  ends now: {count_text(plan.counts)}")
        lines += [f"    in the partition {name}: {count_text(counts)}" for name, counts in plan.elsewhere.items()]
        lines += [f"  ! {line}" for line in plan.lines]
        lines.append("    undo: none; the users log on again")
    lines += [f"  count not known: {type_}: {count.problem}" for type_, count in plan.counts.items() if count.problem]
    lines += [f"  not covered: {text}" for text in plan.not_covered]
    lines += [f"  note: {text}" for text in plan.remarks]
    return lines


def message(result: SessionResult, *, check_mode: bool) -> str:
    """Return the message of a run that succeeded."""
    plan = result.plan
    if plan.entries:
        entries = ", ".join(plan.entries)
        if check_mode:
            return f"would end {count_text(plan.counts)} (after the fix of {entries})"
        before = [
            count_text(result.counts),
            *(f"{count_text(counts)} in {name}" for name, counts in plan.elsewhere.items()),
        ]
        after = [
            count_text(result.after),
            *(f"{count_text(counts)} in {name}" for name, counts in result.after_elsewhere.items()),
        ]
        return f"ended {'; '.join(before)} (after the fix of {entries}); {'; '.join(after)} now"
    if plan.done:
        return "; ".join(f"{entry}: {text}" for entry, text in plan.done.items())
    return "nothing to end: no entry of the catalogue that asks for it concerns this build"


def session_plan_file(plan: SessionPlan, parameters: EndSessionsParameters, connection: Connection) -> PlanFile:
    """Return the plan file of one appliance."""
    return PlanFile(
        {
            **whose(parameters.appliance),
            "verb": str(RecordKind.END_SESSIONS),
            "measure": parameters.owner.measure,
            "version": parameters.owner.version,
            "run": parameters.run,
            "seal": plan.seal,
            "basis": dict(plan.basis),
            "lines": [printable(line) for line in plan.lines],
            "inverse": [],
            "clock_skew": None if connection.clock_skew is None else round(connection.clock_skew),
            "verdict": f"ends {count_text(plan.counts)}" if plan.entries else "",
            "conflicts": [],
            "neighbours": [],
            "nothing_to_do": not plan.writes and not may_have_left_lock(connection, parameters),
        }
    )
