# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""techsupport, the support bundle, and systemsignedexereport: NITRO reference; Terraform provider.

The bundle has what a hunt reads: logs, configurations and files of /nsconfig without keys (inferred). Nothing is uploaded.
"""

from __future__ import annotations

from typing import Any

from simulator.configuration import nsconf_writer
from simulator.nitro.call import Call
from simulator.nitro.handlers.registry import reads, writes
from simulator.node import archives, current_files
from simulator.node.disk import LINK, LINK_MODE, File
from simulator.types import TYPES, Row
from simulator.types.common import text
from simulator.types.errors import NitroError

_DIRECTORY = "/var/tmp/support"  # noqa: S108 -- the appliance's
_MOST = 20  # archives that are kept, so that their memory is bounded
_LATEST = f"{_DIRECTORY}/support.tgz"
_PLACES = ("/nsconfig/", "/var/log/", "/var/cron/", "/var/crash/")
_KEYS = ("/nsconfig/ssl/", "/nsconfig/fips/")
_SCOPE = text("scope", enum=("NODE", "CLUSTER", "PARTITION"), default="NODE")
_UPLOAD = ("upload", "proxy", "casenumber", "file", "description", "username", "password", "authtoken", "time")


@reads("techsupport")
def _bundle(call: Call) -> Any:
    """Make the archive of a node and a link to it; return its path in a text."""
    node = call.node.whole
    for name in call.args:
        if name in _UPLOAD:
            raise NitroError(339)
        if name not in ("scope", "partitionname"):
            raise NitroError(1090, name)
    scope = _SCOPE.coerce(call.args.get("scope", "NODE"))
    partition = call.args.get("partitionname", "")
    if scope == "CLUSTER":
        raise NitroError(257)  # clusters are not simulated
    if scope == "PARTITION":
        if not partition:
            raise NitroError(1095, "partitionName")
        node.running.need(TYPES["nspartition"], partition, call.appliance)
    node.require_disk_space()
    if sum(path.startswith(_DIRECTORY) for path in node.files) >= _MOST:
        raise NitroError(1072)
    current_files.refresh(node)
    state = "P" if node.primary else "S"
    name = f"collector_{state}_{node.listener.address}_{node.today():%d%b%Y_%H_%M}"
    now = node.clock()
    running = nsconf_writer.text(call.appliance.build, node.running, node.own).encode("utf-8", "replace")
    files = [(path, file) for path, file in archives.under(node.files, _PLACES) if not path.startswith(_KEYS)]
    files.append(("/shell/ns_running_config.conf", File(bytearray(running), now, now)))
    path = f"{_DIRECTORY}/{name}.tar.gz"
    node.write_file(path, archives.archive(files, {}, name))
    node.files.put(_LATEST, File(bytearray(), now, now, mode=LINK_MODE, kind=LINK, link=path))
    return [
        {
            "scope": scope,
            **({"partitionname": partition} if partition else {}),
            "response": f"The archive is {path}; {_LATEST} leads to it.",
            "servername": str(node.running.table("nshostname").get((), {}).get("hostname", "")),
        }
    ]


@writes("systemsignedexereport", "POST", "enable")
def _enable(call: Call, row: Row) -> None:
    _switch(call, row, "ENABLED")


@writes("systemsignedexereport", "POST", "disable")
def _disable(call: Call, row: Row) -> None:
    _switch(call, row, "DISABLED")


def _switch(call: Call, row: Row, state: str) -> None:
    """Switch the report of executables without a valid signature. No GET shows it (Terraform provider)."""
    if call.appliance.branch < call.appliance.switches.release("signed_executables_since"):
        raise NitroError(460)
    if row:
        raise NitroError(278)
    call.appliance.change(
        call.node,
        lambda configuration: configuration.put("systemsignedexereport", (), {"state": state}),
        call.warnings,
    )
