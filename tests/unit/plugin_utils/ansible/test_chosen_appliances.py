# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a command line chooses: each way to choose nothing, or not what was said, is an error with its fix."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible import constants
from ansible.parsing.dataloader import DataLoader
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.chosen_appliances import (
    ChosenAppliances,
    known_inventory,
    require_all_tasks,
    require_limit,
    require_no_limit,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.inventory_sources import require_read
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet_sources.refused_lists import REASONS
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

from tests.accepted import accepted
from tests.played_together import played_together

GROUPS = {
    "all": ["gw-a", "gw-b", "gw c", "web"],
    "ungrouped": [],
    "netscalers": ["gw-a", "gw-b", "gw c"],
    "amsterdam": ["gw-a"],
    "empty": [],
    "webservers": ["web"],
}


def chosen(*target: str, limit: str = "", groups: dict[str, list[str]] = GROUPS) -> list[str]:
    inventory = known_inventory(DataLoader(), groups, limit)
    return ChosenAppliances(inventory, ["inventory/mine"], target, limit).patterns()


def refusal(*target: str, limit: str = "", groups: dict[str, list[str]] = GROUPS) -> str:
    with pytest.raises(InvalidInput) as refused:
        chosen(*target, limit=limit, groups=groups)
    text = str(refused.value)
    assert text.startswith("the inventory inventory/mine has ")
    assert text.endswith(" Nothing was sent.")
    return text


@pytest.mark.parametrize("limit", ["", " ", ",", " , ", "@{directory}/none", "@{directory}/blank"])
def test_a_limit_that_names_nothing_is_not_the_whole_fleet(tmp_path: Path, limit: str) -> None:
    (tmp_path / "none").write_text("", encoding="utf-8")
    (tmp_path / "blank").write_text("\n  \n", encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"names no host, and to Ansible that is no limit.*Nothing was sent\.$"):
        require_limit(limit.format(directory=tmp_path))
    require_limit(None)
    require_limit("gw-a")


@played_together(
    ("target", "limit"),
    [
        (("netscalers",), ""),
        (("netscalers",), "amsterdam"),
        (("netscalers",), "gw-a,gw-b"),
        (("netscalers",), "!gw-a"),
        (("netscalers:!amsterdam",), ""),
        (("netscalers,&amsterdam",), ""),
        (("gw-*",), ""),
        (("~gw-.",), ""),
        (("netscalers[0]",), ""),
        (("gw-a", "gw-b"), ""),
        (("all",), ""),
    ],
)
def test_a_choice_that_matches_is_left_as_it_is(target: tuple[str, ...], limit: str) -> None:
    assert chosen(*target, limit=limit) == [*target]


def test_the_name_of_a_host_is_not_divided() -> None:
    assert chosen("gw c") == [r"~gw\x20c\Z"]


@played_together(
    ("target", "limit", "texts"),
    [
        ("netscaler", "", ["no host or group 'netscaler'. Did you mean netscalers?", "Correct the inventory or -e target=..."]),
        ("gw-a,gw-x", "", ["no host or group 'gw-x'. Did you mean gw-b or gw-a?"]),
        ("netscalers:!gw-x", "", ["no host or group 'gw-x'"]),
        ("zzz", "", ["no host or group 'zzz'. Correct", "the groups are all (4), amsterdam (1), empty (0), netscalers (3)"]),
        ("gw-?x", "", ["no host or group 'gw-?x'"]),
        ("empty", "", ["no host in the group empty. Correct the inventory or -e target=..."]),
        ("", "", ["no host for the target ''"]),
        (",", "", ["no host for the target ','"]),
        ("netscalers:!netscalers", "", ["no host for the target 'netscalers:!netscalers'"]),
        ("netscalers", "gw-x,gw-a", ["no host or group 'gw-x'. Did you mean", "Correct the inventory or --limit"]),
        ("netscalers", "!gw-x", ["no host or group 'gw-x'"]),
        ("netscalers", "empty,gw-a", ["no host in the group empty"]),
        ("netscalers", "webservers", ["--limit webservers leaves none of the 3 hosts of netscalers"]),
        ("amsterdam", "gw-b", ["--limit gw-b leaves none of the 1 hosts of amsterdam"]),
    ],
)  # fmt: skip
def test_a_choice_that_matches_nothing_is_refused(target: str, limit: str, texts: list[str]) -> None:
    said = refusal(target, limit=limit)
    for text in texts:
        assert text in said


def test_an_empty_inventory_is_refused() -> None:
    said = refusal("netscalers", groups={"all": [], "ungrouped": [], "netscalers": []})
    assert "has no host. Name the inventory of your appliances with -i." in said


def test_a_file_of_the_limit_is_read(tmp_path: Path) -> None:
    names = tmp_path / "apply.retry"
    names.write_text("gw-a\n\ngw-gone\n", encoding="utf-8")
    assert "no host or group 'gw-gone'" in refusal("netscalers", limit=f"@{names}")
    names.write_text("gw-a\n\n", encoding="utf-8")
    assert chosen("netscalers", limit=f"@{names}") == ["netscalers"]


def test_names_that_cannot_be_used_are_named_all_at_once() -> None:
    names = ["gw-a", "netscalers", "gw\x1b[2J", "gw{{ 1 }}", "ungrouped"]
    said = refusal("netscalers", groups={**GROUPS, "netscalers": names, "all": names})
    for text in (
        "'netscalers' is the name of a group too",
        "'ungrouped' is the name of a group too",
        r"'gw\x1b[2J' holds a character that cannot be shown",
        "'gw{{ 1 }}' holds a template",
    ):
        assert text in said
    assert "'gw-a'" not in said
    many = [f"gw{{{{ {number} }}}}" for number in range(30)]
    assert "and 20 more" in refusal("netscalers", groups={**GROUPS, "netscalers": many, "all": many})


def test_names_of_hosts_that_are_not_chosen_do_not_matter() -> None:
    groups = {**GROUPS, "all": [*GROUPS["all"], "webservers"], "webservers": ["webservers"]}
    assert chosen("netscalers", groups=groups) == ["netscalers"]


@pytest.mark.parametrize(("limit", "given"), [("gw-a", " gw-a"), ("", ""), ("\x1bgw", " \\x1bgw")])
def test_what_asks_no_appliance_has_no_limit(limit: str, given: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        require_no_limit(limit)
    assert str(refused.value) == f"this playbook asks no appliance here, so leave out --limit{given}. Nothing was done."
    require_no_limit(None)
    require_no_limit("localhost")


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        ({"tags": ["night"]}, "--tags night"),
        ({"tags": ["tagged"]}, "--tags tagged"),
        ({"skip_tags": ["untagged", "x"]}, "--skip-tags untagged,x"),
        ({"skip_tags": ["all"]}, "--skip-tags all"),
        ({"start_at_task": "Decide"}, "--start-at-task"),
    ],
)
def test_options_that_leave_tasks_out_are_refused(arguments: dict[str, Any], option: str) -> None:
    with pytest.raises(InvalidInput, match=f"^{option} leaves out tasks of this playbook"):
        require_all_tasks(arguments)


