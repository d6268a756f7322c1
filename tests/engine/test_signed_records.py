# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Signed records: a copy from an appliance counts only with the signature of a known control node, or where a person accepts it by name."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.file_limits import DIRECTORY
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.audit import audit
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.hash_chain import digest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.provenance import (
    Provenance,
    ProvenanceKind,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_content import RecordContent
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_list import all_records
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.records_folder import current_user
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.signing import signed
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.signing_key import (
    public_line,
    signing_key,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.untrusted_records import sign_accepted
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput, Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.rollback import Rollback

from tests.engine.control_nodes import DiedError, dying, files
from tests.stage.memory import Stage

SIGNER = "night@control-1"


def key_of(stage: Stage) -> Path:
    return stage.records.parent / f"{stage.records.name}-key"


@pytest.fixture
def theirs(ours: Stage) -> Stage:
    """A control node with a key of its own, which nobody lists yet."""
    other = Stage(ours.simulator, ours.records.parent / "theirs")
    ours.trust = RecordTrust(key=key_of(ours))
    other.trust = RecordTrust(key=key_of(other))
    return other


def knows(stage: Stage, others: Iterable[Stage], options: str = "") -> None:
    """List the keys of control nodes at one."""
    path = stage.records.parent / f"{stage.records.name}-signers"
    lines = [f"{SIGNER} {options} {public_line(signing_key(other.trust.key))}\n" for other in others]
    path.write_text("".join(lines))
    stage.trust = replace(stage.trust, allowed_signers=path)


def change_copies(stage: Stage, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the copies on the appliance as somebody with file rights would: with a right digest."""
    node = stage.simulator.fleet.appliances["box"].nodes[0]
    for name, data in files(stage).items():
        if name.endswith(("_begun.txt", "_ended.txt")):
            copy = json.loads(data)
            change(copy)
            copy["sha256"] = digest(copy["record"])
            node.write_file(f"{DIRECTORY}/{name}", json.dumps(copy).encode())


def rename_copies(stage: Stage, rename: Callable[[str], str]) -> None:
    node = stage.simulator.fleet.appliances["box"].nodes[0]
    for name in files(stage):
        if name.endswith(("_begun.txt", "_ended.txt")):
            file = node.files.pop(f"{DIRECTORY}/{name}")
            node.write_file(f"{DIRECTORY}/{rename(name)}", bytes(file.content))


def expect_left_alone(ours: Stage, theirs: Stage, reason: str) -> None:
    """Expect that a rollback says which copy it leaves alone, and writes nothing."""
    state, before = ours.configuration(), files(ours)
    (name,) = [name for name in before if name.endswith(("_begun.txt", "_ended.txt"))]
    result = theirs.rollback(why="undo")
    (remark,) = [remark for remark in result.remarks if "left alone" in remark]
    assert remark.startswith("box: ")
    assert f"{DIRECTORY}/{name} on node {ours.appliance.nodes[0].host} " in remark
    assert reason in remark
    stem = name.removeprefix("tourniquet_").rpartition("_")[0]
    assert f"accept it by name: -e accept_record={stem}." in remark
    assert result.plan.undoes == ()
    assert "there is no run of ours to undo" in result.remarks
    assert (ours.configuration(), files(ours)) == (state, before), "nothing was written to the appliance"
    assert all_records(theirs.records, "box", theirs.trust) == [], "nor here"


# -- who signed it -----------------------------------------------------------------------------------------------------


def test_each_copy_and_each_record_is_signed_by_its_control_node(ours: Stage, theirs: Stage) -> None:
    ours.apply()
    (own,) = all_records(ours.records, "box", ours.trust)
    assert own.provenance == Provenance(ProvenanceKind.OWN)
    (elsewhere,) = all_records(ours.records, "box", theirs.trust)
    assert elsewhere.provenance.kind is ProvenanceKind.UNKNOWN_SIGNER
    knows(theirs, [ours])
    (known,) = all_records(ours.records, "box", theirs.trust)
    assert (known.provenance.text, known.provenance.is_trusted) == (f"signed by {SIGNER}", True)


def test_a_copy_of_a_known_control_node_is_used_and_kept_as_it_was_signed(ours: Stage, theirs: Stage) -> None:
    before = ours.configuration()
    ours.apply()
    knows(theirs, [ours])
    result = theirs.rollback(why="undo")
    assert [record.provenance.text for record in result.plan.undoes] == [f"signed by {SIGNER}"]
    assert ours.configuration() == before
    kept = {record.kind: record for record in all_records(theirs.records, "box", theirs.trust)}
    assert [record.provenance.text for record in kept.values()] == [f"signed by {SIGNER}", "our own"]
    (own,) = all_records(ours.records, "box", ours.trust)
    assert digest(kept[own.kind].content.values) == digest(own.content.values)
    assert kept[own.kind].undone_by


def test_a_copy_of_an_unknown_control_node_is_left_alone(ours: Stage, theirs: Stage) -> None:
    ours.apply()
    expect_left_alone(ours, theirs, "it is signed by the key SHA256:")
    expect_left_alone(ours, theirs, "If it is of a control node of yours, run playbooks/signer.yml there.")


def test_a_copy_of_an_unknown_control_node_is_used_where_it_is_accepted_by_name(ours: Stage, theirs: Stage) -> None:
    before = ours.configuration()
    ours.apply()
    (own,) = all_records(ours.records, "box", ours.trust)
    theirs.trust = replace(theirs.trust, accepted=frozenset({own.path.stem}), accepted_by="A. Jansen")
    result = theirs.rollback(why="undo")
    assert [record.provenance.text for record in result.plan.undoes] == ["accepted by A. Jansen"]
    assert ours.configuration() == before
    (kept, _rollback) = all_records(theirs.records, "box", RecordTrust(key=theirs.trust.key))
    assert kept.provenance == Provenance(ProvenanceKind.ACCEPTED, accepted_by="A. Jansen"), "by our own signature"


def test_another_name_accepts_nothing(ours: Stage, theirs: Stage) -> None:
    ours.apply()
    theirs.trust = replace(theirs.trust, accepted=frozenset({"20990101T000000.000000Z-run"}))
    expect_left_alone(ours, theirs, "it is signed by the key SHA256:")


def test_a_status_names_what_it_leaves_alone_and_claims_nothing(ours: Stage, theirs: Stage) -> None:
    ours.apply()
    result = theirs.status(probes="none")
    assert result.facts.records.known == ()
    assert ["left alone" in problem for problem in result.facts.records.problems] == [True]


# -- what an attacker on the appliance tries ---------------------------------------------------------------------------


def test_a_copy_without_a_signature_is_left_alone(ours: Stage, theirs: Stage) -> None:
    ours.apply()
    knows(theirs, [ours])
    change_copies(ours, lambda copy: copy["record"].pop("signature"))
    expect_left_alone(ours, theirs, "it has no signature")


@pytest.mark.parametrize(
    "change",
    [
        lambda record: record.update(reason="another"),
        lambda record: record.update(started="2099-01-01T00:00:00+00:00"),
        lambda record: record["steps"][0].update(before={"enabled": True}),
        lambda record: record.update(previous=[]),
        lambda record: record.update(kind="rollback", undoes=["20200101T000000.000000Z-run.json"]),
        lambda record: record.update(decided_by="a new key"),
        lambda record: record["signature"].update(at="2020-01-01T00:00:00+00:00"),
        lambda record: record["signature"].update(accepted_by="A. Jansen"),
    ],
)
def test_a_copy_that_was_changed_is_left_alone(ours: Stage, theirs: Stage, change: Any) -> None:
    ours.apply()
    knows(theirs, [ours])
    ours.rollback(why="undo")
    ours.apply()
    for name in list(files(ours))[:-1]:
        del ours.simulator.fleet.appliances["box"].nodes[0].files[f"{DIRECTORY}/{name}"]
    change_copies(ours, lambda copy: change(copy["record"]))
    expect_left_alone(ours, theirs, "its content is not what was signed")


def test_a_copy_that_the_attacker_signs_is_left_alone(ours: Stage, theirs: Stage, tmp_path: Path) -> None:
    ours.apply()
    knows(theirs, [ours])
    attacker = RecordTrust(key=tmp_path / "attacker")

    def forge(copy: dict[str, Any]) -> None:
        content = RecordContent.from_json({**copy["record"], "reason": "forged"}, where="it")
        copy["record"] = dict(signed(content, copy["name"], attacker).values)

    change_copies(ours, forge)
    expect_left_alone(ours, theirs, "which is not in ")


def test_a_signed_copy_under_another_name_is_left_alone(ours: Stage, theirs: Stage) -> None:
    """With a stem of 2099 it would count as the newest run."""
    ours.apply()
    knows(theirs, [ours])
    (own,) = all_records(ours.records, "box", ours.trust)
    stem = f"20990101T000000.000000Z-{ours.run}"
    rename_copies(ours, lambda name: name.replace(own.path.stem, stem))
    change_copies(ours, lambda copy: copy.update(name=f"{stem}.json"))
    expect_left_alone(ours, theirs, f"its signature is of the record {own.path.name}")


def test_a_signed_copy_of_another_appliance_is_left_alone(ours: Stage, theirs: Stage) -> None:
    knows(theirs, [ours])
    ours.name = "another"
    ours.apply()
    ours.name = "box"

    def moved(copy: dict[str, Any]) -> None:
        content = RecordContent.from_json({**copy["record"], "nodes": ["192.0.2.1:443"]}, where="it")
        copy["record"] = dict(signed(content, copy["name"], ours.trust).values)

    change_copies(ours, moved)
    expect_left_alone(ours, theirs, "it is of the appliance another (192.0.2.1:443)")


def test_what_a_copy_says_was_noted_later_does_not_count(ours: Stage, theirs: Stage) -> None:
    """These keys are not signed: a control node notes them for itself."""
    before = ours.configuration()
    ours.apply()
    knows(theirs, [ours])
    noted = {
        "undone_by": "20990101T000000.000000Z-x.json",
        "copies": ["192.0.2.9:443"],
        "origin": {"node": "n", "state": "ended", "sha256": "0", "appliance": "another"},
    }
    change_copies(ours, lambda copy: copy["record"].update(noted))
    (undone,) = theirs.rollback(why="undo").plan.undoes
    assert (undone.host, undone.copies) == ("box", ())
    assert ours.configuration() == before


@pytest.mark.parametrize("state", ["begun", "ended"])
def test_a_run_that_did_not_end_may_have_done_each_step_whatever_its_copy_is_called(
    ours: Stage, theirs: Stage, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    before = ours.configuration()
    with dying(monkeypatch, 5), pytest.raises(DiedError):
        ours.apply()
    ours.simulator.appliance("box").advance(4000)
    knows(theirs, [ours])
    rename_copies(ours, lambda name: name.replace("_begun", f"_{state}"))
    theirs.rollback(why="undo")
    assert ours.configuration() == before


# -- retired keys ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "refusal"),
    [
        ('valid-before="20200101"', f"the key of {SIGNER} was valid only until 2"),
        ('valid-after="20900101"', f"the key of {SIGNER} is valid only after 2"),
        ('namespaces="tourniquet-approval"', f"the key of {SIGNER} may not sign for tourniquet-record"),
    ],
)
def test_a_key_that_may_not_sign_now_does_not_count(ours: Stage, theirs: Stage, options: str, refusal: str) -> None:
    ours.apply()
    knows(theirs, [ours], options)
    expect_left_alone(ours, theirs, refusal)


def test_a_retired_key_verifies_what_it_signed_before_its_end(ours: Stage, theirs: Stage) -> None:
    ours.apply()
    knows(theirs, [ours], 'valid-before="20900101",namespaces="tourniquet-record"')
    assert theirs.rollback(why="undo").plan.undoes


# -- an auditor --------------------------------------------------------------------------------------------------------

AUDIT = (Path(__file__).parents[2] / "docs" / "reference" / "records.md").read_text(encoding="utf-8")


def test_an_auditor_needs_ssh_keygen_and_jq_alone(ours: Stage, theirs: Stage, tmp_path: Path) -> None:
    """By the commands that docs/reference/records.md states, for a record on the control node and for its copy."""
    ours.apply(reason='an "emergency" \u2028 \x7f \U0001f6d1 1.5')
    ours.rollback(why="undo")
    knows(theirs, [ours])
    (record, _rollback) = all_records(ours.records, "box", ours.trust)
    assert record.undone_by, "a note that is not signed"
    copy = tmp_path / "copy.txt"
    copy.write_bytes(files(ours)[f"tourniquet_{record.path.stem}_ended.txt"])
    for file in (record.path, copy):
        for script in scripts():
            verify(script, file, theirs.trust.allowed_signers, good=True)
    text = record.path.read_text(encoding="utf-8")
    record.path.write_text(text.replace('"saved": true', '"saved": false'), encoding="utf-8")
    for script in scripts():
        verify(script, record.path, theirs.trust.allowed_signers, good=False)


def scripts() -> list[str]:
    """Return the commands of an auditor: the first code block behind each heading."""
    blocks = [part.split("```")[1].removeprefix("sh\n") for part in AUDIT.split("### An auditor ")[1:]]
    assert len(blocks) == 2, "one with jq, and one with Python"
    return blocks


def verify(script: str, record: Path, signers: Path | None, *, good: bool) -> None:
    done = subprocess.run(
        ["/bin/sh", "-eu", "-c", script],
        env={"record": str(record), "signers": str(signers), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "command not found" not in done.stderr, f"install what is missing: {done.stderr}"
    assert (done.returncode == 0) == good, (script, done.stdout, done.stderr)
    assert (f'Good "tourniquet-record" signature for {SIGNER}' in done.stdout) == good


# -- records on this control node --------------------------------------------------------------------------------------


def unsign(stage: Stage) -> list[Path]:
    """Make the records of a control node those of before they were signed."""
    paths = sorted((stage.records / "box").glob("*.json"))
    for path in paths:
        values = json.loads(path.read_text(encoding="utf-8"))
        del values["signature"]
        path.write_text(json.dumps(values), encoding="utf-8")
    return paths


FIX = """run the same command with -e resign=true -e "accepted_by='<first and last name>'"."""


def test_a_rollback_from_unsigned_records_is_refused_with_the_command_that_signs_them(ours: Stage) -> None:
    ours.apply()
    (path,) = unsign(ours)
    state, before = ours.configuration(), files(ours)
    with pytest.raises(Refused) as raised:
        ours.rollback(why="undo")
    text = str(raised.value)
    assert text.startswith(f"box: the record {path} is left alone: it has no signature. ")
    assert text.endswith(f"{FIX} Nothing was changed.")
    assert (ours.configuration(), files(ours)) == (state, before)


def test_an_apply_that_writes_is_refused_and_a_status_says_the_same(ours: Stage) -> None:
    ours.apply(version=1)
    unsign(ours)
    before = files(ours)
    with pytest.raises(Refused, match="is left alone: it has no signature"):
        ours.apply(version=2)
    assert files(ours) == before
    status = ours.status(probes="none")
    assert [conflict.kind for conflict in status.plan.conflicts] == ["untrusted_records"]


def test_where_nothing_is_to_be_written_the_fix_is_a_remark(ours: Stage) -> None:
    ours.apply()
    unsign(ours)
    for result in (ours.status(probes="few"), ours.apply()):
        assert result.plan.conflicts == ()
        assert [FIX in remark for remark in result.plan.remarks if "no signature" in remark] == [True]


def test_a_lockdown_is_not_kept_from_closing_and_a_reopening_is_refused(ours: Stage) -> None:
    ours.lockdown()
    ours.reopen()
    unsign(ours)
    result = ours.lockdown()
    assert result.changed
    assert any("it has no signature" in remark for remark in result.plan.remarks)
    state = ours.configuration()
    with pytest.raises(Refused, match="is left alone: it has no signature"):
        ours.reopen()
    assert ours.configuration() == state


def test_an_unsigned_lockdown_is_no_decision_of_somebody_else(ours: Stage) -> None:
    ours.lockdown()
    (path,) = unsign(ours)
    status = ours.status(probes="none")
    assert status.verdict.word == "applied, unproven"
    for text in (status.verdict.reason, ours.lockdown().verdict.reason):
        assert "somebody else" not in text
        assert "because the record of a lockdown is left alone" in text
    assert [FIX in remark for remark in status.plan.remarks if str(path) in remark] == [True]


def test_what_an_unsigned_lockdown_did_not_save_is_not_said_to_be_closed(
    ours: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    with dying(monkeypatch, 2, sends_the_last=True), pytest.raises(DiedError):
        ours.lockdown()
    unsign(ours)
    result = ours.lockdown()
    assert result.verdict.word == "applied, unproven", "a restart opens it"
    assert result.verdict.next_action.startswith("lockdown.yml again"), "no record that counts has proved it"
    ours.trust = replace(ours.trust, resigned_by="A. Jansen")
    sign_accepted(ours.records, "box", ours.trust)
    assert ours.lockdown().verdict.word == "closed"
    assert ours.configuration("saved") == ours.configuration()


def test_the_record_that_explains_unsaved_changes_comes_before_them(
    ours: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    with dying(monkeypatch, 5), pytest.raises(DiedError):
        ours.apply()
    unsign(ours)
    with pytest.raises(Refused, match=r"^box: the record .* is left alone: it has no signature.*has not saved"):
        ours.apply()


def test_an_audit_says_how_to_sign_what_nobody_has_signed(ours: Stage) -> None:
    ours.apply()
    (path,) = unsign(ours)
    with Connection(ours.appliance) as connection:
        (text,) = audit(connection, ours.records, "box", trust=ours.trust).differences
    assert text.startswith(f"the record {path.name} is not to be trusted: it has no signature. ")
    assert text.endswith("""playbooks/status.yml with -e resign=true -e "accepted_by='<first and last name>'\"""")


def test_an_audit_accepts_the_copy_of_a_run_that_a_person_knows(ours: Stage, theirs: Stage) -> None:
    ours.apply()
    (own,) = all_records(ours.records, "box", ours.trust)
    with Connection(ours.appliance) as connection:
        (text,) = audit(connection, theirs.records, "box", trust=theirs.trust).differences
        assert text.endswith(f"If you know that run: -e accept_record={own.path.stem}")
        accepted = replace(theirs.trust, accepted=frozenset({own.path.stem}), accepted_by="A. Jansen")
        assert audit(connection, theirs.records, "box", trust=accepted).differences == []


def test_the_fix_for_a_key_that_is_not_listed_is_the_list(ours: Stage, theirs: Stage) -> None:
    ours.apply()
    ours.trust = theirs.trust
    fix = "put its line into that list .*If that key is lost, sign the record: run the same command with -e resign=true"
    with pytest.raises(Refused, match=fix):
        ours.rollback(why="undo")


def test_records_are_signed_again_in_the_name_of_a_person(ours: Stage) -> None:
    before = ours.configuration()
    ours.apply()
    (path,) = unsign(ours)
    digest_before = digest(json.loads(path.read_text(encoding="utf-8")))
    ours.trust = replace(ours.trust, resigned_by="A. Jansen")
    names = sign_accepted(ours.records, "box", ours.trust)
    assert names == [path.name]
    assert sign_accepted(ours.records, "box", ours.trust) == [], "once"
    ours.trust = replace(ours.trust, resigned_by="")
    (record,) = all_records(ours.records, "box", ours.trust)
    assert record.provenance == Provenance(ProvenanceKind.ACCEPTED, accepted_by="A. Jansen")
    assert digest(record.content.values) == digest_before, "the chain holds"
    assert ours.rollback(why="undo").plan.undoes
    assert ours.configuration() == before


def test_nothing_is_signed_by_a_preview(ours: Stage) -> None:
    ours.apply()
    (path,) = unsign(ours)
    content = path.read_bytes()
    ours.trust = replace(ours.trust, resigned_by="A. Jansen")
    with Connection(ours.appliance) as connection:
        plan = Rollback(connection, ours.rollback_parameters(why="undo")).plan()
    assert [record.provenance.text for record in plan.undoes] == ["accepted by A. Jansen"]
    assert path.read_bytes() == content


def test_a_signed_record_that_was_changed_is_not_signed_again_with_the_others(ours: Stage) -> None:
    ours.apply()
    (path,) = (ours.records / "box").glob("*.json")
    path.write_text(path.read_text(encoding="utf-8").replace('"saved": true', '"saved": false'), encoding="utf-8")
    ours.trust = replace(ours.trust, resigned_by="A. Jansen")
    assert sign_accepted(ours.records, "box", ours.trust) == []
    with pytest.raises(Refused, match=r"its content is not what was signed.*accept it by name"):
        ours.rollback(why="undo")
    ours.trust = replace(ours.trust, accepted=frozenset({path.stem}), accepted_by="A. Jansen")
    assert sign_accepted(ours.records, "box", ours.trust) == [path.name]
    assert ours.rollback(why="undo").plan.undoes


def test_a_record_that_others_may_write_is_refused(ours: Stage) -> None:
    ours.apply()
    (path,) = (ours.records / "box").glob("*.json")
    path.chmod(0o666)
    before = files(ours)
    with pytest.raises(InvalidInput, match=r"has the mode 0666: others may write to it.*chmod go-w"):
        ours.rollback(why="undo")
    assert files(ours) == before
    path.chmod(0o600)
    other = path.with_name("other")
    path.rename(other)
    path.symlink_to(other)
    with pytest.raises(InvalidInput, match="is a link, which is not followed"):
        ours.rollback(why="undo")


def test_a_record_of_somebody_else_is_refused(ours: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    ours.apply()
    (path,) = (ours.records / "box").glob("*.json")
    inode, look = path.stat().st_ino, os.fstat

    def of_somebody_else(descriptor: int) -> os.stat_result:
        """Only root can give a file away, so this file alone is reported as that of another user."""
        status = look(descriptor)
        return os.stat_result((*status[:4], 12345, *status[5:10])) if status.st_ino == inode else status

    monkeypatch.setattr(os, "fstat", of_somebody_else)
    before, configuration = files(ours), ours.configuration()
    with pytest.raises(InvalidInput, match=r"belongs to 12345 and has the mode 0600: it must belong to"):
        ours.rollback(why="undo")
    assert (files(ours), ours.configuration()) == (before, configuration)


def test_a_run_of_another_key_with_the_name_of_this_control_node_is_not_told_as_our_own(
    ours: Stage, theirs: Stage
) -> None:
    """Two containers have one user and one host name. Seen: "is a run of this control node, whose record is not in this directory"."""
    theirs.apply()
    knows(ours, [theirs])
    with Connection(ours.appliance) as connection:
        found = audit(connection, ours.records, "box", trust=ours.trust)
    (run,) = found.runs
    assert run.provenance == Provenance(ProvenanceKind.SIGNED, SIGNER)
    (text,) = found.missing
    assert text == (
        f"{run.name} on {run.places[0]} has the name of this control node, {current_user()}@{socket.gethostname()}, and was signed with another key "
        f"({SIGNER}): it is of another control node of this name, or of an earlier key of this one"
    )
    assert found.differences == []
