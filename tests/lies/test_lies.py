# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lies that have a name are noticed, each in its night; and what the planting of lies rests on.

``make lies`` tells drawn lies, too.
"""

from __future__ import annotations

import ast
import threading
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters import duties
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.registry import folders

from tests.lies.changes import KINDS, changes_of
from tests.lies.child import Broken, in_child, kept
from tests.lies.named import STORIES, Story, named
from tests.lies.packages import ENGINE, PACKAGES, modules_of
from tests.lies.planted import Lie, functions, loaded, text_changed
from tests.lies.told import survey, tell_story

LAST = datetime(2020, 1, 31, tzinfo=UTC)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.lies[0].name)
def test_a_lie_that_has_a_name_alters_what_is_said_and_is_noticed(tmp_path: Path, story: Story) -> None:
    found = tell_story(story, tmp_path)
    assert {lie.name: (trial.word, trial.broken) for lie, trial in found.items()} == {
        lie.name: ("noticed", {}) for lie in story.lies
    }


def test_the_lies_of_the_issue_have_names() -> None:
    assert len([*named()]) == len({lie.name for _story, lie in named()}) == 17


def test_each_package_has_modules_and_each_of_them_one_package() -> None:
    modules = [module for package in PACKAGES for module in modules_of(package)]
    assert len(modules) == len({*modules}) > 150
    assert all((ENGINE / path).exists() for paths in PACKAGES.values() for path in paths)


def test_a_lie_ends_with_its_process() -> None:
    lie = Lie(
        "later",
        "customers/letters/duties.py",
        text_changed(("\nLIMIT = 30\n", "\nLIMIT = 31\n"), ("month + 1)", "month + 2)")),
    )

    def told() -> tuple[int, datetime]:
        lie.plant()
        return duties.LIMIT, duties.month_later(LAST)

    assert in_child(told, 60, nullcontext()) == (31, LAST.replace(month=3))
    assert (duties.LIMIT, duties.month_later(LAST)) == (30, LAST.replace(month=2, day=29))


def test_a_constant_is_exchanged_where_it_was_imported() -> None:
    lie = Lie(
        "shut", "customers/letters/facts.py", text_changed(("\nSHUT = (FactKind.CLOSED,", "\nSHUT = (FactKind.OPEN,"))
    )
    assert in_child(lambda: (lie.plant(), duties.SHUT)[1], 60, nullcontext())[0] == "open"  # type: ignore[func-returns-value]
    assert duties.SHUT[0] == "closed"


def test_what_other_packages_keep_is_forgotten() -> None:
    lie = Lie("later", "customers/letters/duties.py", text_changed(("\nLIMIT = 30\n", "\nLIMIT = 31\n")))
    folders()

    def kept_after() -> int:
        lie.plant()
        return int(folders.cache_info().currsize)

    assert in_child(kept_after, 60, nullcontext()) == 0
    assert folders.cache_info().currsize == 1


def test_a_text_that_is_not_in_the_source_is_no_lie() -> None:
    with pytest.raises(ValueError, match="0 times in the source: LIMIT = 29"):
        Lie("none", "customers/letters/duties.py", text_changed(("LIMIT = 29", "LIMIT = 31"))).plant()


@pytest.mark.parametrize("seconds", [60.0, 0.2])
def test_a_child_that_fails_or_hangs_is_broken(seconds: float) -> None:
    def work() -> None:
        if seconds < 1:
            threading.Event().wait()
        raise RuntimeError("no statement")

    with pytest.raises(Broken, match="no statement" if seconds > 1 else "not in time"):
        in_child(work, seconds, nullcontext())


def test_what_a_child_leaves_on_disk_is_put_back(tmp_path: Path) -> None:
    (tmp_path / "there").write_text("before")
    with kept(tmp_path) as put_back:
        (tmp_path / "there").write_text("after")
        (tmp_path / "new").mkdir()
        put_back()
    assert {one.name: one.read_text() for one in tmp_path.iterdir()} == {"there": "before"}


def test_each_kind_of_change_makes_another_source_that_compiles() -> None:
    by_kind = {one.kind: one for package in ("duties", "lists", "next") for one in changes_of(package)}
    for change in by_kind.values():
        source = (ENGINE / change.module).read_text(encoding="utf-8")
        tree = change.lie().change(source)
        assert ast.dump(tree) != ast.dump(ast.parse(source)), change.name
        compile(tree, change.module, "exec")
    assert by_kind.keys() == KINDS.keys()


def test_the_lines_that_run_are_those_of_what_is_said(tmp_path: Path) -> None:
    (lines,) = survey(["alone"], ["wait"], tmp_path)
    assert {"customers/letters/duties.py", "judgement/course/course.py"} <= {module for module, _line in lines}
    before = [one for one in lines if one[0] == "verbs/alarm/alarms.py"]
    assert before == []


def test_functions_behind_decorators_are_found() -> None:
    names = {one.__qualname__ for one in functions(loaded("customers/letters/facts.py"))}
    assert {"Tlp.rank", "Fact.claim", "CustomerFacts.of", "told"} <= names
