# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where a user's files are kept: beside the inventory, else in the state directory, and never inside an installed collection."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.state_directory import (
    is_installed,
    state_directory,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common import default_paths
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.default_paths import (
    default_allowed_signers,
    default_directory,
    default_places,
    require_outside_collections,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.role_variables import plans_directory
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.task import rollout_of


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("TOURNIQUET_STATE_DIRECTORY", raising=False)
    return tmp_path / "state" / "tourniquet"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    project = tmp_path / "clone"
    (project / "inventory" / "demo").mkdir(parents=True)
    (project / "inventory" / "demo" / "hosts.yml").touch()
    (project / "galaxy.yml").touch()
    return project


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    project = tmp_path / "ansible_collections" / "tourniquet" / "netscaler"
    project.mkdir(parents=True)
    for name in ("MANIFEST.json", "FILES.json"):
        (project / name).touch()
    return project


@pytest.fixture
def inventory(tmp_path: Path) -> Path:
    path = tmp_path / "customers" / "prod" / "hosts.yml"
    path.parent.mkdir(parents=True)
    path.touch()
    return path


def test_a_clone_keeps_its_records_with_its_inventory(clone: Path) -> None:
    for source in (clone / "inventory" / "demo", clone / "inventory" / "demo" / "hosts.yml"):
        assert default_directory("records", [source], clone) == clone / "records"
    assert default_directory("records", [], clone) == clone / "records"


def test_a_clone_with_an_inventory_elsewhere_keeps_what_it_has(clone: Path, inventory: Path) -> None:
    assert default_directory("records", [inventory], clone) == inventory.parent / "records"
    (clone / "records").mkdir()
    assert default_directory("records", [inventory], clone) == clone / "records", "records of before are found"


def test_of_an_installed_collection_they_are_beside_the_inventory(installed: Path, inventory: Path) -> None:
    assert default_directory("records", [inventory], installed) == inventory.parent / "records"
    # What is inside a directory that is the inventory, Ansible would read as inventory.
    assert default_directory("records", [inventory.parent], installed) == inventory.parent.parent / "records"
    assert default_directory("reports/impact", [inventory], installed) == inventory.parent / "reports" / "impact"


def test_both_ways_to_name_an_inventory_find_the_same_records(installed: Path, inventory: Path) -> None:
    (inventory.parent.parent / "records").mkdir()
    for source in (inventory, inventory.parent):
        assert default_directory("records", [source], installed) == inventory.parent.parent / "records"


def test_without_an_inventory_they_are_in_the_state_directory(
    installed: Path, inventory: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert default_directory("records", [], installed) == state / "records"
    monkeypatch.setattr(
        default_paths.os, "access", lambda path, _mode: not Path(path).is_relative_to(inventory.parents[1])
    )
    assert default_directory("records", [inventory], installed) == state / "records"


def test_records_inside_an_installed_collection_are_an_error_with_the_command_that_moves_them(
    installed: Path, inventory: Path
) -> None:
    (installed / "records" / "gw").mkdir(parents=True)
    with pytest.raises(InvalidInput) as raised:
        default_directory("records", [inventory], installed)
    assert str(raised.value) == (
        f"{installed}/records is inside an installed collection, and the next installation deletes it. Move it: "
        f"mkdir -p '{inventory.parent}' && mv '{installed}/records' '{inventory.parent}/records'. Nothing was sent."
    )


def test_a_directory_inside_an_installed_collection_is_refused(installed: Path, clone: Path) -> None:
    for path in (installed, installed / "records", installed / "a" / ".." / "plans"):
        with pytest.raises(InvalidInput, match=r"^records is .*, which is inside the installed collection "):
            require_outside_collections("records", str(path))
    link = clone / "link"
    link.symlink_to(installed)
    with pytest.raises(InvalidInput, match="inside the installed collection"):
        require_outside_collections("records", str(link / "records"))
    require_outside_collections("records", str(clone / "records"))
    require_outside_collections("records", str(installed.parent / "records"))


def test_a_clone_below_a_path_of_collections_is_no_installation(tmp_path: Path) -> None:
    project = tmp_path / "ansible_collections" / "tourniquet" / "netscaler"
    project.mkdir(parents=True)
    (project / "galaxy.yml").touch()
    assert not is_installed(project)
    assert not is_installed(default_paths.PROJECT), (
        "this working tree, which Ansible finds by a link below .collections"
    )


def test_the_list_of_signers_is_beside_the_inventory(inventory: Path, state: Path) -> None:
    assert default_allowed_signers([inventory]) == inventory.parent / "allowed_signers"
    assert default_allowed_signers([inventory.parent]) == inventory.parent.parent / "allowed_signers"
    (inventory.parent.parent / "allowed_signers").touch()
    assert default_allowed_signers([inventory]) == inventory.parent.parent / "allowed_signers"
    assert default_allowed_signers([]) == state / "allowed_signers"


def test_what_a_variable_names_needs_no_default(installed: Path, inventory: Path) -> None:
    (installed / "records" / "gw").mkdir(parents=True)
    variables = {"ansible_inventory_sources": (str(inventory), "gw-a,", "/nowhere")}
    assert default_places(["allowed_signers"], variables, installed) == {
        "allowed_signers": str(inventory.parent / "allowed_signers")
    }


def rendered(_name: str, value: Any) -> Any:
    return value


def test_plans_of_an_installed_playbook_are_beside_the_inventory(installed: Path, inventory: Path) -> None:
    variables = {"playbook_dir": str(installed / "playbooks"), "ansible_inventory_sources": (str(inventory),)}
    assert plans_directory(variables, rendered) == os.path.realpath(inventory.parent / "plans")
    with pytest.raises(InvalidInput, match=r"^plans is .*, which is inside the installed collection"):
        plans_directory({**variables, "plans": str(installed / "plans")}, rendered)


def test_plans_of_a_playbook_elsewhere_are_beside_its_directory(clone: Path) -> None:
    variables = {"playbook_dir": str(clone / "playbooks")}
    assert plans_directory(variables, rendered) == os.path.realpath(clone / "plans")


@pytest.mark.parametrize("value", ["", "relative/path"])
def test_a_state_directory_that_is_not_absolute_does_not_count(
    value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", value)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert state_directory() == tmp_path / ".local" / "state" / "tourniquet"


def test_a_named_state_directory_has_everything(
    inventory: Path, installed: Path, clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    volume = tmp_path / "volume"
    volume.mkdir()
    monkeypatch.setenv("TOURNIQUET_STATE_DIRECTORY", str(volume))
    for project in (installed, clone):
        assert default_directory("records", [inventory], project) == volume / "records"
        assert default_directory("records", [], project) == volume / "records"
    assert default_allowed_signers([inventory]) == volume / "allowed_signers"
    assert state_directory() == volume
    for playbooks in (installed / "playbooks", tmp_path / "project"):
        assert plans_directory({"playbook_dir": str(playbooks)}, lambda _name, value: value) == str(volume / "plans")


def test_a_named_state_directory_that_does_not_exist_is_refused(
    inventory: Path, installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOURNIQUET_STATE_DIRECTORY", str(tmp_path / "volume"))
    for place in (lambda: default_directory("records", [inventory], installed), lambda: default_allowed_signers([])):
        with pytest.raises(
            InvalidInput,
            match=r"volume, which does not exist: mount a volume there that outlives the container.* Nothing was sent\.$",
        ):
            place()


@pytest.mark.parametrize("named", ["", "state", "./state"])
def test_a_relative_state_directory_does_not_count(
    inventory: Path, clone: Path, named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOURNIQUET_STATE_DIRECTORY", named)
    assert default_directory("records", [inventory], clone) == inventory.parent / "records"


def test_a_directory_of_plans_with_a_nul_character_is_refused() -> None:
    """Python says of it only "embedded null byte", without the variable."""
    named = {"playbook_dir": "/srv/playbooks", "plans": "/srv/a\0b"}
    with pytest.raises(InvalidInput, match=r"^plans has a NUL character\. Write it without\. Nothing was sent\.$"):
        plans_directory(named, lambda _name, value: value)
    with pytest.raises(InvalidInput, match=r"^plans has a NUL character"):
        rollout_of({"plans": "/srv/a\0b"})
