# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""No table of verbs: what a verb is stands in its declaration, so that a new one is not forgotten in a table elsewhere."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import yaml
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.registry import COLLECTION, NAMES

from tests.parsed import parsed_text

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = ROOT / "plugins"
MANY = 3
"""So many names of verbs in one literal are a table."""
DECLARATIONS = {"registry.py", "verb.py"}
DOCUMENTATION = {"modules", "doc_fragments"}
# By file, why it has one.
JUSTIFIED = {
    "plugin_utils/verbs/common/default_paths.py": "names of directories, which are called as the verb that writes there"
}


def literals(tree: ast.AST) -> Iterator[tuple[int, list[str]]]:
    """Yield the line of each tuple, list, set and mapping, and the texts in it: of a mapping, its keys or its values."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Tuple | ast.List | ast.Set):
            yield node.lineno, texts(node.elts)
        elif isinstance(node, ast.Dict):
            yield node.lineno, texts([key for key in node.keys if key is not None])
            yield node.lineno, texts(node.values)


def texts(nodes: list[ast.expr]) -> list[str]:
    return [one.value for one in nodes if isinstance(one, ast.Constant) and isinstance(one.value, str)]


def tables(source: str) -> dict[int, list[str]]:
    """Return by line the names of verbs of each table of verbs."""
    found = ((line, names(words)) for line, words in literals(parsed_text(source)))
    return {line: verbs for line, verbs in found if len(verbs) >= MANY}


def names(words: list[str]) -> list[str]:
    return sorted({word.removeprefix(COLLECTION) for word in words} & {*NAMES})


def test_a_table_of_verbs_is_found() -> None:
    assert tables('X = ("apply", "rollback", "hunt")') == {1: ["apply", "hunt", "rollback"]}
    assert tables('X = {"tourniquet.netscaler.apply": 1, "rollback": 2, "hunt": 3}') == {
        1: ["apply", "hunt", "rollback"]
    }
    assert tables('X = ("apply", "rollback", "apply", "theirs")') == {}


def test_no_module_has_a_table_of_verbs() -> None:
    found = {
        str(path.relative_to(PLUGINS)): verbs
        for path in sorted(PLUGINS.rglob("*.py"))
        if path.name not in DECLARATIONS and path.parent.name not in DOCUMENTATION
        if (verbs := tables(path.read_text(encoding="utf-8")))
    }
    assert {path: verbs for path, verbs in found.items() if path not in JUSTIFIED} == {}, (
        "say it in verbs/<verb>/verb.py"
    )
    assert {*JUSTIFIED} <= {*found}, "it has none any more"


def test_no_option_lists_verbs_as_its_choices() -> None:
    options = {
        f"{path.parent.name}.{name}": names(list(map(str, option.get("choices", ()))))
        for path in sorted((PLUGINS / "plugin_utils").rglob("options.yml"))
        for name, option in yaml.safe_load(path.read_text(encoding="utf-8"))["options"].items()
    }
    assert {name: verbs for name, verbs in options.items() if len(verbs) >= MANY} == {}, "write choices_of"
