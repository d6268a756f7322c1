# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read what others have bound globally in front of ours: it lets requests past at a management address too, and no request of ours shows it. Reads only."""

from __future__ import annotations

from ...appliance.nitro.connection import Connection
from ...appliance.nitro.names import DEFAULT
from ...appliance.objects.resource_types import HTTP_GLOBAL_TYPES, Attributes, ObjectId
from ...change.planning.state_reader import GLOBAL_BINDING, read_place, take_rows
from ...judgement.verdicts.policies_in_front import FrontReader, InFront

_TYPES = ("responderpolicy", "responderaction")


def read_in_front(connection: Connection, front: FrontReader) -> InFront:
    """Return what stands in front of ours where a management address is judged: two reads, and more only where others have bound something there.

    :raises TourniquetError: where it cannot be read
    """
    session, objects = connection.primary, dict[ObjectId, Attributes]()
    with connection.inside(DEFAULT):
        for place in HTTP_GLOBAL_TYPES:
            take_rows(objects, GLOBAL_BINDING, read_place(session, GLOBAL_BINDING, place), session.where)
        bound = {str(attributes["policyname"]) for attributes in objects.values()}
        if not all(map(front.parameters.owner.owns_name, bound)):
            for type_name in _TYPES:
                take_rows(objects, type_name, session.read(type_name), session.where)
        return front.read(connection, DEFAULT, objects)
