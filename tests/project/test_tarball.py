# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The tarball of the collection has what a control node needs and nothing that lies about in the tree."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.state_directory import is_installed

from tests.architecture.tarball import NAMES
from tests.documentation.tracked import copy_tree, tracked
from tests.installation import build, install

DIRT = (
    "records/gw/20200115T020000.000000Z-0123456789.json",
    "plans/20200115T020000Z-x/gw.json",
    "cache/compiled-x.json",
    "reports/impact/gw.json",
    "learnt/gw/index.yml",
    "allowed_signers",
    "record_key",
    "vault-pass",
    ".vault_pass.txt",
    ".env",
    ".vscode/settings.json",
    "id_ed25519",
    "ca.pem",
    "server.key",
    "backup.tar.gz",
    "tourniquet-netscaler-0.0.9.tar.gz",
    "core",
    "notes.txt",
    "hosts.yml",
    "host_vars/gw.yml",
    "group_vars/all/vault.yml",
    "inventory/prod/hosts.yml",
    "inventory/prod/host_vars/gw/vault.yml",
    "playbooks/host_vars/gw.yml",
    "playbooks/group_vars/all.yml",
    "playbooks/records/gw/x.json",
    "playbooks/mine.yml",
    "playbooks/vault-pass",
    "playbooks/apply.yml.bak",
    "plugins/.env",
    "plugins/action/server.key",
    "plugins/action/.secret.py",
    "plugins/mine/secret.py",
    "plugins/plugin_utils/nitro/dump.json",
    "roles/mine/vars/main.yml",
    "roles/audit/vars/vault.yml",
    "roles/audit/files/id_rsa",
    "roles/audit/tasks/main.yml.retry",
    "templates/mine/own.yml",
    "docs/report.html",
    "docs/records/gw.json",
    "docs/group_vars/all.yml",
    "changelogs/fragments/mine.yml",
    "meta/vault-pass",
    "Zoë.md",
    "README.md.orig",
    "pluginsx/x.py",
    "plug/x.py",
)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What git has, with everything that a user of this tree may leave in it, and its links."""
    tree = tmp_path_factory.mktemp("tree")
    copy_tree(tree)
    for name in DIRT:
        path = tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        assert not path.exists(), name
        path.write_text("not to be shared", encoding="utf-8")
    return tree


@pytest.fixture(scope="module")
def tarball(tree: Path) -> Path:
    return build(tree, tree.parent / "built")


@pytest.mark.only_in_all
def test_the_tarball_of_a_dirty_tree_has_what_git_has_of_it_and_nothing_else(tarball: Path) -> None:
    with tarfile.open(tarball) as content:
        packed = {member.name for member in content.getmembers() if not member.isdir()}
    allowed = [name for name in tracked() if name.partition("/")[0] in NAMES[""]]
    wanted = {name for name in allowed if not name.startswith("changelogs/fragments/")}
    assert packed - wanted == {"MANIFEST.json", "FILES.json"}
    assert wanted - packed == set(), "allow what is new in tests/architecture/tarball.py, then: make docs"
    assert {"plugins/action/apply.py", "playbooks/signer.yml", "roles/audit/tasks/main.yml", "README.md"} <= packed


def test_no_directory_of_a_user_is_in_it_either(tarball: Path) -> None:
    with tarfile.open(tarball) as content:
        directories = {member.name for member in content.getmembers() if member.isdir()}
    unwanted = {
        "records",
        "plans",
        "cache",
        "reports",
        "learnt",
        "inventory",
        "tests",
        "playbooks/records",
        "plugins/mine",
    }
    assert not directories & unwanted
    assert not {name for name in directories if "host_vars" in name or "group_vars" in name or "/." in name}


def test_what_is_installed_from_it_is_known_as_installed(tarball: Path, tree: Path) -> None:
    assert is_installed(install(tarball, tree.parent / "installed"))
    assert not is_installed(tree)
