# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is to be there of a closing by its records, also where an opening did not come to its end, and what of it concerns one virtual server."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.resource_types import (
    Attributes,
    ObjectId,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_states import Outcome
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure_reads.left_closing import (
    LeftClosing,
)

A, B, C = (("nsacl", (f"tq_{name}",)) for name in "abc")
OLD: Attributes = {"priority": 1}
NEW: Attributes = {"priority": 2}


def step(object_id: ObjectId, after: Attributes | None) -> Any:
    return SimpleNamespace(object_id=object_id, after=after)


def record(
    *steps: Any, opens: bool | None = False, ended: bool = True, sent: tuple[ObjectId, ...] = (), **files: Any
) -> Any:
    """:param opens: it opens something; None for one that neither closes nor opens
    :param sent: of what it is not known whether the step was carried out
    """
    return SimpleNamespace(
        files=files,
        closing=None if opens is None else SimpleNamespace(opens=("gw",) if opens else ()),
        outcome=Outcome.APPLIED if ended else Outcome.OPEN,
        touched=steps,
        is_only_sent=lambda step: step.object_id in sent,
    )


CLOSED = record(step(A, OLD), step(B, OLD))


@pytest.mark.parametrize(
    ("records", "left"),
    [
        ([], {}),
        ([CLOSED], {A: OLD, B: OLD}),
        ([CLOSED, record(step(A, NEW), opens=None)], {A: NEW, B: OLD}),
        ([CLOSED, record(step(A, None), step(B, NEW), opens=True)], {B: NEW}),
        ([CLOSED, record(step(A, None), step(B, NEW), opens=True, ended=False)], {A: OLD, B: OLD}),
        ([CLOSED, record(step(A, None), opens=None, ended=False)], {B: OLD}),
        ([CLOSED, record(step(A, None), ended=False)], {B: OLD}),
        ([CLOSED, record(step(C, NEW), opens=True, ended=False)], {A: OLD, B: OLD, C: NEW}),
        ([CLOSED, record(step(A, None), step(C, NEW), opens=True, ended=False)], {A: OLD, B: OLD, C: NEW}),
        ([CLOSED, record(step(C, NEW), opens=True, ended=False, sent=(C,))], {A: OLD, B: OLD}),
        (
            [CLOSED, record(step(A, None), opens=True, ended=False), record(step(B, None), opens=True)],
            {},
        ),
        (
            [CLOSED, record(step(A, None), opens=True, ended=False), record(step(A, NEW)), record(opens=True)],
            {A: NEW, B: OLD},
        ),
        (
            [CLOSED, record(step(A, None), opens=True, ended=False), record(step(C, NEW))],
            {A: OLD, B: OLD, C: NEW},
        ),
    ],
)
def test_what_an_opening_that_did_not_end_has_removed_is_still_to_be_there(
    records: list[Any], left: dict[ObjectId, Attributes]
) -> None:
    assert LeftClosing.of(records).left == left


def test_the_last_record_says_what_a_file_holds() -> None:
    made = LeftClosing.of([record(one=1, two=2), record(two=3, opens=True, ended=False)])
    files: Any = made.files
    assert files == {"one": 1, "two": 3}


GATEWAY, OTHER = ("vpnvserver", ("gw",)), ("lbvserver", ("web",))
BINDING = ("vpnvserver_responderpolicy_binding", ("gw", "tq_pol"))
BINDING_2 = ("lbvserver_responderpolicy_binding", ("web", "tq_other"))
POLICY, POLICY_2 = ("responderpolicy", ("tq_pol",)), ("responderpolicy", ("tq_other",))
ACTION, ACTION_2 = ("responderaction", ("tq_act",)), ("responderaction", ("tq_act2",))
EXPRESSION, EXPRESSION_2 = ("policyexpression", ("tq_exp",)), ("policyexpression", ("tq_else",))
SET, ENTRIES = ("policydataset", ("tq_set",)), ("policydataset_value_binding", ("tq_set",))
PATHS = ("policypatset_pattern_binding", ("tq_paths",))
ACL_SET = ("policydataset_value_binding", ("tq_acl",))
LOCATION = ("locationfile6", ())
WHOLE = LeftClosing(
    {
        BINDING: {"name": "gw", "policy": "tq_pol", "policyname": "tq_pol"},
        BINDING_2: {"name": "web", "policy": "tq_other", "policyname": "tq_other"},
        POLICY: {"rule": 'tq_exp && CLIENT.IP.SRC.TYPECAST_TEXT_T.EQUALS_ANY("tq_set")', "action": "tq_act"},
        POLICY_2: {"rule": "true", "action": "tq_act2"},
        ACTION: {"target": "a"},
        ACTION_2: {"target": "b"},
        EXPRESSION: {"value": 'HTTP.REQ.URL.PATH.EQUALS_ANY("tq_paths")'},
        EXPRESSION_2: {"value": "true"},
        SET: {},
        ENTRIES: {"values": "192.0.2.1"},
        PATHS: {"values": "/a"},
        ACL_SET: {"values": "192.0.2.2"},
        A: {"srcipdataset": "tq_acl"},
        LOCATION: {"locationfile": "/a"},
    }
)


def test_what_concerns_one_virtual_server_is_what_its_policies_name() -> None:
    assert WHOLE.vservers == {GATEWAY, OTHER}
    assert [*WHOLE.bindings_at(GATEWAY)] == [BINDING]
    assert {*WHOLE.at(GATEWAY)} == {BINDING, POLICY, ACTION, EXPRESSION}
    assert {*WHOLE.at(OTHER)} == {BINDING_2, POLICY_2, ACTION_2}
    assert WHOLE.at(("csvserver", ("cs",))) == {}


def test_the_entries_of_sets_are_those_of_rules_expressions_and_acls() -> None:
    assert {*WHOLE.sets_of(WHOLE.at(GATEWAY))} == {ENTRIES, PATHS}
    assert {*WHOLE.sets_of(WHOLE.at(OTHER))} == set()
    assert {*WHOLE.sets_of(WHOLE.acls)} == {ACL_SET}
    assert {*WHOLE.sets_of({A: {"destipdataset": "tq_set"}})} == {ENTRIES}


def test_each_kind_of_object_is_found() -> None:
    assert [*WHOLE.acls] == [A]
    assert [*WHOLE.locations] == [LOCATION]
    assert {*WHOLE.named} == {EXPRESSION, EXPRESSION_2, SET, ENTRIES, PATHS, ACL_SET}
