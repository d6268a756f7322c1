# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What weighs on a customer, in a few words, the largest impact first: the call list and the duties say the same. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from ...judgement.course.loss import LossCause
from .facts import CustomerFacts, FactKind

IMPACT: Mapping[FactKind, str] = {
    FactKind.BROKEN_IN: "BROKEN INTO",
    FactKind.ATTACK_SEEN: "attacked, outcome unknown",
    FactKind.INEFFECTIVE: "measure does not work",
    FactKind.TAKEN_OFF: "measure taken off",
    FactKind.OBSERVING: "measure only watches",
    FactKind.PROTECTION_ENDED: "protection ended",
    FactKind.EXPOSED: "attack may succeed",
    FactKind.TRACES_UNCLEAR: "traces to look at",
    FactKind.CLOSED: "closed",
    FactKind.CLOSED_NOTICE: "closed, with a page",
    FactKind.CLOSED_PARTNERS: "open to partners only",
    FactKind.CLOSED_COUNTRIES: "countries blocked",
    FactKind.CLOSED_PATHS: "listed paths only",
    FactKind.NOT_PROVEN: "measure not proven",
    FactKind.STOP_GAP: "measure not from the vendor",
    FactKind.REDUCES: "measure can be bypassed",
    FactKind.MANAGEMENT_EXPOSED: "management address open",
    FactKind.ONE_NOT_FIXED: "one of a pair not fixed",
    FactKind.NOT_KNOWN: "state not known",
    FactKind.MANAGEMENT_NOT_KNOWN: "management not known",
    FactKind.LOGS_TOO_SHORT: "logs too short",
    FactKind.NOT_SEARCHED: "traces not searched",
    FactKind.SHOWN_AS_OFF: "shown as off, not proven",
    FactKind.ACCESS_NOT_KNOWN: "open or closed not known",
}
"""By fact, the words for it, the largest impact first."""
IN_PART = ", in part"
MAY_HAVE_ENDED = "protection not known"


def words_of(kind: FactKind, known: CustomerFacts) -> str:
    """Return the words for a kind that lasts: of a closing of nothing but parts of services, that it is one; of a protection that may have ended, too."""
    lasting = [fact for fact in known.of(kind) if fact.until is None]
    if kind is FactKind.PROTECTION_ENDED and lasting and all(fact.cause is LossCause.NOT_KNOWN for fact in lasting):
        return MAY_HAVE_ENDED
    return f"{IMPACT[kind]}{IN_PART if lasting and all(fact.part for fact in lasting) else ''}"


def pressing(known: CustomerFacts) -> list[tuple[FactKind, int]]:
    """Return the kinds of :data:`IMPACT` that last, with the number of services of each."""
    return [
        (kind, len({fact.place for fact in found}))
        for kind in IMPACT
        if (found := [fact for fact in known.of(kind) if fact.until is None])
    ]
