# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Split a rule into clauses: which of them decides, and which facts of a request each needs.

A log holds little of a request. A clause that needs more may be TRUE, FALSE or UNDEF, and never counts as "does not match". The
other clauses are evaluated, so that a rule with a FALSE URL clause is FALSE whatever its cookie clause is.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ..policy_language import (
    UNDEF,
    UNDETERMINED,
    Expression,
    ExpressionError,
    Names,
    Request,
    Value,
    compile_expression,
)
from ..policy_language.syntax import Element, Name, Node, Text, Token, parse, tokens, walk
from .logged_request import AGENT, CLIENT, HOST, METHOD, REFERER, SESSION, VIP

UNRECORDED = "what no log has"
_OPEN: tuple[Value, ...] = (False, True, UNDEF)
_HEADERS = {"host": HOST, "user-agent": AGENT, "referer": REFERER}
# By the start of an expression, what it needs to know; None for what every log line has. The first that fits counts.
_NEEDS: tuple[tuple[str, str | None], ...] = (
    ("HTTP.REQ.URL", None),
    ("HTTP.REQ.METHOD", METHOD),
    ("HTTP.REQ.IS_VALID", None),
    ("HTTP.REQ.HOSTNAME", HOST),
    ("CLIENT.IP.SRC.MATCHES_LOCATION", UNRECORDED),
    ("CLIENT.IP.SRC", CLIENT),
    ("CLIENT.IP.DST", VIP),
    ("CLIENT.TCP.DSTPORT", VIP),
    ("CLIENT.SSLVPN", SESSION),
)
_ROOTS = frozenset(
    ("AAA", "ANALYTICS", "CLIENT", "CONNECTION", "DIAMETER", "DNS", "EXTEND", "HTTP", "ICA", "ICAP", "MSSQL", "MYSQL", "ORACLE",
     "RADIUS", "S", "Q", "SERVER", "SIP", "SMPP", "SUBSCRIBER", "SYS", "TARGET", "TEXT", "URL")
)  # fmt: skip


@dataclass(frozen=True)
class RecordedFacts(Request):
    """A recorded request for the expression engine. :ivar lacks: the facts that the log does not hold, in the words of a report"""

    lacks: frozenset[str] = frozenset()


class RecordedRule(Expression):
    """A rule whose result is open where the log lacks a fact that it needs.

    :ivar needs: the facts that its clauses need
    """

    def __init__(self, rule: Expression, names: Names) -> None:
        self.text, self.kind, self.warnings = rule.text, rule.kind, getattr(rule, "warnings", ())
        self._rule = rule
        try:
            self._clause: _Clause = _Reader(rule.text, names).read()
        except ExpressionError:  # a rule that the engine cannot read has no clauses
            self._clause = _Whole(rule, frozenset())
        self.needs = self._clause.needs

    def evaluate(self, request: Request) -> Value:
        possible = self.possible(request)
        return possible[0] if len(possible) == 1 else UNDETERMINED

    def possible(self, request: Request) -> tuple[Value, ...]:
        if not self.needs & _lacks(request):
            return self._rule.possible(request)
        found = self._clause.possible(request)
        return tuple(value for value in _OPEN if value in found)

    def deciding(self, request: Request) -> str:
        """Return the clauses that make the rule TRUE for a request, as text; the whole rule where no smaller part does."""
        return self._clause.deciding(request) or self.text


class _Clause(ABC):
    """A clause of a rule; ``text`` is its source text."""

    text: str
    needs: frozenset[str]

    @abstractmethod
    def possible(self, request: Request) -> set[Value]:
        """Return the possible results."""

    def deciding(self, request: Request) -> str:
        """Return the clauses that make it TRUE, or "" where it is not TRUE."""
        return self.text if True in self.possible(request) else ""


class _Whole(_Clause):
    def __init__(self, expression: Expression, needs: frozenset[str]) -> None:
        self.text, self._expression, self.needs = expression.text, expression, needs

    def possible(self, request: Request) -> set[Value]:
        return set(_OPEN) if self.needs & _lacks(request) else set(self._expression.possible(request))


class _Session(_Whole):
    """A clause that depends on the session. Where only the session is not known, it has the results of both states."""

    def possible(self, request: Request) -> set[Value]:
        if self.needs & _lacks(request) != {SESSION}:
            return super().possible(request)
        both = (_with_session(request, session) for session in (False, True))
        return {value for one in both for value in self._expression.possible(one)}


class _Not(_Clause):
    def __init__(self, text: str, inner: _Clause) -> None:
        self.text, self._inner, self.needs = text, inner, inner.needs

    def possible(self, request: Request) -> set[Value]:
        return {value if value is UNDEF else value is False for value in self._inner.possible(request)}


class _Row(_Clause):
    """A row of && or of ||.

    A decisive result on the left stays, whatever is on the right. After UNDEF on the left, UNDEF stays or the right side decides: both
    are possible.
    """

    def __init__(self, text: str, sides: Sequence[_Clause], *, decisive: bool) -> None:
        self.text, self._sides, self._decisive = text, sides, decisive
        self.needs = frozenset().union(*(side.needs for side in sides))

    def possible(self, request: Request) -> set[Value]:
        results: set[Value] = {not self._decisive}
        for side in self._sides:
            if not any(result is not self._decisive for result in results):
                break
            following = side.possible(request)
            results = {
                value
                for result in results
                for value in ((result,) if result is self._decisive or result is UNDEF else following)
            } | ({self._decisive} if UNDEF in results and self._decisive in following else set())
        return results

    def deciding(self, request: Request) -> str:
        reasons = [reason for side in self._sides if (reason := side.deciding(request))]
        if self._decisive:
            return reasons[0] if reasons else ""
        return " && ".join(reasons) if len(reasons) == len(self._sides) else ""


