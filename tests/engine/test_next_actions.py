# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""No next action leads in a circle: each is followed once, as it is worded, and the verdict is another one then."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.acknowledgement import Acknowledgement
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import Mode
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import Probes
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.next_action import Command
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.verdict_table import Verdict
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.deployment import Deployment
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.per_partition import (
    PartitionedDeployment,
)

from simulator import Simulator
from tests.stage.fleet import fleet_file
from tests.stage.memory import Stage

TODAY = date(2026, 11, 25)
NAME = "tq_cve_2019_19781"


def verdict_of(stage: Stage, *, probes: str = "none", as_of: date | None = None, **options: Any) -> Verdict:
    parameters = stage.parameters(probes=Probes(probes), **options)
    parameters = parameters if as_of is None else replace(parameters, as_of=as_of)
    with Connection(stage.appliance) as connection:
        return PartitionedDeployment(connection, parameters).status().verdict


def by_hand(stage: Stage, method: str, path: str, **row: Any) -> None:
    with Connection(stage.appliance) as connection:
        connection.primary.write(method, path, {path.partition("?")[0]: row})


def save(stage: Stage) -> None:
    by_hand(stage, "POST", "nsconfig?action=save")


def set_as_told(stage: Stage, action: str) -> dict[str, Any]:
    """Put the line that a next action names into the host_vars; return what is not a variable of the appliance as options."""
    found = re.search(rf"in host_vars of {stage.name}: `(.+?)`", action)
    assert found, action
    ((variable, value),) = yaml.safe_load(found[1]).items()
    if variable.startswith("netscaler_"):
        stage.variables[variable.removeprefix("netscaler_")] = value
        return {}
    return {variable.removeprefix("measure_"): value}


# -- how each verdict comes about ---------------------------------------------------------------------------------------


def nothing(_stage: Stage) -> None:
    """The appliance is as it was."""


def applied(stage: Stage) -> None:
    stage.apply()


def applied_silently(stage: Stage) -> None:
    stage.variables["probe"] = False
    stage.apply()


def applied_without_consent(stage: Stage) -> None:
    stage.variables["vips"] = None
    stage.apply()


def edited(stage: Stage) -> None:
    stage.apply()
    by_hand(stage, "PUT", "responderpolicy", name=NAME, rule="FALSE")
    save(stage)


def older(stage: Stage) -> None:
    stage.apply(version=1)


def renamed_host(stage: Stage) -> None:
    """The inventory has another name for the host, and so another marker and another directory of records."""
    stage.apply()
    stage.run = "later"
    stage.variables["marker"] = "other"
    stage.records = stage.records / "renamed"


def asked_for(stage: Stage) -> None:
    stage.apply()
    stage.variables["marker"] = "other"


def beside_others(stage: Stage) -> None:
    by_hand(stage, "POST", "lbvserver", name="theirs", servicetype="HTTP")
    stage.apply(unsaved="apply_without_save")


def asleep(stage: Stage) -> None:
    """Policies of others that wake up with the feature, one of which was accepted before the other came."""
    for number, name in enumerate(("theirs", "older"), 50):
        by_hand(stage, "POST", "responderpolicy", name=name, rule="FALSE", action="RESET")
        row = {"policyname": name, "priority": str(number), "gotopriorityexpression": "END", "type": "REQ_DEFAULT"}
        by_hand(stage, "PUT", "responderglobal_responderpolicy_binding", **row)
    save(stage)


def accept_and_apply(stage: Stage, action: str) -> None:
    assert set_as_told(stage, action) == {"accept_sleeping_policies": ["theirs", "older"]}
    with pytest.raises(Refused, match="older"):
        stage.apply(accept_sleeping_policies=("theirs",))
    with Connection(stage.appliance) as connection:
        plan = Deployment(connection, stage.parameters(accept_sleeping_policies=("theirs",))).plan()
    assert set_as_told(stage, plan.verdict.next_action) == {"accept_sleeping_policies": ["theirs", "older"]}
    stage.apply(accept_sleeping_policies=("theirs", "older"))


def upgraded(stage: Stage) -> None:
    stage.apply()
    stage.simulator.appliance(stage.name).upgrade("13.0 47.24")


# -- what the next actions say ------------------------------------------------------------------------------------------


def apply(stage: Stage, _action: str) -> None:
    stage.run = "next"
    stage.apply()


def change_and_verify(stage: Stage, action: str) -> None:
    set_as_told(stage, action)


def change_and_apply(stage: Stage, action: str) -> None:
    stage.run = "next"
    stage.apply(**set_as_told(stage, action))


def save_and_acknowledge(stage: Stage, action: str) -> None:
    """Follow what is said where no VIP may ever be probed: save it, then acknowledge it."""
    stage.run = "next"
    assert set_as_told(stage, action.partition("; or ")[2]) == {"save": "always"}
    stage.apply(save="always")
    saved = verdict_of(stage)
    assert (saved.word, saved.exit_code) == ("applied, unproven", 1)
    assert saved.next_action.endswith("; or acknowledge it (tourniquet_acknowledgements)")
    given = Acknowledgement("J. Jansen", "no probes here", date(2030, 1, 1), saved.word)
    green = verdict_of(stage, acknowledgements=(given,))
    assert (green.word, green.exit_code, green.acknowledged) == ("applied, unproven", 0, given)


