# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``first,last,CC``: DB-IP Lite, ip-location-db (text), Tor's geoip (decimal), geoip6 (text), IP2Location LITE (decimal, quoted).

Both families may stand in one file (DB-IP), in any order. IP2Location's IPv6 file holds IPv4 too, as ::ffff:a.b.c.d.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from socket import AF_INET, AF_INET6, inet_pton

from ..countries import COUNTRIES
from ..file_reader import Text
from .row import UNKNOWN, Row, wrong_row

_MAPPED = 0xFFFF << 32
_UNKNOWN = frozenset({"", "-", "??", "ZZ"})


def rows(text: Text) -> Iterator[Row]:
    """Return the rows. Usual ones are parsed in one step, since world files have 700,000 of them; all others by the slow parser.

    :raises InvalidInput: naming the line
    """
    number_of = int.from_bytes
    for number, line in enumerate(text.lines(), 1):
        try:
            first, last, code = line.split(",")
            code = code[:2] if code[2:] == "\n" else code
            if ":" in first:
                low, high = number_of(inet_pton(AF_INET6, first)), number_of(inet_pton(AF_INET6, last))
                if low <= high and code in COUNTRIES and low >> 32 != 0xFFFF:
                    yield 6, low, high, code, number
                    continue
            else:
                decimal = first.isdecimal() and last.isdecimal()
                low = int(first) if decimal else number_of(inet_pton(AF_INET, first))
                high = int(last) if decimal else number_of(inet_pton(AF_INET, last))
                if low <= high < 1 << 32 and code in COUNTRIES:
                    yield 4, low, high, code, number
                    continue
        except (ValueError, OSError):  # a comment, quotes, more columns: or an error
            pass
        if row := _carefully(text, number, line):
            yield (*row, number)


def is_row(line: str) -> bool:
    """True if this is a row of such a file."""
    try:
        _parse(line)
    except ValueError:
        return False
    return True


def _carefully(text: Text, number: int, line: str) -> tuple[int, int, int, str] | None:
    content = line.strip()
    if not content or content.startswith("#"):
        return None
    try:
        return _parse(content)
    except ValueError as error:
        raise wrong_row(text, number, line, str(error)) from None


def _parse(line: str) -> tuple[int, int, int, str]:
    try:
        cells = [cell.strip() for cell in next(csv.reader([line]), [])]
    except csv.Error as error:
        raise ValueError(str(error)) from None
    if len(cells) < 3:
        raise ValueError("a row needs first,last,country")
    try:
        (one, low), (other, high) = _address(cells[0]), _address(cells[1])
    except (OSError, UnicodeError):
        raise ValueError("no address") from None
    version = max(one, other) if cells[0].isdecimal() else one
    if cells[0].isdecimal() != cells[1].isdecimal() or (not cells[0].isdecimal() and one != other):
        raise ValueError("first and last are of two families")
    if high < low:
        raise ValueError("last is before first")
    if version == 6 and low >> 32 == high >> 32 == 0xFFFF:
        version, low, high = 4, low - _MAPPED, high - _MAPPED
    code = cells[2].upper()
    if code in _UNKNOWN:
        code = UNKNOWN
    if len(code) != 2 or not code.isascii() or not code.isalnum():
        raise ValueError("the country isn't two letters")
    return version, low, high, code


def _address(cell: str) -> tuple[int, int]:
    """Return version and number. Raises OSError if it is no address, ValueError for a number that is too large."""
    if cell.isdecimal() and cell.isascii():
        number = int(cell)
        if number >> 128:
            raise ValueError("the number is too large for an address")
        return (6 if number >> 32 else 4), number
    if ":" in cell:
        return 6, int.from_bytes(inet_pton(AF_INET6, cell))
    return 4, int.from_bytes(inet_pton(AF_INET, cell))
