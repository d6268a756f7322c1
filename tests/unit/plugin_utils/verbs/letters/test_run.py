# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options of letters.yml: what is refused, and what it says where something is missing."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.consent import ConsentEntry, ConsentState
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.consent_register import ConsentRegister
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.facts import CustomerFacts
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.letters import run as letters

from tests.accepted import accepted

GIVEN: dict[str, Any] = {
    **dict.fromkeys(("templates", "written", "facts_file", "ledger", "consents", "allowed_signers"), ""),
    "time_zone": "Europe/Amsterdam",
    "sender": {"name": "S. Bakker", "mail": "s.bakker@example.com", "phone": "+31 20 555 0199"},
}


def test_without_facts_it_says_how_to_make_a_ledger(tmp_path: Path) -> None:
    given = {**GIVEN, "letters": str(tmp_path / "letters"), "record_key": str(tmp_path / "key")}
    said = "localhost: no facts: make the ledger with ledger.yml, then name its ledger.json with ledger, besides next_message and entries"
    with pytest.raises(InvalidInput, match=said) as refused:
        letters.WriteLetters("localhost", given, {}, check_mode=False).run()
    assert [one["playbook"] for one in refused.value.commands] == ["ledger.yml"]
    assert not (tmp_path / "letters").exists()


@pytest.mark.parametrize(
    ("as_of", "said"),
    [
        (
            ["2020-01-17", "2020-01-10", ""],
            ["The ledger is as of 2020-01-10: what became known later is in no letter."],
        ),
        (["2020-01-18", ""], []),
        ([], []),
    ],
)
def test_letters_from_a_ledger_of_an_earlier_day_say_so_to_who_sends_them(as_of: list[str], said: list[str]) -> None:
    """A measure that is told as proven then may be one of which the vendor has said since that it can be bypassed."""
    ledger = {"appliances": {f"gw-{number}": {"as_of": day} for number, day in enumerate(as_of)}}
    assert letters._of_an_earlier_day(ledger, datetime(2020, 1, 18, 12, tzinfo=UTC)) == said


@pytest.mark.parametrize("arguments", [{}, {"sender": None}, {"sender": {}}])
def test_a_missing_sender_is_named_with_its_place_in_the_inventory(arguments: dict[str, object]) -> None:
    with pytest.raises(InvalidInput, match=r"^localhost: sender is missing, .* group_vars/all of the inventory"):
        letters._require_sender("localhost", arguments)


@pytest.mark.parametrize(
    ("written", "states"), [("2020-01-17T12:00:00+00:00", ["advised"]), ("", ["advised", "agreed"])]
)
def test_a_drill_knows_of_no_consent_that_was_given_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str, states: list[str]
) -> None:
    """Seen: the call list of a drill as of an earlier hour had the state of today."""
    trust = RecordTrust(tmp_path / "key")
    register = ConsentRegister(tmp_path / "consent", trust)
    for hour, state in ((11, ConsentState.ADVISED), (13, ConsentState.AGREED)):
        when = f"2020-01-17T{hour}:00:00+00:00"
        register.add(ConsentEntry(customer="Brouwer", state=state, who="A. Brouwer", when=when, how="by telephone"))
    monkeypatch.setattr(letters, "_facts", lambda *_arguments: (CustomerFacts("Brouwer", (), ()),))
    given = {**GIVEN, "letters": str(tmp_path / "letters"), "record_key": str(trust.key), "written": written}
    given |= {"consents": str(register.directory), "addressees": {}}
    run = letters._run("localhost", given, write=False)
    assert [str(one.state) for one in run.consents["Brouwer"]] == states
    assert [str(fact.kind) for fact in run.facts[0].facts] == states


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
    with accepted():
        letters._require_sender("localhost", {"sender": {"name": "S. Bakker"}})


def options_with(tmp_path: Path, *, ledger: str = "", in_file: str = "") -> dict[str, object]:
    """Return options by which customers hear again at a time, by a ledger or by a file of facts."""
    about = {"label": "TLP:AMBER", "source": "S. Bakker", "known": "2020-01-17T14:00:00+00:00"}
    told = {"customer": "Brouwer", "services": ["gw"], "facts": [{"kind": "next_message", "when": in_file, **about}]}
    facts, ledger_file = tmp_path / "facts.json", tmp_path / "ledger.json"
    facts.write_text(json.dumps({"schema": "tourniquet-letter-facts/1", "customers": [told]}))
    ledger_file.write_text(json.dumps({"schema": "tourniquet-exposure-ledger/1", "appliances": {}}))
    return {
        "catalogue": "",
        "entries": ["cve_2019_19781"],
        "ledger": str(ledger_file) if ledger else "",
        "next_message": ledger,
        "facts_file": str(facts) if in_file else "",
    }


NOW = datetime(2020, 1, 17, 14, tzinfo=UTC)
OVER = [
    "2020-01-17T13:59:59+00:00",
    "2020-01-17T14:00:00+00:00",
    "2020-01-17T15:00:00+01:00",
    "1999-12-31T09:00:00+00:00",
]


@pytest.mark.parametrize("when", OVER)
def test_a_next_message_that_is_over_is_refused_with_its_variable(tmp_path: Path, when: str) -> None:
    """Seen: "you hear from us again" on a day of the week before, in a letter of today."""
    fix = "Name the time at which customers hear from you again, after 2020-01-17T14:00:00+00:00"
    with pytest.raises(InvalidInput) as refused:
        letters._facts("localhost", options_with(tmp_path, ledger=when), NOW)
    assert str(refused.value).startswith(
        f"localhost: next_message is {when!r}, which is not after the letters are written. {fix}"
    )
    with pytest.raises(InvalidInput) as refused:
        letters._facts("localhost", options_with(tmp_path, in_file=when), NOW)
    said = f"localhost: facts_file: {tmp_path / 'facts.json'}: the fact next_message of Brouwer is over when the letters are written"
    assert str(refused.value).startswith(said)


def test_a_day_in_a_file_of_facts_is_over_when_it_ends(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="the fact next_message of Brouwer is over"):
        letters._facts("localhost", options_with(tmp_path, in_file="2020-01-16"), NOW)
    assert letters._facts("localhost", options_with(tmp_path, in_file="2020-01-17"), NOW)
    for later in ("2020-01-17T14:00:01+00:00", "2020-01-18T09:00:00+01:00"):
        assert letters._facts("localhost", options_with(tmp_path, in_file=later), NOW)
        assert letters._facts("localhost", options_with(tmp_path, ledger=later), NOW) == ()


@pytest.mark.parametrize(("option", "variable"), [("next_message", "next_message"), ("written", "letter_written")])
def test_a_time_that_is_none_names_its_variable(tmp_path: Path, option: str, variable: str) -> None:
    """Seen: letters_written and letters_next_message, which no inventory has."""
    options = {
        **options_with(tmp_path, ledger="tomorrow"),
        "templates": "",
        "letters": str(tmp_path),
        "written": "",
        option: "tomorrow",
    }
    acts = {
        "written": lambda: letters._run("localhost", options, write=False),
        "next_message": lambda: letters._facts("localhost", options, NOW),
    }
    with pytest.raises(InvalidInput, match=rf"^localhost: {variable} is 'tomorrow': write it as "):
        acts[option]()
