# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A baseline counts only where this control node, or one that it knows, has signed it for this purpose, and a person has accepted it."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.signing_key import (
    existing_key,
    public_line,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.sshsig import sign
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput, Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.watching import baseline_files
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.watching.baseline_files import BaselineFiles
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.watching.watched_state import (
    NodeState,
    SeenFile,
    WatchedState,
)

HOST, BUILD, OTHER = "gw-a", "14.1 73.46", "14.1 80.10"
PERSON = "J. Jansen"


def state(build: str = BUILD, at: str = "2026-11-28T06:00:00Z") -> WatchedState:
    return WatchedState(
        HOST, {"10.1.0.11": NodeState(build, {"/etc/crontab": SeenFile(5, "", "ab" * 32)})}, {"a": "b"}, at=at
    )


@pytest.fixture
def files(tmp_path: Path) -> BaselineFiles:
    return BaselineFiles(tmp_path / "baselines", HOST, RecordTrust(key=tmp_path / "keys" / "ours"))


def accept(files: BaselineFiles, one: WatchedState) -> None:
    files.write(files.shown, one)
    files.accept(one, PERSON)


def test_an_accepted_state_is_signed_for_its_own_purpose(files: BaselineFiles, tmp_path: Path) -> None:
    """OpenSSH's own program checks it as docs/how-to/watch.md says."""
    accept(files, state())
    values = json.loads(files.accepted.read_text())
    signature = tmp_path / "signature"
    signature.write_text(values.pop("signature"))
    key = existing_key(files.trust.key)
    assert key is not None
    allowed = tmp_path / "allowed"
    allowed.write_text(f"ours {public_line(key)}\n")
    command = ["ssh-keygen", "-Y", "verify", "-f", str(allowed), "-I", "ours", "-n", "tourniquet-baseline"]
    signed = json.dumps(values, indent=1) + "\n"
    done = subprocess.run(
        [*command, "-s", str(signature)], input=signed.encode(), capture_output=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr


def test_a_file_is_the_json_of_the_state_with_its_signature_last_however_it_is_written(files: BaselineFiles) -> None:
    accept(files, state())
    text = files.accepted.read_text()
    values = json.loads(text)
    assert text == json.dumps(values, indent=1) + "\n"
    assert list(values)[-1] == "signature"
    for other in (json.dumps(values), json.dumps(values, indent=2), json.dumps(dict(reversed(values.items())))):
        files.accepted.write_text(other)
        assert files.read(files.accepted).state == replace(state(), accepted_by=PERSON)


@pytest.mark.parametrize(
    ("signed", "changed"),
    [
        ('"size": 5', '"size": 6'),
        ('"schema": 1,', '"schema": 1,\n "accepted_by": "somebody",'),
        ('\n "signature"', '\n "nodes": {},\n "signature"'),
        ('\n "signature"', '\n "signature": "x",\n "nodes": {},\n "signature"'),
    ],
)
def test_text_that_was_changed_before_the_signature_does_not_count(
    files: BaselineFiles, signed: str, changed: str
) -> None:
    accept(files, state())
    text = files.accepted.read_text()
    assert signed in text
    files.accepted.write_text(text.replace(signed, changed))
    found = files.read(files.accepted)
    assert found.state is None or found.state == replace(state(), accepted_by=PERSON)


def test_what_was_changed_does_not_count_and_is_said(files: BaselineFiles) -> None:
    accept(files, state())
    changed = files.accepted_of(BUILD).read_text().replace("ab" * 32, "cd" * 32)
    files.accepted_of(BUILD).write_text(changed)
    found = files.baseline(BUILD)
    assert found.state is None
    assert found.problem == f"{files.accepted_of(BUILD)} does not count, since its content is not what was signed"


@pytest.mark.parametrize(
    "signature", [None, "", "x", ["x"], "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----"]
)
def test_what_has_no_signature_does_not_count(files: BaselineFiles, signature: object) -> None:
    accept(files, state())
    values = {**json.loads(files.shown.read_text()), "signature": signature}
    files.shown.write_text(json.dumps(values))
    assert "does not count, since it" in files.read(files.shown).problem
    with pytest.raises(Refused, match=r"nothing was accepted: .* does not count"):
        files.accept(state(), PERSON)


def test_what_another_control_node_signed_counts_only_where_it_is_listed_for_this(
    files: BaselineFiles, tmp_path: Path
) -> None:
    theirs = replace(files, trust=RecordTrust(key=tmp_path / "keys" / "theirs"))
    accept(theirs, state())
    assert "it is signed by the key SHA256:" in files.baseline(BUILD).problem
    key = existing_key(theirs.trust.key)
    assert key is not None
    allowed = tmp_path / "allowed_signers"
    for namespaces, counts in (("tourniquet-record", False), ("tourniquet-record,tourniquet-baseline", True)):
        allowed.write_text(f'theirs namespaces="{namespaces}" {public_line(key)}\n')
        allowed.chmod(0o600)
        listed = replace(files, trust=replace(files.trust, allowed_signers=allowed)).baseline(BUILD)
        assert (listed.state is not None) is counts
        assert counts or "the key of theirs may not sign for tourniquet-baseline" in listed.problem


def test_a_signature_for_another_purpose_does_not_count(files: BaselineFiles) -> None:
    accept(files, state())
    key = existing_key(files.trust.key)
    assert key is not None
    one = replace(state(), accepted_by=PERSON)
    signature = sign(key, one.to_json().encode(), "tourniquet-record")
    files.accepted.write_text(json.dumps({**one.values(), "signature": signature}))
    assert "its content is not what was signed" in files.read(files.accepted).problem


def test_a_time_that_cannot_be_read_does_not_count(files: BaselineFiles) -> None:
    files.write(files.shown, state(at="yesterday"))
    assert "its signature or its time cannot be read" in files.read(files.shown).problem


def test_what_was_only_shown_is_no_accepted_state(files: BaselineFiles) -> None:
    files.write(files.accepted, state())
    found = files.baseline(BUILD)
    assert (found.state, found.problem) == (None, f"{files.accepted} does not count, since nobody has accepted it")


def test_a_state_is_kept_for_each_build(files: BaselineFiles) -> None:
    assert files.baseline(BUILD).state is None
    accept(files, state())
    assert files.baseline(OTHER).state == replace(state(), accepted_by=PERSON), (
        "the last one, which is of another build"
    )
    accept(files, state(OTHER))
    now, back = files.baseline(OTHER), files.baseline(BUILD)
    assert (now.state, now.is_earlier) == (replace(state(OTHER), accepted_by=PERSON), False)
    assert (back.state, back.is_earlier) == (replace(state(), accepted_by=PERSON), True)
    assert files.baseline("").state == now.state


def test_the_last_file_that_does_not_count_is_said_beside_the_one_of_the_build(files: BaselineFiles) -> None:
    accept(files, state())
    files.accepted.write_text(files.accepted.read_text().replace(PERSON, "M. Mallory"))
    found = files.baseline(BUILD)
    assert found.state is not None
    assert found.problem.startswith(f"{files.accepted} does not count, ")


def test_a_file_that_others_may_write_does_not_count_and_the_key_is_not_made_to_read(files: BaselineFiles) -> None:
    accept(files, state())
    files.accepted.chmod(0o666)
    assert "others may write to it" in files.baseline(OTHER).problem
    with pytest.raises(InvalidInput, match="others may write to it"):
        files.read(files.accepted)
    files.trust.key.unlink()
    assert "is signed by the key" in files.baseline(BUILD).problem
    assert not files.trust.key.exists()


def test_a_file_that_is_none_of_ours_is_named(files: BaselineFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    files.write(files.shown, state())
    whole = files.shown.read_text()
    for text, told in (
        ("\x00", r"it is no state of a watch \(JSONDecodeError\)"),
        (whole.replace('"schema": 1', '"schema": 99'), "its schema is 99, not"),
        (whole.replace(f'"{HOST}"', '"gw-b"'), r"is of gw-b\. Move it away\.$"),
    ):
        files.shown.write_text(text)
        with pytest.raises(InvalidInput, match=f"^{HOST}: {files.shown}.* {told}|^{HOST}: {files.shown} {told}"):
            files.read(files.shown)
    files.shown.write_bytes(b"\xff")
    with pytest.raises(InvalidInput, match=rf"^{HOST}: {files.shown} cannot be read \(UnicodeDecodeError\)$"):
        files.read(files.shown)
    files.shown.unlink()
    with pytest.raises(
        Refused, match=r"nothing was shown yet that could be accepted\. Run watch\.yml without accept first"
    ):
        files.accept(state(), PERSON)
    files.write(files.shown, state())
    with pytest.raises(
        Refused, match=r"it has changed since it was shown\. Run watch\.yml without accept, and look at it"
    ):
        files.accept(replace(state(), configuration={"a": "c"}), PERSON)

    def full(*_given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(baseline_files, "write_privately", full)
    with pytest.raises(
        Refused, match=r"cannot be written \(No space left on device\)\. Name another directory with -e base"
    ):
        files.write(files.shown, state())
