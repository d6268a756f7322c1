# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Write the letters to all customers, the call list and the export of duties. Nothing is sent, and no appliance is asked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from ...catalogue.record_trust import RecordTrust
from ...change.records.records_folder import unique_name
from ...foundation.counted import counted
from ...foundation.json_values import Part, written
from ...foundation.private_files import write_privately
from ..consent import ConsentEntry
from ..customer import Contact, Customer, customer_named
from .call_list import call_list
from .corrections import Previous
from .duties import NOT_ADVICE, duties_values
from .facts import CustomerFacts, shown_name, told
from .facts_json import require_readable
from .forms import Forms
from .known_before import with_known_before
from .letter import Letter, letter_of
from .series import Series, add_letter, read_series
from .wording import Wording

CALL_LIST, DUTIES = "call-list.txt", "duties.json"
HANDED_OUT, SERIES = "customers", "series"
"""The directories of what a customer may get, and of what each letter told."""


@written(
    *(Part("customer.name", "customer"), "told.number", "is_new"),
    label=lambda letter: letter.letters[0].label,
    corrections=lambda letter: len(letter.letters[0].corrections),
)
@dataclass(frozen=True)
class WrittenLetter:
    """The letter to one customer in all languages.

    :ivar is_new: its number is new; False where nothing that it tells has changed since the last letter
    """

    customer: Customer
    letters: tuple[Letter, ...]
    told: Previous
    series: Series
    is_new: bool


@dataclass(frozen=True)
class LettersResult:
    """What a run wrote.

    :ivar lines: the call list, and what a person must know beside it
    """

    changed: bool
    letters: tuple[WrittenLetter, ...]
    lines: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class LetterRun:
    """One run.

    :ivar directory: of the letters
    :ivar sender: the person whom customers can call, and whose address the mails have
    :ivar wordings: the languages of the letters
    :ivar write: False in check mode
    :ivar consents: by customer, the entries of the register of consent, the oldest first
    :ivar remarks: what who sends the letters should know of the facts
    """

    directory: Path
    facts: tuple[CustomerFacts, ...]
    customers: Mapping[str, Customer]
    sender: Contact
    wordings: tuple[Wording, ...]
    forms: Forms
    trust: RecordTrust
    now: datetime
    write: bool = True
    consents: Mapping[str, Sequence[ConsentEntry]] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()

    def run(self) -> LettersResult:
        """Return what was written. All letters are made before the first file is written.

        :raises InvalidInput: where a letter before is broken, a fact is missing, or a template is not valid; nothing was written
        :raises OSError: where a file cannot be written
        """
        series = [read_series(self._series(one.customer), one.customer, self.trust) for one in self.facts]
        facts = tuple(_with_last(known, one) for known, one in zip(self.facts, series, strict=True))
        letters = tuple(self._letter(known, one) for known, one in zip(facts, series, strict=True))
        zone = self.wordings[0].zone
        about = [(one, customer_named(self.customers, one.customer)) for one in facts]
        last = {customer: entries[-1] for customer, entries in self.consents.items() if entries}
        calls = call_list(about, self.now, zone, last)
        files = [
            (self.directory / HANDED_OUT / unique_name(one.customer.name) / name, text)
            for one in letters
            for name, text in self._files(one)
        ]
        contracts = {name: one.contract for name, one in self.customers.items()}
        duties = json.dumps(duties_values(facts, self.now, contracts), indent=1) + "\n"
        files += [(self.directory / CALL_LIST, "\n".join(calls) + "\n"), (self.directory / DUTIES, duties)]
        if self.write:
            for one in letters:
                if one.is_new:
                    add_letter(self._series(one.customer.name), one.series, one.told, self.trust)
            for path, text in files:
                write_privately(path, text)
        return LettersResult(any(one.is_new for one in letters), letters, (*calls, *self._remarks(letters)))

    def _series(self, customer: str) -> Path:
        return self.directory / SERIES / unique_name(customer)

    def _letter(self, known: CustomerFacts, series: Series) -> WrittenLetter:
        last, tells = series.previous, told(known)
        require_readable(tells)
        is_new = last is None or [fact.claim for fact in last.told.facts] != [fact.claim for fact in tells.facts]
        replaced, written = (last, self.now) if is_new or last is None else (series.before, last.written)
        letters = tuple(letter_of(known, replaced, written, self.sender, wording) for wording in self.wordings)
        return WrittenLetter(
            customer_named(self.customers, known.customer),
            letters,
            Previous(letters[0].number, written, tells),
            series,
            is_new,
        )

    def _files(self, one: WrittenLetter) -> Iterator[tuple[str, str]]:
        for letter in one.letters:
            stem = f"letter-{letter.number}.{letter.wording.language}"
            yield f"{stem}.txt", self.forms.text(letter)
            yield f"{stem}.html", self.forms.page(letter)
            if letter.wording.language == one.customer.language:
                yield f"letter-{letter.number}.eml", self.forms.mail(letter, one.customer.contacts).decode("ascii")

    def _remarks(self, letters: tuple[WrittenLetter, ...]) -> Iterator[str]:
        new = sum(one.is_new for one in letters)
        verb = "written" if self.write else "would be written"
        yield f"New letters {verb}: {new}, unchanged: {len(letters) - new}, in {self.directory / HANDED_OUT}. Nothing is sent."
        yield from self.remarks
        for known, one in zip(self.facts, letters, strict=True):
            withheld = sum(not fact.label.is_for_clients for fact in known.facts)
            name = shown_name(known.customer)
            if withheld:
                yield f"{name}: left out of the letter because of the TLP label: {withheld} of {counted(len(known.facts), 'fact')}."
            if not any(contact.mail for contact in one.customer.contacts):
                yield f"{name}: the mail has no recipient: add a contact with a mail address to tourniquet_customers."
        yield f"Clocks of duties: {self.directory / DUTIES}. {NOT_ADVICE}"


def _with_last(known: CustomerFacts, series: Series) -> CustomerFacts:
    """Return what is known, with what the last letter knew."""
    return known if series.previous is None else with_known_before(known, series.previous.told)
