# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The client's connection, its session and its location (guide 9.2 p. 84, p. 164-168)."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from ..addresses import Ip, Range, masked, parse_ip, parse_subnet
from ..call import Call
from ..conversion import rendered
from ..errors import UnsupportedExpression
from ..location import location_matcher
from ..open_semantics import Ambiguity
from ..registry import function, prefix
from ..request import Request
from ..results import undef, unknown
from ..syntax import Literal
from ..typesystem import Address, Boolean, Number, Run, Term, Text, User

# Addresses


def _source(request: Request) -> Ip:
    return parse_ip(request.client_ip)


def _destination(request: Request) -> Ip:
    return parse_ip(request.dst_ip)


@prefix("CLIENT.IP.SRC")
def source(call: Call) -> Term:
    call.expect(0)
    return call.result(Address(4, located=True), _source)


@prefix("CLIENT.IP.DST")
def destination(call: Call) -> Term:
    call.expect(0)
    return call.result(Address(4), _destination)


@prefix("CLIENT.IPV6.SRC")
def source6(call: Call) -> Term:
    call.expect(0)
    return call.result(Address(6, located=True), _source)


@prefix("CLIENT.IPV6.DST")
def destination6(call: Call) -> Term:
    call.expect(0)
    return call.result(Address(6), _destination)


def _test(call: Call, argument: Range, expected: bool = True) -> Term:
    family, run = call.target_type(Address).family, call.target.run
    if argument.version != family:
        raise call.error(f"an IPv{argument.version} address doesn't fit this prefix")
    strict = call.chooser.choose(Ambiguity.OTHER_ADDRESS_FAMILY) == "undef"

    def test(request: Any) -> bool:
        ip = run(request)
        if strict and ip.version != family:
            undef()
        return argument.holds(ip) is expected

    return call.result(Boolean(), test, partial=strict)


def _subnet(call: Call) -> Range:
    call.expect(1)
    literal = call.literal(0, "address")
    try:
        return parse_subnet(literal)
    except ValueError as error:
        raise call.error(str(error)) from None


@function(Address, "IN_SUBNET")
def in_subnet(call: Call) -> Term:
    return _test(call, _subnet(call))


def _single(call: Call) -> Range:
    found = _subnet(call)
    if found.first != found.last:
        raise call.error("takes an address, not a subnet")
    return found


@function(Address, "EQ", "==")
def equal(call: Call) -> Term:
    return _equality(call, expected=True)


@function(Address, "NE", "!=")
def unequal(call: Call) -> Term:
    return _equality(call, expected=False)


def _equality(call: Call, *, expected: bool) -> Term:
    call.expect(1)
    if isinstance(call.arguments[0], Literal):
        return _test(call, _single(call), expected)
    run, argument = call.target.run, call.term(0)
    if not isinstance(argument.type, Address):
        raise call.error(f"takes an address, not {argument.type.name}", call.arguments[0].column)
    other = argument.run
    return call.result(Boolean(), lambda request: (run(request) == other(request)) is expected)


@function(Address, "SUBNET")
def subnet(call: Call) -> Term:
    """Return the term of an address with only its first n bits."""
    call.expect(1)
    type_, run, length = call.target_type(Address), call.target.run, call.literal_number(0)
    if not 0 <= length <= (32 if type_.family == 4 else 128):
        raise call.error(f"{length} is no prefix length")

    def mask(request: Any) -> Ip:
        ip = run(request)
        return masked(ip, length) if ip.version == type_.family else _other_family(call)

    return call.result(Address(type_.family), mask, partial=True)


def _other_family(_unused: Call) -> Ip:
    unknown()


@function(Address, "GET1", "GET2", "GET3", "GET4")
def octet(call: Call) -> Term:
    call.expect(0)
    run, shift = call.target.run, 8 * (4 - int(call.name[-1]))

    def number(request: Any) -> int:
        ip = run(request)
        return int(ip.number >> shift & 0xFF) if ip.version == 4 else unknown()

    return call.result(Number(), number, partial=True)


@function(Address, "CONTAINS_ANY")
def contains_any(call: Call) -> Term:
    """Raise UnsupportedExpression: a public configuration uses it, but no source states what it compares."""
    raise UnsupportedExpression("CONTAINS_ANY on an address isn't supported", call.column)


@function(Address, "IS_IPV6")
def is_ipv6(call: Call) -> Term:
    call.expect(0)
    run = call.target.run
    return call.result(Boolean(), lambda request: run(request).version == 6)


@function(Address, "TYPECAST_TEXT_T")
def address_text(call: Call) -> Term:
    call.expect(0)
    return rendered(call.target, call.chooser, call.column)


@function(Address, "MATCHES_LOCATION")
def matches_location(call: Call) -> Term:
    """Compare six qualifiers; an address that is not in the database has none (guide 9.2 p. 165)."""
    call.expect(1)
    matches = location_matcher(call)
    if not call.target_type(Address).located:
        return call.result(Boolean(), _not_located, partial=True)
    return call.result(Boolean(), lambda request: matches(_location_of(request)), partial=True)


@function(Address, "LOCATION")
def location(call: Call) -> Term:
    call.expect(0)
    if not call.target_type(Address).located:
        return call.result(Text(), _not_located, partial=True)
    return call.result(Text(), lambda request: _location_of(request) or "", partial=True)


def _location_of(request: Request) -> str | None:
    return request.location if request.location_known else unknown()


def _not_located(_unused: Any) -> Any:
    unknown()


# The user of an AAA session


@prefix("HTTP.REQ.USER", "AAA.USER")
def user(call: Call) -> Term:
    call.expect(0)
    return call.result(User(), lambda request: request)


def _of_user(call: Call, type_: Boolean | Text, ask: Callable[[Request], Any], without: Any) -> Term:
    strict = call.chooser.choose(Ambiguity.NO_USER) == "undef"

    def answer(request: Request) -> Any:
        if request.user is not None:
            return ask(request)
        return undef() if strict else without

    run: Run = answer
    return call.result(type_, run, partial=strict)


@function(User, "NAME")
def user_name(call: Call) -> Term:
    call.expect(0)
    return _of_user(call, Text(), operator.attrgetter("user"), "")


@function(User, "GROUPS", "EXTERNAL_GROUPS")
def groups(call: Call) -> Term:
    """Return the term of the groups, separated by commas."""
    call.expect(0)
    return _of_user(call, Text(), lambda request: ",".join(request.groups), "")


@function(User, "IS_MEMBER_OF")
def is_member_of(call: Call) -> Term:
    call.expect(1)
    group = call.literal_text(0)
    return _of_user(call, Boolean(), lambda request: group in request.groups, without=False)
