# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The findings of doctor.yml: a table for people, and values for programs."""

from __future__ import annotations

import json
import textwrap
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...appliance.nitro.appliance import Address
from ...foundation.counted import counted
from ...foundation.folded_names import folded
from ...foundation.foreign_text import printable
from ...foundation.json_values import json_values
from ...foundation.next_action import AGAIN, COMMANDS, advice, are_commands, command_values, of_values
from ...traces.findings.finding import exit_code_words
from ..common.option_files import page_options
from ..pages.fleet_page import FleetPage, FleetReport, FleetRun
from .check_result import ENDS_UNREACHABLE, EXIT_CODES, CheckResult, Severity, code_of_run, exit_code, worst
from .host_variables import divided_pairs, duplicates
from .machine import findings_of_machine

NODES = "netscaler_nodes"
CONTROL_NODE = "control node"
"""What stands in the place of a host for the findings that are about no appliance."""
ENDS_FAILED = 2
"""The exit code of ansible-playbook where a task failed."""
WIDTH = 100
SHOWN_HOSTS = 6
SHOWN_SUBJECTS = 3  # of one host
SHOWN_LINES = 10  # of those that are another one for each appliance
_SHOWN = (Severity.ERROR, Severity.UNREACHABLE, Severity.NOT_CHECKED, Severity.WARNING, Severity.NOTE)
_INDENT = " " * 13


@dataclass(frozen=True)
class _Group:
    """The same finding at several hosts."""

    severity: Severity
    check: str
    what: str
    fix: str


def doctor_lines(findings: Mapping[str, Sequence[CheckResult]], fail_at: int = 2) -> list[str]:
    """Return the table: a row for each finding that is not ok, with the hosts that have it, the most severe first; then the totals.

    :param findings: by host, or CONTROL_NODE
    :param fail_at: the exit code from which the playbook fails
    """
    groups: dict[_Group, dict[str, list[CheckResult]]] = defaultdict(lambda: defaultdict(list))
    for host, own in findings.items():
        for finding in own:
            if finding.severity in _SHOWN:
                group = _Group(finding.severity, finding.check, finding.what, finding.fix)
                groups[group][host].append(finding)
    lines: list[str] = []
    for group in sorted(groups, key=lambda group: (_SHOWN.index(group.severity), group.check, group.what)):
        lines += _row(group, groups[group])
    return [*lines, totals(findings, fail_at)]


def totals(findings: Mapping[str, Sequence[CheckResult]], fail_at: int = 2) -> str:
    """Return the last line: how many appliances are in which state, and the exit code; that of the playbook too where it is another one."""
    appliances = {host: own for host, own in findings.items() if host != CONTROL_NODE}
    states = Counter(worst(own) for own in appliances.values())
    names = {
        Severity.ERROR: "with errors",
        Severity.UNREACHABLE: "unreachable",
        Severity.WARNING: "with warnings",
        Severity.NOT_CHECKED: "not checked completely",
    }
    parts = [f"{states[severity]} {text}" for severity, text in names.items() if states[severity]]
    fine = states[Severity.OK] + states[Severity.NOTE]
    every = [finding for own in findings.values() for finding in own]
    code = code_of_run(every)
    ends = ENDS_UNREACHABLE if code == ENDS_UNREACHABLE else ENDS_FAILED
    of_playbook = ends if exit_code(every) >= fail_at else 0
    codes = exit_code_words(code, of_playbook)
    number = len(appliances)
    counts = ", ".join([f"{fine} ok", *parts])
    control_node = worst(findings.get(CONTROL_NODE, ()))
    return f"{number} appliance{'' if number == 1 else 's'}: {counts}; control node: {control_node}; {codes}"


def doctor_values(findings: Mapping[str, Sequence[CheckResult]]) -> dict[str, dict[str, Any]]:
    """Return the findings as JSON values, by host, each host with its exit code."""
    return {
        host: {
            "exit_code": exit_code(own),
            "findings": json_values(own),
            "msg": state_text(own),
            "problem": _problem(own),
        }
        for host, own in findings.items()
    }


def _problem(findings: Iterable[CheckResult]) -> str:
    """Return the first error, or that it is unreachable, in the form in which the report of other playbooks has a failure; "" where there is none."""
    for finding in findings:
        if finding.severity in (Severity.ERROR, Severity.UNREACHABLE):
            about = f"{finding.about} " if finding.about else ""
            kind = "failed" if finding.severity is Severity.ERROR else "unreachable"
            return printable(f"{kind}: {finding.check}: {about}{finding.what}")
    return ""


