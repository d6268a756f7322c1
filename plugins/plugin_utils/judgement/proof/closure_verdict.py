# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The verdict on an appliance whose external access was to be closed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ...appliance.nitro.names import is_name
from ...change.records.closures import ClosureState
from ...foundation.next_action import MOST_COMMANDS, STATUS, Command, NextAction, command_values
from .next_action import LOCKDOWN, MAY_OPEN, REOPEN
from .verdict_table import CRITICAL, OK, VERDICTS, Verdict, VerdictWord, worst_verdict

# The next action after a lockdown, where it is not that of a measure.
NEXT_ACTIONS = {
    VerdictWord.PARTLY: NextAction("close what is still open, then ", LOCKDOWN),
    VerdictWord.UNPROVEN: NextAction(LOCKDOWN, " again, or look from outside whether it is closed"),
    VerdictWord.NOT_SAVED: NextAction(
        "save ns config on the appliance once all that is unsaved may be saved; until then a restart opens it"
    ),
}

CLOSE_BY_HAND = NextAction(
    "switch the virtual server whose name NITRO does not allow off, or rename it, on the appliance itself, then ",
    LOCKDOWN,
)
CLOSE_UNREAD = NextAction(
    "let the appliance list its virtual servers (allow the user to, or look at it), or switch off on it what it does not list, then ",
    LOCKDOWN,
)
OPEN_BY_HAND = NextAction(
    f"switch it on on the appliance, {MAY_OPEN}: reopen.yml opens only what a record says that a run of ours closed"
)
"""The next action where somebody else has closed it."""
LOOK = "look from outside whether it answers, and "
FINISH = NextAction(LOCKDOWN, " again, which finishes and proves it; or ", REOPEN, f", {MAY_OPEN}")
"""The next action where a run of ours has closed it and did not come to its end."""


DECIDE = VERDICTS[VerdictWord.CLOSED_OVERDUE].next_action
"""The next action where the next decision is overdue: also an extension proves what is not proven."""


def prove_closing(closures: ClosureState) -> NextAction:
    """Return the next action where all is switched off and no run of ours has proved it."""
    if closures.overdue:
        return DECIDE
    if closures.is_unfinished:
        return FINISH
    return NextAction(LOOK, *OPEN_BY_HAND.pieces) if closures.by_others else NEXT_ACTIONS[VerdictWord.UNPROVEN]


@dataclass(frozen=True)
class ClosureGrounds:
    """The grounds about a lockdown.

    :ivar closures: the virtual servers in scope
    :ivar answering: the virtual servers that are switched off and still answer, in words
    :ivar unproven: the virtual servers of which it is not known whether they stopped answering, in words
    :ivar saved: None if it is not known
    :ivar next_actions: by reason, the next action where that of the word would not lead to another state
    """

    closures: ClosureState
    answering: tuple[str, ...] = ()
    unproven: tuple[str, ...] = ()
    saved: bool | None = None
    not_covered: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    rests_on: tuple[str, ...] = ()
    next_actions: Mapping[str, NextAction] = field(default_factory=dict)


def decide_closure(grounds: ClosureGrounds) -> Verdict | None:
    """Return the verdict on an appliance that was to be closed; None if nothing in scope is switched off."""
    closures = grounds.closures
    if not closures.closed:
        return None
    closed = f"{', '.join(closures.closed)}: {closures.text}"
    candidates = [(VerdictWord.PARTLY, text) for text in grounds.not_covered]
    if grounds.answering:
        candidates.append((VerdictWord.PARTLY, "; ".join(grounds.answering)))
    if closures.open:
        candidates.append((VerdictWord.PARTLY, f"{', '.join(closures.open)} still open; {closed}"))
    if grounds.unproven:
        candidates.append((VerdictWord.UNPROVEN, f"{grounds.unproven[0]}; {closed}"))
    elif closures.unproven:
        candidates.append((VerdictWord.UNPROVEN, closures.unproven_text))
    elif grounds.saved is False:
        candidates.append((VerdictWord.NOT_SAVED, closed))
    else:
        candidates.append((VerdictWord.CLOSED, closed))
    missing = grounds.not_covered + grounds.unproven + grounds.remarks
    verdict = worst_verdict(candidates, grounds.rests_on, missing)
    if verdict.word is VerdictWord.UNPROVEN and closures.by_others:
        return replace(verdict, next_action=prove_closing(closures))
    of_word = NEXT_ACTIONS.get(verdict.word, verdict.next_action)
    return if_overdue(replace(verdict, next_action=grounds.next_actions.get(verdict.reason, of_word)), closures)


