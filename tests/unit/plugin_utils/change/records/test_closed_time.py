# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From when to when what was closed, by the records: minutes, decisions, runs that were undone, and records that are not valid."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.closing_steps import LadderStep
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.closed_time import (
    closed_times,
    openings_not_saved,
    still_closed,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_content import RecordContent
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

NOW = datetime(2020, 1, 18, 0, 0, 30, tzinfo=UTC)
DECISION = {
    "decided_by": "J. Jansen",
    "reason": "the NCSC",
    "ticket": "CHG0044",
    "expires": "2020-01-18T00:00:00+00:00",
}
GW, SHOP = ["vpnvserver", "gw"], ["lbvserver", "shop"]
RULE = {"name": "tq_closing_notice__x", "rule": "true", "action": "NOOP"}
STEP = {"type": "responderpolicy", "key": ["tq_closing_notice__x"], "before": None, "after": RULE, "state": "done"}


def record(kind: str, hour: int, **values: Any) -> ChangeRecord:
    """Return a record of a run that took five minutes."""
    content = {
        "format": 1,
        "host": "box",
        "kind": kind,
        "measure": "closing_notice",
        "run": f"run{hour}",
        "started": f"2020-01-17T{hour:02}:00:00+00:00",
        "finished": f"2020-01-17T{hour:02}:05:00+00:00",
        "outcome": "applied",
        "saved": True,
        "steps": [STEP],
        **values,
    }
    return ChangeRecord(Path(f"{hour:02}.json"), RecordContent.from_json(content, where="the test"))


def closing(hour: int, *closes: list[str], step: str = "notice", kind: str = "apply", **values: Any) -> ChangeRecord:
    return record(kind, hour, **{**DECISION, "closing": {"step": step, "closes": [*closes], "opens": []}, **values})


def opening(hour: int, *opens: list[str], kind: str = "apply", **values: Any) -> ChangeRecord:
    return record(kind, hour, **{"closing": {"step": "notice", "closes": [], "opens": [*opens]}, **values})


def switching(kind: str, hour: int, **values: Any) -> ChangeRecord:
    off, on = {"enabled": False}, {"enabled": True}
    before, after = (on, off) if kind == "lockdown" else (off, on)
    step = {"type": "lbvserver", "key": ["shop"], "before": before, "after": after, "state": "done"}
    empty = {"covers": [], "completes": [], "released": [], "vservers": []}
    return record(kind, hour, **{**empty, **DECISION, "measure": "lockdown", "steps": [step], **values})


def shown(*records: ChangeRecord) -> list[tuple[str, str, str, str]]:
    return [(one.step, one.object_id[1][0], one.since[11:16], one.until[11:16]) for one in closed_times(records)]


def test_what_the_appliance_refused_to_switch_off_is_not_closed() -> None:
    """A lockdown covers what it was to close; its step was not carried out, or was undone."""
    for state, outcome in (("planned", "reverted"), ("undone", "reverted"), ("planned", "failed")):
        refused = switching("lockdown", 8, covers=[SHOP], outcome=outcome)
        values = refused.content.values
        refused.content = refused.content.with_values(steps=[{**values["steps"][0], "state": state}])
        assert shown(refused) == [], (state, outcome)
        assert shown(refused, switching("lockdown", 9, covers=[SHOP])) == [("off", "shop", "09:00", "")]
    extended = switching("lockdown", 9, covers=[SHOP], steps=[], reason="still advised")
    (one,) = closed_times([switching("lockdown", 8, covers=[SHOP]), extended])
    assert (one.since[11:16], one.reason) == ("08:00", "still advised")


def test_what_a_lockdown_finds_switched_on_was_not_closed_until_then() -> None:
    """Seen: its minutes ran on from the first lockdown, although a colleague had opened it between them."""
    first, again = switching("lockdown", 8), switching("lockdown", 10)
    assert shown(first, again) == [("off", "shop", "08:00", "10:00"), ("off", "shop", "10:00", "")]
    assert [one.found_on for one in closed_times([first, again])] == [again.name, ""]
    died = switching("lockdown", 8, steps=[{**first.content.values["steps"][0], "state": "sent"}], outcome="open")
    assert shown(died, again) == [("off", "shop", "08:00", "10:00"), ("off", "shop", "10:00", "")]
    first_time, second = closed_times([died, again])
    assert (first_time.half_closed_by, second.half_closed_by) == (died.name, "")
    assert first_time.minutes(NOW) == 0, "nobody knows whether it was closed"
    assert shown(first, switching("lockdown", 9, steps=[], completes=[SHOP]), switching("reopen", 11)) == [
        ("off", "shop", "08:00", "11:05")
    ]


def test_time_is_from_the_start_of_the_closing_to_the_end_of_the_opening() -> None:
    assert shown(closing(8, GW, SHOP), opening(10, GW)) == [
        ("notice", "gw", "08:00", "10:05"),
        ("notice", "shop", "08:00", ""),
    ]
    gw, shop = closed_times([closing(8, GW, SHOP), opening(10, GW)])
    assert (gw.minutes(NOW), shop.minutes(NOW)) == (125, 961), "a minute that was begun counts"


def test_steps_count_for_themselves_and_off_is_a_step() -> None:
    records = [closing(8, SHOP), switching("lockdown", 9), opening(10, SHOP), switching("reopen", 11)]
    assert shown(*records) == [("notice", "shop", "08:00", "10:05"), ("off", "shop", "09:00", "11:05")]


def test_closed_again_is_a_time_of_its_own() -> None:
    assert shown(closing(8, GW), opening(9, GW), closing(10, GW)) == [
        ("notice", "gw", "08:00", "09:05"),
        ("notice", "gw", "10:00", ""),
    ]


def test_an_opening_that_was_not_saved_can_be_lost_and_is_told_once_it_is_seen() -> None:
    unsaved = opening(9, GW, saved=False)
    assert list(openings_not_saved([closing(8, GW), unsaved])) == [("notice", "default", ("vpnvserver", ("gw",)))]
    again = openings_not_saved([closing(8, GW), unsaved])
    first, second = closed_times([closing(8, GW), unsaved], again, NOW)
    assert (first.since[11:16], first.until[11:16], first.lost) == ("08:00", "09:05", "")
    assert (second.since, second.until, second.lost) == ("2020-01-18T00:00:30+00:00", "", "09.json")
    assert (second.decided_by, second.is_overdue(NOW)) == ("J. Jansen", True), "nobody has decided it anew"
    assert second.text(NOW).endswith("; 09.json had opened it and did not save that, and it is closed again")
    assert len(closed_times([closing(8, GW), unsaved], (), NOW)) == 1, "it is open on the appliance"


@pytest.mark.parametrize(
    "later",
    [
        [opening(9, GW)],
        [opening(9, GW, saved=False), record("apply", 10)],
        [opening(9, GW, saved=False), record("apply", 10, steps=[], saves=True)],
        [opening(9, GW, saved=False), closing(10, GW)],
    ],
    ids=["it was saved", "another run saved it", "one without steps saved it", "it is closed again by a run"],
)
def test_an_opening_that_cannot_be_lost_any_more_is_no_such(later: list[ChangeRecord]) -> None:
    assert openings_not_saved([closing(8, GW), *later]) == {}
    key = (LadderStep.NOTICE, "default", ("vpnvserver", ("gw",)))
    assert not any(one.lost for one in closed_times([closing(8, GW), *later], [key], NOW))


def test_a_lockdown_that_completes_closes_what_a_restart_had_closed_again() -> None:
    completed = switching("lockdown", 12, steps=[], completes=[SHOP], covers=[SHOP])
    assert shown(switching("lockdown", 8), switching("reopen", 9, saved=False), completed) == [
        ("off", "shop", "08:00", "09:05"),
        ("off", "shop", "12:00", ""),
    ]


def test_new_decision_is_in_force_and_the_time_goes_on() -> None:
    later = {"expires": "2020-01-19T00:00:00+00:00", "decided_by": "M. Vis"}
    (one,) = still_closed([closing(8, GW), closing(12, GW, kind="verify", **{**later, "steps": []})])
    assert (one.since[11:16], one.decided_by, one.is_overdue(NOW)) == ("08:00", "M. Vis", False)
    assert still_closed([closing(8, GW)])[0].is_overdue(NOW)
    assert not closed_times([closing(8, GW), opening(9, GW)])[0].is_overdue(NOW), "what is open is not overdue"


@pytest.mark.parametrize("outcome", ["reverted", "failed"])
def test_run_that_was_undone_closed_and_opened_nothing(outcome: str) -> None:
    undone: dict[str, Any] = {"outcome": outcome, "steps": [{**STEP, "state": "undone"}]}
    assert shown(closing(8, GW, **undone)) == []
    assert shown(closing(8, GW), opening(9, GW, **undone)) == [("notice", "gw", "08:00", "")]


def test_run_that_died_may_have_closed_it() -> None:
    (one,) = closed_times([closing(8, GW, outcome="open", finished=None, steps=[{**STEP, "state": "sent"}])])
    assert (one.since[11:16], one.until, one.half_closed_by) == ("08:00", "", "08.json")
    assert one.text(NOW).startswith("gw closing begun (notice) since ")


@pytest.mark.parametrize(
    ("states", "is_begun", "half"),
    [
        (("planned",), False, True),
        (("sent",), True, True),
        (("done",), True, False),
        (("done", "planned"), True, True),
    ],
)
def test_a_run_that_died_has_closed_what_it_has_bound(states: tuple[str, ...], is_begun: bool, half: bool) -> None:
    """Seen: closed since then, and open by no run of ours, where it had only switched the feature on."""
    places = ("REQUEST", "AAA_REQUEST")
    steps = [bound(state, place=place) for state, place in zip(states, places, strict=False)]
    died = closing(8, GW, outcome="open", finished=None, steps=[STEP, *steps])
    (one,) = closed_times([died])
    assert (one.is_begun, one.half_closed_by) == (is_begun, died.name if half else "")
    again = closing(10, GW, steps=[{**step, "state": "done"} for step in steps])
    last = closed_times([died, again])[-1]
    found_closed = closed_times([died, closing(10, GW, kind="verify", steps=[])])[-1]
    assert (last.since[11:16], last.half_closed_by) == ("10:00", "")
    assert (found_closed.since[11:16], found_closed.half_closed_by) == ("08:00" if is_begun else "10:00", "")


def test_an_opening_shows_whether_a_run_that_died_had_closed_it() -> None:
    died = closing(8, GW, outcome="open", steps=[bound("sent")])
    (unknown,) = closed_times([died, opening(9, GW, steps=[STEP])])
    (known,) = closed_times([died, opening(9, GW, steps=[bound(is_taken_off=True)])])
    assert (unknown.half_closed_by, known.half_closed_by) == (died.name, "")
    assert (unknown.minutes(NOW), known.minutes(NOW)) == (0, 65)


@pytest.mark.parametrize("outcome", ["open", "failed", "continued", "partly reverted"])
@pytest.mark.parametrize("kind", ["apply", "rollback"])
def test_run_that_did_not_come_to_its_end_has_opened_nothing(kind: str, outcome: str) -> None:
    """A part may still be closed, and the same command has to find it."""
    undoes = {"undoes": ["08.json"]} if kind == "rollback" else {}
    records = [closing(8, GW), opening(9, GW, kind=kind, outcome=outcome, **undoes)]
    assert shown(*records) == [("notice", "gw", "08:00", "")]
    assert shown(*records, opening(10, GW, kind=kind)) == [("notice", "gw", "08:00", "10:05")]


def test_rollback_opens_what_the_run_that_it_undoes_had_closed() -> None:
    rollback = record("rollback", 10, undoes=["09.json"])
    assert shown(closing(8, GW), closing(9, SHOP), rollback) == [
        ("notice", "gw", "08:00", ""),
        ("notice", "shop", "09:00", "10:05"),
    ]


def test_the_same_name_in_two_partitions_is_two_virtual_servers() -> None:
    assert shown(closing(8, GW), closing(9, GW, partition="tenant_a"), opening(10, GW)) == [
        ("notice", "gw", "08:00", "10:05"),
        ("notice", "gw", "09:00", ""),
    ]


@pytest.mark.parametrize("other", ["alpha", "omega"])
def test_a_run_saves_what_earlier_ones_have_left_in_its_own_partition_only(other: str) -> None:
    runs = [closing(8, GW, partition="mid"), opening(9, GW, partition="mid", saved=False)]
    for partition, is_saved in ((other, False), ("mid", True)):
        (one,) = closed_times([*runs, closing(10, SHOP, partition=partition), opening(11, SHOP, partition=partition)])[
            :1
        ]
        assert (one.object_id[1][0], one.is_saved) == ("gw", is_saved)


@pytest.mark.parametrize(
    "found_saved",
    [
        record("verify", 10, steps=[]),
        record("apply", 10, steps=[]),
        record("apply", 10, steps=[], saves=False),
        record("apply", 10, steps=[{**STEP, "state": "undone"}]),
    ],
    ids=["verify", "apply", "apply that says so", "undone"],
)
def test_a_run_that_finds_its_measure_saved_saves_no_opening(found_saved: ChangeRecord) -> None:
    assert [*openings_not_saved([closing(8, GW), opening(9, GW, saved=False), found_saved])]


def test_decision_as_a_sentence() -> None:
    assert still_closed([closing(8, GW)])[0].text(NOW) == (
        "gw closed (notice) since 2020-01-17 08:00 UTC by J. Jansen for the NCSC (CHG0044), decision due at 2020-01-18 00:00 UTC"
    )
    assert [one.step for one in still_closed([closing(8, GW, step="paths")])] == [LadderStep.PATHS]


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"closing": {"step": "all", "closes": [], "opens": []}}, "has another closing"),
        ({"closing": {"step": "notice", "closes": [["responderpolicy", "x"]], "opens": []}}, "has another closing"),
        ({"closing": {"step": "notice", "closes": [GW], "opens": []}}, "says not by whose decision"),
        ({"closing": [GW]}, "has another closing"),
    ],
)
def test_record_that_is_not_valid_is_refused(values: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem):
        record("apply", 8, **values)


