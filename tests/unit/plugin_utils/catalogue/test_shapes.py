# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each shape at both of its bounds: what it accepts, how it refuses the next value on either side, and the same as JSON Schema."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.shapes import (
    LONGEST_SHOWN,
    Choice,
    Day,
    Decimal,
    Fields,
    Flag,
    ListOf,
    MapOf,
    OneOf,
    OneOrMore,
    PlainOr,
    Reference,
    Shape,
    Text,
    Whole,
    to_date,
    wrong,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

from tests.accepted import accepted

WORD = Text(3, "[a-z]+", "a short word is expected")
PAIR = Fields({"a": Whole(1, 2), "b": Flag()}, frozenset({"b"}), "two")
NAMED: dict[str, Shape] = {"word": WORD}
WORDS, WORDS_SCHEMA = ListOf(WORD, 2, 3), {"type": "string", "minLength": 1, "maxLength": 3, "pattern": "^(?:[a-z]+)$"}

ACCEPTED: list[tuple[Shape, list[Any]]] = [
    (WORD, ["a", "abc"]),
    (Text(3), ["a b", "A"]),
    (Text(), ["x" * 300]),
    (Choice((1, "b")), [1, "b"]),
    (Whole(2, 4), [2, 3, 4]),
    (Decimal(0.5, 2.5), [0.5, 1, 2.5]),
    (Flag(), [True, False]),
    (Day(), ["2020-01-10"]),
    (Day(month=True), ["2020-01-10", "2020-12"]),
    (WORDS, [["a", "b"], ["a", "b", "c"]]),
    (ListOf(Whole(0, 99)), [[0], list(range(50))]),
    (OneOrMore(WORD), ["a", ["a", "b"]]),
    (MapOf(WORD, Flag(), 1, 2), [{"a": True}, {"a": True, "b": False}]),
    (MapOf(WORD, Flag()), [{"a": True}]),
    (MapOf(Whole(0, 99), Flag()), [dict.fromkeys(range(50), True)]),
    (PAIR, [{"a": 1}, {"a": 2, "b": True}]),
    (PlainOr(WORD, PAIR), ["a", {"a": 1}]),
    (OneOf({"a": PAIR, "c": Fields({"c": WORD})}), [{"a": 1}, {"c": "x"}]),
    (Reference("word", NAMED), ["abc"]),
]
REFUSED: list[tuple[Shape, Any, str]] = [
    (WORD, "", "x is '': a short word is expected"),
    (WORD, "abcd", "x is 'abcd': a short word is expected"),
    (WORD, "Ab", "x is 'Ab': a short word is expected"),
    (WORD, 7, "x is 7: a short word is expected"),
    (Text(3), "abcd", "x is 'abcd': a text of 1 to 3 printable characters on one line is expected"),
    (Text(3), " a", "x is ' a': a text of 1 to 3 printable characters on one line is expected"),
    (Text(3), "a\n", "x is 'a\\n': a text of 1 to 3 printable characters on one line is expected"),
    (Text(), "x" * 301, "a text of 1 to 300 printable characters on one line is expected"),
    (Choice((1, "b")), True, "x is True: it must be one of 1, b"),
    (Choice((1, "b")), "c", "x is 'c': it must be one of 1, b"),
    (Whole(2, 4), 1, "x is 1: a whole number from 2 to 4 is expected"),
    (Whole(2, 4), 5, "x is 5: a whole number from 2 to 4 is expected"),
    (Whole(0, 4), True, "x is True: a whole number from 0 to 4 is expected"),
    (Decimal(0.5, 2.5), 0.4, "x is 0.4: a number from 0.5 to 2.5 is expected"),
    (Decimal(0.5, 2.5), 2.6, "x is 2.6: a number from 0.5 to 2.5 is expected"),
    (Decimal(0.5, 2.5), True, "x is True: a number from 0.5 to 2.5 is expected"),
    (Decimal(0.5, 2.5), "1", "x is '1': a number from 0.5 to 2.5 is expected"),
    (Flag(), 1, "x is 1: true or false is expected"),
    (Day(), "2020-01", "x is '2020-01': it is not a date: write it as 2020-01-10"),
    (Day(), "2020-02-30", "x is '2020-02-30': it is not a date: write it as 2020-01-10"),
    (Day(), 20200110, "x is 20200110: it is not a date: write it as 2020-01-10"),
    (Day(month=True), "2020-13", "x is '2020-13': it is not a date: write it as 2020-01-10 or 2020-01"),
    (WORDS, ["a"], "x is ['a']: a list of 2 to 3 entries is expected"),
    (WORDS, [*"abcd"], "x is ['a', 'b', 'c', 'd']: a list of 2 to 3 entries is expected"),
    (WORDS, "ab", "x is 'ab': a list of 2 to 3 entries is expected"),
    (WORDS, ["a", 1], "x, entry 2 is 1: a short word is expected"),
    (WORDS, [*"aba"], "x, entry 3 is 'a': it is there twice: remove one"),
    (ListOf(Whole(0, 99)), list(range(51)), "a list of 1 to 50 entries is expected"),
    (ListOf(Whole(0, 99)), [], "a list of 1 to 50 entries is expected"),
    (OneOrMore(WORD), [], "x is []: a list of 1 to 50 entries is expected"),
    (OneOrMore(WORD), 1, "x is 1: a short word is expected"),
    (MapOf(WORD, Flag(), 1, 2), {}, "x is {}: a mapping of 1 to 2 entries is expected"),
    (MapOf(WORD, Flag(), 1, 2), dict.fromkeys("abc", True), "a mapping of 1 to 2 entries is expected"),
    (MapOf(WORD, Flag()), {1: True}, "the key of x is 1: a short word is expected"),
    (MapOf(WORD, Flag()), {"a": 1}, "x: a is 1: true or false is expected"),
    (MapOf(Whole(0, 99), Flag()), dict.fromkeys(range(51), True), "a mapping of 1 to 50 entries is expected"),
    (MapOf(WORD, Flag()), {}, "a mapping of 1 to 50 entries is expected"),
    (PAIR, 1, "x is 1: a mapping is expected, with a, b (optional)"),
    (PAIR, {"b": True}, "x lacks a; it has a, b (optional)"),
    (PAIR, {"a": 1, "c": 1}, "x has 'c', which is unknown; it has a, b (optional)"),
    (
        PAIR,
        {"a": 1, "c": None},
        "x has 'c', which is unknown; a text with a comma needs quotes; it has a, b (optional)",
    ),
    (PAIR, {"a": 3}, "x: a is 3: a whole number from 1 to 2 is expected"),
    (PlainOr(WORD, PAIR), {"a": 3}, "x: a is 3: a whole number from 1 to 2 is expected"),
    (PlainOr(WORD, PAIR), 3, "x is 3: a short word is expected"),
    (OneOf({"a": PAIR, "c": WORD}), {}, "x is {}: a mapping with one of a, c is expected"),
    (OneOf({"a": PAIR, "c": WORD}), {"a": 1, "c": "x"}, "a mapping with one of a, c is expected"),
    (OneOf({"a": PAIR, "c": WORD}), "a", "x is 'a': a mapping with one of a, c is expected"),
    (Reference("word", NAMED), "abcd", "x is 'abcd': a short word is expected"),
]
SCHEMAS: list[tuple[Shape, Any]] = [
    (WORD, WORDS_SCHEMA),
    (Text(9), {"type": "string", "minLength": 1, "maxLength": 9, "pattern": r"^\S(?:.*\S)?$"}),
    (Choice((1, "b")), {"enum": [1, "b"]}),
    (Whole(2, 4), {"type": "integer", "minimum": 2, "maximum": 4}),
    (Decimal(0.5, 2.5), {"type": "number", "minimum": 0.5, "maximum": 2.5}),
    (Flag(), {"type": "boolean"}),
    (Day(), {"type": "string", "format": "date", "pattern": "^20[0-9]{2}-[0-9]{2}-[0-9]{2}$"}),
    (
        Day(month=True),
        {
            "anyOf": [
                {"type": "string", "format": "date", "pattern": "^20[0-9]{2}-[0-9]{2}-[0-9]{2}$"},
                {"type": "string", "pattern": "^20[0-9]{2}-(?:0[1-9]|1[0-2])$"},
            ]
        },
    ),
    (WORDS, {"type": "array", "items": WORDS_SCHEMA, "minItems": 2, "maxItems": 3, "uniqueItems": True}),
    (
        OneOrMore(WORD),
        {
            "anyOf": [
                WORDS_SCHEMA,
                {"type": "array", "items": WORDS_SCHEMA, "minItems": 1, "maxItems": 50, "uniqueItems": True},
            ]
        },
    ),
    (
        MapOf(WORD, Flag(), 1, 2),
        {
            "type": "object",
            "patternProperties": {"^(?:[a-z]+)$": {"type": "boolean"}},
            "additionalProperties": False,
            "minProperties": 1,
            "maxProperties": 2,
        },
    ),
    (
        MapOf(Whole(1, 9), Flag()),
        {
            "type": "object",
            "patternProperties": {"^[0-9]{1,4}$": {"type": "boolean"}},
            "additionalProperties": False,
            "minProperties": 1,
            "maxProperties": 50,
        },
    ),
    (
        PAIR,
        {
            "type": "object",
            "description": "two",
            "properties": {"a": {"type": "integer", "minimum": 1, "maximum": 2}, "b": {"type": "boolean"}},
            "required": ["a"],
            "additionalProperties": False,
        },
    ),
    (Fields({}), {"type": "object", "properties": {}, "required": [], "additionalProperties": False}),
    (PlainOr(WORD, Flag()), {"anyOf": [WORDS_SCHEMA, {"type": "boolean"}]}),
    (OneOf({"a": WORD, "b": Flag()}), {"oneOf": [WORDS_SCHEMA, {"type": "boolean"}]}),
    (Reference("word", NAMED), {"$ref": "#/$defs/word"}),
]


