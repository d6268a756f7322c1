# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Everything that the product handed out, read back as statements."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.diary import page_truth  # noqa: F401 -- registers the checks of the page
from tests.diary.fleet import CUSTOMERS, SENDER
from tests.diary.ledger_reader import read_ledger
from tests.diary.letter_reader import mail_texts, page_text, read_letter, sentences
from tests.diary.page_reader import read_page
from tests.diary.statements import Statement, Wrong
from tests.diary.story import Story
from tests.diary.truth import Truth

LANGUAGES = ("nl", "en")


def customer_of(directory: Path) -> str:
    """Return for whom a directory of letters is, by the names of the inventory."""
    found = [
        name
        for name in CUSTOMERS
        if re.sub(r"[^A-Za-z0-9.-]", "_", name) == re.sub(r"-[0-9a-f]{8}$", "", directory.name)
    ]
    assert len(found) == 1, directory
    return found[0]


def letters(directory: Path) -> dict[tuple[str, int, str], tuple[Statement, ...]]:
    """Return the statements of each letter by customer, number and language."""
    found = {}
    for folder in sorted((directory / "letters" / "customers").iterdir()):
        customer = customer_of(folder)
        for path in sorted(folder.glob("letter-*.txt")):
            number, name = int(path.name.split(".")[0].partition("-")[2]), path.name.split(".")[1]
            found[customer, number, name] = tuple(read_letter(path, customer, SENDER))
    return found


def copies(story: Story) -> Iterator[Statement]:
    """Yield that the page and the mail of each letter say what its text says, to whom it may be said."""
    for folder in sorted((story.directory / "letters" / "customers").iterdir()):
        customer = customer_of(folder)
        for path in sorted(folder.glob("letter-*.txt")):
            text = path.read_text(encoding="utf-8")
            about: dict[str, Any] = {"kind": "same", "at": story.world.now(), "customer": customer}
            page = page_text(path.with_suffix(".html").read_text(encoding="utf-8"))
            yield Statement(
                path.with_suffix(".html").name,
                "its sentences",
                values={"said": page, "elsewhere": sentences(text)},
                **about,
            )
            if path.name.split(".")[1] == CUSTOMERS[customer]["language"]:
                mail = mail_texts((folder / f"{path.name.split('.')[0]}.eml").read_bytes())
                to = CUSTOMERS[customer]["contacts"][0]
                said = (sentences(mail["text/plain"]), page_text(mail["text/html"]), mail["to"])
                wanted = (sentences(text), sentences(text), f"{to['name']} <{to['mail']}>")
                for one, so in zip(said, wanted, strict=True):
                    shown = one.replace('"', "") if isinstance(one, str) else one
                    yield Statement(
                        "mail", "its texts and its recipient", values={"said": shown, "elsewhere": so}, **about
                    )


def views(story: Story) -> Iterator[Statement]:
    """Yield the whole text of each page and document of the report that is for one customer."""
    report = story.directory / "report"
    for path in sorted((*report.glob("customers/*/*.html"), *report.glob("vex/*.json"))):
        name = path.parent.name if path.suffix == ".html" else path.stem
        text = path.read_text(encoding="utf-8")
        yield Statement(str(path.relative_to(report)), text, "view", story.world.now(), customer_of(Path(name)))


def statements(story: Story) -> Iterator[Statement]:
    """Yield all statements of letters, ledgers and the report."""
    for said in letters(story.directory).values():
        yield from said
    yield from copies(story)
    for number, at in enumerate(story.written, 1):
        yield from read_ledger(story.directory / "ledger" / str(number), at)
    yield from read_page(story.directory / "report" / "status.html", story.world.now())
    yield from views(story)
    yield from call_list(story)
    yield from duties(story)


def call_list(story: Story) -> Iterator[Statement]:
    """Yield the lines of the last call list."""
    head, columns, *lines = (story.directory / "letters" / "call-list.txt").read_text(encoding="utf-8").splitlines()
    about: dict[str, Any] = {"file": "call-list.txt", "at": story.written[-1]}
    found = re.fullmatch(
        r"Call list of .+, (\d+) customers, the largest impact first\. For your own organisation only\.", head
    )
    yield Statement(kind="same", text=head, values={"said": found and int(found[1]), "elsewhere": len(lines)}, **about)
    begins = [columns.index(name) for name in ("customer", "impact", "users", "to decide", "person", "by")]
    for line in lines:
        cells = [line[begin:end].strip() for begin, end in itertools.pairwise(begins)]
        impact = re.fullmatch(r"(.+?)(?: x\d+)?(?: \+\d+)?", cells[1])
        person, _, phone = cells[4].partition(" +")
        values = {
            "name": cells[0],
            "impact": impact and impact[1],
            "users": cells[2],
            "decide": cells[3].partition(" ")[0],
            "person": person,
            "phone": f"+{phone}",
        }
        yield Statement(kind="call", text=line, values=values, **about)


def duties(story: Story) -> Iterator[Statement]:
    """Yield the clocks and the minutes of the export of duties."""
    values = json.loads((story.directory / "letters" / "duties.json").read_text(encoding="utf-8"))
    about: dict[str, Any] = {"file": "duties.json", "at": story.written[-1]}
    for one in values["customers"]:
        said = {
            "name": one["customer"],
            "minutes": one["minutes_closed"],
            "threat": one["threat_known"],
            "breach": one["breach_known"],
        }
        yield Statement(kind="duty", text=f"{said}", values=said, **about)
        for impact in one["impact"]:
            said = {"name": one["customer"], "impact": impact}
            yield Statement(kind="impact", text=f"{said}", values=said, **about)
    called = {one["name"]: one["impact"] for one in call_list(story) if one.kind == "call"}
    own = {one["customer"]: (one["impact"] or ["nothing open"])[0] for one in values["customers"]}
    yield Statement(kind="same", text="impact", values={"said": own, "elsewhere": called}, **about)
    total = {"said": values["minutes_closed_of_all_services"]}
    yield Statement(kind="duty_total", text="minutes of all services", values=total, **about)


def wrong(story: Story) -> tuple[int, list[Wrong]]:
    """Return how many statements were checked, and those that are not true."""
    found = [*statements(story)]
    truth = Truth(story.world, letters(story.directory))
    return len(found), truth.wrong(found)