ON = {
    "type": "nsfeature",
    "key": ["RESPONDER"],
    "before": {"enabled": False},
    "after": {"enabled": True},
    "state": "done",
}
"""Of a run that found the feature off."""


def bound(state: str = "done", *, is_taken_off: bool = False, place: str = "REQUEST") -> dict[str, Any]:
    """Return the step that binds what closes, or unbinds it."""
    own = {"name": "gw", "policy": "tq_closing_notice__x", "bindpoint": place, "priority": 1}
    before, after = (own, None) if is_taken_off else (None, own)
    key = ["gw", "tq_closing_notice__x", place]
    return {
        "type": "vpnvserver_responderpolicy_binding",
        "key": key,
        "before": before,
        "after": after,
        "state": state,
    }


@pytest.mark.parametrize(
    ("again", "ends"),
    [
        ({"steps": [bound()]}, True),
        ({"steps": [bound("sent")], "outcome": "open"}, True),
        ({"steps": [bound("undone")], "outcome": "reverted"}, False),
        ({"steps": [bound(is_taken_off=True), bound()]}, False),
        ({"steps": [STEP]}, False),
        ({"steps": [ON]}, True),
        ({"steps": [ON], "measure": "cve_2019_19781"}, True),
        ({"steps": [ON], "partition": "tenant_a"}, False),
        ({"steps": [{**ON, "state": "undone"}], "outcome": "reverted"}, False),
        ({"steps": [bound()], "measure": "closing_partners"}, False),
    ],
)
def test_a_closing_by_a_measure_ends_where_a_later_run_binds_again_what_was_bound(
    again: dict[str, Any], ends: bool
) -> None:
    """Seen: its minutes ran on from the first closing, although a colleague had unbound it between them."""
    first, later = closing(8, GW, steps=[bound()]), record("apply", 10, **again)
    found = closed_times([first, later])
    whole = [("notice", "gw", "08:00", "10:00"), ("notice", "gw", "10:00", "")]
    assert shown(first, later) == (whole if ends else [("notice", "gw", "08:00", "")])
    assert [one.found_on for one in found] == ([later.name, ""] if ends else [""])
    assert {one.decided_by for one in found} == {"J. Jansen"}


