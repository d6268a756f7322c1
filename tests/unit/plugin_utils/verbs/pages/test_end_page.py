# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The page at the end of a run: the same is stated once, no failure hides, and the totals add up."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.end_page import (
    PageRun,
    Totals,
    collapsed,
    duration,
    end_page,
    likeness,
    totals,
)

KNOB = "management address of 10.1.0.{}: the line is missing"


def result(word: str = "mitigated", code: int = 0, **more: Any) -> dict[str, Any]:
    verdict = {"word": word, "reason": "blocked", "exit_code": code, "missing": [], "next_action": "none"}
    known = ("reason", "missing", "next_action")
    verdict |= {name: more.pop(name) for name in known if name in more}
    return {"verdict": verdict, "appliance": {"build": "13.0 47.22"}, "steps": [], "action": "apply", **more}


def texts(run: PageRun) -> list[str]:
    return [line.text for line in end_page(run)]


def test_appliances_with_the_same_result_are_one_paragraph() -> None:
    hosts = {f"gw-{n}": result(reason=f"blocked at gw (10.1.0.{n}:443)", steps=[{}] * 5) for n in range(7)}
    assert texts(PageRun(hosts, {})) == [
        "7 appliances  13.0 47.22   5 changes         mitigated: blocked at gw (<address>)",
        "    gw-[0-6]",
    ]


OWN_FIXES = {
    "13.0 47.22": "13.0 47.24",
    "12.1 55.13": "12.1 55.18",
    "12.0 63.12": "12.0 63.13",
    "13.1-FIPS 37.1": "13.1-FIPS 37.2",
}


@pytest.mark.parametrize("size", [13, 200])
def test_appliances_of_several_releases_fold_where_only_the_fix_of_the_entry_differs(size: int) -> None:
    """Four releases took three lines each; one appliance, and those of one release, name the build."""
    hosts: dict[str, dict[str, Any]] = {}
    for n in range(size):
        build, fix = list(OWN_FIXES.items())[n % len(OWN_FIXES)]
        today = {
            "word": "reduces exposure",
            "reason": f"proven at gw (10.1.0.{n}:443); cve_x alone is fixed in {fix}",
            "next_action": "upgrade to 14.1 73.46",
            "exit_code": 1,
        }
        hosts[f"gw-{n}"] = result(appliance={"build": build}, verdict_today=today)
    told = "reduces exposure: proven at gw (<address>); cve_x alone is fixed in a build of its own release"
    lines = texts(PageRun(hosts, {}))
    assert (len(lines), lines[2]) == (3, f"    today: {told}")
    of_today = {host: {**one, "verdict": one["verdict_today"]} for host, one in hosts.items()}
    lines = texts(PageRun(of_today, {}))
    assert len(lines) == 3
    assert lines[0].endswith(told)
    assert lines[2] == "    next: upgrade to 14.1 73.46"
    of_one = {host: one for host, one in of_today.items() if one["appliance"]["build"] == "13.0 47.22"}
    for some in (of_one, {"gw-0": of_today["gw-0"]}):
        assert "cve_x alone is fixed in 13.0 47.24" in texts(PageRun(some, {}))[0]


def test_an_appliance_has_a_line_of_its_own_where_it_differs() -> None:
    hosts = {"a": result(), "b": result(), "c": result("exposed", 2, reason="open", next_action="apply.yml")}
    assert texts(PageRun(hosts, {})) == [
        "c             13.0 47.22   no changes        exposed: open",
        "    next: apply.yml",
        "2 appliances  13.0 47.22   no changes        mitigated: blocked",
        "    a, b",
    ]
    assert [line.colour for line in end_page(PageRun(hosts, {}))] == ["red", None, "green", None]


def test_what_is_not_covered_is_stated_once_for_the_fleet() -> None:
    hosts = {f"gw-{n}": result(missing=[KNOB.format(n), "the log: off"]) for n in range(10)}
    hosts["gw-9"]["verdict"]["missing"] = ["the log: off", "partition x: no VIP is known"]
    lines = [text for text in texts(PageRun(hosts, {})) if text.startswith("not covered")]
    assert lines == [
        "not covered at 9 of 10: management address of <address>: the line is missing",
        "not covered: the log: off",
        "not covered at gw-9: partition x: no VIP is known",
    ]


def test_the_bundle_in_use_is_named_once() -> None:
    run = PageRun({host: result(catalogue_bundle="bundle 5 by author@example.org") for host in ("a", "b")}, {})
    assert texts(run).count("catalogue in use: bundle 5 by author@example.org") == 1
    assert not any("in use" in text for text in texts(PageRun({"a": result()}, {})))


