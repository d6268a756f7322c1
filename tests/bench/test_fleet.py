# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The bench of the playbooks runs, and the requests and the memory that it counts are as promised; `make bench-small` judges CPU."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from tests.bench.fleet import (
    MOST_MEBIBYTES,
    Measured,
    broken,
    kept,
    missed,
    page_lines,
    ratios,
    small,
    table,
    with_new,
)


@pytest.fixture(scope="module")
def found() -> list[Measured]:
    return small()


@pytest.mark.only_in_all
def test_a_small_run_takes_little_memory(found: list[Measured]) -> None:
    assert [one for one in found if one.rss_mb > MOST_MEBIBYTES] == []
    assert {one.phase for one in found if one.tool == "tourniquet"} == {"plan", "apply", "status"}


@pytest.mark.only_in_all
def test_others_send_the_same_requests(found: list[Measured]) -> None:
    """But for those few that only the first appliance of a build is asked."""
    by_tool = {(m.tool, m.phase): m for m in found}
    for phase in ("plan", "apply", "status"):
        ours, floor, nornir = (by_tool[tool, phase] for tool in ("tourniquet", "floor", "nornir"))
        assert floor.requests == nornir.requests > 0
        assert floor.connections == nornir.connections > 0
        assert floor.requests <= ours.requests <= floor.requests * 2
    assert by_tool["uri", "plan"].requests == by_tool["floor", "plan"].requests / 10
    assert by_tool["noop", "1 tasks"].requests == 0


@pytest.mark.only_in_all
def test_the_table_has_a_line_for_each_phase(found: list[Measured]) -> None:
    lines = table(found)
    assert len(lines) == 1 + 3
    assert len({len(line) for line in lines}) == 1


def made(tool: str, phase: str, cpu: float, **changes: float) -> Measured:
    return replace(Measured(tool, phase, 10, 0, cpu, 1.0, 100.0, 100, 10), **changes)


def test_what_is_off_is_named() -> None:
    noop = [made("noop", f"{tasks} tasks", float(tasks)) for tasks in (1, 2)]
    good = [*noop, made("tourniquet", "plan", 1.9), made("uri", "plan", 96.0)]
    assert missed(good) == broken(good) == []
    assert missed([*noop, made("tourniquet", "plan", 2.1)]) == [
        "plan at 10, 0 ms: 2.1 times the CPU of tasks that do nothing"
    ]
    assert broken([*noop, made("tourniquet", "plan", 2.1)]) == []
    assert len(broken([*noop, made("tourniquet", "plan", 5.1)])) == 1
    assert missed([*noop, made("tourniquet", "apply", 3.9)]) == [], "two tasks, so twice as much"
    (problem,) = missed([*noop, made("tourniquet", "plan", 1.9), made("uri", "plan", 80.0)])
    assert problem == "plan at 10, 0 ms: uri tasks take only 42 times as much CPU"
    assert broken([*noop, made("tourniquet", "plan", 1.0, rss_mb=1100.0)]) == ["plan at 10, 0 ms: 1100 MiB"]
    far = made("tourniquet", "plan", 1.0, rss_mb=2047.0, rtt_ms=40)
    assert broken([far]) == []
    assert broken([replace(far, rss_mb=2049.0)]) == ["plan at 10, 40 ms: 2049 MiB"]


def test_a_phase_that_takes_longer_than_we_want_is_named() -> None:
    far = made("tourniquet", "apply", 100.0, appliances=1000, rtt_ms=40, wall_s=120.0)
    assert missed([far]) == []
    assert missed([replace(far, wall_s=121.0)]) == ["apply at 1000, 40 ms: 121 s, not 120"]
    assert missed([replace(far, wall_s=500.0, rtt_ms=150)]) == [], "a goal is for one distance"


def test_the_page_has_the_distances_side_by_side() -> None:
    found = [
        made("noop", "1 tasks", 1.0),
        made("tourniquet", "plan", 2.0),
        made("tourniquet", "plan", 3.0, rtt_ms=40, wall_s=9.6),
        made("tourniquet", "apply", 4.0, rtt_ms=40),
    ]
    lines = page_lines(found)
    assert lines[:3] == ["", "10 appliances:", ""]
    assert lines[5:] == [
        "| plan | 10 | 1 | 1 | 2.0 | 100 | 10 | 3.0 | 100 | 2.0 |  |  |",
        "| apply | 10 | 1 |  |  |  | 1 | 4.0 | 100 |  |  |  |",
    ]
    assert len({line.count("|") for line in lines[3:]}) == 1


def test_figures_of_other_fleets_stay(tmp_path: Path) -> None:
    old, far, new = (
        made("tourniquet", "plan", 1.0),
        made("tourniquet", "plan", 2.0, rtt_ms=40),
        made("floor", "plan", 3.0),
    )
    assert with_new([old, far], [new]) == [far, new]
    assert kept(tmp_path / "nothing.json") == []
    (tmp_path / "bench.json").write_text(json.dumps([asdict(old)]))
    assert kept(tmp_path / "bench.json") == [old]


def test_uri_is_compared_for_each_appliance() -> None:
    (line,) = ratios([made("tourniquet", "plan", 2.0), made("uri", "plan", 10.0, appliances=1)])
    assert line["cheaper_than_uri"] == 50
    assert line["times_noop"] is None
