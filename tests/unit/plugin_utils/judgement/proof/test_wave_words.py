# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""With which words the next wave begins: by the table of docs/reference/verdicts.md, word by word."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.verdict_table import (
    VERDICTS,
    Verdict,
    VerdictWord,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.wave_words import (
    BROUGHT,
    ROWS,
    Told,
    WaveRule,
)

DOC = (Path(__file__).parents[5] / "docs" / "reference" / "verdicts.md").read_text(encoding="utf-8")
STOPS = {
    *(
        "blocked, unexplained",
        "ineffective on this build",
        "exposed",
        "observe, not blocking",
        "not in place",
        "unknown",
    ),
    *("drifted", "partly", "closed, decision overdue", "closed", "applied, unproven", "applied, not saved"),
    *("superseded", "late", "reduces exposure, not by the vendor"),
}


def verdict(word: VerdictWord, exit_code: int | None = None) -> Verdict:
    return Verdict(word, "", "", VERDICTS[word].exit_code if exit_code is None else exit_code)


def stopping(*told: Told) -> set[str]:
    return {str(word) for word in VERDICTS if not WaveRule(told).goes_on(verdict(word))}


def test_the_page_is_the_table() -> None:
    every = ", ".join(f"`{word}`" for word in BROUGHT)
    rows = ["| the run was told | a wave goes on with |", "|---|---|", f"| nothing besides the measure | {every} |"]
    rows += [f"| {told} | also {', '.join(f'`{word}`' for word in ROWS[told])} |" for told in Told]
    assert "\n".join(rows) + "\n" in DOC


def test_an_enforcing_apply_stops_with_whatever_does_not_protect() -> None:
    assert stopping() == STOPS


@pytest.mark.parametrize(
    ("told", "more"),
    [
        (Told.OBSERVE, {"observe, not blocking"}),
        (Told.STOP_GAP, {"reduces exposure, not by the vendor"}),
        (Told.NO_PROBE_PROVES, {"applied, unproven"}),
        (Told.WITHOUT_PROOF, {"applied, unproven", "closed", "closed, decision overdue"}),
        (Told.WITHOUT_SAVE, {"applied, not saved"}),
        (Told.FORCE, {"ineffective on this build"}),
    ],
)
def test_what_the_run_was_told_is_what_it_was_to_bring(told: Told, more: set[str]) -> None:
    assert STOPS - stopping(told) == more


def test_a_warning_that_a_person_has_acknowledged_goes_on() -> None:
    assert WaveRule().goes_on(verdict(VerdictWord.UNPROVEN, exit_code=0))
