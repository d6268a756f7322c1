# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Bad input, of each kind in `docs/reference/ledger.md`: what each view says of it. Nothing crashes, and nothing is protection that nobody proved."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.facts import (
    BY_RUNS,
    FactKind,
    told,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.facts_json import (
    customer_values,
    read_customer_facts,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.from_ledger import FromLedger
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.letter import letter_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.state import State
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.alarm.page import REPORT as ALARM
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.alarm.run import RaiseAlarms
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.ledger.course_text import course_text
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.ledger.ledger_files import ledger_csv
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.ledger.page import ledger_page
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.ledger.run import ReadLedger
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.end_page import PageRun, end_page
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.fleet_page import FleetRun
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.page import page
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.prometheus import metrics
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.table import table
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.vex import vex_documents

from simulator import Simulator
from tests.engine import control_nodes
from tests.engine.closing_stage import ClosingStage
from tests.engine.damage import follow, moved, records, rewrite, without_copies
from tests.engine.test_told_of_words import BY_HAND
from tests.engine.test_views_agree import ATTACK, FIXED, OBSERVED, box_of, elsewhere, hand, proven, then, verified
from tests.engine.told import CUSTOMER, ENTRIES
from tests.engine.views import OWN, Views, options_of, views
from tests.letters_world import SENDER, forms, wording
from tests.stage.client import ask
from tests.stage.fleet import fleet_file

BOX = control_nodes.BOX
FOREIGN = {"type": "quantumpolicy", "key": ["x"], "before": None, "after": {"name": "x"}, "state": "done"}
PROVEN = "it was proven: the emergency measure works"
IN_DOUBT = "PROTECTION MAY BE LOST box: cve_2019_19781 after"
UNTIL_THEN = ("Wij kunnen de bescherming van box bewijzen tot", "We can prove the protection of box until")
ENDED = ("De bescherming van box stopte", "The protection of box ended")
UNREAD = ("Wij weten nog niet hoe het staat met box.", "We do not know yet how things stand with box.")
NO_PROOF = (
    "Wij hebben nog geen bewijs dat de noodmaatregel werkt op box.",
    "We have no proof yet that the emergency measure works on box.",
)
MAY = ("De aanval kan lukken op box.", "The attack may succeed on box.")
WORKS = ("is bewezen: de noodmaatregel werkt op box", PROVEN)
Play = Callable[[ClosingStage], object]


@dataclass(frozen=True)
class Bad:
    """A kind of bad input.

    :ivar status: the words of status.yml, with and without a mitigation
    :ivar vex: the status, and what else helps; code: of Prometheus
    :ivar now: the state of the course
    :ivar exposure: whether the letters say that it goes on
    :ivar letter: what they say, in Dutch and in English; not_in_letter: what they may not say
    :ivar told: by view, what else is read there
    :ivar alarm: what a test of the alarm says
    """

    play: Play
    status: tuple[str, str]
    vex: str
    code: str
    now: State
    exposure: str
    letter: tuple[str, str] = UNREAD
    not_in_letter: tuple[str, ...] = ()
    told: Mapping[str, str] = field(default_factory=dict)
    alarm: str = ""


def later(stage: ClosingStage) -> None:
    """Records have whole seconds."""
    time.sleep(1.1)


BASE: tuple[Play, ...] = (proven, later, verified("mitigated"))


def gone(place: int, *, copies: bool = True) -> Play:
    """Return what deletes a record, and its copies."""

    def play(stage: ClosingStage) -> None:
        record = records(stage)[place]
        record.path.unlink()
        if copies:
            without_copies(stage, record.name)

    return play


def all_gone(*, copies: bool) -> Play:
    def play(stage: ClosingStage) -> None:
        for record in records(stage):
            record.path.unlink()
        if copies:
            without_copies(stage)

    return play


def text_of(place: int, change: Callable[[str], str], mode: int = 0o600) -> Play:
    """Return what changes the file of a record as somebody with an editor would."""

    def play(stage: ClosingStage) -> None:
        path = records(stage)[place].path
        path.write_text(change(path.read_text()))
        path.chmod(mode)

    return play


def values_of(place: int, **values: Any) -> Play:
    """Return what lets a run have recorded something else, and whoever follows it."""

    def play(stage: ClosingStage) -> None:
        known = records(stage)
        number = place % len(known)
        rewrite(known[number], **values)
        for before, after in zip(known[number:], known[number + 1 :], strict=False):
            follow(after, before)

    return play


def clock_of(place: int, days: int) -> Play:
    """Return what lets the clock of a run be wrong."""

    def play(stage: ClosingStage) -> None:
        known = records(stage)
        number = place % len(known)
        moved(known[number], timedelta(days=days))
        for before, after in zip(known[number:], known[number + 1 :], strict=False):
            follow(after, before)

    return play


def two_histories(stage: ClosingStage) -> None:
    """Another control node takes it off while one that does not know of that applies it: no record says which was first."""
    proven(stage)
    later(stage)
    verified("mitigated")(stage)
    later(stage)
    stage.rollback()
    known = records(stage)
    root, off = known[1], known[2]
    later(stage)
    stage.apply()
    on = records(stage)[-1]
    follow(on, root)
    rewrite(on, proof=None)
    assert off.name != on.name


def renamed(stage: ClosingStage) -> None:
    """The catalogue has another name for the entry since: no record is of one that it has."""
    for record in records(stage):
        rewrite(record, measure="cve_2031_0001")


def blank(stage: ClosingStage) -> None:
    """Another appliance has its name and its addresses."""
    stage.simulator.reset()


def closed(stage: ClosingStage) -> None:
    stage.lockdown()


def moved_service(stage: ClosingStage) -> None:
    """It is closed, opened, and closed again at another address."""
    closed(stage)
    later(stage)
    stage.reopen()
    later(stage)
    closed(stage)
    last = records(stage)[-1]
    rewrite(last, vservers=[{**row, "place": "192.0.2.99:443"} for row in last.content.values["vservers"]])


HELPED, NOT_HELPED, THERE, OPEN = (
    "known_affected, workaround",
    "known_affected, not in force",
    "known_affected, in place",
    "under_investigation",
)
UNREADABLE = {
    "status": ("no verdict", "no verdict"),
    "vex": OPEN,
    "code": "3",
    "now": State.UNKNOWN,
    "exposure": "not known",
    "not_in_letter": WORKS,
    "told": {"ledger": "NOT READ", "course": "1 change record cannot be read: what was left here is not known", "duties": "state not known"},
}  # fmt: skip
KNOWN = {
    "status": ("mitigated", "mitigated"),
    "vex": HELPED,
    "code": "0",
    "now": State.MITIGATED,
    "exposure": "ended",
    "letter": WORKS,
}
CHANGED = {
    "status": ("drifted", "drifted"),
    "vex": NOT_HELPED,
    "code": "2",
    "now": State.DRIFTED,
    "exposure": "goes on",
    "letter": ENDED,
    "not_in_letter": WORKS,
}
UNPROVEN = {
    "status": ("applied, unproven", "applied, unproven"),
    "vex": THERE,
    "code": "1",
    "exposure": "goes on",
    "letter": MAY,
    "not_in_letter": WORKS,
}
ON_NO_DAY = {
    "letter nl": "Op een dag die wij niet weten hebben wij een noodmaatregel gezet op box. "
    "Op een dag die wij niet weten is bewezen: de noodmaatregel werkt op box.",
    "letter en": "On a day that we do not know we put an emergency measure on box. "
    "On a day that we do not know it was proven: the emergency measure works on box.",
}
"""Seen: the time of the reading, in each letter another one."""
CLOSED_ON_NO_DAY = (
    "De toegang via box is dicht sinds een dag die wij niet weten.",
    "Access through box has been closed since a day that we do not know.",
)
NOT_THERE = "by the records here it is not there: what is in place is not known by them"
KINDS: dict[str, Bad] = {
    # -- of another version, or broken
    "an object of a later version": Bad(
        then(*BASE, values_of(-1, kind="apply", steps=[FOREIGN])), ("no verdict", "unknown"), OPEN, "3", State.UNKNOWN, "goes on",
        UNTIL_THEN, (*WORKS, *ENDED), {"course": "is of a version that this one cannot read", "ledger": IN_DOUBT,
        "status": "'quantumpolicy', which this version does not know",
        "call list": "protection not known", "duties": "protection not known"},
    ),
    "an object of a later version, and a proof after it": Bad(
        then(*BASE, later, verified("mitigated"), values_of(1, kind="apply", steps=[FOREIGN])),
        ("no verdict", "unknown"), OPEN, "3", State.MITIGATED, "ended", WORKS, told={"course": "is of a version that this one cannot read"},
    ),
    "a record of a later format": Bad(then(*BASE, text_of(-1, lambda text: text.replace('"format": 1', '"format": 2'))), **UNREADABLE),
    "half a record": Bad(then(*BASE, text_of(-1, lambda text: text[: len(text) // 2])), **UNREADABLE),
    "an empty record": Bad(then(*BASE, text_of(-1, lambda _text: "")), **UNREADABLE),
    "a record that others may write": Bad(then(*BASE, text_of(-1, str, 0o666)), **UNREADABLE),
    "a closing, and half a record": Bad(
        then(closed, later, lambda stage: stage.apply(save="always"), text_of(-1, lambda text: text[:99])),
        **{**UNREADABLE, "told": {"course": "1 change record cannot be read: what was left here is not known"}},
    ),
    "a record that was changed after it was signed": Bad(
        then(*BASE, text_of(0, lambda text: text.replace('"reason": ""', '"reason": "x"'))),
        **{**KNOWN, "told": {"status": "its content is not what was signed", "course": NOT_THERE, "audit": "its content is not what was signed"}},
    ),
    # -- missing
    "the first record is gone": Bad(then(*BASE, gone(0)), **{**KNOWN, "told": {"course": NOT_THERE, "audit": "which is missing"}}),
    "the first record is gone, and it is unbound": Bad(then(*BASE, gone(0), hand(BY_HAND["it is unbound"])), **CHANGED),
    "the first record is gone, and its rule is another": Bad(
        then(*BASE, gone(0), hand(BY_HAND["its rule is another"])), **{**CHANGED, "now": State.UNPROVEN}
    ),
    "the first record is gone, not its copy": Bad(
        then(*BASE, gone(0, copies=False)), **{**KNOWN, "told": {"audit": "is gone: its copy on"}}
    ),
    "a record between two is gone": Bad(
        then(proven, later, lambda stage: stage.apply(**OBSERVED), later, proven, gone(1)),
        **{**KNOWN, "told": {"course": "which is not here: what that run left is not known", "audit": "which is missing"}},
    ),
    "the last record is gone, which let it only count": Bad(then(proven, later, lambda stage: stage.apply(**OBSERVED), gone(-1)), **CHANGED),
    "the last record is gone, which let it block": Bad(
        then(lambda stage: stage.apply(**OBSERVED), later, lambda stage: stage.apply(), gone(-1)),
        **{**UNPROVEN, "letter": NO_PROOF}, now=State.UNPROVEN, told={"course": "blocks, no run here has let it, and none has proved it"},
    ),
    "the record of the run after a rollback is gone, and a proof": Bad(
        then(proven, later, lambda stage: stage.rollback(), later, proven, later, gone(-1), verified("mitigated")), **{**KNOWN, "told": {"course": NOT_THERE}}
    ),
    "all records and copies are gone": Bad(then(*BASE, all_gone(copies=True)), **UNPROVEN, now=State.EXPOSED),
    "all records and copies are gone, and a proof": Bad(
        then(proven, all_gone(copies=True), later, verified("mitigated")), **{**KNOWN, "told": {"course": NOT_THERE}}
    ),
    "all records are gone, not the copies": Bad(then(*BASE, all_gone(copies=False)), **{**KNOWN, "told": {"audit": "is gone: its copy on"}}),
    # -- contradictions
    "two histories": Bad(
        two_histories, **{**UNPROVEN, "letter": ENDED}, now=State.UNKNOWN,
         told={"course": "two control nodes changed it, and no record says which was first"},
    ),
    # -- clocks
    "a clock that was set back": Bad(
        then(*BASE, clock_of(-1, -400)),
        **{**KNOWN, "told": {"status": "by a clock that was behind that of a run before it", "course": "the clock was set back"}},
    ),
    "a clock that was ahead": Bad(
        then(*BASE, clock_of(0, 4000)), **{**KNOWN, "told": {"course": "its clock was ahead", "audit": "says that it is older"}}
    ),
    "a clock that has lost its time": Bad(
        then(*BASE, clock_of(0, -13_000)), **{**KNOWN, "told": {"course": "its clock was wrong"}}
    ),
    "a clock that had lost its time, and no later run": Bad(
        then(proven, clock_of(0, -13_000)), **{**KNOWN, "told": {"course": "its clock was wrong",
        "status": "by a clock that was wrong", **ON_NO_DAY}}
    ),
    "a clock that was ahead, and no later run": Bad(then(proven, clock_of(0, 4000)), **{**KNOWN, "told": ON_NO_DAY}),
    "a closing by a clock that has lost its time": Bad(
        then(closed, clock_of(0, -13_000)), ("closed, decision overdue", "closed"), HELPED, "2", State.CLOSED, "ended",
        told={"status": "closed (off) at a time that is not known, as the clock of its run was wrong", "course": "its clock was wrong"},
        letter=CLOSED_ON_NO_DAY,
    ),
    "a closing by a clock that was ahead": Bad(
        then(closed, clock_of(0, 4000)), ("closed, decision overdue", "closed"), HELPED, "2", State.CLOSED, "ended",
        told={"status": "closed (off) at a time that is not known, as the clock of its run was wrong", "course": "its clock was ahead"},
        letter=CLOSED_ON_NO_DAY,
    ),
    # -- another appliance under the same name
    "replaced by a blank one": Bad(
        then(*BASE, blank), ("exposed", "exposed"), NOT_HELPED, "2", State.DRIFTED, "goes on", ENDED, WORKS, {"audit": "the copy of"}
    ),
    "replaced by one with the fix": Bad(
        then(*BASE, blank, lambda stage: box_of(stage).upgrade(FIXED)), ("fixed", "fixed"), "fixed", "0", State.FIXED, "ended", WORKS
    ),
    "its nodes have other addresses": Bad(
        then(*BASE, elsewhere), **{**UNPROVEN, "letter": UNTIL_THEN, "not_in_letter": (*WORKS, *ENDED)}, now=State.UNKNOWN,
        told={"course": "is of no node that it has today", "ledger": IN_DOUBT, "call list": "protection not known"},
    ),
    "closed, and its nodes have other addresses": Bad(
        then(closed, elsewhere), ("unknown", "applied, unproven"), "known_affected, in place", "3", State.UNKNOWN, "not known",
        told={"status": "NOT KNOWN TO BE CLOSED: gw on 1 appliance: record", "course": "is of no node that it has today"},
    ),
    "closed, its nodes have other addresses, and closed again": Bad(
        then(closed, elsewhere, later, closed), ("closed", "closed"), HELPED, "1", State.CLOSED, "ended", ("", "")
    ),
    "closed, and replaced by a blank one": Bad(
        then(closed, blank), ("exposed", "exposed"), NOT_HELPED, "2", State.EXPOSED, "goes on",
        ("De toegang via box is open.", "Access through box is open."), told={"status": "NOT CLOSED at Brouwer: gw on 1 appliance"},
    ),
    # -- services that move
    "a service has another address": Bad(
        moved_service, ("closed", "closed"), HELPED, "1", State.CLOSED, "ended", ("", ""),
        told={"course": "gw was at ", "ledger": "conflicts between sources: 1"},
    ),
    # -- the catalogue
    "its entry has another name": Bad(
        then(*BASE, renamed), **UNPROVEN, now=State.EXPOSED,
        told={"course": "records of cve_2031_0001, which has no entry in the catalogue: nothing is said of it"},
    ),
}  # fmt: skip
PROTECTED = ("mitigated", "closed", "fixed", "fixed, mitigation left behind", "not affected")


@pytest.fixture
def stage(start: Callable[[dict[str, Any]], Simulator], tmp_path: Path) -> ClosingStage:
    directory = tmp_path / "records"
    directory.mkdir()
    return ClosingStage(start(fleet_file({"box": {**BOX}})), directory)


def texts_of(found: Views) -> dict[str, str]:
    """Return by view all that is read there."""
    run = found.report(found.status)
    ledger = found.told.ledger["appliances"]
    problem = found.problems.get(OWN, "")
    screen = [line.text for line in end_page(PageRun({"box": found.status}, {"box": problem} if problem else {}))]
    return {
        "status": "\n".join(screen),
        "report": page(run) + table(run),
        "VEX": json.dumps(vex_documents(run)),
        "Prometheus": metrics(run),
        "ledger": found.told.screen,
        "course": course_text(ledger) + ledger_csv(ledger),
        "letter nl": found.told.letter("nl"),
        "letter en": found.told.letter("en"),
        "audit": "\n".join(found.told.audit),
        "call list": found.told.calls,
        "duties": json.dumps(found.told.duties["impact"]),
    }


def alarm_of(stage: ClosingStage, directory: Path) -> tuple[str, int]:
    """Return what a test of the alarm says, and its exit code; 4 where it fails."""
    options = options_of(stage) | {"alarms": str(directory), "receiver": "none", "within": 1}
    try:
        result = RaiseAlarms(stage.appliance, options, check_mode=False, is_preview=False).values()
    except InvalidInput as error:
        return str(error), 4
    made = ALARM.make(FleetRun({"box": result}, {"fail_at": 2}))
    return "\n".join(made.lines), made.exit_code


@pytest.mark.sampled(5)
@pytest.mark.parametrize("name", KINDS)
def test_each_view_says_what_is_known(name: str, stage: ClosingStage, tmp_path: Path) -> None:
    bad = KINDS[name]
    with suppress(InvalidInput):  # whatever reads the record that was just broken
        bad.play(stage)
    found = views(stage)
    texts = texts_of(found)
    words = found.words
    said = (
        (words["status"], words["catalogue"]),
        words["status: VEX"],
        words["status: Prometheus"],
        words["ledger"],
        words["letter exposure"],
    )
    assert said == (bad.status, bad.vex, bad.code, str(bad.now), bad.exposure)
    missing = {
        view: text for view, text in bad.told.items() if " ".join(text.split()) not in " ".join(texts[view].split())
    }
    assert not missing, [texts[view] for view in missing]
    letters = texts["letter nl"], texts["letter en"]
    assert [text in letter for text, letter in zip(bad.letter, letters, strict=True)] == [True, True], letters
    assert not [text for text in bad.not_in_letter if text in letters[0] + letters[1]]
    assert f'customer="{CUSTOMER}"' in texts["Prometheus"]
    assert CUSTOMER in texts["call list"]
    passes = ask(stage.variables["vips"][0], ATTACK).passes
    if passes:  # the simulator's own answer
        claims = {view: word for view, word in words.items() if word in PROTECTED and view != "audit"}
        assert not claims
        assert (words["letter exposure"], words["status: VEX"] != HELPED) == ("goes on", True)
    is_sure = (
        not passes
        and words["ledger"] == words["live course" if "live course" in words else "ledger"]
        and State(words["ledger"]).protects
    )
    codes = int(words["status: Prometheus"]), int(found.told.ledger["exit_code"])
    assert all(codes) or is_sure, "whoever must look at it is told by an exit code"
    text, code = alarm_of(stage, tmp_path / "alarms")
    assert bad.alarm in text
    assert code != 0, "no syslog server is named"


AHEAD = clock_of(-1, 4000)
ENDED_ON_NO_DAY: dict[str, tuple[Play, tuple[str, ...], tuple[str, ...]]] = {
    "reopened": (
        then(closed, later, lambda stage: stage.reopen(), AHEAD),
        ("De toegang via box ging dicht op ", "Access through box was closed on "),
        ("Dat duurde tot een dag die wij niet weten.", "That lasted until a day that we do not know."),
    ),
    "put back": (
        then(*BASE, later, lambda stage: stage.apply(**OBSERVED), later, proven, AHEAD),
        ("Op een dag die wij niet weten hebben wij de noodmaatregel weer aangezet op box.",),
        ("Dat duurde tot een dag die wij niet weten.", "That lasted until a day that we do not know."),
    ),
    "taken off": (
        then(*BASE, later, lambda stage: stage.rollback(), AHEAD),
        ("De bescherming van box stopte ergens na ", "The protection of box ended some time after "),
        ("Wij hebben de noodmaatregel weggehaald.", "We took the emergency measure off."),
    ),
    "put in place": (
        then(proven, AHEAD),
        ("De aanval kon lukken op box vanaf 17 december 2019. Dat duurde tot een dag die wij niet weten.",),
        ("The attack could succeed on box from 17 December 2019 on. That lasted until a day that we do not know.",),
    ),
}
"""Seen: until the reading, and of what we took off that the device had gone back to an older version, by nobody's decision."""


@pytest.mark.parametrize("name", ENDED_ON_NO_DAY)
def test_an_end_by_a_run_whose_time_is_not_known_has_no_day(name: str, stage: ClosingStage) -> None:
    play, *wanted = ENDED_ON_NO_DAY[name]
    play(stage)
    first = views(stage).told
    letters = " ".join(first.letters().split())
    assert not [text for texts in wanted for text in texts if text not in letters], letters
    assert "version with the weak spot" not in letters
    assert "by nobody's decision" not in first.screen
    later(stage)
    ended = (*BY_RUNS, FactKind.PROTECTION_ENDED, FactKind.EXPOSED)
    again = {one.claim for one in views(stage).told.facts.of(*ended)}
    assert again == {one.claim for one in first.facts.of(*ended)}
    values = customer_values(told(first.facts))
    assert read_customer_facts("letter 1", values, with_what_follows=True) == told(first.facts)
    if name == "reopened":  # Seen: closed for 0 minutes
        assert first.duties["minutes_closed"] is None
        assert [one["undated_end"] for one in first.duties["unavailable"][0]["closed"]] == [True]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (then(*BASE), then(later, lambda stage: stage.rollback(), AHEAD)),
        (then(*BASE), then(later, lambda stage: stage.apply(**OBSERVED), AHEAD)),
        (then(*BASE, later, lambda stage: stage.rollback()), AHEAD),
    ],
    ids=["taken off since", "observed since", "taken off before"],
)
def test_a_proof_is_not_called_wrong_where_only_the_day_of_its_end_is_in_doubt(
    before: Play, after: Play, stage: ClosingStage
) -> None:
    """Seen: that it was proven is "known to be wrong", since "on a day that we do not know" we took it off."""
    before(stage)
    last = views(stage).told
    assert "it was proven" in last.letter("en")
    later(stage)
    after(stage)
    later(stage)
    letter = views(stage).told.letter("en", last.previous)
    assert "know to be wrong" not in letter, letter
    assert "it was proven that the measure worked on box" in " ".join(letter.split())


SINCE_A_DAY = r"access through box has been closed since \d{1,2} "
UNTIL_A_DAY = r"that lasted until \d{1,2} "


@pytest.mark.parametrize(
    ("before", "after", "doubted", "now"),
    [
        (then(closed, later), AHEAD, SINCE_A_DAY, "closed since a day that we do not know."),
        (then(closed, later), clock_of(0, -13_000), SINCE_A_DAY, "closed since a day that we do not know."),
        (
            then(closed, later, lambda stage: stage.reopen()),
            AHEAD,
            UNTIL_A_DAY,
            "that lasted until a day that we do not know.",
        ),
        (
            then(closed, later),
            then(lambda stage: stage.reopen(), AHEAD),
            "",
            "that lasted until a day that we do not know.",
        ),
    ],
    ids=["its beginning ahead", "its beginning behind", "its end", "opened since"],
)
def test_a_closing_is_not_called_wrong_where_only_its_day_is_in_doubt(
    before: Play, after: Play, doubted: str, now: str, stage: ClosingStage
) -> None:
    """Seen: 'closed since 2 December' under what we "know to be wrong", and "Since ... we know: closed since a day that we do not know"."""
    before(stage)
    last = views(stage).told
    later(stage)
    after(stage)
    later(stage)
    letter = " ".join(views(stage).told.letter("en", last.previous).split()).lower()
    assert "know to be wrong" not in letter, letter
    assert now in letter
    assert ("can't confirm any more" in letter) is bool(doubted), letter
    _head, _heading, told = letter.partition("can't confirm any more")
    quoted, _sentence, _rest = told.partition("we can't confirm that any more.")
    assert re.search(doubted, quoted), quoted


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"undated": "yes"}, "undated is 'yes', and must be true or false"),
        ({"undated": True}, "undated counts for protection_ended only"),
        ({"undated_end": True}, "undated_end counts for what has an end"),
        ({"latest_end": True}, "latest_end counts for what has an end"),
        ({"latest_end": 1}, "latest_end is 1, and must be true or false"),
    ],
)
def test_only_an_end_may_be_undated(values: dict[str, object], text: str) -> None:
    fact = {"kind": "closed", "place": "gw", "when": "2020-01-17", "known": "2020-01-17T13:00:00+00:00", "source": "x"}
    fact |= {"label": "TLP:AMBER", **values}
    with pytest.raises(InvalidInput, match=text):
        read_customer_facts("facts.yml", {"customer": CUSTOMER, "services": ["gw"], "facts": [fact]})


