# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Writes of every type that the table describes completely."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simulator.configuration.configuration import Configuration
from simulator.nitro import states
from simulator.nitro.call import Call
from simulator.nitro.generic_reads import feature_warning
from simulator.types import BINDINGS, TYPES, Binding, Row, Type
from simulator.types.errors import NitroError


def write(call: Call, row: Row) -> None:
    name = call.target.type
    if name in BINDINGS:
        _write_binding(call, BINDINGS[name], row)
    elif name in TYPES:
        _write_object(call, TYPES[name], row)
    else:
        raise NitroError(1232, *((name,) if name else ()))


def _change(call: Call, operation: Callable[[Configuration], Any]) -> None:
    call.appliance.change(call.node, operation, call.warnings)


def _write_object(call: Call, type_: Type, row: Row) -> None:
    appliance = call.appliance
    if call.method in ("DELETE", "POST") and not call.action and not type_.can_create:
        raise NitroError(1240)
    if call.name and not type_.key:
        raise NitroError(appliance.switches["named_singleton_code"])
    if call.method == "DELETE":
        unknown = next((arg for arg in call.args if arg.lower() not in type_.by_lower_name), None)
        if unknown:
            raise NitroError(1090, unknown)
        name = call.name or call.args.get(type_.key, "")
        if not name:
            raise NitroError(1095, type_.key)
        _change(call, lambda configuration: configuration.delete(type_, name, appliance))
        return
    if call.action:
        _act(call, type_, row)
        return
    feature_warning(call, type_)
    if call.method == "POST":
        if (
            call.target.enabled("idempotent")
            and (known := row.get(type_.key)) is not None
            and call.node.running.find(type_, str(known))
        ):
            _update(call, type_, row, idempotent=True)
            return
        _change(call, lambda configuration: configuration.create(type_, row, appliance))
        call.node.counters.clear_of(
            type_.name, str(row.get(type_.key, ""))
        )  # the hits belong to an earlier object of this name
    else:
        if call.name and type_.key and str(row.get(type_.key, call.name)) != call.name:
            raise NitroError(1104)
        _update(call, type_, row, idempotent=False)


def _update(call: Call, type_: Type, row: Row, *, idempotent: bool) -> None:
    if not type_.updatable(call.appliance.branch):  # with the idempotent flag: Terraform provider issue 155
        raise (
            NitroError(1074, text="Invalid value [set command not present for this resource]")
            if idempotent
            else NitroError(1073)
        )
    # idempotent=yes hides that add and set have other arguments (NITRO guide, use cases).
    fixed = "refused_if_different" if idempotent and call.appliance.switches["immutable_update"] == "refused" else ""
    _change(call, lambda configuration: configuration.update(type_, row, call.appliance, fixed))


def _act(call: Call, type_: Type, row: Row) -> None:
    # The verb is case-sensitive (provider notes on nsextension: 1240).
    if call.method != "POST" or call.action not in type_.actions:
        raise NitroError(1240)
    appliance = call.appliance
    if call.action == "unset":
        if not type_.updatable(appliance.branch):
            raise NitroError(1240)
        _change(call, lambda configuration: configuration.unset(type_, row, appliance))
    elif call.action == "rename":
        _change(call, lambda configuration: configuration.rename(type_, row, appliance))
    else:
        states.switch(call, type_, row)


def _write_binding(call: Call, binding: Binding, row: Row) -> None:
    appliance = call.appliance
    if call.action and (call.action != "bind" or appliance.switches["bind_action"] == "refused"):
        raise NitroError(1240)
    if call.method == "DELETE":
        name, args = call.name, dict(call.args)
        _change(call, lambda configuration: configuration.unbind(binding, name, args, appliance))
        return
    if call.name:
        row = {binding.parent_key: call.name, **row}
    child = TYPES.get(binding.child)
    if child is not None:
        feature_warning(call, child)
    _change(call, lambda configuration: configuration.bind(binding, row, appliance))
