# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Log-on at Gateways and authentication vservers: cookies, sessions, counters, and the policies that are evaluated on it."""

from __future__ import annotations

import base64
import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from simulator import Simulator
from simulator.fleet_file.specification import FleetError

from .conftest import FLEET, Lab

FORM = "application/x-www-form-urlencoded"
RIGHT = {"login": "user1", "passwd": "user1"}
WRONG = {"login": "user1", "passwd": "guess"}
HOME = "/vpns/portal/homepage.html"
TEXT = ("Result", "PostBack", "Text")


def post(client: Any, path: str, form: dict[str, str] | None = None, **headers: str) -> Any:
    return client.ask("POST", path, urlencode(form or {}), Content_Type=FORM, **headers)


def cookie(answer: Any, name: str) -> str | None:
    """Return the value of a cookie that a response sets."""
    for key, value in answer.headers:
        if key == "Set-Cookie" and value.startswith(f"{name}="):
            return str(value.split(";")[0].partition("=")[2])
    return None


def sign_on(lab: Any, vserver: str = "gateway") -> str:
    found = cookie(post(lab.vserver(vserver), "/cgi/login", RIGHT), "NSC_AAAC")
    assert found
    return f"NSC_AAAC={found}"


def result_of(answer: Any) -> dict[str, str]:
    """Return the result of an nFactor response."""
    root = ET.fromstring(answer.body)
    return {name: element.text or "" for name in TEXT if (element := root.find(f".//{{*}}{name}")) is not None}


def statistics(box: Any, type_: str) -> Any:
    return box.ask("GET", f"/nitro/v1/stat/{type_}").json[type_.partition("/")[0]]


def log(box: Any, name: str) -> str:
    row = box.rows(f"systemfile/{name}?args=filelocation:%2Fvar%2Flog")[0]
    return base64.b64decode(row["filecontent"]).decode()


def respond(box: Any, rule: str, target: str, point: str, vserver: str = "gateway", type_: str = "vpnvserver") -> None:
    assert box.post("responderaction", {"name": "r", "type": "respondwith", "target": target}).status == 201
    assert box.post("responderpolicy", {"name": "p", "rule": rule, "action": "r"}).status == 201
    row = {"name": vserver, "policy": "p", "priority": 1, "bindpoint": point}
    assert box.post(f"{type_}_responderpolicy_binding", row).status == 201


@pytest.mark.fact("logon-form", "logon-pages", "gateway-session")
def test_a_log_on_and_off(lab: Any) -> None:
    """The log-on form, a cookie, setclient, the portal, and the log-off (check_netscaler_gateway)."""
    client = lab.vserver("gateway")
    page = client.ask("GET", "/vpn/index.html").body
    assert b'action="/cgi/login"' in page
    answer = post(client, "/cgi/login", RIGHT)
    assert (answer.status, answer.header("Location"), answer.body) == (302, "/cgi/setclient?wica", b"")
    signed_on = {"Cookie": f"x=1; NSC_AAAC={cookie(answer, 'NSC_AAAC')}"}
    assert client.ask("POST", "/cgi/setclient?wica", **signed_on).status == 200
    assert client.ask("GET", HOME, **signed_on).status == 200
    assert client.ask("GET", "/cgi/logout", **signed_on).status == 200
    assert client.ask("GET", HOME, **signed_on).status == 302
    assert client.ask("GET", "/cgi/logout").status == 302
    assert client.ask("POST", "/cgi/setclient?wica").status == 302


@pytest.mark.fact("logon-refused")
@pytest.mark.parametrize("form", [WRONG, {"login": "nobody", "passwd": "x"}, {"login": "user1"}, {}])
def test_wrong_credentials(lab: Any, form: dict[str, str]) -> None:
    """Back to the log-on page, with 4001 in a cookie and without a session."""
    answer = post(lab.vserver("gateway"), "/cgi/login", form)
    assert (answer.status, answer.header("Location")) == (302, "/vpn/index.html")
    assert (cookie(answer, "NSC_VPNERR"), cookie(answer, "NSC_AAAC")) == ("4001", None)
    assert statistics(lab.box(), "aaa")["aaaauthfail"] == "1"


