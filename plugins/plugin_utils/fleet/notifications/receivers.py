# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The receivers of notifications, from the variable ``tourniquet_notify``: checked, with strict types. Pure.

No message of an error has the value of a setting: a URL or a header can hold a secret.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from ...foundation.errors import InvalidInput

VARIABLE = "tourniquet_notify"
MOST_RECEIVERS, MOST_SECONDS = 20, 60
MOST_HOURS, MOST_MINUTES = 24 * 31, 60 * 24 * 31
SHORTEST_SECRET = 16
"""Characters of the key of a signature."""
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")
_HEADER_NAME = re.compile(r"[A-Za-z0-9-]+")
_HEADER_VALUE = re.compile(r"[\x20-\x7e]*")
_HEADERS_OF_OURS = ("host", "content-length", "content-type", "transfer-encoding", "connection")
_NITRO_HEADER = "x-nitro"
_NITRO_PATH = re.compile(r"[/\\]nitro([/\\;?#]|$)", re.IGNORECASE)
_HOST = re.compile(r"[A-Za-z0-9._:%-]{1,255}")
_OF_EACH = ("type", "on", "timeout", "ca_file", "repeat_hours", "heartbeat_minutes")
_OF_TYPE = {
    "webhook": ("url", "headers", "secret"),
    "mail": ("to", "sender", "server", "port", "security", "user", "password"),
    "syslog": ("server", "port", "protocol", "facility"),
}
SECURITY = {"starttls": 587, "tls": 465, "none": 25}
"""By the security of a connection to a mail server, its default port."""
PROTOCOLS = {"tls": 6514, "tcp": 514, "udp": 514}
"""By the protocol of a syslog server, its default port (RFC 5425, 5426)."""
FACILITIES = {"daemon": 3, "auth": 4, "authpriv": 10} | {f"local{number}": 16 + number for number in range(8)}
"""By name, the number of a facility (RFC 5424 6.2.1)."""


class Event(StrEnum):
    """What somebody wants to be told of: what became of an appliance, what was found on it, or that a run took place."""

    FAILED = "failed"
    HELD = "held"
    APPLIED = "applied"
    MAY_GO = "may_go"
    COMPROMISE = "compromise"
    ATTEMPT = "attempt"
    REVIEW = "review"
    INCOMPLETE = "incomplete"
    HEARTBEAT = "heartbeat"


@dataclass(frozen=True)
class Receiver:
    """What every receiver has.

    :ivar on: the events that it is told
    :ivar timeout: seconds
    :ivar ca_file: the certificates of the authorities to trust; "" for those of the system
    :ivar repeat_hours: how long a finding that is still there is not told again
    :ivar heartbeat_minutes: how often a heartbeat is sent at most
    """

    on: frozenset[Event]
    timeout: float
    ca_file: str
    repeat_hours: int
    heartbeat_minutes: int


@dataclass(frozen=True)
class Webhook(Receiver):
    """A receiver of JSON by HTTPS.

    :ivar secret: the key of the signature of the body; "" for none
    """

    url: SplitResult = field(repr=False)
    headers: Mapping[str, str] = field(repr=False, hash=False)
    secret: str = field(repr=False)

    def __str__(self) -> str:
        return f"the webhook at {self.url.hostname}"


@dataclass(frozen=True)
class Mail(Receiver):
    """Receivers of a mail by one server."""

    to: tuple[str, ...]
    sender: str
    server: str
    port: int
    security: str
    user: str
    password: str = field(repr=False)

    def __str__(self) -> str:
        return f"the mail server {self.server}"


@dataclass(frozen=True)
class Syslog(Receiver):
    """A syslog server."""

    server: str
    port: int
    protocol: str
    facility: int

    def __str__(self) -> str:
        return f"the syslog server {self.server}"


AnyReceiver = Webhook | Mail | Syslog


def parse_receivers(value: Any) -> tuple[AnyReceiver, ...]:
    """Return the receivers of a list.

    :raises InvalidInput: naming the entry and the setting, without its value
    """
    if not isinstance(value, list) or len(value) > MOST_RECEIVERS:
        raise InvalidInput(f"{VARIABLE} must be a list of at most {MOST_RECEIVERS} entries, each with type and on")
    return tuple(_receiver(entry, f"{VARIABLE}[{number}]") for number, entry in enumerate(value))


