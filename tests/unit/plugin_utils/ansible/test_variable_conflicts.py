# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Variables that contradict each other are refused, and each message says how the run is meant to be started."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.variable_conflicts import (
    VariableSources,
    require_no_conflicts,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.role_variables import variable_names

CVE, LISTS = "cve_2019_19781", "url_whitelist"
INVENTORY = VariableSources()


def plain(_name: str, value: Any) -> Any:
    return value


def refusal(option: str, role: str, variables: dict[str, Any], sources: VariableSources = INVENTORY) -> str:
    with pytest.raises(InvalidInput) as refused:
        require_no_conflicts([option], role, variables, sources, plain)
    return str(refused.value)


def accepted(option: str, role: str, variables: dict[str, Any], sources: VariableSources = INVENTORY) -> None:
    require_no_conflicts([option], role, variables, sources, plain)


@pytest.mark.parametrize(
    ("role", "option"),
    [*((role, "mitigation") for role in ("measure", "verify", "rollback", "impact", "learn")), ("audit", "measure")],
)
def test_any_two_names_of_the_measure_must_agree_whichever_is_given_with_e(role: str, option: str) -> None:
    names = variable_names(option, role)
    assert {"mitigation", "measure"} <= set(names)
    for first, second in permutations(names, 2):
        sources = VariableSources(extra=[first])
        text = refusal(option, role, {first: LISTS, second: CVE}, sources)
        assert f"{first} is {LISTS} (given with -e)" in text
        assert f"{second} is {CVE} (in the inventory)" in text
        assert f"for {LISTS} give -e {second}={LISTS}" in text
        assert f"for {CVE} give -e {first}={CVE}" in text
        assert text.endswith("Nothing was sent.")
        accepted(option, role, {first: LISTS, second: LISTS}, sources)
        accepted(option, role, {first: LISTS, second: None}, sources)


def test_each_source_is_named() -> None:
    sources = VariableSources(playbook=["mitigation"], origin=lambda value: "vars/all.yml:3" if value == LISTS else "")
    text = refusal("mitigation", "measure", {"mitigation": CVE, "measure": LISTS}, sources)
    assert text.startswith(f"mitigation is {CVE} (in the playbook) and measure is {LISTS} (vars/all.yml:3).")


def test_with_three_names_each_fix_sets_all_that_differ() -> None:
    text = refusal("mitigation", "measure", {"catalogue_mitigation": CVE, "mitigation": CVE, "measure": LISTS})
    assert (
        f"for {CVE} give -e measure={CVE}; for {LISTS} give -e catalogue_mitigation={LISTS} -e mitigation={LISTS}"
        in text
    )


def test_values_are_compared_as_they_are_rendered() -> None:
    variables = {"mitigation": "{{ measure }}", "measure": CVE}
    require_no_conflicts(["mitigation"], "measure", variables, INVENTORY, lambda _name, _value: CVE)


@pytest.mark.parametrize(
    ("given", "stated", "fix"),
    [
        ("few", "all", "-e measure_probes=few"),
        ("the NCSC's", "all", """-e '{"measure_probes": "the NCSC's"}'"""),
        (["gw"], ["aaa"], """-e '{"measure_probes": ["gw"]}'"""),
        (True, "no", "-e measure_probes=True"),
    ],
)
def test_a_variable_of_the_inventory_does_not_silently_beat_one_given_with_e(given: Any, stated: Any, fix: str) -> None:
    variables = {"measure_probes": stated, "probes": given}
    text = refusal("probes", "measure", variables, VariableSources(extra=["probes"]))
    assert f"(given with -e), and measure_probes is {stated} (in the inventory), which counts before it" in text
    assert fix in text
    assert "otherwise leave probes out" in text


@pytest.mark.parametrize(
    ("values", "sources"),
    [
        (("few", "all"), INVENTORY),  # a specific and a general variable of the inventory
        (("few", "all"), VariableSources(extra=["measure_probes"])),
        (("few", "all"), VariableSources(extra=["measure_probes", "probes"])),
        (("few", "all"), VariableSources(extra=["probes"], playbook=["measure_probes"])),  # as apply.yml does
        (("few", "few"), VariableSources(extra=["probes"])),
        ((True, "true"), VariableSources(extra=["probes"])),
        ((["a", "b"], "a,b"), VariableSources(extra=["probes"])),
        ((7, "7"), VariableSources(extra=["probes"])),
    ],
)
def test_otherwise_the_more_specific_variable_counts(values: tuple[Any, Any], sources: VariableSources) -> None:
    accepted("probes", "measure", {"measure_probes": values[0], "probes": values[1]}, sources)
