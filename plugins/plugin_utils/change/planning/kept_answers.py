# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The answers of a measure on one appliance: one that differs from the wanted one in the ending of its marker alone stays as it is. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ...appliance.objects.answer_marker import without_ending
from ...appliance.objects.resource_types import Attributes, ObjectId
from ...catalogue.desired_state import Document

ACTION, ANSWER = "responderaction", "target"


def with_present_answers(
    document: Document, marker: str, measure: str, present: Mapping[ObjectId, Attributes]
) -> Document:
    """Return the desired state with the answers that are there already, so that no appliance changes because of the ending of a marker.

    :param present: the objects of the appliance
    """
    kept = {
        id_: present[id_][ANSWER]
        for id_, wanted in document.objects.items()
        if id_[0] == ACTION
        and ANSWER in wanted
        and present.get(id_, {}).get(ANSWER) == without_ending(str(wanted[ANSWER]), marker, measure) != wanted[ANSWER]
    }
    if not kept:
        return document

    def with_kept(id_: ObjectId, attributes: Attributes | None) -> Attributes | None:
        return {**attributes, ANSWER: kept[id_]} if attributes and id_ in kept else attributes

    objects = {id_: {**a, ANSWER: kept[id_]} if id_ in kept else a for id_, a in document.objects.items()}
    stages = tuple(
        replace(stage, objects={id_: with_kept(id_, a) for id_, a in stage.objects.items()})
        for stage in document.stages
    )
    return replace(document, objects=objects, stages=stages)
