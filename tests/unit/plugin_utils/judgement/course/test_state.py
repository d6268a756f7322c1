# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One table says what a word means, it has every word, and no other place says it again."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.state import (
    MEANINGS,
    OF_WORD,
    State,
    meaning_of,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.verdict_table import (
    VERDICTS,
    VerdictWord,
)

from tests.architecture.graph import PLUGIN_UTILS, ROOT
from tests.parsed import parsed

PROTECT = {State.MITIGATED, State.CLOSED, State.FIXED, State.NOT_AFFECTED}
ALLOWED = {
    "judgement/proof/wave_words.py",  # with which words a rollout goes on, which a page of the reference has
}
"""The modules with a collection that holds a word that protects."""


def test_every_state_and_every_word_has_its_meaning() -> None:
    assert {*MEANINGS} == {*State}
    assert {*OF_WORD} == {*VerdictWord} == {*VERDICTS}
    assert {state for state in State if state.protects} == PROTECT


@pytest.mark.parametrize("word", ["reduces exposure", "reduces exposure, not by the vendor", "observing", "observe, not blocking",
                                  "applied, unproven", "partly", "closed", "ineffective on this build", "mitigated, not managed by us",
                                  "drifted", "superseded"])  # fmt: skip
def test_what_observes_reduces_or_is_not_proven_ends_no_exposure(word: str) -> None:
    assert not meaning_of(word).state.protects


def test_a_word_that_this_version_does_not_know_says_nothing() -> None:
    found = meaning_of("mitigated twice")
    assert (found.state, found.state.protects, found.holds_proof) == (State.UNKNOWN, False, False)
    assert (meaning_of("").state, meaning_of("").holds_proof) == (State.UNPROVEN, True)


STOPPING = {
    *(word.name for word, meaning in OF_WORD.items() if meaning.state.stops),
    *(state.name for state in State if state.stops),
}


def _lists_of_stopping_words(path: Path) -> list[int]:
    """Return the lines of tuples, lists and sets that hold two words or states with which an attack is stopped."""
    found = []
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Tuple | ast.List | ast.Set):
            named = [one for one in node.elts if isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name)]
            names = {one.attr for one in named if one.value.id in ("VerdictWord", "State")}  # type: ignore[attr-defined]
            if len(names & STOPPING) > 1:
                found.append(node.lineno)
    return found


def test_no_other_module_has_a_list_of_the_words_that_protect() -> None:
    base = ROOT / PLUGIN_UTILS.folder
    found = {path.relative_to(base).as_posix(): _lists_of_stopping_words(path) for path in sorted(base.rglob("*.py"))}
    assert {name for name, lines in found.items() if lines} == ALLOWED
