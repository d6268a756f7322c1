# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The gate before each action that writes: without the approvals that the inventory demands, its task does not run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible import base
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.approval_gate import approval_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.fleet_approval import fleet_approval
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.approvals.approval import NAMESPACE
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.approvals.digests import (
    digest_of_demand,
    digest_of_list,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.approvals.request import (
    FILE,
    ApprovalRequest,
    expiry,
    sealed,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.plan_file import PlanFile
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records import records_folder
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.new_record import start_record
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.signing_key import (
    public_line,
    signing_key,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.sshsig import sign
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput, Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.approvals import approval_rules
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.approval_option import (
    approval_facts,
    with_demand,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.result import Result
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.task import Task

from tests.unit.action.test_actions import action, arguments, replace_task, stage

__all__ = ["stage"]  # a fixture
GLASS = {"break_glass": "true", "who": "Bob", "reason": "nobody answers"}
LOUD = "BREAK GLASS: Bob goes on without the approvals: nobody answers"


def plain(_name: str, value: Any) -> Any:
    return value


def of_inventory(directory: Path) -> dict[str, Any]:
    """The variables by which Ansible says which inventory is read: one file, in this directory."""
    source = directory / "hosts.yml"
    source.touch()
    return {"ansible_inventory_sources": [str(source)]}


def demanded_of(signers: Path, demand: Any, plan: str = "") -> dict[str, Any]:
    digests = {"demand": digest_of_demand(demand), "list": digest_of_list(signers)}
    return {"wanted": 1, "plan": plan, "signers": str(signers), **digests}


def approve(directory: Path, plan: PlanFile, verb: str = "apply", home: Path | None = None) -> Path:
    """Write the approved plan of one appliance, and the list with its approver; return that list."""
    signers = list_alice(home or directory.parent)
    demanded = demanded_of(signers, {"apply": 1})
    plan = with_demand(plan, demanded)
    seals = {plan.host: sealed(plan.values["seal"], plan.values["version"])}
    by_whom = ((demanded["demand"],), demanded["list"])
    request = ApprovalRequest(verb, plan.values["measure"], "p", expiry(datetime.now(UTC)), seals, *by_whom)
    plan.write(directory)
    request.write(directory)
    sign_as_alice(directory, request.text, signers.parent)
    return signers


def list_alice(home: Path) -> Path:
    """Write the list of allowed signers that has Alice alone."""
    signers = home / "allowed_signers"
    signers.write_text(f"alice@example.com {public_line(signing_key(home / 'alice'))}\n", encoding="ascii")
    signers.chmod(0o600)
    return signers


def sign_as_alice(directory: Path, text: str, home: Path) -> None:
    """Sign a text beside it."""
    signature = directory / "approval.alice.sig"
    signature.write_text(sign(signing_key(home / "alice"), text.encode(), NAMESPACE), encoding="ascii")
    signature.chmod(0o600)


def perform(name: str, args: dict[str, Any], *, check_mode: bool = False, **variables: Any) -> dict[str, Any]:
    """Run a task whose inventory is beside the directory of the records, or in it."""
    records = Path(args["records"])
    home = records.parent if records.name == "records" else records
    args = {"record_key": str(home / "record_key"), **args}
    made = action(name, args, check_mode=check_mode)
    result: dict[str, Any] = made.run(None, {"inventory_hostname": "gw-a", **of_inventory(home), **variables})
    return result


@pytest.mark.parametrize("name", sorted(approval_rules()))
def test_no_action_that_writes_escapes(name: str, tmp_path: Path) -> None:
    option, harmless = approval_rules()[name].harmless or ("", None)
    options = {"records": str(tmp_path), "record_key": str(tmp_path / "key"), option: "what is written"}
    variables = {"tourniquet_approvals": {name: 2}, **of_inventory(tmp_path)}
    with pytest.raises(
        Refused, match=f"^gw-a: {name} needs 2 approvals of different persons, .* Nothing was sent. .* break_glass=true"
    ):
        approval_of(name, "gw-a", options, variables, plain, check_mode=False)
    found = approval_of(name, "gw-a", options, {**variables, **GLASS}, plain, check_mode=False)
    assert found["loud"] == LOUD
    assert approval_of(name, "gw-a", options, {}, plain, check_mode=False) == {}
    if option:
        assert approval_of(name, "gw-a", {**options, option: harmless}, variables, plain, check_mode=False) == {}


@pytest.mark.parametrize("name", ["apply", "rollback"])
def test_the_task_does_not_run_without_approvals(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = replace_task(monkeypatch, name, {"msg": "done"})
    with pytest.raises(AnsibleActionFail, match=f"gw-a: {name} needs 1 approval, and no approved plan is named"):
        perform(name, arguments(name, tmp_path), tourniquet_approvals={name: 1})
    assert calls == []
    result = perform(name, arguments(name, tmp_path), tourniquet_approvals={name: 1}, **GLASS)
    assert result["msg"] == f"{LOUD}; done"
    assert result["notes"] == [LOUD]
    facts = approval_facts(calls[0][1])
    assert facts["break_glass"] == {"who": "Bob", "reason": "nobody answers"}
    assert facts["missing"] == f"{name} needs 1 approval, and no approved plan is named"


def test_the_demand_of_the_inventory_cannot_be_overruled_with_e(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = replace_task(monkeypatch, "apply", {"msg": "done"})
    monkeypatch.setattr(base, "load_extra_vars", lambda _loader: {"tourniquet_approvals": {}})
    with pytest.raises(AnsibleActionFail, match="-e tourniquet_approvals: it counts in the inventory only"):
        perform("apply", arguments("apply", tmp_path), tourniquet_approvals={})
    assert calls == []


@pytest.mark.parametrize(
    "name",
    [
        *("tourniquet_allowed_signers", "allowed_signers", "tourniquet_allowed_signers"),
        *("records", "apply_records", "tourniquet_record_key"),
    ],
)
def test_whoever_applies_does_not_say_who_may_approve_or_what_was_used(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = replace_task(monkeypatch, "apply", {"msg": "done"})
    monkeypatch.setattr(base, "load_extra_vars", lambda _loader: {name: str(tmp_path / "mine")})
    with pytest.raises(
        AnsibleActionFail,
        match=f"-e {name}: where tourniquet_approvals demands approvals, the .* counts? in the inventory only",
    ):
        perform("apply", arguments("apply", tmp_path), tourniquet_approvals={"apply": 1})
    assert calls == []
    assert perform("apply", arguments("apply", tmp_path))["msg"] == "done"


def test_what_only_reads_needs_no_approval(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = replace_task(monkeypatch, "status", {"msg": "done"})
    perform("status", arguments("status", tmp_path), tourniquet_approvals=dict.fromkeys(approval_rules(), 2))
    assert "approval" not in calls[0][1]


def test_a_plan_keeps_what_it_demands(stage: SimpleNamespace, tmp_path: Path) -> None:
    plans = tmp_path / "plans"
    args = arguments("apply", tmp_path / "records", plans=str(plans))
    perform("apply", args, check_mode=True, tourniquet_approvals={"apply": 2})
    (path,) = plans.glob("*/gw-a.json")
    values = json.loads(path.read_text(encoding="utf-8"))
    digests = {"demand": digest_of_demand({"apply": 2}), "list": hashlib.sha256(b"").hexdigest()}
    assert values["approvals"] == {"wanted": 2, "plan": "", "signers": str(tmp_path / "allowed_signers"), **digests}
    assert values["basis"]["approvals"] == digests


def test_an_approved_plan_is_applied_once(stage: SimpleNamespace, tmp_path: Path) -> None:
    signers = approve(tmp_path / "plan", stage.plan)
    args = arguments("apply", tmp_path / "records", plan=str(tmp_path / "plan"), allowed_signers=str(signers))
    args["record_key"] = str(tmp_path / "record_key")
    options = {name: args[name] for name in ("records", "plan", "allowed_signers", "record_key")}
    variables = {"tourniquet_approvals": {"apply": 1}, **of_inventory(tmp_path)}
    perform("apply", dict(args), **variables)
    assert stage.calls == ["plan", "apply"]
    facts = approval_of("apply", "gw-a", options, variables, plain, check_mode=False)["facts"]
    assert [by["principal"] for by in facts["by"]] == ["alice@example.com"]
    trust = RecordTrust(key=tmp_path / "record_key")
    start_record(tmp_path / "records", "gw-a", [], record_facts(approval=facts), trust=trust)
    with pytest.raises(AnsibleActionFail, match=r"the approvals were used already, by the run of the record .*json"):
        perform("apply", dict(args), **variables)
    assert stage.calls == ["plan", "apply"]


def test_the_key_of_the_records_is_no_approver(stage: SimpleNamespace, tmp_path: Path) -> None:
    """A shared account signs its own plan with the key that signs its records: for the task and for the fleet."""
    signers = approve(tmp_path / "plan", stage.plan)
    key, plan = str(tmp_path / "alice"), str(tmp_path / "plan")
    args = arguments("apply", tmp_path / "records", plan=plan, allowed_signers=str(signers), record_key=key)
    with pytest.raises(AnsibleActionFail, match=r"alice@example.com \(SHA256:.*\) is the person who applies"):
        perform("apply", args, tourniquet_approvals={"apply": 1})
    assert stage.calls == []
    demanded = demanding(stage.plan, plan, signers)
    assert "is the person who applies" in settle(tmp_path / "own", demanded, {"tourniquet_record_key": key}).refusal
    assert settle(tmp_path / "own", demanded, {}).refusal == ""


def test_the_environment_does_not_say_who_applies(
    stage: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alice applies, and has approved with a second key of hers; LOGNAME names another person."""
    signers = approve(tmp_path / "plan", stage.plan)
    monkeypatch.setenv("LOGNAME", "bob")
    monkeypatch.setattr(records_folder.pwd, "getpwuid", lambda _uid: SimpleNamespace(pw_name="alice"))
    plan = str(tmp_path / "plan")
    args = arguments("apply", tmp_path / "records", plan=plan, allowed_signers=str(signers))
    with pytest.raises(AnsibleActionFail, match=r"alice@example.com \(SHA256:.*\) is the person who applies"):
        perform("apply", args, tourniquet_approvals={"apply": 1})
    assert "is the person who applies" in settle(tmp_path / "own", demanding(stage.plan, plan, signers), {}).refusal
    assert stage.calls == []


def record_facts(**more: Any) -> dict[str, Any]:
    return {
        "kind": "apply",
        "measure": "cve_2019_19781",
        "version": 2,
        "run": "r",
        "build": "NS13.0: Build 47.22.nc",
        **more,
    }


def test_another_plan_than_the_approved_one_is_not_applied(stage: SimpleNamespace, tmp_path: Path) -> None:
    approved = PlanFile({**stage.plan.values, "version": 1})
    signers = approve(tmp_path / "plan", approved)
    with_demand(stage.plan, demanded_of(signers, {"apply": 1})).write(tmp_path / "plan")  # after it was signed
    args = arguments("apply", tmp_path / "records", plan=str(tmp_path / "plan"), allowed_signers=str(signers))
    result = perform("apply", args, tourniquet_approvals={"apply": 1})
    assert result["failed"]
    assert "gw-a: the approved plan has the seal" in result["msg"]
    assert stage.calls == ["plan"]
    approve(tmp_path / "other", PlanFile({**stage.plan.values, "host": "gw-b"}))
    args["plan"] = str(tmp_path / "other")
    with pytest.raises(AnsibleActionFail, match="the approved plan does not name gw-a"):
        perform("apply", args, tourniquet_approvals={"apply": 1})


# -- an action that is not rolled out in waves ---------------------------------------------------------------------------------


class Local(Task):
    def run(self) -> Result:
        return Result(changed=False, own={"said": self.keep_seal("node_local", "a" * 64)})


def gated(tmp_path: Path, *, check_mode: bool, **variables: Any) -> dict[str, Any]:
    options = {
        "records": str(tmp_path / "records"),
        "allowed_signers": str(tmp_path / "allowed_signers"),
        "record_key": str(tmp_path / "record_key"),
        "state": "present",
    }
    list_alice(tmp_path)
    variables |= of_inventory(tmp_path)
    demanded = {"tourniquet_approvals": {"node_local": 1}, "plans": str(tmp_path / "plans"), **variables}
    return approval_of("node_local", "gw-a", options, demanded, plain, check_mode=check_mode)


def test_the_plan_of_one_appliance_is_approved_by_its_seal(stage: SimpleNamespace, tmp_path: Path) -> None:
    appliance = SimpleNamespace(name="gw-a")
    asked = gated(tmp_path, check_mode=True)
    said = Local(appliance, {"approval": asked}, True, True).values()["said"]
    (text,) = (tmp_path / "plans").rglob(FILE)
    assert f"(cd {text.parent} && ssh-keygen -Y sign -n {NAMESPACE} -f ~/.ssh/id_ed25519 < {text.name} > " in said
    run = text.parents[2]
    assert said.endswith(f"-e plan={run} carries it out")
    with pytest.raises(Refused, match="node_local needs 1 approval, and has none"):
        gated(tmp_path, check_mode=False, plan=str(run))
    sign_as_alice(text.parent, text.read_text(encoding="utf-8"), tmp_path)
    approved = gated(tmp_path, check_mode=False, plan=str(run))
    assert approved["facts"]["by"][0]["principal"] == "alice@example.com"
    assert Local(appliance, {"approval": approved}, False, False).values()["said"] == ""
    changed = {**approved, "seal": sealed("b" * 64, 1)}
    assert "gw-a: it is not what was approved" in Local(appliance, {"approval": changed}, False, False).values()["said"]
    assert Local(appliance, {}, False, False).values()["said"] == ""
    again = gated(tmp_path, check_mode=True, plan=str(run))
    assert Local(appliance, {"approval": again}, True, True).values()["said"] == ""


def test_nobody_is_asked_to_sign_the_plan_of_one_appliance_under_an_empty_list(tmp_path: Path) -> None:
    asked = gated(tmp_path, check_mode=True, who="alice")
    said = Local(SimpleNamespace(name="gw-a"), {"approval": asked}, True, True).values()["said"]
    assert said == f"APPROVALS  1 approval needed: {NOBODY.format(tmp_path / 'allowed_signers')}"
    assert not list(tmp_path.rglob(FILE))


# -- the whole fleet ---------------------------------------------------------------------------------------------------


def demanding(plan: PlanFile, directory: str = "", signers: Path = Path("/none")) -> PlanFile:
    return with_demand(plan, demanded_of(signers, {"apply": 1}, directory))


def settle(directory: Path, plan: PlanFile, variables: Mapping[str, Any], *, carries_out: bool = True) -> Any:
    return fleet_approval(directory, [plan], [plan.host], variables, plain, carries_out=carries_out)


def test_appliances_with_different_lists_are_not_signed_in_one_text(stage: SimpleNamespace, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    plans = [demanding(stage.plan, signers=list_alice(home)) for home in (other, tmp_path)]
    with pytest.raises(
        InvalidInput,
        match=r"the appliances have different lists of allowed signers: .*/allowed_signers, .*/other/allowed_signers",
    ):
        fleet_approval(tmp_path / "own", plans, ["gw-a"], {}, plain, carries_out=False)


def test_a_list_that_changed_after_it_was_signed_is_named(stage: SimpleNamespace, tmp_path: Path) -> None:
    signers = approve(tmp_path / "plan", stage.plan)
    signers.write_text(signers.read_text(encoding="ascii") + "# mallory\n", encoding="ascii")
    args = arguments("apply", tmp_path / "records", plan=str(tmp_path / "plan"))
    with pytest.raises(AnsibleActionFail, match="the plan was made under another list of allowed signers"):
        perform("apply", dict(args), tourniquet_approvals={"apply": 1})
    result = perform("apply", dict(args), tourniquet_approvals={"apply": 1}, **GLASS)
    assert "the list of allowed signers is another one now" in result["msg"]


NOBODY = (
    "of the 1 person needed, the list of allowed signers {} has 0, not counting the person who applies, so that no signature could be enough. "
    "Add a line for each approver (docs/how-to/four-eyes.md has its form), then plan again: a plan is signed under the list with which it was made"
)


def test_nobody_is_asked_to_sign_what_nobody_can_approve(stage: SimpleNamespace, tmp_path: Path) -> None:
    """A list that is missing, or that names the person who applies alone: a signature under this plan would never count."""
    own, missing = tmp_path / "own", tmp_path / "allowed_signers"
    text = NOBODY.format(missing)
    shown = settle(own, demanding(stage.plan, signers=missing), {}, carries_out=False)
    assert shown.line == f"APPROVALS  1 approval needed: {text}"
    refused = settle(own, demanding(stage.plan, signers=missing), {}).refusal
    assert refused.startswith(
        f"apply needs 1 approval, and no approved plan is named. Nothing was changed anywhere. First: {text}. In an emergency: "
    )
    assert not (own / FILE).exists()
    alice = demanding(stage.plan, signers=list_alice(tmp_path))
    assert text in settle(own, alice, {"who": "alice"}, carries_out=False).line
    assert text in settle(own, alice, {"tourniquet_record_key": str(tmp_path / "alice")}, carries_out=False).line
    assert settle(own, demanding(stage.plan, signers=missing), GLASS).line.startswith(LOUD)


def test_a_plan_that_changes_nothing_asks_nobody_to_sign(stage: SimpleNamespace, tmp_path: Path) -> None:
    own, plan = tmp_path / "own", demanding(stage.plan, signers=list_alice(tmp_path))
    for carries_out in (False, True):
        found = fleet_approval(own, [plan], [], {}, plain, carries_out=carries_out)
        assert (found.line, found.refusal) == ("", "")
    assert not (own / FILE).exists()


def test_the_fleet_is_checked_once_before_the_first_wave(stage: SimpleNamespace, tmp_path: Path) -> None:
    own, plan, listed = tmp_path / "own", stage.plan, list_alice(tmp_path)
    assert settle(own, plan, {}) == settle(own, plan, {}, carries_out=False)
    assert not own.exists()
    shown = settle(own, demanding(plan, signers=listed), {}, carries_out=False)
    assert shown.line.startswith("APPROVALS  1 approval needed. Each approver signs before ")
    assert (own / FILE).is_file()
    refused = settle(own, demanding(plan, signers=listed), {})
    assert refused.refusal.startswith(
        "apply needs 1 approval, and no approved plan is named. Nothing was changed anywhere."
    )
    assert f"-e plan={own}" in refused.refusal
    assert settle(own, demanding(plan, signers=listed), GLASS).line.startswith(LOUD)
    signers = approve(tmp_path / "plan", plan)
    approved = demanding(plan, str(tmp_path / "plan"), signers)
    assert settle(own, approved, {}).refusal == ""
    changed = PlanFile({**approved.values, "version": 3})
    assert "the approved plan has the seal" in settle(own, changed, {}).refusal
    (tmp_path / "plan" / "approval.alice.sig").unlink()
    again = settle(own, approved, {}).refusal
    assert "and has none" in again
    assert f"-e plan={tmp_path / 'plan'}" in again
