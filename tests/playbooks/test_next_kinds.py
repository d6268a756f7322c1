# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each kind of line that a page gives, pasted into a shell as it stands: the state is nearer to safe afterwards, or the page says why not.

``tests/next_kinds.yml`` names the kinds and their tests; ``make test`` plays a sample of these, ``make test-all`` all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.next_action import (
    Command,
    NextAction,
    command_values,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.next_lines import RunForm
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.next_lines import (
    lines_of as lines_of_commands,
)

from tests import sample
from tests.playbooks.bundles import ID, signed_bundle
from tests.playbooks.test_next_lines import lines_of, paste
from tests.stage.control_node import PLAYBOOK_PROGRAM, ROOT
from tests.stage.fleet import box, pair
from tests.stage.played import Laboratory, Run

NOTICE: dict[str, Any] = {"mitigation": None, "as_of": None, "step": "notice"}
DECIDED = {"reason": "the exploit is public", "ticket": "CHG1", "who": "J. Jansen", "expires": 24}
FLEET = {
    "owned": pair("13.0 47.22"),
    "watched": box("14.1 73.46"),
    "full": box("13.1 49.15"),
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
}


@pytest.fixture(scope="module")
def laboratory(open_laboratory: Callable[..., Laboratory]) -> Laboratory:
    return open_laboratory(FLEET)


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


def bundle_is_shown(laboratory: Laboratory) -> Run:
    bundle = str(signed_bundle(laboratory.directory, laboratory.inventory.parent))
    return laboratory.play("catalogue", limit="bundled", mitigation=None, as_of=None, bundle=bundle)


def bundle_is_taken(laboratory: Laboratory, run: Run) -> None:
    assert run.rc == 0, run.output[-2000:]
    planned = laboratory.play("plan", limit="bundled", mitigation=ID, as_of=None)
    assert planned["bundled"]["catalogue_bundle"].startswith("bundle 5 by ")


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


HOW = {"who": "J. Jansen", "how": "by telephone", "customer": "Brouwer"}
KINDS = {
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
    "a bundle to take": Kind(bundle_is_shown, "catalogue", bundle_is_taken),
    "a decision that is overdue": Kind(closing_is_overdue, "close", it_stays_closed_until_the_new_time, {**DECIDED, "expires": "72"}, "extend=true"),
    "a customer whom nobody has asked": Kind(nobody_asked_the_customer, "close", it_is_closed_all_the_same, has="without_consent"),
    "a rule that is not bound": Kind(rule_is_not_bound, "apply", it_is_bound_again),
    "an undo of what protects": Kind(rule_protects, "rollback", it_says_what_it_took_away, DECIDED),
    "a list without our key": Kind(signers_lack_our_key, "signer", our_key_is_there),
    "a user who may do everything": Kind(user_may_do_everything, "bootstrap", one_of_its_own_is_planned),
    "a customer who has not agreed": Kind(customer_has_not_agreed, "consent", agreement_is_written_down, HOW),
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
