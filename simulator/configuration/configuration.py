# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The operations on one configuration (running or saved), driven by the tables of types."""

from __future__ import annotations

import re
from collections.abc import Mapping

from simulator.configuration import (  # noqa: F401 -- importing them registers their checks
    acl_checks,
    address_checks,
    appfw_checks,
    checks,
    content_switching_checks,
    gateway_checks,
    http_profile_checks,
    protocol_checks,
    rewrite_checks,
    ssl_vserver_checks,
    time_zones,
)
from simulator.configuration.check_registry import CHECKS, LINK_CHECKS
from simulator.configuration.environment import Environment, Key
from simulator.configuration.policy_bindings import binding_key, check_policy_binding, unbound_policy
from simulator.configuration.references import (
    accompanying,
    referrers,
    referring_attributes,
    referring_entries,
    referring_expressions,
)
from simulator.configuration.rows import Rows
from simulator.configuration.servers import named_server, server_for
from simulator.configuration.set_entries import SetEntries
from simulator.configuration.text_commands import forget
from simulator.types import BINDINGS, FEATURES, TYPES, Attribute, Binding, Row, Type
from simulator.types.errors import NitroError

_POLICIES = tuple(type_ for type_ in TYPES.values() if type_.duplicate == 3094)
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")  # command reference, policy patset
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_#. :@=-]*")


