# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an update of the catalogue changes for one appliance: the verdicts by both catalogues, compared entry by entry. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ...foundation.json_values import Part, written
from .catalogue_verdict import ApplianceVerdict, EntryVerdict
from .verdict_table import OK, VerdictWord

NO_ENTRY = "not in the catalogue"


class Effect(StrEnum):
    """What an update means for the people who look after an appliance, the most urgent first."""

    MUST_ACT = "must act"
    MORE = "more to do"
    UNKNOWN = "cannot be told"
    DONE = "done"
    LESS = "less to do"
    OTHER = "other verdicts"
    SAME = "no change"


@written(
    *("after.entry.id", Part("was", "before"), Part("after.verdict.word", "after")),
    "opens after.verdict.reason after.verdict.next_action",
)
@dataclass(frozen=True)
class EntryChange:
    """An entry whose verdict changes.

    :ivar before: by the catalogue in use; None where it does not have the entry
    """

    before: EntryVerdict | None
    after: EntryVerdict

    @property
    def was(self) -> str:
        return str(self.before.verdict.word) if self.before else NO_ENTRY

    @property
    def opens(self) -> bool:
        """Return True if somebody has to act who had not to act before."""
        return _needs(self.after) and not (self.before and _needs(self.before))

    @property
    def closes(self) -> bool:
        """Return True if nobody has to act any more."""
        return self.before is not None and _needs(self.before) and not _needs(self.after)


@dataclass(frozen=True)
class CatalogueChange:
    """What an update changes for one appliance.

    :ivar entries: those whose verdict changes, the most urgent first
    """

    before: ApplianceVerdict
    after: ApplianceVerdict
    entries: tuple[EntryChange, ...]

    @property
    def effect(self) -> Effect:
        opened = [one for one in self.entries if one.opens]
        if any(one.after.verdict.word is not VerdictWord.UNKNOWN for one in opened):
            return Effect.MORE if self.before.verdict.exit_code != OK else Effect.MUST_ACT
        if opened:
            return Effect.UNKNOWN
        if any(one.closes for one in self.entries):
            return Effect.DONE if self.after.verdict.exit_code == OK else Effect.LESS
        is_same = not self.entries and self.before.verdict.next_action == self.after.verdict.next_action
        return Effect.SAME if is_same else Effect.OTHER


def catalogue_change(before: ApplianceVerdict, after: ApplianceVerdict) -> CatalogueChange:
    """Return what changes from one catalogue to another, over the same reads of an appliance.

    A change of the reason alone, such as the day of an exploit, is none: the word or whether somebody has to act must change. An entry that is new and
    concerns nobody here is none either.
    """
    old = {one.entry.id: one for one in before.entries}
    changed = [EntryChange(old.get(one.entry.id), one) for one in after.entries]
    return CatalogueChange(before, after, tuple(one for one in changed if _differs(one)))


def _differs(one: EntryChange) -> bool:
    if one.before is None:
        return _needs(one.after)
    return (one.before.verdict.word, _needs(one.before)) != (one.after.verdict.word, _needs(one.after))


def _needs(one: EntryVerdict) -> bool:
    """Return True if somebody has to act. What is opted out of or acknowledged has exit code 0."""
    return one.verdict.exit_code != OK