@pytest.mark.fact("logon-origin")
@pytest.mark.parametrize(
    ("build", "wanted", "location"),
    [
        ("13.1 62.23", True, "/cgi/setclient?wica"),
        ("13.1 63.21", True, "/vpn/index.html"),
        ("13.1 63.21", False, "/cgi/setclient?wica"),
    ],
)
def test_newer_builds_need_an_origin(
    with_switches: Callable[..., Any], build: str, wanted: bool, location: str
) -> None:
    """From 13.1-63 on a log-on without Origin is refused like a wrong password: a switch."""
    lab = with_switches(logon_needs_origin=wanted)
    lab.simulator.appliance("gw").upgrade(build)
    client = lab.vserver("gateway")
    assert post(client, "/cgi/login", RIGHT).header("Location") == location
    assert post(client, "/cgi/login", RIGHT, Origin="https://gw").header("Location") == "/cgi/setclient?wica"


@pytest.mark.fact("gateway-session", "logon-user")
def test_rules_see_the_user(lab: Any) -> None:
    """IS_SSLVPN is true and the user has a name, for requests with the cookie."""
    respond(lab.box(), "CLIENT.SSLVPN.IS_SSLVPN", '"HTTP/1.1 200 OK\\r\\n\\r\\n" + HTTP.REQ.USER.NAME', "REQUEST")
    name = sign_on(lab)
    assert lab.vserver("gateway", Cookie=name).ask("GET", "/files").body == b"user1"
    assert lab.vserver("gateway").ask("GET", "/files").status == 302
    assert lab.vserver("gateway", Cookie="NSC_AAAC=0123").ask("GET", "/files").status == 302
    assert lab.vserver("aaa", Cookie=name).ask("GET", "/files").status == 302, "a session is that of one vserver"


@pytest.mark.fact("logon-idle")
def test_a_session_times_out(lab: Any) -> None:
    """After half an hour without a request; each request restarts the time."""
    appliance, name = lab.simulator.appliance("gw"), sign_on(lab)
    for _ in range(2):
        appliance.advance(1700)
        assert lab.vserver("gateway", Cookie=name).ask("GET", HOME).status == 200
    appliance.advance(1801)
    assert lab.vserver("gateway", Cookie=name).ask("GET", HOME).status == 302
    assert statistics(lab.box(), "aaa")["aaatotsessiontimeout"] == "1"


@pytest.mark.fact("logon-counters", "aaasession")
def test_counters_and_the_list_of_sessions(lab: Any) -> None:
    """Statistics of AAA and of the vserver, the vserver's users, aaasession (NITRO reference); kill ends the sessions."""
    box = lab.box()
    post(lab.vserver("gateway"), "/cgi/login", WRONG)
    names = [sign_on(lab), sign_on(lab)]
    aaa = statistics(box, "aaa")
    assert [aaa[field] for field in ("aaaauthfail", "aaaauthsuccess", "aaatotsessions", "aaacursessions")] == list(
        "1222"
    )
    assert statistics(box, "vpnvserver/gateway")[0]["cursslvpnusers"] == "2"
    assert box.rows("vpnvserver/gateway")[0]["curaaausers"] == "2"
    assert box.rows("authenticationvserver/aaa")[0]["curaaausers"] == "0"
    rows = box.rows("aaasession")
    assert [(row["username"], row["publicip"], row["ipaddress"], row["peid"]) for row in rows] == [
        ("user1", "127.0.0.1", "127.21.0.13", "0")
    ] * 2
    assert box.rows("aaasession?args=username:nobody") == []
    assert box.get("aaasession?count=yes").json["aaasession"] == [{"__count": 2}]
    assert box.post("aaasession", {}, "?action=kill").code == 1094
    assert box.post("aaasession", {"username": "nobody"}, "?action=kill").code == 258
    assert box.post("aaasession", {"username": "user1"}, "?action=kill").status == 200
    assert [lab.vserver("gateway", Cookie=name).ask("GET", HOME).status for name in names] == [302, 302]
    sign_on(lab)
    assert box.post("aaasession", {"all": True}, "?action=kill").status == 200
    assert (box.rows("aaasession"), statistics(box, "aaa")["aaacursessions"]) == ([], "0")
    assert statistics(box, "aaa")["aaatotsessions"] == "3"


