# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The tarball of the collection has what a control node needs and nothing that lies about in the tree."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from collections.abc import Iterable
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.state_directory import is_installed

from release.tarball import build_tarball
from tests.documentation.tracked import commit_all, copy_tree
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
    "host_vars/gw.yml",
    "group_vars/all/vault.yml",
    "inventory/prod/hosts.yml",
    "inventory/prod/host_vars/gw/vault.yml",
    "playbooks/host_vars/gw.yml",
    "playbooks/group_vars/all.yml",
    "playbooks/records/gw/x.json",
    "playbooks/vault-pass",
    "playbooks/apply.yml.bak",
    "plugins/.env",
    "plugins/action/server.key",
    "plugins/action/.secret.py",
    "plugins/mine/secret.py",
    "plugins/plugin_utils/appliance/nitro/dump.json",
    "roles/audit/vars/vault.yml",
    "roles/audit/files/id_rsa",
    "roles/audit/tasks/main.yml.retry",
    "docs/report.html",
    "docs/records/gw.json",
    "docs/group_vars/all.yml",
    "changelogs/fragments/mine.yml",
    "meta/vault-pass",
    "README.md.orig",
)
"""What runs leave in a clone, and what has the name of a secret or of a copy: neither way to build packs it."""
STRAYS = (
    "core",
    "notes.txt",
    "hosts.yml",
    "playbooks/mine.yml",
    "roles/mine/vars/main.yml",
    "templates/mine/own.yml",
    "Zoë.md",
    "pluginsx/x.py",
    "plug/x.py",
)
"""Files with names that say nothing: only ``make release`` is sure to leave them out."""
IGNORED = "records/gw/20200115T020000.000000Z-0123456789.json"
CHANGED = "playbooks/plan.yml"
SECRET = b"not to be shared"


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean clone, with its links."""
    clone = tmp_path_factory.mktemp("clean") / "clone"
    copy_tree(clone)
    commit_all(clone)
    return clone


@pytest.fixture(scope="module")
def dirty(tmp_path_factory: pytest.TempPathFactory, clone: Path) -> Path:
    """A clone with everything that a user may leave in it, and a change of a file that git has."""
    dirty = tmp_path_factory.mktemp("dirty") / "clone"
    subprocess.run(["git", "clone", "--quiet", clone, dirty], check=True, timeout=60)
    for name in (*DIRT, *STRAYS):
        path = dirty / name
        path.parent.mkdir(parents=True, exist_ok=True)
        assert not path.exists(), name
        path.write_bytes(SECRET)
    with (dirty / CHANGED).open("ab") as changed:
        changed.write(b"# " + SECRET)
    return dirty


@pytest.fixture(scope="module")
def released(dirty: Path) -> Path:
    """The tarball of ``make release``, if it didn't refuse the tree."""
    return build_tarball(dirty, dirty.parent / "released")


def packed(tarball: Path) -> dict[str, bytes]:
    """Return the files of a tarball and their content, without the lists that ansible-galaxy adds."""
    with tarfile.open(tarball) as archive:
        files = {one.name: archive.extractfile(one) for one in archive.getmembers() if not one.isdir()}
        content = {name: file.read() for name, file in files.items() if file}
    del content["MANIFEST.json"], content["FILES.json"]
    return content


def directories(tarball: Path) -> set[str]:
    with tarfile.open(tarball) as archive:
        return {one.name for one in archive.getmembers() if one.isdir()}


def with_secret(files: dict[str, bytes]) -> Iterable[str]:
    return sorted(name for name, content in files.items() if SECRET in content)


@pytest.mark.only_in_all
def test_what_is_not_committed_is_not_in_the_tarball_of_a_release(released: Path, clone: Path) -> None:
    """Neither an untracked file, nor one that git ignores, nor a change of one that it has."""
    files = packed(released)
    assert with_secret(files) == []
    assert files == {name: (clone / name).read_bytes() for name in files}
    assert {
        "plugins/action/apply.py",
        "playbooks/signer.yml",
        "roles/audit/tasks/main.yml",
        "README.md",
    } <= files.keys()


@pytest.mark.only_in_all
def test_a_plain_build_of_a_clean_clone_has_the_same_content(released: Path, clone: Path) -> None:
    plain = build(clone, clone.parent / "built")
    assert packed(plain) == packed(released)
    assert directories(plain) == directories(released)


@pytest.mark.only_in_all
def test_a_plain_build_of_a_dirty_clone_has_only_what_no_short_list_can_name(dirty: Path) -> None:
    """docs/how-to/installed-collection.md says so."""
    assert with_secret(packed(build(dirty, dirty.parent / "built"))) == sorted([*STRAYS, CHANGED])


def test_a_release_refuses_a_tree_with_changes(dirty: Path) -> None:
    old = dirty / "build" / "release" / "tourniquet-netscaler-0.0.9.tar.gz"
    old.parent.mkdir(parents=True)
    old.write_bytes(b"an older release")
    done = subprocess.run(
        [sys.executable, "-m", "release"],
        cwd=dirty,
        env={**os.environ, "PYTHONPATH": str(dirty)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 1
    assert f"NOT READY: the tree has changes that are not committed: {CHANGED}, " in done.stderr
    assert (
        " more. A release is built from the last commit. Commit them, or put them aside with git stash" in done.stderr
    )
    assert IGNORED not in done.stderr
    assert not old.parent.exists(), "no tarball of another commit is mistaken for it"


@pytest.mark.only_in_all
def test_what_is_installed_from_it_is_known_as_installed(released: Path, dirty: Path) -> None:
    assert is_installed(install(released, dirty.parent / "installed"))
    assert not is_installed(dirty)
