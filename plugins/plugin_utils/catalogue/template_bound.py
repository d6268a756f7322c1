# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How large the output of a template can be, from its tree: computed before anything of it is rendered. Pure.

A template has texts, names, branches and joined texts, and each name is assigned once from what was there before. So each part of the tree has a largest
size, and the sum of all of them bounds the output, the memory and the time. What has no such size is refused.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from jinja2 import nodes

from ..foundation.errors import InvalidInput

MOST_DEPTH = 40
"""Levels of a tree. Deeper ones would reach the limits of the programs that read and compile it."""
LARGEST_OUTPUT = 256 * 1024
"""Characters of all parts of a template together: what it writes, what it keeps in names, and what it compares."""
LONGEST_VALUE = 255
"""Characters of a value that is given to a template: a name of NITRO has at most 127."""
LARGEST_NUMBER = 2**63
_FLAG = len("False")
_ALLOWED = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Assign, nodes.If),
    *(nodes.CondExpr, nodes.Concat, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not),
)
"""What such a template may use. Nothing in it calls, repeats or multiplies."""


class _Unbounded(Exception):
    """A part of a template that is not allowed.

    :ivar line: where it is
    """

    def __init__(self, node: nodes.Node, problem: str) -> None:
        super().__init__(problem)
        self.line = node.lineno


def require_bounded(tree: nodes.Template, given: Collection[str], where: str) -> None:
    """Check that the output of a template is bounded.

    :param given: the names that it is given
    :param where: the name of its file, for messages
    :raises InvalidInput: naming the line, and what is not allowed there
    """
    try:
        _require_allowed(tree)
        _Sizes(given).of_statements(tree.body)
    except _Unbounded as error:
        raise InvalidInput(
            f"{where}, line {error.line}: {error}; a template has texts, the names {', '.join(sorted(given))}, if, set and ~"
        ) from None


def _require_allowed(tree: nodes.Template) -> None:
    """Check the kind and the depth of each node, without recursion: the tree may be as deep as its text is long."""
    todo: list[tuple[nodes.Node, int]] = [(tree, 0)]
    while todo:
        node, depth = todo.pop()
        if not isinstance(node, _ALLOWED):
            raise _Unbounded(node, f"{type(node).__name__.lower()} is not allowed")
        # A chain of elif is a nested one to the compiler.
        if depth > MOST_DEPTH or (isinstance(node, nodes.If) and len(node.elif_) > MOST_DEPTH):
            raise _Unbounded(node, f"more than {MOST_DEPTH} levels are not allowed")
        todo += [(child, depth + 1) for child in reversed([*node.iter_child_nodes()])]


class _Sizes:
    """The largest size of each name, and of all parts that were looked at."""

    def __init__(self, given: Iterable[str]) -> None:
        self.given = frozenset(given)
        self.names = dict.fromkeys(self.given, LONGEST_VALUE)
        self.total = 0

    def of_statements(self, body: Iterable[nodes.Node]) -> None:
        """Take in some statements, in their order. Of branches, all count: more than what one of them needs."""
        for node in body:
            if isinstance(node, nodes.Output):
                for part in node.nodes:
                    self.size(part)
            elif isinstance(node, nodes.Assign):
                self._assign(node)
            elif isinstance(node, nodes.If):
                self.size(node.test)
                self.of_statements([*node.body, *node.elif_, *node.else_])
            else:
                raise _Unbounded(node, f"{type(node).__name__.lower()} is not allowed here")

    def _assign(self, node: nodes.Assign) -> None:
        if not isinstance(node.target, nodes.Name):
            raise _Unbounded(node, "set is allowed for one name")
        name = node.target.name
        if name in self.given:
            raise _Unbounded(node, f"{name} is given and not set")
        if any(part.name == name for part in _names(node.node)):
            raise _Unbounded(node, f"{name} is made of itself, so its size has no bound")
        if name in self.names:
            raise _Unbounded(node, f"{name} is set twice; each name is set once")
        self.names[name] = self.size(node.node)

    def size(self, node: nodes.Node) -> int:
        """Return the largest number of characters of the value of an expression, and count it.

        :raises _Unbounded: where it has no bound, or all parts together are too large
        """
        found = self._own_size(node)
        self.total += found
        if self.total > LARGEST_OUTPUT:
            raise _Unbounded(node, f"more than {LARGEST_OUTPUT:,} characters could be made up to here")
        return found

    def _own_size(self, node: nodes.Node) -> int:
        match node:
            case nodes.TemplateData():
                return len(node.data)
            case nodes.Const():
                return _size_of_constant(node)
            case nodes.Name():
                if node.name not in self.names:
                    raise _Unbounded(node, f"{node.name} is not allowed: it is neither given nor set before")
                return self.names[node.name]
            case nodes.Concat():
                return sum(map(self.size, node.nodes))
            case nodes.CondExpr():
                values = (node.expr1, *([node.expr2] if node.expr2 is not None else []))
                self.size(node.test)
                return max(map(self.size, values))
            case nodes.And() | nodes.Or():
                return max(self.size(node.left), self.size(node.right))
            case nodes.Not():
                self.size(node.node)
                return _FLAG
            case nodes.Compare():
                for part in (node.expr, *(operand.expr for operand in node.ops)):
                    self.size(part)
                return _FLAG
        raise _Unbounded(node, f"{type(node).__name__.lower()} is not allowed here")


def _names(node: nodes.Node) -> list[nodes.Name]:
    return [node] if isinstance(node, nodes.Name) else list(node.find_all(nodes.Name))


def _size_of_constant(node: nodes.Const) -> int:
    value = node.value
    if isinstance(value, str) and (value.isprintable() or value.isascii()):
        return len(value)
    if value is None or isinstance(value, bool) or (isinstance(value, int) and abs(value) < LARGEST_NUMBER):
        return len(str(value))
    raise _Unbounded(node, "a constant is a text, a whole number of at most 64 bits, true or false")
