# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which change records of an appliance are not here."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.awaited_records import (
    FOLDER,
    Awaited,
    AwaitedRecords,
)


def test_records_that_have_not_come_are_named_by_job_and_node(tmp_path: Path) -> None:
    awaited = AwaitedRecords(tmp_path)
    assert (awaited.missing(), awaited.missing_of("gw-1")) == ({}, "")
    awaited.expect(Awaited("r0-3", "utrecht", ("gw-1", "gw-2"), datetime(2026, 12, 1, tzinfo=UTC)))
    said = "the change records and notes of probes of the job r0-3 at utrecht have not come"
    assert awaited.missing() == dict.fromkeys(("gw-1", "gw-2"), said)
    assert (awaited.missing_of("gw-1"), awaited.missing_of("gw-3")) == (said, "")


def test_a_file_that_cannot_be_read_is_no_proof_that_all_are_here(tmp_path: Path) -> None:
    folder = tmp_path / FOLDER
    folder.mkdir(mode=0o700)
    strange = folder / "r0-3.json"
    strange.write_text("{")
    strange.chmod(0o600)
    assert AwaitedRecords(tmp_path).missing_of("gw-1") == (
        f"{strange} cannot be read, so it is not known whether all change records are here"
    )
