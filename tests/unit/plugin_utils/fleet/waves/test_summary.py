# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The fleet on one page: a summary of 500 plans, in which a missing appliance is never counted as a success."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.plan_file import PlanFile
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.consent import (
    HOW_TO_GO_ON,
    without_agreement,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.settlement import Absence, Settlement
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.summary import (
    group_plans,
    names_text,
    refusal,
    summary,
    way_on,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.next_action import command_values
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.registry import declared

FACTS = {"verb": "apply", "measure": "cve_x"}


def plan(host: str, *lines: str, **changes: Any) -> PlanFile:
    values = {
        "host": host,
        "verdict": f"EXPOSED (at gw of {host})",
        "marker": f"mark-{host}",
        "lines": [line.replace("MARK", f"mark-{host}") for line in lines],
        "conflicts": [],
        "nothing_to_do": not lines,
        "clock_skew": None,
    }
    return PlanFile({**values, **changes})


def test_plans_that_say_the_same_are_one_group_the_largest_first() -> None:
    plans = [plan("a", "one"), plan("b", "add MARK"), plan("c", "add MARK"), plan("d"), plan("e", "add MARK")]
    assert [hosts for _plan, hosts in group_plans(plans)] == [["b", "c", "e"], ["a"], ["d"]]
    other = [plan("a", "one"), plan("b", "one", verdict="drifted (x)")]
    assert len(group_plans(other)) == 2


def test_what_has_not_agreed_comes_first_and_the_way_on_once() -> None:
    said = "NOT AGREED: gw (vpn 192.0.2.1:443) STAYS OPEN: De Wit has not agreed: nothing is on record"
    plans = [plan("a", "one", not_agreed=[said]), plan("b", "one", not_agreed=[said]), plan("c", not_agreed=[said])]
    lines = summary({"verb": "lockdown", "measure": "lockdown"}, plans, Settlement(waves=[["a"], ["b"]]), 0.0)
    line = "  NOT AGREED: De Wit has not agreed: nothing is on record: STAYS OPEN at 2 appliances: a, b"
    assert lines[:3] == ["lockdown: 3 appliances", line, f"  {HOW_TO_GO_ON}"]
    assert (
        summary({"verb": "close", "measure": "notice"}, plans[:1], Settlement(waves=[["a"]]), 0.0)[1] == f"  a: {said}"
    )


@pytest.mark.parametrize(
    ("verb", "word"),
    [("retire", "NOT RETIRED"), ("rollback", "NOT WRITTEN TO by the undone run, as far as the records here say:")],
)
def test_what_keeps_nobody_is_told_with_its_reason(verb: str, word: str) -> None:
    settlement = Settlement(
        waves=[["a"]], stays=[Absence("b", False, "node 10.1.0.1 needs it"), Absence("c", True, "x")]
    )
    stays = declared(verb).stays
    lines = summary({"verb": verb, "measure": "m"}, [plan("a", "one")], settlement, 0.0, stays=stays)
    assert lines[0] == f"{verb} m: 3 appliances"
    assert [line for line in lines if word in line] == [
        f"  {word}  b: node 10.1.0.1 needs it",
        f"  {word}  c: unreachable: x",
    ]


def test_customers_who_have_not_agreed_are_one_line_each_above_what_cannot_be_closed() -> None:
    def said(server: str, customer: str) -> str:
        return f"NOT AGREED: {server} STAYS OPEN: {customer} has not agreed: nothing is on record"

    plans = [
        plan(f"gw-{n}", "one", not_agreed=[said(f"gw{n} STAYS OPEN: Jansen", "De Wit"), said("shop", "Jansen")])
        for n in range(200)
    ]
    settlement = Settlement(waves=[[one.host for one in plans]], left_open=[Absence("x", True, "no route")])
    lines = summary({"verb": "close", "measure": "notice"}, plans, settlement, 0.0)
    assert lines[1:3] == [
        f"  NOT AGREED: {customer} has not agreed: nothing is on record: STAYS OPEN at 200 appliances: gw-[0-199]"
        for customer in ("De Wit", "Jansen")
    ]
    assert lines[4] == "  STAYS OPEN  x: unreachable: no route"


@pytest.mark.parametrize("with_reasons", [True, False])
def test_an_appliance_whose_customers_all_refused_is_among_those_that_have_not_agreed(*, with_reasons: bool) -> None:
    """Its plan is refused, since nothing else is in scope; what stays open for another reason too, or by an old plan file, is named as that."""
    said = "NOT AGREED: gw (vpn 192.0.2.1:443) STAYS OPEN: De Wit has not agreed: nothing is on record"
    plans = [plan("a", "one", not_agreed=[said]), *(plan(host, not_agreed=[said]) for host in "bcd")]
    why = without_agreement([said])
    absences = [
        Absence("b", False, f"b: {why}"),
        Absence("c", False, f"{why} c: shop STAYS OPEN: no policy answers TCP"),
        Absence("d", True, "no route"),
    ]
    settlement = Settlement(waves=[["a"]], left_open=absences)
    lines = summary({"verb": "close", "measure": "notice"}, plans, settlement, 0.0, with_reasons=with_reasons)
    assert lines[1:3] == [
        "  NOT AGREED: De Wit has not agreed: nothing is on record: STAYS OPEN at 2 appliances: a, b",
        f"  {HOW_TO_GO_ON}",
    ]
    left = [line for line in lines if line.startswith("  STAYS OPEN")]
    if with_reasons:
        assert [line.split()[2] for line in left] == ["c:", "d:"]
    else:
        assert left == ["  STAYS OPEN  2 appliances: c, d; the reasons are at the end"]
    alone = summary({"verb": "close", "measure": "notice"}, plans[1:2], Settlement(left_open=absences[:1]), 0.0)
    assert alone == ["close notice: 1 appliance", f"  b: {said}", f"  {HOW_TO_GO_ON}"]


def test_the_sentence_on_who_has_not_agreed_ends_once() -> None:
    assert without_agreement(["a", "the register is refused. No entry counts."]) == (
        f"a; the register is refused. No entry counts. {HOW_TO_GO_ON}."
    )
    assert without_agreement([]) == ""


def test_the_same_commands_in_the_default_partition_are_the_same_changes() -> None:
    lines = closing_lines(plan("a", "switch ns partition default", *SAME), plan("b", *SAME))
    assert "    the same changes as at a" in lines


def test_what_a_step_cannot_close_is_told_before_the_waves_by_its_reason() -> None:
    why = "no policy answers TCP. Choose -e step=off"
    mail, dns = f"mail (lb 192.0.2.9:25) STAYS OPEN: {why}", f"ldap (lb 192.0.2.9:389) STAYS OPEN: {why}"
    one = plan("a", "one", stays_open=[mail, dns])
    assert closing_lines(one)[0] == f"  STAYS OPEN  a: mail (lb 192.0.2.9:25), ldap (lb 192.0.2.9:389): {why}"
    many = closing_lines(*(plan(f"gw-{n}", "one", stays_open=[mail, dns]) for n in range(200)))
    assert many[0] == f"  STAYS OPEN  virtual servers at 200 appliances: gw-[0-199]: {why}"
    assert closing_lines(plan("b", stays_open=[mail], nothing_to_do=False))[1].startswith(
        "  1 appliance: in place, and a part STAYS OPEN, "
    )


def test_an_appliance_that_stays_open_without_a_reason_is_named() -> None:
    """An execution node sends the reason, and may send none."""
    settlement = Settlement(waves=[["a"]], left_open=[Absence("b", False, "")])
    lines = summary({"verb": "close", "measure": "notice"}, [plan("a", "one"), plan("b", "one")], settlement, 0.0)
    assert "  STAYS OPEN  b:" in [line.rstrip() for line in lines]


SAME = ("add action page", "add policy gw", "bind vpn vserver gw -policy gw", "add policy shop")


def closing_lines(*plans: PlanFile) -> list[str]:
    settlement = Settlement(waves=[[one.host for one in plans]])
    return summary({"verb": "close", "measure": "notice"}, plans, settlement, 0.0)[1:-1]


def test_a_closing_has_equal_commands_once_and_what_differs_in_one_line() -> None:
    lines = closing_lines(
        plan("a", "enable ns feature RESPONDER", *SAME, inverse=["disable ns feature RESPONDER"]),
        plan("b", *SAME, inverse=["rm policy gw"]),
        plan("c", "enable ns feature RESPONDER", *SAME[:3], "add policy mail"),
    )
    assert lines[7:] == [
        "  1 appliance: 4 changes, EXPOSED: b",
        "    the changes as at a, without enable ns feature RESPONDER; the undo likewise",
        "  1 appliance: 5 changes, EXPOSED: c",
        "    the changes as at a, without add policy shop, and with add policy mail; the undo likewise",
    ]


def test_the_page_of_a_closing_names_the_playbook_that_undoes_it_and_cuts_long_commands() -> None:
    page = f"add responder action page {'x' * 500}"
    commented = 'add policy x -comment "tourniquet closing_notice v1 CHG0044"'
    assert closing_lines(plan("a", commented))[1] == "    + add policy x"
    lines = closing_lines(plan("a", page, *SAME, inverse=["rm policy gw", "rm policy shop"]))
    assert lines[1] == f"    + {page[:158]} ... 368 more characters"
    assert lines[-1] == "    undo: reopen.yml -e step=notice with the same scope"
    whole = summary(FACTS, [plan("a", page, inverse=["rm policy gw"])], Settlement(waves=[["a"]]), 0.0)
    assert whole[2:4] == [f"    + {page}", "    undo: rm policy gw"], "other verbs show all"


def test_a_closing_with_other_commands_is_shown_whole() -> None:
    other = [f"add policy {name}" for name in "vwxyz"]
    lines = closing_lines(plan("a", *SAME), plan("b", *other))
    assert lines[6:] == [f"    + {line}" for line in other]


def test_what_differs_in_a_partition_names_it() -> None:
    partitions = ["switch ns partition default", *SAME, "switch ns partition tenant", SAME[0]]
    lines = closing_lines(plan("a", *SAME), plan("b", *partitions))
    assert lines[6:] == [f"    the changes as at a, with (partition tenant) {SAME[0]}; the undo likewise"]


def test_a_fleet_on_one_page() -> None:
    plans = [plan(f"gw-{n}", "add MARK", "bind it") for n in range(38)]
    plans += [
        plan("done", verdict="mitigated (x)"),
        plan("taken", "add MARK", conflicts=[{"kind": "k", "message": "m"}]),
    ]
    settlement = Settlement(
        waves=[["gw-0"], [f"gw-{n}" for n in range(1, 38)]],
        nothing_to_do=["done"],
        left_out=[Absence("down", True, "down: no route")],
        in_the_way=[Absence("taken", False, "the priority 10 is taken by x")],
        continues="20200115T020000Z-r1",
    )
    assert summary(FACTS, plans, settlement, 60.0) == [
        "apply cve_x: 41 appliances",
        "  continues 20200115T020000Z-r1, which did not come to its end; the appliances that stopped it go first",
        "  38 appliances: 2 changes, EXPOSED: gw-[0-37]",
        "    + add <marker>",
        "    + bind it",
        "  1 appliance: nothing to do, mitigated: done",
        "  LEFT OUT  down: unreachable: no route",
        "  IN THE WAY  taken: the priority 10 is taken by x",
        "  waves: 1 + 37, 60 s between them; first gw-0",
    ]


def test_what_the_plans_foresee_is_said_once() -> None:
    text = "would end unproven: netscaler_probe is false. To avoid it, in host_vars of {}: `netscaler_probe: true`"
    plans = [plan(f"gw-{n}", "one", foreseen=[text.format(f"gw-{n}")]) for n in range(2)]
    plans += [plan("gw-x", "one", foreseen=["would end unsaved: save is never"]), plan("out", "one", foreseen=["x"])]
    lines = summary(FACTS, plans, Settlement(waves=[["gw-0"], ["gw-1", "gw-x"]]), 0.0)
    assert [line for line in lines if "FORESEEN" in line] == [
        f"  FORESEEN  2 appliances: {text.format('<appliance>')}: gw-0, gw-1",
        "  FORESEEN  gw-x: would end unsaved: save is never",
    ]


def test_who_loses_the_same_protection_is_one_line() -> None:
    plans = [plan(f"gw-{n}", "one", takes_away=["vpn vserver gw"]) for n in range(200)]
    plans.append(plan("other", "one", takes_away=["vpn vserver a", "lb vserver b"]))
    lines = summary(FACTS, plans, Settlement(waves=[[one.host for one in plans]]), 0.0)
    assert [line for line in lines if "TAKES PROTECTION AWAY" in line] == [
        "  TAKES PROTECTION AWAY  gw-[0-199]: vpn vserver gw",
        "  TAKES PROTECTION AWAY  other: vpn vserver a, lb vserver b",
    ]


@pytest.mark.parametrize("size", [13, 200])
def test_plans_that_differ_in_names_alone_do_not_fill_the_page(size: int) -> None:
    hosts = [f"gw-{n}" for n in range(size)]
    plans = [plan(host, f"bind vpn vserver {host}", takes_away=[f"vpn vserver {host}"]) for host in hosts]
    lines = summary(FACTS, plans, Settlement(waves=[hosts]), 0.0)
    shown = [line for line in lines if line.endswith(": 1 change, EXPOSED: gw-0") or "1 change, EXPOSED: gw-" in line]
    lost = [line for line in lines if "TAKES PROTECTION AWAY" in line]
    if size == 13:
        assert (len(shown), len(lost)) == (13, 13), "a page of so few has all"
        return
    assert [*shown, *lost] == [
        *(f"  1 appliance: 1 change, EXPOSED: gw-{n}" for n in range(5)),
        "  195 more appliances: 1 change, EXPOSED: gw-[5-199]; -v shows the changes of each",
        *(f"  TAKES PROTECTION AWAY  gw-{n}: vpn vserver gw-{n}" for n in range(5)),
        "  TAKES PROTECTION AWAY  195 more appliances, each from services of its own: gw-[5-199]; -v names them",
    ]


@pytest.mark.parametrize(("verb", "measure"), [("lockdown", "lockdown"), ("close", "off"), ("reopen", "lockdown")])
@pytest.mark.parametrize(("size", "most"), [(13, 2 + 13 * 3), (200, 2 + 5 * 3 + 1)])
def test_switching_servers_with_names_of_their_own_does_not_fill_the_page(
    verb: str, measure: str, size: int, most: int
) -> None:
    """Three lines for each of 200 appliances were 600; what stays open and who has not agreed has lines of its own."""
    hosts = [f"gw-{n}" for n in range(size)]
    plans = [
        plan(host, f"disable vpn vserver {host}", verdict="", inverse=[f"enable vpn vserver {host}"]) for host in hosts
    ]
    lines = summary({"verb": verb, "measure": measure}, plans, Settlement(waves=[hosts]), 0.0)
    assert len(lines) <= most
    others = [line for line in lines if "more appliances" in line]
    assert others == ["  195 more appliances: 1 change: gw-[5-199]; -v shows the changes of each"] * (size == 200)


def test_those_who_miss_for_the_same_reason_are_one_line() -> None:
    absences = [Absence(f"gw-{n}", False, f"gw-{n}: policy x of gw-{n} is in front") for n in range(200)]
    settlement = Settlement(in_the_way=[*absences, Absence("down", True, "no route")])
    assert summary(FACTS, [], settlement, 0.0) == [
        "apply cve_x: 201 appliances",
        "  IN THE WAY  200 appliances: policy x of <appliance> is in front: gw-[0-199]",
        "  IN THE WAY  down: unreachable: no route",
    ]


def test_an_appliance_with_a_plan_that_does_not_go_is_not_shown_as_going() -> None:
    plans = [plan("a", "one"), plan("b", "one")]
    settlement = Settlement(waves=[["a"]], in_the_way=[Absence("b", False, "its worker gave no answer")])
    lines = summary(FACTS, plans, settlement, 0.0)
    assert lines[0] == "apply cve_x: 2 appliances"
    assert "  1 appliance: 1 change, EXPOSED: a" in lines


def test_clocks_are_one_line() -> None:
    plans = [plan("a", clock_skew=-301), plan("b", clock_skew=299), plan("c", clock_skew=4000), plan("d")]
    settlement = Settlement(nothing_to_do=["a", "b", "c", "d"])
    assert summary(FACTS, plans, settlement, 0.0)[-1] == "  clocks: 2 appliances are off by more than 5 minutes: a, c"
    one = summary(FACTS, plans[:2], settlement, 0.0)[-1]
    assert one == "  clocks: 1 appliance is off by more than 5 minutes: a"


def test_text_of_appliances_is_data() -> None:
    settlement = Settlement(in_the_way=[Absence("gw", False, "\x1b[2J\nall is well")])
    for text in (*summary(FACTS, [plan("x", "\x1b[2J")], settlement, 0.0), *refusal(settlement).split("\n")):
        assert text.isprintable()


def test_a_refusal_has_one_line_per_appliance_and_the_way_on() -> None:
    in_the_way = [Absence(f"down-{n}", True, "no route") for n in range(4)] + [Absence("taken", False, "x is taken.")]
    assert refusal(Settlement(in_the_way=in_the_way)).split("\n") == [
        "5 appliances in the way, so nothing was changed anywhere:",
        *(f"  down-{n}: unreachable: no route" for n in range(4)),
        "  taken: x is taken.",
        "Fix them, or continue without them: -e accept_unreachable=down-0,down-1,down-2,down-3 -e accept_refused=taken",
    ]


def test_the_way_on_says_what_was_accepted_already_too() -> None:
    settlement = Settlement(
        left_out=[Absence("down", True, "no route")],
        in_the_way=[Absence("late", True, "no route"), Absence("taken", False, "x is taken.")],
    )
    last = refusal(settlement).split("\n")[-1]
    assert last == "Fix them, or continue without them: -e accept_unreachable=down,late -e accept_refused=taken"


@pytest.mark.parametrize(("refused", "going"), [(12, 1), (3, 2)])
def test_it_is_not_offered_to_go_on_where_most_of_the_fleet_refuses(refused: int, going: int) -> None:
    """The few that are left are not worth the look of a rollout that worked."""
    taken = [Absence(f"gw-{n}", False, f"gw-{n}: priority 10 is taken. Name another one.") for n in range(refused - 1)]
    other = Absence("odd", False, "somebody holds the lock")
    ready = [f"ready-{n}" for n in range(going)]
    total = refused + going
    for settlement in (
        Settlement(waves=[ready], in_the_way=[other, *taken]),
        Settlement(nothing_to_do=ready, left_out=[other], in_the_way=taken),
    ):
        assert way_on(settlement) == (
            f"Fix them, then give the same command again: {refused} of {total} appliances are refused, {refused - 1} of them because: priority 10 is "
            "taken. Name another one."
        )
    half = Settlement(waves=[[f"ready-{n}" for n in range(refused)]], in_the_way=[other, *taken])
    assert way_on(half).startswith("Fix them, or continue without them: -e accept_refused=")


def test_one_appliance_that_is_refused_leaves_nothing_to_go_on_with() -> None:
    assert way_on(Settlement(in_the_way=[Absence("a", False, "x")])) == "Fix it, then give the same command again."
    all_alike = Settlement(in_the_way=[Absence(name, False, f"{name}: x of {name}") for name in "ab"])
    assert way_on(all_alike).endswith("2 of 2 appliances are refused, because: x of <appliance>")


def test_few_names_are_written_out() -> None:
    assert names_text(["a"]) == "a"
    assert names_text(list("abcde")) == "a, b, c, d, e"
    assert names_text(list("abcdefg")) == "a, b, c, d, e and 2 more"


def test_on_the_screen_the_reasons_of_the_absent_are_at_the_end() -> None:
    settlement = Settlement(left_out=[Absence("a", True, "no route")], in_the_way=[Absence("b", False, "x is taken.")])
    assert summary(FACTS, [], settlement, 0.0, with_reasons=False) == [
        "apply cve_x: 2 appliances",
        "  LEFT OUT  1 appliance: a; the reasons are at the end",
        "  IN THE WAY  1 appliance: b; the reasons are at the end",
    ]


def test_a_plan_shows_its_undo_and_repeats_no_commands() -> None:
    parts = [f"switch ns partition {name}" for name in ("default", "tenant")]
    plans = [
        plan("a", "one", "two", inverse=["undo two", "undo one"], basis={"steps": [{}]}),
        plan("b", parts[0], "one", "two", parts[1], "one", "two", inverse=["x"], basis={"steps": [{}, {}]}),
        plan("c", parts[0], "one", parts[1], "three", inverse=[], basis={"steps": [{}, {}]}),
    ]
    lines = summary(FACTS, plans, Settlement(waves=[["a"], ["b", "c"]]), 0.0)
    assert lines[1:-1] == [
        "  1 appliance: 1 change, EXPOSED: a",
        "    + one",
        "    + two",
        "    undo: undo two / undo one",
        "  1 appliance: 2 changes, EXPOSED: b",
        "    in each of the partitions default, tenant:",
        "    the same changes as at a",
        "  1 appliance: 2 changes, EXPOSED: c",
        "    switch ns partition default",
        "    + one",
        "    switch ns partition tenant",
        "    + three",
    ]


def test_a_closing_is_named_once() -> None:
    closing = {"verb": "lockdown", "measure": "lockdown"}
    assert summary(closing, [plan("a", "one")], Settlement(waves=[["a"]]), 0.0)[0] == "lockdown: 1 appliance"


def test_the_names_are_written_out_in_a_form_that_ansible_reads_as_names() -> None:
    """A name that is a number, or has another character, must not be read as a count or split."""
    for names, option in (
        (["a", "b", "c"], "accept_refused=a,b,c"),
        (["a", "b", "c", "d"], "accept_refused=a,b,c,d"),
        (["1234"], """'{"accept_refused": ["1234"]}'"""),
        (["a", "b c"], """'{"accept_refused": ["a", "b c"]}'"""),
        (["a,b"], """'{"accept_refused": ["a,b"]}'"""),
        (["A-1_x.example"], "accept_refused=A-1_x.example"),
    ):
        rest = [f"rest-{n}" for n in range(len(names))]
        settlement = Settlement(waves=[rest], in_the_way=[Absence(name, False, "taken") for name in names])
        way = way_on(settlement)
        assert way == f"Fix them, or continue without them: -e {option}", names
        (again,) = command_values(way)
        assert again["again"]
        assert again["options"] == {"accept_refused": names}


def test_how_those_that_stay_open_are_closed() -> None:
    unsaved, other = Absence("a", False, "unsaved changes: apply_without_save"), Absence("b", True, "no route")
    facts = {"verb": "lockdown", "measure": "lockdown"}
    without_save = (
        "  close a without saving anything of others: the same command with --limit 'a' -e unsaved=apply_without_save. "
        "A restart opens them again until somebody saves"
    )
    by_hand = "  fix what keeps b open, then the same command with --limit 'b', or close them by hand"
    for absences, expected in (
        ([unsaved, other], [without_save, by_hand]),
        ([unsaved], [without_save]),
        ([other], [by_hand]),
    ):
        lines = summary(facts, [], Settlement(left_open=absences), 0.0)
        assert [line for line in lines if line.startswith(("  close", "  fix"))] == expected
        assert sum("STAYS OPEN" in line for line in lines) == len(absences)


def test_a_pause_is_said_where_there_is_one() -> None:
    for waves, seconds, expected in (
        ([["a"], ["b", "c"]], 60.0, "  waves: 1 + 2, 60 s between them; first a"),
        ([["a"], ["b", "c"]], 0.0, "  waves: 1 + 2; first a"),
        ([["a"]], 60.0, "  waves: 1; first a"),
    ):
        assert summary(FACTS, [], Settlement(waves=waves), seconds)[-1] == expected
    opening = {"verb": "reopen", "measure": "lockdown"}
    assert summary(opening, [plan("a", "one")], Settlement(waves=[["a"]]), 0.0)[0] == "reopen: 1 appliance"


def test_an_opening_names_the_run_that_takes_it_back() -> None:
    opened = [plan(host, "rm policy gw", "x" * 500, inverse=["add policy gw"]) for host in ("a", "b")]
    lines = summary({"verb": "reopen", "measure": "notice"}, opened, Settlement(waves=[["a"], ["b"]]), 0.0)
    assert lines[1:5] == [
        "  2 appliances: 2 changes, EXPOSED: a, b",
        "    - rm policy gw",
        lines[3],
        "    undo: close.yml -e step=notice with the same scope",
    ]
    assert lines[3].endswith("more characters")
    whole = summary({"verb": "reopen", "measure": "lockdown"}, opened, Settlement(waves=[["a"], ["b"]]), 0.0)
    assert "    undo: add policy gw" in whole


def test_a_closing_that_is_there_in_part_or_unproven_says_so() -> None:
    part = plan("a", "one", verdict="superseded (x)")
    unproven = plan("b", verdict="INEFFECTIVE ON THIS BUILD (x)", nothing_to_do=False)
    lines = closing_lines(part, unproven)
    assert "  1 appliance: 1 change, IN PLACE IN PART OR OTHERWISE: a" in lines
    assert "  1 appliance: in place, to be proven again, INEFFECTIVE ON THIS BUILD: b" in lines
    without = plan("c", verdict="INEFFECTIVE ON THIS BUILD (x)", nothing_to_do=False, without_effect=True)
    assert "  1 appliance: STAYS OPEN, INEFFECTIVE ON THIS BUILD: c" in closing_lines(part, without)
    settlement = Settlement(waves=[["a"]])
    assert "  1 appliance: 1 change, superseded: a" in summary(FACTS, [part], settlement, 0.0)
