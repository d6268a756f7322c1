# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the tasks of a run have returned, as the page at its end and the report need it. Pure, except that it reads how a rollout has gone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, cast

from ...fleet.waves.journal import Rollout
from ...foundation.next_action import AGAIN, COMMANDS, WHO_DECIDES, NextAction, command_values
from ...judgement.proof.next_action import APPLY, UNDO
from ..common.failed_result import REFUSED, whole_result
from ..common.verb import Shown
from ..registry import COLLECTION, page_of, shown_as, verb_of

Values = dict[str, Any]
Lines = Sequence[str]
CHECKS = frozenset({"assertion", "argument_errors"})
"""What a failed result of Ansible's ``assert`` and ``validate_argument_spec`` has: they fail for a mistake of the operator."""
CONTROL_NODE = "localhost"
"""The host of a task that is about no appliance."""
LONGEST_REASON = 300
"""The characters of what a program of another task has said."""
UNDER_WAY = "it was under way when the run ended. The same command continues from its change record"
HOW_TO_GO_ON = (
    "INTERRUPTED: no further appliance was begun, and what is done stays. The same command continues with the others; "
    "after apply.yml, rollback.yml with the same mitigation and `-e why=undo` undoes the last run of each appliance."
)
REFUSED_BEHIND = "what is above was carried out, and behind it was refused: "
"""How the reason of a refusal begins where an earlier task of the run has changed the appliance."""
NOTHING_BEGUN = "INTERRUPTED before anything was changed. Give the same command again."


@dataclass(frozen=True)
class TaskResult:
    """The result of a task at a host.

    :ivar action: the module as Ansible names it, with its collection
    :ivar values: as Ansible has them
    :ivar problem: failed, refused, unreachable or held; "" where the task was carried out
    """

    host: str
    action: str
    values: Values
    problem: str = ""
    is_check: bool = False

    @property
    def name(self) -> str:
        """The module without the collection, where it is one of ours."""
        return self.action.removeprefix(COLLECTION)

    @property
    def shown(self) -> Shown:
        return shown_as(self.action)

    @cached_property
    def whole(self) -> Values:
        """The values with those of a failed task, of which Ansible prints the others."""
        return whole_result(self.values)


@dataclass(frozen=True)
class OwnPage:
    """A page of lines in the place of that of the verdicts.

    :ivar verb: in its title, and the name of its file
    :ivar make: makes the lines
    :ivar values: those of its file, by host
    :ivar in_directory: those of its file in a directory of reports
    :ivar commands: by host, those of its next actions
    """

    verb: str
    make: Callable[[], Iterable[str]]
    values: Mapping[str, Any]
    in_directory: Mapping[str, Any]
    commands: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Collected:
    """The results of a verb that shows them in lines of its own.

    :ivar make: makes the lines, from the results and the problems by host
    """

    make: Callable[[Mapping[str, Values], Mapping[str, str]], Iterable[str]]
    results: dict[str, Values] = field(default_factory=dict)


def newest(_before: Values, task: TaskResult) -> Values:
    """Return the result of an appliance after one more task: that of this task."""
    return {**task.whole, "action": task.name}


