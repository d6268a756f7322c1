# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A chaos night: commands over a fleet with random faults, and control nodes that die in the middle.

Each command is run while faults occur and control nodes die, and then once more without faults. That run must bring every
appliance to where the command wants it. The invariants are checked after each appliance. The faults depend on
the seed, the round, the command and the appliance alone, so a seed plays the same night wherever it is played.
"""

from __future__ import annotations

import contextlib
import itertools
import math
import shutil
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.audit import audit
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.options import RolloutOptions

from simulator import Simulator
from tests.engine.chaos import disturbance, invariants
from tests.engine.chaos.commands import APPLY, LOCKDOWN, REOPEN, ROLLBACK, UNDO, Command, Course, Outcome, play
from tests.engine.chaos.disturbance import IMPATIENT, UPHEAVALS, Death
from tests.engine.chaos.fleet import LOCKED, SLEEPING, UNSAVED, make_conflicts, shape_of, stage_of
from tests.engine.chaos.invariants import Picture, difference, of_configuration, ours, picture
from tests.engine.control_nodes import DiedError
from tests.stage.memory import BRIEF, Stage

HOME = (Command(REOPEN), Command(ROLLBACK))
COURSES = (
    (Command(APPLY), Command(APPLY), Command(ROLLBACK)),
    (Command(APPLY, 1), Command(APPLY), Command(LOCKDOWN), Command(REOPEN), Command(ROLLBACK)),
    (Command(LOCKDOWN), Command(LOCKDOWN), Command(REOPEN), Command(APPLY), Command(UNDO), Command(ROLLBACK)),
)


class Night:
    """Plays round after round, each from the initial state back to the initial state.

    :ivar wrong: the violations, in words
    :ivar counts: what was played
    """

    def __init__(self, simulator: Simulator, directory: Path, seed: str, fleet: Iterable[str]) -> None:
        self.simulator = simulator
        self.directory = directory
        self.seed = seed
        self.stages = {host: stage_of(simulator, directory / "records", host) for host in fleet}
        self.wrong: list[str] = []
        self.counts = dict.fromkeys(("rounds", "commands", "runs", "faults that hit", "deaths", "held"), 0)
        self.kinds: set[str] = set()
        self._courses = 0
        self._said: dict[str, str] = {}
        self.first: dict[str, Picture] = {}
        self.reference: dict[str, list[str]] = {}
        for stage in self.stages.values():
            stage.mitigation = BRIEF
            make_conflicts(stage)
            self.first[stage.name] = picture(stage)

    def play(self, rounds: int | None, seconds: float = math.inf) -> None:
        """Play rounds until something is wrong, or the limit is reached.

        :param rounds: None for as many as there is time for
        :param seconds: after these no further round is begun; the one that has begun is played to its end, as in a replay
        """
        deadline = time.monotonic() + seconds
        for number in itertools.count() if rounds is None else range(rounds):
            self.counts["rounds"] += 1
            course = Random(f"{self.seed}/{number}").choice(COURSES)
            for position, command in enumerate(course, start=1):
                self._run_command(command, f"round {number}, {position}, {command}")
                if self.wrong:
                    return
            self._undo_everything(number)
            if self.wrong or time.monotonic() > deadline:
                return

    # -- a command ----------------------------------------------------------------------------------------------------

    def _run_command(self, command: Command, where: str) -> None:
        """Run a command with faults, and then once more without faults."""
        random = Random(f"{self.seed}/{where}")
        self.counts["commands"] += 1
        for attempt in range(random.randint(1, 2)):
            self._roll_out(command, f"{where}, disturbed {attempt + 1}", disturbed=True)
        self._undisturbed(command, where)

    def _undisturbed(self, command: Command, where: str) -> None:
        self._roll_out(command, where, disturbed=False)
        for host, stage in self.stages.items():
            self._note(host, where, self._not_there(stage, command), said=self._said.get(host, ""))
            if not self.wrong:
                self._again(stage, command, where)

    def _roll_out(self, command: Command, where: str, *, disturbed: bool) -> None:
        hosts = list(self.stages)
        random = Random(f"{self.seed}/{where}")
        options = RolloutOptions(
            canary=1,
            waves=("25%", "100%"),
            max_failed=random.choice((0, 5, len(hosts))) if disturbed else len(hosts),
            accept_unreachable=len(hosts),
            accept_refused=len(hosts),
        )
        self._courses += 1
        for host, stage in self.stages.items():
            stage.run = f"{self._courses:010}"
            fault = disturbance.fault(Random(f"{self.seed}/{where}/{host}"), pair="pair" in host) if disturbed else None
            if fault is not None:
                self.simulator.appliance(host).fault(**fault)
                stage.variables |= IMPATIENT
        death = disturbance.death(random, hosts) if disturbed else None
        course = Course(self.stages, command, self.directory / "plans", self._courses, options)
        try:
            for host in hosts:
                self._watched(course.plan, host, where, death, dry=True)
            settlement = course.decide(hosts)
            for host in settlement.hosts:
                if self._watched(course.go, host, where, death, dry=False) is None:
                    self.counts["held"] += 1
        except DiedError:
            self.counts["deaths"] += 1
        finally:
            self._calm_down()

    def _calm_down(self) -> None:
        for host, stage in self.stages.items():
            box = self.simulator.appliance(host)
            faults = self.simulator.control("GET", f"/appliances/{host}/faults")
            self.counts["faults that hit"] += sum(fault["fired"] for fault in faults)
            self.kinds |= {fault["kind"] for fault in faults}
            box.clear_faults()
            if "pair" in host:
                box.synchronise()
            for name in IMPATIENT:
                stage.variables.pop(name, None)

    def _watched(
        self, act: Callable[[str], Outcome | None], host: str, where: str, death: Death | None, *, dry: bool
    ) -> Outcome | None:
        """Run the command on one appliance, and check the invariants."""
        stage = self.stages[host]
        self.simulator.clear_requests()
        before, began = picture(stage), time.time()
        died, outcome = True, None
        try:
            with death.meets(host, dry=dry) if death is not None else contextlib.nullcontext():
                outcome = act(host)
            died = False
        finally:
            self.counts["runs"] += 1
            self._settle(host)
            sent, now = invariants.writes(stage, began), picture(stage)
            self._note(host, where, invariants.wrong_always(stage, self.first[host], now))
            if dry:
                self._note(host, where, (f"a dry run sent {line}" for line in sent))
        self._said[host] = outcome.problem if outcome is not None else ""
        if outcome is not None and not died:
            self._note(host, where, self._untrue(stage, outcome, before, now, sent))
        return outcome

    def _settle(self, host: str) -> None:
        """Wait for the end of a pending save; otherwise the state at the next run would depend on speed."""
        while any(node.saving for node in self.simulator.fleet.appliances[host].nodes):
            time.sleep(0.01)

    def _untrue(self, stage: Stage, outcome: Outcome, before: Picture, now: Picture, sent: list[str]) -> Iterable[str]:
        """Return the statements of a run that are not true."""
        yield from invariants.secrets_in(outcome.text, "a result")
        primary = self.simulator.fleet.appliances[stage.name].primary.index
        faults = self.simulator.control("GET", f"/appliances/{stage.name}/faults")
        upheaval = any(fault["kind"] in UPHEAVALS and (fault["fired"] or fault["times"] == 0) for fault in faults)
        if outcome.problem.endswith("Nothing was changed.") and of_configuration(sent):
            yield f"said that nothing was changed ({outcome.problem}), and sent {of_configuration(sent)}"
        if (
            "been undone." in outcome.problem
            and not upheaval
            and now[primary, "running", "default"] != before[primary, "running", "default"]
        ):
            yield f"said that it was undone, and was not: {difference(now, before)}"
        if outcome.verdict == "mitigated" and not upheaval:
            yield from self._not_mitigated(stage, now, primary)
        for partition in outcome.said_saved if not upheaval else ():
            if ours(now[primary, "running", partition]) != ours(now[primary, "saved", partition]):
                yield f"said that {partition} was saved, and was not"

    def _not_mitigated(self, stage: Stage, now: Picture, primary: int) -> Iterable[str]:
        for (node, kind, partition), rows in now.items():
            if (node, kind) == (primary, "saved") and not ours(rows):
                yield f"said mitigated, and nothing of ours is saved in {partition}"
        standing = self.simulator.control("GET", f"/appliances/{stage.name}/faults")
        if not any(fault["vserver"] for fault in standing):
            for gateway in invariants.passes(stage):
                yield f"said mitigated, and an attack gets through at {gateway}"

    # -- where a command leads ----------------------------------------------------------------------------------------

    def _refuses(self, stage: Stage, command: Command) -> bool:
        """Return True if nothing may be changed on an appliance."""
        shape = shape_of(stage.name)
        if command.verb in (LOCKDOWN, REOPEN) and "tenants" in shape:
            return True
        unsaved = shape == UNSAVED and any("rp_unsaved" in str(rows) for rows in picture(stage).values())
        return shape == LOCKED or unsaved or (shape == SLEEPING and command.verb == APPLY)

    def _not_there(self, stage: Stage, command: Command) -> Iterable[str]:
        """Return the differences from the state in which a command without faults leaves an appliance."""
        first, now = self.first[stage.name], picture(stage)
        if shape_of(stage.name) != LOCKED and invariants.locks(stage):
            yield f"a lock is left: {invariants.locks(stage)}"
        if self._refuses(stage, command):
            if shape_of(stage.name) in (LOCKED, UNSAVED, SLEEPING) and any(ours(rows) for rows in now.values()):
                yield "something of ours is where somebody else stands in the way"
            return
        yield from self._not_where_it_leads(stage, command, first, now)
        with Connection(stage.appliance) as connection:
            for text in audit(connection, stage.records, stage.name).differences:
                yield f"the records do not explain it: {text}"

    def _not_where_it_leads(self, stage: Stage, command: Command, first: Picture, now: Picture) -> Iterable[str]:
        if command.verb == ROLLBACK:
            wanted = first
            if shape_of(stage.name) == UNSAVED:
                wanted = {(n, k, p): first[n, "saved", p] for n, k, p in first}
            if now != wanted:
                yield f"not as it was before: {difference(now, wanted)}"
        if command.verb == APPLY:
            yield from self._not_new(stage, command, now)
        if command.verb in (LOCKDOWN, REOPEN):
            wanted = invariants.closed(first) if command.verb == LOCKDOWN else first
            for place, rows in now.items():
                for type_ in invariants.SWITCHED:
                    if rows.get(type_) != wanted[place].get(type_):
                        yield f"{place}: {type_} is {rows.get(type_)}"
        if command.verb == UNDO:
            for (node, _kind, partition), rows in now.items():
                if ours(rows) != ours(now[node, "saved", partition]):
                    yield f"node {node}, {partition}: what is left of ours runs otherwise than it is saved"

    def _not_new(self, stage: Stage, command: Command, now: Picture) -> Iterable[str]:
        """Return the places whose objects of ours differ from those of the other appliances."""
        wanted = self.reference.setdefault(str(command), ours(now[0, "running", "default"]))
        if not wanted:
            yield "nothing of ours is there"
        for place, rows in now.items():
            if ours(rows) != wanted:
                yield f"{place}: ours is {ours(rows)}"
        if invariants.passes(stage):
            yield f"an attack gets through at {invariants.passes(stage)}"

    def _again(self, stage: Stage, command: Command, where: str) -> None:
        """Run again: it must write nothing, and report no problem."""
        if command.verb == UNDO:
            return
        self.simulator.clear_requests()
        outcome = play(stage, command, check=False)
        self._note(stage.name, where, (f"a second run sent {line}" for line in invariants.writes(stage)))
        if not self._refuses(stage, command):
            self._note(stage.name, where, [f"a second run failed: {outcome.problem}"] if outcome.problem else [])
            if command.verb == APPLY and outcome.verdict != "mitigated":
                self._note(stage.name, where, [f"a second run says {outcome.verdict}: {outcome.values['verdict']}"])

    def _undo_everything(self, number: int) -> None:
        """Undo everything: every appliance must be as before the night, in every attribute."""
        for command in HOME:
            self._undisturbed(command, f"round {number}, home, {command}")
        shutil.rmtree(self.directory / "plans")

    def _note(self, host: str, where: str, texts: Iterable[str], said: str = "") -> None:
        """:param said: the reason why the run failed, which may explain the violation"""
        explained = f" (the run said: {said})" if said else ""
        self.wrong += [f"{where}, {host}: {text}{explained}" for text in texts]
