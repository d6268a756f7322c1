# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lock file: which packages a control node needs, at which versions, with their hashes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

OF_CONTROL_NODE = "-r requirements.txt"
"""How the lock file names the list of what a control node needs."""
_PACKAGE = re.compile(r"^(?P<name>[a-z0-9][a-z0-9._-]*)==(?P<version>[^\s;]+)(?: ; (?P<marker>.+?))? \\$")
_VIA = re.compile(r"^ +# +(?:via(?: +|$))?(?P<via>\S.*)?$")


@dataclass(frozen=True)
class LockedPackage:
    """One package at one version.

    :ivar marker: the environments it is for, as PEP 508 writes them; "" for all
    :ivar needed_by: the packages and lists that need it
    :ivar text: its lines in the lock file, with the hashes
    """

    name: str
    version: str
    marker: str
    needed_by: frozenset[str]
    text: str

    @property
    def purl(self) -> str:
        """Return the package URL (https://github.com/package-url/purl-spec, read on 28 November 2026)."""
        return f"pkg:pypi/{self.name}@{self.version}"


def locked_packages(text: str) -> list[LockedPackage]:
    """Return the packages of a lock file that ``uv pip compile --generate-hashes`` wrote."""
    return list(_packages(text.splitlines()))


def of_control_node(packages: Iterable[LockedPackage]) -> list[LockedPackage]:
    """Return the packages that a control node needs: those of requirements.txt, and what these need."""
    packages = list(packages)
    needed = {OF_CONTROL_NODE}
    while more := {one.name for one in packages if one.needed_by & needed} - needed:
        needed |= more
    return [one for one in packages if one.name in needed]


def lock_text(packages: Iterable[LockedPackage]) -> str:
    """Return a lock file of these packages."""
    head = "# What a control node needs, from requirements.lock: pip install --require-hashes --requirement requirements.lock\n"
    return head + "".join(one.text for one in packages)


def _packages(lines: Iterable[str]) -> Iterator[LockedPackage]:
    block: list[str] = []
    for line in [*lines, "end== \\"]:
        if _PACKAGE.match(line) or line.startswith("end=="):
            if block:
                yield _package(block)
            block = []
        if block or _PACKAGE.match(line):
            block.append(line)


def _package(block: list[str]) -> LockedPackage:
    head = _PACKAGE.match(block[0])
    if head is None:
        raise ValueError(f"not a locked package: {block[0]}")
    needed_by = (match["via"] for line in block if (match := _VIA.match(line)) and match["via"])
    kept = [line for line in block if not line.lstrip().startswith("#")]
    return LockedPackage(
        head["name"], head["version"], head["marker"] or "", frozenset(needed_by), "\n".join(kept) + "\n"
    )
