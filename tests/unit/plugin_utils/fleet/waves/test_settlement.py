# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A requested VIP that no appliance has is refused, unless an appliance that could not be read may have it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.plan_file import PlanFile
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.options import RolloutOptions
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.rollout_course import (
    Event,
    RolloutCourse,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.settlement import (
    Absence,
    Settlement,
    require_somewhere,
    settle,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

from tests.accepted import accepted

GONE = Absence("gw-c", unreachable=True, problem="no route")


def test_an_admin_partition_that_no_appliance_has_is_refused_likewise() -> None:
    names = ["admin partition tenant_x", "gwx"]
    with pytest.raises(
        InvalidInput, match=r"vips names gwx, .*; partitions names tenant_x, .* Correct vips and partitions\."
    ):
        require_somewhere(plans(names, names), Settlement())
    with pytest.raises(
        InvalidInput, match=r"^partitions names tenant_x, and no appliance of this run has such .* Correct partitions\."
    ):
        require_somewhere(plans(names[:1], names), Settlement())
    require_somewhere(plans(names[:1], []), Settlement())


def plans(*unmatched: list[str] | None) -> list[PlanFile]:
    return [PlanFile({"host": "gw"} | ({} if names is None else {"unmatched": names})) for names in unmatched]


@pytest.mark.parametrize("others", [[["gwx", "shop"]], [["gwx"], None], [["gwx", "a"], ["gwx", "b"]]])
def test_a_vip_that_nobody_has_is_refused(others: list[list[str] | None]) -> None:
    with pytest.raises(
        InvalidInput, match=r"vips names gwx, and no appliance of this run has.*nothing was changed anywhere"
    ):
        require_somewhere(plans(["gwx"], *others), Settlement())


@pytest.mark.parametrize("names", [[], [[]], [None], [["gwx"], []], [["gwx"], ["shop"]]])
def test_a_vip_that_one_has_is_not(names: list[list[str] | None]) -> None:
    with accepted():
        require_somewhere(plans(*names), Settlement())


@pytest.mark.parametrize(
    "settlement",
    [
        Settlement(left_out=[GONE]),
        Settlement(in_the_way=[GONE]),
        Settlement(left_open=[GONE]),
        Settlement(stays=[GONE]),
    ],
)
def test_an_appliance_that_was_not_read_may_have_it(settlement: Settlement) -> None:
    with accepted():
        require_somewhere(plans(["gwx"]), settlement)


def options(**values: Any) -> RolloutOptions:
    return RolloutOptions.from_variables(values)


def line(event: str, text: str = "") -> dict[str, str]:
    return {"event": event, "text": text}


def test_who_keeps_nobody_is_told_and_not_counted() -> None:
    """Of an undo, the appliances to which the undone run has not written; of a retirement, all of them."""
    plans = dict.fromkeys("abc")
    last = {name: line(Event.UNREACHABLE_IN_PLAN, "no route") for name in "ab"} | {
        "c": line(Event.NOT_PLANNED, "taken")
    }
    for untouched, given, stays, left_out, in_the_way in (
        ((), {}, "", "", "abc"),
        ("ac", {}, "ac", "", "b"),
        ("ac", {"accept_unreachable": 1}, "ac", "b", ""),
        ("abc", {}, "abc", "", ""),
        (None, {}, "abc", "", ""),
        (None, {"accept_refused": 1}, "abc", "", ""),
    ):
        found = settle(plans, last, options(**given), untouched=untouched)
        names = ["".join(one.host for one in group) for group in (found.stays, found.left_out, found.in_the_way)]
        assert sorted(names[2]) == list(in_the_way), (untouched, given)
        assert names[:2] == [stays, left_out], (untouched, given)


def test_who_cannot_go_is_accepted_up_to_the_number_or_by_name() -> None:
    """A limit that is passed accepts none of its kind: nobody chose which ones."""
    plans = dict.fromkeys("abcd")
    last = {"a": line(Event.UNREACHABLE_IN_PLAN, "no route"), "b": line(Event.UNREACHABLE_IN_PLAN, "no route")}
    last |= {"c": line(Event.NOT_PLANNED, "taken"), "d": line(Event.STARTED, "x")}
    for given, left_out in (
        ({}, ""),
        ({"accept_unreachable": 1}, ""),
        ({"accept_unreachable": 2}, "ab"),
        ({"accept_unreachable": "a"}, "a"),
        ({"accept_refused": 2}, "cd"),
        ({"accept_refused": "d,a"}, "d"),
        ({"accept_refused": 1, "accept_unreachable": 3}, "ab"),
    ):
        for goes_on in (False, True):
            found = settle(plans, last, options(**given), goes_on=goes_on)
            others = found.left_open if goes_on else found.in_the_way
            assert [absence.host for absence in found.left_out] == list(left_out), given
            assert {absence.host for absence in others} == {*"abcd"} - {*left_out}, given
            assert (found.in_the_way if goes_on else found.left_open) == []
    reasons = {one.host: (one.unreachable, one.problem) for one in settle(plans, last, options()).in_the_way}
    assert reasons == {
        "a": (True, "no route"),
        "b": (True, "no route"),
        "c": (False, "taken"),
        "d": (False, "its worker gave no answer, or another task failed before its plan"),
    }


def test_only_a_plan_of_this_rollout_counts() -> None:
    work, done = PlanFile({"nothing_to_do": False}), PlanFile({"nothing_to_do": True})
    last = {"a": line(Event.PLANNED), "b": line(Event.PLANNED), "c": line(Event.DONE)}
    found = settle({"a": work, "b": done, "c": work, "d": work}, last, options())
    assert (found.hosts, found.nothing_to_do, found.continues) == (["a"], ["b"], "")
    assert [absence.host for absence in found.in_the_way] == ["c", "d"]


def test_the_canary_is_an_appliance_on_which_something_is_written() -> None:
    """One that stays open at a closing, or is only proven again, would show nothing; what stopped an earlier run still goes first."""
    lines = {"a": [], "b": [], "c": ["add x"], "d": ["add x"]}
    plans = {host: PlanFile({"host": host, "nothing_to_do": False, "lines": own}) for host, own in lines.items()}
    last = dict.fromkeys(plans, line(Event.PLANNED))
    assert settle(plans, last, options(waves=[1])).waves == [["c"], ["d"], ["a"], ["b"]]
    manifest = {"waves": [["b"]], "options": {"max_failed": 0, "bake_seconds": 0}, "journal_from": 0}
    earlier = RolloutCourse(manifest, [json.dumps({"time": "", "host": "b", **line(Event.FAILED, "x")})])
    assert settle(plans, last, options(waves=[1]), ("earlier", earlier)).waves == [["b"], ["c"], ["d"], ["a"]]
