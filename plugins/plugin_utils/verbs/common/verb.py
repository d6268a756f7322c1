# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The declaration of a verb: what it is called, needs and may do. Each folder of a verb has one, in its module ``verb``; values only.

What used to be a table of verbs is derived from these declarations (:mod:`..registry`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from ...change.approvals.rule import ApprovalRule
from ...policies.rights import Extra, Right, Use

EVERY_MEASURE = ("*",)
"""The value of ``whole_catalogue_for`` of a verb that always reads all entries."""


class Writes(Enum):
    """What a verb may write on an appliance."""

    NOTHING = auto()
    OWN_FILES = auto()  # files that it removes again
    SESSIONS = auto()
    CONFIGURATION = auto()
    NODE = auto()  # files and processes of the operating system

    @property
    def changes(self) -> bool:
        """True if an appliance is another one afterwards."""
        return self not in (Writes.NOTHING, Writes.OWN_FILES)


class Shown(Enum):
    """How the screen and the page at the end show the result of a task."""

    AS_ANSIBLE = auto()
    ON_PAGE = auto()  # of an appliance: a line of the page at the end
    COLLECTED = auto()  # of an appliance: another task shows it for the fleet
    ONCE = auto()  # once for the fleet: nothing of a success is shown
    WAVES = auto()  # once for the fleet: the waves that it has decided, with their page
    FINDINGS = auto()  # once for the fleet: its lines are the page at the end

    @property
    def is_once(self) -> bool:
        """True of a task that runs once for the fleet and shows no result of an appliance."""
        return self in (Shown.ONCE, Shown.WAVES, Shown.FINDINGS)


class Sliced(Enum):
    """How a verb is carried out by slices on several machines."""

    NO = auto()
    READS = auto()
    CHANGES = auto()
    CLOSES = auto()  # all that can be closed: no appliance keeps the others open
    OPENS = auto()


class Absent(Enum):
    """What an appliance that cannot go means for the others of a rollout."""

    KEEPS_OTHERS = auto()  # unless a person accepts it
    KEEPS_NOBODY = auto()
    KEEPS_OTHERS_IF_WRITTEN = auto()  # the undone run has written to it, or may have


class Tried(Enum):
    """Whether the doctor tries the reads of a verb, and what a refusal means."""

    NO = auto()
    OPTIONAL = auto()  # only this verb does not work
    NEEDED = auto()


@dataclass(frozen=True)
class Rights:
    """The commands that a verb sends.

    :ivar own: for any measure
    :ivar of_measures: which rights of the measures that it brings in it needs besides; None for none
    :ivar extras: by setting, what it needs besides
    :ivar partitions: it works in admin partitions
    """

    own: tuple[Right, ...]
    of_measures: Use | None = None
    extras: Mapping[Extra, tuple[Right, ...]] = field(default_factory=dict)
    partitions: bool = True


@dataclass(frozen=True)
class Verb:
    """A verb.

    :ivar name: that of its folder, and of its playbook where it has one
    :ivar tasks: by name of its module, how the result is shown; the first one works on each appliance
    :ivar reports_on_fleet: its ``page.py`` puts the results of all appliances together (``REPORT``), for the module ``fleet_page``
    :ivar takes_results: its ``page.py`` takes the results of its tasks for the page of a run (``take``), since they are not simply the newest
    :ivar is_playbook: it has a playbook of its name
    :ivar role: the role whose tasks carry it out, where that is not the one of its name
    :ivar rights: None where no user of the playbooks carries it out
    :ivar approvals: None where it changes nothing that approvals could be demanded for
    :ivar waits_for_jobs: it must not change an appliance on which a lost job of a slice may still begin
    :ivar names_lost_jobs: it reads, and says that such a job may change what it has found
    :ivar proven_again: sliced, the variables of the verify that follows the wait after a wave; None for no verify
    :ivar is_rolled_out: it goes over the fleet in waves
    :ivar absent: what an appliance that cannot go means for the others
    :ivar stays: how a line begins that names appliances which cannot go and keep nobody
    :ivar is_drilled: it can be practised: everything but the change
    :ivar needs_scope: its command must say of what, or that the whole fleet is meant
    :ivar whole_catalogue_for: the values of the option ``mitigation`` for which it reads all entries of the catalogue
    :ivar decision: the variables without which it refuses, and that only a person knows
    :ivar message_first: the page shows what was done, and not the verdict that it has led to
    :ivar judges_nothing: it gives no verdict, and its success needs none
    :ivar report: the variable in which its role registers lines for people, shown as lines
    """

    name: str
    tasks: Mapping[str, Shown] = field(default_factory=dict)
    reports_on_fleet: bool = False
    takes_results: bool = False
    is_playbook: bool = True
    role: str = ""
    writes: Writes = Writes.NOTHING
    rights: Rights | None = None
    approvals: ApprovalRule | None = None
    waits_for_jobs: bool = False
    names_lost_jobs: bool = False
    sliced: Sliced = Sliced.NO
    proven_again: Mapping[str, Any] | None = None
    is_rolled_out: bool = False
    absent: Absent = Absent.KEEPS_OTHERS
    stays: str = ""
    is_drilled: bool = False
    needs_scope: bool = False
    whole_catalogue_for: tuple[str, ...] = ()
    decision: tuple[str, ...] = ()
    message_first: bool = False
    judges_nothing: bool = False
    report: str = ""
    tried_by_doctor: Tried = Tried.NO

    @property
    def role_name(self) -> str:
        """The role whose tasks carry it out."""
        return self.role or self.name

    @property
    def changes(self) -> bool:
        """True if it may change an appliance."""
        return self.writes.changes

    def reads_whole_catalogue(self, measure: str) -> bool:
        """Return True if it reads all entries of the catalogue where the option ``mitigation`` has this value."""
        return self.whole_catalogue_for == EVERY_MEASURE or measure in self.whole_catalogue_for
