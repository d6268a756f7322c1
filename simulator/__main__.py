# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``python -m simulator``: run a fleet of simulated appliances until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from pathlib import Path

from simulator import FleetError
from simulator.server.process import serve


def main() -> int:
    """Run a fleet until SIGTERM or SIGINT. Return the exit code: 2 for a mistake in the fleet file."""
    parser = argparse.ArgumentParser(
        prog="python -m simulator", description="A fleet of simulated NetScaler appliances."
    )
    parser.add_argument("--fleet", type=Path, required=True, help="the fleet file (YAML)")
    parser.add_argument("--ready-file", type=Path, help="written when everything listens, removed at the end")
    parser.add_argument("--ca-file", type=Path, help="a copy of the authority's certificate, removed at the end")
    parser.add_argument("--request-log", type=Path, help="one JSON line for each request")
    parser.add_argument(
        "--behave-as",
        type=Path,
        metavar="RESULT",
        help="a result file of prove.yml: behave as the appliance that it was measured at",
    )
    arguments = parser.parse_args()
    logging.basicConfig(format="%(levelname)s %(message)s")
    try:
        asyncio.run(
            serve(arguments.fleet, arguments.ready_file, arguments.request_log, arguments.ca_file, arguments.behave_as)
        )
    except (FleetError, OSError) as problem:
        print(f"simulator: {problem}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
