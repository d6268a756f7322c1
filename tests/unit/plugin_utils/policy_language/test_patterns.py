# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sets of any size answer what a loop over their entries would."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language import (
    LIKELIEST,
    UNDETERMINED,
    Dataset,
    ExpressionError,
    Names,
    Request,
    UnsupportedExpression,
    compile_expression,
    patterns,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language.patterns import PatternSet
from hypothesis import given
from hypothesis import strategies as st

# Few letters, so that patterns overlap, repeat and fold onto each other; one byte beyond ASCII.
TEXT = st.text(alphabet="aAb/%\xfc", max_size=8)
PATTERNS = st.lists(TEXT, max_size=12)
LOOPS: dict[str, Callable[[str, str], bool]] = {
    "EQUALS": str.__eq__,
    "STARTSWITH": str.startswith,
    "ENDSWITH": str.endswith,
    "CONTAINS": str.__contains__,
}


def indexed(texts: list[str]) -> list[tuple[int, str]]:
    return list(enumerate(texts, start=1))


@given(texts=PATTERNS, text=TEXT)
def test_a_set_answers_what_a_loop_would(texts: list[str], text: str) -> None:
    found = PatternSet(indexed(texts))
    matchers = (found.equals(), found.startswith(), found.endswith(), found.contains())
    finders = (found.all_equal(), found.all_at_start(), found.all_at_end(), found.all_contained())
    for test, matcher, finder in zip(LOOPS.values(), matchers, finders, strict=True):
        expected = tuple(index for index, pattern in indexed(texts) if test(text, pattern))
        assert sorted(finder(text)) == list(expected)
        assert matcher(text) is bool(expected)


@given(texts=PATTERNS, text=TEXT, ignore_case=st.booleans())
def test_functions_on_sets_answer_what_a_loop_would(texts: list[str], text: str, ignore_case: bool) -> None:
    """Through the whole engine; letters beyond ASCII have no case, and a pattern holds the bytes of its UTF-8 form."""
    names = Names(patsets={"s": dict(indexed(texts))})
    fold = (lambda value: "".join(c.lower() if c.isascii() else c for c in value)) if ignore_case else str
    seen = fold(text)
    kept = [fold(pattern.encode().decode("latin-1")) for pattern in texts]
    mode = "SET_TEXT_MODE(IGNORECASE)." if ignore_case else ""
    request = Request(headers=(("X", text),))
    for name, test in LOOPS.items():
        prefix = f'HTTP.REQ.HEADER("X").{mode}{name}'
        hits = [index for index, pattern in indexed(kept) if test(seen, pattern)]
        assert compile_expression(f'{prefix}_ANY("s")', names, readings=LIKELIEST).evaluate(request) is bool(hits)
        index = compile_expression(f'{prefix}_INDEX("s")', names, readings=LIKELIEST).evaluate(request)
        assert index == (UNDETERMINED if len(hits) > 1 else hits[0] if hits else 0)


ADDRESS = st.integers(0, 64)
RANGES = st.lists(st.tuples(ADDRESS, ADDRESS).map(sorted), max_size=8)


@given(ranges=RANGES, wanted=ADDRESS)
def test_ranges_hold_what_a_loop_would_find(ranges: list[list[int]], wanted: int) -> None:
    base = int(ipaddress.ip_address("10.0.0.0"))
    values = [(str(ipaddress.ip_address(base + low)), str(ipaddress.ip_address(base + high))) for low, high in ranges]
    rule = compile_expression(
        'CLIENT.IP.SRC.EQUALS_ANY("d")', Names(datasets={"d": Dataset.of("ipv4", values)}), readings=LIKELIEST
    )
    got = rule.evaluate(Request(client_ip=str(ipaddress.ip_address(base + wanted))))
    assert got is any(low <= wanted <= high for low, high in ranges)


def test_a_wrong_address_in_a_data_set_is_an_error_of_the_rule() -> None:
    with pytest.raises(ExpressionError, match="wrong value"):
        compile_expression('CLIENT.IP.SRC.EQUALS_ANY("d")', Names(datasets={"d": Dataset.of("ipv4", ["10.0.0.300"])}))


def test_without_the_package_a_set_of_substrings_is_not_supported(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error that names the package: never an answer."""
    monkeypatch.setattr(patterns, "HAS_AHOCORASICK", False)
    names = Names(patsets={"s": {1: "only-here"}})
    assert compile_expression('HTTP.REQ.URL.EQUALS_ANY("s")', names).evaluate(Request()) is False
    with pytest.raises(UnsupportedExpression, match="ahocorasick-rs"):
        compile_expression('HTTP.REQ.URL.CONTAINS_ANY("s")', names)
