# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each line of a letter is a sentence about facts of this customer, under the heading for it, and each fact has its sentence; both languages say the same.

The forms are a reader's: what makes a sentence one about a closing, a proof or a trace, and where it names services and times.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count, pairwise
from typing import Any

from tests.nights import tail_sentences
from tests.nights.held import Held
from tests.nights.told_facts import HERE, told_facts

_HEADINGS: Mapping[str, tuple[str, str]] = {
    "matter": ("What is the matter?", "Wat is er aan de hand?"),
    "meaning": ("What does it mean for you?", "Wat betekent dit voor u?"),
    "done": ("What was done, and what is proven?", "Wat is er gedaan en wat is bewezen?"),
    "unknown": ("What do we not know?", "Wat weten wij niet?"),
    "decide": ("What must you do or decide?", "Wat moet u doen of besluiten?"),
    "next": ("When do you hear from us again?", "Wanneer hoort u weer van ons?"),
    "contact": ("Whom can you call?", "Wie kunt u bellen?"),
}
_ENDED = r"(The protection of {p} ended (on|some time after) {w}\.|We can prove the protection of {q} until {x}\.) .*"
_WATCHED = r"From {w} on the emergency measure only watched\. It did not stop the attack on {p}\."
FORMS: Mapping[str, Mapping[str, str]] = {
    "matter": {
        "weakness": r"(?:On|In) {w} a weakness became known\. It is in the device through which your people log on\. Reference: {e}\.",
        "weakness_behind": r"(?:On|In) {w} a weakness became known\. It is in programs on servers behind your access\. Reference: {e}\.",
        "exploit_public": r"Since {w} anybody can read how the attack works\.",
        "listed": r"It is on an American list of weaknesses that attackers use\. That has been so since {w}\.",
    },
    "meaning": {
        "open": r"Access through {p} is open\.",
        "closed": r"Access through {p} has been closed since {w}\.",
        "closed ended": r"Access through {p} was closed on {w}\. That lasted until {u}\.",
        "closed often": r"Access through {p} was closed \d+ times\. (?=That was).*",
        "closed_notice": r"Access through {p} has been closed since {w}\. .*",
        "closed_notice ended": r"Access through {p} was closed on {w}\. Visitors saw only a page that said so\. That lasted until {u}\.",
        "closed_notice often": r"Access through {p} was closed \d+ times\. Visitors saw only a page that said so\. .*",
        "closed_partners": r"Since {w} people can use {p} only from agreed places\. .*",
        "closed_partners ended": r"From {w} on, people could use {p} only from agreed places\. That lasted until {u}\.",
        "closed_partners often": r"On \d+ occasions people could use {p} only from agreed places\. .*",
        "closed_countries": r"Since {w} visitors from some countries can't use {p}\. .*",
        "closed_countries ended": r"From {w} on, visitors from some countries couldn't use {p}\. That lasted until {u}\.",
        "closed_countries often": r"On \d+ occasions visitors from some countries couldn't use {p}\. .*",
        "closed_paths": r"Since {w} people can use only some pages of {p}\. .*",
        "closed_paths ended": r"From {w} on, people could use only some pages of {p}\. That lasted until {u}\.",
        "closed_paths often": r"On \d+ occasions people could use only some pages of {p}\. .*",
        "exposed": r"The attack may succeed on {p}\. That has been so since {w}, or longer\. .*",
        "exposed ended": r"The attack could succeed on {p} from {w} on\. That lasted until {u}\.",
        "protection_ended": _ENDED + r" Since then the attack may succeed\. .*",
        "protection_ended ended": _ENDED + r" The attack could succeed(, for no longer than a minute| until {u})\.",
        "protection_ended often": r"(The protection of {p} ended \d+ times\.|On \d+ occasions we cannot prove the protection of {q}\.) .*",
        "management_exposed": (
            r"We manage {p} through a separate access\. The attack may succeed there, for whoever can reach it\. "
            r"That has been so since {w}, or longer\. .*"
        ),
        "management_exposed ended": r"We manage {p} through a separate access\. The attack could succeed there from {w} on\. That lasted until {u}\.",
        "management_exposed often": r"We manage {p} through a separate access\. The attack could succeed there \d+ times\..*",
        "one_not_fixed": r"Behind {p}, devices work in pairs\. .*",
        "broken_in": r"(On {w} somebody broke in on|Somebody broke in on) {p}(, we do not know when)?\. We have found traces of it\.",
    },
    "done": {
        "mitigated": r"On {w} we put an emergency measure on {p}\.",
        "put_back": r"On {w} we put the emergency measure back on {p}\.( It was not as we had left it\.)?",
        "put_back often": r"We put the emergency measure back on {p} \d+ times\..*",
        "proven": r"On {w} it was proven: the emergency measure works on {p}\. .*",
        "proven ended": r"On {w} it was proven that the measure worked on {p}\. That proof counts (for that moment only|until {u})\.",
        "proven often": r"It was proven \d+ times that the measure worked on {p}\. .*",
        "observing": r"Since {w} the emergency measure only watches\. It does not stop the attack on {p}\.",
        "observing ended": _WATCHED + r" That lasted (no longer than a minute|until {u})\.",
        "observing often": r"On \d+ occasions the emergency measure only watched\. It did not stop the attack on {p} then\..*",
        "taken_off": r"On {w} we took the emergency measure off {p}\.",
        "taken_off ended": r"On {w} we took the emergency measure off {p}\. (That lasted no longer than a minute|It stopped nothing there until {u})\.",
        "taken_off often": r"We took the emergency measure off {p} \d+ times\..*",
        "removed": r"On {w} we took the emergency measure off {p}\. It was not needed any more\.",
        "ineffective": r"The emergency measure does not work on {p}\.",
        "ineffective ended": r"The emergency measure did not work on {p}\. That lasted until {u}\.",
        "reduces": r"The emergency measure does not stop every attack on {p}\. The vendor said so on {w}\.",
        "reduces ended": r"The emergency measure did not stop every attack on {p}\. That lasted until {u}\.",
        "stop_gap": r"The emergency measure on {p} is our own, not the vendor's\. It stops the attack that we know\. Another attack may succeed\.",
        "stop_gap ended": r"The emergency measure on {p} was our own, not the vendor's\. Another attack could succeed\. That lasted until {u}\.",
        "fixed": r"The corrected version of the vendor is on {p}\. That has been so since {w}, or longer\.",
        "no_traces": r"We looked at the logs of {p} back to {w}\. We found no traces of this attack in them\.",
        "not_proven": r"We have no proof yet that the emergency measure works on {p}\.",
        "not_proven ended": r"We have no proof that the emergency measure worked on {p}\. Since {u} it is no longer needed\.",
    },
    "unknown": {
        "not_known": r"We do not know yet how things stand with {p}\.",
        "shown_as_off": r"Access through {p} seems to be switched off\. .*",
        "access_not_known": r"We do not know whether access through {p} is open now\.",
        "management_not_known": r"We manage {p} through a separate access\. Since {w} we do not know how things stand there\.",
        "management_not_known ended": r"We manage {p} through a separate access\. From {w} on we did not know how things stood there\. That lasted until {u}\.",
        "management_not_known often": r"We manage {p} through a separate access\. We did not know \d+ times how things stood there\..*",
        "traces_unclear": r"We found traces on {p}\. .*",
        "not_searched": r"We have not yet searched everything for traces of an attack on {p}\.",
        "logs_too_short": r"(The logs of {p} go back to {w}\.|We do not know how far back the logs of {q} go\.) .*",
    },
    "decide": {
        "decide_reopen": r"Do you want to open access through {p} again\? Tell us before {w}\.",
        "decide_recovery": r"We make a recovery plan with you for {p}\. Give us your approval before {w}\.",
        "nothing_to_decide": r"You need not do or decide anything at the moment\.",
    },
    "next": {"next_message": r"You hear from us again on {w}\. .*"},
}
_BOTH = ("not_proven", "not_proven ended")
"""What is told under either heading."""
_PLACES, _MOMENT = (
    r"(?P<{}>(?:part of )?[\w -]+?(?:, [\w -]+?)*?(?: and [\w -]+?)?)",
    r"(?P<{}>[^.]+?|a day that we do not know)",
)
_GROUPS = {"p": _PLACES.format("place"), "q": _PLACES.format("other"), "w": _MOMENT.format("when")}
_GROUPS |= {"x": _MOMENT.format("later"), "u": _MOMENT.format("until"), "e": r"(?P<entry>[\w-]+)"}
_MORE = r"(?: They are: (?P<names>[^.]+)\.)?(?: That part is: (?P<part>[^.]+)\.)?"


