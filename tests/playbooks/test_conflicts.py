# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Conflicts with changes of others: each stops a plan with a fix that works, and objects of others stay unchanged."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from tests.catalogue_entries import catalogue
from tests.stage.client import Answer
from tests.stage.fleet import box, vserver
from tests.stage.played import ATTACK, ATTACK_ENCODED, CONTROL, NAME, RULE_V1, TAKEN_AWAY, Laboratory, Run, wait_until

ON = ["LB", "SSL", "SSLVPN", "RESPONDER"]
GLOBAL = "responderglobal_responderpolicy_binding"


def bound(
    name: str, priority: int, rule: str, action: str = "DROP", goto: str = "END"
) -> dict[str, list[dict[str, object]]]:
    """Somebody else's policy, bound globally in front."""
    return {
        "responderpolicy": [{"name": name, "rule": rule, "action": action}],
        GLOBAL: [{"policyname": name, "priority": priority, "gotopriorityexpression": goto, "type": "REQ_OVERRIDE"}],
    }


def both(*parts: dict[str, list[dict[str, object]]]) -> dict[str, list[dict[str, object]]]:
    joined: dict[str, list[dict[str, object]]] = {}
    for part in parts:
        for type_, rows in part.items():
            joined.setdefault(type_, []).extend(rows)
    return joined


NEVER = 'HTTP.REQ.URL.CONTAINS("/zz-nothing")'
TESTING = {"responderpolicy": [{"name": "rp_testing", "rule": NEVER, "action": "DROP"}]}
BY_HAND = both(
    {
        "responderaction": [
            {"name": "respondwith403", "type": "respondwith", "target": '"HTTP/1.1 403 Forbidden\r\n\r\n"'}
        ]
    },
    bound("ctx267027", 1, RULE_V1, "respondwith403"),
)


def gateway_and_site() -> list[dict[str, str]]:
    return [vserver("vpn", "gw"), vserver("lb", "site", "HTTP")]


ASLEEP = both(
    bound("rp_global", 100, NEVER),
    {
        "responderpolicy": [{"name": "rp_site", "rule": 'HTTP.REQ.URL.STARTSWITH("/old")', "action": "RESET"}],
        "lbvserver_responderpolicy_binding": [{"name": "site", "policyname": "rp_site", "priority": 10}],
    },
)
FLEET = {
    "name": box(features=ON, configuration={"responderpolicy": [{"name": NAME, "rule": NEVER, "action": "DROP", "comment": "by hand"}]}),
    "priority": box(features=ON, configuration=both(bound("rp_one", 50, NEVER), bound("rp_two", 51, NEVER))),
    "shadow": box(features=ON, configuration=bound("rp_allow", 1, 'HTTP.REQ.URL.STARTSWITH("/vpn")', "NOOP")),
    "licence": box(licensed=["LB", "SSL", "SSLVPN"]),
    "asleep": box(vservers=gateway_and_site(), configuration=ASLEEP),
    "unbound": box(configuration=TESTING),
    "unsaved": box(features=ON, unsaved_configuration=TESTING),
    "without": box(features=ON, unsaved_configuration=TESTING),
    "first": box(features=ON, unsaved_configuration=TESTING),
    "neighbour": box(features=ON, configuration=bound("rp_redirect", 100, NEVER, goto="NEXT")),
    "hand": box(features=ON, configuration=BY_HAND),
    "drift": box(),
    "unbinding": box(),
    "logging": box(user_defined_audit_log="YES"),
    "quiet": box(),
    "quiet_saved": box(),
    "partly_quiet": box(vservers=gateway_and_site()),
    "deaf": box(switches={"global_policies_see_gateway": False}),
    "deaf_revert": box(switches={"global_policies_see_gateway": False}),
    "cluster": box(cluster=True),
    "race": box(features=ON),
    "harm": box(),
    "lockout": box(),
    "wrong": box(),
}  # fmt: skip
OWN = ("harm", "lockout", "wrong")
DOCUMENT = r"""
nsfeature:
  feature: [RESPONDER]
responderaction:
  - name: {{ name }}
    type: respondwith
    target: '"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"'
responderpolicy:
  - name: {{ name }}
    rule: '%s'
    action: {{ name }}
responderglobal_responderpolicy_binding:
  - policyname: {{ name }}
    type: REQ_OVERRIDE
    priority: {{ priority }}
"""
TRAFFIC = """
attacks:
  - {id: attack, url: %s, probe: true}
legitimate:
  - {id: logon, url: /vpn/index.html, probe: true}
"""
RULES = {
    # The traffic file does not notice it: no request of it is addressed to the address itself.
    "harm": ('HTTP.REQ.URL.CONTAINS("/vpns/") || HTTP.REQ.HEADER("Host").CONTAINS("127.")', ATTACK),
    "lockout": ('HTTP.REQ.URL.STARTSWITH("/nitro/")', "/nitro/v1/config/login"),
    "wrong": ('HTTP.REQ.URL.CONTAINS("/vpn/")', ATTACK),
}


