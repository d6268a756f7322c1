# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The record of a new run: written before the first write to the appliance, and linked to the records before it."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ...appliance.objects.steps import Step
from ...catalogue.record_trust import RecordTrust
from ...foundation.errors import TourniquetError
from .change_record import ChangeRecord
from .control_node_lock import ControlNodeLock
from .hash_chain import links_to, looked
from .record_checks import FORMAT
from .record_content import RecordContent, recorded_step
from .record_list import all_records
from .record_states import Outcome
from .records_folder import current_operator, directory_id, make_folder, not_writable, safe_name

LONGEST_RUN = 18  # so that the name of a copy on an appliance stays within NITRO's 63 characters


def start_record(
    directory: Path,
    host: str,
    steps: Sequence[Step],
    facts: Mapping[str, Any],
    *,
    ending: Mapping[str, Any] | None = None,
    trust: RecordTrust | None = None,
) -> ChangeRecord:
    """Write the record of a run that is about to begin, while no other run of this control node is at work.

    :param facts: JSON values: measure, version, kind, reason, ticket, run, build, seal ...
    :param ending: outcome, saved and proof of a run that is over; another run may be at work then, and is not followed
    :param trust: the key that signs the record, and whose signatures count; None for our own key alone
    :raises InvalidInput: where the directory cannot be written to, a record in it cannot be read, or a fact is not valid
    """
    trust = trust or RecordTrust()
    folder = make_folder(directory, host)
    path, now = _unused_path(folder, safe_name(str(facts.get("run", "run")))[:LONGEST_RUN])
    values = {
        "format": FORMAT,
        "host": host,
        **facts,
        "who": {**current_operator(), "records": directory_id(directory, host)},
        "started": now.isoformat(timespec="seconds"),
        "finished": None,
        "outcome": Outcome.OPEN.value,
        "saved": False,
        "steps": [recorded_step(step) for step in steps],
        "proof": None,
        **_links(directory, host, trust, only_ended=ending is not None),
    }
    if ending is not None:
        values |= {**ending, "finished": now.isoformat(timespec="seconds")}
    record = ChangeRecord(path, RecordContent.from_json(values, where=f"{host}: the new change record"), trust=trust)
    try:
        record.write(compact=ending is None)
    except OSError as error:
        raise not_writable(host, folder, error) from error
    return record


def _links(directory: Path, host: str, trust: RecordTrust, *, only_ended: bool) -> dict[str, Any]:
    """Return the links to the records that a new one follows, and which of these only looked.

    :param only_ended: without the record of a run that may be at work, which would change it: one of this control node has died where nothing works here
    """
    records = all_records(directory, host, trust)
    left_out: set[str] = set()
    if only_ended and any(record.outcome is Outcome.OPEN for record in records):
        with contextlib.ExitStack() as stack:
            is_idle = _holds_lock(stack, directory, host)
            records = all_records(directory, host, trust)
            open_ones = (record for record in records if record.outcome is Outcome.OPEN)
            left_out = {one.name for one in open_ones if not is_idle or one.is_fetched}
    known = {record.name: record.content.values for record in records if record.name not in left_out}
    links = links_to(known)
    trusted = {
        record.name: known[record.name] for record in records if record.name in known and record.provenance.is_trusted
    }
    found = looked(trusted, (link["name"] for link in links))
    return {"previous": links, **({"looked": found} if found else {})}


def _holds_lock(stack: contextlib.ExitStack, directory: Path, host: str) -> bool:
    """Return True if no run of this control node works on an appliance, and none begins until a stack is closed."""
    try:
        stack.enter_context(ControlNodeLock(directory, host))
    except TourniquetError:
        return False
    return True


def _unused_path(folder: Path, run: str) -> tuple[Path, datetime]:
    """Return a path that no record has, and the time in it: after a clock was set back, the same moment can come again."""
    now = datetime.now(UTC)
    while (path := folder / f"{now:%Y%m%dT%H%M%S.%fZ}-{run}.json").exists():
        now += timedelta(microseconds=1)
    return path, now
