# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What was true at each time: from when to when an attack could pass, and what ended that."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.closing_steps import LadderStep
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry import Case, Entry, Surface
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.predicates import parse_predicate
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.course import Course
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.loss import LossCause
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.sourced_date import Confidence
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.state import Extent, State

from tests.unit.plugin_utils.judgement.course.stories import NOW, appliance_course, course, told
from tests.unit.plugin_utils.judgement.exposure.test_history import BAD, DEAF, ENTRY, GOOD, PROVEN, policy, record

OURS = "tq_cve_2019_19781"


BINDING = "responderglobal_responderpolicy_binding"


def test_a_second_exposure_between_two_proofs_is_in_the_course() -> None:
    """The row of the ledger has one date for the mitigation: the time between was lost."""
    first = record("apply", "2019-12-20T21:00", proof=PROVEN)
    off = record(
        "rollback", "2020-01-05T10:00", undoes=[first.name], decided_by="J. Jansen", reason="it stops a customer"
    )
    found = course(first, off, record("apply", "2020-01-12T10:00", proof=PROVEN))
    assert told(found.line) == [
        "2019-12-17 exposed",
        "2019-12-20 21:00 mitigated",
        "2020-01-05 10:00 taken off",
        "2020-01-12 10:00 mitigated",
    ]
    assert [one.since.text[:10] for one in found.exposures()] == ["2019-12-17", "2020-01-05"]
    assert found.now.state is State.MITIGATED
    at = found.at(datetime(2020, 1, 8, tzinfo=UTC))
    assert at is not None
    assert (at.state, at.by) == (State.TAKEN_OFF, "J. Jansen (it stops a customer)")
    assert found.at(datetime(2019, 12, 1, tzinfo=UTC)) is None
    assert not found.is_protected(datetime(2020, 1, 1, tzinfo=UTC))
    assert found.is_protected(datetime(2020, 1, 1, tzinfo=UTC), datetime(2020, 1, 5, tzinfo=UTC))
    losses = [(one.since.text, one.reason, one.by, one.found.source) for one in found.losses]
    source = f"record {off.name[:-5]}"
    assert losses == [
        ("2020-01-05 10:00 UTC", f"it was taken off 2020-01-05 10:00 UTC ({source})", "J. Jansen (it stops a customer)", source)
    ]  # fmt: skip
    assert not found.changes(), "it was brought in again"


def test_an_attack_that_passed_puts_the_time_since_the_proof_in_doubt() -> None:
    passes = {"proven": False, "contradicted": ["an attack passes at gw"]}
    found = course(
        record("apply", "2019-12-20T21:00", proof=PROVEN),
        record("verify", "2020-01-16T16:00", proof=passes),
        record("verify", "2020-01-17T09:00", proof=PROVEN),
    )
    assert told(found.line) == [
        "2019-12-17 exposed",
        "2019-12-20 21:00 unknown",
        "2020-01-16 16:00 exposed",
        "2020-01-17 09:00 mitigated",
    ]
    assert found.line[1].reason.endswith("saw an attack pass: since when is not known")


GONE = policy(OURS)
CHANGED = policy(OURS, "rp_of_another")
SWITCHED_OFF = [
    {
        "type": "nsfeature",
        "key": ["RESPONDER"],
        "before": {"enabled": False},
        "after": {"enabled": True},
        "state": "done",
    }
]


@pytest.mark.parametrize(
    ("steps", "what"),
    [
        (GONE, "responder policy tq_cve_2019_19781 gone"),
        (CHANGED, "responder policy tq_cve_2019_19781 changed"),
        (SWITCHED_OFF, "the feature RESPONDER off"),
    ],
)
def test_what_a_run_had_to_repair_is_not_known_since_the_run_that_saw_it_last(
    steps: list[dict[str, Any]], what: str
) -> None:
    """Seen: proven without a gap, although the record of the second apply binds again what somebody else had unbound."""
    found = course(
        record("apply", "2019-12-18T21:00", steps=policy(OURS), proof=PROVEN),
        record("verify", "2019-12-20T21:00", proof=PROVEN),
        record("apply", "2020-01-05T10:00", steps=steps, proof=PROVEN),
    )
    assert told(found.line)[1:] == [
        "2019-12-18 21:00 mitigated",
        "2019-12-20 21:00 unknown",
        "2020-01-05 10:00 mitigated",
    ]
    assert f" found {what}, and no record says who had done that" in found.line[2].reason
    assert (found.measure.mitigated.text, found.measure.proven.text) == ("2020-01-05 10:00 UTC",) * 2
    assert found.line[2].reason in found.conflicts


@pytest.mark.parametrize(
    ("proof", "why", "now"),
    [
        ({"verdict": "partly", "proven": True}, "found something that it does not hold for", "partly"),
        ({"verdict": "exposed", "proven": False, "contradicted": ["gw"]}, "saw an attack pass", "exposed"),
    ],
)
def test_what_a_run_finds_left_out_was_perhaps_so_before_what_it_changed(
    proof: dict[str, Any], why: str, now: str
) -> None:
    """Seen: proven until the apply that found a policy of somebody else in front, as it had changed a text of ours too."""
    found = course(
        record("apply", "2019-12-18T21:00", steps=policy(OURS), proof=PROVEN),
        record("apply", "2020-01-05T10:00", steps=policy("tq_cve_2019_19781__new", OURS), proof={**PROVEN, **proof}),
    )
    assert told(found.line)[1:] == ["2019-12-18 21:00 unknown", f"2020-01-05 10:00 {now}"]
    assert why in found.line[1].reason


def test_what_was_proven_to_block_does_not_only_count() -> None:
    """Seen: the run of another control node that let it block is in no record here, and the ledger said that an attack passes."""
    watching = record("apply", "2019-12-18T21:00", steps=policy("NOOP"))
    proven = record("verify", "2020-01-05T10:00", proof={**PROVEN, "verdict": "mitigated"})
    found = course(watching, proven)
    assert told(found.line)[1:] == ["2019-12-18 21:00 observe, not blocking", "2020-01-05 10:00 unknown"]
    assert "proved that it blocks, and by the records here it only counts" in found.now.reason
    again = record("apply", "2020-01-06T10:00", steps=policy(OURS, "NOOP"), proof=PROVEN)
    assert told(course(watching, proven, again).line)[-1] == "2020-01-06 10:00 mitigated"


