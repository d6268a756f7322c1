# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The screen at the end of a status: each appliance is told once, with its verdict, what it needs and what is next; and all lines of the fleet are there.

Where appliances share a paragraph, what only one of them has (its name, its addresses, the time of the day of its records) is left out of its words.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from tests.nights.duty_checks import at, is_clear
from tests.nights.held import Held
from tests.nights.list_checks import STEPS_BY, standing
from tests.nights.outputs import RunOutputs
from tests.nights.shapes import NAMES

Values = Mapping[str, Any]
_ADDRESS = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?(?![\w.]*\d)")
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)(?:T\d\d:\d\d:\d\d(?:\+00:00|Z)| \d\d:\d\d UTC)")
_RECORD = re.compile(r"record \d{8}T\d{6}\.\d+Z[\w.-]*|its record")
_LOUD = {
    "unread": "NOT READ of",
    "elsewhere": "NOT KNOWN TO BE CLOSED:",
    "failover": "NOT CLOSED EVERYWHERE",
    "shut_there": "STEP NOT IN FORCE EVERYWHERE",
    "accepted": "LET IN as acknowledged at",
}
_SHUT = ("off", "notice")
"""The steps after which nobody gets a service."""
_CLOSED = re.compile(
    r"^closed at (?P<customer>.+?): (?P<rest>.*?)(?:; (?P<most>at most )?(?P<minutes>[\d,]+) minutes? closed)?$"
)
_NOT_SURE = ("at_the_latest", "is_open", "unread", "elsewhere")
"""The keys of a row of which nobody knows for how much of its time it was closed."""
_MINUTES = re.compile(r"^minutes closed at (?P<customer>.+): (?P<most>at most )?(?P<minutes>[\d,]+)$")
_IN_ALL = re.compile(
    r"^minutes closed in all: (?P<most>at most )?(?P<minutes>[\d,]+), in which something was closed to everybody$"
)
_DEBT = re.compile(
    r"^debt: (?P<measure>\w+) is (?P<where>.+?)(?:, the oldest since (?P<since>[\d-]+) \((?P<host>\w+)\))?"
    r"(?:, fixes planned until [\d-]+)?(?P<none>, no fix planned(?: for (?P<names>[\w, ]+?))? \(tourniquet_planned_fix\))?$"
)
_COUNTER = re.compile(r"^    (?P<policy>tq_\w+)(?: on (?P<number>\d+) appliances)?: (?P<text>\d+ hits?.*)$")


def wrong_screens(held: Held) -> Iterator[str]:
    """Yield what is not so, or left out."""
    for name, run in (("status", held.found.status), ("catalogue", held.found.catalogue)):
        for why in (
            *_paragraphs(held, run),
            *_fleet(held, run),
            *_closed(held, run),
            *_rows(held, run),
            *_not_looked_at(run),
            *_once(run),
            *_names_below(held, run),
            *_asked(run),
        ):
            yield f"the screen of {name}: {why}"


def _alike(text: str, hosts: Iterable[str]) -> str:
    """Return a text without what only one appliance has."""
    for host in hosts:
        text = re.sub(rf"(?<![\w.-]){host}(?![\w-])|<appliance>", "#", text)
    text = _RECORD.sub("record", _ADDRESS.sub("<address>", _TIME.sub(r"\1", text)))
    return re.sub(r"[\w./-]+ \d[\d.]*\d(?= or later)|a build of its own release", "build", text)


# -- paragraphs of appliances -----------------------------------------------------------------------------------------


def _paragraphs(held: Held, run: RunOutputs) -> Iterator[str]:
    told: list[str] = []
    for first, *more in _split(run.screen):
        hosts = _hosts_of(held, first, more)
        told += hosts
        if len(hosts) > 1 and not re.search(rf"(^|  ){len(hosts)} appliances(  |$)", first):
            yield f"{first} is of {hosts}"
        for host in hosts:
            for why in _of_a_host(held, run, host, first, more, hosts):
                yield f"{host}: {why}"
        if len(hosts) == 1 and f"    {hosts[0]}" in more:
            yield f"{first}: it names {hosts[0]} again"
    if sorted(told) != sorted(held.night.appliances):
        yield f"its paragraphs are of {told}"


