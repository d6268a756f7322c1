# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The result of an expression for a request, by the vendor's policy guide and command reference."""

from __future__ import annotations

import base64
import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from tests.nights.rules.grammar import Chain, Element, Literal, Node, Operation, parsed
from tests.nights.rules.values import Address, Asked, Named, NotRead, Text, Undefined

Value = bool | int | Text | Address
MOST_INSTANCES = 15
_SAFE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789*&@:,$.=!-()%+;'/~_?#[]|")


def result_of(rule: str, asked: Asked, named: Named) -> Value:
    """Return the result of an expression.

    :raises NotRead: it has something that this evaluator does not know
    :raises Undefined: where it is; of && and || this holds where the left side does not decide
    """
    return _Meaning(asked, named).of(parsed(rule))


@dataclass(frozen=True)
class _Meaning:
    asked: Asked
    named: Named

    def of(self, node: Node) -> Value:
        if isinstance(node, Operation):
            return self._operation(node)
        if isinstance(node, Literal):
            return _literal(node)
        if node.value is not None:
            return self._behind(self.of(node.value), node.elements)
        return self._root(node)

    # -- operators ----------------------------------------------------------------------------------------------------

    def _operation(self, node: Operation) -> Value:
        if node.operator == "!":
            return not self._condition(node.sides[0])
        first, second = node.sides
        if node.operator == "ALT":  # the first side, unless it is undefined
            try:
                return self.of(first)
            except Undefined:
                return self.of(second)
        if node.operator in ("&&", "||"):  # from left to right: what is not needed is not evaluated
            left = self._condition(first)
            return left if left is (node.operator == "||") else self._condition(second)
        left_value, right_value = self.of(first), self.of(second)
        if node.operator == "+":
            return _sum(left_value, right_value)
        if node.operator in _OF_NUMBERS:
            return _calculated(node.operator, left_value, right_value)
        return _compared(node.operator, left_value, right_value)

    def _condition(self, node: Node) -> bool:
        value = self.of(node)
        if not isinstance(value, bool):
            raise NotRead(f"{value} is no condition")
        return value

    # -- chains -------------------------------------------------------------------------------------------------------

    def _root(self, node: Chain) -> Value:
        names = [one.name for one in node.elements]
        for length in range(min(len(names), 4), 0, -1):
            root = ".".join(names[:length])
            if root in _ROOTS and all(one.arguments is None for one in node.elements[:length]):
                return self._behind(_ROOTS[root](self.asked, self.named), node.elements[length:])
            if root in _ROOTS_OF_ONE and node.elements[length - 1].arguments:
                (argument,) = node.elements[length - 1].arguments or ()
                found = _ROOTS_OF_ONE[root](self.asked, self.of(argument))
                return self._behind(found, node.elements[length:])
        for name, text in self.named.expressions.items():  # names mind no case
            if name.upper() == names[0] and node.elements[0].arguments is None:
                return self._behind(self.of(parsed(text)), node.elements[1:])
        raise NotRead(".".join(names))

    def _behind(self, value: Value, elements: tuple[Element, ...]) -> Value:
        for one in elements:
            value = self._method(value, one)
        return value

    def _method(self, value: Value, element: Element) -> Value:
        name, arguments = element.name, element.arguments or ()
        if isinstance(value, Text):
            return self._of_text(value, element)
        if isinstance(value, Address):
            return self._of_address(value, name, arguments)
        if not isinstance(value, bool):
            return self._of_number(value, name, arguments)
        if name == "NOT" and not arguments:
            return not value
        raise NotRead(f"{name} of a condition")

    def _of_text(self, value: Text, element: Element) -> Value:
        name, arguments = element.name, element.arguments or ()
        if name in _TEXT and element.arguments is None:
            return _TEXT[name](value)
        if name == "SET_TEXT_MODE":
            return value.with_mode(_word(arguments[0]))
        if name == "TYPECAST_NUM_T" and _word(arguments[0]) == "DECIMAL":
            return _number(value.text)
        if name == "REGEX_MATCH":
            return _matches(value, arguments[0])
        if name.endswith("_ANY"):
            return self._any(value, name.removesuffix("_ANY"), arguments[0])
        if name in _TEXT_AND_TEXT:
            wanted = value.folded(str(self.of(arguments[0])))
            return any(_TEXT_AND_TEXT[name](one, wanted) for one in _looked_at(value, name))
        raise NotRead(f"{name} of a text")

    def _of_number(self, value: int, name: str, arguments: tuple[Node, ...]) -> Value:
        if name not in _OF_A_NUMBER:
            raise NotRead(f"{name} of a number")
        return _OF_A_NUMBER[name](value, *(self.of(one) for one in arguments))

    def _any(self, value: Text, operation: str, argument: Node) -> bool:
        """Compare with the patterns of a set, which mind the case unless the text does not."""
        name = str(self.of(argument))
        if name not in self.named.patterns:
            raise NotRead(f"there is no pattern set {name}")
        same = {**_TEXT_AND_TEXT, "EQUALS": str.__eq__}[operation]
        patterns = [value.folded(one) for one in self.named.patterns[name]]
        return any(same(one, pattern) for one in value.each for pattern in patterns)

    def _of_address(self, value: Address, name: str, arguments: tuple[Node, ...]) -> Value:
        if name == "IN_SUBNET" and isinstance(arguments[0], Literal):
            return value in ipaddress.ip_network(arguments[0].text, strict=False)
        if name == "EQ" and isinstance(arguments[0], Literal):
            return value == ipaddress.ip_address(arguments[0].text)
        if name == "EQUALS_ANY":
            ranges = self.named.ranges.get(str(self.of(arguments[0])))
            if ranges is None:
                raise NotRead("there is no such data set")
            return any(_within(value, first, last) for first, last in ranges)
        if name == "MATCHES_LOCATION":
            return self._located(str(self.of(arguments[0])))
        if name == "LOCATION":
            return Text(self.asked.location or "")
        if name == "TYPECAST_TEXT_T":
            return Text(str(value))
        raise NotRead(f"{name} of an address")

    def _located(self, pattern: str) -> bool:
        """Compare the six qualifiers; a client that is in no entry matches none."""
        if self.asked.location is None:
            return False
        wanted, there = pattern.split("."), self.asked.location.split(".")
        if wanted[-1] == "*" and len(wanted) < len(there):
            wanted += ["*"] * (len(there) - len(wanted))
        pairs = zip(wanted, there, strict=True)
        return all(self._qualifies(one, has) for one, has in pairs)

    def _qualifies(self, wanted: str, has: str) -> bool:
        if wanted == "*":
            return self.named.wildcard_matches or has in ("*", "")
        return wanted == has


