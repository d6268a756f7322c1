# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Compiled expressions and their evaluation under all readings of the vendor's documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .compile import compile_tree
from .conversion import outcome
from .errors import ExpressionError, UnsupportedExpression
from .names import Names
from .open_semantics import Ambiguity, Interpreted, ReadingChooser, every_reading
from .request import Request
from .results import UNDEF, UNDETERMINED, UNKNOWN, Halt, Value
from .syntax import Binary, Node, parse, walk
from .typesystem import Boolean, Double, Number, Term

OLD_MAX_LENGTH = 1499  # guide 9.2, docs of 13.1: what every release accepts
MAX_COMBINATIONS = 1024

Evaluate = Callable[[Request], Value]


class Expression:
    """A compiled expression; `kind` is the type of its result: bool, num, double or text.

    `warnings` lists what an operator should know about its form.
    """

    def __init__(
        self, text: str, kind: str, followed: tuple[Interpreted[Evaluate], ...], warnings: tuple[str, ...]
    ) -> None:
        self.text = text
        self.kind = kind
        self.warnings = warnings
        self._likeliest = followed[0].result
        self._others = followed[1:]
        self._last: tuple[Request, tuple[Value, ...]] | None = None

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"

    def evaluate(self, request: Request) -> Value:
        """Return bool, str or a number; UNDEF; UNDETERMINED when an ambiguity decides the result."""
        value = self._likeliest(request)
        if value is UNKNOWN:
            return UNDETERMINED
        for other in self._others:
            if other.matters_for(request) and other.result(request) != value:
                return UNDETERMINED
        return value

    def possible(self, request: Request) -> tuple[Value, ...]:
        """Return all possible results, the likeliest first. For a condition UNDETERMINED is none of them."""
        # The banks ask for the same request several times, one after the other.
        last = self._last
        if last is None or last[0] is not request:
            last = self._last = (request, self._possible(request))
        return last[1]

    def _possible(self, request: Request) -> tuple[Value, ...]:
        result = self._likeliest(request)
        if not self._others and result is not UNKNOWN and result is not UNDETERMINED:
            return (result,)
        results = [result]
        results += [other.result(request) for other in self._others if other.matters_for(request)]
        unfolded = (value for result in results for value in self._unfolded(result))
        return tuple(dict.fromkeys(unfolded))

    def _unfolded(self, result: Value) -> tuple[Value, ...]:
        if result is UNKNOWN:
            return (False, True) if self.kind == "bool" else (UNDETERMINED,)
        if result is UNDETERMINED:
            return (False, True, UNDEF) if self.kind == "bool" else (UNDETERMINED, UNDEF)
        return (result,)


def compile_expression(
    text: str,
    names: Names = Names(),  # noqa: B008 -- immutable
    *,
    readings: Mapping[Ambiguity, str] | None = None,
    responses: bool = False,
) -> Expression:
    """Parse, check and compile an expression.

    `readings` settles any ambiguity (`LIKELIEST` all of them). `responses`: the expression may be about a response (HTTP.RES), which is UNDEF for a
    request without one. Raises ExpressionError for what the appliance would refuse, and
    UnsupportedExpression for language that the engine does not evaluate.
    """
    return compile_node(parse(text), names, text=text, readings=readings, responses=responses)


def compile_node(
    tree: Node,
    names: Names = Names(),  # noqa: B008 -- immutable
    *,
    text: str = "",
    readings: Mapping[Ambiguity, str] | None = None,
    responses: bool = False,
) -> Expression:
    """Compile a tree, or a part of one, as `compile_expression` does.

    :param text: of the tree, for errors and warnings
    """
    kinds: list[str] = []

    def build(chooser: ReadingChooser) -> Evaluate:
        term = outcome(compile_tree(tree, names, chooser, responses=responses), chooser, tree.column)
        kinds.append(_kind(term))
        return _guarded(term)

    followed: list[Interpreted[Evaluate]] = []
    try:
        for variant in every_reading(build, readings or {}):
            followed.append(variant)
            if len(followed) > MAX_COMBINATIONS:
                raise UnsupportedExpression("too many ambiguities: settle some of them with `readings`")
    except ExpressionError as error:
        raise error.within(text) from None
    except RecursionError:
        raise UnsupportedExpression("its named expressions are nested too deeply", expression=text) from None
    return Expression(text, kinds[0], tuple(followed), tuple(_warnings(text, tree)))


def _guarded(term: Term) -> Evaluate:
    """Return the evaluation; one that is given up (:mod:`bounded_search`) may end so although the term is not partial."""
    run = term.run

    def evaluate(request: Request) -> Value:
        try:
            value: Value = run(request)
        except Halt as halt:
            return halt.result
        return value

    return evaluate


def _kind(term: Term) -> str:
    if isinstance(term.type, Boolean):
        return "bool"
    if isinstance(term.type, Number):
        return "num"
    return "double" if isinstance(term.type, Double) else "text"


def _warnings(text: str, tree: Node) -> list[str]:
    warnings = []
    if len(text) > OLD_MAX_LENGTH:
        warnings.append(f"longer than {OLD_MAX_LENGTH} characters: older releases refuse it")
    if _mixes_and_or(tree):
        warnings.append("&& and || are mixed without parentheses: that && binds tighter is an assumption")
    return warnings


def _mixes_and_or(tree: Node) -> bool:
    return any(
        isinstance(node, Binary)
        and node.operator == "||"
        and any(isinstance(side, Binary) and side.operator == "&&" for side in (node.left, node.right))
        for node, _unused in walk(tree)
    )
