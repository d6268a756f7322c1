# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is made of the rows of one answer is made once."""

from __future__ import annotations

import json

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.reading import Reading

ROWS = [{"name": "a"}, {"name": "b"}]


def names(rows: Reading) -> list[str]:
    return [row["name"] for row in rows]


def test_what_is_made_is_made_once_for_all_readers() -> None:
    made: list[int] = []
    first = Reading(ROWS)
    second = first.again()
    for reading in (first, second, second.again()):
        assert reading.once("number", lambda rows: made.append(len(rows)) or len(rows)) == 2  # type: ignore[func-returns-value]
    assert made == [2]
    assert first.once("names", names) == ["a", "b"]


def test_another_answer_with_the_same_rows_is_another_reading() -> None:
    first, second = Reading(ROWS), Reading(ROWS)
    assert first == second
    assert first.once("names", names) is not second.once("names", names)


def test_what_could_not_be_made_is_tried_again() -> None:
    def fails(_rows: Reading) -> None:
        raise ValueError("a row lacks name")

    reading = Reading(ROWS)
    with pytest.raises(ValueError, match="a row lacks name"):
        reading.once("names", fails)
    assert reading.once("names", names) == ["a", "b"]


def test_a_reader_may_change_the_list_of_its_own() -> None:
    first = Reading(ROWS)
    first.again().clear()
    assert first == ROWS


def test_a_reading_stays_as_it_is_and_is_written_as_its_rows() -> None:
    reading = Reading(ROWS)
    assert Reading.of(reading) is reading
    assert Reading.of(ROWS) == ROWS
    assert json.loads(json.dumps(reading)) == ROWS
