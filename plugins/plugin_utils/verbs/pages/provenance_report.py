# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The provenance of the steps that come from change records: lines for people, and JSON values for programs. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...appliance.objects.resource_types import ObjectId
from ...appliance.objects.steps import Step
from ...change.records.change_record import ChangeRecord
from ...change.records.provenance import ProvenanceKind
from ...foundation.foreign_text import printable

Sources = Mapping[ObjectId, ChangeRecord]
"""By object, the record that says what a step restores, removes or reopens."""


def provenance_lines(steps: Sequence[Step], sources: Sources) -> list[str]:
    """Return one line if all records are our own, and otherwise one line for each step."""
    used = {record.name: record for step in steps if (record := sources.get(step.object_id)) is not None}
    if not used:
        return []
    if all(record.provenance.kind is ProvenanceKind.OWN for record in used.values()):
        return [f"    by our own record{'' if len(used) == 1 else 's'} {', '.join(used)}"]
    return ["    by these records:"] + [
        printable(f"      {'; '.join(step.lines()[:1]) or step.type}: {_text(sources[step.object_id])}")
        for step in steps
        if step.object_id in sources
    ]


def provenance_of(steps: Sequence[Step], sources: Sources) -> list[dict[str, Any]]:
    """Return for each step that comes from a record its object, that record, and why the record is trusted."""
    return [
        {
            "type": step.type,
            "key": step.key,
            "record": record.name,
            "trusted": record.provenance.kind,
            "why": _why(record),
        }
        for step in steps
        if (record := sources.get(step.object_id)) is not None
    ]


def _text(record: ChangeRecord) -> str:
    return f"{record.name}, {_why(record)}"


def _why(record: ChangeRecord) -> str:
    """Return why a record is trusted, and which control node wrote it if that is another one."""
    if record.provenance.kind is ProvenanceKind.OWN:
        return record.provenance.text
    return f"{record.provenance.text}, of {record.operator.user or '?'}@{record.operator.control_node or '?'}"
