# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation says what the code does: options of modules and actions, variables of roles and of the inventory."""

from __future__ import annotations

import functools
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro import appliance as appliance_module
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Appliance
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records import record_checks
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.collection_version import PROJECT
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.option_files import variable_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.role_variables import ROLE_DEFAULTS

from tests.architecture import role_tables
from tests.architecture.options import roles
from tests.played_together import played_together

ROOT = Path(__file__).parents[2]
PLUGINS = "ansible_collections.tourniquet.netscaler.plugins"
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("[a-z]*.py"))
ROLES = sorted(path.parents[1].name for path in (ROOT / "roles").glob("*/meta/argument_specs.yml"))
SPEC_KEYS = ("type", "required", "default", "choices", "elements")


def documented(module: str) -> dict[str, Any]:
    """The options of a module, with those of its fragments."""
    own: dict[str, Any] = yaml.safe_load(importlib.import_module(f"{PLUGINS}.modules.{module}").DOCUMENTATION)
    assert own["module"] == module
    options: dict[str, Any] = {}
    for name in own.get("extends_documentation_fragment", ()):
        namespace, collection, file, *variable = name.split(".")
        assert (namespace, collection) == ("tourniquet", "netscaler")
        fragment = importlib.import_module(f"{PLUGINS}.doc_fragments.{file}").ModuleDocFragment
        text = getattr(fragment, variable[0].upper() if variable else "DOCUMENTATION")
        options |= yaml.safe_load(text).get("options", {})
    assert not set(options) & set(own["options"])
    return options | own["options"]


def comparable(option: dict[str, Any]) -> dict[str, Any]:
    return {key: option[key] for key in SPEC_KEYS if option.get(key) is not None and option.get(key) is not False} | (
        {"default": option["default"]} if "default" in option else {}
    )


def test_each_module_has_its_action_and_each_action_its_module() -> None:
    actions = sorted(path.stem for path in (ROOT / "plugins" / "action").glob("[a-z]*.py"))
    assert actions == MODULES
    assert MODULES


@played_together("module", MODULES)
def test_the_action_takes_exactly_the_options_that_are_documented(module: str) -> None:
    action = importlib.import_module(f"{PLUGINS}.action.{module}").ActionModule
    spec = {name: comparable(option) for name, option in action.OPTIONS.items()}
    assert spec == {name: comparable(option) for name, option in documented(module).items()}


@played_together("module", MODULES)
def test_the_examples_use_documented_options_and_all_mandatory_ones(module: str) -> None:
    text = importlib.import_module(f"{PLUGINS}.modules.{module}").EXAMPLES
    options = documented(module)
    tasks = yaml.safe_load(text)
    assert tasks
    for task in tasks:
        arguments = task[f"tourniquet.netscaler.{module}"]
        assert set(arguments) <= set(options)
        assert {name for name, option in options.items() if option.get("required")} <= set(arguments)
        for name, value in arguments.items():
            choices = options[name].get("choices")
            assert not choices or set(value if isinstance(value, list) else [value]) <= set(choices)


@played_together("module", MODULES)
def test_every_returned_value_is_described(module: str) -> None:
    returned = yaml.safe_load(importlib.import_module(f"{PLUGINS}.modules.{module}").RETURN)
    assert returned
    for value in returned.values():
        assert {"description", "returned", "type"} <= set(value)


# -- roles -------------------------------------------------------------------------------------------------------------


