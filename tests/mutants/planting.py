# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Plant a mutant into the running process: codes and defaults of functions, fields of classes, constants."""

from __future__ import annotations

import ast
import re
import sys
import warnings
from types import FunctionType, ModuleType
from typing import Any

from tests.lies.packages import ENGINE
from tests.lies.planted import PREFIX, Lie, functions, loaded

_PLAIN = (int, float, str, bytes, bool, tuple, frozenset, dict, list, set, re.Pattern, type(None), range)


def plant(path: str, changed: str) -> None:
    """Give a module what is other in a changed source, until this process ends.

    :raises ValueError: where nothing that runs would be other
    """
    module = loaded(path)
    codes = {id(one): one.__code__ for one in functions(module)}
    before = ast.parse((ENGINE / path).read_text(encoding="utf-8"))
    is_constant = any(
        ast.dump(old) != ast.dump(new) and not isinstance(new, ast.FunctionDef | ast.ClassDef)
        for old, new in zip(before.body, ast.parse(changed).body, strict=True)
    )
    done = is_constant
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)  # of `is` beside a text
            Lie("mutant", path, lambda _source: ast.parse(changed)).plant()
    except ValueError:
        done = False
    done = done or any(codes[id(one)] is not one.__code__ for one in functions(module) if id(one) in codes)
    if not done and not _plant_values(module, changed):
        raise ValueError(f"{path}: nothing is changed")
    forget()


def forget() -> None:
    """Forget what functions of the engine with a cache have returned before."""
    for module in [one for name, one in sys.modules.items() if name.startswith(PREFIX)]:
        for value in [*vars(module).values()]:
            if callable(clear := getattr(value, "cache_clear", None)):
                clear()


def _plant_values(module: ModuleType, changed: str) -> bool:
    """Take the defaults of functions and the plain fields of classes from the module of a changed source."""
    other = ModuleType(module.__name__)
    other.__dict__.update({name: vars(module)[name] for name in ("__file__", "__package__", "__spec__", "__loader__")})
    exec(compile(changed, str(module.__file__), "exec"), other.__dict__)
    found = False
    new = {(one.__qualname__, one.__code__.co_firstlineno): one for one in _every(other)}
    for one in _every(module):
        twin = new.get((one.__qualname__, one.__code__.co_firstlineno))
        if twin is None:
            continue
        pairs = [*zip(one.__defaults__ or (), twin.__defaults__ or (), strict=True)]
        named = {name: (old, (twin.__kwdefaults__ or {})[name]) for name, old in (one.__kwdefaults__ or {}).items()}
        if any(_differ(old, new) for old, new in [*pairs, *named.values()]):
            one.__defaults__ = tuple(_newer(*pair) for pair in pairs) or None
            one.__kwdefaults__, found = {name: _newer(*pair) for name, pair in named.items()} or None, True
    for name, value in [*vars(module).items()]:
        if isinstance(value, type) and value.__module__ == module.__name__ and isinstance(vars(other).get(name), type):
            found |= _plant_fields(value, vars(other)[name])
    return found


def _every(module: ModuleType) -> list[FunctionType]:
    made = [
        inside
        for value in vars(module).values()
        if isinstance(value, type) and value.__module__ == module.__name__
        for inside in vars(value).values()
        if isinstance(inside, FunctionType)  # what a dataclass makes
    ]
    return [*{id(one): one for one in [*functions(module), *made]}.values()]


def _differ(old: Any, new: Any) -> bool:
    return repr(old) != repr(new) and not any(" at 0x" in repr(each) for each in (old, new))


def _newer(old: Any, new: Any) -> Any:
    """Return the new value of a default; the old one where it is made anew by each import, as a function is."""
    return new if _differ(old, new) else old


def _plant_fields(old: type, new: type) -> bool:
    found = False
    for name, value in [*vars(new).items()]:
        if (
            not name.startswith("__")
            and isinstance(value, _PLAIN)
            and name in vars(old)
            and _differ(vars(old)[name], value)
        ):
            setattr(old, name, value)
            found = True
    return found
