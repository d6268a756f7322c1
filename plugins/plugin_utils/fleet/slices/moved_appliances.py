# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The appliances that are not at their own execution node, because it is left out (``without_nodes``), and what a person should know of that. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from ...foundation.counted import counted
from ...foundation.folded_names import folded
from .execution_nodes import ExecutionNode, assign

Assignment = Mapping[str, ExecutionNode]


def assign_without(
    hosts: Iterable[str],
    nodes: Sequence[ExecutionNode],
    without: Collection[str],
    groups: Mapping[str, Collection[str]],
) -> dict[str, ExecutionNode]:
    """Return the node of each appliance where some nodes are left out: its own, else of those that take its own over, else of all that are left.

    :param nodes: all that the inventory has
    :param without: the names of those that are left out
    :raises InvalidInput: where a group does not exist, or no node may work on an appliance
    """
    chosen = assign(hosts, nodes, groups)
    left = [node for node in nodes if node.name not in without]
    for home in sorted(set(without)):
        theirs = [host for host, node in chosen.items() if node.name == home]
        heirs = [replace(node, groups=()) for node in left if home in node.takes_over]
        by_name = {node.name: node for node in left}
        found = assign(theirs, heirs or left, groups)
        chosen |= {host: by_name[node.name] for host, node in found.items()}
    return chosen


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
    nodes = {node.name: node for node in assignment.values()}
    return [_said(home, nodes[name], hosts) for (home, name), hosts in ways.items()]


def _said(home: str, node: ExecutionNode, hosts: Sequence[str]) -> str:
    works = f"{home} is left out, so {node.name} works on {counted(len(hosts), 'appliance')} of it: {folded(hosts, 5)}"
    if home in node.takes_over:
        return f"{works} (takes_over)"
    return (
        f"{works}. {node.name} needs their credentials: where its page says that netscaler_password has no value, give {node.name} what {home} has "
        f"(its vault password or its file), or wait for {home}"
    )
