# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""There is one build to upgrade to: every verb names the same one for an appliance, and that build is open to no entry of the catalogue."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.builds import Build
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.desired_state import parse_document
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.desired_state_template import (
    plain_template,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry_file import load_catalogue
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.trains import BuildState
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.plan_file import PlanFile
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet_sources.exported_configurations import (
    read_exported,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput, Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.per_partition import (
    PartitionedDeployment,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.deployment_plan import deployment_plan
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.retire.run import Retire
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.status.exported_check import check_exported
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.status.run import CatalogueStatus, Status

from simulator import Simulator
from tests.catalogue_entries import entry_text
from tests.stage.fleet import fleet_file
from tests.stage.memory import CATALOGUE, Stage

OWN = CATALOGUE.name
NEWEST = "14.1 73.57 or later, since its release gets no fix"
BOXES = {
    # Named as the only build that closes all 37 entries: 13.0 has no such build, 13.1-FIPS and 13.1-NDcPP have.
    "old": ("13.0 47.22", NEWEST),
    "fips": ("13.1 37.200", "13.1 37.293 or later"),
    "supported": ("13.1 49.15", "13.1 64.39 or later"),
    "retired": ("12.1 55.330", "13.1 37.293 or later, since its release gets no fix"),
}


FLEET = fleet_file(
    {
        name: {
            "build": build,
            "nodes": [f"127.0.{number}.1:0"],
            "features": ["LB", "SSL", "SSLVPN"],
            "vservers": [{"type": "vpn", "name": "gw", "address": f"127.0.{number}.9:0", "protocol": "SSL"}],
        }
        for number, (name, (build, _target)) in enumerate(
            {**BOXES, "done": ("13.1 37.293", ""), "bare": ("13.0 47.22", ""), "asleep": ("13.0 47.22", "")}.items(), 1
        )
    }
)


def told(stage: Stage, mitigation: str = "", **options: Any) -> dict[str, Any]:
    """Return the verdict of status.yml, with a mitigation and without."""
    given: dict[str, Any] = {
        **dict.fromkeys(("desired", "acknowledgements", "opt_outs", "measures", "planned_fix", "traces", "settings")),
        **dict.fromkeys(("accepted_by", "allowed_signers", "as_of", "ticket", "reason", "plans"), ""),
        "mitigation": mitigation,
        "catalogue": str(CATALOGUE.parent),
        "records": str(stage.records),
        "record_key": str(stage.trust.key),
        "accept_record": [],
        "probes": "none",
        "fail_at": 4,
        "alarms": "",
        "mode": "enforce",
        "audit_log": False,
        "version": 2,
        "drills": "",
        "closures": [],
        **options,
    }
    task = Status if mitigation == OWN else CatalogueStatus
    given |= {"document": rendered(stage), "desired": {OWN: {"version": 2, "text": rendered(stage)}}}
    values: dict[str, Any] = task(stage.appliance, given, check_mode=True, is_preview=True).values()
    verdict: dict[str, Any] = values["verdict"]
    return verdict


def rendered(stage: Stage) -> str:
    template = plain_template(CATALOGUE / "v2.yml.j2")
    assert template is not None
    return template.render(
        {"name": f"tq_{OWN}", "priority": stage.mitigation.priority, "log": True, "marker": stage.answer_marker}
    )


@pytest.mark.parametrize("name", BOXES)
def test_every_entry_alone_names_the_build_of_all(simulator: Simulator, tmp_path: Path, name: str) -> None:
    """Also the entries without a measure, where the first fixed build of one entry alone is open to the others."""
    stage = Stage(simulator, tmp_path, name)
    assert f"upgrade to {BOXES[name][1]}" in told(stage)["next_action"]
    for id_ in ("cve_2023_4966", "cve_2025_5777", "cve_2026_88771"):
        verdict = told(stage, id_)
        if "upgrade" in verdict["next_action"]:
            assert f"upgrade to {BOXES[name][1]}" in verdict["next_action"], id_
    assert f"upgrade to {BOXES[name][1]}" in told(stage, "cve_2026_88771")["next_action"]


@pytest.mark.parametrize("name", BOXES)
def test_the_build_that_is_named_is_open_to_nothing(name: str) -> None:
    found = re.match(r"(\S+ \S+)", BOXES[name][1])
    assert found
    states = {entry.build_state(Build.parse(found[1])) for entry in load_catalogue(CATALOGUE.parent)}
    assert states <= {BuildState.FIXED, BuildState.NOT_AFFECTED}


def test_apply_verify_status_and_retire_name_the_same_build(simulator: Simulator, tmp_path: Path) -> None:
    """13.0 47.24 has the fix of the one entry, and is exploited itself: it is in a reason, and in no next action."""
    stage = Stage(simulator, tmp_path, "old")
    actions = {"apply": stage.apply(probes="few").verdict_today.next_action}
    actions["verify"] = stage.status(probes="few").verdict_today.next_action
    alone, whole = told(stage, OWN), told(stage)
    actions |= {"status -e mitigation": alone["next_action"], "status": whole["next_action"]}
    assert alone["word"] == "reduces exposure"
    assert "cve_2019_19781 alone is fixed in 13.0 47.24" in alone["reason"]
    for verb, action in actions.items():
        assert f"upgrade to {NEWEST}" in action, verb
        assert "47.24" not in action, verb
    # How many of the others concern this configuration, only status.yml has read.
    until = "; until then see status.yml, since this build has other weaknesses that are known to be exploited"
    assert "known to be exploited" in whole["reason"]
    assert [verb for verb, action in actions.items() if until in action] == ["apply", "verify", "status -e mitigation"]
    assert "close external access" in actions["status"]
    stage.run = "retire"
    with pytest.raises(Refused) as refused:
        stage.rollback(why="after_fix", accept_exposure=False)
    assert f"First upgrade to {NEWEST}" in str(refused.value)


def test_a_build_with_the_fix_of_one_entry_is_not_the_end(simulator: Simulator, tmp_path: Path) -> None:
    """12.1 55.330 has the fix of 2019, and its release gets none for later entries: "fixed, next: none" would be the end of the story."""
    verdict = told(Stage(simulator, tmp_path, "retired"), OWN)
    assert verdict["word"] == "fixed"
    assert verdict["next_action"].startswith(f"upgrade to {BOXES['retired'][1]}; until then see status.yml")


def test_an_entry_that_concerns_nobody_here_is_not_the_end_either(simulator: Simulator, tmp_path: Path) -> None:
    """13.1 was never affected in 2019, and this build is open to what is exploited today: "next: none" was said of it."""
    stage = Stage(simulator, tmp_path, "supported")
    alone, whole = told(stage, OWN), told(stage)
    assert alone["word"] == "not affected"
    assert alone["next_action"].startswith("status.yml, since this build has other weaknesses ")
    assert whole["next_action"] == f"close external access (lockdown.yml), then upgrade to {BOXES['supported'][1]}"
    assert told(stage, OWN, as_of=CRISIS)["next_action"] == "none"
    assert told(Stage(simulator, tmp_path, "done"), OWN)["next_action"] == "none"


def test_closing_comes_before_an_upgrade(simulator: Simulator, tmp_path: Path) -> None:
    verdict = told(Stage(simulator, tmp_path, "bare"))
    assert verdict["next_action"] == f"close external access (lockdown.yml), then upgrade to {NEWEST}"


def test_what_no_source_says_is_settled_by_name_and_keeps_nobody_from_his_build(
    simulator: Simulator, tmp_path: Path
) -> None:
    """One entry without a source for 13.1-FIPS decided for all: the answer was 14.1, and on 13.1 37.293 "make it readable" for ever."""
    catalogue = catalogue_with_an_open_question(tmp_path)
    fips, done = (Stage(simulator, tmp_path, name) for name in ("fips", "done"))
    action = told(fips, catalogue=catalogue)["next_action"]
    assert "upgrade to 13.1 37.293 or later (no source says whether that closes cve_2027_0001)" in action
    unknown = told(done, catalogue=catalogue)
    assert (unknown["word"], unknown["exit_code"]) == ("unknown", 3)
    wanted = "tourniquet_opt_outs: [{entry: cve_2027_0001, why: ..., who: ..., until: ...}]"
    assert unknown["next_action"] == f"ask the vendor, then settle it in the inventory: {wanted}"
    given = [
        {
            "entry": "cve_2027_0001",
            "why": "the vendor's answer of 1 December",
            "who": "J. Jansen",
            "until": "2099-12-31",
        }
    ]
    settled = told(done, catalogue=catalogue, opt_outs=given)
    assert (settled["word"], settled["exit_code"]) == ("fixed", 0)
    assert "cve_2027_0001" not in told(fips, catalogue=catalogue, opt_outs=given)["next_action"]


def catalogue_with_an_open_question(tmp_path: Path) -> str:
    catalogue = tmp_path / "catalogue"
    catalogue.mkdir()
    for one in load_catalogue(CATALOGUE.parent):
        if one.id not in ("cve_2026_88778", OWN):
            (catalogue / one.id).symlink_to(CATALOGUE.parent / one.id)
    (catalogue / "cve_2027_0001").mkdir()
    text = entry_text("cve_2027_0001", trains={"13.1-FIPS/NDcPP": "unknown", "13.1": {"fixed": "64.39"}})
    (catalogue / "cve_2027_0001" / "mitigation.yml").write_text(text)
    return str(catalogue)


# -- the date of a verdict ------------------------------------------------------------------------------------------------

CRISIS = "2020-01-15"


def test_nothing_later_than_the_date_of_a_verdict_counts(simulator: Simulator, tmp_path: Path) -> None:
    """Entries of 2026 were "known to be exploited" on 15 January 2020, and 13.0 47.24 was named nine days before it was there."""
    stage = Stage(simulator, tmp_path, "bare")
    verdict = told(stage, as_of=CRISIS)
    assert verdict["word"] == "exposed"
    assert verdict["reason"].startswith("cve_2019_19781: ")
    assert "exploit public since 2020-01-10" in verdict["reason"]
    for later in ("2026", "73.57", "47.24", "CISA"):
        assert later not in f"{verdict['reason']} {verdict['next_action']}", later
    released = told(stage, as_of="2020-02-01")["next_action"]
    assert released == "apply.yml -e mitigation=cve_2019_19781, then upgrade to 13.0 47.24 or later"
    assert datetime.now(UTC).date() > date(2026, 10, 9), "today is after the newest entry"
    assert stage.apply(probes="few").verdict.word == "mitigated"
    assert "47.24" not in told(stage, OWN, as_of=CRISIS)["reason"]
    stage.rollback()


def test_what_helps_tonight_comes_first_also_where_something_is_accepted_before_it(
    simulator: Simulator, tmp_path: Path
) -> None:
    """The rule helps on 15 January 2020; a policy of others that wakes up with the feature is looked at and accepted by name."""
    stage = Stage(simulator, tmp_path, "asleep")
    with Connection(stage.appliance) as connection:
        session = connection.primary
        session.write(
            "POST", "responderpolicy", {"responderpolicy": {"name": "theirs", "rule": "FALSE", "action": "RESET"}}
        )
        bound = {"policyname": "theirs", "priority": "50", "gotopriorityexpression": "END", "type": "REQ_DEFAULT"}
        binding = "responderglobal_responderpolicy_binding"
        session.write("PUT", binding, {binding: bound})
        session.write("POST", "nsconfig?action=save", {"nsconfig": {}})
    assert told(stage, as_of=CRISIS)["next_action"] == (
        'look at these policies, then accept them by name, in host_vars of asleep: `accept_sleeping_policies: ["theirs"]`, '
        "then apply.yml -e mitigation=cve_2019_19781, then upgrade to the build with the fix, as soon as it is released"
    )


@pytest.mark.parametrize(("id_", "published"), [("cve_2026_88771", "2026-09-27"), ("cve_2020_8300", "2021-06")])
def test_an_entry_of_a_later_day_has_no_verdict_as_of_an_earlier_one(
    simulator: Simulator, tmp_path: Path, id_: str, published: str
) -> None:
    text = f"{id_} was published in {published}, after as_of (2020-01-15): name a later day, or leave -e as_of=... out. Nothing was sent."
    with pytest.raises(InvalidInput, match=re.escape(text)):
        told(Stage(simulator, tmp_path, "bare"), id_, as_of=CRISIS)
    with pytest.raises(InvalidInput, match="cve_2019_19781 was published in 2019-12-17, after as_of"):
        told(Stage(simulator, tmp_path, "bare"), OWN, as_of="2019-12-16")


def test_an_exported_file_is_judged_as_of_a_day_too(tmp_path: Path) -> None:
    (tmp_path / "brouwer.conf").write_text(
        "#NS13.0 Build 47.22\nset ns config -IPAddress 192.0.2.21 -netmask 255.255.255.0\nadd vpn vserver gw SSL 198.51.100.21 443\n"
    )
    (exported,) = read_exported(tmp_path)
    entries = load_catalogue(CATALOGUE.parent)
    found = check_exported(exported, entries, CATALOGUE.parent, date(2020, 1, 15)).verdict
    assert found.reason.startswith("cve_2019_19781: exploit public since 2020-01-10")
    assert "2026" not in found.reason
    assert found.next_action.endswith("upgrade to the build with the fix, as soon as it is released")
    today = check_exported(exported, entries, CATALOGUE.parent, date(2030, 1, 1)).verdict
    assert "known to be exploited" in today.reason
    assert today.next_action == f"close external access (lockdown.yml), then upgrade to {NEWEST}"


# -- what a refused run says ----------------------------------------------------------------------------------------------


def test_another_ticket_is_named_and_not_called_a_change(simulator: Simulator, tmp_path: Path) -> None:
    """The comments of our objects have the ticket, so that the plans differ; the appliance is as it was."""
    stage = Stage(simulator, tmp_path, "bare")
    first, second, third = (planned(stage, ticket) for ticket in ("CHG1", "CHG2", "CHG2"))
    assert first.changes_since(second) == ["the plan is for the ticket CHG1, this run for the ticket CHG2"]
    assert first.is_of_another_run(second)
    assert second.changes_since(third) == []


def planned(stage: Stage, ticket: str) -> PlanFile:
    owner = Owner(OWN, 2, ticket)
    document = parse_document(rendered(stage), owner, where=stage.name)
    parameters = replace(stage.parameters(), owner=owner, rendered=document)
    with Connection(stage.appliance) as connection:
        return deployment_plan(PartitionedDeployment(connection, parameters).plan(), parameters, connection)


def test_a_retirement_names_the_build_without_what_is_opted_out_of(simulator: Simulator, tmp_path: Path) -> None:
    """13.0 gets no fix for what is left; without the newest entries 14.1 73.46 closes it, as status.yml says too."""
    newest = ("cve_2026_109618", "cve_2026_107412", "cve_2026_111334")
    given = [{"entry": one, "why": "may restart", "who": "J. Jansen", "until": "2099-12-31"} for one in newest]
    stage = Stage(simulator, tmp_path, "bare")
    wanted = "upgrade to 14.1 73.46 or later, since its release gets no fix"
    assert wanted in told(stage, opt_outs=given)["next_action"]
    options = DEFAULTS | {
        "mitigation": OWN,
        "catalogue": str(CATALOGUE.parent),
        "records": str(stage.records),
        "record_key": str(stage.trust.key),
        "opt_outs": given,
    }
    stage.apply()
    stage.run = "retire"
    task = Retire(stage.appliance, options, check_mode=True, is_preview=True)
    with pytest.raises(Refused, match=f"first {wanted}"):
        task.values()


DEFAULTS: dict[str, Any] = {
    **dict.fromkeys(("settings", "desired", "opt_outs")),
    **dict.fromkeys(("ticket", "reason", "plans", "plan", "accepted_by", "allowed_signers", "break_lock"), ""),
    "accept_record": [],
    "version": 2,
    "unsaved": "refuse",
    "found": "keep",
}
"""Of the options of a retirement."""
