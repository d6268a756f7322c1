# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Observe mode: policies that count and let pass, bindings that go on, bindings before policies."""

from __future__ import annotations

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.resource_types import (
    Attributes,
    ObjectId,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.desired_state import Document, Stage
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.observing import (
    observing_document,
    observing_policies,
    observing_stages,
)

OWNER = Owner("demo", 1)
POLICY: ObjectId = ("responderpolicy", ("tq_demo",))
BOUND: ObjectId = ("responderglobal_responderpolicy_binding", ("tq_demo", "REQ_OVERRIDE"))
AT_LB: ObjectId = ("lbvserver_responderpolicy_binding", ("web", "tq_demo__more", "REQUEST"))
PATTERNS: ObjectId = ("policypatset", ("tq_demo",))
BLOCKING: dict[ObjectId, Attributes] = {
    PATTERNS: {"name": "tq_demo"},
    POLICY: {"name": "tq_demo", "rule": "true", "action": "tq_demo", "comment": OWNER.comment},
    BOUND: {"policyname": "tq_demo", "priority": 10, "type": "REQ_OVERRIDE", "gotopriorityexpression": "END"},
}
OBSERVING: dict[ObjectId, Attributes] = {
    PATTERNS: {"name": "tq_demo"},
    POLICY: {**BLOCKING[POLICY], "action": "NOOP"},
    BOUND: {**BLOCKING[BOUND], "gotopriorityexpression": "NEXT"},
}


def test_bindings_go_on_before_their_policies_let_pass() -> None:
    assert observing_stages(BLOCKING) == ({BOUND: OBSERVING[BOUND]}, {POLICY: OBSERVING[POLICY]})
    first = Stage({PATTERNS: BLOCKING[PATTERNS]})
    observing = observing_document(Document((), BLOCKING, stages=(first,)))
    assert observing.objects == OBSERVING
    assert observing.stages == (first, Stage({BOUND: OBSERVING[BOUND]}, if_present=True))


def test_a_policy_observes_where_it_is_ours_and_bound_and_lets_pass() -> None:
    assert observing_policies(OBSERVING, OWNER) == ("tq_demo",)
    assert observing_policies(BLOCKING, OWNER) == (), "it blocks"
    assert observing_policies({POLICY: OBSERVING[POLICY]}, OWNER) == (), "nothing binds it"
    assert observing_policies(OBSERVING, Owner("other", 1)) == ()
    lower = {**OBSERVING, POLICY: {**OBSERVING[POLICY], "action": "noop"}}
    assert observing_policies(lower, OWNER) == ("tq_demo",)
    of_others = {**OBSERVING, POLICY: {**OBSERVING[POLICY], "comment": "theirs"}}
    assert observing_policies(of_others, OWNER) == ()


def test_the_twin_of_a_run_that_died_is_not_counted_and_each_virtual_server_is() -> None:
    more: ObjectId = ("responderpolicy", ("tq_demo__more",))
    twin: ObjectId = ("responderpolicy", ("tq_demo__twin",))
    objects: dict[ObjectId, Attributes] = {
        **OBSERVING,
        more: {**OBSERVING[POLICY], "name": "tq_demo__more"},
        AT_LB: {"name": "web", "policyname": "tq_demo__more", "priority": 5, "bindpoint": "REQUEST"},
        twin: {**OBSERVING[POLICY], "name": "tq_demo__twin"},
        (BOUND[0], ("tq_demo__twin", "REQ_OVERRIDE")): {**OBSERVING[BOUND], "policyname": "tq_demo__twin"},
    }
    assert observing_policies(objects, OWNER) == ("tq_demo", "tq_demo__more")
