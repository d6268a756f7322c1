# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The checks of the cells of pages and CSV files against the world, and what such a file must not leave out. Each returns why a claim is not true, or ""."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.nights.cells import rows_of
from tests.nights.claims import Claim
from tests.nights.held import Check, Held
from tests.nights.night import WHO
from tests.nights.outputs import RunOutputs
from tests.nights.page_checks import plain
from tests.nights.world import BEHIND, FIXED, PORTAL, Place

_BUILD = re.compile(r"(?:(?<![\d.\w])|(?<=\bNS))(1\d\.\d)[ :]+(?:Build )?(\d+\.\d+)(?![\d.])")
_RECORD = re.compile(r"record \d{8}T\d{6}\.\d+Z-run(\d+)")
_MOMENT = re.compile(r"^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d)")
_A_DAY = timedelta(days=1, hours=1)
_STEPS = ("off", "notice", "partners", "paths", "countries")
_LASTS = ("OPEN on the appliance", "not known whether it still is", "still closed")
_TAKEN = re.compile(r"^(not in force, .+ closes it|OPEN on the appliance|not known whether it still is|still closed)$")


def _text(claim: Claim) -> str:
    return str(claim.about["text"])


def true_text(held: Held, claim: Claim) -> str:
    """A build that is named ran at the appliance, or has the fix; a record that is named is of a run there."""
    text, world = _text(claim), held.night.world
    fixes = {f"{train} {build}.{part}" for train, (build, part) in FIXED.items()}
    names = [claim.appliance] if claim.appliance in world.builds else [*world.builds]
    ran = {build for seen in world.sights for name in names for build in seen.builds[name]}
    ran |= {build for name in names for build in world.builds[name]}
    for train, number in _BUILD.findall(text):
        if f"{train} {number}" not in ran | fixes:
            return f"{train} {number} never ran there, and is no fix"
    for number in map(int, _RECORD.findall(text)):
        if number >= len(held.night.actions) or held.night.actions[number].appliance not in names:
            return f"run {number} was not there"
    return ""


def one_of(*wanted: str) -> Check:
    return lambda _held, claim: "" if _text(claim) in wanted else f"it is none of {wanted}"


def _form(pattern: str) -> Check:
    return lambda _held, claim: "" if re.fullmatch(pattern, _text(claim)) else f"it has not the form {pattern}"


def host(held: Held, claim: Claim) -> str:
    known = claim.about.get("hosts") or {one: one for one in held.night.appliances}
    if _text(claim) in known:
        return ""
    wrong = [one for one in _text(claim).split(", ") if known.get(one, one) not in held.night.appliances]
    return f"{wrong[0]} is no appliance" if wrong else ""


def customer(held: Held, claim: Claim) -> str:
    """Each customer that is named has a service there."""
    world = held.night.world
    there = world.customers(claim.appliance if claim.appliance in world.builds else None)
    return "" if _text(claim) in there or not _text(claim) else f"it is of {there}"


def whose(held: Held, claim: Claim) -> str:
    """All customers with a service there are named, and nobody else; on the page of one, that one alone."""
    own = str(claim.about["customer"])
    wanted = {own} if own else {*held.night.world.customers(claim.appliance)}
    said = _text(claim)
    return "" if said in map(", ".join, _orders(wanted)) else f"it is of {sorted(wanted)}"


def _orders(names: set[str]) -> Iterator[Sequence[str]]:
    from itertools import permutations

    yield from permutations(names)


def build(held: Held, claim: Claim) -> str:
    """It runs there now; where nothing can be read, it may be missing."""
    said, builds = _text(claim), held.now.builds[claim.appliance]
    if not said:
        return "" if not held.is_read(claim.appliance) else f"it runs {builds}"
    return "" if said in builds else f"it runs {builds}"


def state(held: Held, claim: Claim) -> str:
    """It is ok where a node answers."""
    if _text(claim) in ("ok", "not changed"):
        return "none of its nodes answers" if _is_away(held, claim.appliance) else ""
    return f"it is {_text(claim)}, and it can be read" if held.is_read(claim.appliance) else ""


def _is_away(held: Held, appliance: str) -> bool:
    running = held.night.world.running(appliance)
    return all(running.faults.active("refuse", node.index) for node in running.nodes)


def saved(held: Held, claim: Claim) -> str:
    """What runs of our measure is saved, on the node that serves."""
    node = held.night.world.running(claim.appliance).primary
    name = held.weakness.policy
    for one in (node, *node.partitions.values()):
        for table in ("responderpolicy", "responderglobal_responderpolicy_binding"):
            running, kept = (
                [row for row in rows.get(table, {}).values() if name in str(row)]
                for rows in (one.running.rows, one.saved.rows)
            )
            if _text(claim) in ("true", "yes") and running != kept:
                return f"{table} of {name} is not"
    return ""


