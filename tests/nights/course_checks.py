# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the ledger says of a course of time, held against each action: which state its run left, which build each node ran then, and when a hunt ended.

A run of this control node saw what was there, so what the course says of that time is what the run said, or worse where it was found later.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from tests.nights.claims import time_of
from tests.nights.held import Held
from tests.nights.knowledge import ASKS
from tests.nights.night import WITNESSED, Action
from tests.nights.status_checks import NEAR, PROVEN, REMOVES, is_beside_others, is_clear, own_runs

_RECORD = re.compile(r"record (\d{8}T\d{6})\.\d{6}Z-run(\d\d)")
STATES: Mapping[str, tuple[str, ...]] = {
    "mitigated": ("mitigated", "closed", "closed for some", "fixed"),
    "applied, not saved": ("mitigated", "applied, not saved", "closed", "closed for some", "fixed"),
    "observe, not blocking": ("observe, not blocking", "closed", "closed for some", "drifted", "fixed"),
    "applied, unproven": ("applied, unproven", "closed", "closed for some", "partly"),
    "exposed": ("exposed", "taken off", "closed", "closed for some", "drifted"),
    "drifted": ("drifted", "closed", "closed for some"),
    "partly": ("partly", "closed", "closed for some", "exposed", "taken off", "unknown", "drifted"),
}
"""By what a run said that looked at our measure, the states that the course can have from then on."""
_CALM = frozenset(("apply", "verify", "upgrade", "wait", "attack", "alarm", "hunt", "plan", "doctor"))
"""Actions after which each record says what is there."""
LOOKS = ("apply", "verify", "edited", "observe", "neighbour_named")


def wrong_courses(held: Held) -> Iterator[str]:
    """Yield what is not true of courses, or left out."""
    yield from _proves_what_stops(held)
    for appliance in held.night.appliances:
        yield from (f"audit of {appliance}: {why}" for why in _changes(held, appliance))
        about = held.found.ledger["appliances"][appliance]
        yield from (f"ledger of {appliance}: {why}" for why in _records(held, appliance, about))
        for answer in about["answers"]:
            for row in answer["rows"]:
                if row["entry"] != held.weakness.id:
                    continue
                for wrong in (
                    _lines,
                    _as_runs_said,
                    _nodes,
                    _put_in_place,
                    _without_doubt,
                    _hunt,
                    _losses,
                    _opened,
                    _stages,
                    _beginning,
                    _managed,
                ):
                    yield from (
                        f"ledger of {appliance} for {answer['customer']}: {why}" for why in wrong(held, appliance, row)
                    )


def _changes(held: Held, appliance: str) -> Iterator[str]:
    """A run is told with each change that it made, as the simulator saw them."""
    runs = held.found.audits[appliance].get("runs", ())
    for number, run in own_runs(held, appliance) if is_clear(held, appliance) else ():
        told = [one for one in runs if one["run"] == f"run{number:02}"]
        seen = sum(one.is_change for one in held.night.journal[number].requests if one.appliance == appliance)
        changes = [line for one in told for line in one["changes"]]
        if (
            run.by == held.found.by
            and told
            and {one["outcome"] for one in told} == {"applied"}
            and len(changes) != seen
        ):
            yield f"action {number} made {seen} changes, and it tells {len(changes)}: {run}"


CALM = ("apply", "verify", "plan", "hunt", "alarm", "wait", "attack", "failover", "log_is_on", "logs_turn_over")
"""Actions after which our measure stops all, as it was applied."""


def _proves_what_stops(held: Held) -> Iterator[str]:
    """A run that looks at our measure, where nothing has happened to it and nothing passes, says that it is proven."""
    last = held.actions[-1]
    here = held.where[last.appliance]
    own = [one for one in here.actions if one.name != "elsewhere"]
    is_calm = all(one.name in CALM and (not one.ours or one.by == last.by) for one in own)
    if (
        last.name in ("apply", "verify")
        and is_calm
        and here.is_read
        and not held.passed(last.appliance)
        and not all(map(held.is_fixed, held.now.builds[last.appliance]))
        and last.said != "mitigated"
    ):
        yield f"nothing passes, and {last.name} says {last.said}"


