# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A rule of which a log lacks a fact: its results are open as far as that fact decides, and its other clauses count."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language import (
    UNDEF,
    Names,
    Request,
    Value,
    compile_expression,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.logged_request import (
    METHOD,
    SESSION,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.rule_clauses import (
    RecordedFacts,
    RecordedRule,
)

A, B = 'HTTP.REQ.URL.CONTAINS("/a")', 'HTTP.REQ.URL.CONTAINS("/b")'
POST, SEVEN = 'HTTP.REQ.METHOD.EQ("POST")', "HTTP.REQ.URL.LENGTH == 7"
VPN = "CLIENT.SSLVPN.IS_SSLVPN"
RULES = (
    f"{A} && {POST}",
    f"{POST} && {A}",
    f"{A} || {POST}",
    f"!{A} && {POST}",
    f"!!{A} && {POST}",
    f"!({A} || {POST}) && {B}",
    f"!({A} && {B}) && {POST}",
    f"({A} || {B}) && !{POST}",
    f"({A} && ({B} || {POST})) || {SEVEN}",
    f"{SEVEN} && {POST}",
    f"{A}.NOT && {POST}",
    f"{POST} ALT {A}",
    f"({A} ALT {B}) && {POST}",
    f"{A} && {B} || {POST} && {SEVEN}",
)
URLS = ("/a/", "/b/", "/a/b/", "/c/", "/a/b/12", "/1/3/5/")


def rule_of(text: str) -> RecordedRule:
    return RecordedRule(compile_expression(text), Names())


def sure(text: str, url: str, method: str) -> Value:
    return compile_expression(text).evaluate(Request(url=url, method=method))


@pytest.mark.parametrize("text", RULES)
def test_a_log_without_the_method_leaves_open_what_the_method_decides_and_no_more(text: str) -> None:
    rule = rule_of(text)
    assert rule.needs == {METHOD}
    for url in URLS:
        both = {sure(text, url, method) for method in ("GET", "POST")}
        found = {*rule.possible(RecordedFacts(url=url, lacks=frozenset({METHOD})))}
        assert both <= found, url
        if "ALT" not in text:  # a clause whose fact is not known may be UNDEF too
            assert found - {UNDEF} == both, url


@pytest.mark.parametrize(
    ("text", "url", "decided"), [(f"{A} && {POST}", "/b/", False), (f"{A} || {POST}", "/a/", True)]
)
def test_what_stands_before_a_clause_that_is_open_decides(text: str, url: str, decided: bool) -> None:
    assert rule_of(text).possible(RecordedFacts(url=url, lacks=frozenset({METHOD}))) == (decided,)


@pytest.mark.parametrize("text", RULES)
def test_a_log_with_all_facts_has_the_result_of_the_rule(text: str) -> None:
    for url in URLS:
        for method in ("GET", "POST"):
            assert rule_of(text).evaluate(RecordedFacts(url=url, method=method)) == sure(text, url, method)


@pytest.mark.parametrize(
    ("text", "url", "deciding"),
    [
        (f"{A} || {B}", "/b/", B),
        (f"{A} || {B}", "/a/b/", A),
        (f"{A} && {B}", "/a/b/", f"{A} && {B}"),
        (f"{SEVEN} || {A}", "/a/", A),
        (f"({A} || {B}) && !({SEVEN})", "/b/", f"{B} && !({SEVEN})"),
        (f"{A} || !{B} && {SEVEN}", "/1/3/5/", f"!{B} && {SEVEN}"),
    ],
)
def test_the_clauses_that_decide_are_named(text: str, url: str, deciding: str) -> None:
    assert rule_of(text).deciding(RecordedFacts(url=url)) == deciding


def test_without_a_session_both_states_are_possible() -> None:
    rule = rule_of(f"{A} && {VPN}")
    assert rule.needs == {SESSION}
    lacking = frozenset({SESSION})
    assert {*rule.possible(RecordedFacts(url="/a/", lacks=lacking))} == {False, True}
    assert {*rule.possible(RecordedFacts(url="/b/", lacks=lacking))} == {False}
