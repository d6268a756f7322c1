# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A measure: a change that an operator can apply to appliances, prove and remove.

A mitigation of the catalogue depends on builds: a fixed build no longer needs it. A measure of the inventory is for every build,
such as a URL whitelist. It has placements: each protects one bind point of one virtual server, and blocks there or only counts.

A :class:`Measure` is the request of the operator. A :class:`ResolvedMeasure` is what follows for one appliance: the desired state there, its
placements, and what must be refused or reported. It follows from a rendered template (:meth:`Measure.as_rendered`), or from what a measure of the
inventory reads of the appliance (:mod:`..measures.resolution`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Any

from ..appliance.nitro.builds import RESPONDER_AT_GATEWAYS, Build
from ..appliance.objects.ownership import Owner
from ..appliance.objects.resource_types import Attributes, ObjectId
from ..foundation.errors import InvalidInput
from .measure_traits import Traits
from .traffic import Traffic
from .trains import BuildState, TrainTable
from .upgrade import Target, Upgrades

if TYPE_CHECKING:
    from .desired_state import Document


_NOT_WEAKENED = (BuildState.FIXED, BuildState.NOT_AFFECTED)


class Mode(StrEnum):
    """The treatment of a request that a placement does not allow: count and log it, or block it."""

    OBSERVE = "observe"
    ENFORCE = "enforce"


class BuildStatus(Enum):
    """The meaning of a build for a measure."""

    NOT_AFFECTED = "not affected"
    FIXED = "fixed"
    AFFECTED = "affected"
    INEFFECTIVE = "ineffective on this build"
    WANTED = "wanted on every build"


@dataclass(frozen=True)
class Version:
    """One version of a measure: what it does, the day it was advised, and which version it replaces."""

    summary: str
    advised: date
    supersedes: int | None = None


@dataclass(frozen=True)
class Weakness:
    """A later finding that weakens a mitigation from a date on, except on builds that fix the finding.

    :ivar fixed: the builds that fix the finding; an empty table if none does
    """

    since: date
    reference: str
    reason: str
    fixed: TrainTable

    def applies(self, build: Build, as_of: date) -> bool:
        """True if the mitigation is weakened on a build as of a date. A build of which nothing is known is weakened."""
        return as_of >= self.since and not (self.fixed.facts and self.fixed.state(build) in _NOT_WEAKENED)


@dataclass(frozen=True)
class Placement:
    """The protection of one bind point of one virtual server.

    It has one policy for each mode, so that a switch of the mode binds the new policy before it unbinds the old one, and so that
    each mode has its own hits.

    :ivar name: the name of the list, or of the virtual server, that it comes from
    :ivar kind: the kind of the virtual server: vpn, authentication, cs or lb
    :ivar mode: the requested mode
    :ivar policies: by mode, the name of the policy
    """

    name: str
    kind: str
    vserver: str
    bindpoint: str
    mode: Mode
    policies: Mapping[Mode, str] = field(hash=False)

    @property
    def place(self) -> str:
        """Return the bind point as policy banks name it: "vpn vserver gw REQUEST"."""
        return f"{self.kind} vserver {self.vserver} {self.bindpoint}"

    @property
    def at_gateway(self) -> bool:
        """True for a responder policy at a Gateway. An ACL in front of a Gateway is no responder policy."""
        return self.kind == "vpn" and self.bindpoint in ("REQUEST", "AAA_REQUEST")

    @property
    def policy(self) -> str:
        """Return the name of the policy of the requested mode."""
        return self.policies[self.mode]

    def __str__(self) -> str:
        return f"{self.name} ({self.place})"


@dataclass(frozen=True)
class Reach:
    """What the runs of a measure may change besides the objects that have its name. Records are checked against it.

    :ivar features: the features that it may enable
    :ivar setting_types: the types of settings of the whole appliance that it may change
    :ivar set_types: the types of its sets
    :ivar file_directory: the directory of its files on the nodes; "" if it has none
    """

    measure: str
    features: frozenset[str] = frozenset()
    setting_types: frozenset[str] = frozenset()
    set_types: frozenset[str] = frozenset()
    file_directory: str = ""


LOG_SETTING = "auditsyslogparams"
"""The type of the setting without which no log action writes anything."""
_ADD_LOG_ACTION = ["add", "audit", "messageaction"]


@dataclass(frozen=True, kw_only=True)
class Measure:
    """The request of an operator, with the traffic that shows whether the measure works.

    :ivar exploit_public: the date from which on an exploit is public; None if none is known
    :ivar exploited_since: the date from which on it is known to be exploited; None if that is not known
    :ivar exploited_text: this, as its source says it, which may name the month only
    :ivar public_text: since when an exploit is public, as a clause with who says it
    :ivar vulnerable_answers: texts in an answer which show that the request reached the vulnerable code
    :ivar infected_answers: texts in an answer that known malware gives
    :ivar start_up_line: the line of a mitigation in /nsconfig/rc.netscaler of each node; "" if it has none
    :ivar features: the features that it may enable; a mitigation with another one names it in its mitigation.yml
    :ivar stop_gap: of a rule that is not the vendor's, who published what it stops; "" for every other
    :ivar traits: what its kind is
    :ivar edited: what of its built-in entry is not what was published, in words, each with its digest
    :ivar upgrades: what decides which build to upgrade to, for the whole catalogue
    """

    id: str
    title: str
    current_version: int
    versions: Mapping[int, Version]
    traffic: Traffic
    exploit_public: date | None = None
    exploited_since: date | None = None
    exploited_text: str = ""
    public_text: str = ""
    vulnerable_answers: tuple[str, ...] = ()
    infected_answers: tuple[str, ...] = ()
    start_up_line: str = ""
    features: frozenset[str] = frozenset({"RESPONDER"})
    stop_gap: str = ""
    traits: Traits = field(default_factory=Traits)
    edited: tuple[str, ...] = field(default=(), hash=False, compare=False)
    upgrades: Upgrades = field(default_factory=Upgrades, hash=False, compare=False, repr=False)

    # -- properties -------------------------------------------------------------------------------------------

    def newest_fact(self) -> date | None:
        """Return the date of the newest fact that is known of it; None if none has a date."""
        dates = [version.advised for version in self.versions.values()]
        return max([*dates, self.exploit_public] if self.exploit_public else dates, default=None)

    @property
    def reach(self) -> Reach:
        """Return what its runs may change besides the objects that have its name."""
        writes = self.traits.writing
        return Reach(
            self.id,
            self.features,
            frozenset(writes.setting_types),
            frozenset(writes.set_types),
            writes.file_directory,
        )

    # -- what a build means ----------------------------------------------------------------------------------------------

    def build_status(self, build: Build, placements: Sequence[Placement] = ()) -> BuildStatus:
        """Return what a build means for it.

        INEFFECTIVE only if none of the placements would work: one Gateway must not keep other servers from their protection.
        """
        gateways_only = bool(placements) and all(placement.at_gateway for placement in placements)
        ineffective = gateways_only and self.ineffective_because(build, placements)
        return BuildStatus.INEFFECTIVE if ineffective else BuildStatus.WANTED

    def ineffective_because(self, build: Build, placements: Sequence[Placement] = ()) -> str:
        """Return why it, or what of it is bound at Gateways, does not work on a build; "" if it works."""
        if (since := self.traits.writing.missing_before(build.branch)) is not None:
            return since.before
        bad = RESPONDER_AT_GATEWAYS.get(build.branch)
        gateways = dict.fromkeys(placement.vserver for placement in placements if placement.at_gateway)
        if not gateways or bad is None or not bad.covers(build.number):
            return ""
        return f"{bad.reason}: {', '.join(gateways)}"

    def fix_for(self, build: Build, placements: Sequence[Placement] = ()) -> str:
        """Return, in words, the first build that makes it unnecessary or on which it works; "" if no other build is needed.

        It is for a reason; see :meth:`upgrade_for`.
        """
        if not self.ineffective_because(build, placements):
            return ""
        if (since := self.traits.writing.missing_before(build.branch)) is not None:
            return f"{since} or later"
        first, second = RESPONDER_AT_GATEWAYS[build.branch].works_from
        return f"{build.branch_text} {first}.{second} or later"

    def fixed_build(self, _build: Build) -> Build | None:
        """Return the first build with its fix in the train of a build; None where there is none. It is for a reason; see :meth:`upgrade_for`."""
        return None

    def upgrade_for(self, builds: Sequence[Build], day: date | None = None) -> Target | None:
        """Return the build that closes every entry of the catalogue which these builds leave open; None where they leave none open.

        :param builds: of all nodes
        :param day: what came later does not count; None for all
        """
        return self.upgrades.target(builds, day)

    def upgrade_text(self, builds: Sequence[Build], placements: Sequence[Placement], day: date | None = None) -> str:
        """Return, in words, what a person upgrades to; "" if no other build is needed. See :meth:`upgrade_for`."""
        target = self.upgrade_for(builds, day)
        return str(target) if target is not None else self.fix_for(min(builds), placements)

    def weakness(self, _build: Build, _as_of: date) -> Weakness | None:
        """Return the later finding that weakens it on a build as of a date; None if there is none."""
        return None

    # -- on an appliance -------------------------------------------------------------------------------------------------

    @property
    def partitions(self) -> frozenset[str]:
        """Return the admin partitions that the request names."""
        return frozenset()

    def inside(self, _partition: str) -> Measure:
        """Return the part of it that concerns one admin partition."""
        return self

    def as_rendered(self, rendered: Document | None) -> ResolvedMeasure:
        """Return what shall be on one appliance.

        :param rendered: the desired state that a role rendered from the catalogue
        :raises InvalidInput: if there is none
        """
        if rendered is None:
            raise InvalidInput(f"{self.id}: there is no desired state. Render its template, and give it as document.")
        return ResolvedMeasure(measure=self, document=rendered)

    def users_of_setting(self, setting: ObjectId, text: str, owner: Owner) -> str:
        """Return, in words, what of others uses a setting that we changed and no longer need; "" if nothing does.

        :param text: the configuration as ns.conf
        """
        return log_actions_of_others(text, owner) if setting[0] == LOG_SETTING else ""


def log_actions_of_others(text: str, owner: Owner) -> str:
    """Return, in words, the log actions of others, which write only as long as user-defined audit logging is on; "" if there are none.

    :param text: the configuration as ns.conf
    """
    lines = (line.split() for line in text.splitlines())
    names = [
        words[3].strip('"') for words in lines if [word.lower() for word in words[:3]] == _ADD_LOG_ACTION and words[3:]
    ]
    others = sorted({name for name in names if not owner.owns_name(name)})
    return f"log actions of others need it ({', '.join(others[:5])})" if others else ""


@dataclass(frozen=True, kw_only=True)
class ResolvedMeasure:
    """A measure with all that it knows of one appliance.

    :ivar document: the desired state
    :ivar placements: what it protects; empty for a mitigation, which is one whole
    :ivar faults: in words, in what the appliance does not do what its configuration says
    :ivar not_covered: in words, what of the appliance it does not protect
    :ivar notes: remarks for a person, such as whom it affects
    :ivar absent_because: what of it is there without effect, or that nothing is, in words, or ""
    :ivar absent_fix: what a person does so that it can be there, or ""
    :ivar covered_by: the policies of others that are taken for it, by name or text, or ""
    :ivar not_verified: of a policy whose content nothing can prove, how it is in place, in words, or ""
    :ivar refusals: the reasons why it cannot be applied, each with its fix
    :ivar is_wanted: the inventory asks for it, although it has no placements
    :ivar nothing_to_protect: why there is nothing on the appliance that it could protect, or ""
    """

    measure: Measure
    document: Document
    placements: tuple[Placement, ...] = ()
    faults: tuple[str, ...] = ()
    not_covered: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    nothing_to_protect: str = ""
    absent_because: str = ""
    absent_fix: str = ""
    covered_by: str = ""
    not_verified: str = ""
    refusals: tuple[tuple[str, str], ...] = ()
    is_wanted: bool = False

    def is_asked_for(self) -> bool:
        """True if there is something to apply: always for a mitigation, otherwise if the inventory asks for it."""
        return self.measure.traits.course.depends_on_build or bool(self.placements) or self.is_wanted

    def build_status(self, build: Build) -> BuildStatus:
        """Return what a build means for it; see :meth:`Measure.build_status`."""
        if self.is_asked_for() and self.measure.traits.writing.missing_before(build.branch) is not None:
            return BuildStatus.INEFFECTIVE
        return self.measure.build_status(build, self.placements)

    def modes(self, objects: Mapping[ObjectId, Attributes]) -> Mapping[Placement, Mode | None]:
        """Return by placement the mode that is in force according to what is bound; None where nothing is."""
        return {placement: mode_of(placement, objects) for placement in self.placements}

    def counted_by(self, placement: Placement) -> Sequence[str]:
        """Return the names of the objects that count the hits of a placement, each once: both modes may have one policy."""
        return tuple(dict.fromkeys(placement.policies.values()))

    def problems(self) -> Sequence[tuple[str, str]]:
        """Return the reasons that forbid applying it, each with its fix."""
        return self.refusals

    def remarks(self) -> Sequence[str]:
        """Return remarks on the request, for a person."""
        return self.notes

    def facts(self) -> Mapping[str, Any]:
        """Return what the change record keeps of it besides the steps, as JSON values."""
        return {}

    def reason_not_evaluated(self) -> str:
        """Return why its rules cannot be evaluated without the appliance; "" if they can."""
        return ""


def mode_of(placement: Placement, objects: Mapping[ObjectId, Attributes]) -> Mode | None:
    """Return the mode of the policy that is bound; None if none is. If both are, during a switch, the blocking one decides."""
    type_name = f"{placement.kind}vserver_responderpolicy_binding"
    for mode in (Mode.ENFORCE, Mode.OBSERVE):
        if (type_name, (placement.vserver, placement.policies[mode], placement.bindpoint)) in objects:
            return mode
    return None
