# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The parts of the request (NetScaler policy guide 9.2 p. 81-93; docs: expressions for extracting segments of URLs)."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language import (
    UNDEF,
    UNDETERMINED,
    UnsupportedExpression,
    compile_expression,
)

from tests.played_together import played_together
from tests.unit.plugin_utils.policy_language.evaluation import header, likelier, value

ABSOLUTE = "http://www.mycompany.com:8080/dir1/dir2/my.page.html?a=1&B=2&a=3"


@played_together(
    ("text", "expected"),
    [
        ("PATH", "/dir1/dir2/my.page.html"),
        ("PATH.GET(0)", ""),
        ("PATH.GET(1)", "dir1"),
        ("PATH.GET_REVERSE(0)", "my.page.html"),
        ("PATH.GET_REVERSE(1)", "dir2"),
        ("QUERY", "a=1&B=2&a=3"),
        ('QUERY.VALUE("a")', "1"),
        ('QUERY.VALUE("b")', ""),  # the name honours the case mode
        ('QUERY.SET_TEXT_MODE(IGNORECASE).VALUE("b")', "2"),
        ("PATH_AND_QUERY", "/dir1/dir2/my.page.html?a=1&B=2&a=3"),
        ("SUFFIX", "html"),
        ("PROTOCOL", "http"),
        ("HOSTNAME", "www.mycompany.com:8080"),
        ("HOSTNAME.SERVER", "www.mycompany.com"),
        ("HOSTNAME.DOMAIN", "mycompany.com"),
        ("HOSTNAME.PORT", 8080),
    ],
)
def test_parts_of_an_absolute_url(text: str, expected: object) -> None:
    assert value(f"HTTP.REQ.URL.{text}", url=ABSOLUTE) == expected


@played_together(
    ("url", "text", "expected"),
    [
        ("/x", "HOSTNAME.LENGTH", 0),
        ("/x", "QUERY.LENGTH", 0),
        ("/a.b/c", "SUFFIX", ""),
        ("/a.b", "SUFFIX", "b"),
        ("/a/../b//c", "PATH", "/a/../b//c"),  # nothing is normalised
        ("//host/x", "PATH", "//host/x"),
        ("/x?y=http://z/", "PATH", "/x"),
        ("*", "PATH", ""),
        ("gw.example.com:443", "PATH", ""),
        ("/\u00ff", "PATH", "/\u00ff"),  # any byte
    ],
)
def test_parts_of_other_targets(url: str, text: str, expected: object) -> None:
    assert value(f"HTTP.REQ.URL.{text}", url=url) == expected


def test_query_value_ignores_urlencoded_names() -> None:
    """Guide 9.2 p. 84: an encoded name isn't found."""
    assert value('HTTP.REQ.URL.SET_TEXT_MODE(URLENCODED).QUERY.VALUE("ab")', url="/?%61b=1") == ""


def test_whole_url_of_an_absolute_target_is_open() -> None:
    assert value("HTTP.REQ.URL", url="http://h/x") is UNDETERMINED
    assert value("HTTP.REQ.URL", url="/x") == "/x"


def test_list_end_is_open() -> None:
    assert value("HTTP.REQ.URL.PATH.GET(5)", url="/a") is UNDETERMINED


@pytest.mark.parametrize(
    ("host", "wanted", "expected"),
    [
        ("Director.Home.lab", "director.home.lab", True),
        ("director.home.lab:443", "director.home.lab", True),
        ("director.home.lab.", "director.home.lab", True),
        ("other.home.lab", "director.home.lab", False),
        ("[2001:db8::1]:443", "[2001:db8::1]", True),
    ],
)
def test_hostname_equality_ignores_case_port_and_dot(host: str, wanted: str, expected: bool) -> None:
    """http_hostname_t reference, guide 9.2 p. 100."""
    assert value(f'HTTP.REQ.HOSTNAME.EQ("{wanted}")', **header(host, name="Host")) is expected


def test_other_hostname_comparisons_are_open_where_equality_is_special() -> None:
    host = header("gw.example.com:443", name="Host")
    for text in ('.NE("gw.example.com")', ' != "gw.example.com"', ' == "gw.example.com"'):
        assert value(f"HTTP.REQ.HOSTNAME{text}", **host) is UNDETERMINED
    assert value('HTTP.REQ.HOSTNAME.NE("other")', **host) is True


