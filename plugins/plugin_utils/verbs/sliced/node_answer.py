# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The one door for what an execution node says of its appliances. Pure.

A node may be taken over. It is asked about the appliances of one slice, and what it says of others is dropped. Each value has its type and bound here,
or the appliance counts as one without a result. Who the customer of an appliance is, only the inventory of the controller says.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ...catalogue.closing_steps import LadderStep
from ...catalogue.sliced_job import are_copies
from ...change.planning.plan_file import CLOCK, COPIES, UNDOES, PlanFile, parse_plan, path_of
from ...fleet.slices.bounded_json import MOST_OF_A_JOB, parse_bounded
from ...fleet.slices.job import PLANS, RESULTS
from ...fleet.slices.job_standing import Loss
from ...fleet.waves.settlement import Settlement
from ...fleet.waves.summary import summary
from ...foundation.errors import InvalidInput
from ...foundation.foreign_text import printable
from ...foundation.json_values import json_values
from ...foundation.next_action import COMMANDS, are_commands
from ...foundation.protection_change import CHANGES
from ...judgement.proof.verdict_table import VerdictWord
from ...measures.registry import recurring_kinds
from ..close.impact_page import impact_page
from ..pages.catalogue_page import OPTED_OUT
from ..pages.closed_report import CLOSING_COMMANDS
from ..pages.end_page import PageRun, end_page
from ..run_report.content import Run, report_values
from ..run_report.files import report_files

KINDS = ("failed", "refused", "held", "unreachable")
LONGEST_TEXT = 1_000_000
MOST_VALUES = 500_000
DEEPEST = 30
_MOST_NUMBER = 2**64
_NO_RESULT = "it sent no result of this appliance that can be read"

Check = Callable[[Any], bool]
Result = Mapping[str, Any]


@dataclass(frozen=True)
class NodeAnswer:
    """What a node says of the appliances of one slice, checked.

    :ivar results: by appliance, the result of its last task
    :ivar problems: by appliance, "failed: ...", "refused: ...", "held: ...", "unreachable: ...", or "" where it has none
    :ivar plans: by appliance, its plan
    :ivar missing: by appliance, why there is no result of it
    :ivar loss: where the job is, for what is missing
    :ivar ahead: of the clock of the node, by the events of the job; see :class:`.WorkerAnswer`
    """

    results: Mapping[str, Result] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)
    plans: Mapping[str, PlanFile] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    loss: Loss | None = None
    ahead: float | None = None


def read_answer(
    files: Mapping[str, bytes],
    hosts: Collection[str],
    places: Mapping[str, Mapping[str, str]],
    shared: Mapping[str, Sequence[Mapping[str, Any]]],
) -> NodeAnswer:
    """Return what counts of the files of a job.

    :param hosts: the appliances of the slice
    :param places: by appliance, its customer and site as the inventory has them
    :param shared: by shared appliance, its customers with their virtual servers as the inventory has them; see :func:`content.owners`
    """
    sent = _json(files.get(RESULTS, b""))
    values = sent if isinstance(sent, dict) else {}
    results, problems, missing = {}, {}, {}
    for host in hosts:
        found = _result(host, values.get(host), places.get(host, {}), shared.get(host, ()))
        if found is None:
            missing[host] = _NO_RESULT
        else:
            results[host], problems[host] = found
    return NodeAnswer(results, problems, _plans(files, hosts, places, shared), missing)


def _result(
    host: str, value: Any, place: Mapping[str, str], customers: Sequence[Mapping[str, Any]]
) -> tuple[dict[str, Any], str] | None:
    if not isinstance(value, dict) or not is_bounded(value):
        return None
    result = _with_lines(json_values(value), value)
    problem = result.pop("problem", "")
    if not _is_text(problem) or (problem and problem.partition(":")[0] not in KINDS):
        return None
    if not problem and not result.get("action"):  # no task of ours has ended there
        return None
    if not all(accepts(result[name]) for name, accepts in RESULT_TYPES.items() if name in result):
        return None
    if "appliance" in result:
        result["appliance"] = {**result["appliance"], "customer": "", "site": "", **place}
    for holder in (result, result.get("node_local")):
        for name in OF_COMMANDS & holder.keys() if isinstance(holder, dict) else ():
            holder[name] = [one for one in holder[name] if are_commands([one])] if _is_list(holder[name]) else []
    for name in OF_A_CUSTOMER & result.keys():
        result[name] = [_of_own(row, place, customers) for row in result[name]]
    result.pop("customers", None)
    if customers:
        result["customers"] = list(customers)
    return (result, problem) if _can_be_shown(host, result, problem) else None


