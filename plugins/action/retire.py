# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action behind the module ``retire``; see there for its options and results."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.base import TourniquetAction
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry_file import FILE, load_entry
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.mitigation import entries, load_mitigation
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import Found, Unsaved
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.verdicts.removal_conditions import (
    ALL_CONDITIONS,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.option_files import options_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.options import Options
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.task import Task
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.verb import Verb
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.registry import declared
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.rollback_plan import RetireParameters
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.run import (
    Rollback,
    removal_parameters,
)


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
                load_mitigation(catalogue / id_) for id_ in entries(catalogue) if id_ != options["mitigation"]
            ),
        )


class ActionModule(TourniquetAction):
    """See the module of the same name."""

    TASK: ClassVar[type[Task]] = Retire
    VERB: ClassVar[Verb] = declared("retire")
    OPTIONS: ClassVar[Options] = options_of("retire", "retire")
