# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How surely something is known follows from what it rests on: a record, a publication, a reading of today, or nothing but what is assumed.

By the meanings of the words in docs/reference/ledger.md, and by the clocks of the night.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.nights.claims import rows_with
from tests.nights.held import Held

RECORDED, PUBLISHED, READ, ASSUMED = "recorded", "published", "read today", "assumed"
_BASES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"record \d{8}T\S+?(, step \w+)?(, which put back .+)?", (RECORDED,)),
    (r"the report of hunt\.yml", (RECORDED,)),
    (r"the catalogue, \w+( \((by the vendor|reported by .+)\))?|the bulletin|https?://\S+", (PUBLISHED,)),
    (r"the bulletin of \d{4}-\d\d-\d\d; .+", (ASSUMED,)),
    (r"the configuration of the appliance|the reading of today|the builds of all nodes", (READ,)),
    (r"the appliance: .+|the oldest line of .+|a node runs a build \w+ the \w+ today", (READ,)),
)
"""By what something rests on, how surely it is known."""
_CLOCKS = ("clock_ahead", "clock_behind", "node_clock", "lease_lost", "dies")
"""Actions after which the time of a record need not be its own."""


def wrong_bases(held: Held) -> Iterator[str]:
    """Yield what a ledger knows more or less surely than what it rests on."""
    has_wrong_clock = any(one.name in _CLOCKS for one in held.actions)
    for appliance, about in held.found.ledger["appliances"].items():
        rows = [row for answer in about["answers"] for row in answer["rows"]]
        ends = [
            id(stage["until"]) for row in rows for stage in row["stages"]
        ]  # when it ended is not read with that it has
        for one in rows_with(rows, "time", "source", "confidence"):
            if one["time"] and id(one) not in ends and (why := _wrong(one, has_wrong_clock=has_wrong_clock)):
                yield f"the ledger of {appliance} says {why}"


def _wrong(dated: Mapping[str, Any], *, has_wrong_clock: bool) -> str:
    source, word = str(dated["source"]), dated["confidence"]
    known = next((words for pattern, words in _BASES if re.fullmatch(pattern, source)), (READ, ASSUMED))
    if known == (RECORDED,) and has_wrong_clock:
        known = (RECORDED, ASSUMED)
    return "" if word in known else f"that {dated['time']} is {word}, and it rests on {source}"
