# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""When an apply ends with a proof that it had and has no more."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.verdict_table import VerdictWord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.apply_failure import proof_is_lost

PROVEN, UNPROVEN, EXPOSED = VerdictWord.MITIGATED, VerdictWord.UNPROVEN, VerdictWord.EXPOSED


@pytest.mark.parametrize(
    ("now", "own", "others", "is_lost"),
    [
        (UNPROVEN, [PROVEN], [], True),
        (UNPROVEN, [UNPROVEN, PROVEN], [], True),
        (UNPROVEN, [PROVEN, UNPROVEN], [], False),
        (UNPROVEN, [UNPROVEN], [], False),
        (UNPROVEN, [], [], False),
        (UNPROVEN, [None], [], False),
        (UNPROVEN, [], [PROVEN], False),
        (EXPOSED, [PROVEN], [], False),
        (PROVEN, [UNPROVEN], [], False),
    ],
)
def test_a_proof_of_this_run_is_lost_where_its_last_record_had_one(
    now: VerdictWord, own: list[VerdictWord | None], others: list[VerdictWord], is_lost: bool
) -> None:
    def records(run: str, words: Any) -> list[Any]:
        proofs = [None if word is None else SimpleNamespace(verdict=word) for word in words]
        return [SimpleNamespace(run=run, proof=proof) for proof in proofs]

    known = [*records("ours", own), *records("other", others)]
    facts: Any = SimpleNamespace(parameters=SimpleNamespace(run="ours"), records=SimpleNamespace(known=known))
    verdict: Any = SimpleNamespace(word=now)
    assert proof_is_lost(facts, verdict) == is_lost
