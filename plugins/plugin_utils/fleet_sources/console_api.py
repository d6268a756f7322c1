# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Fetches the instances of NetScaler Console with one request, bounded in time and size; the certificate is verified."""

from __future__ import annotations

import hmac
import http.client
import ssl
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from ..appliance.nitro.bounded_connection import AnswerTooLarge, BoundedConnection, ExchangeLimits
from ..appliance.nitro.json_body import BrokenBody, parse_body
from ..appliance.nitro.tls import client_context, fingerprint
from ..foundation.errors import CannotConnect, InvalidInput
from ..foundation.foreign_text import printable

TARGET = "/nitro/v1/config/ns"
LARGEST_ANSWER = 64 * 1024 * 1024
CONNECT_SECONDS = 10.0


@dataclass(frozen=True)
class Console:
    """How to reach NetScaler Console.

    :ivar certificate_pin: SHA-256 of its certificate (lower-case hexadecimal), which replaces the checks of chain and name; "" to check these
    :ivar seconds: for the request and its whole answer
    """

    url: str
    user: str
    password: str = field(repr=False)
    ca_file: str | None = None
    certificate_pin: str = ""
    seconds: float = 60.0

    @property
    def where(self) -> str:
        """The URL of the list, without anything that a person may have written into it besides."""
        parts = self._parts()
        return f"https://{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}{TARGET}"

    def fetch(self) -> bytes:
        """Return the answer.

        :raises InvalidInput: where the settings are wrong
        :raises CannotConnect: where there is no answer, or one that says no
        """
        parts = self._parts()
        for name, value in (("user", self.user), ("password", self.password)):
            if not value or not value.isprintable():
                raise InvalidInput(f"{name}: it is empty, or has characters that a header cannot have")
        try:
            context = client_context(ca_file=self.ca_file, verify=not self.certificate_pin, minimum_tls="1.2")
        except InvalidInput as error:
            raise InvalidInput(str(error).replace("netscaler_ca_file", "ca_file")) from error
        connection = BoundedConnection(str(parts.hostname), parts.port or 443, context=context)
        limits = ExchangeLimits(self.seconds)
        connection.allow(limits)
        try:
            connection.open(min(CONNECT_SECONDS, self.seconds))
            self._check_pin(connection)
            return self._answer(connection, limits)
        except ssl.SSLCertVerificationError as error:
            raise CannotConnect(
                f"{self.where}: the certificate is not trusted ({error.verify_message}). Name its CA in ca_file, or its SHA-256 in certificate_pin."
            ) from error
        except (OSError, http.client.HTTPException) as error:
            raise CannotConnect(f"{self.where}: {printable(str(error) or type(error).__name__)}") from error
        finally:
            connection.close()

    def _parts(self) -> SplitResult:
        try:
            parts = urlsplit(self.url)
            is_alone = parts.port != 0 and not parts.username and not parts.query and parts.path in ("", "/")
        except ValueError:  # a port that is none, or half an IPv6 address
            is_alone = False
        if not is_alone or parts.scheme != "https" or not parts.hostname:
            raise InvalidInput('url: write the address of NetScaler Console alone, as "https://console.example.net"')
        return parts

    def _check_pin(self, connection: BoundedConnection) -> None:
        found = fingerprint(connection.sock.getpeercert(binary_form=True) or b"")
        if self.certificate_pin and not hmac.compare_digest(
            found.encode(), self.certificate_pin.replace(":", "").lower().encode()
        ):
            raise CannotConnect(
                f"{self.where}: its certificate has the SHA-256 {found}, and certificate_pin names another one"
            )

    def _answer(self, connection: BoundedConnection, limits: ExchangeLimits) -> bytes:
        connection.putrequest("GET", TARGET, skip_accept_encoding=True)
        connection.putheader("Accept", "application/json")
        connection.putheader("X-NITRO-USER", self.user.encode())
        connection.putheader("X-NITRO-PASS", self.password.encode())
        connection.endheaders()
        with connection.getresponse() as answer:
            limits.expect_body(LARGEST_ANSWER)
            content = answer.read(LARGEST_ANSWER + 1)
        if len(content) > LARGEST_ANSWER:
            raise AnswerTooLarge(f"the answer is larger than {LARGEST_ANSWER:,} bytes")
        if answer.status != http.client.OK:
            raise CannotConnect(f"{self.where}: HTTP {answer.status}{_message_of(content)}")
        return content


def _message_of(content: bytes) -> str:
    try:
        message = parse_body(content[:100_000]).get("message")
    except BrokenBody:
        return ""
    return f": {printable(message[:300])}" if isinstance(message, str) else ""
