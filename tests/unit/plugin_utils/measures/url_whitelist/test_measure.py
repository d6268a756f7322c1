# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From the lists to rules: the requests that pass, those that never do, and the conflicts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.builds import Build
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import PREFIX, Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.virtual_servers import Vserver
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.desired_state import Document
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import BuildStatus, Placement
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic import CaseSession
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic_variants import variants_for
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.next_action import NextAction
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.grounds import Grounds, Presence
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.verdict import decide_verdict
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.url_whitelist import (
    measure as measure_module,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.url_whitelist.base_lists import (
    DIRECTORY,
    load_base,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.url_whitelist.kind import ID
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.url_whitelist.measure import (
    NAME,
    PLAYED_ENTRIES,
    UNSAFE_SET,
    ResolvedWhitelist,
    UrlWhitelist,
    load_url_whitelist,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.expression_check import check_expressions
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.policy_bank import (
    as_blocking,
    banks_of,
    count_findings,
    names_of,
    passing_actions,
    run_corpus,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language import Request, compile_expression
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.impact import CANNOT_TELL
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.alarm_state.meanings import meaning_of

TODAY = date(2026, 11, 26)
OWNER = Owner(ID, 1, "CHG0042")
SHOP: dict[str, Any] = {
    "vserver": "shop",
    "kind": "lb",
    "mode": "enforce",
    "allow": [{"exact": "/"}, {"exact": "/a page"}, {"prefix": "/shop/"}, {"suffix": ".css"}],
}


def measure(*lists: dict[str, Any]) -> UrlWhitelist:
    return load_url_whitelist(list(lists), "gw1", TODAY)


def document(*lists: dict[str, Any]) -> Document:
    return measure(*lists).document(OWNER, where="gw1", marker="f00d")


def resolved(*lists: dict[str, Any]) -> ResolvedWhitelist:
    return measure(*lists).resolved(document(*lists))


def passes(url: str, **changes: Any) -> bool:
    made = document({**SHOP, **changes})
    policy = made.objects["responderpolicy", (f"{NAME}__shop",)]
    blocked = compile_expression(str(policy["rule"]), names_of(made.objects)).evaluate(Request(url=url))
    assert isinstance(blocked, bool), f"{url} is {blocked}"
    return not blocked


@pytest.mark.parametrize(
    "url",
    ["/", "/?a=1", "/a%20page", "/%61%20page", "/shop/", "/shop/cart?x=/../", "http://h/shop/cart", "https://h/", "/x/y.css", "/shop/%7euser", "/shop/a..b",
     "/shop/cart;jsessionid=1", "/shop/caf%c3%a9", "/shop/caf\xc3\xa9", "/shop/%e2%82%ac", "/shop/%E0%A4%95", "/shop/%f0%9f%8e%84", "/x.css?a;b#c"],
)  # fmt: skip
def test_what_is_listed_passes_in_every_form(url: str) -> None:
    assert passes(url)


@pytest.mark.parametrize(
    "url",
    [
        "/other", "/other?/shop/", "/shop", "/shopping/", "/Shop/", "/a+page", "/x.css/y", "/x.CSS", "http://h/shop", "//shop/", "*", "h:443",
        "/shop/../x", "/shop/%2e%2e/x", "/shop/.%2e/x", "/shop/..%2fx", "/shop%2f..%2fx", "/shop/%252e%252e/x", "/shop/%25252e%25252e/x",
        "/shop/..;/x", "/shop/..", "/shop//x", "/shop/%2fx", "/shop/..%5cx", "/shop/a%5cx", "/shop/a\\x", "/shop/%00", "/x%00.css",
        "/x/../y.css", "/x/%2e%2e/y.css", "/shop/%zz", "/shop/100%25",
        # overlong forms of a dot, a slash, a backslash; control characters; what a server cuts off behind ; ? and #
        "/shop/%c0%ae%c0%ae/x", "/shop/%C0%AE./x", "/shop/\xc0\xae\xc0\xae/x", "/shop/..%c0%afx", "/shop/%c1%9c../x", "/shop/%e0%80%ae./x",
        "/shop/\xe0%80%ae./x", "/shop/%e0\x81\x9c/x", "/shop/%f0%80%80%ae./x", "/shop/.%09./x", "/shop/.\t./x", "/shop/x%0d%0a", "/shop/%7f",
        "/admin;.css", "/admin%3b.css", "/admin%3B.css", "/admin%3f.css", "/admin%23.css", "/admin#.css", "/admin;a=/x.css", "/x%0a.css",
    ],
)  # fmt: skip
def test_what_is_not_listed_and_what_climbs_out_of_a_prefix_is_blocked(url: str) -> None:
    assert not passes(url)


def test_the_case_counts_unless_a_list_says_otherwise() -> None:
    assert passes("/SHOP/Cart", ignore_case=True)
    assert passes("/X.CSS", ignore_case=True)
    assert not passes("/SHOP/../x", ignore_case=True)


def test_the_rule_is_within_the_limit_of_old_releases_and_has_no_warning() -> None:
    made = document({**SHOP, "name": "a" * 60})
    assert all(len(str(a["rule"])) <= 1499 for (type_, _), a in made.objects.items() if type_ == "responderpolicy")
    checked = check_expressions(made.objects, {})
    assert (checked.errors, checked.unknown, checked.warnings) == ((), (), ())


@pytest.mark.parametrize("mode", ["observe", "enforce"])
@pytest.mark.parametrize("ignore_case", [False, True])
@pytest.mark.parametrize("base", [None, *sorted(file.stem for file in DIRECTORY.glob("*.yml"))])
def test_the_traffic_of_a_list_and_all_its_variants_are_treated_as_expected(
    mode: str, ignore_case: bool, base: str | None
) -> None:
    own = {**SHOP, "mode": mode, "ignore_case": ignore_case, "base": [base] if base else []}
    whole = measure(own)
    made = whole.document(OWNER, where="gw1", marker="f00d")
    ((place, bank),) = banks_of(as_blocking(made.objects)).items()
    corpus = run_corpus(bank, whole.traffic.at(place), passing_actions(made.objects))
    assert [str(finding) for finding in corpus if not finding.is_right] == []
    assert count_findings(corpus).counts(True)[2] > 10
    varied = [variant.case for variant in variants_for(whole.traffic, 1)]
    assert len(varied) > 100
    for case in varied:
        blocked = bank.evaluate(Request(url=case.url, method=case.method)).outcome.value
        assert blocked == ("blocked" if case.attack else "passed"), f"{case.id}: {case.method} {case.url}"


def test_a_list_that_only_counts_never_blocks_and_never_ends() -> None:
    made = document({**SHOP, "mode": "observe"})
    policy = made.objects["responderpolicy", (f"{NAME}__shop__observe",)]
    assert (policy["action"], policy["undefaction"], policy["logaction"]) == ("NOOP", "NOOP", f"{NAME}__shop__observe")
    (binding,) = [a for (type_, _), a in made.objects.items() if type_ == "lbvserver_responderpolicy_binding"]
    assert (binding["gotopriorityexpression"], binding["priority"]) == ("NEXT", 101)
    assert "responderaction" not in made.types


def test_nothing_is_ever_bound_globally_and_noop_never_meets_end() -> None:
    for mode in ("observe", "enforce"):
        objects = document(
            {**SHOP, "mode": mode}, {**SHOP, "vserver": "gw", "kind": "vpn", "base": ["gateway"], "mode": mode}
        ).objects
        actions = {key[0]: a["action"] for (type_, key), a in objects.items() if type_ == "responderpolicy"}
        assert not any("global" in type_ for type_, _ in objects)
        for (type_, _), a in objects.items():
            if type_.endswith("vserver_responderpolicy_binding"):
                noop = actions[str(a.get("policy", a.get("policyname")))] == "NOOP"
                assert noop is (a.get("gotopriorityexpression", "END") == "NEXT")


@pytest.mark.parametrize(("answer", "action"), [("reset", "RESET"), ("drop", "DROP")])
def test_an_answer_that_says_nothing_is_built_in(answer: str, action: str) -> None:
    made = document({**SHOP, "answer": answer, "undefined": "DROP"})
    policy = made.objects["responderpolicy", (f"{NAME}__shop",)]
    assert (policy["action"], policy["undefaction"]) == (action, "DROP")
    assert "responderaction" not in made.types


def test_what_may_be_blocked_is_named_as_it_is_called() -> None:
    own = {"vserver": "gw", "kind": "vpn", "mode": "enforce", "base": ["gateway"]}
    right, wrong = ({**own, "may_block": [id_]} for id_ in ("gateway-classic-login", "classic-login"))
    assert resolved(right).problems() == []
    ((problem, fix),) = resolved(wrong).problems()
    assert "may_block has classic-login, no request of the log-on" in problem
    assert "gateway-classic-login" in fix


@pytest.mark.parametrize(
    ("build", "lists", "status", "gateways"),
    [
        ("12.1 51.14", ["vpn"], BuildStatus.INEFFECTIVE, True),
        ("12.1 51.14", ["vpn", "lb"], BuildStatus.WANTED, True),
        ("12.1 51.14", ["lb"], BuildStatus.WANTED, False),
        ("12.1 51.14", [], BuildStatus.WANTED, False),
        ("12.1 50.31", ["vpn"], BuildStatus.WANTED, False),
        ("12.1 51.19", ["vpn"], BuildStatus.WANTED, False),
        ("13.0 47.22", ["vpn"], BuildStatus.WANTED, False),
    ],
)
def test_builds_that_evaluate_nothing_at_a_gateway(
    build: str, lists: list[str], status: BuildStatus, *, gateways: bool
) -> None:
    """Citrix text of 2020-01-16: responder policies at VPN virtual servers of these builds process nothing."""
    whole = measure(*[{**SHOP, "vserver": kind, "kind": kind, "base": ["gateway"]} for kind in lists])
    found = Build.parse(build)
    assert whole.build_status(found, whole.placements) is status
    assert whole.ineffective_because(found, whole.placements).endswith("on VPN pages: vpn") is gateways
    assert whole.fix_for(found, whole.placements) == ("12.1 51.19 or later" if gateways else "")
    evidence = [Grounds(found, whole.placements, ours) for ours in (Presence.ABSENT, Presence.CURRENT)]
    words = [decide_verdict(one, whole, TODAY).word for one in evidence]
    assert words == (["ineffective on this build"] * 2 if gateways else ["not in place", "applied, unproven"])


def test_an_acl_in_front_of_a_gateway_is_no_responder_policy() -> None:
    assert not Placement("gw", "vpn", "gw", "ACL", "enforce", {}).at_gateway
    assert all(one.at_gateway for one in measure({**SHOP, "kind": "vpn", "base": ["gateway"]}).placements)


def test_a_partition_gets_its_own_lists_alone() -> None:
    whole = measure(SHOP, {**SHOP, "vserver": "portal", "partition": "tenant_a"})
    assert whole.partitions == {"default", "tenant_a"}
    assert [placement.vserver for placement in whole.inside("tenant_a").placements] == ["portal"]
    assert {case.places for case in whole.inside("tenant_a").traffic.cases} == {
        frozenset({"lb vserver portal REQUEST"})
    }


def test_a_template_that_blocks_what_is_listed_is_found_before_it_is_sent() -> None:
    whole = measure(SHOP)
    made = whole.document(OWNER, where="gw1", marker="")
    assert whole.resolved(made).problems() == []
    policy = made.objects["responderpolicy", (f"{NAME}__shop",)]
    policy["rule"] = str(policy["rule"]).replace("STARTSWITH_ANY", "EQUALS_ANY")
    ((problem, _fix),) = whole.resolved(made).problems()
    assert problem == "shop (lb vserver shop): its rule does not let pass what it lists: prefix /shop/."


@pytest.mark.parametrize("kind", ["vpn", "authentication"])
def test_the_base_list_of_the_log_on_is_enough_for_the_log_on(kind: str) -> None:
    base = {"vpn": "gateway", "authentication": "aaa_logon"}[kind]
    own = {"vserver": "gw", "kind": kind, "mode": "enforce"}
    assert resolved({**own, "base": [base]}).problems() == []
    lists = {**own, "allow": [{"exact": "/"}]}
    ((problem, fix),) = resolved(lists).problems()
    assert "would lock out the log-on" in problem
    assert f"Add base: [{base}] to the list, or to allow: prefix /logon/LogonPoint/" in fix


@pytest.mark.parametrize("name", sorted(file.stem for file in DIRECTORY.glob("*.yml")))
def test_a_base_list_has_sources_and_traffic(name: str) -> None:
    base = load_base(name)
    assert len(base.traffic) >= 5
    assert len({entry.text for entry in base.entries}) == len(base.entries)
    assert all(entry.comment for entry in base.entries)


def test_a_person_is_told_three_days_before_an_exception_ends() -> None:
    entries = [{"exact": f"/{day}", "owner": "me", "until": f"2026-11-{day}"} for day in (25, 26, 29, 30)]
    own = resolved({**SHOP, "allow": [*SHOP["allow"], *entries]})
    assert own.remarks() == [
        "shop (lb vserver shop): exact /25 was allowed until 2026-11-25 for me; it has expired and is removed",
        "shop (lb vserver shop): exact /26 is allowed until 2026-11-26 only, for me",
        "shop (lb vserver shop): exact /29 is allowed until 2026-11-29 only, for me",
    ]


@pytest.mark.parametrize(
    ("base", "control"),
    [
        ([], "shop-entry-4"),
        (["storefront"], None),
        (["gateway"], "shop-gateway-logon-point"),
        (["storefront", "aaa_logon"], "shop-aaa_logon-logon-point"),
    ],
)
def test_one_legitimate_request_is_sent_from_outside_which_needs_no_session(
    base: list[str], control: str | None
) -> None:
    cases = measure({**SHOP, "base": base}).traffic.cases
    (case,) = [case for case in cases if case.probe and not case.attack]
    assert case.id == (control or [one for one in cases if not one.attack][-1].id)
    assert [case.id for case in cases if case.probe and case.attack] == ["shop-unlisted", "shop-unlisted-encoded"]


def test_a_base_case_that_needs_a_session_is_never_the_control(monkeypatch: pytest.MonkeyPatch) -> None:
    base = load_base("gateway")
    first, *others = (replace(case, probe=True) for case in base.traffic)
    changed = replace(base, traffic=(replace(first, session=CaseSession.WITH), *others))
    monkeypatch.setattr(measure_module, "load_base", lambda _name: changed)
    cases = measure({**SHOP, "base": ["gateway"]}).traffic.cases
    assert [case.id for case in cases if case.probe and not case.attack] == [f"shop-{others[0].id}"]


def test_of_a_long_list_forty_entries_from_its_whole_length_are_played() -> None:
    entries = [{"exact": f"/{number}"} for number in range(100)]
    legitimate = [case.url for case in measure({**SHOP, "allow": entries}).traffic.cases if not case.attack]
    assert (len(legitimate), legitimate[0], legitimate[-1]) == (PLAYED_ENTRIES, "/0", "/78")
    few = [{"exact": f"/{number}"} for number in range(PLAYED_ENTRIES)]
    assert len([case for case in measure({**SHOP, "allow": few}).traffic.cases if not case.attack]) == PLAYED_ENTRIES


def test_the_tricks_are_played_on_the_first_two_prefixes_and_suffixes() -> None:
    allow = [*({"prefix": f"/p{n}/"} for n in range(3)), *({"suffix": f".s{n}"} for n in range(3))]
    tricks = {case.id: case.url for case in measure({**SHOP, "allow": allow}).traffic.cases if case.attack}
    assert {id_.split("-")[1] for id_ in tricks} == {"unlisted", "prefix1", "prefix2", "suffix1", "suffix2"}
    word = tricks["shop-unlisted"].split("/")[1]
    assert tricks["shop-unlisted-encoded"] == f"/%74{word[1:]}/x"  # %74 is its first character
    assert word.startswith("tq-")
    assert tricks["shop-prefix1-up-slash-encoded"] == f"/p0/..%2f{word}/x"
    assert tricks["shop-suffix2-behind"] == f"/{word}.s1/x"


def test_a_rule_that_blocks_several_of_its_entries_names_the_first_and_the_number_of_the_others() -> None:
    whole = measure({**SHOP, "allow": [*SHOP["allow"], {"prefix": "/more/"}]})
    made = whole.document(OWNER, where="gw1", marker="")
    policy = made.objects["responderpolicy", (f"{NAME}__shop",)]
    policy["rule"] = str(policy["rule"]).replace("STARTSWITH_ANY", "EQUALS_ANY")
    ((problem, _fix),) = whole.resolved(made).problems()
    assert problem.endswith("its rule does not let pass what it lists: prefix /shop/, and 1 more.")


def test_what_a_log_on_lacks_is_named_with_its_number_and_with_the_way_to_accept_it() -> None:
    own = {"vserver": "gw", "kind": "vpn", "mode": "enforce", "allow": [{"exact": "/"}]}
    ((problem, fix),) = resolved(own).problems()
    logon = sorted(load_base("gateway").logon)
    assert f", nor are {len(logon) - 1} more requests." in problem
    assert sorted(fix.partition("may_block: [")[2].rstrip("].").split(", ")) == logon
    assert resolved({**own, "may_block": logon}).problems() == []
    ((problem, _fix),) = resolved({**own, "may_block": logon[1:]}).problems()
    assert "more requests" not in problem


def test_a_list_that_only_counts_reports_what_it_would_lock_out() -> None:
    own = resolved({"vserver": "gw", "kind": "vpn", "mode": "observe", "allow": [{"exact": "/"}]})
    assert own.problems() == []
    (text,) = own.remarks()
    assert "would lock out the log-on" in text
    assert text.endswith(" Once it blocks, that is an error.")


def test_the_record_keeps_who_asked_for_an_entry() -> None:
    noted = [{"exact": "/a", "comment": "a page"}, {"exact": "/c", "owner": "me"}]
    past = {"exact": "/b", "owner": "me", "until": "2026-11-01"}
    (kept,) = resolved({**SHOP, "allow": [{"exact": "/"}, *noted, past]}).facts()["whitelists"]
    assert kept == {"name": "shop", "vserver": "shop", "mode": "enforce", "entries": noted, "expired": [past]}


def test_a_set_of_what_is_unsafe_is_made_only_for_beginnings_and_endings() -> None:
    for allow, made in (([{"exact": "/"}], False), ([{"prefix": "/a/"}], True), ([{"suffix": ".a"}], True)):
        assert (("policypatset", (UNSAFE_SET,)) in document({**SHOP, "allow": allow}).objects) is made
    assert not load_url_whitelist(None, "gw1", TODAY).document(OWNER, where="gw1", marker="").objects


def test_what_a_hit_asks_for_says_what_to_do_where_the_log_holds_no_url() -> None:
    """Seen: "run impact.yml, which names the URLs and the clients", and impact.yml said "cannot tell": by default nothing of what is blocked is logged."""
    next_step = meaning_of(f"{PREFIX}{ID}").next_step
    text = str(next_step)
    assert "where ns.log has them" in text
    assert f'where it says "{CANNOT_TELL}"' in text
    assert "measure_audit_log: true" in text
    assert isinstance(next_step, NextAction)
    assert [one.verb for one in next_step.commands] == ["impact", "apply"]
    assert dict(next_step.commands[1].options) == {"mitigation": ID, "measure_audit_log": "true"}


def test_a_closing_lets_the_lists_of_its_virtual_servers_block_and_leaves_the_others() -> None:
    counts = [{**SHOP, "vserver": name, "mode": "observe"} for name in ("shop", "site")]
    whole = measure(*counts)

    def modes(*names: str) -> list[str] | None:
        closed = [Vserver("lbvserver", name, "192.0.2.1", 443, "SSL", enabled=True) for name in names]
        found = whole.closing({"default": closed})
        return [str(own.mode) for own in found.lists] if found else None

    assert (modes("shop"), modes("shop", "site")) == (["enforce", "observe"], ["enforce", "enforce"])
    assert modes() is modes("other") is None, "nothing blocks then"
    assert [str(own.mode) for own in whole.lists] == ["observe", "observe"]


@pytest.mark.parametrize("number", [1, 2, 3])
def test_what_a_log_on_lacks_is_counted(number: int) -> None:
    own = {"vserver": "gw", "kind": "vpn", "mode": "enforce", "allow": [{"exact": "/"}]}
    logon = sorted(load_base("gateway").logon)
    ((problem, _fix),) = resolved({**own, "may_block": logon[number:]}).problems()
    others = ("", ", nor is 1 more request", ", nor are 2 more requests")[number - 1]
    assert problem.endswith(f" is not listed{others}.")


def test_each_request_of_a_list_is_played_in_other_cases_and_encoded_twice() -> None:
    assert measure(SHOP).traffic.variants == (("case", 1), ("double", 1))