def test_what_was_proven_to_block_is_compared_by_its_fingerprint() -> None:
    """Seen: unknown for good, since an apply had nothing to change and so wrote no record."""
    watching = record("apply", "2019-12-18T21:00", steps=policy("NOOP"))
    seen = {**PROVEN, "verdict": "mitigated", "places": "a"}
    history = [watching, record("verify", "2020-01-05T10:00", proof=seen)]
    before = ["2019-12-18 21:00 observe, not blocking", "2020-01-05 10:00 mitigated"]
    same = course(*history, as_left={ENTRY.id: {"default": {"a"}}})
    assert told(same.line)[1:] == before
    assert not same.measure.state.left["default"], "what the runs left is not what is there"
    assert "by the records here it only counts" in same.conflicts[0]
    assert course(*history, as_left={ENTRY.id: {"default": {"b"}}}).now.state is State.UNPROVEN
    put_back = record("apply", "2020-01-08T10:00", steps=policy(OURS, "other"), proof=PROVEN)
    doubted = [*before, "2020-01-05 10:00 unknown", "2020-01-08 10:00 mitigated"]
    assert told(course(*history, put_back).line)[1:] == doubted, (
        "it held when it was proven, until the end of that second"
    )
    off = record("apply", "2020-01-08T10:00", steps=policy("NOOP", OURS))
    assert told(course(*history, off).line)[1:] == [*before, "2020-01-08 10:00 observe, not blocking"]


def test_a_rollback_that_died_before_its_first_write_took_nothing_off() -> None:
    """Seen: drifted for good, beside a status that says mitigated, as an apply had nothing to put back."""
    first = record("apply", "2019-12-18T21:00", steps=policy(OURS), proof=PROVEN)
    planned = [{**policy("", OURS)[0], "state": "planned"}]
    died = record("rollback", "2020-01-05T10:00", undoes=[first.name], outcome="open", steps=planned)
    assert told(course(first, died).line)[1:] == ["2019-12-18 21:00 mitigated"]


def test_a_run_that_changes_only_what_is_logged_ends_no_proof() -> None:
    """Seen: "applied, unproven" since a run behind a notice that switched user-defined audit logging on."""
    first = record("apply", "2019-12-18T21:00", steps=policy(OURS), proof=PROVEN)
    on, off = {"userdefinedauditlog": "YES"}, {"userdefinedauditlog": "NO"}
    logs = {"type": "auditsyslogparams", "key": [], "before": off, "after": on, "state": "done"}
    not_asked = {**PROVEN, "proven": False, "verdict": "mitigated"}
    second = record("apply", "2020-01-05T10:00", steps=[logs], proof=not_asked)
    back = {**logs, "before": on, "after": off}
    undo = record("rollback", "2020-01-06T10:00", undoes=[second.name], steps=[back], proof={"state": "read back"})
    for runs in ((first, second), (first, second, undo)):
        found = course(*runs)
        assert told(found.line)[1:] == ["2019-12-18 21:00 mitigated"]
        assert found.now.reason == "proven 2019-12-18 21:00 UTC"
    changed = record(
        "apply",
        "2020-01-05T10:00",
        steps=[logs, *policy(OURS)],
        proof={"proven": False, "verdict": "applied, unproven"},
    )
    assert told(course(first, changed).line)[-1] == "2020-01-05 10:00 applied, unproven"


def test_an_undo_ends_the_proof_of_what_it_took_back() -> None:
    """Seen: proven today while the attack passed, as the undo had put back the rule that somebody else had broken."""
    first = record("apply", "2019-12-18T21:00", steps=policy(OURS), proof=PROVEN)
    repaired = record("apply", "2020-01-05T10:00", steps=policy(OURS, "rp_of_another"), proof=PROVEN)
    back = record("rollback", "2020-01-06T10:00", undoes=[repaired.name], steps=policy("rp_of_another", OURS))
    assert told(course(first, repaired, back).line)[1:] == [
        "2019-12-18 21:00 mitigated",
        "2019-12-18 21:00 unknown",
        "2020-01-05 10:00 mitigated",
        "2020-01-06 10:00 taken off",
    ]
    unproven = record("apply", "2019-12-18T21:00", steps=policy(OURS))
    found = course(unproven, repaired, back)
    assert told(found.line)[-1] == "2020-01-06 10:00 taken off"
    assert found.conflicts[-1] == f"record {back.name[:-5]} put back what somebody else had changed"


@pytest.mark.parametrize(
    ("beside", "state", "reason"),
    [
        ("a1", "mitigated", "proven 2020-01-06 10:00 UTC"),
        (
            "b2",
            "applied, unproven",
            "put back what record {} proved, and what is bound beside it is not what that run has seen",
        ),
        ("", "applied, unproven", "put back what record {} proved, and what is bound beside it is in no record of it"),
    ],
)
def test_an_undo_puts_back_a_proof_only_beside_what_that_has_seen(beside: str, state: str, reason: str) -> None:
    """Seen in a night: proven since the undo, although somebody had bound a policy in front that let the attack pass."""
    first = record("apply", "2019-12-18T21:00", steps=policy(OURS), proof={**PROVEN, "places": "a1"})
    counts = record("apply", "2020-01-05T10:00", steps=policy("NOOP", OURS))
    read = {"state": "read back", **({"places": beside} if beside else {})}
    back = record("rollback", "2020-01-06T10:00", undoes=[counts.name], steps=policy(OURS, "NOOP"), proof=read)
    found = course(first, counts, back)
    assert told(found.line)[-1] == f"2020-01-06 10:00 {state}"
    assert found.now.reason.endswith(reason.format(first.name[:-5]))
    again = record("apply", "2020-01-07T10:00", steps=policy("NOOP", OURS))
    twice = record("rollback", "2020-01-08T10:00", undoes=[again.name], steps=policy(OURS, "NOOP"), proof=read)
    assert told(course(first, counts, back, again, twice).line)[-1] == f"2020-01-08 10:00 {state}"


