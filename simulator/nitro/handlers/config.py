# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""nsconfig and the texts of the configurations: NITRO reference; save, clear, diff."""

from __future__ import annotations

import difflib
from typing import Any

from simulator.configuration import acls, clearing, nsconf_writer
from simulator.configuration.configuration import Configuration
from simulator.nitro.call import Call
from simulator.nitro.handlers.registry import reads, writes
from simulator.types import Attribute, Row
from simulator.types.common import YES_NO, text
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


_CLEARED = {
    setting.name: setting
    for setting in (
        text("level", enum=clearing.LEVELS),
        Attribute("force", kind="boolean"),  # without a prompt, which NITRO does not have
        text("rbaconfig", enum=YES_NO),
    )
}


@writes("nsconfig", "POST", "clear")
def _clear(call: Call, row: Row) -> None:
    """Clear the running configuration; the saved one stays (command reference, clear ns config)."""
    if row.keys() - _CLEARED.keys():
        raise NitroError(278)
    given = {name: _CLEARED[name].coerce(value) for name, value in row.items()}
    if "level" not in given:
        raise NitroError(1095, "level")
    level, salt, administrators = given["level"], call.appliance.salt, given.get("rbaconfig") == "NO"

    def clear(configuration: Configuration) -> None:
        clearing.clear(configuration, level, salt, administrators=administrators)

    call.appliance.change(call.node, clear, call.warnings)
    if level == "full":
        for node in call.appliance.nodes:
            node.ha_settings.clear()
    for node in call.appliance.nodes:
        node.drop_partitions()


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
