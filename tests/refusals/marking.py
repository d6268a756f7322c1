# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Import the engine so that each ``raise`` statement notes that it is reached.

A trace of all lines makes the tests several times slower; a note before each ``raise`` costs nothing.
"""

from __future__ import annotations

import ast
import hashlib
import importlib
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from tests.refusals.statements import ENGINE, PACKAGES

PREFIX = "ansible_collections.tourniquet.netscaler.plugins.plugin_utils."
_NOTE = "__reached__"
# For as long as this file, which is what the marks are made by, stays the same.
COMPILED = ENGINE.parents[1] / ".cache" / "refusals" / hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12]


class Marks(MetaPathFinder):
    """Finds the modules of the packages, and collects which of their ``raise`` statements are reached.

    :ivar reached: the module and the line of each
    """

    def __init__(self) -> None:
        self.reached: set[tuple[str, int]] = set()

    def install(self) -> None:
        """Import all modules now: once Ansible is imported, its own finder comes first."""
        sys.meta_path.insert(0, self)
        for package in PACKAGES:
            for path in sorted((ENGINE / package).rglob("*.py")):
                name = ".".join(path.relative_to(ENGINE).with_suffix("").parts).removesuffix(".__init__")
                module = importlib.import_module(PREFIX + name)
                assert isinstance(module.__loader__, _MarkingLoader), f"{name} was imported before"

    def remove(self) -> None:
        sys.meta_path.remove(self)

    def find_spec(self, name: str, path: Sequence[str] | None, _target: Any = None) -> ModuleSpec | None:
        inside = name.removeprefix(PREFIX).replace(".", "/")
        if not name.startswith(PREFIX) or not f"{inside}/".startswith(tuple(f"{package}/" for package in PACKAGES)):
            return None
        spec = PathFinder.find_spec(name, path)
        # A test may add a folder of its own to a package.
        if spec is not None and isinstance(spec.loader, SourceFileLoader) and _is_ours(spec.loader.path):
            spec.loader = _MarkingLoader(name, spec.loader.path, self.reached)
        return spec


def _is_ours(path: str) -> bool:
    return Path(path).resolve().is_relative_to(ENGINE.resolve())


class _MarkingLoader(SourceFileLoader):
    """Loads a module with a note before each ``raise``. What it has compiled is kept apart from what others load."""

    def __init__(self, name: str, path: str, reached: set[tuple[str, int]]) -> None:
        super().__init__(name, path)
        self.module = str(Path(path).resolve().relative_to(ENGINE))
        self.reached = reached

    def get_code(self, fullname: str) -> CodeType | None:
        others, sys.pycache_prefix = sys.pycache_prefix, str(COMPILED)
        try:
            return super().get_code(fullname)
        finally:
            sys.pycache_prefix = others

    def source_to_code(self, data: Any, path: Any, *, _optimize: int = -1) -> CodeType:
        tree = ast.fix_missing_locations(_Marking().visit(ast.parse(data)))
        return compile(tree, path, "exec", dont_inherit=True, optimize=_optimize)

    def exec_module(self, module: ModuleType) -> None:
        setattr(module, _NOTE, lambda line: self.reached.add((self.module, line)))
        super().exec_module(module)


class _Marking(ast.NodeTransformer):
    def visit_Raise(self, node: ast.Raise) -> list[ast.stmt]:
        note = ast.Expr(ast.Call(ast.Name(_NOTE, ast.Load()), [ast.Constant(node.lineno)], []))
        return [ast.copy_location(note, node), node]
