# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What stays closed, why, and which acceptance opens it: an exposure, what was not read, and an answer of the records each have their own."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.virtual_servers import Vserver
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.next_action import Command, NextAction
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.state import Extent
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure.ledger_row import LedgerRow
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure.reopen_answer import (
    CustomerAnswer,
    ReopenAnswer,
    RowAnswer,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.opening_questions import (
    ACCEPT,
    SECOND,
    UNREAD,
    WHO,
    StaysClosed,
    decided_answers,
    not_read,
    opened_in_part,
    opened_unprotected,
    require_an_answer,
    require_not_exposed,
)

EXPOSED, NOT_READ = ["cve_x: exposed", "cve_y: exposed"], ["partition t1", "partition t2"]
OPEN_TO = "it is exposed once it is open: cve_x: exposed; cve_y: exposed"
MAY_BE = "it was not read whole, so it may be exposed: partition t1; partition t2"
MEND, READ = "Apply the mitigation or upgrade first", "Make it readable first"
APPLY = Command("apply")


@pytest.mark.parametrize(
    ("exposure", "unread", "accepted", "accepted_unread"),
    [
        ([], [], False, False),
        (EXPOSED, [], True, False),
        ([], NOT_READ, False, True),
        (EXPOSED, NOT_READ, True, True),
    ],
)
def test_what_is_accepted_or_not_there_keeps_nothing_closed(
    exposure: list[str], unread: list[str], accepted: bool, accepted_unread: bool
) -> None:
    require_not_exposed("gw", exposure, unread, accepted=accepted, accepted_unread=accepted_unread)


@pytest.mark.parametrize(
    ("exposure", "unread", "accepted", "accepted_unread", "why", "fixes", "options", "first"),
    [
        (EXPOSED, [], False, False, OPEN_TO, [MEND], [ACCEPT], True),
        (EXPOSED, [], False, True, OPEN_TO, [MEND], [ACCEPT], True),
        ([], NOT_READ, False, False, MAY_BE, [READ], [UNREAD], False),
        ([], NOT_READ, True, False, MAY_BE, [READ], [UNREAD], False),
        (EXPOSED, NOT_READ, True, False, MAY_BE, [READ], [UNREAD], False),
        (EXPOSED, NOT_READ, False, True, OPEN_TO, [MEND], [ACCEPT], True),
        (EXPOSED, NOT_READ, False, False, f"{OPEN_TO}; and {MAY_BE}", [MEND, READ], [ACCEPT, UNREAD], True),
    ],
)
def test_what_nobody_accepts_stays_closed(
    exposure: list[str],
    unread: list[str],
    accepted: bool,
    accepted_unread: bool,
    why: str,
    fixes: list[str],
    options: list[str],
    first: bool,
) -> None:
    with pytest.raises(StaysClosed) as refused:
        require_not_exposed("gw", exposure, unread, accepted=accepted, accepted_unread=accepted_unread, mends=[APPLY])
    text = str(refused.value)
    assert text.startswith(f"gw: it stays closed, because {why}. ")
    assert f"accepts that: --limit gw {' '.join([*options, WHO])}. Nothing was changed." in text
    assert [one for one in (MEND, READ) if one in text] == fixes
    (told,) = refused.value.args
    assert isinstance(told, NextAction)
    assert [one.verb for one in told.commands] == [*(["apply"] if first else []), "status"]
    assert told.commands[-1].is_for_all


def test_what_no_mitigation_helps_against_is_upgraded_and_not_closed_again() -> None:
    """Seen: 'Apply the mitigation' on a build that does not evaluate it, and the line of another lockdown of what one keeps closed."""
    mends = [Command("lockdown"), Command("close", (("step", "notice"),))]
    with pytest.raises(StaysClosed) as refused:
        require_not_exposed("gw", EXPOSED, [], accepted=False, accepted_unread=False, mends=mends)
    assert f"because {OPEN_TO}. Upgrade first; status.yml shows the verdict. To open it" in str(refused.value)
    (told,) = refused.value.args
    assert [one.verb for one in told.commands] == ["status"]


def row(entry: str, answer: ReopenAnswer, *, is_read: bool = True) -> RowAnswer:
    return RowAnswer(LedgerRow(appliance="gw", customer="Brouwer", entry=entry, is_read=is_read), answer, "why")


def answer(of: ReopenAnswer, customer: str = "Brouwer") -> CustomerAnswer:
    return CustomerAnswer("gw", customer, (row("cve_x", of),))


OPEN, FIRST = answer(ReopenAnswer.OPEN, "Jansen"), answer(ReopenAnswer.PATCH_FIRST, "De Wit")
INTRUDER, NOBODY_KNOWS = answer(ReopenAnswer.ASSUME_COMPROMISED), answer(ReopenAnswer.UNKNOWN, "Bakker")


@pytest.mark.parametrize(
    ("answers", "second", "accepted", "left"),
    [
        ([], "", False, []),
        ([OPEN], "", False, []),
        ([OPEN, FIRST], "", False, [FIRST]),
        ([OPEN, FIRST, NOBODY_KNOWS], "", True, []),
        ([FIRST, INTRUDER, OPEN, NOBODY_KNOWS], "", False, [FIRST, INTRUDER, NOBODY_KNOWS]),
        ([FIRST, INTRUDER, OPEN, NOBODY_KNOWS], "", True, [INTRUDER]),
        ([FIRST, INTRUDER], "A. Brouwer", False, []),
        ([FIRST, INTRUDER], "A. Brouwer", True, []),
    ],
)
def test_an_answer_that_is_not_open_needs_an_acceptance_and_a_possible_intruder_a_second_person(
    answers: list[CustomerAnswer], second: str, accepted: bool, left: list[CustomerAnswer]
) -> None:
    if not left:
        require_an_answer("gw", answers, second=second, accepted=accepted)
        return
    with pytest.raises(StaysClosed) as refused:
        require_an_answer("gw", answers, second=second, accepted=accepted)
    text = str(refused.value)
    why = "; ".join(one.text for one in left)
    assert text.startswith(f"gw: it stays closed, because the records do not show that it may be opened: {why}. ")
    options = (
        f"second person: --limit gw {SECOND}"
        if INTRUDER in left
        else f"person who accepts that: --limit gw {ACCEPT} {WHO}"
    )
    assert f"{options}. Nothing was changed." in text


@pytest.mark.parametrize(
    ("second", "who", "said"),
    [
        ("A. Brouwer", "J. Jansen", "OVERRULED by A. Brouwer"),
        (" A.  Brouwer ", "J. Jansen", "OVERRULED by A. Brouwer"),
        ("", "J. Jansen", "ANSWER ACCEPTED by J. Jansen"),
        ("", "", "ANSWER ACCEPTED by nobody yet"),
    ],
)
def test_a_second_person_overrules_an_answer_and_the_one_who_decides_accepts_it(
    second: str, who: str, said: str
) -> None:
    assert decided_answers(["De Wit: unknown"], second=second, who=who) == [f"{said}: De Wit: unknown"]


GATEWAY = Vserver("vpnvserver", "gw", "203.0.113.10", 443, "SSL", True)
WEB = Vserver("lbvserver", "web", "203.0.113.11", 443, "SSL", True)
BOTH = ("vpn vserver gw", "lb vserver web")


@pytest.mark.parametrize(
    ("extent", "unread", "unprotected", "in_part"),
    [
        (Extent.NONE, [], BOTH, ()),
        (Extent.PART, [], (), BOTH),
        (Extent.WHOLE, [], (), ()),
        (Extent.NONE, NOT_READ, BOTH, ()),
        (Extent.PART, NOT_READ, BOTH, ()),
        (Extent.WHOLE, NOT_READ, BOTH, ()),
    ],
)
def test_services_that_an_opening_leaves_without_protection_or_with_a_part_of_it(
    extent: Extent, unread: list[str], unprotected: tuple[str, ...], in_part: tuple[str, ...]
) -> None:
    assert opened_unprotected([GATEWAY, WEB], extent, unread) == unprotected
    assert opened_in_part([GATEWAY, WEB], extent, unread) == in_part


def test_only_rows_that_are_unknown_for_want_of_reading_were_not_read_each_once() -> None:
    unread = row("cve_x", ReopenAnswer.UNKNOWN, is_read=False)
    rows = (
        unread,
        unread,
        row("cve_y", ReopenAnswer.UNKNOWN),
        row("cve_z", ReopenAnswer.ASSUME_COMPROMISED, is_read=False),
        row("cve_w", ReopenAnswer.UNKNOWN, is_read=False),
    )
    answers = [CustomerAnswer("gw", name, rows) for name in ("Brouwer", "De Wit")]
    assert not_read(answers) == ("cve_x: why", "cve_w: why")
    assert not_read([OPEN, NOBODY_KNOWS]) == ()
