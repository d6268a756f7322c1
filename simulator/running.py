# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The fleet at work: listeners, the ready file, and the Python API that runs it all in a thread."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import shutil
import signal
import socket
import ssl
import struct
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from . import acls, control, management, traffic
from .appliance import VSERVER_KINDS, Appliance, Listener, Node
from .certificates import Authority
from .fleet import ApplianceSpec, Fleet, FleetError, load
from .request_log import RequestLog
from .wire import Incoming, RawResponse, Server, Silence

log = logging.getLogger("simulator")
Handler = Callable[[Incoming], Awaitable[RawResponse]]


class Door:
    """A listening address of an appliance, open or closed; what its ACLs let through gets to the handler."""

    def __init__(
        self,
        appliance: Appliance,
        node: int | None,  # None: a virtual server
        listener: Listener,
        port: int,
        handler: Handler,
        context: ssl.SSLContext | None,
    ) -> None:
        self.appliance = appliance
        self.node = node
        self.listener = listener
        self.address = listener.address
        self.port = port
        self.context = context
        self.server = Server(self._filtered, handler_cancellation=node is None)
        self.reserved: socket.socket | None = None  # holds the free port that was found, until the door opens
        self.listening: socket.socket | None = None
        self._handler = handler
        self._pending: set[asyncio.Task[None]] = set()  # connections whose TLS isn't up yet
        self._ignored: set[socket.socket] = set()  # connections whose packets an ACL drops

    @property
    def wanted(self) -> bool:
        return not self.appliance.unreachable and (self.node is None or not self.appliance.faults.refused(self.node))

    async def settle(self) -> None:
        """Opens or closes, as it should be now."""
        if self.wanted and self.listening is None:
            opened, self.reserved = self.reserved or _bound(self.address, self.port), None
            opened.listen(512)
            opened.setblocking(False)
            asyncio.get_running_loop().add_reader(opened.fileno(), self._accept, opened)
            self.listening = opened
        elif not self.wanted and self.listening is not None:
            self.close()

    def close(self) -> None:
        if self.reserved is not None:
            self.reserved.close()
            self.reserved = None
        if self.listening is not None:
            with contextlib.suppress(RuntimeError):  # the loop is gone already
                asyncio.get_running_loop().remove_reader(self.listening.fileno())
            self.listening.close()
            self.listening = None
        for task in self._pending:
            task.cancel()
        for ignored in self._ignored:
            ignored.close()
        self._ignored.clear()
        self.server.reset_all()

    def packet(self, peer: tuple[Any, ...], *, established: bool) -> acls.Packet:
        """What an ACL sees of a connection. The management address has its well-known ports whatever it listens on."""
        address, port = (self.address, self.port) if self.node is not None else self.listener.place
        ports = (port,) if self.node is None else (port, 443 if self.context else 80)
        return acls.Packet(str(peer[0]), int(peer[1]), address, ports, established, self.node is not None)

    def _drops(self, peer: tuple[Any, ...] | None, *, established: bool) -> bool:
        return peer is not None and acls.dropped(self._judge, self.packet(peer, established=established))

    @property
    def _judge(self) -> Node:
        return self.appliance.primary if self.node is None else self.appliance.nodes[self.node]

    async def _filtered(self, request: Incoming) -> RawResponse:
        """ACLs filter the packets of established connections too, also the answer to the call that applied them."""
        peer = request.transport.get_extra_info("peername") if request.transport else None
        if not self._drops(peer, established=True):
            running = self._judge.running
            version = running.version
            response = await self._handler(request)
            if (running, version) == (self._judge.running, running.version) or not self._drops(peer, established=True):
                return response
        await asyncio.sleep(self.appliance.switches["drop_seconds"])
        return Silence(reset=False)

    def _accept(self, listening: socket.socket) -> None:
        """Takes waiting connections. ACLs filter packets before anything else, TLS too: a dropped one hears nothing."""
        loop = asyncio.get_running_loop()
        for _ in range(64):
            try:
                connection, peer = listening.accept()
            except OSError:  # nobody waits any more, or went away meanwhile
                return
            connection.setblocking(False)
            if self._out_of_service:
                reset = struct.pack("ii", 1, 0)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
                connection.close()
                continue
            if self._drops(peer, established=False):
                self._ignored.add(connection)
                loop.call_later(self.appliance.switches["drop_seconds"], self._give_up, connection)
                continue
            task = loop.create_task(self._serve(connection))
            self._pending.add(task)
            task.add_done_callback(self._pending.discard)

    @property
    def _out_of_service(self) -> bool:
        """Nobody serves a virtual server that is switched off, TLS neither; its address still answers ARP (msandbu.org on vservers and ARP)."""
        if self.node is not None:
            return False
        running = self.appliance.primary.running
        rows = (row for name in VSERVER_KINDS.values() for row in running.table(name).values())
        return any(
            (row.get("ipv46"), row.get("port")) == self.listener.place and row.get("state") == "DISABLED"
            for row in rows
        )

    def _give_up(self, connection: socket.socket) -> None:
        self._ignored.discard(connection)
        connection.close()

    async def _serve(self, connection: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(OSError, ssl.SSLError):  # a handshake that failed is the client's business
            await loop.connect_accepted_socket(self.server, connection, ssl=self.context)


class World:
    """All appliances of one fleet, their listeners, the control endpoint and the request log."""

    def __init__(self, fleet: Fleet, directory: Path, request_log: Path | None = None) -> None:
        self.fleet = fleet
        self.authority = Authority(directory)
        self.log = RequestLog(request_log)
        self.appliances: dict[str, Appliance] = {}
        self.control_port = 0
        self._held: dict[tuple[str, int], socket.socket] = {}
        self._doors: list[Door] = []
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
            listeners.append(listener)
        for vserver in spec.vservers:
            vservers[vserver.name] = Listener(
                vserver.address.address, _port(vserver.address.address, vserver.address.port, self._held)
            )
        appliance = self.appliances[spec.name] = Appliance(spec, self.fleet.as_of, listeners, vservers)
        for index, listener in enumerate(listeners):
            context, listener.fingerprint = self.authority.context(listener.address, spec.certificate, spec.tls_maximum)
            handler = self._management(appliance, index, tls=True)
            self._doors.append(Door(appliance, index, listener, listener.port, handler, context))
            if listener.http_port is not None:
                handler = self._management(appliance, index, tls=False)
                self._doors.append(Door(appliance, index, listener, listener.http_port, handler, None))
        for vserver in spec.vservers:
            listener = vservers[vserver.name]
            tls = vserver.protocol == "SSL"
            made, fingerprint = self.authority.context(listener.address, spec.certificate, spec.tls_maximum)
            listener.fingerprint = fingerprint if tls else ""
            handler = self._traffic(appliance, VSERVER_KINDS[vserver.type], vserver.name, tls=tls)
            self._doors.append(Door(appliance, None, listener, listener.port, handler, made if tls else None))

        for door in self._doors:
            door.reserved = self._held.pop((door.address, door.port), door.reserved)

    async def listen(self) -> None:
        """Opens and closes listeners as unreachable and the faults want them."""
        for door in self._doors:
            try:
                await door.settle()
            except OSError as problem:
                raise FleetError(
                    f"{door.appliance.spec.name}: can't listen on {door.address}:{door.port}: {problem.strerror or problem}"
                ) from None

    def drop_connections(self, appliance: Appliance, node: int | None = None) -> None:
        for door in self._doors:
            if door.appliance is appliance and door.node is not None and node in (None, door.node):
                door.server.reset_all()

    def stop(self) -> None:
        for door in self._doors:
            door.close()
        for held in self._held.values():
            held.close()
        if self._control:
            listening, server = self._control
            listening.close()
            server.reset_all()
        self.log.close()

    def _management(self, appliance: Appliance, index: int, *, tls: bool) -> Handler:
        async def handle(request: Incoming) -> RawResponse:
            started = time.perf_counter()
            outcome = await management.handle(appliance, index, request, tls=tls)
            self._record(appliance, index, "nitro", request, outcome.response, outcome.code, started)
            if appliance.nodes[index].booting and not isinstance(outcome.response, Silence):
                outcome.response.force_close()  # it rebooted: the connection ends with the answer
            return outcome.response

        return handle

    def _traffic(self, appliance: Appliance, type_: str, name: str, *, tls: bool) -> Handler:
        async def handle(request: Incoming) -> RawResponse:
            started = time.perf_counter()
            response = await self._at_vserver(appliance, type_, name, request, tls=tls)
            self._record(appliance, appliance.primary.index, name, request, response, None, started)
            return response

        return handle

    async def _at_vserver(
        self, appliance: Appliance, type_: str, name: str, request: Incoming, *, tls: bool
    ) -> RawResponse:
        if appliance.primary.booting:
            return Silence(reset=True)
        for fault in appliance.faults.of_vserver(name, request.method):
            if fault.kind in ("slow", "hang"):
                await asyncio.sleep(fault.seconds)
            if fault.kind == "http_error":
                return RawResponse(
                    fault.status,
                    [("Content-Type", "text/html")],
                    b"<html><body>Http/1.1 Service Unavailable</body></html>\n",
                    close=True,
                )
            if fault.kind != "slow":
                return Silence(reset=True)
        try:
            body = await traffic.read_body(request)
        except traffic.Unreadable as problem:
            return problem.response
        return await traffic.at_vserver(appliance.primary, type_, appliance.vservers[name], request, body, tls=tls)

    def _record(
        self,
        appliance: Appliance,
        node: int,
        side: str,
        request: Incoming,
        response: RawResponse,
        code: int | None,
        started: float,
    ) -> None:
        client = request.transport.get_extra_info("peername") if request.transport else None
        self.log.add(
            {
                "time": round(time.time(), 6),
                "appliance": appliance.spec.name,
                "node": node,
                "side": side,
                "connection": request.connection,
                "client": client[0] if client else None,
                "method": request.method,
                "target": request.raw_path,
                "status": None if isinstance(response, Silence) else response.status,
                "errorcode": code,
                "user_agent": request.headers.get("User-Agent"),
                "ms": round((time.perf_counter() - started) * 1000, 3),
            }
        )

    def ready(self) -> dict[str, Any]:
        """Every endpoint: what the ready file says."""
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
                        "certificate_sha256": item.fingerprint,
                    }
                    for item in appliance.listeners
                ],
                "vservers": [
                    {
                        "name": vserver.name,
                        "type": vserver.type,
                        "address": appliance.vservers[vserver.name].address,
                        "port": appliance.vservers[vserver.name].port,
                        "protocol": vserver.protocol,
                    }
                    for vserver in spec.vservers
                ],
                "users": dict(spec.users),
            }
        return {
            "ca_file": str(self.authority.ca_file.resolve()),
            "pid": os.getpid(),
            "control": f"http://127.0.0.1:{self.control_port}",
            "appliances": appliances,
        }


