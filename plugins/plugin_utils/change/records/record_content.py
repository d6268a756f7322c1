# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The content of a change record: checked JSON, read by typed properties. Pure.

The JSON itself is kept, with every key in its place, so that what is written again has the same hash.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ...appliance.nitro.names import DEFAULT
from ...appliance.objects.resource_types import ObjectId
from ...appliance.objects.steps import Step
from ...appliance.objects.virtual_servers import VSERVER_TYPES
from ...catalogue.closing_steps import LadderStep
from ...foundation.errors import InvalidInput
from ...foundation.foreign_text import printable
from .hash_chain import NOT_HASHED, SIGNATURE
from .record_checks import record_problem
from .record_states import SENT, CopyState, Outcome, RecordKind, StepState


@dataclass(frozen=True)
class RecordedProof:
    """The part of a proof that later runs decide by.

    :ivar proven: probes showed that attacks are stopped and legitimate traffic passes; or, of what only counts, that it does so
    :ivar is_judged: the run says whether it is proven; others only note the hits of their requests
    :ivar verdict: the word of the verdict on what is in place, as if it were saved and open; "" in a record of an earlier version
    :ivar unharmed: the measure depends on the client's address, so no probe can show its effect; legitimate traffic passes
    :ivar seal: the fingerprint of the state that was proven
    :ivar places: that of what was bound where ours is bound; "" in a record of an earlier version
    :ivar vips: the VIPs that were probed, as texts
    :ivar state: READ_BACK where the state of the virtual servers or the configuration is the proof
    :ivar rises: by policy, by how much its hit counter rose
    :ivar counters: by policy, its hit counter at the end, on the node ``counted_on``
    :ivar node_started: when that node was started, as it says itself; "" where none of our requests was counted, or it was not read
    :ivar probe_hits: by policy, how many of the rise are probes of the run
    :ivar contradicted: which answers contradict the state of the virtual servers, of a measure that attacks are stopped, as sentences
    :ivar altered: of a measure at which an attack passed, or that is not in front: what is in place is not what a proof of it can have seen
    :ivar unproven: of a lockdown or reopening: which virtual servers could not be proven, as sentences
    """

    proven: bool = False
    is_judged: bool = False
    verdict: str = ""
    unharmed: bool = False
    seal: str = ""
    places: str = ""
    vips: tuple[str, ...] = ()
    state: str = ""
    rises: Mapping[str, int] = field(default_factory=dict)
    counters: Mapping[str, int] = field(default_factory=dict)
    probe_hits: Mapping[str, int] = field(default_factory=dict)
    counted_on: str = ""
    node_started: str = ""
    contradicted: tuple[str, ...] = ()
    altered: bool = False
    unproven: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> RecordedProof:
        """Read a checked proof."""
        return cls(
            proven=value.get("proven", False),
            is_judged="proven" in value,
            verdict=value.get("verdict", ""),
            unharmed=value.get("unharmed", False),
            seal=value.get("seal", ""),
            places=value.get("places", ""),
            vips=tuple(value.get("vips", ())),
            state=value.get("state", ""),
            rises=value.get("hits", {}),
            counters=value.get("counters", {}),
            probe_hits=value.get("probe_hits", {}),
            counted_on=value.get("counted_on", ""),
            node_started=value.get("node_started", ""),
            contradicted=tuple(value.get("contradicted", ())),
            altered=value.get("altered", False),
            unproven=tuple(value.get("unproven", ())),
        )


@dataclass(frozen=True)
class Operator:
    """The user and the control node of a run.

    :ivar records: the random id of the record directory; "" where no run had taken a lock in it
    """

    user: str = ""
    control_node: str = ""
    records: str = ""


@dataclass(frozen=True)
class Origin:
    """The copy that a record was fetched from.

    :ivar node: the address of the node
    :ivar sha256: the digest of the copy
    """

    node: str
    state: CopyState
    sha256: str


@dataclass(frozen=True)
class RecordedVserver:
    """A virtual server as a lockdown or reopening found it.

    :ivar place: address:port; "" where it has none
    :ivar enabled: None where it was not known
    :ivar answered: True if it answered from outside; None where it was not probed
    """

    object_id: ObjectId
    place: str
    enabled: bool | None
    answered: bool | None


