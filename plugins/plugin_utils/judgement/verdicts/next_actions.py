# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The next action of a verdict where that of the table would lead back to the same verdict. Pure.

``verify.yml`` proves nothing where no VIP may be probed. As long as changes of others must not be saved, ``apply.yml`` saves nothing or does not
begin. On a build where the measure does nothing, nothing is ever proven that ``reopen.yml`` could wait for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ...appliance.nitro.builds import RESPONDER_AT_GATEWAYS
from ...appliance.nitro.connection import CLUSTER
from ...appliance.objects.answer_marker import AnsweredBy, answered_by
from ...catalogue.closing_steps import LadderStep
from ...catalogue.measure import BuildStatus, Measure, Mode, ResolvedMeasure
from ...catalogue.mitigation import Mitigation
from ...catalogue.run_parameters import ResolvedParameters, Unsaved
from ...foundation.next_action import STATUS, WHO_DECIDES, Command, NextAction
from ...measures.closing_measures import closing_only, measures_of_steps
from ...policies.conflicts import BY_HAND, Conflict, ConflictCode, way_past
from ..inspection.facts import ApplianceFacts
from ..inspection.probe_hosts import EXAMPLE
from ..inspection.saved_state import SavedFacts
from ..proof.closure_verdict import FINISH, prove_closing
from ..proof.grounds import Grounds, Presence
from ..proof.next_action import APPLY, BLOCK_AGAIN, LOCKDOWN, NO_FIX, REOPEN, UNDO, VERIFY
from ..proof.probes import Sign
from ..proof.verdict_table import VERDICTS, VerdictWord
from .foresight import SAVE_ANYWAY, consent, in_front_of_ours, never_proven, unacknowledged
from .measure_proof import COUNTERS_UNREADABLE, ProofResult

ACKNOWLEDGE = "acknowledge it (tourniquet_acknowledgements)"
NOTHING = NextAction("")
"""That of the table holds."""
OF_A_CLUSTER = NextAction(
    "mitigate it by hand on the cluster, as the bulletin of the vendor says; no playbook judges a cluster, so none can check it",
    check=None,
)
UNDO_SAID_SHORT = replace(UNDO, options=(), unsaid=UNDO.options, asks=WHO_DECIDES)
RENAME = "rename the virtual server whose name NITRO does not allow, on the appliance itself, then "
_SAID_FIRST = (VerdictWord.NOT_SAVED, VerdictWord.DRIFTED)
"""The verdicts whose own next actions say already what of others is not saved."""
ENFORCE_AGAIN = "ask for it with mode: enforce again in the inventory"


def next_actions(
    facts: ApplianceFacts, grounds: Grounds, proof: ProofResult, conflicts: Sequence[Conflict] = ()
) -> dict[VerdictWord, NextAction]:
    """Return by verdict the next action where it differs from that of the table.

    :param conflicts: for which a plan is refused
    """
    parameters = facts.parameters
    found = {
        VerdictWord.UNPROVEN: _of_unproven(facts, parameters, grounds, proof),
        VerdictWord.EXPOSED: _of_exposed(parameters, grounds),
        VerdictWord.UNKNOWN: OF_A_CLUSTER if CLUSTER in grounds.unreadable else NOTHING,
        VerdictWord.NOT_SAVED: _of_not_saved(facts, parameters, grounds),
        VerdictWord.PARTLY: _of_partly(facts, parameters, grounds),
        VerdictWord.DRIFTED: _of_drifted(facts, parameters, grounds),
        VerdictWord.CLOSED: _of_closed(facts.build_status, parameters.measure, grounds),
        VerdictWord.NOT_IN_PLACE: _of_not_in_place(parameters.resolved),
        VerdictWord.INEFFECTIVE: _of_ineffective(facts.build_status, parameters, grounds),
    }
    own = {word: text for word, text in found.items() if text}
    own |= _before_what_is_not_saved(facts.saved, parameters, own)
    own |= _of_a_refused_plan(parameters, grounds, own, conflicts)
    own |= _that_keep_protection(parameters, grounds, own)
    return own | _of_closing(parameters.owner.measure, own)


