# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of the control node: Python, ansible-core and the libraries, all that is missing in one finding."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata, util

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.diagnosis.finding import Finding, Severity

CHECK = "control node"
PYTHON = (3, 11)
# By the name of a distribution: the oldest version, and what is imported. The same as requirements.txt.
LIBRARIES = {
    "ahocorasick-rs": ("1.0", "ahocorasick_rs"),
    "ansible-core": ("2.19", "ansible"),
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


def require_ansible_core(version: str, executable: str = sys.executable) -> None:
    """Check the version of ansible-core before anything of it is used that older ones do not have.

    :raises InvalidInput: where it is too old
    """
    needed = LIBRARIES["ansible-core"][0]
    if _numbers(version) < _numbers(needed):
        raise InvalidInput(
            f"ansible-core {version} is too old: {needed} or newer is needed. {shlex.quote(executable)} -m pip install "
            f"'ansible-core>={needed}'. Nothing was sent."
        )


def control_node_findings(found: Installed) -> list[Finding]:
    """Return the findings about the control node."""
    return [*_python(found), *_libraries(found)]


def _python(found: Installed) -> Iterator[Finding]:
    version = ".".join(map(str, found.python))
    if found.python >= PYTHON:
        yield Finding(Severity.OK, CHECK, f"Python {version}")
        return
    needed = ".".join(map(str, PYTHON))
    yield Finding(
        Severity.ERROR,
        CHECK,
        f"Ansible runs on Python {version} ({found.executable}), and {needed} or newer is needed",
        f"install ansible-core with a newer Python: python{needed} -m venv .venv && .venv/bin/pip install 'ansible-core>=2.19'",
    )


def _libraries(found: Installed) -> Iterator[Finding]:
    versions = {name: found.version_of(name) for name in LIBRARIES}
    missing = [name for name, version in versions.items() if not version]
    old = [
        name
        for name, version in versions.items()
        if version and version != "unknown" and _numbers(version) < _numbers(LIBRARIES[name][0])
    ]
    if not missing and not old:
        yield Finding(Severity.OK, CHECK, ", ".join(f"{name} {version}" for name, version in versions.items()))
        return
    problems = [f"{name} is missing" for name in missing]
    problems += [f"{name} is {versions[name]}, older than {LIBRARIES[name][0]}" for name in old]
    wanted = " ".join(shlex.quote(f"{name}>={LIBRARIES[name][0]}") for name in (*missing, *old))
    yield Finding(
        Severity.ERROR, CHECK, "; ".join(problems), f"{shlex.quote(found.executable)} -m pip install {wanted}"
    )


def _numbers(version: str) -> tuple[int, ...]:
    """Return the numbers at the beginning of a version: of 2.19.0rc1 these are 2, 19, 0."""
    match = re.match(r"[0-9]+(?:\.[0-9]+)*", version)
    return tuple(map(int, match[0].split("."))) if match else ()
