# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The course of each node and of its management address."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.builds import Build
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry import Surface
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.provenance import (
    Provenance,
    ProvenanceKind,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.coverage import Coverage, state_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.measure_course import (
    Judging,
    measure_line,
    partition_tracks,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.node_track import (
    NodeCourse,
    coverage_line,
    has_management,
    node_courses,
    without_fix,
    worst_management,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.record_events import History
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.state import State
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.today import Today

from tests.unit.plugin_utils.judgement.course.stories import NOW, TODAY, appliance_course, chained, follow, told
from tests.unit.plugin_utils.judgement.exposure.test_history import BAD, ENTRY, GOOD, PROVEN, policy, record

ONE, OTHER = "10.0.0.1:443", "10.0.0.2:443"
PAIR = (ONE, OTHER)


def answers(**words: str) -> list[dict[str, str]]:
    return [{"node": {"one": ONE, "other": OTHER}[node], "state": word} for node, word in words.items()]


def half(time: str, wanted: str = "present", outcome: str = "applied", **words: str) -> ChangeRecord:
    nodes = [{"node": node, "sha256": "absent", "count": 0} for node in PAIR]
    proof = {"management_addresses": answers(**words)} if words else None
    planned = {"wanted": wanted, "line": "a line", "nodes": nodes}
    return record("node_local", time, node_local=planned, proof=proof, outcome=outcome)


def looked(time: str, **words: str) -> ChangeRecord:
    return record("verify", time, proof={"management_addresses": answers(**words)})


def courses(
    *records: ChangeRecord, builds: dict[str, str] | None = None, entry: Any = ENTRY, **today: Any
) -> list[NodeCourse]:
    given = {ONE: BAD, OTHER: BAD} if builds is None else builds
    reading = Today(NOW, {node: Build.parse(build) if build else None for node, build in given.items()}, **today)
    history = History.of(chained(*records), NOW)
    tracks = partition_tracks(entry, history, history.by_measure.get(entry.id, ()), [])
    measure = measure_line(tracks, (), Judging(entry, (), None, TODAY))
    return [*node_courses(entry, history, reading, PAIR, measure)]


def applied() -> ChangeRecord:
    own = policy("tq_cve_2019_19781")
    return record("apply", "2019-12-20T21:00", proof=PROVEN, steps=own, builds={ONE: BAD, OTHER: BAD})


def addresses(*records: ChangeRecord, **values: Any) -> list[list[str]]:
    return [told(one.management)[1:] for one in courses(*records, **values)]


def test_a_proof_at_the_virtual_servers_says_nothing_of_a_management_address() -> None:
    """Policies are not evaluated there without the node-local half."""
    one, other = courses(applied())
    assert told(one.management) == told(other.management) == ["1970-01-01 exposed"]
    assert one.management[-1].reason.endswith("no run of ours has covered its management address")


def test_each_address_is_protected_from_the_run_on_that_saw_it_covered() -> None:
    found = addresses(applied(), half("2019-12-22T10:00", one="covered", other="NOT covered"))
    assert found == [["2019-12-22 10:00 mitigated"], []]


def test_what_nobody_asked_is_unknown() -> None:
    assert addresses(applied(), half("2019-12-22T10:00", one="covered")) == [
        ["2019-12-22 10:00 mitigated"],
        ["2019-12-22 10:00 unknown"],
    ]
    stopped = half("2019-12-22T10:00", outcome="failed")
    assert addresses(applied(), stopped) == [["2019-12-22 10:00 unknown"]] * 2
    assert addresses(half("2019-12-22T10:00", one="covered"))[0] == ["2019-12-22 10:00 unknown"]  # no policy is there


def test_of_what_was_found_otherwise_nobody_knows_since_when() -> None:
    before = half("2019-12-22T10:00", one="covered", other="covered")
    found = addresses(applied(), before, looked("2020-01-06T10:00", one="NOT covered", other="covered"))
    assert found == [
        ["2019-12-22 10:00 unknown", "2020-01-06 10:00 exposed"],
        ["2019-12-22 10:00 mitigated"],
    ]


def test_two_looks_that_differ_are_not_folded() -> None:
    """Runs that say the same of the virtual servers may differ at a management address."""
    words = ("covered", "NOT covered", "covered")
    looks = [looked(f"2020-01-0{day}T10:00", one=word) for day, word in enumerate(words, 6)]
    assert addresses(applied(), *looks)[0] == [
        "2020-01-06 10:00 unknown",
        "2020-01-07 10:00 exposed",
        "2020-01-08 10:00 mitigated",
    ]


def test_a_script_on_the_node_covers_nothing() -> None:
    """on_box.yml leaves a record of the same kind: it reports new files, and stops no request."""
    script = half("2019-12-22T10:00", one="covered", other="covered")
    script.content = script.content.with_values(measure="on_box")
    assert addresses(applied(), script) == [[], []]


@pytest.mark.parametrize(
    ("seen", "mode", "verdict", "found"),
    [
        ("NOT covered until the next reboot", "", "applied, unproven", "unknown"),
        ("NOT covered until the next reboot", "", "mitigated", "unknown"),
        ("NOT covered until the next reboot", "observe", "observe, not blocking", "exposed"),
        ("NOT covered: our rule only counts", "", "mitigated", "unknown"),
        ("NOT covered: our rule only counts", "observe", "observe, not blocking", "observe, not blocking"),
        ("NOT covered", "", "mitigated", "exposed"),
    ],
)
def test_what_an_address_let_pass_before_our_rule_was_changed_is_not_known(
    seen: str, mode: str, verdict: str, found: str
) -> None:
    """Seen in a night: exposed, where a rule that only counted had let the attack pass, and one that blocks came later."""
    counts = record(
        "apply", "2019-12-20T21:00", mode="observe", steps=policy("tq_cve_2019_19781"), builds={ONE: BAD, OTHER: BAD}
    )
    look = half("2019-12-22T10:00", one=seen, other="NOT covered")
    blocks = record(
        "apply", "2020-01-06T10:00", mode=mode, steps=policy("tq_cve_2019_19781"), proof={**PROVEN, "verdict": verdict}
    )
    one, other = courses(counts, look, blocks)
    assert (one.management[-1].state, other.management[-1].state) == (found, "exposed")
    if found == "unknown":
        assert one.management[-1].start.isoformat() == "2020-01-06T10:00:00+00:00"
        assert one.management[-1].reason.endswith("has changed our rule since: no run has asked it again")
    again = courses(counts, look, blocks, looked("2020-01-07T10:00", one="NOT covered until the next reboot"))
    assert again[0].management[-1].state == "exposed"


def test_our_own_removal_has_its_time() -> None:
    before = half("2019-12-22T10:00", one="covered", other="covered")
    after = half("2020-01-06T10:00", wanted="absent", one="NOT covered", other="NOT covered")
    assert addresses(applied(), before, after)[0] == ["2019-12-22 10:00 mitigated", "2020-01-06 10:00 exposed"]
    unasked = half("2020-01-06T10:00", wanted="absent")
    assert addresses(applied(), before, unasked)[0] == ["2019-12-22 10:00 mitigated", "2020-01-06 10:00 exposed"]
    stopped = half("2020-01-06T10:00", wanted="absent", outcome="failed")
    assert addresses(applied(), before, stopped)[0] == ["2019-12-22 10:00 mitigated", "2020-01-06 10:00 unknown"]


def test_an_address_is_protected_only_while_the_mitigation_is() -> None:
    removed = [{**one, "before": one["after"], "after": None} for one in policy("tq_cve_2019_19781")]
    off = record("rollback", "2020-01-06T10:00", undoes=["20191220T210000.000000Z-0123456789.json"], steps=removed)
    found = addresses(applied(), half("2019-12-22T10:00", one="covered", other="covered"), off)
    assert found[0][0] == "2019-12-22 10:00 mitigated"
    assert not State(found[0][-1].partition("10:00 ")[2]).protects


def test_a_missing_run_and_one_that_is_not_read_make_it_unknown() -> None:
    before = half("2019-12-22T10:00", one="covered", other="covered")
    later = looked("2020-01-08T10:00")
    later.content = later.content.with_values(
        previous=[{"name": "20200103T100000.000000Z-0123456789.json", "sha256": "0" * 64}]
    )
    history = History.of([applied(), before, later], NOW)
    reading = Today(NOW, {node: Build.parse(BAD) for node in PAIR})
    tracks = partition_tracks(ENTRY, history, history.by_measure[ENTRY.id], [])
    measure = measure_line(tracks, (), Judging(ENTRY, (), None, TODAY))
    one, _other = node_courses(ENTRY, history, reading, PAIR, measure)
    assert told(one.management)[-1] == "2019-12-22 10:00 unknown"
    away = addresses(applied(), before, builds={}, problem="no route")
    assert away[0][-1] == "2020-03-01 08:00 unknown"
    both = half("2019-12-22T10:00", one="covered", other="covered")
    one, other = addresses(applied(), both, builds={ONE: BAD, OTHER: ""})
    assert (one[-1], other[-1]) == ("2019-12-22 10:00 mitigated", "2020-03-01 08:00 unknown")


def test_a_line_that_the_start_up_file_lacks_today_puts_a_proof_in_doubt() -> None:
    """A restart since may have lost the knob. That the line is there proves nothing: only an answer of the address does."""
    before = half("2019-12-22T10:00", one="covered", other="covered")
    line = "nsapimgr_wr.sh -ys skip_systemaccess_policyeval=0"
    found = addresses(applied(), before, start_up={ONE: ["# of the customer"], OTHER: [f" {line} "]})
    assert found == [["2019-12-22 10:00 unknown"], ["2019-12-22 10:00 mitigated"]]
    assert addresses(applied(), start_up={ONE: [line], OTHER: None}) == [[], []]


def test_the_line_of_an_appliance_is_that_of_its_least_protected_address() -> None:
    found = courses(applied(), half("2019-12-22T10:00", one="covered", other="NOT covered"))
    assert told(worst_management(found)) == ["1970-01-01 exposed"]
    found = courses(applied(), half("2019-12-22T10:00", one="covered"))
    assert told(worst_management(found)) == ["1970-01-01 exposed", "2019-12-22 10:00 unknown"]
    assert worst_management([]) == ()


def test_a_node_without_the_fix_of_the_other_one_is_named() -> None:
    def named(**builds: str) -> tuple[str, ...]:
        of = {"one": ONE, "other": OTHER}
        return without_fix(ENTRY, Today(NOW, {of[node]: Build.parse(build) for node, build in builds.items()}))

    assert named(one=BAD, other=GOOD) == (ONE,)
    assert named(one=BAD, other=BAD) == named(one=GOOD, other=GOOD) == ()


def test_each_node_has_the_build_of_its_own() -> None:
    seen = record("apply", "2019-12-20T21:00", builds={ONE: BAD, OTHER: GOOD})
    one, other = courses(seen, builds={ONE: BAD, OTHER: GOOD})
    assert told(one.build) == ["1970-01-01 exposed"]
    assert told(other.build) == told(other.management) == ["1970-01-01 exposed", "2019-12-20 21:00 fixed"]
    one, other = courses(record("apply", "2019-12-20T21:00"), builds={ONE: BAD, OTHER: GOOD})
    assert told(other.build) == ["1970-01-01 exposed", "2020-03-01 08:00 fixed"]


def test_a_weakness_of_the_management_address_follows_the_build_of_its_node() -> None:
    entry = replace(ENTRY, surface=Surface.MANAGEMENT, measure=None)
    assert has_management(entry)
    assert addresses(entry=entry, builds={ONE: BAD, OTHER: GOOD}) == [[], ["2020-03-01 08:00 fixed"]]
    behind = replace(ENTRY, surface=Surface.BACK_ENDS)
    assert courses(entry=behind) == []
    of_servers = replace(ENTRY, measure=None)
    assert not has_management(of_servers)
    assert [one.management for one in courses(entry=of_servers)] == [(), ()]


def test_no_closing_ends_a_weakness_of_the_management_address() -> None:
    """Virtual servers that are switched off do not close it; what ends it is the fix."""
    entry = replace(ENTRY, surface=Surface.MANAGEMENT, measure=None)
    off = record("lockdown", "2020-01-05T10:00", off=("gw", "gw-dewit"))
    on = record("reopen", "2020-01-20T10:00", off=("gw", "gw-dewit"))
    found = appliance_course(off, on, entry=entry).courses[0]
    assert told(found.line) == ["2019-12-17 exposed"]
    assert not found.losses
    assert told(appliance_course(off).courses[0].line)[-1] == "2020-01-05 10:00 closed"


@pytest.mark.parametrize("word", [*Coverage, "a later word"])
def test_only_covered_protects(word: str) -> None:
    assert state_of(word).protects is (word == Coverage.COVERED)
    known = [str(one) for one in Coverage if one not in (Coverage.UNKNOWN, Coverage.PARTLY)]
    assert state_of(word).is_known is (word in known)


def test_a_row_of_the_ledger_has_the_nodes_of_what_is_reached_at_a_management_address() -> None:
    found = appliance_course(applied(), nodes=PAIR)
    (course,) = found.courses
    nodes = found.management(course)
    assert [(one.node, told(one.management)) for one in nodes] == [(node, ["2019-12-17 exposed"]) for node in PAIR]
    assert told(course.line)[-1] == "2019-12-20 21:00 mitigated"
    lacks = appliance_course(nodes=PAIR, not_by_configuration={ENTRY.id: "no gateway"})
    assert told(lacks.management(lacks.courses[0])[0].management)[-1] == "2020-03-01 08:00 not affected"


@pytest.mark.parametrize("kind", [ProvenanceKind.SIGNED, ProvenanceKind.ACCEPTED])
@pytest.mark.parametrize("word", ["covered", "NOT covered"])
def test_a_copy_proves_where_a_control_node_has_signed_it(kind: ProvenanceKind, word: str) -> None:
    """Seen: mitigated, by a copy that nobody has signed and a person had accepted by name for its steps."""
    copy = half("2019-12-22T10:00", one=word, other=word)
    copy.content = copy.content.with_values(origin={"node": ONE, "state": "ended", "sha256": "0" * 64})
    copy.provenance = Provenance(kind, accepted_by="J. Jansen")
    one, _other = addresses(applied(), copy)
    proves = kind is ProvenanceKind.SIGNED and word == "covered"
    assert one == (["2019-12-22 10:00 mitigated"] if proves else []), "exposed from the beginning"
    seen_by_us = addresses(applied(), half("2019-12-21T10:00", one="covered"), copy)[0]
    assert seen_by_us[-1].endswith("exposed" if word != "covered" else "mitigated" if proves else "unknown")


@pytest.mark.parametrize("later", ["2019-12-22T10:59", "2019-12-22T11:01"])
@pytest.mark.parametrize("is_chained", [True, False])
def test_an_answer_of_which_no_record_says_that_it_came_after_the_removal_proves_nothing(
    later: str, is_chained: bool
) -> None:
    """Seen: mitigated, by two clocks that may differ by an hour, at an address from which another control node had taken the line."""
    root, gone, seen = applied(), half("2019-12-22T10:00", "absent"), looked(later, one="covered")
    for one, name in ((gone, root.name), (seen, gone.name if is_chained else root.name)):
        follow(one, name)
    history = History.of((root, gone, seen), NOW)
    found = coverage_line(history, "cve_2019_19781", ONE, Today(NOW, {ONE: Build.parse(BAD)}), "a line")
    is_told = is_chained or later.endswith("11:01")
    assert told(found)[1:] == (
        [f"{later.replace('T', ' ')} mitigated"] if is_told else [f"{later.replace('T', ' ')} unknown"]
    )
