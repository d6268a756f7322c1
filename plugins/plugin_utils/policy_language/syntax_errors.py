# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Explain syntax errors: the problem, its position, and what is expected there."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from .errors import ExpressionError

# Hints for frequent mistakes: by a character that begins no token, and by words.
_NO_TOKENS = {
    '"': ": the text that begins here has no closing quote",
    "'": ": single quotes hold one character, write double ones",
    "=": ": write ==",
    **dict.fromkeys("\u201c\u201d\u201e\u2018\u2019", ": write straight quotes"),
}
_WORDS = {"AND": "&&", "OR": "||", "NOT": "!"}
_SHOWN = 20


def syntax_error(error: Any, text: str) -> ExpressionError:
    """Return the error for a lark.exceptions.UnexpectedInput; its column is the 1-based position in the text."""
    token = getattr(error, "token", None)
    # For a token lark knows the tokens that can follow; for a character only those that the lexer accepts.
    expected = _in_words(getattr(error, "accepts", None) or getattr(error, "allowed", None) or ())
    if token is not None and token.type == "$END":
        return ExpressionError(f"the expression ends too early{expected}", len(text) + 1, text)
    place = error.pos_in_stream or 0
    rest = text[place:].split(maxsplit=1)
    found = rest[0][:_SHOWN] if rest else "the end"
    word = found.partition("(")[0].upper()
    hint = _NO_TOKENS.get(found[0], "") if token is None else f": write {_WORDS[word]}" if word in _WORDS else ""
    return ExpressionError(f"syntax error before {found!r}{hint or expected}", place + 1, text)


def _in_words(terminals: Collection[str]) -> str:
    words = [word for word, names in _EXPECTED.items() if not names.isdisjoint(terminals)]
    if "TEXT" not in terminals and "NAME" in terminals:
        words = ["a name"]
    if not words:
        return ""
    return f": expected {', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else f": expected {words[0]}"


_EXPECTED = {
    "a value": {"TEXT"},
    "an operator": {"AND", "OR", "PLUS", "COMPARISON"},
    "a dot": {"DOT"},
    "a comma": {"COMMA"},
    "a closing parenthesis": {"RPAR"},
    "the end": {"$END"},
}