def _bound(address: str, port: int) -> socket.socket:
    opened = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind((address, port))
    except OSError:
        opened.close()
        raise
    return opened


def _port(address: str, port: int, held: dict[tuple[str, int], socket.socket]) -> int:
    """The port itself, or a free one where it is 0; a free one is held, so that nobody else gets it meanwhile."""
    if port:
        return port
    try:
        probe = _bound(address, 0)
    except OSError as problem:
        raise FleetError(f"can't listen on {address}: {problem.strerror or problem}") from None
    free: int = probe.getsockname()[1]
    held[address, free] = probe
    return free


def _quiet(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Broken handshakes and resets are a client's business; anything else is a defect of ours."""
    problem = context.get("exception")
    if not isinstance(problem, OSError | ssl.SSLError | asyncio.CancelledError):
        loop.default_exception_handler(context)


async def serve(
    fleet_file: Path, ready_file: Path | None, request_log: Path | None, ca_file: Path | None = None
) -> None:
    """Runs a fleet until SIGTERM or SIGINT and leaves nothing behind."""
    fleet = load(fleet_file)
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_quiet)
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    if ready_file:
        ready_file.parent.mkdir(parents=True, exist_ok=True)
    directory = Path(tempfile.mkdtemp(prefix="simulator-", dir=ready_file.parent if ready_file else None))
    world = None
    try:
        world = World(fleet, directory, request_log)
        await world.start()
        if ca_file:
            ca_file.parent.mkdir(parents=True, exist_ok=True)
            _write(ca_file, world.authority.ca_file.read_text(encoding="utf-8"))
        if ready_file:
            _write(ready_file, json.dumps(world.ready(), indent=1))
        print(
            f"simulator: {len(world.appliances)} appliances, control http://127.0.0.1:{world.control_port}", flush=True
        )
        await stopped.wait()
    finally:
        if world:
            world.stop()
        for made in (ready_file, ca_file):
            if made:
                _remove(made)
        shutil.rmtree(directory, ignore_errors=True)
        await _cancel_others()