@functools.cache
def argument_specs(role: str) -> dict[str, Any]:
    """The entry points of a role; each file is read once."""
    specs = yaml.safe_load((ROOT / "roles" / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
    return dict(specs["argument_specs"])


def role_options(role: str, entry: str | None = None) -> dict[str, Any]:
    """The options of one entry point, or of all."""
    entries = argument_specs(role)
    chosen = entries.values() if entry is None else [entries[entry]]
    return {name: option for one in chosen for name, option in one["options"].items()}


@pytest.mark.parametrize(
    ("role", "entry", "module"),
    [
        ("measure", "main", "apply"),
        ("rollback", "main", "rollback"),
        ("retire", "main", "retire"),
        ("end_sessions", "main", "end_sessions"),
        ("verify", "main", "status"),
        ("verify", "source", "exported_status"),
        ("lockdown", "main", "lockdown"),
        ("close", "main", "close"),
        ("lockdown", "reopen", "reopen"),
        ("rollout", "main", "rollout"),
        ("audit", "main", "audit"),
        ("impact", "main", "impact"),
        ("learn", "main", "learn"),
        ("node_local", "on_box", "on_box"),
    ],
)
def test_a_role_hands_on_the_options_of_its_module(role: str, entry: str, module: str) -> None:
    options = documented(module)
    option_of = {variable_of(each.folder, each.name): each.name for each in roles()[role][entry]}
    for name, option in role_options(role, entry).items():
        wanted = options[option_of[name]]
        for key in ("type", "choices", "elements"):
            assert option.get(key) == wanted.get(key), f"{name}: {key}"
        if role == "verify":  # it sends every request by default, and fails where the verdict is critical
            continue
        default = ROLE_DEFAULTS.get(option_of[name], wanted.get("default"))
        # A directory of the project is described in words.
        assert option.get("default") == (None if str(default).startswith(str(PROJECT)) else default), name


def variables_read(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The variables that are read of a host, by recording what is taken."""
    taken: list[str] = []
    real = appliance_module._Reader.take

    def take(self: Any, variable: str) -> Any:
        taken.append(variable)
        return real(self, variable)

    monkeypatch.setattr(appliance_module._Reader, "take", take)
    appliance = Appliance.from_variables("gw-a", {"nodes": ["10.1.0.11"], "user": "u", "password": "p"})
    return {name: getattr(appliance, name, None) for name in taken}


def test_the_inventory_variables_are_documented_with_their_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    options = role_options("appliance")
    taken = variables_read(monkeypatch)
    assert {f"netscaler_{name}" for name in taken} == set(options)
    for name, value in taken.items():
        option = options[f"netscaler_{name}"]
        if "default" in option:
            of_tuple = dict if option["type"] == "dict" else list
            plain = of_tuple(value) if isinstance(value, tuple) else value
            assert option["default"] == ("" if value is None else plain), name
    assert {name for name, option in options.items() if option.get("required")} == {
        "netscaler_nodes",
        "netscaler_user",
        "netscaler_password",
    }


def test_the_choices_of_the_inventory_are_those_of_the_door() -> None:
    options = role_options("appliance")
    assert options["netscaler_minimum_tls"]["choices"] == list(appliance_module.TLS_VERSIONS)
    vip = options["netscaler_vips"]["options"]
    assert vip["kind"]["choices"] == list(appliance_module.VIP_KINDS)
    assert set(vip) == {"name", "address", "port", "kind", "tls", "probe", "partition", "vserver", "host"}


@played_together("role", ROLES)
def test_no_default_is_documented_that_its_type_does_not_allow(role: str) -> None:
    types = {"str": str, "path": str, "bool": bool, "int": int, "float": (int, float), "list": list, "dict": dict}
    types["raw"] = (int, str, list)
    for name, option in role_options(role).items():
        if option.get("default") is not None:
            assert isinstance(option["default"], types[option["type"]]), name
            chosen = option["default"] if isinstance(option["default"], list) else [option["default"]]
            assert not option.get("choices") or set(chosen) <= set(option["choices"]), name


# -- the README of each role -------------------------------------------------------------------------------------------

HEADINGS = ("Example", "Variables", "What it changes", "Check mode and tags")


@played_together("role", ROLES)
def test_each_role_has_a_readme_that_can_be_read_on_its_own(role: str) -> None:
    text = role_tables.readme(role).read_text(encoding="utf-8")
    assert text.startswith(f"# Role `{role}`\n")
    for heading in HEADINGS:
        assert f"\n## {heading}\n" in text, heading
    for path in re.findall(r"\]\((\.\./[^)#]+)\)", text):
        assert (role_tables.readme(role).parent / path).exists(), path


@played_together("role", ROLES)
def test_the_tables_of_a_readme_are_those_of_the_argument_specification(role: str) -> None:
    text = role_tables.readme(role).read_text(encoding="utf-8")
    assert role_tables.with_tables(role, text) == text, "run make docs"


@pytest.mark.parametrize("role", ROLES)
def test_the_examples_of_a_readme_use_variables_that_are_documented(role: str) -> None:
    known = {name for other in ROLES for name in role_options(other)} | {"tourniquet_in_rollout"}
    text = role_tables.readme(role).read_text(encoding="utf-8")
    blocks = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    for block in blocks:
        variables = {name for mapping in mappings_of_variables(yaml.safe_load(block)) for name in mapping}
        assert variables <= known | {"netscaler_logs"}, role
        assert variables or role == "responder_policy"
    assert blocks or role == "catalogue"


def mappings_of_variables(value: Any) -> Iterator[dict[str, Any]]:
    """Yield the mappings named ``vars``, and those of the hosts of an inventory."""
    if isinstance(value, list):
        for item in value:
            yield from mappings_of_variables(item)
    elif isinstance(value, dict):
        for name, inside in value.items():
            if name == "vars":
                yield inside
            elif name == "hosts" and isinstance(inside, dict):
                yield from inside.values()
            yield from mappings_of_variables(inside)


def test_the_keys_of_a_change_record_are_those_of_its_page() -> None:
    rows = re.findall(
        r"^\| (`.*?) \|", (ROOT / "docs" / "reference" / "records.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    of_kinds = [keys for kind in record_checks._REQUIRED_OF_KIND.values() for keys in kind]
    checked = {"format", *record_checks._REQUIRED, *record_checks._OPTIONAL, *of_kinds}
    # These are for people only, so nothing checks their types.
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == checked | {"lock", "sessions"}


def test_readme_names_the_two_commands_that_do_all_the_set_up() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(f"`make {target}`" in readme for target in ("demo", "test"))
