# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A user or an attacker at a virtual server, as a browser of 2019: any certificate, any version of TLS."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Answer:
    """The answer of a virtual server; status is None where it cut the connection or gave none."""

    status: int | None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""

    @property
    def passes(self) -> bool:
        """The request reached the vulnerable file."""
        return self.status == 200 and "[global]" in self.body

    def blocked_by(self, marker: str | None = None) -> bool:
        """A responder answered: 403 without a body and without a Server header, with the marker where one is given."""
        bare = self.status == 403 and not self.body and "server" not in self.headers
        return bare and (marker is None or self.headers.get("x-request-reference") == marker)


def unverified() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def connection_to(
    place: Mapping[str, Any], client: str = "", *, tls: bool = True, seconds: float = 60
) -> http.client.HTTPConnection:
    """Return a connection to an address and a port of the ready file.

    :param client: the address that it comes from
    :param seconds: that it waits
    """
    host, port, origin = place["address"], place["port"], (client, 0) if client else None
    if tls:
        return http.client.HTTPSConnection(host, port, timeout=seconds, source_address=origin, context=unverified())
    return http.client.HTTPConnection(host, port, timeout=seconds, source_address=origin)


def ask(
    place: Mapping[str, Any],
    target: str,
    *,
    tls: bool = True,
    method: str = "GET",
    client: str = "",
    headers: Mapping[str, str] | None = None,
    seconds: float = 60,
) -> Answer:
    """Return the answer to a request whose target is sent exactly as written."""
    connection = connection_to(place, client, tls=tls, seconds=seconds)
    try:
        has_host = any(name.lower() == "host" for name in headers or {})
        connection.putrequest(method, target, skip_host=has_host, skip_accept_encoding=True)
        for name, value in {**(headers or {}), "Connection": "close"}.items():
            connection.putheader(name, value)
        connection.endheaders()
        reply = connection.getresponse()
        body = reply.read().decode("latin-1")
    except (OSError, http.client.HTTPException):
        return Answer(None)
    finally:
        connection.close()
    return Answer(reply.status, {name.lower(): value for name, value in reply.getheaders()}, body)
