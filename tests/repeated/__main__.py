# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``python -m tests.repeated``: play each part once with notes of what its tests show, and write the table of those that are left out.

``--again`` chooses by what was noted before, ``--further`` plays what ``make test`` plays now, and adds to the table. It takes twice the time of the tests.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import chain

from tests.repeated import TESTS, always, left_out, write
from tests.repeated.choice import repeated, seconds
from tests.repeated.shown import Shown
from tests.repeated.worth import asked, worth, worth_in_playbooks

ROOT = TESTS.parent
BUILD = ROOT / "build" / "repeated"


@dataclass(frozen=True)
class Part:
    """Tests that are played together.

    :ivar folders: all of them are played; what one shows another part need not show
    :ivar each_function: of each function whose cheapest case costs less than so many seconds, this case is kept
    :ivar next_to_nothing: seconds; a test that costs less is played too
    :ivar chosen_from: the folders of which tests may be left out
    :ivar worth: seconds that something is worth that only a test of this part shows
    """

    folders: tuple[str, ...]
    each_function: float
    next_to_nothing: float = 0.02
    chosen_from: tuple[str, ...] = ("tests/",)
    worth: Callable[[str], float] = worth


PARTS = {
    "unit": Part(("tests/unit",), 0.25, 0.1, ("tests/unit/action/", "tests/unit/plugin_utils/")),
    "engine": Part(("tests/engine", "tests/hostile"), 0.04),
    "nights": Part(("tests/nights",), 0.04),
    "playbooks": Part(("tests/playbooks",), 0.0, worth=worth_in_playbooks),
}
"""In this order: what is cheap comes first. Of many playbook tests several look at one run, so that none is kept for its function."""


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
        shown = Shown.read(sorted((BUILD / name).glob("*.shown"))).renamed(asked)
        named = {*always(), *(one for one in shown.tests if not one.startswith(part.chosen_from))}
        found = repeated(
            shown,
            named,
            each_function=part.each_function,
            elsewhere=elsewhere,
            worth=part.worth,
            next_to_nothing=part.next_to_nothing,
        )
        rest = shown.tests.keys() - set(found)
        elsewhere = elsewhere.union(*map(shown.all_of, rest))
        both = seconds(shown, shown.tests), seconds(shown, rest)
        print(
            f"{name}: {len(found)} of {len(shown.tests)} tests repeated; {both[0]:.0f} s with them, {both[1]:.0f} without"
        )
        lost = {*chain.from_iterable(map(shown.all_of, found))} - elsewhere
        if lost:
            print(f"  shown by them alone, and not worth their cost: {', '.join(sorted(lost))}")
        names |= {*found}
    write([*names])
    return 0


if __name__ == "__main__":
    sys.exit(main())
