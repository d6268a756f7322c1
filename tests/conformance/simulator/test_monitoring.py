# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Types that monitoring reads: interfaces, clock, global counters, ticket authorities, statistics of protocols."""

from __future__ import annotations

from typing import Any

import pytest

from simulator import Simulator

from .conftest import Lab

STA = "http://192.0.2.9/scripts/ctxsta.dll"
ENCODED = "http%3A%2F%2F192.0.2.9%2Fscripts%2Fctxsta.dll"


@pytest.mark.fact("interface-spelling", "interface-strings")
@pytest.mark.parametrize("spelling", ["interface", "Interface"])
def test_interfaces(box: Any, spelling: str) -> None:
    """The key is `Interface` for both spellings (check_netscaler issue 49); numbers are strings (a facts module's sample)."""
    rows = box.get(spelling).json["Interface"]
    assert [row["id"] for row in rows] == ["0/1", "1/1", "LO/1"]
    assert {(row["linkstate"], row["intfstate"], row["state"]) for row in rows} == {("1", "1", "ENABLED")}
    counted = box.ask("GET", f"/nitro/v1/stat/{spelling}/1/1").json["Interface"]
    assert [type(counted[0][name]) for name in ("totrxbytes", "rxbytesrate")] == [str, int]
    assert box.get(f"{spelling}/9/9").code == 258


@pytest.mark.fact("global-counters")
def test_global_counters(box: Any) -> None:
    """Named in args, separated by semicolons (NITRO guide); without names an argument is missing."""
    answer = box.ask("GET", "/nitro/v1/stat/nsglobalcntr?args=counters:http_tot_Requests;tcp_tot_rxpkts")
    assert set(answer.json["nsglobalcntr"]) == {"http_tot_Requests", "tcp_tot_rxpkts"}
    assert box.ask("GET", "/nitro/v1/stat/nsglobalcntr").code == 1095
    answer = box.ask("GET", "/nitro/v1/stat/nsglobalcntr?args=counters:sys_cur_duration_sincestart;dns_tot_ReqRx")
    shown = answer.json["nsglobalcntr"]
    assert 86400 * 30 <= int(shown["sys_cur_duration_sincestart"]) < 86400 * 31
    assert set(shown) == {"sys_cur_duration_sincestart", "dns_tot_ReqRx"}
    assert box.ask("GET", "/nitro/v1/stat/nsglobalcntr?args=counters:nonsense").code == 278
    many = ";".join(["http_tot_Gets"] * 13)
    assert box.ask("GET", f"/nitro/v1/stat/nsglobalcntr?args=counters:{many}").code == 278


@pytest.mark.fact("clock")
def test_the_clock_is_synchronised_or_not(box: Any) -> None:
    """enable and disable are the only writes (NITRO reference); it is configuration, so a reboot loses it unsaved."""
    assert box.get("ntpsync").json["ntpsync"] == {"state": "DISABLED"}
    assert box.post("ntpsync", {}, "?action=enable").status == 200
    assert box.get("ntpsync").json["ntpsync"] == {"state": "ENABLED"}
    assert box.get("ntpstatus").json["ntpstatus"]["response"].lstrip().startswith("remote")
    assert box.get("nsconfig").json["nsconfig"]["configchanged"] is True
    assert box.post("ntpsync", {}, "?action=disable").status == 200
    assert box.post("ntpsync", {}).code == 1240


@pytest.mark.fact("ticket-authorities")
def test_ticket_authorities(box: Any) -> None:
    """vpnvserver_staserver_binding and its global sibling (NITRO reference; Terraform provider)."""
    name = "vpnvserver_staserver_binding"
    assert box.post(name, {"name": "gateway", "staserver": STA}).status == 201
    (row,) = box.rows(f"{name}/gateway")
    assert (row["staserver"], row["staaddresstype"], row["stastate"]) == (STA, "IPV4", "UP")
    assert row["staauthid"].startswith("STA")
    assert box.get(name).code == 1095
    assert box.get(f"{name}/missing").code == 258
    assert box.post(name, {"name": "missing", "staserver": STA}).code == 258
    assert box.post(name, {"name": "gateway"}).code == 1095
    assert box.post(name, {"name": "gateway", "staserver": STA, "staaddresstype": "X"}).code == 1097
    assert box.delete(f"{name}/gateway").code == 1095
    assert box.delete(f"{name}/gateway?args=staserver:{ENCODED}").status == 200
    assert box.delete(f"{name}/gateway?args=staserver:{ENCODED}").code == 258
    assert box.rows(f"{name}/gateway") == []


def test_clock_and_ticket_authorities_survive_a_boot_and_ns_conf(lab: Any, box: Any) -> None:
    """As exported files have them: add ntp server, enable ntp sync, bind vpn vserver and vpn global -staServer."""
    box.post("ntpserver", {"serverip": "192.0.2.123", "minpoll": 5, "maxpoll": 10})
    box.post("ntpserver", {"servername": "time.example.org"})
    box.post("ntpsync", {}, "?action=enable")
    box.post("vpnvserver_staserver_binding", {"name": "gateway", "staserver": STA, "staaddresstype": "IPV6"})
    box.post("vpnglobal_staserver_binding", {"staserver": STA})
    wanted = {
        "add ntp server 192.0.2.123 -minpoll 5 -maxpoll 10",
        "add ntp server time.example.org",
        "enable ntp sync",
        f"bind vpn vserver gateway -staServer {STA} -staAddressType IPV6",
        f"bind vpn global -staServer {STA}",
    }
    text = box.get("nsrunningconfig").json["nsrunningconfig"]["response"]
    assert wanted <= {line.replace('"', "") for line in text.splitlines()}
    box.post("nsconfig", {}, "?action=save")
    lab.simulator.appliance("gw").reboot()
    with Simulator({"appliances": {"a": {"nodes": ["127.0.0.1:0"], "ns_conf": text}}}) as simulator:
        other = Lab(simulator)
        assert simulator.appliance("a").state()["unknown_lines"] == []
        for again in (lab.box(), other.box("a")):
            assert again.get("nsrunningconfig").json["nsrunningconfig"]["response"] == text
            assert again.get("ntpsync").json["ntpsync"]["state"] == "ENABLED"
            assert again.rows("vpnglobal_staserver_binding")[0]["staserver"] == STA
        other.close()


