# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The shortest time in which an appliance has answered this process: how far away it is, whatever else the machine does.

A process that waits for its turn on the processor makes some answers late, and never one early. So the shortest of a session is close to the
round trip of the network. It only decides how many appliances are worked on at a time.
"""

from __future__ import annotations

_shortest: float | None = None


def note(seconds: float) -> None:
    """Take the time of one request with its answer into account."""
    global _shortest  # noqa: PLW0603 -- a process works on one appliance at a time
    if _shortest is None or seconds < _shortest:
        _shortest = seconds


def shortest() -> float:
    """Return the shortest time in seconds since the last :func:`take`; 0 where nothing was answered."""
    return _shortest or 0.0


def take() -> float | None:
    """Return the shortest time in seconds since the last call, and begin anew; None where nothing was answered."""
    global _shortest
    found, _shortest = _shortest, None
    return found
