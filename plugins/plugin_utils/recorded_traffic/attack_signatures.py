# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Recognise the attacks of the catalogue in recorded requests, whatever their encoding. Pure.

A path is decoded until nothing changes any more, and its dot segments are resolved: the result is the target of the request. A
request is an attack if its dot segments climb, if its target is the target of an attack, or lies below a directory that is the
target of an attack and has nothing legitimate in it.

The target says nothing of an attack whose trigger is a header, the body or the client's address. Such an attack is recognised by
its target together with its trigger, where the log holds the trigger. Where it does not, the request is undecided: it is never
counted as an attack, and the report says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import yaml

from ..catalogue.traffic import CaseSession, Traffic, TrafficCase
from ..foundation.errors import InvalidInput
from ..policy_language.urls import path
from .bounded_counters import memoized
from .logged_request import AGENT, CLIENT, HOST, METHOD, REFERER, RecordedRequest

MAX_PASSES = 4  # a log may have encoded once more what was encoded twice
RECORDED_HEADERS = {"host": HOST, "user-agent": AGENT, "referer": REFERER}
"""The headers that logs may hold, by their names in lower case."""
_HEX = re.compile(r"%([0-9A-Fa-f]{2})")
_PORT = re.compile(r":\d{1,5}\Z")


class _Trigger(NamedTuple):
    """The trigger of an attack: the properties that make a request to a target an attack.

    :ivar facts: by the words of a report, the value that a log must hold
    :ivar unrecorded: the parts of the trigger that no log holds, in words
    :ivar method: the method that the attack needs, or None for any
    """

    facts: Mapping[str, str]
    unrecorded: tuple[str, ...]
    method: str | None
    outside_a_session: bool

    @classmethod
    def of(cls, case: TrafficCase) -> _Trigger | None:
        """Return the trigger of a case; None where its target is the trigger."""
        if not (case.headers or case.body or case.client):
            return None
        facts = {
            RECORDED_HEADERS[name.lower()]: value for name, value in case.headers if name.lower() in RECORDED_HEADERS
        }
        if case.client:
            facts[CLIENT] = case.client
        unrecorded = [f"header {name}" for name, _value in case.headers if name.lower() not in RECORDED_HEADERS]
        return cls(
            facts,
            (*unrecorded, *(["body"] if case.body else [])),
            case.method if case.body else None,
            case.session == CaseSession.WITHOUT,
        )

    def missing(self, request: RecordedRequest) -> tuple[str, ...] | None:
        """Return what the log lacks to recognise the attack: nothing for an attack. None where the request is none."""
        if self.method is not None and request.method is not None and request.method != self.method:
            return None
        if self.outside_a_session and request.session is True:
            return None
        recorded = {fact: _recorded_value(request, fact) for fact in self.facts}
        if any(value is not None and not _same(fact, value, self.facts[fact]) for fact, value in recorded.items()):
            return None
        return (*(fact for fact, value in recorded.items() if value is None), *self.unrecorded)


def _recorded_value(request: RecordedRequest, fact: str) -> str | None:
    return {HOST: request.host, AGENT: request.agent, REFERER: request.referer, CLIENT: request.client}[fact]


def _same(fact: str, recorded: str, wanted: str) -> bool:
    """Return True if a log holds a value. A host name ignores case and port (RFC 9110, 4.2.3)."""
    if fact == HOST:
        return _PORT.sub("", recorded).lower() == _PORT.sub("", wanted).lower()
    return recorded == wanted


