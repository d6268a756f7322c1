# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Variants of the traffic of a measure: the requests that an attacker tries when the published one is blocked. Pure and deterministic.

A legitimate request stays legitimate in every form, so each of its variants must pass. An attack stays one only where the target
reads the variant as the same request:

===============  =====================================================================================================
letter, path     always: every HTTP server decodes a path once (RFC 3986, 2.3 and 6.2.2.2)
absolute, query  always: another form of the same request target (RFC 9112, 3.2.2); a parameter that the target ignores
method           always, between GET, HEAD and POST: a server resolves the path before it looks at the method. Not for a
                 request with a body, which has its meaning with its own method only
header_name      always: header names ignore case (RFC 9110, 5.1)
chunked          always: another framing of the same body (RFC 9112, 7.1)
form             always: the body of a form is percent-encoded (WHATWG URL, application/x-www-form-urlencoded)
repeated         only where the target uses the instance of the header that carries the attack
case             only where the target ignores case
double           only where the target decodes twice
===============  =====================================================================================================

The last three are expected of a measure only from the version on that ``variants`` in its traffic file names; version 1 of the rule
of CVE-2019-19781, for one, misses case and double. The session is no variant: a case names the states in which it is expected.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from .traffic import BY_TARGET, HOST, Traffic, TrafficCase

METHODS = ("GET", "HEAD", "POST")
FORM = "application/x-www-form-urlencoded"
HARMLESS = "x"
"""The value of a header line that carries no attack."""
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-~")
_HEX = frozenset("0123456789abcdefABCDEF")
_AUTHORITY = re.compile(r"[\w.-]+(:\d{1,5})?", re.ASCII)


@dataclass(frozen=True)
class Variant:
    """A request that was made of another one.

    :ivar case: the request; its id is the id of the origin, the transformation and a number
    :ivar origin: the id of the case that it was made of
    :ivar transformation: a key of TRANSFORMATIONS
    """

    case: TrafficCase
    origin: str
    transformation: str


def variants_for(traffic: Traffic, version: int) -> tuple[Variant, ...]:
    """Return the variants that a version of the measure must handle."""
    return tuple(variant for variant in variants(traffic) if variant.case.since <= version)


@lru_cache(maxsize=16)
def variants(traffic: Traffic) -> tuple[Variant, ...]:
    """Return all variants of a traffic, each of them once, without the requests that the traffic has itself."""
    seen = {case.content for case in traffic.cases}
    found = []
    for case in traffic.cases:
        for name, transform in TRANSFORMATIONS.items():
            since = _since(traffic, case, name)
            for number, made in enumerate(transform(case), 1):
                if since is None or made.content in seen:
                    continue
                seen.add(made.content)
                changed = replace(made, id=f"{case.id}~{name}{number}", since=since, probe=False)
                found.append(Variant(changed, case.id, name))
    return tuple(found)


def _since(traffic: Traffic, case: TrafficCase, transformation: str) -> int | None:
    """Return the first version of which the variants of a case are expected; None where they never are."""
    if transformation not in BY_TARGET:
        return case.since
    if not case.attack:
        return case.since if transformation in case.stays_legitimate else None
    named = traffic.variants_since(transformation)
    return None if named is None else max(named, case.since)


# -- the request target ------------------------------------------------------------------------------------------------


def _split(url: str) -> tuple[str, str, str]:
    """Return scheme and host of an absolute target, the path, and the query with its question mark."""
    before, mark, query = url.partition("?")
    scheme, slashes, rest = before.partition("://")
    if not slashes:
        return "", before, mark + query
    host, slash, path = rest.partition("/")
    return scheme + slashes + host, slash + path, mark + query


def _units(path: str) -> Iterator[str]:
    """Yield the characters of a path; each %HH is one."""
    place = 0
    while place < len(path):
        encoded = path[place] == "%" and len(path) >= place + 3 and set(path[place + 1 : place + 3]) <= _HEX
        size = 3 if encoded else 1
        yield path[place : place + size]
        place += size


def _encoded(unit: str) -> str:
    return f"%{ord(unit):02x}" if unit in _PLAIN else unit


