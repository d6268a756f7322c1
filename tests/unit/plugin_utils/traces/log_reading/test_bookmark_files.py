# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Bookmarks that cannot be read or written, and those that say something impossible."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.log_reading import bookmarks
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.log_reading.bookmarks import (
    SCHEMA,
    Bookmarks,
    bookmark_file,
    read_bookmarks,
    write_bookmarks,
)

MARK = {"offset": 5, "digest": "0" * 64, "time": "", "before": "", "listed": ""}
WHOLE = {"schema": SCHEMA, "host": "gw-a", "logs": {"n1": {"ns.log": MARK}}, "sessions": {}, "probes": {"n1": 2}}


def read(directory: Path, content: dict[str, Any]) -> tuple[Bookmarks, str]:
    path = write_bookmarks(directory, "gw-a", Bookmarks())
    path.write_text(json.dumps(content))
    return read_bookmarks(directory, "gw-a")


@pytest.mark.parametrize(
    "wrong",
    [
        {"host": "gw-b"},
        {"probes": {"n1": -1}},
        {"probes": {"n" * 10_000: 1}},
        {"logs": {"n1": {"ns.log": MARK | {"offset": 0}}}},
        {"logs": {"n1": {"ns.log": MARK | {"digest": "x"}}}},
    ],
)
def test_what_is_impossible_counts_as_damaged(wrong: dict[str, Any], tmp_path: Path) -> None:
    assert read(tmp_path, WHOLE)[1] == ""
    found, problem = read(tmp_path, WHOLE | wrong)
    assert (found, "are damaged, so everything was read again" in problem) == (Bookmarks(), True)


@pytest.mark.parametrize("offset", [1, 2**40])
def test_each_place_after_the_beginning_is_one(offset: int, tmp_path: Path) -> None:
    found, problem = read(tmp_path, WHOLE | {"logs": {"n1": {"ns.log": MARK | {"offset": offset}}}})
    assert (found.logs["n1"]["ns.log"].offset, problem) == (offset, "")


def test_a_file_that_cannot_be_read_or_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_given: Any, **_more: Any) -> None:
        raise OSError(28, "No space left on device")

    path = bookmark_file(tmp_path, "gw-a")
    monkeypatch.setattr(bookmarks, "write_privately", full)
    told = (
        rf"^gw-a: the bookmarks {path} cannot be written \(No space left on device\): the next run reads the same lines"
    )
    with pytest.raises(InvalidInput, match=told):
        write_bookmarks(tmp_path, "gw-a", Bookmarks())
    monkeypatch.setattr(bookmarks, "read_private_bytes", full)
    with pytest.raises(
        InvalidInput, match=rf"^gw-a: the bookmarks {path} cannot be read \(No space left on device\)\. Make"
    ):
        read_bookmarks(tmp_path, "gw-a")
