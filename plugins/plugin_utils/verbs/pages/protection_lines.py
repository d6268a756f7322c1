# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lines of a page about changes of protection: one for each event, with the weaknesses and appliances of which it is the same. Pure.

One opening is an event of every weakness that a closing kept away, and one run of every appliance. The files of the page have each of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from ...foundation.folded_names import folded
from ...foundation.foreign_text import printable
from ...foundation.protection_change import Phase, changed_line

MOST_ENTRIES = 8
MOST_NAMES = 8
_MINUTE = re.compile(r"(\d{4}-\d\d-\d\d) \d\d:\d\d UTC")
_RECORD = re.compile(r"\brecord \d{8}T\d{6}\.\d+Z[\w.-]*")


class Changed(NamedTuple):
    """A change of the protection of an appliance against a weakness.

    :ivar clause: since when, by whose decision, and why
    """

    appliance: str
    entry: str
    clause: str

    @classmethod
    def of_text(cls, appliance: str, text: str) -> Changed:
        """Return it from the text of a result, which begins with the weakness."""
        entry, _space, clause = text.partition(" ")
        return cls(appliance, entry, clause)

    @property
    def alike(self) -> str:
        """Return the clause without what only one appliance has: its name, its records, and the time of the day."""
        own = re.compile(rf"(?<![\w.-]){re.escape(self.appliance)}(?![\w-])")
        return own.sub("<appliance>", _RECORD.sub("its record", _MINUTE.sub(r"\1", self.clause)))


def protection_lines(phase: Phase, changes: Iterable[Changed]) -> list[str]:
    """Return a line for each event, in the order in which they come."""
    entries: dict[tuple[str, str], dict[str, Changed]] = {}
    for one in changes:
        entries.setdefault((one.appliance, one.clause), {})[one.entry] = one
    events: dict[tuple[tuple[str, ...], str], list[Changed]] = {}
    for own in entries.values():
        first = next(iter(own.values()))
        events.setdefault((tuple(sorted(own)), first.alike), []).append(first)
    return [_line(phase, names, alike, found) for (names, alike), found in events.items()]


def _line(phase: Phase, entries: tuple[str, ...], alike: str, found: list[Changed]) -> str:
    clauses = {one.clause for one in found}
    more = f" and {len(entries) - MOST_ENTRIES} more" if len(entries) > MOST_ENTRIES else ""
    clause = clauses.pop() if len(clauses) == 1 else alike
    where = folded((printable(one.appliance) for one in found), MOST_NAMES)
    return changed_line(phase, where, f"{', '.join(entries[:MOST_ENTRIES])}{more} {clause}")
