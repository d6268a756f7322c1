# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The callback for people in a real run at a terminal, and as the default one where there is none."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import subprocess
from collections.abc import Callable

import pytest

from tests.playbooks.laboratory import ROOT, TIMEOUT, Laboratory, box

NAME = "tourniquet.netscaler.progress"


@pytest.fixture(scope="module")
def laboratory(open_laboratory: Callable[..., Laboratory]) -> Laboratory:
    return open_laboratory({f"gw-{number}": box() for number in range(3)})


def played_at_a_terminal(laboratory: Laboratory, verb: str) -> tuple[int, str]:
    laboratory.write_inventory()
    environment = laboratory.environment(laboratory.directory / "report-terminal.json")
    environment = {name: value for name, value in environment.items() if name != "CI"}
    environment |= {"ANSIBLE_STDOUT_CALLBACK": NAME, "TERM": "xterm-256color", "COLUMNS": "120", "LINES": "40"}
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
    assert "    undo:" not in text, "differences are in the plans"


def test_where_nobody_watches_it_is_the_default_callback(
    laboratory: Laboratory, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = laboratory.environment
    monkeypatch.setattr(laboratory, "environment", lambda report: {**real(report), "ANSIBLE_STDOUT_CALLBACK": NAME})
    run = laboratory.play("status")
    assert run.rc == 0
    for words in ("PLAY [Status]", "TASK [", "PLAY RECAP", "TOURNIQUET"):
        assert words in run.output
    assert "\x1b[" not in run.output
