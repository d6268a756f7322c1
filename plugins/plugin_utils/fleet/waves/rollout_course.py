# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The course of a rollout since its waves were decided, from its journal. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from itertools import chain, islice
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


SHOWN = 3
"""Failures that the reason of a held appliance names."""
ENDS = (Event.DONE, Event.FAILED, Event.HELD)


class RolloutCourse:
    """The state of a rollout, by the lines of its journal. To take a line and to ask costs the same however long the journal is.

    :ivar failed: by appliance, the reason of its first failure
    :ivar last: by appliance, its last line
    """

    def __init__(self, manifest: Mapping[str, Any] | None, lines: Iterable[str]) -> None:
        """Read the journal.

        :param manifest: the decision about the waves; None before there is one
        :param lines: the whole journal, oldest first
        """
        self.waves: list[list[str]] = list(manifest["waves"]) if manifest else []
        self.max_failed = int(manifest["options"]["max_failed"]) if manifest else 0
        self.bake_seconds = float(manifest["options"]["bake_seconds"]) if manifest else 0.0
        self._before = int(manifest["journal_from"]) if manifest else 0
        self._wave = {host: number for number, wave in reversed([*enumerate(self.waves)]) for host in wave}
        self._without_end = [dict.fromkeys(wave) for wave in self.waves]
        self._last_change: dict[int, str] = {}
        self.journal: list[Line] = []
        self.last: dict[str, Line] = {}
        self.failed: dict[str, str] = {}
        self.began: set[str] = set()
        self.done: set[str] = set()
        self.ended: set[str] = set()
        self.take(lines)

    def take(self, lines: Iterable[str]) -> None:
        """Take the lines that came to the journal since the last ones."""
        for text in lines:
            if self._before:  # of an earlier rollout of the same run
                self._before -= 1
            elif (line := parsed_line(text)) is not None:
                self._take(line)

    def _take(self, line: Line) -> None:
        host, event = line["host"], line["event"]
        self.journal.append(line)
        self.last[host] = line
        if event == Event.STARTED:
            self.began.add(host)
        if event == Event.DONE and host not in self.failed:
            self.done.add(host)
        if event == Event.FAILED:
            self.failed.setdefault(host, line["text"])  # an appliance that failed once stays failed
            self.done.discard(host)
        wave = self._wave.get(host)
        if event in ENDS:
            self.ended.add(host)
            if wave is not None:
                self._without_end[wave].pop(host, None)
        if wave is not None and event in (Event.DONE, Event.FAILED) and line["text"]:
            self._last_change[wave] = max(line["time"], self._last_change.get(wave, ""))

    def wave_of(self, host: str) -> int | None:
        """Return the number of the wave of an appliance, from 0; None where it is in no wave."""
        return self._wave.get(host)

    def lost(self, before: int | None = None) -> dict[str, str]:
        """Return the appliances that had their turn and have no end in the journal, each with the reason.

        :param before: only appliances of the waves before this one, which all had their turn; None: all that are known to have begun
        """
        return dict(self._lost(before))

    def _lost(self, before: int | None) -> Iterator[tuple[str, str]]:
        for wave in self._without_end[:before]:
            for host in wave:
                if host in self.began:
                    yield host, "it began and never ended"
                elif before is not None:
                    yield host, "it failed before its first request"

    def reason_to_hold(self, wave: int) -> str:
        """Return why no appliance of a wave may go now, or ""."""
        # A failure is an end, so no appliance is in both.
        number = len(self.failed) + sum(map(len, self._without_end[:wave]))
        return self._text(number, chain(self.failed.items(), self._lost(wave))) if number > self.max_failed else ""

    def _text(self, number: int, reasons: Iterable[tuple[str, str]]) -> str:
        count = f"{number} failed" + (f", {self.max_failed} may (rollout_max_failed)" if self.max_failed else "")
        named = [f"{host}: {text}" for host, text in islice(reasons, SHOWN)]
        return f"{count}: {'; '.join([*named, *([f'and {number - SHOWN} more'] if number > SHOWN else [])])}"

    def unfinished(self) -> list[str]:
        """Return the appliances of the waves that are not done, in their order."""
        return [host for wave in self.waves for host in wave if host not in self.done]

    def not_begun(self) -> dict[str, str]:
        """Return the appliances that never had their turn, each with the reason."""
        # Appliances of later waves had no turn, so only those that are known to have begun can be the reason.
        reasons = {**self.failed, **self.lost()}
        reason = self._text(len(reasons), reasons.items()) if reasons else "not begun"
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
        last = self._last_change.get(wave)
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
