# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Text modes, encodings and typecasts of text (NetScaler policy guide 9.2 p. 101-106, p. 146; docs: safe characters)."""

from __future__ import annotations

import base64
import binascii
from dataclasses import replace
from typing import Any

from ..addresses import Ip, parse_ip
from ..call import Call, Instances
from ..errors import UnsupportedExpression
from ..open_semantics import Ambiguity
from ..registry import function
from ..results import undef, undetermined
from ..text import decoder, lower, upper
from ..typesystem import Address, Header, Hostname, ListText, NameValueList, Number, Term, Text

_SAFE_LENGTH = 2048  # "Safe" conversions cut their result there (NetScaler docs, safe characters)
# `?` isn't in every list of the vendor, but every published redirect with PATH_AND_QUERY.HTTP_URL_SAFE needs it.
_URL_SAFE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789*@:,$.=!-()+;'/~_?")


# Modes and case


@function(Text, "SET_TEXT_MODE", keeps_type=True)
def set_text_mode(call: Call) -> Term:
    call.expect(1)
    mode, keyword = call.mode, call.keyword(0)
    changes: dict[str, dict[str, bool]] = {
        "IGNORECASE": {"ignore_case": True},
        "NOIGNORECASE": {"ignore_case": False},
        "URLENCODED": {"urlencoded": True},
        "NOURLENCODED": {"urlencoded": False},
        "PLUS_AS_SPACE": {"plus_as_space": True},
        "NO_PLUS_AS_SPACE": {"plus_as_space": False},
        "NO_BACKSLASH_ENCODED": {},
    }
    if keyword == "BACKSLASH_ENCODED":
        raise UnsupportedExpression("what BACKSLASH_ENCODED decodes isn't known", call.column)
    if keyword not in changes:
        raise call.error(f"{keyword} is no text mode")
    mode = replace(mode, **changes[keyword])
    type_ = call.target_type(Text)
    if isinstance(type_, Header):
        return call.convert(str, mode)
    return call.result(replace(type_, mode=mode), call.target.run)


@function(Text, "DECODE_USING_TEXT_MODE", instances=Instances.EACH)
def decode_using_text_mode(call: Call) -> Term:
    """Decode once; the modes stay set. Citrix's WAF signature 998597 decodes twice by writing it twice."""
    call.expect(0)
    return call.convert(decoder(call.mode, call.chooser), call.mode)


@function(Text, "TO_LOWER", instances=Instances.EACH)
def to_lower(call: Call) -> Term:
    call.expect(0)
    return call.convert(lower, call.mode)


@function(Text, "TO_UPPER", instances=Instances.EACH)
def to_upper(call: Call) -> Term:
    call.expect(0)
    return call.convert(upper, call.mode)


@function(Text, "MARK_SAFE")
def mark_safe(call: Call) -> Term:
    call.expect(0)
    return call.each(Text(call.mode), lambda text, _unused: text)


@function(Text, "APPEND")
def append(call: Call) -> Term:
    call.expect(1)
    argument = call.rendered(0).run
    return call.each(Text(call.mode.foreign()), lambda text, request: text + argument(request))


# Encodings


@function(Text, "B64ENCODE")
def b64encode(call: Call) -> Term:
    call.expect(0)
    return call.each(
        Text(call.mode.foreign()), lambda text, _unused: base64.b64encode(text.encode("latin-1")).decode("ascii")
    )


@function(Text, "B64DECODE")
def b64decode(call: Call) -> Term:
    """UNDEF when the text is not Base64 (guide 9.2 p. 106)."""
    call.expect(0)

    def decode(text: str, _unused: Any) -> str:
        try:
            return base64.b64decode(text.encode("latin-1"), validate=True).decode("latin-1")
        except binascii.Error:
            undef()

    return call.each(Text(call.mode.foreign()), decode, partial=True)


@function(Text, "HTTP_URL_SAFE")
def http_url_safe(call: Call) -> Term:
    call.expect(0)
    choose = call.chooser.choose
    hexadecimal = "%{:02x}" if choose(Ambiguity.SAFE_HEX_CASE) == "lower" else "%{:02X}"
    safe = _URL_SAFE
    if choose(Ambiguity.SAFE_PERCENT) == "stays":
        safe |= {"%"}
    if choose(Ambiguity.SAFE_AMPERSAND) == "stays":
        safe |= {"&"}
    encoded = {code: hexadecimal.format(code) for code in range(256) if chr(code) not in safe}
    return call.each(Text(call.mode.foreign()), lambda text, _unused: text.translate(encoded)[:_SAFE_LENGTH])


@function(Text, "HTTP_HEADER_SAFE")
def http_header_safe(call: Call) -> Term:
    """Encode a line feed as %0A, against response splitting."""
    call.expect(0)
    return call.each(Text(call.mode.foreign()), lambda text, _unused: text.replace("\n", "%0A")[:_SAFE_LENGTH])


@function(Text, "HTML_XML_SAFE")
def html_xml_safe(call: Call) -> Term:
    call.expect(0)
    entities = str.maketrans({"<": "&lt;", ">": "&gt;", "&": "&amp;"})
    return call.each(Text(call.mode), lambda text, _unused: text.translate(entities)[:_SAFE_LENGTH])


# Typecasts


@function(Text, "TYPECAST_TEXT_T")
def text_as_text(call: Call) -> Term:
    call.expect(0)
    return call.each(Text(call.mode), lambda text, _unused: text)


@function(Text, "TYPECAST_NUM_T")
def text_as_number(call: Call) -> Term:
    """UNDEF when the text is no number."""
    call.expect(1)
    if call.keyword(0) != "DECIMAL":
        raise UnsupportedExpression(f"TYPECAST_NUM_T({call.keyword(0)}) isn't supported", call.column)

    return call.each(Number(), lambda text, _unused: whole_number(text), partial=True)


def whole_number(text: str) -> int:
    """Return the whole number; UNDEF when the text is none. No source states the result beyond 32 bits."""
    digits = text.removeprefix("-")
    if not digits.isascii() or not digits.isdigit():
        undef()
    number = int(text) if len(digits) <= 10 else 1 << 32
    return number if -(1 << 31) <= number < 1 << 31 else undetermined()


@function(Text, "TYPECAST_IP_ADDRESS_AT")
def text_as_address(call: Call) -> Term:
    """UNDEF when the text is no address."""
    call.expect(0)

    def address(text: str, _unused: Any) -> Ip:
        try:
            return parse_ip(text)
        except ValueError:
            undef()

    return call.each(Address(), address, partial=True)


@function(Text, "TYPECAST_LIST_T")
def text_as_list(call: Call) -> Term:
    call.expect(1)
    return call.each(ListText(call.mode, call.character(0)), lambda text, _unused: text)


@function(Text, "TYPECAST_NVLIST_T")
def text_as_name_value_list(call: Call) -> Term:
    call.expect(2)
    type_ = NameValueList(call.mode, delimiter=call.character(1), assign=call.character(0))
    return call.each(type_, lambda text, _unused: text)


@function(Text, "TYPECAST_HTTP_HOSTNAME_T")
def text_as_hostname(call: Call) -> Term:
    call.expect(0)
    ignore_case = call.mode.ignore_case or Ambiguity.HOSTNAME_CASE
    return call.each(Hostname(replace(call.mode, ignore_case=ignore_case)), lambda text, _unused: text)
