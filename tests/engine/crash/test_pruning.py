# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The matrix is cheaper than its cells, and loses nothing: equal states have one end, and memory stands for the network."""

from __future__ import annotations

import itertools
import re

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment import deployment as apply

from simulator.node.node import Node
from tests import sample
from tests.engine.crash.matrix import FAILURES, STORIES, StoryRunner, check, opened

START_UP, CRONTAB = "/nsconfig/rc.netscaler", "/var/cron/tabs/root"
DEATHS = ("control node dies before", "control node dies after")


def results(runner: StoryRunner, story: str, failures: tuple[str, ...], stride: int) -> dict[str, list[str]]:
    return {failure: check(runner, STORIES[story], failure, stride=stride).wrong for failure in failures}


@pytest.mark.only_in_all
@pytest.mark.parametrize("defect", [False, True], ids=["sound", "planted"])
def test_what_is_left_out_has_the_same_end(monkeypatch: pytest.MonkeyPatch, defect: bool) -> None:
    """With the planted defect, an apply that completes the work of a dead one forgets it: a death after a write shows it in the undo."""
    if defect:
        monkeypatch.setattr(apply, "unfinished_runs", lambda _records: [])
    stride = 1 if sample.ALL else 5
    with opened("alone") as runner:
        pruned = results(runner, "apply", DEATHS, stride)
        played = len(runner.played)
        assert len(runner.rehearsal(STORIES["apply"]).deaths.moments) < len(
            runner.rehearsal(STORIES["apply"]).deaths.before
        )
        runner.prunes = False
        assert results(runner, "apply", DEATHS, stride) == pruned
        assert len(runner.played) == played
    assert any(pruned.values()) is defect


def test_memory_stands_for_the_network() -> None:
    """The same cells over loopback with TLS, and in memory: the same requests, and the same states after the failure and at the end."""
    failures = tuple(name for name in FAILURES if FAILURES[name].hits("alone", STORIES["reopen"]))
    stride = 1 if sample.ALL else 41
    found = []
    for in_memory in (True, False):
        with opened("alone", in_memory=in_memory) as runner:
            wrong = results(runner, "reopen", failures, stride)
            rehearsal = runner.rehearsal(STORIES["reopen"])
            requests = [re.sub(r"\d{8}T\d{6}\.\d{6}Z", "TIME", path) for path in rehearsal.deaths.paths]
            states = len(rehearsal.deaths.moments), [way for _story, _reboots, way, _fingerprint in runner.played]
            found.append((wrong, rehearsal.places, requests, states))
    assert found[0] == found[1]


def test_each_field_of_a_node_counts() -> None:
    """Two states that differ in one thing that the appliance or the control node keeps have different fingerprints."""
    with opened("alone") as runner:
        runner.play(lambda stage: stage.apply())
        node: Node = runner.simulator.fleet.appliances["box"].nodes[0]
        prints = [runner.moment().fingerprint]
        assert runner.moment().fingerprint == prints[0]
        record = next(iter(runner.stage.records.glob("box/*.json")))
        changes = (
            lambda: node.write_file("/var/tmp/tourniquet_lock.txt", b"{}"),
            lambda: node.running.put("nshostname", (), {"hostname": "other"}),
            lambda: node.saved.put("nshostname", (), {"hostname": "other"}),
            lambda: node.login("nsroot"),
            lambda: setattr(node, "changed", not node.changed),
            lambda: setattr(node, "changed_at", node.changed_at + 1),
            lambda: node.counters.add(0.0, "responderpolicy", "rp_of_others", "hits"),
            lambda: node.append("/var/log/ns.log", "a line that no story reads", 0.0) and None,
            lambda: node.write_file(START_UP, b"the line of a start-up file\n"),
            lambda: setattr(node.files[START_UP], "mode", 0o600),
            lambda: node.disk.remove(START_UP),
            lambda: setattr(node, "skip_systemaccess_policyeval", 0),
            lambda: node.write_file(CRONTAB, b"* * * * * /bin/sh\n"),
            lambda: node.running.put("systemuser", ("tourniquet",), {"username": "tourniquet", "password": "a"}),
            lambda: node.running.put("systemuser", ("tourniquet",), {"username": "tourniquet", "password": "b"}),
            lambda: node.saved.put("systemuser", ("tourniquet",), {"username": "tourniquet", "password": "b"}),
            lambda: record.write_bytes(record.read_bytes() + b"\n"),
            lambda: record.rename(record.with_suffix(".old")),
        )
        for change in changes:
            change()
            prints.append(runner.moment().fingerprint)
        same = [number for number, pair in enumerate(itertools.pairwise(prints)) if pair[0] == pair[1]]
        assert same == [7]
