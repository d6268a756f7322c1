# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A night: a fleet, two control nodes, other people, and the clock. An action is written as its name, the appliance (one where none is named), and ``other``
where the second control node carries it out: ``apply two other``."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.file_limits import DIRECTORY
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import TourniquetError

from simulator import Simulator
from simulator.appliance.appliance import Appliance as SimulatedAppliance
from simulator.nitro.call import Call
from simulator.nitro.handlers import registry
from tests.engine import closing_stage
from tests.engine.control_nodes import DiedError, dying_at, give_back_lease, take_lease, without_waiting
from tests.engine.crash.still_time import StillTime, still_time
from tests.nights import attackers, neighbours, shapes, stop_gaps
from tests.nights.control_node import Operator, runs
from tests.nights.journal import POLICY, Entry, noted, scopes
from tests.nights.shapes import AFFECTED, FIPS, FIRST, FIXED, INEFFECTIVE, NAMES, NEVER, OLD, SHAPES
from tests.nights.world import BEHIND, PORTAL, World
from tests.stage import memory
from tests.stage.memory import CATALOGUE

BEGINNING = datetime(2020, 1, 6, tzinfo=UTC)
"""Of a night: before an exploit was public."""
LATER = datetime(2021, 12, 13, tzinfo=UTC)
"""Of a night of two weaknesses: since the day of which the measure of the second is."""
PACE = timedelta(hours=9)
"""From one action to the next."""
WITNESSED = timedelta(hours=1)
"""From an action to the witness; what people read is made as much later."""
NODE_CLOCK = timedelta(hours=1)
"""By how much the clock of a node is ahead that somebody has set wrong."""
NAME = "tq_cve_2019_19781"
GLOBAL = "responderglobal_responderpolicy_binding"
DIED = "died"
OURS, OTHER = "ours", "other"
WHO = {OURS: "J. Jansen", OTHER: "K. Kramer"}


@dataclass(frozen=True)
class Action:
    """An action that was carried out.

    :ivar said: what the run said, or why it was refused
    :ivar ours: a run of ours has come to its end, and its record is here
    :ivar partitions: the admin partitions of its records: what is in another one it has not read
    :ivar copied: a copy of it is on the nodes
    :ivar weakness: with whose measure alone it has to do, by its id; "" where it has to do with each, or with none
    :ivar report: of a hunt and of a test of the alarm, their values
    """

    name: str
    appliance: str
    by: str
    said: str
    ours: bool = False
    copied: bool = False
    partitions: tuple[str, ...] = ()
    weakness: str = ""
    report: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def __str__(self) -> str:
        by = f" {self.by}" if self.by == OTHER else ""
        return f"{self.name} {self.appliance}{by}: {self.said[:120]}"


