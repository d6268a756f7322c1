# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each CVE that others call one of NetScaler is in an entry of the catalogue, or in no entry for a reason (tests/catalogue_identifiers.yml).

The others are public lists of other hands, and a list that a program made from CVE records and CISA's list (tests/public_identifiers.py).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.public_identifiers import LIST, is_ours, picked, read_documents, written

ROOT = Path(__file__).parents[2]
TABLE = yaml.safe_load((ROOT / "tests" / "catalogue_identifiers.yml").read_text("utf-8"))
LISTS = {one["name"]: set(one["identifiers"].split()) for one in TABLE["lists"]}
LEFT_OUT: dict[str, str] = TABLE["in_no_entry"]
PICKED: dict[str, str | None] = yaml.safe_load(LIST.read_text("utf-8"))["identifiers"]


@cache
def entries() -> tuple[dict[str, Any], ...]:
    return tuple(
        yaml.safe_load(file.read_text("utf-8"))
        for file in (ROOT / "templates" / "mitigations").glob("*/mitigation.yml")
    )


@cache
def in_entries() -> frozenset[str]:
    return frozenset(identifier for entry in entries() for identifier in entry["identifiers"])


@pytest.mark.parametrize("name", LISTS)
def test_each_identifier_of_a_list_is_in_an_entry_or_left_out_for_a_reason(name: str) -> None:
    assert LISTS[name] - in_entries() - LEFT_OUT.keys() == set()


def test_nothing_is_left_out_that_has_an_entry_or_is_in_no_list() -> None:
    assert LEFT_OUT.keys() & in_entries() == set()
    assert LEFT_OUT.keys() - set().union(PICKED, *LISTS.values()) == set()
    assert all(LEFT_OUT.values())


def test_the_lists_have_identifiers_only() -> None:
    assert len(LISTS) == len(TABLE["lists"]) >= 3
    for identifiers in LISTS.values():
        assert len(identifiers) > 10
        assert all(re.fullmatch(r"CVE-20(19|2[0-9])-[0-9]{4,7}", one) for one in identifiers)


def test_each_identifier_that_the_program_picked_is_in_an_entry_or_left_out_for_a_reason() -> None:
    assert PICKED.keys() - in_entries() - LEFT_OUT.keys() == set()
    assert len(PICKED) > 60


def test_a_day_on_which_cisa_listed_a_weakness_is_that_of_its_entry() -> None:
    """Where an entry has several identifiers, the first of their days counts."""
    days = {
        entry["id"]: (str(entry.get("exploit", {}).get("kev")), min(listed))
        for entry in entries()
        if (listed := [day for one in entry["identifiers"] if (day := PICKED.get(one))])
    }
    assert {id_: both for id_, both in days.items() if both[0] != both[1]} == {}
    assert len(days) > 8


CISA = {
    "cveID": "CVE-2030-0001",
    "vendorProject": "Citrix",
    "product": "NetScaler ADC and Gateway",
    "dateAdded": "2030-02-01",
}
FORMAT_5 = {
    "cveMetadata": {"cveId": "CVE-2030-0002", "state": "PUBLISHED"},
    "containers": {
        "cna": {"affected": [{"vendor": "NetScaler", "product": "ADC"}]},
        "adp": [
            {
                "metrics": [
                    {"other": {"type": "ssvc"}},
                    {"other": {"type": "kev", "content": {"dateAdded": "2030-03-01"}}},
                ]
            }
        ],
    },
}
OLDER = {
    "name": "CVE-2030-0003",
    "desc": "Stops it",
    "refs": [{"url": "https://support.citrix.com/article/CTX1/citrix-adc"}],
}


@pytest.mark.parametrize(
    ("documents", "expected"),
    [
        ([CISA], {"CVE-2030-0001": "2030-02-01"}),
        ([{"vulnerabilities": [CISA, {**CISA, "cveID": "CVE-2018-0001"}]}], {"CVE-2030-0001": "2030-02-01"}),
        ([CISA, {**CISA, "dateAdded": "2030-01-31"}], {"CVE-2030-0001": "2030-01-31"}),
        ([{**CISA, "product": "StoreFront"}, {**CISA, "vendorProject": "Fortinet", "product": "Gateway"}], {}),
        ([FORMAT_5], {"CVE-2030-0002": "2030-03-01"}),
        ([{**FORMAT_5, "cveMetadata": {"cveId": "CVE-2030-0002", "state": "REJECTED"}}], {}),
        ([OLDER], {"CVE-2030-0003": None}),
        ([{**OLDER, "desc": "** RESERVED ** by an organization"}, {**OLDER, "desc": "** REJECT ** not used"}], {}),
        ([{"dataType": "something else"}], {}),
        (
            [{**CISA, "cveID": "CVE-2030-10"}, {**CISA, "cveID": "CVE-2030-9"}],
            {"CVE-2030-9": "2030-02-01", "CVE-2030-10": "2030-02-01"},
        ),
    ],
)
def test_what_the_program_picks(documents: list[Mapping[str, Any]], expected: dict[str, str | None]) -> None:
    assert [*picked(documents).items()] == [*expected.items()]


@pytest.mark.parametrize(
    ("words", "links", "expected"),
    [
        ("Citrix Gateway 12.1 allows cache poisoning", "", True),
        ("Citrix Systems: Application Delivery Controller", "", True),
        ("Denial of service in an ADC", "https://support.citrix.com/article/CTX1", True),
        (
            "Remote desktop takeover",
            "https://support.citrix.com/article/CTX1",
            True,
        ),  # no product at all: a person decides
        ("Citrix Workspace App for Windows", "https://support.citrix.com/article/CTX1", False),
        ("An API gateway of Kong", "https://kong.example/", False),
        ("Citrix StoreFront", "", False),
    ],
)
def test_whose_a_record_is(words: str, links: str, *, expected: bool) -> None:
    assert is_ours(words, links) is expected


def test_the_list_is_written_from_files(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "CVE-2030-0002.json").write_text(json.dumps(FORMAT_5), "utf-8")
    (tmp_path / "delta.json").write_text("[]", "utf-8")  # a clone has such files too
    text = written(date(2030, 4, 1), ["a clone"], read_documents([tmp_path]))
    assert yaml.safe_load(text) == {
        "read": date(2030, 4, 1),
        "from": ["a clone"],
        "documents": 1,
        "identifiers": {"CVE-2030-0002": "2030-03-01"},
    }