def _of_closing(measure: str, own: dict[VerdictWord, NextAction]) -> dict[VerdictWord, NextAction]:
    """Return the next actions that name close.yml and reopen.yml, for a measure that apply.yml and rollback.yml refuse.

    :param own: the next actions that differ from those of the table
    """
    if measure not in closing_only():
        return {}
    step = next(step for step, name in measures_of_steps().items() if name == measure)
    close = Command("close", (("step", str(step)),), tail=" with its scope, reason, ticket, who and expires")
    reopen = Command("reopen", (("step", str(step)),), tail=" with its scope")
    instead = {APPLY.verb: close, VERIFY.verb: close, UNDO.verb: reopen}
    told = {word: meaning.next_action for word, meaning in VERDICTS.items()} | own
    found = {
        word: action.changed(lambda one: close.given(one) if one.verb == APPLY.verb else instead.get(one.verb, one))
        for word, action in told.items()
        if action.has(*instead)
    }
    off = replace(close, options=(("step", str(LadderStep.OFF)),))
    return {**found, VerdictWord.INEFFECTIVE: NextAction(off)}


def _that_keep_protection(
    parameters: ResolvedParameters, grounds: Grounds, own: Mapping[VerdictWord, NextAction]
) -> dict[VerdictWord, NextAction]:
    """Return the next actions where an apply of what is asked for would take protection away: none of them leads there."""
    if not _asks_to_observe(parameters, grounds):
        return {}
    is_placed = not parameters.measure.traits.course.depends_on_build
    first = NextAction(f"{ENFORCE_AGAIN}, then ", APPLY) if is_placed else BLOCK_AGAIN
    told = {word: own.get(word, meaning.next_action) for word, meaning in VERDICTS.items()}
    found = {
        word: action.changed(lambda one: first if one.verb == "apply" else one)
        for word, action in told.items()
        if action.has("apply") and BLOCK_AGAIN not in action.commands
    }
    asked = NextAction(ENFORCE_AGAIN)
    return found | (dict.fromkeys((VerdictWord.UNPROVEN, VerdictWord.ENFORCING), asked) if is_placed else {})


def _asks_to_observe(parameters: ResolvedParameters, grounds: Grounds) -> bool:
    """Return True if what is asked for, and would take protection away, still is this measure."""
    if not grounds.takes_away:
        return False
    return parameters.mode is Mode.OBSERVE or not parameters.measure.traits.course.depends_on_build


def _of_a_refused_plan(
    parameters: ResolvedParameters,
    grounds: Grounds,
    own: Mapping[VerdictWord, NextAction],
    conflicts: Sequence[Conflict],
) -> dict[VerdictWord, NextAction]:
    """Return what comes before an apply that would be refused as it is, for each verdict whose next action is one."""
    if _asks_to_observe(parameters, grounds):  # to give who and reason would take the protection away
        conflicts = [one for one in conflicts if one.kind is not ConflictCode.PROTECTION_TAKEN_AWAY]
    kinds = {one.kind for one in conflicts}
    if not kinds - {ConflictCode.UNSAVED_CHANGES}:
        return {}  # the next actions know of these
    action = _apply_that_is_not_refused(way_past(conflicts))
    if kinds & BY_HAND:
        action = NextAction(way_past(conflicts))
    if ConflictCode.NOT_LICENSED in kinds:
        build = parameters.measure.upgrade_text(grounds.all_builds, grounds.placements)
        action = NextAction("close external access (", LOCKDOWN, f"), then upgrade to {build}")
    told = {word: own.get(word, meaning.next_action) for word, meaning in VERDICTS.items()}
    return {word: action for word, one in told.items() if one.has("apply")}


