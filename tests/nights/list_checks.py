# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lines of the call list, the export of duties and the decisions that are open: each cell is what the facts of a customer, or the night, make of it."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from tests.nights.duty_checks import DECIDED, at, is_clear
from tests.nights.held import Held
from tests.nights.told_facts import HERE, SHUT, moment, pressing
from tests.nights.world import CLIENTS, Got, Place

_CALL = re.compile(
    r"^(?P<number>.{3})(?P<customer>.{14})(?P<impact>.{29})(?P<users>.{6})(?P<decide>.{21})(?P<person>.{29})by____ agreed_____$"
)
_HEAD = re.compile(
    r"^Call list of (?P<at>\d{4}-\d\d-\d\d \d\d:\d\d) CET, (?P<count>\d+) (?P<noun>customers?), the largest impact first\. For your own organisation only\.$"
)
_DO = {"decide_close": "close", "decide_reopen": "reopen", "decide_recovery": "recover"}
_CLOSED = re.compile(
    r"^closed \((?P<step>\w+)\) (?:since (?P<since>\d{4}-\d\d-\d\d \d\d:\d\d) UTC|.+?)(?:: (?P<names>[^;]+))?(?P<standing>; .+)?$"
)
STEPS_BY: Mapping[str, Sequence[str]] = {
    "off": ("off",),
    "notice": ("notice", "notice_of_one"),
    "partners": ("partners",),
    "paths": ("paths",),
    "countries": ("countries",),
}
"""By step, the actions that close by it."""
_FIX = re.compile(
    r"^(?:the fix that replaces|the fix runs, and) (\w+)(?: has no planned day| is still there: retire\.yml|$)"
)
_NAMES = re.compile(r" and \d+ more$")
_MOST = 4
_ROW = re.compile(
    r'<tr><td class="short">(?P<overdue><span class="v critical">overdue</span> )?(?P<due>[^<]*)</td><td>(?P<customer>[^<]*)</td>'
    r"<td>(?P<host>[^<]*)</td><td>(?P<what>[^<]*)</td></tr>"
)
_OVERDUE = timedelta(minutes=1)


def wrong_calls(held: Held) -> Iterator[str]:
    """Yield what is not so, or left out, of what is about all weaknesses."""
    yield from (f"the call list: {why}" for why in _calls(held))
    for customer, duties in held.found.duties.items():
        yield from (f"the duties of {customer}: {why}" for why in _duties(held, customer, duties))


def wrong_lists(held: Held) -> Iterator[str]:
    """Yield what is not so, or left out."""
    for name, run in (("status", held.found.status), ("catalogue", held.found.catalogue)):
        for view, rows in run.decisions.items():
            report = run.views[view] if view else run.report
            for why in (*_decisions(held, name, view, rows), *_fixes(report, rows), *_standing(report, rows)):
                yield f"the decisions of {name}{f' for {view}' if view else ''}: {why}"
        for view, page in (("", run.page), *run.pages.items()):
            yield from (
                f"the page of {name}{f' for {view}' if view else ''}: {why}"
                for why in _table(page, run.decisions[view])
            )
        if name == "status":
            yield from (f"the decisions of {name}: {why}" for why in _missing(held, run))


# -- the call list ----------------------------------------------------------------------------------------------------


def _calls(held: Held) -> Iterator[str]:
    head, columns, *lines = held.found.calls
    shown, facts = _HEAD.match(head), held.found.facts
    if shown is None or (int(shown["count"]), shown["noun"]) != (
        len(facts),
        "customer" if len(facts) == 1 else "customers",
    ):
        yield f"it is headed {head}"
    elif shown["at"] != f"{held.found.at.astimezone(HERE):%Y-%m-%d %H:%M}":
        yield f"it is of {shown['at']}, made at {held.found.at}"
    if " ".join(columns.split()) != "customer impact users to decide person and telephone by, agreed | state":
        yield f"its columns are {columns}"
    if len(lines) != len(facts):
        yield f"it has {len(lines)} lines for {len(facts)} customers"
    for number, line in enumerate(lines, 1):
        cells = _CALL.match(line)
        if cells is None:
            yield f"no form of a line has {line}"
            continue
        shown = cells["customer"].strip()
        customer = next(
            (one for one in facts if shown == one or (shown.endswith("..") and one.startswith(shown[:-2].rstrip()))), ""
        )
        if not customer:
            yield f"{cells['customer']} is no customer"
            continue
        wanted = (str(number), _impact(facts[customer]), "", "nobody named")
        said = tuple(cells[name].strip() for name in ("number", "impact", "users", "person"))
        if cells["decide"].strip() not in (first := _decide(facts[customer])):
            yield f"{customer} has to decide {first}, and it says {cells['decide']}"
        if not all(_is_cut(one, other) for one, other in zip(said, wanted, strict=True)):
            yield f"it says {said} of {customer}, in place of {wanted}"


