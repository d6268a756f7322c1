# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files of a syslog server are searched as bytes, within bounds, and nothing in them is followed."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.alarm import receiver as module
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.alarm.receiver import (
    Receiver,
)

TAG = "tq-alarm-0123456789abcdef"
LINE = f"<132> default RESPONDER Message 1 0 :  tq_x blocked 192.0.2.1 /vpns/?{TAG}".encode()


def found(path: Path, since: float | None = None) -> list[bytes]:
    return Receiver(path).lines_with(TAG, time.time() if since is None else since)


def test_a_file_and_a_folder_of_senders(tmp_path: Path) -> None:
    file = tmp_path / "10.1.0.11" / "local0.log"
    file.parent.mkdir()
    file.write_bytes(b"other\n" + LINE + b"\n\xff\xfe raw\n")
    assert found(file) == found(tmp_path) == [LINE]


def test_an_old_file_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(LINE)
    assert found(tmp_path, time.time() + 3600) == []


def test_links_pipes_and_other_files_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.log").write_bytes(LINE)
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "link.log").symlink_to(outside / "a.log")
    (folder / "loop").symlink_to(folder)
    os.mkfifo(folder / "pipe.log")
    assert found(folder) == []


def test_a_large_file_is_read_from_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST_TAIL", 4096)
    (tmp_path / "a.log").write_bytes(LINE + b"\n" + b"x" * 8192 + b"\n")
    assert found(tmp_path) == []
    (tmp_path / "a.log").write_bytes(b"x" * 8192 + b"\n" + LINE + b"\n")
    assert found(tmp_path) == [LINE]


def test_files_and_bytes_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        (tmp_path / f"{number}.log").write_bytes(LINE)
    assert len(found(tmp_path)) == 5
    monkeypatch.setattr(module, "MOST_BYTES", len(LINE))
    assert len(found(tmp_path)) == 1
    monkeypatch.setattr(module, "MOST_FILES", 0)
    assert found(tmp_path) == []


def test_deep_folders_are_left_out(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["d"] * module.DEEPEST)
    deep.mkdir(parents=True)
    (deep / "a.log").write_bytes(LINE)
    assert found(tmp_path) == []
    (deep.parent / "a.log").write_bytes(LINE)
    assert found(tmp_path) == [LINE]


def test_a_place_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"gw: receiver is .*/none, which cannot be read. .* Nothing was sent"):
        Receiver.of(str(tmp_path / "none"), "gw")


def test_a_receiver_is_a_path_that_can_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Receiver.of(str(tmp_path), "gw") == Receiver(tmp_path)
    with pytest.raises(InvalidInput, match="which cannot be read"):
        Receiver.of(str(tmp_path / "none"), "gw")
    monkeypatch.setattr(module.os, "access", lambda _path, _mode: False)
    with pytest.raises(InvalidInput, match="which cannot be read"):
        Receiver.of(str(tmp_path), "gw")
