# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The file of a change record: who applied what, when and why, how each step is undone, and the proof.

One JSON file per run, appliance and admin partition on the control node, ``<directory>/<host>/<time>-<run>.json``. It is on disk before the
first write and after every step; each write goes to a temporary file that replaces the old one, so a control node that dies leaves a
whole file with a signature that matches it. It never holds a password or a session token.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ...appliance.objects.steps import Step
from ...catalogue.record_trust import RecordTrust
from ...foundation.errors import InvalidInput
from ...foundation.foreign_text import printable
from ...foundation.json_lines import json_by_line
from ...foundation.json_values import written
from ...foundation.private_files import read_privately, write_privately
from .parsed_records import parsed_once
from .provenance import OWN, Provenance, ProvenanceKind
from .record_content import RecordContent, RecordProperties
from .record_json import parse_json
from .record_states import Outcome, StepState
from .signing import OwnKey, accepted_provenance, provenance_by, signed, valid_signature
from .sshsig import SshSignature

_FIX = (
    "Restore the file from a backup. Without one, look at what this run changed on the appliance, and move the file out of the "
    "directory of records."
)


@written(
    "record=name kind measure version run started finished outcome saved reason ticket operator.user operator.control_node undone_by",
    version=lambda record: record.content.values.get("version"),
)
@dataclass
class ChangeRecord(RecordProperties):
    """The record of one run on one appliance, and its file.

    :ivar provenance: who signed it; a record that this run makes is our own
    :ivar trust: the key that signs it
    """

    path: Path
    content: RecordContent
    provenance: Provenance = OWN
    trust: RecordTrust = field(default_factory=RecordTrust)

    @property
    def _read(self) -> RecordContent:
        return self.content

    @property
    def may_prove(self) -> bool:
        """False for a copy that no known control node has signed, and that a person accepts by name: its steps count, and no proof in it does."""
        return not (self.is_fetched and self.provenance.kind is ProvenanceKind.ACCEPTED)

    @property
    def name(self) -> str:
        """The file name; the copies on the nodes carry it too."""
        return self.path.name

    @property
    def steps(self) -> list[Step]:
        """The planned steps.

        :raises InvalidInput: where a step is not valid, or has a type that this version does not know
        """
        try:
            return super().steps
        except InvalidInput as error:
            raise InvalidInput(f"{self.path}: {printable(str(error))}. {_FIX}") from error

    @classmethod
    def read(cls, path: Path, trust: RecordTrust | None = None, own: OwnKey | None = None) -> ChangeRecord:
        """Read the file of a record.

        :param own: our key; None to read it
        :raises InvalidInput: where the file cannot be read, is not a change record of this format, or could be written by somebody else
        """
        try:
            content, checked = parsed_once(path, read_privately(path), _parsed)
        except (OSError, ValueError) as error:
            raise InvalidInput(f"the change record {path} cannot be read ({error}). {_FIX}") from error
        trust = trust or RecordTrust()
        provenance = provenance_by(checked, content, trust, own)
        accepted = accepted_provenance(provenance, path.stem, trust)
        if accepted is not None:
            return cls(path, content.unsigned(), accepted, trust)
        return cls(path, content, provenance, trust)

    def write(self, *, compact: bool = False) -> None:
        """Replace the file as a whole, and have it on the disk before this returns.

        :param compact: write one line, because the file is replaced again soon; otherwise a line for each fact and step
        :raises InvalidInput: where our key cannot be made or read, or others may write to the directory
        :raises OSError: where it cannot be written; the old file is then still there
        """
        values = self.signed_content().to_json()
        write_privately(self.path, json.dumps(values) if compact else json_by_line(values))

    def signed_content(self) -> RecordContent:
        """Return the content with a signature; a record that is not trusted stays as it is.

        :raises InvalidInput: where our key cannot be made or read
        """
        if self.provenance.is_trusted and not self.content.is_signed:
            self.content = signed(self.content, self.name, self.trust, self.provenance.accepted_by)
        return self.content

    def mark(self, positions: Iterable[int], state: StepState) -> None:
        """Set the state of steps, by their position in the plan, and write the file."""
        self.set_states(positions, state)
        self.write(compact=True)

    def set_states(self, positions: Iterable[int], state: StepState) -> None:
        """Set the state of steps without a write of its own.

        If the run dies before the next write, a step that was done counts as one that was sent, which is read again.
        """
        self.content = self.content.with_states(positions, state)

    def finish(
        self,
        outcome: Outcome,
        *,
        saved: bool | None = None,
        saves: bool | None = None,
        proof: Mapping[str, Any] | None = None,
        problem: str | None = None,
    ) -> None:
        """Set the outcome and the end of the run, and write the file.

        :param saved: True if what the run concerns is saved; None keeps the recorded value, as for the other parameters
        :param saves: True if the run itself has saved the configuration
        :param proof: the proof as JSON values
        :param problem: the error that the run ended with
        """
        facts = _given(saved=saved, saves=saves, proof=proof, problem=problem)
        finished = datetime.now(UTC).isoformat(timespec="seconds")
        self.content = self.content.with_values(**facts, outcome=outcome.value, finished=finished)
        self.write()

    def note(
        self,
        *,
        proof: Mapping[str, Any] | None = None,
        copies: Sequence[str] | None = None,
        undone_by: str | None = None,
        ended: Sequence[str] | None = None,
    ) -> None:
        """Set facts of the run, and write the file; None keeps the recorded value.

        :param proof: the proof as JSON values
        :param copies: the addresses of the nodes that have a copy
        :param undone_by: the name of the record of the rollback that undid the run
        :param ended: the NITRO types of which all sessions were ended
        """
        facts = _given(
            proof=proof,
            copies=None if copies is None else list(copies),
            undone_by=undone_by,
            ended=None if ended is None else list(ended),
        )
        self.content = self.content.with_values(**facts)
        self.write(compact=self.outcome is Outcome.OPEN)


def _parsed(text: str, path: Path) -> tuple[RecordContent, SshSignature | Provenance]:
    """Return the content of a file, and its signature or, where it has none that is valid, its provenance.

    :raises ValueError: where it is not JSON
    :raises InvalidInput: where it is not a change record of this format
    """
    content = RecordContent.from_json(parse_json(text), where=f"the change record {path}", fix=_FIX)
    return content, valid_signature(content, path.name)


def _given(**facts: Any) -> dict[str, Any]:
    """Return the facts that are not None."""
    return {key: value for key, value in facts.items() if value is not None}


def proven_places(records: Iterable[ChangeRecord]) -> list[str]:
    """Return the fingerprints of what was bound where ours was bound when runs proved it, in the order of the records."""
    proofs = (one.proof for one in records if one.proof is not None)
    return [one.places for one in proofs if one.proven and one.places]
