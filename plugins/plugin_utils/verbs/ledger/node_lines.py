# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lines of the ledger about nodes: management addresses that are open or not known, and nodes that lack the fix of the other one. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from ...foundation.counted import counted
from ...foundation.folded_names import folded
from ...foundation.foreign_text import printable
from ...judgement.course.state import State

Values = Mapping[str, Any]
MOST_NAMES = 8
MOST_ENTRIES = 4
OPEN, NOT_KNOWN, NO_FIX = "MANAGEMENT ADDRESS OPEN", "MANAGEMENT ADDRESS NOT KNOWN", "NODE WITHOUT THE FIX"
_HOW = "docs/how-to/node-local.md"


class _Found(NamedTuple):
    """A weakness at a node of an appliance."""

    appliance: str
    node: str
    entry: str


def node_lines(appliances: Mapping[str, Values]) -> list[str]:
    """Return a line for what is open at management addresses, one for what is not known of them, and one for the nodes without the fix.

    :param appliances: by :func:`ledger_page`
    """
    is_open = set(_addresses(appliances, is_known=True))
    unknown = {one for one in _addresses(appliances, is_known=False) if not appliances[one.appliance]["problem"]}
    without = {_Found(name, str(node), row["entry"]) for name, row in _rows(appliances) for node in row["without_fix"]}
    return [
        *_line(OPEN, "management address", is_open, f"Whoever reaches it can attack, whatever is closed: {_HOW}"),
        *_line(NOT_KNOWN, "management address", unknown, f"No run of ours shows that it is protected: {_HOW}"),
        *_line(NO_FIX, "node", without, "It serves after a failover: upgrade it too"),
    ]


def _rows(appliances: Mapping[str, Values]) -> Iterator[tuple[str, Values]]:
    for name, values in appliances.items():
        yield from ((name, row) for answer in values["answers"] for row in answer["rows"])


def _addresses(appliances: Mapping[str, Values], *, is_known: bool) -> Iterator[_Found]:
    """Yield the management addresses that are not protected now, where a weakness counts there."""
    for name, row in _rows(appliances):
        for one in row["nodes"] if row["exposed_from"]["time"] else ():
            now = [State(last["state"]) for last in one["management"][-1:]]
            if any(not state.protects and state.is_known is is_known for state in now):
                yield _Found(name, str(one["node"]), row["entry"])


def _line(what: str, noun: str, found: Iterable[_Found], meaning: str) -> Iterator[str]:
    ordered = sorted(found)
    if not ordered:
        return
    nodes = len({(one.appliance, one.node) for one in ordered})
    names = [*dict.fromkeys(printable(one.appliance) for one in ordered)]
    entries = [*dict.fromkeys(sorted(one.entry for one in ordered))]
    where = folded(names, MOST_NAMES)
    place = f" of {where}" if len(names) == 1 else f" of {counted(len(names), 'appliance')} ({where})"
    more = f" and {len(entries) - MOST_ENTRIES} more" if len(entries) > MOST_ENTRIES else ""
    yield f"{what}  {counted(nodes, noun)}{place}: {', '.join(entries[:MOST_ENTRIES])}{more}. {meaning}"
