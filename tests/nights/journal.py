# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the simulator saw of each action of a night: the requests to management addresses, the policies of ours that were there after it, and all hits.

Nothing in it comes from the product: a check holds against it what runs say that they did, and since when something is there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from simulator.appliance.appliance import Appliance
from simulator.node.disk import File
from simulator.node.node import Node
from tests.nights.world import World

POLICY, BINDING = "responderpolicy", "responderglobal_responderpolicy_binding"
_NO_CHANGE = ("login", "logout", "systemfile", "nspartition?", "nsconfig")
"""Of the writes, those that change nothing of the configuration."""


@dataclass(frozen=True)
class Request:
    """A request to a management address."""

    appliance: str
    node: int
    method: str
    target: str
    status: int

    @property
    def is_change(self) -> bool:
        """Return whether it has changed the configuration."""
        what = self.target.lower().removeprefix("/nitro/v1/config/")
        return self.method != "GET" and self.status < 300 and not what.startswith(_NO_CHANGE)


@dataclass(frozen=True)
class Entry:
    """What was seen of an action.

    :ivar there: by appliance and partition, the responder policies on its primary after it
    :ivar bound: those of them that are bound for all virtual servers, with their priorities
    :ivar rules: by appliance, partition and policy, its rule
    :ivar hits: by appliance, partition and policy, how often it has matched
    :ivar disks: by node of an appliance that was searched, its files as they were then
    """

    requests: tuple[Request, ...]
    there: Mapping[tuple[str, str], frozenset[str]]
    bound: Mapping[tuple[str, str], Mapping[str, int]]
    rules: Mapping[tuple[str, str, str], str]
    hits: Mapping[tuple[str, str, str], int]
    disks: Sequence[Mapping[str, File]] = ()

    def beside(self, appliance: str, policy: str) -> frozenset[tuple[str, str, int, str]]:
        """Return what is bound for all virtual servers of an appliance beside the policies whose names begin so: partition, name, priority and rule."""
        return frozenset(
            (partition, one, priority, self.rules[name, partition, one])
            for (name, partition), found in self.bound.items()
            for one, priority in found.items()
            if name == appliance and not one.startswith(policy)
        )

    def is_there(self, appliance: str, policy: str) -> bool:
        return any(policy in names for (name, _partition), names in self.there.items() if name == appliance)


def noted(world: World, searched: str = "") -> Entry:
    """Return what is seen now, with the requests since the log was cleared.

    :param searched: the appliance whose files are kept: later ones have other names
    """
    nodes = world.running(searched).nodes if searched else ()
    inside = [(name, partition, node) for name in world.builds for partition, node in scopes(world.running(name))]
    return Entry(
        tuple(map(_request, (one for one in world.simulator.fleet.log.entries() if one["side"] == "nitro"))),
        {(name, partition): frozenset(map(str, _rows(node, POLICY, "name"))) for name, partition, node in inside},
        {(name, partition): _rows(node, BINDING, "policyname", "priority") for name, partition, node in inside},
        {
            (name, partition, policy): str(rule)
            for name, partition, node in inside
            for policy, rule in _rows(node, POLICY, "name", "rule").items()
        },
        {(name, partition, policy): n for name, partition, node in inside for policy, n in _hits(node)},
        [{path: file.copy() for path, file in node.files.items()} for node in nodes],
    )


def scopes(running: Appliance) -> Iterator[tuple[str, Node]]:
    """Yield the primary as each partition sees it, the default one first."""
    yield "default", running.primary
    yield from running.primary.partitions.items()


def _rows(node: Node, type_: str, key: str, value: str = "") -> dict[str, Any]:
    return {str(row[key]): row[value] if value else row for row in node.running.rows.get(type_, {}).values()}


def _hits(node: Node) -> Iterator[tuple[str, int]]:
    for name, fields in node.counters.all().items():
        if name.startswith(f"{POLICY}/"):
            yield name.removeprefix(f"{POLICY}/"), sum(n for field, n in fields.items() if field == "hits")


def _request(seen: Mapping[str, Any]) -> Request:
    status = seen["status"] or 999  # without an answer
    return Request(seen["appliance"], int(seen["node"] or 0), seen["method"], unquote(seen["target"]), int(status))
