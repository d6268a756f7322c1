# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The offset of an appliance's clock from that of the controller, from a plan that a node made by its own clock."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.plan_file import PlanFile
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.seen_by_plans import SeenByPlans

SENT, RECEIVED = 1_000_000.0, 1_000_060.0
"""When the job of the plans was sent and its answer came, by the clock of the controller."""
HOUR = 3600.0
COPIES = ["20200115T020000.000000Z-0123456789"]


def seen(node: float, appliance: float, **more: object) -> SeenByPlans:
    """What is noted of a plan that was made after 20 s, by a node and on an appliance whose clocks are so far ahead of the controller's."""
    read = SENT + 20
    values = {"clock": round(read + appliance), "clock_skew": round(appliance - node), "copies": COPIES, **more}
    found = SeenByPlans()
    found.note("utrecht", {"gw-a": PlanFile(values)}, SENT, RECEIVED)
    return found


@pytest.mark.parametrize("appliance", [0.0, 2 * HOUR, -2 * HOUR, -50 * 365 * 24 * HOUR])
def test_a_node_with_the_right_time_tells_the_offset(appliance: float) -> None:
    found = seen(1.0, appliance)
    assert found.clocks["gw-a"] == pytest.approx(appliance, abs=2)
    assert found.of(["gw-a", "gw-b"]) == {"clocks": found.clocks, "copies": {"gw-a": tuple(COPIES)}}
    assert found.of(["gw-b"]) == {"clocks": {}, "copies": {}}
    assert found.notes() == []


@pytest.mark.parametrize("node", [-HOUR, HOUR, -4 * 365 * 24 * HOUR])
@pytest.mark.parametrize("appliance", [0.0, 2 * HOUR])
def test_the_wrong_time_of_a_node_does_not_become_an_offset_of_the_appliance(node: float, appliance: float) -> None:
    """Otherwise its job would have the same wrong time by both clocks. The deadline passes too early rather than too late, by a minute at most."""
    found = seen(node, appliance)
    assert appliance - (RECEIVED - SENT) <= found.clocks["gw-a"] <= appliance
    (note,) = found.notes()
    where = "ahead of" if node > 0 else "behind"
    assert (
        f"the clock of the execution node utrecht is about {abs(node) / 60:.0f} minutes {where} the controller's"
        in (note.replace("about 59 ", "about 60 "))
    )


@pytest.mark.parametrize(
    "values",
    [{"clock": None}, {"clock_skew": None}, {"clock": 2**63}, {"clock": -(2**63)}],
)
def test_what_is_not_known_or_cannot_be_is_no_offset(values: dict[str, object]) -> None:
    assert seen(0.0, 0.0, **values).clocks == {}


def test_a_lie_reaches_the_appliance_that_it_is_told_of_and_no_other() -> None:
    found = SeenByPlans()
    honest = {"clock": round(SENT + 5), "clock_skew": 0, "copies": []}
    liar = {"clock": round(SENT + 5 + 99 * HOUR), "clock_skew": 99 * HOUR, "copies": None}
    found.note("utrecht", {"gw-a": PlanFile(honest), "gw-b": PlanFile(liar)}, SENT, RECEIVED)
    assert found.of(["gw-a"]) == {"clocks": {"gw-a": 0}, "copies": {"gw-a": ()}}
    assert found.of(["gw-b"]) == {"clocks": {"gw-b": 99 * HOUR}, "copies": {}}


@pytest.mark.parametrize("appliance", [0.0, 2 * HOUR])
def test_a_node_that_is_behind_by_less_than_its_job_took_is_seen_by_its_events(appliance: float) -> None:
    """Its times look right, since they are within the job. Otherwise both clocks would let a late job begin after the time that the page names."""
    node = -18.0
    values = {"clock": round(SENT + 20 + appliance), "clock_skew": round(appliance - node)}
    found = SeenByPlans()
    found.note("utrecht", {"gw-a": PlanFile(values)}, SENT, RECEIVED, node - 0.3)
    assert found.clocks["gw-a"] == pytest.approx(appliance, abs=2)


@pytest.mark.parametrize("ahead", [-1e300, -1e6, -40.5, 3.0, 1e300])
def test_no_event_makes_the_deadline_later_than_the_end_of_the_plans_job_would_or_earlier(ahead: float) -> None:
    values = {"clock": round(SENT + 20), "clock_skew": 0}
    found = SeenByPlans()
    found.note("utrecht", {"gw-a": PlanFile(values)}, SENT, RECEIVED, ahead)
    assert SENT + 20 - RECEIVED <= found.clocks["gw-a"] <= 0
