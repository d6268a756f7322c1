# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Five weeks of January 2020: each statement of the letters, the ledger and the report is true of the simulated world, and a wrong one is found."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.facts import FactKind

from tests.diary.fleet import SENDER
from tests.diary.handed_out import LANGUAGES, call_list, copies, customer_of, duties, letters, statements, views, wrong
from tests.diary.ledger_reader import contradictions, read_ledger
from tests.diary.letter_reader import language, read_letter
from tests.diary.page_reader import read_page
from tests.diary.statements import Statement
from tests.diary.story import Story, played, started
from tests.diary.truth import Truth
from tests.diary.world import Reach
from tests.documentation.page_pictures import PAGES, digest, source_of
from tests.documentation.pictures import PICTURES
from tests.letters_world import at, fact, wording

SMIT, BOS, BROUWER = "letters/customers/Smit", "letters/customers/Bos", "letters/customers/Brouwer"
MULDER, VIS = "letters/customers/Mulder", "letters/customers/Vis"
PAGE, LEDGER, CALLS, DUTIES = "report/status.html", "ledger/3", "letters/call-list.txt", "letters/duties.json"
PROVEN = "On 18 December 2019 at 22:00 it was proven: the emergency measure works on portal-utrecht. This proof is in our records."
# By what is wrong: the file, what stands in it, and what is put in its place.
PLANTED = {
    "date of a measure": (f"{BROUWER}/letter-2.nl.txt", "Op 18 december 2019 om 22.00 uur hebben", "Op 17 december 2019 om 22.00 uur hebben"),
    "date of a proof": (f"{BROUWER}/letter-2.en.txt", "On 18 December 2019 at 22:00 it was", "On 18 December 2019 at 20:00 it was"),
    "date of a closing": (f"{BROUWER}/letter-2.en.txt", "since 17 January 2020", "since 16 January 2020"),
    "end of a closing": (f"{BROUWER}/letter-3.nl.txt", "tot 24 januari 2020 om 10.00", "tot 23 januari 2020 om 10.00"),
    "end of an exposure": (f"{BROUWER}/letter-2.nl.txt", "tot 18 december 2019 om 22.00", "tot 9 januari 2020 om 22.00"),
    "end of an exposure too early": (f"{SMIT}/letter-2.en.txt", "until 13 January 2020 at 10:00", "until 9 January 2020 at 10:00"),
    "date of a fix": (f"{BROUWER}/letter-3.en.txt", "so since 24 January 2020", "so since 20 January 2020"),
    "day of the bulletin": (f"{BROUWER}/letter-2.nl.txt", "Op 17 december 2019 werd", "Op 16 december 2019 werd"),
    "day of the exploit": (f"{BROUWER}/letter-2.nl.txt", "Sinds 10 januari", "Sinds 17 januari"),
    "day of the next message": (f"{BROUWER}/letter-2.en.txt", "again on 18 January", "again on 19 January"),
    "name of another customer": (f"{BROUWER}/letter-2.en.txt", "To: Brouwer", "To: Bos"),
    "name of another customer in a sentence": (f"{BROUWER}/letter-2.en.txt", "about 12 users", "about 12 users of De Wit"),
    "appliance of another customer": (f"{BROUWER}/letter-2.nl.txt", "De toegang via portal-amsterdam", "De toegang via portal-breda"),
    "number of users": (f"{BROUWER}/letter-2.nl.txt", "ongeveer 12 gebruikers", "ongeveer 13 gebruikers"),
    "number of the letter": (f"{BROUWER}/letter-3.nl.txt", "Bericht: 3", "Bericht: 4"),
    "date of the letter before": (f"{BROUWER}/letter-3.en.txt", "message 2 of 17 January", "message 2 of 18 January"),
    "date of the letter": (f"{BROUWER}/letter-3.en.txt", "Date: 31 January", "Date: 30 January"),
    "proven where an attack passed": (f"{BOS}/letter-2.en.txt", "We found traces on portal-utrecht.", PROVEN),
    "open where it is closed": (f"{BOS}/letter-2.en.txt", "has been closed since 17 January 2020 at 14:00", "is open"),
    "no traces where there is a marker": (
        f"{SMIT}/letter-2.en.txt",
        "Somebody broke in on portal-delft, we do not know when. We have found traces of it.",
        "We looked at the logs of portal-delft back to 9 December 2019 at 09:00. We found no traces of this attack in them.",
    ),
    "nothing to decide": (
        f"{SMIT}/letter-2.en.txt",
        "We make a recovery plan with you for portal-delft. Give us your approval before 18 January 2020 at 10:00.",
        "You need not do or decide anything at the moment.",
    ),
    "person to call": (f"{BROUWER}/letter-2.en.txt", "S. Bakker. Telephone", "S. Bakkers. Telephone"),
    "sentence that nobody knows": (f"{BROUWER}/letter-2.en.txt", "It concerns", "All is well. It concerns"),
    "page of a letter": (f"{BROUWER}/letter-2.nl.html", "17 januari 2020", "18 januari 2020"),
    "mail of a letter": (f"{BROUWER}/letter-2.eml", "directie@brouwer.example", "directie@bos.example"),
    "another customer in a view": ("report/customers/Bos/status.html", "<h1>", "<h1>Smit, "),
    "appliance of another in a view": ("report/customers/Bos/status.html", "</h1>", " gw-delft</h1>"),
    "another customer in a document": ("report/vex/Bos.json", "gw-utrecht", "gw-plein"),
    "verdict": (PAGE, '>closed, decision overdue</span></td><td class="short">', '>fixed</span></td><td class="short">'),
    "number of a verdict": (PAGE, "closed, decision overdue</span> 3<", "closed, decision overdue</span> 2<"),
    "customer of an appliance": (PAGE, "gw-delft</a></th><td>Smit", "gw-delft</a></th><td>Bos"),
    "build": (PAGE, '<td class="short">12.0 63.13', '<td class="short">12.0 63.12'),
    "next action": (PAGE, "<dd>retire.yml</dd>", "<dd>none</dd>"),
    "line to paste": (PAGE, "--limit gw-plein ", "--limit gw-amsterdam "),
    "playbook of a line to paste": (PAGE, "/playbooks/retire.yml", "/playbooks/apply.yml"),
    "time of a closing": (PAGE, "closed since 2020-01-17 13:00", "closed since 2020-01-17 12:00"),
    "who has closed": (PAGE, "UTC by J. Visser", "UTC by M. Vis"),
    "ticket of a run": (PAGE, ">CHG0049</td>", ">CHG0046</td>"),
    "appliances of a run": (PAGE, "<td>gw-amsterdam, gw-plein</td>", "<td>gw-amsterdam, gw-breda</td>"),
    "text that nobody knows": (PAGE, "<dd>yes</dd>", "<dd>yes</dd><dt>risk</dt><dd>low</dd>"),
    "answer of the ledger": (f"{LEDGER}/ledger.json", '"answer": "assume_compromised"', '"answer": "open"'),
    "date of the ledger": (f"{LEDGER}/ledger.json", '"time": "2020-01-13T', '"time": "2020-01-09T'),
    "outcome of a hunt": (f"{LEDGER}/ledger.json", '"hunt_outcome": "compromise"', '"hunt_outcome": "nothing found in what was looked at"'),
    "cell of the ledger": (f"{LEDGER}/ledger.csv", "gw-delft,Smit", "gw-delft,Bos"),
    "users in the call list": (CALLS, "12    ", "13    "),
    "impact in the call list": (CALLS, "Brouwer       logs too short", "Brouwer       BROKEN INTO   "),
    "telephone in the call list": (CALLS, "555 0106", "555 0107"),
    "day from which a page says closed": (f"{VIS}/letter-2.nl.txt", "dicht sinds 17 januari 2020 om 15.00", "dicht sinds 17 januari 2020 om 14.00"),
    "end of such a page": (f"{VIS}/letter-3.nl.txt", "Dat duurde tot 24 januari 2020 om 10.00", "Dat duurde tot 20 januari 2020 om 10.00"),
    "page where it is switched off": (
        f"{BOS}/letter-2.en.txt", "17 January 2020 at 14:00.\nThe", "17 January 2020 at 14:00. Visitors see only a page that says so.\nThe",
    ),
    "switched off where a page says closed": (f"{VIS}/letter-2.en.txt", " Visitors see only a page that says so.", ""),
    "countries that are kept out": (f"{MULDER}/letter-3.en.txt", "Since 16 January 2020 at 18:00 visitors", "Since 15 January 2020 at 18:00 visitors"),
    "countries where nobody is kept out": (
        f"{VIS}/letter-3.en.txt",
        "Access through portal-haven is open.",
        "Since 17 January 2020 at 15:00 visitors from some countries can't use portal-haven. This does not keep everybody out.",
    ),
    "partners where countries are kept out": (
        f"{MULDER}/letter-3.en.txt", "visitors from some countries can't use portal-breda.", "people can use portal-breda only from agreed places.",
    ),
    "paths where countries are kept out": (
        f"{MULDER}/letter-3.en.txt", "visitors from some countries can't use portal-breda.", "people can use only some pages of portal-breda.",
    ),
    "quote that no letter says": (f"{MULDER}/letter-2.en.txt", '"On 18 December 2019 at 22:00 it', '"On 18 December 2019 at 21:00 it'),
    "quote of what was right": (
        f"{MULDER}/letter-2.en.txt",
        "it was proven: the emergency measure works on portal-breda. This proof is in our records.",
        "we put an emergency measure on portal-breda.",
    ),
    "time from which it is known": (f"{MULDER}/letter-2.nl.txt", "Sinds 16 januari 2020 om 16.00", "Sinds 15 januari 2020 om 16.00"),
    "what is so instead": (f"{MULDER}/letter-2.en.txt", "    The emergency measure does not work on portal-breda.", "    Access through portal-breda is open."),
    "no correction is known": (f"{MULDER}/letter-2.en.txt", "of 19 December 2019 at 11:00 we wrote", "of 20 December 2019 at 11:00 we wrote"),
    "measure that does not work elsewhere": (
        f"{BROUWER}/letter-2.en.txt", "It concerns about 12 users.", "The emergency measure does not work on portal-amsterdam.",
    ),
    "service of another beside the own": (f"{BROUWER}/letter-2.en.txt", "through portal-amsterdam has", "through portal-amsterdam and portal-breda has"),
    "step of the ledger": (f"{LEDGER}/ledger.json", '"step": "countries"', '"step": "paths"'),
    "time of a closing in the ledger": (f"{LEDGER}/ledger.json", '"time": "2020-01-16T17', '"time": "2020-01-14T17'),
    "time of what was disproved": (f"{LEDGER}/ledger.json", '"time": "2020-01-16T15', '"time": "2020-01-01T15'),
    "step on the page": (PAGE, "portal-breda closed (countries)", "portal-breda closed (paths)"),
    "opening among the closings": (PAGE, '<td class="short">2020-01-24 09:00 UTC</td>', '<td class="short">2020-01-23 09:00 UTC</td>'),
    "step among the closings": (PAGE, '<td class="short">notice</td>', '<td class="short">off</td>'),
    "customer among the closings": (PAGE, "<td>Jansen</td><td>gw-plein</td>", "<td>De Wit</td><td>gw-plein</td>"),
    "person among the closings": (PAGE, '<td class="short">J. Visser</td></tr>', '<td class="short">M. Vis</td></tr>'),
    "person among the consents": (PAGE, '<td class="short">J. Visser</td><td', '<td class="short">M. Vis</td><td'),
    "customers of a shared appliance": (PAGE, "<td>De Wit, Jansen</td>", "<td>De Wit</td>"),
    "step among the open decisions": (
        PAGE, "closed (countries) since 2020-01-16 17:00 UTC: portal-breda", "closed (paths) since 2020-01-16 17:00 UTC: portal-breda",
    ),
    "service among the open decisions": (PAGE, "13:00 UTC: portal-delft", "13:00 UTC: portal-utrecht"),
    "due date among the open decisions": (PAGE, "2020-01-19 17:00 UTC</td>", "2020-01-21 17:00 UTC</td>"),
    "measure that did not work until the fix": (
        f"{MULDER}/letter-3.en.txt", "did not work on portal-breda. That lasted until 30", "did not work on portal-breda. That lasted until 20",
    ),
    "removal before the fix": (
        f"{BROUWER}/letter-3.en.txt", "On 27 January 2020 at 21:00 we took", "On 23 January 2020 at 21:00 we took",
    ),
    "end of a time without protection": (
        f"{MULDER}/letter-2.en.txt", "The attack could succeed until 17 January", "The attack could succeed until 16 January",
    ),
    "time after which protection ended": (
        f"{MULDER}/letter-2.en.txt", "ended some time after 18 December 2019", "ended some time after 16 January 2020",
    ),
    "proof that counted": (
        f"{MULDER}/letter-2.en.txt", "That proof counts for that moment only.", "That proof counts until 16 January 2020 at 16:00.",
    ),
    "measure put back": (f"{BROUWER}/letter-2.en.txt", "we put an emergency measure on", "we put the emergency measure back on"),
    "word of a measure": (f"{LEDGER}/ledger.json", '"word": "exposed"', '"word": "mitigated"'),
    "impact in the duties": (DUTIES, '"BROKEN INTO"', '"closed"'),
    "minutes closed": (DUTIES, '"minutes_closed": 9', '"minutes_closed": 8'),
    "known break-in": (DUTIES, '"breach_known": "2020-01-17', '"breach_known": "2020-01-19'),
}  # fmt: skip
SAID = {
    *("weakness", "exploit_public", "users", "open", "closed", "exposed", "mitigated", "proven", "fixed", "broken_in", "no_traces", "logs_too_short"),
    *("traces_unclear", "decide_recovery", "nothing_to_decide", "next_message", "contact", "replaces", "answer", "reopened", "hunt", "stays_closed"),
    *("closed_notice", "closed_countries", "ineffective", "disproved", "measure_word", "impact", "wrote", "quoted", "known_since"),
    *("call", "duty", "page_verdict", "page_build", "page_customer_word", "page_closed", "page_still_closed", "page_run_of"),
    *("page_closing", "page_whose", "page_total", "protection_ended", "removed"),
}  # fmt: skip
"""Kinds of statements that the diary must have, so that no check is idle."""


