# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Requests that make a rule TRUE and are still attacks: an attacker chooses the header, the host name, a piece of the URL or the moment. Pure.

From an attack requests are made, as the conditions of the rule ask for them one after the other; each of them is then evaluated whole. What no
request shows (address and port of the client, its certificate, the time) is assumed to be as the rule asks for: some client is so at some time.
Likewise requests for which a rule has no result, UNDEF. A condition that nobody here can make true, such as a regular expression, is assumed too, and the
answer is open then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from ..policy_language import UNDEF, Expression, ExpressionError, Names, Request, compile_node
from ..policy_language.syntax import Binary, Element, Group, Name, Node, Number, Text, Unary, parse, walk

MOST_STATES = 48
"""The largest number of requests that are followed at a time; where there are more, the answer is open unless one of them shows it."""
MOST_WORK = 400_000
"""Conditions that are looked at for all rules of an appliance, one for each request that is followed; after that the answer is open."""
MOST_LEVELS = 16
"""The most named expressions inside each other that are followed."""
MOST_PATTERNS = 4
"""The patterns of a set that are tried: an attacker takes any."""
OTHER = "other.example"
_WITHOUT_RESULT = frozenset(
    ("TYPECAST_NUM_T", "TYPECAST_IP_ADDRESS_AT", "B64DECODE", "COUNT", "DIV", "PORT", "MAP_STRING")
)
"""The functions that have no result for some texts or numbers."""
_OF_A_VSERVER = frozenset(("LB_VSERVER", "CS_VSERVER"))
"""What has no result where the request is for no such virtual server."""
_TOO_MANY = 16
"""The instances of a header of which COUNT has no result (guide 9.2 p. 130)."""
_OF_THE_CLIENT = (
    "CLIENT.IP",
    "CLIENT.IPV6",
    "CLIENT.TCP",
    "CLIENT.UDP",
    "CLIENT.VLAN",
    "CLIENT.ETHER",
    "CLIENT.INTERFACE",
)
_FREE = (*_OF_THE_CLIENT, "CLIENT.SSL", "CLIENT.CERT", "SYS.TIME", "SYS.RANDOM", "HTTP.REQ.USER", "AAA.USER")
"""What no attack fixes: whose it is, through which port it comes, and when."""
_SOURCE = ("CLIENT.IP.SRC", "CLIENT.IPV6.SRC")
_FROM = frozenset(f"{source}.{test}" for source in _SOURCE for test in ("EQ", "IN_SUBNET", "EQUALS_ANY"))
"""The conditions on the address of a client that the ends of their networks and sets decide."""
_PLAIN = frozenset(
    (
        *("HTTP", "REQ", "URL", "PATH", "PATH_AND_QUERY", "QUERY", "HEADER", "HOSTNAME", "METHOD", "COOKIE"),
        *("SET_TEXT_MODE", "DECODE_USING_TEXT_MODE", "TO_LOWER", "TO_UPPER"),
    )
)
"""The functions behind which a text that is looked for stays as it is in the request."""
_COMPARED = ("EQ", "STARTSWITH", "ENDSWITH", "CONTAINS", "EXISTS")
_SETS = tuple(f"{name}_ANY" for name in ("EQUALS", "STARTSWITH", "ENDSWITH", "CONTAINS"))


class Holds(StrEnum):
    """Can a rule be TRUE for an attack?"""

    YES = "yes"
    NO = "no"
    OPEN = "open"


@dataclass(frozen=True)
class Chosen:
    """The answer, with the request that shows it.

    :ivar request: None where none was found
    """

    holds: Holds
    request: Request | None = None


@dataclass(frozen=True)
class _State:
    """A request, and what is assumed beside it.

    :ivar assumed: by condition of the rule, its value where no request decides it
    :ivar is_open: a condition is assumed that depends on the request
    """

    request: Request
    assumed: tuple[tuple[Node, object], ...] = ()
    is_open: bool = False


