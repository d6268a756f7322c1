# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a control node could know of what happened at one appliance: a record shows what was so at a run, and never what was between two."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from tests.nights import neighbours
from tests.nights.night import SECOND, Action, Night
from tests.nights.world import PORTAL, Sight, Weakness

NOT_BLOCKING = ("undone", "removed", "retired", "observe, not blocking")
"""What runs say that let an attack pass."""
LEFT = "removed, absence read back"
"""In what a run says that gives an appliance up."""
QUIET = (
    "apply",
    "verify",
    "plan",
    "hunt",
    "alarm",
    "failover",
    "wait",
    "off",
    "reopen",
    "notice",
    "notice_of_one",
    "partners",
    "open_step",
    "attack",
    "cover",
    "uncover",
    "elsewhere",
    *("end_sessions", "read_logs", "watch", "evidence", "doctor", "on_box", "on_box_off"),
)
"""The actions after which what was proven holds."""
UNSURE = ("clock_ahead", "clock_behind", "copies_lost", "away", "dies", "node_clock")
"""The actions after which it need not be known when a run was, which was first, or what it left."""
ASKS = ("cover", "uncover")
"""The runs of ours that ask the management addresses."""
BLIND = ("on_box", "on_box_off", "end_sessions", *ASKS)
"""The runs of ours that ask no virtual server: those on management addresses ask for these alone, and read what is in front of ours for all."""
SURELY_IN_FRONT = ("allow_in_front", "undefined_in_front", "jump_in_front")
"""What surely lets attacks past ours for whoever reads it."""
INVOKING = ("label_in_front", "vserver_in_front")
"""What leads requests into what is not read, so that nothing is proven behind it."""
SEEN_IN_FRONT = ("partly covered", "look at the policies in front of ours")
"""What a run on management addresses says that has read it."""
UNPROVEN = "applied, unproven"
WOULD_PASS = "would pass, such as"
"""What an apply says that is refused by what somebody had put in front of ours."""
IN_FRONT = ("allow_in_front", *neighbours.EVERY)
"""What lets attacks past ours."""
LOSES_COPIES = ("copies_lost", "leave")
"""After what a control node finds no copies on the nodes that it has not read before."""
A_DAY = 3
"""The actions of a day, by which a clock is wrong."""
ELSEWHERE = Action("elsewhere", "", "ours", "")
DISTURBS = ("clock_ahead", "clock_behind", "lease_lost", "dies")
"""Runs on one measure after which the order of all runs, or what their records hold, need not be known."""
MAIN = "default"
"""The admin partition in which people do what lets attacks past ours."""
CHANGES = ("apply", "observe", "undo", "after_fix", "retire", "apply_unsaved", "edited", "neighbour_named")
"""Runs on one measure that read what is bound beside another."""
BESIDE = "beside"
"""The name of an action that is about the measure of another weakness only."""


