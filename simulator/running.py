# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The fleet at work: listeners, the ready file, and the Python API that runs it all in a thread."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import logging
import os
import shutil
import signal
import socket
import ssl
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from . import acls, control, management, traffic
from .appliance import DEFAULT_PARTITION, VSERVER_KINDS, Appliance, Listener, Node
from .certificates import Authority
from .connections import Server
from .fleet import ApplianceSpec, Fleet, FleetError, load
from .incoming import Incoming
from .new_vservers import NewVservers
from .request_log import RequestLog
from .tls import Transport
from .wire import RESET, RawResponse, Silence

log = logging.getLogger("simulator")
Handler = Callable[[Incoming], Awaitable[management.Outcome]]
Record = Callable[[Incoming, management.Outcome, float], None]


class Door:
    """A listening address of an appliance, open or closed; what its ACLs let through gets to the handler."""

    def __init__(
        self,
        appliance: Appliance,
        node: int | None,  # None: a virtual server
        listener: Listener,
        port: int,
        handler: Handler,
        record: Record,
        context: Callable[[str], ssl.SSLContext] | None,  # by the kind of certificate; None: no TLS
        vserver: tuple[str, str] | None = None,  # its type, and what faults call it
    ) -> None:
        self.appliance = appliance
        self.node = node
        self.vserver = vserver
        self.listener = listener
        self.address = listener.address
        self.port = port
        self.context = context
        self.server = Server(self._filtered, cancels=node is None)
        self.reserved: socket.socket | None = None  # holds the free port that was found, until the door opens
        self.listening: socket.socket | None = None
        self._handler = handler
        self._record = record
        self._pending: set[Transport] = set()  # connections whose TLS isn't up yet
        self._taken: set[asyncio.Task[None]] = set()  # connections without TLS that are being taken
        self._unserved: set[socket.socket] = set()  # those of them that nobody has looked at yet
        self._ignored: set[socket.socket] = set()  # connections whose packets an ACL drops

    @property
    def wanted(self) -> bool:
        if self.appliance.unreachable:
            return False
        if self.node is not None:
            return not self.appliance.faults.standing("refuse", self.node)
        return self.serves or self.appliance.switches["disabled_vserver"] == "reset"

    @property
    def serves(self) -> bool:
        """Whether there is something behind the address: a virtual server that is disabled, or gone, is nothing."""
        if self.vserver is None:
            return True
        node = self.appliance.serving(self.listener.partition)
        return node is not None and node.vserver_at(self.vserver[0], self.listener.place) is not None

    @property
    def presented(self) -> ssl.SSLContext | None:
        """The TLS that a new connection gets."""
        if self.context is None:
            return None
        called = self.vserver[1] if self.vserver else None
        fault = self.appliance.faults.standing("certificate_changed", self.node, called)
        kind = self.appliance.spec.certificate
        if fault is not None:
            kind = "another_self_signed" if fault.certificate == "self_signed" else fault.certificate
        return self.context(kind)

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
            with contextlib.suppress(OSError):  # nobody else may have the port meanwhile
                self.reserved = _bound(self.address, self.port)
        elif not self.serves:
            # downStateFlush is on by default: the connections of clients are terminated (product docs; a reset, CTX140147).
            self.server.reset_all()

    def close(self) -> None:
        if self.reserved is not None:
            self.reserved.close()
            self.reserved = None
        if self.listening is not None:
            with contextlib.suppress(RuntimeError):  # the loop is gone already
                asyncio.get_running_loop().remove_reader(self.listening.fileno())
            self.listening.close()
            self.listening = None
        for shaking in list(self._pending):
            shaking.abort()
        for task in self._taken:
            task.cancel()
        for kept in (self._unserved, self._ignored):
            for connection in kept:
                connection.close()
            kept.clear()
        self.server.reset_all()

    def connected(self) -> int:
        """How many clients are connected."""
        return len(self.server.connections)

    def packet(self, peer: tuple[Any, ...], *, established: bool) -> acls.Packet:
        """What an ACL sees of a connection. The management address has its well-known ports whatever it listens on."""
        address, port = (self.address, self.port) if self.node is not None else self.listener.place
        ports = (port,) if self.node is None else (port, 443 if self.context else 80)
        return acls.Packet(str(peer[0]), int(peer[1]), address, ports, established, self.node is not None)

    def _drops(self, peer: tuple[Any, ...] | None, *, established: bool) -> bool:
        judge = self._judge
        if peer is None or judge is None or not acls.filters(judge):
            return False
        return acls.dropped(judge, self.packet(peer, established=established))

    @property
    def _judge(self) -> Node | None:
        """Whose ACLs filter: a partition has its own."""
        return self.appliance.serving(self.listener.partition) if self.node is None else self.appliance.nodes[self.node]

    def _configured(self) -> tuple[Any, int] | None:
        judge = self._judge
        return None if judge is None else (judge.running, judge.running.version)

    async def _filtered(self, request: Incoming) -> RawResponse:
        """ACLs filter the packets of established connections too, also the answer to the call that applied them."""
        peer = request.client
        if not self._drops(peer, established=True):
            started = time.perf_counter()
            before = self._configured()
            outcome = await self._handler(request)
            swallowed = before != self._configured() and self._drops(peer, established=True)
            heard = management.Outcome(Silence(reset=False), outcome.code) if swallowed else outcome
            self._record(request, heard, started)
            if not swallowed:
                return outcome.response
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
            if not self.serves:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                connection.close()
                continue
            if self._drops(peer, established=False):
                self._ignored.add(connection)
                loop.call_later(self.appliance.switches["drop_seconds"], self._give_up, connection)
                continue
            self._take(connection)

    def _give_up(self, connection: socket.socket) -> None:
        self._ignored.discard(connection)
        connection.close()

    def _take(self, connection: socket.socket) -> None:
        context = self.presented
        if context is None:
            self._unserved.add(connection)
            task = asyncio.get_running_loop().create_task(self._serve(connection))
            self._taken.add(task)
            task.add_done_callback(self._taken.discard)
            return
        try:
            self._pending.add(Transport(connection, context, self.server, self._pending.discard))
        except OSError:  # it went away meanwhile
            connection.close()

    async def _serve(self, connection: socket.socket) -> None:
        self._unserved.discard(connection)
        with contextlib.suppress(OSError):  # it went away meanwhile
            await asyncio.get_running_loop().connect_accepted_socket(self.server, connection)


