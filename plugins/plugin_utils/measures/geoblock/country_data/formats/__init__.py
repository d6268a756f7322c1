# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The formats of country data, each as rows (version, first, last, code, line).

The code is what the data says, "ZZ" where it says unknown; the line is for messages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from .....foundation.errors import InvalidInput
from ..file_reader import Text
from ..source import SourceFormat
from . import country_ranges, delegated, geolite2, lists
from .row import Row, wrong_row

_DELEGATED = re.compile(r"\d(\.\d)?\||[a-z]+\|")
DETECTION_LINES = 200  # lines


def rows(format_: str, texts: Sequence[Text]) -> Iterator[tuple[Text, Iterator[Row]]]:
    """Return the rows of each text.

    :raises InvalidInput: naming file and line, what is wrong and what to do
    """
    kinds = {text: detect(text) if format_ == SourceFormat.AUTO else format_ for text in texts}
    countries = geolite2.countries([text for text, kind in kinds.items() if kind == SourceFormat.GEOLITE2])
    for text, kind in kinds.items():
        if kind == SourceFormat.GEOLITE2:
            if not geolite2.is_locations(text):
                yield text, geolite2.rows(text, countries)
        elif kind == SourceFormat.DELEGATED:
            yield text, delegated.rows(text)
        elif kind == SourceFormat.LIST:
            yield text, lists.rows(text)
        else:
            yield text, country_ranges.rows(text)


def detect(text: Text) -> SourceFormat:
    """Return the format, which the first line that is no comment shows.

    :raises InvalidInput: if that line does not show it for sure
    """
    lines = (line.strip() for line in islice(text.lines(), DETECTION_LINES))
    first = next((line for line in lines if line and not line.startswith("#")), "")
    if first.startswith((geolite2.BLOCKS, geolite2.LOCATIONS)):
        return SourceFormat.GEOLITE2
    if _DELEGATED.match(first):
        return SourceFormat.DELEGATED
    if country_ranges.is_row(first):
        return SourceFormat.COUNTRY_RANGES
    if text.country and "," not in first:
        return SourceFormat.LIST
    raise InvalidInput(
        f"{text.name}: the format can't be told from {first[:60]!r}. Name it in geoblock_source.format; a plain list of networks "
        "needs the country that it is of, in geoblock_source.files."
    )


__all__ = ["Row", "detect", "rows", "wrong_row"]
