# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rollouts: the decision before the first wave, the journal, and the reasons to hold an appliance."""

from __future__ import annotations

import json
import stat
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.plan_file import PlanFile
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.planner import fingerprint
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.journal import Rollout, earlier_rollout
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.options import RolloutOptions
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.rollout_course import (
    Event,
    RolloutCourse,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.settlement import Absence, Settlement
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import sample
from tests.calls import counted

FACTS = {"verb": "apply", "measure": "cve_x", "run": "r1", "who": {}, "ticket": "", "reason": ""}
BASIS: dict[str, Any] = {"features": {}, "objects": [], "steps": []}


@pytest.fixture
def rollout(tmp_path: Path) -> Rollout:
    return Rollout(tmp_path / "plans" / "20200115T020000Z-r1")


def options(**values: Any) -> RolloutOptions:
    return RolloutOptions.from_variables(values)


def planned(rollout: Rollout, *hosts: str, nothing_to_do: bool = False) -> None:
    for host in hosts:
        PlanFile(
            {
                **dict.fromkeys(("customer", "site", "marker", "verdict"), ""),
                **{name: [] for name in ("lines", "inverse", "conflicts", "neighbours")},
                "host": host,
                "verb": "apply",
                "measure": "cve_x",
                "version": 1,
                "run": "r1",
                "seal": fingerprint(BASIS),
                "basis": BASIS,
                "nothing_to_do": nothing_to_do,
            }
        ).write(rollout.directory)
        rollout.note(host, Event.PLANNED)


def begun(rollout: Rollout, waves: list[list[str]], **values: Any) -> Rollout:
    rollout.begin(Settlement(waves=waves), options(**values), FACTS)
    return rollout


def went(rollout: Rollout, host: str, end: str = Event.DONE, text: str = "") -> None:
    rollout.note(host, Event.STARTED)
    rollout.note(host, end, text)


# -- the decision ------------------------------------------------------------------------------------------------------


def test_those_with_work_go_in_the_order_of_the_inventory(rollout: Rollout) -> None:
    planned(rollout, "c", "a", "b")
    planned(rollout, "d", nothing_to_do=True)
    settlement = rollout.settle(["a", "b", "c", "d"], options(waves=[1]))
    assert settlement == Settlement(waves=[["a"], ["b"], ["c"]], nothing_to_do=["d"])
    assert settlement.hosts == ["a", "b", "c"]


def missing(rollout: Rollout) -> list[str]:
    planned(rollout, "a", "b")
    rollout.note("down", Event.UNREACHABLE_IN_PLAN, "no route")
    rollout.note("off", Event.UNREACHABLE_IN_PLAN, "refused")
    rollout.note("taken", Event.NOT_PLANNED, "the priority is taken")
    return ["a", "b", "down", "off", "taken", "silent"]


@pytest.mark.parametrize(
    ("values", "left_out", "in_the_way"),
    [
        ({}, [], ["down", "off", "silent", "taken"]),
        ({"accept_unreachable": 1}, [], ["down", "off", "silent", "taken"]),
        ({"accept_unreachable": 2}, ["down", "off"], ["silent", "taken"]),
        ({"accept_unreachable": ["down"]}, ["down"], ["off", "silent", "taken"]),
        ({"accept_unreachable": ["taken", "down"]}, ["down"], ["off", "silent", "taken"]),
        ({"accept_refused": 2}, ["silent", "taken"], ["down", "off"]),
        ({"accept_refused": "taken,silent", "accept_unreachable": "off,down"}, ["down", "off", "silent", "taken"], []),
    ],
)
def test_who_is_missing_is_accepted_by_name_or_by_number(
    rollout: Rollout, values: dict[str, Any], left_out: list[str], in_the_way: list[str]
) -> None:
    settlement = rollout.settle(missing(rollout), options(**values))
    assert sorted(absence.host for absence in settlement.left_out) == left_out
    assert sorted(absence.host for absence in settlement.in_the_way) == in_the_way


def test_a_lockdown_goes_on_without_those_that_cannot_go(rollout: Rollout) -> None:
    hosts = missing(rollout)
    stopped, goes_on = (rollout.settle(hosts, options(), goes_on=goes_on) for goes_on in (False, True))
    assert stopped.in_the_way
    assert (goes_on.in_the_way, goes_on.left_open) == ([], stopped.in_the_way)
    assert goes_on.waves == stopped.waves
    rollout.begin(goes_on, options(), FACTS)
    assert rollout.manifest is not None
    assert rollout.manifest["waves"] == goes_on.waves
    assert [absence["host"] for absence in rollout.manifest["left_open"]] == [one.host for one in goes_on.left_open]


def test_the_reason_is_told_and_an_appliance_that_is_silent_is_not_well(rollout: Rollout) -> None:
    absences = rollout.settle(missing(rollout), options()).in_the_way
    assert Absence("down", True, "no route") in absences
    assert Absence("taken", False, "the priority is taken") in absences
    assert Absence("silent", False, "its worker gave no answer, or another task failed before its plan") in absences


@pytest.mark.parametrize("name", ["accept_unreachable", "accept_refused", "canary"])
def test_a_name_that_the_run_does_not_have_is_refused(rollout: Rollout, name: str) -> None:
    planned(rollout, "a")
    with pytest.raises(InvalidInput, match=f"{name} names elsewhere"):
        rollout.settle(["a"], options(**{name: ["elsewhere"]}))


def test_names_may_stand_in_the_inventory_whatever_the_run_is_limited_to(rollout: Rollout) -> None:
    planned(rollout, "a", "b")
    named = options(canary=["c"], accept_unreachable=["c"], accept_refused=["c"])
    settlement = rollout.settle(["a", "b"], named, inventory=["a", "b", "c"])
    assert settlement.waves == [["a"], ["b"]]


def test_nothing_may_start_where_somebody_is_in_the_way(rollout: Rollout) -> None:
    hosts = missing(rollout)
    rollout.begin(rollout.settle(hosts, options()), options(), FACTS)
    with pytest.raises(InvalidInput, match="a: it is in no wave of the rollout"):
        rollout.reason_to_hold("a")


def test_the_plan_of_an_earlier_rollout_in_the_same_run_does_not_count(rollout: Rollout) -> None:
    planned(rollout, "a", "b")
    begun(rollout, [["a"], ["b"]])
    went(rollout, "a")
    went(rollout, "b", Event.FAILED, "bad")
    rollout.note("a", Event.PLANNED)
    settlement = rollout.settle(["a", "b"], options())
    assert (settlement.waves, [absence.host for absence in settlement.in_the_way]) == ([["a"]], ["b"])


# -- what is on the disk -----------------------------------------------------------------------------------------------


def test_the_manifest_says_what_was_decided(rollout: Rollout) -> None:
    assert rollout.manifest is None
    settlement = Settlement(waves=[["a"]], left_out=[Absence("b", True, "no route")])
    rollout.begin(settlement, options(max_failed=2, canary="a"), {**FACTS, "ticket": "CHG1"})
    manifest = rollout.manifest
    assert manifest is not None
    assert (manifest["waves"], manifest["ticket"], manifest["options"]["max_failed"]) == ([["a"]], "CHG1", 2)
    assert manifest["left_out"] == [{"host": "b", "unreachable": True, "problem": "no route"}]
    rollout.note("a", Event.STARTED)
    assert {stat.S_IMODE(path.stat().st_mode) for path in rollout.directory.iterdir()} == {0o600}
    assert stat.S_IMODE(rollout.directory.stat().st_mode) == 0o700


@pytest.mark.parametrize("text", ["", "[]", '{"format": 9}', "{"])
def test_a_manifest_that_is_none_holds_everything(rollout: Rollout, text: str) -> None:
    rollout.write("rollout.json", text)
    with pytest.raises(InvalidInput, match=r"rollout\.json"):
        rollout.reason_to_hold("a")


def test_what_cannot_be_written_is_said_with_the_way_out(rollout: Rollout) -> None:
    rollout.directory.parent.parent.mkdir(exist_ok=True)
    rollout.directory.parent.write_text("a file where the directory should be", encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"a: the journal .* cannot be written .*-e plans="):
        rollout.note("a", Event.STARTED)
    with pytest.raises(InvalidInput, match=r"summary\.txt cannot be written .*-e plans="):
        rollout.write("summary.txt", "")


def test_text_in_the_journal_is_data_and_is_kept_short(rollout: Rollout) -> None:
    rollout.note("gw-münchen", Event.FAILED, "\x1b[2J\nMITIGATED " + "x" * 9000)
    (line,) = (rollout.directory / "journal.jsonl").read_text(encoding="utf-8").splitlines()
    assert line.isascii()
    assert len(line) < 3000
    assert rollout.course().failed["gw-münchen"].startswith("\\x1b[2J\\x0aMITIGATED")


# -- the brake ---------------------------------------------------------------------------------------------------------


def test_a_wave_goes_when_all_before_it_ended_well(rollout: Rollout) -> None:
    begun(rollout, [["a"], ["b", "c"]])
    assert rollout.reason_to_hold("a") == ""
    rollout.note("a", Event.STARTED)
    assert rollout.reason_to_hold("b") == "1 failed: a: it began and never ended"
    rollout.note("a", Event.DONE)
    assert rollout.reason_to_hold("b") == rollout.reason_to_hold("c") == ""


def test_who_failed_holds_all_others_and_its_reason_is_told(rollout: Rollout) -> None:
    begun(rollout, [["a", "b"], ["c"]])
    went(rollout, "a", Event.FAILED, "legitimate traffic was harmed")
    assert rollout.reason_to_hold("b") == "1 failed: a: legitimate traffic was harmed"
    went(rollout, "a")
    assert rollout.reason_to_hold("b") == "1 failed: a: legitimate traffic was harmed", "once failed, failed"
    assert rollout.reason_to_hold("c") == (
        "2 failed: a: legitimate traffic was harmed; b: it failed before its first request"
    )


def test_the_threshold_is_over_the_whole_fleet(rollout: Rollout) -> None:
    begun(rollout, [["a"], ["b"], ["c", "d"]], max_failed=1)
    went(rollout, "a", Event.FAILED, "one")
    assert rollout.reason_to_hold("b") == ""
    went(rollout, "b", Event.FAILED, "two")
    assert rollout.reason_to_hold("c") == "2 failed, 1 may (rollout_max_failed): a: one; b: two"


def test_who_was_held_has_not_failed(rollout: Rollout) -> None:
    begun(rollout, [["a"], ["b"], ["c"]], max_failed=1)
    went(rollout, "a", Event.FAILED, "one")
    rollout.note("b", Event.HELD, "1 failed")
    assert rollout.reason_to_hold("c") == ""


def test_who_has_gone_may_be_looked_at_again_but_not_changed(rollout: Rollout) -> None:
    begun(rollout, [["a", "b", "c"], ["d"]])
    went(rollout, "a")
    went(rollout, "b", Event.FAILED, "bad")
    rollout.note("c", Event.HELD, "1 failed")
    for host, reads_only, held in (("a", True, False), ("a", False, True), ("b", True, True), ("c", True, True)):
        assert bool(rollout.reason_to_hold(host, reads_only=reads_only)) is held


def test_a_line_that_a_crash_tore_is_no_end(rollout: Rollout) -> None:
    begun(rollout, [["a"], ["b"]])
    rollout.note("a", Event.STARTED)
    with (rollout.directory / "journal.jsonl").open("ab") as file:
        file.write(b'{"time": "2020-01-15T02:00:00.000+00:00", "host": "a", "event": "do')
    assert rollout.reason_to_hold("b") == "1 failed: a: it began and never ended"
    rollout.note("c", Event.STARTED)
    assert rollout.course().last["c"]["event"] == Event.STARTED, "the line behind the torn one counts"
    with (rollout.directory / "journal.jsonl").open("ab") as file:
        file.write(b'\xff\xfe{}\n[1]\n{"host": "a", "event": "done"}\n"done"\n')
    assert rollout.reason_to_hold("b") == "1 failed: a: it began and never ended"


FATES = st.sampled_from(["done", "failed", "lost", "dropped", "torn", "failed then done"])


@settings(max_examples=sample.examples(60), deadline=None)
@given(st.data(), st.integers(0, 4), st.integers(1, 4))
def test_never_more_fail_than_may_and_those_that_run_already(data: st.DataObject, max_failed: int, forks: int) -> None:
    """Waves of any size, forks that run at the same time, and any outcome: the journal is asked as the actions ask it."""
    sizes = data.draw(st.lists(st.integers(1, 6), min_size=1, max_size=6))
    names = iter(range(100))
    waves = [[f"gw-{next(names)}" for _ in range(size)] for size in sizes]
    with tempfile.TemporaryDirectory() as directory:
        rollout = begun(Rollout(Path(directory) / "run"), waves, max_failed=max_failed)
        bad: set[str] = set()
        for wave in waves:
            lost_here: set[str] = set()
            for first in range(0, len(wave), forks):
                batch = wave[first : first + forks]
                admitted = [host for host in batch if not rollout.reason_to_hold(host)]
                if len(bad) > max_failed:
                    assert admitted == [], "more have failed than may, and somebody goes on"
                for host in batch:
                    rollout.note(host, Event.STARTED if host in admitted else Event.HELD)
                for host in admitted:
                    fate = data.draw(FATES)
                    if fate in ("failed", "failed then done"):
                        rollout.note(host, Event.FAILED, "bad")
                        bad.add(host)
                    if fate in ("done", "failed then done"):
                        rollout.note(host, Event.DONE)
                    if fate in ("lost", "dropped", "torn"):
                        lost_here.add(host)
                    if fate == "torn":
                        with (rollout.directory / "journal.jsonl").open("ab") as file:
                            file.write(b'{"event": "done", "host": "' + host.encode())
            bad |= lost_here
        assert len(bad) <= max_failed + max(forks, *sizes)


# -- watching a wave ---------------------------------------------------------------------------------------------------


def at(course: RolloutCourse, wave: int) -> float | None:
    until = course.bake_until(wave)
    last = max((line["time"] for line in course.journal), default="")
    return None if until is None else (until - datetime.fromisoformat(last)) / timedelta(seconds=1)


def test_a_wave_is_watched_from_its_last_change_on(rollout: Rollout) -> None:
    begun(rollout, [["a"], ["b", "c"], ["d"]], bake_seconds=30)
    assert at(rollout.course(), 0) is None
    went(rollout, "a", Event.DONE, "changed")
    assert at(rollout.course(), 0) == 30
    went(rollout, "b")
    went(rollout, "c")
    assert at(rollout.course(), 1) is None, "nothing was changed"
    went(rollout, "d", Event.DONE, "changed")
    assert at(rollout.course(), 2) is None, "there is none behind it"


def test_nobody_waits_for_a_wave_that_will_be_held(rollout: Rollout) -> None:
    begun(rollout, [["a", "b"], ["c"]], bake_seconds=30)
    went(rollout, "a", Event.DONE, "changed")
    went(rollout, "b", Event.FAILED, "bad")
    assert rollout.course().bake_until(0) is None


# -- stopped and continued ---------------------------------------------------------------------------------------------


def test_what_stopped_it_goes_first_and_what_is_done_stays_done(rollout: Rollout, tmp_path: Path) -> None:
    begun(rollout, [["a"], ["b", "c", "d"], ["e"]])
    went(rollout, "a")
    went(rollout, "b")
    went(rollout, "c", Event.FAILED, "bad")
    rollout.note("d", Event.STARTED)  # its worker was killed
    plans = rollout.directory.parent
    now = Rollout(plans / "20200115T030000Z-r2")
    earlier, unreadable = earlier_rollout(plans, now.directory, "apply", "cve_x", list("abcde"))
    assert (earlier and earlier.directory, unreadable) == (rollout.directory, [])
    planned(now, "c", "d", "e")
    planned(now, "a", "b", nothing_to_do=True)
    settlement = now.settle(list("abcde"), options(canary=2), earlier)
    assert settlement.waves == [["c", "d"], ["e"]]
    assert (settlement.continues, settlement.nothing_to_do) == (rollout.directory.name, ["a", "b"])


@pytest.mark.parametrize(
    ("verb", "measure", "hosts", "continues"),
    [
        ("apply", "cve_x", ["b"], True),
        ("apply", "cve_x", ["a"], False),  # it is done
        ("apply", "cve_x", ["z"], False),  # of another customer
        ("rollback", "cve_x", ["b"], False),
        ("apply", "cve_y", ["b"], False),
    ],
)
def test_only_the_same_rollout_of_the_same_appliances_is_continued(
    rollout: Rollout, verb: str, measure: str, hosts: list[str], continues: bool
) -> None:
    begun(rollout, [["a"], ["b"]])
    went(rollout, "a")
    found, _unreadable = earlier_rollout(rollout.directory.parent, Path("/now"), verb, measure, hosts)
    assert (found is not None) is continues


def test_a_rollout_that_came_to_its_end_is_not_continued_nor_the_one_before_it(rollout: Rollout) -> None:
    plans = rollout.directory.parent
    begun(rollout, [["a"]])
    went(rollout, "a", Event.FAILED, "bad")
    later = begun(Rollout(plans / "20200115T030000Z-r2"), [["a"]])
    went(later, "a")
    refused = Rollout(plans / "20200115T040000Z-r3")
    refused.begin(Settlement(in_the_way=[Absence("a", True, "no route")]), options(), FACTS)
    (plans / "20200115T050000Z-r4").mkdir()
    assert earlier_rollout(plans, Path("/now"), "apply", "cve_x", ["a"]) == (None, [])
    assert earlier_rollout(plans / "nowhere", Path("/now"), "apply", "cve_x", ["a"]) == (None, [])


def test_a_rollout_of_somebody_else_that_cannot_be_read_stops_nothing_and_is_told(rollout: Rollout) -> None:
    plans = rollout.directory.parent
    begun(rollout, [["a"]])
    Rollout(plans / "20200115T030000Z-r2").write("rollout.json", "{")
    found, unreadable = earlier_rollout(plans, Path("/now"), "apply", "cve_x", ["a"])
    assert found is not None
    assert (found.directory, unreadable) == (rollout.directory, ["20200115T030000Z-r2"])


def test_who_never_had_a_turn_is_told_with_the_reason(rollout: Rollout) -> None:
    begun(rollout, [["a"], ["b", "c"], ["d"]])
    assert rollout.course().not_begun() == dict.fromkeys("abcd", "not begun")
    rollout.note("a", Event.STARTED)
    assert rollout.course().not_begun() == dict.fromkeys("bcd", "1 failed: a: it began and never ended")
    went(rollout, "a")
    went(rollout, "b", Event.FAILED, "bad")
    rollout.note("c", Event.HELD, "1 failed: b: bad")
    assert rollout.course().not_begun() == {
        "c": "1 failed: b: bad",
        "d": "1 failed: b: bad",
    }


# -- size --------------------------------------------------------------------------------------------------------------


def test_a_gate_reads_the_journal_of_a_thousand_appliances_with_few_calls(rollout: Rollout) -> None:
    hosts = [f"gw-{number}" for number in range(1000)]
    waves = [hosts[:1], hosts[1:101], hosts[101:601], hosts[601:]]
    begun(rollout, waves)
    now = datetime.now().astimezone().isoformat()
    lines = [
        json.dumps({"time": now, "host": host, "event": event, "text": "changed"})
        for host in hosts[:-1]
        for event in (Event.STARTED, Event.DONE, Event.STARTED, Event.DONE)
    ]
    (rollout.directory / "journal.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    with counted() as gate:
        assert rollout.reason_to_hold(hosts[-1]) == ""
    assert gate.calls < 12 * len(lines)
