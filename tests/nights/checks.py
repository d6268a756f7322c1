# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Is a claim true of the world now, and was everything said that had to be? A kind of claim without a check is an error of the test."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.nights import (
    audit_checks,
    basis_checks,
    causes,
    cell_checks,
    course_checks,
    duty_checks,
    fact_checks,
    form_checks,
    hunt_checks,
    ledger_checks,
    ledger_text_checks,
    letter_checks,
    list_checks,
    moment_checks,
    next_checks,
    page_checks,
    preview_checks,
    reading_checks,
    report_checks,
    row_checks,
    run_checks,
    screen_checks,
    sentence_checks,
    status_checks,
    text_checks,
    told_checks,
    trace_checks,
    verdict_checks,
)
from tests.nights.claims import Claim
from tests.nights.held import Check, Held
from tests.nights.hunt_checks import by_a_wrong_clock
from tests.nights.text_claims import LINES

CAUSES = (
    *("observing", "taken_off", "opened", "bypassed", "not_proven", "changed", "partly", "passed", "ineffective"),
    *("older_build", "opened_by_others", "outdated", "not_known"),
)
CHECKS: dict[str, Check] = {
    **cell_checks.CELLS,
    **{
        f"verdict: {word}": verdict_checks.lets_nothing_pass
        for word in ("mitigated", "closed", "closed, decision overdue", "enforcing")
    },
    **{f"verdict: {word}": verdict_checks.fixed_and_shut for word in ("fixed", "fixed, mitigation left behind")},
    "verdict: not affected": verdict_checks.never,
    "verdict: exposed": verdict_checks.is_open,
    "verdict: observe, not blocking": verdict_checks.is_open,
    "verdict: drifted": causes.drifted,
    "verdict: ineffective on this build": verdict_checks.is_open,
    "verdict: partly": causes.partly,
    "verdict: unknown": verdict_checks.anything,
    "verdict: no verdict": verdict_checks.anything,
    "verdict: applied, unproven": verdict_checks.has_ours,
    "verdict: superseded": causes.superseded,
    "verdict: applied, not saved": verdict_checks.is_not_saved,
    **{f"verdict: reduces exposure{by}": verdict_checks.has_ours for by in ("", ", not by the vendor")},
    "verdict: blocked, unexplained": verdict_checks.lets_nothing_pass,
    "vex: fixed": verdict_checks.is_fixed_everywhere,
    "vex: known_not_affected": verdict_checks.never,
    "vex: known_affected": verdict_checks.not_all_fixed,
    "vex: under_investigation": verdict_checks.anything,
    **{f"prometheus: {code}": causes.code for code in range(4)},
    "decision: closed": verdict_checks.decision_closed,
    "decision: not covered": verdict_checks.not_covered,
    "decision: not known to be covered": verdict_checks.anything,
    "decision: the": verdict_checks.anything,
    "decision: a": verdict_checks.anything,
    "next: text": verdict_checks.anything,
    **{f"course: {state}": ledger_checks.was_protected for state in ("mitigated", "closed")},
    "course: fixed": ledger_checks.now_fixed,
    "course: not affected": verdict_checks.never,
    **{
        f"course: {state}": ledger_checks.was_open
        for state in (
            *(
                "exposed",
                "taken off",
                "observe, not blocking",
                "ineffective on this build",
                "drifted",
                "partly",
                "unknown",
            ),
            *("applied, unproven", "reduces exposure", "reduces exposure, not by the vendor", "closed for some"),
        )
    },
    **{f"loss: {cause}": causes.loss for cause in CAUSES},
    "node build: fixed": ledger_checks.node_fixed,
    "node build: not affected": verdict_checks.never,
    "node build: exposed": ledger_checks.node_open,
    "node build: unknown": verdict_checks.anything,
    **{
        f"node management: {state}": ledger_checks.management_shut
        for state in ("mitigated", "fixed", "not affected", "closed")
    },
    **{
        f"node management: {state}": verdict_checks.anything
        for state in (
            "exposed",
            "unknown",
            "applied, not saved",
            "drifted",
            "taken off",
            "observe, not blocking",
            "partly",
            "applied, unproven",
            "ineffective on this build",
            "reduces exposure",
            "reduces exposure, not by the vendor",
        )
    },
    **{f"closing: {step}": ledger_checks.closing for step in ("off", "countries", "partners", "paths", "notice")},
    "ledger: fixed": lambda held, claim: (
        ledger_checks.ledger_fixed(held, claim) or duty_checks.fixed_since(held, claim)
    ),
    "answer: open": ledger_checks.open_again,
    "answer: patch_first": ledger_checks.passed_since_public,
    "answer: assume_compromised": verdict_checks.anything,
    "answer: unknown": verdict_checks.anything,
    "letter: text": letter_checks.letter_text,
    **{
        f"letter: {kind}": letter_checks.letter_closed
        for kind in ("closed", "closed_notice", "closed_partners", "closed_countries", "closed_paths")
    },
    "letter: open": letter_checks.letter_open,
    "letter: exposed": letter_checks.letter_exposure,
    "letter: protection_ended": letter_checks.letter_exposure,
    "letter: management_exposed": letter_checks.letter_management,
    "letter: one_not_fixed": letter_checks.on_each(letter_checks.nodes_differ),
    **{f"letter: {kind}": verdict_checks.anything for kind in ("mitigated", "put_back", "removed")},
    "letter: proven": letter_checks.on_each(letter_checks.proven),
    "letter: observing": letter_checks.on_each(letter_checks.observes),
    "letter: taken_off": letter_checks.on_each(letter_checks.is_off),
    "letter: ineffective": verdict_checks.anything,
    **{f"letter: {kind}": letter_checks.on_each(verdict_checks.has_ours) for kind in ("reduces", "stop_gap")},
    "letter: fixed": letter_checks.on_each(verdict_checks.is_fixed_everywhere),
    "letter: broken_in": letter_checks.broken_in,
    "letter: no_traces": letter_checks.no_traces,
    **{
        f"letter: {kind}": verdict_checks.anything
        for kind in (
            "weakness",
            "weakness_behind",
            "exploit_public",
            "listed",
            "next_message",
            "not_proven",
            "not_known",
            "management_not_known",
            "shown_as_off",
            "access_not_known",
            "not_searched",
            "traces_unclear",
            "logs_too_short",
            "decide_reopen",
            "decide_recovery",
            "nothing_to_decide",
        )
    },
    "screen: build": text_checks.build,
    "screen: closed": text_checks.closed,
    "screen: not closed": text_checks.not_closed,
    "screen: step not in force": text_checks.not_in_force,
    "screen: overdue": text_checks.overdue,
    "screen: lost": text_checks.lost,
    "screen: unreachable": text_checks.unreachable,
    "screen: nothing found": text_checks.nothing_found,
    **{f"screen: {kind}": verdict_checks.anything for kind in LINES},
    "page: text": text_checks.page_text,
    "calls: order": lambda held, claim: (
        letter_checks.order_of_calls(held, claim) or duty_checks.order_of_calls(held, claim)
    ),
    "duties: clocks": lambda held, claim: letter_checks.clocks(held, claim) or duty_checks.clocks(held, claim),
    "duties: minutes": duty_checks.minutes,
    **{
        f"audit: {kind}": ledger_checks.audited
        for kind in ("apply", "rollback", "verify", "lockdown", "reopen", "node_local", "end_sessions", "on_box")
    },
}


