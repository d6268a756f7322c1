# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The register of consent: entries are only added, and one that was changed, removed or signed by a stranger is refused."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.records_folder import unique_name
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.signed_series import LARGEST
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.signing_key import (
    public_line,
    signing_key,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers import consent_register
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.consent import ConsentEntry, ConsentState
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.consent_register import (
    ConsentRegister,
    lacking_consent,
    note_switch,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.customer import Customer
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.consent.page import list_of

DESCRIBED = {name: Customer(name, must_agree=name != "Jansen") for name in ("Brouwer", "De Wit", "Jansen")}


def entry(state: str = "agreed", customer: str = "Brouwer", **more: str) -> ConsentEntry:
    return ConsentEntry(
        customer=customer,
        state=ConsentState(state),
        **{"who": "A. Brouwer", "when": "2020-01-17T13:00:00+00:00", "how": "by telephone", **more},
    )


@pytest.fixture
def register(tmp_path: Path) -> ConsentRegister:
    return ConsentRegister(tmp_path / "consent", RecordTrust(tmp_path / "key"))


def test_entries_are_read_in_their_order(register: ConsentRegister) -> None:
    assert register.entries("Brouwer") == ()
    for state in ("advised", "agreed"):
        register.add(entry(state))
    register.add(entry("refused", "De Wit"))
    assert [one.state for one in register.entries("Brouwer")] == ["advised", "agreed"]
    assert register.entries("De Wit") == (entry("refused", "De Wit"),)
    assert register.directories() == ("Brouwer", unique_name("De Wit"))


def rewritten(change: Callable[[dict[str, Any]], None]) -> Callable[[Path], None]:
    def do(directory: Path) -> None:
        path = directory / "2.json"
        values = json.loads(path.read_text())
        change(values)
        path.write_text(json.dumps(values))

    return do


@pytest.mark.parametrize(
    ("break_it", "said"),
    [
        (rewritten(lambda values: values["consent"].update(state="agreed")), "its content is not what was signed"),
        (rewritten(lambda values: values.update(previous="0" * 64)), "its content is not what was signed"),
        (rewritten(lambda values: values.update(sshsig="x")), "its signature or its time cannot be read"),
        (rewritten(lambda values: values.update(more=1)), "it is no consent of the form tourniquet-consent/1"),
        (lambda directory: (directory / "2.json").write_text("{"), "it is no JSON"),
        (
            lambda directory: (directory / "1.json").unlink(),
            "2.json follows a consent that is missing",
        ),
        (lambda directory: (directory / "2.json").rename(directory / "3.json"), "3.json follows a"),
        (
            lambda directory: (directory / "3.json").write_bytes((directory / "1.json").read_bytes()),
            "it does not follow the consent before it",
        ),
        (lambda directory: (directory / "2.json").chmod(0o666), "others may write to it"),
        (lambda directory: (directory / "3.json").mkdir(), "it cannot be read (Is a directory)"),
        (lambda directory: os.truncate(directory / "2.json", LARGEST + 1), "it is larger than 16 MiB"),
    ],
)
def test_a_register_that_was_changed_is_refused(
    register: ConsentRegister, break_it: Callable[[Path], None], said: str
) -> None:
    for state in ("advised", "refused"):
        register.add(entry(state))
    break_it(register.directory / "Brouwer")
    with pytest.raises(InvalidInput) as raised:
        register.entries("Brouwer")
    assert said in str(raised.value)
    with pytest.raises(InvalidInput):
        register.add(entry())
    lacking = lacking_consent(["Brouwer"], DESCRIBED, register)
    assert said in lacking["Brouwer"], "a broken register is no consent"
    listed = list_of(register, {"Brouwer", "De Wit"}, DESCRIBED)
    assert said in listed.refused[0]
    assert listed.lines[0].startswith("Brouwer  REFUSED: ")
    assert listed.lines[1] == "De Wit   nothing is on record  MUST AGREE before a closing"


def test_entries_of_another_customer_are_refused(register: ConsentRegister) -> None:
    register.add(entry("agreed", "Brouwer"))
    (register.directory / "Brouwer").rename(register.directory / unique_name("De Wit"))
    with pytest.raises(InvalidInput, match="it is an entry of another customer"):
        register.entries("De Wit")
    assert "another customer" in lacking_consent(["De Wit"], DESCRIBED, register)["De Wit"]


def test_entries_of_a_stranger_are_refused_until_the_stranger_is_listed(
    register: ConsentRegister, tmp_path: Path
) -> None:
    stranger = ConsentRegister(register.directory, RecordTrust(tmp_path / "other_key"))
    stranger.add(entry())
    with pytest.raises(InvalidInput, match="it is signed by the key SHA256:"):
        register.entries("Brouwer")
    assert "Brouwer" in lacking_consent(["Brouwer"], DESCRIBED, register)
    signers = tmp_path / "allowed_signers"
    line = public_line(signing_key(tmp_path / "other_key"))
    for namespaces, agreed in (("tourniquet-record", False), ("tourniquet-record,tourniquet-consent", True)):
        signers.write_text(f'night@control-2 namespaces="{namespaces}" {line}\n')
        knowing = ConsentRegister(register.directory, RecordTrust(tmp_path / "key", signers))
        assert (lacking_consent(["Brouwer"], DESCRIBED, knowing) == {}) is agreed


def test_what_is_signed_for_another_purpose_is_no_entry(register: ConsentRegister) -> None:
    register.add(entry())
    path = register.directory / "Brouwer" / "1.json"
    values = json.loads(path.read_text())
    values["consent"]["state"] = "perhaps"
    other = consent_register.add_file(
        register.directory / "x",
        None,
        values["consent"],
        consent_register.datetime.now(consent_register.UTC),
        consent_register.FORM,
        register.trust,
    )
    assert other is not None
    path.write_bytes(other.path.read_bytes())
    with pytest.raises(InvalidInput, match="it is no entry of a register"):
        register.entries("Brouwer")


def test_who_must_agree_and_has_not(register: ConsentRegister) -> None:
    everyone = ("Brouwer", "De Wit", "Jansen", "Kuiper")
    assert lacking_consent(everyone, DESCRIBED, register) == dict.fromkeys(
        ("Brouwer", "De Wit"), "nothing is on record"
    )
    register.add(entry("agreed", "Brouwer"))
    register.add(entry("refused", "De Wit", who="P. de Wit", ticket="CHG2"))
    assert lacking_consent(everyone, DESCRIBED, register) == {
        "De Wit": "refused 2020-01-17 13:00 UTC by P. de Wit, by telephone (CHG2)"
    }


@pytest.mark.parametrize("written", ["de wit", "De  Wit", "DE WIT "])
def test_a_customer_who_is_written_otherwise_has_not_agreed(register: ConsentRegister, written: str) -> None:
    """An exact comparison alone would close what somebody must agree to."""
    register.add(entry("agreed", "De Wit"))
    assert lacking_consent([written, "jansen"], DESCRIBED, register) == {
        written: "tourniquet_customers writes it 'De Wit': write the name alike in both places"
    }


def test_a_closing_is_noted_once_whatever_the_number_of_appliances(register: ConsentRegister) -> None:
    register.add(entry("agreed"))
    closing = entry("closed", "gw-1", who="J. Jansen", how="lockdown.yml, run 1")
    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(lambda _number: note_switch(register, ("Brouwer", "De Wit"), closing, {}), range(16)))
    assert said == [[]] * 16
    assert [one.state for one in register.entries("Brouwer")] == ["agreed", "closed"]
    assert [one.state for one in register.entries("De Wit")] == ["closed"]
    note_switch(register, ("Brouwer",), entry("reopened"), {"Brouwer": "a note"})
    assert register.entries("Brouwer")[-1].note == "a note"


def test_what_cannot_be_noted_is_said(register: ConsentRegister, monkeypatch: pytest.MonkeyPatch) -> None:
    register.add(entry())
    (register.directory / "Brouwer" / "1.json").write_text("{}")
    said = note_switch(register, ("Brouwer", "De Wit"), entry("closed"), {})
    assert len(said) == 1
    assert said[0].startswith("the register of consent does not say that Brouwer is closed: ")
    monkeypatch.setattr(consent_register, "add_file", lambda *_arguments: None)
    with pytest.raises(InvalidInput, match="other runs are adding entries all the time"):
        register.add(entry("closed", "De Wit"))


def test_the_list_has_who_must_be_asked_first_and_forgets_nobody(register: ConsentRegister) -> None:
    register.add(entry("agreed", "De Wit"))
    register.add(entry("closed", "Gone BV"))
    listed = list_of(register, {"Brouwer", "De Wit", "Jansen"}, DESCRIBED)
    assert [line.split("  ")[0] for line in listed.lines] == ["Brouwer", "De Wit", "Gone BV", "Jansen"]
    assert [(one["customer"], one["state"], one["must_agree"], one["agreed"]) for one in listed.values] == [
        ("Brouwer", "", True, False),
        ("De Wit", "agreed", True, True),
        ("Gone BV", "closed", False, False),
        ("Jansen", "", False, False),
    ]
    assert listed.refused == ()


def test_the_list_says_which_contract_there_is(register: ConsentRegister) -> None:
    described = {
        "De Wit": Customer("De Wit", must_agree=True, contract="C-14, article 7: may be closed in an emergency")
    }
    listed = list_of(register, {"De Wit"}, described)
    assert listed.lines[0].endswith(
        "MUST AGREE before a closing  contract: C-14, article 7: may be closed in an emergency"
    )
    assert listed.values[0]["contract"] == described["De Wit"].contract


def test_a_register_of_nobody(register: ConsentRegister) -> None:
    assert list_of(register, set(), {}).lines == ("the inventory names no customer, and the register has none",)