@pytest.fixture(scope="module")
def truth(story: Story) -> Truth:
    return Truth(story.world, letters(story.directory))


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with started(tmp_path_factory.mktemp("diary"), whole=False) as begun:
        yield played(begun, whole=False)


def read(story: Story, file: str) -> Iterator[Statement]:
    """Yield the statements of one file of what was handed out."""
    path = story.directory / file
    if file.endswith(".txt") and file != CALLS:
        yield from read_letter(path, customer_of(path.parent), SENDER)
    elif file.startswith("letters/customers"):
        yield from copies(story)
    elif file == PAGE:
        yield from read_page(path, story.world.now())
    elif file.startswith(("report/customers", "report/vex")):
        yield from views(story)
    elif file.startswith(LEDGER):
        yield from read_ledger(path.parent, story.written[-1])
    else:
        yield from call_list(story) if file == CALLS else duties(story)


OTHERWISE = "record 20200112T090002.774273Z-85c3f3cb9e found it otherwise than our runs left it"


def test_what_a_run_found_otherwise_is_read_with_its_time_and_nothing_else_is() -> None:
    """Only the whole diary has it, which no test plays."""
    row = {"conflicts": [OTHERWISE, "record 7 is doubtful"], "disproved": {"time": ""}}
    read_so = [*contradictions(row)]
    when = datetime(2020, 1, 12, 9, 0, 2, tzinfo=UTC)
    assert read_so == [("found_otherwise", {"when": when}), ("", {"conflicts": ["record 7 is doubtful"]})]
    passed = "record 7: an attack passes at gw, so what was proven before does not count"
    row = {"conflicts": [passed], "disproved": {"time": "2020-01-16T15:00:01+00:00"}}
    assert [kind for kind, _values in contradictions(row)] == ["disproved"]


