# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The simulated world and its own log: what the attacker got, what the virtual servers answered, which builds ran, what was sent to the appliances.

Nothing in it comes from the product: no record, report or result. After each step a witness sends the published attack to each virtual server;
the appliances keep no trace of that.
"""

from __future__ import annotations

import copy
import gzip
import itertools
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any

from simulator.appliance.appliance import Appliance
from tests.diary.days import LATE, LISTED, PARTNERED, PARTNERS, TENANTS
from tests.diary.fleet import CUSTOMERS, Member
from tests.stage.played import ATTACK, ATTACK_ENCODED, CONTROL, NAME, Laboratory

CVE = "CVE-2019-19781"
BULLETIN, EXPLOIT = date(2019, 12, 17), date(2020, 1, 10)
"""CTX267027; the first day of public exploit code by most sources."""
CHECKS = (ATTACK, ATTACK_ENCODED)
"""Published, harmless checks: they read a static file (TrustedSec scanner, Nuclei template)."""
MARKER, MARKED = "/netscaler/portal/templates/diary.xml", "pwnpzi1337\n"
"""A file in a directory in which the attackers of January 2020 left files, with a word of a public list of indicators; it does nothing."""

LOGS = tuple(f"/var/log/{name}" for name in ("httpaccess.log", "httperror.log", "ns.log", "nsvpn.log", "messages"))
"""The logs that a hunt reads here; a log-on by a probe begins nsvpn.log."""


class Reach(StrEnum):
    """What the witness met at a virtual server."""

    PASSES = "the attack passes"
    STOPPED = "the attack is stopped"
    CLOSED = "nothing answers"


class Service(StrEnum):
    """What a user gets at a virtual server."""

    SERVED = "the service"
    PAGE = "a page that says it is closed"
    REFUSED = "a refusal"
    NOTHING = "nothing"


class User(StrEnum):
    """From where a user asks, and for what."""

    ANYBODY = "a user elsewhere"
    LISTED = "a user in a listed country"
    PARTNER = "a user in the network of a partner"
    UNLISTED = "a user elsewhere who asks for a path that no list has"


USERS: Mapping[str, tuple[User, ...]] = {
    LATE: (User.ANYBODY, User.LISTED, User.UNLISTED),
    TENANTS: (User.ANYBODY,),
    PARTNERED: (User.ANYBODY, User.PARTNER),
}
"""By appliance that is closed by a step of the ladder, the users whom the witness plays."""
CLIENTS = {User.LISTED: LISTED, User.PARTNER: PARTNERS.replace("0/24", "9")}
UNLISTED_PATH = "/an/unlisted/path"
SHUT = (Service.PAGE, Service.NOTHING)


@dataclass(frozen=True)
class Span:
    """A virtual server was in one state all the time, for the attacker or for a user.

    :ivar after: and before: the witness saw the state before the span at ``after``, and this one first at ``since``
    :ivar until: when it was seen last, and still is so if nothing follows
    """

    host: str
    vserver: str
    reach: Reach | Service
    after: datetime
    since: datetime
    until: datetime
    user: User | None = None


@dataclass(frozen=True)
class Attack:
    """A try of the attacker, or of the hired tester."""

    at: datetime
    by: str
    host: str
    vserver: str
    passed: bool
    marker: bool = False


@dataclass(frozen=True)
class Played:
    """A playbook that was run: its verb and the time that it took."""

    verb: str
    began: datetime
    ended: datetime
    ticket: str = ""
    step: str = ""


@dataclass(frozen=True)
class Request:
    """A request that an appliance got, by the log of the simulator."""

    at: datetime
    host: str
    side: str
    method: str
    target: str
    status: int | None
    agent: str


class World:
    """The fleet, its clock, and the log.

    :ivar spans: what the attacker gets, in the order of time; served: what users get
    :ivar builds: by host, the builds with the time from which they ran
    """

    def __init__(self, laboratory: Laboratory, members: Sequence[Member]) -> None:
        self.laboratory = laboratory
        self.members = {one.name: one for one in members}
        self.spans: list[Span] = []
        self.served: list[Span] = []
        self.attacks: list[Attack] = []
        self.played: list[Played] = []
        self.requests: list[Request] = []
        self.builds = {one.name: [(self.now(), str(one.entry["build"]))] for one in members}
        self.answers: list[tuple[datetime, str, str, str]] = []
        self.cut_off: list[tuple[datetime, str, bool]] = []
        self.announced: list[tuple[datetime, datetime]] = []
        self.log_begins: dict[str, list[tuple[datetime, datetime]]] = {one.name: [] for one in members}
        self._set_clock()
        for host, vserver in self.vservers():
            for number in range(self.members[host].users if "/" not in vserver else 0):
                laboratory.simulator.appliance(host).session(vserver, f"user{number}")
        self.witness()

    # -- the clock ----------------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        return next(iter(self.laboratory.simulator.fleet.appliances.values())).moment()

    def go_to(self, moment: datetime) -> None:
        """Advance the clocks of all appliances and of the control node; a moment that is past changes nothing."""
        seconds = (moment - self.now()).total_seconds()
        if seconds > 0:
            for name in self.members:
                self.laboratory.simulator.appliance(name).advance(seconds)
        self._set_clock()

    def _set_clock(self) -> None:
        self.laboratory.ahead = self.now().timestamp() - time.time()

    # -- what happens -------------------------------------------------------------------------------------------------

    def vservers(self, host: str | None = None, customer: str | None = None) -> list[tuple[str, str]]:
        """Return the virtual servers of an appliance, of a customer, or all: host and name."""
        return [
            (name, vserver)
            for name, member in self.members.items()
            for vserver, whose in member.whose.items()
            if host in (None, name) and customer in (None, whose)
        ]

    def users(self, customer: str) -> int:
        """Return how many users of a customer have a session at a Gateway."""
        return sum(self.members[host].users for host, vserver in self.vservers(customer=customer) if "/" not in vserver)

    def hosts(self, customer: str) -> list[str]:
        return list(dict.fromkeys(host for host, _vserver in self.vservers(customer=customer)))

    def host_of(self, place: str, customer: str) -> str:
        """Return the appliance that a place of a customer is: itself, or that of a virtual server or a partition of the customer; "" where there is none."""
        names = {
            part: host for host, vserver in self.vservers(customer=customer) for part in (host, *vserver.split("/"))
        }
        return names.get(place, "")

    def attack(self, by: str, *, leaves: Sequence[str] = ()) -> int:
        """Try the published checks at every virtual server, and leave a harmless marker on the named appliances where one passes; return how many passed."""
        passed = 0
        for host, vserver in self.vservers():
            got_in = Reach.PASSES in {self._ask(host, vserver, target) for target in CHECKS}
            marks = got_in and host in leaves
            if marks:
                self.laboratory.simulator.appliance(host).write_file(MARKER, MARKED)
            self.attacks.append(Attack(self.now(), by, host, vserver, got_in, marks))
            passed += got_in
        return passed

    def visit(self) -> None:
        """Let a user open each log-on page, and an administrator look at each appliance: the logs begin. The logs of one begin later."""
        for host, vserver in self.vservers():
            self._ask(host, vserver, CONTROL)
        for host in self.members.keys() - {LATE}:
            self.laboratory.colleague(host, "GET", "nsversion")

    def upgrade(self, host: str) -> None:
        """Install the build with the fix."""
        build = self.members[host].fixed
        self.laboratory.simulator.appliance(host).upgrade(build)
        self.builds[host].append((self.now(), build))

    @contextmanager
    def playing(self, verb: str, ticket: str = "", step: str = "") -> Iterator[None]:
        """Note that a playbook runs, and what reached the appliances meanwhile."""
        # The clock of one may be a moment behind: no log is to be rotated in the middle of a hunt.
        for name in self.members:
            self.laboratory.simulator.appliance(name).advance(0)
        self._set_clock()
        self.laboratory.simulator.clear_requests()
        began = self.now()
        yield
        self.played.append(Played(verb, began, self.now(), ticket, step))
        self._take_requests()
        if verb == "hunt":
            for host, appliance in self.laboratory.simulator.fleet.appliances.items():
                latest = max(begin for node in appliance.nodes for begin in log_begins(node.files))
                self.log_begins[host].append((began, latest))

    def _take_requests(self) -> None:
        ahead = self.laboratory.ahead
        for one in self.laboratory.simulator.requests():
            at = datetime.fromtimestamp(one["time"] + ahead, UTC)
            self.requests.append(
                Request(
                    at,
                    one["appliance"],
                    one["side"],
                    one["method"],
                    one["target"],
                    one["status"],
                    str(one["user_agent"]),
                )
            )

    # -- the witness --------------------------------------------------------------------------------------------------

    def witness(self) -> None:
        """Note in which state each virtual server is."""
        for host, vserver in self.vservers():
            appliance = self.laboratory.simulator.fleet.appliances[host]
            with without_trace(appliance):
                reaches = [self._ask(host, vserver, target) for target in CHECKS]
                got = {user: self._visit(host, vserver, user) for user in USERS.get(host, ())}
            self._note(self.spans, host, vserver, Reach.PASSES if Reach.PASSES in reaches else reaches[0])
            for user, service in got.items():
                self._note(self.served, host, vserver, service, user)
        self.laboratory.simulator.clear_requests()

    def _note(
        self, spans: list[Span], host: str, vserver: str, reach: Reach | Service, user: User | None = None
    ) -> None:
        now, about = self.now(), (host, vserver, user)
        last = next((one for one in reversed(spans) if (one.host, one.vserver, one.user) == about), None)
        if last is not None:
            position = spans.index(last)
            if last.reach is reach:
                spans[position] = replace(last, until=now)
                return
        spans.append(Span(host, vserver, reach, last.until if last else now, now, now, user))

    def _visit(self, host: str, vserver: str, user: User) -> Service:
        target = UNLISTED_PATH if user is User.UNLISTED else CONTROL
        answer = self.laboratory.ask(host, target, vserver=vserver.rpartition("/")[2], client=CLIENTS.get(user, ""))
        if answer.status is None:
            return Service.NOTHING
        if answer.status == 503 and "retry-after" in answer.headers:
            return Service.PAGE
        return Service.REFUSED if answer.blocked_by() else Service.SERVED

    def _ask(self, host: str, vserver: str, target: str) -> Reach:
        answer = self.laboratory.ask(host, target, vserver=vserver.rpartition("/")[2])
        if answer.status is None:
            return Reach.CLOSED
        return Reach.PASSES if answer.passes else Reach.STOPPED

    # -- what is so ---------------------------------------------------------------------------------------------------

    def spans_of(self, host: str, customer: str) -> list[Span]:
        mine = self.vservers(host, customer)
        return [one for one in self.spans if (one.host, one.vserver) in mine]

    def served_of(self, host: str, customer: str, user: User) -> list[Span]:
        """Return what a user got at a customer's virtual servers of an appliance; nothing where the witness does not play that user."""
        mine = self.vservers(host, customer)
        return [one for one in self.served if (one.host, one.vserver) in mine and one.user is user]

    def shut_of(self, host: str, customer: str) -> list[Span]:
        """Return the times in which nobody got the service of a customer's virtual servers of an appliance."""
        served = self.served_of(host, customer, User.ANYBODY) or self.spans_of(host, customer)
        return [one for one in served if one.reach in (*SHUT, Reach.CLOSED)]

    def is_ever_closed(self, host: str, customer: str) -> bool:
        """Return True if a user was kept out of a customer's virtual servers of an appliance by a closing so far."""
        kept_out = [
            one for user in User for one in self.served_of(host, customer, user) if one.reach is not Service.SERVED
        ]
        return bool(kept_out or self.shut_of(host, customer))

    def build(self, host: str, at: datetime) -> str:
        return [build for since, build in self.builds[host] if since <= at][-1]

    def is_fixed(self, host: str, at: datetime) -> bool:
        return self.build(host, at) == self.members[host].fixed

    def is_cut_off(self, host: str, at: datetime) -> bool:
        """Return True if the control node could not reach the management of an appliance at a moment."""
        return next((cut for since, name, cut in reversed(self.cut_off) if name == host and since <= at), False)

    def has_rule(self, host: str) -> bool:
        """Return True if a policy of ours is on the appliance today, by its configuration."""
        return NAME in str(self.laboratory.simulator.fleet.appliances[host].primary.running.rows.get("responderpolicy"))

    def writes(self, host: str, what: str, at: datetime, margin: timedelta) -> list[Request]:
        """Return the requests about a type that changed an appliance around a moment, by the simulator's log."""
        return [
            one
            for one in self.requests
            if one.host == host
            and one.side == "nitro"
            and one.method != "GET"
            and what in one.target
            and abs(one.at - at) <= margin
        ]

    def attacks_on(self, host: str, customer: str | None = None) -> list[Attack]:
        mine = self.vservers(host, customer)
        return [one for one in self.attacks if (one.host, one.vserver) in mine]

    def others(self, customer: str) -> list[str]:
        """Return names of other customers, their people and their appliances, which nothing for this customer may have."""
        mine = set(self.hosts(customer))
        people = [one["contacts"][0] for name, one in CUSTOMERS.items() if name != customer]
        return [
            *(name for name in CUSTOMERS if name != customer),
            *(str(value) for one in people for key, value in one.items() if key != "role"),
            *(host for host in self.members if host not in mine),
            *(vserver for host, vserver in self.vservers() if (host, vserver) not in self.vservers(customer=customer)),
        ]


