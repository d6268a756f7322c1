# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Country data that cannot be unpacked, has nothing in it, or cannot be read for lack of a library."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data import address_ranges
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.compiler import (
    compile_policy,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.file_reader import (
    texts,
)

from tests.unit.plugin_utils.measures.geoblock.country_data.geodata import TODAY, WORLD, policy_of, source_of


def packed(path: Path, **members: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in members.items():
            archive.writestr(name.replace("__", "."), text)
    return path


def test_an_archive_that_is_broken_is_refused(tmp_path: Path) -> None:
    path = packed(tmp_path / "world.zip", world__csv=WORLD)
    path.write_bytes(path.read_bytes().replace(b"PK\x01\x02", b"PK\x00\x00"))
    with pytest.raises(InvalidInput, match=rf"^{path} can't be unpacked \(.+\): get it anew$"):
        texts(path, country="", max_bytes=10**6)


def test_a_member_with_broken_lzma_properties_is_refused(tmp_path: Path) -> None:
    path, name = tmp_path / "world.zip", "world.csv"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr(name, WORLD)
    whole = bytearray(path.read_bytes())
    place = whole.index(name.encode()) + len(name) + 4
    whole[place : place + 5] = b"\xff" * 5
    path.write_bytes(whole)
    (text,) = texts(path, country="", max_bytes=10**6)
    with pytest.raises(InvalidInput, match=rf"^{path}:{name} can't be unpacked \(.+\): get it anew$"):
        list(text.lines())


def test_a_member_with_a_date_that_does_not_exist_has_that_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "world.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo("world.csv", (2026, 0, 0, 0, 0, 0)), WORLD)
    (text,) = texts(path, country="", max_bytes=10**6)
    assert text.modified == datetime.fromtimestamp(path.stat().st_mtime, UTC).date()


def test_an_archive_without_country_data_is_not_an_empty_country(tmp_path: Path) -> None:
    path = packed(tmp_path / "world.zip", world__json="{}", LICENSE__txt="free")
    with pytest.raises(InvalidInput, match=r"^geoblock_source world: no \.csv or \.txt is in .*world\.zip$"):
        compile_policy(policy_of("block", "RU"), source_of(path), tmp_path / "cache", accept=frozenset(), today=TODAY)


def test_without_the_library_no_network_is_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(address_ranges, "netaddr", None)
    with pytest.raises(
        InvalidInput, match=r"^the Python library netaddr is missing on the control node: run `pip install "
    ):
        address_ranges.parse_network("192.0.2.0/24")