def _literal(node: Literal) -> Value:
    if node.kind == "text":
        return Text(node.text)
    if node.kind == "number":
        return int(node.text)
    raise NotRead(f"{node.text} alone")


def _word(node: Node) -> str:
    """Return the unquoted word that an argument is."""
    if isinstance(node, Chain) and node.value is None and len(node.elements) == 1:
        return node.elements[0].name
    raise NotRead("an argument is no word")


def _sum(left: Value, right: Value) -> Value:
    if isinstance(left, Text) or isinstance(right, Text):
        return Text(f"{left}{right}")
    return _calculated("+", left, right)


def _calculated(operator: str, left: Value, right: Value) -> int:
    """Return the result of an operation on numbers, which have 32 bits."""
    if type(left) is not int or type(right) is not int:
        raise NotRead(f"{operator} of other things than texts and numbers")
    return _of_32_bits(_OF_NUMBERS[operator](left, right))


def _number(text: str) -> int:
    """Return the number that a text is; what is none has no result."""
    if re.fullmatch("-?[0-9]+", text) is None:
        raise Undefined(text)
    return _of_32_bits(int(text))


def _of_32_bits(number: int) -> int:
    if not -(1 << 31) <= number < 1 << 31:
        raise NotRead(f"{number} has more than 32 bits")
    return number


def _compared(operator: str, left: Value, right: Value) -> bool:
    one, other = (str(left), str(right)) if isinstance(left, Text) else (left, right)
    if type(one) is not type(other):
        raise NotRead(f"{operator} of two types")
    comparison: Mapping[str, Callable[[Any, Any], bool]] = {
        "==": lambda a, b: bool(a == b),
        "!=": lambda a, b: bool(a != b),
        "<": lambda a, b: bool(a < b),
        "<=": lambda a, b: bool(a <= b),
        ">": lambda a, b: bool(a > b),
        ">=": lambda a, b: bool(a >= b),
    }
    return comparison[operator](one, other)


def _within(value: Address, first: str, last: str) -> bool:
    low, high = ipaddress.ip_address(first), ipaddress.ip_address(last)
    return value.version == low.version and int(low) <= int(value) <= int(high)


def _matches(value: Text, argument: Node) -> bool:
    """Search each instance; a point matches the end of a line too, and brackets have classes of characters."""
    if not isinstance(argument, Literal) or argument.kind != "pattern":
        raise NotRead("an argument is no regular expression")
    flags = re.DOTALL | (re.IGNORECASE if value.ignores_case else 0)
    try:
        return any(re.search(argument.text, one, flags) for one in value.instances or (value.text,))
    except re.error as error:
        raise NotRead(f"{argument.text}: {error}") from None


def _looked_at(value: Text, name: str) -> Iterator[str]:
    """Yield what a text operation looks at: CONTAINS at each instance of a header, the others at the last one."""
    yield from value.each if name == "CONTAINS" else value.each[-1:]


# -- prefixes and methods -----------------------------------------------------------------------------------------------


def _after_host(url: str) -> str:
    """Return what is behind the host in a target that may be absolute."""
    scheme, mark, rest = url.partition("://")
    if not mark or not scheme.isalpha():
        return url
    return rest[rest.index("/") :] if "/" in rest else ""


def _path(url: Text) -> Text:
    if not url.is_url:
        raise NotRead("PATH of what is no URL")
    return url.part(_after_host(url.text).partition("?")[0])


