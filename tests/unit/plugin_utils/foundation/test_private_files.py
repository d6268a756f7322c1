# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files of customers' configuration: nobody else may read them, and they are whole or not there."""

from __future__ import annotations

import getpass
import multiprocessing
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation import private_files
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.private_files import (
    append_privately,
    create_privately,
    make_private_directory,
    open_private,
    read_private_bytes,
    read_privately,
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
    for write, target in ((write_privately, path), (append_privately, path.with_name("journal"))):
        with pytest.raises(OSError, match="No space left") as raised:
            write(target, "never")
        assert raised.value.filename == str(target), "a person reads which file"
    path.with_name("journal").unlink()
    with pytest.raises(OSError, match="No space left") as raised:
        create_privately(path.with_name("new"), b"never")
    assert raised.value.filename == str(path.with_name("new"))
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
    with pytest.raises(OSError, match="No space left") as raised:
        append_privately(tmp_path / "journal", "a whole line")
    assert raised.value.filename == str(tmp_path / "journal")


# -- what somebody else could have written -----------------------------------------------------------------------------


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    path = tmp_path / "ours" / "file"
    write_privately(path, "text")
    return path


def test_what_is_ours_is_read(ours: Path) -> None:
    assert (read_privately(ours), read_private_bytes(ours, secret=True)) == ("text", b"text")
    ours.chmod(0o644)
    assert read_privately(ours) == "text", "others may read it"


@pytest.mark.parametrize(("bits", "fix"), [(0o620, "go-w"), (0o602, "go-w"), (0o666, "go-w"), (0o777, "go-w")])
@pytest.mark.parametrize("use", [read_privately, lambda path: append_privately(path, "x")])
def test_a_file_that_others_may_write_is_refused(ours: Path, bits: int, fix: str, use: Any) -> None:
    ours.chmod(bits)
    with pytest.raises(InvalidInput) as raised:
        use(ours)
    text = str(raised.value)
    assert text.startswith(f"{ours} belongs to ")
    assert f"has the mode {bits:04o}: others may write to it." in text
    assert text.endswith(f"chmod {fix} '{ours}'")
    assert ours.read_text(encoding="utf-8") == "text"


def test_a_secret_that_others_may_read_is_refused(ours: Path) -> None:
    ours.chmod(0o640)
    with pytest.raises(InvalidInput, match=r"has the mode 0640: others may read it\..*chmod go-rwx"):
        read_private_bytes(ours, secret=True)


@pytest.mark.parametrize("use", [read_privately, lambda path: append_privately(path, "x")])
def test_a_link_is_never_followed(ours: Path, use: Any) -> None:
    link = ours.with_name("link")
    link.symlink_to(ours)
    with pytest.raises(InvalidInput, match="link is a link, which is not followed"):
        use(link)
    assert ours.read_text(encoding="utf-8") == "text"


def test_a_link_in_the_place_of_a_new_file_is_replaced_and_not_followed(ours: Path) -> None:
    link = ours.with_name("link")
    link.symlink_to(ours)
    write_privately(link, "new")
    assert (link.is_symlink(), link.read_text(encoding="utf-8")) == (False, "new")
    assert ours.read_text(encoding="utf-8") == "text"


def test_a_pipe_neither_blocks_nor_counts(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InvalidInput, match="pipe is not a regular file"):
        read_privately(tmp_path / "pipe")


@pytest.mark.parametrize("use", [make_private_directory, lambda path: write_privately(path / "file", "x")])
def test_a_directory_that_is_a_link_or_open_to_others_is_refused(tmp_path: Path, use: Any) -> None:
    shared, link = tmp_path / "shared", tmp_path / "link"
    shared.mkdir()
    link.symlink_to(shared)
    with pytest.raises(
        InvalidInput, match=rf"link is a link, which is not followed\. Name the directory itself: {shared}$"
    ):
        use(link)
    shared.chmod(0o770)
    with pytest.raises(InvalidInput) as raised:
        use(shared)
    assert "has the mode 0770: others may write to it" in str(raised.value)
    assert str(raised.value).endswith(f"chmod -R go-w '{shared}'"), "one command, also for what is in it"
    assert list(shared.iterdir()) == []


def test_a_secret_directory_that_others_may_read_is_refused(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o750)
    make_private_directory(shared)
    with pytest.raises(InvalidInput) as raised:
        make_private_directory(shared, secret=True)
    assert "has the mode 0750: others may read it" in str(raised.value)
    assert str(raised.value).endswith(f"chmod -R go-rwx '{shared}'")
    make_private_directory(tmp_path / "own", secret=True)
    assert (tmp_path / "own").stat().st_mode & 0o777 == 0o700


def test_a_directory_that_others_need_is_not_to_be_changed(tmp_path: Path) -> None:
    tmp_path.chmod(0o1777)
    with pytest.raises(InvalidInput) as raised:
        make_private_directory(tmp_path)
    assert "chmod" not in str(raised.value)
    assert str(raised.value).endswith(f"Name a directory of its own, such as '{tmp_path}/tourniquet'.")


def test_what_belongs_to_somebody_else_is_refused(ours: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.fstat(os.open(ours, os.O_RDONLY))
    monkeypatch.setattr(private_files.os, "fstat", lambda _d: os.stat_result((*real[:4], 54321, *real[5:])))
    with pytest.raises(InvalidInput) as raised:
        read_privately(ours)
    text, user = str(raised.value), getpass.getuser()
    assert text.startswith(f"{ours} belongs to 54321 and has the mode 0600: it must belong to {user}")
    assert "root or to root" not in text
    assert text.endswith(f"chown -R {user} '{ours}'")


def test_what_belongs_to_root_is_used(ours: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.fstat(os.open(ours, os.O_RDONLY))
    monkeypatch.setattr(private_files.os, "getuid", lambda: 54321)
    monkeypatch.setattr(private_files.os, "fstat", lambda _d: os.stat_result((*real[:4], 0, *real[5:])))
    assert read_privately(ours) == "text"


def test_an_exclusive_file_is_created_once_and_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    assert create_privately(path, b"first")
    assert not create_privately(path, b"second")
    assert (path.read_bytes(), mode(path), mode(path.parent)) == (b"first", 0o600, 0o700)
    assert list(path.parent.iterdir()) == [path]
    with pytest.raises(FileExistsError):
        open_private(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
