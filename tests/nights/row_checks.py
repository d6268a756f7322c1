# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The rows of the exposure ledger and its answers: dates are those of records and of the night, and the answers follow from them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from tests.nights.audit_checks import copies_of, records_of
from tests.nights.duty_checks import at, is_clear
from tests.nights.held import Held

Values = Mapping[str, Any]
DATES = (
    *("exposed_from", "exploit_public", "mitigated", "proven", "closed", "reopened", "fixed", "hunt", "logs_from"),
    "disproved",
)
PROTECTS = ("mitigated", "closed", "fixed", "not affected")
NOT_KNOWN = ("unknown", "partly")
"""The states of which it is not known whether an attack passes."""
ORDER = ("assume_compromised", "unknown", "patch_first", "open")
"""The answers, the worst first; their words, and their exit codes."""
WORDS = {
    "open": "open",
    "patch_first": "patch first",
    "assume_compromised": "assume compromised: recovery plan",
    "unknown": "unknown",
}
CODES = {"open": 0, "patch_first": 1, "unknown": 2, "assume_compromised": 2}
GRADES = ("rebuild", "assume", "look", "watch")
_STEPS = {"rebuild": (1, 2, 3, 4, 5, 6, 7, 8), "assume": (1, 2, 3, 4, 5, 6, 7, 8), "look": (1, 3, 8), "watch": (8,)}
_SAYS: Mapping[tuple[str, bool], tuple[str, str]] = {
    ("open", True): ("your access can be opened again", "kan uw toegang weer open"),
    ("open", False): ("nothing stands in the way of your access", "staat niets uw toegang in de weg"),
    ("patch_first", True): ("Your access stays closed until the repair", "Uw toegang blijft dicht tot de reparatie"),
    ("patch_first", False): (
        "The repair of the supplier is not installed yet.",
        "De reparatie van de leverancier is nog niet geplaatst.",
    ),
    ("assume_compromised", True): (
        "got in. Your access stays closed. We make a recovery plan",
        "geweest. Uw toegang blijft dicht. Wij maken",
    ),
    ("assume_compromised", False): ("got in. We make a recovery plan", "geweest. Wij maken met u een herstelplan"),
    ("unknown", True): ("protected in time. It stays closed", "beschermd was. Hij blijft dicht"),
    ("unknown", False): ("protected in time. We are finding out", "beschermd was. Wij zoeken het uit"),
}
"""By answer, and whether a record says that it is closed, what the sentence for the customer says."""
_RECORD = re.compile(r"record (\d{8}T\d{6}\.\d+Z-[\w-]+?)(?=[\s;,)]|$)")
_RUN = re.compile(r"-run(\d+)")
_BUILD = re.compile(r"^(?P<build>\d+\.\d+\S* \d+\.\d+) has the (?P<what>weakness|fix)")
_PUTS = ("apply", "edited", "apply_unsaved", "undo", "verify", "clock_ahead", "clock_behind", "lease_lost")
_DOES: Mapping[str, Sequence[str]] = {
    "blocks": _PUTS,
    "observes": ("observe", "neighbour_named", "undo", "lease_lost"),
    "off": ("undo", "after_fix", "retire", "leave", "lease_lost"),
}
"""By what our measure does since then, the actions after which it can."""
_FOUND = {
    "compromise": "compromise",
    "attempt": "attempt or review",
    "review": "attempt or review",
    "nothing found": "nothing found in what was looked at",
}
"""By what a hunt says, the word of the ledger, the worst first."""
_NEAR = timedelta(minutes=3)


def wrong_rows(held: Held) -> Iterator[str]:
    """Yield what is not so, or left out."""
    for appliance, about in held.found.ledger["appliances"].items():
        for answer in about["answers"]:
            for why in _of_an_answer(held, appliance, answer):
                yield f"the ledger of {appliance} for {answer['customer']}: {why}"


