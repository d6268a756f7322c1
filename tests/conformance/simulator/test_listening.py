# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Virtual servers of admin partitions, and virtual servers made through NITRO, listen."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from simulator import Simulator
from simulator.fleet_file.loader import load
from simulator.fleet_file.specification import FleetError

from .conftest import Client, Lab

GONE = (OSError, http.client.HTTPException)
BLOCK = {
    "responderpolicy": [{"name": "p", "rule": 'HTTP.REQ.URL.CONTAINS("/secret")', "action": "RESET"}],
    "lbvserver_responderpolicy_binding": [{"name": "web", "policyname": "p", "priority": 1}],
}
SPEC: dict[str, Any] = {
    "build": "14.1 17.38",
    "nodes": ["127.21.1.11:0"],
    "features": ["LB", "RESPONDER"],
    "vservers": [{"type": "lb", "name": "web", "address": "127.21.1.12:0", "protocol": "HTTP"}],
    "new_vservers_listen": True,
    "partitions": {
        "p1": {
            "features": ["LB", "RESPONDER", "SSLVPN"],
            "vservers": [
                {"type": "lb", "name": "web", "address": "127.21.1.13:0", "protocol": "HTTP"},
                {"type": "vpn", "name": "gw", "address": "127.21.1.14:0"},
            ],
            "configuration": BLOCK,
        },
        "p2": {"vservers": [{"type": "lb", "name": "web", "address": "127.21.1.15:0", "protocol": "HTTP"}]},
    },
}


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Simulator(
        {"switches": {"drop_seconds": 0.2, "counters_lag_seconds": 0.0, "boot_seconds": 0.0}, "appliances": {"a": SPEC}}
    ) as simulator:
        laboratory = Lab(simulator)
        yield laboratory
        laboratory.close()


def visit(lab: Lab, partition: str | None, name: str, target: str = "/") -> int:
    """Send a request on a new connection to a virtual server of a partition. Return the status."""
    places = lab.simulator.ready["appliances"]["a"]["vservers"]
    place = next(v for v in places if v["name"] == name and v.get("partition") == partition)
    client = Client(place["address"], place["port"], lab.context if place["protocol"] == "SSL" else None)
    try:
        return client.ask("GET", target).status
    finally:
        client.close()


def listening(address: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex((address, port)) == 0


def free_port(address: str) -> int:
    with socket.socket() as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])


def inside(lab: Lab, partition: str) -> Client:
    box = lab.box("a")
    assert box.post("nspartition", {"partitionname": partition}, "?action=Switch").status == 200
    return box


@pytest.mark.fact("partition-traffic")
def test_policies_of_a_partition_apply_to_its_own_traffic_only(lab: Lab) -> None:
    """Product docs, admin partitions: configuration and traffic of partitions are independent."""
    assert visit(lab, None, "web", "/secret") == 404  # its back end has no such page
    with pytest.raises(ConnectionResetError):
        visit(lab, "p1", "web", "/secret")
    assert visit(lab, "p1", "web") == 200
    assert visit(lab, "p2", "web", "/secret") == visit(lab, None, "web", "/secret")
    assert visit(lab, "p1", "gw") == 302
    box = inside(lab, "p1")
    assert box.rows("responderpolicy/p")[0]["hits"] == "1"
    assert [row["name"] for row in box.rows("lbvserver")] == ["web"]
    assert [entry["side"] for entry in lab.simulator.requests() if entry["side"].startswith("p1/")] == [
        "p1/web", "p1/web", "p1/gw",
    ]  # fmt: skip


def test_a_partitions_acls_filter_its_own_virtual_servers_only(lab: Lab) -> None:
    box = inside(lab, "p1")
    box.post("nsacl", {"aclname": "all", "aclaction": "DENY"})
    assert box.post("nsacls", {}, "?action=apply").status == 200
    with pytest.raises(GONE):
        visit(lab, "p1", "web")
    assert visit(lab, None, "web") == visit(lab, "p2", "web") == 200


