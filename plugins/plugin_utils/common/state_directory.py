# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where files of the user may be kept that belong to no inventory: in the state directory, and not in an installed collection."""

from __future__ import annotations

import os
from pathlib import Path

# ansible-galaxy writes both into each collection that it installs. A clone has galaxy.yml instead, also where it lies in such a path.
_OF_INSTALLATION = ("MANIFEST.json", "FILES.json")


def is_installed(project: Path) -> bool:
    """Return True if a directory is an installed collection, and no clone of its source."""
    return all((project / name).is_file() for name in _OF_INSTALLATION)


def state_directory() -> Path:
    """Return ``$XDG_STATE_HOME/tourniquet``, which is ``~/.local/state/tourniquet`` where the variable is not set.

    A relative path in the variable does not count, as the XDG specification says.
    """
    named = Path(os.environ.get("XDG_STATE_HOME", ""))
    return (named if named.is_absolute() else Path.home() / ".local" / "state") / "tourniquet"
