# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The execution nodes of the inventory: strict types, and each appliance at one node, the same in each run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.execution_nodes import (
    STATE,
    ExecutionNode,
    assign,
    read_execution_nodes,
    slices_of,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.receptor_route import ReceptorRoute
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from hypothesis import given
from hypothesis import strategies as st

AMSTERDAM = {"name": "amsterdam", "command": ["ssh", "amsterdam", "ansible-runner", "worker"], "groups": ["site_ams"]}
UTRECHT = {"name": "utrecht", "command": ["worker"], "state": "/srv/tourniquet"}
SOCKET = {"socket": "/run/receptor/receptor.sock"}


def test_what_is_written_is_read() -> None:
    nodes = read_execution_nodes([AMSTERDAM, UTRECHT])
    assert nodes[0] == ExecutionNode(
        "amsterdam", ("ssh", "amsterdam", "ansible-runner", "worker"), ("site_ams",), STATE
    )
    assert nodes[1].state == "/srv/tourniquet"
    helper = {**AMSTERDAM, "takes_over": ["utrecht"]}
    assert read_execution_nodes([helper, UTRECHT], ["utrecht"])[0].takes_over == ("utrecht",)
    assert [node.name for node in read_execution_nodes([AMSTERDAM, UTRECHT], ["amsterdam"])] == ["utrecht"]


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (None, "must be a list"),
        ([], "must be a list"),
        ([AMSTERDAM] * 101, "must be a list"),
        (["amsterdam"], "list of mappings"),
        ([{**AMSTERDAM, "name": "../up"}], "has the name"),
        ([{**AMSTERDAM, "host": "x"}], "amsterdam: has host"),
        ([{**AMSTERDAM, "command": "ssh amsterdam"}], "amsterdam: command must be a list"),
        ([{**AMSTERDAM, "command": []}], "amsterdam: command must be a list"),
        ([{**AMSTERDAM, "groups": "site"}], "amsterdam: groups must be a list"),
        ([{**AMSTERDAM, "state": "state"}], "amsterdam: state must be an absolute path"),
        ([{**AMSTERDAM, "keepalive": "10"}], "amsterdam: keepalive must be a whole number"),
        ([{**AMSTERDAM, "keepalive": 601}], "amsterdam: keepalive must be a whole number"),
        ([AMSTERDAM, AMSTERDAM], "names amsterdam twice"),
        ([{**AMSTERDAM, "takes_over": "utrecht"}, UTRECHT], "amsterdam: takes_over must be a list"),
        ([{**AMSTERDAM, "takes_over": ["breda"]}, UTRECHT], "amsterdam: takes_over names breda"),
        ([{**AMSTERDAM, "takes_over": ["amsterdam"]}, UTRECHT], "amsterdam: takes_over names amsterdam"),
        ([{"name": "utrecht"}], "utrecht: command must be a list"),
        ([{**AMSTERDAM, "ping": "ssh"}], "amsterdam: ping must be a list"),
        ([{**AMSTERDAM, "cancel": [1]}], "amsterdam: cancel must be a list"),
        ([{**AMSTERDAM, "receptor": SOCKET}], "amsterdam: has command and receptor; write one"),
        ([{"name": "utrecht", "receptor": SOCKET, "ping": ["true"]}], "utrecht: ping and cancel go with a command"),
        ([{"name": "utrecht", "receptor": "/run/socket"}], "utrecht: receptor must be a mapping"),
        ([{"name": "utrecht", "receptor": {**SOCKET, "host": "x"}}], "utrecht: receptor has host; it may have"),
        ([{"name": "utrecht", "receptor": {}}], "utrecht: receptor.socket must be the absolute path"),
        ([{"name": "utrecht", "receptor": {"socket": "run/socket"}}], "utrecht: receptor.socket must be the absolute"),
        ([{"name": "utrecht", "receptor": {**SOCKET, "sign_work": "yes"}}], "utrecht: receptor.sign_work must be true"),
        ([{"name": "utrecht", "receptor": {**SOCKET, "node": "a b"}}], "utrecht: receptor.node must be a name"),
        ([{"name": "utrecht", "receptor": {**SOCKET, "work_type": ""}}], "utrecht: receptor.work_type must be a name"),
        ([{"name": "utrecht", "receptor": {**SOCKET, "tls_client": "x\n"}}], "utrecht: receptor.tls_client must be a"),
        (
            [{"name": "utrecht", "receptor": {**SOCKET, "tls_client": ""}}],
            "anybody may answer under the name of this node",
        ),
        (
            [{"name": "utrecht", "receptor": {**SOCKET, "sign_work": False}}],
            "any node of the mesh may command this one",
        ),
    ],
)
def test_everything_else_is_refused_with_an_example(value: Any, problem: str) -> None:
    with pytest.raises(
        InvalidInput, match=rf"tourniquet_execution_nodes .*{problem}.* Write tourniquet_execution_nodes: "
    ):
        read_execution_nodes(value)


