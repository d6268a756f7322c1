# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads letters back: each sentence becomes a statement with its values. The grammar is made of the tables of sentences, and of nothing of the engine.

What is no sentence of the tables becomes a statement of the kind "", which no check accepts.
"""

from __future__ import annotations

import html
import itertools
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from email import policy
from email.parser import BytesParser
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jinja2
import yaml

from tests.diary.statements import Statement

TABLES = Path(__file__).parents[2] / "templates" / "letters"
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
PLAIN = {"place": r"\S+", "count": r"\d+", "entry": r"CVE-[\d-]+", "by": r".+?"}
MOMENTS = ("when", "until")
FLAGS = ("brief", "dated", "known")
CAUSE = "cause_"


def _flags_of(text: str) -> Iterator[dict[str, bool]]:
    """Yield the values of what decides in a template which words it has."""
    asked = re.findall(r"{% (?:el)?if (\w+) %}", text)
    names = [name for name in FLAGS if name in asked]
    for values in itertools.product((True, False), repeat=len(names)):
        yield dict(zip(names, values, strict=True))


class Language:
    """The sentences of a language as regular expressions."""

    def __init__(self, name: str) -> None:
        values = yaml.safe_load((TABLES / f"{name}.yml").read_text(encoding="utf-8"))
        self.months = {month: number for number, month in enumerate(values["months"], 1)}
        self.words, self.headings, self.labels = values["words"], values["headings"], values["labels"]
        months = "|".join(self.months)
        day = rf"\d{{1,2}} (?:{months}) \d{{4}}"
        clock = {"day": day, "hour": r"\d\d", "minute": r"\d\d"}
        self.moment = rf"(?:{self.pattern(self.words['moment'], clock)}|{day})"
        self._day = re.compile(rf"(\d{{1,2}}) ({months}) (\d{{4}})(?:\D+(\d\d)[.:](\d\d).*)?")
        proofs = "|".join(f"(?P<{key}>{re.escape(text)})" for key, text in values["proofs"].items())
        groups = {name: f"(?P<{name}>{regex})" for name, regex in PLAIN.items()}
        groups |= {name: f"(?P<{name}>{self.moment})" for name in MOMENTS} | {"proof": f"(?:{proofs})"}
        head, _when, tail = (re.escape(one) for one in self.words["at_latest"].partition("{{ when }}"))
        latest = (rf"(?P<latest>{head})?", "") if head else ("", rf"(?P<latest>{tail})?")
        groups["until"] = f"{latest[0]}{groups['until']}{latest[1]}"
        self.several = re.compile(self.pattern(self.words["several"], {"count": r"(\d+)"}))
        self.namely = re.compile("(?P<said>.+) " + self.pattern(self.words["namely"], {"places": "(?P<places>.+)"}))
        several = self.pattern(self.words["several"], {"count": r"\d+"})
        names = rf"\S+?(?:, \S+?)*?(?: {self.words['and']} \S+?)?"
        of = re.escape(self.words["part_of"].partition("{{")[0])
        self.part_is = re.compile("(?P<said>.+) " + self.pattern(self.words["part_is"], {"part": "(?P<part>.+)"}))
        groups["place"] = rf"(?P<of>{of})?(?P<place>{names}|{re.escape(self.words['all_services'])}|{several})"
        self.proofs, self.causes = tuple(values["proofs"]), tuple(values["causes"])
        causes = (
            f"(?P<{CAUSE}{key}>{'|'.join(re.escape(jinja2.Template(text).render(over=over)) for over in (False, True))})"
            for key, text in values["causes"].items()
        )
        groups["cause"] = f"(?:{'|'.join(causes)})"
        self.sentences = [
            (kind, flags, re.compile(self.pattern(text.strip(), {**groups, **empty}, flags)))
            for kind, text in values["sentences"].items()
            for empty in ({}, {"when": ""}, {"cause": ""})
            for flags in _flags_of(text)
            if all(f"{{% if {name} %}}" in text for name in empty)
        ]
        self.header = {
            name: re.compile(self.pattern(self.words[name], {"number": r"(?P<number>\d+)", "when": groups["when"]}))
            for name in ("replaces", "wrote", "since", "unconfirmed", "subject")
        }

    @staticmethod
    def pattern(template: str, groups: dict[str, str], flags: dict[str, bool] | None = None) -> str:
        """Return the regular expression of what a template can yield."""
        marks: dict[str, Any] = {name: f"<{name}>" if regex else "" for name, regex in groups.items()} | (flags or {})
        text: str = re.escape(jinja2.Template(template).render(marks))
        for name, regex in groups.items():
            text = text.replace(re.escape(f"<{name}>"), regex)
        return text.replace(r"\ ", r"\s+")

    def time(self, text: str) -> date | datetime:
        """Return the day or the time that a text says."""
        found = self._day.fullmatch(text)
        assert found, text
        day, month, year, hour, minute = found.groups()
        if hour is None:
            return date(int(year), self.months[month], int(day))
        local = datetime(int(year), self.months[month], int(day), int(hour), int(minute), tzinfo=AMSTERDAM)
        return local.astimezone(UTC)

    def read_all(self, text: str) -> list[tuple[str, dict[str, Any]]]:
        """Return the kind and the values of a sentence for each service that it names."""
        part = self.part_is.fullmatch(text)
        text = part["said"] if part else text
        listed = self.namely.fullmatch(text)
        kind, values = self.read(listed["said"] if listed else text)
        if bool(values.pop("of", "")) != bool(part):
            return [("", {})]
        values |= {"part": part["part"]} if part else {}
        if "place" not in values or values["place"] == self.words["all_services"]:
            return [(kind, values)]
        count = self.several.fullmatch(values["place"])
        names = re.split(rf", | {self.words['and']} ", listed["places"] if listed else values["place"])
        if bool(count) != bool(listed) or (count and int(count[1]) != len(names)):
            return [("", {})]
        return [(kind, {**values, "place": name}) for name in names]

    def read(self, text: str) -> tuple[str, dict[str, Any]]:
        """Return the kind and the values of a sentence; "" and nothing where it is none."""
        for kind, flags, regex in self.sentences:
            if found := regex.fullmatch(text):
                values: dict[str, Any] = {name: value for name, value in found.groupdict().items() if value is not None}
                for name in MOMENTS:
                    if name in values:
                        values[name] = self.time(values[name])
                proof = next((name for name in self.proofs if values.pop(name, None)), None)
                cause = next((name for name in self.causes if values.pop(f"{CAUSE}{name}", None)), None)
                values |= {**({"proof": proof} if proof else {}), **({"cause": cause} if cause else {}), **flags}
                return kind.removesuffix("_ended"), values
        return "", {}


@cache
def language(name: str) -> Language:
    return Language(name)


def read_letter(path: Path, customer: str, sender: dict[str, str]) -> Iterator[Statement]:
    """Yield the statements of a letter as text.

    :param customer: for whom the directory is
    """
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    letter = Letter(path, customer, language(path.name.split(".")[1]), lines)
    yield from letter.head()
    yield from letter.body(sender)


class Letter:
    """A letter while it is read.

    :ivar number: by its name
    """

    def __init__(self, path: Path, customer: str, own: Language, lines: list[str]) -> None:
        self.path, self.customer, self.own, self.lines = path, customer, own, lines
        self.number = int(path.name.split(".")[0].rpartition("-")[2])
        written = own.time(lines[2].partition(": ")[2])
        assert isinstance(written, datetime)
        self.written = written
        self.quoting = 0
        self.quoted: list[Statement] = []

    def statement(self, kind: str, text: str, **values: Any) -> Statement:
        """Return a statement of this letter. Its time is the end of its minute, since a letter shows minutes."""
        return Statement(self.path.name, text, kind, self.written + timedelta(seconds=59), self.customer, values)

    def _of_head(self, key: str, text: str) -> str:
        prefix = f"{self.own.words[key]}: "
        return text.removeprefix(prefix) if text.startswith(prefix) else ""

    def head(self) -> Iterator[Statement]:
        """Yield what the first five lines say."""
        subject, to, date_, number, label = self.lines[:5]
        found = self.own.header["subject"].fullmatch(subject)
        yield self.statement("number_of", subject, number=self.number, said=found and int(found[1]))
        yield self.statement("to", to, name=self._of_head("to", to))
        yield self.statement("written", date_, when=self.written)
        yield self.statement("number_of", number, number=self.number, said=int(self._of_head("number", number)))
        yield self.statement("label", label, label=self._of_head("label", label), known=[*self.own.labels.values()])

    def body(self, sender: dict[str, str]) -> Iterator[Statement]:
        """Yield what the rest says, and that each part of it is there."""
        above = [self.own.words[key] for key in ("corrections", "doubted")]
        silent = (*above, *("-" * len(one) for one in above))
        contact = jinja2.Template(self.own.words["contact"]).render(sender)
        headings = [*self.own.headings.values()]
        for line in (line.strip() for line in self.lines[5:]):
            found = re.fullmatch(r"\d\. (.+)", line)
            if found and found[1] in headings:  # a part without a sentence has none
                headings = headings[headings.index(found[1]) + 1 :]
            elif line == contact:
                yield self.statement("contact", line)
            elif line not in silent:
                yield from self._of_line(line)
        if headings:
            yield self.statement("", f"the part {headings[-1]!r} is missing")

    def _of_line(self, line: str) -> Iterator[Statement]:
        """Yield what a line about a letter before says, or a sentence of the tables: a statement for each service."""
        if found := self.own.header["replaces"].fullmatch(line):
            yield self.statement(
                "replaces", line, number=int(found["number"]), when=self.own.time(found["when"]), own=self.number
            )
        elif found := self.own.header["wrote"].fullmatch(line):
            self.quoting, self.quoted = int(found["number"]), []
            yield self.statement("wrote", line, number=self.quoting, when=self.own.time(found["when"]))
        elif found := self.own.header["since"].fullmatch(line):
            yield self.statement("known_since", line, when=self.own.time(found["when"]))
        elif line == self.own.words["unconfirmed"]:
            yield self.statement("unconfirmed", line, quoted=tuple(self.quoted))
        elif line.startswith('"') and line.endswith('"'):
            about = {"number": self.quoting, "language": own_name(self.path)}
            for kind, values in self.own.read_all(line[1:-1]):
                self.quoted.append(self.statement(kind, line, **values))
                yield self.statement("quoted", line, said=self.quoted[-1], **about)
        else:
            for kind, values in self.own.read_all(line):
                yield self.statement(kind, line, **values)


def own_name(path: Path) -> str:
    return path.name.split(".")[1]


def sentences(text: str) -> list[str]:
    """Return the lines of a letter that say something, without numbers of parts and underlines."""
    found = [re.sub(r"^\d\. ", "", line.strip()).strip('"') for line in text.splitlines()]
    return [line for line in found if line and set(line) != {"-"}]


def page_text(page: str) -> list[str]:
    """Return the texts of a page, a line for each element that ends a line."""
    body = re.sub(r"<style>.*?</style>|<title>.*?</title>", "", page, flags=re.DOTALL)
    body = re.sub(r"</dt><dd>", ": ", body)
    lines = re.sub(r"</(?:p|h1|h2|dd|li|blockquote|section)>", "\n", body)
    return [line for line in sentences(html.unescape(re.sub(r"<[^>]+>", "", lines))) if line]


def mail_texts(data: bytes) -> dict[str, str]:
    """Return the parts of a mail by type, and its subject and recipients."""
    mail = BytesParser(policy=policy.default).parsebytes(data)
    parts = {part.get_content_type(): part.get_content() for part in mail.walk() if not part.is_multipart()}
    return {**parts, "to": str(mail["To"]), "from": str(mail["From"]), "subject": str(mail["Subject"])}