def _split(screen: Sequence[str]) -> Iterator[list[str]]:
    """Yield each paragraph that is about appliances: its first line, and those below."""
    own: list[str] = []
    for line in (*screen, "end"):
        if line.startswith("    ") and own:
            own.append(line)
            continue
        if own and _FIRST.match(own[0]):
            yield own
        own = [line]


_WHO = rf"(?:{'|'.join(NAMES)}|\d appliances)"
_FIRST = re.compile(
    rf"^(?:{_WHO} +(?:[A-Z]+  )?(?:\d+\.\d+\S* \d+\.\d+|\d builds|(?=UNREACHABLE|FAILED|REFUSED|NOT READ)| {{8}})"
    rf"|(?:[A-Za-z]+(?:,? [A-Za-z]+)*)  {_WHO}  \S"
    rf"|{_WHO}  +(?:UNREACHABLE|FAILED|REFUSED|HELD)\b)"
)


def _hosts_of(held: Held, first: str, more: Sequence[str]) -> list[str]:
    names = [one for one in held.night.appliances if re.search(rf"(^|  ){one}( |$)", first)]
    if names:
        return names[:1]
    below = more[0].strip() if more else ""
    return [one for one in re.split(r", | and ", below) if one in held.night.appliances]


def _of_a_host(
    held: Held, run: RunOutputs, host: str, first: str, more: Sequence[str], hosts: Sequence[str]
) -> Iterator[str]:
    result, text = run.results[host], _alike("\n".join([first, *more]), hosts)
    verdict, problem = result.get("verdict"), run.problems.get(host, "")
    if problem:
        kind, _colon, reason = problem.partition(": ")
        if kind.upper() not in first:
            yield f"it is {kind}, and the screen says {first}"
        if reason and _alike(reason.removeprefix(f"{host}: "), hosts).split(". Next action")[0] not in text:
            yield f"it is {problem}, and the screen says {text}"
        return
    if not verdict:
        return
    word = str(verdict["word"])
    if word not in first and word.upper() not in first:
        yield f"it is {word}, and the screen says {first}"
    if "entries" in result and (word.upper() in first) is not (verdict["exit_code"] >= 2):
        yield f"{word} has exit code {verdict['exit_code']}, and the screen says {first}"
    yield from _reason_and_next(result, first, more, hosts)
    if "entries" not in result:
        yield from _details(result, text, more, hosts)


def _reason_and_next(result: Values, first: str, more: Sequence[str], hosts: Sequence[str]) -> Iterator[str]:
    verdict, text = result["verdict"], _alike("\n".join([first, *more]), hosts)
    is_alone = len(hosts) == 1
    if (is_alone or "entries" not in result) and _alike(str(verdict["reason"]), hosts) not in text:
        yield f"its reason is {verdict['reason']}, and the screen says {text}"
    if is_alone and str(verdict["reason"]) not in "\n".join([first, *more]):
        yield f"its reason is {verdict['reason']}, and the screen, where it stands alone, says {text}"
    action = str(verdict["next_action"])
    nexts = [line for line in more if line.startswith("    next")]
    said = [line for line in nexts if is_alone or ": " in line]
    if action not in ("", "none") and _alike(action, hosts) not in _alike("\n".join(said), hosts):
        yield f"its next action is {action}, and the screen says {nexts}"
    if action in ("", "none") and is_alone and nexts:
        yield f"it has no next action, and the screen says {nexts}"
    build = (result.get("appliance") or {}).get("build", "")
    if build and is_alone and build not in first:
        yield f"it runs {build}, and the screen says {first}"
    if "steps" in result and "entries" not in result:
        number = len(result["steps"])
        changes = f"needs {number} change{'s' if number > 1 else ''}" if number else "no changes"
        if f"  {changes}  " not in f"{first}  ":
            yield f"it needs {number} changes, and the screen says {first}"


