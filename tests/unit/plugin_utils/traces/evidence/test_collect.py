# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the nodes of an appliance give is added up, and a node that gives nothing stops no other; tests/engine/test_taking_evidence.py plays it."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import (
    Address,
    Appliance,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    CannotConnect,
    NitroError,
    OutcomeUnknown,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.evidence import collect
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.evidence.collect import (
    EvidenceRun,
    _lay_out,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.evidence.manifest import Missing, NodeFacts
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.evidence.sources import Part

FIRST, SECOND = Address("10.1.0.11", 443), Address("10.1.0.12", 443)
AWAY = Missing(str(SECOND), "", "the node, or the rest of it", "no answer")


class FakeSession:
    """A session of two requests."""

    def __init__(self, appliance: Appliance, node: Address) -> None:
        self.appliance, self.node, self.where = appliance, node, f"gw ({node})"
        self.exchanges = ["request", "request"]
        self.budget: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        return


class FakeNode:
    """A node with some files: their number and bytes, or what is raised instead."""

    def __init__(self, session: Any, given: Any, others: tuple[str, ...]) -> None:
        self.node, self.given, self.others = str(session.node), given, others
        self.facts = None if isinstance(given, CannotConnect) else NodeFacts(self.node, "primary", "13.0", "now")
        self.missing = [] if self.facts is None else [Missing(self.node, "", "a file", "too large")]

    def preview(self, _parts: Any) -> tuple[int, int]:
        if isinstance(self.given, Exception):
            raise self.given
        found: tuple[int, int] = self.given
        return found


@pytest.fixture
def open_run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., EvidenceRun]:
    def made(*given: Any, others: tuple[str, ...] = (), timeout: int = 600) -> EvidenceRun:
        nodes = (FIRST, SECOND)[: len(given)]
        appliance = Appliance("gw", nodes, "u", "p", task_timeout=timeout)
        by_node = dict(zip(nodes, given, strict=True))
        monkeypatch.setattr(collect, "Session", FakeSession)
        monkeypatch.setattr(
            collect, "NodeEvidence", lambda session, *_more: FakeNode(session, by_node[session.node], others)
        )
        return EvidenceRun(appliance, (Part.VOLATILE,), "ann@control")

    return made


def test_files_bytes_and_requests_of_all_nodes_are_added_up(open_run: Callable[..., EvidenceRun]) -> None:
    preview = open_run((3, 100), (5, 1000)).preview()
    assert (preview.files, preview.bytes, preview.requests) == (8, 1100, 4)
    assert [one.node for one in preview.nodes] == [str(FIRST), str(SECOND)]
    assert [one.node for one in preview.missing] == [str(FIRST), str(SECOND)]


@pytest.mark.parametrize(
    "error",
    [
        CannotConnect("gw (10.1.0.12:443): no answer"),
        OutcomeUnknown("gw (10.1.0.12:443): no answer"),
        NitroError("gw (10.1.0.12:443)", "GET", 503, 0, "busy"),
    ],
)
def test_a_node_that_fails_is_missing_and_stops_no_other(
    open_run: Callable[..., EvidenceRun], error: Exception
) -> None:
    for given in (((3, 100), error), (error, (3, 100))):
        preview = open_run(*given).preview()
        assert (preview.files, preview.bytes, preview.requests) == (3, 100, 4)
        (told,) = (one for one in preview.missing if one.what == "the node, or the rest of it")
        assert told.node == str(SECOND if given[1] is error else FIRST)
        assert told.why


def test_without_an_answer_of_any_node_the_first_problem_is_told(open_run: Callable[..., EvidenceRun]) -> None:
    first, second = (CannotConnect(f"gw ({node}): no answer") for node in (FIRST, SECOND))
    with pytest.raises(CannotConnect) as told:
        open_run(first, second).preview()
    assert told.value is first
    answered = open_run(NitroError("gw", "GET", 503, 0, "busy")).preview()
    assert (answered.files, len(answered.nodes)) == (0, 1), "it said what it is before it failed"


def test_a_node_of_the_pair_that_the_inventory_does_not_name_is_missing_once(
    open_run: Callable[..., EvidenceRun],
) -> None:
    run = open_run((1, 1), (1, 1), others=("10.1.0.11", "10.1.0.13"))
    unnamed = Missing("", "", "the node 10.1.0.13 of the pair", "it is not named in netscaler_nodes")
    assert [one for one in run.preview().missing if not one.node] == [unnamed]


def test_a_long_name_of_such_a_node_is_cut_and_one_that_was_told_before_is_not_told_again(
    open_run: Callable[..., EvidenceRun],
) -> None:
    run = open_run((1, 1), others=("x" * 80, "a", "z", "a"))
    texts = [one.what for one in run.preview().missing if not one.node]
    assert texts == [f"the node {'x' * 60}... of the pair", "the node a of the pair", "the node z of the pair"]


def test_each_node_has_its_share_of_the_time(open_run: Callable[..., EvidenceRun]) -> None:
    for given, share in (([(1, 1)], 600), ([(1, 1), (1, 1)], 300)):
        budget = open_run(*given)._session(FIRST).budget
        assert budget.seconds == share
        assert budget._reserve == 60


def test_a_node_may_have_a_gibibyte_where_nobody_says_more(open_run: Callable[..., EvidenceRun]) -> None:
    run = open_run((1, 1))
    assert (run.most_bytes, run.requests) == (1024**3, 0)


def test_the_directories_that_readers_expect_are_private_and_made_once(tmp_path: Path) -> None:
    for _time in range(2):
        _lay_out(tmp_path)
    directories = {"nsconfig", "shell", "netscaler", "var", "var/log"}
    found = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if not path.is_symlink()}
    assert found == directories
    assert (tmp_path / "log").readlink() == Path("var/log")
    assert all(not stat.S_IMODE((tmp_path / name).stat().st_mode) & 0o077 for name in directories)
    assert (tmp_path / "log").resolve() == (tmp_path / "var" / "log").resolve()
