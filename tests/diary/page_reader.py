# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads the page of ``status.yml`` back: each block of text becomes a statement, or is one of the texts that state no fact (headings, definitions).

A block that nobody knows becomes a statement of the kind "", which no check accepts: whoever adds something to the page adds its check.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from tests.diary.statements import Statement

BLOCKS = ("title", "h1", "h2", "h3", "p", "dt", "dd", "li", "th", "td", "caption", "summary", "footer")
NO_FACTS = {
    "nav": ".*",
    "words": ".*",
    "fleet": r"The fleet at a glance|Appliances of each customer by verdict, the worst first",
    "decisions": r"What is overdue first",
    "consent": r"Consent to a closing|The last entry of each customer, who is still to be asked first",
    "ledger": r"May it be opened again\?|From the exposure ledger, by appliance and customer",
    "drills": r"Drills|No drill is on record\.",
    "appliances": r"Appliances|The worst first|Show only appliances with these words:",
    "details": r"Details of each appliance|The verdict rests on|Not seen|Earlier runs|Not covered|Notes|Foreseen|Proof",
    "closings": r"Closed and opened again|By the change records of this control node, the newest first",
    "runs": r"Earlier runs, from the change records|The newest first; runs of one verb by one user in the same minute share a row",
}
"""By section, the texts that are headings or explain a word."""
_TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d UTC"
_CLOSED = re.compile(
    r"(?P<vserver>\S+) \((?P<address>\S+)\): closed since (?P<when>[\d-]+ [\d:]+) UTC by (?P<by>.+?) for (?P<reason>.+) \((?P<ticket>\S+)\), "
    r"decision due at (?P<until>[\d-]+ [\d:]+) UTC"
)
_CLOSED_IN_ALL = re.compile(r"closed \((?P<step>\w+)\) since (?P<when>.+?) UTC: (?P<vservers>.+)")
_CLOSED_BY_STEP = re.compile(
    r"(?P<vserver>\S+) closed \((?P<step>\w+)\) since (?P<when>[\d-]+ [\d:]+) UTC by (?P<by>.+?) for (?P<reason>.+) \((?P<ticket>\S+)\), "
    r"decision due at (?P<until>[\d-]+ [\d:]+) UTC"
)
_RUN = re.compile(
    rf"(?P<when>{_TIME}) (?P<kind>\S+) (?P<measure>\S+)(?: v(?P<version>\d+))? by (?P<user>\S+) on (?P<node>\S+): (?P<outcome>\w+)"
    r"(?:, (?P<ticket>CHG\d+))?(?:, (?P<reason>[^,]+?))?(?:, undone by (?P<undone>\S+))?"
)
_FIX = re.compile(r"(?P<build>\d+\.\d+ \d+\.\d+) has the fix(?P<left>, and cve_2019_19781 is still in place)?")
_DRILL = re.compile(
    r"last drill of a closing: off at (?P<when>[\d-]+ [\d:]+) UTC by (?P<who>.+?): (?P<closable>\d+) of (?P<appliances>\d+) appliances could be "
    r"closed, \d+ s up to the first wave(?:; would have stayed open: (?P<open>.+))?"
)
_AS_OF = re.compile(r"([\d-]+); newest fact of cve_2019_19781: ([\d-]+)")
_TOTALS = re.compile(
    r"(?P<appliances>\d+) appliances, (?P<changed>\d+) changed, (?P<failed>\d+) failed, (?:(?P<refused>\d+) refused, )?"
    r"(?P<held>\d+) held, (?P<unreachable>\d+) unreachable, in [\d.]+ s\."
)


@dataclass(frozen=True)
class Block:
    """A text of the page.

    :ivar section: and tag: where it stands; about: the summary of the details around it
    :ivar name: of a definition its word, of a cell the heading of its column
    :ivar row: the cells of its row
    """

    section: str
    tag: str
    text: str
    about: str = ""
    name: str = ""
    row: tuple[str, ...] = ()


