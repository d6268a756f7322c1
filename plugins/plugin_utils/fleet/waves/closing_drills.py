# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Drills of a closing: everything but the writes, timed and filed on the control node.

Each drill is a file ``<directory>/<time>.json``, written once. The newest one is in every status.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ...foundation.counted import counted
from ...foundation.errors import InvalidInput
from ...foundation.foreign_text import printable
from ...foundation.private_files import read_privately, write_privately

FORMAT = 1
MOST_TEXT = 200
_FILE = re.compile(r"[0-9]{8}T[0-9]{6}Z-[a-z0-9]{1,20}\.json")


@dataclass(frozen=True)
class Drill:
    """A drill of a closing.

    :ivar at: when it ended (UTC, ISO 8601)
    :ivar who: the person who did it, and the user and control node; step: what was practised
    :ivar closable: how many appliances could have been closed; appliances: of how many
    :ivar stays_open: the appliances that would have stayed open
    :ivar customers: how many customers it would have hit
    :ivar seconds: from the start of the command to the decision
    """

    at: str
    who: str
    step: str
    appliances: int
    closable: int
    stays_open: tuple[str, ...]
    customers: int
    seconds: float

    @property
    def text(self) -> str:
        """The drill in one line."""
        left = f"; would have stayed open: {', '.join(self.stays_open[:3])}" if self.stays_open else ""
        more = f" and {len(self.stays_open) - 3} more" if len(self.stays_open) > 3 else ""
        at = f"{datetime.fromisoformat(self.at).astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        return printable(
            f"last drill of a closing: {self.step} at {at} by {self.who}: {self.closable} of {counted(self.appliances, 'appliance')} could be closed, "
            f"{self.seconds:.0f} s up to the first wave{left}{more}"
        )

    @classmethod
    def from_json(cls, value: Any) -> Drill:
        """Check a value.

        :raises ValueError: where it is not a drill of this format
        """
        if not isinstance(value, Mapping) or value.get("format") != FORMAT:
            raise ValueError(f"it is not a drill of format {FORMAT}")
        texts = {name: value.get(name) for name in ("at", "who", "step")}
        numbers = {name: value.get(name) for name in ("appliances", "closable", "customers")}
        hosts, seconds = value.get("stays_open"), value.get("seconds")
        well = all(isinstance(text, str) and 0 < len(text) <= MOST_TEXT for text in texts.values())
        well = well and all(isinstance(number, int) and number >= 0 for number in numbers.values())
        well = well and isinstance(hosts, list) and all(isinstance(host, str) for host in hosts)
        if not well or not isinstance(seconds, int | float) or datetime.fromisoformat(texts["at"]).tzinfo is None:  # type: ignore[arg-type] # a text by then
            raise ValueError("a value is missing or of another type")
        return cls(**texts, **numbers, stays_open=tuple(hosts), seconds=float(seconds))  # type: ignore[arg-type] # checked above


def file_drill(directory: Path, run: str, drill: Drill) -> Path:
    """Write a drill down.

    :raises InvalidInput: where the directory cannot be written
    """
    at = datetime.fromisoformat(drill.at).astimezone(UTC)
    path = directory / f"{at:%Y%m%dT%H%M%SZ}-{run}.json"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        write_privately(path, json.dumps({"format": FORMAT, **asdict(drill)}) + "\n")
    except OSError as error:
        raise InvalidInput(
            f"the drill cannot be written to {directory} ({error.strerror}). Make room there or make it writable, or name another one: -e drills=..."
        ) from error
    return path


def last_drill(directory: Path) -> str:
    """Return the last drill in one line; "" where there was none."""
    try:
        names = sorted(path.name for path in directory.iterdir() if _FILE.fullmatch(path.name))
    except OSError:
        return ""
    if not names:
        return ""
    try:
        return Drill.from_json(json.loads(read_privately(directory / names[-1]))).text
    except (OSError, ValueError, TypeError, OverflowError, RecursionError, InvalidInput) as error:
        return printable(f"the last drill of a closing cannot be read: {directory / names[-1]} ({error})")
