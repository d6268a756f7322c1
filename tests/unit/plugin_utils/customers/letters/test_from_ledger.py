# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The exposure ledger as facts of letters: each date with its source, and nothing that the ledger does not say."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.closing_steps import LadderStep
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry_file import load_entry
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.corrections import Previous
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.duties import duties_values
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.facts import (
    CLOSINGS,
    CustomerFacts,
    Fact,
    FactKind,
    told,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.facts_json import (
    customer_values,
    read_customer_facts,
    require_own_names,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.from_ledger import (
    SCHEMA,
    FromLedger,
    merged,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.json_values import json_values
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.hunt_result import HuntOutcome
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.interval import (
    Interval,
    Line,
    LineBuilder,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.loss import LossCause, losses
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.measure_stage import (
    Doing,
    MeasureStage,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.measure_state import MeasureState
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.sourced_date import (
    Confidence,
    Dated,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.state import State
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.step_closing import (
    Beside,
    StepClosing,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure.ledger_row import (
    LedgerRow,
)

from tests.letters_world import FIRST, SECOND, at, forms, letter, now, wording

ID = "cve_2019_19781"
ENTRIES = Path(__file__).parents[5] / "templates" / "mitigations"
ENTRY = load_entry(ENTRIES / ID)
READER = FromLedger({ID: ENTRY}, SECOND, at(18, 9))


def recorded(time: datetime, name: str = "record 1") -> Dated:
    return Dated(time, name, Confidence.RECORDED)


ROW = LedgerRow(
    appliance="gw-1",
    customer="Brouwer",
    entry=ID,
    exposed_from=Dated.of_day(date(2019, 12, 17), "the bulletin", Confidence.ASSUMED),
    exploit_public=Dated.of_day(date(2020, 1, 10), "the catalogue"),
    mitigated=recorded(at(11)),
    proven=recorded(at(11, 13)),
    closed=recorded(at(17, 13), "record 2"),
    hunt=recorded(at(17, 11), "hunt.json"),
    logs_from=Dated(at(9), "the oldest line", Confidence.READ),
    hunt_outcome=HuntOutcome.NOTHING_FOUND,
    is_fixed=False,
)


def line(*parts: tuple[Dated, State]) -> Line:
    """Return a line of these beginnings."""
    made = LineBuilder()
    for since, state in parts:
        made.add(since, state, str(state), (since.source,))
    return made.line()


def whole(row: LedgerRow) -> LedgerRow:
    """Return a row of the world of these tests with what a ledger has besides: the word of the measure, closings and course that its dates say."""
    word = State.UNPROVEN if row.mitigated.is_known else State.NONE
    word = State.EXPOSED if row.disproved.is_known else State.MITIGATED if row.proven.is_known else word
    off = (by_off(row.closed, row.reopened),) if row.closed.is_known else ()
    parts = [
        (
            row.exposed_from if row.exposed_from.is_known else Dated(at(1), "the bulletin", Confidence.PUBLISHED),
            State.EXPOSED,
        )
    ]
    parts += [(row.proven, State.MITIGATED)] if word is State.MITIGATED else []
    parts += [(row.fixed, State.FIXED)] if row.is_fixed else []
    course = row.course or line(*parts)
    return replace(
        row,
        measure=row.measure if row.measure.word else MeasureState(word),
        switched_off=row.switched_off or off,
        course=course,
        losses=tuple(losses(course, ())),
        stages=row.stages or ((MeasureStage(row.mitigated, None, Doing.BLOCKS),) if row.mitigated.is_known else ()),
    )


def by_off(closed: Dated, reopened: Dated) -> StepClosing:
    return StepClosing(step=LadderStep.OFF, vserver="gw", service="", closed=closed, reopened=reopened)


def ledger(*rows: LedgerRow, answer: str = "assume_compromised") -> dict[str, Any]:
    appliances: dict[str, Any] = {}
    for row in rows:
        about = appliances.setdefault(row.appliance, {"answers": [], "problem": ""})
        about["answers"].append({"customer": row.customer, "answer": answer, "rows": [json_values(whole(row))]})
    return {"schema": SCHEMA, "appliances": appliances}


def facts(*rows: LedgerRow, answer: str = "assume_compromised") -> CustomerFacts:
    (one,) = READER.facts("ledger.json", ledger(*rows, answer=answer))
    return one


def kinds(known: CustomerFacts) -> set[FactKind]:
    return {fact.kind for fact in known.facts}


def test_a_row_gives_the_facts_of_a_letter() -> None:
    known = facts(ROW)
    text = forms().text(letter("nl", known))
    assert "Op 17 december 2019 werd een zwakke plek bekend" in text
    assert "De aanval kon lukken op gw-1 vanaf 17 december 2019. Dat duurde tot 11 januari 2020 om 14.00 uur." in text
    assert "De toegang via gw-1 is dicht sinds 17 januari 2020 om 14.00 uur." in text
    assert "De logboeken van gw-1 gaan terug tot 9 januari 2020 om 13.00 uur." in text
    assert "Wij maken met u een herstelplan voor gw-1." in text
    assert (known.customer, known.services) == ("Brouwer", ("gw-1",))
    assert read_customer_facts("f", customer_values(known)) == known
    assert {fact.source for fact in known.of(FactKind.CLOSED)} == {"record 2"}
    assert {fact.known for fact in known.of(FactKind.CLOSED)} == {at(17, 13)}


def test_a_weakness_of_the_servers_behind_is_not_said_to_be_in_the_appliance() -> None:
    """Its row says that no build of the appliance says anything about it; the letter of the same minute put it into the appliance."""
    behind = "cve_2021_44228"
    reader = FromLedger({behind: load_entry(ENTRIES / behind), ID: ENTRY}, SECOND, at(18, 9))
    (known,) = reader.facts("ledger.json", ledger(ROW, replace(ROW, entry=behind)))
    text = forms().text(letter("en", known))
    assert (
        "On 10 December 2021 a weakness became known. It is in programs on servers behind your access. Reference: CVE-2021-44228."
        in text
    )
    assert text.count("It is in the device through which your people log on.") == 1
    text = forms().text(letter("nl", known))
    assert "Die zit in programma's op servers achter uw toegang. Kenmerk: CVE-2021-44228." in text
    assert text.count("Die zit in het apparaat waarmee uw mensen inloggen.") == 1


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        ([(at(14), State.TAKEN_OFF)], [(at(11), None)]),
        ([(at(14), State.INEFFECTIVE), (at(15), State.UNPROVEN), (at(16), State.MITIGATED)], [(at(11), at(16))]),
        ([(at(14), State.UNPROVEN)], []),  # nobody knows that an attack passed
        ([(at(14), State.MITIGATED), (at(15), State.TAKEN_OFF)], [(at(15), None)]),  # after a time with protection
    ],
)
def test_what_is_behind_is_exposed_since_a_measure_of_which_no_record_proves_how_long_it_protected(
    later: list[tuple[datetime, State]], expected: list[tuple[datetime, datetime | None]]
) -> None:
    """Seen: taken off, and no word that an attack may succeed, in the letter of a control node without the record of a verify."""
    behind = "cve_2021_44228"
    reader = FromLedger({behind: load_entry(ENTRIES / behind)}, SECOND, at(18, 9))
    begun = [(recorded(at(1)), State.NONE), (recorded(at(11)), State.UNKNOWN)]
    stages = (MeasureStage(recorded(at(11)), None, Doing.BLOCKS),)
    course = line(*begun, *((recorded(when, "record 2"), state) for when, state in later))
    row = LedgerRow(appliance="gw-1", customer="Brouwer", entry=behind, course=course, stages=stages)
    (known,) = reader.facts("ledger.json", ledger(row))
    unsafe = known.of(FactKind.EXPOSED, FactKind.PROTECTION_ENDED)
    assert [(one.when, one.until) for one in unsafe] == expected


def test_the_services_of_a_shared_appliance_are_the_virtual_servers_of_each_customer() -> None:
    """A director knows the service, and not the appliance; whose name may be that of another customer."""
    off = tuple(replace(by_off(ROW.closed, Dated()), vserver=name) for name in ("portal", "mail"))
    row = replace(ROW, appliance="gw-brouwer")
    values = ledger(row, replace(row, customer="De Wit", switched_off=off))
    values["appliances"]["gw-brouwer"]["customers"] = [
        {"customer": "Brouwer", "vservers": []},
        {"customer": "De Wit", "vservers": ["portal", "mail"]},
    ]
    brouwer, de_wit = READER.facts("ledger.json", values)
    assert (brouwer.services, de_wit.services) == (("gw-brouwer",), ("portal", "mail"))
    assert [fact.place for fact in de_wit.of(FactKind.CLOSED)] == ["portal", "mail"]
    assert not [fact for fact in de_wit.facts if "gw-brouwer" in fact.place]
    require_own_names("localhost", (brouwer, de_wit))


@pytest.mark.parametrize(
    ("outcome", "there"),
    [
        (HuntOutcome.NONE, FactKind.NOT_SEARCHED),
        (HuntOutcome.INCOMPLETE, FactKind.NOT_SEARCHED),
        (HuntOutcome.NOTHING_FOUND, FactKind.LOGS_TOO_SHORT),
        (HuntOutcome.ATTEMPT, FactKind.TRACES_UNCLEAR),
        (HuntOutcome.COMPROMISE, FactKind.BROKEN_IN),
    ],
)
def test_what_the_hunt_found(outcome: HuntOutcome, there: FactKind) -> None:
    traces = {FactKind.NOT_SEARCHED, FactKind.LOGS_TOO_SHORT, FactKind.TRACES_UNCLEAR, FactKind.BROKEN_IN}
    assert kinds(told(facts(replace(ROW, hunt_outcome=outcome)))) & (traces | {FactKind.NO_TRACES}) == {there}


def test_logs_from_before_the_exposure_and_logs_without_a_time() -> None:
    early = replace(ROW, logs_from=Dated(at(1, month=12, year=2019), "the oldest line", Confidence.READ))
    assert FactKind.NO_TRACES in kinds(told(facts(early)))
    assert FactKind.LOGS_TOO_SHORT in kinds(facts(replace(ROW, logs_from=Dated())))


def test_a_measure_without_a_proof_is_not_proven_and_the_exposure_lasts() -> None:
    known = facts(replace(ROW, proven=Dated(source="no record of a proof")))
    assert {FactKind.MITIGATED, FactKind.NOT_PROVEN} <= kinds(known)
    assert FactKind.PROVEN not in kinds(known)
    assert known.of(FactKind.EXPOSED)[0].until is None


def test_a_measure_through_which_an_attack_passed_does_not_work_and_corrects_the_letter_before() -> None:
    disproved = replace(ROW, proven=Dated(source="record 5"), disproved=recorded(at(16, 16), "record 5"))
    known = facts(disproved)
    (found,) = known.of(FactKind.INEFFECTIVE)
    assert (found.known, found.source) == (at(16, 16), "record 5")
    assert not known.of(FactKind.PROVEN, FactKind.NOT_PROVEN)
    said = forms().text(letter("en", known, Previous(1, FIRST, told(facts(ROW)))))
    correction = (
        'In message 1 of 18 December 2019 at 16:00 we wrote:\n    "The attack could succeed on gw-1 from 17 December 2019 on. That lasted until '
        '11 January 2020 at 14:00."\n    "On 11 January 2020 at 14:00 it was proven: the emergency measure works on gw-1. This proof is in our records."\n'
        "Since 16 January 2020 at 17:00 we know:\n    The emergency measure does not work on gw-1."
    )
    assert correction in said
    assert "we put an emergency measure" not in said.partition("1. What is the matter?")[0], "that stays true"
    again = letter("en", known, Previous(2, SECOND, told(known)))
    assert again.corrections == (), "it is corrected once"
    fixed = replace(disproved, fixed=recorded(at(25)), is_fixed=True)
    (over,) = facts(fixed).of(FactKind.INEFFECTIVE)
    assert over.until == at(25), "what did not work until the fix is still told after it"
    assert "The emergency measure did not work on gw-1. That lasted until 25 January 2020" in forms().text(
        letter("en", facts(fixed))
    )


def test_an_exposure_that_goes_on_because_access_was_opened_again_is_no_error() -> None:
    closed = line((BULLETIN, State.EXPOSED), (recorded(at(11)), State.CLOSED))
    row = replace(ROW, proven=Dated(source="no record of a proof"), closed=recorded(at(11)), course=closed)
    last = Previous(1, at(12), told(facts(row)))
    assert told(facts(row)).of(FactKind.EXPOSED)[0].until == at(11)
    again = line((BULLETIN, State.EXPOSED), (recorded(at(11)), State.CLOSED), (recorded(at(20)), State.EXPOSED))
    opened = facts(replace(row, reopened=recorded(at(20)), course=again))
    assert [fact.when for fact in opened.of(FactKind.PROTECTION_ENDED)] == [at(20)]
    assert letter("en", opened, last).corrections == ()


def test_an_appliance_that_was_not_read_is_not_said_to_be_known() -> None:
    """Its records say what was so at its last run; that nobody could look today stood in the ledger alone."""
    opened = replace(ROW, is_fixed=None, reopened=recorded(at(20, 6)))
    values = ledger(opened)
    values["appliances"]["gw-1"]["problem"] = f"failed: not read: no answer {'x' * 600}"
    (known,) = READER.facts("ledger.json", values)
    assert read_customer_facts("f", customer_values(known)) == known
    text = forms().text(letter("nl", known))
    assert "Wij weten nog niet hoe het staat met gw-1." in text
    assert "via gw-1 is open" not in text
    assert "via gw-1 ging dicht op 17 januari 2020" in text
    assert "hoe het staat met" not in forms().text(letter("nl", facts(opened)))


def test_a_fix_counts_only_where_every_node_has_it() -> None:
    fixed = replace(ROW, fixed=recorded(at(25)), is_fixed=True)
    assert facts(fixed).of(FactKind.FIXED)[0].when == at(25)
    assert FactKind.FIXED not in kinds(facts(replace(fixed, is_fixed=None)))


@pytest.mark.parametrize(
    ("fixed", "is_latest"),
    [
        (Dated(at(25), "the builds of all nodes", Confidence.READ), True),
        (replace(recorded(at(25)), is_latest=True), True),
        (recorded(at(25)), False),
    ],
)
def test_what_was_found_to_be_over_ended_at_the_latest_then(fixed: Dated, *, is_latest: bool) -> None:
    """Seen: "That lasted until" the moment of the reading, which had found a build with the fix."""
    known = facts(replace(ROW, mitigated=Dated(), proven=Dated(), fixed=fixed, is_fixed=True))
    (exposed,) = known.of(FactKind.EXPOSED)
    assert (exposed.until, exposed.latest_end) == (at(25), is_latest)
    dutch, english = (forms().text(letter(language, known)) for language in ("nl", "en"))
    assert ("Dat duurde tot uiterlijk 25 januari 2020 om 13.00 uur." in dutch) is is_latest
    assert ("That lasted until 25 January 2020 at 13:00 at the latest." in english) is is_latest
    assert ("Dat duurde tot 25 januari 2020 om 13.00 uur." in dutch) is not is_latest
    assert read_customer_facts("f", customer_values(known)) == known


def test_what_somebody_else_opened_was_closed_until_the_reading_at_the_latest_and_no_minutes_are_counted() -> None:
    opened = Dated(at(16, 12), "the appliance", Confidence.READ)
    known = facts(replace(ROW, switched_off=(by_off(recorded(at(16, 10)), opened),), closed=Dated()))
    text = forms().text(letter("en", known))
    assert "was closed on 16 January 2020 at 11:00. That lasted until 16 January 2020 at 13:00 at the latest." in text
    (duties,) = duties_values([known], at(16, 12))["customers"]
    assert (duties["minutes_closed"], duties["over_30_minutes"]) == (None, None)
    assert [one["latest_end"] for one in duties["unavailable"][0]["closed"]] == [True]


def test_that_nothing_was_known_lasted_until_the_reading_and_not_at_the_latest() -> None:
    read = Dated(at(25), "the builds of all nodes", Confidence.READ)
    unknown = line((recorded(at(11)), State.UNKNOWN), (read, State.FIXED))
    known = facts(
        replace(ROW, management=unknown, fixed=read, is_fixed=True, course=line((recorded(at(9)), State.FIXED)))
    )
    (fact,) = known.of(FactKind.MANAGEMENT_NOT_KNOWN)
    assert (fact.until, fact.latest_end) == (at(25), False)


def test_a_build_that_was_never_affected_has_no_fix_and_corrects_the_letter_before() -> None:
    fixed = replace(ROW, fixed=recorded(at(25)), is_fixed=True)
    never = facts(replace(fixed, exposed_from=Dated(source="13.1 37.100 never had it"), is_never_affected=True))
    assert FactKind.FIXED not in kinds(never)
    said = forms().text(letter("en", never, Previous(1, SECOND, told(facts(fixed)))))
    corrections, _, rest = said.partition("1. What is the matter?")
    assert "The corrected version of the vendor is on gw-1." in corrections
    assert "corrected version" not in rest


@pytest.mark.parametrize(
    ("answer", "kind"),
    [("open", FactKind.DECIDE_REOPEN), ("assume_compromised", FactKind.DECIDE_RECOVERY), ("unknown", None)],
)
def test_the_answer_to_reopening_is_the_decision(answer: str, kind: FactKind | None) -> None:
    decisions = kinds(facts(ROW, answer=answer)) & {FactKind.DECIDE_REOPEN, FactKind.DECIDE_RECOVERY}
    assert decisions == ({kind} if kind else set())


def test_a_recovery_plan_is_decided_whether_or_not_access_is_closed() -> None:
    never = replace(ROW, closed=Dated())
    assert FactKind.DECIDE_RECOVERY in kinds(facts(never))
    assert FactKind.DECIDE_REOPEN not in kinds(facts(never, answer="open"))


def test_what_was_reopened_is_open_and_never_closed_is_not_known() -> None:
    reopened = facts(replace(ROW, reopened=recorded(at(20, 6))))
    assert reopened.of(FactKind.CLOSED)[0].until == at(20, 6)
    assert FactKind.OPEN in kinds(reopened)
    never = told(facts(replace(ROW, closed=Dated())))
    assert FactKind.ACCESS_NOT_KNOWN in kinds(never)
    assert not {FactKind.OPEN, FactKind.NOT_KNOWN} & kinds(never)
    english = forms().text(letter("en", facts(replace(ROW, closed=Dated()))))
    assert "We do not know whether access through gw-1 is open now." in english
    assert "how things stand with gw-1" not in english, "seen: right below the proof that the measure works there"


def test_two_customers_of_one_appliance_and_other_entries() -> None:
    other = replace(ROW, customer="De Wit", closed=Dated())
    later = replace(ROW, entry="cve_2023_3519")
    brouwer, de_wit = READER.facts("ledger.json", ledger(ROW, other, later))
    assert (brouwer.customer, de_wit.customer) == ("Brouwer", "De Wit")
    assert FactKind.CLOSED in kinds(brouwer)
    assert FactKind.CLOSED not in kinds(de_wit)
    assert {fact.entry for fact in brouwer.facts} <= {"", "CVE-2019-19781"}


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"schema": "x"}, "it is no ledger of the form"),
        ([], "it is no whole ledger"),
        ({"schema": SCHEMA}, r"it is no whole ledger \(KeyError"),
        (ledger(replace(ROW, customer="")), "gw-1 has no customer: name one in netscaler_customer"),
        (ledger(ROW), None),
    ],
)
def test_a_wrong_ledger_is_refused(values: Any, problem: str | None) -> None:
    if problem is None:
        row = values["appliances"]["gw-1"]["answers"][0]["rows"][0]
        row["switched_off"][0]["closed"]["time"], problem = "2020-01-17T13:00:00", "has no time zone"
    with pytest.raises(InvalidInput, match=f"ledger.json: .*{problem}"):
        READER.facts("ledger.json", values)


def test_a_shared_appliance_with_the_name_of_a_customer_is_refused() -> None:
    shared = replace(ROW, appliance="gw-brouwer")
    about = READER.facts("ledger.json", ledger(shared, replace(shared, customer="De Wit")))
    with pytest.raises(InvalidInput, match="a fact of De Wit names 'Brouwer', which belongs to Brouwer"):
        require_own_names("localhost", about)
    require_own_names("localhost", READER.facts("ledger.json", ledger(ROW, replace(ROW, customer="De Wit"))))


@pytest.mark.parametrize("vserver", ["vs_cafe_rood_web", "CafeRood", "cafe\u0301-rood"])
@pytest.mark.parametrize("customer", ["Café Rood", "Cafe\u0301 Rood"], ids=["composed", "decomposed"])
def test_a_virtual_server_with_the_name_of_another_customer_without_its_accent_is_in_no_letter(
    customer: str, vserver: str
) -> None:
    values = ledger(replace(ROW, customer=customer), replace(ROW, customer="De Wit", closed=Dated()))
    values["appliances"]["gw-1"]["customers"] = [{"customer": "De Wit", "vservers": [vserver]}]
    with pytest.raises(InvalidInput, match=f"a fact of De Wit names '{customer}', which belongs to {customer}"):
        require_own_names("localhost", READER.facts("ledger.json", values))


@pytest.mark.parametrize("vserver", ["vs_brouwer_web", "lbBrouwer", "brouwerweb", "brouwer"])
def test_a_virtual_server_with_the_name_of_another_customer_is_in_no_letter(vserver: str) -> None:
    """Two customers of one appliance, whose virtual servers carry the names of both."""
    values = ledger(ROW, replace(ROW, customer="De Wit"))
    values["appliances"]["gw-1"]["customers"] = [
        {"customer": "Brouwer", "vservers": ["shop"]},
        {"customer": "De Wit", "vservers": ["vs_de_wit", vserver]},
    ]
    about = READER.facts("ledger.json", values)
    with pytest.raises(InvalidInput, match="a fact of De Wit names 'Brouwer', which belongs to Brouwer"):
        require_own_names("localhost", about)
    values["appliances"]["gw-1"]["customers"][1]["vservers"] = ["vs_de_wit", "webmail"]
    brouwer, de_wit = READER.facts("ledger.json", values)
    require_own_names("localhost", (brouwer, de_wit))
    for known, others in ((brouwer, ("de wit", "de_wit", "webmail")), (de_wit, ("brouwer", "shop"))):
        text = forms().page(letter("en", known)).casefold()
        assert not [name for name in others if name in text]


def test_a_file_adds_to_the_ledger() -> None:
    one, other = merged((facts(ROW),), (now("gw-1"), now("vs", "De Wit")))
    assert (one.customer, other.customer) == ("Brouwer", "De Wit")
    assert one.services == ("gw-1",)
    assert FactKind.USERS in kinds(one)
    assert FactKind.PROVEN in kinds(one)


BULLETIN = ROW.exposed_from
CLOSED, REOPENED, FIX = recorded(at(17, 13)), recorded(at(20)), recorded(at(24))


@pytest.mark.parametrize(
    ("course", "until", "lost"),
    [
        ([(CLOSED, State.CLOSED)], at(17, 13), []),
        ([(CLOSED, State.UNKNOWN), (recorded(at(18)), State.EXPOSED)], None, []),
        ([(CLOSED, State.CLOSED), (REOPENED, State.EXPOSED)], at(17, 13), [(at(20), None, "opened")]),
        ([(CLOSED, State.CLOSED), (FIX, State.FIXED)], at(17, 13), []),
        ([(CLOSED, State.CLOSED), (REOPENED, State.EXPOSED), (FIX, State.FIXED)], at(17, 13), [(at(20), at(24), "opened")]),
    ],
    ids=["closed", "closed, in doubt", "reopened unfixed", "fixed while closed", "reopened, then fixed"],
)  # fmt: skip
def test_each_time_without_protection_is_told(
    course: list[tuple[Dated, State]], until: datetime | None, lost: list[Any]
) -> None:
    """Seen: a reopening made one exposure of two, or hid the second one."""
    known = facts(
        replace(ROW, proven=Dated(source="no record of a proof"), course=line((BULLETIN, State.EXPOSED), *course))
    )
    assert [fact.until for fact in known.of(FactKind.EXPOSED)] == [until]
    assert [(fact.when, fact.until, str(fact.cause)) for fact in known.of(FactKind.PROTECTION_ENDED)] == lost
    assert read_customer_facts("f", customer_values(known)) == known


def test_the_weakness_is_known_since_the_first_run_that_was_recorded() -> None:
    assert facts(ROW).of(FactKind.WEAKNESS)[0].known == at(11)
    nothing = {name: Dated() for name in ("mitigated", "proven", "closed")}
    assert facts(replace(ROW, **nothing)).of(FactKind.WEAKNESS)[0].known == SECOND


def test_a_name_that_a_customer_has_at_two_appliances_is_no_service() -> None:
    values = ledger(ROW, replace(ROW, appliance="gw-2"))
    for name in ("gw-1", "gw-2"):
        values["appliances"][name]["customers"] = [{"customer": "Brouwer", "vservers": ["gw"]}]
    (known,) = READER.facts("ledger.json", values)
    assert known.services == ("gw-1", "gw-2")


def test_a_name_that_is_a_word_in_a_name_of_another_customer_is_no_service() -> None:
    """A virtual server is often called gw: that is a word in the name of most appliances, and names nobody."""
    row = replace(ROW, closed=Dated())
    values = ledger(
        row,
        replace(row, appliance="gw-2"),
        replace(row, appliance="ns-3", customer="De Wit"),
        replace(row, appliance="ns-3", customer="Jansen"),
        replace(row, appliance="ns-4", customer="Visser"),
    )
    named = {"gw-1": {"Brouwer": "gw"}, "gw-2": {"Brouwer": "gw"}, "ns-3": {"De Wit": "gw", "Jansen": "web"}}
    for name, vservers in {**named, "ns-4": {"Visser": "gw"}}.items():
        values["appliances"][name]["customers"] = [
            {"customer": customer, "vservers": [vserver]} for customer, vserver in vservers.items()
        ]
    about = READER.facts("ledger.json", values)
    require_own_names("localhost", about)
    assert {one.customer: one.services for one in about} == {
        "Brouwer": ("gw-1", "gw-2"),
        "De Wit": ("ns-3",),
        "Jansen": ("web",),
        "Visser": ("ns-4",),
    }


def test_a_name_that_becomes_ambiguous_by_another_appliance_is_no_service() -> None:
    """Without gw the service of De Wit is the appliance ns-web, in whose name is the service of Visser."""
    values = ledger(
        ROW,
        replace(ROW, appliance="ns-web", customer="De Wit"),
        replace(ROW, appliance="ns-4", customer="Visser"),
    )
    for name, vserver in (("ns-web", "gw"), ("ns-4", "web")):
        customer = values["appliances"][name]["answers"][0]["customer"]
        values["appliances"][name]["customers"] = [{"customer": customer, "vservers": [vserver]}]
    about = READER.facts("ledger.json", values)
    require_own_names("localhost", about)
    assert [one.services for one in about] == [("gw-1",), ("ns-web",), ("ns-4",)]


def by_step(
    step: str, vserver: str = "gw", service: str = "", *, until: datetime | None = None, since: int = 17
) -> StepClosing:
    return StepClosing(
        step=LadderStep(step),
        vserver=vserver,
        service=service,
        closed=recorded(at(since, 13), "record 3"),
        reopened=recorded(until, "record 4") if until else Dated(),
    )


@pytest.mark.parametrize("lasts", [True, False])
def test_each_closing_is_told_and_its_minutes_are_counted(*, lasts: bool) -> None:
    """Seen: of two closings by OFF the letter told the last one, and the duties counted its minutes alone."""
    first = by_off(recorded(at(15, 10)), recorded(at(15, 11)))
    second = by_off(recorded(at(16, 10)), Dated() if lasts else recorded(at(16, 12)))
    known = facts(replace(ROW, switched_off=(first, second), closed=Dated()))
    assert [(one.when, one.until) for one in known.of(FactKind.CLOSED)] == [
        (at(15, 10), at(15, 11)),
        (at(16, 10), None if lasts else at(16, 12)),
    ]
    assert bool(known.of(FactKind.OPEN)) is not lasts
    assert bool(told(known).of(FactKind.OPEN)) is not lasts
    minutes = duties_values([known], at(16, 12))["customers"][0]["minutes_closed"]
    assert minutes == 180


def test_a_measure_that_somebody_else_had_changed_is_told_as_put_back_with_the_reason() -> None:
    """Of a rule that protects nobody, no end of a protection says so."""
    stages = (
        MeasureStage(recorded(at(11)), recorded(at(12)), Doing.BLOCKS),
        MeasureStage(recorded(at(12)), None, Doing.BLOCKS),
    )
    known = facts(replace(ROW, stages=stages))
    assert [fact.cause for fact in known.of(FactKind.MITIGATED, FactKind.PUT_BACK)] == [None, LossCause.CHANGED]
    assert "weer aangezet op gw-1. Die was niet meer zoals wij die achterlieten." in forms().text(letter("nl", known))
    assert "back on gw-1. It was not as we had left it." in forms().text(letter("en", known))
    assert read_customer_facts("f", customer_values(known)) == known


def test_what_was_withdrawn_in_a_part_before_all_had_it_is_told_and_no_protection_begins_there() -> None:
    stages = (
        MeasureStage(recorded(at(10)), recorded(at(11)), Doing.OFF, partition="default"),
        MeasureStage(recorded(at(11)), recorded(at(12)), Doing.BLOCKS, partition="default"),
        MeasureStage(recorded(at(12)), None, Doing.BLOCKS),
    )
    known = facts(replace(ROW, stages=stages))
    kinds = (FactKind.MITIGATED, FactKind.PUT_BACK, FactKind.TAKEN_OFF)
    assert [(fact.kind, fact.when) for fact in known.of(*kinds)] == [
        (FactKind.TAKEN_OFF, at(10)),
        (FactKind.MITIGATED, at(12)),
    ]


ONLY_STEPS = replace(ROW, closed=Dated(), proven=Dated(), mitigated=Dated())


@pytest.mark.parametrize(
    ("step", "dutch", "english"),
    [
        (
            "notice",
            "De toegang via gw-1 is dicht sinds 17 januari 2020 om 14.00 uur. Bezoekers zien alleen een bericht daarover.",
            "Access through gw-1 has been closed since 17 January 2020 at 14:00. Visitors see only a page that says so.",
        ),
        (
            "partners",
            "Sinds 17 januari 2020 om 14.00 uur kunnen mensen gw-1 alleen gebruiken vanaf afgesproken plekken. Dit houdt niet iedereen tegen.",
            "Since 17 January 2020 at 14:00 people can use gw-1 only from agreed places. This does not keep everybody out.",
        ),
        (
            "countries",
            "Sinds 17 januari 2020 om 14.00 uur kunnen bezoekers uit sommige landen niet op gw-1. Dit houdt niet iedereen tegen.",
            "Since 17 January 2020 at 14:00 visitors from some countries can't use gw-1. This does not keep everybody out.",
        ),
        (
            "paths",
            "Sinds 17 januari 2020 om 14.00 uur zijn alleen sommige pagina's van gw-1 te gebruiken. Dit houdt niet iedereen tegen.",
            "Since 17 January 2020 at 14:00 people can use only some pages of gw-1. This does not keep everybody out.",
        ),
    ],
)
def test_a_letter_says_what_a_step_has_closed_and_that_the_attack_stays_possible(
    step: str, dutch: str, english: str
) -> None:
    known = facts(replace(ONLY_STEPS, closings=(by_step(step),)))
    (closed,) = known.of(*CLOSINGS)
    assert (closed.source, closed.known, closed.until) == ("record 3", at(17, 13), None)
    assert known.of(FactKind.EXPOSED)[0].until is None
    assert not known.of(FactKind.OPEN)
    assert dutch in forms().text(letter("nl", known))
    assert english in forms().text(letter("en", known))
    assert not {FactKind.NOT_KNOWN, FactKind.ACCESS_NOT_KNOWN} & kinds(told(known))
    assert read_customer_facts("f", customer_values(known)) == known


@pytest.mark.parametrize(
    ("step", "dutch", "english"),
    [
        ("notice", "De toegang via een deel van gw-1 is dicht", "Access through part of gw-1 has been closed"),
        ("partners", "kunnen mensen een deel van gw-1 alleen gebruiken", "people can use part of gw-1 only from"),
        ("countries", "uit sommige landen niet op een deel van gw-1", "some countries can't use part of gw-1."),
        (
            "paths",
            "zijn alleen sommige pagina's van een deel van gw-1 te gebruiken",
            "people can use only some pages of part of gw-1.",
        ),
    ],
)
def test_a_letter_names_the_part_that_a_step_has_closed(step: str, dutch: str, english: str) -> None:
    beside = (Beside("gw_three", ""),)
    parts = [replace(by_step(step, name), beside=beside) for name in ("gw", "gw_two")]
    known = facts(replace(ONLY_STEPS, closings=tuple(parts)))
    (closed,) = known.of(*CLOSINGS)
    assert closed.part == "gw, gw_two"
    assert known.of(FactKind.EXPOSED)[0].until is None
    for language, said, named in (
        ("nl", dutch, "Dat deel is: gw, gw_two."),
        ("en", english, "That part is: gw, gw_two."),
    ):
        text = forms().text(letter(language, known))
        assert said in text
        assert named in text
    assert read_customer_facts("f", customer_values(known)) == known


@pytest.mark.parametrize(
    ("closed", "part", "dutch", "english"),
    [
        (
            ("gw", "gw_two"),
            "gw, gw_two",
            "Wilt u de toegang via een deel van gw-1 weer openen? Laat het ons weten voor",
            "Do you want to open access through part of gw-1 again? Tell us before",
        ),
        ((), "", "Wilt u de toegang via gw-1 weer openen?", "Do you want to open access through gw-1 again?"),
    ],
)
def test_a_letter_asks_to_open_what_is_closed_and_no_more(
    closed: tuple[str, ...], part: str, dutch: str, english: str
) -> None:
    """Seen: the question was about all of an appliance of which a part was closed."""
    beside = (Beside("gw_three", ""),)
    parts = tuple(replace(by_step("notice", name), beside=beside) for name in closed) or (by_step("notice"),)
    known = facts(replace(ONLY_STEPS, closings=parts), answer="open")
    assert [fact.part for fact in known.of(FactKind.DECIDE_REOPEN)] == [part]
    for language, asked, named in (("nl", dutch, f"Dat deel is: {part}."), ("en", english, f"That part is: {part}.")):
        (said,) = [one.text for one in letter(language, known).statements() if one.claim.kind is FactKind.DECIDE_REOPEN]
        assert said.startswith(asked)
        assert said.endswith(named) is bool(part)
    assert read_customer_facts("f", customer_values(known)) == known


def test_where_one_service_is_closed_whole_the_question_is_about_all_of_it() -> None:
    partly = replace(by_step("notice"), beside=(Beside("gw_three", ""),))
    off = by_off(recorded(at(18, 1), "record 5"), Dated())
    known = facts(replace(ROW, closings=(partly,), switched_off=(off,), closed=Dated()), answer="open")
    assert [fact.part for fact in known.of(FactKind.DECIDE_REOPEN)] == [""]


def test_a_letter_says_that_it_is_not_known_whether_a_service_still_is_closed() -> None:
    """Seen: dicht sinds, and nothing else, where whoever sends a header may get in."""
    sure = facts(replace(ONLY_STEPS, closings=(by_step("notice"),)))
    assert not sure.of(FactKind.NOT_KNOWN)
    known = facts(replace(ONLY_STEPS, closings=(replace(by_step("notice"), doubt="rp may let requests go on"),)))
    assert [(one.place, one.source) for one in known.of(FactKind.NOT_KNOWN)] == [("gw-1", "rp may let requests go on")]
    for language, said in (
        ("en", "We do not know yet how things stand with gw-1."),
        ("nl", "Wij weten nog niet hoe het staat met gw-1."),
    ):
        assert said in " ".join(forms().text(letter(language, known)).split())


def test_a_part_with_many_names_is_cut() -> None:
    parts = [replace(by_step("notice", f"gw_{number}"), beside=(Beside("gw", ""),)) for number in range(100)]
    known = facts(replace(ONLY_STEPS, closings=tuple(parts)))
    (closed,) = known.of(*CLOSINGS)
    assert len(closed.part) == 81
    assert "That part is: gw_0, gw_1, " in forms().text(letter("en", known))
    assert "...." in forms().text(letter("en", known)), "it says that there are more"


def test_what_was_opened_again_is_open_where_nothing_else_is_closed() -> None:
    ended = by_step("notice", until=at(20, 6))
    known = facts(replace(ONLY_STEPS, closings=(ended,)))
    assert [(fact.when, fact.until) for fact in known.of(FactKind.CLOSED_NOTICE)] == [(at(17, 13), at(20, 6))]
    assert [fact.source for fact in known.of(FactKind.OPEN)] == ["record 4"]
    assert "Visitors saw only a page that said so. That lasted until 20 January 2020 at 07:00." in forms().text(
        letter("en", known)
    )
    for still in (
        replace(ROW, closings=(ended,)),
        replace(ONLY_STEPS, closings=(ended, by_step("partners"))),
        replace(ROW, reopened=recorded(at(20, 6)), closings=(by_step("partners"),)),
    ):
        assert FactKind.OPEN not in kinds(facts(still))


def test_a_letter_tells_of_a_milder_closing_only_where_somebody_gets_that_far() -> None:
    """A service that is off shows no page; the minutes of duties count from the page on."""
    known = facts(replace(ROW, closings=(by_step("countries", since=15), by_step("notice", since=16))))
    assert {fact.kind for fact in told(known).of(*CLOSINGS)} == {FactKind.CLOSED}
    assert len(known.of(*CLOSINGS)) == 3
    (customer,) = duties_values((known,), at(18, 13))["customers"]
    assert customer["minutes_closed"] == 2 * 24 * 60
    page = facts(replace(ONLY_STEPS, closings=(by_step("countries"), by_step("notice"))))
    assert {fact.kind for fact in told(page).of(*CLOSINGS)} == {FactKind.CLOSED_NOTICE}
    both = facts(replace(ONLY_STEPS, closings=(by_step("countries"), by_step("paths"))))
    assert {fact.kind for fact in told(both).of(*CLOSINGS)} == {FactKind.CLOSED_COUNTRIES, FactKind.CLOSED_PATHS}


def test_a_step_closes_the_virtual_server_that_it_names_and_no_other() -> None:
    """One that the inventory does not name is a service too, where it names others of the customer."""
    closings = (by_step("notice", "gw-portal", "portal"), by_step("partners", "new"))
    values = ledger(replace(ONLY_STEPS, closings=closings))
    values["appliances"]["gw-1"]["customers"] = [{"customer": "Brouwer", "vservers": ["portal", "mail"]}]
    (known,) = READER.facts("ledger.json", values)
    assert known.services == ("portal", "mail", "new")
    found = {place: [fact.kind for fact in known.of(*CLOSINGS, place=place)] for place in known.services}
    assert found == {"portal": [FactKind.CLOSED_NOTICE], "mail": [], "new": [FactKind.CLOSED_PARTNERS]}


@pytest.mark.parametrize("later", [None, at(20, 6)], ids=["one stays closed", "both opened, one later"])
def test_of_two_services_one_of_which_was_opened_the_letter_says_what_is_so_of_each(later: datetime | None) -> None:
    """The dates of the row are those of the last run, whatever it closed or opened."""
    off = (by_step("off", "gw-portal", "portal", until=later), by_step("off", "gw-mail", "mail", until=at(19, 6)))
    values = ledger(replace(ROW, reopened=recorded(at(19, 6)), switched_off=off))
    values["appliances"]["gw-1"]["customers"] = [{"customer": "Brouwer", "vservers": ["portal", "mail", "shop"]}]
    (known,) = READER.facts("ledger.json", values)
    found = {place: [fact.until for fact in known.of(FactKind.CLOSED, place=place)] for place in known.services}
    assert found == {"portal": [later], "mail": [at(19, 6)], "shop": []}
    opened = ["portal", "mail"] if later else ["mail"]
    assert [fact.place for fact in known.of(FactKind.OPEN)] == opened


def test_an_appliance_of_which_something_stays_off_is_not_open() -> None:
    off = (
        by_step("off", "gw", until=at(18, 6)),
        by_step("off", "mail", since=16),
        by_step("off", "gw", since=19, until=at(20, 6)),
    )
    known = facts(replace(ROW, reopened=recorded(at(20, 6)), switched_off=off))
    assert {(fact.when, fact.until) for fact in known.of(FactKind.CLOSED)} == {
        (at(16, 13), None),
        (at(17, 13), at(18, 6)),
        (at(19, 13), at(20, 6)),
    }
    assert not known.of(FactKind.OPEN)


def test_a_weakness_is_known_since_the_first_run_on_it_also_where_its_measure_only_watches_now() -> None:
    """Seen: the duties said that we knew of the threat since the run that let the measure only watch, a day after the one that put it in place."""
    stages = (
        MeasureStage(recorded(at(11)), recorded(at(12)), Doing.BLOCKS),
        MeasureStage(recorded(at(12)), None, Doing.OBSERVES),
    )
    away = {"mitigated": Dated(), "proven": Dated(), "closed": Dated()}
    known = facts(replace(ROW, **away, measure=MeasureState(State.OBSERVING, recorded(at(12))), stages=stages))
    assert {fact.known for fact in known.of(FactKind.WEAKNESS)} == {at(11)}
    assert duties_values([known], SECOND)["customers"][0]["threat_known"] == at(11).isoformat()


def test_a_weakness_is_known_since_a_run_of_ours_that_found_the_measure_ineffective() -> None:
    """Seen in a night: known since each reading anew, as a run on a build without effect is neither a stage of the measure nor a date of the row."""
    away = {"mitigated": Dated(), "proven": Dated(), "closed": Dated(), "exposed_from": Dated(), "stages": ()}
    course = (
        Interval(Dated.of_day(date(2019, 12, 17), "the bulletin"), recorded(at(10)), State.EXPOSED),
        Interval(recorded(at(10)), None, State.INEFFECTIVE),
    )
    known = facts(replace(ROW, **away, switched_off=(), closings=(), course=course))
    assert {fact.known for fact in known.of(FactKind.WEAKNESS)} == {at(10)}


@pytest.mark.parametrize("kept_in", ["switched_off", "closings"])
def test_a_weakness_is_known_since_the_first_closing_also_by_a_step_and_where_it_has_ended(kept_in: str) -> None:
    """Seen in a night: known since the reading, or since the closing that lasts, of a service that a run had closed before."""
    first = by_step("off" if kept_in == "switched_off" else "notice", "gw", since=9, until=at(10))
    away = {"mitigated": Dated(), "proven": Dated(), "exposed_from": Dated(), "stages": ()}
    known = facts(replace(ROW, **away, **{kept_in: (*getattr(ROW, kept_in), first)}))
    assert {fact.known for fact in known.of(FactKind.WEAKNESS)} == {first.closed.time}


@pytest.mark.parametrize("key", ["course", "losses", "management", "without_fix", "stages", "proofs"])
def test_a_ledger_of_an_earlier_version_is_refused(key: str) -> None:
    """It has one date of each kind, so a second exposure is not in it."""
    values = ledger(ROW)
    del values["appliances"]["gw-1"]["answers"][0]["rows"][0][key]
    with pytest.raises(
        InvalidInput, match=r"ledger\.json: an earlier version wrote it.*: make it again with ledger\.yml"
    ):
        READER.facts("ledger.json", values)


@pytest.mark.parametrize(("until", "decision"), [(None, True), (at(20, 6), False)])
def test_what_a_step_has_closed_may_be_opened_by_a_decision(until: datetime | None, decision: bool) -> None:
    known = facts(replace(ONLY_STEPS, closings=(by_step("notice", until=until),)), answer="open")
    assert (FactKind.DECIDE_REOPEN in kinds(known)) is decision


OPEN_ADDRESS = line((ROW.exposed_from, State.EXPOSED))
AT_THE_ADDRESS = "through a separate access. The attack may succeed there, for whoever can reach it."


def test_each_customer_of_a_shared_appliance_reads_of_its_management_address_and_of_nobody_else() -> None:
    rows = [
        replace(ROW, closed=Dated(), customer=customer, management=OPEN_ADDRESS) for customer in ("Brouwer", "De Wit")
    ]
    values = ledger(*rows)
    values["appliances"]["gw-1"]["customers"] = [
        {"customer": "Brouwer", "vservers": ["bakery"]},
        {"customer": "De Wit", "vservers": ["law"]},
    ]
    found = {one.customer: forms().text(letter("en", one)) for one in READER.facts("ledger.json", values)}
    assert f"We manage bakery {AT_THE_ADDRESS}" in found["Brouwer"]
    assert f"We manage law {AT_THE_ADDRESS}" in found["De Wit"]
    assert not [name for name in ("De Wit", "law", "gw-1", "10.0.0.") if name in found["Brouwer"]]
    assert not [name for name in ("Brouwer", "bakery", "gw-1", "10.0.0.") if name in found["De Wit"]]


def test_a_weakness_of_the_management_address_is_not_said_of_the_service() -> None:
    of_management = "cve_2023_6548"
    reader = FromLedger({of_management: load_entry(ENTRIES / of_management)}, SECOND, at(18, 9))
    row = LedgerRow(appliance="gw-1", customer="Brouwer", entry=of_management, exposed_from=ROW.exposed_from)
    (known,) = reader.facts("ledger.json", ledger(row))
    text = forms().text(letter("en", known))
    assert f"We manage gw-1 {AT_THE_ADDRESS}" in text
    assert "The attack may succeed on gw-1" not in text
    assert FactKind.EXPOSED not in kinds(known)
    (known,) = reader.facts("ledger.json", ledger(replace(row, is_fixed=True, fixed=recorded(at(20)))))
    assert [fact.until for fact in known.of(FactKind.MANAGEMENT_EXPOSED)] == [at(20)]


@pytest.mark.parametrize(
    ("management", "told_as"),
    [
        (line((ROW.exposed_from, State.EXPOSED), (ROW.proven, State.MITIGATED)), []),
        (line((ROW.exposed_from, State.EXPOSED), (recorded(at(14)), State.MITIGATED)), [(FactKind.MANAGEMENT_EXPOSED, at(14))]),
        (line((ROW.exposed_from, State.EXPOSED), (recorded(at(14)), State.UNKNOWN)), [(FactKind.MANAGEMENT_EXPOSED, None)]),
        (
            line((ROW.exposed_from, State.EXPOSED), (recorded(at(11)), State.MITIGATED), (recorded(at(14)), State.UNKNOWN)),
            [(FactKind.MANAGEMENT_NOT_KNOWN, None)],
        ),
        (line((ROW.exposed_from, State.EXPOSED), (ROW.proven, State.MITIGATED), (Dated(at(17), "not read", Confidence.READ), State.UNKNOWN)), []),
    ],
)  # fmt: skip
def test_what_is_exposed_at_both_is_said_once_and_what_was_not_read_is_another_fact(
    management: Line, told_as: list[tuple[FactKind, datetime | None]]
) -> None:
    known = facts(replace(ROW, management=management))
    of_addresses = (FactKind.MANAGEMENT_EXPOSED, FactKind.MANAGEMENT_NOT_KNOWN)
    assert [(fact.kind, fact.until) for fact in known.facts if fact.kind in of_addresses] == told_as


def test_a_letter_corrects_the_end_of_an_exposure_of_the_management_address() -> None:
    """A start-up file without the line puts the proof in doubt that the last letter told."""
    before = facts(
        replace(ROW, management=line((ROW.exposed_from, State.EXPOSED), (recorded(at(14)), State.MITIGATED)))
    )
    now_open = facts(
        replace(ROW, management=line((ROW.exposed_from, State.EXPOSED), (recorded(at(14)), State.UNKNOWN)))
    )
    text = forms().text(letter("en", now_open, Previous(1, at(16), told(before))))
    wrong, _colon, right = text.partition("we know:")
    assert "That lasted until 14 January 2020" in wrong
    assert AT_THE_ADDRESS in right
    same = forms().text(letter("en", before, Previous(1, at(16), told(before))))
    assert "we wrote" not in same


def test_one_of_a_pair_without_the_fix_is_said() -> None:
    known = facts(replace(ROW, without_fix=("10.0.0.1:443",)))
    text = forms().text(letter("en", known))
    assert "Behind gw-1, devices work in pairs." in text
    assert "10.0.0.1" not in text
    assert read_customer_facts("f", customer_values(known)) == known


SIGNS = (FactKind.EXPLOIT_PUBLIC, FactKind.EXPLOITED, FactKind.LISTED)


@pytest.mark.parametrize(
    ("entry", "written", "as_of", "said"),
    [
        ("cve_2026_88772", "2026-09-02", "", ()),
        (
            "cve_2026_88772",
            "2026-09-28",
            "",
            ("The first known attack in the world was on 3 September 2026.",),
        ),
        (
            "cve_2026_88772",
            "2026-09-29",
            "",
            (
                "Since 29 September 2026 anybody can read how the attack works.",
                "The first known attack in the world was on 3 September 2026.",
            ),
        ),
        (
            "cve_2026_88772",
            "2026-11-29",
            "2026-09-28",
            ("The first known attack in the world was on 3 September 2026.",),
        ),
        ("cve_2026_88772", "2026-11-29", "2026-09-01", ()),
        ("cve_2023_3519", "2026-11-29", "", ("The first known attack in the world was in June 2023.",)),
        (
            "cve_2019_19781",
            "2026-11-29",
            "",
            (
                "Since 10 January 2020 anybody can read how the attack works.",
                "It is on an American list of weaknesses that attackers use. That has been so since 3 November 2021.",
            ),
        ),
        (
            "cve_2019_19781",
            "2026-11-29",
            "2020-01-17",
            ("Since 10 January 2020 anybody can read how the attack works.",),
        ),
    ],
)
def test_a_letter_says_what_each_day_of_an_exploitation_is_and_nothing_that_became_known_after_its_ledger(
    entry: str, written: str, as_of: str, said: tuple[str, ...]
) -> None:
    """CVE-2026-88772 was used from 3 September 2026 on, and no exploit was public until the 29th; of CVE-2023-3519 the source names the month."""
    read = load_entry(ENTRIES / entry)
    known = read.exploit.known_on(date.fromisoformat(as_of or written)).earliest()
    row = replace(ROW, entry=entry, exploit_public=Dated.of_day(known, "the catalogue") if known else Dated())
    values = ledger(row)
    values["appliances"]["gw-1"] |= {"as_of": as_of} if as_of else {}
    day = datetime.combine(date.fromisoformat(written), time(), UTC)
    (found,) = FromLedger({entry: read}, day, at(18, 9)).facts("ledger.json", values)
    signs = replace(found, facts=found.of(*SIGNS))
    assert [forms_of(one) for one in signs.facts] == [*said]
    assert read_customer_facts("f", customer_values(signs)) == signs


def forms_of(fact: Fact) -> str:
    return wording("en").sentence(fact)


@pytest.mark.parametrize(("as_of", "is_told"), [("2020-08-31", False), ("2020-09-01", True), ("", True)])
def test_a_weakness_of_which_only_the_month_is_known_became_known_in_that_month(as_of: str, *, is_told: bool) -> None:
    """The bulletin of CVE-2020-8245 has September 2020 only. A ledger of an earlier day has no row of it."""
    entry = load_entry(ENTRIES / "cve_2020_8245")
    values = ledger(*([replace(ROW, entry=entry.id, exploit_public=Dated())] if is_told else [ROW]))
    values["appliances"]["gw-1"] |= {"as_of": as_of}
    reader = FromLedger({entry.id: entry}, datetime(2026, 12, 1, tzinfo=UTC), at(18, 9))
    (known,) = reader.facts("ledger.json", values)
    told_of = [[wording(name).sentence(one) for name in ("en", "nl")] for one in known.of(FactKind.WEAKNESS)]
    assert [[text.partition(".")[0] for text in texts] for texts in told_of] == (
        [["In September 2020 a weakness became known", "In september 2020 werd een zwakke plek bekend"]]
        if is_told
        else []
    )


@pytest.mark.parametrize(
    ("month", "when", "kind", "problem"),
    [
        (True, "2023-06-01", "exploited", ""),
        (
            True,
            "2023-06-01T12:00:00+00:00",
            "exploited",
            "month counts for a day of weakness, weakness_behind, exploited only",
        ),
        (True, "2023-06-01", "closed", "month counts for a day of weakness, weakness_behind, exploited only"),
        ("June", "2023-06-01", "exploited", "month is 'June', and must be true or false"),
    ],
)
def test_a_month_is_the_time_of_what_the_world_knows_only(month: Any, when: str, kind: str, problem: str) -> None:
    fact = {"kind": kind, "when": when, "month": month, "place": "gw", "known": "2023-07-19T12:00:00+00:00"}
    values = {"customer": "Brouwer", "services": ["gw"], "facts": [{**fact, "source": "CISA", "label": "TLP:CLEAR"}]}
    if problem:
        with pytest.raises(InvalidInput, match=problem):
            read_customer_facts("f", values)
    else:
        assert read_customer_facts("f", values).facts[0].month
