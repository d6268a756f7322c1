# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is said after an action, as texts by view, and what the nights find untrue in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import unified_diff

from tests.nights.held import Held
from tests.nights.night import OURS, Night
from tests.nights.outputs import read
from tests.nights.played import untrue
from tests.nights.texts import texts_of

STATEMENTS = ("hunt", "alarm", "verify", "plan")
"""The actions whose own words are statements about what is there; they change nothing of it."""
_COST = re.compile(r', \d+ bytes\b|"requests": \{[^{}]*\}')
"""How many requests were sent, and how many bytes of logs were read, in which our own requests are: a change that sends another one tells this as it is."""


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
    said = night.actions[-1].said if night.actions[-1].name in STATEMENTS else ""
    texts = {**texts_of(found), "said": said}
    views = {name: _COST.sub("", text) for name, text in texts.items() if not name.endswith("asked")}
    try:
        wrong = frozenset(untrue(Held(night, found)))
    except Exception as error:  # noqa: BLE001 -- a check that cannot read what is said has noticed it
        wrong = frozenset([f"a check fails: {error!r}"])
    return Told(views, wrong)


def reader(night: Night, number: int) -> str:
    """Return the control node that reads after an action, as :mod:`tests.nights.played` chooses it."""
    return OURS if number % 3 else night.actions[-1].by
