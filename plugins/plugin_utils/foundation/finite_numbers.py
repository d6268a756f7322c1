# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The numbers of strict JSON, for the hooks of Python's parser, which also accepts NaN and numbers that become infinite. Pure."""

from __future__ import annotations

import math


class NotFinite(ValueError):
    """A number is not finite; the text says so, as a clause."""


def refuse_constant(name: str) -> float:
    """:raises NotFinite: always; the hook ``parse_constant`` gets NaN, Infinity and -Infinity only"""
    raise NotFinite(f"it has the number {name}")


def finite_float(text: str) -> float:
    """Return the number of a text; the hook ``parse_float``.

    :raises NotFinite: where it is too large for a float
    """
    number = float(text)
    if not math.isfinite(number):
        raise NotFinite("it has a number that is too large")
    return number
