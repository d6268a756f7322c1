# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Monitors, their bindings to services and groups, and the states that depend on them."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.fleet_file.faults import Fault
from tests.conformance.simulator.in_process import Nitro

BOUND = "service_lbmonitor_binding"


def made(**more: Any) -> Nitro:
    nitro = Nitro(features=["LB"], **more)
    for type_, row in (
        ("lbvserver", {"name": "v", "servicetype": "HTTP"}),
        ("server", {"name": "s", "ipaddress": "192.0.2.80"}),
        ("service", {"name": "svc", "servername": "s", "servicetype": "HTTP", "port": 80}),
        ("lbvserver_service_binding", {"name": "v", "servicename": "svc"}),
        (
            "lbmonitor",
            {"monitorname": "m", "type": "HTTP", "respcode": ["200", "301"], "interval": 10, "units3": "SEC"},
        ),
        ("lbmonitor", {"monitorname": "opposite", "type": "TCP", "reverse": "YES"}),
        ("lbmonitor", {"monitorname": "p", "type": "PING"}),
    ):
        assert nitro.code("POST", type_, row) == 0
    return nitro


@pytest.fixture
def nitro() -> Nitro:
    return made()


def states(nitro: Nitro) -> tuple[str, str]:
    """Return the states of the service and of the virtual server."""
    return nitro.rows("service/svc")[0]["svrstate"], nitro.rows("lbvserver/v")[0]["curstate"]


def down(nitro: Nitro, backend: str | None = None) -> None:
    nitro.box.install_fault(Fault("backend_down", times=0, backend=backend))


@pytest.mark.fact("monitor-object", "monitor-type-needed", "monitor-built-in")
def test_a_monitor(nitro: Nitro) -> None:
    """Made, changed with its type, unset, removed with its type (reference, lbmonitor; commands, lb monitor)."""
    (row,) = nitro.rows("lbmonitor/m")
    shown = {
        name: row[name] for name in ("type", "respcode", "interval", "units3", "resptimeout", "retries", "reverse")
    }
    assert shown == {
        "type": "HTTP", "respcode": ["200", "301"], "interval": 10, "units3": "SEC", "resptimeout": 2, "retries": 3, "reverse": "NO",
    }  # fmt: skip
    assert nitro.lines("lb monitor m ") == ['add lb monitor m HTTP -respCode "200 301" -interval 10 SEC']
    assert nitro.reloaded() == nitro.text()
    assert nitro.code("PUT", "lbmonitor", {"monitorname": "m", "retries": 5}) == 1095
    assert nitro.code("PUT", "lbmonitor", {"monitorname": "m", "type": "TCP", "retries": 5}) == 278
    assert nitro.code("PUT", "lbmonitor", {"monitorname": "m", "type": "HTTP", "retries": 5}) == 0
    assert nitro.code("POST", "lbmonitor?action=unset", {"monitorname": "m", "type": "HTTP", "retries": True}) == 0
    assert nitro.rows("lbmonitor/m")[0]["retries"] == 3
    assert nitro.code("POST", "lbmonitor", {"monitorname": "m", "type": "TCP"}) == 273
    assert nitro.code("POST", "lbmonitor", {"monitorname": "x", "type": "NONSENSE"}) == 1097
    assert nitro.code("GET", "lbmonitor/no") == 258
    assert nitro.code("DELETE", "lbmonitor/m") == 1095
    assert nitro.code("DELETE", "lbmonitor/m?args=type:TCP") == 278
    assert nitro.code("DELETE", "lbmonitor/m?args=type:HTTP,respcode:301") == 0
    assert nitro.rows("lbmonitor/m")[0]["respcode"] == ["200"]
    assert nitro.code("DELETE", "lbmonitor/m?args=type:HTTP") == 0
    assert nitro.code("GET", "lbmonitor/m") == 258
    assert {"tcp-default", "ping-default", "http"} <= {row["monitorname"] for row in nitro.rows("lbmonitor")}
    assert nitro.rows("lbmonitor/tcp-default")[0]["type"] == "TCP"
    assert nitro.code("DELETE", "lbmonitor/tcp-default?args=type:TCP") == 257


