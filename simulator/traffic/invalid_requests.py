# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Requests that the HTTP profile of a virtual server marks as invalid: NITRO reference, nshttpprofile.

The connection is reset: that drop means this is inferred. Input that is not HTTP is answered with 400 whatever the profile says.
"""

from __future__ import annotations

from simulator.network.requests import HttpRequest
from simulator.node.node import Node
from simulator.types import TYPES, Row
from simulator.types.http_profiles import DEFAULT, PROFILE


def is_dropped(node: Node, type_: str, row: Row, request: HttpRequest) -> bool:
    """True if a virtual server drops this request of HTTP 0.9, or this CONNECT."""
    type_of = TYPES["nshttpprofile"]
    default = TYPES[type_].by_name[PROFILE].default if PROFILE in TYPES[type_].by_name else None
    profile = node.running.find(type_of, str(row.get(PROFILE) or default or DEFAULT)) or {}
    mark = "markhttp09inval" if request.version == "0.9" else "markconnreqinval"
    return profile.get("dropinvalreqs") == "ENABLED" and profile.get(mark) == "ENABLED"
