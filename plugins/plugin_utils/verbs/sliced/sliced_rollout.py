# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One verb over a fleet, by slices on execution nodes. The waves, the brake and the journal are those of the controller.

The plan of each appliance comes from its node; the controller decides about the waves by all of them, and gives the nodes the plans back that their
runs must be equal to. A wave is cut into slices. Before each slice the journal is asked, so that one failure stops what has not begun on all nodes, and
the next wave begins only where each appliance of this one has a good end. A node without an answer has failed: what it did is not known.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from ...catalogue.record_trust import KEY_FILE
from ...change.planning.plan_file import PlanFile
from ...fleet.slices.dispatch import dispatch
from ...fleet.slices.execution_nodes import ExecutionNode, Slice, slices_of
from ...fleet.slices.inventory_part import KEPT_HERE, Export, Membership, part_of
from ...fleet.slices.job import RECORDS, Job, plan_files
from ...fleet.slices.job_standing import NOTHING_DONE, Loss, Standing
from ...fleet.slices.lost_appliances import next_action, next_commands, outcome_of, reason_of
from ...fleet.slices.other_version import is_version_refusal
from ...fleet.slices.pipe import explained
from ...fleet.slices.records_home import RecordsHome
from ...fleet.slices.seen_by_plans import SeenByPlans
from ...fleet.slices.worker_stream import WorkerAnswer, last_words
from ...fleet.waves.journal import Rollout
from ...fleet.waves.rollout_course import Event
from ...foundation.counted import agreed, counted
from ...foundation.folded_names import folded
from ...foundation.protection_change import Phase
from ..common.verb import Sliced
from ..registry import declared
from .node_answer import NodeAnswer, read_answer

READING = 100
"""Appliances of a slice that only reads, at least where a node has so many: a job costs as much as reading a dozen of them."""
PROTECTION_TAKEN_AWAY = f"failed: {Phase.LOST} at "
"""The beginning of the problem by which the last play of a job says so (``playbooks/plays/protection_taken_away.yml``)."""
APPROVALS = "approvals"
"""The value of a plan file: what the controller demands, and not what a node says."""
CHANGED = "changed"
KNOWN = ("appliance", "measure", "version")
"""What stays of the result of an appliance that is lost."""

Result = Mapping[str, Any]


@dataclass(frozen=True)
class SlicedFleet:
    """The appliances of a run and who works on them.

    :ivar hosts: in the order of the inventory
    :ivar export: the inventory; see :mod:`inventory_part`
    :ivar assignment: by appliance, its node
    :ivar places: by appliance, its customer and site
    :ivar shared: by shared appliance, its customers with their virtual servers; see :func:`.content.owners`
    :ivar demands: by appliance, the approvals that the inventory of the controller demands; see :data:`approval_option.DEMANDED`
    :ivar variables: the extra variables of the command line
    :ivar common: variables of all hosts that each part of the inventory gets
    :ivar files: by name, the files that go beside each part of the inventory
    :ivar own_files: by appliance, the files that go beside the part that it is in, and no other
    :ivar nodes: those that work in this run, with or without appliances of their own
    :ivar most: the largest number of appliances of a slice
    :ivar forks: how many appliances a node works on at once
    :ivar timeout: seconds from the submission of a job until its deadline
    """

    hosts: Sequence[str]
    export: Export
    assignment: Mapping[str, ExecutionNode]
    places: Mapping[str, Mapping[str, str]]
    shared: Mapping[str, Sequence[Mapping[str, Any]]]
    demands: Mapping[str, Mapping[str, Any]]
    variables: Mapping[str, Any]
    common: Mapping[str, Any]
    files: Mapping[str, Path]
    most: int
    forks: int
    timeout: float
    own_files: Mapping[str, Mapping[str, Path]] = field(default_factory=dict)
    nodes: Sequence[ExecutionNode] = ()

    @cached_property
    def membership(self) -> Membership:
        """The groups of the inventory by appliance."""
        return Membership.by(self.export)

    def slices(self, hosts: Collection[str]) -> list[Slice]:
        """Return the slices of some appliances."""
        return slices_of(hosts, self.assignment, self.most)

    def reading_slices(self, hosts: Collection[str]) -> list[Slice]:
        """Return the slices of some appliances on which nothing is changed: no brake asks for small ones."""
        return slices_of(hosts, self.assignment, max(self.most, READING))


