# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whatever is wrong with records, clocks, names and the catalogue has its answer in the course: not known where it is, with the reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.builds import Build
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry_file import load_entry
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.mitigation import (
    URL_ENTRY,
    url_weakness_of,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.closed_time import closed_times
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.sibling_openings import (
    NOT_TOLD,
    MaybeOurs,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.course import courses_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.loss import LossCause, losses
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.record_events import History
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.sourced_date import Confidence
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.state import State
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.today import Today

from tests.architecture import graph
from tests.unit.plugin_utils.judgement.course.stories import NOW, appliance_course, chained, course, follow, told
from tests.unit.plugin_utils.judgement.exposure.test_history import BAD, ENTRY, PROVEN, box, policy, record

OURS = "tq_cve_2019_19781"
GONE = "20200103T100000.000000Z-0123456789.json"


def applied(time: str = "2019-12-20T21:00", **values: Any) -> Any:
    return record("apply", time, **{"proof": PROVEN, "steps": policy(OURS), **values})


# -- missing records ----------------------------------------------------------------------------------------------------


def test_a_run_whose_record_is_gone_may_have_taken_it_off() -> None:
    first = applied()
    later = follow(record("verify", "2020-01-05T10:00", measure="other"), GONE)
    found = course(first, later)
    assert told(found.line) == ["2019-12-17 exposed", "2019-12-20 21:00 unknown"]
    reason = f"record {later.name[:-5]} follows {GONE[:-5]}, which is not here: what that run left is not known"
    assert (found.now.reason, found.measure.state.word) == (reason, State.UNKNOWN)
    assert found.conflicts == (reason,)


def test_a_policy_in_front_of_it_lets_attacks_past_whatever_the_missing_run_left() -> None:
    """Drawn night 880205: the other control node's status said partly and named that policy, and its ledger that nothing is known."""
    later = follow(record("verify", "2020-01-05T10:00", measure="other"), GONE)
    past = course(applied(), later, drift={ENTRY.id: (State.PARTLY, "rp_allow lets requests go on")})
    assert told(past.line)[1:] == ["2019-12-20 21:00 unknown", "2020-03-01 08:00 partly"]
    assert (past.now.reason, past.measure.state.word) == ("rp_allow lets requests go on", State.PARTLY)
    changed = course(applied(), later, drift={ENTRY.id: (State.DRIFTED, "it is unbound")})
    assert told(changed.line)[1:] == ["2019-12-20 21:00 unknown"], "that run may have done it"


def test_a_run_that_is_not_here_and_only_looked_left_what_was_there() -> None:
    """Seen: not known since then, as another control node had verified it before a change of its own."""
    first = applied()
    later = follow(record("apply", "2020-01-05T10:00", measure="other", looked={GONE: [first.name]}), GONE)
    found = course(first, later)
    assert told(found.line) == ["2019-12-17 exposed", "2019-12-20 21:00 mitigated"]
    assert found.conflicts == ()


@pytest.mark.parametrize("again", [{"proof": PROVEN}, {"kind": "apply", "proof": PROVEN}], ids=["verify", "apply"])
def test_after_a_gap_a_run_that_proves_it_is_known_again(again: dict[str, Any]) -> None:
    kind = again.pop("kind", "verify") if "kind" in again else "verify"
    later = follow(record("verify", "2020-01-05T10:00", measure="other"), GONE)
    found = course(applied(), later, follow(record(kind, "2020-01-06T10:00", **again), later.name))
    assert told(found.line)[1:] == ["2019-12-20 21:00 unknown", "2020-01-06 10:00 mitigated"]


def test_the_first_record_that_is_here_follows_none() -> None:
    found = course(follow(applied(), GONE))
    assert (told(found.line)[1:], found.conflicts) == (["2019-12-20 21:00 mitigated"], ())


SEEN = {**PROVEN, "verdict": "mitigated", "places": "a0", "vips": ["gw"]}


def test_a_proof_of_what_no_record_here_brings_in_holds_from_then_on() -> None:
    """Seen: exposed, and attacks may succeed, where status said mitigated."""
    first = record("verify", "2020-01-05T10:00", proof=SEEN)
    found = course(first)
    assert told(found.line) == ["2019-12-17 exposed", "2020-01-05 10:00 mitigated"]
    assert found.conflicts == (
        f"record {first.name[:-5]} proved that it blocks, and by the records here it is not there: what is in place is not known by them",
    )
    assert found.measure.state.by_fingerprint == {"default"}
    drift = {ENTRY.id: (State.DRIFTED, "no policy of ours is bound any more")}
    assert told(course(first, drift=drift).line)[-1] == "2020-03-01 08:00 drifted"
    other = course(first, as_left={ENTRY.id: {"default": {"another"}}})
    assert told(other.line)[-1] == "2020-03-01 08:00 applied, unproven"
    off = record("rollback", "2020-01-06T10:00", undoes=[GONE], steps=policy("", OURS))
    assert told(course(*chained(first, off)).line)[-1] == "2020-01-06 10:00 taken off"


def test_a_proof_without_the_fingerprint_of_what_was_bound_says_nothing_of_today() -> None:
    found = course(record("verify", "2020-01-05T10:00", proof={**SEEN, "places": ""}))
    assert told(found.line)[1:] == ["2020-01-05 10:00 unknown"]
    assert found.now.reason.endswith("by the records here it is not there: what is in place is not known by them")


def test_nobody_knows_that_a_rule_which_no_record_shows_does_not_look_at_a_url() -> None:
    weak = url_weakness_of(load_entry(graph.ROOT / "templates" / "mitigations" / URL_ENTRY))
    late = datetime(2026, 10, 1, 8, tzinfo=UTC)
    proof = History.of([record("verify", "2020-01-05T10:00", proof=SEEN)], late)
    today = Today(late, {"10.0.0.1": Build.parse(BAD)})
    (found,) = courses_of(box(), [ENTRY], proof, today, late.date(), weak).courses
    assert found.now.state is State.REDUCES


def test_what_only_counts_by_the_records_and_blocks_today_is_not_said_to_let_attacks_pass() -> None:
    watching = record("apply", "2019-12-18T21:00", steps=policy("NOOP"))
    blocks = "responder policy tq_cve_2019_19781 blocks, no run here has let it, and none has proved it"
    found = course(watching, drift={ENTRY.id: (State.UNPROVEN, blocks)})
    assert told(found.line)[1:] == ["2019-12-18 21:00 observe, not blocking", "2020-03-01 08:00 applied, unproven"]
    assert found.now.reason == blocks


def test_a_record_that_cannot_be_read_leaves_what_nobody_knows() -> None:
    broken = "1 change record cannot be read: what was left here is not known"
    found = course(applied(), build=None, problem="half a file", awaited=broken)
    assert told(found.line)[1:] == ["2019-12-20 21:00 unknown"]
    assert found.conflicts == (broken,)
    closing = record("lockdown", "2020-01-17T20:00", off=["gw", "gw-dewit"])
    assert told(course(closing, build=None, problem="half a file", awaited=broken).line)[1:] == [
        "2020-01-17 20:00 unknown"
    ]


# -- two histories ------------------------------------------------------------------------------------------------------


def test_two_changes_of_which_no_record_says_which_was_first_leave_what_nobody_knows() -> None:
    root = record("verify", "2019-12-18T10:00", measure="other")
    brought = follow(applied(), root.name)
    ours, theirs = (
        applied("2020-01-05T10:00", steps=policy(OURS, OURS)),
        record("rollback", "2020-01-05T10:01", undoes=[brought.name], steps=policy("", OURS)),
    )
    follow(ours, brought.name)
    follow(theirs, brought.name)
    found = course(root, brought, ours, theirs)
    assert told(found.line)[1:] == ["2019-12-20 21:00 mitigated", "2020-01-05 10:00 unknown"]
    assert "two control nodes changed it, and no record says which was first" in found.now.reason
    both = follow(record("verify", "2020-01-06T10:00", proof=PROVEN), ours.name, theirs.name)
    assert told(course(root, brought, ours, theirs, both).line)[-1] == "2020-01-06 10:00 mitigated"
    one = follow(record("verify", "2020-01-06T10:00", proof=PROVEN), ours.name)
    assert told(course(root, brought, ours, theirs, one).line)[-1] == "2020-01-05 10:00 unknown", (
        "it may be from before the other"
    )


ROOT = "2019-12-18T10:00"
LATER = {"within the hour": "22:00", "two hours later": "23:01"}


@pytest.mark.parametrize("later", LATER)
@pytest.mark.parametrize("is_chained", [True, False])
def test_a_proof_of_which_no_record_says_that_it_came_after_the_change_proves_nothing(
    later: str, is_chained: bool
) -> None:
    """Seen: mitigated, by two clocks that may differ by an hour: the proof may be of what was there before the change."""
    root = record("verify", ROOT, measure="other")
    brought = follow(applied(proof=None), root.name)
    seen = follow(
        record("verify", f"2019-12-20T{LATER[later]}", proof=PROVEN), brought.name if is_chained else root.name
    )
    found = course(root, brought, seen)
    is_told = is_chained or later != "within the hour"
    assert str(found.now.state) == ("mitigated" if is_told else "applied, unproven")
    if not is_told:
        text = f"record {seen.name[:-5]} may have run before record {brought.name[:-5]}: no record says which was first, and clocks may differ by an hour"
        assert found.now.reason == text
        again = follow(record("verify", "2019-12-21T10:00", proof=PROVEN), brought.name, seen.name)
        assert told(course(root, brought, seen, again).line)[-1] == "2019-12-21 10:00 mitigated"


def test_a_proof_that_may_have_come_before_the_change_leaves_that_of_the_change() -> None:
    root = record("verify", ROOT, measure="other")
    brought = follow(applied(), root.name)
    seen = follow(record("verify", "2019-12-20T21:30", proof=PROVEN), root.name)
    assert told(course(root, brought, seen).line)[-1] == "2019-12-20 21:00 mitigated"


def closed_at(time: str, kind: str = "lockdown") -> Any:
    return record(kind, time, off=["gw", "gw-dewit"])


@pytest.mark.parametrize("kinds", [("lockdown", "reopen"), ("reopen", "lockdown")])
@pytest.mark.parametrize("later", ["within the hour", "two hours later"])
@pytest.mark.parametrize("is_chained", [True, False])
def test_a_closing_and_an_opening_of_which_no_record_says_which_was_first(
    kinds: tuple[str, str], later: str, is_chained: bool
) -> None:
    """Seen: closed, by two clocks that may differ by an hour, after a run that may have opened it."""
    first = closed_at("2020-01-16T10:00")
    one = follow(closed_at("2020-01-17T10:00", kinds[0]), first.name)
    found_off = [{**row, "enabled": False} for row in one.content.values["vservers"]]
    one.content = one.content.with_values(vservers=found_off)  # nobody has opened it since the first one
    time = "2020-01-17T10:59" if later == "within the hour" else "2020-01-17T12:00"
    other = follow(closed_at(time, kinds[1]), one.name if is_chained else first.name)
    found = course(first, one, other)
    if is_chained or later != "within the hour":
        last = {"lockdown": "closed", "reopen": "exposed"}[kinds[1]]
        assert str(found.now.state) == last
        return
    assert told(found.line)[-2:] == ["2020-01-16 10:00 closed", "2020-01-17 10:00 unknown"]
    assert found.now.reason.startswith(
        "two control nodes closed and opened it, and no record says which was first: record "
    )
    after = follow(closed_at("2020-01-18T10:00", "reopen"), one.name, other.name)
    assert told(course(first, one, other, after).line)[-1] == "2020-01-18 10:00 exposed"
    again = follow(closed_at("2020-01-18T10:00"), one.name, other.name)
    assert told(course(first, one, other, again).line)[-1] == "2020-01-18 10:00 closed"


@pytest.mark.parametrize("later", ["2020-01-17T10:59", "2020-01-17T11:01"])
@pytest.mark.parametrize("is_chained", [True, False])
def test_an_opening_of_which_no_record_says_that_it_came_after_the_closing_is_assumed(
    later: str, is_chained: bool
) -> None:
    root = record("verify", ROOT, measure="other")
    closed = follow(closed_at("2020-01-17T10:00"), root.name)
    opened = follow(closed_at(later, "reopen"), closed.name if is_chained else root.name)
    found = [one.reopened for _owner, one in appliance_course(root, closed, opened).closings]
    is_told = is_chained or later.endswith("11:01")
    assert {one.confidence for one in found} == {Confidence.RECORDED if is_told else Confidence.ASSUMED}
    assert all(("no record says whether that was before" in one.source) is not is_told for one in found)


def test_a_run_that_may_have_opened_what_is_open_is_named() -> None:
    """Seen: no run of ours has opened it."""
    one = closed_at("2020-01-17T10:00")
    keys = [each.key for each in closed_times([one])]
    opened = dict.fromkeys(keys, "it is switched on")
    found = appliance_course(one, opened=opened, may_be_ours=dict.fromkeys(keys, MaybeOurs("b", NOT_TOLD))).closings
    text = "the appliance: it is switched on; record b may have opened it: no record says whether that ran before the closing"
    assert {closing.reopened.source for _owner, closing in found} == {text}


# -- clocks -------------------------------------------------------------------------------------------------------------


def test_a_clock_that_was_set_back_makes_the_time_of_the_run_unknown() -> None:
    """It ran after the run before it and before the next one; when is not known, so its protection begins with the next one."""
    found = course(
        *chained(
            record("verify", "2020-01-05T10:00", measure="other"),
            applied("2019-12-20T21:00"),
            record("verify", "2020-01-20T10:00", measure="other"),
        )
    )
    assert told(found.line)[-1] == "2020-01-20 10:00 mitigated"
    assert "unknown" in told(found.line)[-2]


@pytest.mark.parametrize("number", range(6))
def test_two_runs_that_follow_the_same_one_are_told_by_their_times(number: int) -> None:
    """Seen: unknown, as if a clock had jumped, where the digest of a name put the later one first."""
    root = record("verify", "2019-12-19T10:00", measure="other", run=f"root{number}")
    root.content = root.content.with_values(previous=[])
    early = follow(applied("2019-12-20T21:00"), root.name)
    late = follow(record("verify", f"2020-01-20T1{number}:00", measure="other"), root.name)
    for known in ((root, early, late), (root, late, early)):
        found = course(*known)
        assert told(found.line)[1:] == ["2019-12-20 21:00 mitigated"]
        assert not found.conflicts


def test_a_clock_that_was_ahead_dates_nothing_after_today() -> None:
    first = applied()
    off = record("rollback", "2129-01-01T10:00", undoes=[first.name], steps=[])
    found = course(*chained(first, off))
    assert told(found.line)[1:] == ["2019-12-20 21:00 unknown", "2020-03-01 08:00 taken off"]
    assert found.conflicts[0] == f"record {off.name[:-5]} has a time after the reading of today: its clock was ahead"


def test_the_only_run_by_a_clock_that_was_ahead_is_not_dated_after_today() -> None:
    """Seen in a letter: the attack could succeed until a day of next year."""
    found = course(applied("2129-01-01T10:00"))
    assert told(found.line) == ["2019-12-17 exposed", "2020-03-01 08:00 mitigated"]
    assert found.measure.proven.time == NOW
    assert told(course(applied("2020-03-01T08:30")).line)[1:] == ["2020-03-01 08:00 mitigated"], (
        "half an hour is no doubt"
    )


def test_a_closing_by_a_run_whose_clock_was_ahead_has_no_recorded_time() -> None:
    found = appliance_course(record("lockdown", "2129-01-01T10:00", off=["gw", "gw-dewit"]))
    closed = {(one.closed.time, one.closed.confidence) for _owner, one in found.closings}
    assert closed == {(NOW, Confidence.ASSUMED)}
    assert all(
        one.closed.source.endswith("; when it ran is not known: a clock was wrong") for _owner, one in found.closings
    )


def test_a_clock_that_was_ahead_puts_no_later_run_in_doubt() -> None:
    """Seen: a notice page dated at the reading, with the minutes of its record: 121 minutes between 21:00 and 21:00."""
    ahead = record("verify", "2129-01-01T10:00", measure="other")
    off = record("lockdown", "2020-03-01T06:00", off=["gw", "gw-dewit"])
    found = appliance_course(*chained(applied(), ahead, off))
    closed = {(one.closed.text, one.closed.confidence, one.minutes) for _owner, one in found.closings}
    assert closed == {("2020-03-01 06:00 UTC", Confidence.RECORDED, 120)}


def test_the_minutes_of_a_closing_go_with_its_dates_where_a_clock_was_set_back() -> None:
    before = record("verify", "2020-02-29T12:00", measure="other")
    found = appliance_course(*chained(before, record("lockdown", "2020-02-28T10:00", off=["gw"])))
    ((closed, minutes),) = {(one.closed.text, one.minutes) for _owner, one in found.closings}
    assert (closed, minutes) == ("2020-02-29 12:00 UTC", 20 * 60)


def test_a_run_whose_clock_was_ahead_takes_off_what_no_older_build_does() -> None:
    """Seen in a letter: the device has gone back to a version with the weak spot."""
    off = record("rollback", "2129-01-01T10:00", undoes=[applied().name], steps=[])
    found = course(*chained(applied(), record("verify", "2020-01-06T10:00", proof=PROVEN), off))
    assert [one.cause for one in losses(found.line, ())] == [LossCause.TAKEN_OFF]
    assert found.now.since.source == f"record {off.name[:-5]}"


def test_clocks_of_two_control_nodes_that_differ_by_minutes_are_no_doubt() -> None:
    found = course(*chained(record("verify", "2020-01-05T10:05", measure="other"), applied("2020-01-05T10:00")))
    assert told(found.line)[1:] == ["2020-01-05 10:05 mitigated"]


# -- records of another version -----------------------------------------------------------------------------------------


def test_a_record_with_an_object_that_this_version_does_not_know_leaves_what_nobody_knows() -> None:
    step = {"type": "quantumpolicy", "key": ["x"], "before": None, "after": {"name": "x"}, "state": "done"}
    newer = record("apply", "2020-01-05T10:00", steps=[step], proof=PROVEN)
    found = course(*chained(applied(), newer))
    assert told(found.line)[1:] == ["2019-12-20 21:00 mitigated", "2020-01-05 10:00 unknown"]
    assert "of a version that this one cannot read" in found.now.reason


def test_a_verdict_of_a_later_version_is_no_proof() -> None:
    found = course(applied(proof={"proven": True, "verdict": "mitigated twice"}))
    assert told(found.line)[1:] == ["2019-12-20 21:00 applied, unproven"]


# -- another appliance under the same name ------------------------------------------------------------------------------


def test_an_appliance_with_other_nodes_than_its_records_may_have_been_replaced() -> None:
    first = applied(nodes=["10.9.9.9:443"])
    found = course(first, nodes=("10.0.0.1:443",))
    assert told(found.line)[1:] == ["2019-12-20 21:00 unknown"]
    assert "is of no node that it has today: it was replaced or has other addresses" in found.now.reason
    same = course(applied(nodes=["10.0.0.1:8443", "10.9.9.9:443"]), nodes=("10.0.0.1:443",))
    assert told(same.line)[1:] == ["2019-12-20 21:00 mitigated"]
    again = record("verify", "2020-01-05T10:00", proof=PROVEN, nodes=["10.0.0.1:443"])
    assert told(course(first, again, nodes=("10.0.0.1:443",)).line)[1:] == ["2019-12-20 21:00 mitigated"]
    other = record("verify", "2020-01-05T10:00", measure="other", nodes=["10.0.0.1:443"])
    assert told(course(first, other, nodes=("10.0.0.1:443",)).line)[1:] == ["2019-12-20 21:00 unknown"]


def test_a_closing_of_an_appliance_that_was_replaced_is_none_of_the_new_one() -> None:
    closing = record("lockdown", "2020-01-17T20:00", off=["gw", "gw-dewit"])
    closing.content = closing.content.with_values(nodes=["10.9.9.9:443"])
    assert told(course(closing, nodes=("10.0.0.1:443",)).line)[1:] == ["2020-01-17 20:00 unknown"]
    assert told(course(closing, nodes=("10.9.9.9:443",)).line)[1:] == ["2020-01-17 20:00 closed"]
    again = record("lockdown", "2020-01-18T20:00")
    off = [{**row, "enabled": False} for row in closing.content.values["vservers"]]
    proven = {"nodes": ["10.0.0.1:443"], "completes": [["vpnvserver", "gw"]], "vservers": off}
    again.content = again.content.with_values(**proven)
    found = course(*chained(closing, again), nodes=("10.0.0.1:443",))
    assert told(found.line)[1:] == ["2020-01-17 20:00 closed"], "a run has proved it there"


def test_another_control_node_may_reach_the_same_nodes_elsewhere() -> None:
    origin = {"node": "10.0.0.1:443", "state": "ended", "sha256": "0" * 64}
    found = course(applied(nodes=["198.51.100.9:443"], origin=origin), nodes=("10.0.0.1:443",))
    assert told(found.line)[1:] == ["2019-12-20 21:00 mitigated"]


# -- services that move -------------------------------------------------------------------------------------------------


def _moved(customers: tuple[tuple[str, str], ...]) -> Any:
    first = record("lockdown", "2020-01-17T20:00", off=["gw"])
    opened = record("reopen", "2020-01-20T09:00", off=["gw"])
    again = record("lockdown", "2020-02-01T20:00", off=["gw"])
    rows = [{"type": "vpnvserver", "name": "gw", "place": "192.0.2.99:443", "enabled": True}]
    again.content = again.content.with_values(vservers=rows)
    return appliance_course(first, opened, again, appliance=box(vserver_customers=customers))


def test_a_service_that_changed_its_address_is_told() -> None:
    found = _moved(())
    assert "gw was at 192.0.2.10:443, 192.0.2.99:443, one after the other" in found.courses[0].conflicts
    assert [owner for owner, _closing in found.closings] == ["Brouwer", "Brouwer"]


def test_a_service_whose_addresses_are_of_two_customers_counts_for_each() -> None:
    found = _moved((("192.0.2.99:443", "De Wit"),))
    text = "gw was at 192.0.2.10:443, 192.0.2.99:443, which are of Brouwer, De Wit: whose it was when is not known, so it counts for each"
    assert text in found.courses[0].conflicts
    assert [owner for owner, _closing in found.closings] == ["Brouwer", "De Wit"] * 2


# -- the catalogue ------------------------------------------------------------------------------------------------------


def test_an_entry_that_came_or_changed_later_judges_all_times_by_what_it_says_today() -> None:
    later = replace(ENTRY, published="2020-02-01")
    today = Today(NOW, {})
    (found,) = courses_of(box(), [later], History.of([applied()], NOW), today, NOW.date()).courses
    assert found.line[0].since.text == "2019-12-20 21:00 UTC", "a record shows the build with the weakness before"
    gone = replace(ENTRY, measure=None)
    (without,) = courses_of(box(), [gone], History.of([applied(build=BAD)], NOW), Today(NOW, {}), NOW.date()).courses
    assert told(without.line)[1:2] == ["2019-12-20 21:00 mitigated"]


def test_a_record_of_a_measure_without_an_entry_is_told() -> None:
    found = course(applied(measure="cve_2031_0001"))
    assert "records of cve_2031_0001, which has no entry in the catalogue: nothing is said of it" in found.conflicts


def test_what_was_not_read_today_is_not_known_today() -> None:
    found = course(record("verify", "2020-01-25T20:00", "13.0 47.24"), build=None, problem="it does not answer")
    assert told(found.line) == ["2019-12-17 exposed", "2020-01-25 20:00 fixed", "2020-03-01 08:00 unknown"]
    assert (found.now.reason, found.now.since.time) == ("it does not answer", datetime(2020, 3, 1, 8, tzinfo=UTC))


def test_a_proof_of_before_says_nothing_of_an_appliance_or_a_node_that_was_not_read_today() -> None:
    unread = course(applied(build=BAD), build=None, problem="it does not answer")
    assert told(unread.line)[-2:] == ["2019-12-20 21:00 mitigated", "2020-03-01 08:00 unknown"]
    (away,) = appliance_course(applied(build=BAD), build=None).courses
    assert (away.now.state, away.now.reason) == (State.UNKNOWN, "10.0.0.1 was not read")
    assert away.measure.state.word is State.MITIGATED, "by the records"


def test_a_proof_holds_for_the_builds_that_it_has_seen_alone() -> None:
    other = course(applied(build=BAD), build="13.0 47.23")
    assert told(other.line)[-2:] == ["2019-12-20 21:00 unknown", "2020-03-01 08:00 applied, unproven"]
    assert other.now.reason == "13.0 47.23 runs now, and no run has proved it on that build"
    assert course(applied(build=BAD)).now.state is State.MITIGATED


def test_that_it_is_not_read_today_is_no_loss_of_protection() -> None:
    fixed, mitigated = record("verify", "2020-01-25T20:00", "13.0 47.24"), applied(build=BAD)
    for one in (fixed, mitigated):
        assert course(one, build=None, problem="it does not answer").losses == ()
    verified = record("verify", "2020-01-25T20:00", proof=PROVEN)
    (loss,) = course(mitigated, verified, build="13.0 47.23").losses
    assert (loss.cause, loss.cause.is_dated, loss.is_ours) == (LossCause.OUTDATED, False, False)
