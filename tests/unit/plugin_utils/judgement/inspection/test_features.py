# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is read before a feature is enabled: its licence, and the bindings that it would make active."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.steps import FEATURE, Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.planner import State
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection import features
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection.features import (
    read_features_to_enable,
)

POLICY = Step("responderpolicy", ("tq_demo",), None, {"name": "tq_demo"})


def enable(feature: str) -> Step:
    return Step(FEATURE, (feature,), {"enabled": False}, {"enabled": True})


@pytest.mark.parametrize(
    ("steps", "policies", "licensed", "is_read"),
    [
        ([POLICY], ["theirs"], [], False),
        ([enable("RESPONDER"), POLICY], [], ["RESPONDER"], False),
        ([enable("RESPONDER")], ["tq_demo", "tq_demo__2"], ["RESPONDER"], False),
        ([enable("RESPONDER")], ["tq_demo", "theirs"], ["RESPONDER"], True),
        ([enable("LB")], ["theirs"], ["LB"], False),
        ([enable("REWRITE")], ["theirs"], ["REWRITE"], False),
        ([enable("LB"), enable("RESPONDER")], ["theirs"], ["LB", "RESPONDER"], True),
    ],
)
def test_bindings_are_read_where_others_have_policies(
    monkeypatch: pytest.MonkeyPatch, steps: list[Step], policies: list[str], licensed: list[str], is_read: bool
) -> None:
    bindings: Any = {("responderglobal_responderpolicy_binding", ("theirs", "REQ_DEFAULT")): {}}
    monkeypatch.setattr(features, "is_licensed", lambda _session, _feature: True)
    monkeypatch.setattr(features, "read_everywhere", lambda *_: bindings)
    parameters: Any = SimpleNamespace(owner=Owner("demo", 1))
    session: Any = None
    others = {(type_, ("theirs",)): {"name": "theirs"} for type_ in ("responderaction", "vpnvserver_settings")}
    state = State({**others, **{("responderpolicy", (name,)): {"name": name} for name in policies}}, {})
    found = read_features_to_enable(session, parameters, state, steps)
    assert found.licensed == dict.fromkeys(licensed, True)
    assert found.bindings == ({"RESPONDER": bindings} if is_read else {})