@pytest.mark.parametrize(
    ("reach", "runs", "why"),
    [
        (Reach.PASSES, 1, ""),
        (Reach.CLOSED, 1, "it stopped the attack then, or no run was there"),
        (Reach.PASSES, 0, "it stopped the attack then, or no run was there"),
    ],
)
def test_what_a_run_found_otherwise_let_the_attack_pass_when_it_ran(reach: Reach, runs: int, why: str) -> None:
    when = datetime(2020, 1, 12, 9, 0, 2, tzinfo=UTC)
    span = SimpleNamespace(
        host="gw", vserver="shop", reach=reach, after=when, since=when - timedelta(hours=1), until=when
    )
    world: Any = SimpleNamespace(
        host_of=lambda place, _customer: place,
        vservers=lambda host: [(host, "shop")],
        spans=[span],
        played=[SimpleNamespace(began=when, ended=when)] * runs,
    )
    said = Statement("ledger.json", "", "found_otherwise", when, "", {"place": "gw", "when": when})
    assert Truth(world).why_not(said) == why


@pytest.mark.only_in_all
def test_every_run_ends_as_the_table_of_days_says(story: Story) -> None:
    assert story.surprises == []


@pytest.mark.only_in_all
def test_every_statement_is_true_of_the_simulated_world(story: Story) -> None:
    count, untrue = wrong(story)
    assert [str(one) for one in untrue] == []
    assert count > 2000
    assert {one.kind for one in statements(story)} >= SAID


