# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action of letters.yml: what it says where nobody is named whom customers can call."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.consent import ConsentEntry, ConsentState
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.consent_register import ConsentRegister
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.facts import CustomerFacts
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.letters import run as letters


@pytest.mark.parametrize("arguments", [{}, {"sender": None}, {"sender": {}}])
def test_a_missing_sender_is_named_with_its_place_in_the_inventory(arguments: dict[str, object]) -> None:
    with pytest.raises(InvalidInput, match=r"^localhost: sender is missing, .* group_vars/all of the inventory"):
        letters._require_sender("localhost", arguments)


def test_the_entries_of_the_register_are_taken_and_a_broken_one_is_refused(tmp_path: Path) -> None:
    facts, trust = (CustomerFacts("Brouwer", (), ()),), RecordTrust(tmp_path / "key")
    assert letters._consents({"consents": None}, facts, trust) == {}
    register = ConsentRegister(tmp_path / "consent", trust)
    when = "2020-01-17T13:00:00+00:00"
    entry = ConsentEntry(customer="Brouwer", state=ConsentState.AGREED, who="A. Brouwer", when=when, how="by telephone")
    register.add(entry)
    options = {"consents": str(register.directory)}
    assert letters._consents(options, facts, trust) == {"Brouwer": (entry,)}
    path = register.directory / "Brouwer" / "1.json"
    path.write_text(path.read_text().replace("agreed", "refused"))
    with pytest.raises(InvalidInput, match="its content is not what was signed"):
        letters._consents(options, facts, trust)


def test_an_entry_that_names_another_customer_is_in_no_letter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    facts, trust = tuple(CustomerFacts(name, (), ()) for name in ("Brouwer", "De Wit")), RecordTrust(tmp_path / "key")
    register = ConsentRegister(tmp_path / "consent", trust)
    when, who = "2020-01-17T13:00:00+00:00", "the director of de wit"
    register.add(ConsentEntry(customer="Brouwer", state=ConsentState.AGREED, who=who, when=when, how="by mail"))
    monkeypatch.setattr(letters, "_facts", lambda *_arguments: facts)
    options = {
        **dict.fromkeys(("templates", "written", "allowed_signers"), ""),
        "consents": str(register.directory),
        "record_key": str(trust.key),
        "letters": str(tmp_path / "letters"),
        "time_zone": "Europe/Amsterdam",
        "sender": {"name": "S. Bakker", "mail": "s@example.com", "phone": "+31 20 555 0199"},
        "addressees": {},
    }
    with pytest.raises(InvalidInput, match=r"a fact of Brouwer names 'De Wit'.* -e consents=''"):
        letters._run("localhost", options, write=False)
    letters._run("localhost", {**options, "consents": None}, write=False)
    # A person is one, also with the surname of a customer.
    of_person = ConsentRegister(tmp_path / "of person", trust)
    of_person.add(
        ConsentEntry(customer="Brouwer", state=ConsentState.ADVISED, who="P. de Wit", when=when, how="by mail")
    )
    run = letters._run("localhost", {**options, "consents": str(of_person.directory)}, write=False)
    assert [fact.by for one in run.facts for fact in one.facts] == ["P. de Wit"]


def test_a_sender_is_taken() -> None:
    letters._require_sender("localhost", {"sender": {"name": "S. Bakker"}})
