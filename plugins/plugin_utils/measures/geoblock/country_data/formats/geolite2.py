# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The CSV files of GeoLite2 and GeoIP2 Country: networks in Blocks-IPv4 and -IPv6, their countries in Locations.

A block without a geoname_id counts where it is registered; one without that either is unknown. Locations that are a
continent alone have no country.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence

from .....foundation.errors import InvalidInput
from ..address_ranges import parse_prefix
from ..file_reader import Text
from .row import UNKNOWN, Row, wrong_row

BLOCKS = "network,geoname_id,registered_country_geoname_id"
LOCATIONS = "geoname_id,locale_code,continent_code,continent_name,country_iso_code"


def is_locations(text: Text) -> bool:
    return next(text.lines(), "").startswith(LOCATIONS)


def countries(texts: Sequence[Text]) -> dict[str, str]:
    """Return country codes by geoname_id. One language is enough, since all have the same codes.

    :raises InvalidInput: if there are blocks and no locations
    """
    locations = next((text for text in texts if is_locations(text)), None)
    if locations is None:
        if not texts:
            return {}
        raise InvalidInput(
            f"{texts[0].name} needs the file GeoLite2-Country-Locations-en.csv beside it: add it to geoblock_source.files"
        )
    found: dict[str, str] = {}
    for number, line in enumerate(locations.lines(), 1):
        try:
            cells = next(csv.reader([line]), [])
            if number > 1 and cells:
                found[cells[0]] = cells[4] or UNKNOWN
        except (csv.Error, IndexError) as error:
            raise wrong_row(locations, number, line, f"no location ({error})") from None
    return found


def rows(text: Text, by_id: dict[str, str]) -> Iterator[Row]:
    """Return the rows.

    :raises InvalidInput: naming the line
    """
    for number, line in enumerate(text.lines(), 1):
        if number == 1 or not line.strip():
            continue
        try:
            network, place, registered = line.split(",", 3)[:3]
            version, first, last = parse_prefix(network)
            code = by_id[place or registered] if place or registered else UNKNOWN
        except (ValueError, OSError):
            raise wrong_row(text, number, line, "no network") from None
        except KeyError as unknown:
            raise wrong_row(text, number, line, f"the locations have no geoname_id {unknown}") from None
        yield version, first, last, code, number
