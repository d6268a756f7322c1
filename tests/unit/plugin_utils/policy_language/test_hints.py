# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An error in an expression is reported with the correction."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language import (
    Dataset,
    ExpressionError,
    Names,
    UnknownName,
    UnsupportedExpression,
    compile_expression,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language.classic import equivalent
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language.pcre import MAX_LENGTH as MAX_REGEX

from tests.played_together import played_together

NAMES = Names(
    patsets={"allowed_paths": {1: "/a"}},
    datasets={"countries": Dataset.of("ipv4", ["10.0.0.1"])},
    expressions={"is_admin": "true"},
    stringmaps={"moved": {"/a": "/b"}},
)


@played_together(
    ("text", "hint"),
    [
        ('HTTP.REQ.URL.CONTAIN("x")', "http_url_t has no function CONTAIN: did you mean CONTAINS?"),
        ('HTTP.REQ.URL.STARTWITH("x")', "did you mean STARTSWITH?"),
        ("HTTP.REQ.URL.IN_SUBNET(10.0.0.0/8)", "it is one of ip_address_at"),
        ('CLIENT.IP.SRC.CONTAINS("1")', "has no function CONTAINS"),
        ("CLIENT.IP.SCR.EQ(10.0.0.1)", "there is no prefix CLIENT.IP.SCR.EQ: did you mean CLIENT.IP.SRC?"),
        ('HTTP.REQ.HOSTNAM.EQ("a")', "did you mean HTTP.REQ.HOSTNAME?"),
        ("is_admn", "there is no named expression is_admn: did you mean is_admin?"),
        ('HTTP.REQ.URL.PATH.STARTSWITH_ANY("allowed_path")', "did you mean allowed_paths?"),
        ('CLIENT.IP.SRC.EQUALS_ANY("countrys")', "did you mean countries?"),
        ('HTTP.REQ.URL.MAP_STRING("mvoed").EQ("x")', "there is no string map 'mvoed': did you mean moved?"),
        ("HTTP.REQ.URL.PATH.LENGTH", ""),
        ("HTTP.REQ.URL.CONTAINS(5)", "takes text, not num_at"),
        ('HTTP.REQ.URL.LENGTH.GT("5")', "takes a number, not text_t"),
        ("HTTP.REQ.URL && TRUE", "&& takes conditions, not http_url_t"),
        ('HTTP.REQ.URL.LENGTH == "5"', "two types"),
        ("!HTTP.REQ.URL", "! takes a condition"),
        ("HTTP.REQ.URL.SET_TEXT_MODE(IGNORCASE)", "no text mode"),
        ("REQ.HTTP.URL CONTAINS /vpns/", 'write HTTP.REQ.URL.SET_TEXT_MODE(IGNORECASE).CONTAINS("/vpns/")'),
        ("REQ.IP.SOURCEIP == 10.0.0.1", "write CLIENT.IP.SRC.EQ(10.0.0.1)"),
        ("(REQ.HTTP.URL CONTAINS a) && (REQ.HTTP.METHOD == GET)", "13.1 removed"),
        ("ns_true", "write TRUE"),
        ('SYS.EVAL_CLASSIC_EXPR("ns_true")', "13.1 removed it, write TRUE"),
        ("Q.URL.LENGTH.GT(1)", "13.1 removed it, write HTTP.REQ"),
        ('S.HEADER("a").EXISTS', "write HTTP.RES"),
        ('HTTP.REQ.BODY.CONTAINS("a")', "was removed in 13.1"),
        ('HTTP.REQ.HEADER("' + "h" * 33 + '").EXISTS', "at most 32 characters"),
        ('HTTP.REQ.URL.CONTAINS("' + "x" * 256 + '")', "at most 255 characters"),
        ("HTTP.REQ.URL.REGEX_MATCH(re/" + "x" * (MAX_REGEX + 1) + "/)", f"at most {MAX_REGEX} characters"),
    ],
)  # fmt: skip
def test_an_error_comes_with_a_hint(text: str, hint: str) -> None:
    if not hint:
        compile_expression(text, NAMES)
        return
    with pytest.raises(ExpressionError) as caught:
        compile_expression(text, NAMES)
    assert hint in caught.value.message


def test_nothing_near_means_no_hint() -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_expression('HTTP.REQ.URL.PATH.EQUALS_ANY("zzzzzz")', NAMES)
    assert "did you mean" not in caught.value.message


def test_an_unknown_name_is_told_from_other_errors() -> None:
    """A name that isn't known here may be on the appliance."""
    for text in (
        'HTTP.REQ.URL.EQUALS_ANY("x")',
        "nobody",
        'HTTP.REQ.URL.MAP_STRING("x")',
        'HTTP.REQ.URL.CONTAINS_INDEX("x").EQ(1)',
    ):
        with pytest.raises(UnknownName):
            compile_expression(text)
    nested = Names(expressions={"outer": "inner"})
    with pytest.raises(UnknownName):
        compile_expression("outer", nested)


@pytest.mark.parametrize(("size", "error"), [(1499, False), (1500, False), (8191, False), (8192, True)])
def test_the_length_limits(size: int, error: bool) -> None:
    """8191 characters are the limit, 1499 what every release takes (NSPEPI README; guide 9.2)."""
    head = 'HTTP.REQ.URL.CONTAINS("a")'
    text = head + " " * (size - len(head))
    if error:
        with pytest.raises(ExpressionError, match="longer than 8191"):
            compile_expression(text)
        return
    assert bool(compile_expression(text).warnings) is (size > 1499)


@played_together(
    ("classic", "advanced"),
    [
        ("REQ.HTTP.HEADER User-Agent CONTAINS curl", 'HTTP.REQ.HEADER("User-Agent").SET_TEXT_MODE(IGNORECASE).CONTAINS("curl")'),
        ("REQ.HTTP.HEADER Cookie NOTEXISTS", 'HTTP.REQ.HEADER("Cookie").EXISTS.NOT'),
        ("REQ.HTTP.URL != /a", 'HTTP.REQ.URL.SET_TEXT_MODE(IGNORECASE).EQ("/a").NOT'),
        ("REQ.HTTP.URL NOTCONTAINS /a", 'HTTP.REQ.URL.SET_TEXT_MODE(IGNORECASE).CONTAINS("/a").NOT'),
        ("REQ.HTTP.METHOD == get", "HTTP.REQ.METHOD.EQ(GET)"),
        ("REQ.TCP.DESTPORT == 443", "CLIENT.TCP.DSTPORT.EQ(443)"),
        ("REQ.HTTP.URL == /*.php", ""),  # a wildcard
        ("REQ.SSL.CLIENT.CERT EXISTS", ""),
        ("REQ.IP.SOURCEIP CONTAINS 10", ""),
        ("REQ.HTTP.HEADER == x", ""),
        ("HTTP.REQ.URL", ""),
    ],
)  # fmt: skip
def test_simple_classic_expressions_in_advanced_syntax(classic: str, advanced: str) -> None:
    assert equivalent(classic) == advanced
    if advanced:
        assert compile_expression(advanced).kind == "bool"


def test_what_is_only_unsupported_stays_told_apart() -> None:
    for text in ('SYS.EVAL_CLASSIC_EXPR("ns_true")', "Q.URL.LENGTH.GT(1)", 'SYS.HTTP_CALLOUT("x")'):
        with pytest.raises(UnsupportedExpression):
            compile_expression(text)
