# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Letters: seven parts, plain language, no promise that nobody can keep, and what was wrong in the last one."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.corrections import Previous
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.facts import (
    LASTING,
    REPEATED,
    CustomerFacts,
    Fact,
    FactKind,
    Proof,
    Tlp,
    shown_name,
    told,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.facts_json import OF_ALL
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.plain_language import (
    MOST_WORDS,
    problems_of,
    sentences_of,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.loss import LossCause

from tests.letters_world import (
    CVE,
    FIRST,
    GATEWAY,
    SECOND,
    at,
    before,
    fact,
    forms,
    letter,
    now,
    previous,
    wording,
)
from tests.statement_check import untrue_statements

both = pytest.mark.parametrize("language", ["nl", "en"])


def with_facts(*more: Fact, without: tuple[FactKind, ...] = ()) -> CustomerFacts:
    known = now()
    return replace(known, facts=(*(one for one in known.facts if one.kind not in without), *more))


def every_kind() -> list[Fact]:
    """Return a fact of each kind, with all that a sentence can say."""
    found = [
        fact(
            kind,
            "" if kind in OF_ALL and not kind.startswith("decide") else GATEWAY,
            at(17, 13),
            by="Anna Brouwer",
            proof=Proof.PROBE,
            count=320,
        )
        for kind in FactKind
    ]
    return [*found, *(replace(one, until=at(18, 13)) for one in found if one.kind in LASTING)]


def often(kind: FactKind, count: int = 4, place: str = GATEWAY) -> list[Fact]:
    """Return facts of a kind, each of another hour, and each over after half an hour."""
    more = {"proof": Proof.RECORD} if kind is FactKind.PROVEN else {"cause": LossCause.OBSERVING}
    until = kind in LASTING
    return [fact(kind, place, at(17, hour), until=at(17, hour, 30) if until else None, **more) for hour in range(count)]


# -- the letter --------------------------------------------------------------------------------------------------------


def test_a_dutch_letter_has_seven_parts_and_says_what_was_wrong() -> None:
    text = forms().text(letter("nl", last=previous()))
    headings = [line for line in text.splitlines() if line[:2] in {f"{number}." for number in range(1, 8)}]
    assert [heading[0] for heading in headings] == list("1234567")
    assert "Dit bericht vervangt bericht 1 van 18 december 2019 om 16.00 uur." in text
    wrong = text[text.index("schreven wij:") : text.index("1. Wat")]
    assert "is bewezen: de noodmaatregel werkt op gw-brouwer" in wrong
    assert "Sinds 16 januari 2020 om 17.00 uur weten wij:\n    De noodmaatregel werkt niet op gw-brouwer." in wrong
    assert "De toegang via gw-brouwer is dicht sinds 17 januari 2020 om 14.00 uur." in text
    assert "S. Bakker. Telefoon: +31 20 555 0199" in text


def test_an_english_letter_tells_the_same_facts() -> None:
    dutch, english = letter("nl", last=previous()), letter("en", last=previous())
    assert [one.claims for one in dutch.statements()] == [one.claims for one in english.statements()]
    text = forms().text(english)
    assert "Access through gw-brouwer has been closed since 17 January 2020 at 14:00." in text
    assert "Since 16 January 2020 at 17:00 we know:\n    The emergency measure does not work on gw-brouwer." in text


def test_a_letter_must_say_when_the_next_one_comes() -> None:
    with pytest.raises(InvalidInput, match="Brouwer: no fact says when the customer hears from us again"):
        letter(facts=with_facts(without=(FactKind.NEXT_MESSAGE,)))


def test_two_weaknesses_are_told_apart() -> None:
    other = fact(FactKind.MITIGATED, GATEWAY, at(17, 8), entry="CVE-2026-3055")
    assert "Dit gaat over CVE-2026-3055." in forms().text(letter(facts=with_facts(other)))
    assert "Dit gaat over" not in forms().text(letter())


# -- again and again -----------------------------------------------------------------------------------------------------


LASTED = {"That": "That lasted until 17 January 2020 at 01:30.", "Dat": "Dat duurde tot 17 januari 2020 om 01.30 uur."}


def flips(count: int, place: str = GATEWAY) -> CustomerFacts:
    """Return what is known of a measure that was let only count some times and put back each time, of which the last one lasts."""
    facts = [fact(FactKind.MITIGATED, place, at(16, 20))]
    facts += [fact(FactKind.PROVEN, place, at(16, 20), until=at(17, 0), proof=Proof.RECORD)]
    for watched in often(FactKind.OBSERVING, count, place):
        facts += [replace(watched, cause=None), replace(watched, kind=FactKind.PROTECTION_ENDED)]
        facts += [replace(watched, kind=FactKind.PUT_BACK, when=watched.until, until=None, cause=None)]
        until = watched.when + timedelta(hours=1) if watched is not None and watched.when.hour + 1 < count else None  # type: ignore[union-attr,operator]
        facts += [
            replace(watched, kind=FactKind.PROVEN, when=watched.until, until=until, cause=None, proof=Proof.RECORD)
        ]
    return with_facts(*facts, without=(FactKind.MITIGATED, FactKind.INEFFECTIVE, FactKind.EXPOSED, FactKind.NO_TRACES))


def done(language: str, known: CustomerFacts) -> list[str]:
    """Return the lines of a letter about what was done."""
    return [one.text for one in dict(letter(language, known).parts)[wording(language).text("headings", "done")]]


def test_each_change_of_a_measure_is_told_in_its_order() -> None:
    assert [line for line in done("en", flips(1)) if "measure" in line] == [
        "On 16 January 2020 at 21:00 we put an emergency measure on gw-brouwer.",
        "On 16 January 2020 at 21:00 it was proven that the measure worked on gw-brouwer. That proof counts until 17 January 2020 at 01:00.",
        "From 17 January 2020 at 01:00 on the emergency measure only watched. It did not stop the attack on gw-brouwer. "
        + LASTED["That"],
        "On 17 January 2020 at 01:30 we put the emergency measure back on gw-brouwer.",
        "On 17 January 2020 at 01:30 it was proven: the emergency measure works on gw-brouwer. This proof is in our records.",
    ]
    assert [line for line in done("nl", flips(1)) if "maatregel" in line] == [
        "Op 16 januari 2020 om 21.00 uur hebben wij een noodmaatregel gezet op gw-brouwer.",
        "Op 16 januari 2020 om 21.00 uur is bewezen dat de noodmaatregel werkte op gw-brouwer. Dat bewijs telt tot 17 januari 2020 om 01.00 uur.",
        "Vanaf 17 januari 2020 om 01.00 uur keek de noodmaatregel alleen mee. Hij hield de aanval op gw-brouwer niet tegen. "
        + LASTED["Dat"],
        "Op 17 januari 2020 om 01.30 uur hebben wij de noodmaatregel weer aangezet op gw-brouwer.",
        "Op 17 januari 2020 om 01.30 uur is bewezen: de noodmaatregel werkt op gw-brouwer. Dit bewijs ligt vast in ons verslag.",
    ]


ALONE = (FactKind.MITIGATED, FactKind.INEFFECTIVE, FactKind.EXPOSED, FactKind.NO_TRACES)


def correction(known: CustomerFacts, *wrote: Fact) -> str:
    """Return what a letter corrects of a last one that told some facts, written at 17 January, 14:00."""
    last = Previous(1, at(17, 13), told(with_facts(*wrote, without=(*ALONE, FactKind.CLOSED))))
    return forms().text(letter("en", known, last)).partition("1. What is")[0].partition("What we wrote earlier")[2]


def test_a_letter_that_told_only_that_a_measure_was_put_back_is_corrected() -> None:
    """Letters of earlier versions told the last time that it was put in place as the only one."""
    text = correction(flips(1), fact(FactKind.MITIGATED, GATEWAY, at(17, 0, 30)))
    assert '"On 17 January 2020 at 01:30 we put an emergency measure on gw-brouwer."' in text
    assert "On 16 January 2020 at 21:00 we put an emergency measure on gw-brouwer." in text
    assert "From 17 January 2020 at 01:00 on the emergency measure only watched." in text
    assert "On 17 January 2020 at 01:30 we put the emergency measure back on gw-brouwer." in text
    assert correction(flips(1), *flips(1).facts) == "", "once"


def test_a_withdrawal_that_the_last_letter_left_out_is_corrected_and_a_later_one_is_none() -> None:
    put = fact(FactKind.MITIGATED, GATEWAY, at(16, 20))
    text = correction(flips(2), put)
    assert (
        "Message 1 of 17 January 2020 at 14:00 did not say this yet.\nSince 17 January 2020 at 15:00 we know:" in text
    )
    assert "we put an emergency measure" not in text, "that stays true"
    assert text.count("only watched") == 2
    watched = fact(FactKind.OBSERVING, GATEWAY, at(17, 12))
    assert correction(with_facts(put, watched, without=ALONE), put, watched) == ""
    over = replace(watched, until=at(17, 15))
    assert correction(with_facts(put, over, without=ALONE), put, watched) == "", "its end has come since"
    later = fact(FactKind.OBSERVING, GATEWAY, at(17, 13, 30))
    assert correction(with_facts(put, later, without=ALONE), put) == ""


def test_a_withdrawal_before_a_proof_does_not_contradict_it() -> None:
    put, proven = (
        fact(FactKind.MITIGATED, GATEWAY, at(16, 20)),
        fact(FactKind.PROVEN, GATEWAY, at(17, 9), proof=Proof.RECORD),
    )
    before = fact(FactKind.OBSERVING, GATEWAY, at(17, 1), until=at(17, 2))
    known = with_facts(put, before, proven, without=ALONE)
    assert correction(known, put, proven) == ""
    after = replace(before, when=at(17, 10), until=at(17, 11))
    text = correction(
        with_facts(put, after, replace(proven, until=at(17, 10)), without=ALONE),
        put,
        proven,
    )
    assert "it was proven: the emergency measure works" in text
    assert "From 17 January 2020 at 11:00 on the emergency measure only watched." in text


def test_what_a_late_record_shows_is_corrected_once_for_all_that_it_makes_wrong() -> None:
    put, proven = (
        fact(FactKind.MITIGATED, GATEWAY, at(16, 20)),
        fact(FactKind.PROVEN, GATEWAY, at(16, 20), proof=Proof.RECORD),
    )
    exposed = fact(FactKind.EXPOSED, GATEWAY, date(2019, 12, 17), until=at(16, 20))
    watched = fact(FactKind.OBSERVING, GATEWAY, at(17, 10), until=at(17, 11))
    ended = replace(watched, kind=FactKind.PROTECTION_ENDED, cause=LossCause.OBSERVING)
    back = replace(watched, kind=FactKind.PUT_BACK, when=at(17, 11), until=None)
    right = (exposed, put, replace(proven, until=at(17, 10)), watched, ended, back, replace(proven, when=at(17, 11)))
    text = correction(with_facts(*right, without=ALONE), exposed, put, proven)
    assert text.count("we wrote:") == 1
    assert text.count("only watched") == 1


def test_a_withdrawal_that_was_over_before_the_last_letter_is_corrected() -> None:
    watched = fact(FactKind.OBSERVING, GATEWAY, at(17, 10))
    for until, says in ((at(17, 11), "That lasted until 17 January 2020 at 12:00."), (at(17, 14), "")):
        text = correction(with_facts(replace(watched, until=until), without=ALONE), watched)
        assert says in text
        assert bool(text) is bool(says)


def test_an_exposure_that_was_not_over_is_corrected_although_it_was_proven_again_since() -> None:
    """Nothing was told of the measure but its later proof, so nothing contradicted the last letter."""
    put, proven = (
        fact(FactKind.MITIGATED, GATEWAY, at(16, 20)),
        fact(FactKind.PROVEN, GATEWAY, at(16, 20), proof=Proof.RECORD),
    )
    exposed = fact(FactKind.EXPOSED, GATEWAY, date(2019, 12, 17), until=at(16, 20))
    now_known = (replace(exposed, until=at(17, 12)), put, replace(proven, when=at(17, 12)))
    text = correction(
        with_facts(*now_known, without=ALONE),
        exposed,
        put,
        proven,
    )
    assert text.count("we wrote:") == 1
    wrong, _, right = text.partition("we know:")
    assert "That lasted until 16 January 2020 at 21:00." in wrong
    assert "it was proven" in wrong
    assert (
        "The attack could succeed on gw-brouwer from 17 December 2019 on. That lasted until 17 January 2020 at 13:00."
        in right
    )


CLOSED = fact(FactKind.CLOSED, GATEWAY, at(17, 9), known=at(17, 9))


@pytest.mark.parametrize(
    ("right", "says"),
    [
        ((CLOSED,), ""),
        ((replace(CLOSED, until=at(17, 14)),), ""),
        ((replace(CLOSED, until=at(17, 11)),), "Access through gw-brouwer was closed on 17 January 2020 at 10:00. That lasted until 17 January 2020 at 12:00."),
        ((replace(CLOSED, part="gw_a"),), "Access through part of gw-brouwer has been closed since 17 January 2020 at 10:00. That part is: gw_a."),
        ((replace(CLOSED, part="gw_a"), replace(CLOSED, until=at(17, 14))), ""),
        ((replace(CLOSED, kind=FactKind.CLOSED_PATHS),), "Since 17 January 2020 at 10:00 people can use only some pages of gw-brouwer."),
        ((replace(CLOSED, when=at(17, 10)),), "Access through gw-brouwer has been closed since 17 January 2020 at 11:00."),
        ((), "We can't confirm that any more."),
    ],
    ids=["same", "opened since", "was open again", "a part", "a part opened since", "by another step", "at another time", "not shown"],
)  # fmt: skip
def test_a_closing_that_the_last_letter_told_otherwise_is_corrected(right: tuple[Fact, ...], says: str) -> None:
    """Seen: a letter of an earlier version called all of a service closed of which a part was; the next one said so and corrected nothing."""
    text = correction(with_facts(*right, without=(*ALONE, FactKind.CLOSED)), CLOSED)
    assert says in text
    assert bool(text) is bool(says)
    if says:
        assert '"Access through gw-brouwer has been closed since 17 January 2020 at 10:00."' in text


def test_a_part_that_was_told_with_others_is_no_error_where_one_of_them_is_open_since() -> None:
    both = replace(CLOSED, part="gw_a, gw_b")
    now_known = (replace(CLOSED, part="gw_a"), replace(CLOSED, part="gw_b", until=at(17, 14)))
    assert correction(with_facts(*now_known, without=(*ALONE, FactKind.CLOSED)), both) == ""
    assert "That part is: gw_a, gw_b." in correction(with_facts(now_known[0], without=(*ALONE, FactKind.CLOSED)), both)


def test_a_step_that_a_harder_one_hides_is_no_error() -> None:
    paths = replace(CLOSED, kind=FactKind.CLOSED_PATHS, when=at(17, 8))
    assert correction(with_facts(paths, CLOSED, without=(*ALONE, FactKind.CLOSED)), paths) == ""


def test_what_was_known_before_the_last_letter_is_not_said_to_be_known_since_then() -> None:
    text = correction(with_facts(replace(CLOSED, part="gw_a"), without=(*ALONE, FactKind.CLOSED)), CLOSED)
    assert "Since 17 January 2020 at 15:00 we know:" in text, "since this letter was written"


def test_ten_changes_are_told_in_a_few_sentences_with_each_time_and_their_sum() -> None:
    text = forms().text(letter("en", flips(10)))
    assert (
        "On 10 occasions the emergency measure only watched. It did not stop the attack on gw-brouwer then. That was: "
        "17 January 2020 from 01:00 to 01:30, from 02:00 to 02:30, " in text
    )
    assert ", from 09:00 to 09:30 and from 10:00 to 10:30. Together that lasted 5 hours." in text
    assert (
        "The protection of gw-brouwer ended 10 times. We let the emergency measure only watch then. The attack could succeed then. That was: "
        in text
    )
    assert (
        "We put the emergency measure back on gw-brouwer 9 times. The first time was on 17 January 2020 at 01:30. "
        "The last time was on 17 January 2020 at 09:30." in text
    )
    assert "On 17 January 2020 at 10:30 we put the emergency measure back on gw-brouwer." in text
    assert "On 17 January 2020 at 10:30 it was proven: the emergency measure works on gw-brouwer." in text
    assert (
        "It was proven 10 times that the measure worked on gw-brouwer. Each proof counted for only a part of the time."
        in text
    )
    assert len(text.splitlines()) <= len(forms().text(letter("en", flips(1))).splitlines()) + 1
    told_of = {fact for one in letter("en", flips(10)).statements() for fact in one.claims}
    assert told_of == set(told(flips(10)).facts), "each of them is a fact of the letter, which the next one corrects"


def test_a_hundred_changes_are_no_longer_than_twelve_and_lose_neither_their_end_nor_their_sum() -> None:
    many = [
        fact(FactKind.OBSERVING, GATEWAY, at(1 + day, hour), until=at(1 + day, hour, 10))
        for day in range(20)
        for hour in range(5)
    ]
    (line,) = [one for one in done("nl", with_facts(*many)) if "keek" in one]
    assert "keek 100 keer alleen mee" in line
    assert line.count(" tot ") == 13
    assert "Daarna nog 88 keer. De laatste keer duurde tot 20 januari 2020 om 05.10 uur." in line
    assert line.endswith("Samen duurde dat 16 uur en 40 minuten.")


def test_services_with_the_same_changes_share_them_and_others_do_not() -> None:
    one, two = (often(FactKind.OBSERVING, 4, place) for place in ("gw-1", "gw-2"))
    other = [
        replace(one, until=one.until + timedelta(minutes=5))
        for one in often(FactKind.OBSERVING, 4, "gw-3")
        if one.until
    ]  # type: ignore[operator]
    known = CustomerFacts("Brouwer", ("gw-1", "gw-2", "gw-3"), (*one, *two, *other, *now().of(FactKind.NEXT_MESSAGE)))
    lines = [line for line in done("en", known) if "only watched" in line]
    assert [line[: line.index(" then.")] for line in lines] == [
        "On 4 occasions the emergency measure only watched. It did not stop the attack on gw-1 and gw-2",
        "On 4 occasions the emergency measure only watched. It did not stop the attack on gw-3",
    ]
    assert untrue_statements(letter("en", known), known, None) == ()


def test_what_happened_twice_in_a_minute_is_said_twice() -> None:
    twice = [
        fact(FactKind.OBSERVING, GATEWAY, at(17, 9).replace(second=second), until=at(17, 9).replace(second=second + 10))
        for second in (5, 30)
    ]
    lines = [line for line in done("en", with_facts(*twice)) if "only watched" in line]
    assert lines == [lines[0]] * 2
    assert lines[0].endswith("That lasted no longer than a minute.")


def test_times_of_which_only_the_day_is_known_have_no_sum() -> None:
    days = [fact(FactKind.CLOSED, GATEWAY, date(2020, 1, day), until=date(2020, 1, day + 1)) for day in (1, 3, 5, 7)]
    text = forms().text(letter("en", with_facts(*days)))
    assert "was closed 4 times. That was: from 1 January 2020 to 2 January 2020, from" in text
    assert "Together" not in text


# -- several services ----------------------------------------------------------------------------------------------------


def of_services(known: CustomerFacts, *places: str) -> CustomerFacts:
    """Return the facts with those of a service for each of the places, a few seconds apart."""
    facts = (
        replace(one, place=place, when=one.when + timedelta(seconds=number) if type(one.when) is datetime else one.when)
        for one in known.facts
        for number, place in enumerate(places if one.place else ("",))
    )
    return replace(known, services=places, facts=tuple(facts))


@pytest.mark.parametrize(
    ("places", "dutch", "english"),
    [
        (("gw-1", "gw-2"), "via gw-1 en gw-2 is dicht sinds 17", "through gw-1 and gw-2 has been closed"),
        (("a", "b", "c"), "via a, b en c is dicht", "through a, b and c has been closed"),
        (
            ("a", "b", "c", "d"),
            "via 4 van uw diensten is dicht sinds 17 januari 2020 om 14.00 uur. Dat zijn: a, b, c en d.",
            "through 4 of your services has been closed since 17 January 2020 at 14:00. They are: a, b, c and d.",
        ),
    ],
)
def test_a_sentence_is_said_once_for_all_services_of_which_it_is_so(
    places: tuple[str, ...], dutch: str, english: str
) -> None:
    known = of_services(now(), *places)
    for language, said in (("nl", dutch), ("en", english)):
        written = letter(language, known, previous(of_services(before(), *places)))
        texts = [one.text for _heading, statements in written.parts for one in statements]
        assert len(texts) == len([*letter(language).statements()])
        assert len([text for text in texts if said in text]) == 1
        assert untrue_statements(written, known, previous(of_services(before(), *places))) == ()
        (correction,) = written.corrections
        assert [len(one.claims) for one in (*correction.was, *correction.now)] == [len(places)] * 2


def test_services_of_which_something_else_is_so_have_sentences_of_their_own() -> None:
    known = of_services(now(), "a", "b", "c")
    later = fact(FactKind.CLOSED, "b", at(17, 14))
    apart = replace(known, facts=(*(one for one in known.facts if (one.kind, one.place) != (later.kind, "b")), later))
    said = [line for line in forms().text(letter("en", apart)).splitlines() if "has been closed" in line]
    assert said == [
        "Access through a and c has been closed since 17 January 2020 at 14:00.",
        "Access through b has been closed since 17 January 2020 at 15:00.",
    ]
    everywhere = replace(known, facts=(*known.facts, fact(FactKind.DECIDE_REOPEN, "", at(20, 8))))
    asked = [one.text for one in letter("en", everywhere).statements() if one.claim.kind is FactKind.DECIDE_REOPEN]
    assert asked == [
        "Do you want to open access through all your services again? Tell us before 20 January 2020 at 09:00.",
        "Do you want to open access through a, b and c again? Tell us before 20 January 2020 at 09:00.",
    ]


def test_a_correction_names_the_services_that_it_is_about_and_no_other() -> None:
    """The measure was said to work on three services, and does not on two of them."""
    known = of_services(now(), "a", "b", "c")
    works = tuple(one for one in known.facts if (one.kind, one.place) != (FactKind.INEFFECTIVE, "b"))
    proven = tuple(one for one in of_services(before(), "a", "b", "c").facts if one.kind is FactKind.PROVEN)
    written = letter(
        "en",
        replace(known, facts=(*works, *(one for one in proven if one.place == "b"))),
        previous(of_services(before(), "a", "b", "c")),
    )
    (correction,) = written.corrections
    assert [one.text.partition(" works on ")[2].partition(".")[0] for one in correction.was] == ["a and c"]
    assert [one.text for one in correction.now] == ["The emergency measure does not work on a and c."]


def test_an_exposure_that_lasts_is_not_told_as_past() -> None:
    lasts = with_facts(fact(FactKind.EXPOSED, GATEWAY, date(2019, 12, 17)), without=(FactKind.EXPOSED,))
    dutch, english = (forms().text(letter(language, lasts)) for language in ("nl", "en"))
    assert (
        f"De aanval kan lukken op {GATEWAY}. Dat is zo sinds 17 december 2019, of al langer. Wij hebben geen bewijs"
        in dutch
    )
    assert (
        f"The attack may succeed on {GATEWAY}. That has been so since 17 December 2019, or longer. We have no proof"
        in english
    )


# -- language ----------------------------------------------------------------------------------------------------------


@both
def test_each_sentence_is_short_and_has_no_technical_word(language: str) -> None:
    speech = wording(language)
    wrong = {one.kind: problems_of(speech.sentence(one), language) for one in every_kind()}
    listed = re.compile(r"(Dat was|That was): .*?\. ")
    wrong |= {
        f"{kind}, often": problems_of(listed.sub("", speech.sentence(*often(kind))), language) for kind in REPEATED
    }
    assert {kind: problems for kind, problems in wrong.items() if problems} == {}
    text = forms().text(letter(language, last=previous()))
    assert [one for one in sentences_of(text) if len(one.split()) > MOST_WORDS] == []


@both
def test_the_check_of_language_finds_a_technical_word_a_long_sentence_and_a_promise(language: str) -> None:
    promise = {"nl": "U bent niet kwetsbaar.", "en": "There were no attacks."}[language]
    assert "a letter never says" in problems_of(promise, language)[0]
    assert "technical word" in problems_of("De responder policy.", language)[0]
    assert "a sentence has 16 words" in problems_of("woord " * 16, language)[0]
    assert problems_of("woord " * 15, language) == []


@pytest.mark.parametrize(
    ("moment", "dutch", "english"),
    [
        (at(17, 13), "17 januari 2020 om 14.00 uur", "17 January 2020 at 14:00"),
        (at(1, 8, 5, month=7), "1 juli 2020 om 10.05 uur", "1 July 2020 at 10:05"),  # summer time
        (at(31, 23, 30, month=12, year=2019), "1 januari 2020 om 00.30 uur", "1 January 2020 at 00:30"),
        (date(2019, 12, 17), "17 december 2019", "17 December 2019"),
    ],
)
def test_dates_are_written_out(moment: date, dutch: str, english: str) -> None:
    assert (wording("nl").moment(moment), wording("en").moment(moment)) == (dutch, english)


# -- what may be said --------------------------------------------------------------------------------------------------


@both
def test_short_logs_never_read_as_no_traces(language: str) -> None:
    text = forms().text(letter(language))
    assert wording(language).sentence(fact(FactKind.NO_TRACES, GATEWAY, at(9, 3, 12))) not in text
    assert wording(language).sentence(fact(FactKind.LOGS_TOO_SHORT, GATEWAY, at(9, 3, 12))) in text


@pytest.mark.parametrize(
    ("oldest", "kind"),
    [
        (at(16, month=12, year=2019), FactKind.NO_TRACES),
        (date(2019, 12, 16), FactKind.NO_TRACES),
        (date(2019, 12, 17), FactKind.LOGS_TOO_SHORT),  # the logs may begin in the evening of the first day
        (at(9), FactKind.LOGS_TOO_SHORT),
    ],
)
def test_no_traces_is_said_only_where_the_logs_reach_back_to_the_exposure(oldest: date, kind: FactKind) -> None:
    known = with_facts(fact(FactKind.NO_TRACES, GATEWAY, oldest), without=(FactKind.NO_TRACES,))
    assert told(known).of(FactKind.NO_TRACES, FactKind.LOGS_TOO_SHORT)[0].kind is kind


def test_logs_are_too_short_where_nobody_knows_since_when_it_was_exposed() -> None:
    known = with_facts(
        fact(FactKind.NO_TRACES, GATEWAY, at(1, year=2019)), without=(FactKind.EXPOSED, FactKind.NO_TRACES)
    )
    assert told(known).of(FactKind.NO_TRACES) == ()
    assert told(known).of(FactKind.LOGS_TOO_SHORT)


def test_a_service_that_nobody_searched_is_said_so() -> None:
    assert "nog niet alles doorzocht naar sporen van een aanval op gw-brouwer" in forms().text(letter(facts=before()))
    assert "nog niet alles doorzocht" not in forms().text(letter())


def test_a_service_of_which_nothing_says_whether_it_is_open_is_said_so() -> None:
    unknown = with_facts(without=(FactKind.CLOSED,))
    assert "Wij weten niet of de toegang via gw-brouwer nu open is." in forms().text(letter(facts=unknown))
    assert "Wij weten niet of de toegang" not in forms().text(letter())


def test_what_was_done_is_told_in_the_order_of_time() -> None:
    done = next(statements for heading, statements in letter().parts if heading.startswith("Wat is er gedaan"))
    assert [one.claim.kind for one in done] == [FactKind.MITIGATED, FactKind.AGREED, FactKind.INEFFECTIVE]


def test_nothing_to_decide_is_said_only_where_there_is_nothing() -> None:
    assert "U hoeft nu niets te doen" in forms().text(letter(facts=before()))
    assert "U hoeft nu niets te doen" not in forms().text(letter())
    entered = replace(before(), facts=(*before().facts, fact(FactKind.BROKEN_IN, GATEWAY, at(11))))
    assert "U hoeft nu niets te doen" not in forms().text(letter(facts=entered))
    secret = with_facts(
        fact(FactKind.DECIDE_RECOVERY, GATEWAY, at(20), label=Tlp.RED), without=(FactKind.DECIDE_REOPEN,)
    )
    assert "U hoeft nu niets te doen" not in forms().text(letter(facts=secret))


@pytest.mark.parametrize("label", [Tlp.AMBER_STRICT, Tlp.RED])
def test_what_may_not_go_to_clients_never_appears_and_nothing_says_the_opposite(label: Tlp) -> None:
    secret = fact(FactKind.BROKEN_IN, GATEWAY, at(11, 4, 44), label=label)
    clean = fact(FactKind.NO_TRACES, GATEWAY, at(1, month=12, year=2019))
    text = forms().text(letter(facts=with_facts(secret, clean, without=(FactKind.NO_TRACES,))))
    assert "ingebroken" not in text
    assert "geen sporen" not in text
    assert "nog niet alles doorzocht" not in text
    assert str(label) not in text


@pytest.mark.parametrize("label", [Tlp.CLEAR, Tlp.GREEN, Tlp.AMBER])
def test_the_label_of_a_letter_is_the_highest_of_its_facts(label: Tlp) -> None:
    known = replace(before(), facts=tuple(replace(one, label=Tlp.CLEAR) for one in before().facts))
    known = replace(known, facts=(*known.facts, fact(FactKind.NOT_KNOWN, GATEWAY, label=label)))
    known = replace(known, facts=(*known.facts, fact(FactKind.ATTACK_STOPPED, GATEWAY, at(12), label=Tlp.CLEAR)))
    written = letter(facts=known)
    assert written.label is label
    assert f"({label})" in forms().text(written)


# -- corrections -------------------------------------------------------------------------------------------------------


def corrected(now_: CustomerFacts, before_: CustomerFacts | None = None) -> list[tuple[list[FactKind], list[FactKind]]]:
    found = letter(facts=now_, last=previous(before_)).corrections
    return [([was.claim.kind for was in one.was], [right.claim.kind for right in one.now]) for one in found]


def test_the_same_facts_need_no_correction() -> None:
    assert corrected(before()) == []


def test_a_state_that_changed_is_no_error() -> None:
    closed = replace(before(), facts=(*before().facts, fact(FactKind.CLOSED, GATEWAY, at(17, 13))))
    assert corrected(closed) == []


def test_an_event_after_the_letter_is_no_error_and_one_before_it_is() -> None:
    searched = replace(
        before(),
        facts=(
            *before().facts,
            fact(FactKind.EXPOSED, GATEWAY, date(2019, 12, 17)),
            fact(FactKind.NO_TRACES, GATEWAY, at(1, month=12, year=2019)),
        ),
    )
    kept = tuple(one for one in searched.facts if one.kind is not FactKind.NO_TRACES)
    later = replace(searched, facts=(*searched.facts, fact(FactKind.BROKEN_IN, GATEWAY, at(11))))
    assert corrected(later, searched) == []
    earlier = fact(FactKind.BROKEN_IN, GATEWAY, at(18, 3, month=12, year=2019))
    assert corrected(replace(searched, facts=(*kept, earlier)), searched) == [
        ([FactKind.NO_TRACES], [FactKind.BROKEN_IN])
    ]


def test_another_day_of_the_same_fact_is_a_correction() -> None:
    said = replace(before(), facts=(*before().facts, fact(FactKind.EXPOSED, GATEWAY, at(10))))
    known = replace(before(), facts=(*before().facts, fact(FactKind.EXPOSED, GATEWAY, date(2019, 12, 17))))
    assert corrected(known, said) == [([FactKind.EXPOSED], [FactKind.EXPOSED])]


def test_what_nothing_supports_any_more_is_said() -> None:
    known = replace(before(), facts=tuple(one for one in before().facts if one.kind is not FactKind.PROVEN))
    text = forms().text(letter(facts=known, last=previous()))
    assert "de noodmaatregel werkt op gw-brouwer" in text
    assert "Dat kunnen wij nu niet meer bevestigen." in text
    assert "nu anders weten" not in text, "nothing shows that it was wrong"
    wrong = (fact(FactKind.EXPOSED, GATEWAY, at(10)), fact(FactKind.EXPOSED, GATEWAY, date(2019, 12, 17)))
    said, right = (replace(one, facts=(*one.facts, day)) for one, day in zip((before(), known), wrong, strict=True))
    both_kinds = letter(facts=right, last=previous(said))
    text, page = forms().text(both_kinds), forms().page(both_kinds)
    for shown in (text, page):
        head, _heading, told = shown.partition("Wat wij eerder schreven en nu anders weten")
        assert "bericht" in head
        moved, _heading, doubted = told.partition("Wat wij eerder schreven en nu niet meer kunnen bevestigen")
        assert "17 december 2019" in moved
        assert "de noodmaatregel werkt op" not in moved
        assert "Dat kunnen wij nu niet meer bevestigen." in doubted


@pytest.mark.parametrize(
    ("told_before", "is_now", "doubted"),
    [
        ({}, {"when": None}, True),
        ({}, {"when": None, "part": "gw"}, False),
        ({"part": "gw"}, {"when": None, "part": "gw, gw_two"}, True),
        ({"part": "gw, gw_two"}, {"when": None, "part": "gw"}, False),
        ({}, {"when": None, "kind": FactKind.CLOSED_NOTICE}, False),
        ({}, {"when": at(17, 10)}, False),
        ({"until": at(17, 13)}, {"until": at(17, 12), "undated_end": True}, True),
        ({"until": at(17, 13)}, {"until": at(17, 13), "undated_end": True}, True),
        ({"until": at(17, 13)}, {"until": at(17, 12, 30)}, False),
    ],
)
def test_a_closing_whose_day_nobody_knows_any_more_is_no_known_error(
    told_before: dict[str, Any], is_now: dict[str, Any], doubted: bool
) -> None:
    first = replace(fact(FactKind.CLOSED, GATEWAY, at(17, 12)), **told_before)
    known = with_facts(replace(first, **is_now), without=(FactKind.CLOSED,))
    last = Previous(1, at(17, 13, 30), told(with_facts(first, without=(FactKind.CLOSED,))))
    (error,) = letter("en", known, last).corrections
    assert [one.claim.kind for one in error.was] == [FactKind.CLOSED]
    assert (not error.is_known, error.now != ()) == (doubted, True)


def test_a_closing_that_ended_nobody_knows_when_may_have_lasted_as_long_as_the_letter_said() -> None:
    first = fact(FactKind.CLOSED, GATEWAY, at(17, 12))
    known = with_facts(replace(first, until=at(17, 12), undated_end=True), without=(FactKind.CLOSED,))
    last = Previous(1, at(17, 13, 30), told(with_facts(first, without=(FactKind.CLOSED,))))
    assert letter("en", known, last).corrections == ()


# -- statements against the world --------------------------------------------------------------------------------------


@both
def test_each_statement_of_a_letter_is_true_of_the_world(language: str) -> None:
    assert untrue_statements(letter(language, last=previous()), now(), previous()) == ()


def test_a_planted_wrong_statement_is_found() -> None:
    written = letter(last=previous())
    closed = next(one for one in written.statements() if one.claim.kind is FactKind.CLOSED)
    true = list(written.statements())

    def found(planted: object) -> list[str]:
        statements = [planted if one is closed else one for one in true]
        return [one.why for one in untrue_statements(written, now(), previous(), statements)]  # type: ignore[arg-type]

    assert found(closed) == []
    assert found(replace(closed, text=closed.text.replace("14.00", "12.00"))) == [
        "the sentence does not say what its fact says"
    ]
    claim = replace(closed.claim, when=at(17, 11))
    assert found(replace(closed, claims=(claim,), text=wording("nl").sentence(claim))) == ["it is not so"]
    assert found(replace(closed, claims=(closed.claim, claim))) == ["the sentence does not say what its fact says"]
    another = replace(closed.claim, place="gw-2")
    assert found(
        replace(closed, claims=(closed.claim, another), text=wording("nl").sentence(closed.claim, another))
    ) == ["it is not so"]
    assert found(replace(closed, quoted=True)) == ["the last letter did not say so"]


def test_a_letter_about_another_world_is_found() -> None:
    world = with_facts(fact(FactKind.CLOSED, GATEWAY, at(17, 15)), without=(FactKind.CLOSED,))
    assert [one.statement.claim.kind for one in untrue_statements(letter(), world, None)] == [FactKind.CLOSED]


# -- the attacker ------------------------------------------------------------------------------------------------------

HOSTILE = [
    "gw\r\nBcc: all@evil.example",
    "<script>alert(1)</script>",
    "{{ 7 * 7 }}{% for x in y %}",
    "http://evil.example/login",
    "evil.example/login",
    "www.evil.example",
    "\u202egnp.exe",
    "gw\x1b[2J",
    "evil\u3002example",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_becomes_no_header_markup_template_or_link(name: str) -> None:
    written = letter(facts=now(place=name))
    text, page = forms().text(written), forms().page(written)
    mail = forms().mail(written, ()).decode("ascii")
    shown = shown_name(name)
    assert shown in text
    assert shown.isprintable()
    assert "<script" not in page
    assert "\nBcc:" not in mail
    assert "49" not in shown
    for link in ("evil.example", "http://", "www.", "\u3002"):
        assert link not in text.replace("S. Bakker", "")
        assert link not in page
    assert text.count("\n") == forms().text(letter()).count("\n")


def test_a_name_with_blanks_is_cut() -> None:
    assert len(shown_name("x" * 5000)) < 100
    assert shown_name("gw-brouwer 10.1.0.11") == "gw-brouwer 10.1.0.11"


def test_the_first_letter_has_the_number_one_and_replaces_none() -> None:
    first = letter(facts=before(), written=FIRST)
    assert (first.number, first.replaces, first.corrections) == (1, "", ())
    assert letter(last=previous(), written=SECOND).number == 2
    assert CVE in forms().text(first)
