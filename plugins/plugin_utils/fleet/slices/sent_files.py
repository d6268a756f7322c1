# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files that go beside the inventory of each job, of which none may hold a secret that can be read."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from ...foundation.errors import InvalidInput
from .confidential_variables import PRIVATE_KEY, UNSAFE, URL_WITH_PASSWORD, VAULT, is_secret, require_no_secret
from .job import INVENTORY

MOST_LETTERS = 1024 * 1024
"""Of a file, what is looked at."""
ENCRYPTED = "$ANSIBLE_VAULT;"
KEY_STORES = (".p12", ".pfx", ".jks", ".keystore")
VARIABLE_FILES = (".yml", ".yaml", ".json")
_NETRC = re.compile(r"^\s*(?:machine\s+\S+|default)\b[^\n]*(?:\n[^\n]*)?\bpassword\s+\S", re.MULTILINE)
_LINE = re.compile(r"^\s*(?:export\s+)?([\w.-]+)\s*[=:]\s*([^\s].*)$", re.MULTILINE)
_WAY = "Bring it to the execution nodes yourself, or encrypt it with ansible-vault. Nothing was sent."


def files_to_send(names: Iterable[str], of_the_vault: Collection[str] = ()) -> dict[str, Path]:
    """Return the files by the name that they have beside the inventory of a job.

    :param of_the_vault: the files with passwords of the vaults of this run
    :raises InvalidInput: where one cannot be read, holds a secret, or would take the place of another one
    """
    paths = [Path(name).expanduser() for name in names]
    _require_own_names(paths)
    secret = {Path(name).expanduser().resolve() for name in of_the_vault}
    for path in paths:
        problem = "is a password file of a vault" if path.resolve() in secret else _problem(path)
        if problem:
            raise InvalidInput(f"{path} in slice_files {problem}, and each execution node would get it. {_WAY}")
    return {path.name: path for path in paths}


def _require_own_names(paths: Iterable[Path]) -> None:
    """:raises InvalidInput: where two files would have one name beside the inventory of a job"""
    known: dict[str, Path] = {}
    for path in paths:
        if path.name == INVENTORY:
            raise InvalidInput(
                f"{path} in slice_files has the name of the inventory of each job: rename it. Nothing was sent."
            )
        other = known.setdefault(path.name, path)
        if other != path:
            raise InvalidInput(
                f"{other} and {path} in slice_files have the same name, and go beside the inventory of each job: rename one of them. Nothing was sent."
            )


def _problem(path: Path) -> str:
    """Return which secret a file holds, as half a sentence; "" for none that can be told."""
    text = _beginning(path)
    if text.startswith(ENCRYPTED):
        return ""
    if PRIVATE_KEY.search(text) or path.suffix.casefold() in KEY_STORES:
        return "has a private key"
    if is_secret(path.name) or is_secret(path.stem):
        return "is a secret by its name"
    if _NETRC.search(text) or URL_WITH_PASSWORD.search(text):
        return "has a password"
    return _of_variables(path, text)


def _of_variables(path: Path, text: str) -> str:
    variables = _parsed(text) if path.suffix.casefold() in VARIABLE_FILES else None
    if variables is None:
        named = [
            name for name, value in _LINE.findall(text) if is_secret(name) and not value.lstrip("\"'").startswith("{{")
        ]
        return f"has {named[0]} as text" if named else ""
    try:
        require_no_secret({str(path): variables})
    except InvalidInput:
        return "has a secret that is readable, or is looked up in the environment"
    return ""


def _beginning(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(MOST_LETTERS).decode("utf-8", "replace")
    except OSError as error:
        raise InvalidInput(
            f"{path} cannot be sent to an execution node ({error.strerror}). Correct slice_files. Nothing was sent."
        ) from error


class _Variables(yaml.SafeLoader):
    """Reads encrypted values and texts that are no templates as ``ansible-inventory --export`` writes them."""


def _marked(loader: _Variables, tag: str, node: yaml.Node) -> Any:
    value = loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else ""
    return {VAULT if tag.startswith("vault") else UNSAFE: value}


_Variables.add_multi_constructor("!", _marked)


def _parsed(text: str) -> Mapping[str, Any] | None:
    """Return the variables of a file; None where it has none."""
    try:
        value = yaml.load(text, Loader=_Variables)  # noqa: S506 -- a safe one
    except (yaml.YAMLError, RecursionError, ValueError):
        return None
    return {str(name): item for name, item in value.items()} if isinstance(value, dict) else None