def roll_back(stage: Stage, _action: str) -> None:
    stage.run = "next"
    stage.rollback(why="after_fix", accept_exposure=False)


def upgrade(stage: Stage, action: str) -> None:
    found = re.search(r"upgrade to (\S+ \S+)", action)
    assert found, action
    stage.simulator.appliance(stage.name).upgrade(found[1])


class Step(NamedTuple):
    """How a verdict comes about, the verdict with its next action, how it is followed, and the verdict after it."""

    prepare: Callable[[Stage], None]
    word: str
    action: str
    follow: Callable[[Stage, str], None]
    then: str
    as_of: date | None = None


STEPS = {
    "exposed": Step(nothing, "exposed", "apply.yml", apply, "mitigated"),
    "drifted": Step(edited, "drifted", "find out who changed it, then apply.yml", apply, "mitigated"),
    "an older version": Step(older, "superseded", "apply.yml", apply, "mitigated"),
    "a change that was asked for": Step(asked_for, "superseded", "apply.yml", apply, "mitigated"),
    "a host that was renamed": Step(renamed_host, "superseded", "apply.yml", apply, "mitigated"),
    "no probes": Step(
        applied_silently, "applied, unproven", "`netscaler_probe: true`, then verify.yml", change_and_verify,
        "applied, not saved",
    ),
    "no probes, for good": Step(
        applied_silently, "applied, unproven", "`save: always`, then apply.yml", save_and_acknowledge,
        "applied, unproven",
    ),
    "no consent": Step(
        applied_without_consent, "partly", "`netscaler_probe_networks: [", change_and_verify, "applied, not saved"
    ),
    "changes of others": Step(
        beside_others, "applied, not saved", "have the changes of others saved or undone, or in host_vars of",
        change_and_apply, "mitigated",
    ),
    "policies of others that would wake up": Step(
        asleep, "exposed",
        "look at these policies, then accept them by name, in host_vars of box-10: `accept_sleeping_policies: ",
        accept_and_apply, "mitigated",
    ),
    "a build with the fix": Step(upgraded, "fixed, mitigation left behind", "retire.yml", roll_back, "fixed"),
    "mitigated": Step(
        applied, "mitigated", "upgrade to 13.0 47.24", upgrade, "fixed, mitigation left behind", date(2020, 2, 1)
    ),
    "reduces exposure": Step(
        applied, "reduces exposure", "upgrade to ", upgrade, "fixed, mitigation left behind", TODAY
    ),
}  # fmt: skip
"""Verdicts that a person must act on outside, such as "blocked, unexplained", name no playbook; tests/engine/test_lockdown.py has "closed"."""


FLEET = fleet_file(
    {
        f"{kind}-{number}": {
            "build": "13.0 47.22",
            "nodes": [f"127.0.{net}.{number}:0"],
            "features": ["LB", "SSL", "SSLVPN"],
            "vservers": [{"type": "vpn", "name": "gw", "address": f"127.0.{net + 1}.{number}:0", "protocol": "SSL"}],
        }
        for kind, net in (("box", 5), ("chain", 7))
        for number in range(1, len(STEPS) + 1)
    }
)


@pytest.mark.parametrize("name", STEPS)
def test_the_next_action_leads_to_another_verdict(simulator: Simulator, tmp_path: Path, name: str) -> None:
    step = STEPS[name]
    stage = Stage(simulator, tmp_path, f"box-{list(STEPS).index(name) + 1}")
    step.prepare(stage)
    before = verdict_of(stage, as_of=step.as_of)
    assert before.word == step.word, before.reason
    assert step.action in before.next_action
    step.follow(stage, before.next_action)
    after = verdict_of(stage, probes="few", as_of=step.as_of)
    assert after.word == step.then, after
    assert (after.word, after.next_action) != (before.word, before.next_action)


MOST = 6
"""Next actions after each other; the longest chain has three."""


def carry_out(stage: Stage, command: Command, number: int) -> None:
    """Give the command of a next action as it is, by its values."""
    stage.run = f"next-{number}"
    match command.verb:
        case "apply":
            given = {"mode": Mode(command.values["mitigation_mode"])} if "mitigation_mode" in command.values else {}
            stage.apply(**given)
        case "verify":
            verdict_of(stage, probes="few")
        case "retire":
            stage.rollback(why="after_fix", accept_exposure=False)
        case _:
            pytest.fail(f"nothing here carries out {command}")


@pytest.mark.parametrize("name", STEPS)
def test_the_commands_of_next_actions_lead_to_an_end(simulator: Simulator, tmp_path: Path, name: str) -> None:
    """Each command is followed until nothing is left to be done, or a person has to do something first. None comes back."""
    stage = Stage(simulator, tmp_path, f"chain-{list(STEPS).index(name) + 1}")
    STEPS[name].prepare(stage)
    seen: list[tuple[str, str]] = []
    while True:
        verdict = verdict_of(stage, as_of=STEPS[name].as_of)
        assert (verdict.word, verdict.next_action) not in seen, seen
        seen.append((verdict.word, verdict.next_action))
        assert len(seen) <= MOST
        first = verdict.next_action.pieces[0]
        if not isinstance(first, Command):
            break
        carry_out(stage, first, len(seen))
    assert verdict.next_action.lines or verdict.next_action == "none", "what a person does is checked by a line"
