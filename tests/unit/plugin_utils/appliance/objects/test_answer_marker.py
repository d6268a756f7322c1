# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which measure of ours gave an answer, by the ending of its marker."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.answer_marker import (
    AnsweredBy,
    answered_by,
    marked_for,
    without_ending,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry_file import entry_ids
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.registry import inventory_kinds

CATALOGUE = Path(__file__).parents[5] / "templates" / "mitigations"
HEAD = "Forbidden\nX-Request-Reference: {}\nContent-Length: 0"


def test_no_two_measures_have_the_same_ending() -> None:
    measures = [*entry_ids(CATALOGUE), *inventory_kinds()]
    assert len({marked_for("m", measure) for measure in measures}) == len(measures)


def test_the_ending_does_not_tell_a_stranger_which_measure_it_is() -> None:
    assert marked_for("f00d", "cve_2019_19781") == "f00d-3251f5"
    assert marked_for("", "cve_2019_19781") == ""


@pytest.mark.parametrize(
    ("marker", "by"),
    [
        (marked_for("f00d", "cve_2019_19781"), AnsweredBy.THIS),
        (marked_for("f00d", "url_whitelist"), AnsweredBy.ANOTHER),
        ("f00d", AnsweredBy.SOME),
        (marked_for("beef", "cve_2019_19781"), AnsweredBy.NONE),
        ("", AnsweredBy.NONE),
    ],
)
def test_the_measure_that_gave_an_answer(marker: str, by: AnsweredBy) -> None:
    assert answered_by(HEAD.format(marker), "f00d", "cve_2019_19781") is by
    assert answered_by(HEAD.format(marker), "", "cve_2019_19781") is AnsweredBy.NONE


def test_the_earlier_form_has_the_marker_alone() -> None:
    assert without_ending(HEAD.format(marked_for("f00d", "x")), "f00d", "x") == HEAD.format("f00d")
    other = HEAD.format(marked_for("f00d", "y"))
    assert without_ending(other, "f00d", "x") == other
    assert without_ending("anything", "", "x") == "anything"
