# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which files the nodes lack, and which of the same name are somebody else's: tests/engine delivers them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning import missing_files
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.missing_files import (
    MissingFile,
    find_missing_files,
    named_files,
)


def file(name: str, size: int = 3, *, directory: str = "/d", is_imported: bool = False) -> Any:
    return NamedFile(
        name=name,
        directory=directory,
        path=f"{directory}/{name}",
        content=b"x" * size,
        is_imported=is_imported,
        import_hint="Or import it.",
    )


class NamedFile(SimpleNamespace):
    """Stands for a file of a document."""

    def __str__(self) -> str:
        return str(self.name)


def found(monkeypatch: pytest.MonkeyPatch, *files: Any, missing: tuple[str, ...] = (), **nodes: Any) -> Any:
    """:param nodes: by node, by directory, the size of each file"""

    @contextlib.contextmanager
    def inside(name: str) -> Iterator[None]:
        assert name == "default"
        yield

    members = [SimpleNamespace(session=SimpleNamespace(node=SimpleNamespace(host=host))) for host in nodes]
    monkeypatch.setattr(missing_files, "sizes", lambda session, directory: nodes[session.node.host].get(directory, {}))
    connection: Any = SimpleNamespace(missing_nodes=missing, inside=inside, members=members)
    lacking, problems = find_missing_files(connection, files)
    return [(one.session.node.host, one.file.name) for one in lacking], problems


def test_each_node_gets_what_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    files = [file("a"), file("b", directory="/e")]
    nodes = {"n1": {"/d": {"a": 3, "x": 1}}, "n2": {"/d": {"a": None}, "/e": {"b": 3}}, "n3": {}}
    assert found(monkeypatch, *files, **nodes) == ([("n1", "b"), ("n3", "a"), ("n3", "b")], [])
    assert found(monkeypatch, missing=("n2 is gone",), n1={}) == ([], [])
    assert MissingFile.__dataclass_params__.frozen  # type: ignore[attr-defined]


def test_a_node_that_is_missing_gets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    _lacking, problems = found(monkeypatch, file("a"), file("b"), missing=("n2 is gone",), n1={"/d": {"a": 3, "b": 3}})
    assert problems == [("n2 is gone, so it cannot get /d/a.", "Bring it back, or name both nodes.")]


@pytest.mark.parametrize(("size", "told"), [(0, "0 bytes"), (1, "1 byte"), (4, "4 bytes"), (12345, "12,345 bytes")])
def test_a_file_of_another_size_is_somebody_elses(monkeypatch: pytest.MonkeyPatch, size: int, told: str) -> None:
    lacking, problems = found(monkeypatch, file("a"), n1={"/d": {"a": size}})
    assert lacking == []
    assert problems == [(f"/d/a on node n1 has {told}, and ours 3.", "Find out whose it is, and remove it.")]


@pytest.mark.parametrize(("size", "is_imported", "is_told"), [(5, False, False), (6, False, True), (6, True, False)])
def test_a_file_that_nitro_does_not_take_is_told_once(
    monkeypatch: pytest.MonkeyPatch, size: int, is_imported: bool, is_told: bool
) -> None:
    monkeypatch.setattr(missing_files.file_limits, "LARGEST", 5)
    lacking, problems = found(monkeypatch, file("a", size, is_imported=is_imported), n1={}, n2={})
    assert len(lacking) == 2
    by_hand = "Copy it to /d/a on every node by scp: it is a in the cache of this control node. Or import it."
    assert problems == ([("a is larger than the 5 bytes that NITRO takes for a file.", by_hand)] if is_told else [])


def test_the_files_that_objects_name() -> None:
    states = [{"Locationfile": "/d/a"}, None, {}, {"name": "x"}, {"Locationfile": "/d/a"}, {"Locationfile": "/d/b"}]
    assert named_files(states) == {"/d/a", "/d/b"}
