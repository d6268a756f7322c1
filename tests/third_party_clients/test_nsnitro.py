# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""nsnitro, the configuration library of 2015: all calls are forms, types in the payload, keys twice."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from simulator import Simulator

pytestmark = pytest.mark.only_in_all


def test_nsnitro(programs: Path, simulator: Simulator, nitro: Any) -> None:
    """Reads, services, the responder, ACLs, a save; a refusal becomes the error class of its code."""
    place = simulator.ready["appliances"]["pair"]["nodes"][0]
    command = [
        programs / "python",
        "-W",
        "ignore",
        Path(__file__).with_name("nsnitro_calls.py"),
        f"{place['address']}:{place['port']}",
    ]
    environment = {**os.environ, "SSL_CERT_FILE": simulator.ready["ca_file"]}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "version": nitro("pair", "GET", "config/nsversion")["nsversion"]["version"],
        "hostname": "",
        "hardware": "NetScaler Virtual Appliance",
        "addresses": ["NSIP"],
        "node": "Primary",
        "timezone": "CoordinatedUniversalTime",
        "twice": "NSNitroNserrExist",
        "bound": ["svc"],
        "up": "UP",
        "down": "DOWN",
        "comment": "changed",
        "missing": "NSNitroNserrNoent",
        "left": [],
        "turned": 0,
        "rule": True,
        "in use": "NSNitroError",
        "bindings": [["block", "100"]],
        "label": ["block"],
        "running": True,
        "renamed": "refuse",
        "policies": [],
        "kernel": "APPLIED",
        "acls": 0,
        "simple": 0,
        "saved": 0,
        "wrong": "NSNitroNserrNouser",
    }
    state = simulator.appliance("pair").state()["nodes"]
    assert [(node["sessions"], node["configchanged"]) for node in state] == [(0, False), (0, False)]
    assert not any(entry["errorcode"] == 1240 for entry in simulator.requests())
