# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The verdict: the one word that a person reads for an appliance, and what it rests on. Pure.

:data:`VERDICTS` is the one table: precedence (its order, the worst first), the exit code in the Nagios sense, what
``apply`` does there, and the one next action. ``docs/verdicts.md`` is made from it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import (
    ENFORCE,
    OBSERVE,
    BuildStatus,
    Measure,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.proof.evidence import Evidence, Presence
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.proof.probes import Sign
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.closures import ClosureState

OK, WARNING, CRITICAL, UNKNOWN = 0, 1, 2, 3


@dataclass(frozen=True)
class Meaning:
    """One row of the verdict table."""

    word: str
    meaning: str
    exit_code: int
    apply_does: str
    next_action: str
    """May hold ``{fix}``, the build to upgrade to."""


VERDICTS: dict[str, Meaning] = {
    meaning.word: meaning
    for meaning in (
        Meaning(
            "blocked, unexplained",
            "the build is not fixed, the attack is answered as by a block or by known malware, and nothing on the appliance explains it",
            CRITICAL,
            "applies",
            "hunt: treat the appliance as compromised until it is explained",
        ),
        Meaning(
            "ineffective on this build",
            "the vendor says that what was published, or what is bound at a Gateway, does not work on this build",
            CRITICAL,
            "skips, unless forced",
            "upgrade to {fix}, or close external access",
        ),
        Meaning(
            "exposed", "the build is affected and nothing is known to stop the attack", CRITICAL, "applies", "apply.yml"
        ),
        Meaning(
            "not in place",
            "the inventory asks for the measure here, and it is not there",
            CRITICAL,
            "applies",
            "apply.yml",
        ),
        Meaning(
            "unknown",
            "something that the verdict needs could not be read",
            UNKNOWN,
            "refuses",
            "make it readable, then run status.yml again",
        ),
        Meaning(
            "drifted",
            "ours is there, but somebody changed it",
            CRITICAL,
            "corrects",
            "find out who changed it, then apply.yml",
        ),
        Meaning(
            "partly",
            "a node, a VIP or a partition is not covered or could not be looked at",
            CRITICAL,
            "applies where it can",
            "mend what is missing, then verify.yml",
        ),
        Meaning(
            "closed, decision overdue",
            "external access is switched off, and the moment of the next decision has passed; nothing reopens by itself",
            CRITICAL,
            "applies; nothing can be proven while it is closed",
            "decide: extend it with lockdown.yml -e extend=true, or reopen.yml",
        ),
        Meaning(
            "closed",
            "external access is switched off",
            WARNING,
            "applies; nothing can be proven while it is closed",
            "reopen.yml, when it is proven",
        ),
        Meaning(
            "applied, unproven",
            "the rule (or the closing) is in place, but no request from outside proved it yet",
            WARNING,
            "proves, then saves",
            "verify.yml",
        ),
        Meaning(
            "applied, not saved",
            "the rule works and would be lost in a reboot",
            WARNING,
            "saves",
            "apply.yml",
        ),
        Meaning(
            "superseded",
            "an older version of ours is in place, or the inventory asks for something else since",
            WARNING,
            "updates in place",
            "apply.yml",
        ),
        Meaning(
            "observing",
            "the measure only counts and logs what it would block, at some or all of its virtual servers",
            WARNING,
            "nothing",
            "look at what it would block, then set mode: enforce",
        ),
        Meaning(
            "reduces exposure",
            "the rule works, and the vendor says that it can be bypassed on this build",
            WARNING,
            "applies",
            "upgrade to {fix}",
        ),
        Meaning(
            "mitigated, not managed by us",
            "a readable policy of somebody else blocks the attack",
            WARNING,
            "puts ours behind it",
            "apply.yml, then retire the hand-made policy",
        ),
        Meaning(
            "mitigated", "the attack is blocked, proven from outside, and saved", OK, "nothing", "upgrade to {fix}"
        ),
        Meaning("enforcing", "the measure blocks, proven from outside, and saved", OK, "nothing", "none"),
        Meaning(
            "fixed, mitigation left behind",
            "a fixed build runs, and ours is still in place",
            WARNING,
            "nothing",
            "rollback.yml",
        ),
        Meaning("fixed", "a fixed build runs", OK, "nothing", "none"),
        Meaning("not asked for", "the inventory does not ask for the measure here", OK, "nothing", "none"),
        Meaning("not affected", "this release was never affected", OK, "nothing", "none"),
    )
}
PRECEDENCE = {word: position for position, word in enumerate(VERDICTS)}


@dataclass(frozen=True)
class Verdict:
    """A verdict with its reasons.

    :ivar rests_on: what was looked at, in words
    :ivar missing: what was not, or what is not covered; it does not change the word, and it is never hidden
    """

    word: str
    reason: str
    next_action: str
    exit_code: int
    rests_on: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def decide_verdict(evidence: Evidence, mitigation: Measure, as_of: date) -> Verdict:
    """Work out the verdict as of a date; the worst of what the evidence shows wins."""
    candidates = _with_closed_access(evidence, list(_candidates(evidence, mitigation, as_of)))
    fix = mitigation.fix_for(evidence.build, evidence.placements)
    return _worst(candidates, evidence.rests_on, evidence.not_covered + evidence.remarks, fix=fix)


def _worst(
    candidates: Iterable[tuple[str, str]], rests_on: tuple[str, ...], missing: tuple[str, ...], *, fix: str = ""
) -> Verdict:
    word, reason = min(candidates, key=lambda candidate: PRECEDENCE[candidate[0]])
    meaning = VERDICTS[word]
    return Verdict(word, reason, meaning.next_action.format(fix=fix), meaning.exit_code, rests_on, missing)


def _with_closed_access(evidence: Evidence, candidates: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """What closed VIPs change: nobody reaches what is exposed there, unless a probe has just shown the opposite."""
    standing = evidence.standing
    if not standing.closed or any(proof.sign is Sign.VULNERABLE for proof in evidence.proofs):
        return candidates
    names = ", ".join(standing.closed)
    if standing.open:
        partly = f"{names} closed, and {', '.join(standing.open)} still open: "
        return [("partly", partly + reason) if word == "exposed" else (word, reason) for word, reason in candidates]
    beside = ("exposed", "not in place", "ineffective on this build", "applied, unproven")
    return [
        *(candidate for candidate in candidates if candidate[0] not in beside),
        ("closed, decision overdue" if standing.overdue else "closed", f"{names}: {standing.text}"),
    ]


@dataclass(frozen=True)
class ClosureEvidence:
    """What the verdict on a lockdown is worked out from.

    :ivar standing: the virtual servers in scope
    :ivar answering: those that are switched off and answer all the same, in words
    :ivar unproven: those of which it is not known whether they stopped answering, in words
    :ivar saved: None where it isn't known
    """

    standing: ClosureState
    answering: tuple[str, ...] = ()
    unproven: tuple[str, ...] = ()
    saved: bool | None = None
    not_covered: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    rests_on: tuple[str, ...] = ()


def decide_closure(evidence: ClosureEvidence) -> Verdict | None:
    """The verdict on an appliance that was to be closed; None where nothing in scope is switched off."""
    standing = evidence.standing
    if not standing.closed:
        return None
    closed = f"{', '.join(standing.closed)}: {standing.text}"
    candidates = [("partly", text) for text in evidence.not_covered]
    if evidence.answering:
        candidates.append(("partly", "; ".join(evidence.answering)))
    if standing.open:
        candidates.append(("partly", f"{', '.join(standing.open)} still open; {closed}"))
    if standing.overdue:
        candidates.append(("closed, decision overdue", closed))
    elif evidence.unproven:
        candidates.append(("applied, unproven", f"{evidence.unproven[0]}; {closed}"))
    elif evidence.saved is False:
        candidates.append(("applied, not saved", closed))
    else:
        candidates.append(("closed", closed))
    return _worst(candidates, evidence.rests_on, evidence.not_covered + evidence.unproven + evidence.remarks)


def _candidates(evidence: Evidence, mitigation: Measure, as_of: date) -> Iterable[tuple[str, str]]:
    status = mitigation.build_status(evidence.build, evidence.placements)
    if evidence.unreadable:
        yield "unknown", evidence.unreadable[0]
        if mitigation.depends_on_build():
            yield from _from_probes(evidence, mitigation, as_of)
        return
    if evidence.not_covered:  # on a good build as well: the other node may run another one
        yield "partly", evidence.not_covered[0]
    if not mitigation.depends_on_build():
        ineffective = mitigation.ineffective_because(evidence.build, evidence.placements)
        if ineffective:
            yield "ineffective on this build", f"{evidence.build}: {ineffective}"
        yield from _of_what_is_asked_for(evidence, mitigation)
        return
    if status in (BuildStatus.FIXED, BuildStatus.NOT_AFFECTED):
        yield from _on_a_good_build(evidence, mitigation, status)
        return
    yield from _from_probes(evidence, mitigation, as_of)
    if status is BuildStatus.INEFFECTIVE:
        yield (
            "ineffective on this build",
            f"{evidence.build}: {mitigation.ineffective_because(evidence.build, evidence.placements)}",
        )
    yield from _from_configuration(evidence, mitigation, as_of)


def _on_a_good_build(evidence: Evidence, mitigation: Measure, status: BuildStatus) -> Iterable[tuple[str, str]]:
    fixed = status is BuildStatus.FIXED
    for proof in evidence.proofs:
        if proof.sign is Sign.VULNERABLE:
            yield "exposed", f"{proof.vip} answers like a vulnerable appliance, although {evidence.build} should not"
    if evidence.ours != Presence.ABSENT:
        yield "fixed, mitigation left behind", f"{evidence.build} has the fix, and {mitigation.id} is still in place"
    yield (
        ("fixed" if fixed else "not affected"),
        f"{evidence.build} " + ("has the fix" if fixed else "was never affected"),
    )


def is_proven(evidence: Evidence) -> bool:
    """The one definition of proven: every VIP answers as the policies in place explain, serves its control requests,
    and the counters of these policies rose by the number of blocked requests.
    """
    return (
        bool(evidence.proofs)
        and all(evidence.is_expected(proof) and proof.controls_served for proof in evidence.proofs)
        and not evidence.unprovable
        and set(evidence.expected_at) <= {proof.vip for proof in evidence.proofs}
        and evidence.hits_rose is True
    )


def unproven_because(evidence: Evidence) -> str:
    if not evidence.proofs:
        return "no probe has proved it"
    if evidence.unprovable:
        return f"no request from outside reaches {evidence.unprovable[0]}"
    if not all(evidence.is_expected(proof) for proof in evidence.proofs):
        return "the answers to the probes are not those of the policies in place"
    return "the hit counters were not read" if evidence.hits_rose is None else "the hit counters did not rise"


def exposed_reason(mitigation: Measure, as_of: date) -> str:
    if mitigation.exploit_public and as_of >= mitigation.exploit_public:
        return f"exploit public since {mitigation.exploit_public}"
    return "no exploit is known to be public yet"


def _from_probes(evidence: Evidence, mitigation: Measure, as_of: date) -> Iterable[tuple[str, str]]:
    explained = (
        evidence.feature_on and evidence.explained and (evidence.ours != Presence.ABSENT or bool(evidence.covered_by))
    )
    for proof in evidence.proofs:
        if proof.sign is Sign.VULNERABLE:
            yield "exposed", f"{proof.vip} answers the attack; {exposed_reason(mitigation, as_of)}"
        elif proof.sign is Sign.INFECTED:
            yield "blocked, unexplained", f"{proof.vip} answers like a machine infected with known malware"
        elif proof.sign is Sign.BLOCKED and not explained:
            yield "blocked, unexplained", f"{proof.vip} blocks the attack, and nothing on the appliance explains it"
        elif proof.sign not in evidence.expected_signs or not proof.controls_served:
            yield (
                "applied, unproven" if explained else "exposed",
                f"{proof.vip}: the probe says nothing ({proof.sign_text})",
            )


def _from_configuration(evidence: Evidence, mitigation: Measure, as_of: date) -> Iterable[tuple[str, str]]:
    if not evidence.feature_on or (evidence.ours == Presence.ABSENT and not evidence.covered_by):
        off = "" if evidence.feature_on else "the feature RESPONDER is off; "
        yield "exposed", off + exposed_reason(mitigation, as_of)
        return
    if evidence.ours == Presence.DRIFTED:
        what = f": {evidence.drift[0]}" if evidence.drift else ""
        yield "drifted", f"what is in place is not what {mitigation.id} v{evidence.version} says{what}"
    if evidence.shadowed_by:
        yield "drifted", evidence.shadowed_by
    if evidence.ours == Presence.OLDER:
        yield "superseded", f"v{evidence.version} is in place, v{mitigation.current_version} is current"
        if not evidence.proofs:
            return  # what proved the older version says nothing of the current one's attacks
    if is_proven(evidence):
        how = "blocked at " + ", ".join(str(proof.vip) for proof in evidence.proofs)
    elif not evidence.proofs and evidence.proven_before:
        how = f"proven {evidence.proven_before}, unchanged since"
    else:
        why = unproven_because(evidence) + (", and it is not saved" if evidence.saved is False else "")
        yield (
            "applied, unproven",
            why if evidence.ours != Presence.ABSENT else f"{evidence.covered_by} is not ours, and {why}",
        )
        return
    if not evidence.saved:
        yield "applied, not saved", how if evidence.saved is False else f"{how}; whether it is saved cannot be read"
    elif evidence.unsaved_peer:
        yield "applied, not saved", f"{how}; {evidence.unsaved_peer}"
    weakness = mitigation.weakness(evidence.build, as_of)
    if weakness is not None:
        yield "reduces exposure", f"{how}; since {weakness.since} {weakness.reason} ({weakness.reference})"
    if evidence.ours == Presence.ABSENT:
        yield "mitigated, not managed by us", f"{how}, by {evidence.covered_by}"
    yield "mitigated", how


def _proof_of_parts(evidence: Evidence) -> tuple[str, str]:
    """What proves the parts of a measure, or else why nothing does."""
    if evidence.part_hits is not None:
        unseen = [part for part, hits in evidence.part_hits.items() if not hits]
        why_not = f"nobody of whom it is about came by yet at {', '.join(unseen)}" if unseen else ""
        return f"proven by {sum(evidence.part_hits.values()):,} hits", why_not
    if is_proven(evidence):
        return "proven at " + ", ".join(str(proof.vip) for proof in evidence.proofs), ""
    if not evidence.proofs and evidence.proven_before:
        return f"proven {evidence.proven_before}, unchanged since", ""
    return "", unproven_because(evidence)


def _of_what_is_asked_for(evidence: Evidence, measure: Measure) -> Iterable[tuple[str, str]]:
    """A measure that no build makes needless: is it there as the inventory asks for it, and in which mode?"""
    if not evidence.asked:
        if evidence.ours != Presence.ABSENT:
            yield "superseded", f"{measure.id} is in place, and the inventory no longer asks for it"
        yield "not asked for", f"the inventory asks for no {measure.id} here"
        return
    if evidence.ours == Presence.ABSENT or not evidence.feature_on:
        yield "not in place", f"{measure.id} is not there" if evidence.feature_on else "the feature RESPONDER is off"
        return
    if evidence.ours == Presence.DRIFTED:
        what = f": {evidence.drift[0]}" if evidence.drift else ""
        yield "drifted", f"what is in place is not what the inventory says, and not what we left{what}"
    if evidence.shadowed_by:
        yield "drifted", evidence.shadowed_by
    if evidence.ours == Presence.OLDER:
        yield "superseded", "the inventory asks for something else than what is in place"
        return  # what proved that says nothing of what is wanted now
    how, why_not = _proof_of_parts(evidence)
    if why_not:
        saved = ", and it is not saved" if evidence.saved is False else ""
        yield "applied, unproven", why_not + saved
        return
    if not evidence.saved:
        yield "applied, not saved", how if evidence.saved is False else f"{how}; whether it is saved cannot be read"
    elif evidence.unsaved_peer:
        yield "applied, not saved", f"{how}; {evidence.unsaved_peer}"
    observing = [part for part, mode in evidence.modes.items() if mode == OBSERVE]
    if observing:
        blocking = [part for part, mode in evidence.modes.items() if mode == ENFORCE]
        rest = f"; {', '.join(blocking)} blocks" if blocking else ""
        yield "observing", f"{', '.join(observing)} only counts{rest}; {how}"
    yield "enforcing", how


def verdict_table() -> str:
    """The verdict table as Markdown; ``docs/verdicts.md`` holds it, and a test keeps the two equal."""
    exits = {OK: "0 ok", WARNING: "1 warning", CRITICAL: "2 critical", UNKNOWN: "3 unknown"}
    rows = ["| verdict | means | exit code | what `apply` does there | next action |", "|---|---|---|---|---|"]
    for meaning in VERDICTS.values():
        action = meaning.next_action.format(fix="the fixed build")
        rows.append(
            f"| `{meaning.word}` | {meaning.meaning} | {exits[meaning.exit_code]} | {meaning.apply_does} | {action} |"
        )
    return "\n".join(rows) + "\n"
