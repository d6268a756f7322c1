# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A manifest that somebody has edited is none: no file outside the bundle, no value of another type, no time without a zone."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.digest import digest_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.evidence.manifest import (
    SCHEMA,
    Footprint,
    Item,
    Manifest,
    Missing,
    NodeFacts,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.evidence.sources import Part

FORMAT = yaml.safe_load((Path(__file__).parents[5] / "docs" / "reference" / "manifest-schema.yml").read_text("utf-8"))
TIME = "2026-09-28T06:15:02+00:00"
ITEM = Item(
    "10.2.0.11:443", Part.FILES, "systemfile /nsconfig/ns.conf", "10.2.0.11/ns.conf", 900, digest_of(b"x"), TIME
)
WHOLE = Manifest(
    appliance="gw", taken_by="ann", reason="", began=TIME, ended=TIME, parts=(Part.FILES,), items=(ITEM,),
    missing=(Missing("", "shell", "processes", "no account", False), Missing("", "files", "x", "gone")),
)  # fmt: skip


def edited(**changes: Any) -> bytes:
    values = json.loads(WHOLE.to_bytes())
    item = {name: value for name, value in changes.items() if name in values["items"][0]}
    values["items"][0] |= item
    return json.dumps({**values, **{name: value for name, value in changes.items() if name not in item}}).encode()


def test_it_is_read_as_it_was_written() -> None:
    assert Manifest.of_bytes(WHOLE.to_bytes()) == WHOLE
    assert [one.what for one in WHOLE.gaps] == ["x"], "what was left out on purpose is no gap"


@pytest.mark.parametrize("file", ["../x", "a/../../x", "a//b", "/etc/passwd", "", ".", "a/./b", "a/.."])
def test_no_file_leads_out_of_the_bundle(file: str) -> None:
    with pytest.raises(InvalidInput, match=r"no manifest of evidence \(ValueError\)"):
        Manifest.of_bytes(edited(file=file))


@pytest.mark.parametrize("change", [{"size": "900"}, {"size": None}, {"sha256": 7}, {"sha256": None}])
def test_a_size_and_a_hash_have_their_types(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match=r"no manifest of evidence \(TypeError\)"):
        Manifest.of_bytes(edited(**change))


@pytest.mark.parametrize("name", ["began", "ended"])
@pytest.mark.parametrize("time", ["2026-09-28T06:15:02", "yesterday", None])
def test_a_time_has_its_zone(name: str, time: Any) -> None:
    with pytest.raises(InvalidInput, match=r"no manifest of evidence \(ValueError\)"):
        Manifest.of_bytes(edited(**{name: time}))


def test_another_schema_is_refused() -> None:
    with pytest.raises(InvalidInput, match="its schema is not"):
        Manifest.of_bytes(edited(schema="tourniquet-evidence/99"))


def test_a_part_that_does_not_exist_is_refused() -> None:
    with pytest.raises(InvalidInput, match="no manifest of evidence"):
        Manifest.of_bytes(edited(part="dreams"))


def problems(data: bytes) -> list[str]:
    """Return where a manifest is not as the published schema says."""
    return [error.json_path for error in jsonschema.Draft202012Validator(FORMAT).iter_errors(json.loads(data))]


def full() -> bytes:
    """Return a manifest with one of everything."""
    facts = NodeFacts("10.2.0.11:443", "primary", "NS14.1", TIME, "Mon Sep 28", None, 1.5)
    values = {**WHOLE.__dict__, "nodes": (facts,), "footprint": (Footprint("10.2.0.11:443", TIME, "a log-on"),)}
    return Manifest(**values).to_bytes()


def places(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield where each value of a manifest is."""
    yield above
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in below:
        yield from places(one, (*above, key))


def with_value(values: Any, place: tuple[Any, ...], value: Any) -> Any:
    if not place:
        return value
    changed = copy.deepcopy(values)
    holder = changed
    for key in place[:-1]:
        holder = holder[key]
    holder[place[-1]] = value
    return changed


WRONG: tuple[Any, ...] = (None, True, -1, 1.5, "", "x", [], {}, ["x"], {"a": 1}, "yesterday")


def test_what_the_published_schema_refuses_is_not_read() -> None:
    """A value of another type could hide a gap: ``"is_gap": null`` is none."""
    values, format_ = json.loads(full()), jsonschema.Draft202012Validator(FORMAT)
    read = []
    for place in places(values):
        for wrong in WRONG:
            changed = with_value(values, place, wrong)
            if not format_.is_valid(changed):
                try:
                    Manifest.of_bytes(json.dumps(changed).encode())
                except InvalidInput:
                    continue
                read.append((place, wrong))
    assert read == []


@pytest.mark.parametrize(
    "change",
    [
        {"appliance": "\ud800"},
        {"began": "9999-12-31T23:59:59-23:59"},
        {"ended": "0001-01-01T00:00:00+23:59"},
        {"taken_at": "0001-01-01T00:00:00+23:59"},
    ],
)
def test_a_text_that_nobody_can_write_and_a_time_that_no_clock_has_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match="no manifest of evidence"):
        Manifest.of_bytes(edited(**change))


@pytest.mark.parametrize("number", ["NaN", "1e999"])
def test_a_number_that_is_none_is_refused(number: str) -> None:
    data = full().replace(b'"within": 1.5', b'"within": ' + number.encode())
    with pytest.raises(InvalidInput, match="no manifest of evidence"):
        Manifest.of_bytes(data)


def test_a_manifest_of_the_first_schema_is_read() -> None:
    values = json.loads(full())
    del values["items"][0]["mode"]
    assert Manifest.of_bytes(json.dumps({**values, "schema": 1}).encode()).items == (ITEM,)


def test_a_manifest_is_as_its_published_schema_says() -> None:
    assert problems(full()) == []
    assert FORMAT["properties"]["schema"]["const"] == SCHEMA
    assert FORMAT["$defs"]["part"]["enum"] == [*Part]


@pytest.mark.parametrize(
    ("kind", "name"), [(Item, "items"), (Missing, "missing"), (NodeFacts, "nodes"), (Footprint, "footprint")]
)
def test_the_schema_names_each_field(kind: Any, name: str) -> None:
    described = FORMAT["properties"][name]["items"]
    assert list(described["properties"]) == described["required"] == [one.name for one in fields(kind)]


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"sha256": "x"}, "$.items[0].sha256"),
        ({"size": -1}, "$.items[0].size"),
        ({"modified": "yesterday"}, "$.items[0].modified"),
        ({"file": "/etc/passwd"}, "$.items[0].file"),
        ({"began": "2026-09-28T06:15:02"}, "$.began"),
        ({"parts": ["memory"]}, "$.parts[0]"),
        ({"word": "whole"}, "$"),
    ],
)
def test_the_schema_refuses_other_values(change: dict[str, Any], where: str) -> None:
    assert problems(edited(**change)) == [where]
