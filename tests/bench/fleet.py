# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Measure the cost of the playbooks on a fleet: python -m tests.bench.fleet [--appliances 10 100 1000] [--rtt 0 40 150] [--forks N] [--write] [--small].

The real playbooks are run on simulated appliances, and in the same run what they are compared with: the same requests from a
bare asynchronous client (the floor) and from nornir, as many tasks that do nothing in Ansible, and the same requests as
ansible.builtin.uri tasks. The requests are written down from a run of the playbooks at one appliance. A table is printed;
build/bench.json has the figures for machines, those of an earlier run too, and ``--write`` puts them into docs/explanation/speed.md. Ratios within
one run say something; seconds depend on the machine.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import os
import shutil
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.bench import recording, simulator
from tests.bench.usage import Usage, measure
from tests.observing_page import table as markdown
from tests.observing_page import write_part
from tests.stage.control_node import OF_THE_CLONE, connection_variables, of_nobody

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
MITIGATION = "cve_2019_19781"
USER, PASSWORD = "nsroot", "nsroot"
SIZES, ROUND_TRIPS = (10, 100, 1000), (0, 40, 150)
KEPT = ROOT / "build" / "bench.json"
PART = "fleet"
COMPARED = ("noop", "floor", "nornir")
CORES = len(os.sched_getaffinity(0))
SMALL_SIZE = 10
URI_AT = 10  # at a hundred it would take an hour
# In the order in which they are played: what each does, and how many tasks on each appliance that takes.
PHASES: dict[str, tuple[str, dict[str, Any], int]] = {
    "plan": ("plan", {}, 1),
    "apply": ("apply", {}, 2),
    "second apply": ("apply", {}, 1),  # all is in place, so no wave goes
    "verify": ("verify", {}, 1),
    "status": ("status", {}, 1),
    "rollback": ("rollback", {"why": "undo", "who": "J. Jansen", "reason": "a test"}, 2),
}
ENDS_WITH = {("tourniquet", "rollback"): 2}  # it takes protection away
# What we want (docs/explanation/speed.md says where we are): CPU of a phase as a multiple of that of as many tasks that do nothing, where a phase
# makes few promises; CPU of the uri tasks as a multiple of ours; and the seconds of a phase at one distance, on two cores that do nothing else.
WANTED_TIMES_NOTHING = {"plan": 2.0, "second apply": 2.0, "status": 2.0}
WANTED_CHEAPER_THAN_URI = 50.0
WANTED_AT = (1000, 40)  # appliances, and milliseconds
WANTED_SECONDS = {"plan": 30, "apply": 120, "second apply": 30, "verify": 90, "status": 30, "rollback": 90}
# What is a failure: about twice of what was measured on a busy machine. Verify sends a connection for each published attack.
MOST_TIMES_NOTHING = {"plan": 5.0, "apply": 7.0, "second apply": 5.0, "verify": 11.0, "status": 5.0, "rollback": 6.0}
LEAST_CHEAPER_THAN_URI = 20.0
MOST_MEBIBYTES = 1024.0
MOST_MEBIBYTES_FAR_AWAY = 2048.0  # more appliances are worked on at a time


@dataclass(frozen=True)
class Measured:
    """One line of build/bench.json."""

    tool: str
    phase: str
    appliances: int
    rtt_ms: int
    cpu_s: float
    wall_s: float
    rss_mb: float
    requests: int
    connections: int


class Failed(Exception):
    """A command of the bench did not do what is measured."""


