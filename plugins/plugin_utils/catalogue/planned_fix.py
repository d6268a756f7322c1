# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The day on which the firmware fix of an appliance is planned, from the inventory, with strict types. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from ..foundation.errors import InvalidInput

VARIABLE = "tourniquet_planned_fix"
EXAMPLE = "'2026-12-15', or {cve_2019_19781: '2026-12-15'} where the days differ"


def read_planned_fix(host: str, value: Any, measure: str) -> date | None:
    """Return the day on which the fix of a mitigation is planned; None where none is.

    :param value: the value of the variable: a day for all mitigations, or a day for each
    :raises InvalidInput: naming the host, the variable and the fix
    """
    if isinstance(value, Mapping):
        days = {str(key): _day(host, day) for key, day in value.items()}
        return days.get(measure)
    return None if value is None else _day(host, value)


def _day(host: str, value: Any) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise InvalidInput(f"{host}: {VARIABLE} is {value!r}: write {EXAMPLE}") from None