def measure(held: Held, claim: Claim) -> str:
    known = {one.id: str(one.version) for one in (PORTAL, BEHIND)}
    name, _sign, version = _text(claim).partition(" v")
    if name in (
        "",
        "catalogue",
        "closing",
        "node_local",
        "url_whitelist",
        "geoblock",
        "on_box",
        "end_sessions",
        "lockdown",
    ):
        return ""
    return "" if name in known and version in ("", known[name]) else f"it is none of {known}"


def there(held: Held, claim: Claim) -> str:
    """Of what is a debt, something is on a node, in what runs or in what is saved."""
    name = f"tq_{_text(claim)}"
    return (
        ""
        if not _text(claim).startswith("cve_") or _has(held, claim.appliance, name, saved=True)
        else "nothing of it is there"
    )


def _has(held: Held, appliance: str, name: str, *, saved: bool) -> bool:
    nodes = held.night.world.running(appliance).nodes
    scopes = [one for node in nodes for one in (node, *node.partitions.values())]
    texts = [str(one.running.rows.get("responderpolicy")) for one in scopes]
    texts += [str(one.saved.rows.get("responderpolicy")) for one in scopes] if saved else []
    return any(f"'{name}'" in text for text in texts)


def past(held: Held, claim: Claim) -> str:
    """A time is not in the future; the clock of a run may be a day ahead."""
    found = _MOMENT.match(_text(claim))
    if found is None:
        return "" if not _text(claim) or _TAKEN.match(_text(claim)) else "it is no time"
    at = datetime.fromisoformat(f"{found[1]}T{found[2]}").replace(tzinfo=UTC)
    ahead = _A_DAY if any(one.name == "clock_ahead" for one in held.night.actions) else timedelta(minutes=5)
    return "" if at <= held.night.now + ahead else f"it is {held.night.now}"


def due(held: Held, claim: Claim) -> str:
    """What is overdue was due; what is not is not yet."""
    text = _text(claim)
    found = _MOMENT.match(text.removeprefix("overdue ").strip())
    if found is None:
        return "" if re.fullmatch(r"(overdue )?(\d{4}-\d\d-\d\d)?|overdue", text) else "it is no time"
    at = datetime.fromisoformat(f"{found[1]}T{found[2]}").replace(tzinfo=UTC)
    is_over = at <= held.found.at
    return "" if text.startswith("overdue") is is_over else f"it is {held.found.at}"


def now(held: Held, claim: Claim) -> str:
    """It was made now."""
    wanted = held.found.at.strftime("%Y-%m-%d %H:%M")
    return "" if wanted in _text(claim).replace("T", " ") else f"it is {wanted}"


def today(held: Held, claim: Claim) -> str:
    wanted = f"{held.found.at:%Y-%m-%d}"
    if _text(claim) in ("", "no date: nothing was judged"):
        return "" if not all(map(held.is_read, held.night.appliances)) else "each could be read"
    return "" if _text(claim).startswith(wanted) else f"it is {wanted}"


def worst(held: Held, claim: Claim) -> str:
    """Where it says ok, no attack passes at an appliance of the customer."""
    names = {one.appliance for one in held.night.world.places_of(customer=claim.customer)}
    passes = [name for name in names if held.passed(name) and held.is_read(name) and not held.weakness.is_behind]
    return f"it passes at {passes[0]}" if _text(claim) == "ok" and passes else ""


def number_of_appliances(held: Held, claim: Claim) -> str:
    wanted = len({one.appliance for one in held.night.world.places_of(customer=claim.customer)})
    return "" if _text(claim) == str(wanted) else f"the customer has services at {wanted}"


def number_of_word(held: Held, claim: Claim) -> str:
    said = int(_text(claim) or 0)
    own = len({one.appliance for one in held.night.world.places_of(customer=claim.customer)})
    return "" if said <= own else f"the customer has services at {own}"


def vservers(held: Held, claim: Claim) -> str:
    """Each virtual server that is named is there; those of an admin partition too."""
    names = {one.vserver for one in held.places(claim.appliance)}
    wrong = [one for one in re.split(r", | and ", _text(claim)) if one and one not in names and "more" not in one]
    return f"{wrong[0]} is none of {sorted(names)}" if wrong else ""


def pasted(held: Held, claim: Claim) -> str:
    """A line to paste is for this appliance alone."""
    found = re.search(r"--limit (\S+)", _text(claim))
    if found is None:
        return "it is for all"
    return "" if found[1] in (claim.appliance, *claim.about["hosts"]) else f"it is for {found[1]}"


def person(held: Held, claim: Claim) -> str:
    return "" if _text(claim) in ("", *WHO.values()) else f"{_text(claim)} decided nothing"