def test_what_is_only_read_does_not_put_right_that_a_build_does_not_evaluate_it() -> None:
    """Seen in a night of two weaknesses: unproven since the reading, "as our runs left it again", as nothing had changed."""
    deaf = {"proven": False, "verdict": "ineffective on this build"}
    first = record("apply", "2019-12-18T21:00", steps=policy(OURS), proof=deaf)
    same = course(first, build=BAD, as_left={ENTRY.id: {"default": {"a"}}})
    assert told(same.line)[-1] == "2019-12-18 21:00 ineffective on this build"
    other = course(first, build="13.0 36.27", as_left={ENTRY.id: {"default": {"a"}}})
    assert other.now.state is State.UNPROVEN


def test_an_undo_that_found_the_policy_unbound_doubts_the_proof_before_it() -> None:
    """Seen: proven until the undo, although somebody had unbound the policy: the undo has no step for what it found gone."""
    place = {"policyname": OURS, "type": "REQ_OVERRIDE", "priority": "10"}
    bind = {"type": BINDING, "key": [OURS, "REQ_OVERRIDE"], "before": None, "after": place, "state": "done"}
    unbind = {**bind, "before": place, "after": None}
    remove = [{**one, "before": one["after"], "after": None} for one in policy(OURS)]
    first = record("apply", "2019-12-18T21:00", steps=[*policy(OURS), bind], proof=PROVEN)
    found = course(first, record("rollback", "2020-01-05T10:00", undoes=[first.name], steps=remove))
    assert told(found.line)[2:] == ["2019-12-18 21:00 unknown", "2020-01-05 10:00 taken off"]
    assert f"found responder global {OURS} gone" in found.line[2].reason
    whole = course(first, record("rollback", "2020-01-05T10:00", undoes=[first.name], steps=[unbind, *remove]))
    assert told(whole.line)[1:] == ["2019-12-18 21:00 mitigated", "2020-01-05 10:00 taken off"]


def test_a_run_that_changes_what_it_finds_as_it_was_left_repairs_nothing() -> None:
    found = course(
        record("apply", "2019-12-18T21:00", steps=policy(OURS), proof=PROVEN),
        record("apply", "2020-01-05T10:00", steps=policy("tq_cve_2019_19781__new", OURS), proof=PROVEN),
    )
    assert told(found.line)[1:] == ["2019-12-18 21:00 mitigated"]
    assert found.conflicts == ()


def test_what_only_counts_is_not_proven_or_can_be_bypassed_ends_no_exposure() -> None:
    late = date(2026, 11, 28)
    (kept,) = policy(OURS, OURS)
    rule = [{**kept, "after": {**kept["after"], "rule": 'HTTP.REQ.URL.CONTAINS("/vpns/")'}}]
    found = course(
        record("apply", "2019-12-18T21:00", steps=policy("NOOP")),
        record("apply", "2019-12-19T21:00", steps=policy(OURS, "NOOP")),
        record("verify", "2019-12-20T21:00", proof=PROVEN),
        record("apply", "2019-12-21T21:00", steps=rule, proof=PROVEN),
        at=datetime(2026, 11, 28, tzinfo=UTC),
        as_of=late,
    )
    assert told(found.line) == [
        "2019-12-17 exposed",
        "2019-12-18 21:00 observe, not blocking",
        "2019-12-19 21:00 applied, unproven",
        "2019-12-20 21:00 mitigated",
        "2026-09-27 reduces exposure",
    ]
    assert found.now.since.confidence is Confidence.PUBLISHED
    assert [one.state for one in found.exposures()][-1] is State.REDUCES


BY_OURSELVES = {"proven": True, "verdict": "reduces exposure, not by the vendor"}
assert ENTRY.measure is not None
GAP = replace(ENTRY, measure=replace(ENTRY.measure, stop_gap="blog"))


@pytest.mark.parametrize(
    ("proof", "entry"),
    [
        (BY_OURSELVES, GAP),
        (PROVEN, GAP),
        (BY_OURSELVES, ENTRY),  # of a catalogue that says otherwise by now: the run knew what it proved
        (BY_OURSELVES, replace(ENTRY, measure=None)),
    ],
)
def test_a_stop_gap_ends_no_exposure_and_its_loss_is_told(proof: dict[str, Any], entry: Entry) -> None:
    first = record("apply", "2019-12-20T21:00", steps=policy(OURS), proof=proof)
    found = course(
        first,
        record("verify", "2019-12-22T21:00", proof=proof),
        record("rollback", "2019-12-24T21:00", steps=policy("", OURS), undoes=[first.name]),
        entry=entry,
    )
    assert told(found.line) == [
        "2019-12-17 exposed",
        "2019-12-20 21:00 reduces exposure, not by the vendor",
        "2019-12-24 21:00 taken off",
    ]
    (exposure,) = {one.state.protects for one in found.line}
    assert not exposure
    assert [(one.cause, one.before, one.after) for one in found.losses] == [
        (LossCause.TAKEN_OFF, Extent.PART, Extent.NONE)
    ]


def test_a_run_whose_probes_nobody_answered_proves_no_stop_gap() -> None:
    """Seen: where no probe is answered the word stays that of the proof before it, and the record of such a run counted as a proof."""
    first = record("apply", "2019-12-20T21:00", steps=policy(OURS), proof={"proven": False, "verdict": "exposed"})
    unheard = record("apply", "2019-12-22T21:00", proof={**BY_OURSELVES, "proven": False})
    found = course(first, unheard, entry=GAP)
    assert State.STOP_GAP not in {one.state for one in found.line}


def test_a_build_on_which_the_rule_has_no_effect_lets_everything_pass() -> None:
    found = course(
        record("apply", "2019-12-20T21:00", DEAF, proof=PROVEN),
        record("verify", "2020-01-05T10:00", BAD, proof=PROVEN),
    )
    assert told(found.line) == [
        "2019-12-17 exposed",
        "2019-12-20 21:00 ineffective on this build",
        "2020-01-05 10:00 mitigated",
    ]
    back = course(
        record("apply", "2019-12-20T21:00", BAD, proof=PROVEN), record("verify", "2020-01-05T10:00", DEAF), build=DEAF
    )
    assert told(back.line)[1:] == [
        "2019-12-20 21:00 mitigated",  # for the second of its proof
        "2019-12-20 21:00 unknown",
        "2020-01-05 10:00 ineffective on this build",
    ]
    (lost,) = back.losses
    assert (lost.cause, lost.is_critical, lost.until) == ("ineffective", True, None)