@dataclass(frozen=True)
class Thread:
    """What happened at one appliance, action by action.

    :ivar seen: what the witness saw after each
    :ivar by: the control node that reads
    :ivar is_read: all of its nodes answer now, and it is none that the product does not work on
    """

    appliance: str
    actions: tuple[Action, ...]
    seen: tuple[Sight, ...]
    by: str
    is_read: bool
    weakness: Weakness = PORTAL

    @cached_property
    def passed(self) -> list[tuple[str, ...]]:
        return [one.passed(self.appliance, self.weakness) for one in self.seen]

    @property
    def last(self) -> int:
        return len(self.actions) - 1

    def known_by(self, number: int) -> str:
        """Return by what it can be known that an attack passed after an action; "" where no record of ours can show it."""
        actions, passed, last, first = self.actions, self.passed, self.last, number
        while first and passed[first - 1]:
            first -= 1
        near = actions[max(0, number - A_DAY) : number + A_DAY + 1]
        if number < last and any(one.name.startswith("clock_") for one in near):
            return ""  # a wrong time that no other record contradicts is not noticed
        if self.is_read and all(passed[number : last + 1]) and not any(map(_lets_pass, actions[number + 1 :])):
            return "the appliance shows it"
        if self.is_known(first):
            return f"action {first} of ours let it pass"
        for later in range(number + 1, last + 1):
            if not passed[later - 1]:
                break
            is_looked_at = self.is_known(later) or self._could_not_prove(later, first)
            is_elsewhere = actions[later].ours and MAIN not in actions[later].partitions
            is_blind = actions[later].name in BLIND and not self._saw_in_front(later, first)
            if not is_looked_at or is_elsewhere or is_blind:
                continue
            return f"action {later} of ours looked at it"
        return ""

    def _could_not_prove(self, number: int, first: int) -> bool:
        """Return whether a look of ours, with a record or without one, could not prove it any more beside what somebody had put in front of it."""
        look = self.actions[number]
        is_here = look.by == self.by and look.weakness in ("", self.weakness.id)
        is_seen = (look.name == "verify" and look.said == UNPROVEN) or WOULD_PASS in look.said
        return is_here and is_seen and self.actions[first].name in IN_FRONT

    def _saw_in_front(self, number: int, first: int) -> bool:
        """Return whether a run on management addresses read what lets attacks past ours since an action, or may."""
        is_said = any(text in self.actions[number].said for text in SEEN_IN_FRONT)
        return is_said and self.actions[first].name in (*SURELY_IN_FRONT, *INVOKING)

    def is_known(self, number: int) -> bool:
        """Return whether the record of a run is here: one of another control node is on the appliance, until somebody reads it."""
        run = self.actions[number]
        if not run.ours or run.by == self.by:
            return run.ours
        lost = next((n for n in range(number, self.last + 1) if self.actions[n].name in LOSES_COPIES), None)
        kept = self.actions[number + 1 : lost]
        return run.copied and (any(one.ours and one.by == self.by for one in kept) or (lost is None and self.is_read))

    @property
    def proven_since(self) -> int | None:
        """Return the number of the action from which on it was proven without doubt until now; None where there is no such action."""
        quiet = self.last
        while quiet >= 0 and self.actions[quiet].name in QUIET and not self._by_other(quiet):
            quiet -= 1
        if any(one.name in UNSURE or one.by == "other" or (one.ours and one.by != self.by) for one in self.actions):
            return None
        return next((n for n in range(quiet + 1, self.last + 1) if self._is(n, "apply", "mitigated")), None)

    def _by_other(self, number: int) -> bool:
        return self.actions[number].by == "other" and self.actions[number].ours

    def _is(self, number: int, name: str, said: str) -> bool:
        return (self.actions[number].name, self.actions[number].said) == (name, said)


def _lets_pass(run: Action) -> bool:
    """Return whether a run of ours let attacks pass, as it says."""
    return run.said.startswith(NOT_BLOCKING) or LEFT in run.said


def thread(night: Night, appliance: str, by: str, weakness: Weakness) -> Thread:
    """Return what happened at an appliance, as far as a control node can know it of a weakness."""
    own = tuple(as_of(weakness, one) if one.appliance == appliance else ELSEWHERE for one in night.actions)
    running = night.world.running(appliance)
    is_away = any(running.faults.active("refuse", node.index) for node in running.nodes)
    return Thread(appliance, own, tuple(night.world.sights), by, not (is_away or running.spec.cluster), weakness)


def as_of(weakness: Weakness, action: Action) -> Action:
    """Return what an action is to a weakness: a run on the measure of another one has looked at what is bound beside ours if it was to change something."""
    if action.weakness == "":
        return action
    name = action.name if action.name in DISTURBS else BESIDE
    return (
        replace(action, name=action.name.removesuffix(SECOND))
        if action.weakness == weakness.id
        else replace(action, name=name, said="", ours=action.ours and action.name.removesuffix(SECOND) in CHANGES)
    )
