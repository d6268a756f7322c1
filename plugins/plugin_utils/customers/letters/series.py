# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The letters of a customer, one after the other: what each told, in files that are signed and name the digest of the one before.

A file is ``<number>.json`` in the directory of the customer. It has the facts that the letter told, so that the next letter can say what was wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ...catalogue.record_trust import RecordTrust
from ...change.records.signed_series import SeriesFile, SeriesForm, add_file, read_files
from ...foundation.errors import InvalidInput
from .corrections import Previous
from .facts_json import customer_values, read_customer_facts

FORM = SeriesForm(
    namespace="tourniquet-letter", schema="tourniquet-letter/1", noun="letter", refused="no letter was written"
)


@dataclass(frozen=True)
class Series:
    """The letters to one customer so far.

    :ivar previous: the last letter; None where none was written yet
    :ivar before: the letter before the last one; None where there is none
    :ivar last: the file of the last letter; None where there is none
    """

    previous: Previous | None = None
    before: Previous | None = None
    last: SeriesFile | None = None


def read_series(directory: Path, customer: str, trust: RecordTrust) -> Series:
    """Return the letters to a customer.

    :param directory: of the customer
    :raises InvalidInput: where a letter is missing in the middle, was changed, is of another customer, or nobody we know signed it
    """
    files = read_files(directory, FORM, trust)
    letters = [_letter(file, customer) for file in files]
    previous, before = (*reversed(letters), None, None)[:2]
    return Series(previous, before, files[-1] if files else None)


def add_letter(directory: Path, series: Series, letter: Previous, trust: RecordTrust) -> None:
    """Write what a letter told behind the letters so far.

    :raises InvalidInput: where another run has written a letter of this number, or the key cannot be read
    :raises OSError: where it cannot be written
    """
    if add_file(directory, series.last, customer_values(letter.told), letter.written, FORM, trust) is None:
        path = directory / f"{letter.number}.json"
        raise InvalidInput(f"{path} was written by another run at the same time: run the playbook again")


def _letter(file: SeriesFile, customer: str) -> Previous:
    told = read_customer_facts(str(file.path), file.content, with_what_follows=True)
    if told.customer != customer:
        raise FORM.broken(file.path, "it is a letter to another customer")
    return Previous(file.number, file.written, told)
