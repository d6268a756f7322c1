# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tokens, escapes, precedence and errors (NSPEPI lexers; guide 9.2 p. 64; operators page of NetScaler 11)."""

from __future__ import annotations

import re

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language import (
    ExpressionError,
    Names,
    UnsupportedExpression,
    compile_expression,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language.syntax import parse, tokens
from hypothesis import given
from hypothesis import strategies as st

from tests.accepted import accepted
from tests.played_together import played_together
from tests.unit.plugin_utils.policy_language.evaluation import header, value


@played_together(
    "text",
    [
        'http.REQ.Url.contains("/a")',
        'HTTP . REQ\n.URL\t. CONTAINS ( "/a" )',  # the published Log4j rule has a blank after a dot
        '!HTTP.REQ.URL.CONTAINS("x")',
        "!!TRUE",
        "true.not.not",
        "(FALSE || true).AND(True)",
        "1 + 2 * 3 == 7",
        "(1 + 2) * 3 == 9",
        "-1 + 3 == 2",
        "1 << 35 == 8",  # the count is taken modulo 32
        "-7 / 2 == -3",
        "-7 % 2 == -1",
        "(6 & 3) == (2 | 0)",
        "HTTP.REQ.URL.LENGTH + HTTP.REQ.COOKIE.LENGTH <= 500 && true",
        '"a" + "b" == "ab"',
        "10.BITXOR(12) == 6",
        "TRUE || FALSE && FALSE",
    ],
)
def test_true_expressions(text: str) -> None:
    assert value(text, url="/a") is True


@pytest.mark.parametrize(
    ("literal", "expected"),
    [
        (r'"\\ \' \" \t\r\n"', "\\ ' \" \t\r\n"),
        (r'"\x41\101"', "AA"),
        (r'"\?"', "?"),
        ('"\u00fc"', "\u00c3\u00bc"),  # the bytes of its UTF-8 form
    ],
)
def test_escapes(literal: str, expected: str) -> None:
    assert value(literal) == expected


@pytest.mark.parametrize("literal", [r'"\q"', r'"\x80"', r'"\377"', r'"\xg"'])
def test_wrong_escapes_are_errors(literal: str) -> None:
    with pytest.raises(ExpressionError, match="escape"):
        parse(literal)


@played_together(
    ("text", "column"),
    [
        ("", 1),
        ("HTTP.REQ.URL.CONTAINS(", 23),
        ("true && ", 9),
        ("true true", 6),
        ('"abc', 1),
        ("HTTP.REQ.NOTHING", 1),
        ("HTTP.REQ", 1),
        ("HTTP.REQ.URL.NOTHING", 14),
        ("no_such_expression", 1),
        ("HTTP.REQ.URL && true", 14),
        ("HTTP.REQ.URL.CONTAINS(5)", 23),
        ('HTTP.REQ.URL.LENGTH.EQ("5")', 21),
        ('HTTP.REQ.URL.LENGTH == "5"', 21),
        ("HTTP.REQ.URL.CONTAINS", 14),
        ('HTTP.REQ.HEADER("X").VALUE(15)', 22),
        ('HTTP.REQ.HEADER("' + "x" * 33 + '")', 10),
        ('HTTP.REQ.URL.CONTAINS("' + "x" * 256 + '")', 23),
        ("SYS.TIME.EQ(GMT 25h)", 13),
        ("CLIENT.IP.SRC.IN_SUBNET(10.0.0.0/33)", 15),
        ("CLIENT.IP.SRC.IN_SUBNET(2001:db8::/32)", 15),
        ("'ab'", 1),
        ("HTTP.REQ.URL.SET_TEXT_MODE(UPPERCASE)", 14),
    ],
)
def test_errors_name_their_column(text: str, column: int) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_expression(text)
    assert caught.value.column == column
    assert caught.value.expression == text
    assert not isinstance(caught.value, UnsupportedExpression)


@pytest.mark.parametrize(
    "text",
    [
        "HTTP.RES.STATUS.EQ(200)",
        "HTTP.REQ.BODY.LENGTH.GT(10)",  # removed in 13.1
        'SYS.EVAL_CLASSIC_EXPR("ns_true")',
        "$variable.EQ(1)",
        "is_vpn_url",
        "CLIENT.ETHER.SRCMAC.EQ(00:11:22:33:44:55)",
        'HTTP.REQ.URL.SUBSTR_ANY("m").EQ("x")',
        'HTTP.REQ.HEADER("X").SET_TEXT_MODE(BACKSLASH_ENCODED).CONTAINS("x")',
        r"HTTP.REQ.URL.REGEX_MATCH(re/\Qa\E/)",
    ],
)
def test_what_is_not_evaluated_is_never_a_silent_false(text: str) -> None:
    with pytest.raises(UnsupportedExpression):
        compile_expression(text)


def test_length_limits() -> None:
    long = " || ".join(["true"] * 1000)
    assert compile_expression(long).warnings == ("longer than 1499 characters: older releases refuse it",)
    with pytest.raises(ExpressionError, match="longer than 8191"):
        compile_expression(" || ".join(["true"] * 1100))


def test_a_number_has_at_most_20_digits() -> None:
    """A rule of others with thousands of digits must be no traceback."""
    assert compile_expression(f"HTTP.REQ.URL.LENGTH.GT({'9' * 20})")
    with pytest.raises(ExpressionError, match="a number of more than 20 digits at column 24"):
        compile_expression(f"HTTP.REQ.URL.LENGTH.GT({'9' * 5000})")


def test_long_rows_and_deep_nesting() -> None:
    assert value("||".join(["false"] * 1000 + ["true"])) is True
    assert value("(" * 90 + "true" + ")" * 90) is True
    with pytest.raises(UnsupportedExpression, match="nested"):
        parse("(" * 200 + "true" + ")" * 200)


def test_deep_nesting_by_named_expressions() -> None:
    names = Names(
        expressions={f"e{level}": "(" * 50 + f"e{level + 1}" + ")" * 50 for level in range(50)} | {"e50": "true"}
    )
    with pytest.raises(UnsupportedExpression, match="nested too deeply"):
        compile_expression("e0", names)


@pytest.mark.parametrize("operator", ["e{0} || e{0}", "(e{0}) && e{0}"])
def test_named_expressions_that_double_each_other_are_not_evaluated(operator: str) -> None:
    """Thirty of them on one appliance took all memory, and held the plan of the whole fleet."""
    doubled = {f"e{level}": operator.format(level + 1) for level in range(40)}
    with pytest.raises(UnsupportedExpression, match="its named expressions are too long together"):
        compile_expression("e0", Names(expressions={**doubled, "e40": "true"}))
    assert value("e33", Names(expressions={**doubled, "e40": "true"})) is True


def test_mixing_and_with_or_is_flagged() -> None:
    assert compile_expression("true || false && true").warnings
    assert not compile_expression("true || (false && true)").warnings


def test_named_expressions_are_inlined_as_a_unit() -> None:
    """`add policy expression`; names are case-insensitive (vendor CLI reference 12.0)."""
    names = Names(expressions={"Inner": "true || false", "outer": "INNER && false"})
    assert value("OUTER", names) is False
    with pytest.raises(ExpressionError, match="contains itself"):
        compile_expression("a", Names(expressions={"a": "b", "b": "A"}))
    with pytest.raises(ExpressionError, match="in the named expression bad, column 4"):
        compile_expression("bad", Names(expressions={"bad": "1 +"}))


@played_together("mark", list("#~!/@%|^`,;:=-+*&$'\"(.{["))
def test_regex_marks(mark: str) -> None:
    """Any printable ASCII that is no letter, digit, underscore or blank (vendor CLI reference: rewrite action)."""
    assert value(f"HTTP.REQ.URL.REGEX_MATCH(re{mark}abc{mark})", url="/abc") is True


def test_alternative_for_undef() -> None:
    assert value('(HTTP.REQ.LB_VSERVER.NAME ALT "").EQ("vs1")') is False
    assert value('(HTTP.REQ.LB_VSERVER.NAME ALT "").EQ("vs1")', lb_vserver="vs1") is True


def test_concatenation_renders_numbers_and_addresses() -> None:
    text = '"a" + CLIENT.IP.SRC + "/32 " + CLIENT.TCP.DSTPORT + HTTP.REQ.METHOD'
    assert value(text, client_ip="198.51.100.7") == "a198.51.100.7/32 443GET"


def test_text_comparison_operators() -> None:
    """Strings by `==` and `!=`, alphabetical order by `<` and `>`."""
    assert value('HTTP.REQ.URL.PATH > "/a"', url="/b") is True
    assert value('HTTP.REQ.HEADER("x") == "b"', **header("a", "b")) is True


@given(st.text(max_size=60))
def test_any_text_parses_or_is_an_expression_error(text: str) -> None:
    for read in (parse, tokens):
        with accepted(ExpressionError):
            read(text)


_PIECES = re.findall(
    r'"[^"]*"|\w+|\S', 'HTTP.REQ.URL.HEADER("X").CONTAINS("a").NOT && || ! ( ) + - 1 5.5 re/a/ CLIENT.IP'
)


@given(st.lists(st.sampled_from(_PIECES), max_size=12).map("".join))
def test_any_row_of_tokens_compiles_or_is_an_expression_error(text: str) -> None:
    with accepted(ExpressionError):
        compile_expression(text)


@played_together(
    ("text", "column", "message"),
    [
        ("A &&", 5, "ends too early: expected a value"),
        ("", 1, "ends too early: expected a value"),
        ("A.B(", 5, "ends too early: expected a value or a closing parenthesis"),
        ('A.B("x"', 8, "ends too early: expected a comma or a closing parenthesis"),
        ("(A", 3, "ends too early: expected a closing parenthesis"),
        ("A..B", 3, "before '.B': expected a name"),
        ('A.B("x"))', 9, "before '\\)': expected the end"),
        ("A B", 3, "before 'B': expected an operator, a dot or the end"),
        ('A.B("a" "b")', 9, "expected an operator, a dot, a comma or a closing parenthesis"),
        ('A.B("a",)', 9, "expected a value"),
        ("A.B AND C", 5, "write &&"),
        ("not(A)", 4, "expected an operator, a dot or the end"),
        ("A = B", 3, "write =="),
        ('A.B("x)', 5, "no closing quote"),
        ("A.B('xy')", 5, "single quotes hold one character"),
        ("A.B(\u201cx\u201d)", 5, "write straight quotes"),
        ("A.B(re/x)", 5, "the regular expression that begins here has no closing mark"),
        ("A.B(xp%x)", 5, "the XPath that begins here has no closing mark"),
    ],
)
def test_a_syntax_error_says_where_it_is_and_what_was_expected(text: str, column: int, message: str) -> None:
    with pytest.raises(ExpressionError, match=message) as error:
        parse(text)
    assert error.value.column == column
