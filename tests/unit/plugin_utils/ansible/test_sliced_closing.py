# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Closing by slices: the measure of the rollout, and what the controller notes of what the nodes have closed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.sliced_closing import (
    measure_of,
    note_customers,
    register_files,
    with_consents,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.consent import ConsentEntry, ConsentState
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.consent_register import ConsentRegister
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.customer import Customer
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

CUSTOMERS = {"gw-a": {"Brouwer"}, "gw-b": {"De Wit", "Jansen"}, "gw-c": {"Jansen"}}
OVER = "2020-01-18T02:00:00+00:00"
AGREEING = {"De Wit": Customer("De Wit", must_agree=True)}


@pytest.fixture
def register(tmp_path: Path) -> ConsentRegister:
    return ConsentRegister(tmp_path / "consent", RecordTrust(key=tmp_path / "key"))


def closure(customer: Any, until: str = "") -> dict[str, Any]:
    return {"customer": customer, "until": until, "vserver": "gw"}


def unchanged(*closures: Any) -> dict[str, Any]:
    return {"closures": [*closures], "changed": False}


def noted(register: ConsentRegister, verb: str, results: dict[str, Any], run: str = "r1") -> list[str]:
    return note_customers(
        register,
        verb,
        run,
        {host: {"changed": True, **result} for host, result in results.items()},
        CUSTOMERS,
        AGREEING,
        ("J. Jansen", "CHG1"),
        register.directory.with_name("records"),
    )


@pytest.mark.parametrize(
    ("verb", "step", "expected"),
    [
        ("lockdown", "", "lockdown"),
        ("lockdown", "off", "lockdown"),
        ("close", "countries", "countries"),
        ("close", "off", "off"),
        ("close", "False", "off"),  # YAML reads off as false
        ("reopen", "", "lockdown"),
        ("reopen", "paths", "paths"),
    ],
)
def test_the_measure_is_that_of_the_playbook_of_the_verb(verb: str, step: str, expected: str) -> None:
    assert measure_of(verb, step) == expected


@pytest.mark.parametrize(("verb", "step"), [("close", ""), ("close", "everything"), ("reopen", "everything")])
def test_a_step_that_is_not_there_is_refused(verb: str, step: str) -> None:
    with pytest.raises(InvalidInput, match=r"step is .*Nothing was sent"):
        measure_of(verb, step)


@pytest.mark.parametrize("verb", ["lockdown", "close"])
def test_who_was_closed_is_noted_once_and_with_a_missing_consent(register: ConsentRegister, verb: str) -> None:
    results = {
        "gw-a": {"closures": [closure("Brouwer"), closure("Brouwer")]},
        "gw-b": {"closures": [closure("De Wit"), closure("Jansen", until=OVER)]},
    }
    assert noted(register, verb, results) == []
    (brouwer,), (wit,) = register.entries("Brouwer"), register.entries("De Wit")
    assert (brouwer.state, brouwer.who, brouwer.ticket, brouwer.note) == (ConsentState.CLOSED, "J. Jansen", "CHG1", "")
    assert brouwer.how == f"sliced.yml with verb={verb}, run r1"
    assert wit.note.startswith("without consent: ")
    assert register.entries("Jansen") == ()


def test_of_whom_something_stays_closed_is_not_reopened(register: ConsentRegister) -> None:
    results = {
        "gw-a": {"closures": [closure("Brouwer", until=OVER)]},
        "gw-b": {"closures": [closure("De Wit", until=OVER), closure("De Wit"), closure("Jansen", until=OVER)]},
    }
    assert noted(register, "reopen", results) == []
    assert [len(register.entries(name)) for name in ("Brouwer", "De Wit", "Jansen")] == [1, 0, 1]
    assert register.entries("Brouwer")[0].state is ConsentState.REOPENED


def test_of_whom_something_stays_closed_on_an_appliance_that_is_not_in_this_run_is_not_reopened(
    register: ConsentRegister,
) -> None:
    noted(register, "lockdown", {name: {"closures": [closure("Jansen")]} for name in ("gw-b", "gw-c")})
    for name, last in (("gw-b", ConsentState.CLOSED), ("gw-c", ConsentState.REOPENED)):
        assert noted(register, "reopen", {name: {"closures": [closure("Jansen", until=OVER)]}}) == []
        assert register.entries("Jansen")[-1].state is last, name


