# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A syslog server on loopback that writes each sender's messages into a file, as rsyslog does by default on a log host."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path
from typing import Self


class SyslogServer:
    """Receives datagrams. What has come is written by :meth:`write`: datagrams on loopback arrive before the answer to the request that caused them."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "127.0.0.1" / "syslog.log"
        self.file.parent.mkdir(parents=True)
        self.folder = folder
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.setblocking(False)
        self.port: int = self._socket.getsockname()[1]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._socket.close()

    def write(self) -> None:
        with self.file.open("ab") as file, contextlib.suppress(BlockingIOError):
            while True:
                file.write(self._socket.recv(65536) + b"\n")
