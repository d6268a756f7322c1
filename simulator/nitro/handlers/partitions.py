# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""nspartition: NITRO reference; telegraf issue 11536 for Switch, which is the session's; error list 2752 to 2768."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from simulator.nitro import generic_reads, generic_writes
from simulator.nitro.call import Call
from simulator.nitro.handlers.registry import reads, writes
from simulator.node.state import DEFAULT_PARTITION
from simulator.types import TYPES, Row
from simulator.types.errors import NitroError

_DEFAULT: Row = {"partitionname": DEFAULT_PARTITION, "partitionid": 0}


@reads("nspartition")
def _partitions(call: Call) -> Any:
    type_, whole = TYPES["nspartition"], call.node.whole
    rows = list(whole.running.table("nspartition").values())
    if call.appliance.switches["partition_list_has_default"]:
        rows.insert(0, _DEFAULT)
    if call.name:
        rows = [row for row in rows if row["partitionname"] == call.name]
        if not rows:
            raise NitroError(type_.missing)
    shown = []
    for row in rows:
        line = generic_reads.show(whole, type_, row)
        if row["partitionname"] == call.node.partition:
            line["partitiontype"] = "Current Partition"
        elif row is _DEFAULT:
            line["partitiontype"] = "Default Partition"
        shown.append(line)
    return shown


@writes("nspartition", "POST", "Switch")
def _switch(call: Call, row: Row) -> None:
    """Change the partition of the session. A call with credentials in its headers has no session to keep it."""
    name = row.get("partitionname")
    if not isinstance(name, str) or not name:
        raise NitroError(1095, "partitionname")
    if set(row) - {"partitionname", "save"}:
        raise NitroError(278)
    if name != DEFAULT_PARTITION and call.node.whole.running.find(TYPES["nspartition"], name) is None:
        raise NitroError(2755)
    if call.session is not None:
        call.session.partition = name


@writes("nspartition", "DELETE")
def _remove(call: Call, row: Row) -> None:
    name = call.name or str(row.get("partitionname", ""))
    if name == DEFAULT_PARTITION:
        raise NitroError(2758)
    if any(session.partition == name for session in call.node.sessions.values()):
        raise NitroError(2757)
    call.target = replace(call.target, name=name)
    generic_writes.write(call, row)
    for node in call.appliance.nodes:
        node.drop_partitions()
