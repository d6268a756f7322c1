# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The rules of ways a and b: true of who is shut out, each within what one expression may hold."""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import InvalidInput

RULE_LIMIT = 1499  # characters of an expression that each build takes


def rules(terms: Iterable[str], *, allows: bool, limit: int = RULE_LIMIT) -> tuple[str, ...]:
    """One rule, or several to be bound one after another where the terms of a blocklist are too many for one.

    An allowlist is negated here, and never in ranges.

    :param terms: conditions that are true of who is in the set
    :raises InvalidInput: where an allowlist is too long for one rule: several of them, each bound, would shut out everybody
    """
    terms = list(terms)
    if allows:
        rule = " && ".join(f"{term}.NOT" for term in terms)
        if len(rule) > limit:
            raise InvalidInput(
                f"geoblock_countries: an allow rule of {len(terms)} terms has {len(rule)} characters, and {limit} fit. Allow fewer, "
                "block the others instead, or enforce by ACLs."
            )
        return (rule,)
    found = [""]
    for term in terms:
        longer = f"{found[-1]} || {term}" if found[-1] else term
        if len(longer) > limit:
            found.append(term)
        else:
            found[-1] = longer
    return tuple(found)
