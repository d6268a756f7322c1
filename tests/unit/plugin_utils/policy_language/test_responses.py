# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Expressions about the response, which rewrite policies have and responder policies must not have."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language import (
    UNDEF,
    ExpressionError,
    Names,
    Request,
    Response,
    UnsupportedExpression,
    compile_expression,
)

from tests.played_together import played_together

ANSWERED = Request(
    url="/a",
    headers=(("X-In", "1"),),
    response=Response(404, "Not Found", headers=(("Server", "nginx"), ("Via", "a"), ("via", "b")), body="<html>gone"),
)


@played_together(
    ("text", "value"),
    [
        ("HTTP.RES.STATUS", 404),
        ('HTTP.RES.STATUS.EQ(404) && HTTP.REQ.URL.EQ("/a")', True),
        ("HTTP.RES.STATUS_MSG", "Not Found"),
        ("HTTP.RES.VERSION", "HTTP/1.1"),
        ("HTTP.RES.IS_VALID", True),
        ('http.res.header("SERVER").contains("ngin")', True),
        ('HTTP.RES.HEADER("Via").COUNT', 2),
        ('HTTP.RES.HEADER("Via").VALUE(0)', "b"),
        ('HTTP.RES.HEADER("X-In").EXISTS', False),
        ('HTTP.REQ.HEADER("Server").EXISTS', False),
        ("HTTP.RES.BODY(6)", "<html>"),
        ('HTTP.RES.BODY(100).AFTER_STR("<html>") + CLIENT.TCP.SRCPORT', "gone0"),
    ],
)  # fmt: skip
def test_parts_of_the_response(text: str, value: object) -> None:
    assert compile_expression(text, responses=True).evaluate(ANSWERED) == value


@pytest.mark.parametrize("text", ["HTTP.RES.STATUS.EQ(200)", 'HTTP.RES.HEADER("a").EXISTS', "HTTP.RES.IS_VALID"])
def test_a_request_without_a_response_is_undef(text: str) -> None:
    assert compile_expression(text, responses=True).evaluate(Request()) is UNDEF


def test_a_named_expression_may_be_about_the_response() -> None:
    names = Names(expressions={"gone": "HTTP.RES.STATUS.EQ(404)"})
    assert compile_expression("gone", names, responses=True).evaluate(ANSWERED) is True


@pytest.mark.parametrize("text", ["HTTP.RES.STATUS.EQ(404)", "HTTP.RES.BODY(5)"])
def test_other_expressions_are_about_requests_only(text: str) -> None:
    with pytest.raises(UnsupportedExpression, match=r"HTTP\.RES"):
        compile_expression(text)


@pytest.mark.parametrize("text", ["HTTP.RES.STATUS(1)", "HTTP.RES.BODY", "HTTP.RES.BODY(-1)", "HTTP.RES.HEADER(1)"])
def test_wrong_arguments(text: str) -> None:
    with pytest.raises(ExpressionError):
        compile_expression(text, responses=True)
