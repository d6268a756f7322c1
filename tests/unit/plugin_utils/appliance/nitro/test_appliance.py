# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The check of the inventory's variables: strict types, and errors that name host, variable and fix."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro import appliance as module
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import (
    Address,
    Appliance,
    Vip,
    kind_of,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

from tests.played_together import played_together

PASSWORD = "correct horse"
PIN = "ab" * 32
VIP = {"name": "gw", "address": "192.0.2.10", "kind": "vpn"}


def make(**variables: Any) -> Appliance:
    basics: dict[str, Any] = {"nodes": ["10.1.0.11"], "user": "tourniquet", "password": PASSWORD}
    return Appliance.from_variables("gw-a", {**basics, **variables})


def error_of(**variables: Any) -> str:
    with pytest.raises(InvalidInput) as raised:
        make(**variables)
    return str(raised.value)


def test_defaults_are_the_safe_ones() -> None:
    assert make() == Appliance(
        name="gw-a",
        nodes=(Address("10.1.0.11", 443),),
        user="tourniquet",
        password=PASSWORD,
        vips=None,
        ca_file=None,
        certificate_pins=(),
        validate_certs=True,
        minimum_tls="1.2",
        probe=True,
        probe_from=None,
        always_allow=(),
        marker="",
        connect_timeout=5.0,
        read_timeout=30.0,
        save_timeout=180.0,
    )


def test_every_variable_arrives() -> None:
    appliance = make(
        nodes=["10.1.0.11:8443", "gw-2.example.com"],
        vips=[VIP],
        customer="Brouwer",
        site="Amsterdam",
        ca_file="ca.pem",
        certificate_pin=PIN,
        validate_certs=False,
        minimum_tls="1.0",
        probe=False,
        probe_from="192.0.2.1",
        always_allow=["192.0.2.0/24", "2001:db8::1"],
        marker="a.B-1_",
        connect_timeout=1,
        read_timeout=2.5,
        save_timeout=3600,
    )
    assert appliance.nodes == (Address("10.1.0.11", 8443), Address("gw-2.example.com", 443))
    assert appliance.vips == (Vip("gw", Address("192.0.2.10", 443), "vpn", tls=True, probe=True),)
    assert (appliance.customer, appliance.site, appliance.ca_file) == ("Brouwer", "Amsterdam", "ca.pem")
    assert appliance.certificate_pins == (PIN,)
    assert (appliance.validate_certs, appliance.minimum_tls, appliance.probe) == (False, "1.0", False)
    assert appliance.probe_from == "192.0.2.1"
    assert appliance.always_allow == ("192.0.2.0/24", "2001:db8::1/128")
    assert appliance.marker == "a.B-1_"
    assert (appliance.connect_timeout, appliance.read_timeout, appliance.save_timeout) == (1.0, 2.5, 3600.0)


@pytest.mark.parametrize("name", ["customer", "site", "ca_file", "vips", "probe_from", "marker", "certificate_pin"])
def test_an_empty_variable_is_as_good_as_none(name: str) -> None:
    assert make(**{name: ""}) == make()


@pytest.mark.parametrize("name", ["nodes", "user", "password"])
@pytest.mark.parametrize("value", [None, ""])
def test_what_is_mandatory_is_missed_by_name(name: str, value: object) -> None:
    text = error_of(**{name: value})
    assert text.startswith(f"gw-a: netscaler_{name} is missing.")


@played_together(
    ("name", "value", "problem", "fix"),
    [
        ("nodes", "10.1.0.11", "must be a list, not text", '["10.1.0.11"]'),
        ("nodes", {"a": 1}, "must be a list, not a mapping", '["10.1.0.11"]'),
        ("nodes", [], "must hold one or two addresses, not 0", '["10.1.0.11"]'),
        ("nodes", ["10.1.0.1", "10.1.0.2", "10.1.0.3"], "one or two addresses, not 3", '["10.1.0.11"]'),
        ("nodes", ["10.1.0.1", "10.1.0.1:443"], "names the same address twice", "only one"),
        ("nodes", [10], "holds a number where an address is expected", "10.1.0.11:8443"),
        ("user", 5, "must be text, not a number", "quotes"),
        ("password", 12345678, "must be text, not a number", "quotes"),
        ("password", ["x"], "must be text, not a list", "quotes"),
        ("customer", True, "must be text, not true or false", "quotes"),
        ("validate_certs", "false", "must be true or false, not text", "without quotes"),
        ("validate_certs", 0, "must be true or false, not a number", "without quotes"),
        ("probe", "yes", "must be true or false, not text", "without quotes"),
        ("minimum_tls", 1.2, "must be one of 1.0, 1.1, 1.2, 1.3 as text", '"1.2"'),
        ("minimum_tls", "1.4", "must be one of 1.0, 1.1, 1.2, 1.3", '"1.2"'),
        ("connect_timeout", "5", "must be a number of seconds between 0 and 3600", "as 5."),
        ("connect_timeout", True, "must be a number of seconds", "as 5."),
        ("read_timeout", 0, "must be a number of seconds", "as 30."),
        ("read_timeout", -1, "must be a number of seconds", "as 30."),
        ("bulk_limit", "1000", "must be a whole number from 1 to 5000", "as 1000."),
        ("bulk_limit", 0, "must be a whole number from 1 to 5000", "as 1000."),
        ("save_timeout", 3601, "must be a number of seconds", "as 180."),
        ("save_timeout", float("nan"), "must be a number of seconds", "as 180."),
        ("probe_from", "eth0", "is 'eth0', not an IP address", "control node"),
        ("probe_from", "192.0.2.1/24", "not an IP address", "control node"),
        ("always_allow", "192.0.2.0/24", "must be a list, not text", '["192.0.2.0/24"]'),
        ("always_allow", ["192.0.2.0/33"], "holds '192.0.2.0/33'", '"192.0.2.0/24"'),
        ("always_allow", ["office"], "holds 'office'", '"192.0.2.0/24"'),
        ("always_allow", [1], "holds 1", '"192.0.2.0/24"'),
        ("marker", "a b", "letters, digits", '""'),
        ("marker", "x\r\nSet-Cookie: a", "letters, digits", '""'),
        ("marker", "x\n", "letters, digits", '""'),
        ("marker", "x" * 65, "up to 64", '""'),
        ("certificate_pin", "abc", "is not a SHA-256 fingerprint", "openssl"),
        ("certificate_pin", PIN + "a", "is not a SHA-256 fingerprint", "openssl"),
        ("certificate_pin", "g" * 64, "is not a SHA-256 fingerprint", "openssl"),
        ("certificate_pin", 5, "is not a SHA-256 fingerprint", "openssl"),
        ("certificate_pin", [PIN, ""], "is not a SHA-256 fingerprint", "openssl"),
        ("vips", "gw", "must be a list, not text", "{name: gw"),
        ("vips", ["gw"], "holds text where a mapping is expected", "{name: gw"),
        ("vips", [{**VIP, "adress": "x"}], "unknown key 'adress'", "{name: gw"),
        ("vips", [{"address": "192.0.2.10", "kind": "vpn"}], "an entry without a name", "{name: gw"),
        ("vips", [{**VIP, "name": 5}], "an entry without a name", "{name: gw"),
        ("vips", [{**VIP, "kind": "gslb"}], "says kind: 'gslb' for gw", "vpn, authentication, cs, lb"),
        ("vips", [{"name": "gw", "address": "192.0.2.10"}], "says kind: None for gw", "vpn, authentication, cs, lb"),
        ("vips", [{**VIP, "port": "443"}], "says port: '443' for gw", "from 1 to 65535"),
        ("vips", [{**VIP, "port": True}], "says port: True for gw", "from 1 to 65535"),
        ("vips", [{**VIP, "port": 0}], "says port: 0 for gw", "from 1 to 65535"),
        ("vips", [{**VIP, "port": 65536}], "says port: 65536 for gw", "from 1 to 65535"),
        ("vips", [{**VIP, "tls": "no"}], "says tls: 'no' for gw", "true or false"),
        ("vips", [{**VIP, "probe": 1}], "says probe: 1 for gw", "true or false"),
        ("vips", [{**VIP, "host": ""}], "says host: '' for gw", "the DNS name by which users reach it"),
        ("vips", [{**VIP, "host": 5}], "says host: 5 for gw", "the DNS name by which users reach it"),
        (
            "vips",
            [{**VIP, "host": "192.0.2.9"}],
            "says host: '192.0.2.9' for gw",
            "the DNS name by which users reach it",
        ),
        ("vips", [{**VIP, "host": "a.example:443"}], "says host: 'a.example:443' for gw", "without a port"),
        (
            "vips",
            [{**VIP, "host": "a.example\r\nX: y"}],
            "says host: 'a.example",
            "the DNS name by which users reach it",
        ),
        ("vips", [{**VIP, "host": "a." * 127 + "nl"}], "says host: 'a.a.", "the DNS name by which users reach it"),
        ("vips", [{**VIP, "vserver": ""}], "says vserver: '' for gw", "name or the address of a virtual server"),
        ("vips", [{**VIP, "vserver": 5}], "says vserver: 5 for gw", "name or the address of a virtual server"),
        ("vips", [{"name": "gw", "kind": "vpn"}], "holds nothing where an address is expected", "10.1.0.11"),
        ("vips", [{**VIP, "address": "192.0.2.300"}], "neither an address nor a host name", "10.1.0.11"),
        ("node", ["10.1.0.11"], "is not a variable that Tourniquet knows", "correct its name"),
    ],
)
def test_each_error_names_host_variable_and_fix(name: str, value: object, problem: str, fix: str) -> None:
    text = error_of(**{name: value})
    assert text.startswith(f"gw-a: netscaler_{name} ")
    assert problem in text
    assert fix in text.partition(problem)[2]


@pytest.mark.parametrize(
    ("written", "host", "port"),
    [
        ("10.1.0.11", "10.1.0.11", 443),
        ("10.1.0.11:8443", "10.1.0.11", 8443),
        ("gw.example.com", "gw.example.com", 443),
        ("gw-1:65535", "gw-1", 65535),
        ("2001:db8::1", "2001:db8::1", 443),
        ("::1", "::1", 443),
        ("[2001:db8::1]", "2001:db8::1", 443),
        ("[2001:db8::1]:8443", "2001:db8::1", 8443),
    ],
)
def test_addresses_in_all_their_forms(written: str, host: str, port: int) -> None:
    assert make(nodes=[written]).nodes == (Address(host, port),)


@played_together(
    "written",
    [
        "10.1.0.256",
        "10.1.0",
        "10.1.0.11:0",
        "10.1.0.11:65536",
        "10.1.0.11:https",
        "https://10.1.0.11",
        "10.1.0.11/24",
        "gw_1",
        "-gw",
        "gw-.example.com",
        "gw..example.com",
        "gw.example.com/nitro",
        "user@gw",
        "gw\nother",
        "gw\n",
        "a" * 64 + ".example.com",
        "2001:db8::g",
        "[2001:db8::1",
        "[2001:db8::1]8443",
        "[2001:db8::1]:",
        "10.1.0.11:",
        " 10.1.0.11",
    ],
)
def test_what_is_no_address_is_refused(written: str) -> None:
    text = error_of(nodes=[written])
    assert text.startswith("gw-a: netscaler_nodes holds ")
    assert repr(written) in text


def test_addresses_print_as_they_are_written() -> None:
    assert str(Address("10.1.0.11", 443)) == "10.1.0.11:443"
    assert str(Address("2001:db8::1", 443)) == "[2001:db8::1]:443"
    assert str(Vip("gw", Address("192.0.2.10", 80), "lb")) == "gw (192.0.2.10:80)"


def test_a_vip_on_port_80_speaks_no_tls_unless_said() -> None:
    vips = make(vips=[{**VIP, "port": 80}, {**VIP, "port": 80, "tls": True}, {**VIP, "tls": False}]).vips
    assert vips is not None
    assert [(vip.address.port, vip.tls) for vip in vips] == [(80, False), (80, True), (443, False)]


def test_a_vip_may_be_left_out_of_the_probes() -> None:
    vips = make(vips=[{**VIP, "probe": False}]).vips
    assert vips is not None
    assert [vip.probe for vip in vips] == [False]


def test_a_port_in_the_address_of_a_vip_is_never_dropped_silently() -> None:
    vips = make(vips=[{**VIP, "address": "192.0.2.10:8443"}, {**VIP, "address": "[2001:db8::1]:80"}]).vips
    assert vips is not None
    assert [(vip.address, vip.tls) for vip in vips] == [
        (Address("192.0.2.10", 8443), True),
        (Address("2001:db8::1", 80), False),
    ]
    text = error_of(vips=[{**VIP, "address": "192.0.2.10:8443", "port": 443}])
    assert "gw" in text
    assert "8443" in text


def test_no_vips_is_something_else_than_unknown_vips() -> None:
    assert make(vips=[]).vips == ()
    assert make().vips is None


def test_pins_are_taken_with_colons_in_any_case_and_as_a_list() -> None:
    with_colons = ":".join([PIN[:2].upper()] * 32)
    assert make(certificate_pin=[with_colons, "CD" * 32]).certificate_pins == (PIN, "cd" * 32)


def test_the_password_is_in_no_text() -> None:
    appliance = make()
    assert PASSWORD not in repr(appliance)
    assert PASSWORD not in str(appliance)
    for wrong in ({"nodes": "x"}, {"nodse": []}, {"password": [PASSWORD]}, {"password": {PASSWORD: 1}}):
        assert PASSWORD not in error_of(**wrong)


def test_a_missing_library_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "netaddr", None)
    with pytest.raises(InvalidInput, match="pip install netaddr"):
        make()


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({}, "a mapping"),
        ([], "a list"),
        ("", "text"),
        (True, "true or false"),
        (1, "a number"),
        (1.5, "a number"),
        (None, "nothing"),
    ],
)
def test_types_are_called_as_a_yaml_author_would(value: object, words: str) -> None:
    assert kind_of(value) == words


