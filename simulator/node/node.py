# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A node of an appliance, with its configurations, sessions, files and clock."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Protocol

from simulator.configuration import acls
from simulator.configuration.configuration import Configuration
from simulator.configuration.expressions import Compiled, names_of
from simulator.configuration.own_settings import OwnSettings
from simulator.configuration.time_zones import local_offset
from simulator.fleet_file.faults import Fault, Faults
from simulator.fleet_file.specification import ApplianceSpec, FileSpec
from simulator.fleet_file.switches import SwitchPositions
from simulator.node import boot, integrity, jobs, logs
from simulator.node.acl_rules import Filtering
from simulator.node.builds import build_time
from simulator.node.counters import Counters
from simulator.node.disk import DIRECTORY, DIRECTORY_MODE, FILE_MODE, LINK, LINK_MODE, LOG_MODE, REGULAR, Disk, File
from simulator.node.file_tree import FileTree
from simulator.node.persistence import PersistenceSessions
from simulator.node.portal_sessions import PortalSessions
from simulator.node.processes import PROCESSES, SOCKETS, Process, ShellSession, Socket
from simulator.node.state import (
    DEFAULT_PARTITION,
    Listener,
    LoadedLocations,
    Session,
)
from simulator.types import TYPES, Row
from simulator.types.errors import NitroError
from simulator.types.ns_parameters import UTC_ZONE


@lru_cache(maxsize=1024)
def _asctime(second: int) -> str:
    return time.asctime(time.gmtime(second))


class Pair(Protocol):
    """The appliance as its nodes see it: the state that both nodes share."""

    spec: ApplianceSpec
    switches: SwitchPositions
    faults: Faults
    nodes: list[Node]
    primary: Node
    portal: PortalSessions
    persistence: PersistenceSessions
    vservers: dict[str, Listener]
    made_vservers: list[Listener]
    sync_failures: int
    build: str
    branch: tuple[int, ...]

    @property
    def paired(self) -> bool: ...

    @property
    def split(self) -> bool: ...

    def now(self) -> float: ...

    def run_script(self, node: Node, script: str, user: str) -> tuple[int, bytes, float]: ...


