# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each folder of the engine with some statements has unit tests in the folder of the same name, or names the tests that take their place."""

from __future__ import annotations

import ast
from functools import cache

import pytest

from tests.architecture.graph import PLUGIN_UTILS, ROOT
from tests.parsed import parsed

MOST = 150
"""The largest number of statements of a folder without unit tests of its own."""
ELSEWHERE = {
    "policy_language/functions": "tests/unit/plugin_utils/policy_language",  # by subject: headers, sets, times
    "measures/geoblock/methods/datasets": "tests/engine/test_geoblock_datasets.py",  # judged by what the appliance has then
}
"""By folder without unit tests of its own: the tests that play it, since what it does shows on an appliance only."""


@cache
def statements() -> dict[str, int]:
    """Return the number of statements by folder, without the folders in it."""
    found: dict[str, int] = {}
    for path in (ROOT / PLUGIN_UTILS.folder).rglob("*.py"):
        folder = path.parent.relative_to(ROOT / PLUGIN_UTILS.folder).as_posix()
        count = sum(isinstance(node, ast.stmt) for node in ast.walk(parsed(path)))
        found[folder] = found.get(folder, 0) + count
    return found


def has_tests(folder: str) -> bool:
    return any((ROOT / "tests" / "unit" / "plugin_utils" / folder).glob("test_*.py"))


def test_each_folder_of_the_engine_has_unit_tests() -> None:
    bare = {folder for folder, count in statements().items() if count > MOST and not has_tests(folder)}
    assert sorted(bare - {*ELSEWHERE}) == []


@pytest.mark.parametrize("folder", ELSEWHERE)
def test_an_exception_is_needed_and_its_tests_are_there(folder: str) -> None:
    assert statements().get(folder, 0) > MOST, "the folder is small, or gone"
    assert not has_tests(folder), "it has unit tests now"
    assert (ROOT / ELSEWHERE[folder]).exists()
