# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Raw requests and replaced parts, as `policyevaluation` needs them (NITRO reference: policyevaluation)."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language import (
    ExpressionError,
    Request,
    http_request_text,
    parse_http_request,
    substitute,
)


def test_request_text_and_back() -> None:
    request = Request(
        method="POST",
        url="/a\u00ff?b c",
        headers=(("Host", "gw.example.com"), ("X", ""), ("X", "a: b")),
        body="one\r\n\r\ntwo",
    )
    text = http_request_text(request)
    assert text.startswith("POST /a\u00ff?b c HTTP/1.1\r\nHost: gw.example.com\r\nX: \r\nX: a: b\r\n\r\none")
    assert parse_http_request(text) == request


def test_bare_line_feeds_are_accepted() -> None:
    assert parse_http_request("GET / HTTP/1.0\nHost: a\n\nb") == Request(
        version="HTTP/1.0", headers=(("Host", "a"),), body="b"
    )


@pytest.mark.parametrize("text", ["", "GET", "GET /", "GET / HTTP/1.1\r\nno colon\r\n\r\n"])
def test_what_is_no_request(text: str) -> None:
    with pytest.raises(ValueError, match="not an HTTP"):
        parse_http_request(text)


PART = {"CLIENT.SSLVPN.IS_SSLVPN": "TRUE"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("!client.SSLVPN.is_sslvpn", "!TRUE"),
        ("client . sslvpn\n.is_sslvpn||a", "TRUE||a"),
        ("CLIENT.SSLVPN.IS_SSLVPN.NOT", "(TRUE).NOT"),
        ('X.EQ("CLIENT.SSLVPN.IS_SSLVPN")', 'X.EQ("CLIENT.SSLVPN.IS_SSLVPN")'),
        ("CLIENT.SSLVPN.IS_SSLVPN_X", "CLIENT.SSLVPN.IS_SSLVPN_X"),
        ("MY.CLIENT.SSLVPN.IS_SSLVPN", "MY.CLIENT.SSLVPN.IS_SSLVPN"),
        ("CLIENT.SSLVPN.IS_SSLVPN && CLIENT.SSLVPN.IS_SSLVPN", "TRUE && TRUE"),
    ],
)
def test_substitution_is_token_exact(text: str, expected: str) -> None:
    assert substitute(text, PART) == expected


def test_longer_parts_win() -> None:
    parts = {"CLIENT.IP.SRC": "10.0.0.1", "CLIENT.IP.SRC.IN_SUBNET(10.0.0.0/8)": "TRUE"}
    assert substitute("client.ip.src.in_subnet( 10.0.0.0/8 ) && a", parts) == "TRUE && a"


def test_what_has_no_tokens_is_an_error() -> None:
    with pytest.raises(ExpressionError):
        substitute('"open', PART)
