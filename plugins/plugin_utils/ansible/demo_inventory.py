# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a run works on the inventory of the simulated fleet since nobody has named one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ..foundation.collection_version import PROJECT

DEMO = (
    "DEMO  no -i was given: this run works on inventory/demo, the inventory of the simulated fleet. Name yours with -i."
)
FILES_INSTEAD = re.compile(r"(?:\b|^-e)(?:verify_)?source['\"]?\s*[=:]")
"""A word of the command line that names exported files: such a run works on them, and on no inventory."""


def inventory_is_the_demo(sources: Iterable[str], words: Sequence[str], environment: Mapping[str, str]) -> bool:
    """Return True if nobody has named an inventory or files, so that the configuration of this clone names the one of the simulated fleet.

    :param sources: of the inventory
    :param words: the command line
    """
    is_named = any(re.match(r"-i|--inventory", word) for word in words) or "ANSIBLE_INVENTORY" in environment
    if is_named or any(FILES_INSTEAD.search(word) for word in words):
        return False
    return [Path(str(source)).resolve() for source in sources] == [(PROJECT / "inventory/demo").resolve()]
