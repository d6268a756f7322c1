# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What requests of others mean that a policy of ours matched. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from ..catalogue.entry import Level
from ..foundation.next_action import Command, advice


@dataclass(frozen=True)
class HitMeaning:
    """The meaning of requests of others that a policy of ours matched.

    :ivar level: None where they are what the measure is for, and no finding
    :ivar what: they matched, as the end of a clause
    """

    level: Level | None
    what: str
    why: str
    cannot_mean: str
    next_step: str

    @property
    def is_attempt(self) -> bool:
        return self.level is Level.ATTEMPT


ATTACK = HitMeaning(
    Level.ATTEMPT,
    "",
    "the rule matches requests that an attack needs",
    "an intrusion, where it blocked then: it answered the request; where it only counted, the request passed. Scanners and testers count too",
    advice(
        "run read_logs.yml, which names the clients; hunt.yml where the policy only observes",
        *(Command("read_logs"), Command("hunt")),
    ),
)
"""Those of the rule of a mitigation."""
EXPECTED = HitMeaning(None, "", "", "", "")
"""Those that the measure is for."""
