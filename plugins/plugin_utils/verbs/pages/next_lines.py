# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The commands of a next action as whole lines that can be pasted, in the form in which the run was started. Pure.

A line names the appliances that it was shown for, and no others. What only a person knows is ``<...>``, which every playbook refuses.
"""

from __future__ import annotations

import json
import re
import shlex
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from heapq import heapify, heappop, heappush
from itertools import chain
from pathlib import PurePath
from typing import Any

from ...foundation.host_patterns import exact_limit
from ...foundation.next_action import COMMANDS
from ..common.option_files import options_of_role, variable_of
from ..common.verb import Sliced
from ..registry import NAMES, declared

INDENT = " " * 6
OF_EVERY_RUN = ("tourniquet_", "netscaler_")
"""How variables begin that say the same in every playbook."""
CARRIED = frozenset(
    {
        *("target", "records", "catalogue_directory", "as_of", "bundle"),
        *("mitigation", "step", "vips", "kinds", "customers", "partitions"),
        *("bundles", "baselines", "alarms", "consents", "traces"),
    }
)
"""The variables that say of what a run is, and go on where the next playbook has them. A decision of a person does not."""
MITIGATION = "mitigation"
TRACES, REPORT = "traces", "tourniquet_report"
OF_THIS_RUN = frozenset({REPORT, "ledgers"})
"""Where a run leaves files about all of its appliances: a line names some of them, and would replace what is there by these."""
OF_ONE_MEASURE = (MITIGATION, "as_of")
"""Those that a question about the whole catalogue leaves out."""
OF_A_DECISION = ("reason", "ticket", "who", "expires")
"""What a person decided: it holds for the run that carries out what was previewed, and for no other, which has its own reason."""
CARRIED_OUT_BY = {"plan": "apply"}
"""By verb that previews another one, that one."""
OF_ONE_LOCK = frozenset({"break_lock"})
"""A lock that is there when the previewed run begins may be another one."""
VERB_OF_SLICES = "verb"
OF_SLICES = frozenset(
    {
        *("without_nodes", "slice_files", "slice_forks"),
        *("slice_runner", "slice_size", "slice_timeout"),
    }
)
"""How a run reaches its execution nodes: the next run of slices does so too."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_TEMPLATE = "no command line can hold a name that Ansible would evaluate as a template: name by hand what is meant"
_FROM_HERE = (
    "from this machine, not from the execution nodes: it needs a route to these appliances, and their passwords"
)
_NO_LIMIT = "no command line can name these appliances alone: the name of one is that of a group too, or too long"


