# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An appliance: one node or an HA pair, with running and saved configuration, sessions, files, roles and a clock."""

from __future__ import annotations

import asyncio
import hmac
import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from . import acls, expressions, locations, nsconf
from .checks import hashed
from .configuration import Configuration
from .counters import Counters
from .errors import NitroError
from .faults import Faults
from .fleet import ApplianceSpec, FleetError
from .types import BINDINGS, ENTRIES, FEATURES, TYPES, Row

log = logging.getLogger("simulator")
KNOB_LINE = "nsapimgr_wr.sh -ys skip_systemaccess_policyeval="
RC_FILE = "/nsconfig/rc.netscaler"
NS_LOG = "/var/log/ns.log"
LOG_LIMIT = 1024 * 1024
DEFAULT_PARTITION = "default"
VSERVER_KINDS = {"vpn": "vpnvserver", "authentication": "authenticationvserver", "cs": "csvserver", "lb": "lbvserver"}
# The directories every appliance has; a file can't be made elsewhere (NITRO guide: the path must exist).
DIRECTORIES = (
    *("/", "/nsconfig", "/nsconfig/partitions", "/nsconfig/ssl", "/nsconfig/license", "/flash", "/netscaler"),
    *("/var", "/var/tmp", "/var/log", "/var/netscaler", "/var/netscaler/locdb", "/tmp"),  # noqa: S108 -- the appliance's
)


@dataclass
class Session:
    """A signed-on administrator."""

    number: int
    token: str
    user: str
    since: float
    last: float
    timeout: float
    partition: str = DEFAULT_PARTITION  # the admin partition it is in


@dataclass
class File:
    """A file on a node's disk."""

    content: bytearray
    modified: float
    accessed: float


@dataclass
class Listener:
    """Where something of the appliance listens, with the port it really got."""

    address: str
    port: int
    http_port: int | None = None
    fingerprint: str = ""
    stands_for: tuple[str, int] | None = None  # the configured address of a virtual server, where it is another one

    @property
    def place(self) -> tuple[str, int]:
        return self.stands_for or (self.address, self.port)


