# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Listening addresses of virtual servers made through NITRO; they open and close with the objects."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from simulator.appliance.appliance import Appliance
from simulator.node.node import Node
from simulator.node.state import DEFAULT_PARTITION, Listener
from simulator.node.vserver_states import lacks_certificate
from simulator.server.acceptor import Acceptor
from simulator.types import VSERVER_TYPES
from simulator.types.forms import is_loopback

log = logging.getLogger("simulator")


@dataclass(frozen=True)
class _Expected:
    """A virtual server of NITRO. If any of these changes, another address listens."""

    appliance: str
    partition: str
    type: str
    name: str
    address: str
    port: int
    tls: bool

    @property
    def side(self) -> str:
        """The name in the request log and in faults."""
        return self.name if self.partition == DEFAULT_PARTITION else f"{self.partition}/{self.name}"


class MakeAcceptor(Protocol):
    """Makes the acceptor of a virtual server."""

    def __call__(
        self, appliance: Appliance, listener: Listener, type_: str, side: str, /, *, tls: bool
    ) -> Acceptor: ...


class NewVservers:
    """The acceptors of virtual servers that are not in the fleet file."""

    def __init__(self, make: MakeAcceptor) -> None:
        self._make = make
        self._open: dict[_Expected, Acceptor | None] = {}  # None: the address cannot be listened on

    def acceptors(self) -> Iterable[Acceptor]:
        return (acceptor for acceptor in self._open.values() if acceptor is not None)

    async def update(self, appliance: Appliance) -> None:
        """Open and close addresses as the primary's running configuration demands."""
        if not appliance.spec.new_vservers_listen:
            return
        expected = set(_expected(appliance))
        for gone in [entry for entry in self._open if entry.appliance == appliance.spec.name and entry not in expected]:
            acceptor = self._open.pop(gone)
            if acceptor is not None:
                acceptor.close()
        for entry in expected:
            if entry not in self._open:
                self._open[entry] = self._made(appliance, entry)
            acceptor = self._open[entry]
            if acceptor is not None and not await _updated(acceptor, entry):
                acceptor.close()
                self._open[entry] = None
        own = [acceptor for entry, acceptor in self._open.items() if entry.appliance == appliance.spec.name]
        appliance.made_vservers = [acceptor.listener for acceptor in own if acceptor is not None]

    def _made(self, appliance: Appliance, entry: _Expected) -> Acceptor:
        listener = Listener(entry.address, entry.port, partition=entry.partition, own_back_end=False)
        return self._make(appliance, listener, entry.type, entry.side, tls=entry.tls)


async def _updated(acceptor: Acceptor, entry: _Expected) -> bool:
    try:
        await acceptor.update()
    except OSError as problem:
        place = f"{entry.address}:{entry.port}"
        log.warning("%s: %s cannot listen on %s: %s", entry.appliance, entry.side, place, problem)
        return False
    return True


def _expected(appliance: Appliance) -> Iterator[_Expected]:
    """Yield the HTTP and SSL vservers at a loopback address with a port that the fleet file does not use."""
    taken = {listener.socket_address for listener in appliance.vservers.values()}
    taken |= {(listener.address, listener.port) for listener in (*appliance.vservers.values(), *appliance.listeners)}
    for node in _nodes(appliance):
        for type_ in VSERVER_TYPES:
            for row in node.running.table(type_).values():
                place = (str(row.get("ipv46", "")), int(row.get("port", 0)))
                if row["servicetype"] in ("HTTP", "SSL") and place[1] and place not in taken and is_loopback(place[0]):
                    if lacks_certificate(node, row):  # it is DOWN, and has nothing to open a connection with
                        continue
                    tls = row["servicetype"] == "SSL"
                    yield _Expected(appliance.spec.name, node.partition, type_, row["name"], *place, tls)


def _nodes(appliance: Appliance) -> Iterator[Node]:
    primary = appliance.primary
    yield primary
    for row in primary.running.table("nspartition").values():
        yield primary.inside(row["partitionname"])
