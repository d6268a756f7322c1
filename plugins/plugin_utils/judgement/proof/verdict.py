# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Decide the verdict on a measure from the grounds: every finding proposes a word, and the worst one wins. Pure.

:mod:`verdict_table` has the words, their precedence and their meaning.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from ...appliance.nitro.appliance import Vip
from ...appliance.nitro.builds import RESPONDER_AT_GATEWAYS, Build
from ...catalogue.acknowledgement import Acknowledgement, of_policy
from ...catalogue.measure import BuildStatus, Measure, Mode
from ...catalogue.upgrade import Target, earlier_day
from ...foundation.counted import counted
from ...foundation.next_action import NONE, NextAction
from ...measures.last_run import LastRun
from .acknowledgements import acknowledged, is_acknowledged
from .closure_verdict import if_overdue
from .grounds import Grounds, Presence
from .next_action import APPLY, STATUS_OF_ALL
from .probes import Sign, VipProof
from .verdict_table import (
    CLOSE_OR_UPGRADE,
    OF_A_STOP_GAP,
    OK,
    PRECEDENCE,
    VERDICTS,
    Verdict,
    VerdictWord,
    worst_verdict,
)

Candidate = tuple[VerdictWord, str]
"""A word, with its reason."""
UNREACHABLE = (
    *(VerdictWord.EXPOSED, VerdictWord.NOT_BLOCKING, VerdictWord.NOT_IN_PLACE),
    *(VerdictWord.INEFFECTIVE, VerdictWord.STOP_GAP, VerdictWord.UNPROVEN),
)
"""The words that do not matter while all VIPs are closed."""
STOP_GAP_OPTION = ("stop_gap", "true")
"""The option without which no apply brings in a rule that is not the vendor's."""
UNSAVED = "it is not saved, and would be lost in a reboot"
_OPEN = (VerdictWord.EXPOSED, VerdictWord.NOT_BLOCKING, VerdictWord.STOP_GAP)
"""The words of which only some VIPs are rid while others are closed."""


def decide_verdict(
    grounds: Grounds,
    measure: Measure,
    as_of: date,
    acknowledgements: Sequence[Acknowledgement] = (),
    today: date | None = None,
) -> Verdict:
    """Return the verdict as of a date: the worst of what the grounds shows.

    A warning that somebody acknowledged does not hide another finding that nobody acknowledged.

    :param today: the day by which acknowledgements expire; None for the date of the verdict
    """
    today = today or as_of
    day = earlier_day(as_of, today)
    grounds = _with_policies_in_front(_with_what_closed_ones_answer(grounds), acknowledgements, measure.id, today)
    found = [*_candidates(grounds, measure, as_of)]
    found = [*_of_a_stop_gap(found, grounds, measure.stop_gap)] if measure.stop_gap else found
    candidates = _with_closed_access(grounds, found)
    grounds = _with_what_is_off(grounds, candidates)
    fix = measure.upgrade_text(grounds.all_builds, grounds.placements, day)
    needs_somebody = [
        (word, reason)
        for word, reason in candidates
        if VERDICTS[word].exit_code != OK and not is_acknowledged(word, acknowledgements, measure.id, today)
    ]
    candidates = needs_somebody or candidates
    verdict = worst_verdict(candidates, grounds.rests_on, grounds.not_covered + grounds.remarks, fix=fix)
    says = _word_of_what_is_open(verdict, grounds, found)
    verdict = replace(verdict, next_action=VERDICTS[says].next_action.filled(fix=fix))
    target = measure.upgrade_for(grounds.all_builds, day)
    action = _for_the_whole_catalogue(_after_an_upgrade(verdict, measure, target), grounds, measure, day)
    own_action = grounds.next_actions.get(says) or action
    if measure.stop_gap:
        own_action = _beside_a_stop_gap(own_action, says, fix)
    own_fix = _own_fix(verdict, grounds, measure, target, day)
    verdict = replace(verdict, reason=verdict.reason + own_fix, next_action=own_action)
    verdict = acknowledged(verdict, acknowledgements, measure.id, today)
    return verdict if grounds.closures.open else if_overdue(verdict, grounds.closures)


