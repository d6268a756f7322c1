# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a status says besides its word: what is owed since when and by whom, the runs, the hits, what is not covered, and the totals by verdict.

Each is held against what the simulator has now, and against what each action of this control node did and left.
"""

from __future__ import annotations

import getpass
import platform
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from tests.nights import neighbours
from tests.nights.causes import BUILDS
from tests.nights.claims import rows_with
from tests.nights.held import Held
from tests.nights.journal import POLICY, scopes
from tests.nights.knowledge import Thread
from tests.nights.night import WITNESSED, Action

NEAR = timedelta(minutes=3)
"""Each action takes some seconds."""
OPERATOR = f"{getpass.getuser()}@{platform.node()}"
"""Who starts the runs of a night, and where: both control nodes are this machine."""
VERDICTS = Path(__file__).parents[2] / "docs" / "reference" / "verdicts.md"
KINDS = {
    **dict.fromkeys(("apply", "apply_unsaved", "observe", "edited", "neighbour_named"), "apply"),
    **dict.fromkeys(("undo", "after_fix", "retire"), "rollback"),
    "verify": "verify",
}
"""By action, the kind of its run."""
PROVEN = ("mitigated", "applied, not saved")
"""What runs say that have proven our measure."""
REMOVES = ("undo", "after_fix", "retire", "leave")
BREAKS = ("reboot", "upgrade", "affected_again", "ineffective", "upgrade_second", "failover", "leave")
"""After these what somebody put there need not be there, without a run of ours that took it off, or counters have begun anew."""
CLOSINGS = ("off", "reopen", "notice", "notice_of_one", "partners", "open_step", "countries", "paths", "leave")
HOLE = re.compile(r"^\W*$|^[,;:.)]|\(\)|[,;] *[,;:]|: +[,;:]|  |[,;:(] *$")
"""A sentence of which a part is gone."""
LOG_IS_OFF = "the log: user-defined audit logging is off"


@cache
def codes() -> Mapping[str, int]:
    """Return by verdict its exit code, as the documentation promises them."""
    rows = re.findall(r"^\| `([^`]+)` \| .*? \| (\d) \w+ \|", VERDICTS.read_text(encoding="utf-8"), re.MULTILINE)
    return {word: int(code) for word, code in rows}


def wrong_in_a_status(held: Held) -> Iterator[str]:
    """Yield what is not true of the values of a status, or left out."""
    for name, run in (("status", held.found.status), ("catalogue", held.found.catalogue)):
        for appliance in held.night.appliances:
            result = run.results[appliance]
            if not result.get("verdict"):
                continue  # it was not read, and says so
            for wrong in (_codes, _said_alike, _debts, _not_covered, _of_entries, _lost, _lost_when, _partly_since):
                yield from (f"{name} of {appliance}: {why}" for why in wrong(held, appliance, result))
        yield from (f"{name}: {why}" for why in _totals(run.metrics, run.report))
    for appliance in held.night.appliances:
        result = held.found.status.results[appliance]
        if result.get("verdict"):
            for wrong in (_runs, _proven, _hits, _neighbours, _counts, _of_our_measure):
                yield from (f"status of {appliance}: {why}" for why in wrong(held, appliance, result))


# -- words, codes, totals ---------------------------------------------------------------------------------------------


def _codes(held: Held, appliance: str, result: Mapping[str, Any]) -> Iterator[str]:
    is_found = any(
        one.name == "hunt" and " compromise" in one.said for one in held.where[appliance].actions
    )  # which makes each word of it urgent
    is_found |= any(row["overdue"] for row in result.get("closures") or ())  # likewise
    for one in rows_with(result, "word", "reason", "exit_code", "next_action"):
        if one["word"] not in codes():
            yield f"{one['word']} is no verdict of the documentation"
        elif one["exit_code"] != codes()[one["word"]] and not (one["exit_code"] == 2 and is_found):
            yield f"{one['word']} has the code {one['exit_code']}"
        if HOLE.search(str(one["reason"])):
            yield f"the reason of {one['word']} has a hole: {one['reason']!r}"


def _said_alike(held: Held, _appliance: str, result: Mapping[str, Any]) -> Iterator[str]:
    """The sentence of a result has the word, the reason and the next action of its verdict; what people read has what is owed."""
    one, told = result["verdict"], str(result["msg"])
    for part in (one["word"], one["reason"], one["next_action"]):
        if part != "none" and part not in told:
            yield f"its verdict has {part}, and it says {told}"
    for debt in result.get("debt", ()) if result["measure"] == held.weakness.id else ():
        if f"debt: {debt['text']}" not in result["diff"]["prepared"]:
            yield f"{debt['text']}, and its plan does not say it"


def _totals(metrics: str, report: Mapping[str, Any]) -> Iterator[str]:
    """Each verdict of the documentation has a line with the number of its appliances."""
    words = Counter((one["verdict"] or {"word": "no verdict"})["word"] for one in report["appliances"])
    for word in (*codes(), "no verdict"):
        if f'tourniquet_appliances{{verdict="{word}"}} {words[word]}\n' not in metrics:
            yield f"{words[word]} appliances are {word}, and Prometheus does not say it"


def _of_entries(_held: Held, _appliance: str, result: Mapping[str, Any]) -> Iterator[str]:
    """The word on a catalogue is that of its worst entry, with its reason where no other has that word; or that of what is closed, which the reason tells."""
    entries = result.get("entries", ())
    word = result["verdict"]["word"]
    alike = [one for one in entries if one["word"] == word]
    is_of_closings = any(not row["until"] for row in result.get("closures") or ())  # whose word may be the worst
    is_told = word in ("fixed", "not affected") or " closed (" in result["verdict"]["reason"] or is_of_closings
    if entries and not alike and not is_told:
        yield f"all of it is {word}, and its entries are {[one['word'] for one in entries]}"
    if len(alike) > 1:
        named = [one["id"] for one in alike if one["id"] not in result["verdict"]["reason"]]
        if named and alike[0]["word"] not in ("fixed", "not affected"):
            yield f"{named[0]} is {alike[0]['word']}; and all of it: {result['verdict']['reason']}"
        return
    for one in entries:
        is_good = one["word"] in ("fixed", "not affected")  # which are counted
        if (
            not is_good
            and one["word"] == result["verdict"]["word"]
            and one["reason"] not in result["verdict"]["reason"]
        ):
            yield f"{one['id']} is {one['word']}: {one['reason']}; and all of it: {result['verdict']['reason']}"


def _lost(held: Held, appliance: str, result: Mapping[str, Any]) -> Iterator[str]:
    """What this control node has proven, and what lets attacks pass now, is lost."""
    here = held.where[appliance]
    number, _is_calm = last_proof(held, appliance)
    if number is None or not is_clear(held, appliance) or not held.is_read(appliance) or not held.passed(appliance):
        return
    if here.passed[number] or any(one.name in CLOSINGS for one in here.actions):
        return
    if any(one.name in BREAKS for one in here.actions[number + 1 :]):
        return  # a rule that does nothing on another build is told by the verdict, and by the ledger
    words = [one["word"] for one in result.get("entries") or () if one["id"] == held.weakness.id]
    word = words[0] if words else result["verdict"]["word"]
    is_known = word not in ("applied, unproven", "unknown")  # else nobody knows whether it passes
    if not result.get("protection_lost") and is_known:
        yield f"action {number} proved it, it passes now at {held.passed(appliance)[0]}, and nothing is said to be lost"
    decided = (*REMOVES, "observe", "neighbour_named", "edited", "apply_unsaved", *neighbours.EVERY)
    if not any(one.name in decided for one in here.actions[number + 1 :]):
        for text in result.get("protection_lost") or ():
            if "nobody's decision" not in text and held.weakness.id in text:
                yield f"no run of ours took it away, and it says {text}"


_TAKEN_OFF = re.compile(
    r"(?:^|\W)(?P<when>on|after) (?P<time>[\d-]+ [\d:]+ UTC), decided by .*?: it was taken off (?P<off>[\d-]+ [\d:]+ UTC) \(record "
)

_OPENED = re.compile(r": record \S+ opened ")
"""What was closed when it was taken off is lost since it was opened."""


def _lost_when(held: Held, appliance: str, result: Mapping[str, Any]) -> Iterator[str]:
    """What a run of ours took off is lost since that run, unless it was let past, or another build or what is bound beside it may have ended it before,
    or a wrong clock says when it ran.
    """
    if any(one.name in (*BUILDS, "clock_ahead", "clock_behind") and one.appliance == appliance for one in held.actions):
        return
    for text in result.get("protection_lost") or ():
        for found in _TAKEN_OFF.finditer(text) if not _OPENED.search(text) else ():
            since, off = (
                datetime.strptime(found[name], "%Y-%m-%d %H:%M UTC").replace(tzinfo=UTC) for name in ("time", "off")
            )
            until = [n for n, sight in enumerate(held.night.world.sights) if since < sight.at < off]
            was_past = any(held.where[appliance].passed[n] for n in until) or is_beside_others(held, appliance, until)
            if not was_past and (found["when"], found["time"]) != ("on", found["off"]):
                yield f"it was taken off {found['off']}, and it says {text}"


def is_beside_others(held: Held, appliance: str, numbers: Iterable[int]) -> bool:
    """Return whether what is bound beside ours has changed in some actions: the proof before that does not say that ours works beside it."""
    return len({held.night.journal[n].beside(appliance, held.weakness.policy) for n in numbers}) > 1


def _partly_since(held: Held, appliance: str, result: Mapping[str, Any]) -> Iterator[str]:
    """Where the last run on our measure could not prove it everywhere, and it is still so, that is a reason."""
    runs = [*own_runs(held, appliance)]
    if (
        not runs
        or not is_clear(held, appliance)
        or not held.is_read(appliance)
        or result["verdict"]["word"] != "partly"
    ):
        return
    number, last = runs[-1]
    own = held.where[appliance].actions[number:]
    told = f"-run{number:02} could not prove it everywhere"
    is_so = last.name == "verify" and last.said == "partly" and not any(one.name in BREAKS for one in own)
    if is_so and told not in str(result["verdict"]):
        yield f"action {number} could not prove it everywhere, and it says {result['verdict']['reason']}"


# -- what is owed -----------------------------------------------------------------------------------------------------


def is_clear(held: Held, appliance: str) -> bool:
    """Return whether each clock was right, each record is whole, and no other control node has worked there.

    A test of the alarm leaves no record, and nor does a verify that proves nothing: their notes stay where they ran until a person brings them, and their
    requests are those of others here.
    """
    trouble = ("clock_ahead", "clock_behind", "lease_lost", "copies_lost", "dies")
    return not any(
        one.name in trouble or ((one.ours or one.name in ("alarm", "verify", "verify_2")) and one.by != held.found.by)
        for one in held.where[appliance].actions
    )


def is_ours_there(held: Held, appliance: str) -> bool:
    """Return whether a policy of our mitigation is on the primary, in some partition."""
    nodes = (node for _partition, node in scopes(held.night.world.running(appliance)))
    return any(
        str(row["name"]).startswith(held.weakness.policy)
        for node in nodes
        for row in node.running.rows.get(POLICY, {}).values()
    )


def observes(held: Held, appliance: str) -> bool:
    """Return whether our policy lets everything pass that it matches, in some partition."""
    nodes = (node for _partition, node in scopes(held.night.world.running(appliance)))
    rows = (row for node in nodes for row in node.running.rows.get(POLICY, {}).values())
    return any(row["name"] == held.weakness.policy and row["action"] == "NOOP" for row in rows)


def is_counting(held: Held, appliance: str) -> bool:
    """Return whether our policy is evaluated, and lets everything pass that it matches, in some partition."""
    bound, policy = held.night.journal[-1].bound, held.weakness.policy
    return any(
        row["name"] == policy and row["action"] == "NOOP" and policy in bound[appliance, partition]
        for partition, node in scopes(held.night.world.running(appliance))
        for row in node.running.rows.get(POLICY, {}).values()
        if "RESPONDER" in {one.upper() for one in node.features}
    )


def _debts(held: Held, appliance: str, result: Mapping[str, Any]) -> Iterator[str]:
    """What is there of ours is owed, since the run that put it there, by whoever started that."""
    if not held.is_read(appliance) or "debt" not in result or not is_clear(held, appliance):
        return
    rows = [one for one in result["debt"] if one["measure"] == held.weakness.id]
    if bool(rows) is not is_ours_there(held, appliance):
        yield f"it owes {[one['text'] for one in rows]}, and ours is there: {is_ours_there(held, appliance)}"
        return
    primary = held.now.builds[appliance][held.night.world.running(appliance).primary.index]
    for row in rows:
        if row["state"] == "of others":
            yield f"ours is there, and what is left of it is said to be {row['state']}"
        if row["what"] != f"{held.weakness.id} v{held.weakness.version}" and not _is_of_hands(held, appliance):
            yield f"what is there of ours is called {row['what']}"
        if row["needed"] is not (not held.is_fixed(primary)) or primary not in row["why"]:
            yield f"{primary} runs, and it says {row['why']}, needed: {row['needed']}"
        yield from _debt_text(row)
        yield from _debt_since(held, appliance, row)


def _is_of_hands(held: Held, appliance: str) -> bool:
    """Return whether somebody else has written our policy, or what he wrote may have been saved for it."""
    return any(one.name.startswith("colleague_") for one in held.where[appliance].actions)


def _debt_text(row: Mapping[str, Any]) -> Iterator[str]:
    day = row["since"][:10] or "a day that no record names"
    parts = [f"{row['what']} is there since {day}", row["why"], *filter(None, (row["who"], row["ticket"]))]
    if row["needed"]:
        parts.append("no fix is planned")
    for part in parts:
        if part not in row["text"]:
            yield f"it owes {row['text']}, which leaves out {part}"
    if row["planned_fix"] or row["overdue_days"]:
        yield f"no fix is planned, and it says {row['planned_fix']}, over by {row['overdue_days']} days"


def _debt_since(held: Held, appliance: str, row: Mapping[str, Any]) -> Iterator[str]:
    found = first_run(held, appliance)
    if found is None:
        return
    run = held.where[appliance].actions[found]
    began = held.night.world.sights[found].at - WITNESSED
    if not row["since"] or abs(datetime.fromisoformat(row["since"]) - began) > NEAR:
        yield f"it is there since {row['since']}, and action {found} put it there at {began}: {run}"
    if row["who"] != OPERATOR:
        yield f"{row['who'] or 'nobody'} put it there, and {OPERATOR} did"
    if row["reason"] != reason_of(held, appliance, run):
        yield f"the reason of action {found} is {row['reason']!r}: {run}"


def reason_of(held: Held, appliance: str, run: Action) -> str:
    """Return the reason that the operator of a run gave; most give none."""
    operator = held.night.nodes[run.by][appliance]
    if run.name == "neighbour_named":
        others = [one for one in held.night.world.customers() if one not in held.night.world.customers(appliance)]
        return f"as at {others[0]}"
    return str(operator.decided["reason"]) if run.name == "observe" else ""


def first_run(held: Held, appliance: str) -> int | None:
    """Return the number of the run that put ours there, since when it has always been there; None where that is not plain."""
    here = held.where[appliance]
    if not is_clear(held, appliance) or any(one.name in BREAKS for one in here.actions):
        return None
    was = [entry.is_there(appliance, held.weakness.policy) for entry in held.night.journal]
    number = len(was)
    while number and was[number - 1]:
        number -= 1
    if number == len(was) or any(one.name in REMOVES and one.ours for one in here.actions[number:]):
        return None  # an undo puts back what was before, and so can end the run that put it there
    return number if here.actions[number].ours and here.actions[number].name in KINDS else None


# -- runs, proofs -----------------------------------------------------------------------------------------------------


def own_runs(held: Held, appliance: str) -> Iterator[tuple[int, Action]]:
    """Yield the runs of this control node on our mitigation that have left a record, with their numbers."""
    for number, one in enumerate(held.where[appliance].actions):
        if one.ours and one.by == held.found.by and one.name in KINDS:
            yield number, one


def _has_changed_as_it_died(held: Held, appliance: str, number: int) -> bool:
    """Return whether a later run that died has changed the appliance: every other one of them is an undo."""
    return any(
        one.is_change and one.appliance == appliance
        for action, entry in [*zip(held.where[appliance].actions, held.night.journal, strict=True)][number + 1 :]
        if action.name == "dies"
        for one in entry.requests
    )


def _runs(held: Held, appliance: str, result: Mapping[str, Any]) -> Iterator[str]:
    rows: dict[str, list[Mapping[str, Any]]] = {}
    for row in result["runs"]:
        rows.setdefault(row["run"], []).append(row)
    own = dict(own_runs(held, appliance))
    for number, run in own.items():
        began = held.night.world.sights[number].at - WITNESSED
        told = rows.get(f"run{number:02}", [])
        if not told:
            yield f"it leaves out action {number}: {run}"
        for row in told:
            has_changed = any(
                one.is_change for one in held.night.journal[number].requests if one.appliance == appliance
            )
            kinds = {KINDS[run.name]} if has_changed else {KINDS[run.name], "verify"}  # an apply with nothing to do
            if row["kind"] not in kinds or f"{row['user']}@{row['control_node']}" != OPERATOR:
                yield f"action {number} is told as {row['kind']} of {row['user']}@{row['control_node']}: {run}"
            if is_clear(held, appliance) and abs(datetime.fromisoformat(row["started"]) - began) > NEAR:
                yield f"action {number} is told as of {row['started']}, and was at {began}"
            if KINDS[run.name] == "apply" and row["reason"] != reason_of(held, appliance, run):
                yield f"the reason of action {number} is told as {row['reason']!r}: {run}"
            later = {one.name for one in held.where[appliance].actions[number + 1 :]}
            undo = {*REMOVES, "clock_ahead", "clock_behind", "lease_lost"}
            undo |= (
                {*BUILDS, "reboot"} if "not saved" in run.said else set()
            )  # a boot takes it away, and an undo finds that
            undo |= {"dies"} if _has_changed_as_it_died(held, appliance, number) else set()
            if row["undone_by"] and not later & undo:
                yield f"nobody undid action {number}, and it is told as undone by {row['undone_by']}"
    for run_id in rows:
        number = int(run_id[3:]) if run_id[3:].isdigit() else -1
        if not 0 <= number < len(held.actions) or held.actions[number].appliance != appliance:
            yield f"it has {run_id}, which was not played there"


def last_proof(held: Held, appliance: str) -> tuple[int | None, bool]:
    """Return the number of the last run that this control node can know to have proven ours, and whether nothing has changed since then."""
    here = held.where[appliance]
    proofs = [n for n, one in enumerate(here.actions) if _has_record(held, here, one) and _proves(held, appliance, n)]
    if not proofs:
        return None, False
    later = here.actions[proofs[-1] + 1 :]
    calm = ("elsewhere", "wait", "hunt", "alarm", "attack", "plan", "copies_lost", "back", "away", "attacker_cleans_up")
    return proofs[-1], all(one.name in calm for one in later)


def _has_record(held: Held, here: Thread, run: Action) -> bool:
    """Return whether a run has a record, or has to have one: a verify of this control node that proves ours alone beside the fix."""
    is_here = run.by == held.found.by and run.weakness in ("", held.weakness.id)
    is_beside_the_fix = (run.name, run.said) == ("verify", "fixed, mitigation left behind")
    return run.ours or (is_here and is_beside_the_fix and not any(one.name in CLOSINGS for one in here.actions))


def _proves(held: Held, appliance: str, number: int) -> bool:
    """Return whether a run has proven ours: it says so, or has found the fix beside it, where each of its policies has met a request of the run."""
    run, entry = held.where[appliance].actions[number], held.night.journal[number]
    if run.name not in KINDS or run.said in PROVEN:
        return run.name in KINDS
    places = [
        inside for (name, inside), bound in entry.bound.items() if name == appliance and held.weakness.policy in bound
    ]
    reached = all(risen(held, appliance, inside, number) for inside in places)
    return (run.name, run.said) == ("verify", "fixed, mitigation left behind") and bool(places) and reached


def risen(held: Held, appliance: str, partition: str, number: int) -> Mapping[str, int] | None:
    """Return by policy of ours by how much its counter rose in an action; None where counters began anew."""
    now, before = held.night.journal[number], held.night.journal[number - 1] if number else None
    there, was = (one.there.get((appliance, partition), frozenset()) if one else frozenset() for one in (now, before))
    # a counter stays where its policy is gone, and that of a new one is new
    names = {
        one for one in there | was if one.startswith(held.weakness.policy) and (appliance, partition, one) in now.hits
    }
    counted = {name: before.hits.get((appliance, partition, name), 0) for name in names & was} if before else {}
    found = {name: now.hits[appliance, partition, name] - counted.get(name, 0) for name in names}
    return None if any(n < 0 for n in found.values()) else {name: n for name, n in found.items() if n}


def _last_asked(held: Held, appliance: str, until: int) -> Iterator[int]:
    """Yield of each of several partitions the number of the last action in which ours met requests there that can prove it.

    A run changes and asks those alone that need it, and sends no legitimate request to what a closing of ours would answer: the proof before stays.
    """
    bound = held.night.journal[-1].bound.items()
    places = [inside for (name, inside), policies in bound if name == appliance and held.weakness.policy in policies]
    for inside in places if len(places) > 1 else ():
        own = (n for n, _run in own_runs(held, appliance) if n <= until and risen(held, appliance, inside, n))
        yield max((n for n in own if not _is_closed(held, appliance, inside, n)), default=until)


def _is_closed(held: Held, appliance: str, partition: str, number: int) -> bool:
    """Return whether a policy of ours that closes a service was in a partition after an action."""
    return any(one.startswith("tq_closing_") for one in held.night.journal[number].there[appliance, partition])


def _proven(held: Held, appliance: str, result: Mapping[str, Any]) -> Iterator[str]:
    """A proof is that of the last run which proved it."""
    number, is_calm = last_proof(held, appliance)
    if not is_clear(held, appliance) or not held.is_read(appliance):
        return
    if any(one.name in REMOVES for one in held.where[appliance].actions):
        return  # an undo puts back what an earlier run has proven
    before = result["proof"]["proven_before"]
    for one in re.findall(r"^proven (\S+), unchanged since", result["verdict"]["reason"]):
        if number is None or not is_at(held, number, datetime.fromisoformat(one)):
            yield f"action {number} was the last to prove it, and it says {one}"
    first = min((number or 0, *_last_asked(held, appliance, number or 0)))
    if before and not any(
        n >= first and is_at(held, n, datetime.fromisoformat(before)) for n, _run in own_runs(held, appliance)
    ):
        yield f"action {number} was the last to prove it, and what was proven before is of {before}"
    if is_calm and not before:
        yield f"action {number} proved it, and nothing was proven before"


def is_at(held: Held, number: int, moment: datetime) -> bool:
    """Return whether a time is that of an action."""
    return abs(moment - (held.night.world.sights[number].at - WITNESSED)) <= NEAR


# -- hits -------------------------------------------------------------------------------------------------------------


def _of_our_measure(held: Held, appliance: str, result: Mapping[str, Any]) -> Iterator[str]:
    """Which version of ours is there is known where it is there as we left it; what takes back a plan has what takes back each of its steps."""
    version, is_everywhere = result.get("deployed_version"), _is_everywhere(held, appliance)
    is_as_left = is_clear(held, appliance) and not _is_of_hands(held, appliance)
    if held.is_read(appliance) and is_everywhere and is_as_left and version != held.weakness.version:
        yield f"ours is there, and its version is {version}"
    if version is not None and held.is_read(appliance) and not is_ours_there(held, appliance):
        yield f"nothing of ours is there, and its version is {version}"
    lines = [line for step in result.get("steps", ()) for line in step.get("inverse", ())]
    if missing := [line for line in lines if line not in result.get("inverse", ())]:
        yield f"its plan is taken back by {missing[0]}, and that is not in {result.get('inverse')}"


def _is_everywhere(held: Held, appliance: str) -> bool:
    """Return whether our policy is on the primary in all partitions."""
    return all(
        any(row["name"] == held.weakness.policy for row in node.running.rows.get(POLICY, {}).values())
        for _partition, node in scopes(held.night.world.running(appliance))
    )


def hits_of_others(held: Held, appliance: str, since: int = 0, *, anew: bool = False) -> int | None:
    """Return how many requests of attackers our policies have counted since an action; None where that cannot be told, since counters have begun anew.

    :param anew: of counters that have begun anew, return how many of attackers they have since
    """
    here = held.where[appliance]
    unclear = {*BREAKS, *REMOVES} - ({"reboot"} if anew else set())
    if not is_clear(held, appliance) or any(one.name in unclear for one in here.actions):
        return None
    found, before = 0, 0
    for number, (action, entry) in enumerate(zip(here.actions, held.night.journal, strict=True)):
        now = ours_counted(held, entry.hits, appliance)
        if now < before and not anew:
            return None
        found, before = (0, 0) if now < before else (found, before)
        is_theirs = number >= since and action.name.startswith("attack")
        found, before = found + (now - before) * is_theirs, now
    return found


def ours_counted(held: Held, hits: Mapping[tuple[str, str, str], int], appliance: str) -> int:
    return sum(
        n
        for (name, _partition, policy), n in hits.items()
        if name == appliance and policy.startswith(held.weakness.policy)
    )


def _hits(held: Held, appliance: str, result: Mapping[str, Any]) -> Iterator[str]:
    """The hits are those on the appliance, and those of others the ones that attackers have caused."""
    if not held.is_read(appliance):
        return
    told = {name: count for name, count in result["hits"].items() if name.startswith(held.weakness.policy)}
    there = Counter[str]()
    for (name, _partition, policy), count in held.night.journal[-1].hits.items():
        is_there = policy in held.night.journal[-1].there[name, _partition]
        if name == appliance and policy.startswith(held.weakness.policy) and is_there:
            there[policy] += count
    if +Counter(told) != +there:
        yield f"it counts {told}, and the appliance {dict(there)}"
    others, own = hits_of_others(held, appliance, anew=True), result["probe_hits"]
    if others is not None and result.get("hits"):
        said = sum(told.values()) - sum(n for name, n in own.items() if name.startswith(held.weakness.policy))
        if said != others:
            yield f"it counts {said} hits of others, and attackers have caused {others}"
    for policy, count in (result.get("hits_in_doubt") or {}).items():
        if count > result["hits"].get(policy, 0) - own.get(policy, 0):
            yield f"{policy} has {result['hits'].get(policy)} hits, {own.get(policy)} of ours, and {count} more may be ours"


# -- the configuration ------------------------------------------------------------------------------------------------


def _neighbours(held: Held, appliance: str, result: Mapping[str, Any]) -> Iterator[str]:
    """The policies of others that are bound for all virtual servers are named, with their priorities."""
    if not held.is_read(appliance):
        return
    bound = held.night.journal[-1].bound
    for (name, _partition), policies in bound.items():
        for policy, priority in policies.items() if name == appliance else ():
            if policy.startswith("tq_") or not is_ours_there(held, appliance):
                continue
            if not any(policy in one and f" {priority} " in f" {one} " for one in result["neighbours"]):
                yield f"{policy} is bound with priority {priority}, and its neighbours are {result['neighbours']}"
    names = {policy for (name, _partition), policies in bound.items() if name == appliance for policy in policies}
    for one in result["neighbours"]:
        if not any(policy in one for policy in names):
            yield f"nothing is bound as it says: {one}"


def _not_covered(held: Held, appliance: str, result: Mapping[str, Any]) -> Iterator[str]:
    """Each management address that nothing covers is named, and no other; so is a log that is off."""
    missing = [str(one) for one in result["verdict"]["missing"]]
    running = held.night.world.running(appliance)
    if not held.is_read(appliance):
        return
    hosts = {node.listener.address for node in running.nodes}
    for one in missing:
        if (host := re.match(r"management address of ([\d.]+):", one)) and host[1] not in hosts:
            yield f"no node has the address {host[1]}"
    if result["verdict"]["word"] not in ("mitigated", "applied, unproven", "partly"):
        return
    for index, node in enumerate(running.nodes):
        is_named = any(one.startswith(f"management address of {node.listener.address}:") for one in missing)
        if (
            index in held.managed(appliance)
            and not held.night.world.is_covered_at_the_start(appliance)
            and not is_named
        ):
            yield f"it passes at the management address of {node.listener.address}, and it misses {missing}"
    row = next(iter(running.primary.running.rows.get("auditsyslogparams", {}).values()), {})
    is_off = str(row.get("userdefinedauditlog", "NO")).upper() != "YES"
    is_told = any(one.startswith(LOG_IS_OFF) for one in missing)
    if (
        result["measure"] == held.weakness.id
        and is_told is not is_off
        and not held.is_fixed(held.now.builds[appliance][running.primary.index])
    ):
        yield f"the log is {'off' if is_off else 'on'}, and it misses {missing}"


def _counts(held: Held, appliance: str, result: Mapping[str, Any]) -> Iterator[str]:
    """The numbers of a proof belong together."""
    proof, requests = result["proof"], result["requests"]
    pairs = re.findall(r"(\d+) of (\d+) (attacks? match|legitimate requests? pass)", proof["offline"])
    for some, every, what in pairs:
        if some != every and not result["conflicts"]:
            yield f"of our own rule {some} of {every} {what}"
    if proof["appliance_checked"] and any(one["nanoseconds"] is None for one in rows_with(result, "nanoseconds")):
        yield "the appliance says how long it took, and no time is told"
    if proof["appliance_checked"] != proof["appliance_asked"]:
        yield f"the appliance was asked {proof['appliance_asked']}, and answered {proof['appliance_checked']}"
    parts = requests["session"] + requests["read"] + requests["probes"] + proof["appliance_asked"]
    if requests["total"] != parts:
        yield f"it sent {requests['total']} requests, of which {parts} have a name"
