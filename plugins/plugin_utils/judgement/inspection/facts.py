# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The facts about one appliance for one measure: frozen values, by theme."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ...appliance.nitro.names import UnusableName
from ...catalogue.measure import BuildStatus, Mode, Placement
from ...catalogue.run_parameters import ResolvedParameters
from ...change.planning.missing_files import MissingFile
from ...change.planning.planner import State, Target
from ...change.records.appliance_lock import LockFacts
from ...policies.other_measures import OtherMeasures
from ..proof.grounds import Presence
from .access import AccessFacts
from .configuration import ConfigurationFacts
from .features import FeatureFacts
from .nodes import NodeFacts
from .prior_runs import RecordFacts
from .rule_assessment import RuleFacts
from .saved_state import SavedFacts


@dataclass(frozen=True)
class MeasureState:
    """The state of the measure on an appliance: as it was found, or as a run has left it.

    :ivar version: the lowest version that an object of ours carries; None if none carries one
    :ivar configuration: the objects and features, as last read
    :ivar modes: by placement of the measure, the mode that is in force, or ""
    :ivar saved: True if everything of ours is saved; None if that is not known
    """

    presence: Presence = Presence.ABSENT
    version: int | None = None
    configuration: State = field(default_factory=State)
    modes: Mapping[Placement, Mode | None] = field(default_factory=dict)
    saved: bool | None = None


@dataclass(frozen=True)
class FileFacts:
    """The files of the measure on the nodes.

    :ivar missing: the files that a node lacks
    :ivar problems: the files that cannot be put there, each with its fix
    """

    missing: tuple[MissingFile, ...] = ()
    problems: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class ApplianceFacts:
    """The facts that were read from one appliance for one measure.

    :ivar others: the other measures of ours that may stop a probe of this one
    :ivar found: the state of the measure
    :ivar older: what our runs left, if what is in place is an older version; None otherwise
    :ivar drift: the differences of the running and the saved configuration from the target, in words
    :ivar shadowed_by: the policy of others that ends the evaluation before ours, in words, or ""
    :ivar unusable_names: the names that were read and that NITRO does not allow
    """

    parameters: ResolvedParameters
    build_status: BuildStatus
    configuration: ConfigurationFacts = field(default_factory=ConfigurationFacts)
    files: FileFacts = field(default_factory=FileFacts)
    nodes: NodeFacts = field(default_factory=NodeFacts)
    features: FeatureFacts = field(default_factory=FeatureFacts)
    lock: LockFacts = field(default_factory=LockFacts)
    records: RecordFacts = field(default_factory=RecordFacts)
    saved: SavedFacts = field(default_factory=SavedFacts)
    access: AccessFacts = field(default_factory=AccessFacts)
    rules: RuleFacts = field(default_factory=RuleFacts)
    others: OtherMeasures = field(default_factory=OtherMeasures)
    found: MeasureState = field(default_factory=MeasureState)
    older: Target | None = None
    drift: tuple[str, ...] = ()
    shadowed_by: str = ""
    unusable_names: tuple[UnusableName, ...] = ()
