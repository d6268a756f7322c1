# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How many users logged on at each Gateway in the last day and week, by the lines SSLVPN LOGIN of ns.log, and how far back that is known.

A name of a user is text of a client: it is counted, and never shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ...appliance.nitro.rotated_logs import rotated
from ...foundation.unpacked import lines_of
from .log_line import LogKind
from .log_sources import NodeLogs
from .parsers import LineReader, address_in

DAY, WEEK = timedelta(days=1), timedelta(days=7)
LOG = "ns.log"
MARK = b"SSLVPN LOGIN "
MOST_FILES = 40
MOST_BYTES = 32 * 1024 * 1024
"""Bytes of the files of one node, unpacked."""
MOST_USERS = 50_000
_FIRST_LINES = 200


@dataclass(frozen=True)
class LogOns:
    """Who logged on.

    :ivar day: by address of a Gateway, the number of users in the last day; None where the logs do not reach back that far. Likewise week
    :ivar reach: from when on the logs of all nodes say it; None where nothing could be read
    """

    day: Mapping[str, int] | None = None
    week: Mapping[str, int] | None = None
    reach: datetime | None = None


@dataclass
class _Users:
    """The users of each Gateway since a moment."""

    since: datetime
    found: dict[str, set[str]] = field(default_factory=dict)

    def take(self, time: datetime, gateway: str, user: str) -> None:
        users = self.found.setdefault(gateway, set())
        if time >= self.since and len(users) < MOST_USERS:
            users.add(user)

    def counts(self) -> dict[str, int]:
        return {gateway: len(users) for gateway, users in self.found.items() if users}


def read_log_ons(nodes: Iterable[NodeLogs], now: datetime) -> LogOns:
    """Read the newest logs of each node until a week is covered, or a bound is reached."""
    day, week = _Users(now - DAY), _Users(now - WEEK)
    reach: list[datetime] = []
    for node in nodes:
        oldest = _read_node(node, week.since, (day, week))
        if oldest is None:
            return LogOns()  # a node that was not read may be the one that they logged on at
        reach.append(oldest)
    known = max(reach, default=None)
    if known is None:
        return LogOns()
    return LogOns(day.counts() if known <= day.since else None, week.counts() if known <= week.since else None, known)


def _read_node(node: NodeLogs, enough: datetime, users: Iterable[_Users]) -> datetime | None:
    """Count the log-ons of a node.

    :returns: the time of the oldest line that was read; None where there is none
    """
    if node.not_listed:
        return None
    reader, oldest, room = LineReader(node.node, node.clock), None, MOST_BYTES
    for name in rotated(LOG, node.listed)[:MOST_FILES]:
        file = node.read(name)
        content, room = file.content, room - len(file.content)
        first = _first_time(reader, name, content)
        if file.problem or room < 0 or first is None:
            break
        _count(reader, name, content, tuple(users))
        oldest = first
        if oldest <= enough:
            break
    return oldest


def _first_time(reader: LineReader, name: str, content: bytes) -> datetime | None:
    head = b"".join(part + b"\n" for part in content.split(b"\n", _FIRST_LINES)[:_FIRST_LINES])
    return next((line.time for line in reader.lines(name, head) if line.time is not None), None)


def _count(reader: LineReader, name: str, content: bytes, users: tuple[_Users, ...]) -> None:
    marked = b"".join(raw.content + b"\n" for raw in lines_of(content) if MARK in raw.content and not raw.is_cut)
    for line in reader.lines(name, marked):
        fields = line.fields
        is_log_on = line.kind is LogKind.PACKET_ENGINE and fields.get("event", "").endswith("SSLVPN LOGIN")
        gateway = address_in(fields.get("vserver", ""))
        if is_log_on and line.time is not None and gateway and "imitates" not in fields:
            for one in users:
                one.take(line.time, gateway, fields.get("user", ""))
