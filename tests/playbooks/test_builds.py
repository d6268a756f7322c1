# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Builds: the verdict on each, the action of apply there, and the real answers of the VIP before and after."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.stage.fleet import box
from tests.stage.played import ATTACK, ATTACK_ENCODED, ATTACK_V2, CONTROL, Laboratory, Run

pytestmark = pytest.mark.only_in_all  # tests/unit/plugin_utils/catalogue/test_mitigation.py judges each of these builds

# 12.1 is the branch with the buggy builds; the good ones among them are no range.
OLDER = ("10.1 135.8", "10.5 70.11", "11.1 63.9", "12.0 63.12", "12.1 50.31", "12.1 51.16", "12.1 51.19", "12.1 55.17")
AFFECTED = (*OLDER, "13.0 41.28", "13.0 47.23")
BUGGY = ("12.1 48.13", "12.1 50.28", "12.1 50.30", "12.1 50.32", "12.1 51.15", "12.1 51.17", "12.1 51.18")
FIXED = ("10.5 70.12", "11.1 63.15", "12.0 63.13", "12.1 55.18", "13.0 47.24", "13.0 58.32")
NOT_AFFECTED = ("13.1 4.43", "14.1 8.50")
FORCED = "forced"


def host_of(build: str) -> str:
    return "gw-" + build.replace(" ", "-").replace(".", "-")


# One of each kind gets the whole traffic file.
VERIFIED = (FORCED, *(host_of(builds[0]) for builds in (AFFECTED, BUGGY, FIXED, NOT_AFFECTED)))


@dataclass(frozen=True)
class Story:
    laboratory: Laboratory
    before: dict[str, tuple[str, ...]]
    attacked_before: dict[str, bool]
    status: Run
    plan: Run
    applied: Run
    verified: Run


@pytest.fixture(scope="module")
def story(open_laboratory: Callable[..., Laboratory]) -> Story:
    builds = {host_of(build): build for build in (*AFFECTED, *BUGGY, *FIXED, *NOT_AFFECTED)}
    fleet = {host: box(build) for host, build in builds.items()} | {FORCED: box("12.1 51.14")}
    laboratory = open_laboratory(fleet, variables={FORCED: {"measure_force": True}})
    before = laboratory.texts()
    attacked = {host: laboratory.ask(host, ATTACK).passes for host in fleet}
    return Story(
        laboratory,
        before,
        attacked,
        laboratory.play("status", probes="few"),
        laboratory.play("plan"),
        laboratory.play("apply"),
        laboratory.play("verify", limit=VERIFIED),
    )


@pytest.mark.parametrize("build", AFFECTED)
def test_affected_build_is_exposed_and_then_mitigated(story: Story, build: str) -> None:
    host, laboratory = host_of(build), story.laboratory
    assert story.attacked_before[host]
    assert story.status.verdict(host) == "exposed"
    assert "exploit public since 2020-01-10" in story.status.message(host)
    assert story.applied[host]["changed"] is True
    assert story.applied.verdict(host) == "mitigated"
    marker = laboratory.marker(host)
    assert marker
    for attack in (ATTACK, ATTACK_ENCODED, ATTACK_V2):
        assert laboratory.ask(host, attack).blocked_by(marker), attack
    assert laboratory.ask(host, CONTROL).status == 200
    assert laboratory.text(host) == laboratory.text(host, saved=True)


@pytest.mark.parametrize("build", BUGGY)
def test_build_that_ignores_responder_policies_is_skipped_and_said_to_be_so(story: Story, build: str) -> None:
    host = host_of(build)
    assert story.attacked_before[host]
    for run in (story.status, story.plan, story.applied):
        assert run.verdict(host) == "ineffective on this build"
        assert run.writes(host) == []
    assert story.applied[host]["changed"] is False
    assert "does not work on this build" in story.applied[host]["skipped_because"]
    assert (
        story.applied[host]["verdict"]["next_action"]
        == "close external access (lockdown.yml), then upgrade to the build with the fix, as soon as it is released"
    )
    assert story.laboratory.texts([host]) == {host: story.before[host]}
    assert story.laboratory.ask(host, ATTACK).passes


