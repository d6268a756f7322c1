# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The schema of traffic files: strict checks of every field, with errors that name file, entry, field and fix.

docs/reference/traffic.md documents the schema. A case that passes these checks can be written as an HTTP/1.1 request as it stands:
no value can add a line to it.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..foundation.errors import InvalidInput
from .traffic import BY_TARGET, CaseSession, Header, Traffic, TrafficCase

MAX_HEADERS = 32
MAX_HEADER_NAME = 64  # characters
MAX_HEADER_VALUE = 4096  # bytes
MAX_HEADER_BYTES = 8192
"""All header lines together: what common front ends accept in one head."""
MAX_BODY = 16 * 1024  # bytes

FRAMING = ("content-length", "transfer-encoding")
"""Headers that follow from the body (RFC 9112, 6): two messages on one connection must never be in doubt."""

_FIELDS: dict[str, tuple[type, ...]] = {
    "id": (str,),
    "method": (str,),
    "url": (str,),
    "session": (str,),
    "since": (int,),
    "probe": (bool,),
    "source": (str,),
    "headers": (dict,),
    "body": (str, dict),
    "chunked": (bool,),
    "client": (str,),
    "never_sent": (str,),
}
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")  # all but the tab


def parse_traffic(value: Any, where: str) -> Traffic:
    """Check the content of a traffic file.

    :param value: ``{attacks: [...], legitimate: [...]}``, and optionally ``variants: {case: 2, double: 2}``
    :param where: the path of the file
    :raises InvalidInput: naming the file, the entry, the field and the fix
    """
    if not isinstance(value, Mapping) or set(value) - {"variants"} != {"attacks", "legitimate"}:
        raise InvalidInput(
            f"{where}: must have the two lists attacks and legitimate, may have variants, and nothing else"
        )
    cases = []
    for section in ("attacks", "legitimate"):
        entries = value[section]
        if not isinstance(entries, list) or not entries:
            raise InvalidInput(f"{where}: {section} must be a list with at least one request")
        cases += [
            parse_case(entry, section == "attacks", f"{where}: {section}, entry {number}")
            for number, entry in enumerate(entries, 1)
        ]
    _check_together(cases, where)
    return Traffic(tuple(cases), _variants(value.get("variants", {}), where))


def _check_together(cases: list[TrafficCase], where: str) -> None:
    """Check that ids are unique and that each kind has a probe that can be sent."""
    seen: set[str] = set()
    for case in cases:
        if case.id in seen:
            raise InvalidInput(f"{where}: the id {case.id!r} is there twice")
        seen.add(case.id)
    for attack in (True, False):
        # A probe has no Gateway session, so one that needs a session cannot be sent.
        if not any(case.probe and case.session != CaseSession.WITH for case in cases if case.attack is attack):
            kind = "attacks" if attack else "legitimate"
            raise InvalidInput(f"{where}: at least one entry of {kind} must have probe: true, and not session: with")
    # The control path must be answered from the control node's own address; an attack may depend on its client.
    if not any(
        case.probe and case.session != CaseSession.WITH and not case.client for case in cases if not case.attack
    ):
        raise InvalidInput(f"{where}: at least one entry of legitimate must have probe: true, and no client")


def _variants(value: Any, where: str) -> tuple[tuple[str, int], ...]:
    known = " and ".join(BY_TARGET)
    if not isinstance(value, Mapping) or not set(value) <= set(BY_TARGET):
        raise InvalidInput(f"{where}: variants may name {known}, each with the version from which on they are stopped")
    for name, version in value.items():
        if type(version) is not int or version < 1:  # pylint: disable=unidiomatic-typecheck
            raise InvalidInput(f"{where}: variants: {name} is {version!r}, which is no version")
    return tuple(sorted(value.items()))


def parse_case(entry: Any, attack: bool, where: str) -> TrafficCase:
    """Check one entry of a traffic file.

    :param where: the file and the entry
    :raises InvalidInput: naming the place, the field and the fix
    """
    if not isinstance(entry, Mapping) or not {"id", "url"} <= set(entry) <= set(_FIELDS):
        raise InvalidInput(f"{where}: needs id and url, and may have {', '.join(sorted(set(_FIELDS) - {'id', 'url'}))}")
    for name, value in entry.items():
        if type(value) not in _FIELDS[name]:
            raise InvalidInput(f"{where}: {name} is {value!r}, which is not of the right type")
    if entry.get("session", CaseSession.ANY) not in tuple(CaseSession):
        raise InvalidInput(f"{where}: session must be one of {', '.join(CaseSession)}")
    url = entry["url"]
    if not url.isascii() or not url.isprintable() or " " in url or not url:
        raise InvalidInput(f"{where}: url must be a raw request target of printable ASCII without blanks")
    if not re.fullmatch(r"[A-Z]+", entry.get("method", "GET")):
        raise InvalidInput(f"{where}: method must be a word in capitals, such as POST")
    body = _body(entry.get("body", ""), where)
    if entry.get("chunked") and not body:
        raise InvalidInput(f"{where}: chunked needs a body: remove chunked, or give the body that is sent in chunks")
    return TrafficCase(
        id=entry["id"],
        attack=attack,
        method=entry.get("method", "GET"),
        url=url,
        session=CaseSession(entry.get("session", CaseSession.ANY)),
        since=entry.get("since", 1),
        probe=entry.get("probe", False),
        headers=_headers(entry.get("headers", {}), where),
        body=body,
        chunked=entry.get("chunked", False),
        client=_client(entry["client"], where) if "client" in entry else "",
        never_sent=_never_sent(entry, where),
    )


