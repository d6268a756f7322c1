# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The addresses that must get through a geoblock."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import NitroError, NotFound
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.protected_addresses import (
    READ,
    Protection,
    read_protected,
)


def protection(
    table: dict[str, Any], families: tuple[int, ...] = (4, 6), proxies: tuple[str, ...] = (), **more: Any
) -> tuple[Protection, list[str]]:
    """Return what is protected, and the types that were read."""
    reads: list[str] = []

    def read(type_: str) -> list[dict[str, Any]]:
        reads.append(type_)
        answer = table.get(type_, [])
        if isinstance(answer, Exception):
            raise answer
        return list(answer)

    members = [
        SimpleNamespace(session=SimpleNamespace(node=SimpleNamespace(host=host), local_address=local))
        for host, local in more.get("members", [("10.1.0.11", "10.9.0.1")])
    ]
    nodes = [SimpleNamespace(host=host) for host in more.get("nodes", ("10.1.0.11",))]
    connection: Any = SimpleNamespace(
        primary=SimpleNamespace(read=read),
        members=members,
        other_nodes=more.get("others", []),
        appliance=SimpleNamespace(nodes=nodes, always_allow=more.get("allow", ())),
    )
    return read_protected(connection, families, proxies), reads


def texts(found: Protection) -> dict[str, str]:
    return {one.entry: one.what for one in found.everybody}


def test_what_is_known_without_a_request() -> None:
    found, _reads = protection(
        {},
        proxies=("198.51.100.0/24",),
        members=[("10.1.0.11", "10.9.0.1"), ("10.1.0.12", "")],
        nodes=("10.1.0.11", "gw.example"),
        others=[{"ipaddress": "10.1.0.12"}, {"ipaddress": "peer.example"}, {}],
        allow=("203.0.113.7",),
    )
    assert texts(found) == {
        "10.9.0.1": "the control node",
        "10.1.0.11": "the node",
        "10.1.0.12": "the HA secondary",
        "198.51.100.0/24": "the trusted proxy",
        "203.0.113.7": "netscaler_always_allow",
    }
    assert found.management == {"10.1.0.11", "10.1.0.12", "peer.example"}
    assert found.unread == ()


def test_what_the_appliance_names() -> None:
    found, _reads = protection(
        {
            "nsip": [
                {"ipaddress": "10.1.0.13", "type": "snip"},
                {"ipaddress": "10.1.0.14", "type": "VIP"},
                {"ipaddress": "0.0.0.0", "type": "NSIP"},
            ],
            "nsip6": [{"ipv6address": "2001:db8::1/64", "type": "NSIP"}],
            "authenticationldapaction": [
                {"name": "ad", "serverip": "10.2.0.1"},
                {"name": "dir", "servername": "dc.example"},
                {"name": "none"},
            ],
            "server": [{"name": "s", "ipaddress": "10.1.0.14"}, {"name": "range", "ipaddress": "10.3.0.1-10.3.0.9"}],
        }
    )
    said = texts(found)
    assert said["10.1.0.13"] == "the appliance's own address"
    assert said["10.1.0.14"] == "the appliance's own address", "each address once, as it was found first"
    assert said["10.2.0.1"] == "the LDAP server ad"
    assert "2001:db8::1" in said
    assert not any("10.3." in entry for entry in said)
    assert found.management == {"10.1.0.11", "10.1.0.13", "2001:db8::1"}
    assert found.unread == (
        "the addresses of dc.example, the LDAP server: names are not looked up; netscaler_always_allow can name them",
    )


def test_what_cannot_be_read_is_said_and_another_family_is_not_read() -> None:
    refused = NitroError("gw", "GET", 403, 2138, "Not authorized")
    gone = NotFound("gw", "GET", 404, 258, "No such resource")
    found, reads = protection({"server": refused, "auditsyslogaction": gone})
    assert found.unread == ("the back-end servers cannot be read (server: 2138 Not authorized)",)
    assert reads == [row[0] for row in READ]
    for families in ((4,), (6,)):
        _found, reads = protection({}, families)
        assert reads == [row[0] for row in READ if set(row[3]) & set(families)]
        assert len(reads) < len(READ)