class Bench:
    """A simulated fleet, the inventory of it, and the tools on both."""

    def __init__(self, directory: Path, size: int, rtt_ms: int, ready: dict[str, Any], forks: int | None) -> None:
        self.forks = forks
        self.directory = directory
        self.size = size
        self.rtt_ms = rtt_ms
        self.ready = ready
        self.inventory = directory / "inventory.yml"
        self.ready_file = directory / "ready-copy.json"
        self._number = 0
        self.ready_file.write_text(json.dumps(ready))
        self._write_inventory()

    def _write_inventory(self) -> None:
        hosts = {
            name: {**connection_variables(appliance), "netscaler_customer": "Brouwer"}
            for name, appliance in self.ready["appliances"].items()
        }
        common = {
            "netscaler_user": USER,
            "netscaler_password": PASSWORD,
            "netscaler_ca_file": self.ready["ca_file"],
        }
        self.inventory.write_text(json.dumps({"netscalers": {"vars": common, "hosts": hosts}}))  # JSON is YAML

    # -- the simulator -------------------------------------------------------------------------------------------------

    def _control(self, method: str, path: str) -> Any:
        request = urllib.request.Request(
            self.ready["control"] + path, method=method, data=b"{}" if method == "POST" else None
        )
        with urllib.request.urlopen(request, timeout=300) as answer:
            return json.loads(answer.read())

    def reset(self) -> None:
        """The fleet as its file says, and no records of anything."""
        self._control("POST", "/reset")
        for made in ("records", "plans"):
            shutil.rmtree(self.directory / made, ignore_errors=True)

    # -- the tools -----------------------------------------------------------------------------------------------------

    def run(self, tool: str, phase: str, command: Sequence[str], **environment: str) -> Measured:
        self._control("DELETE", "/requests")
        self._number += 1
        output = self.directory / f"output-{self._number}.txt"
        usage = measure(
            command,
            environment={
                **of_nobody(),
                **OF_THE_CLONE,
                "ANSIBLE_ACTION_PLUGINS": str(HERE / "action_plugins"),
                **({"ANSIBLE_FORKS": str(self.forks)} if self.forks else {}),
                **environment,
            },
            output=output,
            directory=ROOT,
        )
        if usage.code != ENDS_WITH.get((tool, phase), 0):
            raise Failed(f"{tool}, {phase}: ended with {usage.code}:\n{output.read_text()[-3000:]}")
        return self._measured(tool, phase, usage)

    def _measured(self, tool: str, phase: str, usage: Usage) -> Measured:
        seen = self._control("GET", "/requests")
        return Measured(
            tool,
            phase,
            self.size,
            self.rtt_ms,
            round(usage.cpu_seconds, 3),
            round(usage.seconds, 3),
            round(usage.mebibytes, 1),
            len(seen),
            len({entry["connection"] for entry in seen}),
        )

    def tourniquet(self, phase: str, **environment: str) -> Measured:
        verb, more, _tasks = PHASES[phase]
        values = {
            "mitigation": MITIGATION,
            "as_of": "2020-01-15",
            "records": str(self.directory / "records"),
            "plans": str(self.directory / "plans"),
            "rollout_bake_seconds": 0,
            **more,
        }
        command = [
            program("ansible-playbook"),
            "-i",
            str(self.inventory),
            f"playbooks/{verb}.yml",
            "-e",
            json.dumps(values),
        ]
        return self.run("tourniquet", phase, command, **environment)

    def nothing(self, phase: str, tasks: int) -> Measured:
        """As many tasks on each appliance, in the same waves, that do nothing."""
        play = {"hosts": "netscalers", "connection": "local", "gather_facts": False, "tasks": [{"nothing": {}}]}
        waves = {**play, "serial": [1, "10%", "100%"]}
        return self._play("noop", phase, [play, waves][:tasks])

    def uri(self, phase: str, requests: Sequence[recording.Asked], appliances: int) -> Measured:
        play = {"hosts": "netscalers", "connection": "local", "gather_facts": False}
        plays = [{**play, "tasks": uri_tasks(requests, self.ready)}]
        chosen = ",".join(list(self.ready["appliances"])[:appliances])
        return replace(self._play("uri", phase, plays, "--limit", chosen), appliances=appliances)

    def _play(self, tool: str, phase: str, plays: list[dict[str, Any]], *options: str) -> Measured:
        playbook = self.directory / f"{tool}.yml"
        playbook.write_text(json.dumps(plays))
        command = [program("ansible-playbook"), "-i", str(self.inventory), str(playbook), *options]
        return self.run(tool, phase, command)

    def replay(self, tool: str, phase: str, requests: Sequence[recording.Asked]) -> Measured:
        file = self.directory / "recording.json"
        recording.dump(requests, file)
        command = [sys.executable, "-m", "tests.bench.replay", tool, str(self.ready_file), str(file)]
        return self.run(tool, phase, command, PYTHONPATH=str(ROOT))


