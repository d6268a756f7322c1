# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The published schema and the door of the loader say the same, on the entries of the catalogue and on thousands of changes of them."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.bounded_yaml import read_yaml
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry_file import parse_entry
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry_schema import ENTRY
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from jsonschema import Draft202012Validator

from tests import sample
from tests.played_together import played_together

CATALOGUE = Path(__file__).parents[4] / "templates" / "mitigations"
PUBLISHED = CATALOGUE.parent / "entry-schema.json"
ENTRIES = sorted(CATALOGUE.glob("*/mitigation.yml"))
CHANGED = sample.CHANGED_ENTRIES
# What takes the place of a value: other types, and texts that are no date, no name, no build, too long or not printable.
OTHERS: tuple[Any, ...] = (None, True, -1, 10_000, 0.5, "", " a", "a\nb", "x" * 5000, [], {}, [None], {"a": 1})


@cache
def validator() -> Draft202012Validator:
    schema = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def is_valid(content: Any) -> bool:
    """True if the published schema accepts it. In JSON all keys are texts."""
    return validator().is_valid(json.loads(json.dumps(content)))


def passes(content: Any) -> bool:
    """True if the loader accepts its form."""
    try:
        ENTRY.check(content, "the entry")
    except InvalidInput:
        return False
    return True


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path to each value in a content, and in a long list to the first and the last."""
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from paths(inner, (*path, key))
    elif isinstance(value, list):
        for number in sorted({0, len(value) - 1} if value else ()):
            yield from paths(value[number], (*path, number))


def changed(content: Any) -> Iterator[tuple[str, Any]]:
    """Yield a content with one change each: a value left out, a field added, or a value replaced."""
    for path in paths(content):
        if not path:
            continue
        for what, change in changes():
            other = copy.deepcopy(content)
            parent = other
            for step in path[:-1]:
                parent = parent[step]
            change(parent, path[-1])
            yield f"{what} at {path}", other


def changes() -> Iterator[tuple[str, Any]]:
    yield "left out", lambda parent, step: parent.pop(step)
    yield "added", lambda parent, step: parent[step].update(new=1) if isinstance(parent[step], dict) else None
    yield (
        "twice",
        lambda parent, step: parent[step].extend(parent[step][:1]) if isinstance(parent[step], list) else None,
    )
    for other in OTHERS:
        yield f"{other!r:.20}", lambda parent, step, other=other: parent.__setitem__(step, other)


@played_together("path", ENTRIES, ids=lambda path: path.parent.name)
def test_an_entry_of_the_catalogue_is_valid(path: Path) -> None:
    content = read_yaml(path)
    assert [error.message for error in validator().iter_errors(json.loads(json.dumps(content)))] == []
    assert passes(content)


@pytest.mark.parametrize(
    "path", [path for path in ENTRIES if sample.ALL or path.parent.name in CHANGED], ids=lambda path: path.parent.name
)
def test_the_door_and_the_published_schema_agree(path: Path) -> None:
    content = read_yaml(path)
    different = [what for what, other in changed(content) if passes(other) is not is_valid(other)]
    assert different == []


@pytest.mark.parametrize(
    "path", [path for path in ENTRIES if sample.ALL or path.parent.name in CHANGED], ids=lambda path: path.parent.name
)
def test_what_passes_the_door_is_read_or_refused_by_name(path: Path) -> None:
    """No other error comes out of the loader than the one that names the field."""
    content = read_yaml(path)
    for what, other in changed(content):
        if passes(other):
            told = ""
            try:
                parse_entry(path.parent.name, other)
            except InvalidInput as error:
                told = str(error)
            except Exception as error:
                raise AssertionError(what) from error
            assert not told or path.parent.name in told, what


def test_an_editor_finds_the_schema_by_the_first_line_of_each_entry() -> None:
    for path in ENTRIES:
        first = path.read_text(encoding="utf-8").splitlines()[0]
        name = first.removeprefix("# yaml-language-server: $schema=")
        assert (path.parent / name).resolve() == PUBLISHED, path
