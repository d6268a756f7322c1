# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Prefixes for one unchanged field of the request (guide 9.2 p. 56, p. 82, p. 164-168; CTX267027)."""

from __future__ import annotations

import operator

from ..call import Call
from ..registry import Handler, prefix
from ..text import URL_MODE
from ..typesystem import Boolean, Method, Number, Term, Text, Type, Url

_FIELDS: dict[str, tuple[Type, str]] = {
    "HTTP.REQ.URL": (Url(URL_MODE), "url"),
    "HTTP.REQ.METHOD": (Method(), "method"),
    "HTTP.REQ.VERSION": (Text(), "version"),
    "CLIENT.SSLVPN.IS_SSLVPN": (Boolean(), "is_sslvpn"),  # the connection belongs to a Gateway session
    "CLIENT.SSL.IS_SSL": (Boolean(), "is_ssl"),
    "CLIENT.TCP.SRCPORT": (Number(), "client_port"),
    "CLIENT.TCP.DSTPORT": (Number(), "dst_port"),
}


def _field(type_: Type, name: str) -> Handler:
    def handler(call: Call) -> Term:
        call.expect(0)
        return call.result(type_, operator.attrgetter(name))

    return handler


for _path, (_type, _name) in _FIELDS.items():
    prefix(_path)(_field(_type, _name))
