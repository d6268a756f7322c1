# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the change records and the notes on this control node say of us on an appliance, its own and those that were brought of others. Reads files only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from ...appliance.nitro.names import DEFAULT
from ...appliance.objects.resource_types import POLICY_TYPES
from ...catalogue.counted_requests import CountedRequests
from ...catalogue.record_trust import RecordTrust
from ...change.records.change_record import ChangeRecord
from ...change.records.record_list import all_records
from ...change.records.record_states import RecordKind
from ...change.records.sent_probes import (
    SentProbes,
    notes_of_others,
    probes_of_others,
    request_key,
    sent_probes,
)
from ...foundation.errors import InvalidInput
from .ourselves import Ourselves
from .own_hits import counted_by
from .own_runs import OwnProbes, OwnRun, OwnShell

_BY_US = ("blocked by us", "blocked by another measure of ours")
"""The signs of probes that a policy of ours has answered, as records have them."""


def read_ourselves(
    directory: Path,
    appliance: str,
    trust: RecordTrust,
    users: Iterable[str] = (),
    sources: Iterable[str] = (),
    named: Iterable[str] = (),
) -> Ourselves:
    """Return what of an appliance is ours, by the change records of this control node and the probes that it and others have noted.

    :param sources: the addresses of this machine
    :param named: those that a person has named, of this control node and of others
    :raises InvalidInput: where a record or the notes cannot be read
    """
    records = [record for record in all_records(directory, appliance, trust) if record.provenance.is_trusted]
    own, others = sent_probes(directory, appliance), notes_of_others(directory, appliance)
    theirs = frozenset(named)
    every = theirs.union(sources)
    noted = [(node, one) for node, notes in {"": own, **others}.items() for one in notes]
    runs = tuple(sorted(map(_run, records), key=lambda run: (run.began, run.record)))
    return Ourselves(
        appliance,
        runs,
        frozenset(users),
        every,
        trust,
        probes=tuple(
            OwnProbes(_noted(one, node), theirs if node else every, writes=one.writes and not node)
            for node, one in noted
            if not one.shell and not one.is_reading
        ),
        shells=tuple(OwnShell(_noted(one, node), one.shell) for node, one in noted if one.shell),
        counted=(*counted_by(records, [one for _node, one in noted]),),
        removed=_removed(records),
        others=tuple(sorted({*others, *filter(None, (run.control_node for run in runs))})),
    )


def read_counted(
    directory: Path, appliance: str, trust: RecordTrust, more: Iterable[CountedRequests] = ()
) -> Ourselves:
    """Return what is ours in hit counters, and nothing else: an appliance with years of records has many runs, of which these alone are asked.

    :param more: requests that are noted elsewhere, such as those of the tests of the alarm
    :raises InvalidInput: where a record or the notes cannot be read
    """
    records = [record for record in all_records(directory, appliance, trust) if record.provenance.is_trusted]
    noted = (*sent_probes(directory, appliance), *probes_of_others(directory, appliance))
    return Ourselves(appliance, counted=(*counted_by(records, noted), *more))


def _noted(one: SentProbes, control_node: str) -> OwnRun:
    measure = "shell" if one.shell else "probes"
    return OwnRun(one.run, "", one.began, one.ended, measure, sent=one.sent, control_node=control_node)


def _run(record: ChangeRecord) -> OwnRun:
    return OwnRun(
        id=record.run,
        record=record.name,
        began=datetime.fromisoformat(record.started),
        ended=datetime.fromisoformat(record.finished) if record.finished else None,
        measure=record.measure,
        objects=_objects(record),
        copies=record.copies,
        sent={}
        if record.kind is RecordKind.VERIFY
        else _sent(record.content.values.get("proof")),  # a verify has a note
        control_node=record.provenance.signer,
    )


def _sent(proof: Any) -> dict[str, int]:
    """Return the probes that the proof of a record lists and no policy of ours has answered: the others reach no web server and no log of it."""
    proof = proof if isinstance(proof, dict) else {}
    vips = [one for part in ("before", "after", "controls") for one in _list(proof.get(part)) if isinstance(one, dict)]
    asked = [one for vip in vips for one in (*_list(vip.get("attacks")), *_list(vip.get("controls")))]
    texts = [str(one.get("request")) for one in asked if isinstance(one, dict) and one.get("sign") not in _BY_US]
    return dict(Counter(request_key(*f"{text} ".split(" ")[:2]) for text in texts))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _objects(record: ChangeRecord) -> tuple[str, ...]:
    try:
        return tuple(dict.fromkeys(" ".join((step.type, *step.key)) for step in record.touched))
    except InvalidInput:  # a step of a type that this version does not know
        return ()


def _removed(records: Iterable[ChangeRecord]) -> Mapping[str, str]:
    """Return by policy the run that removed it, in words, where no later run has brought it in again.

    :param records: of all measures, in the order of their chain; an alarm is tested in the default partition alone
    """
    found: dict[str, str] = {}
    for record in (one for one in records if one.partition == DEFAULT):
        for name, is_gone in _policies(record):
            found.pop(name, None)
            if is_gone:
                found[name] = f"our {record.kind} {record.name.removesuffix('.json')} removed it"
    return found


def _policies(record: ChangeRecord) -> list[tuple[str, bool]]:
    """Return the policies that a run has touched, and whether it removed them."""
    try:
        return [(step.key[0], step.after is None) for step in record.touched if step.type in POLICY_TYPES]
    except InvalidInput:  # a step of a type that this version does not know
        return []
