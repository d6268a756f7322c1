# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which ansible-core is needed. This module and what it imports work with each Python that an older ansible-core runs on."""

from __future__ import annotations

import re
import shlex
import sys

from .errors import InvalidInput

ANSIBLE_CORE = "2.19"


def require_ansible_core(version: str) -> None:
    """Check the version of ansible-core before anything is imported that its Python may not have.

    :raises InvalidInput: where it is too old
    """
    if version_numbers(version) < version_numbers(ANSIBLE_CORE):
        raise InvalidInput(
            f"ansible-core {version} is too old: {ANSIBLE_CORE} or newer is needed. {shlex.quote(sys.executable)} -m pip install "
            f"'ansible-core>={ANSIBLE_CORE}'. Nothing was sent."
        )


def version_numbers(version: str) -> tuple[int, ...]:
    """Return the numbers at the beginning of a version: of 2.19.0rc1 these are 2, 19, 0."""
    match = re.match(r"[0-9]+(?:\.[0-9]+)*", version)
    return tuple(map(int, match[0].split("."))) if match else ()