def test_a_single_appliance_keeps_its_own_words() -> None:
    lines = texts(PageRun({"gw-a": result(missing=[KNOB.format(1), KNOB.format(2)])}, {}))
    assert lines[1:] == [f"not covered: {KNOB.format(1)}", f"not covered: {KNOB.format(2)}"]


def test_failures_come_last_the_worst_kind_first_each_reason_once() -> None:
    hosts = {"ok": result(), "held": result("exposed", 2, reason="open"), "bad": result("exposed", 2, reason="open")}
    hosts |= {"down": {}}
    problems = {
        "held": "held: 1 failed: bad: it broke",
        "down": "unreachable: down: no route",
        "bad": "failed: it broke",
    }
    assert texts(PageRun(hosts, problems)) == [
        "ok  13.0 47.22   no changes        mitigated: blocked",
        "bad   FAILED  13.0 47.22   exposed: open",
        "    it broke",
        "down  UNREACHABLE",
        "    no route",
        "held  HELD  13.0 47.22   exposed: open",
        "    1 failed: bad",
    ]


def test_a_held_appliance_says_how_many_failures_are_not_named() -> None:
    problems = {f"gw-{number:02}": "failed: it broke" for number in range(3, 17)}
    held = "held: 14 failed: gw-03: it broke; gw-05: it broke; gw-06: it broke; and 11 more"
    hosts = dict.fromkeys([*problems, "held"], result("exposed", 2, reason="open"))
    assert "    14 failed: gw-[03,05-06] and 11 more" in texts(PageRun(hosts, {**problems, "held": held}))


def test_a_failure_that_is_its_verdict_is_not_said_twice() -> None:
    hosts = {"gw": result("exposed", 2, reason="open", next_action="apply.yml")}
    lines = texts(PageRun(hosts, {"gw": "failed: exposed: open. Next action: apply.yml"}))
    assert lines == ["gw  FAILED  13.0 47.22   exposed: open", "    next: apply.yml"]


def test_a_failure_that_names_the_next_action_of_its_verdict_does_not_say_it_twice() -> None:
    hosts = {"gw": result("partly", 2, reason="a node is away", next_action="add it")}
    lines = texts(
        PageRun(hosts, {"gw": "failed: gw: not what was to be brought. Next action: add it (verdict: partly)"})
    )
    assert lines == [
        "gw  FAILED  13.0 47.22   partly: a node is away",
        "    not what was to be brought (verdict: partly)",
        "    next: add it",
    ]


def test_of_a_large_fleet_each_kind_of_failure_is_shown_and_every_name() -> None:
    hosts = {f"gw-{n:03}": result(steps=[{}, {}], drift=["a rule differs"]) for n in range(1000)}
    problems = {f"gw-{n:03}": f"failed: number {n} broke" for n in range(7, 1000, 100)}
    lines = texts(PageRun(hosts, problems))
    assert len(lines) < 40
    assert "    number 7 broke" in lines
    assert lines[-1] == "  and 5 more like these: gw-[507,607,707,807,907]"
    assert "    drift: a rule differs" in lines
    whole = texts(PageRun(hosts, problems, verbose=True))
    assert {line for line in lines if not line.endswith(" more")} - set(whole) == {lines[-1]}, "-v adds"
    assert "    number 907 broke" in whole


def test_of_many_kinds_of_texts_the_first_are_shown() -> None:
    found = collapsed({"a": [f"drift: rule {n}" for n in range(30)], "b": []}, 2, 10)
    assert found[0] == "drift at a: rule 0"
    assert found[-1] == "and 20 more; -v shows them"
    assert len(collapsed({"a": [f"drift: rule {n}" for n in range(30)]}, 2, None)) == 30


def test_a_page_of_plans_does_not_name_the_appliances_again() -> None:
    hosts = {name: result("exposed", 2, changed=True) for name in ("a", "b")}
    assert "    a, b" in texts(PageRun(hosts, {}))
    assert "    a, b" not in texts(PageRun(hosts, {}, planned=True))


def test_what_is_loud_in_a_plan_is_shown_after_it_was_carried_out_too() -> None:
    prepared = "gw\n  proof before binding: 33 of 33\n  neighbour: 100 theirs (END)\n  note: it expires\n"
    parts = {"parts": [{"text": "at gw: observe"}], "remarks": ["it expires"]}
    hosts = {"a": result(steps=[{}], diff={"prepared": prepared}, **parts)}
    lines = ["    neighbour: 100 theirs (END)", "    note: it expires", "    at gw: observe"]
    assert texts(PageRun(hosts, {}))[1:] == lines
    assert "    proof before binding: 33 of 33" in texts(PageRun(hosts, {}, planned=True))


