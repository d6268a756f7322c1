# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The reads of a task that our global policies count are noted: those that were stopped, or that a policy only counts where the start-up file lets it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Exchange
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.sent_probes import sent_probes
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import NitroError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.hit_counters import HITS_PATIENCE
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.knobs import SYSTEM_ACCESS
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.ourselves import Ourselves
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.own_runs import OwnRun
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common import counted_reads as module
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.counted_reads import counted_reads

NODE, POLICY, RULE = "192.0.2.1:443", "tq_cve_2019_19781", 'HTTP.REQ.URL.CONTAINS("/vpns/")'
BOUND = f"responderglobal_responderpolicy_binding {POLICY} REQ_OVERRIDE"
OURS = Ourselves("box", (OwnRun("run", "", datetime.now(UTC), objects=(f"responderpolicy {POLICY}", BOUND)),))

START = "Sat Nov 28 01:00:00 2026"


@dataclass
class Node:
    """A node with the counter of one policy, as it rises from one read of the policies to the next."""

    counters: list[int]
    action: str = "tq_block"
    rule: str = RULE
    refused: str = ""
    node: str = NODE
    exchanges: list[Exchange] = field(default_factory=list)

    def read(self, _type: str) -> list[dict[str, Any]]:
        if self.refused:
            raise NitroError("box", "GET responderpolicy", 403, 2138, self.refused)
        hits = self.counters.pop(0) if len(self.counters) > 1 else self.counters[0]
        return [
            {"name": POLICY, "rule": self.rule, "action": self.action, "hits": str(hits)},
            {"name": "of_others", "rule": "TRUE", "action": "NOOP", "hits": "9"},
        ]

    def reads(self, path: str, *, is_nitro: bool = True) -> None:
        self.exchanges.append(Exchange(NODE, "GET", path, 200 if is_nitro else 403, is_nitro))


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    clock: Iterator[int] = iter(range(0, 1000, 10))
    monkeypatch.setattr(module, "time", SimpleNamespace(sleep=lambda _seconds: None, monotonic=lambda: next(clock)))


def noted(node: Node, records: Path, *, line: str = "", ours: Ourselves = OURS, stopped: int = 0) -> Any:
    """Return what is noted of a task that lists the directory, and what it says of it."""
    texts = told(node, records, line=line, ours=ours, stopped=stopped)
    return [one.counted for one in sent_probes(records, "box")], texts


def told(node: Node, records: Path, *, line: str = "", ours: Ourselves = OURS, stopped: int = 0) -> list[str]:
    about = SimpleNamespace(address=NODE, start_up_file=f"# of the customer\n{line}\n")
    connection: Any = SimpleNamespace(members=[SimpleNamespace(session=node, start=START)], nodes=[about])
    with counted_reads(connection, ours, str(records)) as not_counted:
        for number in range(2):
            node.reads("/nitro/v1/config/systemfile?args=filelocation:/vpns/", is_nitro=number >= stopped)
        node.reads("/nitro/v1/config/systemfile?args=filelocation:/etc", is_nitro=True)
    return [str(one) for one in not_counted]


def test_reads_that_a_policy_has_stopped_are_noted_with_the_counter_and_the_node(tmp_path: Path) -> None:
    ((counted,), said) = noted(Node([5, 5, 7]), tmp_path, stopped=2)
    assert (counted.node, counted.node_started, counted.counters, counted.hits, counted.rises, said) == (
        NODE,
        START,
        {POLICY: 7},
        {POLICY: 2},
        {POLICY: 2},
        [],
    )


def test_no_more_is_ours_than_the_counter_rose_or_than_we_have_asked(tmp_path: Path) -> None:
    ((counted,), _said) = noted(Node([5, 6]), tmp_path / "lags", stopped=1)
    assert counted.hits == {POLICY: 1}
    ((counted,), _said) = noted(Node([5, 99]), tmp_path / "attacked", stopped=1)
    assert (counted.hits, counted.rises) == ({POLICY: 2}, {POLICY: 94})


