# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The line for cron of the heartbeat: it prints nothing where all is well, and removes the policy after a failure too."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FAKE = '#!/bin/sh\necho "$@" >> "$LOG"\necho "ran $*"\ncase "$*" in *"$FAILS"*) exit 2;; esac\n'


@pytest.mark.parametrize("fails", ["", "apply.yml", "rollback.yml", "status.yml"])
def test_each_playbook_runs_and_a_failure_is_printed(tmp_path: Path, fails: str) -> None:
    line = (ROOT / "docs" / "examples" / "tourniquet-heartbeat.cron").read_text(encoding="utf-8").splitlines()[-1]
    command = line.split(" tourniquet ", 1)[1].replace("/opt/tourniquet", str(ROOT))
    program, log = tmp_path / "ansible-playbook", tmp_path / "log"
    program.write_text(FAKE)
    program.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "LOG": str(log), "FAILS": fails or "nothing"}
    done = subprocess.run(
        ["/bin/sh", "-c", command], env=environment, capture_output=True, text=True, check=True, cwd=tmp_path
    )
    ran = [
        next(word for word in call.split() if word.startswith("playbooks/")) for call in log.read_text().splitlines()
    ]
    assert ran == ["playbooks/apply.yml", "playbooks/rollback.yml", "playbooks/status.yml"]
    assert all((ROOT / playbook).is_file() for playbook in ran)
    assert bool(done.stdout) is bool(fails)
