# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Without a record on the disk no run begins."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records import change_record
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.new_record import start_record
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

FACTS: dict[str, Any] = {
    "measure": "cve_x",
    "version": 1,
    "kind": "apply",
    "run": "r1",
    "partition": "default",
    "build": "13.0 47.22",
}


def test_a_record_that_cannot_be_written_stops_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(change_record, "write_privately", full)
    with pytest.raises(
        InvalidInput,
        match=r"^box: the change record cannot be written to .* \(No space left on device\), so nothing was",
    ):
        start_record(tmp_path, "box", (), FACTS)
    assert list((tmp_path / "box").glob("*.json")) == []


def test_a_directory_that_cannot_be_made_stops_the_run(tmp_path: Path) -> None:
    (tmp_path / "records").write_text("a file")
    with pytest.raises(InvalidInput, match=r"box: the change record cannot be written to .*/records/box \("):
        start_record(tmp_path / "records", "box", (), FACTS)
