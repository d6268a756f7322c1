# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where files of the user may be kept that belong to no inventory: in the state directory, and not in an installed collection."""

from __future__ import annotations

import os
from pathlib import Path

# ansible-galaxy writes both into each collection that it installs. A clone has galaxy.yml instead, also where it lies in such a path.
_OF_INSTALLATION = ("MANIFEST.json", "FILES.json")

VARIABLE = "TOURNIQUET_STATE_DIRECTORY"


def is_installed(project: Path) -> bool:
    """Return True if a directory is an installed collection, and no clone of its source."""
    return all((project / name).is_file() for name in _OF_INSTALLATION)


def named_state_directory() -> Path | None:
    """Return the directory in ``$TOURNIQUET_STATE_DIRECTORY``; None where it names none, or a relative one.

    A container has it for a volume that outlives it. All files of a user are in it then, beside an inventory too.
    """
    named = Path(os.environ.get(VARIABLE, ""))
    return named if named.is_absolute() else None


def state_directory() -> Path:
    """Return :func:`named_state_directory`, or ``$XDG_STATE_HOME/tourniquet``, which is ``~/.local/state/tourniquet`` where neither is set.

    A relative path in ``XDG_STATE_HOME`` does not count, as the XDG specification says.
    """
    own = named_state_directory()
    if own is not None:
        return own
    named = Path(os.environ.get("XDG_STATE_HOME", ""))
    return (named if named.is_absolute() else Path.home() / ".local" / "state") / "tourniquet"
