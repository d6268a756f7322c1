# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A call of a function in an expression: its target, its checked arguments, and the resulting term."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, TypeVar

from .conversion import plain_text, rendered
from .errors import ExpressionError, UnknownName
from .names import Names
from .open_semantics import Ambiguity, ReadingChooser
from .suggestions import did_you_mean
from .syntax import Character, Literal, Name, Node, Unary
from .syntax import Number as NumberNode
from .syntax import Text as TextNode
from .text import Lens, TextMode, lens
from .typesystem import Boolean, Header, Number, Run, Term, Text, Type

_T = TypeVar("_T", bound=Type)

MAX_TEXT_ARGUMENT = 255  # guide 9.2 p. 102

OnText = Callable[[str, Any], Any]
"""An operation on one text; the second argument is the request."""


class Instances(Enum):
    """The instances of a header that an operation uses (guide 9.2 p. 136-140, p. 172-174)."""

    LAST = auto()
    ANY = auto()  # true for any instance, never across two
    FIRST_HIT = auto()  # from last to first; the first that isn't None
    OPEN = auto()  # the last one or any: an ambiguity
    EACH = auto()  # a conversion of every instance, or of the last one: an ambiguity


@dataclass(frozen=True)
class Context:
    """The context on which the meaning of an expression depends besides its text."""

    names: Names
    chooser: ReadingChooser
    compile: Callable[[Node], Term]