@dataclass
class Story:
    laboratory: Laboratory
    before: dict[str, tuple[str, ...]]
    status: Run
    run: Run
    after: dict[str, tuple[str, ...]]
    attacks: dict[str, Answer]
    controls: dict[str, Answer]
    own: Run
    after_own: dict[str, tuple[str, ...]]


@pytest.fixture(scope="module")
def story(open_laboratory: Callable[..., Laboratory], tmp_path_factory: pytest.TempPathFactory) -> Story:
    variables: dict[str, dict[str, object]] = {
        "priority": {"measure_priority": 50},
        "without": {"unsaved": "apply_without_save"},
        "first": {"unsaved": "save_first"},
        "quiet": {"netscaler_probe": False},
        "quiet_saved": {"netscaler_probe": False, "save": "always"},
        "deaf_revert": {"on_unproven": "revert"},
    }
    for host in OWN:
        rule, attack = RULES[host]
        directory = catalogue(tmp_path_factory.mktemp(host), host, [DOCUMENT % rule], TRAFFIC % attack)
        variables[host] = {"catalogue_directory": str(directory), "mitigation": host}
    laboratory = open_laboratory(FLEET, variables=variables)
    laboratory.hosts["partly_quiet"]["netscaler_vips"][1]["probe"] = False
    before = laboratory.texts()
    others = [host for host in FLEET if host not in (*OWN, "race")]
    status = laboratory.play("status", limit=others, probes="few")
    run = laboratory.play("apply", limit=others)
    attacks = {host: laboratory.ask(host, ATTACK) for host in others}
    controls = {host: laboratory.ask(host, CONTROL) for host in others}
    after = laboratory.texts()
    own = laboratory.play("apply", limit=OWN, mitigation=None)
    return Story(laboratory, before, status, run, after, attacks, controls, own, laboratory.texts(OWN))


def kinds(run: Run, host: str) -> list[str]:
    return [conflict["kind"] for conflict in run[host].get("conflicts", [])]


def assert_stopped(story: Story, run: Run, host: str, kind: str) -> str:
    """Stopped for this reason alone, before anything was written; returns the message."""
    assert run.problem(host).startswith("refused: ")
    assert kinds(run, host) == [kind]
    assert run.writes(host) == []
    assert story.laboratory.texts([host])[host] == story.before[host]
    assert story.laboratory.record_files(host) == []
    return run.message(host)


def test_taken_name_is_an_error_and_not_an_overwrite(story: Story) -> None:
    message = assert_stopped(story, story.run, "name", "name_taken")
    assert f"the responder policy {NAME} exists and is not ours" in message
    assert '"by hand"' in message
    assert "In host_vars of name: `measure_adopt: true`." in message


def test_taken_name_can_be_adopted_as_the_message_says(story: Story) -> None:
    run = story.laboratory.play("apply", limit="name", measure_adopt=True)
    assert run.verdict("name") == "mitigated"
    assert story.laboratory.ask("name", ATTACK).blocked_by(story.laboratory.marker("name"))
    back = story.laboratory.play("rollback", limit="name", accept_exposure=True)
    assert back.problem("name") == TAKEN_AWAY
    assert story.laboratory.texts(["name"])["name"] == story.before["name"]


def test_taken_priority_names_a_free_one_and_following_it_works(story: Story) -> None:
    message = assert_stopped(story, story.run, "priority", "priority_taken")
    assert "priority 50 at REQ_OVERRIDE is taken by rp_one, somebody else's" in message
    advice = re.search(r"In host_vars of priority: `(measure_priority): (\d+)`", message)
    assert advice
    assert advice[2] == "49", "in front of the other policy, which may end the evaluation"
    run = story.laboratory.play("apply", limit="priority", **{advice[1]: int(advice[2])})
    assert run.verdict("priority") == "mitigated"
    bindings = {row["policyname"]: row["priority"] for row in story.laboratory.rows("priority", GLOBAL)}
    assert bindings == {"rp_one": 50, "rp_two": 51, NAME: 49}
    assert story.laboratory.ask("priority", ATTACK).blocked_by(story.laboratory.marker("priority"))


