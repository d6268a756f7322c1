# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where the value of a Jinja template comes from: the environment, other variables, or its own text. It is read and never rendered. Pure.

What a template does not show (a file with a template in it, a plug-in that reads the environment itself) is not known here; the execution node compares
the values that it uses with its environment.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from types import UnionType
from typing import Any

from jinja2 import Environment, TemplateError, nodes

MARKS = ("{{", "{%")
LOOKUPS = ("lookup", "query", "q")
OF_FILES = ("file", "unvault")
"""The look-ups whose arguments are paths: what these are made of is not in the value."""
OF_COMMANDS = ("pipe", "lines")
OF_VARIABLES = ("vars", "varnames")
_WHOLE = ("vars", "hostvars")
"""The variables of Ansible that have all others in them."""
_IN_COMMANDS = re.compile(r"\$\{?[A-Za-z_]|\bprintenv\b|\benv\b|/proc/")
_IN_PATHS = re.compile(r"/proc/|\benviron\b")
"""What reads the environment, in a command of the look-up ``pipe`` and in the path of a file."""
_PASSES_ON = (
    "default",
    "d",
    "ternary",
    "format",
    "combine",
    "join",
    "coalesce",
    "replace",
    "regex_replace",
    "zip",
    "union",
)
"""The filters whose arguments may be in the value."""
ParsedNode = nodes.Node


@dataclass(frozen=True)
class Reference:
    """A variable in a template.

    :ivar keys: the keys below it, as far as they are known; None for one that is only known when it is rendered
    """

    name: str
    keys: tuple[str | None, ...] = ()


@dataclass(frozen=True)
class Sources:
    """What a template is made of.

    :ivar is_environment: it looks into the environment, or may do so
    :ivar named: the names in it that may be variables, but for what only makes a path
    :ivar names_any: it may use each variable that there is
    :ivar values: the variables whose value may be in its value
    :ivar is_text: its value is text of the template itself, or may be
    """

    is_environment: bool = False
    named: frozenset[str] = frozenset()
    names_any: bool = False
    values: frozenset[Reference] = frozenset()
    is_text: bool = False


UNREADABLE = Sources(is_text=True)


@lru_cache(maxsize=4096)
def sources_of(text: str) -> Sources:
    """Return what a template is made of. One that cannot be parsed counts as its text."""
    if not any(mark in text for mark in MARKS):
        return Sources(is_text=bool(text))
    try:
        tree = Environment().parse(text)  # noqa: S701 -- it is not rendered
    except (TemplateError, RecursionError):
        return UNREADABLE
    seen = [*_seen(tree)]
    values = [*_values(tree)]
    return Sources(
        is_environment=any(map(_is_environment, seen)) or _hides_a_lookup(tree),
        named=frozenset(_names(seen)),
        names_any=any(map(_names_any, seen)) or _uses_all(tree),
        values=frozenset(value for value in values if isinstance(value, Reference)),
        is_text=any(isinstance(value, str) for value in values) or not _has_expression(tree),
    )


def _has_expression(tree: ParsedNode) -> bool:
    return any(
        not isinstance(part, nodes.TemplateData) for output in tree.find_all(nodes.Output) for part in output.nodes
    )


def _plugin(call: ParsedNode) -> str | None:
    """Return the plug-in of a look-up without its collection; "" where it is only known when it is rendered, None for another call."""
    if not isinstance(call, nodes.Call) or not isinstance(call.node, nodes.Name) or call.node.name not in LOOKUPS:
        return None
    first = call.args[0] if call.args else None
    return first.value.rpartition(".")[2] if isinstance(first, nodes.Const) and isinstance(first.value, str) else ""


def _seen(node: ParsedNode) -> Iterator[ParsedNode]:
    """Yield the nodes of a template, but for the arguments of look-ups of files."""
    yield node
    if _plugin(node) not in OF_FILES:
        for child in node.iter_child_nodes():
            yield from _seen(child)


# -- the environment -----------------------------------------------------------------------------------------------------


def _is_environment(node: ParsedNode) -> bool:
    plugin = _plugin(node)
    if plugin is not None:
        reads = _IN_COMMANDS if plugin in OF_COMMANDS else _IN_PATHS if plugin in OF_FILES else None
        texts = map(_text, node.find_all(nodes.Const)) if reads else ()
        return plugin in ("", "env") or any(reads is not None and reads.search(text) for text in texts)
    if isinstance(node, nodes.Filter):
        return node.name.rpartition(".")[2] == "expandvars"
    return _name_in(node) == "ansible_env" or _is_environment_of_facts(node)


def _name_in(node: ParsedNode | None) -> str:
    """Return the name that a node may stand for: a variable, a key, or a text such as that of ``lookup('vars', 'name')``; "" for none."""
    if isinstance(node, nodes.Name):
        return node.name
    return _text(node) if isinstance(node, nodes.Const) else (_key(node) or "") if node is not None else ""


def _is_environment_of_facts(node: ParsedNode) -> bool:
    """Return True for ``ansible_facts.env``, of another host too, and for ``ansible_facts.get('env')``."""
    if isinstance(node, nodes.Call) and _key(node.node) == "get" and node.args:
        return _name_in(node.args[0]) == "env" and _name_in(_base(node.node)) == "ansible_facts"
    return _key(node) == "env" and _name_in(_base(node)) == "ansible_facts"


