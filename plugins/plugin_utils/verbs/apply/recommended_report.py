# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The report of the runs that an appliance needs: one result and one plan file of all mitigations. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from ...appliance.nitro.connection import Connection
from ...change.planning.plan_file import SEEN, PlanFile, clock_notes
from ...change.planning.planner import fingerprint
from ...foundation.json_values import json_values
from ...judgement.proof.catalogue_verdict import RECOMMENDED
from ..pages.apply_report import partition_lines, verdict_text
from ..pages.catalogue_report import catalogue_of
from ..pages.change_result import ChangeResult
from ..pages.counter_text import IN_DOUBT
from ..pages.partition_report import LISTS, all_of, joined, measure_result, partition_heading
from ..pages.plan_report import whose
from ..pages.preview_parts import headline
from ..pages.result_parts import requests_of
from ..status.catalogue_check import CatalogueCheck
from .recommended import RecommendedResult

VERSION = 1
"""In a plan file and a result; each mitigation has its own."""
SHOWN = 3
"""The largest number of entries that a line names."""


def recommended_result(
    result: RecommendedResult, connection: Connection, check: CatalogueCheck, as_of: date
) -> ChangeResult:
    """Return the result of all runs; what it says of one mitigation has its id in ``measure``."""
    parts = {id_: json_values(measure_result(part, connection)) for id_, part in result.measures.items()}
    records = [path for part in result.measures.values() for path in part.records]
    sent = sum(part.probes_sent for measure in result.measures.values() for part in measure.partitions.values())
    in_doubt = {policy: count for part in parts.values() for policy, count in part.get(IN_DOUBT, {}).items()}
    own = {
        "version": VERSION,
        "deployed_version": None,
        "verdict": result.verdict,
        "verdict_today": result.verdict,
        "acknowledged": result.verdict.acknowledged,
        "as_of": as_of,
        "catalogue": catalogue_of(check.known, check.edited),
        "by_hand": result.by_hand,
        **{name: joined(parts, name, "measure", "") for name in LISTS},
        "inverse": [line for id_ in reversed(list(parts)) for line in parts[id_]["inverse"]],
        **{
            name: {policy: count for part in parts.values() for policy, count in part[name].items()}
            for name in ("hits", "probe_hits", "undefined_hits")
        },
        **({IN_DOUBT: in_doubt} if in_doubt else {}),
        "saved": all_of([part["saved"] for part in parts.values()]),
        "saved_now": any(part["saved_now"] for part in parts.values()),
        "measures": {
            id_: {key: part[key] for key in ("verdict", "version", "deployed_version", "saved", "record", "seal")}
            for id_, part in parts.items()
        },
    }
    return ChangeResult(
        connection=connection,
        changed=result.changed,
        measure=RECOMMENDED,
        seal=fingerprint({id_: part["seal"] for id_, part in parts.items()}),
        own=json_values(own),
        record=next(iter(records), ""),
        requests=requests_of(connection, sent),
        preview=_preview(result, connection),
    )


def recommended_plan(
    plans: Mapping[str, PlanFile], result: RecommendedResult, connection: Connection, run: str
) -> PlanFile:
    """Return the plan file of all mitigations.

    :param plans: by mitigation, in order, its own plan file
    """
    basis = {
        "features": {
            f"{id_}: {name}": on for id_, own in plans.items() for name, on in _basis(own)["features"].items()
        },
        "objects": [
            [[f"for {id_}", *key], type_, attributes]
            for id_, own in plans.items()
            for key, type_, attributes in _basis(own)["objects"]
        ],
        "steps": [[id_, step] for id_, own in plans.items() for step in _basis(own)["steps"]],
    }
    skew = connection.clock_skew
    first = next(iter(plans.values()), None)
    seen = {} if first is None else {name: first.values[name] for name in SEEN if name in first.values}
    return PlanFile(
        {
            **whose(connection.appliance),
            "verb": "apply",
            "measure": RECOMMENDED,
            "version": VERSION,
            "run": run,
            "seal": fingerprint(basis),
            "basis": basis,
            "lines": [line for own in plans.values() for line in own.lines],
            "inverse": [line for own in reversed(list(plans.values())) for line in own.values["inverse"]],
            "clock_skew": None if skew is None else round(skew),
            **seen,
            "verdict": verdict_text(result.verdict),
            "conflicts": [conflict for own in plans.values() for conflict in own.conflicts],
            "neighbours": list(dict.fromkeys(text for own in plans.values() for text in own.values["neighbours"])),
            "takes_away": list(dict.fromkeys(service for own in plans.values() for service in own.takes_away)),
            "foreseen": [f"{id_}: {text}" for id_, own in plans.items() for text in own.foreseen],
            "nothing_to_do": all(own.nothing_to_do for own in plans.values()),
        }
    )


def by_hand_lines(result: RecommendedResult) -> list[str]:
    """Return what no run brings in, in one line with one next action."""
    if not result.by_hand:
        return []
    names = [one.entry.id for one in result.by_hand]
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return [f"by hand: {', '.join(names[:SHOWN])}{more}; next: {result.verdict_by_hand.next_action}"]


def _basis(plan: PlanFile) -> Mapping[str, Any]:
    basis: Mapping[str, Any] = plan.values["basis"]
    return basis


def _preview(result: RecommendedResult, connection: Connection) -> list[str]:
    lines = [headline(connection), f"  {verdict_text(result.verdict)}"]
    for id_, measure in result.measures.items():
        lines.append(f"  {id_}: {verdict_text(measure.verdict)}")
        for name, part in measure.partitions.items():
            lines += [] if measure.is_plain else [partition_heading(name)]
            lines += partition_lines(part)
    lines += [f"  {line}" for line in by_hand_lines(result)]
    missing = dict.fromkeys(text for measure in result.measures.values() for text in measure.verdict.missing)
    lines += [f"  not covered: {text}" for text in missing]
    return lines + [f"  note: {text}" for text in clock_notes(connection.clock_skew)]