def _apply_that_is_not_refused(first: str) -> NextAction:
    """Return what comes first, then the apply: with what a refused run was to be given again, which no preview and no status carries out."""
    if not isinstance(first, NextAction):
        return NextAction(first, ", then ", APPLY)
    again = [one for one in first.commands if one.is_again]
    given = dict(pair for one in reversed(again) for pair in one.unsaid)
    asked = tuple(dict.fromkeys(name for one in again for name in one.asks))
    rest = (one for one in first.pieces if one not in again)
    return NextAction(*rest, ", then ", replace(APPLY, unsaid=tuple(given.items()), asks=asked))


def _before_what_is_not_saved(
    saved: SavedFacts, parameters: ResolvedParameters, own: Mapping[VerdictWord, NextAction]
) -> dict[VerdictWord, NextAction]:
    """Return what comes before each apply that would be refused, as something of others is not saved: in front of the whole, or where more is to be done
    before it, of the apply alone.
    """
    if not _refuses_what_is_not_saved(saved, parameters):
        return {}
    told = {word: meaning.next_action for word, meaning in VERDICTS.items() if word not in own}
    found = {word: _unsaved_first(saved, parameters, action) for word, action in told.items() if action.has("apply")}
    after_more = {word: action for word, action in own.items() if action.has("apply") and word not in _SAID_FIRST}
    return found | {
        word: action.changed(lambda one: _unsaved_first(saved, parameters, one) if one.verb == "apply" else one)
        for word, action in after_more.items()
    }


def _refuses_what_is_not_saved(saved: SavedFacts, parameters: ResolvedParameters) -> bool:
    return bool(saved.foreign_lines) and parameters.unsaved == Unsaved.REFUSE


def _of_refusals(resolved: ResolvedMeasure) -> NextAction:
    """Return the fix of the first reason for which the measure cannot be applied; "" where there is none."""
    fixes = [fix.removesuffix(".") for _why, fix in resolved.refusals]
    return NextAction(f"{fixes[0]}; then ", APPLY) if fixes else NOTHING


def _of_exposed(parameters: ResolvedParameters, grounds: Grounds) -> NextAction:
    """Return what to do where an attack passes although the rule is in place: an apply would put nothing right."""
    refused = _of_refusals(parameters.resolved)
    is_in_place = grounds.presence is Presence.CURRENT and grounds.feature_on and not grounds.observing
    has_passed = bool(grounds.seen_passing) or any(proof.sign is Sign.VULNERABLE for proof in grounds.proofs)
    if refused or not is_in_place or not has_passed:
        return refused
    if in_front := unacknowledged(parameters, grounds.let_past):
        return in_front_of_ours(parameters, in_front[0])
    if not grounds.proofs and not grounds.let_past:
        return NextAction(VERIFY)  # nothing that was read is in front any more: does it pass still?
    return NextAction("find out which policy lets the attack go on before ours (order, in plan.yml), then ", VERIFY)


def _of_not_in_place(resolved: ResolvedMeasure) -> NextAction:
    """Return what keeps it from being there."""
    if resolved.absent_fix:
        return NextAction(resolved.absent_fix)
    return _of_refusals(resolved) if resolved.measure.traits.proving.is_read_back else NOTHING


def _unsaved_first(saved: SavedFacts, parameters: ResolvedParameters, then: Command | NextAction = APPLY) -> NextAction:
    """Return what to do with the unsaved changes of others, or of another measure of ours, before an apply."""
    setting = parameters.setting("unsaved: save_first")
    if saved.is_all_ours:
        what = "complete or undo the run of another measure of ours that is not saved ("
        return NextAction(what, Command("audit"), f" names it), or {setting}, then ", then)
    return NextAction(f"have the changes of others saved or undone, or {setting}, then ", then)


