# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The results that are neither TRUE nor FALSE nor a value.

A policy is TRUE, FALSE or UNDEF (Citrix blog 2010-03-20 on UNDEF processing). UNDETERMINED is ours: what the vendor
states leaves more than one result open, so nothing may be proven with it.
"""

from __future__ import annotations

from typing import Final, NoReturn


class Undefined:
    """The class of the two results that must never be read as a truth value."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name

    def __bool__(self) -> bool:
        raise TypeError(f"{self.name} is neither true nor false: compare it with `is`")


UNDEF: Final = Undefined("UNDEF")
UNDETERMINED: Final = Undefined("UNDETERMINED")
UNKNOWN: Final = Undefined("UNKNOWN")
"""Only inside an evaluation: a value that is defined, but that nobody can know offline. It ends as UNDETERMINED."""

Value = bool | str | int | float | Undefined


class Halt(Exception):
    """Stops an evaluation that can't be completed; `result` is UNDEF, UNDETERMINED or UNKNOWN."""

    def __init__(self, result: Undefined) -> None:
        super().__init__(result)
        self.result = result


def undef() -> NoReturn:
    """Raise UNDEF: the operation can't be completed with this input."""
    raise Halt(UNDEF)


def undetermined() -> NoReturn:
    """Raise UNDETERMINED: what the operation answers here, UNDEF included, isn't known."""
    raise Halt(UNDETERMINED)


def unknown() -> NoReturn:
    """Raise UNKNOWN: the operation has a value, which only the appliance knows."""
    raise Halt(UNKNOWN)
