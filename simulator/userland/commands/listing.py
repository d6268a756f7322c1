# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How FreeBSD's programs show a file: its mode, owner, number and times."""

from __future__ import annotations

import re
import time
import zlib

from simulator.node.disk import BLOCK_DEVICE, CHARACTER_DEVICE, DIRECTORY, LINK, REGULAR, File
from simulator.userland.options import UsageError

IDS = {"root": 0, "nsroot": 0, "daemon": 1, "operator": 2, "bin": 3, "nobody": 65534, "wheel": 0}
_HALF_A_YEAR = 182 * 86400
_FORM = re.compile(r"(?:[^%]|%[A-Za-z%]){0,200}")
_TYPES = {REGULAR: 0o100000, DIRECTORY: 0o040000, LINK: 0o120000, CHARACTER_DEVICE: 0o020000, BLOCK_DEVICE: 0o060000}


def mode_text(file: File) -> str:
    """Return the mode as `ls -l` shows it: `-rwsr-xr-x`."""
    shown = ""
    for shift, special, letter in ((6, 0o4000, "s"), (3, 0o2000, "s"), (0, 0o1000, "t")):
        bits = file.mode >> shift
        last = "x" if bits & 1 else "-"
        if file.mode & special:
            last = letter if bits & 1 else letter.upper()
        shown += ("r" if bits & 4 else "-") + ("w" if bits & 2 else "-") + last
    return file.kind + shown


def full_mode(file: File) -> int:
    """Return the mode with the bits of the kind."""
    return _TYPES[file.kind] | file.mode


def number_of(name: str) -> int:
    """Return the number of a user or a group."""
    return int(name) if name.isdecimal() else IDS.get(name, 1000 + zlib.crc32(name.encode()) % 1000)


def inode(path: str) -> int:
    return zlib.crc32(path.encode("utf-8", "surrogateescape")) % 1_000_000 + 2


def size(file: File) -> int:
    return 512 if file.kind == DIRECTORY else len(file.link.encode()) if file.kind == LINK else len(file.content)


def blocks(file: File) -> int:
    """Return the number of blocks of 512 bytes."""
    return -(-size(file) // 2048) * 4 if file.kind in (REGULAR, DIRECTORY) else 0


def short_time(moment: float, now: float) -> str:
    """Return a time as `ls -l` shows it: with the year instead of the time of day beyond half a year."""
    form = "%b %e  %Y" if abs(now - moment) > _HALF_A_YEAR else "%b %e %H:%M"
    return formatted(form, moment)


def formatted(form: str, moment: float) -> str:
    """Return a time in a form of strftime(3). The clock of an appliance is UTC. Raises UsageError."""
    if not _FORM.fullmatch(form):
        raise UsageError("illegal time format\n")
    broken = time.gmtime(moment)
    known = (
        form.replace("%e", f"{broken.tm_mday:2d}")
        .replace("%Z", "UTC")
        .replace("%z", "+0000")
        .replace("%s", str(int(moment)))
    )
    return time.strftime(known, broken)
