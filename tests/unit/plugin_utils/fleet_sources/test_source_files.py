# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files of other programs: what cannot be read, or is too much, is refused by name."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet_sources import (
    console_list,
    csv_file,
    source_files,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InvalidInput, match="pipe is not a file"):
        source_files.read_file(tmp_path / "pipe")


def test_a_folder_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(source_files.os, "scandir", refuse)
    with pytest.raises(InvalidInput, match=f"{tmp_path} cannot be read: Permission denied"):
        source_files.files_below(tmp_path)


def test_more_rows_than_a_fleet_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console_list, "MOST_ROWS", 1)
    monkeypatch.setattr(csv_file, "MOST_LINES", 1)
    with pytest.raises(InvalidInput, match=r"ns\.json: it has more than 1 rows"):
        console_list.appliances_of("ns.json", json.dumps({"ns": [{}, {}]}).encode(), {})
    (tmp_path / "a.csv").write_text("name,address\na,192.0.2.1\nb,192.0.2.2\n")
    with pytest.raises(InvalidInput, match=r"a\.csv:3: there are more than 1 lines"):
        csv_file.read_csv(tmp_path / "a.csv", {})
