# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read whether the measure is saved, and whether others have unsaved changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...appliance.nitro.connection import Connection
from ...catalogue.run_parameters import ResolvedParameters
from ...change.planning.drift import saved_drift
from ...change.planning.planner import Target
from ...change.planning.unsaved_changes import ConfigurationTexts, is_changed, unsaved_lines
from ...change.records.change_record import ChangeRecord
from ...change.records.usable_records import other_runs, runs_of_other_measures


@dataclass(frozen=True)
class SavedFacts:
    """The saved configuration compared with the running one.

    :ivar saved: True if everything of ours is saved; None if that is not known
    :ivar foreign_lines: the unsaved changes of others
    :ivar own_lines: those of them that trusted runs of other measures of ours explain
    """

    saved: bool | None = None
    foreign_lines: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    own_lines: tuple[str, ...] = ()

    @property
    def is_all_ours(self) -> bool:
        """True if other measures of ours explain all unsaved changes that this measure does not explain."""
        return bool(self.foreign_lines) and len(self.own_lines) == len(self.foreign_lines)


def read_saved_state(
    connection: Connection,
    parameters: ResolvedParameters,
    target: Target,
    records: Sequence[ChangeRecord],
    texts: ConfigurationTexts,
    *,
    verify: bool,
) -> SavedFacts:
    """Read whether something is unsaved.

    :param target: the desired state of the objects of ours
    :param verify: do not rely on the appliance's own answer that everything is saved, but compare the saved configuration
    """
    changed = is_changed(connection.config)
    if changed is None:
        return SavedFacts(remarks=("the appliance does not report whether the configuration is saved",))
    if not changed:
        text = texts.saved if verify else None
        differs = text is not None and bool(saved_drift(text, target, parameters.owner))
        return SavedFacts(not differs)
    unsaved = unsaved_lines(connection.primary, parameters.owner, records, texts, other_runs=other_runs(parameters))
    foreign = tuple(unsaved.foreign)
    if unsaved.is_hidden and texts.saved is not None:
        # What a boot would bring back is what the saved lines say.
        return SavedFacts(not saved_drift(texts.saved, target, parameters.owner))
    if not foreign:
        return SavedFacts(not unsaved.ours)
    others = runs_of_other_measures(parameters)
    left = unsaved_lines(connection.primary, parameters.owner, records, texts, other_runs=others).foreign
    return SavedFacts(not unsaved.ours, foreign, own_lines=tuple(line for line in foreign if line not in left))