@pytest.mark.fact("time-servers")
def test_time_servers(box: Any) -> None:
    """The key is an address or a name; preferredntpserver is for updates (NITRO reference; guide, use cases)."""
    assert box.post("ntpserver", {"serverip": "192.0.2.1"}).status == 201
    assert box.post("ntpserver", {"servername": "ntp1", "preferredntpserver": "YES"}).code == 278
    assert box.post("ntpserver", {"servername": "ntp1"}).status == 201
    wanted = {"servername": "ntp1", "minpoll": 4, "preferredntpserver": "YES"}
    assert box.post("ntpserver", wanted, "?idempotent=yes").status == 200
    assert box.rows("ntpserver") == [
        {"serverip": "192.0.2.1", "preferredntpserver": "NO"},
        {"servername": "ntp1", "minpoll": "4", "preferredntpserver": "YES"},
    ]
    assert box.put("ntpserver", {"servername": "ntp1", "maxpoll": 9}).status == 200
    assert box.post("ntpserver", {"servername": "ntp1", "minpoll": True}, "?action=unset").status == 200
    assert box.post("ntpserver", {"serverip": "192.0.2.2", "servername": "x"}).code == 1092
    assert box.post("ntpserver", {"serverip": "192.0.2.2", "minpoll": 18}).code == 1108
    assert box.delete("ntpserver/ntp1").status == box.delete("ntpserver/192.0.2.1").status == 200
    assert box.rows("ntpserver") == []


@pytest.mark.fact("empty-collection", "no-such-resource")
@pytest.mark.parametrize("name", ["gslbvserver", "gslbservice", "crvserver"])
def test_what_an_appliance_has_none_of(box: Any, name: str) -> None:
    for kind in ("config", "stat"):
        assert len(box.ask("GET", f"/nitro/v1/{kind}/{name}").body) == 57
        assert box.ask("GET", f"/nitro/v1/{kind}/{name}/x").code == 258
    assert box.post(name, {"name": "x"}).code == 1240


@pytest.mark.fact("licence-days")
def test_days_of_a_licence(lab: Any, box: Any) -> None:
    """Only new builds have daystoexpiration (check_netscaler issue 163)."""
    assert "daystoexpiration" not in box.get("nslicense").json["nslicense"]
    lab.simulator.appliance("gw").upgrade("14.1 17.38")
    assert lab.box().get("nslicense").json["nslicense"]["daystoexpiration"] == "180"


@pytest.mark.fact("statistics-types")
@pytest.mark.parametrize("name", ["protocolhttp", "protocolip", "protocoltcp", "protocoludp", "ssl", "aaa"])
def test_counters_are_strings_and_rates_numbers(box: Any, name: str) -> None:
    """telegraf issue 11478."""
    said = box.ask("GET", f"/nitro/v1/stat/{name}").json[name]
    assert {type(value) for key, value in said.items() if key.endswith("rate")} == {int}
    assert {type(value) for key, value in said.items() if not key.endswith("rate")} == {str}


@pytest.mark.fact("remote-servers")
@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("route", {"network": "0.0.0.0", "netmask": "0.0.0.0", "gateway": "192.0.2.1"}),
        ("dnsnameserver", {"ip": "192.0.2.53"}),
        ("authenticationldapaction", {"name": "ldap", "serverip": "192.0.2.10", "ldapbase": "dc=example"}),
        ("authenticationradiusaction", {"name": "radius", "serverip": "192.0.2.11"}),
    ],
)
def test_remote_servers(box: Any, name: str, row: dict[str, str]) -> None:
    """Configuration with addresses (NITRO reference)."""
    assert box.post(name, row).status == 201
    assert row.items() <= box.rows(name)[-1].items()


@pytest.mark.fact("preconditions")
@pytest.mark.parametrize(
    ("name", "row", "defaults"),
    [
        ("authenticationsamlaction", {"name": "sp", "samlidpcertname": "idp"}, {"samlrejectunsignedassertion": "ON"}),
        ("authenticationsamlidpprofile", {"name": "idp", "samlidpcertname": "c"}, {"rejectunsignedrequests": "ON"}),
        ("aaakcdaccount", {"kcdaccount": "kcd", "realmstr": "EXAMPLE"}, {}),
        ("lsngroup", {"groupname": "lsn", "clientname": "c"}, {"ftp": "ENABLED", "sipalg": "DISABLED"}),
        ("nat64", {"name": "n", "acl6name": "a"}, {}),
        ("dnspolicy64", {"name": "p", "rule": "DNS.REQ.QUESTION.TYPE.EQ(AAAA)", "action": "a"}, {}),
    ],
)
def test_what_a_weakness_needs(box: Any, name: str, row: dict[str, str], defaults: dict[str, str]) -> None:
    """Configuration that bulletins name as a precondition (NITRO reference)."""
    assert box.post(name, row).status == 201
    assert {**row, **defaults}.items() <= box.rows(name)[-1].items()


@pytest.mark.fact("preconditions")
def test_recursion_of_dns_is_off(box: Any) -> None:
    assert box.rows("dnsparameter")["recursion"] == "DISABLED"
