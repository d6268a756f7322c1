# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What stands in the way of a plan. Found before anything is written, each with its fix. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import Measure
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.ownership import TWIN_SUFFIX, Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.resource_types import (
    COMMITS,
    TYPES,
    Attributes,
    ObjectId,
    bind_point,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.steps import Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.planning.planner import State, Target, next_free
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.evaluation_order import (
    EvaluationOrder,
    shown,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.policy_bank import (
    Finding,
    Outcome,
    Treatment,
)


@dataclass(frozen=True)
class Conflict:
    """One reason not to go on.

    :ivar kind: a stable word for machines
    :ivar message: what is in the way
    :ivar fix: what to do, or which variable accepts it
    """

    kind: str
    message: str
    fix: str

    def __str__(self) -> str:
        return f"{self.message} {self.fix}"


def find_conflicts(
    present: State, target: Target, owner: Owner, *, adopt: bool, variable: str = Measure.priority_variable
) -> list[Conflict]:
    """The conflicts that follow from the configuration alone.

    :param variable: how to say another priority
    """
    found = []
    if not adopt:
        found += list(_taken_names(present, target, owner))
    found += list(_taken_priorities(present, target, owner, variable))
    return found


def waiting_edits(steps: Iterable[Step], edits: Mapping[str, Sequence[str]], owner: Owner) -> list[Conflict]:
    """What an apply of ours would make effective besides: the edits of ACLs by others that wait for it.

    That somebody removed an ACL and has not applied it is shown nowhere.

    :param edits: by the type that applies them, the ACLs that were edited and not applied; see :class:`Observation`
    """
    found = []
    for type_name in dict.fromkeys(step.type for step in steps if step.type in COMMITS.values()):
        theirs = [name for name in edits.get(type_name, ()) if not owner.owns_name(name)]
        if theirs:
            shown_names = f"{', '.join(theirs[:5])}{' and more' if len(theirs) > 5 else ''}"
            message = f"{shown_names}: somebody else has edited ACLs and not applied them; our apply would make that effective."
            fix = f"Have it applied (apply {TYPES[type_name].noun}) or undone."
            found.append(Conflict("edits_waiting", message, fix))
    return found


def _taken_names(present: State, target: Target, owner: Owner) -> Iterable[Conflict]:
    for object_id, wanted in target.objects.items():
        existing, type_ = present.objects.get(object_id), TYPES[object_id[0]]
        if wanted is None or existing is None or type_.bound or owner.owns(object_id, existing):
            continue
        if type_.is_singleton:  # nothing of its own name; whose it is, its measure says
            continue
        comment = str(existing.get("comment", ""))
        yield Conflict(
            "name_taken",
            f"the {TYPES[object_id[0]].noun} {object_id[1][0]} exists and is not ours"
            + (f' (its comment is "{comment}").' if comment else " (it has no comment of ours)."),
            "Rename or remove it, or take it over with -e adopt=true.",
        )


def _taken_priorities(present: State, target: Target, owner: Owner, variable: str) -> Iterable[Conflict]:
    for object_id, wanted in target.objects.items():
        type_ = TYPES[object_id[0]]
        if wanted is None or not type_.policy_attribute:
            continue
        point = bind_point(object_id, wanted)
        neighbours = bindings_at(present.objects, point)
        for other_id, other in neighbours.items():
            policy = str(other[TYPES[other_id[0]].policy_attribute])
            if other_id == object_id or policy == f"{wanted[type_.policy_attribute]}{TWIN_SUFFIX}":
                continue
            if other["priority"] == wanted["priority"] and target.objects.get(other_id, other) is not None:
                free = next_free(
                    int(wanted["priority"]), {int(attributes["priority"]) for attributes in neighbours.values()}
                )
                whose = "our own" if owner.owns_name(policy) else "somebody else's"
                yield Conflict(
                    "priority_taken",
                    f"priority {wanted['priority']} at {' '.join(point[1:])} is taken by {policy}, {whose}.",
                    f"Choose a free one, such as {variable.format(free=free)}.",
                )


def bindings_at(objects: Mapping[ObjectId, Attributes], point: tuple[str, ...]) -> dict[ObjectId, Attributes]:
    """The bindings at one bind point."""
    return {
        object_id: attributes
        for object_id, attributes in objects.items()
        if TYPES[object_id[0]].policy_attribute and bind_point(object_id, attributes) == point
    }


def wrong_answers(findings: Iterable[Finding], source: str) -> list[Conflict]:
    """Definite wrong answers of an evaluation; an error or an open one is "not checked", not a conflict."""
    wrong = [finding for finding in findings if finding.is_wrong]
    if not wrong:
        return []
    shown = "; ".join(str(finding) for finding in wrong[:3]) + (
        f"; and {len(wrong) - 3} more" if len(wrong) > 3 else ""
    )
    return [
        Conflict(
            "wrong_rule",
            f"the rule gives wrong answers {source}: {shown}.",
            "Correct the template or its traffic file.",
        )
    ]


def wrong_expressions(errors: Iterable[str]) -> list[Conflict]:
    """:param errors: what the appliance would refuse, with hints"""
    return [Conflict("wrong_expression", f"{error}.", "Correct the template; nothing was sent.") for error in errors]


def shadowed(order: EvaluationOrder, variable: str = Measure.priority_variable) -> list[Conflict]:
    """Attacks that our rule blocks alone and that pass because somebody in front of it ends the evaluation."""
    if not order.lost:
        return []
    first = order.lost[0]
    lower = variable.format(free=order.free_priority) if order.free_priority else "a lower priority number"
    return [
        Conflict(
            "shadowed",
            f"{first.policy} stands in front of ours and ends the evaluation: {len(order.lost)} attacks would pass, "
            f"such as {shown((first.case, first.session))}.",
            f"Give ours {lower}, or change that policy's goto.",
        )
    ]


def lockout(treatments: Mapping[str, Treatment]) -> list[Conflict]:
    """:param treatments: by request, what the global banks would do to the management's own requests"""
    blocked = {request: treatment for request, treatment in treatments.items() if treatment.outcome is Outcome.BLOCKED}
    return [
        Conflict(
            "lockout",
            f"{treatment.policy} would block the management request {request}.",
            "The rule must leave the management alone: bind it to vservers instead, or narrow it.",
        )
        for request, treatment in list(blocked.items())[:3]
    ]


def sleeping_policies(
    feature: str, bindings: Mapping[ObjectId, Attributes], owner: Owner, accepted: Iterable[str]
) -> list[Conflict]:
    """Policies of others that would wake up when a feature is switched on."""
    names = []
    for object_id, attributes in bindings.items():
        type_ = TYPES[object_id[0]]
        policy = str(attributes[type_.policy_attribute])
        if type_.feature == feature and not owner.owns_name(policy) and policy not in accepted:
            place = " ".join(part for part in bind_point(object_id, attributes)[1:] if part)
            names.append((policy, f"{policy} ({place}, priority {attributes.get('priority', '?')})"))
    if not names:
        return []
    return [
        Conflict(
            "sleeping_policies",
            f"the feature {feature} is off, and switching it on wakes policies of others: {', '.join(text for _n, text in names)}.",
            'Look at them; accept them with -e \'{"accept_sleeping_policies": ['
            + ", ".join(f'"{name}"' for name, _t in names)
            + "]}'.",
        )
    ]


def unsaved_changes(lines: list[str]) -> list[Conflict]:
    """:param lines: what running and saved configuration differ in, and no open record of ours explains"""
    shown = "; ".join(lines[:5]) + (f"; and {len(lines) - 5} more" if len(lines) > 5 else "")
    return [
        Conflict(
            "unsaved_changes",
            f"the appliance has changes that somebody else has not saved: {shown}.",
            "Saving ours would save them too. Have them saved or undone, or choose -e unsaved=apply_without_save or unsaved=save_first.",
        )
    ]
