# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A raw client (http.client and ssl, without code of this project) and a small fleet for the conformance tests."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from simulator import Simulator

VENDOR_RULE = (
    'HTTP.REQ.URL.DECODE_USING_TEXT_MODE.CONTAINS("/vpns/") && '
    '(!CLIENT.SSLVPN.IS_SSLVPN || HTTP.REQ.URL.DECODE_USING_TEXT_MODE.CONTAINS("/../"))'
)
FLEET: dict[str, Any] = {
    "as_of": "2020-01-15T03:00:00Z",
    "switches": {"counters_lag_seconds": 0.0, "boot_seconds": 0.0},
    "appliances": {
        "gw": {
            "build": "13.0 47.22",
            "nodes": ["127.21.0.11:0"],
            "http_port": 0,
            "hostname": "gw1",
            "features": ["LB", "CS", "SSL", "SSLVPN", "AAA", "RESPONDER"],
            "user_defined_audit_log": "YES",
            "vservers": [
                {"type": "vpn", "name": "gateway", "address": "127.21.0.13:0"},
                {"type": "authentication", "name": "aaa", "address": "127.21.0.14:0"},
                {"type": "lb", "name": "web", "address": "127.21.0.15:0", "protocol": "HTTP"},
                {"type": "cs", "name": "switch", "address": "127.21.0.16:0", "protocol": "HTTP"},
            ],
            "files": {"/nsconfig/rc.netscaler": "# nothing\n"},
        },
        "pair": {
            "build": "12.1 50.28",
            "nodes": ["127.21.0.21:0", "127.21.0.22:0"],
            "features": ["LB", "SSLVPN", "RESPONDER"],
            "vservers": [{"type": "vpn", "name": "gateway", "address": "127.21.0.23:0"}],
        },
        "bare": {"build": "13.0 47.24", "nodes": ["127.21.0.31:0"], "licensed": ["LB", "SSLVPN"], "features": ["LB"]},
    },
}


@dataclass
class Answer:
    """A response."""

    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> Any:
        return self.json["errorcode"]

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