class _Blocks(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Block] = []
        self._section = self._about = self._name = ""
        self._open: list[tuple[str, list[str]]] = []
        self._heads: list[str] = []
        self._row: list[str] | None = None
        self._in_head = self._silent = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        own = dict(attrs)
        if tag in ("style", "script"):
            self._silent = True
        elif tag in ("header", "footer", "nav"):
            self._section = tag
        elif tag == "section":
            self._section = str(own["id"])
        elif tag == "thead":
            self._in_head, self._heads = True, []
        elif tag == "tr":
            self._row = []
        if tag in BLOCKS:
            self._open.append((tag, []))

    def handle_data(self, data: str) -> None:
        if not self._silent and self._open:
            self._open[-1][1].append(data)
        elif not self._silent and data.strip():
            self.found.append(Block(self._section, "text", " ".join(data.split()), self._about))

    def handle_endtag(self, tag: str) -> None:
        if tag in ("style", "script"):
            self._silent = False
        elif tag == "thead":
            self._in_head = False
        elif tag == "nav":
            self._section = "header"
        elif tag == "details":
            self._about = ""
        elif tag == "tr":
            self._end_row()
        elif tag in BLOCKS and self._open:
            opened, parts = self._open.pop()
            assert opened == tag, f"{opened} is closed by {tag}"
            self._end_block(tag, " ".join("".join(parts).split()))

    def _end_row(self) -> None:
        if self._row is not None and not self._in_head:
            for name, text in zip(self._heads, self._row, strict=True):
                self.found.append(Block(self._section, "cell", text, self._about, name, tuple(self._row)))
        self._row = None

    def _end_block(self, tag: str, text: str) -> None:
        if tag in ("th", "td") and self._row is not None:
            (self._heads if self._in_head else self._row).append(text)
        elif tag == "dt":
            self._name = text
        elif text:
            if tag == "summary":
                self._about = text
            self.found.append(Block(self._section, tag, text, self._about, self._name if tag == "dd" else ""))


def blocks(page: str) -> list[Block]:
    """Return the texts of a page in its order."""
    reader = _Blocks()
    reader.feed(page)
    return reader.found


def read_page(path: Path, at: datetime) -> Iterator[Statement]:
    """Yield the statements of the page of a status."""
    for block in blocks(path.read_text(encoding="utf-8")):
        if re.fullmatch(NO_FACTS.get(block.section, "(?!)"), block.text):
            continue
        said = [*_read(block)] or [("", {})]
        for kind, values in said:
            text = f"{block.section}: {block.name + ': ' if block.name else ''}{block.text}"
            yield Statement(path.name, text, kind, at, "", values)


def time_of(text: str) -> datetime:
    text = text.removesuffix(" UTC")
    return (
        datetime.fromisoformat(text) if "T" in text else datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
    )


def _read(block: Block) -> Iterator[tuple[str, Mapping[str, Any]]]:
    reader = {
        "": _of_head, "header": _of_head, "fleet": _of_fleet, "absent": _of_absent, "appliances": _of_table,
        "shared": _of_shared, "decisions": _of_decisions, "debts": _of_debts, "consent": _of_consent, "ledger": _of_ledger,
        "drills": _of_drills, "details": _of_details, "closings": _of_closings, "runs": _of_runs, "footer": _of_footer,
    }.get(block.section)  # fmt: skip
    if reader is not None:
        yield from reader(block)


def _of_head(block: Block) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if found := re.fullmatch(r"status: (\d+) appliances(?: · cve_2019_19781)?", block.text):
        yield "page_count", {"count": int(found[1])}
    elif found := re.fullmatch(r"(ok|warning|critical|unknown) Nothing was changed by this run\.", block.text):
        yield "page_nothing_changed", {"worst": found[1]}
    elif block.name == "run" and (found := re.fullmatch(rf"({_TIME}) to ({_TIME})", block.text)):
        yield "page_run", {"began": time_of(found[1]), "ended": time_of(found[2])}
    elif block.name == "verdicts as of":
        yield "page_day", {"day": block.text}
    elif block.name == "catalogue" and (
        found := re.match(r"version (\S+), newest fact of ([\d-]+): what became known later", block.text)
    ):
        yield "page_catalogue", {"version": found[1], "newest": found[2]}
    elif block.text == "Skip to the report":
        yield "page_link", {}


