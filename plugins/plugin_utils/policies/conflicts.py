# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The conflicts that forbid a plan. They are found before anything is written, each with its fix. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from ..appliance.objects.ownership import PREFIX, TWIN_SUFFIX, Owner
from ..appliance.objects.resource_types import COMMITS, TYPES, Attributes, ObjectId, bind_point
from ..appliance.objects.steps import Step
from ..catalogue.measure_traits import FREE, Writing
from ..change.planning.binding_numbers import nearest_free
from ..change.planning.planner import State, Target
from ..foundation.counted import counted
from ..foundation.foreign_text import says_something
from ..foundation.host_setting import host_setting
from ..foundation.json_values import written
from ..foundation.next_action import STATUS, Command, advice, carrying, joined
from ..foundation.protection_change import HOW, Phase, ProtectionChange
from .evaluation_order import EvaluationOrder, shown
from .policy_bank import CaseResult, RequestOutcome, RequestResult


class ConflictCode(StrEnum):
    """The stable word for a kind of conflict, for machines."""

    CLUSTER = "cluster"
    EDITS_WAITING = "edits_waiting"
    FILE = "file"
    LOCKED = "locked"
    LOCKOUT = "lockout"
    MISSING_PARENT = "missing_parent"
    NAME_TAKEN = "name_taken"
    NO_WAY = "no_way"
    NOT_LICENSED = "not_licensed"
    NOT_SHOWN = "not_shown"
    PRIORITY_TAKEN = "priority_taken"
    PROTECTION_TAKEN_AWAY = "protection_taken_away"
    SHADOWED = "shadowed"
    SLEEPING_POLICIES = "sleeping_policies"
    UNKNOWN = "unknown"
    UNTRUSTED_RECORDS = "untrusted_records"
    UNSAVED_CHANGES = "unsaved_changes"
    WRONG_EXPRESSION = "wrong_expression"
    WRONG_RULE = "wrong_rule"


MEASURE = "measure"
"""The role whose variables the conflicts name."""
OF_MEASURE = ("measure_adopt", "found")
"""Its variables that no other role takes."""


@written("kind message fix=whole_fix")
@dataclass(frozen=True)
class Conflict:
    """One reason that forbids a plan.

    :ivar message: the reason
    :ivar fix: what to do
    :ivar setting: the variable of the appliance that accepts it, as a line of YAML, or ""
    :ivar host: the appliance, for the text of the setting; "" where it is not said
    """

    kind: ConflictCode
    message: str
    fix: str
    setting: str = ""
    host: str = ""

    def at(self, host: str, role: str = MEASURE) -> Conflict:
        """Return the conflict of one appliance: its text says where to put the setting.

        :param role: the role whose variables count; one that brings in a measure of its own has no variable for each that the role measure has
        """
        if not self.setting or self.host:
            return self
        is_taken = role == MEASURE or not self.setting.startswith(OF_MEASURE)
        return replace(self, host=host, setting=self.setting if is_taken else "")

    @property
    def whole_fix(self) -> str:
        """The fix, and where to put the setting."""
        if not self.setting or not self.host:
            return self.fix
        where = host_setting(self.host, self.setting)
        return f"{self.fix} {where[:1].upper()}{where[1:]}."

    def __str__(self) -> str:
        return f"{self.message} {self.whole_fix}"


def texts_of(conflicts: Iterable[Conflict]) -> str:
    """Return the conflicts as one text, or "" if there are none."""
    given = [*conflicts]
    return carrying(" ".join(map(str, given)), *(one.fix for one in given))


BY_HAND = frozenset({ConflictCode.CLUSTER, ConflictCode.UNKNOWN})
"""What no acceptance and no second run gets past."""


def way_past(conflicts: Sequence[Conflict]) -> str:
    """Return, in words, what a person does so that a plan with these conflicts is not refused again: every one of them, or "" where there is none.

    Settings of the same list are put together, since the second line of a variable would take back the first.
    """
    fixes = dict.fromkeys(_clause(one.fix) for one in conflicts if not one.setting)
    if any(one.kind in BY_HAND for one in conflicts):
        return carrying("; ".join(fixes), *(one.fix for one in conflicts))
    settings: dict[str, str] = {}
    for one in conflicts:
        if one.setting:
            name, _colon, value = one.setting.partition(": ")
            settings[name] = _together(settings.get(name, ""), value)
            fixes[_clause(one.fix)] = None
    host = next((one.host for one in conflicts if one.host), "")
    where = [host_setting(host, f"{name}: {value}") for name, value in settings.items()]
    return carrying(", ".join(["; ".join(fixes), *where]), *(one.fix for one in conflicts))


