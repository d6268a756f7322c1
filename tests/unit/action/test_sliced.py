# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action of sliced.yml: whose the virtual servers of a shared appliance are, by the inventory of the controller."""

from __future__ import annotations

from collections import UserDict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible import context
from ansible_collections.tourniquet.netscaler.plugins.action import sliced as action_plugin
from ansible_collections.tourniquet.netscaler.plugins.action.sliced import ActionModule
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.closed_places import ClosedPlaces
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.left_jobs import refusals
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.open_jobs import OpenJob, OpenJobs
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.journal import Rollout
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

HOSTVARS: dict[str, dict[str, Any]] = {
    "gw-a": {"netscaler_customer": "Brouwer"},
    "gw-b": {
        "netscaler_customer": "Brouwer",
        "netscaler_partition_customers": {"tenant": "Jansen"},
        "netscaler_vserver_customers": {"shop": "De Wit", "mail": "De Wit"},
    },
    "gw-c": {"netscaler_vserver_customers": ["shop"]},
}


def shared(hosts: dict[str, dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    action = object.__new__(ActionModule)
    return action._shared({"_meta": {"hostvars": hosts}}, [*hosts], {"hostvars": hosts})


def test_customers_of_parts_are_named_with_their_parts() -> None:
    assert shared(HOSTVARS) == {
        "gw-b": [
            {"customer": "Brouwer", "vservers": []},
            {"customer": "Jansen", "vservers": ["tenant"]},
            {"customer": "De Wit", "vservers": ["shop", "mail"]},
        ]
    }


class _OnDemand(UserDict[str, Any]):
    """The variables of a host as Ansible gives them: each is evaluated when it is asked for, and this machine has no password."""

    def __getitem__(self, name: str) -> Any:
        assert name != "netscaler_password", "evaluated on the controller"
        return super().__getitem__(name)


def test_the_controller_evaluates_no_password_to_see_what_is_demanded(monkeypatch: pytest.MonkeyPatch) -> None:
    own = _OnDemand({"netscaler_password": "{{ of the node }}", "tourniquet_approvals": 1})
    seen = []
    monkeypatch.setattr(
        action_plugin,
        "approval_of",
        lambda *given, **_more: seen.append(given[3]) or {"wanted": given[3].get("tourniquet_approvals")},
    )
    action: Any = object.__new__(ActionModule)
    action._templar = None
    export = {"_meta": {"hostvars": {"gw-a": {"tourniquet_approvals": 1}}}}
    options = {"verb": "apply", "measure": "cve_x"}
    assert action._demands(export, ["gw-a"], options, {"hostvars": {"gw-a": own}}) == {"gw-a": {"wanted": 1}}


@pytest.mark.parametrize(
    "options",
    [{"verb": "lockdown", "who": "S. Bakker"}, {"verb": "status", "who": "S. Bakker"}, {"verb": "close", "who": " "}],
)
def test_a_drill_is_one_of_a_closing_and_has_a_person(options: dict[str, Any], tmp_path: Path) -> None:
    action = object.__new__(ActionModule)
    with pytest.raises(InvalidInput, match=r"drill=true practises a closing: .* Nothing was changed"):
        action.perform(Rollout(tmp_path), {"drill": True, "step": "off", **options}, {})


@pytest.mark.parametrize(
    ("verb", "extra", "problem"),
    [
        (
            "close",
            {"step": "off", "customers": []},
            r"^this closing has no scope, .*-e scope=fleet\. Nothing was sent\.$",
        ),
        ("close", {"step": "off", "scope": "fleet"}, "tourniquet_execution_nodes"),
        ("close", {"step": "off", "customers": ["Jansen"]}, "tourniquet_execution_nodes"),
        ("lockdown", {}, r"^this closing has no scope, .*-e scope=fleet\. Nothing was sent\.$"),
        ("lockdown", {"customers": ["Jansen"]}, "tourniquet_execution_nodes"),
        ("reopen", {"step": "notice"}, r"^this opening has no scope, .*-e scope=fleet\. Nothing was sent\.$"),
        ("reopen", {"scope": "fleet"}, "tourniquet_execution_nodes"),
    ],
)
def test_the_controller_checks_the_scope_of_a_closing_before_it_looks_at_its_nodes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, verb: str, extra: dict[str, Any], problem: str
) -> None:
    action: Any = object.__new__(ActionModule)
    action._loader, action._templar = None, SimpleNamespace(template=lambda value: value)
    monkeypatch.setattr(action_plugin, "load_extra_vars", lambda _loader: extra)
    options = {"verb": verb, "drill": False, "execution_nodes": None, "without_nodes": []}
    with pytest.raises(InvalidInput, match=problem):
        action._sliced(Rollout(tmp_path), options, {})


def test_nothing_is_evaluated_where_no_appliance_is_shared() -> None:
    assert shared({"gw-a": HOSTVARS["gw-a"]}) == {}


def test_what_a_run_that_was_cut_off_has_closed_is_noted_by_the_next_one(tmp_path: Path) -> None:
    """It is not changed again, and a reopening of another appliance alone would call its customer reopened."""
    row = {
        "customer": "Jansen",
        "until": "",
        "step": "off",
        "partition": "default",
        "type": "vpnvserver",
        "vserver": "gw",
    }
    results = {name: {"changed": changed, "closures": [row]} for name, changed in (("gw-a", False), ("gw-b", True))}
    fleet = SimpleNamespace(hosts=[*results], places={name: {"customer": "Jansen"} for name in results}, shared={})
    home = SimpleNamespace(trust=RecordTrust(key=tmp_path / "key"))
    sliced: Any = SimpleNamespace(fleet=fleet, results=results, losses={}, home=home)
    options = {"consents": tmp_path / "consent", "verb": "lockdown", "described": {}, "records": tmp_path / "records"}
    assert ActionModule._note_customers(sliced, {**options, "who": "J. Jansen", "ticket": "CHG1"}) == []
    assert sorted(ClosedPlaces(tmp_path / "consent").of("Jansen")) == ["gw-a", "gw-b"]


@pytest.mark.parametrize(
    ("problems", "ends"),
    [
        ({"a": "unreachable: no route"}, "unreachable"),
        ({"a": "unreachable: no route", "b": "failed: x"}, "unreachable"),
        ({"b": "failed: x"}, "failed"),
        ({"b": "refused: x"}, "failed"),
        ({}, ""),
    ],
)
def test_a_run_by_slices_ends_as_one_control_node_does(problems: dict[str, str], ends: str) -> None:
    """Ansible ends with 4 where a host was not reached, whatever others did."""
    sliced: Any = SimpleNamespace(
        problems=problems,
        fleet=SimpleNamespace(hosts=["a", "b"]),
        results={},
        lost={},
        notes=[],
        next_action=lambda: "",
        next_commands=dict,
        home=SimpleNamespace(missing=lambda: {"b": "the records of r0-3 have not come", "c": "of another run"}),
    )
    result = ActionModule._result(object.__new__(ActionModule), sliced, planned=False)
    assert result["results"] == {"a": {}, "b": {"awaited": "the records of r0-3 have not come"}}
    assert (bool(result["failed"]), bool(result.get("unreachable"))) == (ends == "failed", ends == "unreachable")


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"slice_size": 0}, "slice_size is 0: write a whole number from 1 on"),
        ({"slice_forks": -1}, "slice_forks is -1: write a whole number from 1 on"),
        ({"slice_timeout": 0}, "slice_timeout is 0: write a whole number from 1 on"),
        (
            {"slice_timeout": 86_401},
            "slice_timeout is 86401: write at most 86400. So long a job that was lost may begin to write. Nothing was sent.",
        ),
    ],
)
def test_the_numbers_of_slices_have_bounds(changed: dict[str, int], problem: str) -> None:
    good = {"slice_size": 50, "slice_forks": 16, "slice_timeout": 86_400}
    action_plugin.require_bounds(good)
    with pytest.raises(InvalidInput) as refused:
        action_plugin.require_bounds({**good, **changed})
    assert str(refused.value) == problem


