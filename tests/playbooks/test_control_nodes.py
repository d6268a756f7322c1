# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Two control nodes at one pair: the first one dies in the middle, the second one reads its records, waits, continues and undoes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.stage.fleet import PASSWORD, pair
from tests.stage.played import TAKEN_AWAY, TOKEN, Laboratory, Run, is_write

pytestmark = pytest.mark.only_in_all  # tests/engine has the lock, the death and the audit

WHY = "their laptop drowned"
FORGED = "/var/tmp/tourniquet_20990101T000000.000000Z-forged_ended.txt"


@dataclass
class Story:
    laboratory: Laboratory
    before: tuple[str, ...]
    after: tuple[str, ...]
    runs: dict[str, Run]
    files: dict[str, bytes]


def files(laboratory: Laboratory) -> dict[str, bytes]:
    return {
        f"{node.index} {path}": bytes(file.content)
        for node in laboratory.simulator.fleet.appliances["gw"].nodes
        for path, file in node.files.items()
        if path.startswith("/var/tmp/")
    }


@pytest.fixture(scope="module")
def story(open_laboratory: Callable[..., Laboratory]) -> Story:
    # The first one dies while it waits for the answer to the policy.
    hang = {"kind": "hang", "method": "POST", "type": "responderpolicy", "seconds": 20.0}
    laboratory = open_laboratory({"gw": pair(faults=[hang])})
    before = laboratory.texts()["gw"]
    laboratory.play_and_kill(
        "apply", lambda: laboratory.row("gw", "responderaction") is not None, limit=["gw"], reason="an emergency"
    )
    laboratory.simulator.appliance("gw").clear_faults()
    theirs = {"records": str(laboratory.directory / "theirs")}
    runs = {
        "plan": laboratory.play("plan", **theirs),
        "refused": laboratory.play("apply", **theirs),
        "applied": laboratory.play("apply", break_lock=WHY, **theirs),
        "audit": laboratory.play("audit", **theirs),
        "audit --check": laboratory.play("audit", check=True, **theirs),
        "rolled back": laboratory.play("rollback", accept_exposure=True, **theirs),
        "first again": laboratory.play("rollback", why="undo"),
        "audit of the first": laboratory.play("audit"),
    }
    after = laboratory.texts()["gw"]
    copied = files(laboratory)
    node = laboratory.simulator.fleet.appliances["gw"].nodes[0]
    node.write_file(FORGED, b'{"format": 1}')
    runs["audit of a forged copy"] = laboratory.play("audit")
    runs["undo beside a forged copy"] = laboratory.play("rollback", why="undo")
    del node.files[FORGED]
    record = laboratory.record_files("gw")[0]
    record.write_text(json.dumps({**json.loads(record.read_text()), "reason": "nothing \x1b[2J happened"}))
    runs["tampered"] = laboratory.play("audit")
    runs["accepted"] = laboratory.play("audit", accept_differences=True)
    return Story(laboratory, before, after, runs, copied)


def test_the_second_one_is_told_who_is_at_work(story: Story) -> None:
    plan = story.runs["plan"]
    assert [conflict["kind"] for conflict in plan["gw"]["conflicts"]] == ["locked"]
    refused = story.runs["refused"]
    assert refused.rc != 0
    assert refused.problem("gw").startswith("refused: ")
    for text in ("holds the lock", "an emergency", "since 2020-01-15", "break_lock"):
        assert text in refused.message("gw")
    assert [r for r in refused.requests if r["side"] == "nitro" and is_write(r["method"], r["target"])] == []


def test_it_goes_on_with_a_reason_and_says_what_it_did(story: Story) -> None:
    applied = story.runs["applied"]
    assert applied.verdict("gw") == "mitigated"
    assert all(WHY in text for text in applied["gw"]["lock"]["broken"])
    assert len(applied["gw"]["lock"]["broken"]) == 2, "on both nodes"
    assert f"note: gw (node {story.laboratory.hosts['gw']['netscaler_nodes'][0].rpartition(':')[0]})" in applied.output
    assert len(applied.lines("gw")) < 5, "what the first one did is not done again"


def test_it_goes_back_to_what_was_before_both_and_the_first_one_knows(story: Story) -> None:
    assert story.runs["rolled back"].problem("gw") == TAKEN_AWAY
    assert story.after == story.before
    again = story.runs["first again"]
    assert (again.problem("gw"), again["gw"]["changed"]) == ("", False)


@pytest.mark.parametrize(
    ("name", "kinds"), [("audit", ["apply"] * 2), ("audit of the first", ["apply"] * 2 + ["rollback"])]
)
def test_the_audit_tells_everything_from_either_side(story: Story, name: str, kinds: list[str]) -> None:
    audit = story.runs[name]
    assert audit.problem("gw") == ""
    assert audit["gw"]["differences"] == []
    assert [run["kind"] for run in audit["gw"]["runs"]] == kinds
    assert [run["proven"] for run in audit["gw"]["runs"]][:2] == [False, True]
    assert "never ended" in audit.output
    assert "by " in audit.output
    assert WHY in json.dumps(audit["gw"]["runs"][1])


@pytest.mark.parametrize("name", ["audit", "audit --check", "audit of the first", "tampered"])
def test_an_audit_only_reads(story: Story, name: str) -> None:
    run = story.runs[name]
    assert [r for r in run.requests if r["side"] != "nitro" or is_write(r["method"], r["target"])] == []
    assert run["gw"]["changed"] is False


def test_a_record_that_was_changed_fails_the_audit(story: Story) -> None:
    tampered, accepted = story.runs["tampered"], story.runs["accepted"]
    assert tampered.rc != 0
    assert any("differ in reason" in text for text in tampered["gw"]["differences"])
    assert "\x1b[2J" not in tampered.output
    assert "DIFFERENCE: " in tampered.output
    assert (accepted.rc, accepted["gw"]["differences"]) == (0, tampered["gw"]["differences"])


def test_a_forged_copy_fails_the_audit_and_is_left_alone_by_an_undo(story: Story) -> None:
    audit, undo = story.runs["audit of a forged copy"], story.runs["undo beside a forged copy"]
    assert audit.rc != 0
    assert [FORGED in text for text in audit["gw"]["differences"]] == [True]
    assert f"DIFFERENCE: {FORGED}" in audit.output
    assert (undo.rc, undo["gw"]["changed"]) == (0, False)
    assert [FORGED in text and "is left alone" in text for text in undo["gw"]["remarks"]].count(True) == 1


def test_no_lock_and_no_secret_is_left_on_the_nodes(story: Story) -> None:
    assert not any(path.endswith("lock.txt") for path in story.files)
    assert len(story.files) == 6, "three runs on two nodes"
    for content in story.files.values():
        assert PASSWORD.encode() not in content
        assert not TOKEN.search(content.decode())
