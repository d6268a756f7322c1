# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A plan foresees how apply will end, with the setting that avoids it: each case is planned, and then applied."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution import secondary
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import TourniquetError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.verdicts.foresight import Effect
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.deployment import Result
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.per_partition import (
    PartitionedDeployment,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.partition_report import (
    measure_result,
)

from simulator import Simulator
from simulator.configuration.command_line import words
from tests.stage.fleet import fleet_file
from tests.stage.memory import Stage

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "least-privilege.md").read_text(encoding="utf-8")
(LINE,) = re.findall(r"^add system cmdPolicy tourniquet .*$", PAGE, re.MULTILINE)
RIGHTS = words(LINE)[5].text
"""The command policy of docs/how-to/least-privilege.md, (...)|(...)|...."""
USER, PASSWORD = "operator1", "n1ght-Shift-7Q"
GATEWAY = {"type": "vpn", "name": "gw", "protocol": "SSL"}


def rights(part: str, instead: str = "") -> str:
    """Return the command policy with another part in the place of one."""
    assert part in RIGHTS
    return RIGHTS.replace(part, instead)


POLICIES = {
    "all": RIGHTS,
    "hidden": rights("|system user|system group|system cmdPolicy"),
    "no save": rights("(save|show) ns config", "show ns config"),
    "no lock": rights("(add|rm|show) system file tourniquet_", "show system file tourniquet_"),
    "no hits": rights("(show|stat) responder policy", "show responder policy"),
    "no binding": rights("|(^(bind|unbind) responder global tq_)"),
    "no undo": rights("(add|rm) audit", "add audit").replace("(add|rm|set) (responder", "(add|set) (responder"),
    "in a group": RIGHTS,
}


class Case(NamedTuple):
    """A box, what is asked there, and what the plan foresees: effect, reason, setting, and whether the rollout would stop."""

    box: str
    variables: dict[str, Any]
    options: dict[str, Any]
    effect: str
    reason: str
    setting: str
    holds: bool


CASES = {
    "netscaler_probe is false": Case(
        "silent", {"probe": False}, {}, "unproven", "netscaler_probe is false",
        "in host_vars of silent: `netscaler_probe: true`", True,
    ),
    "saved all the same": Case(
        "saved", {"probe": False}, {"save": "always"}, "unproven", "netscaler_probe is false",
        "in host_vars of saved: `save: always`", False,
    ),
    "probes is none": Case(
        "none", {}, {"probes": "none"}, "unproven", "probes is none", "leave out probes: none", True
    ),
    "no VIP": Case("empty", {"vips": []}, {}, "unproven", "no VIP is known", "netscaler_vips: [{name: gw,", True),
    "no consent": Case(
        "foreign", {"vips": None}, {}, "unproven", "only the appliance names the address",
        'in host_vars of foreign: `netscaler_probe_networks: ["127.', True,
    ),
    "one VIP without consent": Case(
        "half", {}, {}, "partly", "other (127.", "netscaler_vips: without probe: false for other", True
    ),
    "save is never": Case("never", {}, {"save": "never"}, "unsaved", "save is never", "leave out save: never", False),
    "unsaved changes of others": Case(
        "unsaved", {}, {"unsaved": "apply_without_save"}, "unsaved", "unsaved is apply_without_save",
        "in host_vars of unsaved: `unsaved: save_first`", False,
    ),
    "propagation is off": Case("deaf", {}, {}, "partly", "HA propagation is DISABLED", "repair the pair", True),
    "the other node is not named": Case(
        "single", {}, {}, "partly", "is not named in netscaler_nodes", "name both nodes in netscaler_nodes", True
    ),
    "no save": Case("no save", {}, {}, "unsaved", "the right to save ns config", "docs/how-to/least-privilege.md", True),
    "no lock": Case(
        "no lock", {}, {}, "refused", "the right to add system file, rm system file", "`lock: false`", True
    ),
    "no hits": Case("no hits", {}, {}, "unproven", "the right to stat responder policy", "least-privilege", True),
    "no binding": Case(
        "no binding", {}, {}, "refused", "the steps and their undo need the right to bind responder global, unbind responder global", "least-privilege", True
    ),
}  # fmt: skip


def administrator(policy: str, *, in_group: bool = False) -> dict[str, Any]:
    """A user with one command policy."""
    binding = {"policyname": "p", "priority": 100}
    configuration: dict[str, Any] = {"systemcmdpolicy": [{"policyname": "p", "action": "ALLOW", "cmdspec": policy}]}
    if in_group:
        configuration["systemgroup"] = [{"groupname": "g"}]
        configuration["systemgroup_systemuser_binding"] = [{"groupname": "g", "username": USER}]
        configuration["systemgroup_systemcmdpolicy_binding"] = [{"groupname": "g", **binding}]
    else:
        configuration["systemuser_systemcmdpolicy_binding"] = [{"username": USER, **binding}]
    return configuration


