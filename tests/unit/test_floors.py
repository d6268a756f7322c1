# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Imports point downward. docs/explanation/architecture.md has the one table of floors; this test holds the tree to it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.__main__ import ENTRY_SCHEMA, PICTURE, RIGHTS, VARIABLES, made
from tests.architecture.graph import (
    COLLECTION,
    PLUGIN_UTILS,
    ROOT,
    SIMULATOR,
    SourceTree,
    circles,
    floor_of,
    grouped,
    imported_names,
    upward,
)
from tests.architecture.open_facts import EXPERIMENTS, HOW_TO, REGISTER
from tests.architecture.page import FLOORS, PAGE, SIMULATOR_FLOORS, floors, floors_of_contributing
from tests.architecture.rights_page import BESIDES_PAGE
from tests.architecture.verbs_page import PAGE as PLAYBOOKS
from tests.parsed import parsed

# The simulator is checked as soon as the page has its table.
TREES = [(PLUGIN_UTILS, FLOORS)] + ([(SIMULATOR, SIMULATOR_FLOORS)] if floors(SIMULATOR_FLOORS) else [])
both = pytest.mark.parametrize(("tree", "heading"), TREES, ids=[tree.folder for tree, _heading in TREES])
PLUGINS = f"{COLLECTION}.plugins"


def python_files(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


@both
def test_the_page_and_the_tree_have_the_same_floors(tree: SourceTree, heading: str) -> None:
    assert sorted(floors(heading)) == sorted({floor_of(module) for module in tree.modules})


@both
def test_no_import_points_upward(tree: SourceTree, heading: str) -> None:
    assert upward(tree.graph(), floors(heading)) == []


@both
def test_there_is_no_circle_between_packages_and_none_between_modules(tree: SourceTree, heading: str) -> None:
    graph = tree.graph()
    assert circles(grouped(graph)) == []
    assert circles(graph) == []


@both
def test_each_package_says_which_question_it_answers(tree: SourceTree, heading: str) -> None:
    silent = [
        name
        for name, path in tree.modules.items()
        if path.name == "__init__.py" and len(ast.get_docstring(parsed(path)) or "") < 40
    ]
    assert silent == []


@both
def test_docstrings_of_functions_say_what_these_return_or_do(tree: SourceTree, heading: str) -> None:
    questions = [
        f"{name}.{function.name}"
        for name, path in tree.modules.items()
        for function in ast.walk(parsed(path))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        and re.match(r"(What|Whether|Who)\b", ast.get_docstring(function) or "")
    ]
    assert questions == []


@pytest.fixture(scope="module")
def pages() -> dict[Path, str]:
    return made()


@pytest.mark.parametrize(
    "path",
    [PAGE, PICTURE, VARIABLES, ENTRY_SCHEMA, REGISTER, EXPERIMENTS, HOW_TO, RIGHTS, BESIDES_PAGE, PLAYBOOKS],
    ids=lambda path: str(path.name),
)
def test_what_pages_show_of_the_tree_is_what_the_tree_has(path: Path, pages: dict[Path, str]) -> None:
    assert path.read_text(encoding="utf-8") == pages[path], "run make docs"


def test_the_page_names_no_module_that_is_not_there() -> None:
    text = PAGE.read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-z_]+(?:/[a-z_0-9]+)+)(?:\.py|/)?`", text))
    engine, simulator = (ROOT / tree.folder for tree in (PLUGIN_UTILS, SIMULATOR))
    missing = [
        name
        for name in sorted(named)
        if not any((base / name).exists() or (base / f"{name}.py").exists() for base in (engine, simulator, ROOT))
        # the lists name modules without their package, and are made from the tree
        and not any(
            (floor / f"{name}.py").exists() or (floor / name).exists()
            for floor in [*engine.iterdir(), *simulator.iterdir()]
        )
    ]
    assert missing == []


def test_no_module_stands_flat_in_plugin_utils() -> None:
    flat = [path.name for path in (ROOT / PLUGIN_UTILS.folder).glob("[!_]*.py")]
    assert flat == []


def test_each_folder_of_unit_tests_has_its_package() -> None:
    tests = ROOT / "tests" / "unit"
    folders = {path.parent.relative_to(tests) for path in python_files("tests/unit")}
    trees = (ROOT / "plugins", ROOT)  # tests/unit/simulator mirrors the simulator beside the plugins
    assert [str(folder) for folder in sorted(folders) if not any((tree / folder).is_dir() for tree in trees)] == []


def test_contributing_shows_the_same_floors() -> None:
    assert floors_of_contributing() == list(floors())


def test_only_the_ansible_package_knows_ansible() -> None:
    ansible = [
        str(path)
        for path in python_files(PLUGIN_UTILS.folder)
        if path.relative_to(ROOT / PLUGIN_UTILS.folder).parts[0] != "ansible"
        and any(floor_of(name) == "ansible" for name in imported_names(path))
    ]
    assert ansible == []


def test_the_engine_does_not_import_the_plugins_that_use_it() -> None:
    outside = [
        f"{path}: {name}"
        for path in python_files(PLUGIN_UTILS.folder)
        for name in imported_names(path)
        if name.startswith(COLLECTION) and not name.startswith(f"{PLUGINS}.plugin_utils.")
    ]
    assert outside == []


def test_plugins_import_the_engine_and_documentation_imports_nothing() -> None:
    outside = [
        f"{path}: {name}"
        for path in python_files("plugins/action", "plugins/callback", "plugins/modules", "plugins/doc_fragments")
        for name in imported_names(path)
        if name.startswith(COLLECTION)
        and (path.parent.name in ("modules", "doc_fragments") or not name.startswith(f"{PLUGINS}.plugin_utils."))
    ]
    assert outside == []


def test_the_simulator_uses_no_more_of_the_engine_than_its_policy_language() -> None:
    used = {
        name
        for path in python_files(SIMULATOR.folder)
        for name in imported_names(path)
        if name.startswith(COLLECTION) and not name.startswith(f"{PLUGINS}.plugin_utils.policy_language")
    }
    assert used == set()


# -- the reader of imports ---------------------------------------------------------------------------------------------


def test_imports_for_types_and_inside_functions_count(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(
        "import a.b\nif TYPE_CHECKING:\n    from c.d import E\ndef f():\n    from g import h as i\n", encoding="utf-8"
    )
    assert sorted(imported_names(path)) == ["a.b", "c.d.E", "g.h"]


def test_a_wrong_graph_is_reported() -> None:
    wrong = {"low.a": frozenset({"high.b"}), "high.b": frozenset({"high.c"}), "high.c": frozenset({"high.b"})}
    assert upward(wrong, ["low", "high"]) == ["low.a imports high.b"]
    assert circles(wrong) == [["high.b", "high.c"]]
    assert grouped(wrong) == {"low": frozenset({"high"}), "high": frozenset()}
