# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which record and which copy show that an approval was used: tests/engine/test_used_approvals.py plays the ways to use one again."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.file_limits import LARGEST
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records import used_approvals
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_content import (
    approved_request_of,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.used_approvals import use_in

REQUEST, SMALLER, LARGER = "5c" * 32, "4b" * 32, "6d" * 32
STEM = "20260101T020000.000000Z-"
COPY = f"tourniquet_{STEM}{{}}.txt"


@pytest.mark.parametrize(
    ("values", "request_id"),
    [
        ({}, ""),
        ({"approval": None}, ""),
        ({"approval": "5c"}, ""),
        ({"approval": {"break_glass": {"who": "Bob"}}}, ""),
        ({"approval": {"request": None}}, ""),
        ({"approval": {"request": REQUEST}}, REQUEST),
    ],
)
def test_which_approved_text_a_record_names(values: dict[str, Any], request_id: str) -> None:
    assert approved_request_of(values) == request_id


def test_only_the_same_text_counts() -> None:
    records: Any = [SimpleNamespace(name=name, approved_request=name) for name in ("", SMALLER, LARGER, REQUEST)]
    assert use_in(records, REQUEST) == (
        f"the approvals were used already, by the run of the record {REQUEST}; an approval is for one run"
    )
    assert use_in(records[:3], REQUEST) == ""


def found(
    monkeypatch: pytest.MonkeyPatch, sizes: dict[str, int | None], contents: dict[str, bytes]
) -> tuple[str, list[str]]:
    """Return the copy that has the number of the text, and which files were read for that."""
    read: list[str] = []

    def read_file(_session: Any, name: str) -> bytes | None:
        read.append(name)
        return contents.get(name)

    monkeypatch.setattr(used_approvals, "file_sizes", lambda _session: sizes)
    monkeypatch.setattr(used_approvals, "read_file", read_file)
    session: Any = SimpleNamespace(where="gw-a")
    return used_approvals._copy_with(session, REQUEST), read


def test_each_copy_is_read_whatever_its_state_up_to_the_one_that_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, ended, other = COPY.format("a_begun"), COPY.format("a_ended"), COPY.format("b_ended")
    sizes = dict.fromkeys(("ns.log", "tourniquet_lock.txt", begun, ended, other), 9)
    assert found(monkeypatch, sizes, {other: f"..{REQUEST}..".encode()}) == (f"{STEM}b.json", [begun, ended, other])
    assert found(monkeypatch, sizes, {begun: REQUEST.encode(), other: b""}) == (f"{STEM}a.json", [begun])
    assert found(monkeypatch, sizes, {begun: LARGER.encode()}) == ("", [begun, ended, other])


def test_a_file_that_no_run_can_have_written_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = {COPY.format("a_ended"): LARGEST + 1, COPY.format("b_ended"): LARGEST, COPY.format("c_ended"): None}
    assert found(monkeypatch, sizes, {})[1] == [COPY.format("b_ended"), COPY.format("c_ended")]