def test_a_node_of_a_mesh_is_named_like_the_machine_unless_the_mapping_says_otherwise() -> None:
    given = {"socket": "/s", "node": "u.mesh", "work_type": "runner", "sign_work": True, "tls_client": "of_the_mesh"}
    first, second = read_execution_nodes([{"name": "utrecht", "receptor": SOCKET}, {"name": "b", "receptor": given}])
    assert first.receptor == ReceptorRoute("/run/receptor/receptor.sock", "utrecht")
    assert second.receptor == ReceptorRoute("/s", "u.mesh", "runner", "of_the_mesh")
    assert first.receptor.tls_client == "mesh"
    assert (first.command, second.command) == ((), ())


def test_a_command_may_have_a_ping_and_a_cancel() -> None:
    words = {"ping": ["ssh", "amsterdam", "true"], "cancel": ["ssh", "amsterdam", "end-job", "{job}"]}
    (node,) = read_execution_nodes([{**AMSTERDAM, **words}])
    assert (list(node.ping), list(node.cancel)) == (words["ping"], words["cancel"])


def test_a_command_that_submits_to_receptor_is_refused_with_the_mapping_to_write() -> None:
    command = ["/usr/bin/receptorctl", "--socket", "/s", "work", "submit", "--node", "utrecht", "ansible-runner"]
    with pytest.raises(InvalidInput) as refused:
        read_execution_nodes([{"name": "utrecht", "command": command}])
    assert "leaves a job with the Receptor of the controller when it is given up" in str(refused.value)
    assert "Write receptor: {socket: /run/receptor/receptor.sock, node: utrecht" in str(refused.value)


@pytest.mark.parametrize(("without", "problem"), [(["breda"], "names breda"), (["amsterdam", "utrecht"], "leaves no")])
def test_a_node_that_is_left_out_exists_and_another_one_stays(without: list[str], problem: str) -> None:
    with pytest.raises(InvalidInput, match=f"without_nodes {problem}"):
        read_execution_nodes([AMSTERDAM, UTRECHT], without)


def test_an_appliance_goes_to_the_node_near_it() -> None:
    nodes = read_execution_nodes([AMSTERDAM, UTRECHT])
    assignment = assign(["gw-1", "gw-2", "gw-3"], nodes, {"site_ams": {"gw-2"}})
    assert {host: node.name for host, node in assignment.items()} == {
        "gw-1": "utrecht",
        "gw-2": "amsterdam",
        "gw-3": "utrecht",
    }


@pytest.mark.parametrize(
    ("groups", "problem"),
    [
        ({}, "has the groups site_ams, which the inventory does not have"),
        ({"site_ams": set()}, "gw-1: no execution node"),
    ],
)
def test_no_appliance_is_left_out_silently(groups: Any, problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem):
        assign(["gw-1"], read_execution_nodes([AMSTERDAM]), groups)


