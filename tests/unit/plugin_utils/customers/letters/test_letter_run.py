# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files of a run: a numbered and signed series for each customer, nothing of another one, a call list, and the clocks of duties."""

from __future__ import annotations

import email
import email.policy
import json
import multiprocessing
import os
import re
import signal
import socket
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.consent import ConsentEntry, ConsentState
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.customer import Contact, Customer
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters import facts_json
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.call_list import call_list
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.duties import (
    duties_values,
    minutes_of,
    month_later,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.facts import (
    TRACES,
    CustomerFacts,
    Fact,
    FactKind,
    Tlp,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.facts_json import (
    SCHEMA,
    customer_values,
    read_file_of_facts,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.from_consent import with_consents
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.letter_run import (
    CALL_LIST,
    DUTIES,
    HANDED_OUT,
    SERIES,
    LetterRun,
    LettersResult,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation import private_files, temporary_files
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.closing_track import ON_AGAIN
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.hunt_result import OF_A_HUNT
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.loss import LossCause

from tests.letters_world import (
    AMSTERDAM,
    BROUWER,
    DE_WIT,
    FIRST,
    GATEWAY,
    SECOND,
    SENDER,
    at,
    before,
    fact,
    forms,
    now,
    wording,
)

OTHER = "vs-dewit"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "letters"


def run(
    directory: Path, *facts: CustomerFacts, at_: datetime = SECOND, write: bool = True, key: str = "key"
) -> LettersResult:
    return LetterRun(
        directory=directory,
        facts=facts,
        customers={"Brouwer": BROUWER, "De Wit": DE_WIT},
        sender=SENDER,
        wordings=(wording("nl"), wording("en")),
        forms=forms(),
        trust=RecordTrust(key=directory.parent / key),
        now=at_,
        write=write,
    ).run()


def files(directory: Path) -> set[str]:
    return {str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file()}


def mail_of(path: Path) -> Any:
    return email.message_from_bytes(path.read_bytes(), policy=email.policy.default)


def killed(directory: Path, write: int) -> None:
    """Run, and kill the process (signal 9) at this write of a file, before it is on the disk."""
    left = [write]

    def fsync(_descriptor: int) -> None:
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)

    def child() -> None:
        private_files.os.fsync = fsync  # type: ignore[assignment]
        run(directory, now())

    process: Any = multiprocessing.get_context("fork").Process(target=child)
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL


@pytest.mark.parametrize("writes", [(1,), (3, 3), (5, 7), (9, 11)])
def test_killed_runs_leave_no_file_beside_the_letters(
    directory: Path, monkeypatch: pytest.MonkeyPatch, writes: tuple[int, ...]
) -> None:
    for write in writes:
        killed(directory, write)
    assert any(Path(name).name.startswith(".") for name in files(directory.parent))
    monkeypatch.setattr(temporary_files, "_LOOKED_THROUGH", set())  # as in a process of its own
    run(directory, now())
    assert not [name for name in files(directory.parent) if Path(name).name.startswith(".")]
    assert (directory / HANDED_OUT / "Brouwer" / "letter-1.nl.txt").is_file()


# -- the series --------------------------------------------------------------------------------------------------------


def test_a_letter_that_the_next_one_could_not_read_is_not_written(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its file would be refused for ever."""
    monkeypatch.setattr(facts_json, "MOST_FACTS", 5)
    said = r"Brouwer: a letter would tell 1\d facts, and 5 are the most: name fewer entries"
    with pytest.raises(InvalidInput, match=said):
        run(directory, now())
    assert not directory.exists()


def test_letters_are_numbered_and_replace_each_other(directory: Path) -> None:
    assert run(directory, before(), at_=FIRST).changed
    assert run(directory, now()).changed
    handed = directory / HANDED_OUT / "Brouwer"
    names = {f"letter-{number}.{end}" for number in (1, 2) for end in ("nl.txt", "nl.html", "en.txt", "en.html", "eml")}
    assert {path.name for path in handed.iterdir()} == names
    second = (handed / "letter-2.nl.txt").read_text()
    assert "Dit bericht vervangt bericht 1 van 18 december 2019" in second
    assert "Sinds 16 januari 2020 om 17.00 uur weten wij:" in second


def test_the_same_facts_make_the_same_files_and_no_new_number(directory: Path) -> None:
    run(directory, before(), at_=FIRST)
    run(directory, now())
    handed = directory / HANDED_OUT
    written = {name: (handed / name).read_bytes() for name in files(handed)}
    again = run(directory, now(), at_=SECOND + timedelta(hours=3))
    assert not again.changed
    assert {name: (handed / name).read_bytes() for name in files(handed)} == written


def test_nothing_is_sent(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither letters nor mails are sent, and no name is looked up: whoever sends a mail is a person."""
    for name in ("socket", "create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, lambda *_, **__: pytest.fail("something was sent"))
    assert run(directory, now(), before(OTHER, "De Wit")).changed


def test_check_mode_writes_nothing(directory: Path) -> None:
    result = run(directory, now(), write=False)
    assert result.changed
    assert "New letters would be written: 1, unchanged: 0" in "\n".join(result.lines)
    assert not directory.exists()


def _edit(path: Path, **values: Any) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_a_letter_that_was_changed_is_refused(directory: Path) -> None:
    run(directory, before(), at_=FIRST)
    _edit(directory / SERIES / "Brouwer" / "1.json", written="2019-12-19T00:00:00+00:00")
    with pytest.raises(InvalidInput, match=r"1\.json: its content is not what was signed\. Restore the letter"):
        run(directory, now())


def test_a_letter_by_an_unknown_key_is_refused(directory: Path) -> None:
    run(directory, before(), at_=FIRST)
    with pytest.raises(InvalidInput, match=r"1\.json: it is signed by the key SHA256:.*Restore"):
        run(directory, now(), key="another")


def test_a_letter_of_another_place_in_the_series_or_of_another_customer_is_refused(directory: Path) -> None:
    run(directory, before(), before(OTHER, "De Wit"), at_=FIRST)
    series = directory / SERIES
    theirs = next(path for path in series.iterdir() if path.name != "Brouwer")
    own = (series / "Brouwer" / "1.json").read_bytes()
    (series / "Brouwer" / "1.json").write_bytes((theirs / "1.json").read_bytes())
    with pytest.raises(InvalidInput, match="it is a letter to another customer"):
        run(directory, now())
    (series / "Brouwer" / "1.json").write_bytes(own)
    (series / "Brouwer" / "2.json").write_bytes(own)
    with pytest.raises(InvalidInput, match="it does not follow the letter before it"):
        run(directory, now())
    (series / "Brouwer" / "2.json").rename(series / "Brouwer" / "3.json")
    with pytest.raises(InvalidInput, match=r"3\.json follows a letter that is missing"):
        run(directory, now())


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("[", "it is no JSON"),
        ("[]", "it is no letter of the form"),
        (None, "its signature or its time cannot be read"),
        ("x" * (16 * 1024 * 1024 + 1), "it is larger than 16 MiB"),
    ],
)
def test_a_broken_file_of_a_letter_is_refused(directory: Path, content: str | None, problem: str) -> None:
    run(directory, before(), at_=FIRST)
    path = directory / SERIES / "Brouwer" / "1.json"
    if content is None:
        _edit(path, sshsig="none")
    else:
        path.write_text(content)
    with pytest.raises(InvalidInput, match=problem):
        run(directory, now())


# -- two customers on one appliance ------------------------------------------------------------------------------------


def test_no_file_of_a_customer_has_a_byte_of_another(directory: Path) -> None:
    theirs = now(OTHER, "De Wit", "C. de Wit")
    theirs = replace(theirs, facts=(*theirs.facts, fact(FactKind.BROKEN_IN, OTHER, at(12, 4, 44))))
    run(directory, before(), before(OTHER, "De Wit"), at_=FIRST)
    run(directory, now(), theirs)
    secrets = {
        "Brouwer": ("Brouwer", "brouwer", GATEWAY, "555 0100"),
        "De Wit": ("De Wit", "de Wit", "dewit", OTHER, "555 0101", "ingebroken", "broke in", "05.44", "05:44"),
    }
    seen = 0
    for place in (HANDED_OUT, SERIES):
        for own in (directory / place).iterdir():
            other = next(name for name in secrets if not own.name.startswith(name.replace(" ", "_")[:4]))
            for path in own.iterdir():
                text = str(mail_of(path).get_body().get_content()) if path.suffix == ".eml" else ""
                whole = path.read_text() + text + str(path.relative_to(directory))
                assert [secret for secret in secrets[other] if secret in whole] == [], path
                seen += 1
    assert seen == 2 * (2 * 5 + 2)


def test_a_fact_that_names_another_customer_is_refused() -> None:
    facts = replace(now(), facts=(*now().facts, fact(FactKind.ADVISED, when=at(17), by="the director of De Wit")))
    values = {
        "schema": SCHEMA,
        "customers": [customer_values(facts), customer_values(now(OTHER, "De Wit", "C. de Wit"))],
    }
    with pytest.raises(InvalidInput, match="a fact of Brouwer names 'De Wit', which belongs to De Wit"):
        read_file_of_facts("facts.json", values)


# -- the mail ----------------------------------------------------------------------------------------------------------


def test_the_mail_is_a_draft_to_the_contacts_in_the_language_of_the_customer(directory: Path) -> None:
    run(directory, now(), now(OTHER, "De Wit", "C. de Wit"))
    dutch, english = (mail_of(path) for path in sorted((directory / HANDED_OUT).rglob("*.eml")))
    assert (dutch["To"], dutch["X-Unsent"]) == ('"A. Brouwer" <a.brouwer@brouwer.example>', "1")
    assert dutch["Subject"] == "[TLP:AMBER] Bericht 1 over uw toegang van buiten"
    assert english["Subject"] == "[TLP:AMBER] Message 1 about your access from outside"
    assert [part.get_content_type() for part in dutch.iter_parts()] == ["text/plain", "text/html"]
    assert "dicht sinds 17 januari 2020" in dutch.get_body(("plain",)).get_content()
    assert "dicht sinds 17 januari 2020" in dutch.get_body(("html",)).get_content()


def test_a_customer_without_an_address_is_named(directory: Path) -> None:
    text = "\n".join(run(directory, now("gw", "Nobody", "N")).lines)
    assert "Nobody: the mail has no recipient: add a contact with a mail address to tourniquet_customers." in text
    assert mail_of(next((directory / HANDED_OUT).rglob("*.eml")))["To"] is None


def test_withheld_facts_are_counted(directory: Path) -> None:
    facts = replace(now(), facts=(*now().facts, fact(FactKind.BROKEN_IN, GATEWAY, at(11), label=Tlp.RED)))
    text = "\n".join(run(directory, facts).lines)
    assert "Brouwer: left out of the letter because of the TLP label: 1 of 12 facts." in text


def read_at(fixed: datetime, *more: Fact) -> CustomerFacts:
    """Return what a ledger of that time says of an appliance that is fixed, nobody knows since when."""
    exposed = fact(FactKind.EXPOSED, GATEWAY, date(2019, 12, 17), until=fixed, known=fixed)
    known = replace(fact(FactKind.FIXED, GATEWAY, fixed, source="the builds of the nodes"), known=fixed)
    return CustomerFacts("Brouwer", (GATEWAY,), (exposed, known, *more, fact(FactKind.NEXT_MESSAGE, when=at(30, 9))))


def test_a_fix_that_is_read_again_is_no_correction_and_no_new_letter(directory: Path) -> None:
    """Seen: each ledger took the time of its own reading, and each letter corrected the one before it: "until 10:40", not "until 10:30"."""
    assert run(directory, read_at(at(21, 9, 30)), at_=at(21, 9, 30)).changed
    again = run(directory, read_at(at(21, 9, 40)), at_=at(21, 9, 40))
    assert not again.changed
    lost = fact(FactKind.PROTECTION_ENDED, GATEWAY, at(22, 9), until=at(23, 9), cause=LossCause.OLDER_BUILD)
    (later,) = run(directory, read_at(at(23, 9), lost), at_=at(23, 9)).letters
    fixed = later.told.told.of(FactKind.FIXED)
    assert [one.when for one in fixed] == [at(23, 9)], "an older build ran in between"


def test_an_access_that_somebody_opened_is_open_since_it_was_found_first(directory: Path) -> None:
    def found(when: datetime) -> CustomerFacts:
        closed = fact(FactKind.CLOSED, GATEWAY, at(20, 9), until=when)
        return read_at(at(19, 9), closed, fact(FactKind.OPEN, GATEWAY, source=ON_AGAIN))

    assert run(directory, found(at(21, 9, 30)), at_=at(21, 9, 30)).changed
    assert not run(directory, found(at(21, 9, 40)), at_=at(21, 9, 40)).changed


def searched(*facts: Fact) -> CustomerFacts:
    exposed = fact(FactKind.EXPOSED, GATEWAY, date(2019, 12, 17), until=at(11, 9))
    return CustomerFacts("Brouwer", (GATEWAY,), (exposed, *facts, fact(FactKind.NEXT_MESSAGE, when=at(30, 9))))


NOTHING = fact(FactKind.NO_TRACES, GATEWAY, at(1, month=12, year=2019), source=OF_A_HUNT)


@pytest.mark.parametrize("later", ["no hunt is given", "a hunt after the rebuild"])
def test_a_break_in_is_not_taken_back_because_no_hunt_finds_it_again(directory: Path, later: str) -> None:
    """Seen: ledger.yml was given without traces, and the next letter said "Somebody broke in on gw-brouwer": "We can't confirm that any more". No clock ran."""
    entered = fact(FactKind.BROKEN_IN, GATEWAY, source=OF_A_HUNT, known=at(17, 9))
    run(directory, searched(entered), at_=at(17, 10))
    result = run(directory, searched(*([NOTHING] if later == "a hunt after the rebuild" else [])), at_=at(18, 10))
    assert not result.changed, "all that was told is so"
    assert any("BROKEN INTO" in line for line in result.lines)
    (one,) = json.loads((directory / DUTIES).read_text(encoding="utf-8"))["customers"]
    assert (one["breach_known"], bool(one["clocks"])) == (at(17, 9).isoformat(), True)
    by_a_person = run(directory, searched(replace(NOTHING, source="S. Bakker: a test of ours")), at_=at(19, 10))
    assert "We can't confirm that any more." in forms().text(by_a_person.letters[0].letters[1])


def test_what_a_hunt_found_is_told_until_another_one_says_more(directory: Path) -> None:
    run(directory, searched(NOTHING), at_=at(17, 10))
    assert not run(directory, searched(), at_=at(18, 10)).changed
    unclear = fact(FactKind.TRACES_UNCLEAR, GATEWAY, source=OF_A_HUNT)
    (found,) = run(directory, searched(unclear), at_=at(19, 10)).letters
    assert {FactKind.TRACES_UNCLEAR} == {one.kind for one in found.told.told.of(*TRACES)}


# -- the call list -----------------------------------------------------------------------------------------------------


def test_the_call_list_of_13_customers_is_one_screen_with_the_largest_impact_first() -> None:
    about = [
        (before(f"gw{number}", f"Customer {number:02}"), Customer(f"Customer {number:02}")) for number in range(11)
    ]
    entered = replace(now(), facts=(*now().facts, fact(FactKind.BROKEN_IN, GATEWAY, at(11))))
    many = replace(
        now(OTHER, "De Wit"),
        facts=tuple(replace(one, count=900) if one.count else one for one in now(OTHER, "De Wit").facts),
    )
    lines = call_list([*about, (many, DE_WIT), (entered, BROUWER)], SECOND, AMSTERDAM)
    assert len(lines) == 15
    assert re.match(r"Call list of \d{4}-\d\d-\d\d \d\d:\d\d CET, 13 customers, ", lines[0])
    assert max(map(len, lines)) <= 120
    assert [line.split()[1] for line in lines[2:4]] == ["Brouwer", "De"]
    assert "BROKEN INTO" in lines[2]
    assert "measure does not work +2" in lines[3]
    assert "reopen 20 Jan 09:00" in lines[3]
    assert "C. de Wit +31 30 555 0101" in lines[3]
    assert "nobody named" in lines[4]
    assert all(line.endswith("by____ agreed_____") for line in lines[2:])


def test_who_can_be_attacked_now_is_called_before_an_open_management_address() -> None:
    """Seen: a customer with nothing against the attack was the last but one of the list, as "state not known"; with a hunt it had "nothing open"."""
    base = (fact(FactKind.OPEN, GATEWAY), fact(FactKind.NO_TRACES, GATEWAY, at(1, month=12, year=2019)))
    exposed = CustomerFacts("Brouwer", (GATEWAY,), (*base, fact(FactKind.EXPOSED, GATEWAY, at(9))))
    managed = CustomerFacts("De Wit", (GATEWAY,), (*base, fact(FactKind.MANAGEMENT_EXPOSED, GATEWAY, at(9))))
    over = CustomerFacts("Vis", (GATEWAY,), (*base, replace(fact(FactKind.EXPOSED, GATEWAY, at(9)), until=at(10))))
    about = [(over, Customer("Vis")), (managed, DE_WIT), (exposed, BROUWER)]
    lines = call_list(about, SECOND, AMSTERDAM)
    assert [re.split(r" {2,}", line)[1:3] for line in lines[2:]] == [
        ["Brouwer", "attack may succeed"],
        ["De Wit", "management address open"],
        ["Vis", "nothing open"],
    ]
    duties = duties_values([one for one, _customer in about], SECOND)["customers"]
    assert [one["impact"] for one in duties] == [[], ["management address open"], ["attack may succeed"]]


def test_a_long_impact_keeps_its_numbers() -> None:
    """Seen: "management address open x3..", and what else weighs on the customer was cut off."""
    places = tuple(f"gw{number}" for number in range(12))
    facts = tuple(fact(FactKind.MANAGEMENT_EXPOSED, place, at(9)) for place in places)
    (line,) = call_list([(CustomerFacts("Brouwer", places, facts), BROUWER)], SECOND, AMSTERDAM)[2:]
    assert re.split(r" {2,}", line)[2] == "management address.. x12 +2"


def test_what_a_person_says_twice_is_said_once_and_after_an_opening_again() -> None:
    """Seen: the command was given twice, and the letter said twice that the customer has agreed."""
    states = (
        *((ConsentState.AGREED, "A. Brouwer"), (ConsentState.AGREED, "A. Brouwer"), (ConsentState.AGREED, "B. Smit")),
        *((ConsentState.CLOSED, "J. Jansen"), (ConsentState.REOPENED, "J. Jansen"), (ConsentState.AGREED, "B. Smit")),
    )
    entries = [
        ConsentEntry(customer="Brouwer", state=state, who=who, when=at(16, hour).isoformat(), how="by telephone")
        for hour, (state, who) in enumerate(states, 9)
    ]
    (known,) = with_consents((now(),), {"Brouwer": entries})
    added = [(fact.by, fact.when) for fact in known.facts if fact not in now().facts]
    assert added == [("A. Brouwer", at(16, 9)), ("B. Smit", at(16, 11)), ("B. Smit", at(16, 14))]


def test_the_call_list_and_the_letter_take_the_state_from_the_register(directory: Path) -> None:
    entries = [
        ConsentEntry(customer="Brouwer", state=state, who=who, when=at(16, hour).isoformat(), how="by telephone")
        for state, who, hour in (
            (ConsentState.ADVISED, "S. Bakker", 9),
            (ConsentState.REFUSED, "A. Brouwer", 11),
            (ConsentState.CLOSED, "J. Jansen", 12),
        )
    ]
    (known,) = with_consents((now(),), {"Brouwer": entries, "De Wit": entries[:1]})
    assert with_consents((known,), {"Brouwer": entries}) == (known,), "a fact that is there is not said twice"
    added = [(fact.kind, fact.by, fact.when, fact.source) for fact in known.facts if fact not in now().facts]
    assert added == [
        (FactKind.ADVISED, "S. Bakker", at(16, 9), "the register of consent, entry 1: by telephone"),
        (FactKind.REFUSED, "A. Brouwer", at(16, 11), "the register of consent, entry 2: by telephone"),
    ]
    lines = call_list([(known, BROUWER), (now(OTHER, "De Wit"), DE_WIT)], SECOND, AMSTERDAM, {"Brouwer": entries[-1]})
    assert lines[2].endswith("  closed 16 Jan")
    assert lines[3].endswith("by____ agreed_____")
    result = run(directory, known)
    letter = next(one for one in result.letters[0].letters if one.wording.language == "en")
    assert "A. Brouwer chose to leave access open." in forms().text(letter)


def test_a_hostile_name_stays_one_line_of_the_call_list() -> None:
    lines = call_list([(now(name="x\ny\x1b[2J"), Customer("x", contacts=(Contact("A"),)))], SECOND, AMSTERDAM)
    assert " CET, 1 customer, " in lines[0]
    assert len(lines) == 3
    assert lines[2].isprintable()
    assert "A no number" in lines[2]


# -- duties ------------------------------------------------------------------------------------------------------------


def test_the_clocks_begin_with_the_knowledge_of_a_break_in_and_not_of_a_weakness() -> None:
    (one,) = duties_values([now()], SECOND)["customers"]
    assert (one["clocks"], one["breach_known"]) == ([], "")
    assert one["threat_known"] == FIRST.isoformat()
    assert "a weakness or a threat alone is no breach" in one["no_clocks_because"]
    secret = fact(FactKind.BROKEN_IN, GATEWAY, at(11, 4), known=at(31, 9), label=Tlp.RED)
    (one,) = duties_values([replace(now(), facts=(*now().facts, secret))], at(31, 12))["customers"]
    assert one["label"] == "TLP:RED"
    assert {clock["started"] for clock in one["clocks"]} == {at(31, 9).isoformat()}
    assert [clock["due"] for clock in one["clocks"]] == [
        at(31, 9).isoformat(),
        at(3, 9, month=2).isoformat(),
        at(1, 9, month=2).isoformat(),
        at(3, 9, month=2).isoformat(),
        at(29, 9, month=2).isoformat(),
    ]
    assert [clock["hours_left"] for clock in one["clocks"]][:3] == [-3.0, 69.0, 21.0]


def test_minutes_of_unavailability_count_each_minute_once() -> None:
    spans = [
        fact(FactKind.CLOSED, "a", at(17, 13), until=at(17, 14)),
        fact(FactKind.CLOSED, "b", at(17, 13, 30), until=at(17, 15)),
        fact(FactKind.CLOSED, "a", at(18, 8)),
    ]
    assert minutes_of(spans, at(18, 8, 10)) == 130
    assert minutes_of([], SECOND) == 0
    assert minutes_of([fact(FactKind.CLOSED, "a", at(17).date())], SECOND) is None


def test_the_export_says_who_agreed_and_that_it_is_no_legal_advice() -> None:
    values = duties_values([now(), before(OTHER, "De Wit")], at(17, 13, 31), {"Brouwer": "C-14"})
    one, other = values["customers"]
    assert (one["contract"], other["contract"]) == ("C-14", "")
    assert (one["minutes_closed"], one["over_30_minutes"], other["over_30_minutes"]) == (31, True, False)
    assert one["agreed"] == [{"by": "A. Brouwer", "when": at(17, 12, 30).isoformat(), "source": "record 20200117"}]
    assert values["minutes_closed_of_all_services"] == 31
    assert "Not legal advice" in values["note"]
    json.dumps(values)


@pytest.mark.parametrize(
    ("day", "later"),
    [("2026-01-31", "2026-02-28"), ("2026-12-15", "2027-01-15"), ("2024-01-30", "2024-02-29")],
)
def test_a_month_later(day: str, later: str) -> None:
    assert month_later(datetime.fromisoformat(day).replace(tzinfo=UTC)).date().isoformat() == later


def test_the_run_writes_the_call_list_and_the_duties_beside_the_customers(directory: Path) -> None:
    lines = run(directory, now()).lines
    assert (directory / CALL_LIST).read_text().splitlines() == list(lines[:3])
    assert json.loads((directory / DUTIES).read_text())["customers"][0]["customer"] == "Brouwer"
    assert (directory / DUTIES).stat().st_mode & 0o077 == 0
