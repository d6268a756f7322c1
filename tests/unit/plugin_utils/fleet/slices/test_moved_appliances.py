# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a person reads when a node is left out: which appliances another node works on, and that it needs their credentials."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.execution_nodes import (
    ExecutionNode,
    assign,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.moved_appliances import (
    assign_without,
    moved,
    said,
)

NODES = [ExecutionNode(name, ("worker",)) for name in ("amsterdam", "breda", "utrecht")]
HOSTS = [f"gw-{number}" for number in range(1, 13)]


def test_the_appliances_of_the_node_that_is_left_out_are_named_and_no_other() -> None:
    before, now = assign(HOSTS, NODES, {}), assign(HOSTS, NODES[:2], {})
    homes = moved(now, NODES, {})
    assert homes == {host: "utrecht" for host, node in before.items() if node.name == "utrecht"}
    texts = said(homes, now)
    assert [text.partition(":")[0] for text in texts] == [
        "utrecht is left out, so breda works on 2 appliances of it",
        "utrecht is left out, so amsterdam works on 2 appliances of it",
    ]
    assert texts[0].endswith("give breda what utrecht has (its vault password or its file), or wait for utrecht")


def test_nothing_is_said_where_each_appliance_is_at_its_own_node() -> None:
    now = assign(HOSTS, NODES, {})
    assert said(moved(now, NODES, {}), now) == []


def test_without_a_node_its_appliances_go_where_the_inventory_says_so() -> None:
    nodes = [NODES[0], replace(NODES[1], groups=("site_breda",), takes_over=("utrecht",)), NODES[2]]
    groups = {"site_breda": {"gw-1"}}
    own = assign(HOSTS, nodes, groups)
    now = assign_without(HOSTS, nodes, ["utrecht"], groups)
    homes = moved(now, nodes, groups)
    assert set(homes.values()) == {"utrecht"}
    assert {now[host] for host in homes} == {nodes[1]}, "whatever groups it names"
    assert {host: now[host] for host in HOSTS if host not in homes} == {
        host: own[host] for host in HOSTS if host not in homes
    }
    (text,) = said(homes, now)
    assert text.startswith("utrecht is left out, so breda works on ")
    assert text.endswith(" (takes_over)")


def test_without_a_node_that_nobody_takes_over_its_appliances_go_to_all_that_are_left() -> None:
    assert assign_without(HOSTS, NODES, ["utrecht"], {}) == assign(HOSTS, NODES[:2], {})
