# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Carries out a NITRO call: one row, an array of rows, or a macroapi call."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from simulator.network.requests import Headers
from simulator.nitro import (
    command_log,
    command_policies,
    generic_reads,
    generic_writes,
    handlers,
    monitoring,
    statistics,
)
from simulator.nitro.authentication import PUBLIC, authenticate
from simulator.nitro.call import BulkFault, Call, Target
from simulator.nitro.parsing import macro_parts, named_in_payload, parse_payload
from simulator.nitro.query_options import apply_query_options, plain
from simulator.nitro.reply import Reply
from simulator.node import packet_filter
from simulator.node.node import Node
from simulator.types import BINDINGS, TYPES, Row
from simulator.types.errors import NitroError

# Types of the whole appliance cannot be configured from a partition (product docs, admin partitions; the code: error list 2760).
_WHOLE_APPLIANCE = ("nspartition", "hanode", "hasync", "hafailover", "hafiles", "reboot")
_WRITTEN = {type_ for type_, _, _ in handlers.WRITES}
_KNOWN = {*TYPES, *BINDINGS, *_WRITTEN}


async def answer(call: Call, headers: Headers, body: bytes) -> Reply:
    """Carry out one call. An error becomes a reply of NITRO."""
    if len(call.appliance.nodes) > 1:
        call.appliance.periodic_sync()
    payload_token = ""
    if not call.target.type and call.target.kind == "config" and call.method in ("POST", "PUT"):
        payload_token = named_in_payload(call, body, headers.get("content-type", ""))
    try:
        caller = authenticate(call, headers, payload_token)
    except NitroError as error:
        return Reply.error(error)
    packet_filter.expire(call.node)
    try:
        return await _carry_out(call, headers, body)
    except NitroError as error:
        return Reply.error(error)
    finally:
        if caller is not None:  # a call with credentials in its headers is a log-on, a command and a log-off
            call.node.sessions.pop(caller.token, None)
            command_log.record_log_off(call, caller.user)


async def _carry_out(call: Call, headers: Headers, body: bytes) -> Reply:
    target = call.target
    call.action = target.options.get("action", "")
    if call.method == "GET":
        try:
            command_policies.authorise(call, {})
            content = statistics.read(call) if target.kind == "stat" else _read(call)
            if target.name:
                _check_named(call, content)
        except NitroError as error:
            command_log.record(call, {}, error)
            raise
        command_log.record(call, {})
        return _read_reply(call, target.type, content)
    if target.kind == "stat":
        raise NitroError(1237)
    call.onerror = headers.get("x-nitro-onerror", target.options.get("onerror", "")).lower()
    if call.method == "DELETE":
        return await _write(call, headers)
    if call.method not in ("POST", "PUT"):
        raise NitroError(1237)
    if target.type == "macroapi":
        return await _macro(call, headers, body)
    parse_payload(call, body, headers.get("content-type", ""))
    if call.target.type in PUBLIC:
        return handlers.log_in(call) if call.target.type == "login" else handlers.log_out(call)
    return await _write(call, headers)


def _read(call: Call) -> Any:
    """Return rows, an object, or None for nothing."""
    read = handlers.READS.get(call.target.type)
    return read(call) if read else generic_reads.read(call)


def _check_named(call: Call, content: Any) -> None:
    """Refuse a read by name of an object, such as nsconfig: only rows have names."""
    if isinstance(content, dict):
        raise NitroError(call.appliance.switches["named_singleton_code"])


def _read_reply(call: Call, key: str, content: Any) -> Reply:
    """Return the content in the envelope; an empty list has no key."""
    target = call.target
    key = monitoring.SPELLED.get(key, key)
    if target.options or target.filter:
        content = apply_query_options(target, content)
    if isinstance(content, list):
        if call.appliance.switches["extra_row_key"] and not target.enabled("count"):
            content = [{**row, "_nextgenapiresource": f"/nextgen/api/v1/{key}"} for row in content]
        content = content or None
    return _with_warnings(call, Reply.done(fields={} if content is None else {key: content}))