@pytest.mark.parametrize(("line", "seconds"), [(SYSTEM_ACCESS.line, HITS_PATIENCE), ("", module.BRIEF)])
def test_a_policy_that_only_counts_is_waited_for_longer_where_the_start_up_file_lets_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, seconds: float
) -> None:
    """Without the line it may judge the management address by the default of the node: what rose may be our reads, and as well an attack."""
    ((counted,), _said) = noted(Node([5, 7], action="NOOP"), tmp_path / "rose", line=line)
    assert (counted.hits, counted.in_doubt) == (({POLICY: 2}, {}) if line else ({}, {POLICY: 2}))
    paused = 0.0

    def sleep(pause: float) -> None:
        nonlocal paused
        paused += pause

    monkeypatch.setattr(module, "time", SimpleNamespace(sleep=sleep, monotonic=lambda: paused))
    assert noted(Node([5, 5], action="NOOP"), tmp_path / "did not", line=line) == ([], [])
    assert seconds <= paused <= seconds + 1


def test_fewer_hits_than_our_reads_are_of_others_where_nothing_says_that_they_are_judged(tmp_path: Path) -> None:
    """A policy that only counts judges all reads of a node or none: one hit beside two reads of ours is an attack."""
    assert noted(Node([5, 6], action="NOOP"), tmp_path / "attacked") == ([], [])
    ((counted,), _said) = noted(Node([5, 6], action="NOOP"), tmp_path / "lags", line=SYSTEM_ACCESS.line)
    assert counted.hits == {POLICY: 1}


def test_as_many_hits_as_our_reads_are_in_doubt_and_no_more(tmp_path: Path) -> None:
    """Seen: an attacker with as many requests as a hunt has reads was noted as the hunt, and the next alarm saw no attempt."""
    ((counted,), _said) = noted(Node([5, 12], action="NOOP"), tmp_path)
    assert (counted.counters, counted.hits, counted.rises, counted.in_doubt) == (
        {POLICY: 12},
        {},
        {POLICY: 7},
        {POLICY: 2},
    )
    ours = Ourselves("box", counted=(counted,))
    assert ours.hits(NODE, {POLICY: 12}) == {}
    assert ours.hits_in_doubt(NODE, {POLICY: 12}) == {POLICY: 2}
    assert ours.hits_in_doubt(NODE, {POLICY: 11}) == {}, "the counter began again"


@pytest.mark.parametrize(
    "node",
    [
        Node([5, 7]),
        Node([5, 5]),
        Node([5, 7], rule='HTTP.REQ.URL.CONTAINS("/elsewhere/")'),
        Node([5, 7], rule='HTTP.REQ.URL.CONTAINS_ANY("a_set")'),
    ],
    ids=["answered by NITRO", "not counted", "another rule", "a rule with a set"],
)
def test_what_no_policy_has_judged_is_not_ours(tmp_path: Path, node: Node) -> None:
    stopped = 2 if node.counters == [5, 5] or node.rule != RULE else 0
    assert noted(node, tmp_path, stopped=stopped, line=SYSTEM_ACCESS.line) == ([], [])


def test_nothing_is_asked_where_no_run_of_ours_has_bound_a_policy_globally(tmp_path: Path) -> None:
    node = Node([5, 7], refused="nothing may be read")
    assert noted(node, tmp_path, stopped=2, ours=Ourselves("box")) == ([], [])


def test_counters_that_cannot_be_read_are_said(tmp_path: Path) -> None:
    node = Node([5, 7], refused="Not authorized to execute this command [show responder policy]")
    counted, (text,) = noted(node, tmp_path, stopped=2)
    assert counted == []
    assert text.startswith(f"{NODE}: our own reads in hit counters, where they may count as those of others: ")
    assert "show responder policy" in text


def test_reads_that_cannot_be_noted_are_said(tmp_path: Path) -> None:
    (tmp_path / "box").write_text("in the way")
    (text,) = told(Node([5, 7]), tmp_path, stopped=2)
    assert "where they may count as those of others: box: the change record" in text