@dataclass
class Node:
    """A node, or the part of it that belongs to one admin partition (see `inside`)."""

    appliance: Pair
    index: int
    listener: Listener
    running: Configuration = field(default_factory=Configuration)
    saved: Configuration = field(default_factory=Configuration)
    sessions: dict[str, Session] = field(default_factory=dict)
    disk: Disk = field(default_factory=Disk)
    pending_log_lines: list[tuple[Any, ...]] = field(default_factory=list)  # lines that are not written into a log yet
    backups: dict[str, dict[str, str]] = field(
        default_factory=dict
    )  # name of a registered backup -> what it says of itself
    imported: dict[str, str] = field(default_factory=dict)  # path of an imported object -> its source
    own: OwnSettings = field(default_factory=OwnSettings)
    saved_own: OwnSettings = field(default_factory=OwnSettings)
    booted_zone: str = UTC_ZONE  # the time zone since the boot
    booted_address: Row = field(default_factory=dict)  # the management address since the boot, if it was changed
    counters: Counters = field(init=False)
    changed: bool = False
    changed_at: float = 0.0
    saved_at: float = 0.0
    started_at: float = 0.0
    master_since: float = 0.0
    saving: bool = False
    booting_until: float = 0.0
    skip_systemaccess_policyeval: int = 1
    session_number: int = 0
    log_number: int = 0
    reports_unsigned: bool = False  # executables without a valid signature are reported
    job_minute: int | None = None  # the minute up to which the jobs of cron are carried out
    saved_text: tuple[Configuration, tuple[Any, ...], bytes] | None = None  # ns.conf, and what it was made from
    compiled: Compiled | None = None
    locations: dict[int, LoadedLocations] = field(default_factory=dict)  # by IP version: the location files in memory
    filtering: Filtering | None = None
    parent: Node | None = None  # of a partition: the node that it is on
    partition: str = DEFAULT_PARTITION
    partitions: dict[str, Node] = field(default_factory=dict)
    knobs: dict[str, str] = field(default_factory=dict)  # of the packet engine; they have no effect here
    added_processes: list[Process] = field(default_factory=list)
    added_sockets: list[Socket] = field(default_factory=list)
    shell_sessions: list[ShellSession] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.counters = Counters(self.appliance.switches["counters_lag_seconds"])

    @property
    def whole(self) -> Node:
        """The node itself, also for the view of a partition."""
        return self.parent or self

    @property
    def features(self) -> list[str]:
        """The enabled features; in a partition also those of the default partition if a switch says so."""
        own = self.running.features
        if self.parent is None or not self.appliance.switches["partitions_inherit_features"]:
            return own
        return [*own, *(name for name in self.parent.running.features if name not in own)]

    @property
    def expressions(self) -> Compiled:
        """The compiled expressions of the running configuration, kept until the configuration changes."""
        running, old, appliance = self.running, self.compiled, self.appliance
        if old is None or old.configuration is not running or old.version != running.version:
            names = names_of(running, appliance.branch)
            old = self.compiled = Compiled(running, running.version, names, appliance.switches.readings)
        return old

    @property
    def ha_settings(self) -> Row:
        """The settings of hanode: they belong to a node, and are not propagated (command reference, ha node)."""
        return self.whole.own.ha

    @property
    def address(self) -> str:
        """The management address. The node listens at the one of the fleet file, also after a change of this one."""
        return str(self.whole.booted_address.get("ipaddress", self.listener.address))

    @property
    def netmask(self) -> str:
        return str(self.whole.booted_address.get("netmask", "255.255.255.0"))

    def has_peer(self, address: str) -> bool:
        """True if a node at an address is configured as the peer."""
        return any(peer["ipaddress"] == address for peer in self.whole.own.peers.values())

    @property
    def serving(self) -> bool:
        """True for the node that has the virtual servers and their users' sessions."""
        return self.appliance.primary is self.whole

    @property
    def primary(self) -> bool:
        """True for the primary of a pair, and for a node without a peer unless it is set to stay secondary (product docs)."""
        appliance = self.appliance
        if len(appliance.nodes) == 1 or appliance.paired:
            return appliance.primary is self.whole or appliance.split
        return self.ha_settings.get("hastatus") != "STAYSECONDARY"

    @property
    def peer(self) -> Node | None:
        """The other node of a pair, if the nodes receive each other's heartbeats."""
        if len(self.appliance.nodes) == 1:
            return None
        other = None if self.appliance.split else self.other
        return other and other.inside(self.partition)

    @property
    def other(self) -> Node | None:
        return next((node for node in self.appliance.nodes if node is not self.whole), None)

    @property
    def booting(self) -> bool:
        until = (self.parent or self).booting_until
        return until > 0 and time.monotonic() < until

    def vserver_at(self, type_: str, address: tuple[str, int]) -> Row | None:
        """Return the enabled virtual server of a type at an address, which stays the same when the server is renamed."""
        for row in self.running.table(type_).values():
            if (row.get("ipv46"), row.get("port")) == address:
                return None if row.get("state") == "DISABLED" else row
        return None

    def active_fault(self, kind: str) -> Fault | None:
        """Return the active fault of a kind at this node."""
        faults = self.appliance.faults
        return faults.active(kind, self.whole.index) if faults.installed else None

    # Clock

    def clock(self, moment: float | None = None) -> float:
        """Return the time of the node's clock, now or at a moment of the appliance's time."""
        shown = self.appliance.now() if moment is None else moment
        if not self.appliance.faults.installed:
            return shown
        fault = self.active_fault("clock_skew")
        return shown + fault.seconds if fault else shown

    def today(self) -> datetime:
        """Return the time of the node's clock."""
        return datetime.fromtimestamp(self.clock(), UTC)

    def local_time(self, shown: float | None = None) -> str:
        """Return a time of the node's clock as in nsconfig, in the node's time zone: `Mon May  8 14:59:07 2017`."""
        moment, whole = self.clock() if shown is None else shown, self.whole
        zone = whole.booted_zone if self.appliance.switches["timezone_at_boot"] else whole.zone
        return _asctime(int(moment if zone == UTC_ZONE else moment + local_offset(zone)))

    @property
    def zone(self) -> str:
        """The configured time zone."""
        return str(self.running.table("nsparam").get((), {}).get("timezone", UTC_ZONE))

    def inside(self, partition: str) -> Node:
        """Return the view of an admin partition: its own configurations and counters (product docs, admin partitions). Address, files, sessions and
        HA state are those of the whole node.
        """
        whole = self.parent or self
        if partition == DEFAULT_PARTITION:
            return whole
        if partition not in whole.partitions:
            node = Node(self.appliance, whole.index, whole.listener, parent=whole, partition=partition)
            node.sessions, node.disk = whole.sessions, whole.disk
            node.saved_at = node.changed_at = whole.clock()
            whole.partitions[partition] = node
        return whole.partitions[partition]

    def drop_partitions(self) -> None:
        """Forget the partitions that are no longer configured."""
        known = {row["partitionname"] for row in self.running.table("nspartition").values()}
        for name in [name for name in self.partitions if name not in known]:
            del self.partitions[name]

    def boot(self) -> None:
        """Reset the node to its state after a boot: saved configuration, no sessions, zero counters, rc.netscaler carried out."""
        boot.link_configuration(self.files, self.clock())
        boot.run(self, boot.BEFORE)
        now = self.appliance.now()
        self.running = self.saved.copy()
        self.own = self.saved_own.copy()
        self.booted_address = dict(self.own.address)
        self.booted_zone = self.zone
        acls.drop_unapplied_changes(self.running)
        self.locations.clear()
        self.drop_partitions()
        for partition in self.partitions.values():
            partition.running = partition.saved.copy()
            partition.counters.clear()
            partition.locations.clear()
            partition.changed, partition.compiled = False, None
        self.sessions.clear()
        self.shell_sessions.clear()
        self.knobs.clear()
        self.counters.clear()
        self.changed = False
        self.started_at = self.master_since = now
        self.compiled = None
        self.skip_systemaccess_policyeval = self.appliance.switches["skip_systemaccess_policyeval"]
        self.reports_unsigned = integrity.is_on(self)
        boot.run(self, boot.AFTER)
        boot.run(self, boot.LAST)
        logs.log_httpd_start(self)
        logs.log_kernel(self)
        jobs.start(self, self.clock())

    def run_script(self, script: str, user: str) -> tuple[int, bytes, float]:
        """Carry out a script as a user of the operating system; return its status, what it prints, and the used share of its limits."""
        return self.appliance.run_script(self, script, user)

    def report_unsigned(self, path: str, user: str) -> None:
        """Report an executable without a valid signature that a user starts."""
        integrity.report(self, path, user)

    def catch_up(self, now: float | None = None) -> None:
        """Carry out the jobs of cron that are due by a time of the node's clock, by default now."""
        jobs.catch_up(self.whole, self.clock() if now is None else now)

    @property
    def processes(self) -> list[Process]:
        return [*PROCESSES, *self.added_processes]

    @property
    def sockets(self) -> list[Socket]:
        return [*SOCKETS, *self.added_sockets]

    def touch(self) -> None:
        self.changed = True
        self.changed_at = self.clock()

    def parameter(self, name: str) -> str:
        """Return a system parameter, or its default."""
        type_ = TYPES["systemparameter"]
        row = self.whole.running.table(type_.name).get((), {})
        return str(row.get(name, type_.by_name[name].default))

    # Sessions

    def _idle_seconds(self, user: str) -> float:
        """With the restricted timeout on, the user's own idle time (NITRO guide, basic operations)."""
        if self.parameter("restrictedtimeout") == "DISABLED":
            return float(self.appliance.switches["session_idle_seconds"])
        type_ = TYPES["systemuser"]
        row = self.whole.running.find(type_, user) or {}
        return float(row.get("timeout", type_.by_name["timeout"].default))

    def login(self, user: str, timeout: float | None = None) -> Session:
        self.expire()
        switches = self.appliance.switches
        full = self.appliance.faults.occurs("session_limit", self.index)
        if full or len(self.sessions) >= switches["session_limit"]:
            raise NitroError(switches["session_limit_code"])
        self.session_number += 1
        now = self.appliance.now()
        # "##" and hexadecimal digits: with this length the login answer has the 328 bytes of telegraf issue 11478.
        session = Session(
            self.session_number,
            "##" + secrets.token_hex(126).upper(),
            user,
            now,
            now,
            float(timeout) if timeout is not None else self._idle_seconds(user),
        )
        self.sessions[session.token] = session
        return session

    def expire(self) -> None:
        now = self.appliance.now()
        for token in [token for token, session in self.sessions.items() if now - session.last > session.timeout > 0]:
            del self.sessions[token]

    # Files

    @property
    def files(self) -> Disk:
        """The regular files on the disk by path. Pending log lines are written first."""
        if self.whole.pending_log_lines:
            logs.flush(self.whole)
        return self.disk

    def require_disk_space(self) -> None:
        """Raise the error of a full disk."""
        if self.appliance.faults.occurs("disk_full", self.whole.index):
            raise NitroError(self.appliance.switches["disk_full_code"])

    def tree(self, user: str = "root") -> FileTree:
        """Return the file tree as the operating system shows it to one of its users."""
        appliance = self.appliance
        return FileTree(
            self.files,
            build_time(appliance),
            self.clock,
            lambda: self.active_fault("disk_full") is not None,
            user,
            appliance.switches["nsconfig_is_link"],
        )

    def write_file(self, path: str, content: bytes) -> None:
        """Write a file; an existing one keeps its owner and mode."""
        now, file = self.clock(), self.files.get(path)
        if file is None:
            self.disk.put(path, File(bytearray(content), now, now))
        else:
            file.content, file.modified, file.accessed, file.changed = bytearray(content), now, now, None

    def put_file(self, path: str, wanted: FileSpec) -> None:
        """Put a file with its owner and mode at a path, instead of what is there."""
        time = self.clock() if wanted.mtime is None else wanted.mtime
        kind = LINK if wanted.link else REGULAR
        mode = (LINK_MODE if wanted.link else FILE_MODE) if wanted.mode is None else wanted.mode
        if wanted.directory:
            kind, mode = DIRECTORY, DIRECTORY_MODE if wanted.mode is None else wanted.mode
        content = bytearray(wanted.content)
        file = File(content, time, time, wanted.owner, wanted.group, mode, kind, wanted.link, wanted.ctime)
        self.files.put(path, file)

    def append(self, path: str, line: str, now: float) -> int:
        """Append a line to a log; `now` is the time of the node's clock. Return the new size, 0 if the disk is full."""
        if self.appliance.faults.installed and self.active_fault("disk_full"):
            return 0
        file = self.files.get(path)
        if file is None:
            file = File(bytearray(), now, now, mode=LOG_MODE)
            self.disk.put(path, file)
        file.content += f"{line}\n".encode("utf-8", "surrogateescape")
        file.modified = now
        return len(file.content)
