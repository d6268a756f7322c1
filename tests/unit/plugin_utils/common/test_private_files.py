# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files of customers' configuration: nobody else may read them, and they are whole or not there."""

from __future__ import annotations

import multiprocessing
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common import private_files
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.private_files import (
    append_privately,
    write_privately,
)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("write", [write_privately, append_privately])
def test_only_the_owner_may_read_whatever_the_umask_allows(tmp_path: Path, write: Any) -> None:
    path = tmp_path / "plans" / "run" / "gw.json"
    before = os.umask(0)
    try:
        write(path, "x")
    finally:
        os.umask(before)
    assert [mode(path), mode(path.parent), mode(path.parents[1])] == [0o600, 0o700, 0o700]


def test_a_directory_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o2775)
    write_privately(shared / "run" / "gw.json", "x")
    assert (mode(shared), mode(shared / "run") & 0o777) == (0o2775, 0o700)


def test_a_file_is_replaced_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "gw.json"
    write_privately(path, "a long text")
    write_privately(path, "short")
    assert path.read_text(encoding="utf-8") == "short"

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(private_files.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_privately(path, "never")
    assert path.read_text(encoding="utf-8") == "short"
    assert list(tmp_path.iterdir()) == [path], "no temporary file is left behind"


def _append_many(path: Path, name: str) -> None:
    for number in range(100):
        append_privately(path, f"{name} {number} " + "x" * 1500)


def test_lines_of_several_processes_never_mix(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=_append_many, args=(path, name)) for name in "abc"]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line]
    assert sorted(lines) == sorted(f"{name} {number} " + "x" * 1500 for name in "abc" for number in range(100))


def test_a_torn_line_takes_no_other_with_it(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    append_privately(path, "one")
    with path.open("ab") as file:
        file.write(b'{"torn": "by a cr')
    append_privately(path, "two")
    append_privately(path, "three")
    assert path.read_text(encoding="utf-8") == 'one\n{"torn": "by a cr\ntwo\nthree\n'


def test_half_a_line_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(private_files.os, "write", lambda descriptor, content: real(descriptor, content[:3]))
    with pytest.raises(OSError, match="No space left"):
        append_privately(tmp_path / "journal", "a whole line")
