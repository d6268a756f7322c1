# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The kernel's messages about executables without a valid signature, which current builds write to /var/log/messages. Pure.

Product page "BSV for enhanced security"; the form of the lines: triage script of M. Suhanov (2025). Under load two messages are on one line, and a path may
have blanks and is not escaped, so a message ends where the next attribute of the kernel begins.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MARK = b"MAC/veriexec: "
MOST = 1000
"""The most messages of a log that are looked at."""
_KERNEL = re.compile(rb"(?:[A-Z][a-z]{2} [ \d]\d [\d:]{8} )?(?:<[\w.]{1,32}> )?(?:[^\s:\[]{1,255} )?kernel: ")
_MESSAGE = re.compile(rb"(no fingerprint|fingerprint does not match loaded value) \(file=")
LONGEST_PATH = 1024
"""Bytes of a path that are kept; FreeBSD's PATH_MAX."""


@dataclass(frozen=True)
class IntegrityMessage:
    """One message.

    :ivar is_changed: a signed executable was changed; False where a file has no signature
    :ivar path: of the file, as the kernel wrote it
    """

    path: bytes
    is_changed: bool


def integrity_messages(line: bytes) -> Iterator[IntegrityMessage]:
    """Yield the messages of one line of a log."""
    if _KERNEL.match(line):  # text of a client in a line of another program is no message of the kernel
        for part in line.split(MARK)[1:]:
            found = _MESSAGE.match(part)
            if found:
                path = part[found.end() :].partition(b" fsid=")[0][:LONGEST_PATH]
                yield IntegrityMessage(path, found[1].startswith(b"fingerprint"))
