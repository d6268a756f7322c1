# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lines of the exposure ledger and course.txt: each says what the rows say, each row is told, and there are no other lines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.nights.held import Held
from tests.nights.row_checks import CODES, GRADES, NOT_KNOWN, ORDER, WORDS, shown

Values = Mapping[str, Any]


def wrong_ledger_texts(held: Held) -> Iterator[str]:
    """Yield what is not so, or left out."""
    for appliance, about in held.found.ledger["appliances"].items():
        for why in _of_an_appliance(held, appliance, about):
            yield f"the ledger of {appliance}: {why}"
    yield from (f"the lines of the ledger: {why}" for why in _lines(held))
    yield from (f"course.txt: {why}" for why in _course_text(held))


# -- lines ------------------------------------------------------------------------------------------------------------


def _of_an_appliance(held: Held, appliance: str, about: Values) -> Iterator[str]:
    answers = sorted(about["answers"], key=lambda one: ORDER.index(one["answer"]))
    conflicts = {text for one in answers for row in one["rows"] for text in row["conflicts"]}
    wanted = f"{appliance}: {'; '.join(one['text'] for one in answers)}"
    wanted += f"; conflicts between sources: {len(conflicts)}" if conflicts else ""
    if not about["msg"].startswith(wanted) or (about["msg"] != wanted) is not bool(about["problem"]):
        yield f"it is told as {about['msg']}, in place of {wanted}"
    if bool(about["problem"]) and held.is_read(appliance):
        yield f"all of it can be read, and it says {about['problem']}"
    owned = {each["customer"]: each["vservers"] for each in about["customers"]}
    if [*owned] != held.night.world.customers(appliance) and {*owned} != {*held.night.world.customers(appliance)}:
        yield f"its customers are {owned}"
    if len({one["customer"] for one in answers}) != len(answers):
        yield f"it answers {[one['customer'] for one in answers]}"
    yield from _commands(about)


def _commands(about: Values) -> Iterator[str]:
    """What is next follows from the worst answer and the heaviest recovery."""
    worst = min((one["answer"] for one in about["answers"]), key=ORDER.index, default="unknown")
    commands = [one["playbook"] for one in about["next_commands"]]
    plans = [one["recovery"] for one in about["answers"] if one["recovery"]]
    plan = min(plans, key=lambda one: GRADES.index(one["grade"]), default=None)
    if worst == "unknown":
        return
    wanted = ["status.yml"] if worst == "patch_first" else []
    if plan and plan["grade"] != "watch":
        wanted = [one["playbook"] for one in plan["next_commands"]]
    if commands != wanted:
        yield f"its worst answer is {worst}, and next is {commands}, in place of {wanted}"


def _lines(held: Held) -> Iterator[str]:
    ledger = held.found.ledger
    appliances, lines = ledger["appliances"], ledger["lines"]
    worst = {
        name: min((one["answer"] for one in about["answers"]), key=ORDER.index, default="unknown")
        for name, about in appliances.items()
    }
    count = Counter(worst.values())
    total = f"{len(appliances)} appliance{'' if len(appliances) == 1 else 's'}: "
    total += ", ".join(f"{count[word]} {WORDS[word]}" for word in ORDER if count[word])
    of_playbook = ledger["exit_code"] if ledger["must_fail"] else 0
    total += f"; exit code {ledger['exit_code']}"
    total += f" for monitoring, {of_playbook} of the playbook" * (ledger["exit_code"] != of_playbook)
    if lines[-1] != total:
        yield f"the last is {lines[-1]}, in place of {total}"
    first = [line for line in lines[:-1] if not re.match(r"(PROTECTION |MANAGEMENT |NODE |RECOVERY )", line)]
    told: list[str] = []
    for line in first:
        names, _colon, text = line.partition(": ")
        hosts = [one for one in re.split(r", | and ", names) if one in appliances]
        told += hosts
        if not hosts or any(appliances[one]["msg"] != f"{one}: {text}" for one in hosts):
            yield f"no appliance says {line}"
    if sorted(told) != sorted(appliances):
        yield f"its appliances are {told}"
    ranks = [
        ORDER.index(worst[re.split(r", | and |: ", line)[0]])
        for line in first
        if re.split(r", | and |: ", line)[0] in worst
    ]
    if ranks != sorted(ranks):
        yield f"the worst is not the first: {first}"
    yield from _lost(appliances, lines)
    yield from _of_nodes(appliances, lines)
    yield from _of_recovery(appliances, lines)
    losses = [
        one
        for about in appliances.values()
        for answer in about["answers"]
        for row in answer["rows"]
        for one in row["losses"]
    ]
    is_lost = any(one["is_critical"] and one["until"] is None for one in losses)
    code = max(max((CODES[word] for word in worst.values()), default=2), 2 if is_lost else 0)
    if ledger["exit_code"] not in ((code, 4) if code == 2 and not is_lost else (code,)) or ledger["must_fail"] is not (
        ledger["exit_code"] >= 2
    ):
        yield f"its answers are {worst}, a loss: {is_lost}, and its exit code {ledger['exit_code']}, {ledger['must_fail']}"
    if ledger["exit_code"] == 4 and not any(about["problem"] for about in appliances.values()):
        yield "all was read, and its exit code is 4"


