# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The change record: on disk before the first write, whole at every moment, and never taken for another one."""

from __future__ import annotations

import getpass
import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.steps import FEATURE, Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.change_record import (
    ChangeRecord,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.new_record import start_record
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.pending_edits import unapplied
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_content import RecordContent
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_states import (
    Outcome,
    StepState,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.records_folder import safe_name
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

from tests.engine.records import records_of

STEPS = (
    Step(FEATURE, ("RESPONDER",), {"enabled": False}, {"enabled": True}),
    Step("responderpolicy", ("tq_demo",), None, {"name": "tq_demo", "rule": "true", "action": "NOOP"}),
)
EDITED, APPLIED_ALL = {"applied": False}, {"applied": True}
ACL = Step("nsacl", ("a",), None, {"aclname": "a"})
OPENING, CLOSING = Step("nsacls", (), APPLIED_ALL, EDITED), Step("nsacls", (), EDITED, APPLIED_ALL)
FACTS = {"measure": "demo", "version": 2, "kind": "apply", "run": "abc", "ticket": "CHG1"}


def start(directory: Path, host: str = "gw-a", **facts: object) -> ChangeRecord:
    return start_record(directory, host, STEPS, {**FACTS, **facts})


def on_disk(record: ChangeRecord) -> dict[str, object]:
    content: dict[str, object] = json.loads(record.path.read_text(encoding="utf-8"))
    return content


def content(**values: Any) -> RecordContent:
    """The content of a record with some of its values given."""
    base = {"format": 1, "host": "gw-a", **FACTS, "started": "2020-01-17T20:00:00+00:00", "saved": True}
    return RecordContent.from_json({**base, "outcome": "open", "steps": [], **values}, where="the record")


def states(record: ChangeRecord) -> list[str]:
    return [step["state"] for step in on_disk(record)["steps"]]  # type: ignore[attr-defined]


def test_the_whole_plan_is_on_disk_before_anything_is_done(tmp_path: Path) -> None:
    record = start(tmp_path)
    content = on_disk(record)
    assert record.path.parent == tmp_path / "gw-a"
    assert record.path.name.endswith("Z-abc.json")
    assert content | FACTS == content
    assert (content["format"], content["host"], content["outcome"]) == (1, "gw-a", Outcome.OPEN)
    assert (content["saved"], content["finished"], content["proof"]) == (False, None, None)
    assert content["who"]
    assert content["steps"] == [
        {
            "type": "nsfeature",
            "key": ["RESPONDER"],
            "before": {"enabled": False},
            "after": {"enabled": True},
            "lines": ["enable ns feature RESPONDER"],
            "inverse": ["disable ns feature RESPONDER"],
            "state": StepState.PLANNED,
        },
        {
            "type": "responderpolicy",
            "key": ["tq_demo"],
            "before": None,
            "after": {"name": "tq_demo", "rule": "true", "action": "NOOP"},
            "lines": ["add responder policy tq_demo true NOOP"],
            "inverse": ["rm responder policy tq_demo"],
            "state": StepState.PLANNED,
        },
    ]


def test_only_the_user_can_read_it(tmp_path: Path) -> None:
    record = start(tmp_path / "records")
    assert record.path.stat().st_mode & 0o777 == 0o600
    assert record.path.parent.stat().st_mode & 0o777 == 0o700
    record.mark([0], StepState.DONE)
    assert record.path.stat().st_mode & 0o777 == 0o600


def test_each_state_is_on_disk_at_once(tmp_path: Path) -> None:
    record = start(tmp_path)
    record.mark([0], StepState.SENT)
    assert states(record) == [StepState.SENT, StepState.PLANNED]
    record.mark(range(2), StepState.DONE)
    assert states(record) == [StepState.DONE, StepState.DONE]
    record.mark([1], StepState.UNDONE)
    assert states(record) == [StepState.DONE, StepState.UNDONE]
    record.note(proof={"proven": True})
    assert on_disk(record)["proof"] == {"proven": True}
    assert on_disk(record)["outcome"] == Outcome.OPEN
    record.finish(Outcome.APPLIED, saved=True)
    assert (on_disk(record)["outcome"], on_disk(record)["saved"]) == (Outcome.APPLIED, True)
    assert on_disk(record)["finished"] is not None


def test_what_may_have_been_carried_out_is_what_was_sent_and_not_undone(tmp_path: Path) -> None:
    record = start(tmp_path)
    assert record.touched == []
    record.mark([0], StepState.SENT)
    assert record.touched == [STEPS[0]]
    record.mark([0, 1], StepState.DONE)
    assert record.touched == list(STEPS)
    record.mark([1], StepState.UNDONE)
    assert record.touched == [STEPS[0]]
    assert record.steps == list(STEPS)


def test_a_write_that_fails_leaves_the_old_file_whole_and_no_litter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = start(tmp_path)
    before = record.path.read_bytes()

    def full_disk(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space"):
        record.mark([0], StepState.SENT)
    assert record.path.read_bytes() == before
    assert list(record.path.parent.iterdir()) == [record.path]


def test_the_file_is_synced_before_it_takes_the_old_ones_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = start(tmp_path)
    events: list[str] = []
    real_fsync, real_replace = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda descriptor: events.append("sync") or real_fsync(descriptor))
    monkeypatch.setattr(Path, "replace", lambda self, target: events.append("replace") or real_replace(self, target))
    record.mark([0], StepState.SENT)
    assert events[:2] == ["sync", "replace"]


def test_a_directory_that_cannot_be_written_to_stops_everything(tmp_path: Path) -> None:
    (tmp_path / "records").write_text("a file, no directory")
    with pytest.raises(InvalidInput) as raised:
        start(tmp_path / "records")
    assert str(raised.value).startswith("gw-a: the change record cannot be written")
    assert "nothing was sent" in str(raised.value)
    assert "-e records=..." in str(raised.value), "the variable that there is"


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    record = start(tmp_path)
    record.mark([0], StepState.DONE)
    assert ChangeRecord.read(record.path) == record


@pytest.mark.parametrize("content", ["", "{", "[]", '"x"', "null", "{}", '{"format": 2}', '{"format": "1"}', "\udcff"])
def test_an_unreadable_record_is_an_error_and_never_no_record(tmp_path: Path, content: str) -> None:
    start(tmp_path)
    bad = tmp_path / "gw-a" / "20200101T000000.000000Z-x.json"
    bad.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(InvalidInput, match="20200101T000000"):
        ChangeRecord.read(bad)
    with pytest.raises(InvalidInput, match="20200101T000000"):
        records_of(tmp_path, "gw-a", "demo")


def test_a_record_that_is_not_there_is_an_error_too(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be read"):
        ChangeRecord.read(tmp_path / "gone.json")


def test_records_come_oldest_first_and_only_those_of_the_measure(tmp_path: Path) -> None:
    first, second = start(tmp_path, run="zzz"), start(tmp_path, run="aaa")
    start(tmp_path, measure="other")
    (tmp_path / "gw-a" / ".left.tmp").write_text("half")
    assert [record.path for record in records_of(tmp_path, "gw-a", "demo")] == [first.path, second.path]


def test_no_directory_means_no_records(tmp_path: Path) -> None:
    assert records_of(tmp_path, "gw-a", "demo") == []


def test_a_record_of_another_host_is_never_taken_for_ours(tmp_path: Path) -> None:
    """Two hosts whose names differ only in what a file name cannot hold share a directory."""
    start(tmp_path, "gw:1")
    own = start(tmp_path, "gw/1")
    assert [record.path for record in records_of(tmp_path, "gw/1", "demo")] == [own.path]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("gw-a.example.com", "gw-a.example.com"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("..", "_"),
        ("", "_"),
        (".hidden", "hidden"),
        ("a/b\\c d", "a_b_c_d"),
        ("2001:db8::1", "2001_db8__1"),
        ("é", "_"),
    ],
)
def test_a_name_cannot_leave_its_directory(text: str, name: str) -> None:
    assert safe_name(text) == name


def test_a_user_without_an_entry_in_the_database_has_a_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown() -> str:
        raise KeyError("getpwuid(): uid not found")

    monkeypatch.setattr(getpass, "getuser", unknown)
    who = on_disk(start(tmp_path))["who"]
    assert who == {"user": str(os.getuid()), "control_node": socket.gethostname(), "records": ""}


def played(*steps: tuple[Step, str]) -> ChangeRecord:
    recorded = [{**step.to_json(), "state": state} for step, state in steps]
    return ChangeRecord(Path("r"), content(outcome=Outcome.APPLIED, steps=recorded))


@pytest.mark.parametrize(
    ("records", "waits"),
    [
        ([played((OPENING, StepState.DONE), (ACL, StepState.DONE), (CLOSING, StepState.DONE))], False),
        ([played((OPENING, StepState.DONE), (ACL, StepState.DONE), (CLOSING, StepState.PLANNED))], True),
        ([played((OPENING, StepState.UNDONE), (ACL, StepState.UNDONE), (CLOSING, StepState.PLANNED))], False),
        ([played((OPENING, StepState.DONE), (ACL, StepState.DONE), (CLOSING, StepState.SENT))], True),
        # A run with nothing left to edit applies what another one left.
        (
            [
                played((OPENING, StepState.DONE), (ACL, StepState.DONE), (CLOSING, StepState.PLANNED)),
                played((OPENING, StepState.DONE), (CLOSING, StepState.DONE)),
            ],
            False,
        ),
        (
            [
                played((OPENING, StepState.DONE), (ACL, StepState.DONE), (CLOSING, StepState.PLANNED)),
                played((OPENING, StepState.DONE), (CLOSING, StepState.SENT)),
            ],
            True,
        ),
    ],
)
def test_what_was_edited_and_not_applied_is_known(records: list[ChangeRecord], waits: bool) -> None:
    assert unapplied(records) == ({("nsacls", ())} if waits else set())
