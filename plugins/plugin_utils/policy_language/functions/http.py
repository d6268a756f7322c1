# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The parts of the HTTP request: URL, host, method, headers, cookies, body (guide 9.2 p. 56, p. 81-93, p. 130)."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from .. import urls
from ..call import Call
from ..errors import UnsupportedExpression
from ..open_semantics import Ambiguity
from ..registry import function, prefix
from ..request import Request
from ..results import undef
from ..syntax import Name
from ..text import HOSTNAME_MODE, TextMode, lower
from ..typesystem import Boolean, Cookie, Header, Hostname, ListText, Method, NameValueList, Number, Term, Text, Url
from .comparisons import Test, comparison
from .conversions import whole_number

MAX_HEADER_NAME = 32  # guide 9.2 p. 130

METHODS = frozenset(
    {
        "CONNECT",
        "COPY",
        "DELETE",
        "GET",
        "HEAD",
        "LOCK",
        "MKCOL",
        "MOVE",
        "OPTIONS",
        "PATCH",
        "POST",
        "PROPFIND",
        "PROPPATCH",
        "PUT",
        "SEARCH",
        "TRACE",
        "UNLOCK",
    }
)


# Prefixes


@prefix("HTTP.REQ.HOSTNAME")
def hostname(call: Call) -> Term:
    """The host of the request line if it has one, else the value of the last Host header (guide 9.2 p. 81)."""
    call.expect(0)

    def host(request: Request) -> str:
        return urls.host(request.url) or (request.header_values("host") or ("",))[-1]

    return call.result(Hostname(HOSTNAME_MODE), host)


@prefix("HTTP.REQ.IS_VALID")
def is_valid(call: Call) -> Term:
    """TRUE: a `Request` is well-formed by construction."""
    call.expect(0)
    return call.result(Boolean(), lambda _unused: True)


@prefix("HTTP.REQ.CONTENT_LENGTH")
def content_length(call: Call) -> Term:
    call.expect(0)

    def length(request: Request) -> int:
        return whole_number((request.header_values("content-length") or ("0",))[-1].strip())

    return call.result(Number(), length, partial=True)


@prefix("HTTP.REQ.BODY")
def body(call: Call) -> Term:
    """The first n bytes of the body."""
    if not call.arguments:
        raise UnsupportedExpression("HTTP.REQ.BODY without a length was removed in 13.1", call.column)
    call.expect(1)
    size = call.count(0)
    return call.result(Text(), lambda request: request.body[:size])


@prefix("HTTP.REQ.FULL_HEADER")
def full_header(call: Call) -> Term:
    """The text from the request line through the empty line."""
    call.expect(0)
    return call.result(Text(), Request.head)


@prefix("HTTP.REQ.HEADER")
def header(call: Call) -> Term:
    call.expect(1)
    name = call.literal_text(0)
    if len(name) > MAX_HEADER_NAME:
        raise call.error(f"a header name has at most {MAX_HEADER_NAME} characters")
    key = name.lower()
    return call.result(Header(header=name), lambda request: request.header_values(key))


@prefix("HTTP.REQ.COOKIE")
def cookie(call: Call) -> Term:
    call.expect(0)
    type_ = Cookie(delimiter=";", strips_blanks=True)
    return call.result(type_, lambda request: "; ".join(request.header_values("cookie")))


@function(Cookie, "EXISTS")
def cookie_exists(call: Call) -> Term:
    call.expect(0)
    return call.result(Boolean(), lambda request: bool(request.header_values("cookie")))


@prefix("HTTP.REQ.LB_VSERVER.NAME")
def lb_vserver(call: Call) -> Term:
    """The load balancing virtual server; UNDEF when none was chosen."""
    call.expect(0)
    return call.result(
        Text(), lambda request: undef() if request.lb_vserver is None else request.lb_vserver, partial=True
    )


@prefix("HTTP.REQ.CS_VSERVER.NAME", "CLIENT.TCP.CS_VSERVER.NAME")
def cs_vserver(call: Call) -> Term:
    """The content switching virtual server; UNDEF when the request came through none."""
    call.expect(0)
    return call.result(
        Text(), lambda request: undef() if request.cs_vserver is None else request.cs_vserver, partial=True
    )