def program(name: str) -> str:
    return str(Path(sys.executable).parent / name)


def uri_tasks(requests: Sequence[recording.Asked], ready: dict[str, Any]) -> list[dict[str, Any]]:
    """The same requests as a person would write them without a collection."""
    tasks: list[dict[str, Any]] = []
    for request in requests:
        vip = "{{ netscaler_vips[0].address }}:{{ netscaler_vips[0].port }}"
        address = "{{ netscaler_nodes[0] }}" if request.place == "node" else vip
        headers = {
            name: value.replace(recording.TOKEN, "{{ login.json.sessionid | urlencode }}")
            for name, value in request.headers(recording.TOKEN).items()
            if name in ("Cookie", "Content-Type", "Accept", "X-NITRO-ONERROR", "User-Agent")
        }
        module: dict[str, Any] = {
            "url": f"https://{address}{request.target}",
            "method": request.method,
            "headers": headers,
            "status_code": request.status,
            "return_content": True,
            "validate_certs": request.place == "node",
            "ca_path": ready["ca_file"],
        }
        if request.body:
            module["body"] = request.body
        tasks.append({"ansible.builtin.uri": module, **({"register": "login"} if request.is_login else {})})
    return tasks


@contextlib.contextmanager
def benches(size: int, rtt_ms: int, forks: int | None = None) -> Iterator[Bench]:
    """A bench with a fleet that runs.

    :param forks: of Ansible; None for those of ansible.cfg
    """
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as directory,
        simulator.started(size, rtt_ms=rtt_ms, configured=False) as (_start, ready),
    ):
        yield Bench(Path(directory), size, rtt_ms, ready, forks)


def recorded(phases: Sequence[str] = tuple(PHASES)) -> dict[str, list[recording.Asked]]:
    """Return the requests that the playbooks send to an appliance, by phase.

    :param phases: in their order, from the first one on. The first appliance of a build is asked more, so the last one is taken.
    """
    found = {}
    with benches(2, 0) as bench:
        *_, last = bench.ready["appliances"].values()
        for phase in phases:
            log = bench.directory / f"{phase}.log"
            bench.tourniquet(phase, PYTHONPATH=str(HERE / "recorder"), BENCH_RECORDING=str(log), ANSIBLE_FORKS="1")
            found[phase] = recording.read(log, last)
    return found


def say(measured: Measured) -> Measured:
    print(f"  {measured.tool:<10} {measured.phase:<13} {measured.cpu_s:9.2f} s CPU", file=sys.stderr, flush=True)
    return measured


def at(
    size: int,
    rtt_ms: int,
    requests: dict[str, list[recording.Asked]],
    *,
    phases: Sequence[str] = tuple(PHASES),
    uri: Mapping[str, int] | None = None,
    forks: int | None = None,
) -> list[Measured]:
    """All tools at one size and distance.

    :param uri: the phases that are played with uri tasks too, and at how many appliances: it takes seconds for each
    """
    found = []
    with benches(size, rtt_ms, forks) as bench:
        print(f"{size} appliances, {rtt_ms} ms away", file=sys.stderr, flush=True)
        found += [say(bench.nothing(f"{tasks} tasks", tasks)) for tasks in (1, 2)]
        found += [say(bench.tourniquet(phase)) for phase in phases]
        for tool in ("floor", "nornir"):
            bench.reset()
            found += [say(bench.replay(tool, phase, requests[phase])) for phase in phases]
        bench.reset()
        found += [say(bench.uri(phase, requests[phase], number)) for phase, number in (uri or {}).items()]
    return found