def test_faults_and_sessions_of_a_partitions_virtual_server(lab: Lab) -> None:
    appliance = lab.simulator.appliance("a")
    appliance.fault("http_error", vserver="p1/web", status=503)
    assert visit(lab, None, "web") == 200
    assert visit(lab, "p1", "web") == 503
    assert visit(lab, "p1", "web") == 200
    assert appliance.session("p1/gw").startswith("NSC_AAAC=")


def test_a_removed_partition_does_not_answer(lab: Lab) -> None:
    box = lab.box("a")
    assert box.delete("nspartition/p2").status == 200
    with pytest.raises(GONE):
        visit(lab, "p2", "web")
    assert set(lab.simulator.appliance("a").state()["nodes"][0]["partitions"]) <= {"p1"}


@pytest.mark.parametrize(
    ("partitions", "complaint"),
    [
        ({"p": {"vservers": [{"type": "lb", "name": "x", "address": "127.21.1.11:7000"}] * 2}}, "twice"),
        ({"p": {"vservers": [{"type": "lb", "name": "x", "address": "192.0.2.1:80"}]}}, "loopback"),
        ({n: {"vservers": [{"type": "lb", "name": n, "address": "127.21.1.11:7000"}]} for n in "pq"}, "already taken"),
    ],
)
def test_mistakes_in_a_fleet_file(partitions: dict[str, Any], complaint: str) -> None:
    with pytest.raises(FleetError, match=complaint):
        load({"appliances": {"a": {"build": "14.1 17.38", "nodes": ["127.21.1.11:0"], "partitions": partitions}}})


def made(box: Client, name: str, address: str, **more: Any) -> int:
    port = free_port(address)
    row = {"name": name, "servicetype": "HTTP", "ipv46": address, "port": port, **more}
    assert box.post("lbvserver", row).status == 201
    return port


def serve(box: Client, name: str) -> None:
    """Give a load balancing vserver a service that is up."""
    box.post("server", {"name": "s", "ipaddress": "192.0.2.80"})
    box.post("service", {"name": "s1", "servername": "s", "servicetype": "HTTP", "port": 80})
    assert box.post("lbvserver_service_binding", {"name": name, "servicename": "s1"}).status == 201


@pytest.mark.fact("vserver-without-service")
def test_a_virtual_server_made_through_nitro_listens_as_long_as_its_object_exists(lab: Lab) -> None:
    """503 without a service that is up; its policies are evaluated; a rename keeps it open, a removal closes it."""
    box, address = lab.box("a"), "127.21.1.20"
    port = made(box, "new", address)
    client = Client(address, port, None)
    assert client.ask("GET", "/").status == 503
    serve(box, "new")
    client.close()
    client = Client(address, port, None)
    assert client.ask("GET", "/").status == 200
    client.close()
    box.post("responderpolicy", {"name": "all", "rule": "TRUE", "action": "RESET"})
    box.post("lbvserver_responderpolicy_binding", {"name": "new", "policyname": "all", "priority": 1})
    assert box.post("lbvserver", {"name": "new", "newname": "newer"}, "?action=rename").status == 200
    client = Client(address, port, None)
    with pytest.raises(ConnectionResetError):
        client.ask("GET", "/")
    client.close()
    assert lab.simulator.requests()[-1]["side"] == "newer"
    assert box.delete("lbvserver/newer").status == 200
    assert not listening(address, port)


@pytest.mark.fact("vserver-needs-certificate", "vserver-needs-certificate-new")
def test_it_speaks_tls_in_a_partition_too(lab: Lab) -> None:
    box, address = inside(lab, "p1"), "127.21.1.21"
    port = free_port(address)
    assert box.post("vpnvserver", {"name": "gw2", "servicetype": "SSL", "ipv46": address, "port": port}).status == 201
    assert (box.rows("vpnvserver/gw2")[0]["curstate"], listening(address, port)) == ("DOWN", False)
    bound = {"vservername": "gw2", "certkeyname": "ns-server-certificate"}
    assert box.put("sslvserver_sslcertkey_binding", {**bound, "ca": True}).status == 201
    assert (box.rows("vpnvserver/gw2")[0]["curstate"], listening(address, port)) == ("DOWN", False)
    assert box.put("sslvserver_sslcertkey_binding", bound).status == 201
    assert (box.rows("vpnvserver/gw2")[0]["curstate"], listening(address, port)) == ("UP", True)
    client = Client(address, port, lab.context)
    assert client.ask("GET", "/").status == 302
    client.close()
    assert lab.simulator.requests()[-1]["side"] == "p1/gw2"
    assert box.delete("sslvserver_sslcertkey_binding/gw2?args=certkeyname:ns-server-certificate").status == 200
    assert not listening(address, port)


