# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Regular expressions (docs: basic characteristics, operations; NetScaler policy guide 9.2 p. 181)."""

from __future__ import annotations

import re
import signal
import threading

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language import (
    UNDETERMINED,
    ExpressionError,
    Request,
    UnsupportedExpression,
    bounded_search,
    compile_expression,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language.pcre import compile_pcre
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language.results import Halt

from tests.played_together import played_together
from tests.unit.plugin_utils.policy_language.evaluation import header, value


@played_together(
    ("pattern", "text", "expected"),
    [
        ("a(?i)b", "aB", True),
        ("a(?i)b", "Ab", False),
        ("(a(?i)b|c)d", "CD", False),
        ("(a(?i)b|c)d", "Cd", True),  # an option reaches the other branches, not beyond the group
        ("(?i)ab|cd", "CD", True),
        ("(?ixm) (^ab (.*) cd$) ", "x\nAB  cd", True),
        ("a.b", "a\nb", True),  # a dot matches a line end
        ("^[[:alpha:]]+(abc){2,3}$", "xabcabc", True),
        ("^[^[:digit:]]+$", "ab1", False),
        ("[[:space:]\\]]", "]", True),
        ("a b", "a b", True),  # white space counts
        (r"\d{1,3}\z", "12\n", False),
        (r"\d{1,3}\Z", "12\n", True),
        (r"\x41\x{42}", "AB", True),
        (r"(?<year>\d{4})", "2026", True),
        ("x{,2}", "x{,2}", True),
        ("[a&&b]", "&", True),
        (r"\w", "\u00e9", False),  # no Unicode
        (r"a\.b\/c", "a.b/c", True),
    ],
)
def test_pcre_means_the_same_in_python(pattern: str, text: str, expected: bool) -> None:
    assert (compile_pcre(pattern, ignore_case=False).search(text) is not None) is expected


@pytest.mark.parametrize("pattern", [r"(a)\1", "(a", "a)", "[a", "*a", "\\", "x" * 1500])
def test_wrong_patterns(pattern: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_pcre(pattern, ignore_case=False)
    assert not isinstance(caught.value, UnsupportedExpression)


@pytest.mark.parametrize("pattern", ["(?R)", r"\Qa\E", r"\p{L}", "[[:^alpha:]]", "(?U)a"])
def test_patterns_that_python_cannot_express(pattern: str) -> None:
    with pytest.raises(UnsupportedExpression):
        compile_pcre(pattern, ignore_case=False)


def test_text_mode_overrides_the_pattern() -> None:
    for url in ("/ab", "/Ab", "/AB"):
        assert value("HTTP.REQ.URL.SET_TEXT_MODE(IGNORECASE).REGEX_MATCH(re/ab/)", url=url) is True
    assert value("HTTP.REQ.URL.REGEX_MATCH(re/ab/)", url="/AB") is False


def test_what_stands_around_a_match() -> None:
    etag = header("KXDAPPER")
    assert value('HTTP.REQ.HEADER("X").AFTER_REGEX(re/KX/)', **etag) == "DAPPER"
    assert value('HTTP.REQ.HEADER("X").BEFORE_REGEX(re/P+/)', **etag) == "KXDA"
    assert value('HTTP.REQ.HEADER("X").REGEX_SELECT(re/P+/)', **etag) == "PP"
    assert value('HTTP.REQ.HEADER("X").AFTER_REGEX(re/zz/)', **etag) == ""


def test_the_argument_is_a_literal() -> None:
    with pytest.raises(ExpressionError, match="literal regex"):
        compile_expression('HTTP.REQ.URL.REGEX_MATCH("a")')


NESTED = "(([a-z/.]+)+)+#"
"""A pattern that needs seconds for 16 characters, and four times as long for two more."""


@pytest.mark.parametrize(
    "rule",
    [
        f"HTTP.REQ.URL.REGEX_MATCH(re~{NESTED}~)",
        f'HTTP.REQ.URL.AFTER_REGEX(re~{NESTED}~).CONTAINS("x")',
        f'HTTP.REQ.URL.REGEX_MATCH(re~{NESTED}~) || HTTP.REQ.URL.CONTAINS("smb")',
    ],
)
def test_a_search_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch, rule: str) -> None:
    """The rule of one appliance held the plan of the whole fleet."""
    bounded_search.bounded.cache_clear()
    monkeypatch.setattr(bounded_search, "LONGEST", 0.02)
    monkeypatch.setattr(bounded_search, "MOST_GIVEN_UP", 2)
    expression = compile_expression(rule)
    for _number in range(4):
        assert expression.evaluate(Request(url="/vpn/../vpns/cfg")) is UNDETERMINED
    assert expression.evaluate(Request(url="/a#")) is UNDETERMINED, "it is not searched for any more"
    assert value(rule, url="/a#x smb") is UNDETERMINED, "nor where the rule is compiled again"
    bounded_search.bounded.cache_clear()
    assert value(rule, url="/a#x smb") is True


def test_all_matches_are_found_within_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The simulator replaces them; a thread has no signal, so there the search is as long as it is."""
    words = bounded_search.BoundedSearch(re.compile("[a-z]+[0-9]*"))
    assert [match.group() for match in words.every("ab1 c-d22")] == ["ab1", "c", "d22"]
    monkeypatch.setattr(bounded_search, "LONGEST", 0.02)
    with pytest.raises(Halt):
        bounded_search.BoundedSearch(re.compile(NESTED)).every("/vpn/../vpns/cfg")
    found: list[str] = []
    thread = threading.Thread(target=lambda: found.extend(match.group() for match in words.every("x1 y")))
    thread.start()
    thread.join()
    assert found == ["x1", "y"]


def test_a_signal_that_comes_after_its_search_changes_nothing() -> None:
    assert value("HTTP.REQ.URL.REGEX_MATCH(re/a+b+/)", url="/aab") is True
    signal.raise_signal(signal.SIGVTALRM)
    assert value("HTTP.REQ.URL.REGEX_MATCH(re/a+b+/)", url="/aac") is False
