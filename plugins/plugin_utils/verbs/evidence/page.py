# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What people and programs see of the evidence of an appliance and of a fleet. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...foundation.counted import counted
from ...foundation.folded_names import folded
from ...foundation.foreign_text import one_line
from ...foundation.json_values import json_values
from ...foundation.next_action import AGAIN, COMMANDS, advice, command_values
from ...traces.evidence.collect import Preview, Taken
from ...traces.evidence.manifest import Missing, NodeFacts
from ...traces.evidence.sources import FOOTPRINTS, Part
from ...traces.findings.finding import code_of_playbook, exit_code_words, must_fail
from ..common.option_files import page_options
from ..pages.fleet_page import FleetPage, FleetReport, FleetRun

WHOLE, INCOMPLETE, UNREACHABLE = 0, 2, 4
SHOWN = 20
"""The most gaps of one appliance that people see; all are in the manifest."""
NAMED = 8
"""The most appliances of a group that people see by name."""
WRONG_CLOCK = 60.0
"""Seconds of difference between two clocks that a person is told of."""
NEXT = advice(
    "take what is missing by another way, or let a named person waive it, before anything is rebooted, upgraded or cleaned",
    check=AGAIN,
)


def taken_values(taken: Taken) -> dict[str, Any]:
    """Return the end of a run as JSON values."""
    manifest = taken.manifest
    return {
        "bundle": str(taken.directory),
        "manifest_sha256": taken.sha256,
        "files": len(manifest.items),
        "bytes": sum(item.size for item in manifest.items),
        "footprint": json_values(manifest.footprint),
        "requests": taken.requests,
        **_values(manifest.nodes, manifest.missing),
    }


def preview_values(preview: Preview, parts: Sequence[Part]) -> dict[str, Any]:
    """Return what would be taken as JSON values."""
    return {
        "bundle": "",
        "manifest_sha256": "",
        "files": preview.files,
        "bytes": preview.bytes,
        "footprint": [{"node": "each node", "at": "", "what": FOOTPRINTS[part]} for part in parts],
        "requests": preview.requests,
        **_values(preview.nodes, preview.missing),
    }


def failed_values(problem: str, *, is_unreachable: bool = False) -> dict[str, Any]:
    """Return the values of an appliance of which nothing was taken."""
    missing = (Missing("", "", "the appliance", problem),)
    nothing = {"bundle": "", "manifest_sha256": "", "files": 0, "bytes": 0, "footprint": [], "requests": 0}
    return {**nothing, **_values((), missing), "not_reached": is_unreachable}


def _values(nodes: Sequence[NodeFacts], missing: Sequence[Missing]) -> dict[str, Any]:
    gaps = [one_line(str(one)) for one in missing if one.is_gap]
    return {
        "nodes": json_values(nodes),
        "gaps": gaps,
        "to_allow": [*dict.fromkeys(one.allowed_with for one in missing if one.is_gap and one.allowed_with)],
        "left_out": [one_line(str(one)) for one in missing if not one.is_gap],
        "exit_code": INCOMPLETE if gaps else WHOLE,
        "not_reached": False,
    }


def evidence_line(appliance: str, values: Mapping[str, Any]) -> str:
    """Return the one line of an appliance: what there is, where, and the first thing that is missing."""
    name, gaps = one_line(appliance), list(values["gaps"])
    more = f" and {len(gaps) - 1} more" if len(gaps) > 1 else ""
    if values["not_reached"]:
        return f"{name}: UNREACHABLE: {str(gaps[0]).removeprefix('the appliance: ')}"
    incomplete = f"INCOMPLETE: {gaps[0]}{more}" if gaps else ""
    if not values["nodes"]:
        return f"{name}: {incomplete or 'nothing was taken'}"
    what = f"{counted(len(values['nodes']), 'node')}, {counted(values['files'], 'file')}, {counted(values['bytes'], 'byte')}"
    where = f" in {values['bundle']}" if values["bundle"] else " would be taken"
    return f"{name}: {what}{where}" + (f"; {incomplete}" if gaps else "")


