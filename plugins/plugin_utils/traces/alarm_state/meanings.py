# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What requests of others at a policy of ours mean, by the measure that the policy is of. Pure."""

from __future__ import annotations

from ...appliance.objects.ownership import PREFIX, SEPARATOR
from ...measures.hit_meaning import ATTACK, HitMeaning
from ...measures.registry import all_kinds


def meaning_of(policy: str) -> HitMeaning:
    """Return the meaning of the hits of a policy of ours."""
    kind = all_kinds().get(policy.removeprefix(PREFIX).partition(SEPARATOR)[0])
    return kind.hits if kind is not None else ATTACK