def test_who_takes_off_what_had_no_effect_any_more_has_not_ended_the_protection() -> None:
    """Seen: no loss, or one by our decision, as the run that found the build took the rule off too."""
    first = record("apply", "2019-12-20T21:00", BAD, proof=PROVEN)
    found = course(first, record("rollback", "2020-01-05T10:00", DEAF, undoes=[first.name]), build=DEAF)
    (lost,) = found.losses
    assert (lost.cause, lost.by, lost.is_critical, lost.until) == ("ineffective", "", True, None)
    assert DEAF in lost.reason


@pytest.mark.parametrize(
    ("altered", "line"),
    [
        ({}, ["2019-12-20 21:00 unknown", "2019-12-30 21:00 exposed"]),
        ({"altered": True}, ["2019-12-20 21:00 mitigated", "2019-12-28 21:00 unknown", "2019-12-30 21:00 exposed"]),
    ],
)
def test_an_attack_that_passed_what_is_not_in_place_any_more_leaves_what_was_proven(
    altered: dict[str, bool], line: list[str]
) -> None:
    """Seen: two runs had proven it, a colleague unbound it, and the verify that found it said that it was never proven."""
    passes = {"proven": False, "contradicted": ["an attack passes at gw"], **altered}
    found = course(
        record("apply", "2019-12-20T21:00", proof=PROVEN),
        record("verify", "2019-12-28T21:00", proof=PROVEN),
        record("verify", "2019-12-30T21:00", proof=passes),
    )
    assert told(found.line)[1:] == line
    assert [(one.cause, one.since.text[:16]) for one in found.losses] == (
        [(LossCause.PASSED, "2019-12-28 21:00")] if altered else []
    )


def test_what_a_later_build_puts_in_doubt_begins_when_the_one_before_it_was_seen_last() -> None:
    """Seen: an appliance that was proven each day was said to be unproven from the first of them on, and nothing of it was lost."""
    daily = [record("verify", f"2019-12-{day}T21:00", proof=PROVEN) for day in range(21, 29)]
    found = course(record("apply", "2019-12-20T21:00", proof=PROVEN), *daily, build=DEAF)
    assert told(found.line)[1:] == [
        "2019-12-20 21:00 mitigated",
        "2019-12-28 21:00 unknown",
        "2020-03-01 08:00 ineffective on this build",
    ]
    (lost,) = found.losses
    assert (lost.cause, lost.since.text[:16], lost.is_critical) == (LossCause.INEFFECTIVE, "2019-12-28 21:00", True)
    (older,) = course(*(record("verify", f"2020-01-{day}T20:00", GOOD) for day in (24, 26, 28)), build=BAD).losses
    assert (older.cause, older.since.text[:16]) == (LossCause.OLDER_BUILD, "2020-01-28 20:00")


def test_a_fix_is_what_all_nodes_show_and_is_doubted_by_an_older_build_after_it() -> None:
    pair = ("10.0.0.1", "10.0.0.2")
    found = course(
        record("verify", "2020-01-23T20:00", GOOD),
        record("verify", "2020-01-24T20:00", GOOD, builds=dict.fromkeys(pair, GOOD)),
        record("verify", "2020-01-30T20:00", GOOD, builds={pair[0]: GOOD, pair[1]: BAD}),
        nodes=pair,
        build=GOOD,
    )
    assert told(found.line) == [
        "2019-12-17 exposed",
        "2020-01-23 20:00 unknown",  # of one node; then of both, and doubted
        "2020-01-30 20:00 exposed",
        "2020-03-01 08:00 fixed",
    ]
    assert found.now.since.confidence is Confidence.READ


def test_what_is_taken_off_after_the_fix_changes_nothing() -> None:
    first = record("apply", "2019-12-20T21:00", proof=PROVEN)
    found = course(first, record("rollback", "2020-01-26T07:00", GOOD, undoes=[first.name]), build=GOOD)
    assert told(found.line) == ["2019-12-17 exposed", "2019-12-20 21:00 mitigated", "2020-01-26 07:00 fixed"]
    assert not found.losses


def test_no_closing_ends_a_weakness_of_which_no_source_says_what_is_attacked() -> None:
    """The status calls it exposed with all virtual servers off, and so must the ledger, whether we closed them or somebody else."""
    anywhere = (Case(parse_predicate({"always": "no source names a configuration"})),)
    entry = replace(ENTRY, surface=Surface.VIRTUAL_SERVERS, measure=None, preconditions=anywhere)
    of_gateway = replace(entry, surface=Surface.GATEWAY)
    closed = record("lockdown", "2020-01-17T20:00", off=["gw", "gw-dewit"])
    assert told(course(closed, entry=of_gateway).line)[-1] == "2020-01-17 20:00 closed"
    assert told(course(closed, entry=entry).line) == ["2019-12-17 exposed"]
    assert State.UNPROVEN in {one.state for one in course(entry=of_gateway, all_off=True).line}
    assert told(course(entry=entry, all_off=True).line) == ["2019-12-17 exposed"]