def _of_unproven(
    facts: ApplianceFacts, parameters: ResolvedParameters, grounds: Grounds, proof: ProofResult
) -> NextAction:
    if grounds.closures.closed and not grounds.closures.open and grounds.closures.unproven:
        return prove_closing(grounds.closures)
    if grounds.presence == Presence.OLDER or grounds.lets_pass:  # its plan is refused, which says what to do first
        return NextAction(APPLY)
    if grounds.not_verified:
        return NextAction(f"compare it with the policy that the vendor's support gives out, then {ACKNOWLEDGE}")
    if grounds.placement_hits is not None:
        unseen = not all(grounds.placement_hits.values())
        waits = NextAction("wait for a client that the rule is for, then ", STATUS, f"; or {ACKNOWLEDGE}")
        return waits if unseen else NOTHING
    reason, setting = never_proven(parameters, facts.access)
    if reason:
        rest = _without_a_proof(parameters, grounds)
        return NextAction(f"{setting}, then ", VERIFY, "; or ", rest) if setting else rest
    return _after_probes(facts, parameters, grounds, proof) if grounds.proofs else NOTHING


def _without_a_proof(parameters: ResolvedParameters, grounds: Grounds) -> NextAction:
    """Return what to do with a measure that nothing will prove: it is saved first, and acknowledged then."""
    if grounds.saved is not False:
        return NextAction(ACKNOWLEDGE)
    return NextAction(f"{parameters.setting(SAVE_ANYWAY)}, then ", APPLY)


def _after_probes(
    facts: ApplianceFacts, parameters: ResolvedParameters, grounds: Grounds, proof: ProofResult
) -> NextAction:
    """Return what to do where the probes of this run have not proven it: to send them again changes nothing."""
    if grounds.invoking:
        return in_front_of_ours(parameters, grounds.invoking[0])
    asked = grounds.proofs if grounds.serves_nobody else ()
    hidden = next((one for one in asked if not one.signs and one.why_not_judged(attack=True)), None)
    if hidden is not None:
        why = hidden.why_not_judged(attack=True)
        return NextAction(f"each request at {hidden.vip} is {why}: ", VERIFY, " once that lets one through")
    silent = next((one for one in grounds.proofs if not one.controls_served and not grounds.serves_nobody), None)
    if silent is not None and silent.vip in facts.access.nameless:
        named = f"name a host that {silent.vip} serves in netscaler_vips ({EXAMPLE}), then "
        return NextAction(named, APPLY, ", which proves it by that name")
    if silent is not None:
        if not silent.controls and (reason := silent.why_not_judged(attack=False)):
            what = f"a legitimate request at {silent.vip} is {reason}: "
            return NextAction(what, VERIFY, " once that lets one through")
        marker, measure = parameters.appliance.marker, parameters.measure.id
        by = {answered_by(answer.head, marker, measure) for answer, _served in silent.controls}
        if AnsweredBy.THIS in by:
            return NextAction(f"our rule stops a legitimate request at {silent.vip}: ", UNDO_SAID_SHORT)
        if AnsweredBy.SOME in by:
            return NextAction(
                f"an answer of ours stops a legitimate request at {silent.vip}: where access is closed (",
                *(STATUS, "), ", VERIFY, " once it is open; else find out by the hits which measure of ours it is"),
            )
        return NextAction(f"find out why {silent.vip} does not answer a legitimate request, then ", VERIFY)
    strange = [str(one.vip) for one in grounds.proofs if not grounds.is_expected(one)]
    if strange:
        return NextAction(f"find out what answers at {strange[0]} instead of the policies in place, then ", VERIFY)
    if proof.hits_rose is None:
        if not any(
            remark.startswith(COUNTERS_UNREADABLE) for remark in proof.remarks
        ):  # no attack got as far as our policy
            first = "find out which policy stops the attacks before ours is evaluated (order, in plan.yml), then "
            return NextAction(first, VERIFY)
        user = parameters.appliance.user
        allow = f"allow the user {user} to stat responder policy (docs/how-to/least-privilege.md), then "
        return NextAction(allow, VERIFY)
    return NextAction(
        "find out what answers in front of the appliance, because the hits did not rise by each probe, then ", VERIFY
    )


