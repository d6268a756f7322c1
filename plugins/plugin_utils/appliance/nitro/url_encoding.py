# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How names and arguments are written in the URL of a NITRO request. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import quote

from ...foundation.errors import Refused
from .names import is_stand_in


@lru_cache(
    maxsize=32
)  # the same rule and token are sent many times, and quoting takes long where many characters are escaped
def quoted(text: str) -> str:
    """Return a text in which every reserved character is escaped."""
    return quote(text, safe="")


def encode_name(name: str) -> str:
    """Return a name encoded for the path: twice, as the vendor's own clients do.

    :raises Refused: for the stand-in of a name that NITRO does not allow
    """
    if is_stand_in(name):
        raise Refused(f"nothing is sent for the {name}. Look at it on the appliance itself.")
    return quoted(quoted(name))


def encode_args(args: Mapping[str, str]) -> str:
    """Return NITRO's args as text: the separators stay, each value is encoded once."""
    return ",".join(f"{key}:{quoted(value)}" for key, value in args.items())
