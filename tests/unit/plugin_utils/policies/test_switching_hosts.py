# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The name by which a content switching virtual server is asked: one that its rules have a target for, and never anything but a DNS name."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies import switching_hosts
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.switching_hosts import (
    MOST_RULES,
    MOST_TRIED,
    SwitchingRule,
    host_for,
)


def rules(*texts: str, domain: str = "") -> list[SwitchingRule]:
    return [SwitchingRule(100 + number, text, domain) for number, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("texts", "host"),
    [
        (['HTTP.REQ.HOSTNAME.EQ("shop.example.com")'], "shop.example.com"),
        (['HTTP.REQ.HOSTNAME.SET_TEXT_MODE(IGNORECASE).EQ("Shop.Example.com")'], "shop.example.com"),
        (['HTTP.REQ.HEADER("Host").CONTAINS("shop.example.com")'], "shop.example.com"),
        (
            [
                'HTTP.REQ.HOSTNAME.EQ("a.example") && HTTP.REQ.URL.STARTSWITH("/a/")',
                'HTTP.REQ.HOSTNAME.EQ("b.example")',
            ],
            "b.example",
        ),
        (['HTTP.REQ.HOSTNAME.EQ("a.example").NOT', 'HTTP.REQ.HOSTNAME.EQ("b.example")'], "b.example"),
        (['HTTP.REQ.URL.STARTSWITH("/shop.html")'], ""),
        (['HTTP.REQ.METHOD.EQ("GET")'], ""),
        (["TRUE"], ""),
        (['NOT.A.FUNCTION("a.example")'], "a.example"),
        (['NOT.A.FUNCTION("a.example")', 'HTTP.REQ.HOSTNAME.EQ("b.example")'], "b.example"),
        ([], ""),
    ],
)
def test_the_first_name_that_has_a_target_is_taken(texts: list[str], host: str) -> None:
    assert host_for(rules(*texts)) == host


def test_the_lowest_priority_comes_first() -> None:
    late, early = SwitchingRule(200, 'HTTP.REQ.HOSTNAME.EQ("late.example")'), SwitchingRule(10, domain="early.example")
    assert host_for([late, early]) == "early.example"


@pytest.mark.parametrize(
    ("subject", "host"),
    [
        (" C=NL,O=Example,CN=www.example.com", "www.example.com"),
        ("CN = www.example.com", "www.example.com"),
        ("/C=NL/CN=www.example.com", "www.example.com"),
        ("C=NL,CN=*.example.com", ""),
        ("C=NL,O=CN", ""),
        ("", ""),
    ],
)
def test_the_certificate_names_one_where_the_rules_have_none(subject: str, host: str) -> None:
    assert host_for(rules('HTTP.REQ.HOSTNAME.ENDSWITH(".example.com")'), [subject]) == host


def test_a_name_of_the_certificate_without_a_target_is_not_asked() -> None:
    assert host_for(rules('HTTP.REQ.HOSTNAME.EQ("shop.example")'), ["CN=other.example"]) == "shop.example"
    assert host_for(rules('HTTP.REQ.HOSTNAME.STARTSWITH("shop")'), ["CN=other.example"]) == ""


def test_a_domain_with_a_wildcard_is_no_name_and_matches_one() -> None:
    assert host_for(rules("", domain="*.example.com")) == ""
    assert host_for(rules("", domain="*.example.com"), ["CN=www.example.com"]) == "www.example.com"
    assert host_for(rules("", domain="*.example.com"), ["CN=www.example.org"]) == ""


@pytest.mark.parametrize(
    "text",
    [
        "192.0.2.7",
        "169.254.169.254",
        "a.example:8080",
        "a.example/path",
        "user@a.example",
        "a.example\\r\\nX-Evil: 1",
        "a b.example",
        "localhost",
        "-a.example",
        "a..example",
        "\u0430.example",
        "x" * 64 + ".example",
        ("a" * 60 + ".") * 5 + "example",
    ],
)
def test_what_is_no_dns_name_is_never_asked(text: str) -> None:
    """It would be another destination, another header, or nothing that TLS can ask for."""
    assert (
        host_for([SwitchingRule(1, f'HTTP.REQ.HOSTNAME.EQ("{text}")'), SwitchingRule(2, domain=text)], [f"CN={text}"])
        == ""
    )


def test_a_bounded_number_of_names_is_tried_by_a_bounded_number_of_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[tuple[int, str]] = []
    monkeypatch.setattr(switching_hosts, "_matches", lambda rule, name: tried.append((rule.priority, name)))
    many = [SwitchingRule(number, f'HTTP.REQ.HOSTNAME.EQ("h{number}.example")') for number in range(500)]
    assert host_for(many) == "h0.example", "whether it has a target is not known, and there is no better one"
    assert (len({rule for rule, _name in tried}), len({name for _rule, name in tried})) == (MOST_RULES, MOST_TRIED)


@pytest.mark.parametrize("row", [{"rule": 5, "domain": ["a.example"]}, {"rule": None}, {}])
def test_a_policy_that_is_no_text_has_no_name(row: dict[str, Any]) -> None:
    assert host_for([SwitchingRule.of({"priority": "high", "policyname": "p"}, row)]) == ""


def test_each_rule_is_compiled_once_for_all_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred rules of 8 KB took two minutes of a hostile appliance's own choosing, for each virtual server."""
    compiled: list[str] = []
    compile_expression = switching_hosts.compile_expression

    def counted(rule: str, names: Any) -> Any:
        compiled.append(rule)
        return compile_expression(rule, names)

    monkeypatch.setattr(switching_hosts, "compile_expression", counted)
    many = [SwitchingRule(n, f'HTTP.REQ.HOSTNAME.EQ("once{n}.example") && false') for n in range(MOST_RULES)]
    assert host_for(many) == ""
    assert sorted(compiled) == sorted(one.rule for one in many)
