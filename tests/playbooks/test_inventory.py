# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A large inventory in one file: 2,000 appliances with their customers, and a run on two of them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.stage.control_node import ROOT
from tests.stage.fleet import box
from tests.stage.played import Laboratory

SIZE = 2000


def test_two_thousand_appliances_in_one_file(open_laboratory: Callable[..., Laboratory], tmp_path: Path) -> None:
    laboratory = open_laboratory({"gw-0000": box(), "gw-1999": box()})
    for number in range(SIZE):
        own = {
            "netscaler_nodes": [f"10.{number // 250}.{number % 250}.11"],
            "netscaler_customer": f"customer {number % 40}",
        }
        laboratory.hosts.setdefault(f"gw-{number:04}", own)
    laboratory.write_inventory()
    done = subprocess.run(
        [str(Path(sys.executable).parent / "ansible-inventory"), "-i", str(laboratory.inventory), "--list"],
        cwd=ROOT,
        env=laboratory.environment(tmp_path / "report.json"),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)["_meta"]["hostvars"]
    assert len(found) == SIZE
    assert found["gw-1234"]["netscaler_customer"] == "customer 34"
    run = laboratory.play("status", limit="gw-0000,gw-1999")
    assert run.rc == 0
    assert {host: run.verdict(host) for host in run.results} == {"gw-0000": "exposed", "gw-1999": "exposed"}
