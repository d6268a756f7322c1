# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Compile a syntax tree to a term: resolve names, check types, build closures."""

from __future__ import annotations

from collections.abc import Mapping

from . import classic, vocabulary
from .call import Call, Context
from .conversion import rendered
from .errors import ExpressionError, UnknownName, UnsupportedExpression
from .logic import logic
from .names import Names
from .open_semantics import ReadingChooser
from .operators import binary, unary
from .registry import FUNCTIONS, PREFIXES, RESPONSE_PREFIXES, Handler, find
from .suggestions import did_you_mean
from .syntax import Binary, Character, Element, Group, Literal, Name, Node, Unary, Variable, parse
from .syntax import Number as NumberNode
from .syntax import Text as TextNode
from .typesystem import Boolean, Double, Number, Term, Text, Type, Url

MOST_INSERTED = 100_000
"""The largest number of characters of the named expressions in a rule. Thirty of them, each with two of the next, would be a thousand million."""
EACH_INSERTED = 100
"""The characters that each of them counts besides its own."""


def compile_tree(node: Node, names: Names, chooser: ReadingChooser, *, responses: bool = False) -> Term:
    """Return the term of a whole expression, for the readings that `chooser` chooses.

    `responses`: the expression may be about a response.
    Raises ExpressionError, and UnsupportedExpression for language that the engine does not evaluate.
    """
    return _Compiler(names, chooser, RESPONSE_PREFIXES if responses else {}).term(node)


class _Compiler:
    def __init__(self, names: Names, chooser: ReadingChooser, more_prefixes: Mapping[str, Handler]) -> None:
        self._names = names
        self._more_prefixes = more_prefixes
        self._reader = chooser
        self._context = Context(names, chooser, self.term)
        self._inside: list[str] = []  # the named expressions that enclose the current node
        self._inserted = 0  # characters of named expressions so far

    def term(self, node: Node) -> Term:
        match node:
            case Group(inner=inner):
                return self.term(inner)
            case TextNode(value=value):
                return Term(Text(), lambda _unused: value, constant=value)
            case NumberNode(value=value):
                return Term(Double() if isinstance(value, float) else Number(), lambda _unused: value, constant=value)
            case Unary():
                return unary(node, self.term(node.operand))
            case Binary():
                return self._binary(node)
            case Name() | Element():
                return self._chain(node)
            case Variable(name=name):
                raise UnsupportedExpression(f"the variable ${name} isn't supported", node.column)
            case Literal(kind=kind):
                raise ExpressionError(f"a literal {kind} can't stand here", node.column)
            case Character():
                raise ExpressionError("a character can't stand here", node.column)
            case _:
                raise TypeError(f"unknown node {node!r}")

    # Chains: prefix.element.element...

    def _chain(self, node: Node) -> Term:
        elements: list[Element] = []
        while isinstance(node, Element):
            elements.append(node)
            node = node.target
        elements.reverse()
        if isinstance(node, Name):
            term, elements = self._root(node, elements)
        else:
            term = self.term(node)
        for element in elements:
            term = self._apply(term, element.name.upper(), element.column, element.arguments)
        return term

    def _root(self, root: Name, elements: list[Element]) -> tuple[Term, list[Element]]:
        """Return the term of the longest known prefix, and the elements after it."""
        word = root.name.upper()
        if word in {"TRUE", "FALSE"}:
            truth = word == "TRUE"
            return Term(Boolean(), lambda _unused: truth, constant=truth), elements
        path, prefix, length = word, "", 0
        for count, element in enumerate(elements, start=1):
            path = f"{path}.{element.name.upper()}"
            if path in PREFIXES or path in self._more_prefixes:
                prefix, length = path, count
            if element.arguments is not None:
                break
        if prefix:
            last = elements[length - 1]
            call = Call(self._context, prefix, last.column, last.arguments)
            handler = PREFIXES.get(prefix) or self._more_prefixes[prefix]
            return handler(call), elements[length:]
        if word in vocabulary.ROOTS:
            raise _unknown_prefix(root, elements)
        return self._named_expression(root), elements

    def _apply(self, target: Term, name: str, column: int, arguments: tuple[Node, ...] | None) -> Term:
        """Return the term of a function that follows a term."""
        found = find(target.type, name)
        if found is None:
            if name in vocabulary.FUNCTIONS or name.startswith(vocabulary.FUNCTION_BEGINNINGS):
                raise UnsupportedExpression(f"{target.type.name} {name} isn't supported", column)
            raise ExpressionError(f"{target.type.name} has no function {name}{_nearest(target.type, name)}", column)
        owner, function = found
        if owner is Text and isinstance(target.type, Url) and not function.keeps_type:
            target = rendered(target, self._reader)
        return function.handler(Call(self._context, name, column, arguments, target, function.instances))

    def _named_expression(self, node: Name) -> Term:
        name, word = node.name, node.name.upper()
        text = self._names.expression(name)
        if text is None:
            if word in vocabulary.BUILT_IN_EXPRESSIONS or (word.startswith("NS_EXT_") and word.endswith("_ADV")):
                raise UnsupportedExpression(f"the built-in expression {name} isn't published", node.column)
            known = (*self._names.expressions, *vocabulary.ROOTS)
            hint = f"; {classic.hint(name)}" if classic.is_classic_name(name) else did_you_mean(name, known)
            message = f"there is no named expression {name}{hint}"
            raise UnknownName(message, node.column, name=name)
        if word in self._inside:
            raise ExpressionError(f"the named expression {name} contains itself", node.column)
        self._inserted += EACH_INSERTED + len(text)
        if self._inserted > MOST_INSERTED:
            raise UnsupportedExpression("its named expressions are too long together", node.column)
        self._inside.append(word)
        try:
            return self.term(parse(text))
        except ExpressionError as error:
            raise error.behind(f"in the named expression {name}, column {error.column}", node.column) from None
        finally:
            self._inside.pop()

    # Operators

    def _row(self, node: Binary) -> Term:
        """Return one term for a row of the same `&&` or `||`, however long it is."""
        sides: list[Node] = [node.right]
        first = node.left
        while isinstance(first, Binary) and first.operator == node.operator:
            sides.append(first.right)
            first = first.left
        terms = [self.term(side) for side in (first, *reversed(sides))]
        for term in terms:
            if not isinstance(term.type, Boolean):
                raise ExpressionError(f"{node.operator} takes conditions, not {term.type.name}", node.column)
        return logic(node.operator, terms, self._reader)

    def _binary(self, node: Binary) -> Term:
        if node.operator in {"&&", "||"}:
            return self._row(node)
        left = self.term(node.left)
        if find(left.type, node.operator) is not None:
            # Text and addresses are compared by functions: `==` handles modes, header instances and literals as EQ does.
            return self._apply(left, node.operator, node.column, (node.right,))
        return binary(node, left, self.term(node.right), self._reader)


