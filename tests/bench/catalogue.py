# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Measure status.yml for the whole catalogue: python -m tests.bench.catalogue [--appliances 1000].

All simulated appliances have an old build, which leaves every entry open, so this is the most that is read. The simulator runs on the same machine.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence

from tests.bench.fleet import Bench, Measured, benches, program

WANTED_SECONDS = 60.0
"""The wall time of a thousand appliances on two quiet cores."""


def status(bench: Bench) -> Measured:
    """Return what one run costs."""
    values = {"records": str(bench.directory / "records"), "plans": str(bench.directory / "plans")}
    command = [
        program("ansible-playbook"),
        "-i",
        str(bench.inventory),
        "playbooks/status.yml",
        "-e",
        json.dumps(values),
    ]
    return bench.run("tourniquet", "catalogue", command)


def line(measured: Measured) -> str:
    """Return the figures in words."""
    number = measured.appliances
    return (
        f"{number} appliances: {measured.wall_s:.1f} s, {measured.cpu_s:.1f} s of CPU ({1000 * measured.cpu_s / number:.0f} ms each), "
        f"{measured.rss_mb:.0f} MiB, {measured.requests / number:.1f} requests and {measured.connections / number:.1f} connections each; "
        f"load of the machine {', '.join(f'{one:.1f}' for one in os.getloadavg())}"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; the first run makes the assessments that later ones share."""
    parser = argparse.ArgumentParser(description="What the verdict for the whole catalogue costs on a fleet.")
    parser.add_argument("--appliances", type=int, default=1000)
    options = parser.parse_args(arguments)
    with benches(options.appliances, 0) as bench:
        for name in ("first", "second"):
            print(f"{name} run: {line(status(bench))}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