@dataclass
class Node:
    """One appliance of a pair, or the only one; or what an admin partition of it has for itself (`inside`)."""

    appliance: Appliance
    index: int
    listener: Listener
    running: Configuration = field(default_factory=Configuration)
    saved: Configuration = field(default_factory=Configuration)
    sessions: dict[str, Session] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    # hanode settings are a node's own, they are not propagated (command reference, ha node).
    own: Row = field(default_factory=dict)
    counters: Counters = field(default_factory=Counters)
    changed: bool = False
    changed_at: float = 0.0
    saved_at: float = 0.0
    started_at: float = 0.0
    master_since: float = 0.0
    saving: bool = False
    booting_until: float = 0.0
    knob: int = 1
    session_number: int = 0
    log_number: int = 0
    compiled: expressions.Compiled | None = None
    locations: dict[int, locations.Loaded] = field(default_factory=dict)  # by IP version: the location files in memory
    # What is made of the ACLs of a configuration of some version.
    expiry: tuple[int, int, float | None] = (0, -1, None)
    rules: tuple[int, int, Any] = (0, -1, ())
    of: Node | None = None  # of a partition: the node that has it
    partition: str = DEFAULT_PARTITION
    partitions: dict[str, Node] = field(default_factory=dict)

    @property
    def box(self) -> Node:
        return self.of or self

    @property
    def primary(self) -> bool:
        return self.appliance.primary is self.box

    @property
    def peer(self) -> Node | None:
        other = next((node for node in self.appliance.nodes if node is not self.box), None)
        return other and other.inside(self.partition)

    @property
    def booting(self) -> bool:
        return time.monotonic() < self.box.booting_until

    def inside(self, partition: str) -> Node:
        """The node as a session in that partition has it: its own configuration, saved state and counters (product docs, admin
        partitions); address, files, sessions and HA state are those of the whole node."""
        box = self.box
        if partition == DEFAULT_PARTITION:
            return box
        if partition not in box.partitions:
            node = Node(self.appliance, box.index, box.listener, of=box, partition=partition)
            node.sessions, node.files, node.own = box.sessions, box.files, box.own
            node.saved_at = node.changed_at = self.appliance.now()
            box.partitions[partition] = node
        return box.partitions[partition]

    def drop_partitions(self) -> None:
        """A partition that is no longer configured takes what it had with it."""
        known = {row["partitionname"] for row in self.running.table("nspartition").values()}
        for name in [name for name in self.partitions if name not in known]:
            del self.partitions[name]

    def booted(self) -> None:
        """What a boot leaves: the saved configuration, no sessions, counters at zero, the knob as rc.netscaler sets it."""
        now = self.appliance.now()
        self.running = self.saved.copy()
        acls.settle(self.running)
        self.locations.clear()
        self.drop_partitions()
        for partition in self.partitions.values():
            partition.running = partition.saved.copy()
            partition.counters.clear()
            partition.locations.clear()
            partition.changed, partition.compiled = False, None
        self.sessions.clear()
        self.counters.clear()
        self.changed = False
        self.started_at = self.master_since = now
        self.compiled = None
        self.knob = self.appliance.switches["skip_systemaccess_policyeval"]
        text = bytes(self.files[RC_FILE].content).decode("utf-8", "replace") if RC_FILE in self.files else ""
        for line in text.splitlines():
            command = line.strip()
            if KNOB_LINE in command and not command.startswith("#"):
                value = command.split(KNOB_LINE, 1)[1][:1]
                self.knob = int(value) if value in ("0", "1") else self.knob

    def touch(self) -> None:
        self.changed = True
        self.changed_at = self.appliance.now()

    # Sessions

    def login(self, user: str, timeout: float | None = None) -> Session:
        self.expire()
        switches = self.appliance.switches
        if len(self.sessions) >= switches["session_limit"]:
            raise NitroError(switches["session_limit_code"])
        self.session_number += 1
        now = self.appliance.now()
        # "##" and hexadecimal digits; with this length the login answer has the 328 bytes of telegraf issue 11478.
        session = Session(
            self.session_number,
            "##" + secrets.token_hex(126).upper(),
            user,
            now,
            now,
            float(timeout) if timeout is not None else switches["session_idle_seconds"],
        )
        self.sessions[session.token] = session
        return session

    def expire(self) -> None:
        now = self.appliance.now()
        for token in [token for token, session in self.sessions.items() if now - session.last > session.timeout > 0]:
            del self.sessions[token]

    # Files

    def write_file(self, path: str, content: bytes) -> None:
        now = self.appliance.now()
        self.files[path] = File(bytearray(content), now, now)

    def append(self, path: str, line: str) -> None:
        now = self.appliance.now()
        file = self.files.get(path)
        if file is None:
            file = self.files[path] = File(bytearray(), now, now)
        file.content += line.encode("utf-8", "surrogateescape") + b"\n"
        if len(file.content) > LOG_LIMIT:  # a busy box turns its logs over within hours (newsyslog)
            del file.content[: len(file.content) // 2]
        file.modified = now


@lru_cache(maxsize=1024)
def _numbers(build: str) -> tuple[int, ...]:
    return tuple(int(part) for part in build.replace(" ", ".").split("."))


class Appliance:
    """The state behind one name of the fleet file."""

    def __init__(
        self, spec: ApplianceSpec, as_of: datetime | None, listeners: list[Listener], vservers: dict[str, Listener]
    ) -> None:
        self.spec = spec
        self.switches = spec.switches
        self.vservers = vservers
        self.listeners = listeners
        self._as_of = as_of
        self.build = spec.build
        self._initial: tuple[Configuration, Configuration] | None = None
        self._partitions: dict[str, Configuration] = {}
        self.unknown_lines: list[str] = []
        self.reset()

    def reset(self) -> None:
        """Back to the fleet file."""
        self._started = time.monotonic()
        self._epoch = self._as_of.timestamp() if self._as_of else time.time()
        self.build = self.spec.build
        self.faults = Faults(self.spec.faults)
        self.unreachable = self.spec.unreachable
        self.nodes = [Node(self, index, listener) for index, listener in enumerate(self.listeners)]
        self.primary = self.nodes[self.spec.primary]
        self.users = dict(self.spec.users)
        self.vpn_sessions: dict[str, str] = {}  # NSC_AAAC cookie -> user
        self._synced = self.now()
        if self._initial is None:
            self._initial = self._build()
        saved, running = self._initial
        for node in self.nodes:
            for path, text in self.spec.files.items():
                node.write_file(path, text.encode())
            node.saved = saved.copy()
            node.saved_at = node.changed_at = self.now() - 86400
            node.booted()
            node.running = running.copy()
            if self.spec.unsaved_configuration:
                node.touch()
            for name, configuration in self._partitions.items():
                inside = node.inside(name)
                inside.saved, inside.running = configuration.copy(), configuration.copy()
            node.started_at -= 86400 * 30

    # The clock

    def now(self) -> float:
        return self._epoch + time.monotonic() - self._started

    def advance(self, seconds: float) -> None:
        """Lets time pass."""
        self._epoch += seconds

    def moment(self) -> datetime:
        return datetime.fromtimestamp(self.now(), UTC)

    # The environment of configurations

    @property
    def licensed(self) -> frozenset[str]:
        return frozenset(FEATURES.values()) if self.spec.licensed == ("all",) else frozenset(self.spec.licensed)

    @property
    def branch(self) -> tuple[int, ...]:
        return _numbers(self.build)

    def check_password(self, user: str, password: str, node: Node) -> None:
        row = node.box.running.find(TYPES["systemuser"], user) or {}
        own = str(row.get("_hash", ""))  # of one whom NITRO made or gave a new password
        if own:
            if not hmac.compare_digest(own, hashed(password, bytes.fromhex(own[:16]))):
                raise NitroError(354)
            return
        known = self.users.get(user)
        if known is None or not hmac.compare_digest(known.encode(), password.encode("utf-8", "surrogateescape")):
            raise NitroError(354)

    def check_expression(self, text: str, yields: str, configuration: Configuration) -> None:
        expressions.check(text, yields, configuration, self)

    def _build(self) -> tuple[Configuration, Configuration]:
        saved = Configuration()
        spec = self.spec
        if spec.ns_conf:
            loaded = nsconf.load(spec.ns_conf, self)
            saved, self.unknown_lines = loaded.configuration, loaded.unknown
            if loaded.unknown and spec.ns_conf_unknown == "strict":
                raise FleetError(f"{spec.name}: ns_conf: " + "; ".join(loaded.unknown))
            for line in loaded.unknown:
                log.warning("%s: ns_conf: left out: %s", spec.name, line)
        else:
            saved.switch("nsmode", "mode", ["FR", "L3", "Edge", "USNIP", "PMTUD"], True)
        saved.switch("nsfeature", "feature", list(spec.features), True)
        if spec.hostname:
            saved.put("nshostname", (), {"hostname": spec.hostname})
        if spec.user_defined_audit_log == "YES":
            saved.put("auditsyslogparams", (), {"userdefinedauditlog": "YES"})
        for user in spec.users:
            saved.put("systemuser", (user,), {"username": user})
        for number, (partition, content) in enumerate(spec.partitions.items(), 1):
            saved.put("nspartition", (partition,), {"partitionname": partition, "partitionid": number})
            own = self._partitions[partition] = Configuration()
            if content.features:
                own.switch("nsfeature", "feature", list(content.features), True)
            self._enter(own, f"partitions: {partition}", content.configuration)
        for vserver in spec.vservers:
            listener = self.vservers[vserver.name]
            known = saved.find(TYPES[VSERVER_KINDS[vserver.type]], vserver.name)
            if known is not None:  # from ns.conf: it keeps its address, and the listener stands for it
                listener.stands_for = (str(known.get("ipv46", "")), int(known.get("port", 0)))
                continue
            saved.put(
                VSERVER_KINDS[vserver.type],
                (vserver.name,),
                {
                    "name": vserver.name,
                    "servicetype": vserver.protocol,
                    "ipv46": listener.address,
                    "port": listener.port,
                },
            )
        self._enter(saved, "configuration", spec.configuration)
        running = saved.copy()
        self._enter(running, "unsaved_configuration", spec.unsaved_configuration)
        return saved, running

    def _enter(self, configuration: Configuration, where: str, objects: Any) -> None:
        for entry in ENTRIES:
            for row in objects.get(entry.name, ()):
                try:
                    if entry.name in BINDINGS:
                        configuration.bind(BINDINGS[entry.name], row, self)
                    elif TYPES[entry.name].singleton or configuration.find(
                        TYPES[entry.name], str(row.get(TYPES[entry.name].key))
                    ):
                        configuration.update(TYPES[entry.name], row, self)
                    else:
                        configuration.create(TYPES[entry.name], row, self)
                except NitroError as error:
                    raise FleetError(
                        f"{self.spec.name}: {where}: {entry.name} {row!r}: {error.message} ({error.code})"
                    ) from None

    # Changing and saving

    def change(self, node: Node, operation: Callable[[Configuration], None], warnings: list[NitroError]) -> None:
        """Carries out an operation on a node's running configuration; the primary's are propagated."""
        self.periodic_sync()
        peer = node.peer
        if peer is not None and not node.primary:
            if self.switches["secondary_write"] == "refused":
                raise NitroError(368)
            warnings.append(NitroError(1028))
        elif peer is not None and not peer.booting and node.own.get("haprop", "ENABLED") == "ENABLED":
            try:  # the secondary executes first; its failure doesn't stop the primary (product docs, HA command propagation)
                operation(peer.running)
                peer.touch()
            except NitroError:
                warnings.append(NitroError(347))
        operation(node.running)
        node.touch()

    async def save(self, node: Node, seconds: float | None = None, *, everything: bool = False) -> None:
        """Saves the partition that the node is seen in, or all of them."""
        box = node.box
        if box.saving:
            raise NitroError(293)
        box.saving = True
        try:
            duration = self.switches["save_seconds"] if seconds is None else seconds
            if duration:
                await asyncio.sleep(duration)
            targets = [box, *box.partitions.values()] if everything else [node]
            if node.primary and self.switches["save_reaches_secondary"]:
                targets += [peer for target in targets if (peer := target.peer) is not None]
            for target in targets:
                target.saved = acls.lasting(target.running, self.switches["extended_acl_ttl_saved"])
                target.changed = False
                target.saved_at = self.now()
        finally:
            box.saving = False

    # High availability

    def synchronise(self) -> None:
        """The secondary clears its configuration and pulls the primary's running one (product docs, HA synchronisation)."""
        for node in self.nodes:
            if node is not self.primary and node.own.get("hasync", "ENABLED") == "ENABLED":
                node.running = self.primary.running.copy()
                node.compiled = None
                node.drop_partitions()
                for name, partition in self.primary.partitions.items():
                    node.inside(name).running = partition.running.copy()
        self._synced = self.now()

    def periodic_sync(self) -> None:
        period = self.switches["ha_sync_seconds"]
        if period and len(self.nodes) == 2 and self.now() - self._synced >= period:
            self.synchronise()

    def sync_files(self, *, now: bool = False) -> None:
        """Files under /nsconfig travel from the primary to the secondary after a while (CTX138748)."""
        delay = 0.0 if now else self.switches["file_sync_seconds"]
        for node in self.nodes:
            if node is self.primary or not (delay or now):
                continue
            for path, file in self.primary.files.items():
                old = node.files.get(path)
                if (
                    path.startswith("/nsconfig/")
                    and file.modified <= self.now() - delay
                    and (old is None or old.modified < file.modified)
                ):
                    node.files[path] = File(bytearray(file.content), file.modified, file.accessed)

    def failover(self) -> None:
        if len(self.nodes) != 2:
            raise NitroError(363)
        peer = self.primary.peer
        assert peer is not None
        if peer.booting:
            raise NitroError(1449)
        self.primary = peer
        for node in self.nodes:
            node.master_since = self.now()
        self.synchronise()

    def reboot(self, node: Node, boot_seconds: float | None = None) -> None:
        """A node goes away and comes back with what was saved; an HA peer takes over and is synchronised from later."""
        node.booting_until = time.monotonic() + (
            self.switches["boot_seconds"] if boot_seconds is None else boot_seconds
        )
        peer = node.peer
        node.booted()
        if peer is not None:
            if node.primary and not peer.booting:
                self.primary = peer
                peer.master_since = self.now()
            if not node.primary:
                self.synchronise()

    def upgrade(self, build: str) -> None:
        self.build = build
        for node in self.nodes:
            node.booting_until = time.monotonic() + self.switches["boot_seconds"]
            node.booted()
        self.synchronise()

    def sign_on(self, user: str) -> str:
        """A signed-on Gateway session; the value of its NSC_AAAC cookie."""
        cookie = secrets.token_hex(32)
        self.vpn_sessions[cookie] = user
        return cookie

    def local_time(self, epoch: float | None = None) -> str:
        """`Mon May  8 14:59:07 2017`, as nsconfig has times."""
        return time.asctime(time.gmtime(self.now() if epoch is None else epoch))
