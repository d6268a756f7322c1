# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Refuses a run that would look at no appliance, or at others than its command says.

Ansible only warns of a pattern that matches nothing, skips a play without hosts, and ends with exit code 0. The lookup ``appliances`` calls this
module when a playbook begins.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError
from ansible.inventory.manager import InventoryManager, split_host_pattern
from ansible.parsing.dataloader import DataLoader

from ..fleet.slices.other_version import version_refusal
from ..foundation.collection_version import PROJECT, collection_version
from ..foundation.errors import InvalidInput
from ..foundation.foreign_text import printable
from ..foundation.host_patterns import exact_pattern

MOST_SHOWN = 10
TARGET, LIMIT = "-e target=...", "--limit"
TEMPLATES = ("{{", "{%", "{#")
VERSION = "tourniquet_version"
"""The variable by which the controller of slices says which version of this collection it has."""


@dataclass(frozen=True)
class ChosenAppliances:
    """The choice of a command line.

    :ivar inventory: all hosts and groups, with the limit
    :ivar sources: what ``-i`` names, or the default of the configuration
    :ivar target: the patterns of the play
    :ivar limit: the value of ``--limit``, or ""
    """

    inventory: InventoryManager
    sources: Sequence[str]
    target: Sequence[str]
    limit: str = ""

    def patterns(self) -> list[str]:
        """Return the patterns of the play, after all checks.

        :raises InvalidInput: where a pattern matches nothing, no appliance is chosen, or a name cannot be used
        """
        if not self.inventory.hosts:
            raise self._refused("has no host", "Name the inventory of your appliances with -i.")
        target, limit = [*self._single(self.target)], [*self._single(_lines(self.limit))]
        for patterns, option in ((target, TARGET), (limit, LIMIT)):
            for pattern in patterns:
                self._require_match(pattern, option)
        found = [exact_pattern(name) if name in self.inventory.hosts else name for name in self.target]
        chosen = self._require_any(found)
        # A host with the name of a group takes its place in a pattern, and hides its hosts.
        groups = [self.inventory.groups[name] for name in (*target, *limit) if name in self.inventory.groups]
        hidden = [host.name for group in groups for host in group.get_hosts()]
        self._require_names(dict.fromkeys((*chosen, *hidden)))
        return found

    def _single(self, patterns: Iterable[str]) -> Iterator[str]:
        """Return the patterns one by one. The name of a host is not divided."""
        for pattern in patterns:
            yield from [pattern] if pattern in self.inventory.hosts else split_host_pattern(pattern)

    def _require_match(self, pattern: str, option: str) -> None:
        name = pattern.lstrip("!&")
        if name in self.inventory.hosts or self._hosts([name]):
            return
        if name in self.inventory.groups:
            raise self._refused(f"has no host in the group {printable(name)}", self._correction(option))
        near = get_close_matches(name, [*self.inventory.groups, *self.inventory.hosts], n=3)
        advice = f"Did you mean {' or '.join(map(printable, near))}? " if near else ""
        raise self._refused(f"has no host or group '{printable(name)}'", advice + self._correction(option))

    def _require_any(self, patterns: list[str]) -> list[str]:
        """Return the names of the chosen hosts."""
        # To Ansible a target without any pattern is all hosts.
        is_empty = not [*self._single(patterns)]
        found = [] if is_empty else [host.name for host in self.inventory.get_hosts(patterns)]
        if found:
            return found
        chosen, number = printable(",".join(self.target)), 0 if is_empty else len(self._hosts(patterns))
        if number:
            problem = f"has no host for this run: --limit {printable(self.limit)} leaves none of the {number} hosts of {chosen}"
            raise self._refused(problem, self._correction(LIMIT))
        raise self._refused(f"has no host for the target '{chosen}'", self._correction(TARGET))

    def _require_names(self, names: Iterable[str]) -> None:
        problems = [f"'{printable(name)}' {why}" for name in names if (why := self._unusable(name))]
        if problems:
            more = f"; and {len(problems) - MOST_SHOWN} more" if len(problems) > MOST_SHOWN else ""
            raise self._refused(
                f"has host names that cannot be used: {'; '.join(problems[:MOST_SHOWN])}{more}",
                "Rename these hosts there; netscaler_nodes has their addresses.",
            )

    def _unusable(self, name: str) -> str:
        """Return why no run can work on a host of that name, or ""."""
        if not name.isprintable():
            return "holds a character that cannot be shown"
        if name in self.inventory.groups:
            return "is the name of a group too"
        return "holds a template" if any(mark in name for mark in TEMPLATES) else ""

    def _hosts(self, patterns: list[str]) -> list[Any]:
        return list(self.inventory.get_hosts(patterns, ignore_limits=True, ignore_restrictions=True))

    def _correction(self, option: str) -> str:
        groups = [
            f"{printable(name)} ({len(group.get_hosts())})" for name, group in sorted(self.inventory.groups.items())
        ]
        more = f" and {len(groups) - MOST_SHOWN} more" if len(groups) > MOST_SHOWN else ""
        return f"Correct the inventory or {option}; the groups are {', '.join(groups[:MOST_SHOWN])}{more}."

    def _refused(self, problem: str, fix: str) -> InvalidInput:
        return InvalidInput(
            f"the inventory {', '.join(map(printable, self.sources))} {problem}. {fix} Nothing was sent."
        )


