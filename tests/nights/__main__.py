# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Plays nights from a seed on, prints those in which something untrue was said, shortened, and how many claims of each kind were checked.

make nights SEED=... NIGHTS=...
"""

from __future__ import annotations

import gc
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests import collection  # noqa: F401  isort: skip -- finds the collection
from tests.nights.night import drawn_of_all
from tests.nights.played import PlayedNight, played, shortened
from tests.nights.quick import quick


def main(arguments: Sequence[str]) -> int:
    first, number = int(arguments[0]), int(arguments[1]) if len(arguments) > 1 else 1
    claims: Counter[str] = Counter()
    actions = wrong = 0
    gc.freeze()  # what is loaded by now is never garbage
    began = time.process_time()
    with tempfile.TemporaryDirectory() as directory, quick(Path(directory, "assessments")):
        os.environ["XDG_STATE_HOME"] = directory
        for seed in range(first, first + number):
            found = played(*drawn_of_all(seed), Path(directory, str(seed)))
            claims += found.claims
            actions += len(found.actions)
            if found.wrong:
                wrong += 1
                print(_report(seed, found), flush=True)
    seconds = time.process_time() - began
    print("".join(f"{count:8} {kind}\n" for kind, count in sorted(claims.items())), end="")
    said = f"{number} nights, {actions} actions, {sum(claims.values())} claims, {wrong} nights with something untrue"
    print(f"{said}, {seconds:.0f} s of CPU, {actions / seconds:.1f} actions a second")
    return 1 if wrong else 0


def _report(seed: int, found: PlayedNight) -> str:
    """Return a night, and the shortest one in which the first untrue thing is said."""
    sign = found.wrong[0].partition("): ")[2][:40]
    names, actions = shortened(*drawn_of_all(seed), sign)
    return f"seed {seed}: {found}\n  shortest: {names} {actions}\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
