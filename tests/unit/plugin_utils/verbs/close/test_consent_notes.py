# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which customers get an entry in the register of consent: of this run, and of an earlier one that died before it noted what it had done."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.plan_file import PlanFile
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.closed_places import ClosedPlaces
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.consent import ConsentEntry, ConsentState
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.consent_register import ConsentRegister
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.customer import MOST_TEXT
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close import consent_notes
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.consent_notes import (
    _lacks,
    note_consent,
    with_missing_entry,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.decision import Decision

CLOSED, REOPENED, AGREED = ConsentState.CLOSED, ConsentState.REOPENED, ConsentState.AGREED


def at(hour: int) -> str:
    return f"2020-01-17T{hour:02}:00:00+00:00"


def entry(state: ConsentState, hour: int) -> ConsentEntry:
    return ConsentEntry(customer="Brouwer", state=state, who="A", when=at(hour), how="run")


def row(since: int, until: int | None = None, customer: str = "Brouwer") -> dict[str, Any]:
    return {
        "customer": customer,
        "since": at(since),
        "until": at(until) if until is not None else "",
        "step": "off",
        "partition": "default",
        "type": "vpnvserver",
        "vserver": "gw",
    }


@pytest.mark.parametrize(
    ("entries", "state", "rows", "lacks"),
    [
        ([], CLOSED, [], False),
        ([], CLOSED, [row(8)], True),
        ([], CLOSED, [row(8, 9)], False),
        ([entry(CLOSED, 8)], CLOSED, [row(8)], False),
        ([entry(CLOSED, 7)], CLOSED, [row(8)], True),
        ([entry(CLOSED, 9)], CLOSED, [row(8)], False),
        ([entry(AGREED, 9)], CLOSED, [row(8)], True),
        ([entry(REOPENED, 9)], CLOSED, [row(8)], True),
        ([entry(CLOSED, 8)], CLOSED, [row(8), row(9)], True),
        ([entry(CLOSED, 7), entry(CLOSED, 9)], CLOSED, [row(8), row(9)], False),
        ([], REOPENED, [row(8, 9)], False),
        ([entry(AGREED, 7)], REOPENED, [row(8, 9)], False),
        ([entry(CLOSED, 8)], REOPENED, [row(8, 9)], True),
        ([entry(CLOSED, 9)], REOPENED, [row(8, 9)], True),
        ([entry(CLOSED, 10)], REOPENED, [row(8, 9)], False),
        ([entry(CLOSED, 10)], REOPENED, [row(7, 8), row(8, 11)], True),
        ([entry(CLOSED, 8)], REOPENED, [row(8)], False),
        ([entry(CLOSED, 8), entry(REOPENED, 9)], REOPENED, [row(8, 9)], False),
        ([entry(CLOSED, 8), entry(AGREED, 9)], REOPENED, [row(8, 9)], True),
        ([entry(REOPENED, 7), entry(CLOSED, 8)], REOPENED, [row(8, 9)], True),
        ([entry(CLOSED, 8), entry(CLOSED, 10)], REOPENED, [row(8, 9)], False),
    ],
)
def test_an_entry_is_lacking_where_the_records_show_what_none_says(
    entries: list[ConsentEntry], state: ConsentState, rows: list[dict[str, Any]], lacks: bool
) -> None:
    assert _lacks(entries, state, rows) is lacks


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the change records show."""
    found: list[dict[str, Any]] = []
    monkeypatch.setattr(consent_notes, "closures_of", lambda _task, _trust: found)
    return found


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The customers of whom something is closed on another appliance."""
    names: set[str] = set()
    monkeypatch.setattr(ClosedPlaces, "are_elsewhere", lambda _self, name, *_given: name in names)
    return names


@pytest.fixture
def register(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ConsentRegister:
    trust = RecordTrust(tmp_path / "key")
    monkeypatch.setattr(consent_notes, "record_trust", lambda _options: trust)
    return ConsentRegister(tmp_path / "consent", trust)


def task(register: ConsentRegister, *, check_mode: bool = False) -> Any:
    return SimpleNamespace(
        options={"consents": str(register.directory), "records": str(register.directory.parent / "records")},
        appliance=SimpleNamespace(name="gw"),
        check_mode=check_mode,
    )


DECISION = Decision("why", "C" * 2000, "J. Jansen")


def noted(register: ConsentRegister, state: ConsentState, *customers: str, **without: str) -> list[str]:
    return note_consent(task(register), state, "lockdown.yml", customers, without, DECISION)


def states(register: ConsentRegister, name: str) -> list[str]:
    return [str(one.state) for one in register.entries(name)]


@pytest.mark.usefixtures("elsewhere")
def test_a_closing_is_noted_of_those_that_this_run_and_an_earlier_one_closed(
    register: ConsentRegister, rows: list[dict[str, Any]]
) -> None:
    rows += [row(8, customer="De Wit"), row(8, 9, customer="Bakker"), row(8, customer="")]
    assert noted(register, CLOSED, "Brouwer", "", Brouwer="in a hurry") == []
    assert [states(register, name) for name in ("Brouwer", "De Wit", "Bakker")] == [["closed"], ["closed"], []]
    assert len(register.directories()) == 2
    ((brouwer,), (de_wit,)) = (register.entries(name) for name in ("Brouwer", "De Wit"))
    assert (brouwer.note, de_wit.note) == ("without consent: in a hurry", "")
    assert (brouwer.who, brouwer.ticket) == ("J. Jansen", "C" * MOST_TEXT)
    assert brouwer.how.startswith("lockdown.yml, run ")
    assert [*ClosedPlaces(register.directory).of("De Wit")] == ["gw"]
    assert noted(register, CLOSED) == []
    assert states(register, "De Wit") == ["closed"], "it has its entry"


def test_a_customer_of_whom_something_stays_closed_is_not_reopened(
    register: ConsentRegister, rows: list[dict[str, Any]], elsewhere: set[str]
) -> None:
    names = ("Brouwer", "De Wit", "Bakker")
    for name in names:
        register.add(ConsentEntry(customer=name, state=CLOSED, who="A", when=at(8), how="run"))
    rows += [row(8, 9, "Brouwer"), row(8, customer="De Wit"), row(8, 9, "De Wit"), row(8, 9, "Bakker")]
    elsewhere.add("Bakker")
    assert noted(register, REOPENED, "Bakker", *names) == []
    assert [states(register, name) for name in names] == [["closed", "reopened"], ["closed"], ["closed"]]
    elsewhere.clear()
    assert noted(register, REOPENED) == []
    assert [states(register, name) for name in names] == [["closed", "reopened"], ["closed"], ["closed", "reopened"]]


@pytest.mark.usefixtures("elsewhere")
def test_nothing_is_noted_that_nobody_decided(register: ConsentRegister, rows: list[dict[str, Any]]) -> None:
    rows.append(row(8))
    assert note_consent(task(register), CLOSED, "lockdown.yml", ["Brouwer"], {}, None) == []
    assert register.directories() == ()


@pytest.mark.usefixtures("elsewhere")
def test_a_register_that_cannot_be_read_is_told(
    register: ConsentRegister, rows: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_self: ConsentRegister, name: str) -> Any:
        raise InvalidInput(f"{name} is broken")

    monkeypatch.setattr(ConsentRegister, "entries", refuse)
    rows += [row(8), row(8, customer="De Wit")]
    told = "gw: the register of consent does not say that {0} is closed: {0} is broken"
    assert noted(register, CLOSED) == [told.format("Brouwer"), told.format("De Wit")]


PLAN, IDLE = PlanFile({"host": "gw", "nothing_to_do": False}), PlanFile({"host": "gw", "nothing_to_do": True})


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize(
    ("plan", "check_mode", "found", "nothing_to_do"),
    [
        (IDLE, True, [row(8)], False),
        (IDLE, False, [row(8)], True),
        (IDLE, True, [], True),
        (IDLE, True, [row(8, 9)], True),
        (PLAN, True, [row(8)], False),
    ],
)
def test_an_appliance_goes_in_a_wave_for_an_entry_that_is_missing(
    register: ConsentRegister,
    rows: list[dict[str, Any]],
    plan: PlanFile,
    check_mode: bool,
    found: list[dict[str, Any]],
    nothing_to_do: bool,
) -> None:
    rows += found
    made = with_missing_entry(task(register, check_mode=check_mode), CLOSED, plan)
    assert made.nothing_to_do is nothing_to_do
    assert made.values == {**plan.values, "nothing_to_do": nothing_to_do}
