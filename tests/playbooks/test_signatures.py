# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Two control nodes with a key each: whose records count, how a key is published, and how old records are signed."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.stage.fleet import box
from tests.stage.played import TAKEN_AWAY, Laboratory, Run, is_write

PERSON = "A. Jansen"


@dataclass
class Story:
    laboratory: Laboratory
    runs: dict[str, Run]
    texts: dict[str, tuple[str, ...]]
    stem: str
    lists: dict[str, str]


@pytest.fixture(scope="module")
def story(open_laboratory: Callable[..., Laboratory]) -> Story:
    laboratory = open_laboratory({"gw": box()})
    directory, runs, texts, lists = laboratory.directory, {}, {}, {}
    signers = directory / "allowed_signers"
    first = {"tourniquet_record_key": str(directory / "first" / "key")}
    second = {"tourniquet_record_key": str(directory / "second" / "key"), "records": str(directory / "theirs")}

    def play(name: str, verb: str, **extra: Any) -> None:
        runs[name] = laboratory.play(verb, **extra)
        texts[name] = laboratory.texts()["gw"]
        lists[name] = signers.read_text(encoding="utf-8") if signers.exists() else ""

    texts["before"] = laboratory.texts()["gw"]
    play("applied", "apply", **first)
    (path,) = laboratory.record_files("gw")
    play("unknown", "rollback", why="undo", **second)
    play("audit of a stranger", "audit", **second)
    play("published: preview", "signer", check=True, **first)
    play("published", "signer", principal="night@control-1", **first)
    play("published again", "signer", principal="night@control-1", **first)
    play("known", "rollback", why="undo", **second)
    play("applied again", "apply", **first)
    (_first, _applied) = laboratory.record_files("gw")
    for one in (_first, _applied):
        values = json.loads(one.read_text(encoding="utf-8"))
        del values["signature"]
        one.write_text(json.dumps(values), encoding="utf-8")
    play("unsigned: status", "status", **first)
    play("unsigned", "rollback", why="undo", **first)
    play("nobody", "rollback", why="undo", resign=True, **first)
    play("no record", "rollback", why="undo", accept_record=["../../etc/passwd"], **first)
    play("signed: preview", "rollback", check=True, why="undo", resign=True, accepted_by=PERSON, **first)
    play("signed: status", "status", resign=True, accepted_by=PERSON, **first)
    play("signed", "rollback", why="undo", **first)
    return Story(laboratory, runs, texts, path.stem, lists)


def test_a_key_is_made_that_only_its_owner_may_read(story: Story) -> None:
    key = story.laboratory.directory / "first" / "key"
    assert [stat.S_IMODE(path.stat().st_mode) for path in (key, key.parent)] == [0o600, 0o700]
    secret = "".join(key.read_text(encoding="ascii").splitlines()[1:-1])[-60:]
    places = [*story.laboratory.directory.glob("*.log"), *story.laboratory.directory.glob("report-*.json")]
    places += [*story.laboratory.records.rglob("*.json"), story.laboratory.directory / "allowed_signers"]
    assert not any(secret in path.read_text(encoding="utf-8") for path in places)


def test_the_records_of_an_unknown_control_node_are_named_and_left_alone(story: Story) -> None:
    run = story.runs["unknown"]
    assert run.rc != 0, "nothing to undo would be read as undone"
    assert run.message("gw").startswith("nothing was undone. gw: the copy of a record /var/tmp/tourniquet_")
    assert run["gw"]["changed"] is False
    assert f"tourniquet_{story.stem}_ended.txt on node 127." in run.output
    assert "is left alone: it is signed by the key SHA256:" in run.output
    assert f"-e accept_record={story.stem}" in run.output
    assert [r for r in run.requests if r["side"] == "nitro" and is_write(r["method"], r["target"])] == []
    assert story.texts["unknown"] == story.texts["applied"]


def test_one_command_publishes_the_key_and_a_preview_writes_nothing(story: Story) -> None:
    assert story.lists["published: preview"] == ""
    assert "would be added" in story.runs["published: preview"].output
    (line,) = story.lists["published"].splitlines()
    assert line.startswith('night@control-1 namespaces="tourniquet-record,tourniquet-consent" ssh-ed25519 ')
    assert line.rpartition(" ")[2] in story.runs["published"].output
    assert story.lists["published again"] == story.lists["published"]
    assert "changed=0" in story.runs["published again"].output
    for name in ("published: preview", "published", "published again"):
        assert story.runs[name].rc == 0
        assert story.runs[name].requests == []


def test_a_known_control_node_is_undone_from_its_copies(story: Story) -> None:
    run = story.runs["known"]
    assert (run.problem("gw"), run["gw"]["changed"]) == (TAKEN_AWAY, True)
    assert story.texts["known"] == story.texts["before"]


def test_unsigned_records_stop_a_rollback_with_the_command_that_goes_on(story: Story) -> None:
    run = story.runs["unsigned"]
    assert run.rc != 0
    assert "it has no signature" in run.message("gw")
    assert """run the same command with -e resign=true -e "accepted_by='<first and last name>'".""" in run.message("gw")
    assert run.writes("gw") == []
    assert story.texts["unsigned"] == story.texts["applied again"]
    status = story.runs["unsigned: status"]
    assert status.verdict("gw") == "applied, unproven", "a record that anybody could have written proves nothing"
    assert "resign=true" in status.output


def test_records_are_only_signed_in_somebodys_name(story: Story) -> None:
    run = story.runs["nobody"]
    assert run.rc != 0
    assert "gw: resign signs records that nobody has signed, so it needs the person" in run.message("gw")
    assert run.requests == []


def test_only_the_name_of_a_record_is_accepted(story: Story) -> None:
    run = story.runs["no record"]
    assert run.rc != 0
    assert "accept_record names '../../etc/passwd': write the name of a record" in run.message("gw")
    assert run.requests == []


def test_with_the_name_of_a_person_the_same_command_goes_on(story: Story) -> None:
    assert story.runs["signed: status"].verdict("gw") == "mitigated"
    preview, run = story.runs["signed: preview"], story.runs["signed"]
    assert (preview.problem("gw"), run.problem("gw")) == ("", TAKEN_AWAY)
    assert story.texts["signed: preview"] == story.texts["unsigned"]
    assert story.texts["signed"] == story.texts["before"]
    records = [json.loads(path.read_text(encoding="utf-8")) for path in story.laboratory.record_files("gw")]
    assert [record["signature"].get("accepted_by") for record in records] == [PERSON, PERSON, None]


def test_the_list_may_be_anywhere(story: Story, tmp_path: Path) -> None:
    wanted = tmp_path / "signers"
    run = story.laboratory.play("signer", tourniquet_allowed_signers=str(wanted))
    assert run.rc == 0
    assert wanted.read_text(encoding="utf-8").count("ssh-ed25519") == 1
