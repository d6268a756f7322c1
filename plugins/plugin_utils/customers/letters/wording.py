# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The sentences of a language: a table in ``templates/letters/<language>.yml``, rendered by a sandbox that knows nothing but the values of one fact."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import jinja2
import yaml
from jinja2.sandbox import ImmutableSandboxedEnvironment

from ...catalogue.bounded_yaml import read_yaml
from ...foundation.errors import InvalidInput
from ...judgement.course.loss import LossCause
from .facts import BY_RUNS, LASTING, REPEATED, WEAKNESSES, Fact, FactKind, Moment, Proof, Tlp, shown_name
from .plain_language import problems_of
from .repeated import MOST_LISTED, times_of, whole_time

ENDED = "_ended"
"""The end of the name of the sentence about a fact that has an end."""
OFTEN = "_often"
"""The end of the name of the sentence about a fact that was so several times."""
MOST_NAMES = 3
"""The most services that a sentence names; the names of more follow it in a list."""
SENTENCES = (
    *map(str, FactKind),
    *(f"{kind}{ENDED}" for kind in LASTING),
    *(f"{kind}{OFTEN}" for kind in REPEATED),
)
PARTS = ("matter", "meaning", "done", "unknown", "decide", "next", "contact")
"""The seven parts of a letter, in order; see ``docs/how-to/letters.md``."""
WORDS = (
    *(
        "subject",
        "to",
        "date",
        "number",
        "label",
        "replaces",
        "corrections",
        "doubted",
        "wrote",
        "left_out",
        "since",
        "unconfirmed",
    ),
    *(
        "all_services",
        "and",
        "several",
        "namely",
        "part_of",
        "part_is",
        "about",
        "contact",
        "day",
        "moment",
        "unknown_day",
        "month",
        "at_latest",
    ),
    *(
        "times",
        "more_times",
        "first_and_last",
        "span",
        "span_of_a_day",
        "brief_span",
        "altogether",
        "brief",
        "duration",
    ),
)
TABLES: Mapping[str, tuple[str, ...]] = {
    "words": WORDS,
    "headings": PARTS,
    "labels": tuple(str(label) for label in Tlp if label.is_for_clients),
    "proofs": tuple(map(str, Proof)),
    "causes": tuple(map(str, LossCause)),
    "sentences": SENTENCES,
}


