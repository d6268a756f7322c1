# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Is a record about the nodes that an appliance has today, or was it replaced or renumbered? Pure."""

from __future__ import annotations

from collections.abc import Iterable

from .change_record import ChangeRecord


def is_elsewhere(record: ChangeRecord, nodes: Iterable[str]) -> bool:
    """Return True if a run was on none of these nodes; False where nobody knows. Another control node may reach the same nodes at other addresses.

    :param nodes: with or without their ports
    """
    recorded, here = {*map(_host, record.nodes)}, {*map(_host, nodes)}
    return not record.is_fetched and bool(recorded) and bool(here) and not recorded & here


def why_elsewhere(record: ChangeRecord, nodes: Iterable[str]) -> str:
    """Return why what a run of ours left may be at another appliance; "" where it is not, or nobody knows."""
    if not is_elsewhere(record, nodes):
        return ""
    name = record.name.removesuffix(".json")
    return f"record {name} is of no node that it has today: it was replaced or has other addresses, so what that run left need not be here"


def _host(node: str) -> str:
    """Return a node without its port."""
    return node.rpartition(":")[0] or node
