# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rollback: exactly what was there, or a refusal that says what is needed; never green with something left behind."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.catalogue_builds import first_fixed
from tests.stage.client import Answer
from tests.stage.fleet import box, pair
from tests.stage.played import ATTACK, ATTACK_V2, CONTROL, NAME, RULE_V1, TAKEN_AWAY, Laboratory, Run

WITH_RESPONDER = ["LB", "SSL", "SSLVPN", "RESPONDER"]
THEIRS = {
    "responderaction": [{"name": NAME, "type": "respondwith", "target": '"HTTP/1.1 404 Not Found\r\n\r\n"', "comment": "by hand"}],
    "responderpolicy": [{"name": NAME, "rule": RULE_V1, "action": NAME, "undefaction": "RESET"}],
    "responderglobal_responderpolicy_binding": [
        {"policyname": NAME, "priority": 50, "gotopriorityexpression": "NEXT", "type": "REQ_OVERRIDE"}
    ],
}  # fmt: skip
FLEET = {
    "unfixed": box(),
    "half_fixed": pair(),
    "exposure": box(),
    "upgraded": box("12.0 62.8"),
    "versions": box(),
    "dark": box(features=["LB", "SSLVPN"]),
    "shared": box(),
    "touched": box(),
    "recordless": box(),
    "adopted": box(features=WITH_RESPONDER, configuration=THEIRS),
    "down": box(),
    "ill": box(),
    "tired": box(),
    "behind": box(features=WITH_RESPONDER),
    "stuck": box(),
    "deaf": box(),
    "halved": box(),
    "borrowed": box(features=WITH_RESPONDER),
}
EXPOSED_ON_PURPOSE = tuple(host for host in FLEET if host not in ("unfixed", "half_fixed", "upgraded"))
VARIABLES = {host: {"accept_exposure": True} for host in EXPOSED_ON_PURPOSE}
VARIABLES["versions"] |= {"why": "undo"}
VARIABLES["adopted"] |= {"measure_adopt": True}
VARIABLES["down"] |= {"netscaler_connect_timeout": 1}


@dataclass(frozen=True)
class Story:
    laboratory: Laboratory
    before: dict[str, tuple[str, ...]]
    applied: Run
    with_v1: tuple[str, ...]
    after_apply: dict[str, tuple[str, ...]]
    changed_by_colleague: tuple[str, ...]
    borrowed: tuple[str, ...]
    run: Run
    after: dict[str, tuple[str, ...]]
    answers: dict[str, Answer]
    attacks: dict[str, Answer]


@pytest.fixture(scope="module")
def story(open_laboratory: Callable[..., Laboratory]) -> Story:
    laboratory = open_laboratory(FLEET, variables=VARIABLES)
    before = laboratory.texts()
    laboratory.play("apply", limit="versions", mitigation_version=1)
    with_v1 = laboratory.texts(["versions"])["versions"]
    applied = laboratory.play("apply", ticket="CHG7")
    after_apply = laboratory.texts()

    laboratory.colleague(
        "shared", "POST", "responderpolicy", {"responderpolicy": {"name": "rp_new", "rule": "FALSE", "action": "DROP"}}
    )
    laboratory.colleague(
        "shared",
        "POST",
        "responderglobal_responderpolicy_binding",
        {"responderglobal_responderpolicy_binding": {"policyname": "rp_new", "priority": 200, "type": "REQ_DEFAULT"}},
    )
    laboratory.saved_by_colleague("shared")
    laboratory.colleague(
        "touched",
        "PUT",
        "responderaction",
        {"responderaction": {"name": NAME, "target": '"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n"'}},
    )
    laboratory.saved_by_colleague("touched")
    changed_by_colleague = laboratory.texts(["touched"])["touched"]
    # Somebody began to take it off by hand.
    laboratory.colleague(
        "halved",
        "DELETE",
        f"responderglobal_responderpolicy_binding?args=policyname:{NAME},type:REQ_OVERRIDE,priority:10",
    )
    laboratory.colleague("halved", "DELETE", f"responderpolicy/{NAME}")
    laboratory.saved_by_colleague("halved")
    # Somebody uses our action for a policy of theirs.
    laboratory.colleague(
        "borrowed", "POST", "responderpolicy", {"responderpolicy": {"name": "rp_new", "rule": "FALSE", "action": NAME}}
    )
    laboratory.saved_by_colleague("borrowed")
    borrowed = laboratory.texts(["borrowed"])["borrowed"]
    laboratory.forget("recordless")
    laboratory.simulator.appliance("upgraded").upgrade("12.0 63.13")
    laboratory.simulator.appliance("half_fixed").fault("refuse", node=1)
    laboratory.simulator.appliance("down").unreachable()
    laboratory.simulator.appliance("ill").fault("http_error", method="GET", type="responderpolicy", status=503, times=0)
    laboratory.simulator.appliance("tired").fault("expire_session", method="DELETE", nth=2)
    laboratory.simulator.appliance("tired").fault("expire_session", method="GET", type="responderaction", nth=2)

    # Deletes that are not carried out, and deletes whose answers get lost.
    laboratory.simulator.appliance("stuck").fault("http_error", method="DELETE", type="responderaction", times=0)
    laboratory.simulator.appliance("deaf").fault("reply_lost", method="DELETE", times=0)

    run = laboratory.play("rollback", ticket="CHG8")
    answers = {host: laboratory.ask(host, CONTROL) for host in FLEET if host != "down"}
    attacks = {host: laboratory.ask(host, ATTACK) for host in FLEET if host != "down"}
    return Story(
        laboratory, before, applied, with_v1, after_apply, changed_by_colleague, borrowed, run, laboratory.texts(), answers, attacks
    )  # fmt: skip


