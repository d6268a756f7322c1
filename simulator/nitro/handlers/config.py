# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""nsconfig and the texts of the configurations: NITRO reference; save, clear, diff."""

from __future__ import annotations

import difflib
import ipaddress
from typing import Any

from simulator.configuration import acls, clearing, nsconf_writer
from simulator.configuration.configuration import Configuration
from simulator.configuration.own_settings import ADDRESS_SETTINGS, OwnSettings, checked
from simulator.nitro import generic_reads
from simulator.nitro.call import Call
from simulator.nitro.handlers.registry import reads, writes
from simulator.types import TYPES, Attribute, Row
from simulator.types.common import YES_NO, text
from simulator.types.errors import NitroError

_PARAMETERS = TYPES["nsparam"]


@reads("nsconfig")
def _config(call: Call) -> Any:
    node, appliance = call.node, call.appliance
    own = node.whole.own
    return {
        **generic_reads.show(node, _PARAMETERS, node.running.table("nsparam").get((), {})),
        **{name: own.address[name] for name in ("nsvlan", "ifnum", "tagged") if name in own.address},
        "ipaddress": node.address,
        "netmask": node.netmask,
        "systemtype": "Cluster" if appliance.spec.cluster else "HA" if own.peers else "Stand-alone",
        "primaryip": (node if node.primary else appliance.primary).address,
        "lastconfigchangedtime": node.local_time(node.changed_at),
        "lastconfigsavetime": node.local_time(node.saved_at),
        "currentsytemtime": node.local_time(),
        "systemtime": str(int(node.clock())),
        "configchanged": node.changed,
    }


@writes("nsconfig", "PUT")
def _update(call: Call, row: Row) -> None:
    """Change parameters of the appliance, which are propagated, and the node's own address, which holds from the next boot on."""
    address = checked(ADDRESS_SETTINGS, {name: value for name, value in row.items() if name in ADDRESS_SETTINGS})
    rest = {name: value for name, value in row.items() if name not in ADDRESS_SETTINGS}
    if address:
        _check_address(call, address)
    if rest or not address:
        call.appliance.change(
            call.node, lambda configuration: configuration.update(_PARAMETERS, rest, call.appliance), call.warnings
        )
    if address:
        _change_address(call, {**call.node.own.address, **address})


def _check_address(call: Call, address: Row) -> None:
    """The address and its netmask go together, and so do the VLAN and its interfaces (command reference, set ns config)."""
    if call.node.parent is not None:
        raise NitroError(2760)
    for one, other in (("ipaddress", "netmask"), ("netmask", "ipaddress"), ("nsvlan", "ifnum"), ("ifnum", "nsvlan")):
        if one in address and other not in address:
            raise NitroError(1093, f"{one}, {other}")
    if "tagged" in address and "nsvlan" not in address:
        raise NitroError(1093, "tagged, nsvlan")
    if "ipaddress" in address:
        try:
            ipaddress.IPv4Address(address["ipaddress"])
        except ValueError:
            raise NitroError(1110) from None
        try:
            mask = ipaddress.IPv4Network(f"0.0.0.0/{address['netmask']}").netmask
        except ValueError:
            raise NitroError(1111) from None
        if str(mask) != address["netmask"]:
            raise NitroError(1111)


def _change_address(call: Call, address: Row) -> None:
    node = call.node.whole
    shown = {"ipaddress": node.address, "netmask": node.netmask, **node.own.address}
    if {**shown, **address} != shown or address.keys() < node.own.address.keys():
        node.own.address = address
        node.touch()
        call.warnings.append(NitroError(1120))


_FIRST_ADDRESS = {"ipaddress": "192.168.100.1", "netmask": "255.255.0.0"}  # of a new appliance (product docs)


@writes("nsconfig", "POST", "unset")
def _unset(call: Call, row: Row) -> None:
    own = [name for name in row if name in ADDRESS_SETTINGS]
    rest = {name: value for name, value in row.items() if name not in ADDRESS_SETTINGS}
    if own and call.node.parent is not None:
        raise NitroError(2760)
    if rest or not own:
        call.appliance.change(
            call.node, lambda configuration: configuration.unset(_PARAMETERS, rest, call.appliance), call.warnings
        )
    if own:
        left = {name: value for name, value in call.node.own.address.items() if name not in own}
        _change_address(call, {**left, **{name: value for name, value in _FIRST_ADDRESS.items() if name in own}})


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
            node.own.ha.clear()
            if node.own.peers:
                call.appliance.change_peers(node, dict.clear)
    for node in call.appliance.nodes:
        node.drop_partitions()


@writes("nsconfig", "POST", "diff")
def _diff(call: Call, row: Row) -> None:
    """Without configurations: the commands that a save would change (NITRO reference; provider's acceptance test)."""
    saved = nsconf_writer.lines(call.node.saved, _own(call, saved=True))
    running = nsconf_writer.lines(call.node.running, _own(call))
    call.result = {"response": "\n".join(difflib.unified_diff(saved, running, "ns.conf", "running", lineterm="", n=0))}


def _own(call: Call, *, saved: bool = False) -> OwnSettings | None:
    """Return the settings that belong to the node, which only the default partition shows."""
    if call.node.parent is not None:
        return None
    return call.node.saved_own if saved else call.node.own


@reads("nsrunningconfig")
def _running(call: Call) -> Any:
    hidden = () if call.appliance.switches["simple_acls_in_running_config"] else tuple(acls.SIMPLE)
    return {"response": nsconf_writer.text(call.appliance.build, call.node.running, _own(call), hidden)}


@reads("nssavedconfig")
def _saved(call: Call) -> Any:
    return {"textblob": nsconf_writer.text(call.appliance.build, call.node.saved, _own(call, saved=True))}
