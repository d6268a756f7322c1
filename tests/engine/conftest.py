# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The engine against one simulated appliance, in process."""

from __future__ import annotations

import contextlib
import copy
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.appliance_evaluation import (
    SharedEvaluation,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies import assessment

from simulator import Simulator
from tests.engine.control_nodes import BOX, PAIR, control_node, simulated
from tests.stage.fleet import fleet_file
from tests.stage.memory import Stage
from tests.stage.memory_connections import memory_connections


@pytest.fixture(scope="module", autouse=True)
def _connections_in_memory(request: pytest.FixtureRequest) -> Iterator[None]:
    """Connect in memory, which takes a third of the time; a module with ``OVER_TLS = True`` does so over TLS and sockets."""
    with contextlib.nullcontext() if getattr(request.module, "OVER_TLS", False) else memory_connections():
        yield


@pytest.fixture(autouse=True)
def _no_power_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write no file through to the disk: tests/unit/plugin_utils shows that and when records are, and what follows where it fails."""
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)


@pytest.fixture(scope="session")
def assessments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the directory of results that all workers of a run share; the cache locks its files between processes."""
    base = tmp_path_factory.getbasetemp()
    directory = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "assessments"
    directory.mkdir(mode=0o700, exist_ok=True)
    return directory


@pytest.fixture(autouse=True)
def _shared_assessments(assessments: Path) -> Iterator[None]:
    """Assess the same rule on the same appliance once: all records share one directory of results."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assessment, "CACHE_DIRECTORY", str(assessments))
        yield


@pytest.fixture(autouse=True)
def _not_the_first_of_its_build(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have each appliance evaluate a sample of the traffic, as all do but the first of a build.

    A module with ``FIRST_OF_ITS_BUILD = True`` lets the first run in a directory of records evaluate all of it.
    """
    if not getattr(request.module, "FIRST_OF_ITS_BUILD", False):
        monkeypatch.setattr(SharedEvaluation, "needs_all", lambda _shared: False)


SITE = {
    "build": "13.0 47.22",
    "nodes": ["127.0.0.1:0"],
    "features": ["LB", "SSL"],
    "vservers": [{"type": "lb", "name": "site", "address": "127.0.0.1:0", "protocol": "HTTP"}],
}


@pytest.fixture(scope="module")
def simulator(request: pytest.FixtureRequest) -> Iterator[Simulator]:
    """Starts the FLEET of the module; else its BOX, or a site, as the one appliance of a fleet."""
    own = vars(request.module)
    with Simulator(own.get("FLEET") or fleet_file({"box": own.get("BOX", SITE)})) as running:
        yield running


@pytest.fixture
def start() -> Iterator[Callable[[dict[str, Any]], Simulator]]:
    """Starts fleets; they end with the test."""
    with contextlib.ExitStack() as stack:
        yield lambda fleet: stack.enter_context(Simulator(fleet))


@pytest.fixture
def open_stage(
    request: pytest.FixtureRequest, start: Callable[[dict[str, Any]], Simulator], tmp_path: Path
) -> Callable[..., Stage]:
    """Opens a fleet of one appliance: the module's BOX or another one, with changes."""

    def open_one(box: dict[str, Any] | None = None, **changes: Any) -> Stage:
        box = {**copy.deepcopy(box or request.module.BOX), **changes}
        return Stage(start(fleet_file({"box": box})), tmp_path)

    return open_one


@pytest.fixture(scope="module")
def box() -> Iterator[Simulator]:
    with simulated(BOX) as running:
        yield running


@pytest.fixture(scope="module")
def pair() -> Iterator[Simulator]:
    with simulated(PAIR) as running:
        yield running


@pytest.fixture
def ours(box: Simulator, tmp_path: Path) -> Stage:
    """A control node at a standalone appliance."""
    box.reset()
    return control_node(box, tmp_path, "ours")


@pytest.fixture
def pair_ours(pair: Simulator, tmp_path: Path) -> Stage:
    """A control node at an HA pair."""
    pair.reset()
    return control_node(pair, tmp_path, "ours")