def fleet() -> dict[str, Any]:
    names = [*{case.box: None for case in CASES.values()}, "all", "hidden", "in a group", "no undo", "fixed"]
    boxes: dict[str, Any] = {}
    for number, name in enumerate(dict.fromkeys(names), 1):
        host = f"127.0.7.{number}"
        nodes = [f"{host}:0"] * (2 if name in ("deaf", "single") else 1)
        vservers = [{**GATEWAY, "address": f"127.0.8.{number}:0"}]
        if name == "half":
            vservers.append({**GATEWAY, "name": "other", "address": f"127.0.9.{number}:0"})
        boxes[name] = {
            "build": "13.0 47.24" if name == "fixed" else "13.0 47.22",
            "nodes": nodes,
            "features": ["LB", "SSL", "SSLVPN"],
            "vservers": vservers,
        }
        if name in POLICIES:
            boxes[name]["users"] = {"nsroot": "nsroot", USER: PASSWORD}
            boxes[name]["configuration"] = administrator(POLICIES[name], in_group=name == "in a group")
    return fleet_file(boxes)


FLEET = fleet()


@pytest.fixture
def stage(simulator: Simulator, tmp_path: Path) -> Any:
    def open_one(name: str, **variables: Any) -> Stage:
        stage = Stage(simulator, tmp_path, name)
        if name in POLICIES:
            stage.variables |= {"user": USER, "password": PASSWORD}
        if name == "single":
            stage.variables["nodes"] = stage.variables["nodes"][:1]
        if name == "half":
            stage.variables["vips"][1]["probe"] = False
        stage.variables |= variables
        return stage

    return open_one


def planned(stage: Stage, **options: Any) -> tuple[Result, dict[str, Any]]:
    """Return the plan, and its values."""
    with Connection(stage.appliance) as connection:
        result = PartitionedDeployment(connection, stage.parameters(**options)).plan(with_rights=True)
        return result.partitions["default"], measure_result(result, connection).values()


@pytest.mark.parametrize("name", CASES)
def test_what_is_foreseen_comes_true(
    stage: Any, simulator: Simulator, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secondary, "SYNC_PATIENCE", 0.5)
    case = CASES[name]
    one: Stage = stage(case.box, **case.variables)
    prepare(simulator, case.box)
    result, values = planned(one, **case.options)
    (foreseen,) = result.foreseen
    assert (foreseen.effect, foreseen.holds) == (case.effect, case.holds)
    assert case.reason in foreseen.reason
    assert case.setting in foreseen.setting
    assert values["foreseen"][0]["text"] == str(foreseen)
    assert f"  foreseen: {foreseen}\n" in values["diff"]["prepared"]
    try:
        applied = one.apply(**case.options)
    except TourniquetError:
        assert case.holds
        assert case.effect in (Effect.REFUSED, Effect.UNSAVED)
        return
    assert bool(applied.failed) is case.holds, applied.failed
    words_of = {
        "unproven": ("applied, unproven", "partly"), "unsaved": ("applied, not saved",), "partly": ("partly",), "refused": (),
    }  # fmt: skip
    assert applied.verdict.word in words_of[case.effect], applied.verdict
    again, _values = planned(one, **case.options)
    assert case.effect in [each.effect for each in again.foreseen] or not again.pending


def prepare(simulator: Simulator, name: str) -> None:
    """Change by hand what no fleet file says."""
    body: dict[str, Any] = {}
    if name == "unsaved":
        body = {"lbvserver": {"name": "by_hand", "servicetype": "HTTP"}}
    if name == "deaf":
        body = {"hanode": {"id": "0", "haprop": "DISABLED"}}
    if body:
        appliance = Stage(simulator, Path(), name).appliance
        with Session(appliance, appliance.nodes[0]) as session:
            session.write("PUT" if name == "deaf" else "POST", next(iter(body)), body)
            if name == "deaf":
                session.write("POST", "nsconfig?action=save", {"nsconfig": {}})


@pytest.mark.parametrize("name", ["all", "in a group"])
def test_nothing_is_foreseen_where_all_will_be_well(stage: Any, name: str) -> None:
    one: Stage = stage(name)
    result, values = planned(one)
    assert (result.foreseen, values["foreseen"]) == ((), [])
    assert "foreseen" not in values["diff"]["prepared"]
    applied = one.apply()
    assert (applied.failed, applied.verdict.word, applied.saved_now) == ("", "mitigated", True)
    assert planned(one)[0].foreseen == ()


def test_rights_that_cannot_be_read_are_not_checked(stage: Any) -> None:
    (foreseen,) = planned(stage("hidden"))[0].foreseen
    assert (foreseen.effect, foreseen.holds) == ("not checked", False)
    assert f"the rights of {USER}: " in foreseen.reason
    assert "(^show system (user|group|cmdPolicy).*)" in foreseen.setting


def test_an_undo_needs_rights_too(stage: Any) -> None:
    (foreseen,) = planned(stage("no undo"))[0].foreseen
    assert (foreseen.effect, foreseen.holds) == ("refused", True)
    assert foreseen.reason.startswith("an undo needs the right to rm audit messageaction, rm responder action, rm resp")


def test_nothing_is_foreseen_or_read_where_nothing_is_to_be_done(stage: Any, simulator: Simulator) -> None:
    one: Stage = stage("fixed", probe=False)
    simulator.clear_requests()
    assert planned(one)[0].foreseen == ()
    assert not [entry for entry in simulator.requests() if "systemcmdpolicy" in entry["target"]]
