# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reading virtual servers: a state or a number that is not reported is not known."""

from __future__ import annotations

import contextlib
from typing import Any, cast

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import (
    Address,
    Appliance,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.names import UnusableName
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Row, Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.object_reads.vserver_reads import (
    read_answering,
    read_sessions,
    read_switches,
    read_usage,
    read_vips,
    read_vservers,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.virtual_servers import (
    VSERVER_TYPES,
    Usage,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    NitroError,
    NotShown,
    OutcomeUnknown,
)

GW: Row = {"name": "gw", "ipv46": "192.0.2.10", "port": 443, "servicetype": "SSL", "curstate": "UP"}


class FakeSession:
    """Answers reads from a table; an error in it is raised."""

    where = "box"
    appliance = Appliance("box", (Address("192.0.2.1", 443),), "u", "p", probe_networks=("192.0.2.0/24",))

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers
        self.unusable_names: set[UnusableName] = set()
        self.briefly = contextlib.nullcontext

    def read(self, type_: str, *_arguments: Any, area: str = "config", **_options: Any) -> list[Row]:
        answer = self.answers.get(f"{area}/{type_}", [])
        if isinstance(answer, Exception):
            raise answer
        return cast("list[Row]", answer)


def session(**answers: Any) -> Session:
    return cast("Session", FakeSession({name.replace("_", "/", 1): answer for name, answer in answers.items()}))


def error(kind: type[NitroError] = NitroError) -> NitroError:
    return kind("box", "GET", 403, 2138, "not authorized")


@pytest.mark.parametrize(
    ("row", "enabled"),
    [
        ({"curstate": "UP"}, True),
        ({"curstate": "DOWN"}, True),
        ({"curstate": "OUT OF SERVICE"}, False),
        ({"curstate": "Out of Service"}, False),
        ({"curstate": "GOING OUT OF SERVICE"}, False),
        ({"curstate": "UP", "state": "DISABLED"}, False),
        ({"curstate": "UNKNOWN", "state": "ENABLED"}, True),
        ({"curstate": "UNKNOWN"}, None),
        ({"curstate": None}, None),
    ],
)
def test_state(row: Row, enabled: bool | None) -> None:
    (vserver,) = read_vservers(session(config_vpnvserver=[{**GW, **row}]), ["vpnvserver"])
    assert vserver.enabled is enabled


def test_state_that_is_not_told_stops_a_step() -> None:
    with pytest.raises(NitroError, match=r"the appliance does not report whether gw is switched on"):
        read_switches(session(config_vpnvserver=[{**GW, "curstate": "?"}]), "vpnvserver")


@pytest.mark.parametrize("name", ["g\nw", "gw{{ lookup('pipe', 'id') }}", "", None])
def test_a_virtual_server_without_a_usable_name_is_seen_and_neither_switched_nor_probed(name: str | None) -> None:
    opened = session(config_vpnvserver=[GW, {**GW, "name": name, "curstate": "?"}])
    _gw, other = read_vservers(opened, ["vpnvserver"])
    assert not other.has_usable_name
    assert other.addressable
    assert other.name.startswith("(unusable name ")
    assert [vip.name for vip in read_vips(opened, ["vpnvserver"])] == ["gw"]
    assert list(read_switches(opened, "vpnvserver")) == [("vpnvserver", ("gw",))]
    assert [str(one).isprintable() for one in opened.unusable_names] == [True]


@pytest.mark.parametrize(
    ("attributes", "address", "port", "protocol"),
    [
        ({"ipv46": "evil.example"}, "", 443, "SSL"),
        ({"ipv46": "192.0.2.1/../x"}, "", 443, "SSL"),
        ({"ipv46": "::ffff:169.254.169.254"}, "169.254.169.254", 443, "SSL"),
        ({"port": "9" * 5000}, "192.0.2.10", 0, "SSL"),
        ({"port": "70000"}, "192.0.2.10", 0, "SSL"),
        ({"servicetype": "SSL\x1b[2J"}, "192.0.2.10", 443, ""),
        ({"ipv46": ["192.0.2.1"], "port": {}, "servicetype": None}, "", 0, "NONE"),
    ],
)
def test_an_address_that_is_none_is_not_used(attributes: Row, address: str, port: int, protocol: str) -> None:
    (vserver,) = read_vservers(session(config_vpnvserver=[{**GW, **attributes}]), ["vpnvserver"])
    assert (vserver.address, vserver.port, vserver.protocol) == (address, port, protocol)


def test_vips_are_those_that_speak_http_at_an_address_of_their_own() -> None:
    rows = [
        GW,
        {**GW, "name": "bare", "ipv46": "0.0.0.0", "port": 0},
        {**GW, "name": "mail", "servicetype": "TCP"},
        {**GW, "name": "any port", "port": 65535},
        {**GW, "name": "text", "port": "80", "servicetype": "http"},
    ]
    vips = read_vips(session(config_lbvserver=rows), ["lbvserver"])
    assert [(vip.name, vip.address.port, vip.tls) for vip in vips] == [("gw", 443, True), ("text", 80, False)]


def test_feature_that_is_off_has_no_virtual_servers_and_an_error_is_not_none() -> None:
    assert read_vservers(session(config_csvserver=error(NotShown)), ["csvserver"]) == []
    with pytest.raises(NitroError):
        read_vservers(session(config_csvserver=error()), ["csvserver"])


def test_types_that_cannot_be_read_are_told_beside_those_that_can() -> None:
    found, problems = read_answering(session(config_vpnvserver=[GW], config_csvserver=error()))
    assert [one.name for one in found] == ["gw"]
    (problem,) = problems
    assert problem.startswith("each cs vserver (they cannot be read: box: GET")
    refused = {f"config_{name}": error() for name in VSERVER_TYPES}
    with pytest.raises(NitroError):
        read_answering(session(**refused))


def test_what_is_not_counted_is_not_nobody() -> None:
    vservers = read_vservers(session(config_vpnvserver=[GW], config_lbvserver=[{**GW, "name": "shop"}]))
    stats = session(stat_vpnvserver=[{"name": "gw", "curtotalvpnusers": "1812"}], stat_lbvserver=error())
    assert read_usage(stats, vservers) == {("vpnvserver", ("gw",)): Usage(1812, None)}
    old = session(stat_vpnvserver=[{"name": "gw"}], stat_lbvserver=[{"name": "shop", "curclntconnections": "0"}])
    assert read_usage(old, vservers) == {
        ("vpnvserver", ("gw",)): Usage(None, None),
        ("lbvserver", ("shop",)): Usage(None, 0),
    }


def test_what_is_not_answered_is_not_counted_and_fails_no_closing() -> None:
    vservers = read_vservers(session(config_vpnvserver=[GW], config_lbvserver=[{**GW, "name": "shop"}]))
    silent = OutcomeUnknown("box: GET: no answer in time")
    stats = session(stat_lbvserver=silent, stat_vpnvserver=[{"name": "gw", "curtotalvpnusers": "1812"}])
    assert read_usage(stats, vservers) == {("vpnvserver", ("gw",)): Usage(1812, None)}
    assert read_sessions(session(stat_aaa=silent)) is None


@pytest.mark.parametrize(
    ("answer", "number"), [([{"aaacursessions": "7"}], 7), ([{}], None), ([], None), (error(), None)]
)
def test_sessions(answer: Any, number: int | None) -> None:
    assert read_sessions(session(stat_aaa=answer)) == number


def test_a_virtual_server_that_is_listed_twice_is_one() -> None:
    rows = [GW, {**GW, "name": "other"}, dict(GW)]
    assert [one.name for one in read_vservers(session(config_vpnvserver=rows), ("vpnvserver",))] == ["gw", "other"]


def test_two_values_of_one_virtual_server_are_an_answer_that_cannot_be_read() -> None:
    rows = [GW, {**GW, "curstate": "OUT OF SERVICE"}]
    with pytest.raises(NitroError, match=r"lists vpn vserver gw twice, with different values\. Look at it on"):
        read_vservers(session(config_vpnvserver=rows), ("vpnvserver",))
