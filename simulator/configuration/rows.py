# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The rows of one configuration, with version numbers and indexes over them.

Rows are never changed in place: an operation checks everything first and then replaces rows. So a copy of a configuration is a copy of
its dictionaries, a failed operation leaves nothing behind, and a sync, a save or a rollback is one copy.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Self

from simulator.configuration.environment import Environment, Key
from simulator.types import VSERVER_TYPES, Row, Type
from simulator.types.errors import NitroError
from simulator.types.ssl_vservers import CERTIFICATE_BINDING

_PLACES = frozenset({*VSERVER_TYPES, "nspartition", CERTIFICATE_BINDING})
_ACLS = ("nssimpleacl", "nssimpleacl6", "nsacl", "nsacl6")
# ACLs with their applied rules, and the data sets that they may name.
_FILTERS = frozenset({*_ACLS, *(f"_{name}" for name in _ACLS), "policydataset", "policydataset_value_binding"})


class Rows:
    """The rows of objects and bindings: name of the type -> key -> row."""

    def __init__(self, rows: Mapping[str, Mapping[Key, Row]] | None = None) -> None:
        self.rows: dict[str, dict[Key, Row]] = {name: dict(table) for name, table in (rows or {}).items()}
        self._marks: dict[tuple[str, str], dict[Hashable, Key]] = {}
        self.version = 0  # increases with every change; compiled expressions are kept for one version
        self.places = 0  # increases with every change of virtual servers, their certificates, or partitions
        self.filters = 0  # increases with every change of ACLs or of data sets that they may name

    def copy(self) -> Self:
        return type(self)(self.rows)

    def table(self, name: str) -> dict[Key, Row]:
        return self.rows.get(name, {})

    def taken(self, name: str, what: str, mark: Callable[[Row], Hashable]) -> Mapping[Hashable, Key]:
        """Return the values that only one row of a type may have: value -> key of the row. The index is made once and kept."""
        if (name, what) not in self._marks:
            self._marks[name, what] = {mark(row): key for key, row in self.table(name).items()}
        return self._marks[name, what]

    def mark(self, name: str, what: str, mark: Hashable, key: Key) -> None:
        """Add a row that is about to be put to the index of `taken`."""
        self._marks[name, what][mark] = key

    def put(self, name: str, key: Key, row: Row) -> None:
        if key in self.table(name):
            self.forget_marks(name)
        self.rows.setdefault(name, {})[key] = row
        self.changed(name)

    def forget_marks(self, name: str) -> None:
        for kept in [kept for kept in self._marks if kept[0] == name]:
            del self._marks[kept]

    def drop(self, name: str, key: Key) -> None:
        self.forget_marks(name)
        table = self.rows[name]
        del table[key]
        if not table:
            del self.rows[name]  # so that two configurations with the same content are equal
        self.changed(name)

    def changed(self, name: str) -> None:
        self.version += 1
        if name in _PLACES:
            self.places += 1
        if name in _FILTERS:
            self.filters += 1

    def find(self, type_: Type, name: str) -> Row | None:
        row = self.table(type_.name).get((type_.fold(name),))
        if row is None and type_.of and any(type_.accompanies(owner) for owner in self.owners(type_, name)):
            return {type_.key: name}
        if row is None and type_.initial and name in type_.initial:
            return {type_.key: name, **type_.initial[name]}
        return row

    def owners(self, type_: Type, name: str) -> list[Row]:
        """Return the objects of that name that an object of this type may belong to."""
        return [owner for table in type_.of if (owner := self.table(table).get((name,))) is not None]

    def need(self, type_: Type, name: str, env: Environment) -> Row:
        row = self.find(type_, name)
        if row is None:
            raise NitroError(1544) if self.owners(type_, name) else missing(type_, name, env)
        return row

    # Features: nsfeature is a row like others, so it is saved and synchronised with them.

    def listed(self, name: str, attribute: str) -> list[str]:
        return list(self.table(name).get((), {}).get(attribute, ()))

    @property
    def features(self) -> list[str]:
        row = self.rows.get("nsfeature", {}).get(())
        return row["feature"] if row else []

    def switch(self, name: str, attribute: str, words: list[str], on: bool) -> None:
        present = self.listed(name, attribute)
        left = [word for word in present if word not in words]
        self.put(name, (), {attribute: [*present, *(word for word in words if word not in present)] if on else left})


def missing(type_: Type, name: str, env: Environment) -> NitroError:
    code = type_.missing
    if type_.name == "responderaction":
        code = env.switches["missing_responderaction_code"]
    elif type_.name in ("nsacl", "nsacl6"):
        code = env.switches["missing_nsacl_code"]
    return NitroError(code, *((type_.key, name) if code == 258 else ()))
