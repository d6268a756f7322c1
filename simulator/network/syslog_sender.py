# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sends syslog messages to receivers on loopback, as UDP datagrams."""

from __future__ import annotations

import contextlib
import socket

from simulator.types.forms import is_loopback

LONGEST = 8192  # bytes of a datagram


def send(address: str, port: int, text: str) -> None:
    """Send one message. It is lost if the address is not on loopback, if nobody listens, or if the buffer is full, as with UDP."""
    if not is_loopback(address):
        return
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        sender.sendto(text.encode("utf-8", "surrogateescape")[:LONGEST], (address, port))
