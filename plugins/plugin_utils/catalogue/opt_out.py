# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An entry of the catalogue that a person has opted out of for an appliance or a customer, until a day, from the inventory with strict types. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ..foundation.errors import InvalidInput
from ..foundation.json_values import written
from .entry_name import entry_name

VARIABLE = "tourniquet_opt_outs"
EXAMPLE = "{entry: cve_2026_88776, why: the service is not reachable from outside, who: J. Jansen, until: '2026-12-31'}"
KEYS = ("entry", "why", "who", "until")


@written("who why until")
@dataclass(frozen=True)
class OptOut:
    """One entry of ``tourniquet_opt_outs``.

    :ivar entry: the id of the entry of the catalogue
    :ivar until: the last day on which it counts, in UTC
    """

    entry: str
    why: str
    who: str
    until: date

    def __str__(self) -> str:
        return f"opted out by {self.who} until {self.until}: {self.why}"


def read_opt_outs(host: str, values: Any) -> tuple[OptOut, ...]:
    """Return the opt-outs of a host.

    :param values: the value of the variable, or None
    :raises InvalidInput: naming the host, the entry and the fix
    """
    if values is None:
        return ()
    if not isinstance(values, list):
        raise _wrong(host, "must be a list")
    return tuple(_one(host, f"entry {number}", value) for number, value in enumerate(values, 1))


def in_force(found: Iterable[OptOut], entry: str, today: date) -> OptOut | None:
    """Return the opt-out of an entry that counts today and longest; None where there is none."""
    valid = [one for one in found if one.entry == entry and one.until >= today]
    return max(valid, key=lambda one: one.until, default=None)


def entries_in_force(found: Iterable[OptOut], today: date) -> frozenset[str]:
    """Return the ids of the entries that are opted out of today."""
    return frozenset(one.entry for one in found if one.until >= today)


def expired(found: Iterable[OptOut], entry: str, today: date) -> OptOut | None:
    """Return the opt-out of an entry that has expired last; None where there is none."""
    past = [one for one in found if one.entry == entry and one.until < today]
    return max(past, key=lambda one: one.until, default=None)


def _one(host: str, where: str, value: Any) -> OptOut:
    if not isinstance(value, Mapping):
        raise _wrong(host, f"{where} must be a mapping")
    unknown = sorted(str(key) for key in value if key not in KEYS)
    if unknown:
        raise _wrong(host, f"{where} has an unknown key {unknown[0]!r}")
    texts = {key: value.get(key) for key in KEYS}
    for key, text in texts.items():
        if not isinstance(text, str) or not text.strip():
            raise _wrong(host, f"{where} has no {key} that is a text")
    entry, why, who, until = (str(text).strip() for text in texts.values())
    try:
        return OptOut(str(entry_name(entry)), why, who, date.fromisoformat(until))
    except ValueError:
        raise _wrong(host, f"{where}: until is {until!r}, which is no day as 2026-12-31") from None


def _wrong(host: str, problem: str) -> InvalidInput:
    return InvalidInput(f"{host}: {VARIABLE}: {problem}. Write an entry as {EXAMPLE}.")