def closed_at(held: Held, claim: Claim) -> str:
    """A service that is called closed is so for somebody, unless the same row says that it is not known, or open."""
    lasts = str(claim.about["row"].get("Opened", ""))
    if wrong := past(held, claim):
        return wrong
    if lasts != "still closed":
        return ""
    places = [one for one in _places(held, claim) if not held.is_closed(one)]
    return f"{places[0].vserver} serves everybody" if places and held.is_read(claim.appliance) else ""


def _places(held: Held, claim: Claim) -> list[Place]:
    names = re.split(r", | and ", str(claim.about["row"]["Virtual servers"]))
    return [one for one in held.places(claim.appliance) if one.vserver in names]


def nodes(held: Held, claim: Claim) -> str:
    """Each build that is named runs on a node now, and of those that were read there are no more than nodes."""
    builds = held.now.builds[claim.appliance]
    said = [f"{train} {number}" for train, number in _BUILD.findall(_text(claim))]
    if wrong := [one for one in said if one not in builds]:
        return f"{wrong[0]} does not run there, but {builds}"
    return f"it has {len(builds)} nodes" if len(said) > len(builds) else ""


_SECTIONS = {
    **dict.fromkeys(("Fleet", "Decisions", "Left out", "Appliances", "Consent", "Ledger", "Details", "Words")),
    "Changes": "plans",
    "Shared": "shared",
    "Debts": "debts",
    "Closings": "closings",
    "Earlier runs": "runs",
    "Drills": "drills",
}
"""By what a link is called, the section that only some pages have."""


def leads_to(_held: Held, claim: Claim) -> str:
    """A link leads to what is there."""
    if _text(claim) not in _SECTIONS:
        return "it is no section"
    there = claim.about["sections"]
    name = _SECTIONS[_text(claim)]
    return f"there is no section {name}" if name is not None and name not in there else ""


def as_in_json(held: Held, claim: Claim) -> str:
    """What ledger.csv says is what ledger.json says, which has its own checks; and a text is true."""
    row, column = claim.about["row"], str(claim.about["column"])
    wanted = plain(_of_json(row, column)) if row else ""
    if _text(claim) != wanted:
        return f"ledger.json has {wanted}, and it says {_text(claim)}"
    return true_text(held, claim)


_PARTS = re.compile(r"_(source|confidence)$")


def _of_json(row: Mapping[str, Any], column: str) -> str:
    if column in ("measure", "measure_reason"):
        return str(row["measure"]["reason" if column.endswith("reason") else "word"])
    if column in ("management", "management_reason"):
        last = row["management"][-1] if row["management"] else {}
        return str(last.get("reason" if column.endswith("reason") else "state", ""))
    if column in ("switched_off", "closings"):
        return "; ".join(one["text"] for one in row[column])
    name, part = _PARTS.sub("", column), _PARTS.search(column)
    value = row[name]
    if isinstance(value, Mapping):
        return str(value[part[1] if part else "time"])
    return "; ".join(value) if isinstance(value, list) else "" if value is None else str(value)


