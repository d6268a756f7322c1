# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The directory of an appliance's records: each name has its own, and what an earlier version made is still found."""

from __future__ import annotations

import json
import os
import pwd
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_list import all_records
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.records_folder import (
    account_user,
    existing_folder,
    folder_of,
    make_folder,
    unique_name,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

ALIKE = ("gw_a", "gw a", "gw/a", "gw:a", "gw\u00e4", ".gw_a", "..", ".", "_", "gw-a", "gw-A")


def record(folder: Path, text: str) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / "20200115T020000.000000Z-run.json"
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


def test_no_two_names_have_the_same_directory(tmp_path: Path) -> None:
    for first, second in combinations(ALIKE, 2):
        assert folder_of(tmp_path, first) != folder_of(tmp_path, second), (first, second)
    for name in ALIKE:
        folder = make_folder(tmp_path, name)
        assert folder.parent == tmp_path
        assert folder_of(tmp_path, name) == folder


def test_a_name_that_is_a_file_name_is_used_as_it_is() -> None:
    for name in ("gw-a", "gw.conf", "10.1.0.11", "gw_A-7"):
        assert unique_name(name) == name


def test_records_of_an_earlier_version_are_found_by_the_host_that_they_name(tmp_path: Path) -> None:
    old = tmp_path / "gw_a"
    record(old, json.dumps({"host": "gw a"}))
    assert folder_of(tmp_path, "gw a") == old
    assert folder_of(tmp_path, "gw/a") == tmp_path / unique_name("gw/a")
    (tmp_path / unique_name("gw a")).mkdir()
    assert folder_of(tmp_path, "gw a") == tmp_path / unique_name("gw a")


def test_a_file_that_is_no_record_claims_no_directory(tmp_path: Path) -> None:
    for text in ("", "[]", '{"host": ["gw a"]}', "{"):
        record(tmp_path / "gw_a", text)
        assert folder_of(tmp_path, "gw a") == tmp_path / unique_name("gw a")


def test_the_account_is_not_what_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("LOGNAME", "USER"):
        monkeypatch.setenv(variable, "somebody else")
    assert account_user() == pwd.getpwuid(os.getuid()).pw_name

    def unknown(_uid: int) -> None:
        raise KeyError

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    assert account_user() == ""


@pytest.mark.parametrize("place", ["records", "records/gw-a"])
@pytest.mark.parametrize("make", [Path.touch, os.mkfifo])
def test_what_is_no_directory_is_not_taken_for_one_without_records(tmp_path: Path, place: str, make: Any) -> None:
    (tmp_path / place).parent.mkdir(mode=0o700, exist_ok=True)
    make(tmp_path / place)
    with pytest.raises(
        InvalidInput, match=rf"^gw-a: the change records in .*/{place} cannot be read \(Not a directory\)\. Look at"
    ):
        all_records(tmp_path / "records", "gw-a")


def test_no_run_has_left_records_yet(tmp_path: Path) -> None:
    assert existing_folder(tmp_path / "records", "gw-a") is None
    assert all_records(tmp_path / "records", "gw-a") == []
