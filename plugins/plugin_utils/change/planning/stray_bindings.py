# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Stray bindings: bindings of our policies at bind points that the desired state does not name.

No single read of NITRO lists all bind points of a policy in all releases. So the bind points are taken from the text of the
configuration, and then read.
"""

from __future__ import annotations

from ...appliance.nitro.names import is_stand_in
from ...appliance.nitro.session import Session
from ...appliance.objects.nsconf_reader import read_configuration
from ...appliance.objects.ownership import Owner
from ...appliance.objects.resource_types import TYPES, Attributes, ObjectId
from ...foundation.errors import NotFound, NotShown
from .state_reader import Scope, read_place, take_rows


def read_stray_bindings(session: Session, text: str, owner: Owner, known: Scope) -> dict[ObjectId, Attributes]:
    """Return our bindings at the bind points in a text that are not in a known scope.

    :param text: the text of ns.conf
    :param known: the bind points that were read already
    :raises NitroError: where a bind point cannot be read
    """
    objects: dict[ObjectId, Attributes] = {}
    named = read_configuration(text, owner.name).objects
    scope = Scope.of(id_ for id_, attributes in named.items() if owner.owns(id_, attributes))
    for type_name, place in sorted(scope.places - known.places):
        if is_stand_in(place):
            continue  # see unusable_places
        found: dict[ObjectId, Attributes] = {}
        try:
            take_rows(found, type_name, read_place(session, type_name, place), session.where)
        except (NotFound, NotShown):
            continue
        objects |= {id_: attributes for id_, attributes in found.items() if owner.owns(id_, attributes)}
    return objects


def unusable_places(text: str, owner: Owner) -> list[str]:
    """Return in words the bind points of our policies whose names NITRO does not allow: nothing is sent for them."""
    named = read_configuration(text, owner.name).objects
    scope = Scope.of(id_ for id_, attributes in named.items() if owner.owns(id_, attributes))
    return [
        f"ours is bound at the {TYPES[type_name].noun} {place} too; unbind it on the appliance itself"
        for type_name, place in sorted(scope.places)
        if is_stand_in(place)
    ]
