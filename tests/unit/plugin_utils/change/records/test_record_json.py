# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The JSON of a record: what two readers could understand in two ways is refused."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records import record_json
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_json import parse_json


def test_json_is_read_from_text_and_bytes() -> None:
    assert parse_json('{"a": [1, 2.5, null]}') == parse_json(b'{"a": [1, 2.5, null]}') == {"a": [1, 2.5, None]}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"a": 1, "b": 2, "a": 1}', "the key 'a' is there twice"),
        ('{"x": {"undoes": [], "undoes": ["b"]}}', "the key 'undoes' is there twice"),
        ("[NaN]", "the number NaN"),
        ("[-Infinity]", "the number -Infinity"),
        ("[1e999]", "a number that is too large"),
        ("[" * 100_000, "nested without end"),
        ("[1" + "0" * 5000 + "]", "integer string conversion"),
        ("{", "Expecting property name"),
        ("", "Expecting value"),
    ],
)
def test_what_is_ambiguous_or_endless_is_an_error(text: str, problem: str) -> None:
    for given in (text, text.encode()):
        with pytest.raises(ValueError, match=problem):
            parse_json(given)


def test_a_key_that_is_there_twice_is_found_in_one_pass() -> None:
    names = [f"k{number}" for number in range(100_000)]
    text = ",".join(f'"{name}":0' for name in (*names, names[-1]))
    with pytest.raises(ValueError, match="the key 'k99999' is there twice"):
        parse_json("{" + text + "}")  # with a pass for each key this takes minutes


def test_what_is_too_large_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_json, "MOST_VALUES", 2)
    with pytest.raises(ValueError, match="more than 2 values"):
        parse_json("[1, 2, 3, 4]")
    monkeypatch.setattr(record_json, "LARGEST", 3)
    with pytest.raises(ValueError, match="larger than 3 bytes"):
        parse_json(b"[1, 2]")