def _compiled(form: str) -> re.Pattern[str]:
    for name, group in _GROUPS.items():
        form = form.replace(f"{{{name}}}", group)
    numbers = count()
    form = re.sub(r"\.\*", lambda _found: f"(?P<tail{next(numbers)}>.*?)", form)  # leaves the names at the end alone
    return re.compile(f"{form}{_MORE}")


_COMPILED = {part: {kind: _compiled(form) for kind, form in forms.items()} for part, forms in FORMS.items()}
_EN, _NL = (
    (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
    (
        "januari",
        "februari",
        "maart",
        "april",
        "mei",
        "juni",
        "juli",
        "augustus",
        "september",
        "oktober",
        "november",
        "december",
    ),
)
_DATED = {
    language: re.compile(rf"(\d{{1,2}}) ({'|'.join(months)}) (\d{{4}})(?: (?:at|om) (\d\d)[:.](\d\d))?")
    for language, months in (("en", _EN), ("nl", _NL))
}
_OFTEN = " often"
_BRIEFLY = ("proven", "protection_ended", "observing", "taken_off")
"""What is told in other words where it began and ended in the same minute."""
_BRIEF = re.compile(r"no longer than a minute|for that moment only")


_ABOUT = re.compile(r" This is about (CVE-[\d-]+)\.")
"""Of which of several weaknesses a line is."""


@dataclass(frozen=True)
class Line:
    """A line of a letter in English.

    :ivar kind: of the facts that it tells; ended: they are over; often: it tells several times
    :ivar tails: the sentences behind the first
    """

    text: str
    part: str
    kind: str
    form: str
    places: frozenset[str]
    when: str
    until: str
    entry: str
    tails: tuple[str, ...] = ()


def wrong_letters(held: Held) -> Iterator[str]:
    """Yield what a letter says that no fact says, what it leaves out, and where its languages differ."""
    for customer, text in held.found.letters.items():
        for why in _of_a_letter(held, customer, text):
            yield f"the letter of {customer}: {why}"


def _of_a_letter(held: Held, customer: str, text: str) -> Iterator[str]:
    dutch, english = _languages(text)
    parts = _parts(english, 0)
    yield from _heads(held, customer, dutch, english)
    yield from _languages_differ(parts, _parts(dutch, 1))
    lines, unread = lines_of(parts)
    yield from (f"no form of a sentence has {one}" for one in unread)
    entries = {one.entry for one in held.found.facts[customer].facts if one.entry}
    if len(entries) == 1 and (about := [line for line in english if _ABOUT.search(line)]):
        yield f"it is about one weakness, and says of which a line is: {about[0]}"
    facts = told_facts(held.found.facts[customer])
    yield from _left_out(facts, lines)
    yield from _made_up(facts, lines)
    yield from out_of_order(lines)
    yield from _contact(parts)


def _languages(text: str) -> tuple[list[str], list[str]]:
    lines = text.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("Message "))
    return lines[:start], lines[start:]


