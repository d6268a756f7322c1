# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Headers, of which a request may have several instances (guide 9.2 p. 130-140)."""

from __future__ import annotations

from typing import Any

from ..call import Call
from ..open_semantics import Ambiguity
from ..registry import function
from ..results import undef
from ..typesystem import Boolean, Header, Number, Run, Term, Text

MAX_INSTANCES = 15


@function(Header, "EXISTS")
def exists(call: Call) -> Term:
    call.expect(0)
    run = call.target.run
    return call.result(Boolean(), lambda request: bool(run(request)))


@function(Header, "COUNT")
def count(call: Call) -> Term:
    """The number of instances; UNDEF above 15."""
    call.expect(0)
    run = call.target.run

    def counted(request: Any) -> int:
        instances = len(run(request))
        return instances if instances <= MAX_INSTANCES else undef()

    return call.result(Number(), counted, partial=True)


@function(Header, "INSTANCE")
def instance(call: Call) -> Term:
    """The whole line of an instance; 0 is the last one."""
    name = call.target_type(Header).header
    value = _nth(call)
    mode = call.target_type(Header).mode

    def line(request: Any) -> str:
        found = value(request)
        return "" if found is None else f"{name}: {found}\r\n"

    return call.result(Text(mode), line)


@function(Header, "VALUE")
def value(call: Call) -> Term:
    """The value of an instance; 0 is the last one."""
    nth = _nth(call)
    end = ""
    if call.literal_number(0) > 0 and call.chooser.choose(Ambiguity.HEADER_VALUE) == "with_crlf":
        end = "\r\n"

    def found_value(request: Any) -> str:
        found = nth(request)
        return "" if found is None else found + end

    return call.result(Text(call.target_type(Header).mode), found_value)


def _nth(call: Call) -> Run:
    call.expect(1)
    index = call.literal_number(0)
    if not 0 <= index < MAX_INSTANCES:
        raise call.error(f"takes an index from 0 to {MAX_INSTANCES - 1}")
    run = call.target.run

    def nth(request: Any) -> str | None:
        values = run(request)
        return values[-1 - index] if index < len(values) else None

    return nth