_LEDGER = (
    *("appliance", "customer", "entry", "answer", "reason", "measure", "measure_reason"),
    *(
        f"{name}{part}"
        for name in (
            "exposed_from",
            "exploit_public",
            "mitigated",
            "proven",
            "closed",
            "reopened",
            "fixed",
            "hunt",
            "logs_from",
        )
        for part in ("", "_source", "_confidence")
    ),
    *("hunt_outcome", "is_fixed", "switched_off", "closings", "conflicts"),
    *("management", "management_reason", "without_fix"),
)
_NUMBER, _DATE = _form(r"\d*"), _form(r"(\d{4}-\d\d-\d\d)?")
CELLS: dict[str, Check] = {
    **{f"ledger csv: {column}": as_in_json for column in _LEDGER},
    **{f"csv: {column}": true_text for column in ("reason", "problem", "next_action", "not_covered", "not_seen", "record")},
    **{f"{kind}: {column}": check for kind in ("csv", "debt csv") for column, check in (
        ("host", host), ("customer", customer), ("site", one_of("")), ("build", build), ("verdict", true_text),
    )},
    "csv: state": state,
    "csv: exit_code": one_of("0", "1", "2", "3"),
    "csv: measure": measure,
    "csv: version": _NUMBER,
    "csv: changes": _NUMBER,
    "csv: changed": one_of("false"),
    "csv: saved": saved,
    "csv: seal": _form("([0-9a-f]{64})?"),
    "csv: acknowledged": one_of(""),
    "csv: as_of": today,
    "csv: catalogue_date": _DATE,
    "csv: playbook": one_of("status"),
    "csv: finished": now,
    "debt csv: measure": there,
    "debt csv: what": measure,
    "debt csv: since": past,
    "debt csv: planned_fix": one_of(""),
    "debt csv: overdue_days": one_of("0"),
    **{f"debt csv: {column}": true_text for column in ("why", "next_action", "ticket", "reason", "who")},
    "page  list: ": leads_to,
    "page  term: run": now,
    "page  term: verdicts as of": today,
    "page  term: catalogue": true_text,
    "page fleet: Customer": customer,
    "page fleet: Worst": worst,
    "page fleet: Appliances": number_of_appliances,
    "page fleet: a word": number_of_word,
    "page fleet list: ": true_text,
    "page decisions: Due": due,
    "page decisions: Customer": customer,
    "page decisions: Appliance": host,
    "page decisions: What": true_text,
    "page absent list: ": true_text,
    "page appliances: Appliance": host,
    "page appliances: Customer": whose,
    "page appliances: Build": build,
    "page appliances: Verdict": true_text,
    "page appliances: Result": state,
    "page appliances: Changes": _NUMBER,
    "page appliances: Next action": true_text,
    "page shared list: ": true_text,
    "page debts list: ": true_text,
    "page details of: Entry": true_text,
    "page details of: Verdict": true_text,
    "page details of: Reason": true_text,
    "page closings: Closed": closed_at,
    "page closings: Opened": past,
    "page closings: Step": one_of(*_STEPS),
    "page closings: Customer": customer,
    "page closings: Appliance": host,
    "page closings: Virtual servers": vservers,
    "page closings: Decided by": person,
    "page plans: #": _form(r"\d+"),
    "page plans: Change": true_text,
    "page plans: Inverse": true_text,
    **{f"page plans list: {heading}": true_text for heading in (
        "Proof before binding", "Foreseen on all of them", "Not covered on any of them", "Plan", "",
    )},
    "page runs: Started": past,
    "page runs: Verb": true_text,
    "page runs: Measure": measure,
    "page runs: By": true_text,
    "page runs: Outcome": true_text,
    "page runs: Ticket": true_text,
    "page runs: Appliances": host,
    **{f"page details of list: {heading}": true_text for heading in (
        "Proof", "The verdict rests on", "Not covered", "Not seen", "Differences", "Corrected", "Policies of others nearby",
        "Exposed once it is open", "Not proven", "Foreseen", "Notes", "Earlier runs", "Protection lost", "Protection reduced",
    )},
    **{f"page details of term: {term}": true_text for term in (
        "problem", "reason", "next action", "result", "verdict today", "record",
    )},
    "page details of term: to paste": pasted,
    "page details of term: appliance": nodes,
    "page details of term: saved": saved,
    "page details of term: seal": _form("[0-9a-f]{64}"),
    "page details of term: as of": today,
}  # fmt: skip
"""By kind of a cell, its check."""


def left_out_of_files(held: Held) -> Iterator[str]:
    """Yield what a file leaves out: an appliance, a policy of ours that is still there, a management address that is open."""
    runs = (("status", held.found.status), ("catalogue", held.found.catalogue))
    for name, run in runs:
        yield from (f"{name}.csv: {why}" for why in _of_a_table(held, run))
        yield from (f"debt.csv of {name}: {why}" for why in _of_debts(held, run))
    rows = rows_of(held.found.ledger_table)
    for place in held.night.world.places:
        own = [one for one in rows if (one["appliance"], one["customer"]) == (place.appliance, place.customer)]
        if held.weakness.id not in {one["entry"] for one in own}:
            yield f"ledger.csv has no row of {place.appliance} for {place.customer}"


def _of_a_table(held: Held, run: RunOutputs) -> Iterator[str]:
    rows = {row["host"]: row for row in rows_of(run.table)}
    if {*rows} != {*held.night.appliances} or len(rows_of(run.table)) != len(rows):
        yield f"it has {[*rows]}"
    for name, row in rows.items():
        is_open = held.managed(name) and held.is_read(name)
        if is_open and row["verdict"] == "mitigated" and "management address" not in row["not_covered"]:
            yield f"an attack passes at a management address of {name}, and it says not covered: {row['not_covered']}"


def _of_debts(held: Held, run: RunOutputs) -> Iterator[str]:
    told = {(row["host"], row["measure"]) for row in rows_of(run.debts)}
    appliances = {one["host"]: one for one in run.report["appliances"]}
    for row in (one for one in rows_of(run.debts) if one["host"] in appliances):
        its = appliances[row["host"]]
        next_action = (its["verdict"] or {}).get("next_action")
        wanted = {**{key: its[key] for key in ("customer", "site", "build")}, "next_action": next_action}
        for key, value in wanted.items():
            if row[key].removeprefix("'") != str(value or ""):
                yield f"{key} of {row['host']} is {value!r}, and it says {row[key]!r}"
    for name in held.night.appliances:
        is_there = _has(held, name, held.weakness.policy, saved=False)
        if is_there and held.is_read(name) and (name, held.weakness.id) not in told:
            yield f"{held.weakness.policy} is at {name}, and it is not named"
