# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which kinds of next actions the engine has: the commands that it declares, by verb and options, and the texts that name a playbook and have no command."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.registry import NAMES

from tests.parsed import parsed

ROOT = Path(__file__).parents[1]
PLACES = ("plugins/plugin_utils", "plugins/action", "plugins/lookup", "plugins/vars")
HOME = "plugins/plugin_utils/foundation/next_action.py"
MADE_BY = ("Command", "replace")
ADVICE = ("advice", "NextAction", "joined")
_PLAYBOOK = re.compile(rf"\b({'|'.join(NAMES)})\.yml\b")


@cache
def modules() -> dict[str, ast.Module]:
    """Return the modules of the engine and of the plugins that import it, by path."""
    paths = [path for place in PLACES for path in sorted((ROOT / place).rglob("*.py"))]
    return {str(path.relative_to(ROOT)): parsed(path) for path in paths}


def kinds() -> dict[str, set[str]]:
    """Return the kinds of commands, each with the modules that declare it: ``apply(mitigation, node_local)``, ``?`` where the verb is not written there."""
    found: dict[str, set[str]] = {}
    for path, tree in modules().items():
        for call in _calls(tree) if _knows_actions(tree) else ():
            if path != HOME and (kind := _kind(call)):
                found.setdefault(kind, set()).add(path)
    return found


def _knows_actions(tree: ast.Module) -> bool:
    return any(isinstance(node, ast.ImportFrom) and str(node.module).endswith("next_action") for node in ast.walk(tree))


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name))


def _kind(call: ast.Call) -> str:
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    if name not in MADE_BY or not call.args:
        return ""
    base = call.args[0]
    keywords = {one.arg for one in call.keywords}
    if name == "replace":
        if not keywords & {"unsaid", "asks", "options"} or not isinstance(base, ast.Name):
            return ""
        verb = base.id if base.id.isupper() else "?"
    else:
        verb = str(base.value) if isinstance(base, ast.Constant) else "?"
    names = sorted({*_options(call), *(f"<{ask}>" for ask in _asks(call))})
    local = "here: " if "is_local" in keywords else ""
    return f"{local}{verb}({', '.join(names)})"


def _options(call: ast.Call) -> Iterator[str]:
    parts = [*call.args[1:], *(one.value for one in call.keywords if one.arg in ("options", "unsaid"))]
    for pair in (node for part in parts for node in ast.walk(part) if isinstance(node, ast.Tuple)):
        if len(pair.elts) == 2 and not isinstance(pair.elts[0], ast.Tuple):
            yield _word(pair.elts[0])


def _asks(call: ast.Call) -> Iterator[str]:
    for one in (keyword.value for keyword in call.keywords if keyword.arg == "asks"):
        yield from map(_word, one.elts) if isinstance(one, ast.Tuple) else [_word(one)]


def _word(node: ast.expr) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else ast.unparse(node).lower()


def prose() -> dict[str, tuple[str, ...]]:
    """Return by module the playbooks that its texts name, but for docstrings and the texts of actions that have commands."""
    found = {path: sorted({*_named(tree)}) for path, tree in modules().items() if path != HOME}
    return {path: tuple(names) for path, names in found.items() if names}


def _named(tree: ast.Module) -> Iterator[str]:
    left_out = {id(node) for call in _calls(tree) if _advises(call) for node in ast.walk(call)}
    left_out |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in left_out:
            yield from _PLAYBOOK.findall(node.value)


def _advises(call: ast.Call) -> bool:
    """Return True for a text that has commands besides; one that only shows whether it has helped counts."""
    return isinstance(call.func, ast.Name) and call.func.id in ADVICE and len(call.args) + len(call.keywords) > 1
