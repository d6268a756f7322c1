# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The parameters of a run: on which appliance, for which measure, and how far to go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, Self

from ..appliance.nitro.appliance import Appliance
from ..appliance.nitro.names import DEFAULT
from ..appliance.objects.ownership import Owner
from ..appliance.objects.resource_types import TYPES, Attributes, ObjectId
from ..foundation.errors import InvalidInput
from ..foundation.host_setting import host_setting
from .acknowledgement import Acknowledgement
from .counted_requests import CountedRequests
from .desired_state import Document
from .measure import Measure, Mode, ResolvedMeasure
from .observing import observing_document
from .record_trust import RecordTrust
from .sliced_job import SlicedJob

AUDIT_LOG: ObjectId = ("auditsyslogparams", ())
"""The setting of the whole appliance without which log actions write nothing."""
AUDIT_LOG_ON: Attributes = {"userdefinedauditlog": "YES"}


class Unsaved(StrEnum):
    """The treatment of unsaved changes of others."""

    REFUSE = "refuse"
    APPLY_WITHOUT_SAVE = "apply_without_save"
    SAVE_FIRST = "save_first"


class OnUnproven(StrEnum):
    """The treatment by apply of a change that is harmless and could not be proven."""

    KEEP = "keep"
    REVERT = "revert"


class Save(StrEnum):
    """The condition on which a run saves its change."""

    PROVEN = "proven"
    ALWAYS = "always"
    NEVER = "never"


class Found(StrEnum):
    """The treatment of a mitigation that others made by hand: it stays, ours takes its place, or, once the fix runs, it is removed."""

    KEEP = "keep"
    REPLACE = "replace"
    REMOVE = "remove"


class Probes(StrEnum):
    """The number of probes that a run sends: FEW is at most three requests per VIP."""

    NONE = "none"
    FEW = "few"
    ALL = "all"


class NodeBuild(Protocol):
    """A node with its build; None where it was not read."""

    @property
    def address(self) -> object: ...

    @property
    def build(self) -> object: ...


class ReadBuilds(Protocol):
    """The builds of an appliance, as they were read."""

    @property
    def nodes(self) -> Sequence[NodeBuild]: ...

    @property
    def build(self) -> object: ...


@dataclass(frozen=True, kw_only=True)
class RunParameters:
    """The parameters of every run: on which appliance, for which measure, by which run, and where its record goes.

    :ivar partition: the admin partition that the run works in; a run in several has parameters for each. Empty if the partitions
        were not read: an appliance that has some is then refused
    :ivar lock: take the lock of the appliance before anything is written
    :ivar break_lock: why somebody else's lock may be broken; "" for never
    :ivar trust: whose signatures of change records count, and the key that signs those of this run
    :ivar approval: who has approved the run, or goes on without approvals, as the change record says it; empty where none is demanded
    :ivar closing: by admin partition, what the run closes or opens and by whose decision, as the change record says it
    :ivar knows_other_runs: unsaved changes of other measures of ours do not stop the run, and are saved with it: access has to be closed
        although an apply before it was not proven
    :ivar job: the job of a controller that the run belongs to, which may not begin after its deadline; None for a run of this control node
    """

    appliance: Appliance
    owner: Owner
    records: Path
    run: str
    reason: str = ""
    partition: str = ""

    @property
    def scope(self) -> str:
        """Return the admin partition whose configuration and records the run works on."""
        return self.partition or DEFAULT

    lock: bool = True
    break_lock: str = ""
    trust: RecordTrust = field(default_factory=RecordTrust)
    approval: Mapping[str, Any] = field(default_factory=dict)
    closing: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    knows_other_runs: bool = False
    job: SlicedJob | None = None

    def inside(self, partition: str) -> Self:
        """Return the parameters for one partition."""
        return replace(self, partition=partition, appliance=self.appliance.inside(partition))

    def playbook(self, own: str) -> str:
        """Return the playbook that continues this run: the steps of an apply or a rollback may be those of a closing or an opening.

        :param own: the one whose steps the run takes
        """
        if not self.closing:
            return own
        closes = any(one.get("closing", {}).get("closes") for one in self.closing.values())
        return "close.yml" if closes else "reopen.yml"

    def facts(self, read: ReadBuilds, kind: str, seal: str) -> dict[str, Any]:
        """Return what the change record says of the run."""
        return {
            "kind": kind,
            "measure": self.owner.measure,
            "version": self.owner.version,
            "ticket": self.owner.ticket,
            "reason": self.reason,
            "run": self.run,
            "partition": self.scope,
            "appliance_user": self.appliance.user,
            "nodes": [str(node.address) for node in read.nodes],
            "build": str(read.build),
            "builds": {str(node.address): str(node.build or "") for node in read.nodes},
            "seal": seal,
            **({"approval": dict(self.approval)} if self.approval else {}),
            **self.closing.get(self.scope, {}),
        }


