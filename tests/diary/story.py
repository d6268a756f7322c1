# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Plays the table of days, and keeps what the product hands out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import singledispatchmethod
from pathlib import Path
from typing import Any

from simulator import Simulator
from tests.diary.days import DAYS, LATE, LISTED, Answer, Attack, CleanUp, Day, Network, Play, Upgrade, Write
from tests.diary.fleet import CUSTOMERS, SENDER, Member, members
from tests.diary.world import World
from tests.stage.fleet import fleet_file
from tests.stage.played import NAME, Laboratory, Run

ENTRY = "cve_2019_19781"
OF_CUSTOMERS = ("consent", "close", "reopen", "letters", "status")
OF_NO_MITIGATION = ("consent", "close", "reopen", "letters", "hunt", "ledger", "read_logs", "alarm")
NO_ROUTE = "127.0.0.1:9"
COUNTRY_FILE = "198.51.100.0,198.51.100.255,RU\n203.0.113.0,203.0.113.63,UA\n"


@dataclass
class Story:
    """The diary while it is played.

    :ivar directory: of all that the product writes
    :ivar surprises: what was not as the table says
    :ivar written: the moments at which letters were written
    """

    world: World
    directory: Path
    tell: Callable[[str], None]
    surprises: list[str] = field(default_factory=list)
    written: list[datetime] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.nodes = {name: own["netscaler_nodes"] for name, own in self.laboratory.hosts.items()}

    @property
    def laboratory(self) -> Laboratory:
        return self.world.laboratory

    def play(self, day: Day) -> None:
        self.world.go_to(day.at)
        self.world.witness()
        said = [text for step in day.steps if (text := self._step(step))]
        self.world.witness()
        self.tell(f"{day.at:%d %B %Y}  {day.title}{': ' if said else ''}{'; '.join(said)}")

    @singledispatchmethod
    def _step(self, step: object) -> str:
        raise TypeError(step)

    @_step.register
    def _(self, step: Play) -> str:
        variables = dict(step.variables)
        if step.verb in ("reopen", "ledger"):
            variables["traces"] = str(self.directory / "report" / "hunt.json")
        # The short form has fewer appliances.
        limit = tuple(one for one in step.limit if one == "all" or one.removeprefix("!") in self.world.members)
        run = self._run(step.verb, limit=limit, check=step.check, **variables)
        if run.rc != step.code:
            self.surprises.append(
                f"{step.verb}.yml ended with {run.rc}, and not with {step.code}: {run.output[-1500:]}"
            )
        return f"{step.verb}.yml ({run.rc})"

    @_step.register
    def _(self, step: Attack) -> str:
        passed = self.world.attack(step.by, leaves=step.leaves)
        return f"passed at {passed} of {len(self.world.vservers())} virtual servers"

    @_step.register
    def _(self, step: Upgrade) -> str:
        present = [host for host in step.hosts if host in self.world.members]
        for host in present:
            self.world.upgrade(host)
        return ", ".join(present)

    @_step.register
    def _(self, step: CleanUp) -> str:
        self.laboratory.colleague(
            step.host, "DELETE", f"responderglobal_responderpolicy_binding?args=policyname:{NAME},type:REQ_OVERRIDE"
        )
        self.laboratory.saved_by_colleague(step.host)
        return step.host

    @_step.register
    def _(self, step: Network) -> str:
        """The route to the management is closed or open; users and attackers reach the virtual servers all the time."""
        self.world.cut_off.append((self.world.now(), step.host, not step.reachable))
        own = self.laboratory.hosts[step.host]
        own["netscaler_nodes"] = self.nodes[step.host] if step.reachable else [NO_ROUTE]
        return ""

    @_step.register
    def _(self, step: Answer) -> str:
        for customer in step.customers:
            who = CUSTOMERS[customer]["contacts"][0]["name"]
            self.world.answers.append((self.world.now(), customer, who, step.state))
            run = self._run("consent", customer=customer, state=step.state, who=who, how="by telephone")
            if run.rc:
                self.surprises.append(f"consent.yml failed: {run.output[-1500:]}")
        return f"{', '.join(step.customers)} {step.state}"

    @_step.register
    def _(self, step: Write) -> str:
        self.world.witness()
        hunt = self.directory / "report" / "hunt.json"
        traces = {"traces": str(hunt)} if hunt.exists() else {}
        made = self.directory / "ledger" / str(len(self.written) + 1)
        ledger = self._run("ledger", ledgers=str(made), fail_at=3, **traces)
        facts = self.directory / "facts.json"
        facts.write_text(json.dumps(self._facts_of_people()), encoding="utf-8")
        facts.chmod(0o600)
        letters = self._run(
            "letters",
            ledger=str(made / "ledger.json"),
            facts_file=str(facts),
            next_message=step.next_message.isoformat(),
            entries=[ENTRY],
            letters=str(self.directory / "letters"),
            sender=SENDER,
        )
        self.world.announced.append((self.world.now(), step.next_message))
        for run in (ledger, letters):
            if run.rc:
                self.surprises.append(f"the letters of {self.world.now()} failed: {run.output[-1500:]}")
        self.written.append(self.world.now())
        return f"letters of {len(self.world.members)} appliances"

    def _run(self, verb: str, **values: Any) -> Run:
        given: dict[str, Any] = {"as_of": None, "tourniquet_report": str(self.directory / "report"), **values}
        if verb in OF_NO_MITIGATION:
            given.setdefault("mitigation", None)
        if verb in OF_CUSTOMERS:
            given |= {"consents": str(self.directory / "consent"), "tourniquet_customers": CUSTOMERS}
        if verb in ("close", "status"):
            given["drills"] = str(self.directory / "drills")
        if verb == "read_logs":
            given["bookmarks"] = str(self.directory / "bookmarks")
        if verb == "alarm":
            given["alarms"] = str(self.directory / "alarms")
        with self.world.playing(verb, str(values.get("ticket", "")), str(values.get("step", ""))):
            return self.laboratory.play(verb, **given)

    def _facts_of_people(self) -> dict[str, Any]:
        """Return what no record has and a consultant knows: how many users a customer has, and what is open and was never closed."""
        return {
            "schema": "tourniquet-letter-facts/1",
            "customers": [
                {"customer": customer, "services": services, "facts": list(self._facts_of(customer, services))}
                for customer in CUSTOMERS
                if (services := [name.rpartition("/")[2] for _host, name in self.world.vservers(customer=customer)])
            ],
        }

    def _facts_of(self, customer: str, services: list[str]) -> Iterator[Mapping[str, Any]]:
        base = {"known": self.world.now().isoformat(), "source": "S. Bakker", "label": "TLP:AMBER"}
        if count := self.world.users(customer):
            yield {"kind": "users", "count": count, **base}
        for place in services:
            if not self.world.is_ever_closed(self.world.host_of(place, customer), customer):
                yield {"kind": "open", "place": place, **base}


