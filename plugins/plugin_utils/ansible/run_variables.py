# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Variables of the inventory that are about a whole run, as a callback looks them up: where its report goes, and who is told."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from ansible.errors import AnsibleError
from ansible.template import Templar

REPORT, NOTIFY = "tourniquet_report", "tourniquet_notify"


class RunVariables:
    """Looks variables up for the hosts of the plays of a run.

    :ivar problems: the variables that could not be looked up, as sentences without their values
    """

    def __init__(self) -> None:
        self._play: Any = None
        self._first: Any = None
        self.problems: list[str] = []

    def add_play(self, play: Any) -> None:
        """Take a play that begins. The first one with hosts counts: later ones may have only those of a wave."""
        hosts = [] if self._play is not None else _inventory(play).get_hosts(play.hosts)
        if hosts:
            self._play, self._first = play, hosts[0]

    def value(self, name: str) -> Any:
        """Return the value at the first appliance of the run; None where it is not set."""
        return None if self._play is None else self._of(self._first, name).get(name)

    def by_host(self, name: str, hosts: Iterable[str]) -> dict[str, Any]:
        """Return the values by host, without the hosts that do not have the variable."""
        found = {host.get_name(): self._of(host, name) for host in self._hosts(hosts)}
        return {host: values[name] for host, values in found.items() if values}

    @property
    def inventory(self) -> str:
        """The files and directories of the inventory as a fingerprint; "" before a play with hosts began."""
        return sha256("\n".join(os.path.realpath(source) for source in self.sources).encode()).hexdigest()

    @property
    def sources(self) -> list[str]:
        """The files and directories of the inventory; none before a play with hosts began."""
        sources = [] if self._play is None else _inventory(self._play)._sources or []  # noqa: SLF001 - as below
        return [str(source) for source in sources]

    @property
    def inventory_of_run(self) -> Any:
        """Return that of Ansible; None before a play with hosts began."""
        return None if self._play is None else _inventory(self._play)

    def of_the_whole_inventory(self, name: str) -> dict[str, Any]:
        """Return the values by host, for each host of the inventory that is in a group; None where it is not set."""
        hosts = [] if self._play is None else [host.get_name() for host in _inventory(self._play).get_hosts("all")]
        return {**dict.fromkeys(hosts), **self.by_host(name, hosts)}

    def by_groups(self, name: str, hosts: Iterable[str]) -> dict[str, Any]:
        """Return the same for a variable of groups: it is looked for at one host of those that are in the same groups.

        Putting the variables of one host together takes about a millisecond. Where that host has the variable, each host has a value of its own: one
        that stands in host_vars, or is made of other variables of a host, must not count for another customer.
        """
        alike: dict[tuple[str, ...], list[Any]] = {}
        for host in self._hosts(hosts):
            alike.setdefault(tuple(sorted(group.name for group in host.get_groups())), []).append(host)
        found = [(own, self._of(own[0], name)) for own in alike.values()]
        return {
            host.get_name(): values[name]
            for own, first in found
            if first
            for host, values in zip(own, [first, *(self._of(host, name) for host in own[1:])], strict=True)
            if values
        }

    def _hosts(self, names: Iterable[str]) -> list[Any]:
        if self._play is None:
            return []
        inventory = _inventory(self._play)
        return [host for name in names if (host := inventory.get_host(name)) is not None]

    def _of(self, host: Any, name: str) -> dict[str, Any]:
        """Return the variable of a host with its value; nothing where it is not set, or cannot be evaluated."""
        variables = self._play.get_variable_manager().get_vars(play=self._play, host=host)
        if name not in variables:
            return {}
        templar = Templar(loader=self._play.get_loader(), variables=variables)
        try:
            # As JSON, the value has the types of Python alone.
            return {name: json.loads(json.dumps(templar.template(variables[name])))}
        except (AnsibleError, TypeError, ValueError) as error:
            # The message could contain a secret; its type does not.
            self.problems.append(
                f"the variable {name} cannot be evaluated for {host.get_name()} ({type(error).__name__}), so it was not used"
            )
            return {}


def _inventory(play: Any) -> Any:
    return play.get_variable_manager()._inventory  # noqa: SLF001 - Ansible has no public way to it
