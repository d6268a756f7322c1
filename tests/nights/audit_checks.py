# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an audit may say: what the record files here hold, which copies are on the nodes, and what was done in the night. Its lines say the same as its values.

The record files are read as the JSON that they are, by no code of the product.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from tests.nights.held import Held
from tests.nights.knowledge import WOULD_PASS
from tests.nights.night import WHO, WITNESSED, Action

Values = Mapping[str, Any]
_COPY = re.compile(r"^/var/tmp/tourniquet_(?P<stem>.+)_(?P<state>begun|ended)\.txt$")
_TROUBLE = ("lease_lost", "copies_lost", "leave", "dies", "clock_ahead", "clock_behind")
"""Actions after which a record can be without its end, or without its copy."""
_UNFINISHED = ("lease_lost", "leave", "dies")
"""Those after which a record or a copy can lack what the other has; nobody in a night writes another one."""
_HOLE = re.compile(r"[,;:(] +[.,;:)](?=\s|$)|\(\)|[,;:(] *$|^\W*$")
_SAME = (
    *("kind", "measure", "version", "run", "started", "finished", "outcome", "saved", "reason", "ticket", "build"),
    *("appliance_user", "problem", "undone_by", "decided_by", "expires", "accepted_exposure", "accepted_unread"),
    *("overruled", "second", "partition"),
)
"""What an audit repeats of a record."""
_KIND: Mapping[str, Sequence[str]] = {
    **dict.fromkeys(("apply", "observe", "edited", "apply_unsaved"), ("apply", "verify")),
    "verify": ("verify",),
    **dict.fromkeys(("undo", "after_fix"), ("rollback", "node_local", "reopen")),
    "off": ("lockdown",),
    "reopen": ("reopen",),
    "cover": ("node_local", "verify"),  # where all is in place, it asks again
    "uncover": ("node_local",),
    # One that is refused keeps what it found; of a list that blocks already, it proves again.
    **dict.fromkeys(("notice", "notice_of_one", "partners", "paths", "countries"), ("apply", "verify")),
}
"""By action, the kinds of records that it leaves; of the others nothing is held."""
_DECIDED = ("off", "notice", "notice_of_one", "partners", "paths", "countries")
_FIRST = re.compile(
    r"^  (?P<started>\S+)(?: to (?P<finished>\S+)|, never ended)  (?P<kind>\w+) (?P<measure>\w+)(?: v(?P<version>\d+))?"
    r"(?: in partition (?P<partition>\S+))? by (?P<user>[^@]+)@(?P<control_node>[^:]+): (?P<words>.+)$"
)
_SECOND = re.compile(r"^      (?P<why>.*); (?P<done>[^;]+) on NS(?P<build>\S+ \S+); on (?P<places>.+)$")
CONFIGURATION = "the configuration of the appliance"
"""What shows that our measure is not in place as it was left."""
_UNDID = re.compile(
    r"^(?P<kind>\w+) (?P<measure>\w+)(?: in partition (?P<partition>\S+))? of (?P<started>\S+?)(?: \((?P<ticket>[^)]+)\))?$"
)
_TIME = r"\d{4}-\d\d-\d\d(?: \d\d:\d\d UTC)?(?: \(assumed\))?"
_BY_RECORDS = "; by the records alone, since an audit reads no configuration ("
_ADDRESS = re.compile(
    rf"^management address of [^:]+: (?P<state>.+?) since (?P<since>{_TIME})(?:, and not proven protected since (?P<longer>{_TIME}))?"
    r": .+ \((?P<entry>\w+)\)$"
)
_MORE: Mapping[str, str] = {
    "provenance": r"(?P<text>signed by .+|accepted by .+|not trusted: .+)",
    "decided_by": r"decided by (?P<text>.+)",
    "accepted_exposure": r"accepted exposure: (?P<text>.+)",
    "accepted_unread": r"accepted unread: (?P<text>.+)",
    "overruled": r"(?:overruled by .+?|accepted answer): (?P<text>.+)",
    "undoes": r"undid: (?P<text>.+)",
    "undone_by": r"undone by: (?P<text>.+)",
    "found": r"found (?P<text>.+)",
    "problem": r"(?P<text>.+)",
}
"""The further lines of a run, by the value that they tell; a problem is told in its own words."""
_AFTERWARDS = {"DIFFERENCE": "differences", "missing": "missing", "note": "notes", "not covered": "not_covered"}


