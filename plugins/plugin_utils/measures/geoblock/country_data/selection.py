# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The rows of the wanted countries out of all rows of the data: checked, and without contradictions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ....foundation.counted import counted
from ....foundation.errors import InvalidInput
from .address_ranges import FAMILIES, Span, merge, parse_prefix, span_text
from .countries import COUNTRIES
from .file_reader import Text
from .formats.row import Row

_Placed = tuple[int, int, int, str, int, int]  # version, first, last, code, number of the text, line
Source = Callable[[], Iterator[tuple[Text, Iterator[Row]]]]
# Never an address of a country (RFC 1918, 6598, 1122, 3927, 5771, 4193, 4291). The ranges for documentation may be.
PRIVATE = {
    version: merge(parse_prefix(network)[1:] for network in networks.split())
    for version, networks in {
        4: "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.168.0.0/16 224.0.0.0/3",
        6: "::/128 ::1/128 fc00::/7 fe80::/10 ff00::/8",
    }.items()
}


@dataclass
class Selection:
    """The rows of the wanted countries.

    :ivar rows: of each family (first, last, code), sorted, without overlaps
    :ivar read: the number of rows of each family in the whole data
    :ivar remarks: what was corrected, in sentences
    """

    rows: dict[int, list[tuple[int, int, str]]] = field(default_factory=lambda: {version: [] for version in FAMILIES})
    read: dict[int, int] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)


def select(source: Source, wanted: frozenset[str], accept: frozenset[str]) -> Selection:
    """Read all rows, and keep those of the wanted countries.

    In one pass, as long as the data is sorted. Where it is not (RIR files, several files), it is read again as a whole and sorted, so
    that rows which contradict each other are found.

    :param source: gives the rows anew with each call
    :raises InvalidInput: for rows of two countries that overlap, and for private addresses in a country, unless accepted
    """
    found = Selection()
    sorted_ = True
    before, read = [-1] * 7, [0] * 7  # by family
    for text, rows in source():
        for version, first, last, code, line in rows:
            read[version] += 1
            if first <= before[version]:
                sorted_ = False
            before[version] = last
            if code in wanted:
                if not _public(version, first, last):
                    _private(text, line, version, (first, last), code, accept, found)
                found.rows[version].append((first, last, code))
    found.read = {version: read[version] for version in FAMILIES}
    if not sorted_:
        _sort(source, wanted, accept, found)
    return found


def _public(version: int, first: int, last: int) -> bool:
    """True if a row is public. This must be fast: almost every row is."""
    return all(last < low or high < first for low, high in PRIVATE[version])


def _private(
    text: Text, line: int, version: int, span: Span, code: str, accept: frozenset[str], found: Selection
) -> None:
    described = f"{text.name} line {line} gives private addresses to {code} ({span_text(version, span)})"
    if "private" not in accept:
        raise InvalidInput(
            f"{described}: the data is wrong. Take another source, or add private to geoblock_accept to go on without these addresses."
        )
    found.remarks.append(f"{described}: left out")


def _sort(source: Source, wanted: frozenset[str], accept: frozenset[str], found: Selection) -> None:
    """Read all countries' rows again, sort them, and look for those of two countries that overlap.

    Each row is compared with the one that reaches highest of all before it: when any two contradict each other, then so do two of these.
    """
    names = [text.name for text, _rows in source()]
    every = sorted(
        (version, first, last, code, place, line)
        for place, (_text, rows) in enumerate(source())
        for version, first, last, code, line in rows
        if code in COUNTRIES
    )
    overlaps: list[tuple[_Placed, _Placed]] = []
    highest = (0, -1, -1, "", 0, 0)
    for row in every:
        other = row[0] == highest[0] and row[1] <= highest[2] and row[3] != highest[3]
        if other and not wanted.isdisjoint((row[3], highest[3])):
            overlaps.append((highest, row))
        highest = max(highest, row, key=lambda one: (one[0], one[2]))
    if overlaps:
        described = " and ".join(
            f"{names[place]} line {line} ({span_text(version, (first, last))} {code})"
            for version, first, last, code, place, line in overlaps[0]
        )
        if "overlapping" not in accept:
            raise InvalidInput(
                f"the data contradicts itself {counted(len(overlaps), 'time')}: {described} overlap. Take another source, or add overlapping to "
                "geoblock_accept: then such addresses are in each of their countries."
            )
        found.remarks.append(f"rows of two countries overlap {counted(len(overlaps), 'time')}, first {described}")
    for version in FAMILIES:
        found.rows[version] = [(row[1], row[2], row[3]) for row in every if row[0] == version and row[3] in wanted]


def labelled(rows: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Return sorted rows without overlaps. Adjacent rows of one label are joined; if two labels overlap, the earlier row wins."""
    joined: list[tuple[int, int, str]] = []
    low, high, label = 0, -2, ""
    for first, last, code in sorted(rows):
        if last <= high:
            continue
        if code == label and first <= high + 1:
            high = last
            continue
        if label:
            joined.append((low, high, label))
        low, high, label = max(first, high + 1), last, code
    return [*joined, (low, high, label)] if label else joined
