# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Declares retire, which removes a mitigation that is no longer needed: every node has the fix."""

from ...change.approvals.rule import ApprovalRule
from ...policies.rights import CHANGE, SET_AUDIT_LOG, Extra, Use
from ..common.verb import EVERY_MEASURE, Absent, Rights, Shown, Verb, Writes

VERB = Verb(
    name="retire",
    tasks={"retire": Shown.ON_PAGE},
    writes=Writes.CONFIGURATION,
    rights=Rights(own=CHANGE, of_measures=Use.CHANGES, extras={Extra.AUDIT_LOG: SET_AUDIT_LOG}),
    approvals=ApprovalRule(("retire",)),
    waits_for_jobs=True,
    is_rolled_out=True,
    absent=Absent.KEEPS_NOBODY,
    stays="NOT RETIRED",
    whole_catalogue_for=EVERY_MEASURE,
    message_first=True,
)
