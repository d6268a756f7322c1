# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The table of types: one canonical form, in which answers of the appliance and documents are compared."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.resource_types import (
    ORDER,
    TYPES,
    Attribute,
    canonical_value,
)

from tests.played_together import played_together

GLOBAL = TYPES["responderglobal_responderpolicy_binding"]
POLICY = TYPES["responderpolicy"]
ACTION = TYPES["responderaction"]
LOGS = TYPES["auditsyslogaction_settings"].attributes["managementlog"]
PATTERN = TYPES["policypatset_pattern_binding"]


@played_together(
    ("attribute", "value", "expected"),
    [
        (Attribute(kind="number"), "10", 10),
        (Attribute(kind="number"), 10, 10),
        (Attribute(kind="number"), "ten", "ten"),
        (Attribute(kind="number"), "-1", "-1"),
        (Attribute(kind="boolean"), True, True),
        (Attribute(kind="boolean"), False, False),
        (Attribute(kind="boolean"), "true", True),
        (Attribute(kind="boolean"), "YES", True),
        (Attribute(kind="boolean"), "false", False),
        (Attribute(kind="boolean"), "NO", False),
        (Attribute(kind="enum", choices=("YES", "NO")), "yes", "YES"),
        (Attribute(kind="enum", choices=("respondwith",)), "RESPONDWITH", "respondwith"),
        (Attribute(kind="enum", choices=("YES", "NO")), "maybe", "maybe"),
        (Attribute(), "/VPNS/", "/VPNS/"),
        (Attribute(), 5, "5"),
        (Attribute(), ["one"], "one"),
        (Attribute(), ["one", "two"], "one two"),
        (LOGS, ["ACCESS", "shell"], "SHELL ACCESS"),
        (LOGS, "ACCESS SHELL", "SHELL ACCESS"),
        (LOGS, ["ALL"], "ALL"),
        (LOGS, ["NSMGMT", "ACCESS", "SHELL"], "ALL"),  # whether an appliance writes ALL out is not documented
        (LOGS, ["NSMGMT", "ACCESS", "SHELL", "new"], "SHELL ACCESS NSMGMT new"),
        (LOGS, ["NONE"], "NONE"),
    ],
)
def test_values_in_their_canonical_form(attribute: Attribute, value: Any, expected: Any) -> None:
    result = canonical_value(attribute, value)
    assert result == expected
    assert type(result) is type(expected)


def test_a_row_of_nitro_and_a_document_meet_in_one_form() -> None:
    answered = {
        "policyname": "tq_demo",
        "priority": "10",
        "gotopriorityexpression": "END",
        "type": "req_override",
        "invoke": "false",
        "labeltype": "",
        "labelname": None,
        "boundto": "1",
        "stateflag": "8",
        "__count": 1,
    }
    written = {"policyname": "tq_demo", "priority": 10, "type": "REQ_OVERRIDE"}
    assert GLOBAL.canonical(answered) == GLOBAL.canonical(written) == written
    assert GLOBAL.key_of(written) == ("tq_demo", "REQ_OVERRIDE")


def test_what_is_not_the_default_stays() -> None:
    row = {"policyname": "p", "priority": 1, "type": "REQ_DEFAULT", "gotopriorityexpression": "NEXT", "invoke": "true"}
    row |= {"labeltype": "policylabel", "labelname": "l"}
    assert GLOBAL.canonical(row) == {**row, "invoke": True}


def test_canonical_is_idempotent() -> None:
    for row in (
        {"policyname": "p", "priority": "7", "type": "req_default", "gotopriorityexpression": "NEXT"},
        {"name": "a", "type": "RESPONDWITH", "target": '"x"', "bypasssafetycheck": "no"},
        {"name": "s", "string": "x", "index": "3"},
    ):
        for type_ in (GLOBAL, ACTION, PATTERN):
            once = type_.canonical(row)
            assert type_.canonical(once) == once


def test_rules_and_patterns_are_compared_with_their_case() -> None:
    lower = POLICY.canonical({"name": "p", "rule": 'HTTP.REQ.URL.CONTAINS("/vpns/")', "action": "a"})
    upper = POLICY.canonical({"name": "p", "rule": 'HTTP.REQ.URL.CONTAINS("/VPNS/")', "action": "a"})
    assert not POLICY.same(lower, upper)
    assert PATTERN.key_of(PATTERN.canonical({"name": "s", "String": "/vpns/"})) != PATTERN.key_of(
        PATTERN.canonical({"name": "s", "String": "/VPNS/"})
    )


def test_a_rule_keeps_every_blank() -> None:
    assert POLICY.canonical({"name": "p", "rule": " a  &&\tb ", "action": "a"})["rule"] == " a  &&\tb "


