# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Servers, services, groups and their effect on the state of vservers; syslog policies; string maps; statistics."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def made(box: Any) -> Any:
    assert box.post("lbvserver", {"name": "v", "servicetype": "HTTP"}).status == 201
    assert box.post("server", {"name": "s", "ipaddress": "192.0.2.80"}).status == 201
    assert box.post("service", {"name": "svc", "servername": "s", "servicetype": "HTTP", "port": 80}).status == 201
    return box


def state(box: Any) -> str:
    return str(box.rows("lbvserver/v")[0]["curstate"])


@pytest.mark.fact("service-bindings", "vserver-state-of-services", "bound-services")
def test_a_vserver_is_up_while_a_service_is(made: Any) -> None:
    """DOWN without a service, OUT OF SERVICE if disabled (product docs, load balancing); its address is 0.0.0.0 (NITRO reference)."""
    row = made.rows("lbvserver/v")[0]
    assert (row["curstate"], row["ipv46"], row["port"]) == ("DOWN", "0.0.0.0", 0)
    assert made.post("lbvserver_service_binding", {"name": "v", "servicename": "svc"}).status == 201
    assert state(made) == "UP"
    assert row["totalservices"] == "0"
    bound = {"name": "v", "servicename": "svc", "weight": "1"}
    service = {"ipv46": "192.0.2.80", "port": 80, "servicetype": "HTTP", "curstate": "UP"}
    assert made.rows("lbvserver_service_binding/v") == [{**bound, **service}]
    assert made.post("server", {"name": "s"}, "?action=disable").status == 200
    assert made.rows("service/svc")[0]["svrstate"] == "OUT OF SERVICE"
    assert state(made) == "DOWN"
    assert made.ask("GET", "/nitro/v1/stat/lbvserver/v").json["lbvserver"][0]["state"] == "DOWN"
    made.post("server", {"name": "s"}, "?action=enable")
    made.post("lbvserver", {"name": "v"}, "?action=disable")
    assert state(made) == "OUT OF SERVICE"
    assert made.rows("lbvserver/web")[0]["curstate"] == "UP"


@pytest.mark.fact("service-bindings")
def test_groups(made: Any) -> None:
    """Members of a bound group count like services (product docs, service groups)."""
    assert made.post("servicegroup", {"servicegroupname": "g", "servicetype": "HTTP"}).status == 201
    member = {"servicegroupname": "g", "servername": "s", "port": 80}
    assert made.post("servicegroup_servicegroupmember_binding", member).status == 201
    assert made.post("servicegroup_servicegroupmember_binding", member).code == 273
    assert made.post("lbvserver_servicegroup_binding", {"name": "v", "servicegroupname": "g"}).status == 201
    assert state(made) == "UP"
    assert made.delete("servicegroup_servicegroupmember_binding/g?args=servername:s,port:80").status == 200
    assert state(made) == "DOWN"


@pytest.mark.fact("service-by-address", "service-by-known-address")
def test_services_and_members_by_address(made: Any, lab: Any) -> None:
    """The plain documented form: the server is made, or is the one with the address; an error leaves no server behind."""
    plain = {"name": "x", "ip": "10.9.9.7", "servicetype": "HTTP", "port": 80}
    assert made.post("service", {**plain, "servicetype": "NONE"}).code == 1097
    assert made.post("service", {**plain, "ip": "10.9.9.999"}).code == 1110
    assert made.post("service", {**plain, "servername": "s"}).code == 1092
    assert made.get("server/10.9.9.7").code == 258
    assert made.post("service", plain).status == 201
    assert made.rows("service/x")[0]["servername"] == "10.9.9.7"
    assert made.rows("server/10.9.9.7")[0]["ipaddress"] == "10.9.9.7"
    assert made.post("service", {**plain, "name": "y", "ip": "192.0.2.80", "port": 81}).status == 201
    assert made.rows("service/y")[0]["servername"] == "s"
    assert made.post("servicegroup", {"servicegroupname": "g", "servicetype": "HTTP"}).status == 201
    for address in ("ff::8839", "10.9.9.8"):
        member = {"servicegroupname": "g", "ip": address, "port": 80}
        assert made.post("servicegroup_servicegroupmember_binding", member).status == 201
        assert made.post("servicegroup_servicegroupmember_binding", member).code == 273
    members = made.rows("servicegroup_servicegroupmember_binding/g")
    assert [(row["servername"], row["ip"]) for row in members] == [("ff::8839", "ff::8839"), ("10.9.9.8", "10.9.9.8")]
    assert made.delete("servicegroup_servicegroupmember_binding/g?args=ip:ff%3A%3A8839,port:80").status == 200
    assert len(made.rows("servicegroup_servicegroupmember_binding/g")) == 1
    printed = made.get("nsrunningconfig").json["nsrunningconfig"]["response"]
    assert "add server 10.9.9.7 10.9.9.7\n" in printed
    assert "add service x 10.9.9.7 HTTP 80\n" in printed
    assert made.post("systemuser", {"username": "ann", "password": "secret"}).status == 201
    policy = {"policyname": "p", "action": "ALLOW", "cmdspec": "^show"}
    assert made.post("systemcmdpolicy", policy).status == 201
    bound = {"username": "ann", "policyname": "p", "priority": 1}
    assert made.post("systemuser_systemcmdpolicy_binding", bound).status == 201
    ann = lab.client(X_NITRO_USER="ann", X_NITRO_PASS="secret")
    assert "[add service x 10.9.9.7 HTTP 80]" in ann.post("service", plain).json["message"]


