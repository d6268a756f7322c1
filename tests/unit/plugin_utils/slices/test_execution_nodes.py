# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The execution nodes of the inventory: strict types, and each appliance at one node, the same in each run."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.slices.execution_nodes import (
    STATE,
    ExecutionNode,
    assign,
    read_execution_nodes,
    slices_of,
)
from hypothesis import given
from hypothesis import strategies as st

AMSTERDAM = {"name": "amsterdam", "command": ["ssh", "amsterdam", "ansible-runner", "worker"], "groups": ["site_ams"]}
UTRECHT = {"name": "utrecht", "command": ["worker"], "state": "/srv/tourniquet"}


def test_what_is_written_is_read() -> None:
    nodes = read_execution_nodes([AMSTERDAM, UTRECHT])
    assert nodes[0] == ExecutionNode(
        "amsterdam", ("ssh", "amsterdam", "ansible-runner", "worker"), ("site_ams",), STATE
    )
    assert nodes[1].state == "/srv/tourniquet"
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
    ],
)
def test_everything_else_is_refused_with_an_example(value: Any, problem: str) -> None:
    with pytest.raises(
        InvalidInput, match=rf"tourniquet_execution_nodes .*{problem}.* Write tourniquet_execution_nodes: "
    ):
        read_execution_nodes(value)


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
    numbers = [sum(node == one for one in assignment.values()) for node in nodes]
    assert max(numbers) - min(numbers) <= 1
    assert assign(names, nodes, {}) == assignment
