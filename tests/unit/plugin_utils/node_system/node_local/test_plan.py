# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a run would do on the operating system of each node: the order, the commands, what a removal leaves, and what forbids it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Address
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.history import NodeHistory
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.knobs import SYSTEM_ACCESS
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.plan import (
    NodeLocalPlan,
    NodePlan,
    ReadNode,
    make_plan,
    reboot_lines,
    reboot_order,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.settings import (
    First,
    NodeLocalSettings,
    Wanted,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.start_up_file import (
    ABSENT,
    StartUpFile,
)

LINE = SYSTEM_ACCESS.line
N1, N2 = Address("192.0.2.1", 443), Address("192.0.2.2", 443)
OURS = NodeHistory(is_ours=True, before=StartUpFile(b"a\n").sha256, knob=True, is_known=True, rebooted=True)


def node(text: str | None = "a\n", address: Address = N1, role: str = "standalone", **history: Any) -> ReadNode:
    file = StartUpFile(None if text is None else text.encode(), "" if text is None else "-rwxr-xr-x 0 0")
    return ReadNode(address, role, file, replace(NodeHistory(), **history))


def pair(**more: Any) -> list[ReadNode]:
    return [node(address=N1, role="primary", **more), node(address=N2, role="secondary", **more)]


def plan(*nodes: ReadNode, needed: bool = True, **settings: Any) -> NodeLocalPlan:
    options = NodeLocalSettings(**settings)
    return make_plan(SYSTEM_ACCESS, options, nodes, needed=needed, why="the build has the fix", upgrade="13.0 58.30")


def absent(*nodes: ReadNode, needed: bool = False, **settings: Any) -> NodeLocalPlan:
    return plan(*nodes, needed=needed, wanted=Wanted.ABSENT, **settings)


# -- the line comes in -----------------------------------------------------------------------------------------------------


def test_the_knob_is_set_now_and_the_line_for_each_boot() -> None:
    made = plan(node())
    assert made.lines == [
        f"192.0.2.1 (standalone): {LINE}",
        f"192.0.2.1 (standalone): + /nsconfig/rc.netscaler: {LINE}",
    ]
    assert made.nodes[0].after.content == f"a\n{LINE}\n".encode()
    assert made.writes
    assert made.files == [("1.rc.netscaler", b"a\n")]


def test_a_file_that_is_not_there_is_made_and_has_no_copy() -> None:
    made = plan(node(None))
    assert made.nodes[0].after.content == f"{LINE}\n".encode()
    assert made.files == []


def test_a_second_run_changes_nothing() -> None:
    made = plan(node(f"a\n{LINE}\n", is_ours=True, knob=True))
    assert (made.lines, made.writes, made.remarks, made.conflicts) == ([], False, (), ())


def test_a_knob_that_a_reboot_has_forgotten_is_set_again() -> None:
    assert plan(node(f"{LINE}\n", is_ours=True)).lines == [f"192.0.2.1 (standalone): {LINE}"]


def test_a_line_that_vanished_comes_back_with_the_knob() -> None:
    made = plan(node(is_ours=True, knob=True))
    assert (made.nodes[0].writes_file, made.nodes[0].sets_knob) == (True, True)


@pytest.mark.parametrize(
    ("text", "history", "remark"),
    [
        (f"{LINE}\n", {}, "has the line already, and no run of ours wrote it: a removal leaves it there"),
        (f"{LINE}\n{LINE}\n", {"is_ours": True}, "has the line 2 times. It works; take the others out by hand"),
    ],
)
def test_lines_of_others_are_remarked(text: str, history: Any, remark: str) -> None:
    (found,) = plan(node(text, **history)).remarks
    assert found == f"/nsconfig/rc.netscaler of 192.0.2.1 {remark}"


def test_another_line_on_the_knob_forbids_it() -> None:
    other = "nsapimgr -ys skip_systemaccess_policyeval=1"
    (conflict,) = plan(node(f"{other}\n")).conflicts
    assert (
        conflict
        == f"/nsconfig/rc.netscaler of 192.0.2.1 has another line on skip_systemaccess_policyeval: {other}. Look at it and remove it"
    )
    long = plan(node(f"{other}{'x' * 5000} ; skip_systemaccess_policyeval\n")).conflicts[0]
    assert len(long) < 400


def test_a_build_that_does_not_need_it_is_skipped_with_the_reason() -> None:
    made = plan(node(), needed=False)
    assert (made.nodes, made.skipped, made.writes) == ((), "the build has the fix", False)


@pytest.mark.parametrize(("first", "order"), [(First.PRIMARY, [N1, N2]), (First.SECONDARY, [N2, N1])])
def test_the_order_is_the_one_that_is_asked_for(first: First, order: list[Address]) -> None:
    assert [one.address for one in plan(*pair(), first=first).nodes] == order


# -- the line goes out -----------------------------------------------------------------------------------------------------


def test_our_line_goes_and_the_file_is_as_before() -> None:
    made = absent(ReadNode(N1, "standalone", StartUpFile(f"a\n{LINE}\n".encode()), OURS))
    assert made.nodes[0].after.content == b"a\n"
    assert made.lines == [f"192.0.2.1 (standalone): - /nsconfig/rc.netscaler: {LINE}"]
    assert made.remarks == (
        "the running skip_systemaccess_policyeval of 192.0.2.1 stays as it is until the next reboot, as in the vendor's article",
    )


def test_a_file_that_we_made_goes_with_the_line() -> None:
    made = absent(node(f"{LINE}\n", is_ours=True, before=ABSENT))
    assert made.nodes[0].after.content is None


def test_the_knob_is_set_back_where_that_is_asked_for() -> None:
    made = absent(ReadNode(N1, "standalone", StartUpFile(f"a\n{LINE}\n".encode()), OURS), reset_knob=True)
    assert made.lines == [
        f"192.0.2.1 (standalone): - /nsconfig/rc.netscaler: {LINE}",
        f"192.0.2.1 (standalone): {SYSTEM_ACCESS.unset}",
    ]
    assert made.remarks == ()
    assert absent(node(), reset_knob=True).lines == [], "nothing of ours was there"


@pytest.mark.parametrize(
    ("text", "history", "whose"),
    [
        (f"{LINE}\n", {}, "it is there and no run of ours wrote it"),
        (f"{LINE}\n{LINE}\n", {"is_ours": True}, "it is there 2 times, and one run wrote it once"),
    ],
)
def test_a_line_that_is_not_ours_stays_unless_it_is_adopted(text: str, history: Any, whose: str) -> None:
    made = absent(node(text, **history))
    assert not made.writes
    assert (
        made.remarks[0]
        == f"/nsconfig/rc.netscaler of 192.0.2.1 keeps the line: {whose}. -e node_local_adopt=true takes it out"
    )
    assert absent(node(text, **history), adopt=True).nodes[0].after.count(LINE) == 0


def test_a_removal_from_a_build_that_needs_it_is_a_decision() -> None:
    there = node(f"{LINE}\n", is_ours=True)
    assert absent(there, needed=True).conflicts == (
        "a node runs a build that needs it. First upgrade to 13.0 58.30, or accept the exposure: -e accept_exposure=true",
    )
    assert absent(there, needed=True, accept_exposure=True).conflicts == ()
    assert absent(node(), needed=True).conflicts == (), "where nothing changes, nothing is exposed"


# -- reboots ---------------------------------------------------------------------------------------------------------------


def test_the_secondary_is_rebooted_first_and_the_primary_after_a_failover() -> None:
    made = plan(*pair(), reboot=True, evidence="case 7")
    assert [one.role for one in reboot_order(made.nodes)] == ["secondary", "primary"]
    assert reboot_lines(made.nodes) == [
        "192.0.2.2 (secondary): reboot, once",
        "failover: 192.0.2.2 becomes primary, and sessions of users break",
        "192.0.2.1 (primary): reboot, once",
    ]
    assert made.lines[-3:] == reboot_lines(made.nodes)


def test_a_standalone_appliance_is_away_meanwhile() -> None:
    (line,) = reboot_lines(plan(node(), reboot=True).nodes)
    assert line == "192.0.2.1 (standalone): reboot, once, and the appliance is away until it is up again"


@pytest.mark.parametrize(
    ("history", "reboots"),
    [
        ({"is_ours": True, "knob": True, "is_known": True}, True),
        ({"is_ours": True, "knob": True, "is_known": True, "rebooted": True}, False),
        ({"is_ours": True, "knob": True}, False),
    ],
)
def test_no_node_is_rebooted_for_nothing(history: Any, reboots: bool) -> None:
    assert plan(node(f"{LINE}\n", **history), reboot=True).nodes[0].reboots is reboots
    assert not plan(node(), reboot=False).nodes[0].reboots


def test_half_a_pair_is_not_rebooted() -> None:
    assert plan(node(role="primary"), reboot=True).conflicts == (
        "the other node of the pair is not there, so no reboot is possible without an outage",
    )
    assert plan(node(role="secondary"), reboot=True).conflicts == ()


# -- the plan as a value ----------------------------------------------------------------------------------------------------


def test_the_seal_depends_on_what_the_plan_depends_on() -> None:
    one = plan(*pair())
    assert one.seal == plan(*reversed(pair())).seal
    others = [
        plan(*pair(text="b\n")),
        plan(*pair(), reboot=True),
        absent(*pair()),
        plan(node(address=N1, role="secondary"), node(address=N2, role="primary")),
    ]
    assert len({one.seal, *(other.seal for other in others)}) == 5


@pytest.mark.parametrize(("stopped", "sets"), [(True, False), (False, True), (None, True)])
def test_the_management_address_decides_of_the_knob(stopped: bool | None, sets: bool) -> None:
    assert plan(node()).with_knobs({N1: stopped}).nodes[0].sets_knob is sets
    assert plan(node()).with_knobs({N2: True}).nodes[0].sets_knob is True


def test_the_record_has_what_was_there_and_what_shall_be_there() -> None:
    made = plan(node(), reboot=True)
    (entry,) = made.to_json()["nodes"]
    assert entry == {
        "node": str(N1),
        "role": "standalone",
        "sha256": StartUpFile(b"a\n").sha256,
        "mode": "-rwxr-xr-x 0 0",
        "count": 0,
        "after": StartUpFile(f"a\n{LINE}\n".encode()).sha256,
        "knob": True,
        "reboot": True,
    }


def test_further_conflicts_and_remarks_are_added_each_once() -> None:
    made = plan(node(f"{LINE}\n"))
    again = made.with_conflicts(["x"], [*made.remarks, "y"])
    assert (again.conflicts, again.remarks) == (("x",), (*made.remarks, "y"))


@pytest.mark.parametrize(
    ("text", "knob", "is_set"), [("a\n", False, False), (f"a\n{LINE}\n", False, True), ("a\n", True, True)]
)
def test_a_removal_sets_the_knob_back_where_the_line_or_a_run_of_ours_has_set_it(
    text: str, *, knob: bool, is_set: bool
) -> None:
    one = node(text, is_ours=True, knob=knob, before=StartUpFile(b"a\n").sha256)
    stays = "the running skip_systemaccess_policyeval of 192.0.2.1 stays as it is until the next reboot"
    made = absent(one, reset_knob=True)
    assert (made.nodes[0].sets_knob, made.remarks) == (is_set, ())
    made = absent(one, reset_knob=False)
    assert (made.nodes[0].sets_knob, [stays in remark for remark in made.remarks]) == (False, [True] * is_set)


def test_a_plan_reboots_nothing_and_misses_no_rule_where_nothing_else_is_said() -> None:
    made = NodeLocalPlan(SYSTEM_ACCESS, Wanted.PRESENT, (NodePlan(N1, "standalone", ABSENT, ABSENT, sets_knob=True),))
    assert (made.rule_missing, made.nodes[0].reboots) == (False, False)


def test_the_other_node_is_missed_only_where_a_reboot_is_asked_for() -> None:
    missed = "the other node of the pair is not there, so no reboot is possible without an outage"
    primary, secondary = pair()
    assert plan(primary, reboot=True).conflicts == (missed,)
    assert plan(primary).conflicts == plan(primary, secondary, reboot=True).conflicts == ()
    assert plan(secondary, reboot=True).conflicts == ()
