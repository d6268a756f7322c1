# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of the control node: Python, ansible-core and the libraries, all that is missing in one finding."""

from __future__ import annotations

from collections.abc import Iterator

from ...foundation.ansible_version import ANSIBLE_CORE
from .check_result import CheckResult, Severity
from .libraries import LIBRARIES, Installed, library_problems

CHECK = "control node"
PYTHON = (3, 11)


def control_node_findings(found: Installed) -> list[CheckResult]:
    """Return the findings about the control node."""
    return [*_python(found), *_libraries(found)]


def _python(found: Installed) -> Iterator[CheckResult]:
    version = ".".join(map(str, found.python))
    if found.python >= PYTHON:
        yield CheckResult(Severity.OK, CHECK, f"Python {version}")
        return
    needed = ".".join(map(str, PYTHON))
    yield CheckResult(
        Severity.ERROR,
        CHECK,
        f"Ansible runs on Python {version} ({found.executable}), and {needed} or newer is needed",
        f"install ansible-core with a newer Python: python{needed} -m venv .venv && .venv/bin/pip install 'ansible-core>={ANSIBLE_CORE}'",
    )


def _libraries(found: Installed) -> Iterator[CheckResult]:
    problems, command = library_problems(found)
    if problems:
        yield CheckResult(Severity.ERROR, CHECK, problems, command)
    else:
        yield CheckResult(Severity.OK, CHECK, ", ".join(f"{name} {found.version_of(name)}" for name in LIBRARIES))
