# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""nsconfig and the texts of the configurations: NITRO reference; save, diff."""

from __future__ import annotations

import difflib
from typing import Any

from simulator.configuration import acls, nsconf_writer
from simulator.nitro.call import Call
from simulator.nitro.handlers.registry import reads, writes
from simulator.types import Row
from simulator.types.errors import NitroError


@reads("nsconfig")
def _config(call: Call) -> Any:
    node, appliance = call.node, call.appliance
    kind = "Cluster" if appliance.spec.cluster else "HA" if len(appliance.nodes) == 2 else "Stand-alone"
    return {
        "ipaddress": node.listener.address,
        "netmask": "255.255.255.0",
        "systemtype": kind,
        "primaryip": (node if node.primary else appliance.primary).listener.address,
        "timezone": "CoordinatedUniversalTime",
        "lastconfigchangedtime": node.local_time(node.changed_at),
        "lastconfigsavetime": node.local_time(node.saved_at),
        "currentsytemtime": node.local_time(),
        "systemtime": str(int(node.clock())),
        "configchanged": node.changed,
    }


@writes("nsconfig", "POST", "save")
async def _save(call: Call, row: Row) -> None:
    if set(row) - {"all", "async"}:
        raise NitroError(278)
    everything = row.get("all") in (True, "true")
    await call.appliance.save(call.node, call.save_seconds, everything=everything)


@writes("nsconfig", "POST", "diff")
def _diff(call: Call, row: Row) -> None:
    """Without configurations: the commands that a save would change (NITRO reference; provider's acceptance test)."""
    saved, running = nsconf_writer.lines(call.node.saved), nsconf_writer.lines(call.node.running)
    call.result = {"response": "\n".join(difflib.unified_diff(saved, running, "ns.conf", "running", lineterm="", n=0))}


@reads("nsrunningconfig")
def _running(call: Call) -> Any:
    hidden = () if call.appliance.switches["simple_acls_in_running_config"] else tuple(acls.SIMPLE)
    return {"response": nsconf_writer.text(call.appliance.build, call.node.running, hidden)}


@reads("nssavedconfig")
def _saved(call: Call) -> Any:
    return {"textblob": nsconf_writer.text(call.appliance.build, call.node.saved)}
