# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The recovery plan of an appliance, graded by what was found. Pure.

The steps are those of the vendor (CTX694799, read in November 2026) in its order; the grade ``assume`` is NCSC-NL's of 20 January 2020.
``docs/how-to/recovery.md`` has them for people.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import takewhile

from ...foundation.json_values import Part, written_whole
from ...foundation.next_action import COMMANDS, Command, advice, command_values
from ..course.hunt_result import HuntOutcome
from ..proof.next_action import LOCKDOWN, REOPEN, STATUS_OF_ALL, VERIFY
from .reopen_answer import CustomerAnswer, ReopenAnswer


class Grade(StrEnum):
    """How much must be done, the most first."""

    REBUILD = "rebuild"
    ASSUME = "assume"
    LOOK = "look"
    WATCH = "watch"


CUT_OFF = advice("cut it off: lockdown.yml", LOCKDOWN)
_ALL = (Grade.REBUILD, Grade.ASSUME)
STEPS: tuple[tuple[str, tuple[Grade, ...]], ...] = (
    (
        advice("keep evidence before anything is rebooted or upgraded: evidence.yml", Command("evidence")),
        (*_ALL, Grade.LOOK),
    ),
    (CUT_OFF, _ALL),
    ("look at the systems that it reaches, since the exposure began", (*_ALL, Grade.LOOK)),
    ("rebuild each node from a clean image of a fixed build, with a configuration from before the exposure", _ALL),
    (
        advice(
            "rotate its secrets: certificates and keys (revoke the old ones), bind accounts of LDAP, RADIUS and Kerberos, SAML and OAuth keys, SNMP "
            "communities, API keys, local passwords, the key of key encryption; hunt.yml -e rotation=DIRECTORY lists them by name",
            Command("hunt", asks=("rotation",)),
        ),
        _ALL,
    ),
    (
        advice(
            "end all sessions (end_sessions.yml), remove local users nobody asked for, have users change their passwords",
            Command("end_sessions"),
        ),
        _ALL,
    ),
    (
        advice(
            "prove it and open it: status.yml, verify.yml, reopen.yml with a second person",
            *(STATUS_OF_ALL, VERIFY, replace(REOPEN, asks=("second",))),
        ),
        _ALL,
    ),
    (
        advice("watch it for at least 90 days: watch.yml, read_logs.yml", *(Command("watch"), Command("read_logs"))),
        tuple(Grade),
    ),
)
"""Each step with the grades that need it, in order."""


@written_whole(Part(lambda plan: [one for step in plan.first for one in command_values(step)], COMMANDS))
@dataclass(frozen=True)
class RecoveryPlan:
    """The plan of an appliance.

    :ivar steps: in order, each with its number on the page
    :ivar first: the steps before the first that a person does outside
    """

    grade: Grade
    steps: tuple[str, ...]
    first: tuple[str, ...] = field(default=(), repr=False)


def recovery_plan(answer: CustomerAnswer) -> RecoveryPlan | None:
    """Return the plan by the rows of a customer; None where it is not known what is needed."""
    outcomes = {one.row.hunt_outcome for one in answer.rows}
    if HuntOutcome.COMPROMISE in outcomes:
        grade = Grade.REBUILD
    elif answer.answer is ReopenAnswer.ASSUME_COMPROMISED:
        grade = Grade.ASSUME
    elif answer.answer is ReopenAnswer.UNKNOWN:
        return None
    else:
        grade = Grade.LOOK if HuntOutcome.ATTEMPT in outcomes else Grade.WATCH
    steps = [(number, text) for number, (text, grades) in enumerate(STEPS, 1) if grade in grades]
    todo = (text for _number, text in steps if not (text is CUT_OFF and answer.is_closed))
    first = takewhile(command_values, todo)
    return RecoveryPlan(grade, tuple(f"{number}. {text}" for number, text in steps), tuple(first))