def test_only_a_proven_closing_of_all_virtual_servers_ends_an_exposure_until_the_first_is_opened() -> None:
    both = ["gw", "gw-dewit"]
    found = appliance_course(
        record("lockdown", "2019-12-20T20:00", off=["gw"]),
        record("lockdown", "2020-01-17T20:00", off=both),
        record("reopen", "2020-01-20T09:00", off=["gw"]),
    )
    (one,) = found.courses
    assert told(one.line) == ["2019-12-17 exposed", "2020-01-17 20:00 closed", "2020-01-20 09:00 exposed"]
    closed = next(part for part in one.line if part.state is State.CLOSED)
    assert (closed.by, len(found.closings)) == ("J (r)", 3)
    again = [one for _customer, one in found.closings if one.vserver == "gw"]
    assert again[0].reopened.text.startswith("2020-01-17 20:00")
    assert again[0].reopened.source.endswith(
        "it was switched on when that began, and no run of ours had opened it; since when is not known"
    )
    on_again = course(
        record("lockdown", "2020-01-17T20:00", off=both),
        opened={(LadderStep.OFF, "default", ("vpnvserver", ("gw",))): "it is switched on"},
    )
    by_others = ["2020-01-17 20:00 closed", "2020-01-17 20:00 unknown", "2020-03-01 08:00 exposed"]
    assert told(on_again.line)[1:] == by_others, "it was closed when that was proven, until the end of that second"
    (lost,) = on_again.losses
    assert (lost.cause, lost.is_ours, lost.is_critical) == (LossCause.OPENED_BY_OTHERS, False, True)
    made_since = course(record("lockdown", "2020-01-17T20:00", off=both), left_on=("gw_two",))
    assert told(made_since.line)[1:] == by_others
    assert (
        made_since.line[2].reason == "gw_two is switched on, and no run of ours has closed it: since when is not known"
    )
    unread = course(record("lockdown", "2020-01-17T20:00", off=both), off_unread="it was not read")
    assert told(unread.line)[1:] == ["2020-01-17 20:00 closed", "2020-03-01 08:00 unknown"]


@pytest.mark.parametrize(
    ("kind", "values", "after"),
    [
        ("reopen", {"off": ["gw-dewit"]}, ["2020-01-20 09:00 exposed"]),
        ("lockdown", {"off": ["gw"]}, ["2020-01-20 09:00 closed"]),
        ("lockdown", {"off": ["gw"], "outcome": "failed"}, []),
    ],
)
def test_a_run_that_finds_open_what_we_had_closed_shows_that_it_was_not_closed_until_then(
    kind: str, values: dict[str, Any], after: list[str]
) -> None:
    """Seen in a night: closed until our reopening, while a colleague had opened the Gateway and an attack had passed."""
    closed = record("lockdown", "2020-01-17T20:00", off=["gw", "gw-dewit"])
    later = record(kind, "2020-01-20T09:00", **values)
    seen = [{**one, "enabled": one["name"] == "gw"} for one in later.content.values["vservers"]]
    later.content = later.content.with_values(vservers=seen)
    found = course(closed, later)
    assert told(found.line)[1:] == ["2020-01-17 20:00 closed", "2020-01-17 20:00 unknown", *after]
    why = f"gw was switched on when record {later.name[:-5]} began, and no run of ours had opened it: since when is not known"
    assert [one.reason for one in found.line if one.state is State.UNKNOWN] == [why]


def test_an_opening_that_a_restart_has_lost_was_an_exposure_and_its_end_is_not_known() -> None:
    """Seen: it counted as opened for ever, with everything switched off."""
    gw = ("vpnvserver", ("gw",))
    both = ["gw", "gw-dewit"]
    history = (
        record("lockdown", "2020-01-17T20:00", off=both),
        record("reopen", "2020-01-20T09:00", off=["gw"], saved=False),
    )
    found = appliance_course(*history, again=[(LadderStep.OFF, "default", gw)])
    (one,) = found.courses
    assert told(one.line)[2:] == ["2020-01-20 09:00 exposed", "2020-03-01 08:00 unknown"]
    assert (
        "had opened it and did not save that, which a restart loses (gw); no run has proved it since" in one.now.reason
    )
    times = [(closing.vserver, closing.closed.text, closing.reopened.text) for _owner, closing in found.closings]
    assert times[-1] == ("gw", "2020-03-01 08:00 UTC", "")
    assert next(one for one in times if one[0] == "gw")[2] == "2020-01-20 09:00 UTC"
    (on,) = appliance_course(*history).courses
    assert told(on.line)[-1] == "2020-01-20 09:00 exposed", "it is on"


def test_what_leads_requests_past_ours_today_leaves_the_time_before_the_fix_in_doubt() -> None:
    """Seen: mitigated until the fix, and before it not known: the build had changed, and nothing else. What is taken off since the fix says nothing."""
    runs = (
        record("apply", "2019-12-20T21:00", proof=PROVEN),
        record("verify", "2020-01-05T10:00", proof=PROVEN),
        record("verify", "2020-01-24T20:00", GOOD),
    )
    kept = ["2019-12-17 exposed", "2019-12-20 21:00 mitigated"]
    assert told(course(*runs, build=GOOD).line) == [*kept, "2020-01-24 20:00 fixed"]
    past = course(*runs, build=GOOD, drift={ENTRY.id: (State.PARTLY, "rp_allow lets requests go on")})
    assert told(past.line) == [*kept, "2020-01-05 10:00 unknown", "2020-01-24 20:00 fixed"]
    assert past.measure.state.word is State.PARTLY
    assert past.line[2].reason.startswith("rp_allow lets requests go on; since when is not known")
    gone = course(*runs, build=GOOD, drift={ENTRY.id: (State.DRIFTED, "it is unbound")})
    assert told(gone.line) == [*kept, "2020-01-24 20:00 fixed"]


def test_what_the_appliance_shows_today_begins_an_exposure_and_ends_none() -> None:
    first = record("apply", "2019-12-20T21:00", proof=PROVEN)
    seen = record("verify", "2020-01-05T10:00", proof=PROVEN)
    drifted = course(first, seen, drift={ENTRY.id: (State.DRIFTED, "it is unbound")})
    assert told(drifted.line)[1:] == [
        "2019-12-20 21:00 mitigated",
        "2020-01-05 10:00 unknown",
        "2020-03-01 08:00 drifted",
    ]
    assert drifted.line[2].reason == f"it is unbound; since when is not known, last seen by record {seen.name[:-5]}"
    hidden = course(not_by_configuration={ENTRY.id: "no Gateway"})
    assert told(hidden.line) == ["2019-12-17 unknown", "2020-03-01 08:00 not affected"]
    assert (hidden.line[-1].since.time, hidden.line[-1].since.confidence) == (NOW, Confidence.READ)


def test_each_admin_partition_counts_from_the_day_on_which_it_has_it() -> None:
    found = course(
        record("apply", "2019-12-20T21:00", proof=PROVEN),
        record("apply", "2020-01-05T10:00", proof=PROVEN, partition="tenant"),
    )
    assert told(found.line) == ["2019-12-17 exposed", "2020-01-05 10:00 mitigated"]
    assert found.measure.line[0].reason == "partition tenant: no run of ours had brought it in there"


