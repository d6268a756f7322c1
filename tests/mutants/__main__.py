# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Change the engine in one place each (a mutant), and see whether a test fails (the mutant is killed).

``make mutants`` plays a fixed sample, ``make mutants SAMPLE=all`` all of them, ``PACKAGE=change`` those of one package, ``SEED=17`` another sample,
``MODULES=8`` one of the mutants of one module in eight, ``SPARED=1`` with the tests that ``make test`` plays alone. cosmic-ray makes the mutants. The tests
of each part (unit, engine, nights) are played once for a tree, with notes in all modules of what each reaches (:mod:`.reach`). Then each mutant is played
with unit tests that reach its line, the cheapest first, until one fails (:mod:`.player`), and what survives with the other tests that reach it
(:mod:`.stages`). It ends with 1 where fewer than 90 % are killed. The survivors, with their changes, are in ``build/mutants/survivors.txt``.
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
from pathlib import Path
from typing import Any

from tests.mutants import stages
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
from tests.mutants.stages import STAGES, Outcome, Stage
from tests.refusals.statements import PACKAGES

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build" / "mutants"
TREE = BUILD / "tree"
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
SEED = 16
SAMPLE = 300
TARGET = 0.9
MOST_ALONE = 60
"""The most tests of a mutant that has a process of its own."""
SPARED = "spared-" if os.environ.get("SPARED", "") not in ("", "0") else ""
"""In the name of what was reached by the tests that ``make test`` plays, without those that it leaves out."""


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make mutants", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sample", default=str(SAMPLE), help="how many mutants, or all")
    parser.add_argument("--package", action="append", choices=PACKAGES, help="only those of this package")
    parser.add_argument("--module", action="append", type=Path, help="only those of this module")
    parser.add_argument("--seed", type=int, default=SEED, help="another number gives another sample")
    parser.add_argument("--one-module-in", type=int, default=1, help="draw the mutants of some modules only")
    parser.add_argument("--part", action="append", choices=PARTS, help="only these tests")
    parser.add_argument("--workers", type=int, default=2, help="processes that play all tests once")
    parser.add_argument("--resume", action="store_true", help="go on with what was played before the last end")
    return parser.parse_args()


def main() -> int:
    options = parse_arguments()
    if not options.resume:
        make_copy()
        for stage in STAGES:
            shutil.rmtree(folder_of(stage), ignore_errors=True)
    os.chdir(TREE)
    wanted = sample(options)
    told: list[dict[int, Outcome]] = []
    for stage in STAGES:
        parts = [part for part in stage.parts if part in (options.part or PARTS)]
        numbers = stages.left(range(len(wanted)), told)
        if parts and numbers:
            told.append(play_stage(stage, parts, {number: wanted[number] for number in numbers}, options))
            report(wanted, told)
    return 0 if len(stages.left(range(len(wanted)), told)) <= (1 - TARGET) * len(wanted) else 1


def folder_of(stage: Stage) -> Path:
    """Return the folder of the mutants and the outcomes of a stage."""
    return BUILD / stage.name


def play_stage(
    stage: Stage, parts: list[str], wanted: dict[int, Spec], options: argparse.Namespace
) -> dict[int, Outcome]:
    """Play mutants with the tests of a stage, those that had no outcome there before, and return the outcomes."""
    rows, outcomes = folder_of(stage) / "mutants.json", folder_of(stage) / "outcomes.jsonl"
    if not rows.exists():
        folder_of(stage).mkdir(parents=True, exist_ok=True)
        whole = Reach()
        for part in parts:
            whole.join(reach(part, options))
        rows.write_text(json.dumps(choose(wanted, whole, stage.seconds)), encoding="utf-8")
    play(rows, stage.seconds)
    for number, one in stages.read(outcomes).items():
        if one.how == "not planted" or (one.how != stages.KILLED and comes_too_late(wanted[number])):
            play_alone(rows, number)
    return stages.read(outcomes)


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


