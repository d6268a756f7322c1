# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Options of the verbs that write files and touch no appliance: the register of consent, letters, own entries, and bundles of the catalogue."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.signing_key import (
    public_line,
    signing_key,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.facts_json import (
    SCHEMA,
    customer_values,
)

from tests import letters_world
from tests.playbooks.bundles import signed_bundle
from tests.playbooks.test_own_entries import write_entry
from tests.stage.fleet import box
from tests.stage.played import Laboratory, Run
from tests.unit.plugin_utils.catalogue.test_cve_record import record_values

SENDER = {"name": "S. Bakker", "mail": "s.bakker@example.com", "phone": "+31 20 555 0199"}
NSCONF = "#NS14.1 Build 73.57\nset ns config -IPAddress 192.0.2.1 -netmask 255.255.255.0\nset ns hostName adc01\n"


@dataclass(frozen=True)
class Desk:
    """A control node with two keys; the list of allowed signers beside its inventory knows none of them."""

    laboratory: Laboratory

    @property
    def place(self) -> Path:
        return self.laboratory.directory

    def key(self, name: str) -> str:
        return str(self.place / name / "key")

    def signers(self, name: str) -> str:
        """Return a list that knows the key of that name."""
        path = self.place / f"signers of {name}"
        path.write_text(f"night@{name} {public_line(signing_key(Path(self.key(name))))}\n", encoding="utf-8")
        return str(path)

    def play(self, playbook: str, **given: Any) -> Run:
        run = self.laboratory.play(playbook, **{"mitigation": None, "as_of": None, **given})
        assert run.requests == [], "no appliance is touched"
        return run


@pytest.fixture(scope="module")
def desk(open_laboratory: Callable[..., Laboratory]) -> Desk:
    return Desk(open_laboratory({"gw": box()}, variables={"gw": {"netscaler_customer": "Brouwer"}}))


def flat(run: Run) -> str:
    return " ".join(run.output.split())


def test_the_register_of_consent(desk: Desk) -> None:
    register = {"consents": str(desk.place / "consent")}
    said = {"customer": "Brouwer", "state": "agreed", "who": "A. Brouwer", "how": "by telephone", "ticket": "CHG0044"}
    said |= {"at": "2020-01-17T14:00:00+01:00", "note": "until Monday"}
    added = desk.play("consent", **register, **said, tourniquet_record_key=desk.key("first"))
    assert added.rc == 0, added.output
    assert "Brouwer: agreed 2020-01-17 13:00 UTC by A. Brouwer, by telephone (CHG0044)" in added.output
    assert (
        json.loads((desk.place / "consent/Brouwer/1.json").read_text(encoding="utf-8"))["consent"]["note"]
        == "until Monday"
    )
    stranger = {**register, "tourniquet_record_key": desk.key("second")}
    refused = desk.play("consent", **stranger)
    known = desk.play("consent", **stranger, tourniquet_allowed_signers=desk.signers("first"))
    assert "it is signed by the key SHA256:" in flat(refused)
    assert (refused.rc, known.rc) == (2, 0)
    assert "Brouwer  agreed 2020-01-17 13:00 UTC by A. Brouwer, by telephone (CHG0044): until Monday" in known.output


def test_letters(desk: Desk) -> None:
    own = desk.place / "own letters"
    own.mkdir()
    form = (letters_world.TEMPLATES / "text.j2").read_text(encoding="utf-8")
    (own / "text.j2").write_text(f"A form of our own\n{form}", encoding="utf-8")
    facts = desk.place / "facts.json"
    facts.write_text(
        json.dumps({"schema": SCHEMA, "customers": [customer_values(letters_world.now())]}), encoding="utf-8"
    )
    letters = desk.place / "letters"
    given = {"facts_file": str(facts), "sender": SENDER, "letters": str(letters), "letter_templates": str(own)}
    given |= {"letter_time_zone": "America/New_York", "letter_written": "2020-01-17T14:00:00+00:00"}
    first = desk.play("letters", **given, tourniquet_record_key=desk.key("first"))
    assert first.rc == 0, first.output
    text = (letters / "customers/Brouwer/letter-1.nl.txt").read_text(encoding="utf-8")
    assert text.startswith("A form of our own\n")
    assert "Datum: 17 januari 2020 om 09.00 uur" in text
    assert "Bel of mail gerust met S. Bakker. Telefoon: +31 20 555 0199. E-mail: s.bakker@example.com." in text
    second = {**given, "letter_written": "2020-01-18T07:00:00+00:00", "tourniquet_record_key": desk.key("second")}
    refused = desk.play("letters", **second)
    assert (refused.rc, "it is signed by the key SHA256:" in flat(refused)) == (2, True)
    known = desk.play("letters", **second, tourniquet_allowed_signers=desk.signers("first"))
    assert known.rc == 0, known.output


