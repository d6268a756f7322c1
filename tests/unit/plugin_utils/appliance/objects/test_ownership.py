# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The owner of an object: by its name, and by its comment where it can carry one."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import (
    Owner,
    same_deployment,
    version_in,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

from tests.played_together import played_together

OWNER = Owner("demo", 2, "CHG1")


def test_name_and_comment() -> None:
    assert OWNER.name == "tq_demo"
    assert OWNER.comment == "tourniquet demo v2 CHG1"
    assert Owner("demo", 2).comment == "tourniquet demo v2"


@played_together("measure", ["", "Demo", "demo-2", "2demo", "demo x", "demo\n", "a__b", "a_", "_a", "a" * 61])
def test_a_measure_that_no_name_can_hold_is_refused(measure: str) -> None:
    with pytest.raises(InvalidInput, match="lower-case"):
        Owner(measure, 1)


@pytest.mark.parametrize("ticket", [" x", "a\nb", 'a"b', "x" * 65, "ticket;rm", "é"])
def test_a_ticket_that_no_comment_should_hold_is_refused(ticket: str) -> None:
    with pytest.raises(InvalidInput, match="ticket"):
        Owner("demo", 1, ticket)


@pytest.mark.parametrize("ticket", ["", "CHG0042", "a b/c_d-e.f#g", "x" * 64])
def test_ordinary_tickets_come_back_out_of_the_comment(ticket: str) -> None:
    assert version_in({"comment": Owner("demo", 7, ticket).comment}, "demo") == 7


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("tq_demo", True),
        ("tq_demo__log", True),
        ("tq_demo_log", False),
        ("tq_demo__twin", True),
        ("tq_demos", False),
        ("tq_dem", False),
        ("demo", False),
        ("TQ_DEMO", False),
        ("x_tq_demo", False),
    ],
)
def test_names_are_ours_by_prefix(name: str, ours: bool) -> None:
    assert OWNER.owns_name(name) is ours


@pytest.mark.parametrize(
    ("comment", "version"),
    [
        ("tourniquet demo v2 CHG1", 2),
        ("tourniquet demo v1", 1),
        ("tourniquet demo v10 x y", 10),
        ("tourniquet demos v2", None),
        ("tourniquet demo 2", None),
        ("tourniquet demo v2x", None),
        ("Tourniquet demo v2", None),
        ("a tourniquet demo v2", None),
        ("", None),
    ],
)
def test_a_comment_states_the_version_or_is_not_ours(comment: str, version: int | None) -> None:
    assert version_in({"comment": comment}, "demo") == version
    assert OWNER.owns(("responderpolicy", ("tq_demo",)), {"name": "tq_demo", "comment": comment}) is (
        version is not None
    )


@pytest.mark.parametrize("measure", ["m", "cve_2019_19781", "a1_2"])
def test_our_own_comment_is_always_known_again(measure: str) -> None:
    assert version_in({"comment": Owner(measure, 3, "CHG1").comment}, measure) == 3


def test_an_object_without_any_comment_is_not_ours_where_it_could_have_one() -> None:
    assert version_in({}, "demo") is None
    assert not OWNER.owns(("responderpolicy", ("tq_demo",)), {"name": "tq_demo"})


def test_our_comment_under_another_name_is_not_ours() -> None:
    assert not OWNER.owns(("responderpolicy", ("copy",)), {"name": "copy", "comment": OWNER.comment})


def test_where_there_is_no_comment_the_name_decides() -> None:
    assert OWNER.owns(("auditmessageaction", ("tq_demo",)), {"name": "tq_demo"})
    assert not OWNER.owns(("auditmessageaction", ("theirs",)), {"name": "theirs"})


@pytest.mark.parametrize(
    ("type_", "attribute"),
    [
        ("responderglobal_responderpolicy_binding", "policyname"),
        ("lbvserver_responderpolicy_binding", "policyname"),
        ("vpnvserver_responderpolicy_binding", "policy"),
        ("policypatset_pattern_binding", "name"),
    ],
)
def test_a_binding_belongs_to_whom_its_policy_or_set_belongs(type_: str, attribute: str) -> None:
    key = ("whatever",)
    assert OWNER.owns((type_, key), {attribute: "tq_demo"})
    assert not OWNER.owns((type_, key), {"name": "tq_demo", attribute: "ctx267027"})


def test_a_measure_does_not_own_what_a_measure_with_a_longer_id_bound() -> None:
    longer, shorter = Owner("geo_nl", 1), Owner("geo", 1)
    binding = {"policyname": longer.name, "type": "REQ_OVERRIDE", "priority": 10}
    assert not shorter.owns(("responderglobal_responderpolicy_binding", (longer.name, "REQ_OVERRIDE")), binding)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("tourniquet demo v2 CHG1", "tourniquet demo v2 CHG2", True),
        ("tourniquet demo v2 CHG1", "tourniquet demo v2", True),
        ("tourniquet demo v2", "tourniquet demo v1", False),
        ("tourniquet demo v2", "tourniquet other v2", False),
        ("theirs", "theirs", False),
        ("", "", False),
    ],
)
def test_two_comments_of_one_deployment(one: str, other: str, same: bool) -> None:
    assert same_deployment(one, other) is same
    assert same_deployment(other, one) is same


@pytest.mark.parametrize("number", ["9" * 5000, "1234567890", "\u0663"], ids=["huge", "long", "not ASCII"])
def test_a_comment_with_a_number_that_no_version_has_is_not_ours(number: str) -> None:
    assert version_in({"comment": f"tourniquet demo v{number}"}, "demo") is None
