# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an expression may not say, or what it says that no source explains, is refused with its reason."""

from __future__ import annotations

import re

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language import (
    UNDETERMINED,
    Dataset,
    Names,
    Request,
    compile_expression,
    expression,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language.addresses import parse_range
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language.banks import (
    Bank,
    BoundPolicy,
    decide,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language.errors import (
    ExpressionError,
    UnsupportedExpression,
)

URL = "HTTP.REQ.URL"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f'{URL}.PREFIX("a")', "takes a whole number"),
        (f'{URL}.CONTAINS("a").AND("b")', "takes a condition, not text_t"),
        (f'{URL}.TYPECAST_LIST_T("a").COUNT == 1', "takes a character in single quotes"),
        (f"{URL}.LENGTH.ADD(1.5) == 1", "takes a number, not double"),
        ('SYS.RANDOM.LT("a")', "takes a number, not text_t"),
        (f"{URL}.TYPECAST_NUM_T(1)", "takes an unquoted word"),
        (f'{URL}.LENGTH.BETWEEN("a", 3)', "takes a number, not text_t"),
        ("10.1.1.1", "a literal address can't stand here"),
        ("'a'", "a character can't stand here"),
        ('- "a" == 3', "- takes a number, not text_t"),
        (f'{URL}.CONTAINS("a") < {URL}.CONTAINS("b")', "< doesn't compare bool"),
        (f'{URL}.CONTAINS("a") * {URL}.CONTAINS("b")', "* takes numbers, not bool"),
        ("1.5 % 2.5 == 1.0", "% takes whole numbers"),
        (f"{URL}.TYPECAST_LIST_T('\u00e9').COUNT == 1", "a character literal holds one byte"),
        ("CLIENT.IP.SRC.SUBNET(33).EQ(10.0.0.0)", "33 is no prefix length"),
        ('CLIENT.IP.SRC.EQ("a")', "takes an address, not text_t"),
        ('CLIENT.IP.SRC.MATCHES_LOCATION("Europe.NL")', "takes 6 qualifiers separated by dots"),
        ("SYS.TIME.WITHIN(GMT 2020 2021, GMT 2022)", "two values for the year"),
    ],
)
def test_a_mistake(text: str, told: str) -> None:
    with pytest.raises(ExpressionError, match=re.escape(told)):
        compile_expression(text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('CLIENT.IP.SRC.CONTAINS_ANY("a")', "CONTAINS_ANY on an address isn't supported"),
        (f"{URL}.TYPECAST_NUM_T(HEX) == 1", "TYPECAST_NUM_T(HEX) isn't supported"),
        (f'{URL}.SUFFIX("a").EQ("b")', "SUFFIX with arguments on a URL isn't supported"),
        ("SYS.TIME == SYS.TIME", "comparing two times isn't supported"),
        (f'("a" + {URL}.CONTAINS("b")).EQ("c")', "how bool becomes text isn't known"),
        (f'{URL}.CONTAINS_ANY("set")', "CONTAINS_ANY with a data set isn't supported"),
        (f'{URL}.CONTAINS_INDEX("set") == 1', "CONTAINS_INDEX with a data set isn't supported"),
        (f"{URL}.MAP_STRING({URL}).EQ(1)", "of a map that only the request names isn't supported"),
    ],
)
def test_what_no_source_explains(text: str, told: str) -> None:
    names = Names(datasets={"set": Dataset.of("ipv4", ["192.0.2.1"])})
    with pytest.raises(UnsupportedExpression, match=re.escape(told)):
        compile_expression(text, names)


def test_a_range_that_ends_before_it_begins() -> None:
    with pytest.raises(ValueError, match=r"^192\.0\.2\.9 - 192\.0\.2\.1 is not a range$"):
        parse_range("192.0.2.9", "192.0.2.1")


def test_more_readings_than_are_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expression, "MAX_COMBINATIONS", 1)
    with pytest.raises(UnsupportedExpression, match="too many ambiguities: settle some of them with `readings`"):
        compile_expression(f'{URL}.CONTAINS("/vpns/")')


SERVICES = 'SYS.VSERVER("v").ACTIVESERVICES'
"""Only the appliance knows it."""


@pytest.mark.parametrize(
    ("goto", "told"),
    [(SERVICES, "this goto cannot be evaluated offline"), ("$x.LENGTH", "the variable $x isn't supported")],
)
def test_a_goto_that_only_the_appliance_can_follow(goto: str, told: str) -> None:
    policy = BoundPolicy("a", compile_expression("true"), "NOOP", 10, goto)
    with pytest.raises(UnsupportedExpression, match=re.escape(told)):
        decide([Bank("REQ_OVERRIDE", (policy,))], Request())


def test_an_alternative_to_what_only_the_appliance_knows_is_not_taken() -> None:
    assert compile_expression(f"({SERVICES} ALT 2) == 2").evaluate(Request()) is UNDETERMINED
