# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The words for one management address, and what each means for its state. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from .state import State

ADDRESSES = "management_addresses"
"""The key of a proof with the answers of the management addresses."""

LETS_PAST = "lets_past"
"""The key of an answer where the reason is a policy of others that leads attacks past ours, at the virtual servers too."""
MAY_LET_PAST = "may_let_past"
"""Likewise where it leads them into a label, which is not read: nothing is proven behind it."""

MANAGEMENT = "management address of "
"""How the text of a verdict begins that says what is not covered at one."""


class Coverage(StrEnum):
    """The state of one management address, the worst first."""

    NOT_COVERED = "NOT covered"
    AFTER_REBOOT = "NOT covered until the next reboot"
    ONLY_COUNTS = "NOT covered: our rule only counts"
    """The start-up file has the line, and the requests passed: a rule that only counts lets them pass wherever it is evaluated."""
    IN_FRONT = "NOT covered: look at the policies in front of ours"
    """The start-up file has the line, the requests passed, and a policy of others in front of ours lets attacks past, or may: no reboot mends that."""
    PARTLY = "partly covered"
    """Stopped, and somebody else's policy in front of ours lets attacks past that no request of ours shows, or may: it was not read."""
    UNKNOWN = "unknown"
    UNTIL_REBOOT = "covered until the next reboot"
    COVERED = "covered"


_STATES: Mapping[str, State] = {
    Coverage.NOT_COVERED: State.EXPOSED,
    Coverage.AFTER_REBOOT: State.EXPOSED,
    Coverage.ONLY_COUNTS: State.OBSERVING,
    Coverage.IN_FRONT: State.EXPOSED,
    Coverage.PARTLY: State.PARTLY,
    Coverage.UNTIL_REBOOT: State.NOT_SAVED,
    Coverage.COVERED: State.MITIGATED,
}


def state_of(coverage: str) -> State:
    """Return the state of an address; unknown for a word that this version does not know."""
    return _STATES.get(coverage, State.UNKNOWN)