def _unknown_prefix(root: Name, elements: list[Element]) -> ExpressionError:
    path = root.name.upper()
    if path not in {"HTTP", "CLIENT", "SYS", "AAA"}:
        return UnsupportedExpression(f"{path} isn't supported{classic.hint_for_root(path)}", root.column)
    for element in elements:
        path = f"{path}.{element.name.upper()}"
        if path in vocabulary.PREFIXES:
            message = f"{path} (or what follows it) isn't supported{_classic_argument(path, element)}"
            return UnsupportedExpression(message, root.column)
        if element.arguments is not None:
            break
    if any(known.startswith(f"{path}.") for known in PREFIXES):
        return ExpressionError(f"{path} alone has no value", root.column)
    whole = ".".join([root.name, *(element.name for element in elements)]).upper()
    # The nearest prefix of the same length: the elements after a wrong one may be right.
    known = [".".join(prefix.split(".")[: path.count(".") + 1]) for prefix in PREFIXES]
    return ExpressionError(f"there is no prefix {whole}{did_you_mean(path, known)}", root.column)


def _nearest(type_: Type, name: str) -> str:
    """Return a hint: the most similar function of this type, else the types that have a function of this name."""
    own = {known for owner, known in FUNCTIONS if isinstance(type_, owner)}
    hint = did_you_mean(name, own)
    others = sorted({owner.name for owner, known in FUNCTIONS if known == name})
    return hint if hint or not others else f": it is one of {', '.join(others)}"


def _classic_argument(path: str, element: Element) -> str:
    """Return a hint with the replacement of SYS.EVAL_CLASSIC_EXPR("...")."""
    if path != "SYS.EVAL_CLASSIC_EXPR":
        return ""
    argument = element.arguments[0] if element.arguments else None
    written = classic.equivalent(argument.value) if isinstance(argument, TextNode) else ""
    return ": 13.1 removed it" + (f", write {written}" if written else "")
