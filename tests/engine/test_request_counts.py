# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The number of requests of each phase on a standalone appliance with one Gateway. One more needs a reason, and this table says so.

A request is a round trip, and some 0.4 ms of CPU here: at a thousand appliances 40 ms away one more request for each is 40 s of
waiting, spread over the workers. What each is for stands in docs/explanation/speed.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from simulator import Simulator
from tests.engine.stage import Stage

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
TABLE = {
    "plan": Cost(15, 6, 0),
    "apply": Cost(49, 7, 6),
    "plan again": Cost(15, 0, 0),
    "apply again": Cost(15, 0, 0),
    "status": Cost(15, 0, 0),
    "verify, few": Cost(16, 1, 3),
    "undo": Cost(46, 0, 2),
    "status when it is gone": Cost(15, 6, 0),
}
OURS = ("auditmessageaction", "responderaction", "responderpolicy", "responderglobal_responderpolicy_binding")


def verbs(stage: Stage) -> dict[str, Any]:
    return {
        "plan": stage.plan_all,
        "apply": stage.apply_all,
        "plan again": stage.plan_all,
        "apply again": stage.apply_all,
        "status": lambda: stage.status_all(probes="none"),
        "verify, few": lambda: stage.status_all(probes="few"),
        "undo": stage.rollback_all,
        "status when it is gone": lambda: stage.status_all(probes="none"),
    }


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, list[dict[str, Any]]]]:
    """The simulator's log of each phase, on an appliance of a build that was evaluated before."""
    records: Path = tmp_path_factory.mktemp("records")
    boxes = {name: {**BOX, "nodes": [f"127.0.0.{n}:0"]} for n, name in enumerate(("first", "box"), 1)}
    with Simulator({"switches": {"counters_lag_seconds": 0}, "appliances": boxes}) as simulator:
        Stage(simulator, records, "first").plan_all()
        stage = Stage(simulator, records)
        logs = {}
        for number, (phase, verb) in enumerate(verbs(stage).items()):
            stage.run = f"run{number}"
            simulator.clear_requests()
            verb()
            logs[phase] = simulator.requests()
        yield logs


def asked(entry: dict[str, Any]) -> str:
    return str(entry["target"].removeprefix("/nitro/v1/").partition("?")[0])


def is_proof(entry: dict[str, Any]) -> bool:
    return asked(entry).startswith(("config/policyevaluation", "stat/"))


@pytest.mark.parametrize("phase", TABLE)
def test_a_phase_costs_what_the_table_says(story: dict[str, list[dict[str, Any]]], phase: str) -> None:
    nitro = [entry for entry in story[phase] if entry["side"] == "nitro"]
    proof = sum(map(is_proof, nitro))
    cost = Cost(len(nitro) - proof, proof, len(story[phase]) - len(nitro))
    assert cost == TABLE[phase], "\n".join(f"{entry['method']} {asked(entry)}" for entry in story[phase])


@pytest.mark.parametrize("phase", TABLE)
def test_a_task_takes_one_connection_and_one_login(story: dict[str, list[dict[str, Any]]], phase: str) -> None:
    nitro = [entry for entry in story[phase] if entry["side"] == "nitro"]
    assert len({entry["connection"] for entry in nitro}) == 1
    assert [asked(entry) for entry in nitro].count("config/login") == 1
    assert [asked(entry) for entry in (nitro[0], nitro[-1])] == ["config/login", "config/logout"]


@pytest.mark.parametrize("phase", TABLE)
def test_each_type_is_read_once_and_once_more_where_it_was_written(
    story: dict[str, list[dict[str, Any]]], phase: str
) -> None:
    writes = Counter(asked(entry) for entry in story[phase] if entry["method"] in ("POST", "PUT", "DELETE"))
    for type_ in OURS:
        path = f"config/{type_}"
        reads = [entry for entry in story[phase] if entry["method"] == "GET" and asked(entry) == path]
        written = sum(count for name, count in writes.items() if name.partition("/")[2].partition("/")[0] == type_)
        assert written <= 1, f"{type_}: one request for all objects of an operation"
        assert len(reads) == 1 + written, type_
