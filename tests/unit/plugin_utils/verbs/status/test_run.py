# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""With which verdicts a status fails, alone and as a step of a rollout."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import Mode
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.verdict_table import VerdictWord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.status.run import is_failed

EVERY = [*VerdictWord]


@pytest.mark.parametrize("word", EVERY)
@pytest.mark.parametrize("mode", [*Mode])
def test_alone_it_fails_from_the_exit_code_on_whatever_the_word(word: VerdictWord, mode: Mode) -> None:
    for code, fails in ((0, False), (1, False), (2, True), (3, True)):
        assert is_failed({"word": word, "exit_code": code}, mode, fail_at=2, is_rollout=False) is fails


@pytest.mark.parametrize("mode", [*Mode])
def test_a_rollout_goes_on_with_what_it_was_told_to_bring_in_and_with_nothing_else(mode: Mode) -> None:
    passing = {
        word for word in EVERY if not is_failed({"word": word, "exit_code": 2}, mode, fail_at=1, is_rollout=True)
    }
    assert passing == {VerdictWord.STOP_GAP} | ({VerdictWord.NOT_BLOCKING} if mode is Mode.OBSERVE else set())
