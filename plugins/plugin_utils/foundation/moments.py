# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How people read a time of a record. Pure."""

from __future__ import annotations

from datetime import UTC, datetime


def moment(text: str) -> str:
    """Return a time of a record in the form 2020-01-18 08:00 UTC.

    :raises ValueError: where it is no time
    """
    return f"{datetime.fromisoformat(text).astimezone(UTC):%Y-%m-%d %H:%M} UTC"
