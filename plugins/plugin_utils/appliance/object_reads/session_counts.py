# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Counts of the sessions of users, by kind (:mod:`..objects.user_sessions`)."""

from __future__ import annotations

from collections.abc import Iterable

from ...foundation.errors import NitroError, NotFound, NotShown
from ..nitro.rows import whole
from ..nitro.session import Session
from ..objects.user_sessions import SessionCount


def count_sessions(session: Session, types: Iterable[str]) -> dict[str, SessionCount]:
    """Return by NITRO type how many sessions there are on the node, in the partition that the session is in. Reads only."""
    return {type_: _count(session, type_) for type_ in types}


def _count(session: Session, type_: str) -> SessionCount:
    try:
        rows = session.read(type_, query={"count": "yes"})
    except NotShown:
        return SessionCount(0, "their feature is off")
    except NotFound:
        return SessionCount(0)
    except NitroError as error:
        return SessionCount(None, str(error))
    number = whole(rows[0].get("__count")) if rows else 0
    if number is None or number < 0:
        return SessionCount(None, "the answer has no count")
    return SessionCount(number)
