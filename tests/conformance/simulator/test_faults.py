# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Faults, and the control endpoint that installs them."""

from __future__ import annotations

import http.client
import json
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

POLICY = {"name": "p", "rule": "TRUE", "action": "NOOP"}


def gw(lab: Any) -> Any:
    return lab.simulator.appliance("gw")


def test_reset_before(lab: Any) -> None:
    """The connection is reset and the request is not carried out."""
    box = lab.box()
    gw(lab).fault("reset", type="responderpolicy", method="POST")
    with pytest.raises(ConnectionResetError):
        box.post("responderpolicy", POLICY)
    assert lab.box().rows("responderpolicy") == []


@pytest.mark.fact("reboot-breaks-off")
def test_reply_lost(lab: Any) -> None:
    """The write is carried out, no response is sent."""
    box = lab.box()
    gw(lab).fault("reply_lost", type="responderpolicy", method="POST")
    with pytest.raises(ConnectionResetError):
        box.post("responderpolicy", POLICY)
    assert lab.box().rows("responderpolicy")[0]["name"] == "p"


def test_crash(lab: Any) -> None:
    """The write is carried out, then the node reboots and loses it."""
    box = lab.box()
    gw(lab).fault("crash", type="responderpolicy", method="POST")
    with pytest.raises(ConnectionResetError):
        box.post("responderpolicy", POLICY)
    assert lab.box().rows("responderpolicy") == []


def test_http_error_nth_and_times(lab: Any) -> None:
    """From the n-th call on, this number of times; an HTML page without an envelope."""
    box = lab.box()
    gw(lab).fault("http_error", method="GET", type="nsversion", nth=2, times=2, status=503)
    assert [box.get("nsversion").status for _ in range(4)] == [200, 503, 503, 200]
    gw(lab).fault("http_error", type="nsversion", times=0, status=502)
    answer = box.get("nsversion")
    assert (answer.status, answer.reason, answer.header("Content-Type")) == (
        502,
        "Bad Gateway",
        "text/html; charset=iso-8859-1",
    )
    gw(lab).clear_faults()
    assert lab.box().get("nsversion").status == 200


def test_nitro_error(lab: Any) -> None:
    """Any error code."""
    gw(lab).fault("nitro_error", type="nsconfig", action="save", code=293)
    box = lab.box()
    assert box.post("nsconfig", {}, "?action=save").code == 293
    assert box.post("nsconfig", {}, "?action=save").status == 200


def test_expired_session(lab: Any) -> None:
    """401/444 during the work."""
    box = lab.box()
    gw(lab).fault("expire_session", type="nsversion")
    answer = box.get("nsversion")
    assert (answer.status, answer.code) == (401, 444)


def test_wrong_credentials(lab: Any) -> None:
    """401/354 at a login."""
    gw(lab).fault("wrong_credentials")
    assert lab.client().log_in().code == 354
    assert lab.client().log_in().status == 201


def test_slow(lab: Any) -> None:
    """The response is late."""
    box = lab.box()
    gw(lab).fault("slow", type="nsversion", seconds=0.2)
    started = time.monotonic()
    assert box.get("nsversion").status == 200
    assert time.monotonic() - started >= 0.2


def test_the_request_log_says_when_a_request_came(lab: Any) -> None:
    """It is logged when it ends, which may be long after later requests."""
    box, other = lab.box(), lab.box()
    gw(lab).fault("hang", type="nsversion", seconds=0.3)
    with ThreadPoolExecutor(1) as pool:
        hanging = pool.submit(box.get, "nsversion")
        for _ in range(500):
            if lab.simulator.control("GET", "/appliances/gw/faults")[0]["fired"]:
                break
            time.sleep(0.01)
        between = time.time()
        assert other.get("nshardware").status == 200
        with pytest.raises(ConnectionResetError):
            hanging.result()
    later, earlier = lab.simulator.requests()[-2:]
    assert (later["target"], earlier["target"]) == ("/nitro/v1/config/nshardware", "/nitro/v1/config/nsversion")
    assert earlier["time"] < between < later["time"]


def test_hang(lab: Any) -> None:
    """No response."""
    box = lab.box()
    gw(lab).fault("hang", type="nsversion", seconds=0.1)
    with pytest.raises(ConnectionResetError):
        box.get("nsversion")


