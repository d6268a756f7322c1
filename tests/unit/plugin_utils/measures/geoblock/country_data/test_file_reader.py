# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The date of country data, and how much of it is read."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.file_reader import (
    Text,
)

MODIFIED = date(2026, 11, 1)


def text(folder: Path, content: str, name: str = "ranges.csv", most: int = 1000) -> Text:
    (folder / name).write_text(content, encoding="utf-8")
    return Text(folder / name, "", "NL", MODIFIED, most)


@pytest.mark.parametrize(
    ("content", "name", "found"),
    [
        ("# Generated: Wed, 15 Jan 2020 02:00:00 GMT\n", "a.csv", date(2020, 1, 15)),
        ("# Generated: some day\n", "a-2021-03-04.csv", date(2021, 3, 4)),
        ("2|ripencc|1579042799|3|19830705|20200114|+0100\n", "a.csv", date(2020, 1, 14)),
        ("x\n" * 59 + "# Generated: Wed, 15 Jan 2020 02:00:00 GMT\n", "a.csv", date(2020, 1, 15)),
        ("x\n" * 60 + "# Generated: Wed, 15 Jan 2020 02:00:00 GMT\n", "a.csv", MODIFIED),
        ("", "a-202103.csv", date(2021, 3, 1)),
        ("", "a-20210304.csv", date(2021, 3, 4)),
        ("", "a-20211304.csv", MODIFIED),
        ("", "a.csv", MODIFIED),
    ],
)
def test_the_date_is_of_the_header_or_else_of_the_name_or_else_of_the_file(
    tmp_path: Path, content: str, name: str, found: date
) -> None:
    assert text(tmp_path, content, name).date() == found


def test_a_text_of_the_most_bytes_is_read_and_one_more_is_refused(tmp_path: Path) -> None:
    content = "x\n" * 50
    assert [*text(tmp_path, content, most=100).lines()] == ["x\n"] * 50
    with pytest.raises(InvalidInput, match="unpacks to more than 99 bytes"):
        list(text(tmp_path, content, most=99).lines())
