# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``python -m tests.repeated``: play each part once with notes of what its tests show, and write the table of those that are left out.

``--again`` chooses by what was noted before. It takes twice the time of the tests.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys

from tests.repeated import TESTS, always, write
from tests.repeated.choice import repeated, seconds
from tests.repeated.shown import Shown

ROOT = TESTS.parent
BUILD = ROOT / "build" / "repeated"
PARTS = {"engine": (["tests/engine", "tests/hostile"], True), "playbooks": (["tests/playbooks"], False)}
"""By part its folders, and if a case of each function is kept: an engine test plays a situation, of many playbook tests several look at one run."""


def record(part: str, folders: list[str]) -> None:
    """Play the tests of a part."""
    folder = BUILD / part
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "-p", "tests.repeated.recorder", *folders]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "REACH": str(folder), "PYTHONPATH": "."}, check=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.repeated", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--again", action="store_true", help="choose by what was noted before")
    options = parser.parse_args()
    names: list[str] = []
    elsewhere: frozenset[str] = frozenset()
    for part, (folders, each_function) in PARTS.items():
        if not options.again:
            record(part, folders)
        shown = Shown.read(sorted((BUILD / part).glob("*.shown")))
        found = repeated(shown, always(), each_function=each_function, elsewhere=elsewhere)
        rest = shown.tests.keys() - set(found)
        elsewhere = elsewhere.union(*map(shown.all_of, rest))
        both = seconds(shown, shown.tests), seconds(shown, rest)
        print(
            f"{part}: {len(found)} of {len(shown.tests)} tests repeated; {both[0]:.0f} s with them, {both[1]:.0f} without"
        )
        names += found
    write(names)
    return 0


if __name__ == "__main__":
    sys.exit(main())
