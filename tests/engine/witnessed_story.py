# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A story of one appliance, and a witness beside it who knows nothing of ours: it sends attacks as a client, and notes what came back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any, ClassVar
from unittest import mock

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.file_limits import DIRECTORY
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.closing_steps import LadderStep
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import Mode
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import Probes, Save
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.customer import Customer
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import TourniquetError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.decision import ClosureScope
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.switch_off import Lockdown
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.reopen.switch_on import Reopening
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.rollback import Rollback
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.rollback_plan import RetireParameters

from simulator import Simulator
from simulator.appliance.appliance import Appliance as SimulatedAppliance
from tests.engine import closing_stage, told
from tests.engine.closing_stage import ClosingStage
from tests.engine.control_nodes import give_back_lease, take_lease, without_waiting
from tests.engine.crash.still_time import StillTime, still_time
from tests.engine.told import Told
from tests.stage import memory
from tests.stage.client import ask
from tests.stage.fleet import fleet_file
from tests.stage.memory import BRIEF, CATALOGUE, Stage

ATTACK = "/vpn/../vpns/cfg/smb.conf"
"""The published attack of the entry."""
NAME = "tq_cve_2019_19781"
GLOBAL = "responderglobal_responderpolicy_binding"
BEGINNING = datetime(2020, 1, 6, tzinfo=UTC)
"""Of a story: before an exploit was public."""
PACE = timedelta(hours=9)
"""From one step to the next."""
WITNESSED = timedelta(hours=1)
"""From a step to the witness; the ledger is read as much later."""
AFFECTED, FIXED, INEFFECTIVE = "13.0 47.22", "13.0 47.24", "12.1 50.28"
INSIDE, PARTNER = "127.0.0.1", "127.0.0.9"
GATEWAY = {"type": "vpn", "name": "gw", "protocol": "SSL"}
SHOP = {"type": "lb", "name": "shop", "protocol": "SSL"}
ALONE: dict[str, Any] = {
    "build": AFFECTED,
    "nodes": ["127.0.0.1:0"],
    "features": ["LB", "SSL", "SSLVPN", "RESPONDER"],
    "vservers": [{**GATEWAY, "address": "127.0.0.2:0"}, {**SHOP, "address": "127.0.0.2:0"}],
}
SHAPES: dict[str, dict[str, Any]] = {
    "alone": ALONE,
    "pair": {**ALONE, "nodes": ["127.0.0.1:0", "127.0.0.5:0"]},
    "partition": {
        **ALONE,
        "partitions": {
            "tenant_a": {"features": ["LB", "SSL"], "vservers": [{**SHOP, "name": "tenant", "address": "127.0.0.4:0"}]}
        },
    },
}


@dataclass(frozen=True)
class Seen:
    """What the witness saw between two steps: at which virtual servers, and how, an attack reached its target."""

    at: datetime
    passed: tuple[str, ...]


@dataclass(frozen=True)
class Step:
    """A step that was played.

    :ivar said: what the run said, or why it was refused
    :ivar ours: a run of ours at our measure has come to its end, and its record is here
    """

    name: str
    said: str
    ours: bool = False