def _of_a_stop_gap(found: Sequence[Candidate], grounds: Grounds, whose: str) -> Iterator[Candidate]:
    """Return what was found with the words of a stop-gap: it protects nobody, and nobody acknowledges it. What is worse is told by its own word.

    Where no probe was answered, what an earlier run has proven of the same state is not disproved.

    :param whose: who published what it stops
    """
    is_unheard = bool(grounds.proofs) and all(proof.is_silent for proof in grounds.proofs) and not grounds.invoking
    earlier = f"proven {grounds.proven_before}, unchanged since; " if grounds.proven_before and is_unheard else ""
    is_worse = any(PRECEDENCE[word] < PRECEDENCE[VerdictWord.STOP_GAP] for word, _reason in found)
    publisher = whose.partition(" (")[0]  # what it says stands on the page of the entry
    whose = f"; a stop-gap by {publisher}, not the vendor: what else reaches the weakness is not known"
    for word, text in found:
        is_kept = word is VerdictWord.UNPROVEN and bool(earlier)
        given = VerdictWord.STOP_GAP if is_kept else OF_A_STOP_GAP.get(word, word)
        reason = earlier + text if is_kept else text
        if given is word:
            yield word, reason
        elif given is VerdictWord.STOP_GAP or is_worse:
            unsaved = f"; {UNSAVED}" if word is VerdictWord.NOT_SAVED else ""
            yield VerdictWord.STOP_GAP, f"{reason}{unsaved}{whose}"
        else:
            yield given, f"a stop-gap is in place, and {reason}"


def _beside_a_stop_gap(action: NextAction, word: VerdictWord, fix: str) -> NextAction:
    """Return what is next of an entry whose rule is a stop-gap: to close or to upgrade, whether it is there, changed by somebody, or not."""
    if word in (VerdictWord.EXPOSED, VerdictWord.DRIFTED, VerdictWord.STOP_GAP):
        return CLOSE_OR_UPGRADE.filled(fix=fix)
    return action.changed(lambda one: one.with_first(*STOP_GAP_OPTION) if one.verb == APPLY.verb else one)


def _after_an_upgrade(verdict: Verdict, measure: Measure, target: Target | None) -> NextAction:
    """Return the next action of the table, or the upgrade where the build is open to other entries: its release gets no fix, or the measure stays."""
    upgrade = NextAction(f"upgrade to {target}" if target else NONE)
    if verdict.word is VerdictWord.MITIGATED and measure.traits.course.stays_on_fixed_builds:
        return upgrade
    is_done = verdict.next_action == NONE and measure.traits.course.depends_on_build
    return upgrade if is_done and target is not None and target.leaves_branch else verdict.next_action


def _for_the_whole_catalogue(action: NextAction, grounds: Grounds, measure: Measure, day: date | None) -> NextAction:
    """Return an action with what one entry alone cannot say: whether something else comes before an upgrade, or is open where nothing is to be done.

    :param day: what became known later does not count; None for all
    """
    ends = action.startswith("upgrade to ") or (action == NONE and measure.traits.course.depends_on_build)
    if not ends or not measure.upgrades.are_others_exploited(measure.id, grounds.all_builds, day):
        return action
    first = (STATUS_OF_ALL,) if action == NONE else (action, "; until then see ", STATUS_OF_ALL)
    # How many of them concern the configuration, only a status of the whole catalogue has read.
    return NextAction(
        *first, ", since this build has other weaknesses that are known to be exploited", check=STATUS_OF_ALL
    )