@pytest.mark.parametrize(
    ("text", "alike"),
    [
        ("blocked at gw (192.0.2.7:443)", "blocked at gw (<address>)"),
        ("[2001:db8::1]:443 cannot be reached", "<address> cannot be reached"),
        ("13.0 47.22 has the fix, 12.1.55.18 too", "13.0 47.22 has the fix, <address> too"),
        ("gw-1: policy x of gw-1", "<appliance>: policy x of <appliance>"),
        ("gw-10 and gw-1-a", "gw-10 and gw-1-a"),
        ("proven 2026-11-28T05:01:16+00:00, unchanged since", "proven 2026-11-28, unchanged since"),
    ],
)
def test_name_and_addresses_are_what_only_one_appliance_has(text: str, alike: str) -> None:
    assert likeness(text, "gw-1") == alike


def test_failure_on_the_control_node_is_no_appliance() -> None:
    hosts = {"a": result(), "localhost": {}}
    line = totals(PageRun(hosts, {"localhost": "failed: 12 in the way"}), Totals(2.0, 2))
    assert line.text == "TOTAL  1 appliance: 1 mitigated; changed 0, failed 1, held 0, unreachable 0, 2 s, exit code 2"
    alone = totals(PageRun({"localhost": {}}, {"localhost": "failed: x"}), Totals(2.0, 2))
    assert alone.text.startswith("TOTAL  0 appliances; changed 0, failed 1")


def test_the_totals_count_each_appliance() -> None:
    hosts = {"a": result(changed=True), "b": result(changed=True), "c": result("exposed", 2), "d": {}}
    run = PageRun(hosts, {"c": "failed: x", "d": "unreachable: y"})
    line = totals(run, Totals(73.4, 4))
    assert line.text == (
        "TOTAL  4 appliances: 1 exposed, 2 mitigated; changed 2, failed 1, held 0, unreachable 1, 1:13 min, exit code 4"
    )
    assert line.colour == "red"
    assert totals(PageRun({"a": result(changed=True)}, {}), Totals(2.0, 0, checked=True)).text == (
        "TOTAL  1 appliance: 1 mitigated; to change 1, failed 0, held 0, unreachable 0, 2 s, exit code 0"
    )
    cut_off = totals(PageRun({"a": result()}, {"a": "interrupted: x"}), Totals(2.0))
    assert (
        cut_off.text
        == "TOTAL  1 appliance: 1 mitigated; changed 0, interrupted 1, failed 0, held 0, unreachable 0, 2 s"
    )


def test_times_as_people_read_them() -> None:
    assert [duration(seconds) for seconds in (0.4, 59.9, 60.0, 3725.0)] == ["0 s", "59 s", "1:00 min", "62:05 min"]


def debt(measure: str, since: str, planned: str | None, overdue: int = 0) -> dict[str, Any]:
    return {
        "measure": measure,
        "since": since,
        "planned_fix": planned,
        "overdue_days": overdue,
        "text": f"{measure} is there",
    }


def test_what_is_overdue_is_named_and_what_is_left_is_counted() -> None:
    hosts = {
        "a": result(action="status", debt=[debt("cve_x", "2026-10-02T01:00:00Z", "2026-11-20", 8)]),
        "b": result(action="status", debt=[debt("cve_x", "2026-10-03T01:00:00Z", "2026-10-20", 39)]),
        "c": result(
            action="status", debt=[debt("cve_x", "", None), debt("cve_y", "2026-10-04T01:00:00Z", "2026-12-31")]
        ),
        "d": result(action="apply", debt=[debt("cve_x", "2026-01-01T01:00:00Z", None)]),
    }
    page = end_page(PageRun(hosts, {}))
    red = [line.text for line in page if line.colour == "red"]
    assert red == ["b: cve_x is there", "a: cve_x is there"]
    first, second = [line.text for line in page if line.text.startswith("debt: ")]
    assert first.startswith(
        "debt: cve_x is still in place on 3 appliances, the oldest since 2026-10-02 (a), fixes planned until 2026-11-20"
    )
    assert first.endswith(", no fix planned for c (tourniquet_planned_fix)")
    assert (
        second
        == "debt: cve_y is still in place on 1 appliance, the oldest since 2026-10-04 (c), fixes planned until 2026-12-31"
    )


def test_what_is_not_whole_or_not_ours_is_not_said_to_be_in_place() -> None:
    """Seen: "still in place" of a rule whose binding was gone, and of a policy of somebody else."""
    states = {"a": "in place", "b": "in part or changed", "c": "of others", "d": "of others"}
    hosts = {
        host: result(action="status", debt=[{**debt("cve_x", "", None), "state": state}])
        for host, state in states.items()
    }
    (line,) = [one.text for one in end_page(PageRun(hosts, {})) if one.text.startswith("debt: ")]
    assert line.startswith(
        "debt: cve_x is still in place on 1 appliance, left in part or changed on 1 appliance, covered by policies of others on 2 appliances"
    )


