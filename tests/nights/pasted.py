# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The next action of a status, carried out as it stands: the whole lines of its page, and what its text asks of a person outside."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import Probes, Unsaved
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import TourniquetError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.next_lines import RunForm, next_lines
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.status.run import Status

from tests.engine.views import OWN, options_of
from tests.nights import neighbours
from tests.nights.night import Action, Night

FORM = RunForm(
    ("ansible-playbook",), "status", "playbooks/", ".yml", {"mitigation": OWN}, (), lambda _limit, _hosts: True
)
ROUNDS = 7
"""After so many lines an appliance is safe, or a person has to decide."""
READS = ("status", "ledger", "hunt", "doctor", "evidence", "audit", "plan")
DECIDED = ("lockdown", "close", "reopen")
"""The verbs that are the decision of a person: what is open or closed stays so."""
RUNS: Mapping[tuple[str, str], str] = {
    ("apply", ""): "apply",
    ("apply", "enforce"): "apply",
    ("verify", ""): "verify",
    ("retire", ""): "retire",
    ("rollback", "undo"): "undo",
    ("rollback", "after_fix"): "after_fix",
    ("rollback", ""): "undo",
}
"""By verb, and the value that says how, the action of a night."""


@dataclass(frozen=True)
class Next:
    """What a status says is to be done.

    :ivar lines: the whole lines, as they are pasted
    """

    word: str
    text: str
    lines: tuple[str, ...]

    @property
    def pasted(self) -> list[Line]:
        return [_line(one) for one in self.lines]


@dataclass(frozen=True)
class Line:
    """A line that was pasted.

    :ivar limit: the appliances that it names
    """

    verb: str
    limit: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)


def _line(text: str) -> Line:
    words = shlex.split(text)
    found = re.fullmatch(r"playbooks/(\w+)\.yml", words[1]) if words[:1] == ["ansible-playbook"] else None
    if found is None:
        return Line("")
    rest = dict(zip(words[2::2], words[3::2], strict=False))
    pairs = [one.partition("=") for flag, one in zip(words[2::2], words[3::2], strict=False) if flag == "-e"]
    return Line(found[1], rest.get("--limit", ""), {name: value.strip("'") for name, _sign, value in pairs})


def next_of(night: Night, appliance: str, by: str) -> Next | None:
    """Return what is to be done at an appliance; None where nothing can be asked."""
    operator = night.nodes[by][appliance]
    given = {**options_of(operator, operator.traces), "mitigation": OWN, "as_of": "", "alarms": operator.alarms}
    try:
        result: dict[str, Any] = Status(operator.appliance, given, check_mode=True, is_preview=True).values()
    except TourniquetError:
        return None
    verdict = result["verdict"]
    lines = tuple(one.strip() for one in next_lines(FORM, {appliance: result}))
    return Next(str(verdict["word"]), str(verdict["next_action"]), lines)


def followed(night: Night, by: str) -> Iterator[str]:
    """Carry out what is next at each appliance, until it is safe or a person has to decide; yield what leads nowhere."""
    for appliance in night.appliances:
        night.play(f"back {appliance}")
        yield from _followed(night, appliance, by)


def _followed(night: Night, appliance: str, by: str) -> Iterator[str]:
    seen: list[Next] = []
    for _round in range(ROUNDS):
        found = next_of(night, appliance, by)
        if found is None or found.text == "none":
            return
        if found in seen:
            if _says_why(night, found, appliance, by):
                return
            yield f"next leads in a circle at {appliance}: {found.word}: {found.text}"
            return
        if wrong := _badly_written(found, appliance):
            yield wrong
        seen.append(found)
        done = _carried_out(night, found, appliance, by)
        if done is None or done.said.startswith("refused: "):
            return
    yield f"after {ROUNDS} lines {appliance} is not safe: {'; '.join(f'{one.word}: {one.text}' for one in seen)}"


def _says_why(night: Night, found: Next, appliance: str, by: str) -> bool:
    """Return whether the page of the verify.yml that a status advises says what hinders the proof: a status asks nothing from outside."""
    if [one.verb for one in found.pasted] != ["verify"]:
        return False
    told = str(night.nodes[by][appliance].status_all(probes=Probes.FEW).verdict.next_action)
    return told not in (found.text, "verify.yml")


def _badly_written(found: Next, appliance: str) -> str:
    for text, one in zip(found.lines, found.pasted, strict=True):
        if not one.verb:
            return f"next of {appliance} is no line: {text}"
        if one.limit != appliance:
            return f"next of {appliance} names {one.limit or 'all'}: {text}"
    return ""


def _carried_out(night: Night, found: Next, appliance: str, by: str) -> Action | None:
    """Do what a text says first; return None where it ends, or a person has to decide."""
    if priority := re.search(r"`measure_priority: (\d+)`", found.text):
        night.nodes[by][appliance].priority = int(priority[1])
    if front := re.search(r"give (\w+) a higher priority number than ours", found.text):
        neighbours.moved_behind(night, appliance, front[1])
    if sleeping := re.search(r"`accept_sleeping_policies: (\[.*?\])`", found.text):
        night.nodes[by][appliance].accepted = tuple(json.loads(sleeping[1]))
    if "`unsaved: save_first`" in found.text:
        night.nodes[by][appliance].unsaved = Unsaved.SAVE_FIRST
    doing = [one for one in found.pasted if one.verb not in READS]
    if any(one.verb in DECIDED for one in doing):
        return None
    if doing:
        how = doing[0].variables.get("why") or doing[0].variables.get("mitigation_mode") or ""
        action = RUNS.get((doing[0].verb, how))
        return None if action is None else night.play(f"{action} {appliance} {by}")
    return night.play(f"upgrade {appliance}") if found.text.startswith("upgrade to ") else None
