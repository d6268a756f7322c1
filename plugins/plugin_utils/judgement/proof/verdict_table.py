# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The verdict table, and the verdict itself: the one word that a person reads for an appliance. Pure.

:data:`VERDICTS` is the one table: precedence (its order, the worst first), the exit code in the Nagios sense, what ``apply``
does there, and the one next action. ``docs/reference/verdicts.md`` is made from it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from ...catalogue.acknowledgement import Acknowledgement
from ...foundation.json_values import written
from ...foundation.next_action import NONE, STATUS, Command, NextAction, command_values
from .next_action import APPLY, BLOCK_AGAIN, LOCKDOWN, MAY_OPEN, REOPEN, RETIRE, UNDO, VERIFY


class VerdictWord(StrEnum):
    """The words of the verdicts, in order of precedence: the worst first."""

    BLOCKED_UNEXPLAINED = "blocked, unexplained"
    INEFFECTIVE = "ineffective on this build"
    EXPOSED = "exposed"
    NOT_BLOCKING = "observe, not blocking"
    NOT_IN_PLACE = "not in place"
    UNKNOWN = "unknown"
    DRIFTED = "drifted"
    PARTLY = "partly"
    STOP_GAP = "reduces exposure, not by the vendor"
    CLOSED_OVERDUE = "closed, decision overdue"
    CLOSED = "closed"
    UNPROVEN = "applied, unproven"
    NOT_SAVED = "applied, not saved"
    SUPERSEDED = "superseded"
    LATE = "late"
    OBSERVING = "observing"
    REDUCES_EXPOSURE = "reduces exposure"
    MITIGATED_BY_OTHERS = "mitigated, not managed by us"
    MITIGATED = "mitigated"
    ENFORCING = "enforcing"
    ON_TIME = "on time"
    LEFT_BEHIND = "fixed, mitigation left behind"
    FIXED = "fixed"
    NOT_ASKED_FOR = "not asked for"
    NOT_AFFECTED = "not affected"


OK, WARNING, CRITICAL, UNKNOWN = 0, 1, 2, 3


@dataclass(frozen=True)
class Meaning:
    """One row of the verdict table."""

    word: VerdictWord
    meaning: str
    exit_code: int
    apply_does: str
    next_action: NextAction
    """May hold ``{fix}``, the build to upgrade to."""