@pytest.mark.parametrize("arguments", [{}, {"tags": ["all"]}, {"tags": ["x", "untagged"]}, {"skip_tags": ["x"]}])
def test_options_that_leave_none_out_are_not(arguments: dict[str, Any]) -> None:
    with accepted():
        require_all_tasks(arguments)


def test_a_source_that_cannot_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "inventory"
    (folder / "group_vars").mkdir(parents=True)
    (folder / "group_vars" / "all.yml").write_text("mitigation: x\n", encoding="utf-8")
    (folder / "hosts.yml").write_text("netscalers: {hosts: {gw-a: {}}}\n", encoding="utf-8")
    (folder / "notes.md").write_text("not an inventory\n", encoding="utf-8")
    sources = [str(folder), "gw-x,gw-y"]
    require_read(DataLoader(), sources)
    (folder / "more.yml").write_text("netscalers:\n  hosts\n    gw-b:\n", encoding="utf-8")
    with pytest.raises(InvalidInput, match=rf"not read completely, so appliances may be missing: {folder}/more.yml\."):
        require_read(DataLoader(), sources)
    (folder / "more.yml").unlink()
    (folder / "allowed_signers").write_text("a@b ssh-ed25519 AAAA\n", encoding="utf-8")
    with pytest.raises(
        InvalidInput, match=r"allowed_signers and revoked_keys belong beside the directory of the inventory"
    ):
        require_read(DataLoader(), sources)
    with pytest.raises(InvalidInput, match=rf"^there is no inventory {tmp_path}/typo\. Name yours with -i\."):
        require_read(DataLoader(), [*sources, str(tmp_path / "typo")])
    # Ansible itself has ended the run then.
    monkeypatch.setattr(constants, "INVENTORY_ANY_UNPARSED_IS_FAILED", True)
    require_read(DataLoader(), sources)


def test_a_list_that_was_refused_says_why_in_the_last_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "mine.fleet.yml"
    source.write_text("plugin: nothing\n", encoding="utf-8")
    other = tmp_path / "more.yml"
    other.write_text("- no inventory\n", encoding="utf-8")
    monkeypatch.setitem(REASONS, str(source), "fleet.csv:3: '\x1b' is not a NetScaler build")
    with pytest.raises(InvalidInput) as raised:
        require_read(DataLoader(), [str(source)])
    assert f"{source}. fleet.csv:3: '\\x1b' is not a NetScaler build. Correct it" in str(raised.value)
    with pytest.raises(
        InvalidInput, match=r"is not a NetScaler build\. The warnings above say what is wrong there\. Correct"
    ):
        require_read(DataLoader(), [str(source), str(other)])
