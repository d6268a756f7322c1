# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An appliance: one node or an HA pair, with running and saved configuration, sessions, files, roles and a clock."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from . import acls, expressions, locations, logs, nsconf
from .configuration import Configuration
from .counters import Counters
from .errors import NitroError
from .faults import Fault, Faults
from .fleet import ApplianceSpec, FleetError
from .passwords import fits, hashed, new_salt
from .portal import Portal
from .types import BINDINGS, ENTRIES, FEATURES, TYPES, Row

log = logging.getLogger("simulator")
KNOB_LINE = "nsapimgr_wr.sh -ys skip_systemaccess_policyeval="
RC_FILE = "/nsconfig/rc.netscaler"
HTML_PAGES = "/var/download/responder"  # where imported pages are (public scripts that replace one with systemfile)
DEFAULT_PARTITION = "default"
VSERVER_KINDS = {"vpn": "vpnvserver", "authentication": "authenticationvserver", "cs": "csvserver", "lb": "lbvserver"}
# The directories every appliance has; a file can't be made elsewhere (NITRO guide: the path must exist).
DIRECTORIES = (
    *("/", "/nsconfig", "/nsconfig/partitions", "/nsconfig/ssl", "/nsconfig/license", "/flash", "/netscaler"),
    *("/var", "/var/tmp", "/var/log", "/var/netscaler", "/var/netscaler/locdb", "/var/download", HTML_PAGES, "/tmp"),  # noqa: S108 -- the appliance's
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
    partition: str = DEFAULT_PARTITION
    portal_users: Mapping[str, str] | None = None  # who can log on here, instead of those of the appliance
    connections: Callable[[], int] = field(default=lambda: 0, compare=False)  # how many clients are connected

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
    imported: dict[str, str] = field(default_factory=dict)  # path of an imported object -> where it came from
    # hanode settings are a node's own, they are not propagated (command reference, ha node).
    own: Row = field(default_factory=dict)
    counters: Counters = field(init=False)
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
    turned_over: int | None = None  # the hour in which its logs were looked at last
    compiled: expressions.Compiled | None = None
    locations: dict[int, locations.Loaded] = field(default_factory=dict)  # by IP version: the location files in memory
    # What is made of the ACLs of a configuration of some version.
    expiry: tuple[int, int, float | None] = (0, -1, None)
    rules: tuple[int, int, Any] = (0, -1, ())
    of: Node | None = None  # of a partition: the node that has it
    partition: str = DEFAULT_PARTITION
    partitions: dict[str, Node] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.counters = Counters(self.appliance.switches["counters_lag_seconds"])

    @property
    def box(self) -> Node:
        return self.of or self

    @property
    def features(self) -> list[str]:
        """The enabled features; in a partition those of the default one too, where the switch says so."""
        own = self.running.features
        if self.of is None or not self.appliance.switches["partitions_inherit_features"]:
            return own
        return [*own, *(name for name in self.of.running.features if name not in own)]

    @property
    def primary(self) -> bool:
        return self.appliance.primary is self.box or self.appliance.split

    @property
    def peer(self) -> Node | None:
        """The other node of a pair, as long as the two hear each other."""
        other = None if self.appliance.split else self.other
        return other and other.inside(self.partition)

    @property
    def other(self) -> Node | None:
        return next((node for node in self.appliance.nodes if node is not self.box), None)

    @property
    def booting(self) -> bool:
        return time.monotonic() < self.box.booting_until

    def vserver_at(self, type_: str, place: tuple[str, int]) -> Row | None:
        """The virtual server of a type that has this address, whatever its name is by now, unless it is disabled."""
        for row in self.running.table(type_).values():
            if (row.get("ipv46"), row.get("port")) == place:
                return None if row.get("state") == "DISABLED" else row
        return None

    def standing(self, kind: str) -> Fault | None:
        """The fault of a kind that the node is in."""
        return self.appliance.faults.standing(kind, self.box.index)

    # Its clock

    def clock(self, moment: float | None = None) -> float:
        """What the node's own clock shows, now or at a moment of the true time."""
        fault = self.standing("clock_skew")
        return (self.appliance.now() if moment is None else moment) + (fault.seconds if fault else 0.0)

    def today(self) -> datetime:
        """What the node's own clock shows."""
        return datetime.fromtimestamp(self.clock(), UTC)

    def local_time(self, shown: float | None = None) -> str:
        """`Mon May  8 14:59:07 2017`, as nsconfig has times; `shown` is what the node's clock showed."""
        return time.asctime(time.gmtime(self.clock() if shown is None else shown))

    def inside(self, partition: str) -> Node:
        """The node as a session in that partition has it: its own configuration, saved state and counters (product docs, admin
        partitions); address, files, sessions and HA state are those of the whole node."""
        box = self.box
        if partition == DEFAULT_PARTITION:
            return box
        if partition not in box.partitions:
            node = Node(self.appliance, box.index, box.listener, of=box, partition=partition)
            node.sessions, node.files, node.own = box.sessions, box.files, box.own
            node.saved_at = node.changed_at = box.clock()
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
        logs.httpd_started(self)

    def touch(self) -> None:
        self.changed = True
        self.changed_at = self.clock()

    # Sessions

    def login(self, user: str, timeout: float | None = None) -> Session:
        self.expire()
        switches = self.appliance.switches
        full = self.appliance.faults.happens("session_limit", self.index)
        if full or len(self.sessions) >= switches["session_limit"]:
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

    def need_disk(self) -> None:
        """Raises what a full disk is answered with."""
        if self.appliance.faults.happens("disk_full", self.box.index):
            raise NitroError(self.appliance.switches["disk_full_code"])

    def write_file(self, path: str, content: bytes) -> None:
        now = self.clock()
        self.files[path] = File(bytearray(content), now, now)

    def append(self, path: str, line: str) -> None:
        if self.standing("disk_full"):
            return
        now = self.clock()
        file = self.files.get(path)
        if file is None:
            file = self.files[path] = File(bytearray(), now, now)
        file.content += line.encode("utf-8", "surrogateescape") + b"\n"
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
        self.salt = new_salt()
        self.vservers = vservers
        self.listeners = listeners
        self.made_vservers: list[Listener] = []  # virtual servers that NITRO made and that listen
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
        self.portal = Portal()
        self._synced = self.now()
        self.sync_failures = 0
        if self._initial is None:
            self._initial = self._build()
        saved, running = self._initial
        for node in self.nodes:
            for path, text in self.spec.files.items():
                node.write_file(path, text.encode())
            node.saved = saved.copy()
            node.saved_at = node.changed_at = node.clock() - 86400
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

    @property
    def split(self) -> bool:
        """Whether both nodes of the pair take themselves for the primary."""
        return self.faults.standing("both_primary") is not None

    # The environment of configurations

    @property
    def licensed(self) -> frozenset[str]:
        return frozenset(FEATURES.values()) if self.spec.licensed == ("all",) else frozenset(self.spec.licensed)

    @property
    def branch(self) -> tuple[int, ...]:
        return _numbers(self.build)

    def check_password(self, user: str, password: str, node: Node) -> None:
        row = node.box.running.find(TYPES["systemuser"], user) or {}
        if not fits(password, str(row.get("_hash", ""))):
            raise NitroError(354)

    def has_page(self, name: str) -> bool:
        path = f"{HTML_PAGES}/{name}"
        return path in self.spec.files or path in self.primary.files

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
        for user, password in spec.users.items():  # those of the fleet file hold: their passwords are known
            known = saved.table("systemuser").get((user,), {"username": user})
            if not fits(password, str(known.get("_hash", ""))):
                saved.put("systemuser", (user,), {**known, "_hash": hashed(password, new_salt())})
        for number, (partition, content) in enumerate(spec.partitions.items(), 1):
            saved.put("nspartition", (partition,), {"partitionname": partition, "partitionid": number})
            own = self._partitions[partition] = Configuration()
            if content.features:
                own.switch("nsfeature", "feature", list(content.features), True)
            self._place(own, partition)
            self._enter(own, f"partitions: {partition}", content.configuration)
        self._place(saved, "")
        self._enter(saved, "configuration", spec.configuration)
        running = saved.copy()
        self._enter(running, "unsaved_configuration", spec.unsaved_configuration)
        return saved, running

    def _place(self, configuration: Configuration, partition: str) -> None:
        """The virtual servers of the fleet file, with the addresses that they really got."""
        for where, unique, vserver in self.spec.everywhere():
            if where != partition:
                continue
            listener, type_ = self.vservers[unique], TYPES[VSERVER_KINDS[vserver.type]]
            known = configuration.find(type_, vserver.name)
            if known is not None:  # from ns.conf: it keeps its address, and the listener stands for it
                listener.stands_for = (str(known.get("ipv46", "")), int(known.get("port", 0)))
                continue
            row = {"name": vserver.name, "servicetype": vserver.protocol}
            configuration.put(type_.name, (vserver.name,), {**row, "ipv46": listener.address, "port": listener.port})

    def serving(self, partition: str) -> Node | None:
        """Who answers at the virtual servers of a partition: the primary; nobody when there is no such partition any more."""
        gone = partition != DEFAULT_PARTITION and self.primary.running.find(TYPES["nspartition"], partition) is None
        return None if gone else self.primary.inside(partition)

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
        self.salt = new_salt()
        peer = node.peer
        if peer is not None and not node.primary:
            if self.switches["secondary_write"] == "refused":
                raise NitroError(368)
            warnings.append(NitroError(1028))
            if node.standing("secondary_writes_lost"):
                operation(node.running.copy())
                return
        elif peer is not None and not peer.booting and node.own.get("haprop", "ENABLED") == "ENABLED":
            try:  # the secondary executes first; its failure doesn't stop the primary (product docs, HA command propagation)
                self._propagate(peer, operation)
            except NitroError:
                warnings.append(NitroError(347))
        operation(node.running)
        node.touch()

    @staticmethod
    def _propagate(peer: Node, operation: Callable[[Configuration], None]) -> None:
        if peer.standing("out_of_sync"):
            raise NitroError(347)
        if peer.standing("secondary_writes_lost"):
            operation(peer.running.copy())  # it says that it has done it
            return
        operation(peer.running)
        peer.touch()

    async def save(self, node: Node, seconds: float | None = None, *, everything: bool = False) -> None:
        """Saves the partition that the node is seen in, or all of them."""
        box = node.box
        if box.saving or self.faults.happens("save_collision", box.index):
            raise NitroError(293)
        node.need_disk()
        box.saving = True
        try:
            duration = self.switches["save_seconds"] if seconds is None else seconds
            if duration:
                await asyncio.sleep(duration)
            targets = [box, *box.partitions.values()] if everything else [node]
            if node.primary and self.switches["save_reaches_secondary"]:
                targets += [peer for target in targets if (peer := target.peer) is not None and _takes_saves(peer)]
            for target in targets:
                target.saved = acls.lasting(target.running, self.switches["extended_acl_ttl_saved"])
                target.changed = False
                target.saved_at = target.clock()
        finally:
            box.saving = False

    # High availability

    def synchronise(self) -> None:
        """The secondary clears its configuration and pulls the primary's running one (product docs, HA synchronisation)."""
        for node in self.nodes:
            if node.primary or node.own.get("hasync", "ENABLED") != "ENABLED":
                continue
            if node.standing("out_of_sync"):
                self.sync_failures += 1
            else:
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
            if node.primary or not (delay or now) or node.standing("disk_full"):
                continue
            for path, file in self.primary.files.items():
                old = node.files.get(path)
                if (
                    path.startswith("/nsconfig/")
                    and file.modified <= self.primary.clock() - delay
                    and (old is None or old.modified < file.modified)
                ):
                    node.files[path] = File(bytearray(file.content), file.modified, file.accessed)

    def failover(self) -> None:
        if len(self.nodes) != 2:
            raise NitroError(363)
        peer = self.primary.peer
        if peer is None or peer.booting:
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
        if peer is None or peer.booting:  # nobody keeps its users' sessions
            self.portal = Portal()
        node.booted()
        if peer is not None:
            # STAYSECONDARY forces the secondary to stay what it is whatever the primary does (NITRO reference, hanode).
            if node.primary and not peer.booting and peer.own.get("hastatus") != "STAYSECONDARY":
                self.primary = peer
                peer.master_since = self.now()
            self.synchronise()

    def upgrade(self, build: str) -> None:
        self.build = build
        self.portal = Portal()
        for node in self.nodes:
            node.booting_until = time.monotonic() + self.switches["boot_seconds"]
            node.booted()
        self.synchronise()


def _takes_saves(peer: Node) -> bool:
    """Whether a save on the primary reaches this node."""
    return not (peer.standing("out_of_sync") or peer.standing("disk_full"))
