# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One configuration (running or saved) and the generic operations on it, driven by the tables in types/.

Rows are never changed in place: an operation checks everything first and then replaces rows, so a copy of a configuration is
a copy of its dictionaries, a failed operation leaves nothing behind, and a sync, a save or a rollback is one copy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Mapping
from functools import cache
from typing import Protocol

from .checks import CHECKS
from .errors import NitroError
from .members import Members
from .switches import Positions
from .types import BINDINGS, ENTRIES, FEATURES, TYPES, VSERVER_TYPES, Attribute, Binding, Row, Type

Key = tuple[str, ...]


class Environment(Protocol):
    """What operations need to know of the appliance around a configuration."""

    switches: Positions
    salt: str  # of the hashes that a command makes: the same on both nodes

    @property
    def licensed(self) -> frozenset[str]: ...

    @property
    def branch(self) -> tuple[int, ...]: ...

    def now(self) -> float: ...

    def check_expression(self, text: str, yields: str, configuration: Configuration) -> None: ...

    def has_page(self, name: str) -> bool: ...


class Configuration:
    """Objects and bindings: type -> key -> row."""

    def __init__(self, rows: Mapping[str, Mapping[Key, Row]] | None = None) -> None:
        self.rows: dict[str, dict[Key, Row]] = {name: dict(table) for name, table in (rows or {}).items()}
        self._members: dict[tuple[str, str], Members] = {}
        self._marks: dict[tuple[str, str], dict[Hashable, Key]] = {}
        self.version = 0  # rises with every change: what is compiled from a configuration is kept until then

    def copy(self) -> Configuration:
        return Configuration(self.rows)

    def table(self, name: str) -> dict[Key, Row]:
        return self.rows.get(name, {})

    def taken(self, name: str, what: str, mark: Callable[[Row], Hashable]) -> Mapping[Hashable, Key]:
        """What the rows of a type have that no other row may have: mark of a row -> its key. Made once, then kept."""
        if (name, what) not in self._marks:
            self._marks[name, what] = {mark(row): key for key, row in self.table(name).items()}
        return self._marks[name, what]

    def mark(self, name: str, what: str, mark: Hashable, key: Key) -> None:
        """A row that is about to be put: `taken` knows it from now on."""
        self._marks[name, what][mark] = key

    def put(self, name: str, key: Key, row: Row) -> None:
        if key in self.table(name):
            self._forget_marks(name)
        self.rows.setdefault(name, {})[key] = row
        self.version += 1

    def _forget_marks(self, name: str) -> None:
        for kept in [kept for kept in self._marks if kept[0] == name]:
            del self._marks[kept]

    def drop(self, name: str, key: Key) -> None:
        self._forget_marks(name)
        table = self.rows[name]
        del table[key]
        self._members.clear()
        if not table:
            del self.rows[name]  # so that two configurations with the same content are equal
        self.version += 1

    def find(self, type_: Type, name: str) -> Row | None:
        return self.table(type_.name).get((type_.fold(name),))

    def need(self, type_: Type, name: str, env: Environment) -> Row:
        row = self.find(type_, name)
        if row is None:
            raise missing(type_, name, env)
        return row

    # Features: nsfeature is a row like any other, so that it is saved and synchronised like the rest.

    def listed(self, name: str, attribute: str) -> list[str]:
        return list(self.table(name).get((), {}).get(attribute, ()))

    @property
    def features(self) -> list[str]:
        return self.listed("nsfeature", "feature")

    def switch(self, name: str, attribute: str, words: list[str], on: bool) -> None:
        present = self.listed(name, attribute)
        left = [word for word in present if word not in words]
        self.put(name, (), {attribute: [*present, *(word for word in words if word not in present)] if on else left})

    # Objects

    def create(self, type_: Type, payload: Row, env: Environment) -> Row:
        row = _checked(type_, payload, env)
        for attribute in type_.attributes:
            if attribute.required and attribute.name not in row:
                raise NitroError(1095, attribute.name)
        licence(type_, env)
        if type_.singleton:
            self._consistent(type_, row, None, env)
            self.put(type_.name, (), row)
            return row
        name = row[type_.key]
        if type_.named_in_expressions and type_.folded:
            if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
                raise NitroError(
                    1075, type_.key, name
                )  # command reference, policy patset: letter or _, then alphanumerics and _
            # One namespace for pattern sets, data sets and named expressions (command reference, policy patset).
            for other in ("policypatset", "policydataset", "policystringmap", "policyexpression"):
                if other != type_.name and self.find(TYPES[other], name):
                    raise NitroError(2854)
        elif not re.fullmatch(r"[A-Za-z0-9_][^\x00-\x1f\"'<>\\]*", name):
            raise NitroError(1075, type_.key, name)
        self._not_a_sibling(type_, name)
        if name in type_.always:
            raise NitroError(273, type_.key, name, status=409)
        if self.find(type_, name) is not None or name in type_.built_in:
            code = (
                env.switches["duplicate_responderaction_code"] if type_.name == "responderaction" else type_.duplicate
            )
            about = ("by a responder policy",) if code == 3094 else (type_.key, name) if code == 273 else ()
            raise NitroError(code, *about, status=409)
        self._consistent(type_, row, None, env)
        self.put(type_.name, (type_.fold(name),), row)
        return row

    def _not_a_sibling(self, type_: Type, name: str) -> None:
        """Services and service groups share their names (error list 432)."""
        sibling = {"service": "servicegroup", "servicegroup": "service"}.get(type_.name)
        if sibling and self.find(TYPES[sibling], name) is not None:
            raise NitroError(432)

    def update(self, type_: Type, payload: Row, env: Environment) -> None:
        changes = _checked(type_, payload, env)
        key: Key = ()
        if type_.key:
            name = changes.pop(type_.key, None)
            if name is None:
                raise NitroError(1095, type_.key)
            if name in type_.built_in:
                raise NitroError(537 if type_.name == "responderaction" else 2871)
            key = (type_.fold(name),)
            old = self.need(type_, name, env)
        else:
            old = self.table(type_.name).get((), {})
        licence(type_, env)
        for name_ in list(changes):
            if type_.by_name[name_].create_only:
                value = changes.pop(name_)
                if value != old.get(name_) and env.switches["immutable_update"] == "refused":
                    raise NitroError(278, name_)
                if not changes:
                    return
        if not changes:
            raise NitroError(431)
        row = {**old, **changes}
        self._consistent(type_, row, old, env)
        self.put(
            type_.name,
            key,
            {name: value for name, value in row.items() if not (value == "" and type_.by_name[name].can_unset)},
        )

    def unset(self, type_: Type, payload: Row, env: Environment) -> None:
        key: Key = ()
        names = [name for name in payload if name != type_.key]
        if type_.key:
            name = payload.get(type_.key)
            if name is None:
                raise NitroError(1095, type_.key)
            old = self.need(type_, str(name), env)
            key = (type_.fold(str(name)),)
        else:
            old = self.table(type_.name).get((), {})
        if not names:
            raise NitroError(431)
        for name in names:
            attribute = type_.by_name.get(name)
            if type_.name == "responderpolicy" and name in ("rule", "action"):
                raise NitroError(3110)
            if attribute is None or not attribute.can_unset:
                raise NitroError(1090, name)
        row = {name: value for name, value in old.items() if name not in names}
        if row or type_.key:
            self.put(type_.name, key, row)
        elif key in self.table(type_.name):
            self.drop(type_.name, key)

    def rename(self, type_: Type, payload: Row, env: Environment) -> None:
        for needed in (type_.key, "newname"):
            if not isinstance(payload.get(needed), str | int):
                raise NitroError(1095, needed)
        name, new = str(payload[type_.key]), str(payload["newname"])
        self.need(type_, name, env)
        if self.find(type_, new) is not None or new in type_.built_in:
            raise NitroError(
                type_.duplicate,
                *(("by a responder policy",) if type_.duplicate == 3094 else (type_.key, new)),
                status=409,
            )
        self._not_a_sibling(type_, new)
        if type_.named_in_expressions and any(True for _ in self._expressions_naming(type_, name)):
            raise NitroError(2852)
        self._forget_marks(type_.name)
        table = self.rows[type_.name]
        # In place, so that the order of creation stays.
        self.rows[type_.name] = {
            (type_.fold(new),) if key == (type_.fold(name),) else key: {**old, type_.key: new}
            if key == (type_.fold(name),)
            else old
            for key, old in table.items()
        }
        for entry in _namers(type_.name):
            for key, old in list(self.table(entry.name).items()):
                changed = {
                    attribute: new for attribute in _naming(entry, type_.name, old) if old.get(attribute) == name
                }
                if changed:
                    fresh = {**old, **changed}
                    new_key = _binding_key(entry, fresh) if isinstance(entry, Binding) else key
                    self.rows[entry.name] = {
                        new_key if k == key else k: fresh if k == key else r for k, r in self.rows[entry.name].items()
                    }
        self.version += 1

    def delete(self, type_: Type, name: str, env: Environment) -> None:
        if name in type_.built_in:
            raise NitroError(537 if type_.name == "responderaction" else 2871)
        self.need(type_, name, env)
        if name in type_.always:
            raise NitroError(359)
        code = type_.in_use
        if type_.name == "auditmessageaction":
            code = env.switches["auditmessageaction_in_use_code"]
        if type_.name == "responderpolicylabel":
            code = env.switches["label_in_use_code"]
        if type_.named_in_expressions and any(True for _ in self._expressions_naming(type_, name)):
            raise NitroError(2853)
        if any(True for _ in self.users(type_, name)):
            raise NitroError(code)
        for binding in BINDINGS.values():
            own = binding.parent_key if binding.parent == type_.name else ""
            if binding.link and binding.child == type_.name:  # a bound service may go, its bindings go with it
                own = binding.child_key
            for key, row in list(self.table(binding.name).items()) if own else ():
                if type_.fold(row[own]) == type_.fold(name):
                    self.drop(binding.name, key)
        self.drop(type_.name, (type_.fold(name),))

    def users(self, type_: Type, name: str) -> Iterator[tuple[str, Row]]:
        """The rows that name this object, its own members aside."""
        for entry in _namers(type_.name):
            for row in self.table(entry.name).values():
                for attribute in _naming(entry, type_.name, row):
                    own = isinstance(entry, Binding) and (
                        (entry.parent == type_.name and attribute == entry.parent_key)
                        or (entry.link and attribute == entry.child_key)
                    )
                    if row.get(attribute) == name and not own:
                        yield entry.name, row

    def _expressions_naming(self, type_: Type, name: str) -> Iterator[Row]:
        """The rows whose expressions name a set, a named expression or a vserver."""
        quoted = rf'"{re.escape(name)}"'
        # A named expression stands bare; sets and vservers are quoted arguments.
        bare = re.compile(rf'(?<![\w."\\]){re.escape(name)}(?![\w("])', re.IGNORECASE)
        argument = re.compile(rf"(?:_ANY|_INDEX|_STRING|_KEY|VSERVER)\s*\(\s*{quoted}", re.IGNORECASE)
        for entry in TYPES.values():
            fields = [attribute.name for attribute in entry.attributes if attribute.expression]
            for row in self.table(entry.name).values() if fields else ():
                for field in fields:
                    text = str(row.get(field, ""))
                    if (
                        argument.search(text)
                        if type_.name != "policyexpression"
                        else bare.search(re.sub(r'"(?:\\.|[^"\\])*"', '""', text))
                    ):
                        yield row

    def _consistent(self, type_: Type, row: Row, old: Row | None, env: Environment) -> None:
        """References, expressions, and what attributes ask of each other."""
        for attribute in type_.attributes:
            value = row.get(attribute.name)
            if value is None:
                continue
            if (
                attribute.refers
                and value not in attribute.built_in
                and not any(self.find(TYPES[name], value) for name in attribute.refers)
            ):
                raise NitroError(attribute.refers_code)
            if attribute.expression:
                env.check_expression(str(value), attribute.expression, self)
        if type_.name in CHECKS:  # the last word: what it marks as taken is put
            CHECKS[type_.name](self, row, old, env)

    # Bindings

    def bind(self, binding: Binding, payload: Row, env: Environment) -> None:
        row = _checked(binding, payload, env)
        if binding.parent:
            if binding.parent_key not in row:
                raise NitroError(1095, binding.parent_key)
            parent = TYPES[binding.parent]
            if row[binding.parent_key] in parent.built_in:
                raise NitroError(2871)
            licence(parent, env)
            row[binding.parent_key] = self.need(parent, row[binding.parent_key], env)[parent.key]
        if binding.child_key not in row:
            raise NitroError(1095, binding.child_key)
        if binding.link:
            self._check_link(binding, row, env)
        elif binding.child:
            self._check_policy_binding(binding, row, env)
        else:
            self._check_member(binding, row, env)
        self.put(binding.name, _binding_key(binding, row), row)

    def _check_policy_binding(self, binding: Binding, row: Row, env: Environment) -> None:
        if row[binding.child_key] != "NOPOLICY":
            self.need(TYPES[binding.child], row[binding.child_key], env)
        elif not row.get("invoke"):
            raise NitroError(1093, "policyName, invoke")
        if "priority" not in row:
            raise NitroError(3090)
        if binding.point:
            row.setdefault(binding.point, binding.point_default)
        goto = row.setdefault("gotopriorityexpression", "END")
        if goto.upper() in ("NEXT", "END", "USE_INVOCATION_RESULT"):
            row["gotopriorityexpression"] = goto = goto.upper()
        else:  # a priority, or an expression that yields one (command reference, bind responder global)
            env.check_expression(goto, "number", self)
        if goto == "USE_INVOCATION_RESULT" and not row.get("invoke"):
            raise NitroError(3097)
        self._check_invocation(row, row.get(binding.invoked), env)
        target = row.get("targetlbvserver")
        if target is not None:
            self.need(TYPES["lbvserver"], target, env)
        for other in self._bank(binding, row):
            if other["priority"] == row["priority"]:
                raise NitroError(3041, status=env.switches["priority_taken_status"])
            twice = env.switches["policy_bound_twice"]
            if (
                other[binding.child_key] == row[binding.child_key] != "NOPOLICY"
                and twice != "accepted"
                and (binding.parent or twice == "refused")
            ):
                raise NitroError(3118)

    def _check_link(self, binding: Binding, row: Row, env: Environment) -> None:
        child = TYPES.get(binding.child)
        if child is not None:
            row[binding.child_key] = self.need(child, row[binding.child_key], env)[child.key]
        if _binding_key(binding, row) in self.table(binding.name):
            raise NitroError(273, binding.child_key, row[binding.child_key])

    def _check_invocation(self, row: Row, label: str | None, env: Environment) -> None:
        if not row.get("invoke"):
            return
        if not row.get("labeltype") or not label:
            raise NitroError(1093, "invoke, labelType, labelName")
        kind = str(row["labeltype"]).lower()
        if kind == "policylabel":
            self.need(TYPES["responderpolicylabel"], label, env)
        elif kind.endswith("vserver"):
            if not any(self.find(TYPES[name], label) for name in VSERVER_TYPES):
                raise NitroError(258, "name", label)
        else:
            raise NitroError(1097, "labelType", row["labeltype"])

    def _bank(self, binding: Binding, row: Row) -> list[Row]:
        return [
            other
            for other in self.table(binding.name).values()
            if other.get(binding.parent_key) == row.get(binding.parent_key)
            and other.get(binding.point) == row.get(binding.point)
        ]

    def _check_member(self, binding: Binding, row: Row, env: Environment) -> None:
        name = row[binding.parent_key]
        members = self._members.get((binding.name, name))
        if members is None:
            kind = str(self.need(TYPES[binding.parent], name, env).get("type", ""))
            present = [other for other in self.table(binding.name).values() if other[binding.parent_key] == name]
            members = self._members[binding.name, name] = Members(kind, present)
        members.take(row, env.switches)

    def unbind(self, binding: Binding, parent: str, args: Mapping[str, str], env: Environment) -> None:
        if binding.parent:
            if not parent:
                raise NitroError(1095, binding.parent_key)
            self.need(TYPES[binding.parent], parent, env)
        # Some clients say the parent twice, in the path and among the args (nsnitro of PyPI); it has to be the same.
        known = {arg.lower() for arg in (*binding.unbind_args, binding.parent_key)}
        if any(name.lower() not in known for name in args) or (
            binding.parent and args.get(binding.parent_key, parent) != parent
        ):
            raise NitroError(278)  # wrong args on a binding: Terraform provider issue 1091
        given = {arg: args[name] for arg in binding.unbind_args for name in args if name.lower() == arg.lower()}
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
            rows = {
                key: row
                for key, row in rows.items()
                if all(str(row.get(name, "")) == value for name, value in given.items())
            }
            if not rows:
                raise NitroError(258, binding.child_key, child)
        else:
            rows = self._unbound_policy(binding, child, given, rows, env)
        for key in rows:
            self.drop(binding.name, key)

    def _unbind_member(self, binding: Binding, parent: str, value: str, end: str, env: Environment) -> None:
        """One entry of a set, found by its key: thousands are removed in one call."""
        name = self.need(TYPES[binding.parent], parent, env)[TYPES[binding.parent].key]
        key = (name, value, end)
        if key not in self.table(binding.name):
            raise NitroError(2822)
        self.drop(binding.name, key)

    def _unbound_policy(
        self, binding: Binding, child: str, given: Mapping[str, str], rows: dict[Key, Row], env: Environment
    ) -> dict[Key, Row]:
        if child != "NOPOLICY":
            self.need(TYPES[binding.child], child, env)
        point = given.get(binding.point) if binding.point else None
        if point is not None:
            point = binding.by_name[binding.point].coerce(point)
            rows = {key: row for key, row in rows.items() if row[binding.point] == point}
        elif len({row.get(binding.point) for row in rows.values()}) > 1:
            raise NitroError(3836)
        # DELETE of a global binding ignores the priority (collection issue 378); unbind's priority is meant for NOPOLICY (command reference).
        ignored = not binding.parent and env.switches["global_delete_ignores_priority"] and child != "NOPOLICY"
        if "priority" in given and not ignored:
            priority = binding.by_name["priority"].coerce(given["priority"])
            rows = {key: row for key, row in rows.items() if row["priority"] == priority}
        if not rows:
            raise NitroError(3104 if binding.parent == "responderpolicylabel" else 2097)
        return rows


