# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Parses the request line and the payload of a NITRO call."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import replace
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, unquote_plus

from simulator.nitro import json_text
from simulator.nitro.call import Call, Target
from simulator.types import Row
from simulator.types.errors import NitroError

_REMOVALS = (
    "rm",
    "unbind",
)  # what SDKs send for a DELETE: in params (Java SDK), or in the query (Python SDK, delete_bulk_request)


@lru_cache(maxsize=1024)
def parse_target(raw: str) -> Target | None:
    """Return the target of a NITRO path, None for other paths. A target with scheme and host is accepted (RFC 9112, section 3.2.2)."""
    if not raw.startswith("/"):
        raw = re.sub(r"^https?://[^/?]*", "", raw, flags=re.IGNORECASE)
    path, _, query = raw.partition("?")
    # Slashes in a name are encoded; the vendor's Go client sends one slash too many in an unbind (adc-nitro-go, unbindResource).
    parts = ["", *filter(None, path.split("/"))] if path[:1] == "/" and path[1:2] != "/" else path.split("/")
    if len(parts) < 4 or parts[1].lower() != "nitro" or parts[2].lower() != "v1" or parts[3] not in ("config", "stat"):
        return None
    options: dict[str, str] = {}
    # The guide joins options with &, sometimes with ; (reference pages: pagesize=#no;pageno=#no).
    for piece in query.split("&") if query else ():
        for part in piece.split(";") if piece.partition("=")[0] in ("pagesize", "pageno", "count") else [piece]:
            name, _, value = part.partition("=")
            if name:
                options[unquote(name).lower()] = value
    args, filter_ = _pairs(options.get("args", "")), _pairs(options.get("filter", ""))
    plain = {name: unquote(value) for name, value in options.items() if name not in ("args", "filter")}
    name = "/".join(parts[5:])
    # The second decoding takes + for a blank: Java clients encode names twice with URLEncoder (Java SDK, base_resource).
    return Target(
        parts[3], unquote(parts[4]) if len(parts) > 4 else "", unquote_plus(unquote(name)), plain, args, filter_
    )


def _pairs(text: str) -> dict[str, str]:
    """Parse `k:v,k2:v2`: literal separators, each value encoded once, a blank as %20 or +. Encoded separators are accepted too."""
    if not text:
        return {}
    if ":" not in text:
        text = unquote(text)
    pairs = {}
    for piece in text.split(","):
        name, colon, value = piece.partition(":")
        if colon and name:
            pairs[unquote(name)] = unquote_plus(value)
        elif piece.strip():
            raise NitroError(1090, unquote(piece))
    return pairs


def is_form(body: bytes, content_type: str) -> bool:
    """True for the form with a field `object` of older SDKs. Some of them declare a form and send plain JSON."""
    return body.startswith(b"object=") and content_type.lower().startswith("application/x-www-form-urlencoded")


def _decoded(body: bytes, content_type: str) -> dict[str, Any]:
    if not is_form(body, content_type):
        return json_text.loads(body)
    text = unquote(body[len(b"object=") :].decode("utf-8", "replace").replace("+", " "))
    try:
        return json_text.loads(text.encode())
    except NitroError:
        return json_text.loads(_IN_QUOTES.sub(_double_quoted, text).encode())


# netscaler-tool of PyPI sends strings in single quotes, as Python prints them; appliances accepted that for years. Each quote is read
# once (possessive), so the time is proportional to the length, also where a quote is not closed.
_IN_QUOTES = re.compile(r"""u?'((?:[^'\\]++|\\.)*+)'?|"(?:[^"\\]++|\\.)*+"?""", re.DOTALL)


def _double_quoted(found: re.Match[str]) -> str:
    if found[1] is None:  # already in double quotes
        return found[0]
    return json.dumps(re.sub(r"\\(['\\])", r"\1", found[1]))


def named_in_payload(call: Call, body: bytes, content_type: str) -> str:
    """Set the type of a call without one in its path, as older SDKs make them. Return the session token of the payload."""
    call.legacy = True
    try:
        data = _decoded(body, content_type)
    except NitroError:
        return ""  # reported after authentication
    names = [name for name in data if name not in ("params", "sessionid")]
    if len(names) == 1:
        call.target = replace(call.target, type=names[0])
    return str(data.get("sessionid", ""))


def parse_payload(call: Call, body: bytes, content_type: str) -> None:
    """Set rows, action and onerror from a body; `params` and `sessionid` may stand beside the object."""
    data = _decoded(body, content_type)
    call.legacy = call.legacy or is_form(body, content_type)
    params = data.pop("params", None)
    if isinstance(params, dict):
        call.action = call.action or str(params.get("action", ""))
        call.onerror = call.onerror or str(params.get("onerror", "")).lower()
        if "warning" in params:
            options = {"warning": str(params["warning"]).lower(), **call.target.options}
            call.target = replace(call.target, options=options)
    data.pop("sessionid", None)
    content = data.get(call.target.type)
    if content is None and call.target.type not in data:
        raise NitroError(1232, *(str(name) for name in list(data)[:1]))
    if call.action in _REMOVALS:
        call.removes, call.action = True, ""
    call.bulk = isinstance(content, list)
    rows = content if isinstance(content, list) else [content if content is not None else {}]
    if not all(isinstance(row, dict) for row in rows):
        raise NitroError(1234)
    call.rows = rows


def macro_parts(body: bytes, known: Collection[str]) -> list[tuple[str, list[Row]]]:
    """Return the types of a macroapi payload with their rows, in the order of execution, which is the order of the keys (NITRO guide, use
    cases). The guide's own example spells one type in capitals.
    """
    data = json_text.loads(body)
    parts: list[tuple[str, list[Row]]] = []
    for name, content in data.items():
        rows: Any = content if isinstance(content, list) else [content]
        if not all(isinstance(row, dict) for row in rows):
            raise NitroError(1234)
        parts.append((name if name in known else name.lower(), rows))
    return parts
