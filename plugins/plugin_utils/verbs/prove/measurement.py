# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Carries the experiments out on one appliance, and removes what they made in every case.

Nothing is saved, and nothing that is not ours is changed. The scratch objects have names that begin with :data:`experiment.NAME`; those that a run
leaves when it dies are removed by the next one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from ...appliance.nitro.appliance import Vip
from ...appliance.nitro.connection import Connection
from ...appliance.nitro.file_limits import DIRECTORY
from ...appliance.nitro.session import ENCODED, Reply, Session
from ...catalogue.run_parameters import RunParameters
from ...catalogue.traffic import TrafficCase
from ...change.execution.held_lease import HeldLease, held_lease
from ...change.planning.unsaved_changes import ConfigurationTexts, unsaved_lines
from ...change.records.lease_files import LeaseLost
from ...foundation.errors import CannotConnect, InvalidInput, OutcomeUnknown, Refused, TourniquetError
from ...judgement.proof.probes import Prober
from ...judgement.verdicts.counted_run import CountedRun
from .experiment import NAME, OWNER, ClientRequest, Experiment, Request, Risk, Value, word
from .reads import LOGIN
from .register import EXPERIMENTS

SHOWN_LINES = 5
_AGAIN = (
    "Its scratch objects that are still there are named: when the other run has ended, run prove.yml -e scratch=true again, "
    "which removes them"
)
CHECKS = (
    Request("running configuration", "GET", "nsrunningconfig"),
    Request("saved configuration", "GET", "nssavedconfig"),
    Request("scratch files", "GET", "systemfile", args={"filelocation": DIRECTORY}),
)
"""Reads before and after the scratch experiments: unsaved changes, and what an earlier run or this one has left."""


@dataclass(frozen=True)
class Allowed:
    """What the operator allows.

    :ivar scratch: objects of our own, which no traffic reaches
    :ivar address: of a scratch virtual server; port: its port
    :ivar gateway: the name of the Gateway at which policies may be bound; "" for none
    :ivar globally: policies may be bound for the whole appliance too
    :ivar marker: the random value of the header that these policies match
    """

    scratch: bool = False
    address: str = "192.0.2.250"
    port: int = 65000
    gateway: str = ""
    globally: bool = False
    marker: str = "RANDOM"

    @property
    def risks(self) -> tuple[Risk, ...]:
        """The risks of the experiments that are carried out."""
        return (
            Risk.READ,
            *((Risk.SCRATCH,) if self.scratch else ()),
            *((Risk.GATEWAY,) if self.scratch and self.gateway else ()),
            *((Risk.GLOBAL,) if self.scratch and self.gateway and self.globally else ()),
        )

    def experiments(self, every: Sequence[Experiment] = EXPERIMENTS) -> list[Experiment]:
        """Return the experiments that are carried out, with the values of the operator in their requests."""
        return [self._with_values(experiment) for experiment in every if experiment.risk in self.risks]

    def removable(self) -> list[Experiment]:
        """Return the experiments whose objects an earlier run may have left, and this one may remove.

        What is bound to a Gateway can only be unbound where the operator names it.
        """
        unknown = () if self.gateway else (Risk.GATEWAY,)
        return [self._with_values(one) for one in EXPERIMENTS if one.risk not in (Risk.READ, *unknown)]

    def _with_values(self, experiment: Experiment) -> Experiment:
        values = {
            "address": self.address,
            "port": str(self.port),
            "gateway": self.gateway or "GATEWAY",
            "marker": self.marker,
        }
        return experiment.with_values(values)


@dataclass(frozen=True)
class Settled:
    """The position of a fact.

    :ivar experiment: the id of the one that has shown it
    :ivar seen: what the decision rests on: observations with their values
    """

    position: Value
    experiment: str
    seen: Mapping[str, Value]


@dataclass(frozen=True)
class StillOpen:
    """A fact that its experiments did not settle.

    :ivar reason: as a clause
    :ivar seen: what was observed, if all answers came
    """

    reason: str
    seen: Mapping[str, Value] = field(default_factory=dict)


@dataclass
class Measurement:
    """The result for one appliance.

    :ivar settled: by fact
    :ivar open: the facts that were not settled
    :ivar removed: the scratch objects of an earlier run that were there and have been removed
    :ivar left: our scratch objects that are still there at the end; problem: why, in words
    :ivar notes: of the lock, and that our questions could not be noted
    """

    build: str = ""
    is_pair: bool = False
    risks: tuple[Risk, ...] = (Risk.READ,)
    settled: dict[str, Settled] = field(default_factory=dict)
    open: dict[str, StillOpen] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    problem: str = ""
    notes: list[str] = field(default_factory=list)
    requests: int = 0
    seconds: float = 0.0


