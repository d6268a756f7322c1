# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an execution node sends back is an attacker's input: its stream is read within bounds, and nothing of it is written."""

from __future__ import annotations

import base64
import io
import json
import stat
import time
import zipfile
from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices import worker_stream
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.worker_stream import (
    WorkerAnswer,
    last_words,
    read_stream,
)

WANTED = ("results.json", "plans/", "stdout")


def archive(files: dict[str, bytes], kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", kind) as opened:
        for name, content in files.items():
            opened.writestr(name, content)
    return whole.getvalue()


def broken_lzma(name: str = "results.json") -> bytes:
    """Properties (the bytes behind the version and their length) that no decoder has."""
    whole = bytearray(archive({name: b"{}"}, zipfile.ZIP_LZMA))
    place = whole.index(name.encode()) + len(name) + 4
    whole[place : place + 5] = b"\xff" * 5
    return bytes(whole)


def stream(*lines: Any, files: bytes | None = None, size: int | None = None, status: str = "successful") -> bytes:
    """The stream of a job, in the form that ansible-runner 2.4.3 sends."""
    heads = [{"status": "starting", "command": ["ansible-playbook"]}, *lines, {"status": status}]
    sent = b"".join(json.dumps(head).encode() + b"\n" for head in heads)
    if files is not None:
        sent += json.dumps({"zipfile": len(files) if size is None else size}).encode() + b"\n" + base64.b64encode(files)
    return sent + b'{"eof": true}\n'


def read(sent: bytes) -> WorkerAnswer:
    return read_stream(io.BytesIO(sent), WANTED)


@pytest.mark.parametrize("status", ["successful", "failed"])
def test_a_job_that_came_to_its_end(status: str) -> None:
    files = {"results.json": b"{}", "plans/r/gw.json": b"[]", "stdout": b"ok", "job_events/1.json": b"{}"}
    answer = read(stream({"event": "runner_on_ok", "uuid": "u"}, files=archive(files), status=status))
    assert answer.is_whole
    assert dict(answer.files) == {name: content for name, content in files.items() if name != "job_events/1.json"}


@pytest.mark.parametrize("status", ["error", "timeout", "canceled", "running", "", ["successful"]])
def test_every_other_status_is_a_lost_job(status: Any) -> None:
    answer = read(
        stream({"status": status, "job_explanation": "the node \x1b[2J broke"}, status="")
        if status
        else b'{"eof": 1}\n'
    )
    assert not answer.is_whole
    assert "\x1b" not in answer.problem


def test_a_stream_that_ends_in_the_middle_is_a_lost_node() -> None:
    whole = stream(files=archive({"results.json": b"{}"}))
    for end in range(0, len(whole) - 1, 7):
        answer = read(whole[:end])
        assert not answer.is_whole, end
        assert answer.problem
    assert read(whole).is_whole


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        (b"ssh: connect to host amsterdam: no route\n", "something else than the stream"),
        (b"[]\n", "something else than the stream"),
        (b"[" * 100_000 + b"\n", "something else than the stream"),
        (stream(files=b"no zip"), "cannot be read"),
        (stream(files=archive({}), size=10**12), "archive is larger"),
        (stream(files=archive({}), size=-1), "archive is larger"),
        (stream(files=archive({}), size=True), "archive is larger"),
        (stream(files=archive({}), size=0), "archive is larger"),
        (b'{"zipfile": "6"}\n', "archive is larger"),
        (b'{"zipfile": 6.0}\n', "archive is larger"),
        (stream(files=broken_lzma()), "compressed in a way that no job's is"),
        (stream(files=archive({"stdout": b"x"}, zipfile.ZIP_LZMA)), "compressed in a way that no job's is"),
        (stream(files=archive({"stdout": b"x"}, zipfile.ZIP_BZIP2)), "compressed in a way that no job's is"),
        (b'{"zipfile": 6}\n!!!!!!!!', "archive is not whole"),
    ],
)
def test_what_is_no_stream_of_a_job_is_named(sent: bytes, problem: str) -> None:
    answer = read(sent)
    assert not answer.is_whole
    assert problem in answer.problem


def test_whatever_the_library_says_of_an_archive_is_an_answer_of_the_node() -> None:
    """Each byte of it is the node's choice: none of them raises anything here."""
    whole = archive({"results.json": b'{"gw": 1}' * 9, "stdout": b"ok"})
    for place in range(len(whole)):
        for value in (0, 1, 0x7F, 0xFF):
            spoilt = whole[:place] + bytes([value]) + whole[place + 1 :]
            assert len(read(stream(files=spoilt)).problem) < 200


