# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A request of an access log is judged by the path that a web server makes of it, however it was written."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.trace_rules.compiled_indicators import (
    general_clues,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.trace_rules.plain_requests import (
    is_of_requests,
    plain_request,
)

LINE = '198.51.100.7 - - [18/Jan/2020:00:15:29 +0000] "{} HTTP/1.1" {} {} "-" "x"'


def line(asked: str, status: int = 200, size: int = 71) -> bytes:
    return LINE.format(asked, status, size).encode()


@pytest.mark.parametrize(
    ("asked", "plain"),
    [
        ("GET /vpn/%74hemes/x%2Ephp", "GET /vpn/themes/x.php"),
        ("GET /vpn/%2574hemes/x.php", "GET /vpn/themes/x.php"),
        ("GET /logon/..;/vpn/themes/x.php?a=%41", "GET /vpn/themes/x.php?a=%41"),
        ("GET /a/../vpn/./themes//x.php", "GET /vpn/themes/x.php"),
        ("GET /vpn%2Fthemes%5Cx.php", "GET /vpn/themes/x.php"),
        (r"GET /vpn\\\\themes/x.php", "GET /vpn/themes/x.php"),
        ("GET /VPN/Themes/%78.php", "GET /VPN/Themes/x.php"),
        ("GET /vpn/%74hemes/x%22%20200.php", "GET /vpn/themes/x%22%20200.php"),
        ("GET /vpn/themes/%0a%c3%a9.php", "GET /vpn/themes/%0A%C3%A9.php"),
        ("GET http://gw.example/vpn/%74hemes/x.php", "GET /vpn/themes/x.php"),
    ],
)
def test_the_path_of_a_request_is_made_plain(asked: str, plain: str) -> None:
    assert plain_request(line(asked)) == line(plain)


@pytest.mark.parametrize(
    "asked",
    [
        "GET /vpn/index.html",
        "GET /vpn/index.html?a=%41/../b//c",
        "GET /vpn/x%22%20200.php",
        "OPTIONS *",
        "",
        'GET /x"y/%41',
    ],
)
def test_a_plain_request_stays(asked: str) -> None:
    assert plain_request(line(asked)) is None


def levels(text: bytes) -> list[str]:
    return [str(clue.level) for clue in general_clues() if is_of_requests(clue.indicator.places) and clue.is_in(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (line("GET /vpn/%74hemes/x.php"), ["compromise"]),
        (line("GET /vpn/themes/x%2ephp", 404), ["attempt"]),
        (line("GET /logon/..;/vpn/themes/x.php"), ["compromise"]),
        (line("GET /vpn/%6dedia/x.ico", 404, 71875), ["compromise"]),
        (line("GET /vpn/%74hemes/x.png"), []),
        (line("GET /vpn/themes/x.php%22%20200%20", 404), ["attempt"]),
        (line("GET /vpn/x/../themes/x.php%22 HTTP/1.1%22 200 5", 404), ["attempt"]),
    ],
)
def test_a_dressed_request_is_found(text: bytes, found: list[str]) -> None:
    """Seen: a web shell that was asked for as /vpn/%74hemes/x.php was not found."""
    assert levels(text) == found


def test_a_quote_in_front_of_a_path_hides_nothing() -> None:
    """httpd writes it with a backslash; the request was not read any more from there on."""
    head, rest = b'192.0.2.9 - - [01/Dec/2026:05:00:00 +0000] "GET ', b' HTTP/1.1" 200 1 "-" "x"'
    assert plain_request(head + b'/a\\"/../vpn/themes/%61.php' + rest) == head + b"/vpn/themes/a.php" + rest
    assert plain_request(head + b'/\\"/%61' + rest) == head + b"/%22/a" + rest