def _row(group: _Group, hosts: Mapping[str, Sequence[CheckResult]]) -> Iterator[str]:
    text = f"{_names(hosts)}  {group.check}: {group.what}"
    yield from textwrap.wrap(
        f"{group.severity.upper():<11}  {text}",
        WIDTH,
        subsequent_indent=_INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )
    if group.fix:
        for position, part in enumerate(group.fix.split("; ")):
            yield f"{_INDENT}{'     ' if position else 'fix: '}{part}"
    own_lines = [(host, line) for host, own in hosts.items() for line in dict.fromkeys(one.line for one in own) if line]
    for host, line in own_lines[:SHOWN_LINES]:
        yield f"{_INDENT}{host}: {line}"
    if len(own_lines) > SHOWN_LINES:
        yield f"{_INDENT}and {len(own_lines) - SHOWN_LINES} more: TOURNIQUET_REPORT=FILE writes all of them"


def _names(hosts: Mapping[str, Sequence[CheckResult]]) -> str:
    """Return the names of hosts; numbered ones as ranges, unless something of a host is named beside it."""
    if not any(finding.about for own in hosts.values() for finding in own):
        return folded(sorted(hosts), SHOWN_HOSTS)
    shown = ", ".join(_with_subjects(host, own) for host, own in list(hosts.items())[:SHOWN_HOSTS])
    return shown if len(hosts) <= SHOWN_HOSTS else f"{shown} and {len(hosts) - SHOWN_HOSTS} more"


def _with_subjects(host: str, findings: Iterable[CheckResult]) -> str:
    subjects = [text for text in dict.fromkeys(finding.about for finding in findings) if text]
    more = f" and {len(subjects) - SHOWN_SUBJECTS} more" if len(subjects) > SHOWN_SUBJECTS else ""
    return f"{host} ({', '.join(subjects[:SHOWN_SUBJECTS])}{more})" if subjects else host


def finding_of(values: Mapping[str, Any]) -> CheckResult:
    """Return a finding of its JSON values."""
    text = {name: str(values.get(name, "")) for name in ("check", "what", "about", "line")}
    fix, commands = str(values.get("fix", "")), values.get(COMMANDS, [])
    said = of_values(fix, commands) if commands and are_commands(commands) else fix
    return CheckResult(Severity(str(values["severity"])), fix=said, **text)


def state_text(findings: Sequence[CheckResult]) -> str:
    """Return how many findings of which severity there are, as one line."""
    counts = Counter(finding.severity for finding in findings)
    parts = [f"{counts[severity]} {severity}" for severity in _SHOWN if counts[severity]]
    return ", ".join(parts) or f"ok ({counted(counts[Severity.OK], 'check')})"


def findings_of_appliances(results: Mapping[str, Mapping[str, Any]]) -> dict[str, list[CheckResult]]:
    """Return the findings of all appliances, with those that need more than one of them.

    :param results: by appliance, of the task on it
    """
    addresses = {
        host: [(str(kind), Address(str(name), int(port))) for kind, name, port in result.get("addresses") or ()]
        for host, result in results.items()
    }
    nodes = {host: [address for kind, address in own if kind == NODES] for host, own in addresses.items()}
    others = {host: [str(text) for text in result.get("others") or ()] for host, result in results.items()}
    twice, divided = duplicates(addresses), divided_pairs(nodes, others)
    return {host: [*_own(result), *twice.get(host, ()), *divided.get(host, ())] for host, result in results.items()}


def _own(result: Mapping[str, Any]) -> list[CheckResult]:
    if "findings" in result:
        return [finding_of(values) for values in result["findings"]]
    problem = printable(str(result.get("msg") or "it has no result"))
    return [CheckResult(Severity.NOT_CHECKED, "appliance", problem, "run doctor.yml again with --limit and -vvv")]


def doctor_page(run: FleetRun) -> FleetPage:
    """Return the page: the findings about the machine first, which are the facts of the run."""
    findings = {CONTROL_NODE: run.facts, **findings_of_appliances(run.results)}
    every = [finding for own in findings.values() for finding in own]
    highest = run.options["fail_at"]
    values = doctor_values(findings)
    for host in run.results:
        values[host][COMMANDS] = _commands([*run.facts, *findings[host]])
    return FleetPage(doctor_lines(findings, highest), values, code_of_run(every), exit_code(every) >= highest)


def _commands(findings: Iterable[CheckResult]) -> list[Mapping[str, Any]]:
    """Return the commands that mend what was found at an appliance or on this machine, and the same again, which shows whether that has helped."""
    shown = [one for one in findings if one.severity in _SHOWN]
    found = [command for one in shown for command in command_values(one.fix)]
    again = command_values(advice("look again", check=AGAIN)) if any(EXIT_CODES[one.severity] for one in shown) else []
    return [*{json.dumps(one): one for one in found}.values(), *again]


REPORT = FleetReport(
    "doctor_result",
    page_options("doctor"),
    doctor_page,
    facts=lambda options, _variables: findings_of_machine(options),
    checks_names=False,  # such a name is a finding of the task on each appliance
)
