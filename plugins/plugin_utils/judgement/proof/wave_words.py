# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The words with which a rollout of apply goes on to its next wave: those that the run was to bring. Pure.

:data:`ROWS` is the one table: by what the run was told, the words that it may end with besides :data:`BROUGHT`.
``docs/reference/verdicts.md`` has it, and a test keeps the two equal.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from .verdict_table import OK, Verdict, VerdictWord

BROUGHT = (
    *(VerdictWord.MITIGATED, VerdictWord.ENFORCING, VerdictWord.REDUCES_EXPOSURE, VerdictWord.MITIGATED_BY_OTHERS),
    *(VerdictWord.OBSERVING, VerdictWord.ON_TIME, VerdictWord.NOT_ASKED_FOR),
    *(VerdictWord.FIXED, VerdictWord.LEFT_BEHIND, VerdictWord.NOT_AFFECTED),
)
"""The words that every apply may end with."""


class Told(StrEnum):
    """What a run was told besides to apply, in words."""

    OBSERVE = "`mitigation_mode: observe`"
    NO_PROBE_PROVES = "a measure that no request of ours can prove, such as a geoblock"
    WITHOUT_PROOF = "`save: always`"
    WITHOUT_SAVE = "`save: never`, or `unsaved: apply_without_save` where others have unsaved changes"
    FORCE = "`measure_force: true`"
    STOP_GAP = "`stop_gap: true`"


ROWS: dict[Told, tuple[VerdictWord, ...]] = {
    Told.OBSERVE: (VerdictWord.NOT_BLOCKING,),
    Told.NO_PROBE_PROVES: (VerdictWord.UNPROVEN,),
    Told.WITHOUT_PROOF: (VerdictWord.UNPROVEN, VerdictWord.CLOSED, VerdictWord.CLOSED_OVERDUE),
    Told.WITHOUT_SAVE: (VerdictWord.NOT_SAVED,),
    Told.FORCE: (VerdictWord.INEFFECTIVE,),
    Told.STOP_GAP: (VerdictWord.STOP_GAP,),
}


@dataclass(frozen=True)
class WaveRule:
    """The rule by which the next wave begins.

    :ivar told: what the run was told
    """

    told: Collection[Told] = ()

    def goes_on(self, verdict: Verdict) -> bool:
        """Return True if the run has brought what it was to bring, or a person has acknowledged the warning that is left."""
        more = (word for told in self.told for word in ROWS[told])
        return verdict.word in (*BROUGHT, *more) or verdict.exit_code == OK
