# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Change the engine in one place each (a mutant), and see whether a test fails (the mutant is killed).

``make mutants`` plays a fixed sample, ``make mutants SAMPLE=all`` all of them, ``PACKAGE=change`` those of one package, ``SEED=17`` another sample,
``MODULES=8`` one of the mutants of one module in eight. cosmic-ray makes the mutants. The unit tests of their modules run once; after each, the mutants whose
line it has reached are planted and it is played again (:mod:`.player`). Those that are left are played so with the tests of their folder, then with the engine
tests of their package. It ends with 1 where fewer than 90 % are killed. The survivors, with their changes, are in ``build/mutants/survivors.txt``.
"""

from __future__ import annotations

import argparse
import difflib
import itertools
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.mutants.made import Spec, mutants_of
from tests.mutants.selection import (
    ENGINE,
    drawn,
    engine_tests,
    folder_tests,
    is_played,
    is_visible,
    modules,
    one_of_each_place,
    own_tests,
)
from tests.refusals.statements import PACKAGES

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build" / "mutants"
TREE = BUILD / "tree"
WANTED, OUTCOMES = BUILD / "mutants.json", BUILD / "outcomes.jsonl"
PYTEST = (str(ROOT / ".venv" / "bin" / "python"), "-m", "pytest", "-p", "tests.mutants.player", "-q", "-n", "0")
SEED = 16
SAMPLE = 300
TARGET = 0.9


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make mutants", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sample", default=str(SAMPLE), help="how many mutants, or all")
    parser.add_argument("--package", action="append", choices=PACKAGES, help="only those of this package")
    parser.add_argument("--module", action="append", type=Path, help="only those of this module")
    parser.add_argument("--seed", type=int, default=SEED, help="another number gives another sample")
    parser.add_argument("--one-module-in", type=int, default=1, help="draw the mutants of some modules only")
    parser.add_argument("--resume", action="store_true", help="go on with what was played before the last end")
    return parser.parse_args()


def main() -> int:
    options = parse_arguments()
    if not options.resume:
        make_copy()
        OUTCOMES.unlink(missing_ok=True)
    os.chdir(TREE)
    wanted = sample(options)
    for tests in (own_tests, folder_tests, engine_tests):
        play(tests, survivors(wanted))
    for number in unplanted(wanted):
        play_alone(number, wanted[number])
    return report(wanted)


def make_copy() -> None:
    """Copy the tree as it is now, without what git ignores: it may change while mutants are played."""
    shutil.rmtree(TREE, ignore_errors=True)
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout.decode()
    for name in filter(None, listed.split("\0")):
        source = ROOT / name
        if source.exists() or source.is_symlink():
            (TREE / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, TREE / name, follow_symlinks=False)


def sample(options: argparse.Namespace) -> list[Spec]:
    """Return the mutants that are played, and write their changed sources down."""
    among = options.module or drawn(modules(options.package or PACKAGES), options.one_module_in, options.seed)
    specs = [spec for path in among for spec in mutants_of(path) if is_visible(spec)]
    places = one_of_each_place(specs, options.seed)
    most = None if options.sample == "all" else int(options.sample)
    chosen = list(itertools.islice(filter(is_played, specs if most is None else places), most))
    print(f"{len(specs)} mutants at {len(places)} places; {len(chosen)} are played", flush=True)
    BUILD.mkdir(parents=True, exist_ok=True)
    rows = [
        {
            "number": number,
            "module": str(spec.module_path.relative_to(ENGINE)),
            "line": spec.start_pos[0],
            "source": spec.changed,
            "own": own_tests(spec.module_path),
            "name": describe(spec),
        }
        for number, spec in enumerate(chosen)
    ]
    WANTED.write_text(json.dumps(rows), encoding="utf-8")
    return chosen


def play(tests_of_module: Callable[[Path], list[str]], left: Iterable[Spec]) -> None:
    """Play the mutants that are left with some of the tests of their modules; first those of which most mutants are."""
    files = Counter(name for spec in left for name in tests_of_module(spec.module_path))
    if files:
        variables = {**os.environ, "MUTANTS": str(WANTED)}
        subprocess.run([*PYTEST, *(name for name, _count in files.most_common())], env=variables, check=False)


def play_alone(number: int, spec: Spec) -> None:
    """Play a mutant that cannot be planted into a running process with the tests that mirror its module, in a process of its own."""
    variables = {**os.environ, "MUTANTS": str(WANTED), "MUTANT": str(number)}
    files = [*own_tests(spec.module_path), *folder_tests(spec.module_path)]
    done = subprocess.run([*PYTEST, "-x", *files], env=variables, stdout=subprocess.DEVNULL, check=False)
    with OUTCOMES.open("a", encoding="utf-8") as file:
        nothing_ran = done.returncode in (4, 5)  # pytest: wrong use, no tests
        outcome = "survived alone" if done.returncode == 0 or nothing_ran else "failed"
        file.write(json.dumps([number, outcome, "in a process of its own", 0]) + "\n")


def outcomes() -> dict[int, dict[str, list[str]]]:
    """Return by mutant and outcome the tests."""
    found: dict[int, dict[str, list[str]]] = {}
    for line in OUTCOMES.read_text(encoding="utf-8").splitlines() if OUTCOMES.exists() else ():
        number, outcome, test, _seconds = json.loads(line)
        found.setdefault(number, {}).setdefault(outcome, []).append(test)
    return found


def survivors(wanted: list[Spec]) -> list[Spec]:
    told = outcomes()
    return [spec for number, spec in enumerate(wanted) if "failed" not in told.get(number, {})]


def unplanted(wanted: list[Spec]) -> list[int]:
    told = outcomes()
    return [n for n in range(len(wanted)) if "not planted" in told.get(n, {}) and "failed" not in told[n]]


def describe(spec: Spec) -> str:
    place = f"{spec.module_path.relative_to(ENGINE)}:{spec.start_pos[0]}"
    return f"{place} {spec.definition_name} {spec.operator_name.removeprefix('core/')} {spec.occurrence}"


def difference(spec: Spec) -> str:
    before, after = spec.module_path.read_text(encoding="utf-8"), spec.changed or ""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=2)
    return "\n".join(list(lines)[2:])


def report(wanted: list[Spec]) -> int:
    """Print the score of each package, and write the survivors down. Return 0 where enough are killed."""
    told = outcomes()
    left = survivors(wanted)
    tested = Counter(spec.module_path.relative_to(ENGINE).parts[0] for spec in wanted)
    survived = Counter(spec.module_path.relative_to(ENGINE).parts[0] for spec in left)
    for name, count in sorted(tested.items()):
        print(f"{name:24} {count - survived[name]:4} of {count:4} killed ({1 - survived[name] / count:.0%})")
    total = len(wanted)
    print(f"{'all':24} {total - len(left):4} of {total:4} killed ({1 - len(left) / total:.0%})")
    texts = []
    for number, spec in enumerate(wanted):
        if spec in left:
            tests = {name: len(ones) for name, ones in told.get(number, {}).items()}
            texts.append(f"{describe(spec)} {tests or 'no test reaches it'}\n{difference(spec)}\n")
    (BUILD / "survivors.txt").write_text("\n".join(texts), encoding="utf-8")
    print(f"not reached: {sum(not told.get(number) for number in range(total))}")
    return 0 if total - len(left) >= TARGET * total else 1


if __name__ == "__main__":
    sys.exit(main())
