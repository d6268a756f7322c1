# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Text operations, modes and encodings (NetScaler policy guide 9.2 p. 90-104, p. 146)."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language import (
    LIKELIEST,
    UNDEF,
    UNDETERMINED,
    Ambiguity,
    Request,
    compile_expression,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language.text import (
    characters,
    percent_decode,
)
from hypothesis import given
from hypothesis import strategies as st

from tests.played_together import played_together
from tests.unit.plugin_utils.policy_language.evaluation import header, value


@played_together(
    ("text", "operation", "expected"),
    [
        ("abcdef", "PREFIX(2)", "ab"),
        ("abc", "PREFIX(9)", "abc"),
        ("abcdef", "SUFFIX(2)", "ef"),
        ("abc", "SUFFIX(0)", ""),
        ("a:b:c", "PREFIX(':',0)", "a"),
        ("a:b:c", "PREFIX(':',1)", "a:b"),
        ("a:b:c", "SUFFIX(':',1)", "b:c"),
        ("a:b:c", "SKIP(':',0)", ":b:c"),
        ("abcdef", "SKIP(2)", "cdef"),
        ("abc", "SKIP(9)", ""),
        ("abcdef", "TRUNCATE(2)", "abcd"),
        ("abc", "TRUNCATE(9)", ""),
        ("abc", "TRUNCATE(0)", "abc"),
        ("abcdef", "SUBSTR(1,3)", "bcd"),
        ("abcdef", 'SUBSTR("cd")', "cd"),
        ("abcabc", 'AFTER_STR("b")', "cabc"),
        ("abcabc", 'BEFORE_STR("c")', "ab"),
        ("abc", 'AFTER_STR("x")', ""),
        ("abc", 'AFTER_STR("c")', ""),
        ("aba", 'BETWEEN("aba","ba")', False),  # not long enough for both
        ("ababa", 'BETWEEN("ab","ba")', True),
        (" a ", "STRIP_START_WS", "a "),
        (" a ", "STRIP_END_WS", " a"),
        ("${jndi:ldap://ev}", 'STRIP_CHARS("${: }/+")', "jndildapev"),
        ("..a..", 'STRIP_END_CHARS(".")', "..a"),
        ("..a..", 'STRIP_START_CHARS(".")', "a.."),
        ('"abc xyz def "', "UNQUOTE('\"')", "abc xyz def"),
        ("abc", "UNQUOTE('\"')", "abc"),
        ("ABCd:", "TO_LOWER", "abcd:"),
        ("ab", "TO_UPPER", "AB"),
        ("\u00c4", "TO_LOWER", "\u00c4"),  # only ASCII letters
        ("ab", 'COMPARE("ac")', -1),
        ("ab", 'COMPARE("ab")', 0),
        ("abc", "LENGTH", 3),
        ("abc", 'APPEND("d").APPEND(5)', "abcd5"),
        ("abc", 'NE("abd")', True),
        ("abc", "B64ENCODE", "YWJj"),
        ("YWJj", "B64DECODE", "abc"),
        ("***", "B64DECODE", UNDEF),
        ("7", "TYPECAST_NUM_T(DECIMAL)", 7),
        ("-7", "TYPECAST_NUM_T(DECIMAL)", -7),
        ("x", "TYPECAST_NUM_T(DECIMAL)", UNDEF),
        ("9" * 5000, "TYPECAST_NUM_T(DECIMAL)", UNDETERMINED),  # beyond 32 bits: not stated
        ("", "TYPECAST_NUM_T(DECIMAL)", UNDEF),
        ("10.1.2.3", "TYPECAST_IP_ADDRESS_AT.IN_SUBNET(10.0.0.0/8)", True),
        ("x", "TYPECAST_IP_ADDRESS_AT.GET1", UNDEF),
        ("a\nb", "HTTP_HEADER_SAFE", "a%0Ab"),
        ("<&>", "HTML_XML_SAFE", "&lt;&amp;&gt;"),
        ("a b", "HTTP_URL_SAFE", "a%20b"),
        ("/a.b~c_d-e?f", "HTTP_URL_SAFE", "/a.b~c_d-e?f"),
        ("<", "HTTP_URL_SAFE", UNDETERMINED),  # the case of the hex digits isn't stated
        ("x" * 3000, "HTTP_URL_SAFE.LENGTH", 2048),
        ("123,,24, ,15", "TYPECAST_LIST_T(',').COUNT", 5),
        ("123,,24, ,15", "TYPECAST_LIST_T(',').IGNORE_EMPTY_ELEMENTS.COUNT", 4),  # a blank isn't empty
        ("123,,24, ,15", "TYPECAST_LIST_T(',').IGNORE_EMPTY_ELEMENTS.GET(1)", "24"),
        ("a=1;;b=2; ;c=3", "TYPECAST_NVLIST_T('=',';').COUNT", 5),
        ("a=1;;b=2; ;c=3", "TYPECAST_NVLIST_T('=',';').IGNORE_EMPTY_ELEMENTS.COUNT", 4),
        ("a=1;b=2", "TYPECAST_NVLIST_T('=',';').VALUE(\"b\")", "2"),
        ("a=1; b=2", "TYPECAST_NVLIST_T('=',';').VALUE(\"b\")", UNDETERMINED),
        ("WWW.A.com:80", "TYPECAST_HTTP_HOSTNAME_T.DOMAIN", "A.com"),
    ],
)
def test_operation(text: str, operation: str, expected: object) -> None:
    assert value(f'HTTP.REQ.HEADER("X").{operation}', **header(text)) == expected


