# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Variants of the traffic of a measure: what an attacker tries when the published request is blocked. Pure and deterministic.

A legitimate request stays legitimate in every form, so each of its variants must pass. An attack stays one only where the target
reads the variant as the same request:

==================  ==================================================================================================
letter, path        always: one pass of percent-decoding is what every HTTP server does to a path (RFC 3986, 2.3 and 6.2.2.2)
absolute, query     always: another form of the same request-target (RFC 9112, 3.2.2), a parameter that nobody asked for
method              always, between GET, HEAD and POST: a path is resolved before the method matters
case                only where the target minds no case
double              only where something decodes twice
==================  ==================================================================================================

The last two are asked of a measure only from the version on that ``variants`` in its traffic file names; version 1 of the rule of
CVE-2019-19781, for one, legitimately misses both. The state of session is no variant: a case says in which ones it counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic import (
    BY_TARGET,
    Traffic,
    TrafficCase,
)

HOST = "gateway.example"
METHODS = ("GET", "HEAD", "POST")
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-~")
_HEX = frozenset("0123456789abcdefABCDEF")


@dataclass(frozen=True)
class Variant:
    """A request that was made of another one.

    :ivar case: the request; its id is that of the origin, and what was done to it
    :ivar origin: the id of the case that it was made of
    :ivar transformation: letter, path, double, case, absolute, query or method
    """

    case: TrafficCase
    origin: str
    transformation: str


def variants_for(traffic: Traffic, version: int) -> tuple[Variant, ...]:
    """The variants of which something is expected of a version."""
    return tuple(variant for variant in variants(traffic) if variant.case.since <= version)


@lru_cache(maxsize=16)
def variants(traffic: Traffic) -> tuple[Variant, ...]:
    """All variants of a traffic, each of them once, and none that the traffic has itself."""
    seen = {(case.method, case.url, case.session) for case in traffic.cases}
    found = []
    for case in traffic.cases:
        for name, transform in TRANSFORMATIONS.items():
            since = _since(traffic, case, name)
            for number, (method, url) in enumerate(transform(case), 1):
                if since is None or (method, url, case.session) in seen:
                    continue
                seen.add((method, url, case.session))
                changed = replace(
                    case, id=f"{case.id}~{name}{number}", method=method, url=url, since=since, probe=False
                )
                found.append(Variant(changed, case.id, name))
    return tuple(found)


def _since(traffic: Traffic, case: TrafficCase, transformation: str) -> int | None:
    """From which version on this is expected of the variants of a case; None where it is of none."""
    if transformation not in BY_TARGET:
        return case.since
    if not case.attack:
        return case.since if transformation in case.stays_legitimate else None
    named = traffic.variants_since(transformation)
    return None if named is None else max(named, case.since)


def _parts(url: str) -> tuple[str, str, str]:
    """Scheme and host of an absolute target, the path, and the query with its question mark."""
    before, mark, query = url.partition("?")
    scheme, slashes, rest = before.partition("://")
    if not slashes:
        return "", before, mark + query
    host, slash, path = rest.partition("/")
    return scheme + slashes + host, slash + path, mark + query


def _units(path: str) -> Iterator[str]:
    """The characters of a path, each %HH being one."""
    place = 0
    while place < len(path):
        encoded = path[place] == "%" and len(path) >= place + 3 and set(path[place + 1 : place + 3]) <= _HEX
        size = 3 if encoded else 1
        yield path[place : place + size]
        place += size


def _encoded(unit: str) -> str:
    return f"%{ord(unit):02x}" if unit in _PLAIN else unit


def _letters(case: TrafficCase) -> Iterator[tuple[str, str]]:
    """The first character of each part of the path, one at a time."""
    start, path, query = _parts(case.url)
    units = list(_units(path))
    for place, unit in enumerate(units):
        if unit in _PLAIN and place and units[place - 1] == "/":
            yield case.method, start + "".join([*units[:place], _encoded(unit), *units[place + 1 :]]) + query


def _whole_path(case: TrafficCase) -> Iterator[tuple[str, str]]:
    start, path, query = _parts(case.url)
    yield case.method, start + "".join(map(_encoded, _units(path))) + query


def _double(case: TrafficCase) -> Iterator[tuple[str, str]]:
    """The whole path encoded, and its percent signs once more."""
    start, path, query = _parts(case.url)
    yield case.method, start + "".join(map(_encoded, _units(path))).replace("%", "%25") + query


def _case(case: TrafficCase) -> Iterator[tuple[str, str]]:
    """All of the path in capitals, and every other letter; what is encoded stays."""
    start, path, query = _parts(case.url)
    units = list(_units(path))
    yield case.method, start + "".join(unit if len(unit) > 1 else unit.upper() for unit in units) + query
    mixed = [unit if len(unit) > 1 or place % 2 else unit.upper() for place, unit in enumerate(units)]
    yield case.method, start + "".join(mixed) + query


def _absolute(case: TrafficCase) -> Iterator[tuple[str, str]]:
    if case.url.startswith("/"):
        for scheme in ("http", "https"):
            yield case.method, f"{scheme}://{HOST}{case.url}"


def _query(case: TrafficCase) -> Iterator[tuple[str, str]]:
    yield case.method, case.url + ("&" if "?" in case.url else "?") + "added=1"


def _method(case: TrafficCase) -> Iterator[tuple[str, str]]:
    """A legitimate GET is only asked for as a HEAD: to post where nobody posts is not known to be legitimate."""
    if case.method in METHODS:
        for method in METHODS if case.attack else ("HEAD",) if case.method == "GET" else ():
            if method != case.method:
                yield method, case.url


TRANSFORMATIONS: dict[str, Callable[[TrafficCase], Iterator[tuple[str, str]]]] = {
    "letter": _letters,
    "path": _whole_path,
    "double": _double,
    "case": _case,
    "absolute": _absolute,
    "query": _query,
    "method": _method,
}