@pytest.mark.fact("bound-services")
def test_what_is_on_a_server(made: Any) -> None:
    """Services and group memberships with their states (NITRO reference, server_binding)."""
    assert made.rows("server_binding/s")[0].keys() == {"name", "server_service_binding"}
    made.post("servicegroup", {"servicegroupname": "g", "servicetype": "SSL"})
    made.post("servicegroup_servicegroupmember_binding", {"servicegroupname": "g", "servername": "s", "port": 443})
    assert made.rows("servicegroup_servicegroupmember_binding/g")[0]["ip"] == "192.0.2.80"
    made.post("service", {"name": "svc"}, "?action=disable")
    shown = {"name": "s", "serviceipaddress": "192.0.2.80"}
    service = {**shown, "servicename": "svc", "svctype": "HTTP", "port": 80, "svrstate": "OUT OF SERVICE"}
    group = {**shown, "servicegroupname": "g", "svctype": "SSL", "port": 443, "svrstate": "UP"}
    lists = {"server_service_binding": [service], "server_servicegroup_binding": [group]}
    assert made.rows("server_binding/s") == [{"name": "s", **lists}]
    for name, rows in lists.items():
        assert made.rows(f"{name}/s") == made.rows(f"{name}?bulkbindings=yes") == rows
        assert (made.get(name).code, made.get(f"{name}/no").code) == (1095, 258)


@pytest.mark.fact("vserver-any-kind")
def test_a_vserver_of_any_kind(made: Any) -> None:
    assert made.post("vserver", {"name": "gateway"}, "?action=disable").status == 200
    assert made.rows("vpnvserver/gateway")[0]["curstate"] == "OUT OF SERVICE"
    assert made.post("vserver", {"name": "gateway"}, "?action=disable").code == 451
    assert made.post("vserver", {"name": "gateway"}, "?action=enable").status == 200
    assert made.delete("vserver/v").status == 200
    assert (made.get("lbvserver/v").status, made.delete("vserver/v").code) == (404, 258)
    assert made.post("vserver", {}, "?action=enable").code == 1095
    assert made.get("vserver").status == 400


