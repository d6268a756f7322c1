# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Drawn expressions find what Python's engine finds; the literal of an expression is in each line that matches; and each limit is at its number."""

from __future__ import annotations

import random
import re

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.linear_pattern import (
    DEEPEST,
    MOST_NODES,
    MOST_REPEATS,
    LinearPattern,
    Work,
)

from tests.played_together import played_together

LETTERS = "aAbB1 -z"
ATOMS = (
    "a",
    "A",
    "b",
    "1",
    ".",
    "[ab]",
    "[^ab]",
    "[a-b]",
    "[^A-Z]",
    "[-a]",
    "[a-]",
    r"\d",
    r"\W",
    r"[\s1]",
    r"\x41",
    r"\x2d",
)
SIGNS = ("*", "+", "?", "*?", "+?", "??", "{2}", "{0}", "{1}", "{1,2}", "{0,1}", "{2,}", "{0,}")


def drawn(chance: random.Random, depth: int = 0) -> str:
    """Return an expression of what is accepted."""
    branches = (
        "".join(_part(chance, depth) for _ in range(chance.randint(0, 3))) for _ in range(chance.choice((1, 1, 2)))
    )
    return "|".join(branches)


def _part(chance: random.Random, depth: int) -> str:
    kind = chance.random()
    if kind < 0.12:
        return chance.choice("^$")
    atom = chance.choice(ATOMS)
    if kind < 0.4 and depth < 2:
        atom = f"({chance.choice(('', '?:'))}{drawn(chance, depth + 1)})"
    return atom + (chance.choice(SIGNS) if chance.random() < 0.4 else "")


def test_drawn_expressions_find_what_the_engine_of_python_finds() -> None:
    chance = random.Random(54)
    lines = ["".join(chance.choices(LETTERS, k=chance.randint(0, 6))).encode() for _ in range(40)]
    found = 0
    for _number in range(400):
        text = chance.choice(("", "", "(?i)", "(?m)", "(?s)(?i)")) + drawn(chance)
        own, theirs = LinearPattern(text), re.compile(text.replace("(?s)(?i)", "(?i)").encode())
        for line in lines:
            expected = theirs.search(line) is not None
            assert own.search(line) is expected, (text, line)
            assert own.search(line) is expected, "by the states that are remembered"
            found += expected
            if expected:
                assert own.literal in (line.lower() if own.ignores_case else line), (text, line)
    assert 3_000 < found < 13_000


@played_together(
    ("text", "literal"),
    [
        ("abc", b"abc"),
        ("ab*cd", b"cd"),
        ("abcd?ef", b"abc"),
        ("abcd.ef", b"abcd"),
        ("ab.cd", b"ab"),
        ("ab.cde", b"cde"),
        ("ab{1}c", b"abc"),
        ("ab{2}", b"a"),
        ("ab(?:cdef)gh", b"ab"),
        ("a(bcd)*ef", b"ef"),
        ("a((?:bc|d)efg|h)ij", b"ij"),
        ("abc(?:d|e)fg", b"abc"),
        ("abc|d", b""),
        ("a|bcd", b""),
        ("^ab$cd", b"ab"),
        ("[a]b", b"ab"),
        (r"\x41\.b", b"A.b"),
        ("(?i)AbC", b"abc"),
        ("(?i)[aA]B", b"ab"),
        ("(?m)aB", b"aB"),
    ],
)
def test_the_literal_is_the_longest_text_that_each_match_has(text: str, literal: bytes) -> None:
    pattern = LinearPattern(text)
    assert (pattern.literal, pattern.ignores_case) == (literal, text.startswith("(?i)"))


@played_together(
    ("text", "line", "is_found"),
    [
        ("ab(?!.*c d)", b"ab", True),
        ("ab(?!.*c d)", b"ab c d", False),
        ("ab(?!.*c d)", b"c d ab", False),
        ("ab(?!.*c d)", b"ab c e", True),
        ("(?i)ab", b"xAB", True),
        ("(?m)ab", b"AB", False),
        (r"\xfF\x0a", b"\xff\n", True),
        (r"\0\r\t\f\v\n", b"\0\r\t\f\v\n", True),
        ("[b-d]", b"b", True),
        ("[b-d]", b"d", True),
        ("[b-d]", b"ae", False),
        ("[b-b]", b"b", True),
        ("[b-b]", b"c", False),
        ("a~", b"a~", True),
        ("\x7f", b"\x7f", True),
    ],
)
def test_forms_that_are_not_drawn(text: str, line: bytes, *, is_found: bool) -> None:
    assert LinearPattern(text).search(line) is is_found


@played_together(
    ("text", "told"),
    [
        ("(" * DEEPEST + "a" + ")" * DEEPEST, ""),
        ("(" * (DEEPEST + 1) + "a" + ")" * (DEEPEST + 1), "more than 20 groups within each other"),
        ("(a)" * (DEEPEST + 1), ""),
        (f"a{{{MOST_REPEATS}}}", ""),
        (f"a{{{MOST_REPEATS},}}", ""),
        (f"a{{0,{MOST_REPEATS}}}", ""),
        (f"a{{{MOST_REPEATS + 1}}}", "more than 200 repetitions"),
        (f"a{{{MOST_REPEATS + 1},}}", "more than 200 repetitions"),
        (f"a{{0,{MOST_REPEATS + 1}}}", "more than 200 repetitions"),
        ("a" * (MOST_NODES // 2 - 2) + "|", ""),
        ("a" * (MOST_NODES // 2 - 1) + "|", "it is too large"),
        ("a" * (MOST_NODES // 2), "it is too large"),
        ("\x80", "a character outside of ASCII"),
        (r"[\d-z]", "a range in [] that is none"),
        (r"[a-\d]", "a range in [] that is none"),
        ("[b-a]", "a range in [] that is none"),
        ("a)", "an unexpected )"),
        ("a{,2}", "a { that is no repetition"),
        ("a{2", "a { that is no repetition"),
        ("a{1,x}", "a { that is no repetition"),
        ("{2}", "a { with nothing before it"),
        ("a|*", "a * with nothing before it"),
        ("(?P<x>a)", "a group that begins with (? and is not (?:"),
        ("(a", "a ( without )"),
        ("[a", "it ends too early"),
        ("\\", "it ends too early"),
        (r"\x4", r"a \x without two digits"),
        (r"\k", r"a \k"),
        ("a*+", "a possessive repetition"),
    ],
)
def test_a_limit_is_at_its_number_and_a_refusal_says_why(text: str, told: str) -> None:
    if not told:
        assert LinearPattern(text).text == text
        return
    with pytest.raises(InvalidInput) as refused:
        LinearPattern(text)
    assert str(refused.value) == f"{text!r} has {told}, which a pattern of an indicator may not have"


def test_work_is_used_up_when_more_is_spent_than_there_was() -> None:
    """A search of ``b`` builds two states of one line, then none more."""
    needed = Work()
    pattern = LinearPattern("[bc]")
    assert not pattern.search(b"aa", needed)
    spent = Work().left - needed.left
    enough, less = Work(spent), Work(spent - 1)
    assert LinearPattern("[bc]").search(b"aab", enough) is False
    assert (enough.given_up, enough.left < 0) == (1, True)
    assert not LinearPattern("[bc]").search(b"aa", less)
    assert less.given_up == 1
    again = Work(spent)
    assert not LinearPattern("[bc]").search(b"aa", again)
    assert (again.given_up, again.left) == (0, 0)
