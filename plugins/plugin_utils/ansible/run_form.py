# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a run was started, for the lines of its next actions: from the command line, without a value that may be secret."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any

from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.splitter import parse_kv

from ..verbs.pages.next_lines import CARRIED, OF_EVERY_RUN, RunForm
from ..verbs.registry import COLLECTION, NAMES
from .typo_check import names_of_roles

SECRET = re.compile(r"pass|secret|token|credential|private|notify|webhook|alert", re.IGNORECASE)
"""Names of variables whose values are not shown."""
OF_RUNNERS = ("awx_", "tower_")
"""How the names of variables begin that AWX gives to each job."""
_FOLDER_OR_URL = re.compile(r"/dev/|/proc/|-$")


def run_form(arguments: Mapping[str, Any], words: Sequence[str], inventory: Any) -> RunForm | None:
    """Return how a run was started; None where no line could be pasted: it worked on exported files, or on no playbook.

    :param arguments: the command line, as Ansible has read it
    :param words: the command line
    :param inventory: of Ansible
    """
    playbooks = [str(one) for one in arguments.get("args") or ()]
    if not playbooks:
        return None
    inline = dict(_inline(arguments.get("extra_vars") or ()))
    if inline.keys() & {"source", "verify_source"}:
        return None
    own, before, after = _playbook(playbooks)
    return RunForm(
        words=(_program(words), *_inventories(words), *_vaults(arguments), *_files(arguments.get("extra_vars") or ())),
        playbook=own,
        before=before,
        after=after,
        values={name: value for name, value in inline.items() if _is_shown(name)},
        hidden=tuple(name for name in inline if _is_hidden(name)),
        is_exact=lambda limit, hosts: _is_exact(inventory, limit, hosts),
        is_job=any(name.startswith(OF_RUNNERS) for name in inline),
        is_preview=bool(arguments.get("check")),
    )


def _is_shown(name: str) -> bool:
    is_ours = name in names_of_roles() or name in CARRIED or name.startswith(OF_EVERY_RUN)
    return is_ours and not SECRET.search(name)


def _is_hidden(name: str) -> bool:
    """Return True for a variable that the next run needs too, and whose value is not shown: it may be secret, or one of the user's own."""
    if name.startswith((*OF_RUNNERS, "_")):
        return False
    return not _is_shown(name)


def _playbook(playbooks: Sequence[str]) -> tuple[str, str, str]:
    """Return the name of the first playbook of ours, and what stands in front of it and behind it; that of the collection where there is none."""
    for given in playbooks:
        if given.startswith(COLLECTION) and given.removeprefix(COLLECTION) in NAMES:
            return given.removeprefix(COLLECTION), COLLECTION, ""
        path = PurePath(given)
        if path.stem in NAMES and path.suffix in (".yml", ".yaml"):
            return path.stem, given[: -len(path.name)], path.suffix
    return "", COLLECTION, ""


def _program(words: Sequence[str]) -> str:
    """Return the program as a shell finds it: by its name alone where it is on the path."""
    name = PurePath(words[0]).name if words else "ansible-playbook"
    found = shutil.which(name)
    if not words or (found and os.path.realpath(found) == os.path.realpath(words[0])):
        return name
    return _short(words[0])


def _inventories(words: Sequence[str]) -> Iterator[str]:
    """Yield the options that name the inventory, as they were given."""
    rest = iter(words[1:])
    for word in rest:
        if word in ("-i", "--inventory", "--inventory-file"):
            yield from ("-i", next(rest, ""))
        elif word.startswith(("--inventory=", "--inventory-file=")):
            yield from ("-i", word.partition("=")[2])
        elif word.startswith("-i") and not word.startswith("--"):
            yield from ("-i", word[2:])
        elif word in ("-e", "--extra-vars", "-l", "--limit"):
            next(rest, "")


def _vaults(arguments: Mapping[str, Any]) -> Iterator[str]:
    for vault in arguments.get("vault_ids") or ():
        yield from ("--vault-id", str(vault))
    for file in arguments.get("vault_password_files") or ():
        yield from ("--vault-password-file", _short(str(file)))
    if arguments.get("ask_vault_pass"):
        yield "--ask-vault-pass"


def _files(extra: Collection[Any]) -> Iterator[str]:
    """Yield the options that name files of variables; one that was a pipe is gone."""
    for given in map(str, extra):
        if given.startswith("@") and not _FOLDER_OR_URL.match(given[1:]):
            yield from ("-e", given)


def _inline(extra: Collection[Any]) -> Iterator[tuple[str, Any]]:
    """Yield the variables that stand on the command line itself."""
    for given in map(str, extra):
        if not given or given.startswith("@"):
            continue
        try:
            values = DataLoader().load(given) if given[0] in "[{" else parse_kv(given)
        except AnsibleError:
            continue  # the run itself has refused it
        if isinstance(values, Mapping):
            yield from ((str(name), value) for name, value in values.items())


def _short(path: str) -> str:
    """Return a path from the working directory, where it is in there."""
    here = Path.cwd()
    return os.path.relpath(path, here) if Path(path).is_relative_to(here) else path


def _is_exact(inventory: Any, limit: str, hosts: Sequence[str]) -> bool:
    """Return True if a limit matches these hosts and no others. For one plain name that is known without a search: the report asks for each appliance."""
    if [limit] == [*hosts]:
        return limit in inventory.hosts and limit not in inventory.groups
    return _matched(inventory, limit) == {*hosts}


def _matched(inventory: Any, limit: str) -> set[str]:
    """Return the hosts that a limit matches in the whole inventory: the last wave of a play is still a restriction when the page is made."""
    return {host.get_name() for host in inventory.get_hosts(limit, ignore_limits=True, ignore_restrictions=True)}
