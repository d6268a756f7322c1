# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``python -m tests.repeated``: play each part once with notes of what its tests show, and write the table of those that are left out.

``--again`` chooses by what was noted before, ``--further`` plays what ``make test`` plays now, and adds to the table. It takes twice the time of the tests.
"""

from __future__ import annotations

import argparse
import math
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain

from tests.repeated import TESTS, always, left_out, write
from tests.repeated.choice import repeated, seconds
from tests.repeated.shown import Shown

ROOT = TESTS.parent
BUILD = ROOT / "build" / "repeated"


@dataclass(frozen=True)
class Part:
    """Tests that are played together.

    :ivar is_chosen_from: some of them may be left out; else they only show what others need not show
    :ivar each_function: of each function whose cheapest case costs less than so many seconds, this case is kept
    :ivar needs_all: also what other parts show
    :ivar worth: seconds that a word is worth that nothing else shows
    """

    folders: tuple[str, ...]
    is_chosen_from: bool = True
    each_function: float = 0.0
    needs_all: bool = False
    worth: float = math.inf


PARTS = {
    "unit": Part(("tests/unit",), is_chosen_from=False),
    "engine": Part(("tests/engine", "tests/hostile"), each_function=0.08, needs_all=True),
    "nights": Part(("tests/nights",), each_function=0.08, needs_all=True),
    "playbooks": Part(("tests/playbooks",), worth=0.3),
}
"""An engine test plays a situation, and a night is held against the world: what unit tests show of them says nothing. Of many playbook tests several look at
one run."""


def record(name: str, part: Part, environment: Mapping[str, str]) -> None:
    """Play the tests of a part."""
    folder = BUILD / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "-p", "tests.repeated.recorder", *part.folders]
    subprocess.run(command, cwd=ROOT, env={**environment, "REACH": str(folder), "PYTHONPATH": "."}, check=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.repeated", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--again", action="store_true", help="choose by what was noted before")
    parser.add_argument("--further", action="store_true", help="leave out more of what make test plays now")
    options = parser.parse_args()
    names = {*left_out()} if options.further else set()
    elsewhere: frozenset[str] = frozenset()
    for name, part in PARTS.items():
        if not options.again:
            record(name, part, {**os.environ, "SPARED": "1" if options.further else ""})
        shown = Shown.read(sorted((BUILD / name).glob("*.shown")))
        others = frozenset() if part.needs_all else elsewhere
        found = []
        if part.is_chosen_from:
            found = repeated(shown, always(), each_function=part.each_function, elsewhere=others, worth=part.worth)
        rest = shown.tests.keys() - set(found)
        elsewhere = elsewhere.union(*map(shown.all_of, rest))
        both = seconds(shown, shown.tests), seconds(shown, rest)
        lost = {*chain.from_iterable(map(shown.all_of, found))} - elsewhere
        print(
            f"{name}: {len(found)} of {len(shown.tests)} tests repeated; {both[0]:.0f} s with them, {both[1]:.0f} without; "
            f"{len(lost)} words that they show nobody else does"
        )
        names |= {*found}
    write([*names])
    return 0


if __name__ == "__main__":
    sys.exit(main())