class AttackSignatures:
    """The attacks of some measures, and the paths that Internet scanners request.

    :ivar needs: the facts of a request, in the words of a report, on which the answers depend besides URL and session
    """

    def __init__(self, traffics: Iterable[Traffic], scanned: Iterable[str] = ()) -> None:
        """:param scanned: beginnings of paths, in lower case"""
        self._scanned = tuple(scanned)
        self._exact: set[str] = set()
        self._outside_a_session: set[str] = set()
        self._triggers: dict[str, list[_Trigger]] = {}
        directories: set[str] = set()
        legitimate: set[str] = set()
        for traffic in traffics:
            legitimate.update(resolved(case.url)[0] for case in traffic.legitimate)
            for case in traffic.attacks:
                target, climbs = resolved(case.url)
                trigger = None if climbs else _Trigger.of(case)
                if trigger is not None:
                    self._triggers.setdefault(target, []).append(trigger)
                elif target.endswith("/"):
                    directories.add(target)
                elif case.session == CaseSession.WITHOUT:
                    self._outside_a_session.add(target)
                else:
                    self._exact.add(target)
        self._exact -= legitimate
        self._outside_a_session -= self._exact
        self._directories = tuple(
            sorted(one for one in directories if not any(good.startswith(one) or one == good for good in legitimate))
        )
        triggers = [one for of_target in self._triggers.values() for one in of_target]
        self.needs = frozenset(fact for one in triggers for fact in (*one.facts, *([METHOD] if one.method else [])))

    def has(self, url: str, *, session: bool | None = None) -> bool:
        """Return True if the target of a request is that of an attack.

        :param session: True where the request is known to belong to a session
        """
        target, climbs = resolved(url)
        if climbs or target in self._exact or target.startswith(self._directories):
            return True
        return session is not True and target in self._outside_a_session

    def matches(self, request: RecordedRequest) -> bool:
        """Return True if a request is an attack, by its target alone or with a trigger that the log holds."""
        if self.has(request.url, session=request.session):
            return True
        return bool(self._triggers) and any(one.missing(request) == () for one in self._triggers_of(request))

    def undecided(self, request: RecordedRequest) -> tuple[str, ...]:
        """Return what the log lacks to tell whether a request is an attack; nothing where that is decided."""
        if not self._triggers:
            return ()
        missing = [one.missing(request) for one in self._triggers_of(request)]
        if self.matches(request):
            return ()
        return tuple(sorted({what for lacking in missing if lacking for what in lacking}))

    def _triggers_of(self, request: RecordedRequest) -> Iterable[_Trigger]:
        return self._triggers.get(resolved(request.url)[0], ())

    def is_scan(self, url: str, status: int | None) -> bool:
        """Return True for a path that only scanners request, without success; where one succeeds, the path has users."""
        return (status is None or not 200 <= status < 300) and resolved(url)[0].startswith(self._scanned)

    def below(self, prefix: str) -> bool:
        """Return True if the target of an attack begins with a prefix, without climbing."""
        start = resolved(prefix)[0]
        return any(target.startswith(start) for target in (*self._exact, *self._outside_a_session, *self._directories))


def load_scanned(path: Path) -> tuple[str, ...]:
    """Return the beginnings of paths in ``templates/scanners/scanned.yml``.

    :raises InvalidInput: if the file does not have the expected form
    """
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
        return tuple(str(entry["prefix"]) for entry in entries if entry["source"])
    except (OSError, ValueError, KeyError, TypeError, yaml.YAMLError) as error:
        raise InvalidInput(f"{path}: {type(error).__name__}: {error}") from error


@memoized
def resolved(url: str) -> tuple[str, bool]:
    """Return the target of a request: its path, decoded, in lower case and without dot segments; and True if these climb."""
    target, climbs = target_of(url)
    return target.lower(), climbs


def target_of(url: str) -> tuple[str, bool]:
    """Return the target of a request as it is written: its path, decoded and without dot segments; and True if these climb."""
    text = decoded(path(url)).replace("\\", "/")
    segments: list[str] = []
    climbs = False
    for segment in text.split("/")[1:]:
        name = segment.partition(";")[0]  # a parameter of a segment (RFC 3986, 3.3)
        if name == "..":
            climbs = True
            segments = segments[:-1]
        elif name not in ("", "."):
            segments.append(segment)
    ends = "/" if text.endswith(("/", "/.", "/..")) and segments else ""
    return "/" + "/".join(segments) + ends, climbs


def decoded(text: str, passes: int = MAX_PASSES) -> str:
    """Return a percent-encoded text, decoded until nothing changes any more, at most so many times."""
    for _unused in range(passes):
        following = _HEX.sub(lambda match: chr(int(match[1], 16)), text)
        if following == text:
            break
        text = following
    return text
