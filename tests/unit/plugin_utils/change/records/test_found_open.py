# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a run made, began or left in doubt what closes a virtual server, by the steps of its record."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.resource_types import (
    Attributes,
    ObjectId,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.steps import FEATURE, Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.found_open import (
    FoundOpen,
    found_nothing,
    has_begun,
    has_made,
    has_unmade,
    is_doubtful,
    is_made,
)

from tests.unit.plugin_utils.change.records.stored import MEASURE, record

GW: ObjectId = ("vpnvserver", ("gw",))
SHOP: ObjectId = ("lbvserver", ("shop",))
ON, OFF = {"enabled": True}, {"enabled": False}


def binding(vserver: ObjectId = GW, *, removed: bool = False) -> Step:
    type_, (name,) = vserver
    attribute = "policy" if type_ == "vpnvserver" else "policyname"
    row: Attributes = {"name": name, attribute: "tq_x", "priority": 10, "bindpoint": "REQUEST"}
    before, after = (row, None) if removed else (None, row)
    return Step(f"{type_}_responderpolicy_binding", (name, "tq_x", "REQUEST"), before, after)


def acl(name: str = "tq_x__a", *, removed: bool = False, **more: int) -> Step:
    row: Attributes = {"aclname": name, "aclaction": "DENY", "destipval": "192.0.2.9", "priority": 75000, **more}
    return Step("nsacl", (name,), row if removed else None, None if removed else row)


APPLY = Step("nsacls", (), None, {"applied": True})
NOT_AGAIN = Step("nsacls", (), {"applied": True}, None)


@pytest.mark.parametrize(
    ("steps", "state", "doubtful", "begun", "made"),
    [
        ((APPLY,), "sent", True, True, False),
        ((APPLY,), "done", False, True, False),
        ((APPLY,), "planned", True, False, False),
        ((NOT_AGAIN,), "sent", False, True, False),
        ((APPLY, binding(SHOP)), "sent", True, True, False),
        ((APPLY, binding(GW)), "sent", False, True, False),
        ((binding(GW),), "done", False, True, True),
        ((binding(GW),), "planned", False, False, False),
        ((binding(SHOP),), "done", False, True, False),
        ((binding(SHOP),), "planned", False, True, False),
    ],
)
def test_what_a_run_may_have_done_to_a_virtual_server(
    steps: tuple[Step, ...], state: str, doubtful: bool, begun: bool, made: bool
) -> None:
    found = record(1, *steps, state=state)
    assert (is_doubtful(found, GW), has_begun(found, GW), has_made(found, GW)) == (doubtful, begun, made)


@pytest.mark.parametrize(
    ("steps", "nothing", "unmade"),
    [
        ((binding(GW),), True, False),
        ((binding(SHOP),), False, False),
        ((binding(GW, removed=True),), False, True),
        ((binding(SHOP, removed=True),), False, False),
        ((acl(),), True, False),
        ((acl(ttl=300),), False, False),
        ((acl("tq_x__b", removed=True), acl()), False, True),
        ((Step(FEATURE, ("RESPONDER",), OFF, ON),), True, False),
        ((Step(FEATURE, ("RESPONDER",), ON, OFF),), False, False),
    ],
)
def test_what_a_run_found_and_took_away(steps: tuple[Step, ...], nothing: bool, unmade: bool) -> None:
    found = record(1, *steps)
    assert (found_nothing(found, GW), has_unmade(found, GW)) == (nothing, unmade)


@pytest.mark.parametrize(
    ("step", "made"),
    [
        (binding(), True),
        (binding(removed=True), False),
        (Step("responderpolicy", ("p",), {"name": "p"}, {"name": "p", "rule": "true"}), False),
        (Step("vpnvserver", ("gw",), OFF, ON), True),
        (Step("vpnvserver", ("gw",), ON, OFF), False),
        (Step("vpnvserver", ("gw",), None, ON), False),
        (Step("vpnvserver", ("gw",), OFF, OFF), False),
    ],
)
def test_what_was_not_there_or_was_off_is_made(step: Step, made: bool) -> None:
    assert is_made(step) == made


CLOSED = [(MEASURE, GW), (MEASURE, SHOP), ("other", GW)]


def left(*steps: Step) -> FoundOpen:
    found = FoundOpen()
    place = found.left.setdefault((MEASURE, ""), {})
    place.update({step.object_id: step.after for step in steps if step.after is not None})
    return found


@pytest.mark.parametrize(
    ("steps", "again"),
    [
        ([Step(FEATURE, ("RESPONDER",), OFF, ON)], {GW, SHOP}),
        ([Step(FEATURE, ("RESPONDER",), ON, ON)], set()),
        ([Step(FEATURE, ("REWRITE",), OFF, ON)], set()),
        ([acl()], set()),
        ([binding(GW)], {GW}),
        ([binding(GW, removed=True)], set()),
        ([], set()),
    ],
)
def test_what_planned_steps_make_again_is_found_open(steps: list[Step], again: set[ObjectId]) -> None:
    before = left(binding(GW), binding(SHOP))
    assert before.found_by(steps, CLOSED, "", MEASURE) == again
    assert before.found_by(steps, CLOSED, "other", MEASURE) == set(), "in another admin partition nothing was left"


POLICY: Attributes = {"name": "tq_x", "rule": "tq_list", "action": "tq_page"}


@pytest.mark.parametrize(
    ("step", "closes"),
    [
        (Step("responderaction", ("tq_page",), None, {"name": "tq_page", "type": "noop"}), True),
        (Step("responderaction", ("tq_other",), None, {"name": "tq_other", "type": "noop"}), False),
        (Step("responderpolicy", ("tq_x",), None, POLICY), True),
    ],
)
def test_what_a_bound_policy_names_closes_where_it_is_bound(step: Step, closes: bool) -> None:
    others: Attributes = {"name": "tq_other", "value": "x", "rule": "tq_other"}
    there = [
        binding(GW),
        Step("responderpolicy", ("tq_x",), None, POLICY),
        Step("responderaction", ("tq_page",), None, {"name": "tq_page", "type": "respondwith"}),
        Step("responderaction", ("tq_other",), None, {"name": "tq_other", "type": "respondwith"}),
        Step("policypatset", ("tq_x",), None, others),
    ]
    found = left(*there).found_by([step], CLOSED, "", MEASURE)
    assert found == ({GW} if closes else set())