def test_sessions_and_the_pair(lab: Any) -> None:
    """The primary has them; a failover keeps them, a reboot of a standalone ends them."""
    name = sign_on(lab)
    lab.simulator.appliance("gw").reboot()
    assert lab.vserver("gateway", Cookie=name).ask("GET", HOME).status == 302
    pair = lab.simulator.appliance("pair")
    answer = post(lab.vserver("gateway", "pair"), "/cgi/login", RIGHT)
    signed_on = f"NSC_AAAC={cookie(answer, 'NSC_AAAC')}"
    assert [len(lab.box("pair", node).rows("aaasession")) for node in (0, 1)] == [1, 0]
    pair.failover()
    assert [len(lab.box("pair", node).rows("aaasession")) for node in (0, 1)] == [0, 1]
    assert lab.vserver("gateway", "pair", Cookie=signed_on).ask("GET", HOME).status == 200


@pytest.mark.fact("logon-nfactor")
def test_nfactor_at_a_gateway(with_switches: Callable[..., Any]) -> None:
    """Requirements, credentials, client; after wrong credentials the form again. The classic form refuses every log-on."""
    lab = with_switches(gateway_logon="nfactor")
    client = lab.vserver("gateway")
    assert client.ask("GET", "/vpn/index.html").header("Location") == "/logon/LogonPoint/index.html"
    assert client.ask("GET", "/logon/LogonPoint/index.html").status == 200
    assert cookie(post(client, "/cgi/login", RIGHT), "NSC_VPNERR") == "4001"
    answer = post(client, "/p/u/getAuthenticationRequirements.do")
    assert result_of(answer) == {"Result": "more-info", "PostBack": "/p/u/doAuthentication.do"}
    answer = post(client, "/p/u/doAuthentication.do", WRONG)
    assert (result_of(answer)["Result"], result_of(answer)["Text"]) == ("more-info", "Incorrect user name or password.")
    answer = post(client, "/p/u/doAuthentication.do", {**RIGHT, "StateContext": ""})
    assert result_of(answer) == {"Result": "success"}
    signed_on = {"Cookie": f"NSC_AAAC={cookie(answer, 'NSC_AAAC')}"}
    assert result_of(post(client, "/p/u/setClient.do", {"nsg-setclient": "wica"}, **signed_on)) == {"Result": "success"}
    assert client.ask("GET", HOME, **signed_on).status == 200
    assert post(lab.vserver("gateway", "pair"), "/p/u/setClient.do").status == 302


def test_no_nfactor_at_a_classic_gateway(lab: Any) -> None:
    """Its addresses have no special meaning there."""
    assert post(lab.vserver("gateway"), "/p/u/getAuthenticationRequirements.do").status == 302


@pytest.mark.fact("logon-aaa")
def test_an_authentication_vserver(lab: Any) -> None:
    """nFactor under /nf/auth/, or its form; the cookies are NSC_TMAA and NSC_TMAS, the return address is in NSC_TASS."""
    client = lab.vserver("aaa")
    assert b'action="/cgi/login"' in client.ask("GET", "/vpn/tmindex.html").body
    answer = post(client, "/nf/auth/doAuthentication.do", RIGHT)
    token = cookie(answer, "NSC_TMAS")
    assert result_of(answer)["Result"] == "success"
    assert cookie(answer, "NSC_TMAA") == token
    assert cookie(answer, "NSC_AAAC") is None
    wanted = base64.b64encode(b"https://app.example/a?b=c").decode()
    answer = post(client, "/cgi/login", RIGHT, Cookie=f"NSC_TASS={wanted}")
    assert (answer.status, answer.header("Location")) == (302, "https://app.example/a?b=c")
    assert post(client, "/cgi/login", RIGHT, Cookie="NSC_TASS=%zz").header("Location") == "/"
    assert post(client, "/cgi/login", WRONG).header("Location") == "/vpn/tmindex.html"
    box = lab.box()
    assert statistics(box, "aaa")["aaacurtmsessions"] == "3"
    assert box.rows("authenticationvserver/aaa")[0]["curaaausers"] == "3"
    respond(
        box,
        "CLIENT.SSLVPN.IS_SSLVPN.NOT",
        '"HTTP/1.1 200 OK\\r\\n\\r\\n" + HTTP.REQ.USER.NAME',
        "AAA_REQUEST",
        "aaa",
        "authenticationvserver",
    )
    assert lab.vserver("aaa", Cookie=f"NSC_TMAS={token}").ask("GET", "/").body == b"user1"