def _own_fix(verdict: Verdict, grounds: Grounds, measure: Measure, target: Target | None, day: date | None) -> str:
    """Return the first build with the fix of the entry alone, for the reason, where another build is the one to upgrade to.

    :param day: a build that was released later is not named; None for all
    """
    names_a_build = "{fix}" in VERDICTS[verdict.word].next_action
    own = measure.fixed_build(grounds.build)
    if not names_a_build or own is None or target is None or own == target.build:
        return ""
    if not measure.upgrades.is_released(measure.id, own, day):
        return ""
    return f"; {measure.id} alone is fixed in {own}"


def is_proven(grounds: Grounds) -> bool:
    """Return True if the measure is proven. There is no other definition of "proven".

    Every VIP answers as the policies in place explain and serves its control requests, and the hit counters of these policies
    rose by the number of blocked requests. What a label in front of ours does with a request of somebody else, no request of ours shows.
    """
    return (
        bool(grounds.proofs)
        and not grounds.invoking
        and all(grounds.is_expected(proof) and grounds.is_served(proof) for proof in grounds.proofs)
        and not grounds.unprovable
        and set(grounds.expected_at) <= {proof.vip for proof in grounds.proofs}
        and grounds.hits_rose is True
    )


def unproven_because(grounds: Grounds) -> str:
    """Return the reason why the measure is not proven."""
    if not grounds.proofs:
        return "no proof holds for it as it is now"  # an earlier run may have proved another state
    if grounds.invoking:
        return str(grounds.invoking[0])
    if grounds.unprovable:
        return f"no request from outside reaches {grounds.unprovable[0]}"
    if not all(grounds.is_expected(proof) for proof in grounds.proofs):
        return "the answers to the probes are not those of the policies in place"
    return (
        "the hit counters were not read"
        if grounds.hits_rose is None
        else "the hit counters did not rise by each probe that a policy stopped or counted"
    )


def exposed_reason(measure: Measure, as_of: date) -> str:
    """Return the reason for "exposed": whether an exploit was public on a date."""
    if measure.exploit_public and as_of >= measure.exploit_public:
        return measure.public_text
    if measure.exploited_since and as_of >= measure.exploited_since:
        return measure.exploited_text
    return "no exploit is known to be public yet"


# -- what every measure has in common ---------------------------------------------------------------------------------


def _candidates(grounds: Grounds, measure: Measure, as_of: date) -> Iterator[Candidate]:
    if grounds.unreadable:
        yield VerdictWord.UNKNOWN, grounds.unreadable[0]
        if measure.traits.course.depends_on_build:
            yield from _from_probes(grounds, measure, as_of)
        return
    if grounds.not_covered:  # on a fixed build as well: the other node may run another build
        yield VerdictWord.PARTLY, grounds.not_covered[0]
    if grounds.last_run is not None:
        yield from _of_a_recurring_one(grounds, measure, grounds.last_run)
        return
    if measure.traits.course.depends_on_build:
        yield from _of_a_mitigation(grounds, measure, as_of)
        return
    ineffective = measure.ineffective_because(grounds.build, grounds.placements)
    if ineffective and grounds.is_asked_for:
        yield VerdictWord.INEFFECTIVE, f"{grounds.build}: {ineffective}"
    yield from _of_placements(grounds, measure)


def _with_policies_in_front(
    grounds: Grounds, acknowledgements: Sequence[Acknowledgement], measure: str, today: date
) -> Grounds:
    """Return the grounds with those policies in front of ours that nobody has acknowledged by name; each is named in what is missing."""
    given = {one.policy: of_policy(acknowledgements, one.policy, measure, today) for one in grounds.let_past}
    said = (f"{one} ({by})" if (by := given[one.policy]) is not None else str(one) for one in grounds.let_past)
    counts = tuple(one for one in grounds.let_past if one.is_sure and given[one.policy] is None)
    is_there = grounds.presence != Presence.ABSENT and not grounds.observing
    return (
        replace(grounds, let_past=counts, remarks=(*grounds.remarks, *said))
        if is_there
        else replace(grounds, let_past=())
    )


