# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The layout of a compiled set in policy data sets, each within the limit of entries.

A set of 10,000 ranges needs several data sets. The range alone decides in which one it is, so that a refresh changes only what differs,
as long as the number of data sets stays the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .....appliance.objects.ownership import SEPARATOR, Owner
from .....appliance.objects.resource_types import Attributes
from ...country_data.address_ranges import Span, Spans, intersect, merge, text
from ...country_data.compiled import Compiled
from ..rules import RULE_LIMIT, rules

ENTRY_LIMIT = 5000  # of one data set: product documentation 13.0 and 13.1, NITRO error 2900
FILL = 0.8  # of the limit, when the parts are laid out anew: room for refreshes
GENERATIONS = ("a", "b")


@dataclass(frozen=True)
class DataSet:
    """One data set. No two of them hold the same address.

    :ivar name: of the policydataset
    :ivar version: the family, 4 or 6
    """

    name: str
    version: int
    spans: Spans

    @property
    def dataset(self) -> Attributes:
        """Return the policydataset without its comment."""
        return {"name": self.name, "type": f"ipv{self.version}"}

    @property
    def bindings(self) -> list[Attributes]:
        """Return the policydataset_value_bindings, in order."""
        return [binding(self.name, self.version, span) for span in self.spans]


def binding(name: str, version: int, span: Span) -> Attributes:
    """Return an entry as a range, never as a subnet: one build refused those (terraform-provider-citrixadc issue 570), and ranges are fewer."""
    first, last = span
    entry: Attributes = {"name": name, "value": text(version, first)}
    return entry if first == last else {**entry, "endrange": text(version, last)}


def sets_needed(entries: int, *, limit: int = ENTRY_LIMIT, now: int = 0) -> int:
    """Return how many data sets a family needs.

    :param now: how many there are. The number stays while it is enough and not far too large, since another number moves all entries
    """
    needed = -(-entries // int(limit * FILL)) if entries else 0
    tight = -(-entries // int(limit * 0.95))
    return now if now and tight <= now <= 2 * needed else needed


def parts(
    owner: Owner, compiled: Compiled, version: int, *, generation: str, limit: int = ENTRY_LIMIT, now: int = 0
) -> tuple[DataSet, ...]:
    """Return the data sets of one family, with stable names: ``tq_geoblock__a_v4_1``.

    :param generation: "a" or "b"; a new one is built beside the old one if the number of data sets changes
    :param now: how many data sets there are on the appliance in that generation, 0 for none
    """
    spans = compiled.spans[version]
    number = sets_needed(len(spans), limit=limit, now=now)
    while True:
        buckets: list[list[Span]] = [[] for _unused in range(number)]
        for span in spans:
            buckets[_bucket(version, span, number)].append(span)
        if all(len(bucket) <= limit for bucket in buckets):
            break
        number += 1  # hashing fills the parts unevenly
    return tuple(
        DataSet(set_name(owner, version, generation, place), version, tuple(bucket))
        for place, bucket in enumerate(buckets, 1)
    )


def set_name(owner: Owner, version: int, generation: str, number: int) -> str:
    return f"{owner.name}{SEPARATOR}{generation}_v{version}_{number}"


def _bucket(version: int, span: Span, number: int) -> int:
    """Return the data set of a range, by its first address alone: a range that grows at its end stays where it is."""
    digest = hashlib.blake2b(f"{version} {span[0]}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % number


def bridge_name(owner: Owner, version: int) -> str:
    """Return the name of the bridge: the data set for entries while they change (Refresh)."""
    return f"{owner.name}{SEPARATOR}bridge_v{version}"


def dataset_rules(
    compiled: Compiled, found: Iterable[DataSet], bridges: Iterable[str] = (), *, limit: int = RULE_LIMIT
) -> tuple[str, ...]:
    """Return the rules that are true for a client which is blocked, over the data sets of both families (rules.rules).

    They have the typed form, as the vendor writes it for data sets: CLIENT.IP.SRC.EQUALS_ANY("name").

    :param bridges: names of further data sets that the rules use
    """
    names = [*(part.name for part in found if part.spans), *bridges]
    return rules((f'CLIENT.IP.SRC.EQUALS_ANY("{name}")' for name in names), allows=compiled.allows, limit=limit)


@dataclass(frozen=True)
class Refresh:
    """The change of one data set.

    An entry may not overlap another one of its set (product documentation), so a range that changes is unbound before it is bound again.
    Meanwhile the addresses of it that stay are in a bridge: a data set that the rule uses too.

    :ivar bridge: the addresses of the removed ranges that are in the new entries too: bind them before, remove them after
    :ivar remove: entries to unbind, with their endrange
    :ivar add: entries to bind
    """

    name: str
    version: int
    bridge: Spans
    remove: Spans
    add: Spans

    @property
    def removals(self) -> list[Attributes]:
        return [binding(self.name, self.version, span) for span in self.remove]


def refresh(there: Mapping[str, Spans], wanted: Iterable[DataSet]) -> list[Refresh]:
    """Return the change of each data set; sets without a change are left out.

    :param there: the spans that each data set holds now, as read back from the appliance
    """
    wanted = list(wanted)
    future = {version: merge(s for part in wanted if part.version == version for s in part.spans) for version in (4, 6)}
    found = []
    for part in wanted:
        old, new = set(there.get(part.name, ())), set(part.spans)
        if old != new:
            removed = tuple(sorted(old - new))
            lasting = intersect(merge(removed), future[part.version])
            found.append(Refresh(part.name, part.version, lasting, removed, tuple(sorted(new - old))))
    return found
