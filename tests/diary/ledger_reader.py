# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads the exposure ledger back: each date, each answer with its reason, and the sentence for the customer."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from tests.diary.statements import Statement

ENTRY = "cve_2019_19781"
DATES = ("exploit_public", "mitigated", "proven", "closed", "reopened", "fixed")
_SAID = re.compile(r"(mitigated|proven only|proven|fixed|closed) (\d{4}-\d\d-\d\d \d\d:\d\d) UTC")
_DISPROVED = re.compile(r"record \S+: an attack passes at .+, so what was proven before does not count")
_OTHERWISE = re.compile(r"record (\d{8}T\d{6})\.\d+Z-\S+ found it otherwise than our runs left it")
_PUBLIC = re.compile(r"public (?:since |\()(\d{4}-\d\d-\d\d)")
_CLOSED = ("blijft dicht", "stays closed")


def moment(text: str) -> date | datetime | None:
    if not text:
        return None
    return date.fromisoformat(text) if len(text) == len("2020-01-17") else datetime.fromisoformat(text)


def read_ledger(directory: Path, at: datetime) -> Iterator[Statement]:
    """Yield the statements of ledger.json, and of ledger.csv that each cell is the same."""
    ledger = json.loads((directory / "ledger.json").read_text(encoding="utf-8"))
    lines = [*csv.DictReader(io.StringIO((directory / "ledger.csv").read_text(encoding="utf-8")))]
    rows = [
        (appliance, answer, row)
        for appliance, about in ledger["appliances"].items()
        for answer in about["answers"]
        for row in answer["rows"]
    ]
    about_all: dict[str, Any] = {"file": "ledger.csv", "at": at}
    yield Statement(
        kind="same", text="the number of lines", values={"said": len(lines), "elsewhere": len(rows)}, **about_all
    )
    for line, (appliance, _about, row) in zip(lines, rows, strict=False):
        for column, text in line.items():
            yield Statement(
                kind="same",
                text=f"{appliance}: {column}",
                values={"said": text, "elsewhere": _cell(row, column)},
                **about_all,
            )
    for appliance, answer, row in rows:
        yield from _row(appliance, answer, row, at)
    for appliance, about in ledger["appliances"].items():
        for answer in about["answers"]:
            yield from _answer(appliance, answer, at)


def _cell(row: Mapping[str, Any], column: str) -> str:
    if column in ("measure", "measure_reason"):
        return str(row["measure"]["reason" if column == "measure_reason" else "word"])
    if column in ("management", "management_reason"):
        return "".join(
            str(one["reason" if column == "management_reason" else "state"]) for one in row["management"][-1:]
        )
    if column in row and not isinstance(row[column], Mapping):
        value = row[column]
        texts = [one["text"] if isinstance(one, Mapping) else one for one in value] if isinstance(value, list) else None
        return "; ".join(texts) if texts is not None else "" if value is None else str(value)
    name = next(name for name in row if column in (name, f"{name}_source", f"{name}_confidence"))
    return str(row[name][column.removeprefix(name).removeprefix("_") or "time"])


def _row(appliance: str, answer: Mapping[str, Any], row: Mapping[str, Any], at: datetime) -> Iterator[Statement]:
    def statement(kind: str, **values: Any) -> Statement:
        text = f"{appliance}, {answer['customer']}: {kind} {values.get('when', values)}"
        return Statement("ledger.json", text, kind, at, answer["customer"], {"place": appliance, **values})

    if row["entry"] != ENTRY:
        yield statement(
            "another_weakness",
            entry=row["entry"],
            fixed=row["is_fixed"],
            measure=row["measure"]["word"],
            answer=row["answer"],
        )
        return
    for kind, values in contradictions(row):
        yield statement(kind, **values)
    for one in (*row["switched_off"], *row["closings"]):
        when, until = moment(one["closed"]["time"]), moment(one["reopened"]["time"])
        yield statement(
            "closed" if one["step"] == "off" else f"closed_{one['step']}",
            place=one["service"] or one["vserver"],
            when=when,
            **({"until": until} if until else {}),
        )
        texts = [one["vserver"], one["step"], *(f"{at_:%Y-%m-%d %H:%M}" for at_ in (when, until) if at_)]
        yield statement("same", said=[text for text in texts if text in one["text"]], elsewhere=texts)
    fixed = moment(row["fixed"]["time"]) if row["is_fixed"] else None
    yield statement("measure_word", word=row["measure"]["word"], until=fixed)
    yield statement("same", said=(row["appliance"], row["customer"]), elsewhere=(appliance, answer["customer"]))
    for name in DATES:
        when = moment(row[name]["time"])
        if when is not None:
            ended = {"until": moment(row["reopened"]["time"])} if name == "closed" else {}
            yield statement(name, when=when, **ended)
    if exposed := moment(row["exposed_from"]["time"]):
        ends = [end for name in ("proven", "fixed") if (end := moment(row[name]["time"])) is not None]
        closed = moment(row["closed"]["time"]) if row["whole_closed"] else None
        until = min((end for end in (*ends, closed) if isinstance(end, datetime)), default=None)
        yield statement("exposed", when=exposed, until=until)
    if (hunt := moment(row["hunt"]["time"])) is not None:
        yield statement("hunt", when=hunt, outcome=row["hunt_outcome"])
    if (begins := moment(row["logs_from"]["time"])) is not None:
        yield statement("logs_too_short", when=begins)
    yield statement("answer", answer=row["answer"])


def contradictions(row: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield kind and values of each contradiction of a row: "" as the kind of what nobody can read."""
    found_out = moment(row["disproved"]["time"])
    for text in row["conflicts"]:
        if otherwise := _OTHERWISE.fullmatch(text):
            when = datetime.strptime(otherwise[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
            yield "found_otherwise", {"when": when}
        elif found_out is None or not _DISPROVED.fullmatch(text):
            yield "", {"conflicts": [text]}
    if found_out is not None:
        yield "disproved", {"when": found_out}


def _answer(appliance: str, answer: Mapping[str, Any], at: datetime) -> Iterator[Statement]:
    about: dict[str, Any] = {"file": "ledger.json", "at": at, "customer": answer["customer"]}
    place = {"place": appliance}
    yield Statement(kind="answer", text=answer["text"], values={**place, "answer": answer["answer"]}, **about)
    yield Statement(
        kind="same",
        text=answer["text"],
        values={"said": answer["text"].partition(":")[0], "elsewhere": answer["customer"]},
        **about,
    )
    yield from read_text(appliance, answer["customer"], answer["text"], at)
    for text in answer["sentences"].values():
        if any(words in text for words in _CLOSED):
            yield Statement(kind="stays_closed", text=text, values=place, **about)


def read_text(appliance: str, customer: str, text: str, at: datetime) -> Iterator[Statement]:
    """Yield the dates in the text of an answer."""
    about: dict[str, Any] = {"file": "ledger.json", "text": text, "at": at, "customer": customer}
    for word, when in _SAID.findall(text):
        values = {"place": appliance, "when": datetime.strptime(when, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)}
        yield Statement(kind=word.removesuffix(" only"), values=values, **about)
    for day in _PUBLIC.findall(text):
        yield Statement(kind="exploit_public", values={"place": appliance, "when": date.fromisoformat(day)}, **about)
