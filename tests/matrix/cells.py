# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The pairs of Python and ansible-core, and where each is.

Which ansible-core runs on which Python: the support matrix of ansible-core
(https://docs.ansible.com/ansible/latest/reference_appendices/release_and_maintenance.html, read on 28 November 2026).
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from release.lock_file import LockedPackage, lock_text, locked_packages, of_control_node

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".cache" / "matrix"
ANSIBLE_CORE = "ansible-core"
PYTHONS = {"oldest": ("3.11", "3.12", "3.13"), "newest": ("3.12", "3.13", "3.14")}
"""By the ansible-core of the lock file, the oldest or the newest one, the Pythons that it runs on and that we support."""
SAYS_VERSION = "import sys; print('%d.%d' % sys.version_info[:2])"


@dataclass(frozen=True)
class Cell:
    """One Python with one ansible-core.

    :ivar core: "oldest" or "newest"
    """

    python: str
    core: str

    def __str__(self) -> str:
        return f"{self.python}-{self.core}"

    @property
    def folder(self) -> Path:
        """The virtual environment."""
        return FOLDER / str(self)

    @property
    def made_from(self) -> Path:
        """The file that has the requirements from which the environment was made."""
        return self.folder / "made-from"

    def requirements(self) -> str:
        """Return what a control node needs, with hashes, and this ansible-core whatever the marker of the lock file says."""
        packages = of_control_node(locked_packages((ROOT / "requirements.lock").read_text(encoding="utf-8")))
        return lock_text(_with_core(packages, self.core_version()))

    def core_version(self) -> str:
        """Return the version of ansible-core, from the lock file."""
        packages = locked_packages((ROOT / "requirements.lock").read_text(encoding="utf-8"))
        versions = sorted(
            (one.version for one in packages if one.name == ANSIBLE_CORE),
            key=lambda version: [int(number) for number in version.split(".")],
        )
        return versions[0 if self.core == "oldest" else -1]


CELLS = [Cell(python, core) for core, pythons in PYTHONS.items() for python in pythons]


def _with_core(packages: Iterable[LockedPackage], version: str) -> Iterator[LockedPackage]:
    for one in packages:
        if one.name != ANSIBLE_CORE:
            yield one
        elif one.version == version:
            yield replace(one, marker="", text=one.text.replace(f" ; {one.marker}", "") if one.marker else one.text)


@cache
def interpreter(version: str) -> str:
    """Return the path of a Python of this version; "" where there is none."""
    named = [Path(folder) / f"python{version}" for folder in os.get_exec_path()]
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    own = sorted(pyenv.glob(f"{version}.*/bin/python{version}"), reverse=True)
    return next((str(path) for path in (*named, *own) if path.is_file() and _is(path, version)), "")


def _is(path: Path, version: str) -> bool:
    """Return True if a program is that Python: a shim of pyenv may be none, and some builds can't make environments."""
    command = [str(path), "-c", f"import ensurepip, venv; {SAYS_VERSION}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode == 0 and done.stdout.strip() == version


def missing(cell: Cell) -> str:
    """Return why a cell cannot be played; "" where it can."""
    if not interpreter(cell.python):
        return f"python{cell.python} is not installed"
    if not cell.made_from.is_file() or cell.made_from.read_text(encoding="utf-8") != cell.requirements():
        return f"its environment is not made: make matrix ({cell.folder.relative_to(ROOT)})"
    return ""
