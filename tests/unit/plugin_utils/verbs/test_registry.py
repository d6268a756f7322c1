# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The declarations of the verbs, and what the tree has of them."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.base import TourniquetAction
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.verb import Shown, Sliced
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.registry import (
    NAMES,
    SHARED,
    all_verbs,
    declared,
    is_report,
    only_reads,
    shown_as,
    shows_message_first,
    verb_of,
)

ROOT = Path(__file__).resolve().parents[4]
MOST_MODULES = 20


def names(chosen: Any) -> list[str]:
    return [verb.name for verb in all_verbs() if chosen(verb)]


def test_each_verb_is_declared_under_the_name_of_its_folder() -> None:
    assert [verb.name for verb in all_verbs()] == [*NAMES]
    folders = ROOT / "plugins" / "plugin_utils" / "verbs"
    assert {path.parent.name for path in folders.glob("*/verb.py")} - {"common"} == {*NAMES}


def test_each_playbook_and_each_module_belongs_to_one_verb() -> None:
    assert {*names(lambda verb: verb.is_playbook)} == {path.stem for path in (ROOT / "playbooks").glob("*.yml")}
    modules = {path.stem for path in (ROOT / "plugins" / "modules").glob("*.py")}
    assert sorted([*SHARED, *(task for verb in all_verbs() for task in verb.tasks)]) == sorted(modules)
    assert all(verb_of(task) is verb for verb in all_verbs() for task in verb.tasks)
    assert verb_of("copy") is None


def test_each_role_of_a_verb_is_there() -> None:
    roles = {path.name for path in (ROOT / "roles").iterdir()}
    assert {verb.role_name for verb in all_verbs() if verb.tasks} <= roles


def test_a_verb_says_for_which_measures_it_reads_the_whole_catalogue() -> None:
    measures = ("", "recommended", "cve_2019_19781")
    found = {name: [one for one in measures if declared(name).reads_whole_catalogue(one)] for name in NAMES}
    assert found["hunt"] == found["retire"] == [*measures]
    assert found["apply"] == ["recommended"]
    assert found["status"] == ["", "recommended"]
    assert found["rollback"] == []


def test_what_is_sliced_is_rolled_out_unless_it_reads() -> None:
    sliced = {*names(lambda verb: verb.sliced not in (Sliced.NO, Sliced.READS))}
    assert sliced <= {*names(lambda verb: verb.is_rolled_out)}
    assert {*names(lambda verb: verb.sliced in (Sliced.CLOSES, Sliced.OPENS))} == {
        *names(lambda verb: verb.needs_scope)
    }


def test_each_action_on_an_appliance_has_the_declaration_of_its_verb() -> None:
    modules = {path.stem for path in (ROOT / "plugins" / "action").glob("*.py")}
    package = "ansible_collections.tourniquet.netscaler.plugins.action"
    actions = {name: import_module(f"{package}.{name}").ActionModule for name in sorted(modules)}
    on_appliances = {name: one for name, one in actions.items() if issubclass(one, TourniquetAction)}
    assert {name: one.VERB for name, one in on_appliances.items()} == {name: verb_of(name) for name in on_appliances}


def test_a_declaration_is_loaded_once() -> None:
    assert declared("hunt") is declared("hunt")


def test_what_is_shown_of_the_tasks_of_others_is_up_to_ansible() -> None:
    assert shown_as("tourniquet.netscaler.fleet_page") is Shown.FINDINGS
    assert shown_as("ansible.builtin.copy") is shown_as("hunt") is Shown.AS_ANSIBLE


def test_the_report_of_a_verb_that_only_reads_says_that_nothing_was_changed() -> None:
    names = ("plan", "status", "hunt", "evidence", "ledger", "apply", "sliced", "letters", "their_own")
    assert [name for name in names if only_reads(name)] == ["plan", "status", "hunt", "ledger"]


def test_the_lines_of_a_report_are_known_by_their_variable() -> None:
    assert is_report("audit_report")
    assert is_report("consent_result.report")
    assert not is_report("their_report")


def test_what_was_done_comes_before_its_verdict_where_the_declaration_says_so() -> None:
    assert shows_message_first("rollback")
    assert not shows_message_first("apply")
    assert not shows_message_first("")


def test_a_declaration_loads_no_other_one_and_no_code_that_carries_a_verb_out() -> None:
    """A start loads the declarations of the tasks that it meets: those of all verbs would be 6 ms."""
    code = (
        "import sys; from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs import registry; "
        "registry.shown_as('tourniquet.netscaler.hunt'); print(*sorted(name for name in sys.modules if '.plugin_utils.' in name))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT / ".collections", capture_output=True, text=True, check=True
    ).stdout
    loaded = {name.partition(".plugin_utils.")[2] for name in shown.split()}
    assert {name for name in loaded if name.endswith(".verb")} == {"verbs.common.verb", "verbs.hunt.verb"}
    assert len(loaded) <= MOST_MODULES
