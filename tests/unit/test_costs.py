# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The table of costs has each test once, and a run counts the processes that outlive their parent."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import costs


def test_each_folder_of_tests_is_a_part_of_its_own_or_in_one() -> None:
    folders = [folder for part in costs.parts() for folder in part.folders]
    assert len(folders) == len({*folders})
    for folder in folders:
        assert (costs.ROOT / folder).is_dir(), folder
    tests = {file.relative_to(costs.ROOT).as_posix() for file in (costs.ROOT / "tests").rglob("test_*.py")}
    left = sorted(test for test in tests if not test.startswith(tuple(f"{one}/" for one in folders)))
    assert not left


def test_a_part_does_not_play_a_folder_of_another_one() -> None:
    every = costs.parts()
    engine = next(part for part in every if part.name == "engine").arguments(every)
    unit = next(part for part in every if part.name == "unit").arguments(every)
    assert {"tests/engine", "--ignore=tests/engine/crash", "--ignore=tests/engine/pairs"} <= {*engine}
    assert "--ignore=tests/unit/simulator" in unit


LEAVING = (
    """
import os, subprocess, sys
CHILD = """
    + repr(
        """
import os, sys, time
start = time.monotonic()
while os.getppid() == int(sys.argv[1]) and time.monotonic() < start + 20:
    time.sleep(0.02)
open('adopted', 'w').write(str(os.getppid()))
"""
    )
    + """
subprocess.Popen([sys.executable, "-c", CHILD, str(os.getpid())], start_new_session=True)
"""
)
MEASURE = """
import os
from pathlib import Path
from tests import costs
costs.adopt()
cost = costs.measured(["."], dict(os.environ))
print(cost.code, cost.summary, Path("adopted").read_text() == str(os.getpid()), cost.seconds > 0)
"""


def test_a_process_that_outlives_its_parent_is_adopted_and_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "pytest.py"  # stands for pytest: it ends while its child still runs
    program.write_text(f"{LEAVING}\nprint('1 passed')\n")
    monkeypatch.chdir(tmp_path)
    command = [sys.executable, "-c", MEASURE.replace("costs.adopt()", "costs.ROOT = Path(); costs.adopt()")]
    path = os.pathsep.join([str(tmp_path), str(costs.ROOT)])
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False)
    assert done.stdout.split("\n")[0] == "0 1 passed True True", done.stderr


def test_any_command_is_measured_where_it_is_given(tmp_path: Path) -> None:
    command = [sys.executable, costs.__file__, "--", "sh", "-c", "pwd; exit 3"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert done.stdout == f"0 s of CPU, code 3: {tmp_path}\n"


def test_a_part_that_is_not_in_the_table_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert costs.main(["nonsense"]) == 2
    assert "no such part: nonsense; the parts are lint and stories, unit" in capsys.readouterr().out


def test_a_part_over_its_budget_is_named_and_one_without_a_budget_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = (costs.Part("dear", ("a",), 99.0), costs.Part("cheap", ("b",), 100.0), costs.Part("new", ("c",), None))
    monkeypatch.setattr(costs, "parts", lambda: parts)
    monkeypatch.setattr(costs, "measured", lambda _arguments, _environment: costs.Cost(100.0, "1 passed", 0))
    assert [" ".join(line.split()) for line in costs.lines([])][1:] == [
        "dear 100 99 1 passed OVER ITS BUDGET",
        "cheap 100 100 1 passed",
        "new 100 none 1 passed",
        "all 300 199",
    ]