def _letters(case: TrafficCase) -> Iterator[TrafficCase]:
    """Encode the first character of each segment of the path, one at a time."""
    start, path, query = _split(case.url)
    units = list(_units(path))
    for place, unit in enumerate(units):
        if unit in _PLAIN and place and units[place - 1] == "/":
            changed = "".join([*units[:place], _encoded(unit), *units[place + 1 :]])
            yield replace(case, url=start + changed + query)


def _whole_path(case: TrafficCase) -> Iterator[TrafficCase]:
    start, path, query = _split(case.url)
    yield replace(case, url=start + "".join(map(_encoded, _units(path))) + query)


def _double(case: TrafficCase) -> Iterator[TrafficCase]:
    """Encode the whole path, and its percent signs once more."""
    start, path, query = _split(case.url)
    yield replace(case, url=start + "".join(map(_encoded, _units(path))).replace("%", "%25") + query)


def _case(case: TrafficCase) -> Iterator[TrafficCase]:
    """Write the whole path in capitals, and every other letter; encoded characters stay."""
    start, path, query = _split(case.url)
    units = list(_units(path))
    upper = [unit if len(unit) > 1 else unit.upper() for unit in units]
    yield replace(case, url=start + "".join(upper) + query)
    mixed = [unit if len(unit) > 1 or place % 2 else unit.upper() for place, unit in enumerate(units)]
    yield replace(case, url=start + "".join(mixed) + query)


def _absolute(case: TrafficCase) -> Iterator[TrafficCase]:
    """Put scheme and host before the path. The host is that of the request, since it replaces the header (RFC 9112, 3.2.2)."""
    host = (case.header_values("host") or (HOST,))[-1]
    if case.url.startswith("/") and _AUTHORITY.fullmatch(host):
        for scheme in ("http", "https"):
            yield replace(case, url=f"{scheme}://{host}{case.url}")


def _query(case: TrafficCase) -> Iterator[TrafficCase]:
    yield replace(case, url=case.url + ("&" if "?" in case.url else "?") + "added=1")


def _method(case: TrafficCase) -> Iterator[TrafficCase]:
    """Exchange the method. A legitimate GET only becomes a HEAD: whether a POST would be legitimate is not known."""
    if case.method in METHODS and not case.body:
        for method in METHODS if case.attack else ("HEAD",) if case.method == "GET" else ():
            if method != case.method:
                yield replace(case, method=method)


# -- headers and body --------------------------------------------------------------------------------------------------


def _header_name(case: TrafficCase) -> Iterator[TrafficCase]:
    """Write all header names in lower case, as HTTP/2 does, and in capitals."""
    for changed in (str.lower, str.upper):
        yield replace(case, headers=tuple((changed(name), value) for name, value in case.headers))


def _repeated(case: TrafficCase) -> Iterator[TrafficCase]:
    """Add a harmless line with the same name before and after each header of an attack.

    Not for Host, of which a second one makes a request invalid (RFC 9112, 3.2), and not for legitimate requests, which do not
    repeat a header that is defined as a single value (RFC 9110, 5.3).
    """
    for place, (name, _value) in enumerate(case.headers if case.attack else ()):
        if name.lower() != "host":
            line = (name, HARMLESS)
            yield replace(case, headers=(*case.headers[:place], line, *case.headers[place:]))
            yield replace(case, headers=(*case.headers[: place + 1], line, *case.headers[place + 1 :]))


def _chunked(case: TrafficCase) -> Iterator[TrafficCase]:
    if case.body:
        yield replace(case, chunked=not case.chunked)


def _form(case: TrafficCase) -> Iterator[TrafficCase]:
    """Encode every letter and digit of a form."""
    type_ = (case.header_values("content-type") or ("",))[-1]
    if type_.partition(";")[0].strip().lower() == FORM:
        yield replace(case, body="".join(map(_encoded, _units(case.body))))


TRANSFORMATIONS: dict[str, Callable[[TrafficCase], Iterator[TrafficCase]]] = {
    "letter": _letters,
    "path": _whole_path,
    "double": _double,
    "case": _case,
    "absolute": _absolute,
    "query": _query,
    "method": _method,
    "header_name": _header_name,
    "repeated": _repeated,
    "chunked": _chunked,
    "form": _form,
}