def wrong_audits(held: Held) -> Iterator[str]:
    """Yield what is not so, or left out."""
    for appliance, audit in held.found.audits.items():
        for why in _of_an_audit(held, appliance, audit):
            yield f"the audit of {appliance}: {why}"


def _of_an_audit(held: Held, appliance: str, audit: Values) -> Iterator[str]:
    is_quiet = held.is_read(appliance) and not any(one.name in _TROUBLE for one in held.actions)
    if "runs" not in audit:
        if is_quiet:
            yield f"all can be read, and it fails: {audit.get('msg')}"
        yield from (f"its page: {why}" for why in _of_a_failure(held, appliance, audit))
        return
    records, copies = records_of(held, appliance), copies_of(held, appliance)
    if " were made " in audit["msg"] or " was made " in audit["msg"]:  # under other approvals, or without them
        yield f"no approvals are asked for, and it says {audit['msg']}"
    names = [run["record"] for run in audit["runs"]]
    if len({*names}) != len(names):
        yield f"it has a run twice: {names}"
    if left_out := {*records} - {*names}:
        yield f"it leaves out {sorted(left_out)}"
    if made_up := {*names} - {*records} - {*copies}:
        yield f"it has {sorted(made_up)}, of which there is neither record nor copy"
    if held.is_read(appliance) and (left_out := {*copies} - {*names}):
        yield f"it leaves out the copies {sorted(left_out)}"
    yield from _differences(held, appliance, audit, is_quiet=is_quiet)
    for run in audit["runs"]:
        record = records.get(run["record"])
        for why in _of_a_run(held, appliance, run, record, copies.get(run["record"], 0)):
            yield f"{run['record']}: {why}"
    yield from _order(held, audit["runs"])
    yield from _addresses(held, appliance, audit)
    yield from (f"its lines: {why}" for why in _lines(held, appliance, audit, records))


def _of_a_failure(held: Held, appliance: str, audit: Values) -> Iterator[str]:
    """What was not read on nodes hides no record of the control node, and changes nothing of what these say."""
    records, copies = records_of(held, appliance), copies_of(held, appliance)
    lines = str((audit.get("diff") or {}).get("prepared") or "").splitlines()
    told = Counter(
        (one["started"], one["kind"], one["measure"], one["partition"] or "default")
        for one in map(_FIRST.match, lines)
        if one
    )
    own = Counter(
        (one["started"], one["kind"], one["measure"], one["partition"] or "default") for one in records.values()
    )
    if lines and "NOT ALL COPIES WERE READ" in lines[1] and not any(one.startswith("  missing: ") for one in lines):
        yield f"not all copies were read, and its lines do not say which: {lines}"
    if lines and (left_out := own - told):
        yield f"it has the run {next(iter(left_out))}, and its lines are of {[*told]}"
    if not {*copies} - {*records} and (made_up := told - own):
        yield f"it says {next(iter(made_up))}, and its runs are {[*own]}"


# -- its values -------------------------------------------------------------------------------------------------------


def _differences(held: Held, appliance: str, audit: Values, *, is_quiet: bool) -> Iterator[str]:
    """Nobody but somebody who loses copies or takes a lease changes a record or its copy."""
    told = [one for one in audit["missing"] if not _is_of_the_other(held, one)]
    if is_quiet and (found := [*audit["differences"], *told, *audit["not_read"]]):
        yield f"nobody has touched records or copies, and it says {found[0]}"
    if not held.is_read(appliance) and _is_away(held, appliance) and not audit["not_read"]:
        yield "a node does not answer, and it does not say that its copies were not read"
    notes = [one for one in audit["notes"] if not _follows_the_other(held, appliance, one)]
    if is_quiet and (audit["lock"] or notes):
        yield f"it says {audit['lock'] or notes[0]}"
    here = {one.name for one in held.where[appliance].actions}
    if not here & {*_UNFINISHED} and audit["differences"]:
        yield f"each record and each copy is as its run wrote it, and it says {audit['differences'][0]}"
    for name in ("differences", "missing", "notes", "not_covered", "not_read"):
        yield from (f"a sentence has a hole: {text}" for text in audit[name] if _HOLE.search(text))
    if held.is_read(appliance) and "copies_lost" in here:
        gone = {one for one, number in _own(held, appliance).items() if number == 0}
        told = {name for name in gone if any(name in text for text in audit["missing"])}
        if gone != told:
            yield f"the copies of {sorted(gone - told)} are gone, and it does not say it"
    if held.is_read(appliance):
        alone = {*copies_of(held, appliance)} - {*records_of(held, appliance)}
        said = [*audit["missing"], *audit["differences"], *audit["notes"], *audit["not_read"]]
        for name in sorted(one for one in alone if not any(one in text for text in said)):
            yield f"a copy of {name} is on a node, its record is not here, and it does not say it"
    for text in audit["missing"]:
        named = re.search(r"the copy of (\S+) on \S+ is gone", text)
        if named and copies_of(held, appliance).get(named[1], 0) == len(held.night.world.running(appliance).nodes):
            yield f"it says {text}, and each node has one"


