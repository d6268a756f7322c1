# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rules of reverse NAT without names: `set rnat` makes and changes the rule of a network or an ACL, `clear rnat` removes rules.

Command reference 12.0, rnat. Newer releases have `add rnat` with a name; an ns.conf may have either form.
"""

from __future__ import annotations

from simulator.configuration.configuration import Configuration
from simulator.configuration.environment import Environment
from simulator.types import TYPES, Row
from simulator.types.errors import NitroError
from simulator.types.forms import is_ipv4
from simulator.types.rnat import NAME, UNNAMED

_TYPE = TYPES[NAME]
_SELECTORS = ("network", "netmask", "aclname", "td")


def has_names(env: Environment) -> bool:
    """True for a release whose rules have names."""
    return env.branch >= env.switches.release("named_rnat_since")


def key_of(payload: Row) -> str:
    """Return the key of a rule without a name. Raises the NitroError of a payload with neither a network nor an ACL."""
    given = {name.lower(): str(value) for name, value in payload.items()}
    key = " ".join(given[name] for name in ("network", "netmask") if name in given) or given.get("aclname", "")
    if not key:
        raise NitroError(1095, "network, aclname")
    return key


def set_rule(configuration: Configuration, payload: Row, env: Environment) -> None:
    """Change the rule of a network or an ACL, or make it."""
    key = key_of(payload)
    if configuration.find(_TYPE, key) is None:
        made = configuration.create(_TYPE, {**payload, _TYPE.key: key}, env)
        configuration.put(NAME, (key,), {**made, UNNAMED: True})
        return
    changes = {name: value for name, value in payload.items() if name.lower() not in _SELECTORS}
    if changes:
        configuration.update(_TYPE, {**changes, _TYPE.key: key}, env)


def unset(configuration: Configuration, payload: Row, env: Environment) -> None:
    """Unset attributes of the rule of a network or an ACL."""
    names = {name: value for name, value in payload.items() if name.lower() not in _SELECTORS}
    configuration.unset(_TYPE, {**names, _TYPE.key: key_of(payload)}, env)


def clear(configuration: Configuration, payload: Row, env: Environment) -> None:
    """Remove the rules of a network or an ACL, with or without names."""
    key_of(payload)
    wanted = {}
    for name, value in payload.items():
        attribute = _TYPE.by_lower_name.get(name.lower())
        if attribute is None:
            raise NitroError(env.switches["unknown_attribute_code"])
        wanted[attribute.name] = attribute.coerce(value)
    rows = [
        row
        for row in configuration.table(NAME).values()
        if all(row.get(name, _TYPE.by_name[name].default) == value for name, value in wanted.items())
    ]
    if not rows:
        raise NitroError(258)
    for row in rows:
        configuration.delete(_TYPE, row[_TYPE.key], env)


def is_without_name(configuration: Configuration, row: Row) -> bool:
    """True if the arguments of `set rnat` are those of a rule without a name."""
    known = configuration.find(_TYPE, row.get(_TYPE.key, ""))
    return known is None or UNNAMED in known


def selected(row: Row) -> Row:
    """Return the arguments of `set rnat`, read as name and network, as those of a rule without a name: network and netmask, or ACL."""
    rest = {name: value for name, value in row.items() if name not in (_TYPE.key, *_SELECTORS[:2])}
    first = row.get(_TYPE.key, "")
    if not is_ipv4(first):
        return {**rest, "aclname": first}
    return {**rest, "network": first, **({"netmask": row["network"]} if "network" in row else {})}