def _hides_a_lookup(tree: ParsedNode) -> bool:
    """Return True if a function of look-ups is used without being called: as a value it can be called with anything."""
    called = {id(call.node) for call in tree.find_all(nodes.Call)}
    return any(
        name.name in LOOKUPS and name.ctx == "load" and id(name) not in called for name in tree.find_all(nodes.Name)
    )


# -- names ---------------------------------------------------------------------------------------------------------------


def _names(seen: Iterable[ParsedNode]) -> Iterator[str]:
    """Yield what may be the name of a variable: names, attributes, and texts such as that of ``lookup('vars', 'name')``."""
    for node in seen:
        if isinstance(node, nodes.Name):
            yield node.name
        elif isinstance(node, nodes.Getattr):
            yield node.attr
        elif isinstance(node, nodes.Const) and isinstance(node.value, str):
            yield node.value


def _names_any(node: ParsedNode) -> bool:
    """Return True for a look-up of variables whose names are only known when it is rendered."""
    return _plugin(node) in OF_VARIABLES and any(
        not isinstance(argument, nodes.Const)
        for argument in node.args[1:]  # type: ignore[attr-defined]
    )


def _uses_all(tree: ParsedNode) -> bool:
    """Return True if ``vars`` or ``hostvars`` is used otherwise than for one variable with a known name."""
    exact = {id(found) for node in tree.find_all((nodes.Getattr, nodes.Getitem)) if (found := _whole_below(node))}
    return any(name.name in _WHOLE and id(name) not in exact for name in tree.find_all(nodes.Name))


def _whole_below(node: ParsedNode) -> ParsedNode | None:
    """Return the name ``vars`` or ``hostvars`` of ``vars['name']`` or ``hostvars[host].name``."""
    below = _base(node)
    if _key(node) is None or below is None:
        return None
    if isinstance(below, nodes.Name):
        return below if below.name == "vars" else None
    whole = _base(below)
    return whole if isinstance(whole, nodes.Name) and whole.name == "hostvars" else None


# -- values --------------------------------------------------------------------------------------------------------------


def _values(node: ParsedNode) -> Iterator[Reference | str]:
    """Yield what may be in the value of a part of a template: variables and constant texts."""
    if isinstance(node, nodes.Const):
        if text := _text(node):
            yield text
    elif isinstance(node, nodes.Name | nodes.Getattr | nodes.Getitem):
        yield from _reference(node)
    elif isinstance(node, nodes.Call) and _plugin(node) in OF_VARIABLES:
        yield from (Reference(text) for text in map(_text, node.args[1:]) if text)
    else:
        passed = next((passed for kind, passed in _PASSED if isinstance(node, kind)), _children)
        for child in passed(node):
            yield from _values(child)


def _children(node: ParsedNode) -> Iterable[ParsedNode]:
    return node.iter_child_nodes()


def _statements(node: ParsedNode) -> Iterable[ParsedNode]:
    return [child for child in node.iter_child_nodes() if isinstance(child, nodes.Stmt)]


def _of_filter(node: Any) -> Iterable[ParsedNode]:
    passed = [*node.args, *(one.value for one in node.kwargs)] if node.name in _PASSES_ON else []
    return [*([node.node] if node.node is not None else []), *passed]


def _of_call(node: Any) -> Iterable[ParsedNode]:
    """Return the object of a method with its arguments, such as x and y of ``x.get('key', y)``; nothing for a look-up."""
    return [node.node.node, *node.args[1:]] if isinstance(node.node, nodes.Getattr) else []


def _of_parts(node: ParsedNode) -> Iterable[ParsedNode]:
    """Return the parts of a text that is put together; the constant ones where there are no others."""
    parts = [*node.iter_child_nodes()]
    return [part for part in parts if not isinstance(part, nodes.Const)] or parts


_PASSED: tuple[tuple[type[ParsedNode] | UnionType, Callable[[Any], Iterable[ParsedNode]]], ...] = (
    (nodes.Output, lambda node: [child for child in node.nodes if not isinstance(child, nodes.TemplateData)]),
    (nodes.Assign, lambda node: [node.node]),
    (nodes.For, lambda node: [node.iter, *_statements(node)]),
    (nodes.Stmt | nodes.Template, _statements),
    (nodes.Call, _of_call),
    (nodes.Filter, _of_filter),
    (nodes.CondExpr, lambda node: [one for one in (node.expr1, node.expr2) if one is not None]),
    (nodes.And | nodes.Or, _children),
    (nodes.Concat | nodes.BinExpr, _of_parts),
    (nodes.Compare | nodes.Test | nodes.Not, lambda _node: []),
)
"""By kind of a part, the parts of it whose value may be in its own; the first that fits counts."""


def _reference(node: ParsedNode) -> Iterator[Reference | str]:
    keys: list[str | None] = []
    while (below := _base(node)) is not None:
        keys.insert(0, _key(node))
        node = below
    if not isinstance(node, nodes.Name):
        yield from _values(node)
        return
    path = [node.name, *keys]
    before = {"vars": 1, "hostvars": 2}.get(node.name, 0)
    if len(path) > before and (name := path[before]) is not None:
        yield Reference(name, tuple(path[before + 1 :]))


def _base(node: ParsedNode) -> ParsedNode | None:
    return node.node if isinstance(node, nodes.Getattr | nodes.Getitem) else None


def _key(node: ParsedNode) -> str | None:
    """Return the key of a subscript or an attribute; None where it is only known when it is rendered."""
    if isinstance(node, nodes.Getattr):
        return node.attr
    return _text(node.arg) if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const) else None


def _text(node: ParsedNode) -> str:
    value = node.value if isinstance(node, nodes.Const) else None
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
