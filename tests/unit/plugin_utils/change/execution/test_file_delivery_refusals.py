# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files that do not hold on a node what was put there."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro import file_limits
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.node_files import FileExists
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.desired_state import File
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution import file_delivery
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.file_delivery import deliver_files
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.missing_files import MissingFile
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import TourniquetError

CONTENT = b"NSGEO1.0\n"


class Node:
    """A node with one file on its disk, and what was sent to it."""

    where = "gw-a"

    def __init__(self) -> None:
        self.sent: list[str] = []

    def write(self, method: str, path: str, _body: Any) -> None:
        self.sent.append(f"{method} {path}")


def connection(*nodes: Node) -> Any:
    @contextlib.contextmanager
    def inside(_partition: str) -> Iterator[None]:
        yield

    members = [SimpleNamespace(session=node) for node in nodes]
    return SimpleNamespace(primary=nodes[0], members=members, inside=inside)


def file(url: str = "") -> File:
    return File("/var/netscaler/locdb", "tq_geoblock__v4", CONTENT, "locationfile", url)


@pytest.mark.parametrize("there", [None, b"", CONTENT[:-1], b"other"])
@pytest.mark.parametrize("exists", [False, True])
def test_a_file_that_does_not_hold_its_content_stops_the_run(
    monkeypatch: pytest.MonkeyPatch, there: bytes | None, exists: bool
) -> None:
    def create(*_arguments: Any) -> None:
        if exists:
            raise FileExists("exists")

    monkeypatch.setattr(file_delivery, "create_file", create)
    monkeypatch.setattr(file_delivery, "read_file", lambda *_arguments: there)
    node: Any = Node()
    with pytest.raises(
        TourniquetError,
        match=r"^gw-a: /var/netscaler/locdb/tq_geoblock__v4 exists, and does not have the expected content$",
    ):
        deliver_files(connection(node), [MissingFile(node, file())], lambda _session: None)


@pytest.mark.parametrize("size", [None, 0, len(CONTENT) - 1])
def test_a_file_that_was_imported_on_one_node_only_stops_the_run(
    monkeypatch: pytest.MonkeyPatch, size: int | None
) -> None:
    monkeypatch.setattr(file_limits, "LARGEST", len(CONTENT) - 1)
    first: Any = Node()
    second: Any = Node()
    found = {id(first): len(CONTENT), id(second): size}
    monkeypatch.setattr(file_delivery, "sizes", lambda session, _directory: {"tq_geoblock__v4": found[id(session)]})
    missing = [MissingFile(node, file("https://example.org/x")) for node in (first, second)]
    with pytest.raises(
        TourniquetError,
        match=r"^gw-a: /var/netscaler/locdb/tq_geoblock__v4 was imported, and does not have the expected size$",
    ):
        deliver_files(connection(first, second), missing, lambda _session: None)
    assert (first.sent, second.sent) == (["POST locationfile?action=Import"], []), "once, on the primary"