@pytest.mark.fact("monitor-default", "monitor-bound", "monitor-state", "monitor-back-end")
def test_a_bound_monitor_takes_a_service_down(nitro: Nitro) -> None:
    """The default monitor until another one is bound; a failed probe takes the service and its vserver down (reference; product)."""
    (default,) = nitro.rows(f"{BOUND}/svc")
    assert (default["monitor_name"], default["monitor_state"], default["passive"]) == ("tcp-default", "UP", False)
    assert default["lastresponse"] == "Success - TCP syn+ack received."
    assert nitro.put(BOUND, {"name": "svc", "monitor_name": "m"}).status == 201
    assert nitro.code("PUT", BOUND, {"name": "svc", "monitor_name": "m"}) == 273
    assert nitro.code("PUT", BOUND, {"name": "no", "monitor_name": "m"}) == 344
    assert nitro.code("PUT", BOUND, {"name": "svc", "monitor_name": "no"}) == 258
    assert nitro.lines("bind service") == ["bind service svc -monitorName m"]
    assert nitro.reloaded() == nitro.text()
    assert states(nitro) == ("UP", "UP")
    down(nitro, "192.0.2.80:81")
    assert states(nitro) == ("UP", "UP")
    down(nitro, "192.0.2.80:80")
    assert states(nitro) == ("DOWN", "DOWN")
    (bound,) = nitro.rows(f"{BOUND}/svc")
    assert (bound["monitor_state"], bound["weight"], bound["monstate"]) == ("DOWN", "1", "ENABLED")
    assert nitro.rows("service/svc", "stat")[0]["state"] == "DOWN"
    assert nitro.rows("service_binding/svc")[0][BOUND] == [bound]
    assert nitro.rows(f"{BOUND}?bulkbindings=yes") == [bound]
    nitro.box.faults.clear()
    assert states(nitro) == ("UP", "UP")
    assert nitro.delete(f"{BOUND}/svc?args=monitor_name:m").status == 200
    assert nitro.code("DELETE", f"{BOUND}/svc?args=monitor_name:m") == 258
    assert nitro.rows(f"{BOUND}/svc") == [default]


@pytest.mark.fact("monitor-counted")
def test_which_monitors_count(nitro: Nitro) -> None:
    """Not disabled ones, not passive ones, none with healthmonitor NO (reference, service and its bindings)."""
    down(nitro, "192.0.2.80")
    assert states(nitro)[0] == "DOWN"  # the default monitor
    assert nitro.put("service", {"name": "svc", "healthmonitor": "NO"}).status == 200
    assert states(nitro) == ("UP", "UP")
    nitro.put("service", {"name": "svc", "healthmonitor": "YES"})
    for flag in ({"monstate": "DISABLED"}, {"passive": True}):
        nitro.put(BOUND, {"name": "svc", "monitor_name": "m", **flag})
        assert states(nitro)[0] == "UP", flag
        nitro.delete(f"{BOUND}/svc?args=monitor_name:m")
    nitro.put(BOUND, {"name": "svc", "monitor_name": "opposite"})
    assert states(nitro)[0] == "UP"
    nitro.box.faults.clear()
    assert states(nitro)[0] == "DOWN"


@pytest.mark.fact("monitor-threshold")
def test_the_threshold_of_a_service(nitro: Nitro) -> None:
    """Up while the weights of the monitors that succeed reach monthreshold (reference, service_lbmonitor_binding: weight)."""
    nitro.put(BOUND, {"name": "svc", "monitor_name": "m", "weight": 3})
    nitro.put(BOUND, {"name": "svc", "monitor_name": "opposite", "weight": 2})
    assert states(nitro)[0] == "DOWN"  # without a threshold all must succeed
    for threshold, state in ((3, "UP"), (4, "DOWN")):
        assert nitro.put("service", {"name": "svc", "monthreshold": threshold}).status == 200
        assert states(nitro)[0] == state