@pytest.mark.fact("statistics-services")
def test_statistics_of_services_and_groups(made: Any) -> None:
    """Services and groups by name; the members of a group with it, or one by its key; servers have none (reference, statistics)."""

    def stat(path: str) -> Any:
        return made.ask("GET", f"/nitro/v1/stat/{path}")

    (row,) = stat("service").json["service"]
    assert (row["name"], row["primaryipaddress"], row["primaryport"], row["state"]) == ("svc", "192.0.2.80", 80, "UP")
    assert (row["totalrequests"], row["requestsrate"]) == ("0", 0)
    assert stat("service/nope").code == 344
    assert stat("server").code == 1232
    assert made.post("servicegroup", {"servicegroupname": "g", "servicetype": "HTTP"}).status == 201
    assert stat("servicegroup/g?statbindings=yes").json["servicegroup"] == [
        {"servicegroupname": "g", "state": "ENABLED", "servicetype": "HTTP"}
    ]
    made.post("servicegroup_servicegroupmember_binding", {"servicegroupname": "g", "servername": "s", "port": 80})
    (group,) = stat("servicegroup/g?statbindings=yes").json["servicegroup"]
    assert "servicegroupmember" not in stat("servicegroup/g").json["servicegroup"][0]
    (member,) = group["servicegroupmember"]
    assert (member["servername"], member["state"], member["servicetype"]) == ("s", "UP", "HTTP")
    key = "servicegroupname:g,servername:s,port"
    assert stat(f"servicegroupmember?args={key}:80").json["servicegroupmember"] == [member]
    assert stat(f"servicegroupmember?args={key}:81").code == 258
    assert stat("servicegroupmember?args=servicegroupname:g").code == 1095
    made.post("server", {"name": "s"}, "?action=disable")
    (bound,) = made.rows("servicegroup_servicegroupmember_binding/g")
    assert (bound["state"], bound["svrstate"]) == ("ENABLED", "OUT OF SERVICE")
    (shown,) = made.rows("servicegroup/g")
    assert (shown["servicegroupeffectivestate"], shown["healthmonitor"], shown["monstate"]) == (
        "OUT OF SERVICE", "YES", "ENABLED",
    )  # fmt: skip


@pytest.mark.fact("no-service")
def test_references_of_services(made: Any) -> None:
    """344, 351, 1070, 432 and 273 (error list; collection issue 492)."""
    assert made.get("service/nope").code == 344
    assert made.post("service", {"name": "x", "servername": "nope", "servicetype": "HTTP", "port": 80}).code == 351
    assert made.post("servicegroup", {"servicegroupname": "svc", "servicetype": "HTTP"}).code == 432
    assert made.delete("server/s").code == 1070
    made.post("lbvserver_service_binding", {"name": "v", "servicename": "svc"})
    assert made.post("lbvserver_service_binding", {"name": "v", "servicename": "svc"}).code == 273
    assert made.post("lbvserver_service_binding", {"name": "v", "servicename": "nope"}).code == 344
    assert made.delete("service/svc").status == 200
    assert made.rows("lbvserver_service_binding/v") == []
    assert made.delete("server/s").status == 200


def test_syslog_policies(box: Any) -> None:
    """Action, policy, global binding (NITRO reference); a used object stays (error list 1070, 810)."""
    assert box.post("auditsyslogaction", {"name": "a", "serverip": "192.0.2.1", "loglevel": ["ALL"]}).status == 201
    assert box.post("auditsyslogpolicy", {"name": "p", "rule": "TRUE", "action": "nope"}).code == 258
    assert box.post("auditsyslogpolicy", {"name": "p", "rule": "TRUE", "action": "a"}).status == 201
    assert box.rows("auditsyslogaction/a")[0]["serverport"] == 514
    assert box.post("auditsyslogglobal_auditsyslogpolicy_binding", {"policyname": "p", "priority": 100}).status == 201
    assert box.rows("auditsyslogglobal_auditsyslogpolicy_binding")[0]["priority"] == "100"
    assert box.delete("auditsyslogaction/a").code == 1070
    assert box.delete("auditsyslogpolicy/p").code == 810
    assert box.delete("auditsyslogglobal_auditsyslogpolicy_binding?args=policyname:p").status == 200
    assert box.delete("auditsyslogpolicy/p").status == 200


@pytest.mark.fact("one-namespace")
def test_string_maps(box: Any) -> None:
    """A key is there once, with its last value; one namespace with the other sets (command reference, policy stringmap)."""
    assert box.post("policystringmap", {"name": "m"}).status == 201
    assert box.post("policystringmap_pattern_binding", {"name": "m", "key": "a", "value": "1"}).status == 201
    assert box.post("policystringmap_pattern_binding", {"name": "m", "key": "a", "value": "2"}).status == 201
    assert box.post("policypatset", {"name": "m"}).code == 2854
    assert box.rows("policystringmap_pattern_binding/m") == [{"name": "m", "key": "a", "value": "2"}]
    assert box.delete("policystringmap_pattern_binding/m?args=key:a").status == 200


