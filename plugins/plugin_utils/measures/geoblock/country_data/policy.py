# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The policy: countries, networks and exceptions, which are blocked or the only ones allowed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ....foundation.errors import InvalidInput
from .address_ranges import FAMILIES, Span, Spans, merge, parse_network
from .countries import check_country

BLOCK, ALLOW = "block", "allow"
ACCEPTABLE = ("stale", "shrunken", "overlapping", "private", "changed")
_LIST_NAME = re.compile(r"[a-z][a-z0-9_]{2,30}")


@dataclass(frozen=True)
class Policy:
    """The countries and networks, less the exceptions.

    ``block``: these are blocked. ``allow``: all others are, and the exceptions too.

    :ivar effect: "block" or "allow"
    :ivar countries: ISO 3166 codes, sorted
    :ivar networks: the spans of each own list by its name, for each family
    :ivar exceptions: spans of each family
    :ivar families: 4, 6 or both: an address family that is left out is not protected at all
    """

    effect: str
    countries: tuple[str, ...]
    networks: Mapping[str, Mapping[int, Spans]] = field(default_factory=dict)
    exceptions: Mapping[int, Spans] = field(default_factory=dict)
    families: tuple[int, ...] = FAMILIES

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the labels of the rows of a location file: the countries and the names of the lists."""
        return (*self.countries, *sorted(self.networks))

    def as_plain(self) -> dict[str, Any]:
        """Return JSON values for the cache and its key. Equal policies give equal values, in whatever order they were written."""
        return {
            "effect": self.effect,
            "countries": list(self.countries),
            "networks": {name: _plain(self.networks[name]) for name in sorted(self.networks)},
            "exceptions": _plain(self.exceptions),
            "families": list(self.families),
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Policy:
        return cls(
            effect=plain["effect"],
            countries=tuple(plain["countries"]),
            networks={name: _spans(content) for name, content in plain["networks"].items()},
            exceptions=_spans(plain["exceptions"]),
            families=tuple(plain["families"]),
        )

    @classmethod
    def from_variables(cls, variables: Mapping[str, Any], *, where: str) -> Policy:
        """Check the variables of the role.

        :param variables: plain JSON values by their names without ``geoblock_``: policy (block or allow), countries (list
            of codes), networks (lists of addresses, networks and ranges by name), exceptions (such a list), families (ipv4, ipv6)
        :param where: the host, or who asks, for error messages
        :raises InvalidInput: naming the variable and the fix
        """
        return _Reader(variables, where).read()


class _Reader:
    def __init__(self, variables: Mapping[str, Any], where: str) -> None:
        self.variables = variables
        self.where = where

    def wrong(self, name: str, problem: str) -> InvalidInput:
        return InvalidInput(f"{self.where}: geoblock_{name} {problem}")

    def read(self) -> Policy:
        known = ("policy", "countries", "networks", "exceptions", "families")
        for name in self.variables:
            if name not in known:
                raise self.wrong(name, f"is unknown here. Known are {', '.join('geoblock_' + each for each in known)}.")
        effect = self.variables.get("policy")
        if effect not in (BLOCK, ALLOW):
            raise self.wrong("policy", f"must be block or allow, not {effect!r}: there is no default")
        countries, networks = self.countries(), self.networks()
        if not countries and not networks:
            raise self.wrong("countries", "and geoblock_networks are empty: name at least one country or network")
        exceptions = self.spans("exceptions", self.variables.get("exceptions", []))
        return Policy(effect, countries, networks, exceptions, self.families())

    def countries(self) -> tuple[str, ...]:
        codes = self.texts("countries", self.variables.get("countries", []))
        for code in codes:
            if problem := check_country(code):
                raise self.wrong("countries", problem)
        return tuple(sorted(set(codes)))

    def networks(self) -> dict[str, dict[int, Spans]]:
        lists = self.variables.get("networks", {})
        if not isinstance(lists, dict):
            raise self.wrong("networks", f"must map names to lists of networks, not {lists!r}")
        for name, entries in lists.items():
            if not isinstance(name, str) or not _LIST_NAME.fullmatch(name):
                raise self.wrong(
                    "networks", f"has the name {name!r}: 3 to 31 lower-case letters, digits and _, a letter first"
                )
            if not entries:
                raise self.wrong("networks", f"has an empty list {name}: fill it, or remove it")
        return {name: self.spans(f"networks[{name}]", lists[name]) for name in sorted(lists)}

    def families(self) -> tuple[int, ...]:
        families = self.texts("families", self.variables.get("families", ["ipv4", "ipv6"]))
        if not families or not set(families) <= {"ipv4", "ipv6"}:
            raise self.wrong("families", f"must list ipv4, ipv6 or both, not {families!r}")
        return tuple(version for version in FAMILIES if f"ipv{version}" in families)

    def texts(self, name: str, value: Any) -> list[str]:
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            raise self.wrong(name, f'must be a list of texts, not {value!r} (YAML reads NO as false: write "NO")')
        return value

    def spans(self, name: str, entries: Any) -> dict[int, Spans]:
        found: dict[int, list[Span]] = {}
        for place, entry in enumerate(self.texts(name, entries), 1):
            try:
                version, span = parse_network(entry)
            except ValueError as error:
                raise self.wrong(name, f"entry {place}: {error}") from None
            found.setdefault(version, []).append(span)
        return {version: merge(found[version]) for version in sorted(found)}


def check_accepted(words: Any, *, where: str) -> frozenset[str]:
    """Return what geoblock_accept consents to.

    :raises InvalidInput: if it holds a word that means nothing here
    """
    if not isinstance(words, list) or not all(word in ACCEPTABLE for word in words):
        raise InvalidInput(
            f"{where}: geoblock_accept must be a list of words out of {', '.join(ACCEPTABLE)}, not {words!r}"
        )
    return frozenset(words)


def _plain(families: Mapping[int, Spans]) -> dict[str, list[list[int]]]:
    return {str(version): [list(span) for span in families[version]] for version in sorted(families)}


def _spans(plain: Mapping[str, list[list[int]]]) -> dict[int, Spans]:
    return {int(version): tuple((first, last) for first, last in spans) for version, spans in plain.items()}
