# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each verb that writes waits for the lock of another run, breaks it for a reason only, and takes none where that is asked for."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.engine.control_nodes import FOREIGN_LOCK
from tests.stage.fleet import box
from tests.stage.played import Laboratory, Run

LOCK = "/var/tmp/tourniquet_lock.txt"
WHY = "their laptop drowned"
BROKEN = {
    "break_lock": WHY,
}
FREE = {
    "lock": False,
}
DECIDED: dict[str, Any] = {"reason": "the NCSC advises it", "ticket": "CHG0044", "who": "J. Jansen"}
CLOSED: dict[str, Any] = {**DECIDED, "scope": "fleet", "expires": 24}
OPENED: dict[str, Any] = {**DECIDED, "scope": "fleet", "accept_exposure": True, "second": "M. Vis"}
VERBS: dict[str, tuple[str, dict[str, Any]]] = {
    "apply": ("apply", {}),
    "close": ("close", {**CLOSED, "step": "notice"}),
    "reopen": ("reopen", {**OPENED, "step": "notice"}),
    "lockdown": ("lockdown", CLOSED),
    "reopen of a lockdown": ("reopen", OPENED),
    "end_sessions": ("end_sessions", {"mitigation": "cve_2023_4966", "accept_exposure": True, "who": "J. Jansen"}),
    "prove": ("prove", {"scratch": True}),
    "leave": (
        "leave",
        {"mitigation": None, "remove": True, "accept_exposure": True, "who": "J. Jansen", "reason": "we go"},
    ),
    "apply again": ("apply", {}),
    "retire": ("retire", {}),
}


SO_THAT_HELD_HAS_SOMETHING = ("apply", "close", "reopen", "lockdown", "reopen of a lockdown", "leave", "apply again")
"""What is done there too, without the lock: the next verb takes it away."""
BEFORE = {
    "reopen": ("apply", "close"),
    "reopen of a lockdown": ("apply", "lockdown"),
    "leave": ("apply",),
    "retire": ("apply again",),
}
"""What a verb takes away, and what protects what it opens; it is done first where the test of it was not played."""
TAKEN_AWAY = {
    "leave": "failed: PROTECTION LOST at vpn vserver gw, decided by J. Jansen (we go)",
    **dict.fromkeys(
        ("reopen", "reopen of a lockdown"),
        "failed: PROTECTION LOST at vpn vserver gw, decided by J. Jansen (the NCSC advises it)",
    ),
}
"""By verb: its build has weaknesses without a measure, which nothing protects once it is open."""


@pytest.fixture(scope="module")
def laboratory(open_laboratory: Callable[..., Laboratory]) -> Laboratory:
    variables = {
        "held": {},
        "broken": {**BROKEN},
        "free": {**FREE},
    }
    laboratory = open_laboratory({name: box() for name in variables}, variables=variables)
    laboratory.common["results"] = str(laboratory.directory / "facts")
    return laboratory


def put_locks(laboratory: Laboratory) -> None:
    for name in ("held", "broken"):
        node = laboratory.simulator.fleet.appliances[name].nodes[0]
        node.write_file(LOCK, json.dumps(FOREIGN_LOCK).encode())


def released(run: Run, host: str) -> bool:
    return any(method == "DELETE" and "tourniquet_lock" in target for method, target in run.nitro(host))


@pytest.fixture(scope="module")
def done() -> set[str]:
    """Return the names of the verbs that were played so far."""
    return set()


def prepare(laboratory: Laboratory, name: str, done: set[str]) -> None:
    for before in BEFORE.get(name, ()):
        if before not in done:
            playbook, given = VERBS[before]
            laboratory.play(playbook, **given)
    done |= {*BEFORE.get(name, ()), name}
    for host in laboratory.hosts:
        if name == "end_sessions":
            laboratory.simulator.appliance(host).session("gw", "ann")
        if name == "retire":
            laboratory.simulator.appliance(host).upgrade("14.1 73.46")
    put_locks(laboratory)


ONLY_IN_ALL = ("prove", "leave", "apply again", "retire")


@pytest.mark.parametrize(
    "name", [pytest.param(one, marks=pytest.mark.only_in_all if one in ONLY_IN_ALL else ()) for one in VERBS]
)
def test_the_lock_of_another_run(laboratory: Laboratory, name: str, done: set[str]) -> None:
    playbook, given = VERBS[name]
    prepare(laboratory, name, done)
    run = held = laboratory.play(playbook, **given)
    if name == "leave":  # one that cannot be left stops the others
        run = laboratory.play(playbook, limit=["broken", "free"], **given)
    assert "holds the lock" in held.message("held")
    assert held.writes("held") == []
    told = TAKEN_AWAY.get(name, "")
    assert (run.problem("broken"), run.problem("free")) == (told, told)
    assert WHY in run.output
    assert (released(run, "broken"), released(run, "free")) == (True, False)
    if name in SO_THAT_HELD_HAS_SOMETHING:
        laboratory.simulator.fleet.appliances["held"].nodes[0].files.pop(LOCK)
        assert laboratory.play(playbook, limit=["held"], **given).problem("held") == told