def _write(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


async def _cancel_others() -> None:
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=2)
    await asyncio.sleep(0)


class ApplianceHandle:
    """One appliance of a running simulator, as a test sees it."""

    def __init__(self, simulator: Simulator, name: str) -> None:
        self._simulator = simulator
        self._path = f"/appliances/{name}"
        self.name = name

    def _post(self, verb: str, **data: Any) -> Any:
        return self._simulator.control("POST", f"{self._path}/{verb}", data)

    def state(self) -> Any:
        """Running and saved configuration, hits, files and roles."""
        return self._simulator.control("GET", f"{self._path}/state")

    def upgrade(self, build: str) -> None:
        """The vendor's firmware arrives: every node boots into it, what wasn't saved is lost."""
        self._post("build", build=build)

    def reboot(self, node: int | None = None, seconds: float | None = None) -> None:
        self._post("reboot", node=node, seconds=seconds)

    def failover(self) -> None:
        self._post("failover")

    def synchronise(self) -> None:
        self._post("sync")

    def fault(self, kind: str, **details: Any) -> None:
        """Installs a fault; the details are those of the fleet file."""
        self._post("faults", kind=kind, **details)

    def clear_faults(self) -> None:
        self._simulator.control("DELETE", f"{self._path}/faults")

    def unreachable(self, unreachable: bool = True) -> None:
        self._post("unreachable", unreachable=unreachable)

    def advance(self, seconds: float) -> None:
        """Lets time pass on this appliance's clock."""
        self._post("clock", advance=seconds)

    def write_file(self, path: str, text: str, node: int | None = None) -> None:
        self._post("files", path=path, text=text, node=node)

    def session(self, vserver: str, user: str = "user1") -> str:
        """The cookie of a signed-on Gateway session."""
        return str(self._post(f"vservers/{vserver}/session", user=user)["cookie"])