def _of_not_saved(facts: ApplianceFacts, parameters: ResolvedParameters, grounds: Grounds) -> NextAction:
    if grounds.saved is None:
        return NextAction("allow the user to read whether it is saved (show ns ns.conf), then ", STATUS)
    if not facts.saved.foreign_lines or parameters.unsaved == Unsaved.SAVE_FIRST:
        reason, _setting = never_proven(parameters, facts.access)
        return _without_a_proof(parameters, grounds) if reason and grounds.placement_hits is None else NOTHING
    return _unsaved_first(facts.saved, parameters)


def _of_closed(status: BuildStatus, measure: Measure, grounds: Grounds) -> NextAction:
    """Return that a closing of which nobody knows whether it is whole is done again first, and that only the fixed build ends one where no measure works."""
    if grounds.closures.is_unfinished:
        return FINISH
    if status is not BuildStatus.INEFFECTIVE:
        return NOTHING
    build = measure.upgrade_text(grounds.all_builds, grounds.placements)
    return NextAction(f"upgrade to {build}, then ", REOPEN)


def _of_drifted(facts: ApplianceFacts, parameters: ResolvedParameters, grounds: Grounds) -> NextAction:
    """Return what to do where an apply would put nothing right: the rule has no effect on the build, or the plan is refused until something is saved."""
    if facts.build_status is BuildStatus.INEFFECTIVE:
        build = parameters.measure.upgrade_text(grounds.all_builds, grounds.placements)
        return NextAction(f"upgrade to {build}, and find out who changed it") if build else NOTHING
    is_refused = _refuses_what_is_not_saved(facts.saved, parameters)
    return _unsaved_first(facts.saved, parameters) if is_refused else NOTHING


def _of_ineffective(status: BuildStatus, parameters: ResolvedParameters, grounds: Grounds) -> NextAction:
    """Return what to do where a release lacks a setting that answers no request: closing access would help nobody."""
    measure = parameters.measure
    deaf = RESPONDER_AT_GATEWAYS.get(grounds.build.branch)
    is_deaf = deaf is not None and deaf.covers(grounds.build.number)
    if deaf and is_deaf and measure.traits.course.depends_on_build and status is not BuildStatus.INEFFECTIVE:
        first = f"{grounds.build.branch_text} {deaf.works_from[0]}.{deaf.works_from[1]} or later"
        build = str(measure.upgrade_for(grounds.all_builds) or first)
        if isinstance(measure, Mitigation) and measure.protects_back_ends:
            build += NO_FIX
        return NextAction("close external access (", LOCKDOWN, f"), then upgrade to {build}")
    if measure.traits.course.depends_on_build or not measure.traits.proving.is_read_back:
        return NOTHING
    build = measure.upgrade_text(grounds.all_builds, grounds.placements)
    return NextAction(f"upgrade to {build}, or take it out of the inventory of {parameters.appliance.name}")


def _of_partly(facts: ApplianceFacts, parameters: ResolvedParameters, grounds: Grounds) -> NextAction:
    """Return the consent to probe the VIPs that are not probed, if nothing else is missing; of nodes with other builds the upgrade; of settings what
    keeps the rest from being set."""
    proving = parameters.measure.traits.proving
    if set(grounds.not_covered[:1]) & set(grounds.unusable):
        return NextAction(RENAME, VERIFY if proving.by_probes else APPLY)
    if proving.is_read_back:
        return _of_refusals(parameters.resolved)
    if grounds.not_covered[:1] and grounds.not_covered[0] in facts.nodes.other_builds:
        build = parameters.measure.upgrade_text(grounds.all_builds, grounds.placements)
        return NextAction(f"upgrade to {build} on every node") if build else NOTHING
    in_front = unacknowledged(parameters, grounds.let_past)
    if in_front and not facts.nodes.not_covered:
        return in_front_of_ours(parameters, in_front[0])
    silent = any(not vip.probe for vip in facts.access.vips)
    return (
        NextAction(f"{consent(parameters.appliance, facts.access.vips)}, then ", VERIFY)
        if silent and not facts.nodes.not_covered
        else NOTHING
    )
