# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A copy that is not the copy of its record is refused, whatever an appliance has in the file."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records import record_copies
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_content import RecordContent
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_copies import TOO_LARGE, Copy
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput, NitroError

NAME = "20200115T020000.000000Z-r1.json"


def parse(value: Any) -> Copy:
    return Copy.parse(NAME, value if isinstance(value, bytes) else json.dumps(value).encode())


@pytest.mark.parametrize(
    "value",
    [
        [],
        {},
        None,
        7,
        "text",
        {"format": 2, "name": NAME, "sha256": "x", "record": None},
        {"format": 1, "name": "another.json", "sha256": "x", "record": None},
        {"name": NAME, "sha256": "x", "record": None},
    ],
)
def test_what_is_not_a_copy_of_this_record_is_refused(value: Any) -> None:
    with pytest.raises(InvalidInput, match=f"^the copy of {NAME} is not one of format 1$"):
        parse(value)


@pytest.mark.parametrize("value", [b"", b"{", b"\xff\xfe", b"[" * 100_000])
def test_what_is_not_json_is_refused(value: bytes) -> None:
    with pytest.raises(InvalidInput, match=f"^the copy of {NAME} is not JSON "):
        parse(value)


def test_a_copy_that_no_run_can_have_written_is_not_even_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_copies, "parse_json", pytest.fail)
    with pytest.raises(
        InvalidInput, match=f"^the copy of {NAME} is larger than 2,097,152 bytes: no run writes such a file$"
    ):
        parse(b" " * (2 * 1024 * 1024 + 1))


@pytest.mark.parametrize("record", [[], "text", 7, {}, {"host": "box"}])
def test_a_copy_without_a_record_in_it_is_refused(record: Any) -> None:
    with pytest.raises(InvalidInput, match=f"^the copy of {NAME} does not hold a record: it "):
        parse({"format": 1, "name": NAME, "sha256": "x", "record": record})


def test_a_copy_that_has_its_digest_only_has_no_record() -> None:
    copy = parse({"format": 1, "name": NAME, "sha256": "x", "record": None})
    assert (copy.name, copy.sha256, copy.content) == (NAME, "x", None)


WHOLE = Copy(NAME, "x", RecordContent({"ticket": "CHG1"}))


@pytest.mark.parametrize(
    ("codes", "sizes", "is_whole"),
    [
        ([0], ["whole"], True),
        ([TOO_LARGE, 0], ["whole", "digest"], False),
    ],
)
def test_a_copy_that_the_appliance_finds_too_large_is_its_digest(
    monkeypatch: pytest.MonkeyPatch, codes: list[int], sizes: list[str], is_whole: bool
) -> None:
    assert put(monkeypatch, codes, sizes) is is_whole


@pytest.mark.parametrize("code", [1, TOO_LARGE - 1, TOO_LARGE + 1])
def test_any_other_refusal_of_a_copy_is_an_error(monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    with pytest.raises(NitroError):
        put(monkeypatch, [code], ["whole"])


def put(monkeypatch: pytest.MonkeyPatch, codes: list[int], sizes: list[str]) -> bool:
    """:param codes: the answers to the requests that create a file, 0 for success; sizes: what each of them must hold"""
    sent: list[str] = []

    def create(_session: Any, _name: str, content: bytes) -> None:
        sent.append("digest" if json.loads(content)["record"] is None else "whole")
        code = codes[len(sent) - 1]
        if code:
            raise NitroError("box", "POST systemfile", 400, code, "no")

    monkeypatch.setattr(record_copies, "create_file", create)
    is_whole = record_copies._put(None, "a.txt", WHOLE)  # type: ignore[arg-type]
    assert sent == sizes
    return is_whole


def test_a_record_that_is_too_large_is_not_even_sent_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    size = len(WHOLE.to_bytes())
    monkeypatch.setattr(record_copies, "LARGEST", size)
    assert put(monkeypatch, [0], ["whole"])
    monkeypatch.setattr(record_copies, "LARGEST", size - 1)
    assert not put(monkeypatch, [0], ["digest"])
