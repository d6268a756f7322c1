# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""nsacl, nsacl6, nssimpleacl and the commands on all ACLs: command reference, ns acl and ns acls."""

from __future__ import annotations

from collections.abc import Callable

from simulator.configuration import acls
from simulator.configuration.configuration import Configuration
from simulator.nitro import generic_writes
from simulator.nitro.call import Call
from simulator.nitro.handlers.registry import WRITES
from simulator.types import TYPES, Row
from simulator.types.errors import NitroError

_MODIFIED = {"nsacl": 878, "nsacl6": 902}
_REMOVED = {"nsacl": 870, "nsacl6": 897}


def _change(call: Call, operation: Callable[[Configuration], None]) -> None:
    call.appliance.change(call.node, operation, call.warnings)


def _edit(name: str) -> Callable[[Call, Row], None]:
    def edit(call: Call, row: Row) -> None:
        """Change an ACL. `state` is not an argument of set: enable and disable change it (NITRO reference)."""
        if "state" in {str(key).lower() for key in row}:
            raise NitroError(278)
        action = row.get("aclaction") if name == "nsacl6" else None
        if action is None:
            generic_writes.write(call, row)
        else:  # set and add name the action differently (NITRO reference, nsacl6)
            _set_action(call, {key: value for key, value in row.items() if key != "aclaction"}, action)
        call.warnings.append(NitroError(_MODIFIED[name]))

    return edit


def _set_action(call: Call, row: Row, action: object) -> None:
    type_ = TYPES["nsacl6"]
    wanted = type_.by_name["acl6action"].coerce(action)

    def change(configuration: Configuration) -> None:
        name = str(row.get(type_.key, call.name))
        old = configuration.need(type_, name, call.appliance)
        if set(row) - {type_.key}:
            configuration.update(type_, row, call.appliance)
            old = configuration.need(type_, name, call.appliance)
        configuration.put(type_.name, (name,), {**old, "acl6action": wanted})

    _change(call, change)


def _remove(name: str) -> Callable[[Call, Row], None]:
    def remove(call: Call, row: Row) -> None:
        """Remove an ACL, which filters until the next apply. A second removal is refused (error list 870, 897)."""
        key = (call.name,)
        if key not in call.node.running.table(name) and key in call.node.running.table(acls.kernel(name)):
            raise NitroError(_REMOVED[name])
        generic_writes.write(call, row)

    return remove


def _kind(call: Call, row: Row, name: str) -> str | None:
    if set(row) - {"type"}:
        raise NitroError(278)
    return str(TYPES[name].by_name["type"].coerce(row["type"])) if "type" in row else None


def _apply(name: str) -> Callable[[Call, Row], None]:
    def apply(call: Call, row: Row) -> None:
        kind = _kind(call, row, name)
        _change(call, lambda configuration: acls.apply(configuration, name, call.appliance, kind))

    return apply


def _clear(name: str) -> Callable[[Call, Row], None]:
    def clear(call: Call, row: Row) -> None:
        _kind(call, row, name)
        _change(call, lambda configuration: acls.clear(configuration, name))

    return clear


def _renumber(name: str) -> Callable[[Call, Row], None]:
    def renumber(call: Call, row: Row) -> None:
        _kind(call, row, name)
        how = call.appliance.switches["acl_renumber"]
        highest = TYPES[name].by_name["priority"].high or 0
        _change(call, lambda configuration: acls.renumber(configuration, name, how, highest))

    return renumber


def _clear_simple(name: str) -> Callable[[Call, Row], None]:
    def clear(call: Call, row: Row) -> None:
        if row:
            raise NitroError(278)
        _change(call, lambda configuration: acls.clear(configuration, name))

    return clear


def _flush(name: str) -> Callable[[Call, Row], None]:
    def flush(call: Call, row: Row) -> None:
        """End the established connections that the rules match (NITRO reference, nssimpleacl)."""
        if row.get("estsessions") not in (True, "true") or set(row) != {"estsessions"}:
            raise NitroError(1095, "estSessions")

        def mark(configuration: Configuration) -> None:
            for key, rule in list(configuration.table(name).items()):
                configuration.put(name, key, {**rule, "_flushed": True})

        _change(call, mark)

    return flush


for _name in acls.EXTENDED:
    WRITES[_name, "PUT", ""] = _edit(_name)
    WRITES[_name, "DELETE", ""] = _remove(_name)
    _all = _name.replace("acl", "acls")
    WRITES[_all, "POST", "apply"] = _apply(_name)
    WRITES[_all, "POST", "clear"] = _clear(_name)
    WRITES[_all, "POST", "renumber"] = _renumber(_name)
for _name in acls.SIMPLE:
    WRITES[_name, "POST", "clear"] = _clear_simple(_name)
    WRITES[_name, "POST", "flush"] = _flush(_name)
