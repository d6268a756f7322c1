# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Removes a mitigation that one appliance no longer needs."""

from __future__ import annotations

from pathlib import Path

from ...catalogue.entry_file import FILE, load_entry
from ...catalogue.mitigation import entries_by_the_vendor, load_mitigation
from ...catalogue.run_parameters import Found, Unsaved
from ...judgement.verdicts.removal_conditions import ALL_CONDITIONS
from ..rollback.rollback_plan import RetireParameters
from ..rollback.run import Rollback, removal_parameters


class Retire(Rollback):
    """Remove a mitigation that is no longer needed; in check mode, show the steps, or what is missing."""

    def parameters(self) -> RetireParameters:
        options = self.options
        catalogue = Path(options["catalogue"])
        entry = catalogue / options["mitigation"]
        conditions = load_entry(entry).retire if (entry / FILE).is_file() else ()
        return RetireParameters(
            **removal_parameters(self.appliance, options),
            unsaved=Unsaved(options["unsaved"]),
            found=Found(options["found"]),
            conditions=frozenset(conditions) or ALL_CONDITIONS,
            others=tuple(
                load_mitigation(catalogue / id_)
                for id_ in entries_by_the_vendor(catalogue)
                if id_ != options["mitigation"]
            ),
        )


TASK = Retire
