# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which virtual servers a step of closing keeps from our own requests, by the change records: nothing behind it can be proven from outside. Pure.

A virtual server that is switched off is read from the appliance (:mod:`.access`); of a page or of partners only the policies say whom they answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ...appliance.objects.resource_types import Attributes, ObjectId
from ...appliance.objects.virtual_servers import Vserver
from ...catalogue.traffic import TrafficCase
from ...change.records.change_record import ChangeRecord
from ...change.records.closed_time import ClosedTime, still_closed
from ...change.records.record_states import StepState
from ...measures.closing_measures import closing_only, measures_of_steps
from ...policies.policy_bank import RequestOutcome, banks_of, request_of

_ANY = TrafficCase("ours", attack=False, method="GET", url="/")


def closed_to_us(
    vservers: Iterable[Vserver], records: Iterable[ChangeRecord], client: str
) -> list[tuple[Vserver, ClosedTime]]:
    """Return the virtual servers that are closed by a page or to all but partners, where that answers a request of ours, each with the decision.

    :param records: of one appliance and one admin partition, oldest first; one that is not trusted does not count
    :param client: the address from which our requests come
    """
    trusted = [record for record in records if record.provenance.is_trusted]
    closed = {
        (measures_of_steps()[one.step], one.object_id): one
        for one in still_closed(trusted)
        if measures_of_steps()[one.step] in closing_only()
    }
    if not closed:
        return []
    answered = {measure: _answered(_left_by(trusted, measure), client) for measure, _vserver in closed}
    return [
        (vserver, one)
        for vserver in vservers
        for (measure, object_id), one in closed.items()
        if object_id == vserver.object_id and f"{vserver.kind} vserver {vserver.name}" in answered[measure]
    ]


def _left_by(records: Iterable[ChangeRecord], measure: str) -> dict[ObjectId, Attributes]:
    """Return the objects that the runs on a measure have left."""
    objects: dict[ObjectId, Attributes] = {}
    for record in records:
        if record.measure != measure:
            continue
        for step, state in zip(record.steps, record.states, strict=True):
            if state is StepState.DONE and step.after is None:
                objects.pop(step.object_id, None)
            elif state is StepState.DONE and step.after is not None:
                objects[step.object_id] = step.after
    return {
        id_: attributes for id_, attributes in objects.items() if id_[0].startswith("responder") or "vserver" in id_[0]
    }


def _answered(objects: Mapping[ObjectId, Attributes], client: str) -> set[str]:
    """Return the virtual servers at which a request of ours does not pass the policies, by kind and name."""
    request = request_of(_ANY, session=False, client=client)
    banks = banks_of(objects).items()
    return {
        place.rpartition(" ")[0] for place, bank in banks if bank.evaluate(request).outcome is not RequestOutcome.PASSED
    }