@dataclass(frozen=True)
class RunForm:
    """How a run was started.

    :ivar words: the program with the inventory, the vaults and the files of variables
    :ivar playbook: the name of its playbook, without folder and ending
    :ivar before: what stands in front of that name
    :ivar after: what stands behind it
    :ivar values: the variables that were given with ``-e`` and may be shown
    :ivar hidden: the names of those that may be secret
    :ivar is_exact: a value of ``--limit`` matches these hosts and no others
    :ivar is_job: it is a job of a runner, which takes a limit and variables and has no command line
    :ivar is_preview: it ran in check mode
    """

    words: tuple[str, ...]
    playbook: str
    before: str
    after: str
    values: Mapping[str, Any]
    hidden: tuple[str, ...]
    is_exact: Callable[[str, Sequence[str]], bool]
    is_job: bool = False
    is_preview: bool = False

    def line(self, command: Mapping[str, Any], hosts: Sequence[str]) -> str:
        """Return the line of a command.

        :param command: of a result
        :param hosts: on which it is to be given; each is named, and no other
        """
        is_local = bool(command.get("control_node"))
        limit = "" if is_local else exact_limit(hosts)
        if not is_local and (not limit or not self.is_exact(limit, hosts)):
            return _NO_LIMIT
        if any(map(_is_template, _texts(command["options"]))):
            return _TEMPLATE
        previews = bool(command.get("again")) and self.is_preview
        name, variables, asked = self._again(command) if command.get("again") else self._next(command)
        if self.is_job:
            every = {**variables, **{one: f"<{one}>" for one in asked}}
            told = f", extra variables {json.dumps(every)}" if every else ""
            return f"job template of {name}{self.after}{f', limit {limit}' if limit else ''}{', check' if previews else ''}{told}"
        said = [f"-e {shlex.quote(_assigned(one, value))}" for one, value in variables.items()]
        said += [f"-e \"{one}='<{one}>'\"" if one.isidentifier() else "" for one in asked]
        start = " ".join(map(shlex.quote, (*self.words, f"{self.before}{name}{self.after}")))
        named = [f"--limit {shlex.quote(limit)}"] if limit else []
        named += ["--check"] if previews else []
        return " ".join([start, *named, *filter(None, said)])

    def without_nodes(self, command: Mapping[str, Any]) -> list[str]:
        """Return the playbook of a command that no execution node carries out, of a run whose execution nodes have the passwords."""
        name = str(command["playbook"])
        is_alone = self.playbook == "sliced" and not (command.get("again") or command.get("control_node"))
        return [name] if is_alone and declared(name.removesuffix(".yml")).sliced is Sliced.NO else []

    def _next(self, command: Mapping[str, Any]) -> tuple[str, dict[str, Any], list[str]]:
        """Return the playbook of a command, its variables, and those that are asked for."""
        verb = str(command["playbook"]).removesuffix(".yml")
        variables = self._variables(verb, command)
        is_sliced = self.playbook == "sliced" and declared(verb).sliced is not Sliced.NO
        if is_sliced:
            variables = {VERB_OF_SLICES: verb} | self._given(OF_SLICES) | variables
        asked = [one for one in self._asked(verb, command) if one not in variables]
        return (self.playbook if is_sliced else verb), variables, asked

    def _again(self, command: Mapping[str, Any]) -> tuple[str, dict[str, Any], list[str]]:
        """Return the same for the command of this run once more: it has changed nothing, or goes on, so the decision is the same. A preview stays one."""
        own = _options_of(command)
        asked = dict.fromkeys((*map(str, command["asks"]), *self.hidden))
        given = {name: value for name, value in self.values.items() if name not in {*asked, *OF_THIS_RUN}}
        return self.playbook, {**given, **own}, [name for name in asked if name not in own]

    def _given(self, names: Collection[str]) -> dict[str, Any]:
        return {name: value for name, value in self.values.items() if name in names}

    def _variables(self, verb: str, command: Mapping[str, Any]) -> dict[str, Any]:
        own = _options_of(command)
        left_out = {*own, *OF_THIS_RUN, *(OF_ONE_MEASURE if command["whole_catalogue"] else ())}
        known = variables_of(verb)
        if declared(verb).sliced in (Sliced.CLOSES, Sliced.OPENS):
            known -= {MITIGATION}  # their step says which measure
        if declared(verb).sliced is Sliced.CLOSES:
            known -= {TRACES}  # the role that it shares with reopen takes it
        if verb == "lockdown":
            known -= {"step"}  # it has one
        carries = known - OF_ONE_LOCK if self._carries_out(verb, own) else known & CARRIED
        carried = {
            name: value
            for name, value in self.values.items()
            if name not in left_out and (name.startswith(OF_EVERY_RUN) or name in carries)
        }
        hunted = self._hunted() if TRACES in known else {}
        return {**own, **carried, **hunted}

    def _hunted(self) -> dict[str, Any]:
        """Return the variable that names the report of this run, where it is a hunt that leaves one: its findings count in what follows."""
        report = str(self.values.get(REPORT, ""))
        is_there = self.playbook == "hunt" and report and not report.endswith(".json")
        return {TRACES: str(PurePath(report) / "hunt.json")} if is_there else {}

    def _carries_out(self, verb: str, own: Collection[str]) -> bool:
        """Return True if the command does what this run has previewed, by the same decision and options. To extend a closing is a new one."""
        run = str(self.values.get(VERB_OF_SLICES, "")) if self.playbook == "sliced" else self.playbook
        is_previewed = CARRIED_OUT_BY.get(run) == verb or (self.is_preview and run == verb)
        return is_previewed and "extend" not in own

    def _asked(self, verb: str, command: Mapping[str, Any]) -> list[str]:
        """Return the variables that only a person knows: of the decision, those that this run had for its own, and those that may be secret."""
        decision = declared(verb).decision if not command["checks"] else ()
        again = [name for name in OF_A_DECISION if name in self.values] if self.playbook == verb else []
        return list(dict.fromkeys((*decision, *map(str, command["asks"]), *again, *self.hidden)))


@cache
def variables_of(verb: str) -> frozenset[str]:
    """Return the variables that the playbook of a verb takes."""
    options = options_of_role(declared(verb).role_name)
    return frozenset({"target", *filter(None, (variable_of(folder, name) for name, folder in options.items()))})


