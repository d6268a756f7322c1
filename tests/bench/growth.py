# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Measure what the years of an appliance cost its ledger: python -m tests.bench.growth [--runs 10 100 1000].

One apply, and a verify a day that proves it again, as signed records in a directory. Reading them checks each signature; working out the course of all
entries looks at what is left once runs that say the same are folded.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

try:
    import ansible_collections.tourniquet.netscaler  # noqa: F401
except ImportError:
    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / ".collections"))

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Address, Appliance
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.builds import Build
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry_file import load_catalogue
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records import parsed_records
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.hash_chain import digest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_content import RecordContent
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_list import all_records
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.hunt_result import HuntResult
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.record_events import History
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.today import Today
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure.history import rows_of

RUNS = (10, 100, 1000)
BUILD = "13.0 47.22"
NAME = "tq_cve_2019_19781"
BEGIN = datetime(2020, 1, 2, 8, tzinfo=UTC)
CATALOGUE = Path(__file__).resolve().parents[2] / "templates" / "mitigations"
POLICY = {"name": NAME, "rule": "TRUE", "action": NAME}
STEP = {"type": "responderpolicy", "key": [NAME], "before": None, "after": POLICY, "state": "done"}


@dataclass(frozen=True)
class Growth:
    """What a number of runs cost, in seconds of CPU.

    :ivar read: the records are read, and each signature is checked
    :ivar judged: the course of all entries is worked out of them
    """

    runs: int
    read: float
    judged: float


def written(directory: Path, runs: int) -> RecordTrust:
    """Write the records of an appliance, and return the key that signs them."""
    folder = directory / "gw"
    folder.mkdir(mode=0o700)
    trust = RecordTrust(key=directory / "key")
    before: list[dict[str, str]] = []
    for number in range(runs):
        at = BEGIN + timedelta(days=number)
        values = {
            "format": 1, "host": "gw", "kind": "verify" if number else "apply", "measure": "cve_2019_19781", "run": "bench",
            "started": at.isoformat(), "finished": at.isoformat(), "build": BUILD, "outcome": "applied", "saved": True,
            "steps": [] if number else [STEP], "previous": before, "proof": {"proven": True, "verdict": "mitigated", "vips": ["gw"]},
        }  # fmt: skip
        record = ChangeRecord(
            folder / f"{at:%Y%m%dT%H%M%S.%fZ}-bench.json", RecordContent.from_json(values, where="bench"), trust=trust
        )
        record.write()
        before = [{"name": record.name, "sha256": digest(record.content.values)}]
    return trust


@contextmanager
def _timed(found: list[float]) -> Iterator[None]:
    before = time.process_time()
    yield
    found.append(time.process_time() - before)


def growth(runs: int) -> Growth:
    """Return what a number of runs cost."""
    appliance = Appliance("gw", (Address("10.0.0.1", 443),), "u", "p")
    entries, found = load_catalogue(CATALOGUE), list[float]()
    with tempfile.TemporaryDirectory() as name:
        trust = written(Path(name), runs)
        parsed_records._kept = parsed_records.Kept()
        with _timed(found):
            records = all_records(Path(name), "gw", trust)
        today = Today(BEGIN + timedelta(days=runs), {"10.0.0.1:443": Build.parse(BUILD)})
        with _timed(found):
            rows_of(appliance, entries, History.of(records, today.at), today, HuntResult(), date(2026, 12, 1))
    return Growth(runs, *found)


def table(found: Sequence[Growth]) -> list[str]:
    """Return a line for each number of runs, in milliseconds."""
    lines = [f"{'runs':>6} {'read, ms':>10} {'judged, ms':>12}"]
    return lines + [f"{one.runs:>6} {one.read * 1000:>10.1f} {one.judged * 1000:>12.1f}" for one in found]


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, nargs="+", default=RUNS)
    growth(2)  # what is imported and compiled once
    print("\n".join(table([growth(runs) for runs in parser.parse_args(arguments).runs])))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
