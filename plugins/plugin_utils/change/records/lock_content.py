# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The content of a lock on an appliance: who holds it, until when, and what another run does with it."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ...catalogue.run_parameters import RunParameters
from ...foundation.host_setting import option_for
from .records_folder import current_user

FORMAT = 1
CLOCK = "%Y-%m-%d %H:%M:%S"
_LONGEST = 300  # characters of a text in the lock of somebody else
LARGEST = 64 * 1024
"""The most bytes of a file that is parsed as a lock; one that a run writes has some 500."""
LONGEST_LIFETIME = timedelta(hours=1)
"""No version of Tourniquet has asked for a longer one."""


@dataclass(frozen=True)
class Lock:
    """The content of a lock. It has no secret.

    :ivar owner: user@control node
    :ivar holder: the random id of the control node's record directory for this appliance
    :ivar token: random, to recognise our own lock
    :ivar taken: by the appliance's clock, in its own time zone; None where the time was not known
    :ivar expires: by the same clock; None where it does not expire
    """

    owner: str
    holder: str
    run: str
    measure: str
    reason: str
    ticket: str
    token: str
    taken: datetime | None
    expires: datetime | None

    def to_bytes(self) -> bytes:
        times = {"taken": _text(self.taken), "expires": _text(self.expires)}
        return json.dumps({"format": FORMAT, **vars(self), **times}).encode()

    @classmethod
    def parse(cls, content: bytes) -> Lock:
        """Return the lock in a file; content that is not a lock counts as one of an unknown owner that does not expire."""
        try:
            values = json.loads(content) if len(content) <= LARGEST else None
        except (ValueError, RecursionError):
            values = None
        values = values if isinstance(values, dict) and values.get("format") == FORMAT else {}
        words = {name: str(values.get(name) or "")[:_LONGEST] for name in cls.__annotations__}
        words["owner"] = words["owner"] or "somebody unknown"
        times = {name: _time(words.pop(name)) for name in ("taken", "expires")}
        return cls(**words, taken=times["taken"], expires=times["expires"])

    def is_over(self, now: datetime | None) -> bool:
        return now is not None and self.expires is not None and now >= self.expires

    def ends_too_late(self, now: datetime | None) -> bool:
        """True if it ends later than any run asks for: a clock was set back, or the content is not from a run."""
        try:
            return now is not None and self.expires is not None and self.expires - now > LONGEST_LIFETIME
        except OverflowError:
            return True

    def __str__(self) -> str:
        what = ": ".join(filter(None, (self.measure, self.reason)))
        ticket = f", {self.ticket}" if self.ticket else ""
        return f"{self.owner} (run {self.run or 'unknown'}, {what or 'no reason given'}{ticket})"

    def times(self) -> str:
        since = f"since {self.taken}" if self.taken else "since a time unknown"
        return f"{since}, until {self.expires} by the appliance's clock" if self.expires else f"{since}, without an end"


class LockStatus(StrEnum):
    """The treatment of an existing lock by a run."""

    OWN = "own"
    """A dead run of this control node left it: resume it."""
    EXPIRED = "expired"
    """Take it over."""
    BROKEN = "broken"
    """Take it over, because ``break_lock`` says so."""
    REFUSED = "refused"
    """Stop the run."""


@dataclass(frozen=True)
class LockState:
    """An existing lock, and what a run does with it.

    :ivar text: who holds it and since when
    :ivar fix: what the run does with it or, where the run is refused, what to do
    """

    status: LockStatus
    text: str
    fix: str


def assess_lock(lock: Lock, parameters: RunParameters, holder: str, now: datetime | None) -> LockState:
    """Return what a run does with an existing lock.

    :param holder: the random id of our record directory; "" where it has none yet
    :param now: the time by the node's clock; None where it is not known
    """
    text = f"{lock} holds the lock, {lock.times()}."
    if holder and lock.holder == holder and lock.owner == operator_name():
        return LockState(
            LockStatus.OWN, text, "It is of this control node: if that run has died, the next one resumes it."
        )
    if lock.is_over(now):
        return LockState(LockStatus.EXPIRED, text, "It has expired, and is taken over.")
    if lock.ends_too_late(now):
        text += (
            f" No run asks for more than {LONGEST_LIFETIME.seconds // 60} minutes, and the appliance says that it is {now}: its clock was set "
            "back, or the lock was not written by a run."
        )
    if parameters.break_lock:
        return LockState(LockStatus.BROKEN, text, f"It is broken: {parameters.break_lock}.")
    broken = option_for(parameters.appliance.name, """-e "break_lock='<why>'\"""")
    return LockState(
        LockStatus.REFUSED,
        text,
        f"Wait until that run has ended; if it is dead, break its lock with {broken}, which is noted in the record.",
    )


def operator_name() -> str:
    """Return user@control node."""
    return f"{current_user()}@{socket.gethostname()}"


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(sep=" ", timespec="seconds")


def _time(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, CLOCK)  # noqa: DTZ007 -- the appliance's own clock has no zone
    except ValueError:
        return None