def next_lines(form: RunForm | None, results: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return the lines of the next actions of these appliances, those of the same commands together.

    What can be given at once comes first, in lines of its own: a rollout goes to no appliance where one of its line is refused.

    :param form: None where a line cannot be made, as of exported files
    :param results: by appliance
    """
    lines: dict[str, None] = {}
    for is_at_once in (True, False):
        own = {host: commands_of(one) for host, one in results.items() if _is_at_once(one) is is_at_once}
        lines |= dict.fromkeys(lines_of(form, own))
    return [*lines]


def _is_at_once(result: Mapping[str, Any]) -> bool:
    """Return True where a person has nothing to do in front of the first command of the verdict: its text begins with it."""
    verdict = result.get("verdict") or {}
    first = next((one for one in verdict.get(COMMANDS, ()) if not one["checks"]), None)
    return first is None or str(verdict.get("next_action", "")).startswith(str(first["playbook"]))


def commands_of(result: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the commands of the next actions of a result: of its verdict, its own, and those of its node-local half."""
    parts = (result.get("verdict") or {}, result, result.get("node_local") or {})
    return [command for part in parts for command in part.get(COMMANDS, ())]


def lines_of(form: RunForm | None, commands: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[str]:
    """Return the lines of these commands, by appliance: what takes evidence first, and last what shows whether the others have helped."""
    if form is None:
        return []
    lines: dict[str, None] = {}
    alone: dict[str, None] = {}
    for checks in (False, True):
        given = {
            host: [one for one in own if bool(one["checks"]) is checks and _can_be_given(form, one)]
            for host, own in ((host, sorted(own, key=_is_after_evidence)) for host, own in commands.items())
        }
        for command, hosts in _merged(given):
            lines[form.line(command, hosts)] = None
            alone |= dict.fromkeys(form.without_nodes(command))
    told = f"({' and '.join(alone)} {'works' if len(alone) == 1 else 'work'} {_FROM_HERE})" if alone else ""
    return [f"{INDENT}{line}" for line in (*lines, *filter(None, [told]))]


def _is_after_evidence(command: Mapping[str, Any]) -> bool:
    """Return False for the taking of evidence: each of the others may change what it would show."""
    return str(command.get("playbook")).removesuffix(".yml") != "evidence"


def _merged(commands: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[tuple[Mapping[str, Any], list[str]]]:
    """Yield each command once, with its appliances, behind what comes before it for any of them.

    Where two appliances have the same commands in another order, one command is yielded for each of them.
    """
    left = {host: [*dict.fromkeys(map(json.dumps, own))] for host, own in commands.items()}
    places = {host: number for number, host in enumerate(left)}
    numbers = {command: number for number, command in enumerate(dict.fromkeys(chain.from_iterable(left.values())))}
    waits = Counter(command for own in left.values() for command in own[1:])
    due: dict[str, list[str]] = {}
    for host, own in left.items():
        for command in own[:1]:
            due.setdefault(command, []).append(host)
    whole = [(numbers[command], command) for command in due if not waits[command]]
    heapify(whole)
    while due:
        taken = heappop(whole)[1] if whole else min(due, key=numbers.__getitem__)
        hosts = sorted(due.pop(taken), key=places.__getitem__)
        for host in hosts:
            del left[host][0]
            for command in left[host][:1]:
                due.setdefault(command, []).append(host)
                waits[command] -= 1
                if not waits[command]:
                    heappush(whole, (numbers[command], command))
        yield json.loads(taken), hosts


def _is_template(text: str) -> bool:
    """Return True for a text that Ansible would evaluate: it may be the name of an object of an appliance."""
    return any(sign in text for sign in ("{{", "{%", "{#"))


def _texts(options: Mapping[str, Any]) -> Iterator[str]:
    for value in options.values():
        yield from map(str, value) if isinstance(value, list | tuple) else [str(value)]


def _can_be_given(form: RunForm, command: Mapping[str, Any]) -> bool:
    """Return True for a command of a playbook of ours: a program may have made its values, and a playbook of the user has a form that is not known."""
    return bool(form.playbook) if command.get("again") else str(command["playbook"]).removesuffix(".yml") in NAMES


def _options_of(command: Mapping[str, Any]) -> dict[str, Any]:
    return {str(name): _value(one) for name, one in command["options"].items()}


def _value(given: Any) -> str | list[str]:
    """Return a value of a command; names that say nothing else are one text, as a person writes them."""
    if not isinstance(given, list | tuple):
        return str(given)
    names = [*map(str, given)]
    return ",".join(names) if all(map(_NAME.fullmatch, names)) else names


def how_checked(form: RunForm | None, result: Mapping[str, Any]) -> str:
    """Return what the text of a next action ends with where its last line checks what a person has done outside."""
    commands = (result.get("verdict") or {}).get(COMMANDS, ())
    return "; the last line checks it" if form and any(one["checks"] for one in commands) else ""


def _assigned(name: str, value: Any) -> str:
    """Return a variable as a word of ``-e``: a plain value as it is, any other as JSON, so that Ansible reads the same again."""
    is_plain = isinstance(value, str) and value.isascii() and value.isprintable() and not {*value} & {*" '\"\\{}[]#=<>"}
    return f"{name}={value}" if is_plain and value else json.dumps({name: value})