def test_whitelist_in_front_that_ends_the_evaluation_shadows_ours(story: Story) -> None:
    message = assert_stopped(story, story.run, "shadow", "shadowed")
    assert "rp_allow is evaluated before ours" in message
    assert story.attacks["shadow"].passes


def test_feature_without_a_licence_stops_before_anything_is_sent(story: Story) -> None:
    message = assert_stopped(story, story.run, "licence", "not_licensed")
    assert "RESPONDER is not licensed" in message


def test_sleeping_policies_are_not_woken_unless_accepted_by_name(story: Story) -> None:
    message = assert_stopped(story, story.run, "asleep", "sleeping_policies")
    assert "rp_global" in message
    assert "rp_site" in message, "bound at a vserver, not globally"
    advice = re.search(r"In host_vars of asleep: `accept_sleeping_policies: (\[.*?\])`", message)
    assert advice
    one = story.laboratory.play("apply", limit="asleep", accept_sleeping_policies=["rp_global"])
    assert kinds(one, "asleep") == ["sleeping_policies"], "one of two is not enough"
    assert one.writes("asleep") == []
    assert story.laboratory.ask("asleep", "/old/x", vserver="site").status == 404
    run = story.laboratory.play("apply", limit="asleep", accept_sleeping_policies=json.loads(advice[1]))
    assert run.verdict("asleep") == "mitigated"
    assert story.laboratory.ask("asleep", "/old/x", vserver="site").status is None, "it woke up: RESET"
    undone = story.laboratory.play("rollback", limit="asleep", why="undo")
    assert undone.problem("asleep") == TAKEN_AWAY.replace("at ", "at lb vserver site, ")
    said = undone.message("asleep")
    assert "the feature RESPONDER, which was off before us, stays on: it is used by rp_global, rp_site" in said
    assert "disable ns feature RESPONDER, then save ns config" in said
    assert "disable ns feature RESPONDER" in undone.output.partition("TOURNIQUET")[2], "on the screen too"


def test_policies_that_are_bound_nowhere_do_not_sleep(story: Story) -> None:
    assert story.run.problem("unbound") == ""
    assert story.attacks["unbound"].blocked_by()


def test_unsaved_work_of_somebody_else_is_refused_by_default(story: Story) -> None:
    message = assert_stopped(story, story.run, "unsaved", "unsaved_changes")
    assert "rp_testing" in message
    assert "choose apply_without_save or save_first" in message
    assert "In host_vars of unsaved: `unsaved: save_first`." in message


def test_unsaved_work_can_be_left_unsaved(story: Story) -> None:
    assert story.run.problem("without") == ""
    assert story.run.verdict("without") == "applied, not saved"
    assert "POST nsconfig?action=save" not in story.run.writes("without")
    running, saved = story.after["without"]
    assert NAME in running
    assert "rp_testing" in running
    assert saved == story.before["without"][1]
    assert story.attacks["without"].blocked_by()


def test_unsaved_work_can_be_saved_first(story: Story) -> None:
    writes = story.run.writes("first")
    assert writes[0] == writes[-1] == "POST nsconfig?action=save"
    assert story.run.verdict("first") == "mitigated"
    running, saved = story.after["first"]
    assert running == saved
    assert "rp_testing" in saved


def test_unsaved_work_does_not_disturb_where_nothing_is_to_be_done(story: Story) -> None:
    laboratory = story.laboratory
    laboratory.colleague("neighbour", "POST", "responderpolicy", {"responderpolicy": TESTING["responderpolicy"][0]})
    run = laboratory.play("apply", limit="neighbour")
    assert run.problem("neighbour") == ""
    assert run.verdict("neighbour") == "mitigated"
    assert run.writes("neighbour") == []
    assert laboratory.row("neighbour", "responderpolicy", "rp_testing", saved=True) is None, "still theirs to save"


def test_neighbours_are_shown_and_stay(story: Story) -> None:
    assert story.run["neighbour"]["neighbours"] == ["REQ_OVERRIDE 100 rp_redirect (NEXT)"]
    assert "neighbour: REQ_OVERRIDE 100 rp_redirect (NEXT)" in story.run.output
    theirs = [line for line in story.before["neighbour"][0].splitlines() if "rp_redirect" in line]
    assert len(theirs) == 2
    assert [line for line in story.after["neighbour"][0].splitlines() if "rp_redirect" in line] == theirs


