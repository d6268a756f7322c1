# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whose the hits are after a restart of a node whose clock was behind as it started, and was corrected since."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import Probes

from simulator import Simulator
from tests.engine.test_request_counts import BOX
from tests.stage.client import ask
from tests.stage.fleet import fleet_file
from tests.stage.memory import Stage

BEHIND = 3 * 3600


@pytest.mark.parametrize("restarted", [True, False])
def test_a_clock_that_was_corrected_since_the_start_makes_no_attack_ours(tmp_path: Path, *, restarted: bool) -> None:
    """Seen: "4 hits, 4 ours" of four attacks, as the node said that it was started before the run that had counted four requests of its own."""
    with Simulator(fleet_file({"box": BOX})) as simulator:
        stage = Stage(simulator, tmp_path, "box")
        applied = stage.apply()
        (counted,) = applied.proof.probe_hits.values()
        assert counted
        if restarted:
            with Session(stage.appliance, stage.appliance.nodes[0]) as session:
                session.save()
            simulator.appliance("box").reboot(seconds=0)
            simulator.fleet.appliances["box"].nodes[0].started_at -= BEHIND
            (vip,) = simulator.ready["appliances"]["box"]["vservers"]
            for _number in range(counted):
                ask(vip, "/vpn/../vpns/")  # our policy resets it
        found = stage.status(probes=Probes.NONE)
        (hits,) = found.facts.configuration.observation.hits.values()
        doubt = sum(found.hits_in_doubt.values())
        assert hits == counted
        assert (found.probe_hits, doubt) == ({}, counted) if restarted else ({**applied.proof.probe_hits}, 0)