class Simulator:
    """A fleet in this process: its event loop runs in a thread of its own. Use it as a context manager."""

    def __init__(self, fleet: Mapping[str, Any] | str | Path, *, request_log: Path | None = None) -> None:
        self._fleet = load(fleet)
        self._request_log = request_log
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(_quiet)
        self._thread = threading.Thread(target=self._loop.run_forever, name="simulator", daemon=True)
        self._directory = ""
        self._world: World | None = None

    @property
    def world(self) -> World:
        assert self._world is not None, "the simulator isn't running"
        return self._world

    @property
    def ready(self) -> dict[str, Any]:
        """Every endpoint: what the ready file says."""
        return self.world.ready()

    def start(self) -> Self:
        self._directory = tempfile.mkdtemp(prefix="simulator-")
        self._thread.start()
        try:
            self._world = World(self._fleet, Path(self._directory), self._request_log)
            self._run(self._world.start())
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        if self._thread.is_alive():
            if self._world is not None:
                self._loop.call_soon_threadsafe(self._world.stop)
            with contextlib.suppress(Exception):
                self._run(_cancel_others())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(timeout=5)
        if not self._loop.is_running():
            self._loop.close()
        shutil.rmtree(self._directory, ignore_errors=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(timeout=60)

    def control(self, method: str, path: str, data: Mapping[str, Any] | None = None) -> Any:
        """A call of the control endpoint, without HTTP."""
        given = {name: value for name, value in (data or {}).items() if value is not None}
        return self._run(control.perform(self.world, method, path, given))

    def appliance(self, name: str) -> ApplianceHandle:
        return ApplianceHandle(self, name)

    def reset(self) -> None:
        """All back to the fleet file; the request log is emptied."""
        self.control("POST", "/reset")

    def requests(self) -> list[dict[str, Any]]:
        """The request log since the start or the last reset."""
        return list(self.control("GET", "/requests"))

    def clear_requests(self) -> None:
        self.control("DELETE", "/requests")