@dataclass(frozen=True)
class Wording:
    """A language with its sentences.

    :ivar tables: by table and key, the template
    :ivar zone: the time zone of the dates in a letter
    """

    language: str
    zone: tzinfo
    months: tuple[str, ...]
    tables: Mapping[str, Mapping[str, jinja2.Template]] = field(hash=False, repr=False)

    def text(self, table: str, key: str, **values: object) -> str:
        """Return a text of a table with its values.

        :raises InvalidInput: where the template uses a value that there is not
        """
        try:
            return self.tables[table][key].render(values).strip()
        except jinja2.TemplateError as error:
            raise InvalidInput(
                f"templates/letters/{self.language}.yml: {table}: {key}: {error.message}. Correct the template."
            ) from error

    def moment(self, moment: Moment) -> str:
        """Return a day or a time, written out: "17 januari 2020 om 14.00 uur"."""
        local = moment.astimezone(self.zone) if isinstance(moment, datetime) else moment
        day = self.text("words", "day", day=local.day, month=self.months[local.month - 1], year=local.year)
        if not isinstance(local, datetime):
            return day
        return self.text("words", "moment", day=day, hour=f"{local.hour:02}", minute=f"{local.minute:02}")

    def sentence(self, fact: Fact, *alike: Fact, name_entry: bool = False) -> str:
        """Return what a letter says about a fact: one sentence, or a few.

        :param alike: facts of which a letter says the same, but of other services, or of other times that are over
        :param name_entry: say which weakness it is about
        """
        places = tuple(dict.fromkeys(shown_name(one.place) for one in (fact, *alike)))
        times = times_of([one for one in (fact, *alike) if one.place == fact.place])
        is_often, is_over = len(times) > 1, fact.until is not None
        key = f"{fact.kind}{OFTEN if is_often else ENDED if is_over else ''}"
        named = self._names(places) or self.text("words", "all_services")
        values: dict[str, Any] = {
            "place": self.text("words", "part_of", place=named) if fact.part else named,
            "entry": shown_name(fact.entry),
            "when": self._begun(fact),
            "month": fact.month,
            "until": self._ended(fact),
            "brief": self._is_brief(fact),
            "by": shown_name(fact.by),
            "proof": self.text("proofs", str(fact.proof)) if fact.proof is not None else "",
            "cause": self.text("causes", str(fact.cause), over=is_over) if fact.cause is not None else "",
            "dated": fact.cause is not None and fact.cause.is_dated and not fact.undated,
            "known": fact.cause is not LossCause.NOT_KNOWN,
            "count": len(times) if is_often else fact.count,
        }
        text = self.text("sentences", key, **values)
        if is_often:
            text = f"{text} {self._listed(times)}"
        text = text[:1].upper() + text[1:]
        if len(places) > MOST_NAMES:
            text = f"{text} {self.text('words', 'namely', places=self._joined(places))}"
        if fact.part:
            text = f"{text} {self.text('words', 'part_is', part=shown_name(fact.part))}"
        if name_entry and fact.entry and fact.kind not in WEAKNESSES:
            text = f"{text} {self.text('words', 'about', entry=values['entry'])}"
        return text

    def _is_brief(self, fact: Fact) -> bool:
        """Return True if a time began and ended in the same minute."""
        if fact.undated_end or not isinstance(fact.when, datetime) or not isinstance(fact.until, datetime):
            return False
        return self.moment(fact.when) == self.moment(fact.until)

    def _listed(self, times: Sequence[Fact]) -> str:
        """Return from when to when each of several times was, and how long they were together; of what happened at a moment, the first and the last."""
        first, last = times[0], times[-1]
        if first.kind in (FactKind.PUT_BACK, FactKind.PROVEN):  # what was between them is listed
            return self.text("words", "first_and_last", first=self._begun(first), last=self._begun(last))
        shown = [*self._spans(times[:MOST_LISTED])]
        more, total = len(times) - len(shown), whole_time(times)
        texts = [self.text("words", "times", times=", ".join(shown) if more else self._joined(shown))]
        if more:
            texts.append(self.text("words", "more_times", count=more, until=self._ended(last)))
        if total is not None:
            dated = (first.cause is None or first.cause.is_dated) and not any(one.latest_end for one in times)
            texts.append(self.text("words", "altogether", total=self._duration(total), dated=dated))
        return " ".join(texts)

    def _begun(self, fact: Fact) -> str:
        """Return when it was: the month where no source knows more; of what a run did with a wrong clock, that nobody knows the day."""
        if fact.month and fact.when is not None:
            return self.text("words", "month", month=self.months[fact.when.month - 1], year=fact.when.year)
        unknown = fact.kind in BY_RUNS and fact.when is None
        return self.text("words", "unknown_day") if unknown else self._at(fact.when)

    def _ended(self, fact: Fact) -> str:
        """Return until when it was so, at the latest where that was found; where a run with a wrong clock ended it, that nobody knows the day."""
        if fact.undated_end:
            return self.text("words", "unknown_day")
        return self.text("words", "at_latest", when=self._at(fact.until)) if fact.latest_end else self._at(fact.until)

    def _at(self, moment: Moment | None) -> str:
        return self.moment(moment) if moment is not None else ""

    def _spans(self, times: Iterable[Fact]) -> Iterator[str]:
        """Yield times that are over, such as "17 januari 2020 van 14.00 tot 15.30 uur"; the day is said once."""
        said: date | None = None
        for one in times:
            begin, end = (
                moment.astimezone(self.zone) if isinstance(moment, datetime) else None
                for moment in (one.when, one.until)
            )
            if begin is None or end is None or begin.date() != end.date() or one.undated_end or one.latest_end:
                said = None
                yield self.text("words", "span", when=self._begun(one), until=self._ended(one))
                continue
            clock = {"hour": f"{begin.hour:02}", "minute": f"{begin.minute:02}"}
            clock |= {"end_hour": f"{end.hour:02}", "end_minute": f"{end.minute:02}"}
            key = "brief_span" if self._is_brief(one) else "span_of_a_day"
            yield self.text("words", key, day="" if said == begin.date() else self.moment(begin.date()), **clock)
            said = begin.date()

    def _duration(self, total: timedelta) -> str:
        """Return a duration in words, rounded up to whole minutes."""
        minutes = -(-int(total.total_seconds()) // 60)
        if minutes <= 1:
            return self.text("words", "brief")
        days, hours = minutes // (24 * 60), minutes // 60 % 24
        parts = [
            self.text("words", "duration", count=n, unit=unit)
            for n, unit in ((days, "day"), (hours, "hour"), (minutes % 60, "minute"))
            if n
        ]
        return self._joined(parts)

    def _names(self, places: Sequence[str]) -> str:
        if len(places) > MOST_NAMES:
            return self.text("words", "several", count=len(places))
        return self._joined(places)

    def _joined(self, names: Sequence[str]) -> str:
        """Return the names as "a, b and c"."""
        *first, last = names
        return f"{', '.join(first)} {self.text('words', 'and')} {last}" if first else last


def read_wording(language: str, directories: tuple[Path, ...], zone: tzinfo) -> Wording:
    """Return a language of the first directory that has its file.

    :raises InvalidInput: where the file is not valid, lacks a text, or has words that no letter may have; it names the file, the text and the fix
    """
    path = next(
        (directory / f"{language}.yml" for directory in directories if (directory / f"{language}.yml").is_file()), None
    )
    if path is None:
        raise InvalidInput(f"no directory of letter templates has {language}.yml: add it, or name another directory")
    try:
        values = read_yaml(path)
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise InvalidInput(f"{path}: {error}. Correct the file.") from error
    tables = {table: _texts(path, values, table, keys) for table, keys in TABLES.items()}
    months = values.get("months")
    if not isinstance(months, list) or len(months) != 12 or not all(isinstance(month, str) for month in months):
        raise InvalidInput(f"{path}: months must be a list of the 12 names of the months")
    for table, texts in tables.items():
        for key, text in texts.items():
            problems = problems_of(text, language)
            if problems:
                raise InvalidInput(f"{path}: {table}: {key}: {problems[0]}. Write it in other words.")
    environment = ImmutableSandboxedEnvironment(undefined=jinja2.StrictUndefined, autoescape=False)
    return Wording(
        language,
        zone,
        tuple(months),
        {
            table: {key: _compiled(path, environment, key, text) for key, text in texts.items()}
            for table, texts in tables.items()
        },
    )


def _texts(path: Path, values: Any, table: str, keys: tuple[str, ...]) -> dict[str, str]:
    texts = values.get(table) if isinstance(values, Mapping) else None
    if not isinstance(texts, Mapping) or not all(isinstance(text, str) for text in texts.values()):
        raise InvalidInput(f"{path}: {table} must be a mapping of texts")
    missing, unknown = [key for key in keys if key not in texts], [key for key in texts if key not in keys]
    if missing or unknown:
        problem = f"lacks {missing[0]}" if missing else f"has an unknown key {unknown[0]!r}"
        raise InvalidInput(f"{path}: {table} {problem} (all keys: {', '.join(keys)})")
    return dict(texts)


def _compiled(path: Path, environment: jinja2.Environment, key: str, text: str) -> jinja2.Template:
    try:
        return environment.from_string(text)
    except jinja2.TemplateSyntaxError as error:
        raise InvalidInput(f"{path}: {key}: {error.message}. Correct the template.") from error
