# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A running fleet: appliances, acceptors, control endpoint, request log and ready file."""

from __future__ import annotations

import asyncio
import itertools
import os
import socket
import ssl
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.appliance.appliance import Appliance
from simulator.appliance.initial_configuration import VSERVER_KINDS
from simulator.configuration.configuration import Configuration
from simulator.fleet_file.specification import ApplianceSpec, Fleet, FleetError
from simulator.network.certificate_authority import Authority
from simulator.network.connections import Server
from simulator.network.requests import HttpRequest
from simulator.network.responses import NoResponse, RawResponse
from simulator.node.node import Node
from simulator.node.state import DEFAULT_PARTITION, Listener
from simulator.server import control, management, virtual_servers
from simulator.server.acceptor import Acceptor, Handler, Record, bound_socket
from simulator.server.new_vservers import NewVservers
from simulator.server.request_log import RequestLog

if TYPE_CHECKING:
    from simulator.server.ssh_acceptor import SshAcceptor


class RunningFleet:
    """All appliances of a fleet with their addresses, the control endpoint and the request log."""

    def __init__(self, fleet: Fleet, directory: Path, request_log: Path | None = None) -> None:
        self.fleet = fleet
        self.authority = Authority(directory)
        self.log = RequestLog(request_log)
        self.appliances: dict[str, Appliance] = {}
        self.control_port = 0
        self._held: dict[tuple[str, int], socket.socket] = {}
        self._acceptors: dict[str, list[Acceptor | SshAcceptor]] = {}  # by appliance
        self.new_vservers = NewVservers(self.vserver_acceptor)
        self._control: tuple[asyncio.Server, Server] | None = None

    async def start(self) -> None:
        try:
            for spec in self.fleet.appliances.values():
                self._set_up(spec)
            await self.listen()
            server = Server(lambda request: control.handle(self, request))
            listening = await asyncio.get_running_loop().create_server(server, "127.0.0.1", 0)
            self._control = listening, server
            self.control_port = listening.sockets[0].getsockname()[1]
        except BaseException:
            self.stop()
            raise

    def _set_up(self, spec: ApplianceSpec) -> None:
        listeners, vservers = [], {}
        for node in spec.nodes:
            listener = Listener(node.address, _port(node.address, node.port, self._held))
            if spec.http_port is not None:
                listener.http_port = _port(node.address, spec.http_port, self._held)
            if spec.ssh_port is not None:
                listener.ssh_port = _port(node.address, spec.ssh_port, self._held)
            listeners.append(listener)
        for partition, unique, vserver in spec.all_vservers():
            address = vserver.address.address
            port = _port(address, vserver.address.port, self._held)
            vservers[unique] = Listener(address, port, partition=partition or DEFAULT_PARTITION)
        appliance = self.appliances[spec.name] = Appliance(spec, self.fleet.as_of, listeners, vservers)
        acceptors = self._acceptors[spec.name] = []
        for index, listener in enumerate(listeners):
            listener.fingerprint = self._fingerprint(spec, listener)
            record = self._recorder(appliance, "nitro", index)
            handler = self._management(appliance, index, tls=True)
            acceptors.append(
                Acceptor(appliance, index, listener, listener.port, handler, record, self._contexts(spec, listener))
            )
            if listener.http_port is not None:
                handler = self._management(appliance, index, tls=False)
                acceptors.append(Acceptor(appliance, index, listener, listener.http_port, handler, record, None))
            if listener.ssh_port is not None:
                acceptors.append(self._ssh_acceptor(appliance, index, listener, listener.ssh_port))
        for _, unique, vserver in spec.all_vservers():
            type_, tls = VSERVER_KINDS[vserver.type], vserver.protocol == "SSL"
            vservers[unique].portal_users = vserver.portal_users
            acceptors.append(self.vserver_acceptor(appliance, vservers[unique], type_, unique, tls=tls))
        for acceptor in acceptors:
            acceptor.reserved = self._held.pop((acceptor.address, acceptor.port), acceptor.reserved)

    def vserver_acceptor(
        self, appliance: Appliance, listener: Listener, type_: str, side: str, *, tls: bool
    ) -> Acceptor:
        """Make the acceptor of a virtual server; `side` is its name in the request log and in faults."""
        spec = appliance.spec
        listener.fingerprint = self._fingerprint(spec, listener) if tls else ""
        handler = partial(virtual_servers.handle, appliance, type_, side, listener, tls)
        record = self._recorder(appliance, side, None)
        contexts = self._contexts(spec, listener) if tls else None
        acceptor = Acceptor(appliance, None, listener, listener.port, handler, record, contexts, (type_, side))
        listener.connections = acceptor.connection_count
        return acceptor

    def _ssh_acceptor(self, appliance: Appliance, index: int, listener: Listener, port: int) -> SshAcceptor:
        from simulator.server.ssh_acceptor import SshAcceptor  # noqa: PLC0415 -- only fleets with SSH need asyncssh

        async def changed() -> None:
            await self.listen(appliance)

        return SshAcceptor(appliance, index, listener, port, changed)

    def _fingerprint(self, spec: ApplianceSpec, listener: Listener) -> str:
        return self.authority.context(listener.address, spec.certificate, spec.tls_maximum)[1]

    def _contexts(self, spec: ApplianceSpec, listener: Listener) -> Callable[[str], ssl.SSLContext]:
        return lambda kind: self.authority.context(listener.address, kind, spec.tls_maximum)[0]

    async def listen(self, appliance: Appliance | None = None) -> None:
        """Open and close the addresses of an appliance, or of all, as unreachable, faults and virtual servers demand."""
        for one in self.appliances.values() if appliance is None else (appliance,):
            await self.new_vservers.update(one)
        for acceptor in self._acceptors_of(appliance):
            try:
                await acceptor.update()
            except OSError as problem:
                raise FleetError(
                    f"{acceptor.appliance.spec.name}: cannot listen on {acceptor.address}:{acceptor.port}: {problem.strerror or problem}"
                ) from None

    def _acceptors_of(self, appliance: Appliance | None) -> Iterable[Acceptor | SshAcceptor]:
        """Return the acceptors of an appliance, or all."""
        if appliance is not None:
            return self._acceptors[appliance.spec.name]
        return itertools.chain.from_iterable(self._acceptors.values())

    def acceptor_at(self, address: str, port: int) -> Acceptor | None:
        """Return what accepts HTTP connections at an address; None where nothing does."""
        for one in (*self._acceptors_of(None), *self.new_vservers.acceptors()):
            if one.port == port and one.address == address and isinstance(one, Acceptor):
                return one
        return None

    def drop_connections(self, appliance: Appliance, node: int | None = None) -> None:
        for acceptor in self._acceptors_of(appliance):
            if acceptor.node is not None and node in (None, acceptor.node):
                acceptor.drop_connections()

    def stop(self) -> None:
        for acceptor in (*self._acceptors_of(None), *self.new_vservers.acceptors()):
            acceptor.close()
        for held in self._held.values():
            held.close()
        if self._control:
            listening, server = self._control
            listening.close()
            server.reset_all()
        self.log.close()

    def _management(self, appliance: Appliance, index: int, *, tls: bool) -> Handler:
        async def handle(request: HttpRequest) -> RawResponse:
            primary = appliance.primary
            before = primary.running, primary.running.places, _inside(primary)
            response = await management.handle(appliance, index, request, tls=tls)
            # The call may have enabled or disabled a virtual server, or replaced the running configuration.
            primary = appliance.primary
            running, places, inside = before
            if primary.running is not running or running.places != places or _inside(primary) != inside:
                await self.listen(appliance)
            if appliance.nodes[index].booting and not isinstance(response, NoResponse):
                response.force_close()  # the node reboots: the connection ends with the response
            return response

        return handle

    def _recorder(self, appliance: Appliance, side: str, node: int | None) -> Record:
        """Return the function that writes the requests at one address and their responses into the request log."""
        add = self.log.add

        def record(request: HttpRequest, response: RawResponse, started: float) -> None:
            seconds, client = time.perf_counter() - started, request.client
            add(
                (
                    time.time() - seconds,
                    appliance.spec.name,
                    appliance.primary.index if node is None else node,
                    side,
                    request.connection,
                    client[0] if client else None,
                    request.method,
                    request.raw_path,
                    None if isinstance(response, NoResponse) else response.status,
                    response.code,
                    request.headers.get("user-agent"),
                    seconds * 1000,
                )
            )

        return record

    def ready(self) -> dict[str, Any]:
        """Return the content of the ready file: all addresses."""
        appliances = {}
        for name, appliance in self.appliances.items():
            spec = appliance.spec
            appliances[name] = {
                "build": appliance.build,
                "nodes": [
                    {
                        "address": item.address,
                        "port": item.port,
                        "http_port": item.http_port,
                        "ssh_port": item.ssh_port,
                        "ssh_host_key": item.ssh_host_key,
                        "certificate_sha256": item.fingerprint,
                    }
                    for item in appliance.listeners
                ],
                "vservers": [
                    {
                        "name": vserver.name,
                        "type": vserver.type,
                        "address": appliance.vservers[unique].address,
                        "port": appliance.vservers[unique].port,
                        "protocol": vserver.protocol,
                        **({"partition": partition} if partition else {}),
                    }
                    for partition, unique, vserver in spec.all_vservers()
                ],
                "users": dict(spec.users),
            }
        return {
            "ca_file": str(self.authority.ca_file.resolve()),
            "pid": os.getpid(),
            "control": f"http://127.0.0.1:{self.control_port}",
            "appliances": appliances,
        }


def _inside(primary: Node) -> list[tuple[Configuration, int]]:
    """Return what decides which virtual servers of partitions listen; if it is the same as before, no address opens or closes."""
    partitions = primary.partitions
    return [(node.running, node.running.places) for node in partitions.values()] if partitions else []


def _port(address: str, port: int, held: dict[tuple[str, int], socket.socket]) -> int:
    """Return the port, or a free one for 0. A free port is held, so that no other program gets it meanwhile."""
    if port:
        return port
    try:
        probe = bound_socket(address, 0)
    except OSError as problem:
        raise FleetError(f"cannot listen on {address}: {problem.strerror or problem}") from None
    free: int = probe.getsockname()[1]
    held[address, free] = probe
    return free
