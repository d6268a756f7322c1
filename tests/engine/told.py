# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What people read of one appliance after some runs: ledger, letters, call list, duties and audit, made as the playbooks make them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.acknowledgement import Acknowledgement
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry_file import load_catalogue
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.audit import audit
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.customer import Customer
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.call_list import call_list
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.corrections import Previous
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.duties import duties_values
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.facts import (
    CustomerFacts,
    FactKind,
    told,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.from_ledger import FromLedger
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.letter import letter_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import CannotConnect, Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure.reopen_answer import (
    customer_answers,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure_reads.ledger_reading import (
    LedgerReader,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.audit.page import audit_lines
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.ledger.page import (
    answer_values,
    ledger_page,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.fleet_page import FleetRun

from tests.letters_world import AMSTERDAM, SENDER, forms, wording
from tests.stage.memory import CATALOGUE, Stage

IN_2020 = date(2020, 1, 15)
ENTRIES = load_catalogue(CATALOGUE.parent)
CUSTOMER = "Brouwer"


@dataclass(frozen=True)
class Told:
    """What is read at one moment.

    :ivar ledger: ledger.json
    :ivar facts: those of the letters
    :ivar audit: the lines of audit.yml
    """

    ledger: dict[str, Any]
    facts: CustomerFacts
    audit: list[str]
    now: datetime

    def row(self, entry: str = "cve_2019_19781") -> dict[str, Any]:
        (about,) = self.ledger["appliances"].values()
        (answer,) = about["answers"]
        return next(row for row in answer["rows"] if row["entry"] == entry)

    @property
    def screen(self) -> str:
        return "\n".join(self.ledger["lines"])

    def letter(self, language: str, last: Previous | None = None) -> str:
        return forms().text(letter_of(self.facts, last, self.now, SENDER, wording(language)))

    def letters(self, last: Previous | None = None) -> str:
        """Return the letter in both languages."""
        return self.letter("nl", last) + self.letter("en", last)

    @property
    def previous(self) -> Previous:
        """Return the letter as the one before the next, a second earlier: records have whole seconds."""
        return Previous(1, self.now - timedelta(seconds=1), told(self.facts))

    @property
    def calls(self) -> str:
        return call_list([(self.facts, Customer(CUSTOMER))], self.now, AMSTERDAM)[-1]

    @property
    def duties(self) -> dict[str, Any]:
        return duties_values([self.facts], self.now)["customers"][0]

    @property
    def kinds(self) -> set[FactKind]:
        return {fact.kind for fact in self.facts.facts}

    @property
    def last_run(self) -> str:
        """Return the line of the audit about the last run."""
        return next(line for line in reversed(self.audit) if " by " in line and line.startswith("  2"))


def read(
    stage: Stage, *entries: str, as_of: date = IN_2020, acknowledgements: tuple[Acknowledgement, ...] = ()
) -> Told:
    """Return what ledger.yml, letters.yml and audit.yml say now; of an appliance that does not answer, what the first two say by the records.

    :param entries: those that the letters are about
    """
    appliance = replace(stage.appliance, customer=CUSTOMER)
    reader = LedgerReader(
        appliance,
        ENTRIES,
        stage.records,
        stage.trust,
        as_of=as_of,
        catalogue=CATALOGUE.parent,
        acknowledgements=acknowledgements,
    )
    try:
        with Connection(appliance) as connection:
            rows = reader.read(connection)
            lines = audit_lines(stage.name, audit(connection, stage.records, stage.name, trust=stage.trust))
    except (CannotConnect, Refused) as error:
        rows, lines = reader.unread(str(error)), []
    values = [answer_values(one, whole=True) for one in customer_answers(stage.name, (CUSTOMER,), rows)]
    ledger = ledger_page(FleetRun({stage.name: {"answers": values}}, {"fail_at": 2})).values()
    return told_of(ledger, lines, *entries)


def told_of(ledger: dict[str, Any], audit_: list[str], *entries: str) -> Told:
    """Return what is read of a ledger of one customer."""
    now = datetime.now(UTC)
    about = {one.id: one for one in ENTRIES if one.id in (entries or ("cve_2019_19781",))}
    (facts,) = FromLedger(about, now, now + timedelta(days=1)).facts("ledger.json", ledger)
    return Told(ledger, facts, audit_, now)
