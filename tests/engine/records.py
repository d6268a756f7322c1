# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The records of one measure as they are on the disk. The engine takes its records from ``usable_records``, which leaves some out."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_list import all_records


def records_of(
    directory: Path, host: str, measure: str, partition: str | None = None, trust: RecordTrust | None = None
) -> list[ChangeRecord]:
    """Return the records of a measure on an appliance, in the order of the chain.

    :param partition: only those of this admin partition; None for those of all
    :param trust: whose signatures count; None for those of this control node
    """
    return [
        record
        for record in all_records(directory, host, trust)
        if record.measure == measure and partition in (None, record.partition)
    ]
