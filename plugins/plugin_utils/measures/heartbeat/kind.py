# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Declares the heartbeat. Values only."""

from datetime import timedelta

from ...catalogue.measure_traits import CourseMeaning, ProvenBy, Proving, Recurring, Saving, Traits, Writing
from ...change.records.record_states import READ_BACK
from ..hit_meaning import EXPECTED
from ..kind import Kind

ID = "heartbeat"
LATE_AFTER = timedelta(hours=26)
"""A run a day, and two hours for a run that starts or ends later than the day before."""
TRAITS = Traits(
    writing=Writing(needed_features=frozenset({"RESPONDER"})),
    proving=Proving(by=ProvenBy.READ_BACK, judges_requests=False, record_state=READ_BACK),
    saving=Saving(is_saved=False),
    course=CourseMeaning(
        protects=False,
        recurring=Recurring(
            noun=ID,
            late_after=LATE_AFTER,
            cannot="it cannot beat here",
            still_there="its policy is still there, so that no run brings it in again",
            changed="its policy is not as it was sent",
        ),
    ),
)

KINDS = (Kind(id=ID, place=8, loader=".heartbeat.measure:load_heartbeat", traits=TRAITS, hits=EXPECTED, raised_by=""),)