@pytest.mark.parametrize(("shape", "values"), ACCEPTED, ids=lambda one: type(one).__name__)
def test_what_is_within_the_bounds_is_accepted(shape: Shape, values: list[Any]) -> None:
    for value in values:
        with accepted():
            shape.check(value, "x")


@pytest.mark.parametrize(("shape", "value", "message"), REFUSED)
def test_the_next_value_is_refused_in_words(shape: Shape, value: Any, message: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        shape.check(value, "x")
    assert str(refused.value).endswith(message)
    assert str(refused.value).startswith(message.partition(" is ")[0] if message[0] == "x" else "")


@pytest.mark.parametrize(("shape", "expected"), SCHEMAS)
def test_the_published_schema_says_the_same(shape: Shape, expected: Any) -> None:
    assert shape.json_schema() == expected


def test_a_long_value_is_cut() -> None:
    whole = "a" * (LONGEST_SHOWN - 2)
    assert str(wrong(whole, "x", "e")) == f"x is '{whole}': e"
    assert str(wrong(f"{whole}a", "x", "e")) == f"x is '{whole}a...: e"


def test_a_month_is_its_first_day_where_it_is_allowed() -> None:
    assert to_date("2020-02", month=True) == date(2020, 2, 1)
    assert to_date("2020-02-03", month=True) == to_date("2020-02-03") == date(2020, 2, 3)
    with pytest.raises(ValueError, match="'2020-02' is not a date"):
        to_date("2020-02")
