# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The requests with another result after a change."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic import Traffic, TrafficCase
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.policy_diff import (
    PlacedRequest,
    PolicyDiff,
    compare_policies,
    is_attack,
    requests_for,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.request_paths import (
    MANAGEMENT,
    AppliancePolicies,
)
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.plugin_utils.policies.policy_objects import OURS, UNREADABLE, Objects, bound, put, together

GATEWAY = "vpn vserver gw REQUEST"
SITE = "lb vserver site REQUEST"
VSERVERS = [("vpn", "gw"), ("lb", "site")]
CLIENT = "198.51.100.10"


def compared(
    url: str, *, attack: bool = False, place: str = GATEWAY, session: bool = False, client: str = CLIENT
) -> PlacedRequest:
    return PlacedRequest(TrafficCase(url, attack, "GET", url), session, client, place)


def compare(
    before: Objects, after: Objects, requests: Sequence[PlacedRequest], *, on_before: bool = True
) -> PolicyDiff:
    sides = (
        AppliancePolicies(before, feature_on=on_before, vservers=VSERVERS),
        AppliancePolicies(after, vservers=VSERVERS),
    )
    return compare_policies(*sides, requests, is_attack)


def test_what_only_blocks_attacks_changes_nothing_else() -> None:
    found = compare(
        {}, bound(OURS, 10), [compared("/bad", attack=True), compared("/good"), compared("/good", place=SITE)]
    )
    assert found == PolicyDiff(compared=2)
    assert found.summary() == "0 of 2 other requests are treated differently"
    assert PolicyDiff().summary() == ""


def test_a_request_that_is_no_attack_is_named_with_all_that_makes_it_up() -> None:
    ours = bound(OURS, 10, "CLIENT.IP.SRC.IN_SUBNET(203.0.113.0/24) && !CLIENT.SSLVPN.IS_SSLVPN")
    requests = [
        compared("/x"),
        compared("/x", client="203.0.113.9"),
        compared("/x", client="203.0.113.9", session=True),
    ]
    found = compare({}, ours, requests)
    (difference,) = found.differences
    assert str(difference) == "GET /x from 203.0.113.9 at vpn vserver gw REQUEST: passes before, answered by DROP after"
    assert found.summary() == "1 of 3 other requests are treated differently"


def test_only_the_place_where_ours_is_bound_changes() -> None:
    found = compare({}, bound(OURS, 10, at="lb site REQUEST"), [compared("/bad"), compared("/bad", place=SITE)])
    assert [difference.request.place for difference in found.differences] == [SITE]


def test_an_answer_of_others_that_ours_takes_over_is_a_difference() -> None:
    theirs = bound("rp", 50, "true", "RESET")
    (difference,) = compare(theirs, together(theirs, bound(OURS, 10)), [compared("/bad"), compared("/x")]).differences
    assert (difference.before, difference.after) == ("answered by RESET", "answered by DROP")


def test_another_answer_under_the_same_name_is_a_difference() -> None:
    def with_answer(target: str, comment: str) -> Objects:
        objects = bound(OURS, 10, action=OURS)
        put(objects, "responderaction", name=OURS, type="respondwith", target=target, comment=comment)
        return objects

    one = with_answer('"HTTP/1.1 403 Forbidden"', "tourniquet demo v1")
    (difference,) = compare(one, with_answer('"HTTP/1.1 404 Not Found"', "x"), [compared("/bad")]).differences
    assert difference.after == "answered by tq_demo with another answer"
    assert compare(one, with_answer('"HTTP/1.1 403 Forbidden"', "x"), [compared("/bad")]).differences == ()


def test_switching_the_feature_on_wakes_policies_of_others() -> None:
    theirs = bound("rp_sleeping", 50, "true", "RESET")
    found = compare(theirs, together(theirs, bound(OURS, 10)), [compared("/x")], on_before=False)
    assert found.differences[0].after == "answered by RESET"


def test_what_is_open_on_both_sides_alike_is_no_difference() -> None:
    theirs = bound("rp_callout", 5, UNREADABLE)
    found = compare(theirs, together(theirs, bound(OURS, 10)), [compared("/good"), compared("/bad")])
    assert (found.compared, found.differences, found.open) == (2, (), 1), "of /bad it is open, for ours matches it"
    assert found.summary().endswith("1 not checked (the documents leave the semantics open)")


def test_with_a_goto_to_a_number_nothing_is_taken_for_the_same() -> None:
    theirs = together(bound("rp_callout", 5, UNREADABLE, "NOOP", goto="20"), bound("rp", 20, "true"))
    assert compare(theirs, together(theirs, bound(OURS, 10)), [compared("/good")]).open == 1


def test_with_a_changed_set_nothing_is_taken_for_the_same() -> None:
    def with_pattern(pattern: str) -> Objects:
        objects = together(bound("rp_callout", 5, UNREADABLE), bound("rp", 20, 'HTTP.REQ.URL.CONTAINS_ANY("s")'))
        put(objects, "policypatset", name="s")
        put(objects, "policypatset_pattern_binding", name="s", String=pattern, index=1)
        return objects

    assert compare(with_pattern("/a"), with_pattern("/a"), [compared("/b")]).open == 0
    assert compare(with_pattern("/a"), with_pattern("/b"), [compared("/b")]).open == 1


def test_the_list_is_short_and_says_how_much_it_leaves_out() -> None:
    found = compare({}, bound(OURS, 10, "true"), [compared(f"/{number}") for number in range(8)])
    assert len(found.shown()) == 6
    assert found.shown()[-1] == "and 3 more"


def test_an_unknown_place_is_an_error() -> None:
    with pytest.raises(KeyError):
        compare({}, {}, [compared("/", place="lb vserver nowhere REQUEST")])


def test_the_traffic_is_asked_at_every_place_and_from_every_client() -> None:
    traffic = Traffic(
        (
            TrafficCase("a", True, "GET", "/bad"),
            TrafficCase("g", False, "GET", "/good"),
            TrafficCase("late", True, "GET", "/l", since=2),
        )
    )
    places = AppliancePolicies({}, vservers=VSERVERS)
    found = list(requests_for(traffic, 1, places, (CLIENT, "192.0.2.1")))
    assert {one.place for one in found} == {MANAGEMENT, GATEWAY, "vpn vserver gw AAA_REQUEST", SITE}
    assert all(not one.session for one in found if one.place in {SITE, MANAGEMENT})
    assert any(one.session for one in found if one.place == GATEWAY)
    assert {one.client for one in found if one.place == MANAGEMENT} == {CLIENT, "192.0.2.1"}
    assert not any(one.case.id == "late" for one in found)
    assert any("~" in one.case.id for one in found if one.client == CLIENT)


URLS = ["/a", "/b", "/c", "/ab"]
RULES = ["true", "false", *(f'HTTP.REQ.URL.CONTAINS("{letter}")' for letter in "abc"), UNREADABLE]
POLICIES = st.lists(
    st.tuples(
        st.sampled_from(RULES), st.sampled_from(["DROP", "RESET", "NOOP"]), st.sampled_from(["END", "NEXT", "3"])
    ),
    max_size=4,
)


@given(theirs=POLICIES, place=st.integers(0, 4), rule=st.sampled_from(RULES), url=st.sampled_from(URLS))
def test_it_agrees_with_a_naive_reading_of_one_bank(
    theirs: list[tuple[str, str, str]], place: int, rule: str, url: str
) -> None:
    """Priorities are 1, 2 ... with ours at 10 times `place` plus 5 and theirs at tens; three answers for what can't be read."""
    rows = [(10 * number + 10, *row) for number, row in enumerate(theirs)]
    ours = (10 * place + 5, rule, "DROP", "END")
    before = together(*(bound(f"n{row[0]}", row[0], row[1], row[2], row[3]) for row in rows))
    after = together(before, bound(OURS, *ours))
    found = compare(before, after, [compared(url)])
    one, other = naive(rows, url), naive(sorted([*rows, ours]), url)
    if len(one) == 1 and len(other) == 1:
        assert bool(found.differences) is (one != other)
        assert found.open == 0
    elif not found.open:
        # taken for the same although open: only where ours is definitely FALSE
        assert found.differences == ()
        assert matches(rule, url) == {"FALSE"}


def matches(rule: str, url: str) -> set[str]:
    if rule == UNREADABLE:
        return {"TRUE", "FALSE", "UNDEF"}
    wanted = rule == "true" or (rule.startswith("HTTP") and rule[-3] in url)
    return {"TRUE" if wanted else "FALSE"}


def naive(rows: Sequence[tuple[int, str, str, str]], url: str) -> set[str]:
    """All answers that a bank may give, by the words of the documents."""
    if not rows:
        return {"passes"}
    (_priority, rule, action, goto), rest = rows[0], rows[1:]
    answers: set[str] = set()
    for result in matches(rule, url):
        if result == "FALSE":
            answers |= naive(rest, url)
        elif result == "TRUE" and action != "NOOP":
            answers.add(action)
        elif result == "UNDEF" or goto in {"END", "3"}:  # 3 is smaller than every priority but no later one's
            answers.add("passes")
        else:
            answers |= naive(rest, url)
    return answers
