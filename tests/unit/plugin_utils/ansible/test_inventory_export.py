# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Values of the command line as the export of the inventory has them, and the files with passwords of vaults."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible import constants, context
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible.template import trust_as_template
from ansible.utils.context_objects import CLIArgs
from ansible.utils.vars import load_extra_vars
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.inventory_export import (
    as_exported,
    vault_password_files,
)


def test_an_encrypted_value_of_the_command_line_stays_so_and_a_text_stays_none_of_a_template(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = VaultSecret(b"of the vault")
    encrypted = VaultLib([("default", secret)]).encrypt("n1ght", secret).decode()
    file = tmp_path / "extra.yml"
    vault = "".join(f"      {line}\n" for line in encrypted.splitlines())
    file.write_text(
        f"accounts:\n  - password: !vault |\n{vault}\nname: !unsafe '{{{{ x }}}}'\nsite: '{{{{ y }}}}'\nn: 1\n",
        encoding="utf-8",
    )
    words = map(
        trust_as_template, (f"@{file}", "a={{ b }}", '{"c": "{{ d }}"}')
    )  # as the parser of the command line does
    monkeypatch.setattr(context, "CLIARGS", CLIArgs({"extra_vars": tuple(words)}))
    monkeypatch.delattr(load_extra_vars, "extra_vars", raising=False)
    loader = DataLoader()
    loader.set_vault_secrets([("default", secret)])
    exported = as_exported(load_extra_vars(loader))
    monkeypatch.delattr(load_extra_vars, "extra_vars", raising=False)
    ((account,), *others) = exported.pop("accounts"), exported
    assert account == {"password": {"__ansible_vault": encrypted}}, others
    assert exported == {
        "name": {"__ansible_unsafe": "{{ x }}"},
        "site": "{{ y }}",
        "n": 1,
        "a": "{{ b }}",
        "c": "{{ d }}",
    }


def test_the_password_files_of_vaults_are_those_of_the_command_line_and_the_configuration(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(constants, "DEFAULT_VAULT_IDENTITY_LIST", ["night@/srv/night"], raising=False)
    monkeypatch.setattr(constants, "DEFAULT_VAULT_PASSWORD_FILE", "/srv/default", raising=False)
    given = {"vault_ids": ("ams@prompt", "utr@/srv/utr", "/srv/plain"), "vault_password_files": ["/srv/given"]}
    assert vault_password_files(given) == [
        *("prompt", "/srv/utr", "/srv/plain", "/srv/night"),
        *("/srv/given", "/srv/default"),
    ]
    monkeypatch.setattr(constants, "DEFAULT_VAULT_IDENTITY_LIST", [], raising=False)
    monkeypatch.setattr(constants, "DEFAULT_VAULT_PASSWORD_FILE", None, raising=False)
    assert vault_password_files({}) == []