def _lines(limit: str) -> Iterator[str]:
    """Return the patterns of ``--limit``, those in files too."""
    for pattern in split_host_pattern(limit):
        if pattern.startswith("@"):
            yield from filter(None, map(str.strip, Path(pattern[1:]).read_text(encoding="utf-8").splitlines()))
        else:
            yield pattern


def known_inventory(loader: DataLoader, groups: Mapping[str, Sequence[str]], limit: str) -> InventoryManager:
    """Return an inventory of these groups, for its patterns; it has no variables.

    :param groups: the names of the hosts of each group, as Ansible's variable of that name
    :param limit: the value of ``--limit``, or ""
    """
    inventory = InventoryManager(loader, parse=False)
    for name, hosts in groups.items():
        inventory.add_group(name)
        for host in hosts:
            inventory.add_host(host, name)
    inventory.subset(limit or None)
    return inventory


def require_version(wanted: Any) -> None:
    """Refuse the job of a controller that has another version of this collection: its plans would be of other rules.

    :param wanted: the version of the controller; None where this run is no job of a controller
    :raises InvalidInput: with both versions
    """
    own = collection_version(PROJECT)
    if wanted is not None and wanted != own:
        raise InvalidInput(version_refusal(own, printable(str(wanted))))


def require_limit(limit: str | None) -> None:
    """Refuse a ``--limit`` without any name, such as that of a variable of the shell which is not set: to Ansible that is no limit.

    :param limit: its value; None where it is not given
    :raises InvalidInput: where it names nothing
    """
    if limit is not None and not any(pattern.strip() for pattern in _lines(limit)):
        raise InvalidInput(
            f"--limit '{printable(limit)}' names no host, and to Ansible that is no limit: the run would work on all hosts. Name the hosts, or "
            "leave --limit out. Nothing was sent."
        )


def require_no_limit(limit: str | None) -> None:
    """Refuse a ``--limit`` of a playbook that works on the control node alone: nothing would be left of it, and it would end with exit code 0.

    :param limit: its value; None where it is not given
    :raises InvalidInput: where it would leave nothing
    """
    if limit is not None and limit.strip() != "localhost":
        given = f" {printable(limit)}" if limit.strip() else ""
        raise InvalidInput(f"this playbook asks no appliance here, so leave out --limit{given}. Nothing was done.")


def require_limit_matches(
    loader: DataLoader, groups: Mapping[str, Sequence[str]], sources: Sequence[str], limit: str
) -> None:
    """Refuse a ``--limit`` that names nothing of the inventory.

    :param groups: see :func:`known_inventory`
    :param sources: of the inventory, for the message
    :raises InvalidInput: with the name that may be meant
    """
    try:
        inventory = known_inventory(loader, groups, "")
        if not inventory.hosts or not any(pattern.strip() for pattern in _lines(limit)):
            return  # the playbook says it
        inventory.subset(limit)
    except (OSError, AnsibleError) as error:
        raise InvalidInput(f"--limit {printable(limit)} cannot be read ({error}). Nothing was sent.") from error
    ChosenAppliances(inventory, sources, ["all"], limit).patterns()


def require_all_tasks(arguments: Mapping[str, Any]) -> None:
    """Refuse options of the command line that leave out the tasks of our playbooks, which have no tags.

    :raises InvalidInput: with the option
    """
    tags, skipped = set(arguments.get("tags") or ("all",)), set(arguments.get("skip_tags") or ())
    option = ""
    if not tags & {"all", "untagged"}:
        option = f"--tags {','.join(sorted(tags))}"
    elif skipped & {"all", "untagged"}:
        option = f"--skip-tags {','.join(sorted(skipped))}"
    elif arguments.get("start_at_task"):
        option = "--start-at-task"
    if option:
        raise InvalidInput(
            f"{option} leaves out tasks of this playbook, so that appliances would not be looked at. Leave it out. Nothing was sent."
        )
