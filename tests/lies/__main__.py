# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Plant lies where statements are made, in this process, and see whether the nights notice them.

``make lies`` tells the named lies, and 20 drawn ones of each package; ``SEED=7`` draws others, ``LIES=45`` more, ``PACKAGE=letters`` those of one package,
``NIGHTS=20`` plays more nights. A lie counts where it alters a sentence, a cell or an exit code. It ends with 1 where a named lie is not noticed, or fewer
than 95 % of the drawn ones that count. Those are in ``build/lies/not-noticed.txt``, with what they altered.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from tests import collection  # noqa: F401  isort: skip -- finds the collection
from tests.lies.drawn import Sample, plots, samples
from tests.lies.named import STORIES
from tests.lies.packages import PACKAGES
from tests.lies.planted import Lie
from tests.lies.told import Trial, tell_story
from tests.nights.quick import quick

BUILD = Path(__file__).parents[2] / "build" / "lies"
TARGET = 0.95


def main() -> int:
    parser = argparse.ArgumentParser(prog="make lies", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seed", type=int, default=16)
    parser.add_argument("--lies", type=int, default=20, help="of each package")
    parser.add_argument("--nights", type=int, default=4)
    parser.add_argument("--package", action="append", choices=PACKAGES)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory, quick(Path(directory, "assessments")):
        os.environ["XDG_STATE_HOME"] = directory
        known = told_by_name(Path(directory, "named"))
        nights = plots(options.seed, options.nights)
        found = [*samples(nights, options.seed, options.lies, Path(directory, "drawn"), options.package or PACKAGES)]
    BUILD.mkdir(parents=True, exist_ok=True)
    missed = [
        *_missed("named", known),
        *(text for one in found for text in _missed(one.package, one.trials)),
    ]
    (BUILD / "not-noticed.txt").write_text("\n".join(missed), encoding="utf-8")
    print("\n".join([*_named(known), "", *_table(found)]))
    counts = Counter(trial.word for one in found for trial in one.trials.values())
    is_enough = counts["noticed"] >= TARGET * (counts["noticed"] + counts["NOT NOTICED"])
    return 0 if is_enough and all(trial.noticed for trial in known.values()) else 1


def told_by_name(directory: Path) -> dict[Lie, Trial]:
    """Tell the lies that have a name."""
    found: dict[Lie, Trial] = {}
    for number, story in enumerate(STORIES):
        own = directory / str(number)
        own.mkdir(parents=True)
        found |= tell_story(story, own)
    return found


def _named(known: Mapping[Lie, Trial]) -> Iterator[str]:
    for lie, trial in known.items():
        yield f"{trial.word:15} {lie.name}"


def _table(found: Iterable[Sample]) -> Iterator[str]:
    yield f"{'package':10} {'places':>7} {'reached':>8} {'planted':>8} {'broken':>7} {'altered':>8} {'noticed':>8}"
    total: Counter[str] = Counter()
    for one in found:
        words = Counter(trial.word for trial in one.trials.values())
        row = Counter(
            places=one.places,
            reached=one.reached,
            planted=len(one.trials),
            broken=words["broken"],
            altered=words["noticed"] + words["NOT NOTICED"],
            noticed=words["noticed"],
        )
        total += row
        yield _row(one.package, row)
    yield _row("all", total)


def _row(name: str, row: Mapping[str, int]) -> str:
    share = f"  {row['noticed'] / row['altered']:.0%}" if row["altered"] else ""
    return (
        f"{name:10} {row['places']:7} {row['reached']:8} {row['planted']:8} {row['broken']:7} {row['altered']:8}"
        f" {row['noticed']:8}{share}"
    )


def _missed(package: str, trials: Mapping[Lie, Trial]) -> Iterator[str]:
    for lie, trial in trials.items():
        if trial.word == "NOT NOTICED":
            yield f"{package}: {lie.name}"
            for where, lines in trial.altered.items():
                yield f"    after {where}"
                yield from (f"        {line}" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
