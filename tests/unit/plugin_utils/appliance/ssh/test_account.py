# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The account and the host keys of the nodes are checked before anything is sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.ssh.account import SshAccount
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

from tests.played_together import played_together

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFfEyvpeDPDi4qD3ugy1LuMTUvwJtJ+3m+hmAI5GJnB1"
GOOD: dict[str, Any] = {"user": "shell", "password": "s3cret", "key_file": None, "port": 22, "host_keys": [KEY]}


def account_of(options: dict[str, Any], *, shares_an_address: bool = False) -> SshAccount:
    return SshAccount.from_options("gw-a", options, shares_an_address=shares_an_address)


def test_a_right_account_is_taken_and_shows_no_password() -> None:
    account = account_of({**GOOD, "host_keys": [f"{KEY} root@ns", KEY]})
    assert account.host_keys == (KEY,)
    assert "s3cret" not in repr(account)


def test_a_key_is_taken_in_place_of_a_password(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.touch()
    account = account_of({**GOOD, "password": "", "key_file": str(key)})
    assert account.key_file == str(key)


@played_together(
    ("changes", "problem"),
    [
        ({"user": ""}, "node_local_user is missing"),
        ({"user": "-oProxyCommand=x"}, "node_local_user is no name of an administrator"),
        ({"user": "a b"}, "node_local_user is no name"),
        ({"password": ""}, "node_local_password and node_local_key_file are both missing"),
        ({"key_file": "/etc/hosts"}, "are both set"),
        ({"password": "", "key_file": "/nonexistent"}, "names /nonexistent, which is no file"),
        ({"password": "a\nb"}, "has a line end"),
        ({"port": 0}, "node_local_port is no port"),
        ({"port": 65536}, "node_local_port is no port"),
        ({"host_keys": []}, "node_local_host_keys is missing, so no node can be trusted"),
        ({"host_keys": ["ssh-ed25519"]}, "no public host key"),
        ({"host_keys": ["ssh-ed25519 notbase64!"]}, "no public host key"),
        ({"host_keys": [KEY.replace("ssh-ed25519", "ssh-rsa")]}, "no public host key"),
        ({"host_keys": ["@cert-authority " + KEY]}, "no public host key"),
        ({"host_keys": [f"{KEY} a b"]}, "no public host key"),
        ({"host_keys": [KEY] * 17}, "more than 16 keys"),
    ],
)
def test_a_wrong_account_names_host_variable_and_fix(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem) as caught:
        account_of({**GOOD, **changes})
    assert str(caught.value).startswith("gw-a: node_local_")
    assert str(caught.value).endswith("Nothing was sent.")
    assert "s3cret" not in str(caught.value)


def test_nodes_behind_one_address_are_not_reached() -> None:
    """One port of SSH leads to one of them: the other one would be said to have been looked at, or be written to twice."""
    with pytest.raises(
        InvalidInput, match=r"gw-a: netscaler_nodes has one address for both nodes, .* Nothing was sent\."
    ):
        account_of(GOOD, shares_an_address=True)


@pytest.mark.parametrize(
    ("port", "is_one"), [(-1, False), (0, False), (1, True), (65535, True), (65536, False), (70000, False)]
)
def test_a_port_is_from_1_to_65535(port: int, is_one: bool) -> None:
    if is_one:
        assert account_of({**GOOD, "port": port}).port == port
    else:
        with pytest.raises(InvalidInput, match="is no port"):
            account_of({**GOOD, "port": port})