@pytest.mark.only_in_all
def test_what_the_attacker_got_is_not_what_the_product_recorded(story: Story) -> None:
    """The log of the world is its own: it has attacks that passed, and no record of the product does."""
    assert {attack.host for attack in story.world.attacks if attack.passed} == {"gw-delft", "gw-utrecht", "gw-breda"}
    assert {attack.host for attack in story.world.attacks if attack.marker} == {"gw-delft"}


@pytest.mark.only_in_all
def test_a_measure_that_did_not_work_is_said_so_in_each_letter_since(story: Story) -> None:
    """The last one, after the fix, dropped it: it read as if the measure had worked."""
    found = {path.name: path.read_text() for path in (story.directory / MULDER).glob("letter-*.nl.txt")}
    assert "De noodmaatregel werkt niet op portal-breda." in found["letter-2.nl.txt"]
    assert (
        "De noodmaatregel werkte niet op portal-breda. Dat duurde tot uiterlijk 30 januari 2020"
        in found["letter-3.nl.txt"]
    )


@pytest.mark.only_in_all
def test_both_languages_say_the_same(story: Story) -> None:
    said = letters(story.directory)
    assert {language for _customer, _number, language in said} == set(LANGUAGES)
    for customer, number, _language in said:
        dutch, english = (said[customer, number, language] for language in LANGUAGES)
        assert [one.kind for one in dutch] == [one.kind for one in english]
        moments = [[(one.moment(), one.moment("until")) for one in own] for own in (dutch, english)]
        assert moments[0] == moments[1]