def _is_of_the_other(held: Held, text: str) -> bool:
    """Return whether a text is about a run that the other control node started, which has the same name and user."""
    named = re.search(
        r"-run(\d+)\.json on \S+ is a run of this control node, whose record is not in this directory$", text
    )
    return named is not None and held.actions[int(named[1])].by != held.found.by


def _follows_the_other(held: Held, appliance: str, text: str) -> bool:
    """Return whether a note is about a record that only the other control node has: of a run that changes nothing, no node has a copy."""
    named = re.search(r" follows (\S+-run(\d+)\.json), which is not here: ", text)
    if named is None or held.actions[int(named[2])].by == held.found.by:
        return False
    return named[1] not in {*records_of(held, appliance), *copies_of(held, appliance)}


def _is_away(held: Held, appliance: str) -> bool:
    running = held.night.world.running(appliance)
    return any(running.faults.active("refuse", node.index) for node in running.nodes)


def _own(held: Held, appliance: str) -> dict[str, int]:
    """Return by record of this control node the number of its copies."""
    copies = copies_of(held, appliance)
    return {
        name: copies.get(name, 0)
        for name, one in records_of(held, appliance).items()
        if _by(held, one) == held.found.by and one.get("copies")
    }


def _of_a_run(held: Held, appliance: str, run: Values, record: Values | None, copies: int) -> Iterator[str]:
    if record is None:
        return
    for name in _SAME:
        if run[name] != record.get(name):
            yield f"it says {name} {run[name]!r}, and the record {record.get(name)!r}"
    if (run["user"], run["control_node"]) != (record["who"]["user"], record["who"]["control_node"]):
        yield f"it is by {run['user']} on {run['control_node']}"
    sent = [
        line for step in record.get("steps", ()) if step["state"] in ("done", "sent") for line in step.get("lines", ())
    ]
    if run["changes"] != sent:
        yield f"it has {len(run['changes'])} changes, and {len(sent)} were sent"
    proof = record.get("proof") or {}
    if any(proof.get(name) != value for name, value in run["proof"].items()):
        yield f"its proof {run['proof']} is not that of the record"
    if left_out := [name for name in ("offline", "vips", "hits") if proof.get(name) and name not in run["proof"]]:
        yield f"its proof leaves out {left_out}"
    if run["provenance"] != "our own":  # the control nodes of a night share a key
        yield f"its provenance is {run['provenance']!r}"
    yield from (f"its places: {why}" for why in _places(held, appliance, run["places"], copies))
    if run["departure"]:
        yield f"no approvals are asked for, and it says {run['departure']}"
    yield from _done(held, run, record)


def _places(held: Held, appliance: str, places: Sequence[str], copies: int) -> Iterator[str]:
    """A record is here, and on each node that has a copy of it."""
    if held.is_read(appliance) and len(places) != 1 + copies:
        yield f"it is here and on {copies} nodes, and it says {places}"
    if places[:1] != ["control node"]:
        yield f"its record is here, and it says {places}"
    nodes = [f"{one['address']}:{one['port']}" for one in held.night.simulator.ready["appliances"][appliance]["nodes"]]
    if others := {*places[1:]} - {*nodes}:
        yield f"it is on {sorted(others)}, which is no node"