async def _carry_out_row(call: Call, row: Row) -> None:
    """Carry out one row, and write its command into ns.log."""
    try:
        await _change(call, row)
    except NitroError as error:
        command_log.record(call, row, error)
        raise
    command_log.record(call, row)


async def _change(call: Call, row: Row) -> None:
    if call.bulk_fault is not None:
        call.bulk_fault.count_row()
    command_policies.authorise(call, row)
    if call.node.parent is not None and (call.target.type in _WHOLE_APPLIANCE and call.action != "Switch"):
        raise NitroError(2760)
    write = handlers.WRITES.get((call.target.type, call.method, call.action)) or handlers.WRITES.get(
        (call.target.type, call.method, "*")
    )
    if write is None:
        described = call.target.type in TYPES or call.target.type in BINDINGS
        if not described and (call.target.type in handlers.READS or call.target.type in _WRITTEN):
            raise NitroError(1240)  # a known type without this verb; verbs are case-sensitive (provider notes)
        generic_writes.write(call, row)
        return
    pending = write(call, row)
    if pending is not None:
        await pending


async def _write(call: Call, headers: Headers) -> Reply:
    reply = await (_bulk(call, call.rows) if call.bulk else _single(call, call.rows[0] if call.rows else {}))
    return await _with_save(call, headers, reply) if "x-nitro-saveconfig" in headers else reply


async def _single(call: Call, row: Row) -> Reply:
    await _carry_out_row(*_call_for_row(call, row))
    if call.result is not None:
        return _with_warnings(call, Reply.done(fields={call.target.type: call.result}))
    return _with_warnings(call, _success_reply(call))


def _success_reply(call: Call) -> Reply:
    binding = call.target.type.endswith("_binding")
    if call.method == "DELETE":
        return Reply(200, empty=True) if call.appliance.switches["delete_body"] == "empty" else Reply.done()
    added = call.method == "POST" and not call.action and not call.removes and call.target.type != "reboot"
    created = added or (call.method == "PUT" and binding)
    if created and call.target.enabled("idempotent"):
        return Reply.done()
    if created and call.legacy:  # legacy clients read JSON from every response (nsnitro; Java SDK)
        return Reply.done(201)
    return Reply(201, empty=True) if created else Reply.done()


async def _bulk(call: Call, rows: list[Row]) -> Reply:
    """Carry out several rows of one type (NITRO guide, bulk operations): exit, continue or rollback at the first error."""
    if not rows:
        raise NitroError(1094)
    binding = call.target.type in BINDINGS
    if call.method == "PUT" and call.appliance.switches["put_bulk_onerror"] == "ignored" and not binding:
        call.onerror = "exit"
    return await _carry_out_rows(call, [_call_for_row(call, row) for row in rows]) or _with_warnings(
        call, _success_reply(call)
    )


async def _carry_out_rows(call: Call, todo: list[tuple[Call, Row]]) -> Reply | None:
    """Carry out rows in their order. Return the reply if one fails, else None."""
    onerror = call.onerror or "exit"
    if onerror not in ("exit", "continue", "rollback"):
        raise NitroError(1097, "onerror", onerror)
    # Rollback is possible for add and bind only.
    adds = not call.action and all(
        part.method == "POST" or (part.method == "PUT" and part.target.type in BINDINGS) for part, _ in todo
    )
    if onerror == "rollback" and not adds:
        raise NitroError(1242)
    before = _snapshot(call)
    _bulk_fault_of(call)
    results, failed = [], False
    for part, row in todo:
        part.bulk_fault = call.bulk_fault
        try:
            await _carry_out_row(part, row)
            results.append({"errorcode": 0, "message": "Done", "severity": "NONE"})
        except NitroError as error:
            failed = True
            results.append({"errorcode": error.code, "message": error.message, "severity": "ERROR"})
            if onerror == "rollback":
                _roll_back(before)
            if onerror != "continue":
                break
    if not failed:
        return None
    text = NitroError(1243).message
    return Reply(207, {"errorcode": 1243, "message": text, "severity": "ERROR", "response": results}, code=1243)


