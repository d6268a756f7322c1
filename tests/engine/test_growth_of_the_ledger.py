# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The ledger of an appliance grows with its changes and not with its years: a thousand runs cost it at most ten times what ten do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records import parsed_records
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.hash_chain import digest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure.ledger_row import LedgerRow
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure_reads.ledger_reading import (
    LedgerReader,
)

from tests.calls import counted
from tests.engine import control_nodes
from tests.engine.records import records_of
from tests.engine.told import ENTRIES
from tests.stage.memory import CATALOGUE, MITIGATION, Stage

BOX = control_nodes.BOX
FEW, MANY = 10, 1000


def verified(stage: Stage, runs: int) -> None:
    """Have as many runs in all: each but the first is a verify that proved what the first had brought in, a day later."""
    known = records_of(stage.records, stage.name, MITIGATION.id)
    last, proof = known[-1], next(one.content.values["proof"] for one in known if one.proof is not None)
    at = datetime.fromisoformat(last.started)
    for number in range(len(known), runs):
        at = at - timedelta(minutes=1) if at > datetime.now(UTC) else at
        moment = at.isoformat(timespec="seconds")
        path = last.path.with_name(f"{at:%Y%m%dT%H%M%S}.{number:06d}Z-again.json")
        content = last.content.with_values(
            kind="verify", steps=[], started=moment, finished=moment, outcome="applied", proof=proof, run="again", copies=[],
            previous=[{"name": last.name, "sha256": digest(last.content.values)}],
        )  # fmt: skip
        last = ChangeRecord(path, content, trust=stage.trust)
        last.write()


def read(stage: Stage) -> tuple[int, tuple[LedgerRow, ...]]:
    """Return the calls of reading the ledger in a process that has read nothing before, and its rows."""
    parsed_records._kept = parsed_records.Kept()
    reader = LedgerReader(stage.appliance, ENTRIES, stage.records, stage.trust, catalogue=CATALOGUE.parent)
    with Connection(stage.appliance) as connection, counted() as found:
        rows = reader.read(connection)
    return found.calls, rows


def test_a_thousand_runs_cost_the_ledger_at_most_ten_times_what_ten_do(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    stage.apply()
    verified(stage, FEW)
    read(stage)
    few, before = read(stage)
    verified(stage, MANY)
    many, after = read(stage)
    assert many <= 10 * few
    (one, other) = (next(row for row in rows if row.entry == MITIGATION.id) for rows in (before, after))
    assert (one.mitigated, one.proven, one.measure.word, one.course) == (
        other.mitigated,
        other.proven,
        other.measure.word,
        other.course,
    )