def _done(held: Held, run: Values, record: Values) -> Iterator[str]:
    """What the run of an action says of itself is what was done: its kind, its person, its outcome and when."""
    number = _number(record)
    if number is None or number >= len(held.actions):
        return
    action = held.actions[number]
    has_only_looked = run["kind"] == "verify" and WOULD_PASS in action.said and not run["changes"]
    if run["kind"] not in _KIND.get(action.name, (run["kind"],)) and not has_only_looked:
        yield f"action {number} was {action.name}, and it says {run['kind']}"
    if action.name in _DECIDED and run["changes"] and run["decided_by"] not in WHO.values():
        yield f"action {number} was decided by one of {[*WHO.values()]}, and it says {run['decided_by']}"
    if not action.name.startswith("clock_") and not _is_near(held, number, run["started"]):
        yield f"action {number} was at {held.night.world.sights[number].at - WITNESSED}, and it says {run['started']}"
    yield from _proven(held, run, action)


def _proven(held: Held, run: Values, action: Action) -> Iterator[str]:
    """An apply or verify of one partition is as proven as it said it was."""
    if (
        action.name not in ("apply", "verify")
        or run["measure"] != held.weakness.id
        or action.said.startswith("refused")
    ):
        return
    if len({one.partition for one in held.places(action.appliance)}) > 1 or not run["finished"]:
        return
    if run["kind"] == action.name and run["proven"] is not action.said.startswith(("mitigated", "enforcing")):
        said = action.said[:40]
        if not said.startswith(("closed", "fixed", "partly", "drifted", "reduces", "superseded", "applied, not saved")):
            yield f"it said {said}, and it is {'' if run['proven'] else 'not '}proven here"


def _is_near(held: Held, number: int, started: str) -> bool:
    at = held.night.world.sights[number].at - WITNESSED
    return abs(datetime.fromisoformat(started) - at) <= timedelta(minutes=3)


def _order(held: Held, runs: Sequence[Values]) -> Iterator[str]:
    """Without a wrong clock the runs of one control node are in the order of their times."""
    named = {f"run{number:02}" for number, one in enumerate(held.actions) if one.by == held.found.by}
    times = [run["started"] for run in runs if run["run"] in named]
    if times != sorted(times) and not any(one.name.startswith("clock_") for one in held.actions):
        yield f"its runs are not in their order: {times}"


def _addresses(held: Held, appliance: str, audit: Values) -> Iterator[str]:
    """Which management address is not protected, and since when and how surely, is what the ledger says of it by the records and the builds."""
    told = {match["entry"]: match for text in audit["not_covered"] if (match := _ADDRESS.match(text))}
    answers = held.found.ledger["appliances"][appliance]["answers"]
    own = (row for answer in answers for row in answer["rows"] if row["entry"] == held.weakness.id)
    line = (row := next(own, {})).get("management", ())
    match = told.get(held.weakness.id)
    if not line:
        return
    now = line[-1]
    if match is None:
        if not now["protects"] and now["since"]["confidence"] == "recorded":
            yield f"it says of no management address what the ledger says: {now['state']}, {now['reason']}"
        return
    wanted = (now["state"], _begin_of_state(line), _begin_of_gap(line))
    said = (match["state"], match["since"], match["longer"] or match["since"])
    by_records = {(one["state"], _dated(one["since"])) for one in line if one["since"]["confidence"] != "read today"}
    if (
        row["measure"]["since"]["source"] == CONFIGURATION
    ):  # of which an audit reads nothing: what it says was so before
        if _BY_RECORDS in match[0] and said[:2] in by_records:
            return
        wanted, said = wanted[:2], said[:2]
    if said != wanted:
        yield f"it says {match[0]}, and the ledger {wanted}"


def _begin_of_state(line: Sequence[Values]) -> str:
    """Return since when the last state of a line has held without an interruption."""
    first = next((n for n in range(len(line), 0, -1) if line[n - 1]["state"] != line[-1]["state"]), 0)
    return _dated(line[first]["since"])


def _begin_of_gap(line: Sequence[Values]) -> str:
    """Return since when nothing in a line protects; "" where its last state does."""
    first = next((n for n in range(len(line), 0, -1) if line[n - 1]["protects"]), 0)
    return _dated(line[first]["since"]) if first < len(line) else ""


def _dated(since: Values) -> str:
    time = str(since["time"])
    shown = f"{time[:10]} {time[11:16]} UTC" if "T" in time else time
    return f"{shown} (assumed)" if since["confidence"] == "assumed" else shown


# -- its lines --------------------------------------------------------------------------------------------------------


