# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The result of a verb that changes an appliance: what all such verbs return is declared here. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from ...appliance.nitro.connection import Connection
from ...appliance.objects.steps import Step
from ...foundation.json_values import given, written
from ...foundation.protection_change import decided_text
from ...judgement.proof.verdict_table import VerdictWord
from ..common.failed_result import KEPT_OF_A_FAILURE, VERDICTS_OF_A_RESULT
from ..common.result import Result
from .preview_parts import taken_away_text
from .provenance_report import Sources, provenance_of
from .result_parts import appliance_of


@written(
    given("measure"),
    given("seal"),
    given("steps"),
    given("inverse"),
    given("provenance"),
    "record",
    given("requests"),
    appliance=lambda result: appliance_of(result.connection),
)
@dataclass(frozen=True, kw_only=True)
class ChangeResult(Result):
    """The result in one admin partition, or in all of them.

    :ivar measure: what is changed; None where the verb says it
    :ivar seal: of the plan; None for a verb whose own values have it, or that has none
    :ivar steps: None for a verb that changes nothing of the configuration
    :ivar sources: where the values of the steps come from
    :ivar record: the name of the change record; "" without one
    :ivar requests: how many were sent; None for a verb that counts none
    """

    connection: Connection
    record: str
    measure: str | None = None
    seal: str | None = None
    requests: Mapping[str, int] | None = None
    steps: Sequence[Step] | None = None
    sources: Sources = field(default_factory=dict)
    kept: Collection[str] | None = field(default=KEPT_OF_A_FAILURE, repr=False)

    @property
    def inverse(self) -> list[str] | None:
        """The lines that undo the steps."""
        return None if self.steps is None else [line for step in reversed(self.steps) for line in step.inverse.lines()]

    @property
    def provenance(self) -> list[dict[str, Any]] | None:
        """The records that the steps come from."""
        return None if self.steps is None else provenance_of(self.steps, self.sources)

    def with_decision(self, who: str, reason: str, *, planned: bool) -> Self:
        """Return it with the person who decided that protection is taken away, also in its message."""
        lost = self.own.get("takes_away", ())
        decided = decided_text(who, reason) if lost else ""
        own = {**self.own, "decided": decided}
        if self.problem and not self.changed:
            return replace(self, own=own)
        said = taken_away_text(lost, who, reason, planned=planned, failed=bool(self.problem))
        if not self.problem:
            return replace(self, msg=f"{self.msg}{said}", own=own)
        problem = f"{self.problem.removesuffix('.')}{said}" if said else self.problem
        return replace(self, msg=problem, problem=problem, own=own)

    def without_unproven(self) -> Self:
        """Return the result of a run that was refused because somebody has changed the appliance since its plan.

        This run has sent no probe, so what another run has put there meanwhile, and proves itself, is not called "applied, unproven".
        """
        word = (self.own.get("verdict") or {}).get("word")
        return self.without(*VERDICTS_OF_A_RESULT) if word == VerdictWord.UNPROVEN else self