def test_a_partition_of_which_no_record_says_since_when_it_is_there_is_not_known_before() -> None:
    """Seen: exposed since the first run, though nothing says that the partition was there; a record of another measure in it does."""
    first, later = record("apply", "2019-12-20T21:00", proof=PROVEN), {"run": "9876543210", "partition": "tenant"}
    brought = record("apply", "2020-01-05T10:00", proof=PROVEN, **later)
    found = course(first, brought)
    assert told(found.line) == ["2019-12-17 exposed", "2019-12-20 21:00 unknown", "2020-01-05 10:00 mitigated"]
    text = "partition tenant: no run of ours had brought it in there, and since when it is there is not known"
    assert found.measure.line[0].reason == text
    another = record("apply", "2019-12-28T10:00", measure="heartbeat", partition="tenant", run="5555555555")
    assert told(course(first, another, brought).line) == [
        "2019-12-17 exposed",
        "2019-12-20 21:00 unknown",
        "2019-12-28 10:00 exposed",
        "2020-01-05 10:00 mitigated",
    ]


def test_a_run_that_proves_partitions_in_different_seconds_has_protected_before_another_partition_came() -> None:
    """Seen: no letter said that the protection had ended, as it was doubted from the first record of the run on, before the last one began to count."""
    tenant = {"partition": "tenant", "finished": "2019-12-20T21:00:07+00:00", "previous": []}
    both = [
        record("apply", "2019-12-20T21:00", proof=PROVEN),
        record("apply", "2019-12-20T21:01", proof=PROVEN, **tenant),
    ]
    came = {ENTRY.id: (State.PARTLY, "partition later: no run of ours has brought it in there")}
    found = course(*both, drift=came)
    assert told(found.line)[-3:] == [
        "2019-12-20 21:00 mitigated",
        "2019-12-20 21:00 unknown",
        "2020-03-01 08:00 partly",
    ]
    assert [one.since.time.second for one in found.line[-3:-1] if one.since.time] == [7, 8]
    assert len(found.losses) == 1
    both[1].content = both[1].content.with_values(run="9876543210")
    apart = course(*both, drift=came)
    assert apart.losses == (), "another run in one partition says nothing of the other one"
    assert "2019-12-20 21:00 mitigated" not in told(apart.line)


def test_a_feature_that_an_undo_leaves_on_is_no_rule_that_was_found_undone() -> None:
    """Seen: drifted for good, also after a verify that proved it, as the undo of an apply had left the feature on that the rule uses."""
    first = record("apply", "2019-12-20T21:00", steps=policy(OURS), proof=PROVEN)
    off, on = {"enabled": False}, {"enabled": True}
    step = {"type": "nsfeature", "key": ["RESPONDER"], "before": off, "after": on, "state": "done"}
    again = record("apply", "2020-01-05T10:00", steps=[step], proof=PROVEN, undone_by="found undone")
    found = course(first, again, record("verify", "2020-01-06T10:00", proof=PROVEN))
    assert found.now.state is State.MITIGATED


def test_what_was_found_undone_is_not_known_since_it_was_last_seen() -> None:
    first = record("apply", "2019-12-20T21:00", proof=PROVEN, undone_by="found undone")
    found = course(first, record("verify", "2020-01-05T10:00", proof=PROVEN))
    assert told(found.line)[1:] == ["2019-12-20 21:00 mitigated", "2020-01-05 10:00 drifted"]


def test_a_virtual_server_that_a_step_closes_is_closed_for_some_and_the_exposure_goes_on() -> None:
    about = {"step": "partners", "closes": [["vpnvserver", "gw"]], "opens": []}
    decision = {"decided_by": "J. Jansen", "reason": "the night", "ticket": "", "expires": "2020-02-01T08:00:00+00:00"}
    found = appliance_course(
        record("apply", "2020-01-12T20:00", measure="closing_partners", closing=about, **decision),
        record("lockdown", "2020-01-17T20:00", off=["gw"]),
        record("apply", "2020-01-20T21:00", proof=PROVEN),
    )
    (one,) = found.courses
    line = found.service_line(one, "gw")
    assert told(line) == ["2019-12-17 exposed", "2020-01-12 20:00 closed for some", "2020-01-20 21:00 mitigated"]
    closed = next(part for part in line if part.state is State.CLOSED_FOR_SOME)
    assert closed.by == "J. Jansen (the night)"
    assert closed.reason.startswith("gw is closed by partners: clients from the listed networks get in")
    assert found.service_line(one, "gw-dewit") == one.line
    assert [(closing.by, closing.expires[:10]) for _owner, closing in found.closings] == [
        ("J. Jansen (the night)", "2020-02-01"),
        ("J (r)", "2020-01-17"),
    ]


@pytest.mark.parametrize("word", ["drifted", "exposed", "partly", "ineffective on this build"])
def test_what_a_run_found_otherwise_puts_the_time_since_the_proof_in_doubt(word: str) -> None:
    found = {"proven": False, "verdict": word}
    told_of = [
        record("apply", "2019-12-20T21:00", proof=PROVEN),
        record("verify", "2020-01-16T16:00", proof=found),
        record("verify", "2020-01-17T09:00", proof=PROVEN),
    ]
    before = ["2019-12-17 exposed", "2019-12-20 21:00 unknown", f"2020-01-16 16:00 {word}"]
    assert told(course(*told_of).line) == [*before, "2020-01-17 09:00 mitigated"]
    assert course(*told_of[:2]).now.state == word


@pytest.mark.parametrize(
    ("last", "is_latest"),
    [
        (record("verify", "2020-01-17T09:00", proof=PROVEN), True),
        (record("apply", "2020-01-17T09:00", proof=PROVEN), True),
        (record("apply", "2020-01-17T09:00", steps=policy(OURS), proof=PROVEN), False),
    ],
    ids=("a verify", "an apply that found all in place", "an apply that put it back"),
)
def test_protection_that_a_run_only_proved_was_there_at_the_latest_then(last: Any, *, is_latest: bool) -> None:
    """Seen: "the attack could succeed until 10:00" to the minute, where somebody else had put it right before that."""
    found = course(
        record("apply", "2019-12-20T21:00", steps=policy(OURS), proof=PROVEN),
        record("verify", "2020-01-16T16:00", proof={"proven": False, "verdict": "drifted"}),
        last,
    )
    drifted, mitigated = found.line[-2:]
    assert (mitigated.state, mitigated.since.is_latest) == (State.MITIGATED, is_latest)
    assert drifted.until == mitigated.since
    assert not found.measure.proven.is_latest, "that it was proven then is exact"


