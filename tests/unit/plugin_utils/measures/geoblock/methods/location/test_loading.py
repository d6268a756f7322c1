# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Waiting until a location file is in the memory of every node."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.methods.location import loading
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.methods.location.loading import (
    PATIENCE,
    SETTLED,
    _wait_until_loaded,
    before,
    leaving,
    users_of_locations,
)

LOADING = {"entries": "0", "errors": "0", "loading": "In progress"}
LOADED = {"entries": "3", "errors": "0", "loading": "Idle"}


class Node:
    """A node that answers with one row after another; the last one stays."""

    where = "gw-a"
    node = SimpleNamespace(host="10.1.0.11")

    def __init__(self, *rows: dict[str, str]) -> None:
        self.rows = list(rows)

    def read(self, _type: str) -> list[dict[str, str]]:
        return [self.rows.pop(0) if len(self.rows) > 1 else self.rows[0]]


def wait(*nodes: Node) -> tuple[str, list[float]]:
    """Return what is wrong in the end, and the pauses."""
    pauses: list[float] = []
    connection: Any = SimpleNamespace(members=[SimpleNamespace(session=node) for node in nodes])
    session: Any = nodes[0]
    problem = _wait_until_loaded(connection, 4, 3, session, sleep=pauses.append, clock=lambda: 1000.0 + sum(pauses))
    return problem, [round(pause, 3) for pause in pauses]


def test_a_file_that_is_loaded_is_not_waited_for() -> None:
    assert wait(Node(LOADED), Node(LOADED)) == ("", [])


def test_the_pauses_grow_up_to_five_seconds() -> None:
    assert wait(Node(*[LOADING] * 8, LOADED)) == ("", [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0, 5.0])


def test_every_node_is_waited_for() -> None:
    assert wait(Node(LOADED), Node(LOADING, LOADING, LOADED)) == ("", [0.2, 0.4])


def test_a_file_that_never_ends_to_load_is_told_after_the_patience() -> None:
    problem, pauses = wait(Node(LOADING))
    assert problem == "node 10.1.0.11 still loads the IPv4 location file"
    assert PATIENCE - 5.0 < sum(pauses) <= PATIENCE


@pytest.mark.parametrize("row", [{**LOADED, "entries": "2"}, {**LOADED, "entries": "4"}, {**LOADED, "errors": "1"}])
def test_a_count_that_stays_wrong_is_told_soon(row: dict[str, str]) -> None:
    problem, pauses = wait(Node(row))
    assert problem.startswith("node 10.1.0.11 has ")
    assert pauses == [0.2, 0.4, 0.8, 1.6], f"it settles within {SETTLED} seconds"


OURS = Owner("geoblock", 1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ""),
        ("add ns ip 10.0.0.1\nadd locationFile tq_geoblock__v4", ""),
        ("add responder policy p CLIENT.IP.SRC.ALLOCATION(1) NOOP", ""),
        ("x\n  add locationFile6 /v6  \nadd location 1.1.1.1 1.1.1.2 NL", "somebody else uses locations (add locationFile6 /v6)"),
        ("CLIENT.IP.SRC.MATCHES_LOCATION " + "x" * 100, "somebody else uses locations (CLIENT.IP.SRC.MATCHES_LOCATION " + "x" * 89 + ")"),
    ],
)  # fmt: skip
def test_who_else_uses_locations_is_told_by_the_first_such_line(text: str, words: str) -> None:
    assert users_of_locations(text, OURS) == words


@pytest.mark.parametrize(
    ("path", "told"),
    [("/var/netscaler/locdb/tq_geoblock__v4_1", True), ("/var/netscaler/locdb/world", False), ("tq_geoblock/world", False)],
)  # fmt: skip
def test_that_our_file_goes_is_told(path: str, *, told: bool) -> None:
    facts: Any = SimpleNamespace(loaded={4: {"locationfile": path}, 6: {}})
    assert bool(leaving(OURS, facts)) is told


FILE = "/var/netscaler/locdb/tq_geoblock__v4_1"


@pytest.mark.parametrize(
    ("path", "content", "expected", "told"),
    [
        (FILE, b"NSGEO1.0\nStart\n192.0.2.0,192.0.2.255,NL\n198.51.100.1,198.51.100.1,NL\n", {4: 257}, []),
        (FILE, b"NSGEO1.0\nStart\nno address,x,NL\n", None, [FILE]),
        (FILE, b"NSGEO1.0\nStart\n", None, [FILE]),
        (FILE, None, None, [FILE]),
        ("/var/netscaler/locdb/world", b"NSGEO1.0\nStart\n192.0.2.0,192.0.2.255,NL\n", None, []),  # of somebody else
        ("", None, None, []),
    ],
)
def test_the_spans_of_our_file_alone_are_read_and_what_cannot_be_read_is_told(
    path: str,
    content: bytes | None,
    expected: dict[int, int] | None,
    told: list[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    asked = []

    def read_file(_session: object, name: str, directory: str) -> bytes | None:
        asked.append(f"{directory}/{name}")
        return content

    monkeypatch.setattr(loading, "read_file", read_file)
    connection: Any = SimpleNamespace(primary=None)
    facts: Any = SimpleNamespace(loaded={4: {"locationfile": path}})
    spans, unread = before(connection, OURS, facts, tmp_path)
    sizes = spans and {version: sum(last - first + 1 for first, last in of) for version, of in spans.items()}
    assert sizes == expected
    assert unread == [f"how this differs from what is loaded for IPv4: {one} cannot be read" for one in told]
    assert asked == [one for one in (path,) if one == FILE]