def _receiver(entry: Any, where: str) -> AnyReceiver:
    if isinstance(
        entry, dict
    ):  # YAML 1.1, which Ansible reads, takes the word on for true; JSON makes a text of that key
        entry = {"on" if key is True or key == "true" else key: value for key, value in entry.items()}
    if not isinstance(entry, dict) or entry.get("type") not in list(_OF_TYPE):
        raise InvalidInput(f"{where} must have the type webhook, mail or syslog")
    unknown = [key for key in entry if key not in (*_OF_EACH, *_OF_TYPE[entry["type"]])]
    if unknown:
        raise InvalidInput(
            f"{where}: a {entry['type']} has no {unknown[0]!r}; it has {', '.join(_OF_TYPE[entry['type']])}"
        )
    given = _Entry(entry, where)
    common = (
        given.events(),
        given.seconds(),
        given.text("ca_file", ""),
        given.whole_number("repeat_hours", 24, MOST_HOURS),
        given.whole_number("heartbeat_minutes", 24 * 60, MOST_MINUTES),
    )
    if entry["type"] == "webhook":
        return Webhook(*common, url=given.url(), headers=given.headers(), secret=given.secret())
    if entry["type"] == "syslog":
        protocol = given.choice("protocol", PROTOCOLS, "tls")
        return Syslog(
            *common,
            server=given.host("server"),
            port=given.port(PROTOCOLS[protocol]),
            protocol=protocol,
            facility=FACILITIES[given.choice("facility", FACILITIES, "local0")],
        )
    security = given.choice("security", SECURITY, "starttls")
    user = given.text("user", "")
    given.require(
        not user or security != "none",
        "user",
        "left out with security: none: its password would be readable on the way",
    )
    return Mail(
        *common,
        to=given.addresses(),
        sender=given.address("sender"),
        server=given.text("server", "localhost"),
        port=given.port(SECURITY[security]),
        security=security,
        user=user,
        password=given.text("password", ""),
    )


@dataclass(frozen=True)
class _Entry:
    """One entry of the list."""

    values: Mapping[str, Any]
    where: str

    def require(self, is_valid: object, key: str, what: str) -> None:
        """:raises InvalidInput: naming the setting and what it must be"""
        if not is_valid:
            raise InvalidInput(f"{self.where}.{key} must be {what}")

    def text(self, key: str, default: str | None = None) -> str:
        value = self.values.get(key, default)
        self.require(isinstance(value, str) and value.isprintable(), key, "a text in one line")
        return str(value)

    def events(self) -> frozenset[Event]:
        value = self.values.get("on")
        valid = isinstance(value, list) and value and all(one in list(Event) for one in value)
        self.require(valid, "on", f"a list of {', '.join(Event)}")
        return frozenset(map(Event, value or ()))

    def choice(self, key: str, choices: Collection[str], default: str) -> str:
        text = self.text(key, default)
        self.require(text in choices, key, f"one of {', '.join(choices)}")
        return text

    def host(self, key: str) -> str:
        text = self.text(key)
        self.require(_HOST.fullmatch(text), key, "a name or an address")
        return text

    def secret(self) -> str:
        text = self.text("secret", "")
        is_valid = "secret" not in self.values or len(text) >= SHORTEST_SECRET
        self.require(is_valid, "secret", f"a text of at least {SHORTEST_SECRET} characters")
        return text

    def whole_number(self, key: str, default: int, most: int) -> int:
        value = self.values.get(key, default)
        valid = type(value) is int and 0 < value <= most  # pylint: disable=unidiomatic-typecheck
        self.require(valid, key, f"a number from 1 to {most}")
        return int(value)

    def seconds(self) -> float:
        value = self.values.get("timeout", 10)
        valid = type(value) in (int, float) and 0 < value <= MOST_SECONDS  # pylint: disable=unidiomatic-typecheck
        self.require(valid, "timeout", f"a number of seconds up to {MOST_SECONDS}")
        return float(value)

    def port(self, default: int) -> int:
        value = self.values.get("port", default)
        valid = type(value) is int and 0 < value < 65536  # pylint: disable=unidiomatic-typecheck
        self.require(valid, "port", "a number from 1 to 65535")
        return int(value)

    def url(self) -> SplitResult:
        text = self.text("url")
        try:
            url = urlsplit(text)
            valid = url.scheme == "https" and url.hostname and url.port != 0 and " " not in text and text.isascii()
        except ValueError:
            valid = None
        self.require(
            valid and not url.username and not url.password and not _is_of_nitro(url.path),
            "url",
            "an address that begins with https://, without a user, and not one of NITRO",
        )
        return url

    def headers(self) -> dict[str, str]:
        value = self.values.get("headers", {})
        self.require(isinstance(value, dict), "headers", "a dictionary")
        for name, text in value.items():
            valid = isinstance(text, str) and _HEADER_NAME.fullmatch(str(name)) and _HEADER_VALUE.fullmatch(text)
            self.require(valid, "headers", "names of letters, digits and hyphens with printable ASCII texts")
            is_free = name.lower() not in _HEADERS_OF_OURS and not name.lower().startswith(_NITRO_HEADER)
            self.require(is_free, "headers", f"without {', '.join(_HEADERS_OF_OURS)} and those of NITRO")
        return dict(value)

    def address(self, key: str) -> str:
        text = self.text(key)
        self.require(_ADDRESS.fullmatch(text), key, "a mail address, without a name")
        return text

    def addresses(self) -> tuple[str, ...]:
        value = self.values.get("to")
        self.require(isinstance(value, list) and value, "to", "a list of mail addresses")
        for one in value or ():
            self.require(
                isinstance(one, str) and _ADDRESS.fullmatch(one), "to", "a list of mail addresses, without names"
            )
        return tuple(value or ())


def _is_of_nitro(path: str) -> bool:
    """Return True if a path is one of NITRO, however often it is percent-encoded."""
    while path != (decoded := unquote(path)):
        path = decoded
    return _NITRO_PATH.search(path) is not None
