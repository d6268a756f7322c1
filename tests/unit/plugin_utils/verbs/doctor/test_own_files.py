# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The directory of the records, the key, and the list of allowed signers."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.own_signer import add_own_line
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.signing_key import signing_key
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.check_result import Severity
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.own_files import own_file_findings


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path, Path]:
    return tmp_path / "records", tmp_path / "state" / "record_key", tmp_path / "allowed_signers"


def severities(places: tuple[Path, Path, Path]) -> list[tuple[str, Severity]]:
    return [(finding.check, finding.severity) for finding in own_file_findings(*places)]


def test_what_is_not_there_yet_is_made_by_the_first_run(places: tuple[Path, Path, Path]) -> None:
    assert severities(places) == [("records", Severity.OK), ("key", Severity.OK)]
    assert not any(path.exists() for path in places), "nothing was made"


def test_a_directory_that_others_may_write_to_is_an_error_with_its_chmod(places: tuple[Path, Path, Path]) -> None:
    places[0].mkdir()
    places[0].chmod(0o777)
    finding = own_file_findings(*places)[0]
    assert finding.severity is Severity.ERROR
    assert "others may write to it" in finding.what
    assert f"chmod -R go-w '{places[0]}'" in finding.fix


def test_a_link_is_an_error(places: tuple[Path, Path, Path], tmp_path: Path) -> None:
    places[0].symlink_to(tmp_path)
    assert severities(places)[0] == ("records", Severity.ERROR)


def test_a_directory_that_cannot_be_made_is_an_error(
    places: tuple[Path, Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda path, _mode: Path(path) != tmp_path)  # root may write everywhere
    finding = own_file_findings(*places)[0]
    assert (finding.severity, finding.what) == (
        Severity.ERROR,
        f"{places[0]} cannot be made: {tmp_path} is not writable",
    )


@pytest.mark.parametrize("is_made", [False, True])
@pytest.mark.parametrize(
    ("values", "room"),
    [
        ({"f_bavail": 12, "f_favail": 9}, "49,152 bytes"),
        ({"f_bavail": 0, "f_favail": 9}, "0 bytes"),
        ({"f_bavail": 1_000_000, "f_favail": 0}, "no further file"),
    ],
)
def test_a_full_disk_is_an_error(
    places: tuple[Path, Path, Path],
    monkeypatch: pytest.MonkeyPatch,
    is_made: bool,
    values: dict[str, int],
    room: str,
) -> None:
    """Without a record nothing is sent, so each run that changes something would be refused."""
    if is_made:
        places[0].mkdir(mode=0o700)
    monkeypatch.setattr(os, "statvfs", lambda _path: SimpleNamespace(f_frsize=4096, f_files=100, **values))
    finding = own_file_findings(*places)[0]
    where = places[0] if is_made else places[0].parent
    assert (finding.severity, finding.what) == (Severity.ERROR, f"the file system of {where} has room for {room}")
    assert finding.fix.startswith("make room there")


def test_a_file_system_that_counts_no_files_has_room_for_them(
    places: tuple[Path, Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = SimpleNamespace(f_frsize=4096, f_files=0, f_favail=0, f_bavail=1_000_000)
    monkeypatch.setattr(os, "statvfs", lambda _path: found)
    assert severities(places)[0] == ("records", Severity.OK)


def test_a_key_that_others_may_read_is_an_error(places: tuple[Path, Path, Path]) -> None:
    signing_key(places[1])
    places[1].chmod(0o644)
    finding = own_file_findings(*places)[1]
    assert finding.severity is Severity.ERROR
    assert f"chmod go-rwx '{places[1]}'" in finding.fix


def test_a_list_without_our_key_is_a_note_with_the_playbook(places: tuple[Path, Path, Path]) -> None:
    signing_key(places[1])
    assert severities(places)[2] == ("allowed signers", Severity.OK), "no list is needed"
    places[2].write_text("# empty\n")
    note = own_file_findings(*places)[2]
    assert (note.severity, note.fix) == (Severity.NOTE, "put it there: playbooks/signer.yml")
    add_own_line(places[1], places[2], "night@control-1")
    assert severities(places)[2] == ("allowed signers", Severity.OK)
