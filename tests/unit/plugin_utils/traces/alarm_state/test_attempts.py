# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The requests of others as differences of counters, and since when none were seen."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput, Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.alarm_state.attempts import (
    MOST_TESTS,
    AlarmState,
    Count,
    count,
    next_state,
    statement,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.alarm_state.state_file import (
    counted_requests,
    path_of,
    read_state,
    states_of_others,
    write_state,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.own_runs import OwnTest

START = datetime(2026, 11, 27, 6, 0, tzinfo=UTC)
DAY = timedelta(hours=24)
ONE, TWO = "10.1.0.11:443", "10.1.0.12:443"
TEST = OwnTest("run", START, "192.0.2.1", "tq-alarm-0")


def step(
    before: AlarmState | None,
    days: float,
    hits: int,
    *,
    node: str = ONE,
    tested: int = 1,
    probes: int = 0,
    works: bool = True,
    started: str = "Thu Nov 26 06:00:00 2026",
) -> tuple[AlarmState, Count]:
    """Play one test, so many days after the first one."""
    at = START + days * DAY
    counted = count(before, node, at, {"tq_x": hits}, {"tq_x": tested}, {"tq_x": probes}, started)
    state = next_state(
        before,
        counted,
        {"tq_x": hits},
        appliance="gw",
        node=node,
        at=at,
        started=started,
        works=works,
        tests=(TEST,) if works else (),
        tested={"tq_x": tested} if tested else {},
    )
    return state, counted


def test_nothing_but_our_own_tests_is_quiet_since_the_first_one() -> None:
    state, counted = step(None, 0, 1)
    assert (counted.total, statement(state, counted)) == (
        0,
        "the alarm works since 2026-11-27 06:00 UTC; nothing is known of the time before (this is the first test)",
    )
    for day in (1, 2, 3):
        state, counted = step(state, day, 1 + day)
        assert statement(state, counted) == "no attempts seen since 2026-11-27 06:00 UTC"


def test_requests_of_others_are_counted_and_quiet_begins_anew() -> None:
    state, _counted = step(None, 0, 1)
    state, counted = step(state, 1, 9)
    assert counted.others == {"tq_x": 7}
    assert statement(state, counted) == "7 requests of others matched since 2026-11-27 06:00 UTC"
    state, counted = step(state, 2, 10)
    assert statement(state, counted) == "no attempts seen since 2026-11-28 06:00 UTC"


def test_probes_of_change_records_are_ours_once() -> None:
    state, _counted = step(None, 0, 4, probes=3)
    state, counted = step(state, 1, 8, probes=3)
    assert counted.total == 0
    state, counted = step(state, 2, 9)
    assert counted.total == 0


def test_probes_before_a_counter_began_again_hide_nothing() -> None:
    """Whether they came before or after the restart is not known: rather one alarm too many."""
    state, _counted = step(None, 0, 50, tested=50)
    assert step(state, 1, 4, probes=3)[1].total == 3


def test_a_test_whose_line_was_not_seen_is_nobody_we_know() -> None:
    """The counter alone does not say whose hit it is."""
    state, _counted = step(None, 0, 1)
    assert step(state, 1, 2, tested=0)[1].total == 1


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"days": 1, "hits": 1}, "the counters began again: a restart, a failover, or they were cleared"),
        ({"days": 1, "hits": 6, "node": TWO}, "another node is primary than at the test before (10.1.0.11:443)"),
        ({"days": 2, "hits": 6}, "it was not tested for 48 hours"),
        ({"days": -1, "hits": 6}, "the clock of the control node was set back"),
    ],
)
def test_what_is_not_continuous_begins_anew(change: dict[str, object], reason: str) -> None:
    state, _counted = step(None, 0, 5, tested=5)
    after, counted = step(state, **change)  # type: ignore[arg-type]
    assert counted.began_again == reason
    assert after.quiet_since == after.last


def test_while_it_does_not_work_nothing_is_said_but_attempts_are_counted() -> None:
    state, _counted = step(None, 0, 1)
    state, counted = step(state, 1, 5, tested=0, works=False)
    assert (counted.total, state.quiet_since) == (4, None)
    assert statement(state, counted) == "monitoring unproven: nothing can be said about attempts"
    state, counted = step(state, 2, 6)
    assert counted.began_again == "the alarm did not work at the test before"
    assert state.quiet_since == state.last


def test_after_a_failover_and_back_each_node_has_its_own_difference() -> None:
    """A counter that is lower is of another node: neither are hits lost, nor are they counted twice."""
    state, _counted = step(None, 0, 101, tested=101)
    state, counted = step(state, 1, 4, node=TWO)
    assert counted.total == 3, "of a node that was never read, all count"
    state, counted = step(state, 2, 103)
    assert (counted.total, counted.since) == (1, START), "since that node was last read"


def test_a_counter_that_was_cleared_counts_from_zero() -> None:
    state, _counted = step(None, 0, 50, tested=50)
    assert step(state, 1, 3)[1].total == 2


@pytest.mark.parametrize(
    ("started", "others"),
    [("Thu Nov 26 06:00:03 2026", 1), ("Fri Nov 27 08:00:00 2026", 6), ("", 6), ("a while ago", 6)],
)
def test_a_counter_that_is_higher_after_a_restart_is_not_a_difference(started: str, others: int) -> None:
    """Few seconds are the clock that was corrected. Where the time is not known, rather too many."""
    state, _counted = step(None, 0, 5, tested=5)
    assert step(state, 1, 7, started=started)[1].total == others


