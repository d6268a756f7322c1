# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The directory of the user for what must outlive a run and belongs to no inventory."""

from __future__ import annotations

import os
from pathlib import Path


def state_directory() -> Path:
    """Return ``$XDG_STATE_HOME/tourniquet``, which is ``~/.local/state/tourniquet`` where the variable is not set.

    A relative path in the variable does not count, as the XDG specification says.
    """
    named = Path(os.environ.get("XDG_STATE_HOME", ""))
    return (named if named.is_absolute() else Path.home() / ".local" / "state") / "tourniquet"
