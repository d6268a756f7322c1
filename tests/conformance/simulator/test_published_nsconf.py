# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The forms of lines in published ns.conf files (netscaler/default-ssl-profile-script, avimigrationtools and netutils of PyPI)."""

from __future__ import annotations

import pytest

from simulator import Simulator
from simulator.configuration import clearing, nsconf_reader, nsconf_writer, text_commands
from simulator.configuration.configuration import Configuration
from simulator.types import TYPES
from tests.unit.simulator.rows import appliance

from .conftest import Lab

ENVIRONMENT = appliance()
HEADER = "#NS14.1 Build 17.38\n"
PUBLISHED = """set ns config -IPAddress 192.0.2.10 -netmask 255.255.255.128
enable feature LB SSL
enable mode FR L3
set rsskeytype -rsstype ASYMMETRIC
set interface 1/1 -haMonitor OFF -throughput 0 -intftype "Xen Virtual" -ifnum 1/1
set snmp alarm CLUSTER-NODE-HEALTH -time 86400
bind policy patset ns_aaa_activesync_useragents "TouchDown(MSRPC)" -index 6 -charset ASCII
bind policy patset ns_vpn_client_useragents AGEE -index 1 -charset ASCII
set service nshttpd-gui-127.0.0.1-80 -cip ENABLED
add lb vserver web HTTP 192.0.2.20 80
add lb vserver other HTTP 192.0.2.21 80
add cmp policy compress -rule "HTTP.RES.IS_VALID" -resAction COMPRESS
bind lb vserver web -policyName compress -priority 10 -type RESPONSE
bind lb vserver other -policyName compress -priority 10 -type RESPONSE
set lb monitor ldns-dns LDNS-DNS -query . -queryType Address -deviation 0 -interval 6
bind audit syslogGlobal -policyName SETSYSLOGPARAMS_ADV_POL -priority 2000000000
add dns nameServer 192.0.2.53 -local
add server back 192.0.2.80
add service plain back HTTP 80 -gslb NONE -cip ENABLED X-Forwarded-For
add serviceGroup group DNS_TCP -cip DISABLED
add service adns back ADNS 53
bind system global tacacs -priority 10 -gotoPriorityExpression NEXT
add dns addRec a.root-servers.net 198.41.0.4 -TTL 3600000
set ns rpcNode 192.0.2.10 -password abcdef -encrypted -encryptmethod ENCMTHD_3 -srcIP *
add authentication tacacsAction plain -serverIP 192.0.2.30 -tacacsSecret swordfish
add authentication Policy tacacs -rule true -action plain
"""


def loaded(text: str) -> nsconf_reader.Loaded:
    return nsconf_reader.load(HEADER + text, ENVIRONMENT)


def printed(configuration: Configuration) -> str:
    return nsconf_writer.text(ENVIRONMENT.build, configuration)


@pytest.mark.fact("config-text")
def test_every_line_is_loaded_and_printed() -> None:
    result = loaded(PUBLISHED)
    assert result.unknown == []
    text = printed(result.configuration)
    expected = (
        PUBLISHED.replace("swordfish", "********").replace("enable f", "enable ns f").replace("enable m", "enable ns m")
    )
    assert sorted(text.splitlines()[1:]) == sorted(expected.splitlines())
    assert text.splitlines()[1] == PUBLISHED.splitlines()[0]  # in front, as in exported files
    assert "swordfish" not in text
    again = nsconf_reader.load(text, ENVIRONMENT)
    assert (again.unknown, printed(again.configuration)) == ([], text)


@pytest.mark.fact("config-text")
@pytest.mark.parametrize(
    "line",
    [
        "add nonsense x",
        "frobnicate lb vserver x",
        "set ns",
        "add lb vserver x NOPROTOCOL",
        "bind lb vserver web -policyName nobody -priority 1",
        "bind policy patset mine a",
        "set service mine -comment x",
        "add lb vserver y HTTP 192.0.2.9 80 -noSuchOption 1",
        'add lb monitor x HTTP-ECV -send "GET',
    ],
)
def test_what_no_document_explains_is_listed(line: str) -> None:
    result = loaded(f"add lb vserver web HTTP 192.0.2.20 80\n{line}\nadd server s 192.0.2.1\n")
    assert [entry.split(":")[0] for entry in result.unknown] == ["line 3"]
    assert result.configuration.find(TYPES["server"], "s")


@pytest.mark.fact("config-text")
def test_a_quoted_argument_over_several_lines() -> None:
    """A published monitor sends a request with line breaks."""
    result = loaded(
        'add lb monitor m HTTP-ECV -send "GET /\nHost: x\n" -recv ok\nadd server s 192.0.2.1\nadd nonsense x\n'
    )
    assert [entry.split(":")[0] for entry in result.unknown] == ["line 6"]
    text = printed(result.configuration)
    assert "-send " in text
    assert nsconf_reader.load(text, ENVIRONMENT).unknown == []


@pytest.mark.fact("config-text")
def test_commands_end_with_their_object_and_with_a_clear() -> None:
    configuration = loaded(PUBLISHED).configuration
    configuration.delete(TYPES["lbvserver"], "web", ENVIRONMENT)
    kept = text_commands.lines(configuration, first=False)
    assert [line.split()[3] for line in kept if line.startswith("bind lb")] == ["other"]
    clearing.clear(configuration, "basic", "salt", administrators=False)
    kept = [*text_commands.lines(configuration, first=True), *text_commands.lines(configuration, first=False)]
    assert [line.split()[1] for line in kept] == ["ns", "rsskeytype", "interface", "dns"]


@pytest.mark.fact("config-text")
def test_an_appliance_shows_and_saves_them() -> None:
    """They are lines of nsrunningconfig and of ns.conf; they are no objects of NITRO, and no rows of the state."""
    fleet = {"appliances": {"one": {"nodes": ["127.0.0.1:0"], "ns_conf": HEADER + PUBLISHED}}}
    with Simulator(fleet) as simulator:
        other = Lab(simulator)
        box = other.box("one")
        assert "set snmp alarm" in box.get("nsrunningconfig").json["nsrunningconfig"]["response"]
        assert box.post("nsconfig", {}, "?action=diff").json["nsconfig"]["response"] == ""
        assert box.post("nsconfig", {}, "?action=save").status == 200
        assert "set snmp alarm" in box.get("nssavedconfig").json["nssavedconfig"]["textblob"]
        assert not any(name.startswith("_") for name in simulator.appliance("one").state()["nodes"][0]["running"])
        other.close()