def test_a_letter_from_a_ledger_says_when_the_next_one_comes(desk: Desk) -> None:
    laboratory, ledgers = desk.laboratory, desk.place / "ledgers"
    failed = laboratory.play("ledger")
    assert not ledgers.exists()
    written = laboratory.play("ledger", ledgers=str(ledgers), fail_at=3)
    assert (failed.rc, written.rc) == (2, 0)
    assert {path.name for path in ledgers.iterdir()} == {"ledger.json", "ledger.csv", "course.txt"}
    given = {"ledger": str(ledgers / "ledger.json"), "sender": SENDER, "letters": str(desk.place / "of ledger")}
    given |= {"entries": ["cve_2019_19781"], "next_message": "2099-01-20T09:00:00+00:00"}
    given |= {"tourniquet_record_key": desk.key("first")}
    assert desk.play("letters", **given).rc == 0
    text = (desk.place / "of ledger/customers/Brouwer/letter-1.nl.txt").read_text(encoding="utf-8")
    assert "20 januari 2099 om 10.00 uur" in text


def test_an_own_entry(desk: Desk) -> None:
    own = desk.place / "own"
    made = desk.play("new_entry", entry="cve_2027_1234", form="template", tourniquet_own_entries=str(own))
    assert sorted(path.name for path in (own / "cve_2027_1234").iterdir()) == [
        "mitigation.yml",
        "traffic.yml",
        "v1.yml.j2",
    ]
    entry = write_entry(own)
    facts = entry / "mitigation.yml"
    facts.write_text(
        facts.read_text().replace(
            "always: every appliance of the tests", "not: {type: vpnvserver, where: {quitenew: {set: true}}}"
        )
    )
    given = {"entry": entry.name, "publish": True, "tourniquet_own_entries": str(own)}
    refused = desk.play("new_entry", **given)
    assert "vpnvserver quitenew is in no entry so far" in flat(refused)
    assert refused.rc == 2
    accepted = desk.play("new_entry", **given, unknown_attributes=True)
    assert accepted.rc == 0, (made.output, accepted.output)


def test_a_bundle_is_packed_shown_for_files_taken_and_given_back(desk: Desk) -> None:
    exports, author = desk.place / "exports", desk.place / "author's inventory"
    exports.mkdir()
    author.mkdir()
    (exports / "a.conf").write_text(NSCONF, encoding="utf-8")
    bundle = signed_bundle(desk.place, author, 7)
    signers = {"tourniquet_allowed_signers": str(author / "allowed_signers")}
    unknown = desk.play("catalogue", bundle=str(bundle), source=str(exports))
    assert "author@example.org" not in unknown.output
    shown = desk.play("catalogue", bundle=str(bundle), source=str(exports), **signers)
    assert (shown.rc, "MUST ACT  adc01  14.1 73.57" in shown.output) == (0, True), shown.output
    taken = desk.play("catalogue", bundle=str(bundle), take=True, **signers)
    assert taken.rc == 0, taken.output
    assert (desk.laboratory.inventory.parent / "catalogue_updates").is_dir()
    assert "bundle 7" in desk.play("catalogue", **signers).output
    elsewhere = desk.play("catalogue", tourniquet_catalogue_updates=str(desk.place / "none yet"), **signers)
    assert "bundle 7" not in elsewhere.output
    back = desk.play("catalogue", go_back=True, **signers)
    assert back.rc == 0, back.output
    assert "bundle 7" not in desk.play("catalogue", **signers).output


def test_entries_are_packed(desk: Desk) -> None:
    entries, file = desk.place / "packed entries", desk.place / "night.tar"
    write_entry(entries)
    packed = desk.play(
        "catalogue", pack=str(file), entries_of=str(entries), number=202001171400, about="the night of January"
    )
    assert packed.rc == 0, packed.output
    content = file.read_bytes()
    assert b"own_entry" in content
    assert b"202001171400" in content
    assert b"the night of January" in content


def test_cve_records_are_compared(desk: Desk) -> None:
    record = desk.place / "record.json"
    record.write_text(json.dumps(record_values({"version": "14.1", "lessThan": "99.99"})), encoding="utf-8")
    compared = desk.play("catalogue", cve_records=str(record))
    assert "CVE-2020-0001: no entry of the catalogue names it" in compared.output.splitlines()
    assert (compared.rc, desk.play("catalogue", cve_records=str(record), fail_at=1).rc) == (0, 2)
