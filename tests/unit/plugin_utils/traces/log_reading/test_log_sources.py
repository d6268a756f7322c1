# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The logs of a node or of the folder of a syslog server: bounded, each read once in a look, and nothing that a link leads to."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Address
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    CannotConnect,
    InvalidInput,
    Refused,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.log_reading import log_sources
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.log_reading.bookmarks import Bookmarks
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.log_reading.examination import read_logs
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.log_reading.log_sources import (
    LIMITS,
    NodeLogs,
    logs_in_folder,
    logs_of_nodes,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.node_reading import node_reader
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.node_reading.file_reads import Unread

from tests.unit.plugin_utils.traces.log_reading.stage import known

NOW = datetime(2020, 1, 15, 12, tzinfo=UTC)
A, B = "192.0.2.1", "192.0.2.2"


def folder_of(base: Path, *names: str) -> Path:
    for name in names:
        (base / name).mkdir(parents=True)
        (base / name / "ns.log").write_bytes(name.encode())
    return base


def found(base: Path, *nodes: str, host: str = "box") -> list[NodeLogs]:
    return logs_in_folder(host, base, [*nodes], NOW)


def test_a_folder_of_a_node_has_its_address_or_that_of_one_alone_the_name(tmp_path: Path) -> None:
    base = folder_of(tmp_path, A, "box")
    (one,) = found(base, A)
    assert (one.node, one.read("ns.log").sent, one.is_folder, one.problem) == (A, A.encode(), True, "")
    (other,) = found(base, B)
    assert other.read("ns.log").sent == b"box"
    assert len(found(base, B, B)) == 1, "two nodes behind one address have one folder"
    pair = found(base, A, B)
    assert [logs.problem for logs in pair] == [
        "",
        f"{base / B} does not exist: the syslog server has nothing of this node",
    ]
    assert pair[1].listed == {}


def test_a_folder_that_is_none_is_refused_and_one_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    base = folder_of(tmp_path / "logs", "elsewhere")
    (base / A).symlink_to(base / "elsewhere")
    (one,) = found(base, A)
    assert one.problem
    with pytest.raises(
        InvalidInput,
        match=r"^box: source is .*none, which is no directory\. Name the folder .*-e read_logs_source=FOLDER$",
    ):
        found(tmp_path / "none", A)


def test_a_name_cannot_leave_the_folder(tmp_path: Path) -> None:
    base = folder_of(tmp_path / "logs", "_box", "2001:db8::1")
    folder_of(tmp_path, "box")
    assert found(base, B, host="../box")[0].read("ns.log").sent == b"_box"
    assert found(base, "2001:db8::1")[0].read("ns.log").sent == b"2001:db8::1"
    assert found(base, B, host="..")[0].problem


def test_what_is_no_regular_file_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = folder_of(tmp_path, A)
    (base / "secret").write_bytes(b"secret")
    (base / A / "messages").symlink_to(base / "secret")
    (base / A / "auth.log").mkdir()
    os.mkfifo(base / A / "cron")
    (base / A / "a b").write_bytes(b"")
    (one,) = found(base, A)
    assert one.listed == dict.fromkeys(["auth.log", "cron", "messages", "ns.log"], "")
    for name in ("auth.log", "cron"):
        assert one.read(name).problem == "it cannot be read: it is no regular file"
    assert one.read("gone").unread is Unread.GONE
    assert one.read("messages").problem.startswith("it cannot be read: ")
    monkeypatch.setattr(log_sources, "LIMITS", replace(LIMITS, largest=3 * 2**20))
    (base / A / "large").write_bytes(b"x" * 3 * 2**20)
    assert len(one.read("large").content) == 3 * 2**20
    (base / A / "larger").write_bytes(b"x" * (3 * 2**20 + 1))
    assert one.read("larger").problem == "it cannot be read: it has more than 3 MiB"


def test_names_are_bounded_and_what_is_beyond_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = folder_of(tmp_path, A)
    (base / A / "a").write_bytes(b"")
    monkeypatch.setattr(log_sources, "MOST_ROWS", 1)
    (logs,) = found(base, A)
    assert (logs.listed, logs.not_listed) == ({"a": ""}, "it has 2 files, of which 1 were looked at")


def test_a_folder_that_cannot_be_listed_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = folder_of(tmp_path, A)
    monkeypatch.setattr(log_sources._Folder, "rows", lambda _self: None)
    assert found(base, A)[0].problem == f"{base / A} cannot be listed"


def test_no_more_is_read_of_a_node_than_is_allowed_and_what_is_looked_at_twice_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = folder_of(tmp_path, A)
    monkeypatch.setattr(log_sources, "LIMITS", replace(LIMITS, size=2 * 2**20))
    for name in ("ns.log", "ns.log.0", "one", "two"):
        (base / A / name).write_bytes(b"x" * 2**20)
    (logs,) = found(base, A)
    assert [len(logs.read(name).content) for name in ("ns.log", "ns.log", "ns.log", "one")] == [2**20] * 4
    beyond = "at most 1,000 files and 2 MiB of a node are read"
    assert logs.read("two").problem == beyond
    assert len(logs.read("ns.log").content) == 2**20, "it was read before"
    assert logs.list_again() == logs.listed
    assert logs.read("ns.log").problem == beyond


class Node:
    """A session with a node."""

    where = "a node"

    def __init__(self, node: str, rows: list[dict[str, Any]] | None, parameters: list[dict[str, Any]] | None) -> None:
        self.node, self.rows, self.parameters = node, rows, parameters

    def read(self, type_: str, *, args: Any = None) -> list[dict[str, Any]]:
        found = self.parameters if type_ == "auditsyslogparams" else self.rows
        if found is None:
            raise Refused(f"{type_} was refused")
        return found


def connection(*sessions: Node, unreachable: tuple[str, ...] = (), read_at: float | None = None) -> Any:
    config = {"systemtime": str(int(NOW.timestamp())), "currentsytemtime": NOW.strftime("%a %b %d %H:%M:%S %Y")}
    at = time.monotonic() if read_at is None else read_at
    nodes = [SimpleNamespace(address=one.node, role="primary", problem="") for one in sessions]
    nodes += [SimpleNamespace(address=Address(one, 443), role="unreachable", problem="") for one in unreachable]
    members = [SimpleNamespace(session=one, config=config, read_at=at) for one in sessions]
    return SimpleNamespace(
        members=members, nodes=nodes, appliance=SimpleNamespace(name="box", nodes=(1,), shares_an_address=False)
    )


ROWS: list[dict[str, Any]] = [
    {"filename": "ns.log", "filesize": "7", "filemodifiedtime": "Wed Jan 15 12:00:00 2020"},
    {"filename": "messages", "filesize": "x" * 90},
    {"filename": "odd", "filesize": "\x07"},
    {"filename": "../etc", "filesize": "7"},
    {"filename": "old", "filemode": ["DIRECTORY"]},
    {"filename": "none"},
]


def test_a_node_lists_its_logs_with_what_shows_that_one_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    (logs,) = logs_of_nodes(connection(Node(A, ROWS, [{"dateformat": "DDMMYYYY"}])), lambda: NOW)
    assert logs.listed == {
        "ns.log": "7 2020-01-15T12:00:00",
        "messages": "",
        "odd": "",
        "none": "",
    }
    assert (logs.clock.order, logs.parameters, logs.problem) == ("DMY", {"dateformat": "DDMMYYYY"}, "")
    contents: dict[str, bytes | None] = {"ns.log": b"one"}
    monkeypatch.setattr(node_reader, "read_file", lambda _session, name, _directory: contents.get(name))
    assert (logs.read("ns.log").sent, logs.read("gone").unread) == (b"one", Unread.GONE)
    assert logs.list_again() == logs.listed


def test_the_clock_is_that_of_the_moment_at_which_the_node_was_asked() -> None:
    before = connection(Node(A, ROWS, [{}]), read_at=time.monotonic() - 100)
    (logs,) = logs_of_nodes(before, lambda: NOW + timedelta(seconds=100))
    assert abs(logs.clock.now - NOW) < timedelta(seconds=5)
    (later,) = logs_of_nodes(connection(Node(A, ROWS, [{}]), read_at=time.monotonic() + 100), lambda: NOW)
    assert later.clock.now == NOW


def test_a_node_that_lists_nothing_or_is_not_reached_says_why() -> None:
    refused, alone = logs_of_nodes(connection(Node(A, None, None), unreachable=(B,)), lambda: NOW)
    assert (refused.node, refused.parameters, refused.listed) == (A, {}, {})
    assert refused.problem == "/var/log: it cannot be listed: systemfile was refused"
    assert (alone.node, alone.problem) == (str(Address(B, 443)), "it is not reachable")
    assert NodeLogs(A, alone.clock).read("x").problem == "it was not asked for"
    assert NodeLogs(A, alone.clock).list_again() is None


def test_a_node_that_has_no_such_directory_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_sources, "list_directory", lambda *_given: (None, ""))
    assert logs_of_nodes(connection(Node(A, ROWS, [])), lambda: NOW)[0].problem == "/var/log: it does not exist"


def test_more_files_than_are_looked_at_hide_no_log_without_a_word() -> None:
    """Seen: the first 5,000 names counted, and a log behind them was as if it were not there."""
    rows = [{"filename": f"a{number}"} for number in range(20_000)] + [{"filename": "bash.log", "filesize": "7"}]
    (logs,) = logs_of_nodes(connection(Node(A, rows, [])), lambda: NOW)
    assert "bash.log" not in logs.listed
    assert logs.not_listed == "it has 20001 files, of which 20000 were looked at"
    found = read_logs(known(), [logs], Bookmarks()).examination
    assert ("logs", logs.not_listed) in [(one.what, one.why) for one in found.not_seen if one.is_gap]


def test_a_node_that_does_not_answer_any_more_is_not_asked_for_each_file(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def lost(_session: Any, name: str, _directory: str) -> bytes:
        asked.append(name)
        raise CannotConnect("no answer")

    monkeypatch.setattr(node_reader, "read_file", lost)
    (logs,) = logs_of_nodes(connection(Node(A, ROWS, [])), lambda: NOW)
    assert [logs.read(name).problem for name in ("ns.log", "odd")] == ["it cannot be read: no answer"] * 2
    assert asked == ["ns.log"]
