# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The differences from a target in words: by feature, by object, by attribute."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.resource_types import (
    Attributes,
    ObjectId,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.drift import (
    drift_of,
    own_target,
    saved_drift,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.planner import State, Target

from tests.played_together import played_together

OWNER = Owner("demo", 1)
POLICY: ObjectId = ("responderpolicy", ("tq_demo",))
OTHER: ObjectId = ("responderpolicy", ("tq_demo__2",))
OURS: Attributes = {"name": "tq_demo", "rule": "TRUE", "action": "NOOP", "comment": OWNER.comment}
NAME = "responderpolicy tq_demo"
SHOWN = f"{{name: tq_demo, rule: TRUE, action: NOOP, comment: {OWNER.comment}}}"


@played_together(
    ("present", "target", "drift"),
    [
        (State(), Target(), []),
        (State({}, {"LB": True}), Target({}, {"LB": True}), []),
        (State({}, {"LB": False}), Target({}, {"LB": True}), ["feature LB: expected on, found off"]),
        (State(), Target({}, {"LB": True}), ["feature LB: expected on, found off"]),
        (State({}, {"LB": True}), Target({}, {"LB": False}), ["feature LB: expected off, found on"]),
        (State(), Target({}, {"LB": False}), []),
        (State({POLICY: OURS}, {}), Target({POLICY: OURS}), []),
        (State({POLICY: OURS}, {}), Target(), []),
        (State(), Target({POLICY: OURS}), [f"{NAME}: expected {SHOWN}, found nothing"]),
        (State({POLICY: OURS}, {}), Target({POLICY: None}), [f"{NAME}: it should not be there, found {SHOWN}"]),
        (State(), Target({POLICY: None}), []),
        (
            State({POLICY: {**OURS, "rule": "FALSE", "action": "RESET"}}, {}),
            Target({POLICY: OURS}),
            [f"{NAME} rule: expected TRUE, found FALSE", f"{NAME} action: expected NOOP, found RESET"],
        ),
        (
            State({POLICY: {**OURS, "undefaction": "NOOP"}}, {}),
            Target({POLICY: OURS}),
            [f"{NAME} undefaction: expected nothing, found NOOP"],
        ),
    ],
)
@played_together("where", ["", "saved"])
def test_differences_from_a_target(present: State, target: Target, drift: list[str], where: str) -> None:
    place = f"{where}: " if where else ""
    assert drift_of(present, target, where) == [place + text for text in drift]


def test_what_of_ours_was_found_and_is_not_wanted_goes() -> None:
    theirs: ObjectId = ("responderpolicy", ("theirs",))
    found: Any = {OTHER: {**OURS, "name": "tq_demo__2"}, theirs: {"name": "theirs"}, POLICY: OURS}
    target = Target({POLICY: {"name": "wanted"}}, {"LB": True})
    assert own_target(target, found, OWNER) == Target({POLICY: {"name": "wanted"}, OTHER: None}, {"LB": True})


LINE = f'add responder policy tq_demo TRUE NOOP -comment "{OWNER.comment}"\n'


@pytest.mark.parametrize(
    ("text", "drift"),
    [
        (f"enable ns feature LB\n{LINE}", []),
        (LINE, ["saved: feature LB: expected on, found off"]),
        ("enable ns feature LB\n", [f"saved: {NAME}: expected {SHOWN}, found nothing"]),
        (
            f"enable ns feature LB\n{LINE.replace('TRUE', 'FALSE')}",
            [f"saved: {NAME} rule: expected TRUE, found FALSE"],
        ),
    ],
)
def test_a_saved_configuration_is_compared_without_what_no_text_shows(text: str, drift: list[str]) -> None:
    target = Target({POLICY: OURS, ("nsacls", ()): {"applied": True}}, {"LB": True})
    assert saved_drift(text, target, OWNER) == drift