@dataclass
class AttackChooser:
    """Finds attacks for which rules are TRUE.

    :ivar names: the sets and named expressions of the appliance
    :ivar clients: the addresses from which an attack may come, where ours stops chosen addresses alone; none where that cannot be said of any. None where
        ours stops it whoever sends it
    :ivar was_limited: there were more requests than could be followed
    :ivar work: how many conditions may still be looked at, for all rules
    """

    names: Names
    clients: Sequence[str] | None = None
    work: int = MOST_WORK
    _compiled: dict[tuple[Node, bool], Expression | None] = field(default_factory=dict)
    was_limited: bool = False

    def may_go_on(self, work: int = 1) -> bool:
        """Take some work from what is left, and return False once there is none: a rule of 8 KB can ask for more than a day."""
        self.work -= work
        self.was_limited = self.was_limited or self.work < 0
        return self.work >= 0

    def choose(self, rule: str, attacks: Iterable[Request]) -> Iterator[Chosen]:
        """Yield attacks for which a rule is TRUE, those that are sure first of each; nothing where it can be TRUE for none.

        The caller says which of them are still attacks.
        """
        yield from self._chosen(rule, True, "", attacks)

    def choose_undefined(self, rule: str, attacks: Iterable[Request]) -> Iterator[Chosen]:
        """Yield likewise attacks for which a rule is UNDEF."""
        if self.may_be_undefined(rule):
            yield from self._chosen(rule, UNDEF, "", attacks)

    def choose_unanswered(self, rule: str, target: str, attacks: Iterable[Request]) -> Iterator[Chosen]:
        """Yield likewise attacks for which a rule is TRUE, and the text of its action is UNDEF."""
        if self.may_be_undefined(target):
            yield from self._chosen(rule, True, target, attacks)

    def may_be_undefined(self, text: str) -> bool:
        """Return True if an expression has a function in it that has no result for some requests, or cannot be read."""
        try:
            return self._may_be_undefined(parse(text), 0)
        except ExpressionError:
            return True

    def _may_be_undefined(self, tree: Node, level: int) -> bool:
        for node, _depth in walk(tree):
            if isinstance(node, Binary) and node.operator in ("/", "%"):
                return True
            if isinstance(node, Element | Name) and node.name.upper() in _WITHOUT_RESULT | _OF_A_VSERVER:
                return True
            inner = self._named(node.name, level) if isinstance(node, Name) else None
            if inner is not None and self._may_be_undefined(inner, level + 1):
                return True
        return False

    def _chosen(self, rule: str, wanted: object, target: str, attacks: Iterable[Request]) -> Iterator[Chosen]:
        """:param target: what is UNDEF beside the rule, where there is one"""
        try:
            tree, text = parse(rule), parse(target) if target else None
        except ExpressionError:
            yield Chosen(Holds.OPEN)
            return
        self.was_limited = False
        for attack in attacks:
            states = self._solve(tree, wanted, [_State(attack)], 0)
            if text is not None:
                states = self._few([made for state in states for made in self._made(text, UNDEF, state)])
            for state in states:
                values = self._values(tree, state, 0)
                if wanted is UNDEF:  # by some reading of && and || it is, although one side decides
                    values |= self._results(tree, state) & {UNDEF}
                without = {UNDEF} if text is None else self._results(text, state, is_condition=False)
                if wanted in values and UNDEF in without:
                    sure = values == {wanted} and without == {UNDEF} and not state.is_open
                    yield Chosen(Holds.YES if sure else Holds.OPEN, state.request)
        if self.was_limited:
            yield Chosen(Holds.OPEN)

    # -- which requests make it so --------------------------------------------------------------------------------------

    def _solve(self, node: Node, wanted: object, states: list[_State], level: int) -> list[_State]:
        """Return states in which a node may have a value: TRUE, FALSE, or UNDEF."""
        if not self.may_go_on(len(states)):
            return []
        match node:
            case Group(inner=inner):
                return self._solve(inner, wanted, states, level)
            case Unary(operator="!", operand=inner):
                return self._solve(inner, _negated(wanted), states, level)
            case Element(target=inner, name=name, arguments=None) if name.upper() == "NOT":
                return self._solve(inner, _negated(wanted), states, level)
            case Binary(operator="&&" | "||" as operator, left=left, right=right) if wanted is UNDEF:
                begun = self._solve(left, operator == "&&", states, level)  # which leaves it to the right side
                return self._few([*self._solve(left, UNDEF, states, level), *self._solve(right, UNDEF, begun, level)])
            case Binary(operator="&&" | "||" as operator, left=left, right=right):
                if (operator == "&&") is wanted:
                    return self._solve(right, wanted, self._solve(left, wanted, states, level), level)
                return self._few(
                    [*self._solve(left, wanted, states, level), *self._solve(right, wanted, states, level)]
                )
            case Name(name=name) if (inner_tree := self._named(name, level)) is not None:
                return self._solve(inner_tree, wanted, states, level + 1)
        return self._few([made for state in states for made in self._made(node, wanted, state)])

    def _few(self, states: list[_State]) -> list[_State]:
        found = list(dict.fromkeys(states))
        self.was_limited = self.was_limited or len(found) > MOST_STATES
        return found[:MOST_STATES]

    def _made(self, node: Node, wanted: object, state: _State) -> Iterator[_State]:
        """Yield states in which a condition may have a value; those that a request shows come first."""
        if not isinstance(wanted, bool):
            yield from self._without_result(node, state)
            return
        chain = _chain(node)
        if self.clients is not None and chain.startswith(_SOURCE):
            yield from self._sent_by(node, wanted, state)
            return
        if any(chain == root or chain.startswith(f"{root}.") for root in _FREE):
            yield replace(state, assumed=(*state.assumed, (node, wanted)))
            return
        yield state
        for request in _requests(node, chain, wanted, state.request, self.names):
            if request != state.request:
                yield replace(state, request=request)
        if not _is_understood(node, chain):
            yield replace(state, assumed=(*state.assumed, (node, wanted)), is_open=True)

    def _without_result(self, node: Node, state: _State) -> Iterator[_State]:
        """Yield states in which a condition, or a text, may be UNDEF."""
        if not self._may_be_undefined(node, 0):
            return
        names = {one.name.upper() for one, _depth in walk(node) if isinstance(one, Element | Name)}
        if not names & _OF_A_VSERVER:
            yield state
            for header in dict.fromkeys(_headers_of(node)):
                yield from (replace(state, request=one) for one in _senseless(state.request, header))
        yield replace(state, assumed=(*state.assumed, (node, UNDEF)), is_open=True)

    def _sent_by(self, node: Node, wanted: bool, state: _State) -> Iterator[_State]:
        """Yield states in which a condition on the address of the client may have a value."""
        compiled = self._compile(node) if self.clients and _chain(node) in _FROM else None
        sent = [replace(state, request=replace(state.request, client_ip=one)) for one in self.clients or ()]
        known = [compiled.possible(one.request) for one in sent] if compiled is not None else []
        yield from (one for one, values in zip(sent, known, strict=False) if values == (wanted,))
        if not known or any(len(values) != 1 for values in known):
            yield replace(state, assumed=(*state.assumed, (node, wanted)), is_open=True)

    def _named(self, name: str, level: int) -> Node | None:
        text = self.names.expression(name) if level < MOST_LEVELS else None
        try:
            return None if text is None else parse(text)
        except ExpressionError:
            return None

    # -- which value it has then -----------------------------------------------------------------------------------------

    def _values(self, node: Node, state: _State, level: int) -> set[object]:
        """Return the possible values of a node for a request."""
        if not self.may_go_on():
            return {True, False}
        match node:
            case Group(inner=inner):
                return self._values(inner, state, level)
            case Unary(operator="!", operand=inner):
                return {_negated(value) for value in self._values(inner, state, level)}
            case Element(target=inner, name=name, arguments=None) if name.upper() == "NOT":
                return {_negated(value) for value in self._values(inner, state, level)}
            case Binary(operator="&&" | "||" as operator, left=left, right=right):
                decisive = operator == "||"
                first, second = self._values(left, state, level), self._values(right, state, level)
                if first == {decisive} or second == {decisive}:
                    return {decisive}
                return {_joined(one, other, decisive) for one in first for other in second}
            case Name(name=name) if (inner_tree := self._named(name, level)) is not None:
                return self._values(inner_tree, state, level + 1)
        return self._results(node, state)

    def _results(self, node: Node, state: _State, *, is_condition: bool = True) -> set[object]:
        """Return the possible values of a condition, or of a text, for a request."""
        assumed = dict(state.assumed)
        if node in assumed:
            return {assumed[node]}
        compiled = self._compile(node, is_condition=is_condition)
        return {True, False} if compiled is None else set(compiled.possible(state.request))

    def _compile(self, node: Node, *, is_condition: bool = True) -> Expression | None:
        """Return a condition, or a text; None where the engine cannot read it."""
        key = node, is_condition
        if key not in self._compiled:
            try:
                found = compile_node(node, self.names)
            except ExpressionError:
                found = None
            self._compiled[key] = found if found is not None and (found.kind == "bool" or not is_condition) else None
        return self._compiled[key]


