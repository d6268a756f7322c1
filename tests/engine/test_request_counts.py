# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The number of requests of each phase on a standalone appliance and on a pair with one Gateway. One more needs a reason, and these tables say so.

A request is a round trip, and some 0.4 ms of CPU here: at a thousand appliances 40 ms away one more request for each is 40 s of
waiting, spread over the workers. What each is for stands in docs/explanation/speed.md.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection.earlier_reads import (
    EarlierReads,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.verdict_table import VerdictWord

from simulator import Simulator
from tests.engine.test_one_next_action import told
from tests.stage.fleet import fleet_file
from tests.stage.memory import Stage

BOX: dict[str, Any] = {
    "build": "13.0 47.22",
    "nodes": ["127.0.0.1:0"],
    "features": ["LB", "SSL", "SSLVPN"],
    "vservers": [{"type": "vpn", "name": "gw", "address": "127.0.0.1:0", "protocol": "SSL"}],
}


class Cost(NamedTuple):
    """NITRO requests without those for the proof; those for the proof (evaluations and counters); requests to the VIP."""

    nitro: int
    proof: int
    vip: int


# In the order in which they are played, each on what the one before left. The lease is read before each write: that is 11 requests of an
# apply and of an undo, each of which sends ten writes (docs/decisions/0029 says why none is left out). The last one reads that the lock is gone.
# Where requests of ours are in the counters, and where a run counts its own, one read says when the node was started: they began anew then.
# A wave does not read again what the plan of its run has read, where nothing was changed since (docs/decisions/0079).
TABLE = {
    "plan": Cost(15, 6, 0),
    "apply in its wave": Cost(43, 1, 6),
    "plan again": Cost(16, 0, 0),
    "apply again": Cost(16, 0, 0),
    "status": Cost(16, 0, 0),
    "verify, few": Cost(17, 1, 3),
    "undo": Cost(44, 0, 2),
    "status when it is gone": Cost(15, 6, 0),
    "apply without a plan": Cost(49, 7, 6),
}
# The same on a pair: each node has a session of its own, is asked what it is, and gets the lease and a copy of the record. What was written is
# read back on both. Behind the save only what is saved is read on the secondary, and its running configuration is not read again.
PAIR_TABLE = {
    "plan": Cost(22, 6, 0),
    "apply in its wave": Cost(75, 2, 6),
    "plan again": Cost(29, 0, 0),
    "apply again": Cost(29, 0, 0),
    "status": Cost(29, 0, 0),
    "verify, few": Cost(31, 2, 3),
    "undo": Cost(78, 0, 2),
    "status when it is gone": Cost(22, 6, 0),
    "apply without a plan": Cost(81, 8, 6),
}
# What each request of an apply in its wave is for.
PURPOSES = {
    "open and close the session": 2,
    "which appliance is it: role, clock, build, start-up file, partitions": 4,
    "what is there: the policies with their counters": 1,
    "where to send requests: the virtual servers": 2,
    "is there a lease, and whose copies of records are there": 2,
    "take the lease, and give it back": 3,
    "confirm the lease before each write": 10,
    "copies of the record": 3,
    "was anything changed since the plan, and since our writes": 3,
    "the change": 5,
    "read it back": 5,
    "proof: requests to the VIP and the hit counter": 7,
    "when was the node started: the counters of our requests began anew then": 1,
    "save, and read that it is saved": 2,
}
OURS = ("auditmessageaction", "responderaction", "responderpolicy", "responderglobal_responderpolicy_binding")


def verbs(stage: Stage) -> dict[str, Any]:
    plans: list[EarlierReads | None] = []
    return {
        "plan": lambda: plans.append(stage.plan_with_reads()),
        "apply in its wave": lambda: stage.apply_all(earlier=plans[0]),
        "plan again": stage.plan_all,
        "apply again": stage.apply_all,
        "status": lambda: stage.status_all(probes="none"),
        "verify, few": lambda: stage.status_all(probes="few"),
        "undo": stage.rollback_all,
        "status when it is gone": lambda: stage.status_all(probes="none"),
        "apply without a plan": stage.apply_all,
    }


Story = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    return played(tmp_path_factory.mktemp("records"), nodes=1)


@pytest.fixture(scope="module")
def story_of_a_pair(tmp_path_factory: pytest.TempPathFactory) -> Story:
    return played(tmp_path_factory.mktemp("records"), nodes=2)


def played(records: Path, nodes: int) -> Story:
    """Return the simulator's log of each phase, on an appliance of a build that was evaluated before."""
    boxes = {name: {**BOX, "nodes": [f"127.0.0.{n}:0"] * nodes} for n, name in enumerate(("first", "box"), 1)}
    with Simulator(fleet_file(boxes)) as simulator:
        Stage(simulator, records, "first").plan_all()
        stage = Stage(simulator, records)
        logs = {}
        for number, (phase, verb) in enumerate(verbs(stage).items()):
            stage.run = f"run{number}"
            simulator.clear_requests()
            verb()
            logs[phase] = simulator.requests()
        return logs


def asked(entry: dict[str, Any]) -> str:
    return str(entry["target"].removeprefix("/nitro/v1/").partition("?")[0])


def is_proof(entry: dict[str, Any]) -> bool:
    return asked(entry).startswith(("config/policyevaluation", "stat/")) and asked(entry) != "stat/ns"


@pytest.mark.parametrize("phase", TABLE)
def test_a_phase_costs_what_the_table_says(story: Story, phase: str) -> None:
    assert cost_of(story[phase]) == TABLE[phase], listed(story[phase])


@pytest.mark.parametrize("phase", PAIR_TABLE)
def test_a_phase_on_a_pair_costs_what_the_table_says(story_of_a_pair: Story, phase: str) -> None:
    assert cost_of(story_of_a_pair[phase]) == PAIR_TABLE[phase], listed(story_of_a_pair[phase])


def cost_of(log: list[dict[str, Any]]) -> Cost:
    nitro = [entry for entry in log if entry["side"] == "nitro"]
    proof = sum(map(is_proof, nitro))
    return Cost(len(nitro) - proof, proof, len(log) - len(nitro))


def listed(log: list[dict[str, Any]]) -> str:
    return "\n".join(f"{entry['method']} {asked(entry)}" for entry in log)


def purposes(log: list[dict[str, Any]]) -> Counter[str]:
    """What the requests of an apply are for, by their order and what they ask."""
    return Counter(purpose(entry, log[:position], log[position + 1 :]) for position, entry in enumerate(log))


def purpose(entry: dict[str, Any], before: list[dict[str, Any]], after: list[dict[str, Any]]) -> str:
    number = {name.partition(":")[0]: name for name in PURPOSES}
    path, is_read = asked(entry), entry["method"] == "GET"
    wrote_steps = any(asked(one) == "config/responderpolicy" and one["method"] == "POST" for one in before)
    if entry["side"] != "nitro" or is_proof(entry):
        return number["proof"]
    if path == "stat/ns":
        return number["when was the node started"]
    if path in ("config/login", "config/logout"):
        return number["open and close the session"]
    if "_begun" in path or (path == "config/systemfile" and not is_read and any("_lock" in asked(o) for o in before)):
        return number["copies of the record"]
    if path == "config/systemfile" and is_read:
        return number["is there a lease, and whose copies of records are there"]
    if path == "config/systemfile" or (path.endswith("_lock.txt") and (not is_read or entry["status"] == 404)):
        return number["take the lease, and give it back"]
    if path.endswith("_lock.txt"):
        return number["confirm the lease before each write"]
    if path == "config/nsconfig" and before[1:]:
        saved = any(not is_read_of(one) and asked(one) == path for one in before)
        is_save = not is_read or saved
        return number[
            "save, and read that it is saved"
            if is_save
            else "was anything changed since the plan, and since our writes"
        ]
    if not is_read:
        return number["the change"]
    if wrote_steps:
        return number["read it back"]
    if path.endswith("vserver"):
        return number["where to send requests"]
    return number["what is there" if path == "config/responderpolicy" else "which appliance is it"]


def is_read_of(entry: dict[str, Any]) -> bool:
    return bool(entry["method"] == "GET")


def test_each_request_of_an_apply_has_its_purpose(story: Story) -> None:
    assert purposes(story["apply in its wave"]) == PURPOSES
    assert sum(PURPOSES.values()) <= 50


@pytest.mark.parametrize("phase", TABLE)
def test_a_task_takes_one_connection_and_one_login(story: Story, phase: str) -> None:
    nitro = [entry for entry in story[phase] if entry["side"] == "nitro"]
    assert len({entry["connection"] for entry in nitro}) == 1
    assert [asked(entry) for entry in nitro].count("config/login") == 1
    assert [asked(entry) for entry in (nitro[0], nitro[-1])] == ["config/login", "config/logout"]


@pytest.mark.parametrize("phase", TABLE)
def test_each_type_is_read_once_and_once_more_where_it_was_written(story: Story, phase: str) -> None:
    writes = Counter(asked(entry) for entry in story[phase] if entry["method"] in ("POST", "PUT", "DELETE"))
    for type_ in OURS:
        path = f"config/{type_}"
        reads = [entry for entry in story[phase] if entry["method"] == "GET" and asked(entry) == path]
        written = sum(count for name, count in writes.items() if name.partition("/")[2].partition("/")[0] == type_)
        assert written <= 1, f"{type_}: one request for all objects of an operation"
        is_known = phase == "apply in its wave" and type_ != "responderpolicy"  # its rows have counters
        assert len(reads) == (not is_known) + written, type_


@pytest.mark.parametrize(
    ("mitigation", "word"), [("", VerdictWord.EXPOSED), ("cve_2019_19781", VerdictWord.CLOSED)], ids=["all", "one"]
)
def test_the_status_of_a_closed_appliance_reads_nothing_twice(
    tmp_path: Path, mitigation: str, word: VerdictWord
) -> None:
    """Whether what our records call closed still is, it knows by the virtual servers that it has read."""
    closed = {**BOX, "vservers": [{**BOX["vservers"][0], "address": "127.0.0.9:0"}]}
    with Simulator({"appliances": {"box": closed}}) as simulator:
        stage = Stage(simulator, tmp_path)
        stage.trust = RecordTrust(key=tmp_path / "key")
        stage.lockdown()
        simulator.clear_requests()
        assert told(stage, mitigation)["word"] == word
        reads = Counter(entry["target"] for entry in simulator.requests() if entry["method"] == "GET")
    assert {what: count for what, count in reads.items() if count > 1} == {}