def _clause(fix: str) -> str:
    return fix[:1].lower() + fix[1:].removesuffix(".")


def _together(first: str, second: str) -> str:
    """Return the value of a variable that accepts what two conflicts list."""
    if not (first.startswith("[") and second.startswith("[")):
        return first or second
    return json.dumps(list(dict.fromkeys([*json.loads(first), *json.loads(second)])))


# -- from the appliance -----------------------------------------------------------------------------------------------


def cluster(why: str) -> Conflict:
    """:param why: the reason why clusters are refused"""
    return Conflict(ConflictCode.CLUSTER, f"{why}.", "Mitigate it by hand.")


def unreadable_parts(problems: Iterable[str]) -> list[Conflict]:
    """:param problems: the reasons why parts of the appliance cannot be inspected at all"""
    return [Conflict(ConflictCode.UNKNOWN, f"{problem}.", "Mitigate it by hand for now.") for problem in problems]


def missing_parents(names: Iterable[str]) -> list[Conflict]:
    """:param names: the virtual servers and sets to which something is to be bound, and that do not exist"""
    return [
        Conflict(
            ConflictCode.MISSING_PARENT,
            f"there is no {name} to bind to.",
            "Correct its name where the measure is asked for.",
        )
        for name in names
    ]


def not_shown(types: Sequence[str], accepted: Iterable[str]) -> list[Conflict]:
    """With a feature off, an appliance may send a warning instead of the configuration; that does not mean that there is none.

    :param types: the types of objects that the appliance did not show
    :param accepted: the policies of others that may become active; "*" for all
    """
    if not types or "*" in accepted:
        return []
    return [
        Conflict(
            ConflictCode.NOT_SHOWN,
            f"the appliance does not show its {', '.join(types)} while the feature is off, so policies of others may become active.",
            "Look at its ns.conf, then accept it.",
            'accept_sleeping_policies: ["*"]',
        )
    ]


def not_licensed(feature: str) -> Conflict:
    return Conflict(
        ConflictCode.NOT_LICENSED,
        f"the feature {feature} is not licensed.",
        "Only an upgrade or closing external access helps here.",
    )


def no_route(refusal: str) -> list[Conflict]:
    """:param refusal: the reason why no order of steps reaches the target"""
    return [
        Conflict(
            ConflictCode.NO_WAY, f"{refusal}.", "Change the priority or the goto of the neighbours that the plan shows."
        )
    ]


# -- from the configuration -------------------------------------------------------------------------------------------


def find_conflicts(
    present: State, target: Target, owner: Owner, *, adopt: bool, variable: str = Writing.priority_variable
) -> list[Conflict]:
    """Return the conflicts that follow from the configuration alone.

    :param variable: the text that sets another priority, for the fix
    """
    found = []
    if not adopt:
        found += list(_taken_names(present, target, owner))
    found += list(_taken_priorities(present, target, owner, variable))
    return found


def waiting_edits(steps: Iterable[Step], edits: Mapping[str, Sequence[str]], owner: Owner) -> list[Conflict]:
    """Return the ACL edits of others that are not applied yet: our apply command would apply them too.

    NITRO does not show an ACL that was removed and whose removal was not applied.

    :param edits: by the type that applies them, the ACLs that were edited and not applied; see :class:`Observation`
    """
    found = []
    for type_name in dict.fromkeys(step.type for step in steps if step.type in COMMITS.values()):
        theirs = [name for name in edits.get(type_name, ()) if not owner.owns_name(name)]
        if theirs:
            shown_names = f"{', '.join(theirs[:5])}{' and more' if len(theirs) > 5 else ''}"
            message = f"{shown_names}: somebody else has edited ACLs and not applied them; our apply would make that effective."
            fix = f"Have it applied (apply {TYPES[type_name].noun}) or undone."
            found.append(Conflict(ConflictCode.EDITS_WAITING, message, fix))
    return found


