# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reading files: parts, compression, damage, windows; every line is counted once, whatever the number of processes."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    InvalidInput,
    TourniquetError,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.json_values import json_values
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic import file_chunks as parts_module
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.bounded_counters import (
    LONG,
    Distinct,
    Table,
    hashed,
    memoized,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.file_chunks import (
    MAX_LINE,
    FileChunk,
    cut,
    find_files,
    read_lines,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.process_pool import run
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.reader import (
    ReadStatistics,
    Window,
    requests_of,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.sources import (
    HOLDS,
    LogFile,
    LogSource,
    parse_sources,
)
from hypothesis import given
from hypothesis import strategies as st

from tests.played_together import played_together
from tests.synthetic import DAY, START, Mix, Synthetic, combined, json_line, observed, paired

LINES = [observed(one.request, number) for number, one in enumerate(Synthetic(Mix(requests=600)).requests())]


def log(path: Path, lines: list[str]) -> Path:
    content = "".join(f"{line}\n" for line in lines).encode("latin-1")
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def read(file: LogFile, window: Window = Window()) -> tuple[ReadStatistics, int]:  # noqa: B008 -- immutable
    reading = ReadStatistics()
    return reading, sum(1 for chunk in file.chunks() for _ in requests_of(file, chunk, reading, window))


# -- files and parts -----------------------------------------------------------------------------------------------------


def test_rotated_parts_are_found_in_their_order(tmp_path: Path) -> None:
    for name in ("ns.log", "ns.log.0.gz", "ns.log.10.gz", "ns.log.2.gz", "other.log"):
        log(tmp_path / name, ["x"])
    (tmp_path / "ns.log.directory").mkdir()
    found = find_files(["ns.log*", "ns.log"], tmp_path)
    assert [path.name for path in found] == ["ns.log", "ns.log.0.gz", "ns.log.2.gz", "ns.log.10.gz"]


def test_a_pattern_that_fits_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"no file matches 'ns\.log\*'"):
        find_files(["ns.log*"], tmp_path)


@given(
    st.lists(st.binary(max_size=30).map(lambda line: line.replace(b"\n", b"").rstrip(b"\r")), max_size=30),
    st.integers(1, 40),
)
def test_pieces_of_any_size_give_every_line_once(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], piece: int
) -> None:
    path = tmp_path_factory.mktemp("pieces") / "a.log"
    path.write_bytes(b"x\n" + b"".join(line + b"\n" for line in lines))
    found = [line for part in cut(path, piece) for line in read_lines(part)]
    assert found == ["x", *[line.decode("latin-1") for line in lines]]


def test_a_huge_line_is_told_and_the_next_one_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(b"a\n" + b"y" * (5 * MAX_LINE + 3) + b"\nb\n" + b"z" * MAX_LINE + b"\nc")
    assert list(read_lines(cut(path)[0])) == ["a", None, "b", "z" * MAX_LINE, "c"]


def test_other_line_ends_do_not_end_a_line(tmp_path: Path) -> None:
    path = log(tmp_path / "a.log", ["a\rb\x0bc\x85d\x1ce"])
    assert list(read_lines(cut(path)[0])) == ["a\rb\x0bc\x85d\x1ce"]


def test_compressed_files_that_were_put_behind_each_other_are_one(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"a\nb") + gzip.compress(b"c\n" + b"d" * 600_000) + gzip.compress(b"\ne\n"))
    found = list(read_lines(cut(path)[0]))
    assert found[:2] == ["a", "bc"]
    assert found[2:] == [None, "e"]


def test_a_torn_compressed_file_keeps_what_was_read(tmp_path: Path) -> None:
    path = log(tmp_path / "ns.log.0.gz", LINES)
    path.write_bytes(path.read_bytes()[:-200])
    reading, count = read(LogFile(LogSource("x", "observe"), path, "observe"))
    assert 0 < count < len(LINES)
    assert len(reading.damaged) == 1
    assert "damaged after line" in reading.damaged[0]


# -- numbers -------------------------------------------------------------------------------------------------------------


def test_every_line_is_counted_once(tmp_path: Path) -> None:
    bad = ["RESPONDER Message 1", "\x1b]0;evil\x07", "x" * (MAX_LINE + 9), "last message repeated 2 times"]
    path = log(tmp_path / "ns.log", [*LINES, '"', *bad])
    reading, count = read(LogFile(LogSource("x", "observe"), path, "observe"))
    assert count == reading.requests == len(LINES)
    assert reading.other == 1
    assert sum(reading.unparsable.values()) == len(bad)
    assert reading.lines == len(LINES) + 1 + len(bad)
    assert all(line.isprintable() for samples in reading.samples.values() for line in samples)


