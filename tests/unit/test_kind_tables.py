# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""No table of kinds of measures: what a kind is stands in its folder, so that a new one is not forgotten elsewhere."""

from __future__ import annotations

import ast
import re
from datetime import date
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.registry import (
    folders,
    inventory_kinds,
    load_measure,
)

from tests.parsed import parsed_text
from tests.played_together import played_together

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
MEASURES = PLUGINS / "plugin_utils" / "measures"
FILES = {
    str(path.relative_to(PLUGINS)): path
    for path in sorted(PLUGINS.rglob("*.py"))
    if MEASURES not in path.parents and path.parent.name not in ("modules", "doc_fragments")
}
CATALOGUE = PLUGINS.parent / "templates" / "mitigations"
IDS = {*inventory_kinds()} - {"heartbeat"}  # which is a key of results, too
# By the beginning of its path and by kind, why a file outside may import from the folder of the kind.
JUSTIFIED = {
    ("plugin_utils/recorded_traffic/", "url_whitelist"): "it learns its lists",
    (
        "plugin_utils/judgement/exposure_reads/closing_acls.py",
        "geoblock",
    ): "a step of closing drops packets by its ACLs",
    ("plugin_utils/verbs/close/", "closing"): "the verb brings it in",
    ("plugin_utils/verbs/", "mitigation"): "the kind of entries, which every base of rights has",
}
BY_VALUES = ("heartbeat", "management_log", "appfw_log")
"""The kinds that no text outside their folder names, neither in code nor in words."""
# By the beginning of its path, why a file outside has a word that is the name of such a kind.
ANOTHER_MEANING = {
    "plugin_utils/fleet/notifications/": "a sign of life to a receiver of alerts",
    "plugin_utils/judgement/course/state.py": "a word of records of earlier versions",
    "plugin_utils/traces/log_reading/": "a line of the appliance about its packet engines",
    "plugin_utils/traces/trace_rules/line_levels.py": "likewise",
    "plugin_utils/policies/log_messages.py": "such a line in a hostile request",
}
_IMPORT = re.compile(r"^\s*from \S*\bmeasures\.([a-z_]+)[. ]", re.MULTILINE)


def named(source: str) -> set[str]:
    """Return the kinds that a text of a module names."""
    constants = (node.value for node in ast.walk(parsed_text(source)) if isinstance(node, ast.Constant))
    return {value for value in constants if isinstance(value, str)} & IDS


def imported(source: str) -> set[str]:
    """Return the folders of kinds that a module imports from."""
    return {*_IMPORT.findall(source)} & {*folders()}


@pytest.mark.parametrize(
    ("source", "kinds", "folders"),
    [
        ('X = {"geoblock": 1}', {"geoblock"}, set()),
        ("from ...measures.geoblock.measure import Geoblock", set(), {"geoblock"}),
        ("from ...measures.registry import all_kinds", set(), set()),
    ],
)
def test_a_named_kind_is_found(source: str, kinds: set[str], folders: set[str]) -> None:
    assert (named(source), imported(source)) == (kinds, folders)


@played_together("path", FILES)
def test_no_module_outside_names_a_kind(path: str) -> None:
    source = FILES[path].read_text(encoding="utf-8")
    assert named(source) == set(), "say it in measures/<kind>/kind.py"
    unjustified = {
        folder
        for folder in imported(source)
        if not any(path.startswith(beginning) and folder == kind for beginning, kind in JUSTIFIED)
    }
    assert unjustified == set(), "ask its declaration, or the measure"


def test_each_reason_is_needed() -> None:
    used = {
        (beginning, kind)
        for path, file in FILES.items()
        for beginning, kind in JUSTIFIED
        if path.startswith(beginning) and kind in imported(file.read_text(encoding="utf-8"))
    }
    assert used == {*JUSTIFIED}, "no file imports from there any more"


def names_a_kind(source: str) -> bool:
    """Return True if a text of a module has the name of a kind that gives all by values."""
    return any(kind in source.lower() for kind in BY_VALUES)


@pytest.mark.parametrize(
    ("source", "does"), [("if measure.is_heartbeat():", True), ("# as the Heartbeat", True), ("x = 1", False)]
)
def test_a_word_of_a_kind_is_found(source: str, does: bool) -> None:
    assert names_a_kind(source) is does


def test_no_text_outside_names_a_kind_that_gives_all_by_values() -> None:
    naming = [path for path, file in FILES.items() if names_a_kind(file.read_text(encoding="utf-8"))]
    assert [path for path in naming if not path.startswith((*ANOTHER_MEANING,))] == [], "make it a value of its traits"
    unused = [beginning for beginning in ANOTHER_MEANING if not any(path.startswith(beginning) for path in naming)]
    assert unused == [], "no file there has such a word any more"


def test_a_measure_has_the_traits_of_its_kind() -> None:
    """What is asked of the kind before the measure is loaded, and what is asked of the measure, is the same."""
    for id_, kind in inventory_kinds().items():
        assert load_measure(id_, CATALOGUE, [], "box", date(2026, 12, 1)).traits == kind.traits, id_
