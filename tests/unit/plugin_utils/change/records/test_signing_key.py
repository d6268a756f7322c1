# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The key of a control node: made once, readable by its owner alone, and refused where it is anything else."""

from __future__ import annotations

import base64
import json
import multiprocessing
import stat
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records import signing_key, untrusted_records
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.allowed_signers import (
    LONGEST,
    read_allowed_signers,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.own_signer import (
    add_own_line,
    plan_own_line,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.signing_key import (
    existing_key,
    public_line,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.sshsig import parse_signature, sign
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.untrusted_records import (
    require_person,
    sign_accepted,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

from tests.unit.plugin_utils.change.records.test_change_record import start


def made_by_ssh_keygen(path: Path, *options: str) -> Path:
    command = ["ssh-keygen", "-q", "-f", str(path), *options]
    subprocess.run(command, check=True, timeout=60, stdin=subprocess.DEVNULL)
    return path


def test_a_key_is_made_once_and_ssh_keygen_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "state" / "record_key"
    assert existing_key(path) is None
    key = signing_key.signing_key(path)
    assert public_line(signing_key.signing_key(path)) == public_line(key)
    assert [stat.S_IMODE(one.stat().st_mode) for one in (path, path.parent)] == [0o600, 0o700]
    shown = subprocess.run(["ssh-keygen", "-y", "-f", path], capture_output=True, text=True, check=True, timeout=60)
    assert shown.stdout.split()[:2] == public_line(key).split()


def _line(path: Path, lines: multiprocessing.Queue[str]) -> None:
    lines.put(public_line(signing_key.signing_key(path)))


def test_workers_that_make_it_at_the_same_moment_have_the_same(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    lines: multiprocessing.Queue[str] = context.Queue()
    workers = [context.Process(target=_line, args=(tmp_path / "key", lines)) for _ in range(8)]
    for worker in workers:
        worker.start()
    found = {lines.get(timeout=60) for _ in workers}
    for worker in workers:
        worker.join()
    assert len(found) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_a_key_by_ssh_keygen_is_used(tmp_path: Path) -> None:
    path = made_by_ssh_keygen(tmp_path / "key", "-t", "ed25519", "-N", "")
    assert public_line(signing_key.signing_key(path)) == " ".join((tmp_path / "key.pub").read_text().split()[:2])


def test_a_key_with_a_passphrase_is_refused_with_the_fix(tmp_path: Path) -> None:
    path = made_by_ssh_keygen(tmp_path / "key", "-t", "ed25519", "-N", "night-shift")
    with pytest.raises(InvalidInput) as raised:
        signing_key.signing_key(path)
    assert f"the key {path} has a passphrase, which Tourniquet cannot ask for" in str(raised.value)
    assert str(raised.value).endswith(f"ssh-keygen -p -N '' -f '{path}'")


def test_another_type_of_key_is_refused(tmp_path: Path) -> None:
    path = made_by_ssh_keygen(tmp_path / "key", "-t", "ecdsa", "-N", "")
    with pytest.raises(
        InvalidInput, match=r"is not of the type ssh-ed25519\. Name the right file in tourniquet_record_key"
    ):
        signing_key.signing_key(path)


def test_what_is_no_key_is_refused_and_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n-----END OPENSSH PRIVATE KEY-----\n")
    path.chmod(0o600)
    with pytest.raises(InvalidInput) as raised:
        signing_key.signing_key(path)
    assert "does not hold a private key in the form of OpenSSH" in str(raised.value)
    assert "c2VjcmV0" not in str(raised.value)


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    signing_key.signing_key(tmp_path / "key")
    (tmp_path / "key").chmod(0o640)
    with pytest.raises(InvalidInput, match=r"has the mode 0640: others may read it.*chmod go-rwx"):
        signing_key.signing_key(tmp_path / "key")


def test_a_key_that_cannot_be_read_or_made_says_which_variable_names_another(tmp_path: Path) -> None:
    (tmp_path / "key").mkdir()
    with pytest.raises(
        InvalidInput, match=r"the key .*/key that signs the change records cannot be read \(Is a directory\)"
    ):
        signing_key.signing_key(tmp_path / "key")
    (tmp_path / "file").touch()
    with pytest.raises(InvalidInput, match=r"cannot be (read|written to) .*"):
        signing_key.signing_key(tmp_path / "file" / "key")


def test_a_directory_that_cannot_be_written_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: object) -> bool:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(signing_key, "create_privately", full)
    with pytest.raises(
        InvalidInput, match=r"\(No space left on device\), so nothing was sent.*-e tourniquet_record_key="
    ):
        signing_key.signing_key(tmp_path / "key")


def test_a_key_that_is_removed_at_once_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing_key, "create_privately", lambda *_arguments: False)
    with pytest.raises(InvalidInput, match="was removed at the same moment"):
        signing_key.signing_key(tmp_path / "key")


# -- the list ----------------------------------------------------------------------------------------------------------


def test_a_list_that_cannot_be_read_or_is_too_large_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(InvalidInput, match=r"the list of allowed signers .*folder cannot be read"):
        read_allowed_signers(tmp_path / "folder")
    (tmp_path / "large").write_text("#" * (LONGEST + 1))
    with pytest.raises(InvalidInput, match="is larger than 1,000,000 bytes"):
        read_allowed_signers(tmp_path / "large")


def test_the_own_line_is_added_once(tmp_path: Path) -> None:
    key, signers = tmp_path / "key", tmp_path / "allowed_signers"
    signers.write_text("# ours, without an end of line")
    assert plan_own_line(key, signers, "night@control-1").is_missing
    line = add_own_line(key, signers, "night@control-1")
    assert signers.read_text() == f"# ours, without an end of line\n{line}\n"
    assert not plan_own_line(key, signers, "another@name").is_missing
    (signer,) = read_allowed_signers(signers)
    assert signer.principals == "night@control-1"


def test_the_own_line_is_for_records_and_consent_and_not_for_approvals(tmp_path: Path) -> None:
    """Other control nodes must count the entries of consent of this one; a control node approves nothing."""
    key, signers = tmp_path / "key", tmp_path / "allowed_signers"
    add_own_line(key, signers, "night@control-1")
    (signer,) = read_allowed_signers(signers)
    assert signer.namespaces == ("tourniquet-record", "tourniquet-consent")


def test_a_list_with_a_line_for_records_alone_gets_the_rest(tmp_path: Path) -> None:
    key, signers = tmp_path / "key", tmp_path / "allowed_signers"
    own = public_line(signing_key.signing_key(key))
    signers.write_text(f'night@control-1 namespaces="tourniquet-record" {own}\n')
    assert plan_own_line(key, signers, "night@control-1").missing == ("tourniquet-consent",)
    assert add_own_line(key, signers, "night@control-1") == f'night@control-1 namespaces="tourniquet-consent" {own}'
    assert not plan_own_line(key, signers).is_missing


@pytest.mark.parametrize("principal", ["a b", "a,b", "*", 'a"b', "a\nb", "x" * 201])
def test_a_name_that_would_mean_more_is_refused(tmp_path: Path, principal: str) -> None:
    with pytest.raises(InvalidInput, match=r"^the principal is .*Nothing was written\.$"):
        plan_own_line(tmp_path / "key", tmp_path / "allowed_signers", principal)


def test_a_retired_own_key_is_not_added_again(tmp_path: Path) -> None:
    key, signers = tmp_path / "key", tmp_path / "allowed_signers"
    yesterday = f"{datetime.now(UTC) - timedelta(days=1):%Y%m%d%H%MZ}"
    signers.write_text(f'night@control-1 valid-before="{yesterday}" {public_line(signing_key.signing_key(key))}\n')
    with pytest.raises(InvalidInput, match=r"was valid only until .*Move the private key away.*Nothing was written\."):
        plan_own_line(key, signers)


def test_a_list_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(
        InvalidInput, match=r"cannot be written \(No such file or directory\).*tourniquet_allowed_signers="
    ):
        add_own_line(tmp_path / "key", tmp_path / "missing" / "allowed_signers")


# -- records that are signed again -------------------------------------------------------------------------------------


def test_records_are_signed_again_in_a_name_alone() -> None:
    require_person(False, "")
    require_person(True, "A. Jansen")
    with pytest.raises(InvalidInput, match=r"needs the person who answers for them: -e resign=true"):
        require_person(True, "  ")
    for resign in (True, False):
        with pytest.raises(InvalidInput, match=r"^accepted_by is <first and last name>: write the name of the person"):
            require_person(resign, "<first and last name>")


def test_a_record_that_cannot_be_written_again_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = start(tmp_path)
    record.content = record.content.unsigned()
    untrusted = ChangeRecord(record.path, record.content)
    untrusted.path.write_text(json.dumps(dict(untrusted.content.values)))
    assert untrusted_records.fix_of(ChangeRecord.read(record.path)).startswith("If it is of a run of yours")

    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ChangeRecord, "write", full)
    with pytest.raises(InvalidInput, match=r"gw-a: the change record cannot be written to .*No space left on device"):
        sign_accepted(tmp_path, "gw-a", RecordTrust(resigned_by="A. Jansen"))


@pytest.mark.parametrize(
    ("position", "value", "problem"),
    [(9, 2, "of version 1"), (-1, 0, "not a whole SSH signature"), (None, None, "unknown hash algorithm")],
)
def test_a_signature_of_another_form_is_refused(
    tmp_path: Path, position: int | None, value: int | None, problem: str
) -> None:
    begin, *lines, end, _last = sign(signing_key.signing_key(tmp_path / "key"), b"x", "n").split("\n")
    blob = bytearray(base64.b64decode("".join(lines)))
    if position == -1:
        blob = blob[:-1]
    elif position is not None and value is not None:
        blob[position] = value
    else:
        blob = bytearray(bytes(blob).replace(b"\0\0\0\x06sha512", b"\0\0\0\x06sha999"))
    with pytest.raises(InvalidInput, match=problem):
        parse_signature("\n".join([begin, base64.b64encode(bytes(blob)).decode(), end]))
