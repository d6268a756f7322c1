# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Four eyes on a fleet: nothing is written before another person has signed the plan with ssh-keygen, by the command of the message."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from tests.stage.fleet import box
from tests.stage.played import Laboratory, Run, is_write

REASON = "the second person cannot be reached"


@dataclass
class Story:
    laboratory: Laboratory
    runs: dict[str, Run]
    texts: dict[str, Any]
    records: dict[str, list[dict[str, Any]]]
    command: str


def listed(directory: Path, name: str) -> Path:
    """Make the key of a person, and the list of allowed signers of a directory that has it alone."""
    key, signers = directory / name, directory / "allowed_signers"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True, timeout=60)
    public = key.with_suffix(".pub").read_text(encoding="ascii")
    signers.write_text(f'{name}@example.com namespaces="tourniquet-approval" {public}', encoding="ascii")
    signers.chmod(0o600)
    return key


def sign(command: str, key: Path) -> None:
    signing = command.replace("~/.ssh/id_ed25519", str(key)).replace("NAME", key.name)
    subprocess.run(["sh", "-c", f"umask 077; {signing}"], check=True, timeout=60)


def of_own_folder(laboratory: Laboratory, folder: Path) -> Callable[[Path], dict[str, str]]:
    """The environment of an operator who names a state directory of his own."""
    folder.mkdir(mode=0o700, exist_ok=True)
    usual = laboratory.environment
    return lambda report: {**usual(report), "TOURNIQUET_STATE_DIRECTORY": str(folder)}


@pytest.fixture(scope="module")
def story(open_laboratory: Callable[..., Laboratory]) -> Story:
    laboratory = open_laboratory({"gw-a": box(), "gw-b": box()})
    laboratory.common["tourniquet_approvals"] = {"apply": 1, "rollback": 2}
    laboratory.common["records"] = str(laboratory.records)  # -e records= is refused where approvals are demanded
    laboratory.common["tourniquet_record_key"] = str(laboratory.directory / "record_key")
    directory, runs, texts, records = laboratory.directory, {}, {"before": laboratory.texts()}, {}
    key = listed(directory, "alice")
    own = directory / "own"
    own.mkdir(mode=0o700)

    def play(name: str, verb: str, **extra: Any) -> None:
        runs[name] = laboratory.play(verb, records=None, **extra)
        texts[name] = laboratory.texts()
        records[name] = [json.loads(path.read_text(encoding="utf-8")) for path in laboratory.record_files("gw-a")]

    play("asked", "apply")
    found = re.search(r"Each approver signs before .*? UTC: (\(cd .*?\.sig\)) and", runs["asked"].output)
    assert found, runs["asked"].output
    command = found[1]
    plan = re.search(r"-e plan=(\S+) carries", runs["asked"].output)
    assert plan
    mallory = listed(own, "mallory")
    sign(command, mallory)
    with mock.patch.object(laboratory, "environment", of_own_folder(laboratory, own)):
        play("own list", "apply", plan=plan[1])
    sign(command, key)
    play("approved", "apply", plan=plan[1])
    play("broken glass", "rollback", why="undo", break_glass=True, who="Bob", reason=REASON)
    play("audit", "audit")
    signers = directory / "allowed_signers"
    signers.write_text(signers.read_text(encoding="ascii") + "# Alice has left\n", encoding="ascii")
    play("audit of later", "audit")
    return Story(laboratory, runs, texts, records, command)


def test_without_an_approval_nothing_is_written_and_the_command_is_said(story: Story) -> None:
    run = story.runs["asked"]
    assert run.rc == 2
    assert story.texts["asked"] == story.texts["before"]
    assert not [request for request in run.requests if request["side"] == "nitro" and is_write(*pair(request))]
    assert "apply needs 1 approval, and no approved plan is named" in run.output
    assert "ssh-keygen -Y sign -n tourniquet-approval" in run.output


def test_a_state_directory_of_the_operator_names_no_approver(story: Story) -> None:
    run = story.runs["own list"]
    assert run.rc == 2, run.output
    assert story.texts["own list"] == story.texts["before"]
    assert not [request for request in run.requests if request["side"] == "nitro" and is_write(*pair(request))]
    folder = story.laboratory.directory
    assert (
        f"{folder / 'own' / 'allowed_signers'} is another list of allowed signers than {folder / 'allowed_signers'}"
        in run.output
    )


def pair(request: dict[str, Any]) -> tuple[str, str]:
    return request["method"], request["target"]


def test_the_approved_plan_is_applied_and_the_record_says_who_approved(story: Story) -> None:
    run = story.runs["approved"]
    assert run.rc == 0, run.output
    (record,) = story.records["approved"]
    (by,) = record["approval"]["by"]
    assert by["principal"] == "alice@example.com"
    assert by["key"].startswith("SHA256:")
    assert record["approval"]["wanted"] == 1
    assert re.fullmatch("[0-9a-f]{64}", record["approval"]["request"])


def test_the_audit_names_what_was_changed_under_another_list(story: Story) -> None:
    assert story.runs["audit"].rc == 0
    assert "APPROVALS" not in story.runs["audit"].output
    told = story.runs["audit"]["gw-a"]["report"]
    assert told.count("      approved by alice@example.com") == 1
    glass = f"      BREAK GLASS: Bob went on without the approvals: {REASON} (rollback needs 2 approvals of different persons, "
    assert [line for line in told if line.startswith(glass)]
    assert "1 change was made without the approvals (see BREAK GLASS)" in story.runs["audit"].message("gw-a")
    run = story.runs["audit of later"]
    assert run.rc == 0, run.output
    assert "2 changes were made under other approvals than today's (see APPROVALS)" in run.message("gw-a")
    digests = {record["approval"]["list"] for record in story.records["broken glass"]}
    assert len(digests) == 1
    now = hashlib.sha256((story.laboratory.directory / "allowed_signers").read_bytes()).hexdigest()
    other = f"made under another list of allowed signers (SHA-256 {digests.pop()[:12]}) than that of today ({now[:12]})"
    assert run["gw-a"]["report"].count(f"      APPROVALS: {other}") == 2


def test_a_person_goes_on_without_approvals_loudly(story: Story) -> None:
    run = story.runs["broken glass"]
    assert run.rc == 2, run.output
    assert run.problem("gw-a").startswith("failed: PROTECTION LOST at vpn vserver gw, decided by Bob (")
    loud = f"BREAK GLASS: Bob goes on without the approvals: {REASON}"
    assert loud in run.message("gw-a")
    assert loud in run["gw-a"]["notes"]
    assert run.output.count(loud) >= 1
    record = story.records["broken glass"][-1]
    assert record["approval"]["break_glass"] == {"who": "Bob", "reason": REASON}
    assert story.texts["broken glass"]["gw-a"] == story.texts["before"]["gw-a"]
