# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Plants a changed source of a module into the running process: the code of its functions, and its constants. No file is changed."""

from __future__ import annotations

import ast
import importlib
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from types import CodeType, FunctionType, ModuleType
from typing import Any

from tests.lies.packages import ENGINE

PREFIX = "ansible_collections.tourniquet.netscaler.plugins.plugin_utils."
OURS = (PREFIX.partition("plugins")[0], "tests.")


@dataclass(frozen=True)
class Lie:
    """A change of one place of a module.

    :ivar module: relative to the engine, such as ``judgement/course/loss.py``
    :ivar change: returns the changed tree of its source
    """

    name: str
    module: str
    change: Callable[[str], ast.Module]

    def plant(self) -> None:
        """Plant it, until this process ends.

        :raises ValueError: where nothing that runs would be other
        """
        module = loaded(self.module)
        source = (ENGINE / self.module).read_text(encoding="utf-8")
        before, after = ast.parse(source), self.change(source)
        constants = [one for one in _changed(before, after) if not isinstance(one, ast.FunctionDef | ast.ClassDef)]
        replaced = _plant_functions(module, _compiled(before, module), _compiled(after, module))
        for one in constants:
            _plant_constant(module, one)
        if not (replaced or constants):
            raise ValueError(f"{self.name}: nothing of {self.module} is changed")
        _forget()


def loaded(path: str) -> ModuleType:
    """Return a module of the engine by its path."""
    return importlib.import_module(PREFIX + path.removesuffix(".py").removesuffix("/__init__").replace("/", "."))


def text_changed(*changes: tuple[str, str]) -> Callable[[str], ast.Module]:
    """Return the change that exchanges texts of a source, each of which is in it once."""

    def changed(source: str) -> ast.Module:
        for old, new in changes:
            if source.count(old) != 1:
                raise ValueError(f"{source.count(old)} times in the source: {old}")
            source = source.replace(old, new)
        return ast.parse(source)

    return changed


def _changed(before: ast.Module, after: ast.Module) -> Iterator[ast.stmt]:
    """Yield the statements of a module that are other."""
    for old, new in zip(before.body, after.body, strict=True):
        if ast.dump(old) != ast.dump(new):
            yield new


def _compiled(tree: ast.Module, module: ModuleType) -> CodeType:
    return compile(tree, str(module.__file__), "exec")


def _codes(code: CodeType) -> dict[str, list[CodeType]]:
    """Return by qualified name the codes of the functions that are not inside another function."""
    found: dict[str, list[CodeType]] = defaultdict(list)
    for one in code.co_consts:
        if isinstance(one, CodeType):
            if one.co_flags & 0x2:  # CO_NEWLOCALS: a function
                found[one.co_qualname].append(one)
            else:
                for name, inside in _codes(one).items():
                    found[name] += inside
    return found


def _plant_functions(module: ModuleType, before: CodeType, after: CodeType) -> bool:
    old, new = _codes(before), _codes(after)
    changed = {
        name: (codes, new[name])
        for name, codes in old.items()
        if any(a != b for a, b in zip(codes, new[name], strict=True))
    }
    for function in functions(module):
        if function.__code__.co_qualname in changed:
            codes, others = changed[function.__code__.co_qualname]
            number = next(
                (n for n, one in enumerate(codes) if one.co_firstlineno == function.__code__.co_firstlineno), 0
            )
            function.__code__ = others[number]
    return bool(changed)


def functions(module: ModuleType) -> Iterator[FunctionType]:
    """Yield the functions and methods of a module, without decorators."""
    for value in [*vars(module).values()]:
        if isinstance(value, type) and value.__module__ == module.__name__:
            for inside in [*vars(value).values()]:
                yield from _unwrapped(inside, module)
        else:
            yield from _unwrapped(value, module)


def _unwrapped(value: Any, module: ModuleType) -> Iterator[FunctionType]:
    if isinstance(value, property):
        for one in (value.fget, value.fset):
            yield from _unwrapped(one, module)
    elif isinstance(value, cached_property):
        yield from _unwrapped(value.func, module)
    elif isinstance(value, staticmethod | classmethod) or hasattr(value, "__wrapped__"):
        yield from _unwrapped(value.__wrapped__, module)
    elif isinstance(value, FunctionType) and value.__module__ == module.__name__:
        yield value


def _plant_constant(module: ModuleType, statement: ast.stmt) -> None:
    """Evaluate a constant again, and give it to each module that has imported it."""
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    value: ast.expr | None = getattr(statement, "value", None)
    (target,) = targets
    if value is None or not isinstance(target, ast.Name):
        raise ValueError(f"it is no constant of one name: {ast.unparse(statement)[:60]}")
    old = vars(module)[target.id]
    new = eval(compile(ast.Expression(value), str(module.__file__), "eval"), vars(module))
    for other in [one for name, one in sys.modules.items() if name.startswith(OURS)]:
        if vars(other).get(target.id) is old:
            setattr(other, target.id, new)


def _forget() -> None:
    """Forget what functions of the engine with a cache have returned before, in each package: what one has made of a statement stands in another."""
    for name, module in [*sys.modules.items()]:
        if name.startswith(PREFIX):
            for value in [*vars(module).values()]:
                clear = getattr(value, "cache_clear", None)
                if callable(clear):
                    clear()
