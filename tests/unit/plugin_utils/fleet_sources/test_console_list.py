# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The instances of NetScaler Console: pairs and partitions are one appliance, secrets stay out, odd answers are refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet_sources.console_list import (
    TagNames,
    _addresses,
    appliances_of,
    read_console_file,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet_sources.listed_appliance import ListedAppliance
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

# Attribute names of the vendor's reference of Console's NITRO API, resource ns.
VERSION = "NetScaler NS13.0: Build 47.22.nc, Date: Jan 10 2020, 12:00:00   (64-bit)"
COMMON = {
    "version": VERSION,
    "instance_state": "Up",
    "type": "nsvpx",
    "profile_password": "s3cret",
    "pre_auth_key": "s3cret",
}


def row(address: str, **more: Any) -> dict[str, Any]:
    return {**COMMON, "mgmt_ip_address": address, "ip_address": address, **more}


def tag(name: str, text: str) -> dict[str, str]:
    return {"prop_key": name, "prop_value": text}


def found(*rows: Any, tags: TagNames | None = None) -> list[ListedAppliance]:
    content = json.dumps({"errorcode": 0, "message": "Done", "ns": rows}).encode()
    return appliances_of("ns.json", content, tags or TagNames())


def test_a_pair_in_two_rows_and_its_partitions_are_one_appliance() -> None:
    secondary = row(
        "10.1.0.12", hostname="gw-a2", ha_ip_address="10.1.0.11", ha_master_state="Secondary", is_ha_configured=True
    )
    partition = row(
        "10.1.0.11",
        ip_address="10.1.0.11-tenant_a",
        hostname="tenant",
        partition_name="tenant_a",
        ha_ip_address="10.1.0.12",
        ha_master_state="Primary",
    )
    primary = row(
        "10.1.0.11",
        hostname="gw-a1",
        ha_ip_address="10.1.0.12",
        ha_master_state="Primary",
        entity_tag=[tag("Customer", "Brouwer"), tag("site", "Amsterdam"), tag("tier", "gold")],
    )
    (entry,) = found(secondary, partition, primary)
    assert (entry.name, entry.nodes, entry.partitions) == ("gw-a1", ("10.1.0.11", "10.1.0.12"), ("tenant_a",))
    assert (entry.customer, entry.site, entry.build, entry.state) == ("Brouwer", "Amsterdam", "13.0 47.22", "Up")
    assert entry.tags == {"Customer": "Brouwer", "site": "Amsterdam", "tier": "gold"}
    assert entry.where == "ns.json: row 3"
    assert "s3cret" not in json.dumps(entry.as_json())


@pytest.mark.parametrize("display", ["mgmt_ip_address", "ip_address"])
def test_a_pair_in_one_row(display: str) -> None:
    (entry,) = found({**COMMON, display: "10.1.0.11-10.1.0.12", "display_name": "10.1.0.11-10.1.0.12"})
    assert entry.nodes == ("10.1.0.11", "10.1.0.12")


def test_rows_that_share_an_address_only_by_a_third_one_are_one_appliance() -> None:
    rows = (row("10.1.0.11"), row("10.1.0.12"), row("10.1.0.11", ha_ip_address="10.1.0.12"), row("10.2.0.11"))
    assert [entry.nodes for entry in found(*rows)] == [("10.1.0.11", "10.1.0.12"), ("10.2.0.11",)]


def test_a_tag_without_a_name_or_of_another_form_is_left_out() -> None:
    odd = [{"prop_value": "x"}, tag("", "y"), "text", None, tag("site", "Delft")]
    (entry,) = found(row("10.1.0.11", entity_tag=odd))
    assert entry.tags == {"site": "Delft"}
    assert [one.tags for one in found(row("10.1.0.12", entity_tag="site=Delft"))] == [{}]


def test_other_tags_and_other_instances() -> None:
    rows = (row("10.1.0.11", entity_tag=[tag("klant", "De Wit")]), row("10.9.0.1", type="nssdx"))
    assert [entry.customer for entry in found(*rows, tags=TagNames(customer="Klant"))] == ["De Wit"]