@dataclass
class SlicedRollout:
    """The work on one fleet.

    :ivar work_on: runs a job on its node; called by several threads
    :ivar say: shows a line of progress
    :ivar home: the change records at the controller
    :ivar results: by appliance, its result
    :ivar problems: by appliance, "failed: ...", "refused: ...", "held: ..." or "unreachable: ..."
    :ivar waits: by appliance, why it is not changed now: a job that was given up may still begin there
    :ivar in_doubt: by appliance that a closing changes all the same, the same reason: where it leaves no record, nothing keeps that job away
    :ivar losses: by appliance without a result, why
    :ivar notes: what a person should know besides, as sentences
    :ivar seen: what the plans of this run have seen of the appliances
    :ivar answers: returns True if a node answers; called by several threads
    """

    rollout: Rollout
    verb: str
    fleet: SlicedFleet
    work_on: Callable[[Job], WorkerAnswer]
    say: Callable[[str], None]
    run: str
    home: RecordsHome
    results: dict[str, Result] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    waits: Mapping[str, str] = field(default_factory=dict)
    in_doubt: Mapping[str, str] = field(default_factory=dict)
    losses: dict[str, Loss] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    seen: SeenByPlans = field(default_factory=SeenByPlans)
    answers: Callable[[ExecutionNode], bool] = lambda _node: True
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _jobs: int = 0

    # -- reading ------------------------------------------------------------------------------------------------------

    def read(self) -> None:
        """Carry out a verb that changes nothing, on all slices at the same time."""
        self._all(self.fleet.hosts, lambda one: self._take(one, self._answer(one, self.verb)))

    def plan(self, reviewed: Path | None, signed: Sequence[str], *, follows: bool = True) -> None:
        """Plan all appliances, and write the plans and their events into the directory of the rollout.

        :param reviewed: the directory of a plan that the plans must be equal to
        :param signed: the names of the files in it that approvals consist of
        :param follows: the plans are to be carried out, so what a person has to give for that is asked for before the first wave
        """

        def plan_slice(one: Slice) -> None:
            began = time.time()
            planned = self._reviewed(one, reviewed, signed)
            answer = self._answer(one, self.verb, check=True, follows=follows, plan=planned)
            with self._lock:
                self.seen.note(one.node.name, answer.plans, began, time.time(), answer.ahead)
            self._take(one, answer)
            for host in one.hosts:
                self._note_plan(host, answer)

        for host, why in self.waits.items():
            self.results[host], self.problems[host] = {}, f"refused: {why}"
            self._note(host, Event.NOT_PLANNED, why)
        self._all([host for host in self.fleet.hosts if host not in self.waits], plan_slice)
        self.notes.extend(self.seen.notes())

    @property
    def lost(self) -> dict[str, str]:
        """By appliance of which nobody knows what was done, its node."""
        return {host: loss.node for host, loss in self.losses.items() if loss.standing not in NOTHING_DONE}

    def _note_plan(self, host: str, answer: NodeAnswer) -> None:
        problem, plan = self.problems.get(host, ""), answer.plans.get(host)
        kind, _colon, text = problem.partition(": ")
        if problem:
            event = Event.UNREACHABLE_IN_PLAN if kind == "unreachable" else Event.NOT_PLANNED
            self._note(host, event, text)
        elif plan is None:
            self.problems[host] = "failed: its execution node sent no plan that can be read"
            self._note(host, Event.NOT_PLANNED, self.problems[host].partition(": ")[2])
        else:
            values = {**plan.values, APPROVALS: self.fleet.demands.get(host)}
            PlanFile({name: value for name, value in values.items() if name != APPROVALS or value}).write(
                self.rollout.directory
            )
            self._note(host, Event.PLANNED)

    def _reviewed(self, one: Slice, directory: Path | None, signed: Sequence[str]) -> list[Path]:
        if directory is None:
            return []
        plans = [PlanFile({"host": host}) for host in one.hosts]
        return plan_files(directory, plans, signed)

    # -- waves --------------------------------------------------------------------------------------------------------

    def carry_out(self, plans: Path, signed: Sequence[str], max_failed: int) -> None:
        """Carry out the waves that were decided and written down.

        :param plans: the directory of the plans that the runs must be equal to
        :param signed: the names of the files in it that approvals consist of
        :param max_failed: how many appliances may fail
        """
        waves = self.rollout.course().waves
        for number, wave in enumerate(waves):
            if self._reason_to_hold(number):
                break
            slices = self.fleet.slices(wave)
            nodes = folded(dict.fromkeys(one.node.name for one in slices))
            self.say(
                f"wave {number + 1} of {len(waves)}: {counted(len(wave), 'appliance')} in {counted(len(slices), 'slice')}: {nodes}"
            )
            dispatch(
                slices,
                lambda one: self._carry_out_slice(one, plans, signed, max_failed),
                lambda number=number: self._reason_to_hold(number),  # type: ignore[misc]
                self.fleet.nodes,
                self._can_help,
            )
            self._bake(number, wave)
        self.hold(self.rollout.course().not_begun())
        for host, why in self.in_doubt.items():
            if not self.problems.get(host) and not self.results.get(host, {}).get("changed"):
                self.problems[host] = f"failed: nothing was to be done, but {why}"

    def hold(self, reasons: Mapping[str, str]) -> None:
        """Report appliances as held that have no other problem: of their plans nothing was carried out.

        :param reasons: by appliance
        """
        for host, reason in reasons.items():
            if not self.problems.get(host):
                self.problems[host] = f"held: {reason}"
                self.results[host] = {**self.results[host], "changed": False}

    def _carry_out_slice(self, one: Slice, plans: Path, signed: Sequence[str], max_failed: int) -> None:
        for host in one.hosts:
            self._note(host, Event.STARTED)
        began = time.monotonic()
        variables = {
            "rollout_canary": len(one.hosts),
            "rollout_waves": ["100%"],
            "rollout_bake_seconds": 0,
            "rollout_max_failed": max_failed,
        }
        self._take(one, self._answer(one, self.verb, variables, plan=self._reviewed(one, plans, signed)))
        for host in sorted(one.hosts, key=self._is_held):  # that one failed is why others were held
            self._note_end(host)
        self.say(
            f"  {one.node.name}: {counted(len(one.hosts), 'appliance')} in {time.monotonic() - began:.0f} s, {self._outcome(one)}"
        )

    def _outcome(self, one: Slice) -> str:
        """Return how a slice ended, as the progress shows it."""
        lost = [self.losses[host] for host in one.hosts if host in self.losses]
        if lost:
            return outcome_of(lost)
        failed = sum(bool(self.problems.get(host)) and not self._is_as_decided(host) for host in one.hosts)
        return f"{failed or 'none'} failed"

    def _is_held(self, host: str) -> bool:
        return self.problems.get(host, "").startswith("held: ")

    def _note_end(self, host: str) -> None:
        """Write the end of an appliance into the journal. One that a node held although no failure holds the rollout, such as after a deadline, has failed."""
        problem = self.problems.get(host, "")
        text = problem.partition(": ")[2]
        if not problem or self._is_as_decided(host):
            self._note(host, Event.DONE, CHANGED if self.results[host].get("changed") else "")
        else:
            self._note(host, Event.HELD if self._is_held(host) and self._reason_to_hold(0) else Event.FAILED, text)

    def _is_as_decided(self, host: str) -> bool:
        """Return True if all is done at an appliance, and its problem only says that protection was taken away: the run ends with 2, and goes on."""
        result = self.results.get(host, {})
        is_told = self.problems.get(host, "").startswith(PROTECTION_TAKEN_AWAY)
        return is_told and bool(result.get("changed")) and bool(result.get("takes_away"))

    def _bake(self, number: int, wave: Sequence[str]) -> None:
        """Wait after a wave that changed something, and prove it again."""
        until = self.rollout.followed().bake_until(number)
        waits = 0.0 if until is None else (until - datetime.now(UTC)).total_seconds()
        if waits <= 0:
            return
        self.say(f"wave {number + 1} is watched for {waits:.0f} s before the next one goes")
        time.sleep(waits)
        again = declared(self.verb).proven_again
        if again is None:
            return

        def prove(one: Slice) -> None:
            before = {host: self.results.get(host, {}) for host in one.hosts}
            told = {host: self.problems.get(host, "") for host in one.hosts}
            self._take(one, self._answer(one, "verify", again))
            for host, result in before.items():
                if self.problems.get(host):
                    self._note_end(host)
                    self.results[host] = {**self.results.get(host, {}), "changed": bool(result.get("changed"))}
                else:
                    self.results[host], self.problems[host] = result, told[host]

        self._all(wave, prove)

    def _reason_to_hold(self, wave: int) -> str:
        with self._lock:
            return self.rollout.followed().reason_to_hold(wave)

    # -- records ------------------------------------------------------------------------------------------------------

    def bring_records_home(self) -> None:
        """Get the change records and notes of probes that lost jobs have left on nodes which answer again, and say how many records came in all."""
        # A node that is lost would be waited for once more.
        away = {loss.node for loss in self.losses.values()}
        nodes = {node.name: node for node in self.fleet.assignment.values() if node.name not in away}
        lost = self.home.lost(nodes, self.fleet.hosts)
        slices = [slices_of(own, dict.fromkeys(own, nodes[name]), self.fleet.most) for name, own in lost.items()]
        dispatch([one for several in slices for one in several], self._bring, lambda: "")
        self.home.settle()
        self.notes += self.home.notes
        if self.home.number:
            self.say(
                f"{counted(self.home.number, 'change record')} of the execution nodes {agreed(self.home.number, 'is', 'are')} in {self.home.directory}"
            )

    def _bring(self, one: Slice) -> None:
        with self.home.going_on(one.node.name):
            self.home.take_lost(one, self.work_on(self._job(one, RECORDS, self.home.asked_again(one))))

    # -- jobs ---------------------------------------------------------------------------------------------------------

    def _all(self, hosts: Collection[str], work: Callable[[Slice], None]) -> None:
        dispatch(self.fleet.reading_slices(hosts), work, lambda: "", self.fleet.nodes, self._can_help)

    def _can_help(self, node: ExecutionNode) -> bool:
        """Return True if a node can take slices of others over: it has lost none in this run, and answers."""
        with self._lock:
            has_lost = any(loss.node == node.name for loss in self.losses.values())
        return not has_lost and self.answers(node)

    def _answer(
        self,
        one: Slice,
        verb: str,
        variables: Mapping[str, Any] | None = None,
        *,
        check: bool = False,
        follows: bool = False,
        plan: Sequence[Path] = (),
    ) -> NodeAnswer:
        """Return what a node says of a slice, checked."""
        job = self._job(one, verb, variables or {}, check=check, follows=follows, plan=plan)
        self.home.expect(job)
        sent = self.work_on(job)
        self.home.take(job, sent)
        deadline = job.deadline if job.can_write else None
        if not sent.problem or sent.files:
            answer = read_answer(sent.files, one.hosts, self.fleet.places, self.fleet.shared)
            if sent.is_whole and answer.results:
                return replace(answer, loss=Loss(one.node.name, Standing.ENDED, deadline), ahead=sent.ahead)
        is_refused = sent.is_whole and is_version_refusal(last_words(sent.files.get("stdout", b"")))
        loss = Loss(one.node.name, Standing.REFUSED if is_refused else sent.standing, deadline)
        return NodeAnswer(missing=dict.fromkeys(one.hosts, f"{one.node.name}: {explained(sent)}"), loss=loss)

    def _job(
        self,
        one: Slice,
        verb: str,
        variables: Mapping[str, Any],
        *,
        check: bool = False,
        follows: bool = False,
        plan: Sequence[Path] = (),
    ) -> Job:
        with self._lock:
            self._jobs += 1
            ident = f"{self.run}-{self._jobs}"
        given = {name: value for name, value in self.fleet.variables.items() if name not in KEPT_HERE}
        return Job(
            ident=ident,
            verb=verb,
            slice=one,
            inventory=part_of(
                self.fleet.export,
                one.hosts,
                {**self.fleet.common, **self._own_places(one)},
                self.fleet.membership,
            ),
            variables={**given, **variables, "accept_unreachable": 0, "accept_refused": 0},
            run=self.run,
            deadline=_in_seconds(self.fleet.timeout),
            **self.seen.of(() if check else one.hosts),
            files={
                **self.fleet.files,
                **dict(pair for host in one.hosts for pair in self.fleet.own_files.get(host, {}).items()),
            },
            plan=plan,
            check=check,
            only_reads=verb == RECORDS or declared(verb).sliced is Sliced.READS,
            follows=follows,
            forks=self.fleet.forks,
            home={} if verb == RECORDS else self.home.asked(one),
        )

    def _own_places(self, one: Slice) -> dict[str, str]:
        """Return the variables that name the records and the key of a node, where approvals are demanded: there its environment says nothing."""
        state = Path(one.node.state)
        named = {"records": str(state / "records"), "tourniquet_record_key": str(state / KEY_FILE)}
        return named if any(host in self.fleet.demands for host in one.hosts) else {}

    def _take(self, one: Slice, answer: NodeAnswer) -> None:
        """Keep the results of a slice."""
        with self._lock:
            for host in one.hosts:
                if host in answer.missing:
                    # What its plan said no longer counts: nobody knows what was done since.
                    self.results[host] = {
                        name: self.results.get(host, {})[name] for name in KNOWN if name in self.results.get(host, {})
                    }
                    loss = answer.loss or Loss(one.node.name, Standing.OPEN, None)
                    self.problems[host] = f"failed: {reason_of(answer.missing[host], loss, datetime.now(UTC))}"
                    self.losses[host] = loss
                else:
                    self.results[host] = answer.results[host]
                    self.problems[host] = answer.problems[host]
                    self.losses.pop(host, None)

    def _note(self, host: str, event: Event, text: str = "") -> None:
        with self._lock:
            self.rollout.note(host, event, text)

    def next_action(self) -> str:
        """Return what to do about the appliances that a node gave no result of; "" where each has one."""
        return next_action(self.losses, datetime.now(UTC), closes=declared(self.verb).sliced is Sliced.CLOSES)

    def next_commands(self) -> dict[str, list[Mapping[str, Any]]]:
        """Return the commands of that, by appliance."""
        return next_commands(self.losses)


def _in_seconds(seconds: float) -> datetime:
    """Return a time in whole seconds from now on."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).replace(microsecond=0)
