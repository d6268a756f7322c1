# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""When a lockdown or a reopening has nothing to do, and whose usage is read: tests/engine/test_lockdown.py plays the runs."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.steps import Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.virtual_servers import (
    Usage,
    Vserver,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import Save, Unsaved
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close import switch_run
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.decision import VserverChoice
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.switch_off import Lockdown
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.switch_plan import (
    Switches,
    VserverChoices,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.reopen.switch_on import Reopening

GW = Vserver("vpnvserver", "gw", "192.0.2.10", 443, "SSL", True)
STEP = Step(*GW.object_id, {"enabled": True}, {"enabled": False})
CHOSEN = VserverChoices((VserverChoice(GW),))


def run(kind: Any = Lockdown, **parameters: Any) -> Any:
    made: Any = kind.__new__(kind)
    made.parameters = SimpleNamespace(**{"save": Save.PROVEN, "unsaved": Unsaved.REFUSE, **parameters})
    made.connection = SimpleNamespace(primary="session")
    return made


@pytest.mark.parametrize(
    ("switches", "must_save", "secondary_unsaved", "save", "idle"),
    [
        (Switches(), False, False, Save.PROVEN, True),
        (Switches(steps=(STEP,)), False, False, Save.PROVEN, False),
        (Switches(covers=(GW.object_id,)), False, False, Save.PROVEN, False),
        (Switches(completes=(GW.object_id,)), False, False, Save.PROVEN, False),
        (Switches(released=(GW.object_id,)), False, False, Save.PROVEN, False),
        (Switches(remarks=("x",)), False, False, Save.PROVEN, True),
        (Switches(), True, False, Save.PROVEN, False),
        (Switches(), False, True, Save.PROVEN, False),
        (Switches(), True, True, Save.NEVER, True),
    ],
)
def test_when_there_is_nothing_to_do(
    switches: Switches, must_save: bool, secondary_unsaved: bool, save: Save, idle: bool
) -> None:
    plan = SimpleNamespace(
        switches=switches, must_save=must_save, secondary_unsaved=secondary_unsaved, foreign_lines=()
    )
    assert run(save=save).is_idle(plan) is idle


@pytest.mark.parametrize(
    ("kind", "switches", "is_read"),
    [
        (Lockdown, Switches(steps=(STEP,)), True),
        (Lockdown, Switches(), False),
        (Reopening, Switches(steps=(STEP,)), False),
    ],
)
def test_usage_is_read_of_what_is_switched_off(
    monkeypatch: pytest.MonkeyPatch, kind: Any, switches: Switches, is_read: bool
) -> None:
    monkeypatch.setattr(
        switch_run, "read_usage", lambda _session, vservers: {one.object_id: Usage(3) for one in vservers}
    )
    monkeypatch.setattr(switch_run, "read_sessions", lambda _session: 7)
    expected = ({GW.object_id: Usage(3)}, 7) if is_read else ({}, None)
    assert run(kind)._read_usage(CHOSEN, switches) == expected


def test_a_plan_depends_on_places_and_states_and_not_on_counters() -> None:
    basis = switch_run._basis([GW], [STEP])
    assert basis == {
        "features": {},
        "objects": [[["gw"], "vpnvserver", {"place": "192.0.2.10:443", "enabled": True}]],
        "steps": [STEP.to_json()],
    }