def test_an_exception_that_nobody_foresaw_is_an_answer_of_the_node(monkeypatch: pytest.MonkeyPatch) -> None:
    for error in (MemoryError(), RecursionError(), KeyError("x"), AttributeError("x"), Exception("x" * 10_000)):

        def fail(*_arguments: Any, error: Exception = error, **_more: Any) -> None:
            raise error

        monkeypatch.setattr(zipfile.ZipFile, "infolist", fail)
        answer = read(stream(files=archive({"stdout": b"x"})))
        assert answer.problem == f"its archive cannot be read ({type(error).__name__})"


def test_its_size_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_stream, "LONGEST_LINE", 100)
    assert "larger" in read(b"{" + b" " * 200).problem
    monkeypatch.setattr(worker_stream, "LONGEST_LINE", 1000)
    monkeypatch.setattr(worker_stream, "MOST_BYTES", 150)
    assert "larger" in read(stream(*[{"event": "x"}] * 20)).problem


def test_an_archive_is_as_large_as_the_rest_and_as_any_and_no_larger(monkeypatch: pytest.MonkeyPatch) -> None:
    content = archive({"results.json": b"{}"})
    sent = stream(files=content)
    monkeypatch.setattr(worker_stream, "LARGEST_ARCHIVE", len(content))
    assert read(sent).files == {"results.json": b"{}"}
    monkeypatch.setattr(worker_stream, "LARGEST_ARCHIVE", len(content) - 1)
    assert "archive is larger" in read(sent).problem
    monkeypatch.setattr(worker_stream, "LARGEST_ARCHIVE", 10**9)
    heads = sent.index(base64.b64encode(content))
    monkeypatch.setattr(worker_stream, "MOST_BYTES", heads + len(content) - 1)
    assert "archive is larger" in read(sent).problem, "of what a stream may have, less is left"


def test_an_archive_that_grows_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = archive({"results.json": bytes(300_000)})
    assert len(bomb) < 1000
    monkeypatch.setattr(worker_stream, "LARGEST_FILE", 200_000)
    answer = read(stream(files=bomb))
    assert ("larger than any job's" in answer.problem, dict(answer.files)) == (True, {})
    monkeypatch.setattr(worker_stream, "MOST_MEMBERS", 2)
    assert "more files" in read(stream(files=archive(dict.fromkeys("abc", b"")))).problem


def test_links_and_paths_of_the_node_reach_no_disk(tmp_path: Any) -> None:
    """ansible-runner process 2.4.3 makes the link of this archive, and writes the second file through it."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as opened:
        link = zipfile.ZipInfo("plans")
        link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        opened.writestr(link, str(tmp_path))
        opened.writestr("plans/authorized_keys", b"ssh-ed25519 AAAA")
        opened.writestr("../../up", b"x")
    answer = read(stream(files=whole.getvalue()))
    assert list(answer.files) == ["plans/authorized_keys"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("stdout", "words"),
    [
        (b"PLAY\n\x1b[0;31m[ERROR]: no such file\x1b[0m\nPLAY RECAP\n", "[ERROR]: no such file"),
        (b"one\ntwo\n\n", "two"),
        (b"", ""),
        (b"a\x07b", "a\\x07b"),
        (
            b"PLAY\r\nREFUSED  this node has version 2, and the\r\n  controller 1. Nothing was sent.\r\n",
            "this node has version 2, and the controller 1. Nothing was sent.",
        ),
        (b"REFUSED  one\n  two\nthree\n", "one two"),
    ],
)
def test_the_last_words_of_a_job_are_one_line(stdout: bytes, words: str) -> None:
    assert last_words(stdout) == words


@pytest.mark.parametrize(
    ("created", "ahead"),
    [
        (["2026-12-01T03:00:00.5+00:00", "2026-12-01T02:59:58+00:00"], -59.5),  # the fastest one counts
        (["2026-12-01T04:01:00+00:00"], 3600.0),
        ([None, 7, [], "", "soon+00:00", "2026-12-01T03:00:00", "2026-12-01T05:00:00+02:00"], None),
    ],
)
def test_the_clock_of_a_node_is_seen_by_its_events(
    monkeypatch: pytest.MonkeyPatch, created: list[Any], ahead: float | None
) -> None:
    monkeypatch.setattr(time, "time", lambda: datetime(2026, 12, 1, 3, 1, tzinfo=UTC).timestamp())
    assert read(stream(*({"event": "runner_on_ok", "created": one} for one in created))).ahead == ahead
