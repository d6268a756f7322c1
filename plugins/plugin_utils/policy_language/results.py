# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The results that are neither TRUE nor FALSE nor a value.

A policy is TRUE, FALSE or UNDEF (Citrix blog 2010-03-20 on UNDEF processing). UNDETERMINED is ours: the vendor's documents allow
more than one result, so it proves nothing.
"""

from __future__ import annotations

from typing import Final, NoReturn


class Undefined:
    """The class of the results that must never be used as a truth value."""

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
"""Only during an evaluation: a defined value that only the appliance knows. It ends as UNDETERMINED."""

Value = bool | str | int | float | Undefined


class Halt(Exception):
    """Stops an evaluation that cannot be completed; `result` is UNDEF, UNDETERMINED or UNKNOWN."""

    def __init__(self, result: Undefined) -> None:
        super().__init__(result)
        self.result = result


def undef() -> NoReturn:
    """Raise UNDEF: the operation cannot be completed with this input."""
    raise Halt(UNDEF)


def undetermined() -> NoReturn:
    """Raise UNDETERMINED: the result, which may be UNDEF, is not known."""
    raise Halt(UNDETERMINED)


def unknown() -> NoReturn:
    """Raise UNKNOWN: the operation has a value that only the appliance knows."""
    raise Halt(UNKNOWN)
