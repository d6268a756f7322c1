# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The changes of which lies are drawn: each at one place of a function or of a constant of a module.

A statement gets untrue where a condition is turned, a bound is another one, a word is exchanged for another of the same kind, something is left out of what is
looked at or said, an order is turned, or two values are exchanged. No change is in an annotation, a decorator, a default, a docstring or a refusal.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from itertools import islice
from typing import Any

from tests.lies.packages import ENGINE, modules_of
from tests.lies.planted import Lie, loaded

Replaced = ast.AST | None
_NOT_EXECUTED = (ast.Raise, ast.Import, ast.ImportFrom, ast.arguments, ast.arg)
_OTHER: Mapping[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_TURNED: Mapping[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.Gt,
    ast.Gt: ast.Lt,
    ast.LtE: ast.GtE,
    ast.GtE: ast.LtE,
}
_CALLS = {"min": "max", "max": "min", "any": "all", "all": "any"}
_EMPTY: Mapping[str, ast.expr] = {
    "str": ast.Constant(""),
    "tuple": ast.Tuple([], ast.Load()),
    "list": ast.List([], ast.Load()),
    "dict": ast.Dict([], []),
    "int": ast.Constant(0),
}


@dataclass(frozen=True)
class Site:
    """A node and where it stands.

    :ivar number: in the order of the source
    :ivar returns: the annotation of the function that it is in; "" outside of one
    """

    number: int
    parent: ast.AST
    field: str
    index: int | None
    node: ast.AST
    function: str
    returns: str

    @property
    def lines(self) -> range:
        first = getattr(self.node, "lineno", 0)
        return range(first, getattr(self.node, "end_lineno", first) + 1)

    def replace(self, new: ast.AST) -> None:
        ast.copy_location(new, self.node)
        if self.index is None:
            setattr(self.parent, self.field, new)
        else:
            getattr(self.parent, self.field)[self.index] = new


@dataclass(frozen=True)
class Change:
    """A change of one site of a module."""

    module: str
    site: Site
    kind: str

    @property
    def name(self) -> str:
        return f"{self.module}:{self.site.lines[0]} {self.site.function or 'constant'} {self.kind} {ast.unparse(self.site.node)[:60]!r}"

    def order(self, seed: int) -> str:
        """Return its place in the sample of a seed, which it keeps while its function stays as it is."""
        text = f"{seed} {self.module} {self.site.function} {self.kind} {ast.dump(self.site.node)}"
        return hashlib.sha256(text.encode()).hexdigest()

    def lie(self) -> Lie:
        return Lie(self.name, self.module, self._changed)

    def _changed(self, source: str) -> ast.Module:
        tree = ast.parse(source)
        site = next(islice(sites(tree), self.site.number, None))
        new = KINDS[self.kind](site, vars(loaded(self.module)))
        assert new is not None
        site.replace(new)
        return ast.fix_missing_locations(tree)


@cache
def changes_of(package: str) -> tuple[Change, ...]:
    """Return all changes of a package."""
    return tuple(one for module in modules_of(package) for one in _changes(module))


def _changes(module: str) -> Iterator[Change]:
    tree, names = ast.parse((ENGINE / module).read_text(encoding="utf-8")), vars(loaded(module))
    for site in sites(tree):
        for kind, change in KINDS.items():
            if change(site, names) is not None:
                yield Change(module, site, kind)


def sites(tree: ast.Module) -> Iterator[Site]:
    """Yield the nodes of a module that can be changed."""
    for number, (site, *rest) in enumerate(_sites(tree, "", "")):
        assert not rest
        yield Site(number, *site)


def _sites(parent: ast.AST, function: str, returns: str) -> Iterator[tuple[Any, ...]]:
    if isinstance(parent, ast.FunctionDef):
        if parent.name in ("__repr__", "__hash__", "__eq__"):
            return
        function, returns = f"{function}.{parent.name}".lstrip("."), ast.unparse(parent.returns or ast.Constant(""))
    elif isinstance(parent, ast.ClassDef):
        function = f"{function}.{parent.name}".lstrip(".")
    for name, value in ast.iter_fields(parent):
        if name in (
            "annotation",
            "returns",
            "decorator_list",
            "type_comment",
            "format_spec",
            "bases",
            "keywords_of_class",
        ):
            continue
        for index, node in enumerate(value) if isinstance(value, list) else ((None, value),):
            if not isinstance(node, ast.AST) or isinstance(node, _NOT_EXECUTED):
                continue
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                continue
            is_field = isinstance(parent, ast.ClassDef) and not isinstance(node, ast.FunctionDef)
            is_main = isinstance(parent, ast.Module) and isinstance(node, ast.If | ast.Try | ast.Expr)
            if is_field or is_main:
                continue
            yield ((parent, name, index, node, function, returns),)
            yield from _sites(node, function, returns)


def _condition(site: Site) -> bool:
    return site.field in ("test", "ifs") and not isinstance(site.parent, ast.While | ast.Assert)


def _negated(site: Site, _names: Mapping[str, Any]) -> Replaced:
    return ast.UnaryOp(ast.Not(), site.node) if _condition(site) else None  # type: ignore[arg-type]


def _always(site: Site, _names: Mapping[str, Any]) -> Replaced:
    return ast.Constant(True) if _condition(site) else None


def _never(site: Site, _names: Mapping[str, Any]) -> Replaced:
    return ast.Constant(False) if _condition(site) else None


def _compared(others: Mapping[type[ast.cmpop], type[ast.cmpop]]) -> Callable[[Site, Mapping[str, Any]], Replaced]:
    def changed(site: Site, _names: Mapping[str, Any]) -> Replaced:
        node = site.node
        if not isinstance(node, ast.Compare) or len(node.ops) != 1 or type(node.ops[0]) not in others:
            return None
        return ast.Compare(node.left, [others[type(node.ops[0])]()], node.comparators)

    return changed


def _and_or(site: Site, _names: Mapping[str, Any]) -> Replaced:
    if not isinstance(site.node, ast.BoolOp):
        return None
    return ast.BoolOp(ast.Or() if isinstance(site.node.op, ast.And) else ast.And(), site.node.values)


def _without(first: bool) -> Callable[[Site, Mapping[str, Any]], Replaced]:
    def changed(site: Site, _names: Mapping[str, Any]) -> Replaced:
        if not isinstance(site.node, ast.BoolOp):
            return None
        values = site.node.values[1:] if first else site.node.values[:-1]
        return values[0] if len(values) == 1 else ast.BoolOp(site.node.op, values)

    return changed


def _number(by: int) -> Callable[[Site, Mapping[str, Any]], Replaced]:
    def changed(site: Site, _names: Mapping[str, Any]) -> Replaced:
        value = getattr(site.node, "value", None)
        if not isinstance(site.node, ast.Constant) or type(value) is not int or value + by < 0:
            return None
        return ast.Constant(value + by)

    return changed


def _word(site: Site, names: Mapping[str, Any]) -> Replaced:
    """Another word of the same kind: that which stands after it."""
    node = site.node
    if (
        not isinstance(node, ast.Attribute)
        or not isinstance(node.value, ast.Name)
        or not isinstance(node.ctx, ast.Load)
    ):
        return None
    words = names.get(node.value.id)
    if not (isinstance(words, type) and issubclass(words, Enum) and node.attr in words.__members__):
        return None
    members = [*words.__members__]
    if len(members) < 2:
        return None
    return ast.Attribute(node.value, members[(members.index(node.attr) + 1) % len(members)], ast.Load())


def _left_out(first: bool) -> Callable[[Site, Mapping[str, Any]], Replaced]:
    """The first or the last of what is gone through is not looked at."""

    def changed(site: Site, _names: Mapping[str, Any]) -> Replaced:
        node = site.node
        if site.field != "iter" or not isinstance(site.parent, ast.For | ast.comprehension):
            return None
        if "count(" in ast.unparse(node):  # which has no end
            return None
        part = ast.Slice(lower=ast.Constant(1)) if first else ast.Slice(upper=ast.UnaryOp(ast.USub(), ast.Constant(1)))
        return ast.Subscript(ast.List([ast.Starred(node, ast.Load())], ast.Load()), part, ast.Load())  # type: ignore[arg-type]

    return changed


def _call(site: Site, _names: Mapping[str, Any]) -> Replaced:
    node = site.node
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
        return None
    if node.func.id == "sorted":
        backwards = ast.Slice(step=ast.UnaryOp(ast.USub(), ast.Constant(1)))
        return ast.Subscript(node, backwards, ast.Load())
    if node.func.id in _CALLS:
        return ast.Call(ast.Name(_CALLS[node.func.id], ast.Load()), node.args, node.keywords)
    return None


def _end(site: Site, _names: Mapping[str, Any]) -> Replaced:
    node = site.node
    if not isinstance(node, ast.Subscript) or not isinstance(node.ctx, ast.Load):
        return None
    index = ast.unparse(node.slice)
    if index not in ("0", "-1"):
        return None
    other = ast.Constant(0) if index == "-1" else ast.UnaryOp(ast.USub(), ast.Constant(1))
    return ast.Subscript(node.value, other, ast.Load())


def _arithmetic(site: Site, _names: Mapping[str, Any]) -> Replaced:
    node = site.node
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Add | ast.Sub):
        return None
    return ast.BinOp(node.left, ast.Add() if isinstance(node.op, ast.Sub) else ast.Sub(), node.right)