@pytest.mark.fact("gateway-points")
@pytest.mark.parametrize(
    ("position", "point", "seen"),
    [("split", "AAA_REQUEST", True), ("split", "REQUEST", False), ("request", "REQUEST", True),
     ("request", "AAA_REQUEST", False), ("both", "REQUEST", True), ("both", "AAA_REQUEST", True)],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/cgi/login", "/p/u/doAuthentication.do", "/cgi/logout"])
def test_bind_points_for_a_log_on(
    with_switches: Callable[..., Any], position: str, point: str, seen: bool, path: str
) -> None:
    """The Gateway handles it itself, with a session or without: the switch decides, and a blocked log-on starts no session."""
    lab = with_switches(gateway_bind_points=position, gateway_logon="classic" if "cgi" in path else "nfactor")
    token = lab.simulator.appliance("gw").session("gateway", "ann")
    respond(lab.box(), "TRUE", '"HTTP/1.1 403 no\\r\\n\\r\\n"', point)
    for headers in ({}, {"Cookie": token}):
        answer = post(lab.vserver("gateway"), path, RIGHT, **headers)
        assert (answer.status == 403) is seen


@pytest.mark.fact("logon-lines")
def test_log_ons_in_the_logs(lab: Any) -> None:
    """ns.log has the log-on and the failure, with the client; httpd's log has neither."""
    post(lab.vserver("gateway", User_Agent="a b"), "/cgi/login", {"login": "x\r\ny", "passwd": "secret!"})
    sign_on(lab)
    box = lab.box()
    text = log(box, "ns.log")
    first = ' GMT gw1 0-PPE-0 : default AAA LOGIN_FAILED 1 0 :  User xy - Client_ip 127.0.0.1 - Failure_reason "Username/Password mismatch"'
    assert "15/2020:03:00:0" in text
    assert f"{first} - Browser a b\n" in text
    assert (
        " : default SSLVPN LOGIN 3 0 :  Context user1@127.0.0.1 - SessionId: 1 - User user1 - Client_ip 127.0.0.1"
        in text
    )
    assert "secret!" not in text
    assert "/cgi/login" not in log(box, "httpaccess.log")


def test_users_of_an_appliance_and_of_a_vserver() -> None:
    """portal_users of the appliance, or of one vserver instead."""
    entry = FLEET["appliances"]["gw"]
    own, *others = entry["vservers"]
    vservers = [{**own, "portal_users": {"bob": "b"}}, *others]
    with Simulator({"appliances": {"gw": {**entry, "portal_users": {"ann": "a"}, "vservers": vservers}}}) as simulator:
        lab = Lab(simulator)
        for vserver, users in (("gateway", {"bob": "b"}), ("aaa", {"ann": "a"})):
            for user, password in (("ann", "a"), ("bob", "b"), ("user1", "user1")):
                answer = post(lab.vserver(vserver), "/cgi/login", {"login": user, "passwd": password})
                assert (cookie(answer, "NSC_VPNERR") is None) is (user in users)
        lab.close()
    web = {**others[1], "portal_users": {}}
    with pytest.raises(FleetError, match="users cannot log on at a lb vserver"):
        Simulator({"appliances": {"gw": {**entry, "vservers": [web]}}})
