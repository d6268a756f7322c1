# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Country data that cannot be unpacked, has nothing in it, or cannot be read for lack of a library."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import InvalidInput
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
