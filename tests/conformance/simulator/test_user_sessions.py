# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the vendor's bulletins tell to kill: sessions of users, ICA, PCoIP and RDP connections, persistence sessions."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Any

import pytest

KILL = "?action=kill"
CONNECTIONS = {"vpnicaconnection": "ica", "vpnpcoipconnection": "pcoip", "rdpconnections": "rdp"}
ALL = {"all": True}


def count(box: Any, type_: str) -> int:
    """Return the number of rows, as a client counts them before and after a kill."""
    return int(box.get(f"{type_}?count=yes").json[type_][0]["__count"])


def log(box: Any) -> str:
    row = box.rows("systemfile/ns.log?args=filelocation:%2Fvar%2Flog")[0]
    return base64.b64decode(row["filecontent"]).decode()


def statistics(box: Any, type_: str) -> Any:
    return box.ask("GET", f"/nitro/v1/stat/{type_}").json[type_]


@pytest.fixture
def gateway(lab: Any) -> Any:
    """Return an appliance with users: ann and bob are staff, and have intranet addresses; eve has neither."""
    appliance = lab.simulator.appliance("gw")
    appliance.session("gateway", "ann", groups=["staff"], intranet_ip="10.9.1.7")
    appliance.session("gateway", "bob", groups=["staff", "board"], intranet_ip="10.9.2.7")
    appliance.session("aaa", "eve")
    return appliance


def users(box: Any, arguments: str = "") -> list[str]:
    return [row["username"] for row in box.rows(f"aaasession{arguments}")]


@pytest.mark.fact("aaasession-arguments")
@pytest.mark.parametrize(
    ("selection", "selected"),
    [
        ({"username": "ann"}, ["ann"]),
        ({"groupname": "staff"}, ["ann", "bob"]),
        ({"groupname": "staff", "username": "bob"}, ["bob"]),
        ({"iip": "10.9.2.7"}, ["bob"]),
        ({"iip": "10.9.1.0", "netmask": "255.255.255.0"}, ["ann"]),
        ({"iip": "10.9.0.0", "netmask": "255.255.0.0"}, ["ann", "bob"]),
    ],
)
def test_sessions_are_selected(gateway: Any, box: Any, selection: dict[str, str], selected: list[str]) -> None:
    """By user, group, and intranet address or range; a kill ends just these."""
    arguments = ",".join(f"{name}:{value}" for name, value in selection.items())
    assert users(box, f"?args={arguments}") == selected
    before = users(box)
    assert box.post("aaasession", selection, KILL).status == 200
    assert users(box) == [user for user in before if user not in selected]


@pytest.mark.fact("aaasession-arguments")
@pytest.mark.parametrize(
    ("selection", "code"),
    [
        ({}, 1094),
        ({"netmask": "255.255.255.0"}, 1093),
        ({"iip": "10.9.1.999"}, 1110),
        ({"iip": "10.9.1.0", "netmask": "0.0.0.255"}, 1111),
        ({"iip": "10.9.1.0", "netmask": "255.0.255.0"}, 1111),
        ({"user": "ann"}, 278),
    ],
)
def test_wrong_selections_end_no_session(gateway: Any, box: Any, selection: dict[str, str], code: int) -> None:
    assert box.post("aaasession", selection, KILL).code == code
    assert users(box) == ["ann", "bob", "eve"]


@pytest.mark.fact("aaasession-key")
def test_a_session_by_its_key(lab: Any) -> None:
    """The key is the value of the session's cookie; 12.1 does not know it."""
    box, appliance = lab.box(), lab.simulator.appliance("gw")
    key = appliance.session("gateway", "ann").partition("=")[2]
    appliance.session("gateway", "ann")
    assert len(users(box, f"?args=sessionkey:{key}")) == 1
    assert box.post("aaasession", {"sessionkey": key}, KILL).status == 200
    assert users(box) == ["ann"]
    assert lab.box("pair").post("aaasession", {"sessionkey": key}, KILL).code == 278


@pytest.mark.fact("kill-all", "gateway-connections", "kill-and-connections")
def test_the_kills_of_a_bulletin(lab: Any) -> None:
    """Each kind has its own command and count; a kill of all succeeds without any."""
    box, appliance = lab.box(), lab.simulator.appliance("gw")
    for type_ in ("aaasession", *CONNECTIONS):
        assert box.post(type_, ALL, KILL).status == 200
    appliance.session("gateway", "ann", connections=["ica", "pcoip", "rdp", {"kind": "ica", "transport": "UDP"}])
    appliance.session("gateway", "bob", connections=[{"kind": "ica", "server": "192.0.2.77:1494"}])
    assert [count(box, type_) for type_ in ("aaasession", *CONNECTIONS)] == [2, 3, 1, 1]
    assert box.post("aaasession", ALL, KILL).status == 200
    assert [count(box, type_) for type_ in ("aaasession", *CONNECTIONS)] == [0, 3, 1, 1]
    row = box.rows("vpnicaconnection?args=username:bob")[0]
    assert (row["destip"], row["destport"], row["transproto"], row["peid"]) == ("192.0.2.77", 1494, "TCP", "0")
    assert box.rows("rdpconnections")[0]["targetport"] == 3389
    assert box.post("vpnicaconnection", {"transproto": "udp"}, KILL).status == 200
    assert count(box, "vpnicaconnection") == 2
    assert box.post("vpnicaconnection", {"username": "bob"}, KILL).status == 200
    assert [row["username"] for row in box.rows("vpnicaconnection")] == ["ann"]
    for type_ in CONNECTIONS:
        assert box.post(type_, ALL, KILL).status == 200
        assert count(box, type_) == 0