def if_overdue(verdict: Verdict, closures: ClosureState) -> Verdict:
    """Return the verdict beside all that is switched off: it is critical where the next decision on that is overdue."""
    return beside_overdue(verdict, f"{', '.join(closures.closed)}: {closures.text}") if closures.overdue else verdict


def beside_overdue(verdict: Verdict, overdue: str) -> Verdict:
    """Return a verdict as critical, with what to decide as the next action.

    :param overdue: what is closed, and by which decision that is overdue
    """
    if verdict.exit_code >= CRITICAL:
        return verdict
    word, reason = _beside_overdue(verdict.word, verdict.reason, overdue)
    return replace(verdict, word=word, reason=reason, next_action=DECIDE, exit_code=CRITICAL)


def is_overdue(verdict: Verdict) -> bool:
    """Return True if a decision that is overdue makes a verdict critical."""
    return (
        verdict.word is VerdictWord.CLOSED_OVERDUE or verdict.exit_code == CRITICAL > VERDICTS[verdict.word].exit_code
    )


def with_overdue_parts(verdict: Verdict, parts: Mapping[str, Verdict]) -> Verdict:
    """Return the verdict of several admin partitions: it is critical where a decision is overdue in one of them."""
    name = next((name for name, one in parts.items() if is_overdue(one)), "")
    return beside_overdue(verdict, f"partition {name}: {parts[name].reason}") if name else verdict


def _beside_overdue(word: VerdictWord, reason: str, overdue: str) -> tuple[VerdictWord, str]:
    """Return the word and the reason of a verdict beside a decision that is overdue. "closed" would hide a warning: a step may be for some clients only,
    or not proven, and an attack passes.

    :param overdue: what is closed, and by which decision
    """
    if VERDICTS[word].exit_code == OK or word in (VerdictWord.CLOSED, VerdictWord.LEFT_BEHIND):
        return VerdictWord.CLOSED_OVERDUE, overdue
    return word, reason if overdue in reason else f"{reason}; {overdue}"


