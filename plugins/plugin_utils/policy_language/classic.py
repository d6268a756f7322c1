# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Recognise classic expressions, which release 13.1 removed, and translate the simple ones to advanced syntax.

Source: the vendor's converter NSPEPI (tables of classic operands and named expressions). Classic comparisons of text ignore
case, so the translation sets IGNORECASE.
"""

from __future__ import annotations

import re

_OPERANDS = {
    "REQ.HTTP.URL": "HTTP.REQ.URL",
    "REQ.HTTP.URLQUERY": "HTTP.REQ.URL.QUERY",
    "REQ.HTTP.METHOD": "HTTP.REQ.METHOD",
    "REQ.HTTP.VERSION": "HTTP.REQ.VERSION",
    "REQ.IP.SOURCEIP": "CLIENT.IP.SRC",
    "REQ.IP.DESTIP": "CLIENT.IP.DST",
    "REQ.TCP.SOURCEPORT": "CLIENT.TCP.SRCPORT",
    "REQ.TCP.DESTPORT": "CLIENT.TCP.DSTPORT",
}
NAMED = {"ns_true": "TRUE", "ns_false": "FALSE"}
"""The built-in classic expressions that NSPEPI translates to published ones. Releases before 13.1 have them."""
_NAMED = {name.upper(): text for name, text in NAMED.items()}
_ADDRESSES = frozenset({"CLIENT.IP.SRC", "CLIENT.IP.DST"})
_NUMBERS = frozenset({"CLIENT.TCP.SRCPORT", "CLIENT.TCP.DSTPORT"})
_BEGINNING = re.compile(r"\(*\s*(?:REQ|RES)\s*\.\s*(?:HTTP|IP|TCP|SSL|VLANID)\b", re.IGNORECASE)
_CLAUSE = re.compile(
    r"(?P<operand>RE[QS]\.[A-Z]+\.[A-Z]+)(?:\s+(?P<header>(?!(?:NOT)?(?:CONTAINS|EXISTS)\b)[A-Z][\w-]*))?"
    r"\s+(?P<operator>==|!=|CONTAINS|NOTCONTAINS|EXISTS|NOTEXISTS)(?:\s+(?P<value>[^\s&|()]+))?",
    re.IGNORECASE,
)
_REMOVED = {"Q": "HTTP.REQ", "S": "HTTP.RES"}


def is_classic(text: str) -> bool:
    """Return True if a text begins as only a classic expression does."""
    return bool(_BEGINNING.match(text))


def hint(text: str) -> str:
    """Return a hint that a classic expression or named expression was removed, with its replacement."""
    written = equivalent(text)
    return "this is a classic expression, which 13.1 removed" + (f": write {written}" if written else "")


def is_classic_name(name: str) -> bool:
    return name.upper() in _NAMED


def hint_for_root(root: str) -> str:
    """Return the replacement of the prefixes Q and S, or ""."""
    written = _REMOVED.get(root.upper())
    return f": 13.1 removed it, write {written}" if written else ""


def equivalent(text: str) -> str:
    """Return a classic expression of one clause in advanced syntax, or "" for any other."""
    text = text.strip().strip("'")
    if text.upper() in _NAMED:
        return _NAMED[text.upper()]
    clause = _CLAUSE.fullmatch(text)
    if clause is None:
        return ""
    operand = _operand(clause["operand"].upper(), clause["header"])
    return operand and _compared(operand, clause["operator"].upper(), (clause["value"] or "").strip("\"'"))


def _operand(word: str, header: str | None) -> str:
    if word == "REQ.HTTP.HEADER":
        return f'HTTP.REQ.HEADER("{header}")' if header else ""
    return "" if header else _OPERANDS.get(word, "")


def _compared(operand: str, operator: str, value: str) -> str:
    negated = operator in {"!=", "NOTCONTAINS", "NOTEXISTS"}
    if operator.endswith("EXISTS"):
        test = "" if value or not operand.startswith("HTTP.REQ.HEADER(") else f"{operand}.EXISTS"
    elif not value or "*" in value or '"' in value:
        return ""
    elif operand in _ADDRESSES or operand in _NUMBERS:
        test = f"{operand}.EQ({value})" if operator in {"==", "!="} else ""
    elif operand == "HTTP.REQ.METHOD":
        test = f"{operand}.EQ({value.upper()})" if operator in {"==", "!="} else ""
    else:
        name = "CONTAINS" if operator.endswith("CONTAINS") else "EQ"
        test = f'{operand}.SET_TEXT_MODE(IGNORECASE).{name}("{value}")'
    return f"{test}.NOT" if test and negated else test