@dataclass
class Story:
    """A story of one appliance. Its methods are the steps, by name in ACTIONS.

    :ivar still: the clock of the control nodes; the appliance and the witness have the true one
    :ivar told: what people read after each step; likewise verdicts, the words of status.yml
    :ivar theirs: the files that runs of the other control node have left on the nodes
    :ivar rule: that of our policy before a colleague changed it
    """

    simulator: Simulator
    directory: Path
    still: StillTime
    steps: list[Step] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    verdicts: list[str] = field(default_factory=list)
    now: datetime = BEGINNING
    theirs: set[str] = field(default_factory=set)
    rule: str = ""
    _number: int = 0

    ACTIONS: ClassVar[tuple[str, ...]] = (
        *("apply", "apply", "apply", "observe", "verify", "verify", "undo", "after_fix", "retire", "apply_unsaved"),
        *("off", "reopen", "notice", "partners", "open_step", "failover", "reboot", "wait"),
        *("upgrade", "affected_again", "ineffective"),
        *("allow_in_front", "not_in_front", "colleague_changes", "colleague_unbinds", "colleague_restores"),
        *("other_applies", "other_undoes", "other_observes", "copies_lost", "edited", "lease_lost", "clock_ahead", "clock_behind"),
    )  # fmt: skip

    def __post_init__(self) -> None:
        self.ours, self.other = self._control_node("ours"), self._control_node("other")

    def _control_node(self, name: str) -> ClosingStage:
        stage = ClosingStage(self.simulator, self.directory / name)
        stage.mitigation = BRIEF
        stage.variables["customer"] = told.CUSTOMER
        for vip, there in zip(stage.variables["vips"], self._vservers(), strict=True):
            vip |= {"partition": there.get("partition", "default")}
        return stage

    def _vservers(self) -> list[dict[str, Any]]:
        return list(self.simulator.ready["appliances"]["box"]["vservers"])

    @property
    def box(self) -> Any:
        return self.simulator.appliance("box")

    # -- the story ------------------------------------------------------------------------------------------------

    def play(self, *names: str) -> Story:
        """Play steps; after each the witness looks, and then the ledger is made."""
        for name in names:
            self._tick(PACE - 2 * WITNESSED)
            self.steps.append(self._step(name))
            self._tick(WITNESSED)
            self.seen.append(Seen(self.now, tuple(self._passed())))
            self._tick(WITNESSED)
            self.told.append(told.read(self.ours))
            self.verdicts.append(self._status())
        return self

    def _tick(self, passes: timedelta = timedelta(), ahead: timedelta = timedelta()) -> None:
        """:param ahead: by how much the clock of the control nodes is ahead"""
        self.now += passes
        self._number += 1
        self.still.begin(int((self.now + ahead - BEGINNING).total_seconds()) + self._number)

    def _step(self, name: str) -> Step:
        self.ours.run = self.other.run = f"run{len(self.steps):02}"
        try:
            found = getattr(self, name)()
        except TourniquetError as error:
            return Step(name, f"refused: {error}")
        if found is None:
            return Step(name, "")
        return Step(name, " ".join(found).strip(), ours=any(self.directory.rglob(f"*-{self.ours.run}.json")))

    def _passed(self) -> Iterator[str]:
        for vserver in self._vservers():
            for agent in ("curl", "Nagios"):
                for client in (INSIDE, PARTNER):
                    if ask(vserver, ATTACK, client=client, headers={"User-Agent": agent}).passes:
                        yield f"{vserver['name']} {agent} {client}"

    def _status(self) -> str:
        return str(self.ours.status_all(probes=Probes.NONE, is_preview=True).verdict.word)

    # -- our runs -------------------------------------------------------------------------------------------------

    def apply(self, stage: Stage | None = None, **options: Any) -> tuple[str, str]:
        result = (stage or self.ours).apply_all(**options)
        return str(result.verdict.word), result.failed

    def apply_unsaved(self) -> tuple[str, str]:
        return self.apply(save=Save.NEVER)

    def observe(self) -> tuple[str, str]:
        return self.apply(mode=Mode.OBSERVE, who="J. Jansen", reason="it stops the portal")

    def verify(self) -> tuple[str, str]:
        result = self.ours.status_all(probes=Probes.FEW)
        return str(result.verdict.word), result.failed

    def undo(self, stage: Stage | None = None) -> tuple[str, str]:
        (stage or self.ours).rollback_all()
        return "undone", ""

    def after_fix(self) -> tuple[str, str]:
        self.ours.rollback_all(why="after_fix")
        return "removed", ""

    def retire(self) -> tuple[str, str]:
        parameters = RetireParameters(
            **self.ours.of_a_run(memory.Owner(CATALOGUE.name, BRIEF.current_version)), measure=self.ours.mitigation
        )
        with Connection(self.ours.appliance) as connection:
            memory.carried_out(Rollback(connection, parameters))
        return "retired", ""

    def edited(self) -> tuple[str, str]:
        """Apply an entry that somebody has edited."""
        copy = self.directory / "edited" / CATALOGUE.name
        if not copy.exists():
            shutil.copytree(CATALOGUE, copy)
            path = copy / "v2.yml.j2"
            path.write_text(path.read_text().replace("403 Forbidden", "404 Not Found"))
        self.ours.entry = copy
        try:
            return self.apply()
        finally:
            self.ours.entry = CATALOGUE

    def other_applies(self) -> tuple[str, str]:
        with self._by_the_other():
            return self.apply(self.other)

    def other_undoes(self) -> tuple[str, str]:
        with self._by_the_other():
            return self.undo(self.other)

    def other_observes(self) -> tuple[str, str]:
        with self._by_the_other():
            return self.apply(self.other, mode=Mode.OBSERVE, who="K. Kramer", reason="it stops the portal")

    @contextmanager
    def _by_the_other(self) -> Iterator[None]:
        before = self._files()
        try:
            yield
        finally:
            self.theirs |= self._files() - before

    def _files(self) -> set[str]:
        nodes = self.simulator.fleet.appliances["box"].nodes
        return {path for node in nodes for path in node.files if path.startswith(f"{DIRECTORY}/")}

    def copies_lost(self) -> None:
        """Somebody deletes what the other control node has left on the nodes."""
        for node in self.simulator.fleet.appliances["box"].nodes:
            for path in self.theirs & {*node.files}:
                del node.files[path]

    def clock_ahead(self) -> tuple[str, str]:
        """A run whose control node has a clock that is a day ahead."""
        return self._with_clock(timedelta(days=1))

    def clock_behind(self) -> tuple[str, str]:
        return self._with_clock(-timedelta(days=1))

    def _with_clock(self, ahead: timedelta) -> tuple[str, str]:
        self._tick(ahead=ahead)
        try:
            return self.apply() if self._number % 2 else self.undo()
        finally:
            self._tick()

    def lease_lost(self) -> tuple[str, str]:
        """Somebody takes the lease of an apply away."""
        left, exchange = 40 + self._number % 7 * 12, Session._exchange

        def counting(session: Session, *arguments: Any, **options: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0:
                take_lease(self.simulator)
            return exchange(session, *arguments, **options)

        try:
            with mock.patch.object(Session, "_exchange", counting):
                return self.apply() if self._number % 2 else self.undo()
        finally:
            for node in self.simulator.fleet.appliances["box"].nodes:
                give_back_lease(node)

    # -- closing --------------------------------------------------------------------------------------------------

    def off(self) -> None:
        self.ours.switch_all(Lockdown, "lockdown")

    def reopen(self) -> None:
        self.ours.switch_all(Reopening, "reopen")

    def notice(self) -> None:
        self.ours.close(LadderStep.NOTICE, ClosureScope(vips=("gw",)), customers=CUSTOMERS, texts={"nl": "Bel ons."})

    def partners(self) -> None:
        self.ours.close(LadderStep.PARTNERS, ClosureScope(vips=("gw",)), networks=(ip_network(f"{PARTNER}/32"),))

    def open_step(self) -> None:
        for step in (LadderStep.NOTICE, LadderStep.PARTNERS):
            if any(one.step is step for one in self.ours.closed()):
                self.ours.open(step)

    # -- the appliance and other people ----------------------------------------------------------------------------

    def wait(self) -> None:
        """Do nothing."""

    def upgrade(self) -> None:
        self.box.upgrade(FIXED)

    def affected_again(self) -> None:
        self.box.upgrade(AFFECTED)

    def ineffective(self) -> None:
        self.box.upgrade(INEFFECTIVE)

    def failover(self) -> None:
        if len(self.simulator.fleet.appliances["box"].nodes) > 1:
            self.box.failover()

    def reboot(self) -> None:
        for node in range(len(self.simulator.fleet.appliances["box"].nodes)):
            self.box.reboot(node)

    def allow_in_front(self) -> None:
        rule = 'HTTP.REQ.HEADER("User-Agent").CONTAINS("Nagios")'
        self._by_hand("POST", "responderpolicy", name="rp_allow", rule=rule, action="NOOP")
        self._by_hand(
            "PUT", GLOBAL, policyname="rp_allow", priority=5, gotopriorityexpression="END", type="REQ_OVERRIDE"
        )

    def not_in_front(self) -> None:
        self._by_hand("DELETE", f"{GLOBAL}?args=policyname:rp_allow,type:REQ_OVERRIDE,priority:5")
        self._by_hand("DELETE", "responderpolicy/rp_allow")

    def colleague_changes(self) -> None:
        self.rule = self.rule or self._rule()
        self._by_hand("PUT", "responderpolicy", name=NAME, rule='HTTP.REQ.URL.CONTAINS("/no/such/")')

    def colleague_unbinds(self) -> None:
        for priority in (4, 10):
            self._by_hand("DELETE", f"{GLOBAL}?args=policyname:{NAME},type:REQ_OVERRIDE,priority:{priority}")

    def colleague_restores(self) -> None:
        """Somebody puts ours back as it was, as far as it is there."""
        if self.rule:
            self._by_hand("PUT", "responderpolicy", name=NAME, rule=self.rule)
        self._by_hand("PUT", GLOBAL, policyname=NAME, priority=10, gotopriorityexpression="END", type="REQ_OVERRIDE")

    def _rule(self) -> str:
        rows = self.box.state()["nodes"][0]["running"].get("responderpolicy", [])
        return next((str(row["rule"]) for row in rows if row["name"] == NAME), "")

    def _by_hand(self, method: str, path: str, **row: Any) -> None:
        """Somebody changes something, if it can be changed, and saves it."""
        appliance = self.ours.appliance
        primary = self.simulator.fleet.appliances["box"].primary.index
        with Session(appliance, appliance.nodes[primary]) as session:
            try:
                session.write(method, path, {path.partition("?")[0]: row} if row else None)
            except TourniquetError:
                return
            session.write("POST", "nsconfig?action=save", {"nsconfig": {}})


CUSTOMERS = {told.CUSTOMER: Customer(told.CUSTOMER, "nl")}


@contextmanager
def story_of(shape: str, directory: Path) -> Iterator[Story]:
    """Begin a story. The control nodes have its clock, and the ledger is made of its entry alone."""
    with (
        Simulator(fleet_file({"box": SHAPES[shape]}, f"{BEGINNING:%Y-%m-%dT%H:%M:%SZ}")) as simulator,
        without_waiting(),
        still_time() as still,
        pytest.MonkeyPatch.context() as patch,
    ):
        still._began = BEGINNING.timestamp()
        patch.setattr(memory, "datetime", closing_stage.datetime)
        patch.setattr(told, "ENTRIES", tuple(one for one in told.ENTRIES if one.id == CATALOGUE.name))
        story = Story(simulator, directory, still)
        patch.setattr(SimulatedAppliance, "now", lambda _appliance: story.now.timestamp())
        yield story
