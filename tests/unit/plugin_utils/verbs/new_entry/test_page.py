# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The page of an entry: five sentences, builds, sources with their days; and text of somebody else is never markup."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry import Entry
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry_file import load_entry, parse_entry
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.mitigation import load_mitigation
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.new_entry.page import (
    coverage,
    entry_page,
    text,
)

from tests.catalogue_entries import PAGE, entry_text

CATALOGUE = Path(__file__).parents[5] / "templates" / "mitigations"
LEAK, OWN = (load_entry(CATALOGUE / id_) for id_ in ("cve_2023_4966", "cve_2019_19781"))


def made(**facts: Any) -> Entry:
    content = yaml.load(entry_text("demo", **facts), Loader=yaml.BaseLoader)
    return parse_entry("demo", {**content, "schema": 1, "revision": 1})


def page(entry: Entry) -> str:
    return "\n".join(entry_page(entry, None))


def test_the_page_answers_five_questions_and_names_its_sources() -> None:
    lines = page(LEAK).splitlines()
    assert lines[0] == "## cve_2023_4966"
    assert [line.split(" | ")[0][2:] for line in lines if line.startswith(("| W", "| A"))] == [
        *("What it is", "Whom it hits", "What helps", "What does not help", "After the fix"),
    ]
    assert "on CISA's list since 2023-10-18" in lines[2]
    assert "* Fixed from: 14.1 8.50, 13.1 49.15, 13.0 92.19, 13.1-FIPS 37.164, 13.1-NDcPP 37.164," in page(LEAK)
    assert "* No fix: 12.1" in lines
    assert "* Once all nodes run the fix: clear lbpersistentsessions" in lines
    assert "vendor, read 2026-11-28)" in lines[-1]


def test_a_measure_says_what_weakens_it() -> None:
    own = "\n".join(entry_page(OWN, load_mitigation(CATALOGUE / OWN.id).traffic))
    assert "does not work on some builds of 12.1; since 2026-09-27 it only reduces exposure" in own
    assert "has a line in rc.netscaler of each node" in own
    assert "* Tested with: 33 attacks and 30 legitimate requests" in own
    gap = "\n".join(entry_page(LEAK, load_mitigation(CATALOGUE / LEAK.id).traffic))
    assert "is not the vendor's: it stops what Assetnote, 23 October 2023 (" in gap
    assert "* Sources disagree: The day from which on an exploit was public (ncsc: 9 January 2020" in own


def test_the_table_counts_what_is_there() -> None:
    lines = list(
        coverage(
            [(LEAK, load_mitigation(CATALOGUE / LEAK.id).traffic), (OWN, load_mitigation(CATALOGUE / OWN.id).traffic)]
        )
    )
    assert lines[2].startswith(
        "| [cve_2023_4966](#cve_2023_4966) | 7 fixed, 1 without a fix | 2 types read | stop-gap, version 1 | 11 attacks, 11 legitimate | sessions ended"
    )
    assert lines[-1] == "| **2 entries** | **2** | **2** | **2** | **2** | **1** | **2** | **2** |"


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "a | b",
        "[click](https://evil.example)",
        "`x`",
        "**bold**",
        "&lt;",
        "# head",
        "\\<b>",
    ],
)
def test_the_text_of_an_entry_is_never_markup(hostile: str) -> None:
    entry = made(
        title=hostile,
        page={**PAGE, "what": hostile},
        unknown=[hostile],
        sources={"test": {"name": hostile, "kind": "community", "read": "2020-01"}},
        preconditions=[{"when": {"type": "vpnvserver", "where": {"name": {"contains": hostile}}}}],
    )
    made_page = page(entry)
    assert made_page.count(text(hostile)) >= 5
    for line in made_page.splitlines():
        assert not re.search(r"(?<!\\)(?:\\\\)*[<`]", line.replace(text(hostile), "")), line
        if line.startswith("| What it is"):
            assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) == 3


def test_what_controls_a_terminal_is_escaped_and_stays_on_its_line() -> None:
    assert text("a\nb\x1b[2J") == r"a\\x0ab\\x1b\[2J"
