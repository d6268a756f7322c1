# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Control nodes that die, and others that take over: helpers for the tests of the lock and of the copies."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.file_limits import DIRECTORY
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution import secondary
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.lease_files import (
    LOCK_FILE,
    is_lease_name,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof import hit_counters
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close import reachability

from simulator import Simulator
from tests.stage.fleet import AT_NIGHT, fleet_file
from tests.stage.memory import Stage

BOX: dict[str, Any] = {
    "build": "13.0 47.22",
    "nodes": ["127.0.0.1:0"],
    "features": ["LB", "SSL", "SSLVPN"],
    "vservers": [{"type": "vpn", "name": "gw", "address": "127.0.0.2:0", "protocol": "SSL"}],
}
PAIR: dict[str, Any] = {**BOX, "nodes": ["127.0.0.1:0", "127.0.0.1:0"]}


class DiedError(BaseException):
    """The control node has died: no code catches this error."""


@contextmanager
def simulated(box: dict[str, Any], **switches: Any) -> Iterator[Simulator]:
    """A fleet of one appliance whose clock is years behind ours."""
    fleet = fleet_file({"box": box}, AT_NIGHT, **switches)
    with Simulator(fleet) as running:
        yield running


def control_node(simulator: Simulator, directory: Path, name: str) -> Stage:
    """A control node with records of its own."""
    return Stage(simulator, directory / name)


@contextmanager
def dying(monkeypatch: pytest.MonkeyPatch, after: int, *, sends_the_last: bool = False) -> Iterator[None]:
    """The control node dies at the write after that number of writes, before it is sent or before its answer is read."""
    write, left = Session.write, iter(range(after, -1, -1))

    def writing(session: Session, *arguments: Any, **options: Any) -> Any:
        if next(left, 0) > 0:
            return write(session, *arguments, **options)
        if sends_the_last:
            write(session, *arguments, **options)
        raise DiedError

    with monkeypatch.context() as patch:
        patch.setattr(Session, "write", writing)
        yield


def before(monkeypatch: pytest.MonkeyPatch, owner: type, method: str, act: Callable[[], None]) -> None:
    """Call a function right before a method is called for the first time."""
    real, times = getattr(owner, method), iter([act])

    def calling(*arguments: Any, **options: Any) -> Any:
        for do in times:
            do()
        return real(*arguments, **options)

    monkeypatch.setattr(owner, method, calling)


@contextmanager
def dying_at(number: int, *, after: bool) -> Iterator[None]:
    """The control node dies at the n-th request, of whatever kind, before it is sent or before its answer is read."""
    left = number
    exchange = Session._exchange

    def counting(session: Session, *arguments: Any, **options: Any) -> Any:
        nonlocal left
        left -= 1
        if left == 0:
            if after:
                exchange(session, *arguments, **options)
            raise DiedError
        if left < 0:
            raise DiedError  # a dead process says no goodbye: no logout, no unlock
        return exchange(session, *arguments, **options)

    with mock.patch.object(Session, "_exchange", counting):
        yield


@contextmanager
def dying_behind(owner: type, method: str, number: int) -> Iterator[None]:
    """The control node dies behind the n-th call of a method; then it asks the appliance nothing more, nor calls the method again."""
    own, exchange, left = getattr(owner, method), Session._exchange, number

    def calling(*arguments: Any, **options: Any) -> Any:
        nonlocal left
        if left <= 0:
            raise DiedError
        found, left = own(*arguments, **options), left - 1
        if left == 0:
            raise DiedError
        return found

    def exchanging(session: Session, *arguments: Any, **options: Any) -> Any:
        if left <= 0:
            raise DiedError
        return exchange(session, *arguments, **options)

    with (
        mock.patch.object(owner, method, calling),
        mock.patch.object(Session, "_exchange", exchanging),
        pytest.raises(DiedError),
    ):
        yield


@contextmanager
def killed(directory: Path, *, behind: tuple[type, str], number: int = 1) -> Iterator[None]:
    """A control node is killed behind the n-th call of a method: nothing that it does afterwards reaches anybody, nor a file of its own.

    :param directory: of its files
    """
    owner, method = behind
    own, left = getattr(owner, method), number
    there = directory.with_name(f"{directory.name} when it was killed")

    def calling(*arguments: Any, **options: Any) -> Any:
        nonlocal left
        found, left = own(*arguments, **options), left - 1
        if left == 0:
            shutil.copytree(directory, there)
        return found

    with mock.patch.object(owner, method, calling), dying_behind(owner, method, number):
        yield
    shutil.rmtree(directory)
    there.rename(directory)


@contextmanager
def without_waiting() -> Iterator[None]:
    """Skip the waiting times that would end without a result."""
    real = time.sleep

    def sleep(seconds: float) -> None:
        real(min(seconds, 0.01))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "sleep", sleep)
        patch.setattr(reachability, "PAUSE", 0.01)
        patch.setattr(hit_counters, "HITS_PATIENCE", 0.25)
        patch.setattr(secondary, "SYNC_PATIENCE", 0.25)
        patch.setattr(secondary, "SAVE_PATIENCE", 0.25)
        yield


def files(stage: Stage, node: int = 0) -> dict[str, bytes]:
    """Our directory on a node, as the simulator itself has it."""
    of_node = stage.simulator.fleet.appliances["box"].nodes[node].files
    return {
        path.rpartition("/")[2]: bytes(file.content)
        for path, file in of_node.items()
        if path.rpartition("/")[0] == DIRECTORY
    }


def lock_on(stage: Stage, node: int = 0) -> dict[str, Any] | None:
    """The lease on a node: the file with the highest number."""
    leases = lease_files(stage, node)
    return dict(json.loads(leases[-1])) if leases else None


def lease_files(stage: Stage, node: int = 0) -> list[bytes]:
    """The files of the lease, or of several leases, on a node, lowest number first."""
    there = files(stage, node)
    names = sorted(filter(is_lease_name, there), key=lambda name: (len(name), name))
    return [there[name] for name in names]


FOREIGN_LOCK = {
    "format": 1,
    "owner": "alice@elsewhere",
    "holder": "elsewhere",
    "run": "their-run",
    "measure": "other_measure",
    "reason": "the same night",
    "ticket": "",
    "token": "their-token",
    "taken": "2020-01-15 02:00:00",
    "expires": "2020-01-15 03:00:00",
}


def take_lease(simulator: Simulator, name: str = "box") -> None:
    """Somebody else breaks the lease of a run on each node, and takes it for good."""
    for node in simulator.fleet.appliances[name].nodes:
        give_back_lease(node)
        node.write_file(f"{DIRECTORY}/{LOCK_FILE}", json.dumps(FOREIGN_LOCK | {"expires": None}).encode())


def give_back_lease(node: Any) -> None:
    """Delete whatever lease is on a node."""
    for path in [path for path in node.files if is_lease_name(path.rpartition("/")[2])]:
        del node.files[path]


def put_lock(stage: Stage, node: int = 0, **values: Any) -> None:
    """The lock of somebody else, written without NITRO."""
    lock = FOREIGN_LOCK | values
    of_node = stage.simulator.fleet.appliances[stage.name].nodes[node]
    of_node.write_file(f"{DIRECTORY}/{LOCK_FILE}", json.dumps(lock).encode())
