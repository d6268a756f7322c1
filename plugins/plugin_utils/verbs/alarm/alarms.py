# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The alarms of an appliance: our bound policies, with the request that must raise each."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from ...appliance.nitro.appliance import Appliance, Vip
from ...appliance.nitro.session import Row, Session
from ...appliance.object_reads.vserver_reads import read_vservers
from ...appliance.objects.ownership import PREFIX, TWIN_SUFFIX, Owner
from ...appliance.objects.resource_types import TYPES, ObjectId
from ...appliance.objects.virtual_servers import VSERVER_TYPES, Vserver, listed_vip, vip_of
from ...catalogue.mitigation import load_mitigation, stop_gaps, with_measure
from ...catalogue.traffic import CaseSession, TrafficCase
from ...change.planning.state_reader import read_everywhere
from ...change.records.closures import closed_by_us, first_due
from ...change.records.usable_records import UsableRecords
from ...foundation.errors import InvalidInput
from ...foundation.next_action import advice
from ...measures.alarm import GLOBAL, NOWHERE, Alarm
from ...measures.registry import inventory_kinds
from ...policies.other_measures import measure_of
from ...policy_language.banks import NOOP
from .alarm_chain import apply_of

Closings = Callable[[], UsableRecords]
TAG = "tq-alarm"
POLICY = "responderpolicy"
LOG_ACTION = "auditmessageaction"
NO_ENTRY = "the catalogue of this control node has no entry for it, so no request is known that it matches: test it where the entry is"
_FIRST_LITERAL = re.compile(r'\s*"([^"\\]{1,200})"')


def read_alarms(
    session: Session, appliance: Appliance, catalogue: Path, tag: str, closings: Closings = UsableRecords
) -> list[Alarm]:
    """Return the alarms of the partition that a session is in. Reads only.

    :param tag: the word that the request of this test has, and no other
    :param closings: reads the records of our closings
    :raises NitroError: where policies, bindings or virtual servers cannot be read
    """
    measures = [*with_measure(catalogue), *(id_ for id_, entry in inventory_kinds().items() if entry.raised_by)]
    rows = {str(row["name"]): row for row in session.read(POLICY) if str(row.get("name", "")).startswith(PREFIX)}
    if not rows:
        return []
    not_by_the_vendor = stop_gaps(catalogue)
    messages = {str(row.get("name")): _first_words(row) for row in session.read(LOG_ACTION)}
    vservers = read_vservers(session)
    bound: dict[tuple[str, str], list[str]] = {}
    for id_, attributes in read_everywhere(session).items():
        policy = str(attributes[TYPES[id_[0]].policy_attribute])
        measure = next((one for one in measures if Owner(one, 1).owns_name(policy)), _without_entry(policy))
        if policy in rows and measure:
            bound.setdefault((measure, _place(id_, attributes)), []).append(policy)
    alarms = []
    for (measure, place), policies in bound.items():
        names = tuple(dict.fromkeys(policies))
        actions = {name: str(rows[name].get("logaction") or "") for name in names}
        alarm = Alarm(
            measure,
            place,
            names,
            {action: messages[action] for action in actions.values() if action in messages},
            tuple(name for name, action in actions.items() if action not in messages),
            counting=_counting(names, rows),
            is_stop_gap=measure in not_by_the_vendor,
        )
        if measure in measures:
            alarms.append(with_request(alarm, vservers, appliance, catalogue, tag, closings))
        else:
            alarms.append(replace(alarm, untested=NO_ENTRY))
    evaluated = {policy for policies in bound.values() for policy in policies}
    return [*alarms, *_unbound(rows, evaluated, measures, not_by_the_vendor)]


def _without_entry(policy: str) -> str:
    """Return the measure in the name of a policy of which the catalogue here has no entry; "" for a kind that has no alarm, and for a twin."""
    measure = measure_of(policy)
    return "" if measure in inventory_kinds() or policy.endswith(TWIN_SUFFIX) else measure


def _counting(names: Iterable[str], rows: Mapping[str, Row]) -> tuple[str, ...]:
    return tuple(name for name in names if str(rows[name].get("action", "")).upper() == NOOP)


