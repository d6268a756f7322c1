# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Generated appliances with the harmless markers of an attacker and the noise of a working day, and the confusion matrix of a verb that looks at them.

The hunt (:mod:`.hunt_fleet`) and the watch (:mod:`.watch_fleet`) have their markers and their noise; all else is the same, and is here.
"""

from __future__ import annotations

import base64
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.finding import Examination

from simulator.server.python_api import ApplianceHandle
from tests.observing_page import matrix, write_part

SEED, SIZE = 20261128, 320
COMPROMISE, ATTEMPT, REVIEW, UNSEEABLE, NOTHING = (
    "compromise",
    "attempt",
    "review",
    "not seen by NITRO",
    "nothing found",
)
Plant = Callable[[ApplianceHandle], None]


@dataclass(frozen=True)
class Marker:
    """A trace of an attacker.

    :ivar level: the level at which it must be found; UNSEEABLE where NITRO does not show it
    :ivar where: what the place of its finding has
    """

    name: str
    level: str
    where: str
    plant: Plant


def file(path: str, text: str = "x\n", **more: Any) -> Plant:
    return lambda box: box.write_file(path, text, **more)


def data(path: str, content: bytes) -> Plant:
    return lambda box: box.write_file(path, base64=base64.b64encode(content).decode())


@dataclass(frozen=True)
class Planned:
    """One generated appliance."""

    number: int
    build: str
    markers: tuple[Marker, ...]
    noise: tuple[Plant, ...]

    def plant(self, box: ApplianceHandle) -> None:
        for plant in (*self.noise, *(marker.plant for marker in self.markers)):
            plant(box)


@dataclass(frozen=True)
class Population:
    """What appliances are generated of."""

    markers: tuple[Marker, ...]
    builds: tuple[str, ...]
    noise: tuple[Plant, ...]

    def planned(self, size: int = SIZE, seed: int = SEED) -> Iterator[Planned]:
        """Yield appliances: each third one is clean, each marker is planted at least once, each build and noise comes again and again."""
        chance = random.Random(seed)
        waiting = list(self.markers)
        for number in range(size):
            count = 0 if number % 3 == 0 else chance.randint(1, 3)
            several = [*waiting[:1], *chance.sample(self.markers, count)][:count]
            if count and waiting:
                waiting = waiting[1:]
            noise = tuple(one for one in self.noise if chance.random() < 0.5)
            markers = tuple({one.where: one for one in several}.values())
            yield Planned(number, self.builds[number % len(self.builds)], markers, noise)

    @property
    def fleet(self) -> dict[str, Any]:
        """The fleet file of an appliance for each build."""
        boxes = {
            f"box{number}": {"build": build, "nodes": [f"127.0.{number + 1}.1:0"]}
            for number, build in enumerate(self.builds)
        }
        return {"appliances": boxes}

    def host(self, one: Planned) -> str:
        return f"box{self.builds.index(one.build)}"


@dataclass
class Outcomes:
    """The confusion matrix, and what is wrong with it.

    :ivar levels: of findings, the most urgent first
    """

    levels: tuple[str, ...]
    matrix: Counter[tuple[str, str]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    requests: list[int] = field(default_factory=list)
    bytes: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def add(
        self,
        one: Planned,
        examined: Examination,
        texts: Mapping[str, Sequence[str]],
        expected: Callable[[Marker], Sequence[str]],
    ) -> None:
        """Count what was found on an appliance.

        :param texts: by level, the findings as texts
        :param expected: gives the words that are right for a marker
        """
        name, not_seen = f"{one.number} ({one.build})", " ".join(map(str, examined.not_seen))
        for marker in one.markers:
            found = self._found(marker, texts, not_seen)
            self.matrix[marker.level, found] += 1
            if found not in expected(marker):
                self.wrong.append(f"{name}: {marker.name} is {found}, not {marker.level}")
        if not one.markers:
            self.matrix["clean", next((level for level in self.levels if texts[level]), NOTHING)] += 1
        if texts[COMPROMISE] and not any(marker.level == COMPROMISE for marker in one.markers):
            self.wrong.append(f"{name}: compromise without a marker: {texts[COMPROMISE]}")
        gaps = [str(gap) for gap in examined.not_seen if gap.is_gap]
        if gaps:
            self.wrong.append(f"{one.number}: incomplete: {gaps}")

    def _found(self, marker: Marker, texts: Mapping[str, Sequence[str]], not_seen: str) -> str:
        for level in self.levels:
            if any(marker.where in text for text in texts[level]):
                return level
        return UNSEEABLE if marker.level == UNSEEABLE and marker.where in not_seen else NOTHING

    def lines(self) -> list[str]:
        return matrix(self.matrix, ("clean", *self.levels, UNSEEABLE), (*self.levels, NOTHING, UNSEEABLE))


def report(outcomes: Outcomes, part: str, arguments: Sequence[str] | None = None) -> int:
    """Print the matrix of all appliances, and write it into its part of the page where it is wanted.

    :returns: the exit code: 1 where something is wrong
    """
    lines, count = outcomes.lines(), len(outcomes.requests)
    most = f"{max(outcomes.requests)} requests and {max(outcomes.bytes)} bytes"
    print("\n".join([f"{count} appliances", *lines, *outcomes.wrong]))
    print(f"of one appliance at most {most}; {sum(outcomes.seconds) / count:.2f} s")
    if "--write" in (sys.argv[1:] if arguments is None else arguments) and not outcomes.wrong:
        summary = f"{count} appliances, of one at most {most} of files. {datetime.now(UTC):%d %B %Y}."
        write_part(part, [summary, "", *lines])
    return 1 if outcomes.wrong else 0