@pytest.mark.parametrize("kind", ["nssdx", "nssdwanvw", "agent", "SDX", "nssdwan_wanop", "mas_agent"])
def test_what_is_no_appliance_is_left_out(kind: str) -> None:
    assert [entry.nodes for entry in found(row("10.9.0.1", type=kind), row("10.1.0.11"))] == [("10.1.0.11",)]


@pytest.mark.parametrize("kind", ["nsvpx", "nsmpx", "nscpx", "nsblx", ""])
def test_each_kind_of_appliance_is_taken(kind: str) -> None:
    assert [entry.nodes for entry in found(row("10.1.0.11", type=kind))] == [("10.1.0.11",)]


@pytest.mark.parametrize(
    ("address", "nodes"),
    [
        ("10.1.0.11-10.1.0.12", ("10.1.0.11", "10.1.0.12")),
        ("2001:db8::1-2001:db8::2", ("2001:db8::1", "2001:db8::2")),
        ("10.1.0.11 - 10.1.0.12", ("10.1.0.11", "10.1.0.12")),
        ("gw-a.example", ("gw-a.example",)),
        ("gw-a", ("gw-a",)),
        ("10.1.0.11-tenant", ("10.1.0.11-tenant",)),
        ("tenant-10.1.0.11", ("tenant-10.1.0.11",)),
        ("10.1.0.1-10.1.0.2-10.1.0.3", ("10.1.0.1-10.1.0.2-10.1.0.3",)),
        ("", ()),
    ],
)
def test_only_two_addresses_are_a_pair(address: str, nodes: tuple[str, ...]) -> None:
    assert _addresses(address, "") == nodes


def test_the_site_of_an_appliance_comes_from_whichever_row_has_it() -> None:
    with_site = row("10.1.0.12", ha_ip_address="10.1.0.11", entity_tag=[tag("site", "Breda"), tag("customer", "Smit")])
    for rows in ((row("10.1.0.11"), with_site), (with_site, row("10.1.0.11"))):
        (entry,) = found(*rows)
        assert (entry.site, entry.customer) == ("Breda", "Smit")


def test_what_has_another_type_is_not_taken() -> None:
    (entry,) = found(
        row("10.1.0.11", hostname=7, version=["x"], instance_state=None, entity_tag={"prop_key": "customer"})
    )
    assert (entry.name, entry.build, entry.state, entry.customer) == ("", "", "", "")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "it has no list `ns`"),
        (b"<html>", "it is not JSON"),
        (b'{"ns": {}}', "it has no list `ns`"),
        (b'{"ns": []}', "there is no appliance in it"),
        (b'{"ns": [7]}', "row 1: it is not an object"),
        (b'{"ns": [{"hostname": "gw"}]}', "row 1: it has no address"),
        (b'{"ns": ' + b"[" * 50 + b"]" * 50 + b"}", "nested deeper"),
    ],
)
def test_answers_that_are_refused(content: bytes, problem: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        appliances_of("ns.json", content, TagNames())
    assert str(raised.value).startswith("ns.json: ")
    assert problem in str(raised.value)


def test_three_nodes_are_refused() -> None:
    with pytest.raises(InvalidInput, match=r"more than two nodes: 10\.1\.0\.1, 10\.1\.0\.2, 10\.1\.0\.3"):
        found(row("10.1.0.1", ha_ip_address="10.1.0.2"), row("10.1.0.2", ha_ip_address="10.1.0.3"))


@pytest.mark.parametrize("key", ["ns", "managed_device", ""])
def test_exported_files(tmp_path: Path, key: str) -> None:
    rows = [row("10.1.0.11", hostname="gw")]
    path = tmp_path / "ns.json"
    path.write_text(json.dumps({key: rows} if key else rows), encoding="utf-8")
    (entry,) = read_console_file(path, TagNames())
    assert (entry.name, entry.nodes) == ("gw", ("10.1.0.11",))