def closing(build: str, *notes: str) -> dict[str, Any]:
    return result(notes=notes, action="close", appliance={"build": build}, msg="would be closed (notice): gw")


def test_what_is_closed_names_the_appliances_that_are_not_among_it() -> None:
    row = {
        **dict.fromkeys(("partition", "decision"), ""),
        "vserver": "gw",
        "customer": "Brouwer",
        "step": "notice",
        "until": "",
        "minutes": 3,
        "overdue": False,
        "since": "2026-11-28T03:00:00+00:00",
        "expires": "2026-11-29T03:00:00+00:00",
    }
    hosts = {"gw-a": result(closures=[row]), "gw-b": result(closures=[row]), "gw-c": {}}
    problems = {"gw-b": "held: others are in the way", "gw-c": "failed: it stays closed"}
    lines = texts(PageRun(hosts, problems))
    (closed,) = (text for text in lines if text.startswith("closed at Brouwer: gw on 2 appliances"))
    assert lines[lines.index(closed) + 1] == "not looked at: whether something is closed at gw-c"
    assert not [text for text in texts(PageRun({"gw-c": {}}, {"gw-c": "failed: x"})) if "counted" in text]


def test_what_several_plans_of_a_closing_say_is_stated_once() -> None:
    every = "to be set: reason"
    hosts = {f"gw-{n}": closing("13.0", every, "off at 192.0.2.1") for n in range(3)}
    hosts["gw-x"] = closing("13.0", every, "off at 192.0.2.9") | {"msg": "would be closed (notice): shop"}
    hosts["gw-y"] = closing("13.0", every, "a neighbour") | {"msg": "would be closed (notice): mail"}
    hosts["idle"] = closing("13.0") | {"msg": "nothing here is in scope"}
    lines = texts(PageRun(hosts, {}, planned=True))
    assert [line for line in lines if line.startswith("note")] == [
        "note: to be set: reason",
        "note at gw-[0-2], gw-x: off at <address>",
    ]
    assert lines.count("    note: a neighbour") == 1
    assert sum("to be set" in line for line in lines) == 1
    carried_out = texts(PageRun(hosts, {}))
    assert sum("to be set" in line for line in carried_out) == 3, "what was done is told of each"


OPENED = "cve_2026_{number:05} on 2026-12-02 10:{minute:02} UTC, decided by P. de Vries (a test): record 20261202T10{minute:02}31.870805Z-run opened it"


@pytest.mark.parametrize("size", [1, 13, 200])
def test_one_event_is_one_line_whatever_it_opens_to_how_many_weaknesses(size: int) -> None:
    """Seen: a line for each weakness at each appliance."""
    results = {}
    for place in range(size):
        lost = [OPENED.format(number=number, minute=place % 60) for number in range(37)]
        reduced = [OPENED.format(number=99, minute=place % 60)]
        results[f"gw-{place:03}"] = result("exposed", 2, protection_lost=lost, protection_reduced=reduced)
    where = {1: "gw-000", 13: "gw-[000-012]", 200: "gw-[000-199]"}[size]
    first = ", ".join(f"cve_2026_{number:05}" for number in range(8))
    when = "on 2026-12-02 10:00 UTC" if size == 1 else "on 2026-12-02"
    record = "record 20261202T100031.870805Z-run" if size == 1 else "its record"
    said = f"{when}, decided by P. de Vries (a test): {record} opened it"
    lines = [(line.text, line.colour) for line in end_page(PageRun(results, {})) if line.text.startswith("PROTECTION")]
    assert lines == [
        (f"PROTECTION LOST  {where}: {first} and 29 more {said}", "red"),
        (f"PROTECTION REDUCED  {where}: cve_2026_00099 {said}", "yellow"),
    ]


def test_events_that_differ_are_bounded_on_the_page_of_a_fleet() -> None:
    results = {
        f"gw-{place:03}": result("exposed", 2, protection_lost=[f"cve_1 after 2026-12-02 10:00 UTC: cause {place}"])
        for place in range(200)
    }
    lines = [line.text for line in end_page(PageRun(results, {}))]
    lost = [number for number, text in enumerate(lines) if text.startswith("PROTECTION LOST")]
    assert (len(lost), lines[lost[-1] + 1]) == (40, "and 160 more; -v shows them")
    shown = [line.text for line in end_page(PageRun(results, {}, verbose=True))]
    assert len([text for text in shown if text.startswith("PROTECTION LOST")]) == 200
