# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Choose the host name by which a content switching virtual server without a default target is asked, from its rules or its certificate. Pure.

What the rules and the certificate say is text of the appliance: it becomes a Host header and a server name of TLS, never an address, and only where it is
a DNS name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ..appliance.nitro.appliance import is_host_name
from ..policy_language import UNDEF, UNDETERMINED, Expression, ExpressionError, Names, Request, compile_expression

MOST_TRIED, MOST_RULES = 20, 100
"""So many names of one virtual server are tried, by so many rules."""
_TEXT = re.compile(r'"([^"\\]{1,253})"')
_COMMON_NAME = re.compile(r"(?:^|[,/ ])CN ?= ?([^,/]+)")
_ANY = "*."


@dataclass(frozen=True)
class SwitchingRule:
    """A policy that is bound to a content switching virtual server.

    :ivar rule: its expression; "" where it has none
    :ivar domain: the domain that it is for, which may begin with ``*.``; "" for any
    """

    priority: int
    rule: str = ""
    domain: str = ""

    @classmethod
    def of(cls, binding: Mapping[str, object], policy: Mapping[str, object]) -> SwitchingRule:
        """Return it from the rows of NITRO."""
        number = str(binding.get("priority", ""))
        texts = [value if isinstance(value := policy.get(name), str) else "" for name in ("rule", "domain")]
        return cls(int(number) if number.isascii() and number.isdecimal() and len(number) < 10 else 0, *texts)


def host_for(rules: Sequence[SwitchingRule], subjects: Iterable[str] = ()) -> str:
    """Return a name for which a rule has a target, the first by priority; "" where none is found.

    One of which the rules cannot be evaluated counts where there is no better one.

    :param subjects: of the certificates of the virtual server
    """
    ordered = sorted(rules, key=lambda one: one.priority)[:MOST_RULES]
    names = [*_names_of(ordered), *(found.group(1) for one in subjects if (found := _COMMON_NAME.search(one)))]
    usable = [name for name in dict.fromkeys(text.strip().lower() for text in names) if _is_name(name)][:MOST_TRIED]
    open_ones = []
    for name in usable:
        answer = _is_switched(ordered, name)
        if answer:
            return name
        open_ones += [name] if answer is None else []
    return open_ones[0] if open_ones else ""


def _names_of(rules: Iterable[SwitchingRule]) -> Iterator[str]:
    for one in rules:
        yield one.domain
        yield from _TEXT.findall(one.rule)


def _is_name(text: str) -> bool:
    """Return True for a DNS name of at least two labels: a rule has many other texts, such as paths and methods."""
    return "." in text and is_host_name(text)


def _is_switched(rules: Iterable[SwitchingRule], name: str) -> bool | None:
    """Return True if a request to a name has a target; None where that is not known."""
    is_open = False
    for one in rules:
        answer = _matches(one, name)
        if answer:
            return True
        is_open = is_open or answer is None
    return None if is_open else False


def _matches(rule: SwitchingRule, name: str) -> bool | None:
    if rule.domain and not _is_of_domain(rule.domain.lower(), name):
        return False
    if not rule.rule:
        return bool(rule.domain) or None
    compiled = _compiled(rule.rule)
    value = UNDETERMINED if compiled is None else compiled.evaluate(Request(url="/", headers=(("Host", name),)))
    return None if value in (UNDEF, UNDETERMINED) else value is True


@lru_cache(maxsize=MOST_RULES)
def _compiled(rule: str) -> Expression | None:
    """Return a rule, once for all names that are tried with it: that takes far longer than its evaluation. None where it cannot be read."""
    try:
        return compile_expression(rule, Names())
    except ExpressionError:
        return None


def _is_of_domain(domain: str, name: str) -> bool:
    return name.endswith(domain[1:]) if domain.startswith(_ANY) else name == domain