def _let_past(grounds: Grounds) -> Iterator[Candidate]:
    """Report what others in front of ours let go on: no probe from one place shows it."""
    if grounds.let_past:
        more = f" (and {len(grounds.let_past) - 1} more)" if len(grounds.let_past) > 1 else ""
        yield VerdictWord.PARTLY, f"{grounds.let_past[0]}{more}"


def _with_closed_access(grounds: Grounds, candidates: list[Candidate]) -> list[Candidate]:
    """Take closed VIPs into account: no client reaches what is exposed there, unless a probe has just shown the opposite."""
    closures = grounds.closures
    if not closures.closed or any(proof.sign is Sign.VULNERABLE for proof in grounds.proofs):
        return candidates
    names = ", ".join(closures.closed)
    if closures.open:
        return [
            (VerdictWord.PARTLY, _partly_closed(grounds) + reason) if word in _OPEN else (word, reason)
            for word, reason in candidates
        ]
    kept = [candidate for candidate in candidates if candidate[0] not in UNREACHABLE]
    if closures.unproven:
        is_all = len(kept) < len(candidates)  # nothing else is known to stop an attack
        return [*kept, (VerdictWord.UNPROVEN, closures.unproven_text)] if is_all else candidates
    return [*kept, (VerdictWord.CLOSED, f"{names}: {closures.text}")]


def _partly_closed(grounds: Grounds) -> str:
    """Return how the reason begins where some VIPs are closed, and others are not."""
    return f"{', '.join(grounds.closures.closed)} closed, and {', '.join(grounds.closures.open)} still open: "


def _word_of_what_is_open(verdict: Verdict, grounds: Grounds, candidates: Sequence[Candidate]) -> VerdictWord:
    """Return the word that says what is next: where only some VIPs are closed, that of the open ones, since another proof would change nothing."""
    return next(
        (word for word, reason in candidates if word in _OPEN and _partly_closed(grounds) + reason == verdict.reason),
        verdict.word,
    )


def _with_what_closed_ones_answer(grounds: Grounds) -> Grounds:
    """Return the grounds without probes that got no answer because all is switched off; one that got an answer all the same contradicts that."""
    closures = grounds.closures
    if not closures.closed or closures.open:
        return grounds
    answering = [proof for proof in grounds.proofs if not proof.is_silent]
    if not answering:
        return replace(grounds, proofs=())
    return replace(grounds, closures=replace(closures, unproven=f"{answering[0].asked} answers all the same"))


def _with_what_is_off(grounds: Grounds, candidates: Sequence[Candidate]) -> Grounds:
    """Return the grounds with what is switched off and nobody has proved, where no word says it."""
    text = grounds.closures.unproven_text
    is_told = any(reason == text for _word, reason in candidates)
    return grounds if not grounds.closures.unproven or is_told else replace(grounds, remarks=(*grounds.remarks, text))


def _not_saved(grounds: Grounds, how: str) -> Iterator[Candidate]:
    """:param how: how the measure is proven"""
    if not grounds.saved:
        unknown = "" if grounds.saved is False else "; whether it is saved cannot be read"
        yield VerdictWord.NOT_SAVED, how + unknown
    elif grounds.unsaved_secondary:
        yield VerdictWord.NOT_SAVED, f"{how}; {grounds.unsaved_secondary}"


def _lost_in_a_reboot(grounds: Grounds) -> Iterator[Candidate]:
    """Report that what is unproven is not saved either: it is shown where somebody acknowledged that it is unproven."""
    if grounds.saved is False:
        yield VerdictWord.NOT_SAVED, "it is not proven, and would be lost in a reboot"


