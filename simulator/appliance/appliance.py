# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An appliance: one node or an HA pair, with the state of both: clock, roles, propagation, saves."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache

from simulator.appliance.initial_configuration import InitialConfigurations, initial_configurations
from simulator.configuration import acls, expressions
from simulator.configuration.configuration import Configuration
from simulator.configuration.environment import Tables
from simulator.configuration.passwords import is_password, new_salt
from simulator.fleet_file.faults import Fault, Faults
from simulator.fleet_file.specification import ApplianceSpec
from simulator.node import logs
from simulator.node.firmware import HTML_PAGES
from simulator.node.node import Node
from simulator.node.persistence import PersistenceSessions
from simulator.node.portal_sessions import PortalSessions
from simulator.node.state import DEFAULT_PARTITION, Listener
from simulator.types import FEATURES, TYPES, Row
from simulator.types.errors import NitroError
from simulator.userland.run import run


@lru_cache(maxsize=1024)
def _numbers(build: str) -> tuple[int, ...]:
    return tuple(int(part) for part in build.replace(" ", ".").split("."))


class Appliance:
    """One appliance of the fleet file."""

    def __init__(
        self, spec: ApplianceSpec, as_of: datetime | None, listeners: list[Listener], vservers: dict[str, Listener]
    ) -> None:
        self.spec = spec
        self.switches = spec.switches
        self._salt = ""
        self.vservers = vservers
        self.listeners = listeners
        self.made_vservers: list[Listener] = []  # the virtual servers made through NITRO that listen
        self._as_of = as_of
        self.licensed = frozenset(FEATURES.values() if spec.licensed == ("all",) else spec.licensed)
        self._initial: InitialConfigurations | None = None
        self.unknown_lines: list[str] = []
        self.reset()

    def reset(self) -> None:
        """Restore the state of the fleet file."""
        self._started = time.monotonic()
        self._epoch = self._as_of.timestamp() if self._as_of else time.time()
        self._run(self.spec.build)
        self.faults = Faults(self.spec.faults)
        self.unreachable = self.spec.unreachable
        self.nodes = [Node(self, index, listener) for index, listener in enumerate(self.listeners)]
        self.primary = self.nodes[self.spec.primary]
        self._drop_user_sessions()
        self._synced = self.now()
        self.sync_failures = 0
        if self._initial is None:
            self._initial = initial_configurations(self.spec, self.vservers, self)
            self.unknown_lines = list(self._initial.unknown_lines)
        saved, running = self._initial.saved, self._initial.running
        for node in self.nodes:
            if node.other is not None:
                node.saved_own.peers["1"] = {"ipaddress": node.other.listener.address, "inc": "DISABLED"}
            if node is self.primary:
                node.saved_own.ha = dict(self._initial.ha)
            for path, file in self.spec.files.items():
                node.put_file(path, file)
            node.saved = saved.copy()
            node.saved_at = node.changed_at = node.clock() - 86400
            node.boot()
            node.running = running.copy()
            if self.spec.unsaved_configuration:
                node.touch()
            for name, configuration in self._initial.partitions.items():
                inside = node.inside(name)
                inside.saved, inside.running = configuration.copy(), configuration.copy()
            node.started_at -= 86400 * 30
            node.master_since = node.started_at

    def _drop_user_sessions(self) -> None:
        """Forget the users' sessions, without a trace in the logs: no node is left that had them."""
        self.portal = PortalSessions(self.now, self.switches["portal_idle_seconds"])
        self.persistence = PersistenceSessions(self.now)

    def install_fault(self, fault: Fault) -> None:
        """Install a fault."""
        for node in self.nodes:
            logs.flush(node)
        self.faults.install(fault)

    def _run(self, build: str) -> None:
        """Set the running build: its name and its numbers."""
        self.build, self.branch = build, _numbers(build)

    # Clock

    def now(self) -> float:
        return self._epoch + time.monotonic() - self._started

    def advance(self, seconds: float) -> None:
        """Advance the clock."""
        self._epoch += seconds

    def moment(self) -> datetime:
        return datetime.fromtimestamp(self.now(), UTC)

    def run_script(self, node: Node, script: str, user: str) -> tuple[int, bytes, float]:
        """Carry out a script as a user of the operating system; return its status, what it prints, and the used share of its limits."""
        result = run(node, script, user)
        return result.status, result.out + result.err, result.share

    @property
    def paired(self) -> bool:
        """True if there are two nodes, and each has the other as its peer."""
        if len(self.nodes) != 2:
            return False
        first, second = self.nodes
        return first.has_peer(second.address) and second.has_peer(first.address)

    @property
    def split(self) -> bool:
        """True if the two nodes do not receive each other's heartbeats."""
        return self.faults.active("both_primary") is not None or (len(self.nodes) == 2 and not self.paired)

    # The environment of configurations

    @property
    def salt(self) -> str:
        """The salt of the hashes that the current command makes, the same on both nodes."""
        if not self._salt:
            self._salt = new_salt()
        return self._salt

    def check_password(self, user: str, password: str, node: Node) -> None:
        row = node.whole.running.find(TYPES["systemuser"], user) or {}
        if not is_password(password, str(row.get("_hash", ""))):
            raise NitroError(354)

    def has_page(self, name: str) -> bool:
        path = f"{HTML_PAGES}/{name}"
        return path in self.spec.files or path in self.primary.files

    def file(self, path: str) -> bytes | None:
        """Return the content of a file of the primary, or of the fleet file before the nodes exist."""
        if path in self.primary.files:
            return bytes(self.primary.files[path].content)
        return self.spec.files[path].content if path in self.spec.files else None

    def check_expression(self, text: str, yields: str, configuration: Tables) -> None:
        expressions.check(text, yields, configuration, self)

    def serving(self, partition: str) -> Node | None:
        """Return the node that serves the virtual servers of a partition: the primary, None if the partition does not exist any more."""
        if partition == DEFAULT_PARTITION:
            return self.primary
        gone = self.primary.running.find(TYPES["nspartition"], partition) is None
        return None if gone else self.primary.inside(partition)

    # Changes and saves

    def change(self, node: Node, operation: Callable[[Configuration], None], warnings: list[NitroError]) -> None:
        """Carry out an operation on a node's running configuration, and propagate it from the primary to the secondary."""
        self.periodic_sync()
        self._salt = ""
        peer = node.peer
        if peer is not None and not node.primary:
            if self.switches["secondary_write"] == "refused":
                raise NitroError(368)
            warnings.append(NitroError(1028))
            if node.active_fault("secondary_writes_lost"):
                operation(node.running.copy())
                return
        elif peer is not None and not peer.booting and node.ha_settings.get("haprop", "ENABLED") == "ENABLED":
            try:  # the secondary executes first; its failure does not stop the primary (product docs, HA command propagation)
                self._propagate(peer, operation)
            except NitroError:
                warnings.append(NitroError(347))
        operation(node.running)
        node.touch()

    @staticmethod
    def _propagate(peer: Node, operation: Callable[[Configuration], None]) -> None:
        if peer.active_fault("out_of_sync"):
            raise NitroError(347)
        if peer.active_fault("secondary_writes_lost"):
            operation(peer.running.copy())  # it reports success
            return
        operation(peer.running)
        peer.touch()

    async def save(self, node: Node, seconds: float | None = None, *, everything: bool = False) -> None:
        """Save the partition of the session, or all partitions."""
        whole = node.whole
        if whole.saving or self.faults.occurs("save_collision", whole.index):
            raise NitroError(293)
        node.require_disk_space()
        whole.saving = True
        try:
            duration = self.switches["save_seconds"] if seconds is None else seconds
            if duration:
                await asyncio.sleep(duration)
            targets = [whole, *whole.partitions.values()] if everything else [node]
            if node.primary and self.switches["save_reaches_secondary"]:
                targets += [peer for target in targets if (peer := target.peer) is not None and _takes_saves(peer)]
            for target in targets:
                if target.parent is None:
                    target.saved_own = target.own.copy()
                target.saved = acls.without_temporary_acls(target.running, self.switches["extended_acl_ttl_saved"])
                target.changed = False
                target.saved_at = target.clock()
        finally:
            whole.saving = False

    # High availability

    def synchronise(self) -> None:
        """Replace the secondary's running configuration by the primary's (product docs, HA synchronisation)."""
        for node in self.nodes if self.paired else ():
            if node.primary or node.ha_settings.get("hasync", "ENABLED") != "ENABLED":
                continue
            if node.active_fault("out_of_sync"):
                self.sync_failures += 1
            else:
                node.running = self.primary.running.copy()
                node.compiled = None
                node.drop_partitions()
                for name, partition in self.primary.partitions.items():
                    node.inside(name).running = partition.running.copy()
        self._synced = self.now()

    def periodic_sync(self) -> None:
        if len(self.nodes) != 2:
            return
        period = self.switches["ha_sync_seconds"]
        if period and self.now() - self._synced >= period:
            self.synchronise()

    def sync_files(self, *, now: bool = False) -> None:
        """Copy files under /nsconfig from the primary to the secondary after a delay (CTX138748)."""
        delay = 0.0 if now else self.switches["file_sync_seconds"]
        for node in self.nodes if self.paired else ():
            if node.primary or not (delay or now) or node.active_fault("disk_full"):
                continue
            ours, latest = node.files, self.primary.clock() - delay
            for path, file in self.primary.files.items():
                if not path.startswith("/nsconfig/") or file.modified > latest:
                    continue
                old = ours.get(path)
                if old is None or old.modified < file.modified:
                    ours[path] = file.copy()

    def failover(self) -> None:
        if len(self.nodes) != 2:
            raise NitroError(363)
        peer = self.primary.peer
        if peer is None or peer.booting:
            raise NitroError(1449)
        # Session reliability on a pair is off by default (command reference, ica parameter): connections break.
        self.portal.disconnect(self.primary, list(self.portal.connections))
        self.primary = peer
        for node in self.nodes:
            node.master_since = self.now()
        self.synchronise()

    def change_peers(self, node: Node, change: Callable[[dict[str, Row]], None]) -> None:
        """Change the peers that a node has, which ends the pair or makes it again (command reference, add and rm ha node)."""
        primary, paired = [one.primary for one in self.nodes], self.paired
        change(node.own.peers)
        node.touch()
        made = self.paired and not paired
        if made:
            self._elect()
        for one, before in zip(self.nodes, primary, strict=True):
            if one.primary is not before:
                one.master_since = self.now()
        if made:
            self.synchronise()

    def _elect(self) -> None:
        """Choose the primary of a new pair: the node that stays primary, not the one that stays secondary, else the one with the traffic."""
        wishes = [node.ha_settings.get("hastatus") for node in self.nodes]
        stays = [number for number, wish in enumerate(wishes) if wish == "STAYPRIMARY"]
        others = [number for number, wish in enumerate(wishes) if wish != "STAYSECONDARY"]
        for chosen in (stays, others):
            if len(chosen) == 1:
                self.primary = self.nodes[chosen[0]]
                return

    def reboot(self, node: Node, boot_seconds: float | None = None) -> None:
        """Reboot a node: it is away for a while and starts with the saved configuration. An HA peer becomes primary and synchronises it."""
        node.booting_until = time.monotonic() + (
            self.switches["boot_seconds"] if boot_seconds is None else boot_seconds
        )
        peer = node.peer
        if node.serving and (peer is None or peer.booting):  # no other node keeps its users' sessions
            self._drop_user_sessions()
        elif node.serving:
            self.portal.connections.clear()
        node.disk.lose_memory()
        node.boot()
        if peer is not None:
            # STAYSECONDARY keeps a node secondary even if the primary fails (NITRO reference, hanode).
            if node.primary and not peer.booting and peer.ha_settings.get("hastatus") != "STAYSECONDARY":
                self.primary = peer
                peer.master_since = self.now()
            self.synchronise()

    def upgrade(self, build: str) -> None:
        self._run(build)
        self._drop_user_sessions()
        for node in self.nodes:
            node.booting_until = time.monotonic() + self.switches["boot_seconds"]
            node.disk.lose_memory()
            node.boot()
        self.synchronise()


def _takes_saves(peer: Node) -> bool:
    """True if a save on the primary reaches this node."""
    return not (peer.active_fault("out_of_sync") or peer.active_fault("disk_full"))