def _lost(appliances: Mapping[str, Values], lines: Sequence[str]) -> Iterator[str]:
    """Each loss that lasts has a line, and no line is of one that does not."""
    own = [line for line in lines if line.startswith("PROTECTION ")]
    lasting = {
        (name, one["phase"], _alike(one["text"], name))
        for name, about in appliances.items()
        for answer in about["answers"]
        for row in answer["rows"]
        for one in row["losses"]
        if one["until"] is None
    }
    for name, phase, text in lasting:
        if not any(
            line.startswith(phase) and re.search(rf"\b{name}\b", line.partition(": ")[0]) and text in _alike(line, name)
            for line in own
        ):
            yield f"{phase} of {name}: {text} is not told: {own}"
    for line in own:
        phase = next(
            (one for one in ("PROTECTION LOST", "PROTECTION REDUCED", "PROTECTION IN DOUBT") if line.startswith(one)),
            "",
        )
        if (
            not any(
                phase == one and re.search(rf"\b{name}\b", line) and text in _alike(line, name)
                for name, one, text in lasting
            )
            and phase
        ):
            yield f"nothing says {line}"


def _alike(text: str, name: str) -> str:
    text = re.sub(r"(\d{4}-\d\d-\d\d) \d\d:\d\d UTC", r"\1", text)
    return re.sub(
        rf"(?<![\w.-]){name}(?![\w-])|<appliance>",
        "#",
        re.sub(r"record \d{8}T\d{6}\.\d+Z[\w.-]*|its record", "record", text),
    )


def _of_nodes(appliances: Mapping[str, Values], lines: Sequence[str]) -> Iterator[str]:
    """The number of nodes whose management address is open, or not known, or that lack the fix, is that of the rows."""
    rows = [(name, row) for name, about in appliances.items() for answer in about["answers"] for row in answer["rows"]]
    now = {
        (name, one["node"], one["management"][-1]["state"])
        for name, row in rows
        if row["exposed_from"]["time"]
        for one in row["nodes"]
        if one["management"] and not one["management"][-1]["protects"]
    }
    entries = "|".join(sorted({row["entry"] for _name, row in rows}))
    found = {
        "MANAGEMENT ADDRESS OPEN": {one[:2] for one in now if one[2] not in NOT_KNOWN},
        "MANAGEMENT ADDRESS NOT KNOWN": {
            one[:2] for one in now if one[2] in NOT_KNOWN and not appliances[one[0]]["problem"]
        },
        "NODE WITHOUT THE FIX": {(name, node) for name, row in rows for node in row["without_fix"]},
    }
    for head, nodes in found.items():
        own = [line for line in lines if line.startswith(f"{head}  ")]
        if len(own) != bool(nodes):
            yield f"{head} are {sorted(nodes)}, and it says {own}"
        for line in own:
            number, names = re.search(rf"{head}  (\d+) ", line), {name for name, _node in nodes}
            if (
                number is None
                or int(number[1]) != len(nodes)
                or any(not re.search(rf"\b{name}\b", line) for name in names)
            ):
                yield f"{head} are {sorted(nodes)}, and it says {line}"
            elif len(names) > 1 and f" of {len(names)} appliances (" not in line:
                yield f"{head} are at {sorted(names)}, and it says {line}"
            if not re.search(rf": (?:{entries})\. ", line) or [
                one for one in re.findall(r"\w+", line.partition(": ")[0]) if one in appliances
            ] != sorted(names):
                yield f"{head} are at {sorted(names)}, and it says {line}"


