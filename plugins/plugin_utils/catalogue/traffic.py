# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The traffic of a measure, as data beside its template: attacks that must be blocked, legitimate requests that must pass.

Both kinds are mandatory: a rule that blocks everything passes every attack test.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import InvalidInput

BY_TARGET = ("case", "double")
"""The transformations (module traffic_variants) that keep an attack one only where the target minds no case, or decodes twice."""

SESSIONS = {"without": (False,), "with": (True,), "any": (False, True)}


@dataclass(frozen=True)
class TrafficCase:
    """One request with its expected treatment.

    :ivar url: the raw request target, never normalised
    :ivar session: without a Gateway session, with one, or any (it is tried both ways)
    :ivar since: the first version of the measure of which this is expected
    :ivar probe: sent from outside at apply too (the others only by verify); at most three per VIP
    :ivar places: where it is expected, as the policy banks call them ("vpn vserver gw REQUEST"); empty for everywhere
    :ivar stays_legitimate: the transformations of BY_TARGET that leave it legitimate, if it is
    """

    id: str
    attack: bool
    method: str
    url: str
    session: str = "any"
    since: int = 1
    probe: bool = False
    places: frozenset[str] = frozenset()
    stays_legitimate: tuple[str, ...] = BY_TARGET

    def sessions(self) -> tuple[bool, ...]:
        return SESSIONS[self.session]

    def is_at(self, place: str) -> bool:
        """Whether it is expected at a place, or, by the start of its name, at a virtual server."""
        return not self.places or any(own == place or own.startswith(f"{place} ") for own in self.places)


@dataclass(frozen=True)
class Traffic:
    """The attack and legitimate requests of one measure.

    :ivar variants: from which version on variants of its attacks are to be stopped, for the transformations of BY_TARGET
    """

    cases: tuple[TrafficCase, ...]
    variants: tuple[tuple[str, int], ...] = ()

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of all of it, in hexadecimal: it stands for some fifty requests that are the same on a whole fleet."""
        content = [[vars(case) for case in self.cases], self.variants]
        return hashlib.sha256(json.dumps(content, default=sorted).encode()).hexdigest()

    def variants_since(self, transformation: str) -> int | None:
        """The version, or None where such variants are no attacks on the target, or nobody says so."""
        return dict(self.variants).get(transformation)

    def for_version(self, version: int) -> Traffic:
        """What a version must do. An attack that only a later version stops isn't asked of an earlier one."""
        cases = tuple(case for case in self.cases if case.since <= version)
        return self if cases == self.cases else replace(self, cases=cases)

    def at(self, place: str) -> Traffic:
        """What is expected at one place."""
        return replace(self, cases=tuple(case for case in self.cases if case.is_at(place)))

    @property
    def attacks(self) -> tuple[TrafficCase, ...]:
        return tuple(case for case in self.cases if case.attack)

    @property
    def legitimate(self) -> tuple[TrafficCase, ...]:
        return tuple(case for case in self.cases if not case.attack)

    def evaluations(self) -> Iterator[tuple[TrafficCase, bool]]:
        """Each case, once for every session state in which it is expected."""
        for case in self.cases:
            for session in case.sessions():
                yield case, session


def parse_traffic(value: Any, where: str) -> Traffic:
    """Check the content of a traffic file.

    :param value: ``{attacks: [...], legitimate: [...]}``, and optionally ``variants: {case: 2, double: 2}``
    :raises InvalidInput: naming the file, the entry and the fix
    """
    if not isinstance(value, Mapping) or set(value) - {"variants"} != {"attacks", "legitimate"}:
        raise InvalidInput(
            f"{where}: must have the two lists attacks and legitimate, may have variants, and nothing else"
        )
    cases = []
    for section in ("attacks", "legitimate"):
        entries = value[section]
        if not isinstance(entries, list) or not entries:
            raise InvalidInput(f"{where}: {section} must be a list with at least one request")
        cases += [
            parse_case(entry, section == "attacks", f"{where}: {section}, entry {number}")
            for number, entry in enumerate(entries, 1)
        ]
    seen: set[str] = set()
    for case in cases:
        if case.id in seen:
            raise InvalidInput(f"{where}: the id {case.id!r} is there twice")
        seen.add(case.id)
    for attack in (True, False):
        # A probe has no Gateway session, so one that needs a session cannot be sent.
        if not any(case.probe and case.session != "with" for case in cases if case.attack is attack):
            kind = "attacks" if attack else "legitimate"
            raise InvalidInput(f"{where}: at least one entry of {kind} must have probe: true, and not session: with")
    return Traffic(tuple(cases), _variants(value.get("variants", {}), where))


def _variants(value: Any, where: str) -> tuple[tuple[str, int], ...]:
    known = " and ".join(BY_TARGET)
    if not isinstance(value, Mapping) or not set(value) <= set(BY_TARGET):
        raise InvalidInput(f"{where}: variants may name {known}, each with the version from which on they are stopped")
    for name, version in value.items():
        if type(version) is not int or version < 1:
            raise InvalidInput(f"{where}: variants: {name} is {version!r}, which is no version")
    return tuple(sorted(value.items()))


def parse_case(entry: Any, attack: bool, where: str) -> TrafficCase:
    """One entry of a traffic file.

    :raises InvalidInput: naming the place and the fix
    """
    known: dict[str, type] = {
        "id": str,
        "method": str,
        "url": str,
        "session": str,
        "since": int,
        "probe": bool,
        "source": str,
    }
    if not isinstance(entry, Mapping) or not {"id", "url"} <= set(entry) <= set(known):
        raise InvalidInput(f"{where}: needs id and url, and may have {', '.join(sorted(set(known) - {'id', 'url'}))}")
    for name, value in entry.items():
        if type(value) is not known[name]:
            raise InvalidInput(f"{where}: {name} is {value!r}, which is not of the right type")
    if entry.get("session", "any") not in SESSIONS:
        raise InvalidInput(f"{where}: session must be one of {', '.join(SESSIONS)}")
    url = entry["url"]
    if not url.isascii() or not url.isprintable() or " " in url or not url:
        raise InvalidInput(f"{where}: url must be a raw request target of printable ASCII without blanks")
    if not re.fullmatch(r"[A-Z]+", entry.get("method", "GET")):
        raise InvalidInput(f"{where}: method must be a word in capitals, such as POST")
    return TrafficCase(
        id=entry["id"],
        attack=attack,
        method=entry.get("method", "GET"),
        url=url,
        session=entry.get("session", "any"),
        since=entry.get("since", 1),
        probe=entry.get("probe", False),
    )