@dataclass(frozen=True, kw_only=True)
class ApplyParameters(RunParameters):
    """The parameters of a plan, an apply or a status: a measure at a version on one appliance, and how far to go.

    :ivar rendered: the desired state that a role rendered from the catalogue; None for a measure that makes its own
    :ivar mode: the mode of a mitigation: block what its rules match, or only count and log it
    :ivar found: what happens to the same mitigation made by hand
    :ivar audit_log: switch on user-defined audit logging, without which the log action of a mitigation writes nothing
    :ivar stop_gap: bring in a rule that is not the vendor's, and reduces exposure only
    :ivar as_of: the date as of which verdicts are given
    :ivar evaluate: let the appliance evaluate the rules that a plan brings in; a verdict on many measures does not need it
    :ivar acknowledgements: the warnings that a person has acknowledged until a day
    :ivar who: the person who answers for a run that takes protection away
    :ivar is_preview: nothing follows, so that what a person has to give for it may be missing
    :ivar counted: the requests of the tests of the alarm, so that they are not shown as hits by others
    :ivar planned_fix: the day on which the firmware fix of this mitigation is planned here; None if none is
    :ivar partitions_unreadable: why it is not known which admin partitions there are, or ""
    :ivar role: the role whose variables set the options of this run
    """

    measure: Measure
    rendered: Document | None = None
    as_of: date
    mode: Mode = Mode.ENFORCE
    audit_log: bool = False
    adopt: bool = False
    found: Found = Found.KEEP
    force: bool = False
    stop_gap: bool = False
    accept_sleeping_policies: tuple[str, ...] = ()
    unsaved: Unsaved = Unsaved.REFUSE
    on_unproven: OnUnproven = OnUnproven.KEEP
    save: Save = Save.PROVEN
    probes: Probes = Probes.FEW
    evaluate: bool = True
    partitions_unreadable: str = ""
    acknowledgements: tuple[Acknowledgement, ...] = ()
    planned_fix: date | None = None
    counted: tuple[CountedRequests, ...] = ()
    who: str = ""
    is_preview: bool = False
    role: str = "measure"

    def setting(self, option: str) -> str:
        """Return where to set an option of this run for its appliance.

        :param option: one line of YAML, such as ``save: always``
        """
        return host_setting(self.appliance.name, option)

    def inside(self, partition: str) -> Self:
        return replace(super().inside(partition), measure=self.measure.inside(partition))

    def resolved_as(self, resolved: ResolvedMeasure) -> ResolvedParameters:
        """Return the parameters with the measure as it is on this appliance.

        :raises InvalidInput: if the desired state has what the measure does not declare
        """
        asked = {each.name: getattr(self, each.name) for each in fields(ApplyParameters)}
        if self.mode is Mode.OBSERVE and self.measure.traits.course.depends_on_build:
            resolved = replace(resolved, document=observing_document(resolved.document))
        if self.audit_log and AUDIT_LOG[0] in self.measure.traits.writing.setting_types:
            resolved = with_audit_log(resolved)
        _require_declared(self.appliance.name, resolved)
        return ResolvedParameters(**asked, resolved=resolved)


def with_audit_log(resolved: ResolvedMeasure) -> ResolvedMeasure:
    """Return a measure with user-defined audit logging switched on, if it has a log action."""
    document = resolved.document
    if "auditmessageaction" not in document.types:
        return resolved
    objects: dict[ObjectId, Attributes] = {AUDIT_LOG: dict(AUDIT_LOG_ON), **document.objects}
    return replace(resolved, document=replace(document, objects=objects))


@dataclass(frozen=True, kw_only=True)
class ResolvedParameters(ApplyParameters):
    """The same, with the measure as it is on this appliance."""

    resolved: ResolvedMeasure

    @property
    def document(self) -> Document:
        """Return the desired state."""
        return self.resolved.document

    def with_document(self, document: Document) -> ResolvedParameters:
        """Return them with another desired state."""
        return replace(self, resolved=replace(self.resolved, document=document))

    def facts(self, read: ReadBuilds, kind: str, seal: str) -> dict[str, Any]:
        return {**super().facts(read, kind, seal), **self.resolved.facts()}


def _require_declared(where: str, resolved: ResolvedMeasure) -> None:
    """:raises InvalidInput: if the desired state has a feature or a setting that the measure does not declare: no rollback would restore it"""
    measure, document = resolved.measure, resolved.document
    settings = {type_ for type_ in document.types if TYPES[type_].only_set}
    undeclared = [
        *sorted({*document.features} - measure.features),
        *sorted(settings - {*measure.traits.writing.setting_types}),
    ]
    if undeclared:
        raise InvalidInput(
            f"{where}: the desired state of {measure.id} changes {', '.join(undeclared)}, which the measure does not declare. Name "
            "the feature in features in its mitigation.yml, or leave it out of the template. Nothing was sent."
        )
