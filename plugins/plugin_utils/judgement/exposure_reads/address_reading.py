# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the records show of the management addresses of one appliance, for a verb that asks it for nothing more than its nodes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from ...appliance.nitro.appliance import Appliance
from ...appliance.nitro.connection import Node
from ...catalogue.entry_file import load_entry
from ...catalogue.mitigation import URL_ENTRY
from ...catalogue.record_trust import RecordTrust
from ...change.records.change_record import ChangeRecord
from ...change.records.fetched_records import with_fetched
from ..course.coverage import MANAGEMENT
from ..course.interval import begun, unprotected
from ..course.node_track import has_half
from ..course.record_events import History
from ..course.sourced_date import Confidence, Dated
from ..course.today import Today
from ..exposure.ledger_row import LedgerRow
from ..exposure.reopen_answer import open_addresses
from .ledger_reading import LedgerReader

BY_RECORDS = "by the records alone, since an audit reads no configuration"
"""What is said of a rule of ours that may be otherwise by now."""


def address_texts(
    appliance: Appliance,
    catalogue: Path,
    records: Path,
    trust: RecordTrust,
    nodes: list[Node],
    copied: Iterable[ChangeRecord] = (),
    problem: str = "",
) -> Iterator[str]:
    """Yield for each weakness that a run of ours was about and that is reached at management addresses too which of them are not protected.

    :param nodes: as they were read; empty where the appliance was not
    :param copied: the trusted records that only the nodes have, or of which they have the end
    :raises InvalidInput: where an entry or a record cannot be read
    """
    builds = {str(node.address): node.build for node in nodes}
    today = Today(
        datetime.now(UTC),
        builds,
        start_up={str(node.address): node.start_up_lines for node in nodes},
        problem="" if nodes else problem,
    )
    reader = LedgerReader(appliance, (), records, trust, catalogue=catalogue)
    history = History.of(with_fetched(reader.own_records(), copied), today.at)
    measures = [one for one in history.by_measure if (catalogue / one / "mitigation.yml").is_file()]
    asked = [entry for one in measures if has_half(entry := load_entry(catalogue / one))]
    if not asked:
        return
    weak = [load_entry(catalogue / URL_ENTRY)] if (catalogue / URL_ENTRY).is_dir() else []
    reader = LedgerReader(appliance, (*asked, *weak), records, trust, catalogue=catalogue)
    rows = {row.entry: row for row in reader.rows(today, history)}
    yield from (text for entry in asked if (text := _text(rows.get(entry.id))))


def _text(row: LedgerRow | None) -> str:
    nodes = open_addresses(row) if row is not None else ()
    if row is None or not nodes:
        return ""
    now, names = row.management[-1], ", ".join(node.rpartition(":")[0] for node in nodes)
    since = begun(row.management)
    longer = unprotected(row.management)
    earlier = "" if longer.text == since.text else f", and not proven protected since {_dated(longer)}"
    ours = f"; {BY_RECORDS}" if row.measure.is_there and now.reason == row.measure.reason else ""
    return f"{MANAGEMENT}{names}: {now.state} since {_dated(since)}{earlier}: {now.reason}{ours} ({row.entry})"


def _dated(moment: Dated) -> str:
    return f"{moment.text}{' (assumed)' if moment.confidence is Confidence.ASSUMED else ''}"