@contextmanager
def started(directory: Path, *, whole: bool, tell: Callable[[str], None] = lambda _line: None) -> Iterator[Story]:
    """Start the fleet on 9 December 2019; nothing is played yet."""
    chosen = members(whole=whole)
    fleet = fleet_file({one.name: dict(one.entry) for one in chosen}, "2019-12-09T08:00:00Z")
    with Simulator(fleet) as simulator:
        laboratory = Laboratory(simulator, directory, {one.name: variables(one, directory) for one in chosen})
        laboratory.common["measure_audit_log"] = True
        world = World(laboratory, chosen)
        world.visit()
        yield Story(world, directory, tell)


def variables(member: Member, directory: Path) -> dict[str, Any]:
    """Return the inventory variables of an appliance, beside those of its addresses."""
    found = member.variables()
    if member.name == LATE:
        countries = directory / "countries.csv"
        countries.write_text(COUNTRY_FILE, encoding="utf-8")
        found |= {
            "netscaler_whitelists": [{"vserver": "portal-breda", "kind": "vpn", "mode": "observe", "base": ["gateway"]}],
            "geoblock_policy": "block",
            "geoblock_countries": ["RU", "UA"],
            "geoblock_networks": {"listed": [f"{LISTED}/32"]},  # no country has an address of the loopback
            "geoblock_families": ["ipv4"],
            "geoblock_vservers": ["portal-breda"],
            "geoblock_mode": "observe",
            "geoblock_accept": ["private"],
            "geoblock_cache": str(directory / "cache"),
            "geoblock_source": {
                "name": "test", "licence": "none", "files": [{"path": str(countries)}], "max_age_days": 9000,
            },
        }  # fmt: skip
    return found


def played(story: Story, *, whole: bool) -> Story:
    """Play the days of the short or of the whole form."""
    for day in DAYS:
        if whole or not day.whole_only:
            story.play(day)
    return story