def _details(result: Values, text: str, more: Sequence[str], hosts: Sequence[str]) -> Iterator[str]:
    customers = result.get("customers") or ()
    if (len(customers) > 1 or len(hosts) == 1) and (len(customers) > 1) is not bool(
        re.search(r"\n    customers(?: at [^:]+)?: ", text)
    ):
        yield f"it has {len(customers)} customers, and the screen says {text}"
    for one in customers if len(customers) > 1 else ():
        shown = f"{one['customer']} ({', '.join(one['vservers'])})" if one["vservers"] else one["customer"]
        if shown not in text:
            yield f"{shown} is a customer, and the screen says {text}"
    drift = [one for one in result.get("drift", ()) if one not in result.get("corrected", ())]
    of_some = "\n    drift at " in text and len(hosts) > 1  # of those of a group that it names
    if bool(drift) is not ("\n    drift" in text) and (drift or not of_some or "\n    drift: " in text):
        yield f"its drift is {drift}, and the screen says {text}"
    today = (result.get("verdict_today") or {}).get("word")
    if (today not in (None, result["verdict"]["word"])) is not ("\n    today" in text):
        yield f"its verdict today is {today}, and the screen says {text}"
    for note in result.get("notes", ()) if len(hosts) == 1 else ():
        if f"    note: {_alike(note, hosts)}" not in text:
            yield f"it has the note {note}, and the screen says {text}"
    if len(hosts) == 1 and not result.get("parts"):
        yield from _counters(result, more)


def _counters(result: Values, more: Sequence[str]) -> Iterator[str]:
    """The counter of each policy is told, and how many of its hits are our own."""
    shown = {match["policy"]: match["text"] for line in more if (match := _COUNTER.match(line))}
    hits, probes = result.get("hits") or {}, result.get("probe_hits") or {}
    if {*shown} != {*hits}:
        yield f"it has counters of {[*hits]}, and the screen of {[*shown]}"
    for policy, count in hits.items():
        numbers = [int(one) for one in re.findall(r"(\d+) (?:hits?|by our)", shown.get(policy, ""))]
        own = probes.get(policy, 0)
        if numbers != ([count - own, own] if own else [count]):
            yield f"{policy} has {count} hits, {own} of ours, and the screen says {shown.get(policy)}"
        if "of unknown origin" in shown.get(policy, "") and count == own:
            yield f"all hits of {policy} are ours, and the screen says {shown[policy]}"


# -- lines of the fleet -----------------------------------------------------------------------------------------------


def _fleet(held: Held, run: RunOutputs) -> Iterator[str]:
    names = held.night.appliances
    text = [_alike(line, names) for line in run.screen]
    for host, result in run.results.items():
        for key, loud in (("protection_lost", "PROTECTION LOST"), ("protection_reduced", "PROTECTION REDUCED")):
            own = [
                line
                for line in run.screen
                if line.startswith(loud) and re.search(rf"\b{host}\b", line.partition(": ")[0])
            ]
            for one in result.get(key) or ():
                if not any(_alike(one, names) in _alike(line, names) for line in own):
                    yield f"{host}: {key}: {one} is not told"
            if own and not result.get(key):
                yield f"{host} has lost nothing, and it says {own[0]}"
        for one in (result.get("verdict") or {}).get("missing", ()):
            what = _alike(one, names)
            if not any(
                line.startswith("not covered") and line.endswith(what.partition(": ")[2] or what) for line in text
            ):
                yield f"{host}: not covered: {one} is not told"
    known = {
        _alike(one, names)
        for result in run.results.values()
        for one in (result.get("verdict") or {}).get("missing", ())
    }
    for line in text:
        match = re.match(r"not covered(?: at [#\w, ]+?)?: (.+)", line)
        if match and match[1] not in known:
            yield f"nothing says {line}"
    yield from _of_the_catalogue(run)
    yield from _debts(run)