def _is_cut(said: str, wanted: str) -> bool:
    """Return whether a cell has a text: whole where there is room; else its first words, two dots, and the numbers behind them."""
    if said == wanted:
        return True
    first, dots, last = said.partition("..")
    numbers = last.strip()
    return (
        bool(dots) and len(wanted) >= 28 and len(said) >= 25 and wanted.startswith(first) and wanted.endswith(numbers)
    )


def _impact(known: Any) -> str:
    found = [*pressing(known)]
    if not found:
        return "nothing open"
    _kind, words, count = found[0]
    return words + (f" x{count}" if count > 1 else "") + (f" +{len(found) - 1}" if len(found) > 1 else "")


def _decide(known: Any) -> list[str]:
    """Return what is to be decided first; where two things are at the same time, both."""
    own = [one for one in known.facts if one.kind in _DO]
    first = min((moment(one.when) for one in own), default=None)
    if first is None:
        return [""]
    return [
        f"{_DO[one.kind]} {one.when.astimezone(HERE):%d %b %H:%M}"
        if isinstance(one.when, datetime)
        else f"{_DO[one.kind]} {one.when:%d %b}"
        for one in own
        if moment(one.when) == first
    ]


# -- duties -----------------------------------------------------------------------------------------------------------


def _duties(held: Held, customer: str, duties: Mapping[str, Any]) -> Iterator[str]:
    known = held.found.facts[customer]
    impact = [words for _kind, words, _count in pressing(known)]
    if duties["impact"] != impact:
        yield f"it says {duties['impact']}, in place of {impact}"
    threats = [one.known for one in known.facts if one.kind in _THREATS and one.known]
    breaches = [one.known for one in known.facts if one.kind == "broken_in" and one.known]
    for name, times in (("threat_known", threats), ("breach_known", breaches)):
        if duties[name] != (min(times).isoformat() if times else ""):
            yield f"{name} is {duties[name]}, in place of {min(times, default='')}"
    yield from _known_at(held, customer, duties)
    if bool(duties["no_clocks_because"]) is bool(duties["clocks"]):
        yield f"it has {len(duties['clocks'])} clocks, and {duties['no_clocks_because'] or 'no reason why not'}"
    shut = [one for one in known.facts if one.kind in SHUT]
    yield from _unavailable(known.services, shut, duties)
    sources = {one.source for one in (*shut, *(one for one in known.facts if one.kind == "broken_in"))}
    if duties["sources"] != sorted(sources):
        yield f"its sources are {duties['sources']}, in place of {sorted(sources)}"
    if (duties["customer"], duties["label"], duties["agreed"], duties["contract"]) != (customer, "TLP:AMBER", [], ""):
        yield f"it is {duties['customer']}, {duties['label']}, {duties['agreed']}, {duties['contract']}"


_THREATS = ("weakness", "weakness_behind", "exposed", "protection_ended", "management_exposed")


def _known_at(held: Held, customer: str, duties: Mapping[str, Any]) -> Iterator[str]:
    """A threat is known since the first run of this control node that judged the weakness, and a break-in since a hunt that found it."""
    own = [*enumerate(held.actions)]
    judges = ("apply", *(name for names in STEPS_BY.values() for name in names))
    judged = [at(held, number) for number, one in own if one.ours and one.by == held.found.by and one.name in judges]
    if (
        is_clear(held)
        and judged
        and datetime.fromisoformat(duties["threat_known"]) > min(judged) + timedelta(minutes=3)
    ):
        yield f"action {judged.index(min(judged))} judged the weakness, and it is known since {duties['threat_known']}"
    names = {one.appliance for one in held.night.world.places_of(customer=customer)}
    hunts = [
        at(held, number)
        for number, one in own
        if one.name == "hunt" and one.appliance in names and one.by == held.found.by and " compromise" in one.said
    ]
    if duties["breach_known"] and not any(
        abs(datetime.fromisoformat(duties["breach_known"]) - one) < timedelta(minutes=3) for one in hunts
    ):
        yield f"no hunt found a break-in at {duties['breach_known']}"


