# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``make test`` leaves ansible-lint out while nothing that it reads has changed since it passed.

A test with ``ALL=1`` (``make test-all``; ``ALL=1 pytest tests/project/test_make.py -k ansible_lint``) that passes writes the digest of what it reads into
:data:`PASSED`, and whoever changes a role or a playbook commits that file. Until then, ``make test`` plays it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests import unchanged

ROOT = unchanged.ROOT
PASSED = ROOT / "tests" / "project" / "linted.txt"
TEST = "tests/project/test_make.py::test_ansible_lint"
READ = (
    ".config/ansible-lint.yml",
    ".yamllint",
    "Makefile",
    "ansible.cfg",
    "changelogs",
    "examples",
    "execution-environment.yml",
    "galaxy.yml",
    "inventory",
    "meta",
    "molecule",
    "playbooks",
    "plugins",
    "requirements.lock",
    "requirements.yml",
    "roles",
)
"""What it reads: all that its ``exclude_paths`` do not name."""
NOT_READ = ("changelogs/fragments/", "plugins/plugin_utils/")


def files(root: Path = ROOT) -> Iterator[Path]:
    """Yield the files that are read, in a fixed order."""
    found = unchanged.files(root, READ)
    return (one for one in found if not one.relative_to(root).as_posix().startswith(NOT_READ))


def digest(root: Path = ROOT) -> str:
    """Return the digest of the names and contents of what is read."""
    return unchanged.digest(root, files(root))


@cache
def is_unchanged() -> bool:
    """Return True where it has passed with all that it reads as it is now."""
    return PASSED.exists() and PASSED.read_text(encoding="ascii").strip() == digest()


def left_out() -> frozenset[str]:
    """Return what ``make test`` (``SPARED=1``) leaves out; nothing where another command plays tests."""
    return frozenset({TEST}) if unchanged.leaves_out() and is_unchanged() else frozenset()


def description() -> list[str]:
    """Return the line of the report's head."""
    return (
        ["not played: ansible-lint, which passed with all that it reads as it is (make lint plays it)"]
        if left_out()
        else []
    )


def note() -> None:
    """Note that it has passed with all that it reads as it is now."""
    PASSED.write_text(f"{digest()}\n", encoding="ascii")