def _earlier_proof(grounds: Grounds) -> str:
    """Return how the same state was proven earlier, in words; "" where it was not, or where a probe of this run has found something else.

    A VIP at which our closing stops the requests tells nothing. Each other one must answer as a proof needs it.
    """
    kept = [proof for proof in grounds.proofs if _is_kept_from_us(proof, grounds)]
    rest = [proof for proof in grounds.proofs if proof not in kept]
    asked = any(proof.signs for proof in grounds.proofs)
    is_held = all(grounds.is_expected(proof) and grounds.is_served(proof) for proof in rest)
    if (
        grounds.invoking
        or not grounds.proven_before
        or (rest and not kept)
        or not is_held
        or (asked and grounds.hits_rose is not True)
    ):
        return ""
    by_closing = "".join(f"; at {proof.vip} {proof.why_not_judged(attack=False)}" for proof in kept[:1])
    return f"proven {grounds.proven_before}, unchanged since{by_closing}"


def _is_kept_from_us(proof: VipProof, grounds: Grounds) -> bool:
    """Return True if our closing keeps each legitimate request from a VIP, and no attack is answered in another way than the policies explain."""
    return (
        proof.vip in grounds.closed_to_us
        and not proof.controls
        and bool(proof.why_not_judged(attack=False))
        and (grounds.is_expected(proof) if proof.signs else bool(proof.why_not_judged(attack=True)))
    )


def _first_difference(grounds: Grounds) -> str:
    first = grounds.changed_by_others or next(iter(grounds.drift), "")
    return f": {first}" if first else ""


# -- a mitigation -----------------------------------------------------------------------------------------------------


def _of_a_mitigation(grounds: Grounds, measure: Measure, as_of: date) -> Iterator[Candidate]:
    status = measure.build_status(grounds.build, grounds.placements)
    if status in (BuildStatus.FIXED, BuildStatus.NOT_AFFECTED):
        yield from _on_a_good_build(grounds, measure, status)
        return
    if grounds.nothing_to_protect:
        yield VerdictWord.NOT_AFFECTED, grounds.nothing_to_protect
        return
    yield from _from_probes(grounds, measure, as_of)
    if status is BuildStatus.INEFFECTIVE:
        reason = measure.ineffective_because(grounds.build, grounds.placements)
        yield VerdictWord.INEFFECTIVE, f"{grounds.build}: {reason}"
    yield from _from_configuration(grounds, measure, as_of)


def _on_a_good_build(grounds: Grounds, measure: Measure, status: BuildStatus) -> Iterator[Candidate]:
    for proof in grounds.proofs:
        if proof.sign is Sign.VULNERABLE:
            text = f"{proof.vip} answers like a vulnerable appliance, although {grounds.build} should not"
            yield VerdictWord.EXPOSED, text
    if grounds.presence != Presence.ABSENT:
        yield VerdictWord.LEFT_BEHIND, f"{grounds.build} has the fix, and {measure.id} is still in place"
    yield _of_a_good_build(grounds.build, status)


def _of_a_good_build(build: Build, status: BuildStatus) -> Candidate:
    if status is BuildStatus.FIXED:
        return VerdictWord.FIXED, f"{build} has the fix"
    return VerdictWord.NOT_AFFECTED, f"{build} was never affected"


def verdict_on_good_build(build: Build, measure: Measure) -> Verdict:
    """Return the verdict on a build that does not need a mitigation, whatever is in place."""
    return worst_verdict([_of_a_good_build(build, measure.build_status(build))], (), ())


def _from_probes(grounds: Grounds, measure: Measure, as_of: date) -> Iterator[Candidate]:
    if not measure.traits.proving.by_probes:
        return  # its probes only show that legitimate traffic is served
    in_place = grounds.presence != Presence.ABSENT or bool(grounds.covered_by)
    explained = grounds.feature_on and grounds.explained and in_place
    for proof in grounds.proofs:
        yield from _from_probe(proof, grounds, exposed_reason(measure, as_of), explained=explained)


