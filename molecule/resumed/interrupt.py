# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Starts a command, and kills all of it as soon as the appliance's first fault is met: ``interrupt.py FAULTS COMMAND ...``."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.stage.played import wait_until
from tests.stage.processes import kill_tree


def main(faults: str, command: list[str]) -> None:
    """:param faults: where the simulator tells how often each fault was met"""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)

    def is_met() -> bool:
        with opener.open(faults, timeout=10) as reply:
            return bool(json.load(reply)[0]["fired"])

    try:
        wait_until(is_met, "the fault", alive=lambda: process.poll() is None)
    finally:
        kill_tree(process.pid)
        process.wait(timeout=10)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
