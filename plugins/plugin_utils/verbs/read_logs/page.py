# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a person reads after read_logs.yml: armed text first, one line for each appliance that needs a person, one line for the fleet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...foundation.counted import agreed, counted
from ...foundation.folded_names import folded
from ...foundation.foreign_text import one_line
from ...traces.findings.appliance_line import NAMED, lines_of
from ...traces.findings.finding import Examination, ExitCode
from ..common.option_files import page_options
from ..pages.findings_page import findings_page, some_values
from ..pages.fleet_page import FleetPage, FleetReport, FleetRun

EXTRA = ("armed", "rotations", "notes", "own", "files", "bytes", "requests")
"""The values of an appliance besides its findings."""
MOST_NOTES = 5
MOST_NODES = 2
"""Nodes that a line names; more are counted, and each finding has its own."""


def read_logs_lines(
    examined: Sequence[Examination],
    results: Mapping[str, Mapping[str, Any]],
    not_told: Sequence[str] = (),
    fail_at: int | None = None,
) -> list[str]:
    """Return all lines for a fleet.

    :param results: the values of each appliance
    :param not_told: the problems with alerts, as sentences
    :param fail_at: see :func:`lines_of`
    """
    armed = _armed_lines({one.appliance: results[one.appliance].get("armed", ()) for one in examined})
    lines = lines_of(examined, not_told, fail_at)
    if not not_told and all(one.exit_code is ExitCode.NOTHING_FOUND for one in examined):
        return [f"{lines[-1]}; {_cost(results.values())}"]
    notes = [line for one in examined for line in _notes(one.appliance, results[one.appliance])]
    return [*armed, *lines[:-1], *notes, f"{lines[-1]}; {_cost(results.values())}"]


def _armed_lines(armed: Mapping[str, Iterable[Mapping[str, Any]]]) -> list[str]:
    """Return a line for the appliances that have armed text in the same logs: an attacker sends it to a whole fleet.

    :param armed: by appliance, the findings of armed text
    """
    groups: dict[tuple[str, ...], dict[str, list[str]]] = {}
    for host, findings in armed.items():
        every = list(findings)
        logs = tuple(sorted({str(one["where"]) for one in every}))
        if every:
            groups.setdefault(logs, {})[host] = list(dict.fromkeys(str(one["node"]) for one in every))
    return [
        f"{one_line(folded(hosts, NAMED))}: ARMED TEXT in {one_line(', '.join(logs))} of {_nodes(hosts)}: an unfixed appliance "
        f"runs it within a day. Disarm it first: docs/how-to/read-logs.md"
        for logs, hosts in groups.items()
    ]


def _nodes(hosts: Mapping[str, Sequence[str]]) -> str:
    nodes = [node for own in hosts.values() for node in own]
    return one_line(", ".join(nodes)) if len(nodes) <= MOST_NODES else f"{len(nodes)} nodes"


def _notes(host: str, values: Mapping[str, Any]) -> Iterable[str]:
    notes = [*values.get("notes", ())]
    rotations = values.get("rotations", {})
    if rotations:
        notes.append(
            "rotated since the last run: "
            + ", ".join(f"{name} {counted(count, 'time')}" for name, count in sorted(rotations.items()))
        )
    for note in notes[:MOST_NOTES]:
        yield f"  {one_line(host)}: {one_line(str(note))}"


def _cost(results: Iterable[Mapping[str, Any]]) -> str:
    every = list(results)
    total = {name: sum(int(one.get(name, 0)) for one in every) for name in ("own", "files", "bytes", "requests")}
    lines = sum(int(one.get("looked_at", {}).get("new lines", 0)) for one in every)
    asked = ", ".join(
        f"{total[f'{noun}s']} {agreed(total[f'{noun}s'], noun, f'{noun}s')}" for noun in ("request", "file")
    )
    return f"{lines} {agreed(lines, 'new line', 'new lines')}, {total['own']} of them ours; {asked}, {counted(total['bytes'], 'byte')}"


def _page(run: FleetRun) -> FleetPage:
    return findings_page(
        run, read_logs_lines(run.examined, run.results, run.not_told, run.options["fail_at"]), some_values(run, EXTRA)
    )


REPORT = FleetReport("read_logs_result", page_options("read_logs"), _page)
