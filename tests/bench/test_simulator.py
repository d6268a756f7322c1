# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The bench of the simulator runs, and a thousand appliances fit into 2 GiB.

CPU is not judged here, since it depends on what else a machine does: tests/unit/simulator/server/test_calls.py counts the calls that a start, a
question and a session take, and `make bench` measures.
"""

from __future__ import annotations

import pytest

from tests.bench.simulator import ASKED, answers, sessions, started


@pytest.mark.only_in_all
def test_a_thousand_appliances() -> None:
    """Measured: 145 MiB."""
    with started(1000) as (start, ready):
        assert len(ready["appliances"]) == 1000
        assert start.mebibytes < 2048


def test_every_answer_is_measured() -> None:
    with started(1) as (_, ready):
        measured = answers(ready, questions=20)
    assert len(measured) == len(ASKED) + 1
    assert all(item.question_us > 0 and item.answer_us > 0 for item in measured)


def test_sessions_are_measured() -> None:
    with started(20) as (_, ready):
        measured = sessions(ready, rounds=1)
    assert measured.question_us > 0
    assert measured.answer_us > 0