def test_hostname_is_that_of_the_url_else_of_the_last_header() -> None:
    hosts = header("first.example", "second.example", name="Host")
    assert value("HTTP.REQ.HOSTNAME", **hosts) == "second.example"
    assert value("HTTP.REQ.HOSTNAME", url="http://in.url/", **hosts) == "in.url"
    assert value('HTTP.REQ.HEADER("host")', url="http://in.url/", **hosts) == "second.example"


def test_text_operations_behind_server_ignore_case() -> None:
    host = header("www.MyHost.com", name="Host")
    assert value('HTTP.REQ.HOSTNAME.SERVER.CONTAINS("myhost")', **host) is True
    assert value('HTTP.REQ.HOSTNAME.CONTAINS("myhost")', **host) is UNDETERMINED
    assert value('HTTP.REQ.HOSTNAME.SET_TEXT_MODE(IGNORECASE).CONTAINS("myhost")', **host) is True


@pytest.mark.parametrize(("is_ssl", "port"), [(True, 443), (False, 80)])
def test_default_port(is_ssl: bool, port: int) -> None:
    assert value("HTTP.REQ.HOSTNAME.PORT", is_ssl=is_ssl, **header("a", name="Host")) == port
    for wrong in ("a:x", "a:1234567"):
        assert value("HTTP.REQ.HOSTNAME.PORT", **header(wrong, name="Host")) is UNDEF


@pytest.mark.parametrize(
    ("text", "method", "expected"),
    [
        ("EQ(GET)", "GET", True),
        ("EQ(get)", "GET", True),
        ("NE(GET)", "PUT", True),
        ('EQ("GET")', "GET", True),
        ('EQ("get")', "GET", False),
        ('SET_TEXT_MODE(IGNORECASE).EQ("get")', "GET", True),
        ('SET_TEXT_MODE(IGNORECASE).NE("get")', "GET", False),
    ],
)
def test_method(text: str, method: str, expected: bool) -> None:
    """Guide 9.2 p. 82: a keyword in any case, a quoted argument with its case."""
    assert value(f"HTTP.REQ.METHOD.{text}", method=method) is expected


def test_unknown_method_keyword() -> None:
    with pytest.raises(UnsupportedExpression):
        compile_expression("HTTP.REQ.METHOD.EQ(GETT)")


def test_full_header_runs_from_request_line_to_empty_line() -> None:
    request = {"url": "/a", "headers": (("Host", "h"), ("X", "1")), "body": "b"}
    assert value("HTTP.REQ.FULL_HEADER", **request) == "GET /a HTTP/1.1\r\nHost: h\r\nX: 1\r\n\r\n"


def test_body_is_cut_at_its_length() -> None:
    assert value("HTTP.REQ.BODY(5)", body="123456") == "12345"


def test_content_length() -> None:
    assert value("HTTP.REQ.CONTENT_LENGTH.NEG", **header("5", name="Content-Length")) == -5
    assert value("HTTP.REQ.CONTENT_LENGTH", **header("five", name="Content-Length")) is UNDEF


def test_cookies() -> None:
    cookies = header("a=1; NSC_TASS=manageotp", name="Cookie")
    assert value('HTTP.REQ.COOKIE.VALUE("NSC_TASS")', **cookies) == "manageotp"
    assert value("HTTP.REQ.COOKIE.EXISTS", **cookies) is True
    assert value("HTTP.REQ.COOKIE.EXISTS") is False


def test_url_with_query_never_equals_a_path() -> None:
    assert value('HTTP.REQ.URL.EQ("/")', url="/?x=1") is False
    assert value('HTTP.REQ.URL.PATH.EQ("/")', url="/?x=1") is True


def test_vserver_names_are_undef_outside_one() -> None:
    assert value("HTTP.REQ.LB_VSERVER.NAME") is UNDEF
    assert value("CLIENT.TCP.CS_VSERVER.NAME", cs_vserver="cs1") == "cs1"


def test_response_text() -> None:
    target = '"HTTP/1.1 403 Forbidden\\r\\n\\r\\n" + HTTP.REQ.URL.HTTP_URL_SAFE'
    assert likelier(target, url="/a b?c=<") == "HTTP/1.1 403 Forbidden\r\n\r\n/a%20b?c=%3c"
    assert compile_expression(target).kind == "text"
