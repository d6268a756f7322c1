# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A proof holds for what is bound beside it later only where every attack that was stopped then is stopped now, whatever the others match."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum
from itertools import chain, combinations
from typing import Any, NamedTuple

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.resource_types import ObjectId
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning import planner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.planner import (
    State,
    Target,
    seal,
    seals_without,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.proof_seal import (
    MOST_IN_FRONT,
    ProofSeals,
    places_of,
    proof_seal,
    proof_seals,
    seal_beside,
)

OWNER = Owner("me", 1)
GLOBAL, POLICY = "responderglobal_responderpolicy_binding", "responderpolicy"
OWN_PRIORITY = 50


class Does(Enum):
    """What a policy does with a request that it matches."""

    ANSWERS = "answers"
    HANDS_ON = "goes on to the next one"
    ENDS = "ends the bank"
    ENDS_BY_NAME = "ends the bank by an action of another name that does nothing"
    INVOKES = "invokes a label, which may let it past"
    UNREAD = "is not read"


class Beside(NamedTuple):
    """A policy that is bound where ours is."""

    name: str
    priority: int
    does: Does
    type: str = "REQ_OVERRIDE"

    @property
    def binding(self) -> ObjectId:
        return GLOBAL, (self.name, self.type)


def objects(*beside: Beside, rule: str = "attack") -> dict[ObjectId, dict[str, Any]]:
    """Return ours, and what is bound beside it."""
    ours = Beside(OWNER.name, OWN_PRIORITY, Does.ANSWERS)
    found: dict[ObjectId, dict[str, Any]] = {}
    for one in (ours, *beside):
        found[one.binding] = {
            "policyname": one.name,
            "type": one.type,
            "priority": one.priority,
            "gotopriorityexpression": "NEXT" if one.does in (Does.HANDS_ON, Does.INVOKES) else "END",
            **({"invoke": True} if one.does is Does.INVOKES else {}),
        }
        if one.does is not Does.UNREAD:
            action = {Does.ANSWERS: "DROP", Does.ENDS_BY_NAME: "nothing"}.get(one.does, "noop")
            comment = OWNER.comment if one is ours else ""
            found[POLICY, (one.name,)] = {"rule": rule, "action": action, "comment": comment}
        if one.does is Does.ENDS_BY_NAME:
            found["responderaction", ("nothing",)] = {"type": "noop"}
    return found


def present(*beside: Beside, **more: Any) -> State:
    return State(objects(*beside, **more), {"RESPONDER": True})


TARGET = Target(objects(), {"RESPONDER": True})


def is_stopped(beside: Iterable[Beside], matched: frozenset[str]) -> bool:
    """Return whether an attack is stopped, which ours matches, and these others; what may let it past does."""
    for one in sorted(beside, key=lambda one: one.priority):
        if one.type != "REQ_OVERRIDE" or one.name not in matched:
            continue
        if one.priority > OWN_PRIORITY or one.does is Does.ANSWERS:
            return True
        if one.does is not Does.HANDS_ON:
            return False
    return True


def subsets(all_of: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
    known = [*all_of]
    return chain.from_iterable(combinations(known, size) for size in range(len(known) + 1))


OTHERS = (
    Beside("tq_answers", 10, Does.ANSWERS),
    Beside("tq_hands_on", 20, Does.HANDS_ON),
    Beside("tq_ends", 30, Does.ENDS),
    Beside("tq_ends_by_name", 33, Does.ENDS_BY_NAME),
    Beside("tq_invokes", 35, Does.INVOKES),
    Beside("tq_unread", 40, Does.UNREAD),
    Beside("theirs_in_front", 45, Does.ENDS),
    Beside("tq_behind", 60, Does.ENDS),
    Beside("theirs_behind", 70, Does.ENDS),
)


def test_a_proof_that_holds_was_made_where_no_attack_passed_that_passes_now() -> None:
    """Each pair of what was bound when it was proven and what is bound now, with each choice of others that match the attack."""
    names = [one.name for one in OTHERS]
    choices = [frozenset(one) for one in subsets(names)]
    ways = [*subsets(OTHERS)]
    stopped = {way: frozenset(one for one in choices if is_stopped(way, one)) for way in ways}
    proven = {way: proof_seal(present(*way), TARGET, OWNER) for way in ways}
    holding = 0
    for now in ways:
        held = proof_seals(present(*now), TARGET, OWNER, {})
        for then in ways:
            if proven[then] in held:
                holding += 1
                assert stopped[then] <= stopped[now], (then, now)
    assert holding > len(ways), "what is the same holds, and more"


@pytest.mark.parametrize("number", range(MOST_IN_FRONT + 3))
def test_others_of_ours_that_let_nothing_past_and_those_behind_leave_a_proof_as_it_was(number: int) -> None:
    front = [Beside(f"tq_{one}", 1 + one, Does.ANSWERS if one % 2 else Does.HANDS_ON) for one in range(number)]
    behind = Beside("tq_behind", 60, Does.ENDS)
    alone = proof_seal(present(), TARGET, OWNER)
    assert alone in proof_seals(present(*front, behind), TARGET, OWNER, {})
    assert proof_seal(present(behind), TARGET, OWNER) == alone
    all_of_them = proof_seal(present(*front), TARGET, OWNER)
    assert all_of_them in proof_seals(present(*front, behind), TARGET, OWNER, {})
    assert (all_of_them in proof_seals(present(), TARGET, OWNER, {})) is not bool(number), (
        "one may have given the proof"
    )


def test_of_many_in_front_only_none_and_all_are_compared() -> None:
    front = [Beside(f"tq_{one}", 1 + one, Does.ANSWERS) for one in range(MOST_IN_FRONT + 1)]
    some = proof_seal(present(*front[:2]), TARGET, OWNER)
    assert some in proof_seals(present(*front[:MOST_IN_FRONT]), TARGET, OWNER, {})
    assert some not in proof_seals(present(*front), TARGET, OWNER, {})


@pytest.mark.parametrize(
    "changed",
    [
        present(rule="another"),
        State(objects(), {"RESPONDER": False}),
        State({id_: one for id_, one in objects().items() if id_[0] != POLICY}, {"RESPONDER": True}),
        present(Beside("theirs", 5, Does.ANSWERS)),
        present(Beside("theirs", 90, Does.HANDS_ON)),
        present(Beside("tq_me2", 5, Does.ENDS)),
    ],
    ids=("its rule", "its feature", "it is gone", "others in front", "others behind", "a name like ours"),
)
def test_what_a_proof_rests_on_ends_it(changed: State) -> None:
    assert proof_seal(present(), TARGET, OWNER) not in proof_seals(changed, TARGET, OWNER, {})


def test_a_record_of_an_earlier_version_has_the_fingerprint_of_all_that_was_there() -> None:
    whole = present(Beside("tq_behind", 60, Does.ENDS), Beside("tq_front", 5, Does.ANSWERS))
    assert seal(whole, TARGET, ()) in proof_seals(whole, TARGET, OWNER, {})
    assert seal(whole, TARGET, ()) not in proof_seals(present(), TARGET, OWNER, {})


def test_a_binding_counts_as_what_a_read_does_not_show_of_it() -> None:
    """A read of some builds leaves out where a bank goes on, and the label."""
    shown = Beside("tq_front", 5, Does.HANDS_ON)
    alone = proof_seal(present(), TARGET, OWNER)
    for does, holds in ((Does.HANDS_ON, True), (Does.ENDS, False), (Does.INVOKES, False)):
        unshown = {shown.binding: objects(shown._replace(does=does))[shown.binding]}
        assert (alone in proof_seals(present(shown), TARGET, OWNER, unshown)) is holds, does


@pytest.mark.parametrize("name", ["theirs", "tq_other"])
def test_what_is_bound_elsewhere_is_no_part_of_a_proof(name: str) -> None:
    elsewhere = Beside(name, 5, Does.ENDS, "REQ_DEFAULT")
    assert proof_seal(present(elsewhere), TARGET, OWNER) == proof_seal(present(), TARGET, OWNER)


@pytest.mark.parametrize("order", [1, -1])
def test_what_is_between_two_of_ours_is_in_front_of_the_last(order: int) -> None:
    more, between = Beside("tq_me__more", 40, Does.ANSWERS), Beside("tq_between", 45, Does.ENDS)
    target = Target(dict([*objects(more).items()][::order]), {"RESPONDER": True})
    proven = proof_seal(present(more), target, OWNER)
    assert proven not in proof_seals(present(more, between), target, OWNER, {})
    assert proven in proof_seals(present(more, between._replace(does=Does.ANSWERS)), target, OWNER, {})


def test_what_is_bound_to_a_set_of_ours_has_no_place_among_policies() -> None:
    member = ("policypatset_pattern_binding", ("tq_me", "/vpns/"))
    target = Target({**TARGET.objects, member: {"name": "tq_me", "String": "/vpns/"}})
    now = State({**objects(), member: {"name": "tq_me", "String": "/vpns/"}})
    assert member not in places_of(target.objects, OWNER).objects
    assert proof_seal(now, target, OWNER) in proof_seals(now, target, OWNER, {})
    assert proof_seal(present(), target, OWNER) not in proof_seals(now, target, OWNER, {})


def test_the_places_are_the_bindings_of_ours_and_ours_without_one_has_none() -> None:
    beside = (
        Beside("tq_other", 5, Does.ANSWERS),
        Beside("theirs", 70, Does.ENDS),
        Beside("tq_me__more", 51, Does.ANSWERS),
    )
    assert {*places_of(objects(*beside), OWNER).objects} == {
        (GLOBAL, (name, "REQ_OVERRIDE")) for name in ("tq_me", "tq_me__more")
    }
    bound = ProofSeals.of(present(*beside), TARGET, OWNER)
    assert bound.seal == proof_seal(present(*beside), TARGET, OWNER)
    assert bound.places == proof_seal(present(*beside), places_of(TARGET.objects, OWNER), OWNER)
    unbound = Target({id_: one for id_, one in objects().items() if id_[0] == POLICY})
    assert ProofSeals.of(present(), unbound, OWNER).places == ""
    assert places_of({(GLOBAL, ("tq_me", "REQ_OVERRIDE")): None}, OWNER).objects == {}


def test_what_is_beside_has_the_newest_proof_that_holds_for_it_else_one_of_its_own() -> None:
    own, front = places_of(TARGET.objects, OWNER), Beside("tq_front", 5, Does.ANSWERS)
    older, newer = (proof_seal(present(*one), own, OWNER) for one in ((), (front,)))
    assert seal_beside(present(front), own, OWNER, [older, newer], {}) == newer
    assert seal_beside(present(front), own, OWNER, [newer, older], {}) == older
    assert seal_beside(present(front), own, OWNER, [older, "f" * 64], {}) == older
    assert seal_beside(present(), own, OWNER, [newer], {}) == older, "none of the proofs holds"


def test_the_seals_without_some_bindings_are_those_of_a_configuration_without_them() -> None:
    """A policy that is bound twice stays, and one that the target names; a member of a set is bound and is no policy."""
    member = ("policypatset_pattern_binding", ("tq_me", "/vpns/"))
    twice = Beside("tq_answers", 90, Does.ANSWERS, "REQ_DEFAULT")
    now = State({**objects(*OTHERS, twice), member: {"name": "tq_me", "String": "/vpns/"}}, {"RESPONDER": True})
    named = {**objects(*OTHERS[:1]), (GLOBAL, (OTHERS[1].name, "REQ_OVERRIDE")): None, member: {"name": "tq_me"}}
    both = {**TARGET.objects, twice.binding: objects(twice)[twice.binding]}
    choices = [[one.binding for one in some] for some in subsets((*OTHERS, twice))]
    for target in (TARGET, Target(named, {"RESPONDER": True, "AAA": True}), Target(both), Target()):
        seals = [*seals_without(now, target, choices)]
        for gone, found in zip(choices, seals, strict=True):
            left = State({id_: one for id_, one in now.objects.items() if id_ not in gone}, now.features)
            assert found == seal(left, target, ()), (target, gone)


def test_the_proofs_of_a_configuration_write_each_object_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """An appliance names as many policies as it likes: with six of ours in front there are 65 choices, which are not 65 times the work."""
    front = [Beside(f"tq_{one}", 1 + one, Does.ANSWERS) for one in range(MOST_IN_FRONT)]
    written: list[object] = []
    dumps = planner.json.dumps
    monkeypatch.setattr(planner.json, "dumps", lambda value, **more: written.append(value) or dumps(value, **more))
    held = proof_seals(
        present(*front, *(Beside(f"theirs{one}", 100 + one, Does.ENDS) for one in range(50))), TARGET, OWNER, {}
    )
    assert len(held) == 2**MOST_IN_FRONT
    assert len(written) == 1 + 2 * (1 + MOST_IN_FRONT + 50)
