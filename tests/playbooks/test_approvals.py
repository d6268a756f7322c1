# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Four eyes on a fleet: nothing is written before another person has signed the plan with ssh-keygen, by the command of the message."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.playbooks.laboratory import Laboratory, Run, box, is_write

REASON = "the second person cannot be reached"


@dataclass
class Story:
    laboratory: Laboratory
    runs: dict[str, Run]
    texts: dict[str, Any]
    records: dict[str, list[dict[str, Any]]]
    command: str


@pytest.fixture(scope="module")
def story(open_laboratory: Callable[..., Laboratory]) -> Story:
    laboratory = open_laboratory({"gw-a": box(), "gw-b": box()})
    laboratory.common["tourniquet_approvals"] = {"apply": 1, "rollback": 2}
    laboratory.common["records"] = str(laboratory.records)  # -e records= is refused where approvals are demanded
    directory, runs, texts, records = laboratory.directory, {}, {"before": laboratory.texts()}, {}
    key = directory / "alice"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True, timeout=60)
    public = key.with_suffix(".pub").read_text(encoding="ascii")
    signers = directory / "allowed_signers"
    signers.write_text(f'alice@example.com namespaces="tourniquet-approval" {public}', encoding="ascii")
    signers.chmod(0o600)

    def play(name: str, verb: str, **extra: Any) -> None:
        runs[name] = laboratory.play(verb, records=None, **extra)
        texts[name] = laboratory.texts()
        records[name] = [json.loads(path.read_text(encoding="utf-8")) for path in laboratory.record_files("gw-a")]

    play("asked", "apply")
    found = re.search(r"Each approver signs before .*? UTC: (\(cd .*?\.sig\)) and", runs["asked"].output)
    assert found, runs["asked"].output
    command = found[1]
    signing = command.replace("~/.ssh/id_ed25519", str(key)).replace("NAME", "alice")
    subprocess.run(["sh", "-c", f"umask 077; {signing}"], check=True, timeout=60)
    plan = re.search(r"-e plan=(\S+) carries", runs["asked"].output)
    assert plan
    play("approved", "apply", plan=plan[1])
    play("broken glass", "rollback", why="undo", break_glass=True, who="Bob", reason=REASON)
    return Story(laboratory, runs, texts, records, command)


def test_without_an_approval_nothing_is_written_and_the_command_is_said(story: Story) -> None:
    run = story.runs["asked"]
    assert run.rc == 2
    assert story.texts["asked"] == story.texts["before"]
    assert not [request for request in run.requests if request["side"] == "nitro" and is_write(*pair(request))]
    assert "apply needs 1 approval, and no approved plan is named" in run.output
    assert "ssh-keygen -Y sign -n tourniquet-approval" in run.output


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


def test_a_person_goes_on_without_approvals_loudly(story: Story) -> None:
    run = story.runs["broken glass"]
    assert run.rc == 0, run.output
    loud = f"BREAK GLASS: Bob goes on without the approvals: {REASON}"
    assert loud in run.message("gw-a")
    assert loud in run["gw-a"]["notes"]
    assert run.output.count(loud) >= 1
    record = story.records["broken glass"][-1]
    assert record["approval"]["break_glass"] == {"who": "Bob", "reason": REASON}
    assert story.texts["broken glass"]["gw-a"] == story.texts["before"]["gw-a"]
