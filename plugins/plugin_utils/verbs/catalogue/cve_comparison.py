# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Compare CVE records that the user has brought with the catalogue. Asks no appliance and no network, and decides nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ...catalogue.cve_difference import Difference, differences
from ...catalogue.cve_record import CveRecord, read_cve_record
from ...catalogue.entry_file import load_catalogue
from ...foundation.counted import counted
from ...foundation.errors import InvalidInput

MOST_FILES = 1000
SHOWN = 40
"""The largest number of differences that are shown; the result has all of them."""
DIFFERS, INCOMPLETE = 1, 3
"""The exit codes: a reading differs; a file could not be read."""


@dataclass(frozen=True)
class CveComparison:
    """What was found.

    :ivar problems: the files that could not be read, in words
    """

    records: tuple[CveRecord, ...]
    differences: tuple[Difference, ...]
    problems: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        """0 where the records of NetScaler agree with the catalogue, 1 where one differs, 3 where a file was not read or none is of NetScaler."""
        compared = [record for record in self.records if record.is_of_netscaler]
        return INCOMPLETE if self.problems or not compared else DIFFERS if self.differences else 0

    @property
    def lines(self) -> list[str]:
        """Return the lines that a person reads."""
        shown = [str(one) for one in self.differences[:SHOWN]]
        more = len(self.differences) - len(shown)
        others = sum(not record.is_of_netscaler for record in self.records)
        total = f"{counted(len(self.records) - others, 'CVE record')} compared: {counted(len(self.differences), 'difference')}"
        total += f"; {others} of other products" if others else ""
        total += f"; {counted(len(self.problems), 'file')} not read" if self.problems else ""
        return [
            *shown,
            *([f"and {more} more; the report has them"] if more else []),
            *(f"NOT READ  {problem}" for problem in self.problems[:SHOWN]),
            f"{total}. Look at each in its sources: nothing was decided or changed",
        ]


def compare_cve_records(place: Path, catalogue: Path) -> CveComparison:
    """Return where the records of a file, or of the files ``*.json`` below a directory, differ from the catalogue.

    :raises InvalidInput: where there is no file, or too many
    """
    paths = sorted(path for path in place.rglob("*.json") if path.is_file()) if place.is_dir() else [place]
    if not paths or len(paths) > MOST_FILES:
        raise InvalidInput(f"cve_records: {place} has {len(paths)} files *.json; 1 to {MOST_FILES} are allowed")
    records: list[CveRecord] = []
    problems = list(_read(paths, records))
    found = differences(records, load_catalogue(catalogue))
    return CveComparison(tuple(records), tuple(found), tuple(problems))


def _read(paths: list[Path], records: list[CveRecord]) -> Iterator[str]:
    """Read each file, and yield why one cannot be read."""
    for path in paths:
        try:
            records.append(read_cve_record(path))
        except InvalidInput as error:
            yield str(error)
