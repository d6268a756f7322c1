# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is said after an action, as texts by view, and what the nights find untrue in it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from typing import Any

from tests.nights.held import Held
from tests.nights.night import OURS, Night
from tests.nights.outputs import read
from tests.nights.played import untrue
from tests.nights.texts import texts_of

STATEMENTS = ("hunt", "alarm", "verify", "plan")
"""The actions whose own words are statements about what is there; they change nothing of it."""
_COST = re.compile(
    r', \d+ bytes\b|"bytes": \d+|"requests": \{[^{}]*\}|^requests: \d+$|within \d+\.\d+ s|"links": \{[^{}]*\}',
    re.MULTILINE,
)
"""How many requests were sent, how long they took, and how many bytes of logs were read, in which our own requests are: a change that sends another one tells
this as it is."""


@dataclass(frozen=True)
class Told:
    """What was said.

    :ivar views: by view, its text
    :ivar wrong: what the nights find untrue or left out
    """

    views: Mapping[str, str]
    wrong: frozenset[str]

    def differs(self, other: Told) -> list[str]:
        """Return the views that say something else."""
        return [name for name in {**self.views, **other.views} if self.views.get(name) != other.views.get(name)]

    def difference(self, other: Told, most: int = 8) -> list[str]:
        """Return the first lines that differ."""
        found = []
        for name in self.differs(other):
            lines = unified_diff(*(one.views.get(name, "").splitlines() for one in (self, other)), n=0, lineterm="")
            found += [f"{name}: {line[:200]}" for line in lines if not line.startswith(("---", "+++", "@@"))]
        return found[:most]


def told(night: Night, by: str) -> Told:
    """Read everything, and hold it against the world."""
    found = read(night.nodes[by], by, night.clock)
    said = _of_the_action(night) if night.actions[-1].name in STATEMENTS else ""
    texts = {**texts_of(found), "said": said}
    views = {name: _COST.sub("", text) for name, text in texts.items() if not name.endswith("asked")}
    try:
        wrong = frozenset(untrue(Held(night, found)))
    except Exception as error:  # noqa: BLE001 -- a check that cannot read what is said has noticed it
        wrong = frozenset([f"a check fails: {error!r}"])
    return Told(views, wrong)


def _of_the_action(night: Night) -> str:
    """Return what the last action said, and its report."""
    last = night.actions[-1]
    lines = (f"{name}: {json.dumps(one)}" for name, values in last.report.items() for one in _parts(values))
    return "\n".join([last.said, *lines])


def _parts(values: Any) -> Sequence[Any]:
    return values if isinstance(values, list) else [values]


def reader(night: Night, number: int) -> str:
    """Return the control node that reads after an action, as :mod:`tests.nights.played` chooses it."""
    return OURS if number % 3 else night.actions[-1].by