LEFT = OpenJob("r0-3", "r0", "reopen", "utrecht", ("gw-a", "gw-x"), datetime.now(UTC) + timedelta(hours=9), writes=True)


def take_left_jobs(directory: Path, verb: str, **more: Any) -> Any:
    """What a run makes of the jobs that are left."""
    sliced = SimpleNamespace(fleet=SimpleNamespace(hosts=["gw-a", "gw-b"]), waits={}, in_doubt={}, notes=[])
    pipe: Any = SimpleNamespace(open_jobs=OpenJobs(directory))
    ActionModule._take_left_jobs(object.__new__(ActionModule), sliced, pipe, {"verb": verb, "drill": False, **more})  # type: ignore[arg-type]
    return sliced


@pytest.mark.parametrize(
    ("verb", "check", "waits", "in_doubt"),
    [
        ("apply", False, True, False),
        ("rollback", False, True, False),
        ("reopen", False, True, False),
        ("lockdown", False, False, True),
        ("close", False, False, True),
        ("apply", True, False, False),
        ("status", False, False, False),
    ],
)
def test_a_job_that_was_left_keeps_changes_away_and_is_a_note_elsewhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, verb: str, check: bool, waits: bool, in_doubt: bool
) -> None:
    monkeypatch.setattr(context, "CLIARGS", {"check": check})
    OpenJobs(tmp_path / "open").give_up(LEFT)
    sliced = take_left_jobs(tmp_path / "open", verb)
    why = {"gw-a": refusals([LEFT])["gw-a"]}
    assert (sliced.waits, sliced.in_doubt) == (why if waits else {}, why if in_doubt else {})
    assert sliced.notes == ([] if waits else [f"gw-a: {why['gw-a'].removesuffix('; give the command again then')}"])


def test_a_job_that_cannot_be_read_keeps_changes_away_and_is_a_note_elsewhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(context, "CLIARGS", {"check": False})
    OpenJobs(tmp_path / "open").give_up(LEFT)
    (tmp_path / "open" / "r0-3.json").write_text("{")
    with pytest.raises(InvalidInput, match=r"r0-3\.json cannot be read"):
        take_left_jobs(tmp_path / "open", "apply")
    for verb in ("status", "lockdown"):
        assert "r0-3.json cannot be read" in take_left_jobs(tmp_path / "open", verb).notes[0]


@pytest.mark.parametrize("decided", [{"msg": "planned", "page": []}, {"failed": True, "msg": "in the way"}])
def test_a_plan_brings_what_lost_jobs_have_left_and_says_what_is_wrong_with_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, decided: dict[str, Any]
) -> None:
    monkeypatch.setattr(action_plugin.RolloutDecision, "perform", lambda *_given: decided)
    notes: list[str] = []
    sliced: Any = SimpleNamespace(
        rollout=Rollout(tmp_path),
        plan=lambda *_given, **_named: None,
        bring_records_home=lambda: notes.append("utrecht: change records were left alone"),
        hold=lambda _reasons: None,
        results={},
        problems={},
        lost={},
        notes=notes,
        fleet=SimpleNamespace(hosts=[]),
        next_action=lambda: "",
        next_commands=dict,
        home=SimpleNamespace(missing=dict),
    )
    result = object.__new__(ActionModule)._carried_out(sliced, {"verb": "plan", "plan": ""}, {}, False)
    assert result["notes"] == ["utrecht: change records were left alone"]
