# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Drift on a fleet, and the scheduled check with its exit codes, played with the programs that users run."""

from __future__ import annotations

import configparser
import json
import os
import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.stage.control_node import ROOT
from tests.stage.fleet import NIGHT, box
from tests.stage.played import MITIGATION, NAME, Laboratory
from tests.stage.quick_ansible import quick_ansible

EXAMPLES = ROOT / "docs" / "examples"
PROGRAM = EXAMPLES / "tourniquet_check.py"


@pytest.fixture(scope="module")
def laboratory(open_laboratory: Callable[..., Laboratory]) -> Laboratory:
    opened = open_laboratory({"good": box(), "changed": box(), "unsaved": box(), "away": box()})
    opened.play("apply", limit="good,changed")
    opened.play("apply", limit="unsaved", save="never")
    opened.colleague("changed", "PUT", "responderpolicy", {"responderpolicy": {"name": NAME, "rule": "FALSE"}})
    opened.saved_by_colleague("changed")
    opened.simulator.appliance("away").unreachable()
    opened.write_inventory()
    return opened


@pytest.fixture
def path() -> str:
    return f"{quick_ansible()}{os.pathsep}{os.environ['PATH']}"


def check(laboratory: Laboratory, path: str, *options: str, **environment: str) -> tuple[int, list[str]]:
    """Run the program as cron would; its exit code and its lines.

    :param path: where it finds ``ansible-playbook``
    """
    extra = {"mitigation": MITIGATION, "as_of": NIGHT, "records": str(laboratory.records)}
    user = {"HOME": str(laboratory.directory), "XDG_STATE_HOME": os.environ["XDG_STATE_HOME"]}  # the one who applied
    done = subprocess.run(
        [str(PROGRAM), "-i", str(laboratory.inventory), "-e", json.dumps(extra), *options],
        env={"PATH": path, **user, "LC_ALL": "C.UTF-8", **environment},
        cwd="/",
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout.splitlines()


@pytest.mark.parametrize(
    ("limit", "code", "word"),
    [("good", 0, "OK"), ("good,unsaved", 1, "WARNING"), ("good,unsaved,away", 3, "UNKNOWN"), ("all", 2, "CRITICAL")],
)
def test_the_exit_code_is_that_of_the_worst_verdict(
    laboratory: Laboratory, path: str, limit: str, code: int, word: str
) -> None:
    rc, lines = check(laboratory, path, "--limit", limit)
    assert rc == code, lines
    assert lines[0].startswith(f"{word}: ")
    if limit == "all":
        text, _bar, data = lines[0].partition(" | ")
        left = "3 management addresses not covered"
        assert text == f"CRITICAL: 4 appliances: 1 ok, 1 warning, 1 critical, 1 unknown, {left}"
        values = dict(pair.split("=") for pair in data.split())
        assert [values[word] for word in ("ok", "warning", "critical", "unknown", "acknowledged")] == [
            "1",
            "1",
            "1",
            "1",
            "0",
        ]
        assert all(re.fullmatch(r"\d+(\.\d)?s", values[name]) for name in ("time", "oldest_proof", "newest_fact"))
        assert [line.split(":")[0] for line in lines[1:]] == ["CRITICAL changed", "UNKNOWN away", "WARNING unsaved"]
        assert f"drift: responderpolicy {NAME} rule: expected " in lines[1]


@pytest.mark.parametrize(
    "options",
    [
        ("--limit", "nobody"),
        ("-e", "mitigation=cve_x"),
        ("--no-such-option",),
        ("-i", "/does/not/exist", "--limit", "x"),
    ],
)
def test_a_check_that_did_not_work_is_unknown(laboratory: Laboratory, path: str, options: tuple[str, ...]) -> None:
    rc, lines = check(laboratory, path, *options)
    assert rc == 3
    assert lines[0].startswith("UNKNOWN: ")


@pytest.mark.parametrize(
    ("limit", "code", "host"), [("good", 1, "good: 2 warning"), ("good,away", 2, "away: unreachable: TLS: ")]
)
def test_the_doctor_has_its_exit_code_too(laboratory: Laboratory, path: str, limit: str, code: int, host: str) -> None:
    playbook = {"TOURNIQUET_PLAYBOOK": str(ROOT / "playbooks" / "doctor.yml")}
    rc, lines = check(laboratory, path, "--limit", limit, **playbook)
    assert rc == code, lines
    assert host in lines[1]


def test_without_ansible_it_is_unknown(laboratory: Laboratory) -> None:
    assert check(laboratory, "/usr/bin:/bin")[0] == 3


def test_it_changes_nothing(laboratory: Laboratory, path: str) -> None:
    before = laboratory.texts()
    since = len(laboratory.simulator.requests())
    check(laboratory, path)
    assert laboratory.texts() == before
    sent = [r for r in laboratory.simulator.requests()[since:] if r["side"] == "nitro" and r["method"] != "GET"]
    assert {r["target"].rpartition("/")[2] for r in sent} == {"login", "logout"}


def test_apply_says_what_it_corrected(laboratory: Laboratory) -> None:
    run = laboratory.play("apply", limit="changed")
    assert run.verdict("changed") == "mitigated"
    assert any(text.startswith(f"responderpolicy {NAME} rule: expected ") for text in run["changed"]["corrected"])
    assert f"corrected: responderpolicy {NAME} rule: expected" in run.output
    again = laboratory.play("status", limit="changed")
    assert again["changed"]["drift"] == []


def test_the_examples_run_that_program() -> None:
    """Units and cron lines are read as their readers would; a wrong name would be noticed only when it is needed."""
    service = configparser.ConfigParser(interpolation=None, strict=False)
    service.optionxform = str  # type: ignore[assignment,method-assign]
    service.read(EXAMPLES / "tourniquet-check.service")
    started = shlex.split(service["Service"]["ExecStart"])[0]
    root = service["Service"]["WorkingDirectory"]
    assert ROOT / Path(started).relative_to(root) == PROGRAM
    timer = configparser.ConfigParser(interpolation=None)
    timer.read(EXAMPLES / "tourniquet-check.timer")
    assert timer["Timer"]["OnCalendar"] == "hourly"
    line = (EXAMPLES / "tourniquet-check.cron").read_text().splitlines()[-1]
    assert str(PROGRAM.relative_to(ROOT)) in line
    assert "%" not in line, "cron ends a command there"