def _never_sent(entry: Mapping[str, Any], where: str) -> str:
    """Return why a case is never sent, from an entry."""
    why: str = entry.get("never_sent", "")
    if "never_sent" not in entry:
        return ""
    if entry.get("probe"):
        raise InvalidInput(f"{where}: probe and never_sent exclude each other: name one that does no harm as the probe")
    if not why.strip() or not why.isascii() or not why.isprintable():
        raise InvalidInput(f"{where}: never_sent must say in printable ASCII what harm the request would do")
    return why


def _headers(value: Mapping[Any, Any], where: str) -> tuple[Header, ...]:
    """Return the header lines of an entry, in the order of the file; a list of values makes one line each."""
    lines = tuple(_header_lines(value, where))
    names = [name.lower() for name in value]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InvalidInput(
            f"{where}: headers: {twice} is there twice, and names ignore case: write one name with a list of values"
        )
    if len(lines) > MAX_HEADERS:
        raise InvalidInput(f"{where}: headers: {len(lines)} lines are too many: at most {MAX_HEADERS}")
    size = sum(len(name) + len(text) + 4 for name, text in lines)
    if size > MAX_HEADER_BYTES:
        raise InvalidInput(f"{where}: headers: {size} bytes are too many: at most {MAX_HEADER_BYTES} in all")
    return lines


def _header_lines(value: Mapping[Any, Any], where: str) -> Iterator[Header]:
    for name, given in value.items():
        if not isinstance(name, str) or not _TOKEN.fullmatch(name) or len(name) > MAX_HEADER_NAME:
            raise InvalidInput(
                f"{where}: headers: {name!r} is no header name: use letters, digits and hyphens, at most {MAX_HEADER_NAME}"
            )
        if name.lower() in FRAMING:
            raise InvalidInput(
                f"{where}: headers: {name} follows from the body: remove it, and use body and chunked instead"
            )
        if isinstance(given, list) and not given:
            raise InvalidInput(f"{where}: headers: {name} is an empty list: remove it, or give it a value")
        for text in given if isinstance(given, list) else [given]:
            yield name, _header_value(text, f"{where}: headers: {name}")


def _header_value(value: Any, where: str) -> str:
    if type(value) is not str:  # pylint: disable=unidiomatic-typecheck
        raise InvalidInput(f"{where} is {value!r}, which is no text: put it in quotes, or give a list of texts")
    if _CONTROL.search(value):
        raise InvalidInput(
            f"{where} holds a control character: a header value is one line without CR, LF and NUL; "
            "a name that is sent several times has a list of values"
        )
    if value != value.strip(" \t"):
        raise InvalidInput(
            f"{where} begins or ends with a blank, which is no part of a value (RFC 9110, 5.5): remove it"
        )
    text = _bytes(value, where)
    if len(text) > MAX_HEADER_VALUE:
        raise InvalidInput(f"{where} has {len(text)} bytes: at most {MAX_HEADER_VALUE}")
    return text


def _body(value: str | Mapping[Any, Any], where: str) -> str:
    """Return the body of an entry: text as UTF-8, or the bytes behind ``base64``."""
    if isinstance(value, str):
        body = _bytes(value, f"{where}: body")
    else:
        encoded = value.get("base64")
        if set(value) != {"base64"} or not isinstance(encoded, str):
            raise InvalidInput(f"{where}: body must be a text, or {{base64: <text>}} for bytes")
        try:
            body = base64.b64decode("".join(encoded.split()), validate=True).decode("latin-1")
        except (binascii.Error, ValueError) as error:
            raise InvalidInput(f"{where}: body: base64 cannot be decoded: {error}") from None
    if len(body) > MAX_BODY:
        raise InvalidInput(f"{where}: body has {len(body)} bytes: at most {MAX_BODY}")
    return body


def _client(value: str, where: str) -> str:
    """Return an address in its short form."""
    try:
        # A zone (RFC 4007, 11) may be any text, and means something on one node only.
        return str(ipaddress.ip_address("" if "%" in value else value))
    except ValueError:
        raise InvalidInput(
            f"{where}: client is {value!r}, which is no IP address: write one address, such as 192.0.2.10"
        ) from None


def _bytes(text: str, where: str) -> str:
    """Return a text as UTF-8, one character per byte."""
    try:
        return text.encode().decode("latin-1")
    except UnicodeEncodeError:
        raise InvalidInput(f"{where} holds half of a character: write bytes as {{base64: <text>}} in a body") from None