def _from_probe(proof: VipProof, grounds: Grounds, reason: str, *, explained: bool) -> Iterator[Candidate]:
    """:param explained: the policies in place explain a block"""
    if proof.sign is Sign.VULNERABLE:
        word = VerdictWord.NOT_BLOCKING if grounds.observing else VerdictWord.EXPOSED
        why = f": {grounds.changed_by_others}" if grounds.let_count else ""
        yield word, f"{proof.vip} answers the attack{why}; {reason}"
    elif proof.sign is Sign.INFECTED:
        yield VerdictWord.BLOCKED_UNEXPLAINED, f"{proof.vip} answers like a machine infected with known malware"
    elif proof.sign is Sign.BLOCKED and not explained:
        text = f"{proof.vip} blocks the attack, and nothing on the appliance explains it"
        yield VerdictWord.BLOCKED_UNEXPLAINED, text
    elif explained and proof.sign is Sign.NOT_CONFIRMED and (deaf := _not_evaluated_at(proof.vip, grounds.build)):
        yield (
            VerdictWord.INEFFECTIVE,
            f"{grounds.build}: {deaf}: {proof.asked} answers the attack as if no rule were there",
        )
    elif _is_kept_from_us(proof, grounds) and grounds.proven_before:
        return  # what our closing stops is no failure of this measure
    elif proof.sign not in grounds.expected_signs or not proof.controls_served:
        # What only counts explains no block, and is there all the same.
        word = VerdictWord.UNPROVEN if explained or grounds.observing else VerdictWord.EXPOSED
        yield word, f"{proof.asked}: the probe is inconclusive ({proof.sign_text})"


def _not_evaluated_at(vip: Vip, build: Build) -> str:
    """Return why a build evaluates no responder policy at a VIP; "" where nothing is known of it."""
    bad = RESPONDER_AT_GATEWAYS.get(build.branch)
    return bad.reason if bad is not None and vip.kind == "vpn" and bad.covers(build.number) else ""


def _from_configuration(grounds: Grounds, measure: Measure, as_of: date) -> Iterator[Candidate]:
    absent = grounds.presence == Presence.ABSENT
    if not grounds.feature_on or (absent and not grounds.covered_by):
        off = "" if grounds.feature_on else "the feature RESPONDER is off; "
        absent_because = f"{grounds.absent_because}; " if grounds.absent_because else ""
        yield VerdictWord.EXPOSED, off + absent_because + exposed_reason(measure, as_of)
        return
    if grounds.observing and not grounds.covered_by:
        unsaved = ", and is not saved" if grounds.saved is False else ""
        text = grounds.changed_by_others or f"{', '.join(grounds.observing)} only counts and logs what it would block"
        yield VerdictWord.NOT_BLOCKING, f"{text}{unsaved}; {exposed_reason(measure, as_of)}"
    if grounds.presence == Presence.DRIFTED:
        version = f" v{grounds.version}" if grounds.version is not None else ""
        text = f"what is in place is not what {measure.id}{version} says{_first_difference(grounds)}"
        yield VerdictWord.DRIFTED, text
    if grounds.shadowed_by:
        yield VerdictWord.DRIFTED, grounds.shadowed_by
    yield from _let_past(grounds)
    if grounds.presence == Presence.OLDER and not grounds.is_other_version and not grounds.takes_away:
        cause = "; ".join(measure.edited) or "the inventory asks for something else since"
        yield VerdictWord.SUPERSEDED, f"v{grounds.version} is in place as our last run left it, and {cause}"
        yield from ((VerdictWord.UNPROVEN, str(one)) for one in grounds.invoking[:1])
        yield from _as_seen(grounds)
        return  # the proof of what is in place does not cover what is wanted now
    older = ""
    if grounds.presence == Presence.OLDER and grounds.is_other_version:
        older = f"v{grounds.version} is in place, v{measure.current_version} is current"
        # What protects is not called superseded by what would protect nobody.
        yield VerdictWord.UNPROVEN if grounds.takes_away else VerdictWord.SUPERSEDED, older
    how, why_not = _proof_of_a_mitigation(grounds)
    if why_not:
        what = f"{grounds.covered_by} is not ours, and " if absent else ""
        what = f"{older}, and " if older else what
        yield from _as_seen(grounds) if not absent else ()
        yield VerdictWord.UNPROVEN, what + why_not
        yield from _lost_in_a_reboot(grounds)
        return
    yield from _not_saved(grounds, how)
    general = (one for one in grounds.weaknesses if one.applies(grounds.build, as_of))
    weakness = measure.weakness(grounds.build, as_of) or next(general, None)
    if weakness is not None:
        text = f"{how}; since {weakness.since} {weakness.reason} ({weakness.reference})"
        yield VerdictWord.REDUCES_EXPOSURE, text
    if absent or grounds.observing:
        yield VerdictWord.MITIGATED_BY_OTHERS, f"{how}, by {grounds.covered_by}"
    yield VerdictWord.MITIGATED, how


