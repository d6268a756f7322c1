# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The nouns that the product counts, and where a text tells one of them in the plural."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.counted import plural_of

from tests.parsed import parsed

PLUGINS = Path(__file__).parents[1] / "plugins"
MADE_FOR_PEOPLE = tuple(
    path
    for path in sorted(PLUGINS.rglob("*.py"))
    if path.relative_to(PLUGINS).parts[0] not in ("modules", "doc_fragments")
)
FURTHER = ("customer", "letter", "network", "object", "problem", "rule", "second", "virtual server", "week")
"""Nouns that are counted in another way than by `counted`."""
_BEFORE = r"(?<![\w.,:/-])"
_BETWEEN = r"(?: (?!(?:of|with|in|by)\b)[a-z-]+){0,2}?"


@cache
def plurals() -> frozenset[str]:
    """Return the words for several of the nouns that the product counts."""
    nouns = {*FURTHER}
    for _path, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "counted":
                nouns |= {one.value for one in node.args[1:2] if isinstance(one, ast.Constant)}
    return frozenset(plural_of(noun.split(" ")[-1]) for noun in nouns)


@cache
def trees() -> tuple[tuple[Path, ast.Module], ...]:
    return tuple((path, parsed(path)) for path in MADE_FOR_PEOPLE)


@cache
def _one_in_plural() -> re.Pattern[str]:
    return re.compile(rf"{_BEFORE}1{_BETWEEN} (?:{'|'.join(sorted(plurals()))})\b")


def told_in_plural(text: str) -> list[str]:
    """Return where a text says `1 files` or `1 of 1 attacks`."""
    return [one.group() for one in _one_in_plural().finditer(text)]
