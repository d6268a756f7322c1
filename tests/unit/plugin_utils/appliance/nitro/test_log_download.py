# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The order in which a log and its rotated files are fetched, what else is in the directory, and how much is fetched."""

from __future__ import annotations

import bz2
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro import log_download
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.log_download import (
    MOST_BYTES,
    MOST_FILES,
    fetch_logs,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput, Refused


class Files:
    """The log files of two nodes; a value that is an exception is raised."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, first: Any, second: Any) -> None:
        self.nodes = {"10.1.0.11": first, "10.1.0.12": second}
        members = [SimpleNamespace(session=SimpleNamespace(node=SimpleNamespace(host=host))) for host in self.nodes]
        self.connection: Any = SimpleNamespace(
            appliance=SimpleNamespace(name="gw1"), members=members, missing_nodes=["gw1: a third node is down"]
        )
        monkeypatch.setattr(log_download, "list_files", lambda session, _folder: list(self.given(session)))
        monkeypatch.setattr(log_download, "read_file", lambda session, name, _folder: self.given(session, name))

    def given(self, session: Any, name: str = "") -> Any:
        value = self.nodes[session.node.host]
        value = value.get(name) if name else value
        if isinstance(value, Exception):
            raise value
        return value


def test_each_node_has_its_own_folder_and_each_problem_names_its_node(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = {"ns.log": b"a", "ns.log.0.gz": Refused("down"), "ns.log.1.gz": None, "ns.log.2.gz": b"c"}
    there = Files(monkeypatch, first, Refused("no answer"))
    files, problems = fetch_logs(there.connection, ["ns.log"], tmp_path)
    assert {str(path.relative_to(tmp_path)): path.read_bytes() for path in files} == {
        "0/ns.log": b"a",
        "0/ns.log.2.gz": b"c",
    }
    assert [oct((tmp_path / number).stat().st_mode & 0o777) for number in ("0", "1")] == ["0o700", "0o700"]
    assert problems == [
        "gw1: a third node is down",
        "10.1.0.11: ns.log.0.gz cannot be read: down",
        "10.1.0.11: ns.log.1.gz was rotated during the download",
        "10.1.0.12: /var/log cannot be read: no answer",
    ]


def test_what_the_readers_of_requests_cannot_unpack_is_unpacked_or_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen: rotated logs that newsyslog packs with bzip2 were left out without a word, so a log reached less far back."""
    packed = bz2.compress(b"b")
    first = {"ns.log": b"a", "ns.log.0.bz2": packed, "ns.log.1.bz2": packed[:-4], "ns.log.2.xz": b"\xfd7zXZ\x00x"}
    there = Files(monkeypatch, first, {})
    files, problems = fetch_logs(there.connection, ["ns.log"], tmp_path)
    assert {path.name: path.read_bytes() for path in files} == {
        "ns.log": b"a",
        "ns.log.0.bz2": b"b",
        "ns.log.1.bz2": b"b",
    }
    assert problems[1:] == [
        "10.1.0.11: ns.log.1.bz2: it ends too early",
        "10.1.0.11: ns.log.2.xz: it is packed by xz, which is not unpacked here",
    ]


@pytest.mark.parametrize(("limit", "value"), [("MOST_FILES", 2), ("MOST_BYTES", 2**20)])
def test_what_was_left_out_is_counted_and_named_with_the_limits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    monkeypatch.setattr(log_download, limit, value)
    there = Files(monkeypatch, dict.fromkeys(("ns.log", "ns.log.0", "ns.log.1", "ns.log.2"), b"x" * 2**19), {})
    files, problems = fetch_logs(there.connection, ["ns.log"], tmp_path)
    assert [path.name for path in files] == ["ns.log", "ns.log.0"]
    count, size = (2, 256) if limit == "MOST_FILES" else (MOST_FILES, 1)
    assert problems[1] == (
        f"10.1.0.11: 2 more files were left out, from ns.log.1 on: at most {count} files and {size} MiB of a node are fetched"
    )
    assert (MOST_FILES, MOST_BYTES) == (300, 268_435_456)


def test_a_log_without_requests_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = Files(monkeypatch, {}, {})
    with pytest.raises(InvalidInput, match=r"gw1: 'aaa\.log' is not a log with requests; choose from ns.log, "):
        fetch_logs(there.connection, ["zzz.log", "ns.log", "aaa.log"], tmp_path)