def _lines(held: Held, appliance: str, audit: Values, records: Mapping[str, Values]) -> Iterator[str]:
    head, state, *lines = audit["report"]
    yield from _head(held, appliance, head)
    number = len(audit["runs"])
    agrees = "records, copies and chain agree"
    if audit["differences"]:
        agrees = "RECORDS, COPIES OR CHAIN DO NOT AGREE"
    elif audit["not_read"]:
        agrees = "what was read agrees, and NOT ALL COPIES WERE READ"
    counted = f"{number} run{'' if number == 1 else 's'}; {agrees}"
    if state.strip() != counted:
        yield f"{state.strip()}, in place of {counted}"
    if not audit["differences"] and not audit["msg"].startswith(counted):
        yield f"it is told as {audit['msg']}, in place of {counted}"
    whose = "  all records are our own, by their signatures"
    is_all_own = bool(number) and all(run["provenance"] == "our own" for run in audit["runs"])
    if (whose in lines) is not is_all_own:
        yield f"all records are {'' if is_all_own else 'not '}ours"
    lines = [one for one in lines if one != whose]
    after = [f"  {word}: {text}" for word, key in _AFTERWARDS.items() for text in audit[key]]
    after += [f"  running: {audit['lock']}"] if audit["lock"] else []
    first = len(lines) - len(after)
    if lines[first:] != after:
        yield f"it ends with {lines[first:]}, in place of {after}"
    yield from _runs(audit, records, lines[:first])


def _head(held: Held, appliance: str, head: str) -> Iterator[str]:
    if not held.is_read(appliance):
        return
    running, builds = held.night.world.running(appliance), held.now.builds[appliance]
    wanted = [appliance, f"NS{builds[running.primary.index]}", *held.night.world.customers(appliance)]
    wanted += ["HA: "] if len(builds) > 1 else ["standalone"]
    wanted += ["customers " if len(held.night.world.customers(appliance)) > 1 else "customer "]
    if missing := [one for one in wanted if one not in head]:
        yield f"it is headed {head}, without {missing[0]}"


def _runs(audit: Values, records: Mapping[str, Values], lines: Sequence[str]) -> Iterator[str]:
    """Each run has its two lines and those of what else is to be said of it, and there are no others."""
    rest = [*lines]
    for run in audit["runs"]:
        if run["kind"] is None:  # nothing but its digest is known
            rest = rest[1:]
            continue
        own = rest[:2]
        rest = rest[2:]
        while rest and rest[0].startswith("      "):
            own.append(rest.pop(0))
        for why in _run_lines(run, records, own, {one["record"]: one for one in audit["runs"]}):
            yield f"{run['record']}: {why}"
    if rest:
        yield f"{rest[0]} is of no run"


def _run_lines(
    run: Values, records: Mapping[str, Values], lines: Sequence[str], runs: Mapping[str, Values]
) -> Iterator[str]:
    first, second = _FIRST.match(lines[0]), _SECOND.match(lines[1])
    if first is None or second is None:
        yield f"no form of a line has {lines[0] if first is None else lines[1]}"
        return
    said = first.groupdict()
    said["partition"] = said["partition"] or "default"
    for name in ("started", "finished", "kind", "measure", "version", "user", "control_node", "partition"):
        if (said[name] or "") != str(run[name] or ""):
            yield f"{name} is {said[name]}, in place of {run[name]}"
    is_undo = run["kind"] == "rollback" and run["outcome"] == "applied"
    outcome, saved, proof = [*said["words"].split(", ", 2), "", ""][:3]
    if (outcome, saved) != ("undone" if is_undo else run["outcome"], "saved" if run["saved"] else "not saved"):
        yield f"it says {said['words']}, and it was {run['outcome']}, saved: {run['saved']}"
    if (proof.removesuffix(" by its own words") == "proven") is not run["proven"]:
        yield f"it says {proof}, and proven is {run['proven']}"
    why = ", ".join(one for one in (run["ticket"], run["reason"]) if one) or "no reason given"
    if (second["why"], second["build"]) != (why, run["build"]) or second["places"] != ", ".join(run["places"]):
        yield f"it says {lines[1].strip()}"
    changes = re.match(r"(\d+) changes?$", second["done"])
    if changes and second["done"] != f"{len(run['changes'])} change{'' if len(run['changes']) == 1 else 's'}":
        yield f"it says {second['done']}, and has {len(run['changes'])}"
    yield from _further(run, records.get(run["record"], {}), lines[2:], runs)


