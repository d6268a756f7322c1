# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The claims of texts for people: the screen, the page of the report, and course.txt. A line of the screen that is of no kind is an error."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.verdict_table import VerdictWord

from tests.nights.cells import cell_claims
from tests.nights.claims import Claim, claims_of
from tests.nights.outputs import Outputs, RunOutputs
from tests.nights.world import PORTAL, Weakness

_WORDS = "|".join(sorted(map(re.escape, VerdictWord), key=len, reverse=True))
_MOMENT = r"\d{4}-\d\d-\d\d \d\d:\d\d UTC"
_OF_ONE = re.compile(rf"^(?P<host>\w+) +(?P<build>\d+\.\d+ \d+\.\d+) .* (?P<word>{_WORDS})(: |$)")
_OF_CATALOGUE = re.compile(rf"^(?P<word>{_WORDS})  (?P<host>\w+)  (?P<build>\d+\.\d+ \d+\.\d+)$", re.IGNORECASE)
_CLOSED = re.compile(r"^closed at (?P<customer>.+?): (?P<rest>.*)$")
_ONE_CLOSED = re.compile(rf"(?P<names>[\w, ]+) on \d+ appliances? \((?P<step>\w+)\) since (?P<since>{_MOMENT})")
_OVERDUE = re.compile(
    r"^DECISION OVERDUE at (?P<customer>.+?): (?P<names>[\w, ]+) on \d+ appliances? \((?P<step>\w+)\)"
)
_NOT_IN_FORCE = re.compile(
    r"^STEP NOT IN FORCE at (?P<customer>.+?): (?P<names>[\w, ]+) on \d+ appliances?: closed \((?P<step>\w+)\)"
)
_NOT_CLOSED = re.compile(r"^NOT CLOSED at (?P<customer>.+?): (?P<names>[\w, ]+) on \d+ appliances?: ")
_LOST = re.compile(r"^PROTECTION LOST  (?P<hosts>\w+(, \w+)*): ")
_NOT_COVERED = re.compile(r"^not covered( at (?P<hosts>[\w, ]+))?: management address of ")
_HUNT = re.compile(r"^hunt: (?P<host>\w+): (?P<rest>.*)$")
_UNREACHABLE = re.compile(r"^(?P<host>\w+)  UNREACHABLE$")
LINES: Mapping[str, str] = {
    "further": r"^    ",
    "several": r"^(\d+ appliances  |[A-Za-z, ]+  \d+ appliances  )",
    "no verdict": r"^\w+ +.*(no verdict|FAILED|REFUSED|failed|refused)",
    "not read": r"^(NOT READ of |not looked at: )",
    "not covered": r"^not covered( at [\w, ]+)?: ",
    "debt": r"^debt: ",
    "catalogue": r"^(catalogue of |facts of )",
    "minutes": r"^minutes closed ",
    "hunts": r"^hunt: ",
    "open": r"^(open|opened|closed)\b",
    "empty": r"^$",
}
"""The kinds of further lines of a screen, which are held against the world by other claims."""
_ROW = re.compile(
    r'^<tr><th scope="row"><a href="#a\d+">(?P<host>\w+)</a></th>.*?<span class="v \w+">(?P<word>[^<]+)</span>',
    re.MULTILINE,
)
_HEAD = re.compile(r"^(?P<host>\w+), (?P<entry>cve_\w+)(, management address of .*| \(.*\))$")
_INTERVAL = re.compile(
    rf"^  (?P<since>\d{{4}}-\d\d-\d\d|{_MOMENT})  +(?P<until>{_MOMENT}|\d{{4}}-\d\d-\d\d|goes on)  +"
    r"(?P<state>\S[^ ]*( \S+)*)  +(recorded, or earlier|recorded|assumed|read today|\w[\w ]*?)  +(?P<reason>\S.*)$"
)


def all_claims(found: Outputs, weakness: Weakness = PORTAL) -> Iterator[Claim]:
    """Yield all claims, those of values, those of texts and those of cells."""
    yield from claims_of(found, weakness)
    yield from text_claims(found, weakness)
    yield from cell_claims(found, weakness)


def text_claims(found: Outputs, weakness: Weakness = PORTAL) -> Iterator[Claim]:
    """Yield what the texts say."""
    for name, run in (("status", found.status), ("catalogue", found.catalogue)):
        is_joint = run is found.catalogue and found.second is not None
        for line in run.screen:
            yield from (replace(one, is_joint=is_joint) for one in line_claims(f"{name} screen", line))
        for row in _ROW.finditer(run.page):
            yield Claim(f"verdict: {html.unescape(row['word'])}", f"{name} page", row["host"], is_joint=is_joint)
        yield from _of_pages(name, run)
    yield from _of_the_course(found.course, weakness)


def line_claims(view: str, line: str) -> Iterator[Claim]:
    if (one := _OF_ONE.match(line)) or (one := _OF_CATALOGUE.match(line)):
        yield Claim(f"verdict: {one['word'].lower()}", view, one["host"])
        yield Claim("screen: build", view, one["host"], about=one.groupdict())
    elif one := _CLOSED.match(line):
        for part in _ONE_CLOSED.finditer(one["rest"]):
            yield Claim("screen: closed", view, "", one["customer"], about=part.groupdict())
    elif one := _OVERDUE.match(line):
        yield Claim("screen: overdue", view, "", one["customer"], about=one.groupdict())
    elif one := _NOT_CLOSED.match(line):
        yield Claim("screen: not closed", view, "", one["customer"], about=one.groupdict())
    elif one := _NOT_IN_FORCE.match(line):
        yield Claim("screen: step not in force", view, "", one["customer"], about=one.groupdict())
    elif one := _LOST.match(line):
        yield from (Claim("screen: lost", view, host, about={"text": line}) for host in one["hosts"].split(", "))
    elif one := _NOT_COVERED.match(line):
        yield Claim("decision: not covered", view, one["hosts"] or "", about={"what": line})
    elif one := _UNREACHABLE.match(line):
        yield Claim("screen: unreachable", view, one["host"])
    elif (one := _HUNT.match(line)) and "nothing found" in line:
        yield Claim("screen: nothing found", view, one["host"])
    else:
        kind = next((name for name, form in LINES.items() if re.match(form, line)), line[:60])
        yield Claim(f"screen: {kind}", view)


def _of_pages(name: str, run: RunOutputs) -> Iterator[Claim]:
    for customer, text in run.pages.items():
        yield Claim("page: text", f"{name} page of {customer}", "", customer, about={"text": html.unescape(text)})


def _of_the_course(text: str, weakness: Weakness) -> Iterator[Claim]:
    """Yield the intervals of services in course.txt, in the form of those of ledger.json."""
    host = ""
    for line in text.splitlines():
        if head := _HEAD.match(line):
            host = head["host"] if head["entry"] == weakness.id and "management" not in line else ""
        elif host and (one := _INTERVAL.match(line)):
            about = {
                "since": _date(one["since"]),
                "until": None if one["until"] == "goes on" else _date(one["until"]),
                "reason": one["reason"],
                "rests_on": ["record "] if "record " in one["reason"] or "proven" in one["reason"] else [],
                "is_last": one["until"] == "goes on",
            }
            yield Claim(f"course: {one['state']}", "course.txt", host, about=about)


def _date(text: str) -> dict[str, Any]:
    form = "%Y-%m-%d %H:%M UTC" if text.endswith("UTC") else "%Y-%m-%d"
    return {"time": datetime.strptime(text, form).isoformat()}  # noqa: DTZ007 -- the time zone is in the text
