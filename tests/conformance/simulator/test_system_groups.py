# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Groups of administrators: their members, their command policies, and the interfaces they may use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from simulator import Simulator
from tests.conformance.simulator.conftest import Lab

POLICIES, MEMBERS = "systemgroup_systemcmdpolicy_binding", "systemgroup_systemuser_binding"
AS_ANN = {"X_NITRO_USER": "ann", "X_NITRO_PASS": "secret"}


@pytest.fixture
def grouped(lab: Any) -> Any:
    """An appliance where ann is a member of the group ops."""
    box = lab.box()
    assert box.post("systemuser", {"username": "ann", "password": "secret"}).status == 201
    assert box.post("systemgroup", {"groupname": "ops"}).status == 201
    assert box.post(MEMBERS, {"groupname": "ops", "username": "ann"}).status == 201
    return box


def bind(box: Any, policy: str, priority: int, group: str = "ops") -> None:
    assert box.post(POLICIES, {"groupname": group, "policyname": policy, "priority": priority}).status == 201


@pytest.mark.fact("system-groups", "system-group-code")
def test_groups_as_objects(box: Any) -> None:
    wanted = {"groupname": "ops", "promptstring": "%u@%h", "timeout": 600, "allowedmanagementinterface": ["API"]}
    assert box.post("systemgroup", wanted).status == 201
    assert box.post("systemgroup", wanted).code == 273
    (row,) = box.rows("systemgroup/ops")
    assert {name: row[name] for name in wanted} == {**wanted, "timeout": "600"}
    assert box.put("systemgroup", {"groupname": "ops", "timeout": 700, "promptstring": "%u"}).status == 200
    unset = {"groupname": "ops", "timeout": True, "promptstring": True, "allowedmanagementinterface": True}
    assert box.post("systemgroup", unset, "?action=unset").status == 200
    (row,) = box.rows("systemgroup/ops")
    assert (row["timeout"], row.get("promptstring")) == ("900", None)
    assert box.put("systemgroup", {"groupname": "no", "timeout": 1}).code == box.delete("systemgroup/no").code == 372
    assert [box.put("systemgroup", {"groupname": "ops", "timeout": low}).code for low in (9, 0)] == [1109, 0]
    for wrong in (["GUI"], [], "", " ", ","):  # ns.conf could not hold a list without a word
        assert box.post("systemgroup", {"groupname": "x", "allowedmanagementinterface": wrong}).code == 1097
    assert box.post(MEMBERS, {"groupname": "ops", "username": "nobody"}).status == 404
    assert box.post(POLICIES, {"groupname": "ops", "policyname": "no", "priority": 1}).code == 373
    assert box.post(POLICIES, {"groupname": "no", "policyname": "operator", "priority": 1}).code == 372
    assert box.delete("systemgroup/ops").status == 200
    assert box.rows("systemgroup") == []


@pytest.mark.fact("system-groups", "no-command-policy")
def test_the_policies_of_a_group(lab: Any, grouped: Any) -> None:
    """They apply to the members, together with a member's own, by priority."""
    ann = lab.client(**AS_ANN)
    assert ann.get("nsversion").code == 371
    bind(grouped, "read-only", 10)
    assert (ann.get("nsversion").status, ann.post("nsconfig", {}, "?action=save").code) == (200, 2138)
    own = {"username": "ann", "policyname": "superuser", "priority": 20}
    assert grouped.post("systemuser_systemcmdpolicy_binding", own).status == 201
    assert ann.post("nsconfig", {}, "?action=save").status == 200  # a policy that does not match decides nothing
    deny = {"policyname": "nosave", "action": "DENY", "cmdspec": "^save"}
    assert grouped.post("systemcmdpolicy", deny).status == 201
    bind(grouped, "nosave", 5)
    assert ann.post("nsconfig", {}, "?action=save").code == 2138
    assert grouped.delete(f"{MEMBERS}/ops?args=username:ann").status == 200
    assert ann.post("nsconfig", {}, "?action=save").status == 200
    assert [row["policyname"] for row in grouped.rows(f"{POLICIES}/ops")] == ["nosave", "read-only"]
    assert grouped.delete(f"{POLICIES}/ops?args=policyname:nosave").status == 200
    assert [row["policyname"] for row in grouped.rows(f"{POLICIES}/ops")] == ["read-only"]


