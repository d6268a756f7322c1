# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The variable from which an option takes its value."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import EncryptedString
from ansible.template import Templar, trust_as_template
from ansible_collections.tourniquet.netscaler.plugins.action import (
    apply,
    audit,
    end_sessions,
    exported_status,
    lockdown,
    reopen,
    retire,
    rollback,
    status,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import VARIABLES
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.option_files import options_of_role
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.role_variables import (
    appliance_values,
    is_plain,
    option_values,
    require_no_stray_words,
    rollout_directory,
    settings_of,
    variable_name,
    whole_number,
    with_variable_names,
)

from tests.played_together import played_together

ROOT = Path(__file__).parents[5]
ROLES: dict[str, tuple[Any, ...]] = {
    "measure": (apply,),
    "rollback": (rollback,),
    "retire": (retire,),
    "end_sessions": (end_sessions,),
    "verify": (status, exported_status),
    "lockdown": (lockdown, reopen),
    "audit": (audit,),
}


def plain(_name: str, value: Any) -> Any:
    return value


def documented(role: str) -> dict[str, Any]:
    content = yaml.safe_load((ROOT / "roles" / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
    return {name: option for entry in content["argument_specs"].values() for name, option in entry["options"].items()}


@played_together(
    ("option", "role", "name"),
    [
        ("lock", "rollback", "lock"),
        ("adopt", "measure", "measure_adopt"),
        ("adopt", "bootstrap", "bootstrap_adopt"),
        ("catalogue", "measure", "catalogue_directory"),
        ("mitigation", "verify", "mitigation"),
        ("measure", "audit", "mitigation"),
        ("version", "measure", "mitigation_version"),
        ("priority", "verify", "measure_priority"),
        ("vips", "learn", "learn_vips"),
        ("vips", "lockdown", "vips"),
        ("force", "lockdown", "force"),
        ("drill", "rollout", "rollout_drill"),  # a node practises, and its rollout is none
        ("drill", "sliced", "drill"),
        ("on_box", "node_local", "on_box"),
        ("acknowledgements", "node_local", "tourniquet_acknowledgements"),
        ("state", "node_local", None),
        ("desired", "rollback", None),
    ],
)
def test_each_option_has_one_variable(option: str, role: str, name: str | None) -> None:
    assert variable_name(option, role) == name
    variables = {} if name is None else {name: "set"}
    assert option_values([option], role, variables | {f"{role}_x_{option}": "other"}, plain) == (
        {option: "set"} if name else {}
    )


def test_a_problem_names_the_variable_that_was_used() -> None:
    text = with_variable_names("value of force is bad", ["force"], "measure", {"measure_force": "maybe"})
    assert text == "value of force is bad (force is from the variable measure_force)"


def test_what_no_variable_says_is_left_to_the_task() -> None:
    variables = {"measure_adopt": None, "save": ""}
    assert option_values(["adopt", "save"], "measure", variables, plain) == {"save": ""}


def test_what_the_inventory_asks_for_has_a_variable_for_each_measure() -> None:
    lists = [{"vserver": "gw"}]
    assert settings_of("url_whitelist", {}, {"netscaler_whitelists": lists}, plain) == lists
    assert settings_of("url_whitelist", {}, {}, plain) == []
    assert settings_of("cve_2019_19781", {}, {"netscaler_whitelists": lists}, plain) is None
    assert settings_of("mine", {"measures": {"mine": 3}}, {}, plain) == 3
    cache = {"cache": str(ROOT / "cache")}
    assert settings_of("geoblock", {}, {"geoblock_mode": "observe", "geoblock_way": None}, plain) == {
        **cache,
        "mode": "observe",
    }
    assert settings_of("geoblock", {}, {}, plain) == cache
    assert settings_of("geoblock", {}, {"geoblock_cache": "c"}, plain) == {"cache": "c"}
    assert settings_of("mine", {"settings": 4, "measures": {"mine": 3}}, {}, plain) == 4


def test_values_go_through_the_templates() -> None:
    asked = []

    def template(name: str, value: Any) -> Any:
        asked.append(name)
        return f"<{value}>"

    variables = {"netscaler_password": "{{ vault }}", "netscaler_vips": None, "other": 1}
    assert appliance_values("gw-a", variables, template)["password"] == "<{{ vault }}>"
    assert asked == ["netscaler_password"]


def test_each_host_has_a_marker_of_its_own_unless_it_is_said() -> None:
    markers = {host: appliance_values(host, {}, plain)["marker"] for host in ("gw-a", "gw-b")}
    assert len(set(markers.values())) == 2
    assert all(re.fullmatch("[0-9a-f]{12}", marker) for marker in markers.values())
    assert appliance_values("gw-a", {"netscaler_marker": ""}, plain)["marker"] == ""


def test_plans_are_kept_where_the_play_is_part_of_a_rollout(tmp_path: Path) -> None:
    variables = {"playbook_dir": str(tmp_path / "playbooks"), "plans": str(tmp_path / "a" / ".." / "mine")}
    assert rollout_directory(variables, plain) == ""
    variables["tourniquet_in_rollout"] = "yes"
    assert rollout_directory(variables, plain) == "", "only true is true"
    inside = {**variables, "tourniquet_in_rollout": True}
    assert rollout_directory(inside, plain) == str(tmp_path / "mine")
    del inside["plans"]
    assert rollout_directory(inside, plain) == str(tmp_path / "plans")


def test_plans_may_be_below_the_home_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    inside = {"tourniquet_in_rollout": True, "playbook_dir": "/nowhere", "plans": "~/mine"}
    assert rollout_directory(inside, plain) == os.path.realpath(tmp_path / "mine")


def test_words_that_ansible_took_for_nothing_are_told() -> None:
    require_no_stray_words({"reason": "the fix runs"})
    with pytest.raises(InvalidInput, match="words that belong to no variable: 'fix runs'"):
        require_no_stray_words({"reason": "the", "_raw_params": "fix runs"})


def test_a_problem_of_an_option_names_its_variable() -> None:
    options, variables = ["adopt", "version", "ticket"], {"mitigation_version": "x", "adopt": "perhaps"}
    assert with_variable_names("argument 'version' is bad", options, "verify", variables) == (
        "argument 'version' is bad (version is from the variable mitigation_version)"
    )
    assert with_variable_names("argument 'adopt' is bad", options, "verify", variables) == "argument 'adopt' is bad"
    assert with_variable_names("argument 'ticket' is bad", options, "verify", variables) == "argument 'ticket' is bad"


@pytest.mark.parametrize("value", [True, "abc", "-1", "1.5", ""])
def test_a_number_is_a_number(value: Any) -> None:
    assert (whole_number("x", 7), whole_number("x", "7")) == (7, 7)
    with pytest.raises(InvalidInput, match=r"^x is .*: write a whole number"):
        whole_number("x", value)


def test_measures_that_are_no_mapping_are_told() -> None:
    with pytest.raises(InvalidInput, match="catalogue_measures must be a mapping"):
        settings_of("mine", {"measures": "x"}, {}, plain)


def test_the_inventory_variables_are_those_that_are_documented() -> None:
    assert {f"netscaler_{name}" for name in VARIABLES} == set(documented("appliance"))


@pytest.mark.parametrize("role", ROLES)
def test_the_documented_defaults_are_those_of_the_options(role: str) -> None:
    """A role states a value only where its task does."""
    (tasks,) = [yaml.safe_load((ROOT / "roles" / role / "tasks" / "main.yml").read_text(encoding="utf-8"))]
    flat = [task for outer in tasks for task in outer.get("block", [outer])]
    said = next(args for task in flat for name, args in task.items() if name.startswith("tourniquet.netscaler."))
    option_of = {variable_name(option, role): option for option in options_of_role(role)}
    for name, entry in documented(role).items():
        option = option_of[name]
        declared = ROLES[role][0].ActionModule.OPTIONS.get(option)
        if declared is not None and "default" in entry:
            assert entry["default"] == said.get(option, declared.get("default")), name


@pytest.mark.parametrize(
    "text",
    [
        "{{ x }}",
        "a{% if x %}b{% endif %}",
        "{# c #}",
        "#jinja2: variable_start_string: '[[', variable_end_string: ']]'\n[[ x ]]",
    ],
)
def test_a_template_is_never_taken_for_a_plain_value(text: str) -> None:
    trusted = trust_as_template(text)
    assert Templar(loader=DataLoader(), variables={"x": "y"}).template(trusted) != text
    for value in (trusted, [1, trusted], {"a": {"b": [trusted]}}, {trusted: 1}):
        assert not is_plain(value)


def test_what_is_in_a_vault_is_not_plain() -> None:
    assert not is_plain([EncryptedString(ciphertext="$ANSIBLE_VAULT;1.1;AES256")])


@played_together("value", ["", "10.1.0.11", "50 %", None, True, 7, 1.5, [], ["a", {"b": None}], {"a": [1, "}}"]}])
def test_of_a_plain_value_ansible_makes_the_same(value: Any) -> None:
    assert is_plain(value)
    assert Templar(loader=DataLoader(), variables={}).template(value) == value


@pytest.mark.parametrize("kind", ["list", "<class 'list'>", "list found in 'x'"])
def test_a_value_of_another_kind_is_told_by_its_variable(kind: str) -> None:
    """Seen: 'argument 'described' is of type list and we were unable to convert to dict: <class 'list'> cannot be converted to a dict'."""
    problem = f"argument 'described' is of type {kind} and we were unable to convert to dict: <class 'list'> cannot be"
    given = {"tourniquet_customers": ["Brouwer"]}
    told = "tourniquet_customers must be a mapping (name: value), and is a list. Nothing was sent."
    assert with_variable_names(problem, ["described"], "consent", given) == told
    own = "described must be a mapping (name: value), and is a list. Nothing was sent."
    assert with_variable_names(problem, ["described"], "consent", {}) == own
    other = problem.replace("to dict", "to jsonarg")
    assert with_variable_names(other, [], "consent", given) == other