@pytest.mark.parametrize("play", [then(proven, clock_of(0, 4000)), then(closed, clock_of(0, -13_000))])
def test_a_run_whose_time_is_not_known_is_told_alike_in_each_letter(play: Play, stage: ClosingStage) -> None:
    """Seen: each letter corrected the one before it, since the run had the time of the reading."""
    play(stage)
    first = views(stage).told
    later(stage)
    second = views(stage).told
    done = {one.claim for one in first.facts.of(*BY_RUNS)}
    assert done
    assert done == {one.claim for one in second.facts.of(*BY_RUNS)}
    values = customer_values(told(first.facts))
    assert read_customer_facts("letter 1", values, with_what_follows=True) == told(first.facts)
    with pytest.raises(InvalidInput, match="when is missing"):
        read_customer_facts(
            "facts.yml", {**values, "facts": [one for one in values["facts"] if one["kind"] in BY_RUNS]}
        )


def test_a_service_of_two_customers_has_one_name_for_each_of_them(stage: ClosingStage) -> None:
    """Seen in the letter to De Wit: access through gw is open, beside the same virtual server, by its address, that is closed."""
    moved_service(stage)
    stage.variables |= {"customer": CUSTOMER, "vserver_customers": {"192.0.2.99:443": "De Wit"}}
    appliance = stage.appliance
    result = ReadLedger(appliance, options_of(stage), check_mode=True, is_preview=True).values()
    owners = [{"customer": one, "vservers": list(appliance.vservers_of(one))} for one in appliance.customers]
    page_ = ledger_page(FleetRun({"box": {**result, "customers": owners}}, {"fail_at": 2}))
    assert "whose it was when is not known, so it counts for each" in " ".join(course_text(page_.appliances).split())
    now = datetime.now(UTC)
    entries = {one.id: one for one in ENTRIES if one.id == OWN}
    found = FromLedger(entries, now, now + timedelta(days=1)).facts("ledger.json", page_.values())
    for facts in found:
        letter = forms().text(letter_of(facts, None, now, SENDER, wording("en")))
        assert f"Access through {facts.services[0]} has been closed since" in letter
        assert "is open" not in letter
    assert [(one.customer, one.services) for one in found] == [
        (CUSTOMER, ("gw",)),
        ("De Wit", ("192.0.2.99:443",)),
    ]
