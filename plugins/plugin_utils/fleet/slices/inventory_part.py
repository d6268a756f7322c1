# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The part of the inventory that an execution node gets: its own appliances with their groups and variables, and no secret. Pure.

``ansible-inventory --list --export`` gives the whole, with the values as they are written: a lookup is not evaluated, a value of
``ansible-vault encrypt_string`` stays encrypted, and one that is ``!unsafe`` stays so. Each of them means the same when Ansible reads the part.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .confidential_variables import require_no_secret

ALL, META = "all", "_meta"
KEPT_HERE = (
    *("tourniquet_execution_nodes", "tourniquet_notify", "tourniquet_report", "tourniquet_customers"),
    *("rollout_canary", "rollout_waves", "rollout_bake_seconds", "rollout_max_failed", "rollout_profile"),
    *("accept_unreachable", "accept_refused", "records", "tourniquet_record_key"),
)
"""The variables that only the controller uses."""
Export = Mapping[str, Any]


@dataclass(frozen=True)
class Membership:
    """Who is in which group, worked out once: each part of the inventory then costs what is in it, however large the whole is.

    :ivar number: of each group, in the order of the export
    :ivar of: by host, its groups with those above them
    :ivar own: by host, the groups that name it
    :ivar above: by group, the groups that name it
    """

    number: Mapping[str, int]
    of: Mapping[str, Collection[str]]
    own: Mapping[str, Collection[str]]
    above: Mapping[str, Collection[str]]

    @classmethod
    def by(cls, export: Export) -> Membership:
        """Return that of an export."""
        groups = {name: group for name, group in export.items() if name not in (ALL, META)}
        every = {name: hosts for name, hosts in members(export).items() if name != ALL}
        return cls(
            {name: number for number, name in enumerate(every)},
            _turned(every),
            _turned({name: group.get("hosts", ()) for name, group in groups.items()}),
            _turned({name: group.get("children", ()) for name, group in groups.items()}),
        )

    def groups_of(self, hosts: Iterable[str]) -> list[str]:
        """Return the groups with at least one of these hosts."""
        return sorted({name for host in hosts for name in self.of.get(host, ())}, key=self.number.__getitem__)


def _turned(groups: Mapping[str, Iterable[str]]) -> dict[str, set[str]]:
    """Return by member the names of its groups."""
    found: dict[str, set[str]] = {}
    for name, group in groups.items():
        for member in group:
            found.setdefault(member, set()).add(name)
    return found


def part_of(
    export: Export, hosts: Collection[str], more: Mapping[str, Any], membership: Membership | None = None
) -> dict[str, Any]:
    """Return the inventory of a slice, as the YAML plugin of Ansible reads it.

    :param export: of ``ansible-inventory --list --export``
    :param more: variables of all hosts
    :param membership: of the export; None where it is not known yet
    :raises InvalidInput: naming the appliance or group, and the variable, where a secret would travel
    """
    known = membership or Membership.by(export)
    variables = export.get(META, {}).get("hostvars", {})
    groups = known.groups_of(hosts)
    require_no_secret(_places(export, hosts, groups))
    whole = {**_kept(export.get(ALL, {}).get("vars", {})), **more}
    children = {name: _group(export, name, hosts, groups, known) for name in groups}
    return {
        ALL: {"hosts": {host: _kept(variables.get(host, {})) for host in hosts}, "vars": whole, "children": children}
    }


def require_no_secret_travels(export: Export, hosts: Collection[str], extra: Mapping[str, Any]) -> None:
    """Check that no secret travels with the jobs of some appliances.

    :param extra: the variables of the command line
    :raises InvalidInput: naming the appliance or group, and the variable
    """
    groups = Membership.by(export).groups_of(hosts)
    require_no_secret({**_places(export, hosts, groups), "-e": _kept(extra)})


def _places(export: Export, hosts: Collection[str], names: Iterable[str]) -> dict[str, Mapping[str, Any]]:
    """Return the variables that go to a node, by where they stand.

    :param names: of the groups
    """
    variables = export.get(META, {}).get("hostvars", {})
    groups = {f"the group {name}": export.get(name, {}) for name in [ALL, *names]}
    return {
        **{host: _kept(variables[host]) for host in hosts if host in variables},
        **{place: _kept(group.get("vars", {})) for place, group in groups.items()},
    }


def members(export: Export) -> dict[str, frozenset[str]]:
    """Return the hosts of each group, those of its child groups among them."""
    found: dict[str, frozenset[str]] = {}

    def hosts_of(name: str, above: Sequence[str]) -> frozenset[str]:
        if name in above:  # Ansible has no such inventory
            return frozenset()
        if name not in found:
            group = export.get(name, {})
            below = [hosts_of(child, [*above, name]) for child in group.get("children", ())]
            found[name] = frozenset(group.get("hosts", ())).union(*below)
        return found[name]

    for name in export:
        if name != META:
            hosts_of(name, [])
    return found


def _group(export: Export, name: str, hosts: Iterable[str], groups: Iterable[str], known: Membership) -> dict[str, Any]:
    return {
        "hosts": dict.fromkeys(host for host in hosts if name in known.own.get(host, ())),
        "vars": _kept(export[name].get("vars", {})),
        "children": dict.fromkeys(child for child in groups if name in known.above.get(child, ())),
    }


def _kept(variables: Mapping[str, Any]) -> dict[str, Any]:
    return dict(_pairs(variables))


def _pairs(variables: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    return ((name, value) for name, value in variables.items() if name not in KEPT_HERE)