def _query(url: Text) -> Text:
    if not url.is_url:
        raise NotRead("QUERY of what is no URL")
    return url.part(_after_host(url.text).partition("?")[2])


def _host(asked: Asked) -> Text:
    """Return the host of an absolute target, which replaces that of the last header (RFC 9112, 3.2.2; guide 9.2, page 81)."""
    scheme, mark, rest = asked.url.partition("://")
    header = str(_header(asked, Text("host")))
    return Text(rest.partition("/")[0] if mark and scheme.isalpha() else header, ignores_case=True)


def _suffix(url: Text) -> Text:
    last = str(_path(url)).rpartition("/")[2]
    return url.part(last.rpartition(".")[2] if "." in last else "")


def _from_base64(text: Text) -> Text:
    try:
        return text.part(base64.b64decode(text.text, validate=True).decode("latin-1"))
    except ValueError:
        raise Undefined(text.text) from None


def _safe(text: Text) -> Text:
    return text.part("".join(one if one in _SAFE else f"%{ord(one):02x}" for one in text.text))


def _header(asked: Asked, name: Value) -> Text:
    found = tuple(value for key, value in asked.headers if key.lower() == str(name).lower())
    return Text(found[-1] if found else "", found, is_header=True)


def _count(header: Text) -> int:
    """Return how many instances a header has; above 15 there is no result."""
    if not header.is_header:
        raise NotRead("COUNT of what is no header")
    if len(header.instances) > MOST_INSTANCES:
        raise Undefined("a header")
    return len(header.instances)


def _exists(header: Text) -> bool:
    if not header.is_header:
        raise NotRead("EXISTS of what is no header")
    return bool(header.instances)


def _whole_header(asked: Asked) -> str:
    lines = [f"{asked.method} {asked.url} {asked.version}", *(f"{name}: {value}" for name, value in asked.headers)]
    return "\r\n".join([*lines, "", ""])


_ROOTS: Mapping[str, Callable[[Asked, Named], Value]] = {
    "TRUE": lambda _asked, _named: True,
    "FALSE": lambda _asked, _named: False,
    "HTTP.REQ.URL": lambda asked, named: Text(asked.url, is_encoded=named.url_is_encoded, is_url=True),
    "HTTP.REQ.HOSTNAME": lambda asked, _named: _host(asked),
    "HTTP.REQ.METHOD": lambda asked, _named: Text(asked.method),
    "HTTP.REQ.IS_VALID": lambda _asked, _named: True,
    "HTTP.REQ.FULL_HEADER": lambda asked, _named: Text(_whole_header(asked)),
    "CLIENT.IP.SRC": lambda asked, _named: ipaddress.ip_address(asked.client),
    "CLIENT.IPV6.SRC": lambda asked, _named: ipaddress.ip_address(asked.client),
    "CLIENT.IP.DST": lambda asked, _named: ipaddress.ip_address(asked.destination),
    "CLIENT.TCP.DSTPORT": lambda asked, _named: asked.port,
    "CLIENT.SSLVPN.IS_SSLVPN": lambda asked, _named: asked.has_session,
}
_ROOTS_OF_ONE: Mapping[str, Callable[[Asked, Value], Value]] = {
    "HTTP.REQ.HEADER": _header,
    "HTTP.REQ.BODY": lambda asked, size: Text(asked.body[: int(str(size))]),
}
_TEXT: Mapping[str, Callable[[Text], Value]] = {
    "DECODE_USING_TEXT_MODE": Text.decoded,
    "PATH": _path,
    "QUERY": _query,
    "SUFFIX": _suffix,
    "HTTP_URL_SAFE": _safe,
    "B64DECODE": _from_base64,
    "LENGTH": lambda text: len(text.text),
    "TO_LOWER": lambda text: text.part(text.text.lower()),
    "TO_UPPER": lambda text: text.part(text.text.upper()),
    "EXISTS": _exists,
    "COUNT": _count,
}
_OF_NUMBERS: Mapping[str, Callable[[int, int], int]] = {
    "+": lambda one, other: one + other,
    "-": lambda one, other: one - other,
    "*": lambda one, other: one * other,
}
_OF_A_NUMBER: Mapping[str, Callable[..., Value]] = {
    **{name: partial(_calculated, operator) for name, operator in {"ADD": "+", "SUB": "-", "MUL": "*"}.items()},
    **{
        name: partial(_compared, operator)
        for name, operator in {"EQ": "==", "NE": "!=", "GT": ">", "GE": ">=", "LT": "<", "LE": "<="}.items()
    },
    "BETWEEN": lambda value, low, high: _compared("<=", low, value) and _compared("<=", value, high),
}
_TEXT_AND_TEXT: Mapping[str, Callable[[str, str], bool]] = {
    "CONTAINS": str.__contains__,
    "STARTSWITH": str.startswith,
    "ENDSWITH": str.endswith,
    "EQ": str.__eq__,
    "NE": str.__ne__,
}


def holds(rule: str, asked: Asked, named: Named) -> bool:
    """Return the result of a condition."""
    value = result_of(rule, asked, named)
    if not isinstance(value, bool):
        raise NotRead(f"{rule} is no condition")
    return value
