# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each sentence that a letter can have is of a kind that the nights read: a new one, or a new half of one, is an error here until it has a check."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
import yaml
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.loss import LossCause

from tests.letters_world import TEMPLATES, wording
from tests.nights.sentence_checks import FORMS, Line, lines_of, out_of_order

DECLARED = yaml.safe_load((TEMPLATES / "en.yml").read_text(encoding="utf-8"))
NOT_IN_A_NIGHT = {
    "users": "of a file of facts",
    "advised": "of a file of facts",
    "agreed": "of the register of consent",
    "refused": "of the register of consent",
    "attack_stopped": "of a file of facts",
    "attack_seen": "of a file of facts",
    "decide_close": "of a file of facts",
    "exploited": "of a weakness whose first use is known: that of those of the nights is not",
}
"""The sentences that no night has, with the reason."""
LISTED = {
    "first_and_last": ("put_back_often", "proven_often"),
    "times": tuple(
        key for key in DECLARED["sentences"] if key.endswith("_often") and key not in ("put_back_often", "proven_often")
    ),
}
"""By how several times are listed, the sentences behind which they are."""
EN = wording("en")


@pytest.mark.parametrize("key", DECLARED["sentences"])
def test_each_sentence_of_a_letter_is_read_as_what_it_is(key: str) -> None:
    parts = [part for part, forms in FORMS.items() if _kind(key) in forms]
    if key in NOT_IN_A_NIGHT:
        assert parts == [], "what is read needs no reason"
        return
    assert len(parts) == 1
    for text in _said(key):
        lines, unread = lines_of({parts[0]: [text]})
        assert unread == [], text
        assert [(one.kind, one.form, {*one.places}) for one in lines] == [_wanted(key, one) for one in lines], text


def test_a_sentence_that_nobody_reads_is_an_error() -> None:
    (text, *_more) = _said("closed_partners")
    assert lines_of({"meaning": [f"{text} Nobody else gets in."]})[1] == [
        f"meaning: Nobody else gets in., of {text} Nobody else gets in."
    ]


def test_lines_that_stand_in_another_order_are_an_error() -> None:
    told = [
        *("Access through gw is open.", "Access through shop is open."),
        "The attack could succeed on gw from 6 January 2020 at 08:00 on. That lasted until 6 January 2020 at 09:00.",
        "The attack could succeed on gw from 7 January 2020 at 08:00 on. That lasted until 7 January 2020 at 09:00.",
    ]
    lines, unread = lines_of({"meaning": told})
    assert [*unread, *out_of_order(lines)] == []
    for first in range(3):
        turned = [*lines]
        turned[first : first + 2] = turned[first : first + 2][::-1]
        assert [*out_of_order(turned)] == [f"it tells {lines[first + 1].text} in front of {lines[first].text}"]


def _kind(key: str) -> str:
    for end in ("_ended", "_often"):
        if key.endswith(end) and key != "protection_ended":
            return f"{key.removesuffix(end)} {end[1:]}"
    return key


def _wanted(key: str, line: Line) -> tuple[str, str, set[str]]:
    word, _blank, form = _kind(key).partition(" ")
    return word, form, {"gw", "shop"} if line.places else set()


def _said(key: str) -> Iterator[str]:
    """Yield a sentence as it can be, with each of its halves."""
    day, time, month = "17 December 2019", "6 January 2020 at 08:00", "December 2019"
    for when, until, dated, known, brief, cause, proof in product(
        (day, time, month) if "if month" in DECLARED["sentences"][key] else (day, time),
        (time,),
        (True, False),
        (True, False),
        (True, False),
        ("", *LossCause),
        ("", *DECLARED["proofs"]),
    ):
        uses = DECLARED["sentences"][key]
        if (
            bool(proof) is not ("{{ proof }}" in uses)
            or (not cause and "{{ cause }}" in uses)
            or (cause and "cause" not in uses)
        ):
            continue
        over = _kind(key) != key
        values: dict[str, Any] = {"place": "gw and shop", "entry": "CVE-2019-19781", "when": when, "until": until}
        values |= {
            "dated": dated,
            "known": known,
            "brief": brief,
            "count": 2,
            "by": "J. Jansen",
            "month": when == month,
        }
        values |= {"cause": EN.text("causes", cause, over=over) if cause else ""}
        values |= {"proof": EN.text("proofs", proof) if proof else ""}
        text = EN.text("sentences", key, **values)
        yield from (f"{text} {more}".strip() for more in _listed(key))


def _listed(key: str) -> Iterator[str]:
    span = EN.text("words", "span", when="6 January 2020 at 08:00", until="7 January 2020 at 08:00")
    if key in LISTED["times"]:
        times = EN.text("words", "times", times=f"{span}, {span}")
        more = EN.text("words", "more_times", count=3, until="7 January 2020 at 08:00")
        yield times
        for dated in (True, False):
            yield f"{times} {more} {EN.text('words', 'altogether', total='2 days and 1 hour', dated=dated)}"
    elif key in LISTED["first_and_last"]:
        yield EN.text("words", "first_and_last", first="6 January 2020 at 08:00", last="7 January 2020")
    else:
        yield ""