# -- rows -------------------------------------------------------------------------------------------------------------


def wrong_answers(held: Held) -> Iterator[str]:
    """Yield what is not so of an answer, which is about all weaknesses."""
    for appliance, about in held.found.ledger["appliances"].items():
        for answer in about["answers"]:
            for why in _of_all_rows(answer):
                yield f"the ledger of {appliance} for {answer['customer']}: {why}"


def _of_an_answer(held: Held, appliance: str, answer: Values) -> Iterator[str]:
    rows = answer["rows"]
    if len(rows) != 1:
        yield f"it has {len(rows)} rows for one weakness"
    for row in rows:
        if (row["appliance"], row["customer"], row["entry"]) != (appliance, answer["customer"], held.weakness.id):
            yield f"a row is of {row['appliance']}, {row['customer']}, {row['entry']}"
        yield from _dates(held, row)
        yield from _conflicts(held, row)
        yield from _tracks(held, row)
        yield from _what_was_done(held, appliance, row)
        yield from _answered(held, row)


def _of_all_rows(answer: Values) -> Iterator[str]:
    rows = answer["rows"]
    worst = min((row["answer"] for row in rows), key=ORDER.index, default="unknown")
    if answer["answer"] != worst:
        yield f"its answer is {answer['answer']}, and those of its rows {worst}"
    who = answer["customer"] or "no customer"
    like_it = [row for row in rows if row["answer"] == worst]
    more = f"; and {len(like_it) - 1} more" if len(like_it) > 1 else ""
    first = [row["entry"] for row in rows if row["answer"] == "patch_first"] if worst == "unknown" else []
    lack = f"; {WORDS['patch_first']}: {', '.join(first)}" if first else ""
    texts = [f"{who}: {WORDS[worst]} ({row['entry']}: {row['reason']}{more}){lack}" for row in like_it]
    if answer["text"] not in texts:
        yield f"it says {answer['text']}, in place of {texts}"
    is_closed = any(row["closed"]["time"] and not row["reopened"]["time"] for row in rows)
    for language, words in zip(("en", "nl"), _SAYS[worst, is_closed], strict=True):
        if words not in answer["sentences"][language]:
            yield f"{worst}, closed: {is_closed}, and it says {answer['sentences'][language]}"
    yield from _recovery(answer, is_closed=is_closed)


def _recovery(answer: Values, *, is_closed: bool) -> Iterator[str]:
    """What is to be done follows from the hunt and the answer."""
    outcomes, plan = {row["hunt_outcome"] for row in answer["rows"]}, answer["recovery"]
    grade = "rebuild" if "compromise" in outcomes else "assume" if answer["answer"] == "assume_compromised" else ""
    grade = grade or ("" if answer["answer"] == "unknown" else "look" if "attempt or review" in outcomes else "watch")
    if (plan or {}).get("grade", "") != grade:
        yield f"its hunts said {sorted(outcomes)}, and its recovery is {plan and plan['grade']}"
        return
    if not plan:
        return
    if [int(step.split(".")[0]) for step in plan["steps"]] != list(_STEPS[grade]):
        yield f"its steps of {grade} are {plan['steps']}"
    first = [one["playbook"] for one in plan["next_commands"]]
    wanted = {"watch": ["watch.yml", "read_logs.yml"], "look": ["evidence.yml"]}.get(
        grade, ["evidence.yml"] if is_closed else ["evidence.yml", "lockdown.yml"]
    )
    if first != wanted:
        yield f"its first commands of {grade} are {first}, closed: {is_closed}"