def test_what_somebody_put_right_is_not_proven_before_a_run_has_proved_it() -> None:
    history = [
        record("apply", "2019-12-20T21:00", proof=PROVEN),
        record("verify", "2020-01-16T16:00", proof={"proven": False, "verdict": "drifted"}),
    ]
    found = course(*history, as_left={ENTRY.id: {"default": frozenset()}}).now
    assert (found.state, found.since.time, found.since.confidence) == (State.UNPROVEN, NOW, Confidence.READ)
    assert found.reason.startswith("it is as our runs left it again, and no run has proved it since record 20200116")


PAST = {"node": "10.0.0.1", "state": "partly covered", "reason": "rp_allow lets requests go on", "lets_past": True}
"""What a run on the management addresses found in front of ours."""


def test_what_a_run_on_management_addresses_read_in_front_of_ours_ends_the_proof_of_all_until_one_judges_it_anew() -> (
    None
):
    """Seen: proven without a gap, of virtual servers too, although a run on their management address had read the policy that led attacks past ours."""
    told_of = [
        record("apply", "2019-12-20T21:00", proof=PROVEN),
        record("verify", "2020-01-16T16:00", proof={"management_addresses": [PAST]}),
        record("verify", "2020-01-17T09:00", proof=PROVEN),
    ]
    before = ["2019-12-17 exposed", "2019-12-20 21:00 mitigated", "2019-12-20 21:00 unknown", "2020-01-16 16:00 partly"]
    assert told(course(*told_of).line) == [*before, "2020-01-17 09:00 mitigated"]
    found = course(*told_of[:2], as_left={ENTRY.id: {"default": frozenset()}}).now
    assert found.state is State.PARTLY
    assert found.reason == "record 20200116T160000.000000Z-0123456789 found that rp_allow lets requests go on"


MAY_PAST = {key: value for key, value in PAST.items() if key != "lets_past"} | {"may_let_past": True}


def test_what_such_a_run_read_that_leads_into_a_label_ends_the_proof_of_all_and_no_rule_was_changed_by_it() -> None:
    """Seen: proven without a gap behind a label that is not read, of which a run on the management address had said so."""
    told_of = [
        record("apply", "2019-12-20T21:00", proof=PROVEN),
        record("verify", "2020-01-16T16:00", proof={"management_addresses": [MAY_PAST]}),
        record("verify", "2020-01-17T09:00", proof=PROVEN),
    ]
    before = ["2019-12-17 exposed", "2019-12-20 21:00 mitigated", "2019-12-20 21:00 unknown"]
    found = course(*told_of)
    assert told(found.line) == [*before, "2020-01-16 16:00 applied, unproven", "2020-01-17 09:00 mitigated"]
    assert [one.cause for one in found.losses] == [LossCause.OUTDATED]
    now = course(*told_of[:2], as_left={ENTRY.id: {"default": frozenset()}}).now
    assert (now.state, now.reason) == (
        State.UNPROVEN,
        "record 20200116T160000.000000Z-0123456789 found that rp_allow lets requests go on",
    )


@pytest.mark.parametrize("first", [PAST, MAY_PAST])
def test_what_surely_leads_attacks_past_ours_says_more_than_what_may(first: dict[str, Any]) -> None:
    told_of = [
        record("apply", "2019-12-20T21:00", proof=PROVEN),
        record("verify", "2020-01-16T16:00", proof={"management_addresses": [first]}),
        record("verify", "2020-01-17T16:00", proof={"management_addresses": [MAY_PAST if first is PAST else PAST]}),
    ]
    assert course(*told_of, as_left={ENTRY.id: {"default": frozenset()}}).now.state is State.PARTLY


@pytest.mark.parametrize("answer", [{**PAST, "lets_past": False}, {"state": "covered"}])
def test_what_such_a_run_has_not_read_as_leading_attacks_past_ours_says_nothing_of_virtual_servers(
    answer: dict[str, Any],
) -> None:
    looked = record("verify", "2020-01-16T16:00", proof={"management_addresses": [{"node": "10.0.0.1", **answer}]})
    told_of = [record("apply", "2019-12-20T21:00", proof=PROVEN), looked]
    assert told(course(*told_of).line) == ["2019-12-17 exposed", "2019-12-20 21:00 mitigated"]


def test_what_is_put_in_place_anew_is_not_judged_by_what_was_read_in_front_of_another() -> None:
    told_of = [
        record("apply", "2019-12-20T21:00", proof=PROVEN),
        record("verify", "2020-01-16T16:00", proof={"management_addresses": [PAST]}),
    ]
    told_of += [record("rollback", "2020-01-17T09:00", undoes=[told_of[0].name]), record("apply", "2020-01-18T09:00")]
    assert course(*told_of).now.state is State.UNPROVEN


@pytest.mark.parametrize(
    ("seen", "now", "state"),
    [
        ("a", {"a"}, State.MITIGATED),
        ("a", {"b", "a"}, State.MITIGATED),
        ("a", {"b"}, State.UNPROVEN),
        ("a", set(), State.MITIGATED),
        ("", {"b"}, State.MITIGATED),
    ],
    ids=["the same", "one of several", "another", "not read", "a record of an earlier version"],
)
def test_a_proof_holds_beside_the_policies_that_it_has_seen(seen: str, now: set[str], state: State) -> None:
    proof = {**PROVEN, **({"places": seen} if seen else {})}
    history = [record("apply", "2019-12-20T21:00", proof=proof, steps=policy(OURS))]
    found = course(*history, as_left={ENTRY.id: {"default": now}})
    assert found.now.state is state
    if state is State.UNPROVEN:
        assert found.now.reason.startswith("what is bound beside it is not what record 20191220")
        assert [one.state for one in found.line] == [State.EXPOSED, State.MITIGATED, State.UNKNOWN, State.UNPROVEN]


