# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A changed line of a saved configuration is ours only where a run of ours can have made it, at that time and at that object."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.ourselves import ZONES, Ourselves
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.own_runs import UNFINISHED, OwnRun

BEGAN = datetime(2026, 9, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def is_ours(one: OwnRun, after: datetime, by: datetime) -> bool:
    """Tell whose a change is that is in the save of one time, and not in the one before it."""
    naive = [time.astimezone(UTC).replace(tzinfo=None) for time in (after, by)]
    return Ourselves("gw", runs=(one,)).saved_change("responderpolicy tq_demo", *naive).is_ours


def run(ended: datetime | None = BEGAN + HOUR, began: datetime = BEGAN) -> OwnRun:
    return OwnRun(id="r", record="r", began=began, ended=ended, objects=("responderpolicy tq_demo",))


@pytest.mark.parametrize(
    ("one", "after", "by", "is_between"),
    [
        (run(), BEGAN - HOUR, BEGAN + 2 * HOUR, True),
        # the clock of a node may be a day off
        (run(), BEGAN + HOUR + ZONES, BEGAN + 9 * ZONES, True),
        (run(), BEGAN + HOUR + ZONES + HOUR, BEGAN + 9 * ZONES, False),
        (run(), BEGAN - 9 * ZONES, BEGAN - ZONES, True),
        (run(), BEGAN - 9 * ZONES, BEGAN - ZONES - HOUR, False),
        # a run whose end is not known may have gone on for so long, and no longer
        (run(ended=None), BEGAN + UNFINISHED + ZONES, BEGAN + UNFINISHED + 9 * ZONES, True),
        (run(ended=None), BEGAN + UNFINISHED + ZONES + HOUR, BEGAN + UNFINISHED + 9 * ZONES, False),
    ],
)
def test_a_change_is_ours_while_a_run_can_have_made_it(
    one: OwnRun, after: datetime, by: datetime, is_between: bool
) -> None:
    assert is_ours(one, after, by) is is_between


def test_the_zone_of_the_control_node_counts() -> None:
    """12:00 at +11:00 is 01:00 UTC: eleven hours decide at the edge."""
    far = timezone(timedelta(hours=11))
    began = datetime(2026, 9, 20, 12, tzinfo=far)
    one = run(began=began, ended=began)
    utc = began.astimezone(UTC)
    assert is_ours(one, utc - 9 * ZONES, utc - ZONES)
    assert not is_ours(one, utc + ZONES + HOUR, utc + 9 * ZONES)
