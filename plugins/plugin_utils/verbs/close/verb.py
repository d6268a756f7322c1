# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Declares close, which closes access by one step of the ladder."""

from ...change.approvals.rule import ApprovalRule
from ...policies.rights import (
    CLOSING,
    EVALUATION,
    FORESIGHT,
    LOGS,
    MEASURE,
    SWITCH,
    VSERVERS,
    WHOSE_HITS,
    Extra,
    Objects,
    rights,
)
from ..common.verb import Rights, Shown, Sliced, Verb, Writes

VERB = Verb(
    name="close",
    tasks={"close": Shown.ON_PAGE},
    writes=Writes.CONFIGURATION,
    rights=Rights(
        own=(*SWITCH, *rights("stat", f"{VSERVERS}, aaa")),
        extras={
            # who logged on in the last week
            Extra.FETCH_LOGS: (*LOGS, *rights("show", "audit syslogParams")),
            # The steps partners and notice; the others need what their measure needs.
            Extra.CLOSING_STEPS: (
                *(right for right in MEASURE if right.noun != "audit syslogParams"),  # they have no log action
                *FORESIGHT,
                *EVALUATION,
                *CLOSING,
                *WHOSE_HITS,
                *rights("set", "responder action", Objects.OURS),
            ),
        },
    ),
    approvals=ApprovalRule(("close", "lockdown")),
    sliced=Sliced.CLOSES,
    is_rolled_out=True,
    is_drilled=True,
    needs_scope=True,
    message_first=True,
    decision=("reason", "ticket", "who", "expires"),
)