def _dates(held: Held, row: Values) -> Iterator[str]:
    """A date has a time or is not known, and its source; a record that it names is there, and was made then."""
    records = records_of(held, row["appliance"])
    known = {name.removesuffix(".json") for name in (*records, *copies_of(held, row["appliance"]))}
    for name in DATES:
        one = row[name]
        if bool(one["time"]) is (one["confidence"] == "not known") or not one["source"]:
            yield f"{name} is {one}"
        for stem in _RECORD.findall(one["source"]):
            if stem not in known:
                yield f"{name} is of {stem}, which is neither here nor on a node"
            record = records.get(f"{stem}.json")
            if (
                record is not None
                and name != "proven"
                and one["confidence"] == "recorded"
                and one["source"].startswith("record ")
                and one["time"]
            ):
                times = (record["started"], record.get("finished"))
                if one["time"] not in times and is_clear(held):
                    yield f"{name} is {one['time']}, and {stem} is of {times}"
    bulletin = f"{held.weakness.bulletin:%Y-%m-%d}"
    if row["exposed_from"]["time"] not in (bulletin, ""):
        yield f"it is exposed from {row['exposed_from']['time']}, and the bulletin is of {bulletin}"
    public = f"{held.weakness.exploit:%Y-%m-%d}" if held.found.at.date() >= held.weakness.exploit else ""
    if row["exploit_public"]["time"] != public:
        yield f"an exploit is public since {row['exploit_public']['time']}, in place of {public or 'no day yet'}"
    yield from _never_affected(held, row, known if held.is_read(row["appliance"]) else records)
    if not row["exposed_from"]["time"] and not held.weakness.is_behind and _was_seen_affected(held, row["appliance"]):
        yield f"a run saw a build with the weakness, and it says {row['exposed_from']}"


def _never_affected(held: Held, row: Values, known: Iterable[str]) -> Iterator[str]:
    """What it says of all builds is so of those that run, and of those of the records."""
    if not row["is_never_affected"]:
        return
    today = held.now.builds[row["appliance"]] if held.is_read(row["appliance"]) else ()
    if not all(map(held.was_never_affected, today)):
        yield f"it runs {sorted(today)}, and it says that none of them ever had the weakness"
    if builds := sorted(one for one in _recorded(held, row["appliance"], known) if not held.is_fixed(one)):
        yield f"records are of {builds}, and it says that none shows a build with the weakness"


def _recorded(held: Held, appliance: str, stems: Iterable[str]) -> set[str]:
    """Return the builds that the appliance ran when the runs were made of which there is a record, here or on a node."""
    numbers = {int(match[1]) for stem in stems if (match := _RUN.search(stem))}
    sights = held.night.world.sights
    return {build for number in numbers if number < len(sights) for build in sights[number].builds[appliance]}


def _was_seen_affected(held: Held, appliance: str) -> bool:
    sights = held.night.world.sights
    return any(
        one.ours
        and one.appliance == appliance
        and one.by == held.found.by
        and not any(map(held.is_fixed, sights[number].builds[appliance]))
        for number, one in enumerate(held.actions)
    )


_RECORDED = re.compile(r"-run(\d+) has (?:a build|\S+ \S+?) (with|without) (?:the fix|it)")
_TODAY = ("the builds of all nodes", "a node runs a build without the fix today")


def _conflicts(held: Held, row: Values) -> Iterator[str]:
    """What two histories say of a build was so: one with the fix is that of all nodes. What is read today is said of the builds that run.

    That a rule has no effect is of the builds of all nodes too, none of which has the fix.
    """
    appliance = row["appliance"]
    for text in row["conflicts"] if not held.weakness.is_behind and is_clear(held) else ():
        for number, what in _RECORDED.findall(text):
            builds = held.night.world.sights[int(number)].builds[appliance]
            are = [held.is_fixed(one) for one in builds]
            if not (all(are) if what == "with" else not all(are)):
                yield f"it says {text}, and {builds} ran"
    if held.is_read(appliance) and not held.weakness.is_behind:
        yield from _by_todays_builds(held, row)


