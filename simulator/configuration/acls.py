# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The ACLs of a configuration and the look-up table that apply makes of them.

Extended ACLs are committed in two steps: add, set and rm edit the configuration only, apply makes the look-up table that filters
packets (command reference, ns acls; product docs, extended ACLs). The table is kept beside the configuration, so that it is
propagated, synchronised, saved and rolled back with it. Simple ACLs take effect at once and are evaluated first (product docs).
"""

from __future__ import annotations

from typing import TypeVar

from simulator.configuration.acl_checks import ttl_counts
from simulator.configuration.environment import Environment
from simulator.configuration.rows import Rows
from simulator.configuration.set_entries import bounds
from simulator.types import Row

AnyRows = TypeVar("AnyRows", bound=Rows)
Bounds = tuple[tuple[int, int], ...]
EXTENDED = {"nsacl": "aclname", "nsacl6": "acl6name"}
SIMPLE = {"nssimpleacl": "srcip", "nssimpleacl6": "srcipv6"}
ACTIONS = {"nsacl": "aclaction", "nsacl6": "acl6action"}
DATASETS = {
    "srcip": "srcipdataset",
    "destip": "destipdataset",
    "srcport": "srcportdataset",
    "destport": "destportdataset",
}


def kernel(name: str) -> str:
    """Return the name of the table that holds the applied ACLs of a type."""
    return f"_{name}"


TABLES = (*SIMPLE, *EXTENDED, *map(kernel, EXTENDED))


def apply(configuration: Rows, name: str, env: Environment, kind: str | None = None) -> None:
    """Make the look-up table of all ACLs of a kind (CLASSIC or DFD; None: both) again."""
    table = kernel(name)
    for key, row in list(configuration.table(table).items()):
        if kind in (None, row.get("type", "CLASSIC")):
            configuration.drop(table, key)
    for key, row in list(configuration.table(name).items()):
        if kind in (None, row.get("type", "CLASSIC")):
            apply_one(configuration, name, key, env)


def apply_one(configuration: Rows, name: str, key: tuple[str, ...], env: Environment) -> None:
    """Apply one ACL; a line of ns.conf with an applied kernelstate does the same."""
    row = configuration.table(name)[key]
    if "ttl" in row and "_expires" not in row and ttl_counts(name, env):  # its ttl starts now: switch acl_ttl_clock
        row = {**row, "_expires": env.now() + row["ttl"]}
        configuration.put(name, key, row)
    configuration.put(kernel(name), key, _applied(configuration, row))


def _applied(configuration: Rows, row: Row) -> Row:
    members = {name: dataset_ranges(configuration, row[name]) for name in DATASETS.values() if name in row}
    return {**row, "_members": members} if members else dict(row)


def dataset_ranges(configuration: Rows, dataset: str) -> Bounds:
    kinds = {row["name"].lower(): row["type"] for row in configuration.table("policydataset").values()}
    return tuple(
        bounds(kinds[dataset.lower()], row)
        for row in configuration.table("policydataset_value_binding").values()
        if row["name"].lower() == dataset.lower()
    )


def kernel_state(configuration: Rows, name: str, row: Row) -> str:
    """Return NOTAPPLIED, APPLIED or RE-APPLY: changed since the last apply (NITRO reference, kernelstate; the meaning of each is inferred)."""
    applied = configuration.table(kernel(name)).get((row[EXTENDED[name]],))
    if applied is None:
        return "NOTAPPLIED"
    return "APPLIED" if {key: value for key, value in applied.items() if key != "_members"} == row else "RE-APPLY"


def clear(configuration: Rows, name: str) -> None:
    """Remove all ACLs of a type; no apply is needed (command reference, clear ns acls)."""
    for table in (name, kernel(name)):
        for key in list(configuration.table(table)):
            configuration.drop(table, key)


def renumber(configuration: Rows, name: str, how: str, highest: int) -> None:
    """Give the ACLs priorities that are multiples of 10; the example of the command reference makes 20 and 30 of 2 and 3."""
    rows = sorted(configuration.table(name).items(), key=lambda item: item[1]["priority"])
    times_ten = how == "times_ten" and all(row["priority"] * 10 <= highest for _, row in rows)
    for place, (key, row) in enumerate(rows, 1):
        configuration.put(name, key, {**row, "priority": row["priority"] * 10 if times_ten else place * 10})


def drop_unapplied_changes(configuration: Rows) -> None:
    """Drop at a boot the applied ACLs that were changed or removed: ns.conf states only whether the current ACL was applied."""
    for name, key_name in EXTENDED.items():
        for key, row in list(configuration.table(kernel(name)).items()):
            current = configuration.table(name).get((row[key_name],))
            if current is None or kernel_state(configuration, name, current) != "APPLIED":
                configuration.drop(kernel(name), key)


def without_temporary_acls(configuration: AnyRows, extended_too: bool) -> AnyRows:
    """Return a copy for saving: simple ACLs with a ttl are not saved (product docs, simple ACLs)."""
    saved = configuration.copy()
    for name in (*SIMPLE, *(() if extended_too else EXTENDED)):
        for table in (name, kernel(name)):
            for key, row in list(saved.table(table).items()):
                if "ttl" in row:
                    saved.drop(table, key)
    return saved
