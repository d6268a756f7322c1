# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files with passwords of vaults, by what a run was started with."""

from __future__ import annotations

import pytest
from ansible import constants
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.actions.inventory_export import vault_password_files


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