def _negated(value: object) -> object:
    return not value if isinstance(value, bool) else value


def _joined(one: object, other: object, decisive: bool) -> object:
    if decisive in (one, other):
        return decisive
    return one if not isinstance(one, bool) else other


def _chain(node: Node) -> str:
    """Return the names of a condition from the left, in upper case: `HTTP.REQ.URL.STARTSWITH`."""
    match node:
        case Name(name=name):
            return name.upper()
        case Element(target=target, name=name):
            return f"{_chain(target)}.{name.upper()}"
        case Binary(left=left):
            return _chain(left)
        case Group(inner=inner) | Unary(operand=inner):
            return _chain(inner)
    return ""


def _is_understood(node: Node, chain: str) -> bool:
    """Return True if the requests that are made show everything that an attacker can choose for a condition."""
    *before, last = chain.split(".")
    if len(before) <= 1:
        return not before  # TRUE and FALSE; an unknown name is evaluated as it is
    known = isinstance(node, Element) and last in (*_COMPARED, *_SETS)
    return known and {*before} <= _PLAIN and before[:2] == ["HTTP", "REQ"]


# -- requests ------------------------------------------------------------------------------------------------------------


def _requests(node: Node, chain: str, wanted: bool, request: Request, names: Names) -> Iterator[Request]:
    """Yield requests made of one so that a condition has a value, as far as its text says how."""
    texts = _texts(node, names)
    part = ".".join(chain.split(".")[:3])
    if part in ("HTTP.REQ.URL", "HTTP.REQ.FULL_HEADER"):
        yield from (replace(request, url=url) for text in texts for url in _urls(request.url, text, wanted))
        if not wanted:
            yield replace(request, url=f"/x/..{_path(request.url)}")
    elif part == "HTTP.REQ.HOSTNAME":
        yield from (_with_header(request, "Host", text) for text in (texts if wanted else [OTHER]))
    elif part == "HTTP.REQ.HEADER":
        yield from _headers(request, _header_of(node), texts or ["x"], wanted)
    elif part == "HTTP.REQ.COOKIE":
        yield from _headers(
            request, "Cookie", [value for text in texts for value in (text, f"{text}=x", f"x={text}")], wanted
        )
    elif part == "HTTP.REQ.METHOD":
        yield from (replace(request, method=method) for method in (texts if wanted else ["GET", "POST", "HEAD"]))
    elif chain == "CLIENT.SSLVPN.IS_SSLVPN":
        yield replace(request, is_sslvpn=wanted)