def _as_seen(grounds: Grounds) -> Iterator[Candidate]:
    """Report what the last run that looked has seen, where this one has asked nothing itself: what is only read ends no exposure."""
    if grounds.proofs or grounds.observing:
        return
    if grounds.seen_passing:
        yield VerdictWord.EXPOSED, grounds.seen_passing
    if grounds.found_ineffective:
        yield VerdictWord.INEFFECTIVE, grounds.found_ineffective


def _proof_of_a_mitigation(grounds: Grounds) -> tuple[str, str]:
    """Return how the mitigation is proven, and the reason why it is not; one of the two is ""."""
    if grounds.read_back:
        return grounds.read_back, ""
    if grounds.not_verified:
        return "", grounds.not_verified + (", and it is not saved" if grounds.saved is False else "")
    if grounds.lets_pass:
        return "", f"by our own evaluation, the rule in place does not stop an attack of its entry: {grounds.lets_pass}"
    if is_proven(grounds):
        return "; ".join(proof.counts for proof in grounds.proofs), ""
    if earlier := _earlier_proof(grounds):
        return earlier, ""
    return "", unproven_because(grounds) + (", and it is not saved" if grounds.saved is False else "")


# -- a measure that the inventory asks for on every build -------------------------------------------------------------


def _of_a_recurring_one(grounds: Grounds, measure: Measure, last: LastRun) -> Iterator[Candidate]:
    """Report the age of the last run, and what keeps the next one from coming."""
    present, means = grounds.presence != Presence.ABSENT, last.recurring
    texts = [str(last)]
    if not grounds.feature_on and measure.traits.writing.needed_features:
        texts.append(f"{means.cannot}: the feature {_features(measure)} is off")
    if present and last.is_late:
        texts.append(means.still_there)
    text = "; ".join(texts)
    if grounds.presence == Presence.DRIFTED:
        yield VerdictWord.DRIFTED, f"{means.changed}{_first_difference(grounds)}"
    if last.is_late:
        yield VerdictWord.LATE, text
    elif last.at is None:
        yield VerdictWord.NOT_ASKED_FOR, text
    else:
        yield VerdictWord.ON_TIME, text