@pytest.mark.fact("gateway-connections")
@pytest.mark.parametrize("type_", CONNECTIONS)
def test_wrong_kills_of_connections(lab: Any, type_: str) -> None:
    box = lab.box()
    lab.simulator.appliance("gw").session("gateway", "ann", connections=[CONNECTIONS[type_]])
    assert box.post(type_, {}, KILL).code == 1094
    assert box.post(type_, {"groupname": "staff"}, KILL).code == 278
    assert box.post(type_, {"username": "nobody"}, KILL).code == 258
    assert box.get(f"{type_}?args=nothing:1").code == 1090
    assert box.post("vpnicaconnection", {"transproto": "SCTP"}, KILL).code == 1097
    assert count(box, type_) == 1


@pytest.mark.fact("kill-nothing", "kill-and-connections", "logoff-method")
def test_open_points_of_a_kill(with_switches: Callable[..., Any]) -> None:
    """A kill of nothing, what a kill of a session does to connections, and the word in the log: the other positions."""
    lab = with_switches(kill_of_nothing="done", session_kill_ends_connections=True, kill_logout_method="InternalError")
    box = lab.box()
    assert box.post("aaasession", {"username": "nobody"}, KILL).status == 200
    assert box.post("rdpconnections", {"username": "nobody"}, KILL).status == 200
    appliance = lab.simulator.appliance("gw")
    appliance.session("gateway", "ann", connections=["ica", "rdp"])
    appliance.session("gateway", "bob", connections=["ica"])
    assert box.post("aaasession", {"username": "ann"}, KILL).status == 200
    assert [count(box, type_) for type_ in ("aaasession", *CONNECTIONS)] == [1, 1, 0, 0]
    assert ' - LogoutMethod "InternalError" - ' in log(box)


@pytest.mark.fact("ica-failover")
def test_connections_and_the_pair(lab: Any) -> None:
    """The primary shows them; a failover keeps the sessions and ends the connections."""
    pair = lab.simulator.appliance("pair")
    pair.session("gateway", "ann", connections=["ica", "rdp"])
    assert [count(lab.box("pair", node), "vpnicaconnection") for node in (0, 1)] == [1, 0]
    pair.failover()
    for node, sessions in ((0, 0), (1, 1)):
        assert [count(lab.box("pair", node), type_) for type_ in ("aaasession", *CONNECTIONS)] == [sessions, 0, 0, 0]


@pytest.mark.fact("ica-counters", "vpn-statistics")
def test_counters_of_connections(lab: Any) -> None:
    box = lab.box()
    lab.simulator.appliance("gw").session("gateway", "ann", connections=["ica", "ica"])
    names = ("aaacuricasessions", "aaacuricaonlyconn", "aaacuricaconn")
    assert [statistics(box, "aaa")[name] for name in names] == ["0", "0", "2"]
    assert box.put("vpnvserver", {"name": "gateway", "icaonly": "ON"}).status == 200
    assert [statistics(box, "aaa")[name] for name in names] == ["1", "2", "0"]
    assert statistics(box, "vpn")["indexhtmlhit"] == "0"
    lab.vserver("gateway").ask("GET", "/vpn/index.html")
    assert statistics(box, "vpn")["indexhtmlhit"] == "1"


@pytest.mark.fact("logoff-lines")
def test_ends_of_sessions_in_the_log(lab: Any) -> None:
    """A kill, a time-out and an ICA connection (CTX550269)."""
    box, appliance = lab.box(), lab.simulator.appliance("gw")
    appliance.session("gateway", "ann", groups=["staff"], connections=[{"kind": "ica", "server": "192.0.2.77:1494"}])
    appliance.advance(61)
    assert box.post("vpnicaconnection", ALL, KILL).status == 200
    assert box.post("aaasession", ALL, KILL).status == 200
    appliance.session("gateway", "bob")
    appliance.advance(1801)
    box = lab.box()
    assert users(box) == []
    text = re.sub(r"(SSLVPN \w+) \d+ 0 : ", r"\1 N 0 : ", log(box))
    end = "Source 127.0.0.1:0 - Destination 192.0.2.77:1494 - customername  - username:domainname ann: - "
    assert f" default SSLVPN ICASTART N 0 :  {end}applicationName Desktop - startTime " in text
    assert f" default SSLVPN ICAEND_CONNSTAT N 0 :  {end}startTime " in text
    assert " default SSLVPN LOGOUT N 0 :  Context ann@127.0.0.1 - SessionId: 1 - User ann - Client_ip 127.0.0.1" in text
    assert " - Duration 00:01:01  - " in text
    assert ' - LogoutMethod "Explicit" - Group(s) "staff"\n' in text
    assert ' - LogoutMethod "TimedOut" - Group(s) "N/A"\n' in text


