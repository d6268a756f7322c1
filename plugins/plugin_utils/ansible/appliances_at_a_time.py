# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How many appliances are worked on at a time: more where they are far away, fewer where memory is short (docs/decisions/0073). Pure."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from statistics import median

PER_CORE = 8
"""The number for each core where appliances are near: more only cost memory there."""
COMPUTING = 0.0024
"""Seconds of CPU for each request, with Ansible's part: what the cheapest phase took of a thousand appliances, a verify (docs/explanation/speed.md)."""
MEBIBYTES_EACH = 52
"""The memory that one appliance takes while it is worked on: a worker of Ansible and a process of the pool (docs/explanation/speed.md)."""
MEBIBYTES_OF_MAIN = 32
"""What is left of 2.5 GiB beside 48 appliances. What the main process takes more, with its hosts and results, is taken from the appliances at a time."""
MEBIBYTES_LEFT = 256
"""The memory that is left to others."""


def room_for_more(available: float) -> int:
    """Return how many appliances more the memory of the machine allows.

    :param available: mebibytes that the machine can give without swapping
    """
    return max(0, int((available - MEBIBYTES_LEFT) / MEBIBYTES_EACH))


def room_beside(main: float, limit: int) -> int:
    """Return how many appliances at a time there may be beside the main process, so that a larger fleet takes no more memory: 2.5 GiB with 48 forks.

    :param main: mebibytes of the main process
    :param limit: the largest number, ``forks``
    """
    return limit - math.ceil(max(0.0, main - MEBIBYTES_OF_MAIN) / MEBIBYTES_EACH)


def appliances_at_a_time(round_trips: Sequence[float], cores: int, limit: int, room: int = sys.maxsize) -> int:
    """Return how many appliances keep the cores busy while most of them are waited for, at least one.

    Of many workers of Ansible one stays free: while all are busy, its main process asks each of them every three milliseconds whether it has ended.

    :param round_trips: of the last appliances, in seconds; none where none has answered yet
    :param cores: the cores that this process may use
    :param limit: the largest number, ``forks``
    :param room: how many the memory allows
    """
    waiting, near = median(round_trips) if round_trips else 0.0, PER_CORE * cores
    wanted = limit if limit <= near else min(limit - 1, max(near, math.ceil(cores * waiting / COMPUTING)))
    return max(1, min(wanted, room))