def _of_recovery(appliances: Mapping[str, Values], lines: Sequence[str]) -> Iterator[str]:
    graded: dict[str, list[str]] = {}
    for name, about in appliances.items():
        own = [one["recovery"]["grade"] for one in about["answers"] if one["recovery"]]
        if own:
            graded.setdefault(min(own, key=GRADES.index), []).append(name)
    graded.pop("watch", None)
    parts = [f"{grade}: {_folded(graded[grade])}" for grade in GRADES if grade in graded]
    wanted = [f"RECOVERY  {'; '.join(parts)}. docs/how-to/recovery.md has the steps of each grade"] if parts else []
    if (found := [line for line in lines if line.startswith("RECOVERY")]) != wanted:
        yield f"it says {found}, in place of {wanted}"


def _folded(names: Sequence[str]) -> str:
    return ", ".join(names)


# -- course.txt -------------------------------------------------------------------------------------------------------


def _course_text(held: Held) -> Iterator[str]:
    """Each interval, stage, hunt, closing, conflict and node has its line, in the order of the rows."""
    for weakness in held.weaknesses:
        yield from _course_of(held, weakness.id)
    counted = [line for line in held.found.course.split("\n") if ALL_THE_TIME in line]
    wanted = []
    for name, about in held.found.ledger["appliances"].items():
        courses = {row["entry"]: row["course"] for answer in about["answers"] for row in answer["rows"]}
        if number := sum(map(_is_always_fine, courses.values())):
            wanted.append(f"{name}{ALL_THE_TIME}{number} weakness{'' if number == 1 else 'es'}")
    if counted != wanted:
        yield f"it says {counted}, in place of {wanted}"


ALL_THE_TIME = ": fixed or not affected all the time: "


def _is_always_fine(line: Sequence[Values]) -> bool:
    return bool(line) and all(one["state"] in ("fixed", "not affected") for one in line)


def _course_of(held: Held, entry: str) -> Iterator[str]:
    text, hosts = held.found.course, "|".join(held.found.ledger["appliances"])
    for name, about in held.found.ledger["appliances"].items():
        rows = [row for answer in about["answers"] for row in answer["rows"] if row["entry"] == entry]
        line = rows[0]["course"] if rows else []
        if not rows or _is_always_fine(line):
            continue
        customers = ", ".join(row["customer"] for row in rows if row["customer"])
        head = f"{name}, {entry}{f' ({customers})' if customers else ''}"
        parts = re.split(rf"(?m)^(?=(?:{hosts}), cve_\w+)", text)
        own = [part for part in parts if part.split("\n")[0] == head]
        if len(own) != 1:
            yield f"it has {len(own)} tables headed {head}"
            continue
        yield from (f"{head}: {why}" for why in _table(own[0], line))
        yield from (f"{head}: {why}" for why in _below(own[0], rows))
        for node in rows[0]["nodes"]:
            title = f"{name}, {entry}, management address of {node['node']}"
            its = [part for part in parts if part.split("\n")[0] == title]
            if len(its) != 1:
                yield f"it has {len(its)} tables headed {title}"
                continue
            yield from (f"{title}: {why}" for why in _table(its[0], node["management"]))


def _is_latest(end: Values) -> bool:
    """Return whether nobody knows when an end was, or it was found: it is the latest possible one."""
    return end["confidence"] in ("assumed", "read today") or bool(end.get("at_the_latest"))


_DOES = {"observes": "only counted", "off": "off", "not known": "not known"}
_ROW = re.compile(
    r"^  (?P<since>\d{4}-\d\d-\d\d(?: \d\d:\d\d UTC)?|not known) +(?P<until>\d{4}-\d\d-\d\d(?: \d\d:\d\d UTC)?|goes on|not known)"
    r"  +(?P<state>\S.*?)  +(?P<sure>(?:recorded|assumed|read today|not known)(?:, or earlier)?|\S+(?: \S+)?)  +(?P<what>\S.*)$"
)


