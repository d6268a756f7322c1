# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where the name for probes of a content switching virtual server comes from, and what is read for it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Address, Vip
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import NitroError, NotFound
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection.probe_hosts import with_hosts

from tests.unit.plugin_utils.judgement.inspection.appliance import FakeSession

WEB = Vip("web", Address("192.0.2.10", 443), "cs")
ROWS: dict[str, Any] = {
    "csvserver": [{"name": "cs_web", "ipv46": "192.0.2.10", "port": 443, "servicetype": "SSL", "curstate": "UP"}],
    "csvserver_cspolicy_binding": [{"name": "cs_web", "policyname": "p", "priority": "10"}],
    "cspolicy": [{"policyname": "p", "rule": 'HTTP.REQ.HOSTNAME.EQ("shop.example")'}],
}
CERTIFICATE = {
    "cspolicy": [{"policyname": "p", "rule": 'HTTP.REQ.HOSTNAME.ENDSWITH("example")'}],
    "sslvserver_sslcertkey_binding": [{"vservername": "cs_web", "certkeyname": "pair"}],
    "sslcertkey": [{"certkey": "pair", "subject": " C=NL,CN=www.shop.example"}],
}
REFUSED = NitroError("gw", "GET", 403, 2138, "Not authorized")


def hosts(rows: dict[str, Any], vip: Vip = WEB) -> tuple[str, tuple[str, ...], list[str]]:
    session: Any = FakeSession(rows)
    found = with_hosts(session, [vip])
    assert (found.vips[0].address, found.vips[0].name) == (vip.address, vip.name), "never another destination"
    return found.vips[0].host, found.remarks, session.read_types


def test_the_rules_name_it() -> None:
    host, remarks, read = hosts(ROWS)
    assert (host, remarks) == ("shop.example", ())
    assert read == ["csvserver", "csvserver_lbvserver_binding", "csvserver_cspolicy_binding", "cspolicy"]


def test_a_default_target_serves_a_request_by_address() -> None:
    default = {"csvserver_lbvserver_binding": [{"name": "cs_web", "lbvserver": "lb"}]}
    assert hosts({**ROWS, **default}) == ("", (), ["csvserver", "csvserver_lbvserver_binding"])


def test_the_certificate_names_it_where_the_rules_do_not() -> None:
    assert hosts({**ROWS, **CERTIFICATE})[:2] == ("www.shop.example", ())


@pytest.mark.parametrize(
    "changed",
    [
        {"cspolicy": REFUSED},
        {"cspolicy": [], "sslcertkey": REFUSED, "sslvserver_sslcertkey_binding": REFUSED},
        {"csvserver_cspolicy_binding": NotFound("gw", "GET", 404, 258, "no such resource")},
        {**CERTIFICATE, "sslvserver_sslcertkey_binding": [{"certkeyname": "../../x\\n"}]},
    ],
)
def test_what_is_not_found_is_told_with_the_option_that_names_it(changed: dict[str, Any]) -> None:
    host, remarks, _read = hosts({**ROWS, **changed})
    assert host == ""
    (remark,) = remarks
    assert remark.startswith(
        "web (192.0.2.10:443) has no default target, and no host name for which its rules have one was found: "
    )
    assert "name one in netscaler_vips (host: www.example.com)" in remark
    assert "its probes prove nothing" not in remark, (
        "seen beside 33 of 33 proven, where a rule takes the path of a probe"
    )
    assert remark.endswith("else none of its rules may take a probe, and the 503 that answers then proves nothing")


def test_what_cannot_be_read_is_told() -> None:
    assert hosts({**ROWS, "csvserver_lbvserver_binding": REFUSED})[:2] == (
        "",
        ("whether content switching virtual servers have a default cannot be read",),
    )


@pytest.mark.parametrize(
    "vip",
    [
        Vip("web", Address("192.0.2.10", 443), "cs", host="inventory.example"),
        Vip("web", Address("192.0.2.10", 443), "cs", probe=False),
        Vip("web", Address("192.0.2.10", 443), "lb"),
    ],
)
def test_nothing_is_read_where_nothing_is_asked(vip: Vip) -> None:
    assert hosts(ROWS, vip) == (vip.host, (), [])