def _of_fleet(block: Block) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if block.tag == "li" and (found := re.fullmatch(r"(.+?) (\d+)", block.text)):
        yield "page_total", {"word": found[1], "count": int(found[2])}
    elif found := _TOTALS.fullmatch(block.text):
        yield "page_totals", {name: int(value or 0) for name, value in found.groupdict().items()}
    elif block.tag == "cell" and block.name == "Customer":
        yield "page_customer", {"name": block.text}
    elif block.tag == "cell" and block.name == "Worst":
        yield "page_customer_worst", {"name": block.row[0], "worst": block.text}
    elif block.tag == "cell" and block.name == "Appliances":
        yield "page_customer_count", {"name": block.row[0], "count": int(block.text)}
    elif block.tag == "cell":
        yield "page_customer_word", {"name": block.row[0], "word": block.name, "count": int(block.text or 0)}


def _of_absent(block: Block) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if found := re.fullmatch(r"Left out, failed, refused or held: (nobody|\d+)", block.text):
        yield "page_absent", {"count": 0 if found[1] == "nobody" else int(found[1])}


def _of_table(block: Block) -> Iterator[tuple[str, Mapping[str, Any]]]:
    kinds = {
        "Appliance": "page_host", "Customer": "page_whose", "Build": "page_build", "Verdict": "page_verdict",
        "Result": "page_result", "Changes": "page_result", "Next action": "page_next",
    }  # fmt: skip
    if block.tag == "cell" and block.name in kinds:
        yield kinds[block.name], {"host": block.row[0], "said": block.text, "word": block.row[3]}


def _of_details(block: Block) -> Iterator[tuple[str, Mapping[str, Any]]]:
    host, _, rest = block.about.partition(" · ")
    about = {"host": host, "said": block.text}
    word = next((one for one in WORDS if rest.endswith(f" {one}")), "")
    if block.tag == "summary":
        yield "page_whose", {**about, "said": rest.removesuffix(f" {word}")}
        yield "page_verdict", {**about, "said": word}
    elif block.name == "reason":
        yield from _of_reason(block.text, about)
    elif block.name == "next action":
        yield "page_next", {**about, "word": word}
    elif block.name == "to paste":
        yield "page_line", {**about, "word": word}
    elif block.name in ("appliance", "saved"):
        yield {"appliance": "page_nodes", "saved": "page_saved"}[block.name], about
    elif block.name == "as of" and (found := _AS_OF.fullmatch(block.text)):
        yield "page_day", {"day": found[1]}
        yield "page_catalogue", {"version": None, "newest": found[2]}
    elif block.name == "seal" and re.fullmatch(r"[0-9a-f]{64}", block.text):
        yield "page_seal", about
    elif block.tag == "li":
        yield from _of_item(block.text, host, about)


