# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Remove the VEX documents and the pages of customers that are no longer in the inventory.

A directory may have files of several inventories, and files of others. So a list beside them says of which inventory a run wrote each of them, and only
what a run on the same inventory wrote is removed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

from ...change.records.records_folder import unique_name
from ...foundation.private_files import read_privately, write_privately
from .vex import NOBODY

LIST = ".written"
DOCUMENT, PAGE = ".json", ".html"


def remove_stale_documents(
    documents: Iterable[Path], inventory: str, customers: Callable[[], Iterable[str]]
) -> list[Path]:
    """Remove the stale VEX documents, and return them.

    :param documents: those that this run has written, all in one directory
    :param inventory: names the inventory of this run
    :param customers: returns the customers of the whole inventory; "" for an appliance without one. Called only where something may be stale
    :raises OSError: where a file cannot be written or removed
    """
    stale = _forget_stale([*documents], DOCUMENT, inventory, customers)
    for path in stale:
        path.unlink(missing_ok=True)
    return stale


def remove_stale_pages(pages: Iterable[Path], inventory: str, customers: Callable[[], Iterable[str]]) -> list[Path]:
    """Remove the pages of customers in their directories, and return the directories; see :func:`remove_stale_documents`.

    A directory with a file that is no page stays, with that file.

    :param pages: those that this run has written, each in the directory of its customer
    :raises OSError: where a file cannot be written or removed
    """
    stale = _forget_stale([*{page.parent: None for page in pages}], "", inventory, customers)
    found = [path for path in stale if path.is_dir() and not path.is_symlink()]
    for path in found:
        for page in path.glob(f"*{PAGE}"):
            page.unlink()
        if not any(path.iterdir()):
            path.rmdir()
    return found


def _forget_stale(
    paths: Collection[Path], suffix: str, inventory: str, customers: Callable[[], Iterable[str]]
) -> list[Path]:
    """Bring the list beside these paths up to date, and return what is stale."""
    written = {path.name for path in paths}
    directory = next((path.parent for path in paths), None)
    if directory is None:
        return []
    known = _read(directory / LIST, suffix)
    before = dict(known)
    known |= dict.fromkeys(written, inventory)
    doubted = {name for name, wrote in known.items() if wrote == inventory} - written
    present = {f"{unique_name(customer or NOBODY)}{suffix}" for customer in customers()} if doubted else set()
    stale = sorted(doubted - present)
    for name in stale:
        del known[name]
    if known != before:
        write_privately(directory / LIST, json.dumps(known, indent=1, sort_keys=True) + "\n")
    return [directory / name for name in stale]


def _read(path: Path, suffix: str) -> dict[str, str]:
    """Return by name of a file or directory the inventory; nothing where the list is none of ours. A name that is a path counts as none."""
    try:
        content = json.loads(read_privately(path))
    except (OSError, ValueError):
        return {}
    if not isinstance(content, dict):
        return {}
    return {
        name: inventory
        for name, inventory in content.items()
        if isinstance(inventory, str) and name != ".." and Path(name).name == name and name.endswith(suffix)
    }
