# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each number of the catalogue is the one that was read a second time from the bulletin (tests/catalogue_numbers.yml)."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "templates" / "mitigations").glob("*/mitigation.yml"))
TABLE: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "tests" / "catalogue_numbers.yml").read_text("utf-8"))
FREE = {"no_fix", "unknown"}
"""What an entry may say of a train that the bulletin does not name: that it gets no fix, as an old one, or that nothing is known."""
BESIDE = {
    ("CVE-2019-19781", "12.1-FIPS/NDcPP"): "fixed",  # its first builds, 55.100 and later, are newer than 12.1 55.18
    ("CVE-2022-27518", "13.1-FIPS/NDcPP"): "not_affected",  # begins after 13.1 33.47, and all of 13.1 is not affected
    **{
        (cve, "12.1-FIPS/NDcPP"): "fixed" for cve in ("CVE-2019-6485", "CVE-2019-12044", "CVE-2019-18225")
    },  # as CVE-2019-19781
    **{
        (cve, "13.1-FIPS/NDcPP"): "not_affected"  # begins after 13.1 33.47, and the fix in 13.1 is older
        for cve in ("CVE-2021-22955", "CVE-2021-22956", "CVE-2022-27507", "CVE-2022-27508", "CVE-2022-27509")
    },
    **{
        (cve, "13.1-NDcPP"): number  # as 13.1-FIPS: each bulletin since 2024-11 has one number for both
        for number, cves in {
            "37.150": ("CVE-2023-24487", "CVE-2023-24488"),
            "37.183": ("CVE-2024-5491", "CVE-2024-5492"),
        }.items()
        for cve in cves
    },
    **{
        ("CVE-2026-4368", train): "not_affected" for train in ("12.0", "11.1", "11.0", "10.5")
    },  # only 14.1 66.54 has it
    **{
        (cve, train): "not_affected" for cve in ("CVE-2020-8187", "CVE-2022-27508") for train in ("11.0", "10.5")
    },  # of named branches alone
}
"""What is said of a train that the bulletin does not name, with its reason."""


@cache
def entries() -> dict[str, dict[str, Any]]:
    return {file.parent.name: yaml.safe_load(file.read_text(encoding="utf-8")) for file in FILES}


def differences(entry: dict[str, Any]) -> Iterator[str]:
    """Yield what an entry says otherwise than the table."""
    identifiers = set(entry["identifiers"])
    rows = [(name, row) for name, row in TABLE.items() if identifiers <= set(row["identifiers"])]
    if len(rows) != 1:
        yield f"{entry['id']}: no bulletin of the table has {', '.join(sorted(identifiers))}: read its numbers a second time"
        return
    ((name, row),) = rows
    first = entry["identifiers"][0]
    own = (entry["bulletin"]["id"], str(entry["bulletin"]["published"]))
    if own != (name.partition(",")[0], str(row["published"])):
        yield f"{entry['id']}: its bulletin is {own}"
    score = row.get("cvss", {}).get(first)
    if score is not None and entry["severity"].get("cvss") != score:
        yield f"{entry['id']}: CVSS {entry['severity'].get('cvss')}, read {score}"
    trains = entry.get("trains", {})
    for train in sorted({*trains, *row["fixed"]}):
        said, read = trains.get(train, "nothing"), row["fixed"].get(train, BESIDE.get((first, train)))
        builds = (said.get("fixed"), said.get("affected_from")) if isinstance(said, dict) else (said, None)
        wanted = (read, row.get("affected_from", {}).get(train))
        if builds != wanted and not (read is None and said in FREE):
            yield f"{entry['id']}: {train}: {builds}, read {wanted}"


def test_each_number_of_the_catalogue_is_that_of_its_bulletin() -> None:
    assert [line for entry in entries().values() for line in differences(entry)] == []


def test_each_bulletin_of_the_table_has_an_entry() -> None:
    known = {one for entry in entries().values() for one in entry["identifiers"]}
    assert [name for name, row in TABLE.items() if not known & set(row["identifiers"])] == []


def wrong(entry: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the entry with each of its builds off by one, with each build and each word left out, and with another date."""
    for train, said in entry["trains"].items():
        for key in ("fixed", "affected_from") if isinstance(said, dict) else ():
            if key in said:
                major, _dot, minor = said[key].rpartition(".")
                for number in (int(minor) - 1, int(minor) + 1):
                    changed = copy.deepcopy(entry)
                    changed["trains"][train][key] = f"{major}.{number}"
                    yield changed
        if isinstance(said, dict) or said not in FREE:
            changed = copy.deepcopy(entry)
            changed["trains"][train] = "unknown"
            yield changed
    yield {**entry, "bulletin": {**entry["bulletin"], "published": "2019-01-01"}}


@pytest.mark.parametrize("id_", [file.parent.name for file in FILES if "\ntrains:" in file.read_text(encoding="utf-8")])
def test_any_wrong_number_is_found(id_: str) -> None:
    entry = entries()[id_]
    changed = [*wrong(entry)]
    assert len(changed) > 5
    assert [one for one in changed if not [*differences(one)]] == []


def test_an_entry_that_nobody_has_read_twice_is_found() -> None:
    new = {**entries()["cve_2025_5777"], "id": "cve_2030_0001", "identifiers": ["CVE-2030-0001"]}
    assert [*differences(new)] == [
        "cve_2030_0001: no bulletin of the table has CVE-2030-0001: read its numbers a second time"
    ]