def _unbound(
    rows: Mapping[str, Row], bound: Collection[str], measures: Iterable[str], not_by_the_vendor: Collection[str]
) -> Iterator[Alarm]:
    """Yield our policies that nothing evaluates, by measure. A twin of a run that died is none: see status.yml."""
    left = [name for name in rows if name not in bound and not name.endswith(TWIN_SUFFIX)]
    for measure in measures:
        names = tuple(name for name in left if Owner(measure, 1).owns_name(name))
        if names:
            counting, is_stop_gap = _counting(names, rows), measure in not_by_the_vendor
            alarm = Alarm(measure, NOWHERE, names, {}, counting=counting, is_stop_gap=is_stop_gap)
            untested = advice(f"{names[0]} is not bound, so nothing evaluates it. Run apply.yml", apply_of(alarm))
            yield replace(alarm, untested=untested)


def _place(id_: ObjectId, attributes: Mapping[str, object]) -> str:
    type_ = TYPES[id_[0]]
    return f"{type_.noun} {attributes[type_.parent]}" if type_.parent else GLOBAL


def _first_words(row: Row) -> str:
    found = _FIRST_LITERAL.match(str(row.get("stringbuilderexpr", "")))
    return found[1].strip() if found else ""


def with_request(
    alarm: Alarm,
    vservers: Sequence[Vserver],
    appliance: Appliance,
    catalogue: Path,
    tag: str,
    closings: Closings = UsableRecords,
) -> Alarm:
    """Return an alarm with its request and the VIP to which it is sent, or with the reason why there is none."""
    kind = inventory_kinds().get(alarm.measure)
    if kind is not None and kind.not_tested:
        return replace(alarm, untested=kind.not_tested, is_gap=False)
    case = _case(alarm, catalogue, tag)
    if case is None:
        return replace(alarm, untested="its traffic has no attack that can be sent from outside")
    vips = list(_vips(alarm.place, vservers, appliance))
    asked = [vip for vip in vips if vip.probe] if appliance.probe else []
    off = {vip_of(vserver, appliance) for vserver in vservers if vserver.enabled is False}
    if open_ := next((vip for vip in asked if vip not in off), None):
        return replace(alarm, case=case, vip=open_)
    if not appliance.probe:
        reason = "netscaler_probe is false"
    elif asked:
        reason = f"{asked[0]} is {_decision(asked[0], vservers, appliance, closings())}. Test it again once it is open"
    else:
        reason = next(
            (vip.not_probed for vip in vips), "no virtual server speaks HTTP there; name it in netscaler_vips"
        )
    return replace(alarm, untested=f"no request can be sent: {reason}")


def _decision(vip: Vip, vservers: Iterable[Vserver], appliance: Appliance, records: UsableRecords) -> str:
    """Return by whose decision a VIP is switched off, and since when, by the records of this control node."""
    ours = closed_by_us(records.records)
    found = first_due(
        ours[one.object_id] for one in vservers if one.object_id in ours and vip_of(one, appliance) == vip
    )
    return (
        found.text(datetime.now(UTC))
        if found
        else "switched off, and no record that counts here says by whose decision"
    )


def _vips(place: str, vservers: Iterable[Vserver], appliance: Appliance) -> Iterator[Vip]:
    """Yield the VIPs at which a policy of a place can be reached; those of the inventory first."""
    wanted = [one for one in vservers if place in (GLOBAL, f"{VSERVER_TYPES[one.type]} vserver {one.name}")]
    if place == GLOBAL:
        yield from (vip for vip in appliance.vips or () if vip.partition == "default")
    for one in sorted(wanted, key=lambda one: listed_vip(one, appliance) is None):
        if (vip := vip_of(one, appliance)) is not None:
            yield vip


def _case(alarm: Alarm, catalogue: Path, tag: str) -> TrafficCase | None:
    """Return a harmless request that the policies of a measure match, with the tag where its log action writes it."""
    if (kind := inventory_kinds().get(alarm.measure)) is not None:
        return TrafficCase(TAG, attack=True, method="GET", url=kind.raised_by.format(tag=tag))
    try:
        traffic = load_mitigation(catalogue / alarm.measure).traffic
    except InvalidInput:
        return None
    cases = [
        case for case in traffic.attacks if case.session != CaseSession.WITH and not case.client and not case.never_sent
    ]
    # One that leaves the User-Agent to us, by which a SOC recognises the request.
    cases.sort(key=lambda case: (bool(case.header_values("user-agent")), not case.probe))
    if not cases:
        return None
    mark = "&" if "?" in cases[0].url else "?"
    return replace(cases[0], url=f"{cases[0].url}{mark}{tag}")
