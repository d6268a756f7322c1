# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The progress of a run: how far each wave is, how many appliances have which verdict, and which failed. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ...foundation.folded_names import folded
from ...foundation.foreign_text import printable
from ...judgement.proof.verdict_table import without_next_action

SHOWN = 8
PLAN, ALL = "plan", "all"
COLOURS = {0: "green", 1: "yellow", 2: "red", 3: "red"}


class TaskEnd(StrEnum):
    """The end of the task of an appliance."""

    OK = "ok"
    CHANGED = "changed"
    FAILED = "failed"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    HELD = "held"


BAD = (TaskEnd.FAILED, TaskEnd.REFUSED, TaskEnd.UNREACHABLE)
"""The ends that stay, whatever is read afterwards."""


@dataclass
class Wave:
    """Appliances that are changed together.

    :ivar size: the number of appliances; None where that is not known
    """

    name: str
    size: int | None = None
    began: set[str] = field(default_factory=set)
    ended: dict[str, TaskEnd] = field(default_factory=dict)
    """By appliance."""
    changed: set[str] = field(default_factory=set)
    """Those that were changed, also where they failed then."""

    @property
    def at_work(self) -> int:
        return len(self.began - self.ended.keys())

    def count(self, *words: TaskEnd) -> int:
        return sum(word in words for word in self.ended.values())


@dataclass(frozen=True)
class Failure:
    """An appliance that failed, with the reason and the next action."""

    host: str
    word: TaskEnd
    problem: str
    next_action: str


class Progress:
    """The state of a run. The callback reports the events in their order."""

    def __init__(self) -> None:
        self.title = ""
        self.waves: dict[str, Wave] = {}
        self.verdicts: dict[str, tuple[str, int]] = {}
        self.failures: dict[str, Failure] = {}
        self._wave_of: dict[str, str] = {}
        self._reported: set[str] = set()

    def begin(self, title: str) -> None:
        """Begin a play."""
        self.title = printable(title)

    def decide(self, waves: Sequence[Sequence[str]]) -> None:
        """Take the waves of the rollout. Appliances that began before were planned."""
        for number, hosts in enumerate(waves, 1):
            name = f"wave {number}"
            self.waves[name] = Wave(name, len(hosts))
            self._wave_of |= dict.fromkeys(hosts, name)

    def started(self, host: str) -> None:
        self._wave(host).began.add(host)

    def ended(self, host: str, word: TaskEnd, result: Mapping[str, Any]) -> None:
        """Take the result of an appliance."""
        wave = self._wave(host)
        wave.began.add(host)
        before = wave.ended.get(host)
        # An appliance that failed once stays failed, and one that was changed is still changed when it has been proven again.
        if before not in BAD and (before, word) != (TaskEnd.CHANGED, TaskEnd.OK):
            wave.ended[host] = TaskEnd.CHANGED if word == TaskEnd.OK and result.get("changed") else word
        if result.get("changed"):
            wave.changed.add(host)
        verdict = result.get("verdict")
        if isinstance(verdict, Mapping):
            self.verdicts[host] = (printable(str(verdict.get("word", ""))), int(verdict.get("exit_code", 3)))
        if word != TaskEnd.OK:
            why = result.get("held") or result.get("msg") or ""
            then = str(verdict.get("next_action", "")) if isinstance(verdict, Mapping) else ""
            self.failures[host] = Failure(
                host, word, printable(str(why)), "" if then in ("none", "") else printable(then)
            )

    def _wave(self, host: str) -> Wave:
        name = self._wave_of.get(host, PLAN if self._wave_of or self.title.lower() == PLAN else ALL)
        return self.waves.setdefault(name, Wave(name))

    def wave_lines(self, *, at_end: bool = False) -> list[str]:
        """Return a line for each wave that has ended since the last call.

        :param at_end: no more appliances follow, so a wave that was broken off has ended too
        """
        waves = [wave for wave in self.waves.values() if wave.size is not None]
        lines = []
        for wave in waves:
            if wave.name in self._reported or not wave.ended or not (at_end or len(wave.ended) == wave.size):
                continue
            self._reported.add(wave.name)
            done = [host for host, end in wave.ended.items() if end in (TaskEnd.OK, TaskEnd.CHANGED)]
            counts = Counter(self.verdicts[host][0] for host in done if host in self.verdicts)
            parts = [f"{number} {word}" for word, number in counts.most_common()]
            parts.append(f"{len(wave.changed)} changed")
            parts += [f"{held} held"] if (held := wave.count(TaskEnd.HELD)) else []
            for word in BAD:
                bad = [host for host, end in wave.ended.items() if end == word]
                parts += [f"{word.upper()}: {folded(bad, SHOWN)}"] if bad else []
            lines.append(f"{wave.name} of {len(waves)}: {len(done)} of {wave.size} done: {', '.join(parts)}")
        return lines

    # -- what is shown -------------------------------------------------------------------------------------------------

    def wave_rows(self) -> list[tuple[str, ...]]:
        """Return a row for each wave: name, done, at work, changed, failed, held."""
        rows: list[tuple[str, ...]] = []
        for wave in self.waves.values():
            ended = wave.count(TaskEnd.OK, TaskEnd.CHANGED)
            done = str(ended) if wave.size is None else f"{ended} of {wave.size}"
            failed = str(wave.count(*BAD))
            rows.append(
                (
                    wave.name,
                    done,
                    str(wave.at_work),
                    str(len(wave.changed)),
                    failed,
                    str(wave.count(TaskEnd.HELD)),
                )
            )
        return rows

    def verdict_rows(self) -> list[tuple[int, str, str]]:
        """Return the number of appliances with each verdict, the worst first, with its colour."""
        counts = Counter(self.verdicts.values())
        worst_first = sorted(counts.items(), key=lambda item: (-item[0][1], -item[1], item[0][0]))
        return [(count, word, COLOURS.get(code, "red")) for (word, code), count in worst_first]

    def failure_rows(self) -> list[tuple[str, str]]:
        """Return the last appliances that failed, each with its problem and next action, and how many more there are."""
        failed = [failure for failure in self.failures.values() if failure.word != TaskEnd.HELD]
        rows = []
        for failure in failed[-SHOWN:]:
            problem = without_next_action(failure.problem, failure.next_action)
            text = f"{failure.word}: {problem.removeprefix(f'{failure.host}: ')}"
            rows.append((failure.host, text + (f" Next action: {failure.next_action}" if failure.next_action else "")))
        if len(failed) > SHOWN:
            rows.insert(0, ("", f"{len(failed) - SHOWN} more before these; the summary at the end has all of them"))
        return rows