def _at(held: Held, number: int) -> datetime:
    return held.night.world.sights[number].at - WITNESSED


def _during(line: Sequence[Mapping[str, Any]], moment: datetime) -> Mapping[str, Any] | None:
    """Return what a line says of a moment."""
    return next((one for one in reversed(line) if (time_of(one["since"]) or moment) <= moment), None)


def _lines(held: Held, appliance: str, row: Mapping[str, Any]) -> Iterator[str]:
    """Each line has no gap, and goes on; what is the same goes on too."""
    lines = {"the course": row["course"], "hunts": row["hunts"]}
    for node in row["nodes"]:
        lines |= {f"the build of {node['node']}": node["build"], f"{node['node']}": node["management"]}
    for name, line in lines.items():
        if not line:
            yield f"{name} is empty"
            continue
        if line[-1]["until"] is not None:
            yield f"{name} does not go on after {line[-1]['until']['time']}"
        for one, after in pairwise(line):
            if one["until"] is None or one["until"]["time"] != after["since"]["time"]:
                yield f"{name} has a gap after {one}"
            since, until = time_of(one["since"]), time_of(one["until"])
            if since and until and since >= until and is_clear(held, appliance):
                yield f"{name} has an interval that ends before it has begun: {one}"


def _managed(held: Held, appliance: str, row: Mapping[str, Any]) -> Iterator[str]:
    """Each line begins when the course does; where an attack passed at a management address, no run of ours says that it was covered then."""
    begins = row["exposed_from"]["time"]
    for node in row["nodes"] if begins else ():
        for what in ("build", "management"):
            if node[what] and node[what][0]["since"]["time"] != begins:
                yield f"{what} of {node['node']} begins {node[what][0]['since']['time']}, and the exposure {begins}"
    if not is_clear(held, appliance):
        return
    for index, node in enumerate(row["nodes"]):
        for number, run in enumerate(held.where[appliance].actions):
            looks = run.name in (*ASKS, "apply", "verify", "edited", "observe", "undo")
            if not looks or not run.ours or run.by != held.found.by or run.said.startswith("refused"):
                continue
            seen = held.night.world.sights[number]
            now = _during(node["management"], seen.at)
            if index in seen.reached(appliance, held.weakness) and now is not None and now["protects"]:
                yield f"it passed at the management address of {node['node']} after action {number}, and it says {now['state']}: {run}"


