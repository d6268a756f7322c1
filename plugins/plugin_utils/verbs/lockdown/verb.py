# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Declares lockdown, which closes all external access: close with the step off."""

from ...change.approvals.rule import ApprovalRule
from ...policies.rights import SWITCH, VSERVERS, rights
from ..common.verb import Rights, Shown, Sliced, Verb, Writes

VERB = Verb(
    name="lockdown",
    tasks={"lockdown": Shown.ON_PAGE},
    writes=Writes.CONFIGURATION,
    rights=Rights(own=(*SWITCH, *rights("stat", f"{VSERVERS}, aaa"))),
    approvals=ApprovalRule(("lockdown", "close")),
    sliced=Sliced.CLOSES,
    is_rolled_out=True,
    needs_scope=True,
    message_first=True,
    decision=("reason", "ticket", "who", "expires"),
)