@pytest.mark.parametrize(
    "details",
    [
        {"user": ""},
        {"user": "a\nb"},
        {"groups": "staff"},
        {"intranet_ip": "10.9.1"},
        {"connections": ["ftp"]},
        {"connections": [{"kind": "rdp", "transport": "UDP"}]},
        {"connections": [{"kind": "ica", "server": "192.0.2.7"}]},
        {"connections": ["ica"] * 101},
    ],
)
def test_sessions_that_the_control_endpoint_refuses(lab: Any, details: dict[str, Any]) -> None:
    from simulator.server.control import ControlError

    with pytest.raises(ControlError):
        lab.simulator.appliance("gw").session("gateway", **details)
    assert users(lab.box()) == []


@pytest.mark.fact("persistent-sessions")
def test_persistence_sessions(lab: Any) -> None:
    """A client stays with a server until the vserver's timeout, or until somebody clears its session."""
    box, appliance = lab.box(), lab.simulator.appliance("gw")
    lab.vserver("web").ask("GET", "/")
    assert box.rows("lbpersistentsessions") == []
    assert box.put("lbvserver", {"name": "web", "persistencetype": "SOURCEIP", "timeout": 3}).status == 200
    assert box.post("server", {"name": "s", "ipaddress": "192.0.2.5"}).status == 201
    service = {"name": "svc", "servername": "s", "servicetype": "HTTP", "port": 8081}
    assert box.post("service", service).status == 201
    assert box.post("lbvserver_service_binding", {"name": "web", "servicename": "svc"}).status == 201
    for client in ("127.0.0.1", "127.0.0.2", "127.0.0.1"):
        lab.vserver("web", source=client).ask("GET", "/")
    rows = box.rows("lbpersistentsessions?args=vserver:web")
    assert sorted(row["srcip"] for row in rows) == ["127.0.0.1", "127.0.0.2"]
    row = rows[0]
    assert (row["typestring"], row["vservername"], row["destip"], row["destport"]) == (
        "SOURCEIP", "web", "192.0.2.5", 8081,
    )  # fmt: skip
    assert 170 < int(row["timeout"]) <= 180
    appliance.advance(181)
    assert lab.box().rows("lbpersistentsessions") == []
    box = lab.box()
    lab.vserver("web").ask("GET", "/")
    assert box.get("lbpersistentsessions?args=vserver:nobody").code == 258
    assert box.post("lbpersistentsessions", {"vserver": "nobody"}, "?action=clear").code == 258
    assert box.post("lbpersistentsessions", {"name": "web"}, "?action=clear").code == 278
    assert box.post("lbpersistentsessions", {"persistenceparameter": "x"}, "?action=clear").status == 200
    assert count(box, "lbpersistentsessions") == 1
    assert box.post("lbpersistentsessions", {}, "?action=clear").status == 200
    assert count(box, "lbpersistentsessions") == 0
    assert box.put("lbvserver", {"name": "web", "persistencetype": "DESTIP"}).status == 200
    lab.vserver("web", source="127.0.0.3").ask("GET", "/")
    assert ["srcip" in row for row in box.rows("lbpersistentsessions")] == [False]


def test_command_lines_of_the_kills(lab: Any) -> None:
    """Command policies see the commands of the bulletins (command reference; a public tool's list of rights)."""
    box = lab.box()
    assert box.post("systemuser", {"username": "bo", "password": "secret"}).status == 201
    spec = "^kill (aaa session|vpn icaconnection|rdp connections)( |$)|^clear lb persistentSessions"
    assert box.post("systemcmdpolicy", {"policyname": "kills", "action": "ALLOW", "cmdspec": spec}).status == 201
    bound = {"username": "bo", "policyname": "kills", "priority": 1}
    assert box.post("systemuser_systemcmdpolicy_binding", bound).status == 201
    bo = lab.client()
    assert bo.log_in("bo", "secret").status == 201
    for type_ in ("aaasession", "vpnicaconnection", "rdpconnections"):
        assert bo.post(type_, ALL, KILL).status == 200
    assert bo.post("lbpersistentsessions", {}, "?action=clear").status == 200
    answer = bo.post("vpnpcoipconnection", ALL, KILL)
    assert (answer.code, "[kill vpn pcoipconnection" in answer.json["message"]) == (2138, True)
