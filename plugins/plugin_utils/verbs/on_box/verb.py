# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Declares on_box, which lets a script on each node of an old appliance report new and changed files."""

from ...change.approvals.rule import ApprovalRule
from ...policies.rights import LOG_ON, RECORDS, Objects, rights
from ..common.verb import Rights, Shown, Verb, Writes

VERB = Verb(
    name="on_box",
    tasks={"on_box": Shown.ON_PAGE},
    role="node_local",
    writes=Writes.NODE,
    # The shell has an account of its own; this is what the lease and the copies of the records need.
    rights=Rights(own=(*LOG_ON, *RECORDS, *rights("add rm", "system file", Objects.RECORDS))),
    approvals=ApprovalRule(("on_box",), harmless=("on_box", "status")),
)