def test_hand_made_policy_stays_in_front_and_is_reported(story: Story) -> None:
    assert story.status.verdict("hand") == "mitigated, not managed by us"
    assert "ctx267027" in story.status.message("hand")
    assert story.run.verdict("hand") == "mitigated"
    assert story.run["hand"]["neighbours"] == ["REQ_OVERRIDE 1 ctx267027 (END)"]
    assert story.attacks["hand"].blocked_by()
    assert not story.attacks["hand"].blocked_by(story.laboratory.marker("hand")), "theirs answers first"
    order = {row["policyname"]: row["priority"] for row in story.laboratory.rows("hand", GLOBAL)}
    assert order == {"ctx267027": 1, NAME: 10}


def test_drift_is_seen_and_corrected(story: Story) -> None:
    laboratory = story.laboratory
    laboratory.colleague("drift", "PUT", "responderpolicy", {"responderpolicy": {"name": NAME, "rule": NEVER}})
    laboratory.saved_by_colleague("drift")
    laboratory.colleague("unbinding", "DELETE", f"{GLOBAL}?args=policyname:{NAME},type:REQ_OVERRIDE,priority:10")
    laboratory.saved_by_colleague("unbinding")
    both_hosts = ("drift", "unbinding")
    status = laboratory.play("status", limit=both_hosts)
    for host in both_hosts:
        assert laboratory.ask(host, ATTACK).passes
        assert status.verdict(host) == "drifted"
    run = laboratory.play("apply", limit=both_hosts)
    assert run.writes("drift") == ["PUT responderpolicy", "POST nsconfig?action=save"]
    assert run.writes("unbinding") == [f"POST {GLOBAL}", "POST nsconfig?action=save"]
    for host in both_hosts:
        assert run.verdict(host) == "mitigated"
        assert laboratory.texts([host])[host] == story.after[host]
        assert laboratory.ask(host, ATTACK).blocked_by(laboratory.marker(host))


def test_hits_are_counted_and_shown(story: Story) -> None:
    laboratory = story.laboratory
    before = laboratory.play("status", limit="logging")["logging"]["hits"][NAME]
    for _ in range(5):
        laboratory.ask("logging", ATTACK_ENCODED)
    laboratory.ask("logging", CONTROL)
    seen = laboratory.play("status", limit="logging")
    result = seen["logging"]
    assert result["hits"][NAME] == before + 5
    # The hits of our own probes are not those of others.
    assert result["probe_hits"] == {NAME: 2}, "the two attacks among the probes of the apply"
    assert f"{NAME}: {before + 5 - 2} hits by others, 2 by our probes" in seen.output


def test_the_plan_has_the_audit_log_as_a_step_where_it_is_asked_for(story: Story) -> None:
    laboratory = story.laboratory
    asked = laboratory.play("plan", limit="drift", measure_audit_log=True)
    assert "set audit syslogParams -userDefinedAuditlog YES" in asked.lines("drift")
    without = laboratory.play("plan", limit="drift")
    assert not any("userDefinedAuditlog" in line for line in without.lines("drift"))


def test_blocked_requests_are_logged(story: Story) -> None:
    log = story.laboratory.node("logging")["files"]["/var/log/ns.log"]
    assert f"{NAME} blocked 127." in log
    assert "smb.conf" in log


def test_audit_logging_that_is_off_is_said(story: Story) -> None:
    assert any("user-defined audit logging is off" in text for text in story.run["drift"]["verdict"]["missing"])
    assert not any("audit logging" in text for text in story.run["logging"]["verdict"]["missing"])


def test_without_probes_nothing_is_called_proven_and_nothing_is_saved(story: Story) -> None:
    sent = [r for r in story.run.requests if r["appliance"] == "quiet" and r["side"] != "nitro"]
    assert sent == []
    assert story.run.verdict("quiet") == "applied, unproven"
    assert story.attacks["quiet"].blocked_by()
    assert story.after["quiet"][1] == story.before["quiet"][1]
    assert story.laboratory.record("quiet")["proof"]["proven"] is False


def test_unproven_is_saved_where_the_operator_wants_it(story: Story) -> None:
    assert story.run.verdict("quiet_saved") == "applied, unproven"
    assert story.after["quiet_saved"][0] == story.after["quiet_saved"][1]