@pytest.mark.parametrize("ends", ["removed", "counts", "changed"])
def test_what_a_run_that_changes_ours_found_beside_it_ends_the_proof_before_it(ends: str) -> None:
    """Seen: proven until it was taken off, past a policy that was in front of it when it was."""
    seen = {**PROVEN, "places": "a"}
    first = record("apply", "2019-12-20T21:00", proof=seen, steps=policy(OURS))
    at = "2020-01-16T16:00"

    def found(seen_now: str) -> Course:
        beside = {ENTRY.id: seen_now} if seen_now else {}
        if ends == "removed":
            last = record("rollback", at, undoes=[first.name], steps=policy("", OURS), found_beside=beside)
        elif ends == "counts":
            proof = {"proven": False, "verdict": "observe, not blocking"}
            last = record("apply", at, proof=proof, steps=policy("NOOP", OURS), found_beside=beside)
        else:
            last = record("apply", at, proof={**seen, "places": "b"}, steps=policy(OURS, OURS), found_beside=beside)
        return course(first, last)

    states = [one.state for one in found("a").line]
    assert states[:2] == [State.EXPOSED, State.MITIGATED]
    assert State.UNKNOWN not in states
    others = "found other policies beside it, with which nothing proves it"
    for beside, said in (("b", others), ("not said", "could not read what is bound beside it")):
        doubted = found(beside).line
        assert [one.state for one in doubted][:3] == [State.EXPOSED, State.MITIGATED, State.UNKNOWN]
        assert said in doubted[2].reason
    assert [one.state for one in found("").line] == states, "a record of an earlier version does not say it"


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("lockdown", {"off": ["gw"]}),
        ("apply", {"measure": "url_whitelist"}),
        ("verify", {"measure": "url_whitelist"}),
        ("verify", {}),
    ],
    ids=["closing", "another", "refused, another", "refused"],
)
def test_what_a_run_on_another_measure_found_beside_ours_ends_the_proof_before_it(
    kind: str, more: dict[str, Any]
) -> None:
    """Seen: proven until a closing, past a policy that somebody put in front of it before, and took away after."""
    seen, at = {**PROVEN, "places": "a"}, "2020-01-16T16:00"
    first = record("apply", "2019-12-20T21:00", proof=seen, steps=policy(OURS))

    def found(beside: str, *later: ChangeRecord, partition: str = "default") -> Course:
        values = {"found_beside": {ENTRY.id: beside, "cve_of_nobody": "b"}, "partition": partition}
        other = record(kind, at, **values, **more)
        return course(first, other, *later, as_left={ENTRY.id: {"default": {"a"}}})

    quiet = found("").line
    for beside, partition in (("a", "default"), ("b", "tenant")):
        assert found(beside, partition=partition).line == quiet
    for beside, said, cause in (
        ("b", "found other policies beside it, with which nothing proves it", LossCause.OUTDATED),
        ("not said", "could not read what is bound beside it", LossCause.OUTDATED),
        ("not as left", "found it otherwise than our runs left it", LossCause.CHANGED),
    ):
        doubted = found(beside)
        states = [one.state for one in doubted.line]
        assert states[:3] == [State.EXPOSED, State.MITIGATED, State.UNKNOWN]
        assert said in doubted.line[2].reason
        assert any(said in text for text in doubted.conflicts)
        is_changed = beside == "not as left"
        assert doubted.measure.state.word is State.UNPROVEN
        assert doubted.measure.state.reason.startswith("record 20200116T160000") is not is_changed
        assert doubted.measure.state.reason.startswith("it is as our runs left it again") is is_changed
        assert (said in doubted.measure.state.reason) is not is_changed
        if kind != "lockdown":  # where it is closed nothing is lost
            assert [one.cause for one in doubted.losses] == [cause]
    proven = record("verify", "2020-01-17T09:00", proof=seen)
    assert found("b", proven).measure.state.word is State.MITIGATED
    undone = record("rollback", "2020-01-17T09:00", undoes=[first.name], steps=policy("", OURS))
    anew = record("apply", "2020-01-18T09:00", steps=policy(OURS))
    assert "record 20200116" not in found("b", undone, anew).measure.state.reason


@pytest.mark.parametrize(("kind", "changes"), [("verify", False), ("apply", False), ("apply", True)])
def test_a_run_that_cannot_prove_it_beside_what_is_there_ends_its_proof_until_one_proves_it_again(
    kind: str, changes: bool
) -> None:
    """What it found is a change of others where the run changed nothing: "We changed the emergency measure" would not be so."""
    unproven = {"proven": False, "verdict": "applied, unproven", "vips": ["gw"], "places": "b"}
    told_of = [
        record("apply", "2019-12-20T21:00", proof={**PROVEN, "places": "a"}, steps=policy(OURS)),
        record(kind, "2020-01-16T16:00", proof=unproven, steps=policy(OURS) if changes else []),
        record("verify", "2020-01-17T09:00", proof={**PROVEN, "places": "a"}),
    ]
    found = course(*told_of)
    before = ["2019-12-17 exposed", "2019-12-20 21:00 mitigated", "2019-12-20 21:00 unknown"]
    assert told(found.line) == [*before, "2020-01-16 16:00 applied, unproven", "2020-01-17 09:00 mitigated"]
    assert [one.cause for one in found.losses] == [LossCause.NOT_PROVEN if changes else LossCause.OUTDATED]


def test_an_opening_on_a_build_with_the_fix_exposes_nobody_while_it_runs() -> None:
    """Seen: "Access was opened again. The attack could succeed": the fix counted from the end of the run that opened, and the opening from its beginning."""
    off = ["gw", "gw-dewit"]
    closed = record("lockdown", "2020-01-17T20:00", off=off)
    opened = record("reopen", "2020-01-30T20:00", GOOD, off=off)
    opened.content = opened.content.with_values(finished="2020-01-30T20:01:00+00:00")
    found = course(closed, opened, build=GOOD)
    assert told(found.line)[1:] == ["2020-01-17 20:00 closed", "2020-01-30 20:00 fixed"]
    assert not found.losses