@pytest.mark.parametrize("spelling", ["String", "string", "STRING"])
def test_the_pattern_is_found_however_nitro_spells_its_attribute(spelling: str) -> None:
    assert PATTERN.canonical({"name": "s", spelling: "/vpns/", "index": "1"}) == {
        "name": "s",
        "String": "/vpns/",
        "index": 1,
    }


def test_enumerations_are_compared_without_their_case() -> None:
    one = ACTION.canonical({"name": "a", "type": "respondwith", "target": "t", "bypasssafetycheck": "YES"})
    other = ACTION.canonical({"name": "a", "type": "RespondWith", "target": "t", "bypasssafetycheck": "yes"})
    assert ACTION.same(one, other)
    assert one["bypasssafetycheck"] == "YES"


def test_an_empty_attribute_is_as_good_as_none() -> None:
    assert POLICY.canonical({"name": "p", "rule": "true", "action": "a", "logaction": "", "comment": None}) == {
        "name": "p",
        "rule": "true",
        "action": "a",
    }


def test_a_key_is_kept_even_where_it_equals_its_default() -> None:
    binding = TYPES["lbvserver_responderpolicy_binding"]
    row = binding.canonical({"name": "lb", "policyname": "p", "priority": 5})
    assert row["bindpoint"] == "REQUEST"
    assert binding.key_of(row) == ("lb", "p", "REQUEST")


def test_two_absent_objects_are_equal_and_one_absent_is_not() -> None:
    assert POLICY.same(None, None)
    assert not POLICY.same(None, {"name": "p"})
    assert not POLICY.same({"name": "p"}, None)


def test_a_set_is_the_same_with_the_same_entries_alone_and_an_empty_one_is_as_good_as_none() -> None:
    type_ = TYPES["policydataset_value_binding"]
    few, more = ({"name": "s", "values": values} for values in ("192.0.2.1", "192.0.2.1 192.0.2.2"))
    assert type_.same(few, dict(few))
    assert not type_.same(few, more)
    assert not type_.same(more, few)
    assert not type_.same(few, None)
    assert not type_.same(None, few)
    assert type_.same({"name": "s"}, None)
    assert type_.same(None, {"name": "s"})


def test_what_a_gateway_hides_is_not_compared_and_elsewhere_it_is() -> None:
    base = {"name": "v", "priority": 5, "bindpoint": "REQUEST"}
    for kind, policy, hidden in (("vpnvserver", "policy", True), ("lbvserver", "policyname", False)):
        type_ = TYPES[f"{kind}_responderpolicy_binding"]
        one = {**base, policy: "p", "gotopriorityexpression": "NEXT"}
        assert type_.same(one, {**base, policy: "p"}) is hidden
        assert not type_.same(one, {**one, "priority": 6})


def test_an_index_that_the_appliance_chose_is_no_difference_and_another_one_is() -> None:
    written = {"name": "s", "String": "/a/"}
    assert PATTERN.same(written, {**written, "index": 1})
    assert PATTERN.same({**written, "index": 1}, written)
    assert not PATTERN.same({**written, "index": 1}, {**written, "index": 2})
    assert not PATTERN.same(written, {**written, "index": 1, "charset": "UTF_8"})


@played_together("name", list(TYPES))
def test_the_table_is_consistent(name: str) -> None:
    """The table names itself; keys, parents and scopes are attributes; what it refers to is created before it."""
    type_ = TYPES[name]
    assert type_.name == name
    assert set(type_.key) <= set(type_.attributes)
    assert set(type_.refers) <= set(type_.attributes)
    assert {type_.parent, type_.scope} - {""} <= set(type_.attributes)
    assert name.endswith("_binding") is type_.bound
    for referred in type_.refers.values():
        assert referred.endswith("vserver") or ORDER[referred] < ORDER[name]
    for attribute_name, attribute in type_.attributes.items():
        if attribute.kind == "enum":
            assert attribute.choices
            assert attribute.default is None or attribute.default in attribute.choices
        assert not (attribute.mandatory and attribute.can_unset), attribute_name


@pytest.mark.parametrize(
    ("name", "policy"),
    [
        ("responderglobal_responderpolicy_binding", "policyname"),
        ("lbvserver_responderpolicy_binding", "policyname"),
        ("csvserver_responderpolicy_binding", "policyname"),
        ("vpnvserver_responderpolicy_binding", "policy"),
        ("authenticationvserver_responderpolicy_binding", "policy"),
        ("policypatset_pattern_binding", ""),
        ("responderpolicy", ""),
    ],
)
def test_which_attribute_names_the_bound_policy(name: str, policy: str) -> None:
    assert TYPES[name].policy_attribute == policy


def test_comments_stand_on_objects_never_on_bindings() -> None:
    assert {name for name, type_ in TYPES.items() if type_.has_comment} == {
        "appfwpolicy",
        "appfwprofile",
        "policydataset",
        "policypatset",
        "policyexpression",
        "responderaction",
        "responderpolicy",
    }