def ratios(found: Sequence[Measured]) -> list[dict[str, Any]]:
    """The playbooks' CPU beside that of the others in the same run; of uri for each appliance, since it is measured at a few."""
    measured = {(m.tool, m.phase, m.appliances, m.rtt_ms): m.cpu_s for m in found}
    uri = {(m.phase, m.rtt_ms): m.cpu_s / m.appliances for m in found if m.tool == "uri"}
    lines = []
    for m in found:
        if m.tool != "tourniquet":
            continue
        place = (m.appliances, m.rtt_ms)
        others = {
            "times_noop": measured.get(("noop", f"{PHASES[m.phase][2]} tasks", *place)),
            "times_floor": measured.get(("floor", m.phase, *place)),
            "times_nornir": measured.get(("nornir", m.phase, *place)),
        }
        by_uri = uri.get((m.phase, m.rtt_ms))
        lines.append(
            {
                **asdict(m),
                **{name: m.cpu_s / other if other else None for name, other in others.items()},
                "cheaper_than_uri": by_uri * m.appliances / m.cpu_s if by_uri else None,
            }
        )
    return lines


def table(found: Sequence[Measured]) -> list[str]:
    """For people."""
    titles = (
        "CPU s",
        "ms each",
        "wall s",
        "MiB",
        "requests",
        "connections",
        "x noop",
        "x floor",
        "x nornir",
        "uri: x this",
    )
    lines = ["".join([f"{'appliances':>10} {'rtt':>4}  {'phase':<13}", *(f"{title:>12}" for title in titles)])]
    for row in ratios(found):
        n = row["appliances"]
        figures = [
            f"{row['cpu_s']:.2f}",
            f"{1000 * row['cpu_s'] / n:.1f}",
            f"{row['wall_s']:.1f}",
            f"{row['rss_mb']:.0f}",
        ]
        figures += [f"{row['requests'] / n:.1f}", f"{row['connections'] / n:.1f}"]
        figures += [
            "" if row[key] is None else f"{row[key]:.2f}"
            for key in ("times_noop", "times_floor", "times_nornir", "cheaper_than_uri")
        ]
        lines.append(
            "".join([f"{n:>10} {row['rtt_ms']:>4}  {row['phase']:<13}", *(f"{figure:>12}" for figure in figures)])
        )
    return lines


def page_lines(found: Sequence[Measured]) -> list[str]:
    """Return the tables for docs/explanation/speed.md, in Markdown: one for each size, with the distances side by side.

    The multiples are those at the nearest distance.
    """
    rows = {(row["appliances"], row["phase"], row["rtt_ms"]): row for row in ratios(found)}
    lines = []
    for size in sorted({appliances for appliances, _phase, _rtt in rows}):
        distances = sorted({rtt for appliances, _phase, rtt in rows if appliances == size})
        measured = [f"{name}, {rtt} ms" for rtt in distances for name in ("wall s", "CPU s", "MiB")]
        cells = []
        for phase in PHASES:
            there = {rtt: row for rtt in distances if (row := rows.get((size, phase, rtt)))}
            if not there:
                continue
            nearest = there[min(there)]
            each = [f"{nearest[name] / size:.0f}" for name in ("requests", "connections")]
            figures = [figure for rtt in distances for figure in _figures(there.get(rtt))]
            others = [nearest[f"times_{name}"] for name in COMPARED]
            cells.append([phase, *each, *figures, *("" if one is None else f"{one:.1f}" for one in others)])
        titles = ["phase", "requests", "connections", *measured, *(f"x {name}" for name in COMPARED)]
        lines += ["", f"{size:,} appliances:", "", *markdown(titles, cells)]
    return lines


def _figures(row: Mapping[str, Any] | None) -> list[str]:
    """Return seconds, CPU and memory of a phase; empty ones where it was not measured."""
    return [""] * 3 if row is None else [f"{row['wall_s']:.0f}", f"{row['cpu_s']:.1f}", f"{row['rss_mb']:.0f}"]