def _with_lines(result: Any, sent: Mapping[str, Any]) -> Any:
    """Return a result whose preview has its lines again: the page shows each of them on its own."""
    diff = sent.get("diff")
    preview = diff.get("prepared") if isinstance(diff, dict) else None
    if not _is_text(preview):
        return result
    return {**result, "diff": {**result["diff"], "prepared": "\n".join(map(printable, str(preview).split("\n")))}}


def _of_own(row: Mapping[str, Any], place: Mapping[str, str], customers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return a row about a customer, with one that the appliance has by the inventory."""
    named, own = row.get("customer"), place.get("customer", "")
    return {**row, "customer": named if any(named == one["customer"] for one in customers) else own}


def _can_be_shown(host: str, result: Result, problem: str) -> bool:
    """Return True if each form of the report can be made of a result: one of a form that none of our tasks returns would keep those of all others away."""
    now = datetime.now(UTC)
    try:
        run = Run("sliced", now, now, {host: result}, {host: problem} if problem else {})
        for planned in (False, True):
            end_page(PageRun(run.results, run.problems, planned=planned, verbose=True))
        return all(text for _name, text in report_files(report_values(run)))
    except Exception:  # noqa: BLE001 - whatever a made-up value causes, it is not one of our results
        return False


def _plans(
    files: Mapping[str, bytes],
    hosts: Collection[str],
    places: Mapping[str, Mapping[str, str]],
    shared: Mapping[str, Sequence[Mapping[str, Any]]],
) -> dict[str, PlanFile]:
    by_name = {name.rpartition("/")[2]: content for name, content in files.items() if name.startswith(PLANS)}
    found = {}
    for host in hosts:
        plan = _plan(by_name.get(path_of(Path(), host).name, b""), host, places.get(host, {}), shared.get(host, ()))
        if plan is not None:
            found[host] = plan
    return found


def _plan(
    content: bytes, host: str, place: Mapping[str, str], customers: Sequence[Mapping[str, Any]]
) -> PlanFile | None:
    values = _json(content)
    if not isinstance(values, dict) or not is_bounded(values):
        return None
    if not all(name in values and accepts(values[name]) for name, accepts in PLAN_TYPES.items()):
        return None
    if not all(accepts(values[name]) for name, accepts in OPTIONAL_PLAN_TYPES.items() if name in values):
        return None
    try:
        plan = parse_plan(content.decode("utf-8"), host, "the plan that an execution node sent")
        named = {"customer": place.get("customer", ""), "site": place.get("site", "")}
        impact = {"impact": [_of_own(row, place, customers) for row in plan.impact]} if plan.impact else {}
        plan = PlanFile({**plan.values, **named, **impact})
        plan.text()
        plan.changes_since(plan)
        summary({"verb": "", "measure": ""}, [plan], Settlement([[host]]), 0.0)
        impact_page(plan.impact)
    except InvalidInput:
        return None
    except Exception:  # noqa: BLE001 - see _can_be_shown
        return None
    return plan


def is_bounded(value: Any) -> bool:
    """Return True if a JSON value has no more values, levels, and characters of a text than any of ours."""
    left, rest = MOST_VALUES, [(value, 0)]
    while rest:
        one, depth = rest.pop()
        left -= 1
        if left < 0 or depth > DEEPEST or not _is_bounded_scalar(one):
            return False
        if isinstance(one, dict):
            rest += [(item, depth + 1) for pair in one.items() for item in pair]
        elif isinstance(one, list):
            rest += [(item, depth + 1) for item in one]
    return True


def _is_bounded_scalar(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= LONGEST_TEXT
    if isinstance(value, int | float):
        return math.isfinite(value) and abs(value) <= _MOST_NUMBER
    return True


def _json(content: bytes) -> Any:
    try:
        return parse_bounded(content, MOST_OF_A_JOB)
    except ValueError:
        return None


# -- types ------------------------------------------------------------------------------------------------------------


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_mapping(value: Any) -> bool:
    return isinstance(value, dict)


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


def _is_mappings(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_mapping, value))


def _is_step(value: Any) -> bool:
    return value in [*LadderStep]


def _is_time(value: Any) -> bool:
    """Return True for a time with its zone: one without could not be compared with those of other appliances."""
    try:
        return _is_text(value) and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _is_time_or_empty(value: Any) -> bool:
    return value == "" or _is_time(value)


def _row(types: Mapping[str, Check]) -> Check:
    """Return the check of a mapping that has these values and any others."""
    return lambda value: (
        _is_mapping(value) and all(name in value and accepts(value[name]) for name, accepts in types.items())
    )


def _rows(types: Mapping[str, Check]) -> Check:
    accepts = _row(types)
    return lambda value: isinstance(value, list) and all(map(accepts, value))


def _optional(accepts: Check) -> Check:
    return lambda value: value is None or accepts(value)


def _is_verdict(value: Any) -> bool:
    if value in (None, {}):
        return True
    return (
        isinstance(value, dict)
        and value.get("word") in [*VerdictWord]
        and value.get("exit_code") in (0, 1, 2, 3)
        and _is_number(value["exit_code"])
        and all(_is_text(value.get(name)) for name in ("reason", "next_action"))
        and all(_is_texts(value.get(name, [])) for name in ("rests_on", "missing"))
        and are_commands(value.get("next_commands", []))
    )


def _is_appliance(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and all(value.get(name) is None or _is_text(value[name]) for name in ("build", "marker", "customer", "site"))
        and _is_mappings(value.get("nodes", []))
    )


def _is_steps(value: Any) -> bool:
    return _is_mappings(value) and all(
        _is_texts(step.get("lines")) and _is_texts(step.get("inverse", [])) for step in value
    )


def _is_entries(value: Any) -> bool:
    opted_out = _row(OPT_OUT)
    return _rows(ENTRY)(value) and all(opted_out(entry[OPTED_OUT]) for entry in value if OPTED_OUT in entry)


OF_COMMANDS = {COMMANDS, CLOSING_COMMANDS}
"""The lists of a result whose rows become lines that a person pastes: what none of our tasks says is left out."""
OF_A_CUSTOMER = {"closures", "costs"}
"""The lists of a result whose rows are each about a customer."""
# The page of a fleet compares these values of all appliances, so that one of another type would keep the results of all others away.
CLOSURE = {
    **dict.fromkeys(("vserver", "type", "partition", "decision"), _is_text),
    **dict.fromkeys(("since", "expires"), _is_time),
    "until": _is_time_or_empty,
    "step": _is_step,
    "minutes": _is_number,
    "overdue": _is_flag,
}
DEBT = {
    **dict.fromkeys(("measure", "what", "why", "since", "who", "ticket", "reason", "text"), _is_text),
    "planned_fix": _optional(_is_text),
    "overdue_days": _is_number,
}
LAST_RUN = {"at": _is_text, "late": _is_flag, "text": _is_text}
ENTRY = {"id": _is_text, "word": _is_text}
OPT_OUT = dict.fromkeys(("until", "who", "why"), _is_text)
COST = {"vservers": _is_number, **dict.fromkeys(("users", "connections", "sessions"), _optional(_is_number))}
IMPACT = {"reach": _is_text, "other_access": _is_text, "vservers": _is_mappings}
RESULT_TYPES: Mapping[str, Check] = {
    "msg": _is_text,
    "action": _is_text,
    "changed": _is_flag,
    "failed": _is_flag,
    "measure": _optional(_is_text),
    "record": _optional(_is_text),
    "seal": _optional(_is_text),
    "saved": _optional(_is_flag),
    "verdict": _is_verdict,
    "verdict_today": _is_verdict,
    "appliance": _is_appliance,
    "steps": _is_steps,
    "inverse": _is_texts,
    **dict.fromkeys(("proof", "catalogue", "acknowledged"), _optional(_is_mapping)),
    **dict.fromkeys(("notes", "drift", "remarks", "unmatched", "not_agreed", "without_consent", "unread"), _is_texts),
    "vservers": _is_mappings,
    "closures": _rows(CLOSURE),
    "cost": _row(COST),
    "costs": _rows(COST),
    "debt": _optional(_rows(DEBT)),
    **dict.fromkeys(CHANGES.values(), _optional(_is_texts)),
    "entries": _optional(_is_entries),
    **dict.fromkeys(recurring_kinds(), _optional(_row(LAST_RUN))),
    **dict.fromkeys(("conflicts", "neighbours", "corrected", "runs", "unproven", "exposure"), _optional(_is_list)),
}
PLAN_TYPES: Mapping[str, Check] = {
    **dict.fromkeys(("host", "verb", "measure", "seal", "verdict", "marker", "customer", "site", "checksum"), _is_text),
    **dict.fromkeys(("lines", "inverse", "neighbours"), _is_texts),
    "version": _is_number,
    "basis": _is_mapping,
    "nothing_to_do": _is_flag,
    "clock_skew": _optional(_is_number),
    "conflicts": lambda value: (
        _is_mappings(value) and all(_is_text(one.get(name)) for one in value for name in ("kind", "message", "fix"))
    ),
}
OPTIONAL_PLAN_TYPES: Mapping[str, Check] = {
    **dict.fromkeys(("foreseen", "takes_away"), _is_texts),
    "ticket": _is_text,
    "unmatched": _optional(_is_texts),
    **dict.fromkeys(("not_agreed", "stays_open"), _is_texts),
    "without_effect": _is_flag,
    "approvals": _is_mapping,
    CLOCK: _optional(_is_number),
    COPIES: _optional(are_copies),
    UNDOES: _is_texts,
    "impact": _rows(IMPACT),
}