def missing(type_: Type, name: str, env: Environment) -> NitroError:
    code = type_.missing
    if type_.name == "responderaction":
        code = env.switches["missing_responderaction_code"]
    elif type_.name in ("nsacl", "nsacl6"):
        code = env.switches["missing_nsacl_code"]
    return NitroError(code, *((type_.key, name) if code == 258 else ()))


def licence(type_: Type, env: Environment) -> None:
    # Configuring without a licence: error list 356.
    if type_.feature and FEATURES[type_.feature] not in env.licensed:
        raise NitroError(356, type_.feature)


def _checked(entry: Type | Binding, payload: Row, env: Environment) -> Row:
    """The payload's attributes, known and typed. Keys are taken in any case (NITRO replies capitalise String, clients don't)."""
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


@cache
def _namers(type_name: str) -> tuple[Type | Binding, ...]:
    """The types and bindings whose rows can name an object of a type."""
    return tuple(entry for entry in ENTRIES if any(_naming(entry, type_name, row) for row in _INVOKING))


# What a binding may invoke.
_INVOKING: tuple[Row, ...] = tuple({"invoke": True, "labeltype": kind} for kind in ("policylabel", "vserver"))


def _naming(entry: Type | Binding, type_name: str, row: Row) -> tuple[str, ...]:
    """The attributes of a row that name objects of a type."""
    names = _referring(entry.name, type_name)
    if isinstance(entry, Binding) and row.get("invoke"):
        label = str(row.get("labeltype", "")).lower()
        if (type_name == "responderpolicylabel" and label == "policylabel") or (
            type_name.endswith("vserver") and label.endswith("vserver")
        ):
            return (*names, entry.invoked)
    return names


@cache
def _referring(entry_name: str, type_name: str) -> tuple[str, ...]:
    """The attributes of a type or binding that always name objects of another type."""
    entry = TYPES.get(entry_name) or BINDINGS[entry_name]
    names = [attribute.name for attribute in entry.attributes if type_name in attribute.refers]
    if isinstance(entry, Binding) and entry.parent == type_name:
        names.insert(0, entry.parent_key)
    if isinstance(entry, Binding) and entry.child == type_name:
        names.insert(0, entry.child_key)
    return tuple(names)


def _binding_key(binding: Binding, row: Row) -> Key:
    """What makes a binding itself: parent, child, bind point and priority; of a member its value."""
    parts = [str(row.get(binding.parent_key, "")), str(row[binding.child_key])]
    if binding.link:
        parts += [str(row.get(name, "")) for name in binding.unbind_args[1:]]
    elif binding.child:
        parts += [str(row.get(binding.point, "")), str(row["priority"])]
    else:
        parts.append(str(row.get("endrange", "")))
    return tuple(parts)
