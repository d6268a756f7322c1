# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Templates of letters can be replaced, in a sandbox, and a wrong one is refused with its file and its key."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.forms import Forms
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.wording import (
    Wording,
    read_wording,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

from tests.letters_world import AMSTERDAM, TEMPLATES, at, letter

SENTENCE = "Access through {{ place }} is open."


def changed(own: Path, old: str, new: str) -> Wording:
    own.mkdir()
    text = (TEMPLATES / "en.yml").read_text()
    assert old in text
    (own / "en.yml").write_text(text.replace(old, new))
    return read_wording("en", (own, TEMPLATES), AMSTERDAM)


def test_own_words_count_before_ours(tmp_path: Path) -> None:
    own = changed(tmp_path / "own", "What is the matter?", "What is going on?")
    assert own.text("headings", "matter") == "What is going on?"
    assert read_wording("nl", (tmp_path / "own", TEMPLATES), AMSTERDAM).language == "nl"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (SENTENCE, "You are not vulnerable.", "sentences: open: a letter never says 'not vulnerable'"),
        (SENTENCE, "The firmware is open.", "sentences: open: 'firmware' is a technical word"),
        (SENTENCE, "{{ place", "open: .*Correct the template"),
        ("  open: ", "  opened: ", "sentences lacks open"),
        ("  open: ", "  also: x\n  open: ", "sentences has an unknown key 'also'"),
        ("words:", "words: {}\nothers:", "words lacks subject"),
        ("words:", "words: []\nothers:", "words must be a mapping of texts"),
        ("[January, ", "[", "months must be a list of the 12 names"),
        ("---", "- [", "en.yml: "),
    ],
)
def test_wrong_words_are_refused(tmp_path: Path, old: str, new: str, problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem):
        changed(tmp_path / "own", old, new)


@pytest.mark.parametrize("attack", ["{{ nothing }}", "{{ place.__class__.__mro__ }}", "{{ ''.__class__ }}"])
def test_a_template_reaches_nothing_but_its_values(tmp_path: Path, attack: str) -> None:
    own = changed(tmp_path / "own", SENTENCE, attack)
    with pytest.raises(InvalidInput, match=r"en\.yml: sentences: open: .* Correct the template"):
        own.text("sentences", "open", place="gw")


@pytest.mark.parametrize(
    ("language", "one", "two"),
    [
        ("en", "It concerns about 1 user.", "It concerns about 2 users."),
        ("nl", "Het gaat om ongeveer 1 gebruiker.", "Het gaat om ongeveer 2 gebruikers."),
    ],
)
def test_one_user_is_singular(language: str, one: str, two: str) -> None:
    words = read_wording(language, (TEMPLATES,), AMSTERDAM)
    assert [words.text("sentences", "users", count=count) for count in (1, 2)] == [one, two]


def test_a_language_without_a_file_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"no directory of letter templates has fr\.yml"):
        read_wording("fr", (TEMPLATES,), AMSTERDAM)


def test_an_own_form_counts_and_a_wrong_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.j2").write_text("{{ letter.customer }}: {{ letter.number }}\n")
    own = Forms((tmp_path, TEMPLATES))
    assert own.text(letter()) == "Brouwer: 1\n"
    assert own.page(letter()).startswith("<!DOCTYPE html>")
    (tmp_path / "text.j2").write_text("{{ letter.nothing.__class__ }}")
    with pytest.raises(InvalidInput, match=r"text\.j2: .*Correct the template"):
        Forms((tmp_path,)).text(letter())


def test_all_months_are_in_order() -> None:
    wording = read_wording("nl", (TEMPLATES,), AMSTERDAM)
    assert [wording.moment(at(2, month=month).date()).split()[1][:3] for month in (1, 3, 5, 8, 12)] == [
        "jan",
        "maa",
        "mei",
        "aug",
        "dec",
    ]


@pytest.mark.parametrize(
    ("seconds", "english", "dutch"),
    [
        (0, "no longer than a minute", "niet langer dan een minuut"),
        (60, "no longer than a minute", "niet langer dan een minuut"),
        (61, "2 minutes", "2 minuten"),
        (59 * 60 + 1, "1 hour", "1 uur"),
        (60 * 60, "1 hour", "1 uur"),
        (60 * 60 + 60, "1 hour and 1 minute", "1 uur en 1 minuut"),
        (23 * 3600 + 59 * 60, "23 hours and 59 minutes", "23 uur en 59 minuten"),
        (24 * 3600, "1 day", "1 dag"),
        (24 * 3600 - 1, "1 day", "1 dag"),
        (90 * 24 * 3600 + 2 * 3600 + 3 * 60, "90 days, 2 hours and 3 minutes", "90 dagen, 2 uur en 3 minuten"),
    ],
)
def test_a_duration_is_rounded_up_to_whole_minutes(seconds: int, english: str, dutch: str) -> None:
    total = timedelta(seconds=seconds)
    assert read_wording("en", (TEMPLATES,), AMSTERDAM)._duration(total) == english
    assert read_wording("nl", (TEMPLATES,), AMSTERDAM)._duration(total) == dutch