def _urls(url: str, text: str, wanted: bool) -> Iterator[str]:
    """Yield the target of an attack with a text in front, inside and at the end; and the text alone."""
    if not wanted:
        return
    path, mark, query = url.partition("?")
    front = text if text.startswith("/") else f"/{text}"
    yield f"{front.rstrip('/')}/..{_path(url)}"
    yield f"{path}?{text}{'&' if query else ''}{query}"
    yield f"{url}{'' if mark else '?'}{text}"
    yield f"{path}{text}{mark}{query}"
    yield text


def _path(url: str) -> str:
    """Return the target without scheme and host."""
    _scheme, slashes, rest = url.partition("://")
    return f"/{rest.partition('/')[2]}" if slashes and "?" not in _scheme else url


def _headers(request: Request, name: str, texts: Iterable[str], wanted: bool) -> Iterator[Request]:
    if not wanted:
        yield replace(request, headers=tuple(one for one in request.headers if one[0].lower() != name.lower()))
        return
    for text in texts:
        yield _with_header(request, name, text)
        old = request.header_values(name.lower())
        if old:
            yield _with_header(request, name, text + old[-1])
            yield _with_header(request, name, old[-1] + text)


def _with_header(request: Request, name: str, value: str) -> Request:
    rest = tuple(one for one in request.headers if one[0].lower() != name.lower())
    return replace(request, headers=(*rest, (name, value)))


def _senseless(request: Request, header: str) -> Iterator[Request]:
    """Yield a request with a header that is no number, no address and no Base64, without it, and with too many of it."""
    rest = tuple(one for one in request.headers if one[0].lower() != header.lower())
    yield _with_header(request, header, "x")
    yield replace(request, headers=rest)
    yield replace(request, headers=(*rest, *[(header, "x")] * _TOO_MANY))


def _headers_of(node: Node) -> Iterator[str]:
    """Yield the names of all headers that an expression looks at."""
    for one, _depth in walk(node):
        if isinstance(one, Element) and one.name.upper() == "HEADER" and one.arguments:
            yield from (argument.value for argument in one.arguments[:1] if isinstance(argument, Text))


def _header_of(node: Node) -> str:
    """Return the name of the header that a condition looks at."""
    while isinstance(node, Element | Binary):
        if isinstance(node, Binary):
            node = node.left
        elif node.name.upper() == "HEADER" and node.arguments and isinstance(node.arguments[0], Text):
            return node.arguments[0].value
        else:
            node = node.target
    return "X-Unknown"


def _texts(node: Node, names: Names) -> list[str]:
    """Return the texts that a condition compares with; of a set some of its patterns."""
    arguments: tuple[Node, ...] = ()
    if isinstance(node, Binary):
        arguments = (node.right,)
    elif isinstance(node, Element):
        arguments = node.arguments or ()
        if node.name.upper() in _SETS and arguments and isinstance(arguments[0], Text):
            patterns: Mapping[int, str] = names.patset(arguments[0].value) or {}
            return list(patterns.values())[:MOST_PATTERNS]
    return [_text(one) for one in arguments if isinstance(one, Text | Name | Number)]


def _text(node: Text | Name | Number) -> str:
    match node:
        case Text(value=value):
            return value
        case Name(name=name):
            return name
        case Number(value=number):
            return str(number)
