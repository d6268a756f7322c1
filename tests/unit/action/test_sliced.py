# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action of sliced.yml: whose the virtual servers of a shared appliance are, by the inventory of the controller."""

from __future__ import annotations

from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.action.sliced import ActionModule

HOSTVARS: dict[str, dict[str, Any]] = {
    "gw-a": {"netscaler_customer": "Brouwer"},
    "gw-b": {
        "netscaler_customer": "Brouwer",
        "netscaler_partition_customers": {"tenant": "Jansen"},
        "netscaler_vserver_customers": {"shop": "De Wit", "mail": "De Wit"},
    },
    "gw-c": {"netscaler_vserver_customers": ["shop"]},
}


def shared(hosts: dict[str, dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    action = object.__new__(ActionModule)
    return action._shared({"_meta": {"hostvars": hosts}}, [*hosts], {"hostvars": hosts})


def test_customers_of_parts_are_named_with_their_parts() -> None:
    assert shared(HOSTVARS) == {
        "gw-b": [
            {"customer": "Brouwer", "vservers": []},
            {"customer": "Jansen", "vservers": ["tenant"]},
            {"customer": "De Wit", "vservers": ["shop", "mail"]},
        ]
    }


def test_nothing_is_evaluated_where_no_appliance_is_shared() -> None:
    assert shared({"gw-a": HOSTVARS["gw-a"]}) == {}
