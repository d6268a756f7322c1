# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""enable and disable: of an object, and of one member of a service group (NITRO reference, operations of each type)."""

from __future__ import annotations

from simulator.appliance.appliance import Appliance
from simulator.configuration.configuration import Configuration
from simulator.nitro.call import Call
from simulator.types import BINDINGS, TYPES, Attribute, Row, Type
from simulator.types.common import YES_NO, text
from simulator.types.errors import NitroError

_GRACE = (Attribute("delay", kind="count", low=1), text("graceful", enum=YES_NO))
_MEMBER = (text("servername", low=1), Attribute("port", kind="number", low=1, high=65535))
# The arguments besides the key.
_ARGUMENTS: dict[tuple[str, str], tuple[Attribute, ...]] = {
    ("server", "disable"): _GRACE,
    ("service", "disable"): _GRACE,
    ("servicegroup", "enable"): _MEMBER,
    ("servicegroup", "disable"): (*_MEMBER, *_GRACE),
    ("nsip", "enable"): (Attribute("td", kind="count", low=0, high=4094),),
    ("nsip", "disable"): (Attribute("td", kind="count", low=0, high=4094),),
}
_MEMBERS = BINDINGS["servicegroup_servicegroupmember_binding"]


def switch(call: Call, type_: Type, row: Row) -> None:
    """Enable or disable what a row names."""
    appliance, state = call.appliance, "ENABLED" if call.action == "enable" else "DISABLED"
    given = _arguments(call, type_, row)
    name = str(given.pop(type_.key, ""))
    if not name:
        raise NitroError(1095, type_.key)
    if "servername" not in given and "port" not in given:
        if call.node.running.need(type_, name, appliance).get("state", "ENABLED") == state:
            raise NitroError(451)
        appliance.change(
            call.node, lambda configuration: _switch(configuration, type_, name, state, appliance), call.warnings
        )
        return
    for needed in ("servername", "port"):
        if needed not in given:
            raise NitroError(1093, "serverName, port")
    appliance.change(
        call.node,
        lambda configuration: _switch_member(configuration, type_, {**given, type_.key: name}, state, appliance),
        call.warnings,
    )


def _arguments(call: Call, type_: Type, row: Row) -> Row:
    known = {one.name: one for one in (type_.by_name[type_.key], *_ARGUMENTS.get((type_.name, call.action), ()))}
    given: Row = {}
    for name, value in row.items():
        argument = known.get(str(name).lower())
        if argument is None:
            raise NitroError(call.appliance.switches["unknown_attribute_code"], name)
        given[argument.name] = argument.coerce(value)
    return given


def _switch(configuration: Configuration, type_: Type, name: str, state: str, appliance: Appliance) -> None:
    """Change the state of an object. ns.conf has only states that differ from the default, so an enabled object has none."""
    row = configuration.need(type_, name, appliance)
    kept = {key: value for key, value in row.items() if key != "state"}
    changed = kept if state == type_.by_name["state"].default else {**row, "state": state}
    configuration.put(type_.name, (type_.fold(name),), changed)


def _switch_member(configuration: Configuration, type_: Type, named: Row, state: str, appliance: Appliance) -> None:
    """Change the state of one member of a service group; the group and its other members stay as they are."""
    configuration.need(type_, named[type_.key], appliance)
    if configuration.find(TYPES["server"], named["servername"]) is None:
        raise NitroError(_MEMBERS.missing_child)
    key = _MEMBERS.parent_key, _MEMBERS.child_key, "port"
    place = tuple(str(named[name]) for name in key)
    row = configuration.table(_MEMBERS.name).get(place)
    if row is None:
        raise NitroError(258, "serverName, port", ", ".join(place[1:]))
    if row.get("state", "ENABLED") == state:
        raise NitroError(451)
    kept = {name: value for name, value in row.items() if name != "state"}
    configuration.put(_MEMBERS.name, place, kept if state == "ENABLED" else {**kept, "state": state})
