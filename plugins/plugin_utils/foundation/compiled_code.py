# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Loads the modules of this collection with Python's own loader, which keeps compiled code (``__pycache__``).

The loader of ansible-core for collections compiles each module again in each process (``get_code`` in ``utils/collection_loader/_collection_finder.py`` of
ansible-core 2.19), which was a quarter of the CPU of a job with one appliance. Nothing else changes: the same files under the same names. Where the
directory cannot be written, they are compiled as before.

This module is loaded before the version of Python is known to be new enough, so it imports nothing of this collection.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import SOURCE_SUFFIXES, FileFinder, ModuleSpec, SourceFileLoader
from types import ModuleType

OF_ANSIBLE = "ansible.utils.collection_loader"


class Finder(MetaPathFinder):
    """Finds the modules of one package, and no other."""

    def __init__(self, package: str) -> None:
        self._prefix = f"{package}."
        self._folders: dict[str, FileFinder] = {}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where a module is, with the loader that keeps compiled code; None where it is not one of the package."""
        if not fullname.startswith(self._prefix):
            return None
        found = (self._of(folder).find_spec(fullname, target) for folder in path or ())
        return next((spec for spec in found if spec is not None), None)

    def _of(self, folder: str) -> FileFinder:
        if folder not in self._folders:
            self._folders[folder] = FileFinder(folder, (SourceFileLoader, SOURCE_SUFFIXES))
        return self._folders[folder]


def keep_compiled_code(package: str, loader: object) -> None:
    """Load the modules of a package with Python's own loader from now on, where Ansible's would load them.

    :param loader: of a module of the package
    """
    if _is_of_ansible(loader):
        place = next(
            (place for place, finder in enumerate(sys.meta_path) if _is_of_ansible(finder)), len(sys.meta_path)
        )
        sys.meta_path.insert(
            place, Finder(package)
        )  # directly before it: ansible-test refuses a change of what stands in front


def _is_of_ansible(found: object) -> bool:
    return type(found).__module__.startswith(OF_ANSIBLE)