def log_begins(files: Mapping[str, Any]) -> Iterator[datetime]:
    """Yield the time of the first line of each log in which the traces of this attack would be."""
    for log in LOGS:
        parts = sorted((path for path in files if re.fullmatch(rf"{log}(\.\d+\.gz)?", path)), key=_age)
        if parts:
            content = bytes(files[parts[-1]].content)
            text = gzip.decompress(content) if parts[-1].endswith(".gz") else content
            yield from itertools.islice(
                (at for line in text.decode("latin-1").splitlines() if (at := line_time(line))), 1
            )


def _age(path: str) -> int:
    found = re.search(r"\.(\d+)\.gz$", path)
    return int(found[1]) if found else -1


_TIMES = (
    re.compile(
        r"\[(?P<day>\d\d)/(?P<month>\w{3})/(?P<year>\d{4}):(?P<clock>\d\d:\d\d:\d\d) \+0000\]"
    ),  # httpaccess.log
    re.compile(
        r"\[\w{3} (?P<month>\w{3}) +(?P<day>\d+) (?P<clock>\d\d:\d\d:\d\d)\S* (?P<year>\d{4})\]"
    ),  # httperror.log
    re.compile(r"^(?P<month>\w{3}) +(?P<day>\d+) (?P<clock>\d\d:\d\d:\d\d)(?P<year>)"),  # syslog, without a year
)


def line_time(line: str) -> datetime | None:
    """Return the time of a line of a log; None where it has none."""
    found = next((one for pattern in _TIMES if (one := pattern.search(line))), None)
    if found is None:
        return None
    year = found["year"] or ("2019" if found["month"] == "Dec" else "2020")
    return datetime.strptime(f"{year} {found['month']} {found['day']} {found['clock']} +0000", "%Y %b %d %H:%M:%S %z")


@contextmanager
def without_trace(appliance: Appliance) -> Iterator[None]:
    """Restore what a request leaves on an appliance: lines of logs and hit counters."""
    kept: list[tuple[Any, Any]] = []
    for node in appliance.nodes:
        disk = copy.deepcopy(node.files)
        kept += [
            (inside, (disk, copy.deepcopy(inside.counters), inside.log_number))
            for inside in (node, *node.partitions.values())
        ]
    yield
    for inside, (disk, counters, number) in kept:
        inside.pending_log_lines = []
        inside.disk, inside.counters, inside.log_number = disk, counters, number
