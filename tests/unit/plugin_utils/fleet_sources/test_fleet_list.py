# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The settings of a list, and when it counts as changed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet_sources import source_files
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet_sources.fleet_list import FleetList, Settings
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet_sources.listed_appliance import ListedAppliance
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"source": "csv"}, "source: csv needs path"),
        ({"source": "csv", "url": "https://x"}, "source: csv needs path"),
        ({"source": "console"}, "source: console needs path or url, and not both"),
        ({"source": "console", "path": "x", "url": "https://x"}, "source: console needs path or url, and not both"),
        ({"source": "csv", "path": "x", "folders": ["customer"]}, "folders has no meaning for source: csv"),
        ({"source": "ns_conf", "path": "x", "columns": {"name": "x"}}, "columns has no meaning for source: ns_conf"),
        ({"source": "csv", "path": "x", "columns": {"name": 7}}, "columns: write the header as text"),
        ({"source": "csv", "path": "x", "timeout": 0.0}, "timeout: write a number of seconds"),
    ],
)
def test_settings_that_contradict_each_other(values: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem):
        Settings.of(values)


def test_a_list_is_the_same_until_a_file_or_a_setting_changes(tmp_path: Path) -> None:
    path = tmp_path / "fleet.csv"
    path.write_text("nsip\n10.1.0.11\n", encoding="utf-8")

    def state(**more: Any) -> str:
        return FleetList(Settings.of({"source": "csv", "path": str(path), **more})).state()

    first = state()
    assert state() == state(password="x") == first
    assert state(columns={"name": "x"}) != first
    os.utime(path, (1, 1))
    assert state() != first


def test_an_entry_survives_the_cache() -> None:
    entry = ListedAppliance(
        where="fleet.csv:2",
        name="gw",
        nodes=("10.1.0.11",),
        only_partitions=("default",),
        vips=({"name": "gw", "address": "198.51.100.10", "kind": "vpn"},),
        columns={"x": "y"},
    )
    assert ListedAppliance.from_json(entry.as_json()) == entry
    with pytest.raises(TypeError):
        ListedAppliance.from_json({"name": "gw"})


@pytest.mark.parametrize(
    ("bound", "value", "problem"),
    [("LARGEST_FILE", 3, "larger than 3 bytes"), ("MOST_FILES", 1, "holds more than 1 files")],
)
def test_files_are_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: str, value: int, problem: str
) -> None:
    for name in ("a.conf", "b.conf"):
        (tmp_path / name).write_text("set ns config -IPAddress 10.1.0.11\n", encoding="utf-8")
    monkeypatch.setattr(source_files, bound, value)
    with pytest.raises(InvalidInput, match=problem):
        FleetList(Settings.of({"source": "ns_conf", "path": str(tmp_path)})).read()


@pytest.mark.parametrize(
    ("source", "problem"), [("csv", "cannot be read: No such file"), ("ns_conf", "there is no folder")]
)
def test_a_list_that_is_not_there(tmp_path: Path, source: str, problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem):
        FleetList(Settings.of({"source": source, "path": str(tmp_path / "missing")})).read()


def test_a_list_that_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"is not a file|Is a directory"):
        FleetList(Settings.of({"source": "csv", "path": str(tmp_path)})).read()
