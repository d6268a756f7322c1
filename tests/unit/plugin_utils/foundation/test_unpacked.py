# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files that never end, bombs, and lines without an end: each is bounded, and what was left out is told."""

from __future__ import annotations

import bz2
import gzip
import tracemalloc
from collections.abc import Callable

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation import unpacked as module
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.unpacked import (
    LONGEST_LINE,
    end_of_lines,
    lines_of,
    unpacked,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.log_reading.log_line import LogKind

from tests.unit.plugin_utils.traces.log_reading.test_parsers import parsed

MIB = 2**20
TEXT = b"one\ntwo\n"


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress])
def test_a_file_is_unpacked_by_its_content(pack: type[bytes]) -> None:
    assert unpacked(pack(TEXT)) == (TEXT, "")


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
def test_the_members_of_a_packed_file_are_one_file(pack: Callable[[bytes], bytes]) -> None:
    assert unpacked(pack(TEXT) + pack(b"three\n") + pack(b"four\n")) == (TEXT + b"three\nfour\n", "")


@pytest.mark.parametrize(
    ("head", "program"), [(b"\xfd7zXZ\x00", "xz"), (b"(\xb5/\xfd", "zstd"), (b"\x1f\x9d", "compress")]
)
def test_what_cannot_be_unpacked_is_told(head: bytes, program: str) -> None:
    assert unpacked(head + b"anything") == (b"", f"it is packed by {program}, which is not unpacked here")


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
def test_a_bomb_takes_no_more_memory_than_is_read(pack: type[bytes]) -> None:
    bomb = pack(bytes(64 * MIB))
    tracemalloc.start()
    content, problem = unpacked(bomb, MIB)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (len(content), problem) == (MIB, "only the first 1 MiB were read")
    assert peak < 8 * MIB


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
def test_the_number_of_members_is_bounded(pack: Callable[[bytes], bytes]) -> None:
    many = pack(b"") * 999 + pack(TEXT)
    assert unpacked(many) == (TEXT, "")
    assert unpacked(many * 40) == (TEXT, "only its first 1000 members were read")


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
@pytest.mark.parametrize("share", [0.3, 0.9])
def test_a_file_that_is_cut_off_or_damaged_says_so(pack: type[bytes], share: float) -> None:
    packed = pack(bytes(range(256)) * 400)
    cut = packed[: int(len(packed) * share)]
    assert unpacked(cut).problem == "it ends too early"
    damaged = cut + b"\xff" * (len(packed) - len(cut) - 8) + b"12345678"
    assert unpacked(damaged).problem in ("it is damaged, and only what is before that was read", "it ends too early")


def test_other_data_behind_the_end_is_told() -> None:
    assert unpacked(gzip.compress(TEXT) + b"#!/bin/sh") == (TEXT, "it holds other data behind its end")
    assert unpacked(bz2.compress(TEXT) + b"#!/bin/sh") == (TEXT, "it holds other data behind its end")
    assert unpacked(bz2.compress(TEXT) + bytes(512)) == (TEXT, "")


def test_a_file_that_is_larger_than_what_is_read_is_cut() -> None:
    assert unpacked(b"x" * (MIB + 1), MIB) == (b"x" * MIB, "only the first 1 MiB were read")


def test_only_a_line_feed_ends_a_line_and_offsets_are_of_bytes() -> None:
    content = b"a\r\nb\x0b\x85\x00c\n\nlast"
    assert [(line.offset, line.content) for line in lines_of(content)] == [
        (0, b"a"),
        (3, b"b\x0b\x85\x00c"),
        (9, b""),
        (10, b"last"),
    ]
    assert [line.content for line in lines_of(content, 9)] == [b"", b"last"]
    assert end_of_lines(content) == 10
    assert end_of_lines(b"no line feed") == 0


def test_a_line_without_an_end_is_cut_and_marked() -> None:
    (line,) = lines_of(b"x" * (3 * LONGEST_LINE))
    assert (len(line.content), line.is_cut) == (LONGEST_LINE, True)
    assert parsed("ns.log", b"Feb  6 09:40:58 ns x: " + b"y" * LONGEST_LINE).kind is LogKind.CUT


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress])
def test_the_number_of_lines_is_bounded_and_told(pack: type[bytes]) -> None:
    assert unpacked(pack(b"1\n2\n3\n4\n5"), lines=4) == (b"1\n2\n3\n4\n5", "")
    assert unpacked(pack(b"1\n2\n3\n4\n5\n"), lines=4) == (b"1\n2\n3\n4\n", "only its first 4 lines were read")
    assert unpacked(pack(b"\n" * (module.MOST_LINES + 1))).problem == "only its first 400,000 lines were read"
    assert unpacked(pack(b"\n" * (module.MOST_LINES + 1)), lines=0).problem == ""
    assert module.MOST_LINES * 42 > module.MOST_BYTES  # shorter lines are none of syslog's