def evidence_page(run: FleetRun) -> FleetPage:
    """Return the exit code of a run, the values of each appliance, and the lines for people: those of incomplete appliances first."""
    every = {
        name: values
        if "gaps" in values
        else failed_values(
            _without(name, str(values.get("msg") or "it has no result")),
            is_unreachable=bool(values.get("unreachable")),
        )
        for name, values in run.results.items()
    }
    incomplete = {name: values for name, values in every.items() if values["gaps"]}
    lines = [evidence_line(name, values) for name, values in incomplete.items()]
    lines += _clocks(every)
    for names, gaps in _alike({name: values for name, values in incomplete.items() if len(values["gaps"]) > 1}):
        lines += _details(names, gaps)
    lines += ["", f"next: {NEXT}"] if incomplete else []
    planned = any(values["nodes"] and not values["bundle"] for values in every.values())
    if planned:
        told = dict.fromkeys(one["what"] for values in every.values() for one in values["footprint"])
        lines += ["", "What it leaves on each node:", *(f"  {what}" for what in told)]
    code = max((int(values["exit_code"]) for values in every.values()), default=INCOMPLETE)
    if incomplete and all(values["not_reached"] for values in incomplete.values()):
        code = UNREACHABLE
    return FleetPage(
        [
            *lines,
            _totals(every, exit_code_words(code, code_of_playbook(code, run.options["fail_at"])), planned=planned),
        ],
        {name: _with_problem(name, values) for name, values in every.items()},
        code,
        must_fail(code, run.options["fail_at"]),
    )


def _with_problem(name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of one appliance, with the problem in the form in which the report of other playbooks has a failure."""
    problem = f"failed: incomplete: {values['gaps'][0]}" if values["gaps"] else ""
    if values["not_reached"]:
        problem = f"unreachable: {str(values['gaps'][0]).removeprefix('the appliance: ')}"
    asked = tuple(values.get("to_allow", ()))
    commands = command_values(advice(NEXT, check=replace(AGAIN, asks=asked))) if values["gaps"] else []
    return {**values, "msg": evidence_line(name, values), "problem": problem, COMMANDS: commands}


def _alike(incomplete: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[list[str], list[str]]]:
    """Yield the names of appliances that lack the same, and what they lack; without the nodes where there are several."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for name, values in incomplete.items():
        nodes = [f"{one_line(str(node['node']))}: " for node in values["nodes"]]
        gaps = dict.fromkeys(_without_node(gap, nodes) for gap in values["gaps"])
        groups.setdefault(tuple(gaps), []).append(name)
    for alike, names in groups.items():
        yield names, list(incomplete[names[0]]["gaps"] if len(names) == 1 else alike)


def _without_node(gap: str, nodes: Sequence[str]) -> str:
    return next((gap.removeprefix(node) for node in nodes if gap.startswith(node)), gap)


def _details(names: Sequence[str], gaps: Sequence[str]) -> Iterator[str]:
    yield ""
    yield f"{folded(map(one_line, names), NAMED)}:"
    for gap in gaps[:SHOWN]:
        yield f"  not taken: {gap}"
    if len(gaps) > SHOWN:
        yield f"  and {len(gaps) - SHOWN} more, in the manifest"


def _clocks(every: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return a line on the clocks that are wrong; none where all are right."""
    wrong = [(name, str(node["node"]), node["ahead"]) for name, values in every.items() for node in values["nodes"]]
    wrong = [(name, node, ahead) for name, node, ahead in wrong if ahead is not None and abs(ahead) > WRONG_CLOCK]
    if not wrong:
        return []
    name, node, most = max(wrong, key=lambda one: abs(one[2]))
    text = f"{node} of {one_line(name)} is {abs(most):,.0f} s {'ahead of' if most > 0 else 'behind'} ours"
    appliances = len({name for name, _node, _ahead in wrong})
    if len(wrong) == 1:
        return [f"the clock of {text}; the manifest has it"]
    where = f"{counted(len(wrong), 'node')} of {counted(appliances, 'appliance')}"
    return [
        f"the clocks of {where} differ from ours by more than {WRONG_CLOCK:.0f} s, the most: {text}; the manifests have each"
    ]


def _totals(every: Mapping[str, Mapping[str, Any]], code: str, *, planned: bool) -> str:
    whole = sum(values["exit_code"] == WHOLE for values in every.values())
    unreachable = sum(bool(values["not_reached"]) for values in every.values())
    incomplete = len(every) - whole - unreachable
    size = sum(values["bytes"] for values in every.values())
    files = sum(values["files"] for values in every.values())
    places = dict.fromkeys(str(Path(values["bundle"]).parents[1]) for values in every.values() if values["bundle"])
    where = f" in {', '.join(places)}" if places else ""
    parts = [f"{whole} {'can be taken' if planned else 'whole and sealed'}"] if whole else []
    parts += [f"{incomplete} incomplete"] if incomplete else []
    parts += [f"{unreachable} unreachable"] if unreachable else []
    sum_ = f"; {counted(files, 'file')}, {counted(size, 'byte')}{where}" if files else ""
    nothing = "; nothing was taken, and nothing was changed" if planned else ""
    return f"{counted(len(every), 'appliance')}: {', '.join(parts) or 'nothing was taken'}{sum_}{nothing}; {code}"


def _without(name: str, text: str) -> str:
    return text.removeprefix(f"{name}: ")


REPORT = FleetReport("evidence_result", page_options("evidence"), evidence_page)
"""Nobody is told: a gap of the evidence is for the person who takes it."""
