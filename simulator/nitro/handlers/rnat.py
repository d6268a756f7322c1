# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""rnat on releases whose rules have no names (NITRO reference 12.0: update, unset, clear, get all), and its clear on all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simulator.configuration import rnat
from simulator.configuration.configuration import Configuration
from simulator.configuration.environment import Environment
from simulator.nitro import generic_reads, generic_writes
from simulator.nitro.call import Call
from simulator.nitro.handlers.registry import reads, writes
from simulator.types import TYPES, Row
from simulator.types.errors import NitroError
from simulator.types.rnat import NAME


@reads(NAME)
def _rules(call: Call) -> Any:
    named = rnat.has_names(call.appliance)
    if call.name and not named:
        raise NitroError(call.appliance.switches["named_singleton_code"])
    rows = generic_reads.read_objects(call, TYPES[NAME])
    return rows if named else [{name: value for name, value in row.items() if name != "name"} for row in rows]


@writes(NAME, "POST")
@writes(NAME, "DELETE")
@writes(NAME, "POST", "rename")
def _of_names(call: Call, row: Row) -> None:
    if not rnat.has_names(call.appliance):
        raise NitroError(1240)
    generic_writes.write(call, row)


def _change(call: Call, row: Row, operation: Callable[[Configuration, Row, Environment], None]) -> None:
    call.appliance.change(call.node, lambda running: operation(running, row, call.appliance), call.warnings)


@writes(NAME, "PUT")
def _set(call: Call, row: Row) -> None:
    if rnat.has_names(call.appliance):
        generic_writes.write(call, row)
    else:
        _change(call, row, rnat.set_rule)


@writes(NAME, "POST", "unset")
def _unset(call: Call, row: Row) -> None:
    if rnat.has_names(call.appliance):
        generic_writes.write(call, row)
    else:
        _change(call, row, rnat.unset)


@writes(NAME, "POST", "clear")
def _clear(call: Call, row: Row) -> None:
    _change(call, row, rnat.clear)
