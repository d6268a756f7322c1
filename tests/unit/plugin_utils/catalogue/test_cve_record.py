# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""CVE records against the catalogue: each shape of a version is compared inside its own train, and what is not understood is said."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.cve_difference import differences
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.cve_record import (
    CveRecord,
    parse_cve_record,
    read_cve_record,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry import Entry
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry_file import (
    load_catalogue,
    parse_entry,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

from tests.catalogue_entries import entry_text
from tests.played_together import played_together

CATALOGUE = Path(__file__).parents[4] / "templates" / "mitigations"
CVE = "CVE-2020-0001"


def record_values(
    *versions: dict[str, str], cve: str = CVE, vendor: str = "NetScaler", product: str = "ADC"
) -> dict[str, Any]:
    affected = [{"vendor": vendor, "product": product, "versions": [{"status": "affected", **one} for one in versions]}]
    return {"dataVersion": "5.1", "cveMetadata": {"cveId": cve}, "containers": {"cna": {"affected": affected}}}


def record(*versions: dict[str, str], **more: str) -> CveRecord:
    return parse_cve_record(record_values(*versions, **more))


def entry(**trains: Any) -> Entry:
    given = {name.replace("_", ".", 1).replace("_", "-"): facts for name, facts in trains.items()}
    text = entry_text("demo", identifiers=[CVE], trains={k.replace("v", "", 1): v for k, v in given.items()})
    return parse_entry("demo", yaml.safe_load(text.replace("2020-01-01", "'2020-01-01'")))


# READ below has six records as they are. Here each shape stands alone; what is made up is in none of these records.
@played_together(
    ("version", "found"),
    [
        ({"version": "14.1", "lessThan": "66.59"}, {"14.1": "fixed 66.59"}),
        ({"version": "0", "lessThan": "14.1-73.41"}, {"14.1": "fixed 73.41"}),
        ({"version": "0", "lessThan": "13.1.37.279 FIPS and NDcPP"}, {"13.1-FIPS": "fixed 37.279", "13.1-NDcPP": "fixed 37.279"}),
        ({"version": "0", "lessThan": "13.1.37.283 FIPS"}, {"13.1-FIPS": "fixed 37.283"}),
        ({"version": "0", "lessThan": "14.1-73.37 FIPS"}, {"14.1-FIPS": "fixed 73.37"}),
        ({"version": "13.1 FIPS and NDcPP", "lessThan": "37.241"}, {"13.1-FIPS": "fixed 37.241", "13.1-NDcPP": "fixed 37.241"}),
        ({"version": "12.1 FIPS and NDcPP", "lessThan": "55.330"}, {"12.1-FIPS": "fixed 55.330", "12.1-NDcPP": "fixed 55.330"}),
        ({"version": "14.1", "lessThanOrEqual": "73.32"}, {"14.1": "affected up to 73.32"}),
        # Made up: the same in another spelling.
        ({"version": "12.1-FIPS and NDcPP", "lessThan": "55.330"}, {"12.1-FIPS": "fixed 55.330", "12.1-NDcPP": "fixed 55.330"}),
        ({"version": "14.1", "lessThanOrEqual": "14.1-73.32"}, {"14.1": "affected up to 73.32"}),
        ({"version": "0", "lessThan": "13.1-37.282"}, {}),  # a number of 13.1-FIPS, without its edition
        # Not comparable, and made up: another train, other branches, other editions, no number.
        ({"version": "13.1", "lessThan": "37.241"}, {}),
        ({"version": "13.1", "lessThan": "14.1-73.41"}, {}),
        ({"version": "13.1 FIPS", "lessThan": "13.1-37.241 NDcPP"}, {}),
        ({"version": "13.1-FIPS", "lessThan": "49.15"}, {}),
        ({"version": "0", "lessThan": "66.59"}, {}),
        ({"version": "all supported versions"}, {}),
        ({"version": "14.1", "lessThan": "*"}, {}),
    ],
)  # fmt: skip
def test_each_shape_is_read_inside_its_own_train(version: dict[str, str], found: dict[str, str]) -> None:
    parsed = record(version)
    assert {str(one.train): str(one) for one in parsed.affected} == found
    assert bool(parsed.not_read) is not bool(found), "what is not read is said"


def test_a_plain_comparison_would_call_a_fixed_build_affected() -> None:
    """CVE-2026-107406: "0" below "14.1-73.46" beside "13.1-64.29": 13.1 64.29 is below 73.46, and fixed."""
    parsed = record({"version": "0", "lessThan": "14.1-73.46"}, {"version": "0", "lessThan": "13.1-64.29"})
    ours = entry(v14_1={"fixed": "73.46"}, v13_1={"fixed": "64.29"})
    assert list(differences([parsed], [ours])) == []


@pytest.mark.parametrize(
    ("ours", "version", "line"),
    [
        ({"v14_1": {"fixed": "66.59"}}, {"lessThan": "66.59"}, None),
        ({"v14_1": {"fixed": "66.54"}}, {"lessThan": "66.59"}, "demo 14.1: ours fixed 66.54, theirs fixed 66.59: theirs is safer"),
        ({"v14_1": {"fixed": "66.60"}}, {"lessThan": "66.59"}, "demo 14.1: ours fixed 66.60, theirs fixed 66.59: ours is safer"),
        ({"v14_1": {"fixed": "73.32"}}, {"lessThanOrEqual": "73.32"}, "demo 14.1: ours fixed 73.32, theirs affected up to 73.32: theirs is safer"),
        ({"v14_1": {"fixed": "73.33"}}, {"lessThanOrEqual": "73.32"}, None),
        ({"v14_1": "not_affected"}, {"lessThan": "66.59"}, "demo 14.1: ours not affected, theirs fixed 66.59: theirs is safer"),
        ({"v14_1": "no_fix"}, {"lessThan": "66.59"}, "demo 14.1: ours affected, and this train gets no fix, theirs fixed 66.59: ours is safer"),
        ({"v14_1": "unknown"}, {"lessThan": "66.59"}, "demo 14.1: ours unknown, theirs fixed 66.59: ours is safer"),
        # 14.1 is newer than all trains of the entry, which takes it for not affected.
        ({"v13_1": "no_fix"}, {"lessThan": "66.59"}, "demo 14.1: ours not affected, theirs fixed 66.59: theirs is safer"),
    ],
)  # fmt: skip
def test_a_difference_names_both_readings_and_the_safer_one(
    ours: dict[str, Any], version: dict[str, str], line: str | None
) -> None:
    found = list(map(str, differences([record({"version": "14.1", **version})], [entry(**ours)])))
    assert found == ([line] if line else [])


def test_what_only_one_of_them_has_is_a_difference_too() -> None:
    ours = entry(v14_1={"fixed": "66.59"}, v13_1={"fixed": "62.23"})
    found = list(
        map(str, differences([record({"version": "14.1", "lessThan": "66.59"}, {"version": "custom\x1b[2J"})], [ours]))
    )
    assert found[0] == "demo 13.1: ours fixed 62.23, theirs does not name this train: ours is safer"
    assert found[1].startswith(f"demo {CVE}: ours has its trains, theirs has the version 'version custom")
    assert "\x1b" not in found[1]
    other = record({"version": "14.1", "lessThan": "1.1"}, cve="CVE-2027-0001")
    assert list(map(str, differences([other], [ours]))) == ["CVE-2027-0001: no entry of the catalogue names it"]
    assert list(differences([record({"version": "1"}, vendor="Acme", product="Anvil")], [ours])) == []


def test_of_several_readings_in_a_record_the_safest_counts() -> None:
    parsed = record({"version": "14.1", "lessThan": "66.54"}, {"version": "14.1", "lessThan": "66.59"})
    assert list(differences([parsed], [entry(v14_1={"fixed": "66.59"})])) == []


NOT_NAMED = "theirs does not name this train: ours is safer"
# By record, the affected versions of its first product and how they end. Source: CVEProject/cvelistV5, cves/2025 and cves/2026, read on 28 November 2026.
READ: dict[str, tuple[str, list[tuple[str, str]]]] = {
    "CVE-2025-7775": (
        "lessThan",
        [("14.1", "47.48"), ("13.1", "59.22"), ("13.1 FIPS and NDcPP", "37.241"), ("12.1 FIPS and NDcPP", "55.330")],
    ),
    "CVE-2026-3055": ("lessThan", [("14.1", "66.59"), ("13.1", "62.23"), ("13.1 FIPS and NDcPP", "37.262")]),
    "CVE-2026-19490": ("lessThanOrEqual", [("14.1", "73.32"), ("13.1", "63.21")]),
    "CVE-2026-88774": (
        "lessThan",
        [("0", "14.1-73.37"), ("0", "13.1-64.23"), ("0", "14.1-73.37 FIPS"), ("0", "13.1.37.279 FIPS and NDcPP")],
    ),
    "CVE-2026-88779": (
        "lessThan",
        [("0", "14.1-73.41"), ("0", "13.1-64.28"), ("0", "14.1-73.41 FIPS"), ("0", "13.1-37.282")],
    ),
    "CVE-2026-107406": (
        "lessThan",
        [("0", "14.1-73.46"), ("0", "13.1-64.29"), ("0", "14.1-73.46 FIPS"), ("0", "13.1.37.283 FIPS")],
    ),
}


@pytest.mark.parametrize(
    ("cve", "lines"),
    [
        ("CVE-2025-7775", []),
        ("CVE-2026-3055", []),
        (
            "CVE-2026-19490",  # the bulletin names the same builds as fixed: a conflict of the entry
            [
                "13.1: ours fixed 63.21, theirs affected up to 63.21: theirs is safer",
                f"13.1-FIPS: ours fixed 37.277, {NOT_NAMED}",
                f"13.1-NDcPP: ours fixed 37.277, {NOT_NAMED}",
                "14.1: ours fixed 73.32, theirs affected up to 73.32: theirs is safer",
                f"14.1-FIPS: ours fixed 73.32, {NOT_NAMED}",
            ],
        ),
        ("CVE-2026-88774", []),
        (
            "CVE-2026-88779",
            [
                f"13.1-FIPS: ours fixed 37.282, {NOT_NAMED}",
                f"13.1-NDcPP: ours fixed 37.282, {NOT_NAMED}",
                "CVE-2026-88779: ours has its trains, theirs has the version 'version 0, lessThan 13.1-37.282': not compared",
            ],
        ),
        ("CVE-2026-107406", [f"13.1-NDcPP: ours fixed 37.283, {NOT_NAMED}"]),
    ],
)
def test_records_as_they_are_against_the_catalogue(cve: str, lines: list[str]) -> None:
    limit, versions = READ[cve]
    parsed = record(*({"version": version, limit: number} for version, number in versions), cve=cve)
    found = [str(one).partition(" ")[2] for one in differences([parsed], load_catalogue(CATALOGUE))]
    assert found == lines


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[" * 100_000,
        b"[]",
        b"{}",
        json.dumps(record_values() | {"dataVersion": "4.0"}).encode(),
        json.dumps(record_values(cve="CVE-2020-1; rm")).encode(),
        json.dumps(record_values(*[{"version": "1"}] * 501)).encode(),
        json.dumps(record_values() | {"containers": {"cna": {"affected": ["x"]}}}).encode(),
        b" " * (2 * 1024 * 1024 + 1),
    ],
    ids=range(9),
)
def test_what_is_no_record_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(content)
    with pytest.raises(InvalidInput, match=r"x\.json is no CVE record"):
        read_cve_record(path)


def test_a_named_pipe_is_refused_and_not_read(tmp_path: Path) -> None:
    pipe = tmp_path / "record.json"
    os.mkfifo(pipe)
    with pytest.raises(InvalidInput, match="is no regular file"):
        read_cve_record(pipe)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"x\.json cannot be read \(No such file"):
        read_cve_record(tmp_path / "x.json")
