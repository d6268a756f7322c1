# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options that the files declare are those that the code knows."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import VIP_KINDS
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.closing_steps import LadderStep
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import Mode
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.new_entry import Form
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import (
    OnUnproven,
    Probes,
    Save,
    Unsaved,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.options import PROFILES
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.registry import kinds_with_rights
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.rights import Extra
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.option_files import (
    COMMON,
    declared_option,
    folders,
    names_of,
    names_of_page,
    options_of,
    page_options,
    read,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rights import with_rights

from tests.played_together import played_together

OF_CODE: dict[tuple[str, str], Iterable[object]] = {
    (COMMON, "unsaved"): Unsaved,
    (COMMON, "save"): Save,
    (COMMON, "mode"): Mode,
    (COMMON, "kinds"): VIP_KINDS,
    ("verbs/apply", "on_unproven"): OnUnproven,
    ("verbs/apply", "probes"): Probes,
    ("verbs/status", "probes"): Probes,
    ("verbs/node_local", "probes"): Probes,
    ("verbs/new_entry", "form"): Form,
    ("verbs/close", "step"): LadderStep,
    ("verbs/reopen", "step"): LadderStep,
    (COMMON, "profile"): PROFILES,
    ("verbs/bootstrap", "playbooks"): with_rights(),
    ("verbs/bootstrap", "measure_kinds"): kinds_with_rights(),
    ("verbs/bootstrap", "extras"): [one for one in Extra if one is not Extra.PARTITIONS],
}
"""The choices that code has too, in its order."""
TASKS = [(folder, task) for folder in folders() for task in read(folder).get("tasks", {})]


@pytest.mark.parametrize(("folder", "name"), OF_CODE)
def test_the_choices_are_those_of_the_code(folder: str, name: str) -> None:
    assert declared_option(folder, name)["choices"] == [*map(str, OF_CODE[folder, name])]


@played_together(("folder", "task"), TASKS)
def test_each_option_of_a_task_is_declared(folder: str, task: str) -> None:
    for name in names_of(folder, task):
        option = declared_option(folder, name)
        assert {"type", "description"} <= option.keys(), name
        assert "choices" not in option or "default" not in option or is_chosen(option["default"], option["choices"]), (
            name
        )


def is_chosen(default: object, choices: list[object]) -> bool:
    return all(each in choices for each in (default if isinstance(default, list) else [default]))


@pytest.mark.parametrize("folder", list(folders()))
def test_a_file_declares_nothing_that_nobody_takes(folder: str) -> None:
    found = read(folder)
    taken = {name for task in found.get("tasks", {}) for name in names_of(folder, task)} | {*names_of_page(folder)}
    listed = [name for entries in found.get("roles", {}).values() for names in entries.values() for name in names]
    taken |= {next(iter(name)) if isinstance(name, dict) else name for name in listed}
    if folder == COMMON:
        taken |= {name for each, task in TASKS for name in names_of(each, task) if name not in read(each)["options"]}
        taken |= {name for each, _task in TASKS for name, own in read(each)["options"].items() if "type" not in own}
        taken |= {name for names in found["groups"].values() for name in names}
        taken |= {name for each in folders() for name in names_of_page(each)}
    assert found["options"].keys() <= taken


def test_an_entry_without_a_type_changes_the_shared_option() -> None:
    assert declared_option("verbs/doctor", "records")["required"] is True
    assert (
        declared_option("verbs/doctor", "records")["description"] == declared_option(COMMON, "records")["description"]
    )
    assert "required" not in declared_option(COMMON, "records")


def test_an_action_gets_what_ansible_checks_and_no_text() -> None:
    assert options_of("hunt", "hunt")["ssh_password"] == {"type": "str", "default": "", "no_log": True}
    assert page_options("hunt").keys() == {"alerts", "fail_at", "catalogue", "indicators"}


def test_the_module_of_the_page_takes_the_options_of_all_pages() -> None:
    takes = options_of("pages", "fleet_page")
    for verb in takes["verb"]["choices"]:
        for name, option in page_options(verb).items():
            assert option["type"] == takes[name]["type"], name
            assert {*option.get("choices", ())} <= {*takes[name].get("choices", ())}, name
