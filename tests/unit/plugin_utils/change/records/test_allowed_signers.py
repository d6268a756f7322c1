# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The list of allowed signers means what it means to ssh-keygen."""

from __future__ import annotations

import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.allowed_signers import (
    parse_allowed_signers,
    read_allowed_signers,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.signing_key import (
    public_line,
    signing_key,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.sshsig import sign
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

from tests.played_together import played_together

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGFubnVhbCBrZXkgZm9yIGEgdGVzdCBvZiBsaXN0cyE9"
RSA = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAAwEAAQ=="
RECORD = "tourniquet-record"
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _time_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


@pytest.mark.parametrize(
    ("line", "principals"),
    [
        (f"night@control-1 {KEY}", "night@control-1"),
        (f"  night@control-1   {KEY} a comment", "night@control-1"),
        (f'"night shift@control-1" {KEY}', "night shift@control-1"),
        (f"one@a,two@b {KEY}", "one@a,two@b"),
        (f'night@control-1 namespaces="tourniquet-record" {KEY}', "night@control-1"),
        (f'night@control-1 namespaces="git,tourniquet-*" {KEY}', "night@control-1"),
        (f'night@control-1 NAMESPACES="git,tourniquet-?ecord",valid-after="20260115" {KEY}', "night@control-1"),
        (f'night@control-1 valid-before="20260115120000Z",valid-after="20260115120000Z" {KEY}', "night@control-1"),
        (f'night@control-1 valid-before="202601151200Z" {KEY}', "night@control-1"),
    ],
)
def test_a_key_counts(line: str, principals: str) -> None:
    (signer,) = parse_allowed_signers(f"# a comment\n\n{line}\n", "the list")
    assert (signer.principals, signer.refusal(RECORD, NOON)) == (principals, "")


@pytest.mark.parametrize(
    ("options", "refusal"),
    [
        ('namespaces="git"', "may not sign for tourniquet-record"),
        ('namespaces="tourniquet-approval"', "may not sign for tourniquet-record"),
        ('namespaces="*,!tourniquet-record"', "may not sign for tourniquet-record"),
        ('namespaces="tourniquet-[r]ecord"', "may not sign for tourniquet-record"),
        ('valid-after="20260116"', "valid only after 2026-01-16 00:00 UTC"),
        ('valid-before="20260115"', "was valid only until 2026-01-15 00:00 UTC"),
        ('valid-before="20260115115959Z"', "was valid only until 2026-01-15 11:59 UTC"),
    ],
)
def test_a_key_does_not_count(options: str, refusal: str) -> None:
    (signer,) = parse_allowed_signers(f"night@control-1 {options} {KEY}", "the list")
    assert refusal in signer.refusal(RECORD, NOON)


@played_together(
    ("line", "problem"),
    [
        (f"night@control-1 cert-authority {KEY}", "cert-authority is not supported"),
        (f'night@control-1 namespaces="git",cert-authority {KEY}', "cert-authority is not supported"),
        (f"night@control-1 verify-required {KEY}", "its option verify-required is not known"),
        (f"night@control-1 namespaces {KEY}", "its option namespaces is not known"),
        (f'night@control-1 namespaces="a",namespaces="b" {KEY}', "namespaces is there twice"),
        (f'night@control-1 valid-before="tomorrow" {KEY}', "tomorrow is not a time"),
        (f'night@control-1 valid-before="20261340" {KEY}', "unconverted data|does not match|out of range"),
        ("night@control-1", "less than three fields"),
        ("night@control-1 ssh-ed25519 &&&", "not base64"),
        ("night@control-1 ssh-ed25519 AAAA", "not of the type ssh-ed25519"),
        (KEY, "has no public key|less than three"),
    ],
)
def test_a_line_that_is_not_understood_is_an_error(line: str, problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem) as raised:
        parse_allowed_signers(f"{RSA and f'other@x {RSA}'}\n{line}", "/etc/signers")
    assert str(raised.value).startswith("/etc/signers, line 2: ")


def test_a_time_that_no_utc_time_is_the_same_as_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    with pytest.raises(InvalidInput, match=r"^the list, line 1: date value out of range\."):
        parse_allowed_signers(f'night@control-1 valid-before="99991231235959" {KEY}', "the list")


def test_a_list_that_is_not_there_has_no_signers(tmp_path: Path) -> None:
    assert read_allowed_signers(tmp_path / "allowed_signers") == ()


def test_a_list_that_others_may_write_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "allowed_signers"
    path.write_text(f"night@control-1 {KEY}\n")
    assert len(read_allowed_signers(path)) == 1
    path.chmod(0o664)
    with pytest.raises(InvalidInput, match=r"has the mode 0664: others may write to it.*chmod go-w"):
        read_allowed_signers(path)


@pytest.mark.parametrize(
    "options",
    [
        "",
        'namespaces="tourniquet-*"',
        'namespaces="git"',
        'namespaces="*,!tourniquet-record"',
        'valid-after="20260115"',
        'valid-after="20260116"',
        'valid-before="20260116"',
        'valid-before="20260115"',
        'valid-after="20260101",valid-before="20260201120000"',
    ],
)
def test_ssh_keygen_is_of_the_same_opinion(tmp_path: Path, options: str) -> None:
    key = signing_key(tmp_path / "record_key")
    signers, signature = tmp_path / "allowed_signers", tmp_path / "signature"
    signers.write_text(f"night@control-1 {options} {public_line(key)}\n")
    signature.write_text(sign(key, b"message", RECORD))
    command = ["ssh-keygen", "-Y", "verify", "-f", signers, "-I", "night@control-1", "-n", RECORD, "-s", signature]
    command += [f"-Overify-time={NOON:%Y%m%d%H%M%S}"]
    theirs = subprocess.run(command, input=b"message", capture_output=True, check=False, timeout=60)
    (signer,) = read_allowed_signers(signers)
    assert (signer.refusal(RECORD, NOON) == "") == (theirs.returncode == 0), theirs.stderr
