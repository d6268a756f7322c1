# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""May it be opened again? The whole table of inputs, after NCSC-NL's rule of January 2020."""

from __future__ import annotations

import itertools
import re
from datetime import date, datetime
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.hunt_result import HuntOutcome
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.interval import (
    Interval,
    Line,
    LineBuilder,
    swept,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.measure_state import (
    MeasureState,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.node_track import NodeCourse
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.sourced_date import (
    Confidence,
    Dated,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.state import State
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure.ledger_row import (
    LedgerRow,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure.reopen_answer import (
    ReopenAnswer,
    answer_of,
    customer_answers,
    node_remarks,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure.sentences import (
    SENTENCES,
    sentence,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.ledger.page import answer_values

A, U, P, O = (  # noqa: E741 -- the letters of the table
    ReopenAnswer.ASSUME_COMPROMISED,
    ReopenAnswer.UNKNOWN,
    ReopenAnswer.PATCH_FIRST,
    ReopenAnswer.OPEN,
)
BULLETIN = Dated.of_day(date(2019, 12, 17), "the bulletin", Confidence.ASSUMED)
PUBLIC = Dated.of_day(date(2020, 1, 10), "the catalogue")


def at(text: str) -> Dated:
    return Dated(datetime.fromisoformat(f"{text}+00:00"), "record 1", Confidence.RECORDED)


EARLY, LATE, FIXED, HUNT = (
    at("2019-12-20T21:00"),
    at("2020-01-12T09:00"),
    at("2020-01-25T20:00"),
    at("2020-01-26T08:00"),
)
MITIGATED = {
    "none": {},
    "early": {"mitigated": EARLY, "proven": EARLY},
    "early, proven late": {"mitigated": EARLY, "proven": LATE},
    "early, never proven": {"mitigated": EARLY},
    "late": {"mitigated": LATE, "proven": LATE},
}
IS_FIXED: dict[str, dict[str, Any]] = {
    "fixed": {"is_fixed": True, "fixed": FIXED},
    "not fixed": {"is_fixed": False},
    "build not known": {"is_fixed": None},
}
REACH = {
    "logs reach": {"logs_from": at("2019-12-01T00:00")},
    "logs do not reach": {"logs_from": at("2020-01-20T00:00")},
}
RECORDED = {"recorded": {"is_affected_before": True}, "no record": {"is_affected_before": False}}


def line_of(values: dict[str, Any]) -> Line:
    """Return the course that has the dates of a row."""

    def line(*parts: tuple[Dated | None, State]) -> Line:
        found = LineBuilder()
        for since, state in parts:
            if since is not None and since.is_known:
                found.add(since, state)
        return found.line()

    closed = values.get("closed") if values.get("whole_closed") else None
    measure = line((values.get("mitigated"), State.UNPROVEN), (values.get("proven"), State.MITIGATED))
    closing = line((closed, State.CLOSED), (values.get("reopened") if closed else None, State.NONE))
    fixed = line((BULLETIN, State.EXPOSED), (values.get("fixed") if values.get("is_fixed") else None, State.FIXED))

    def together(_since: Dated, held: tuple[Interval | None, ...]) -> Interval | None:
        known = [one for one in held if one is not None]
        return next((one for one in known if one.state.protects), known[-1])

    return swept((fixed, closing, measure), together)


def row(**values: Any) -> LedgerRow:
    given: dict[str, Any] = {
        "exposed_from": BULLETIN,
        "exploit_public": PUBLIC,
        "hunt": HUNT,
        "entry": "cve_2019_19781",
        "known": line_of(values),
        **values,
    }
    return LedgerRow(appliance="gw", customer="Brouwer", **given)


# By (fixed, mitigated): the answer where a record shows the exposure and the hunt found no compromise, whatever the hunt and its logs are.
TABLE = {
    ("fixed", "none"): A,
    ("fixed", "early"): O,
    ("fixed", "early, proven late"): A,
    ("fixed", "early, never proven"): A,
    ("fixed", "late"): A,
    ("not fixed", "none"): A,
    ("not fixed", "early"): P,
    ("not fixed", "early, proven late"): A,
    ("not fixed", "early, never proven"): A,
    ("not fixed", "late"): A,
    ("build not known", "none"): U,
    ("build not known", "early"): U,
    ("build not known", "early, proven late"): U,
    ("build not known", "early, never proven"): U,
    ("build not known", "late"): U,
}
# The same where no record shows what ran before the fix: only a whole hunt whose logs reach back to the exploit helps.
WITHOUT_RECORD = {
    (outcome, reach): O if (outcome, reach) == (HuntOutcome.NOTHING_FOUND, "logs reach") else U
    for outcome in HuntOutcome
    for reach in REACH
}


def test_the_whole_table_of_inputs() -> None:
    seen = 0
    for (fixed, mitigated), hunt, reach, recorded in itertools.product(TABLE, HuntOutcome, REACH, RECORDED):
        expected = TABLE[fixed, mitigated]
        if hunt is HuntOutcome.COMPROMISE:
            expected = A
        elif fixed == "fixed" and recorded == "no record" and expected is A:
            expected = WITHOUT_RECORD[hunt, reach]
        values = {**IS_FIXED[fixed], **MITIGATED[mitigated], **REACH[reach], **RECORDED[recorded], "hunt_outcome": hunt}
        found = answer_of(row(**values))
        assert found.answer is expected, (fixed, mitigated, hunt, reach, recorded, found.reason)
        assert found.reason
        seen += 1
    assert seen == 15 * 5 * 2 * 2


@pytest.mark.parametrize(
    ("values", "expected", "said"),
    [
        ({"exposed_from": Dated(source="14.1 1.1 never had it")}, O, "14.1 1.1 never had it"),
        ({"exploit_public": Dated(), "is_fixed": False}, P, "no exploit is known to be public"),
        ({"exploit_public": Dated(), "is_fixed": True, "fixed": FIXED}, O, "fixed 2020-01-25 20:00 UTC"),
        ({"is_fixed": True, "fixed": EARLY}, O, "before the exploit was public (2020-01-10)"),
        ({"is_fixed": False, "closed": EARLY, "whole_closed": True}, P, "closed 2019-12-20 21:00 UTC"),
        (
            {"is_fixed": True, "fixed": FIXED, "closed": EARLY, "whole_closed": True, "is_affected_before": True},
            O,
            "closed",
        ),
        ({"is_fixed": False, "closed": EARLY, "whole_closed": False}, A, "never mitigated"),
        ({"is_fixed": False, "closed": EARLY, "reopened": LATE, "whole_closed": True}, A, "never mitigated"),
        ({"is_fixed": None, "fixed": Dated(source="the build of 10.0.0.2 is not known")}, U, "10.0.0.2"),
    ],
    ids=[
        "never",
        "no exploit",
        "no exploit, fixed",
        "fixed early",
        "closed",
        "closed, fixed",
        "a part",
        "open again",
        "node",
    ],
)
def test_other_ways_not_to_be_exposed(values: dict[str, Any], expected: ReopenAnswer, said: str) -> None:
    found = answer_of(row(**values))
    assert found.answer is expected
    assert said in found.reason


@pytest.mark.parametrize(
    ("moment", "expected"),
    [("2020-01-08T23:59", P), ("2020-01-09T00:00", A), ("2020-01-10T00:00", A)],
    ids=["the day before the margin", "the day from which NCSC-NL counted", "the day of the exploit"],
)
def test_the_days_on_which_sources_disagree_are_too_late(moment: str, expected: ReopenAnswer) -> None:
    """NCSC-NL (20 January 2020): mitigated before 9 January. Others name 10 or 11 January for the exploit."""
    assert answer_of(row(is_fixed=False, mitigated=at(moment), proven=at(moment))).answer is expected


def test_a_hunt_from_before_the_fix_says_nothing_about_the_days_until_the_fix() -> None:
    values: dict[str, Any] = {
        "is_fixed": True,
        "fixed": FIXED,
        "hunt_outcome": HuntOutcome.NOTHING_FOUND,
        **REACH["logs reach"],
    }
    assert answer_of(row(**values)).answer is O
    assert answer_of(row(**{**values, "hunt": LATE})).answer is U


def test_the_worst_row_of_a_customer_decides_and_the_other_customer_is_not_touched() -> None:
    early = {"mitigated": EARLY, "proven": EARLY}
    rows = [
        row(is_fixed=True, fixed=FIXED, **early),
        LedgerRow(
            appliance="gw",
            customer="De Wit",
            entry="other",
            exposed_from=BULLETIN,
            exploit_public=PUBLIC,
            is_fixed=False,
        ),
    ]
    brouwer, de_wit, nobody = customer_answers("gw", ["Brouwer", "De Wit", ""], rows)
    assert (brouwer.answer, de_wit.answer, nobody.answer) == (O, A, U)
    assert "De Wit" not in brouwer.text
    assert "other" not in brouwer.text
    assert de_wit.text.startswith("De Wit: assume compromised: recovery plan (other: never mitigated")
    assert nobody.text == "no customer: unknown (no entry of the catalogue was judged)"


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("answer", list(ReopenAnswer))
@pytest.mark.parametrize("closed", [True, False])
@pytest.mark.parametrize("in_time", [True, False])
def test_each_answer_has_a_plain_sentence_in_each_language(
    answer: ReopenAnswer, language: str, closed: bool, in_time: bool
) -> None:
    text = sentence(answer, language, closed=closed, in_time=in_time)
    assert closed or not any(word in text for word in ("closed", "opened", "dicht", "open"))
    assert all(len(one.split()) <= 20 for one in re.split(r"(?<=[.])\s", text))
    banned = (
        "CVE",
        "NITRO",
        "mitigat",
        "exploit",
        "patch",
        "not vulnerable",
        "niet kwetsbaar",
        "no attack",
        "geen aanval",
    )
    assert not any(word.lower() in text.lower() for word in banned)
    assert set(SENTENCES) == {"nl", "en"}


OBSERVED = MeasureState(State.OBSERVING, EARLY, "it only counts")
WORKING = MeasureState(State.MITIGATED, EARLY, "proven")
PROTECTS = {"mitigated": EARLY, "proven": EARLY, "measure": WORKING}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"is_fixed": False, "exploit_public": Dated(), "measure": OBSERVED}, False),
        ({"is_fixed": False, "exploit_public": Dated()}, False),
        ({"is_fixed": False, "exploit_public": Dated(), **PROTECTS}, True),
        ({"is_fixed": False, **PROTECTS}, True),
        ({"is_fixed": False, "measure": OBSERVED}, False),
        ({"is_fixed": True, "fixed": FIXED, **PROTECTS}, True),
        ({"exposed_from": Dated(source="it never had it")}, False),
    ],
)
def test_only_what_was_protected_is_said_to_have_been(values: dict[str, Any], said: bool) -> None:
    """Of a rule that only counts it was said that access was protected in time, or that somebody may have got in before it was."""
    (one,) = customer_answers("gw", ["Brouwer"], [row(**values)])
    for language, words in (("en", "protected"), ("nl", "beschermd")):
        text = answer_values(one)["sentences"][language]
        assert (words in text) is said, text


def test_one_weakness_that_was_not_protected_in_time_is_enough() -> None:
    rows = [row(is_fixed=False, **PROTECTS), row(is_fixed=False, exploit_public=Dated(), entry="other")]
    (one,) = customer_answers("gw", ["Brouwer"], rows)
    assert (one.answer, one.was_in_time) == (ReopenAnswer.PATCH_FIRST, False)


def test_access_is_closed_where_the_last_record_closed_it() -> None:
    def is_closed(**dates: Dated) -> bool:
        rows = [row(is_fixed=True, fixed=FIXED, mitigated=EARLY, proven=EARLY, **dates)]
        return customer_answers("gw", ["Brouwer"], rows)[0].is_closed

    assert not is_closed()
    assert is_closed(closed=EARLY)
    assert not is_closed(closed=EARLY, reopened=FIXED)


def interval(since: Dated, until: Dated | None, state: State) -> Interval:
    return Interval(since, until, state, str(state))


def at_the_address(*management: Interval, **values: Any) -> LedgerRow:
    """Return a row whose virtual servers were protected in time, with what held at the management address."""
    given = {**MITIGATED["early"], "exposed_from": BULLETIN, "exploit_public": PUBLIC, **values}
    servers = (interval(BULLETIN, EARLY, State.EXPOSED), interval(EARLY, None, State.MITIGATED))
    nodes = (NodeCourse("10.0.0.1:443", (), management),) if management else ()
    return LedgerRow(
        appliance="gw",
        customer="Brouwer",
        entry="cve_2019_19781",
        course=servers,
        known=servers,
        management=management,
        nodes=nodes,
        **given,
    )


@pytest.mark.parametrize("state", [State.EXPOSED, State.UNKNOWN])
def test_the_answer_says_that_a_management_address_is_open_and_does_not_depend_on_it(state: State) -> None:
    protected = answer_of(at_the_address(interval(BULLETIN, None, State.MITIGATED), is_fixed=False))
    is_open = answer_of(at_the_address(interval(BULLETIN, None, state), is_fixed=False))
    assert protected.answer is is_open.answer is P
    assert "management" not in protected.reason
    word = "exposed" if state is State.EXPOSED else "not known to be protected"
    assert f"; its management address is {word}, whatever is closed" in is_open.reason
    assert (protected.was_in_time, is_open.was_in_time) == (True, False)


def test_what_is_over_at_a_management_address_is_said_of_an_answer_that_is_good() -> None:
    over = (interval(BULLETIN, LATE, State.EXPOSED), interval(LATE, None, State.FIXED))
    row = at_the_address(*over, is_fixed=True, fixed=FIXED)
    found = answer_of(row)
    assert found.answer is O
    assert found.reason.endswith(
        "; its management address was not protected until 2020-01-12 09:00 UTC, and whoever reached it could attack"
    )
    assert not found.was_in_time
    early = (interval(BULLETIN, EARLY, State.EXPOSED), interval(EARLY, None, State.MITIGATED))
    assert answer_of(at_the_address(*early, is_fixed=True, fixed=FIXED)).was_in_time, "covered before the exploit"


def test_a_remark_names_the_nodes_of_which_the_same_is_to_be_said() -> None:
    open_line = (interval(BULLETIN, None, State.EXPOSED),)
    rows = [
        LedgerRow(
            appliance="gw",
            customer="Brouwer",
            entry=f"cve_{number}",
            exposed_from=BULLETIN,
            nodes=tuple(NodeCourse(f"10.0.0.{node}:443", (), open_line) for node in (1, 2)),
            without_fix=("10.0.0.1:443",),
        )
        for number in range(6)
    ]
    answers = customer_answers("gw", ("Brouwer",), rows)
    assert node_remarks(answers) == (
        "NOT CLOSED by any step: the management address of 10.0.0.1, 10.0.0.2: cve_0, cve_1, cve_2, cve_3 and 2 more",
        "10.0.0.1 lacks the fix of cve_0, cve_1, cve_2, cve_3 and 2 more, and serves after a failover",
    )
    assert node_remarks(()) == ()


@pytest.mark.parametrize("number", [1, 3, 5])
def test_an_answer_that_is_unknown_names_what_is_known_to_lack_its_fix(number: int) -> None:
    """Seen: one person accepted "unknown", and was exposed to a weakness of which the refusal said nothing."""
    known = [
        row(entry=f"cve_{one}", exposed_from=BULLETIN, exploit_public=Dated(), is_fixed=False) for one in range(number)
    ]
    unknown = row(entry="cve_u", exposed_from=BULLETIN, is_fixed=None, fixed=Dated(source="no build"))
    (one,) = customer_answers("gw", ["Brouwer"], [*known, unknown])
    names = ", ".join(f"cve_{one}" for one in range(min(number, 4))) + (" and 1 more" if number == 5 else "")
    assert one.answer is U
    assert one.text.endswith(f"; patch first: {names}")
    (alone,) = customer_answers("gw", ["Brouwer"], [unknown])
    assert "patch first" not in alone.text
