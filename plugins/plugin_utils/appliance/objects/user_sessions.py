# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The kinds of sessions of users that a bulletin says to end, and how all of a kind are ended.

Sources: the commands of the vendor's bulletins on CVE-2023-4966 and CVE-2025-5777 (netscaler.com blog), the command reference (kill, clear),
and the actions of the vendor's Go client (adc-nitro-go): kill takes ``all``, clear of persistence sessions takes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .steps import Request


@dataclass(frozen=True)
class SessionKind:
    """A kind of sessions.

    :ivar type: the NITRO type, which also counts them
    :ivar noun: what it is called in a text
    :ivar line: the command that ends all of them
    :ivar action: the action of the NITRO type that does the same, and its attributes
    """

    type: str
    noun: str
    line: str
    action: str
    attributes: Mapping[str, Any]

    @property
    def request(self) -> Request:
        """The request that ends all of them."""
        return Request("POST", f"{self.type}?action={self.action}", {self.type: dict(self.attributes)})


_ALL = {"all": True}
SESSION_KINDS: Mapping[str, SessionKind] = {
    kind.type: kind
    for kind in (
        SessionKind("vpnicaconnection", "ICA connection", "kill vpn icaConnection -all", "kill", _ALL),
        SessionKind("rdpconnections", "RDP connection", "kill rdp connections -all", "kill", _ALL),
        SessionKind("vpnpcoipconnection", "PCoIP connection", "kill vpn pcoipConnection -all", "kill", _ALL),
        SessionKind("aaasession", "AAA session", "kill aaa session -all", "kill", _ALL),
        SessionKind("lbpersistentsessions", "persistence session", "clear lb persistentSessions", "clear", {}),
    )
}
"""By NITRO type, in the order of the vendor's commands."""


@dataclass(frozen=True)
class SessionEnd:
    """The end of all sessions of a kind, in these admin partitions."""

    kind: SessionKind
    partitions: tuple[str, ...]


@dataclass(frozen=True)
class SessionCount:
    """How many sessions of a kind there are.

    :ivar number: None where it is not known
    :ivar problem: why it is not known, or why there can be none; "" where they were counted
    """

    number: int | None
    problem: str = ""
