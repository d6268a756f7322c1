# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The pages that have no verdict say what comes next as commands too: what was found, what was not seen, and what shows whether it has helped."""

from __future__ import annotations

import json
import shlex
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.closing_steps import LadderStep
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry import Level
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.plan_file import PlanFile
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.settlement import Absence, Settlement
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.summary import next_commands
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.json_values import json_values
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.next_action import (
    Command,
    advice,
    are_commands,
    command_values,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.hunt_result import HuntOutcome
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure.ledger_row import LedgerRow
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure.reopen_answer import (
    CustomerAnswer,
    ReopenAnswer,
    RowAnswer,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.closure_verdict import with_closings
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.next_action import LOCKDOWN
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.settings import Wanted
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.on_box.node_state import OnBoxState
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.finding import (
    AFTER_A_COMPROMISE,
    Examination,
    Finding,
    NotSeen,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.finding_json import examination_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.watching.comparison import REVIEW_STEP
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.catalogue.page import REPORT as OF_A_BUNDLE
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.check_result import (
    CheckResult,
    Severity,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.page import REPORT as OF_THE_DOCTOR
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.evidence.page import REPORT as OF_EVIDENCE
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.ledger.page import answer_values, ledger_page
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.on_box import page as on_box
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.findings_page import findings_page
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.fleet_page import FleetRun
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.next_lines import (
    RunForm,
    lines_of,
    next_lines,
)

SIGN = advice("put it there: playbooks/signer.yml", Command("signer", is_local=True))
ERROR = CheckResult(Severity.ERROR, "licence", "none", advice("install it; until then lockdown.yml", LOCKDOWN))
FORM = RunForm(
    words=("ansible-playbook",),
    playbook="hunt",
    before="playbooks/",
    after=".yml",
    values={},
    hidden=(),
    is_exact=lambda _limit, _hosts: True,
)


def lines(commands: Any, **form: Any) -> list[str]:
    made = RunForm(**{**vars(FORM), **form})
    return [line.strip().removeprefix("ansible-playbook playbooks/") for line in lines_of(made, {"gw": commands})]


def finding(step: str, level: Level = Level.COMPROMISE, **more: Any) -> Finding:
    return Finding(
        appliance="gw", node="10.0.0.1", level=level, what="a file", where="/x", why="", next_step=step, **more
    )


def commands_of(*findings: Finding, not_seen: tuple[NotSeen, ...] = ()) -> Any:
    """Return the commands of a page, after the findings have gone through Ansible."""
    found = Examination("gw", findings, not_seen, looked_at=(("nodes", 1),))
    run = FleetRun({"gw": {}}, {"fail_at": 2}, examined=[examination_of("gw", json_values(found))])
    return findings_page(run).appliances["gw"]["next_commands"]


@pytest.mark.parametrize(
    ("findings", "told"),
    [
        ([finding(AFTER_A_COMPROMISE)], ["evidence.yml --limit gw", "hunt.yml --limit gw"]),
        (
            [finding(REVIEW_STEP, Level.REVIEW), finding(AFTER_A_COMPROMISE)],
            ["evidence.yml --limit gw", "hunt.yml --limit gw -e \"accept='<accept>'\"", "hunt.yml --limit gw"],
        ),
        ([finding("ask whose it is", Level.REVIEW)], ["hunt.yml --limit gw"]),
        ([finding(REVIEW_STEP, Level.REVIEW, acknowledged="J. Jansen until 2026-12-24: a theme")], []),
        ([], []),
    ],
)
def test_what_was_found_has_its_commands_and_the_same_again_shows_whether_they_helped(
    findings: list[Finding], told: list[str]
) -> None:
    assert lines(commands_of(*findings)) == told


def test_what_was_not_seen_has_the_commands_that_mend_it() -> None:
    why = advice("tq_x is not bound. Run apply.yml", Command("apply", (("mitigation", "cve_2019_19781"),)))
    gap = NotSeen("monitoring unproven: tq_x", why)
    assert lines(commands_of(not_seen=(gap,))) == [
        "apply.yml --limit gw -e mitigation=cve_2019_19781",
        "hunt.yml --limit gw",
    ]


def test_commands_that_are_none_of_ours_are_dropped_and_the_text_stays() -> None:
    values = json_values(Examination("gw", (finding(AFTER_A_COMPROMISE),), looked_at=(("nodes", 1),)))
    values["findings"][0]["next_commands"] = [{"playbook": "evil; id", "options": {}, "asks": []}]
    (read,) = examination_of("gw", values).findings
    assert (str(read.next_step), command_values(read.next_step)) == (str(AFTER_A_COMPROMISE), [])


def test_evidence_that_lacks_something_is_taken_again() -> None:
    page = OF_EVIDENCE.make(FleetRun({"gw": {"msg": "no answer"}}, {"fail_at": 2}))
    assert lines(page.appliances["gw"]["next_commands"], playbook="evidence") == ["evidence.yml --limit gw"]


def test_the_bundle_is_taken_before_what_its_entries_ask_for() -> None:
    """The catalogue in use does not know the entries of the bundle, so that an apply of one would be refused."""
    after = {"word": "exposed", "exit_code": 2, "next_action": "apply", "next_commands": command_values(
        advice("apply.yml", Command("apply", (("mitigation", "cve_2027_1"),))))}  # fmt: skip
    one = {"effect": "must act", "build": "13.0 1.1", "before": after, "after": after, "entries": [], "problem": ""}
    page = OF_A_BUNDLE.make(FleetRun({"gw": one, "gone": {}}, {"fail_at": 2}, facts=["a bundle"]))
    told = lines(page.appliances["gw"]["next_commands"], playbook="catalogue", values={"bundle": "b.json"})
    assert told == ["catalogue.yml -e take=true -e bundle=b.json", "apply.yml --limit gw -e mitigation=cve_2027_1"]
    assert page.appliances["gone"]["next_commands"] == []


@pytest.mark.parametrize(
    ("word", "outcome", "told"),
    [
        ("assume_compromised", HuntOutcome.COMPROMISE, ["evidence.yml", "lockdown.yml"]),
        ("open", HuntOutcome.ATTEMPT, ["evidence.yml"]),
        ("patch_first", HuntOutcome.NOTHING_FOUND, ["status.yml"]),
        ("unknown", HuntOutcome.NONE, ["ledger.yml"]),
        ("open", HuntOutcome.NOTHING_FOUND, []),
    ],
)
def test_the_ledger_leads_to_the_first_steps_of_the_recovery(word: str, outcome: HuntOutcome, told: list[str]) -> None:
    row = LedgerRow(appliance="gw", customer="Brouwer", entry="cve_2019_19781", hunt_outcome=outcome)
    one = answer_values(CustomerAnswer("gw", "Brouwer", (RowAnswer(row, ReopenAnswer(word), "why"),)), whole=True)
    page = ledger_page(FleetRun({"gw": {"answers": [one]}}, {"fail_at": 2}))
    found = lines(page.appliances["gw"]["next_commands"], playbook="ledger")
    assert [line.partition(" ")[0] for line in found] == told


@pytest.mark.parametrize(
    ("fixed", "outcome", "told"),
    [
        (
            *(True, HuntOutcome.NONE),
            ["hunt.yml --limit gw -e \"tourniquet_report='<tourniquet_report>'\"", "ledger.yml --limit gw -e \"traces='<traces>'\""],
        ),
        (True, HuntOutcome.INCOMPLETE, ["hunt.yml", "ledger.yml"]),
        (True, HuntOutcome.ATTEMPT, []),
        (True, HuntOutcome.NOTHING_FOUND, []),
        (None, HuntOutcome.NONE, ["ledger.yml --limit gw -e traces=old.json"]),
    ],
)  # fmt: skip
def test_what_only_a_hunt_can_tell_leads_to_one_and_not_to_the_same_ledger(
    fixed: bool | None, outcome: HuntOutcome, told: list[str]
) -> None:
    """Seen: of an appliance that is fixed, nobody knows since when, the line of the ledger was the ledger again, which says the same for ever."""
    row = LedgerRow(appliance="gw", customer="Brouwer", entry="cve_2019_19781", is_fixed=fixed, hunt_outcome=outcome)
    one = answer_values(CustomerAnswer("gw", "Brouwer", (RowAnswer(row, ReopenAnswer.UNKNOWN, "why"),)), whole=True)
    page = ledger_page(FleetRun({"gw": {"answers": [one]}}, {"fail_at": 2}))
    found = lines(page.appliances["gw"]["next_commands"], playbook="ledger", values={"traces": "old.json"})
    assert [line if " " in "".join(told) else line.partition(" ")[0] for line in found] == told


@pytest.mark.parametrize("state", OnBoxState)
def test_each_state_of_the_script_but_the_good_ones_has_a_command(state: OnBoxState) -> None:
    action = on_box.next_of(SimpleNamespace(plan=None, state=state), Wanted.STATUS, planned=False)  # type: ignore[arg-type]
    told = [line.partition(" ")[0] for line in lines(command_values(action))]
    expected = {
        OnBoxState.CHANGED: ["evidence.yml", "hunt.yml"],
        OnBoxState.REPORTING: [],
        OnBoxState.ABSENT: [],
    }
    assert told == expected.get(state, ["on_box.yml"])


def test_a_result_without_a_verdict_and_its_node_local_half_have_lines_on_the_page() -> None:
    half = {"next_commands": command_values(advice("run apply.yml", Command("apply", (("node_local", "true"),))))}
    verdict = {"next_commands": command_values(advice("lockdown", LOCKDOWN))}
    assert next_lines(FORM, {"gw": half}) == next_lines(FORM, {"gw": {"verdict": {}, "node_local": half}})
    assert len(next_lines(FORM, {"gw": {"verdict": verdict, "node_local": half}})) == 2


def test_what_the_doctor_finds_has_its_commands_and_the_same_again() -> None:
    page = OF_THE_DOCTOR.make(
        FleetRun(
            {
                "gw": {"findings": json_values([ERROR, CheckResult(Severity.OK, "clock", "right")])},
                "well": {"findings": []},
            },
            {"fail_at": 2},
            facts=[CheckResult(Severity.NOTE, "signers", "it lacks our key", SIGN)],
        )
    )
    told = lines(page.appliances["gw"]["next_commands"], playbook="doctor")
    assert [line.partition(" -e")[0] for line in told] == [
        "signer.yml",
        "lockdown.yml --limit gw",
        "doctor.yml --limit gw",
    ]
    assert lines(page.appliances["well"]["next_commands"], playbook="doctor") == ["signer.yml"], (
        "no appliance has that list"
    )


def test_what_a_closing_left_open_has_the_way_to_close_it() -> None:
    unsaved = Absence(
        "gw-a", unreachable=False, problem="others have unsaved changes: unsaved=apply_without_save goes on"
    )
    silent = Absence("gw-b", unreachable=True, problem="no route")
    asks = PlanFile({"host": "gw-c", "not_agreed": ["Brouwer has not agreed"], "nothing_to_do": False})
    found = next_commands([asks], Settlement(waves=[["gw-c"]], left_open=[unsaved, silent]))
    told = {host: lines(own, playbook="lockdown", values={"who": "J. Jansen"}) for host, own in found.items()}
    assert told == {
        "gw-a": ["""lockdown.yml --limit gw -e '{"who": "J. Jansen"}' -e unsaved=apply_without_save"""],
        "gw-b": ["""lockdown.yml --limit gw -e '{"who": "J. Jansen"}'"""],
        "gw-c": [
            "consent.yml -e state=agreed -e \"customer='<customer>'\" -e \"who='<who>'\" -e \"how='<how>'\"",
            """lockdown.yml --limit gw -e '{"who": "J. Jansen"}' -e without_consent=true""",
        ],
    }


# -- what is closed: by name, exactly what was listed ---------------------------------------------------------------------


def row(vserver: str, step: str = "notice", partition: str = "default", **more: Any) -> dict[str, Any]:
    return {"vserver": vserver, "step": step, "partition": partition, "decision": "due", "overdue": False, **more}


def told_of(*rows: dict[str, Any]) -> list[str]:
    verdict = with_closings({"word": "mitigated", "reason": "", "exit_code": 0}, rows)
    assert are_commands(verdict["next_commands"])
    return lines(verdict["next_commands"], playbook="status")


def test_a_decision_that_is_overdue_is_extended_for_what_it_closed_and_nothing_else() -> None:
    told = told_of(row("gw", overdue=True), row("shop"), row("te nant", LadderStep.OFF, "p1", overdue=True))
    options = [
        [word for word in shlex.split(line) if ("=" in word or "{" in word) and "<" not in word] for line in told
    ]
    assert [line.partition(" ")[0] for line in told] == ["close.yml", "reopen.yml"] * 2
    gw = ["step=notice", "vips=gw", "partitions=default"]
    tenant = ["step=off", '{"vips": ["te nant"]}', "partitions=p1"]
    assert [sorted(one) for one in options] == [
        sorted([*gw, "extend=true"]), sorted(gw), sorted([*tenant, "extend=true"]), sorted(tenant),
    ]  # fmt: skip


def test_what_is_open_all_the_same_is_closed_again_by_name() -> None:
    told = told_of(row("gw", is_open=True), row("shop"))
    assert [line.partition(" ")[0] for line in told] == ["close.yml", "reopen.yml"]
    assert all("-e vips=gw " in line for line in told)


@pytest.mark.parametrize("name", ["gw'; touch x; '", "$(id)", '"`id`"', "a\\b", "gw\nrm"])
def test_a_name_of_an_appliance_stays_one_word_of_the_line(name: str) -> None:
    for line in told_of(row(name, is_open=True)):
        (given,) = [word for word in shlex.split(line) if word.startswith('{"vips"')]
        assert given == f'{{"vips": [{json.dumps(name)}]}}'
        assert "\n" not in line


@pytest.mark.parametrize("name", ["{{ lookup('pipe', 'id') }}", "{% set x = 1 %}", "{# x #}"])
def test_a_name_that_ansible_would_evaluate_gets_no_line(name: str) -> None:
    """A value of -e is a template, and the name of a virtual server is what the appliance says."""
    told = told_of(row(name, is_open=True))
    assert all(line.startswith("no command line can hold a name that Ansible would evaluate") for line in told)