def test_what_lacks_is_said_and_how_far_back_it_reaches(tmp_path: Path) -> None:
    requests = [one.request for one in Synthetic(Mix(requests=200)).requests()]
    path = log(tmp_path / "httpaccess.log", [combined(request._replace(client="127.0.0.1")) for request in requests])
    reading, _ = read(LogFile(LogSource("x"), path, "httpaccess"))
    assert reading.missing() == [f"all requests lack the {what}" for what in ("client address", "VIP", "session")]
    assert reading.reach().startswith("2019-12-16 00:00 to 2020-01-0")
    assert HOLDS["httpaccess"] == "only Gateway pages that reached httpd, about 500 KB; nothing that a policy answered"
    assert json_values(reading)["lacks"] == reading.missing()


def test_a_source_can_say_whose_requests_it_has(tmp_path: Path) -> None:
    requests = [one.request for one in Synthetic(Mix(requests=50)).requests()]
    path = log(tmp_path / "access.log", [combined(request) for request in requests])
    source = LogSource("access.log", vip="gw")
    reading, _ = read(LogFile(source, path, source.format_of(path)))
    assert reading.missing() == ["all requests lack the session"]


def test_a_window_keeps_what_is_in_it_and_nothing_without_a_time(tmp_path: Path) -> None:
    path = log(tmp_path / "ns.log", [*LINES, f"<135> {LINES[0].partition(' : ')[2]}"])
    reading, count = read(LogFile(LogSource("x"), path, "observe"), Window(START + DAY, START + 6 * DAY))
    assert 0 < count < len(LINES)
    assert reading.outside == len(LINES) + 1 - count
    assert reading.reach().startswith("2019-12-16")


# -- formats are told apart ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "render", "wanted"),
    [
        ("a", observed, "observe"),
        ("b", combined, "web"),
        ("httpaccess.log.0.gz", paired, "httpaccess"),
        ("c", json_line, "json"),
    ],
)
def test_a_file_tells_its_format(tmp_path: Path, name: str, render: Callable[[Any], str], wanted: str) -> None:
    path = log(tmp_path / name, [render(one.request) for one in Synthetic(Mix(requests=50)).requests()])
    assert LogSource("x").format_of(path) == wanted


NS_LINE = "<134> 06/14/2024:18:29:23 GMT h 0-PPE-1 : default TCP CONN_TERMINATE 2 0 :  Source 198.51.100.7"


def test_files_without_a_line_that_tells_are_read_as_the_others_are(tmp_path: Path) -> None:
    lines = [json_line(one.request) for one in Synthetic(Mix(requests=5)).requests()][:5]
    log(tmp_path / "access.log", [])
    log(tmp_path / "access.log.1", lines)
    log(tmp_path / "access.log.2", ["Jan 19 23:00:06 ns newsyslog[14448]: logfile turned over due to size>100K"])
    (tmp_path / "access.log.3.gz").write_bytes(gzip.compress(b"x" * 100)[:20])
    files = LogSource("access.log*").files(tmp_path)
    assert [file.format for file in files] == ["json"] * 4
    assert [read(file)[1] for file in files] == [0, 5, 0, 0]
    assert read(files[3])[0].damaged


@pytest.mark.parametrize("name", ["ns.log.3", "syslog-of-a-server"])
def test_a_request_may_come_late_among_what_an_appliance_writes(tmp_path: Path, name: str) -> None:
    late = next(iter(Synthetic(Mix(requests=1)).requests())).request
    log(tmp_path / name, [*[NS_LINE] * 300, observed(late)])
    (file,) = LogSource(name).files(tmp_path)
    assert read(file)[1] == 1


@pytest.mark.parametrize("render", [combined, json_line])
def test_requests_of_another_format_between_messages_are_told(tmp_path: Path, render: Callable[[Any], str]) -> None:
    some = [one.request for one in Synthetic(Mix(requests=9)).requests()][:9]
    log(tmp_path / "a.log", [NS_LINE, *map(observed, some), *map(render, some[:4])])
    (file,) = LogSource("a.log").files(tmp_path)
    reading, count = read(file)
    assert (count, reading.other, reading.unparsable) == (9, 1, {"a request in another format": 4})


def test_a_huge_line_is_skipped_up_to_the_end_of_each_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts_module, "MAX_LINE", 10)
    path = tmp_path / "a"
    path.write_bytes(b"a\n" + b"x" * 1000 + b"\nb\n")
    pieces = cut(path, 100)
    assert [line for part in pieces for line in read_lines(part)] == ["a", None, "b"]


