# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The automaton finds what Python's engine finds, in each pattern of the catalogue, and needs no more steps than the line has bytes."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry_file import load_catalogue
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.linear_pattern import (
    MOST_WORK,
    LinearPattern,
    Work,
)

from tests.played_together import played_together

CATALOGUE = Path(__file__).parents[4] / "templates" / "mitigations"
OF_THE_CATALOGUE = sorted(
    {
        value.strip()
        for entry in load_catalogue(CATALOGUE)
        for one in entry.indicators
        if one.is_regex
        for value in one.values
    }
)
OTHERS = [
    "a",
    "^a",
    "a$",
    "^a*$",
    "(a|b)*c",
    "a{2,3}b",
    "a{2}",
    "x?y",
    "[^a-c]d",
    "(?i)AbC",
    "a|bc|",
    "(?:ab)+c",
    r"\.\x41",
    "a.*?b",
    "^$",
    "a+b+",
    "[]a]",
]
WORDS = [
    *(
        b"a",
        b"b",
        b"c",
        b"ab",
        b" ",
        b"/",
        b".xml",
        b"vpns",
        b"pitboss",
        b"PPE",
        b"NSPPE;",
        b"unexpectedly died",
        b"GET ",
    ),
    *(
        b'] "GET /vpn/../vpns/portal/x.xml HTTP/1.1" 200',
        b"nobody",
        b"/bin/httpd",
        b"eval(",
        b"chr(",
        b"\xff",
        b"#NS",
        b'"',
        b"d",
        b"A",
    ),
    *(
        b"AAA Message Authentication is rejected for ",
        b"exec(",
        b"45.120.53.214",
        b"http_response_code(404)",
        b"x",
        b"y",
        b"]",
    ),
]


@played_together("text", [*OF_THE_CATALOGUE, *OTHERS])
def test_it_finds_what_the_engine_of_python_finds(text: str) -> None:
    chance = random.Random(text)
    own, theirs = LinearPattern(text), re.compile(text.encode("latin-1") if text.isascii() else text.encode())
    lines = [b"".join(chance.choices(WORDS, k=chance.randint(0, 8))) for _ in range(300)]
    for line in lines:
        expected = theirs.search(line) is not None
        if "(?!.*/bin/httpd)" in text:  # stricter: nowhere in the line, not only behind the match
            expected = expected and b"/bin/httpd" not in line
        assert own.search(line) is expected, line


@played_together(
    "text",
    [
        "(a",
        "a)",
        "*a",
        "[a",
        r"\1",
        "(?=a)",
        "(?<=a)b",
        "(?!a)b",
        "a{1000}",
        "((a{99}){99}){9}",
        "a++",
        "é",
        r"\b",
        "[b-a]",
        "(" * 199 + "a" + ")" * 199,
        r"\x-1",
        r"\x 1",
        r"\x+f",
        r"\x1",
    ],
)
def test_what_an_automaton_cannot_do_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        LinearPattern(text)


def test_a_line_that_ruins_other_engines_costs_a_step_for_each_byte() -> None:
    """``(a|a)*b``, ``(a*)*b`` and chains of ``.*`` need exponential or cubic time where each way to match is tried."""
    line = b"a" * 100_000
    for text in ("(a|a)*b", "(a*)*b", "(a+)+$b", "a.*a.*a.*a.*b"):
        pattern = LinearPattern(text)
        pattern.literal = b""
        assert not pattern.search(line)
        assert len(pattern._memory) < 20


def test_the_states_that_are_remembered_are_bounded() -> None:
    pattern = LinearPattern("a.{20}b")
    pattern.literal = b""
    chance = random.Random(1)
    assert not pattern.search(bytes(chance.choices(b"ac", k=30_000)))
    assert len(pattern._memory) <= 1_000


def test_lines_that_need_a_new_state_for_each_byte_are_given_up_and_counted() -> None:
    pattern, chance = LinearPattern("a.{150}[bd]"), random.Random(1)
    work = Work(left=1_000_000)
    lines = [bytes(chance.choices(b"ac", k=2_000)) for _number in range(40)]
    assert not any(pattern.search(line, work) for line in lines)
    assert 30 < work.given_up < 40
    assert pattern.search(b"a" * 151 + b"b", Work()), "another appliance has its own work"


def test_usual_lines_need_little_work_however_many_they_are() -> None:
    work = Work()
    pattern = LinearPattern(r"GET /vpns?/[^ ]*\.(?:pl|xml) HTTP")
    line = b'10.0.0.1 - - "GET /vpn/x/index.html HTTP/1.1" 200'
    pattern.search(line, work)
    needed = MOST_WORK - work.left
    assert 0 < needed < 5_000
    for _number in range(1_000):
        pattern.search(line, work)
    assert (MOST_WORK - work.left, work.given_up) == (needed, 0)
    assert pattern.search(b"GET /vpns/y.xml HTTP", work)
