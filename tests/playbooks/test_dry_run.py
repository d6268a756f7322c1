# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A dry run changes nothing: the simulator's request log says so, and the configuration is the same to the last byte."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.stage.fleet import box, pair
from tests.stage.played import NAME, Laboratory, Run, is_write

OTHERS = {
    "responderpolicy": [{"name": "rp_old_portal", "rule": 'HTTP.REQ.URL.STARTSWITH("/old")', "action": "DROP"}],
    "responderglobal_responderpolicy_binding": [
        {"policyname": "rp_old_portal", "priority": 100, "gotopriorityexpression": "END", "type": "REQ_OVERRIDE"}
    ],
}
FLEET = {
    "bare": box(),
    "pair": pair(primary=1),
    "old": box("12.1 51.19"),
    "buggy": box("12.1 51.14"),
    "fixed": box("13.0 47.24"),
    "asleep": box(configuration=OTHERS),
    "unsaved": box(features=["LB", "SSLVPN", "RESPONDER"], unsaved_configuration={"responderpolicy": OTHERS["responderpolicy"]}),
}  # fmt: skip
PREVIEWS = ("plan", "apply --check", "rollback --check")
LOOKS = ("status", "verify")


@dataclass(frozen=True)
class Story:
    laboratory: Laboratory
    before: dict[str, tuple[str, ...]]
    after: dict[str, tuple[str, ...]]
    runs: dict[str, Run]
    records_before: int
    records_after_previews: int


@pytest.fixture(scope="module")
def story(open_laboratory: Callable[..., Laboratory]) -> Story:
    # What would be saved, restored or overridden is allowed, so that only the dry run itself holds it back.
    variables = {"buggy": {"measure_force": True}, "unsaved": {"unsaved": "save_first"}}
    laboratory = open_laboratory(FLEET, variables=variables)
    laboratory.play("apply", limit="old", mitigation_version=1)
    before = laboratory.texts()
    count = len(list(laboratory.records.glob("*/*.json")))
    runs = {
        "plan": laboratory.play("plan"),
        "apply --check": laboratory.play("apply", check=True),
        "rollback --check": laboratory.play("rollback", check=True, accept_exposure=True),
    }
    previewed = len(list(laboratory.records.glob("*/*.json")))
    runs |= {"status": laboratory.play("status", probes="few"), "verify": laboratory.play("verify")}
    return Story(laboratory, before, laboratory.texts(), runs, count, previewed)


@pytest.mark.parametrize("name", [*PREVIEWS, *LOOKS])
def test_management_sees_nothing_but_reads_login_and_logout(story: Story, name: str) -> None:
    run = story.runs[name]
    assert {r["appliance"] for r in run.requests if r["side"] == "nitro"} == set(FLEET), "every appliance was asked"
    others = [
        (r["appliance"], r["method"], r["target"])
        for r in run.requests
        if r["side"] == "nitro" and is_write(r["method"], r["target"])
    ]
    assert others == []
    for host in FLEET:
        logins = [target for method, target in run.nitro(host) if method == "POST" and target.endswith("/login")]
        logouts = [target for method, target in run.nitro(host) if method == "POST" and target.endswith("/logout")]
        assert len(logins) == len(logouts) == len(FLEET[host]["nodes"])


@pytest.mark.parametrize("name", PREVIEWS)
def test_a_preview_sends_no_probe(story: Story, name: str) -> None:
    assert [r for r in story.runs[name].requests if r["side"] != "nitro"] == []


def test_configuration_is_identical_on_every_node(story: Story) -> None:
    assert story.after == story.before
    for host in FLEET:
        for number in range(len(FLEET[host]["nodes"])):
            assert story.laboratory.node(host, number)["sessions"] == 0


def test_no_record_is_written_by_a_preview(story: Story) -> None:
    assert story.records_before == 1
    assert story.records_after_previews == story.records_before


def test_plan_and_apply_in_check_mode_are_one_code_path(story: Story) -> None:
    plan, check = story.runs["plan"], story.runs["apply --check"]
    for host in FLEET:
        keys = ("changed", "seal", "steps", "inverse") if host != "asleep" else ("changed", "conflicts", "msg")
        for key in keys:
            assert plan[host][key] == check[host][key], (host, key)


def test_what_would_change_is_said(story: Story) -> None:
    plan = story.runs["plan"]
    assert plan["bare"]["changed"] is True
    assert [line.split(" ")[:2] for line in plan.lines("bare")] == [
        ["enable", "ns"],
        ["add", "audit"],
        ["add", "responder"],
        ["add", "responder"],
        ["bind", "responder"],
    ]
    assert {line.split(" ")[0] for line in plan.lines("old")} == {"set"}, "version 1 is brought to version 2 in place"
    assert plan["fixed"]["changed"] is False
    assert story.runs["rollback --check"]["old"]["changed"] is True
    assert story.runs["rollback --check"]["bare"]["changed"] is False


def test_conflicts_fail_the_plan_already(story: Story) -> None:
    plan = story.runs["plan"]
    assert plan.problem("asleep").startswith("refused: ")
    assert plan["asleep"]["changed"] is False
    assert [conflict["kind"] for conflict in plan["asleep"]["conflicts"]] == ["sleeping_policies"]
    assert plan.rc != 0


def test_diff_shows_the_lines_and_their_inverse(story: Story) -> None:
    output = story.runs["apply --check"].output
    for line in (
        "+ enable ns feature RESPONDER",
        f"+ bind responder global {NAME} 10 END -type REQ_OVERRIDE",
        "undo:",
        f"unbind responder global {NAME} -type REQ_OVERRIDE -priority 10",
        f"rm responder policy {NAME}",
        f"rm responder action {NAME}",
        f"rm audit messageaction {NAME}",
        "disable ns feature RESPONDER",
    ):
        assert line in output, line
    assert f"- unbind responder global {NAME}" in story.runs["rollback --check"].output


def test_the_lines_are_those_that_the_appliance_writes_itself(story: Story) -> None:
    """Type them, or let Tourniquet do it: ns.conf is the same."""
    laboratory = story.laboratory
    planned = story.runs["plan"].lines("bare")
    laboratory.play("apply", limit="bare")
    new = [line for line in laboratory.text("bare").splitlines() if line not in story.before["bare"][0].splitlines()]
    assert sorted(line for line in new if NAME in line) == sorted(line for line in planned if NAME in line)
