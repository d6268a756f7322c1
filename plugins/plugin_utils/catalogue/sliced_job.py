# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The job of an execution node as the controller describes it: until when it may begin to write, and what its plans have seen. Pure.

The controller writes it as an extra variable into each job. A node reads it through the one door here, :meth:`SlicedJob.from_variable`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..foundation.errors import InvalidInput

VARIABLE = "tourniquet_job"
DIRECTORY = "jobs"
"""In the state directory of an execution node: the jobs that it has begun, and those that were cancelled."""
MOST_HOSTS = 10_000
MOST_COPIES = 500
"""Names of copies of records, of one appliance. A control node keeps the newest 20 of its runs there."""
LARGEST_OFFSET = 100 * 366 * 86_400
"""Seconds. The clock of an appliance that has lost its time shows 1970."""
LONGEST_NAME = 255
LONGEST_DEADLINE = 86_400
"""Seconds from the submission of a job. A node remembers its jobs for much longer."""
_IDENT = re.compile(r"[A-Za-z0-9]{1,40}-[1-9][0-9]{0,6}")
_RUN = re.compile(r"[A-Za-z0-9]{1,40}")
_VERB = re.compile(r"[a-z_]{1,40}")
_DEADLINE = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\+00:00")
_STEM = re.compile(r"\d{8}T\d{6}\.\d{6}Z-[A-Za-z0-9._-]{1,18}")
_KEYS = ("ident", "run", "verb", "deadline", "clocks", "copies", "follows")


@dataclass(frozen=True)
class SlicedJob:
    """One job.

    :ivar ident: of the job: the id of the run and a number
    :ivar run: the id of the run on the controller
    :ivar verb: the name of the playbook
    :ivar deadline: no write to an appliance begins later than this; an appliance that was begun is carried out to its end. Whole seconds, UTC
    :ivar clocks: by appliance, by how many seconds its clock was ahead of the controller's when it was planned; absent where that is not known
    :ivar copies: by appliance, the names of the copies of records (without suffix) that its plan saw there; absent where that is not known
    :ivar follows: a later job is to carry out the plans of this one, so they need all that it needs
    """

    ident: str
    run: str
    verb: str
    deadline: datetime
    clocks: Mapping[str, float] = field(default_factory=dict)
    copies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    follows: bool = False

    @property
    def until(self) -> str:
        """The deadline as text."""
        return f"{self.deadline:%Y-%m-%d %H:%M:%S} UTC"

    def cancel_file(self, state: Path) -> Path:
        """Return the file of an execution node that cancels the job: while it exists, the job begins nothing.

        :param state: the state directory of the node
        """
        return state / DIRECTORY / f"{self.ident}.cancelled"

    def as_variable(self) -> dict[str, Any]:
        """Return the value of the variable, as JSON values."""
        return {
            **{name: getattr(self, name) for name in ("ident", "run", "verb")},
            "deadline": self.deadline.astimezone(UTC).isoformat(timespec="seconds"),
            "clocks": dict(self.clocks),
            "copies": {host: list(names) for host, names in self.copies.items()},
            "follows": self.follows,
        }

    @classmethod
    def from_variable(cls, value: Any) -> SlicedJob:
        """Return the job that a variable describes.

        :raises InvalidInput: where it is not one that a controller wrote
        """
        if not isinstance(value, Mapping) or sorted(map(str, value)) != sorted(_KEYS):
            raise _wrong(f"must have {', '.join(_KEYS)}, and nothing else")
        ident, run, verb = (_text(value, *one) for one in (("ident", _IDENT), ("run", _RUN), ("verb", _VERB)))
        if ident.rpartition("-")[0] != run:
            raise _wrong(f"has the ident {ident!r}, which is not one of the run {run!r}")
        if not isinstance(value["follows"], bool):
            raise _wrong("has a wrong follows")
        return cls(
            ident,
            run,
            verb,
            _deadline(value),
            {host: float(seconds) for host, seconds in _by_host(value, "clocks", is_offset).items()},
            {host: tuple(map(str, names)) for host, names in _by_host(value, "copies", are_copies).items()},
            value["follows"],
        )


def is_offset(value: Any) -> bool:
    """Return True for seconds by which a clock can be ahead of another one."""
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and math.isfinite(value)
        and abs(value) <= LARGEST_OFFSET
    )


def are_copies(value: Any) -> bool:
    """Return True for a list of names of copies of records, no longer than a plan notes it."""
    return (
        isinstance(value, list)
        and len(value) <= MOST_COPIES
        and all(isinstance(name, str) and _STEM.fullmatch(name) for name in value)
    )


def _deadline(value: Mapping[str, Any]) -> datetime:
    text = _text(value, "deadline", _DEADLINE)
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise _wrong(f"has the deadline {text!r}, which is no time") from None


def _text(value: Mapping[str, Any], name: str, pattern: re.Pattern[str]) -> str:
    text = value[name]
    if not isinstance(text, str) or not pattern.fullmatch(text):
        raise _wrong(f"has a wrong {name}")
    return str(text)


def _by_host(value: Mapping[str, Any], name: str, accepts: Callable[[Any], bool]) -> Mapping[str, Any]:
    found = value[name]
    if not isinstance(found, Mapping) or len(found) > MOST_HOSTS:
        raise _wrong(f"has {name} that are no mapping of at most {MOST_HOSTS:,} appliances")
    for host, one in found.items():
        if not isinstance(host, str) or not 0 < len(host) <= LONGEST_NAME:
            raise _wrong(f"has {name} of something that is no name of an appliance")
        if not accepts(one):
            raise _wrong(f"has wrong {name} of {host!r}")
    return found


def _wrong(problem: str) -> InvalidInput:
    return InvalidInput(
        f"{VARIABLE} {problem}. sliced.yml on a controller writes it into each job: leave it out of -e and of the inventory. Nothing was sent."
    )
