# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The notice page: the text of the operator in the languages of the customer, as one HTTP answer. Pure.

The page has no text of a client in it. All of it is ASCII: other characters are written as HTML references, so that no character set matters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import yaml

from ...foundation.errors import InvalidInput
from ...foundation.languages import LANGUAGES

VARIABLE = "tourniquet_notice"
EXAMPLE = (
    f"{VARIABLE}: {{nl: 'De toegang is gesloten. Bel 020 555 0100.', en: 'Access is closed. Call +31 20 555 0100.'}}"
)
TEMPLATES = Path(__file__).parents[4] / "templates" / "measures" / "closing"
MOST_TEXT = 300  # characters; two languages stay below 1,499, the longest expression of old releases (nspepi's "Max expression length")
MOST_LITERAL = 255  # characters of a text literal (policy guide 9.2)
TITLE = "title"


def read_texts(where: str, value: Any) -> dict[str, str]:
    """Return the own texts of the operator by language.

    :param where: the host, for messages
    :param value: of the variable ``tourniquet_notice``, or None
    :raises InvalidInput: naming the host, the variable and the fix
    """
    if value is None:
        return {}
    if not isinstance(value, Mapping) or not all(isinstance(text, str) for text in value.values()):
        raise _wrong(where, "must be a mapping of languages to texts")
    unknown = next((language for language in value if language not in LANGUAGES), None)
    if unknown is not None:
        raise _wrong(where, f"has a text in {unknown!r}, and the languages are {', '.join(LANGUAGES)}")
    for language, text in value.items():
        if not text.strip() or len(text) > MOST_TEXT or not text.isprintable():
            raise _wrong(where, f"{language} must be one line of text of 1 to {MOST_TEXT} characters")
    return {str(language): text.strip() for language, text in value.items()}


def page_body(languages: Sequence[str], texts: Mapping[str, str]) -> str:
    """Return the page as HTML in ASCII.

    :param texts: by language, the own text of the operator; a language without one has the text of the collection
    """
    known = yaml.safe_load((TEMPLATES / "texts.yml").read_text(encoding="utf-8"))
    parts = [
        f'<div lang="{language}"><h1>{_html(known[language][TITLE])}</h1><p>{_html(texts.get(language, known[language]["text"]))}</p></div>'
        for language in languages
    ]
    return f'<!DOCTYPE html><html lang="{languages[0]}"><title>{_html(known[languages[0]][TITLE])}</title>{"".join(parts)}</html>'


def literals(text: str) -> Iterator[str]:
    """Return a text in pieces that fit a text literal of the policy language. Each is quoted."""
    piece = ""
    for character in text:
        part = _ESCAPES.get(character, character)
        if len(piece) + len(part) > MOST_LITERAL:
            yield f'"{piece}"'
            piece = ""
        piece += part
    yield f'"{piece}"'


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\r": "\\r", "\n": "\\n"}


def _html(text: str) -> str:
    return escape(text, quote=True).encode("ascii", "xmlcharrefreplace").decode("ascii")


def _wrong(where: str, problem: str) -> InvalidInput:
    return InvalidInput(f"{where}: {VARIABLE} {problem}. Write it as {EXAMPLE}. Nothing was sent.")
