# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The report of an audit: lines for people, and JSON values for programs. Pure; all text of records and copies is escaped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...appliance.nitro.names import DEFAULT
from ...change.records.audit import Audit, AuditedRun
from ...change.records.provenance import ProvenanceKind
from ...foundation.counted import counted
from ...foundation.foreign_text import printable
from ...foundation.json_values import json_values
from ...judgement.course.told_run import ToldRun
from ...node_system.on_box.settings import MEASURE as ON_BOX

LONGEST_LINE = 10_000
"""Characters of a line: an error of a run may be as long as an appliance likes."""


def audit_values(audit: Audit) -> dict[str, Any]:
    """Return as JSON values the runs, and the differences between records, copies and chain."""
    told = {name: value for name, value in vars(audit).items() if name != "copied"}
    values: dict[str, Any] = json_values({**told, "runs": [run_values(run) for run in audit.runs]})
    return values


def run_values(run: AuditedRun) -> dict[str, Any]:
    """Return the JSON values of one run; of a run of which only the digest is known, they are empty."""
    return {
        "record": run.name,
        **ToldRun(run.content).values,
        "places": run.places,
        "departure": run.departure,
        "provenance": "" if run.provenance is None else run.provenance.text,
    }


def departures(audit: Audit) -> str:
    """Return how many changes were made under another list or demand than those of today, as half a sentence; "" for none."""
    number = sum(bool(run.departure) for run in audit.runs)
    changes = f"{counted(number, 'change')} {'was' if number == 1 else 'were'}"
    return f"{changes} made under other approvals than today's (see APPROVALS)" if number else ""


def broken_glass(audit: Audit) -> str:
    """Return how many changes were made without their approvals, as half a sentence; "" for none."""
    number = sum(bool(_mapping(_approval(run).get("break_glass"))) for run in audit.runs)
    changes = f"{counted(number, 'change')} {'was' if number == 1 else 'were'}"
    return f"{changes} made without the approvals (see BREAK GLASS)" if number else ""


def _approval(run: AuditedRun) -> Mapping[str, Any]:
    """Return what a record says of approvals. It may be of somebody else, so nothing is known of its form."""
    return _mapping(run.content.values.get("approval")) if run.content is not None else {}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _approval_lines(approval: Mapping[str, Any]) -> Iterator[str]:
    """Yield who approved a change, and who went on without that."""
    by = approval.get("by")
    names = [str(_mapping(one).get("principal", "")) for one in (by if isinstance(by, list) else ())]
    if names:
        yield printable(f"      approved by {', '.join(names)}")
    if glass := _mapping(approval.get("break_glass")):
        who, reason, missing = glass.get("who"), glass.get("reason"), approval.get("missing")
        yield printable(f"      BREAK GLASS: {who} went on without the approvals: {reason} ({missing})")


def audit_lines(headline: str, audit: Audit) -> list[str]:
    """Return the lines of the report: the runs, oldest first, and then the differences."""
    number = "1 run" if len(audit.runs) == 1 else f"{len(audit.runs)} runs"
    lines = [headline, f"  {number}; {audit.state}", *_whose(audit.runs)]
    by_name = {run.name: run for run in audit.runs}
    for run in audit.runs:
        lines += _run_lines(run, by_name)
    lines += [f"  DIFFERENCE: {text}" for text in audit.differences]
    lines += [f"  missing: {text}" for text in audit.missing]
    lines += [f"  note: {text}" for text in audit.notes]
    lines += [f"  not covered: {text}" for text in audit.not_covered]
    if audit.lock:
        lines.append(f"  running: {audit.lock}")
    return [printable(line) for line in lines]


def _whose(runs: Sequence[AuditedRun]) -> list[str]:
    """Return one line if all records are our own; otherwise the lines of each run have its provenance."""
    return ["  all records are our own, by their signatures"] if runs and all(map(_is_own, runs)) else []


def _is_own(run: AuditedRun) -> bool:
    return run.provenance is not None and run.provenance.kind is ProvenanceKind.OWN


def _undone_text(run: AuditedRun, by_name: Mapping[str, AuditedRun]) -> str:
    """Return which runs a rollback undid, each with its ticket; "" for another run."""
    texts = []
    for name in ToldRun(run.content).undoes:
        undone = by_name.get(name)
        if undone is None or undone.content is None:
            texts.append(name)
            continue
        values = run_values(undone)
        ticket = f" ({values['ticket']})" if values["ticket"] else ""
        texts.append(f"{values['kind']} {values['measure']}{_place(values)} of {values['started']}{ticket}")
    return ", ".join(texts)


def _run_lines(run: AuditedRun, by_name: Mapping[str, AuditedRun]) -> list[str]:
    values = run_values(run)
    if run.content is None:
        return [f"  {run.name}: only its digest is on {', '.join(run.places)}"]
    version = f" v{values['version']}" if values["version"] is not None else ""
    why = ", ".join(str(values[key]) for key in ("ticket", "reason") if values[key]) or "no reason given"
    told = ToldRun(run.content)
    own = "" if run.provenance is None or run.provenance.is_trusted else " by its own words"
    words = [told.outcome, "saved" if values["saved"] else "not saved", f"{told.proof}{own}"]
    times = str(values["started"]) + (f" to {values['finished']}" if values["finished"] else ", never ended")
    lines = [
        f"  {times}  {values['kind']} {values['measure']}{version}{_place(values)} by {values['user']}@{values['control_node']}: {', '.join(words)}",
        f"      {why}; {_on_nodes(told) or told.done} on NS{values['build']}; on {', '.join(run.places)}",
    ]
    if not _is_own(run):
        lines.append(f"      {values['provenance']}")
    lines += _approval_lines(_approval(run))
    if values["departure"]:
        lines.append(f"      APPROVALS: {values['departure']}")
    lines += [f"      found {text}" for text in values["found"]]
    if values["decided_by"]:
        due = f", due again at {values['expires']}" if values["expires"] else ""
        lines.append(f"      decided by {values['decided_by']}{due}")
    if values["accepted_exposure"]:
        lines.append(f"      accepted exposure: {'; '.join(values['accepted_exposure'])}")
    if values["accepted_unread"]:
        lines.append(f"      accepted unread: {'; '.join(values['accepted_unread'])}")
    if values["overruled"]:
        lines.append(f"      {told.overruled_word}: {'; '.join(values['overruled'])}")
    if values["problem"]:
        lines.append(f"      {values['problem']}")
    undone = _undone_text(run, by_name)
    if undone:
        lines.append(f"      undid: {undone}")
    if values["undone_by"]:
        lines.append(f"      undone by: {values['undone_by']}")
    return [_bounded(line, run.name) for line in lines]


def _bounded(line: str, record: str) -> str:
    """Return a line that a record cannot make as long as it likes."""
    more = len(line) - LONGEST_LINE
    return (
        f"{line[:LONGEST_LINE]}... and {counted(more, 'more character')}: record {record} has all" if more > 0 else line
    )


def _place(values: Mapping[str, Any]) -> str:
    """Return in which admin partition a run was; "" for the default one."""
    return "" if values["partition"] in ("", DEFAULT) else f" in partition {values['partition']}"


def _on_nodes(told: ToldRun) -> str:
    """Return what a run did on the operating system of the nodes; "" for a run of another kind."""
    if not (planned := told.on_nodes):
        return ""
    what = "on-box script" if told.values["measure"] == ON_BOX else "start-up line"
    return f"{what} {planned['wanted']} on {counted(len(planned['nodes']), 'node')}"
