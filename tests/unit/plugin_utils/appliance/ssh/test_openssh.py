# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The client is bounded in time and size, trusts pinned keys only, and gets the password where nobody else sees it.

In place of ssh a script is the first one in the path; the real client is played in tests/engine/test_node_local.py.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.ssh import openssh
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.ssh.account import SshAccount
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.ssh.openssh import (
    LARGEST_OUTPUT,
    run_command,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    CannotConnect,
    InvalidInput,
    OutcomeUnknown,
)

ASKS = """"$SSH_ASKPASS" "shell@tourniquet-node's password: "; "$SSH_ASKPASS" "(shell@tourniquet-node) Password:\""""
ACCOUNT = SshAccount("shell", ("ssh-ed25519 AAAA",), "s3cret", port=2222, timeout=20.0)


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory of the program ssh, which a test writes."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    return tmp_path


def write(client: Path, script: str) -> None:
    program = client / "ssh"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o700)


def test_input_and_output_are_passed_on(client: Path) -> None:
    write(client, "cat; echo said >&2; exit 3")
    output = run_command(ACCOUNT, "10.1.0.11", "shell x", b"a\0b" * 50_000)
    assert (output.data, output.status, output.is_whole, output.reason) == (b"a\0b" * 50_000, 3, True, "said")


def test_what_decides_about_trust_is_on_the_command_line(client: Path) -> None:
    write(client, 'printf "%s\\n" "$@"; for w; do case $w in UserKnownHostsFile=*) cat "${w#*=}";; esac; done')
    words = run_command(ACCOUNT, "10.1.0.11", "shell x", b"").data.decode().splitlines()
    assert {"StrictHostKeyChecking=yes", "GlobalKnownHostsFile=/dev/null", "UpdateHostKeys=no"} < set(words)
    assert {"ForwardAgent=no", "ClearAllForwardings=yes", "PermitLocalCommand=no", "ControlPath=none"} < set(words)
    assert words[-2:] == ["shell x", "tourniquet-node ssh-ed25519 AAAA"]
    assert words[-9:-2] == ["BatchMode=no", "-l", "shell", "-p", "2222", "--", "10.1.0.11"]


def test_the_password_is_read_from_the_askpass_program_only(client: Path) -> None:
    write(client, 'env; printf "%s\\n" "$@"; echo ---; ' + ASKS)
    before, _mark, asked = run_command(ACCOUNT, "10.1.0.11", "shell x", b"").data.decode().partition("---\n")
    assert asked == "s3cret\ns3cret\n"
    assert "s3cret" not in before
    assert "SSH_ASKPASS_REQUIRE=force" in before


@pytest.mark.parametrize(
    "prompt",
    [
        "shell@jump.example's password: ",
        "(shell@jump.example) Password: ",
        "(me@jump.example) shell@tourniquet-node's password: ",
        "(me@jump.example) (shell@tourniquet-node) Password: ",
        "me@tourniquet-node's password: ",
        "shell@tourniquet-node's password: x",
        "Enter passphrase for key '/keys/own': ",
    ],
)
def test_a_jump_host_that_asks_gets_no_password(client: Path, prompt: str) -> None:
    write(client, f'"$SSH_ASKPASS" "{prompt}"; echo $?')
    assert run_command(ACCOUNT, "10.1.0.11", "shell x", b"").data == b"1\n"


def test_the_password_is_in_no_file(client: Path) -> None:
    write(client, 'd=$(dirname "$SSH_ASKPASS"); ls -l "$d"; find "$d" -type f -exec cat {} +; stat -c %a "$d"')
    shown = run_command(ACCOUNT, "10.1.0.11", "shell x", b"").data.decode()
    assert "s3cret" not in shown
    assert shown.endswith("700\n")


def test_a_key_asks_for_nothing(client: Path) -> None:
    write(client, 'printf "%s\\n" "$@"; env')
    account = replace(ACCOUNT, password="", key_file="/keys/own")
    words = run_command(account, "10.1.0.11", "shell x", b"").data.decode().splitlines()
    assert {"/keys/own", "IdentitiesOnly=yes", "BatchMode=yes", "PreferredAuthentications=publickey"} < set(words)
    assert not any(word.startswith("SSH_ASKPASS") for word in words)


def test_endless_output_ends_at_the_bound(client: Path) -> None:
    write(client, "yes")
    output = run_command(ACCOUNT, "10.1.0.11", "shell x", b"")
    assert (len(output.data), output.is_whole, output.status) == (LARGEST_OUTPUT, False, None)


def test_an_endless_error_is_bounded_too(client: Path) -> None:
    write(client, "yes error | head -c 5000000 >&2; echo '\033[2J' >&2; echo done")
    output = run_command(ACCOUNT, "10.1.0.11", "shell x", b"")
    assert (output.data, output.is_whole, output.reason) == (b"done\n", True, "er")


def test_a_silent_node_ends_at_the_time(client: Path) -> None:
    write(client, "sleep 60 & echo begin; wait")
    output = run_command(replace(ACCOUNT, timeout=0.5), "10.1.0.11", "shell x", b"")
    assert (output.data, output.is_whole, output.status) == (b"begin\n", False, None)
    write(client, "sleep 60")
    with pytest.raises(OutcomeUnknown, match=r"no output within 0\.2 s"):
        run_command(replace(ACCOUNT, timeout=0.2), "10.1.0.11", "shell x", b"")


def test_a_refused_log_on_says_why_in_one_escaped_line(client: Path) -> None:
    write(client, r"printf 'banner\nPermission denied\033[1m (password).\n' >&2; exit 255")
    with pytest.raises(CannotConnect) as caught:
        run_command(ACCOUNT, "10.1.0.11", "shell x", b"")
    assert str(caught.value) == r"no SSH session with 10.1.0.11 as shell: Permission denied\x1b[1m (password)."


def test_without_a_client_the_run_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openssh.shutil, "which", lambda _name: None)
    with pytest.raises(InvalidInput, match="install the OpenSSH client"):
        run_command(ACCOUNT, "10.1.0.11", "shell x", b"")
