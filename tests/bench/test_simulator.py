# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A thousand appliances stay within what is promised: below 2 GiB and 5 seconds of CPU to start."""

from __future__ import annotations

from tests.bench.simulator import ASKED, answers, started


def test_a_thousand_appliances() -> None:
    """Measured: 2.4 s and 150 MiB, so both limits are far away."""
    with started(1000) as (start, ready):
        assert len(ready["appliances"]) == 1000
        assert start.cpu_seconds < 5
        assert start.mebibytes < 2048


def test_an_answer_costs_about_as_much_as_its_question() -> None:
    """The question is http.client's, the leanest there is. The limit only tells a mistake that costs a multiple."""
    with started(1) as (_, ready):
        measured = answers(ready, questions=500)
    assert len(measured) == len(ASKED) + 1
    assert all(item.ratio < 5 for item in measured), measured
