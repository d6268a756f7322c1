# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One is not several, on every page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.counted import counted
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.bounded_counters import Count

ENGINE = Path(__file__).parents[4] / "plugins" / "plugin_utils"
PAGES = sorted(
    path
    for folder in ("reports", "notifications")
    for path in (ENGINE / folder).rglob("*.py")
    if path.name != "entry_page.py"  # of the documentation: no entry has one of them
)
BARE = re.compile(r"(?<!of )\{(?:len\([^{}]*\)|number|count|size)(?::,)?\} (?!of |more |times\b|bytes\b)[a-z]+s\b")
"""A number in braces before a word for several, without :func:`counted`."""


@pytest.mark.parametrize(
    ("number", "noun", "text"),
    [
        (0, "entry", "0 entries"),
        (1, "entry", "1 entry"),
        (2, "entry", "2 entries"),
        (2, "day", "2 days"),
        (1, "change", "1 change"),
        (1200, "change", "1,200 changes"),
        (2, "address", "2 addresses"),
        (2, "new entry", "2 new entries"),
    ],
)
def test_a_number_has_its_noun(number: int, noun: str, text: str) -> None:
    assert counted(number, noun) == text


def test_another_word_may_be_the_counted_one() -> None:
    assert [counted(n, "copy of a record", "copies of records") for n in (1, 2)] == [
        "1 copy of a record",
        "2 copies of records",
    ]


def test_an_estimate_has_its_noun_too() -> None:
    assert [Count(1).of("client"), Count(2000, exact=False).of("client")] == ["1 client", "about 2,000 clients"]


def test_no_page_has_a_bare_number_before_a_word_for_several() -> None:
    found = [
        f"{path.name}: {match[0]}"
        for path in PAGES
        for line in path.read_text(encoding="utf-8").splitlines()
        for match in BARE.finditer(line)
        if "> 1" not in line and " if len(" not in line
    ]
    assert found == []
