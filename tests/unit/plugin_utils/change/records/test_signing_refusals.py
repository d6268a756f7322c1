# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keys, lists of signers, folders and leases that cannot be used."""

from __future__ import annotations

import base64
import errno
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records import lease_files, signing_key
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.allowed_signers import (
    LONGEST,
    parse_allowed_signers,
    read_allowed_signers,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_copies import Copy
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.records_folder import existing_folder
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    InvalidInput,
    NitroError,
    NotFound,
)
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from tests.unit.plugin_utils.change.records.test_record_content import RECORD

BLOB = base64.b64encode(b"\0\0\0\x0bssh-ed25519" + b"\0\0\0\x20" + bytes(32)).decode()


def private(path: Path, content: bytes) -> Path:
    path.touch(mode=0o600)
    path.write_bytes(content)
    return path


# -- keys --------------------------------------------------------------------------------------------------------------


def test_a_key_that_cannot_be_written_signs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_path: Path, _content: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(signing_key, "create_privately", full)
    with pytest.raises(
        InvalidInput,
        match=r"cannot be written to .*/key \(No space left on device\), so nothing was sent\. Make the directory",
    ):
        signing_key.signing_key(tmp_path / "key")
    assert not (tmp_path / "key").exists()


def test_a_key_that_goes_at_the_same_moment_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing_key, "create_privately", lambda _path, _content: None)
    with pytest.raises(InvalidInput, match=r"/key was removed at the same moment\. Run the playbook again\.$"):
        signing_key.signing_key(tmp_path / "key")


def test_a_key_that_cannot_be_read_is_not_made_again(tmp_path: Path) -> None:
    (tmp_path / "key").mkdir()
    with pytest.raises(InvalidInput, match=r"/key that signs the change records cannot be read \(.*\. Name the right"):
        signing_key.signing_key(tmp_path / "key")
    assert (tmp_path / "key").is_dir()


def test_a_key_with_a_passphrase_is_not_asked_for_it(tmp_path: Path) -> None:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-f", str(key)], check=True)
    with pytest.raises(
        InvalidInput, match=r"has a passphrase, which Tourniquet cannot ask for\. .*ssh-keygen -p -N '' -f '"
    ):
        signing_key.existing_key(key)


@pytest.mark.parametrize(
    "content", [b"", b"no key", b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n"]
)
def test_a_file_that_is_no_key_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(
        InvalidInput, match=r"/key does not hold a private key in the form of OpenSSH\. Name the right file"
    ):
        signing_key.existing_key(private(tmp_path / "key", content))


def test_a_key_of_another_type_is_refused(tmp_path: Path) -> None:
    other = ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    with pytest.raises(InvalidInput, match=r"/key is not of the type ssh-ed25519\. Name the right file"):
        signing_key.existing_key(private(tmp_path / "key", other))


# -- allowed signers ---------------------------------------------------------------------------------------------------


def test_a_list_that_cannot_be_read_is_not_an_empty_list(tmp_path: Path) -> None:
    assert read_allowed_signers(tmp_path / "none") == ()
    (tmp_path / "list").mkdir()
    with pytest.raises(
        InvalidInput, match=r"^the list of allowed signers .*/list cannot be read \(.*\. Name the right "
    ):
        read_allowed_signers(tmp_path / "list")


def test_a_list_that_is_too_large_is_refused(tmp_path: Path) -> None:
    large = private(tmp_path / "list", b"#" * (LONGEST + 1))
    with pytest.raises(
        InvalidInput, match=rf"/list is larger than {LONGEST:,} bytes\. Name the right file: -e tourniquet_"
    ):
        read_allowed_signers(large)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (f'ann namespaces="x" {BLOB}', "it has no public key"),
        (f"ann nothing no-type {BLOB}", "it has no public key"),
        (f'ann namespaces="x ssh-ed25519 {BLOB}', "its options cannot be read|it has no public key"),
        (f'ann ="x" ssh-ed25519 {BLOB}', "its options cannot be read"),
    ],
)
def test_a_line_without_a_key_or_with_options_that_cannot_be_read_is_refused(line: str, problem: str) -> None:
    with pytest.raises(InvalidInput, match=rf"^here, line 2: (?:{problem})"):
        parse_allowed_signers(f"# a comment\n{line}\n", "here")


# -- folders, copies, leases -------------------------------------------------------------------------------------------


def test_records_that_cannot_be_looked_at_are_not_no_records(tmp_path: Path) -> None:
    assert existing_folder(tmp_path, "gw") is None
    with pytest.raises(
        InvalidInput,
        match=r"^gw: the change records in \S+/gw cannot be read \(File name too long\)\. Make the directory readable, ",
    ):
        existing_folder(tmp_path / ("x" * 300), "gw")


def test_a_copy_of_a_record_without_a_build_is_refused() -> None:
    name = "20200115T020000.000000Z-r1.json"
    value = {"format": 1, "name": name, "sha256": "x", "record": {**RECORD, "build": ""}}
    with pytest.raises(InvalidInput, match=rf"^the copy of {name} does not hold a record: it has no build\.$"):
        Copy.parse(name, json.dumps(value).encode())


def test_a_lease_that_changes_at_each_read_is_not_no_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[str] = []

    class Session:
        where = "gw-a"

        def read(self, _type: str, name: str, **_options: Any) -> Any:
            reads.append(name)
            raise NotFound("gw-a", "GET systemfile", 599, 3441, "File does not exist")

    session: Any = Session()
    monkeypatch.setattr(lease_files, "list_files", lambda _session: [lease_files.lease_name(0), "other.txt"])
    with pytest.raises(NitroError, match=r"^gw-a: GET systemfile in /var/tmp: .*the lock changes too fast to be read"):
        lease_files.newest_lease(session)
    assert reads == [lease_files.lease_name(0)] * lease_files.ATTEMPTS
