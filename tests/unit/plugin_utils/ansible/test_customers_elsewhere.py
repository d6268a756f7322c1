# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A group of appliances is not a customer: what the customer has on an appliance of somebody else is found, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.customers_elsewhere import (
    customers_elsewhere,
)

HOSTS: dict[str, dict[str, Any]] = {
    "gw-smit-1": {"netscaler_customer": "Smit"},
    "gw-smit-2": {"netscaler_customer": "Smit"},
    "gw-brouwer": {"netscaler_customer": "Brouwer"},
    "gw-shared": {
        "netscaler_customer": "Brouwer",
        "netscaler_partition_customers": {"tenant_a": "De Wit", "tenant_b": "Smit"},
        "netscaler_vserver_customers": {"shop": "Smit", "192.0.2.9": "De Wit"},
    },
    "jump-host": {},
}
SMIT = ("gw-smit-1", "gw-smit-2")


def found(*hosts: str, variables: dict[str, dict[str, Any]] | None = None) -> list[tuple[str, dict[str, Any], bool]]:
    every = variables or HOSTS
    return [(one.customer, dict(one.places), one.is_whole) for one in customers_elsewhere(hosts, every, every)]


@pytest.mark.parametrize(
    ("hosts", "expected"),
    [
        (SMIT, [("Smit", {"gw-shared": ("partition tenant_b", "shop")}, True)]),
        (SMIT[:1], [("Smit", {"gw-shared": ("partition tenant_b", "shop")}, False)]),
        ((*SMIT, "gw-brouwer"), [("Smit", {"gw-shared": ("partition tenant_b", "shop")}, False)]),
        ((*SMIT, "gw-shared"), []),
        (("gw-shared",), []),
        (("gw-brouwer", "gw-shared"), []),
        (("jump-host",), []),
    ],
)
def test_only_what_a_customer_of_the_run_has_on_other_shared_appliances_is_found(
    hosts: tuple[str, ...], expected: list[Any]
) -> None:
    assert found(*hosts) == expected


def test_the_sentence_has_the_places_and_the_option_that_takes_all_of_it() -> None:
    (one,) = customers_elsewhere(SMIT, HOSTS, HOSTS)
    assert one.text() == (
        "Smit also has gw-shared (partition tenant_b, shop), which stays as it is. "
        """All of this customer: -e '{"customers": ["Smit"]}' in place of target and --limit"""
    )
    assert one.text_at("gw-shared").startswith("NOT IN THIS RUN: partition tenant_b, shop of Smit stays as it is. ")


def test_many_places_are_counted_and_a_name_is_no_command() -> None:
    name = "O'Brien\n\x1b[2J"
    parts = {f"p{number}": name for number in range(40)}
    many = {
        f"s{number}": {"netscaler_customer": "Brouwer", "netscaler_partition_customers": parts} for number in range(200)
    }
    (one,) = customers_elsewhere(["own"], {"own": {"netscaler_customer": name}, **many}, ["own", *many])
    text = one.text()
    assert len(text) < 900
    assert "and 195 more appliances" in text
    assert text.isprintable()
    assert """'{"customers": ["O'"'"'Brien""" in text


@pytest.mark.parametrize("value", [None, "tenant_b", ["Smit"], 7])
def test_a_mapping_that_is_none_is_left_to_the_checks_of_the_inventory(value: Any) -> None:
    variables = {"gw-smit": {"netscaler_customer": "Smit"}, "gw-x": {"netscaler_partition_customers": value}}
    assert found("gw-smit", variables=variables) == []
