# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is to be done next: a sentence, and the commands that a program or a person takes from it. They say the same, and fit what is there.

A sentence that has lost a part reads on, and a command that is not there is not missed by who reads only the sentence: so each is held against the other.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.nights.claims import rows_with
from tests.nights.held import Held
from tests.nights.status_checks import is_ours_there, observes
from tests.nights.world import FIXED

PLAYBOOKS = frozenset(path.stem for path in (Path(__file__).parents[2] / "playbooks").glob("*.yml"))
_NAMED = re.compile(r"(?<!findings of )(?<![\w/-])([a-z_]+)\.yml((?: -e [a-z_]+=[\w.-]+)*)")
_BROKEN = re.compile(
    r"^\W*$|^[,;:)]|^(or|then|and) |\(\)|  |, ,|[,;:] ?(or|then)?[,;]|\b(or|then|until|and) *([,;)]|$)|[,;:(] *$"
)
"""A sentence with a hole: a part of it is gone."""
_UPGRADE = re.compile(r"upgrade to (\d+\.\d+) (\d+\.\d+)")
_READS = ("status", "verify", "hunt", "alarm", "audit", "ledger", "doctor", "evidence", "letters", "plan")
"""The verbs that decide nothing."""
_OF_MEASURE = ("apply", "verify", "retire", "rollback")
_DECIDES = ("step", "extend", "mitigation")
"""The options without which a command does something else: a sentence that names it names these."""
GOOD = ("fixed", "not affected", "enforcing")


def wrong_next(held: Held) -> Iterator[str]:
    """Yield what is not true of next actions, or left out."""
    for name, run in (("status", held.found.status), ("catalogue", held.found.catalogue)):
        for appliance in held.night.appliances:
            result = run.results[appliance]
            for one in _actions(result):
                yield from (
                    f"{name} of {appliance}: {why}"
                    for why in (*_alike(one), *_of_builds(held, appliance, one), *_of_a_mode(held, appliance, one))
                )
            if result.get("verdict"):
                yield from (f"{name} of {appliance}: {why}" for why in _of_the_world(held, appliance, result))
                yield from (f"{name} of {appliance}: {why}" for why in _of_a_cluster(held, appliance, result))
                yield from (f"{name} of {appliance}: {why}" for why in _of_closings(result))
            if name == "catalogue":
                yield from (f"{name} of {appliance}: {why}" for why in _of_a_measure(held, result))
        of = held.weakness.id if name == "status" else ""
        yield from (f"{name}: {why}" for why in _on_the_screen(run.results, run.screen, of))
    for appliance in held.night.appliances:
        about = held.found.ledger["appliances"][appliance]
        yield from (f"ledger of {appliance}: {why}" for why in _of_a_ledger(about))


def _actions(value: Any) -> Iterator[Mapping[str, Any]]:
    """Yield what has a next action and its commands."""
    return (one for one in rows_with(value, "next_action", "next_commands") if one["next_action"] is not None)


def named_in(text: str) -> list[tuple[str, dict[str, str]]]:
    """Return the playbooks that a sentence names, in their order, with the options that stand behind them."""
    found: dict[str, tuple[str, dict[str, str]]] = {}
    for match in _NAMED.finditer(re.sub(r"`[^`]*`", "`...`", text)):
        options = dict(one.split("=", 1) for one in match[2].split(" -e ") if "=" in one)
        if match[1] in PLAYBOOKS:
            found.setdefault(match[0], (match[1], options))
    return [*found.values()]


def _alike(one: Mapping[str, Any]) -> Iterator[str]:
    """A sentence names the commands that are given, in their order; where something outside comes last, a check of it is given besides."""
    text, commands = str(one["next_action"]), one["next_commands"]
    yield from (f"a command of {text!r} {why}" for command in commands for why in _badly_made(command))
    if text == "none":
        if commands:
            yield f"nothing is to be done, and it gives {_names(commands)}"
    elif _BROKEN.search(text):
        if text or one.get("word"):
            yield f"next of {one.get('word')} has a hole: {text!r}"
    else:
        yield from (f"{why}: {text}" for why in (*_as_named(text, commands), *_as_checked(text, commands)))


