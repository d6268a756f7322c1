# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Write the fingerprints that a person has compared into the variables of a host (host_vars of the inventory).

A person can compare only what was shown. So each run remembers the fingerprints that it showed, and only these are written: a certificate that was
exchanged between the two runs is reported. A pin that exists is never replaced.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from ...change.records.records_folder import safe_name, unique_name
from ...foundation.errors import InvalidInput
from ...foundation.next_action import Command, advice
from ...foundation.private_files import read_privately, replace_file, write_privately
from ...foundation.state_directory import state_directory
from .certificates import pin_line

VARIABLE = "netscaler_certificate_pin"
_SUFFIXES = ("", ".yml", ".yaml", ".json")
_OURS = "certificate_pin.yml"
_NEW_FILE = 0o644
"""The mode of a new file: a fingerprint is no secret, and colleagues use the same inventory."""


@dataclass(frozen=True)
class PinFile:
    """A file of host_vars before and after its change."""

    path: Path
    before: str
    after: str

    def write(self) -> None:
        """Replace the file, with the rights that it had.

        :raises InvalidInput: where it cannot be written
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            mode = self.path.stat().st_mode & 0o7777 if self.path.exists() else _NEW_FILE
            replace_file(self.path, self.after, mode=mode)
        except OSError as error:
            raise InvalidInput(f"{self.path} cannot be written ({error.strerror})") from error


def remembered(host: str) -> dict[str, str]:
    """Return the fingerprints that were shown for a host, by the address of the node; empty where none were."""
    try:
        content = json.loads(read_privately(_memory(host)))
    except (OSError, ValueError):
        return {}
    return {str(node): str(value) for node, value in content.items()} if isinstance(content, dict) else {}


def remember(host: str, fingerprints: Mapping[str, str]) -> None:
    """Keep the fingerprints that are shown for a host.

    :raises InvalidInput: where they cannot be kept
    """
    if remembered(host) == dict(fingerprints):
        return
    try:
        write_privately(_memory(host), json.dumps(dict(fingerprints), indent=1))
    except OSError as error:
        raise InvalidInput(
            f"the fingerprints that were shown cannot be kept in {_memory(host)} ({error.strerror})"
        ) from error


def remember_new(host: str, fingerprints: Mapping[str, str]) -> None:
    """Keep the fingerprints of nodes of which none was shown yet. One that was shown stays: another one is an alarm, again and again.

    :raises InvalidInput: where they cannot be kept
    """
    remember(host, {**fingerprints, **remembered(host)})


def _memory(host: str) -> Path:
    return state_directory() / "shown_fingerprints" / f"{unique_name(host)}.json"


def plan_pins(inventory: Path, host: str, fingerprints: Mapping[str, str], compared_by: str, today: date) -> PinFile:
    """Return the file of host_vars that gets the pins of a host. Nothing is written.

    :param inventory: the directory of the inventory
    :param fingerprints: of all nodes of the host, by address
    :param compared_by: the person who has compared them
    :raises InvalidInput: where nobody is named, another fingerprint was shown, or the file cannot be extended
    """
    line = pin_line(list(fingerprints.values()))
    if not compared_by.strip() or not compared_by.isprintable():
        raise InvalidInput(
            """write_pins needs the person who has compared the fingerprints: -e "compared_by='J. Jansen'\""""
        )
    shown = remembered(host)
    for node, value in fingerprints.items():
        if node not in shown:
            raise InvalidInput(
                f"the fingerprint of {node} was not shown before this run. Compare it now, and give the same command again"
            )
        if shown[node] != value:
            raise InvalidInput(
                advice(
                    f"ALARM: the certificate of {node} is another one than the one that was shown ({shown[node]}): somebody may intercept the "
                    "connection. Run doctor.yml without write_pins, and compare again",
                    Command("doctor"),
                )
            )
    path = _file(inventory, host)
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    complete = before or "---\n"
    complete += "" if complete.endswith("\n") else "\n"
    after = f"{complete}# compared by {compared_by.strip()} on {today.isoformat()}\n{line}\n"
    _require_only_the_pin_is_new(path, complete, after, line)
    return PinFile(path, before, after)


def _file(inventory: Path, host: str) -> Path:
    """Return the file of host_vars that Ansible reads for this host, or the one to make."""
    if safe_name(host) != host:
        raise InvalidInput("the name of the host is no name of a file: put the line into the inventory by hand")
    above = inventory / "host_vars"
    found = [path for suffix in _SUFFIXES if (path := above / f"{host}{suffix}").exists()]
    path = found[0] if found else above / f"{host}.yml"
    if path.is_dir():
        return path / _OURS
    if path.suffix == ".json":
        raise InvalidInput(f"{path} is JSON: put the line into it by hand")
    return path


def _require_only_the_pin_is_new(path: Path, before: str, after: str, line: str) -> None:
    """:raises InvalidInput: where the text with the line is not the variables of before with the pin"""
    by_hand = f"Put the line into the variables of this host by hand: {line}"
    if os.path.lexists(path) and (path.is_symlink() or not path.is_file()):
        raise InvalidInput(f"{path} is no regular file. {by_hand}")
    if before.startswith("$ANSIBLE_VAULT"):
        raise InvalidInput(f"{path} is encrypted. {by_hand}")
    old, new = _variables(path, before, by_hand), _variables(path, after, by_hand)
    if VARIABLE in old:
        raise InvalidInput(f"{path} has {VARIABLE} already, and a pin is never replaced here. Look at it first")
    if new != {**old, **yaml.safe_load(line)}:
        raise InvalidInput(f"the line does not fit the end of {path}. {by_hand}")


def _variables(path: Path, text: str, by_hand: str) -> dict[str, Any]:
    try:
        content = yaml.load(text, Loader=_Loader)  # noqa: S506 -- a safe loader
    except yaml.YAMLError:
        raise InvalidInput(f"{path} cannot be extended. {by_hand}") from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise InvalidInput(f"{path} holds no variables. {by_hand}")
    return content


class _Loader(yaml.SafeLoader):
    """Reads a file of variables; a value with a tag of Ansible, such as !vault, is its text."""


_Loader.add_multi_constructor("!", lambda _loader, _suffix, node: str(node.value))
