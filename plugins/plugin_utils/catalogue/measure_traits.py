# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a kind of measure is, as values by theme: what it writes, how it is proven, what is saved, and what it means for the course. Pure.

The kind gives them once, in its folder. Who applies, proves, judges or removes a measure reads them, and never asks which measure it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum


class ProvenBy(StrEnum):
    """What proves that a measure works."""

    PROBES = "probes of ours that it blocks"
    HITS = "hits of real clients"
    READ_BACK = "its attributes, read back on each node"
    NOTHING = "nothing"


FREE = "<free>"
"""The place of a free priority number in :attr:`Writing.priority_variable`."""


@dataclass(frozen=True)
class Since:
    """The first release that can have what a measure writes.

    :ivar release: such as (13, 1)
    :ivar before: why not before, in words
    """

    release: tuple[int, int]
    before: str

    def __str__(self) -> str:
        return ".".join(map(str, self.release))


@dataclass(frozen=True, kw_only=True)
class Writing:
    """What a measure writes.

    :ivar is_rendered: its desired state is rendered from a template of the catalogue; if not, it makes its own
    :ivar own_objects: what it brings in has our name; if not, it sets attributes of what is there
    :ivar needed_features: the features without which it does nothing, and which it does not enable
    :ivar default_partition_last: it is brought into the other admin partitions first
    :ivar set_types: the NITRO types of its sets. They are read even if the inventory no longer asks for the measure
    :ivar setting_types: the types of settings of the whole appliance that it may change
    :ivar file_directory: the directory of its files on the nodes; "" if it has none
    :ivar priority_variable: the line of YAML by which an operator sets another priority; it has FREE in the place of the number
    :ivar since: None where each release can have it
    """

    is_rendered: bool = False
    own_objects: bool = True
    needed_features: frozenset[str] = frozenset()
    default_partition_last: bool = False
    set_types: tuple[str, ...] = ()
    setting_types: tuple[str, ...] = ()
    file_directory: str = ""
    priority_variable: str = f"measure_priority: {FREE}"
    since: Since | None = None

    def missing_before(self, release: tuple[int, int]) -> Since | None:
        """Return the first release that can have it, where another one cannot; None where it can."""
        return self.since if self.since is not None and release < self.since.release else None


@dataclass(frozen=True, kw_only=True)
class Proving:
    """How a measure is proven, and which requests of ours it stops.

    :ivar by: unless by probes, these only show that legitimate traffic is served
    :ivar judges_requests: its rules decide by the content of a request, so that traffic cases can be evaluated against them
    :ivar serves_nobody: no request of ours is served where it is in force, so that nothing legitimate can show that it harms nobody
    :ivar record_state: what the proof in a change record says of the state; "" for nothing
    """

    by: ProvenBy = ProvenBy.PROBES
    judges_requests: bool = True
    serves_nobody: bool = False
    record_state: str = ""

    @property
    def by_probes(self) -> bool:
        """True if a probe of ours can be blocked by it."""
        return self.by is ProvenBy.PROBES

    @property
    def is_read_back(self) -> bool:
        """True if reading its attributes back on each node proves it."""
        return self.by is ProvenBy.READ_BACK


@dataclass(frozen=True, kw_only=True)
class Saving:
    """What of a measure is saved.

    :ivar is_saved: what it brings in is saved once it is proven
    """

    is_saved: bool = True


@dataclass(frozen=True, kw_only=True)
class Recurring:
    """That a measure is brought in again and again, to show that each step from the whole catalogue to an appliance works. It is judged by its last run.

    :ivar noun: the name of one such run
    :ivar late_after: the age of the last run from which on it is late
    :ivar cannot: that it cannot come here, as the beginning of a sentence
    :ivar still_there: that the last one is still there, so that no new one comes
    :ivar changed: that somebody has changed it, as the beginning of a sentence
    """

    noun: str
    late_after: timedelta
    cannot: str
    still_there: str
    changed: str


@dataclass(frozen=True, kw_only=True)
class CourseMeaning:
    """What a measure means for the exposure of a service.

    :ivar depends_on_build: the build decides whether it is needed (a mitigation); if not, the inventory asks for it on every build
    :ivar protects: a service loses protection where it goes
    :ivar stays_on_fixed_builds: a build with the fix needs it too, so that no upgrade makes it unnecessary
    :ivar concerns_each_vserver: what it protects is reached at each virtual server, whether it speaks HTTP or not
    :ivar recurring: None where it stays
    """

    depends_on_build: bool = False
    protects: bool = True
    stays_on_fixed_builds: bool = False
    concerns_each_vserver: bool = False
    recurring: Recurring | None = None


@dataclass(frozen=True, kw_only=True)
class Traits:
    """What a kind of measure is. The defaults are those of a measure with policies of ours that block requests."""

    writing: Writing = field(default_factory=Writing)
    proving: Proving = field(default_factory=Proving)
    saving: Saving = field(default_factory=Saving)
    course: CourseMeaning = field(default_factory=CourseMeaning)


RENDERED = Traits(
    writing=Writing(is_rendered=True, setting_types=("auditsyslogparams",)), course=CourseMeaning(depends_on_build=True)
)
"""Those of a mitigation whose desired state is a template of the catalogue."""