class Configuration(Rows):
    """The rows of a configuration with NITRO's operations on them."""

    def __init__(self, rows: Mapping[str, Mapping[Key, Row]] | None = None) -> None:
        super().__init__(rows)
        self._members: dict[tuple[str, str], SetEntries] = {}

    def drop(self, name: str, key: Key) -> None:
        super().drop(name, key)
        self._members.clear()

    # Objects

    def create(self, type_: Type, payload: Row, env: Environment) -> Row:
        with server_for(self, type_.name, payload) as named:
            return self._create(type_, named, env)

    def _create(self, type_: Type, payload: Row, env: Environment) -> Row:
        row = _checked(type_, payload, env)
        for attribute in type_.required:
            if attribute.name not in row:
                raise NitroError(1095, attribute.name)
        licence(type_, env)
        if type_.singleton:
            self._consistent(type_, row, None, env)
            self.put(type_.name, (), row)
            return row
        name = row[type_.key]
        _check_name(type_, name)
        if type_.is_word:
            # One namespace for pattern sets, data sets and named expressions (command reference, policy patset).
            for other in ("policypatset", "policydataset", "policystringmap", "policyexpression"):
                if other != type_.name and self.find(TYPES[other], name):
                    raise NitroError(2854)
        self._not_a_sibling(type_, name)
        if name in type_.always:
            raise NitroError(273, type_.key, name, status=409)
        if self.find(type_, name) is not None or name in type_.built_in:
            code = (
                env.switches["duplicate_responderaction_code"] if type_.name == "responderaction" else type_.duplicate
            )
            about = (f"by a {type_.cli}",) if code == 3094 else (type_.key, name) if code == 273 else ()
            raise NitroError(code, *about, status=409)
        self._consistent(type_, row, None, env)
        self.put(type_.name, (type_.fold(name),), row)
        return row

    def _not_a_sibling(self, type_: Type, name: str) -> None:
        """Refuse a name of a sibling type: services and service groups share their names (error list 432), and policies do. The error of a
        taken name tells the type of the other policy (3094), and a bind names no type.
        """
        sibling = {"service": "servicegroup", "servicegroup": "service"}.get(type_.name)
        if sibling and self.find(TYPES[sibling], name) is not None:
            raise NitroError(432)
        for other in _POLICIES if type_ in _POLICIES else ():
            if other is not type_ and self.find(other, name) is not None:
                raise NitroError(3094, f"by a {other.cli}", status=409)

    def update(self, type_: Type, payload: Row, env: Environment, fixed: str = "") -> None:
        """Change attributes of an object.

        :param fixed: what happens to attributes that only a creation sets: `set`, or a position of the switch immutable_update; without it
            the switch decides
        """
        changes = _checked(type_, payload, env)
        key: Key = ()
        if type_.key:
            name = changes.pop(type_.key, None)
            if name is None:
                raise NitroError(1095, type_.key)
            if name in type_.built_in:
                raise NitroError(type_.built_in_code)
            key = (type_.fold(name),)
            old = self.need(type_, name, env)
        else:
            old = self.table(type_.name).get((), {})
        licence(type_, env)
        if not changes:
            raise NitroError(431)
        changes = _changeable(type_, changes, old, fixed or env.switches["immutable_update"])
        if not changes:
            return
        row = {**old, **changes}
        self._consistent(type_, row, old, env)
        self._keep(
            type_,
            key,
            {name: value for name, value in row.items() if not (value == "" and type_.by_name[name].can_unset)},
        )

    def _keep(self, type_: Type, key: Key, row: Row) -> None:
        """Put a changed row. A row without settings is dropped if the object does not need one."""
        if row.keys() - {type_.key} or (type_.key and not type_.of):
            self.put(type_.name, key, row)
        elif key in self.table(type_.name):
            self.drop(type_.name, key)

    def unset(self, type_: Type, payload: Row, env: Environment) -> None:
        key: Key = ()
        names = [
            known.name if (known := type_.by_lower_name.get(name.lower())) else name
            for name in payload
            if name != type_.key
        ]
        if type_.key:
            name = payload.get(type_.key)
            if name is None:
                raise NitroError(1095, type_.key)
            old = self.need(type_, str(name), env)
            key = (type_.fold(str(name)),)
        else:
            old = self.table(type_.name).get((), {})
        if not names:
            if env.switches["empty_unset"] in ("accepted", type_.name):
                return
            raise NitroError(431)
        for name in names:
            attribute = type_.by_name.get(name)
            if type_.name in ("responderpolicy", "rewritepolicy", "vpnsessionpolicy") and name in ("rule", "action"):
                raise NitroError(3110)
            if attribute is None or not attribute.can_unset:
                raise NitroError(1090, name)
        # The operator, the value and the data set of a condition go with it.
        gone = {*names, *(other for name in names for other in (*type_.by_name[name].operand, f"{name}dataset"))}
        row = {name: value for name, value in old.items() if name not in gone}
        initial = type_.initial.get(key[0], {}) if key else {}
        row.update((name, type_.by_name[name].default) for name in names if name in initial)
        for check in CHECKS.get(type_.name, ()):
            check(self, row, old, env)
        self._keep(type_, key, row)

    def rename(self, type_: Type, payload: Row, env: Environment) -> None:
        for needed in (type_.key, "newname"):
            if not isinstance(payload.get(needed), str | int):
                raise NitroError(1095, needed)
        for other in sorted(payload.keys() - {type_.key, "newname"}):
            raise NitroError(env.switches["unknown_attribute_code"], other)
        name, new = str(payload[type_.key]), str(payload["newname"])
        renamed = self.need(type_, name, env)
        _check_name(type_, new)
        if self.find(type_, new) is not None or new in type_.built_in:
            raise NitroError(
                type_.duplicate,
                *((f"by a {type_.cli}",) if type_.duplicate == 3094 else (type_.key, new)),
                status=409,
            )
        self._not_a_sibling(type_, new)
        if type_.named_in_expressions and any(True for _ in referring_expressions(self, type_, name)):
            raise NitroError(2852)
        self.forget_marks(type_.name)
        table = self.rows[type_.name]
        # In place: the order of creation stays.
        self.rows[type_.name] = {
            (type_.fold(new),) if key == (type_.fold(name),) else key: {**old, type_.key: new}
            if key == (type_.fold(name),)
            else old
            for key, old in table.items()
        }
        for entry in referring_entries(type_.name):
            companion = TYPES[entry.parent] if isinstance(entry, Binding) and entry.parent else entry
            if isinstance(companion, Type) and type_.name in companion.of and not companion.accompanies(renamed):
                continue
            for key, old in list(self.table(entry.name).items()):
                changed = {
                    attribute: new
                    for attribute in referring_attributes(entry, type_.name, old)
                    if old.get(attribute) == name
                }
                if changed:
                    fresh = {**old, **changed}
                    own = isinstance(entry, Type) and entry.key in changed
                    new_key = binding_key(entry, fresh) if isinstance(entry, Binding) else (new,) if own else key
                    self.rows[entry.name] = {
                        new_key if k == key else k: fresh if k == key else r for k, r in self.rows[entry.name].items()
                    }
        self.changed(type_.name)

    def delete(self, type_: Type, name: str, env: Environment) -> None:
        if name in type_.built_in:
            raise NitroError(type_.built_in_code)
        self.need(type_, name, env)
        if name in type_.always:
            raise NitroError(type_.built_in_code if type_.initial else 359)
        code = type_.in_use
        if type_.name == "auditmessageaction":
            code = env.switches["auditmessageaction_in_use_code"]
        if type_.name.endswith("policylabel"):
            code = env.switches["label_in_use_code"]
        if type_.named_in_expressions and any(True for _ in referring_expressions(self, type_, name)):
            raise NitroError(2853)
        for entry, _ in referrers(self, type_, name):
            raise NitroError(dict(type_.in_use_by).get(entry, code))
        if env.switches["set_removal"] == "refused" and type_.named_in_expressions and self._has_members(type_, name):
            raise NitroError(1070)
        self._drop_with_bindings(type_, name)

    def _drop_with_bindings(self, type_: Type, name: str) -> None:
        for binding in BINDINGS.values():
            own = binding.parent_key if binding.parent == type_.name else ""
            if (
                binding.link and binding.child == type_.name
            ):  # a bound service can be deleted; its bindings are deleted with it
                own = binding.child_key
            for key, row in list(self.table(binding.name).items()) if own else ():
                if type_.fold(row[own]) == type_.fold(name):
                    self.drop(binding.name, key)
        if (type_.fold(name),) in self.table(type_.name):
            self.drop(type_.name, (type_.fold(name),))
        forget(self, type_.cli, name)
        for other in accompanying(type_.name):
            if not any(other.accompanies(owner) for owner in self.owners(other, name)):
                self._drop_with_bindings(other, name)

    def _has_members(self, type_: Type, name: str) -> bool:
        return any(
            type_.fold(row[binding.parent_key]) == type_.fold(name)
            for binding in BINDINGS.values()
            if binding.parent == type_.name and not binding.child
            for row in self.table(binding.name).values()
        )

    def _consistent(self, type_: Type, row: Row, old: Row | None, env: Environment) -> None:
        """Check references, expressions, and attributes against each other."""
        for attribute in type_.consulted:
            value = row.get(attribute.name)
            if value is None:
                continue
            if (
                (attribute.refers or attribute.built_in)
                and value not in attribute.built_in
                and not any(self.find(TYPES[name], value) for name in attribute.refers)
            ):
                raise NitroError(attribute.refers_code)
            if attribute.expression:
                env.check_expression(str(value), attribute.expression, self)
        for check in CHECKS.get(type_.name, ()):  # last: values that they mark as taken are put
            check(self, row, old, env)

    # Bindings

    def bind(self, binding: Binding, payload: Row, env: Environment) -> None:
        with server_for(self, binding.name, payload) as named:
            self._bind(binding, named, env)

    def _bind(self, binding: Binding, payload: Row, env: Environment) -> None:
        row = _checked(binding, payload, env)
        if binding.parent:
            if binding.parent_key not in row:
                raise NitroError(1095, binding.parent_key)
            parent = TYPES[binding.parent]
            if row[binding.parent_key] in parent.built_in:
                raise NitroError(parent.built_in_code)
            licence(parent, env)
            row[binding.parent_key] = self.need(parent, row[binding.parent_key], env)[parent.key]
        if binding.child_key not in row:
            raise NitroError(1095, binding.child_key)
        if binding.link:
            self._check_link(binding, row, env)
        elif binding.child:
            if binding.name in LINK_CHECKS:
                LINK_CHECKS[binding.name](self, row, env)
            check_policy_binding(self, binding, row, env)
        else:
            self._check_member(binding, row, env)
        self.put(binding.name, binding_key(binding, row), row)

    def _check_link(self, binding: Binding, row: Row, env: Environment) -> None:
        child = TYPES.get(binding.child)
        if child is not None and row[binding.child_key] not in (*child.built_in, *child.always):
            if binding.missing_child and self.find(child, row[binding.child_key]) is None:
                raise NitroError(binding.missing_child)
            row[binding.child_key] = self.need(child, row[binding.child_key], env)[child.key]
        if binding_key(binding, row) in self.table(binding.name):
            about = (binding.child_key, row[binding.child_key]) if binding.duplicate == 273 else ()
            raise NitroError(binding.duplicate, *about)
        if binding.name in LINK_CHECKS:
            LINK_CHECKS[binding.name](self, row, env)

    def _check_member(self, binding: Binding, row: Row, env: Environment) -> None:
        name = row[binding.parent_key]
        members = self._members.get((binding.name, name))
        if members is None:
            kind = str(self.need(TYPES[binding.parent], name, env).get("type", ""))
            present = [other for other in self.table(binding.name).values() if other[binding.parent_key] == name]
            members = self._members[binding.name, name] = SetEntries(kind, present)
        members.take(row, env.switches)

    def unbind(self, binding: Binding, parent: str, args: Mapping[str, str], env: Environment) -> None:
        # The parent is in the path, or among the args as in a GET. Some clients send both (nsnitro of PyPI, the vendor's Python SDK);
        # then they must be equal.
        args = named_server(self, binding.name, args)
        known = (*binding.unbind_args, *((binding.parent_key,) if binding.parent else ()))
        given = {arg: args[name] for arg in known for name in args if name.lower() == arg.lower()}
        if len(given) < len(args):
            raise NitroError(278)  # wrong args of a binding: Terraform provider issue 1091
        if binding.parent:
            named = given.pop(binding.parent_key, parent)
            parent = parent or named
            if not parent:
                raise NitroError(1095, binding.parent_key)
            self.need(TYPES[binding.parent], parent, env)
            if named != parent:
                raise NitroError(278)
        child = given.pop(binding.child_key, None)
        if child is None:
            raise NitroError(1095, binding.child_key)
        if not binding.child and not binding.link:
            self._unbind_member(binding, parent, child, given.get("endrange", ""), env)
            return
        fold = TYPES[binding.parent].fold if binding.parent else str
        rows = {
            key: row
            for key, row in self.table(binding.name).items()
            if row[binding.child_key] == child and (not binding.parent or fold(row[binding.parent_key]) == fold(parent))
        }
        if binding.link:
            rows = {key: row for key, row in rows.items() if _is_meant(binding, row, given)}
            if not rows:
                raise NitroError(binding.not_bound, *((binding.child_key, child) if binding.not_bound == 258 else ()))
        else:
            rows = unbound_policy(self, binding, child, given, rows, env)
        for key in rows:
            self.drop(binding.name, key)

    def _unbind_member(self, binding: Binding, parent: str, value: str, end: str, env: Environment) -> None:
        """Unbind one entry of a set by its key, since one call can remove thousands."""
        name = self.need(TYPES[binding.parent], parent, env)[TYPES[binding.parent].key]
        key = (name, value, end)
        if key not in self.table(binding.name):
            raise NitroError(2822)
        self.drop(binding.name, key)


