# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The callback for people in a real run at a terminal, and as the default one where there is none."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.stage.control_node import ROOT
from tests.stage.fleet import box
from tests.stage.played import TIMEOUT, Laboratory, wait_until
from tests.stage.processes import kill_tree


@pytest.fixture(scope="module")
def laboratory(open_laboratory: Callable[..., Laboratory]) -> Laboratory:
    return open_laboratory({f"gw-{number}": box() for number in range(3)})


def played_at_a_terminal(laboratory: Laboratory, verb: str) -> tuple[int, str]:
    laboratory.write_inventory()
    environment = laboratory.environment(laboratory.directory / "report-terminal.json")
    environment = {name: value for name, value in environment.items() if name != "CI"}
    environment |= {"TERM": "xterm-256color", "COLUMNS": "120", "LINES": "40"}
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        laboratory.command(verb, limit=None, check=False, options=()),
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        output = b""
        with contextlib.suppress(OSError):  # the terminal is gone with its last user
            while part := os.read(ours, 65536):
                output += part
        os.close(ours)
        return process.wait(timeout=TIMEOUT), output.decode("utf-8", "replace")


def test_a_run_at_a_terminal_is_one_screen_and_the_summary(laboratory: Laboratory) -> None:
    code, output = played_at_a_terminal(laboratory, "apply")
    assert code == 0, output[-3000:]
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", output)
    assert re.search(r"wave 1 +3 of 3 +0 +3 +0 +0", text)
    assert re.search(r"3 +mitigated", text)
    assert "FLEET" in text
    assert "TOURNIQUET" in text
    assert "TASK [" not in text
    assert "    undo:\r\n" not in text, "whole plans are shown on request"


def test_without_a_terminal_a_run_is_a_few_lines(laboratory: Laboratory) -> None:
    run = laboratory.play("status")
    assert run.rc == 0
    for words in ("TOURNIQUET", "TOTAL  3 appliances: ", "changed 0, failed 0, held 0, unreachable 0", "exit code 0"):
        assert words in run.output
    for words in ("PLAY [", "TASK [", "PLAY RECAP", "\x1b["):
        assert words not in run.output
    assert len(run.output.splitlines()) < 20


def test_on_request_each_whole_plan_is_added(laboratory: Laboratory) -> None:
    run = laboratory.play("plan", options=("-v",))
    assert {f"gw-{number}" for number in range(3)} <= set(re.findall(r"^(gw-\d) +NS13", run.output, re.MULTILINE))
    assert "TOTAL  3 appliances: " in run.output


FOREIGN = """
- name: A playbook of somebody's own
  hosts: netscalers
  gather_facts: false
  tasks:
    - name: Prove it
      ansible.builtin.import_role:
        name: tourniquet.netscaler.verify
      vars:
        fail_at: 1
"""


@pytest.mark.only_in_all
def test_in_a_project_without_our_callbacks_a_failure_is_its_message(
    laboratory: Laboratory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    playbook = tmp_path / "foreign.yml"
    playbook.write_text(FOREIGN, encoding="utf-8")
    own = {
        "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.default",
        "ANSIBLE_CALLBACKS_ENABLED": "tourniquet.netscaler.prefork",
        "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
    }
    monkeypatch.setattr(laboratory, "environment", lambda report: {**ENVIRONMENT(laboratory, report), **own})
    run = laboratory.play(playbook, as_of="2026-10-01")
    assert run.rc == 2
    failures = re.findall(r"^fatal: \[(gw-\d)\]: FAILED! => \n((?:    .*\n)+)", run.output, re.MULTILINE)
    assert sorted(host for host, _text in failures) == ["gw-0", "gw-1", "gw-2"]
    for _host, text in failures:
        assert re.findall(r"^    (\w+):", text, re.MULTILINE) == ["changed", "msg"], "the verdict, and no dump"
        assert "reduces exposure" in text
    assert "Origin:" not in run.output


ENVIRONMENT = Laboratory.environment


@pytest.mark.parametrize(
    ("send", "number"),
    [(os.killpg, signal.SIGINT), (os.killpg, signal.SIGTERM), (os.kill, signal.SIGTERM)],
    ids=["Ctrl-C", "the end of a service", "a SIGTERM to Ansible alone"],
)
def test_an_interruption_ends_with_what_was_done_and_how_to_go_on(
    laboratory: Laboratory, tmp_path: Path, send: Callable[[int, int], None], number: int
) -> None:
    """Seen: a service that was stopped left no page, and no word of what was held."""
    laboratory.play("apply")
    laboratory.write_inventory()
    output = tmp_path / "output.log"
    waves = {"why": "undo", "rollout_canary": 1, "rollout_bake_seconds": 300}
    with (
        output.open("wb") as log,
        subprocess.Popen(
            laboratory.command("rollback", limit=None, check=False, options=(), **waves),
            cwd=ROOT,
            env=laboratory.environment(tmp_path / "report.json"),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process,
    ):
        try:
            wait_until(lambda: "is watched for" in output.read_text(encoding="utf-8"), "the wait after the first wave")
            send(process.pid, number)
            code = process.wait(timeout=TIMEOUT)
        finally:
            kill_tree(process.pid)  # nothing, where it has ended
    text = output.read_text(encoding="utf-8")
    assert code == 99, text[-3000:]
    assert re.search(r"^gw-0 .*the last run was undone", text, re.MULTILINE)
    assert re.search(r"^2 appliances +HELD .*\n    gw-1, gw-2$", text, re.MULTILINE)
    assert "INTERRUPTED: no further appliance was begun, and what is done stays. The same command continues" in text
    assert re.search(r"^TOTAL  3 appliances.*; changed 1, failed 0, held 2, unreachable 0", text, re.MULTILINE)
    assert "Traceback" not in text
