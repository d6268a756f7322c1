# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What has to be said, and may not be said, of runs: in the audit, of hunts, of contradictions, of what no run covers, and of the next command."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from tests.nights.claims import rows_with
from tests.nights.held import Held
from tests.nights.night import Action

_ALIKE = ("apply", "verify", "plan", "hunt", "alarm", "wait", "attack", "upgrade", "failover")
"""Actions that leave nothing that contradicts itself, where one control node carries them out; an undo before the fix is told beside what does."""
_QUIET = ("mitigated", "mitigated, not managed by us", "fixed", "not affected", "enforcing", "closed")
"""Verdicts of what works."""


def unsaid_of_runs(held: Held) -> Iterator[str]:
    """Yield what is not true, or left out."""
    for appliance in held.night.appliances:
        yield from _audit(held, appliance)
        yield from _contradictions(held, appliance)
        yield from _hunt(held, appliance)
        yield from _not_covered(held, appliance)
    for run in (held.found.status, held.found.catalogue):
        yield from _commands(run.results)


def _audit(held: Held, appliance: str) -> Iterator[str]:
    """Each run of this control node that left a record is in the audit, with the partition it was in."""
    audit = held.found.audits[appliance]
    if "runs" not in audit:  # it was not read, and says so
        return
    named = {run["run"] for run in audit["runs"]}
    for number, action in enumerate(held.actions):
        is_here = action.ours and (action.appliance, action.by) == (appliance, held.found.by)
        if is_here and f"run{number:02}" not in named:
            yield f"the audit of {appliance} leaves out action {number}: {action}"
    if any("in partition default" in line for line in audit["report"]):
        yield f"the audit of {appliance} calls what is in no partition one in partition default"


def _contradictions(held: Held, appliance: str) -> Iterator[str]:
    own = [one for one in held.actions if one.appliance == appliance]
    if any(one.by != held.found.by or one.name not in _ALIKE for one in own):
        return
    for answer in held.found.ledger["appliances"][appliance]["answers"]:
        for row in answer["rows"]:
            if row["conflicts"]:
                yield f"nothing contradicts itself at {appliance}, and the ledger says {row['conflicts'][0]}"


def _not_covered(held: Held, appliance: str) -> Iterator[str]:
    """A management address at which an attack passes is in the audit, and among the decisions that are open; one that policies judge is in the verdict."""
    if not held.managed(appliance) or not held.is_read(appliance):
        return
    if held.night.world.is_covered_at_the_start(appliance):
        yield from _judged(held, appliance)
        return
    audit = held.found.audits[appliance]
    own = (one for one in held.actions if (one.appliance, one.by) == (appliance, held.found.by))
    has_applied = "runs" in audit and any(one.name == "apply" and one.ours for one in own)
    if has_applied and not audit["not_covered"]:
        yield f"it passes at a management address of {appliance}, and its audit does not say it"
    for run in (held.found.status, held.found.catalogue):
        verdict = run.results[appliance].get("verdict")
        if verdict and not any(  # of many appliances of a customer four are named, and the number of the others
            row["what"].startswith("not covered") and (appliance in row["host"] or " more" in row["host"])
            for row in run.decisions[""]
        ):
            yield f"it passes at a management address of {appliance}, and no decision that is open says it"


def _judged(held: Held, appliance: str) -> Iterator[str]:
    """What passes at a management address that policies judge passes our policy: the verdict is not the one of what works."""
    for run in (held.found.status, held.found.catalogue):
        word = (run.results[appliance].get("verdict") or {}).get("verdict", "")
        if word in _QUIET:
            yield f"it passes at a management address of {appliance}, and its verdict is {word}"


def _hunt(held: Held, appliance: str) -> Iterator[str]:
    """Each view of a hunt says what the hunt found, and the hunt says what is there."""
    hunts = [one for one in held.actions if (one.name, one.appliance, one.by) == ("hunt", appliance, held.found.by)]
    if not hunts:
        return
    found = " compromise" in hunts[-1].said
    verdict = held.found.catalogue.results[appliance].get("verdict") or {}
    told = "found a compromise" in str(verdict.get("reason"))
    if verdict and told is not found:
        yield f"the hunt at {appliance} says {hunts[-1].said}, and the status of the catalogue {verdict['reason']}"
    if held.actions[-1] is hunts[-1]:
        yield from _of_the_hunt(held, hunts[-1])


def _of_the_hunt(held: Held, hunt: Action) -> Iterator[str]:
    left = {one.left for one in held.night.world.break_ins if one.place.appliance == hunt.appliance}
    there = any(path in node.files for path in left for node in held.night.world.running(hunt.appliance).nodes)
    if " compromise" in hunt.said and not there:
        yield f"no file of an attacker is at {hunt.appliance}, and the hunt says {hunt.said}"
    if "INCOMPLETE" in hunt.said and held.is_read(hunt.appliance):
        if not _are_answered_by_policies(held, hunt.appliance):
            yield f"all of {hunt.appliance} can be read, and the hunt says {hunt.said}"
        elif "such as that of a policy that judges management traffic" not in hunt.said:
            yield f"a policy at {hunt.appliance} answers the hunt, which says {hunt.said}"


def _are_answered_by_policies(held: Held, appliance: str) -> bool:
    """Return whether a policy answered reads of the last action: one with the path that its rule looks for, at a node where it judges management traffic."""
    nodes = held.night.world.running(appliance).nodes
    return any(
        one.appliance == appliance
        and one.method == "GET"
        and one.status in (403, 404)  # what our rule answers, and that of an entry that somebody has edited
        and "/vpns" in unquote(one.target)
        and nodes[one.node].skip_systemaccess_policyeval == 0
        for one in held.night.journal[-1].requests
    )


def _commands(value: Any) -> Iterator[str]:
    """Where what to do next begins with a playbook, the first command is that one."""
    for one in rows_with(value, "next_action", "next_commands"):
        action, commands = one["next_action"], one["next_commands"]
        named = re.match(r"[a-z_]+\.yml", str(action or ""))
        if named and commands is not None and (not commands or commands[0]["playbook"] != named[0]):
            yield f"next is {action}, and the first command {commands[0]['playbook'] if commands else 'none'}"