def _bulk_fault_of(call: Call) -> None:
    fault = call.appliance.faults.of_array(call.node.index, call.method, call.target.type, call.action)
    call.bulk_fault = BulkFault(fault) if fault else None


def _snapshot(call: Call) -> list[tuple[Node, Any, bool]]:
    nodes = [node.inside(call.node.partition) for node in call.appliance.nodes]
    return [(node, node.running.copy(), node.changed) for node in nodes]


def _roll_back(before: list[tuple[Node, Any, bool]]) -> None:
    for node, configuration, changed in before:
        node.running = configuration
        node.compiled = None
        node.changed = changed


async def _macro(call: Call, headers: Headers, body: bytes) -> Reply:
    """macroapi: several types in one call, one kind of operation; `?action=remove` deletes (NITRO guide, use cases)."""
    todo = [
        (_removed_by_macro(call, name, row), {})
        if call.action == "remove"
        else (_sub_call(call, name, call.method, call.action), row)
        for name, rows in macro_parts(body, _KNOWN)
        for row in rows
    ]
    reply = await _carry_out_rows(call, todo)
    if reply is None:
        created = call.method == "POST" and not call.action
        reply = _with_warnings(call, Reply(201, empty=True) if created else Reply.done())
    return await _with_save(call, headers, reply)


def _sub_call(call: Call, name: str, method: str, action: str) -> Call:
    target = Target("config", name, "", call.target.options, {}, {})
    return Call(
        call.appliance, call.node, method, target, call.session, action, warnings=call.warnings, client=call.client
    )


def _removed_by_macro(call: Call, name: str, row: Row) -> Call:
    if name in BINDINGS and not call.appliance.switches["macroapi_remove_bindings"]:
        raise NitroError(1240)
    return _removal(call, name, row)


def _call_for_row(call: Call, row: Row) -> tuple[Call, Row]:
    """Return the call and the row for one row of a payload; the SDKs before 2016 remove in this way too."""
    return (_removal(call, call.target.type, row), {}) if call.removes else (call, row)


def _removal(call: Call, name: str, row: Row) -> Call:
    """Return the DELETE of a row to be removed: its key is the name, the rest are the arguments."""
    if any(isinstance(value, dict | list) or value is None for value in row.values()):
        raise NitroError(1234)
    key = BINDINGS[name].parent_key if name in BINDINGS else TYPES[name].key if name in TYPES else ""
    texts = {str(attribute): plain(value) for attribute, value in row.items()}
    own = next((value for attribute, value in texts.items() if attribute.lower() == key.lower()), "")
    args = {attribute: value for attribute, value in texts.items() if attribute.lower() != key.lower()}
    part = _sub_call(call, name, "DELETE", "")
    part.target = replace(part.target, name=own, args=args)
    return part


async def _with_save(call: Call, headers: Headers, reply: Reply) -> Reply:
    if reply.status in (200, 201, 209) and headers.get("x-nitro-saveconfig", "").lower() in ("yes", "true"):
        await call.appliance.save(call.node)  # an engineer of the vendor, collection issue 414
    return reply


def _with_warnings(call: Call, reply: Reply) -> Reply:
    """Add a warning that the client asked for: 209 and a header (NITRO guide, error handling), or in the body."""
    if not call.warnings:
        return reply
    first = call.warnings[0]
    wanted, switches = call.target.enabled("warning"), call.appliance.switches
    in_body = switches["warning_answer"] == "body" if wanted else switches["warning_unasked"] == "body"
    if not wanted and not in_body:
        return reply
    fields = {**(reply.fields or {"errorcode": 0, "message": "Done", "severity": "NONE"})}
    fields.update(errorcode=first.code, message=first.message, severity="WARNING")
    if in_body:
        return Reply(200, fields, code=first.code)
    header = ("X-NITRO-WARNING", f"{first.code} - {first.message}")
    return Reply(209, fields, headers=[*reply.headers, header], code=first.code)
