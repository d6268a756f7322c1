# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An execution node gets its own appliances, their groups and variables, and no password that it could read."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.inventory_part import (
    members,
    part_of,
    require_no_secret_travels,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

from tests.accepted import accepted

LOOKUP = "{{ lookup('ansible.builtin.file', '/var/lib/tourniquet/netscaler_password') }}"
VAULT = {"__ansible_vault": "$ANSIBLE_VAULT;1.1;AES256\n00"}
UNSAFE = {"__ansible_unsafe": "{{ name of an appliance }}"}
EXPORT: dict[str, Any] = {
    "_meta": {
        "hostvars": {
            "gw-a": {"netscaler_nodes": ["192.0.2.1"], "note": UNSAFE},
            "gw-b": {"netscaler_nodes": ["192.0.2.2"], "netscaler_password": VAULT},
            "gw-c": {"netscaler_nodes": ["192.0.2.3"], "secret_of_c": "c"},
        },
        "profile": "inventory_legacy",
    },
    "all": {
        "children": ["ungrouped", "netscalers"],
        "vars": {"tourniquet_notify": [{"url": "https://hook"}], "site": 1},
    },
    "netscalers": {"children": ["brouwer", "dewit"], "vars": {"netscaler_password": LOOKUP}},
    "brouwer": {"hosts": ["gw-a", "gw-b"], "vars": {"netscaler_customer": "Brouwer"}},
    "dewit": {"hosts": ["gw-c"], "vars": {"private": "De Wit"}},
}


def test_it_has_the_slice_and_nothing_of_others() -> None:
    part = part_of(EXPORT, ["gw-a"], {"more": 1})
    assert part == {
        "all": {
            "hosts": {"gw-a": {"netscaler_nodes": ["192.0.2.1"], "note": UNSAFE}},
            "vars": {"site": 1, "more": 1},
            "children": {
                "netscalers": {"hosts": {}, "vars": {"netscaler_password": LOOKUP}, "children": {"brouwer": None}},
                "brouwer": {"hosts": {"gw-a": None}, "vars": {"netscaler_customer": "Brouwer"}, "children": {}},
            },
        }
    }
    for text in ("gw-b", "gw-c", "De Wit", "hook"):
        assert text not in str(part)


def test_where_the_controller_keeps_its_records_and_key_is_no_place_of_a_node() -> None:
    """A node keeps both in its own state directory, from where the records come home."""
    places = {"records": "/srv/records", "tourniquet_record_key": "/srv/key"}
    export = {
        "all": {"vars": places},
        "sites": {"hosts": ["gw-a"], "vars": places},
        "_meta": {"hostvars": {"gw-a": places}},
    }
    assert "/srv/" not in str(part_of(export, ["gw-a"], {}))
    assert part_of(export, ["gw-a"], {"records": "/var/lib"})["all"]["vars"] == {"records": "/var/lib"}


def test_the_groups_have_the_hosts_of_their_children() -> None:
    assert members(EXPORT)["netscalers"] == {"gw-a", "gw-b", "gw-c"}
    assert members({"a": {"children": ["b"]}, "b": {"children": ["a"], "hosts": ["gw"]}})["b"] == {"gw"}


@pytest.mark.parametrize("where", ["host", "group", "all"])
def test_a_password_as_text_is_refused(where: str) -> None:
    export = {**EXPORT, "_meta": {"hostvars": {"gw-a": {}}}}
    if where == "host":
        export["_meta"] = {"hostvars": {"gw-a": {"netscaler_password": "n1ght"}}}
    else:
        name = "brouwer" if where == "group" else "all"
        export[name] = {**EXPORT[name], "vars": {"ssh_password": "n1ght"}}
    with pytest.raises(InvalidInput, match=r"password stands in the inventory as text.*Nothing was sent") as raised:
        part_of(export, ["gw-a"], {})
    assert "n1ght" not in str(raised.value)


@pytest.mark.parametrize(
    "variables",
    [
        {"ansible_ssh_pass": "n1ght"},
        {"NETSCALER_PASSWORD": "n1ght"},
        {"accounts": [{"name": "watch", "password": "n1ght"}]},
        {"own": {"hook": {"token": ["n1ght"]}}},
        {"netscaler_password": "{{ lookup('env', 'n1ght') }}"},
    ],
    ids=["pass", "case", "list", "mapping", "environment"],
)
def test_a_secret_of_the_command_line_is_refused(variables: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match=r"^-e: .*Nothing was sent") as raised:
        require_no_secret_travels(EXPORT, ["gw-a"], variables)
    assert "n1ght" not in str(raised.value)


def test_a_secret_of_an_appliance_of_the_run_is_refused_before_the_first_slice() -> None:
    export = {**EXPORT, "_meta": {"hostvars": {"gw-a": {}, "gw-c": {"secret_of_c": "c", "password": 1}}}}
    require_no_secret_travels(export, ["gw-a"], {})
    with pytest.raises(InvalidInput, match=r"^gw-c: password stands in the inventory as text"):
        require_no_secret_travels(export, ["gw-a", "gw-c"], {})


def test_what_is_kept_on_the_controller_may_be_readable() -> None:
    with accepted():
        require_no_secret_travels(EXPORT, ["gw-a"], {"tourniquet_notify": [{"token": "n1ght"}]})
        require_no_secret_travels({"all": {"vars": {"tourniquet_notify": [{"token": "n1ght"}]}}}, [], {})


def test_lookups_and_encrypted_values_travel() -> None:
    with accepted():
        require_no_secret_travels(
            EXPORT, ["gw-a", "gw-b"], {"netscaler_password": "", "accounts": [{"password": VAULT}]}
        )
