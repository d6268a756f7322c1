# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Is closed on the appliance what is closed by the records? Reads only, and nothing where nothing is closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ...appliance.nitro.connection import Connection
from ...appliance.objects.resource_types import ObjectId
from ...catalogue.closing_steps import LadderStep
from ...change.records.change_record import ChangeRecord
from ...change.records.closed_time import still_closed
from ...foundation.errors import TourniquetError
from ...measures.closing_measures import measures_of_steps
from .closing_in_force import opened_by_others
from .measure_in_place import switched_on


@dataclass(frozen=True)
class OpenAllTheSame:
    """What is closed by the records and is not on the appliance.

    :ivar found: step, admin partition and virtual server, each with the reason
    :ivar problems: what was not read, as sentences
    """

    found: Mapping[tuple[LadderStep, str, ObjectId], str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def open_all_the_same(connection: Connection, records: Sequence[ChangeRecord]) -> OpenAllTheSame:
    """Return what is closed by the records and is not on the appliance, as far as that can be read.

    :param records: that are trusted, in the order of their chain
    """
    by_step: dict[LadderStep, set[tuple[str, ObjectId]]] = {}
    for one in still_closed(records):
        by_step.setdefault(one.step, set()).add((one.partition, one.object_id))
    found: dict[tuple[LadderStep, str, ObjectId], str] = {}
    problems: list[str] = []
    for step, closed in by_step.items():
        try:
            opened = _opened(connection, records, step, closed)
        except TourniquetError as error:
            problems.append(f"whether what was closed ({step}) still is was not read: {error}")
            continue
        found |= {(step, partition, one): why for (partition, one), why in opened.items()}
    return OpenAllTheSame(found, tuple(problems))


def _opened(
    connection: Connection, records: Sequence[ChangeRecord], step: LadderStep, closed: set[tuple[str, ObjectId]]
) -> Mapping[tuple[str, ObjectId], str]:
    if step is LadderStep.OFF:
        return dict.fromkeys(switched_on(connection, closed), "it is switched on")
    return opened_by_others(connection, [one for one in records if one.measure == measures_of_steps()[step]], closed)
