# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which mutants are tested, and by which tests."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from tests.mutants.equivalent import reason
from tests.mutants.made import Spec

ENGINE = Path("plugins") / "plugin_utils"

# CPython has one object for None, for each small number and for each short text, so both operators mean the same there.
SAME_OBJECT = ("Is_Eq", "Eq_Is", "IsNot_NotEq", "NotEq_IsNot")

LIMITS = "tests/unit/plugin_utils/test_limits.py"


def modules(packages: Iterable[str]) -> list[Path]:
    """Return the modules of packages, relative to the tree."""
    return [path for package in packages for path in sorted((ENGINE / package).rglob("*.py"))]


def drawn(paths: Iterable[Path], one_in: int, seed: int) -> list[Path]:
    """Return one module in so many, drawn by the seed: to make the mutants of all takes minutes."""
    return [path for path in paths if int(hashlib.sha256(f"{seed} {path}".encode()).hexdigest(), 16) % one_in == 0]


def own_tests(module: Path) -> list[str]:
    """Return the unit tests that have the name of a module, or else those of its folder, and that of the numbers of all modules."""
    names = (f"test_{module.stem}", f"test_{module.stem}_refusals")
    beside = _beside(module)
    return [*(str(path) for path in [path for path in beside if path.stem in names] or beside), LIMITS]


def _beside(module: Path) -> list[Path]:
    """Return the unit tests in the folder of a module, or else in the next one above it that has some."""
    folders = (Path("tests/unit/plugin_utils") / one for one in module.relative_to(ENGINE).parents if one != Path())
    return next((found for folder in folders if (found := sorted(folder.glob("test_*.py")))), [])


def is_visible(spec: Spec) -> bool:
    """False for a mutant that no test can tell from the code.

    These are in annotations, which are never evaluated, in decorators (options of data classes, caches), at the bare star of a
    signature, and those that exchange identity for equality.
    """
    line, column = spec.start_pos
    is_bare_star = _lines(spec.module_path)[line - 1][column:].startswith(("*,", "* ,"))
    if spec.operator_name.endswith(SAME_OBJECT) or is_bare_star:
        return False
    return not any(
        first <= spec.start_pos[0] <= last for first, last in _lines_without_code(spec.module_path)
    ) and not any(start <= spec.start_pos < end for start, end in _annotations(spec.module_path))


def is_played(spec: Spec) -> bool:
    """False for a mutant that does not compile, such as one of the bare ``*`` of a signature, that cosmic-ray cannot make, or that means the same."""
    try:
        return spec.changed is not None and not reason(_source(spec.module_path), spec.changed)
    except SyntaxError:
        return False


def key_of(spec: Spec, seed: int) -> str:
    """Return a number that stays the same while the function of a mutant does, whatever else changes."""
    text = f"{seed} {spec.module_path} {spec.definition_name} {spec.operator_name} {spec.occurrence}"
    return hashlib.sha256(text.encode()).hexdigest()


def one_of_each_place(specs: Iterable[Spec], seed: int) -> list[Spec]:
    """Return one mutant of each place of the code, so that a comparison, which has seven, counts once; in the order of the sample."""
    chosen: dict[tuple[Path, tuple[int, int]], Spec] = {}
    for spec in sorted(specs, key=lambda spec: key_of(spec, seed)):
        chosen.setdefault((spec.module_path, spec.start_pos), spec)
    return list(chosen.values())


@cache
def _source(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def _lines(path: Path) -> list[str]:
    return _source(path).splitlines()


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(_source(path))


@cache
def _lines_without_code(path: Path) -> list[tuple[int, int]]:
    """Return the first and last lines of decorators."""
    return [
        (decorator.lineno, decorator.end_lineno or decorator.lineno)
        for node in ast.walk(_tree(path))
        for decorator in getattr(node, "decorator_list", [])
    ]


@cache
def _annotations(path: Path) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Return the start and the end of each annotation."""
    found = []
    for node in ast.walk(_tree(path)):
        for name in ("annotation", "returns"):
            annotation = getattr(node, name, None)
            if annotation is not None:
                start = (annotation.lineno, annotation.col_offset)
                found.append((start, (annotation.end_lineno, annotation.end_col_offset)))
    return found
