# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Declares reopen, which opens what a lockdown or a closing closed."""

from ...change.approvals.rule import ApprovalRule
from ...policies.rights import CLOSING, CONFIGURATION, MEASURE, SWITCH, Extra, rights
from ..common.verb import EVERY_MEASURE, Rights, Shown, Sliced, Verb, Writes

VERB = Verb(
    name="reopen",
    tasks={"reopen": Shown.ON_PAGE},
    role="lockdown",
    writes=Writes.CONFIGURATION,
    rights=Rights(
        own=(*SWITCH, *MEASURE, *rights("show", "ns license, policy evaluation")),
        extras={
            Extra.CLOSING_STEPS: CLOSING,
            # It leaves out the weaknesses that the configuration cannot have, as the exposure ledger does.
            Extra.WHOLE_CATALOGUE: CONFIGURATION,
        },
    ),
    approvals=ApprovalRule(("reopen",)),
    sliced=Sliced.OPENS,
    is_rolled_out=True,
    needs_scope=True,
    whole_catalogue_for=EVERY_MEASURE,
    message_first=True,
    decision=("reason", "ticket", "who"),
)
