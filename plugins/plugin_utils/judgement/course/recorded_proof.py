# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a run of any kind proved, by its record alone: of a measure, of a closing, or of the management addresses. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...change.records.record_content import RecordContent
from ...change.records.record_states import RecordKind
from .coverage import ADDRESSES, LETS_PAST, MAY_LET_PAST, Coverage
from .run import is_proven_by, proves_closing

_NOT_NAMED = "a policy of others is in front of ours, which the record does not name"


def proves_what_it_left(record: RecordContent) -> bool:
    """Return True if a run proved that attacks are stopped, that what it closed answers no longer, or that each management address is covered."""
    if record.kind is RecordKind.NODE_LOCAL or addresses_of(record):
        return worst_address(record) == Coverage.COVERED
    return proves_closing(record) if record.kind is RecordKind.LOCKDOWN else is_proven_by(record)


def addresses_of(record: RecordContent) -> dict[str, Mapping[str, Any]]:
    """Return by node what its management address showed in a run; a node that was not looked at has nothing."""
    seen = {str(one["node"]): one for one in (record.values.get("proof") or {}).get(ADDRESSES) or ()}
    return {node: seen.get(node, {}) for node in dict.fromkeys((*record.nodes, *seen))} if seen else {}


def worst_address(record: RecordContent) -> str:
    """Return the worst state of the management addresses; "" where none was looked at."""
    states = [coverage_of(one) for one in addresses_of(record).values()]
    return str(min(states, key=[*Coverage].index)) if states else ""


def let_past_by(record: RecordContent) -> str:
    """Return which policy of others a run on the management addresses has found that leads attacks past ours, at the virtual servers too; "" for none."""
    return _found_in_front(record, LETS_PAST)


def may_let_past_by(record: RecordContent) -> str:
    """Return which policy of others such a run has found that leads requests into a label, so that nothing is proven behind it; "" for none."""
    return _found_in_front(record, MAY_LET_PAST)


def _found_in_front(record: RecordContent, key: str) -> str:
    return next((str(one.get("reason") or _NOT_NAMED) for one in addresses_of(record).values() if one.get(key)), "")


def coverage_of(address: Mapping[str, Any]) -> Coverage:
    """Return the state of an address; UNKNOWN for a word that this version does not know."""
    return next((one for one in Coverage if one == address.get("state")), Coverage.UNKNOWN)