@dataclass(frozen=True)
class RecordedClosing:
    """What a run closed or opened by a step that is carried out by a measure.

    :ivar closes: the virtual servers that are closed by its decision, those included that were closed before
    :ivar opens: the virtual servers that it opened
    """

    step: LadderStep
    closes: tuple[ObjectId, ...] = ()
    opens: tuple[ObjectId, ...] = ()


@dataclass(frozen=True)
class RecordedFile:
    """A file that a run brought to each node.

    :ivar size: in bytes
    """

    sha256: str
    size: int


def approved_request_of(values: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the approved text that a run uses, by the values of its record; "" where it uses none."""
    approval = values.get("approval")
    return str(approval.get("request") or "") if isinstance(approval, Mapping) else ""


class RecordProperties(ABC):
    """The properties of a change record, by the content that a subclass gives."""

    @property
    @abstractmethod
    def _read(self) -> RecordContent: ...

    @property
    def host(self) -> str:
        """The inventory name of the appliance on this control node."""
        origin = self._read.values.get("origin") or {}
        return str(origin.get("appliance") or self._read.values["host"])

    @property
    def kind(self) -> RecordKind:
        return RecordKind(self._read.values["kind"])

    @property
    def measure(self) -> str:
        """The id of the measure."""
        return str(self._read.values["measure"])

    @property
    def run(self) -> str:
        """The id of the run, the same in the records of all partitions."""
        return str(self._read.values["run"])

    @property
    def reason(self) -> str:
        return str(self._read.values.get("reason", ""))

    @property
    def ticket(self) -> str:
        return str(self._read.values.get("ticket", ""))

    @property
    def approved_request(self) -> str:
        """The SHA-256 of the approved text that the run used; "" where it used none."""
        return approved_request_of(self._read.values)

    @property
    def partition(self) -> str:
        """The admin partition that the run changed."""
        return str(self._read.values.get("partition", DEFAULT))

    @property
    def build(self) -> str:
        """The firmware build that the run found; "" where it is not recorded."""
        return str(self._read.values.get("build", ""))

    @property
    def builds(self) -> dict[str, str]:
        """The firmware build of each node, by address; empty where it is not recorded."""
        return dict(self._read.values.get("builds", {}))

    @property
    def nodes(self) -> tuple[str, ...]:
        """The nodes of the appliance, as address:port."""
        return tuple(self._read.values.get("nodes", ()))

    @property
    def operator(self) -> Operator:
        """The user and the control node of the run."""
        who = self._read.values.get("who", {})
        return Operator(who.get("user", ""), who.get("control_node", ""), who.get("records", ""))

    @property
    def started(self) -> str:
        """The time when the run started (ISO 8601, with its time zone)."""
        return str(self._read.values["started"])

    @property
    def finished(self) -> str | None:
        """The time when the run ended (ISO 8601, with its time zone); None where it did not end."""
        finished: str | None = self._read.values.get("finished")
        return finished

    @property
    def outcome(self) -> Outcome:
        return Outcome(self._read.values["outcome"])

    @property
    def saved(self) -> bool:
        """True if what the run concerns is saved on the primary: by the run, or found so."""
        return bool(self._read.values["saved"])

    @property
    def has_saved(self) -> bool:
        """True if the run itself has saved the configuration of the primary. Without steps, a record of an earlier version does not say that."""
        own = self._read.values.get("saves")
        return bool(own) if own is not None else self.saved and any(one in SENT for one in self.states)

    @property
    def proof(self) -> RecordedProof | None:
        """The proof of the run; None where it has none (yet)."""
        proof = self._read.values.get("proof")
        return None if proof is None else RecordedProof.from_json(proof)

    @property
    def problem(self) -> str:
        """The error that the run ended with; "" where it had none."""
        return self._read.values.get("problem") or ""

    @property
    def undoes(self) -> tuple[str, ...]:
        """The names of the records that this rollback undoes."""
        return tuple(self._read.values.get("undoes", ()))

    @property
    def found_off(self) -> tuple[str, ...]:
        """The features that our policies needed, and that this rollback found off."""
        return tuple(self._read.values.get("found_off", ()))

    @property
    def found_beside(self) -> Mapping[str, str]:
        """By measure of ours, the fingerprint of what was bound where it was bound before the run; none in a record of an earlier version."""
        return dict(self._read.values.get("found_beside", {}))

    @property
    def continues(self) -> tuple[str, ...]:
        """The names of the records of the runs that this one continues: what they left in place is taken back with it."""
        return tuple(self._read.values.get("continues", ()))

    @property
    def undone_by(self) -> str:
        """The name of the record of the rollback that undid this run; "" where it is not undone."""
        return str(self._read.values.get("undone_by", ""))

    @property
    def copies(self) -> tuple[str, ...]:
        """The addresses of the nodes that have a copy of the record."""
        return tuple(self._read.values.get("copies", ()))

    @property
    def origin(self) -> Origin | None:
        """The copy that this record was fetched from; None for a run of this control node."""
        origin = self._read.values.get("origin")
        return Origin(origin["node"], CopyState(origin["state"]), origin["sha256"]) if origin else None

    @property
    def is_fetched(self) -> bool:
        """True if the record was fetched from an appliance: it is of another control node."""
        return bool(self._read.values.get("origin"))

    # -- steps --------------------------------------------------------------------------------------------------------

    @property
    def states(self) -> tuple[StepState, ...]:
        """The state of each step, in the order of the plan.

        Of a fetched record of a run that did not end, each planned step may have been carried out.
        """
        return self._read.step_states

    @property
    def steps(self) -> list[Step]:
        """The planned steps.

        :raises InvalidInput: where a step is not valid, or has a type that this version does not know
        """
        return list(self._read.planned_steps)

    @property
    def touched(self) -> list[Step]:
        """The steps that were sent and not undone; each may have been carried out.

        :raises InvalidInput: where a step is not valid, or has a type that this version does not know
        """
        return [step for step, state in zip(self.steps, self.states, strict=True) if state in SENT]

    @property
    def answering(self) -> list[Step]:
        """Those of :attr:`touched` that may change how a request is answered."""
        return [step for step in self.touched if not step.only_logs]

    def is_only_sent(self, step: Step) -> bool:
        """Return True if nobody knows whether a step of it was carried out."""
        return (step, StepState.SENT) in zip(self.steps, self.states, strict=True)

    @property
    def in_doubt(self) -> bool:
        """True if the state of a sent step is not known, or if the run was not wholly undone."""
        proof = self._read.values.get("proof") or {}
        of_nodes = [state for states in (proof.get("nodes") or {}).values() for state in states.values()]
        return self.outcome is Outcome.PARTLY_REVERTED or StepState.SENT in (*self.states, *of_nodes)

    @property
    def taken_over(self) -> frozenset[str]:
        """The names of the policies and actions of others that the run was told to remove, because ours takes their place."""
        return frozenset(self._read.values.get("taken_over", ()))

    # -- of a lockdown or reopening -----------------------------------------------------------------------------------

    @property
    def decided_by(self) -> str:
        """The person who decided the lockdown or the reopening."""
        return str(self._read.values.get("decided_by", ""))

    @property
    def expires(self) -> str:
        """The time when a lockdown needs its next decision (ISO 8601, with its time zone); "" for other kinds."""
        return str(self._read.values.get("expires", ""))

    @property
    def covers(self) -> tuple[ObjectId, ...]:
        """The virtual servers that the decision is in force for."""
        return self._object_ids("covers")

    @property
    def completes(self) -> tuple[ObjectId, ...]:
        """The virtual servers that an earlier run closed without coming to its end."""
        return self._object_ids("completes")

    @property
    def released(self) -> tuple[ObjectId, ...]:
        """The virtual servers that we had closed, and somebody else opened or removed since."""
        return self._object_ids("released")

    @property
    def vservers(self) -> tuple[RecordedVserver, ...]:
        """All virtual servers as the run found them."""
        return tuple(
            RecordedVserver((row["type"], (row["name"],)), row.get("place", ""), row["enabled"], row.get("answered"))
            for row in self._read.values.get("vservers", ())
        )

    @property
    def files(self) -> dict[str, RecordedFile]:
        """By path, the files that the measure has on each node; empty in a record of an earlier version."""
        files = self._read.values.get("files", {})
        return {path: RecordedFile(file["sha256"], file["bytes"]) for path, file in files.items()}

    @property
    def closing(self) -> RecordedClosing | None:
        """Return what the run closed or opened by a step other than off; None for a run that did neither."""
        value = self._read.values.get("closing")
        if value is None:
            return None
        closes, opens = (tuple((type_, (name,)) for type_, name in value[key]) for key in ("closes", "opens"))
        return RecordedClosing(LadderStep(value["step"]), closes, opens)

    # -- of the sessions that were ended after a fix -------------------------------------------------------------------

    @property
    def entries(self) -> tuple[str, ...]:
        """The ids of the entries of the catalogue for which the sessions were ended."""
        return tuple(self._read.values.get("entries", ()))

    @property
    def ended(self) -> tuple[str, ...]:
        """The NITRO types of which all sessions were ended."""
        return tuple(self._read.values.get("ended", ()))

    @property
    def partitions(self) -> Mapping[str, str]:
        """By admin partition, whether a lockdown has switched it, or left it open or closed; empty where there is the default one only."""
        return dict(self._read.values.get("partitions", {}))

    @property
    def accepted_exposure(self) -> tuple[str, ...]:
        """The exposure that a person accepted, as sentences."""
        return tuple(self._read.values.get("accepted_exposure", ()))

    @property
    def overruled(self) -> tuple[str, ...]:
        """The answers of the exposure ledger that were overruled, as sentences."""
        return tuple(self._read.values.get("overruled", ()))

    @property
    def second(self) -> str:
        """The person who overruled them besides the one who decided; "" for nobody."""
        return str(self._read.values.get("second", ""))

    def _object_ids(self, key: str) -> tuple[ObjectId, ...]:
        return tuple((type_, (name,)) for type_, name in self._read.values.get(key, ()))


@dataclass(frozen=True)
class RecordContent(RecordProperties):
    """The content of a change record.

    :ivar values: the JSON object in the file, checked; treat it as read-only
    """

    values: Mapping[str, Any]

    @classmethod
    def from_json(cls, value: Any, *, where: str, fix: str = "") -> RecordContent:
        """Check a JSON value and take it as the content of a change record.

        :param where: the file that it is from, for the message
        :param fix: what to do where it is not a record, for the message
        :raises InvalidInput: where it is not a change record of this format
        """
        problem = record_problem(value)
        if problem:
            raise InvalidInput(" ".join(filter(None, (printable(f"{where} {problem}."), fix))))
        return cls(value)

    def to_json(self) -> Mapping[str, Any]:
        """Return the JSON object for the file."""
        return self.values

    def with_values(self, **values: Any) -> RecordContent:
        """Return the content with some keys set; the others keep their value and place.

        A signature that covers a key that is set is dropped.
        """
        kept = dict(self.values)
        if not values.keys() <= {*NOT_HASHED, SIGNATURE}:
            kept.pop(SIGNATURE, None)
        return RecordContent({**kept, **values})

    def without_notes(self) -> RecordContent:
        """Return the content without what a control node notes for itself after the end of a run."""
        return RecordContent({key: value for key, value in self.values.items() if key not in NOT_HASHED})

    def unsigned(self) -> RecordContent:
        """Return the content without its signature."""
        return RecordContent({key: value for key, value in self.values.items() if key != SIGNATURE})

    @property
    def is_signed(self) -> bool:
        """True if the record has a signature, which need not be a valid one."""
        return SIGNATURE in self.values

    def with_states(self, positions: Iterable[int], state: StepState) -> RecordContent:
        """Return the content with the state of some steps set, by their position in the plan."""
        steps = list(self.values["steps"])
        for position in positions:
            steps[position] = {**steps[position], "state": state.value}
        return self.with_values(steps=steps)

    @property
    def _read(self) -> RecordContent:
        return self

    @cached_property
    def planned_steps(self) -> tuple[Step, ...]:
        """See :attr:`steps`."""
        steps = tuple(map(Step.from_json, self.values["steps"]))
        switches = self.kind in (RecordKind.LOCKDOWN, RecordKind.REOPEN)
        wrong = next((step.type for step in steps if (step.type in VSERVER_TYPES) is not switches), None)
        if wrong is not None:
            raise InvalidInput(
                f"the change record has a step of the type {wrong}, which no record of the kind {self.kind} has"
            )
        return steps

    @cached_property
    def step_states(self) -> tuple[StepState, ...]:
        """See :attr:`states`."""
        states = tuple(StepState(step["state"]) for step in self.values["steps"])
        if self.is_fetched and self.outcome is Outcome.OPEN:
            return tuple(StepState.SENT if state is StepState.PLANNED else state for state in states)
        return states


def recorded_step(step: Step) -> dict[str, Any]:
    """Return the JSON object of a planned step, with its lines and those of its inverse in the form of ns.conf."""
    return {
        **step.to_json(),
        "lines": step.lines(),
        "inverse": step.inverse.lines(),
        "state": StepState.PLANNED.value,
    }
