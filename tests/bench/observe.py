# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Measure what watching, reading logs and hunting cost a fleet: python -m tests.bench.observe [--appliances 1 100 1000] [--playbooks ...] [--write].

The real playbooks are run on simulated appliances. Requests and bytes are those of the appliances' answers to us, and do not depend on the machine; CPU
is that of ansible-playbook with its workers, without the simulator; wall time includes the simulator, which shares the machine. build/observe.json
keeps the figures, those of an earlier run too, and ``--write`` puts all of them into docs/explanation/observing.md.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.fleet import ROOT, Bench, Failed, benches, program
from tests.observing_page import table, write_part

SIZES = (1, 100, 1000)
KEPT = ROOT / "build" / "observe.json"
PART = "cost"
PHASES: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("watch.yml, the first run", "watch", {}),
    ("watch.yml, accepting", "watch", {"accept": "the benchmark"}),
    ("watch.yml, each further run", "watch", {}),
    ("read_logs.yml, the first run", "read_logs", {}),
    ("read_logs.yml, each further run", "read_logs", {}),
    ("hunt.yml", "hunt", {}),
)
"""In the order in which they are played: what each is, its playbook, and its variables."""
BYTES = {"watch": ("looked_at", "bytes read"), "read_logs": ("bytes",), "hunt": ("looked_at", "bytes")}
"""By playbook, where the result of an appliance has the bytes of files that it read."""


@dataclass(frozen=True)
class Observed:
    """One row: the sums over a fleet."""

    phase: str
    appliances: int
    requests: int
    size: int
    cpu_seconds: float
    seconds: float
    mebibytes: float

    def row(self) -> list[str]:
        count = self.appliances
        figures = (
            f"{self.requests / count:.1f}",
            f"{self.size / count:,.0f}",
            f"{1000 * self.cpu_seconds / count:,.0f}",
        )
        return [self.phase, f"{count:,}", *figures, f"{self.seconds:.1f}", f"{self.mebibytes:.0f}"]


TITLES = (
    "playbook",
    "appliances",
    "requests each",
    "bytes of files each",
    "CPU ms each",
    "seconds in all",
    "MiB at most",
)


def at(size: int, playbooks: Sequence[str]) -> Iterator[Observed]:
    """Yield the rows of one size.

    :raises Failed: where a playbook did not look at every appliance
    """
    with benches(size, 0) as bench:
        for phase, playbook, more in PHASES:
            if playbook in playbooks:
                yield observe(bench, phase, playbook, more)


def observe(bench: Bench, phase: str, playbook: str, more: dict[str, str]) -> Observed:
    """Run a playbook once. What it finds decides nothing here, so it may not fail (``fail_at=3``)."""
    report = bench.directory / "report.json"
    report.unlink(missing_ok=True)
    own = {name: str(bench.directory / name) for name in ("baselines", "alerts", "records")}
    own["bookmarks"] = str(bench.directory / "log_bookmarks")
    values = {**own, "fail_at": 3, **more}
    command = [
        program("ansible-playbook"),
        "-i",
        str(bench.inventory),
        f"playbooks/{playbook}.yml",
        "-e",
        json.dumps(values),
    ]
    began = time.monotonic()
    state = str(bench.directory / "state")
    Path(state).mkdir(mode=0o700, exist_ok=True)
    measured = bench.run("tourniquet", phase, command, TOURNIQUET_REPORT=str(report), TOURNIQUET_STATE_DIRECTORY=state)
    results = json.loads(report.read_text(encoding="utf-8"))
    unseen = [name for name, one in results.items() if not sum(one.get("looked_at", {}).values())]
    if len(results) != bench.size or unseen:
        raise Failed(
            f"{phase}: {len(results)} of {bench.size} appliances have a result, {len(unseen)} were not looked at"
        )
    found = Observed(
        phase,
        bench.size,
        measured.requests,
        sum(_bytes(one, BYTES[playbook]) for one in results.values()),
        measured.cpu_s,
        measured.wall_s,
        measured.rss_mb,
    )
    print(f"  {' '.join(found.row())}  ({time.monotonic() - began:.0f} s)", file=sys.stderr, flush=True)
    return found


def _bytes(result: dict[str, object], names: Sequence[str]) -> int:
    value: object = result
    for name in names:
        value = value[name] if isinstance(value, dict) else 0
    return int(str(value))


def lines(found: Iterable[Observed]) -> list[str]:
    """Return the table in Markdown, the rows of one playbook together."""
    phases = [phase for phase, _playbook, _more in PHASES]
    ordered = sorted(found, key=lambda one: (phases.index(one.phase), one.appliances))
    return table(TITLES, [one.row() for one in ordered])


def kept(file: Path = KEPT) -> dict[tuple[str, int], Observed]:
    """Return the figures of earlier runs, by phase and number of appliances."""
    rows = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
    return {(one.phase, one.appliances): one for one in (Observed(**row) for row in rows)}


def keep(found: Iterable[Observed], file: Path = KEPT) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps([asdict(one) for one in found], indent=1), encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and write where it is wanted.

    :returns: the exit code
    """
    parser = argparse.ArgumentParser(description="What watching, reading logs and hunting cost a fleet.")
    parser.add_argument("--appliances", type=int, nargs="+", default=SIZES)
    parser.add_argument("--playbooks", nargs="+", default=list(BYTES), choices=BYTES)
    parser.add_argument("--write", action="store_true", help="put the table into the page")
    options = parser.parse_args(arguments)
    found = kept()
    for size in options.appliances:
        for one in at(size, options.playbooks):
            found[one.phase, one.appliances] = one
            keep(found.values())
            if options.write:
                write_part(PART, [f"Measured on {datetime.now(UTC):%d %B %Y}.", "", *lines(found.values())])
    print("\n".join(lines(found.values())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
