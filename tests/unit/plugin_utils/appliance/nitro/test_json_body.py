# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The JSON of an answer: what is taken, and why the rest is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro import json_body
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.json_body import (
    DEEPEST,
    BrokenBody,
    parse_body,
)

from tests.played_together import played_together


def nested(depth: int) -> bytes:
    """An object with arrays in it, so many levels in all."""
    return b'{"a": ' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


@played_together(
    ("content", "body"),
    [
        (b"", {}),
        (b" \r\n", {}),
        (b"{}", {}),
        (b'{"a": 1, "a": 1}', {"a": 1}),
        (rb'{"a": "\ud83d\ude00"}', {"a": "\U0001f600"}),
        (rb'{"a": "\ud800", "b": ["x\uDFFFy \ud83d\ude00"]}', {"a": "\ufffd", "b": ["x\ufffdy \U0001f600"]}),
        (rb'{"\uDFFF": 1}', {"\ufffd": 1}),
        (b'{"a": null, "b": [null, {"c": null}]}', {"b": [None, {}]}),
        (b'{"a": 1.5, "b": -1e3}', {"a": 1.5, "b": -1000.0}),
        (b'{"errorcode": 0, "x": [{"feature": ["LB"]}]}', {"errorcode": 0, "x": [{"feature": ["LB"]}]}),
    ],
)
def test_what_is_taken(content: bytes, body: dict[str, Any]) -> None:
    assert parse_body(content) == body


def test_the_deepest_nesting_is_taken() -> None:
    assert parse_body(nested(DEEPEST))


@played_together(
    ("content", "why"),
    [
        (b"<html>", "it is not JSON"),
        (b'{"a": ', "it is not JSON"),
        (b'{"a": "\xff"}', "it is not JSON"),
        (b'{"a": ' + b"9" * 5000 + b"}", "it is not JSON"),
        (b"[]", "it is not a JSON object"),
        (b'"text"', "it is not a JSON object"),
        (b"null", "it is not a JSON object"),
        (b'{"a": NaN}', "it has the number NaN"),
        (b'{"a": -Infinity}', "it has the number -Infinity"),
        (b'{"a": 1e400}', "it has a number that is too large"),
        (b'{"a": 1, "a": 2}', "a name occurs twice in it, with different values"),
        (b'{"x": {"errorcode": 0, "errorcode": 1}}', "a name occurs twice in it, with different values"),
        (nested(DEEPEST + 1), f"it is nested deeper than {DEEPEST} levels"),
        (nested(100_000), f"it is nested deeper than {DEEPEST} levels"),
        (b'{"a":' * 100_000, f"it is nested deeper than {DEEPEST} levels"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(BrokenBody) as raised:
        parse_body(content)
    assert str(raised.value) == why


@pytest.mark.parametrize("piece", [b"0", b"[]", b"{}", b'{"a":[]}'])
def test_the_number_of_values_is_limited(piece: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_body, "MOST_VALUES", 1000)
    assert parse_body(b'{"a": [' + b",".join([piece] * 200) + b"]}")
    with pytest.raises(BrokenBody, match="more than 1,000 values"):
        parse_body(b'{"a": [' + b",".join([piece] * 1001) + b"]}")


def test_a_large_answer_of_an_honest_appliance_is_taken() -> None:
    """10,000 ACLs with 40 attributes each."""
    row = {f"attribute{number}": "a value, as text" for number in range(40)}
    assert json_body.MOST_VALUES > 3 * 10_000 * 40
    assert len(parse_body(json.dumps({"nsacl": [row] * 100}).encode())["nsacl"]) == 100