def test_vip_that_must_not_be_probed_is_not_and_it_is_said(story: Story) -> None:
    sides = {r["side"] for r in story.run.requests if r["appliance"] == "partly_quiet"}
    assert sides == {"nitro", "gw"}
    assert any("site" in text and "not probed" in text for text in story.run["partly_quiet"]["verdict"]["missing"])


def test_rule_without_effect_stays_unsaved_and_the_run_fails(story: Story) -> None:
    assert story.run.problem("deaf").startswith("failed: ")
    assert story.attacks["deaf"].passes
    assert story.run.verdict("deaf") == "exposed"
    assert NAME in story.after["deaf"][0], "a mitigation is not removed because a probe failed"
    assert story.after["deaf"][1] == story.before["deaf"][1]
    assert (story.laboratory.record("deaf")["outcome"], story.laboratory.record("deaf")["saved"]) == ("applied", False)


def test_rule_without_effect_is_reverted_where_the_operator_wants_it(story: Story) -> None:
    assert story.run.problem("deaf_revert").startswith("failed: ")
    assert "on_unproven" in story.run.message("deaf_revert")
    assert story.after["deaf_revert"] == story.before["deaf_revert"]
    assert story.laboratory.record("deaf_revert")["outcome"] == "reverted"


def test_harm_to_legitimate_traffic_is_undone_at_once(story: Story) -> None:
    assert story.own.problem("harm").startswith("failed: ")
    assert "legitimate traffic was harmed, so the change was undone" in story.own.message("harm")
    assert "GET /vpn/index.html was answered before and now gets 403" in story.own.message("harm")
    assert "POST responderpolicy" in story.own.writes("harm"), "it had been there"
    assert "POST nsconfig?action=save" not in story.own.writes("harm")
    assert story.after_own["harm"] == story.before["harm"]
    assert story.laboratory.ask("harm", CONTROL).status == 200
    record = story.laboratory.record("harm")
    assert record["outcome"] == "reverted"
    assert "/vpn/index.html" in record["problem"]
    assert {step["state"] for step in record["steps"]} == {"undone"}


def test_rule_that_would_lock_out_the_management_is_not_applied(story: Story) -> None:
    assert "lockout" in kinds(story.own, "lockout")
    assert story.own.writes("lockout") == []
    assert story.after_own["lockout"] == story.before["lockout"]


def test_rule_that_answers_wrongly_is_not_applied(story: Story) -> None:
    assert set(kinds(story.own, "wrong")) == {"wrong_rule"}
    assert "GET /vpn/index.html" in story.own.message("wrong")
    assert story.own.writes("wrong") == []


def test_a_cluster_is_refused_before_anything_is_written(story: Story) -> None:
    assert story.status.verdict("cluster") == "unknown"
    assert story.run.problem("cluster").startswith("refused: ")
    assert kinds(story.run, "cluster") == ["cluster"], "one message, and no others beside it"
    assert "this is a NetScaler cluster" in story.run.message("cluster")
    assert story.run.writes("cluster") == []
    assert story.after["cluster"] == story.before["cluster"]


def test_object_that_another_operator_made_meanwhile_is_not_deleted_by_our_undo(story: Story) -> None:
    """Between our read and our write somebody creates an object of the same name: ours is refused, theirs stays."""
    laboratory = story.laboratory
    laboratory.simulator.appliance("race").fault("slow", method="POST", type="responderaction", seconds=1.5)
    theirs = {
        "name": NAME,
        "type": "respondwith",
        "target": '"HTTP/1.1 404 Not Found\r\n\r\n"',
        "comment": "the other desk",
    }
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(laboratory.play, "apply", limit="race")
        wait_until(lambda: laboratory.fired("race") > 0, "our write to be under way")
        laboratory.colleague("race", "POST", "responderaction", {"responderaction": theirs})
        run = future.result(timeout=60)
    assert run.problem("race").startswith("failed: ")
    row = laboratory.row("race", "responderaction")
    assert row, "what we did not make, we do not remove"
    assert row["comment"] == "the other desk"
    assert laboratory.row("race", "auditmessageaction") is None, "what we made is undone"
    assert laboratory.row("race", "responderpolicy") is None


def test_those_without_a_conflict_are_done_all_the_same(story: Story) -> None:
    assert story.run.rc != 0
    done = ("unbound", "first", "neighbour", "hand", "drift", "unbinding", "logging")
    assert {story.run.verdict(host) for host in done} == {"mitigated"}
    assert story.run.verdict("partly_quiet") == "partly"