def lines_of(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("#")]


def test_everything_was_mitigated_before(story: Story) -> None:
    for host in FLEET:
        assert story.applied.verdict(host) == "mitigated", host
        assert story.after_apply[host] != story.before[host]


def test_unfixed_build_refuses_and_names_the_build_that_is_needed(story: Story) -> None:
    assert story.run.problem("unfixed").startswith("refused: ")
    message = story.run.message("unfixed")
    assert "runs 13.0 47.22" in message
    assert "the fix of that alone is in 13.0 47.24 or later" in message
    major, minor = max([*map(int, fixed.split("."))] for _id, train, fixed in first_fixed() if train == "14.1")
    assert f"First upgrade to 14.1 {major}.{minor} or later, since its release gets no fix" in message
    assert "-e accept_exposure=true" in message
    assert story.run.writes("unfixed") == []
    assert story.after["unfixed"] == story.after_apply["unfixed"]
    assert story.attacks["unfixed"].blocked_by()


def test_every_node_must_be_known_to_run_the_fix(story: Story) -> None:
    """A node that cannot be asked is not a fixed one."""
    assert story.run.problem("half_fixed").startswith("refused: ")
    assert story.run.writes("half_fixed") == []
    assert story.attacks["half_fixed"].blocked_by()


def test_accepted_exposure_takes_it_off(story: Story) -> None:
    assert story.run.problem("exposure") == TAKEN_AWAY
    assert story.after["exposure"] == story.before["exposure"]
    assert story.attacks["exposure"].passes, "it was told that this would be so"


def test_after_the_fix_it_comes_off_by_default(story: Story) -> None:
    assert story.run.problem("upgraded") == ""
    assert story.run["upgraded"]["changed"] is True
    for now, then in zip(story.after["upgraded"], story.before["upgraded"], strict=True):
        assert lines_of(now) == lines_of(then)
    assert not story.attacks["upgraded"].passes
    assert story.answers["upgraded"].status == 200


def test_undo_of_version_2_returns_to_version_1(story: Story) -> None:
    assert story.run.problem("versions") == ""
    assert story.after["versions"] == story.with_v1
    assert story.attacks["versions"].blocked_by()
    assert not story.laboratory.ask("versions", ATTACK_V2).blocked_by(), "which only version 2 stops"


def test_a_second_undo_does_not_go_further_back(story: Story) -> None:
    again = story.laboratory.play("rollback", limit="versions")
    assert again.writes("versions") == []
    assert again["versions"]["changed"] is False
    assert (
        "nothing to undo: the last run is undone already. An earlier run is still in place; rollback.yml"
        in again.output
    )
    assert story.laboratory.texts(["versions"])["versions"] == story.with_v1


def test_exact_former_state_with_a_feature_that_was_off(story: Story) -> None:
    assert "RESPONDER" in story.after_apply["dark"][0]
    assert story.after["dark"] == story.before["dark"], "running and saved text, to the last byte"
    assert "RESPONDER" not in story.laboratory.features("dark")


def test_a_feature_stays_on_when_somebody_else_uses_it(story: Story) -> None:
    assert story.run.problem("shared") == TAKEN_AWAY
    assert story.laboratory.row("shared", "responderpolicy") is None
    assert story.laboratory.row("shared", "responderpolicy", "rp_new")
    assert "RESPONDER" in story.laboratory.features("shared")
    assert any("rp_new" in remark for remark in story.run["shared"]["remarks"])


def test_record_of_a_rollback_tells_what_it_undid(story: Story) -> None:
    record = story.laboratory.record("dark")
    assert record["kind"] == "rollback"
    assert (record["outcome"], record["saved"], record["ticket"]) == ("applied", True, "CHG8")
    undone = story.laboratory.record("dark", 0)
    assert record["undoes"] == [story.laboratory.record_files("dark")[0].name]
    assert undone["undone_by"] == story.laboratory.record_files("dark")[-1].name


def test_changed_by_somebody_else_is_refused(story: Story) -> None:
    assert story.run.problem("touched").startswith("refused: ")
    message = story.run.message("touched")
    assert f"responder action {NAME} was changed since by somebody else" in message
    assert "-e force=true" in message
    assert story.run.writes("touched") == []
    assert story.after["touched"] == story.changed_by_colleague


