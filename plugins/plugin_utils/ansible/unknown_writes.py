# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The appliances of which the records here do not prove that nothing was written: the records of a job have not come yet, or it may still begin."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

from ..fleet.slices.awaited_records import AwaitedRecords
from ..fleet.slices.left_jobs import AGAIN
from ..fleet.waves.settlement import Settlement
from ..foundation.errors import InvalidInput
from ..foundation.folded_names import folded
from .waiting_appliances import waiting

SHOWN = 5


def unknown_writes(places: Mapping[str, Path], own: Path) -> dict[str, str]:
    """Return by appliance why it is not known whether something was written to it.

    :param places: by appliance, the directory of its records
    :param own: the directory to which the jobs of execution nodes bring their records
    """
    found = _may_begin(places)
    for directory in dict.fromkeys([own, *places.values()]):
        hosts = [host for host, place in places.items() if directory in (own, place)]
        found |= AwaitedRecords(directory).missing_among(hosts)
    return found


def _may_begin(hosts: Collection[str]) -> dict[str, str]:
    try:
        return {host: why.removesuffix(AGAIN) for host, why in waiting(hosts).items()}
    except InvalidInput as error:  # any of them could be named there
        return dict.fromkeys(hosts, str(error))


def with_unknown(settlement: Settlement, unknown: Mapping[str, str]) -> Settlement:
    """Return the decision about an undo, where each appliance that is in the way says that nothing is known of it."""
    in_the_way = [
        replace(
            one, problem=f"{one.problem}; whether the undone run has written there is not known: {unknown[one.host]}"
        )
        if one.host in unknown
        else one
        for one in settlement.in_the_way
    ]
    return replace(settlement, in_the_way=in_the_way)


def unknown_notes(unknown: Mapping[str, str]) -> list[str]:
    """Return the same as lines of the page of an undo."""
    hosts: dict[str, list[str]] = {}
    for host, why in unknown.items():
        hosts.setdefault(why, []).append(host)
    return [
        f"  note: whether the undone run has written to {folded(own, SHOWN)} is not known: {why}"
        for why, own in hosts.items()
    ]
