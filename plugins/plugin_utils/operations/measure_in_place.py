# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Is a measure in place everywhere and as our runs left it, and is closed what they closed? Reads only, and few: what the records say is compared."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.observing import POLICY, is_passing
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.exposure_ledger.measure_state import MeasureWord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.resource_types import (
    TYPES,
    Attributes,
    ObjectId,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.virtual_servers import read_vservers
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.partitions import UNREADABLE, read_partitions
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.session import DEFAULT
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.planning.state_reader import Scope, observe

FEATURE = "RESPONDER"


def drift_since(
    connection: Connection, left: Mapping[str, Mapping[ObjectId, Attributes]]
) -> tuple[MeasureWord, str] | None:
    """Return the first difference of what is in place from what our runs left, or a partition to which none has brought it; None where there is none.

    :param left: by admin partition, the policies, actions and bindings that the runs left
    :raises TourniquetError: where something cannot be read
    """
    for partition, objects in ((name, own) for name, own in left.items() if own):
        with connection.inside(partition):
            found = observe(connection.primary, Scope.only(objects)).state
        there = next(_differences(objects, found.objects, found.features), "")
        if there:
            return MeasureWord.DRIFTED, there if partition == DEFAULT else f"partition {partition}: {there}"
    found_partitions = read_partitions(connection.primary)
    if found_partitions is None:
        raise InvalidInput(f"{connection.primary.where}: {UNREADABLE}")
    without = next((name for name in found_partitions if name not in left), "")
    return (MeasureWord.PARTLY, f"partition {without}: no run of ours has brought it in there") if without else None


def switched_on(connection: Connection, closed: Collection[tuple[str, ObjectId]]) -> frozenset[tuple[str, ObjectId]]:
    """Return those of the virtual servers that are closed by the records which the appliance shows as switched on.

    :param closed: each with its admin partition
    :raises TourniquetError: where something cannot be read
    """
    found: set[tuple[str, ObjectId]] = set()
    for partition in sorted({name for name, _object_id in closed}):
        with connection.inside(partition):
            found |= {(partition, one.object_id) for one in read_vservers(connection.primary) if one.enabled}
    return frozenset(found & {*closed})


def _differences(
    left: Mapping[ObjectId, Attributes], there: Mapping[ObjectId, Attributes], features: Mapping[str, bool]
) -> Iterator[str]:
    if any(type_ == POLICY for type_, _key in left) and not features.get(FEATURE):
        yield f"the feature {FEATURE} is off"
    for (type_, key), before in left.items():
        now, noun = there.get((type_, key)), f"{TYPES[type_].noun} {key[0]}"
        if now is None:
            yield f"{noun} is not there any more, and no run of ours has removed it"
        elif type_ == POLICY and is_passing(now) and not is_passing(before):
            yield f"{noun} only counts, and no run of ours has let it"
        elif not TYPES[type_].same(now, before):
            yield f"{noun} is not as our last run left it"
