# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Declares rollback, which removes a measure, or undoes the last run."""

from ...change.approvals.rule import ApprovalRule
from ...policies.rights import CHANGE, SET_AUDIT_LOG, Extra, Use
from ..common.verb import Absent, Rights, Shown, Sliced, Verb, Writes

VERB = Verb(
    name="rollback",
    tasks={"rollback": Shown.ON_PAGE},
    writes=Writes.CONFIGURATION,
    rights=Rights(own=CHANGE, of_measures=Use.CHANGES, extras={Extra.AUDIT_LOG: SET_AUDIT_LOG}),
    approvals=ApprovalRule(("rollback",)),
    waits_for_jobs=True,
    sliced=Sliced.CHANGES,
    is_rolled_out=True,
    absent=Absent.KEEPS_OTHERS_IF_WRITTEN,
    stays="NOT WRITTEN TO by the undone run, as far as the records here say:",
    message_first=True,
)