def _by_todays_builds(held: Held, row: Values) -> Iterator[str]:
    """What rests on the builds of today rests on those that run: of a node, on its own."""
    every = held.now.builds[row["appliance"]]
    lines = [("its course", row["course"], every), ("its management", row["management"], every)]
    for node, build in zip(row["nodes"], every, strict=False):
        lines += [(f"{node['node']}", node[name], (build,)) for name in ("build", "management")]
    for name, line, builds in lines:
        wrong = _TODAY[all(map(held.is_fixed, builds))]
        for one in line:
            if wrong in (one["since"]["source"], *one["rests_on"]) and one["state"] != "ineffective on this build":
                yield f"{name} is {one['state']} by {wrong}, and {builds} run"


def _tracks(held: Held, row: Values) -> Iterator[str]:
    """Each course is without a gap until now, and says of each of its times whether it protects."""
    tracks = {"course": row["course"], "management": row["management"]}
    for one in row["nodes"]:
        tracks |= {f"build of {one['node']}": one["build"], f"management of {one['node']}": one["management"]}
    for name, line in tracks.items():
        if not line:
            if row["exposed_from"]["time"]:
                yield f"{name} is empty"
            continue
        for why in _line(held, line):
            yield f"{name} {why}"
        if (
            row["exposed_from"]["time"]
            and line[0]["since"]["time"] != row["exposed_from"]["time"]
            and "build" not in name
        ):
            yield f"{name} begins {line[0]['since']['time']}, and it is exposed from {row['exposed_from']['time']}"
        yield from _builds(held, row, name, line)
    yield from _hunts_and_nodes(held, row)


def _line(held: Held, line: Sequence[Values]) -> Iterator[str]:
    if any(one["until"] != other["since"] for one, other in pairwise(line)) or line[-1]["until"] is not None:
        yield f"has a gap: {[(one['since']['time'], (one['until'] or {}).get('time')) for one in line]}"
    times = [_moment(one["since"]["time"]) for one in line if one["since"]["time"]]
    if times != sorted(times) and is_clear(held):
        yield f"is not in its order: {times}"
    for one in line:
        if one["protects"] is not (one["state"] in PROTECTS):
            yield f"says that {one['state']} protects: {one['protects']}"
        if not one["reason"]:
            yield f"has no reason for {one['state']}"


def _hunts_and_nodes(held: Held, row: Values) -> Iterator[str]:
    hunts = row["hunts"]
    if any(one["until"] != other["since"] for one, other in pairwise(hunts)) or (
        hunts and hunts[-1]["until"] is not None
    ):
        yield f"its hunts have a gap: {[(one['since']['time'], (one['until'] or {}).get('time')) for one in hunts]}"
    without = [build for build in held.now.builds[row["appliance"]] if not held.is_fixed(build)]
    is_mixed = 0 < len(without) < len(held.now.builds[row["appliance"]])
    if held.is_read(row["appliance"]) and len(row["without_fix"]) != (len(without) if is_mixed else 0):
        yield f"without the fix are {without}, and it says {row['without_fix']}"
    nodes = [one["node"] for one in row["nodes"]]
    if held.weakness.is_behind:
        if nodes:
            yield f"no node has it, and its nodes are {nodes}"
        return
    if len({*nodes}) != len(nodes) or (
        held.is_read(row["appliance"]) and len(nodes) != len(held.now.builds[row["appliance"]])
    ):
        yield f"its nodes are {nodes}"


def _builds(held: Held, row: Values, name: str, line: Sequence[Values]) -> Iterator[str]:
    """A build that a reason names had the weakness, or the fix, and ran on the appliance at the run that saw it."""
    for one in line if is_clear(held) else ():
        match = _BUILD.match(one["reason"])
        if match is None or one["since"]["confidence"] != "recorded" or len(one["since"]["time"]) < 11:
            continue
        if (match["what"] == "fix") is not held.is_fixed(match["build"]):
            yield f"{name} says {one['reason']}"
        number = _number_at(held, one["since"]["time"])
        seen = held.night.world.sights[number].builds[row["appliance"]] if number is not None else (match["build"],)
        if match["build"] not in seen:
            yield f"{name} says {one['reason']} since {one['since']['time']}, and {seen} ran"


