# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A run of each verb dies right behind its lease, before its change record: its lock and its commands are ours by the note that was there before."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.appliance_lock import ApplianceLock
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.evidence.node_evidence import NodeEvidence
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common import what_is_ours

from simulator import Simulator
from tests.engine.control_nodes import dying_behind, killed, lock_on
from tests.engine.test_ourselves import BOX, OURS, VERBS, Control, came_from, findings, watched
from tests.stage.fleet import fleet_file

FLEET = fleet_file({"box": BOX}, drop_seconds=0.1)
LEASE = {"rollback": 2, "retire": 2, "leave": 3, "reopen": 2}
"""By verb, which lease is its own: before it stands what it takes away."""
WRITING = (
    "apply",
    "rollback",
    "retire",
    "leave",
    "lockdown",
    "close",
    "reopen",
    "end_sessions",
    "on_box",
    "node_local",
    "prove",
    "bootstrap",
)


@pytest.fixture(autouse=True)
def _own_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control node that asks has another address than the one that a log has instead of each client."""
    monkeypatch.setattr(what_is_ours, "own_addresses", lambda _appliance: [OURS])


@pytest.fixture
def here(simulator: Simulator, tmp_path: Path) -> Control:
    simulator.reset()
    control = Control(simulator, tmp_path / "here")
    watched(control)
    watched(control, accept="J. Jansen")
    came_from(control)
    return control


@pytest.mark.sampled(3)
@pytest.mark.parametrize("verb", WRITING)
def test_the_lease_of_a_run_that_died_is_ours(here: Control, verb: str) -> None:
    """Seen: 'a file of unknown origin', which was the lock of a rollback, and of each verb that writes without a record."""
    with dying_behind(ApplianceLock, "__enter__", LEASE.get(verb, 1)):
        VERBS[verb](here)
    came_from(here)
    assert lock_on(here.mitigation) is not None
    assert findings(here) == {}


def test_the_commands_of_an_evidence_that_was_killed_are_ours(here: Control) -> None:
    """Seen: 'changing commands with an account of the playbooks, of unknown origin', which made the support bundle."""
    with killed(here.directory, behind=(NodeEvidence, "_support")):
        VERBS["evidence"](here)
    came_from(here)
    assert findings(here) == {}
