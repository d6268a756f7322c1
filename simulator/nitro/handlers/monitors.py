# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""lbmonitor beyond the table, and its bindings seen from the monitor: NITRO reference; command reference, lb monitor."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from simulator.nitro import generic_reads, generic_writes
from simulator.nitro.call import Call
from simulator.nitro.handlers.registry import reads, writes
from simulator.node.back_ends import address
from simulator.node.vserver_states import service_state
from simulator.types import TYPES, Row
from simulator.types.errors import NitroError
from simulator.types.monitors import BUILT_IN, OF_GROUPS, OF_SERVICES


@writes("lbmonitor", "PUT")
def _update(call: Call, row: Row) -> None:
    """Change a monitor. The type is an argument of the command, and cannot be changed."""
    if "type" not in row:
        raise NitroError(1095, "type")
    _same_type(call, str(row.get("monitorname", call.name)), row["type"])
    generic_writes.write(call, row)


@writes("lbmonitor", "POST", "unset")
def _unset(call: Call, row: Row) -> None:
    if isinstance(row.get("type"), str):
        _same_type(call, str(row.get("monitorname", "")), row["type"])
        row = {name: value for name, value in row.items() if name != "type"}
    generic_writes.write(call, row)


def _same_type(call: Call, name: str, type_: Any) -> None:
    known = call.node.running.find(TYPES["lbmonitor"], name)
    if known is not None and str(type_).upper() != known["type"]:
        raise NitroError(278, "type")


@writes("lbmonitor", "DELETE")
def _delete(call: Call, row: Row) -> None:
    """Remove a monitor, or with `respcode` only response codes of it. The type is an argument of the command."""
    args = dict(call.args)
    unknown = next((name for name in args if name not in ("monitorname", "type", "respcode")), None)
    if unknown:
        raise NitroError(1090, unknown)
    name = call.name or args.get("monitorname", "")
    if name in BUILT_IN:
        raise NitroError(257)
    known = call.node.running.need(TYPES["lbmonitor"], name, call.appliance)
    if "type" not in args:
        raise NitroError(1095, "type")
    if args["type"].upper() != known["type"]:
        raise NitroError(278, "type")
    if "respcode" not in args:
        generic_writes.write(replace(call, target=replace(call.target, name=name, args={})), row)
        return
    gone = set(args["respcode"].replace(";", " ").replace(",", " ").split())
    left = [code for code in known.get("respcode", ()) if code not in gone]
    change = {"monitorname": name, "respcode": left} if left else {"monitorname": name, "respcode": True}
    verb = replace(
        call,
        method="PUT" if left else "POST",
        action="" if left else "unset",
        target=replace(call.target, name="", args={}),
    )
    generic_writes.write(verb, change)


# The bindings, seen from the monitor


def _monitor(call: Call) -> Row:
    name = call.name or call.args.get("monitorname", "")
    if not name:
        raise NitroError(1095, text="Name argument required for binding object")
    type_ = TYPES["lbmonitor"]
    return generic_reads.built_in(type_, name) or call.node.running.need(type_, name, call.appliance)


@reads("lbmonbindings")
def _monitors(call: Call) -> Any:
    row = _monitor(call)
    return [{"monitorname": row["monitorname"], "type": row["type"], "monstate": row.get("state", "ENABLED")}]


@reads("lbmonbindings_service_binding")
def _services(call: Call) -> Any:
    running, name = call.node.running, _monitor(call)["monitorname"]
    found = []
    for bound in running.table(OF_SERVICES.name).values():
        if bound["monitor_name"] == name:
            row = running.need(TYPES["service"], bound["name"], call.appliance)
            found.append(
                {
                    "monitorname": name,
                    "servicename": row["name"],
                    "servicetype": row["servicetype"],
                    "svrstate": service_state(call.node, row),
                    "monsvcstate": bound.get("monstate", "ENABLED"),
                    "port": row["port"],
                    "ipaddress": address(call.node, row),
                }
            )
    return found


@reads("lbmonbindings_servicegroup_binding")
def _groups(call: Call) -> Any:
    running, name = call.node.running, _monitor(call)["monitorname"]
    return [
        {
            "monitorname": name,
            "servicegroupname": bound["servicegroupname"],
            "servicetype": running.need(TYPES["servicegroup"], bound["servicegroupname"], call.appliance)[
                "servicetype"
            ],
            "boundservicegroupsvrstate": bound.get("monstate", "ENABLED"),
            "monstate": bound.get("monstate", "ENABLED"),
        }
        for bound in running.table(OF_GROUPS.name).values()
        if bound["monitor_name"] == name
    ]


@writes("lbmonitor_service_binding", "PUT")
@writes("lbmonitor_service_binding", "POST")
def _bind(call: Call, row: Row) -> None:
    """Bind a monitor to a service or a service group, which `servicename` or `servicegroupname` names."""
    binding = OF_GROUPS if "servicegroupname" in row else OF_SERVICES
    parent = "servicegroupname" if "servicegroupname" in row else "servicename"
    names = {"monitorname": "monitor_name", parent: binding.parent_key, "state": "monstate", "dup_state": "monstate",
             "weight": "weight", "dup_weight": "weight"}  # fmt: skip
    given = {**({"monitorname": call.name} if call.name else {}), **row}
    if given.keys() - names.keys():
        raise NitroError(278)
    bound = {names[name]: value for name, value in given.items()}
    generic_writes.write(replace(call, target=replace(call.target, type=binding.name, name="")), bound)


@writes("lbmonitor_service_binding", "DELETE")
def _unbind(call: Call, row: Row) -> None:
    args = dict(call.args)
    monitor = call.name or args.pop("monitorname", "")
    parent = args.pop("servicegroupname", "")
    binding = OF_GROUPS if parent else OF_SERVICES
    parent = parent or args.pop("servicename", "")
    if not monitor or not parent:
        raise NitroError(1095, "serviceName" if monitor else "monitorName")
    if args:
        raise NitroError(278)
    target = replace(call.target, type=binding.name, name=parent, args={"monitor_name": monitor})
    generic_writes.write(replace(call, target=target), row)
