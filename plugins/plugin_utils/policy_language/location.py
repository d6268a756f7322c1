# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""MATCHES_LOCATION: continent.country.region.city.isp.organization (guide 9.2 p. 165, CLI reference: location)."""

from __future__ import annotations

from collections.abc import Callable

from .call import Call
from .open_semantics import Ambiguity

QUALIFIERS = 6


def location_matcher(call: Call) -> Callable[[str | None], bool]:
    """Return the test of a location against the pattern in the first argument of the call.

    A shorter pattern that ends in `*` covers the remaining qualifiers. Raises ExpressionError for other patterns.
    """
    pattern = call.literal_text(0).split(".")
    if len(pattern) < QUALIFIERS and pattern[-1] == "*":
        pattern += ["*"] * (QUALIFIERS - len(pattern))
    if len(pattern) != QUALIFIERS or not all(pattern):
        raise call.error(f"takes {QUALIFIERS} qualifiers separated by dots")
    choose = call.chooser.choose
    wildcard_matches_values = (
        call.context.names.match_wildcard_to_any.upper() != "NO" or choose(Ambiguity.LOCATION_WILDCARD) == "match"
    )
    fold = str.lower if choose(Ambiguity.LOCATION_CASE) == "insensitive" else str
    less_specific = choose(Ambiguity.LOCATION_LESS_SPECIFIC) == "match"
    wanted = [fold(qualifier) for qualifier in pattern]

    def qualifier_matches(want: str, have: str) -> bool:
        empty = have in {"", "*"}
        if want == "*":
            return empty or wildcard_matches_values
        return less_specific if empty else fold(have) == want

    def matches(location: str | None) -> bool:
        if location is None:  # not in the database: only a pattern without any specific qualifier could match
            return all(qualifier == "*" for qualifier in wanted)
        row = location.split(".")
        row += ["*"] * (QUALIFIERS - len(row))
        return all(map(qualifier_matches, wanted, row))

    return matches
