# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which rules look at the URL of a request: the vendor says that such rules can be bypassed on builds without the fix of CVE-2026-88774. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields

from ..appliance.objects.resource_types import Attributes, ObjectId
from ..policy_language import ExpressionError
from ..policy_language.syntax import Element, Name, Node, parse

_OF_THE_URL = ("URL", "FULL_HEADER")
"""The parts of HTTP.REQ that have the URL: the whole header begins with the request line (policy reference)."""
_TEXT = re.compile(rf"\bHTTP\s*\.\s*REQ\s*\.\s*(?:{'|'.join(_OF_THE_URL)})\b", re.IGNORECASE)
MOST_NAMES = 100
"""The largest number of named expressions that are followed from one rule."""


def looks_at_url(rule: str, objects: Mapping[ObjectId, Attributes]) -> bool:
    """Return True if a rule, or a named expression that it uses, looks at the URL of the request.

    A text that is no expression of ours counts where it names the URL: it may be of a release that knows more.

    :param objects: what was read and what the document has, for named expressions
    """
    named = {
        key[0].lower(): str(a.get("value", "")) for (type_, key), a in objects.items() if type_ == "policyexpression"
    }
    waiting, seen = [rule], set[str]()
    while waiting:
        text = waiting.pop()
        try:
            tree = parse(text)
        except ExpressionError:
            if _TEXT.search(text):
                return True
            continue
        for node in _nodes(tree):
            if _is_url(node):
                return True
            name = node.name.lower() if isinstance(node, Name) else ""
            if name in named and name not in seen and len(seen) < MOST_NAMES:
                seen.add(name)
                waiting.append(named[name])
    return False


def rules_with_url(document: Mapping[ObjectId, Attributes], present: Mapping[ObjectId, Attributes]) -> tuple[str, ...]:
    """Return the responder policies of a document whose rule looks at the URL."""
    objects = {**present, **document}
    return tuple(
        key[0]
        for (type_, key), attributes in document.items()
        if type_ == "responderpolicy" and looks_at_url(str(attributes["rule"]), objects)
    )


def _is_url(node: Node) -> bool:
    if not isinstance(node, Element) or node.name.upper() not in _OF_THE_URL:
        return False
    request = node.target
    return (
        isinstance(request, Element)
        and request.name.upper() == "REQ"
        and isinstance(request.target, Name)
        and request.target.name.upper() == "HTTP"
    )


def _nodes(tree: Node) -> Iterator[Node]:
    """Yield all nodes of a syntax tree."""
    waiting: list[Node] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        for each in fields(node):
            value = getattr(node, each.name)
            waiting += [one for one in (value if isinstance(value, tuple) else (value,)) if isinstance(one, Node)]
