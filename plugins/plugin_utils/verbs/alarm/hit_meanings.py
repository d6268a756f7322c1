# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a hit of a policy of ours means, by its measure: only the rules of mitigations match what an attack needs. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from ...appliance.objects.ownership import PREFIX, SEPARATOR
from ...catalogue.entry import Level


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
    "an intrusion: a policy that blocks has answered the request. Scanners and testers count too",
    "run read_logs.yml, which names the clients; hunt.yml where the policy only observes",
)
_EXPECTED = HitMeaning(None, "", "", "", "")
MEANINGS = {
    "url_whitelist": HitMeaning(
        Level.REVIEW,
        " whose URL the whitelist does not hold",
        "the whitelist lists what the application needs, so a page that is missing in it matches like a scan",
        "an attack: browsers, bots and new pages of the application ask for such URLs too",
        "run impact.yml, which names the URLs and the clients; add what the application needs to the list",
    ),
    "geoblock": HitMeaning(
        Level.REVIEW,
        " from countries or networks that the geoblock stops",
        "the geoblock judges the address of a client, and not what it asks for",
        "an attack: users on their way and scanners of any kind count too",
        "nothing, unless users complain",
    ),
    "closing_partners": _EXPECTED,
    "closing_notice": _EXPECTED,
    "heartbeat": _EXPECTED,
}
"""By measure; every other one is a mitigation, or logs the attacks of the catalogue."""


def meaning_of(policy: str) -> HitMeaning:
    """Return the meaning of the hits of a policy of ours."""
    return MEANINGS.get(policy.removeprefix(PREFIX).partition(SEPARATOR)[0], ATTACK)
