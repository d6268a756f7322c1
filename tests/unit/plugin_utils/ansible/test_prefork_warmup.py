# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The caches that are filled before the fork are those that the workers use, and one that cannot be filled is no failure."""

from __future__ import annotations

import _strptime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.prefork_warmup import (
    warm_up_process,
    warm_up_task,
    warm_up_tls,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro import node_start, tls
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Appliance
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import context_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue import (
    desired_state_template,
    entry_file,
    mitigation,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records import lock_content
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation import dataclass_json
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import TourniquetError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.assessment import Assessment
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language import syntax

from tests.accepted import accepted

ROLE = "measure"
CATALOGUE = Path(__file__).parents[4] / "templates" / "mitigations"
CACHES = (mitigation._load, desired_state_template._compiled, tls._context)


def made() -> list[int]:
    return [cache.cache_info().misses for cache in CACHES]


@pytest.fixture(autouse=True)
def nothing_is_made() -> None:
    for cache in CACHES:
        cache.cache_clear()


def as_it_is(_name: str, value: Any) -> Any:
    return value


def test_a_worker_finds_it_made(certificates: Any) -> None:
    variables = {
        "mitigation": "cve_2019_19781",
        "netscaler_ca_file": str(certificates.ca_file),
        "netscaler_minimum_tls": "1.3",
    }
    warm_up_task("apply", ROLE, variables, as_it_is)
    assert (before := made()) == [1, 1, 1]
    entry = CATALOGUE / "cve_2019_19781"
    assert "fingerprint" in vars(mitigation.load_mitigation(entry).traffic)
    desired_state_template.plain_template(entry / "v2.yml.j2")
    told = {
        "nodes": ["192.0.2.9"],
        "user": "u",
        "password": "p",
        "ca_file": str(certificates.ca_file),
        "minimum_tls": "1.3",
    }
    context_of(Appliance.from_variables("gw", told))
    assert made() == before


def test_no_secret_is_asked_for() -> None:
    asked = []

    def template(name: str, value: Any) -> Any:
        asked.append(name)
        return value

    variables = {
        "mitigation": "cve_2019_19781",
        "netscaler_user": "u",
        "netscaler_password": "p",
        "netscaler_ca_file": "x",
    }
    warm_up_task("apply", ROLE, variables, template)
    assert asked == ["ca_file", "mitigation"]


def appliance(**variables: Any) -> Appliance:
    return Appliance.from_variables("gw", {"nodes": ["192.0.2.9"], "user": "u", "password": "p", **variables})


ENTRY = CATALOGUE / "cve_2019_19781"
WRONG: dict[str, tuple[dict[str, Any], Callable[[], Any], list[int]]] = {
    "no mitigation": ({}, lambda: load(CATALOGUE / "None"), [1, 0, 1]),
    "no entry": ({"mitigation": "../../etc"}, lambda: load(CATALOGUE / "../../etc"), [1, 0, 1]),
    "no catalogue": (
        {"mitigation": "cve_2019_19781", "catalogue_directory": "/nowhere"},
        lambda: load(Path("/nowhere/cve_2019_19781")),
        [1, 0, 1],
    ),
    "no CA file": (
        {"mitigation": "cve_2019_19781", "netscaler_ca_file": "/nowhere"},
        lambda: context_of(appliance(ca_file="/nowhere")),
        [1, 1, 1],
    ),
    "no TLS version": (
        {"mitigation": "cve_2019_19781", "netscaler_minimum_tls": 7},
        lambda: appliance(minimum_tls=7),
        [1, 1, 0],
    ),
}
"""By what is wrong: the variables, the call of a worker that needs it, and what was begun of :data:`CACHES`."""


def load(entry: Path) -> Any:
    return mitigation.load_mitigation(entry)


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_by_whoever_needs_it(name: str) -> None:
    """The rest is made ready all the same, and nothing wrong is kept."""
    variables, needs_it, begun = WRONG[name]
    warm_up_task("apply", ROLE, variables, as_it_is)
    assert made() == begun
    with pytest.raises(TourniquetError):
        needs_it()


def test_a_version_that_does_not_exist_is_left_to_ansible() -> None:
    warm_up_task("apply", ROLE, {"mitigation": "cve_2019_19781", "mitigation_version": 99}, as_it_is)
    assert made() == [1, 1, 1]
    assert desired_state_template.plain_template(ENTRY / "v99.yml.j2") is None


def test_a_variable_that_cannot_be_rendered_is_asked_for_once_and_stops_its_part_only() -> None:
    asked = []

    def broken(name: str, _value: Any) -> Any:
        asked.append(name)
        raise ValueError(name)

    warm_up_task("apply", ROLE, {"mitigation": "cve_2019_19781", "netscaler_ca_file": "x"}, broken)
    assert asked == ["ca_file", "mitigation"]
    assert made() == [0, 0, 0]


def test_the_tables_of_the_standard_library_are_made() -> None:
    _strptime._regex_cache.clear()  # type: ignore[attr-defined]
    warm_up_process()
    assert set(_strptime._regex_cache) == {node_start.CLOCK, lock_content.CLOCK}  # type: ignore[attr-defined]


def test_the_types_of_cached_results_are_known() -> None:
    dataclass_json._fields.cache_clear()
    warm_up_task("apply", ROLE, {"mitigation": "cve_2019_19781"}, as_it_is)
    misses = dataclass_json._fields.cache_info().misses
    dataclass_json.to_plain(Assessment())
    assert dataclass_json._fields.cache_info().misses == misses > 1


def test_openssl_makes_a_handshake_in_memory() -> None:
    with accepted():
        warm_up_tls()


READ_THE_CATALOGUE = {
    "a status without a measure": ("status", "verify", {}),
    "an apply of what is recommended": ("apply", "measure", {"mitigation": "recommended"}),
    "a retirement": ("retire", "retire", {"mitigation": "cve_2019_19781"}),
    "an apply of one entry, which names the build that closes all": (
        "apply",
        "measure",
        {"mitigation": "cve_2019_19781"},
    ),
    "a rollback of one entry": ("rollback", "rollback", {"mitigation": "cve_2019_19781"}),
}


@pytest.mark.parametrize("name", READ_THE_CATALOGUE)
def test_what_reads_the_whole_catalogue_finds_it_read(name: str) -> None:
    entry_file._load.cache_clear()
    warm_up_task(*READ_THE_CATALOGUE[name], as_it_is)
    misses = entry_file._load.cache_info().misses
    assert misses == len(entry_file.entry_ids(CATALOGUE))
    entry_file.load_catalogue(CATALOGUE)
    assert entry_file._load.cache_info().misses == misses


@pytest.mark.parametrize(
    ("action", "role", "variables"),
    [("doctor", "doctor", {})],
)
def test_others_do_not_wait_for_it(action: str, role: str, variables: dict[str, Any]) -> None:
    entry_file._load.cache_clear()
    warm_up_task(action, role, variables, as_it_is)
    assert entry_file._load.cache_info().misses <= 2


def test_a_worker_finds_the_parser_of_expressions_made() -> None:
    syntax._parser.cache_clear()
    syntax.parse.cache_clear()
    warm_up_task("apply", ROLE, {"mitigation": "cve_2019_19781"}, as_it_is)
    assert syntax._parser.cache_info().misses == 1
    syntax.parse('HTTP.REQ.URL.CONTAINS("a")')
    assert syntax._parser.cache_info().misses == 1
