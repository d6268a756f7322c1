# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Entries for single nodes and admin partitions, folded into one entry for each appliance. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from .listed_appliance import ListedAppliance
from .problems import Problems


@dataclass(frozen=True)
class NodeEntry:
    """What a list says about one node or one admin partition.

    :ivar entry: the first of its nodes is this node, the second one its HA peer
    :ivar rank: the smallest of the entries of an appliance comes first, and gives its name: a primary before a secondary before a partition
    """

    entry: ListedAppliance
    rank: tuple[int, str]


def folded(found: Iterable[NodeEntry]) -> list[ListedAppliance]:
    """Return one entry for each appliance: those that share an address are the same one.

    :raises InvalidInput: where an appliance would have more than two nodes, or two customers or sites
    """
    groups: list[list[NodeEntry]] = []
    by_address: dict[str, list[NodeEntry]] = {}
    for item in found:
        joined = {id(group): group for address in item.entry.nodes if (group := by_address.get(address)) is not None}
        own = max(joined.values(), key=len, default=[])
        if not own:
            groups.append(own)
        moved = [item]
        for group in joined.values():
            if group is not own:
                moved += group
                group.clear()
        own += moved
        by_address |= {address: own for each in moved for address in each.entry.nodes}
    problems = Problems()
    appliances = [
        _one([item.entry for item in sorted(group, key=lambda i: i.rank)], problems) for group in groups if group
    ]
    problems.raise_if_any()
    return appliances


def _one(entries: Sequence[ListedAppliance], problems: Problems) -> ListedAppliance:
    first = entries[0]
    nodes = tuple(dict.fromkeys(address for entry in entries for address in entry.nodes))
    if len(nodes) > 2:
        problems.add(
            first.where, f"its entries name more than two nodes: {', '.join(nodes)}. An appliance has one or two."
        )
    for what in ("customer", "site"):
        texts = sorted({getattr(entry, what) for entry in entries} - {""})
        if len(texts) > 1:
            problems.add(
                first.where, f"its entries name more than one {what}: {', '.join(texts)}. Correct one of them."
            )
    return replace(
        first,
        nodes=nodes,
        customer=next((entry.customer for entry in entries if entry.customer), ""),
        site=next((entry.site for entry in entries if entry.site), ""),
        build=next((entry.build for entry in entries if entry.build), ""),
        partitions=tuple(dict.fromkeys(name for entry in entries for name in entry.partitions)),
        found_vips=tuple({str(vip): vip for entry in entries for vip in entry.found_vips}.values()),
        tags={name: text for entry in reversed(entries) for name, text in entry.tags.items()},
    )
