# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Many reads that do not depend on each other, some at a time where the appliance is far away.

A hundred evaluations one after the other take five seconds 40 ms away, and 17 seconds 150 ms away. Near appliances answer faster than a further
connection is made, so there the session itself reads all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event

from ...foundation.errors import NitroError
from . import round_trip
from .session import LARGEST_ANSWER, Row, Session, SessionEnded

AT_ONCE = 4  # connections, beside that of the session
FEW = 12  # reads that are not worth a further connection: a login, and two round trips to connect
FAR_AWAY = 0.01  # seconds

Answer = list[Row] | NitroError
"""The rows, or why the appliance does not give them."""


def read_side_by_side(session: Session, type_: str, every: Sequence[Mapping[str, str]]) -> list[Answer]:
    """Read a type with one set of arguments after the other.

    :param every: NITRO's args of each read
    :returns: the answers, in the order of the reads
    :raises TourniquetError: where one of the reads is not answered; the others are given up
    """
    if len(every) <= FEW or round_trip.shortest() < FAR_AWAY:
        return [_read(session, type_, args) for args in every]
    failed = Event()
    with ThreadPoolExecutor(AT_ONCE) as threads:
        parts = [*threads.map(partial(_read_part, session, type_, failed), (every[n::AT_ONCE] for n in range(AT_ONCE)))]
    found = [parts[number % AT_ONCE][number // AT_ONCE] for number in range(len(every))]
    return [_read(session, type_, args) if rows is None else rows for args, rows in zip(every, found, strict=True)]


def _read(session: Session, type_: str, args: Mapping[str, str]) -> Answer:
    try:
        return session.read(type_, args=args)
    except NitroError as error:
        return error


def _read_part(session: Session, type_: str, failed: Event, every: Sequence[Mapping[str, str]]) -> list[Answer | None]:
    """Read on a connection of its own, until another part has failed.

    :returns: the answers; None for a read after the session has ended, which its owner begins anew
    """
    answers: list[Answer | None] = []
    try:
        with session.beside(LARGEST_ANSWER // AT_ONCE) as other:
            for args in every:
                if failed.is_set():
                    break
                answers.append(_read(other, type_, args))
    except SessionEnded:
        return [*answers, *[None] * (len(every) - len(answers))]
    except BaseException:
        failed.set()
        raise
    return answers
