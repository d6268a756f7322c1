# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Values as JSON values: what a class says of itself is written, and no character of somebody else controls a terminal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.json_values import (
    beside,
    given,
    json_values,
    written,
    written_as_text,
    written_whole,
)

HOSTILE = "a\x1b[2J\nb\u202e"
SHOWN = "a\\x1b[2J\\x0ab\\x202e"


class Word(StrEnum):
    GOOD = "good"


class Number(IntEnum):
    TWO = 2


@written_as_text
@dataclass(frozen=True)
class Address:
    host: str

    def __str__(self) -> str:
        return f"https://{self.host}"


@written("name", "at.host", given("reason"), shout=lambda one: one.name.upper(), size="length")
@dataclass(frozen=True)
class Node:
    name: str
    at: Address
    reason: str | None = None
    password: str = "secret"

    @property
    def length(self) -> int:
        return len(self.name)


@written_whole(given("last"), text=str)
@dataclass(frozen=True)
class Base:
    word: Word
    password: str = field(default="secret", repr=False)
    last: date | None = None


@written_whole(beside("node"), beside(lambda one: one.more))
@dataclass(frozen=True)
class Longer(Base):
    node: Node | None = field(default=None, repr=False)
    more: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Silent:
    password: str


def test_plain_values_stay_and_others_get_their_form_of_json() -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    value = {
        "plain": [None, True, 3, 1.5, "text"],
        "enums": (Word.GOOD, Number.TWO),
        "times": (date(2026, 1, 2), moment),
        "path": Path("a/b"),
        "set": frozenset({"b", "a"}),
        Word.GOOD: Address("gw"),
        7: {},
    }
    plain = json_values(value)
    assert plain == {
        "plain": [None, True, 3, 1.5, "text"],
        "enums": ["good", 2],
        "times": ["2026-01-02", "2026-01-02T03:04:05+00:00"],
        "path": "a/b",
        "set": ["a", "b"],
        "good": "https://gw",
        "7": {},
    }
    assert json.loads(json.dumps(plain)) == plain
    assert {type(one) for one in (*plain, *plain["enums"])} == {str, int}, "no enumeration is left"


def test_a_class_names_its_values() -> None:
    node = json_values(Node("gw", Address("10.0.0.1")))
    assert node == {"name": "gw", "host": "10.0.0.1", "shout": "GW", "size": 2}
    assert list(json_values(Node("gw", Address("h"), "why"))) == ["name", "host", "reason", "shout", "size"]


def test_all_fields_are_written_but_those_that_are_not_shown() -> None:
    assert json_values(Base(Word.GOOD)) == {"word": "good", "text": "Base(word=<Word.GOOD: 'good'>, last=None)"}
    assert json_values(Base(Word.GOOD, last=date(2026, 1, 2)))["last"] == "2026-01-02"


def test_a_class_has_the_values_of_its_base_and_those_of_its_parts() -> None:
    longer = Longer(Word.GOOD, node=Node("gw", Address("h")), more={"word": "last", "hits": 1})
    assert json_values(longer) | {"text": ""} == {
        "word": "last",
        "text": "",
        "hits": 1,
        "name": "gw",
        "host": "h",
        "shout": "GW",
        "size": 2,
    }
    assert "name" not in json_values(Longer(Word.GOOD))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (HOSTILE, SHOWN),
        ({HOSTILE: [HOSTILE]}, {SHOWN: [SHOWN]}),
        (Path(HOSTILE), SHOWN),
        (Address(HOSTILE), f"https://{SHOWN}"),
        (frozenset({HOSTILE}), [SHOWN]),
        (Longer(Word.GOOD, more={"x": (HOSTILE,)}), SHOWN),
        (Node(HOSTILE, Address(HOSTILE), HOSTILE), SHOWN),
    ],
)
def test_no_text_has_a_character_that_controls_a_terminal(value: object, shown: object) -> None:
    plain = json_values(value)
    inner = plain.get("x", [plain.get("name")])[0] if isinstance(plain, dict) else plain
    assert shown in (plain, inner)
    assert json.dumps(plain, ensure_ascii=False).isprintable()
    assert json_values(plain) == plain, "what is escaped stays as it is"


@pytest.mark.parametrize("value", [Silent("secret"), {"a": [Silent("secret")]}, b"bytes", {1, 2}, object(), Word, Base])
def test_what_does_not_say_how_it_is_written_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="does not say how it is written as JSON values") as raised:
        json_values(value)
    assert "secret" not in str(raised.value)


def test_a_class_does_not_inherit_that_it_is_written() -> None:
    @dataclass(frozen=True)
    class WithMore(Base):
        more: str = ""

    with pytest.raises(TypeError, match="WithMore"):
        json_values(WithMore(Word.GOOD))


@written_whole(escaped_by=str.upper)
@dataclass(frozen=True)
class Loud:
    words: tuple[str, ...]
    by: Mapping[str, str]
    quiet: Base


def test_a_class_says_how_its_own_texts_are_escaped() -> None:
    values = json_values([Loud(("a", "b"), {"c": "d"}, Base("e")), "f"])
    assert values == [{"words": ["A", "B"], "by": {"C": "D"}, "quiet": json_values(Base("e"))}, "f"]


def test_the_values_stand_in_the_order_of_their_names() -> None:
    @written("title=name shout at.host", shout=lambda one: one.name.upper())
    @dataclass(frozen=True)
    class Titled:
        name: str
        at: Address

    assert list(json_values(Titled("gw", Address("h"))).items()) == [("title", "gw"), ("shout", "GW"), ("host", "h")]
