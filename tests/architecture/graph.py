# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The imports between the modules of a source tree, read from the sources without importing them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.parsed import parsed

ROOT = Path(__file__).parents[2]
COLLECTION = "ansible_collections.tourniquet.netscaler"

Graph = dict[str, frozenset[str]]
"""By name, the names that it imports."""


@dataclass(frozen=True)
class SourceTree:
    """A folder of Python modules.

    :ivar folder: relative to the project
    :ivar prefix: the import path of that folder
    """

    folder: str
    prefix: str

    @property
    def modules(self) -> dict[str, Path]:
        """The files by dotted name below the prefix. A package is named as itself; the folder itself is ``__init__``, where it has more than a docstring."""
        base = ROOT / self.folder
        names = {}
        for path in sorted(base.rglob("*.py")):
            parts = path.relative_to(base).with_suffix("").parts
            if parts == ("__init__",) and not imported_names(path):
                continue
            names[".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)] = path
        return names

    def graph(self) -> Graph:
        """The imports between the modules, those for type checking and those inside functions included."""
        modules = self.modules
        return {name: frozenset(self._imported(path, modules) - {name}) for name, path in modules.items()}

    def _imported(self, path: Path, modules: Mapping[str, Path]) -> set[str]:
        found = set()
        for target in imported_names(path):
            if target != self.prefix and not target.startswith(f"{self.prefix}."):
                continue
            name = target.removeprefix(self.prefix).removeprefix(".") or "__init__"
            while name not in modules:  # the last parts may be names inside a module
                name = name.rpartition(".")[0] or "__init__"
                if name == "__init__":
                    break
            if name in modules:
                found.add(name)
        return found


PLUGIN_UTILS = SourceTree("plugins/plugin_utils", f"{COLLECTION}.plugins.plugin_utils")
SIMULATOR = SourceTree("simulator", "simulator")


@cache
def imported_names(path: Path) -> tuple[str, ...]:
    """Return the dotted name of everything that a file imports, such as ``package.module.name``; each file is parsed once."""
    return tuple(imports_of(parsed(path), path))


def imports_of(source: ast.Module, path: Path) -> Iterator[str]:
    """Yield the dotted name of everything that a source imports.

    :param path: its file, from which relative imports start
    """
    for node in ast.walk(source):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = _parts(path.parents[node.level - 1]) if node.level else ()
            module = ".".join((*package, *([node.module] if node.module else [])))
            yield from (f"{module}.{alias.name}" for alias in node.names)


def _parts(folder: Path) -> tuple[str, ...]:
    """Return the dotted name of a folder in parts; what stands in ``plugins`` belongs to the collection."""
    inside = folder.relative_to(ROOT).parts
    return (*COLLECTION.split("."), *inside) if inside[:1] == ("plugins",) else inside


def floor_of(module: str) -> str:
    """Return the package, or the module, that stands directly in the folder of the tree."""
    return module.partition(".")[0]


def grouped(graph: Graph, name: Callable[[str], str] = floor_of) -> Graph:
    """Return the graph of the groups of modules, without the imports inside a group."""
    edges: dict[str, set[str]] = {name(module): set() for module in graph}
    for module, targets in graph.items():
        edges[name(module)] |= {name(target) for target in targets} - {name(module)}
    return {group: frozenset(targets) for group, targets in edges.items()}


def upward(graph: Graph, order: Iterable[str]) -> list[str]:
    """Return the imports that point to a higher floor, as text.

    :param order: the floors, lowest first
    """
    height = {floor: number for number, floor in enumerate(order)}
    return [
        f"{module} imports {target}"
        for module, targets in sorted(graph.items())
        for target in sorted(targets)
        if height[floor_of(target)] > height[floor_of(module)]
    ]


def circles(graph: Graph) -> list[list[str]]:
    """Return the groups of names that import each other, directly or through others."""
    reached = {name: _reached(graph, name) for name in graph}
    together = {name: frozenset(other for other in reached[name] if name in reached[other]) for name in graph}
    return sorted(sorted(group) for group in set(together.values()) if group)


def _reached(graph: Graph, start: str) -> set[str]:
    seen: set[str] = set()
    waiting = list(graph[start])
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += graph[name]
    return seen
