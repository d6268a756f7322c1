# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files of CVE records against a catalogue: one line for each difference, and nothing that could not be read is passed over."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.json_values import json_values
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.catalogue import cve_comparison
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.catalogue.cve_comparison import (
    compare_cve_records,
)

from tests.catalogue_entries import entry_text
from tests.unit.plugin_utils.catalogue.test_cve_record import record_values


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    (tmp_path / "catalogue" / "demo").mkdir(parents=True)
    (tmp_path / "catalogue" / "demo" / "mitigation.yml").write_text(
        entry_text("demo", trains={"14.1": {"fixed": "66.59"}})
    )
    return tmp_path / "catalogue"


def write(place: Path, number: str = "66.59", **more: str) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps(record_values({"version": "14.1", "lessThan": number}, **more)))
    return place


def test_a_record_that_agrees_is_zero(tmp_path: Path, catalogue: Path) -> None:
    found = compare_cve_records(write(tmp_path / "r.json"), catalogue)
    assert (found.exit_code, found.lines) == (
        0,
        ["1 CVE record compared: 0 differences. Look at each in its sources: nothing was decided or changed"],
    )


def test_a_directory_is_read_whole(tmp_path: Path, catalogue: Path) -> None:
    write(tmp_path / "r" / "2020" / "a.json", "66.60")
    write(tmp_path / "r" / "b.json", cve="CVE-2027-0001")
    write(tmp_path / "r" / "c.json", vendor="Acme", product="Anvil")
    found = compare_cve_records(tmp_path / "r", catalogue)
    assert found.exit_code == 1
    assert found.lines == [
        "demo 14.1: ours fixed 66.59, theirs fixed 66.60: theirs is safer",
        "CVE-2027-0001: no entry of the catalogue names it",
        "2 CVE records compared: 2 differences; 1 of other products. Look at each in its sources: nothing was decided or changed",
    ]
    assert json_values(found.differences[0])["safer"] == "theirs is safer"
    (tmp_path / "r" / "d.json").write_text("{")
    broken = compare_cve_records(tmp_path / "r", catalogue)
    assert broken.exit_code == 3
    assert broken.lines[2].startswith(f"NOT READ  {tmp_path / 'r' / 'd.json'} is no CVE record")
    assert "; 1 file not read." in broken.lines[-1]


def test_nothing_compared_is_no_zero(tmp_path: Path, catalogue: Path) -> None:
    assert compare_cve_records(write(tmp_path / "c.json", vendor="Acme", product="Anvil"), catalogue).exit_code == 3
    (tmp_path / "empty").mkdir()
    with pytest.raises(InvalidInput, match=r"cve_records: .*empty has 0 files"):
        compare_cve_records(tmp_path / "empty", catalogue)


def test_many_differences_are_counted(tmp_path: Path, catalogue: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(50):
        write(tmp_path / "r" / f"{number:02}.json", cve=f"CVE-2027-{number + 1000}")
    found = compare_cve_records(tmp_path / "r", catalogue)
    assert len(found.lines) == 42
    assert found.lines[-2] == "and 10 more; the report has them"
    monkeypatch.setattr(cve_comparison, "MOST_FILES", 49)
    with pytest.raises(InvalidInput, match="has 50 files"):
        compare_cve_records(tmp_path / "r", catalogue)
