# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Clock synchronisation and secure ticket authorities beyond the table of types."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from simulator.nitro import generic_reads, generic_writes, monitoring
from simulator.nitro.call import Call
from simulator.nitro.handlers.registry import READS, reads, writes
from simulator.types import Row
from simulator.types.errors import NitroError
from simulator.types.forms import is_ip

READS.update(monitoring.READS)


@writes("ntpsync", "POST", "enable")
def _enable_ntp(call: Call, row: Row) -> None:
    monitoring.switch_ntp(call, "ENABLED")


@writes("ntpsync", "POST", "disable")
def _disable_ntp(call: Call, row: Row) -> None:
    monitoring.switch_ntp(call, "DISABLED")


# The key of a time server is its address or its name (NITRO reference, ntpserver).


def _keyed(row: Mapping[str, Any]) -> Row:
    if "serverip" in row and "servername" in row:
        raise NitroError(1092, "serverip, servername")
    return {"serverip" if name == "servername" else name: value for name, value in row.items()}


@reads("ntpserver")
def _time_servers(call: Call) -> Any:
    call.target = replace(call.target, args=_keyed(call.target.args))
    return [_named(row) for row in generic_reads.read(call)]


def _named(row: Row) -> Row:
    if is_ip(row["serverip"]):
        return row
    return {"servername" if name == "serverip" else name: value for name, value in row.items()}


@writes("ntpserver", "POST")
def _add_time_server(call: Call, row: Row) -> None:
    """preferredntpserver is for updates; an idempotent call adds the server and then updates it (NITRO guide, use cases)."""
    if "preferredntpserver" in row and not call.target.enabled("idempotent"):
        raise NitroError(call.appliance.switches["unknown_attribute_code"])
    generic_writes.write(call, _keyed(row))


@writes("ntpserver", "PUT")
@writes("ntpserver", "POST", "unset")
def _change_time_server(call: Call, row: Row) -> None:
    generic_writes.write(call, _keyed(row))


@writes("ntpserver", "DELETE")
def _remove_time_server(call: Call, row: Row) -> None:
    call.target = replace(call.target, args=_keyed(call.target.args))
    generic_writes.write(call, row)


@reads("vpnvserver_staserver_binding")
@reads("vpnglobal_staserver_binding")
def _ticket_authorities(call: Call) -> list[Row]:
    """Their ids come from the servers (Terraform provider, metadata of both bindings)."""
    rows: list[Row] = generic_reads.read(call)
    return [{**row, "staauthid": f"STA{zlib.crc32(row['staserver'].encode()):08X}", "stastate": "UP"} for row in rows]