def missed(found: Sequence[Measured]) -> list[str]:
    """Return the goals that are not reached, in words."""
    return [
        *_beyond(found, WANTED_TIMES_NOTHING, WANTED_CHEAPER_THAN_URI),
        *(
            f"{one.phase} at {one.appliances}, {one.rtt_ms} ms: {one.wall_s:.0f} s, not {WANTED_SECONDS[one.phase]}"
            for one in found
            if one.tool == "tourniquet"
            and (one.appliances, one.rtt_ms) == WANTED_AT
            and one.wall_s > WANTED_SECONDS[one.phase]
        ),
    ]


def broken(found: Sequence[Measured]) -> list[str]:
    """Return the ratios that are far out of their bounds, in words."""
    return _beyond(found, MOST_TIMES_NOTHING, LEAST_CHEAPER_THAN_URI)


def _beyond(found: Sequence[Measured], times_nothing: Mapping[str, float], cheaper_than_uri: float) -> list[str]:
    problems = []
    for row in ratios(found):
        where = f"{row['phase']} at {row['appliances']}, {row['rtt_ms']} ms"
        if row["times_noop"] and row["times_noop"] > times_nothing.get(row["phase"], math.inf):
            problems.append(f"{where}: {row['times_noop']:.1f} times the CPU of tasks that do nothing")
        if row["cheaper_than_uri"] and row["cheaper_than_uri"] < cheaper_than_uri:
            problems.append(f"{where}: uri tasks take only {row['cheaper_than_uri']:.0f} times as much CPU")
        if row["rss_mb"] > (MOST_MEBIBYTES_FAR_AWAY if row["rtt_ms"] else MOST_MEBIBYTES):
            problems.append(f"{where}: {row['rss_mb']:.0f} MiB")
    return problems


def small() -> list[Measured]:
    """Ten appliances, some phases, and uri tasks at one of them: seconds."""
    phases = ("plan", "apply", "status")
    return at(SMALL_SIZE, 0, recorded(phases), phases=phases, uri={"plan": 1})


def kept(file: Path = KEPT) -> list[Measured]:
    """Return the figures of earlier runs."""
    return [Measured(**row) for row in json.loads(file.read_text(encoding="utf-8"))] if file.exists() else []


def with_new(earlier: Sequence[Measured], found: Sequence[Measured]) -> list[Measured]:
    """Return the figures of earlier runs without those of fleets that were measured again, and the new ones."""
    again = {(one.appliances, one.rtt_ms) for one in found}
    return [*(one for one in earlier if (one.appliances, one.rtt_ms) not in again), *found]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures, prints, and fails where a ratio is grossly off."""
    parser = argparse.ArgumentParser(description="What the playbooks cost on a fleet.")
    parser.add_argument("--appliances", type=int, nargs="+", default=SIZES)
    parser.add_argument("--rtt", type=int, nargs="+", default=ROUND_TRIPS, help="milliseconds")
    parser.add_argument("--phases", nargs="+", default=list(PHASES), choices=PHASES, help="from the first one on")
    parser.add_argument("--forks", type=int, help="of Ansible; those of ansible.cfg where it is left out")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/explanation/speed.md")
    parser.add_argument("--small", action="store_true", help="ten appliances, next to us, and few phases")
    options = parser.parse_args(arguments)
    if options.small:
        found = small()
    else:
        requests = recorded()
        found = []
        for size in options.appliances:
            for rtt_ms in options.rtt:
                uri = {"plan": URI_AT, "second apply": URI_AT} if (size, rtt_ms) == (URI_AT, min(options.rtt)) else {}
                found += at(size, rtt_ms, requests, phases=options.phases, uri=uri, forks=options.forks)
    print("\n".join(table(found)))
    if not options.small:
        everything = with_new(kept(), found)
        KEPT.parent.mkdir(exist_ok=True)
        KEPT.write_text(json.dumps([asdict(item) for item in everything], indent=1), encoding="utf-8")
        print(f"The figures are in {KEPT.relative_to(ROOT)}.")
        if options.write:
            write_part(
                PART, [f"Measured until {datetime.now(UTC):%d %B %Y}, on {CORES} cores.", *page_lines(everything)]
            )
    for text in missed(found):
        print(f"not yet what we want: {text}")
    problems = broken(found)
    for text in problems:
        print(f"BROKEN: {text}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