@pytest.mark.fact("statistics-cleared")
def test_statistics_can_be_cleared(lab: Any, box: Any) -> None:
    """clearstats=basic or full resets the counters (NITRO guide, statistics)."""
    lab.vserver("web").ask("GET", "/")
    read = "/nitro/v1/stat/lbvserver/web"
    assert box.ask("GET", read + "?clearstats=basic").json["lbvserver"][0]["tothits"] == "1"
    assert box.ask("GET", read).json["lbvserver"][0]["tothits"] == "0"
    assert box.ask("GET", read + "?clearstats=all").code == 1097


def test_a_disabled_virtual_server_does_not_answer_until_it_is_enabled(lab: Any, box: Any) -> None:
    """enable and disable (NITRO reference, lbvserver); the port is no longer served (msandbu.org on vservers and ARP)."""
    before = box.ask("GET", "/nitro/v1/config/nsrunningconfig").json
    assert lab.vserver("web").ask("GET", "/").status == 200
    assert box.post("lbvserver", {"name": "web"}, "?action=disable").status == 200
    assert box.rows("lbvserver/web")[0]["curstate"] == "OUT OF SERVICE"
    assert box.ask("GET", "/nitro/v1/config/nsrunningconfig").json != before
    with pytest.raises(OSError, match=r".*"):
        lab.vserver("web").ask("GET", "/")
    assert box.post("lbvserver", {"name": "web"}, "?action=enable").status == 200
    assert lab.vserver("web").ask("GET", "/").status == 200
    assert box.ask("GET", "/nitro/v1/config/nsrunningconfig").json == before


def statistics(box: Any, path: str) -> Any:
    answer = box.ask("GET", f"/nitro/v1/stat/{path}")
    return answer.json[path.partition("?")[0].partition("/")[0]] if answer.status == 200 else answer.code


@pytest.mark.fact("statistics-bindings")
def test_statistics_of_what_is_bound(made: Any) -> None:
    """`statbindings=yes` adds a list of services to the row (NITRO guide, statistics: the example's names and types)."""
    made.post("lbvserver_service_binding", {"name": "v", "servicename": "svc"})
    assert "service" not in statistics(made, "lbvserver/v")[0]
    service = statistics(made, "lbvserver/v?statbindings=yes")[0]["service"][0]
    assert {name: service[name] for name in ("name", "primaryipaddress", "primaryport", "servicetype", "state")} == {
        "name": "svc", "primaryipaddress": "192.0.2.80", "primaryport": 80, "servicetype": "HTTP", "state": "UP",
    }  # fmt: skip
    assert (service["throughput"], service["throughputrate"], service["requestsrate"]) == ("0", 0, 0)
    assert statistics(made, "service") == [service]
    assert statistics(made, "service/svc")[0]["avgsvrttfb"] == "0"
    assert statistics(made, "service/none") == 344
    everywhere = {row["name"]: row for row in statistics(made, "lbvserver?statbindings=yes")}
    assert ("service" in everywhere["v"], "service" in everywhere["web"]) == (True, False)


@pytest.mark.fact("statistics-bindings")
def test_statistics_of_members_of_groups(made: Any) -> None:
    """servicegroupmember, called group?server?port (public clients); one by its server and port (NITRO reference)."""
    made.post("servicegroup", {"servicegroupname": "g", "servicetype": "SSL"})
    member = {"servicegroupname": "g", "servername": "s", "port": 443}
    assert made.post("servicegroup_servicegroupmember_binding", member).status == 201
    made.post("lbvserver_servicegroup_binding", {"name": "v", "servicegroupname": "g"})
    (found,) = statistics(made, "lbvserver/v?statbindings=yes")[0]["servicegroupmember"]
    assert (found["servicegroupname"], found["primaryport"], found["servicetype"]) == ("g?s?443", 443, "SSL")
    assert statistics(made, "servicegroup/g?statbindings=yes")[0]["servicegroupmember"] == [found]
    assert statistics(made, "servicegroupmember/g?args=servername:s,port:443") == [found]
    assert statistics(made, "servicegroupmember/g?args=servername:s,port:80") == 258
    assert made.post("servicegroup", {"servicegroupname": "g"}, "?action=disable").status == 200
    assert statistics(made, "servicegroup/g?statbindings=yes")[0]["servicegroupmember"][0]["state"] == "OUT OF SERVICE"
