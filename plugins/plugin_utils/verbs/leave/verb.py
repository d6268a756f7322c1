# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Declares leave, which lists what of ours is left on each appliance, and removes it."""

from ...change.approvals.rule import ApprovalRule
from ...policies.rights import CHANGE, SET_AUDIT_LOG, Extra, Use
from ..common.verb import Rights, Shown, Verb, Writes

VERB = Verb(
    name="leave",
    tasks={"leave": Shown.ON_PAGE},
    writes=Writes.CONFIGURATION,
    rights=Rights(own=CHANGE, of_measures=Use.CHANGES, extras={Extra.AUDIT_LOG: SET_AUDIT_LOG}),
    approvals=ApprovalRule(("leave",), harmless=("remove", False)),
    waits_for_jobs=True,
    judges_nothing=True,
    report="leave_result.report",
)