def wrong_claim(held: Held, claim: Claim) -> str:
    """Return why a claim is not true; "" where it is."""
    check = CHECKS.get(claim.kind)
    return "there is no check for it" if check is None else check(held, claim)


def unsaid(held: Held) -> Iterator[str]:
    """Yield what is so, can be known, and is not said."""
    for appliance in held.night.appliances:
        yield from _unsaid_of(held, appliance)
        yield from _unsaid_of_a_hunt(held, appliance)
    for customer in held.night.world.customers():
        yield from _unsaid_in_letter(held, customer)
    for left_out in (
        *(duty_checks.overdue_left_out, duty_checks.exposure_left_out, duty_checks.traces_left_out),
        duty_checks.ended_before,
        *(duty_checks.own_name_left_out, duty_checks.names_of_others, moment_checks.wrong_moments),
        *(run_checks.unsaid_of_runs, duty_checks.cut_without_need, duty_checks.without_due),
        *(status_checks.wrong_in_a_status, next_checks.wrong_next, course_checks.wrong_courses),
        *(hunt_checks.wrong_searches, hunt_checks.wrong_hunt_words, reading_checks.wrong_readings),
        *(told_checks.wrong_tellings, form_checks.badly_formed),
        *(list_checks.wrong_lists, row_checks.wrong_rows, fact_checks.wrong_facts),
        *(
            report_checks.wrong_reports,
            page_checks.wrong_pages,
            screen_checks.wrong_screens,
            preview_checks.wrong_previews,
            cell_checks.left_out_of_files,
        ),
    ):
        yield from left_out(held)


def unsaid_of_all(held: Held) -> Iterator[str]:
    """Yield what is not so, or left out, of what is about all weaknesses together."""
    for left_out in (
        *(audit_checks.wrong_audits, sentence_checks.wrong_letters, list_checks.wrong_calls),
        *(
            basis_checks.wrong_bases,
            row_checks.wrong_answers,
            ledger_text_checks.wrong_ledger_texts,
            trace_checks.wrong_traces,
        ),
    ):
        yield from left_out(held)


def _unsaid_of(held: Held, appliance: str) -> Iterator[str]:
    passed = held.passed(appliance)
    about = held.found.ledger["appliances"][appliance]
    if not about["answers"]:
        yield f"the ledger has no answer for {appliance}"
    if passed:
        for answer in about["answers"]:
            if answer["answer"] == "open":
                yield f"it passes at {passed[0]}, and reopen says open for {answer['customer']}"
            for row in answer["rows"]:
                if row["entry"] == held.weakness.id and row["course"][-1]["protects"]:
                    yield f"it passes at {passed[0]}, and the ledger says {row['course'][-1]['state']}"
    said = {answer["customer"] for answer in about["answers"]}
    missing = {*held.night.world.customers(appliance)} - said
    if missing:
        yield f"the ledger of {appliance} leaves out {sorted(missing)}"