def _badly_made(command: Mapping[str, Any]) -> Iterator[str]:
    if bool(command.get("again")) is bool(command["playbook"]):
        yield f"is {command['playbook']!r}, and the same again: {bool(command.get('again'))}"
    if str(command["playbook"]).removesuffix(".yml") not in PLAYBOOKS and not command.get("again"):
        yield f"is {command['playbook']!r}, which is no playbook"
    if any(
        isinstance(value, list) and name not in ("vips", "partitions") for name, value in command["options"].items()
    ):
        yield f"has {command['options']}"


def _as_named(text: str, commands: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    named, given = named_in(text), [command for command in commands if not command["checks"]]
    rest = iter(given)
    for playbook, options in named:
        found = next((command for command in rest if command["playbook"] == f"{playbook}.yml"), None)
        if found is None:
            yield f"next names {playbook}.yml, and the commands are {_names(commands)}"
            return
        for option, value in options.items():
            if found["options"].get(option) != value:
                yield f"next names {playbook}.yml -e {option}={value}, and the command has {found['options']}"
    for option in _DECIDES:
        if f"{option}=" not in text and any(option in command["options"] for command in given):
            yield f"next is {text}, and its commands have {option}: {given}"
    if named and {command["playbook"] for command in given} - {f"{playbook}.yml" for playbook, _options in named}:
        yield f"the commands are {_names(commands)}, and next names {[playbook for playbook, _options in named]}"


def _as_checked(text: str, commands: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    checks = [command for command in commands if command["checks"]]
    is_last = bool(re.search(r"(?<!findings of hunt)\.yml( -e \S+)*( without mitigation_mode: observe)?$", text))
    if checks and (len(checks) > 1 or commands[-1] is not checks[0]):
        yield f"what checks it is not the last command of {_names(commands)}"
    if is_last and checks:
        yield f"next ends with a playbook, and {_names(checks)} is to check what a person does"
    if not is_last and not checks and _asks(text) and "no playbook judges a cluster" not in text:
        yield "next ends with what a person does, and nothing checks it"


def _asks(text: str) -> bool:
    """Return whether a person outside does what a sentence ends with."""
    last = re.split(r", (?:then|or) |; or |; then ", text)[-1]
    return not _NAMED.search(last)


def _names(commands: Sequence[Mapping[str, Any]]) -> list[str]:
    return [one["playbook"] for one in commands]


def _of_a_mode(held: Held, appliance: str, one: Mapping[str, Any]) -> Iterator[str]:
    """Nobody is asked to end what is not so: that our measure is only to count."""
    every = [held.of(weakness) for weakness in held.weaknesses]  # a catalogue may speak of any of them
    is_so = any(observes(other, appliance) for other in every)
    for command in one["next_commands"]:
        if command["options"].get("mitigation_mode") == "observe" and not is_so:
            yield f"ours blocks, and a command is to let it only count: {one['next_action']}"
    if "without mitigation_mode: observe" in str(one["next_action"]) and not is_so:
        yield f"ours does not only count, nor is it to, and next is {one['next_action']}"


def _of_builds(held: Held, appliance: str, one: Mapping[str, Any]) -> Iterator[str]:
    """The build to upgrade to is the first with the fix, of a train that a node runs."""
    text = str(one["next_action"])
    trains = {build.split(" ")[0] for build in held.now.builds[appliance]}
    for train, number in _UPGRADE.findall(text):
        if train not in trains or tuple(map(int, number.split("."))) != FIXED.get(train):
            yield f"it says to upgrade to {train} {number}, of {sorted(trains)}"


def _of_a_measure(held: Held, value: Any) -> Iterator[str]:
    """Where a status is of the whole catalogue, each command of a measure names it."""
    for one in _actions(value):
        for command in one["next_commands"]:
            named = command["options"].get("mitigation")
            known = {one.id for one in held.night.world.weaknesses}
            is_named = named in known or (named == "recommended" and len(known) > 1)  # all that it needs
            if command["playbook"].removesuffix(".yml") in _OF_MEASURE and not is_named:
                yield f"{command['playbook']} names no mitigation: {one['next_action']}"


def _is_of(held: Held, result: Mapping[str, Any]) -> bool:
    """Return whether the word of a status is that on this weakness: of a catalogue, whose next action is that of its worst entry."""
    entries = {one["id"]: one["word"] for one in result.get("entries") or ()}
    return entries.get(held.weakness.id, result["verdict"]["word"]) == result["verdict"]["word"]


def _of_a_cluster(held: Held, appliance: str, result: Mapping[str, Any]) -> Iterator[str]:
    """Nothing judges a cluster; a hunt searches the node that is named."""
    commands = [
        one for one in result["verdict"]["next_commands"] if one["playbook"] not in ("hunt.yml", "evidence.yml")
    ]
    if held.night.world.running(appliance).spec.cluster and commands:
        yield f"no playbook judges a cluster, and next is {_names(commands)}"


def _of_the_world(held: Held, appliance: str, result: Mapping[str, Any]) -> Iterator[str]:
    """What is to be done fits what is there."""
    verdict, text = result["verdict"], str(result["verdict"]["next_action"])
    commands = [one["playbook"] for one in verdict["next_commands"] if not one["checks"]]
    if not held.is_read(appliance) or " compromise" in verdict["reason"]:
        return
    builds = held.now.builds[appliance]
    are_fixed, is_there = all(map(held.is_fixed, builds)), is_ours_there(held, appliance)
    if verdict["word"] not in GOOD and text in ("", "none"):
        yield f"it is {verdict['word']}, and nothing is to be done"
    is_due = any(one["overdue"] for one in result["closures"])  # which comes first
    if verdict["word"] == "fixed, mitigation left behind" and commands[:1] != ["retire.yml"] and not is_due:
        yield f"ours is left behind on a fixed build, and next is {text}"
    if are_fixed and "upgrade to" in text:
        yield f"all nodes have the fix, and next is {text}"
    if (
        is_there
        and are_fixed
        and "retire.yml" not in commands
        and not _is_something_closed(held, appliance)
        and verdict["word"] != "drifted"
        and _is_of(held, result)
    ):
        yield f"ours is there, all nodes have the fix, and next is {text}"
    effective = all(build.split(" ")[0] == "13.0" for build in builds)
    bound = held.night.journal[-1].bound.get((appliance, "default"), {})
    is_refused = "rp_casts" in bound  # in front of each number, and it ends the evaluation of all
    if verdict["word"] == "exposed" and not (is_there or is_refused) and effective and "apply.yml" not in commands:
        yield f"nothing of ours is there, and next is {text}"
    if (
        verdict["word"] == "exposed"
        and effective
        and result["measure"] != held.weakness.id
        and not are_fixed
        and not held.weakness.is_behind  # of which no build of an appliance is rid
        and "upgrade to" not in text
    ):
        yield f"it runs {', '.join(builds)}, and next is {text}"
    if verdict["word"] == "mitigated" and not are_fixed and "upgrade to" not in text:
        yield f"it runs {', '.join(builds)}, and next is {text}"
    yield from _of_neighbours(held, appliance, verdict)
    yield from () if is_due else _of_upgrades(verdict, is_effective=effective, are_fixed=are_fixed)
    whole = [one for node in held.night.world.running(appliance).nodes for one in (node, *node.partitions.values())]
    if "have the changes of others saved" in text and all(one.running.rows == one.saved.rows for one in whole):
        yield f"all that runs is saved, and next is {text}"
    if observes(held, appliance) and verdict["word"] == "observe, not blocking":
        again = [one for one in verdict["next_commands"] if one["playbook"] == "apply.yml"]
        if not again or again[0]["options"].get("mitigation_mode") != "enforce":
            yield f"ours only counts, and next is {text}: {again}"


def _of_upgrades(verdict: Mapping[str, Any], *, is_effective: bool, are_fixed: bool) -> Iterator[str]:
    """A rule that was changed is put back where it has an effect; where nodes run several builds, all are to have the fix."""
    text = str(verdict["next_action"])
    if verdict["word"] == "drifted" and is_effective and "upgrade to" in text:
        yield f"an apply puts it right, and next is {text}"
    if re.match(r"node \S+ runs another build", verdict["reason"]) and not are_fixed and "upgrade to" not in text:
        yield f"{verdict['reason']}, and next is {text}"


def _of_neighbours(held: Held, appliance: str, verdict: Mapping[str, Any]) -> Iterator[str]:
    """Where ours is in place in part because of a policy in front of it, what is next names that policy."""
    in_front, text = _in_front(held, appliance), str(verdict["next_action"])
    is_one_build = len({*held.now.builds[appliance]}) == 1
    if verdict["word"] == "partly" and is_one_build and in_front and not any(one in text for one in in_front):
        yield f"{in_front} is evaluated before ours, and next is {text}"


def _in_front(held: Held, appliance: str) -> list[str]:
    """Return the policies of others that are bound for all virtual servers before ours."""
    bound = held.night.journal[-1].bound.get((appliance, "default"), {})
    own = [int(priority) for policy, priority in bound.items() if policy == held.weakness.policy]
    return [one for one, priority in bound.items() if own and int(priority) < own[0] and not one.startswith("tq_")]


def _is_something_closed(held: Held, appliance: str) -> bool:
    return any(map(held.is_closed, held.places(appliance)))


def _of_closings(result: Mapping[str, Any]) -> Iterator[str]:
    """A command on a step of closing is about all that is closed by it, and no other; where the decision on it is due, one extends and one opens it."""
    lasting: dict[str, set[str]] = {}
    for one in result["closures"]:
        if not one["until"]:
            lasting.setdefault(one["step"], set()).add(one["vserver"])
    told: dict[tuple[str, str], set[str]] = {}
    for command in (*result["verdict"]["next_commands"], *result.get("closing_commands", ())):
        if "vips" in command["options"] and "step" in command["options"]:
            told.setdefault((command["playbook"], command["options"]["step"]), set()).update(command["options"]["vips"])
    due: dict[str, set[str]] = {}
    for one in result["closures"]:
        if one["overdue"] and not one["until"] and not one.get("is_open"):
            due.setdefault(one["step"], set()).add(one["vserver"])
    for (playbook, step), names in told.items():
        every = lasting.get(step, set())
        if not due.get(step, set()) <= names <= every:
            yield f"{sorted(every)} are closed ({step}), and {playbook} is about {sorted(names)}"
    for step in due:
        for playbook in ("close.yml", "reopen.yml"):
            if (playbook, step) not in told:
                yield f"the decision on {step} is due, and {playbook} of it is no command"


def _on_the_screen(results: Mapping[str, Any], screen: Sequence[str], of: str) -> Iterator[str]:
    """What is next of each appliance stands on the screen, with each of its commands as a whole line that names it; and no other line.

    :param of: the mitigation that the run is about, as each command on a measure then is; "" for the whole catalogue
    """
    told = [line.strip() for line in screen]
    lines = [line for line in told if line.startswith("ansible-playbook ")]
    given: list[str] = []
    for appliance, result in results.items():
        verdict = result.get("verdict") or {"next_action": "none", "next_commands": []}
        text, commands = verdict["next_action"], verdict["next_commands"]
        checked = "; the last line checks it" if any(one["checks"] for one in commands) else ""
        # Of several that differ only in their names it is said once, under their names.
        of_several = re.sub(rf"(?<![\w.-]){re.escape(appliance)}(?![\w-])", "<appliance>", text)
        lines_of_it = told
        for one in (text, of_several):
            lines_of_it = [line.replace(f"next: {one}", f"next at {appliance}: {text}") for line in lines_of_it]
        own = rf"next at (?:[\w, ]+ )?{appliance}\b[\w, ]*: {re.escape(text + checked)}"  # or of several with one paragraph
        if text not in ("", "none") and not any(re.fullmatch(own, line) for line in lines_of_it):
            yield f"next of {appliance} is {text}{checked}, and the screen does not say just that"
        given += [line for line in lines if re.search(rf"\b{appliance}\b", line)]
        for command in commands:
            if command["playbook"] and not any(_is_line_of(line, command, appliance) for line in lines):
                yield f"{command['playbook']} {command['options']} of {appliance} is no line of the screen"
    yield from _in_their_order(results, lines)
    commands_of_all = [one for result in results.values() for one in rows_with(result, "playbook", "checks")]
    every = {one["playbook"] for one in commands_of_all}
    has_whole = any(one["whole_catalogue"] for one in commands_of_all)  # a status of which names no mitigation
    for line in lines:
        yield from _badly_pasted(line)
        if line not in given or not any(f" playbooks/{playbook} " in line for playbook in every):
            yield f"nothing is next as this line of the screen says: {line}"
        is_named = f"-e mitigation={of}" in line
        status = () if has_whole else ("status",)
        names_it = {verb: f" playbooks/{verb}.yml " in line for verb in (*_OF_MEASURE, *status, "close", "reopen")}
        by_its_step = names_it["close"] or names_it["reopen"]
        if of and any(names_it.values()) and is_named is by_its_step:
            yield f"this run is about {of}, and a line of the screen is {line}"


def _in_their_order(results: Mapping[str, Any], lines: Sequence[str]) -> Iterator[str]:
    """The lines of a next action come in its order, and what shows whether they have helped comes last."""
    for appliance, result in results.items():
        commands = (result.get("verdict") or {}).get("next_commands", ())
        places = [[n for n, line in enumerate(lines) if _is_line_of(line, one, appliance)] for one in commands]
        if all(places) and any(min(before) > max(after) for before, after in pairwise(places)):
            yield f"next of {appliance} is {_names(commands)}, and its lines have another order: {lines}"


def _is_line_of(line: str, command: Mapping[str, Any], appliance: str) -> bool:
    named = f" playbooks/{command['playbook']} --limit " in line and re.search(rf"\b{appliance}\b", line)
    given = given_by(line)
    return bool(named) and all(
        given.get(name) in ((value, ",".join(value)) if isinstance(value, list) else (str(value),))
        for name, value in command["options"].items()
    )


def given_by(line: str) -> dict[str, Any]:
    """Return the variables that a line gives, as Ansible reads them."""
    words, given = shlex.split(line), dict[str, Any]()
    for flag, word in pairwise(words):
        if flag == "-e":
            name, _sign, value = word.partition("=")
            given |= json.loads(word) if word.startswith("{") else {name: value.strip("'")}
    return given


def _badly_pasted(line: str) -> Iterator[str]:
    """A person who reads is asked for nothing, and what only looks is no preview of it."""
    playbook = re.search(r" playbooks/(\w+)\.yml ", f"{line} ")
    given = given_by(line)
    asked = [name for name, value in given.items() if value == f"<{name}>"]
    if asked and playbook and playbook[1] in _READS:
        yield f"to read asks for no decision, and a line asks for {asked}: {line}"
    if lists := {
        name: value for name, value in given.items() if isinstance(value, str) and re.search(r"[\[\]']", value)
    }:
        yield f"a list is given as the text {lists}: {line}"
    if " --check" in line:  # no status of a night previews a change
        yield f"a line changes nothing: {line}"


def _of_a_ledger(about: Mapping[str, Any]) -> Iterator[str]:
    """The commands of a recovery are those of its first steps, until one that names none."""
    for answer in about["answers"]:
        plan = answer.get("recovery")
        if not plan:
            continue
        wanted: list[str] = []
        for step in plan["steps"]:
            named = [f"{playbook}.yml" for playbook, _options in named_in(step)]
            if not named:
                break
            wanted += named
        given = _names(plan["next_commands"])
        if [one for one in wanted if one != "lockdown.yml"] != [one for one in given if one != "lockdown.yml"]:
            yield f"the first steps of {plan['grade']} name {wanted}, and the commands are {given}"
    words = {answer["answer"] for answer in about["answers"]}
    if words == {"patch_first"} and not about["next_commands"]:
        yield "the fix comes first, and no command says which build"
