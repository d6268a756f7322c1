# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Remove the VEX documents of customers that are no longer in the inventory.

A directory may have documents of several inventories, and files of others. So a list beside the documents says of which inventory a run wrote each of
them, and only a document that a run on the same inventory wrote is removed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.private_files import (
    read_privately,
    write_privately,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.folder import unique_name
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.reports.run.vex import NOBODY

LIST = ".written"


def remove_stale_documents(
    documents: Iterable[Path], inventory: str, customers: Callable[[], Iterable[str]]
) -> list[Path]:
    """Remove the stale documents, and return them.

    :param documents: those that this run has written, all in one directory
    :param inventory: names the inventory of this run
    :param customers: returns the customers of the whole inventory; "" for an appliance without one. Called only where something may be stale
    :raises OSError: where a file cannot be written or removed
    """
    written = {path.name for path in documents}
    directory = next((path.parent for path in documents), None)
    if directory is None:
        return []
    known = _read(directory / LIST)
    before = dict(known)
    known |= dict.fromkeys(written, inventory)
    doubted = {name for name, wrote in known.items() if wrote == inventory} - written
    present = {f"{unique_name(customer or NOBODY)}.json" for customer in customers()} if doubted else set()
    stale = sorted(doubted - present)
    for name in stale:
        (directory / name).unlink(missing_ok=True)
        del known[name]
    if known != before:
        write_privately(directory / LIST, json.dumps(known, indent=1, sort_keys=True) + "\n")
    return [directory / name for name in stale]


def _read(path: Path) -> dict[str, str]:
    """Return by name of a document the inventory; nothing where the list is none of ours. A name that is a path counts as none."""
    try:
        content = json.loads(read_privately(path))
    except (OSError, ValueError):
        return {}
    if not isinstance(content, dict):
        return {}
    return {
        name: inventory
        for name, inventory in content.items()
        if isinstance(inventory, str) and Path(name).name == name and name.endswith(".json")
    }
