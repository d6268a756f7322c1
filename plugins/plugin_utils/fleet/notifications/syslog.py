# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A message in the form of syslog: RFC 5424, with the frame of RFC 6587 and RFC 5425 on a stream, and cut to a datagram of RFC 5426. Pure."""

from __future__ import annotations

import re
from datetime import datetime

from .message import Message

PROGRAM = "tourniquet"
LONGEST_DATAGRAM = 1180
"""Bytes that every receiver over UDP should take (RFC 5426 3.2, for IPv6)."""
LONGEST = 2048
"""Bytes that every receiver should take (RFC 5424 6.1)."""
_NOT_GRAPHIC = re.compile(r"[^!-~]")


def syslog_message(content: Message, facility: int, at: datetime, hostname: str) -> bytes:
    """Return a message in one line of ASCII.

    :param facility: its number
    :param at: with its zone
    :param hostname: of this machine
    """
    lines = [line.strip() for line in content.text.splitlines()]
    text = "; ".join([content.subject, *(line for line in lines[1:] if line)])
    name = _NOT_GRAPHIC.sub("_", hostname)[:255] or "-"
    header = f"<{facility * 8 + content.severity}>1 {at.isoformat(timespec='milliseconds')} {name} {PROGRAM} - - - "
    return _cut((header + text).encode("ascii", "backslashreplace"), LONGEST)


def framed(line: bytes) -> bytes:
    """Return a message as it goes over a stream: behind its length (RFC 6587 3.4.1, RFC 5425 4.3)."""
    return b"%d %b" % (len(line), line)


def datagram(line: bytes) -> bytes:
    """Return a message as it goes over UDP."""
    return _cut(line, LONGEST_DATAGRAM)


def _cut(line: bytes, longest: int) -> bytes:
    return line if len(line) <= longest else line[: longest - 3] + b"..."