@pytest.mark.parametrize("places", [("gw-1",), ("gw-1", "gw-2"), ("a", "b", "c"), ("a", "b", "c", "d", "e")])
def test_a_sentence_about_several_services_is_a_statement_about_each(places: tuple[str, ...]) -> None:
    for name in LANGUAGES:
        facts = [fact(FactKind.CLOSED, place, at(17, 13)) for place in places]
        text = wording(name).sentence(*facts)
        assert language(name).read_all(text) == [("closed", {"place": place, "when": at(17, 13)}) for place in places]
        wrong_count = text.replace("5", "4")
        assert len(places) < 4 or language(name).read_all(wrong_count) == [("", {})]


@pytest.mark.only_in_all
@pytest.mark.sampled(6)
@pytest.mark.parametrize("name", PLANTED)
def test_a_wrong_statement_is_found(story: Story, truth: Truth, tmp_path: Path, name: str) -> None:
    file, said, planted = PLANTED[name]
    for part in ("letters", "ledger", "report"):
        shutil.copytree(story.directory / part, tmp_path / part)
    text = (tmp_path / file).read_text(encoding="utf-8")
    assert said in text, f"{file} does not say {said!r} any more"
    (tmp_path / file).write_text(text.replace(said, planted, 1), encoding="utf-8")
    assert truth.wrong(read(story, file)) == []
    assert truth.wrong(read(replace(story, directory=tmp_path), file)), f"{file}: {planted!r} was taken for true"


@pytest.mark.only_in_all
@pytest.mark.only_in_all
@pytest.mark.parametrize("name", PAGES)
def test_the_pictures_of_the_documentation_are_of_these_pages(story: Story, name: str) -> None:
    page = (story.directory / PAGES[name]).read_text(encoding="utf-8")
    assert source_of((PICTURES / f"{name}.png").read_bytes()) == digest(page), "run make pictures, and look at it"


@pytest.mark.only_in_all
def test_the_whole_form(tmp_path: Path) -> None:
    with started(tmp_path, whole=True) as begun:
        whole = played(begun, whole=True)
        assert whole.surprises == []
        assert [str(one) for one in wrong(whole)[1]] == []
