# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is taken of a node, as tables: the most volatile first (RFC 3227, 2.1).

Directories are those in which public reports and scanners of 2019 to 2026 found files of attackers, and those of logs and configuration
(mandiant/ioc-scanner-CVE-2019-19781, fox-it/citrix-netscaler-triage, NCSC-NL/citrix-2025; CTX138748).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Part(StrEnum):
    """A part of the evidence, in the order in which it is taken."""

    VOLATILE = "volatile"
    SHELL = "shell"
    FILES = "files"
    BACKUP = "backup"
    SUPPORT = "support"


DEFAULT_PARTS = tuple(part for part in Part if part is not Part.SHELL)
"""The parts that need no shell on the node."""
LOST_AT_A_REBOOT = (Part.VOLATILE, Part.FILES)
"""The parts without which there is no evidence of a node: what a reboot loses, and the logs that turn over."""

LARGEST_FILE = 45 * 1024 * 1024
"""The most bytes of a file that NITRO can hand out: as base64 it must fit into the largest answer that is read (64 MiB)."""
MOST_FILES = 2_000
"""The most files of a node that are read from the directories of :data:`FIRST`, and of those that are named."""
MOST_GAPS = 500
"""The most of what could not be taken of a node that is named: a node can show a million names that NITRO does not take."""
MOST_OTHERS = 32
"""The most other nodes that a node may name: a pair has one, a cluster 31 (product page on clustering)."""
LISTINGS = "listings"
"""The source of the listings of a node, which say what files there are and have none of them."""


@dataclass(frozen=True)
class Query:
    """A read of NITRO whose rows are kept.

    :ivar member: the attribute that holds all that counts, as text; "" to keep the rows as JSON
    """

    type: str
    file: str
    area: str = "config"
    args: Mapping[str, str] = field(default_factory=dict)
    member: str = ""


QUERIES = (
    Query("nsconnectiontable", "nitro/nsconnectiontable.json"),
    Query("systemsession", "nitro/systemsession.json"),
    Query("aaasession", "nitro/aaasession.json"),
    Query("vpnicaconnection", "nitro/vpnicaconnection.json"),
    Query("arp", "nitro/arp.json"),
    Query("auditmessages", "nitro/auditmessages.json", args={"loglevel": "ALL", "numofmesgs": "256"}),
    Query("ns", "nitro/stat_ns.json", area="stat"),
    Query("hanode", "nitro/hanode.json"),
    Query("nsversion", "nitro/nsversion.json"),
    Query("nsrunningconfig", "shell/ns_running_config.conf", member="response"),
)
"""What a reboot loses, as far as NITRO shows it (NITRO reference)."""

SCRIPTS = {
    "shell/ps_auxww.txt": "ps auxww",
    "shell/netstat_an.txt": "netstat -an",
    "shell/sockstat.txt": "sockstat",
    "shell/w.txt": "w",
    "shell/last.txt": "last",
    "shell/uptime.txt": "uptime",
    "shell/mount.txt": "mount",
    "shell/df_k.txt": "df -k",
    "shell/ls_tmp.txt": "ls -la /tmp /var/tmp /var/nstmp",
    "shell/ls_bin_sh.txt": "ls -lL /bin/sh",
    "shell/find_setuid.txt": "set -f; find -x / /var /flash -type f -perm -4000",
}
"""By file, a constant script that only reads: what NITRO does not show."""


@dataclass(frozen=True)
class Further:
    """What may be taken of a node from the directories of :data:`FOLLOWED` and :data:`LAST`.

    :ivar directories: how many are listed, those of :data:`FIRST` among them
    :ivar files: how many are read
    :ivar bytes: of these files
    :ivar seconds: in which all that is done
    """

    directories: int = 2_000
    files: int = 400
    bytes: int = 128 * 1024 * 1024
    seconds: float = 600.0


ALLOWED_WITH = {
    "largest": "MIB",
    "further_directories": "NUMBER",
    "further_files": "NUMBER",
    "further_mib": "MIB",
    "further_minutes": "MINUTES",
}
"""The options with which a person allows more, each with what its value is."""


def allow_more(option: str) -> str:
    """Return how a person allows more, as the end of the reason of a gap."""
    return f"allow more with -e {option}={ALLOWED_WITH[option]}"


FIRST = (
    *("/tmp", "/var/tmp", "/var/log", "/nsconfig", "/var/cron/tabs", "/nsconfig/ssh", "/root/.ssh"),  # noqa: S108 -- the appliance's
    *("/netscaler/portal/templates", "/netscaler/portal/scripts", "/var/tmp/netscaler/portal/templates"),  # noqa: S108
    *("/var/vpn", "/var/vpn/bookmark", "/var/vpn/theme", "/var/vpn/themes"),
)
"""The directories whose files are read first, all of them."""
FOLLOWED = (
    *("/tmp", "/var/tmp", "/var/nstmp", "/netscaler.local", "/var/vpn", "/var/netscaler", "/netscaler/portal"),  # noqa: S108
    *("/netscaler/ns_gui", "/var/ns_gui", "/nsconfig", "/etc", "/root", "/var/cron"),
)
"""The temporary, web and configuration directories, which are followed to the end: all files are read, those first that are not as old as most around them."""
LAST = (
    *(
        "/",
        "/var",
        "/netscaler",
        "/flash",
        "/flash/boot",
        "/flash/nsconfig",
        "/var/nsinstall",
        "/var/crash",
    ),
    *("/var/nslog", "/var/ns_sys_backup"),
)
"""The directories that are listed, all of them before the first file is read: a read changes the access time. Their files are read last."""
FOLLOWED_LAST = ("/var/core",)
"""The directories that are followed to the end, and whose files are read last: core files are large, and attackers have hidden theirs beside them."""

BACKUPS = "/var/ns_sys_backup"
BACKUP_NAME = "tourniquet_evidence_"
"""How the name of a full backup of ours begins; the id of the bundle follows."""
SUPPORT = "/var/tmp/support"  # noqa: S108 -- the appliance's
FOOTPRINTS: Mapping[Part, str] = {
    Part.VOLATILE: "a log-on, the reads in ns.log and httpaccess.log",
    Part.SHELL: "an SSH log-on in auth.log, and each script in bash.log",
    Part.FILES: "the access time of each file that is read",
    Part.BACKUP: f"a full backup is created in {BACKUPS}, read and deleted; both commands are in ns.log",
    Part.SUPPORT: f"a support bundle is created in {SUPPORT}, and stays there",
}
"""By part, what it leaves on a node."""
