# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A pin is written only where a person has compared it, and never over another one."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.pins import (
    PinFile,
    plan_pins,
    remember,
    remember_new,
)

NODE, OTHER = "192.0.2.1:443", "192.0.2.2:443"
A, B = "a" * 64, "b" * 64
PIN_A, PIN_B = ":".join(["AA"] * 32), ":".join(["BB"] * 32)
"""The two as openssl prints them."""
DAY = date(2026, 11, 28)


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    remember("gw", {NODE: A})


@pytest.fixture
def inventory(tmp_path: Path) -> Path:
    (tmp_path / "inventory" / "host_vars").mkdir(parents=True)
    return tmp_path / "inventory"


def plan(inventory: Path, host: str = "gw", seen: dict[str, str] | None = None, by: str = "J. Jansen") -> PinFile:
    return plan_pins(inventory, host, {NODE: A} if seen is None else seen, by, DAY)


def test_a_new_file_has_the_pin_and_who_compared_it(inventory: Path) -> None:
    change = plan(inventory)
    assert not change.path.exists(), "nothing is written by the plan"
    change.write()
    assert (inventory / "host_vars" / "gw.yml").read_text() == (
        f'---\n# compared by J. Jansen on 2026-11-28\nnetscaler_certificate_pin: ["{PIN_A}"]\n'
    )


@pytest.mark.parametrize("name", ["gw", "gw.yml", "gw.yaml"])
def test_the_file_that_ansible_reads_is_extended_and_keeps_its_rest_and_rights(inventory: Path, name: str) -> None:
    path = inventory / "host_vars" / name
    before = "# ours\nnetscaler_site: x  # here\nnetscaler_password: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  61\n"
    path.write_text(before.rstrip())
    path.chmod(0o640)
    plan(inventory).write()
    assert path.read_text().startswith(before)
    assert path.stat().st_mode & 0o777 == 0o640
    assert [entry.name for entry in path.parent.iterdir()] == [name]


def test_nobody_reads_the_variables_of_a_host_while_they_are_written(
    inventory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, victim = inventory / "host_vars", inventory / "victim"
    (folder / "gw.yml").write_text("netscaler_password: s3cret\n")
    (folder / "gw.yml").chmod(0o600)
    (folder / ".gw.yml.tmp").symlink_to(victim)
    seen: list[int] = []
    chmod = Path.chmod
    monkeypatch.setattr(
        Path, "chmod", lambda path, mode: (seen.append(path.stat().st_mode & 0o777), chmod(path, mode))[1]
    )
    plan(inventory).write()
    assert seen == [0o600]
    assert not victim.exists(), "a link that lies there is not followed"


def test_a_directory_of_the_host_gets_a_file_of_its_own(inventory: Path) -> None:
    (inventory / "host_vars" / "gw").mkdir()
    plan(inventory).write()
    pins = yaml.safe_load((inventory / "host_vars" / "gw" / "certificate_pin.yml").read_text())
    assert pins == {"netscaler_certificate_pin": [PIN_A]}


def test_both_nodes_of_a_pair_are_pinned(inventory: Path) -> None:
    remember("gw", {NODE: A, OTHER: B})
    plan(inventory, seen={NODE: A, OTHER: B}).write()
    assert f'["{PIN_A}", "{PIN_B}"]' in (inventory / "host_vars" / "gw.yml").read_text()


@pytest.mark.parametrize("by", ["", "  ", "J.\nnetscaler_password: x"])
def test_a_person_must_be_named(inventory: Path, by: str) -> None:
    with pytest.raises(InvalidInput, match="write_pins needs the person who has compared the fingerprints"):
        plan(inventory, by=by)


def test_a_fingerprint_that_was_not_shown_cannot_have_been_compared(inventory: Path) -> None:
    with pytest.raises(InvalidInput, match=f"the fingerprint of {OTHER} was not shown before this run"):
        plan(inventory, seen={NODE: A, OTHER: B})


def test_a_refused_run_has_shown_the_fingerprint_of_a_new_node_and_excuses_no_other_one(inventory: Path) -> None:
    remember_new("gw", {NODE: B, OTHER: B})
    assert plan(inventory, seen={NODE: A, OTHER: B}).after.count(PIN_B) == 1
    with pytest.raises(InvalidInput, match=f"^ALARM: the certificate of {NODE} is another one"):
        plan(inventory, seen={NODE: B, OTHER: B})


def test_another_certificate_than_the_one_that_was_shown_is_an_alarm(inventory: Path) -> None:
    with pytest.raises(
        InvalidInput, match=f"^ALARM: the certificate of {NODE} is another one than the one that was shown"
    ):
        plan(inventory, seen={NODE: B})


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (f"netscaler_certificate_pin: {B}\n", "a pin is never replaced"),
        ("$ANSIBLE_VAULT;1.1;AES256\n6162\n", "is encrypted"),
        ("- a list\n", "holds no variables"),
        ("{netscaler_site: x}\n", "cannot be extended"),
        ("a: |\n  text\n...\n", "cannot be extended|does not fit the end"),
        ("a: [1\n", "cannot be extended"),
        ("a text\n", "cannot be extended|holds no variables"),
    ],
)
def test_a_file_that_cannot_be_extended_stays(inventory: Path, text: str, problem: str) -> None:
    path = inventory / "host_vars" / "gw.yml"
    path.write_text(text)
    with pytest.raises(InvalidInput, match=problem):
        plan(inventory)
    assert path.read_text() == text


def test_a_link_or_json_is_left_alone(inventory: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.yml").write_text("a: 1\n")
    (inventory / "host_vars" / "gw.yml").symlink_to(tmp_path / "elsewhere.yml")
    with pytest.raises(InvalidInput, match="is no regular file"):
        plan(inventory)
    (inventory / "host_vars" / "gw.yml").unlink()
    (inventory / "host_vars" / "gw.json").write_text("{}")
    with pytest.raises(InvalidInput, match="is JSON"):
        plan(inventory)


def test_a_host_name_is_no_path(inventory: Path) -> None:
    remember("../gw", {NODE: A})
    with pytest.raises(InvalidInput, match="no name of a file"):
        plan(inventory, host="../gw")
