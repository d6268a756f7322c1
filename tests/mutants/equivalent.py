# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Mutants that mean the same as the code, each by a rule with its reason: no test can tell them apart."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import zip_longest

_FLAGS = "os|stat|re|select|fcntl"
_NEVER_BELOW_ZERO = {(ast.Gt, ast.NotEq), (ast.NotEq, ast.Gt), (ast.Eq, ast.LtE), (ast.LtE, ast.Eq)}

_TURNED = {ast.Lt: ast.Gt, ast.GtE: ast.LtE, ast.Gt: ast.Lt, ast.LtE: ast.GtE}
"""The comparison with its sides exchanged."""


@dataclass(frozen=True)
class Change:
    """The smallest expressions that differ, with what is around them in the code."""

    old: ast.AST
    new: ast.AST
    around: tuple[ast.AST, ...]


def reason(before: str, after: str) -> str:
    """Return why a changed source means the same; "" where it does not, as far as the rules say."""
    change = _change(ast.parse(before), ast.parse(after), ())
    return next((why for rule, why in RULES.items() if change is not None and rule(change)), "")


def _change(old: ast.AST, new: ast.AST, around: tuple[ast.AST, ...]) -> Change | None:
    if ast.dump(old) == ast.dump(new):
        return None
    pairs = zip_longest(ast.iter_child_nodes(old), ast.iter_child_nodes(new))
    differing = [(a, b) for a, b in pairs if a is None or b is None or ast.dump(a) != ast.dump(b)]
    if type(old) is type(new) and len(differing) == 1 and None not in differing[0]:
        ((inner, other),) = differing
        if isinstance(inner, ast.expr | ast.stmt | ast.comprehension | ast.arguments | ast.keyword | ast.match_case):
            return _change(inner, other, (*around, old))
    return Change(old, new, around)


def _compares_a_length(change: Change) -> bool:
    """``len(x) > 0`` and ``len(x) != 0``; ``0 < len(x) < 9`` and ``0 != len(x) < 9``."""
    old, new = change.old, change.new
    if not (isinstance(old, ast.Compare) and isinstance(new, ast.Compare)):
        return False
    sides, others = [old.left, *old.comparators], [new.left, *new.comparators]
    differing = [n for n, (a, b) in enumerate(zip(old.ops, new.ops, strict=False)) if type(a) is not type(b)]
    if [*map(ast.dump, sides)] != [*map(ast.dump, others)] or len(differing) != 1:
        return False
    left, right = sides[differing[0] : differing[0] + 2]
    pair = (type(old.ops[differing[0]]), type(new.ops[differing[0]]))
    turned = tuple(_TURNED.get(one, one) for one in pair)
    return (_is_length(left) and _is_zero(right) and pair in _NEVER_BELOW_ZERO) or (
        _is_zero(left) and _is_length(right) and turned in _NEVER_BELOW_ZERO
    )


def _is_length(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "len"


def _is_zero(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is int and node.value == 0


def _joins_flags(change: Change) -> bool:
    """``os.O_WRONLY | os.O_EXCL`` and ``os.O_WRONLY + os.O_EXCL``."""
    old, new = ast.unparse(change.old), ast.unparse(change.new)
    names = re.findall(r"[\w.]+", old)
    are_flags = all(re.fullmatch(rf"({_FLAGS})\.[A-Z_]+", name) for name in names)
    is_joined = {*re.findall(r"[^\w.\s()]+", f"{old}{new}")} <= {*"|+^"}
    return are_flags and is_joined and names == re.findall(r"[\w.]+", new) and len({*names}) == len(names) > 1


def _orders_whole_numbers(change: Change) -> bool:
    """``-len(x)`` and ``~len(x)`` in the key of an order."""
    old, new = change.old, change.new
    if not (isinstance(old, ast.UnaryOp) and isinstance(new, ast.UnaryOp)):
        return False
    in_key = any(isinstance(node, ast.keyword) and node.arg == "key" for node in change.around)
    return in_key and isinstance(old.op, ast.USub) and isinstance(new.op, ast.Invert)


def _takes_the_first_part(change: Change) -> bool:
    """``text.split(" ", 1)[0]`` and ``text.split(" ", 2)[0]``."""
    old, new = change.old, change.new
    if not (isinstance(old, ast.Constant) and isinstance(new, ast.Constant) and len(change.around) > 1):
        return False
    call, taken = change.around[-1], change.around[-2]
    if not (isinstance(call, ast.Call) and isinstance(taken, ast.Subscript) and old.value == 1 and new.value == 2):
        return False
    end = {"split": "0", "rsplit": "-1"}.get(getattr(call.func, "attr", ""))
    return end == ast.unparse(taken.slice)


RULES: dict[Callable[[Change], bool], str] = {
    _compares_a_length: "a length is never below 0",
    _joins_flags: "different flags have no bit in common, so their sum and their exclusive or are their union",
    _orders_whole_numbers: "~x is -x - 1, so whole numbers have the same order",
    _takes_the_first_part: "the first part does not depend on where the rest is split",
}
