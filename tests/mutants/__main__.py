# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Change the engine in one place each (a mutant), and see whether a test fails (the mutant is killed).

``make mutants`` plays a fixed sample, ``make mutants SAMPLE=all`` all of them, ``PACKAGE=change`` those of one package, ``SEED=17`` another sample,
``MODULES=8`` one of the mutants of one module in eight. cosmic-ray makes the mutants. The tests of each part (unit, engine, nights) are played once for a tree,
with notes in all modules of what each reaches (:mod:`.reach`). Then each mutant is played with tests that reach its line, the cheapest first, until one
fails (:mod:`.player`). It ends with 1 where fewer than 90 % are killed. The survivors, with their changes, are in ``build/mutants/survivors.txt``.
"""

from __future__ import annotations

import argparse
import difflib
import hashlib
import itertools
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from tests.mutants.blocks import works_at_import
from tests.mutants.made import Spec, mutants_of
from tests.mutants.reached import Choice, Reach, first_blocks
from tests.mutants.selection import (
    ENGINE,
    drawn,
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
PYTEST = (str(ROOT / ".venv" / "bin" / "python"), "-m", "pytest", "-q")
PARTS = {
    "unit": ("tests/unit", "--ignore=tests/unit/simulator"),
    "engine": (
        "tests/engine",
        "tests/hostile",
        "--ignore=tests/engine/crash",
        "--ignore=tests/engine/chaos",
        "--ignore=tests/engine/pairs",
    ),
    "nights": ("tests/nights",),
}
"""The tests that may kill a mutant. Those of playbooks are programs of their own, in which no mutant is."""
JUDGED = ("plugins", "simulator", "templates", "inventory", "examples")
SECONDS = 8.0
SEED = 16
SAMPLE = 300
TARGET = 0.9
MOST_ALONE = 60
"""The most tests of a mutant that has a process of its own."""


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make mutants", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sample", default=str(SAMPLE), help="how many mutants, or all")
    parser.add_argument("--package", action="append", choices=PACKAGES, help="only those of this package")
    parser.add_argument("--module", action="append", type=Path, help="only those of this module")
    parser.add_argument("--seed", type=int, default=SEED, help="another number gives another sample")
    parser.add_argument("--one-module-in", type=int, default=1, help="draw the mutants of some modules only")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="the most processor time for one mutant")
    parser.add_argument("--part", action="append", choices=PARTS, help="only these tests")
    parser.add_argument("--resume", action="store_true", help="go on with what was played before the last end")
    return parser.parse_args()


def main() -> int:
    options = parse_arguments()
    if not options.resume:
        make_copy()
        OUTCOMES.unlink(missing_ok=True)
    os.chdir(TREE)
    wanted = sample(options)
    if not options.resume:
        choose(wanted, [*(options.part or PARTS)], options.seconds)
    play(options.seconds)
    for number, outcome in outcomes().items():
        if outcome[0] == "not planted" or (outcome[0] != "killed" and comes_too_late(wanted[number])):
            play_alone(number)
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
    return chosen


def reach(part: str) -> Reach:
    """Return what the tests of a part reach, played where no file on which that depends is the same as before."""
    files = sorted(
        path
        for folder in (*JUDGED, *(name for name in PARTS[part] if not name.startswith("-")))
        for path in Path(folder).rglob("*")
        if path.is_file()
    )
    digest = hashlib.sha256(b"".join(hashlib.sha256(path.read_bytes()).digest() for path in files)).hexdigest()
    folder = BUILD / "reach" / f"{part}-{digest[:16]}"
    if not folder.exists():
        print(f"Playing the tests of {part} once, to see what they reach ...", flush=True)
        making = folder.with_suffix(".making")
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(parents=True)
        command = [*PYTEST, "-p", "tests.mutants.reach", "-n", "2", *PARTS[part]]
        subprocess.run(command, env={**os.environ, "REACH": str(making)}, stdout=subprocess.DEVNULL, check=False)
        making.rename(folder)
    return Reach.read(sorted(folder.glob("*.reach")))


def choose(wanted: list[Spec], parts: list[str], seconds: float) -> None:
    """Write down the changed source and the tests of each mutant."""
    whole = Reach()
    for part in parts:
        whole.join(reach(part))
    choice = Choice(ENGINE, first_blocks(ENGINE), whole, seconds)
    rows = []
    for number, spec in enumerate(wanted):
        module = str(spec.module_path.relative_to(ENGINE))
        tests = choice.tests(module, spec.start_pos[0], own_tests(spec.module_path))
        rows.append(
            {"number": number, "module": module, "source": spec.changed, "tests": tests, "name": describe(spec)}
        )
    WANTED.write_text(json.dumps(rows), encoding="utf-8")


def files_of(rows: list[dict[str, Any]]) -> list[str]:
    return sorted({test.partition("::")[0] for row in rows for test in row["tests"]})


def play(seconds: float) -> None:
    """Play the mutants that have no outcome yet."""
    rows = [row for row in json.loads(WANTED.read_text(encoding="utf-8")) if row["number"] not in outcomes()]
    if files := files_of(rows):
        variables = {**os.environ, "MUTANTS": str(WANTED), "MUTANT_SECONDS": str(seconds)}
        subprocess.run([*PYTEST, "-n", "0", "-p", "tests.mutants.player", *files], env=variables, check=False)


def play_alone(number: int) -> None:
    """Play a mutant that cannot be planted into a running process with its tests in a process of its own."""
    (row,) = (one for one in json.loads(WANTED.read_text(encoding="utf-8")) if one["number"] == number)
    variables = {**os.environ, "MUTANTS": str(WANTED), "MUTANT": str(number)}
    command = [*PYTEST, "-n", "0", "-p", "tests.mutants.player", "-x", *row["tests"][:MOST_ALONE]]
    done = subprocess.run(command, env=variables, stdout=subprocess.DEVNULL, check=False)
    nothing_ran = done.returncode in (4, 5)  # pytest: wrong use, no tests
    with OUTCOMES.open("a", encoding="utf-8") as file:
        outcome = "survived" if done.returncode == 0 or nothing_ran else "killed"
        file.write(json.dumps([number, outcome, "in a process of its own", len(row["tests"]), 0]) + "\n")


def comes_too_late(spec: Spec) -> bool:
    """Return True for a mutant of what works when a module is imported: what others have made of it by then stays as it is."""
    return works_at_import(spec.module_path.read_text(encoding="utf-8"), spec.start_pos[0])


def outcomes() -> dict[int, list[Any]]:
    """Return by mutant the last outcome, the test, how many were played and the processor time."""
    found: dict[int, list[Any]] = {}
    for line in OUTCOMES.read_text(encoding="utf-8").splitlines() if OUTCOMES.exists() else ():
        number, *rest = json.loads(line)
        found[number] = rest
    return found


def survivors(wanted: list[Spec]) -> dict[int, Spec]:
    told = outcomes()
    return {number: spec for number, spec in enumerate(wanted) if told.get(number, [""])[0] != "killed"}


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
    survived = Counter(spec.module_path.relative_to(ENGINE).parts[0] for spec in left.values())
    for name, count in sorted(tested.items()):
        print(f"{name:24} {count - survived[name]:4} of {count:4} killed ({1 - survived[name] / count:.0%})")
    total = len(wanted)
    print(f"{'all':24} {total - len(left):4} of {total:4} killed ({1 - len(left) / total:.0%})")
    by = Counter("/".join(one[1].split("/")[:2]) for one in told.values() if one[0] == "killed")
    print("killed by: " + ", ".join(f"{name} {count}" for name, count in by.most_common()))
    print(f"no test reaches: {sum(told.get(number, ['', '', 0])[2] == 0 for number in left)}")
    print(f"processor time: {sum(one[3] for one in told.values()):.0f} s")
    texts = [
        f"{describe(spec)} {told.get(number, 'not played')}\n{difference(spec)}\n" for number, spec in left.items()
    ]
    (BUILD / "survivors.txt").write_text("\n".join(texts), encoding="utf-8")
    return 0 if total - len(left) >= TARGET * total else 1


if __name__ == "__main__":
    sys.exit(main())
