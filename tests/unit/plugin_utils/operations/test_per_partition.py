# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The verdict on an appliance by those on its partitions: a proven hole is never told as a part that is missing."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.inspection.ownership_state import Presence
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.operations.per_partition import PartitionedResult
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.proof.probes import Sign
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.proof.verdict_table import (
    VERDICTS,
    Verdict,
    VerdictWord,
)


def verdict(word: VerdictWord, reason: str = "because") -> Verdict:
    meaning = VERDICTS[word]
    return Verdict(meaning.word, reason, meaning.next_action, meaning.exit_code)


def partition(word: VerdictWord, presence: Presence, *signs: Sign, reason: str = "because") -> Any:
    proofs = tuple(SimpleNamespace(sign=sign) for sign in signs)
    return SimpleNamespace(
        verdict=verdict(word, reason), state=SimpleNamespace(presence=presence), proof=SimpleNamespace(after=proofs)
    )


def merged(problems: dict[str, str] | None = None, **partitions: Any) -> Verdict:
    return PartitionedResult(partitions, problems or {}).verdict


MITIGATED = partition(VerdictWord.MITIGATED, Presence.CURRENT, Sign.BLOCKED)


@pytest.mark.parametrize("signs", [(Sign.VULNERABLE,), (Sign.BLOCKED, Sign.VULNERABLE)])
def test_a_partition_that_is_proven_vulnerable_is_exposed(signs: tuple[Sign, ...]) -> None:
    hole = partition(VerdictWord.EXPOSED, Presence.ABSENT, *signs, reason="an attack passes")
    found = merged(default=MITIGATED, tenant=hole)
    assert (found.word, found.reason, found.exit_code) == (
        VerdictWord.EXPOSED,
        "partition tenant: an attack passes",
        VERDICTS[VerdictWord.EXPOSED].exit_code,
    )


@pytest.mark.parametrize("signs", [(), (Sign.BLOCKED,)])
def test_a_partition_that_lacks_what_others_have_is_a_part(signs: tuple[Sign, ...]) -> None:
    lacking = partition(VerdictWord.EXPOSED, Presence.ABSENT, *signs, reason="nothing is bound")
    found = merged(default=MITIGATED, tenant=lacking)
    assert (found.word, found.reason) == (VerdictWord.PARTLY, "partition tenant does not have it: nothing is bound")
    assert found.next_action == "apply.yml"


def test_where_no_partition_has_it_the_appliance_is_exposed() -> None:
    lacking = partition(VerdictWord.EXPOSED, Presence.ABSENT)
    assert merged(default=lacking, tenant=lacking).word == VerdictWord.EXPOSED


def test_a_partition_that_cannot_be_read_is_never_mitigated() -> None:
    found = merged({"tenant": "Not authorized"}, default=MITIGATED)
    assert (found.word, found.reason) == (VerdictWord.PARTLY, "partition tenant could not be read: Not authorized")
    assert found.missing == ("partition tenant could not be read: Not authorized",)
