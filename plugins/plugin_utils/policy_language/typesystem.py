# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The static types of expressions, under the vendor's names where those are known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from .request import Request
from .text import DEFAULT_MODE, TextMode

Run = Callable[[Request], Any]


@dataclass(frozen=True)
class Type:
    """The type of a part of an expression."""

    name: ClassVar[str]


@dataclass(frozen=True)
class Boolean(Type):
    name = "bool"


@dataclass(frozen=True)
class Number(Type):
    name = "num_at"


@dataclass(frozen=True)
class Double(Type):
    name = "double_at"


@dataclass(frozen=True)
class Address(Type):
    """An address (module `addresses`).

    `family` is that of the prefix (CLIENT.IP, CLIENT.IPV6); `located`: `Request.location` belongs to this address.
    """

    name = "ip_address_at"
    family: int = 4
    located: bool = False


@dataclass(frozen=True)
class Time(Type):
    name = "time_at"


@dataclass(frozen=True)
class Vserver(Type):
    name = "vserver_t"


@dataclass(frozen=True)
class User(Type):
    name = "user_t"


@dataclass(frozen=True)
class Text(Type):
    name = "text_t"
    mode: TextMode = DEFAULT_MODE


@dataclass(frozen=True)
class Method(Text):
    name = "http_method_t"


@dataclass(frozen=True)
class Url(Text):
    """The request target as received; whether its plain text includes scheme and host is an ambiguity."""

    name = "http_url_t"


@dataclass(frozen=True)
class Hostname(Text):
    """A host, with its port when there is one."""

    name = "http_hostname_t"


@dataclass(frozen=True)
class ListText(Text):
    name = "list_t"
    delimiter: str = ","
    ignore_empty: bool = False


@dataclass(frozen=True)
class NameValueList(Text):
    name = "nvlist_t"
    delimiter: str = "&"
    assign: str = "="
    ignore_empty: bool = False
    strips_blanks: bool | None = None  # None: an ambiguity


@dataclass(frozen=True)
class Cookie(NameValueList):
    name = "http_cookie_t"


@dataclass(frozen=True)
class Header(Text):
    """A header with all its instances: its value is a tuple of texts, first to last, empty when the header is missing."""

    name = "http_header_t"
    header: str = ""


@dataclass(frozen=True)
class Term:
    """A type-checked part of an expression.

    `run` computes it for a request; `partial`: it may raise Halt. `constant` is the value of a literal.
    """

    type: Type
    run: Run
    partial: bool = False
    constant: Any = None
