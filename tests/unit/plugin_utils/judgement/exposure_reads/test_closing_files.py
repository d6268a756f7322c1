# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Is a location file the one that our run wrote: by its content, or by its size alone where NITRO returns none of that size."""

from __future__ import annotations

import hashlib
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro import file_limits
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.resource_types import (
    Attributes,
    ObjectId,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_content import RecordedFile
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure_reads import closing_files
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure_reads.closing_files import (
    FilesThere,
    files_there,
)

PATH = "/var/netscaler/locdb/tq.csv"
LOCATIONS: dict[ObjectId, Attributes] = {("locationfile", ()): {"Locationfile": PATH, "format": "netscaler"}}
SESSION: Any = SimpleNamespace(node=SimpleNamespace(host="192.0.2.1"))
GONE = f"{PATH} is not on node 192.0.2.1 any more: a restart loads no country"
ANOTHER = f"the content of {PATH} on node 192.0.2.1 is not what our run wrote; it is loaded now, or after a restart"
BY_SIZE = f"the content of {PATH} on node 192.0.2.1: NITRO returns no file of this size, so the size alone was compared"


def found(
    monkeypatch: pytest.MonkeyPatch, content: bytes | None, size: int, listed: dict[str, int | None] | None = None
) -> FilesThere:
    monkeypatch.setattr(closing_files, "read_file", lambda *_file: content)
    monkeypatch.setattr(closing_files, "sizes", lambda *_directory: listed or {})
    sha256 = hashlib.sha256(b"ours").hexdigest()
    return files_there(SESSION, LOCATIONS, {PATH: RecordedFile(size=size, sha256=sha256)})


@pytest.mark.parametrize(
    ("content", "told"), [(b"ours", ()), (b"theirs", (ANOTHER,)), (b"", (ANOTHER,)), (None, (GONE,))]
)
def test_a_file_is_ours_by_its_content(
    monkeypatch: pytest.MonkeyPatch, content: bytes | None, told: tuple[str, ...]
) -> None:
    assert found(monkeypatch, content, 4) == found(monkeypatch, content, file_limits.LARGEST) == FilesThere(told)


@pytest.mark.parametrize(
    ("listed", "told"),
    [
        ({}, FilesThere((GONE,))),
        ({"other.csv": file_limits.LARGEST + 1}, FilesThere((GONE,))),
        ({"tq.csv": file_limits.LARGEST + 1}, FilesThere(not_compared=(BY_SIZE,))),
        ({"tq.csv": None}, FilesThere(not_compared=(BY_SIZE,))),
        ({"tq.csv": file_limits.LARGEST}, FilesThere((ANOTHER,))),
        ({"tq.csv": file_limits.LARGEST + 2}, FilesThere((ANOTHER,))),
    ],
)
def test_one_that_is_too_large_for_nitro_is_compared_by_its_size(
    monkeypatch: pytest.MonkeyPatch, listed: dict[str, int | None], told: FilesThere
) -> None:
    assert found(monkeypatch, b"ours", file_limits.LARGEST + 1, listed) == told


def test_a_record_that_does_not_say_what_it_wrote_compares_nothing() -> None:
    text = f"what {PATH} holds: the record of our run, of an earlier version, does not say what it wrote"
    assert files_there(SESSION, LOCATIONS, {}) == FilesThere(not_compared=(text,))
    assert files_there(SESSION, {}, {}) == FilesThere()