@pytest.mark.fact("management-interfaces", "interface-refused")
@pytest.mark.parametrize("code", [354, 257])
@pytest.mark.parametrize("holder", ["systemuser", "systemgroup"])
def test_the_command_line_only(with_switches: Callable[..., Lab], holder: str, code: int) -> None:
    """Refused at NITRO, at a log-on and with credentials in the headers; a session that there is goes on."""
    lab = with_switches(interface_refused_code=code)
    box = lab.box()
    key, name = ("username", "ann") if holder == "systemuser" else ("groupname", "ops")
    assert box.post("systemuser", {"username": "ann", "password": "secret"}).status == 201
    assert box.post("systemgroup", {"groupname": "ops"}).status == 201
    assert box.post(MEMBERS, {"groupname": "ops", "username": "ann"}).status == 201
    bind(box, "superuser", 1)
    before, ann = lab.client(), lab.client(**AS_ANN)
    assert before.log_in("ann", "secret").status == 201
    for allowed, refused in ((["CLI"], True), (["CLI", "API"], False), (["API"], False), (["CLI"], True)):
        assert box.put(holder, {key: name, "allowedmanagementinterface": allowed}).status == 200
        answers = (ann.get("nsversion"), lab.client().log_in("ann", "secret"))
        assert [answer.code == code for answer in answers] == [refused, refused]
    assert before.get("nsversion").status == 200
    assert box.post(holder, {key: name, "allowedmanagementinterface": True}, "?action=unset").status == 200
    assert ann.get("nsversion").status == 200


@pytest.mark.fact("management-interfaces")
def test_interfaces_since_13(lab: Any) -> None:
    old = lab.box("pair")
    wanted = {"groupname": "ops", "allowedmanagementinterface": ["CLI"]}
    assert old.post("systemgroup", wanted).code == 278
    assert old.post("systemgroup", {"groupname": "ops"}).status == 201


@pytest.mark.fact("system-groups")
def test_groups_in_ns_conf(grouped: Any, lab: Any) -> None:
    """Written as in the command reference, and read at a boot, from a file, and from a fleet file: a member is not made superuser."""
    bind(grouped, "read-only", 10)
    wanted = {"groupname": "ops", "allowedmanagementinterface": ["API"], "promptstring": "a b"}
    assert grouped.put("systemgroup", wanted).status == 200
    text = str(grouped.get("nsrunningconfig").json["nsrunningconfig"]["response"])
    lines = [line for line in text.split("\n") if "system group" in line]
    assert lines == [
        'add system group ops -promptString "a b" -allowedManagementInterface API',
        "bind system group ops -policyName read-only 10",
        "bind system group ops -userName ann",
    ]
    grouped.post("nsconfig", {}, "?action=save")
    lab.simulator.appliance("gw").reboot()
    assert lab.client(**AS_ANN).post("nsconfig", {}, "?action=save").code == 2138
    users = {"nsroot": "nsroot", "ann": "secret"}
    box = {"build": "13.0 47.22", "nodes": ["127.21.0.42:0"], "users": users, "ns_conf": text}
    rows = {
        "systemgroup": [{"groupname": "ops"}],
        MEMBERS: [{"groupname": "ops", "username": "ann"}],
        POLICIES: [{"groupname": "ops", "policyname": "read-only", "priority": 1}],
    }
    stated = {**box, "nodes": ["127.21.0.43:0"], "ns_conf": "", "configuration": rows}
    with Simulator({"appliances": {"gw": box, "stated": stated}}) as simulator:
        other = Lab(simulator)
        for name in ("gw", "stated"):
            ann = other.client(name, **AS_ANN)
            assert (ann.get("nsversion").status, ann.post("nsconfig", {}, "?action=save").code) == (200, 2138)
        other.close()
