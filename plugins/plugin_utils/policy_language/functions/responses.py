# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The parts of the HTTP response: status, headers, body (guide 9.2 p. 56, p. 130; product page on HTTP status codes).

They are for rewrite policies; a request without a response has none of them, and the result is UNDEF.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..call import Call
from ..registry import response_prefix
from ..request import Request, Response
from ..results import undef
from ..typesystem import Boolean, Header, Number, Term, Text, Type


def _part(call: Call, type_: Type, part: Callable[[Response], Any]) -> Term:
    def run(request: Request) -> Any:
        return undef() if request.response is None else part(request.response)

    return call.result(type_, run, partial=True)


@response_prefix("HTTP.RES.STATUS")
def status(call: Call) -> Term:
    """The status code, such as 200."""
    call.expect(0)
    return _part(call, Number(), lambda response: response.status)


@response_prefix("HTTP.RES.STATUS_MSG")
def reason(call: Call) -> Term:
    """The reason phrase, such as OK."""
    call.expect(0)
    return _part(call, Text(), lambda response: response.reason)


@response_prefix("HTTP.RES.VERSION")
def version(call: Call) -> Term:
    call.expect(0)
    return _part(call, Text(), lambda response: response.version)


@response_prefix("HTTP.RES.IS_VALID")
def is_valid(call: Call) -> Term:
    """TRUE: a `Response` is well-formed by construction."""
    call.expect(0)
    return _part(call, Boolean(), lambda _unused: True)


@response_prefix("HTTP.RES.HEADER")
def header(call: Call) -> Term:
    call.expect(1)
    name = call.literal_text(0)
    key = name.lower()
    return _part(call, Header(header=name), lambda response: response.header_values(key))


@response_prefix("HTTP.RES.BODY")
def body(call: Call) -> Term:
    """The first n bytes of the body."""
    call.expect(1)
    size = call.count(0)
    return _part(call, Text(), lambda response: response.body[:size])
