# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How much of a mitigation is still there, as a debt of a result says it, and pages read it. Pure."""

from __future__ import annotations

from enum import StrEnum


class Left(StrEnum):
    """How much of the mitigation is there."""

    IN_PLACE = "in place"
    CHANGED = "in part or changed"
    OF_OTHERS = "of others"
