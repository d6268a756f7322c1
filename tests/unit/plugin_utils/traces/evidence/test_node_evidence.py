# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What one node gives: what is there already is passed over, and a node that is away is not "too large"."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.bounded_connection import (
    AnswerTooLarge,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.directory_listing import ListedFile
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    CannotConnect,
    OutcomeUnknown,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.evidence import node_evidence
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.evidence.bundle import Bundle, local_name
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.evidence.manifest import Item
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.evidence.node_evidence import NodeEvidence
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.evidence.sources import QUERIES, Part

NOW = datetime(2026, 9, 28, 6, tzinfo=UTC)
FILES = [ListedFile("/var/log", name, 3) for name in ("a.log", "b.log", "c.log")]


class Address(SimpleNamespace):
    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@pytest.fixture
def taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> NodeEvidence:
    """A node with three files, of which each is as long as its listing says."""
    session = SimpleNamespace(
        node=Address(host="10.2.0.11", port=443), where="gw", appliance=SimpleNamespace(shares_an_address=False)
    )
    bundle = Bundle(tmp_path / "bundle", NOW.isoformat())
    bundle.directory.mkdir()
    found = NodeEvidence(cast(Any, session), bundle, 1000, now=lambda: NOW)
    monkeypatch.setattr(found, "_chosen", lambda _tree: [node_evidence._Chosen(file) for file in FILES])
    monkeypatch.setattr(node_evidence, "read_file", lambda _session, name, _directory: name[:3].encode())
    return found


def names(found: NodeEvidence) -> list[str]:
    return [item.source for item in found.bundle.items.values() if item.source.startswith("systemfile")]


def test_a_file_that_is_there_already_keeps_no_other_one_away(taken: NodeEvidence) -> None:
    """A run that died is continued."""
    first = FILES[0]
    place = f"10.2.0.11/{local_name(first.path)}"
    taken.bundle.keep(
        Item(taken.node, Part.FILES, f"systemfile {first.path}", place, 0, "", NOW.isoformat()), b"earlier"
    )
    taken._files()
    assert names(taken) == [f"systemfile {file.path}" for file in FILES]
    assert (taken.bundle.directory / place).read_bytes() == b"earlier", "it is not read again"
    assert taken.missing == []


def test_a_file_that_is_too_large_keeps_no_other_one_away(taken: NodeEvidence) -> None:
    taken.most_bytes = 700
    FILES.insert(1, ListedFile("/var/log", "huge.log", 10_000))
    try:
        taken._files()
    finally:
        del FILES[1]
    assert names(taken) == [f"systemfile {file.path}" for file in FILES]
    assert [one.what for one in taken.missing] == ["/var/log/huge.log"]


def test_a_file_that_is_shorter_than_its_listing_is_kept_and_a_gap(
    taken: NodeEvidence, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log that has grown in between is longer, and whole."""
    sizes = {"a.log": b"ab", "b.log": b"abc", "c.log": b"abcd"}
    monkeypatch.setattr(node_evidence, "read_file", lambda _session, name, _directory: sizes[name])
    taken._files()
    assert names(taken) == [f"systemfile {file.path}" for file in FILES]
    why = "it was handed out with 2 bytes, and is listed with 3: it was rotated in between, or is not whole"
    assert [(one.what, one.why, one.is_gap) for one in taken.missing] == [("/var/log/a.log", why, True)]


@pytest.mark.parametrize("kind", [CannotConnect, OutcomeUnknown])
def test_a_node_that_is_away_is_not_too_large(
    taken: NodeEvidence, monkeypatch: pytest.MonkeyPatch, kind: type[Exception]
) -> None:
    def away(*_arguments: Any) -> bytes:
        raise kind("gw: no route")

    monkeypatch.setattr(node_evidence, "read_file", away)
    with pytest.raises(kind, match="no route"):
        taken._files()
    assert taken.missing == [], "it is the end of the run, and no gap of one file"


def test_an_answer_that_is_too_large_is_a_gap_and_the_others_are_read(
    taken: NodeEvidence, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(_session: Any, name: str, _directory: str) -> bytes:
        if name == "b.log":
            raise OutcomeUnknown("gw: no answer") from AnswerTooLarge("64 MiB")
        return b"abc"

    monkeypatch.setattr(node_evidence, "read_file", read)
    taken._files()
    assert names(taken) == ["systemfile /var/log/a.log", "systemfile /var/log/c.log"]
    assert [(one.what, one.why, one.is_gap) for one in taken.missing] == [
        ("/var/log/b.log", "the answer is larger than any that is read", True)
    ]


def test_the_volatile_state_of_a_node_that_is_away_ends_it_too(taken: NodeEvidence) -> None:
    def away(*_arguments: Any, **_more: Any) -> list[Any]:
        raise CannotConnect("gw: no route")

    taken.session = cast(Any, SimpleNamespace(node=taken.session.node, where="gw", read=away))
    with pytest.raises(CannotConnect, match="no route"):
        taken._volatile()
    assert taken.missing == []


def test_each_volatile_read_is_kept_with_what_it_asks_for(taken: NodeEvidence) -> None:
    asked = []

    def read(type_: str, *, args: Any, area: str) -> list[dict[str, Any]]:
        asked.append((area, type_, dict(args)))
        return [{"response": "x"}]

    appliance = SimpleNamespace(shares_an_address=False)
    taken.session = cast(Any, SimpleNamespace(node=taken.session.node, where="gw", read=read, appliance=appliance))
    taken.most_bytes = 100_000
    taken._volatile()
    assert asked == [(one.area, one.type, dict(one.args)) for one in QUERIES]
    assert [item.file for item in taken.bundle.items.values()] == [f"10.2.0.11/{one.file}" for one in QUERIES]
