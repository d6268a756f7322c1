# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One line of a log of an appliance. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from ...appliance.nitro.rotated_logs import log_name


class LogKind(StrEnum):
    """What wrote a line."""

    PACKET_ENGINE = "packet engine"
    DAEMON = "daemon"
    SHELL = "shell"
    CRON = "cron"
    ACCESS = "httpd access"
    ERROR = "httpd error"
    ROTATION = "rotation"
    UNKNOWN = "unknown"
    CUT = "cut"


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line.

    :ivar node: the address of the node
    :ivar file: the name of the file, such as ``ns.log.0.gz``
    :ivar offset: of its first byte in the unpacked file
    :ivar time: in UTC, corrected by the difference of the node's clock to ours; None where the line has none that can be read
    :ivar kind: CUT for a line that is longer than is read, of which only the beginning is here
    :ivar fields: by name, one character for each byte. ``text`` is there always: what follows the head of the line
    :ivar raw: the bytes, without the line end
    """

    node: str
    file: str
    offset: int
    time: datetime | None
    kind: LogKind
    fields: Mapping[str, str] = field(default_factory=dict)
    raw: bytes = b""

    @property
    def text(self) -> str:
        return self.fields.get("text", "")

    @property
    def log(self) -> str:
        """The name of the log without the number of a rotated file."""
        return log_name(self.file)