def _number_at(held: Held, time: str) -> int | None:
    """Return the action that was at a time."""
    when = _moment(time)
    return next((number for number in range(len(held.actions)) if abs(at(held, number) - when) < _NEAR), None)


def _moment(time: str) -> datetime:
    found = datetime.fromisoformat(time)
    return found if found.tzinfo else found.replace(tzinfo=datetime.fromisoformat("2020-01-01T00:00:00+00:00").tzinfo)


def _what_was_done(held: Held, appliance: str, row: Values) -> Iterator[str]:
    """Our measure did what our runs did; a hunt was when one was carried out, and found what it said."""
    own = [(number, one) for number, one in enumerate(held.actions) if one.appliance == appliance]
    hunts = [
        number
        for number, one in own
        if (one.name, one.by) == ("hunt", held.found.by) and not one.said.startswith("refused")
    ]
    said = held.actions[hunts[-1]].said if hunts else ""
    words = [word for sign, word in _FOUND.items() if sign in said]
    if not hunts and (row["hunt_outcome"], row["hunt"]["time"]) != ("no hunt", ""):
        yield f"nobody hunted, and it says {row['hunt_outcome']} {row['hunt']['time']}"
    is_alone = len(held.weaknesses) == 1  # else the words may be about another one
    if words and is_alone and row["hunt_outcome"] not in (words[0], "incomplete") and "INCOMPLETE" not in said:
        yield f"the hunt said {said}, and it says {row['hunt_outcome']}"
    if (
        hunts
        and is_clear(held)
        and row["hunt"]["time"]
        and abs(_moment(row["hunt"]["time"]) - at(held, hunts[-1])) > _NEAR
    ):
        yield f"the last hunt was at {at(held, hunts[-1])}, and it says {row['hunt']['time']}"
    if (
        row["logs_from"]["time"]
        and row["hunt"]["time"]
        and _moment(row["logs_from"]["time"]) > _moment(row["hunt"]["time"])
    ):
        yield f"its logs begin {row['logs_from']['time']}, after the hunt"
    if is_clear(held):
        yield from _stages(held, appliance, row)
        yield from _alone(held, row, [(number, one) for number, one in own if one.ours])


def _stages(held: Held, appliance: str, row: Values) -> Iterator[str]:
    for one in row["stages"]:
        number = _number_at(held, one["since"]["time"]) if one["since"]["time"] else None
        if number is None:
            yield f"our measure {one['doing']} since {one['since']['time']}, when nothing was done"
            continue
        action = held.actions[number]
        if action.appliance != appliance or action.name not in _DOES.get(one["doing"], (action.name,)):
            yield f"our measure {one['doing']} since action {number}, which was {action}"
    if any(one["until"] is None for one in row["stages"][:-1]):
        yield f"its stages are {row['stages']}"
    for name, names in (
        ("mitigated", _PUTS),
        ("closed", ("off",)),
        ("reopened", ("reopen", "undo", "after_fix", "colleague_opens", "apply")),
    ):
        time = row[name]["time"]
        if time and row[name]["confidence"] == "recorded":
            number = _number_at(held, time)
            if number is None or held.actions[number].name not in names:
                done = "nothing" if number is None else held.actions[number]
                yield f"{name} is {time}, when {done} was done"


