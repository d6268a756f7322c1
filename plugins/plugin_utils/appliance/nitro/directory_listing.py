# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files of one directory of a node over NITRO, bounded, with names that an attacker may have chosen. Reads only.

``systemfile`` lists one directory, with size and times, and without owner, mode or recursion (NITRO reference).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from ...foundation.errors import NitroError, NotFound
from .node_start import CLOCK
from .session import Session

NO_SUCH_FILE = 3441
MOST_ROWS = 20_000
"""The most files of one directory that are looked at."""
LONGEST_PATH = 127
"""The most characters of a path that NITRO takes (NITRO reference)."""
_READABLE_NAME = re.compile(r"[!-.0-~]{1,63}")


@dataclass(frozen=True)
class ListedFile:
    """A row of a listing.

    :ivar size: in bytes; None where the appliance does not say
    :ivar modified: by the clock and in the zone of the node; None where the time cannot be read
    :ivar accessed: likewise, the time of the last read, which a read changes
    """

    directory: str
    name: str
    size: int | None = None
    modified: datetime | None = None
    is_directory: bool = False
    accessed: datetime | None = None

    @property
    def path(self) -> str:
        return f"{self.directory.rstrip('/')}/{self.name}"

    @property
    def can_be_read(self) -> bool:
        """Return True if NITRO can be asked for it by its name."""
        return _READABLE_NAME.fullmatch(self.name) is not None and self.name not in (".", "..")


def list_directory(session: Session, directory: str) -> tuple[tuple[ListedFile, ...] | None, str]:
    """Return the files and directories in a directory, and why not all of them are there, "" where they are.

    None instead of the files where the directory does not exist, or cannot be listed.

    :raises CannotConnect: where the node does not answer any more
    """
    if len(directory) > LONGEST_PATH:
        return None, f"NITRO takes paths of at most {LONGEST_PATH} characters"
    try:
        rows = session.read("systemfile", args={"filelocation": directory})
    except NotFound:
        return None, ""
    except NitroError as error:
        return None, "" if error.errorcode == NO_SUCH_FILE else f"it cannot be listed ({_why(error)})"
    problem = f"it has {len(rows)} files, of which {MOST_ROWS} were looked at" if len(rows) > MOST_ROWS else ""
    return tuple(_listed(directory, row) for row in rows[:MOST_ROWS]), problem


def _why(error: NitroError) -> str:
    """Return what an answer says. One without a code of NITRO is not NITRO's: a responder policy answers like that, where policies judge management traffic.

    A node that is busy answers without a code too.
    """
    if error.errorcode:
        return f"errorcode {error.errorcode}"
    text = f"HTTP {error.status} without an errorcode"
    return (
        text
        if error.status >= 500
        else f"{text}: not NITRO's answer, such as that of a policy that judges management traffic"
    )


def _listed(directory: str, row: dict[str, object]) -> ListedFile:
    size = str(row.get("filesize", ""))
    return ListedFile(
        directory,
        str(row.get("filename", "")),
        int(size) if re.fullmatch(r"[0-9]{1,15}", size) else None,
        _time(row.get("filemodifiedtime")),
        "DIRECTORY" in str(row.get("filemode", "")).upper(),
        _time(row.get("fileaccesstime")),
    )


def _time(value: object) -> datetime | None:
    try:
        return datetime.strptime(str(value)[:40], CLOCK)  # noqa: DTZ007 -- it comes without a zone
    except ValueError:
        return None
