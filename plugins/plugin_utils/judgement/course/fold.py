# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Folds runs that say the same: of those in a row only the first and the last are looked at. Pure.

An appliance is verified each day for years, and a run that only looked and found what the run before it found makes no boundary. A run that changed
something, or of which a time, the order or an ancestor is in doubt, is never folded.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

from ...change.records.record_states import Outcome, RecordKind
from .coverage import ADDRESSES, LETS_PAST, MAY_LET_PAST
from .event import Event

_LOOKED = (RecordKind.VERIFY.value, Outcome.APPLIED.value)


def folded(events: Sequence[Event]) -> tuple[Event, ...]:
    """Return the events without those between the first and the last of several in a row that say the same.

    :param events: of one measure and admin partition, or of several: those of others are no events in a row
    """
    last: dict[
        Hashable, tuple[Hashable, int, bool]
    ] = {}  # by what it is about: what was said, where, and that it is not the first to say so
    dropped: set[int] = set()
    for place, event in enumerate(events):
        about, said = _about(event), _said(event)
        before = last.get(about)
        repeats = before is not None and said is not None and before[0] == said
        if repeats and before is not None and before[2]:
            dropped.add(before[1])
        last[about] = (said, place, repeats)
    return tuple(event for place, event in enumerate(events) if place not in dropped)


def _about(event: Event) -> Hashable:
    values = event.record.content.values
    return values["measure"], values.get("partition")


def _said(event: Event) -> Hashable | None:
    """Return all by which a run that only looked could move a boundary; None for another run."""
    values = event.record.content.values
    if (values["kind"], values["outcome"]) != _LOOKED or values["steps"] or event.between or event.missing:
        return None
    builds = values.get("builds") or {}
    beside = values.get("found_beside") or {}
    shown = (tuple(sorted(one.items())) for one in (builds, beside))
    return event.stretch, values.get("build"), *shown, *_proved(values.get("proof"))


def _proved(proof: Mapping[str, Any] | None) -> Iterable[Hashable]:
    if proof is None:
        return (None,)
    asked = proof.get(ADDRESSES) or ()
    in_front = tuple(any(one.get(key) for one in asked) for key in (LETS_PAST, MAY_LET_PAST))
    contradicted = (*proof.get("contradicted", ()), *in_front)
    return "proven" in proof, proof.get("proven"), proof.get("verdict"), bool(proof.get("vips")), contradicted
