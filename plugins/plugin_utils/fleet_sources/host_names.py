# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The host names of a list: safe as a name, a pattern and a file name, and each the name of one appliance. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from ..foundation.errors import InvalidInput
from .listed_appliance import ListedAppliance
from .problems import Problems

LONGEST_NAME = 100
RESERVED = frozenset({"all", "ungrouped", "localhost"})
_OTHER = re.compile(r"[^A-Za-z0-9_.-]+")
_RUN = re.compile(r"-{2,}")
_GROUP = re.compile(r"[^A-Za-z0-9_]")


def safe_name(text: str) -> str:
    """Return a text as a host name: ASCII letters, digits, ``_``, ``.`` and ``-``; "" where none of its characters can be kept.

    Accents are left out, and what else cannot be kept becomes one ``-``. The result can be a file name, a pattern of Ansible, and an argument.
    """
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return _RUN.sub("-", _OTHER.sub("-", plain)).strip("-._")[:LONGEST_NAME].rstrip("-._")


def safe_group(prefix: str, text: str) -> str:
    """Return the name of the group of a customer or a site, as Ansible makes it for a keyed group."""
    return _GROUP.sub("_", f"{prefix}_{text}")


def named(entries: Iterable[ListedAppliance], group: str) -> dict[str, ListedAppliance]:
    """Return the entries by host name.

    :param group: the name of the group of all of them
    :raises InvalidInput: where an entry has a problem, two have the same name or address, or two customers or sites the same group
    """
    problems = Problems()
    hosts: dict[str, ListedAppliance] = {}
    by_name: dict[str, str] = {}
    by_address: dict[str, ListedAppliance] = {}
    entries = list(entries)
    reserved = {*RESERVED, group.casefold(), *_groups(entries)}
    for entry in entries:
        try:
            nodes = entry.checked_nodes()
        except InvalidInput as error:
            problems.add(entry.where, str(error))
            continue
        for node in map(str, nodes):
            other = by_address.setdefault(node.lower(), entry)
            if other is not entry:
                problems.add(
                    entry.where, f"{node} is a node in {other.where} too. An HA pair is one entry, with both addresses."
                )
        host = safe_name(entry.name) or safe_name(entry.nodes[0])
        other_name = by_name.setdefault(host.casefold(), host)
        if host in hosts or other_name != host:
            first = hosts[other_name]
            problems.add(
                entry.where,
                f"{entry.name!r} has the host name {host}, which {first.name!r} in {first.where} has too. Give one of them another name.",
            )
        elif host.casefold() in reserved:
            problems.add(
                entry.where, f"{host} has a meaning of its own in an inventory. Give the appliance another name."
            )
        else:
            hosts[host] = entry
    for problem in _shared_groups(entries):
        problems.add(*problem)
    problems.raise_if_any()
    return hosts


def _groups(entries: Iterable[ListedAppliance]) -> set[str]:
    """Return the groups of all customers and sites: a host of that name would be in the run of each customer or site that is named."""
    return {
        safe_group(prefix, text).casefold()
        for entry in entries
        for prefix, text in (("customer", entry.customer), ("site", entry.site))
        if text
    }


def _shared_groups(entries: Iterable[ListedAppliance]) -> Iterator[tuple[str, str]]:
    """Yield a problem for each customer or site whose group would be that of another: the variables of one would count for both."""
    seen: dict[str, str] = {}
    for entry in entries:
        for prefix, text in (("customer", entry.customer), ("site", entry.site)):
            if text:
                group = safe_group(prefix, text)
                other = seen.setdefault(group.casefold(), text)
                if other != text:
                    seen[group.casefold()] = text
                    yield (
                        entry.where,
                        f"the {prefix}s {other!r} and {text!r} would share the group {group}. Write one name for one {prefix}.",
                    )
