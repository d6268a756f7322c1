# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Bindings of ours at places that a document does not name: somebody has bound our policies there too.

NITRO has no one read for "where is this bound" that lists every kind of place in all releases, so the text of the
configuration says where to look; what is there is read.
"""

from __future__ import annotations

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import NotFound, NotShown
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.nsconf_reader import read_configuration
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.resource_types import Attributes, ObjectId
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.planning.state_reader import (
    Scope,
    read_place,
    take_rows,
)


def read_stray_bindings(session: Session, text: str, owner: Owner, known: Scope) -> dict[ObjectId, Attributes]:
    """Read what is ours at the places that a text names and that are not known.

    :param text: the configuration as ns.conf
    :raises NitroError: where a place cannot be read
    """
    objects: dict[ObjectId, Attributes] = {}
    named = read_configuration(text, owner.name).objects
    elsewhere = Scope.of(id_ for id_, attributes in named.items() if owner.owns(id_, attributes))
    for type_name, place in sorted(elsewhere.places - known.places):
        found: dict[ObjectId, Attributes] = {}
        try:
            take_rows(found, type_name, read_place(session, type_name, place))
        except (NotFound, NotShown):
            continue
        objects |= {id_: attributes for id_, attributes in found.items() if owner.owns(id_, attributes)}
    return objects
