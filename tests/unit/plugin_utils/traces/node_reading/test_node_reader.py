# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import gzip
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.bounded_connection import (
    AnswerTooLarge,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.directory_listing import ListedFile
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import CannotConnect, NitroError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.node_reading.file_reads import (
    FileReads,
    Limits,
    Unread,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.node_reading.node_reader import NodeReader

from tests.unit.plugin_utils.traces.node_reading.disk import Disk

REFUSED = NitroError("n1", "GET systemfile", 500, 1, "no")


def reader(disk: Disk, **limits: Any) -> NodeReader:
    return NodeReader(disk, Limits(**limits))  # type: ignore[arg-type]


def gaps(one: NodeReader) -> list[str]:
    return [f"{gap.what}: {gap.why}" for gap in one.not_seen.values() if gap.is_gap]


def read(disk: Disk, path: str, **limits: Any) -> tuple[bytes | None, list[str]]:
    """Return the content of a file, and the gaps that reading it leaves."""
    one = reader(disk, **limits)
    directory, _slash, name = path.rpartition("/")
    row = next((row for row in one.listing(directory) if row.name == name), ListedFile(directory, name))
    return one.content(row), gaps(one)


@pytest.mark.parametrize(
    ("path", "content", "gap"),
    [
        ("/var/vpn/a", REFUSED, "it cannot be read: n1: GET systemfile: HTTP 500, errorcode 1: no"),
        ("/var/tmp/a", REFUSED, "it cannot be read: n1: GET systemfile: HTTP 500, errorcode 1: no"),
        ("/var/vpn/a", None, "it was listed and is gone: rotated or removed in between, so run it again"),
        ("/var/tmp/a", None, "it is listed and not handed out"),
        ("/var/tmp/a b", b"x", "NITRO cannot be asked for a file of this name; the SSH half of a hunt can"),
        ("/var/log/a.gz", gzip.compress(b"x" * 99, mtime=0)[:12], "it ends too early"),
    ],
    ids=["refused", "refused temporary", "gone", "hidden temporary", "name", "cut"],
)
def test_a_listed_file_that_is_not_read_is_a_gap_wherever_it_is(
    path: str, content: bytes | Exception | None, gap: str
) -> None:
    assert read(Disk({path: content}), path)[1] == [f"{path}: {gap}"]


@pytest.mark.parametrize("name", ["a", "a.sh"])
def test_a_temporary_file_that_has_gone_is_no_gap(name: str) -> None:
    disk = Disk({f"/var/tmp/{name}": None})
    one = reader(disk)
    (row,) = one.listing("/var/tmp")
    disk.gone.add(row.path)
    assert (one.content(row), gaps(one)) == (None, [])


def test_a_socket_among_temporary_files_is_no_gap_and_a_program_of_that_size_is() -> None:
    disk = Disk({"/tmp/socket": REFUSED, "/tmp/x.sh": REFUSED})
    disk.sizes = {"/tmp/socket": 0, "/tmp/x.sh": 0}
    assert read(disk, "/tmp/socket") == (None, [])
    assert read(disk, "/tmp/x.sh")[1]


def test_an_answer_that_is_larger_than_any_that_is_read_ends_no_reading() -> None:
    error = CannotConnect("n1: no answer")
    error.__cause__ = AnswerTooLarge("too large")
    disk = Disk({"/var/vpn/a": error, "/var/vpn/b": b"x", "/var/vpn/c": CannotConnect("n1: no answer")})
    one = reader(disk)
    first, second, third = one.listing("/var/vpn")
    assert (one.read(first).unread, one.content(second)) == (Unread.SIZE, b"x")
    assert gaps(one) == ["/var/vpn/a: the answer is larger than any that is read"]
    with pytest.raises(CannotConnect, match="no answer"):
        one.read(third)


def test_what_is_beyond_the_limits_is_one_gap_with_its_number() -> None:
    disk = Disk({f"/var/vpn/{number}": b"x" for number in range(5)})
    one = reader(disk, files=2, then="; the next run goes on")
    assert [one.content(row) for row in (*one.listing("/var/vpn"), *one.listing("/var/vpn"))] == 2 * (
        [b"x", b"x"] + [None] * 3
    )
    assert gaps(one) == ["the content of 3 files: at most 2 files and 128 MiB of a node are read; the next run goes on"]
    assert len([asked for asked in disk.asked if not asked.endswith("/")]) == 2


@pytest.mark.parametrize(("size", "is_read"), [(2**20, True), (2**20 + 1, False)])
def test_a_file_is_not_asked_for_where_it_is_listed_as_too_large(size: int, is_read: bool) -> None:
    disk = Disk({"/var/vpn/a": b"x"})
    disk.sizes["/var/vpn/a"] = size
    told = [] if is_read else ["/var/vpn/a: it has more than 1 MiB"]
    assert read(disk, "/var/vpn/a", largest=2**20) == (b"x" if is_read else None, told)


def test_a_packed_file_counts_as_much_as_it_is_unpacked() -> None:
    packed = gzip.compress(b"a" * 2**20)
    one = reader(Disk({"/var/log/a.gz": packed}), size=2**20)
    (row,) = [row for row in one.listing("/var/log") if row.name == "a.gz"]
    found = one.read(row)
    assert (found.sent, found.content, found.problem) == (packed, b"a" * 2**20, "")
    assert (one.reads.size, one.read(row).unread) == (2**20, Unread.LIMIT)


def test_evidence_is_read_as_it_came() -> None:
    packed = gzip.compress(b"x" * 99, mtime=0)
    reads = FileReads(lambda _file: packed, Limits(unpacks=False))
    found = reads.read(ListedFile("/var/log", "a.gz", len(packed)))
    assert (found.sent, found.content, reads.size) == (packed, packed, len(packed))