@given(st.integers(1, 60), st.integers(1, 5), st.integers(1, 20))
def test_each_appliance_is_in_one_slice_of_its_node(hosts: int, count: int, most: int) -> None:
    nodes = [ExecutionNode(f"n{number}", ("worker",)) for number in range(count)]
    names = [f"gw-{number}" for number in range(hosts)]
    assignment = assign(names, nodes, {})
    slices = slices_of(names, assignment, most)
    assert sorted(host for one in slices for host in one.hosts) == sorted(names)
    assert all(0 < len(one.hosts) <= most and {assignment[host] for host in one.hosts} == {one.node} for one in slices)
    assert assign(names, nodes, {}) == assignment


# -- where an appliance belongs ---------------------------------------------------------------------------------------


def nodes_named(*names: str) -> list[ExecutionNode]:
    return [ExecutionNode(name, ("worker",)) for name in names]


FOUR = nodes_named("amsterdam", "breda", "utrecht", "zwolle")
NAMES = [f"gw-{number:04}" for number in range(60)]


def homes(hosts: Iterable[str], nodes: Sequence[ExecutionNode] = FOUR, **groups: set[str]) -> dict[str, str]:
    return {host: node.name for host, node in assign(hosts, nodes, groups).items()}


@pytest.mark.parametrize("place", [0, 30, 60])
def test_one_more_appliance_moves_no_other_one(place: int) -> None:
    assert homes([*NAMES[:place], "gw-new", *NAMES[place:]]).items() >= homes(NAMES).items()


@pytest.mark.parametrize("limit", [NAMES[:1], NAMES[7:9], NAMES[::-3]])
def test_a_limit_moves_no_appliance(limit: list[str]) -> None:
    assert homes(limit).items() <= homes(NAMES).items()


def test_no_order_decides() -> None:
    assert homes(NAMES[::-1], FOUR[::-1]) == homes(NAMES)


def test_an_appliance_stays_at_its_node_in_each_version_and_process() -> None:
    """The nodes have the credentials of these: another hash would be a change for each user."""
    found = ["utrecht", "amsterdam", "utrecht", "breda", "zwolle", "amsterdam", "zwolle", "breda"]
    assert list(homes(NAMES[:8]).values()) == found


@pytest.mark.parametrize("gone", [node.name for node in FOUR])
def test_a_node_that_is_left_out_moves_its_own_appliances_alone(gone: str) -> None:
    left = [node for node in FOUR if node.name != gone]
    before, after = homes(NAMES), homes(NAMES, left)
    of_it = {host: gone for host, node in before.items() if node == gone}
    assert {host: before[host] for host in NAMES if before[host] != after[host]} == of_it
    assert len({after[host] for host in of_it}) > 1, "they are spread over the others"


def test_a_new_node_takes_only_its_share() -> None:
    before, after = homes(NAMES), homes(NAMES, [*FOUR, *nodes_named("leiden")])
    changed = [host for host in NAMES if before[host] != after[host]]
    assert {after[host] for host in changed} == {"leiden"}
    assert 0 < len(changed) < len(NAMES) / 3


@pytest.mark.parametrize(("count", "nodes"), [(60, 2), (60, 4), (1000, 2), (1000, 4)])
def test_the_spread_is_that_of_chance(count: int, nodes: int) -> None:
    """Within three standard deviations of equal shares, for each form of name that a fleet may have."""
    for form in ("gw-{:04}", "vpx{}", "10.1.{}.7", "ns{}.example.com"):
        numbers = Counter(homes(map(form.format, range(count)), FOUR[:nodes]).values())
        share = count / nodes
        assert all(abs(numbers[node.name] - share) <= 3 * (share * (1 - 1 / nodes)) ** 0.5 for node in FOUR[:nodes])


def test_groups_narrow_and_nothing_else_does() -> None:
    site = set(NAMES[:30])
    narrow = [replace(node, groups=("site",)) if node.name in ("amsterdam", "breda") else node for node in FOUR]
    found = homes(NAMES, narrow, site=site)
    assert {found[host] for host in site} == {"amsterdam", "breda"}
    assert {found[host] for host in NAMES[30:]} == {"utrecht", "zwolle"}
    without = homes(NAMES, [node for node in narrow if node.name != "breda"], site=site)
    assert {found[host] for host in NAMES if found[host] != without[host]} == {"breda"}
    assert {without[host] for host in site} == {"amsterdam"}
