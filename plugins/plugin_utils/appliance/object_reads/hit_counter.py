# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The hit counter of a responder policy."""

from __future__ import annotations

from ..nitro.rows import whole
from ..nitro.session import Session


def read_hits(session: Session, policy: str) -> int:
    """Return the hit counter of a responder policy.

    :raises NitroError: where it cannot be read
    """
    rows = session.read("responderpolicy", policy, area="stat")
    return (whole(rows[0].get("pipolicyhits")) or 0) if rows else 0
