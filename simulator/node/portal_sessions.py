# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The sessions of users at Gateways and authentication virtual servers."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from simulator.node.counters import Counters

_COOKIES = {"vpnvserver": "NSC_AAAC", "authenticationvserver": "NSC_TMAS"}
GATEWAYS = tuple(_COOKIES)


class Counting(Protocol):
    """The node that counts the sessions."""

    counters: Counters

    @property
    def primary(self) -> bool: ...


@dataclass
class PortalSession:
    """The session of a user at a virtual server."""

    number: int
    user: str
    type: str
    socket_address: tuple[str, int]  # of the virtual server; it stays the same when the server is renamed
    client: tuple[str, int]
    last: float


class PortalSessions:
    """The sessions of an appliance's users. They belong to the pair: a failover ends none of them."""

    def __init__(self, now: Callable[[], float], idle_seconds: float) -> None:
        self._now = now
        self._idle_seconds = idle_seconds
        self.sessions: dict[str, PortalSession] = {}
        self._number = 0

    def sign_on(
        self, node: Counting, type_: str, place: tuple[str, int], user: str, client: tuple[str, int] = ("127.0.0.1", 0)
    ) -> str:
        """Start a session and return the value of its cookie."""
        token = secrets.token_hex(32)
        now = self._now()
        self._number += 1
        self.sessions[token] = PortalSession(self._number, user, type_, place, client, now)
        for field in ("aaatotsessions", *(("aaatottmsessions",) if type_ == "authenticationvserver" else ())):
            node.counters.add(now, "aaa", "", field)
        return token

    def expire(self, node: Counting) -> None:
        """End the sessions that were idle for half an hour: sessTimeout of vpn parameter is 30 minutes (command reference)."""
        now, idle = self._now(), self._idle_seconds
        for token in [token for token, session in self.sessions.items() if now - session.last > idle > 0]:
            del self.sessions[token]
            node.counters.add(now, "aaa", "", "aaatotsessiontimeout")

    def found(self, node: Counting, type_: str, place: tuple[str, int], cookies: dict[str, list[str]]) -> str | None:
        """Return the token of the caller's session at this virtual server, and restart its idle time."""
        self.expire(node)
        for token in cookies.get(_COOKIES[type_], ()):
            session = self.sessions.get(token)
            if session is not None and session.socket_address == place:
                session.last = self._now()
                return token
        return None

    def end(self, sessions: list[PortalSession]) -> None:
        for token in [token for token, session in self.sessions.items() if session in sessions]:
            del self.sessions[token]

    def of(self, node: Counting, place: tuple[str, int] | None = None, type_: str = "") -> list[PortalSession]:
        """Return the sessions on a node, all of them on the primary, by virtual server or by type."""
        if not node.primary:
            return []
        self.expire(node)
        return [
            session
            for session in self.sessions.values()
            if place in (None, session.socket_address) and type_ in ("", session.type)
        ]


def cookie_name(type_: str) -> str:
    """Return the name of the session cookie of a type of virtual server."""
    return _COOKIES[type_]