def _alone(held: Held, row: Values, own: Sequence[tuple[int, Any]]) -> Iterator[str]:
    """Of an appliance at which nothing but one of our runs mattered, the dates are those of that run."""
    everything = {one.name for one in held.where[row["appliance"]].actions if one.name != "elsewhere"}
    quiet = {"apply", "verify", "wait", "hunt", "alarm", "plan", "attack"}
    applied = [(number, one) for number, one in own if one.name == "apply"]
    if everything - quiet or len(applied) != 1 or {one.by for _n, one in own} != {held.found.by}:
        return
    number, action = applied[0]
    for name in ("mitigated", "proven"):
        wanted = name == "mitigated" or action.said == "mitigated" or any(one.said == "mitigated" for _n, one in own)
        time = row[name]["time"]
        if action.said in ("mitigated", "applied, unproven") and bool(time) is not wanted:
            yield f"action {number} said {action.said}, and {name} is {row[name]}"
        if time and abs(_moment(time) - at(held, number)) > _NEAR and action.said == "mitigated":
            yield f"{name} is {time}, and it was put in place at {at(held, number)}"
    if action.said == "mitigated" and (row["measure"]["word"], row["losses"]) != ("mitigated", []):
        yield f"action {number} said {action.said}, and it says {row['measure']}, {row['losses']}"


def _answered(held: Held, row: Values) -> Iterator[str]:
    """The answer follows from the dates of its row, and its reason says them."""
    hunt, reason, public = row["hunt_outcome"], row["reason"], row["exploit_public"]["time"]
    wanted: str | None = None
    if hunt == "compromise":
        wanted = "assume_compromised"
    elif row["exposed_from"]["time"] and row["is_fixed"] is None:
        wanted = "unknown"
    elif row["exposed_from"]["time"] and not public:
        wanted = "open" if row["is_fixed"] else "patch_first"
    if wanted is not None and row["answer"] != wanted:
        yield f"its hunt is {hunt}, fixed {row['is_fixed']}, public {public}, and it says {row['answer']}"
    told = {
        "the hunt found a trace of an intrusion": hunt == "compromise",
        "it is not known whether every node has the fix": wanted == "unknown",
        "and no exploit is known to be public": hunt != "compromise" and wanted in ("open", "patch_first"),
        "no hunt.yml result was given": row["answer"] != "open" and hunt == "no hunt",
        f"hunt of {shown(row['hunt']['time'])}: {hunt}": row["answer"] != "open" and hunt != "no hunt",
        "lacks the fix, and serves after a failover": bool(row["without_fix"]),
    }
    for text, is_so in told.items():
        if (text in reason) is not is_so:
            yield f"its reason is {reason}, {'without' if is_so else 'with'} {text}"
    reach = f"its logs reach back to {shown(row['logs_from']['time'])}"
    if row["answer"] != "open" and hunt != "no hunt" and row["logs_from"]["time"] and reach not in reason:
        yield f"its logs begin {row['logs_from']['time']}, and its reason is {reason}"
    yield from _of_addresses(row, reason)


def _of_addresses(row: Values, reason: str) -> Iterator[str]:
    """Where the services are protected and a management address is not, the reason says of how many nodes, and how sure that is."""
    nodes = [one["node"] for one in row["nodes"] if row["management"] and not one["management"][-1]["protects"]]
    if nodes and row["course"] and row["course"][-1]["protects"]:
        word = "not known to be protected" if row["management"][-1]["state"] in NOT_KNOWN else "exposed"
        whose = (
            "its management address is"
            if len(row["nodes"]) == 1
            else f"management addresses, {len(nodes)} of {len(row['nodes'])}:"
        )
        if f"; {whose} {word}, whatever is closed" not in reason:
            yield f"the management addresses of {nodes} are {word}, and its reason is {reason}"
    elif "whatever is closed" in reason:
        yield f"its services and management addresses are as safe, and its reason is {reason}"
    if "its management address was not protected" in reason and (
        nodes or all(one["protects"] for one in row["management"])
    ):
        yield f"its management addresses are {row['management'][-1]['state']}, and its reason is {reason}"


def shown(time: str) -> str:
    """Return a time as people read it; a day stays a day."""
    return f"{time[:10]} {time[11:16]} UTC" if "T" in time else time
