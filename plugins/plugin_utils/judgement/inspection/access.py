# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read the virtual servers: where probes can be sent, and which VIPs are switched off."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from ...appliance.nitro.appliance import VIP_KINDS, Vip
from ...appliance.nitro.connection import Connection
from ...appliance.nitro.session import Session
from ...appliance.object_reads.vserver_reads import read_vservers
from ...appliance.objects.virtual_servers import VSERVER_TYPES, Vserver, stands_for, vip_of
from ...catalogue.run_parameters import Probes, ResolvedParameters
from ...change.records import closures
from ...change.records.closed_time import ClosedTime
from ...change.records.record_list import all_records
from ...change.records.usable_records import UsableRecords, own_records
from ...foundation.errors import NitroError
from ...measures.closing_measures import closing_only
from ...policies.request_paths import SESSION_KINDS
from .closed_by_policy import closed_to_us
from .probe_hosts import ProbeHosts, with_hosts


@dataclass(frozen=True)
class AccessFacts:
    """The virtual servers of the appliance.

    :ivar vips: the addresses that the measure is about
    :ivar vservers: by NITRO type, the virtual servers of the types that were read
    :ivar closures: which of the VIPs are closed, and by whose decision
    :ivar closed_to_us: the VIPs that a step of closing keeps from our requests, each with the decision; empty for such a step itself
    :ivar nameless: the content switching virtual servers that serve no request by address, and for which no host name was found
    :ivar unprovable: the placements of the measure that have no address to which a probe could be sent
    """

    vips: tuple[Vip, ...] = ()
    vservers: Mapping[str, Sequence[Vserver]] = field(default_factory=dict)
    closures: closures.ClosureState = field(default_factory=closures.ClosureState)
    closed_to_us: tuple[tuple[Vip, ClosedTime], ...] = ()
    unprovable: tuple[str, ...] = ()
    nameless: tuple[Vip, ...] = ()
    remarks: tuple[str, ...] = ()


def read_access(
    session: Session, parameters: ResolvedParameters, of_all_nodes: Callable[[], UsableRecords] | None = None
) -> AccessFacts:
    """Read the virtual servers of the kinds that the inventory names; of all kinds with a VIP if it names none.

    :param of_all_nodes: returns the records of closings with those that only the nodes have, for what those of this control node do not explain
    :raises NitroError: if they cannot be read and the inventory names none
    """
    appliance = parameters.appliance
    listed = appliance.vips
    every = listed is None or parameters.measure.traits.course.concerns_each_vserver
    kinds = set(VIP_KINDS if every else (vip.kind for vip in listed or ()))
    try:
        by_type = {t: read_vservers(session, [t]) for t, kind in VSERVER_TYPES.items() if kind in kinds}
    except NitroError:
        if listed is None:
            raise
        return AccessFacts(listed, remarks=("whether the VIPs are switched off cannot be read",))
    vservers = [vserver for found in by_type.values() for vserver in found]
    vips = listed if listed is not None else tuple(vip for v in vservers if (vip := v.vip(appliance)) is not None)
    unprovable: tuple[str, ...] = ()
    if not parameters.measure.traits.course.depends_on_build:
        vips, unprovable = _vips_of_placements(parameters, vservers)
    state, left_out = _closures(own_records(parameters, closures.REACH), parameters, vservers, vips)
    if state.unproven and of_all_nodes is not None:
        state, left_out = _closures(of_all_nodes(), parameters, vservers, vips)
    if listed is not None and parameters.measure.traits.course.depends_on_build:
        state = replace(state, open=(*state.open, *_unlisted_open(session, state, listed, by_type)))
    kept = _closed_to_us(session, parameters, vservers, vips)
    hosts = with_hosts(session, vips, vservers) if parameters.probes != Probes.NONE else ProbeHosts(tuple(vips))
    remarks = (*left_out, *_stand_ins(listed or (), vservers), *hosts.remarks)
    asked = dict(zip(vips, hosts.vips, strict=True))
    return AccessFacts(
        vips=hosts.vips,
        vservers=by_type,
        closures=state,
        closed_to_us=tuple((asked[vip], one) for vip, one in kept),
        unprovable=unprovable,
        nameless=hosts.nameless,
        remarks=remarks,
    )


def _closures(
    records: UsableRecords, parameters: ResolvedParameters, vservers: Sequence[Vserver], vips: Sequence[Vip]
) -> tuple[closures.ClosureState, tuple[str, ...]]:
    """Return which VIPs are closed by some records, and those of these that are left alone."""
    usable, appliance = records.inside(parameters.scope), parameters.appliance
    left_out = tuple(one.text(appliance.name) for one in usable.in_force_left_out)
    state = closures.closure_state(
        vservers, vips, appliance, usable.records, datetime.now(UTC), records_left_alone=bool(left_out)
    )
    return state, left_out


