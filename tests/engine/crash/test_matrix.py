# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every story x every request x every failure: the next run ends in the old or in the new state, never between."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator

import pytest

from simulator import Simulator
from tests.engine.crash.matrix import BOX, FAILURES, STORIES, SWITCHES, Theatre, check

STRIDE = int(os.environ.get("CRASH_STRIDE", "7"))


@pytest.fixture(scope="module")
def theatre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Theatre]:
    with Simulator({"switches": SWITCHES, "appliances": {"box": copy.deepcopy(BOX)}}) as simulator:
        yield Theatre(simulator, tmp_path_factory.mktemp("theatre"))


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("story", STORIES)
def test_ends_in_the_old_or_the_new_state(theatre: Theatre, story: str, failure: str) -> None:
    """`make crash` plays all of them; else each failure hits other requests of the story."""
    offset = list(FAILURES).index(failure)
    assert check(theatre, STORIES[story], FAILURES[failure], stride=STRIDE, offset=offset) == []
