# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Declares apply, which brings a measure in, proves it, and saves it."""

from ...change.approvals.rule import WHOLE_CATALOGUE, ApprovalRule
from ...policies.rights import CHANGE, MANAGEMENT_READS, SET_AUDIT_LOG, Extra, Right, Use, rights
from ..common.verb import Rights, Shown, Sliced, Verb, Writes

VERB = Verb(
    name="apply",
    tasks={"apply": Shown.ON_PAGE},
    role="measure",
    writes=Writes.CONFIGURATION,
    rights=Rights(
        own=CHANGE,
        of_measures=Use.CHANGES,
        extras={
            Extra.AUDIT_LOG: SET_AUDIT_LOG,
            Extra.NODE_LOCAL: MANAGEMENT_READS,
            # Command reference: reboot, force HA failover. When a node was started says stat ns.
            Extra.NODE_LOCAL_REBOOT: (Right("reboot", ""), *rights("force", "ha failover"), *rights("stat", "ns")),
        },
    ),
    approvals=ApprovalRule(("apply",), of_measures=(WHOLE_CATALOGUE,)),
    waits_for_jobs=True,
    sliced=Sliced.CHANGES,
    proven_again={"probes": "few", "fail_at": 2},
    is_rolled_out=True,
    whole_catalogue_for=(WHOLE_CATALOGUE,),
)
