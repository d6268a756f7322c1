# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a change of protection is said, wherever it comes from: plans, runs, readings and the course of time say it in these words. Pure.

Letters say it in plain language, by its cause (:mod:`customers.letters.wording`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from .foreign_text import printable


class Phase(StrEnum):
    """How far it has come, in the words that a page begins with."""

    PLANNED = "TAKES PROTECTION AWAY"
    REDUCES = "REDUCES PROTECTION"
    """Likewise of a part."""
    IN_DOUBT = "PROTECTION MAY BE LOST"
    """A run did not come to its end, and left something of what it did; or nobody knows whether what was protected still is."""
    LOST = "PROTECTION LOST"
    """What was protected, at least in part, is not any more: this run did it, or the course of time shows it."""
    REDUCED = "PROTECTION REDUCED"
    """What was protected is so in part, by a rule that stops what it matches and can be bypassed."""


CHANGES: Mapping[Phase, str] = {Phase.LOST: "protection_lost", Phase.REDUCED: "protection_reduced"}
"""The keys of a result that have what the course of time shows, in words."""
HOW = "a rule of ours blocks there, and only counts or is gone afterwards"
NOBODY = "by nobody's decision"


@dataclass(frozen=True)
class ProtectionChange:
    """A change from protected to not protected.

    :ivar what: the services, or the weakness
    :ivar when: since when, as the end of a sentence; "" where this run did it, or would do it
    :ivar decided: by whose decision, as a clause; see :func:`decided_text`
    :ivar reason: a clause for people; "" where there is none
    """

    phase: Phase
    what: str
    when: str = ""
    decided: str = ""
    reason: str = ""

    @classmethod
    def of_services(
        cls, phase: Phase, services: Sequence[str], decided: str = "", reason: str = ""
    ) -> ProtectionChange:
        """Return that of some services."""
        where = "from" if phase is Phase.PLANNED else "at"
        return cls(phase, f"{where} {', '.join(services)}", decided=decided, reason=reason)

    @property
    def clause(self) -> str:
        """Return it without how far it has come: of what, since when, by whose decision, and why."""
        said = " ".join(filter(None, [self.what, self.when]))
        said = ", ".join(filter(None, [said, self.decided]))
        return f"{said}: {self.reason}" if self.reason else said

    def __str__(self) -> str:
        return f"{self.phase} {self.clause}"


def changed_line(phase: Phase, where: str, clause: str) -> str:
    """Return the line of a page about what was protected at an appliance and is not now, or not whole.

    :param clause: see :attr:`ProtectionChange.clause`
    """
    return f"{phase}  {where}: {clause}"


def decided_text(who: str, reason: str) -> str:
    """Return by whose decision something is done and why; "" where nobody is named."""
    name, why = " ".join(who.split()), " ".join(reason.split())
    return f"decided by {printable(name)}{f' ({printable(why)})' if why else ''}" if name else ""
