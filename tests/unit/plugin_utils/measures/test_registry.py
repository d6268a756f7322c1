# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A measure of the inventory is loaded when it is used, and before the workers are forked."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
import yaml
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.appfw_log import kind as appfw_log
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.closing.measure import Closing
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.closing_measures import closing_only
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock import kind as geoblock
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.heartbeat import kind as heartbeats
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.management_log import (
    measure as management_log,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.registry import (
    inventory_kinds,
    load_measure,
    recurring_kinds,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.url_whitelist import (
    kind as url_whitelist,
)

COLLECTIONS = Path(__file__).parents[4] / ".collections"
ROLES = Path(__file__).parents[4] / "roles"
CATALOGUE = Path(__file__).parents[4] / "templates" / "mitigations"
UTILS = "ansible_collections.tourniquet.netscaler.plugins.plugin_utils"


def errors_of(program: str) -> str:
    """Return the last lines of what a program of Python says of its failure; "" where it does not fail."""
    command, home = [sys.executable, "-c", program], {"PYTHONPATH": str(COLLECTIONS)}
    done = subprocess.run(command, check=False, env=home, stderr=subprocess.PIPE, text=True)
    return done.stderr[-500:] if done.returncode else ""


def test_each_is_asked_for_by_its_own_id() -> None:
    assert set(inventory_kinds()) == {
        url_whitelist.ID,
        geoblock.ID,
        management_log.ID,
        appfw_log.ID,
        heartbeats.ID,
        *closing_only(),
    }
    assert load_measure(url_whitelist.ID, Path("/nowhere"), [], "gw", date(2020, 1, 15)).id == url_whitelist.ID


def test_the_heartbeat_asks_for_no_variable() -> None:
    entry = inventory_kinds()[heartbeats.ID]
    assert load_measure(heartbeats.ID, CATALOGUE, None, "gw", date(2020, 1, 15)).id == heartbeats.ID
    assert entry.settings({"heartbeat_x": 1}, lambda _name, value: value) is None
    assert [*recurring_kinds()] == [heartbeats.ID]


@pytest.mark.parametrize("id_", sorted(closing_only()))
def test_what_closes_access_is_asked_for_by_no_variable_and_cannot_be_applied(id_: str) -> None:
    assert inventory_kinds()[id_].settings({"closing_x": 1}, lambda _name, value: value) is None
    measure = load_measure(id_, CATALOGUE, None, "gw", date(2020, 1, 15))
    assert isinstance(measure, Closing)
    assert measure.points is None
    assert measure.inside("tenant_a") is measure


@pytest.mark.parametrize("id_", [id_ for id_ in inventory_kinds() if id_ not in {*recurring_kinds(), *closing_only()}])
def test_an_entry_names_what_exists(id_: str) -> None:
    entry = inventory_kinds()[id_]
    assert callable(entry.load())
    assert bool(entry.variable) is not bool(entry.prefix)
    specs = yaml.safe_load((ROLES / id_ / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
    documented = specs["argument_specs"]["main"]["options"]
    assert all(name == entry.variable or (entry.prefix and name.startswith(entry.prefix)) for name in documented)
    assert {f"{entry.prefix}{name}" for name in entry.defaults} <= set(documented)


@pytest.mark.parametrize(
    ("measure", "module"),
    [("geoblock", "measures.geoblock.measure"), ("url_whitelist", "measures.url_whitelist.measure")],
)
def test_it_is_loaded_before_the_fork_where_it_is_asked_for_and_nowhere_else(measure: str, module: str) -> None:
    program = f"""
import sys
import {UTILS}.measures.registry
from {UTILS}.ansible.prefork_warmup import warm_up_task
module = "{UTILS}.{module}"
warm_up_task("apply", "measure", {{"mitigation": "cve_2019_19781"}}, lambda _name, value: value)
assert module not in sys.modules
warm_up_task("apply", "measure", {{"mitigation": "{measure}"}}, lambda _name, value: value)
assert module in sys.modules
"""
    assert errors_of(program) == ""


def test_the_declarations_load_no_code_of_a_measure() -> None:
    program = f"""
import sys
from {UTILS}.measures.registry import all_kinds
all_kinds()
declared = {{name for name in sys.modules if name.startswith("{UTILS}.measures.") and name.count(".") > 6}}
assert {{name.rpartition(".")[2] for name in declared}} == {{"kind"}}, declared
assert "cryptography" not in sys.modules
"""
    assert errors_of(program) == ""