def _is_meant(binding: Binding, row: Row, given: Mapping[str, str]) -> bool:
    """True if the arguments of an unbind name this link. A flag that is not given is not set (provider issues 1305 and 1377)."""
    wanted = {name: binding.by_name[name].coerce(value) for name, value in given.items()}
    flags = {name: False for name in binding.unbind_args if binding.by_name[name].kind == "boolean"}
    return all(row.get(name, binding.by_name[name].default) == value for name, value in {**flags, **wanted}.items())


def _check_name(type_: Type, name: str) -> None:
    """Refuse a name with other characters than its type allows (error list 1075); a key that is an address has its own form."""
    if not (type_.by_name[type_.key].form or (_WORD if type_.is_word else _NAME).fullmatch(name)):
        raise NitroError(1075, type_.key, name)


def _changeable(type_: Type, given: Row, old: Row, fixed: str) -> Row:
    """Return the attributes of an update that it changes. Raises the NitroError of one that only a creation sets."""
    if fixed == "set":
        return given
    for name, value in given.items() if fixed != "ignored" else ():
        attribute = type_.by_name[name]
        if attribute.create_only and (fixed == "refused" or value != old.get(name, attribute.default)):
            raise NitroError(278, name)
    return {name: value for name, value in given.items() if not type_.by_name[name].create_only}


def licence(type_: Type, env: Environment) -> None:
    # Configuring without a licence: error list 356.
    if type_.feature and FEATURES[type_.feature] not in env.licensed:
        raise NitroError(356, type_.feature)


def _checked(entry: Type | Binding, payload: Row, env: Environment) -> Row:
    """Return the attributes of a payload, known and typed. Names match in any case (NITRO's answers capitalise String, clients do not)."""
    names = entry.by_lower_name
    row: Row = {}
    for name, value in payload.items():
        attribute: Attribute | None = names.get(str(name).lower())
        if attribute is None or attribute.read_only or env.branch < attribute.since:
            raise NitroError(
                env.switches["unknown_attribute_code"],
                *((name,) if env.switches["unknown_attribute_code"] == 1090 else ()),
            )
        row[attribute.name] = attribute.coerce(value)
    return row
