# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The pages of a report: each cell of their tables, and each line of their lists, is what the report has, and the report has no more."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from html.parser import HTMLParser
from typing import Any

from tests.nights.held import Held
from tests.nights.list_checks import standing
from tests.nights.report_checks import CODES, WORST, rank, word_of

Values = Mapping[str, Any]
_NAMES = ("ok", "warning", "critical", "unknown")
"""Of the exit codes."""
_LISTS = {
    "Proof": "proof",
    "The verdict rests on": "rests_on",
    "Not covered": "not_covered",
    "Not seen": "not_seen",
    "Differences": "drift",
    "Corrected": "corrected",
    "Policies of others nearby": "neighbours",
    "Exposed once it is open": "exposure",
    "Not proven": "unproven",
    "Foreseen": "foreseen",
}
"""By heading, what of an appliance is listed."""
_LASTS = {
    "open": "OPEN on the appliance",
    "beside": "not in force, {by} closes it",
    "doubt": "not known whether it still is",
    "": "still closed",
}
_MOST = 4


@dataclass
class Section:
    """:ivar lists: by heading, its lines; rows: of each table, the texts of the cells; pairs: of terms and their descriptions"""

    head: str = ""
    text: str = ""
    summary: str = ""
    lists: dict[str, list[str]] = field(default_factory=dict)
    rows: list[list[str]] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    pairs: list[list[str]] = field(default_factory=list)
    badges: list[tuple[str, str]] = field(default_factory=list)


