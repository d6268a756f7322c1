# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Signatures in the form of OpenSSH: its own ssh-keygen accepts ours, and we accept its."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.signing_key import (
    public_line,
    signing_key,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.sshsig import (
    KEY_TYPE,
    SECURITY_KEY_TYPE,
    fingerprint,
    parse_signature,
    public_key_blob,
    sign,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

NAMESPACE = "tourniquet-record"
MESSAGE = b'{"a":1}\x00\xff'


def ssh_keygen(*arguments: str, message: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    assert shutil.which("ssh-keygen"), "install OpenSSH's client: apt install openssh-client"
    return subprocess.run(["ssh-keygen", *arguments], input=message, capture_output=True, check=False, timeout=60)


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "state" / "record_key"
    signing_key(path)
    return path


@pytest.fixture
def allowed(tmp_path: Path, key: Path) -> Path:
    path = tmp_path / "allowed_signers"
    path.write_text(f"night@control-1 {public_line(signing_key(key))}\n")
    return path


@pytest.mark.parametrize("message", [b"", MESSAGE, b"x" * 100_000])
def test_ssh_keygen_accepts_what_we_sign(tmp_path: Path, key: Path, allowed: Path, message: bytes) -> None:
    signature = tmp_path / "signature"
    signature.write_text(sign(signing_key(key), message, NAMESPACE))
    arguments = ("-Y", "verify", "-f", str(allowed), "-I", "night@control-1", "-s", str(signature), "-n")
    found = ssh_keygen(*arguments, NAMESPACE, message=message)
    assert found.returncode == 0, found.stderr
    assert b"Good " in found.stdout
    assert fingerprint(public_key_blob(signing_key(key).public_key())).encode() in found.stdout
    assert ssh_keygen(*arguments, NAMESPACE, message=message + b"!").returncode != 0
    assert ssh_keygen(*arguments, "tourniquet-approval", message=message).returncode != 0


@pytest.mark.parametrize("algorithm", ["sha512", "sha256"])
def test_we_accept_what_ssh_keygen_signs(key: Path, algorithm: str) -> None:
    made = ssh_keygen("-Y", "sign", "-O", f"hashalg={algorithm}", "-f", str(key), "-n", NAMESPACE, message=MESSAGE)
    assert made.returncode == 0, made.stderr
    signature = parse_signature(made.stdout.decode())
    assert signature.public_key == public_key_blob(signing_key(key).public_key())
    assert signature.covers(MESSAGE, NAMESPACE)
    assert not signature.covers(MESSAGE + b"!", NAMESPACE)
    assert not signature.covers(MESSAGE, "tourniquet-approval")


def test_the_armor_is_that_of_ssh_keygen(key: Path) -> None:
    """Ed25519 signs the same message in the same way each time, so both must agree to the last byte."""
    made = ssh_keygen("-Y", "sign", "-f", str(key), "-n", NAMESPACE, message=MESSAGE)
    assert sign(signing_key(key), MESSAGE, NAMESPACE) == made.stdout.decode()


def test_a_signature_of_another_key_type_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ecdsa"
    ssh_keygen("-q", "-t", "ecdsa", "-N", "", "-f", str(path))
    made = ssh_keygen("-Y", "sign", "-f", str(path), "-n", NAMESPACE, message=MESSAGE)
    with pytest.raises(InvalidInput, match="not by a key of the type ssh-ed25519"):
        parse_signature(made.stdout.decode())


def test_every_changed_byte_is_noticed(key: Path) -> None:
    armored = sign(signing_key(key), MESSAGE, NAMESPACE)
    begin, *lines, end, _empty = armored.split("\n")
    blob = base64.b64decode("".join(lines))
    for position in range(len(blob)):
        changed = bytearray(blob)
        changed[position] ^= 1
        text = "\n".join([begin, base64.b64encode(changed).decode(), end])
        try:
            accepted = parse_signature(text).covers(MESSAGE, NAMESPACE)
        except InvalidInput:
            accepted = False
        assert not accepted, position


@pytest.mark.parametrize(
    "armored",
    [
        "",
        "no signature",
        "-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----",
        "-----BEGIN SSH SIGNATURE-----\n!!!!\n-----END SSH SIGNATURE-----",
        "-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\n-----END SSH SIGNATURE-----",
        "-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAf////8=\n-----END SSH SIGNATURE-----",
        "-----BEGIN SSH SIGNATURE-----\nü\n-----END SSH SIGNATURE-----",
        "x" * 1_000_000,
    ],
)
def test_what_is_no_signature_is_refused(armored: str) -> None:
    with pytest.raises(InvalidInput, match="signature"):
        parse_signature(armored)


# -- a security key, as PROTOCOL.u2f of OpenSSH describes it; ssh-keygen checks our signatures without the device -----------------


def text(value: bytes) -> bytes:
    return struct.pack(">I", len(value)) + value


def security_key_signature(flags: int = 1, application: bytes = b"ssh:") -> tuple[str, str]:
    """A public key, as a line of text, and the signature that a security key with it makes."""
    key = Ed25519PrivateKey.generate()
    public = text(SECURITY_KEY_TYPE.encode()) + text(key.public_key().public_bytes_raw()) + text(application)
    signed = b"SSHSIG" + text(NAMESPACE.encode()) + text(b"") + text(b"sha512") + text(hashlib.sha512(MESSAGE).digest())
    authenticator = bytes([flags]) + struct.pack(">I", 7)
    raw = key.sign(hashlib.sha256(application).digest() + authenticator + hashlib.sha256(signed).digest())
    blob = b"SSHSIG" + struct.pack(">I", 1) + text(public) + text(NAMESPACE.encode()) + text(b"") + text(b"sha512")
    blob += text(text(SECURITY_KEY_TYPE.encode()) + text(raw) + authenticator)
    armored = base64.b64encode(blob).decode()
    lines = [armored[start : start + 70] for start in range(0, len(armored), 70)]
    line = f"{SECURITY_KEY_TYPE} {base64.b64encode(public).decode()}"
    return line, "\n".join(["-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----", ""])


def test_the_signature_of_a_security_key_counts_where_it_may_and_for_ssh_keygen_too(tmp_path: Path) -> None:
    line, armored = security_key_signature()
    signature = parse_signature(armored, (KEY_TYPE, SECURITY_KEY_TYPE))
    assert signature.covers(MESSAGE, NAMESPACE)
    assert not signature.covers(MESSAGE + b"!", NAMESPACE)
    assert not signature.covers(MESSAGE, "file")
    assert not dataclasses.replace(signature, authenticator=b"\x01\0\0\0\x08").covers(MESSAGE, NAMESPACE)
    (tmp_path / "allowed").write_text(f"alice {line}\n")
    (tmp_path / "signature").write_text(armored)
    files = ("-f", str(tmp_path / "allowed"), "-I", "alice", "-s", str(tmp_path / "signature"))
    found = ssh_keygen("-Y", "verify", "-n", NAMESPACE, *files, message=MESSAGE)
    assert found.returncode == 0, found.stderr


def test_a_security_key_signs_no_record_and_nothing_untouched() -> None:
    with pytest.raises(InvalidInput, match="not by a key of the type ssh-ed25519"):
        parse_signature(security_key_signature()[1])
    with pytest.raises(InvalidInput, match="nobody touched the security key"):
        parse_signature(security_key_signature(flags=0)[1], (SECURITY_KEY_TYPE,))
