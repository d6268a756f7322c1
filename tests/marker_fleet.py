# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Generated appliances with the harmless markers of an attacker and the noise of a working day, and the confusion matrix of a verb that looks at them.

The hunt (:mod:`.hunt_fleet`) and the watch (:mod:`.watch_fleet`) have their markers and their noise; all else is the same, and is here.
"""

from __future__ import annotations

import base64
import gzip
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.finding import Examination, Finding

from simulator import Simulator
from simulator.server.python_api import ApplianceHandle
from tests.observing_page import matrix, write_part
from tests.stage.memory import Stage

SEED, SIZE = 20261128, 320
COMPROMISE, ATTEMPT, REVIEW, UNSEEABLE, NOTHING = (
    "compromise",
    "attempt",
    "review",
    "not seen by NITRO",
    "nothing found",
)
MESSAGES = "/var/log/messages"
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


def line(path: str, text: str) -> Plant:
    return lambda box: box.log(path, text)


class _Lines:
    """Takes the lines of a plant."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []

    def log(self, path: str, text: str) -> None:
        self.lines.append((path, text))


def rotated(marker: Marker, number: int) -> Marker:
    """Return a marker in a log in the part of it that has been turned over so many times; the first line is that of newsyslog."""
    taken: Any = _Lines()
    marker.plant(taken)
    ((path, text),) = taken.lines
    name = f"{path}.{number}.gz"
    content = f"Jan 19 22:00:00 ns newsyslog[14448]: logfile turned over due to size>100K\n{text}\n"
    return Marker(f"{marker.name}, rotated", marker.level, name, data(name, gzip.compress(content.encode(), mtime=0)))


def is_of(text: str, cause: str) -> bool:
    """Return True for a finding at a place, or at a directory that is new because of it."""
    return cause in text or cause.startswith(f"{text}/")


def theme_edit(text: str, *paths: str) -> Plant:
    """Return thirty files of one burst (README of netscaler-ctx697096-checker).

    :param paths: with {} for the number of a file
    """

    def plant(box: ApplianceHandle) -> None:
        for number in range(30):
            for path in paths:
                box.write_file(path.format(number), text, mtime="2026-11-20T03:00:00Z")

    return plant


def upgrade(box: ApplianceHandle) -> None:
    for path in ("/var/nsinstall/installns_state", "/var/core/bounds", "/var/core/minfree", "/var/tmp/install.log"):
        box.write_file(path, "1\n")
    box.log(MESSAGES, "Jan 19 23:00:06 <kern.notice> ns kernel: pitboss: new process nsppe")


def files_of_administrators(box: ApplianceHandle) -> None:
    box.write_file("/var/vpn/bookmark/bm_prefix_dXNlcg==", "<bookmarks></bookmarks>\n")
    box.write_file("/nsconfig/rc.netscaler", "nsapimgr_wr.sh -ys skip_systemaccess_policyeval=0\n")
    box.write_file("/root/.ssh/authorized_keys", "ssh-ed25519 AAAA admin\n")


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
class Looked:
    """What a verb found at one appliance, and what that took."""

    examined: Examination
    requests: int
    bytes: int
    wrong: str = ""


@dataclass(frozen=True)
class Population:
    """What appliances are generated of, and how that which is found at them is read.

    :ivar levels: of findings, the most urgent first
    :ivar text: of a finding, which names its marker
    :ivar right: the words that are right for a marker of an appliance
    :ivar told: by a noise that a person should look at, the level and the place of each finding that it makes; nothing else may be found without a marker
    """

    markers: tuple[Marker, ...]
    builds: tuple[str, ...]
    noise: tuple[Plant, ...]
    levels: tuple[str, ...]
    text: Callable[[Finding], str]
    right: Callable[[Planned, Marker], Sequence[str]]
    told: Mapping[Plant, Sequence[tuple[str, str]]]

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

    @contextmanager
    def started(self) -> Iterator[dict[str, Stage]]:
        """Start the fleet, and yield the stages on its appliances."""
        with tempfile.TemporaryDirectory() as name, Simulator(self.fleet) as simulator:
            directory = Path(name)
            directory.chmod(0o700)
            yield {host: Stage(simulator, directory, host) for host in self.fleet["appliances"]}

    def looked_at(
        self,
        stages: Mapping[str, Stage],
        look: Callable[[Stage], Looked],
        stride: int,
        size: int,
        before: Plant = lambda _box: None,
    ) -> Outcomes:
        """Look at one of so many of the generated appliances.

        :param before: what each of them has
        """
        outcomes = Outcomes(self)
        for one in [*self.planned(size)][::stride]:
            stage = stages[self.host(one)]
            stage.simulator.reset()
            box = stage.simulator.appliance(stage.name)
            before(box)
            one.plant(box)
            began = time.perf_counter()
            found = look(stage)
            outcomes.seconds.append(time.perf_counter() - began)
            outcomes.add(one, found)
        return outcomes


@dataclass
class Outcomes:
    """The confusion matrix, and what is wrong with it."""

    population: Population
    matrix: Counter[tuple[str, str]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    requests: list[int] = field(default_factory=list)
    bytes: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def add(self, one: Planned, looked: Looked) -> None:
        """Count what was found on an appliance."""
        examined, levels = looked.examined, self.population.levels
        self.requests.append(looked.requests)
        self.bytes.append(looked.bytes)
        if looked.wrong:
            self.wrong.append(f"{one.number}: {looked.wrong}")
        texts = {level: [self.population.text(f) for f in examined.findings if f.level == level] for level in levels}
        name, not_seen = f"{one.number} ({one.build})", " ".join(map(str, examined.not_seen))
        for marker in one.markers:
            found = self._found(marker, texts, not_seen)
            self.matrix[marker.level, found] += 1
            if found not in self.population.right(one, marker):
                self.wrong.append(f"{name}: {marker.name} is {found}, not {marker.level}")
        if not one.markers:
            self.matrix["clean", next((level for level in levels if texts[level]), NOTHING)] += 1
        self.wrong += [f"{name}: {problem}" for problem in self._without_a_cause(one, texts)]
        if texts[COMPROMISE] and not any(marker.level == COMPROMISE for marker in one.markers):
            self.wrong.append(f"{name}: compromise without a marker: {texts[COMPROMISE]}")
        gaps = [str(gap) for gap in examined.not_seen if gap.is_gap]
        if gaps:
            self.wrong.append(f"{one.number}: incomplete: {gaps}")

    def _without_a_cause(self, one: Planned, texts: Mapping[str, Sequence[str]]) -> Iterator[str]:
        """Yield the findings, of any level, that neither a marker nor a noise of the appliance has made."""
        told = [pair for noise in one.noise for pair in self.population.told.get(noise, ())]
        for level, found in texts.items():
            causes = [*(marker.where for marker in one.markers), *(where for at, where in told if at == level)]
            yield from (f"{level} without a cause: {text}" for text in found if not any(is_of(text, c) for c in causes))

    def _found(self, marker: Marker, texts: Mapping[str, Sequence[str]], not_seen: str) -> str:
        for level in self.population.levels:
            if any(marker.where in text for text in texts[level]):
                return level
        return UNSEEABLE if marker.level == UNSEEABLE and marker.where in not_seen else NOTHING

    def lines(self) -> list[str]:
        levels = self.population.levels
        return matrix(self.matrix, ("clean", *levels, UNSEEABLE), (*levels, NOTHING, UNSEEABLE))


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
