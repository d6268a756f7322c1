# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The change record: who applied what, when and why, how each step is undone, and the proof.

One JSON file per run, appliance and admin partition on the control node, ``<directory>/<host>/<time>-<run>.json``. It is on disk before the
first write and after every step; each write goes to a temporary file that replaces the old one, so that a control node
that dies leaves a whole file. It never holds a password or a session token.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.json_lines import laid_out
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.private_files import write_privately
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.resource_types import COMMITS, ObjectId
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.steps import Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.session import DEFAULT
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.folder import (
    holder_of,
    make_folder,
    not_writable,
    safe_name,
    who,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.hash_chain import links
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.record_states import (
    Outcome,
    RecordKind,
    StepState,
)

FORMAT = 1
LONGEST_RUN = 18  # so that the name of a copy on an appliance stays within NITRO's 63 characters
# The members of the enumerations under the names that callers import.
PLANNED, SENT, DONE, UNDONE = StepState.PLANNED, StepState.SENT, StepState.DONE, StepState.UNDONE
OPEN, APPLIED, FAILED = Outcome.OPEN, Outcome.APPLIED, Outcome.FAILED
REVERTED, PARTLY_REVERTED = Outcome.REVERTED, Outcome.PARTLY_REVERTED
UNSURE = (FAILED, PARTLY_REVERTED)  # what it did may be on a node that was no longer in charge


@dataclass(frozen=True)
class RecordedProof:
    """The part of a proof that later runs decide by.

    :ivar proven: probes showed that attacks are stopped and legitimate traffic passes
    :ivar unharmed: no request of ours can show the effect, and legitimate traffic passes
    :ivar seal: the fingerprint of the state that was proven
    :ivar vips: the VIPs that were probed, as texts
    :ivar contradicted: of a lockdown or reopening: what answered although it was closed, or the reverse, as sentences
    :ivar unproven: of both: what could not be shown, as sentences
    """

    proven: bool = False
    unharmed: bool = False
    seal: str = ""
    vips: tuple[str, ...] = ()
    contradicted: tuple[str, ...] = ()
    unproven: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> RecordedProof:
        return cls(
            proven=value.get("proven") is True,
            unharmed=value.get("unharmed") is True,
            seal=str(value.get("seal", "")),
            vips=tuple(value.get("vips") or ()),
            contradicted=tuple(value.get("contradicted") or ()),
            unproven=tuple(value.get("unproven") or ()),
        )


@dataclass
class ChangeRecord:
    """One run on one appliance. ``content`` is what stands in the file."""

    path: Path
    content: dict[str, Any]

    @classmethod
    def start(
        cls,
        directory: Path,
        host: str,
        steps: Sequence[Step],
        facts: Mapping[str, Any],
        *,
        ending: Mapping[str, Any] | None = None,
    ) -> ChangeRecord:
        """Write the record of a run that is about to begin, while no other run of this control node is at work.

        :param facts: JSON values: measure, version, kind, reason, ticket, run, build, seal ...
        :param ending: outcome, saved and proof of a run that is over; another one may be at work then, and is not followed
        :raises InvalidInput: where the directory cannot be written to
        """
        now = datetime.now(UTC)
        folder = make_folder(directory, host)
        before = {record.path.name: record.content for record in all_records(directory, host)}
        if ending is not None:
            before = {name: content for name, content in before.items() if content["outcome"] != OPEN}
        record = cls(
            path=folder / f"{now:%Y%m%dT%H%M%S.%fZ}-{safe_name(str(facts.get('run', 'run')))[:LONGEST_RUN]}.json",
            content={
                "format": FORMAT,
                "host": host,
                **facts,
                "who": {**who(), "records": holder_of(directory, host)},
                "started": now.isoformat(timespec="seconds"),
                "finished": None,
                "outcome": OPEN,
                "saved": False,
                "steps": [
                    {**step.to_json(), "lines": step.lines(), "inverse": step.inverse.lines(), "state": PLANNED}
                    for step in steps
                ],
                "proof": None,
                "previous": links(before),
            },
        )
        if ending is not None:
            record.content.update(ending, finished=now.isoformat(timespec="seconds"))
        try:
            record.write(on_the_way=ending is None)
        except OSError as error:
            raise not_writable(host, folder, error) from error
        return record

    @classmethod
    def read(cls, path: Path) -> ChangeRecord:
        """:raises InvalidInput: where the file is not a change record of this format"""
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InvalidInput(f"the change record {path} cannot be read ({error})") from error
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            raise InvalidInput(f"{path} is not a change record of format {FORMAT}")
        return cls(path, content)

    def write(self, *, on_the_way: bool = False) -> None:
        """Replace the file as a whole, and have it on the disk before this returns.

        :param on_the_way: it is replaced again soon, so it need not be laid out for people
        """
        write_privately(self.path, json.dumps(self.content) if on_the_way else laid_out(self.content))

    def mark(self, positions: Iterable[int], state: str) -> None:
        """Note the state of steps, by their position in the plan."""
        self.will_mark(positions, state)
        self.write(on_the_way=True)

    def will_mark(self, positions: Iterable[int], state: str) -> None:
        """The same with the next write: until then a step that was done counts as one that was sent, which is read again."""
        for position in positions:
            self.content["steps"][position]["state"] = state

    def finish(self, outcome: str, **facts: Any) -> None:
        self.content.update(facts, outcome=outcome, finished=datetime.now(UTC).isoformat(timespec="seconds"))
        self.write()

    def note(self, **facts: Any) -> None:
        self.content.update(facts)
        self.write(on_the_way=self.content["outcome"] == OPEN)

    @property
    def name(self) -> str:
        """The file name, which is the same on the control node and in the names of the copies."""
        return self.path.name

    @property
    def kind(self) -> RecordKind:
        return RecordKind(self.content["kind"])

    @property
    def measure(self) -> str:
        return str(self.content["measure"])

    @property
    def run(self) -> str:
        """The id of the run, the same in the records of all partitions."""
        return str(self.content["run"])

    @property
    def partition(self) -> str:
        """The admin partition that the run changed."""
        return str(self.content.get("partition", DEFAULT))

    @property
    def build(self) -> str:
        """The build of the firmware that the run found."""
        return str(self.content.get("build", ""))

    @property
    def started(self) -> str:
        """When the run started (ISO 8601, UTC)."""
        return str(self.content["started"])

    @property
    def finished(self) -> str | None:
        """When the run ended (ISO 8601, UTC); None where it never ended."""
        finished = self.content.get("finished")
        return None if finished is None else str(finished)

    @property
    def outcome(self) -> Outcome:
        return Outcome(self.content["outcome"])

    @property
    def saved(self) -> bool:
        """True if the run saved the configuration of the primary."""
        return self.content.get("saved") is True

    @property
    def proof(self) -> RecordedProof | None:
        """The proof of the run; None where it ended, or died, before it had one."""
        proof = self.content.get("proof")
        return None if proof is None else RecordedProof.from_json(proof)

    @property
    def problem(self) -> str:
        """The error that the run ended with; "" where it had none."""
        return str(self.content.get("problem") or "")

    @property
    def undoes(self) -> tuple[str, ...]:
        """The names of the records that this rollback undoes."""
        return tuple(self.content.get("undoes") or ())

    @property
    def undone_by(self) -> str:
        """The name of the record of the rollback that undid this run; "" where none did."""
        return str(self.content.get("undone_by") or "")

    @property
    def is_fetched(self) -> bool:
        """True if the record was fetched from an appliance: a run of another control node, which proves nothing."""
        return bool(self.content.get("origin"))

    @property
    def states(self) -> list[StepState]:
        """The state of each step, in the order of the plan."""
        return [StepState(step["state"]) for step in self.content["steps"]]

    @property
    def steps(self) -> list[Step]:
        return [Step.from_json(step) for step in self.content["steps"]]

    @property
    def in_doubt(self) -> bool:
        """Something was sent, and what became of it is not known; or it was not wholly undone."""
        return self.content["outcome"] == PARTLY_REVERTED or any(
            step["state"] == SENT for step in self.content["steps"]
        )

    @property
    def touched(self) -> list[Step]:
        """The steps that were sent and not undone; each may have been carried out."""
        return [Step.from_json(step) for step in self.content["steps"] if step["state"] in (SENT, DONE)]


def records_of(directory: Path, host: str, measure: str, partition: str | None = None) -> list[ChangeRecord]:
    """The records of a measure on an appliance, oldest first.

    :param partition: only those of this admin partition; None for those of all
    :raises InvalidInput: where one cannot be read: a run that we cannot see is not "no run"
    """
    return [
        record
        for record in all_records(directory, host)
        if record.content.get("measure") == measure and partition in (None, record.partition)
    ]


def all_records(directory: Path, host: str) -> list[ChangeRecord]:
    """The records of all measures on an appliance, oldest first.

    :raises InvalidInput: where one cannot be read
    """
    folder = directory / safe_name(host)
    records = [ChangeRecord.read(path) for path in sorted(folder.glob("*.json"))] if folder.is_dir() else []
    # Names that differ only in what a file name cannot hold share a directory.
    return [record for record in records if record.content.get("host") == host]


def unapplied(records: Iterable[ChangeRecord]) -> set[ObjectId]:
    """What our runs edited last and did not apply, as far as it is known; a removal that waits shows nowhere else.

    :param records: oldest first
    """
    pending: set[ObjectId] = set()
    for record in records:
        for edited, commit in COMMITS.items():
            states = [(Step.from_json(step), step["state"]) for step in record.content["steps"]]
            touched = {state for step, state in states if step.type == edited and state != PLANNED}
            own = {step.after == {"applied": True}: state for step, state in states if step.type == commit}
            if not touched and own.get(True, PLANNED) == PLANNED:
                continue
            applied = own.get(True) == DONE and touched <= {DONE} and record.content["outcome"] not in UNSURE
            taken_back = own.get(False) == UNDONE
            (pending.discard if applied or taken_back else pending.add)((commit, ()))
    return pending
