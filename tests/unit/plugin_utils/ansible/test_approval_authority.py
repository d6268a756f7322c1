# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who says who may approve: each way in which the person who applies could bring a list, records or a key is refused, with the fix."""

from __future__ import annotations

import os
import pwd
import re
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.approval_authority import (
    Authority,
    authority_of,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.approvals.digests import (
    digest_of_demand,
    digest_of_list,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.default_paths import default_directory

DEMAND = "tourniquet_approvals: {apply: 1}\n"


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return path


class Place:
    """An inventory that demands approvals, with its list, and the person who applies."""

    def __init__(self, directory: Path) -> None:
        self.source = write(directory / "prod" / "hosts.yml", "")
        self.demand = write(directory / "prod" / "group_vars" / "all.yml", DEMAND)
        self.signers = write(directory / "prod" / "allowed_signers", "# alice\n")
        self.own = write(directory / "own" / "hosts.yml", "")
        self.sources = [self.source]
        self.inventory_dir = str(self.source.parent)

    def variables(self, **more: Any) -> dict[str, Any]:
        """As Ansible reads them: each value with the file that it is from."""
        named = {
            "records": "/srv/records",
            "tourniquet_record_key": "/srv/key",
            "inventory_dir": self.inventory_dir,
            **more,
        }
        read = DataLoader().load_from_file(str(self.demand))
        return {**read, "ansible_inventory_sources": list(map(str, self.sources)), **named}

    def found(self, role: str = "measure", listed: Path | None = None, **more: Any) -> Authority:
        variables = self.variables(**more)
        records = variables["records"] or default_directory("records", [self.source])
        options = {"records": str(records), "allowed_signers": str(listed or self.signers)}
        return authority_of(variables, options, role)

    def refusal(self, role: str = "measure", listed: Path | None = None, **more: Any) -> str:
        with pytest.raises(InvalidInput) as found:
            self.found(role, listed, **more)
        assert str(found.value).endswith("Nothing was sent.")
        return str(found.value)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", pwd.getpwuid(os.getuid()).pw_dir)
    return Place(tmp_path)


@pytest.mark.parametrize("kind", ["file", "directory"])
def test_the_list_is_that_beside_the_source_that_demands(place: Place, kind: str) -> None:
    if kind == "directory":
        place.sources = [place.source.parent]
        place.signers.unlink()
        place.signers = write(place.source.parents[1] / "allowed_signers", "# alice\n")
    expected = Authority(place.signers, digest_of_demand({"apply": 1}), digest_of_list(place.signers))
    assert place.found() == expected
    place.sources.append(place.own)  # other appliances, and no list beside them
    assert place.found() == expected
    place.sources.reverse()
    assert place.found() == expected


def test_another_list_is_refused_wherever_it_is(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = write(place.own.parent / "allowed_signers", "# mallory\n")
    wrong = f"{mine} is another list of allowed signers than {place.signers}"
    assert wrong in place.refusal(listed=mine)
    place.sources = [place.own, place.source]
    assert wrong in place.refusal()
    place.sources = [place.source]
    monkeypatch.setenv("TOURNIQUET_STATE_DIRECTORY", str(mine.parent))
    assert wrong in place.refusal(listed=mine)
    write(mine, "# alice\n")
    assert place.found(listed=mine).signers == place.signers
    mine.unlink()
    assert place.found(listed=mine).signers == place.signers


def test_a_second_source_does_not_bring_a_revoked_key_back(place: Place) -> None:
    """It demands the same, has the same list beside it, and no file of revoked keys."""
    revoked = write(place.signers.with_name("revoked_keys"), "# alice\n")
    write(place.own.parent / "allowed_signers", "# alice\n")
    place.demand = write(place.own.parent / "group_vars" / "all.yml", DEMAND)
    place.sources = [place.source, place.own]
    mine = place.own.parent / "revoked_keys"
    assert f"{revoked} is another list of revoked keys than {mine}" in place.refusal()
    write(mine, "# alice\n")
    assert place.found().signers == place.own.parent / "allowed_signers"


def test_no_list_beside_it_is_no_reason_to_take_another(place: Place) -> None:
    mine = write(place.own.parent / "allowed_signers", "# mallory\n")
    place.signers.unlink()
    place.sources = [place.own, place.source]
    assert f"{mine} is another list" in place.refusal()


def test_a_link_to_the_inventory_moves_nothing(place: Place, tmp_path: Path) -> None:
    link = tmp_path / "far" / "mine" / "hosts.yml"
    link.parent.mkdir(parents=True)
    link.symlink_to(place.source)
    place.sources = [link]
    assert f"the inventory {link} is reached by a link to {place.source}: " in place.refusal()
    link.unlink()
    link.parent.rmdir()
    link.parent.symlink_to(place.source.parent)  # what is beside it is the same, but not what is above it
    for source, real in ((link, place.source), (link.parent, place.source.parent)):
        place.sources = [source]
        assert f"the inventory {source} is reached by a link to {real}: " in place.refusal()
    near = tmp_path / "mine"
    near.symlink_to(place.source.parent)
    place.sources = [near / "hosts.yml"]
    assert place.found().listed == digest_of_list(place.signers)


def test_the_demand_is_in_the_inventory_and_no_template(place: Place) -> None:
    place.sources = [place.own]
    assert f"tourniquet_approvals is set in {place.demand}" in place.refusal()
    place.sources = []
    assert "which is not part of the inventory that -i names: set it there" in place.refusal()
    place.sources = [place.source]
    template = {"apply": "{{ wanted }}"}
    assert "tourniquet_approvals holds a template" in place.refusal(tourniquet_approvals=template)


def test_where_the_source_is_not_known_all_lists_must_be_equal(place: Place) -> None:
    """As of a dynamic inventory: its values have no file."""
    plain = {"tourniquet_approvals": {"apply": 1}}
    assert place.found(**plain).signers == place.signers
    place.sources = [place.source, place.own]
    assert f"{place.own.parent / 'allowed_signers'} is another list" in place.refusal(**plain)
    place.sources = []
    assert "is set in no file" in place.refusal(**plain)


@pytest.mark.parametrize(
    "value",
    [
        *("records", "./records", "~/records", "$HOME/records", "/srv/$USER", "{{ base }}/records", "/srv/{{ base }}"),
        *("{{ lookup('env', 'X') }}", "{{ playbook_dir }}/../records", "{{ inventory_dir + mine }}/x"),
    ],
)
def test_what_the_person_who_applies_could_move_is_refused(place: Place, value: str) -> None:
    for name in ("records", "records", "records"):
        text = f"{name} is {value!r}: where tourniquet_approvals demands approvals, write an absolute path"
        assert text in place.refusal(**{"records": None, name: value})
    assert f"tourniquet_record_key is {value!r}: " in place.refusal(tourniquet_record_key=value)


def test_another_source_of_the_inventory_moves_no_records(place: Place) -> None:
    """It only lists the appliance too, and is named first: then Ansible calls its directory that of the inventory."""
    place.sources = [place.own, place.source]
    named = {"records": "{{ inventory_dir }}/records", "inventory_dir": str(place.own.parent)}
    text = f"and inventory_dir is {place.own.parent}, which is not that of {place.source}"
    assert text in place.refusal(**named)
    assert text in place.refusal(tourniquet_record_key="{{ inventory_dir }}/key", inventory_dir=str(place.own.parent))
    assert place.found(**{**named, "inventory_dir": str(place.source.parent)}).signers == place.signers
    mine, theirs = place.own.parent / "records", default_directory("records", [place.source])
    mine.mkdir()
    options = {"records": str(mine), "allowed_signers": str(place.signers)}
    with pytest.raises(InvalidInput, match=f"the records would be in {mine}, beside another source of the inventory"):
        authority_of(place.variables(records=None), options, "measure")
    assert authority_of(place.variables(records=None), {**options, "records": str(theirs)}, "measure")


def test_paths_that_nobody_moves(place: Place) -> None:
    for value in ("/srv/records", "{{ inventory_dir }}/records", "{{inventory_dir}}/{{ inventory_hostname }}/x"):
        assert place.found(records=value, tourniquet_record_key=value).signers == place.signers


def test_the_environment_names_neither_records_nor_key(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    default = {"records": None, "tourniquet_record_key": None}
    assert place.found(**default).signers == place.signers
    for variable in ("TOURNIQUET_STATE_DIRECTORY", "XDG_STATE_HOME", "HOME"):
        with monkeypatch.context() as changed:
            changed.setenv(variable, str(place.own.parent))
            key = place.refusal(tourniquet_record_key=None)
            assert f"the key of the records is in a state directory that {variable} names. Where " in key
            assert (
                f"tourniquet_record_key: /..., or give the same command without that variable, env -u {variable} ..."
                in key
            )
            assert place.found().signers == place.signers
    monkeypatch.setattr(pwd, "getpwuid", unknown_account)
    assert "the key of the records is in a state directory" in place.refusal(tourniquet_record_key=None)


def unknown_account(_uid: int) -> Any:
    raise KeyError


def test_records_in_a_state_directory_are_named_in_the_inventory(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOURNIQUET_STATE_DIRECTORY", str(place.own.parent))
    options = {"records": str(place.own.parent / "records"), "record_key": "/srv/key"}
    for role in ("measure", ""):
        with pytest.raises(
            InvalidInput, match=re.escape("the records are in a state directory that TOURNIQUET_STATE_DIRECTORY names.")
        ):
            authority_of(place.variables(records=None), options, role)
    assert authority_of(place.variables(), options, "measure").signers == place.signers


def test_a_link_in_the_place_of_the_list_is_not_followed(place: Place) -> None:
    place.signers.unlink()
    place.signers.symlink_to(write(place.own.parent / "allowed_signers", "# mallory\n"))
    with pytest.raises(InvalidInput, match="allowed_signers is a link, which is not followed"):
        place.found()