def _of_placements(grounds: Grounds, measure: Measure) -> Iterator[Candidate]:
    """Compare what is in place with what the inventory asks for, and report the modes."""
    absent = grounds.presence == Presence.ABSENT
    if not grounds.is_asked_for:
        if grounds.takes_away:
            yield from _of_what_is_no_longer_asked_for(grounds, measure)
        elif not absent:
            yield VerdictWord.SUPERSEDED, f"{measure.id} is in place, and the inventory no longer asks for it"
        yield VerdictWord.NOT_ASKED_FOR, grounds.nothing_to_protect or f"the inventory asks for no {measure.id} here"
        return
    if absent or not grounds.feature_on:
        reason = f"{measure.id} is not there" if grounds.feature_on else f"the feature {_features(measure)} is off"
        reason = grounds.absent_because or reason
        yield VerdictWord.NOT_IN_PLACE, reason
        return
    if grounds.presence == Presence.DRIFTED:
        text = "what is in place is not what the inventory says, and not what we left"
        yield VerdictWord.DRIFTED, text + _first_difference(grounds)
    if grounds.shadowed_by:
        yield VerdictWord.DRIFTED, grounds.shadowed_by
    yield from _let_past(grounds)
    if grounds.presence == Presence.OLDER and not grounds.takes_away:
        yield VerdictWord.SUPERSEDED, "the inventory asks for something else than what is in place"
        return  # the proof of what is in place does not cover what is wanted now
    how, why_not = _proof_of_placements(grounds)
    if grounds.presence == Presence.OLDER:
        asked = f"what the inventory asks for now would take that away from {', '.join(grounds.takes_away)}"
        how = how if grounds.placement_hits is not None and not why_not else _proof_of_what_protects(grounds)
        if not how:
            yield VerdictWord.UNPROVEN, f"what is in place blocks, and {asked}"
            return
        how, why_not = f"{how}; {asked}", ""
    if why_not:
        yield VerdictWord.UNPROVEN, why_not + (", and it is not saved" if grounds.saved is False else "")
        yield from _lost_in_a_reboot(grounds)
        return
    yield from _not_saved(grounds, how)
    yield from _observing(grounds.modes, how)
    yield VerdictWord.ENFORCING, how


def _of_what_is_no_longer_asked_for(grounds: Grounds, measure: Measure) -> Iterator[Candidate]:
    """Report protection that is left to itself. The policies of others around it are not read, so no earlier proof holds for it."""
    if grounds.presence == Presence.DRIFTED:
        yield VerdictWord.DRIFTED, f"what is in place is not what we left{_first_difference(grounds)}"
    services = ", ".join(grounds.takes_away)
    yield (
        VerdictWord.UNPROVEN,
        (
            f"{measure.id} is in place and its proof was not looked at, since the inventory no longer asks for it; "
            f"an apply would take it away from {services}" + ("; it is not saved" if grounds.saved is False else "")
        ),
    )
    yield from _lost_in_a_reboot(grounds)


def _features(measure: Measure) -> str:
    return " or ".join(sorted(measure.features | measure.traits.writing.needed_features))


def _proof_of_placements(grounds: Grounds) -> tuple[str, str]:
    """Return how the placements are proven, and the reason why they are not, or ""."""
    if grounds.read_back:
        return grounds.read_back, ""
    if grounds.placement_hits is not None:
        unseen = [name for name, hits in grounds.placement_hits.items() if not hits]
        why_not = f"no client that the rule is for has been seen yet at {', '.join(unseen)}" if unseen else ""
        return f"proven by {counted(sum(grounds.placement_hits.values()), 'hit')}", why_not
    if is_proven(grounds):
        return "proven at " + ", ".join(str(proof.vip) for proof in grounds.proofs), ""
    if earlier := _earlier_proof(grounds):
        return earlier, ""
    return "", unproven_because(grounds)


def _proof_of_what_protects(grounds: Grounds) -> str:
    """Return how the placements that are in place are proven, where the inventory asks for something else; "" where they are not.

    An earlier proof counts, unless a placement that is asked for is not there, or a probe of this run found something else than our block.
    """
    is_there = all(grounds.modes.values())
    is_held = all(proof.sign is Sign.BLOCKED_BY_US and grounds.is_served(proof) for proof in grounds.proofs)
    proven = grounds.read_back or (f"proven {grounds.proven_before}, unchanged since" if grounds.proven_before else "")
    return proven if is_there and is_held else ""


def _observing(modes: Mapping[str, Mode | None], how: str) -> Iterator[Candidate]:
    """:param modes: by placement, the mode that is in force"""
    by_mode = {mode: [name for name, in_force in modes.items() if in_force == mode] for mode in Mode}
    if by_mode[Mode.OBSERVE]:
        rest = f"; {', '.join(by_mode[Mode.ENFORCE])} blocks" if by_mode[Mode.ENFORCE] else ""
        yield VerdictWord.OBSERVING, f"{', '.join(by_mode[Mode.OBSERVE])} only counts{rest}; {how}"