def test_what_no_rule_may_lock_out() -> None:
    appliance = Appliance(
        "gw-a",
        (Address("10.1.0.11", 443), Address("gw-b.example", 443), Address("2001:db8::1", 443)),
        "u",
        "p",
        always_allow=("192.0.2.0/24", "2001:db8::/126", "198.51.100.7/32"),
    )
    assert appliance.protected_addresses == (
        "10.1.0.11",
        "2001:db8::1",
        "192.0.2.0",
        "192.0.2.255",
        "2001:db8::",
        "2001:db8::3",
        "198.51.100.7",
    )


def test_whose_a_virtual_server_is() -> None:
    shared = make(
        customer="Brouwer",
        vserver_customers={"gw-dewit": "De Wit", "192.0.2.30": "Jansen BV"},
        partition_customers={"tenant_a": "De Boer"},
    )
    assert shared.customers == ("Brouwer", "De Boer", "De Wit", "Jansen BV")
    assert shared.customer_of({"gw", "192.0.2.10"}) == "Brouwer"
    assert shared.customer_of({"other", "192.0.2.30"}) == "Jansen BV"
    assert shared.customer_of({"gw"}, "tenant_a") == "De Boer"
    assert shared.customer_of({"gw-dewit"}, "tenant_a") == "De Wit"
    assert make().customers == ()


