# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The user of the playbooks is made, changed, given another password and removed by an administrator, who is never touched."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Appliance
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.lease_files import (
    LeaseLost,
    is_lease_name,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    InvalidInput,
    NitroError,
    Refused,
    TourniquetError,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.command_patterns import MARK
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.bootstrap.account import WantedAccount
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.bootstrap.bootstrap import (
    Bootstrap,
    BootstrapParameters,
    BootstrapPlan,
    BootstrapResult,
    is_of,
)

from simulator import Simulator
from tests.engine.control_nodes import DiedError, dying_at, give_back_lease, take_lease
from tests.engine.crash.test_lost_lease import Taker
from tests.engine.rights_scenarios import Scene, compared_commands
from tests.stage.fleet import fleet_file

PASSWORD, ADMINISTRATOR = "n1ght-Shift-7Q", "r00t-0f-4ll"
VIP = {"type": "vpn", "name": "gw", "address": "127.0.0.2:0", "protocol": "SSL"}
USERS = {"nsroot": ADMINISTRATOR, "colleague": "c0lleague-1"}
THEIRS: dict[str, Any] = {
    "systemcmdpolicy": [{"policyname": "taken", "action": "ALLOW", "cmdspec": ".*"}],
    "systemuser_systemcmdpolicy_binding": [{"username": "colleague", "policyname": "taken", "priority": 10}],
    "systemgroup": [{"groupname": "staff"}],
}
BOX: dict[str, Any] = {
    "build": "13.0 47.22",
    "nodes": ["127.0.0.1:0"],
    "features": ["LB", "SSL", "SSLVPN"],
    "vservers": [VIP],
    "users": USERS,
    "configuration": THEIRS,
}
PAIR = {**BOX, "nodes": ["127.0.0.1:0", "127.0.0.1:0"]}
BOXES = {
    "box": BOX,
    "pair": PAIR,
    "old": {**BOX, "build": "12.1 55.18"},
    "tenants": {**BOX, "partitions": {"tenant_a": {"features": ["LB"]}}},
}
FLEET = fleet_file(BOXES)


class Control:
    """The runs of one control node on one appliance."""

    def __init__(self, fleet: Simulator, directory: Path, name: str) -> None:
        self.fleet, self.directory, self.name = fleet, directory, name
        self.asked: dict[str, Any] = {
            "user": "tourniquet",
            "password": PASSWORD,
            "playbooks": ("plan", "apply", "status", "rollback"),
            "measures": ("mitigation",),
        }

    def appliance(self, user: str = "nsroot", password: str = ADMINISTRATOR) -> Appliance:
        ready = self.fleet.ready["appliances"][self.name]
        nodes = [f"{node['address']}:{node['port']}" for node in ready["nodes"]]
        variables = {"nodes": nodes, "user": user, "password": password, "ca_file": self.fleet.ready["ca_file"]}
        return Appliance.from_variables(self.name, variables)

    def _run(self, work: Callable[[Bootstrap], Any], changes: dict[str, Any]) -> Any:
        parameters = BootstrapParameters(
            appliance=self.appliance(),
            owner=Owner("bootstrap", 1),
            records=self.directory / "records",
            run="run",
            **{**self.asked, **changes},
        )
        with Connection(parameters.appliance) as connection:
            return work(Bootstrap(connection, parameters))

    def plan(self, **changes: Any) -> BootstrapPlan:
        plan: BootstrapPlan = self._run(lambda run: run.plan(), changes)
        return plan

    def make(self, **changes: Any) -> BootstrapResult:
        result: BootstrapResult = self._run(lambda run: run.carry_out(run.plan()), changes)
        return result

    def rows(self, type_name: str, kind: str = "running", node: int = 0) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.fleet.appliance(self.name).state()["nodes"][node][kind].get(type_name, [])
        return rows

    def everything(self) -> list[Any]:
        """The administrators and their rights, running and saved, on each node."""
        types = ("systemuser", "systemgroup", "systemcmdpolicy", "systemuser_systemcmdpolicy_binding")
        nodes = range(len(self.fleet.ready["appliances"][self.name]["nodes"]))
        return [self.rows(name, kind, node) for name in types for kind in ("running", "saved") for node in nodes]

    def by_hand(self, method: str, path: str, body: dict[str, Any] | None = None, *, save: bool = True) -> None:
        with Connection(self.appliance()) as connection:
            connection.primary.write(method, path, body)
            if save:
                connection.primary.save()

    def log_on(self, password: str = PASSWORD) -> None:
        with Connection(self.appliance("tourniquet", password)) as connection:
            connection.primary.read("nsconfig")


@pytest.fixture
def control(request: pytest.FixtureRequest, simulator: Simulator, tmp_path: Path) -> Control:
    simulator.reset()
    return Control(simulator, tmp_path, getattr(request, "param", "box"))


each = pytest.mark.parametrize("control", BOXES, indirect=True)


@each
def test_it_is_made_saved_on_each_node_and_a_second_run_changes_nothing(control: Control) -> None:
    before = control.everything()
    plan = control.plan()
    assert control.everything() == before
    assert [line.split(" ALLOW ")[0] for line in plan.lines] == [
        "add system cmdPolicy tourniquet",
        "add system user tourniquet ******** -externalAuth DISABLED"
        + ("" if control.name == "old" else " -allowedManagementInterface API"),
        "bind system user tourniquet tourniquet 100",
    ]
    assert ("(^(show|switch) ns partition( |$))" in plan.lines[0]) == (control.name == "tenants")
    assert plan.undo == [
        "unbind system user tourniquet tourniquet",
        "rm system user tourniquet",
        "rm system cmdPolicy tourniquet",
    ]
    result = control.make()
    assert (result.saved, result.not_covered) == (True, [])
    for node in range(len(BOXES[control.name]["nodes"])):
        for kind in ("running", "saved"):
            (bound,) = [
                row
                for row in control.rows("systemuser_systemcmdpolicy_binding", kind, node)
                if row["username"] == "tourniquet"
            ]
            assert (bound["policyname"], str(bound["priority"])) == ("tourniquet", "100")
    control.log_on()
    after = control.everything()
    assert control.make().done == []
    assert control.everything() == after
    control.make(remove=True)
    assert control.everything() == before


def test_a_plan_only_reads(control: Control) -> None:
    control.make()
    control.fleet.clear_requests()
    control.plan(playbooks=("status",))
    sent = {(one["method"], one["target"].rpartition("/")[2]) for one in control.fleet.requests()}
    assert {target for method, target in sent if method != "GET"} == {"login", "logout"}


def test_the_user_does_what_was_chosen_and_nothing_else(control: Control, tmp_path: Path) -> None:
    control.make()
    scene = Scene(control.fleet, tmp_path, "box")
    with compared_commands() as compared:
        stage = scene.mitigation
        stage.apply_all()
        stage.rollback_all()
    assert compared.refused == []
    with Connection(control.appliance("tourniquet", PASSWORD)) as connection, pytest.raises(TourniquetError) as refused:
        connection.primary.write("POST", "lbvserver?action=disable", {"lbvserver": {"name": "site"}})
    assert str(refused.value).endswith("the command policies of the user lack: disable lb vserver site")
    control.make(playbooks=("status",))
    with pytest.raises(TourniquetError, match="the command policies of the user lack: show ns license"):
        scene.mitigation.apply_all()


def test_other_playbooks_change_the_command_policy_in_place(control: Control) -> None:
    control.make()
    plan = control.plan(playbooks=("lockdown", "reopen"), measures=())
    assert [line.split(" ALLOW ")[0] for line in plan.lines] == ["set system cmdPolicy tourniquet"]
    assert plan.undo[0].startswith("set system cmdPolicy tourniquet ALLOW ")
    control.make(playbooks=("lockdown", "reopen"), measures=())
    assert control.make(playbooks=("lockdown", "reopen"), measures=()).done == []


def test_a_command_policy_that_is_too_long_is_two(control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies import command_patterns

    with monkeypatch.context() as patch:
        patch.setattr(command_patterns, "LONGEST_PATTERN", 500)
        result = control.make()
        assert [step.line for step in result.done][-2:] == [
            "bind system user tourniquet tourniquet 100",
            "bind system user tourniquet tourniquet_2 110",
        ]
        assert control.make().done == []
    merged = [step.line for step in control.make().done]
    assert merged[-2:] == ["unbind system user tourniquet tourniquet_2", "rm system cmdPolicy tourniquet_2"]


@pytest.mark.parametrize("control", ["box", "pair"], indirect=True)
def test_another_password_is_set_only_on_request_and_once(control: Control) -> None:
    control.make()
    new = "an0ther-Night-8W"
    with pytest.raises(Refused, match=r"does not accept netscaler_password .* --limit \w+ -e rotate_password=true"):
        control.make(password=new)
    control.log_on()
    result = control.make(password=new, rotate_password=True)
    assert [step.line for step in result.done] == ["set system user tourniquet ********"]
    control.log_on(new)
    with pytest.raises(TourniquetError):
        control.log_on(PASSWORD)
    assert control.make(password=new, rotate_password=True).done == []


def test_no_message_and_no_text_of_a_run_has_a_password(control: Control) -> None:
    control.fleet.appliance("box").fault("nitro_error", type="systemuser", method="POST", code=1076, times=1)
    with pytest.raises(TourniquetError) as failed:
        control.make()
    result = control.make()
    shown = f"{failed.value!r} {result!r} {control.plan()!r} {control.plan(remove=True)!r}"
    assert PASSWORD not in shown
    assert ADMINISTRATOR not in shown
    assert "add system cmdPolicy tourniquet" in str(failed.value), "what was done is said"


@pytest.mark.parametrize("after", [1, 2, 3])
def test_a_run_that_was_ended_is_continued_by_the_same_command(
    control: Control, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    send, sent = Bootstrap._send, []

    def dying(*arguments: Any) -> None:
        send(*arguments)
        sent.append(1)
        if len(sent) == after:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Bootstrap, "_send", staticmethod(dying))
        with pytest.raises(KeyboardInterrupt):
            control.make()
    result = control.make()
    assert (len(result.done), result.saved) == (3 - after, True)
    control.log_on()
    assert control.make().done == []


@pytest.mark.sampled(37)
@pytest.mark.parametrize("control", ["box", "pair"], indirect=True)
@pytest.mark.parametrize("after", [False, True], ids=["before it is sent", "before its answer is read"])
@pytest.mark.parametrize("number", range(1, 75))
def test_a_run_that_dies_at_a_request_is_continued(control: Control, number: int, after: bool) -> None:
    with contextlib.suppress(DiedError), dying_at(number, after=after):
        control.make()
    control.make()
    assert control.make().done == []
    control.log_on()
    nodes = control.fleet.fleet.appliances[control.name].nodes
    assert not [path for node in nodes for path in node.files if is_lease_name(path.rpartition("/")[2])]
    assert control.everything() == made_once(control)


@pytest.mark.sampled(37)
@pytest.mark.parametrize("control", ["box", "pair"], indirect=True)
@pytest.mark.parametrize("number", range(1, 75))
def test_a_run_that_loses_its_lease_at_a_request_makes_nothing_more(control: Control, number: int) -> None:
    """The request itself was confirmed before; the next run makes the rest."""
    taker = Taker(control.fleet, number, control.name)
    with taker.at_work(), contextlib.suppress(TourniquetError):
        control.make()
    assert taker.writes == []
    for node in control.fleet.fleet.appliances[control.name].nodes:
        give_back_lease(node)
    control.make()
    assert control.make().done == []
    assert control.everything() == made_once(control)


def made_once(control: Control) -> list[Any]:
    """Return what an undisturbed run makes."""
    control.fleet.reset()
    Control(control.fleet, control.directory / "once", control.name).make()
    return control.everything()


@pytest.mark.parametrize("name", ["nsroot", "NSROOT", "superuser", "partition-admin", "a b", "x" * 30, "-x"])
def test_a_name_that_cannot_be_used_is_refused(control: Control, name: str) -> None:
    with pytest.raises(InvalidInput, match=r"^box: netscaler_user is "):
        control.make(user=name)


@pytest.mark.parametrize("password", ["", "x" * 128, "a\nb", ADMINISTRATOR])
def test_a_password_that_cannot_be_used_is_refused(control: Control, password: str) -> None:
    with pytest.raises(InvalidInput, match=r"^box: netscaler_password ") as refused:
        control.make(password=password)
    assert password == "" or password not in str(refused.value)


def test_user_and_command_policy_of_somebody_else_are_refused_and_not_overwritten(control: Control) -> None:
    before = control.everything()
    for user, why in (
        ("colleague", "the user colleague has other command policies (taken): unbind them"),
        ("taken", "others have the command policy too: taken (the user colleague)"),
    ):
        for changes in ({}, {"remove": True}, {"adopt": True}):
            with pytest.raises(Refused, match=re.escape(why)):
                control.make(user=user, password="c0lleague-1", **changes)
    assert control.everything() == before


def test_what_was_made_by_hand_is_taken_over_on_request_only(control: Control) -> None:
    control.by_hand("POST", "systemuser", {"systemuser": {"username": "tourniquet", "password": "by-h4nd"}}, save=False)
    control.by_hand(
        "POST",
        "systemcmdpolicy",
        {"systemcmdpolicy": {"policyname": "tourniquet", "action": "ALLOW", "cmdspec": "^show.*"}},
    )
    before = control.everything()
    for changes in ({}, {"remove": True}, {"rotate_password": True}):
        with pytest.raises(Refused, match=r"the command policy tourniquet exists, and bootstrap\.yml did not make it"):
            control.make(**changes)
    with pytest.raises(Refused, match="does not accept netscaler_password"):
        control.make(adopt=True)
    assert control.everything() == before
    done = [step.line.partition(" ALLOW ")[0] for step in control.make(adopt=True, rotate_password=True).done]
    assert done == [
        "set system cmdPolicy tourniquet",
        "set system user tourniquet ********",
        "set system user tourniquet -externalAuth DISABLED",
        "set system user tourniquet -allowedManagementInterface API",
        "bind system user tourniquet tourniquet 100",
    ]
    control.log_on()
    assert control.make().done == []


def test_a_policy_of_others_with_a_name_like_ours_survives_a_removal(control: Control) -> None:
    row = {"policyname": "tourniquet_7", "action": "ALLOW", "cmdspec": "^stat.*"}
    control.by_hand("POST", "systemcmdpolicy", {"systemcmdpolicy": row})
    before = control.everything()
    control.make(adopt=True)
    assert control.make(remove=True, adopt=True).done
    assert control.everything() == before


def test_a_user_without_rights_whose_password_is_another_one_is_not_ours(control: Control) -> None:
    control.by_hand("POST", "systemuser", {"systemuser": {"username": "tourniquet", "password": "by-h4nd"}})
    with pytest.raises(Refused, match=r"the user tourniquet exists, and bootstrap\.yml did not make it"):
        control.make(rotate_password=True)


def test_a_member_of_a_group_is_refused(control: Control) -> None:
    control.make()
    binding = "systemgroup_systemuser_binding"
    control.by_hand("PUT", binding, {binding: {"groupname": "staff", "username": "tourniquet"}})
    with pytest.raises(Refused, match="is a member of staff, which gives it other rights"):
        control.make()


def test_our_command_policy_that_others_use_is_not_changed(control: Control) -> None:
    control.make()
    binding = "systemuser_systemcmdpolicy_binding"
    row = {"username": "nsroot", "policyname": "tourniquet", "priority": "50"}
    control.by_hand("PUT", binding, {binding: row})
    for changes in ({"playbooks": ("status",)}, {"remove": True}):
        with pytest.raises(Refused, match=r"others have the command policy too: tourniquet \(the user nsroot\)"):
            control.make(**changes)


@pytest.mark.parametrize("unsaved", ["refuse", "save_first", "apply_without_save"])
def test_unsaved_changes_of_others(control: Control, unsaved: str) -> None:
    control.by_hand("POST", "policypatset", {"policypatset": {"name": "theirs"}}, save=False)
    if unsaved == "refuse":
        with pytest.raises(
            Refused, match=r"unsaved changes, .*: \+ add policy patset theirs\. .* -e unsaved=save_first"
        ):
            control.make()
        assert not control.rows("systemcmdpolicy", "saved")[1:]
        return
    result = control.make(unsaved=unsaved)
    saved = unsaved == "save_first"
    assert result.saved is saved
    assert [row["name"] for row in control.rows("policypatset", "saved")] == (["theirs"] if saved else [])
    assert any(row["username"] == "tourniquet" for row in control.rows("systemuser", "saved")) is saved


def test_hashes_of_passwords_are_in_no_message(control: Control) -> None:
    body = {"systemuser": {"username": "colleague", "password": "c0lleague-2"}}
    control.by_hand("PUT", "systemuser", body, save=False)
    with pytest.raises(Refused, match=r"\+ add system user colleague \*{8} -encrypted") as refused:
        control.make()
    assert not re.search(r"[0-9a-f]{40}", str(refused.value))


def test_a_build_that_does_not_know_the_interface_gets_the_user_without_it(control: Control) -> None:
    control.fleet.appliance("box").fault("nitro_error", type="systemuser", method="POST", code=278, times=1)
    result = control.make()
    assert [step.line for step in result.done][1] == "add system user tourniquet ******** -externalAuth DISABLED"
    assert "does not know -allowedManagementInterface" in result.remarks[0]


def test_a_run_that_has_lost_its_lease_makes_nothing_more(control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody takes it after the build has refused the interface: the user is not made without it."""
    control.fleet.appliance("box").fault("nitro_error", type="systemuser", method="POST", code=278, times=1)
    write = Session.write

    def writing(session: Session, *arguments: Any, **options: Any) -> Any:
        try:
            return write(session, *arguments, **options)
        except NitroError:
            take_lease(control.fleet)
            raise

    monkeypatch.setattr(Session, "write", writing)
    left = r"not even an undo\. Done so far, and not saved: add system cmdPolicy tourniquet .*\. The same command continues"
    with pytest.raises(LeaseLost, match=left):
        control.make()
    assert [row["username"] for row in control.rows("systemuser")] == ["nsroot", "colleague"]


@pytest.mark.parametrize("control", ["pair"], indirect=True)
def test_a_node_that_is_not_read_is_not_covered(control: Control) -> None:
    control.fleet.appliance("pair").fault("refuse", node=1)
    result = control.make()
    assert len(result.not_covered) == 1
    assert "unreachable" in result.not_covered[0]


def test_the_mark_is_in_each_command_policy(control: Control) -> None:
    control.make()
    (ours,) = [row for row in control.rows("systemcmdpolicy") if row["policyname"] == "tourniquet"]
    assert ours["cmdspec"].startswith(f"(^{MARK}$)|")


@pytest.mark.parametrize(
    ("line", "ours"),
    [
        ("+ add system user tourniquet ******** -encrypted", True),
        ("- bind system user tourniquet tourniquet_2 110", True),
        ("+ set system cmdPolicy tourniquet_2 ALLOW x", True),
        ("+ add system user tourniquet_2 ******** -encrypted", False),
        ("+ bind system user tourniquet_3 superuser 1", False),
        ("+ add system user tourniquet2 x", False),
    ],
)
def test_a_user_of_others_with_a_name_like_a_second_command_policy(line: str, ours: bool) -> None:
    """Our save would make an account permanent that somebody hid behind our name."""
    assert is_of(line, WantedAccount("tourniquet", "x")) is ours
