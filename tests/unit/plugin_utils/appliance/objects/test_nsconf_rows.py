# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The rows of NITRO types in an ns.conf, and what a hostile one makes unknown."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects import nsconf_rows
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.nsconf_rows import (
    ROW_TYPES,
    read_rows,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry_file import load_catalogue

from tests.played_together import played_together

HEAD = "#NS13.0 Build 47.22\n# Last modified by `save config`, Mon Jan 13 20:00:00 2020\nset ns config -IPAddress 192.0.2.11 -netmask 255.255.255.0\n"


def rows(lines: str, nitro_type: str) -> list[dict[str, str]]:
    found = read_rows(f"{HEAD}{lines}\n")
    assert not found.why_unknown(nitro_type)
    return [dict(row) for row in found.rows.get(nitro_type, ())]


def test_the_head_names_build_and_address() -> None:
    found = read_rows(HEAD + "set ns hostName adc01\nenable ns feature LB ssl\n")
    assert (found.build, found.address, found.host_name) == ("13.0 47.22", "192.0.2.11", "adc01")
    assert found.rows["nsfeature"] == ({"feature": "LB SSL", "lb": "true", "ssl": "true"},)


@played_together(
    ("line", "nitro_type", "expected"),
    [
        (
            "add vpn vserver gw SSL 198.51.100.10 443 -Listenpolicy NONE -pcoipVserverProfileName pcoip",
            "vpnvserver",
            {"name": "gw", "servicetype": "SSL", "ipv46": "198.51.100.10", "port": "443", "pcoipvserverprofilename": "pcoip", "dtls": "ON"},
        ),
        ('add vpn vserver "my gw" SSL 198.51.100.10 443 -dtls OFF', "vpnvserver", {"name": "my gw", "dtls": "OFF"}),
        ("add vpn vserver gw SSL 198.51.100.10 443\nset vpn vserver gw -dtls OFF", "vpnvserver", {"name": "gw", "dtls": "OFF"}),
        ("add authentication samlIdPProfile idp -samlIdPCertName c", "authenticationsamlidpprofile", {"name": "idp"}),
        ("add authentication samlAction sp -samlIdPCertName c", "authenticationsamlaction", {"name": "sp"}),
        ("add cr vserver cr1 HDX 198.51.100.3 1494", "crvserver", {"name": "cr1", "servicetype": "HDX"}),
        ("add lb vserver lb1 ORACLE 198.51.100.4 1521", "lbvserver", {"name": "lb1", "servicetype": "ORACLE"}),
        ("add server s1 app.example -queryType AAAA", "server", {"name": "s1", "domain": "app.example", "querytype": "AAAA"}),
        ("add server s1 2001:db8::1", "server", {"name": "s1", "ipaddress": "2001:db8::1"}),
        ("add server s1 2001:db8::1\nadd service svc s1 HTTP 80", "service", {"name": "svc", "ipaddress": "2001:db8::1"}),
        (
            "add server s1 192.0.2.7\nadd serviceGroup sg HTTP\nbind serviceGroup sg s1 80",
            "servicegroup_servicegroupmember_binding",
            {"servicegroupname": "sg", "servername": "s1", "port": "80", "ip": "192.0.2.7"},
        ),
        ("add lsn group lg -clientname c", "lsngroup", {"groupname": "lg", "ftp": "ENABLED"}),
        (
            'add responder policy p "HTTP.REQ.URL.CONTAINS(\\"/vpns/\\")" act',
            "responderpolicy",
            {"name": "p", "rule": 'HTTP.REQ.URL.CONTAINS("/vpns/")', "action": "act"},
        ),
    ],
)  # fmt: skip
def test_a_line_is_a_row(line: str, nitro_type: str, expected: dict[str, str]) -> None:
    (row,) = rows(line, nitro_type)
    assert expected.items() <= row.items()


def test_the_nsip_is_an_address_with_management() -> None:
    found = rows(
        "add ns ip 192.0.2.12 255.255.255.0 -vServer DISABLED\nadd ns ip 192.0.2.13 255.255.255.0 -mgmtAccess ENABLED",
        "nsip",
    )
    assert [(row["ipaddress"], row["type"], row["mgmtaccess"]) for row in found] == [
        ("192.0.2.11", "NSIP", "ENABLED"),
        ("192.0.2.12", "SNIP", "DISABLED"),
        ("192.0.2.13", "SNIP", "ENABLED"),
    ]  # fmt: skip


def test_a_setting_that_is_left_out_has_its_default() -> None:
    assert rows("", "nstcpparam") == [{"enhancedisngeneration": "DISABLED"}]
    assert rows("set ns tcpParam -WS ENABLED -enhancedISNgeneration ENABLED", "nstcpparam") == [
        {"enhancedisngeneration": "ENABLED", "ws": "ENABLED"}
    ]


def test_a_member_is_no_policy() -> None:
    assert not rows("bind lb vserver lb1 -policyName p -priority 10", "lbvserver_service_binding")


def test_the_policies_that_are_bound_are_named() -> None:
    lines = "bind responder global p1 10 END -type REQ_OVERRIDE\nbind vpn vserver gw -policy p2 -priority 10\nbind lb vserver lb -policyName p3\n"
    assert read_rows(HEAD + lines).bound == {"p1", "p2", "p3"}


def test_what_has_no_line_end_is_unknown() -> None:
    """The rest of a file that was cut off could name a Gateway."""
    found = read_rows(HEAD + "add lb vserver lb1 HTTP 198.51.100.4 80")
    cut_off = "the last line has no end, so the file may be cut off"
    assert {found.why_unknown(name) for name in ROW_TYPES} == {cut_off}
    assert [row["name"] for row in found.rows["lbvserver"]] == ["lb1"], "what is there is read"


@pytest.mark.parametrize("before", ["\x00", "> ", "+ ", "+", "\ufeff", "\u200b", "12: ", "\x00\x00add\x00 "])
def test_a_line_with_something_before_its_verb_is_told_and_no_default_is_taken(before: str) -> None:
    found = read_rows(f"{HEAD}add vpn vserver a SSL 198.51.100.4 443\n{before}set vpn vserver a -dtls OFF\n")
    assert found.incomplete == "1 line is no command (the first is line 5)"
    assert "dtls" not in found.rows["vpnvserver"][0], "whether it is on by default is not known"
    assert found.why_unknown("vpnvserver") == found.why_unknown("gslbsite") == found.incomplete


def test_a_file_of_every_verb_and_of_the_command_line_is_whole() -> None:
    lines = "  ADD lb vserver a HTTP 198.51.100.4 80\r\napply ns acls\r\n# comment\r\n\r\n Done\r\n"
    assert read_rows(HEAD + lines).incomplete == ""


def test_every_type_that_the_catalogue_asks_for_is_read() -> None:
    entries = load_catalogue(Path(__file__).parents[5] / "templates" / "mitigations")
    found = read_rows(HEAD)
    unknown = {name for entry in entries for name in entry.types() if found.why_unknown(name)}
    assert unknown == set()


def test_a_type_that_is_not_read_is_unknown() -> None:
    assert "is not read" in read_rows(HEAD).why_unknown("systemuser")


@pytest.mark.parametrize(
    "line", ["add vpn vserver " + "x" * 70_000, "add vpn vserver " + "q{ " * 5000, "add vpn vserver -dtls OFF"]
)
def test_a_line_that_cannot_be_read_makes_its_type_unknown(line: str) -> None:
    found = read_rows(f"{HEAD}{line}\nadd lb vserver lb1 HTTP 198.51.100.4 80\n")
    assert found.why_unknown("vpnvserver")
    assert not found.why_unknown("lbvserver")


def test_the_number_of_objects_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nsconf_rows, "MOST_ROWS", 50)
    found = read_rows(HEAD + "".join(f"add server s{number} 192.0.2.1\n" for number in range(1000)))
    assert "more than 50 objects" in found.why_unknown("vpnvserver")
    assert len(found.rows["server"]) == 51
