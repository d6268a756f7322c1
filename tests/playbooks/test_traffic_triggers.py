# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A mitigation whose trigger is the Host header, from a catalogue of YAML and Jinja alone: apply, impact, rollback by playbook."""

from __future__ import annotations

import json
from pathlib import Path

from tests.playbooks.conftest import Opener
from tests.stage.fleet import box
from tests.stage.played import TAKEN_AWAY

HOST = "gw-a"
CATALOGUE = Path(__file__).parents[1] / "engine" / "mitigations"
WEB = '198.51.100.%d - - [12/Jan/2020:03:04:05 +0100] "GET /status HTTP/1.1" 200 5\n'


def test_apply_impact_and_rollback(open_laboratory: Opener) -> None:
    laboratory = open_laboratory({HOST: box()})
    before = laboratory.text(HOST)
    laboratory.common["catalogue_directory"] = str(CATALOGUE)
    web, host = laboratory.directory / "access.log", laboratory.directory / "hosts.jsonl"
    web.write_text("".join(WEB % number for number in range(4)))
    row = {"time": 1578800000, "client": "198.51.100.9", "vip": "gw", "method": "GET", "url": "/status", "status": 200}
    names = ("internal.example", "www.example", "www.example")
    host.write_text("".join(json.dumps({**row, "host": name}) + "\n" for name in names))
    laboratory.hosts[HOST]["netscaler_logs"] = [
        {"path": str(web), "format": "web", "vip": "gw"},
        {"path": str(host), "format": "json"},
    ]
    impact = laboratory.play("impact", mitigation="host_header", reports=str(laboratory.directory / "reports"))
    found = impact[HOST]["impact"]
    assert {word: total["requests"] for word, total in found["totals"].items() if total["requests"]} == {
        "may be newly blocked": 4,
        "an attack, newly blocked": 1,
    }
    assert found["undecided_attacks"] == {"host": 4}

    applied = laboratory.play("apply", mitigation="host_header")
    assert applied.verdict(HOST) == "mitigated"
    (probe,) = [proof["attacks"] for proof in laboratory.record(HOST)["proof"]["after"]]
    assert [(one["request"], one["sign"]) for one in probe] == [("GET / with Host: internal.example", "blocked by us")]

    done = laboratory.play("rollback", mitigation="host_header", accept_exposure=True)
    assert (done.rc, done.problem(HOST)) == (2, TAKEN_AWAY), done.output
    assert laboratory.text(HOST) == before
