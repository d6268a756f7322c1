# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``python -m tests.kept``: plays the stories again and compares with the kept files; exit code 1 where anything differs.

``--accept "why"`` keeps what is there now, with that reason. Words select: ``emergency``, ``closing``, ``measures``, ``looking``, ``calls``, ``demo``,
``diary``; without one all are played.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.kept.files import OUTPUTS, accept, differences, kept
from tests.kept.parts import PARTS, belongs_to, now


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.kept", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="what is played; all, if nothing is named")
    parser.add_argument("--accept", metavar="WHY", help="keep what is there now; the reason goes into differences.yml")
    chosen = parser.parse_args(arguments)
    parts = chosen.parts or list(PARTS)
    before = {name: text for name, text in kept().items() if belongs_to(name) in parts}
    with tempfile.TemporaryDirectory() as folder:
        new = now(parts, Path(folder), before)
    found = differences(before, new)
    for difference in found.values():
        print(difference, end="")
    if found and chosen.accept:
        accept(chosen.accept, found, new)
        print(f"kept: {len(found)} files below {OUTPUTS.name}, with the reason: {chosen.accept}")
        return 0
    print(f"{len(new)} outputs, {len(found)} differ from the kept ones")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
