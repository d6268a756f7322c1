# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The measures of the matrix of pairs: how each is brought in, judged and taken off, and what is true of it on the simulated appliance."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from ipaddress import ip_network
from typing import Any, ClassVar

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.closing_steps import LadderStep
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import Measure, Mode
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import Probes
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.step_executor import StepFailed
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.appfw_log.measure import load_appfw_log
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.heartbeat.measure import load_heartbeat
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.management_log.measure import (
    load_management_log,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.registry import load_entry_measure
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.decision import ClosureScope
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.rollback import Rollback
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.rollback_plan import RetireParameters

from tests.engine.closing_stage import ClosingStage
from tests.engine.geoblock_stage import GeoblockStage
from tests.engine.pairs.world import (
    BY_HEADER,
    BY_URL,
    PARTNER,
    SHUT_OUT,
    START,
    STRANGER,
    UNLISTED,
    VSERVERS,
    Request,
    World,
)
from tests.engine.settings_stage import Settings
from tests.engine.whitelist_stage import WhitelistStage
from tests.stage.memory import CATALOGUE, Stage

BLOCKS, COUNTS, ABSENT = "blocks", "counts", "absent"
PROTECTS = {"mitigated", "reduces exposure", "enforcing"}
ONLY_COUNTS = {"observe, not blocking", "observing"}
IS_NOT_THERE = {"exposed", "not in place", "not asked for"}


@dataclass(frozen=True)
class Word:
    """What a verb said."""

    word: str
    reason: str = ""
    failed: str = ""
    next: str = ""


class Played(ABC):
    """One measure on the appliance.

    :ivar stops_us: it stops requests of ours, so that nothing legitimate shows that another measure harms nobody
    :ivar right_words: by state, the words that are true of it
    """

    id: ClassVar[str]
    stops_us: ClassVar[bool] = False
    right_words: ClassVar[Mapping[str, set[str]]] = {BLOCKS: PROTECTS, COUNTS: ONLY_COUNTS, ABSENT: IS_NOT_THERE}

    def __init__(self, world: World) -> None:
        self.world = world

    # -- the verbs ------------------------------------------------------------------------------------------------------

    @abstractmethod
    def bring_in(self) -> Word:
        """Apply it."""

    @abstractmethod
    def verify(self) -> Word:
        """Judge it with all probes."""

    @abstractmethod
    def status(self) -> Word:
        """Judge it without probes."""

    @abstractmethod
    def undo(self) -> None:
        """Take it off as a person does who regrets it."""

    def retire(self) -> None:
        """Take it off after the fix."""
        self.undo()

    # -- what is true ---------------------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        return f"tq_{self.id}"

    def state(self) -> str:
        """Return whether the appliance has it, and whether it blocks."""
        actions = self.world.bound(self.name)
        if not actions:
            return ABSENT
        return COUNTS if all(action == "NOOP" for action in actions) else BLOCKS

    @abstractmethod
    def has_effect(self) -> bool:
        """Return True if what it is to stop is stopped, at each of its virtual servers."""

    def stops(self, _vserver: str, _request: Request, _client: str) -> bool:
        """Return True if it is to stop a request, where it blocks."""
        return False


def stopped(world: World, request: Request, vservers: Iterable[str] = VSERVERS, client: str = STRANGER) -> bool:
    return all(world.ask(vserver, request, client).is_stopped for vserver in vservers)


class OfTheCatalogue(Played):
    """A mitigation."""

    mode = Mode.ENFORCE
    attack: ClassVar[Request]

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.stage = Stage(world.simulator, world.records, entry=CATALOGUE.parent / self.id)
        self.version = self.stage.mitigation.current_version

    def bring_in(self) -> Word:
        self.stage.run = self.world.next_run()
        return self._word(self.stage.apply(version=self.version, mode=self.mode))

    def verify(self) -> Word:
        self.stage.run = self.world.next_run()
        return self._word(self.stage.status(version=self.version, mode=self.mode, probes=Probes.ALL))

    def status(self) -> Word:
        return self._word(self.stage.status(version=self.version, mode=self.mode, probes=Probes.NONE))

    def undo(self) -> None:
        self.stage.run = self.world.next_run()
        self.stage.rollback(why="undo")

    def retire(self) -> None:
        self.stage.run = self.world.next_run()
        parameters = RetireParameters(
            appliance=self.stage.appliance,
            measure=self.stage.mitigation,
            owner=Owner(self.id, self.version),
            records=self.stage.records,
            trust=self.stage.trust,
            run=self.stage.run,
        )
        try:
            with Connection(self.stage.appliance) as connection:
                rollback = Rollback(connection, parameters)
                rollback.carry_out(rollback.plan())
        except (StepFailed, Refused) as failed:
            # Nothing shows what the build does where another measure of ours stops each attack, nor what the servers behind do: the message says the way out.
            if "why=after_fix" not in str(failed) or self.state() == ABSENT:
                raise
            self.stage.rollback(why="after_fix")

    def has_effect(self) -> bool:
        return stopped(self.world, self.attack)

    def stops(self, _vserver: str, request: Request, _client: str) -> bool:
        return request == self.attack

    @staticmethod
    def _word(result: Any) -> Word:
        return Word(str(result.verdict.word), result.verdict.reason, result.failed, result.verdict.next_action)


class ByUrl(OfTheCatalogue):
    id, attack = "cve_2019_19781", BY_URL


class ByUrlCounting(ByUrl):
    mode = Mode.OBSERVE


class ByHeader(OfTheCatalogue):
    """It protects servers behind the appliance, so that no build makes it unnecessary."""

    id, attack = "cve_2021_44228", BY_HEADER

    def retire(self) -> None:
        self.undo()


class Plain(Played):
    """A measure that the engine carries out as it does any, with no request or list of its own."""

    def __init__(self, world: World, measure: Measure) -> None:
        super().__init__(world)
        self.stage = Settings(world.simulator, world.records, measure)

    def bring_in(self) -> Word:
        self.stage.run = self.world.next_run()
        return OfTheCatalogue._word(self.stage.apply())

    def verify(self) -> Word:
        return OfTheCatalogue._word(self.stage.status(probes=Probes.ALL))

    def status(self) -> Word:
        return OfTheCatalogue._word(self.stage.status(probes=Probes.NONE))

    def undo(self) -> None:
        self.stage.run = self.world.next_run()
        self.stage.rollback(why="undo")

    def state(self) -> str:
        return BLOCKS if self.has_effect() else ABSENT


class BySetting(Plain):
    id = "cve_2026_88772"

    def __init__(self, world: World) -> None:
        super().__init__(world, load_entry_measure(CATALOGUE.parent / self.id))

    def has_effect(self) -> bool:
        gateways = [line for line in self.world.rows("running") if line.startswith('["vpnvserver", ')]
        return bool(gateways) and all('"dtls": "OFF"' in line for line in gateways)


class Whitelist(Played):
    id, mode = "url_whitelist", "enforce"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.stage = WhitelistStage(world.simulator, world.records)
        self.lists = [
            {"vserver": "gw", "kind": "vpn", "mode": self.mode, "base": ["gateway", "storefront"]},
            {"vserver": "site", "kind": "lb", "mode": self.mode, "allow": [{"exact": "/start"}, {"prefix": "/shop/"}]},
        ]

    def bring_in(self) -> Word:
        self.stage.run = self.world.next_run()
        return self._word(self.stage.play("apply", self.lists))

    def verify(self) -> Word:
        self.stage.run = self.world.next_run()
        return self._word(self.stage.play("status", self.lists, probes=Probes.ALL))

    def status(self) -> Word:
        return self._word(self.stage.play("status", self.lists, probes=Probes.NONE))

    def undo(self) -> None:
        self.stage.run = self.world.next_run()
        self.stage.take_off(self.lists, "undo")

    def retire(self) -> None:
        self.stage.run = self.world.next_run()
        self.stage.take_off(self.lists, "after_fix")

    def has_effect(self) -> bool:
        return stopped(self.world, UNLISTED)

    def stops(self, vserver: str, request: Request, _client: str) -> bool:
        return request != START[vserver]

    @staticmethod
    def _word(played: Any) -> Word:
        verdict = played.values["verdict"]
        return Word(str(verdict["word"]), verdict["reason"], played.result.failed, verdict["next_action"])


class WhitelistResetting(Whitelist):
    """It ends the connection, so that no answer tells who did."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.lists = [{**one, "answer": "reset"} for one in self.lists]


class WhitelistCounting(Whitelist):
    mode = "observe"


class Geoblocking(Played):
    id, mode, way = "geoblock", "enforce", "datasets"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.stage = GeoblockStage(
            world.simulator, world.records, way=self.way, mode=self.mode, vservers=["gw", "site"], answer="forbidden"
        )
        if self.way == "acls":
            self.stage.settings.pop("answer")

    def bring_in(self) -> Word:
        self.stage.run = self.world.next_run()
        failed = Whitelist._word(self.stage.play("apply")).failed
        self.clients_come()
        return replace(self.status(), failed=failed)

    def clients_come(self) -> None:
        """Have a client that it is for ask at each bind point: its hits are the proof."""
        for vserver in VSERVERS:
            cookie = self.world.session() if vserver == "gw" else ""
            for request in (START[vserver], Request("/Citrix/StoreWeb/", cookie=cookie)):
                self.world.ask(vserver, request, SHUT_OUT)

    def verify(self) -> Word:
        self.clients_come()
        self.stage.run = self.world.next_run()
        return Whitelist._word(self.stage.play("status", probes=Probes.ALL))

    def status(self) -> Word:
        return Whitelist._word(self.stage.play("status", probes=Probes.NONE))

    def undo(self) -> None:
        self.stage.run = self.world.next_run()
        self.stage.take_off("undo")

    def retire(self) -> None:
        self.stage.run = self.world.next_run()
        self.stage.take_off("after_fix")

    def has_effect(self) -> bool:
        return all(self.world.ask(vserver, START[vserver], SHUT_OUT).is_stopped for vserver in VSERVERS)

    def stops(self, _vserver: str, _request: Request, client: str) -> bool:
        return client == SHUT_OUT


class ByLocation(Geoblocking):
    way = "location"


class ByAcl(Geoblocking):
    way = "acls"

    def state(self) -> str:
        return BLOCKS if any('["nsacl", ' in line for line in self.world.named(self.name)) or self._acls() else ABSENT

    def _acls(self) -> list[str]:
        return [line for line in self.world.rows("running") if line.startswith('["nsacl", ') and self.name in line]


class GeoblockCounting(Geoblocking):
    mode = "observe"


class Appfw(Plain):
    id = "appfw_log"

    def __init__(self, world: World) -> None:
        super().__init__(world, load_appfw_log(True, "box", date(2026, 10, 1)))

    def has_effect(self) -> bool:
        lines = self.world.named(self.name)
        return any(line.startswith('["appfwglobal_appfwpolicy_binding"') for line in lines)


class ManagementLogs(Plain):
    """It sets attributes of a syslog server of others, which no release before 13.1 has."""

    id = "management_log"
    name = "loghost"
    right_words: ClassVar[Mapping[str, set[str]]] = {BLOCKS: PROTECTS, ABSENT: IS_NOT_THERE}
    too_early: ClassVar[Mapping[str, set[str]]] = {BLOCKS: set(), ABSENT: {"ineffective on this build"}}

    def __init__(self, world: World) -> None:
        super().__init__(world, load_management_log([self.name], "box", date(2026, 10, 1)))
        if not world.later:
            self.right_words = self.too_early  # type: ignore[misc] -- of this one alone

    def has_effect(self) -> bool:
        servers = [line for line in self.world.named(self.name) if line.startswith('["auditsyslogaction"')]
        return len(servers) == 1 and '"managementlog": ["ALL"]' in servers[0]


class Heartbeat(Plain):
    """It stops nothing. Its verdict is the age of its last run, whether its policy is there or not."""

    id = "heartbeat"
    right_words: ClassVar[Mapping[str, set[str]]] = {BLOCKS: {"on time"}, ABSENT: {"on time", "not asked for"}}

    def __init__(self, world: World) -> None:
        super().__init__(world, load_heartbeat(None, "box", date(2026, 10, 1)))

    def has_effect(self) -> bool:
        return bool(self.world.named(self.name))


class ClosedBy(Played):
    """A step of closing. Whether it is closed is said by the list of what is closed now."""

    step: ClassVar[LadderStep]
    more: ClassVar[dict[str, Any]] = {}

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.stage = ClosingStage(world.simulator, world.records)

    def bring_in(self) -> Word:
        self.stage.run = self.world.next_run()
        _plan, result = self.stage.close(self.step, ClosureScope(vips=VSERVERS), **self.more)
        return replace(self.status(), failed="" if result is None else result.failed)

    def verify(self) -> Word:
        return self.status()

    def status(self) -> Word:
        closed = {one.object_id[1][0] for one in self.stage.closed() if one.step == self.step}
        return Word("closed" if closed == {*VSERVERS} else "open" if not closed else f"partly: {closed}")

    def undo(self) -> None:
        self.stage.run = self.world.next_run()
        self.stage.open(self.step, accept_exposure=True, accept_unread=True, second="M. Vis")

    def has_effect(self) -> bool:
        return all(self.world.ask(vserver, START[vserver]).is_stopped for vserver in VSERVERS)


class Notice(ClosedBy):
    id, step, stops_us = "closing_notice", LadderStep.NOTICE, True

    def stops(self, _vserver: str, _request: Request, _client: str) -> bool:
        return True


class Partners(ClosedBy):
    id, step, stops_us = "closing_partners", LadderStep.PARTNERS, True
    more: ClassVar[dict[str, Any]] = {"networks": (ip_network("127.77.0.0/16"),)}

    def stops(self, _vserver: str, _request: Request, client: str) -> bool:
        return client != PARTNER


class Switched(ClosedBy):
    """A step that makes a measure block which only counts otherwise.

    :ivar counting: that measure
    """

    counting: Any

    def bring_in(self) -> Word:
        first = self.counting.bring_in()
        return Word("open", failed=first.failed) if first.failed else super().bring_in()

    def undo(self) -> None:
        super().undo()
        self.counting.retire()


class Paths(Switched):
    id, step = "url_whitelist", LadderStep.PATHS

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.counting = WhitelistCounting(world)
        self.stage.settings[self.step] = self.counting.lists

    has_effect = Whitelist.has_effect
    stops = Whitelist.stops


class Countries(Switched):
    id, step = "geoblock", LadderStep.COUNTRIES

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.counting = GeoblockCounting(world)
        self.stage.settings[self.step] = self.counting.stage.settings

    has_effect = Geoblocking.has_effect
    stops = Geoblocking.stops


class SwitchedOff(ClosedBy):
    """The virtual servers are switched off: nothing of ours is bound."""

    id, step, stops_us = "lockdown", LadderStep.OFF, True

    def bring_in(self) -> Word:
        self.stage.run = self.world.next_run()
        self.stage.lockdown(knows_other_runs=True)
        return self.status()

    def undo(self) -> None:
        self.stage.run = self.world.next_run()
        self.stage.reopen(knows_other_runs=True)

    def state(self) -> str:
        return BLOCKS if self.has_effect() else ABSENT

    def stops(self, _vserver: str, _request: Request, _client: str) -> bool:
        return True


MEASURES: dict[str, Callable[[World], Played]] = {
    "url": ByUrl,
    "url-counts": ByUrlCounting,
    "header": ByHeader,
    "setting": BySetting,
    "whitelist": Whitelist,
    "whitelist-resets": WhitelistResetting,
    "whitelist-counts": WhitelistCounting,
    "location": ByLocation,
    "datasets": Geoblocking,
    "acls": ByAcl,
    "geoblock-counts": GeoblockCounting,
    "appfw": Appfw,
    "countries": Countries,
    "partners": Partners,
    "paths": Paths,
    "notice": Notice,
    "off": SwitchedOff,
    "heartbeat": Heartbeat,
    "management-logs": ManagementLogs,
}


def pairs() -> Iterator[tuple[str, str]]:
    """Yield each ordered pair of measures that are not the same one."""
    ids = {name: getattr(made, "id") for name, made in MEASURES.items()}  # noqa: B009 - a class is called as a function
    for first in MEASURES:
        for second in MEASURES:
            if ids[first] != ids[second]:
                yield first, second