class _Page(HTMLParser):
    """Reads a page into its sections, by their ids; the details of an appliance are a section."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.sections: dict[str, Section] = {"": Section()}
        self.source = text
        self.title, self._path, self._own, self._h3, self._badge = "", [], [""], "", ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("meta", "br", "input"):
            return
        self._path.append(tag)
        own = self.sections[self._own[-1]]
        if tag in ("section", "details"):
            name = given.get("id") or (self._own[-1] if tag == "details" else "")
            self._own.append(str(name))
            self.sections.setdefault(str(name), Section())
            self._h3 = ""
        elif tag == "tr":
            own.rows.append([])
        elif tag in ("td", "th"):
            own.rows[-1].append("")
        elif tag == "li":
            own.lists.setdefault(self._h3, []).append("")
        elif tag in ("dt", "dd"):
            own.pairs.append([tag, ""])
        elif tag == "h3":
            self._h3 = ""
        elif tag == "span" and str(given.get("class")).startswith("v "):
            self._badge = str(given["class"])[2:]

    def handle_endtag(self, tag: str) -> None:
        if self._path and self._path[-1] == tag:
            self._path.pop()
        if tag in ("section", "details") and len(self._own) > 1:
            self._own.pop()
        if tag == "span":
            self._badge = ""

    def handle_data(self, data: str) -> None:
        own = self.sections[self._own[-1]]
        if not self._path or {*self._path} & {"style", "script"}:
            return
        own.text += data
        if self._badge:
            own.badges.append((data, self._badge))
        if "title" in self._path:
            self.title += data
        if "summary" in self._path:
            own.summary += data
        elif "h3" in self._path:
            self._h3 += data
        elif "h2" in self._path:
            own.head += data
        elif {"td", "th"} & {*self._path}:
            own.rows[-1][-1] += data
        elif "li" in self._path:
            own.lists.setdefault(self._h3, [""])[-1] += data
        elif {"dt", "dd"} & {*self._path}:
            own.pairs[-1][1] += data


@lru_cache(maxsize=64)
def page_of(text: str) -> _Page:
    """Return a page by its sections."""
    return _Page(text)


def wrong_pages(held: Held) -> Iterator[str]:
    """Yield what is not so, or left out."""
    for name, run in (("status", held.found.status), ("catalogue", held.found.catalogue)):
        for customer, page in (("", run.page), *run.pages.items()):
            report = run.views[customer] if customer else run.report
            for why in _of_a_page(page, report, customer):
                yield f"the page of {name}{f' for {customer}' if customer else ''}: {why}"


def _of_a_page(text: str, report: Values, customer: str) -> Iterator[str]:
    page, appliances = page_of(text), report["appliances"]
    number = f"{len(appliances)} appliance{'' if len(appliances) == 1 else 's'}"
    title = f"{f'{customer}: ' if customer else ''}status: {number}"
    if page.title != title:
        yield f"its title is {page.title}, in place of {title}"
    yield from _policy(text)
    yield from _head(page, report)
    yield from _fleet(page, report)
    yield from _appliances(page, appliances)
    for index, one in enumerate(appliances):
        for why in _details(page.sections.get(f"a{index}", Section()), one):
            yield f"{one['host']}: {why}"
    yield from _closings(page, appliances)
    yield from _runs(page, appliances)
    yield from _debts(page, appliances)
    yield from _others(page, report, customer)
    own = {(word_of(one), _NAMES[one["exit_code"]]) for one in appliances}
    for section in page.sections.values():
        for word, code in {*section.badges} - own:
            wanted = _NAMES[CODES[word]] if word in CODES else "critical" if word == "overdue" else ""
            if wanted and code != wanted and word != "unknown":
                yield f"{word} has the colour of {code}"


def _policy(text: str) -> Iterator[str]:
    """A browser uses the style and the script of a page where its policy has their digests (CSP level 3, hash-source)."""
    policy = html.unescape("".join(re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)))
    for tag in ("style", "script"):
        for own in re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL):
            digest = base64.b64encode(hashlib.sha256(own.encode()).digest()).decode()
            if f"{tag}-src 'sha256-{digest}'" not in policy:
                yield f"a browser does not use its {tag}: {policy}"
    shown = "".join(re.findall(r"<(?:style|script)>(.*?)</(?:style|script)>", text, re.DOTALL))
    named = {name for names in re.findall(r'class="([^"]*)"', text) for name in names.split()}
    if plain_ones := sorted(name for name in named if f".{name}" not in shown):
        yield f"nothing says how its parts {plain_ones} look"


def _head(page: _Page, report: Values) -> Iterator[str]:
    head = plain(page.sections[""].text)
    minute = report["finished"][:16].replace("T", " ")
    dates = sorted({str(one["as_of"]) for one in report["appliances"] if one["as_of"]})
    wanted = [
        "Nothing was changed by this run.",
        f"{minute} UTC to {minute} UTC",
        ", ".join(dates) or "no date: nothing was judged",
        *sorted({str(one["measure"]) for one in report["appliances"] if one["measure"]}),
        _NAMES[report["exit_code"]],
    ]
    newest = report["catalogue"]["newest_fact"]
    wanted += [f"newest fact of {newest}"] if newest else []
    if missing := [one for one in wanted if one not in head]:
        yield f"it is headed {' '.join(head.split())[:300]}, without {missing[0]}"
    for name in ("shared", "debts", "closings", "runs", "plans"):
        if (f'href="#{name}"' in page.source) is not (name in page.sections):
            yield f"it leads to {name}, and has {[*page.sections]}"


def _fleet(page: _Page, report: Values) -> Iterator[str]:
    fleet, appliances, totals = page.sections["fleet"], report["appliances"], report["totals"]
    words = Counter(map(word_of, appliances))
    ordered = sorted(words, key=lambda word: (rank(word), word))
    shown = [_words(one) for one in fleet.lists.get("", ())]
    if shown != [f"{word} {words[word]}" for word in ordered]:
        yield f"its fleet is {shown}, in place of {words}"
    text = _words(fleet.text)
    counts = f", {totals['changed']} changed, {totals['failed']} failed"
    after = f", {totals['held']} held, {totals['unreachable']} unreachable"
    if (
        counts not in text
        or after not in text
        or (f", {totals['refused']} refused" in text) is not bool(totals["refused"])
    ):
        yield f"its totals are {totals}, and it says {text}"
    owners: dict[str, list[Values]] = {}
    for one in appliances:
        for name in [each["customer"] for each in one["customers"]] or ["no customer"]:
            owners.setdefault(name, []).append(one)
    rows = []
    for name, own in owners.items():
        code = min((one["exit_code"] for one in own), key=WORST.index)
        count = Counter(map(word_of, own))
        rows.append(
            (
                WORST.index(code),
                name,
                [name, _NAMES[code], str(len(own)), *(str(count[word] or "") for word in ordered)],
            )
        )
    wanted = [["Customer", "Worst", "Appliances", *ordered], *(row for *_key, row in sorted(rows))]
    if _cells(fleet.rows) != wanted:
        yield f"its customers are {_cells(fleet.rows)}, in place of {wanted}"


def _appliances(page: _Page, appliances: Sequence[Values]) -> Iterator[str]:
    wanted = [
        [
            one["host"],
            _whose(one),
            one["build"],
            word_of(one),
            one["state"] if one["state"] != "ok" else "not changed",
            "" if one["changes"] is None else str(one["changes"]),
            one["verdict"]["next_action"] if one["verdict"] else "see the problem",
        ]
        for one in appliances
    ]
    found = _cells(page.sections["appliances"].rows[1:])
    if found != [[plain(cell) for cell in row] for row in wanted]:
        yield f"its appliances are {found}, in place of {wanted}"


def _whose(one: Values) -> str:
    return ", ".join(each["customer"] for each in one["customers"]) or one["customer"]


def _details(own: Section, one: Values) -> Iterator[str]:
    if word_of(one) not in own.summary or one["host"] not in own.summary or _whose(one) not in own.summary:
        yield f"its details are headed {own.summary}"
    for title, key in _LISTS.items():
        found = [plain(text) for text in own.lists.get(title, ())]
        if found != [plain(text) for text in one[key]]:
            yield f"{title} has {found}, in place of {one[key]}"
    notes = [plain(text) for text in (*one["remarks"], *one["notes"])]
    if [plain(text) for text in own.lists.get("Notes", ())] != notes:
        yield f"its notes are {own.lists.get('Notes')}, in place of {notes}"
    runs = own.lists.get("Earlier runs", [])
    if len(runs) != len(one["runs"]):
        yield f"it has {len(one['runs'])} earlier runs, and it shows {runs}"
    for text, run in zip(runs, reversed(one["runs"]), strict=False):
        parts = [_minute(run["started"]), run["kind"], run["measure"], run["user"], run["control_node"], run["outcome"]]
        parts += [run[key] for key in ("ticket", "reason", "undone_by") if run.get(key)]
        if missing := [part for part in parts if plain(str(part)) not in plain(text)]:
            yield f"an earlier run is {text}, without {missing[0]}"
    pairs = dict(_paired(own.pairs))
    verdict = one["verdict"]
    wanted = {"problem": one["problem"]} if one["problem"] else {}
    wanted |= (
        {"reason": verdict["reason"], "next action": verdict["next_action"]} if verdict else {"result": one["message"]}
    )
    today = one["verdict_today"]
    wanted |= {"verdict today": today} if verdict and today and today != verdict["word"] else {}
    wanted |= {"saved": "yes" if one["saved"] else "no"} if one["saved"] is not None else {}
    wanted |= {"seal": one["seal"]} if one["seal"] else {}
    wanted |= {"record": one["record"]} if one["record"] else {}
    if one["nodes"]:
        wanted["appliance"] = ", ".join(
            f"{node['address']} {node['role']}" + (f" NS{node['build']}" if node["build"] else "")
            for node in one["nodes"]
        )
    if one["as_of"]:
        wanted["as of"] = f"{one['as_of']}; newest fact of {one['measure'] or ''}: {one['catalogue_date'] or 'no date'}"
    if {name: plain(text) for name, text in pairs.items()} != {name: plain(str(text)) for name, text in wanted.items()}:
        yield f"it says {pairs}, in place of {wanted}"
    entries = one["result"].get("entries") if one["verdict"] else None
    rows = [row for row in _cells(own.rows) if row[0] != "Entry"] if entries is not None else []
    said = [[entry["id"], entry["word"], plain(entry["reason"])] for entry in entries or ()]
    if [[row[0].split()[0], *row[1:]] for row in rows if len(row) == 3] != said:
        yield f"its entries are {rows}, in place of {said}"


def _paired(pairs: Sequence[Sequence[str]]) -> Iterator[tuple[str, str]]:
    name = ""
    for tag, text in pairs:
        if tag == "dt":
            name = text
        else:
            yield name, text.strip()


def _closings(page: _Page, appliances: Sequence[Values]) -> Iterator[str]:
    groups: dict[tuple[str, ...], list[str]] = {}
    for one in appliances:
        for row in one["result"].get("closures") or ():
            lasts = _LASTS[standing(row)].format(by=row.get("closed_by"))
            key = (
                _minute(row["since"]),
                f"{_minute(row['until'])}{' at the latest' if row.get('at_the_latest') else ''}"
                if row["until"]
                else lasts,
                row["step"],
                row["customer"],
                one["host"],
                row.get("decided_by", ""),
            )
            groups.setdefault(key, []).append(str(row["vserver"]))
    rows = _cells(page.sections["closings"].rows[1:]) if "closings" in page.sections else []
    found = {(*row[:5], row[6]): row[5] for row in rows}
    if {*found} != {tuple(plain(cell) for cell in key) for key in groups} or len(found) != len(rows):
        yield f"its closings are {rows}, in place of {groups}"
        return
    for key, names in groups.items():
        shown = found[tuple(plain(cell) for cell in key)]
        if any(name not in shown for name in names) and len(names) <= _MOST:
            yield f"{names} were closed, and it says {shown}"
    if [row[0] for row in rows] != sorted((row[0] for row in rows), reverse=True):
        yield f"its closings are not in their order: {rows}"


def _runs(page: _Page, appliances: Sequence[Values]) -> Iterator[str]:
    groups: dict[tuple[str, ...], list[str]] = {}
    for one in appliances:
        for run in one["runs"]:
            key = (_minute(run["started"]), run["kind"], str(run["measure"]), run["user"], run["outcome"])
            groups.setdefault(key, []).append(one["host"])
    rows = _cells(page.sections["runs"].rows[1:]) if "runs" in page.sections else []
    found = {(row[0], row[1], row[2].split(" v")[0], row[3], row[4]): row[6] for row in rows}
    if {*found} != {tuple(plain(cell) for cell in key) for key in groups} or len(found) != len(rows):
        yield f"its runs are {rows}, in place of {groups}"
        return
    for key, hosts in groups.items():
        if found[tuple(plain(cell) for cell in key)] != ", ".join(sorted({*hosts})):
            yield f"a run of {hosts} is shown of {found[key]}"
    if [row[0] for row in rows] != sorted((row[0] for row in rows), reverse=True):
        yield f"its runs are not in their order: {rows}"


def _debts(page: _Page, appliances: Sequence[Values]) -> Iterator[str]:
    shown = page.sections["debts"].lists.get("", []) if "debts" in page.sections else []
    debts = {(one["host"], debt["measure"]): debt for one in appliances for debt in one["result"].get("debt") or ()}
    if {*debts} != {
        (text.split(" (")[0].split(":")[0], text.rpartition(": ")[2].split(",")[0]) for text in map(_words, shown)
    }:
        yield f"its debts are {shown}, in place of {[*debts]}"
    for text in map(_words, shown):
        host, measure = text.split(" (")[0].split(":")[0], text.rpartition(": ")[2].split(",")[0]
        if (host, measure) not in debts:
            continue
        days = {str(debt["since"])[:10] for one in appliances if one["host"] == host for debt in one["result"]["debt"]}
        if not any(f", since {day}" in text if day else ", since" not in text for day in days):
            yield f"{measure} is at {host} since {sorted(days)}, and it says {text}"
        needed = debts[host, measure].get("needed", True)
        if ("the fix runs" in text) is needed:
            yield f"{measure} at {host} is {'' if needed else 'not '}needed, and it says {text}"


def _others(page: _Page, report: Values, customer: str) -> Iterator[str]:
    appliances = report["appliances"]
    absent = [one for one in appliances if one["state"] != "ok"]
    lines = [_words(text) for text in page.sections["absent"].lists.get("", ())]
    wanted = [
        f"{one['host']}{f' ({customer_})' if (customer_ := one['customer']) else ''}: {one['problem']}"
        for one in absent
    ]
    if [plain(line) for line in lines] != [plain(_words(line)) for line in wanted]:
        yield f"left out are {lines}, in place of {wanted}"
    if not page.sections["absent"].head.endswith(f": {len(absent) or 'nobody'}"):
        yield f"it says {page.sections['absent'].head}, and {len(absent)} are left out"
    shared = [] if customer else [one for one in appliances if len(one["customers"]) > 1]
    lines = [_words(text) for text in page.sections["shared"].lists.get("", ())] if "shared" in page.sections else []
    said = [
        f"{one['host']}: "
        + ", ".join(
            each["customer"] + (f" ({', '.join(each['vservers'])})" if each["vservers"] else "")
            for each in one["customers"]
        )
        for one in shared
    ]
    if lines != said:
        yield f"shared are {lines}, in place of {said}"
    words = {word for word, _code in page.sections["words"].badges}
    if words != {word_of(one) for one in appliances} - {"no verdict"}:
        yield f"it explains {sorted(words)}"
    members = sum(bool(one["steps"]) for one in appliances)
    plans = page.sections.get("plans")
    if (plans is not None) is not bool(members):
        yield f"{members} appliances have changes, and it shows {plans and plans.head}"
    if plans is not None:
        yield from _plans(plans, [one for one in appliances if one["steps"]])


def _plans(plans: Section, members: Sequence[Values]) -> Iterator[str]:
    """Each line of a change is shown with its inverse; the marker of an appliance in it is not."""
    groups = {tuple(_step(step, one["marker"]) for step in one["steps"]) for one in members}
    rows = [row for row in _cells(plans.rows) if row[0] != "#"]
    if sorted((row[1], row[2]) for row in rows) != sorted(step for group in groups for step in group):
        yield f"its plans are {rows}, in place of {groups}"
    if not plans.head.endswith(f"{len(groups)} different plan{'' if len(groups) == 1 else 's'}"):
        yield f"it says {plans.head}, and they are {len(groups)}"
    text = _words(plans.text)
    for one in members:
        if one["seal"] not in text:
            yield f"{one['host']} has the seal {one['seal']}, and its plans do not show it"


def _step(step: Values, marker: str) -> tuple[str, str]:
    texts = [step["line"], "".join(step["inverse"])]
    line, inverse = (_words(text.replace(marker, "<marker>") if marker else text) for text in texts)
    return line, inverse


def _minute(text: str) -> str:
    """Return a time as a page shows it."""
    return f"{text[:10]} {text[11:16]} UTC" if len(text) > 10 else text


def _cells(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    return [[plain(_words(cell)) for cell in row] for row in rows]


def _words(text: str) -> str:
    return " ".join(text.split())


def plain(text: str) -> str:
    """Return a text without what keeps a program from making a link of an address."""
    return re.sub(r"\[([.:@])\]", r"\1", _words(text)).replace("hxxp", "http")
