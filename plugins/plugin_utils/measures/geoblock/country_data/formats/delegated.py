# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""RIR delegated-extended files, and NRO's combined one (nro-extended-stats-readme, version 2.3).

``registry|cc|type|start|value|date|status|...``: for ipv4 the value is a number of addresses, not always a power of two; for
ipv6 it is the length of the prefix. Records come in any order; available and reserved ones have no country.
"""

from __future__ import annotations

from collections.abc import Iterator
from socket import AF_INET, AF_INET6, inet_pton

from ..file_reader import Text
from .row import UNKNOWN, Row, wrong_row

_IN_USE = frozenset({"allocated", "assigned"})


def rows(text: Text) -> Iterator[Row]:
    """Return the rows.

    :raises InvalidInput: naming the line
    """
    for number, line in enumerate(text.lines(), 1):
        cells = line.rstrip().split("|")
        if line.startswith("#") or not line.strip() or cells[0][:1].isdigit() or cells[-1] == "summary":
            continue
        if len(cells) < 7:
            raise wrong_row(text, number, line, "a record needs seven columns")
        if cells[2] == "asn" or cells[6] not in _IN_USE:
            continue
        try:
            yield _row(cells, number)
        except (ValueError, OSError):
            raise wrong_row(text, number, line, "no valid address, size or country") from None


def _row(cells: list[str], number: int) -> Row:
    _registry, code, kind, start, value = cells[:5]
    size = int(value) if value.isdecimal() else 0
    if kind == "ipv4":
        version, first = 4, int.from_bytes(inet_pton(AF_INET, start))
        last = first + size - 1
        valid = size > 0 and last < 1 << 32
    else:
        version, first = 6, int.from_bytes(inet_pton(AF_INET6, start))
        valid = kind == "ipv6" and 0 < size <= 128
        mask = (1 << (128 - size)) - 1 if valid else 0
        valid = valid and not first & mask
        last = first | mask
    code = code.upper() or UNKNOWN
    if not valid or len(code) != 2 or not code.isalpha():
        raise ValueError
    return version, first, last, code, number
