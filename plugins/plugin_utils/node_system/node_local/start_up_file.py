# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The start-up file of a node, /nsconfig/rc.netscaler, as bytes: how often a line is in it, and the file with and without that line. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

PATH = "/nsconfig/rc.netscaler"
ABSENT = "absent"
"""Stands in place of the SHA-256 of a file that does not exist."""
LARGEST = 64 * 1024
"""Bytes of a file that a run reads and replaces; the vendor's examples have a few lines."""


@dataclass(frozen=True)
class StartUpFile:
    """The content of the file; None where it does not exist.

    :ivar mode: its mode, owner and group as ``ls -ln`` shows them; "" where it does not exist
    """

    content: bytes | None
    mode: str = ""

    @property
    def sha256(self) -> str:
        """The SHA-256 of the content in hexadecimal, or :data:`ABSENT`."""
        return ABSENT if self.content is None else hashlib.sha256(self.content).hexdigest()

    @property
    def text(self) -> str:
        return (self.content or b"").decode("utf-8", "replace")

    def count(self, line: str) -> int:
        """Return how many lines of the file are this line; blanks around it do not count."""
        return sum(written.strip() == line.encode() for written in (self.content or b"").split(b"\n"))

    def with_line(self, line: str) -> StartUpFile:
        """Return the file with the line as its last one, everything else unchanged; the same file where it has the line."""
        if self.count(line):
            return self
        content = self.content or b""
        ended = b"" if not content or content.endswith(b"\n") else b"\n"
        return StartUpFile(content + ended + line.encode() + b"\n", self.mode)

    def without_line(self, line: str, before: str) -> StartUpFile:
        """Return the file without the line, everything else unchanged.

        The file that a run of ours had made, and the line end that it had put before its line, go as well, where nothing else was changed since.

        :param before: the SHA-256 of the file before that run, or :data:`ABSENT`; "" where no run is known
        """
        if not self.count(line):
            return self
        lines = (self.content or b"").split(b"\n")
        content = b"\n".join(written for written in lines if written.strip() != line.encode())
        if before == ABSENT and not content:
            return StartUpFile(None)
        shorter = StartUpFile(content.removesuffix(b"\n"), self.mode)
        return shorter if before == shorter.sha256 and content.endswith(b"\n") else StartUpFile(content, self.mode)