class World:
    """All appliances of one fleet, their listeners, the control endpoint and the request log."""

    def __init__(self, fleet: Fleet, directory: Path, request_log: Path | None = None) -> None:
        self.fleet = fleet
        self.authority = Authority(directory)
        self.log = RequestLog(request_log)
        self.appliances: dict[str, Appliance] = {}
        self.control_port = 0
        self._held: dict[tuple[str, int], socket.socket] = {}
        self._doors: dict[str, list[Door]] = {}  # by appliance
        self.new_vservers = NewVservers(self)
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
        for partition, unique, vserver in spec.everywhere():
            address = vserver.address.address
            port = _port(address, vserver.address.port, self._held)
            vservers[unique] = Listener(address, port, partition=partition or DEFAULT_PARTITION)
        appliance = self.appliances[spec.name] = Appliance(spec, self.fleet.as_of, listeners, vservers)
        doors = self._doors[spec.name] = []
        for index, listener in enumerate(listeners):
            listener.fingerprint = self._fingerprint(spec, listener)
            record = self._recorder(appliance, "nitro", index)
            handler = self._management(appliance, index, tls=True)
            doors.append(
                Door(appliance, index, listener, listener.port, handler, record, self._contexts(spec, listener))
            )
            if listener.http_port is not None:
                handler = self._management(appliance, index, tls=False)
                doors.append(Door(appliance, index, listener, listener.http_port, handler, record, None))
        for _, unique, vserver in spec.everywhere():
            type_, tls = VSERVER_KINDS[vserver.type], vserver.protocol == "SSL"
            vservers[unique].portal_users = vserver.portal_users
            doors.append(self.vserver_door(appliance, vservers[unique], type_, unique, tls=tls))
        for door in doors:
            door.reserved = self._held.pop((door.address, door.port), door.reserved)

    def vserver_door(self, appliance: Appliance, listener: Listener, type_: str, side: str, *, tls: bool) -> Door:
        """The door of a virtual server; `side` is what the request log and faults call it."""
        spec = appliance.spec
        listener.fingerprint = self._fingerprint(spec, listener) if tls else ""
        handler = self._traffic(appliance, type_, side, listener, tls=tls)
        record = self._recorder(appliance, side, None)
        contexts = self._contexts(spec, listener) if tls else None
        door = Door(appliance, None, listener, listener.port, handler, record, contexts, (type_, side))
        listener.connections = door.connected
        return door

    def _fingerprint(self, spec: ApplianceSpec, listener: Listener) -> str:
        return self.authority.context(listener.address, spec.certificate, spec.tls_maximum)[1]

    def _contexts(self, spec: ApplianceSpec, listener: Listener) -> Callable[[str], ssl.SSLContext]:
        return lambda kind: self.authority.context(listener.address, kind, spec.tls_maximum)[0]

    async def listen(self, appliance: Appliance | None = None) -> None:
        """Opens and closes listeners as unreachable, the faults and the virtual servers of an appliance, or of all, want them."""
        for one in self.appliances.values() if appliance is None else (appliance,):
            await self.new_vservers.follow(one)
        for door in self._doors_of(appliance):
            try:
                await door.settle()
            except OSError as problem:
                raise FleetError(
                    f"{door.appliance.spec.name}: can't listen on {door.address}:{door.port}: {problem.strerror or problem}"
                ) from None

    def _doors_of(self, appliance: Appliance | None) -> Iterable[Door]:
        """Those of an appliance, or all."""
        if appliance is not None:
            return self._doors[appliance.spec.name]
        return itertools.chain.from_iterable(self._doors.values())

    def drop_connections(self, appliance: Appliance, node: int | None = None) -> None:
        for door in self._doors_of(appliance):
            if door.node is not None and node in (None, door.node):
                door.server.reset_all()

    def stop(self) -> None:
        for door in (*self._doors_of(None), *self.new_vservers.doors()):
            door.close()
        for held in self._held.values():
            held.close()
        if self._control:
            listening, server = self._control
            listening.close()
            server.reset_all()
        self.log.close()

    def _management(self, appliance: Appliance, index: int, *, tls: bool) -> Handler:
        async def handle(request: Incoming) -> management.Outcome:
            before = appliance.primary.running
            outcome = await management.handle(appliance, index, request, tls=tls)
            # It may have enabled or disabled a virtual server, or put another configuration in the place of the running one.
            if request.method != "GET" or appliance.primary.running is not before:
                await self.listen(appliance)
            if appliance.nodes[index].booting and not isinstance(outcome.response, Silence):
                outcome.response.force_close()  # it rebooted: the connection ends with the answer
            return outcome

        return handle

    def _traffic(self, appliance: Appliance, type_: str, name: str, listener: Listener, *, tls: bool) -> Handler:
        async def handle(request: Incoming) -> management.Outcome:
            return management.Outcome(await self._at_vserver(appliance, type_, name, listener, request, tls=tls))

        return handle

    async def _at_vserver(
        self, appliance: Appliance, type_: str, name: str, listener: Listener, request: Incoming, *, tls: bool
    ) -> RawResponse:
        node = appliance.serving(listener.partition)
        if node is None or node.booting:
            return Silence(reset=True)
        faults = appliance.faults.of_vserver(name, request.method)
        for fault in faults:
            if fault.kind in ("slow", "hang"):
                await asyncio.sleep(fault.seconds)
            if fault.kind == "http_error":
                return RawResponse(
                    fault.status,
                    [("Content-Type", "text/html")],
                    traffic.UNAVAILABLE,
                    close=True,
                )
            if fault.kind in ("reset", "hang"):
                return Silence(reset=True)
        try:
            body = await traffic.read_body(request)
        except traffic.Unreadable as problem:
            return problem.response
        response = await traffic.at_vserver(node, type_, listener, request, body, tls=tls)
        broken = next((fault for fault in faults if fault.kind in traffic.IN_ANSWER), None)
        return await traffic.break_off(broken, request, response) if broken else response

    def _recorder(self, appliance: Appliance, side: str, node: int | None) -> Record:
        """Writes what was asked at one address, and what of the answer left it, into the request log."""

        def record(request: Incoming, outcome: management.Outcome, started: float) -> None:
            self.log.add(
                time.time(),
                appliance.spec.name,
                appliance.primary.index if node is None else node,
                side,
                request.connection,
                request.client[0] if request.client else None,
                request.method,
                request.raw_path,
                None if isinstance(outcome.response, Silence) else outcome.response.status,
                outcome.code,
                request.headers.get("User-Agent"),
                (time.perf_counter() - started) * 1000,
            )

        return record

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
                        "address": appliance.vservers[unique].address,
                        "port": appliance.vservers[unique].port,
                        "protocol": vserver.protocol,
                        **({"partition": partition} if partition else {}),
                    }
                    for partition, unique, vserver in spec.everywhere()
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
        return str(self._post(f"vservers/{quote(vserver, safe='')}/session", user=user)["cookie"])


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