def test_a_file_of_no_known_format_is_an_error(tmp_path: Path) -> None:
    path = log(tmp_path / "a", ["nothing of interest"])
    with pytest.raises(InvalidInput, match="set format to one of observe, web, httpaccess, json"):
        LogSource("x").format_of(path)


@played_together(
    ("value", "message"),
    [
        (None, "must be a list of sources"),
        ("logs", "must be a list of sources"),
        ([], "must be a list of sources"),
        ([{"format": "web"}], "entry 1: needs path"),
        ([{"path": "a", "colour": "red"}], "entry 1: needs path"),
        ([{"path": "a"}, {"path": 7}], "entry 2: path must be text"),
        ([{"path": "a", "format": "xml"}], "format must be one of auto, observe, web, httpaccess, json"),
        ([{"path": "a", "date_order": "DYM"}], "date_order must be one of MDY, DMY, YMD"),
        ([{"path": "a", "fields": {"colour": "c"}}], "fields may name"),
        ([{"path": "a", "fields": {"client": 7}}], "fields must name keys as text"),
    ],
)
def test_a_wrong_source_names_the_host_and_the_fix(value: object, message: str) -> None:
    with pytest.raises(InvalidInput, match=message) as error:
        parse_sources(value, "gw-a")
    assert str(error.value).startswith("gw-a: netscaler_logs")


# -- processes -----------------------------------------------------------------------------------------------------------


@dataclass
class Count:
    requests: Counter[str] = field(default_factory=Counter)
    clients: Distinct = field(default_factory=lambda: Distinct(50))

    def merge(self, other: Count) -> None:
        self.requests.update(other.requests)
        self.clients.merge(other.clients)


def count_part(file: LogFile, part: FileChunk) -> Count:
    found = Count()
    for request in requests_of(file, part, ReadStatistics()):
        found.requests[request.url] += 1
        found.clients.add(hashed(str(request.client)))
    return found


def test_many_processes_find_what_one_finds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts_module.cut, "__defaults__", (5000,))
    files = [LogFile(LogSource("x"), log(tmp_path / name, LINES), "observe") for name in ("a", "b.gz")]
    told: list[tuple[int, int]] = []
    alone = run(files, count_part, Count(), workers=1)
    together = run(files, count_part, Count(), workers=2, progress=lambda done, all_: told.append((done, all_)))
    assert alone.requests == together.requests
    assert alone.clients.count() == together.clients.count()
    assert sum(together.requests.values()) == 2 * len(LINES)
    assert told[-1][0] == told[-1][1] == sum(file.path.stat().st_size for file in files)


def dies(_file: LogFile, _part: FileChunk) -> Count:
    import os

    os._exit(9)


def test_a_killed_process_is_told(tmp_path: Path) -> None:
    files = [LogFile(LogSource("x"), log(tmp_path / name, LINES), "observe") for name in ("a", "b")]
    with pytest.raises(TourniquetError, match="was killed"):
        run(files, dies, Count(), workers=2)


# -- counting ------------------------------------------------------------------------------------------------------------


def test_distinct_is_exact_up_to_its_limit_and_says_when_it_no_longer_is() -> None:
    distinct = Distinct(1000)
    for number in range(1000):
        distinct.add(hashed(str(number % 1000)))
    assert str(distinct.count()) == "1,000"
    for number in range(50_000):
        distinct.add(hashed(str(number)))
    found = distinct.count()
    assert not found.exact
    assert str(found).startswith("about ")
    assert abs(found.value - 50_000) < 0.15 * 50_000


@given(st.lists(st.integers(0, 500)), st.lists(st.integers(0, 500)))
def test_merged_counts_are_those_of_all_together(one: list[int], other: list[int]) -> None:
    first, second, both = Distinct(20), Distinct(20), Distinct(20)
    for distinct, values in ((first, one), (second, other), (both, one + other)):
        for value in values:
            distinct.add(hashed(str(value)))
    first.merge(second)
    assert first.count() == both.count()


def test_results_of_long_texts_are_not_remembered() -> None:
    asked: list[str] = []

    @memoized
    def length(text: str) -> int:
        asked.append(text)
        return len(text)

    for text in ("a", "a", "b" * LONG, "b" * LONG, "c" * (LONG + 1), "c" * (LONG + 1)):
        assert length(text) == len(text)
    assert [len(text) for text in asked] == [1, LONG, LONG + 1, LONG + 1]


def test_a_full_table_keeps_what_comes_often_and_says_what_it_lost() -> None:
    table: Table[str] = Table(10)
    for number in range(1000):
        table.row("often").add(1)
        table.row(f"rare {number}").add(number)
    assert table.rows["often"].requests == 1000
    assert len(table.rows) <= 20
    assert table.dropped + sum(row.requests for row in table.rows.values()) == 2000