def _lacks(request: Request) -> frozenset[str]:
    return request.lacks if isinstance(request, RecordedFacts) else frozenset()


def _with_session(request: Request, session: bool) -> Request:
    return replace(request, is_sslvpn=session)


class _Reader:
    """Splits a rule at its outer !, && and ||."""

    def __init__(self, text: str, names: Names) -> None:
        self._text, self._names = text, names
        self._tokens = tokens(text)
        self._at = 0

    def read(self) -> _Clause:
        clause = self._row("OR", "AND")
        if self._at < len(self._tokens):  # ALT, or what this splitter does not know: one clause
            return self._leaf(0, len(self._tokens))
        return clause

    def _row(self, operator: str, inner: str) -> _Clause:
        start, sides = self._at, [self._next(inner)]
        while self._type() == operator:
            self._at += 1
            sides.append(self._next(inner))
        if len(sides) == 1:
            return sides[0]
        return _Row(self._between(start, self._at), sides, decisive=operator == "OR")

    def _next(self, inner: str) -> _Clause:
        return self._row("AND", "") if inner else self._side()

    def _side(self) -> _Clause:
        start = self._at
        negations = 0
        while self._type() == "NOT":
            negations += 1
            self._at += 1
        clause = self._group() or self._chain(start, negations)
        if isinstance(clause, _Whole) and clause.text == self._between(start, self._at):
            return clause
        for number in range(negations, 0, -1):
            clause = _Not(self._between(start + number - 1, self._at), clause)
        return clause

    def _group(self) -> _Clause | None:
        """Return the clause in parentheses, if only && and || follow it."""
        start = self._at
        if self._type() != "LPAR":
            return None
        self._at += 1
        clause = self._row("OR", "AND")
        if self._type() == "RPAR":
            self._at += 1
            if self._type() in ("AND", "OR", "RPAR", ""):
                return clause
        self._at = start
        return None

    def _chain(self, start: int, negations: int) -> _Clause:
        """Return the clause up to the next && or || on this level. A ! before a comparison belongs to its left side only."""
        first, depth, compares = self._at, 0, False
        while (type_ := self._type()) and not (depth == 0 and type_ in ("AND", "OR", "RPAR", "ALT")):
            depth += (type_ in ("LPAR", "LSQB")) - (type_ in ("RPAR", "RSQB"))
            compares = compares or (depth == 0 and type_ not in ("NAME", "DOT", "LPAR", "RPAR", "TEXT"))
            self._at += 1
        return self._leaf(start if negations and compares else first, self._at)

    def _leaf(self, start: int, end: int) -> _Clause:
        text = self._between(start, end)
        needs = frozenset(_needs(parse(text), self._names, 0))
        expression = compile_expression(text, self._names)
        return (_Session if SESSION in needs else _Whole)(expression, needs)

    def _type(self) -> str:
        return self._tokens[self._at].type if self._at < len(self._tokens) else ""

    def _between(self, start: int, end: int) -> str:
        piece: Sequence[Token] = self._tokens[start:end]
        return self._text[piece[0].start : piece[-1].end] if piece else ""


def _needs(tree: Node, names: Names, depth: int) -> Iterator[str]:
    """Yield the facts of a request that an expression needs."""
    if depth > 16:
        yield UNRECORDED
        return
    inner: set[int] = set()
    for node, _depth in walk(tree):
        if isinstance(node, Element):
            inner.add(id(node.target))
        if id(node) in inner and isinstance(node, Element | Name):
            continue  # the beginning of a longer chain, which was checked already
        chain = _chain_of(node)
        if not chain:
            continue
        root = chain[0]
        if root in _ROOTS:
            need = _need_of(chain, node)
            if need is not None:
                yield need
        elif (value := names.expression(root)) is not None:
            yield from _needs(parse(value), names, depth + 1)


def _chain_of(node: Node) -> list[str]:
    """Return the names of a chain, such as ``["HTTP", "REQ", "URL"]``; empty where it does not begin with a name."""
    parts: list[str] = []
    while isinstance(node, Element):
        parts.append(node.name.upper())
        node = node.target
    if not isinstance(node, Name):
        return []
    root = node.name.upper()
    return [root if root in _ROOTS else node.name, *reversed(parts)]


def _need_of(chain: Sequence[str], node: Node) -> str | None:
    text = ".".join(chain) + "."
    for start, need in _NEEDS:
        if text.startswith(start + "."):
            return need
    if text.startswith("HTTP.REQ.HEADER."):
        return _header(node)
    return UNRECORDED


def _header(node: Node) -> str:
    while isinstance(node, Element):
        if node.name.upper() == "HEADER" and node.arguments:
            name = node.arguments[0]
            return _HEADERS.get(name.value.lower(), UNRECORDED) if isinstance(name, Text) else UNRECORDED
        node = node.target
    return UNRECORDED