def test_changed_by_somebody_else_goes_with_force(story: Story) -> None:
    run = story.laboratory.play("rollback", limit="touched", force=True)
    assert run.problem("touched") == TAKEN_AWAY
    assert story.laboratory.texts(["touched"])["touched"] == story.before["touched"]


def test_without_any_record_the_prefix_tells_what_is_ours(story: Story) -> None:
    assert story.run.problem("recordless") == TAKEN_AWAY
    assert NAME not in story.after["recordless"][0]
    assert NAME not in story.after["recordless"][1]
    before = [line for line in lines_of(story.before["recordless"][0]) if "ns feature" not in line]
    after = [line for line in lines_of(story.after["recordless"][0]) if "ns feature" not in line]
    assert after == before
    assert "RESPONDER" in story.laboratory.features("recordless"), "nobody knows any more that it was off"


def test_rollback_of_what_was_adopted_restores_what_was_there(story: Story) -> None:
    assert story.applied.verdict("adopted") == "mitigated"
    assert story.run.problem("adopted") == ""
    assert story.after["adopted"] == story.before["adopted"]
    assert story.attacks["adopted"].status == 404, "their answer again"


def test_appliance_that_is_down_is_no_success(story: Story) -> None:
    assert story.run.problem("down").startswith("unreachable: ")
    assert story.run["down"].get("changed") is not True
    story.laboratory.simulator.appliance("down").unreachable(False)
    assert story.laboratory.ask("down", ATTACK).blocked_by(), "and it says so rightly: it is still there"


def test_appliance_that_answers_503_is_no_success(story: Story) -> None:
    assert story.run.problem("ill").startswith("failed: ")
    assert "HTTP 503" in story.run.message("ill")
    assert story.run.writes("ill") == []
    assert story.attacks["ill"].blocked_by()


def test_expired_session_is_renewed_and_the_absence_is_read(story: Story) -> None:
    logins = [target for _method, target in story.run.nitro("tired") if target.endswith("/login")]
    assert len(logins) >= 2
    assert story.run.problem("tired") == TAKEN_AWAY
    assert story.after["tired"] == story.before["tired"]
    assert story.laboratory.node("tired")["sessions"] == 0


def test_delete_that_is_not_carried_out_is_a_failure_and_is_taken_back(story: Story) -> None:
    assert story.run.problem("stuck").startswith("failed: ")
    assert story.run.writes("stuck").count("DELETE responderaction") == 1, "a write is not repeated blindly"
    assert sorted(lines_of(story.after["stuck"][0])) == sorted(lines_of(story.after_apply["stuck"][0]))
    assert story.attacks["stuck"].blocked_by()
    assert story.laboratory.record("stuck")["outcome"] == "reverted"


def test_lost_answers_of_deletes_are_settled_by_reading(story: Story) -> None:
    deletes = [write for write in story.run.writes("deaf") if write.startswith("DELETE ")]
    assert len(deletes) == len(set(deletes)) == 4, "each went out once"
    assert story.run.problem("deaf") == TAKEN_AWAY
    assert story.after["deaf"] == story.before["deaf"]


def test_what_is_left_of_a_removal_by_hand_is_removed(story: Story) -> None:
    assert story.run.problem("halved") == ""
    assert story.run["halved"]["changed"] is True
    assert story.after["halved"] == story.before["halved"]


def test_object_that_somebody_else_uses_cannot_go_and_nothing_goes(story: Story) -> None:
    assert story.run.problem("borrowed").startswith("failed: ")
    assert story.attacks["borrowed"].blocked_by()
    for now, then in zip(story.after["borrowed"], story.borrowed, strict=True):
        assert sorted(lines_of(now)) == sorted(lines_of(then))


def test_what_was_on_before_stays_on(story: Story) -> None:
    assert story.after["behind"] == story.before["behind"]
    assert "RESPONDER" in story.laboratory.features("behind")


def test_run_is_red_when_one_of_many_is_left(story: Story) -> None:
    assert story.run.rc != 0
    left = {host for host in FLEET if host != "down" and story.attacks[host].blocked_by()}
    assert left <= {host for host in FLEET if story.run.problem(host)} | {"versions"}


def test_records_that_cannot_be_read_are_not_taken_for_none(story: Story) -> None:
    """A run that cannot be seen is not "no run"."""
    laboratory = story.laboratory
    before = laboratory.texts(["unfixed"])
    laboratory.record_files("unfixed")[0].write_text("{", encoding="utf-8")
    run = laboratory.play("rollback", limit="unfixed", accept_exposure=True)
    assert run.problem("unfixed").startswith("refused: ")
    assert "cannot be read" in run.message("unfixed")
    assert run.writes("unfixed") == []
    assert laboratory.texts(["unfixed"]) == before
    shutil.rmtree(laboratory.records / "unfixed")
