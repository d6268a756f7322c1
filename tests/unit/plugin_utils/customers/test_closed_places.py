# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where something of a customer is closed: tests/engine/test_lockdown_partitions.py and test_closing.py play it with the records of appliances."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers import closed_places
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.closed_places import ClosedPlaces
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.private_files import read_privately

GW = ("off", "default", "vpnvserver", "gw")


@pytest.fixture
def places(tmp_path: Path) -> ClosedPlaces:
    found = ClosedPlaces(tmp_path / "consent")
    for host in ("gw-a", "gw-b"):
        found.note("Brouwer", host, {GW})
    return found


def test_what_is_opened_is_forgotten(places: ClosedPlaces) -> None:
    assert places.of("Brouwer") == dict.fromkeys(("gw-a", "gw-b"), frozenset({GW}))
    places.note("Brouwer", "gw-a", ())
    assert places.of("Brouwer") == {"gw-b": frozenset({GW})}
    assert places.of("De Wit") == {}


def test_a_run_that_opens_another_appliance_at_the_same_moment_is_no_failure(
    places: ClosedPlaces, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its file is deleted between the list of the directory and the reading."""

    def gone(path: Path) -> str:
        if path.name == "gw-a.json":
            path.unlink()
        return read_privately(path)

    monkeypatch.setattr(closed_places, "read_privately", gone)
    assert places.of("Brouwer") == {"gw-b": frozenset({GW})}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"host": "gw-a", "closed": [["off"]]}'])
def test_a_file_that_is_none_of_ours_is_refused(places: ClosedPlaces, text: str) -> None:
    (path,) = places.directory.rglob("gw-a.json")
    path.write_text(text)
    with pytest.raises(InvalidInput, match=r"gw-a\.json does not say what is closed: delete it, and look"):
        places.of("Brouwer")
