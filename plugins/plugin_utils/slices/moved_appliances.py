# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The appliances that are not at their own execution node, because it is left out (``without_nodes``), and what a person should know of that. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.counted import counted
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.folded_names import folded
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.slices.execution_nodes import ExecutionNode, assign

Assignment = Mapping[str, ExecutionNode]


def moved(
    assignment: Assignment, nodes: Sequence[ExecutionNode], groups: Mapping[str, Collection[str]]
) -> dict[str, str]:
    """Return the appliances that are at another node than their own, each with the name of its own.

    :param assignment: by appliance, the node that works on it in this run
    :param nodes: all that the inventory has
    """
    own = assign(assignment, nodes, groups)
    return {host: own[host].name for host, node in assignment.items() if own[host].name != node.name}


def said(homes: Mapping[str, str], assignment: Assignment) -> list[str]:
    """Return a sentence for each node that works on appliances of a node that is left out.

    :param homes: of :func:`moved`
    """
    ways: dict[tuple[str, str], list[str]] = {}
    for host, home in homes.items():
        ways.setdefault((home, assignment[host].name), []).append(host)
    return [
        f"{home} is left out, so {node} works on {counted(len(hosts), 'appliance')} of it: {folded(hosts, 5)}. {node} needs their credentials: where "
        f"its page says that netscaler_password has no value, give {node} what {home} has (its vault password or its file), or wait for {home}"
        for (home, node), hosts in ways.items()
    ]
