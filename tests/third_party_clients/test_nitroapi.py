# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""nitroapi, a wrapper of 2016: media types with the type's name, and the token only from the cookie NITRO_AUTH_TOKEN."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from simulator import Simulator

pytestmark = pytest.mark.only_in_all


def test_nitroapi(programs: Path, simulator: Simulator) -> None:
    """It returns None for a refused call."""
    place = simulator.ready["appliances"]["pair"]["nodes"][0]
    script = Path(__file__).with_name("nitroapi_calls.py")
    command = [programs / "python", "-W", "ignore", script, f"{place['address']}:{place['port']}"]
    done = subprocess.run(
        [*command, simulator.ready["ca_file"]], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "made": True,
        "twice": None,
        "changed": "Done",
        "rows": "c",
        "statistics": ["name", "pipolicyhits", "pipolicyhitsrate", "pipolicyundefhits", "pipolicyundefhitsrate"],
        "system": True,
        "saved": 0,
        "removed": "Done",
        "gone": None,
    }
    assert simulator.appliance("pair").state()["nodes"][0]["sessions"] == 0
