# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The names of time zones: `CoordinatedUniversalTime`, or offset, abbreviation and place, as in `GMT+01:00-CET-Europe/Amsterdam`.

The offset in the name holds all year: the simulator has no summer time (NITRO reference, nsconfig).
"""

from __future__ import annotations

import re

from simulator.configuration.check_registry import checks
from simulator.configuration.environment import Environment
from simulator.configuration.rows import Rows
from simulator.types import Row
from simulator.types.errors import NitroError
from simulator.types.ns_parameters import UTC_ZONE

_NAME = re.compile(r"GMT([+-])(0\d|1[0-4]):([0-5]\d)-[A-Za-z]{2,6}-[A-Z][A-Za-z_]+(?:/[A-Z][A-Za-z_-]+){1,2}")


@checks("nsparam")
def _zone(configuration: Rows, row: Row, old: Row | None, env: Environment) -> None:
    name = row.get("timezone", UTC_ZONE)
    if name != UTC_ZONE and not _NAME.fullmatch(name):
        raise NitroError(1097, "timezone", name)


def local_offset(name: str) -> int:
    """Return the seconds that a zone is ahead of UTC."""
    found = _NAME.fullmatch(name)
    if found is None:
        return 0
    sign, hours, minutes = found.groups()
    seconds = int(hours) * 3600 + int(minutes) * 60
    return -seconds if sign == "-" else seconds
