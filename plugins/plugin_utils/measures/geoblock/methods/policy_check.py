# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The check of the template of the responder policies: the lockout checks judge the set, so its rules must be those of the set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ....appliance.objects.resource_types import TYPES, Attributes, ObjectId
from ....catalogue.desired_state import Document
from ....catalogue.measure import Placement

_KNOWN = frozenset({"policyexpression", "auditmessageaction", "responderaction", "responderpolicy"})
_PASSES = "NOOP"


def wrong_policies(
    document: Document, matches: Mapping[str, str], placements: Sequence[Placement], *, blocks: bool
) -> Iterator[str]:
    """Return in words how a document differs from the request; nothing if it is right.

    :param matches: by name, the rules that are true for a client which is blocked
    :param blocks: True for enforce, False for observe
    """
    bindings = {f"{one.kind}vserver_responderpolicy_binding" for one in placements}
    for type_ in sorted(document.types - _KNOWN - bindings):
        yield f"it yields {type_}, which the checks of this method do not know"
    if document.features != ("RESPONDER",):
        yield f"it enables {', '.join(document.features) or 'no feature'}, and must enable RESPONDER alone"
    yield from _wrong_expressions(_of(document, "policyexpression"), matches)
    yield from _wrong_rules(document, matches, placements, blocks=blocks)
    yield from _wrong_bindings(document, placements, blocks=blocks)


def _of(document: Document, type_: str) -> dict[str, Attributes]:
    return {key[0]: attributes for (own, key), attributes in document.objects.items() if own == type_}


def _wrong_expressions(found: Mapping[str, Attributes], matches: Mapping[str, str]) -> Iterator[str]:
    for name, rule in matches.items():
        if name not in found:
            yield f"it lacks the policyexpression {name}"
        elif found[name]["value"] != rule:
            yield f"the value of the policyexpression {name} must be the rule of matches, as it is"
    for name in sorted(set(found) - set(matches)):
        yield f"it yields the policyexpression {name}, which is not in matches"


def _wrong_rules(
    document: Document, matches: Mapping[str, str], placements: Sequence[Placement], *, blocks: bool
) -> Iterator[str]:
    found, wanted = _of(document, "responderpolicy"), dict.fromkeys(one.policy for one in placements)
    rule = " || ".join(matches)
    passing = {_PASSES, *(name for name, a in _of(document, "responderaction").items() if a["type"] == "noop")}
    for name in wanted:
        policy = found.get(name)
        if policy is None:
            yield f"it lacks the responderpolicy {name} of a placement"
            continue
        if policy["rule"] != rule:
            yield f"the rule of {name} must be {rule!r}, not {policy['rule']!r}"
        if (policy["action"] not in passing) is not blocks:
            yield f"the action of {name} is {policy['action']}, which " + (
                "does not block, and the mode is enforce" if blocks else "blocks, and the mode is observe"
            )
        if not blocks and policy.get("undefaction", _PASSES) != _PASSES:
            yield f"the undefaction of {name} is {policy['undefaction']}, which blocks, and the mode is observe"
    for name in sorted(set(found) - set(wanted)):
        yield f"it yields the responderpolicy {name}, which is of no placement"


def _wrong_bindings(document: Document, placements: Sequence[Placement], *, blocks: bool) -> Iterator[str]:
    goto = "END" if blocks else "NEXT"
    wanted: set[ObjectId] = {
        (f"{one.kind}vserver_responderpolicy_binding", (one.vserver, one.policy, one.bindpoint)) for one in placements
    }
    found = {object_id: a for object_id, a in document.objects.items() if TYPES[object_id[0]].policy_attribute}
    yield from (f"it lacks the {_text(one)} of a placement" for one in sorted(wanted - set(found)))
    yield from (f"it yields the {_text(one)}, which is of no placement" for one in sorted(set(found) - wanted))
    for object_id, attributes in found.items():
        if attributes.keys() & {"invoke", "labeltype", "labelname"}:
            yield f"the {_text(object_id)} invokes other policies, which the checks of this method do not judge"
        if attributes.get("gotopriorityexpression", "END") != goto:
            yield f"the gotopriorityexpression of {_text(object_id)} must be {goto}"


def _text(object_id: ObjectId) -> str:
    return f"{object_id[0]} {' '.join(object_id[1])}"