@dataclass
class Night:
    """A night.

    :ivar still: the clock of the control nodes; appliances and witness have the true one
    :ivar nodes: by control node and appliance, its operator there
    :ivar theirs: the files that runs of the other control node have left on the nodes
    :ivar rules: by appliance, the rule of our policy before a colleague changed it
    :ivar journal: what the simulator saw of each action
    """

    simulator: Simulator
    directory: Path
    shapes: Sequence[str]
    still: StillTime
    world: World
    beginning: datetime = BEGINNING
    actions: list[Action] = field(default_factory=list)
    theirs: set[tuple[str, str]] = field(default_factory=set)
    rules: dict[str, str] = field(default_factory=dict)
    journal: list[Entry] = field(default_factory=list)
    _number: int = 0

    def __post_init__(self) -> None:
        self.now = self.beginning
        folders = [CATALOGUE.parent / one.id for one in self.world.weaknesses]
        self.nodes = {
            node: {
                name: Operator(self.simulator, self.directory / node, name, SHAPES[shape], WHO[node], folders)
                for name, shape in zip(NAMES, self.shapes, strict=False)
            }
            for node in (OURS, OTHER)
        }

    @property
    def appliances(self) -> tuple[str, ...]:
        return NAMES[: len(self.shapes)]

    @property
    def clock(self) -> datetime:
        """Return the time by the clock of the control nodes."""
        return datetime.fromtimestamp(self.still.now(), UTC)

    # -- the clock ----------------------------------------------------------------------------------------------------

    def play(self, text: str) -> Action:
        """Carry an action out, and let the witness look."""
        name, *rest = text.split(" ")
        appliance = next((one for one in rest if one in NAMES), NAMES[0])
        by = OTHER if OTHER in rest else OURS
        self._tick(PACE - 2 * WITNESSED)
        self.simulator.fleet.log.clear()
        action = self._carried_out(name, appliance, by)
        self.world.settle()
        self.actions.append(action)
        self.journal.append(noted(self.world, appliance if name == "hunt" else ""))
        self._tick(WITNESSED)
        self.world.look(self.now)
        self._tick(WITNESSED)
        return action

    def _tick(self, passes: timedelta = timedelta(), ahead: timedelta = timedelta()) -> None:
        """:param ahead: by how much the clock of the control nodes is ahead"""
        self.now += passes
        self._number += 1
        self.still.begin(int((self.now + ahead - self.beginning).total_seconds()) + self._number)

    def _carried_out(self, name: str, appliance: str, by: str) -> Action:
        operator = self.nodes[by][appliance]
        operator.run, operator.report = f"run{len(self.actions):02}", {}
        before, weakness = self._files(), weakness_of(name)
        try:
            said = " ".join(RUNS[name](operator)).strip() if name in RUNS else EVENTS[name](self, appliance, by) or ""
        except TourniquetError as error:
            return Action(name, appliance, by, f"refused: {error}", weakness=weakness)
        finally:
            if by == OTHER:
                self.theirs |= self._files() - before
        found = [json.loads(one.read_text(encoding="utf-8")) for one in self.directory.rglob(f"*-{operator.run}.json")]
        is_ours, is_copied = bool(found) and not said.startswith(DIED), bool(self._files() - before)
        within = tuple(sorted({one.get("partition", "default") for one in found}))
        return Action(name, appliance, by, said, is_ours, is_copied, within, weakness, operator.report)

    def _files(self) -> set[tuple[str, str]]:
        nodes = [(name, node) for name in self.appliances for node in self.world.running(name).nodes]
        return {(name, path) for name, node in nodes for path in node.files if path.startswith(f"{DIRECTORY}/")}

    # -- runs in trouble ----------------------------------------------------------------------------------------------

    def clock_ahead(self, appliance: str, by: str) -> str:
        """A run whose control node has a clock that is a day ahead."""
        return self._with_clock(appliance, by, timedelta(days=1))

    def clock_behind(self, appliance: str, by: str) -> str:
        return self._with_clock(appliance, by, -timedelta(days=1))

    def _with_clock(self, appliance: str, by: str, ahead: timedelta) -> str:
        self._tick(ahead=ahead)
        try:
            return self._apply_or_undo(appliance, by)
        finally:
            self._tick()

    def _apply_or_undo(self, appliance: str, by: str) -> str:
        operator = self.nodes[by][appliance]
        return " ".join(operator.apply() if len(self.actions) % 2 else operator.undo()).strip()

    def dies(self, appliance: str, by: str) -> str:
        """A run whose control node dies at a request, before it is sent or before its answer is read: nothing is told, and nothing tidied up."""
        number = 20 + len(self.actions) * 37 % 130
        try:
            with dying_at(number, after=bool(len(self.actions) % 3)):
                return self._apply_or_undo(appliance, by)
        except DiedError:
            return f"{DIED} at request {number}"

    def lease_lost(self, appliance: str, by: str) -> str:
        """Somebody takes the lease of a run away."""
        left, exchange = 40 + len(self.actions) % 7 * 12, Session._exchange

        def counting(session: Session, *arguments: Any, **options: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0:
                take_lease(self.simulator, appliance)
            return exchange(session, *arguments, **options)

        try:
            with mock.patch.object(Session, "_exchange", counting):
                return self._apply_or_undo(appliance, by)
        finally:
            for node in self.world.running(appliance).nodes:
                give_back_lease(node)

    def copies_lost(self, appliance: str, _by: str) -> None:
        """Somebody deletes what the other control node has left on the nodes."""
        for node in self.world.running(appliance).nodes:
            for path in {path for name, path in self.theirs if name == appliance} & {*node.files}:
                del node.files[path]

    # -- the appliance, other people, attackers -------------------------------------------------------------------------

    def wait(self, _appliance: str, _by: str) -> None:
        """Do nothing."""

    def attack(self, appliance: str, _by: str) -> str:
        return "got in" if self.world.attack(self.now, appliance) else "stopped"

    def attack_2(self, appliance: str, _by: str) -> str:
        """An attacker sends look-ups to what is behind an appliance."""
        return "got through" if self.world.look_up(appliance) else "stopped"

    def colleague_unbinds_2(self, appliance: str, _by: str) -> None:
        """Somebody unbinds the rule against look-ups."""
        path = f"{GLOBAL}?args=policyname:{BEHIND.policy},type:REQ_OVERRIDE,priority:12"
        self.by_hand(appliance, "DELETE", path)

    def upgrade(self, appliance: str, _by: str) -> None:
        self.world.install(appliance, FIXED)

    def affected_again(self, appliance: str, _by: str) -> None:
        self.world.install(appliance, AFFECTED)

    def ineffective(self, appliance: str, _by: str) -> None:
        self.world.install(appliance, INEFFECTIVE)

    def never_affected(self, appliance: str, _by: str) -> None:
        self.world.install(appliance, NEVER)

    def other_edition(self, appliance: str, _by: str) -> None:
        self.world.install(appliance, FIPS)

    def oldest(self, appliance: str, _by: str) -> None:
        self.world.install(appliance, OLD)

    def node_clock(self, appliance: str, _by: str) -> None:
        """Let the clock of a node be wrong by an hour."""
        seconds = int(NODE_CLOCK.total_seconds())
        self.simulator.appliance(appliance).fault("clock_skew", node=self._second(appliance), seconds=seconds)

    def upgrade_second(self, appliance: str, _by: str) -> None:
        """Install the fix on the node that is not primary; of one node, on that."""
        self.world.install(appliance, FIXED, [self._second(appliance)])

    def failover(self, appliance: str, _by: str) -> None:
        if len(self.world.builds[appliance]) > 1:
            self.simulator.appliance(appliance).failover()

    def reboot(self, appliance: str, _by: str) -> None:
        for node in range(len(self.world.builds[appliance])):
            self.simulator.appliance(appliance).reboot(node)

    def counters_cleared(self, appliance: str, _by: str) -> None:
        """Let somebody clear the counters of policies, with ``clearstats`` (NITRO guide, statistics)."""
        for _partition, node in scopes(self.world.running(appliance)):
            node.counters.clear_of(POLICY)

    def away(self, appliance: str, _by: str) -> None:
        """Let the management of an appliance not be reached; the last node of a pair."""
        self.simulator.appliance(appliance).fault("refuse", node=self._second(appliance))

    def back(self, appliance: str, _by: str) -> None:
        self.simulator.appliance(appliance).clear_faults()

    def _second(self, appliance: str) -> int:
        primary = self.world.running(appliance).primary.index
        return next((index for index in range(len(self.world.builds[appliance])) if index != primary), primary)

    def allow_in_front(self, appliance: str, _by: str) -> None:
        rule = 'HTTP.REQ.HEADER("User-Agent").CONTAINS("Nagios")'
        self.by_hand(appliance, "POST", "responderpolicy", name="rp_allow", rule=rule, action="NOOP")
        place = {"priority": 5, "gotopriorityexpression": "END", "type": "REQ_OVERRIDE"}
        self.by_hand(appliance, "PUT", GLOBAL, policyname="rp_allow", **place)

    def not_in_front(self, appliance: str, _by: str) -> None:
        self.by_hand(appliance, "DELETE", f"{GLOBAL}?args=policyname:rp_allow,type:REQ_OVERRIDE,priority:5")
        self.by_hand(appliance, "DELETE", "responderpolicy/rp_allow")

    def colleague_changes(self, appliance: str, _by: str) -> None:
        self.rules.setdefault(appliance, self.rule(appliance))
        self.by_hand(appliance, "PUT", "responderpolicy", name=NAME, rule='HTTP.REQ.URL.CONTAINS("/no/such/")')

    def colleague_unbinds(self, appliance: str, _by: str) -> None:
        for priority in (4, 10):
            path = f"{GLOBAL}?args=policyname:{NAME},type:REQ_OVERRIDE,priority:{priority}"
            self.by_hand(appliance, "DELETE", path)

    def colleague_restores(self, appliance: str, _by: str) -> None:
        """Somebody puts ours back as it was, as far as it is there."""
        if rule := self.rules.get(appliance):
            self.by_hand(appliance, "PUT", "responderpolicy", name=NAME, rule=rule)
        place = {"priority": 10, "gotopriorityexpression": "END", "type": "REQ_OVERRIDE"}
        self.by_hand(appliance, "PUT", GLOBAL, policyname=NAME, **place)

    def colleague_unsaved(self, appliance: str, _by: str) -> None:
        """Somebody unbinds our rule, and saves nothing: the next boot brings it back."""
        self.by_hand(appliance, "DELETE", f"{GLOBAL}?args=policyname:{NAME},type:REQ_OVERRIDE,priority:10", saves=False)

    def colleague_disables(self, appliance: str, _by: str) -> None:
        self.by_hand(appliance, "POST", "nsfeature?action=disable", feature=["RESPONDER"])

    def colleague_enables(self, appliance: str, _by: str) -> None:
        self.by_hand(appliance, "POST", "nsfeature?action=enable", feature=["RESPONDER"])

    def colleague_opens(self, appliance: str, _by: str) -> None:
        """Somebody switches the Gateway on."""
        self.by_hand(appliance, "POST", "vpnvserver?action=enable", name="gw")

    def colleague_takes(self, appliance: str, _by: str) -> None:
        """Somebody unbinds all that is bound at the Gateway."""
        rows = self.world.running(appliance).primary.running.rows.get("vpnvserver_responderpolicy_binding", {})
        for row in [dict(row) for row in rows.values()]:
            place = f"policy:{row['policy']},bindpoint:{row['bindpoint']}"
            self.by_hand(appliance, "DELETE", f"vpnvserver_responderpolicy_binding/{row['name']}?args={place}")

    def rule(self, appliance: str) -> str:
        """Return the rule that our policy has now; "" where it is not there."""
        rows = self.world.running(appliance).primary.running.rows.get("responderpolicy", {})
        return next((str(row["rule"]) for row in rows.values() if row["name"] == NAME), "")

    def by_hand(self, appliance: str, method: str, path: str, *, saves: bool = True, **row: Any) -> None:
        """Somebody changes something, if it can be changed, and saves it unless not."""
        reached = self.nodes[OURS][appliance].appliance
        primary = self.world.running(appliance).primary.index
        try:
            with Session(reached, reached.nodes[primary]) as session:
                session.write(method, path, {path.partition("?")[0]: row} if row else None)
                if saves:
                    session.write("POST", "nsconfig?action=save", {"nsconfig": {}})
        except TourniquetError:
            return


SECOND = "_2"
"""The end of the name of an action on the measure of the second weakness."""
OF_THE_FIRST = (
    *("apply", "observe", "verify", "undo", "after_fix", "retire", "apply_unsaved", "edited", "plan", "attack"),
    *("clock_ahead", "clock_behind", "lease_lost", "dies", "neighbour_named", "cover", "uncover"),
    *("colleague_changes", "colleague_unbinds", "colleague_restores", "colleague_unsaved"),
)


def weakness_of(name: str) -> str:
    """Return with whose measure alone an action has to do."""
    if name.endswith(SECOND):
        return BEHIND.id
    return PORTAL.id if name in OF_THE_FIRST else ""


Event = Callable[[Night, str, str], str | None]
RUNS: Mapping[str, Any] = runs()
OPERATORS = (
    "apply",
    "apply",
    "apply",
    "observe",
    "verify",
    "verify",
    "undo",
    "after_fix",
    "retire",
    "apply_unsaved",
    "edited",
    "plan",
    "hunt",
    "alarm",
)
MEASURES = (
    *("whitelist", "whitelist_counts", "whitelist_off", "geoblock", "geoblock_counts", "geoblock_off"),
    *("countries", "paths", "leave"),
)
ON_NODES = ("cover", "uncover")
CLOSING = ("off", "reopen", "notice", "notice_of_one", "partners", "open_step", "colleague_opens")
TROUBLE = ("clock_ahead", "clock_behind", "lease_lost", "copies_lost", "away", "back")
APPLIANCE = ("failover", "reboot", "wait", "upgrade", "affected_again", "ineffective", "upgrade_second", "attack")
COLLEAGUES = (
    *("allow_in_front", "not_in_front", "colleague_changes", "colleague_unbinds", "colleague_restores"),
    *("colleague_disables", "colleague_enables"),
)
FURTHER = (
    *("whitelist_undo", "geoblock_undo", "end_sessions", "read_logs", "watch", "evidence", "doctor", "on_box"),
    *("on_box_off", "dies", "colleague_unsaved", "reboot", "never_affected", "other_edition", "oldest", "node_clock"),
)
"""What only the wide nights have: those that are drawn before keep their numbers."""
TOLD = ("colleague_takes", "counters_cleared")
"""What only nights have that are written, not drawn."""
WITH_TWO = (
    *("apply_2", "apply_2", "observe_2", "verify_2", "undo_2", "after_fix_2", "retire_2", "apply_unsaved_2"),
    *("attack_2", "colleague_unbinds_2"),
)
"""What only the nights of two weaknesses have."""
EVENTS: Mapping[str, Event] = {
    **{
        name: getattr(Night, name)
        for name in dict.fromkeys((*TROUBLE, *APPLIANCE, *COLLEAGUES, "colleague_opens", *FURTHER, *TOLD, *WITH_TWO))
        if name not in RUNS
    },
    **attackers.EVENTS,
    **neighbours.EVENTS,
    **neighbours.FURTHER,
    **stop_gaps.EVENTS,
}
ALL = (*OPERATORS, *MEASURES, *ON_NODES, *CLOSING, *TROUBLE, *APPLIANCE, *COLLEAGUES)


def drawn(seed: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the shapes of the appliances of a night, and its actions."""
    random = Random(seed)
    chosen = tuple(random.choices(FIRST, k=random.choice((1, 1, 1, 2, 2, 3))))
    names = NAMES[: len(chosen)]
    actions = [f"apply {name}" for name in names if random.random() < 0.8]
    for _number in range(random.randint(6, 15)):
        by = f" {OTHER}" if random.random() < 0.2 else ""
        actions.append(f"{random.choice(ALL)} {random.choice(names)}{by}")
    return chosen, tuple(actions)


def drawn_widely(seed: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the shapes and actions of a night of up to six appliances of every kind, up to four customers, and every action."""
    random = Random(seed)
    chosen = tuple(random.choices([*SHAPES], k=random.choice((1, 1, 1, 1, 2, 2, 3, 4, 6))))
    names = NAMES[: len(chosen)]
    actions = [f"apply {name}" for name in names if random.random() < 0.7]
    for _number in range(random.randint(10, 40 // len(names) + 10)):
        by = f" {OTHER}" if random.random() < 0.2 else ""
        actions.append(
            f"{random.choice((*ALL, *FURTHER, *attackers.DRAWN, *neighbours.EVENTS))} {random.choice(names)}{by}"
        )
    if seed % 3 == 1:
        own = Random(f"in front {seed}")
        for name in own.sample([*neighbours.FURTHER], 2):
            actions.insert(own.randint(0, len(actions)), f"{name} {own.choice(names)}")
    return chosen, tuple(actions)


Drawn = Callable[[int], tuple[tuple[str, ...], tuple[str, ...]]]


def drawn_with_two(seed: int, draw: Drawn = drawn) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return a night of two weaknesses: the actions of a drawn one, and between them those on the measure of the second."""
    random = Random(f"two {seed}")
    chosen, actions = draw(seed)
    names, own = NAMES[: len(chosen)], [*actions]
    for _number in range(random.randint(4, 4 + len(actions) // 2)):
        by = f" {OTHER}" if random.random() < 0.1 else ""
        own.insert(random.randint(0, len(own)), f"{random.choice(WITH_TWO)} {random.choice(names)}{by}")
    return chosen, (f"apply_2 {names[0]}", *own)


def drawn_of_all(seed: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return a wide night; one of two weaknesses for each third seed."""
    return drawn_with_two(seed, drawn_widely) if seed % 3 == 0 else drawn_widely(seed)


def has_two(actions: Sequence[str]) -> bool:
    """Return whether a night is one of two weaknesses."""
    return any(one.split(" ")[0].endswith(SECOND) for one in actions)


@contextmanager
def night_of(chosen: Sequence[str], directory: Path, *, two: bool = False) -> Iterator[Night]:
    """Begin a night. The control nodes have its clock.

    :param two: the catalogue and the witness know a second weakness
    """
    beginning = LATER if two else BEGINNING
    with ExitStack() as stack:
        simulator = stack.enter_context(Simulator(shapes.fleet(chosen, beginning)))
        stack.enter_context(without_waiting())
        still = stack.enter_context(still_time())
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        still._began = beginning.timestamp()
        patch.setattr(memory, "datetime", closing_stage.datetime)
        world = shapes.world(simulator, chosen, (PORTAL, BEHIND) if two else (PORTAL,))
        night = Night(simulator, directory, chosen, still, world, beginning)
        patch.setattr(SimulatedAppliance, "now", lambda _appliance: night.now.timestamp())
        read = registry.READS["nsversion"]
        patch.setitem(registry.READS, "nsversion", lambda call: _version(read(call), call, night.world))
        yield night


def _version(read: dict[str, str], call: Call, world: World) -> dict[str, str]:
    """Return what a node says of its own build: those of a pair may differ."""
    own = world.builds[call.appliance.spec.name][call.node.whole.index]
    texts = [build.replace(" ", ": Build ") for build in (call.appliance.build, own)]
    return {**read, "version": read["version"].replace(*texts)}