def test_a_run_that_died_may_have_opened_what_a_later_one_finds_open() -> None:
    died = opening(9, GW, steps=[bound("sent", is_taken_off=True)], outcome="open")
    first, _second = closed_times([closing(8, GW, steps=[bound()]), died, record("apply", 10, steps=[bound()])])
    assert (first.until[11:16], first.found_on, first.half_opened_by) == ("10:00", "10.json", died.name)


def test_what_a_run_of_ours_opened_is_not_found_open() -> None:
    opened = opening(9, GW, steps=[bound(is_taken_off=True)])
    again = closing(10, GW, steps=[bound()])
    assert shown(closing(8, GW, steps=[bound()]), opened, again) == [
        ("notice", "gw", "08:00", "09:05"),
        ("notice", "gw", "10:00", ""),
    ]


def test_a_run_that_died_before_a_proof_has_not_opened_what_is_found_open_after_it() -> None:
    on = [{**one, "state": "sent"} for one in switching("reopen", 9).content.values["steps"]]
    died = switching("reopen", 9, steps=on, outcome="open")
    proved = switching("lockdown", 10, steps=[], completes=[SHOP])
    first, _second = closed_times([switching("lockdown", 8), died, proved, switching("lockdown", 11)])
    assert (first.found_on, first.half_opened_by) == ("11.json", "")