def _parts(lines: Sequence[str], language: int) -> dict[str, list[str]]:
    """Return by part its lines, in their order; "" has what stands in front of the first."""
    named = {headings[language]: part for part, headings in _HEADINGS.items()}
    found: dict[str, list[str]] = {"": []}
    part, number = "", 0
    for line in filter(None, lines):
        match = re.match(r"(\d+)\. (.+)$", line)
        if match and match[2] in named:
            number += 1
            part = named[match[2]] if int(match[1]) == number else f"{named[match[2]]} is number {match[1]}"
            found[part] = []
        else:
            found[part].append(line)
    return found


def _heads(held: Held, customer: str, dutch: Sequence[str], english: Sequence[str]) -> Iterator[str]:
    here = held.found.at.astimezone(HERE)
    wanted = (
        (english, "en", ("Message 1 about your access from outside", f"To: {customer}", "Message: 1"), "Date: "),
        (dutch, "nl", ("Bericht 1 over uw toegang van buiten", f"Aan: {customer}", "Bericht: 1"), "Datum: "),
    )
    for lines, language, heads, dated in wanted:
        if missing := [one for one in heads if one not in lines]:
            yield f"it lacks {missing[0]}"
        moments = [*_moments(next((one for one in lines if one.startswith(dated)), ""), language)]
        if moments != [here.replace(second=0, microsecond=0, tzinfo=None)]:
            yield f"it is dated {moments}, in place of {here}"


