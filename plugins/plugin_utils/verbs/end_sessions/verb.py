# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Declares end_sessions, which ends the sessions that could have been stolen before the fix."""

from ...change.approvals.rule import ApprovalRule
from ...policies.rights import LOG_ON, RECORDS, Objects, rights
from ..common.verb import Rights, Shown, Verb, Writes

VERB = Verb(
    name="end_sessions",
    tasks={"end_sessions": Shown.ON_PAGE},
    writes=Writes.SESSIONS,
    rights=Rights(
        own=(
            *LOG_ON,
            *RECORDS,
            *rights("show", "ns partition"),
            *rights("add rm", "system file", Objects.RECORDS),
            *rights("show kill", "aaa session, vpn icaConnection, vpn pcoipConnection, rdp connections"),
            *rights("show clear", "lb persistentSessions"),
        )
    ),
    approvals=ApprovalRule(("end_sessions",)),
    waits_for_jobs=True,
    is_rolled_out=True,
)
