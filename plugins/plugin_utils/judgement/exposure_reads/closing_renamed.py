# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Is a virtual server that a step closes there under another name, or not at all? Reads only, and only where nothing of ours is bound there any more.

A record of such a step has no address, so nobody can say whether the one of another name is the same: what is found is no proof of either.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ...appliance.nitro.session import Session
from ...appliance.object_reads.vserver_reads import read_vservers
from ...appliance.objects.resource_types import TYPES, ObjectId
from ...appliance.objects.virtual_servers import VSERVER_TYPES
from ...change.planning.state_reader import Scope, observe
from .left_closing import LeftClosing, Objects


def gone(
    session: Session, closing: LeftClosing, vservers: Iterable[ObjectId], there: Objects
) -> Mapping[ObjectId, str]:
    """Return of the virtual servers that are not there any more what is known of them, as a clause.

    :param there: what was read of what our runs left
    :raises TourniquetError: where something cannot be read
    """
    bound = {one: closing.bindings_at(one) for one in vservers}
    bare = {one: own for one, own in bound.items() if own and own.keys().isdisjoint(there)}
    if not bare:
        return {}
    listed = {one.object_id for one in read_vservers(session, sorted({type_ for type_, _key in bare}))}
    known = closing.vservers
    return {
        one: _told(one, [other for other in sorted(listed - known) if other[0] == one[0] and _has(session, own, other)])
        for one, own in bare.items()
        if one not in listed
    }


def _told(vserver: ObjectId, others: Iterable[ObjectId]) -> str:
    names = ", ".join(key[0] for _type, key in others)
    text = f"there is no {VSERVER_TYPES[vserver[0]]} vserver {vserver[1][0]} any more"
    if names:
        return f"{text}; {names} has what our run bound there: if it was renamed, it still is closed"
    return f"{text}; if it was renamed, nothing of ours is bound there under its new name"


def _has(session: Session, bindings: Objects, other: ObjectId) -> bool:
    """Return True if another virtual server has what our runs bound at one."""
    moved = {_moved(id_, other): attributes for id_, attributes in bindings.items()}
    found = observe(session, Scope.only(moved)).state.objects
    return all(
        id_ in found and TYPES[id_[0]].same(found[id_], {**attributes, "name": other[1][0]})
        for id_, attributes in moved.items()
    )


def _moved(object_id: ObjectId, other: ObjectId) -> ObjectId:
    type_name, key = object_id
    type_ = TYPES[type_name]
    place = type_.key.index(type_.scope or type_.parent)
    return type_name, (*key[:place], other[1][0], *key[place + 1 :])