@pytest.mark.parametrize("build", FIXED)
def test_fixed_build_is_left_alone(story: Story, build: str) -> None:
    host = host_of(build)
    assert not story.attacked_before[host]
    for run in (story.status, story.plan, story.applied):
        assert run.verdict(host) == "fixed"
    assert story.applied.writes(host) == []
    assert story.laboratory.texts([host]) == {host: story.before[host]}


@pytest.mark.parametrize("build", NOT_AFFECTED)
def test_later_branch_was_never_affected(story: Story, build: str) -> None:
    host = host_of(build)
    assert story.status.verdict(host) == story.applied.verdict(host) == "not affected"
    assert story.applied.writes(host) == []
    assert story.laboratory.texts([host]) == {host: story.before[host]}


def test_forced_on_a_buggy_build_the_rule_is_there_and_never_called_a_mitigation(story: Story) -> None:
    laboratory = story.laboratory
    assert laboratory.row(FORCED, "responderpolicy"), "force puts the rule there"
    assert laboratory.ask(FORCED, ATTACK).passes, "the simulated build ignores it, as the vendor says"
    assert story.applied.verdict(FORCED) == "ineffective on this build"
    assert story.verified.verdict(FORCED) == "ineffective on this build"
    assert story.applied.problem(FORCED).startswith("failed: ")
    assert "do not prove it" in story.applied.message(FORCED)
    assert laboratory.row(FORCED, "responderpolicy", saved=True) is None, "what is not proven is not saved"


def test_verify_says_the_same_with_the_whole_traffic_file(story: Story) -> None:
    said = [story.verified.verdict(host) for host in VERIFIED[1:]]
    assert said == ["mitigated", "ineffective on this build", "fixed", "not affected"]
    sent = [r["target"] for r in story.verified.requests if r["appliance"] == VERIFIED[1] and r["side"] == "gw"]
    assert len(sent) > 50
    assert ATTACK_V2 in sent, "raw paths, as written"


def test_runs_fail_only_where_the_verdict_says_so(story: Story) -> None:
    assert story.status.rc == story.plan.rc == 0
    assert {host for host in story.applied.results if story.applied.problem(host)} == {FORCED}
    assert {host for host in VERIFIED if story.verified.problem(host)} == {FORCED, host_of(BUGGY[0])}


def test_after_the_firmware_fix_the_mitigation_is_left_behind(story: Story) -> None:
    host = host_of("13.0 41.28")
    story.laboratory.simulator.appliance(host).upgrade("13.0 47.24")
    run = story.laboratory.play("status", limit=host)
    assert run.verdict(host) == "fixed, mitigation left behind"
    assert run[host]["verdict"]["next_action"] == "retire.yml"
    needy = host_of("13.0 47.23")
    check = story.laboratory.play("retire", limit=(host, needy), accept_refused=0, check=True)
    retired = story.laboratory.play("retire", limit=(host, needy), accept_refused=0)
    for each in (check, retired):
        assert each.rc == 2
        assert "in the way" not in each.output
        assert f"NOT RETIRED 1 appliance: {needy}; the reasons are at the end" in " ".join(each.output.split())
    assert check.problem(host) == retired.problem(host) == ""
    assert "the build withstood the attack while our rules only counted; removed, absence read back" in retired.message(
        host
    )
    assert "verdict: fixed" in retired.message(host)
    assert "cve_2019_19781 stays. Node" not in retired.message(needy)
    assert "which needs cve_2019_19781" in retired.message(needy)
    assert not story.laboratory.ask(host, ATTACK).blocked_by()
    assert story.laboratory.ask(needy, ATTACK).blocked_by()