def reach(part: str, options: argparse.Namespace) -> Reach:
    """Return what the tests of a part reach, played where no file on which that depends is the same as before."""
    files = sorted(
        path
        for folder in (*JUDGED, *(name for name in PARTS[part] if not name.startswith("-")))
        for path in Path(folder).rglob("*")
        if path.is_file()
    )
    digest = hashlib.sha256(b"".join(hashlib.sha256(path.read_bytes()).digest() for path in files)).hexdigest()
    folder = BUILD / "reach" / f"{part}-{SPARED}{digest[:16]}"
    if not folder.exists():
        print(f"Playing the tests of {part} once, to see what they reach ...", flush=True)
        making = folder.with_suffix(".making")
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(parents=True)
        command = [*PYTEST, "-p", "tests.mutants.reach", "-n", str(options.workers), *PARTS[part]]
        variables = {**os.environ, "REACH": str(making)}
        subprocess.run(command, env=variables, stdout=subprocess.DEVNULL, check=False)
        making.rename(folder)
    return Reach.read(sorted(folder.glob("*.reach")))


def choose(wanted: dict[int, Spec], whole: Reach, seconds: float) -> list[dict[str, Any]]:
    """Return the changed source and the tests of each mutant."""
    choice = Choice(ENGINE, first_blocks(ENGINE), whole, seconds)
    rows = []
    for number, spec in wanted.items():
        module = str(spec.module_path.relative_to(ENGINE))
        tests = choice.tests(module, spec.start_pos[0], own_tests(spec.module_path))
        rows.append(
            {"number": number, "module": module, "source": spec.changed, "tests": tests, "name": describe(spec)}
        )
    return rows


def files_of(rows: list[dict[str, Any]]) -> list[str]:
    return sorted({test.partition("::")[0] for row in rows for test in row["tests"]})


def play(wanted: Path, seconds: float) -> None:
    """Play the mutants that have no outcome yet."""
    over = stages.read(wanted.with_name("outcomes.jsonl"))
    rows = [row for row in json.loads(wanted.read_text(encoding="utf-8")) if row["number"] not in over]
    if files := files_of(rows):
        variables = {**os.environ, "MUTANTS": str(wanted), "MUTANT_SECONDS": str(seconds)}
        subprocess.run([*PYTEST, "-n", "0", "-p", "tests.mutants.player", *files], env=variables, check=False)


def play_alone(wanted: Path, number: int) -> None:
    """Play a mutant that cannot be planted into a running process with its tests in a process of its own."""
    (row,) = (one for one in json.loads(wanted.read_text(encoding="utf-8")) if one["number"] == number)
    variables = {**os.environ, "MUTANTS": str(wanted), "MUTANT": str(number)}
    command = [*PYTEST, "-n", "0", "-p", "tests.mutants.player", "-x", *row["tests"][:MOST_ALONE]]
    done = subprocess.run(command, env=variables, stdout=subprocess.DEVNULL, check=False)
    nothing_ran = done.returncode in (4, 5)  # pytest: wrong use, no tests
    with wanted.with_name("outcomes.jsonl").open("a", encoding="utf-8") as file:
        outcome = "survived" if done.returncode == 0 or nothing_ran else stages.KILLED
        test = next((one for one in row["tests"] if outcome == stages.KILLED), "")
        file.write(json.dumps([number, outcome, test, len(row["tests"]), 0]) + "\n")


def comes_too_late(spec: Spec) -> bool:
    """Return True for a mutant of what works when a module is imported: what others have made of it by then stays as it is."""
    return works_at_import(spec.module_path.read_text(encoding="utf-8"), spec.start_pos[0])


def describe(spec: Spec) -> str:
    place = f"{spec.module_path.relative_to(ENGINE)}:{spec.start_pos[0]}"
    return f"{place} {spec.definition_name} {spec.operator_name.removeprefix('core/')} {spec.occurrence}"


def difference(spec: Spec) -> str:
    before, after = spec.module_path.read_text(encoding="utf-8"), spec.changed or ""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=2)
    return "\n".join(list(lines)[2:])


def report(wanted: list[Spec], told: list[dict[int, Outcome]]) -> None:
    """Print the score of each package after some stages, and write the survivors down."""
    alive = stages.left(range(len(wanted)), told)
    print(*stages.score([spec.module_path.relative_to(ENGINE).parts[0] for spec in wanted], told), sep="\n")
    print("killed by: " + ", ".join(f"{name} {count}" for name, count in stages.killers(told)))
    print(f"no test reaches: {stages.unreached(alive, told)}")
    print(f"processor time: {sum(one.seconds for each in told for one in each.values()):.0f} s", flush=True)
    texts = [
        f"{describe(wanted[number])} {[one.get(number, 'not played') for one in told]}\n{difference(wanted[number])}\n"
        for number in alive
    ]
    (BUILD / "survivors.txt").write_text("\n".join(texts), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
