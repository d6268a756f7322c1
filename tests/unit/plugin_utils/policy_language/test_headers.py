# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Headers in several instances (NetScaler policy guide 9.2 p. 130-140, p. 172-174)."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language import UNDEF, UNDETERMINED

from tests.played_together import played_together
from tests.unit.plugin_utils.policy_language.evaluation import header, value


@played_together(
    ("values", "operation", "expected"),
    [
        (("abc", "def"), 'CONTAINS("de")', True),
        (("abc", "def"), 'CONTAINS("ab")', True),
        (("abc", "def"), 'CONTAINS("cd")', False),  # never across two
        (("abc", "def"), "REGEX_MATCH(re/^abc$/)", True),
        (("abc", "def"), "INSTANCE(1)", "X: abc\r\n"),
        (("abc", "def"), "INSTANCE(0)", "X: def\r\n"),
        (("abc", "def"), "VALUE(0)", "def"),
        (("abc", "def"), "VALUE(1)", UNDETERMINED),  # the guide prints it with its CRLF
        (("abc", "def"), "VALUE(2)", ""),
        (("abc", "def"), "COUNT", 2),
        (("x",) * 15, "COUNT", 15),
        (("x",) * 16, "COUNT", UNDEF),
        (("111abc", "111def"), 'AFTER_STR("1ab")', "c"),
        (("abc111", "def111"), 'BEFORE_STR("111")', "def"),
        (("abc111", "def111"), 'BEFORE_STR("bc1")', "a"),
        (("abc111", "111def"), 'SUBSTR("111")', "111"),
        (("a", "b"), 'EQ("b")', True),
        (("a", "b"), 'EQ("a")', UNDETERMINED),  # not stated for EQ
        (("a", "a"), 'EQ("a")', True),
        (("A", "b"), 'TO_LOWER.CONTAINS("a")', UNDETERMINED),  # nor behind a conversion
        (("b", "A"), 'TO_LOWER.CONTAINS("a")', True),
        ((), "EXISTS", False),
        (("",), "EXISTS", True),
        ((), 'CONTAINS("a")', False),
        ((), "LENGTH", 0),
        ((), 'EQ("")', UNDETERMINED),
        (("",), 'EQ("")', True),
        (("Text/HTML",), 'EQ("text/html")', False),
        (("10.0.0.1",), 'APPEND(",").APPEND(CLIENT.IP.SRC)', "10.0.0.1,198.51.100.10"),
        (("support.netscaler.com",), "TYPECAST_LIST_T('.').GET(0)", "support"),
    ],
)
def test_operation(values: tuple[str, ...], operation: str, expected: object) -> None:
    assert value(f'HTTP.REQ.HEADER("X").{operation}', **header(*values)) == expected


@pytest.mark.parametrize(("values", "expected"), [(("a", "b"), UNDETERMINED), (("b", "a"), True), (("x",), False)])
def test_the_operator_compares_as_the_function_does(values: tuple[str, ...], expected: object) -> None:
    for text in ('HTTP.REQ.HEADER("X") == "a"', 'HTTP.REQ.HEADER("X").EQ("a")'):
        assert value(text, **header(*values)) is expected


def test_names_are_case_insensitive() -> None:
    assert value('HTTP.REQ.HEADER("user-AGENT")', **header("x", name="User-Agent")) == "x"
