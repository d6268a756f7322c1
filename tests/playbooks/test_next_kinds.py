# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each kind of line that a page gives, pasted into a shell as it stands: the state is nearer to safe afterwards, or the page says why not.

``tests/next_kinds.yml`` names the kinds and their tests; ``make test`` plays a sample of these, ``make test-all`` all.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.next_action import (
    Command,
    NextAction,
    command_values,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure.recovery import STEPS
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.next_lines import RunForm
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.next_lines import (
    lines_of as lines_of_commands,
)

from tests import sample
from tests.playbooks.bundles import ID, signed_bundle
from tests.playbooks.test_conflicts import BY_HAND
from tests.playbooks.test_next_lines import lines_of, paste
from tests.stage.control_node import PLAYBOOK_PROGRAM, ROOT
from tests.stage.fleet import PASSWORD, USER, box, pair
from tests.stage.played import Laboratory, Run

NOTICE: dict[str, Any] = {"mitigation": None, "as_of": None, "step": "notice"}
DECIDED = {"reason": "the exploit is public", "ticket": "CHG1", "who": "J. Jansen", "expires": 24}
LEAKED = (
    "Nov 28 04:00:00 <local0.notice> 192.0.2.1 11/28/2026:04:00:00 GMT gw 0-PPE-0 : default AAA Message 4711 0 :  "
    '"Authentication is rejected for \x80\xff\x01abc"\n'
).encode("latin-1")
SSH_PORT = 2222  # each node has an address of its own
SHELLS = ("shelled", "scripted")
FLEET = {
    "owned": pair("13.0 47.22"),
    "rotated": box("13.0 47.22"),
    "recovered": box("13.0 47.22"),
    "watched": box("14.1 73.46"),
    "full": box("13.1 49.15"),
    "bounded": box("13.1 49.15"),
    "listed": box("13.0 47.22"),
    "silent": box("13.0 47.22"),
    "doctored": box("13.0 47.22"),
    "bundled": box("14.1 73.46"),
    "ready": box(),
    "away": box(),
    "paged": box(),
    "opened": box(),
    "logged": box(),
    "counting": box(),
    "stopped": box(users={"nsroot": "r00t-0f-4ll"}),
    "asking": box(),
    "read": box("13.0 47.22"),
    "ended": box("14.1 73.46"),
    "signed": box(),
    "rooted": box(users={"nsroot": "r00t-0f-4ll"}),
    "unsaved": box(),
    "spare": box(),
    "unasked": box(),
    "unbound": box(),
    "undone": box(),
    "chained": box(),
    "closed": box(),
    "seen": box("14.1 73.46"),
    "kept": box("14.1 73.46"),
    "late": box(),
    "stepped": box("14.1 73.46"),
    "doubted": box(),
    "unhunted": box("14.1 73.46"),
    "scanned": box("14.1 73.46", user_defined_audit_log="YES"),
    "unlogged": box("14.1 73.46"),
    "behind": box(),
    "handmade": box(features=["LB", "SSL", "SSLVPN", "RESPONDER"], configuration=BY_HAND),
    "talked": box("14.1 73.46"),
    "leaked": box("14.1 73.46"),
    "edited": box(),
    "unsigned": box(),
    "planned": box(),
    "served": box(),
    "audited": box(),
    "shelled": box(ssh_port=SSH_PORT),
    "scripted": box(ssh_port=SSH_PORT),
}


@pytest.fixture(scope="module")
def laboratory(open_laboratory: Callable[..., Laboratory]) -> Laboratory:
    made = open_laboratory(FLEET)
    for host in SHELLS:
        nodes = made.simulator.ready["appliances"][host]["nodes"]
        made.hosts[host] |= {"node_local_user": USER, "node_local_password": PASSWORD, "node_local_port": SSH_PORT}
        made.hosts[host]["node_local_host_keys"] = [node["ssh_host_key"] for node in nodes]
    return made


class Kind(NamedTuple):
    """A kind of line.

    :ivar before: brings the appliance into the state, and returns the run whose page has the line
    :ivar verb: that of the line
    :ivar after: looks at the run of the line
    :ivar known: what a person writes for the placeholders
    :ivar has: another word of the line
    """

    before: Callable[[Laboratory], Run]
    verb: str
    after: Callable[[Laboratory, Run], None]
    known: Mapping[str, str] = {}
    has: str = ""


# -- traces ---------------------------------------------------------------------------------------------------------------


def hunted(laboratory: Laboratory) -> Run:
    laboratory.simulator.appliance("owned").write_file("/var/tmp/netscalerd", "x", node=1)
    return laboratory.play("hunt", limit="owned", mitigation=None, as_of=None)


def evidence_is_whole(_laboratory: Laboratory, run: Run) -> None:
    assert run["owned"]["gaps"] == []
    assert lines_of(run) == [], "what is left is the decision of a person: to isolate it"


def evidence_lacks_something(laboratory: Laboratory) -> Run:
    laboratory.simulator.appliance("full").fault("disk_full", times=0)
    run = laboratory.play("evidence", limit="full", mitigation=None, as_of=None)
    laboratory.simulator.appliance("full").clear_faults()
    return run


def it_is_taken(_laboratory: Laboratory, run: Run) -> None:
    assert (run["full"]["gaps"], run["full"]["exit_code"]) == ([], 0)


def evidence_has_a_limit(laboratory: Laboratory) -> Run:
    return laboratory.play(
        "evidence", limit="bounded", mitigation=None, as_of=None, parts=["files"], further_directories=1
    )


def all_of_it_is_taken(_laboratory: Laboratory, run: Run) -> None:
    """Seen: the line had further_directories=1 again, for ever."""
    assert run["bounded"]["gaps"] == []


def watched(laboratory: Laboratory) -> Run:
    baselines = str(laboratory.directory / "baselines")
    return laboratory.play("watch", limit="watched", mitigation=None, as_of=None, baselines=baselines)


def state_is_accepted(laboratory: Laboratory, run: Run) -> None:
    assert run.rc == 0, run.output[-2000:]
    assert watched(laboratory)["watched"]["exit_code"] == 0


def never_hunted(laboratory: Laboratory) -> Run:
    return laboratory.play("status", limit="read", mitigation=None, as_of=None, traces=str(hunt_of_nobody(laboratory)))


def hunt_of_nobody(laboratory: Laboratory) -> Any:
    laboratory.play(
        "hunt", limit="ended", mitigation=None, as_of=None, tourniquet_report=str(laboratory.directory / "traces")
    )
    return laboratory.directory / "traces" / "hunt.json"


def it_was_hunted_on(_laboratory: Laboratory, run: Run) -> None:
    assert run["read"]["exit_code"] == 0


def alarm_is_broken(laboratory: Laboratory) -> Run:
    if laboratory.row("logged", "responderpolicy") is None:
        assert laboratory.play("apply", limit="logged").verdict("logged") == "mitigated"
    alarms = str(laboratory.directory / "alarms")
    more = {"alarms": alarms, "receiver": "none", "within": "1"}
    return laboratory.play("alarm", limit="logged", mitigation=None, as_of=None, **more)


def whitelist_has_counted_a_request(laboratory: Laboratory, host: str = "scanned") -> Run:
    given = {"vserver": "gw", "kind": "vpn", "mode": "observe", "base": ["gateway"]}
    laboratory.hosts[host]["netscaler_whitelists"] = [given]
    laboratory.write_inventory()
    laboratory.play("apply", limit=host, mitigation="url_whitelist", as_of=None, save="always")
    more = {"alarms": str(laboratory.directory / f"alarms of {host}"), "receiver": "none", "within": "1"}
    laboratory.play("alarm", limit=host, mitigation=None, as_of=None, **more)
    laboratory.ask(host, "/intranet/start", client="127.0.0.9")
    return laboratory.play("alarm", limit=host, mitigation=None, as_of=None, **more)


def whitelist_has_counted_what_is_not_logged(laboratory: Laboratory) -> Run:
    return whitelist_has_counted_a_request(laboratory, "unlogged")


def the_next_ones_are_logged(laboratory: Laboratory, run: Run) -> None:
    assert run.problem("unlogged") == "", run.output[-2000:]
    assert laboratory.rows("unlogged", "auditsyslogparams")[0]["userdefinedauditlog"] == "YES"


def its_log_is_read(_laboratory: Laboratory, run: Run) -> None:
    """Seen: '-e "logs=<logs>"', a variable that nothing reads, so that no logs were named whatever a person wrote."""
    assert run.problem("scanned") == "", run.output[-2000:]
    assert "requests of 2 clients" in run.output, run.output[-3000:]


def memory_leaked(laboratory: Laboratory) -> Run:
    laboratory.simulator.fleet.appliances["leaked"].nodes[0].write_file("/var/log/ns.log", LEAKED)
    marks = str(laboratory.directory / "marks of the leaked")
    return laboratory.play("read_logs", limit="leaked", mitigation=None, as_of=None, bookmarks=marks)


def no_session_is_left(_laboratory: Laboratory, run: Run) -> None:
    assert run.problem("leaked") == "", run.output[-2000:]
    assert all(row["after"] == 0 for row in run["leaked"]["sessions"])


def setting_is_missing(laboratory: Laboratory) -> Run:
    return laboratory.play("status", limit="talked", mitigation=None, as_of=None)


def it_is_set(laboratory: Laboratory, run: Run) -> None:
    assert run.problem("talked") == "", run.output[-2000:]
    assert "mitigation=cve_2026_88778" not in "".join(lines_of(setting_is_missing(laboratory)))


def fix_needs_ended_sessions(laboratory: Laboratory) -> Run:
    """Of this entry alone: of the whole catalogue an appliance without a worse one is fixed, and has nothing to do first."""
    catalogue = laboratory.directory / "one entry"
    shutil.copytree(
        ROOT / "templates" / "mitigations" / "cve_2023_4966", catalogue / "cve_2023_4966", dirs_exist_ok=True
    )
    return laboratory.play("status", limit="talked", mitigation=None, as_of=None, catalogue_directory=str(catalogue))


def they_are_ended(laboratory: Laboratory, run: Run) -> None:
    assert run.problem("talked") == "", run.output[-2000:]
    assert run["talked"]["record"]


def its_cause_is_gone(laboratory: Laboratory, _run: Run) -> None:
    again = alarm_is_broken(laboratory)
    assert not any("user-defined audit logging is off" in str(gap) for gap in again["logged"]["not_seen"])


def alarm_of_what_only_counts_is_broken(laboratory: Laboratory) -> Run:
    applied = laboratory.play("apply", limit="counting", mitigation_mode="observe")
    assert applied.verdict("counting") == "observe, not blocking", applied.output[-2000:]
    more = {"alarms": str(laboratory.directory / "alarms"), "receiver": "none", "within": "1"}
    return laboratory.play("alarm", limit="counting", mitigation=None, as_of=None, **more)


def it_is_logged_and_still_only_counts(laboratory: Laboratory, run: Run) -> None:
    assert run.verdict("counting") == "observe, not blocking", run.output[-2000:]
    assert laboratory.row("counting", "responderpolicy")["action"] == "NOOP"  # type: ignore[index]
    assert laboratory.rows("counting", "auditsyslogparams")[0]["userdefinedauditlog"] == "YES"


def ledger_is_asked(laboratory: Laboratory) -> Run:
    return laboratory.play("ledger", limit="listed", mitigation=None, as_of=None)


def evidence_comes_first(_laboratory: Laboratory, run: Run) -> None:
    assert run["listed"]["gaps"] == []


# -- this machine, the user, the catalogue --------------------------------------------------------------------------------


def doctor_does_not_reach_it(laboratory: Laboratory) -> Run:
    right = laboratory.hosts["doctored"]["netscaler_nodes"]
    laboratory.hosts["doctored"]["netscaler_nodes"] = ["127.0.0.1:9"]
    run = laboratory.play("doctor", limit="doctored", mitigation=None, as_of=None)
    laboratory.hosts["doctored"]["netscaler_nodes"] = right
    laboratory.write_inventory()
    return run


def it_is_reached(_laboratory: Laboratory, run: Run) -> None:
    assert not run["doctored"]["problem"].startswith("unreachable")


def user_is_planned(laboratory: Laboratory) -> Run:
    laboratory.hosts["stopped"] |= {
        "admin_user": "nsroot",
        "admin_password": "r00t-0f-4ll",
        "netscaler_user": "playbooks",
    }
    return laboratory.play("bootstrap", limit="stopped", mitigation=None, as_of=None)


def user_is_made(laboratory: Laboratory, run: Run) -> None:
    assert run.rc == 0, run.output[-2000:]
    assert any(row["username"] == "playbooks" for row in laboratory.rows("stopped", "systemuser"))


def bundle_is_shown(laboratory: Laboratory, number: int = 5) -> Run:
    bundle = str(signed_bundle(laboratory.directory, laboratory.inventory.parent, number))
    return laboratory.play("catalogue", limit="bundled", mitigation=None, as_of=None, bundle=bundle)


def bundle_is_taken(laboratory: Laboratory, run: Run) -> None:
    assert run.rc == 0, run.output[-2000:]
    planned = laboratory.play("plan", limit="bundled", mitigation=ID, as_of=None)
    assert planned["bundled"]["catalogue_bundle"].startswith("bundle 5 by ")
    back = laboratory.play("catalogue", limit=None, mitigation=None, as_of=None, go_back="true")
    assert back.rc == 0, "the other kinds are of the catalogue that came with the collection"


def bundle_in_use_counts_no_more(laboratory: Laboratory) -> Run:
    signers = laboratory.inventory.parent / "allowed_signers"
    before = signers.read_text(encoding="utf-8") if signers.exists() else ""
    (line,) = [one for one in lines_of(bundle_is_shown(laboratory, 6)) if "/catalogue.yml" in one]
    assert paste(laboratory, line).rc == 0
    signers.write_text("", encoding="utf-8")
    run = laboratory.play("plan", limit="bundled", mitigation=ID, as_of=None)
    signers.write_text(before, encoding="utf-8")
    return run


def built_in_one_is_used_again(laboratory: Laboratory, run: Run) -> None:
    assert run.rc == 0, run.output[-2000:]
    again = laboratory.play("status", limit="bundled", mitigation=None, as_of=None)
    assert again["bundled"]["verdict"]["word"] != "unknown"


def signers_lack_our_key(laboratory: Laboratory) -> Run:
    assert laboratory.play("apply", limit="signed").verdict("signed") == "mitigated", "the first run makes the key"
    signed_bundle(laboratory.directory, laboratory.inventory.parent)  # whose author alone is in the list
    return laboratory.play("doctor", limit="signed", mitigation=None, as_of=None)


def our_key_is_there(laboratory: Laboratory, run: Run) -> None:
    assert run.rc == 0, run.output[-2000:]
    again = laboratory.play("doctor", limit="signed", mitigation=None, as_of=None)
    assert "signer.yml" not in "".join(lines_of(again))


def user_may_do_everything(laboratory: Laboratory) -> Run:
    laboratory.hosts["rooted"] |= {"netscaler_user": "nsroot", "netscaler_password": "r00t-0f-4ll"}
    laboratory.hosts["rooted"] |= {"admin_user": "nsroot", "admin_password": "r00t-0f-4ll"}
    run = laboratory.play("doctor", limit="rooted", mitigation=None, as_of=None)
    laboratory.hosts["rooted"] |= {"netscaler_user": "playbooks", "netscaler_password": "playb00ks-8W"}
    laboratory.write_inventory()
    return run


def one_of_its_own_is_planned(_laboratory: Laboratory, run: Run) -> None:
    assert run["rooted"]["state"] == "planned", run.output[-2000:]


# -- rollouts and closings ------------------------------------------------------------------------------------------------


def one_is_in_the_way(laboratory: Laboratory) -> Run:
    laboratory.hosts["away"]["netscaler_nodes"] = ["127.0.0.1:9"]
    return laboratory.play("apply", limit=["ready", "away"], accept_unreachable=0, accept_refused=0)


def the_other_is_mitigated(_laboratory: Laboratory, run: Run) -> None:
    assert run.verdict("ready") == "mitigated"


def closing_is_overdue(laboratory: Laboratory) -> Run:
    closed = laboratory.play("close", limit="paged", **NOTICE, **DECIDED)
    assert closed.verdict("paged") in ("enforcing", "applied, unproven"), closed.output[-2000:]
    for path in laboratory.record_files("paged"):
        assert path.exists()
    laboratory.ahead = 25 * 3600.0
    try:
        return laboratory.play("status", limit="paged", mitigation=None, as_of=None)
    finally:
        laboratory.ahead = 0.0


def it_stays_closed_until_the_new_time(laboratory: Laboratory, run: Run) -> None:
    assert run.problem("paged") == "", run.output[-2000:]
    laboratory.ahead = 25 * 3600.0
    try:
        later = laboratory.play("status", limit="paged", mitigation=None, as_of=None)
    finally:
        laboratory.ahead = 0.0
    assert later.verdict("paged") != "closed, decision overdue"


def somebody_opened_it(laboratory: Laboratory) -> Run:
    closed = laboratory.play("lockdown", limit="opened", mitigation=None, as_of=None, **DECIDED)
    assert closed.verdict("opened") == "closed", closed.output[-2000:]
    laboratory.colleague("opened", "POST", "vpnvserver?action=enable", {"vpnvserver": {"name": "gw"}})
    laboratory.saved_by_colleague("opened")
    return laboratory.play("status", limit="opened", mitigation=None, as_of=None)


def it_is_closed_again(laboratory: Laboratory, run: Run) -> None:
    assert run.verdict("opened") == "closed", run.output[-2000:]
    assert laboratory.row("opened", "vpnvserver", "gw")["state"] == "DISABLED"  # type: ignore[index]


def customer_has_not_agreed(laboratory: Laboratory) -> Run:
    laboratory.hosts["asking"] |= {
        "netscaler_customer": "Brouwer",
        "tourniquet_customers": {"Brouwer": {"consent": True}},
    }
    return laboratory.play("close", limit="asking", check=True, **NOTICE, **DECIDED)


def agreement_is_written_down(laboratory: Laboratory, run: Run) -> None:
    assert run.rc == 0, run.output[-2000:]
    closed = laboratory.play("close", limit="asking", **NOTICE, **DECIDED)
    assert closed.verdict("asking") in ("enforcing", "applied, unproven"), closed.output[-2000:]


def others_have_unsaved_changes(laboratory: Laboratory) -> Run:
    server = {"name": "theirs", "servicetype": "HTTP"}
    laboratory.colleague("unsaved", "POST", "lbvserver", {"lbvserver": server})
    return laboratory.play(
        "lockdown", limit=["unsaved", "spare"], mitigation=None, as_of=None, accept_refused=0, **DECIDED
    )


def it_is_closed_without_saving(laboratory: Laboratory, run: Run) -> None:
    assert run.verdict("unsaved") == "applied, not saved", run.output[-2000:]
    assert laboratory.row("unsaved", "vpnvserver", "gw")["state"] == "DISABLED"  # type: ignore[index]
    assert laboratory.row("unsaved", "lbvserver", "theirs", saved=True) is None, "theirs is not ours to save"


def nobody_asked_the_customer(laboratory: Laboratory) -> Run:
    laboratory.hosts["unasked"] |= {
        "netscaler_customer": "De Wit",
        "tourniquet_customers": {"De Wit": {"consent": True}},
    }
    return laboratory.play("close", limit="unasked", **NOTICE, **DECIDED)


def it_is_closed_all_the_same(_laboratory: Laboratory, run: Run) -> None:
    assert run.verdict("unasked") in ("enforcing", "applied, unproven"), run.output[-2000:]


def rule_is_not_bound(laboratory: Laboratory) -> Run:
    assert laboratory.play("apply", limit="unbound").verdict("unbound") == "mitigated"
    binding = "responderglobal_responderpolicy_binding?args=policyname:tq_cve_2019_19781,type:REQ_OVERRIDE"
    laboratory.colleague("unbound", "DELETE", binding)
    laboratory.saved_by_colleague("unbound")
    more = {"alarms": str(laboratory.directory / "alarms"), "receiver": "none", "within": "1"}
    return laboratory.play("alarm", limit="unbound", as_of=None, **more)


def it_is_bound_again(_laboratory: Laboratory, run: Run) -> None:
    assert run.verdict("unbound") in ("mitigated", "reduces exposure"), run.output[-2000:]


def rule_protects(laboratory: Laboratory) -> Run:
    """An interrupted apply offers to take back what it has begun; its line is made here without the Ctrl-C."""
    applied = laboratory.play(
        "apply", limit="undone", mitigation=None, mitigation_mode=None, options=("-e", "mitigation=cve_2019_19781")
    )
    verb = " -e why=undo -e \"reason='<reason>'\" -e \"who='<who>'\""
    (line,) = [one for one in lines_of(applied) if "/status.yml" in one]
    undo = line.replace("/status.yml", "/rollback.yml").replace(" -e ", f"{verb} -e ", 1)
    return Run(applied.rc, applied.results, f"{applied.output}\n      {undo}\n", applied.requests)


def it_says_what_it_took_away(_laboratory: Laboratory, run: Run) -> None:
    """It is less safe, and says so: by whom and why, with an exit code that is not 0."""
    assert run.rc != 0
    assert "PROTECTION LOST at" in run.output
    assert "J. Jansen" in run.output


# -- removals, records, nodes -----------------------------------------------------------------------------------------------


def lockdown_is_overdue(laboratory: Laboratory) -> Run:
    assert laboratory.play("lockdown", limit="late", mitigation=None, as_of=None, **DECIDED).verdict("late") == "closed"
    laboratory.ahead = 25 * 3600.0
    try:
        return laboratory.play("lockdown", limit="late", mitigation=None, as_of=None, **DECIDED)
    finally:
        laboratory.ahead = 0.0


def it_is_decided_until_later(laboratory: Laboratory, run: Run) -> None:
    assert run.problem("late") == "", run.output[-2000:]
    assert laboratory.record("late")["expires"] > laboratory.record("late", 0)["expires"]


def another_step_keeps_it_closed(laboratory: Laboratory) -> Run:
    closed = laboratory.play("close", limit="stepped", **NOTICE, **DECIDED)
    assert closed.verdict("stepped") in ("enforcing", "applied, unproven"), closed.output[-2000:]
    given = {"reason": "it is fixed", "ticket": "CHG2", "who": "J. Jansen"}
    return laboratory.play("reopen", limit="stepped", mitigation=None, as_of=None, **given)


def it_is_open_or_the_page_says_why_not(laboratory: Laboratory, run: Run) -> None:
    is_open = laboratory.ask("stepped", "/vpn/index.html").status != 503
    assert is_open or "it stays closed, because " in run.output, run.output[-2000:]


def records_do_not_show_that_it_may_be_opened(laboratory: Laboratory) -> Run:
    assert (
        laboratory.play("lockdown", limit="doubted", mitigation=None, as_of=None, **DECIDED).verdict("doubted")
        == "closed"
    )
    refused = laboratory.play("reopen", limit="doubted", mitigation=None, as_of=None, accept_exposure=True, **OPENED)
    assert "assume compromised" in refused.problem("doubted")
    return refused


def it_is_open(laboratory: Laboratory, run: Run) -> None:
    """It is exposed, as two persons decided, and the page says so."""
    assert run.problem("doubted").startswith("failed: PROTECTION LOST at vpn vserver gw, decided by J. Jansen")
    assert laboratory.ask("doubted", "/vpn/index.html").status != 503
    assert laboratory.record("doubted")["second"] == "M. Vis"


def records_do_not_say_since_when_it_is_fixed(laboratory: Laboratory) -> Run:
    closed = laboratory.play("lockdown", limit="unhunted", mitigation=None, as_of=None, **DECIDED)
    assert closed.verdict("unhunted") == "closed"
    refused = laboratory.play("reopen", limit="unhunted", mitigation=None, as_of=None, **OPENED)
    assert "no record says since when" in refused.problem("unhunted")
    assert "name a second person" not in refused.output, "one person is enough"
    return refused


def it_is_open_as_one_person_accepted(laboratory: Laboratory, run: Run) -> None:
    """Nobody knows how long it was exposed, as one person decided, and the page says so."""
    assert run.problem("unhunted").startswith("failed: PROTECTION LOST at vpn vserver gw, decided by A. Bakker")
    assert laboratory.ask("unhunted", "/vpn/index.html").status != 503
    assert laboratory.record("unhunted")["decided_by"] == "A. Bakker"


def page_of_ours_hides_the_build(laboratory: Laboratory) -> Run:
    assert laboratory.play("apply", limit="behind").verdict("behind") == "mitigated"
    laboratory.play("close", limit="behind", **NOTICE, **DECIDED)
    laboratory.simulator.appliance("behind").upgrade("13.0 47.24")
    return laboratory.play("retire", limit="behind")


def it_is_taken_off(laboratory: Laboratory, run: Run) -> None:
    assert run.rc == 0, run.output[-2000:]
    assert laboratory.row("behind", "responderpolicy") is None


def made_by_hand(laboratory: Laboratory) -> Run:
    return laboratory.play("status", limit="handmade", probes="few")


def ours_is_in_its_place(laboratory: Laboratory, run: Run) -> None:
    assert run.verdict("handmade") in ("mitigated", "reduces exposure"), run.output[-2000:]
    assert laboratory.row("handmade", "responderpolicy", "ctx267027") is None


def servers_behind_may_lack_the_fix(laboratory: Laboratory) -> Run:
    asked = {"mitigation": "cve_2021_44228", "as_of": "2022-01-15"}
    assert laboratory.play("apply", limit="served", **asked).verdict("served") in ("mitigated", "reduces exposure")
    return laboratory.play("retire", limit="served", **asked)


def a_person_takes_it_off(laboratory: Laboratory, run: Run) -> None:
    assert laboratory.row("served", "responderpolicy", "tq_cve_2021_44228") is None, run.output[-2000:]
    assert "J. Jansen" in run.output


def record_was_changed(laboratory: Laboratory, host: str, change: Callable[[dict[str, Any]], Any]) -> Run:
    assert laboratory.play("apply", limit=host, mitigation_version=1).verdict(host) != "exposed"
    (path,) = laboratory.record_files(host)
    values = json.loads(path.read_text(encoding="utf-8"))
    change(values)
    path.write_text(json.dumps(values), encoding="utf-8")
    return laboratory.play("apply", limit=host)


def record_was_edited(laboratory: Laboratory) -> Run:
    return record_was_changed(laboratory, "edited", lambda values: values.update(ticket="CHG9"))


def record_has_no_signature(laboratory: Laboratory) -> Run:
    return record_was_changed(laboratory, "unsigned", lambda values: values.pop("signature"))


def plan_over_an_unsigned_record(laboratory: Laboratory) -> Run:
    """The plan itself signs nothing, and neither does a preview: the line is that of the apply, which is not refused."""
    record_was_changed(laboratory, "planned", lambda values: values.pop("signature"))
    return laboratory.play("plan", limit="planned")


def audit_finds_no_signature(laboratory: Laboratory) -> Run:
    assert laboratory.play("apply", limit="audited").verdict("audited") == "mitigated"
    (path,) = laboratory.record_files("audited")
    values = json.loads(path.read_text(encoding="utf-8"))
    del values["signature"]
    path.write_text(json.dumps(values), encoding="utf-8")
    return laboratory.play("audit", limit="audited", mitigation=None, as_of=None)


def it_is_signed(laboratory: Laboratory, run: Run) -> None:
    assert run.problem("audited") == "", run.output[-2000:]
    assert "is not to be trusted" not in laboratory.play("audit", limit="audited", mitigation=None, as_of=None).output


def new_version_is_in_place(laboratory: Laboratory, run: Run) -> None:
    (host,) = set(run.results) - {"localhost"}
    assert run.verdict(host) in ("mitigated", "reduces exposure"), run.output[-2000:]
    assert laboratory.row(host, "responderpolicy")["comment"].find("v2") > 0  # type: ignore[index]


def knob_is_not_set(laboratory: Laboratory) -> Run:
    assert laboratory.play("apply", limit="shelled").verdict("shelled") == "mitigated"
    return laboratory.play("verify", limit="shelled", node_local=True)


def node_is_covered(_laboratory: Laboratory, run: Run) -> None:
    assert [node["state"] for node in run["shelled"]["node_local"]["nodes"]] == ["covered"], run.output[-2000:]


def script_has_not_reported(laboratory: Laboratory) -> Run:
    return laboratory.play("on_box", limit="scripted", mitigation=None, as_of=None, on_box="present")


def page_says_what_is_awaited(_laboratory: Laboratory, run: Run) -> None:
    assert run.problem("scripted") == "", run.output[-2000:]
    assert run.writes() == []


def script_is_of_another_version(laboratory: Laboratory) -> Run:
    given = {"mitigation": None, "as_of": None}
    laboratory.play("on_box", limit="scripted", on_box="present", on_box_tag="other", **given)
    return laboratory.play("on_box", limit="scripted", **given)


def script_is_ours(laboratory: Laboratory, run: Run) -> None:
    assert run.problem("scripted") == "", run.output[-2000:]
    assert "other version" not in script_is_looked_at(laboratory)["scripted"]["on_box"]


def script_is_looked_at(laboratory: Laboratory) -> Run:
    return laboratory.play("on_box", limit="scripted", mitigation=None, as_of=None)


HOW = {"who": "J. Jansen", "how": "by telephone", "customer": "Brouwer"}
OPENED = {"reason": "it is fixed", "ticket": "CHG2", "who": "J. Jansen"}
KINDS: dict[str, Kind] = {
    "the same without what is in the way": Kind(one_is_in_the_way, "apply", the_other_is_mitigated),
    "what does not save what others have changed": Kind(others_have_unsaved_changes, "lockdown", it_is_closed_without_saving, has="unsaved="),
    "evidence after a compromise": Kind(hunted, "evidence", evidence_is_whole),
    "a state to accept": Kind(watched, "watch", state_is_accepted, {"accept": "J. Jansen"}, "<accept>"),
    "what is open although it was closed": Kind(somebody_opened_it, "close", it_is_closed_again, {**DECIDED, "expires": "24"}),
    "evidence that lacks something": Kind(evidence_lacks_something, "evidence", it_is_taken),
    "never hunted": Kind(never_hunted, "hunt", it_was_hunted_on),
    "an alarm whose log is off": Kind(alarm_is_broken, "apply", its_cause_is_gone),
    "an alarm of what only counts": Kind(alarm_of_what_only_counts_is_broken, "apply", it_is_logged_and_still_only_counts),
    "what the ledger assumes to be compromised": Kind(ledger_is_asked, "evidence", evidence_comes_first),
    "what the doctor finds": Kind(doctor_does_not_reach_it, "doctor", it_is_reached),
    "a user that is planned": Kind(user_is_planned, "bootstrap", user_is_made),
    "what the whole catalogue needs": Kind(setting_is_missing, "apply", it_is_set, has="mitigation=cve_2026_88778"),
    "sessions from before a fix": Kind(fix_needs_ended_sessions, "end_sessions", they_are_ended, has="mitigation="),
    "a bundle to take": Kind(bundle_is_shown, "catalogue", bundle_is_taken),
    "a decision that is overdue": Kind(closing_is_overdue, "close", it_stays_closed_until_the_new_time, {**DECIDED, "expires": "72"}, "extend=true"),
    "a customer whom nobody has asked": Kind(nobody_asked_the_customer, "close", it_is_closed_all_the_same, has="without_consent"),
    "a rule that is not bound": Kind(rule_is_not_bound, "apply", it_is_bound_again),
    "an undo of what protects": Kind(rule_protects, "rollback", it_says_what_it_took_away, DECIDED),
    "a list without our key": Kind(signers_lack_our_key, "signer", our_key_is_there),
    "a user who may do everything": Kind(user_may_do_everything, "bootstrap", one_of_its_own_is_planned),
    "a lockdown that is overdue": Kind(lockdown_is_overdue, "lockdown", it_is_decided_until_later, {**DECIDED, "expires": "72"}, "extend=true"),
    "what another step keeps closed": Kind(another_step_keeps_it_closed, "reopen", it_is_open_or_the_page_says_why_not, OPENED, "step=notice"),
    "what a whitelist has counted": Kind(whitelist_has_counted_a_request, "impact", its_log_is_read),
    "what a whitelist counts and nothing logs": Kind(whitelist_has_counted_what_is_not_logged, "apply", the_next_ones_are_logged, has="measure_audit_log"),
    "what one person has to accept": Kind(
        records_do_not_say_since_when_it_is_fixed, "reopen", it_is_open_as_one_person_accepted, {"who": "A. Bakker"}
    ),
    "what another person has to overrule": Kind(records_do_not_show_that_it_may_be_opened, "reopen", it_is_open, {"second": "M. Vis"}, "second="),
    "what nothing proves any more": Kind(page_of_ours_hides_the_build, "rollback", it_is_taken_off, has="why=after_fix"),
    "what somebody made by hand": Kind(made_by_hand, "apply", ours_is_in_its_place, has="found=replace"),
    "servers behind that may lack the fix": Kind(servers_behind_may_lack_the_fix, "rollback", a_person_takes_it_off, DECIDED, "accept_exposure=true"),
    "memory that leaked": Kind(memory_leaked, "end_sessions", no_session_is_left),
    "a record that was edited": Kind(record_was_edited, "apply", new_version_is_in_place, {"accepted_by": "J. Jansen"}, "accept_record="),
    "a record without a signature": Kind(record_has_no_signature, "apply", new_version_is_in_place, {"accepted_by": "J. Jansen"}, "resign=true"),
    "a plan over an unsigned record": Kind(plan_over_an_unsigned_record, "apply", new_version_is_in_place, {"accepted_by": "J. Jansen"}, "resign=true"),
    "an audit of a record without a signature": Kind(audit_finds_no_signature, "status", it_is_signed, {"accepted_by": "J. Jansen"}, "resign=true"),
    "a knob that is not set": Kind(knob_is_not_set, "apply", node_is_covered, has="node_local=true"),
    "a script that has not reported": Kind(script_has_not_reported, "on_box", page_says_what_is_awaited),
    "a script of another version": Kind(script_is_of_another_version, "on_box", script_is_ours, has="on_box=present"),
    "a customer who has not agreed": Kind(customer_has_not_agreed, "consent", agreement_is_written_down, HOW),
    "a bundle that does not count any more": Kind(bundle_in_use_counts_no_more, "catalogue", built_in_one_is_used_again, has="go_back=true"),
    "evidence with a limit": Kind(evidence_has_a_limit, "evidence", all_of_it_is_taken, {"further_directories": "2000"}),
}  # fmt: skip


@pytest.mark.parametrize("name", list(KINDS) if sample.ALL else list(KINDS)[: sample.NEXT_KINDS])
def test_the_line_is_pasted_and_the_state_is_nearer_to_safe(laboratory: Laboratory, name: str) -> None:
    kind = KINDS[name]
    run = kind.before(laboratory)
    line = next((one for one in lines_of(run) if f"/{kind.verb}.yml" in one and kind.has in one), "")
    assert line, "\n".join(lines_of(run)) + run.output[-3000:]
    for placeholder, value in kind.known.items():
        line = line.replace(f"<{placeholder}>", str(value))
    assert "<" not in line, line
    kind.after(laboratory, paste(laboratory, line))


@pytest.mark.only_in_all
def test_what_only_a_hunt_can_tell_is_hunted_and_the_ledger_is_not_asked_for_ever(laboratory: Laboratory) -> None:
    """It is fixed, and no record says since when. Once it was hunted on, neither line comes back."""
    report = laboratory.directory / "kept"
    run = laboratory.play("ledger", limit="kept", mitigation=None, as_of=None)
    hunt, again = lines_of(run)
    refused = paste(laboratory, hunt)
    assert refused.rc != 0
    assert "tourniquet_report" in refused.output
    assert refused.requests == []
    assert paste(laboratory, hunt.replace("<tourniquet_report>", str(report))).rc == 0
    told = paste(laboratory, again.replace("<traces>", str(report / "hunt.json")))
    assert "its logs reach back to" in told.output
    assert [line for line in lines_of(told) if "/ledger.yml" in line or "/hunt.yml" in line] == []


def recovery_line(laboratory: Laboratory, host: str, verb: str) -> str:
    """Return the line of a later step of a recovery: pages show those in front of what a person does outside, and name these in words."""
    commands = (command for text, _grades in STEPS for command in command_values(text))
    (command,) = [one for one in commands if one["playbook"] == f"{verb}.yml"]
    laboratory.write_inventory()
    words = (PLAYBOOK_PROGRAM, "-i", str(laboratory.inventory))
    given = {"records": str(laboratory.records)}
    form = RunForm(words, "ledger", f"{ROOT}/playbooks/", ".yml", given, (), lambda _limit, _hosts: True)
    return form.line(command, [host])


@pytest.mark.only_in_all
def test_the_line_of_a_recovery_lists_the_secrets_to_rotate(laboratory: Laboratory) -> None:
    line, lists = recovery_line(laboratory, "rotated", "hunt"), laboratory.directory / "rotation"
    refused = paste(laboratory, line)
    assert refused.rc != 0
    assert "rotation" in refused.output
    assert refused.requests == []
    run = paste(laboratory, line.replace("<rotation>", str(lists)))
    assert run.problem("rotated") == "", run.output[-2000:]
    assert run.writes() == []
    assert any(lists.rglob("*")), run.output[-2000:]


@pytest.mark.only_in_all
def test_the_line_of_a_recovery_opens_it_as_a_second_person_decided(laboratory: Laboratory) -> None:
    closed = laboratory.play("lockdown", limit="recovered", mitigation=None, as_of=None, **DECIDED)
    assert closed.verdict("recovered") == "closed"
    line = recovery_line(laboratory, "recovered", "reopen")
    assert paste(laboratory, line).rc != 0
    assert laboratory.row("recovered", "vpnvserver", "gw")["state"] == "DISABLED"  # type: ignore[index]
    for name, value in {**OPENED, "second": "M. Vis"}.items():
        line = line.replace(f"<{name}>", str(value))
    assert "<" not in line, line
    refused = paste(laboratory, line)
    assert "it is exposed once it is open" in refused.problem("recovered"), "mitigate or upgrade it first"
    laboratory.simulator.appliance("recovered").upgrade("14.1 73.46")
    run = paste(laboratory, line)
    assert laboratory.ask("recovered", "/vpn/index.html").status != 503, run.output[-3000:]
    assert laboratory.record("recovered").get("second") == "M. Vis", run.output[-3000:]


# -- each to its end ------------------------------------------------------------------------------------------------------

MOST = 5
"""Lines after each other; the longest chain has four."""
PERSON = {**DECIDED, "expires": "24", "accept": "J. Jansen"}


def exposed(laboratory: Laboratory) -> Run:
    return laboratory.play("status", limit="chained")


def exposed_to_all(laboratory: Laboratory) -> Run:
    return laboratory.play("status", limit="closed", mitigation=None, as_of=None)


def seen_by_nobody(laboratory: Laboratory) -> Run:
    return laboratory.play("watch", limit="seen", mitigation=None, as_of=None)


STARTS: dict[str, tuple[Callable[[Laboratory], Run], tuple[str, ...]]] = {
    "one weakness": (exposed, ("apply",)),
    "the whole catalogue": (exposed_to_all, ("lockdown", "reopen", "status")),
    "a compromise": (hunted, ("evidence",)),
    "a state that nobody has accepted": (seen_by_nobody, ("watch",)),
}
"""By what a page shows, the playbooks whose lines are pasted one after the other, until a person has to do something outside."""


@pytest.mark.only_in_all
@pytest.mark.parametrize("name", STARTS)
def test_the_lines_are_followed_to_an_end_and_none_comes_back(laboratory: Laboratory, name: str) -> None:
    before, told = STARTS[name]
    run, pasted = before(laboratory), list[str]()
    while line := first_line(run):
        for placeholder, value in PERSON.items():
            line = line.replace(f"<{placeholder}>", str(value))
        assert line not in pasted, pasted
        pasted.append(line)
        assert len(pasted) <= MOST
        run = paste(laboratory, line)
    assert tuple(line.partition("/playbooks/")[2].partition(".")[0] for line in pasted) == told, run.output[-3000:]


def first_line(run: Run) -> str:
    """Return the first line of a page that does something; "" where the lines only check what a person does outside."""
    commands = [
        command
        for one in run.results.values()
        for part in (one.get("verdict") or {}, one, one.get("diff", {}).get("details", {}))
        for command in part.get("next_commands", ())
    ]
    verbs = [f"/{command['playbook'] or 'watch.yml'}" for command in commands if not command["checks"]]
    return next((line for line in lines_of(run) if any(verb in line for verb in verbs)), "")


READING = ("plan", "status", "verify", "audit", "doctor", "ledger", "hunt", "read_logs", "watch", "alarm")


@pytest.mark.only_in_all
@pytest.mark.parametrize("verb", READING)
def test_a_line_that_only_reads_says_what_is_and_changes_nothing(laboratory: Laboratory, verb: str) -> None:
    laboratory.write_inventory()
    form = RunForm(
        (PLAYBOOK_PROGRAM, "-i", str(laboratory.inventory)),
        "status",
        f"{ROOT / 'playbooks'}/",
        ".yml",
        {},
        (),
        lambda *_names: True,
    )
    records = Command(verb, (("records", str(laboratory.records)), ("mitigation", "cve_2019_19781")))
    (line,) = lines_of_commands(form, {"read": command_values(NextAction(records))})
    run = paste(laboratory, line)
    assert run.writes() == []
    assert "read" in run.results or "read" in run.output
    assert "Traceback" not in run.output
