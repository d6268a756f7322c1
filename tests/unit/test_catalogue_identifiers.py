# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each CVE that public lists of other hands have is in an entry of the catalogue, or in no entry for a reason (tests/catalogue_identifiers.yml)."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
TABLE = yaml.safe_load((ROOT / "tests" / "catalogue_identifiers.yml").read_text("utf-8"))
LISTS = {one["name"]: set(one["identifiers"].split()) for one in TABLE["lists"]}
LEFT_OUT: dict[str, str] = TABLE["in_no_entry"]


@cache
def in_entries() -> frozenset[str]:
    return frozenset(
        identifier
        for file in (ROOT / "templates" / "mitigations").glob("*/mitigation.yml")
        for identifier in yaml.safe_load(file.read_text("utf-8"))["identifiers"]
    )


@pytest.mark.parametrize("name", LISTS)
def test_each_identifier_of_a_list_is_in_an_entry_or_left_out_for_a_reason(name: str) -> None:
    assert LISTS[name] - in_entries() - LEFT_OUT.keys() == set()


def test_nothing_is_left_out_that_has_an_entry_or_is_in_no_list() -> None:
    assert LEFT_OUT.keys() & in_entries() == set()
    assert LEFT_OUT.keys() - set().union(*LISTS.values()) == set()
    assert all(LEFT_OUT.values())


def test_the_lists_have_identifiers_only() -> None:
    assert len(LISTS) == len(TABLE["lists"]) >= 3
    for identifiers in LISTS.values():
        assert len(identifiers) > 10
        assert all(re.fullmatch(r"CVE-20(19|2[0-9])-[0-9]{4,7}", one) for one in identifiers)
