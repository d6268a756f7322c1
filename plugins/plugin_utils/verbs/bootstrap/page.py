# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The report of bootstrap.yml: JSON values of one appliance, and the page of the fleet, on which equal plans are shown once. Pure. Nothing has a password."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ...appliance.nitro.connection import Connection
from ...appliance.objects.nsconf_writer import signed
from ...foundation.folded_names import folded
from ...foundation.next_action import AGAIN, COMMANDS, advice, command_values
from ..common.result import Result
from ..pages.result_parts import requests_of
from ..pages.run_results import Collected, Lines, RunResults, TaskResult
from .bootstrap import BootstrapPlan, BootstrapResult

WRITE = "-e write=true"
_WRITE = replace(AGAIN, unsaid=(("write", "true"),))
SAVE = "save ns config"


def bootstrap_result(plan: BootstrapPlan, result: BootstrapResult | None, connection: Connection) -> Result:
    """Return the result of one appliance.

    :param result: None where the plan was not carried out
    """
    lines = [*plan.lines, *([SAVE] if plan.writes else [])]
    state = "nothing to do" if not plan.writes else "done" if result else "planned"
    own = {
        "state": state,
        "user": plan.wanted.name,
        "build": connection.build,
        "lines": lines,
        "inverse": plan.undo,
        "saved": result.saved if result else None,
        "not_covered": result.not_covered if result else connection.missing_nodes,
        "remarks": [*plan.remarks, *(result.remarks if result else [])],
        "requests": requests_of(connection, 0),
        COMMANDS: command_values(advice("-e write=true makes them", _WRITE)) if state == "planned" else [],
    }
    changed = bool(result and (result.done or result.saved))
    return Result(changed=changed, msg=_message(plan, state), own=own, preview=[*map(signed, lines)])


def _message(plan: BootstrapPlan, state: str) -> str:
    """Return the result in one line: each command without its options."""
    short = ", ".join(line.partition(" ALLOW ")[0].partition(" ****")[0] for line in plan.lines)
    user = f"the user {plan.wanted.name}"
    if state == "nothing to do":
        return f"{user}: nothing to do"
    number = len(plan.steps)
    changes = f"{number} change{'' if number == 1 else 's'}" if number else "not saved yet"
    text = f"{user}: {changes}{f' ({short})' if short else ''}"
    return f"{text}, saved, and logged on as it" if state == "done" else f"{text}; {WRITE} makes them"


def take(run: RunResults, task: TaskResult) -> Lines:
    """Take the result of a task: it has no verdict, and a page of its own."""
    run.collected.setdefault("bootstrap", Collected(bootstrap_page)).results[task.host] = task.whole
    run.take(task)
    return ()


def bootstrap_page(results: Mapping[str, Mapping[str, Any]], problems: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines of the page: equal accounts once, then what failed, then the totals.

    :param results: by host, its values; those of a host that failed may be others
    :param problems: of a host that failed or was not reached, the kind and the reason
    """
    groups: dict[tuple[Any, ...], list[str]] = {}
    for host, values in sorted(results.items()):
        if host not in problems:
            key = tuple(tuple(values[name]) for name in ("lines", "inverse", "not_covered", "remarks"))
            groups.setdefault((values["state"], values["user"], *key), []).append(host)
    for (state, user, lines, inverse, not_covered, remarks), hosts in groups.items():
        yield f"{_named(hosts)}   user {user}: {state}"
        yield from (f"  {signed(line)}" for line in lines)
        yield from (f"    {'      ' if index else 'undo: '}{line}" for index, line in enumerate(inverse))
        yield from (f"  NOT COVERED: {text}" for text in not_covered)
        yield from (f"  note: {text}" for text in remarks)
    failed: dict[tuple[str, str], list[str]] = {}
    for host, problem in sorted(problems.items()):
        kind, _colon, reason = problem.partition(": ")
        failed.setdefault((kind, reason.replace(f"--limit {host} ", "").removeprefix(f"{host}: ")), []).append(host)
    for (kind, reason), hosts in failed.items():
        yield f"{_named(hosts)}   {kind.upper()}"
        yield f"    {reason}"
    states = Counter([values["state"] for host, values in results.items() if host not in problems])
    counts = [*(f"{number} {state}" for state, number in states.items())]
    counts += [
        f"{number} {kind}" for kind, number in Counter(text.partition(":")[0] for text in problems.values()).items()
    ]
    number = len(results.keys() | problems.keys())
    hint = f". Nothing was changed: {WRITE} does it" if states["planned"] else ""
    yield f"TOTAL  {number} appliance{'' if number == 1 else 's'}: {', '.join(counts)}{hint}"


def _named(hosts: Sequence[str]) -> str:
    return folded(hosts) + (f" ({len(hosts)} appliances)" if len(hosts) > 1 else "")