def test_an_admin_partition_stands_for_its_virtual_servers_where_none_of_them_is_listed() -> None:
    def shared(*vips: dict[str, Any]) -> Any:
        partitions = {"tenant_a": "De Boer", "tenant_b": "De Boer"}
        return make(
            vips=[{"port": 443, "kind": "lb", **vip} for vip in vips],
            customer="Brouwer",
            vserver_customers={"shop": "De Wit"},
            partition_customers=partitions,
        )

    site = {"name": "site", "address": "192.0.2.30", "partition": "tenant_b"}
    assert shared().vservers_of("De Boer") == ("tenant_a", "tenant_b")
    assert shared(site).vservers_of("De Boer") == ("tenant_a", "site")
    of_another = {"name": "shop", "address": "192.0.2.31", "partition": "tenant_a"}
    assert shared(of_another, site).vservers_of("De Boer") == ("tenant_a", "site")
    assert shared(of_another, site).vservers_of("De Wit") == ("shop",)


@played_together("variable", ["vserver_customers", "partition_customers"])
@played_together("value", [["gw"], "gw", {"gw": 1}, {"gw": ""}, {1: "De Wit"}, {"gw": "De\nWit"}])
def test_customers_that_are_no_mapping_of_names(variable: str, value: object) -> None:
    assert f"gw-a: netscaler_{variable}" in error_of(**{variable: value})