def test_a_node_that_says_the_same_start_at_each_start_may_have_been_restarted() -> None:
    """Its clock begins in 1970, and gets the time from elsewhere later."""
    state, _counted = step(None, 0, 5, tested=5, started="Thu Jan  1 00:00:20 1970")
    assert step(state, 1, 7, started="Thu Jan  1 00:00:21 1970")[1].total == 6


@pytest.mark.parametrize(
    ("started", "of_start", "others", "in_doubt"),
    [
        ("Fri Nov 27 08:00:00 2026", False, 8, {}),
        ("Fri Nov 27 08:00:00 2026", True, 4, {"tq_x": 1}),
        ("Thu Nov 26 06:00:00 2026", True, 8, {}),  # it was not started, and its counter was cleared
    ],
)
def test_our_probes_since_a_restart_are_ours_where_its_time_is_known(
    started: str, others: int, in_doubt: dict[str, int], *, of_start: bool
) -> None:
    """Seen: after a restart, the probes of a verify were called an attack."""
    state, _counted = step(None, 0, 50, tested=50)
    probes, doubts = {"tq_x": 4}, {"tq_x": 1}
    found = count(state, ONE, START + DAY, {"tq_x": 9}, {"tq_x": 1}, probes, started, doubts, of_start=of_start)
    assert (found.total, found.in_doubt) == (others, in_doubt)


def test_tests_that_are_kept_are_bounded() -> None:
    state = None
    for number in range(MOST_TESTS + 3):
        state, _counted = step(state, number / 1000, number + 1)
    assert state is not None
    assert len(state.tests) == MOST_TESTS


# -- the file ---------------------------------------------------------------------------------------------------------


def test_a_state_is_read_as_it_was_written_and_is_private(tmp_path: Path) -> None:
    assert read_state(tmp_path / "alarms", "gw") is None
    state, _counted = step(None, 0, 1)
    write_state(tmp_path / "alarms", state)
    assert read_state(tmp_path / "alarms", "gw") == state
    assert path_of(tmp_path / "alarms", "gw").stat().st_mode & 0o777 == 0o600
    assert counted_requests(str(tmp_path / "alarms"), "gw") == state.counted != ()
    assert counted_requests(str(tmp_path / "alarms"), "other") == counted_requests(None, "gw") == ()


def test_a_state_of_an_earlier_version_has_no_counted_requests(tmp_path: Path) -> None:
    state, _counted = step(None, 0, 1)
    write_state(tmp_path, state)
    values = json.loads(path_of(tmp_path, "gw").read_text())
    del values["counted"]
    path_of(tmp_path, "gw").write_text(json.dumps(values))
    assert read_state(tmp_path, "gw") == replace(state, counted=())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"version": 2}',
        '{"version": 1, "appliance": "gw", "last": "2026-11-27T06:00:00", "works": true, "quiet_since": null, "node": "", "readings": {}, "tests": []}',
        '{"version": 1, "appliance": "gw", "last": "2026-11-27T06:00:00+00:00", "works": true, "quiet_since": 1, "node": "", "readings": 1, "tests": []}',
        "[" * 20000,
    ],
)
def test_a_file_that_is_no_state_is_refused(tmp_path: Path, text: str) -> None:
    path_of(tmp_path, "gw").write_text(text)
    path_of(tmp_path, "gw").chmod(0o600)
    with pytest.raises(InvalidInput, match=r"is no state of an alarm .* Move it away"):
        read_state(tmp_path, "gw")


def test_a_file_of_another_appliance_or_of_another_user_is_refused(tmp_path: Path) -> None:
    state, _counted = step(None, 0, 1)
    write_state(tmp_path, state)
    path_of(tmp_path, "gw").rename(path_of(tmp_path, "gw2"))
    with pytest.raises(InvalidInput, match=r"is of gw\. Move it away"):
        read_state(tmp_path, "gw2")
    path_of(tmp_path, "gw2").chmod(0o666)
    with pytest.raises(InvalidInput):
        read_state(tmp_path, "gw2")
    path_of(tmp_path, "gw3").mkdir()
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_state(tmp_path, "gw3")


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    state, _counted = step(None, 0, 1)
    (tmp_path / "file").write_text("")
    with pytest.raises(
        Refused, match=r"gw: .* cannot be written \(.*\)\. Name another directory with -e alarms=DIRECTORY"
    ):
        write_state(tmp_path / "file" / "alarms", state)


def test_a_state_of_another_control_node_that_others_may_write_is_refused(tmp_path: Path) -> None:
    state, _counted = step(None, 0, 1)
    write_state(tmp_path / "control-b", state)
    assert states_of_others(tmp_path, "gw") == [state]
    path_of(tmp_path / "control-b", "gw").chmod(0o666)
    with pytest.raises(InvalidInput, match="control-b"):
        states_of_others(tmp_path, "gw")


def test_a_directory_of_others_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_path: Path) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "iterdir", refused)
    with pytest.raises(InvalidInput, match=r"^gw: .* cannot be read \(PermissionError\)"):
        states_of_others(tmp_path, "gw")
