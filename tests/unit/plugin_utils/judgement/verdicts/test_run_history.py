# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What several runs have changed: the first state of each object, every state that they know, and the features that they enabled."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.resource_types import (
    Attributes,
    ObjectId,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.steps import FEATURE, Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.verdicts.run_history import RunHistory

POLICY: ObjectId = ("responderpolicy", ("tq_demo",))
ACTION: ObjectId = ("responderaction", ("tq_demo",))
ON, OFF = {"enabled": True}, {"enabled": False}


def feature(name: str) -> ObjectId:
    return FEATURE, (name,)


def run(*changes: tuple[ObjectId, Attributes | None, Attributes | None]) -> Any:
    return SimpleNamespace(touched=[Step(*id_, before, after) for id_, before, after in changes])


def test_the_first_state_of_each_object_is_that_before_the_first_run() -> None:
    one: Attributes = {"rule": "1"}
    two: Attributes = {"rule": "2"}
    first = run((feature("RESPONDER"), OFF, ON), (POLICY, None, one))
    second = run((POLICY, one, two), (ACTION, {"target": "x"}, None))
    history = RunHistory.of([first, second])
    assert history.first == {feature("RESPONDER"): OFF, POLICY: None, ACTION: {"target": "x"}}
    assert history.known == {
        feature("RESPONDER"): [OFF, ON],
        POLICY: [None, one, one, two],
        ACTION: [{"target": "x"}, None],
    }
    assert history.sources == {feature("RESPONDER"): first, POLICY: first, ACTION: second}
    assert history.objects == {POLICY: None, ACTION: {"target": "x"}}


def test_features_that_were_off_before_were_enabled_by_these_runs() -> None:
    history = RunHistory.of(
        [run((feature("LB"), ON, ON), (feature("RESPONDER"), OFF, ON), (feature("REWRITE"), None, ON))]
    )
    assert history.features_enabled == ["RESPONDER", "REWRITE"]
    assert history.objects == {}


def test_without_runs_nothing_was_changed() -> None:
    history = RunHistory.of([])
    assert (history.first, history.known, history.objects, history.features_enabled) == ({}, {}, {}, [])