@pytest.mark.parametrize(
    ("place", "names"),
    [
        ("", ("gw",)),
        ("192.0.2.9:443", ("gw", "192.0.2.9:443", "192.0.2.9")),
        ("[2001:db8::9]:443", ("gw", "[2001:db8::9]:443", "2001:db8::9")),
    ],
)
def test_the_names_of_a_recorded_virtual_server_are_its_name_and_its_address(
    place: str, names: tuple[str, ...]
) -> None:
    appliance = Appliance.from_variables("gw", {"nodes": ["192.0.2.1"], "user": "nsroot", "password": "r00t"})
    assert appliance.names_of_recorded("gw", place, "default") == names


BOX: dict[str, Any] = {"nodes": ["192.0.2.1"], "user": "nsroot", "password": "r00t"}


@pytest.mark.parametrize("limit", [1, 2, 4999, 5000])
def test_a_bulk_request_may_have_1_to_5000_objects(limit: int) -> None:
    assert Appliance.from_variables("gw", {**BOX, "bulk_limit": limit}).bulk_limit == limit


@pytest.mark.parametrize("limit", [0, 5001, True, "2"])
def test_another_size_of_a_bulk_request_is_refused(limit: object) -> None:
    with pytest.raises(InvalidInput, match="must be a whole number from 1 to 5000"):
        Appliance.from_variables("gw", {**BOX, "bulk_limit": limit})


@pytest.mark.parametrize(
    ("nodes", "shares"),
    [
        (["192.0.2.1"], False),
        (["192.0.2.1", "192.0.2.2"], False),
        (["192.0.2.1:8443", "192.0.2.1:9443"], True),
    ],
)
def test_two_nodes_behind_one_address_share_it(nodes: list[str], shares: bool) -> None:
    assert Appliance.from_variables("gw", {**BOX, "nodes": nodes}).shares_an_address == shares
