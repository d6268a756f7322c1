# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A lockdown and a reopening ask front doors, also where a policy of ours answers: no reader takes these requests for those of others."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.closing_steps import LadderStep
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import Probes, Unsaved
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic import TrafficCase
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.probes import Prober
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common import what_is_ours

from simulator import Simulator
from tests.engine.control_nodes import dying_behind, without_waiting
from tests.engine.test_ourselves import BOX, OURS, Control, came_from, findings, raised
from tests.stage.fleet import fleet_file

FLEET = fleet_file({"box": BOX}, drop_seconds=0.1)
NOT_SAVED = {"unsaved": Unsaved.APPLY_WITHOUT_SAVE}
FRONT = TrafficCase("front", False, "GET", "/")


@pytest.fixture(autouse=True)
def _own_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control node that asks has another address than the one that a log has instead of each client."""
    monkeypatch.setattr(what_is_ours, "own_addresses", lambda _appliance: [OURS])


@pytest.fixture
def here(simulator: Simulator, tmp_path: Any) -> Control:
    """A control node that shows a notice page at each virtual server; the alarm has looked once."""
    simulator.reset()
    control = Control(simulator, tmp_path / "here")
    control.closing.close(LadderStep.NOTICE)
    came_from(control)
    assert raised(control) == []
    return control


def test_front_doors_that_a_lockdown_and_a_reopening_ask_are_ours(here: Control) -> None:
    """Seen: two hits 'by others' of a notice page, at the two virtual servers for which a policy sees log-ons."""
    for switch in (here.mitigation.lockdown, here.mitigation.reopen):
        switch(**NOT_SAVED)
        came_from(here)
        assert findings(here) == {}
    others = (vip for vip in here.appliance.vips or () if vip.kind == "vpn")
    Prober("somebody", None).ask(next(others), FRONT)
    (told, *_more) = findings(here)["status"]
    assert "hits by others" in told, "a request of somebody else hides behind none of ours"


def hits(control: Control) -> dict[str, tuple[int, int, int]]:
    """Return by policy that has hits: all of them, how many are our own, and how many more may be."""
    found = control.mitigation.status(probes=Probes.NONE)
    every = found.facts.configuration.observation.hits
    return {
        name: (count, found.probe_hits.get(name, 0), found.hits_in_doubt.get(name, 0))
        for name, count in every.items()
        if count
    }


@pytest.mark.parametrize("asked", [2, 7])
def test_front_doors_that_a_dead_run_has_asked_are_of_unknown_origin(here: Control, asked: int) -> None:
    """Before its change, and after it: nobody has counted what it has asked."""
    known = hits(here)
    with without_waiting(), dying_behind(Prober, "ask", asked):
        here.mitigation.lockdown(**NOT_SAVED)
    came_from(here)
    found = hits(here)
    assert found != known
    for policy, (count, ours, maybe) in found.items():
        assert count == ours + maybe, found
        assert ours == known.get(policy, (0, 0, 0))[1], "no request of a run that died counts as ours"