def _of_reason(text: str, about: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if found := _CLOSED.fullmatch(text) or _CLOSED_BY_STEP.fullmatch(text):
        moments = {name: time_of(found[name]) for name in ("when", "until")}
        yield "page_closed", {**about, **found.groupdict(), **moments}
    elif found := _FIX.fullmatch(text):
        yield "page_build", {**about, "said": found["build"]}
        yield "page_rule", {**about, "there": bool(found["left"])}


def _of_item(text: str, host: str, about: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if found := re.fullmatch(r"configuration read from (\S+)", text):
        yield "page_read", {**about, "node": found[1]}
    elif text == "no request was sent to the virtual servers in this run: their answers are not known":
        yield "page_no_probe", about
    elif found := _RUN.fullmatch(text):
        yield "page_run_of", {**about, **found.groupdict(), "when": time_of(found["when"]), "hosts": [host]}


def _of_shared(block: Block) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if found := re.fullmatch(r"Shared: (\d+) appliances? with several customers", block.text):
        yield "page_shared_count", {"count": int(found[1])}
    elif found := re.fullmatch(r"(\S+): (.+)", block.text):
        whose = {name: own.split(", ") for name, own in re.findall(r"([^(),]+?) \(([^)]*)\)", found[2])}
        yield "page_shared", {"host": found[1], "whose": {name.strip(): own for name, own in whose.items()}}


def _of_decisions(block: Block) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if re.fullmatch(r"Open decisions: (\d+|none)", block.text):
        yield "page_cell_of_run", {}  # the rows are checked one by one
    elif block.tag == "cell" and block.name == "What":
        due, customer, host, what = block.row
        about = {"host": host, "customer": customer, "due": due, "said": what}
        text = what.removeprefix("closed: ")
        if found := _CLOSED.fullmatch(text) or _CLOSED_BY_STEP.fullmatch(text):
            moments = {name: time_of(found[name]) for name in ("when", "until")}
            yield "page_closed", {**about, **found.groupdict(), **moments}
        elif found := _CLOSED_IN_ALL.fullmatch(what):
            until = due.removeprefix("overdue ")
            moments = {
                "when": time_of(found["when"]),
                "until": time_of(until.removesuffix(" UTC")),
                "overdue": until != due,
            }
            for vserver in found["vservers"].split(", "):
                yield "page_still_closed", {**about, **moments, "step": found["step"], "vserver": vserver}
        elif what.startswith("may it be opened? "):
            yield "page_answer", {**about, "said": what.removeprefix("may it be opened? ")}
        else:
            yield "page_decision", about
    elif block.tag == "cell":
        yield "page_cell_of_run", {}


def _of_debts(block: Block) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if found := re.fullmatch(r"Debts: (\d+) mitigations? still in place", block.text):
        yield "page_debts", {"count": int(found[1])}
    elif found := re.fullmatch(r"(\S+) \((.+)\): cve_2019_19781, since ([\d-]+), (.+)", block.text):
        yield "page_debt", {"host": found[1], "customer": found[2], "since": found[3], "said": found[4]}


def _of_consent(block: Block) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if block.tag == "cell" and block.name == "Customer":
        customer, state, who, when, how, _ticket = block.row
        yield "page_consent", {"customer": customer, "state": state, "who": who, "when": when, "how": how}
    elif block.tag == "cell":
        yield "page_cell_of_run", {}


def _of_drills(block: Block) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if found := _DRILL.fullmatch(block.text):
        yield "page_drill", {**found.groupdict(), "when": time_of(found["when"])}


def _of_ledger(block: Block) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if block.tag == "cell" and block.name == "Answer":
        yield "page_answer", {"host": block.row[0], "customer": block.row[1], "said": block.text}
    elif block.tag == "cell":
        yield "page_cell_of_run", {}


def _of_closings(block: Block) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if block.tag == "cell" and block.name == "Closed":
        since, until, step, customer, host, vservers, who = block.row
        ended = None if until == "still closed" else time_of(until)
        about = {"when": time_of(since), "until": ended, "step": step, "customer": customer, "host": host, "by": who}
        for vserver in vservers.split(", "):
            yield "page_closing", {**about, "vserver": vserver}
    elif block.tag == "cell":
        yield "page_cell_of_run", {}  # read with the first cell of its row


def _of_runs(block: Block) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if block.tag == "cell" and block.name == "Started":
        started, kind, measure, user, outcome, ticket, hosts = block.row
        yield (
            "page_run_of",
            {
                "when": time_of(started), "kind": kind, "measure": measure.partition(" ")[0], "user": user, "outcome": outcome,
                "ticket": ticket, "hosts": hosts.split(", "), "undone": None,
            },
        )  # fmt: skip
    elif block.tag == "cell":
        yield "page_cell_of_run", {}  # read with the first cell of its row


def _of_footer(block: Block) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if found := re.match(r"Tourniquet (\S+), tourniquet-run-report/1\. ", block.text):
        yield "page_catalogue", {"version": found[1], "newest": None}


WORDS = (
    "closed, decision overdue", "closed", "fixed, mitigation left behind", "fixed", "mitigated", "exposed", "ineffective on this build",
)  # fmt: skip
"""The verdicts that the diary can end with."""
