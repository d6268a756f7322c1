# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The rules of the methods location and datasets: true for a client that is blocked, each within the length of one expression."""

from __future__ import annotations

from collections.abc import Iterable

from ....foundation.errors import InvalidInput

RULE_LIMIT = 1499  # characters of an expression that each build takes


def rules(terms: Iterable[str], *, allows: bool, limit: int = RULE_LIMIT) -> tuple[str, ...]:
    """Return one rule, or several to be bound one after another if a blocklist has too many terms for one.

    An allowlist is negated here, not in its ranges.

    :param terms: conditions that are true for an address in the set
    :raises InvalidInput: if an allowlist is too long for one rule: several of them, each bound, would block every client
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