class Call:
    """A call of a function. The methods that return arguments raise ExpressionError for an argument of another type."""

    def __init__(
        self,
        context: Context,
        name: str,
        column: int,
        arguments: tuple[Node, ...] | None,
        target: Term | None = None,
        instances: Instances = Instances.LAST,
    ) -> None:
        self.context = context
        self.chooser = context.chooser
        self.name = name
        self.column = column
        self.arguments = arguments or ()
        self._target = target
        self._instances = instances
        self._partial = target is not None and target.partial

    @property
    def target(self) -> Term:
        if self._target is None:
            raise TypeError(f"{self.name} is a prefix")
        return self._target

    def target_type(self, expected: type[_T]) -> _T:
        if not isinstance(self.target.type, expected):
            raise TypeError(f"{self.name} isn't a function of {self.target.type.name}")
        return self.target.type

    @property
    def mode(self) -> TextMode:
        return self.target_type(Text).mode

    def lens(self, *, fold_case: bool = True) -> Lens:
        return lens(self.mode, self.chooser, fold_case=fold_case)

    # Arguments

    def error(self, message: str, column: int | None = None) -> ExpressionError:
        return ExpressionError(f"{self.name}: {message}", column or self.column)

    def unknown(self, kind: str, name: str, known: Iterable[str]) -> UnknownName:
        """Return the error for a first argument that names something unknown."""
        message = f"{self.name}: there is no {kind} {name!r}{did_you_mean(name, known)}"
        return UnknownName(message, self.arguments[0].column, name=name)

    def expect(self, *counts: int) -> None:
        """Raise ExpressionError unless the number of arguments is one of these."""
        if len(self.arguments) not in counts:
            wanted = " or ".join(map(str, counts))
            raise self.error(f"takes {wanted} argument(s), not {len(self.arguments)}")

    def term(self, index: int) -> Term:
        term = self.context.compile(self.arguments[index])
        self._partial = self._partial or term.partial
        return term

    def text(self, index: int) -> Term:
        """Return a text argument."""
        node = self.arguments[index]
        if isinstance(node, TextNode) and len(node.value) > MAX_TEXT_ARGUMENT:
            raise self.error(f"a text argument has at most {MAX_TEXT_ARGUMENT} characters", node.column)
        term = self.term(index)
        if not isinstance(term.type, Text):
            raise self.error(f"takes text, not {term.type.name}", node.column)
        return plain_text(term, self.chooser)

    def rendered(self, index: int) -> Term:
        """Return an argument as text; other types are converted."""
        return rendered(self.term(index), self.chooser, self.arguments[index].column)

    def literal_text(self, index: int) -> str:
        node = self.arguments[index]
        if not isinstance(node, TextNode):
            raise self.error("takes a quoted text, not an expression", node.column)
        return node.value

    def number(self, index: int) -> Run:
        """Return a whole-number argument."""
        term = self.term(index)
        if not isinstance(term.type, Number):
            raise self.error(f"takes a number, not {term.type.name}", self.arguments[index].column)
        return term.run

    def boolean(self, index: int) -> Term:
        term = self.term(index)
        if not isinstance(term.type, Boolean):
            raise self.error(f"takes a condition, not {term.type.name}", self.arguments[index].column)
        return term

    def literal_number(self, index: int) -> int:
        node = self.arguments[index]
        sign = 1
        if isinstance(node, Unary) and node.operator == "-":
            node, sign = node.operand, -1
        if not isinstance(node, NumberNode) or not isinstance(node.value, int):
            raise self.error("takes a whole number", node.column)
        return sign * node.value

    def count(self, index: int) -> int:
        """Return a literal number of 0 or more."""
        number = self.literal_number(index)
        if number < 0:
            raise self.error("takes a number that isn't negative", self.arguments[index].column)
        return number

    def character(self, index: int) -> str:
        node = self.arguments[index]
        if not isinstance(node, Character):
            raise self.error("takes a character in single quotes", node.column)
        return node.value

    def keyword(self, index: int) -> str:
        """Return an unquoted word, in upper case."""
        node = self.arguments[index]
        if not isinstance(node, Name):
            raise self.error("takes an unquoted word", node.column)
        return node.name.upper()

    def literal(self, index: int, kind: str) -> str:
        """Return an unquoted literal of one kind: address, date, regex."""
        node = self.arguments[index]
        if not isinstance(node, Literal) or node.kind != kind:
            raise self.error(f"takes a literal {kind}", node.column)
        return node.value

    # Results

    def result(self, type_: _T, run: Run, *, partial: bool = False) -> Term:
        """Return the term of this call. It can raise Halt if its target, its arguments or the operation itself can."""
        return Term(type_, run, self._partial or partial)

    def each(
        self, type_: Type, operate: OnText, *, missing: Callable[[], Any] | None = None, partial: bool = False
    ) -> Term:
        """Return the term that applies an operation to the text of the target; for a header to the instances that it uses.

        `missing` makes the result when `operate` returns None for every text.
        """
        run = self.target.run
        if isinstance(self.target.type, Header):
            term = self.result(type_, self._over_instances(run, operate), partial=partial)
        else:
            term = self.result(type_, lambda request: operate(run(request), request), partial=partial)
        return term if missing is None else self._with_default(term, missing)

    def convert(self, convert: Callable[[str], str], mode: TextMode, *, partial: bool = False) -> Term:
        """Return the term of converted text. Whether a converted header still has all its instances is an ambiguity."""
        type_, run = self.target_type(Text), self.target.run
        if isinstance(type_, Header) and self.chooser.choose(Ambiguity.HEADER_CONVERSION) == "every_instance":
            kept = Header(mode, type_.header)
            return self.result(kept, lambda request: tuple(map(convert, run(request) or ("",))), partial=partial)
        return self.each(Text(mode), lambda text, _unused: convert(text), partial=partial)

    def _over_instances(self, values: Run, operate: OnText) -> Run:
        instances = self._instances
        if instances is Instances.OPEN:
            any_instance = self.chooser.choose(Ambiguity.HEADER_COMPARISON) == "any_instance"
            instances = Instances.ANY if any_instance else Instances.LAST
        if instances is Instances.ANY:
            return lambda request: any(operate(text, request) for text in values(request) or ("",))
        if instances is Instances.FIRST_HIT:

            def first_hit(request: Any) -> Any:
                hits = (operate(text, request) for text in reversed(values(request) or ("",)))
                return next((hit for hit in hits if hit is not None), None)

            return first_hit
        return lambda request: operate((values(request) or ("",))[-1], request)

    @staticmethod
    def _with_default(term: Term, missing: Callable[[], Any]) -> Term:
        run = term.run

        def with_default(request: Any) -> Any:
            value = run(request)
            return missing() if value is None else value

        return Term(term.type, with_default, term.partial)