def with_closings(verdict: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the verdict of a status. That something is not closed which a person decided to close, or that the next decision is overdue, is critical,
    whatever the rest says; so is not OK that it was not read. Beside a decision that is overdue, a warning keeps its word.
    """
    rows = list(rows)
    found = _opened([row for row in rows if row.get("is_open")]) or _overdue([row for row in rows if row["overdue"]])
    found = found or _at_secondary([row["failover"] for row in rows if row.get("failover")])
    found = found or _at_secondary([row["shut_there"] for row in rows if row.get("shut_there")])
    found = found or _unread([row for row in rows if row.get("unread")])
    found = found or _elsewhere([row for row in rows if row.get("elsewhere")])
    if found is None or verdict["exit_code"] >= min(VERDICTS[found[0]].exit_code, CRITICAL):
        return dict(verdict)
    word, reason, action = found
    if word is VerdictWord.CLOSED_OVERDUE:
        word, reason = _beside_overdue(VerdictWord(verdict["word"]), verdict["reason"], reason)
    return {
        **verdict,
        "word": str(word),
        "reason": reason,
        "next_action": str(action),
        "next_commands": command_values(action),
        "exit_code": VERDICTS[found[0]].exit_code,
    }


def commands_of_closings(rows: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the commands of what is not closed that was to be, and of each decision that is overdue, whatever the verdict of the appliance is."""
    rows = list(rows)
    found = (
        _opened([row for row in rows if row.get("is_open")]),
        _overdue([row for row in rows if row["overdue"] and not row.get("is_open")]),
    )
    return [command for one in found if one is not None for command in command_values(one[2])]


def _standing(row: Mapping[str, Any]) -> str:
    """Return in words how what our records call closed, and is not as they say, stands on the appliance."""
    by = row.get("closed_by")
    return f"not in force on the appliance, where {by} closes it" if by else "open on the appliance"


def _by_records(row: Mapping[str, Any]) -> str:
    """Return in words what our records say of what is open: it was closed, or a run that was to close it did not come to its end."""
    if row.get("half_closed_by"):
        return f"a run that was to close it ({row['step']}) did not come to its end"
    return f"closed ({row['step']}) by our records"


Found = tuple[VerdictWord, str, NextAction]


def _opened(rows: Sequence[Mapping[str, Any]]) -> Found | None:
    """:param rows: of what is closed by our records, and open on the appliance"""
    if not rows:
        return None
    step = str(rows[0]["step"])
    by_standing: dict[str, list[str]] = {}
    for row in rows:
        by_standing.setdefault(f"{_by_records(row)}, and {_standing(row)}", []).append(str(row["vserver"]))
    told = [f"{', '.join(dict.fromkeys(names))}: {standing}" for standing, names in by_standing.items()]
    reason = f"{'; '.join(told)}; {rows[0]['decision']}"
    said = f"; where it shall be open, reopen.yml -e step={step} notes it"
    first, *others = _alike(rows)
    rest = [command.unspoken for own in others for command in (_again("close", own), _again("reopen", own))]
    action = NextAction(_again("close", first), said, _again("reopen", first).unspoken, *rest)
    return VerdictWord.DRIFTED, reason, action


def _overdue(rows: Sequence[Mapping[str, Any]]) -> Found | None:
    """:param rows: of those whose next decision is overdue"""
    if not rows:
        return None
    first, *others = _alike(rows)
    reason = "; ".join(row["decision"] for row in rows)
    rest = [command.unspoken for own in others for command in (_extend(own), _again("reopen", own))]
    return VerdictWord.CLOSED_OVERDUE, reason, NextAction(_extend(first), ", or ", _again("reopen", first), *rest)


def _at_secondary(reasons: Sequence[str]) -> Found | None:
    """:param reasons: why what is closed is not closed, or not by its step, at the secondary"""
    if not reasons:
        return None
    return VerdictWord.PARTLY, str(reasons[0]), NextAction("force HA sync on the appliance, then ", STATUS)


def _unread(rows: Sequence[Mapping[str, Any]]) -> Found | None:
    """:param rows: of those of which it was not read whether they are still closed"""
    word = VerdictWord.UNKNOWN
    return (word, str(rows[0]["unread"]), VERDICTS[word].next_action) if rows else None


def _elsewhere(rows: Sequence[Mapping[str, Any]]) -> Found | None:
    """:param rows: of those that may have been closed at another appliance"""
    if not rows:
        return None
    first, *others = _alike(rows)
    rest = [_again("close", own).unspoken for own in others]
    action = NextAction(_again("close", first), ", which proves here that it is closed", *rest)
    return VerdictWord.UNKNOWN, str(rows[0]["elsewhere"]), action


Rows = Sequence[Mapping[str, Any]]


def _alike(rows: Rows) -> Sequence[Rows]:
    """Return the rows by step and admin partition: a command is of one."""
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in rows:
        groups.setdefault((str(row["step"]), str(row["partition"])), []).append(row)
    return [*groups.values()][: MOST_COMMANDS // 2]


def _again(verb: str, rows: Rows) -> Command:
    """Return the command for what these rows name, and no other virtual server. A name that NITRO does not allow has none, and would let the others be
    refused with it.
    """
    every = tuple(dict.fromkeys(str(row["vserver"]) for row in rows))
    names = tuple(filter(is_name, every)) or every
    where = (("vips", names), ("partitions", (str(rows[0]["partition"]),)))
    return Command(verb, (("step", str(rows[0]["step"])),), unsaid=where, tail=" with its scope")


def _extend(rows: Rows) -> Command:
    close = _again("close", rows)
    return replace(close, options=(*close.options, ("extend", "true")), tail=" with its scope and a new decision")
