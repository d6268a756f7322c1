# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A file that goes with each job holds no secret of a known form; one that is encrypted as a whole may go."""

from __future__ import annotations

from pathlib import Path
from time import process_time

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.sent_files import files_to_send
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

ENCRYPTED = "$ANSIBLE_VAULT;1.1;AES256\n6131\n"
CA = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


def written(place: Path, name: str, content: str) -> str:
    path = place / name
    path.write_text(content, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("ca.pem", CA),
        ("netscaler_password", ENCRYPTED),
        ("vault.yml", ENCRYPTED),
        ("vars.yml", "netscaler_site: ams\nnetscaler_password: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  61\n"),
        ("vars.json", "{\"netscaler_password\": \"{{ lookup('file', '/srv/p') }}\"}"),
        ("list.txt", "token ring\npasswords are elsewhere: yes\n"),
        ("list.yml", "- a\n- b\n"),
        ("broken.yml", "a: [b\n"),
    ],
)
def test_a_file_without_a_readable_secret_is_sent_under_its_name(tmp_path: Path, name: str, content: str) -> None:
    assert files_to_send([written(tmp_path, name, content)]) == {name: tmp_path / name}


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("id_ed25519", "-----BEGIN OPENSSH PRIVATE KEY-----\nn1ght\n", "has a private key"),
        ("both.pem", CA + "-----BEGIN RSA PRIVATE KEY-----\nn1ght\n", "has a private key"),
        ("key.ppk", "PuTTY-User-Key-File-3: ssh-ed25519\n", "has a private key"),
        ("client.p12", "n1ght", "has a private key"),
        ("vault_password", "n1ght\n", "is a secret by its name"),
        (".vault_pass", "n1ght\n", "is a secret by its name"),
        ("netscaler_password.txt", "n1ght\n", "is a secret by its name"),
        ("login", "machine gw login night password n1ght\n", "has a password"),
        ("proxies", "https://night:n1ght@proxy.example.com\n", "has a password"),
        ("environment", "export NETSCALER_PASSWORD=n1ght\n", "has NETSCALER_PASSWORD as text"),
        (
            "hosts.ini",
            "[all]\ngw ansible_host=192.0.2.1\n[all:vars]\nnetscaler_password = n1ght\n",
            "has netscaler_password as text",
        ),
        ("vars.yml", "accounts:\n  - {user: a, password: n1ght}\n", "has a secret that is readable"),
        ("unsafe.yml", "netscaler_password: !unsafe n1ght\n", "has a secret that is readable"),
        ("env.yml", "netscaler_password: \"{{ lookup('env', 'A') }}\"\n", "or is looked up in the environment"),
    ],
)
def test_a_file_with_a_secret_is_refused(tmp_path: Path, name: str, content: str, problem: str) -> None:
    with pytest.raises(InvalidInput, match=rf"{name} in slice_files .*{problem}.*Nothing was sent\.$") as raised:
        files_to_send([written(tmp_path, name, content)])
    assert "n1ght" not in str(raised.value).replace(str(tmp_path), "")


def test_a_password_file_of_a_vault_of_this_run_is_refused_whatever_it_is_called(tmp_path: Path) -> None:
    own = written(tmp_path, "notes", "n1ght\n")
    (tmp_path / "link").symlink_to(own)
    with pytest.raises(InvalidInput, match="link in slice_files is a password file of a vault"):
        files_to_send([str(tmp_path / "link")], [own])


def test_a_file_that_cannot_be_read_is_named_before_anything_is_sent(tmp_path: Path) -> None:
    with pytest.raises(
        InvalidInput,
        match=r"ca\.pem cannot be sent to an execution node \(No such file.*Correct slice_files\. Nothing was sent",
    ):
        files_to_send([str(tmp_path / "ca.pem")])


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    """They go into one directory: each appliance would get the certificate of the second one."""
    (tmp_path / "ams").mkdir()
    (tmp_path / "utr").mkdir()
    names = [written(tmp_path / site, "ca.pem", CA) for site in ("ams", "utr")]
    with pytest.raises(InvalidInput) as refused:
        files_to_send(names)
    assert str(refused.value) == (
        f"{names[0]} and {names[1]} in slice_files have the same name, and go beside the inventory of each job: rename one of them. Nothing was sent."
    )
    assert files_to_send([names[0], names[0]]) == {"ca.pem": tmp_path / "ams" / "ca.pem"}


def test_no_file_takes_the_place_of_the_inventory_of_a_job(tmp_path: Path) -> None:
    name = written(tmp_path, "hosts.json", "{}")
    with pytest.raises(InvalidInput) as refused:
        files_to_send([name])
    assert (
        str(refused.value)
        == f"{name} in slice_files has the name of the inventory of each job: rename it. Nothing was sent."
    )


def test_a_file_of_one_long_line_is_looked_at_at_once(tmp_path: Path) -> None:
    """Such as Base64 without line breaks: each letter may begin the scheme of an address."""
    name = written(tmp_path, "list.txt", "x" * (1024 * 1024))
    began = process_time()
    assert files_to_send([name]) == {"list.txt": tmp_path / "list.txt"}
    assert process_time() - began < 10
