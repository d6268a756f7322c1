# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The ambiguities of the language, and how the engine handles them.

Where the vendor's documents allow several readings, the engine evaluates an expression under each of them, and the result is
UNDETERMINED when they differ for a request. A caller that knows better (a switch of the simulator, a test on an appliance)
settles an ambiguity by naming its reading.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

from .request import Request

_T = TypeVar("_T")


class Ambiguity(Enum):
    """One question that the documents leave open; the first of its `readings` is the likeliest."""

    # Is %HH one character in the text of HTTP.REQ.URL? Guide 9.2 p. 56 says URL-encoded, p. 146 one byte by default.
    URL_TEXT = ("url_text", "urlencoded", "bytes")
    # The same for all other text. The vendor's Log4j rule (2021-12-13) sets URLENCODED for headers and body explicitly.
    OTHER_TEXT = ("other_text", "bytes", "urlencoded")
    # Does CONTAINS on URL-encoded text see `%76` or `v`? CTX131682 finds a literal `%` with a plain CONTAINS.
    PLAIN_OPERATOR = ("plain_operator", "sees_bytes", "sees_decoded")
    # Is scheme and host of an absolute request-target part of the text of HTTP.REQ.URL?
    ABSOLUTE_URL = ("absolute_url", "as_received", "path_and_query")
    # What `&&` and `||` make of an UNDEF side.
    UNDEF_IN_LOGIC = ("undef_in_logic", "short_circuit", "three_valued", "always_undef")
    # HOSTNAME.CONTAINS and others: only EQ, SERVER and DOMAIN are stated to ignore case (http_hostname_t reference).
    HOSTNAME_CASE = ("hostname_case", "sensitive", "insensitive")
    # HOSTNAME.NE, `==` and `!=`: do they ignore port and trailing dot as EQ does?
    HOSTNAME_OPERATORS = ("hostname_operators", "as_eq", "as_text")
    # EQ, STARTSWITH, ENDSWITH on a header with several instances.
    HEADER_COMPARISON = ("header_comparison", "last_instance", "any_instance")
    # SET_TEXT_MODE, TO_LOWER and others on such a header: do the following operations still use every instance?
    HEADER_CONVERSION = ("header_conversion", "every_instance", "last_instance")
    # A comparison with a missing header: with empty text, or never true?
    MISSING_HEADER = ("missing_header", "empty_text", "no_match")
    # The 9.2 guide (p. 138) prints VALUE(1) with its CRLF; every other example has the bare value.
    HEADER_VALUE = ("header_value", "bare", "with_crlf")
    # GET(n) beyond the end of a list.
    LIST_END = ("list_end", "empty_text", "undef")
    # `a=1; b=2` as a name-value list: is the name "b" or " b"?
    NAME_BLANKS = ("name_blanks", "stripped", "kept")
    # HTTP_URL_SAFE: the case of the hex digits, and whether a `%` stays (only newer pages list it as safe).
    SAFE_HEX_CASE = ("safe_hex_case", "lower", "upper")
    SAFE_PERCENT = ("safe_percent", "stays", "encoded")
    SAFE_AMPERSAND = ("safe_ampersand", "stays", "encoded")
    # Pattern set index when nothing matches: indexes start at 1.
    INDEX_WITHOUT_MATCH = ("index_without_match", "zero", "undef")
    # MAP_STRING of a text that is no key.
    STRING_MAP_WITHOUT_KEY = ("string_map_without_key", "empty_text", "undef")
    # Ranges and subnets in a data set, for the typed form and for TYPECAST_TEXT_T.EQUALS_ANY.
    DATASET_RANGE = ("dataset_range", "match", "no_match")
    DATASET_RANGE_AS_TEXT = ("dataset_range_as_text", "no_match", "match")
    # An IPv4 operation on a connection over IPv6, and the reverse.
    OTHER_ADDRESS_FAMILY = ("other_address_family", "no_match", "undef")
    # MATCHES_LOCATION: case of the qualifiers; a database row that is less specific than the pattern;
    # matchWildcardtoany NO on a qualifier that has a value.
    LOCATION_CASE = ("location_case", "sensitive", "insensitive")
    LOCATION_LESS_SPECIFIC = ("location_less_specific", "no_match", "match")
    LOCATION_WILDCARD = ("location_wildcard", "no_match", "match")
    # USER.NAME and the like without an AAA session.
    NO_USER = ("no_user", "undef", "empty_text")

    def __init__(self, key: str, *readings: str) -> None:
        self.key = key
        self.readings = readings

    @classmethod
    def named(cls, key: str) -> Ambiguity:
        """Return the ambiguity with a key, e.g. `url_text`. Raises KeyError."""
        return next(point for point in cls if point.key == key)


Readings = Mapping[Ambiguity, str]

LIKELIEST: Readings = {point: point.readings[0] for point in Ambiguity}
"""One reading of every ambiguity: with it, no ambiguity makes an expression UNDETERMINED."""


class ReadingChooser:
    """Chooses the reading of each ambiguity while an expression is compiled, and records which ambiguities it depends on."""

    def __init__(self, decided: Readings) -> None:
        self._decided = decided
        self.chosen: dict[Ambiguity, str] = {}
        self.beyond_url: set[Ambiguity] = set()

    def choose(self, point: Ambiguity, *, only_url: bool = False) -> str:
        """Return the reading of an ambiguity. `only_url`: it only affects text that came from the URL."""
        if not only_url:
            self.beyond_url.add(point)
        return self.chosen.setdefault(point, self._decided.get(point, point.readings[0]))


@dataclass(frozen=True)
class Interpreted(Generic[_T]):
    """The result under one combination of readings, and the ambiguities with another reading than the likeliest."""

    result: _T
    departures: frozenset[Ambiguity]
    beyond_url: frozenset[Ambiguity]

    def matters_for(self, request: Request) -> bool:
        """Return False if these readings cannot differ from the likeliest for this request, so that evaluating them is needless."""
        return any(point in self.beyond_url or _about_url(point, request.url) for point in self.departures)


def every_reading(build: Callable[[ReadingChooser], _T], settled: Readings) -> Iterator[Interpreted[_T]]:
    """Yield the result of `build` for each combination of the readings that it chooses; the likeliest first."""
    todo: list[dict[Ambiguity, str]] = [{}]
    while todo:
        decided = todo.pop(0)
        chooser = ReadingChooser({**decided, **settled})
        result = build(chooser)
        open_points = [point for point in chooser.chosen if point not in settled]
        departures = frozenset(point for point in open_points if chooser.chosen[point] != point.readings[0])
        yield Interpreted(result, departures, frozenset(chooser.beyond_url))
        for point in open_points:
            if point not in decided:
                todo += [{**decided, point: reading} for reading in point.readings[1:]]
                decided[point] = point.readings[0]


def _about_url(point: Ambiguity, url: str) -> bool:
    """Return True if an ambiguity about text from the URL can make a difference for this URL."""
    if point is Ambiguity.ABSOLUTE_URL:
        return not url.startswith("/")
    if point in {Ambiguity.URL_TEXT, Ambiguity.PLAIN_OPERATOR}:
        return "%" in url or "+" in url
    return True
