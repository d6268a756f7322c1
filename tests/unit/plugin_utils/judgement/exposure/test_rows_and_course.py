# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The dates of a row and its course say the same of the end, over random histories; the course says more of the time before."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.builds import Build
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.hunt_result import HuntResult
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.state import State
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.today import Today
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure.history import ledger_rows
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure.ledger_row import LedgerRow

from tests import sample
from tests.unit.plugin_utils.judgement.course.stories import NOW
from tests.unit.plugin_utils.judgement.course.test_fold import history
from tests.unit.plugin_utils.judgement.exposure.test_history import BAD, DEAF, ENTRY, GOOD, box

DAYS = (date(2020, 3, 1), date(2026, 11, 28))


def rows_of(seed: int) -> LedgerRow:
    rng = random.Random(seed)
    records, build, as_of = history(rng), rng.choice([BAD, BAD, DEAF, GOOD]), rng.choice(DAYS)
    drift = {ENTRY.id: (State.DRIFTED, "it is unbound")} if rng.random() < 0.2 else {}
    today = Today(NOW, {"10.0.0.1": Build.parse(build)}, drift=drift)
    (row,) = ledger_rows(box(), [ENTRY], records, today, HuntResult(), as_of)
    return row


@pytest.mark.parametrize("seed", range(sample.examples(80)))
def test_the_row_says_of_the_end_what_the_course_says(seed: int) -> None:
    row = rows_of(seed)
    now = row.course[-1]
    assert all(one.until == other.since for one, other in zip(row.course, row.course[1:], strict=False)), "a gap"
    assert all(one.end is None or one.start < one.end for one in row.course)
    if row.is_fixed:
        assert (now.state, now.since) == (State.FIXED, row.fixed) or row.fixed.is_before(now.since)
        return
    expected = row.measure.word if row.measure.word is not State.NONE else State.EXPOSED
    assert now.state is expected, (now, row.measure)
    assert row.proven.is_known is (now.state is State.MITIGATED)
    if now.state is State.MITIGATED and not any("clock" in text for text in row.conflicts):
        assert now.since.time is not None
        assert row.proven.time is not None
        assert abs(now.since.time - row.proven.time) < timedelta(minutes=1) or row.mitigated.is_before(now.since)