def _taken_names(present: State, target: Target, owner: Owner) -> Iterable[Conflict]:
    for object_id, wanted in target.objects.items():
        existing, type_ = present.objects.get(object_id), TYPES[object_id[0]]
        if wanted is None or existing is None or type_.bound or owner.owns(object_id, existing):
            continue
        if type_.is_singleton or type_.only_set:  # it has no name that could be taken; the measure decides about it
            continue
        comment = str(existing.get("comment", ""))
        yield Conflict(
            ConflictCode.NAME_TAKEN,
            f"the {TYPES[object_id[0]].noun} {object_id[1][0]} exists and is not ours"
            + (f' (its comment is "{comment}").' if comment else " (it has no comment of ours)."),
            "Rename or remove it, or take it over; a rollback restores it.",
            "measure_adopt: true",
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
            # A policy of others that ours replaces goes after ours is bound, so that it keeps its priority until then.
            stays = target.objects.get(other_id, other) is not None or not policy.startswith(PREFIX)
            if other["priority"] == wanted["priority"] and stays:
                taken = {int(attributes["priority"]) for id_, attributes in neighbours.items() if id_ != object_id}
                free = nearest_free(int(wanted["priority"]), taken)
                yield Conflict(
                    ConflictCode.PRIORITY_TAKEN,
                    f"priority {wanted['priority']} at {' '.join(point[1:])} is taken by {policy}, {_whose(policy, owner)}.",
                    "Choose a free one.",
                    variable.replace(FREE, str(free)),
                )


def _whose(policy: str, owner: Owner) -> str:
    if owner.owns_name(policy):
        return "our own"
    return "a policy of another measure" if policy.startswith(PREFIX) else "somebody else's"


def bindings_at(objects: Mapping[ObjectId, Attributes], point: tuple[str, ...]) -> dict[ObjectId, Attributes]:
    """Return the bindings at one bind point."""
    return {
        object_id: attributes
        for object_id, attributes in objects.items()
        if TYPES[object_id[0]].policy_attribute and bind_point(object_id, attributes) == point
    }


def opened(attacks: Sequence[str]) -> list[Conflict]:
    """Return a conflict for attacks that only the policies of others block, which are to be removed."""
    if not attacks:
        return []
    more = f" and {len(attacks) - 1} more" if len(attacks) > 1 else ""
    message = f"ours does not take the whole place of the hand-made policy: {attacks[0]}{more} would pass."
    return [Conflict(ConflictCode.WRONG_RULE, message, "Leave it.", "found: keep")]


def wrong_answers(findings: Iterable[CaseResult], source: str) -> list[Conflict]:
    """Return a conflict for definite wrong answers of an evaluation. An error or an open answer is "not checked", no conflict."""
    wrong = [finding for finding in findings if finding.is_wrong]
    if not wrong:
        return []
    shown = "; ".join(str(finding) for finding in wrong[:3]) + (
        f"; and {len(wrong) - 3} more" if len(wrong) > 3 else ""
    )
    return [
        Conflict(
            ConflictCode.WRONG_RULE,
            f"the rule gives wrong answers {source}: {shown}.",
            "Correct the template or its traffic file.",
        )
    ]


def wrong_expressions(errors: Iterable[str]) -> list[Conflict]:
    """:param errors: what the appliance would refuse, with hints"""
    return [
        Conflict(ConflictCode.WRONG_EXPRESSION, f"{error}.", "Correct the template; nothing was sent.")
        for error in errors
    ]


def shadowed(order: EvaluationOrder, variable: str = Writing.priority_variable) -> list[Conflict]:
    """Return a conflict if attacks that our rule blocks pass, because a policy evaluated before it ends the evaluation."""
    if not order.shadowed:
        return []
    first = order.shadowed[0]
    return [
        Conflict(
            ConflictCode.SHADOWED,
            f"{first.policy} is evaluated before ours and ends the evaluation: {counted(len(order.shadowed), 'attack')} would pass, "
            f"such as {shown((first.case, first.session))}.",
            "Give ours a lower priority number."
            if order.free_priority
            else f"Give {first.policy} a higher priority number than ours.",
            variable.replace(FREE, str(order.free_priority)) if order.free_priority else "",
        )
    ]


def lockout(results: Mapping[str, RequestResult]) -> list[Conflict]:
    """:param results: by management request, what the global policy banks would do to it"""
    blocked = {request: result for request, result in results.items() if result.outcome is RequestOutcome.BLOCKED}
    return [
        Conflict(
            ConflictCode.LOCKOUT,
            f"{result.policy} would block the management request {request}.",
            "The rule must leave the management alone: bind it to vservers instead, or narrow it.",
        )
        for request, result in list(blocked.items())[:3]
    ]


def sleeping_policies(
    feature: str, bindings: Mapping[ObjectId, Attributes], owner: Owner, accepted: Iterable[str]
) -> list[Conflict]:
    """Return a conflict if policies that are not of this measure would become active when a feature is enabled: a name accepts none of them."""
    accepted, names = tuple(accepted), []
    for object_id, attributes in bindings.items():
        type_ = TYPES[object_id[0]]
        policy = str(attributes[type_.policy_attribute])
        if type_.feature == feature and not owner.owns_name(policy) and policy not in accepted:
            place = " ".join(part for part in bind_point(object_id, attributes)[1:] if part)
            names.append((policy, f"{policy} ({place}, priority {attributes.get('priority', '?')})"))
    if not names:
        return []
    alike = [policy for policy, _text in names if policy.startswith(PREFIX)]
    whose = "policies of others"
    if alike:
        whose = f"policies of others, or of another measure of ours, as the name of {' and '.join(dict.fromkeys(alike))} says, which proves nothing"
    return [
        Conflict(
            ConflictCode.SLEEPING_POLICIES,
            f"the feature {feature} is off, and enabling it activates {whose}: {', '.join(text for _n, text in names)}.",
            "Look at these policies, then accept them by name.",
            f"accept_sleeping_policies: {json.dumps([*dict.fromkeys([*accepted, *(name for name, _text in names)])])}",
        )
    ]


def without_protection(services: Sequence[str], given: Mapping[str, str]) -> list[Conflict]:
    """Return a conflict where protection would be taken away and nobody answers for it.

    :param services: from which it would be taken
    :param given: who and reason, as they were given
    """
    lacking = [name for name, text in given.items() if not says_something(text)]
    if not services or not lacking:
        return []
    examples = {
        "who": '''-e "who='the name of the person who decides'"''',
        "reason": '''-e "reason='it stops a customer'"''',
    }
    return [
        Conflict(
            ConflictCode.PROTECTION_TAKEN_AWAY,
            f"this {ProtectionChange.of_services(Phase.PLANNED, services, reason=HOW)}.",
            f"Leave it as it is, or give {' and '.join(lacking)} for the record: {'; '.join(examples[name] for name in lacking)}.",
        )
    ]


def unsaved_changes(lines: Sequence[str], *, are_ours: bool = False) -> list[Conflict]:
    """:param lines: the lines in which the running and the saved configuration differ and that no record of the measure explains
    :param are_ours: trusted records of other measures of ours explain all of them
    """
    if not lines:
        return []
    shown = "; ".join(lines[:5]) + (f"; and {len(lines) - 5} more" if len(lines) > 5 else "")
    return [
        Conflict(
            ConflictCode.UNSAVED_CHANGES,
            f"the appliance has changes that {'another measure of ours' if are_ours else 'somebody else'} has not saved: {shown}.",
            joined(
                "",
                *("Saving ours would save them too. ", COMPLETE if are_ours else "Have them saved or undone"),
                *(", or choose apply_without_save or save_first.", "" if are_ours else _hints_of_ours(lines)),
            ),
            "unsaved: save_first",
        )
    ]


AUDIT = Command("audit")
COMPLETE = advice("Complete or undo its run (audit.yml names it)", AUDIT)
OF_ANOTHER_RUN = advice(
    f" What is named {PREFIX}... may be of another run of ours (audit.yml names it): complete it with apply.yml, or undo it with rollback.yml.",
    AUDIT,
)
OF_A_LOCKDOWN = advice(
    " A virtual server that is switched off may be of a lockdown that was not saved; status.yml says by whose decision.",
    STATUS,
)


def _hints_of_ours(lines: Sequence[str]) -> str:
    """Return what unsaved changes may be of another run of ours, as sentences: the records of other measures are not looked at."""
    named = any(f" {PREFIX}" in line for line in lines)
    off = any(" vserver " in line and line.endswith(" -state DISABLED") for line in lines)
    return joined("", OF_ANOTHER_RUN if named else "", OF_A_LOCKDOWN if off else "")
