# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads of the virtual servers of an appliance: which there are, whether they are switched on, and who uses them."""

from __future__ import annotations

from collections.abc import Iterable

from ...foundation.errors import NitroError, NotShown, TourniquetError
from ...foundation.foreign_text import printable
from ..nitro.appliance import Appliance, Vip
from ..nitro.rows import whole
from ..nitro.session import Row, Session
from ..objects.resource_types import Attributes, ObjectId
from ..objects.virtual_servers import VSERVER_TYPES, Usage, Vserver, vserver_of


def read_vservers(session: Session, types: Iterable[str] = tuple(VSERVER_TYPES)) -> list[Vserver]:
    """Return all virtual servers of some types, with one request for each type.

    :raises NitroError: where one type cannot be read, or says two things of one virtual server
    """
    found = []
    for type_name in types:
        try:
            rows = session.read(type_name)
        except NotShown:
            continue  # its feature is off, so nothing answers there
        found += _each_once(session, [vserver_of(type_name, row, session.unusable_names) for row in rows])
    return found


def read_answering(session: Session) -> tuple[list[Vserver], tuple[str, ...]]:
    """Return the virtual servers of all types that can be read, and why each other type cannot be, as texts.

    :raises TourniquetError: where none can be read
    """
    found: list[Vserver] = []
    problems: dict[str, TourniquetError] = {}
    for type_name, kind in VSERVER_TYPES.items():
        try:
            found += read_vservers(session, (type_name,))
        except TourniquetError as error:
            problems[f"each {kind} vserver (they cannot be read: {error})"] = error
    if len(problems) == len(VSERVER_TYPES):
        raise next(iter(problems.values()))
    return found, tuple(problems)


def _each_once(session: Session, vservers: Iterable[Vserver]) -> list[Vserver]:
    """Return the virtual servers of one type without repetitions: each is switched, and recorded, once.

    :raises NitroError: where one is listed twice with different values, of which nobody knows the right ones
    """
    found: dict[ObjectId, Vserver] = {}
    for vserver in vservers:
        if found.setdefault(vserver.object_id, vserver) != vserver and vserver.has_usable_name:
            text = f"the appliance lists {vserver.kind} vserver {vserver.name} twice, with different values. Look at it on the appliance"
            raise NitroError(session.where, f"GET {vserver.type}", 200, 0, text)
    return [*found.values()]


def read_vips(session: Session, types: Iterable[str] = tuple(VSERVER_TYPES)) -> tuple[Vip, ...]:
    """Return the VIPs that speak HTTP, as the appliance has them."""
    return tuple(
        vip for vserver in read_vservers(session, types) if (vip := vserver.vip(session.appliance)) is not None
    )


def vips_of(appliance: Appliance, session: Session) -> tuple[Vip, ...]:
    """Return the VIPs that the inventory names; where it names none at all, those that the appliance has."""
    return appliance.vips if appliance.vips is not None else read_vips(session)


def read_switches(session: Session, type_name: str) -> dict[ObjectId, Attributes]:
    """Return for each virtual server of a type whether it is switched on, as the attributes of a step.

    :raises NitroError: where it is not known of one
    """
    states: dict[ObjectId, Attributes] = {}
    for vserver in read_vservers(session, (type_name,)):
        if not vserver.has_usable_name:
            continue  # nothing of ours switches it
        if vserver.enabled is None:
            text = f"the appliance does not report whether {printable(vserver.name)} is switched on"
            raise NitroError(session.where, f"GET {type_name}", 200, 0, text)
        states[vserver.object_id] = {"enabled": vserver.enabled}
    return states


def read_usage(session: Session, vservers: Iterable[Vserver]) -> dict[ObjectId, Usage]:
    """Return the current use of virtual servers. One whose counters cannot be read is left out, because its use is not known."""
    usage: dict[ObjectId, Usage] = {}
    wanted = {vserver.object_id for vserver in vservers}
    with session.briefly():
        for type_name in sorted({type_name for type_name, _key in wanted}):
            try:
                rows = session.read(type_name, area="stat")
            except TourniquetError:
                continue
            for row in rows:
                object_id: ObjectId = (type_name, (str(row.get("name")),))
                if object_id in wanted:
                    # Older releases lack curtotalvpnusers (traces of a public monitoring script).
                    usage[object_id] = Usage(_number(row, "curtotalvpnusers"), _number(row, "curclntconnections"))
    return usage


def read_sessions(session: Session) -> int | None:
    """Return the number of AAA sessions of the appliance; None where it cannot be read."""
    try:
        with session.briefly():
            rows = session.read("aaa", area="stat")
    except TourniquetError:
        return None
    return _number(rows[0], "aaacursessions") if rows else None


def _number(row: Row, name: str) -> int | None:
    return whole(row.get(name))