CLOSE_OR_UPGRADE = NextAction("close external access (", LOCKDOWN, "), then upgrade to {fix}")
VERDICTS: dict[VerdictWord, Meaning] = {
    meaning.word: meaning
    for meaning in (
        Meaning(
            VerdictWord.BLOCKED_UNEXPLAINED,
            "the build is not fixed, the answer to the attack is that of a block or of known malware, and nothing on the appliance explains it",
            CRITICAL,
            "applies",
            NextAction("treat the appliance as compromised until it is explained", check=Command("hunt")),
        ),
        Meaning(
            VerdictWord.INEFFECTIVE,
            "the vendor says that what was published, or what is bound at a Gateway, does not work on this build",
            CRITICAL,
            "skips, unless forced",
            CLOSE_OR_UPGRADE,
        ),
        Meaning(
            VerdictWord.EXPOSED,
            "the build is affected and nothing is known to stop the attack",
            CRITICAL,
            "applies",
            NextAction(APPLY),
        ),
        Meaning(
            VerdictWord.NOT_BLOCKING,
            "the build is affected, and our rule is in place in observe mode: it counts and logs an attack, and lets it pass",
            CRITICAL,
            "blocks; nothing with `mitigation_mode: observe`",
            NextAction("look at what it would block, then ", BLOCK_AGAIN),
        ),
        Meaning(
            VerdictWord.NOT_IN_PLACE,
            "the inventory asks for the measure here, and it is not there",
            CRITICAL,
            "applies",
            NextAction(APPLY),
        ),
        Meaning(
            VerdictWord.UNKNOWN,
            "something that the verdict needs could not be read",
            UNKNOWN,
            "refuses",
            NextAction("make it readable, then run ", STATUS, " again"),
        ),
        Meaning(
            VerdictWord.DRIFTED,
            "our objects are there, but someone changed them, also those of an older version; or what we closed is open",
            CRITICAL,
            "corrects",
            NextAction("find out who changed it, then ", APPLY),
        ),
        Meaning(
            VerdictWord.PARTLY,
            "a node, a VIP or a partition is not covered or could not be read",
            CRITICAL,
            "applies where it can",
            NextAction("add what is missing, then ", VERIFY),
        ),
        Meaning(
            VerdictWord.STOP_GAP,
            "a rule that is not the vendor's stops the attack that was published; what else reaches the weakness is not known, so it ends no exposure",
            CRITICAL,
            "applies with `stop_gap: true`",
            CLOSE_OR_UPGRADE,
        ),
        Meaning(
            VerdictWord.CLOSED_OVERDUE,
            "external access is switched off, and the moment of the next decision has passed; nothing reopens by itself",
            CRITICAL,
            "applies; nothing can be proven while it is closed",
            NextAction("decide: extend it with ", Command("lockdown", (("extend", "true"),)), ", or ", REOPEN),
        ),
        Meaning(
            VerdictWord.CLOSED,
            "external access is switched off by a run of ours, which has proved that nothing answers",
            WARNING,
            "applies; nothing can be proven while it is closed",
            NextAction(REOPEN, f", {MAY_OPEN}"),
        ),
        Meaning(
            VerdictWord.UNPROVEN,
            "the rule (or the closing) is in place, but no proof by a request from outside holds for it as it is now",
            WARNING,
            "proves, then saves",
            NextAction(VERIFY),
        ),
        Meaning(
            VerdictWord.NOT_SAVED,
            "the rule works and would be lost in a reboot",
            WARNING,
            "saves",
            NextAction(APPLY),
        ),
        Meaning(
            VerdictWord.SUPERSEDED,
            "an older version of the measure is in place, unchanged and proven, or what our last run left, and the inventory or the host's name has "
            "changed since",
            WARNING,
            "updates in place",
            NextAction(APPLY),
        ),
        Meaning(
            VerdictWord.LATE,
            "the last run of a measure that is brought in again and again, such as each day, is too old",
            WARNING,
            "brings one in",
            NextAction(UNDO, ", then ", APPLY),
        ),
        Meaning(
            VerdictWord.OBSERVING,
            "the measure only counts and logs what it would block, at some or all of its virtual servers",
            WARNING,
            "nothing",
            NextAction("look at what it would block, then set mode: enforce", check=APPLY),
        ),
        Meaning(
            VerdictWord.REDUCES_EXPOSURE,
            "the rule works, and the vendor says that it can be bypassed on this build",
            WARNING,
            "applies",
            NextAction("upgrade to {fix}"),
        ),
        Meaning(
            VerdictWord.MITIGATED_BY_OTHERS,
            "a readable policy of someone else blocks the attack",
            WARNING,
            "adds ours; with `found=replace` it removes theirs after that",
            NextAction(replace(APPLY, options=(("found", "replace"),))),
        ),
        Meaning(
            VerdictWord.MITIGATED,
            "the attack is blocked, proven from outside, and saved",
            OK,
            "nothing",
            NextAction("upgrade to {fix}"),
        ),
        Meaning(
            VerdictWord.ENFORCING, "the measure blocks, proven from outside, and saved", OK, "nothing", NextAction(NONE)
        ),
        Meaning(
            VerdictWord.ON_TIME,
            "the last run of such a measure came to its end in time, and what it brought in was read back",
            OK,
            "brings one in",
            NextAction(NONE),
        ),
        Meaning(
            VerdictWord.LEFT_BEHIND,
            "a fixed build runs, and our mitigation is still in place",
            WARNING,
            "nothing",
            NextAction(RETIRE),
        ),
        Meaning(VerdictWord.FIXED, "a fixed build runs", OK, "nothing", NextAction(NONE)),
        Meaning(
            VerdictWord.NOT_ASKED_FOR,
            "the inventory does not ask for the measure here",
            OK,
            "nothing",
            NextAction(NONE),
        ),
        Meaning(
            VerdictWord.NOT_AFFECTED,
            "this release was never affected, or the configuration has not what the weakness needs",
            OK,
            "nothing",
            NextAction(NONE),
        ),
    )
}
SHOWN_ENTRIES = 3
"""The largest number of entries that the reason of an appliance names."""
OF_A_STOP_GAP = {
    VerdictWord.MITIGATED: VerdictWord.STOP_GAP,
    VerdictWord.REDUCES_EXPOSURE: VerdictWord.STOP_GAP,
    VerdictWord.MITIGATED_BY_OTHERS: VerdictWord.STOP_GAP,
    VerdictWord.NOT_SAVED: VerdictWord.STOP_GAP,
    VerdictWord.UNPROVEN: VerdictWord.EXPOSED,
    VerdictWord.SUPERSEDED: VerdictWord.EXPOSED,
}
"""By word, the one that the same finding has where the rule is a stop-gap: no warning, which somebody could acknowledge."""
CLOSED_WORDS = (VerdictWord.CLOSED, VerdictWord.CLOSED_OVERDUE)
"""The words of what is switched off, proven and saved."""
GOOD_WORDS = (VerdictWord.FIXED, VerdictWord.NOT_AFFECTED)
BY_CONFIGURATION = "not by its configuration"
"""How the reason begins of an entry that the build leaves open, and that the configuration does not meet."""
PRECEDENCE = {word: position for position, word in enumerate(VERDICTS)}


@written(
    "word reason next_action exit_code rests_on missing", next_commands=lambda one: command_values(one.next_action)
)
@dataclass(frozen=True)
class Verdict:
    """A verdict with its reasons.

    :ivar rests_on: the evidence, in words
    :ivar missing: what was not read or is not covered; it does not change the word, and it is never hidden
    :ivar acknowledged: who acknowledged a warning, so that its exit code is 0
    """

    word: VerdictWord
    reason: str
    next_action: NextAction
    exit_code: int
    rests_on: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    acknowledged: Acknowledgement | None = None


def worst_verdict(
    candidates: Iterable[tuple[VerdictWord, str]], rests_on: tuple[str, ...], missing: tuple[str, ...], *, fix: str = ""
) -> Verdict:
    """Return the verdict of the candidate with the highest precedence.

    :param candidates: words, each with its reason
    :param fix: the build to upgrade to, for the next action
    """
    word, reason = min(candidates, key=lambda candidate: PRECEDENCE[candidate[0]])
    meaning = VERDICTS[word]
    return Verdict(word, reason, meaning.next_action.filled(fix=fix), meaning.exit_code, rests_on, missing)


def without_next_action(message: str, action: str) -> str:
    """Return a message without the next action of its verdict, for a page that has it in a line of its own."""
    return message.replace(f". Next action: {action}", "") if action else message