def _unavailable(services: Sequence[str], shut: Sequence[Any], duties: Mapping[str, Any]) -> Iterator[str]:
    wanted = [
        {
            "service": place,
            "closed": [
                {"from": _text(one.when), "until": _text(one.until)}
                | ({"part": one.part} if one.part else {})
                | ({"undated_end": True} if one.undated_end else {})
                | ({"latest_end": True} if one.latest_end else {})
                for one in shut
                if one.place == place
            ],
        }
        for place in services
        if any(one.place == place for one in shut)
    ]
    said = [{name: one[name] for name in ("service", "closed")} for one in duties["unavailable"]]
    if said != wanted:
        yield f"it says {said}, in place of {wanted}"
    # What was found to be over counts no minutes of its own, and lies in those of another service where that was closed all the time.
    found = [one["service"] for one in duties["unavailable"] if any("latest_end" in span for span in one["closed"])]
    own = [one["minutes"] for one in duties["unavailable"] if one["minutes"] is not None or one["service"] not in found]
    if duties["minutes_closed"] is not None and any(one is None or one > duties["minutes_closed"] for one in own):
        yield f"its services have {own} minutes, and all of them {duties['minutes_closed']}"
    if duties["minutes_closed"] and duties["minutes_closed"] > sum(one or 0 for one in own):
        yield f"its services have {own} minutes, and all of them {duties['minutes_closed']}"
    for one in duties["unavailable"]:
        spans = [(one["from"], one["until"]) for one in one["closed"]]
        if len(spans) == 1 and all(map(_is_time, spans[0])) and one["minutes"] is not None:
            begin, end = map(datetime.fromisoformat, spans[0])
            if one["minutes"] != int((end - begin).total_seconds() // 60):
                yield f"{one['service']} was closed from {begin} until {end}, and it says {one['minutes']} minutes"


def _is_time(text: str) -> bool:
    return "T" in text


def _text(value: date | datetime | None) -> str:
    return value.isoformat() if value is not None else ""


# -- decisions --------------------------------------------------------------------------------------------------------


def _decisions(held: Held, name: str, view: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    keys = [(not row["overdue"], not row["closing"], row["due"] or "~", row["customer"], row["host"]) for row in rows]
    if keys != sorted(keys):
        yield f"they are not in their order: {[row['what'] for row in rows]}"
    if len({str(row) for row in rows}) != len(rows):
        yield "one is there twice"
    for row in rows:
        if view and row["customer"] != view:
            yield f"it has one of {row['customer']}"
        if row["closing"] is not row["what"].startswith("closed"):
            yield f"closing is {row['closing']} of {row['what']}"
        if row["due"] and (row["overdue"] is not (_time(row["due"]) <= held.found.at + _OVERDUE)):
            yield f"{row['what']} is due at {row['due']}, overdue: {row['overdue']}"
        if not row["due"] and row["overdue"] and row["closing"] and "since" in row["what"] and is_clear(held):
            yield f"{row['what']} is overdue, and it does not say since when"
        if match := _CLOSED.match(row["what"]):
            yield from _closed(held, row, match)
        elif row["customer"] not in held.night.world.customers():
            yield f"{row['customer']} is no customer: {row['what']}"


def _fixes(report: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Of each measure that is still there, and of nothing else, somebody has to decide on the fix, or to take it off where the fix runs."""
    told = {
        (row["host"], what[1], what[0].startswith("the fix that")) for row in rows if (what := _FIX.match(row["what"]))
    }
    wanted = {
        (one["host"], debt["measure"], bool(debt.get("needed", True)))
        for one in report["appliances"]
        for debt in one["result"].get("debt") or ()
    }
    if told != wanted:
        yield f"{sorted(wanted)} are still there, and of the fix it says {sorted(told)}"


_STANDS = {
    "open": "; OPEN on the appliance",
    "beside": "; NOT IN FORCE, {by} closes it",
    "doubt": "; NOT KNOWN whether it still is",
    "": "",
}


def standing(row: Mapping[str, Any]) -> str:
    """Return how what the records call closed stands, in one word: open, closed by a step beside this one, in doubt, or as they say."""
    if row.get("is_open"):
        return "beside" if row.get("closed_by") else "open"
    return "doubt" if any(row.get(key) for key in ("unread", "elsewhere")) else ""


def _standing(report: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What the records call closed, and is open or not known to be closed, is told as that."""
    wanted, told = set(), set()
    for one in report["appliances"]:
        for row in one["result"].get("closures") or ():
            if not row["until"]:
                stands = _STANDS[standing(row)].format(by=row.get("closed_by"))
                wanted.add((one["host"], row["customer"], row["step"], stands))
    for row in rows:
        if match := _CLOSED.match(row["what"]):
            told.add((row["host"], row["customer"], match["step"], match["standing"] or ""))
    yield from _since(report, rows)
    if told != wanted:
        yield f"of what is closed it says {sorted(told)}, in place of {sorted(wanted)}"


def _since(report: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What lasts is told since its first closing, with each of its services."""
    for row in rows:
        match = _CLOSED.match(row["what"])
        own = [
            each
            for one in report["appliances"]
            for each in one["result"].get("closures") or ()
            if match
            and (one["host"], each["customer"], each["step"]) == (row["host"], row["customer"], match["step"])
            and not each["until"]
            and _STANDS[standing(each)].format(by=each.get("closed_by")) == (match["standing"] or "")
        ]
        if not match or not match["since"] or not own or any(each.get("clock_wrong") for each in own):
            continue
        first = min(each["since"] for each in own)
        if f"{first[:10]} {first[11:16]}" != match["since"]:
            yield f"{row['what']}: it was closed first at {first}"
        names = {each["vserver"] for each in own}
        if match["names"] and len(names) <= _MOST and {*match["names"].split(", ")} != names:
            yield f"{row['what']}: closed are {sorted(names)}"


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text.removesuffix(" UTC") + "+00:00")


def _closed(held: Held, row: Mapping[str, Any], match: re.Match[str]) -> Iterator[str]:
    """What is closed was closed then, by this step, at this appliance; it is decided again eight hours later."""
    if match["since"] is None or not is_clear(held):
        return
    since = _time(match["since"])
    own = [
        one
        for number, one in enumerate(held.actions)
        if one.name in STEPS_BY.get(match["step"], ()) and abs(at(held, number) - since) < timedelta(minutes=3)
    ]
    if not own:
        yield f"{row['what']}: nobody closed anything by it then"
    elif row["host"] in held.night.appliances and own[0].appliance != row["host"]:
        yield f"{row['what']}: that was at {own[0].appliance}, and not at {row['host']}"
    if row["due"] and abs(_time(row["due"]) - since - DECIDED) > timedelta(minutes=3):
        yield f"{row['what']} is due at {row['due']}"
    names = _NAMES.sub("", match["names"] or "").split(", ") if match["names"] else []
    here = {one.vserver for one in held.night.world.places_of(customer=row["customer"] or None)}
    if unknown := [one for one in names if one not in here]:
        yield f"{row['what']}: {row['customer']} has no {unknown[0]}"


def _missing(held: Held, run: Any) -> Iterator[str]:
    """What a person has to decide is there: of each service that our one closing closed; of our measure that is in place; of a management address."""
    rows = run.decisions[""]
    for appliance in held.night.appliances:
        if not held.is_read(appliance) or not run.results[appliance].get("verdict"):
            continue
        own = [row for row in rows if appliance in re.split(r", | and ", row["host"])]
        yield from _closings_missing(held, appliance, own)
        fixes = [row for row in own if " fix " in row["what"] and held.weakness.id in row["what"]]
        owner = held.night.nodes[held.found.by][appliance].shape.customer
        if is_clear(held) and _is_ours(held, appliance) and _has_applied(held, appliance):
            word = "the fix runs" if all(map(held.is_fixed, held.now.builds[appliance])) else "has no planned day"
            if (
                not any(word in row["what"] and row["customer"] == owner for row in fixes)
                and len({*map(held.is_fixed, held.now.builds[appliance])}) == 1
            ):
                yield f"our measure is at {appliance}, and no decision says {word}"
        if not _is_ours(held, appliance, "responderpolicy", "responderaction", "auditmessageaction") and fixes:
            yield f"nothing of ours is at {appliance}, and it says {fixes[0]['what']}"
    yield from _addresses(held, run, rows)


def _addresses(held: Held, run: Any, rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The number of management addresses of a customer is that of all of them that the verdicts name, of those apart of which it is only not known."""
    for row in rows:
        match = re.match(
            r"not (?P<doubted>known to be )?covered: (?P<number>\d+) management address(?P<many>es)?: ", row["what"]
        )
        if match is None:
            continue
        if (match["number"] == "1") is bool(match["many"]):
            yield f"it says {row['what']}"
        told = [
            dict(re.findall(r"^(management address of [^:]+): (\S+)", "\n".join(one["not_covered"]), re.MULTILINE))
            for one in run.report["appliances"]
            if one["customer"] == row["customer"]
        ]
        number = sum(len(one) for one in told if (set(one.values()) == {"unknown"}) is bool(match["doubted"]))
        if number != int(match["number"]):
            yield f"it says {row['what']}, and the verdicts name {number}"


def _closings_missing(held: Held, appliance: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    closings = [row for row in rows if row["what"].startswith("closed (")]
    own = [
        (number, one)
        for number, one in enumerate(held.actions)
        if one.appliance == appliance and any(one.name in names for names in STEPS_BY.values())
    ]
    if not is_clear(held) or len(own) != 1 or not own[0][1].ours or own[0][1].by != held.found.by:
        return
    number, action = own[0]
    shut = [one for one in held.places(appliance) if _became_shut(held, one, number) and not _served(held, one)]
    for customer in {one.customer for one in shut}:
        names = {
            name
            for row in closings
            if row["customer"] == customer and (match := _CLOSED.match(row["what"])) and match["names"]
            for name in match["names"].split(", ")
        }
        missing = {one.vserver for one in shut if one.customer == customer} - names
        if missing and len(names) < _MOST:
            yield f"{sorted(missing)} of {customer} at {appliance} is closed since action {number}, {action.name}, and no decision names it"


def _became_shut(held: Held, place: Place, number: int) -> bool:
    """Return whether a service gave everybody something before an action, and nobody after it."""
    sights = held.night.world.sights
    before = number == 0 or all(sights[number - 1].got[place, client] is Got.SERVED for client in CLIENTS)
    return before and all(one.got[place, client] is not Got.SERVED for one in sights[number:] for client in CLIENTS)


def _served(held: Held, place: Place) -> bool:
    return any(held.now.got[place, client] is Got.SERVED for client in CLIENTS)


def _is_ours(held: Held, appliance: str, *types: str) -> bool:
    """:param types: of what is ours there; none: its policy"""
    running = held.night.world.running(appliance)
    inside = [one for node in running.nodes for one in (node, *node.partitions.values())]
    rows = (one.running.rows.get(name) for one in inside for name in types or ("responderpolicy",))
    return any(held.weakness.policy in str(one) for one in rows)


def _has_applied(held: Held, appliance: str) -> bool:
    return any(
        one.appliance == appliance
        and one.by == held.found.by
        and one.ours
        and one.said.startswith(("mitigated", "observe"))
        for one in held.actions
    )


def _table(page: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """A page has the decisions in their order, and their number."""
    found = [match.groupdict() for match in _ROW.finditer(page)]
    wanted = [(bool(row["overdue"]), row["due"], row["customer"], row["host"], row["what"]) for row in rows]
    said = [
        (bool(one["overdue"]), *(html.unescape(one[name]).strip() for name in ("due", "customer", "host", "what")))
        for one in found
    ]
    if [_plain(one) for one in said] != [_plain(one) for one in wanted]:
        yield f"its decisions are {said}, in place of {wanted}"
    number = re.search(r'<h2 id="decisions-h">Open decisions: (\d+)</h2>', page)
    if (int(number[1]) if number else 0) != len(rows):
        yield f"it says {number[0] if number else 'no decisions'}, and they are {len(rows)}"


def _plain(cells: Sequence[Any]) -> list[str]:
    """Return cells without what keeps a program from making a link of an address."""
    return [re.sub(r"\[(.)\]", r"\1", str(one)) for one in cells]
