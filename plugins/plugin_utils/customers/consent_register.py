# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The register of consent: for each customer a series of signed and chained files, to which entries are only added."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from ..catalogue.record_trust import RecordTrust
from ..change.records.own_signer import CONSENT
from ..change.records.records_folder import unique_name
from ..change.records.signed_series import SeriesFile, SeriesForm, add_file, read_files
from ..foundation.errors import InvalidInput
from ..foundation.private_files import has_private_directory
from .consent import ConsentEntry, has_agreed
from .customer import VARIABLE, Customer

FORM = SeriesForm(
    namespace=CONSENT,
    schema="tourniquet-consent/1",
    noun="consent",
    refused="no entry of this customer counts",
)
NOTHING = "nothing is on record"
_TRIES = 100
"""Runs on other appliances add an entry of the same customer at the same time."""


@dataclass(frozen=True)
class ConsentRegister:
    """The register in a directory.

    :ivar trust: the key that signs an entry, and whose entries count
    """

    directory: Path
    trust: RecordTrust

    def entries(self, customer: str) -> tuple[ConsentEntry, ...]:
        """Return the entries of a customer, the oldest first.

        :raises InvalidInput: where one is missing in the middle, was changed, is of another customer, or nobody we know signed it
        """
        return self.entries_in(unique_name(customer))

    def entries_in(self, name: str) -> tuple[ConsentEntry, ...]:
        """Return the entries in a directory; see :meth:`entries`.

        :param name: one of :meth:`directories`
        """
        return tuple(entry for _file, entry in self._read(self.directory / name))

    def directories(self) -> tuple[str, ...]:
        """Return the names of the directories of customers.

        :raises InvalidInput: where others may write to the register
        """
        if not has_private_directory(self.directory):
            return ()
        return tuple(sorted(path.name for path in self.directory.iterdir() if path.is_dir()))

    def add(self, entry: ConsentEntry) -> None:
        """Add an entry.

        :raises InvalidInput: where the entries so far are broken, or the key cannot be read
        :raises OSError: where it cannot be written
        """
        self._add(entry, unless_last=False)

    def add_once(self, entry: ConsentEntry) -> bool:
        """Add an entry unless the last one of the customer has its state, and return whether it was added; see :meth:`add`."""
        return self._add(entry, unless_last=True)

    def _add(self, entry: ConsentEntry, *, unless_last: bool) -> bool:
        directory = self.directory / unique_name(entry.customer)
        for _try in range(_TRIES):
            read = self._read(directory)
            file, last = read[-1] if read else (None, None)
            if unless_last and last is not None and last.state is entry.state:
                return False
            written = datetime.now(UTC).replace(microsecond=0)
            if add_file(directory, file, entry.values(), written, FORM, self.trust) is not None:
                return True
        raise InvalidInput(f"{directory}: other runs are adding entries all the time: run the playbook again")

    def _read(self, directory: Path) -> list[tuple[SeriesFile, ConsentEntry]]:
        return [(file, _entry(file, directory.name)) for file in read_files(directory, FORM, self.trust)]


def lacking_consent(
    customers: Iterable[str], described: Mapping[str, Customer], register: ConsentRegister
) -> dict[str, str]:
    """Return by customer, of those who must agree to a closing and have not, what the register says, in words.

    A register that is broken is no consent. A name that differs from a described one in case or blanks alone is meant to be that one.

    :param customers: whose virtual servers are to be closed
    :param described: the inventory variable ``tourniquet_customers``
    """
    found = {}
    alike = {_folded(name): name for name, one in described.items() if one.must_agree}
    for name in customers:
        if name not in described and _folded(name) in alike:
            found[name] = f"{VARIABLE} writes it {alike[_folded(name)]!r}: write the name alike in both places"
        if name in described and described[name].must_agree:
            try:
                entries = register.entries(name)
            except (InvalidInput, OSError) as error:
                found[name] = f"the register is refused: {error}"
            else:
                if not has_agreed(entries):
                    found[name] = entries[-1].text if entries else NOTHING
    return found


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def note_switch(
    register: ConsentRegister, customers: Collection[str], entry: ConsentEntry, notes: Mapping[str, str]
) -> list[str]:
    """Add that a run has closed or reopened access of customers, and return why that failed, in words.

    :param entry: of any customer
    :param notes: by customer, a note for its entry
    """
    problems = []
    for name in customers:
        try:
            register.add_once(replace(entry, customer=name, note=notes.get(name, "")))
        except (InvalidInput, OSError) as error:
            problems.append(f"the register of consent does not say that {name} is {entry.state}: {error}")
    return problems


def _entry(file: SeriesFile, directory: str) -> ConsentEntry:
    try:
        entry = ConsentEntry.from_values(file.content)
    except InvalidInput as error:
        raise FORM.broken(file.path, f"it is no entry of a register ({error})") from error
    if unique_name(entry.customer) != directory:
        raise FORM.broken(file.path, "it is an entry of another customer")
    return entry
