# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``make diary``: the five weeks of January 2020 on a simulated fleet; one line a day. Exit code 0 only if every statement is true."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.diary.handed_out import wrong
from tests.diary.story import played, started

BUILD = Path(__file__).resolve().parents[2] / "build" / "diary"


def main(arguments: Sequence[str]) -> int:
    whole = "--short" not in arguments
    shutil.rmtree(BUILD, ignore_errors=True)
    BUILD.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as state:
        os.environ["XDG_STATE_HOME"] = state
        with started(BUILD, whole=whole, tell=lambda line: print(line, flush=True)) as story:
            played(story, whole=whole)
            count, untrue = wrong(story)
    for problem in (*story.surprises, *untrue):
        print(problem)
    print(f"{count} statements were compared with the simulated world; {len(untrue)} are not true")
    print(f"The report is {BUILD / 'report' / 'status.html'}, the letters are in {BUILD / 'letters' / 'customers'}")
    return 1 if story.surprises or untrue else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
