# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""YAML from elsewhere at each of its bounds, and where a mistake is."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue import bounded_yaml
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.bounded_yaml import (
    DEEPEST,
    LARGEST,
    MOST_VALUES,
    QUOTES,
    read_yaml,
    why_unreadable,
)


def read(tmp_path: Path, text: str) -> object:
    path = tmp_path / "entry.yml"
    path.write_text(text, encoding="utf-8")
    return read_yaml(path)


def refusal(tmp_path: Path, text: str) -> str:
    with pytest.raises((ValueError, yaml.YAMLError)) as refused:
        read(tmp_path, text)
    return why_unreadable(refused.value)


def test_a_file_of_the_largest_size_is_read_and_one_more_byte_is_too_large(tmp_path: Path) -> None:
    text = "a: " + "b" * (LARGEST - 3)
    assert read(tmp_path, text) == {"a": "b" * (LARGEST - 3)}
    assert refusal(tmp_path, f"{text}b") == "entry.yml is larger than 256 KiB"


def test_the_deepest_value_is_read_and_one_more_level_is_not(tmp_path: Path) -> None:
    assert read(tmp_path, f"#\n{'[' * DEEPEST}{']' * DEEPEST}")
    text = refusal(tmp_path, f"#\n{'[' * (DEEPEST + 1)}{']' * (DEEPEST + 1)}")
    assert text == f"line 2: at most {DEEPEST} levels and {MOST_VALUES} values are allowed"


def test_levels_that_are_over_do_not_count(tmp_path: Path) -> None:
    assert read(tmp_path, f"[{'[],' * (DEEPEST * 2)}[]]") == [[] for _ in range(DEEPEST * 2 + 1)]


def test_as_many_values_as_allowed_are_read_and_one_more_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded_yaml, "MOST_VALUES", 5)
    assert read(tmp_path, "[1, 2, 3, 4]") == [1, 2, 3, 4]
    assert refusal(tmp_path, "[1, 2, 3, 4, 5]") == "line 1: at most 16 levels and 5 values are allowed"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: &x 1", "line 1: anchors and tags are not allowed: remove it"),
        ("a: 1\nb: !!str 1", "line 2: anchors and tags are not allowed: remove it"),
        ("a: 1\n\nb: *x", "line 3: aliases are not allowed: write the value again"),
        ("a: 1\na: 2", "the key 'a' is there twice in"),
    ],
)
def test_what_is_not_allowed_is_named_with_its_line(tmp_path: Path, text: str, problem: str) -> None:
    assert refusal(tmp_path, text).startswith(problem)


def test_a_mistake_is_named_with_line_and_column_and_the_fix(tmp_path: Path) -> None:
    text = refusal(tmp_path, "a: 1\n  b: c: d\n")
    assert text.startswith("line 2, column 4: this is not YAML: ")
    assert text.endswith(f"; {QUOTES}")


def test_any_other_error_is_on_one_line() -> None:
    assert why_unreadable(ValueError("a\n  b")) == "a b"
    marked = yaml.MarkedYAMLError(problem="odd")
    assert why_unreadable(marked) == f"this is not YAML: odd; {QUOTES}"
    mark = yaml.Mark("entry.yml", 0, 4, 6, None, None)
    assert why_unreadable(yaml.MarkedYAMLError(problem="odd", context_mark=mark)).startswith("line 5, column 7: ")


def test_a_date_is_a_text(tmp_path: Path) -> None:
    assert read(tmp_path, "a: 2020-01-10") == {"a": "2020-01-10"}
