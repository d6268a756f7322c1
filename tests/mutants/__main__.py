# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Change the engine in one place each (a mutant), and see whether a test fails (the mutant is killed).

``make mutants`` tests a fixed sample, ``make mutants SAMPLE=all`` all of them, ``PACKAGE=change`` those of one package, ``SEED=17`` another sample,
``MODULES=8`` one of the mutants of one module in eight. cosmic-ray makes the mutants, in copies of the tree; each is tested by the tests that mirror its
module (:mod:`.selection`). It ends with 1 where fewer than 90 % are killed. The survivors, with their changes, are in ``build/mutants/survivors.txt``.
"""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

from cosmic_ray.commands.init import init
from cosmic_ray.mutating import mutate_and_test
from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import WorkerOutcome, WorkItem, WorkResult

from tests.mutants.selection import drawn, is_python, is_visible, modules, one_of_each_place, tests_of
from tests.refusals.statements import PACKAGES

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build" / "mutants"
PYTHON = str(ROOT / ".venv" / "bin" / "python")
PYTEST = (PYTHON, "-m", "pytest", "-x", "-q", "-n", "0", "--hypothesis-seed=0")
FAILED = re.compile(r"\b\d+ (failed|errors?)\b")
SEED = 16
SAMPLE = 130
TIMEOUT = 900.0
"""Seconds. No set of tests takes so long on an idle machine, so a mutant that takes longer is killed."""
TARGET = 0.9


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make mutants", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sample", default=str(SAMPLE), help="how many mutants, or all")
    parser.add_argument("--package", action="append", choices=PACKAGES, help="only those of this package")
    parser.add_argument("--module", action="append", type=Path, help="only those of this module")
    parser.add_argument("--seed", type=int, default=SEED, help="another number gives another sample")
    parser.add_argument("--one-module-in", type=int, default=1, help="draw the mutants of some modules only")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument(
        "--unchecked", action="store_true", help="do not see first that all tests pass without a mutant"
    )
    return parser.parse_args()


def main() -> int:
    options = parse_arguments()
    copies = [BUILD / f"tree-{number}" for number in range(options.workers)]
    make_copy(copies[0])
    for copy in copies[1:]:
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(copies[0], copy, symlinks=True)
    os.chdir(copies[0])
    with use_db(str(BUILD / "session.sqlite"), WorkDB.Mode.create) as session:
        among = drawn(modules(options.package or PACKAGES), options.one_module_in, options.seed)
        init(options.module or among, session, {})
        items = [item for item in session.work_items if is_visible(item.mutations[0])]
        by_place = one_of_each_place(items, options.seed)
        chosen = filter(is_python, items if options.sample == "all" else by_place)
        wanted = list(chosen if options.sample == "all" else itertools.islice(chosen, int(options.sample)))
        print(f"{len(items)} mutants at {len(by_place)} places; {len(wanted)} are tested", flush=True)
        context = multiprocessing.get_context("fork")
        queue = context.Queue()
        for copy in copies:
            queue.put(copy)
        with context.Pool(options.workers, initializer=enter_copy, initargs=(queue,)) as pool:
            killed, survivors = 0, []
            if not options.unchecked:
                pool.map(require_success, shares(tests_of_all(wanted), options.workers), 1)
            results = pool.imap_unordered(test, wanted)
            for done, (item, result) in enumerate(results, 1):
                session.set_result(item.job_id, result)
                if result.is_killed:
                    killed += 1
                else:
                    survivors.append((item, result))
                print(f"{done:4} {outcome(result):8} {describe(item)}{killer(result)}", flush=True)
    report(wanted, survivors)
    return 0 if killed >= TARGET * len(wanted) else 1


def make_copy(copy: Path) -> None:
    """Copy the tree as it is now, without what git ignores."""
    shutil.rmtree(copy, ignore_errors=True)
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout.decode()
    for name in filter(None, listed.split("\0")):
        source = ROOT / name
        if source.exists() or source.is_symlink():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, copy / name, follow_symlinks=False)
    # A mutant is tested without writing bytecode, so what does not change is compiled now.
    subprocess.run([PYTHON, "-m", "compileall", "-q", "plugins", "simulator"], cwd=copy, check=True)
    command = [*PYTEST, "--collect-only", "tests/unit/plugin_utils", "tests/engine"]
    subprocess.run(command, cwd=copy, stdout=subprocess.DEVNULL, check=True)


def enter_copy(copies: multiprocessing.Queue[Path]) -> None:
    """Let a worker work in a copy of its own."""
    copy = copies.get()
    os.chdir(copy)
    os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = str(copy / ".hypothesis")


def tests_of_all(items: list[WorkItem]) -> list[str]:
    """Return the test files of all mutants, each once."""
    return list(dict.fromkeys(name for item in items for name in tests_of(item.mutations[0].module_path)))


def shares(names: list[str], parts: int) -> list[list[str]]:
    return [part for number in range(parts) if (part := names[number::parts])]


def require_success(files: list[str]) -> None:
    """Run tests on the code as it is: if they fail there, they kill nothing."""
    done = subprocess.run([*PYTEST, *files], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"these tests fail without a mutant: {' '.join(files)}\n{done.stdout[-3000:]}")


def test(item: WorkItem) -> tuple[WorkItem, WorkResult]:
    """Test one mutant. Without output pytest could not import the module, which kills it; anything else must be a test that failed."""
    command = [*PYTEST, *tests_of(item.mutations[0].module_path)]
    result = mutate_and_test(item.mutations, " ".join(command), TIMEOUT)
    failed = not (result.output or "").strip() or FAILED.search(result.output)
    if result.worker_outcome != WorkerOutcome.NORMAL or (outcome(result) == "killed" and not failed):
        raise RuntimeError(f"{describe(item)}: {result.worker_outcome} {result.output}")
    return item, result


def outcome(result: WorkResult) -> str:
    """Return killed, timeout (killed too) or SURVIVED."""
    if not result.is_killed:
        return "SURVIVED"
    return "timeout" if result.output == "timeout" else "killed"


def killer(result: WorkResult) -> str:
    """Return the test that failed, in words, or ""."""
    failed = re.search(r"^(?:FAILED|ERROR) (\S+)", result.output or "", re.MULTILINE)
    return f" by {failed[1].removeprefix('tests/')}" if failed else ""


def describe(item: WorkItem) -> str:
    spec = item.mutations[0]
    place = f"{spec.module_path.relative_to('plugins/plugin_utils')}:{spec.start_pos[0]}"
    return f"{place} {spec.definition_name} {spec.operator_name.removeprefix('core/')} {spec.occurrence}"


def report(wanted: list[WorkItem], survivors: list[tuple[WorkItem, WorkResult]]) -> None:
    """Print the score of each package, and write the survivors down."""

    def package(path: Path) -> str:
        return next(name for name in PACKAGES if str(path).startswith(f"plugins/plugin_utils/{name}/"))

    tested = Counter(package(item.mutations[0].module_path) for item in wanted)
    survived = Counter(package(item.mutations[0].module_path) for item, _result in survivors)
    for name, count in sorted(tested.items()):
        print(f"{name:24} {count - survived[name]:4} of {count:4} killed ({1 - survived[name] / count:.0%})")
    total = len(wanted)
    print(f"{'all':24} {total - len(survivors):4} of {total:4} killed ({1 - len(survivors) / total:.0%})")
    texts = [f"{describe(item)}\n{result.diff}\n" for item, result in survivors]
    (BUILD / "survivors.txt").write_text("\n".join(texts))


if __name__ == "__main__":
    sys.exit(main())