def _languages_differ(english: Mapping[str, Sequence[str]], dutch: Mapping[str, Sequence[str]]) -> Iterator[str]:
    if [*english] != [*dutch] or [*english][1:] != [one for one in _HEADINGS if one in english]:
        yield f"its parts are {[*english]} and {[*dutch]}"
        return
    for part, lines in english.items():
        if len(lines) != len(dutch[part]):
            yield f"{part} has {len(lines)} lines in English, and {len(dutch[part])} in Dutch"
            continue
        for one, other in zip(lines, dutch[part], strict=True):
            if one.count("at the latest") != other.count("uiterlijk"):
                yield f"one of its languages alone says at the latest: {one} / {other}"
            if [*_moments(one, "en")] != [*_moments(other, "nl")]:
                yield f"its languages name different times: {one} / {other}"


def _moments(text: str, language: str) -> Iterator[date | datetime]:
    """Yield the days and times that a text names, as it names them."""
    months = _EN if language == "en" else _NL
    for day, month, year, hour, minute in _DATED[language].findall(text):
        found = date(int(year), months.index(month) + 1, int(day))
        yield datetime(found.year, found.month, found.day, int(hour), int(minute)) if hour else found  # noqa: DTZ001 -- as it is written


def lines_of(parts: Mapping[str, Sequence[str]]) -> tuple[list[Line], list[str]]:
    found, unread = [], []
    for part, lines in parts.items():
        for whole in lines if part not in ("", "contact") else ():
            about = _ABOUT.search(whole)
            text = _ABOUT.sub("", whole)
            match = next(
                (
                    (kind, one)
                    for kind, form in _COMPILED.get(part, {}).items()
                    if (one := form.fullmatch(text)) is not None
                ),
                None,
            ) or _of_either(part, text)
            if match is None:
                unread.append(f"{part}: {whole}")
                continue
            kind, one = match
            group = one.groupdict()
            tails = tuple(text for name, text in group.items() if name.startswith("tail") and text)
            unread += [f"{part}: {rest}, of {whole}" for text in tails if (rest := tail_sentences.unread(text))]
            names = group.get("names") or group.get("place") or group.get("other") or ""
            when, until = group.get("when") or group.get("later") or "", group.get("until") or ""
            places = frozenset(filter(None, re.split(r", | and ", names.removeprefix("part of "))))
            word, _space, form = kind.partition(" ")
            entry = group.get("entry") or (about[1] if about else "")
            found.append(Line(text, part, word, form, places, when, until, entry, tails))
    return found, unread


def _of_either(part: str, text: str) -> tuple[str, re.Match[str]] | None:
    if part != "unknown":
        return None
    forms = ((kind, _COMPILED["done"][kind].fullmatch(text)) for kind in _BOTH)
    return next(((kind, match) for kind, match in forms if match), None)


def _left_out(facts: Iterable[Any], lines: Sequence[Line]) -> Iterator[str]:
    """Each fact has a line of its kind that names its service, and its times where it tells of no more than one."""
    for fact in facts:
        near = [one for one in lines if one.kind == fact.kind and (not fact.place or fact.place in one.places)]
        if not any(_tells(one, fact) for one in near):
            yield f"it does not say {fact.kind} {fact.place} of {fact.when} until {fact.until}"


