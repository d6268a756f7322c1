# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which run that did not come to its end may have opened what the records call closed."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.closed_time import still_closed
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.sibling_openings import (
    NOT_ENDED,
    MaybeOurs,
    may_have_opened,
)

from tests.unit.plugin_utils.change.records.test_closed_time import GW, SHOP, STEP, closing, opening, switching

SENT, PLANNED = [{**STEP, "state": "sent"}], [{**STEP, "state": "planned"}]
OFF_SENT = [{**one, "state": "sent"} for one in switching("reopen", 10).content.values["steps"]]
OTHER_STEP = {"step": "partners", "closes": [], "opens": [GW]}
NOTICE, OFF = closing(8, GW), switching("lockdown", 8)


@pytest.mark.parametrize(
    ("closed", "died", "may_be"),
    [
        (NOTICE, opening(10, GW, outcome="open", steps=SENT), True),
        (NOTICE, opening(10, GW, outcome="failed", steps=SENT), True),
        (NOTICE, opening(10, GW, outcome="open", steps=PLANNED), False),
        (NOTICE, opening(10, SHOP, outcome="open", steps=SENT), False),
        (NOTICE, opening(10, GW, outcome="open", steps=SENT, closing=OTHER_STEP), False),
        (NOTICE, opening(6, GW, outcome="open", steps=SENT), False),
        (NOTICE, opening(10, kind="rollback", outcome="open", steps=SENT, undoes=["08.json"]), True),
        (NOTICE, opening(10, kind="rollback", outcome="open", steps=SENT, undoes=["07.json"]), False),
        (OFF, switching("reopen", 10, outcome="open", steps=OFF_SENT), True),
    ],
)
def test_a_run_that_did_not_come_to_its_end_may_have_opened_what_it_was_to_open(
    closed: ChangeRecord, died: ChangeRecord, may_be: bool
) -> None:
    """Seen: open by no run of ours."""
    records = [closed, died]
    found = may_have_opened(records, still_closed(records))
    assert [*found.values()] == ([MaybeOurs(died.name.removesuffix(".json"), NOT_ENDED)] if may_be else [])


def test_a_run_that_follows_the_closing_may_have_opened_it_whatever_its_clock_says() -> None:
    died = opening(2, GW, outcome="open", steps=SENT, previous=[{"name": "08.json", "sha256": "0" * 64}])
    records = [NOTICE, died]
    assert len(may_have_opened(records, still_closed(records))) == 1
