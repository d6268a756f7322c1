# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The inventory of a run as ``ansible-inventory --list --export`` shows it: with the values as they are written, encrypted ones encrypted."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.parsing.vault import VaultHelper
from ansible.template import is_trusted_as_template

from ..fleet.slices.confidential_variables import UNSAFE, VAULT
from ..fleet.slices.template_sources import MARKS
from ..foundation.errors import InvalidInput
from ..foundation.foreign_text import printable

PROGRAM = "ansible-inventory"
TIMEOUT = 600.0


def exported_inventory(sources: Iterable[Path], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the inventory of these sources.

    :param arguments: of the command line; the passwords of vaults that it names are used for files that are encrypted as a whole
    :raises InvalidInput: where there is no source, or Ansible cannot export it
    """
    given = [word for source in sources for word in ("--inventory", str(source))]
    if not given:
        raise InvalidInput("the inventory has no file, and slices need one: name it with -i. Nothing was sent.")
    vaults = [word for name in arguments.get("vault_ids") or () for word in ("--vault-id", str(name))]
    vaults += [
        word for name in arguments.get("vault_password_files") or () for word in ("--vault-password-file", str(name))
    ]
    beside = Path(sys.executable).with_name(PROGRAM)
    program = str(beside) if beside.is_file() else shutil.which(PROGRAM) or PROGRAM
    try:
        done = subprocess.run(  # noqa: S603 -- Ansible's own program, with what this run was started with
            [program, *given, *vaults, "--list", "--export"],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=TIMEOUT,
            check=False,
        )
        value = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise InvalidInput(
            f"the inventory cannot be exported by {PROGRAM} ({type(error).__name__}). Nothing was sent."
        ) from None
    if done.returncode or not isinstance(value, dict):
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines() or [""]
        raise InvalidInput(
            f"the inventory cannot be exported by {PROGRAM}: {printable(lines[0])[:500]}. Nothing was sent."
        )
    return value


def as_exported(value: Any) -> Any:
    """Return a value as ``ansible-inventory --export`` shows it: an encrypted one stays so, and a text that is no template is marked.

    As text, ansible-core decrypts an encrypted value, and a text without its mark is a template wherever it is read again.
    """
    if isinstance(value, Mapping):
        return {str(name): as_exported(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_exported(item) for item in value]
    encrypted = VaultHelper.get_ciphertext(value, with_tags=False)
    if encrypted is not None:
        return {VAULT: encrypted}
    if isinstance(value, str) and any(mark in value for mark in MARKS) and not is_trusted_as_template(value):
        return {UNSAFE: str(value)}
    return value


def vault_password_files(arguments: Mapping[str, Any]) -> list[str]:
    """Return the files with passwords of vaults that the command line or the configuration of Ansible names."""
    identities = [*(arguments.get("vault_ids") or ()), *(constants.DEFAULT_VAULT_IDENTITY_LIST or ())]
    named = [*(arguments.get("vault_password_files") or ()), constants.DEFAULT_VAULT_PASSWORD_FILE]
    return [*(str(name).rpartition("@")[2] for name in identities), *(str(name) for name in named if name)]
