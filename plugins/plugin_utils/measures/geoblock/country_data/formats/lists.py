# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Plain lists: an address, a network or a range a-b on each line, all of one country; # begins a comment."""

from __future__ import annotations

from collections.abc import Iterator

from .....foundation.errors import InvalidInput
from ..address_ranges import parse_network
from ..file_reader import Text
from .row import Row, wrong_row


def rows(text: Text) -> Iterator[Row]:
    """Return the rows.

    :raises InvalidInput: naming the line
    """
    if not text.country:
        raise InvalidInput(f"{text.name} is a plain list: name its country in geoblock_source.files")
    for number, line in enumerate(text.lines(), 1):
        entry = line.partition("#")[0].strip()
        if entry:
            try:
                version, (first, last) = parse_network(entry)
            except ValueError as error:
                raise wrong_row(text, number, line, str(error)) from None
            yield version, first, last, text.country, number
