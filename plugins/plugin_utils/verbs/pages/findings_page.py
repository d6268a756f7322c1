# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The page of a verb that looks for traces: the findings of all appliances, and what could not be looked at. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ...foundation.foreign_text import one_line
from ...foundation.json_values import json_values
from ...foundation.next_action import AGAIN, COMMANDS, MOST_COMMANDS, advice, command_values
from ...traces.findings.appliance_line import appliance_line, code_of_run, lines_of
from ...traces.findings.finding import Examination, ExitCode, must_fail
from .fleet_page import FleetPage, FleetRun

Values = Mapping[str, Any]


def findings_page(
    run: FleetRun, lines: Sequence[str] | None = None, more: Mapping[str, Values] | None = None
) -> FleetPage:
    """Return the page of what was found.

    :param lines: for people, where they are others than those of the findings
    :param more: by appliance, the values that it has besides its findings
    """
    code = int(code_of_run(run.examined, run.not_told))
    return FleetPage(
        lines=finding_lines(run) if lines is None else lines,
        appliances={
            one.appliance: {**_values(one), **(more or {}).get(one.appliance, {}), COMMANDS: _commands(one)}
            for one in run.examined
        },
        exit_code=code,
        must_fail=must_fail(code, run.options["fail_at"]),
        more={"not_told": list(run.not_told)},
    )


def finding_lines(run: FleetRun) -> list[str]:
    """Return the lines of the findings; the totals are the last one."""
    return lines_of(run.examined, run.not_told, run.options["fail_at"])


def some_values(run: FleetRun, names: Sequence[str]) -> dict[str, Values]:
    """Return those values of each result that have one of these names."""
    return {host: {name: result[name] for name in names if name in result} for host, result in run.results.items()}


def _values(examined: Examination) -> dict[str, Any]:
    """Return the values of one appliance, with the problem in the form in which the report of other playbooks has a failure."""
    return {**json_values(examined), "msg": appliance_line(examined), "problem": _problem(examined)}


def _commands(examined: Examination) -> list[Mapping[str, Any]]:
    """Return the commands of what was found and of what was not seen, and the same command again, which shows whether that has helped."""
    if examined.exit_code is ExitCode.NOTHING_FOUND:
        return []
    said = [one.next_step for one in examined.findings if one.decides]
    said += [one.why for one in examined.not_seen if one.is_gap]
    found = [command for text in said for command in command_values(text)]
    unique = {json.dumps(one): one for one in found}
    return [*list(unique.values())[: MOST_COMMANDS - 1], *command_values(advice("look again", check=AGAIN))]


def _problem(examined: Examination) -> str:
    gap = next((one for one in examined.not_seen if one.is_gap), None)
    if gap is None:
        return ""
    return f"unreachable: {one_line(gap.why)}" if examined.is_unreachable else f"failed: incomplete: {gap}"