def _of_the_catalogue(run: RunOutputs) -> Iterator[str]:
    """Each hunt is told once, with its words; and which catalogue it was."""
    own = {
        host: one for host, one in run.results.items() if isinstance(one.get("entries"), list) and one.get("verdict")
    }
    lines = [line for line in run.screen if line.startswith("hunt: ")]
    for host, result in own.items():
        text = str((result.get("hunt") or {}).get("text", ""))
        alone = [line for line in lines if line.startswith(f"hunt: {host}: ")]
        shared = [line for line in lines if re.match(r"hunt: \d appliances: ", line)]
        is_told = [f"hunt: {host}: {text}"] == alone or any(
            text in line or str((result.get("hunt") or {}).get("outcome")) in line for line in shared
        )
        if "hunt" in result and not is_told:
            yield f"the hunt of {host} said {text}, and the screen says {lines}"
    outcomes = Counter(str(result["hunt"]["outcome"]) for result in own.values() if "hunt" in result)
    numbers = [int(one) for line in run.screen for one in re.findall(r"^hunt: (\d+) appliances: ", line)]
    if sorted(numbers) != sorted(number for number in outcomes.values() if number > 1):
        yield f"hunts of the appliances found {dict(outcomes)}, and the screen says {lines}"
    heads = [line for line in run.screen if line.startswith(("catalogue of ", "facts of "))]
    if not own:
        if heads:
            yield f"nothing was judged by the catalogue, and it says {heads}"
        return
    dates = sorted({str((one.get("catalogue") or {}).get("newest_fact")) for one in own.values()})
    number = max(len(one["entries"]) for one in own.values())
    silent = any("hunt" not in one for one in own.values())
    wanted = f"catalogue of {', '.join(dates)}: {number} entr{'y' if number == 1 else 'ies'}"
    named = {str(entry["id"]) for one in own.values() for entry in one["entries"]}
    if number == len(named) == 1:
        wanted = f"facts of {', '.join(dates)}: the entry {named.pop()} alone"
    if len(heads) != 1 or not heads[0].startswith(wanted) or ("were not looked for" in heads[0]) is not silent:
        yield f"it says {heads}, in place of {wanted}"


def _debts(run: RunOutputs) -> Iterator[str]:
    """What is still there is told by measure: where, since when, and that no fix is planned."""
    by_measure: dict[str, list[tuple[Values, str]]] = {}
    for host, result in run.results.items():
        for debt in result.get("debt") or ():
            by_measure.setdefault(debt["measure"], []).append((debt, host))
    lines = [line for line in run.screen if line.startswith("debt: ")]
    if len(lines) != len(by_measure):
        yield f"{len(by_measure)} measures are still there, and it says {lines}"
    for line in lines:
        match = _DEBT.match(line)
        if match is None or match["measure"] not in by_measure:
            yield f"no form of a debt has {line}"
            continue
        debts = by_measure[match["measure"]]
        since = min(((debt["since"][:10], host) for debt, host in debts if debt["since"]), default=(None, None))
        if (match["since"], match["host"]) != since:
            yield f"the oldest is of {since}, and it says {line}"
        needed = {host for debt, host in debts if debt.get("needed", True) and not debt["planned_fix"]}
        if bool(match["none"]) is not bool(needed) or (
            match["names"] and {*re.split(r", | and ", match["names"])} != needed
        ):
            yield f"no fix is planned for {sorted(needed)}, and it says {line}"
        states = {debt.get("state") or "in place" for debt, _host in debts}
        numbers = [int(one) for one in re.findall(r"on (\d+) appliances?", match["where"])]
        if sum(numbers) < len({host for _debt, host in debts}) or len(numbers) != len(states):
            yield f"it is on {len(debts)} appliances, {states}, and it says {line}"


# -- what is closed ---------------------------------------------------------------------------------------------------


def closures_of(run: RunOutputs) -> list[Values]:
    """Return the rows of all appliances that say what is or was closed."""
    return [
        {**row, "host": host} for host, result in sorted(run.results.items()) for row in result.get("closures") or ()
    ]