def open_at_secondary(connection: Connection, access: AccessFacts) -> tuple[str, ...]:
    """Return what is switched off at the primary and not at the secondary, or why that cannot be read; nothing where no VIP is closed."""
    session = connection.secondary
    off = {one.object_id for found in access.vservers.values() for one in found if one.enabled is False}
    if session is None or connection.secondary_problem or not access.closures.closed or not off:
        return ()
    try:
        there = [one for type_ in sorted({type_ for type_, _key in off}) for one in read_vservers(session, [type_])]
    except NitroError as error:
        return (f"the virtual servers of the secondary {session.node.host} cannot be read: {error}",)
    names = ", ".join(one.name for one in there if one.enabled and one.object_id in off)
    return (
        (f"on the secondary {session.node.host} {names} is not switched off: a failover would reverse it",)
        if names
        else ()
    )


def _unlisted_open(
    session: Session, state: closures.ClosureState, listed: Sequence[Vip], by_type: Mapping[str, Sequence[Vserver]]
) -> tuple[str, ...]:
    """Return those that are on and that the inventory does not name, where all that it names are closed: an appliance is closed only without them."""
    if not state.closed or state.open:
        return ()
    try:
        every = [one for t in VSERVER_TYPES for one in (by_type[t] if t in by_type else read_vservers(session, [t]))]
    except NitroError:
        return ("what the inventory does not name and cannot be read",)
    on = (one for one in every if one.enabled and one.addressable and not any(stands_for(vip, one) for vip in listed))
    return tuple(map(str, on))


def _closed_to_us(
    session: Session, parameters: ResolvedParameters, vservers: Sequence[Vserver], vips: Sequence[Vip]
) -> tuple[tuple[Vip, ClosedTime], ...]:
    appliance = parameters.appliance
    if parameters.owner.measure in closing_only():
        return ()
    every = all_records(parameters.records, appliance.name, parameters.trust)
    records = [record for record in every if record.partition == parameters.scope]
    found = closed_to_us(vservers, records, appliance.probe_from or session.local_address) if records else []
    places = ((vip_of(vserver, appliance), one) for vserver, one in found)
    return tuple((vip, one) for vip, one in places if vip is not None and vip in vips)


def read_unlisted_vips(session: Session, access: AccessFacts) -> list[Vip]:
    """Return the VIPs of Gateway and AAA virtual servers that are not among the VIPs of the inventory.

    :raises NitroError: if the virtual servers cannot be read
    """
    known = {vip.address for vip in access.vips if not vip.vserver}
    found = dict(access.vservers)
    for type_ in ("vpnvserver", "authenticationvserver"):
        if type_ not in found:
            found[type_] = read_vservers(session, [type_])
    vips = [
        vserver.vip(session.appliance)
        for vservers in found.values()
        for vserver in vservers
        if not any(stands_for(vip, vserver) for vip in access.vips)
    ]
    return [vip for vip in vips if vip is not None and vip.kind in SESSION_KINDS and vip.address not in known]


def _stand_ins(vips: Sequence[Vip], vservers: Sequence[Vserver]) -> tuple[str, ...]:
    """Return, as sentences, for which virtual server each VIP stands that is not at its address."""
    texts = []
    for vip in (one for one in vips if one.vserver):
        there = [str(vserver) for vserver in vservers if stands_for(vip, vserver)]
        texts.append(
            f"{vip} stands for {', '.join(there)}, as netscaler_vips says"
            if there
            else f"netscaler_vips says that {vip} stands for {vip.vserver}, and there is no such {vip.kind} virtual server"
        )
    return tuple(texts)


def _vips_of_placements(
    parameters: ResolvedParameters, vservers: Sequence[Vserver]
) -> tuple[tuple[Vip, ...], tuple[str, ...]]:
    """Return the addresses of the protected virtual servers, under the appliance's names, and the placements without one."""
    protected = {(placement.kind, placement.vserver): placement for placement in parameters.resolved.placements}
    found = {
        (vserver.kind, vserver.name): replace(vip, name=vserver.name)
        for vserver in vservers
        if (vserver.kind, vserver.name) in protected and (vip := vip_of(vserver, parameters.appliance)) is not None
    }
    return tuple(found.values()), tuple(str(p) for place, p in protected.items() if place not in found)
