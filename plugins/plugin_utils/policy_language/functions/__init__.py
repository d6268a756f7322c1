# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The functions of the language, one module per subject; importing this package registers them."""

from . import (
    appliance,
    client,
    comparisons,
    conversions,
    fields,
    headers,
    http,
    lists,
    numbers,
    regexes,
    responses,
    sets,
    slicing,
    stringmaps,
    times,
)

__all__ = [
    "appliance",
    "client",
    "comparisons",
    "conversions",
    "fields",
    "headers",
    "http",
    "lists",
    "numbers",
    "regexes",
    "responses",
    "sets",
    "slicing",
    "stringmaps",
    "times",
]
