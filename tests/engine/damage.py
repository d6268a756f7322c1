# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Damage to what a control node knows of an appliance: its records, the copies on the nodes, their order and their clocks."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.file_limits import DIRECTORY
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.hash_chain import digest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_list import all_records

from tests.stage.memory import Stage


def records(stage: Stage) -> list[ChangeRecord]:
    return all_records(stage.records, stage.name, stage.trust)


def rewrite(record: ChangeRecord, **values: Any) -> ChangeRecord:
    """Write a record with other values, signed again: as a run that wrote these would have left it."""
    record.content = record.content.unsigned().with_values(**values)
    record.write()
    return record


def follow(record: ChangeRecord, *before: ChangeRecord) -> ChangeRecord:
    """Let a record follow others."""
    links = [{"name": one.name, "sha256": digest(one.content.values)} for one in before]
    return rewrite(record, previous=links)


def moved(record: ChangeRecord, by: timedelta) -> ChangeRecord:
    """Let the clock of a run be wrong."""
    began, ended = (datetime.fromisoformat(text) + by for text in (record.started, record.finished or record.started))
    return rewrite(record, started=began.isoformat(timespec="seconds"), finished=ended.isoformat(timespec="seconds"))


def without_copies(stage: Stage, *names: str) -> None:
    """Delete the copies of some runs, or of all, on each node."""
    for node in stage.simulator.fleet.appliances[stage.name].nodes:
        for path in [one for one in node.files if one.startswith(f"{DIRECTORY}/tourniquet_")]:
            if not names or any(name.removesuffix(".json") in path for name in names):
                del node.files[path]