@pytest.mark.parametrize(
    ("modes", "text", "expected"),
    [
        ("URLENCODED", "%41+%zz%2541", "A+%zz%41"),  # once; what isn't hex stays
        ("NOURLENCODED", "%41", "%41"),
        ("PLUS_AS_SPACE", "hello+world", "hello world"),
    ],
)
def test_decode_using_text_mode(modes: str, text: str, expected: str) -> None:
    assert value(f'HTTP.REQ.HEADER("X").SET_TEXT_MODE({modes}).DECODE_USING_TEXT_MODE', **header(text)) == expected


def test_modes_are_independent_and_stay_set() -> None:
    """Guide 9.2 p. 101; the vendor's Log4j rule of 2021-12-13."""
    chain = "SET_TEXT_MODE(URLENCODED).SET_TEXT_MODE(PLUS_AS_SPACE).SET_TEXT_MODE(IGNORECASE).DECODE_USING_TEXT_MODE"
    assert value(f'HTTP.REQ.HEADER("X").{chain}.CONTAINS("ab c")', **header("%41B+C")) is True


def test_header_text_is_not_proven_to_be_bytes() -> None:
    assert value('HTTP.REQ.HEADER("X").DECODE_USING_TEXT_MODE.CONTAINS("/../")', **header("/%2e%2e/")) is UNDETERMINED


def test_characters_of_urlencoded_text() -> None:
    """Guide 9.2 p. 146: PREFIX(3) may take 9 bytes."""
    assert value("HTTP.REQ.URL.SET_TEXT_MODE(URLENCODED).PREFIX(3)", url="/%41%42c") == "/%41%42"
    assert value("HTTP.REQ.URL.SET_TEXT_MODE(NOURLENCODED).PREFIX(3)", url="/%41%42c") == "/%4"
    assert value("HTTP.REQ.URL.SET_TEXT_MODE(URLENCODED).LENGTH", url="/%41%42c") == 4
    assert value("HTTP.REQ.URL.LENGTH", url="/%41") is UNDETERMINED


def test_plain_operators_on_encoded_text_are_no_proof() -> None:
    """CTX131682 finds a literal % in live use; the URLENCODED character rule would decode it."""
    assert value('HTTP.REQ.URL.CONTAINS("/vpns/")', url="/%76pns/") is UNDETERMINED
    assert value('HTTP.REQ.URL.CONTAINS("%")', url="/?q=%20") is UNDETERMINED
    assert value('HTTP.REQ.URL.SET_TEXT_MODE(URLENCODED).AFTER_STR("/v")', url="/%76pns") is UNDETERMINED
    assert value('HTTP.REQ.URL.AFTER_STR("/v")', url="/vpns") == "pns"


def test_log4j_rule() -> None:
    """The vendor's rule of 2021-12-13, without its pattern set."""
    rule = (
        "HTTP.REQ.FULL_HEADER.SET_TEXT_MODE(URLENCODED).DECODE_USING_TEXT_MODE. SET_TEXT_MODE(IGNORECASE)"
        '.STRIP_CHARS("${: }/+").AFTER_STR("jndi").CONTAINS("ldap")'
    )
    assert value(rule, **header("${jndi:ldap://evil/a}")) is True
    assert value(rule, **header("%24%7BJNDI%3aldap%3A//evil/a}")) is True
    assert value(rule, **header("ldap.example", name="Host")) is False  # AFTER_STR without a match is empty


@given(st.text(alphabet="%aF0z/+\u00e9", max_size=20))
def test_percent_decode_is_that_of_the_standard(text: str) -> None:
    assert percent_decode(text) == unquote_to_bytes(text.encode("latin-1")).decode("latin-1")


@given(st.text(alphabet="%41Abc/", max_size=20), st.sampled_from(["A", "b", "/c", "1"]))
def test_operators_that_see_decoded_text_cut_the_raw_text(text: str, mark: str) -> None:
    """In that reading of the open point, what is cut out decodes to what the decoded text would give."""
    readings = {**LIKELIEST, Ambiguity.PLAIN_OPERATOR: "sees_decoded"}
    decoded = percent_decode(text)
    expected = {
        f'AFTER_STR("{mark}")': decoded.partition(mark)[2],
        f'BEFORE_STR("{mark}")': decoded.partition(mark)[0] if mark in decoded else "",
        f'STRIP_START_CHARS("{mark}")': decoded.lstrip(mark),
        f'STRIP_END_CHARS("{mark}")': decoded.rstrip(mark),
        f"AFTER_REGEX(re~{mark}~)": decoded.partition(mark)[2],
        "PREFIX(2)": decoded[:2],
        "PREFIX('b',0)": decoded.partition("b")[0],
        "SUFFIX('b',0)": decoded.rpartition("b")[2],
    }
    for operation, result in expected.items():
        expression = f"HTTP.REQ.URL.PATH_AND_QUERY.SET_TEXT_MODE(URLENCODED).{operation}"
        got = compile_expression(expression, readings=readings).evaluate(Request(url=text))
        assert percent_decode(str(got)) == result, operation


@given(st.text(alphabet="%aF0z/", max_size=20))
def test_each_character_decodes_alone(text: str) -> None:
    assert "".join(characters(text)) == text
    assert [percent_decode(unit) for unit in characters(text)] == list(percent_decode(text))