# Parts of a URL


def _part(call: Call, type_: Text, part: Callable[[str], str]) -> Term:
    call.expect(0)
    run = call.target.run
    return call.result(type_, lambda request: part(run(request)))


@function(Url, "PATH")
def path(call: Call) -> Term:
    return _part(call, ListText(call.mode, "/"), urls.path)


@function(Url, "QUERY")
def query(call: Call) -> Term:
    return _part(call, NameValueList(call.mode, strips_blanks=False), urls.query)


@function(Url, "PATH_AND_QUERY")
def path_and_query(call: Call) -> Term:
    return _part(call, Text(call.mode), urls.path_and_query)


@function(Url, "PROTOCOL")
def protocol(call: Call) -> Term:
    return _part(call, Text(call.mode), urls.protocol)


@function(Url, "SUFFIX")
def suffix(call: Call) -> Term:
    if call.arguments:
        raise UnsupportedExpression("SUFFIX with arguments on a URL isn't supported", call.column)
    return _part(call, Text(call.mode), urls.suffix)


@function(Url, "HOSTNAME")
def url_hostname(call: Call) -> Term:
    mode = call.mode
    ignore_case = HOSTNAME_MODE.ignore_case if mode.ignore_case is False else mode.ignore_case
    return _part(call, Hostname(replace(mode, ignore_case=ignore_case)), urls.host)


# Host names


def _caseless(mode: TextMode) -> TextMode:
    return replace(mode, ignore_case=True)


@function(Hostname, "EQ")
def hostname_equal(call: Call) -> Term:
    """Compare host names, ignoring case, port and trailing dot (http_hostname_t reference)."""
    return _host_comparison(call, operator.eq)


@function(Hostname, "NE", "!=")
def hostname_unequal(call: Call) -> Term:
    if call.chooser.choose(Ambiguity.HOSTNAME_OPERATORS) == "as_eq":
        return _host_comparison(call, operator.ne)
    return comparison(call, operator.ne)


@function(Hostname, "==")
def hostname_equals(call: Call) -> Term:
    if call.chooser.choose(Ambiguity.HOSTNAME_OPERATORS) == "as_eq":
        return _host_comparison(call, operator.eq)
    return comparison(call, operator.eq)


def _host_comparison(call: Call, test: Test) -> Term:
    call.expect(1)
    run, argument = call.target.run, call.text(0)
    other = argument.run
    if argument.constant is not None:
        wanted = _bare_host(argument.constant)
        return call.result(Boolean(), lambda request: test(_bare_host(run(request)), wanted))
    return call.result(Boolean(), lambda request: test(_bare_host(run(request)), _bare_host(other(request))))


def _bare_host(text: str) -> str:
    return lower(urls.server(text)).removesuffix(".")


@function(Hostname, "SERVER")
def server(call: Call) -> Term:
    return _part(call, Text(_caseless(call.mode)), urls.server)


@function(Hostname, "DOMAIN")
def domain(call: Call) -> Term:
    return _part(call, Text(_caseless(call.mode)), urls.domain)


@function(Hostname, "PORT")
def port(call: Call) -> Term:
    """The port; without one 443 on SSL, else 80."""
    call.expect(0)
    run = call.target.run

    def number(request: Any) -> int:
        try:
            found = urls.port(run(request))
        except ValueError:
            undef()
        return found if found is not None else 443 if request.is_ssl else 80

    return call.result(Number(), number, partial=True)


# Methods


def _method_comparison(call: Call, test: Callable[[str, str], bool]) -> Term:
    call.expect(1)
    if not isinstance(call.arguments[0], Name):
        return comparison(call, test)
    run, wanted = call.target.run, call.keyword(0)
    if wanted not in METHODS:
        raise UnsupportedExpression(f"{wanted} isn't a known HTTP method", call.column)
    return call.result(Boolean(), lambda request: test(run(request), wanted))


@function(Method, "EQ")
def method_equal(call: Call) -> Term:
    """EQ(GET) takes a keyword in any case; a quoted argument is compared as text, with its case (guide 9.2 p. 82)."""
    return _method_comparison(call, operator.eq)


@function(Method, "NE")
def method_unequal(call: Call) -> Term:
    return _method_comparison(call, operator.ne)