def _records(held: Held, appliance: str, about: Any) -> Iterator[str]:
    """A run that is named was played there, at the time in its name."""
    for stamp, number in {*_RECORD.findall(str(about))}:
        if int(number) >= len(held.actions) or held.actions[int(number)].appliance != appliance:
            yield f"it names run{number}, which was not played there"
        elif not held.actions[int(number)].name.startswith("clock_"):
            began = datetime.strptime(stamp, "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
            if abs(began - _at(held, int(number))) > NEAR:
                yield f"it names a record of {stamp} of run{number}, which was played at {_at(held, int(number))}"


def _as_runs_said(held: Held, appliance: str, row: Mapping[str, Any]) -> Iterator[str]:
    """From a run on the course has the state that the run left."""
    if not is_clear(held, appliance) or len({one.partition for one in held.places(appliance)}) > 1:
        return
    for number, run in own_runs(held, appliance):
        now = _during(row["course"], held.night.world.sights[number].at)
        wanted = STATES.get(run.said) if run.name in LOOKS else None
        if now is None:
            yield f"nothing is said of the time after action {number}: {run}"
        elif wanted and now["state"] not in wanted and "since when is not known" not in now["reason"]:
            yield f"{now['state']} ({now['reason']}) after action {number}: {run}"
        elif run.said == "mitigated" and now["state"] == "mitigated":
            yield from _since_the_proof(held, appliance, row, number)


def _since_the_proof(held: Held, appliance: str, row: Mapping[str, Any], number: int) -> Iterator[str]:
    """What protects since a run that put it there does so since that run, and not from before."""
    entry = held.night.journal[number - 1] if number else None
    if entry is not None and entry.is_there(appliance, held.weakness.policy):
        return
    began = time_of((_during(row["course"], held.night.world.sights[number].at) or {}).get("since"))
    if began is not None and abs(began - _at(held, number)) > NEAR:
        yield f"mitigated since {began}, and action {number} put it there at {_at(held, number)}"


def _nodes(held: Held, appliance: str, row: Mapping[str, Any]) -> Iterator[str]:
    """The build of a node, as each run of this control node saw it, and as it is read now."""
    if not is_clear(held, appliance) or held.weakness.is_behind:
        return
    if len(row["nodes"]) != len(held.now.builds[appliance]):
        yield f"it has {len(row['nodes'])} nodes of {len(held.now.builds[appliance])}"
        return
    for index, node in enumerate(row["nodes"]):
        address = held.night.world.running(appliance).nodes[index].listener.address
        if node["node"].rpartition(":")[0] != address:
            yield f"node {index} is {address}, and it is called {node['node']}"
        for number, run in own_runs(held, appliance):
            if run.name not in LOOKS or "refused" in run.said or not run.said:
                continue
            seen = held.night.world.sights[number]
            now = _during(node["build"], seen.at)
            if now is None or now["state"] == "unknown":
                continue
            if (now["state"] == "fixed") is not held.is_fixed(seen.builds[appliance][index]):
                yield f"{node['node']} is {now['state']} after action {number}, and it ran {seen.builds[appliance][index]}"


def _proves(held: Held, appliance: str, number: int, run: Action) -> bool:
    """Return whether a run may prove what is in place: an undo what it put back, and a verify what is asked for otherwise since, where nothing passes."""
    is_superseded = (run.name, run.said) == ("verify", "superseded")
    return run.said in (*PROVEN, "undone") or (is_superseded and not held.where[appliance].passed[number])


def _put_in_place(held: Held, appliance: str, row: Mapping[str, Any]) -> Iterator[str]:
    """The first run that proved our measure is named, and one that has only put it there is no proof."""
    if not is_clear(held, appliance):
        return
    proofs = [number for number, run in own_runs(held, appliance) if _proves(held, appliance, number, run)]
    proven = time_of(row["proven"])
    was_proven = proofs and held.where[appliance].actions[proofs[0]].said == "mitigated"
    later = {one.name for one in held.where[appliance].actions[proofs[0] + 1 :]} if proofs else set[str]()
    was_proven = was_proven and not later & {*REMOVES, "observe", "neighbour_named"}
    for what in ("proven", "mitigated") if was_proven and row["course"][-1]["state"] in ("mitigated", "fixed") else ():
        earlier = row["proofs"] if what == "proven" else [one for one in row["stages"] if one["doing"] == "blocks"]
        if not row[what]["time"] and (row["measure"]["word"] == "mitigated" or not earlier):
            yield f"action {proofs[0]} proved it, and it was never {what}"
    if proven is not None and not any(abs(proven - _at(held, number)) <= NEAR for number in proofs):
        others = [number for number, run in own_runs(held, appliance) if abs(proven - _at(held, number)) <= NEAR]
        if not others or held.actions[others[0]].said not in STATES:
            yield f"it was proven {proven}, when no run proved it"
    placed = time_of(row["mitigated"])
    if placed is not None and not any(
        abs(placed - _at(held, number)) <= NEAR for number, run in own_runs(held, appliance)
    ):
        yield f"it was put in place {placed}, when no run was there"


def _stages(held: Held, appliance: str, row: Mapping[str, Any]) -> Iterator[str]:
    """Each stage is what our policy does since a run that left it so; each run of ours that changed what it does begins one."""
    if not is_clear(held, appliance) or len({one.partition for one in held.places(appliance)}) > 1:
        return
    for number, run in own_runs(held, appliance):
        wanted = {"mitigated": "blocks", "observe, not blocking": "observes"}.get(run.said)
        if run.name not in LOOKS or wanted is None or not wanted:
            continue
        begun = [
            one for one in row["stages"] if (time_of(one["since"]) or _at(held, number)) <= _at(held, number) + NEAR
        ]
        if not begun or begun[-1]["doing"] != wanted:
            yield f"it {begun[-1]['doing'] if begun else 'has never done anything'} after action {number}: {run}"
    left = [(n, one) for n, one in enumerate(held.where[appliance].actions) if one.ours and one.name == "leave"]
    runs = [number for number, _run in (*own_runs(held, appliance), *left)]  # leaving takes our measure off, too
    for one in row["stages"]:
        since = time_of(one["since"])
        if since and not any(abs(since - _at(held, number)) <= NEAR for number in runs):
            yield f"no run was there at {since}, and it {one['doing']} since then"
    for one in row["proofs"]:
        since = time_of(one["since"])
        near = [one for one in own_runs(held, appliance) if since and abs(since - _at(held, one[0])) <= NEAR]
        if since and not any(_proves(held, appliance, *one) for one in near):
            yield f"proven since {since}, when a run said {[run.said for _number, run in near]}"


def _beginning(held: Held, appliance: str, row: Mapping[str, Any]) -> Iterator[str]:
    """Since when it was exposed rests on the first run that saw the build, where there was one."""
    source = str(row["exposed_from"]["source"])
    runs = [n for n, one in enumerate(held.where[appliance].actions) if one.ours and one.by == held.found.by]
    if not runs or not is_clear(held, appliance) or not row["exposed_from"]["time"]:
        return
    was_affected = not all(map(held.is_fixed, held.night.world.sights[runs[0]].builds[appliance]))
    named = [int(number) for _stamp, number in _RECORD.findall(source)]
    if was_affected and not any(number <= runs[0] for number in named):
        yield f"action {runs[0]} saw the build first, and it rests on {source}"


def _without_doubt(held: Held, appliance: str, row: Mapping[str, Any]) -> Iterator[str]:
    """Where only runs of ours and a fix have changed anything, nothing of the time since the proof is unknown."""
    actions = held.where[appliance].actions
    proven = next(
        (number for number, one in enumerate(actions) if (one.name, one.said) == ("apply", "mitigated")), None
    )
    is_calm = {
        one.name for one in actions
    } <= _CALM and not held.weakness.is_behind  # of which another build is unproven
    is_calm = is_calm and is_clear(held, appliance) and held.is_read(appliance)
    if proven is None or not is_calm or len({one.partition for one in held.places(appliance)}) > 1:
        return
    for one in row["course"]:
        since = time_of(one["since"])
        if one["state"] == "unknown" and since is not None and since >= _at(held, proven) - NEAR:
            yield f"nothing but runs of ours was there since {actions[proven]}, and since {since} it is unknown: {one['reason']}"


def _hunt(held: Held, appliance: str, row: Mapping[str, Any]) -> Iterator[str]:
    """What a hunt has found holds until it ended, and what came after it nobody has looked at."""
    hunts = [n for n, one in enumerate(held.where[appliance].actions) if (one.name, one.by) == ("hunt", held.found.by)]
    ended, outcomes = time_of(row["hunt"]), [str(one["outcome"]) for one in row["hunts"]]
    if not hunts:
        if ended is not None or {*outcomes} != {"no hunt"}:
            yield f"nobody has hunted, and it says {outcomes}, ended {ended}"
        return
    said = held.actions[hunts[-1]].said
    if not re.search(r" in \d+ node", said):
        return
    at = _at(held, hunts[-1])
    if is_clear(held, appliance) and (ended is None or abs(ended - at) > NEAR):
        yield f"the last hunt was at {at}, and it says {ended}"
    if outcomes[-1] not in ("no hunt", "compromise"):  # who is in stays in
        yield f"nobody has looked since the hunt, and it says {outcomes[-1]}"
    wanted = _outcome(said)
    if row["hunt_outcome"] != wanted and not (
        wanted == "attempt or review" and row["hunt_outcome"].startswith("nothing")
    ):
        yield f"the hunt says {said}, and the ledger {row['hunt_outcome']}"
    looked = [one for one in row["hunts"] if one["outcome"] == row["hunt_outcome"]]
    if row["hunt_outcome"] != "no hunt" and not looked:
        yield f"the hunt found {row['hunt_outcome']}, and no time has it: {outcomes}"
    for one in looked:
        if (until := time_of(one["until"])) and ended and until > ended:
            yield f"it was looked at until {until}, and the hunt ended {ended}"
    logs = time_of(row["logs_from"])
    if logs is not None and ended is not None and logs > ended:
        yield f"its logs begin {logs}, after the hunt"


def _outcome(said: str) -> str:
    if " compromise" in said:
        return "compromise"
    if "INCOMPLETE" in said:
        return "incomplete"
    return "nothing found in what was looked at" if "nothing found" in said else "attempt or review"


def _losses(held: Held, appliance: str, row: Mapping[str, Any]) -> Iterator[str]:
    """What a run of this control node took away is a loss from that run on; one that lasts is not protected now."""
    for one in row["losses"]:
        since, until = time_of(one["since"]), time_of(one["until"])
        if since and until and until < since and is_clear(held, appliance):
            yield f"a loss ends {until}, before it began {since}"
        if one["until"] is None and row["course"][-1]["protects"] and one["is_critical"]:
            yield f"it is {row['course'][-1]['state']}, and a loss goes on: {one['reason']}"
    if not is_clear(held, appliance) or len({one.partition for one in held.places(appliance)}) > 1:
        return
    runs = [*own_runs(held, appliance)]
    sights = held.night.world.sights
    for (before, first), (number, run) in pairwise(runs):
        took = first.said == "mitigated" and (run.name, run.said) in (
            ("observe", "observe, not blocking"),
            ("undo", "undone"),
        )
        took &= not any(
            one.name == "leave" for one in held.where[appliance].actions[before + 1 : number]
        )  # nothing was left
        was_shut = number > 0 and not held.where[appliance].passed[number - 1] and held.where[appliance].passed[number]
        is_told = any(f"-run{number:02}" in text for text in row["conflicts"])
        if took and run.name == "observe" and not is_told:
            yield f"action {number} lets ours only count, and no contradiction says so: {row['conflicts']}"
        is_doubted = held.weakness.is_behind and sights[before].builds[appliance] != sights[number].builds[appliance]
        is_doubted = is_doubted or is_beside_others(held, appliance, range(before, number))
        name = "found" if is_doubted else "since"  # no run proved it on that build, or beside that
        if took and was_shut and not any(_is_near(one[name], _at(held, number)) for one in row["losses"]):
            yield f"action {number} took away what was proven, and no loss begins at {_at(held, number)}: {run}"


def _opened(held: Held, appliance: str, row: Mapping[str, Any]) -> Iterator[str]:
    """Where an attack passes since a run of ours opened a service, at which none passed before, a loss begins then."""
    here, sights = held.where[appliance], held.night.world.sights
    for number, run in enumerate(here.actions) if is_clear(held, appliance) and not held.weakness.is_behind else ():
        if (
            run.name not in ("reopen", "open_step")
            or run.by != held.found.by
            or not number
            or run.said.startswith("refused")
        ):
            continue
        before, after = (sights[one].ways(held.weakness) for one in (number - 1, number))
        opened = [
            one.vserver for one in held.places(appliance, customer=row["customer"]) if after[one] and not before[one]
        ]
        if opened and not any(_is_near(one["since"], _at(held, number)) for one in row["losses"]):
            yield f"action {number} opened {opened}, where it passes since, and no loss begins at {_at(held, number)}: {row['losses']}"


def _is_near(dated: Mapping[str, Any], moment: datetime) -> bool:
    since = time_of(dated)
    return since is not None and abs(since - moment) <= timedelta(minutes=10)