def test_an_unsaved_one_is_closed_by_a_boot_and_by_a_reset(lab: Lab) -> None:
    box = lab.box("a")
    port = made(box, "new", "127.21.1.22")
    assert listening("127.21.1.22", port)
    lab.simulator.appliance("a").reboot()
    assert not listening("127.21.1.22", port)
    port = made(lab.box("a"), "new", "127.21.1.22")
    box = lab.box("a")
    box.post("nsconfig", {}, "?action=save")
    lab.simulator.appliance("a").reboot()
    assert listening("127.21.1.22", port)
    lab.simulator.appliance("a").unreachable()
    assert not listening("127.21.1.22", port)
    lab.simulator.appliance("a").unreachable(False)
    assert listening("127.21.1.22", port)
    lab.simulator.reset()
    assert not listening("127.21.1.22", port)


def test_a_vserver_that_cannot_listen_is_only_configured(lab: Lab) -> None:
    """An address in use, one that is not loopback, a protocol that the simulator does not speak: only in the configuration."""
    box, address = lab.box("a"), "127.21.1.23"
    with socket.socket() as other:
        other.bind((address, 0))
        other.listen()
        row = {"servicetype": "HTTP", "ipv46": address, "port": other.getsockname()[1]}
        assert box.post("lbvserver", {"name": "taken", **row}).status == 201
        assert box.post("lbvserver", {"name": "far", **row, "ipv46": "192.0.2.1"}).status == 201
        assert box.post("lbvserver", {"name": "tcp", **row, "servicetype": "TCP", "ipv46": "127.21.1.27"}).status == 201
    assert len(box.rows("lbvserver")) == 4
    assert not listening(address, row["port"])


def test_by_default_they_do_not_listen(with_switches: Callable[..., Any]) -> None:
    port = made(with_switches().box(), "new", "127.21.1.24")
    assert not listening("127.21.1.24", port)


def ask(address: str, port: int) -> int:
    client = Client(address, port, None)
    try:
        return client.ask("GET", "/").status
    finally:
        client.close()


@pytest.mark.fact("vserver-down", "vserver-down-new", "vserver-enable")
@pytest.mark.parametrize("partition", [None, "p1"])
def test_disabled_it_resets_its_clients_and_refuses_new_ones(lab: Lab, partition: str | None) -> None:
    """`disable` has the same effect on virtual servers of the fleet file, of a partition, and made through NITRO."""
    box, address = (inside(lab, partition) if partition else lab.box("a")), "127.21.1.25"
    known = next(
        v
        for v in lab.simulator.ready["appliances"]["a"]["vservers"]
        if v["type"] == "lb" and v.get("partition") == partition
    )
    places = {"web": (known["address"], known["port"]), "new": (address, made(box, "new", address))}
    serve(box, "new")
    for name, place in places.items():
        client = Client(*place, None)
        assert client.ask("GET", "/").status == 200
        statistics = box.ask("GET", f"/nitro/v1/stat/lbvserver/{name}").json["lbvserver"][0]
        assert statistics["curclntconnections"] == "1"
        assert box.post("lbvserver", {"name": name}, "?action=disable").status == 200
        with pytest.raises(GONE):
            client.ask("GET", "/")
        client.close()
        assert not listening(*place)
        assert box.rows(f"lbvserver/{name}")[0]["curstate"] == "OUT OF SERVICE"
        assert box.post("lbvserver", {"name": name}, "?action=enable").status == 200
        assert ask(*place) == 200


def test_faults_of_a_virtual_server_of_nitro(lab: Lab) -> None:
    port = made(lab.box("a"), "new", "127.21.1.26")
    lab.simulator.appliance("a").fault("http_error", vserver="new", status=500)
    assert (ask("127.21.1.26", port), ask("127.21.1.26", port)) == (500, 503)
