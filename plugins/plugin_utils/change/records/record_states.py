# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The enumerations of change records: kinds, states of steps, outcomes of runs, and states of copies."""

from enum import StrEnum


class RecordKind(StrEnum):
    """The playbook that wrote the record."""

    APPLY = "apply"
    VERIFY = "verify"
    ROLLBACK = "rollback"
    LOCKDOWN = "lockdown"
    REOPEN = "reopen"
    END_SESSIONS = "end_sessions"
    NODE_LOCAL = "node_local"


class StepState(StrEnum):
    """The state of one step: planned, then sent, then done; undone once its inverse was carried out."""

    PLANNED = "planned"
    SENT = "sent"
    DONE = "done"
    UNDONE = "undone"


SENT = (StepState.SENT, StepState.DONE)
"""Of a step that was sent and not undone: it may have been carried out."""


class Outcome(StrEnum):
    """The outcome of a run; it is open until the run ends, and stays open where the run died, until another run continues it."""

    OPEN = "open"
    CONTINUED = "continued"
    APPLIED = "applied"
    FAILED = "failed"
    REVERTED = "reverted"
    PARTLY_REVERTED = "partly reverted"


class CopyState(StrEnum):
    """The state of a copy on a node: written before the first write, or at the end of the run."""

    BEGUN = "begun"
    ENDED = "ended"


class PartitionState(StrEnum):
    """What a lockdown does with an admin partition, as its records say it."""

    SWITCHED = "switched"
    LEFT_OPEN = "left open"
    LEFT_CLOSED = "left closed"


READ_BACK = "read back"
"""The state of a proof: what the appliance shows of the virtual servers or of the configuration, and not an answer to a probe."""

HOLDS = (
    "mitigated",
    "enforcing",
    "on time",
    "reduces exposure",
    "reduces exposure, not by the vendor",
    "fixed",
    "fixed, mitigation left behind",
)
"""The words of verdicts by which a run that proved what it found did not find less than there was before. A rule that only counts is proven too, and so is
what holds for a part.
"""