@pytest.mark.parametrize("how", ["fault", "unreachable"])
def test_refused(lab: Any, how: str) -> None:
    """No address listens; afterwards they listen again, with the same state."""
    if how == "fault":
        gw(lab).fault("refuse", node=0)
        assert lab.vserver("web").ask("GET", "/").status == 200
    else:
        gw(lab).unreachable()
        with pytest.raises(ConnectionRefusedError):
            lab.vserver("web").ask("GET", "/")
    with pytest.raises(ConnectionRefusedError):
        lab.box()
    gw(lab).clear_faults()
    gw(lab).unreachable(False)
    assert lab.box().get("nsversion").status == 200


def test_faults_of_one_node(lab: Any) -> None:
    """A fault can be that of one node."""
    lab.simulator.appliance("pair").fault("refuse", node=1)
    assert lab.box("pair").get("nsversion").status == 200
    with pytest.raises(ConnectionRefusedError):
        lab.box("pair", 1)


def test_faults_of_a_vserver(lab: Any) -> None:
    """Faults of traffic at virtual servers."""
    gw(lab).fault("http_error", vserver="web", status=503)
    assert [lab.vserver("web").ask("GET", "/").status for _ in range(2)] == [503, 200]
    gw(lab).fault("reset", vserver="web")
    with pytest.raises((ConnectionResetError, http.client.RemoteDisconnected)):
        lab.vserver("web").ask("GET", "/")


def test_reset_restores_the_fleet_file(lab: Any) -> None:
    """/reset: configuration, sessions, faults, build, clock and log as at the start, without a restart."""
    box = lab.box()
    box.post("responderpolicy", POLICY)
    gw(lab).upgrade("13.0 47.24")
    gw(lab).unreachable()
    running, nodes = lab.simulator.fleet, lab.simulator.ready["appliances"]["gw"]["nodes"]
    lab.simulator.reset()
    assert lab.simulator.fleet is running
    assert lab.simulator.ready["appliances"]["gw"]["nodes"] == nodes
    assert lab.simulator.requests() == []
    box = lab.box()
    assert box.rows("responderpolicy") == []
    assert "47.22" in box.get("nsversion").json["nsversion"]["version"]


def test_control_over_http(lab: Any) -> None:
    """The same calls over plain HTTP, as scripts make them; each mistake has its own error."""

    def ask(method: str, path: str, body: Any = None) -> tuple[int, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(lab.simulator.ready["control"] + path, data=data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as problem:
            with problem:
                return problem.code, json.load(problem)

    assert ask("POST", "/appliances/gw/build", {"build": "13.0 47.24"}) == (200, {})
    assert ask("GET", "/appliances/gw/state")[1]["build"] == "13.0 47.24"
    assert ask("POST", "/appliances/pair/failover", {}) == (200, {})
    assert ask("GET", "/appliances/pair/state")[1]["primary"] == 1
    assert ask("POST", "/appliances/gw/vservers/gateway/session", {"user": "ann"})[1]["cookie"].startswith("NSC_AAAC=")
    assert ask("POST", "/appliances/gw/faults", {"kind": "slow"}) == (200, {})
    assert ask("GET", "/appliances/gw/faults")[1][0]["kind"] == "slow"
    assert ask("DELETE", "/appliances/gw/faults") == (200, {})
    assert ask("GET", "/requests") == (200, [])
    assert ask("DELETE", "/requests") == (200, {})
    assert ask("POST", "/reset") == (200, {})
    assert ask("POST", "/appliances/gw/build", {"build": "new"})[0] == 400
    assert ask("POST", "/appliances/gw/faults", {"kind": "nonsense"})[0] == 400
    assert ask("POST", "/appliances/gw/failover", {})[0] == 409
    assert ask("POST", "/appliances/nope/reboot", {})[0] == 404
    assert ask("POST", "/appliances/gw/nonsense", {})[0] == 404
    assert ask("GET", "/nonsense")[0] == 404


def test_request_log(lab: Any) -> None:
    """One entry per request, on both sides, with its connection, status and errorcode."""
    box = lab.client(User_Agent="test/1")
    box.log_in()
    box.get("responderpolicy/nope")
    lab.vserver("gateway", User_Agent="probe/1").ask("GET", "/vpn/../vpns/")
    entries = lab.simulator.requests()
    assert [
        (entry["side"], entry["method"], entry["target"], entry["status"], entry["errorcode"]) for entry in entries
    ] == [
        ("nitro", "POST", "/nitro/v1/config/login", 201, 0),
        ("nitro", "GET", "/nitro/v1/config/responderpolicy/nope", 404, 2054),
        ("gateway", "GET", "/vpn/../vpns/", 403, None),
    ]
    assert entries[0]["connection"] == entries[1]["connection"] != entries[2]["connection"]
    assert [entry["user_agent"] for entry in entries] == ["test/1", "test/1", "probe/1"]
    assert entries[0]["appliance"] == "gw"
