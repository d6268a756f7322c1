# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The persistence sessions of load balancing virtual servers: which back end a client stays with (product docs, persistence).

Only SOURCEIP, DESTIP and SRCIPDESTIP make them here. Cookies keep their session at the client; the other types look into protocols that the
simulator has no traffic of.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from simulator.types import TYPES, Row

_OF_ADDRESSES = frozenset({"SOURCEIP", "DESTIP", "SRCIPDESTIP"})
_LARGEST_NUMBER = 10_000
_TIMEOUT = TYPES["lbvserver"].by_name["timeout"].default


class Serving(Protocol):
    """The node that serves the virtual servers."""

    @property
    def serving(self) -> bool: ...


@dataclass
class PersistenceSession:
    """The session of a client, or of all clients, at a virtual server."""

    kind: str
    source: str
    vserver: tuple[str, int]  # its address, which stays the same when it is renamed
    server: tuple[str, int]
    until: float


class PersistenceSessions:
    """The persistence sessions of an appliance. Those of the primary are synchronised to the secondary (command reference, ha node)."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._sessions: dict[tuple[tuple[str, int], str], PersistenceSession] = {}

    def touch(self, row: Row, client: str, choose: Callable[[], tuple[str, int]]) -> None:
        """Start the session of a client at a virtual server, or start its time again; `choose` returns the server of a new one."""
        kind = row.get("persistencetype", "NONE")
        if kind not in _OF_ADDRESSES:
            return
        place = (row["ipv46"], row["port"])
        key = place, "" if kind == "DESTIP" else client
        known = self._sessions.pop(key, None)
        if known is None and len(self._sessions) >= _LARGEST_NUMBER:
            del self._sessions[next(iter(self._sessions))]
        server = known.server if known and known.kind == kind else choose()
        until = self._now() + 60 * int(row.get("timeout", _TIMEOUT))
        self._sessions[key] = PersistenceSession(kind, key[1], place, server, until)

    def of(self, node: Serving, vserver: tuple[str, int] | None = None) -> list[PersistenceSession]:
        """Return the sessions on a node, all of them on the primary, at one virtual server or at all."""
        if not node.serving:
            return []
        now = self._now()
        self._sessions = {key: session for key, session in self._sessions.items() if session.until > now}
        return [session for session in self._sessions.values() if vserver in (None, session.vserver)]

    def clear(self, vserver: tuple[str, int] | None = None) -> None:
        """End the sessions at one virtual server, or all."""
        self._sessions = {
            key: session for key, session in self._sessions.items() if vserver not in (None, session.vserver)
        }

    def seconds_left(self, session: PersistenceSession) -> int:
        return max(0, int(session.until - self._now()))