@pytest.mark.fact("monitor-groups")
def test_monitors_of_a_group(nitro: Nitro) -> None:
    """A monitor that is bound to a group probes each member (reference, servicegroup_lbmonitor_binding)."""
    nitro.post("servicegroup", {"servicegroupname": "g", "servicetype": "HTTP"})
    for port in (80, 81):
        nitro.post(
            "servicegroup_servicegroupmember_binding", {"servicegroupname": "g", "servername": "s", "port": port}
        )
    assert nitro.put("servicegroup_lbmonitor_binding", {"servicegroupname": "g", "monitor_name": "m"}).status == 201
    assert "bind serviceGroup g -monitorName m" in nitro.lines("bind serviceGroup")
    assert nitro.reloaded() == nitro.text()
    down(nitro, "192.0.2.80:81")
    members = nitro.rows("servicegroup_servicegroupmember_binding/g")
    assert [member["svrstate"] for member in members] == ["UP", "DOWN"]
    assert nitro.rows("servicegroup/g")[0]["servicegroupeffectivestate"] == "UP"
    down(nitro, "192.0.2.80:80")
    assert nitro.rows("servicegroup/g")[0]["servicegroupeffectivestate"] == "DOWN"


@pytest.mark.fact("monitor-bindings-of")
def test_bindings_seen_from_the_monitor(nitro: Nitro) -> None:
    """lbmonbindings lists them, lbmonitor_service_binding makes them (reference); a bound monitor stays."""
    assert nitro.put("lbmonitor_service_binding", {"monitorname": "m", "servicename": "svc"}).status == 201
    (row,) = nitro.rows("lbmonbindings_service_binding/m")
    assert row == {
        "monitorname": "m", "servicename": "svc", "servicetype": "HTTP", "svrstate": "UP", "monsvcstate": "ENABLED",
        "port": 80, "ipaddress": "192.0.2.80",
    }  # fmt: skip
    assert nitro.rows("lbmonbindings/m")[0]["type"] == "HTTP"
    assert nitro.rows("lbmonbindings_servicegroup_binding/m") == []
    assert nitro.code("GET", "lbmonbindings/no") == 258
    assert nitro.code("DELETE", "lbmonitor/m?args=type:HTTP") == 1070
    assert nitro.code("DELETE", "lbmonitor_service_binding/m") == 1095
    assert nitro.delete("lbmonitor_service_binding/m?args=servicename:svc").status == 200
    assert nitro.rows("lbmonbindings_service_binding/m") == []
    assert nitro.delete("lbmonitor/m?args=type:HTTP").status == 200


@pytest.mark.fact("monitor-disabled")
@pytest.mark.parametrize(("position", "state"), [("type", "UP"), ("alone", "DOWN")])
def test_a_disabled_monitor(position: str, state: str) -> None:
    """The state of a disabled monitor does not count; whether others of its type are disabled too is open (reference, lbmonitor)."""
    nitro = made(switches={"lbmonitor_disable": position})
    nitro.post("lbmonitor", {"monitorname": "m2", "type": "HTTP"})
    nitro.put(BOUND, {"name": "svc", "monitor_name": "m"})
    down(nitro)
    assert nitro.code("POST", "lbmonitor?action=disable", {"monitorname": "m2"}) == 0
    assert nitro.code("POST", "lbmonitor?action=disable", {"monitorname": "m2"}) == 451
    assert states(nitro)[0] == state
    assert nitro.code("POST", "lbmonitor?action=disable", {"monitorname": "m"}) == 0
    assert states(nitro)[0] == "UP"
    assert "-state DISABLED" in nitro.lines("lb monitor m ")[0]


@pytest.mark.fact("monitor-back-end")
def test_a_back_end_goes_down_by_the_control_endpoint(lab: Any, box: Any) -> None:
    box.post("server", {"name": "s", "ipaddress": "192.0.2.80"})
    box.post("service", {"name": "svc", "servername": "s", "servicetype": "HTTP", "port": 80})
    lab.simulator.appliance("gw").fault("backend_down", backend="192.0.2.80")
    assert box.rows("service/svc")[0]["svrstate"] == "DOWN"
    lab.simulator.appliance("gw").clear_faults()
    assert box.rows("service/svc")[0]["svrstate"] == "UP"