class _Stopped(Exception):
    """A request had no answer that can be used; the text says which, as a clause."""


class Laboratory:
    """Carries out experiments over one connection.

    :param vip: the virtual server of the Gateway that the operator names
    :param sleep: waits for some seconds
    """

    def __init__(
        self,
        connection: Connection,
        allowed: Allowed,
        *,
        experiments: Sequence[Experiment] = EXPERIMENTS,
        vip: Vip | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.connection = connection
        self.allowed = allowed
        self.experiments = allowed.experiments(experiments)
        self.result = Measurement(
            build=str(connection.build), is_pair=bool(connection.other_nodes), risks=allowed.risks
        )
        self._vip = vip
        self._sleep = sleep
        self._lease: HeldLease | None = None
        self._prober: Prober | None = None
        self._is_lost = False

    @property
    def _session(self) -> Session:
        return self.connection.primary

    def measure(self, parameters: RunParameters) -> Measurement:
        """Carry out the experiments that are allowed.

        :param parameters: for the lock of the appliance, which is taken before the first write
        :raises Refused: where others have unsaved changes, or the lock; then nothing was written
        :raises TourniquetError: where the appliance cannot be reached
        """
        started = time.monotonic()
        scratch = [one for one in self.experiments if one.risk is not Risk.READ]
        if scratch:
            self._require_nothing_unsaved()
        for experiment in (one for one in self.experiments if one.risk is Risk.READ):
            self._carry_out(experiment)
        if scratch:
            with held_lease(self.connection, parameters) as self._lease, self._counted(parameters):
                self._with_scratch_objects(scratch, self._lease)
            self.result.notes = [*self.connection.lock_notes, *self._lease.lock.notes, *self.result.notes]
        self.result.requests = len(self.connection.exchanges)
        self.result.seconds = round(time.monotonic() - started, 1)
        return self.result

    @contextmanager
    def _counted(self, parameters: RunParameters) -> Iterator[None]:
        """Note which hits of policies of ours are questions to the Gateway, so that no alarm takes them for requests of others."""
        steps = [step for one in self.experiments for step in one.steps if isinstance(step, ClientRequest)]
        self._prober = Prober(parameters.run, self.connection.appliance.probe_from, budget=self.connection.budget)
        if self._vip is None or not steps:
            yield
            return
        counted = CountedRun(self.connection, parameters, None)
        counted.begin()
        counted.note_begun(len(steps))
        try:
            yield
        finally:
            sent = self._prober.sent
            self.result.notes += counted.note_end(sent, counted.counted(sent, ()))

    # -- scratch objects ----------------------------------------------------------------------------------------------

    def _require_nothing_unsaved(self) -> None:
        foreign = unsaved_lines(self._session, OWNER, ()).foreign
        if foreign:
            shown = "; ".join(foreign[:SHOWN_LINES])
            more = f" and {len(foreign) - SHOWN_LINES} more" if len(foreign) > SHOWN_LINES else ""
            raise Refused(
                f"{self._session.where}: scratch objects are made only where nothing is unsaved, and these lines are: {shown}{more}. "
                "Save or undo them, or run without -e scratch=true. Nothing was changed."
            )

    def _with_scratch_objects(self, experiments: list[Experiment], lease: HeldLease) -> None:
        """Carry out experiments that write, between two checks of what is there of ours."""
        self.result.removed = self._present()
        try:
            with lease.loss_told(lambda: _AGAIN):
                if self.result.removed:
                    for experiment in reversed(self.allowed.removable()):
                        self._remove(experiment)
                for experiment in experiments:
                    lease.confirm(self._session)
                    self._carry_out(experiment)
        except TourniquetError as error:  # of the lock: nothing more is written
            self.result.problem = str(error)
        try:
            self.result.left = self._present()
        except TourniquetError as error:
            self.result.left = [f"what is named {NAME}..."]
            self.result.problem = self.result.problem or str(error)

    def _present(self) -> list[str]:
        """Return the names of our scratch objects and files that are there.

        :raises TourniquetError: where the appliance cannot be read
        """
        running = ConfigurationTexts(self._session).running
        if running is None:
            raise Refused(f"{self._session.where}: the running configuration cannot be read. Nothing was changed.")
        files = {str(row.get("filename", "")) for row in self._session.read("systemfile", args=CHECKS[2].args)}
        return [name for name in _scratch_names() if name in running or name in files]

    def _remove(self, experiment: Experiment) -> None:
        """Send the removals of an experiment. What is not there is no error; :meth:`_present` says what stays.

        :raises LeaseLost: where another run has the lease; nothing was sent
        """
        self.connection.budget.open_reserve()
        if experiment.removals and self._lease is not None:
            try:
                self._lease.confirm(self._session)
            except LeaseLost:
                raise
            except TourniquetError:
                pass  # it cannot be read now: for a removal it counts if it was not lost before
        for request in experiment.removals:
            try:
                self._ask(request)
            except (CannotConnect, OutcomeUnknown) as error:
                self._is_lost = True
                self.result.problem = str(error)

    # -- one experiment -----------------------------------------------------------------------------------------------

    def _carry_out(self, experiment: Experiment) -> None:
        wanted = [question for question in experiment.questions if question.fact not in self.result.settled]
        if not wanted:
            return
        answers: dict[str, Reply] = {}
        reason = self._why_not(experiment)
        if not reason:
            try:
                self._send(experiment, answers)
            except _Stopped as stopped:
                reason = str(stopped)
            finally:
                self._remove(experiment)
        for question in wanted:
            self._settle(experiment, question.fact, answers, reason)

    def _why_not(self, experiment: Experiment) -> str:
        """Return why an experiment is not carried out, as a clause; "" where it is."""
        if self._is_lost:
            return "the appliance does not answer any more"
        settled = self.result.settled
        for fact, position in experiment.only_where:
            if fact not in settled or settled[fact].position != position:
                return f"not carried out: it needs that {fact} is {word(position)}"
        return ""

    def _settle(self, experiment: Experiment, fact: str, answers: Mapping[str, Reply], reason: str) -> None:
        question = next(one for one in experiment.questions if one.fact == fact)
        labels = {label for reading in question.readings for sign in reading.signs for label in sign.labels}
        if labels <= answers.keys():
            position, seen = question.position(answers), question.seen(answers)
            if position is not None:
                self.result.settled[fact] = Settled(position, experiment.id, seen)
                self.result.open.pop(fact, None)
                return
            needs = f"; it needs that {experiment.needs}" if experiment.needs else ""
            self.result.open[fact] = StillOpen(f"no reading fits what was seen{needs}", seen)
            return
        self.result.open[fact] = StillOpen(reason or "a request before was not answered")

    def _send(self, experiment: Experiment, answers: dict[str, Reply]) -> None:
        """Send the requests of an experiment, and keep their answers.

        :raises _Stopped: where one has no answer that can be used
        """
        for step in experiment.steps:
            if isinstance(step, Request):
                answers[step.label] = self._answer(step)
            elif isinstance(step, ClientRequest):
                self._send_to_gateway(step)
            else:
                self._sleep(step.seconds)

    def _answer(self, request: Request) -> Reply:
        try:
            reply = self._ask(request)
        except (CannotConnect, OutcomeUnknown) as error:
            self._is_lost = True
            self.result.problem = str(error)
            raise _Stopped(f"{request.label}: no answer") from error
        if reply.status in (401, 503) or (reply.problem and reply.problem != ENCODED):
            raise _Stopped(f"{request.label}: HTTP {reply.status}, which is no answer of NITRO")
        if reply.status == 403 or (request.must_succeed and not reply.is_success):
            raise _Stopped(f"{request.label}: HTTP {reply.status}, errorcode {reply.errorcode}")
        return reply

    def _ask(self, request: Request) -> Reply:
        if request.path == LOGIN.path:
            return self._session.login_reply
        return self._session.ask(request.method, request.sent_path, request.sent_payload, request.headers)

    def _send_to_gateway(self, request: ClientRequest) -> None:
        vip = self._vip
        if vip is None or self._prober is None:
            raise _Stopped(f"{request.label}: the Gateway has no address that may be asked")
        case = TrafficCase("prove", attack=False, method="GET", url=request.url, headers=request.headers)
        answer = self._prober.ask(vip, case)
        if answer.status is None:
            raise _Stopped(f"{request.label}: the Gateway did not answer")


def _scratch_names() -> list[str]:
    """Return the names of all scratch objects and files."""
    removals = (request for experiment in EXPERIMENTS for request in experiment.removals)
    names = dict.fromkeys(request.path.partition("/")[2] for request in removals)
    return [name for name in names if name.startswith(NAME)]


def gateway_vip(connection: Connection, name: str, vips: Iterable[Vip]) -> Vip:
    """Return the virtual server of the Gateway with a name.

    :raises Refused: where there is none, or it may not be asked
    """
    found = next((vip for vip in vips if vip.kind == "vpn" and vip.name == name), None)
    if found is None:
        raise Refused(f"{connection.appliance.name}: there is no Gateway {name}. Nothing was changed.")
    if not found.probe:
        raise InvalidInput(f"{connection.appliance.name}: {found.not_probed}")
    return found