def minutes(rows: Iterable[Values]) -> int:
    """Return in how many minutes something was closed to everybody, each once."""
    shut: list[tuple[datetime, datetime]] = []
    for row in rows:
        if row["step"] in _SHUT:
            begin = datetime.fromisoformat(row["since"])
            shut.append((begin, begin + timedelta(minutes=row["minutes"])))
    total, reached = timedelta(), None
    for begin, end in sorted(shut):
        total += max(end - (begin if reached is None else max(begin, reached)), timedelta())
        reached = end if reached is None else max(end, reached)
    return int(total.total_seconds() // 60)


def _closed(held: Held, run: RunOutputs) -> Iterator[str]:
    rows = closures_of(run)
    customers = {row["customer"] for row in rows}
    in_all = [match for line in run.screen if (match := _IN_ALL.match(line))]
    if (len(customers) > 1) is not bool(in_all) or any(_number(one["minutes"]) != minutes(rows) for one in in_all):
        yield f"{minutes(rows)} minutes of {len(customers)} customers, and it says {[one[0] for one in in_all]}"
    closed = {match["customer"]: match for line in run.screen if (match := _CLOSED.match(line))}
    past = {match["customer"]: match for line in run.screen if (match := _MINUTES.match(line))}
    for customer in customers - {""}:
        own = [row for row in rows if row["customer"] == customer]
        now = [row for row in own if not row["until"] and not row.get("is_open")]
        if bool(now) is not (customer in closed):
            yield f"{customer} has {len(now)} closings that last, and it says {closed.get(customer) or 'nothing'}"
            continue
        if not now and bool(minutes(own)) is not (customer in past):
            yield f"{customer} had {minutes(own)} minutes, and it says {past.get(customer) or 'nothing'}"
        line = closed.get(customer) or past.get(customer)
        if line is not None and _number(line["minutes"] or "0") != minutes(own):
            yield f"{customer} had {minutes(own)} minutes, and it says {line[0]}"
        sure = [row for row in own if not any(row.get(key) for key in _NOT_SURE)]
        if line is not None and line["minutes"] and bool(line["most"]) is (minutes(sure) == minutes(own)):
            yield f"{customer} had surely {minutes(sure)} minutes, and it says {line[0]}"
        for row in now:
            yield from _told(
                closed[customer]["rest"], row, customer, [one for one in now if one["step"] == row["step"]]
            )
    if unknown := ({*closed} | {*past}) - customers:
        yield f"nothing is or was closed at {sorted(unknown)}"
    yield from _loud(run, rows)


def _not_looked_at(run: RunOutputs) -> Iterator[str]:
    """What is said not to be looked at was not."""
    head = "not looked at: whether something is closed at "
    for line in run.screen:
        hosts = re.split(r", | and ", line.removeprefix(head)) if line.startswith(head) else ()
        if looked := [host for host in hosts if "closures" in run.results.get(host, {})]:
            yield f"the closings of {looked[0]} were read, and it says {line}"


def _once(run: RunOutputs) -> Iterator[str]:
    """No line of the fleet stands there twice; the details of appliances and the commands of a next action may be alike."""
    lines = Counter(line for line in run.screen if line.strip() and not line.startswith("    "))
    yield from (f"{line} stands there {number} times" for line, number in lines.items() if number > 1)


def _names_below(held: Held, run: RunOutputs) -> Iterator[str]:
    """A line of names alone is below one that says how many appliances it is of, where these are more than one."""
    for before, line in pairwise(run.screen):
        names = [one for one in re.split(r", | and ", line.strip()) if line.startswith("    ")]
        if names and {*names} <= {*held.night.appliances} and f"{len(names)} appliances" not in before:
            yield f"{line.strip()!r} is below {before}"


_DECISIONS = ("reason", "ticket", "who")
"""What only a person knows who decides."""


def _asked(run: RunOutputs) -> Iterator[str]:
    """A line whose playbook closes, opens or lets somebody in asks for all three that its decision needs, or has them from this run."""
    for line in run.screen:
        match = re.match(r"\s+ansible-playbook playbooks/(lockdown|reopen|close)\.yml ", line)
        if match and (missing := [name for name in _DECISIONS if f"{name}=" not in line]):
            yield f"it does not ask for {missing}: {line}"
        looks = re.match(
            r"\s+ansible-playbook playbooks/(?:status|hunt|audit|ledger|read_logs|doctor|watch|alarm)\.yml ", line
        )
        if looks and "='<" in line:
            yield f"nobody has to decide on a look: {line}"


def _number(text: str) -> int:
    return int(text.replace(",", ""))


_DOUBT = ("unread", "elsewhere")
"""What is against it that something is closed as the records say."""


def _told(rest: str, row: Values, customer: str, beside: Sequence[Values]) -> Iterator[str]:
    """A closing that lasts is told under its step, with its service, its beginning and its end.

    :param beside: all closings of the customer by this step that last
    """
    parts = [part for part in rest.split("; ") if f" ({row['step']}) " in part]
    if not parts or (row["vserver"] not in parts[0] and " more" not in parts[0]):
        yield f"{row['vserver']} of {customer} is closed by {row['step']}, and it says {rest}"
    elif not row.get("clock_wrong") and "clock" not in parts[0]:
        doubt = any(row.get(key) for key in ("unread", "elsewhere"))
        if doubt and "it is not known whether it still is" not in parts[0]:
            yield f"nobody knows whether {row['vserver']} is closed, and it says {parts[0]}"
        if not any(any(one.get(key) for key in _DOUBT) for one in beside) and "it is not known" in parts[0]:
            yield f"nothing is against it that {row['vserver']} is closed, and it says {parts[0]}"
        times = _TIME.findall(parts[0])
        if len(times) != 2 or min(times) > row["since"][:10]:
            yield f"{row['vserver']} is closed since {row['since']}, and it says {parts[0]}"


def _loud(run: RunOutputs, rows: Sequence[Values]) -> Iterator[str]:
    """What is against a closing is told loudly, and nothing is that is not so."""
    for key, loud in _LOUD.items():
        lines = [line for line in run.screen if line.startswith(f"{loud} ")]
        whys = {str(row[key]) for row in rows if row.get(key)}
        if {line.partition(f"{loud} ")[2].partition(": ")[2] for line in lines} != whys:
            yield f"{key}: {whys}, and it says {lines}"
    for stands, loud in (("open", "NOT CLOSED"), ("beside", "STEP NOT IN FORCE")):
        wanted = {(row["customer"], row["step"], row.get("closed_by")) for row in rows if standing(row) == stands}
        lines = [line for line in run.screen if line.startswith(f"{loud} ") and "by our records since" in line]
        if len(lines) != len(wanted) or any(
            f" ({step}) " not in "\n".join(lines) or (by and f"({by})" not in "\n".join(lines))
            for _who, step, by in wanted
        ):
            yield f"{loud}: {sorted(wanted)}, and it says {lines}"
    for row in rows:
        beside = [other for other in rows if all(other[key] == row[key] for key in ("host", "customer", "vserver"))]
        if row.get("closed_by") and not any(
            one["step"] == row["closed_by"] in _SHUT and not one["until"] and not standing(one) for one in beside
        ):
            yield f"{row['vserver']} is said to be closed by {row['closed_by']}, and its closings are {beside}"
    overdue = {(row["customer"], row["step"]) for row in rows if row["overdue"]}
    lines = [line for line in run.screen if line.startswith("DECISION OVERDUE ")]
    if len(lines) != len(overdue) or any(f" at {who}: " not in "\n".join(lines) for who, _step in overdue if who):
        yield f"{sorted(overdue)} are overdue, and it says {lines}"


def _rows(held: Held, run: RunOutputs) -> Iterator[str]:
    """A row says when something was closed and opened, by whom, and for how many minutes: those of the night."""
    whos = {held.night.nodes[one.by][one.appliance].who for one in held.actions} | {"J. Jansen"}
    for row in closures_of(run) if is_clear(held) else ():
        since = datetime.fromisoformat(row["since"])
        until = datetime.fromisoformat(row["until"]) if row["until"] else held.found.at
        said = f"{row['vserver']} of {row['customer']} at {row['host']}, {row['step']} since {row['since']} until {row['until']}"
        if not _was_done(held, row["host"], since, STEPS_BY.get(row["step"], ())):
            yield f"{said}: nobody closed it then"
        if row["until"] and not _was_done(held, row["host"], until, ()):
            yield f"{said}: nobody did anything then"
        if (
            row["step"] == "off"
            and row["until"]
            and bool(row.get("at_the_latest")) is not _was_done(held, row["host"], until, ("off",))
        ):
            yield f"{said}: at the latest: {row.get('at_the_latest')}, and who opened it was{'' if row.get('at_the_latest') else ' not'} one of ours"
        if abs((until - since).total_seconds() / 60 - row["minutes"]) > 1 and not row.get("is_open"):
            yield f"{said}: it says {row['minutes']} minutes"
        if row.get("decided_by") and row["decided_by"] not in whos:
            yield f"{said}: it is decided by {row['decided_by']}"
        if (
            row["expires"]
            and not row["until"]
            and row["overdue"] is not (datetime.fromisoformat(row["expires"]) <= held.found.at)
        ):
            yield f"{said}: it is due at {row['expires']}, overdue: {row['overdue']}"
        if row["until"] and row["overdue"]:
            yield f"{said}: it is overdue, and ended"
        if row["customer"] and not any(
            place.vserver == row["vserver"] and place.customer == row["customer"]
            for place in held.night.world.places_of(row["host"])
        ):
            yield f"{said}: {row['customer']} has no such service there"


def _was_done(held: Held, host: str, when: datetime, names: Sequence[str]) -> bool:
    return any(
        one.appliance == host
        and (not names or one.name in names)
        and abs(at(held, number) - when) < timedelta(minutes=3)
        for number, one in enumerate(held.actions)
    )
