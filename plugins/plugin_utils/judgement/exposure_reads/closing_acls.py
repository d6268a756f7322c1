# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Do the ACLs of a step of closing still drop packets to one virtual server? Each ACL of ours is for one address. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...appliance.nitro.rows import whole
from ...appliance.nitro.session import Row
from ...appliance.objects import dataset_entries
from ...appliance.objects.resource_types import TYPES, Attributes, ObjectId
from ...appliance.objects.virtual_servers import Vserver
from ...change.planning.state_reader import is_applied, is_enabled
from ...measures.geoblock.country_data.address_ranges import Spans, merge, parse_network
from ...measures.geoblock.methods.acls.order import (
    BESIDE_ADDRESSES,
    AclRule,
    is_in,
    narrowing,
    own_rule,
    passed_by,
    rule_of,
)
from .left_closing import ACLS, ENTRIES, Objects

VERSIONS = {"nsacl": 4, "nsacl6": 6}
_CHOSEN_BY_CLIENTS = ("srcport", "srcportval")
_OF_THE_PORT = ("destport", "destportval")
_OF_THE_PROTOCOL = ("protocol", "protocolnumber")
_TCP = ("TCP", "6")
PENDING = "a run of ours has removed one and not applied that, so it is not known whether that one filters"
Found = tuple[str, bool]
"""A reason, and True if it is sure that packets get through."""


@dataclass(frozen=True)
class ClosingAcls:
    """The ACLs of a step, and all that a node has.

    :ivar left: ours, as our runs left them
    :ivar sets: the entries of the data sets that they name, likewise
    :ivar rows: by type, those of the node
    :ivar pending: the types of which our runs have left removals that are not applied: what is removed filters until then
    """

    left: Objects
    sets: Objects
    rows: Mapping[str, Sequence[Row]]
    pending: Collection[str] = ()

    def about(self, vserver: Vserver) -> Objects:
        """Return those whose destination is the address of a virtual server."""
        version, span = parse_network(vserver.address)
        return {
            id_: own
            for id_, own in self.left.items()
            if VERSIONS[id_[0]] == version and is_in(self._rule(id_, own).destinations, span[0])
        }

    def why_open(self, vserver: Vserver) -> Iterator[Found]:
        """Yield why packets to a virtual server get through that ours are to drop.

        :param vserver: as the node has it
        """
        about = self.about(vserver)
        ours = [self._rule(id_, own) for id_, own in about.items()]
        if not any(rule.denies for rule in ours):
            why = f"no ACL of ours is for its address, {vserver.address}"
            yield (f"{why}; {PENDING}", False) if self.pending else (why, True)
        for id_, own in about.items():
            yield from self._changed(id_, own)
        for type_ in ACLS:
            others = [row for row in self.rows.get(type_, ()) if (type_, (_name(type_, row),)) not in self.left]
            for row in (one for one in others if is_enabled(one) and is_applied(one)):
                rule = rule_of(row, VERSIONS[type_])
                of_type = [one for id_, one in zip(about, ours, strict=True) if id_[0] == type_]
                through = _lets_through(row, vserver.port)
                if through is not False and passed_by(of_type, [rule]):
                    text = f"{TYPES[type_].noun} {rule.name} of somebody else (priority {rule.priority})"
                    yield f"{text} lets packets through before ours drop them", through is True

    def _changed(self, object_id: ObjectId, own: Attributes) -> Iterator[Found]:
        """Yield why one of ours does not what it did. An ALLOW that is gone lets nobody through."""
        type_ = TYPES[object_id[0]]
        row = next(
            (one for one in self.rows.get(object_id[0], ()) if _name(object_id[0], one) == object_id[1][0]), None
        )
        denies, noun = self._rule(object_id, own).denies, f"{type_.noun} {object_id[1][0]}"
        if row is None or (not denies and not is_enabled(row)):
            is_pending = object_id[0] in self.pending
            why = f"{noun} is not there" + (f"; {PENDING}" if is_pending else "")
            yield from [(why, not is_pending)] if denies else []
        elif not type_.same(type_.canonical(row), own) or narrowing(row, BESIDE_ADDRESSES):
            yield f"{noun} is not as our last run left it", True
        elif not is_applied(row):
            yield f"{noun} is edited and not applied, so it is not known whether it filters", False

    def _rule(self, object_id: ObjectId, own: Attributes) -> AclRule:
        return own_rule(object_id[1][0], own, VERSIONS[object_id[0]], _spans_by_set(self.sets))


def _spans_by_set(sets: Objects) -> dict[str, Spans]:
    found: dict[str, Spans] = {}
    for (type_, key), attributes in sets.items():
        if type_ == ENTRIES[0]:
            entries = dataset_entries.split(attributes.get(TYPES[type_].holds))
            found[key[0]] = merge(parse_network(entry)[1] for entry in entries)
    return found


def _name(type_: str, row: Row) -> str:
    return str(row.get(TYPES[type_].key[0]))


def _lets_through(row: Row, port: int) -> bool | None:
    """Return True if an ALLOW lets new connections to a TCP port through from the sources that it names, False if it lets none through, None if that is not
    known.
    """
    lowered = {str(name).lower(): str(value) for name, value in row.items()}
    protocol = next((lowered[name].upper() for name in _OF_THE_PROTOCOL if name in narrowing(row, (name,))), _TCP[0])
    if protocol not in _TCP or narrowing(row, ("established",)):
        return False
    if narrowing(row, _OF_THE_PORT) and not _has_port(
        lowered.get("destportval", ""), port, lowered.get("destportop", "=")
    ):
        return False
    known = (*_CHOSEN_BY_CLIENTS, *_OF_THE_PORT, *_OF_THE_PROTOCOL)
    return None if set(narrowing(row)) - {*known} else True


def _has_port(text: str, port: int, operator: str) -> bool:
    """Return True if a port, or a range of ports, has one; True where it cannot be read."""
    first, last = (whole(one) for one in (text.partition("-")[0], text.rpartition("-")[2]))
    if first is None or last is None:
        return True
    return (first <= port <= last) is not (operator in ("!=", "NEQ"))
