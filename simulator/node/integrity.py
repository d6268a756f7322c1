# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The report of executables without a valid signature, in /var/log/messages.

Product page on binary signing and verification: executables of the firmware are enrolled at boot, others are reported and run all the same; it is
on by default, and a change takes a reboot. The form of a line: FreeBSD's mac_veriexec, and a public triage script of 2025 that reads such lines.
"""

from __future__ import annotations

import zlib
from typing import Protocol

from simulator.node import logs
from simulator.node.file_tree import FileProblem
from simulator.node.firmware import FIRMWARE

_USERS = {"root": 0, "nsroot": 0, "nobody": 65534}


class Verified(logs.Logged, Protocol):
    """A node that reports."""

    reports_unsigned: bool


def is_on(node: logs.Logged) -> bool:
    """True if a node that boots with this configuration reports."""
    since = node.appliance.switches.release("signed_executables_since")
    state = node.running.table("systemsignedexereport").get((), {}).get("state", "ENABLED")
    return node.appliance.branch >= since and state == "ENABLED"


def report(node: Verified, path: str, user: str) -> None:
    """Report an executable that is not the firmware's, or has been changed."""
    if not node.reports_unsigned:
        return
    try:
        place = node.tree().resolve(path)
    except FileProblem:
        return
    own, signed = node.files.own(place), FIRMWARE.get(place)
    if own is None or (signed is not None and signed.content == own.content):
        return
    what = "no fingerprint" if signed is None else "fingerprint does not match loaded value"
    identity = f"fsid=101 fileid={zlib.crc32(place.encode('utf-8', 'surrogateescape')) % 1_000_000} gen=1"
    process = f"uid={_USERS.get(user, 0)} pid=5000 ppid=4711 gppid=1"
    logs.message(node, "kern", "err", f"kernel: MAC/veriexec: {what} (file={place} {identity} {process})")
