# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What one run looks for: equal indicators once, text or regular expressions, paths as in a shell."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.directory_tree import path_matches
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry import Indicator, Level
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.trace_rules.compiled_indicators import (
    Clue,
    clues_of,
)


def indicator(*values: str, kind: str = "log", level: Level = Level.ATTEMPT, **more: Any) -> Indicator:
    return Indicator(kind, values, level, ("nitro",), "blog", **more)


def entry(name: str, *indicators: Indicator, identifiers: tuple[str, ...] = ("CVE-2019-19781",)) -> Any:
    sources = {"blog": SimpleNamespace(name="a blog")}
    return SimpleNamespace(id=name, identifiers=identifiers, indicators=indicators, sources=sources)


def test_what_several_entries_name_is_looked_for_once() -> None:
    (clue,) = clues_of([entry("a", indicator("x")), entry("b", indicator("x"), identifiers=())])
    assert [one.id for one in clue.entries] == ["a", "b"]
    assert clue.why == "named for CVE-2019-19781, b by a blog"


@pytest.mark.parametrize(
    "other",
    [
        indicator("y"),
        indicator("x", kind="cron"),
        indicator("x", level=Level.COMPROMISE),
        indicator("x", places=("/var/log/ns.log",)),
        indicator("x", "y"),
    ],
)
def test_another_pattern_place_kind_or_level_is_another_one(other: Indicator) -> None:
    assert len(clues_of([entry("a", indicator("x"), other)])) == 2


def test_an_entry_that_names_it_twice_is_named_once() -> None:
    (clue,) = clues_of([entry("a", indicator("x"), indicator("x"))])
    assert [one.id for one in clue.entries] == ["a"]


def test_the_source_and_what_the_entry_says_stand_in_why() -> None:
    one = Clue(indicator("x", about="a clean appliance has it too"), (entry("a"),))
    assert one.why == "named for CVE-2019-19781 by a blog; a clean appliance has it too"
    unknown = Clue(Indicator("log", ("x",), Level.REVIEW, (), "elsewhere"), (entry("a"),))
    assert unknown.why == "named for CVE-2019-19781 by elsewhere"


@pytest.mark.parametrize(
    ("one", "line", "found"),
    [
        (indicator("tee /netscaler", "curl"), b"a curl and tee /netscaler", "tee /netscaler"),
        (indicator("a.c"), b"abc", ""),
        (indicator("a.c", is_regex=True), b"abc", "a.c"),
        (indicator("CURL"), b"curl", ""),
        (indicator("(?i)CURL", is_regex=True), b"x curl", "(?i)CURL"),
        (indicator(" a.c ", is_regex=True), b"abc", "a.c"),
        (indicator("\u00e9"), "caf\u00e9".encode(), "\u00e9"),
    ],
)
def test_a_line_is_matched_by_text_or_by_expression(one: Indicator, line: bytes, found: str) -> None:
    clue = Clue(one, (entry("a"),))
    assert clue.match(line) == found
    assert clue.may_be_in(line) or not found, "the quick look never hides a match"


def test_a_quick_look_rules_out_what_has_no_part_of_it() -> None:
    assert not Clue(indicator("curl"), (entry("a"),)).may_be_in(b"wget")
    assert not Clue(indicator("curl -.*x", is_regex=True), (entry("a"),)).may_be_in(b"wget -o x")


def test_an_attacker_cannot_make_the_search_take_long() -> None:
    clue = Clue(indicator("(a|aa)+b", is_regex=True), (entry("a"),))
    assert clue.match(b"a" * 50_000) == ""


@pytest.mark.parametrize(
    ("path", "pattern", "fits"),
    [
        ("/var/tmp/x", "/var/tmp/*", True),
        ("/var/tmp/a/x", "/var/tmp/*", False),
        ("/var/tmp/a/b/x", "/var/tmp/**/x", True),
        ("/var/tmp/x", "/var/tmp/**/x", True),
        ("/var/tmp/x", "var/tmp/x/", True),
        ("/var/tmp/x.php", "/var/tmp/x?php", False),
        ("/var/tmp/x\ny", "/var/tmp/x*", True),
        ("/var/tmp/x", "/var/tmp/X", False),
        ("/var/tmp/aXb", "/var/tmp/a*b", True),
        ("/var/tmp/(x", "/var/tmp/(x", True),
    ],
)
def test_paths_are_those_of_a_shell(path: str, pattern: str, fits: bool) -> None:
    assert path_matches(path, pattern) is fits
    assert Clue(indicator("x", excepts=(pattern,)), (entry("a"),)).excepts(path) is fits