def test_what_a_run_that_was_cut_off_has_closed_is_noted_by_the_next_one(register: ConsentRegister) -> None:
    """It changes nothing there: a reopening of another appliance would call its customer reopened, and nobody would see that something is closed."""
    results = {"gw-b": unchanged(closure("Jansen")), "gw-c": {"closures": [closure("Jansen")]}}
    assert noted(register, "lockdown", {"gw-a": unchanged(closure("Brouwer")), **results}) == []
    assert [len(register.entries(name)) for name in ("Brouwer", "Jansen")] == [1, 1]
    assert noted(register, "lockdown", {name: unchanged(*own["closures"]) for name, own in results.items()}, "r2") == []
    assert len(register.entries("Jansen")) == 1, "what is noted already is noted once"
    assert noted(register, "reopen", {"gw-c": {"closures": [closure("Jansen", until=OVER)]}}) == []
    assert register.entries("Jansen")[-1].state is ConsentState.CLOSED
    assert noted(register, "reopen", {"gw-b": unchanged(closure("Jansen", until=OVER))}) == []
    assert register.entries("Jansen")[-1].state is ConsentState.REOPENED


def test_a_closing_of_long_ago_is_not_reopened_with_that_of_another_customer(register: ConsentRegister) -> None:
    """The new consent of its customer would end."""
    agreed = ConsentEntry(
        customer="De Wit", state=ConsentState.AGREED, who="P. de Wit", when=OVER, how="by telephone"
    )  # fmt: skip
    register.add(agreed)
    rows = [closure("De Wit", until=OVER), closure("Jansen", until=OVER)]
    assert noted(register, "reopen", {"gw-b": {"closures": rows}}) == []
    assert register.entries("De Wit") == (agreed,)
    assert [one.state for one in register.entries("Jansen")] == [ConsentState.REOPENED]


@pytest.mark.parametrize(
    "row", [closure("Somebody else"), closure("De Wit"), closure(""), closure(["Brouwer"]), {}, "x"]
)
def test_a_node_names_only_the_customers_of_its_appliance(register: ConsentRegister, row: Any) -> None:
    assert noted(register, "lockdown", {"gw-a": {"closures": [row]}, "gw-c": {}}) == []
    assert not register.directory.exists()


def test_what_cannot_be_noted_is_said(register: ConsentRegister, tmp_path: Path) -> None:
    (tmp_path / "consent").write_text("")
    _places, problem = noted(register, "lockdown", {"gw-a": {"closures": [closure("Brouwer")]}})
    assert problem.startswith("the register of consent does not say that Brouwer is closed")


def test_the_register_goes_beside_the_inventory_of_a_job(register: ConsentRegister, tmp_path: Path) -> None:
    assert register_files(register.directory, ["De Wit"]) == {}
    agreed = ConsentEntry(
        customer="De Wit",
        state=ConsentState.AGREED,
        who="P. de Wit",
        when="2020-01-17T13:00:00+00:00",
        how="by telephone",
    )
    register.add(agreed)
    register.add(replace(agreed, customer="Brouwer"))
    files = register_files(register.directory, ["De Wit", "Jansen"])
    assert [name.partition("/")[0] for name in files] == ["consent"], "that of one customer only"
    copy = tmp_path / "inventory"
    for name, path in files.items():
        target = copy / name
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        target.write_bytes(path.read_bytes())
        target.chmod(0o600)
    (copy / "consent").chmod(0o700)
    assert ConsentRegister(copy / "consent", register.trust).entries("De Wit") == (agreed,)


def test_a_job_is_told_who_of_its_customers_must_agree_and_no_contact() -> None:
    export = {"all": {"children": ["x"]}, "_meta": {"hostvars": {"gw-a": {"netscaler_nodes": ["192.0.2.1"]}}}}
    found = with_consents(export, CUSTOMERS, AGREEING)
    agreeing = {"De Wit": {"consent": True}}
    assert found["_meta"]["hostvars"] == {
        "gw-a": {"netscaler_nodes": ["192.0.2.1"]},
        "gw-b": {"tourniquet_agreeing_customers": agreeing},
    }
    assert export["_meta"]["hostvars"] == {"gw-a": {"netscaler_nodes": ["192.0.2.1"]}}
