# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A syslog server on loopback that writes each sender's messages into a file, as rsyslog does by default on a log host."""

from __future__ import annotations

import socket
import threading
from pathlib import Path
from typing import Self


class SyslogServer:
    """Receives datagrams until it is closed."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "127.0.0.1" / "syslog.log"
        self.file.parent.mkdir(parents=True)
        self.folder = folder
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"", ("127.0.0.1", self.port))
        self._thread.join()
        self._socket.close()

    def _run(self) -> None:
        while message := self._socket.recv(65536):
            with self.file.open("ab") as file:
                file.write(message + b"\n")