def _tells(line: Line, fact: Any) -> bool:
    if line.form == "often":
        return fact.until is not None or fact.kind in ("put_back", "proven")
    is_over = fact.until is not None and fact.kind not in ("mitigated", "put_back", "fixed")
    if (line.form == "ended") is not is_over and fact.kind != "proven":
        return False
    if line.when and fact.when is not None and [*_moments(line.when, "en")] != [_shown(fact.when)]:
        return False
    if line.when and fact.when is None and line.when != "a day that we do not know":
        return False
    if line.form == "ended" and line.kind in _BRIEFLY and bool(_BRIEF.search(line.text)) is not _is_brief(fact):
        return False
    if (
        line.until
        and fact.until is not None
        and not fact.undated_end
        and [*_moments(line.until, "en")] != [_shown(fact.until)]
    ):
        return False
    if line.until and line.until.endswith(" at the latest") is not bool(fact.latest_end):
        return False
    if [*tail_sentences.wrong_of(line.tails, fact)]:
        return False
    return not line.entry or line.entry == fact.entry


def _is_brief(fact: Any) -> bool:
    """Return whether a time began and ended in the same minute."""
    dated = isinstance(fact.when, datetime) and isinstance(fact.until, datetime) and not fact.undated_end
    return dated and _shown(fact.when) == _shown(fact.until)


def _shown(moment: date | datetime) -> date | datetime:
    """Return a time as a letter shows it: where the customer is, without seconds."""
    if not isinstance(moment, datetime):
        return moment
    return moment.astimezone(HERE).replace(second=0, microsecond=0, tzinfo=None)


def _made_up(facts: Sequence[Any], lines: Sequence[Line]) -> Iterator[str]:
    for line in lines:
        own = [one for one in facts if one.kind == line.kind]
        for place in line.places or {""}:
            if not any(one.place in (place, "") and _tells(line, one) for one in own):
                yield f"no fact says {line.text}"
                break


def out_of_order(lines: Sequence[Line]) -> Iterator[str]:
    """What was done is told in the order in which it was done, all else by what it is about; of one service the older comes first."""
    yield from (
        f"it tells {one.text} in front of {other.text}"
        for one, other in pairwise(lines)
        if one.part == other.part != "done" and _is_told_first(other, one)
    )
    times = [
        moments[0]
        for one in lines
        if one.part == "done" and one.form != "often" and one.kind != "reduces"
        if (moments := [*_moments(one.when, "en")])
    ]
    if any(_late(later) < _early(earlier) for earlier, later in pairwise(times)):
        yield f"what was done is not told in its order: {times}"
    put = [(n, one) for n, one in enumerate(lines) if (one.kind, one.form) == ("mitigated", "")]
    for number, one in put:
        if any(
            other.kind == "proven" and other.when == one.when and other.places == one.places for other in lines[:number]
        ):
            yield f"the proof is told before what it proves: {one.text}"


def _is_told_first(one: Line, other: Line) -> bool:
    """Return whether a line stands in front of another of its part: by its kind, the first service that it names, and its time, where both are known."""
    kinds = [kind.partition(" ")[0] for kind in FORMS[one.part]]
    keys = [
        (kinds.index(line.kind) if line.kind in kinds else -1, min(line.places, default="")) for line in (one, other)
    ]
    times = [[] if line.form == "often" else [*_moments(line.when, "en")][:1] for line in (one, other)]
    if keys[0] != keys[1] or not all(times):
        return keys[0] < keys[1]
    return _late(times[0][0]) < _early(times[1][0])


def _early(moment: date | datetime) -> datetime:
    return moment if isinstance(moment, datetime) else datetime(moment.year, moment.month, moment.day)  # noqa: DTZ001


def _late(moment: date | datetime) -> datetime:
    return moment if isinstance(moment, datetime) else _early(moment) + timedelta(days=1)


def _contact(parts: Mapping[str, Sequence[str]]) -> Iterator[str]:
    wanted = ("S. Bakker", "+31 20 555 0199", "s.bakker@provider.example")
    if not all(one in " ".join(parts.get("contact", ())) for one in wanted):
        yield f"it names nobody to call: {parts.get('contact')}"