def acl(name: str, state: str = "done", **changes: Any) -> dict[str, Any]:
    """Return the step that makes an ACL."""
    own = {"aclname": name, "aclaction": "DENY", "destipval": "127.0.0.2", "priority": 75000, **changes}
    return {"type": "nsacl", "key": [name], "before": None, "after": own, "state": state}


def taken_off(step: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return the step that removes an ACL, as the run found it."""
    return {**step, "before": {**step["after"], **changes}, "after": None}


BLOCK, COPY = acl("tq_geoblock__x"), acl("tq_geoblock__x__ttl", ttl=600)


@pytest.mark.parametrize(
    ("steps", "how"),
    [
        ([BLOCK], "open"),
        ([taken_off(BLOCK, state="DISABLED"), BLOCK], "not as our runs had left it"),
        ([taken_off(BLOCK), BLOCK], ""),
        ([acl("tq_geoblock__y")], ""),
    ],
)
def test_a_closing_by_acls_ends_where_a_later_run_finds_one_gone_or_changed(
    steps: list[dict[str, Any]], how: str
) -> None:
    """Seen: its minutes ran on, although a colleague had removed or disabled an ACL between two runs."""
    block: dict[str, Any] = {"step": "countries", "measure": "geoblock"}
    first, later = closing(8, GW, steps=[BLOCK], **block), record("apply", 10, steps=steps, measure="geoblock")
    found = closed_times([first, later])
    assert [one.found_as for one in found] == ([how, ""] if how else [""])
    assert found[-1].since[11:16] == ("10:00" if how else "08:00")


def test_copies_that_expire_close_what_a_run_that_died_had_begun() -> None:
    block: dict[str, Any] = {"step": "countries", "measure": "geoblock"}
    died = closing(8, GW, steps=[COPY], outcome="open", **block)
    for steps, since in (([taken_off(COPY), BLOCK], "08:00"), ([BLOCK], "10:00")):
        last = closed_times([died, closing(10, GW, steps=steps, **block)])[-1]
        assert (last.since[11:16], last.half_closed_by) == (since, "")


@pytest.mark.parametrize(
    ("rule", "ends"), [("true", False), ('HTTP.REQ.URL.CONTAINS("/no/such/")', True)], ids=["as left", "changed"]
)
def test_a_closing_ends_where_a_later_run_finds_its_policy_changed(rule: str, ends: bool) -> None:
    put_back = {**STEP, "before": {**RULE, "rule": rule}, "after": RULE}
    found = closed_times([closing(8, GW, steps=[STEP, bound()]), record("apply", 10, steps=[put_back])])
    assert [one.found_as for one in found] == (["not as our runs had left it", ""] if ends else [""])


UNKNOWN = {"type": "kindoflater", "key": ["x"], "before": None, "after": {"name": "x"}, "state": "done"}
"""A step of a version of ours that this one does not know."""


def test_a_closing_of_another_version_is_refused_and_any_other_run_of_it_ends_nothing() -> None:
    with pytest.raises(InvalidInput, match="kindoflater"):
        closed_times([closing(8, GW), closing(9, GW, steps=[UNKNOWN])])
    runs = [closing(8, GW), record("apply", 9, measure="cve_2019_19781"), record("apply", 10, measure="cve_2019_19781", steps=[UNKNOWN])]  # fmt: skip
    assert [one.until for one in closed_times(runs)] == [closed_times(runs[:1])[0].until]