class Client:
    """One kept-alive connection to an address."""

    def __init__(
        self, address: str, port: int, context: ssl.SSLContext | None, *, source: str | None = None, **headers: str
    ) -> None:
        self.headers = headers
        origin = (source, 0) if source else None
        self.connection = (
            http.client.HTTPSConnection(address, port, context=context, timeout=60, source_address=origin)
            if context
            else http.client.HTTPConnection(address, port, timeout=60, source_address=origin)
        )

    def ask(self, method: str, target: str, body: Any = None, **headers: str) -> Answer:
        """Send a request. The target is sent unchanged: http.client does not normalise it."""
        content = body if isinstance(body, bytes | str | None) else json.dumps(body)
        given = {name.replace("_", "-"): value for name, value in {**self.headers, **headers}.items()}
        self.connection.request(method, target, content, given)
        response = self.connection.getresponse()
        return Answer(response.status, response.reason, response.getheaders(), response.read())

    def nitro(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        return self.ask(method, f"/nitro/v1/config/{path}", body, **headers)

    def get(self, path: str, **headers: str) -> Answer:
        return self.nitro("GET", path, **headers)

    def rows(self, path: str) -> list[dict[str, Any]]:
        answer = self.get(path)
        assert answer.status == 200, answer.body
        found: list[dict[str, Any]] = answer.json.get(path.split("?", maxsplit=1)[0].split("/", maxsplit=1)[0], [])
        return found

    def post(self, type_: str, row: Any, query: str = "", **headers: str) -> Answer:
        return self.nitro("POST", type_ + query, {type_: row}, **headers)

    def put(self, type_: str, row: Any, query: str = "", **headers: str) -> Answer:
        return self.nitro("PUT", type_ + query, {type_: row}, **headers)

    def delete(self, path: str, **headers: str) -> Answer:
        return self.nitro("DELETE", path, **headers)

    def log_in(self, user: str = "nsroot", password: str = "nsroot", **more: Any) -> Answer:
        answer = self.post("login", {"username": user, "password": password, **more})
        if answer.status == 201 and answer.body:
            self.headers["Cookie"] = f"NITRO_AUTH_TOKEN={answer.json['sessionid']}"
        return answer

    def close(self) -> None:
        self.connection.close()


class Lab:
    """A running simulator with clients for its addresses."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.context = ssl.create_default_context(cafile=simulator.ready["ca_file"])
        self._clients: list[Client] = []

    def client(self, appliance: str = "gw", node: int = 0, source: str | None = None, **headers: str) -> Client:
        place = self.simulator.ready["appliances"][appliance]["nodes"][node]
        return self._keep(Client(place["address"], place["port"], self.context, source=source, **headers))

    def plain(self, appliance: str = "gw", source: str | None = None) -> Client:
        place = self.simulator.ready["appliances"][appliance]["nodes"][0]
        return self._keep(Client(place["address"], place["http_port"], None, source=source))

    def box(self, appliance: str = "gw", node: int = 0) -> Client:
        client = self.client(appliance, node)
        assert client.log_in().status == 201
        return client

    def vserver(self, name: str, appliance: str = "gw", source: str | None = None, **headers: str) -> Client:
        place = next(v for v in self.simulator.ready["appliances"][appliance]["vservers"] if v["name"] == name)
        context = self.context if place["protocol"] == "SSL" else None
        return self._keep(Client(place["address"], place["port"], context, source=source, **headers))

    def raw_vserver(self, name: str, appliance: str = "gw") -> socket.socket:
        place = next(v for v in self.simulator.ready["appliances"][appliance]["vservers"] if v["name"] == name)
        return socket.create_connection((place["address"], place["port"]), timeout=60)

    def raw(self, appliance: str = "gw") -> socket.socket:
        place = self.simulator.ready["appliances"][appliance]["nodes"][0]
        return socket.create_connection((place["address"], place["http_port"]), timeout=60)

    def _keep(self, client: Client) -> Client:
        self._clients.append(client)
        return client

    def close(self) -> None:
        for client in self._clients:
            client.close()
        self._clients.clear()


def deploy(box: Client, *, point: str = "REQ_OVERRIDE", priority: int = 1) -> None:
    """The vendor's published mitigation of CVE-2019-19781 (CTX267679)."""
    action = {"name": "respondwith403", "type": "respondwith", "target": '"HTTP/1.1 403 Forbidden\\r\\n\\r\\n"'}
    assert box.post("responderaction", action).status == 201
    policy = {"name": "ctx267027", "rule": VENDOR_RULE, "action": "respondwith403"}
    assert box.post("responderpolicy", policy).status == 201
    bound = {"policyname": "ctx267027", "priority": priority, "type": point, "gotopriorityexpression": "END"}
    assert box.post("responderglobal_responderpolicy_binding", bound).status == 201


@pytest.fixture(scope="session")
def _shared() -> Iterator[Simulator]:
    with Simulator(FLEET) as simulator:
        yield simulator


@pytest.fixture
def lab(_shared: Simulator) -> Iterator[Lab]:
    """Return the shared fleet in the state of its fleet file."""
    _shared.reset()
    laboratory = Lab(_shared)
    yield laboratory
    laboratory.close()


@pytest.fixture
def box(lab: Lab) -> Client:
    """Return a client with a session at the standalone Gateway appliance."""
    return lab.box()


@pytest.fixture
def mitigate() -> Callable[..., None]:
    """Deploy the vendor's mitigation through a client."""
    return deploy


@pytest.fixture
def with_switches() -> Iterator[Callable[..., Lab]]:
    """Return a function that starts another lab with other positions of switches."""
    running: list[tuple[Simulator, Lab]] = []

    def start(**switches: Any) -> Lab:
        fleet = {**FLEET, "switches": {**FLEET["switches"], **switches}}
        simulator = Simulator(fleet).start()
        running.append((simulator, Lab(simulator)))
        return running[-1][1]

    yield start
    for simulator, laboratory in running:
        laboratory.close()
        simulator.stop()
