# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The notice page: own text in two languages, in ASCII, in literals that each release takes."""

from __future__ import annotations

import re
from html import unescape

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.closing.page import (
    MOST_LITERAL,
    MOST_TEXT,
    literals,
    page_body,
    read_texts,
)

LONGEST_EXPRESSION = 1499


def test_own_text_is_shown_as_text_and_never_as_markup() -> None:
    text = "Bel 020 & vraag \"Piet\" é <script>alert('x')</script>"
    page = page_body(("nl",), {"nl": text})
    assert page.isascii()
    assert "<script" not in page
    assert unescape(re.sub(r"<[^>]*>", "|", page)).count(text) == 1


def test_customer_without_a_language_gets_both() -> None:
    page = page_body(("nl", "en"), {})
    assert page.startswith('<!DOCTYPE html><html lang="nl">')
    assert [*re.findall(r'<div lang="(..)">', page)] == ["nl", "en"]


def test_longest_texts_in_both_languages_fit_the_expressions_of_old_releases() -> None:
    page = page_body(("nl", "en"), dict.fromkeys(("nl", "en"), "x" * MOST_TEXT))
    assert len(" + ".join(literals("HTTP/1.1 503 " + "h" * 220 + page))) <= LONGEST_EXPRESSION


def test_literals_are_the_text_in_pieces_that_fit() -> None:
    text = 'a "quoted" \\ line\r\n' * 40
    pieces = list(literals(text))
    assert all(len(piece) <= MOST_LITERAL + 2 for piece in pieces)
    escapes = {"r": "\r", "n": "\n"}
    assert "".join(re.sub(r"\\(.)", lambda m: escapes.get(m[1], m[1]), piece[1:-1]) for piece in pieces) == text


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("closed", "must be a mapping of languages to texts"),
        ({"nl": 1}, "must be a mapping of languages to texts"),
        ({"de": "geschlossen"}, "has a text in 'de'"),
        ({"nl": " "}, "nl must be one line of text"),
        ({"nl": "a\nb"}, "nl must be one line of text"),
        ({"en": "x" * (MOST_TEXT + 1)}, "en must be one line of text"),
    ],
)
def test_wrong_text_is_refused_with_the_variable_and_the_fix(value: object, problem: str) -> None:
    with pytest.raises(InvalidInput) as error:
        read_texts("gw-a", value)
    assert str(error.value).startswith(f"gw-a: tourniquet_notice {problem}")
    assert "Write it as tourniquet_notice: " in str(error.value)


def test_texts_are_taken_without_blanks_around_them() -> None:
    assert read_texts("gw-a", None) == {}
    assert read_texts("gw-a", {"nl": " dicht "}) == {"nl": "dicht"}


def test_a_quote_of_a_text_ends_no_attribute() -> None:
    page = page_body(("nl",), {"nl": "a \"b\" 'c' & d"})
    assert "a &quot;b&quot; &#x27;c&#x27; &amp; d" in page