class RunResults:
    """What is known of a run.

    :ivar results: of each appliance, its result
    :ivar problems: of an appliance with a problem, its kind and its reason: ``failed: it broke``
    :ivar planned: the appliances of which the result is only a plan
    :ivar only_checked: every task ran in check mode
    :ivar next_action: of the whole run; its commands are in ``next_commands``, by appliance
    :ivar rollout: None where nothing goes in waves
    :ivar fleet: the lines of the fleet for the report, where a rollout was only planned
    :ivar page: those for people
    :ivar plans: what apply.yml would change, by files without an appliance
    :ivar found: the page of a fleet, where a task has made one
    :ivar collected: by verb
    """

    def __init__(self) -> None:
        self.results: dict[str, Values] = {}
        self.problems: dict[str, str] = {}
        self.planned: set[str] = set()
        self.only_checked = True
        self.next_action = ""
        self.next_commands: dict[str, list[Mapping[str, Any]]] = {}
        self.rollout: Rollout | None = None
        self.fleet: Lines = ()
        self.page: Lines = ()
        self.plans: Lines = ()
        self.found: Values = {}
        self.collected: dict[str, Collected] = {}

    def take(self, task: TaskResult, joined: Callable[[Values, TaskResult], Values] = newest) -> None:
        """Take the result of a task.

        :param joined: makes the result of an appliance of that before and of this task
        """
        if task.shown is Shown.FINDINGS and "lines" in task.values:
            self.found = task.values
            return
        if task.problem == "held":
            self.hold(task.host, str(task.values["held"]))
            return
        was_changed = bool(self.results.get(task.host, {}).get("changed")) and task.host not in self.planned
        if task.shown is Shown.ON_PAGE:
            self.results[task.host] = joined(self.results.get(task.host, {}), task)
            self.only_checked &= task.is_check
            (self.planned.add if task.is_check else self.planned.discard)(task.host)
        if task.problem:
            # A failure of another task is shown too, and does not replace the verdict.
            result = self.results.setdefault(task.host, {})
            if task.shown is not Shown.ON_PAGE and (advised := task.whole.get(COMMANDS)):
                result[COMMANDS] = advised
            reason = message_of(task.values).removeprefix(f"{task.problem}: ")
            if task.problem == REFUSED and was_changed:  # a refusal means that nothing was begun
                reason = REFUSED_BEHIND + reason.removeprefix(f"{task.host}: ")
                self.problems[task.host] = f"failed: {reason}"
                return
            self.problems[task.host] = f"{task.problem}: {reason}"

    def hold(self, host: str, reason: str, kind: str = "held") -> None:
        """Report an appliance as held. Its last result is its plan, of which nothing was carried out."""
        self.results[host] = {**self.results.get(host, {}), "changed": False}
        self.problems[host] = f"{kind}: {reason}"

    def hold_the_rest(self, *, is_interrupted: bool = False) -> None:
        """Report the appliances of later waves as held: where a whole wave fails, Ansible ends the play without them.

        :param is_interrupted: an appliance that was begun and has no end is under way
        :raises InvalidInput: where the files of the rollout cannot be read
        """
        if self.rollout is None:
            return
        course = self.rollout.course()
        for host in course.lost() if is_interrupted else ():
            self.hold(host, UNDER_WAY, "interrupted")
        for host, reason in course.not_begun().items():
            if host not in self.problems:
                self.hold(host, reason)

    def is_refusal(self, host: str, values: Mapping[str, Any]) -> bool:
        """Return True if nothing was begun: a task of ours says so, or a check of Ansible has failed where no task has changed the appliance."""
        if CHECKS & values.keys():
            return not self.results.get(host, {}).get("changed")
        return bool(values.get(REFUSED))

    @property
    def has_begun(self) -> bool:
        """True where the waves of a rollout have begun."""
        return self.rollout is not None and not self.page

    def name_the_way_on(self, playbook: str) -> None:
        """Keep the commands of :data:`HOW_TO_GO_ON`: the same again, and what undoes the runs of apply.yml that had begun."""
        hosts = [host for host in self.results if host != CONTROL_NODE]
        self.next_commands = {host: command_values(NextAction(HOW_TO_GO_ON, AGAIN)) for host in hosts}
        for host in hosts if playbook == APPLY.verb else ():
            if self.results[host].get("changed") or self.problems.get(host, "").startswith("interrupted"):
                self.next_commands[host] += command_values(NextAction(replace(UNDO, asks=WHO_DECIDES)))

    def own_pages(self) -> list[OwnPage]:
        """Return the pages of lines; none where the run has verdicts."""
        pages = []
        if self.found:
            found = self.found
            whole = {name: found[name] for name in ("schema", "exit_code", "appliances")} if "schema" in found else {}
            values = found["appliances"]
            commands = {host: one[COMMANDS] for host, one in values.items() if one.get(COMMANDS)}
            pages = [
                OwnPage(str(found["verb"]), lambda: cast(Lines, found["lines"]), values, whole or values, commands)
            ]
        return [*pages, *map(self._collected_page, self.collected)]

    def _collected_page(self, verb: str) -> OwnPage:
        one = self.collected[verb]
        values = {host: {**own, "problem": self.problems.get(host, "")} for host, own in one.results.items()}
        commands = {host: own[COMMANDS] for host, own in one.results.items() if own.get(COMMANDS)}
        return OwnPage(verb, lambda: one.make(one.results, self.problems), values, values, commands)


def take(run: RunResults, task: TaskResult) -> Lines:
    """Take the result of a task, as its verb says; return the lines of the fleet that are to be shown at once."""
    verb = verb_of(task.name) if task.name != task.action else None
    if verb is None or not verb.takes_results:
        run.take(task)
        return ()
    return cast(Lines, page_of(verb.name).take(run, task))


def message_of(result: Mapping[str, Any]) -> str:
    """Return the message of a result, without what Ansible puts before it and without the verdict, which the page shows beside it.

    Of a program that another task ran, Ansible says only that its exit code is not 0: the last line of its errors is added.
    """
    text = str(result.get("msg", "")).removeprefix("Task failed: ").removeprefix("Action failed: ")
    if "rc" in result and (reason := str(result.get("stderr", "")).strip().rpartition("\n")[2]):
        text = f"{text}: {reason[:LONGEST_REASON]}"
    word = (whole_result(result).get("verdict") or {}).get("word", "")
    return text.removesuffix(f" (verdict: {word})")
