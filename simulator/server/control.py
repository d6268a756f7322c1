# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The control endpoint: events outside NITRO (a new firmware build, a reboot, a fault).

Plain HTTP and JSON on a loopback address, and the same calls from Python.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Protocol
from urllib.parse import unquote

from simulator.appliance.appliance import Appliance
from simulator.appliance.initial_configuration import VSERVER_KINDS
from simulator.fleet_file.loader import BUILD, check_fault, fault
from simulator.fleet_file.specification import FleetError
from simulator.network.request_bodies import Unreadable, read_body
from simulator.network.requests import HttpRequest
from simulator.network.responses import RawResponse
from simulator.node.node import Node
from simulator.node.portal_sessions import GATEWAYS, cookie_name
from simulator.server import host_calls
from simulator.server.portal_session import portal_session
from simulator.server.request_log import RequestLog
from simulator.server.state import state
from simulator.types.errors import NitroError


class ControlError(Exception):
    """A control call failed; it has an HTTP status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class ControlledFleet(Protocol):
    """A running fleet as the control endpoint sees it."""

    appliances: dict[str, Appliance]
    log: RequestLog

    async def listen(self, appliance: Appliance | None = None) -> None: ...

    def ready(self) -> dict[str, Any]: ...

    def drop_connections(self, appliance: Appliance, node: int | None = None) -> None: ...


ControlCall = Callable[[ControlledFleet, Appliance, Mapping[str, Any]], Any]


async def handle(fleet: ControlledFleet, request: HttpRequest) -> RawResponse:
    """Handle one HTTP request at the control endpoint."""
    try:
        body = await read_body(request)
        try:
            data = json.loads(body) if body.strip() else {}
        except (ValueError, RecursionError):
            raise ControlError(400, "the body is not JSON") from None
        content, status = await perform(fleet, request.method, request.raw_path.split("?")[0], data), 200
    except Unreadable as problem:
        return problem.response
    except ControlError as problem:
        content, status = {"error": str(problem)}, problem.status
    return RawResponse(status, [("Content-Type", "application/json")], json.dumps(content).encode())


async def perform(fleet: ControlledFleet, method: str, path: str, data: Any) -> Any:
    """Carry out one control call and return the content of the response. Raises ControlError."""
    parts = [unquote(part) for part in path.strip("/").split("/")]
    if not isinstance(data, dict):
        raise ControlError(400, "the body is not a JSON object")
    if parts == ["requests"] and method == "GET":
        return fleet.log.entries()
    if parts == ["requests"] and method == "DELETE":
        fleet.log.clear()
        return {}
    if parts == ["reset"] and method == "POST":
        for appliance in fleet.appliances.values():
            appliance.reset()
        fleet.log.clear()
        await fleet.listen()
        return {}
    if parts == ["ready"] and method == "GET":
        return fleet.ready()
    if parts[0] != "appliances" or len(parts) < 3:
        raise ControlError(404, f"unknown path {path}")
    if parts[1] not in fleet.appliances:
        raise ControlError(404, f"there is no appliance {parts[1]}")
    try:
        result = await _at_appliance(fleet, fleet.appliances[parts[1]], method, parts[2:], data)
    except (FleetError, ValueError) as problem:
        raise ControlError(400, str(problem)) from None
    except NitroError as error:
        raise ControlError(409, f"{error.message} ({error.code})") from None
    return result


async def _at_appliance(
    fleet: ControlledFleet, appliance: Appliance, method: str, parts: list[str], data: Mapping[str, Any]
) -> Any:
    call = _CALLS.get((method, parts[0] if len(parts) == 1 else f"{parts[0]}/*/{'/'.join(parts[2:])}"))
    if call is None:
        raise ControlError(404, f"there is no {method} {'/'.join(parts)}")
    result = call(fleet, appliance, {**data, "vserver": parts[1]} if len(parts) > 1 else data)
    await fleet.listen()
    return {} if result is None else result


def _build(fleet: ControlledFleet, appliance: Appliance, data: Mapping[str, Any]) -> None:
    """Install a build: every node boots into it, unsaved configuration is lost."""
    build = str(data.get("build", ""))
    if not BUILD.fullmatch(build):
        raise ControlError(400, f'build {build!r} is not of the form "13.0 47.24"')
    appliance.upgrade(build)
    fleet.drop_connections(appliance)


def _reboot(fleet: ControlledFleet, appliance: Appliance, data: Mapping[str, Any]) -> None:
    seconds = data.get("seconds")
    for node in _nodes(appliance, data):
        appliance.reboot(node, None if seconds is None else float(seconds))
        fleet.drop_connections(appliance, node.index)


def _failover(fleet: ControlledFleet, appliance: Appliance, data: Mapping[str, Any]) -> None:
    appliance.failover()


def _synchronise(fleet: ControlledFleet, appliance: Appliance, data: Mapping[str, Any]) -> None:
    appliance.synchronise()
    appliance.sync_files(now=True)


def _state(fleet: ControlledFleet, appliance: Appliance, data: Mapping[str, Any]) -> Any:
    for node in appliance.nodes:
        node.catch_up()
    return state(appliance)


def _list_faults(fleet: ControlledFleet, appliance: Appliance, data: Mapping[str, Any]) -> Any:
    return appliance.faults.listed()


def _install_fault(fleet: ControlledFleet, appliance: Appliance, data: Mapping[str, Any]) -> None:
    wanted = fault("faults", data)
    check_fault("faults", appliance.spec, wanted)
    appliance.install_fault(wanted)


def _clear_faults(fleet: ControlledFleet, appliance: Appliance, data: Mapping[str, Any]) -> None:
    split = appliance.split
    appliance.faults.clear()
    if split:  # the nodes receive each other's heartbeats again: one becomes secondary and is synchronised
        appliance.synchronise()


def _unreachable(fleet: ControlledFleet, appliance: Appliance, data: Mapping[str, Any]) -> None:
    if not isinstance(data.get("unreachable"), bool):
        raise ControlError(400, "unreachable is neither true nor false")
    appliance.unreachable = data["unreachable"]


def _clock(fleet: ControlledFleet, appliance: Appliance, data: Mapping[str, Any]) -> None:
    advance = data.get("advance")
    if isinstance(advance, bool) or not isinstance(advance, int | float) or not 0 <= advance < 1e9:
        raise ControlError(400, "advance is not a number of seconds")
    appliance.advance(advance)
    for node in appliance.nodes:
        node.catch_up()


def _at_nodes(change: Callable[[list[Node], Mapping[str, Any]], None]) -> ControlCall:
    """Return the call that makes a change at one node, or at all, after what cron has done by now."""

    def call(fleet: ControlledFleet, appliance: Appliance, data: Mapping[str, Any]) -> None:
        nodes = _nodes(appliance, data)
        for node in nodes:
            node.catch_up()
        change(nodes, data)

    return call


def _session(fleet: ControlledFleet, appliance: Appliance, data: Mapping[str, Any]) -> Any:
    vserver = next((item for _, unique, item in appliance.spec.all_vservers() if unique == data["vserver"]), None)
    if vserver is None:
        raise ControlError(404, f"there is no vserver {data['vserver']}")
    type_ = VSERVER_KINDS[vserver.type]
    if type_ not in GATEWAYS:
        raise ControlError(400, f"users cannot log on at a {vserver.type} vserver")
    listener = appliance.vservers[data["vserver"]]
    node = appliance.serving(listener.partition)
    if node is None:
        raise ControlError(409, f"there is no partition {listener.partition}")
    portal, wanted = appliance.portal, portal_session(data)
    token = portal.sign_on(
        node, type_, listener.socket_address, wanted.user, groups=wanted.groups, intranet_ip=wanted.intranet_ip
    )
    for connection in wanted.connections:
        portal.connect(node, portal.sessions[token], connection.kind, connection.server, connection.transport)
    return {"cookie": f"{cookie_name(type_)}={token}"}


_CALLS: dict[tuple[str, str], ControlCall] = {
    ("GET", "state"): _state,
    ("GET", "faults"): _list_faults,
    ("POST", "faults"): _install_fault,
    ("DELETE", "faults"): _clear_faults,
    ("POST", "build"): _build,
    ("POST", "reboot"): _reboot,
    ("POST", "failover"): _failover,
    ("POST", "sync"): _synchronise,
    ("POST", "unreachable"): _unreachable,
    ("POST", "clock"): _clock,
    ("POST", "files"): _at_nodes(host_calls.write_file),
    ("DELETE", "files"): _at_nodes(host_calls.remove_file),
    ("POST", "log"): _at_nodes(host_calls.add_log_line),
    ("POST", "processes"): _at_nodes(host_calls.set_processes),
    ("POST", "sockets"): _at_nodes(host_calls.set_sockets),
    ("POST", "vservers/*/session"): _session,
}


def _nodes(appliance: Appliance, data: Mapping[str, Any]) -> list[Node]:
    number = data.get("node")
    if number is None:
        return list(appliance.nodes)
    if isinstance(number, bool) or number not in range(len(appliance.nodes)):
        raise ControlError(400, f"there is no node {number}")
    return [appliance.nodes[number]]