def _nothing(site: Site, _names: Mapping[str, Any]) -> Replaced:
    """Nothing is returned."""
    if not isinstance(site.parent, ast.Return) or site.field != "value" or not site.returns:
        return None
    if site.returns == "bool":
        return ast.UnaryOp(ast.Not(), site.node)  # type: ignore[arg-type]
    if site.returns.endswith("| None") and ast.unparse(site.node) != "None":
        return ast.Constant(None)
    empty = _EMPTY.get(site.returns.partition("[")[0])
    return None if empty is None or ast.unparse(empty) == ast.unparse(site.node) else empty


def _unsaid(site: Site, _names: Mapping[str, Any]) -> Replaced:
    """What would be added to what is said is left out."""
    node = site.node
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Yield | ast.YieldFrom):
        return ast.Expr(ast.YieldFrom(ast.Tuple([], ast.Load())))
    if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add):
        return ast.Pass()
    return None


def _exchanged(site: Site, _names: Mapping[str, Any]) -> Replaced:
    """The first two values of a call are exchanged."""
    node = site.node
    if not isinstance(node, ast.Call) or len(node.args) < 2:
        return None
    if not all(isinstance(one, ast.Name | ast.Attribute) for one in node.args[:2]):
        return None
    if ast.unparse(node.func) in ("isinstance", "getattr", "hasattr", "cast", "replace", "issubclass"):
        return None
    return ast.Call(node.func, [node.args[1], node.args[0], *node.args[2:]], node.keywords)


KINDS: Mapping[str, Callable[[Site, Mapping[str, Any]], Replaced]] = {
    "turned condition": _negated,
    "always": _always,
    "never": _never,
    "other comparison": _compared(_OTHER),
    "turned comparison": _compared(_TURNED),
    "and for or": _and_or,
    "without its first part": _without(first=True),
    "without its last part": _without(first=False),
    "one more": _number(1),
    "one less": _number(-1),
    "another word": _word,
    "first left out": _left_out(first=True),
    "last left out": _left_out(first=False),
    "other order": _call,
    "other end": _end,
    "plus for minus": _arithmetic,
    "nothing returned": _nothing,
    "not said": _unsaid,
    "exchanged": _exchanged,
}
