# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What of a closing is not as it was left, in words, and whether that is sure: a reason that is not sure is never told as open."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.builds import Build
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.resource_types import (
    Attributes,
    ObjectId,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.planner import State
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure_reads import closing_in_force
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure_reads.closing_acls import PENDING
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure_reads.closing_files import (
    FilesThere,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure_reads.closing_in_force import (
    Found,
    _AtNode,
    _changed_sets,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure_reads.left_closing import (
    LeftClosing,
)

SHOP: ObjectId = ("lbvserver", ("shop",))
OTHER: ObjectId = ("lbvserver", ("other",))
GATEWAY: ObjectId = ("vpnvserver", ("gw",))
BOUND: ObjectId = ("lbvserver_responderpolicy_binding", ("shop", "tq_page", "REQUEST"))
AT_GATEWAY: ObjectId = ("vpnvserver_responderpolicy_binding", ("gw", "tq_page", "REQUEST"))
POLICY: ObjectId = ("responderpolicy", ("tq_page",))
ACTION: ObjectId = ("responderaction", ("tq_page",))
SET: ObjectId = ("policydataset_value_binding", ("tq_partners",))
LOCATION: ObjectId = ("locationfile", ())
PARAMETER: ObjectId = ("locationparameter", ())
LEFT: dict[ObjectId, Attributes] = {
    BOUND: {"name": "shop", "policyname": "tq_page", "priority": 10, "gotopriorityexpression": "END"},
    POLICY: {"name": "tq_page", "rule": "TRUE", "action": "tq_page", "comment": "ours"},
    ACTION: {"name": "tq_page", "type": "respondwith", "target": '"closed"'},
}
ON = {"RESPONDER": True}


def at_node(
    there: Mapping[ObjectId, Attributes] = LEFT,
    left: Mapping[ObjectId, Attributes] = LEFT,
    features: Mapping[str, bool] = ON,
    build: str = "",
    **more: Any,
) -> _AtNode:
    reader: Any = SimpleNamespace(acknowledgements=(), measure="closing", today=None)
    parsed = Build.parse(build) if build else None
    state = State({**there}, {**features})
    return _AtNode(reader, LeftClosing({**left}), [SHOP], parsed, state=state, **more)


def changed(object_id: ObjectId, **attributes: str) -> dict[ObjectId, Attributes]:
    return {**LEFT, object_id: {**LEFT[object_id], **attributes}}


def without(object_id: ObjectId) -> dict[ObjectId, Attributes]:
    return {one: own for one, own in LEFT.items() if one != object_id}


@pytest.mark.parametrize(
    ("there", "features", "told"),
    [
        (LEFT, ON, []),
        (LEFT, {"RESPONDER": False}, ["the feature RESPONDER is off"]),
        (LEFT, {}, ["the feature RESPONDER is off"]),
        (without(BOUND), ON, ["tq_page is not bound"]),
        (without(POLICY), ON, ["responder policy tq_page is not there"]),
        (without(ACTION), ON, ["responder action tq_page is not there"]),
        (changed(POLICY, rule="FALSE"), ON, ["responder policy tq_page is not as our last run left it"]),
        (changed(POLICY, action="NOOP"), ON, ["responder policy tq_page is not as our last run left it"]),
        (changed(POLICY, comment="theirs"), ON, []),
        (changed(POLICY, undefaction="NOOP"), ON, []),
        (changed(ACTION, target='"open"'), ON, ["responder action tq_page is not as our last run left it"]),
        (changed(ACTION, comment="theirs"), ON, []),
        (changed(BOUND, priority="20"), ON, []),
    ],
)
def test_what_acts_otherwise_is_told_and_where_a_binding_leads_is_decided_elsewhere(
    there: dict[ObjectId, Attributes], features: dict[str, bool], told: list[str]
) -> None:
    node = at_node(there, features=features)
    assert [*node._undone(SHOP, node.closing.at(SHOP))] == told


@pytest.mark.parametrize(
    ("build", "vserver", "is_deaf"),
    [
        ("12.1 51.18", GATEWAY, True),
        ("12.1 51.19", GATEWAY, False),
        ("12.1 50.31", GATEWAY, False),
        ("12.1 51.16", GATEWAY, False),
        ("12.1 51.15", GATEWAY, True),
        ("13.0 47.22", GATEWAY, False),
        ("12.1 51.18", SHOP, False),
        ("", GATEWAY, False),
    ],
)
def test_a_build_that_evaluates_no_policy_at_a_gateway_closes_none(
    build: str, vserver: ObjectId, is_deaf: bool
) -> None:
    told = [*at_node(build=build)._undone(vserver, {})]
    assert [text.partition(" runs, and ")[0].endswith(build) for text in told] == ([True] if is_deaf else [])


IN_SET: dict[ObjectId, Attributes] = {SET: {"name": "tq_partners", "values": "192.0.2.1 192.0.2.9"}}


@pytest.mark.parametrize(
    ("values", "is_other"),
    [("192.0.2.1 192.0.2.9", False), ("192.0.2.9 192.0.2.1", False), ("192.0.2.1", True), ("192.0.2.1 192.0.2.9 192.0.2.10", True), (None, True)],
)  # fmt: skip
def test_the_entries_of_a_set_are_compared_whatever_their_order_is(values: str | None, is_other: bool) -> None:
    there: dict[ObjectId, Attributes] = {} if values is None else {SET: {"name": "tq_partners", "values": values}}
    told = ["the set tq_partners is not as our last run left it"] if is_other else []
    assert [*_changed_sets(IN_SET, State(there))] == told
    pattern: ObjectId = ("policypatset_pattern_binding", ("tq_words", "a"))
    other: ObjectId = ("policypatset_pattern_binding", ("tq_words", "b"))
    before: dict[ObjectId, Attributes] = {pattern: {"name": "tq_words", "String": "a"}}
    now: dict[ObjectId, Attributes] = {**before, other: {"name": "tq_words", "String": "b"}}
    assert [*_changed_sets(before, State(before))] == []
    assert [*_changed_sets(before, State(now))] == ["the set tq_words is not as our last run left it"]


LOCATED: dict[ObjectId, Attributes] = {
    LOCATION: {"Locationfile": "/var/netscaler/locdb/tq.csv", "format": "netscaler"},
}
NOT_LOADED = ("the locationFile of our last run is not loaded, so no country is known", True)


@pytest.mark.parametrize(
    ("there", "files", "told"),
    [
        (LOCATED, (), []),
        ({}, (), [NOT_LOADED]),
        ({LOCATION: {}}, (), [NOT_LOADED]),
        ({LOCATION: {**LOCATED[LOCATION], "format": "geoip-country"}}, (), [("the locationFile is not as our last run left it", False)]),
        (LOCATED, ("it is gone",), [("it is gone", False)]),
        ({}, ("it is gone",), [NOT_LOADED, ("it is gone", False)]),
    ],
)  # fmt: skip
def test_without_a_location_file_no_country_is_known_and_another_one_may_say_the_same(
    there: dict[ObjectId, Attributes], files: tuple[str, ...], told: list[Found]
) -> None:
    assert [*at_node(there, LOCATED, files=FilesThere(files))._located()] == told


def test_where_nothing_is_left_it_is_open_but_for_what_may_wait() -> None:
    nothing = "our runs have left nothing there that closes it"
    assert [*at_node(left={}).let_in(SHOP)] == [(nothing, True)]
    assert [*at_node().let_in(OTHER)] == [(nothing, True)]
    assert [*at_node(left={}, pending=frozenset({"nsacl"})).let_in(SHOP)] == [(f"{nothing}; {PENDING}", False)]
    assert [*at_node().let_in(SHOP)] == []
    assert [*at_node({}, gone={SHOP: "it is gone"}).let_in(SHOP)] == [("it is gone", False)]
    told = [*at_node(without(BOUND)).let_in(SHOP)]
    assert told == [("tq_page is not bound", True)]


def test_what_was_not_compared_concerns_what_is_closed_there_only() -> None:
    files = FilesThere(not_compared=("a file",))
    assert at_node(files=files).not_compared(SHOP) == ("a file",)
    assert at_node(files=files).not_compared(OTHER) == ()
    assert closing_in_force.Standing() == closing_in_force.Standing({}, {}, {}, {})