def _unsaid_in_letter(held: Held, customer: str) -> Iterator[str]:
    facts = held.found.facts.get(customer)
    if facts is None:
        yield f"{customer} has no letter"
        return
    exposed = letter_checks.exposed_now(held, customer)
    lasting = [one for one in facts.facts if str(one.kind) in ("exposed", "protection_ended") and one.until is None]
    not_known = [one for one in facts.facts if str(one.kind) == "not_known"]
    if exposed and not lasting and not not_known:
        yield f"it passes at {exposed[0]}, and the letter of {customer} has no exposure that lasts"
    managed = [
        name for name in {one.appliance for one in held.night.world.places_of(customer=customer)} if held.managed(name)
    ]
    told = [one for one in facts.facts if str(one.kind) == "management_exposed" and one.until is None]
    if managed and not (told or lasting or not_known):
        yield f"it passes at a management address of {managed[0]}, and the letter of {customer} does not say it"


def _unsaid_of_a_hunt(held: Held, appliance: str) -> Iterator[str]:
    """Yield what does not say that the last hunt of this control node found a break-in, and that the clocks of duties run."""
    hunts = [one for one in held.actions if (one.name, one.appliance, one.by) == ("hunt", appliance, held.found.by)]
    if not hunts or " compromise" not in hunts[-1].said:
        return
    for answer in held.found.ledger["appliances"][appliance]["answers"]:
        if answer["answer"] != "assume_compromised":
            yield f"a hunt found a break-in at {appliance}, and reopen says {answer['answer']} for {answer['customer']}"
    for customer in held.night.world.customers(appliance):
        if "broken_in" not in {str(one.kind) for one in held.found.facts[customer].facts}:
            yield f"a hunt found a break-in at {appliance}, and the letter of {customer} does not say it"
        if not held.found.duties[customer]["clocks"]:
            yield f"a hunt found a break-in at {appliance}, and no clock runs for {customer}"


def taken_for_others(held: Held) -> Iterator[str]:
    """Yield what takes our own requests for those of an attacker, where nobody else has sent any."""
    last = held.actions[-1]
    for appliance in held.night.appliances:
        own = [one for one in held.actions if one.appliance == appliance]
        if any(one.name.startswith("attack") or one.by != held.found.by for one in own):
            continue
        is_attacked = any(one.name.startswith("attack") for one in held.night.actions if one.appliance == appliance)
        tells = last.appliance == appliance and last.name in ("hunt", "alarm")  # of all weaknesses together
        is_by_a_clock = tells and len(last.report.get("findings", ())) == len(by_a_wrong_clock(held, last)) > 0
        if tells and not is_attacked and not is_by_a_clock and SUSPECTED.search(last.said):
            yield f"nobody has attacked {appliance}, and {last.name} says {last.said}"
        result = held.found.status.results[appliance]
        hits, probes = ({**(result.get(name) or {})} for name in ("hits", "probe_hits"))
        others = sum(count - probes.get(name, 0) for name, count in hits.items() if held.weakness.id in name)
        if others > 0:
            yield f"nobody has attacked {appliance}, and status counts {others} hits of others"


SUSPECTED = re.compile(r"\d (attempt|compromise|review)|(attempt|compromise|review): ")


def status_against_ledger(held: Held) -> Iterator[str]:
    """Yield where status and ledger, made at the same time, do not agree whether it is protected."""
    for appliance in held.night.appliances:
        result = held.found.status.results[appliance]
        verdict = result.get("verdict_of_the_measure") or result.get("verdict") or {}
        rows = [
            row
            for one in held.found.ledger["appliances"][appliance]["answers"]
            for row in one["rows"]
            if row["entry"] == held.weakness.id
        ]
        for row in rows[:1]:
            now, word = row["course"][-1], verdict.get("word", "no verdict")
            if word == "partly" and len({*held.now.builds[appliance]}) > 1:
                continue  # the fix on one node, and a proven rule on the other: no exposure, and the nodes differ
            says = f"status says {word}, and the ledger {now['state']} ({now['reason']})"
            if now["protects"] and word in LETS_PASS and now["state"] != "closed":
                yield says
            if not now["protects"] and word in STATUS_PROTECTS and now["state"] != "unknown":
                yield says
            if now["state"] in SEEN and word == "applied, unproven" and now["reason"].startswith("record "):
                yield says


LETS_PASS = ("exposed", "observe, not blocking", "partly", "drifted", "unknown", "ineffective on this build")
"""The words of status.yml that say that an attack passes, or that nobody knows."""
SEEN = ("exposed", "ineffective on this build")
"""What a run has seen of a measure that is in place: a status that asks nothing itself says so too."""
STATUS_PROTECTS = ("mitigated", "fixed", "fixed, mitigation left behind", "not affected", "closed")