def _table(text: str, line: Sequence[Values]) -> Iterator[str]:
    found: list[list[str]] = []
    for one in text.split("\n")[2:]:
        match = _ROW.match(one)
        if match:
            found.append([match["since"], match["until"], match["state"], match["sure"], match["what"]])
        elif one.startswith(" " * 20) and found:
            found[-1][-1] += f" {one.strip()}"
        else:
            break
    wanted = []
    for one in line:
        rests = [source for source in one["rests_on"] if source not in one["reason"]]
        what = "; ".join([one["reason"], *rests, *([f"decided by {one['by']}"] if one["by"] else [])])
        until = (shown(one["until"]["time"]) or "not known") if one["until"] else "goes on"
        wanted.append(
            [
                shown(one["since"]["time"]) or "not known",
                until,
                one["state"],
                one["since"]["confidence"] + (", or earlier" if one["since"].get("at_the_latest") else ""),
                " ".join(what.split()),
            ]
        )
    if [*map(_letters, found)] != [*map(_letters, wanted)]:
        wrong = next(
            (pair for pair in zip(found, wanted, strict=False) if _letters(pair[0]) != _letters(pair[1])),
            (found, wanted),
        )
        yield f"it says {wrong[0]}, in place of {wrong[1]}"


def _letters(cells: Sequence[str]) -> list[str]:
    """Return cells without spaces: a long text goes on in the next line."""
    return [_plain(cell).replace(" ", "") for cell in cells]


def _below(text: str, rows: Sequence[Values]) -> Iterator[str]:
    """Below a table are what our measure did, the hunts, the closings and the contradictions."""
    lines = [_plain(line.strip()) for line in text.split("\n")]
    first = rows[0]
    measures = [line for line in lines if line.startswith("our measure: ")]
    if len(measures) != len(first["stages"]):
        yield f"our measure had {len(first['stages'])} stages, and it says {measures}"
    is_first = True
    for line, one in zip(measures, first["stages"], strict=False):
        since, source = shown(one["since"]["time"]), one["since"]["source"]
        where = f" in partition {one['partition']}, before all had it," if one["partition"] else ""
        put = "found in place" if not one["is_put"] else "put in place" if is_first and not where else "put back"
        does = put if one["doing"] == "blocks" else _DOES[one["doing"]]
        is_first = is_first and (one["doing"] != "blocks" or bool(where))
        parts = [_plain(f": {does}{where}"), since, f"({_plain(source)})"]
        parts += [f"decided by {one['by']}"] if one["by"] and one["doing"] != "blocks" else []
        parts += (
            [f"until {shown(one['until']['time'])}"]
            if one["until"] and one["until"]["time"] and one["doing"] != "blocks"
            else []
        )
        if missing := [part for part in parts if part not in line]:
            yield f"it says {line}, without {missing[0]}"
        is_latest = bool(one["until"]) and one["doing"] != "blocks" and _is_latest(one["until"])
        if (" at the latest" in line) is not is_latest:
            yield f"it says {line}, which ended {'at the latest' if is_latest else 'exactly'} then"
    hunts = [line for line in lines if line.startswith("traces from ")]
    wanted = [
        f"traces from {shown(one['since']['time']) or 'not known'}"
        + (f" until {shown(one['until']['time'])}" if one["until"] else "")
        + f": {one['outcome']}: {one['says']} ({one['reason']})"
        for one in first["hunts"]
    ]
    if hunts != [_plain(one) for one in wanted]:
        yield f"its hunts are {hunts}, in place of {wanted}"
    told = [one["text"] for row in rows for one in (*row["switched_off"], *row["closings"])]
    told += [*first["conflicts"]]
    told += [
        f"{node} has the weakness today, and the other node the fix: it serves after a failover"
        for node in first["without_fix"]
    ]
    if missing := [one for one in told if _plain(one) not in lines]:
        yield f"it does not say {missing[0]}"
    known = {*hunts, *measures, *map(_plain, told)}
    for line in text.split("\n")[1:]:
        if (
            line.startswith("  ")
            and not line.startswith(" " * 20)
            and not _ROW.match(line)
            and _plain(line.strip()) not in known
            and "by what" not in line
        ):
            yield f"nothing says {line}"


def _plain(text: str) -> str:
    """Return a text without what keeps a program from making a link of an address."""
    return " ".join(re.sub(r"\[([.:@])\]", r"\1", text).split())
