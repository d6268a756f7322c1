# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The line of a next action, pasted into a shell as it stands: each appliance of it is nearer to safe, no other one is touched, and what only a
person knows is refused by name before anything is sent."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.stage.control_node import PLAYBOOK_PROGRAM, ROOT
from tests.stage.fleet import box
from tests.stage.played import MITIGATION, TIMEOUT, Laboratory, Run

NAMES = ("gw-1", "gw-2", "odd; touch pasted, gw-3")


@pytest.fixture(scope="module")
def laboratory(open_laboratory: Callable[..., Laboratory]) -> Laboratory:
    fleet = {
        **{name: box() for name in (NAMES[0], NAMES[1])},
        "gw-3": box(),
        "watched": box(),
        "fixed": box(),
        "shut": box(),
        "paged": box(),
        "counted": box(),
    }
    made = open_laboratory(fleet, variables={"watched": {"mitigation_mode": "observe"}})
    # The name of a host in an inventory is not ours: to the shell, and to --limit, it must stay a name.
    made.hosts[NAMES[2]] = made.hosts.pop("gw-3")
    return made


def lines_of(run: Run) -> list[str]:
    """Return the command lines of a page."""
    return [line.strip() for line in run.output.splitlines() if re.match(r" {6}\S", line) and "playbook" in line]


def line_of(run: Run, verb: str) -> str:
    found = [line for line in lines_of(run) if f"/{verb}.yml" in line]
    assert len(found) == 1, "\n".join(lines_of(run)) + run.output[-3000:]
    return found[0]


def paste(laboratory: Laboratory, line: str) -> Run:
    """Paste a line into a shell."""
    report = laboratory.directory / "pasted.json"
    report.unlink(missing_ok=True)
    environment = laboratory.environment(report)
    environment["PATH"] = f"{Path(PLAYBOOK_PROGRAM).parent}:{environment['PATH']}"
    started = time.time()
    done = subprocess.run(
        line, shell=True, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=TIMEOUT, check=False,
    )  # fmt: skip
    results = json.loads(report.read_text(encoding="utf-8")) if report.exists() else {}
    requests = [entry for entry in laboratory.simulator.requests() if entry["time"] >= started]
    return Run(done.returncode, results, done.stdout + done.stderr, requests)


def test_the_line_of_what_is_exposed_mitigates_the_appliances_that_it_names(laboratory: Laboratory) -> None:
    status = laboratory.play("status", limit=[NAMES[0], "~odd.*"])
    assert status.verdict(NAMES[2]) == "exposed"
    run = paste(laboratory, line_of(status, "apply"))
    assert set(run.results) - {"localhost"} == {NAMES[0], NAMES[2]}, run.output[-2000:]
    assert run.verdict(NAMES[0]) == run.verdict(NAMES[2]) == "mitigated"
    assert not (ROOT / "pasted").exists()
    # What is left to be done is outside, and the line that follows it checks it.
    assert "next: upgrade to" in run.output
    checked = paste(laboratory, line_of(run, "status"))
    assert checked.verdict(NAMES[0]) == "mitigated"
    assert checked.writes() == []


def test_the_line_of_a_measure_that_observes_blocks_though_the_inventory_says_observe(laboratory: Laboratory) -> None:
    applied = laboratory.play("apply", limit="watched")
    assert applied.verdict("watched") == "observe, not blocking", applied.output[-2000:]
    run = paste(laboratory, line_of(applied, "apply"))
    assert run.verdict("watched") == "mitigated", run.output[-2000:]


def test_the_line_of_a_plan_applies_what_it_has_shown(laboratory: Laboratory) -> None:
    """Seen: the line of a plan that only counts blocked, without the ticket."""
    decided = {"mitigation_mode": "observe", "reason": "to look first", "ticket": "CHG4", "who": "J. Jansen"}
    plan = laboratory.play("plan", limit="counted", **decided)
    run = paste(laboratory, line_of(plan, "apply"))
    assert run.verdict("counted") == "observe, not blocking", run.output[-2000:]
    (record,) = map(json.loads, (path.read_text() for path in laboratory.records.glob("counted/2*.json")))
    assert record["ticket"] == "CHG4"


def test_a_line_with_what_only_a_person_knows_is_refused_until_it_is_given(laboratory: Laboratory) -> None:
    status = laboratory.play("status", limit="shut", mitigation=None, as_of=None)
    line = line_of(status, "lockdown")
    refused = paste(laboratory, line)
    assert refused.rc != 0
    for name in ("reason", "ticket", "who", "expires"):
        assert f"-e {name}" in refused.output
    assert "replace <...> by what only you know" in re.sub(r"\s+", " ", refused.output)
    assert [one for one in refused.requests if one["side"] == "nitro"] == [], "nothing was sent"
    for name, value in {"reason": "no proof yet", "ticket": "CHG1", "who": "J. Jansen", "expires": "24"}.items():
        line = line.replace(f"<{name}>", value)
    closed = paste(laboratory, line)
    assert closed.verdict("shut") == "closed", closed.output[-2000:]
    # To open it again is refused as long as it is exposed: the line does not lead back.
    line = line_of(closed, "reopen")
    for name, value in {"reason": "it is fixed", "ticket": "CHG2", "who": "J. Jansen"}.items():
        line = line.replace(f"<{name}>", value)
    opened = paste(laboratory, line)
    assert "exposed" in opened.output
    assert laboratory.row("shut", "vpnvserver", "gw")["state"] == "DISABLED"  # type: ignore[index]


def test_the_line_of_what_is_left_behind_removes_it(laboratory: Laboratory) -> None:
    laboratory.play("apply", limit="fixed")
    laboratory.simulator.appliance("fixed").upgrade("13.0 47.24")
    status = laboratory.play("status", limit="fixed")
    assert status.verdict("fixed") == "fixed, mitigation left behind"
    run = paste(laboratory, line_of(status, "retire"))
    assert run.rc == 0, run.output[-2000:]
    assert laboratory.row("fixed", "responderpolicy", f"tq_{MITIGATION}") is None


def test_the_line_of_what_is_unproven_proves_it(laboratory: Laboratory) -> None:
    applied = laboratory.play("apply", limit=NAMES[1], probes="none", save="always")
    assert applied.verdict(NAMES[1]) == "applied, unproven", applied.output[-2000:]
    run = paste(laboratory, line_of(applied, "verify"))
    assert run.verdict(NAMES[1]) == "mitigated", run.output[-2000:]


def test_the_line_of_a_previewed_closing_closes_by_the_same_decision(laboratory: Laboratory) -> None:
    preview = laboratory.play(
        "close", limit="paged", check=True, step="notice", mitigation=None, as_of=None,
        reason="the exploit is public", ticket="CHG3", who="J. Jansen", expires=24,
    )  # fmt: skip
    assert preview.verdict("paged") == "not in place"
    run = paste(laboratory, line_of(preview, "close"))
    assert run.verdict("paged") in ("enforcing", "applied, unproven"), run.output[-2000:]
    assert laboratory.ask("paged", "/vpn/index.html").status == 503