def _further(run: Values, record: Values, lines: Sequence[str], runs: Mapping[str, Values]) -> Iterator[str]:
    told: dict[str, str] = {}
    by: set[str] = set()
    for line in lines:
        for name, form in _MORE.items():
            if match := re.fullmatch(form, line.strip()):
                told[name] = match["text"]
                by |= {line.strip().removesuffix(f": {match['text']}")} if name == "overruled" else set()
                break
    closes = run["kind"] == "lockdown" or record.get("closing", {}).get("closes")
    decided = run["second"] or (run["decided_by"] if closes else "")  # who opens accepts
    if by and by != {f"overruled by {decided}" if decided else "accepted answer"}:
        yield f"it says {sorted(by)}, and {run['decided_by']} decided a {run['kind']}, with {run['second'] or 'nobody else'}"
    wanted = {name for name in _MORE if run.get(name) and name != "provenance"}
    wanted |= {"provenance"} if run["provenance"] != "our own" else set()
    wanted |= {"undoes"} if record.get("undoes") else set()
    if not record:
        return
    if {*told} != wanted:
        yield f"it tells {sorted(told)}, in place of {sorted(wanted)}"
        return
    due = f", due again at {run['expires']}" if run["expires"] else ""
    if run["decided_by"] and told["decided_by"] != f"{run['decided_by']}{due}":
        yield f"it is decided by {told['decided_by']}, in place of {run['decided_by']}{due}"
    for name in ("problem", "undone_by"):
        if name in told and told[name] != str(run[name]):
            yield f"{name} is {told[name]}, in place of {run[name]}"
    yield from _found(run["found"], told.get("found", ""), record)
    if "undoes" in told:
        yield from _undid(told["undoes"].split(", "), record, runs)


def _found(found: Sequence[str], last: str, record: Values) -> Iterator[str]:
    """What a run that was refused has found is told of each measure of which its record has it.

    :param last: what the last of those lines says
    """
    if last and last != found[-1]:
        yield f"it has found {last}, in place of {found}"
    if untold := [one for one in record.get("found_beside", {}) if found and one not in " ".join(found)]:
        yield f"its record says what it found of {untold}, and it does not"


def _undid(texts: Sequence[str], record: Values, runs: Mapping[str, Values]) -> Iterator[str]:
    names = [str(one) for one in record["undoes"]]
    if len(texts) != len(names):
        yield f"it undid {len(names)} runs, and it says {texts}"
        return
    for text, name in zip(texts, names, strict=True):
        undone, match = runs.get(name), _UNDID.match(text)
        if undone is None or undone["kind"] is None:
            if text != name:
                yield f"it undid {name}, and it says {text}"
        elif match is None or any(
            (match[key] or ("default" if key == "partition" else "")) != (undone[key] or "")
            for key in match.groupdict()
        ):
            yield f"it undid {name}, and it says {text}"


# -- records and copies -----------------------------------------------------------------------------------------------


def records_of(held: Held, appliance: str) -> dict[str, Values]:
    """Return the records of an appliance on the control node that reads, by their names, as its files have them."""
    folder = held.night.directory / held.found.by / appliance
    return {path.name: _record(path, path.stat().st_mtime_ns) for path in sorted(folder.glob("*.json"))}


@cache
def _record(path: Path, _changed: int) -> Values:
    found: Values = json.loads(path.read_text(encoding="utf-8"))
    return found


def copies_of(held: Held, appliance: str) -> dict[str, int]:
    """Return by record the number of nodes that have a copy of it."""
    found: dict[str, int] = {}
    for node in held.night.world.running(appliance).nodes:
        for stem in {match["stem"] for path in node.files if (match := _COPY.match(path))}:
            found[f"{stem}.json"] = found.get(f"{stem}.json", 0) + 1
    return found


def _number(record: Values) -> int | None:
    run = str(record["run"])
    return int(run[3:]) if run.startswith("run") and run[3:].isdigit() else None


def _by(held: Held, record: Values) -> str:
    """Return whose run a record is of, as the night remembers."""
    number = _number(record)
    known = number is not None and number < len(held.actions)
    return held.actions[number].by if known and number is not None else ""
