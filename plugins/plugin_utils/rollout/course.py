# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The course of a rollout since its waves were decided, from its journal. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

Line = dict[str, str]
"""A line of the journal: time, host, event and text."""


class Event(StrEnum):
    """The events of an appliance in the journal."""

    PLANNED = "planned"
    NOT_PLANNED = "not planned"
    UNREACHABLE_IN_PLAN = "unreachable in plan"
    STARTED = "started"
    DONE = "done"
    FAILED = "failed"
    HELD = "held"


ENDS = (Event.DONE, Event.FAILED, Event.HELD)


class RolloutCourse:
    """The state of a rollout, from one reading of its journal.

    :ivar failed: by appliance, the reason of its first failure
    :ivar last: by appliance, its last line
    """

    def __init__(self, manifest: Mapping[str, Any] | None, lines: Sequence[str]) -> None:
        """Read the journal.

        :param manifest: the decision about the waves; None before there is one
        :param lines: the whole journal, oldest first
        """
        self.waves: list[list[str]] = list(manifest["waves"]) if manifest else []
        self.max_failed = int(manifest["options"]["max_failed"]) if manifest else 0
        self.bake_seconds = float(manifest["options"]["bake_seconds"]) if manifest else 0.0
        begin = int(manifest["journal_from"]) if manifest else 0
        self.journal = [line for text in lines[begin:] if (line := parsed_line(text)) is not None]
        self.last = {line["host"]: line for line in self.journal}
        self.failed: dict[str, str] = {}
        for line in self.journal:
            if line["event"] == Event.FAILED:
                self.failed.setdefault(line["host"], line["text"])  # an appliance that failed once stays failed
        self.began = {line["host"] for line in self.journal if line["event"] == Event.STARTED}
        self.done = {line["host"] for line in self.journal if line["event"] == Event.DONE} - self.failed.keys()
        self.ended = {line["host"] for line in self.journal if line["event"] in ENDS}

    def wave_of(self, host: str) -> int | None:
        """Return the number of the wave of an appliance, from 0; None where it is in no wave."""
        return next((number for number, wave in enumerate(self.waves) if host in wave), None)

    def lost(self, before: int | None = None) -> dict[str, str]:
        """Return the appliances that had their turn and have no end in the journal, each with the reason.

        :param before: only appliances of the waves before this one, which all had their turn; None: all that are known to have begun
        """
        hosts = [
            host
            for wave in self.waves[:before]
            for host in wave
            if host not in self.ended and (before is not None or host in self.began)
        ]
        return {
            host: "it began and never ended" if host in self.began else "it failed before its first request"
            for host in hosts
        }

    def reason_to_hold(self, wave: int) -> str:
        """Return why no appliance of a wave may go now, or ""."""
        reasons = {**self.failed, **self.lost(wave)}
        return self._text(reasons) if len(reasons) > self.max_failed else ""

    def _text(self, reasons: Mapping[str, str]) -> str:
        count = f"{len(reasons)} failed" + (f", {self.max_failed} may (rollout_max_failed)" if self.max_failed else "")
        return f"{count}: {'; '.join(f'{host}: {text}' for host, text in list(reasons.items())[:3])}"

    def unfinished(self) -> list[str]:
        """Return the appliances of the waves that are not done, in their order."""
        return [host for wave in self.waves for host in wave if host not in self.done]

    def not_begun(self) -> dict[str, str]:
        """Return the appliances that never had their turn, each with the reason."""
        # Appliances of later waves had no turn, so only those that are known to have begun can be the reason.
        reasons = {**self.failed, **self.lost()}
        reason = self._text(reasons) if reasons else "not begun"
        return {
            host: self.last[host]["text"] if host in self.last else reason
            for host in self.unfinished()
            if host not in self.began and host not in self.failed
        }

    def bake_until(self, wave: int) -> datetime | None:
        """Return when the next wave may begin; None where there is no next wave, or where this one changed nothing.

        :param wave: the number of the wave that is done, from 0
        """
        if not self.waves[wave + 1 :] or self.reason_to_hold(wave + 1):
            return None
        names = set(self.waves[wave])
        ends = (Event.DONE, Event.FAILED)
        changes = (x for x in self.journal if x["host"] in names and x["event"] in ends and x["text"])
        last = max((line["time"] for line in changes), default=None)
        if last is None:
            return None
        return datetime.fromtimestamp(datetime.fromisoformat(last).timestamp() + self.bake_seconds, UTC)


def parsed_line(text: str) -> Line | None:
    """Return a line of the journal; None where a crash cut it off: its appliance then has no end, and counts as lost."""
    try:
        line = json.loads(text)
    except ValueError:
        return None
    whole = isinstance(line, dict) and all(
        isinstance(line.get(name), str) for name in ("time", "host", "event", "text")
    )
    return line if whole else None
