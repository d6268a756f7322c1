# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Finds what customers of a run have on shared appliances that the run does not take: a group such as customer_smit has the appliances of Smit alone.

In: the variables of all hosts, as Ansible has them. Out: sentences for the page of the fleet. Nothing is sent.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..foundation.counted import counted
from ..foundation.folded_names import folded
from ..foundation.foreign_text import printable

OWN, PARTITIONS, VSERVERS = "netscaler_customer", "netscaler_partition_customers", "netscaler_vserver_customers"
MARK = "NOT IN THIS RUN"
MOST_SHOWN = 5
"""So many appliances or parts are named in a sentence."""


@dataclass(frozen=True)
class Elsewhere:
    """What a customer has beside the run.

    :ivar places: by appliance, the admin partitions and virtual servers of the customer
    :ivar is_whole: the run takes all appliances whose own customer this is, and no other, so that the customer as a whole was meant
    """

    customer: str
    places: Mapping[str, tuple[str, ...]]
    is_whole: bool

    def text(self) -> str:
        """Return it as a sentence, with the option that takes all of the customer."""
        where = [f"{host} ({folded(parts, MOST_SHOWN)})" for host, parts in sorted(self.places.items())]
        more = f" and {counted(len(where) - MOST_SHOWN, 'more appliance')}" if len(where) > MOST_SHOWN else ""
        return printable(
            f"{self.customer} also has {', '.join(where[:MOST_SHOWN])}{more}, which stays as it is. {self._all_of_it()}"
        )

    def text_at(self, host: str) -> str:
        """Return it as a sentence about one of these appliances."""
        return printable(
            f"{MARK}: {folded(self.places[host], MOST_SHOWN)} of {self.customer} stays as it is. {self._all_of_it()}"
        )

    def _all_of_it(self) -> str:
        option = json.dumps({"customers": [self.customer]}, ensure_ascii=False)
        return f"All of this customer: -e {shlex.quote(option)} in place of target and --limit"


def customers_elsewhere(hosts: Iterable[str], hostvars: Mapping[str, Any], inventory: Iterable[str]) -> list[Elsewhere]:
    """Return what the customers of the appliances of a run have on other, shared appliances.

    :param hosts: of the run
    :param hostvars: by host, its variables
    :param inventory: the names of all hosts
    """
    taken, every = set(hosts), list(inventory)
    own = {host: str(_value(hostvars, host, OWN) or "") for host in every}
    chosen = dict.fromkeys(own[host] for host in every if host in taken and own[host])
    shared = {host: _parts(hostvars, host) for host in every if host not in taken}
    found = []
    for customer in chosen:
        parts = {
            host: tuple(names) for host, by in shared.items() if own[host] != customer and (names := by.get(customer))
        }
        is_whole = {host for host, name in own.items() if name == customer} == taken
        found += [Elsewhere(customer, parts, is_whole)] if parts else []
    return found


def _parts(hostvars: Mapping[str, Any], host: str) -> dict[str, list[str]]:
    """Return by customer the admin partitions and virtual servers that are assigned to it on an appliance."""
    found: dict[str, list[str]] = {}
    for variable, kind in ((PARTITIONS, "partition "), (VSERVERS, "")):
        value = _value(hostvars, host, variable)
        for name, customer in value.items() if isinstance(value, Mapping) else ():
            found.setdefault(str(customer), []).append(f"{kind}{name}")
    return found


def _value(hostvars: Mapping[str, Any], host: str, name: str) -> Any:
    """Return a variable of a host; None where it is not set."""
    return hostvars.get(host, {}).get(name)
