# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Refuses an inventory that Ansible could not read completely, which to Ansible is only a warning."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ansible import constants as C  # noqa: N812 -- its usual name
from ansible.inventory.manager import IGNORED, InventoryManager
from ansible.parsing.dataloader import DataLoader

from ..fleet_sources.refused_lists import REASONS
from ..foundation.errors import InvalidInput
from ..foundation.foreign_text import printable

MOST_SHOWN = 5
KEPT_BESIDE = ("allowed_signers", "revoked_keys")
"""Files of ours that a person may put into the directory of the inventory by mistake."""


def require_read(loader: DataLoader, sources: Sequence[str]) -> None:
    """Refuse an inventory of which Ansible could not read a file.

    Ansible keeps no list of these, so the files are read a second time, unless the setting ``any_unparsed_is_failed`` has made Ansible itself
    refuse them.

    :param sources: what ``-i`` names, or the default of the configuration
    :raises InvalidInput: with the files
    """
    if C.INVENTORY_ANY_UNPARSED_IS_FAILED:
        return
    missing = [source for source in sources if "," not in source and not Path(source).exists()]
    if missing:
        raise InvalidInput(f"there is no inventory {_names(missing)}. Name yours with -i. Nothing was sent.")
    second = InventoryManager(loader, parse=False)
    unread = [source for source in _files(sources) if not second.parse_source(source, cache=True)]
    if unread:
        reasons = [printable(REASONS[source]) for source in unread[:MOST_SHOWN] if source in REASONS]
        what = [f"{reason}." for reason in reasons]
        if len(reasons) < len(unread):
            what.append("The warnings above say what is wrong there.")
        if any(Path(source).name in KEPT_BESIDE for source in unread):
            what.append(
                f"The files {' and '.join(KEPT_BESIDE)} belong beside the directory of the inventory: Ansible reads each file in it as inventory."
            )
        raise InvalidInput(
            f"the inventory was not read completely, so appliances may be missing: {_names(unread)}. {' '.join(what)} "
            "Correct it, or leave that source out. Nothing was sent."
        )


def _files(sources: Iterable[str]) -> Iterator[str]:
    """Return what Ansible reads of these sources: the files of each directory, but for those that it ignores."""
    for source in sources:
        if "," in source or not Path(source).is_dir():
            yield source
        else:
            found = sorted(path for path in Path(source).iterdir() if not IGNORED.search(os.fsencode(path.name)))
            yield from _files(map(str, found))


def _names(sources: Sequence[str]) -> str:
    more = f" and {len(sources) - MOST_SHOWN} more" if len(sources) > MOST_SHOWN else ""
    return ", ".join(map(printable, sources[:MOST_SHOWN])) + more
