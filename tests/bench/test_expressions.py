# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The bench of the rules runs, and says something of every rule; what it measures is not judged here."""

from __future__ import annotations

import pytest

from tests.bench.expressions import RULES, WHITELISTS, Sample, costs, main


@pytest.mark.only_in_all
def test_every_rule_is_measured() -> None:
    found = costs(sizes=(4, 5), requests=20, dataset=4)
    assert len(found) == len(RULES) + 2 * (len(WHITELISTS) + 1) + 1
    assert all(cost.a_second > 0 and cost.ratio > 0 for cost in found)


def test_the_sample_hits_the_set_sometimes_and_repeats_no_url() -> None:
    sample = Sample(30)
    patterns = list(sample.patterns(10).values())
    urls = [request.url for request in sample.requests(patterns)]
    assert len(set(urls)) == 30
    assert 10 <= sum(url.startswith(tuple(patterns)) for url in urls) < 30


@pytest.mark.only_in_all
def test_the_table_has_a_line_for_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--patterns", "4", "--requests", "5", "--ranges", "2"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1 + len(RULES) + len(WHITELISTS) + 2
