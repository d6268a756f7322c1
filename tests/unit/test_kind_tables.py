# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""No table of kinds of measures: what a kind is stands in its folder, so that a new one is not forgotten elsewhere."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.registry import FOLDERS, inventory_kinds

from tests.played_together import played_together

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
MEASURES = PLUGINS / "plugin_utils" / "measures"
FILES = {
    str(path.relative_to(PLUGINS)): path
    for path in sorted(PLUGINS.rglob("*.py"))
    if MEASURES not in path.parents and path.parent.name not in ("modules", "doc_fragments")
}
IDS = {*inventory_kinds()} - {"heartbeat"}  # which is a verdict and a key of results, too
# By the beginning of its path and by kind, why a file outside may import from the folder of the kind.
JUSTIFIED = {
    ("plugin_utils/recorded_traffic/", "url_whitelist"): "it learns its lists",
    ("plugin_utils/verbs/close/", "closing"): "the verb brings it in",
    ("plugin_utils/traces/log_reading/", "appfw_log"): "the profile in a line of a log is ours",
    ("plugin_utils/verbs/", "mitigation"): "the kind of entries, which every base of rights has",
    ("plugin_utils/judgement/", "heartbeat"): "the age of the last one is a ground of its verdict",
    ("plugin_utils/verbs/status/", "heartbeat"): "a status of the whole catalogue tells its age",
}
_IMPORT = re.compile(r"^\s*from \S*\bmeasures\.([a-z_]+)[. ]", re.MULTILINE)


def named(source: str) -> set[str]:
    """Return the kinds that a text of a module names."""
    constants = (node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant))
    return {value for value in constants if isinstance(value, str)} & IDS


def imported(source: str) -> set[str]:
    """Return the folders of kinds that a module imports from."""
    return {*_IMPORT.findall(source)} & {*FOLDERS}


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
