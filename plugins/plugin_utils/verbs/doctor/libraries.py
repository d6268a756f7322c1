# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The libraries of the control node: which are needed, and which are missing or too old. Works on an old Python too."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata, util

from ...foundation.ansible_version import ANSIBLE_CORE, version_numbers
from ...foundation.errors import InvalidInput

# By the name of a distribution: the oldest version, and what is imported. The same as requirements.txt.
LIBRARIES = {
    "ahocorasick-rs": ("1.0", "ahocorasick_rs"),
    "ansible-core": (ANSIBLE_CORE, "ansible"),
    "cryptography": ("44", "cryptography"),
    "jinja2": ("3.1", "jinja2"),
    "lark": ("1.2", "lark"),
    "netaddr": ("1.3", "netaddr"),
    "rich": ("14", "rich"),
}


@dataclass(frozen=True)
class Installed:
    """What is installed on the control node.

    :ivar python: the version of the interpreter that runs Ansible
    :ivar version_of: returns the version of a distribution; "" where its module cannot be imported
    """

    python: tuple[int, int]
    executable: str
    version_of: Callable[[str], str]


def installed() -> Installed:
    """Return what the interpreter of this process has."""
    return Installed((sys.version_info.major, sys.version_info.minor), sys.executable, _version_of)


def _version_of(name: str) -> str:
    if util.find_spec(LIBRARIES[name][1]) is None:
        return ""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:  # imported from a path without its metadata
        return "unknown"


def library_problems(found: Installed) -> tuple[str, str]:
    """Return what is missing or too old, as text, and the command that installs it; both "" where nothing is."""
    versions = {name: found.version_of(name) for name in LIBRARIES}
    missing = [name for name, version in versions.items() if not version]
    old = [
        name
        for name, version in versions.items()
        if version and version != "unknown" and version_numbers(version) < version_numbers(LIBRARIES[name][0])
    ]
    problems = [f"{name} is missing" for name in missing]
    problems += [f"{name} is {versions[name]}, older than {LIBRARIES[name][0]}" for name in old]
    wanted = " ".join(shlex.quote(f"{name}>={LIBRARIES[name][0]}") for name in (*missing, *old))
    return "; ".join(problems), f"{shlex.quote(found.executable)} -m pip install {wanted}" if wanted else ""


def require_libraries(found: Installed) -> None:
    """Check all libraries at once.

    :raises InvalidInput: with everything that is missing or too old, and the one command that installs it
    """
    problems, command = library_problems(found)
    if problems:
        raise InvalidInput(f"the control node is not ready: {problems}. {command}. Nothing was sent.")
